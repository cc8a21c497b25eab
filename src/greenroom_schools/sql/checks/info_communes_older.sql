-- The communes of an earlier year than those published are no communes of today.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('communes of %s, but those of %s are published', pg_catalog.max(b.annee_cog), p.annee_cog) as message,
  null::text as row_key,
  null::text as position
from batch as b
cross join (
  select pg_catalog.max(o.annee_cog) as annee_cog
  from "educational_data".info_communes as o
  where o.retired_at is null
) as p
group by b.unit_id, p.annee_cog
having pg_catalog.max(b.annee_cog) < p.annee_cog
