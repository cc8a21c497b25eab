-- ONISEP's programmes. An offer (AF) may stand on several rows: one key holds when rows that say the same
-- share a rank (the seal folds them) and rows that differ get the next one.
select
  l.row_no,
  btrim(l.af_id) as af_id,
  greenroom_schools.onisep_id(l.ens_url, 'ENS') as ens_id,
  greenroom_schools.onisep_id(l.for_url, 'FOR') as for_id,
  (
    dense_rank() over (
      partition by
        btrim(l.af_id),
        greenroom_schools.onisep_id(l.ens_url, 'ENS'),
        greenroom_schools.onisep_id(l.for_url, 'FOR')
      order by (to_jsonb(l) - 'row_no')::text collate "C"
    )
  )::text as variante,
  l.for_url,
  l.ens_url,
  l.for_libelle,
  l.for_domaine,
  l.for_type,
  l.for_nature_certificat,
  l.for_url_referentiel,
  l.for_niveau_sortie,
  l.ens_libelle,
  l.uai,
  l.ens_statut,
  l.ens_adresse,
  l.ens_code_postal,
  l.ens_commune,
  l.ens_departement,
  l.ens_academie,
  l.ens_region,
  l.latitude,
  l.longitude,
  l.ens_telephone,
  l.ens_site_web,
  l.ens_hebergement,
  l.ens_accessibilite,
  l.af_duree,
  l.af_modalites_scolarite,
  l.af_elements_enseignement,
  l.af_cout_scolarite,
  l.af_modalites_accueil,
  l.af_page_web,
  l.date_modification
from pg_temp.landed as l
