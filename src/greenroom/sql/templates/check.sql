-- {{ d.name }}: what a unit answers badly. Pure; no rows is a pass.
create function {{ S }}.check_{{ d.name }}(p_units bigint[])
returns table (unit_id bigint, check_name text, severity text, message text, row_key text, "position" text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set standard_conforming_strings = on
set jit = off
set work_mem = '32MB'
as $$
  with unit as materialized (
    select u.*
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset = '{{ d.name }}'
  ), batch as not materialized (
    select b.*{{ ", " ~ d.key_text_b ~ " as row_key, case when b.row_no > 0 then 'row ' || b.row_no end as position" if landing == "file" }}
    from {{ S }}.effective_{{ d.name }} as b
    -- by number, not by join: only so does nobody read the batches of all times
    where b.unit_id = any (p_units)
  )
{% if d.tree %}
  , tree as materialized (
    select
      b.unit_id,
      b.row_no,
      b.row_key,
      b.position,
      b.{{ d.tree.code }} as code,
      b.parent_row_key,
      b.{{ d.tree.level }} as level,
      b.{{ d.tree.name }} as name,
      p.row_key is not null as has_parent,
      p.{{ d.tree.code }} as parent_code,
      p.{{ d.tree.level }} as parent_level
    from batch as b
    left join batch as p on p.unit_id = b.unit_id and p.row_key = b.parent_row_key
  ), shape as materialized (
    -- where each row is one level under its parent and all roots are level, levels tell the depth and no row can be its own ancestor
    select
      t.unit_id,
      pg_catalog.bool_and(coalesce(case when t.parent_row_key is null then t.level is not null else t.level = t.parent_level + 1 end, false))
        and pg_catalog.min(t.level) filter (where t.parent_row_key is null) = pg_catalog.max(t.level) filter (where t.parent_row_key is null) as is_plain,
      pg_catalog.max(t.level) - pg_catalog.min(t.level) + 1 as depth
    from tree as t
    group by t.unit_id
  ), walked as materialized (
    select * from {{ S }}.walk_{{ d.name }}(array(select h.unit_id from shape as h where h.is_plain is not true))
  )
{% endif %}
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', {{ d.key_label }}, pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id{% for k in d.row_key_columns %}, b.{{ k }}{% endfor %}

    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id{% for k in d.row_key_columns %}, b.{{ k }}{% endfor %}

    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id{% for k in d.row_key_columns %} and twice.{{ k }} is not distinct from b.{{ k }}{% endfor %}

  group by b.unit_id{% for k in d.row_key_columns %}, b.{{ k }}{% endfor %}

{% for c in d.required %}
  union all
  select b.unit_id, 'missing_{{ c.name }}', 'error',
    pg_catalog.format('{{ c.name }} is empty for %s', {{ d.key_label }}),
    b.row_key, b.position
  from batch as b
  where b.{{ c.name }} is null
{% endfor %}
{% for c in d.texts %}
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('{{ c.name }} of %s holds damaged characters: %s', {{ d.key_label }}, pg_catalog.left(b.{{ c.name }}, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.{{ c.name }})::text) <> pg_catalog.length(b.{{ c.name }}) + 2
    and b.{{ c.name }} ~ {{ d.damage }}
{% if landing == "file" %}
    and exists (select from unit as u where not u.texts_are_sound)
{% endif %}
{% endfor %}
{% if d.tree %}
  union all
  select t.unit_id, 'orphan', 'error',
    pg_catalog.format('%s %s names a parent that is not in its subject', t.code, pg_catalog.left(t.name, 60)),
    t.row_key, t.position
  from tree as t
  where t.parent_row_key is not null
    and not t.has_parent
  union all
  select t.unit_id, 'cycle', 'error',
    pg_catalog.format('%s %s is its own ancestor', t.code, pg_catalog.left(t.name, 60)),
    t.row_key, t.position
  from tree as t
  where t.parent_row_key is not null
    and exists (select from shape as h where h.unit_id = t.unit_id and h.is_plain is not true)
    and not exists (
      select from walked as w
      where w.unit_id = t.unit_id
        and w.row_no = t.row_no
    )
  union all
  select t.unit_id, 'missing_level', 'error',
    pg_catalog.format('%s %s has no level', t.code, pg_catalog.left(t.name, 60)),
    t.row_key, t.position
  from tree as t
  where t.level is null
  union all
  select t.unit_id, 'level_jump', 'warning',
    pg_catalog.format('%s is at level %s under %s at level %s', t.code, t.level, t.parent_code, t.parent_level),
    t.row_key, t.position
  from tree as t
  where t.level <> t.parent_level + 1
  union all
  select w.unit_id, 'depth', 'warning',
    pg_catalog.format('the tree is %s deep; expected {{ d.bounds.depth_least }} to {{ d.bounds.depth_most }}', w.depth),
    null, null
  from (
    select h.unit_id, h.depth from shape as h where h.is_plain
    union all
    select w.unit_id, pg_catalog.max(w.depth) from walked as w group by w.unit_id
  ) as w
  where w.depth not between {{ d.bounds.depth_least }} and {{ d.bounds.depth_most }}
{% endif %}
  union all
  select u.id, 'too_few_rows', 'error',
    pg_catalog.format('%s rows; at least {{ d.bounds.least }} expected', u.row_count), null, null
  from unit as u
  where u.row_count < {{ d.bounds.least }}
  union all
  -- twice as many is another file
  select u.id, 'too_many_rows', case when u.row_count > 2 * {{ d.bounds.most }}::bigint then 'error' else 'warning' end,
    pg_catalog.format('%s rows; at most {{ d.bounds.most }} expected', u.row_count), null, null
  from unit as u
  where u.row_count > {{ d.bounds.most }}
  union all
  select u.id, 'quarantined', 'warning',
    pg_catalog.format('%s rows could not be read and are in quarantine', u.quarantined_count), null, null
  from unit as u
  where u.quarantined_count > 0
{% if not d.is_root %}
  -- a fifth of what readers have now would go
  union all
  select u.id, 'shrunk', {{ "case when p.row_count >= 100 and gone.lost * 5 > p.row_count * 4 then 'error' else 'warning' end" if landing == "file" else "'warning'" }},
    pg_catalog.format('%s of %s published rows would leave', gone.lost, p.row_count), null, null
  from unit as u
  join greenroom.published as p on p.scope_id = u.scope_id and p.dataset = u.dataset and {{ "p.root_id = " ~ S ~ ".find_root(u.scope_id, u.key)" if root else "p.key = u.key" }}
  join {{ S }}.lost_{{ d.name }}(array(select o.id from unit as o)) as gone on gone.unit_id = u.id
  where gone.lost * 5 > p.row_count
{% endif %}
{% if landing == "file" and not d.current_of %}
  -- pages of a download that came twice: 3,600 rows of which 135 are distinct
  union all
  select u.id, 'repeated_rows', 'warning',
    pg_catalog.format('%s of %s rows of the file repeat others exactly', b.duplicate_count, b.read_count), null, null
  from unit as u
  join greenroom.batch as b on b.id = u.batch_id
  where b.duplicate_count * 20 > b.read_count
    and b.read_count >= 40
{% endif %}
{% if landing == "file" and not d.current_of and d.emptiable %}
  -- a column that was renamed, or cut, arrives empty: what is published of it would go
  union all
  select u.id, 'emptied', 'warning',
    pg_catalog.format('%s is empty in all %s rows, published are %s values%s', e.name, b.n, e.was,
      ': headers nobody knows: ' || (select pg_catalog.string_agg(x, ', ') from pg_catalog.jsonb_array_elements_text(s.reading -> 'unknown') as x)),
    null, null
  from unit as u
  join greenroom.published as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.key = u.key and o.hash <> u.hash
  join greenroom.batch as s on s.id = u.batch_id
  cross join lateral (
    select pg_catalog.count(*) as n{% for c in d.emptiable %}, pg_catalog.count(b.{{ c }}) as {{ c }}{% endfor %}

    from {{ S }}.effective_{{ d.name }} as b
    where b.unit_id = u.id
  ) as b
  cross join lateral (
    select pg_catalog.count(*) as n{% for c in d.emptiable %}, pg_catalog.count(p.{{ c }}) as {{ c }}{% endfor %}

    from {{ d.table }} as p
    where {{ d.member_unit }}
      and p.retired_at is null
  ) as p
  cross join lateral (
    values {% for c in d.emptiable %}('{{ c }}', b.{{ c }}, p.{{ c }}){{ ", " if not loop.last }}{% endfor %}

  ) as e (name, now, was)
  where e.now = 0
    and e.was > 0
{% endif %}
{% if d.bounds.overlap and d.entity %}
  -- a year full of names that no other year has is another file, or writes its codes otherwise
  union all
  select s.unit_id, 'strangers', 'warning',
    pg_catalog.format('%s of %s rows are known from other periods; expected are {{ (d.bounds.overlap * 100) | round | int }} in a hundred', s.known, s.n),
    null, null
  from (
    select b.unit_id, pg_catalog.count(*) as n, pg_catalog.count(*) filter (where k.is_known) as known
    from batch as b
    cross join lateral (
      select exists (
        select from {{ d.table }} as p
        where {% for c in d.entity %}p.{{ c }} = b.{{ c }} and {% endfor %}({% for c in d.unit %}p.{{ c }}{{ ", " if not loop.last }}{% endfor %}) <> ({% for c in d.unit %}b.{{ c }}{{ ", " if not loop.last }}{% endfor %})
      )
    ) as k (is_known)
    group by b.unit_id
  ) as s
  join unit as u on u.id = s.unit_id and u.complete
  where s.known < s.n * {{ d.bounds.overlap }}
    and exists (
      select from greenroom.published as o
      where o.scope_id = u.scope_id and o.dataset = u.dataset and o.key <> u.key and o.complete
    )
{% endif %}
{% for c in d.checks %}
  union all
  select c.unit_id, '{{ c.name }}', c.severity, c.message, c.row_key, c.position
  from (
{{ c.text }}
  ) as c
{% endfor %}
$$;
comment on function {{ S }}.check_{{ d.name }}(bigint[]) is 'Findings on units of {{ d.name }}; no rows is a pass.';
