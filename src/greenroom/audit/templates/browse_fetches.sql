-- Addresses whose last look failed, newest first.
select n.address, n.fetched_at, n.message
from (
  select distinct on (f.address) f.address, f.fetched_at, f.message, f.outcome
  from greenroom.fetch as f
  order by f.address, f.fetched_at desc, f.id desc
) as n
where n.outcome = 'failed'
order by n.fetched_at desc, n.address
limit 50
