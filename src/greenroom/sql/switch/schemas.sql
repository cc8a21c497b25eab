-- The schemas of a path, in its order: which are there, and who of those concerned may not use them.
-- "$user" is the schema of the role's own name, which need not be there.
with
  concerned as (
    select r.oid, r.rolname::text as role
    from pg_catalog.pg_roles as r
    where r.rolname = session_user
      or r.rolname = any (%(roles)s)
      or r.rolname in (
        select a.usename
        from pg_catalog.pg_stat_activity as a
        where a.datname = pg_catalog.current_database()
      )
  )
select
  wanted.name,
  n.oid is not null or wanted.name in ('$user', 'pg_catalog', 'pg_temp') as is_there,
  coalesce(
    (
      select array_agg(c.role order by c.role)
      from concerned as c
      where n.oid is not null
        and not pg_catalog.has_schema_privilege(c.oid, n.oid, 'usage')
    ),
    '{}'
  ) as kept_out
from unnest(%(names)s::text[]) with ordinality as wanted (name, place)
left join pg_catalog.pg_namespace as n on n.nspname = wanted.name
order by wanted.place
