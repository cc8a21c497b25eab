-- Tables of the published schema that the views inbox_<dataset> of a pack read.
select distinct read.relname::text
from pg_catalog.pg_class as view
join pg_catalog.pg_namespace as compiled on compiled.oid = view.relnamespace
join pg_catalog.pg_rewrite as rule on rule.ev_class = view.oid
join pg_catalog.pg_depend as link
  on link.classid = 'pg_catalog.pg_rewrite'::regclass
  and link.objid = rule.oid
  and link.refclassid = 'pg_catalog.pg_class'::regclass
join pg_catalog.pg_class as read on read.oid = link.refobjid and read.relkind in ('r', 'p')
join pg_catalog.pg_namespace as namespace on namespace.oid = read.relnamespace
where compiled.nspname = %(compiled)s
  and view.relkind = 'v'
  and view.relname like 'inbox\_%%'
  and namespace.nspname = %(schema)s
