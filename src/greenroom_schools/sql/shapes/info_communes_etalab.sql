-- communes.json of the "découpage administratif": communes and arrondissements; delegated and associated ones are others' parts.
with day as (
  select case when pg_catalog.min(l.annee) ~ '^[0-9]{4}$' then pg_catalog.make_date(pg_catalog.min(l.annee)::integer, 1, 1) end as until
  from pg_temp.landed as l
), read as (
  select
    l.row_no,
    l.code,
    case l.type when 'commune-actuelle' then 'COM' when 'arrondissement-municipal' then 'ARM' else l.type end as type_commune,
    l.commune,
    l.nom,
    l.departement,
    l.region,
    l.zone,
    l.arrondissement,
    case
      when l.codes_postaux ~ '^\[("[0-9]+"(, ?"[0-9]+")*)?\]$'
      then pg_catalog.translate(l.codes_postaux, '[]" ', '{}')
      else l.codes_postaux
    end as codes_postaux,
    l.population,
    l.siren,
    l.annee,
    case l.type
      when 'commune-deleguee' then 'a delegated commune, part of another'
      when 'commune-associee' then 'an associated commune, part of another'
    end as left_out
  from pg_temp.landed as l
)
select
  r.row_no,
  r.code as code_commune,
  r.type_commune,
  r.commune as code_parent,
  r.nom as nom_commune,
  r.departement as code_departement,
  d.nom_departement,
  r.region as code_region,
  g.nom_region,
  r.zone,
  r.arrondissement as code_arrondissement,
  coalesce(pg_catalog.substring(r.codes_postaux, '[0-9]{5}'), p.code_postal) as code_postal,
  coalesce(nullif(r.codes_postaux, '{}'), p.codes_postaux) as codes_postaux,
  p.libelle_acheminement as libelle_d_acheminement,
  coalesce(nullif(r.population, ''), n.population) as population,
  case when nullif(r.population, '') is null then n.annee end as population_annee,
  r.siren,
  p.latitude,
  p.longitude,
  r.annee as annee_cog,
  r.left_out
from read as r
left join "educational_data".departements as d on d.code_departement = r.departement and d.retired_at is null
left join "educational_data".regions as g on g.code_region = r.region and g.retired_at is null
left join greenroom_schools.commune_postcodes((select d.until from day as d)) as p on p.code = r.code
left join greenroom_schools.commune_populations((select d.until from day as d)) as n on n.code = r.code
