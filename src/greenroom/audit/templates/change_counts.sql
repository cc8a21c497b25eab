-- Changes by dataset, level and kind. A change of several kinds counts once in each, and once as `all`.
select
  c.dataset,
  c.level,
  k.kind,
  pg_catalog.count(*) as n
from pg_temp.change as c
cross join lateral pg_catalog.unnest(c.kinds || array['all']) as k (kind)
group by c.dataset, c.level, k.kind
order by c.dataset, c.level, k.kind
