-- UAIs that no loaded directory holds; silent as long as none of that level and département is loaded.
select
  n.unit_id,
  'warning' as severity,
  pg_catalog.format('%s (%s rows) is in no directory of schools', n.uai, n.times) as message,
  n.uai as row_key,
  n.position
from (
  select b.unit_id, b.niveau, b.code_departement, u.uai, pg_catalog.count(*) as times, pg_catalog.min(b.position) as position
  from batch as b
  cross join lateral unnest(b.uais) as u (uai)
  where u.uai is not null
  group by b.unit_id, b.niveau, b.code_departement, u.uai
) as n
where not greenroom_schools.is_school(n.uai)
  and greenroom_schools.knows_schools_of(n.niveau, n.code_departement)
