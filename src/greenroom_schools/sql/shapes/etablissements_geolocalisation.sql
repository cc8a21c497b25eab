-- One row a school of what the directories say: each value from the first that has it, in the order of `ranks`; the
-- type from the annuaire where it knows the school; the point always whole from one of them.
with
said as (
  select
    s.*,
    k.rank
  from "educational_data".etablissements_par_source as s
  join (values ('geolocalisation', 1), ('annuaire', 2), ('ile-de-france', 3)) as k (source, rank)
    on k.source = s.source
  where s.retired_at is null
),
placed as (
  select distinct on (s.uai)
    s.uai,
    s.latitude,
    s.longitude,
    s.epsg,
    s.appariement,
    s.localisation,
    s.source
  from said as s
  where s.latitude is not null
    and s.longitude is not null
  order by s.uai, s.rank
),
folded as (
  select
    s.uai,
    (pg_catalog.array_agg(s.source order by s.rank))[1] as source,
    pg_catalog.array_agg(s.source order by s.rank) as sources,
    (pg_catalog.array_agg(s.nom order by s.rank) filter (where s.nom is not null))[1] as nom,
    (pg_catalog.array_agg(s.nature order by s.rank) filter (where s.nature is not null))[1] as nature,
    (pg_catalog.array_agg(s.nature_libelle order by s.rank) filter (where s.nature_libelle is not null))[1]
      as nature_libelle,
    (
      pg_catalog.array_agg(s.type order by s.source <> 'annuaire', s.rank) filter (where s.type is not null)
    )[1] as type,
    -- a bare privé says less than what another directory may
    (
      pg_catalog.array_agg(s.secteur order by s.secteur = 'privé', s.rank) filter (where s.secteur is not null)
    )[1] as secteur,
    (pg_catalog.array_agg(s.adresse order by s.rank) filter (where s.adresse is not null))[1] as adresse,
    (pg_catalog.array_agg(s.code_postal order by s.rank) filter (where s.code_postal is not null))[1] as code_postal,
    (pg_catalog.array_agg(s.localite order by s.rank) filter (where s.localite is not null))[1] as localite,
    (pg_catalog.array_agg(s.code_commune order by s.rank) filter (where s.code_commune is not null))[1] as code_commune,
    (pg_catalog.array_agg(s.commune order by s.rank) filter (where s.code_commune is not null))[1] as commune,
    (pg_catalog.array_agg(s.code_departement order by s.rank) filter (where s.code_departement is not null))[1]
      as code_departement,
    (pg_catalog.array_agg(s.departement order by s.rank) filter (where s.departement is not null))[1] as departement,
    (pg_catalog.array_agg(s.code_academie order by s.rank) filter (where s.code_academie is not null))[1]
      as code_academie,
    (pg_catalog.array_agg(s.academie order by s.rank) filter (where s.academie is not null))[1] as academie,
    (pg_catalog.array_agg(s.code_region_insee order by s.rank) filter (where s.code_region_insee is not null))[1]
      as code_region_insee,
    (pg_catalog.array_agg(s.region order by s.rank) filter (where s.region is not null))[1] as region,
    (pg_catalog.array_agg(s.etat order by s.rank) filter (where s.etat is not null))[1] as etat,
    (pg_catalog.array_agg(s.date_ouverture order by s.rank) filter (where s.date_ouverture is not null))[1]
      as date_ouverture,
    pg_catalog.bool_or(s.section_internationale) as section_internationale,
    pg_catalog.bool_or(s.voie_generale) as voie_generale,
    pg_catalog.bool_or(s.voie_technologique) as voie_technologique,
    pg_catalog.bool_or(s.voie_professionnelle) as voie_professionnelle,
    pg_catalog.bool_or(s.post_bac) as post_bac
  from said as s
  group by s.uai
)
select
  pg_catalog.row_number() over (order by f.uai) as row_no,
  f.uai,
  f.nom,
  f.nature,
  f.nature_libelle,
  f.type,
  f.secteur,
  coalesce(f.type = 'lycée', false)::text as est_lycee,
  coalesce(f.type = 'collège', false)::text as est_college,
  f.adresse,
  f.code_postal,
  f.localite,
  f.code_commune,
  f.commune,
  f.code_departement,
  f.departement,
  f.code_academie,
  f.academie,
  f.code_region_insee,
  f.region,
  p.latitude::text as latitude,
  p.longitude::text as longitude,
  p.epsg,
  p.appariement,
  p.localisation,
  p.source as position_source,
  f.etat,
  f.date_ouverture::text as date_ouverture,
  f.section_internationale::text as section_internationale,
  f.voie_generale::text as voie_generale,
  f.voie_technologique::text as voie_technologique,
  f.voie_professionnelle::text as voie_professionnelle,
  f.post_bac::text as post_bac,
  f.source,
  f.sources::text as sources
from folded as f
left join placed as p on p.uai = f.uai
