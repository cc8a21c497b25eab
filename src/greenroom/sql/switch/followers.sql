-- Roles that may log in here and have no path of their own: they get the database's. Only they could prove it.
select r.rolname::text as role
from pg_catalog.pg_roles as r
join pg_catalog.pg_database as d on d.datname = pg_catalog.current_database()
where r.rolcanlogin
  and r.rolname <> session_user
  and pg_catalog.has_database_privilege(r.oid, d.oid, 'connect')
  and not exists (
    select
    from pg_catalog.pg_db_role_setting as s
    cross join unnest(s.setconfig) as entry
    where s.setrole = r.oid
      and s.setdatabase in (0, d.oid)
      and entry like 'search\_path=%%'
  )
order by r.rolname
