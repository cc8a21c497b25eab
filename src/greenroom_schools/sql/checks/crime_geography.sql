-- A part of a release in another map of communes than the published rows, or a release older than they are.
select
  u.id as unit_id,
  case when u.complete then 'warning' else 'error' end as severity,
  pg_catalog.format(
    'the file is in the communes of %s, the published rows are in those of %s: %s',
    f.geographie,
    p.geographie,
    case when u.complete then 'an older release' else 'load the whole release' end
  ) as message,
  null::text as row_key,
  null::text as position
from unit as u
cross join lateral (
  select c.geographie
  from "educational_data".criminalite_2024 as c
  where c.retired_at is null
  limit 1
) as p
cross join lateral (
  select pg_catalog.max(b.geographie) as geographie
  from batch as b
  where b.unit_id = u.id
    -- named so that all rows are read only when there is something to compare them with
    and p.geographie is not null
) as f
where case when u.complete then f.geographie < p.geographie else f.geographie <> p.geographie end
