-- Of each numeric column of some rows: how many there are, what is absent and why, and how the values lie.
select
  v.place,
  pg_catalog.count(*) as rows,
  pg_catalog.count(v.value) as valued,
  pg_catalog.count(*) filter (where v.is_withheld) as withheld,
  pg_catalog.avg(v.value) as mean,
  pg_catalog.stddev_samp(v.value) as deviation,
  pg_catalog.min(v.value) as least,
  pg_catalog.max(v.value) as most,
  pg_catalog.percentile_cont(array[0.05, 0.25, 0.5, 0.75, 0.95]) within group (order by v.value) as quantiles
from {table} as t
cross join lateral (values {columns}) as v (place, value, is_withheld)
where {condition}
group by v.place
order by v.place
