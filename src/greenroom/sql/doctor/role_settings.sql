-- Time limits and exposed schemas that roles or this database bring with them.
select
  coalesce(role.rolname::text, 'every role') as role,
  pg_catalog.split_part(setting, '=', 1) as name,
  pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1) as value
from pg_catalog.pg_db_role_setting as stored
left join pg_catalog.pg_roles as role on role.oid = stored.setrole
cross join unnest(stored.setconfig) as setting
where stored.setdatabase in (
    0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  )
  and pg_catalog.split_part(setting, '=', 1) in ('statement_timeout', 'lock_timeout', 'pgrst.db_schemas', 'search_path')
order by 1, 2
