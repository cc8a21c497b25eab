-- Lycées of the national directory, as the look-up of a sector reads them.
select
  pg_catalog.row_number() over (order by e.uai) as row_no,
  e.uai,
  e.nom,
  e.commune,
  e.latitude::text as latitude,
  e.longitude::text as longitude,
  e.secteur
from "educational_data".etablissements_geolocalisation as e
where e.est_lycee
  and e.retired_at is null
