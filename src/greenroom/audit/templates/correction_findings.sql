-- Findings of a unit, each with the number of the row that it is about; the worst first.
with found as (
  select f.*
  from greenroom.finding as f
  where f.unit_id = %(unit)s
), known as materialized (
  select k.row_key, pg_catalog.min(k.row_no) as row_no
  from (
    select e.row_key, e.row_no from {effective} as e where e.unit_id = %(unit)s
    union all
    -- what was deleted keeps what was said of it
    select b.row_key, b.row_no from {sealed} as b where b.unit_id = %(unit)s
  ) as k
  where exists (select from found as f)
  group by k.row_key
)
select
  f.id,
  f.check_name as "check",
  f.severity,
  f.message,
  f.row_key,
  f.position,
  k.row_no
from found as f
left join known as k on k.row_key = f.row_key
order by f.severity, f.id
