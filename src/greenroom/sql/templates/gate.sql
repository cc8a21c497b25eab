{# What stops units, from all that was found on them: `found` is not waived, not approved after it was seen. -#}
{% macro decided() -%}
seen as (
    select f.unit_id, pg_catalog.md5(pg_catalog.string_agg(f.check_name || ':' || f.message, e'\n' order by f.check_name, f.message)) as digest
    from found as f
    where not f.waived
    group by f.unit_id
  ), verdict as (
    select distinct on (u.id) u.id as unit_id, a.verdict, a.findings_seen, a.decided_by, a.note
    from greenroom.unit as u
    join greenroom.approval as a
      on a.scope_id = u.scope_id
      and a.dataset = u.dataset
      and a.unit_key = u.key
      and a.unit_hash = u.hash
    where u.id = any (p_units)
      -- where two decide, an author's approval is none
      and (a.verdict = 'rejected' or greenroom.may_approve('{{ pack }}', u.id, a.decided_by))
    order by u.id, a.id desc
  ), stopping as (
    select f.dataset, f.unit_key, f.check_name, f.severity, f.message, f.row_key, f.position
    from found as f
    join seen as s on s.unit_id = f.unit_id
    left join verdict as v on v.unit_id = f.unit_id
    where not f.waived
      and (
        f.severity = 'error'
        or v.verdict is distinct from 'approved'
        or v.findings_seen <> s.digest
      )
    union all
    select u.dataset, u.key, 'rejected', 'error', pg_catalog.format('rejected by %s: %s', v.decided_by, v.note), null, null
    from verdict as v
    join greenroom.unit as u on u.id = v.unit_id
    where v.verdict = 'rejected'
    union all
    -- where two decide, what somebody edited waits for somebody else, clean or not
    select u.dataset, u.key, 'second_person', 'warning',
      pg_catalog.format('edited by %s: somebody else has to approve it', e.names), null, null
    from greenroom.unit as u
    cross join lateral (
      select pg_catalog.string_agg(e.name, ', ' order by e.name) as names from greenroom.editors(u.id) as e
    ) as e
    left join verdict as v on v.unit_id = u.id
    where u.id = any (p_units)
      and greenroom.people('{{ pack }}') = 2
      and e.names is not null
      and v.verdict is null
  )
{%- endmacro %}
{% macro stopping(into='') %}
  select coalesce(
    pg_catalog.jsonb_agg(
      pg_catalog.jsonb_build_object(
        'dataset', s.dataset,
        'unit', pg_catalog.to_jsonb(s.unit_key),
        'check', s.check_name,
        'severity', s.severity,
        'message', s.message,
        'row_key', s.row_key,
        'position', s.position
      )
      order by s.severity, s.dataset, s.unit_key, s.check_name, s.message
    ),
    '[]'
  )
{% if into %}
  into {{ into }}
{% endif %}
  from stopping as s
{%- endmacro %}
-- The gate: what was found on the units of {{ pack }}, who decided what, and what stops them.
create function {{ S }}.own_tables()
returns void
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select greenroom.refuse_foreign_temp(array[
    'entering', 'touched', 'held_now', 'root', 'image', 'drifting', 'renamed', 'fresh'{% for d in datasets %},
    'slice_{{ d.name }}', 'plan_{{ d.name }}', 'resolved_{{ d.name }}', 'leaving_{{ d.name }}', 'standing_{{ d.name }}', 'searching_{{ d.name }}', 'renamed_{{ d.name }}', 'resolving_{{ d.name }}', 'frontier_{{ d.name }}'{% endfor %}

  ])
$$;
comment on function {{ S }}.own_tables() is 'Refuses when a temporary table of ours would be somebody else''s.';

create function {{ S }}.scope_id(p_keys text[])
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id integer;
begin
  select c.id into v_id from greenroom.scope as c where c.pack = '{{ pack }}' and c.keys = p_keys;
  if v_id is null then
    insert into greenroom.scope (pack, keys, name)
    values ('{{ pack }}', p_keys, pg_catalog.array_to_string(p_keys, ' '))
    on conflict (pack, keys) do nothing;
    select c.id into strict v_id from greenroom.scope as c where c.pack = '{{ pack }}' and c.keys = p_keys;
  end if;
  return v_id;
end
$$;
comment on function {{ S }}.scope_id(text[]) is 'The ledger''s row of a scope, made when it is first named.';

-- Units of a scope that wait to be promoted.
create function {{ S }}.pending(p_scope integer, p_only text default null)
returns bigint[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(pg_catalog.array_agg(u.id order by u.id), '{}')
  from greenroom.unit as u
  where u.scope_id = p_scope
    and u.state in ('sealed', 'held', 'ready')
    and (
      p_only is null
      or {{ "p_only = any (u.key)" if landing == "file" else "u.key[1] = p_only" }}
      -- the current table goes with the period that it repeats
      or u.key = '{}' and p_only = coalesce((
        select pg_catalog.max(o.key[1]) from greenroom.unit as o
        where o.batch_id = u.batch_id and o.complete and o.key <> '{}'
      ), p_only)
    )
$$;
comment on function {{ S }}.pending(integer, text) is 'Units that wait to be promoted, all or those of one subject or period.';

create function {{ S }}.findings(p_units bigint[])
returns table (unit_id bigint, dataset text, unit_key text[], check_name text, severity text, message text, row_key text, "position" text, waived boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set work_mem = '32MB'
as $$
  with found as (
{% for d in datasets %}
    select c.*
    from {{ S }}.check_{{ d.name }}(p_units) as c
    where exists (select from greenroom.unit as u where u.id = any (p_units) and u.dataset = '{{ d.name }}')
    union all
{% endfor %}
{% if root %}
    -- a subject nobody could read anything of
    select u.id, 'no_{{ leaf }}', 'error',
      pg_catalog.format('%s has no {{ leaf }}, neither in this batch nor in production', pg_catalog.array_to_string(u.key, ' ')),
      null, null
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset = '{{ root.name }}'
      and not exists (
        select from greenroom.unit as o
        where o.scope_id = u.scope_id
          and o.dataset = '{{ leaf }}'
          and o.key = u.key
          and o.state in ('sealed', 'held', 'ready')
      )
      and not exists (
        select from greenroom.published as p
        where p.scope_id = u.scope_id
          and p.dataset = '{{ leaf }}'
          and p.root_id = {{ S }}.find_root(u.scope_id, u.key)
          and p.row_count > 0
      )
    union all
    select u.id, 'no_{{ root.name }}', 'error',
      pg_catalog.format('%s is neither in this batch nor in production', pg_catalog.array_to_string(u.key, ' ')),
      null, null
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset <> '{{ root.name }}'
      and not exists (
        select from greenroom.unit as o
        where o.id = any (p_units)
          and o.scope_id = u.scope_id
          and o.dataset = '{{ root.name }}'
          and o.key = u.key
      )
      and {{ S }}.find_root(u.scope_id, u.key) is null
    union all
{% endif %}
    -- what was undone does not come back unseen
    select u.id, 'rolled_back', 'warning',
      pg_catalog.format('this content was promoted by release %s, which was rolled back', pg_catalog.max(r.id)),
      null, null
    from greenroom.unit as u
    join greenroom.unit as o
      on o.scope_id = u.scope_id
      and o.dataset = u.dataset
      and o.key = u.key
      and o.hash = u.hash
    join greenroom.release as r on r.id = o.release_id and r.state = 'rolled back'
    where u.id = any (p_units)
    group by u.id
    union all
    -- a correction and its source say different things: somebody decides
    select u.id, 'edit_conflict', 'error',
      pg_catalog.format('%s of %s: %s said %s instead of %s, the source says %s now',
        coalesce(e.column_name, case e.action when 'parent' then 'the place' when 'order' then 'the order of the rows' when 'add' then 'the row' else 'the deletion' end),
        e.label, e.edited_by, pg_catalog.left(coalesce(e.value::text, 'nothing'), 80), pg_catalog.left(coalesce(e.base::text, 'nothing'), 80), pg_catalog.left(coalesce(e.theirs::text, 'nothing'), 80)),
      e.row_ref, null
    from greenroom.unit as u
    join greenroom.edit as e on e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_key = u.key and e.state = 'conflict'
    where u.id = any (p_units)
    union all
    select f.unit_id, f.check_name, f.severity, f.message, f.row_key, f.position
    from greenroom.finding as f
    where f.unit_id = any (p_units)
      and f.found_by = 'parser'
  )
  select
    f.unit_id,
    u.dataset,
    u.key,
    f.check_name,
    f.severity,
    f.message,
    f.row_key,
    f.position,
    f.check_name <> all (array['duplicate_key', 'orphan', 'cycle', 'missing_level', 'edit_conflict', 'no_{{ root.name if root else "" }}'{% for c in never_waived %}, '{{ c }}'{% endfor %}])
      and exists (
        select from greenroom.waiver as w
        where w.scope_id = u.scope_id
          and w.dataset = u.dataset
          and w.unit_key = u.key
          and w.unit_hash = u.hash
          and w.check_name = f.check_name
          and w.until >= current_date
      )
  from found as f
  join greenroom.unit as u on u.id = f.unit_id
$$;
comment on function {{ S }}.findings(bigint[]) is 'All findings on these units, with what has been waived. Pure.';

-- The findings that stop these units: errors, rejections, warnings nobody has approved after seeing them.
create function {{ S }}.gate(p_units bigint[])
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set work_mem = '32MB'
as $$
  with found as materialized (
    select * from {{ S }}.findings(p_units) as f
  ), {{ decided() }}
{{ stopping() }}
$$;
comment on function {{ S }}.gate(bigint[]) is 'What stops these units, as JSON; [] lets them through. Pure.';

-- Writes findings and states down, for those who look later. The gate itself reads none of it.
create function {{ S }}.record_findings(p_units bigint[])
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set work_mem = '32MB'
as $$
declare
  v_stopping jsonb;
begin
  delete from greenroom.finding as f
  where f.unit_id = any (p_units)
    and f.found_by = 'check';
  -- the checks read all rows of the units: once for both, what is stored and what stops
  with found as materialized (
    select * from {{ S }}.findings(p_units) as f
  ), stored as (
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position)
    select f.unit_id, f.check_name, f.severity, f.message, f.row_key, f.position
    from found as f
    where not exists (
      select from greenroom.finding as o
      where o.unit_id = f.unit_id
        and o.found_by = 'parser'
        and o.check_name = f.check_name
        and o.message = f.message
    )
  ), {{ decided() }}
{{ stopping("v_stopping") }};
  update greenroom.unit as u
  set state = case
    when (u.dataset, pg_catalog.to_jsonb(u.key)) in (
      select s ->> 'dataset', s -> 'unit'
      from pg_catalog.jsonb_array_elements(v_stopping) as s
    ) then 'held'
    else 'ready'
  end
  where u.id = any (p_units)
    and u.state in ('sealed', 'held', 'ready');
  return v_stopping;
end
$$;
comment on function {{ S }}.record_findings(bigint[]) is 'Stores what the checks find and sets units held or ready.';

-- A decision on the pending units of a scope, bound to their hashes and to the findings seen.
create function {{ S }}.decide(p_scope integer, p_verdict text, p_by text, p_note text, p_only text default null)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[];
  v_made bigint;
begin
  -- a decision comes before a promotion or after it, never into the middle
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  v_units := {{ S }}.pending(p_scope, p_only);
  if p_verdict = 'approved' then
    perform greenroom.refuse_author('{{ pack }}', v_units, p_by);
  end if;
  insert into greenroom.approval (scope_id, dataset, unit_key, unit_hash, verdict, findings_seen, decided_by, note)
  select
    u.scope_id, u.dataset, u.key, u.hash, p_verdict,
    coalesce((
      select pg_catalog.md5(pg_catalog.string_agg(f.check_name || ':' || f.message, e'\n' order by f.check_name, f.message))
      from {{ S }}.findings(v_units) as f
      where f.unit_id = u.id
        and not f.waived
    ), ''),
    p_by, p_note
  from greenroom.unit as u
  where u.id = any (v_units);
  get diagnostics v_made = row_count;
  if p_verdict = 'rejected' then
    -- of rows opened again the corrections are all that was new: they are rejected with them
    update greenroom.edit as e
    set state = 'withdrawn', theirs = null, settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = 'rejected: ' || p_note
    from greenroom.unit as u
    join greenroom.batch as b on b.id = u.batch_id and b.origin = 'edit'
    where u.id = any (v_units)
      and e.scope_id = u.scope_id
      and e.dataset = u.dataset
      and e.unit_key = u.key
      and e.state in ('in force', 'conflict')
      and e.edited_at >= b.sealed_at;
    update greenroom.unit as u set state = 'rejected' where u.id = any (v_units);
  else
    perform {{ S }}.record_findings(v_units);
  end if;
  return v_made;
end
$$;
comment on function {{ S }}.decide(integer, text, text, text, text) is 'Approves or rejects the pending units as they stand.';

create function {{ S }}.waive(p_scope integer, p_check text, p_by text, p_why text, p_until date, p_only text default null)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[];
  v_made bigint;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  v_units := {{ S }}.pending(p_scope, p_only);
  insert into greenroom.waiver (scope_id, check_name, dataset, unit_key, unit_hash, waived_by, why, until)
  select distinct u.scope_id, f.check_name, u.dataset, u.key, u.hash, p_by, p_why, p_until
  from {{ S }}.findings(v_units) as f
  join greenroom.unit as u on u.id = f.unit_id
  where f.check_name = p_check;
  get diagnostics v_made = row_count;
  perform {{ S }}.record_findings(v_units);
  return v_made;
end
$$;
comment on function {{ S }}.waive(integer, text, text, text, date, text) is 'Sets one check aside for the pending units that it stops.';
