-- The questions under "Testing" in the plan, without a schema: they are answered by the search_path alone.
-- Where the plan has LIMIT without ORDER BY, an order is added: else two right answers may differ.

-- name: lycées of a département
select *
from aggregated_data_lycees_2024
where code_departement = '78'
  and annee = 2024
order by uai
limit 10;

-- name: lycées with their index of social position
select l.uai, l.etablissement, i.IPS
from aggregated_data_lycees_2024 as l
join ips_lycees as i on l.uai = i.uai
where l.annee = 2024
order by l.uai
limit 10;

-- name: communes in the cache
select count(*) from commune_context_cache;

-- name: lycées in the cache
select count(*) from lycee_context_cache;

-- name: collèges in the cache
select count(*) from college_context_cache;

-- name: what the backend asks
select
  uai,
  etablissement,
  IPS,
  specialites_array,
  local_services,
  crime_level
from lycee_context_cache
where code_departement = '78'
  and IPS >= 100
  and specialites_array @> array['Mathématiques']::text[]
order by IPS desc, uai
limit 20;
