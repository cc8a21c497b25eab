-- Lycées of the national directory, with or without a point; never the schools of other levels.
select
  pg_catalog.row_number() over (order by e.uai) as row_no,
  e.uai,
  e.nom as etablissement,
  e.latitude::text as latitude,
  e.longitude::text as longitude,
  e.code_commune,
  e.commune,
  e.academie,
  e.secteur
from "educational_data".etablissements_geolocalisation as e
where e.est_lycee
  and e.retired_at is null
