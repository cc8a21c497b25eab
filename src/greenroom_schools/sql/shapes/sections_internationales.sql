-- The portal's sections, whole or cut to a few columns. Where there is no level, the key says so.
select
  l.row_no,
  l.rentree_scolaire,
  l.academie,
  l.uai,
  l.nom_etablissement,
  -- one spelling of the levels, whatever the case and accents of the edition
  coalesce(
    nullif(
      regexp_replace(
        replace(replace(replace(greenroom_schools.label_folded(l.niveau), 'ecole', 'école'), 'college', 'collège'), 'lycee', 'lycée'),
        'elementaire',
        'élémentaire'
      ),
      ''
    ),
    'non précisé'
  ) as niveau,
  l.ville,
  -- upper case as published; lower case would mean another edition, not another section
  translate(upper(btrim(l.section) collate "C"), 'àâäçèéêëîïôöùûü', 'ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜ') as section,
  l.premiere_session,
  l.ouverture,
  l.latitude,
  l.longitude
from pg_temp.landed as l
