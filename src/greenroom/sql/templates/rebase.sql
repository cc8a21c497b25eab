{% if not d.current_of and not d.is_derived %}

-- Compares the edits of a unit with what its source says now: they stay, retire themselves, or are in conflict.
create function {{ S }}.rebase_{{ d.name }}(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  with whole as materialized (
    select u.* from greenroom.unit as u where u.id = p_unit
  ), mine as materialized (
    select e.*
    from greenroom.edit as e
    join whole as u on e.scope_id = u.scope_id and {{ d.edits_of_u }}
    where e.state in ('in force', 'conflict')
  ), source as materialized (
    select {{ d.ref_b }} as ref, {{ d.row_json_b }} as "values"
    from greenroom.batch_{{ d.name }} as b
{{ d.lineage_b }}
    where b.unit_id = p_unit
  ), said as materialized (
    select
      m.id,
      m.action,
      m.base,
      m.value,
      s.ref is not null as is_there,
      exists (select from mine as a where a.row_ref = m.row_ref and a.action = 'add') as is_ours,
      coalesce((
        select pg_catalog.jsonb_object_agg(c.column_name, c.value) from mine as c where c.row_ref = m.row_ref and c.action = 'set'
      ), '{}') as cells,
      case m.action
        when 'set' then s."values" -> m.column_name
        when 'delete' then s."values"
        when 'add' then s."values"
{% if d.tree %}
        when 'parent' then coalesce(pg_catalog.to_jsonb(n.was_parent), 'null')
        when 'order' then coalesce((
          select pg_catalog.jsonb_agg(k.ref order by k.was_rank)
          from {{ S }}.nodes_{{ d.name }}(p_unit) as k
          where k.was_rank is not null
            and k.was_parent is not distinct from nullif(m.row_ref, 'root')
        ), '[]')
{% endif %}
      end as says
    from mine as m
    left join source as s on s.ref = m.row_ref
{% if d.tree %}
    left join {{ S }}.nodes_{{ d.name }}(p_unit) as n on n.ref = m.row_ref and not n.is_added and m.action = 'parent'
{% endif %}
  ), judged as (
    select
      s.id,
      s.says,
      s.is_there or s.action = 'order' as is_met,
      case
        when s.action = 'add' then case
          when not s.is_there then 'in force'
          when not exists (
            select
            from pg_catalog.jsonb_each((s.value - {{ d.structural }}) || s.cells) as v
            where v.value is distinct from s.says -> v.key
          ) then 'adopted'
          else 'conflict'
        end
        when s.action = 'order' then case
          when greenroom.kept_order(s.says, s.base) = greenroom.kept_order(s.base, s.says) then 'in force'
          when greenroom.kept_order(s.says, s.value) = greenroom.kept_order(s.value, s.says) then 'adopted'
          else 'conflict'
        end
        when not s.is_there and s.is_ours then 'in force'
        when not s.is_there and not (select u.complete from whole as u) then null
        when not s.is_there then case when s.action = 'delete' then 'adopted' else 'conflict' end
        when s.action = 'delete' then case when s.says - {{ d.structural }} = s.base - {{ d.structural }} then 'in force' else 'conflict' end
        when s.says = s.base then 'in force'
        when s.says = s.value then 'adopted'
        else 'conflict'
      end as state
    from said as s
  )
  update greenroom.edit as e
  set
    -- it retires when what its source says is published, not before: an edition may be rejected
    state = case j.state when 'adopted' then 'in force' else j.state end,
    agrees_unit = case when j.state = 'adopted' then p_unit end,
    theirs = case when j.state = 'conflict' then j.says end,
    -- where its row was met last: the next edition is followed from there
    unit_id = case when (select u.complete from whole as u) and j.is_met then p_unit else e.unit_id end
  from judged as j
  where e.id = j.id
    and j.state is not null;
end
$$;
comment on function {{ S }}.rebase_{{ d.name }}(bigint) is 'Sets edits in force or in conflict, by what the source says now, and notes where it agrees.';
{% endif %}
