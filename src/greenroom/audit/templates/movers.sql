-- The rows whose value moved most between two sides, joined by key; and how many met at all.
with now as materialized (
  select array[{key}] as key, t.{column}::double precision as value, {label} as label
  from {now_table} as t
  where {now_condition}
), before as materialized (
  select array[{key}] as key, t.{column}::double precision as value
  from {before_table} as t
  where {before_condition}
), met as (
  select n.key, n.label, b.value as before, n.value as now, n.value - b.value as moved
  from now as n
  join before as b on b.key = n.key
)
select
  (select pg_catalog.count(*) from now) as now_rows,
  (select pg_catalog.count(*) from before) as before_rows,
  (select pg_catalog.count(*) from met) as met,
  (select pg_catalog.count(*) from met as m where m.moved <> 0) as moved,
  (select pg_catalog.count(*) from met as m where m.before is not null and m.now is null) as lost,
  (select pg_catalog.count(*) from met as m where m.before is null and m.now is not null) as gained,
  (select pg_catalog.avg(m.moved) from met as m) as mean_move,
  (
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(m)), '[]')
    from (
      select m.key, m.label, m.before, m.now, m.moved
      from met as m
      where m.moved <> 0
      order by pg_catalog.abs(m.moved) desc, m.key
      limit %(most_movers)s
    ) as m
  ) as movers
