-- What a session that was just opened finds; and since when the server process that answers it has existed.
select
  pg_catalog.current_setting('search_path') as path,
  session_user::text as role,
  pg_catalog.pg_backend_pid() as pid,
  (select p.source from pg_catalog.pg_settings as p where p.name = 'search_path') as source,
  (select a.backend_start from pg_catalog.pg_stat_activity as a where a.pid = pg_catalog.pg_backend_pid()) as since
