-- Findings of a unit of flat data: their rows go by the key.
select
  f.id,
  f.check_name as "check",
  f.severity,
  f.message,
  f.row_key,
  f.position,
  null::integer as row_no
from greenroom.finding as f
where f.unit_id = %(unit)s
order by f.severity, f.id
