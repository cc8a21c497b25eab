-- A table of the source document's shape: a school, its index, its deviation. What it does not say of the school is
-- what the newest published year says; of a school that none knows, the quarantine will name what is missing.
with
known as (
  select distinct on (y.uai)
    y.*
  from "educational_data".ips_colleges_years as y
  where y.retired_at is null
  order by y.uai, y.rentree_scolaire desc
)
select
  l.row_no,
  l.rentree_scolaire,
  k.academie,
  k.code_du_departement,
  k.departement,
  k.code_insee_de_la_commune,
  k.nom_de_la_commune,
  l.uai,
  k.nom_de_l_etablissement,
  k.secteur,
  l.ips,
  l.ecart_type_ips
from pg_temp.landed as l
left join known as k on k.uai = greenroom_schools.clean_uai(l.uai)
