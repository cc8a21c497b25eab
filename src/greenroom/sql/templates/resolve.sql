-- Whose id is it? Every entering row of {{ d.name }} gets its identity before anything is compared.
create function {{ S }}.resolve_{{ d.name }}(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
{% if d.tree %}
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = '{{ d.name }}');
  v_fresh boolean;
  v_search boolean := false;
  v_open bigint;
begin
  drop table if exists pg_temp.standing_{{ d.name }}, pg_temp.searching_{{ d.name }}, pg_temp.renamed_{{ d.name }}, pg_temp.resolving_{{ d.name }}, pg_temp.frontier_{{ d.name }}, pg_temp.resolved_{{ d.name }};

  v_fresh := not exists (
    select
    from pg_temp.entering as e
    join {{ d.table }} as p on p.{{ d.root_column }} = e.root_id
    where e.dataset = '{{ d.name }}'
  );

  -- 1. a match somebody recorded; 2. same code and same name
  create temporary table resolving_{{ d.name }} on commit drop as
  with recorded as (
    select c.unit_key, c.new_key, p.id
    from greenroom.succession as c
    join pg_temp.entering as e on e.dataset = c.dataset and e.key = c.unit_key
    join {{ d.table }} as p on p.{{ d.root_column }} = e.root_id and p.{{ d.tree.code }} = c.old_key and p.retired_at is null
    where c.scope_id = p_scope
      and c.dataset = '{{ d.name }}'
      and not v_fresh
  ), traced as (
    -- rows of a unit that people corrected go by their id, whatever they are called
    select l.unit_id, l.row_no, l.id
    from pg_temp.entering as e
    join greenroom.lineage as l on l.unit_id = e.unit_id and l.unit_id = any (v_units)
    where e.dataset = '{{ d.name }}'
  )
  select
    b.unit_id,
    b.row_no,
    e.root_id,
    b.{{ d.tree.code }} as code,
    b.{{ d.tree.parent }} as parent_code,
    b.{{ d.tree.name }} as title,
    null::text as name,
    x.id is not null as is_traced,
    case
      when x.id is not null then x.id
      when v_fresh then pg_catalog.gen_random_uuid()
      when r.id is not null and r.id not in (select t.id from traced as t) then r.id
      when p.id not in (select k.id from recorded as k) and p.id not in (select t.id from traced as t) then p.id
    end as id
  from pg_temp.entering as e
  join {{ S }}.effective_{{ d.name }} as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  left join traced as x on x.unit_id = b.unit_id and x.row_no = b.row_no
  left join recorded as r on r.unit_key = e.key and r.new_key = b.{{ d.tree.code }}
  left join {{ d.table }} as p
    on p.{{ d.root_column }} = e.root_id
    and p.{{ d.tree.code }} = b.{{ d.tree.code }}
    and (p.{{ d.tree.name }} = b.{{ d.tree.name }} or greenroom.fold(p.{{ d.tree.name }}) = greenroom.fold(b.{{ d.tree.name }}))
    and p.retired_at is null
  where e.dataset = '{{ d.name }}';
  analyze pg_temp.resolving_{{ d.name }} (unit_id, row_no, root_id, id);

  if not v_fresh then
    -- subjects in which somebody has to be found: a row without a match, or one whose parent is called otherwise;
    -- only there are names folded
    create temporary table searching_{{ d.name }} on commit drop as
    select distinct n.root_id
    from pg_temp.resolving_{{ d.name }} as n
    left join pg_temp.resolving_{{ d.name }} as new_parent on new_parent.unit_id = n.unit_id and new_parent.code = n.parent_code
    left join {{ d.table }} as p on p.id = n.id
    left join {{ d.table }} as old_parent on old_parent.id = p.{{ d.tree.into }}
    where n.id is null
      or (
        new_parent.title <> old_parent.{{ d.tree.name }}
        and greenroom.fold(new_parent.title) <> greenroom.fold(old_parent.{{ d.tree.name }})
      );
    analyze pg_temp.searching_{{ d.name }};
    v_search := exists (select from pg_temp.searching_{{ d.name }});
  end if;
  if v_search then
    update pg_temp.resolving_{{ d.name }} as n
    set name = greenroom.fold(n.title)
    where n.root_id in (select o.root_id from pg_temp.searching_{{ d.name }} as o);
    analyze pg_temp.resolving_{{ d.name }};
    create temporary table standing_{{ d.name }} on commit drop as
    select
      p.id,
      p.{{ d.root_column }} as root_id,
      p.{{ d.tree.into }} as parent_id,
      p.{{ d.tree.code }} as code,
      greenroom.fold(p.{{ d.tree.name }}) as name,
      p.retired_at
    from {{ d.table }} as p
    where p.{{ d.root_column }} in (select o.root_id from pg_temp.searching_{{ d.name }} as o);
    analyze pg_temp.standing_{{ d.name }};

    -- a name that stands in several places ("Introduction") goes with its chapter, not with the code:
    -- under a parent that stood elsewhere in the old edition it is looked at again, from its parent
    update pg_temp.resolving_{{ d.name }} as n
    set id = null
    from pg_temp.standing_{{ d.name }} as s
    join pg_temp.standing_{{ d.name }} as old_parent on old_parent.id = s.parent_id,
      pg_temp.resolving_{{ d.name }} as new_parent
    where s.id = n.id
      and not n.is_traced
      and s.code = n.code
      and s.name = n.name
      and new_parent.unit_id = n.unit_id
      and new_parent.code = n.parent_code
      and new_parent.name <> old_parent.name
      and (n.root_id, new_parent.name) in (
        select o.root_id, o.name from pg_temp.standing_{{ d.name }} as o where o.retired_at is null
      )
      and (n.root_id, n.name) in (
        select twin.root_id, twin.name
        from pg_temp.standing_{{ d.name }} as twin
        where twin.retired_at is null
        group by twin.root_id, twin.name
        having pg_catalog.count(*) > 1
      );
  end if;

  if v_search then
    -- renamed in place: neither name stands anywhere in the other edition, so only the code can tell;
    -- what 5 would find at the end, found for all at once
    create temporary table renamed_{{ d.name }} on commit drop as
    select
      (pg_catalog.array_agg(x.unit_id) filter (where x.is_new))[1] as unit_id,
      (pg_catalog.array_agg(x.row_no) filter (where x.is_new))[1] as row_no,
      (pg_catalog.array_agg(x.id) filter (where not x.is_new))[1] as id
    from (
      select
        e.*,
        pg_catalog.bool_or(e.is_new) over same_name and pg_catalog.bool_or(not e.is_new) over same_name as is_told
      from (
        select n.root_id, n.name, n.code, true as is_new, n.id is null as is_open, n.unit_id, n.row_no, null::uuid as id
        from pg_temp.resolving_{{ d.name }} as n
        where n.root_id in (select o.root_id from pg_temp.searching_{{ d.name }} as o)
        union all
        select
          s.root_id, s.name, s.code, false,
          not exists (select from pg_temp.resolving_{{ d.name }} as taken where taken.id = s.id),
          null, null, s.id
        from pg_temp.standing_{{ d.name }} as s
        where s.retired_at is null
      ) as e
      window same_name as (partition by e.root_id, e.name)
    ) as x
    where x.is_open
      and not x.is_told
    group by x.root_id, x.code
    having pg_catalog.count(*) filter (where x.is_new) = 1
      and pg_catalog.count(*) filter (where not x.is_new) = 1;
    analyze pg_temp.renamed_{{ d.name }};
    update pg_temp.resolving_{{ d.name }} as n
    set id = r.id
    from pg_temp.renamed_{{ d.name }} as r
    where n.unit_id = r.unit_id
      and n.row_no = r.row_no;
  end if;

  if v_search and exists (select from pg_temp.resolving_{{ d.name }} as n where n.id is null) then
    -- 3. moved: a name that stands once in the old and once in the new edition of the subject,
    --    when both are leaves or share a child's name
    with lone_new as (
      select n.root_id, n.name, pg_catalog.min(n.row_no) as row_no, pg_catalog.min(n.unit_id) as unit_id, pg_catalog.min(n.code) as code
      from pg_temp.resolving_{{ d.name }} as n
      where (n.root_id, n.name) in (
        select o.root_id, o.name from pg_temp.resolving_{{ d.name }} as o where o.id is null and o.name <> ''
      )
      group by n.root_id, n.name
      having pg_catalog.count(*) = 1 and pg_catalog.bool_and(n.id is null)
    ), lone_old as (
      select s.root_id, s.name, (pg_catalog.array_agg(s.id))[1] as id
      from pg_temp.standing_{{ d.name }} as s
      where s.retired_at is null
        and (s.root_id, s.name) in (select l.root_id, l.name from lone_new as l)
      group by s.root_id, s.name
      having pg_catalog.count(*) = 1
    ), pair as materialized (
      select l.unit_id, l.row_no, l.code, o.id
      from lone_new as l
      join lone_old as o on o.root_id = l.root_id and o.name = l.name
      where not exists (select from pg_temp.resolving_{{ d.name }} as taken where taken.id = o.id)
    ), matched as (
      select p.unit_id, p.row_no, p.id
      from pair as p
      join pg_temp.resolving_{{ d.name }} as cn on cn.unit_id = p.unit_id and cn.parent_code = p.code
      join pg_temp.standing_{{ d.name }} as co on co.parent_id = p.id and co.name = cn.name
      union
      select p.unit_id, p.row_no, p.id
      from pair as p
      where not exists (select from pg_temp.resolving_{{ d.name }} as cn where cn.unit_id = p.unit_id and cn.parent_code = p.code)
        and not exists (select from pg_temp.standing_{{ d.name }} as co where co.parent_id = p.id and co.retired_at is null)
    )
    update pg_temp.resolving_{{ d.name }} as n
    set id = m.id
    from matched as m
    where n.unit_id = m.unit_id
      and n.row_no = m.row_no;

    delete from pg_temp.standing_{{ d.name }} as s
    using pg_temp.resolving_{{ d.name }} as n
    where n.id = s.id;

    -- from the roots down: a row is looked at once its parent is known
    loop
      drop table if exists pg_temp.frontier_{{ d.name }};
      create temporary table frontier_{{ d.name }} on commit drop as
      select
        n.unit_id,
        n.row_no,
        n.root_id,
        n.code,
        n.name,
        coalesce(p.id, n.root_id) as parent_id,
        null::uuid as id
      from pg_temp.resolving_{{ d.name }} as n
      left join pg_temp.resolving_{{ d.name }} as p on p.unit_id = n.unit_id and p.code = n.parent_code
      where n.id is null
        and (n.parent_code is null or p.id is not null);
      get diagnostics v_open = row_count;
      exit when v_open = 0;
      analyze pg_temp.frontier_{{ d.name }};

      -- 4. renumbered: same name under the same parent, once on either side
      with here as (
        select f.unit_id, f.row_no, f.root_id, f.parent_id, f.name,
          pg_catalog.count(*) over (partition by f.root_id, f.parent_id, f.name) as times
        from pg_temp.frontier_{{ d.name }} as f
      ), there as (
        select s.id, s.root_id, coalesce(s.parent_id, s.root_id) as parent_id, s.name,
          pg_catalog.count(*) over (partition by s.root_id, coalesce(s.parent_id, s.root_id), s.name) as times
        from pg_temp.standing_{{ d.name }} as s
        where s.retired_at is null
          and coalesce(s.parent_id, s.root_id) in (select f.parent_id from pg_temp.frontier_{{ d.name }} as f)
      )
      update pg_temp.frontier_{{ d.name }} as f
      set id = t.id
      from here as h
      join there as t on t.root_id = h.root_id and t.parent_id = h.parent_id and t.name = h.name
      where h.times = 1
        and t.times = 1
        and f.unit_id = h.unit_id
        and f.row_no = h.row_no;

      -- 5. renamed: same code
      update pg_temp.frontier_{{ d.name }} as f
      set id = s.id
      from pg_temp.standing_{{ d.name }} as s
      where f.id is null
        and s.root_id = f.root_id
        and s.code = f.code
        and s.retired_at is null
        and not exists (select from pg_temp.frontier_{{ d.name }} as taken where taken.id = s.id);

      -- 6. revived: a retired row whose key came back; the same name first, then the latest
      with back as (
        select distinct on (s.id) s.id, s.unit_id, s.row_no
        from (
          select distinct on (f.unit_id, f.row_no) f.unit_id, f.row_no, o.id
          from pg_temp.frontier_{{ d.name }} as f
          join pg_temp.standing_{{ d.name }} as o on o.root_id = f.root_id and o.code = f.code and o.retired_at is not null
          where f.id is null
          order by f.unit_id, f.row_no, (o.name = f.name) desc, o.retired_at desc, o.id
        ) as s
        order by s.id, s.unit_id, s.row_no
      )
      update pg_temp.frontier_{{ d.name }} as f
      set id = b.id
      from back as b
      where f.unit_id = b.unit_id
        and f.row_no = b.row_no;

      -- 7. else new
      update pg_temp.resolving_{{ d.name }} as n
      set id = coalesce(f.id, pg_catalog.gen_random_uuid())
      from pg_temp.frontier_{{ d.name }} as f
      where n.unit_id = f.unit_id
        and n.row_no = f.row_no;

      delete from pg_temp.standing_{{ d.name }} as s
      using pg_temp.frontier_{{ d.name }} as f
      where f.id = s.id;
    end loop;
  end if;

  create temporary table resolved_{{ d.name }} on commit drop as
  select
    n.id,
{% for c in d.pub %}
    {{ c.resolved }}::{{ c.type }} as {{ c.name }}{{ "," if not loop.last }}
{% endfor %}
  from pg_temp.resolving_{{ d.name }} as n
  join {{ S }}.effective_{{ d.name }} as b on b.unit_id = n.unit_id and b.unit_id = any (v_units) and b.row_no = n.row_no
  left join pg_temp.resolving_{{ d.name }} as parent on parent.unit_id = n.unit_id and parent.code = n.parent_code;
  analyze pg_temp.resolved_{{ d.name }} ({{ d.identity | join(', ') }});
end
{% elif d.is_root %}
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = '{{ d.name }}');
begin
  drop table if exists pg_temp.resolved_{{ d.name }};
  create temporary table resolved_{{ d.name }} on commit drop as
  select
    e.root_id as id,
{% for c in d.pub %}
    {{ c.resolved }}::{{ c.type }} as {{ c.name }}{{ "," if not loop.last }}
{% endfor %}
  from pg_temp.entering as e
  join greenroom.scope as c on c.id = p_scope
{% for l in d.lookups %}
  join {{ l.table }} as {{ l.into }}_row on {{ l.into }}_row.{{ l.by }} = c.keys[{{ loop.index }}]
{% endfor %}
  join {{ S }}.effective_{{ d.name }} as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  where e.dataset = '{{ d.name }}';
  analyze pg_temp.resolved_{{ d.name }} ({{ d.identity | join(', ') }});
end
{% elif d.by_id %}
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = '{{ d.name }}');
begin
  drop table if exists pg_temp.resolved_{{ d.name }};
  -- same key; else a retired row whose key came back; else new
  create temporary table resolved_{{ d.name }} on commit drop as
  with standing as (
    select distinct on (e.root_id, {{ d.row_text_p }}) p.id, e.root_id, {{ d.row_text_p }} as row_text
    from pg_temp.entering as e
    join {{ d.table }} as p on p.{{ d.root_column }} = e.root_id
    where e.dataset = '{{ d.name }}'
    order by e.root_id, {{ d.row_text_p }}, (p.retired_at is null) desc, p.retired_at desc, p.id
  )
  select
    coalesce(x.id, case when s.id not in (select l.id from greenroom.lineage as l where l.unit_id = e.unit_id) then s.id end, pg_catalog.gen_random_uuid()) as id,
{% for c in d.pub %}
    {{ c.resolved }}::{{ c.type }} as {{ c.name }}{{ "," if not loop.last }}
{% endfor %}
  from pg_temp.entering as e
  join {{ S }}.effective_{{ d.name }} as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  left join greenroom.lineage as x on x.unit_id = b.unit_id and x.unit_id = any (v_units) and x.row_no = b.row_no
  left join standing as s on s.root_id = e.root_id and s.row_text = {{ d.row_text_b }}
  where e.dataset = '{{ d.name }}';
  analyze pg_temp.resolved_{{ d.name }} ({{ d.identity | join(', ') }});
end
{% else %}
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = '{{ d.name }}');
begin
  -- the key is the identity
  drop table if exists pg_temp.resolved_{{ d.name }};
  create temporary table resolved_{{ d.name }} on commit drop as
  select
{% for c in d.pub %}
    {{ c.resolved }}::{{ c.type }} as {{ c.name }}{{ "," if not loop.last }}
{% endfor %}
  from pg_temp.entering as e
  join {{ S }}.effective_{{ d.name }} as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  where e.dataset = '{{ d.name }}'
    and e.unit_id not in (select f.unit_id from pg_temp.fresh as f);
  analyze pg_temp.resolved_{{ d.name }} ({{ d.identity | join(', ') }});
end
{% endif %}
$$;
comment on function {{ S }}.resolve_{{ d.name }}(integer) is 'Gives every entering row of {{ d.name }} its identity (pg_temp.resolved_{{ d.name }}).';
{% if landing == "file" %}

-- Entering units of {{ d.name }} of which production holds nothing, not even retired: {{ "their keys hold the unit" if d.unit_in_key else "the whole table is empty" }}.
create function {{ S }}.note_fresh_{{ d.name }}(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
{% if d.unit_columns and d.unit_in_key %}
  v_first {{ d.unit_columns[0].type }}[];
{% endif %}
begin
{% if d.unit_columns and d.unit_in_key %}
  v_first := array(
    select (e.key)[1]::{{ d.unit_columns[0].type }}
    from pg_temp.entering as e
    where e.dataset = '{{ d.name }}'
      and not exists (select from greenroom.published as o where o.scope_id = p_scope and o.dataset = e.dataset and o.key = e.key)
  );
  if exists (select from {{ d.table }} as p where p.{{ d.unit_columns[0].name }} = any (v_first)) then
    return;
  end if;
  insert into pg_temp.fresh (unit_id, dataset)
  select e.unit_id, e.dataset
  from pg_temp.entering as e
  where e.dataset = '{{ d.name }}'
    and (e.key)[1]::{{ d.unit_columns[0].type }} = any (v_first)
    and not exists (select from greenroom.published as o where o.scope_id = p_scope and o.dataset = e.dataset and o.key = e.key);
{% else %}
  if exists (select from {{ d.table }}) then
    return;
  end if;
  insert into pg_temp.fresh (unit_id, dataset)
  select e.unit_id, e.dataset
  from pg_temp.entering as e
  where e.dataset = '{{ d.name }}';
{% endif %}
end
$$;
comment on function {{ S }}.note_fresh_{{ d.name }}(integer) is 'Notes, in pg_temp.fresh, entering units of {{ d.name }} of which production holds nothing.';
{% endif %}
