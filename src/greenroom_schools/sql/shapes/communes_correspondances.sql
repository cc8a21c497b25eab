-- Every code of a commune since 1943, with the commune of today; movements after the day of info_communes do not count yet.
with now_there as (
  select i.code_commune, i.type_commune, i.code_parent, i.annee_cog
  from "educational_data".info_communes as i
  where i.retired_at is null
), fate as materialized (
  select f.*
  from greenroom_schools.commune_fates(
    (select coalesce(pg_catalog.make_date(pg_catalog.max(n.annee_cog), 1, 1), 'infinity'::date) from now_there as n)
  ) as f
  where exists (select from now_there as n)
), line as (
  select f.code, f.valid_from, f.valid_until, f.target, f.kind, f.is_unique,
    case
      when f.target is null then 'the commune left the official code (overseas collectivity)'
      when n.code_commune is null then 'its commune is not in info_communes: take movements and communes of the same year'
    end as left_out
  from fate as f
  left join now_there as n on n.code_commune = f.target and n.type_commune = 'COM'
  union all
  select n.code_commune, '1943-01-01'::date, null, n.code_commune, 'same', true, null
  from now_there as n
  where n.type_commune = 'COM'
    and not exists (select from fate as f where f.code = n.code_commune)
  union all
  select n.code_commune, '1943-01-01'::date, null, n.code_parent, 'arrondissement', true, null
  from now_there as n
  where n.type_commune = 'ARM'
  union all
  -- Paris, Lyon and Marseille as the files of ONISEP and of the post number them
  select a.code, '1943-01-01'::date, null, n.code_commune, 'alias', true, null
  from (values ('75100', '75056'), ('69380', '69123'), ('13200', '13055')) as a (code, commune)
  join now_there as n on n.code_commune = a.commune
)
select
  pg_catalog.row_number() over (order by l.code collate "C", l.valid_from, l.target collate "C") as row_no,
  l.code as code_ancien,
  pg_catalog.to_char(l.valid_from, 'YYYY-MM-DD') as valid_from,
  pg_catalog.to_char(l.valid_until, 'YYYY-MM-DD') as valid_until,
  l.target as code_actuel,
  l.kind,
  l.is_unique::text as is_unique,
  l.left_out
from line as l
