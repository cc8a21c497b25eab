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
-- The gate, the promotion, the undoing: one way to production for every dataset of {{ pack }}.
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

-- Rows changed by another hand since the last release, for the units of a scope.
create function {{ S }}.drifted(p_scope integer, p_only text default null)
returns setof greenroom.drift
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select f.*
  from greenroom.drift as f
  where f.pack = '{{ pack }}'
    and exists (
      select from greenroom.published as p
      where p.scope_id = p_scope
{% if root %}
        and p.root_id = f.root_id
        and (p_only is null or p.key[1] = p_only)
{% else %}
        and p.dataset = f.dataset
        and (p_only is null or f.key is null or {{ "p_only = any (f.key)" if landing == "file" else "f.key[1] = p_only" }})
{% endif %}
    )
$$;
comment on function {{ S }}.drifted(integer, text) is 'Hand-made changes of source columns in a scope.';

create function {{ S }}.refuse_drift(p_scope integer, p_only text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rows jsonb;
  v_name text;
begin
  select pg_catalog.jsonb_agg(
    pg_catalog.jsonb_build_object(
      'check', 'drift', 'severity', 'error', 'dataset', f.dataset, 'row_key', pg_catalog.array_to_string(f.identity, ' '),
      'message', pg_catalog.format('%s of %s %s by %s at %s', pg_catalog.lower(f.operation), f.dataset,
        pg_catalog.array_to_string(f.identity, ' '), f.changed_by, pg_catalog.date_trunc('second', f.changed_at))
    ) order by f.id
  )
  into v_rows
  from (select * from {{ S }}.drifted(p_scope, p_only) as d order by d.id limit 50) as f;
  if v_rows is not null then
    select c.name into v_name from greenroom.scope as c where c.id = p_scope;
    perform greenroom.refuse(
      pg_catalog.format('%s was changed by hand since its last release (%s changes)', v_name,
        (select pg_catalog.count(*) from {{ S }}.drifted(p_scope, p_only))),
      v_rows,
      pg_catalog.format('keep the changes: greenroom drift "%1$s" --adopt   ·   take them back: greenroom drift "%1$s" --revert', v_name)
    );
  end if;
end
$$;
comment on function {{ S }}.refuse_drift(integer, text) is 'Refuses, with the rows, when somebody changed source columns by hand.';

-- Units, roots, resolved rows and plans, in temporary tables of this transaction. Writes nothing else.
create function {{ S }}.plan(p_scope integer, p_units bigint[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
set work_mem = '32MB'
as $$
begin
  perform {{ S }}.own_tables();
  drop table if exists pg_temp.entering, pg_temp.touched, pg_temp.root, pg_temp.fresh{% for d in datasets %}, pg_temp.plan_{{ d.name }}, pg_temp.resolved_{{ d.name }}{% endfor %};
{% if root %}
  create temporary table root on commit drop as
  select k.key, coalesce(f.id, pg_catalog.gen_random_uuid()) as id, f.id is null as is_new, coalesce(p.{{ root.live }} and p.retired_at is null, false) as is_live
  from (select distinct u.key from greenroom.unit as u where u.id = any (p_units)) as k
  left join lateral {{ S }}.find_root(p_scope, k.key) as f (id) on true
  left join {{ root.table }} as p on p.id = f.id;
  analyze pg_temp.root;
{% endif %}
  create temporary table entering on commit drop as
  select
    u.id as unit_id, u.dataset, u.key, u.complete, u.hash, u.row_count,
{% if root %}
    r.id as root_id,
    not r.is_live as lands
{% else %}
    null::uuid as root_id,
    true as lands
{% endif %}
  from greenroom.unit as u
{% if root %}
  join pg_temp.root as r on r.key = u.key
{% endif %}
  where u.id = any (p_units);
  analyze pg_temp.entering;
{% if landing == "file" %}
  -- units of which production holds nothing: their rows are compared with none
  create temporary table fresh (unit_id bigint, dataset text) on commit drop;
{% endif %}
{% for d in datasets %}
  if exists (select from pg_temp.entering as e where e.dataset = '{{ d.name }}') then
{% if landing == "file" %}
    perform {{ S }}.note_fresh_{{ d.name }}(p_scope);
{% endif %}
    perform {{ S }}.resolve_{{ d.name }}(p_scope);
    perform {{ S }}.diff_{{ d.name }}();
  end if;
{% endfor %}
end
$$;
comment on function {{ S }}.plan(integer, bigint[]) is 'Resolves and diffs these units into pg_temp.plan_*: what a promotion would do.';

-- A part makes no room: a code that it gives to one row and production to another is for a whole edition to settle.
create function {{ S }}.refuse_taken()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rows jsonb;
begin
{% for d in datasets if d.tree %}
  if exists (select from pg_temp.entering as e where e.dataset = '{{ d.name }}' and not e.complete) then
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', 'code_taken', 'severity', 'error', 'dataset', '{{ d.name }}',
      'row_key', pl.{{ d.tree.code }}, 'message', pg_catalog.format('%s is %L here and %L in production, which this part leaves where it is',
        pl.{{ d.tree.code }}, pl.{{ d.tree.name }}, p.{{ d.tree.name }})) order by pl.{{ d.tree.code }})
    into v_rows
    from pg_temp.plan_{{ d.name }} as pl
    join {{ d.table }} as p on p.{{ d.root_column }} = pl.{{ d.root_column }} and p.{{ d.tree.code }} = pl.{{ d.tree.code }} and p.retired_at is null
    where pl.op in ('insert', 'update')
      and not exists (select from pg_temp.plan_{{ d.name }} as o where o.id = p.id);
    if v_rows is not null then
      perform greenroom.refuse('a part of a specification renumbers what it does not hold', v_rows, 'stage the whole specification');
    end if;
  end if;
{% endfor %}
end
$$;
comment on function {{ S }}.refuse_taken() is 'Refuses a part that gives a row the code of one it does not hold.';

-- All changes of the plan, datasets in order.
create function {{ S }}.changes()
returns table (dataset text, op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform {{ S }}.own_tables();
{% for d in datasets %}
  if pg_catalog.to_regclass('pg_temp.plan_{{ d.name }}') is not null then
    return query select '{{ d.name }}'::text, c.* from {{ S }}.changes_{{ d.name }}() as c;
  end if;
{% endfor %}
end
$$;
comment on function {{ S }}.changes() is 'The plan in before and after; call {{ S }}.plan first, in the same transaction.';

-- What production holds of pg_temp.touched.
create function {{ S }}.digest()
returns table (dataset text, key text[], row_count bigint, hash text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform {{ S }}.own_tables();
{% for d in datasets %}
  if exists (select from pg_temp.touched as t where t.dataset = '{{ d.name }}') then
    return query select '{{ d.name }}'::text, g.* from {{ S }}.digest_{{ d.name }}() as g;
  end if;
{% endfor %}
end
$$;
comment on function {{ S }}.digest() is 'Counts and hashes of the touched units as production has them.';

-- The plan becomes production: before-images, park, upsert down the datasets, retire up them.
create function {{ S }}.apply(p_release bigint)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_counts jsonb := '{}';
  v_one jsonb;
  v_gone record;
{% if landing == "file" %}
  v_filled bigint := 0;
{% endif %}
begin
  perform {{ S }}.own_tables();
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform greenroom.refuse('a promotion needs isolation level read committed', '[]',
      'begin the transaction without an isolation level: a frozen snapshot cannot see who begins to point at a row');
  end if;
  perform pg_catalog.set_config('greenroom.applying', pg_catalog.pg_current_xact_id()::text, true);
{% for d in datasets %}
  if pg_catalog.to_regclass('pg_temp.plan_{{ d.name }}') is not null then
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where pl.op in ('insert', 'restore')),
      'updated', pg_catalog.count(*) filter (where pl.op = 'update')
{% if d.tree %}
      , 'by_level', coalesce((
        select pg_catalog.jsonb_object_agg(l.level, l.n)
        from (select pl.{{ d.tree.level }} as level, pg_catalog.count(*) as n from pg_temp.plan_{{ d.name }} as pl where pl.op <> 'retire' group by 1) as l
      ), '{}')
{% endif %}
    )
    into v_one
    from pg_temp.plan_{{ d.name }} as pl;
{% if landing == "file" %}
    if pg_catalog.to_regclass('pg_temp.fresh') is not null then
      v_filled := {{ S }}.fill_{{ d.name }}(p_release);
      v_one := v_one || pg_catalog.jsonb_build_object('inserted', (v_one ->> 'inserted')::bigint + v_filled);
    end if;
{% endif %}
    v_counts := v_counts || pg_catalog.jsonb_build_object('{{ d.name }}', v_one);
    if exists (select from pg_temp.plan_{{ d.name }}){{ " or v_filled > 0" if landing == "file" }} then
      perform {{ S }}.remember_{{ d.name }}(p_release);
      perform {{ S }}.upsert_{{ d.name }}(p_release);
      -- a table that was empty is analysed once it is not: plans made for nothing never finish
      if (v_one ->> 'inserted')::bigint > 5000
        and (select c.reltuples from pg_catalog.pg_class as c where c.oid = '{{ d.table_regclass }}'::regclass) < (v_one ->> 'inserted')::bigint
      then
        analyze {{ d.table }};
      end if;
    end if;
  end if;
{% endfor %}
{% for d in datasets | reverse %}
  if pg_catalog.to_regclass('pg_temp.plan_{{ d.name }}') is not null then
    select * into v_gone from {{ S }}.retire_{{ d.name }}(p_release);
    v_counts := pg_catalog.jsonb_set(v_counts, '{ {{- d.name -}} }', v_counts -> '{{ d.name }}'
      || pg_catalog.jsonb_build_object('deleted', v_gone.deleted, 'retired', v_gone.retired));
  end if;
{% endfor %}
  perform pg_catalog.set_config('greenroom.applying', '', true);
{% if landing == "file" %}
  drop table if exists pg_temp.fresh;
{% endif %}
  return v_counts;
end
$$;
comment on function {{ S }}.apply(bigint) is 'The only writer of production.';

-- After apply: what production holds equals what was sealed, or nothing happened at all.
create function {{ S }}.settle(p_scope integer, p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_wrong text;
begin
  drop table if exists pg_temp.touched, pg_temp.held_now;
  create temporary table touched on commit drop as
  select e.* from pg_temp.entering as e where e.lands;
  -- a change by hand that was under way when we began has ended by now, or waits for us
  perform {{ S }}.refuse_drift(p_scope, t.only) from (select distinct t.key[1] as only from pg_temp.touched as t) as t;
  create temporary table held_now on commit drop as
  select g.* from {{ S }}.digest() as g;
  analyze pg_temp.touched, pg_temp.held_now;
  select pg_catalog.string_agg(pg_catalog.format('%s %s', t.dataset, pg_catalog.array_to_string(t.key, ' ')), ', ')
  into v_wrong
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  where t.complete
    and n.hash <> t.hash;
{% for d in datasets %}
  if exists (select from pg_temp.touched as t where t.dataset = '{{ d.name }}' and not t.complete) then
    v_wrong := pg_catalog.concat_ws(', ', v_wrong, {{ S }}.unmet_{{ d.name }}());
  end if;
{% endfor %}
  if v_wrong <> '' then
    raise exception using
      errcode = 'XX000',
      message = pg_catalog.format('after applying, production differs from the batch in %s; nothing was changed', v_wrong),
      hint = 'this is a defect of Greenroom: keep the batch and report it';
  end if;

  insert into greenroom.release_unit (release_id, dataset, key, root_id, unit_id, unit_before, hash_before, hash_after, complete, complete_before)
  select p_release, t.dataset, t.key, t.root_id, t.unit_id, p.unit_id, p.hash, n.hash, t.complete, p.complete
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = t.dataset and {{ "p.root_id = t.root_id" if root else "p.key = t.key" }}
  on conflict (release_id, dataset, key) do update set hash_after = excluded.hash_after;
{% if root %}
  -- what was done by hand before a subject was first published belongs to nobody's release
  delete from greenroom.drift as f
  using pg_temp.touched as t
  where f.pack = '{{ pack }}'
    and f.root_id = t.root_id
    and not exists (select from greenroom.published as p where p.scope_id = p_scope and p.root_id = t.root_id);
  -- a version that got its name moves to another key with all that is published of it
  delete from greenroom.published as p
  using pg_temp.touched as t
  where p.scope_id = p_scope
    and p.dataset = t.dataset
    and p.root_id = t.root_id
    and p.key <> t.key;
  update greenroom.published as p
  set key = t.key
  from (select distinct t.root_id, t.key from pg_temp.touched as t) as t
  where p.scope_id = p_scope
    and p.root_id = t.root_id
    and p.key <> t.key;
{% endif %}
  insert into greenroom.published as p (scope_id, dataset, key, root_id, unit_id, release_id, complete, row_count, hash)
  select p_scope, t.dataset, t.key, t.root_id, t.unit_id, p_release, t.complete, n.row_count, n.hash
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  on conflict (scope_id, dataset, key) do update
  set
    root_id = excluded.root_id,
    unit_id = excluded.unit_id,
    release_id = excluded.release_id,
    complete = p.complete or excluded.complete,
    row_count = excluded.row_count,
    hash = excluded.hash;
  update greenroom.unit as u
  set
    state = 'promoted',
    release_id = p_release
  from pg_temp.touched as t
  where u.id = t.unit_id;
  perform {{ S }}.adopt_edits(array(select t.unit_id from pg_temp.touched as t));
{% if root %}
  perform {{ S }}.mark_stale(p_scope);
{% endif %}
end
$$;
comment on function {{ S }}.settle(integer, bigint) is 'Verifies the release against the batch and writes it into the ledger.';

-- What a promotion answers: counts per dataset over all units asked for, and the release they stand in.
create function {{ S }}.answer(p_scope integer, p_only text, p_release bigint, p_prepared bigint)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
    'release', coalesce(p_release, (
      select pg_catalog.max(p.release_id)
      from greenroom.published as p
      where p.scope_id = p_scope
        and (p_only is null or p.key = '{}' or {{ "p_only = any (p.key)" if landing == "file" else "p.key[1] = p_only" }})
    )),
    'written', coalesce((select r.counts from greenroom.release as r where r.id = p_release), '{}')
  )
  -- objects of their own: a function takes a hundred arguments, and a pack may have more datasets than half of that
{% for d in datasets %}
  || pg_catalog.jsonb_build_object('{{ d.name }}', coalesce((
    select pg_catalog.sum(p.row_count)
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = '{{ d.name }}'
      and (p_only is null or p.key = '{}' or {{ "p_only = any (p.key)" if landing == "file" else "p.key[1] = p_only" }})
  ), 0))
{% endfor %}
  || case
    when p_prepared is null then '{}'
    else pg_catalog.jsonb_build_object('prepared', (
      select pg_catalog.jsonb_build_object('release', r.id) || r.counts
      from greenroom.release as r
      where r.id = p_prepared
    ))
  end
$$;
comment on function {{ S }}.answer(integer, text, bigint, bigint) is 'The answer of a promotion, the same when it is asked again.';

create function {{ S }}.promote(
  p_scope integer,
  p_only text default null,
  p_live boolean default false,
  p_by text default session_user,
  p_note text default null,
  p_key uuid default null,
  p_show boolean default true
)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
set work_mem = '32MB'
as $$
declare
  v_name text;
  v_units bigint[];
  v_asked text[];
  v_same bigint[];
  v_stopping jsonb;
  v_release bigint;
  v_prepared bigint;
  v_counts jsonb;
begin
  select c.name into strict v_name from greenroom.scope as c where c.id = p_scope for update;
  select r.id into v_release from greenroom.release as r where r.idempotency_key = p_key;
  if v_release is not null then
    return {{ S }}.answer(p_scope, p_only, v_release, null);
  end if;
  perform {{ S }}.refuse_drift(p_scope, p_only);

  v_units := {{ S }}.pending(p_scope, p_only);
  if v_units = '{}' then
    if not exists (
      select from greenroom.published as p
      where p.scope_id = p_scope
        and (p_only is null or p.key = '{}' or {{ "p_only = any (p.key)" if landing == "file" else "p.key[1] = p_only" }})
    ) then
      perform greenroom.refuse(
        pg_catalog.format('nothing is staged for %s', v_name || coalesce(' ' || p_only, '')), '[]',
        pg_catalog.format('stage something first: greenroom stage "%s" --from FILE', v_name)
      );
    end if;
{% if root %}
    if p_live and p_show then
      perform {{ S }}.show(p_scope, p_only, true);
    end if;
{% endif %}
    return {{ S }}.answer(p_scope, p_only, null, null);
  end if;
{% if root %}
  -- live shows what is promoted here, not what somebody hid beside it
  v_asked := array(
    select pg_catalog.array_to_string(u.key, e'\x1f') from greenroom.unit as u where u.id = any (v_units)
  );
{% endif %}

  v_stopping := {{ S }}.gate(v_units);
  if v_stopping <> '[]' then
    perform greenroom.refuse(
      pg_catalog.format('%s is held: %s findings to decide on', v_name, pg_catalog.jsonb_array_length(v_stopping)),
      v_stopping,
      pg_catalog.format('look: {{ 'greenroom seal "%1$s" ; ' if landing == "inbox" }}greenroom report "%1$s"   ·   warnings only: greenroom approve "%1$s" --by NAME --note TEXT, then promote again', v_name)
    );
  end if;

  -- what production already holds is only noted
  v_same := array(
    select u.id
    from greenroom.unit as u
    join greenroom.published as p on p.scope_id = p_scope and p.dataset = u.dataset and p.key = u.key
    where u.id = any (v_units)
      and u.hash = p.hash
      and (p.complete or not u.complete)
  );
  if v_same <> '{}' then
    update greenroom.unit as u
    set
      state = 'promoted',
      release_id = p.release_id
    from greenroom.published as p
    where u.id = any (v_same)
      and p.scope_id = p_scope
      and p.dataset = u.dataset
      and p.key = u.key;
    perform {{ S }}.adopt_edits(v_same);
    v_units := array(select x from pg_catalog.unnest(v_units) as x except select x from pg_catalog.unnest(v_same) as x);
  end if;
  if v_units = '{}' then
{% if root %}
    if p_live and p_show then
      perform {{ S }}.show(p_scope, p_only, true, v_asked);
    end if;
{% endif %}
    return {{ S }}.answer(p_scope, p_only, null, null);
  end if;
{% if root %}

  -- a prepared release with exactly these units, made over production as it is, is the answer
  if not p_live then
    select r.id
    into v_prepared
    from greenroom.release as r
    where r.scope_id = p_scope
      and r.state = 'prepared'
      and {{ S }}.fresh(r.id)
      and (select pg_catalog.array_agg(u.unit_id order by u.unit_id) from greenroom.release_unit as u where u.release_id = r.id)
        = (select pg_catalog.array_agg(x order by x) from pg_catalog.unnest(v_units) as x);
    if v_prepared is not null then
      return {{ S }}.answer(p_scope, p_only, null, v_prepared);
    end if;
    -- one prepared release per scope: what the earlier one held is planned again with the new
    v_units := array(
      select x from pg_catalog.unnest(v_units) as x
      union
      select u.unit_id
      from greenroom.release as r
      join greenroom.release_unit as u on u.release_id = r.id
      join greenroom.unit as w on w.id = u.unit_id
      where r.scope_id = p_scope
        and r.state in ('prepared', 'stale')
        and w.state in ('sealed', 'held', 'ready')
    );
  end if;
{% endif %}
{% if root %}
  -- what is live now stays so until we are done
  perform 1
  from {{ root.table }} as s
  where s.id = any (array(select {{ S }}.find_root(p_scope, u.key) from greenroom.unit as u where u.id = any (v_units)))
  order by s.id
  for share of s;
{% endif %}
  perform {{ S }}.plan(p_scope, v_units);
  perform {{ S }}.refuse_taken();
  -- a part that production already holds is only noted
  if not exists (
    select
    from pg_temp.entering as e
    left join greenroom.published as p on p.scope_id = p_scope and p.dataset = e.dataset and p.key = e.key
    where e.complete
      or p.hash is null
  ) and not exists (select from {{ S }}.changes()) then
    update greenroom.unit as u
    set
      state = 'promoted',
      release_id = p.release_id
    from pg_temp.entering as e
    join greenroom.published as p on p.scope_id = p_scope and p.dataset = e.dataset and p.key = e.key
    where u.id = e.unit_id;
    perform {{ S }}.adopt_edits(array(select e.unit_id from pg_temp.entering as e));
{% if root %}
    if p_live and p_show then
      perform {{ S }}.show(p_scope, p_only, true, v_asked);
    end if;
{% endif %}
    return {{ S }}.answer(p_scope, p_only, null, null);
  end if;
{% if root %}
  if p_live then
    update pg_temp.entering as e set lands = true;
  end if;
  if exists (select from pg_temp.entering as e where not e.lands) then
    v_prepared := {{ S }}.prepare(p_scope, p_by, p_note);
  elsif p_only is null then
    update greenroom.release as r set state = 'withdrawn' where r.scope_id = p_scope and r.state in ('prepared', 'stale');
  end if;
{% endif %}
  if exists (select from pg_temp.entering as e where e.lands) then
    insert into greenroom.release (scope_id, kind, state, made_by, note, idempotency_key)
    values (p_scope, 'promote', 'applied', p_by, p_note, p_key)
    returning id into v_release;
    v_counts := {{ S }}.apply(v_release);
    update greenroom.release as r set counts = v_counts where r.id = v_release;
    perform {{ S }}.settle(p_scope, v_release);
    perform {{ S }}.reopen_parts(p_scope, v_release);
  end if;
{% if root %}
  if p_live and p_show then
    perform {{ S }}.show(p_scope, p_only, true, v_asked);
  end if;
{% endif %}
  return {{ S }}.answer(p_scope, p_only, v_release, v_prepared);
end
$$;
comment on function {{ S }}.promote(integer, text, boolean, text, text, uuid, boolean) is 'Promotes the pending units of a scope: all or not at all, or PT409 with the findings.';
{% if root %}

-- Production has not moved under a prepared release.
create function {{ S }}.fresh(p_release bigint)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select not exists (
    select
    from greenroom.release_unit as u
    join greenroom.release as r on r.id = u.release_id
    left join greenroom.published as p on p.scope_id = r.scope_id and p.dataset = u.dataset and p.root_id = u.root_id
    left join greenroom.unit as w on w.id = u.unit_id
    where u.release_id = p_release
      and (
        p.hash is distinct from u.hash_before
        or w.state not in ('sealed', 'held', 'ready')
        -- corrected since
        or w.hash <> u.hash_after
        or exists (select from greenroom.drift as f where f.pack = '{{ pack }}' and f.root_id = u.root_id)
      )
  )
$$;
comment on function {{ S }}.fresh(bigint) is 'Whether a prepared release still fits production.';

create function {{ S }}.mark_stale(p_scope integer)
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  update greenroom.release as r
  set state = case
    when exists (
      select
      from greenroom.release_unit as u
      join greenroom.unit as w on w.id = u.unit_id
      where u.release_id = r.id
        and w.state in ('sealed', 'held', 'ready')
    ) then 'stale'
    else 'withdrawn'
  end
  where r.scope_id = p_scope
    and r.state in ('prepared', 'stale')
    and not {{ S }}.fresh(r.id)
$$;
comment on function {{ S }}.mark_stale(integer) is 'A prepared release whose base has moved is no preview of anything; one of which nothing waits any more is done with.';

-- Changes to what is live are frozen, visible in schema preview, and land through live.
create function {{ S }}.prepare(p_scope integer, p_by text, p_note text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_prepared bigint;
  v_counts jsonb := '{}';
  v_one jsonb;
begin
  update greenroom.release as r set state = 'withdrawn' where r.scope_id = p_scope and r.state in ('prepared', 'stale');
  insert into greenroom.release (scope_id, kind, state, made_by, note)
  values (p_scope, 'promote', 'prepared', p_by, p_note)
  returning id into v_prepared;
{% for d in datasets %}
  if pg_catalog.to_regclass('pg_temp.plan_{{ d.name }}') is not null then
    with held as (
      delete from pg_temp.plan_{{ d.name }} as pl
      using pg_temp.entering as e
      where e.dataset = '{{ d.name }}'
        and not e.lands
        and e.root_id = pl.{{ d.root_column or 'id' }}
      returning pl.*
    ), kept as (
      insert into greenroom.prepared_{{ d.name }} (release_id{% for c in d.plan_columns %}, {{ c.name }}{% endfor %})
      select v_prepared{% for c in d.plan_columns %}, h.{{ c.name }}{% endfor %} from held as h
      returning op
    )
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where k.op = 'insert'),
      'updated', pg_catalog.count(*) filter (where k.op = 'update'),
      'leaving', pg_catalog.count(*) filter (where k.op = 'retire')
    )
    into v_one
    from kept as k;
    v_counts := v_counts || pg_catalog.jsonb_build_object('{{ d.name }}', v_one);
  end if;
{% endfor %}
  insert into greenroom.release_unit (release_id, dataset, key, root_id, unit_id, unit_before, hash_before, hash_after, complete, complete_before)
  select v_prepared, e.dataset, e.key, e.root_id, e.unit_id, p.unit_id, p.hash, e.hash, e.complete, p.complete
  from pg_temp.entering as e
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = e.dataset and p.root_id = e.root_id
  where not e.lands;
  update greenroom.release as r set counts = v_counts where r.id = v_prepared;
  update greenroom.unit as u
  set state = 'ready'
  from pg_temp.entering as e
  where u.id = e.unit_id
    and not e.lands;
  return v_prepared;
end
$$;
comment on function {{ S }}.prepare(integer, text, text) is 'Freezes the plan of live units as the scope''s prepared release.';

-- The prepared release lands exactly as it was frozen; when production moved it is planned again.
create function {{ S }}.land(p_scope integer, p_by text default session_user, p_key uuid default null)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
set work_mem = '32MB'
as $$
declare
  v_release bigint;
  v_counts jsonb;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  select r.id into v_release from greenroom.release as r where r.idempotency_key = p_key;
  if v_release is not null then
    return {{ S }}.answer(p_scope, null, v_release, null);
  end if;
  select r.id into v_release from greenroom.release as r where r.scope_id = p_scope and r.state in ('prepared', 'stale');
  if v_release is null then
    return null;
  end if;
  perform {{ S }}.refuse_drift(p_scope, null);
  if not {{ S }}.fresh(v_release) then
    update greenroom.release as r set state = 'withdrawn' where r.id = v_release;
    return {{ S }}.promote(p_scope, null, true, p_by, 'planned again: production moved under release ' || v_release, p_key, false);
  end if;
  perform {{ S }}.own_tables();
  drop table if exists pg_temp.entering, pg_temp.root{% for d in datasets %}, pg_temp.plan_{{ d.name }}{% endfor %};
  create temporary table entering on commit drop as
  select u.unit_id, u.dataset, u.key, u.complete, w.hash, w.row_count, u.root_id, true as lands
  from greenroom.release_unit as u
  join greenroom.unit as w on w.id = u.unit_id
  where u.release_id = v_release;
{% for d in datasets %}
  if exists (select from pg_temp.entering as e where e.dataset = '{{ d.name }}') then
    perform {{ S }}.open_plan_{{ d.name }}();
    insert into pg_temp.plan_{{ d.name }}
    select {% for c in d.plan_columns %}f.{{ c.name }}{{ ", " if not loop.last }}{% endfor %}

    from greenroom.prepared_{{ d.name }} as f
    where f.release_id = v_release;
    analyze pg_temp.plan_{{ d.name }};
  end if;
{% endfor %}
  v_counts := {{ S }}.apply(v_release);
  update greenroom.release as r
  set
    state = 'applied',
    made_at = pg_catalog.clock_timestamp(),
    made_by = p_by,
    counts = v_counts,
    idempotency_key = p_key
  where r.id = v_release;
  perform {{ S }}.settle(p_scope, v_release);
  perform {{ S }}.reopen_parts(p_scope, v_release);
  return {{ S }}.answer(p_scope, null, v_release, null);
end
$$;
comment on function {{ S }}.land(integer, text, uuid) is 'Applies the scope''s prepared release.';

-- Switches what the app sees. Lifecycle only: no source column moves.
create function {{ S }}.show(p_scope integer, p_only text, p_on boolean, p_asked text[] default null)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_switched bigint;
begin
  update {{ root.table }} as s
  set
    {{ root.live }} = p_on,
    updated_at = pg_catalog.now()
  from greenroom.published as p
  where p.scope_id = p_scope
    and p.dataset = '{{ root.name }}'
    and (p_only is null or p.key[1] = p_only)
    and (p_asked is null or pg_catalog.array_to_string(p.key, e'\x1f') = any (p_asked))
    and s.id = p.root_id
    and s.retired_at is null
{% if root.current %}
    and s.{{ root.current }}
{% endif %}
    and s.{{ root.live }} is distinct from p_on;
  get diagnostics v_switched = row_count;
  return v_switched;
end
$$;
comment on function {{ S }}.show(integer, text, boolean, text[]) is 'Sets {{ root.live }} on the current subjects of a scope.';

create function {{ S }}.shown(p_scope integer)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object('rows', pg_catalog.count(*), 'live', pg_catalog.count(*) filter (where s.{{ root.live }}))
  from greenroom.published as p
  join {{ root.table }} as s on s.id = p.root_id and s.retired_at is null
  where p.scope_id = p_scope
    and p.dataset = '{{ root.name }}'
$$;
comment on function {{ S }}.shown(integer) is 'How many subjects of a scope there are and how many the app sees.';

create function {{ S }}.live(p_scope integer, p_on boolean, p_only text default null, p_by text default session_user)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_prepared text[];
  v_landed jsonb;
  v_switched bigint;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  if not exists (select from greenroom.published as p where p.scope_id = p_scope and (p_only is null or p.key[1] = p_only)) then
    perform greenroom.refuse(
      pg_catalog.format('nothing of %s has been promoted yet',
        (select c.name from greenroom.scope as c where c.id = p_scope) || coalesce(' ' || p_only, '')), '[]',
      'promote it first: greenroom promote TARGET'
    );
  end if;
  if p_on then
    v_prepared := array(
      select distinct u.key[1]
      from greenroom.release as r
      join greenroom.release_unit as u on u.release_id = r.id
      where r.scope_id = p_scope
        and r.state in ('prepared', 'stale')
    );
    if p_only is null or v_prepared <@ array[p_only] then
      v_landed := {{ S }}.land(p_scope, p_by);
    elsif p_only = any (v_prepared) then
      -- of several, the one that was named; the others wait on, to be planned anew
      v_landed := {{ S }}.promote(p_scope, p_only, true, p_by, null, null, false);
    end if;
  end if;
  v_switched := {{ S }}.show(p_scope, p_only, p_on);
  if v_switched > 0 then
    insert into greenroom.release (scope_id, kind, state, made_by, counts)
    values (p_scope, 'live', 'applied', p_by, pg_catalog.jsonb_build_object('on', p_on, 'switched', v_switched));
  end if;
  return pg_catalog.jsonb_build_object('on', p_on, 'switched', v_switched, 'landed', v_landed);
end
$$;
comment on function {{ S }}.live(integer, boolean, text, text) is 'Shows or hides a scope; on also lands its prepared release.';
{% endif %}
