-- Up to four collèges by name, all in Paris. One that is not found stays, with its name.
with school as materialized (
  select n.row_no, n.place, btrim(n.name) as name
  from pg_temp.landed as l
  cross join lateral (
    values (l.row_no, 1, l.lib_etab_1), (l.row_no, 2, l.lib_etab_2), (l.row_no, 3, l.lib_etab_3), (l.row_no, 4, l.lib_etab_4)
  ) as n (row_no, place, name)
  where btrim(n.name) <> ''
), known as materialized (
  select d.uai, greenroom_schools.school_words(d.nom) as words from greenroom_schools.directory as d where d.niveau = 'college' and d.code_departement = '75'
), found as materialized (
  select n.name, case when count(distinct k.uai) = 1 then min(k.uai) end as uai
  from (select distinct s.name from school as s) as n
  left join known as k on k.words = greenroom_schools.school_words(n.name)
  group by n.name
), schools as (
  select s.row_no, array_agg(f.uai order by s.place)::text as uais, array_agg(s.name order by s.place)::text as etablissements
  from school as s
  join found as f on f.name = s.name
  group by s.row_no
)
select
  l.row_no,
  '75'::text as code_departement,
  l.annee_scolaire,
  case when l.type_etabl is null then 'college' else coalesce(greenroom_schools.clean_niveau(l.type_etabl), l.type_etabl) end as niveau,
  'paris_secteurs'::text as source,
  coalesce(nullif(btrim(l.zone), ''), nullif(btrim(l.libelle), ''), c.etablissements) as zone,
  nullif(btrim(l.libelle), '') as zone_name,
  c.uais,
  c.etablissements,
  l.ewkb,
  (o.outline[1])[0]::text as west,
  (o.outline[1])[1]::text as south,
  (o.outline[0])[0]::text as east,
  (o.outline[0])[1]::text as north
from pg_temp.landed as l
left join schools as c on c.row_no = l.row_no
cross join lateral (select greenroom_schools.outline_of(greenroom_schools.clean_multipolygon(l.ewkb)) as outline) as o
