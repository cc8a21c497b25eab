-- The results of collèges: the share of honours is computed, the commune is found by the school's number
-- (its name is not a key), and None, which a re-saved copy writes for an empty cell, is empty again.
with
directory as (
  select
    e.uai,
    e.code_commune,
    e.code_departement
  from "educational_data".etablissements_geolocalisation as e
  where e.retired_at is null
),
index_of_social_position as (
  select distinct on (i.uai)
    i.uai,
    i.code_insee_de_la_commune as code_commune
  from "educational_data".ips_colleges_years as i
  where i.retired_at is null
    and i.code_insee_de_la_commune is not null
  order by i.uai, i.rentree_scolaire desc
)
select
  l.row_no,
  l.session,
  l.uai,
  nullif(l.nom_etablissement, 'None') as nom_etablissement,
  nullif(l.commune, 'None') as commune,
  nullif(l.code_region_academique, 'None') as code_region_academique,
  nullif(l.region_academique, 'None') as region_academique,
  nullif(l.code_academie, 'None') as code_academie,
  nullif(l.academie, 'None') as academie,
  coalesce(
    nullif(nullif(pg_catalog.btrim(l.code_departement), ''), 'None'),
    d.code_departement,
    greenroom_schools.departement_of_commune(coalesce(d.code_commune, i.code_commune))
  ) as code_departement,
  nullif(l.departement, 'None') as departement,
  l.secteur,
  nullif(l.nb_candidats_g, 'None') as nb_candidats_g,
  nullif(l.taux_reussite_g, 'None') as taux_reussite_g,
  nullif(l.va_taux_reussite_g, 'None') as va_taux_reussite_g,
  nullif(l.note_ecrit_g, 'None') as note_ecrit_g,
  nullif(l.va_note_g, 'None') as va_note_g,
  nullif(l.nb_candidats_p, 'None') as nb_candidats_p,
  nullif(l.taux_reussite_p, 'None') as taux_reussite_p,
  nullif(l.note_ecrit_p, 'None') as note_ecrit_p,
  nullif(l.taux_acces_6e_3e, 'None') as taux_acces_6e_3e,
  nullif(l.part_presents_3e_ordinaire_total, 'None') as part_presents_3e_ordinaire_total,
  nullif(l.part_presents_3e_ordinaire_g, 'None') as part_presents_3e_ordinaire_g,
  nullif(l.part_presents_3e_ordinaire_p, 'None') as part_presents_3e_ordinaire_p,
  nullif(l.part_presents_3e_segpa_total, 'None') as part_presents_3e_segpa_total,
  nullif(l.nb_mentions_ab_g, 'None') as nb_mentions_ab_g,
  nullif(l.nb_mentions_b_g, 'None') as nb_mentions_b_g,
  nullif(l.nb_mentions_tb_g, 'None') as nb_mentions_tb_g,
  nullif(l.nb_mentions_global_g, 'None') as nb_mentions_global_g,
  pg_catalog.round(
    100 * greenroom_schools.clean_number(l.nb_mentions_global_g)::numeric
    / nullif(greenroom_schools.clean_number(l.nb_candidats_g)::numeric, 0),
    2
  )::text as taux_mention,
  coalesce(d.code_commune, i.code_commune) as code_commune
from pg_temp.landed as l
left join directory as d on d.uai = greenroom_schools.clean_uai(l.uai)
left join index_of_social_position as i on i.uai = greenroom_schools.clean_uai(l.uai)
