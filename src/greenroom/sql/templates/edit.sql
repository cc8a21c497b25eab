-- Corrections of {{ d.name }}.
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
create function {{ S }}.rows_{{ d.name }}(p_unit bigint, p_ref text default null)
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
      and (p_ref is null or p_ref = {{ d.ref_b }})
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
      and (p_ref is null or p_ref = {{ d.ref_e }})
  )
  select s.ref, s.row_no, s.state, s.label, parent.ref, s.position, s."values", s.source, coalesce(c.edited, '{}')
  from side as s
  left join side as parent on parent.row_key = s.parent_row_key
  left join cell as c on c.row_ref = s.ref
$$;
comment on function {{ S }}.rows_{{ d.name }}(bigint, text) is 'Rows of a unit, or the one that is named, with what edits did to them; deleted ones too.';
{% if d.lineage %}

-- Every row of a unit that is edited has the id that goes with it: production's, or the one it will get.
create function {{ S }}.trace_{{ d.name }}(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_scope integer;
{% if not d.tree %}
  v_root uuid;
{% endif %}
begin
  if not exists (
    select
    from greenroom.batch_{{ d.name }} as b
    where b.unit_id = p_unit
      and not exists (select from greenroom.lineage as l where l.unit_id = p_unit and l.row_no = b.row_no)
  ) then
    return;
  end if;
{% if d.tree %}
  select u.scope_id into strict v_scope from greenroom.unit as u where u.id = p_unit;
  perform {{ S }}.plan(v_scope, array[p_unit]);
  insert into greenroom.lineage (unit_id, row_no, id)
  select r.unit_id, r.row_no, r.id
  from pg_temp.resolving_{{ d.name }} as r
  on conflict do nothing;
{% else %}
  select u.scope_id, {{ S }}.find_root(u.scope_id, u.key) into strict v_scope, v_root from greenroom.unit as u where u.id = p_unit;
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, s.id
  from greenroom.batch_{{ d.name }} as b
  join (
    select distinct on ({{ d.row_text_p }}) p.id, {{ d.row_text_p }} as row_text
    from {{ d.table }} as p
    where p.{{ d.root_column }} = v_root
    order by {{ d.row_text_p }}, (p.retired_at is null) desc, p.retired_at desc, p.id
  ) as s on s.row_text = {{ d.row_text_b }}
  where b.unit_id = p_unit
  order by b.row_no
  on conflict do nothing;
{% endif %}
  -- no production row of its own: a new one, or a second of the same key
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, pg_catalog.gen_random_uuid()
  from greenroom.batch_{{ d.name }} as b
  where b.unit_id = p_unit
  on conflict do nothing;
end
$$;
comment on function {{ S }}.trace_{{ d.name }}(bigint) is 'Gives each sealed row of a unit the id that goes with it.';

-- The rows of one edition in the next: what edits follow.
create function {{ S }}.follow_{{ d.name }}(p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set enable_nestloop = off
set jit = off
as $$
{% if d.tree %}
begin
  perform greenroom.refuse_foreign_temp(array['edition_was', 'edition_now', 'edition_met']);
  drop table if exists pg_temp.edition_was, pg_temp.edition_now, pg_temp.edition_met;
{% for side, unit in (("was", "p_from"), ("now", "p_to")) %}
  create temporary table edition_{{ side }} on commit drop as
  with recursive node as materialized (
    select b.row_no, b.row_key, b.parent_row_key, b.{{ d.tree.code }} as code, greenroom.fold(b.{{ d.tree.name }}) as name
    from greenroom.batch_{{ d.name }} as b
    where b.unit_id = {{ unit }}
  ), walked as (
    select n.row_no, n.row_key, n.name as path, 1 as depth
    from node as n
    where n.parent_row_key is null
    union all
    select n.row_no, n.row_key, w.path || e'\n' || n.name, w.depth + 1
    from walked as w
    join node as n on n.parent_row_key = w.row_key
    where w.depth < 50
  )
  select
    n.row_no,
    n.code,
    n.name,
    w.path,
    pg_catalog.count(*) over (partition by n.name) as named,
    pg_catalog.count(*) over (partition by w.path) as placed,
    pg_catalog.count(*) over (partition by n.code) as coded{{ ",
    l.id" if side == "was" }}
  from node as n
  left join (select distinct on (w.row_no) w.row_no, w.path from walked as w order by w.row_no) as w on w.row_no = n.row_no
{{ "  join greenroom.lineage as l on l.unit_id = " ~ unit ~ " and l.row_no = n.row_no" if side == "was" }}
  where n.name <> '';
{% endfor %}
  create temporary table edition_met (row_no integer primary key, id uuid unique, was integer unique) on commit drop;
  -- 1. the same code, name and place; 2. the same place among names; 3. a name that stands once in either edition;
  -- 4. the same code and name; 5. renamed: the same code, and neither name stands in the other edition
{% for condition in (
  "n.code = w.code and n.path = w.path and n.coded = 1 and w.coded = 1",
  "n.path = w.path and n.placed = 1 and w.placed = 1",
  "n.name = w.name and n.named = 1 and w.named = 1",
  "n.code = w.code and n.name = w.name and n.coded = 1 and w.coded = 1",
  "n.code = w.code and n.coded = 1 and w.coded = 1 and not exists (select from pg_temp.edition_now as o where o.name = w.name) and not exists (select from pg_temp.edition_was as o where o.name = n.name)",
) %}
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on {{ condition }}
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
{% endfor %}
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_to, m.row_no, m.id
  from pg_temp.edition_met as m
  on conflict do nothing;
  -- rows that people added and the source has now: by code and name, else by name where it stands once
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, n.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  join pg_temp.edition_now as n
    on n.name = greenroom.fold(e.value ->> '{{ d.tree.name }}')
    and (n.code = e.value ->> '{{ d.tree.code }}' or n.named = 1)
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = n.row_no)
  order by e.row_ref, (n.code = e.value ->> '{{ d.tree.code }}') desc, n.row_no
  on conflict do nothing;
  -- the same code alone, where its name is no other row's of before
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, n.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  join pg_temp.edition_now as n on n.code = e.value ->> '{{ d.tree.code }}'
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and (l.row_no = n.row_no or l.id = e.row_ref::uuid))
  order by e.row_ref, n.row_no
  on conflict do nothing;
  drop table pg_temp.edition_was, pg_temp.edition_now, pg_temp.edition_met;
end
{% else %}
begin
  -- the key tells which row is which
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (l.id) p_to, b.row_no, l.id
  from greenroom.batch_{{ d.name }} as p
  join greenroom.lineage as l on l.unit_id = p.unit_id and l.row_no = p.row_no
  join greenroom.batch_{{ d.name }} as b on b.unit_id = p_to and {{ d.row_text_b }} = {{ d.row_text_p }}
  where p.unit_id = p_from
  order by l.id, b.row_no
  on conflict do nothing;
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, b.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_{{ d.name }}, e.value) as p
  join greenroom.batch_{{ d.name }} as b on b.unit_id = p_to and {{ d.row_text_b }} = {{ d.row_text_p }}
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = b.row_no)
  order by e.row_ref, b.row_no
  on conflict do nothing;
end
{% endif %}
$$;
comment on function {{ S }}.follow_{{ d.name }}(bigint, bigint) is 'Gives rows of the next edition the ids of the rows they continue.';
{% endif %}
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
    select e.row_ref as ref, e.action, e.column_name, e.value
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
      n.is_added or own.has_parent as is_moved
    from node as n
    left join (
      select
        c.ref,
        pg_catalog.max(c.value #>> '{}') filter (where c.column_name = '{{ d.tree.code }}') as code,
        pg_catalog.bool_or(c.action = 'parent') as has_parent,
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
      l.n
    from shaped as s
    left join listed as l on l.parent is not distinct from s.now_parent and l.ref = s.ref
    where not s.is_gone
      and coalesce(s.now_parent, 'root') in (select b.parent from busy as b)
  ), run as materialized (
    -- a row that the list does not know stands behind the one that it follows in the source
    select s.*, pg_catalog.count(s.n) over (partition by s.parent order by s.rank nulls last, s.ref) as part
    from sibling as s
  ), ranked as materialized (
    select
      r.ref,
      case
        when exists (select from ordered as o where o.parent is not distinct from r.parent)
        then pg_catalog.row_number() over (
          partition by r.parent
          order by coalesce(r.n, case when r.rank is null then 1000000 else r.known end, 0), r.n is null, r.rank nulls last, r.ref
        ) - 1 + coalesce(r.least, 1)
        when r.is_moved and r.rank is null
        then coalesce(r.most, 0) + pg_catalog.row_number() over (partition by r.parent, r.rank is null order by r.ref)
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

-- The hash and count of a unit's effective rows; what was decided on another hash no longer counts.
create function {{ S }}.rehash_{{ d.name }}(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_rows bigint;
  v_hash text;
  v_edited boolean;
begin
  v_edited := exists (select from greenroom.edited_{{ d.name }} as e where e.unit_id = p_unit);
  if v_edited then
{% if landing == "file" %}
    select pg_catalog.count(*), {{ d.hash_of_h }}
    into v_rows, v_hash
    from (
      select {{ d.record_batch }} as record
      from {{ S }}.effective_{{ d.name }} as b
      where b.unit_id = p_unit
      offset 0
    ) as h;
{% else %}
    select pg_catalog.count(*), {{ d.hash_batch }}
    into v_rows, v_hash
    from {{ S }}.effective_{{ d.name }} as b
    where b.unit_id = p_unit;
{% endif %}
    if v_rows = 0 and pg_catalog.current_setting('greenroom.carrying', true) = 'on' then
      -- an edition is not refused for what people took away of others: somebody looks at it
      delete from greenroom.edited_{{ d.name }} as e where e.unit_id = p_unit;
      insert into greenroom.finding (unit_id, check_name, severity, message, found_by)
      values (p_unit, 'nothing_left', 'error', 'corrections take away all that this edition holds: none of them is applied', 'parser');
      v_edited := false;
    elsif v_rows = 0 then
      perform greenroom.refuse('that would leave nothing of it', '[]', 'to take a whole subject or period away, hide it: greenroom live TARGET off');
    end if;
  end if;
  update greenroom.unit as u
  set
    sealed_hash = coalesce(u.sealed_hash, u.hash),
    sealed_rows = coalesce(u.sealed_rows, u.row_count),
    hash = case when v_edited then v_hash else coalesce(u.sealed_hash, u.hash) end,
    row_count = case when v_edited then v_rows else coalesce(u.sealed_rows, u.row_count) end,
    keys_are_unique = u.keys_are_unique and not v_edited,
    texts_are_sound = u.texts_are_sound and not v_edited
  where u.id = p_unit;
end
$$;
comment on function {{ S }}.rehash_{{ d.name }}(bigint) is 'Counts and hashes the effective rows of a unit.';

-- Some rows of which only cells changed: the rest of the overlay, and the tree, stay as they are.
create function {{ S }}.patch_{{ d.name }}(p_unit bigint, p_refs text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  insert into greenroom.edited_{{ d.name }} as e (unit_id, row_no, is_gone{% if landing == "inbox" %}, row_key, parent_row_key, position, derived{% endif %}{% for c in d.natural %}, {{ c.name }}{% endfor %})
  with patch as materialized (
    select
      x.ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added
    from greenroom.unit as u
    cross join pg_catalog.unnest(p_refs) as x (ref)
    left join greenroom.edit as e on e.scope_id = u.scope_id and {{ d.edits_of_u }} and e.row_ref = x.ref and e.state = 'in force'
    where u.id = p_unit
    group by x.ref
  )
  select p_unit, b.row_no, false{% if landing == "inbox" %}, b.row_key, coalesce(e.parent_row_key, b.parent_row_key), b.position, b.derived{% endif %}{% for c in d.natural %}, r.{{ c.name }}{% endfor %}

  from patch as p
{% if d.lineage %}
  join greenroom.lineage as own on own.unit_id = p_unit and own.id = p.ref::uuid
  join greenroom.batch_{{ d.name }} as b on b.unit_id = p_unit and b.row_no = own.row_no
{% else %}
  join greenroom.batch_{{ d.name }} as b on b.unit_id = p_unit and {{ d.ref_b }} = p.ref
{% endif %}
  left join greenroom.edited_{{ d.name }} as e on e.unit_id = p_unit and e.row_no = b.row_no
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells{% if d.tree %} || case when e.row_no is null then '{}' else pg_catalog.jsonb_build_object(
    '{{ d.tree.code }}', e.{{ d.tree.code }},
    '{{ d.tree.parent }}', e.{{ d.tree.parent }},
    '{{ d.tree.level }}', e.{{ d.tree.level }}{% if d.tree.order %},
    '{{ d.tree.order }}', e.{{ d.tree.order }}{% endif %}

  ) end{% endif %}) as r
  union all
  select p_unit, e.row_no, false{% if landing == "inbox" %}, e.row_key, e.parent_row_key, e.position, e.derived{% endif %}{% for c in d.natural %}, r.{{ c.name }}{% endfor %}

  from patch as p
  join greenroom.edited_{{ d.name }} as e on e.unit_id = p_unit and e.row_no < 0 and {{ "e.row_key = p.ref" if d.lineage else d.ref_e ~ " = p.ref" }}
  cross join lateral pg_catalog.jsonb_populate_record(e, (p.added - {{ d.structural }}) || p.cells) as r
  where p.added is not null
  on conflict (unit_id, row_no) do update
  set {% for c in d.natural %}{{ c.name }} = excluded.{{ c.name }}{{ ", " if not loop.last }}{% endfor %};
  -- what says the same as its source again is not edited
  delete from greenroom.edited_{{ d.name }} as e
  using greenroom.batch_{{ d.name }} as b
  where e.unit_id = p_unit
    and b.unit_id = p_unit
    and b.row_no = e.row_no
    and not e.is_gone
    and {{ d.row_json_e }} is not distinct from {{ d.row_json_b }}{% if d.tree %}

    and e.parent_row_key is not distinct from b.parent_row_key{% endif %};
  perform {{ S }}.rehash_{{ d.name }}(p_unit);
end
$$;
comment on function {{ S }}.patch_{{ d.name }}(bigint, text[]) is 'Puts cells in force over some rows of a unit.';

-- Writes the effective rows of a pending unit, its hash and count.
create function {{ S }}.overlay_{{ d.name }}(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  delete from greenroom.edited_{{ d.name }} as e where e.unit_id = p_unit;
  insert into greenroom.edited_{{ d.name }} (unit_id, row_no, is_gone{% if landing == "inbox" %}, row_key, parent_row_key, position, derived{% endif %}{% for c in d.natural %}, {{ c.name }}{% endfor %})
  with patch as materialized (
    select
      e.row_ref as ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      pg_catalog.bool_or(e.action = 'delete') as is_gone,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added,
      pg_catalog.max(e.edited_by) filter (where e.action = 'add') as added_by
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where e.state = 'in force'
    group by e.row_ref
{% if d.tree %}
  ), tree as materialized (
    select n.* from {{ S }}.nodes_{{ d.name }}(p_unit) as n
  ), node as materialized (
    select n.*, o.code as parent_code, o.row_key as parent_row_key, n.parent is distinct from n.was_parent as is_moved
    from tree as n
    left join tree as o on o.ref = n.parent
{% endif %}
  )
{% if d.tree %}
{% set parent %}case when n.parent is null and not n.is_moved then b.{{ d.tree.parent }} when n.parent is null then null else coalesce(n.parent_code, b.{{ d.tree.parent }}, n.parent) end{% endset %}
  select
    p_unit, b.row_no, n.is_gone, n.row_key, case when n.parent is null and not n.is_moved then b.parent_row_key else coalesce(n.parent_row_key, n.parent) end, b.position, b.derived{% for c in d.natural %}, r.{{ c.name }}{% endfor %}

  from node as n
  join greenroom.batch_{{ d.name }} as b on b.unit_id = p_unit and b.row_no = n.row_no
  left join patch as p on p.ref = n.ref
  cross join lateral pg_catalog.jsonb_populate_record(b, coalesce(p.cells, '{}') || pg_catalog.jsonb_build_object(
    '{{ d.tree.code }}', n.code,
    '{{ d.tree.parent }}', {{ parent }},
    '{{ d.tree.level }}', n.level{% if d.tree.order %},
    '{{ d.tree.order }}', n.place{% endif %}

  )) as r
  where (n.is_gone or n.is_moved or {{ d.row_json_r }} is distinct from {{ d.row_json_b }})
    -- says nothing more, but is known before a record is made: of a whole tree that takes longest
    and (
      n.is_gone
      or n.is_moved
      or p.ref is not null
      or n.code is distinct from b.{{ d.tree.code }}
      or {{ parent }} is distinct from b.{{ d.tree.parent }}
      or n.level is distinct from b.{{ d.tree.level }}{% if d.tree.order %}

      or n.place is distinct from b.{{ d.tree.order }}{% endif %}

    )
  union all
  select
    p_unit, -pg_catalog.row_number() over (order by n.ref)::integer, n.is_gone, n.row_key, coalesce(n.parent_row_key, n.parent), 'added by ' || p.added_by, null{% for c in d.natural %}, r.{{ c.name }}{% endfor %}

  from node as n
  join patch as p on p.ref = n.ref
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_{{ d.name }}, (p.added - '{{ d.tree.parent }}') || p.cells || pg_catalog.jsonb_build_object(
    '{{ d.tree.code }}', n.code,
    '{{ d.tree.parent }}', coalesce(n.parent_code, n.parent),
    '{{ d.tree.level }}', n.level{% if d.tree.order %},
    '{{ d.tree.order }}', n.place{% endif %}

  )) as r
  where n.is_added;
{% else %}
  select
    p_unit, b.row_no, coalesce(p.is_gone, false){% if landing == "inbox" %}, b.row_key, b.parent_row_key, b.position, b.derived{% endif %}{% for c in d.natural %}, r.{{ c.name }}{% endfor %}

  from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
  join patch as p on p.ref = {{ d.ref_b }}
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  where b.unit_id = p_unit
    and (p.is_gone or {{ d.row_json_r }} is distinct from {{ d.row_json_b }})
  union all
  select
    p_unit, -pg_catalog.row_number() over (order by p.ref)::integer, coalesce(p.is_gone, false){% if landing == "inbox" %}, p.ref, null, 'added by ' || p.added_by, null{% endif %}{% for c in d.natural %}, r.{{ c.name }}{% endfor %}

  from patch as p
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_{{ d.name }}, p.added || p.cells) as r
  where p.added is not null
    and not exists (
      select
      from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
      where b.unit_id = p_unit
        and {{ d.ref_b }} = p.ref
    );
{% endif %}
{% if d.lineage %}
  -- rows that people added keep their id from one writing to the next
  delete from greenroom.lineage as l where l.unit_id = p_unit and l.row_no < 0;
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_unit, e.row_no, e.row_key::uuid
  from greenroom.edited_{{ d.name }} as e
  where e.unit_id = p_unit
    and e.row_no < 0;
{% endif %}
  perform {{ S }}.rehash_{{ d.name }}(p_unit);
end
$$;
comment on function {{ S }}.overlay_{{ d.name }}(bigint) is 'Puts the edits in force over a sealed unit.';
{% if not d.current_of and not d.is_derived %}

-- Compares the edits of a unit with what its source says now: they stay, retire themselves, or are in conflict.
create function {{ S }}.rebase_{{ d.name }}(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  with whole as materialized (
    select u.* from greenroom.unit as u where u.id = p_unit
  ), mine as materialized (
    select e.*
    from greenroom.edit as e
    join whole as u on e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where e.state in ('in force', 'conflict')
  ), source as materialized (
    select {{ d.ref_b }} as ref, {{ d.row_json_b }} as "values"
    from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
    where b.unit_id = p_unit
  ), said as materialized (
    select
      m.id,
      m.action,
      m.base,
      m.value,
      s.ref is not null as is_there,
      exists (select from mine as a where a.row_ref = m.row_ref and a.action = 'add') as is_ours,
      coalesce((
        select pg_catalog.jsonb_object_agg(c.column_name, c.value) from mine as c where c.row_ref = m.row_ref and c.action = 'set'
      ), '{}') as cells,
      case m.action
        when 'set' then s."values" -> m.column_name
        when 'delete' then s."values"
        when 'add' then s."values"
{% if d.tree %}
        when 'parent' then coalesce(pg_catalog.to_jsonb(n.was_parent), 'null')
        when 'order' then coalesce((
          select pg_catalog.jsonb_agg(k.ref order by k.was_rank)
          from {{ S }}.nodes_{{ d.name }}(p_unit) as k
          where k.was_rank is not null
            and k.was_parent is not distinct from nullif(m.row_ref, 'root')
        ), '[]')
{% endif %}
      end as says
    from mine as m
    left join source as s on s.ref = m.row_ref
{% if d.tree %}
    left join {{ S }}.nodes_{{ d.name }}(p_unit) as n on n.ref = m.row_ref and not n.is_added and m.action = 'parent'
{% endif %}
  ), judged as (
    select
      s.id,
      s.says,
      s.is_there or s.action = 'order' as is_met,
      case
        when s.action = 'add' then case
          when not s.is_there then 'in force'
          when not exists (
            select
            from pg_catalog.jsonb_each((s.value - {{ d.structural }}) || s.cells) as v
            where v.value is distinct from s.says -> v.key
          ) then 'adopted'
          else 'conflict'
        end
        when s.action = 'order' then case
          when greenroom.kept_order(s.says, s.base) = greenroom.kept_order(s.base, s.says) then 'in force'
          when greenroom.kept_order(s.says, s.value) = greenroom.kept_order(s.value, s.says) then 'adopted'
          else 'conflict'
        end
        when not s.is_there and s.is_ours then 'in force'
        when not s.is_there and not (select u.complete from whole as u) then null
        when not s.is_there then case when s.action = 'delete' then 'adopted' else 'conflict' end
        when s.action = 'delete' then case when s.says - {{ d.structural }} = s.base - {{ d.structural }} then 'in force' else 'conflict' end
        when s.says = s.base then 'in force'
        when s.says = s.value then 'adopted'
        else 'conflict'
      end as state
    from said as s
  )
  update greenroom.edit as e
  set
    -- it retires when what its source says is published, not before: an edition may be rejected
    state = case j.state when 'adopted' then 'in force' else j.state end,
    agrees_unit = case when j.state = 'adopted' then p_unit end,
    theirs = case when j.state = 'conflict' then j.says end,
    -- where its row was met last: the next edition is followed from there
    unit_id = case when (select u.complete from whole as u) and j.is_met then p_unit else e.unit_id end
  from judged as j
  where e.id = j.id
    and j.state is not null;
end
$$;
comment on function {{ S }}.rebase_{{ d.name }}(bigint) is 'Sets edits in force or in conflict, by what the source says now, and notes where it agrees.';
{% endif %}

{% if not d.current_of and not d.is_derived %}
-- Rows copied from production say what edits made of them: what the source said is put back under the edits.
create function {{ S }}.unapply_{{ d.name }}(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  if not exists (
    select
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- rows that people took away
  with gone as (
    select
      e.row_ref, e.base,
      (select pg_catalog.max(b.row_no) from greenroom.batch_{{ d.name }} as b where b.unit_id = p_unit) + pg_catalog.row_number() over (order by e.id) as row_no
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where e.action = 'delete'
      and e.state in ('in force', 'conflict')
      and e.row_ref not in (
        select {{ d.ref_b }}
        from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
        where b.unit_id = p_unit
      )
{% if d.lineage %}
  ), traced as (
    insert into greenroom.lineage (unit_id, row_no, id)
    select p_unit, g.row_no, g.row_ref::uuid from gone as g
{% endif %}
  )
  insert into greenroom.batch_{{ d.name }} (unit_id, row_no{% if landing == "inbox" %}, row_key, parent_row_key, position{% endif %}{% for c in d.natural %}, {{ c.name }}{% endfor %})
  select p_unit, g.row_no{% if landing == "inbox" %}, g.row_ref, {{ "(select o.row_key from greenroom.batch_" ~ d.name ~ " as o where o.unit_id = p_unit and o." ~ d.tree.code ~ " = r." ~ d.tree.parent ~ " order by o.row_no limit 1)" if d.tree else "null" }}, 'as published'{% endif %}{% for c in d.natural %}, r.{{ c.name }}{% endfor %}

  from gone as g
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_{{ d.name }}, g.base) as r;
  update greenroom.batch_{{ d.name }} as b
  set {% for c in d.natural %}{{ c.name }} = r.{{ c.name }}{{ ", " if not loop.last }}{% endfor %}{% if d.tree %},
    parent_row_key = r.parent_row_key{% endif %}

  from (
    select b.row_no{% for c in d.natural %}, r.{{ c.name }}{% endfor %}{% if d.tree %}, case when p.has_parent then o.row_key else b.parent_row_key end as parent_row_key{% endif %}

    from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
    join (
      select
        e.row_ref,
        coalesce(pg_catalog.jsonb_object_agg(e.column_name, coalesce(e.theirs, e.base)) filter (where e.action = 'set' and e.base is not null), '{}') as cells,
        pg_catalog.bool_or(e.action = 'parent') as has_parent,
        pg_catalog.max(e.base #>> '{}') filter (where e.action = 'parent') as parent
      from greenroom.edit as e
      join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
      where e.state in ('in force', 'conflict')
      group by e.row_ref
    ) as p on p.row_ref = {{ d.ref_b }}
{% if d.tree %}
    left join greenroom.batch_{{ d.name }} as o on o.unit_id = b.unit_id and o.row_key = p.parent
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells || case when p.has_parent then pg_catalog.jsonb_build_object('{{ d.tree.parent }}', o.{{ d.tree.code }}) else '{}' end) as r
{% else %}
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
{% endif %}
    where b.unit_id = p_unit
  ) as r
  where b.unit_id = p_unit
    and b.row_no = r.row_no;
{% if d.tree %}
  -- how deep a row stood, and where, no edit of another row says: the last batch that held it before does
  with recursive cell as materialized (
    select e.row_ref, e.action, e.base, e.value
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where e.action in ('parent', 'order')
      and e.state in ('in force', 'conflict')
  ), below as (
    select b.row_no, b.row_key
    from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
    join cell as c on c.row_ref = {{ d.ref_b }} and c.action = 'parent'
    where b.unit_id = p_unit
    union
    select b.row_no, b.row_key
    from below as a
    join greenroom.batch_{{ d.name }} as b on b.unit_id = p_unit and b.parent_row_key = a.row_key
  ), placed as materialized (
    select a.row_no from below as a
    union
    select b.row_no
    from cell as c
    cross join lateral pg_catalog.jsonb_array_elements_text(c.base || c.value) as x (ref)
    join greenroom.batch_{{ d.name }} as b on b.unit_id = p_unit
{{ d.lineage_b }}
    where c.action = 'order'
      and {{ d.ref_b }} = x.ref
  ), known as (
    select distinct on (p.row_no) p.row_no, w.{{ d.tree.level }}{% if d.tree.order %}, w.{{ d.tree.order }}{% endif %}

    from placed as p
    join greenroom.lineage as own on own.unit_id = p_unit and own.row_no = p.row_no
    join greenroom.unit as u on u.id = p_unit
    join greenroom.unit as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.key = u.key and o.id < u.id
    join greenroom.lineage as l on l.unit_id = o.id and l.id = own.id
    join greenroom.batch_{{ d.name }} as w on w.unit_id = l.unit_id and w.row_no = l.row_no
    order by p.row_no, o.id desc
  )
  update greenroom.batch_{{ d.name }} as b
  set {{ d.tree.level }} = k.{{ d.tree.level }}{% if d.tree.order %}, {{ d.tree.order }} = k.{{ d.tree.order }}{% endif %}

  from known as k
  where b.unit_id = p_unit
    and b.row_no = k.row_no;
{% endif %}
  -- rows that only people know
  delete from greenroom.batch_{{ d.name }} as b
  using (
    select b.row_no
    from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
    join greenroom.edit as e on e.row_ref = {{ d.ref_b }} and e.action = 'add' and e.state in ('in force', 'conflict')
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where b.unit_id = p_unit
  ) as a
  where b.unit_id = p_unit
    and b.row_no = a.row_no;
{% if d.lineage %}
  delete from greenroom.lineage as l
  where l.unit_id = p_unit
    and not exists (select from greenroom.batch_{{ d.name }} as b where b.unit_id = p_unit and b.row_no = l.row_no);
{% endif %}
end
$$;
comment on function {{ S }}.unapply_{{ d.name }}(bigint) is 'Puts what the source said under the edits of rows copied from production.';

{% endif %}
-- Published rows of a unit as a new unit that waits, to be corrected.
create function {{ S }}.reopen_{{ d.name }}(p_scope integer, p_key text[], p_by text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_published greenroom.published;
  v_unit greenroom.unit;
  v_batch bigint;
  v_new bigint;
  v_rows bigint;
  v_hash text;
begin
  select p.* into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = '{{ d.name }}' and p.key = p_key and p.row_count > 0;
  if v_published.scope_id is null then
    return null;
  end if;
  select u.* into v_unit from greenroom.unit as u where u.id = v_published.unit_id;
  insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count)
  select p_scope, 'edit', coalesce(b.source, 'production'), b.snapshot, b.parser, 0, 0
  from (select) as x
  left join greenroom.batch as b on b.id = v_unit.batch_id
  returning id into v_batch;
  -- a part holds some of what is published, and what was changed by hand stands in no batch: then production is copied
  if v_unit.complete and v_unit.hash = v_published.hash then
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash, keys_are_unique, texts_are_sound)
    values (v_batch, p_scope, '{{ d.name }}', p_key, true, coalesce(v_unit.sealed_rows, v_unit.row_count), v_unit.quarantined_count, coalesce(v_unit.sealed_hash, v_unit.hash), v_unit.keys_are_unique, v_unit.texts_are_sound)
    returning id into v_new;
    insert into greenroom.batch_{{ d.name }} (unit_id, row_no{% if landing == "inbox" %}, row_key, parent_row_key, position, derived{% endif %}{% for c in d.natural %}, {{ c.name }}{% endfor %})
    select v_new, b.row_no{% if landing == "inbox" %}, b.row_key, b.parent_row_key, b.position, b.derived{% endif %}{% for c in d.natural %}, b.{{ c.name }}{% endfor %}

    from greenroom.batch_{{ d.name }} as b
    where b.unit_id = v_unit.id;
    get diagnostics v_rows = row_count;
    -- what its parser said of it is as true as it was
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)
    select v_new, f.check_name, f.severity, f.message, f.row_key, f.position, f.found_by
    from greenroom.finding as f
    where f.unit_id = v_unit.id
      and f.found_by = 'parser'
      and f.check_name <> 'unproven_parser';
{% if d.lineage %}
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, l.row_no, l.id
    from greenroom.lineage as l
    where l.unit_id = v_unit.id
      and l.row_no > 0;
{% endif %}
  else
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
    values (v_batch, p_scope, '{{ d.name }}', p_key, true, v_published.row_count, '')
    returning id into v_new;
    insert into greenroom.batch_{{ d.name }} (unit_id, row_no{% if landing == "inbox" %}, row_key, parent_row_key, position{% endif %}{% for c in d.natural %}, {{ c.name }}{% endfor %})
    select
      v_new,
      pg_catalog.row_number() over (order by {{ d.p_identity }})::integer{% if landing == "inbox" %},
      p.id::text,
      {{ "p." ~ d.tree.into ~ "::text" if d.tree else "null" }},
      'as published'{% endif %}{% for v in d.published_values %},
      {{ v }}{% endfor %}

    from (select v_published.root_id as root_id, p_key as key) as t
    join {{ d.table }} as p on {{ d.member_touched }} and p.retired_at is null
{% if d.tree %}
    left join {{ d.table }} as parent on parent.id = p.{{ d.tree.into }}
{% endif %}
    ;
    get diagnostics v_rows = row_count;
{% if d.lineage %}
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, b.row_no, b.row_key::uuid
    from greenroom.batch_{{ d.name }} as b
    where b.unit_id = v_new;
{% endif %}
{% if not d.current_of and not d.is_derived %}
    perform {{ S }}.unapply_{{ d.name }}(v_new);
    select pg_catalog.count(*) into v_rows from greenroom.batch_{{ d.name }} as b where b.unit_id = v_new;
{% endif %}
{% if landing == "file" %}
    select {{ d.hash_of_h }} into v_hash
    from (select {{ d.record_batch }} as record from greenroom.batch_{{ d.name }} as b where b.unit_id = v_new offset 0) as h;
{% else %}
    select {{ d.hash_batch }} into v_hash from greenroom.batch_{{ d.name }} as b where b.unit_id = v_new;
{% endif %}
    update greenroom.unit as u set hash = v_hash, row_count = v_rows where u.id = v_new;
  end if;
  update greenroom.batch as b set read_count = v_rows, staged_count = v_rows where b.id = v_batch;
  return v_new;
end
$$;
comment on function {{ S }}.reopen_{{ d.name }}(integer, text[], text) is 'Published rows of a unit as a pending unit; null where nothing is published.';
{% if not d.current_of and not d.is_derived %}

-- One gesture on a pending unit: every change of it, or none.
create function {{ S }}.change_{{ d.name }}(p_unit bigint, p_changes jsonb, p_by text, p_reason text, p_gesture uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_change jsonb;
  v_ref text;
  v_row record;
  v_value jsonb;
  v_column text;
  v_refs text[] := '{}';
  v_gone text[] := '{}';
  v_known text[] := array[{% for c in d.editable %}'{{ c.name }}'{{ ", " if not loop.last }}{% endfor %}]::text[];
{% if d.tree %}
  v_under text;
  v_list jsonb;
  v_was jsonb;
  v_child record;
{% endif %}
begin
{% if d.lineage %}
  perform {{ S }}.trace_{{ d.name }}(p_unit);
{% endif %}
  for v_change in select c.value from pg_catalog.jsonb_array_elements(p_changes) as c loop
{% if d.tree %}
    -- the tree as it stands before this change, walked once
    if v_change ->> 'do' <> 'set' then
      drop table if exists pg_temp.edit_nodes;
      create temporary table edit_nodes on commit drop as
      select n.* from {{ S }}.nodes_{{ d.name }}(p_unit) as n;
      analyze pg_temp.edit_nodes;
    end if;
{% endif %}
    if v_change ->> 'do' = 'add' then
{% if d.lineage %}
      v_ref := pg_catalog.gen_random_uuid()::text;
{% endif %}
      v_value := '{}';
      if pg_catalog.jsonb_typeof(coalesce(v_change -> 'values', '{}')) <> 'object' then
        perform greenroom.refuse('the values of a new row are not given by column', '[]', 'give an object: column and value');
      end if;
      for v_column in select k from pg_catalog.jsonb_object_keys(coalesce(v_change -> 'values', '{}')) as k loop
        if v_column <> all (v_known){{ " and v_column <> all (array[" ~ d.key_names ~ "]::text[])" if not d.lineage }} then
          perform greenroom.refuse(pg_catalog.format('{{ d.name }} has no column %I that can be given', v_column), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
        end if;
        v_value := v_value || pg_catalog.jsonb_build_object(v_column, {{ S }}.given_{{ d.name }}(v_column, v_change -> 'values' -> v_column));
      end loop;
      v_value := {{ S }}.completed_{{ d.name }}(p_unit, v_value);
{% if not d.lineage %}
      select {{ d.ref_bare_b }} into v_ref
      from pg_catalog.jsonb_populate_record(null::greenroom.batch_{{ d.name }}, v_value) as b;
      if exists (select from {{ S }}.rows_{{ d.name }}(p_unit, v_ref) as r where r.state <> 'deleted') then
        perform greenroom.refuse(pg_catalog.format('there is a row %s already', v_ref), '[]', 'edit that one');
      end if;
{% endif %}
{% if d.tree %}
      v_under := {{ S }}.ref_{{ d.name }}(p_unit, v_change ->> 'under');
      if v_under is not null and not exists (select from pg_temp.edit_nodes as n where n.ref = v_under and not n.is_gone) then
        perform greenroom.refuse('the row it should stand under is not there', '[]', 'look at the tree again');
      end if;
      v_value := v_value || pg_catalog.jsonb_build_object('{{ d.tree.parent }}', v_under);
{% endif %}
      perform {{ S }}.put_edit(p_unit, v_ref, (
        select {{ d.label_b }} from pg_catalog.jsonb_populate_record(null::greenroom.batch_{{ d.name }}, v_value{{ " - '" ~ d.tree.parent ~ "'" if d.tree }}) as b
      ), 'add', null, null, v_value, p_by, p_reason, p_gesture);
      v_refs := v_refs || v_ref;
{% if d.tree %}
      if v_change ? 'after' then
        perform {{ S }}.place_{{ d.name }}(p_unit, v_ref, v_under, v_change ->> 'after', p_by, p_reason, p_gesture);
      end if;
{% endif %}
      continue;
    end if;

    v_ref := {{ S }}.ref_{{ d.name }}(p_unit, v_change ->> 'row');
    select r.* into v_row from {{ S }}.rows_{{ d.name }}(p_unit, v_ref) as r;
    if v_row.ref is null or v_ref = any (v_gone) then
      perform greenroom.refuse(pg_catalog.format('there is no row %s', coalesce(v_ref, '')), '[]', 'look at the rows again');
    end if;
    if v_row.state = 'deleted' then
      perform greenroom.refuse('that row is not there any more', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'message', coalesce(v_row.label, v_ref) || ' was deleted meanwhile',
        'by', {{ S }}.editor_of(p_unit, v_ref, 'delete', null))), 'look at the rows again');
    end if;
    v_refs := v_refs || v_ref;
    case v_change ->> 'do'
    when 'set' then
      v_column := v_change ->> 'column';
      if v_column is null or v_column <> all (v_known) then
        perform greenroom.refuse(pg_catalog.format('{{ d.name }} has no column %s that can be edited', coalesce(v_column, '')), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
      end if;
      if not v_change ? 'value' then
        perform greenroom.refuse(pg_catalog.format('what should %s say? no value is given', v_column), '[]', 'give a value; null empties it');
      end if;
      v_value := {{ S }}.given_{{ d.name }}(v_column, v_change -> 'value');
      if v_change ? 'seen' and v_row."values" -> v_column is distinct from v_change -> 'seen' and v_row."values" -> v_column is distinct from v_value then
        perform greenroom.refuse(
          pg_catalog.format('%s of %s was changed meanwhile', v_column, v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', v_column,
            'message', pg_catalog.format('%s is %s now; you saw %s', v_column, coalesce(v_row."values" ->> v_column, 'empty'), coalesce(v_change ->> 'seen', 'empty')),
            'yours', v_value, 'theirs', v_row."values" -> v_column, 'seen', v_change -> 'seen',
            'by', {{ S }}.editor_of(p_unit, v_ref, 'set', v_column)
          )),
          'look at both values, and decide'
        );
      end if;
      perform {{ S }}.put_edit(p_unit, v_ref, v_row.label, 'set', v_column,
        case when v_row.state = 'added' then null else coalesce(v_row.source, v_row."values") -> v_column end,
        v_value, p_by, p_reason, p_gesture);
    when 'delete' then
{% if d.tree %}
      if v_change ? 'with_children' and pg_catalog.jsonb_typeof(v_change -> 'with_children') <> 'boolean' then
        perform greenroom.refuse('with_children is true or false', '[]', 'say whether its children go with it');
      end if;
      if exists (select from pg_temp.edit_nodes as n where n.parent = v_ref and not n.is_gone) then
        if v_change -> 'with_children' = 'true' then
          for v_child in
            with recursive below as (
              select n.ref, 1 as depth from pg_temp.edit_nodes as n where n.parent = v_ref and not n.is_gone
              union all
              select n.ref, b.depth + 1
              from below as b
              join pg_temp.edit_nodes as n on n.parent = b.ref and not n.is_gone
              where b.depth < 60
            )
            select distinct r.ref, r.label, r.state, r.source, r."values"
            from below as b
            join {{ S }}.rows_{{ d.name }}(p_unit) as r on r.ref = b.ref
          loop
            perform {{ S }}.remove_{{ d.name }}(p_unit, v_child.ref, v_child.label, v_child.state, coalesce(v_child.source, v_child."values"), p_by, p_reason, p_gesture);
            v_refs := v_refs || v_child.ref;
            v_gone := v_gone || v_child.ref;
          end loop;
        else
          perform greenroom.refuse(
            pg_catalog.format('%s has rows under it: %s', v_row.label, (
              select pg_catalog.count(*) from pg_temp.edit_nodes as n where n.parent = v_ref and not n.is_gone
            )), '[]', 'delete it with its children, or move them first');
        end if;
      end if;
{% endif %}
      perform {{ S }}.remove_{{ d.name }}(p_unit, v_ref, v_row.label, v_row.state, coalesce(v_row.source, v_row."values"), p_by, p_reason, p_gesture);
      v_gone := v_gone || v_ref;
{% if d.tree %}
    when 'move' then
      if not v_change ? 'under' then
        perform greenroom.refuse(pg_catalog.format('where should %s stand? nothing is given', v_row.label), '[]', 'name the row it stands under; null for the top');
      end if;
      v_under := {{ S }}.ref_{{ d.name }}(p_unit, v_change ->> 'under');
      select n.* into v_child from pg_temp.edit_nodes as n where n.ref = v_ref;
      if v_change #> '{seen,under}' is not null and ({{ S }}.ref_{{ d.name }}(p_unit, v_change #>> '{seen,under}')) is distinct from v_child.parent and v_child.parent is distinct from v_under then
        perform greenroom.refuse(
          pg_catalog.format('%s was moved meanwhile', v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', '{{ d.tree.parent }}',
            'message', pg_catalog.format('%s stands elsewhere now', v_row.label),
            'yours', v_under, 'theirs', v_child.parent, 'seen', v_change #> '{seen,under}',
            'by', {{ S }}.editor_of(p_unit, v_ref, 'parent', null)
          )),
          'look at the tree again, and decide'
        );
      end if;
      if v_under is not null then
        if not exists (select from pg_temp.edit_nodes as n where n.ref = v_under and not n.is_gone) then
          perform greenroom.refuse('the row it should stand under is not there', '[]', 'look at the tree again');
        end if;
        if exists (
          with recursive up as (
            select v_under as ref, 1 as depth
            union all
            select n.parent, u.depth + 1
            from up as u
            join pg_temp.edit_nodes as n on n.ref = u.ref
            where n.parent is not null
              and u.depth < 60
          )
          select from up as u where u.ref = v_ref
        ) then
          perform greenroom.refuse(pg_catalog.format('%s cannot stand under itself', v_row.label), '[]', 'choose a row that is not below it');
        end if;
      end if;
      perform {{ S }}.put_edit(p_unit, v_ref, v_row.label, 'parent', null,
        case when not v_child.is_added then coalesce(pg_catalog.to_jsonb(v_child.was_parent), 'null') end,
        coalesce(pg_catalog.to_jsonb(v_under), 'null'), p_by, p_reason, p_gesture);
      if v_change ? 'after' then
        perform {{ S }}.place_{{ d.name }}(p_unit, v_ref, v_under, v_change ->> 'after', p_by, p_reason, p_gesture);
      end if;
{% endif %}
    else
      perform greenroom.refuse(pg_catalog.format('nothing is done by %L', v_change ->> 'do'), '[]', 'set, add, delete{{ ", move" if d.tree }}');
    end case;
  end loop;
  return pg_catalog.to_jsonb(v_refs);
end
$$;
comment on function {{ S }}.change_{{ d.name }}(bigint, jsonb, text, text, uuid) is 'Records one gesture as edits.';

-- The row somebody means: by its id, or, before the first edit, by its place in the very unit that was looked at.
create function {{ S }}.ref_{{ d.name }}(p_unit bigint, p_ref text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
{% if d.lineage %}
    (
      select l.id::text
      from greenroom.lineage as l
      where l.unit_id = p_unit
        and p_ref ~ '^row:[0-9]{1,18}:[0-9]{1,9}$'
        and pg_catalog.split_part(p_ref, ':', 2)::bigint = p_unit
        and l.row_no = pg_catalog.split_part(p_ref, ':', 3)::integer
    ),
{% endif %}
    p_ref
  )
$$;
comment on function {{ S }}.ref_{{ d.name }}(bigint, text) is 'row:UNIT:N as the id of that row; others as they are.';

create function {{ S }}.given_{{ d.name }}(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := {{ S }}.read_{{ d.name }}(p_column, p_value);
begin
  if v_value is null then
    perform greenroom.refuse(pg_catalog.format('%s cannot be %s', p_column, pg_catalog.left(p_value::text, 80)), '[]', 'give a value of the kind the column holds');
  end if;
  if v_value = 'null' and p_column = any (array[{% for c in d.editable if c.required %}'{{ c.name }}'{{ ", " if not loop.last }}{% endfor %}]::text[]) then
    perform greenroom.refuse(pg_catalog.format('%s cannot be empty', p_column), '[]', 'give it a value, or delete the row');
  end if;
  return v_value;
end
$$;
comment on function {{ S }}.given_{{ d.name }}(text, jsonb) is 'A value of {{ d.name }}, or a refusal that says why not.';

-- A row that is added has what every row must have.
create function {{ S }}.completed_{{ d.name }}(p_unit bigint, p_values jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanting text;
  v_values jsonb := p_values;
begin
{% if not d.lineage and d.unit %}
{% for c in d.unit %}
  -- its unit tells where it belongs
  v_values := v_values || pg_catalog.jsonb_build_object('{{ c }}', (select pg_catalog.to_jsonb((u.key)[{{ loop.index }}]::{{ d.kind_of[c] }}) from greenroom.unit as u where u.id = p_unit));
{% endfor %}
{% endif %}
  select pg_catalog.string_agg(c, ', ')
  into v_wanting
  from pg_catalog.unnest(array[{% for c in d.wanted %}'{{ c }}'{{ ", " if not loop.last }}{% endfor %}]::text[]) as c
  where coalesce(v_values -> c, 'null') = 'null';
  if v_wanting is not null then
    perform greenroom.refuse('a new row needs ' || v_wanting, '[]', 'give every one of them');
  end if;
  return v_values;
end
$$;
comment on function {{ S }}.completed_{{ d.name }}(bigint, jsonb) is 'Values of a row to be added, or a refusal that names what is wanting.';

create function {{ S }}.remove_{{ d.name }}(p_unit bigint, p_ref text, p_label text, p_state text, p_base jsonb, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_state = 'added' then
    -- nobody but us ever said it: it is taken back, with all that was said of it
    perform {{ S }}.drop_edits(p_unit, p_ref, p_by, p_reason, p_gesture);
  else
    perform {{ S }}.put_edit(p_unit, p_ref, p_label, 'delete', null, p_base, 'true', p_by, p_reason, p_gesture);
  end if;
end
$$;
comment on function {{ S }}.remove_{{ d.name }}(bigint, text, text, text, jsonb, text, text, uuid) is 'Deletes one row by an edit.';
{% if d.tree %}

-- Puts a row behind another among the children of its parent.
create function {{ S }}.place_{{ d.name }}(p_unit bigint, p_ref text, p_under text, p_after text, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_after text := {{ S }}.ref_{{ d.name }}(p_unit, p_after);
  v_list text[];
  v_was jsonb;
  v_at integer;
begin
  select
    coalesce(pg_catalog.array_agg(n.ref order by n.place, n.was_rank nulls last, n.ref) filter (where n.parent is not distinct from p_under and not n.is_gone and n.ref <> p_ref), '{}'),
    coalesce(pg_catalog.jsonb_agg(n.ref order by n.was_rank) filter (where n.was_rank is not null and n.was_parent is not distinct from p_under), '[]')
  into v_list, v_was
  from pg_temp.edit_nodes as n;
  v_at := case when v_after is null then 0 else pg_catalog.array_position(v_list, v_after) end;
  if v_at is null then
    perform greenroom.refuse('the row it should follow does not stand there', '[]', 'look at the tree again');
  end if;
  v_list := v_list[1:v_at] || p_ref || v_list[v_at + 1:];
  perform {{ S }}.put_edit(p_unit, coalesce(p_under, 'root'), coalesce((select r.label from {{ S }}.rows_{{ d.name }}(p_unit, p_under) as r where r.ref = p_under), 'the top'),
    'order', null, v_was, pg_catalog.to_jsonb(v_list), p_by, p_reason, p_gesture);
end
$$;
comment on function {{ S }}.place_{{ d.name }}(bigint, text, text, text, text, text, uuid) is 'Records the order of a parent''s children with one row put elsewhere.';
{% endif %}
{% endif %}
