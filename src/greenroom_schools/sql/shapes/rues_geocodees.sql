-- "RUE DU PORT, Toulouse, France" -> a place or null. The commune is the one the sectors name so.
with asked as (
  select
    l.row_no,
    btrim(split_part(l.name, ',', 1)) as rue,
    btrim(split_part(l.name, ',', 2)) as commune_name,
    nullif(btrim(l.lon), '') as lon,
    nullif(btrim(l.lat), '') as lat
  from pg_temp.landed as l
), commune as materialized (
  select
    a.commune_name,
    coalesce(
      (
        select case when count(distinct s.code_commune) = 1 then min(s.code_commune) end
        from "educational_data".sectorisation_segments as s
        where s.retired_at is null
          and s.commune_norm = greenroom_schools.clean_street(a.commune_name)
      ),
      (
        select case when count(distinct n.code_commune) = 1 then min(n.code_commune) end
        from greenroom_schools.commune_names as n
        where n.words = greenroom_schools.clean_street(a.commune_name)
      )
    ) as code
  from (select distinct a.commune_name from asked as a) as a
), street as (
  select
    a.*,
    c.code,
    greenroom_schools.clean_street(a.rue) as street_norm,
    row_number() over (
      partition by coalesce(c.code, a.commune_name), greenroom_schools.clean_street(a.rue)
      order by (a.lon is null), a.row_no
    ) as nth_time
  from asked as a
  left join commune as c on c.commune_name = a.commune_name
)
select
  s.row_no,
  s.code as code_commune,
  s.street_norm,
  s.rue as libelle_rue,
  s.commune_name as nom_commune,
  s.lon as longitude,
  s.lat as latitude,
  -- found under the very name that was asked for
  case when s.lon is not null then '100' end as similarity,
  case when s.nth_time > 1 then 'the same street in another spelling' end as left_out
from street as s
