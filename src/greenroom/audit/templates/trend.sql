-- Rows of each dataset after each release of a scope, told backwards from what is published now.
with step as (
  select
    u.dataset,
    u.release_id,
    -- a unit's hash begins with its number of rows
    pg_catalog.sum(
      coalesce(pg_catalog.split_part(u.hash_after, ':', 1)::bigint, 0)
      - coalesce(pg_catalog.split_part(u.hash_before, ':', 1)::bigint, 0)
    ) as gained
  from greenroom.release as r
  join greenroom.release_unit as u on u.release_id = r.id
  where r.scope_id = %(scope)s
    and r.state in ('applied', 'rolled back')
    and u.hash_after is not null
  group by u.dataset, u.release_id
), held as (
  select p.dataset, pg_catalog.sum(p.row_count) as held_now
  from greenroom.published as p
  where p.scope_id = %(scope)s
  group by p.dataset
)
select
  s.dataset,
  s.release_id,
  (h.held_now - pg_catalog.sum(s.gained) over (partition by s.dataset order by s.release_id desc) + s.gained)::bigint as held
from step as s
join held as h on h.dataset = s.dataset
order by s.dataset, s.release_id desc
