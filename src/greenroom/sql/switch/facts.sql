-- This database's search_path as it is set, and what this user may do about it.
select
  d.datname::text as database,
  (
    select substr(entry, length('search_path=') + 1)
    from pg_catalog.pg_db_role_setting as s
    cross join unnest(s.setconfig) as entry
    where s.setdatabase = d.oid
      and s.setrole = 0
      and entry like 'search\_path=%'
  ) as value,
  (select p.boot_val from pg_catalog.pg_settings as p where p.name = 'search_path') as preset,
  session_user::text as role,
  pg_catalog.pg_get_userbyid(d.datdba)::text as owner,
  pg_catalog.pg_has_role(d.datdba, 'usage') as may_alter,
  pg_catalog.pg_has_role('pg_read_all_stats', 'usage') as sees_sessions,
  pg_catalog.clock_timestamp() as now
from pg_catalog.pg_database as d
where d.datname = pg_catalog.current_database()
