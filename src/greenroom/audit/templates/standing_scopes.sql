-- Where every scope of every pack stands, one row each: what waits, what is published, what was released.
-- aside: datasets that repeat rows of others; steps: how many releases the trend goes back.
with waiting as (
  select
    u.scope_id,
    pg_catalog.count(*) filter (where u.state = 'held') as held,
    pg_catalog.count(*) filter (where u.state = 'ready') as ready,
    pg_catalog.count(*) filter (where u.state = 'sealed') as sealed,
    pg_catalog.sum(u.row_count) as rows,
    pg_catalog.max(b.sealed_at) as sealed_at
  from greenroom.unit as u
  join greenroom.batch as b on b.id = u.batch_id
  where u.state in ('sealed', 'held', 'ready')
  group by u.scope_id
), unread as (
  -- rows that no release can hold: of what waits, else of what is published
  select n.scope_id, pg_catalog.sum(n.quarantined_count) as rows
  from (
    select u.scope_id, u.quarantined_count
    from greenroom.unit as u
    where u.state in ('sealed', 'held', 'ready')
    union all
    select u.scope_id, u.quarantined_count
    from greenroom.published as p
    join greenroom.unit as u on u.id = p.unit_id
    where u.quarantined_count > 0
      and not exists (
        select
        from greenroom.unit as o
        where (o.scope_id, o.dataset, o.key) = (p.scope_id, p.dataset, p.key)
          and o.state in ('sealed', 'held', 'ready')
      )
  ) as n
  group by n.scope_id
), found as (
  select
    u.scope_id,
    pg_catalog.count(*) filter (where f.severity = 'error') as errors,
    pg_catalog.count(*) filter (where f.severity = 'warning') as warnings,
    (pg_catalog.array_agg(pg_catalog.replace(f.check_name, '_', ' ') || ': ' || f.message order by f.severity, f.id))[1] as worst
  from greenroom.unit as u
  join greenroom.finding as f on f.unit_id = u.id
  where u.state = 'held'
  group by u.scope_id
), held as (
  select
    n.scope_id,
    pg_catalog.jsonb_object_agg(n.dataset, n.rows) as rows,
    pg_catalog.sum(n.rows) filter (where n.dataset <> all (%(aside)s)) as total
  from (
    select p.scope_id, p.dataset, pg_catalog.sum(p.row_count)::bigint as rows
    from greenroom.published as p
    group by p.scope_id, p.dataset
  ) as n
  group by n.scope_id
), last as (
  select distinct on (r.scope_id) r.scope_id, r.id, r.kind, r.made_at, r.made_by
  from greenroom.release as r
  where r.state = 'applied'
  order by r.scope_id, r.id desc
), prepared as (
  select distinct on (r.scope_id)
    r.scope_id,
    r.id,
    -- production, or what waits, has moved under it since
    r.state = 'stale' or exists (
      select
      from greenroom.release_unit as u
      left join greenroom.published as p
        on p.scope_id = r.scope_id and p.dataset = u.dataset and p.root_id = u.root_id
      left join greenroom.unit as w on w.id = u.unit_id
      where u.release_id = r.id
        and (
          p.hash is distinct from u.hash_before
          or w.state not in ('sealed', 'held', 'ready')
          or exists (select from greenroom.drift as f where f.root_id = u.root_id)
        )
    ) as is_stale
  from greenroom.release as r
  where r.state in ('prepared', 'stale')
  order by r.scope_id, r.id desc
), drifted as (
  select c.id as scope_id, pg_catalog.count(distinct f.id) as rows
  from greenroom.drift as f
  join greenroom.scope as c on c.pack = f.pack
  join greenroom.published as p
    on p.scope_id = c.id
    and case when f.root_id is null then p.dataset = f.dataset else p.root_id = f.root_id end
  group by c.id
), step as (
  select
    r.scope_id,
    r.id,
    pg_catalog.sum(
      coalesce(pg_catalog.split_part(u.hash_after, ':', 1)::bigint, 0)
      - coalesce(pg_catalog.split_part(u.hash_before, ':', 1)::bigint, 0)
    ) as gained
  from greenroom.release as r
  join greenroom.release_unit as u on u.release_id = r.id
  where r.state in ('applied', 'rolled back')
    and u.dataset <> all (%(aside)s)
  group by r.scope_id, r.id
), placed as (
  -- told backwards from what is published now
  select
    s.scope_id,
    s.id,
    pg_catalog.row_number() over newest as n,
    (coalesce(h.total, 0) - pg_catalog.sum(s.gained) over newest + s.gained)::bigint as rows
  from step as s
  left join held as h on h.scope_id = s.scope_id
  window newest as (partition by s.scope_id order by s.id desc)
), trend as (
  select p.scope_id, pg_catalog.array_agg(p.rows order by p.id) as rows
  from placed as p
  where p.n <= %(steps)s
  group by p.scope_id
)
select
  c.id as scope_id,
  c.pack,
  c.keys,
  c.name,
  coalesce(w.held, 0) as held,
  coalesce(w.ready, 0) as ready,
  coalesce(w.sealed, 0) as sealed,
  coalesce(w.rows, 0)::bigint as waiting_rows,
  w.sealed_at,
  coalesce(q.rows, 0)::bigint as quarantined,
  coalesce(f.errors, 0) as errors,
  coalesce(f.warnings, 0) as warnings,
  f.worst,
  coalesce(h.rows, '{}') as rows_by_dataset,
  coalesce(h.total, 0)::bigint as rows,
  l.id as release_id,
  l.kind as release_kind,
  l.made_at as released_at,
  l.made_by as released_by,
  p.id as prepared,
  coalesce(p.is_stale, false) as is_stale,
  coalesce(d.rows, 0) as drift,
  coalesce(t.rows, '{}') as trend
from greenroom.scope as c
left join waiting as w on w.scope_id = c.id
left join unread as q on q.scope_id = c.id
left join found as f on f.scope_id = c.id
left join held as h on h.scope_id = c.id
left join last as l on l.scope_id = c.id
left join prepared as p on p.scope_id = c.id
left join drifted as d on d.scope_id = c.id
left join trend as t on t.scope_id = c.id
order by c.pack, c.name
