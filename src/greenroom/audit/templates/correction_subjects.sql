-- Units of a scope that wait or are published, each with the name of its subject.
with unit as (
  select u.key, u.state, true as is_pending
  from greenroom.unit as u
  where u.scope_id = %(scope)s
    and u.dataset = %(dataset)s
    and u.state in ('sealed', 'held', 'ready')
  union all
  select p.key, 'published', false
  from greenroom.published as p
  where p.scope_id = %(scope)s
    and p.dataset = %(dataset)s
    and p.row_count > 0
), one as (
  select distinct on (u.key) u.key, u.state
  from unit as u
  order by u.key, u.is_pending desc
)
select
  o.key,
  coalesce(
    (
      select e.{title}
      from greenroom.unit as w
      join {effective} as e on e.unit_id = w.id
      where w.scope_id = %(scope)s
        and w.dataset = %(root)s
        and w.key = o.key
        and w.state in ('sealed', 'held', 'ready')
      limit 1
    ),
    (
      select r.{title}
      from greenroom.published as p
      join {published} as r on r.id = p.root_id
      where p.scope_id = %(scope)s
        and p.key = o.key
        and p.root_id is not null
      limit 1
    ),
    o.key[1]
  ) as name,
  o.state
from one as o
order by name, o.key
