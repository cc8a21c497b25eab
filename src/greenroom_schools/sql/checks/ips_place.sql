-- Schools whose commune lies in another département than the file says. Saint-Barthélemy and
-- Saint-Martin (977, 978) are administered by the académie of Guadeloupe (971).
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format(
    '%s: commune %s is not in département %s', b.uai, b.code_insee_de_la_commune, b.code_du_departement
  ) as message,
  b.uai as row_key,
  b.position
from batch as b
where b.code_du_departement is not null
  and b.code_insee_de_la_commune is not null
  and not pg_catalog.starts_with(b.code_insee_de_la_commune, b.code_du_departement)
  and not (b.code_du_departement = '971' and pg_catalog.left(b.code_insee_de_la_commune, 3) in ('977', '978'))
