-- Changes by unit, dataset and kind; what repeats the newest period of another table is told there.
select
  c.unit,
  c.dataset,
  c.root_id,
  k.kind,
  pg_catalog.count(*) as n
from pg_temp.change as c
cross join lateral pg_catalog.unnest(c.kinds) as k (kind)
where c.dataset <> all (%(repeating)s)
group by c.unit, c.place, c.dataset, c.root_id, k.kind
order by c.unit, c.root_id, c.place, k.kind
