-- How many rows of one table of the app point at rows that leave, change or come back, by what happens to these.
select
  k.kind,
  pg_catalog.count(*) as rows,
  pg_catalog.count(distinct c.n) as targets
from pg_temp.change as c
cross join lateral (
  select case
    when 'removed' = any (c.kinds) then 'removed'
    when 'revived' = any (c.kinds) then 'revived'
    else 'changed'
  end as kind
) as k
join {table} as t on {same}
join {referrer} as r on {condition}
where c.dataset = {dataset}
  and c.before is not null
group by k.kind
