-- v_commune_AAAA.csv: COM and ARM are ours, COMD and COMA are parts of others and may have a COM's code.
-- What the file has not comes from communes_postales and communes_population; the overseas collectivities, which
-- INSEE lists elsewhere, stay as they are published.
with day as (
  select case when pg_catalog.min(l.annee) ~ '^[0-9]{4}$' then pg_catalog.make_date(pg_catalog.min(l.annee)::integer, 1, 1) end as until
  from pg_temp.landed as l
), read as (
  select
    l.*,
    -- an arrondissement's line leaves région and département to its commune's
    coalesce(nullif(l.dep, ''), parent.dep) as departement,
    coalesce(nullif(l.reg, ''), parent.reg) as region
  from pg_temp.landed as l
  left join pg_temp.landed as parent on l.typecom = 'ARM' and parent.typecom = 'COM' and parent.com = l.comparent
)
select
  r.row_no,
  r.com as code_commune,
  r.typecom as type_commune,
  case when r.typecom = 'ARM' then r.comparent end as code_parent,
  r.libelle as nom_commune,
  r.departement as code_departement,
  d.nom_departement,
  r.region as code_region,
  g.nom_region,
  case when r.departement ~ '^97[1-46]$' then 'drom' when r.departement ~ '^9[78]' then 'com' else 'metro' end as zone,
  r.arr as code_arrondissement,
  r.can as code_canton,
  p.code_postal,
  p.codes_postaux,
  p.libelle_acheminement as libelle_d_acheminement,
  n.population,
  n.annee as population_annee,
  p.latitude,
  p.longitude,
  r.annee as annee_cog,
  case r.typecom
    when 'COMD' then 'a delegated commune, part of another'
    when 'COMA' then 'an associated commune, part of another'
  end as left_out
from read as r
left join "educational_data".departements as d on d.code_departement = r.departement and d.retired_at is null
left join "educational_data".regions as g on g.code_region = r.region and g.retired_at is null
left join greenroom_schools.commune_postcodes((select d.until from day as d)) as p on p.code = r.com
left join greenroom_schools.commune_populations((select d.until from day as d)) as n on n.code = r.com
union all
select
  1000000 + pg_catalog.row_number() over (order by i.code_commune collate "C"),
  i.code_commune,
  i.type_commune,
  i.code_parent,
  i.nom_commune,
  i.code_departement,
  i.nom_departement,
  i.code_region,
  i.nom_region,
  i.zone,
  i.code_arrondissement,
  i.code_canton,
  i.code_postal,
  i.codes_postaux::text,
  i.libelle_d_acheminement,
  i.population::text,
  i.population_annee::text,
  i.latitude::text,
  i.longitude::text,
  i.annee_cog::text,
  null
from "educational_data".info_communes as i
where i.zone = 'com'
  and i.retired_at is null
  and not exists (
    select
    from pg_temp.landed as l
    where l.com = i.code_commune
  )
