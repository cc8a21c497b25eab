-- Units in which no row has an index: the publisher renamed the column, or sent an empty one.
select
  u.id as unit_id,
  'error' as severity,
  'no row has an index (ips): was its column renamed?' as message,
  null::text as row_key,
  null::text as position
from unit as u
where not exists (
  select
  from batch as b
  where b.unit_id = u.id
    and b.ips is not null
)
