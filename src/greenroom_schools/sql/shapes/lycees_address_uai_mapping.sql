-- Addresses of lycées in one line; a lycée of which none is known is not there.
select
  pg_catalog.row_number() over (order by e.uai) as row_no,
  e.uai,
  pg_catalog.concat_ws(', ', e.adresse, nullif(pg_catalog.concat_ws(' ', e.code_postal, e.localite), '')) as address
from "educational_data".etablissements_geolocalisation as e
where e.est_lycee
  and e.retired_at is null
  and coalesce(e.adresse, e.code_postal, e.localite) is not null
