-- Casts what pg_temp.landing holds as text, quarantines what cannot be read, seals units whose content is new.
create function {{ S }}.seal_{{ d.name }}(
  p_scope integer,
  p_source text default null,
  p_snapshot text default null,
  p_parser text default null,
  p_complete boolean default null
)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_batch bigint;
  v_read bigint;
  v_staged bigint;
  v_quarantined bigint;
  v_cleaned jsonb;
{% if current %}
  v_newest text;
{% endif %}
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  perform greenroom.refuse_foreign_temp(array['cleaned', 'sealing', 'changed']);
  perform greenroom.refuse_strange_landing();
  drop table if exists pg_temp.cleaned, pg_temp.sealing;

  create temporary table cleaned on commit drop as
  select
    l.row_no,
    case
{% for c in d.natural if c.required %}
      when r.{{ c.name }} is null then 'missing_{{ c.name }}'
{% endfor %}
{% for c in d.natural if c.guard %}
      when r.{{ c.name }} is not null and not coalesce({{ c.guard }}, false) then 'bad_{{ c.name }}'
{% endfor %}
    end as problem,
    case
{% for c in d.natural if c.guard %}
      when r.{{ c.name }} is not null and not coalesce({{ c.guard }}, false) then l.{{ c.name }}
{% endfor %}
    end as problem_value,
{% for c in d.natural if not c.computed %}
    case when {{ c.guard or 'true' }} then v.{{ c.name }}::{{ c.type }} end as {{ c.name }}{{ "," if not loop.last or d.withheld }}
{% endfor %}
{% if d.withheld %}
    nullif(pg_catalog.array_remove(array[
{% for c in d.natural if c.missing %}
      case when r.{{ c.name }} is null and l.{{ c.name }} is not null and pg_catalog.btrim(l.{{ c.name }}) <> '' then '{{ c.name }}' end{{ "," if not loop.last }}
{% endfor %}
    ]::text[], null), '{}') as withheld
{% endif %}
  from pg_temp.landing as l
  cross join lateral (
    select
{% for c in d.natural if not c.computed %}
      {{ c.raw }} as {{ c.name }}{{ "," if not loop.last }}
{% endfor %}
    -- kept apart: pulled up, each expression would be evaluated again wherever it is named
    offset 0
  ) as r
  cross join lateral (
    select
{% for c in d.natural if not c.computed %}
      {{ c.cleaned }} as {{ c.name }}{{ "," if not loop.last }}
{% endfor %}
    offset 0
  ) as v;
  get diagnostics v_read = row_count;
  select pg_catalog.count(*) into v_quarantined from pg_temp.cleaned as c where c.problem is not null;

  create temporary table sealing on commit drop as
  select{% for c in d.natural %}
 b.{{ c.name }},{% endfor %}

    pg_catalog.min(b.row_no) as row_no
  from pg_temp.cleaned as b
  where b.problem is null
  group by {% for c in d.natural %}b.{{ c.name }}{{ ", " if not loop.last }}{% endfor %};
  get diagnostics v_staged = row_count;
  analyze pg_temp.sealing;
  if v_staged = 0 then
    perform greenroom.refuse(
      pg_catalog.format('no row of {{ d.name }} could be read (%s rows, all in quarantine)', v_read),
      (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', q.problem, 'severity', 'error', 'message', pg_catalog.format('%s rows, first: row %s, value %L', q.n, q.row_no, q.value)))
        from (
          select c.problem, pg_catalog.count(*) as n, pg_catalog.min(c.row_no) as row_no, pg_catalog.min(c.problem_value) as value
          from pg_temp.cleaned as c
          group by c.problem
        ) as q
      ),
      'compare the file with the dataset''s page; its columns may have changed meaning'
    );
  end if;

  select pg_catalog.jsonb_build_object(
{% for c in d.natural if c.missing or c.clean %}
    '{{ c.name }}', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
      'withheld', nullif(pg_catalog.count(*) filter (where {{ c.raw }} is null and pg_catalog.btrim(l.{{ c.name }}) <> ''), 0){{ "," if c.clean and c.type == "text" }}
{% if c.clean and c.type == "text" %}
      'repaired', nullif(pg_catalog.count(*) filter (where {{ c.cleaned_from_landing }} <> pg_catalog.btrim(l.{{ c.name }})), 0)
{% endif %}
    )){{ "," if not loop.last }}
{% endfor %}
  )
  into v_cleaned
  from pg_temp.landing as l;

  -- units whose content is new
  create temporary table changed on commit drop as
  select s.*
  from (
    select
      {{ d.unit_of_b }} as key,
      pg_catalog.count(*) as n,
      {{ d.hash_batch }} as hash
    from pg_temp.sealing as b
    group by {{ d.unit_of_b }}
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
  -- what was promoted last is not new, also when other rows of its period stand beside it
  left join greenroom.unit as last on last.id = p.unit_id
  where case
      when pending.id is not null then pending.hash <> s.hash
      else s.hash is distinct from p.hash and s.hash is distinct from last.hash
    end
    or coalesce(pending.complete, p.complete) is distinct from coalesce(p_complete, s.n >= {{ d.bounds.complete }})
      and (pending.id is not null or not p.complete);
  if not exists (select from pg_temp.changed) then
    drop table pg_temp.changed;
    return null;
  end if;

  insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count, quarantined_count, duplicate_count, cleaned)
  values (p_scope, 'file', p_source, p_snapshot, p_parser, v_read, v_staged, v_quarantined, v_read - v_staged - v_quarantined, coalesce(v_cleaned, '{}'))
  returning id into v_batch;

  update greenroom.unit as u
  set state = 'superseded'
  from pg_temp.changed as c
  where u.scope_id = p_scope
    and u.dataset = '{{ d.name }}'
    and u.key = c.key
    and u.state in ('sealed', 'held', 'ready');
  insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
  select v_batch, p_scope, '{{ d.name }}', c.key, coalesce(p_complete, c.n >= {{ d.bounds.complete }}), c.n, c.hash
  from pg_temp.changed as c;

  insert into greenroom.batch_{{ d.name }} (unit_id, row_no, row_key, position{% for c in d.natural %}, {{ c.name }}{% endfor %})
  select
    u.id,
    pg_catalog.row_number() over (partition by u.id order by b.row_no),
    {{ d.key_text_b }},
    'row ' || b.row_no{% for c in d.natural %},
    b.{{ c.name }}{% endfor %}

  from pg_temp.sealing as b
  join greenroom.unit as u on u.batch_id = v_batch and u.dataset = '{{ d.name }}' and u.key = {{ d.unit_of_b }};

  insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)
  select v_batch, u.id, '{{ d.name }}', c.problem, c.problem_value, 'row ' || c.row_no, pg_catalog.to_jsonb(l)
  from pg_temp.cleaned as c
  join pg_temp.landing as l on l.row_no = c.row_no
  left join (
    select b.*, {{ d.unit_of_b }} as key from pg_temp.cleaned as b where b.problem is not null
  ) as b on b.row_no = c.row_no
  left join greenroom.unit as u on u.batch_id = v_batch and u.dataset = '{{ d.name }}' and u.key = b.key
  where c.problem is not null;
  update greenroom.unit as u
  set quarantined_count = q.n
  from (
    select coalesce(q.unit_id, (select pg_catalog.max(o.id) from greenroom.unit as o where o.batch_id = v_batch)) as unit_id, pg_catalog.count(*) as n
    from greenroom.quarantine as q
    where q.batch_id = v_batch
    group by 1
  ) as q
  where u.id = q.unit_id;
{% if current %}

  -- {{ current.table }} holds the newest period that a complete unit covers
  select pg_catalog.max(k.period)
  into v_newest
  from (
    select u.key[1] as period
    from greenroom.unit as u
    where u.scope_id = p_scope
      and u.dataset = '{{ d.name }}'
      and u.complete
      and u.state in ('sealed', 'held', 'ready')
    union all
    select p.key[1]
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = '{{ d.name }}'
      and p.complete
  ) as k;
  if exists (
    select
    from greenroom.unit as u
    where u.batch_id = v_batch
      and u.dataset = '{{ d.name }}'
      and u.complete
      and u.key[1] = v_newest
  ) then
    update greenroom.unit as u
    set state = 'superseded'
    where u.scope_id = p_scope
      and u.dataset = '{{ current.name }}'
      and u.state in ('sealed', 'held', 'ready');
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash, quarantined_count)
    select v_batch, p_scope, '{{ current.name }}', '{}', true, u.row_count, u.hash, u.quarantined_count
    from greenroom.unit as u
    where u.batch_id = v_batch
      and u.dataset = '{{ d.name }}'
      and u.key[1] = v_newest;
    insert into greenroom.batch_{{ current.name }} (unit_id, row_no, row_key, position{% for c in current.natural %}, {{ c.name }}{% endfor %})
    select n.id, b.row_no, b.row_key, b.position{% for c in current.natural %}, b.{{ c.name }}{% endfor %}

    from greenroom.unit as u
    join greenroom.unit as n on n.batch_id = u.batch_id and n.dataset = '{{ current.name }}'
    join greenroom.batch_{{ d.name }} as b on b.unit_id = u.id
    where u.batch_id = v_batch
      and u.dataset = '{{ d.name }}'
      and u.key[1] = v_newest;
    update greenroom.unit as u
    set hash = (select {{ current.hash_batch }} from greenroom.batch_{{ current.name }} as b where b.unit_id = u.id)
    where u.batch_id = v_batch
      and u.dataset = '{{ current.name }}';
  end if;
{% endif %}
  drop table pg_temp.changed, pg_temp.sealing, pg_temp.cleaned;
  return v_batch;
end
$$;
comment on function {{ S }}.seal_{{ d.name }}(integer, text, text, text, boolean) is 'Seals pg_temp.landing as units of {{ d.name }}; null when nothing in it is new.';
