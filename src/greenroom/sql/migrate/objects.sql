-- Every object outside the system's own schemas, with a hash of all that can be said about it,
-- and whether this very transaction wrote it. Extensions count as one object each.
with
  own_schema as (
    select oid, nspname, nspowner, nspacl, xmin
    from pg_catalog.pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'
  ),
  of_extension as (
    select classid, objid from pg_catalog.pg_depend where deptype = 'e'
  ),
  hidden_sequence as (
    select objid
    from pg_catalog.pg_depend
    where classid = 'pg_catalog.pg_class'::regclass
      and refclassid = 'pg_catalog.pg_class'::regclass
      and deptype in ('a', 'i')
  ),
  object as (
    select
      'pg_catalog.pg_namespace'::regclass as classid,
      oid,
      'schema' as kind,
      nspname as schema,
      -- the type of the whole column: a function with its arguments is longer than a name may be
      nspname::text as name,
      xmin as written_by,
      array[
        nspowner::regrole::text,
        (select string_agg(item::text, ' ' order by item::text) from unnest(nspacl) as item)
      ] as said
    from own_schema

    union all

    select
      'pg_catalog.pg_extension'::regclass,
      extension.oid,
      'extension',
      own_schema.nspname,
      extension.extname,
      extension.xmin,
      array[extension.extversion]
    from pg_catalog.pg_extension as extension
    join own_schema on own_schema.oid = extension.extnamespace

    union all

    select
      'pg_catalog.pg_class'::regclass,
      relation.oid,
      case relation.relkind
        when 'v' then 'view'
        when 'm' then 'materialized view'
        when 'S' then 'sequence'
        when 'f' then 'foreign table'
        else 'table'
      end,
      own_schema.nspname,
      relation.relname,
      relation.xmin,
      array[
        relation.relowner::regrole::text,
        relation.relpersistence::text,
        relation.relrowsecurity::text,
        relation.relforcerowsecurity::text,
        relation.reloptions::text,
        (select string_agg(item::text, ' ' order by item::text) from unnest(relation.relacl) as item),
        pg_catalog.obj_description(relation.oid, 'pg_class'),
        case when relation.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(relation.oid) end,
        (
          select string_agg(
            concat_ws(
              ' ', attribute.attname, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
              attribute.attnotnull, attribute.attidentity, attribute.attgenerated,
              pg_catalog.pg_get_expr(preset.adbin, preset.adrelid), attribute.attacl::text,
              pg_catalog.col_description(relation.oid, attribute.attnum)
            ),
            E'\n' order by attribute.attnum
          )
          from pg_catalog.pg_attribute as attribute
          left join pg_catalog.pg_attrdef as preset
            on (preset.adrelid, preset.adnum) = (attribute.attrelid, attribute.attnum)
          where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
        ),
        (
          select string_agg(
            concat_ws(' ', conname, convalidated, pg_catalog.pg_get_constraintdef(oid)), E'\n' order by conname
          )
          from pg_catalog.pg_constraint
          where conrelid = relation.oid
        ),
        (
          select string_agg(
            concat_ws(' ', indisvalid, pg_catalog.pg_get_indexdef(indexrelid)), E'\n'
            order by pg_catalog.pg_get_indexdef(indexrelid)
          )
          from pg_catalog.pg_index
          where indrelid = relation.oid
        ),
        (
          select string_agg(concat_ws(' ', tgenabled, pg_catalog.pg_get_triggerdef(oid)), E'\n' order by tgname)
          from pg_catalog.pg_trigger
          where tgrelid = relation.oid and not tgisinternal
        ),
        (
          select string_agg(
            concat_ws(
              ' ', polname, polcmd, polpermissive, polroles::regrole[]::text,
              pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid)
            ),
            E'\n' order by polname
          )
          from pg_catalog.pg_policy
          where polrelid = relation.oid
        )
      ]
    from pg_catalog.pg_class as relation
    join own_schema on own_schema.oid = relation.relnamespace
    where relation.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      and not (relation.relkind = 'S' and relation.oid in (select objid from hidden_sequence))

    union all

    select
      'pg_catalog.pg_proc'::regclass,
      routine.oid,
      case routine.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
      own_schema.nspname,
      routine.proname || '(' || pg_catalog.oidvectortypes(routine.proargtypes) || ')',
      routine.xmin,
      array[
        routine.proowner::regrole::text,
        (select string_agg(item::text, ' ' order by item::text) from unnest(routine.proacl) as item),
        pg_catalog.obj_description(routine.oid, 'pg_proc'),
        case when routine.prokind <> 'a' then pg_catalog.pg_get_functiondef(routine.oid) end
      ]
    from pg_catalog.pg_proc as routine
    join own_schema on own_schema.oid = routine.pronamespace

    union all

    select
      'pg_catalog.pg_type'::regclass,
      type.oid,
      case type.typtype when 'd' then 'domain' else 'type' end,
      own_schema.nspname,
      type.typname,
      type.xmin,
      array[
        type.typowner::regrole::text,
        pg_catalog.format_type(type.typbasetype, type.typtypmod),
        type.typnotnull::text,
        type.typdefault,
        (select string_agg(enumlabel, ' ' order by enumsortorder) from pg_catalog.pg_enum where enumtypid = type.oid),
        (
          select string_agg(pg_catalog.pg_get_constraintdef(oid), ' ' order by conname)
          from pg_catalog.pg_constraint
          where contypid = type.oid
        ),
        (
          select string_agg(attname || ' ' || pg_catalog.format_type(atttypid, atttypmod), ', ' order by attnum)
          from pg_catalog.pg_attribute
          where attrelid = type.typrelid and not attisdropped
        )
      ]
    from pg_catalog.pg_type as type
    join own_schema on own_schema.oid = type.typnamespace
    left join pg_catalog.pg_class as relation on relation.oid = type.typrelid
    where type.typtype in ('d', 'e', 'r') or (type.typtype = 'c' and relation.relkind = 'c')
  ),
  me as (
    select pg_catalog.pg_current_xact_id()::text::bigint as xact
  )
select
  object.kind,
  object.schema::text,
  object.name::text,
  object.classid::int8 as catalog,
  object.oid::int8 as oid,
  md5(array_to_string(object.said, E'\n', '')) as digest,
  -- Whoever is still in progress and yet visible is this transaction or a part of it.
  -- Age is looked at first: an old number means another transaction by now.
  case
    when pg_catalog.age(object.written_by) <= 0
    then pg_catalog.pg_xact_status(
      (me.xact + ((object.written_by::text::bigint - me.xact) % 4294967296 + 4294967296) % 4294967296)::text::xid8
    ) = 'in progress'
    else false
  end as is_ours_now
from object
cross join me
where (object.classid, object.oid) not in (select classid, objid from of_extension)
