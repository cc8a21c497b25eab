-- A table or view that is to be read: whether it may be, its columns, those of its primary key, and whether it is
-- published by Greenroom. Columns of ours that are made from others are left out: they repeat them under other names.
select
  has_schema_privilege(schema.oid, 'usage')
    and (
      has_table_privilege(relation.oid, 'select')
      or has_any_column_privilege(relation.oid, 'select')
    ),
  (
    select array_agg(attribute.attname::text order by attribute.attnum)
    from pg_catalog.pg_attribute as attribute
    where attribute.attrelid = relation.oid
      and attribute.attnum > 0
      and not attribute.attisdropped
      and (ours.is_ours is null or attribute.attgenerated = '')
  ),
  coalesce(
    (
      select array_agg(attribute.attname::text order by key.n)
      from pg_catalog.pg_index as index
      cross join lateral unnest(index.indkey::smallint[]) with ordinality as key (attnum, n)
      join pg_catalog.pg_attribute as attribute on attribute.attrelid = index.indrelid and attribute.attnum = key.attnum
      where index.indrelid = relation.oid
        and index.indisprimary
    ),
    '{}'
  ),
  ours.is_ours is not null
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
left join lateral (
  select true as is_ours
  from pg_catalog.pg_trigger as trigger
  where trigger.tgrelid = relation.oid
    and trigger.tgname = 'greenroom_drift_update'
) as ours on true
where schema.nspname = %(schema)s
  and relation.relname = %(table)s
  and relation.relkind in ('r', 'p', 'v', 'm', 'f')
