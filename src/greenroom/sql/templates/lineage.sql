{% if d.lineage %}

-- Every row of a unit that is edited has the id that goes with it: production's, or the one it will get.
create function {{ S }}.trace_{{ d.name }}(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_scope integer;
{% if not d.tree %}
  v_root uuid;
{% endif %}
begin
  if not exists (
    select
    from greenroom.batch_{{ d.name }} as b
    where b.unit_id = p_unit
      and not exists (select from greenroom.lineage as l where l.unit_id = p_unit and l.row_no = b.row_no)
  ) then
    return;
  end if;
{% if d.tree %}
  select u.scope_id into strict v_scope from greenroom.unit as u where u.id = p_unit;
  perform {{ S }}.plan(v_scope, array[p_unit]);
  insert into greenroom.lineage (unit_id, row_no, id)
  select r.unit_id, r.row_no, r.id
  from pg_temp.resolving_{{ d.name }} as r
  on conflict do nothing;
{% else %}
  select u.scope_id, {{ S }}.find_root(u.scope_id, u.key) into strict v_scope, v_root from greenroom.unit as u where u.id = p_unit;
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, s.id
  from greenroom.batch_{{ d.name }} as b
  join (
    select distinct on ({{ d.row_text_p }}) p.id, {{ d.row_text_p }} as row_text
    from {{ d.table }} as p
    where p.{{ d.root_column }} = v_root
    order by {{ d.row_text_p }}, (p.retired_at is null) desc, p.retired_at desc, p.id
  ) as s on s.row_text = {{ d.row_text_b }}
  where b.unit_id = p_unit
  order by b.row_no
  on conflict do nothing;
{% endif %}
  -- no production row of its own: a new one, or a second of the same key
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, pg_catalog.gen_random_uuid()
  from greenroom.batch_{{ d.name }} as b
  where b.unit_id = p_unit
  on conflict do nothing;
end
$$;
comment on function {{ S }}.trace_{{ d.name }}(bigint) is 'Gives each sealed row of a unit the id that goes with it.';

-- The rows of one edition in the next: what edits follow.
create function {{ S }}.follow_{{ d.name }}(p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set enable_nestloop = off
set jit = off
as $$
{% if d.tree %}
begin
  perform greenroom.refuse_foreign_temp(array['edition_was', 'edition_now', 'edition_met']);
  drop table if exists pg_temp.edition_was, pg_temp.edition_now, pg_temp.edition_met;
{% for side, unit in (("was", "p_from"), ("now", "p_to")) %}
  create temporary table edition_{{ side }} on commit drop as
  with recursive node as materialized (
    select b.row_no, b.row_key, b.parent_row_key, b.{{ d.tree.code }} as code, greenroom.fold(b.{{ d.tree.name }}) as name
    from greenroom.batch_{{ d.name }} as b
    where b.unit_id = {{ unit }}
  ), walked as (
    select n.row_no, n.row_key, n.name as path, 1 as depth
    from node as n
    where n.parent_row_key is null
    union all
    select n.row_no, n.row_key, w.path || e'\n' || n.name, w.depth + 1
    from walked as w
    join node as n on n.parent_row_key = w.row_key
    where w.depth < 50
  )
  select
    n.row_no,
    n.code,
    n.name,
    w.path,
    pg_catalog.count(*) over (partition by n.name) as named,
    pg_catalog.count(*) over (partition by w.path) as placed,
    pg_catalog.count(*) over (partition by n.code) as coded{{ ",
    l.id" if side == "was" }}
  from node as n
  left join (select distinct on (w.row_no) w.row_no, w.path from walked as w order by w.row_no) as w on w.row_no = n.row_no
{{ "  join greenroom.lineage as l on l.unit_id = " ~ unit ~ " and l.row_no = n.row_no" if side == "was" }}
  where n.name <> '';
{% endfor %}
  create temporary table edition_met (row_no integer primary key, id uuid unique, was integer unique) on commit drop;
  -- 1. the same code, name and place; 2. the same place among names; 3. a name that stands once in either edition;
  -- 4. the same code and name; 5. renamed: the same code, and neither name stands in the other edition
{% for condition in (
  "n.code = w.code and n.path = w.path and n.coded = 1 and w.coded = 1",
  "n.path = w.path and n.placed = 1 and w.placed = 1",
  "n.name = w.name and n.named = 1 and w.named = 1",
  "n.code = w.code and n.name = w.name and n.coded = 1 and w.coded = 1",
  "n.code = w.code and n.coded = 1 and w.coded = 1 and not exists (select from pg_temp.edition_now as o where o.name = w.name) and not exists (select from pg_temp.edition_was as o where o.name = n.name)",
) %}
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on {{ condition }}
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
{% endfor %}
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_to, m.row_no, m.id
  from pg_temp.edition_met as m
  on conflict do nothing;
  -- rows that people added and the source has now: by code and name, else by name where it stands once
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, n.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  join pg_temp.edition_now as n
    on n.name = greenroom.fold(e.value ->> '{{ d.tree.name }}')
    and (n.code = e.value ->> '{{ d.tree.code }}' or n.named = 1)
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = n.row_no)
  order by e.row_ref, (n.code = e.value ->> '{{ d.tree.code }}') desc, n.row_no
  on conflict do nothing;
  -- the same code alone, where its name is no other row's of before
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, n.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  join pg_temp.edition_now as n on n.code = e.value ->> '{{ d.tree.code }}'
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and (l.row_no = n.row_no or l.id = e.row_ref::uuid))
  order by e.row_ref, n.row_no
  on conflict do nothing;
  drop table pg_temp.edition_was, pg_temp.edition_now, pg_temp.edition_met;
end
{% else %}
begin
  -- the key tells which row is which
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (l.id) p_to, b.row_no, l.id
  from greenroom.batch_{{ d.name }} as p
  join greenroom.lineage as l on l.unit_id = p.unit_id and l.row_no = p.row_no
  join greenroom.batch_{{ d.name }} as b on b.unit_id = p_to and {{ d.row_text_b }} = {{ d.row_text_p }}
  where p.unit_id = p_from
  order by l.id, b.row_no
  on conflict do nothing;
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, b.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_{{ d.name }}, e.value) as p
  join greenroom.batch_{{ d.name }} as b on b.unit_id = p_to and {{ d.row_text_b }} = {{ d.row_text_p }}
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = b.row_no)
  order by e.row_ref, b.row_no
  on conflict do nothing;
end
{% endif %}
$$;
comment on function {{ S }}.follow_{{ d.name }}(bigint, bigint) is 'Gives rows of the next edition the ids of the rows they continue.';
{% endif %}
