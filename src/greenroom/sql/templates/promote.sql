-- The promotion: one way to production for every dataset of {{ pack }}.
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
