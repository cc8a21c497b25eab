-- One row a commune and postal code; its places (line 5) are gathered. A place may be a pair "lat,lon".
select
  pg_catalog.min(l.row_no) as row_no,
  l.code_commune,
  l.code_postal,
  pg_catalog.min(l.nom_commune) as nom_commune,
  pg_catalog.min(l.libelle_acheminement) as libelle_acheminement,
  pg_catalog.array_agg(distinct pg_catalog.btrim(l.ligne_5)) filter (where pg_catalog.btrim(l.ligne_5) <> '')::text as lieux_dits,
  pg_catalog.btrim(pg_catalog.split_part(pg_catalog.min(l.coordonnees_gps), ',', 1)) as latitude,
  pg_catalog.btrim(pg_catalog.split_part(pg_catalog.min(l.coordonnees_gps), ',', 2)) as longitude
from pg_temp.landed as l
group by l.code_commune, l.code_postal
