-- The answer of geo.api.gouv.fr: the communes of today, arrondissements known by their codes, a point as GeoJSON.
with read as (
  select
    l.*,
    greenroom_schools.commune_of_arrondissement(l.code) as parent,
    case
      when l.codes_postaux ~ '^\[("[0-9]+"(, ?"[0-9]+")*)?\]$'
      then pg_catalog.translate(l.codes_postaux, '[]" ', '{}')
      else l.codes_postaux
    end as postal,
    pg_catalog.regexp_match(l.centre, '"coordinates": ?\[ ?"?(-?[0-9.]+)"?, ?"?(-?[0-9.]+)"? ?\]') as point
  from pg_temp.landed as l
)
select
  r.row_no,
  r.code as code_commune,
  case when r.parent is null then 'COM' else 'ARM' end as type_commune,
  r.parent as code_parent,
  r.nom as nom_commune,
  r.code_departement,
  d.nom_departement,
  r.code_region,
  g.nom_region,
  coalesce(
    nullif(r.zone, ''),
    case when r.code_departement ~ '^97[1-46]$' then 'drom' when r.code_departement ~ '^9[78]' then 'com' else 'metro' end
  ) as zone,
  coalesce(pg_catalog.substring(r.postal, '[0-9]{5}'), p.code_postal) as code_postal,
  coalesce(nullif(r.postal, '{}'), p.codes_postaux) as codes_postaux,
  p.libelle_acheminement as libelle_d_acheminement,
  coalesce(nullif(r.population, ''), n.population) as population,
  case when nullif(r.population, '') is null then n.annee end as population_annee,
  r.siren,
  coalesce(r.point[2], p.latitude) as latitude,
  coalesce(r.point[1], p.longitude) as longitude,
  case r.type
    when 'commune-deleguee' then 'a delegated commune, part of another'
    when 'commune-associee' then 'an associated commune, part of another'
  end as left_out
from read as r
left join "educational_data".departements as d on d.code_departement = r.code_departement and d.retired_at is null
left join "educational_data".regions as g on g.code_region = r.code_region and g.retired_at is null
left join greenroom_schools.commune_postcodes('infinity') as p on p.code = r.code
left join greenroom_schools.commune_populations('infinity') as n on n.code = r.code
