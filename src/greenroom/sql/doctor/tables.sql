-- Tables under these names: whose they are, what guards them, and what the app's roles may do to them.
select
  namespace.nspname::text as schema,
  relation.relname::text as name,
  pg_catalog.pg_has_role(relation.relowner, 'usage') as is_ours_to_alter,
  pg_catalog.pg_get_userbyid(relation.relowner)::text as owner,
  pg_catalog.has_table_privilege(relation.oid, 'select') as may_read,
  relation.relrowsecurity as has_row_security,
  (
    select pg_catalog.string_agg(rolname, ', ' order by rolname)
    from pg_catalog.pg_roles
    where rolname = any(%(app_roles)s)
      and pg_catalog.has_table_privilege(rolname, relation.oid, 'insert, update, delete, truncate')
  ) as writers
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
join unnest(%(schemas)s::text[], %(names)s::text[]) as wanted (schema, name)
  on wanted.schema = namespace.nspname and wanted.name = relation.relname
where relation.relkind in ('r', 'p', 'v', 'm', 'f')
order by 1, 2
