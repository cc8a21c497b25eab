-- What a concurrent build left half made under this name, on a table of this schema.
select namespace.nspname::text, relation.relname::text
from pg_catalog.pg_index as index
join pg_catalog.pg_class as relation on relation.oid = index.indexrelid
join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
where not index.indisvalid
  and relation.relname = %(name)s
  and namespace.nspname = %(schema)s
