-- Boards and qualifications there are, with how many subjects each pair has in production.
select b.code as board, b.full_name, q.code as qualification, coalesce(n.subjects, 0) as subjects
from {home}.exam_boards as b
cross join {home}.qualification_types as q
left join (
  select s.exam_board_id, s.qualification_type_id, pg_catalog.count(*) as subjects
  from {home}.exam_board_subjects as s
  where s.retired_at is null
  group by 1, 2
) as n on n.exam_board_id = b.id and n.qualification_type_id = q.id
order by b.code, q.code
