{% macro plain_row() %}
{% for c in d.natural if not c.computed %}
      {{ c.plain }} as {{ c.name }}{{ "," if not loop.last or d.withheld }}
{% endfor %}
{% if d.withheld %}
      g.withheld
{% endif %}
{%- endmacro %}
{% macro plain_rows() %}
    (
      select g.*, {{ d.plain }} as is_plain
      from (
        select
          l.row_no,
{% for c in d.natural if not c.computed %}
          {{ c.given }} as {{ c.name }}{{ "," if not loop.last or d.withheld }}
{% endfor %}
{% if d.withheld %}
          nullif(pg_catalog.array_remove(array[
{% for c in d.natural if c.missing %}
            case when {{ c.plain_withheld }} then '{{ c.name }}' end{{ "," if not loop.last }}
{% endfor %}
          ]::text[], null), '{}') as withheld
{% endif %}
        from pg_temp.landing as l
        -- kept apart: pulled up, each expression would be evaluated again wherever it is named
        offset 0
      ) as g
      offset 0
    ) as g
{%- endmacro %}
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
set standard_conforming_strings = on
set jit = off
-- no row is like the one before: to remember what became of it costs more than to look again
set enable_memoize = off
set work_mem = '128MB'
as $$
declare
  v_batch bigint;
  v_read bigint;
  v_staged bigint;
  v_quarantined bigint := 0;
  v_duplicates bigint := 0;
  -- of a dataset of which nothing is known yet all is new: its rows go straight to the batch
  v_is_first boolean;
{% if current %}
  v_newest text;
{% endif %}
  v_plain bigint;
  v_cleaned jsonb;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  perform greenroom.refuse_foreign_temp(array['sealing', 'unplain', 'careful', 'spelt', 'twice', 'repeated', 'damaged', 'changed']);
  perform greenroom.refuse_strange_landing();
  drop table if exists pg_temp.sealing, pg_temp.unplain, pg_temp.careful, pg_temp.spelt, pg_temp.twice, pg_temp.repeated, pg_temp.damaged, pg_temp.changed;
  select pg_catalog.count(*) into v_read from pg_temp.landing;
  v_is_first := not exists (select from greenroom.unit as u where u.scope_id = p_scope and u.dataset = '{{ d.name }}')
    and not exists (select from greenroom.batch_{{ d.name }});
  if v_is_first then
    -- what stands in the batch is ours alone until we are done: another installation may seal the same dataset
    lock table greenroom.batch_{{ d.name }} in share row exclusive mode;
    v_is_first := not exists (select from greenroom.batch_{{ d.name }});
  end if;

  -- rows of which each cell is stored as it stands
  if v_is_first then
    insert into greenroom.batch (scope_id, origin, source, snapshot, parser)
    values (p_scope, 'file', p_source, p_snapshot, p_parser)
    returning id into v_batch;
    create temporary table spelt on commit drop as
    select {% for c in d.unit_columns %}g.{{ c.name }}, {% endfor %}{{ d.plain_unit_key }} as key
    from (
      select g.*, {{ d.plain_unit }} as is_plain
      from (
{% if d.unit_columns %}
        select distinct {% for c in d.unit_columns %}{{ c.given }} as {{ c.name }}{{ ", " if not loop.last }}{% endfor %}

        from pg_temp.landing as l
{% else %}
        select 1
{% endif %}
      ) as g
      offset 0
    ) as g
    where g.is_plain;
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
    select distinct v_batch, p_scope, '{{ d.name }}', s.key, false, 1, ''
    from pg_temp.spelt as s
    order by s.key;
    insert into greenroom.batch_{{ d.name }} (unit_id, row_no{% for c in d.natural %}, {{ c.name }}{% endfor %})
    select
      u.id,
      g.row_no,
{{ plain_row() }}
    from
{{ plain_rows() }}
    join (
      select o.id{% for c in d.unit_columns %}, s.{{ c.name }}{% endfor %}

      from pg_temp.spelt as s
      join greenroom.unit as o on o.batch_id = v_batch and o.dataset = '{{ d.name }}' and o.key = s.key
      -- kept apart: rows are met by their cells, not by the unit's key
      offset 0
    ) as u on {% for c in d.unit_columns %}u.{{ c.name }} = g.{{ c.name }}{{ " and " if not loop.last }}{% else %}true{% endfor %}

    where g.is_plain;
    get diagnostics v_plain = row_count;
    create temporary view sealing as
    select b.row_no{% for c in d.natural %}, b.{{ c.name }}{% endfor %}

    from greenroom.batch_{{ d.name }} as b;
  else
    create temporary table sealing on commit drop as
    select
      g.row_no,
{{ plain_row() }}
    from
{{ plain_rows() }}
    where g.is_plain;
    get diagnostics v_plain = row_count;
  end if;

  -- the others are looked at cell by cell
  create temporary table unplain (like pg_temp.landing) on commit drop;
  create temporary table careful on commit drop as
  select null::bigint as row_no, null::text as problem, null::text as problem_value{% for c in d.natural %}, null::{{ c.type }} as {{ c.name }}{% endfor %}

  where false;
  create temporary table damaged (key text[]) on commit drop;
  if v_plain < v_read then
    insert into pg_temp.unplain
    select l.*
    from pg_temp.landing as l
    where not exists (select from pg_temp.sealing as s where s.row_no = l.row_no);
    insert into pg_temp.careful (row_no, problem, problem_value{% for c in d.natural %}, {{ c.name }}{% endfor %})
    select
      l.row_no,
      case
{% for c in d.natural if c.required %}
        when r.{{ c.name }} is null then 'missing_{{ c.name }}'
{% endfor %}
{% for c in d.natural if c.guard %}
        when r.{{ c.name }} is not null and t.{{ c.name }} is null then 'bad_{{ c.name }}'
{% endfor %}
      end,
{% if d.natural | selectattr('guard') | list %}
      case
{% for c in d.natural if c.guard %}
        when r.{{ c.name }} is not null and t.{{ c.name }} is null then l.{{ c.name }}
{% endfor %}
      end,
{% else %}
      null,
{% endif %}
{% for c in d.natural if not c.computed %}
      t.{{ c.name }}{{ "," if not loop.last or d.withheld }}
{% endfor %}
{% if d.withheld %}
      nullif(pg_catalog.array_remove(array[
{% for c in d.natural if c.missing %}
        case when r.{{ c.name }} is null and l.{{ c.name }} is not null and pg_catalog.btrim(l.{{ c.name }}) <> '' then '{{ c.name }}' end{{ "," if not loop.last }}
{% endfor %}
      ]::text[], null), '{}')
{% endif %}
    from pg_temp.unplain as l
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
    ) as v
    cross join lateral (
      select
{% for c in d.natural if not c.computed %}
        case when {{ c.guard or 'true' }} then v.{{ c.name }}::{{ c.type }} end as {{ c.name }}{{ "," if not loop.last }}
{% endfor %}
      offset 0
    ) as t;
    select pg_catalog.count(*) into v_quarantined from pg_temp.careful as c where c.problem is not null;
    if v_is_first then
      insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
      select distinct v_batch, p_scope, '{{ d.name }}', {{ d.unit_of_b }}, false, 1, ''
      from pg_temp.careful as b
      where b.problem is null
        and not exists (select from greenroom.unit as u where u.batch_id = v_batch and u.key = {{ d.unit_of_b }});
      insert into greenroom.batch_{{ d.name }} (unit_id, row_no{% for c in d.natural %}, {{ c.name }}{% endfor %})
      select u.id, b.row_no{% for c in d.natural %}, b.{{ c.name }}{% endfor %}

      from pg_temp.careful as b
      join greenroom.unit as u on u.batch_id = v_batch and u.dataset = '{{ d.name }}' and u.key = {{ d.unit_of_b }}
      where b.problem is null;
    else
      insert into pg_temp.sealing (row_no{% for c in d.natural %}, {{ c.name }}{% endfor %})
      select b.row_no{% for c in d.natural %}, b.{{ c.name }}{% endfor %}

      from pg_temp.careful as b
      where b.problem is null;
    end if;
{% if d.texts %}
    insert into pg_temp.damaged (key)
    select distinct {{ d.unit_of_b }}
    from pg_temp.careful as b
    where b.problem is null
      and pg_catalog.concat_ws(' ', {% for c in d.texts %}b.{{ c.name }}{{ ", " if not loop.last }}{% endfor %}) ~ {{ d.damage }};
{% endif %}
  end if;

  -- Only where a key stands twice can a row stand twice. What is the same in all its cells is one row.
  create temporary table twice (key bigint) on commit drop;
  create temporary table repeated (key text[]) on commit drop;
  if (
    select pg_catalog.count(*) <> pg_catalog.count(distinct {{ d.record_key }})
    from pg_temp.sealing as b
  ) then
    insert into pg_temp.twice (key)
    select k.key
    from (select {{ d.record_key }} as key from pg_temp.sealing as b) as k
    group by k.key
    having pg_catalog.count(*) > 1;
    delete from pg_temp.sealing as s
    using (
      select
        b.row_no,
        pg_catalog.row_number() over (partition by {% for c in d.natural %}b.{{ c.name }}{{ ", " if not loop.last }}{% endfor %} order by b.row_no) as place
      from pg_temp.sealing as b
      where {{ d.record_key }} in (select t.key from pg_temp.twice as t)
    ) as o
    where o.row_no = s.row_no
      and o.place > 1;
    get diagnostics v_duplicates = row_count;
    insert into pg_temp.repeated (key)
    select distinct {{ d.unit_of_b }}
    from pg_temp.sealing as b
    where {{ d.record_key }} in (select t.key from pg_temp.twice as t)
    group by {{ d.unit_of_b }}{% for k in d.row_key_columns %}, b.{{ k }}{% endfor %}

    having pg_catalog.count(*) > 1;
  end if;
  v_staged := v_read - v_quarantined - v_duplicates;
  if v_staged = 0 then
    perform greenroom.refuse(
      pg_catalog.format('no row of {{ d.name }} could be read (%s rows, all in quarantine)', v_read),
      (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', q.problem, 'severity', 'error', 'message', pg_catalog.format('%s rows, first: row %s, value %L', q.n, q.row_no, q.value)))
        from (
          select s.problem, pg_catalog.count(*) as n, pg_catalog.min(s.row_no) as row_no, pg_catalog.min(s.problem_value) as value
          from pg_temp.careful as s
          group by s.problem
        ) as q
      ),
      'compare the file with the dataset''s page; its columns may have changed meaning'
    );
  end if;

  -- units whose content is new
  create temporary table changed on commit drop as
  select s.*
  from (
    select {{ d.unit_of_g }} as key, g.*
    from (
      select
{% for c in d.unit_columns %}
        h.{{ c.name }},
{% endfor %}
        pg_catalog.count(*) as n,
        {{ d.hash_of_h }} as hash
      from (
        select {% for c in d.unit_columns %}b.{{ c.name }}, {% endfor %}{{ d.record_batch }} as record
        from pg_temp.sealing as b
        offset 0
      ) as h
{% for c in d.unit_columns %}
      {{ "group by" if loop.first else "," }} h.{{ c.name }}
{% endfor %}
    ) as g
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
      when pending.id is not null then coalesce(pending.sealed_hash, pending.hash) <> s.hash
      -- where people corrected it, the source may have come to say what is published: the corrections end then
      else s.hash is distinct from coalesce(last.sealed_hash, last.hash) and (s.hash is distinct from p.hash or last.sealed_hash <> last.hash)
    end
    or coalesce(pending.complete, p.complete) is distinct from coalesce(p_complete, s.n >= {{ d.bounds.complete }})
      and (pending.id is not null or not p.complete);
  if not exists (select from pg_temp.changed) then
    drop table pg_temp.changed, pg_temp.repeated, pg_temp.twice, pg_temp.damaged, pg_temp.careful, pg_temp.unplain, pg_temp.sealing;
    return null;
  end if;
{% if d.counted %}

  -- in a plain row no cell was repaired, and what is withheld says so exactly
  select pg_catalog.jsonb_object_agg(c.name, pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('withheld', nullif(c.withheld, 0), 'repaired', nullif(c.repaired, 0))))
  into v_cleaned
  from (
    select
{% for c in d.counted if c.missing %}
      pg_catalog.count(*) filter (where {{ c.plain_withheld }}) as {{ c.name }},
{% endfor %}
      null as nothing
    from pg_temp.landing as l
  ) as w
  cross join (
    select
{% for c in d.counted if c.missing %}
      pg_catalog.count(*) filter (where {{ c.raw }} is null and pg_catalog.btrim(l.{{ c.name }}) <> '' and not {{ c.plain_withheld }}) as {{ c.name }},
{% endfor %}
{% for c in d.counted if c.clean and c.type == "text" %}
      pg_catalog.count(*) filter (where {{ c.cleaned_from_landing }} <> pg_catalog.btrim(l.{{ c.name }})) as repaired_{{ c.name }},
{% endfor %}
      null as nothing
    from pg_temp.unplain as l
  ) as u
  cross join lateral (
    values
{% for c in d.counted %}
      ('{{ c.name }}', {{ "w." ~ c.name ~ " + u." ~ c.name if c.missing else "0::bigint" }}, {{ "u.repaired_" ~ c.name if c.clean and c.type == "text" else "0::bigint" }}){{ "," if not loop.last }}
{% endfor %}
  ) as c (name, withheld, repaired);
{% endif %}

  if v_is_first then
    update greenroom.batch as o
    set read_count = v_read, staged_count = v_staged, quarantined_count = v_quarantined, duplicate_count = v_duplicates, cleaned = coalesce(v_cleaned, '{}')
    where o.id = v_batch;
    update greenroom.unit as u
    set
      complete = coalesce(p_complete, c.n >= {{ d.bounds.complete }}),
      row_count = c.n,
      hash = c.hash,
      keys_are_unique = c.key not in (select t.key from pg_temp.repeated as t),
      texts_are_sound = c.key not in (select t.key from pg_temp.damaged as t)
    from pg_temp.changed as c
    where u.batch_id = v_batch
      and u.key = c.key;
    -- a spelling of which no row could be read
    delete from greenroom.unit as u where u.batch_id = v_batch and u.hash = '';
    drop view pg_temp.sealing;
    drop table pg_temp.spelt;
  else
    insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count, quarantined_count, duplicate_count, cleaned)
    values (p_scope, 'file', p_source, p_snapshot, p_parser, v_read, v_staged, v_quarantined, v_duplicates, coalesce(v_cleaned, '{}'))
    returning id into v_batch;
    update greenroom.unit as u
    set state = 'superseded'
    from pg_temp.changed as c
    where u.scope_id = p_scope
      and u.dataset = '{{ d.name }}'
      and u.key = c.key
      and u.state in ('sealed', 'held', 'ready');
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash, keys_are_unique, texts_are_sound)
    select
      v_batch, p_scope, '{{ d.name }}', c.key, coalesce(p_complete, c.n >= {{ d.bounds.complete }}), c.n, c.hash,
      c.key not in (select t.key from pg_temp.repeated as t),
      c.key not in (select t.key from pg_temp.damaged as t)
    from pg_temp.changed as c;
    insert into greenroom.batch_{{ d.name }} (unit_id, row_no{% for c in d.natural %}, {{ c.name }}{% endfor %})
    select
      u.id,
      b.row_no{% for c in d.natural %},
      b.{{ c.name }}{% endfor %}

    from pg_temp.sealing as b
    join (
      select o.id{% for c in d.unit_columns %}, c.{{ c.name }}{% endfor %}

      from pg_temp.changed as c
      join greenroom.unit as o on o.batch_id = v_batch and o.dataset = '{{ d.name }}' and o.key = c.key
      offset 0
    ) as u on {% for c in d.unit_columns %}u.{{ c.name }} {{ c.same }} b.{{ c.name }}{{ " and " if not loop.last }}{% else %}true{% endfor %}
;
    drop table pg_temp.sealing;
  end if;

  if v_quarantined > 0 then
    insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)
    select v_batch, u.id, '{{ d.name }}', b.problem, b.problem_value, 'row ' || b.row_no, pg_catalog.to_jsonb(l)
    from pg_temp.careful as b
    join pg_temp.unplain as l on l.row_no = b.row_no
    left join greenroom.unit as u on u.batch_id = v_batch and u.dataset = '{{ d.name }}' and u.key = {{ d.unit_of_b }}
    where b.problem is not null
    order by b.row_no;
    update greenroom.unit as u
    set quarantined_count = q.n
    from (
      select coalesce(q.unit_id, (select pg_catalog.max(o.id) from greenroom.unit as o where o.batch_id = v_batch)) as unit_id, pg_catalog.count(*) as n
      from greenroom.quarantine as q
      where q.batch_id = v_batch
      group by 1
    ) as q
    where u.id = q.unit_id;
  end if;
{% if current %}

  -- a table that repeats rows opened again goes with them
  update greenroom.unit as u
  set state = 'superseded'
  from greenroom.unit as o
  where o.scope_id = p_scope
    and o.dataset = '{{ d.name }}'
    and o.state = 'superseded'
    and o.key in (select w.key from greenroom.unit as w where w.batch_id = v_batch and w.dataset = '{{ d.name }}')
    and u.scope_id = p_scope
    and u.dataset = '{{ current.name }}'
    and u.batch_id = o.batch_id
    and u.state in ('sealed', 'held', 'ready')
    and exists (select from greenroom.batch as b where b.id = u.batch_id and b.origin = 'edit');

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
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash, quarantined_count, texts_are_sound)
    select v_batch, p_scope, '{{ current.name }}', '{}', true, u.row_count, u.hash, u.quarantined_count, u.texts_are_sound
    from greenroom.unit as u
    where u.batch_id = v_batch
      and u.dataset = '{{ d.name }}'
      and u.key[1] = v_newest;
    insert into greenroom.batch_{{ current.name }} (unit_id, row_no{% for c in current.natural %}, {{ c.name }}{% endfor %})
    select n.id, b.row_no{% for c in current.natural %}, b.{{ c.name }}{% endfor %}

    from greenroom.unit as u
    join greenroom.unit as n on n.batch_id = u.batch_id and n.dataset = '{{ current.name }}'
    join greenroom.batch_{{ d.name }} as b on b.unit_id = u.id
    where u.batch_id = v_batch
      and u.dataset = '{{ d.name }}'
      and u.key[1] = v_newest;
    update greenroom.unit as u
    set hash = (
      select {{ current.hash_of_h }}
      from (
        select {{ current.record_batch }} as record
        from greenroom.batch_{{ current.name }} as b
        where b.unit_id = u.id
        offset 0
      ) as h
    )
    where u.batch_id = v_batch
      and u.dataset = '{{ current.name }}';
  end if;
{% endif %}
  drop table pg_temp.changed, pg_temp.repeated, pg_temp.twice, pg_temp.damaged, pg_temp.careful, pg_temp.unplain;
  if v_staged > 5000 then
    -- how much of the table a unit is: what reads units by number plans by it
    analyze greenroom.batch_{{ d.name }} (unit_id);
  end if;
  perform {{ S }}.carry_edits(v_batch);
  return v_batch;
end
$$;
comment on function {{ S }}.seal_{{ d.name }}(integer, text, text, text, boolean) is 'Seals pg_temp.landing as units of {{ d.name }}; null when nothing in it is new.';
