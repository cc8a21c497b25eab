-- What the declarations of {{ pack }} say of each table and its source.
create function {{ S }}.registry()
returns table (
  dataset text, group_name text, table_name text, has_period boolean, beside boolean, derived boolean, current_of text, optional boolean,
  title text, owner text, licence text, address text, whence text, months integer[], every_years integer
)
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  values
{% for d in registry %}
    ({{ d.dataset }}, {{ d.group }}, {{ d.table }}, {{ d.has_period }}, {{ d.beside }}, {{ d.derived }}, {{ d.current_of }}::text, {{ d.optional }}, {{ d.title }}::text, {{ d.owner }}::text, {{ d.licence }}::text, {{ d.address }}::text, {{ d.where }}::text, '{{ d.months }}'::integer[], {{ d.every_years }}){{ "," if not loop.last }}
{% endfor %}
$$;
comment on function {{ S }}.registry() is 'Datasets and their first source, as declared.';

-- How old the data of each table are: their own period, when they were published, when the next edition is due.
create function {{ S }}.freshness()
returns table (
  table_name text, last_updated timestamptz, row_count bigint, period text, published_by bigint, looked_at timestamptz,
  expected_since date, state text, source text, licence text, address text
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with held as (
    select
      p.dataset,
      pg_catalog.max(r.made_at) as last_updated,
      pg_catalog.sum(p.row_count)::bigint as row_count,
      pg_catalog.max(p.key[1]) filter (where p.key <> '{}' and p.complete) as period,
      pg_catalog.max(p.release_id) as release_id
    from greenroom.published as p
    join greenroom.scope as c on c.id = p.scope_id and c.pack = '{{ pack }}'
    join greenroom.release as r on r.id = p.release_id
    group by p.dataset
  ), own_period (dataset, period) as (
    values (null::text, null::text)
{% for d in registry if d.period %}
    union all select {{ d.dataset }}, (select pg_catalog.max(t.{{ d.period }})::text from {{ d.full_table }} as t where t.retired_at is null)
{% endfor %}
  ), looked as (
    -- a file from somebody's disk is no look at the publisher's address
    select c.keys[1] as group_name, pg_catalog.max(f.fetched_at) filter (where f.address like 'http%') as looked_at
    from greenroom.batch as b
    join greenroom.scope as c on c.id = b.scope_id and c.pack = '{{ pack }}'
    left join greenroom.fetch as f on f.hash = b.snapshot
    group by c.keys[1]
  ), due as (
    select g.*, h.last_updated, h.row_count, case when g.has_period then coalesce(o.period, h.period) end as period, h.release_id, l.looked_at,
      -- the last first of a month of publication that has passed
      (
        select pg_catalog.max(e.day)
        from pg_catalog.unnest(g.months) as m (month)
        cross join lateral pg_catalog.generate_series(0, g.every_years) as y (back)
        cross join lateral (
          select pg_catalog.make_date(pg_catalog.date_part('year', current_date)::integer - y.back, m.month, 1) as day
        ) as e
        where e.day <= current_date
          and (g.every_years = 1 or h.last_updated is null or e.day >= (h.last_updated + pg_catalog.make_interval(years => g.every_years))::date)
      ) as expected_since
    from {{ S }}.registry() as g
    left join held as h on h.dataset = g.dataset
    left join own_period as o on o.dataset = g.dataset
    left join looked as l on l.group_name = g.group_name
  )
  select
    d.table_name,
    d.last_updated,
    coalesce(d.row_count, 0),
    d.period,
    d.release_id,
    d.looked_at,
    case when d.expected_since > coalesce(d.looked_at, '-infinity')::date then d.expected_since end,
    case
      when coalesce(d.row_count, 0) = 0 then case when d.optional or d.derived then 'absent' else 'missing' end
      when d.derived or d.expected_since is null or d.expected_since <= d.looked_at::date then 'current'
      when d.looked_at is null and d.last_updated is not null then 'unchecked'
      -- a quarter of grace: publishers are late too
      when d.expected_since + 90 < current_date then 'late'
      else 'due'
    end,
    d.title,
    d.licence,
    d.address
  from due as d
  order by d.table_name
$$;
comment on function {{ S }}.freshness() is
  'Per table: when it was last published, its rows, the period of its data, and whether a newer edition is due since the source was last looked at.';
