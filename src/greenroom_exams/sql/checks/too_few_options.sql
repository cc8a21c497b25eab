-- Choices of more topics than name the group.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s: %s may be chosen of %s options', b.group_code, b.choose_most, coalesce(o.options, 0)) as message,
  b.row_key,
  b.position
from unit as u
join batch as b on b.unit_id = u.id
left join lateral (
  select pg_catalog.count(*) as options
  from greenroom_exams.topics_of(u.scope_id, u.key) as t
  where t.option_group = b.group_code
) as o on true
where coalesce(o.options, 0) < b.choose_most
