-- What stands on the given routines, relations and types: one row per pair, both named by their owner
-- (of a rule its view, of a trigger, policy, constraint or default its table).
with
  given (classid, oid) as (
    select * from unnest(%(catalogs)s::oid[], %(oids)s::oid[])
  ),
  target (classid, oid, owner_classid, owner_oid) as (
    select classid, oid, classid, oid from given
    union
    -- The row type of a view, and arrays of it.
    select 'pg_catalog.pg_type'::regclass, type.oid, given.classid, given.oid
    from given
    join pg_catalog.pg_class as relation
      on given.classid = 'pg_catalog.pg_class'::regclass and relation.oid = given.oid
    join pg_catalog.pg_type as row_type on row_type.oid = relation.reltype
    join pg_catalog.pg_type as type on type.oid in (row_type.oid, row_type.typarray)
    union
    select 'pg_catalog.pg_type'::regclass, type.typarray, given.classid, given.oid
    from given
    join pg_catalog.pg_type as type
      on given.classid = 'pg_catalog.pg_type'::regclass and type.oid = given.oid
    where type.typarray <> 0
  ),
  dependent as (
    select
      target.owner_classid,
      target.owner_oid,
      link.classid,
      link.objid,
      link.objsubid,
      coalesce(rule.ev_class, trigger.tgrelid, policy.polrelid, con.conrelid, preset.adrelid) as table_oid,
      row_type.typrelid as row_type_of
    from target
    join pg_catalog.pg_depend as link
      on (link.refclassid, link.refobjid) = (target.classid, target.oid) and link.deptype in ('n', 'a')
    left join pg_catalog.pg_rewrite as rule
      on link.classid = 'pg_catalog.pg_rewrite'::regclass and rule.oid = link.objid
    left join pg_catalog.pg_trigger as trigger
      on link.classid = 'pg_catalog.pg_trigger'::regclass and trigger.oid = link.objid
    left join pg_catalog.pg_policy as policy
      on link.classid = 'pg_catalog.pg_policy'::regclass and policy.oid = link.objid
    left join pg_catalog.pg_constraint as con
      on link.classid = 'pg_catalog.pg_constraint'::regclass and con.oid = link.objid and con.conrelid <> 0
    left join pg_catalog.pg_attrdef as preset
      on link.classid = 'pg_catalog.pg_attrdef'::regclass and preset.oid = link.objid
    left join pg_catalog.pg_type as row_type
      on link.classid = 'pg_catalog.pg_type'::regclass and row_type.oid = link.objid and row_type.typrelid <> 0
  )
select
  owner_classid::int8,
  owner_oid::int8,
  case
    when coalesce(table_oid, row_type_of) is not null then 'pg_catalog.pg_class'::regclass::oid::int8
    else classid::int8
  end as dependent_catalog,
  coalesce(table_oid, row_type_of, objid)::int8 as dependent_oid,
  case
    when classid = 'pg_catalog.pg_rewrite'::regclass
    then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, table_oid, 0)
    else pg_catalog.pg_describe_object(classid, objid, objsubid)
  end as description,
  pg_catalog.pg_describe_object(owner_classid, owner_oid, 0) as stands_on
from dependent
where (owner_classid, owner_oid)
  is distinct from (
    case when coalesce(table_oid, row_type_of) is not null then 'pg_catalog.pg_class'::regclass::oid else classid end,
    coalesce(table_oid, row_type_of, objid)
  )
