-- A scraper all of whose new rows cannot be read must not be told that nothing is new.
create function {{ S }}.refuse_unreadable(p_scope integer, p_only text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
  v_rows jsonb;
  v_name text;
begin
  select pg_catalog.jsonb_agg(
    pg_catalog.jsonb_build_object(
      'check', f.problem, 'severity', 'error', 'dataset', f.dataset, 'unit', pg_catalog.to_jsonb(f.unit_key),
      'message', coalesce(pg_catalog.quote_literal(f.problem_value), 'nothing') || ' is given', 'position', f.position
    ) order by f.dataset, f.position
  )
  into v_rows
  from (
{% for d in datasets %}
    select '{{ d.name }}' as dataset, i.problem, i.problem_value, i.unit_key, i.position
    from {{ S }}.inbox_{{ d.name }} as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is not null{{ "
    union all" if not loop.last }}
{% endfor %}
  ) as f
  -- what stands in quarantine already has been told
  where not exists (
    select
    from greenroom.quarantine as q
    join greenroom.batch as b on b.id = q.batch_id and b.scope_id = p_scope
    where q.dataset = f.dataset
      and q.rule = f.problem
      and q.position = f.position
      and q.value is not distinct from f.problem_value
  );
  if v_rows is not null then
    select c.name into v_name from greenroom.scope as c where c.id = p_scope;
    perform greenroom.refuse(
      pg_catalog.format('%s: no new row could be read; %s cannot be', v_name, pg_catalog.jsonb_array_length(v_rows)), v_rows,
      'correct what the scraper writes, and let it run again'
    );
  end if;
end
$$;
comment on function {{ S }}.refuse_unreadable(integer, text) is 'Refuses, with the rows, when the inbox holds only rows nobody can read.';

-- Copies a slice of the inbox into a batch: units whose content is new, nothing else.
-- p_complete is said of the datasets in p_said_of, of all when that is null; the rest stay as they were sealed.
create function {{ S }}.seal(
  p_scope integer,
  p_only text default null,
  p_source text default null,
  p_snapshot text default null,
  p_parser text default null,
  p_complete boolean default null,
  p_said_of text[] default null
)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
-- The inbox's views hide how many rows they give: joins stay linear whatever the planner believes.
set enable_nestloop = off
set jit = off
set work_mem = '32MB'
as $$
declare
  v_keys text[];
  v_first boolean;
  v_batch bigint;
  v_seen bigint;
  v_read bigint := 0;
  v_staged bigint := 0;
  v_quarantined bigint := 0;
{% for d in datasets %}
  v_{{ d.name }} jsonb;
{% endfor %}
begin
  select c.keys into strict v_keys from greenroom.scope as c where c.id = p_scope for update;
  v_first := not exists (select from greenroom.unit as u where u.scope_id = p_scope)
    and not exists (select from greenroom.published as p where p.scope_id = p_scope);
  if not v_first then
{% for d in datasets %}
    -- what {{ d.name }} would be sealed: a plain read, so that sealing the same again writes nothing
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('key', s.key))
    into v_{{ d.name }}
    from (
      select i.unit_key as key, {{ d.hash_landed }} as hash
      from {{ S }}.inbox_{{ d.name }} as i
      where i.scope_keys = v_keys
        and (p_only is null or i.unit_key[1] = p_only)
        and i.problem is null
        and i.copy = 1
      group by i.unit_key
    ) as s
    left join greenroom.unit as pending
      on pending.scope_id = p_scope
      and pending.dataset = '{{ d.name }}'
      and pending.key = s.key
      and pending.state in ('sealed', 'held', 'ready')
    left join greenroom.published as p
      on p.scope_id = p_scope
      and p.dataset = '{{ d.name }}'
      and p.key = s.key
    -- what was promoted last is not new, also when its topics were adopted by hand since
    left join greenroom.unit as last on last.id = p.unit_id
    where case
        when pending.id is not null then coalesce(pending.sealed_hash, pending.hash) <> s.hash or pending.complete <> coalesce(case when p_said_of is null or '{{ d.name }}' = any (p_said_of) then p_complete end, pending.complete)
        -- where people corrected it, the source may have come to say what is published: the corrections end then
        else s.hash is distinct from coalesce(last.sealed_hash, last.hash) and (s.hash is distinct from p.hash or last.sealed_hash <> last.hash)
      end;
{% endfor %}
    if coalesce({% for d in datasets %}v_{{ d.name }}{{ ", " if not loop.last }}{% endfor %}) is null then
      perform {{ S }}.refuse_unreadable(p_scope, p_only);
      return null;
    end if;
  end if;

  -- read once more, and only once: what is copied, counted and hashed is one look at the inbox
  perform {{ S }}.own_tables();
  drop table if exists {% for d in datasets %}pg_temp.slice_{{ d.name }}{{ ", " if not loop.last }}{% endfor %};
{% for d in datasets %}
  create temporary table slice_{{ d.name }} on commit drop as
  select
    i.unit_key,
    i.row_key,
    i.parent_row_key,
    i.position,
    nullif(i.derived, '{}') as derived,
    i.copy,
    i.problem,
    i.problem_value,
    case when i.problem is not null then coalesce(i.row_data, '{}') end as row_data{% for c in d.natural %},
    i.{{ c.name }}::{{ c.type }} as {{ c.name }}{% endfor %}

  from {{ S }}.inbox_{{ d.name }} as i
  where i.scope_keys = v_keys
    and (p_only is null or i.unit_key[1] = p_only)
    and (
      v_first
      or i.problem is not null
      or i.unit_key in (select s.key from pg_catalog.jsonb_to_recordset(v_{{ d.name }}) as s (key text[]))
    );
{% endfor %}
  if not exists (
{% for d in datasets %}
    select from pg_temp.slice_{{ d.name }} as i where i.problem is null{{ "\n    union all" if not loop.last }}
{% endfor %}
  ) then
    perform {{ S }}.refuse_unreadable(p_scope, p_only);
    return null;
  end if;

  insert into greenroom.batch (scope_id, origin, source, snapshot, parser)
  values (p_scope, 'inbox', p_source, p_snapshot, p_parser)
  returning id into v_batch;
{% for d in datasets %}

  update greenroom.unit as u
  set state = 'superseded'
  where u.scope_id = p_scope
    and u.dataset = '{{ d.name }}'
    and u.state in ('sealed', 'held', 'ready')
    and exists (
      select
      from (select distinct i.unit_key as key from pg_temp.slice_{{ d.name }} as i where i.problem is null) as s
      where s.key = u.key
        -- the version has got a name since
        or s.key[1] = u.key[1]
          and '' = any (u.key)
          and {{ S }}.find_root(p_scope, u.key) is not distinct from {{ S }}.find_root(p_scope, s.key)
    );

  insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash)
  select
    v_batch, p_scope, '{{ d.name }}', i.unit_key,
    coalesce(case when p_said_of is null or '{{ d.name }}' = any (p_said_of) then p_complete end, true),
    pg_catalog.count(*) filter (where i.problem is null),
    pg_catalog.count(*) filter (where i.problem is not null),
    {{ d.hash_slice }}
  from pg_temp.slice_{{ d.name }} as i
  where i.problem is not null
    or i.copy = 1
  group by i.unit_key
  having pg_catalog.count(*) filter (where i.problem is null) > 0;

  insert into greenroom.batch_{{ d.name }} (unit_id, row_no, row_key, parent_row_key, position, derived{% for c in d.natural %}, {{ c.name }}{% endfor %})
  select
    u.id,
    pg_catalog.row_number() over (partition by u.id),
    i.row_key,
    i.parent_row_key,
    i.position,
    i.derived{% for c in d.natural %},
    i.{{ c.name }}{% endfor %}

  from pg_temp.slice_{{ d.name }} as i
  join greenroom.unit as u on u.batch_id = v_batch and u.dataset = '{{ d.name }}' and u.key = i.unit_key
  where i.problem is null
    and i.copy = 1;
  get diagnostics v_seen = row_count;
  v_staged := v_staged + v_seen;

  insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)
  select v_batch, u.id, '{{ d.name }}', i.problem, i.problem_value, i.position, i.row_data
  from pg_temp.slice_{{ d.name }} as i
  left join greenroom.unit as u on u.batch_id = v_batch and u.dataset = '{{ d.name }}' and u.key = i.unit_key
  where i.problem is not null;
  get diagnostics v_seen = row_count;
  v_quarantined := v_quarantined + v_seen;

  select v_read + pg_catalog.count(*) into v_read from pg_temp.slice_{{ d.name }};
{% endfor %}

  -- rows of no unit of this batch are told of at its first one
  update greenroom.unit as u
  set quarantined_count = u.quarantined_count + q.n
  from (
    select pg_catalog.count(*) as n
    from greenroom.quarantine as q
    where q.batch_id = v_batch
      and q.unit_id is null
  ) as q
  where u.id = (select pg_catalog.min(o.id) from greenroom.unit as o where o.batch_id = v_batch)
    and q.n > 0;

  update greenroom.batch
  set
    read_count = v_read,
    staged_count = v_staged,
    quarantined_count = v_quarantined,
    duplicate_count = v_read - v_staged - v_quarantined
  where id = v_batch;
  drop table {% for d in datasets %}pg_temp.slice_{{ d.name }}{{ ", " if not loop.last }}{% endfor %};
  perform {{ S }}.carry_edits(v_batch);
  return v_batch;
end
$$;
comment on function {{ S }}.seal(integer, text, text, text, text, boolean, text[]) is 'Seals what the inbox holds for a scope; null when nothing in it is new.';

-- How many rows of each dataset the inbox holds for a scope.
create function {{ S }}.inbox_count(p_scope integer, p_only text default null)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
{% for d in datasets %}
    '{{ d.name }}', (
      select pg_catalog.count(*)
      from {{ S }}.inbox_{{ d.name }} as i
      where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
        and (p_only is null or i.unit_key[1] = p_only)
    ){{ "," if not loop.last }}
{% endfor %}
  )
$$;
comment on function {{ S }}.inbox_count(integer, text) is 'Rows of the inbox in a scope, per dataset.';

-- Whether the inbox holds units of a scope that production does not hold alike.
create function {{ S }}.unsealed(p_scope integer, p_only text default null, p_or_pending boolean default false)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with staged as (
{% for d in datasets %}
    select '{{ d.name }}' as dataset, i.unit_key as key, {{ d.hash_landed }} as hash
    from {{ S }}.inbox_{{ d.name }} as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is null
      and i.copy = 1
    group by i.unit_key
{{ "    union all" if not loop.last }}
{% endfor %}
  )
  select exists (
    select
    from staged as s
    left join greenroom.published as p on p.scope_id = p_scope and p.dataset = s.dataset and p.key = s.key
    left join greenroom.unit as last on last.id = p.unit_id
    left join greenroom.unit as pending
      on p_or_pending
      and pending.scope_id = p_scope
      and pending.dataset = s.dataset
      and pending.key = s.key
      and pending.state in ('sealed', 'held', 'ready')
    where s.hash is distinct from p.hash
      and s.hash is distinct from coalesce(last.sealed_hash, last.hash)
      and s.hash is distinct from coalesce(pending.sealed_hash, pending.hash)
  )
$$;
comment on function {{ S }}.unsealed(integer, text, boolean) is
  'Whether emptying the inbox would lose something that production lacks, or that no batch holds either.';
