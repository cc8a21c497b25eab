-- What lies between two releases of a scope: history's before-images played back, production where nothing moved since.
-- A release stands where it landed (made_at), not where it was numbered; the undone and the undoings stay in the line.
create function {{ S }}.open_between(p_scope integer, p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_wrong bigint;
begin
  perform greenroom.refuse_foreign_temp(array[
    'between_line', 'between_event', 'between_image', 'between_row', 'between_side'{% for d in datasets %},
    'between_{{ d.name }}'{% endfor %}

  ]);
  select x.id into v_wrong
  from pg_catalog.unnest(array[p_from, p_to]) as x (id)
  where x.id <> 0
    and not exists (
      select from greenroom.release as r
      where r.id = x.id
        and r.scope_id = p_scope
        and r.state in ('applied', 'rolled back')
    )
  limit 1;
  if v_wrong is not null then
    perform greenroom.refuse(
      pg_catalog.format('release %s of %s has not landed', v_wrong, (select c.name from greenroom.scope as c where c.id = p_scope)),
      '[]', 'see them: greenroom releases TARGET; 0 is before the first'
    );
  end if;
  drop table if exists pg_temp.between_line;
  -- what was taken back by `revert` was never released: rows are as the release before had them
  create temporary table between_line on commit drop as
  select
    r.id,
    r.made_at,
    (r.made_at, r.id) > (f.made_at, f.id) as after_from,
    (r.made_at, r.id) > (t.made_at, t.id) as after_to
  from greenroom.release as r
  cross join lateral (
    select coalesce((select o.made_at from greenroom.release as o where o.id = p_from), '-infinity') as made_at, p_from as id
  ) as f
  cross join lateral (
    select coalesce((select o.made_at from greenroom.release as o where o.id = p_to), '-infinity') as made_at, p_to as id
  ) as t
  where r.scope_id = p_scope
    and r.state in ('applied', 'rolled back')
    and r.kind not in ('live', 'revert')
    and ((r.made_at, r.id) > (f.made_at, f.id) or (r.made_at, r.id) > (t.made_at, t.id));
  analyze pg_temp.between_line;
end
$$;
comment on function {{ S }}.open_between(integer, bigint, bigint) is 'Releases that landed after either of the two, in pg_temp.between_line; refuses those that never landed.';

{% for d in datasets %}
create function {{ S }}.between_{{ d.name }}(p_scope integer, p_from bigint, p_to bigint)
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set extra_float_digits = 1
set jit = off
set work_mem = '32MB'
as $$
begin
  perform {{ S }}.open_between(p_scope, p_from, p_to);
  drop table if exists pg_temp.between_event, pg_temp.between_image, pg_temp.between_row, pg_temp.between_side;
  -- what each row was before a release, or somebody's hand, changed it; a hand comes after all releases, else they had refused
  create temporary table between_event on commit drop as
  select h.identity, h.before, l.made_at, l.id, l.after_from, l.after_to
  from pg_temp.between_line as l
  join greenroom.history as h on h.release_id = l.id and h.dataset = '{{ d.name }}'
  union all
  select f.identity, coalesce(f.before, 'null'), 'infinity', f.id, true, true
  from {{ S }}.drifted(p_scope, null) as f
  where f.dataset = '{{ d.name }}';
  analyze pg_temp.between_event;
  create temporary table between_image on commit drop as
  select
    e.identity,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_from))[1] as was,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_to))[1] as became
  from pg_temp.between_event as e
  group by e.identity;
  analyze pg_temp.between_image;
  -- rows that came since and were left alone have no image: production tells of them
  -- (into a table of its own: one that is read while it grows is read once for each row)
  create temporary table between_row on commit drop as
  select i.identity, i.was, i.became from pg_temp.between_image as i
  union all
  select {{ d.p_identity_text }}, null, null
  from (
    select distinct {{ "u.root_id" if root else "u.key" }}
    from pg_temp.between_line as l
    join greenroom.release_unit as u on u.release_id = l.id and u.dataset = '{{ d.name }}'
  ) as t
  join {{ d.table }} as p on {{ d.member_touched }}
  where p.release_id in (select l.id from pg_temp.between_line as l)
    and p.retired_at is null
    and not exists (select from pg_temp.between_image as i where i.identity = {{ d.p_identity_text }});
  analyze pg_temp.between_row;
  create temporary table between_side on commit drop as
  -- materialized: a row of production is made JSON once, and not at all where it is on neither side
  with production as materialized (
    select
      i.identity,
      i.was,
      i.became,
      case
        when p.retired_at is null and (i.was is null and n.after_from is not true or i.became is null and n.after_to is not true)
        then pg_catalog.to_jsonb(p)
      end as now,
      n.after_from,
      n.after_to
    from pg_temp.between_row as i
    left join {{ d.table }} as p on {{ d.p_is_image }}
    cross join lateral (
      select
        p.{{ d.identity[0] }} is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_from) as after_from,
        p.{{ d.identity[0] }} is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_to) as after_to
    ) as n
  )
  select
    i.identity,
    case
      when i.was is null then case when i.after_from is not true then i.now end
      when i.was = 'null' or i.was ->> 'retired_at' is not null then null
      when (i.was ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_from) then null
      else i.was
    end as was,
    case
      when i.became is null then case when i.after_to is not true then i.now end
      when i.became = 'null' or i.became ->> 'retired_at' is not null then null
      when (i.became ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_to) then null
      else i.became
    end as became
  from production as i;
  analyze pg_temp.between_side;
  return query
  select
    case when i.was is null then 'insert' when i.became is null then 'retire' else 'update' end,
    i.identity,
    {{ "coalesce(pl." ~ d.root_column ~ ", p." ~ d.root_column ~ ")" if d.root_column else ("(i.identity[1])::uuid" if d.is_root else "null::uuid") }},
    case when i.became is null then {{ d.p_label }} else {{ d.pl_label }} end,
    case when i.was is not null then {{ d.p_json }} end,
    case when i.became is not null then {{ d.pl_json }} end,
    case when i.was is not null and i.became is not null then pg_catalog.array_remove(array[
{% for c in d.pub %}
      case when p.{{ c.name }} is distinct from pl.{{ c.name }} then '{{ c.name }}' end{{ "," if not loop.last }}
{% endfor %}
    ], null) end
  from pg_temp.between_side as i
  cross join lateral pg_catalog.jsonb_populate_record(null::{{ d.table }}, i.was) as p
  cross join lateral pg_catalog.jsonb_populate_record(null::{{ d.table }}, i.became) as pl
{% if d.tree %}
  -- a parent that changed in between is called here what it was called then
  left join pg_temp.between_side as p_then on p_then.identity = array[p.{{ d.tree.into }}::text]
  left join pg_temp.between_side as pl_then on pl_then.identity = array[pl.{{ d.tree.into }}::text]
  left join {{ d.table }} as p_now on p_now.id = p.{{ d.tree.into }}
  left join {{ d.table }} as pl_now on pl_now.id = pl.{{ d.tree.into }}
  cross join lateral (select coalesce(p_then.was ->> '{{ d.tree.code }}', p_now.{{ d.tree.code }}) as {{ d.tree.code }}) as p_parent
  cross join lateral (select pl_then.became ->> '{{ d.tree.code }}' as {{ d.tree.code }}) as pl_new
  cross join lateral (select pl_now.{{ d.tree.code }} as {{ d.tree.code }}) as pl_parent
{% endif %}
  where (i.was is null) <> (i.became is null)
    or (i.was is not null and i.became is not null
      and ({% for c in d.pub %}p.{{ c.name }}{{ ", " if not loop.last }}{% endfor %})
        is distinct from ({% for c in d.pub %}pl.{{ c.name }}{{ ", " if not loop.last }}{% endfor %}));
end
$$;
comment on function {{ S }}.between_{{ d.name }}(integer, bigint, bigint) is 'Rows of {{ d.name }} that differ between two releases, as before and after.';

{% endfor %}
create function {{ S }}.between(p_scope integer, p_from bigint, p_to bigint)
returns table (dataset text, op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_touched text[];
begin
  perform {{ S }}.open_between(p_scope, p_from, p_to);
  -- a pack has many datasets, a release touches few
  select pg_catalog.array_agg(d.name) into v_touched
  from pg_catalog.unnest(array[{% for d in datasets %}'{{ d.name }}'{{ ", " if not loop.last }}{% endfor %}]) as d (name)
  where exists (
      select from pg_temp.between_line as l
      join greenroom.release_unit as u on u.release_id = l.id and u.dataset = d.name
    )
    or exists (
      select from pg_temp.between_line as l
      join greenroom.history as h on h.release_id = l.id and h.dataset = d.name
    )
    or exists (select from {{ S }}.drifted(p_scope, null) as f where f.dataset = d.name);
{% for d in datasets %}
  if '{{ d.name }}' = any (v_touched) then
    return query select '{{ d.name }}'::text, c.* from {{ S }}.between_{{ d.name }}(p_scope, p_from, p_to) as c;
  end if;
{% endfor %}
end
$$;
comment on function {{ S }}.between(integer, bigint, bigint) is 'All rows of a scope that differ between two releases; 0 is before the first. Reads only.';
