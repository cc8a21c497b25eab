-- The old database's table: one postal code a commune, the place as one text "lat,lon".
select
  l.row_no,
  l.insee_com as code_commune,
  case when greenroom_schools.commune_of_arrondissement(l.insee_com) is null then 'COM' else 'ARM' end as type_commune,
  greenroom_schools.commune_of_arrondissement(l.insee_com) as code_parent,
  l.nom_com as nom_commune,
  l.code_dept as code_departement,
  l.nom_dept as nom_departement,
  l.code_reg as code_region,
  l.nom_reg as nom_region,
  case
    when greenroom_schools.clean_departement(l.code_dept) ~ '^97[1-46]$' then 'drom'
    when greenroom_schools.clean_departement(l.code_dept) ~ '^9[78]' then 'com'
    else 'metro'
  end as zone,
  l.code_arr as code_arrondissement,
  l.code_cant as code_canton,
  l.code_postal,
  case when l.code_postal ~ '^[0-9 ]+$' then '{' || greenroom_schools.clean_postal(l.code_postal) || '}' end as codes_postaux,
  l.libelle_d_acheminement,
  l.population,
  pg_catalog.btrim(pg_catalog.split_part(l.coordonnees_gps, ',', 1)) as latitude,
  pg_catalog.btrim(pg_catalog.split_part(l.coordonnees_gps, ',', 2)) as longitude,
  l.annee as annee_cog
from pg_temp.landed as l
