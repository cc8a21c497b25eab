-- The region's file of its lycées: kinds in words, the point in one cell (`lat, lon`).
with
kinds (label, nature, type) as (
  values
    ('lycée d''enseignement général et technologique', '300', 'lycée'),
    ('lycée d''enseignement technologique', '301', 'lycée'),
    ('lycée d''enseignement général', '302', 'lycée'),
    ('lycée polyvalent', '306', 'lycée'),
    ('lycée d''enseignement général, technologique et professionnel agricole', '307', 'lycée'),
    ('école secondaire spécialisée (2nd cycle)', '312', 'lycée'),
    ('lycée professionnel', '320', 'lycée'),
    ('section d''enseignement professionnel', '334', 'lycée'),
    ('section d''enseignement générale et technologique', '335', 'lycée'),
    ('établissement régional d''enseignement adapté', '370', 'erea'),
    ('lycée d''enseignement adapté', '370', 'erea')
),
read as (
  select
    l.*,
    pg_catalog.lower(pg_catalog.replace(pg_catalog.btrim(l.nature_uai), '’', '''')) as label,
    pg_catalog.row_number() over (
      partition by coalesce(greenroom_schools.clean_uai(l.code_uai), l.row_no::text)
      order by l.nom_etablissement collate "C", l.row_no
    ) as rank
  from pg_temp.landed as l
)
select
  r.row_no,
  case when r.rank > 1 then 'another row of the same school' end as left_out,
  'ile-de-france' as source,
  r.code_uai as uai,
  r.nom_etablissement as nom,
  k.nature,
  r.nature_uai as nature_libelle,
  k.type,
  greenroom_schools.secteur_of_contract(r.statut, r.contrat_etablissement, null) as secteur,
  nullif(pg_catalog.btrim(r.adresse_postale), '') as adresse,
  r.code_postal,
  r.commune as localite,
  r.code_insee as code_commune,
  r.commune,
  r.departement as code_departement,
  r.code_academie,
  r.academie,
  '11' as code_region_insee,
  'Ile-de-France' as region,
  nullif(pg_catalog.btrim(pg_catalog.split_part(r.geo, ',', 1)), '') as latitude,
  nullif(pg_catalog.btrim(pg_catalog.split_part(r.geo, ',', 2)), '') as longitude
from read as r
left join kinds as k on k.label = r.label
