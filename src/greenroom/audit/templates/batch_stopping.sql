select f.dataset, f.unit_key as unit, f.check_name as check, f.severity, f.message, f.row_key, f.position
from standing as f
where f.stops
order by f.severity, f.dataset, f.unit_key, f.check_name, f.message
limit %(limit)s
