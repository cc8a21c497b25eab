-- The rows at which most of one table of the app points, the most pointed at first.
select
  c.label,
  k.kind,
  pg_catalog.count(*) as rows
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
group by c.n, c.label, k.kind
order by k.kind = 'removed' desc, pg_catalog.count(*) desc, c.label
limit {limit}
