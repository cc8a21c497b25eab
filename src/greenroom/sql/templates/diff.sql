-- The plan: what differs between resolved and production, on identity, source columns only.
create function {{ S }}.diff_{{ d.name }}()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform {{ S }}.open_plan_{{ d.name }}();
  insert into pg_temp.plan_{{ d.name }} (op, {{ d.plan_source | join(', ') }})
  select
    case when p.{{ d.identity[0] }} is null then 'insert' else 'update' end,
    {% for c in d.plan_source %}r.{{ c }}{{ ", " if not loop.last }}{% endfor %}

  from pg_temp.resolved_{{ d.name }} as r
  left join {{ d.table }} as p on {{ d.p_is_r }}
  where p.{{ d.identity[0] }} is null
    or p.retired_at is not null
    or ({% for c in d.pub %}p.{{ c.name }}{{ ", " if not loop.last }}{% endfor %})
      is distinct from ({% for c in d.pub %}r.{{ c.name }}{{ ", " if not loop.last }}{% endfor %});
  insert into pg_temp.plan_{{ d.name }} (op, {{ d.plan_source | join(', ') }})
  select
    'retire',
    {% for c in d.plan_source %}p.{{ c }}{{ ", " if not loop.last }}{% endfor %}

  from pg_temp.entering as t
  join {{ d.table }} as p on {{ d.member_touched }}
  where t.dataset = '{{ d.name }}'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_{{ d.name }} as r where {{ d.p_is_r }});
  analyze pg_temp.plan_{{ d.name }} (op, {{ d.identity | join(', ') }}{{ ', ' ~ d.root_column if d.root_column }}{{ ', ' ~ d.tree.code if d.tree }});
end
$$;
comment on function {{ S }}.diff_{{ d.name }}() is 'Writes pg_temp.plan_{{ d.name }}: exactly what a promotion would do.';

create function {{ S }}.open_plan_{{ d.name }}()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_{{ d.name }};
  create temporary table plan_{{ d.name }} (
{% for c in d.plan_columns %}
    {{ c.name }} {{ c.type }}{{ "," if not loop.last }}
{% endfor %}
  ) on commit drop;
end
$$;
comment on function {{ S }}.open_plan_{{ d.name }}() is 'An empty typed plan for {{ d.name }}.';

-- The changes of the plan in words a person reads, with the row before and after.
create function {{ S }}.changes_{{ d.name }}()
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
{% if landing == "file" %}
declare
  v_units bigint[];
{% endif %}
begin
  return query
  select
    case when pl.op = 'update' and p.retired_at is not null then 'revive' else pl.op end,
    {{ d.pl_identity }},
    {{ d.pl_root }},
    {{ d.pl_label }},
    case when pl.op <> 'insert' then {{ d.p_json }} end,
    case when pl.op <> 'retire' then {{ d.pl_json }} end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
{% for c in d.pub %}
      case when p.{{ c.name }} is distinct from pl.{{ c.name }} then '{{ c.name }}' end{{ "," if not loop.last }}
{% endfor %}
    ], null) end
  from pg_temp.plan_{{ d.name }} as pl
  left join {{ d.table }} as p on {{ d.p_is_pl }}
{% if d.tree %}
  left join {{ d.table }} as p_parent on p_parent.id = p.{{ d.tree.into }}
  left join {{ d.table }} as pl_parent on pl_parent.id = pl.{{ d.tree.into }}
  left join pg_temp.plan_{{ d.name }} as pl_new on pl_new.id = pl.{{ d.tree.into }} and pl_new.op in ('insert', 'update')
{% endif %}
  ;
{% if landing == "file" %}
  if pg_catalog.to_regclass('pg_temp.fresh') is not null then
    v_units := array(select f.unit_id from pg_temp.fresh as f where f.dataset = '{{ d.name }}');
    return query
    select 'insert', {{ d.pl_identity }}, {{ d.pl_root }}, {{ d.pl_label }}, null::jsonb, {{ d.pl_json }}, null::text[]
    from pg_temp.fresh as f
    join {{ S }}.effective_{{ d.name }} as pl on pl.unit_id = f.unit_id and pl.unit_id = any (v_units)
    where f.dataset = '{{ d.name }}';
  end if;
{% endif %}
end
$$;
comment on function {{ S }}.changes_{{ d.name }}() is 'The plan of {{ d.name }} as before and after.';
