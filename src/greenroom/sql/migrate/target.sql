-- What stands under a name that is to take a dataset: its kind, which pack of ours made it, whether we may write it
-- and put triggers on it, and columns that want a value nobody gives.
select
  case relation.relkind
    when 'r' then case when relation.relispartition then 'partition' else 'table' end
    when 'v' then 'view'
    when 'm' then 'materialized view'
    when 'f' then 'foreign table'
    when 'p' then 'partitioned table'
    when 'S' then 'sequence'
    when 'i' then 'index'
    else 'composite type'
  end,
  (
    select made.pack
    from greenroom.made as made
    where made.kind in ('table', 'view', 'materialized view')
      and (made.schema, made.name) = (schema.nspname, relation.relname)
  ),
  case
    when relation.relkind = 'r'
    then (
      select bool_and(has_table_privilege(relation.oid, wanted))
      from unnest(array['select', 'insert', 'update', 'delete', 'trigger']) as wanted
    )
    and not row_security_active(relation.oid)
    else false
  end,
  (
    select string_agg(attribute.attname, ', ' order by attribute.attnum)
    from pg_catalog.pg_attribute as attribute
    where attribute.attrelid = relation.oid
      and attribute.attnum > 0
      and not attribute.attisdropped
      and attribute.attnotnull
      and not attribute.atthasdef
      and attribute.attidentity = ''
      and attribute.attname <> all (%(columns)s::text[])
  )
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
where schema.nspname = %(schema)s
  and relation.relname = %(table)s
