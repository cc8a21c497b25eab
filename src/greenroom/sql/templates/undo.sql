{% for d in datasets %}
-- The plan that brings rows of {{ d.name }} back to the images in pg_temp.image; a null image means: was not there.
create function {{ S }}.replan_{{ d.name }}()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform {{ S }}.open_plan_{{ d.name }}();
  insert into pg_temp.plan_{{ d.name }} (op{% for c in d.plan_source %}, {{ c }}{% endfor %}{% for c in d.life %}, {{ c.name }}{% endfor %}, stamp_created_at, stamp_release_id)
  select
    case
      when i.before is null then 'retire'
      when p.{{ d.identity[0] }} is null then 'restore'
      else 'update'
    end{% for c in d.plan_source %},
    was.{{ c }}{% endfor %}{% for c in d.life %},
    was.{{ c.name }}{% endfor %},
    was.created_at,
    was.release_id
  from pg_temp.image as i
  left join {{ d.table }} as p on {{ d.p_is_image }}
  cross join lateral pg_catalog.jsonb_populate_record(p, coalesce(i.before, '{}')) as was
  where i.dataset = '{{ d.name }}'
    and (i.before is not null or p.{{ d.identity[0] }} is not null);
  analyze pg_temp.plan_{{ d.name }};
end
$$;
comment on function {{ S }}.replan_{{ d.name }}() is 'A plan from before-images.';

{% endfor %}
{% if root %}
-- Current rows that hang on a row which is not.
create function {{ S }}.stranded()
returns table (dataset text, release_id bigint, identity text, label text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform {{ S }}.own_tables();
  return query
{% for d in datasets if d.root_column %}
  select '{{ d.name }}', p.release_id, p.id::text, {{ d.p_label }}
  from {{ d.table }} as p
  join {{ root.table }} as s on s.id = p.{{ d.root_column }}
{% if d.tree %}
  left join {{ d.table }} as parent on parent.id = p.{{ d.tree.into }}
{% endif %}
  where p.{{ d.root_column }} = any (array(select t.root_id from pg_temp.touched as t))
    and p.retired_at is null
    and (s.retired_at is not null{{ " or parent.retired_at is not null" if d.tree }})
{{ "  union all" if not loop.last else "  ;" }}
{% endfor %}
end
$$;
comment on function {{ S }}.stranded() is 'Current rows under a retired parent or subject, in the units of pg_temp.touched.';

{% endif %}
-- Undoes releases of one scope, newest first, as a new release.
create function {{ S }}.rollback(p_scope integer, p_releases bigint[], p_by text default session_user, p_note text default null, p_key uuid default null)
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
  v_rows jsonb;
  v_wrong text;
  v_detail text;
  v_first timestamptz;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  select r.id into v_release from greenroom.release as r where r.idempotency_key = p_key;
  if v_release is not null then
    return pg_catalog.jsonb_build_object('release', v_release, 'written', (select r.counts from greenroom.release as r where r.id = v_release));
  end if;
  select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', 'not_undoable', 'severity', 'error',
    'message', pg_catalog.format('release %s is %s', x.id, coalesce(r.kind || ' and ' || r.state, 'unknown'))))
  into v_rows
  from pg_catalog.unnest(p_releases) as x (id)
  left join greenroom.release as r on r.id = x.id and r.scope_id = p_scope
  where r.state is distinct from 'applied'
    or r.kind in ('live', 'revert');
  if v_rows is not null then
    perform greenroom.refuse('only applied releases of this scope can be undone', v_rows, 'see them: greenroom releases TARGET');
  end if;
  perform {{ S }}.refuse_drift(p_scope, null);
  -- a prepared release counts from when it landed, hence the moment and not the number
  select pg_catalog.min(r.made_at) into v_first from greenroom.release as r where r.id = any (p_releases);

  -- a later release that stands on rows of these would be undone unseen
  select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', 'touched_later', 'severity', 'error', 'dataset', l.dataset,
    'row_key', pg_catalog.array_to_string(l.identity, ' '),
    'message', pg_catalog.format('release %s changed %s %s afterwards', l.release_id, l.dataset, coalesce(l.label, pg_catalog.array_to_string(l.identity, ' ')))))
  into v_rows
  from (
    with later as (
      select r.id, r.made_at
      from greenroom.release as r
      where r.scope_id = p_scope
        and r.state = 'applied'
        -- undoings and takings-back leave rows as somebody else wrote them
        and r.kind not in ('rollback', 'live', 'revert')
        and r.made_at > v_first
        and r.id <> all (p_releases)
    ), earlier as (
      select r.id, r.made_at
      from greenroom.release as r
      where r.id = any (p_releases)
    )
    -- it changed what these wrote, or what these changed and put back
    select h.release_id, h.dataset, h.identity, coalesce(h.before ->> 'topic_code', h.before ->> 'subject_code') as label
    from later as r
    join greenroom.history as h on h.release_id = r.id
    where (h.before ->> 'release_id')::bigint = any (p_releases)
      or exists (
        select
        from earlier as e
        join greenroom.history as o on o.release_id = e.id and o.dataset = h.dataset and o.identity = h.identity
        where e.made_at < r.made_at
      )
{% for d in datasets %}
    union
    -- it put a row in the place of one that these removed
    select p.release_id, '{{ d.name }}', i.identity, null
    from earlier as e
    join greenroom.history as i on i.release_id = e.id and i.dataset = '{{ d.name }}'
    join {{ d.table }} as p on {{ d.p_is_image }}
    join later as r on r.id = p.release_id
    where e.made_at < r.made_at
{% if d.by_id %}
      and false
{% endif %}
{% endfor %}
    order by 1, 2, 3
    limit 50
  ) as l;
  if v_rows is not null then
    perform greenroom.refuse('a later release changed the same rows', v_rows,
      pg_catalog.format('undo the later ones too: greenroom rollback TARGET --to %s',
        coalesce((
          select pg_catalog.max(r.id) from greenroom.release as r
          where r.scope_id = p_scope and r.state = 'applied' and r.kind <> 'live'
            and r.made_at < v_first
        ), 0)));
  end if;

  perform {{ S }}.own_tables();
  drop table if exists pg_temp.image, pg_temp.entering, pg_temp.fresh, pg_temp.touched, pg_temp.renamed, pg_temp.held_now, pg_temp.root{% for d in datasets %}, pg_temp.plan_{{ d.name }}{% endfor %};
  -- the units, with what the earliest of the releases found there
{% if root %}
  -- a version that these gave its name loses it again
  create temporary table renamed on commit drop as
  select distinct on (u.root_id) u.root_id, b.key
  from greenroom.release_unit as u
  join greenroom.release as r on r.id = u.release_id
  join greenroom.unit as b on b.id = u.unit_before
  where u.release_id = any (p_releases)
    and b.key <> u.key
  order by u.root_id, r.made_at;
  update greenroom.published as p
  set key = n.key
  from pg_temp.renamed as n
  where p.scope_id = p_scope
    and p.root_id = n.root_id;
{% endif %}
  create temporary table touched on commit drop as
  select distinct on (u.dataset, {{ "u.root_id" if root else "u.key" }})
    u.dataset,
    coalesce(p.key, {{ "n.key, " if root }}u.key) as key,
    u.root_id, u.unit_before, u.hash_before, u.complete_before, r.made_at as first_at
  from greenroom.release_unit as u
  join greenroom.release as r on r.id = u.release_id
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = u.dataset and {{ "p.root_id = u.root_id" if root else "p.key = u.key" }}
{% if root %}
  left join pg_temp.renamed as n on n.root_id = u.root_id
{% endif %}
  where u.release_id = any (p_releases)
  order by u.dataset, {{ "u.root_id" if root else "u.key" }}, r.made_at;
  create temporary table image on commit drop as
  select distinct on (h.dataset, h.identity)
    h.dataset,
    h.identity,
    case
      when h.before = 'null' or (h.before ->> 'release_id')::bigint = any (p_releases) then null
      else h.before
    end as before
  from greenroom.history as h
  join greenroom.release as r on r.id = h.release_id
  where h.release_id = any (p_releases)
  order by h.dataset, h.identity, r.made_at;
  analyze pg_temp.touched;
  -- looked up row by row where the planner expects one row and gets them all
  create index on pg_temp.image (identity);
  analyze pg_temp.image;
{% for d in datasets %}
  insert into pg_temp.image (dataset, identity, before)
  select '{{ d.name }}', {{ d.p_identity_text }}, null
  from pg_temp.touched as t
  join {{ d.table }} as p on {{ d.member_touched }}
  where t.dataset = '{{ d.name }}'
    and p.release_id = any (p_releases)
    and not exists (
      select from pg_temp.image as i
      where i.dataset = '{{ d.name }}'
        and i.identity = {{ d.p_identity_text }}
    );
{% endfor %}
  analyze pg_temp.image;
{% for d in datasets %}
  if exists (select from pg_temp.image as i where i.dataset = '{{ d.name }}') then
    perform {{ S }}.replan_{{ d.name }}();
  end if;
{% endfor %}

  insert into greenroom.release (scope_id, kind, state, made_by, note, undoes, idempotency_key)
  values (p_scope, 'rollback', 'applied', p_by, p_note, p_releases, p_key)
  returning id into v_release;
  begin
    v_counts := {{ S }}.apply(v_release);
  exception
    when unique_violation or foreign_key_violation then
      get stacked diagnostics v_detail = pg_exception_detail;
      perform greenroom.refuse('a later release put other rows in the place of those that would come back',
        pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('check', 'touched_later', 'severity', 'error', 'message', sqlerrm || ': ' || v_detail)),
        'undo the later ones too: greenroom rollback TARGET --to RELEASE');
  end;
  perform {{ S }}.refuse_drift(p_scope, null);
  update greenroom.release as r set counts = v_counts where r.id = v_release;
{% if root %}
  select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', 'touched_later', 'severity', 'error', 'dataset', l.dataset,
    'row_key', l.identity, 'message', pg_catalog.format('release %s put %s %s under what would go', l.release_id, l.dataset, l.label)))
  into v_rows
  from (select * from {{ S }}.stranded() as s order by s.release_id, s.dataset, s.label limit 50) as l;
  if v_rows is not null then
    perform greenroom.refuse('a later release put rows under those that would go', v_rows,
      'undo the later ones too: greenroom rollback TARGET --to RELEASE');
  end if;
{% endif %}

  create temporary table held_now on commit drop as
  select g.* from {{ S }}.digest() as g;
  analyze pg_temp.touched, pg_temp.held_now;
  select pg_catalog.string_agg(pg_catalog.format('%s %s', t.dataset, pg_catalog.array_to_string(t.key, ' ')), ', ')
  into v_wrong
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  where case when t.hash_before is null then n.row_count > 0 else n.hash <> t.hash_before end
    and not exists (
      select
      from greenroom.release_unit as u
      join greenroom.release as r on r.id = u.release_id
      where u.dataset = t.dataset
        and {{ "u.root_id = t.root_id" if root else "u.key = t.key" }}
        and r.scope_id = p_scope
        and r.state = 'applied'
        and r.made_at > t.first_at
        and r.id <> all (p_releases)
        and r.id <> v_release
    );
  if v_wrong is not null then
    raise exception using
      errcode = 'XX000',
      message = pg_catalog.format('after undoing, production differs from what it was in %s; nothing was changed', v_wrong),
      hint = 'this is a defect of Greenroom: report it with greenroom releases';
  end if;

  insert into greenroom.release_unit (release_id, dataset, key, root_id, unit_id, unit_before, hash_before, hash_after, complete, complete_before)
  select v_release, t.dataset, t.key, t.root_id, t.unit_before, p.unit_id, p.hash, n.hash, coalesce(t.complete_before, false), p.complete
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = t.dataset and p.key = t.key;

  update greenroom.unit as u
  set state = case
    when exists (
      select from greenroom.unit as o
      where o.scope_id = u.scope_id and o.dataset = u.dataset and o.key = u.key
        and o.state in ('sealed', 'held', 'ready')
    ) or u.id <> (
      select pg_catalog.max(o.id) from greenroom.unit as o
      where o.scope_id = u.scope_id and o.dataset = u.dataset and o.key = u.key
        and o.state = 'promoted' and o.release_id = any (p_releases)
    ) then 'superseded'
    else 'ready'
  end
  where u.scope_id = p_scope
    and u.state = 'promoted'
    and u.release_id = any (p_releases);

  update greenroom.release as r set state = 'rolled back' where r.id = any (p_releases);
  -- undoing a rollback puts what it undid back in force
  update greenroom.release as r
  set state = 'applied'
  from greenroom.release as undone
  where undone.id = any (p_releases)
    and undone.kind = 'rollback'
    and r.id = any (undone.undoes)
    and r.id <> all (p_releases);
  update greenroom.unit as u
  set state = 'promoted'
  from greenroom.release as r
  where r.id = u.release_id
    and r.state = 'applied'
    and u.scope_id = p_scope
    and u.state in ('ready', 'superseded')
    and exists (
      select from greenroom.release as undone
      where undone.id = any (p_releases) and undone.kind = 'rollback' and r.id = any (undone.undoes)
    );

  delete from greenroom.published as p
  using pg_temp.touched as t, pg_temp.held_now as n
  where p.scope_id = p_scope
    and p.dataset = t.dataset and p.key = t.key
    and n.dataset = t.dataset and n.key = t.key
    and n.row_count = 0;
  insert into greenroom.published as p (scope_id, dataset, key, root_id, unit_id, release_id, complete, row_count, hash)
  select
    p_scope, t.dataset, t.key, t.root_id,
    case when l.stands then o.unit_id else t.unit_before end,
    v_release,
    case when l.stands then o.complete else coalesce(t.complete_before, false) end,
    n.row_count,
    n.hash
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  left join greenroom.published as o on o.scope_id = p_scope and o.dataset = t.dataset and o.key = t.key
  -- a later release that touched other rows of the unit is still in force
  cross join lateral (
    select o.unit_id is not null and exists (
      select
      from greenroom.release_unit as u
      join greenroom.release as r on r.id = u.release_id
      where u.dataset = t.dataset
        and {{ "u.root_id = t.root_id" if root else "u.key = t.key" }}
        and r.scope_id = p_scope
        and r.state = 'applied'
        and r.kind not in ('rollback', 'live', 'revert')
        and r.made_at > t.first_at
    ) as stands
  ) as l
  where n.row_count > 0
  on conflict (scope_id, dataset, key) do update
  set
    unit_id = excluded.unit_id,
    complete = excluded.complete,
    release_id = excluded.release_id,
    row_count = excluded.row_count,
    hash = excluded.hash;
{% if root %}
  perform {{ S }}.mark_stale(p_scope);
{% endif %}
  return pg_catalog.jsonb_build_object('release', v_release, 'undone', pg_catalog.to_jsonb(p_releases), 'written', v_counts);
end
$$;
comment on function {{ S }}.rollback(integer, bigint[], text, text, uuid) is 'Brings rows back to their before-images as a new release; refused when a later release stands on them.';

-- Hand-made changes become a release of their own, or are taken back by one.
create function {{ S }}.settle_drift(p_scope integer, p_adopt boolean, p_by text default session_user, p_note text default null)
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
  v_counts jsonb := '{}';
  v_found bigint;
  v_rows bigint;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  perform {{ S }}.own_tables();
  drop table if exists pg_temp.image, pg_temp.fresh, pg_temp.drifting, pg_temp.touched, pg_temp.held_now{% for d in datasets %}, pg_temp.plan_{{ d.name }}{% endfor %};
  create temporary table drifting on commit drop as select f.* from {{ S }}.drifted(p_scope, null) as f;
  get diagnostics v_found = row_count;
  if v_found = 0 then
    return pg_catalog.jsonb_build_object('changes', 0);
  end if;
  create temporary table image on commit drop as
  select distinct on (f.dataset, f.identity) f.dataset, f.identity, f.before
  from pg_temp.drifting as f
  order by f.dataset, f.identity, f.id;
  create temporary table touched on commit drop as
{% if root %}
  select k.dataset, k.key, k.root_id, p.unit_id, coalesce(p.complete, false) as complete, p.hash
  from (
    select distinct f.dataset, f.root_id, o.key
    from pg_temp.drifting as f
    join greenroom.published as o on o.scope_id = p_scope and o.root_id = f.root_id
  ) as k
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = k.dataset and p.root_id = k.root_id;
{% else %}
  select k.dataset, k.key, null::uuid as root_id, p.unit_id, coalesce(p.complete, false) as complete, p.hash
  from (select distinct f.dataset, coalesce(f.key, '{}') as key from pg_temp.drifting as f) as k
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = k.dataset and p.key = k.key;
{% endif %}
  insert into greenroom.release (scope_id, kind, state, made_by, note)
  values (p_scope, case when p_adopt then 'adopt' else 'revert' end, 'applied', p_by, p_note)
  returning id into v_release;
  if p_adopt then
    insert into greenroom.history (release_id, dataset, identity, before)
    select v_release, i.dataset, i.identity, i.before
    from pg_temp.image as i
    where i.before is not null;
    perform pg_catalog.set_config('greenroom.applying', pg_catalog.pg_current_xact_id()::text, true);
{% for d in datasets %}
    update {{ d.table }} as p
    set release_id = v_release
    from pg_temp.image as i
    where i.dataset = '{{ d.name }}'
      and {{ d.p_is_image }};
    get diagnostics v_rows = row_count;
    v_counts := v_counts || pg_catalog.jsonb_build_object('{{ d.name }}', pg_catalog.jsonb_build_object('adopted', v_rows));
{% endfor %}
    perform pg_catalog.set_config('greenroom.applying', '', true);
    -- what was changed by hand since takes the place of what was said of the same row
    update greenroom.edit as e
    set state = 'replaced', theirs = null, settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = 'changed by hand, and adopted'
    from pg_temp.image as i
    where e.scope_id = p_scope
      and e.dataset = i.dataset
      and e.row_ref in (i.identity[1], i.identity::text)
      and e.state in ('in force', 'conflict');
  else
{% for d in datasets %}
    if exists (select from pg_temp.image as i where i.dataset = '{{ d.name }}') then
      perform {{ S }}.replan_{{ d.name }}();
    end if;
{% endfor %}
    v_counts := {{ S }}.apply(v_release);
    if exists (select from {{ S }}.drifted(p_scope, null) as f where f.id not in (select g.id from pg_temp.drifting as g)) then
      perform greenroom.refuse('somebody changed rows by hand at the same time', '[]', 'look again: greenroom drift TARGET');
    end if;
  end if;
  create temporary table held_now on commit drop as
  select g.* from {{ S }}.digest() as g;
  insert into greenroom.release_unit (release_id, dataset, key, root_id, unit_id, unit_before, hash_before, hash_after, complete, complete_before)
  select v_release, t.dataset, t.key, t.root_id, t.unit_id, t.unit_id, t.hash, n.hash, t.complete, t.complete
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key;
  insert into greenroom.published as p (scope_id, dataset, key, root_id, unit_id, release_id, complete, row_count, hash)
  select p_scope, t.dataset, t.key, t.root_id, t.unit_id, v_release, t.complete, n.row_count, n.hash
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  where n.row_count > 0
    or t.hash is not null
  on conflict (scope_id, dataset, key) do update
  set
    hash = excluded.hash,
    row_count = excluded.row_count,
    release_id = excluded.release_id;
  update greenroom.release as r set counts = v_counts where r.id = v_release;
  delete from greenroom.drift as f using pg_temp.drifting as g where f.id = g.id;
{% if root %}
  perform {{ S }}.mark_stale(p_scope);
{% endif %}
  return pg_catalog.jsonb_build_object('release', v_release, 'changes', v_found, 'written', v_counts);
end
$$;
comment on function {{ S }}.settle_drift(integer, boolean, text, text) is 'Adopts hand-made changes as a release, or takes them back by one.';
