-- What there is to know about server, database and role, in one row. Settings as the session
-- began with them, whatever was set since.
select
  pg_catalog.current_setting('server_version_num')::integer as version,
  pg_catalog.current_setting('server_version') as version_name,
  pg_catalog.current_database()::text as database,
  current_user::text as username,
  pg_catalog.pg_backend_pid() as pid,
  role.rolsuper as is_superuser,
  role.rolbypassrls as bypasses_rls,
  role.rolcreaterole as may_create_roles,
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') as may_create_schemas,
  coalesce(pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace('greenroom')::oid, 'create'), false)
    as may_create_in_greenroom,
  pg_catalog.to_regnamespace('greenroom') is not null as has_greenroom,
  pg_catalog.pg_is_in_recovery() as is_replica,
  pg_catalog.pg_encoding_to_char(database.encoding) as encoding,
  database.datcollate as collation,
  database.datcollversion as collation_version,
  pg_catalog.pg_database_collation_actual_version(database.oid) as collation_actual_version,
  pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(database.oid)) as size,
  (
    select pg_catalog.jsonb_object_agg(name, reset_val)
    from pg_catalog.pg_settings
    where name in (
      'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
      'transaction_timeout', 'default_transaction_read_only', 'max_connections', 'superuser_reserved_connections',
      'TimeZone', 'search_path', 'fsync', 'synchronous_commit', 'data_checksums'
    )
  ) as settings,
  (
    select pg_catalog.count(*)
    from pg_catalog.pg_stat_activity
    where backend_type = 'client backend'
  ) as connections,
  (
    select pg_catalog.jsonb_object_agg(extension.extname, namespace.nspname || ' ' || extension.extversion)
    from pg_catalog.pg_extension as extension
    join pg_catalog.pg_namespace as namespace on namespace.oid = extension.extnamespace
  ) as extensions,
  exists (select from pg_catalog.pg_available_extensions where name = 'postgis') as has_postgis_at_hand,
  pg_catalog.to_regclass('user_mgmt.users') is not null as has_users
from pg_catalog.pg_database as database
join pg_catalog.pg_roles as role on role.rolname = current_user
where database.datname = pg_catalog.current_database()
