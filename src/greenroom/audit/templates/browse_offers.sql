-- Subjects that boards offer, by their own lists, and whether anybody has staged or promoted them. A list without
-- codes is told by names.
with known as (
  select c.keys[1] as board, c.keys[2] as qualification, u.key[1] as code
  from greenroom.unit as u
  join greenroom.scope as c on c.id = u.scope_id and c.pack = %(pack)s
  where u.state <> 'failed'
  group by 1, 2, 3
), named as (
  select k.board, k.qualification, greenroom.fold(n.subject_name) as name
  from known as k
  join lateral (
    select s.subject_name
    from greenroom.unit as u
    join greenroom.scope as c on c.id = u.scope_id and c.pack = %(pack)s
    join greenroom.batch_subjects as s on s.unit_id = u.id
    where c.keys = array[k.board, k.qualification]
      and u.dataset = 'subjects'
      and u.key[1] = k.code
      and u.state <> 'failed'
    order by u.id desc
    limit 1
  ) as n on exists (select from greenroom.exam_offer as o where o.subject_code is null)
  group by 1, 2, 3
), held as (
  select b.code as board, q.code as qualification, s.subject_code as code, greenroom.fold(s.subject_name) as name
  from {home}.exam_board_subjects as s
  join {home}.exam_boards as b on b.id = s.exam_board_id
  join {home}.qualification_types as q on q.id = s.qualification_type_id
  where s.retired_at is null
    and s.is_current
)
select
  o.exam_board as board,
  o.qualification,
  o.subject_code as code,
  o.name,
  o.page_url,
  o.last_assessment_year,
  o.is_staged or o.is_promoted as is_staged,
  o.is_promoted
from (
  select
    f.*,
    case
      when f.subject_code is not null then
        (f.exam_board, f.qualification, f.subject_code) in (select k.board, k.qualification, k.code from known as k)
      else (f.exam_board, f.qualification, greenroom.fold(f.name)) in (select n.board, n.qualification, n.name from named as n)
    end as is_staged,
    case
      when f.subject_code is not null then
        (f.exam_board, f.qualification, f.subject_code) in (select h.board, h.qualification, h.code from held as h)
      else (f.exam_board, f.qualification, greenroom.fold(f.name)) in (select h.board, h.qualification, h.name from held as h)
    end as is_promoted
  from greenroom.exam_offer as f
  where (%(board)s::text is null or f.exam_board = %(board)s)
    and (%(qualification)s::text is null or f.qualification = %(qualification)s)
) as o
order by o.exam_board, o.qualification, o.name, o.subject_code
