-- The portal's file of addresses and coordinates. One row a school; should a school come twice, the open one is kept.
with
read as (
  select
    l.*,
    pg_catalog.row_number() over (
      partition by coalesce(greenroom_schools.clean_uai(l.numero_uai), l.row_no::text)
      order by
        l.etat_etablissement_libe is distinct from 'OUVERT',
        l.appellation_officielle,
        l.adresse_uai,
        l.row_no
    ) as rank
  from pg_temp.landed as l
)
select
  r.row_no,
  case when r.rank > 1 then 'another row of the same school' end as left_out,
  'geolocalisation' as source,
  r.numero_uai as uai,
  coalesce(
    nullif(pg_catalog.btrim(r.appellation_officielle), ''),
    nullif(pg_catalog.btrim(pg_catalog.concat_ws(' ', r.denomination_principale, r.patronyme_uai)), '')
  ) as nom,
  r.nature_uai as nature,
  r.nature_uai_libe as nature_libelle,
  greenroom_schools.type_of_nature(r.nature_uai) as type,
  greenroom_schools.secteur_of_contract(
    r.secteur_public_prive_libe, r.secteur_prive_libelle_type_contrat, r.secteur_prive_code_type_contrat
  ) as secteur,
  nullif(
    pg_catalog.concat_ws(
      ', ',
      nullif(pg_catalog.btrim(r.adresse_uai), ''),
      nullif(pg_catalog.btrim(r.lieu_dit_uai), ''),
      case
        when r.boite_postale_uai ~ '^[0-9]+$' then 'BP ' || r.boite_postale_uai
        else nullif(pg_catalog.btrim(r.boite_postale_uai), '')
      end
    ),
    ''
  ) as adresse,
  r.code_postal_uai as code_postal,
  r.localite_acheminement_uai as localite,
  r.code_commune,
  r.libelle_commune as commune,
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
  r.appariement,
  r.localisation,
  r.etat_etablissement_libe as etat,
  r.date_ouverture
from read as r
