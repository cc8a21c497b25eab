-- The plan as rows for a person: what each change is called, whose it is, and where it stands.
-- What is known of the datasets comes as JSON; fields of a tree have names of their own.
create temporary table change on commit drop as
with shape as (
  select *
  from pg_catalog.jsonb_to_recordset({shapes}::jsonb) as s (
    dataset text, place integer, root text, unit text[],
    code text, name text, into_column text, level text
  )
), planned as materialized (
  select pg_catalog.row_number() over () as n, c.*
  from {changes} as c
), named as (
  select
    p.*,
    s.place,
    s.code,
    (coalesce(p.after, p.before) ->> s.level)::integer as level,
    case when s.root is null or s.root = s.dataset then array(
      select coalesce(coalesce(p.after, p.before) ->> u.name, '')
      from pg_catalog.unnest(s.unit) with ordinality as u (name, place)
      order by u.place
    ) end as own_unit,
    pg_catalog.array_remove(array[
      case p.op when 'insert' then 'added' when 'retire' then 'removed' when 'revive' then 'revived' end,
      case when s.code = any (p.fields) then 'renumbered' end,
      case when s.name = any (p.fields) then 'renamed' end,
      case when s.into_column = any (p.fields) then 'moved' end
    ], null) as kinds,
    -- a topic that moves takes its level along, and everything shifts its neighbours
    array(
      select f
      from pg_catalog.unnest(p.fields) as f
      where f <> all (pg_catalog.array_remove(array[s.code, s.name, s.into_column], null))
        and not (s.code is not null and f = 'sort_order')
        and (f = s.level and s.into_column = any (p.fields)) is not true
    ) as others
  from planned as p
  join shape as s on s.dataset = p.dataset
), root as (
  select n.root_id, n.own_unit as unit
  from named as n
  join shape as s on s.dataset = n.dataset and s.root = s.dataset
  union
  select p.root_id, p.key
  from greenroom.published as p
  where p.scope_id = {scope}
    and p.root_id is not null
    and p.root_id not in (select n.root_id from named as n join shape as s on s.dataset = n.dataset and s.root = s.dataset)
  union
  -- one that is published no more is called what it was called last
  (
    select distinct on (u.root_id) u.root_id, u.key
    from greenroom.release_unit as u
    join greenroom.release as r on r.id = u.release_id
    where r.scope_id = {scope}
      and u.root_id is not null
      and not exists (select from greenroom.published as p where p.root_id = u.root_id)
      and u.root_id not in (select n.root_id from named as n join shape as s on s.dataset = n.dataset and s.root = s.dataset)
    order by u.root_id, r.made_at desc
  )
)
select
  n.n,
  n.dataset,
  n.place,
  n.identity,
  n.root_id,
  coalesce(n.own_unit, (select pg_catalog.min(r.unit) from root as r where r.root_id = n.root_id), '{{}}') as unit,
  n.kinds
    || case when n.others <> '{{}}' then array['other'] else '{{}}' end
    || case when n.kinds = '{{}}' and n.others = '{{}}' then array['reordered'] else '{{}}' end as kinds,
  n.label,
  n.level,
  n.before,
  n.after,
  n.fields,
  -- as people count: 1.10 after 1.9
  (
    select pg_catalog.string_agg(case when m[1] ~ '^\d' then pg_catalog.lpad(m[1], 12, '0') else m[1] end, '')
    from pg_catalog.regexp_matches(pg_catalog.left(coalesce(coalesce(n.after, n.before) ->> n.code, n.label), 200), '\d+|\D+', 'g') as m
  ) collate "C" as position
from named as n
