-- Shares that the counts beside them deny: houses and flats were exchanged, as in the yearly file of 2024.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s: %s houses of %s are not %s %%', b.row_key, b.nb_maisons, n.dwellings, b.part_maisons) as message,
  b.row_key,
  b.position
from batch as b
cross join lateral (select b.nb_maisons + b.nb_apparts as dwellings) as n
where n.dwellings > 0
  and (
    pg_catalog.abs(b.part_maisons - 100.0 * b.nb_maisons / n.dwellings) > 0.02
    or pg_catalog.abs(b.part_apparts - 100.0 * b.nb_apparts / n.dwellings) > 0.02
  )
