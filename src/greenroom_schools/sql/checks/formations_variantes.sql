-- The same offer, place and programme told in several ways; one finding an offer.
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format(
    '%s stands %s times for %s at %s, with other details; each is kept', b.af_id, pg_catalog.count(*), b.for_id, b.ens_id
  ) as message,
  pg_catalog.min(b.row_key) as row_key,
  pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200) as position
from batch as b
group by b.unit_id, b.af_id, b.ens_id, b.for_id
having pg_catalog.count(*) > 1
