-- Pairs that name a topic the subject does not have.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s and %s exclude each other, but there is no topic %s', b.one_code, b.other_code, n.code) as message,
  b.row_key,
  b.position
from unit as u
join batch as b on b.unit_id = u.id
cross join lateral (values (b.one_code), (b.other_code)) as n (code)
where n.code not in (select t.topic_code from greenroom_exams.topics_of(u.scope_id, u.key) as t)
