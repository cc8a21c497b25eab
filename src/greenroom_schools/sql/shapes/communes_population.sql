-- A column a year becomes a row a year. row_no counts years one after the other: a position may not repeat.
with cell as (
  select
    l.row_no,
    l.code_commune,
    l.nom_commune,
    '20' || pg_catalog.substr(c.key, 2, 2) as annee,
    nullif(pg_catalog.btrim(c.value), '') as population
  from pg_temp.landed as l
  cross join lateral pg_catalog.jsonb_each_text(pg_catalog.to_jsonb(l)) as c (key, value)
  where c.key like 'p___pop'
), there as (
  -- years of which this file says nothing are not in it
  select c.annee
  from cell as c
  group by c.annee
  having pg_catalog.count(c.population) > 0
)
select
  pg_catalog.row_number() over (order by c.annee, c.row_no) as row_no,
  c.code_commune,
  c.annee,
  c.population,
  c.nom_commune,
  case when c.population is null then 'no population in that year' end as left_out
from cell as c
join there as t on t.annee = c.annee
