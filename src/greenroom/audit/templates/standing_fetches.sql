-- Addresses whose last look failed within a month, newest first; nobody asks for others any more.
select n.address, n.fetched_at, n.message
from (
  select distinct on (f.address) f.address, f.fetched_at, f.message, f.outcome
  from greenroom.fetch as f
  order by f.address, f.fetched_at desc, f.id desc
) as n
where n.outcome = 'failed'
  and n.fetched_at > pg_catalog.now() - interval '31 days'
order by n.fetched_at desc, n.address
limit 1000
