{% if d.tree %}
-- Every row of the units that a walk from the roots reaches, with its depth (1 = a root).
create function {{ S }}.walk_{{ d.name }}(p_units bigint[])
returns table (unit_id bigint, row_no integer, depth integer)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with recursive walked as (
    select b.unit_id, b.row_no, b.row_key, 1 as depth
    from {{ S }}.effective_{{ d.name }} as b
    where b.unit_id = any (p_units)
      and (
        b.parent_row_key is null
        or not exists (
          select from {{ S }}.effective_{{ d.name }} as p
          where p.unit_id = b.unit_id
            and p.unit_id = any (p_units)
            and p.row_key = b.parent_row_key
        )
      )
    union all
    select b.unit_id, b.row_no, b.row_key, w.depth + 1
    from walked as w
    join {{ S }}.effective_{{ d.name }} as b on b.unit_id = w.unit_id and b.parent_row_key = w.row_key
    where w.depth < 50
      and b.unit_id = any (p_units)
  )
  select w.unit_id, w.row_no, w.depth
  from walked as w
$$;
comment on function {{ S }}.walk_{{ d.name }}(bigint[]) is 'Rows reached from the roots of each unit''s tree, with depth.';

{% endif %}
-- How many published rows of its key each complete unit no longer holds.
create function {{ S }}.lost_{{ d.name }}(p_units bigint[])
returns table (unit_id bigint, lost bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
-- row counts of what has just been sealed are unknown: no join may be quadratic, by rows or by units
set enable_nestloop = off
set enable_mergejoin = off
as $$
  select u.id, pg_catalog.count(*)
  from greenroom.unit as u
  join greenroom.published as o on o.scope_id = u.scope_id and o.dataset = u.dataset and {{ "o.root_id = " ~ S ~ ".find_root(u.scope_id, u.key)" if root else "o.key = u.key" }}
  join {{ d.table }} as p on {{ d.member_unit }}
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = '{{ d.name }}'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from {{ S }}.effective_{{ d.name }} as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and {{ d.same_row }}
    )
{% if d.lineage %}
    -- corrected rows go by their id
    and not exists (
      select
      from greenroom.lineage as l
      join {{ S }}.effective_{{ d.name }} as b on b.unit_id = l.unit_id and b.row_no = l.row_no
      where l.unit_id = u.id
        and b.unit_id = any (p_units)
        and l.id = p.id
    )
{% endif %}
{% if d.tree %}
    and not exists (
      select from {{ S }}.effective_{{ d.name }} as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and b.{{ d.tree.name }} = p.{{ d.tree.name }}
    )
{% endif %}
  group by u.id
$$;
comment on function {{ S }}.lost_{{ d.name }}(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function {{ S }}.digest_{{ d.name }}()
returns table (key text[], row_count bigint, hash text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
{% if landing == "file" %}
{% if d.unit_columns %}
declare
  -- a value, not a temporary table: several processes may read production at once
  v_first {{ d.unit_columns[0].type }}[] := array(select distinct (t.key)[1]::{{ d.unit_columns[0].type }} from pg_temp.touched as t where t.dataset = '{{ d.name }}');
{% endif %}
begin
  return query
  with held as materialized (
    select
{% for c in d.unit_columns %}
      h.{{ c.name }},
{% endfor %}
      pg_catalog.count(*) as n,
      {{ d.hash_of_h }} as hash
    from (
      select {% for c in d.unit_columns %}p.{{ c.name }}, {% endfor %}{{ d.record_published }} as record
      from {{ d.table }} as p
      where p.retired_at is null
{% if d.unit_columns %}
        and p.{{ d.unit_columns[0].name }} = any (v_first)
{% endif %}
      -- kept apart: pulled up, the record would be hashed for each sum
      offset 0
    ) as h
{% if d.unit_columns %}
    group by {% for c in d.unit_columns %}h.{{ c.name }}{{ ", " if not loop.last }}{% endfor %}

{% endif %}
  )
  select t.key, coalesce(g.n, 0), coalesce(g.hash, '0:0:0')
  from pg_temp.touched as t
  left join held as g on {% for c in d.unit_columns %}g.{{ c.name }} = (t.key)[{{ c.place }}]::{{ c.type }}{{ " and " if not loop.last }}{% else %}true{% endfor %}

  where t.dataset = '{{ d.name }}';
end
{% else %}
begin
  return query
  select
    t.key,
    pg_catalog.count({{ d.p_identity }}),
    {{ d.hash_published }}
  from pg_temp.touched as t
  left join {{ d.table }} as p on {{ d.member_touched }} and p.retired_at is null
{% if d.tree %}
  left join {{ d.table }} as parent on parent.id = p.{{ d.tree.into }}
{% endif %}
  where t.dataset = '{{ d.name }}'
  group by t.key;
end
{% endif %}
$$;
comment on function {{ S }}.digest_{{ d.name }}() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function {{ S }}.unmet_{{ d.name }}()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[] := array(select t.unit_id from pg_temp.touched as t where t.dataset = '{{ d.name }}');
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('{{ d.name }} %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, {{ d.sealed_values | join(', ') }}
      from pg_temp.touched as t
      join {{ S }}.effective_{{ d.name }} as b on b.unit_id = t.unit_id and b.unit_id = any (v_units)
      where t.dataset = '{{ d.name }}'
        and not t.complete
      except
      select t.key, {{ d.published_values | join(', ') }}
      from pg_temp.touched as t
      join {{ d.table }} as p on {{ d.member_touched }} and p.retired_at is null
{% if d.tree %}
      left join {{ d.table }} as parent on parent.id = p.{{ d.tree.into }}
{% endif %}
      where t.dataset = '{{ d.name }}'
        and not t.complete
    ) as m
  );
end
$$;
comment on function {{ S }}.unmet_{{ d.name }}() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';
