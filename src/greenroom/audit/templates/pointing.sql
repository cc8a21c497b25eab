-- How many rows of one referring table point at each row that leaves.
select
  c.n,
  pg_catalog.count(*) as pointing
from pg_temp.change as c
join {table} as t on {same}
join {referrer} as r on {condition}
where c.dataset = {dataset}
  and 'removed' = any (c.kinds)
group by c.n
