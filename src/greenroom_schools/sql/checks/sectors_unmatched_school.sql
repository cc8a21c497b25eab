-- Schools that are only named and could not be found in the directory, or were found twice: one finding a name.
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format('%s (%s rows): no one public school of this name is in the directory', n.name, pg_catalog.count(*)) as message,
  n.name as row_key,
  pg_catalog.min(b.position) as position
from batch as b
cross join lateral unnest(b.uais, b.etablissements) as n (uai, name)
where n.uai is null
group by b.unit_id, n.name
