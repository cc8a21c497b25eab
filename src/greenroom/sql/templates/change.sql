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
