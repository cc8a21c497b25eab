-- Corrections of {{ pack }}: opened, made, taken back, carried from edition to edition.
create function {{ S }}.editor_of(p_unit bigint, p_ref text, p_action text, p_column text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select e.edited_by
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_key = u.key
  where e.row_ref = p_ref
    and e.action = p_action
    and e.column_name is not distinct from p_column
  order by e.id desc
  limit 1
$$;
comment on function {{ S }}.editor_of(bigint, text, text, text) is 'Who edited a cell last.';

-- One cell has one edit: a newer one takes its place, and what says the same as the source is none.
create function {{ S }}.put_edit(
  p_unit bigint, p_ref text, p_label text, p_action text, p_column text, p_base jsonb, p_value jsonb, p_by text, p_reason text, p_gesture uuid
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_unit greenroom.unit;
  v_old bigint;
begin
  select u.* into strict v_unit from greenroom.unit as u where u.id = p_unit;
  update greenroom.edit as e
  set
    state = case when p_base = p_value then 'withdrawn' else 'replaced' end,
    settled_by = p_by,
    settled_at = pg_catalog.clock_timestamp(),
    settled_why = p_reason,
    theirs = null
  where e.scope_id = v_unit.scope_id
    and e.dataset = v_unit.dataset
    and e.unit_key = v_unit.key
    and e.row_ref = p_ref
    and e.action = p_action
    and e.column_name is not distinct from p_column
    and e.state in ('in force', 'conflict')
    and (e.value is distinct from p_value or e.base is distinct from p_base or e.state = 'conflict')
  returning e.id into v_old;
  insert into pg_temp.edits_touched (id, what)
  select v_old, 'replaced' where v_old is not null;
  if p_base = p_value then
    return;
  end if;
  with made as (
    insert into greenroom.edit (scope_id, dataset, unit_key, unit_id, gesture, row_ref, label, action, column_name, base, value, edited_by, reason)
    values (v_unit.scope_id, v_unit.dataset, v_unit.key, p_unit, p_gesture, p_ref, pg_catalog.left(p_label, 300), p_action, p_column, p_base, p_value, p_by, p_reason)
    -- the same edit again is no other
    on conflict (scope_id, dataset, unit_key, row_ref, action, coalesce(column_name, '')) where state in ('in force', 'conflict') do nothing
    returning id
  )
  insert into pg_temp.edits_touched (id, what)
  select m.id, 'made' from made as m;
end
$$;
comment on function {{ S }}.put_edit(bigint, text, text, text, text, jsonb, jsonb, text, text, uuid) is 'Writes one edit down.';

create function {{ S }}.drop_edits(p_unit bigint, p_ref text, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  with dropped as (
    update greenroom.edit as e
    set state = 'withdrawn', settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = p_reason, theirs = null
    from greenroom.unit as u
    where u.id = p_unit
      and e.scope_id = u.scope_id
      and e.dataset = u.dataset
      and e.unit_key = u.key
      and (
        e.row_ref = p_ref and e.action <> 'order'
        -- an order that only gave it its place
        or e.action = 'order' and e.value - p_ref = e.base
      )
      and e.state in ('in force', 'conflict')
    returning e.id
  )
  insert into pg_temp.edits_touched (id, what)
  select d.id, 'replaced' from dropped as d;
end
$$;
comment on function {{ S }}.drop_edits(bigint, text, text, text, uuid) is 'Takes back all that was said of a row somebody added.';

-- The unit that waits, to be corrected; published rows are opened again where none waits.
create function {{ S }}.open_unit(p_scope integer, p_dataset text, p_key text[], p_by text default session_user)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_unit bigint;
  v_published bigint;
  v_beside bigint;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
{% for d in datasets %}
{% if d.current_of %}
  if p_dataset = '{{ d.name }}' then
    perform greenroom.refuse('{{ d.name }} repeats the newest period of {{ d.current_of }}', '[]', 'correct that one: it follows');
  end if;
{% elif d.is_derived %}
  if p_dataset = '{{ d.name }}' then
    perform greenroom.refuse('{{ d.name }} is made from other tables', '[]', 'correct those: it follows');
  end if;
{% endif %}
{% endfor %}
{% if root %}
  -- under the name its version has by now
  p_key := coalesce((
    select p.key
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = p_dataset
      and p.root_id = {{ S }}.find_root(p_scope, p_key)
      and ('' = any (p.key) or '' = any (p_key))
  ), p_key);
{% endif %}
  select u.id
  into v_unit
  from greenroom.unit as u
  where u.scope_id = p_scope
    and u.dataset = p_dataset
{% if root %}
    -- under whatever name its version waits
    and (u.key = p_key or u.key[1] = p_key[1] and ('' = any (u.key) or '' = any (p_key)) and {{ S }}.find_root(p_scope, u.key) = {{ S }}.find_root(p_scope, p_key))
{% else %}
    and u.key = p_key
{% endif %}
    and u.state in ('sealed', 'held', 'ready')
  order by u.key = p_key desc, u.id desc
  limit 1;
  if v_unit is not null then
{% if root %}
    if p_key <> (select u.key from greenroom.unit as u where u.id = v_unit) then
      perform {{ S }}.refresh_unit(v_unit);
    end if;
{% endif %}
    return v_unit;
  end if;
  select p.unit_id into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = p_dataset and p.key = p_key;
  -- what was rejected may be put right; what came with it waits again too, rejected until somebody approves it
  select u.id
  into v_unit
  from greenroom.unit as u
  where u.id = (
    select pg_catalog.max(o.id) from greenroom.unit as o where o.scope_id = p_scope and o.dataset = p_dataset and o.key = p_key
  )
    and u.state = 'rejected'
    and u.id > coalesce(v_published, 0);
  update greenroom.unit as u
  set state = 'held'
  from greenroom.unit as mine
  where mine.id = v_unit
    and u.batch_id = mine.batch_id
    and u.key[1] is not distinct from mine.key[1]
    and u.state = 'rejected'
    and not exists (
      select
      from greenroom.unit as o
      where o.scope_id = u.scope_id
        and o.dataset = u.dataset
        and o.key = u.key
        and o.id > u.id
    );
  if v_unit is not null then
    return v_unit;
  end if;
{% for d in datasets if not d.current_of and not d.is_derived %}
  if p_dataset = '{{ d.name }}' then
    v_unit := {{ S }}.reopen_{{ d.name }}(p_scope, p_key, p_by);
{% for c in datasets if c.current_of == d.name %}
    -- the table of the newest period is corrected with it
    if v_unit is not null and p_key[1] = (
      select pg_catalog.max(p.key[1]) from greenroom.published as p where p.scope_id = p_scope and p.dataset = '{{ d.name }}' and p.complete
    ) and not exists (
      select from greenroom.unit as u where u.scope_id = p_scope and u.dataset = '{{ c.name }}' and u.state in ('sealed', 'held', 'ready')
    ) then
      v_beside := {{ S }}.reopen_{{ c.name }}(p_scope, '{}', p_by);
      update greenroom.unit as u set batch_id = (select o.batch_id from greenroom.unit as o where o.id = v_unit) where u.id = v_beside;
    end if;
{% endfor %}
  end if;
{% endfor %}
  if v_unit is null then
    perform greenroom.refuse(
      pg_catalog.format('nothing of %s %s waits or is published', p_dataset, pg_catalog.array_to_string(p_key, ' ')), '[]',
      'stage it first: greenroom stage TARGET'
    );
  end if;
  perform {{ S }}.refresh_unit(v_unit);
  return v_unit;
end
$$;
comment on function {{ S }}.open_unit(integer, text, text[], text) is 'The pending unit of a key, opened again from production where none waits.';

{% if root %}
-- A version that got its name, or lost it again: what people said of it goes with it.
create function {{ S }}.gather_edits(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_unit greenroom.unit;
  v_root uuid;
begin
  select u.* into strict v_unit from greenroom.unit as u where u.id = p_unit;
  v_root := {{ S }}.find_root(v_unit.scope_id, v_unit.key);
  if not exists (
    select
    from greenroom.edit as e
    where e.scope_id = v_unit.scope_id
      and e.dataset = v_unit.dataset
      and e.unit_key <> v_unit.key
      and e.unit_key[1] = v_unit.key[1]
      and ('' = any (e.unit_key) or '' = any (v_unit.key))
  ) then
    return;
  end if;
  -- of two that say something of one cell the newer stands
  update greenroom.edit as e
  set state = 'replaced', theirs = null, settled_at = pg_catalog.clock_timestamp(), settled_by = 'the version', settled_why = 'its version got another name'
  from greenroom.edit as o
  where e.scope_id = v_unit.scope_id
    and e.dataset = v_unit.dataset
    and e.unit_key[1] = v_unit.key[1]
    and e.state in ('in force', 'conflict')
    and o.scope_id = e.scope_id
    and o.dataset = e.dataset
    and o.unit_key <> e.unit_key
    and o.unit_key[1] = e.unit_key[1]
    and o.row_ref = e.row_ref
    and o.action = e.action
    and o.column_name is not distinct from e.column_name
    and o.state in ('in force', 'conflict')
    and o.id > e.id
    and ('' = any (e.unit_key) or '' = any (o.unit_key))
    and {{ S }}.find_root(e.scope_id, e.unit_key) is not distinct from v_root
    and {{ S }}.find_root(o.scope_id, o.unit_key) is not distinct from v_root;
  update greenroom.edit as e
  set unit_key = v_unit.key
  where e.scope_id = v_unit.scope_id
    and e.dataset = v_unit.dataset
    and e.unit_key <> v_unit.key
    and e.unit_key[1] = v_unit.key[1]
    and ('' = any (e.unit_key) or '' = any (v_unit.key))
    and {{ S }}.find_root(e.scope_id, e.unit_key) is not distinct from v_root;
end
$$;
comment on function {{ S }}.gather_edits(bigint) is 'Brings the edits of one version together under the key it has now.';

{% endif %}
-- With what their source says of them published, edits that say the same have done their work.
create function {{ S }}.adopt_edits(p_units bigint[])
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  update greenroom.edit as e
  set
    state = 'adopted',
    settled_by = 'the source',
    settled_at = pg_catalog.clock_timestamp(),
    settled_why = 'the source says the same now'
  where e.agrees_unit = any (p_units)
    and e.state = 'in force'
$$;
comment on function {{ S }}.adopt_edits(bigint[]) is 'Retires edits that agree with these units, which are published now.';

-- A part brings some rows: corrections of others, which production lacks, wait again.
create function {{ S }}.reopen_parts(p_scope integer, p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_part record;
  v_unit bigint;
begin
  for v_part in
    select u.dataset, u.key
    from greenroom.release_unit as u
    where u.release_id = p_release
      and not u.complete
      and exists (
        select
        from greenroom.edit as e
        where e.scope_id = p_scope and e.dataset = u.dataset and e.unit_key = u.key and e.state = 'in force'
      )
      and not exists (
        select
        from greenroom.unit as w
        where w.scope_id = p_scope and w.dataset = u.dataset and w.key = u.key and w.state in ('sealed', 'held', 'ready')
      )
    order by u.dataset, u.key
  loop
    v_unit := {{ S }}.open_unit(p_scope, v_part.dataset, v_part.key);
    -- production has them all: nothing waits
    update greenroom.unit as w
    set state = 'superseded'
    from greenroom.published as p
    where w.id = v_unit
      and p.scope_id = p_scope
      and p.dataset = w.dataset
      and p.key = w.key
      and p.hash = w.hash;
  end loop;
end
$$;
comment on function {{ S }}.reopen_parts(integer, bigint) is 'Lets corrections wait that a published part does not hold.';

-- Edits, effective rows, findings of one unit, brought up to date.
create function {{ S }}.refresh_unit(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_unit greenroom.unit;
  v_beside bigint;
begin
  select u.* into strict v_unit from greenroom.unit as u where u.id = p_unit;
{% if root %}
  perform {{ S }}.gather_edits(p_unit);
{% endif %}
{% for d in datasets if not d.current_of and not d.is_derived %}
  if v_unit.dataset = '{{ d.name }}' then
    if exists (
      select from greenroom.edit as e
      where e.scope_id = v_unit.scope_id and e.dataset = v_unit.dataset and e.unit_key = v_unit.key and e.state in ('in force', 'conflict')
    ) then
{% if d.lineage %}
      perform {{ S }}.trace_{{ d.name }}(p_unit);
{% endif %}
      -- rows opened again say nothing new
      if exists (select from greenroom.batch as b where b.id = v_unit.batch_id and b.origin <> 'edit') then
        perform {{ S }}.rebase_{{ d.name }}(p_unit);
      else
        -- but a row that has left cannot be corrected
        update greenroom.edit as e
        set state = 'conflict', theirs = null
        where e.scope_id = v_unit.scope_id
          and e.dataset = v_unit.dataset
          and e.unit_key = v_unit.key
          and e.state = 'in force'
          and e.action in ('set', 'parent')
          and not exists (select from {{ S }}.rows_{{ d.name }}(p_unit, e.row_ref))
          and not exists (
            select
            from greenroom.edit as a
            where a.scope_id = e.scope_id and a.dataset = e.dataset and a.unit_key = e.unit_key and a.row_ref = e.row_ref
              and a.action = 'add' and a.state = 'in force'
          );
      end if;
      perform {{ S }}.overlay_{{ d.name }}(p_unit);
    elsif v_unit.sealed_hash is not null then
      perform {{ S }}.overlay_{{ d.name }}(p_unit);
    end if;
{% for c in datasets if c.current_of == d.name %}
    select u.id into v_beside from greenroom.unit as u where u.scope_id = v_unit.scope_id and u.dataset = '{{ c.name }}' and u.state in ('sealed', 'held', 'ready');
    if v_beside is not null then
      perform {{ S }}.overlay_{{ c.name }}(v_beside);
    end if;
{% endfor %}
  end if;
{% endfor %}
end
$$;
comment on function {{ S }}.refresh_unit(bigint) is 'Puts the edits of a unit over it anew.';

-- What a new edition says is compared with what people said.
create function {{ S }}.carry_edits(p_batch bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_unit greenroom.unit;
  v_from bigint;
begin
  if not exists (
    select
    from greenroom.batch as b
    join greenroom.edit as e on e.scope_id = b.scope_id
    where b.id = p_batch
      and e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
{% if root %}
  -- the version has got a name since
  perform {{ S }}.gather_edits(u.id) from greenroom.unit as u where u.batch_id = p_batch;
{% endif %}
  perform pg_catalog.set_config('greenroom.carrying', 'on', true);
  for v_unit in
    select u.*
    from greenroom.unit as u
    where u.batch_id = p_batch
      and exists (
        select
        from greenroom.edit as e
        where e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_key = u.key and e.state in ('in force', 'conflict')
      )
    order by u.id
  loop
    for v_from in
      select e.unit_id
      from greenroom.edit as e
      where e.scope_id = v_unit.scope_id and e.dataset = v_unit.dataset and e.unit_key = v_unit.key
        and e.state in ('in force', 'conflict')
        and e.unit_id <> v_unit.id
      union
      -- and from the edition before, which knows the other rows
      select pg_catalog.max(u.id)
      from greenroom.unit as u
      where u.scope_id = v_unit.scope_id and u.dataset = v_unit.dataset and u.key = v_unit.key and u.id < v_unit.id
        and exists (select from greenroom.lineage as l where l.unit_id = u.id)
      having pg_catalog.max(u.id) is not null
      order by 1 desc
    loop
{% for d in datasets if d.lineage %}
      if v_unit.dataset = '{{ d.name }}' then
        perform {{ S }}.follow_{{ d.name }}(v_from, v_unit.id);
      end if;
{% endfor %}
    end loop;
    perform {{ S }}.refresh_unit(v_unit.id);
  end loop;
  perform pg_catalog.set_config('greenroom.carrying', '', true);
end
$$;
comment on function {{ S }}.carry_edits(bigint) is 'Puts edits over the units of a new batch.';

create function {{ S }}.edits_answer(p_units bigint[], p_refs jsonb default '[]')
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_scope integer;
  v_only text[];
  v_answer jsonb;
begin
{% if root %}
  perform {{ S }}.mark_stale(s.scope_id) from (select distinct u.scope_id from greenroom.unit as u where u.id = any (p_units)) as s;
{% endif %}
  -- what goes with a unit is judged with it
  perform {{ S }}.record_findings(array(
    select o.id
    from greenroom.unit as u
    join greenroom.unit as o on o.scope_id = u.scope_id and o.key[1] is not distinct from u.key[1] and o.state in ('sealed', 'held', 'ready')
    where u.id = any (p_units)
    union
    select x from pg_catalog.unnest(p_units) as x
  ));
  select pg_catalog.jsonb_build_object(
    'units', coalesce((
      select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('unit', u.id, 'dataset', u.dataset, 'key', u.key, 'hash', u.hash, 'state', u.state) order by u.id)
      from greenroom.unit as u
      where u.id = any (p_units)
    ), '[]'),
    'edits', coalesce((select pg_catalog.jsonb_agg(t.id order by t.id) from pg_temp.edits_touched as t where t.what = 'made'), '[]'),
    'replaced', coalesce((select pg_catalog.jsonb_agg(distinct t.id) from pg_temp.edits_touched as t where t.what = 'replaced'), '[]'),
    'refs', p_refs
  )
  into v_answer;
  drop table pg_temp.edits_touched;
  return v_answer;
end
$$;
comment on function {{ S }}.edits_answer(bigint[], jsonb) is 'Findings after edits, and what was done.';

create function {{ S }}.begin_edits()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom.refuse_foreign_temp(array['edits_touched', 'edit_nodes']);
  drop table if exists pg_temp.edits_touched;
  create temporary table edits_touched (id bigint, what text) on commit drop;
end
$$;
comment on function {{ S }}.begin_edits() is 'A list of what this call does.';

-- One gesture of a person on a unit that waits: all of it or nothing.
create function {{ S }}.change_unit(p_unit bigint, p_changes jsonb, p_by text, p_reason text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_unit greenroom.unit;
  v_refs jsonb;
begin
  perform 1 from greenroom.scope as c where c.id = (select u.scope_id from greenroom.unit as u where u.id = p_unit) for update;
  select u.* into v_unit from greenroom.unit as u where u.id = p_unit;
  if v_unit.id is null or v_unit.state not in ('sealed', 'held', 'ready') then
    perform greenroom.refuse('this unit does not wait any more', '[]', 'open it again: what is newer has taken its place');
  end if;
  if pg_catalog.jsonb_typeof(p_changes) is distinct from 'array'
    or exists (select from pg_catalog.jsonb_array_elements(case when pg_catalog.jsonb_typeof(p_changes) = 'array' then p_changes else '[]' end) as c where pg_catalog.jsonb_typeof(c) <> 'object')
  then
    perform greenroom.refuse('the changes are not a list of changes', '[]', 'give a list of objects, each with "do"');
  end if;
  if coalesce(pg_catalog.btrim(p_by), '') = '' or coalesce(pg_catalog.btrim(p_reason), '') = '' then
    perform greenroom.refuse('a correction needs a name and a reason', '[]', 'say who corrects, and why');
  end if;
  perform {{ S }}.begin_edits();
{% for d in datasets if not d.current_of and not d.is_derived %}
  if v_unit.dataset = '{{ d.name }}' then
    v_refs := {{ S }}.change_{{ d.name }}(p_unit, p_changes, p_by, p_reason, pg_catalog.gen_random_uuid());
    if not exists (
      select
      from pg_catalog.jsonb_array_elements(p_changes) as c
      where c.value ->> 'do' <> 'set'{% if d.tree %}

        or c.value ->> 'column' in ('{{ d.tree.code }}', '{{ d.tree.level }}'){% endif %}

    ) then
      perform {{ S }}.patch_{{ d.name }}(p_unit, array(select x from pg_catalog.jsonb_array_elements_text(v_refs) as x));
    else
      perform {{ S }}.overlay_{{ d.name }}(p_unit);
    end if;
{% for c in datasets if c.current_of == d.name %}
    perform {{ S }}.overlay_{{ c.name }}(u.id) from greenroom.unit as u where u.scope_id = v_unit.scope_id and u.dataset = '{{ c.name }}' and u.state in ('sealed', 'held', 'ready');
{% endfor %}
  end if;
{% endfor %}
  if v_refs is null then
    perform greenroom.refuse(pg_catalog.format('%s is not corrected by hand', v_unit.dataset), '[]', 'correct what it is made from');
  end if;
  return {{ S }}.edits_answer(array[p_unit], v_refs);
end
$$;
comment on function {{ S }}.change_unit(bigint, jsonb, text, text) is 'Edits rows of a pending unit, or refuses with both values when somebody was faster.';

-- Edits taken back, put back, or kept against what the source says now.
create function {{ S }}.settle_edits(p_scope integer, p_withdraw bigint[], p_restore bigint[], p_keep bigint[], p_by text, p_why text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_edit greenroom.edit;
  v_unit bigint;
  v_units bigint[] := '{}';
  v_gesture uuid := pg_catalog.gen_random_uuid();
  v_missing text;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  perform {{ S }}.begin_edits();
  select pg_catalog.string_agg(x::text, ', ')
  into v_missing
  from pg_catalog.unnest(p_withdraw || p_restore || p_keep) as x
  where not exists (select from greenroom.edit as e where e.id = x and e.scope_id = p_scope);
  if v_missing is not null then
    perform greenroom.refuse('there is no such edit here: ' || v_missing, '[]', 'see them: greenroom edits TARGET');
  end if;

  for v_edit in select e.* from greenroom.edit as e where e.id = any (p_withdraw) order by e.id desc loop
    if v_edit.state not in ('in force', 'conflict') then
      continue;
    end if;
    v_unit := {{ S }}.open_unit(p_scope, v_edit.dataset, v_edit.unit_key, p_by);
    if v_edit.action = 'add' then
      perform {{ S }}.drop_edits(v_unit, v_edit.row_ref, p_by, p_why, v_gesture);
    else
      update greenroom.edit as e
      set state = 'withdrawn', settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = p_why, theirs = null
      where e.id = v_edit.id;
      insert into pg_temp.edits_touched (id, what) values (v_edit.id, 'replaced');
    end if;
    v_units := v_units || v_unit;
  end loop;

  for v_edit in select e.* from greenroom.edit as e where e.id = any (p_restore) order by e.id loop
    if v_edit.state in ('in force', 'conflict') then
      continue;
    end if;
    v_unit := {{ S }}.open_unit(p_scope, v_edit.dataset, v_edit.unit_key, p_by);
    with other as (
      update greenroom.edit as e
      set state = 'replaced', settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = p_why, theirs = null
      where e.scope_id = p_scope
        and e.dataset = v_edit.dataset
        and e.unit_key = v_edit.unit_key
        and e.row_ref = v_edit.row_ref
        and e.action = v_edit.action
        and e.column_name is not distinct from v_edit.column_name
        and e.state in ('in force', 'conflict')
      returning e.id
    )
    insert into pg_temp.edits_touched (id, what)
    select o.id, 'replaced' from other as o;
    update greenroom.edit as e
    set state = 'in force', unit_id = v_unit, settled_by = null, settled_at = null, settled_why = null
    where e.id = v_edit.id;
    insert into pg_temp.edits_touched (id, what) values (v_edit.id, 'made');
    v_units := v_units || v_unit;
  end loop;

  for v_edit in select e.* from greenroom.edit as e where e.id = any (p_keep) and e.state = 'conflict' order by e.id loop
    v_unit := {{ S }}.open_unit(p_scope, v_edit.dataset, v_edit.unit_key, p_by);
    if v_edit.action = 'add' then
      -- the source has the row now, with other values: ours are put over them
      update greenroom.edit as e
      set state = 'adopted', settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = p_why
      where e.id = v_edit.id;
      perform {{ S }}.put_edit(v_unit, v_edit.row_ref, v_edit.label, 'set', v.key, v_edit.theirs -> v.key, v.value, p_by, p_why, v_gesture)
      from pg_catalog.jsonb_each(v_edit.value) as v
      where v_edit.theirs ? v.key
        -- the source's place stands
        and v.key <> all (array[{% for d in datasets if d.tree %}'{{ d.tree.parent }}'{{ ", " if not loop.last }}{% endfor %}]::text[])
        and v.value is distinct from v_edit.theirs -> v.key;
    elsif v_edit.theirs is null then
      perform greenroom.refuse(
        pg_catalog.format('%s is not in the source any more: there is nothing to correct', v_edit.label), '[]',
        'withdraw the edit, or add the row'
      );
    else
      perform {{ S }}.put_edit(v_unit, v_edit.row_ref, v_edit.label, v_edit.action, v_edit.column_name, v_edit.theirs, v_edit.value, p_by, p_why, v_gesture);
    end if;
    v_units := v_units || v_unit;
  end loop;

  v_units := array(select distinct x from pg_catalog.unnest(v_units) as x);
  perform {{ S }}.refresh_unit(x) from pg_catalog.unnest(v_units) as x;
  return {{ S }}.edits_answer(v_units);
end
$$;
comment on function {{ S }}.settle_edits(integer, bigint[], bigint[], bigint[], text, text) is 'Withdraws, restores or keeps edits.';

-- The rows of any unit.
create function {{ S }}.unit_rows(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
returns table (ref text, row_no integer, state text, label text, parent_ref text, "position" text, "values" jsonb, source jsonb, edited jsonb)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_dataset text := (select u.dataset from greenroom.unit as u where u.id = p_unit);
begin
{% for d in datasets %}
  if v_dataset = '{{ d.name }}' then
    return query select * from {{ S }}.rows_{{ d.name }}(p_unit, p_ref, p_rows, p_keys);
  end if;
{% endfor %}
end
$$;
comment on function {{ S }}.unit_rows(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named, with what edits did to them.';
