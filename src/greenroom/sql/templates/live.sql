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
