select
  f.check_name as name,
  f.severity,
  pg_catalog.min(f.found_by) as found_by,
  pg_catalog.min(f.dataset) as dataset,
  pg_catalog.count(*) as total,
  pg_catalog.count(*) filter (where f.waived) as waived,
  pg_catalog.count(*) filter (where f.stops) as stops
from standing as f
group by f.check_name, f.severity
order by pg_catalog.bool_or(f.stops) desc, f.severity, pg_catalog.count(*) desc, f.check_name
