-- The only writer of {{ d.table }}: before-images, park, upsert, retire.
create function {{ S }}.remember_{{ d.name }}(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, '{{ d.name }}', {{ d.p_identity_text }}, pg_catalog.to_jsonb(p)
  from pg_temp.plan_{{ d.name }} as pl
  join {{ d.table }} as p on {{ d.p_is_pl }}
  where pl.op in ('update', 'retire')
  order by {% for c in d.identity %}p.{{ c }}{{ ", " if not loop.last }}{% endfor %};
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, '{{ d.name }}', {{ d.pl_identity }}, 'null'
  from pg_temp.plan_{{ d.name }} as pl
  where pl.op = 'restore';
end
$$;
comment on function {{ S }}.remember_{{ d.name }}(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function {{ S }}.upsert_{{ d.name }}(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
{% if d.tree %}
  -- park: a code that another row of the plan takes must be free at every moment
  update {{ d.table }} as p
  set {{ d.tree.code }} = 'parked ' || p.id
  from pg_temp.plan_{{ d.name }} as mine
  join pg_temp.plan_{{ d.name }} as taker
    on taker.{{ d.root_column }} = mine.{{ d.root_column }}
    and taker.op in ('insert', 'update', 'restore')
    and taker.id <> mine.id
  where mine.op in ('update', 'retire')
    and p.id = mine.id
    and p.retired_at is null
    and (
      mine.op = 'retire'
      or mine.retired_at is not null
      or (mine.{{ d.root_column }}, mine.{{ d.tree.code }}) is distinct from (p.{{ d.root_column }}, p.{{ d.tree.code }})
    )
    and taker.{{ d.tree.code }} = p.{{ d.tree.code }}
    and taker.retired_at is null;

{% elif d.by_id %}
  -- park: going back, a key that another row of the plan takes must be free at every moment
  if exists (select from pg_temp.plan_{{ d.name }} as pl where pl.op <> 'retire' and pl.stamp_created_at is not null) then
    update {{ d.table }} as p
    set retired_at = pg_catalog.now()
    from pg_temp.plan_{{ d.name }} as mine
    where p.id = mine.id
      and p.retired_at is null
      and (
        mine.op = 'retire'
        or mine.op = 'update'
          and ({% for k in d.row_key_columns %}mine.{{ k }}{{ ", " if not loop.last }}{% endfor %})
            is distinct from ({% for k in d.row_key_columns %}p.{{ k }}{{ ", " if not loop.last }}{% endfor %})
      );
  end if;

{% endif %}
  insert into {{ d.table }} ({{ d.plan_source | join(', ') }}{% for c in d.life %}, {{ c.name }}{% endfor %}, created_at, updated_at, release_id)
  select
    {% for c in d.plan_source %}pl.{{ c }}{{ ", " if not loop.last }}{% endfor %},
{% for c in d.life %}
    case when pl.op = 'restore' then pl.{{ c.name }} else {{ c.default }} end,
{% endfor %}
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_{{ d.name }} as pl
  where pl.op in ('insert', 'restore');

  update {{ d.table }} as p
  set
{% for c in d.pub_settable %}
    {{ c.name }} = pl.{{ c.name }},
{% endfor %}
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_{{ d.name }} as pl
  where pl.op = 'update'
    and {{ d.p_is_pl }};
end
$$;
comment on function {{ S }}.upsert_{{ d.name }}(bigint) is 'Inserts and updates the plan''s rows of {{ d.name }}.';

{% if landing == "file" %}
-- Units of which production held nothing go from the batch into production: there is nothing to remember, no plan to make.
create function {{ S }}.fill_{{ d.name }}(p_release bigint)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[] := array(select f.unit_id from pg_temp.fresh as f where f.dataset = '{{ d.name }}');
  v_filled bigint := 0;
begin
  if v_units <> '{}' then
    insert into {{ d.table }} ({{ d.plan_source | join(', ') }}{% for c in d.life %}, {{ c.name }}{% endfor %}, created_at, updated_at, release_id)
    select
      {% for c in d.pub %}{{ c.resolved }}::{{ c.type }}{{ ", " if not loop.last }}{% endfor %},
{% for c in d.life %}
      {{ c.default }},
{% endfor %}
      pg_catalog.now(),
      pg_catalog.now(),
      p_release
    from {{ S }}.effective_{{ d.name }} as b
    where b.unit_id = any (v_units);
    get diagnostics v_filled = row_count;
  end if;
  return v_filled;
end
$$;
comment on function {{ S }}.fill_{{ d.name }}(bigint) is 'Inserts the rows of the units in pg_temp.fresh; answers how many.';

{% endif %}
create function {{ S }}.retire_{{ d.name }}(p_release bigint)
returns table (deleted bigint, retired bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_referring record;
begin
  deleted := 0;
  retired := 0;
  if not exists (select from pg_temp.plan_{{ d.name }} as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_{{ d.name }};
  create temporary table leaving_{{ d.name }} on commit drop as
  select {% for c in d.identity %}pl.{{ c }}, {% endfor %}false as kept
  from pg_temp.plan_{{ d.name }} as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_{{ d.name }};

  -- nobody may begin to point at a row while we look who does
  perform 1
  from {{ d.table }} as p
  join pg_temp.leaving_{{ d.name }} as l on {{ d.p_is_l }}
  order by {% for c in d.identity %}p.{{ c }}{{ ", " if not loop.last }}{% endfor %}

  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('{{ d.table_regclass }}'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_{{ d.name }} as l set kept = true where not l.kept and exists (select from {{ d.table }} as t join %s as r on %s where {{ d.t_is_l }})',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_{{ d.name }} as l set kept = true;
    end if;
  end loop;
{% if d.tree %}

  -- a parent stays while one of its children stays
  update pg_temp.leaving_{{ d.name }} as l
  set kept = true
  where not l.kept
    and exists (
      select from {{ d.table }} as c
      where c.{{ d.tree.into }} = l.id
        and not exists (select from pg_temp.leaving_{{ d.name }} as o where o.id = c.id)
    );
  with recursive up as (
    select p.{{ d.tree.into }} as id
    from pg_temp.leaving_{{ d.name }} as l
    join {{ d.table }} as p on p.id = l.id
    where l.kept
    union
    select p.{{ d.tree.into }}
    from up as u
    join {{ d.table }} as p on p.id = u.id
  )
  update pg_temp.leaving_{{ d.name }} as l
  set kept = true
  from up as u
  where l.id = u.id
    and not l.kept;
{% endif %}

  delete from {{ d.table }} as p
  using pg_temp.leaving_{{ d.name }} as l
  where {{ d.p_is_l }}
    and not l.kept;
  get diagnostics deleted = row_count;

  update {{ d.table }} as p
  set
{% if d.tree %}
    {{ d.tree.code }} = pl.{{ d.tree.code }},
{% endif %}
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_{{ d.name }} as l
  join pg_temp.plan_{{ d.name }} as pl on {{ d.l_is_pl }}
  where {{ d.p_is_l }}
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function {{ S }}.retire_{{ d.name }}(bigint) is 'Deletes what nothing points at, retires the rest.';
