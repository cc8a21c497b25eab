-- How many published rows of these subjects stand at each depth, counted from their parents.
with recursive walked as (
  select p.{root} as root_id, p.id, 1 as depth
  from {table} as p
  where p.{root} = any (%(roots)s)
    and p.{parent} is null
    and p.retired_at is null
  union all
  select p.{root}, p.id, w.depth + 1
  from walked as w
  join {table} as p on p.{parent} = w.id and p.retired_at is null
  where w.depth < 50
)
select
  root_id,
  depth::text,
  pg_catalog.count(*)
from walked
group by root_id, depth
