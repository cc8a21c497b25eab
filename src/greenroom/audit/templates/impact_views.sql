-- Views of the app that read a published table, over other views too; those of Greenroom itself are not told.
with recursive reader as (
  select distinct v.oid, v.relkind, v.relnamespace, v.oid::regclass::text as name, 1 as step
  from pg_catalog.pg_depend as d
  join pg_catalog.pg_rewrite as w on w.oid = d.objid
  join pg_catalog.pg_class as v on v.oid = w.ev_class and v.relkind in ('v', 'm')
  where d.classid = 'pg_catalog.pg_rewrite'::regclass
    and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid = %(table)s::regclass
  union
  select v.oid, v.relkind, v.relnamespace, v.oid::regclass::text, r.step + 1
  from reader as r
  join pg_catalog.pg_depend as d
    on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = r.oid and d.classid = 'pg_catalog.pg_rewrite'::regclass
  join pg_catalog.pg_rewrite as w on w.oid = d.objid
  join pg_catalog.pg_class as v on v.oid = w.ev_class and v.relkind in ('v', 'm')
  where v.oid <> r.oid
    and r.step < 20
)
select r.name, r.relkind = 'm' as is_kept
from reader as r
join pg_catalog.pg_namespace as n on n.oid = r.relnamespace
where n.nspname <> all (%(own)s)
group by r.name, r.relkind
order by r.name
