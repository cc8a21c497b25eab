-- Rows of {{ d.name }} as people see and name them.
-- A value somebody typed, in the column's own type; null where it cannot be one.
create function {{ S }}.read_{{ d.name }}(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
begin
  if p_value is null or p_value = 'null' then
    return 'null';
  end if;
  if pg_catalog.jsonb_typeof(p_value) in ('object', 'array') and p_column <> all (array[{% for c in d.readable if c.type in ("jsonb", "text[]") %}'{{ c.name }}'{{ ", " if not loop.last }}{% endfor %}]::text[]) then
    return null;
  end if;
  case p_column
{% for c in d.readable %}
  when '{{ c.name }}' then
{% if c.type == "jsonb" %}
    return p_value;
{% elif c.type == "text[]" %}
    if pg_catalog.jsonb_typeof(p_value) <> 'array' then
      return null;
    end if;
    return (select pg_catalog.to_jsonb(pg_catalog.array_agg(x)) from pg_catalog.jsonb_array_elements_text(p_value) as x);
{% else %}
{% if c.type != "boolean" %}
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
{% endif %}
{% if c.name in d.short %}
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
{% endif %}
    return (
      select case
        when r.{{ c.name }} is null then 'null'
        when {{ c.guard or 'true' }} then pg_catalog.to_jsonb(v.{{ c.name }}::{{ c.type }})
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as {{ c.name }}) as r
      cross join lateral (select {{ c.cleaned }} as {{ c.name }} offset 0) as v
    );
{% endif %}
{% endfor %}
  else
    return null;
  end case;
end
$$;
comment on function {{ S }}.read_{{ d.name }}(text, jsonb) is 'A value of {{ d.name }} as its column holds it; null = it cannot.';

-- The rows of a unit as people see them: what the source said, what edits made of it, what they took away.
create function {{ S }}.rows_{{ d.name }}(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
returns table (ref text, row_no integer, state text, label text, parent_ref text, "position" text, "values" jsonb, source jsonb, edited jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with whole as materialized (
    select u.scope_id, u.key from greenroom.unit as u where u.id = p_unit
  ), cell as materialized (
    select e.row_ref, pg_catalog.jsonb_object_agg(coalesce(e.column_name, e.action), e.id) as edited
    from greenroom.edit as e
    join whole as w on e.scope_id = w.scope_id and {{ d.edits_of_w }}
    where e.state in ('in force', 'conflict')
      and e.agrees_unit is distinct from p_unit
    group by e.row_ref
  ), side as materialized (
    select
      {{ d.ref_b }} as ref,
      b.row_no,
      'source' as state,
      {{ d.label_b }} as label,
      {{ "b.row_key, b.parent_row_key, b.position" if landing == "inbox" else "null::text as row_key, null::text as parent_row_key, 'row ' || b.row_no as position" }},
      {{ d.row_json_b }} as "values",
      null::jsonb as source
    from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
    where b.unit_id = p_unit
      and not exists (select from greenroom.edited_{{ d.name }} as x where x.unit_id = p_unit and x.row_no = b.row_no)
      and (p_rows is null or b.row_no = any (p_rows))
      and (p_ref is null or p_ref = {{ d.ref_b }})
      and (p_keys is null or {{ d.ref_b }} = any (p_keys) or {{ d.label_b }} = any (p_keys))
    union all
    select
      {{ d.ref_e }},
      e.row_no,
      case when e.is_gone then 'deleted' when e.row_no < 0 then 'added' else 'edited' end,
      {{ d.label_e }},
      {{ "e.row_key, e.parent_row_key, e.position" if landing == "inbox" else "null, null, case when e.row_no > 0 then 'row ' || e.row_no end" }},
      {{ d.row_json_e }},
      case when b.row_no is not null then {{ d.row_json_b }} end
    from greenroom.edited_{{ d.name }} as e
    left join greenroom.batch_{{ d.name }} as b on b.unit_id = e.unit_id and b.row_no = e.row_no
{{ d.lineage_e }}
    where e.unit_id = p_unit
      and (p_rows is null or e.row_no = any (p_rows))
      and (p_ref is null or p_ref = {{ d.ref_e }})
      and (p_keys is null or {{ d.ref_e }} = any (p_keys) or {{ d.label_e }} = any (p_keys))
  )
  select s.ref, s.row_no, s.state, s.label, parent.ref, s.position, s."values", s.source, coalesce(c.edited, '{}')
  from side as s
  left join side as parent on parent.row_key = s.parent_row_key
  left join cell as c on c.row_ref = s.ref
$$;
comment on function {{ S }}.rows_{{ d.name }}(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named by ref, number or key, with what edits did to them; deleted ones too.';
{% if d.tree %}

-- The tree of a unit: as the source has it and as edits make it. Parents are named by the rows they are, not by codes.
create function {{ S }}.nodes_{{ d.name }}(p_unit bigint)
returns table (
  ref text, row_no integer, row_key text, is_added boolean, is_gone boolean,
  was_code text, was_parent text, was_level integer, was_place integer, was_rank bigint,
  code text, parent text, level integer, place integer
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with recursive cell as materialized (
    select e.id, e.row_ref as ref, e.action, e.column_name, e.value
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_key = u.key
    where e.state = 'in force'
  ), source as materialized (
    select
      l.id::text as ref, b.row_no, b.row_key, b.{{ d.tree.code }} as code, b.{{ d.tree.level }} as level,
      {{ "b." ~ d.tree.order if d.tree.order else "null::integer" }} as place, o.ref as parent
    from greenroom.batch_{{ d.name }} as b
    join greenroom.lineage as l on l.unit_id = b.unit_id and l.row_no = b.row_no
    left join (
      select pl.id::text as ref, p.row_key
      from greenroom.batch_{{ d.name }} as p
      join greenroom.lineage as pl on pl.unit_id = p.unit_id and pl.row_no = p.row_no
      where p.unit_id = p_unit
    ) as o on o.row_key = b.parent_row_key
    where b.unit_id = p_unit
  ), node as materialized (
    select s.ref, s.row_no, s.row_key, false as is_added, s.code, s.level, s.place, s.parent,
      pg_catalog.row_number() over (partition by s.parent order by s.place, s.row_no) as rank
    from source as s
    union all
    select c.ref, null, c.ref, true, c.value ->> '{{ d.tree.code }}', null, null, c.value ->> '{{ d.tree.parent }}', null
    from cell as c
    where c.action = 'add'
      and not exists (select from source as s where s.ref = c.ref)
  ), shaped as materialized (
    select
      n.*,
      exists (select from cell as c where c.ref = n.ref and c.action = 'delete') as is_gone,
      coalesce(own.code, n.code) as now_code,
      case when own.has_parent then own.parent else n.parent end as now_parent,
      own.level as set_level,
      own.since,
      n.is_added or own.has_parent as is_moved
    from node as n
    left join (
      select
        c.ref,
        pg_catalog.max(c.value #>> '{}') filter (where c.column_name = '{{ d.tree.code }}') as code,
        pg_catalog.bool_or(c.action = 'parent') as has_parent,
        pg_catalog.max(c.id) filter (where c.action in ('parent', 'add')) as since,
        pg_catalog.max(c.value #>> '{}') filter (where c.action = 'parent') as parent,
        pg_catalog.max((c.value #>> '{}')::integer) filter (where c.column_name = '{{ d.tree.level }}') as level
      from cell as c
      group by c.ref
    ) as own on own.ref = n.ref
  ), top as materialized (
    select coalesce(pg_catalog.min(s.level), 0) as level from source as s where s.parent is null
  ), walked as (
    -- a row that was moved stands one below its parent, and what hangs on it goes with it
    select s.ref, coalesce(s.set_level, case when s.is_moved then t.level else s.level end) as level,
      case when s.is_moved then t.level - s.level else 0 end as shift, 1 as depth
    from shaped as s
    cross join top as t
    where s.now_parent is null
    union all
    select s.ref,
      coalesce(s.set_level, case when s.is_moved then w.level + 1 else s.level + w.shift end),
      case when s.is_moved then coalesce(w.level + 1 - s.level, 0) else w.shift end,
      w.depth + 1
    from walked as w
    join shaped as s on s.now_parent = w.ref
    where w.depth < 60
  ), listed as materialized (
    select nullif(c.ref, 'root') as parent, x.ref, x.n
    from cell as c
    cross join lateral pg_catalog.jsonb_array_elements_text(c.value) with ordinality as x (ref, n)
    where c.action = 'order'
  ), ordered as materialized (
    select distinct nullif(c.ref, 'root') as parent from cell as c where c.action = 'order'
  ), busy as materialized (
    -- where something was put: elsewhere every row keeps its place, and need not be ranked
    select coalesce(o.parent, 'root') as parent from ordered as o
    union
    select coalesce(s.now_parent, 'root') from shaped as s where s.is_moved
  ), sibling as materialized (
    select
      s.ref,
      s.now_parent as parent,
      case when s.now_parent is not distinct from s.parent then s.rank end as rank,
      s.place,
      s.is_moved,
      s.since,
      l.n
    from shaped as s
    left join listed as l on l.parent is not distinct from s.now_parent and l.ref = s.ref
    where not s.is_gone
      and coalesce(s.now_parent, 'root') in (select b.parent from busy as b)
  ), run as materialized (
    -- a row that the list does not know stands behind the one that it follows in the source
    select s.*, pg_catalog.count(s.n) over (partition by s.parent order by s.rank nulls last, s.since, s.ref) as part
    from sibling as s
  ), ranked as materialized (
    select
      r.ref,
      case
        when exists (select from ordered as o where o.parent is not distinct from r.parent)
        then pg_catalog.row_number() over (
          partition by r.parent
          order by coalesce(r.n, case when r.rank is null then 1000000 else r.known end, 0), r.n is null, r.rank nulls last, r.since, r.ref
        ) - 1 + coalesce(r.least, 1)
        when r.is_moved and r.rank is null
        then coalesce(r.most, 0) + pg_catalog.row_number() over (partition by r.parent, r.rank is null order by r.since, r.ref)
        else r.place
      end as place
    from (
      select
        r.*,
        pg_catalog.max(r.n) over (partition by r.parent, r.part) as known,
        pg_catalog.min(r.place) over (partition by r.parent) as least,
        pg_catalog.max(r.place) filter (where r.rank is not null) over (partition by r.parent) as most
      from run as r
    ) as r
  )
  select
    s.ref, s.row_no, s.row_key, s.is_added, s.is_gone,
    s.code, s.parent, s.level, s.place, s.rank,
    s.now_code, s.now_parent, coalesce(w.level, s.set_level, s.level), coalesce(r.place, s.place)::integer
  from shaped as s
  left join (select distinct on (w.ref) w.ref, w.level from walked as w order by w.ref, w.depth) as w on w.ref = s.ref
  left join ranked as r on r.ref = s.ref
$$;
comment on function {{ S }}.nodes_{{ d.name }}(bigint) is 'The rows of a unit''s tree, as sealed (was_…) and as edits make them.';
{% endif %}
