-- Roles with a search_path of their own: it wins over the database's. That of one database wins over that of all.
select distinct on (r.rolname)
  r.rolname::text as role,
  s.setdatabase <> 0 as only_here,
  substr(entry, length('search_path=') + 1) as path,
  r.rolcanlogin as can_log_in
from pg_catalog.pg_db_role_setting as s
cross join unnest(s.setconfig) as entry
join pg_catalog.pg_roles as r on r.oid = s.setrole
join pg_catalog.pg_database as d on d.datname = pg_catalog.current_database()
where s.setdatabase in (0, d.oid)
  and entry like 'search\_path=%%'
  and pg_catalog.has_database_privilege(r.oid, d.oid, 'connect')
order by r.rolname, s.setdatabase desc
