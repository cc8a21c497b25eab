{% if not d.current_of and not d.is_derived %}
-- Rows copied from production say what edits made of them: what the source said is put back under the edits.
create function {{ S }}.unapply_{{ d.name }}(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  if not exists (
    select
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- rows that people took away
  with gone as (
    select
      e.row_ref, e.base,
      (select pg_catalog.max(b.row_no) from greenroom.batch_{{ d.name }} as b where b.unit_id = p_unit) + pg_catalog.row_number() over (order by e.id) as row_no
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where e.action = 'delete'
      and e.state in ('in force', 'conflict')
      and e.row_ref not in (
        select {{ d.ref_b }}
        from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
        where b.unit_id = p_unit
      )
{% if d.lineage %}
  ), traced as (
    insert into greenroom.lineage (unit_id, row_no, id)
    select p_unit, g.row_no, g.row_ref::uuid from gone as g
{% endif %}
  )
  insert into greenroom.batch_{{ d.name }} (unit_id, row_no{% if landing == "inbox" %}, row_key, parent_row_key, position{% endif %}{% for c in d.natural %}, {{ c.name }}{% endfor %})
  select p_unit, g.row_no{% if landing == "inbox" %}, g.row_ref, {{ "(select o.row_key from greenroom.batch_" ~ d.name ~ " as o where o.unit_id = p_unit and o." ~ d.tree.code ~ " = r." ~ d.tree.parent ~ " order by o.row_no limit 1)" if d.tree else "null" }}, 'as published'{% endif %}{% for c in d.natural %}, r.{{ c.name }}{% endfor %}

  from gone as g
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_{{ d.name }}, g.base) as r;
  update greenroom.batch_{{ d.name }} as b
  set {% for c in d.natural %}{{ c.name }} = r.{{ c.name }}{{ ", " if not loop.last }}{% endfor %}{% if d.tree %},
    parent_row_key = r.parent_row_key{% endif %}

  from (
    select b.row_no{% for c in d.natural %}, r.{{ c.name }}{% endfor %}{% if d.tree %}, case when p.has_parent then o.row_key else b.parent_row_key end as parent_row_key{% endif %}

    from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
    join (
      select
        e.row_ref,
        coalesce(pg_catalog.jsonb_object_agg(e.column_name, coalesce(e.theirs, e.base)) filter (where e.action = 'set' and e.base is not null), '{}') as cells,
        pg_catalog.bool_or(e.action = 'parent') as has_parent,
        pg_catalog.max(e.base #>> '{}') filter (where e.action = 'parent') as parent
      from greenroom.edit as e
      join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
      where e.state in ('in force', 'conflict')
      group by e.row_ref
    ) as p on p.row_ref = {{ d.ref_b }}
{% if d.tree %}
    left join greenroom.batch_{{ d.name }} as o on o.unit_id = b.unit_id and o.row_key = p.parent
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells || case when p.has_parent then pg_catalog.jsonb_build_object('{{ d.tree.parent }}', o.{{ d.tree.code }}) else '{}' end) as r
{% else %}
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
{% endif %}
    where b.unit_id = p_unit
  ) as r
  where b.unit_id = p_unit
    and b.row_no = r.row_no;
{% if d.tree %}
  -- how deep a row stood, and where, no edit of another row says: the last batch that held it before does
  with recursive cell as materialized (
    select e.row_ref, e.action, e.base, e.value
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where e.action in ('parent', 'order')
      and e.state in ('in force', 'conflict')
  ), below as (
    select b.row_no, b.row_key
    from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
    join cell as c on c.row_ref = {{ d.ref_b }} and c.action = 'parent'
    where b.unit_id = p_unit
    union
    select b.row_no, b.row_key
    from below as a
    join greenroom.batch_{{ d.name }} as b on b.unit_id = p_unit and b.parent_row_key = a.row_key
  ), placed as materialized (
    select a.row_no from below as a
    union
    select b.row_no
    from cell as c
    cross join lateral pg_catalog.jsonb_array_elements_text(c.base || c.value) as x (ref)
    join greenroom.batch_{{ d.name }} as b on b.unit_id = p_unit
{{ d.lineage_b }}
    where c.action = 'order'
      and {{ d.ref_b }} = x.ref
  ), known as (
    select distinct on (p.row_no) p.row_no, w.{{ d.tree.level }}{% if d.tree.order %}, w.{{ d.tree.order }}{% endif %}

    from placed as p
    join greenroom.lineage as own on own.unit_id = p_unit and own.row_no = p.row_no
    join greenroom.unit as u on u.id = p_unit
    join greenroom.unit as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.key = u.key and o.id < u.id
    join greenroom.lineage as l on l.unit_id = o.id and l.id = own.id
    join greenroom.batch_{{ d.name }} as w on w.unit_id = l.unit_id and w.row_no = l.row_no
    order by p.row_no, o.id desc
  )
  update greenroom.batch_{{ d.name }} as b
  set {{ d.tree.level }} = k.{{ d.tree.level }}{% if d.tree.order %}, {{ d.tree.order }} = k.{{ d.tree.order }}{% endif %}

  from known as k
  where b.unit_id = p_unit
    and b.row_no = k.row_no;
{% endif %}
  -- rows that only people know
  delete from greenroom.batch_{{ d.name }} as b
  using (
    select b.row_no
    from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
    join greenroom.edit as e on e.row_ref = {{ d.ref_b }} and e.action = 'add' and e.state in ('in force', 'conflict')
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where b.unit_id = p_unit
  ) as a
  where b.unit_id = p_unit
    and b.row_no = a.row_no;
{% if d.lineage %}
  delete from greenroom.lineage as l
  where l.unit_id = p_unit
    and not exists (select from greenroom.batch_{{ d.name }} as b where b.unit_id = p_unit and b.row_no = l.row_no);
{% endif %}
end
$$;
comment on function {{ S }}.unapply_{{ d.name }}(bigint) is 'Puts what the source said under the edits of rows copied from production.';

{% endif %}
-- Published rows of a unit as a new unit that waits, to be corrected.
create function {{ S }}.reopen_{{ d.name }}(p_scope integer, p_key text[], p_by text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_published greenroom.published;
  v_unit greenroom.unit;
  v_batch bigint;
  v_new bigint;
  v_rows bigint;
  v_hash text;
begin
  select p.* into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = '{{ d.name }}' and p.key = p_key and p.row_count > 0;
  if v_published.scope_id is null then
    return null;
  end if;
  select u.* into v_unit from greenroom.unit as u where u.id = v_published.unit_id;
  insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count)
  select p_scope, 'edit', coalesce(b.source, 'production'), b.snapshot, b.parser, 0, 0
  from (select) as x
  left join greenroom.batch as b on b.id = v_unit.batch_id
  returning id into v_batch;
  -- a part holds some of what is published, and what was changed by hand stands in no batch: then production is copied
  if v_unit.complete and v_unit.hash = v_published.hash then
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash, keys_are_unique, texts_are_sound)
    values (v_batch, p_scope, '{{ d.name }}', p_key, true, coalesce(v_unit.sealed_rows, v_unit.row_count), v_unit.quarantined_count, coalesce(v_unit.sealed_hash, v_unit.hash), v_unit.keys_are_unique, v_unit.texts_are_sound)
    returning id into v_new;
    insert into greenroom.batch_{{ d.name }} (unit_id, row_no{% if landing == "inbox" %}, row_key, parent_row_key, position, derived{% endif %}{% for c in d.natural %}, {{ c.name }}{% endfor %})
    select v_new, b.row_no{% if landing == "inbox" %}, b.row_key, b.parent_row_key, b.position, b.derived{% endif %}{% for c in d.natural %}, b.{{ c.name }}{% endfor %}

    from greenroom.batch_{{ d.name }} as b
    where b.unit_id = v_unit.id;
    get diagnostics v_rows = row_count;
    -- what its parser said of it is as true as it was
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)
    select v_new, f.check_name, f.severity, f.message, f.row_key, f.position, f.found_by
    from greenroom.finding as f
    where f.unit_id = v_unit.id
      and f.found_by = 'parser'
      and f.check_name <> 'unproven_parser';
{% if d.lineage %}
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, l.row_no, l.id
    from greenroom.lineage as l
    where l.unit_id = v_unit.id
      and l.row_no > 0;
{% endif %}
  else
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
    values (v_batch, p_scope, '{{ d.name }}', p_key, true, v_published.row_count, '')
    returning id into v_new;
    insert into greenroom.batch_{{ d.name }} (unit_id, row_no{% if landing == "inbox" %}, row_key, parent_row_key, position{% endif %}{% for c in d.natural %}, {{ c.name }}{% endfor %})
    select
      v_new,
      pg_catalog.row_number() over (order by {{ d.p_identity }})::integer{% if landing == "inbox" %},
      p.id::text,
      {{ "p." ~ d.tree.into ~ "::text" if d.tree else "null" }},
      'as published'{% endif %}{% for v in d.published_values %},
      {{ v }}{% endfor %}

    from (select v_published.root_id as root_id, p_key as key) as t
    join {{ d.table }} as p on {{ d.member_touched }} and p.retired_at is null
{% if d.tree %}
    left join {{ d.table }} as parent on parent.id = p.{{ d.tree.into }}
{% endif %}
    ;
    get diagnostics v_rows = row_count;
{% if d.lineage %}
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, b.row_no, b.row_key::uuid
    from greenroom.batch_{{ d.name }} as b
    where b.unit_id = v_new;
{% endif %}
{% if not d.current_of and not d.is_derived %}
    perform {{ S }}.unapply_{{ d.name }}(v_new);
    select pg_catalog.count(*) into v_rows from greenroom.batch_{{ d.name }} as b where b.unit_id = v_new;
{% endif %}
{% if landing == "file" %}
    select {{ d.hash_of_h }} into v_hash
    from (select {{ d.record_batch }} as record from greenroom.batch_{{ d.name }} as b where b.unit_id = v_new offset 0) as h;
{% else %}
    select {{ d.hash_batch }} into v_hash from greenroom.batch_{{ d.name }} as b where b.unit_id = v_new;
{% endif %}
    update greenroom.unit as u set hash = v_hash, row_count = v_rows where u.id = v_new;
  end if;
  update greenroom.batch as b set read_count = v_rows, staged_count = v_rows where b.id = v_batch;
  return v_new;
end
$$;
comment on function {{ S }}.reopen_{{ d.name }}(integer, text[], text) is 'Published rows of a unit as a pending unit; null where nothing is published.';
