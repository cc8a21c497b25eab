-- The columns of a table and their types, in order.
select attribute.attname::text, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod)
from pg_catalog.pg_attribute as attribute
join pg_catalog.pg_class as relation on relation.oid = attribute.attrelid
join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
where namespace.nspname = %(schema)s
  and relation.relname = %(table)s
  and attribute.attnum > 0
  and not attribute.attisdropped
order by attribute.attnum
