-- More rows on the map than there are rows.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s: %s matched of %s', b.department, b.osm_matched, b.total_segments) as message,
  b.department as row_key,
  b.position
from batch as b
where b.osm_matched > b.total_segments
