-- Per scope that the inbox names, or per subject of it: how many rows are newer than the last batch of their subject.
-- Whether anything in them is new, only sealing tells.
with sealed as materialized (
  select u.scope_id, u.key[1] as code, pg_catalog.max(u.batch_id) as batch_id
  from greenroom.unit as u
  group by u.scope_id, u.key[1]
), named as (
  -- by their spellings alone: of which version a subject is does not matter here
  select s.id as inbox_id, array[b.code, q.code] as scope_keys, nullif(pg_catalog.btrim(coalesce(s.subject_code, s.code)), '') as code
  from {home}.staging_aqa_subjects as s
  join greenroom.exam_board_alias as ba on ba.spelling = {compiled}.spelling(s.exam_board)
  join {home}.exam_boards as b on b.code = ba.code
  join greenroom.qualification_alias as qa on qa.spelling = {compiled}.spelling(s.qualification_type)
  join {home}.qualification_types as q on q.code = qa.code
  where (%(board)s::text is null or b.code = %(board)s)
    and (%(qualification)s::text is null or q.code = %(qualification)s)
), subject as materialized (
  select n.inbox_id, n.scope_keys, n.code, coalesce(b.sealed_at, '-infinity') as sealed_at
  from named as n
  left join greenroom.scope as c on c.pack = %(pack)s and c.keys = n.scope_keys
  left join sealed as l on l.scope_id = c.id and l.code = n.code
  left join greenroom.batch as b on b.id = l.batch_id
), newer as (
  select t.id as subject_id, 1::bigint as rows
  from {home}.staging_aqa_subjects as t
  join subject as s on s.inbox_id = t.id
  where greatest(t.created_at, t.updated_at) > s.sealed_at{within_id}
  union all
  select t.subject_id, pg_catalog.count(*)
  from {home}.staging_aqa_topics as t
  join subject as s on s.inbox_id = t.subject_id
  where greatest(t.created_at, t.updated_at) > s.sealed_at{within}
  group by t.subject_id
  union all
  select t.subject_id, pg_catalog.count(*)
  from {home}.staging_aqa_exam_papers as t
  join subject as s on s.inbox_id = t.subject_id
  where greatest(t.created_at, t.updated_at) > s.sealed_at{within}
  group by t.subject_id
), counted as (
  select n.subject_id, pg_catalog.sum(n.rows)::bigint as rows
  from newer as n
  group by n.subject_id
)
select
  s.scope_keys as keys,
  case when %(by_subject)s then s.code end as code,
  pg_catalog.count(*) as subjects,
  coalesce(pg_catalog.sum(n.rows), 0)::bigint as newer,
  pg_catalog.count(n.subject_id) as newer_subjects,
  case when %(by_subject)s then (
    select pg_catalog.count(*) from {home}.staging_aqa_topics as t where t.subject_id = any (pg_catalog.array_agg(s.inbox_id))
  ) end as topics,
  case when %(by_subject)s then (
    select pg_catalog.count(*) from {home}.staging_aqa_exam_papers as t where t.subject_id = any (pg_catalog.array_agg(s.inbox_id))
  ) end as papers
from subject as s
left join counted as n on n.subject_id = s.inbox_id
group by 1, 2
order by 1, 2
