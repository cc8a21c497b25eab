-- What production stands on, unit by unit: the sealed unit that was promoted last and, where that was a part, those
-- it was laid upon. `depth` counts from the top. `adopted` is a release by which changes made by hand were kept.
with recursive standing as (
  select p.dataset, p.key, p.unit_id, 0 as depth
  from greenroom.published as p
  where p.scope_id = %(scope)s
  union all
  select s.dataset, s.key, below.unit_before, s.depth + 1
  from standing as s
  join greenroom.unit as u on u.id = s.unit_id and not u.complete
  cross join lateral (
    select x.unit_before
    from greenroom.release_unit as x
    join greenroom.release as r on r.id = x.release_id
    where x.unit_id = u.id
      and x.dataset = s.dataset
      and x.key = s.key
      and r.kind = 'promote'
      and r.state = 'applied'
    order by r.id desc
    limit 1
  ) as below
  where below.unit_before is not null
    and below.unit_before <> u.id
    -- a circle cannot be; a defect shall not run for ever
    and s.depth < 10000
)
select
  s.dataset,
  s.key,
  s.unit_id,
  s.depth,
  coalesce(u.complete, false),
  coalesce(u.row_count, 0),
  coalesce(u.sealed_hash, u.hash),
  u.batch_id,
  b.origin,
  b.source,
  b.snapshot,
  (
    select max(r.id)
    from greenroom.release_unit as x
    join greenroom.release as r on r.id = x.release_id
    where r.scope_id = %(scope)s
      and r.kind = 'adopt'
      and r.state = 'applied'
      and x.dataset = s.dataset
      and x.key = s.key
      and r.id > coalesce(u.release_id, 0)
  )
from standing as s
left join greenroom.unit as u on u.id = s.unit_id
left join greenroom.batch as b on b.id = u.batch_id
order by u.batch_id, s.dataset, s.key
