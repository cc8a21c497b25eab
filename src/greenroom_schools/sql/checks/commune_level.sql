-- An export of bassins de vie loaded as one of communes: a bassin has the code of its chief town, so that
-- only the number of rows tells the two apart. A part of the communes covers a part of the départements.
select
  u.id as unit_id,
  'error' as severity,
  pg_catalog.format(
    '%s rows spread over %s départements: an export of bassins de vie, not of communes?', u.row_count, b.departements
  ) as message,
  null::text as row_key,
  null::text as position
from unit as u
cross join lateral (
  select pg_catalog.count(distinct pg_catalog.left(b.code_commune, 2)) as departements
  from batch as b
  where b.unit_id = u.id
) as b
where u.row_count between 1000 and 3000
  and b.departements > 85
