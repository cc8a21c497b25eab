-- Releases, the last to land first, each with the one that landed before it in its scope and the undoing in force.
select
  r.id,
  r.scope_id,
  c.pack,
  c.name as scope,
  r.kind,
  r.state,
  r.made_at,
  r.made_by,
  r.note,
  r.counts,
  r.undoes,
  (
    select pg_catalog.max(u.id)
    from greenroom.release as u
    where u.scope_id = r.scope_id
      and u.kind = 'rollback'
      and u.state = 'applied'
      and u.undoes @> array[r.id]
  ) as undone_by,
  coalesce((
    select b.id
    from greenroom.release as b
    where b.scope_id = r.scope_id
      and b.state in ('applied', 'rolled back')
      and b.kind not in ('live', 'revert')
      and (b.made_at, b.id) < (r.made_at, r.id)
    order by b.made_at desc, b.id desc
    limit 1
  ), 0) as before,
  (select pg_catalog.count(*) from greenroom.release_unit as u where u.release_id = r.id) as units
from greenroom.release as r
join greenroom.scope as c on c.id = r.scope_id
where (%(scopes)s::integer[] is null or r.scope_id = any (%(scopes)s))
  and (%(release)s::bigint is null or r.id = %(release)s)
  and (
    %(older_than)s::bigint is null
    or (r.made_at, r.id) < (select o.made_at, o.id from greenroom.release as o where o.id = %(older_than)s)
  )
order by r.made_at desc, r.id desc
limit %(limit)s
