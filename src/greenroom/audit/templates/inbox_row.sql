-- Whether a table is one of those that the views inbox_<dataset> of a pack read, so that its rows may be shown.
select exists (
  select
  from pg_catalog.pg_class as view
  join pg_catalog.pg_namespace as compiled on compiled.oid = view.relnamespace
  join pg_catalog.pg_rewrite as rule on rule.ev_class = view.oid
  join pg_catalog.pg_depend as link
    on link.classid = 'pg_catalog.pg_rewrite'::regclass
    and link.objid = rule.oid
    and link.refclassid = 'pg_catalog.pg_class'::regclass
  join pg_catalog.pg_class as read on read.oid = link.refobjid and read.relkind in ('r', 'p')
  join pg_catalog.pg_namespace as home on home.oid = read.relnamespace
  join pg_catalog.pg_attribute as a on a.attrelid = read.oid and a.attname = 'id' and a.atttypid = 'uuid'::regtype
  where compiled.nspname = %(compiled)s
    and view.relname like 'inbox\_%%'
    and home.nspname = %(schema)s
    and read.relname = %(table)s
)
