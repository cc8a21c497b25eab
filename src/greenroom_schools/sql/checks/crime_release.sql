-- A release that ends before the published one does: it would put old figures in the place of revised ones.
select
  u.id as unit_id,
  'warning' as severity,
  pg_catalog.format('the file ends in %s, the published rows in %s: an older release', f.annee, p.annee) as message,
  null::text as row_key,
  null::text as position
from unit as u
cross join lateral (
  select pg_catalog.max(b.annee) as annee
  from batch as b
  where b.unit_id = u.id
) as f
cross join lateral (
  select pg_catalog.max(c.annee) as annee
  from "educational_data".criminalite_departements as c
  where c.retired_at is null
) as p
where f.annee < p.annee
