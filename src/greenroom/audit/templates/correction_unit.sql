-- The unit of a key that waits, else the one that production's rows came from. `mark` is another whenever anything
-- that a page shows of it is.
with published as (
  select p.*
  from greenroom.published as p
  where p.scope_id = %(scope)s
    and p.dataset = %(dataset)s
    and p.key = %(key)s
), chosen as (
  (
    select u.*, true as is_pending
    from greenroom.unit as u
    where u.scope_id = %(scope)s
      and u.dataset = %(dataset)s
      and u.key = %(key)s
      and u.state in ('sealed', 'held', 'ready')
  )
  union all
  (
    select u.*, false
    from published as p
    join greenroom.unit as u on u.id = p.unit_id
  )
  order by is_pending desc
  limit 1
), edited as (
  select
    pg_catalog.max(e.id) as newest,
    pg_catalog.count(*) filter (where e.state in ('in force', 'conflict')) as standing,
    pg_catalog.max(e.settled_at) as settled
  from greenroom.edit as e
  where e.scope_id = %(scope)s
    and e.dataset = %(dataset)s
    and e.unit_key = %(key)s
)
select
  c.id,
  c.batch_id as batch,
  c.dataset,
  c.key,
  c.state,
  c.hash,
  c.complete as is_complete,
  c.is_pending,
  coalesce(p.root_id, r.root_id)::text as root_id,
  pg_catalog.md5(pg_catalog.concat_ws(
    '|', c.id, c.state, c.hash, p.release_id, p.hash, e.newest, e.standing, e.settled,
    (select pg_catalog.count(*) || '/' || pg_catalog.max(f.id) from greenroom.finding as f where f.unit_id = c.id)
  )) as mark
from chosen as c
cross join edited as e
left join published as p on true
-- a version that has got a name since is the same subject
left join lateral (
  select o.root_id
  from greenroom.published as o
  where p.root_id is null
    and o.scope_id = %(scope)s
    and o.key[1] = c.key[1]
    and (o.key = c.key or '' = any (o.key))
    and o.root_id is not null
  order by o.key = c.key desc
  limit 1
) as r on true
