-- A parent stays while one of its children does: those that are not leaving, and those that are retired themselves.
with recursive leaving as (
  select c.n, t.id, t.{into} as parent, exists (select from pg_temp.stays as s where s.n = c.n) as stays
  from pg_temp.change as c
  join {table} as t on {same}
  where c.dataset = {dataset}
    and 'removed' = any (c.kinds)
), kept as (
  select l.n, l.id, l.parent
  from leaving as l
  where l.stays
    or exists (
      select
      from {table} as o
      where o.{into} = l.id
        and not exists (select from leaving as x where x.id = o.id)
        -- one that moves elsewhere holds nothing back
        and not exists (
          select from pg_temp.change as m
          where m.dataset = {dataset}
            and m.identity[1] = o.id::text
            and 'moved' = any (m.kinds)
        )
    )
  union
  select l.n, l.id, l.parent
  from kept as k
  join leaving as l on l.id = k.parent
)
insert into pg_temp.stays (n)
select distinct k.n
from kept as k
where not exists (select from pg_temp.stays as s where s.n = k.n)
