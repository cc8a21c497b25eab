-- Other sessions that hold locks on tables of ours, or migrate themselves; longest first.
select
  activity.pid,
  coalesce(nullif(activity.application_name, ''), 'unnamed program') as program,
  coalesce(activity.usename::text, 'unknown user') as username,
  coalesce(activity.state, 'unknown state') as state,
  round(extract(epoch from pg_catalog.clock_timestamp() - activity.xact_start))::bigint as seconds,
  string_agg(distinct coalesce(namespace.nspname || '.' || relation.relname, 'the right to migrate'), ', ') as held
from pg_catalog.pg_locks as lock
join pg_catalog.pg_stat_activity as activity on activity.pid = lock.pid
left join pg_catalog.pg_class as relation on lock.locktype = 'relation' and relation.oid = lock.relation
left join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
where lock.granted
  and lock.pid <> pg_catalog.pg_backend_pid()
  and lock.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  and (
    namespace.nspname = any(%(schemas)s)
    or (lock.locktype = 'advisory' and lock.classid = %(high)s and lock.objid = %(low)s)
  )
group by activity.pid, activity.application_name, activity.usename, activity.state, activity.xact_start
order by activity.xact_start
limit 5
