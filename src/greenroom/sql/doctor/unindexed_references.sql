-- Foreign keys that point at these tables from columns no index begins with.
select
  reference.conrelid::regclass::text as referrer,
  reference.conname::text as name,
  reference.confrelid::regclass::text as target,
  (
    select pg_catalog.string_agg(pg_catalog.quote_ident(attribute.attname), ', ' order by position)
    from unnest(reference.conkey) with ordinality as key (number, position)
    join pg_catalog.pg_attribute as attribute
      on attribute.attrelid = reference.conrelid and attribute.attnum = key.number
  ) as columns
from pg_catalog.pg_constraint as reference
join pg_catalog.pg_class as target on target.oid = reference.confrelid
join pg_catalog.pg_namespace as namespace on namespace.oid = target.relnamespace
join unnest(%(schemas)s::text[], %(names)s::text[]) as wanted (schema, name)
  on wanted.schema = namespace.nspname and wanted.name = target.relname
where reference.contype = 'f'
  and not exists (
    select
    from pg_catalog.pg_index as index
    where index.indrelid = reference.conrelid
      and index.indpred is null
      and index.indisvalid
      and (index.indkey::smallint[])[0:cardinality(reference.conkey) - 1] @> reference.conkey
  )
order by 1, 2
