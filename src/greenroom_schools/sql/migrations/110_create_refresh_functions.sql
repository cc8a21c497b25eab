-- Sectors count among what makes a commune relevant. The functions of this step of the document,
-- refresh_all_caches and check_data_freshness, are in sql/80_refresh.sql: they are written again by each migrate.

create schema if not exists "educational_data";

create or replace view "educational_data".relevant_communes as
with held as (
  select e.code_commune from "educational_data".communes_d_etablissements as e where e.is_known
  union
  select d.code_commune
  from (
    select s.code_commune as code from "educational_data".sectorisation_segments as s where s.retired_at is null
    union
    select z.code_commune from "educational_data".sectorisation_zones as z where z.retired_at is null
  ) as s
  join "educational_data".communes_de_code as d on d.code = s.code
), whole as (
  select h.code_commune from held as h
  union
  -- Paris, Lyon and Marseille as a whole, beside the arrondissement a school is in
  select i.code_parent
  from held as h
  join "educational_data".info_communes as i on i.code_commune = h.code_commune
  where i.code_parent is not null
    and i.retired_at is null
)
select w.code_commune
from whole as w
union
select n.code_commune
from whole as w
join "educational_data".communes_limitrophes as l on l.insee = w.code_commune and l.retired_at is null
cross join lateral unnest(l.insee_voisins) as v (code)
join "educational_data".communes_de_code as n on n.code = v.code
union
select i.code_commune
from "educational_data".info_communes as i
where i.retired_at is null
  and (select s.all_communes from "educational_data".cache_settings as s);
