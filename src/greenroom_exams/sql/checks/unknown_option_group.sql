-- Topics that are options of a group the subject does not have.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s topics are options of %s, which is no group', pg_catalog.count(*), b.option_group) as message,
  pg_catalog.min(b.row_key) as row_key,
  pg_catalog.min(b.position) as position
from unit as u
join batch as b on b.unit_id = u.id
where b.option_group is not null
  and b.option_group not in (select g.group_code from greenroom_exams.option_groups_of(u.scope_id, u.key) as g)
group by b.unit_id, b.option_group
