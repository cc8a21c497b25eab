-- Every name that can be written without a schema on the old path or the new one, and means something else on the other.
-- The paths come as current_schemas(true) resolves them: what is not there or may not be used is left out.
with
  place as (
    select 'old' as path, n.oid, p.place
    from unnest(%(old)s::text[]) with ordinality as p (name, place)
    join pg_catalog.pg_namespace as n on n.nspname = p.name
    union all
    select 'new', n.oid, p.place
    from unnest(%(new)s::text[]) with ordinality as p (name, place)
    join pg_catalog.pg_namespace as n on n.nspname = p.name
  ),
  object as (
    select
      case c.relkind
        when 'v' then 'view'
        when 'm' then 'materialized view'
        when 'S' then 'sequence'
        else 'table'
      end as kind,
      'relation' as space,
      c.relname::text as name,
      c.relnamespace as schema_id,
      c.oid
    from pg_catalog.pg_class as c
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')

    union all

    select
      'function',
      'function',
      f.proname || '(' || pg_catalog.oidvectortypes(f.proargtypes) || ')',
      f.pronamespace,
      f.oid
    from pg_catalog.pg_proc as f

    union all

    select
      case t.typtype when 'd' then 'domain' else 'type' end,
      'type',
      t.typname::text,
      t.typnamespace,
      t.oid
    from pg_catalog.pg_type as t
    left join pg_catalog.pg_class as c on c.oid = t.typrelid
    where t.typtype in ('d', 'e', 'r')
      or (t.typtype = 'c' and c.relkind = 'c')
  ),
  meaning as (
    select distinct on (place.path, object.space, object.name)
      place.path,
      object.space,
      object.kind,
      object.name,
      object.schema_id,
      object.oid
    from object
    join place on place.oid = object.schema_id
    order by place.path, object.space, object.name, place.place
  )
select
  coalesce(after.kind, before.kind) as kind,
  coalesce(after.name, before.name) as name,
  before.schema_id::pg_catalog.regnamespace::text as before,
  after.schema_id::pg_catalog.regnamespace::text as after,
  coalesce(
    (
      select array_agg(b.attname::text order by b.attnum)
      from pg_catalog.pg_attribute as b
      where before.space = 'relation'
        and after.oid is not null
        and b.attrelid = before.oid
        and b.attnum > 0
        and not b.attisdropped
        and not exists (
          select
          from pg_catalog.pg_attribute as a
          where a.attrelid = after.oid
            and a.attname = b.attname
            and not a.attisdropped
        )
    ),
    '{}'
  ) as lacks
from (select * from meaning where path = 'old') as before
full join (select * from meaning where path = 'new') as after
  on (after.space, after.name) = (before.space, before.name)
where before.oid is distinct from after.oid
order by (before.oid is null)::integer, (after.oid is null)::integer desc, 1, 2
