-- The portal's annuaire. A school with annexes, or with two names, stands there several times: the open row that is no
-- annexe is kept, the one with a general track before others; a flag is that of any of its rows.
with
read as (
  select
    l.*,
    coalesce(greenroom_schools.clean_uai(l.identifiant_de_l_etablissement), l.row_no::text) as school,
    greenroom_schools.type_of_nature(l.code_nature) as type_by_nature
  from pg_temp.landed as l
),
flags as (
  select
    r.school,
    pg_catalog.max(pg_catalog.left(nullif(pg_catalog.btrim(r.section_internationale), ''), 1)) as section_internationale,
    pg_catalog.max(pg_catalog.left(nullif(pg_catalog.btrim(r.voie_generale), ''), 1)) as voie_generale,
    pg_catalog.max(pg_catalog.left(nullif(pg_catalog.btrim(r.voie_technologique), ''), 1)) as voie_technologique,
    pg_catalog.max(pg_catalog.left(nullif(pg_catalog.btrim(r.voie_professionnelle), ''), 1)) as voie_professionnelle,
    pg_catalog.max(pg_catalog.left(nullif(pg_catalog.btrim(r.post_bac), ''), 1)) as post_bac
  from read as r
  group by r.school
),
ranked as (
  select
    r.*,
    pg_catalog.row_number() over (
      partition by r.school
      order by
        r.etat is distinct from 'OUVERT',
        pg_catalog.lower(r.nom_etablissement) ~ 'annexe',
        r.voie_generale is distinct from '1',
        r.nom_etablissement collate "C",
        r.adresse_1 collate "C",
        r.row_no
    ) as rank
  from read as r
)
select
  r.row_no,
  case when r.rank > 1 then 'another row of the same school (an annexe, or another name)' end as left_out,
  'annuaire' as source,
  r.identifiant_de_l_etablissement as uai,
  r.nom_etablissement as nom,
  r.code_nature as nature,
  r.libelle_nature as nature_libelle,
  coalesce(
    case pg_catalog.lower(r.type_etablissement)
      when 'ecole' then 'école'
      when '' then null
      else pg_catalog.lower(r.type_etablissement)
    end,
    r.type_by_nature
  ) as type,
  greenroom_schools.secteur_of_contract(
    r.statut_public_prive, r.type_contrat_prive, r.code_type_contrat_prive
  ) as secteur,
  nullif(
    pg_catalog.concat_ws(
      ', ', nullif(pg_catalog.btrim(r.adresse_1), ''), nullif(pg_catalog.btrim(r.adresse_2), '')
    ),
    ''
  ) as adresse,
  r.code_postal,
  coalesce(
    nullif(pg_catalog.regexp_replace(pg_catalog.btrim(r.adresse_3), '^[0-9]{5} *', ''), ''), r.nom_commune
  ) as localite,
  r.code_commune,
  r.nom_commune as commune,
  r.code_departement,
  r.libelle_departement as departement,
  r.code_academie,
  r.libelle_academie as academie,
  -- the collectivities of the Pacific lie in no region: 00
  nullif(pg_catalog.btrim(r.code_region), '00') as code_region_insee,
  r.libelle_region as region,
  r.latitude,
  r.longitude,
  r.epsg,
  r.precision_localisation as localisation,
  r.etat,
  r.date_ouverture,
  f.section_internationale,
  f.voie_generale,
  f.voie_technologique,
  f.voie_professionnelle,
  f.post_bac
from ranked as r
join flags as f on f.school = r.school
