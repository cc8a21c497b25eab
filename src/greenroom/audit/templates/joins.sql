-- Of each period, how many rows name a partner, and how many of these find it.
with named as materialized (
  select {period} as period, {value} as value, pg_catalog.count(*) as n
  from {table} as t
  {each}
  where {condition}
  group by 1, 2
), known as materialized (
  select distinct t.{key}::text as value
  from {partner} as t
  where {partner_condition}
)
select
  n.period,
  pg_catalog.sum(n.n)::bigint as rows,
  coalesce(pg_catalog.sum(n.n) filter (where n.value is not null), 0)::bigint as named,
  coalesce(pg_catalog.sum(n.n) filter (where k.value is not null), 0)::bigint as found,
  pg_catalog.count(*) filter (where n.value is not null and k.value is null) as strangers
from named as n
left join known as k on k.value = n.value
group by n.period
order by n.period desc nulls last
