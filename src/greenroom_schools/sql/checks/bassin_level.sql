-- An export of communes loaded as one of bassins de vie: both have codes of five characters, twenty times as many.
select
  u.id as unit_id,
  'error' as severity,
  pg_catalog.format('%s rows: an export of communes, not of bassins de vie?', u.row_count) as message,
  null::text as row_key,
  null::text as position
from unit as u
where u.row_count > 3000
