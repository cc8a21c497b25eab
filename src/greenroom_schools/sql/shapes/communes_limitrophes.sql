-- Lists of neighbours, as the file has them, become pairs, and pairs become clean lists: codes of today, each pair
-- both ways, nobody its own neighbour, none twice; and an empty list for the islands the file leaves out.
with pair as materialized (
  select
    l.row_no,
    -- as the file writes it where it is no code, so that quarantine shows that
    coalesce(greenroom_schools.clean_commune(l.insee), pg_catalog.btrim(l.insee)) as code,
    coalesce(greenroom_schools.clean_commune(v.code[1]), v.code[1]) as neighbour,
    l.annee
  from pg_temp.landed as l
  -- any marks between the codes: | , ; or those of an array
  left join lateral pg_catalog.regexp_matches(l.insee_voisins, '[0-9A-Za-z]+', 'g') as v (code) on true
), met as (
  select p.code, p.annee from pair as p
  union
  select p.neighbour, p.annee from pair as p where p.neighbour is not null
), known as materialized (
  select m.code, greenroom_schools.current_commune(m.code, case when m.annee ~ '^[0-9]{4}$' then m.annee::integer end) as today
  from met as m
), at_home as materialized (
  select i.code_commune, i.code_departement
  from "educational_data".info_communes as i
  where i.type_commune = 'COM'
    and i.retired_at is null
), told as materialized (
  select p.row_no, p.code, a.today, p.neighbour, b.today as neighbour_today
  from pair as p
  join known as a on a.code = p.code
  left join known as b on b.code = p.neighbour
), covered as materialized (
  -- départements of the file; whole are those of which it has nearly all, for the islands
  select
    h.code_departement,
    pg_catalog.count(*) filter (where t.today is not null) * 10 >= pg_catalog.count(*) * 9 as is_whole
  from at_home as h
  left join (select distinct t.today from told as t) as t on t.today = h.code_commune
  group by h.code_departement
  having pg_catalog.count(t.today) > 0
), beside as (
  select t.today as code, t.neighbour_today as neighbour
  from told as t
  where t.today <> t.neighbour_today
  union
  select t.neighbour_today, t.today
  from told as t
  where t.today <> t.neighbour_today
), listed as (
  select h.code_commune, pg_catalog.array_agg(b.neighbour order by b.neighbour collate "C") filter (where b.neighbour is not null) as neighbours
  from at_home as h
  join covered as c on c.code_departement = h.code_departement
  left join beside as b on b.code = h.code_commune
  -- a commune without a line is an island where the département is whole, else the file is cut
  where c.is_whole
    or exists (select from told as t where t.today = h.code_commune)
  group by h.code_commune
), line as (
  select
    0 as part,
    l.code_commune as insee,
    coalesce(l.neighbours, '{}')::text as insee_voisins,
    pg_catalog.cardinality(coalesce(l.neighbours, '{}'))::text as nb_voisins,
    null as left_out
  from listed as l
  union all
  -- what is no code at all is not left out, but goes to quarantine
  select distinct 1, p.code, '{}', null, case when greenroom_schools.clean_commune(p.code) is not null then 'a commune that is none today, or several' end
  from pair as p
  left join told as t on t.code = p.code
  where t.today is null
  union all
  select distinct 2, t.neighbour, null, null, 'a neighbour that is no commune today, or several'
  from told as t
  where t.neighbour is not null
    and t.neighbour_today is null
)
select
  pg_catalog.row_number() over (order by l.part, l.insee collate "C") as row_no,
  l.insee,
  l.insee_voisins,
  l.nb_voisins,
  l.left_out
from line as l
