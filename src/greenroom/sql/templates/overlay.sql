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
