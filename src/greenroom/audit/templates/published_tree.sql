-- The published rows of some subjects that are current, with the parent each hangs below.
select
  p.id::text,
  p.{into}::text as parent,
  p.{code}::text as code,
  p.{name}::text as name,
  p.{level} as level,
  p.sort_order as place
from {table} as p
where p.{root} = any (%(roots)s)
  and p.retired_at is null
order by p.{level}, p.sort_order, p.id
