-- Sessions opened before this moment. Since when another role's session is open is hidden from those who may not see
-- all statistics; it is told all the same, without a time.
select
  a.pid,
  a.usename::text as role,
  coalesce(a.application_name, '') as application,
  a.client_addr::text as client,
  a.backend_start as since,
  a.state
from pg_catalog.pg_stat_activity as a
where a.datname = pg_catalog.current_database()
  and a.pid <> %(mine)s
  and coalesce(a.backend_type, 'client backend') = 'client backend'
  and (a.backend_start is null or a.backend_start < %(moment)s)
order by a.backend_start, a.pid
