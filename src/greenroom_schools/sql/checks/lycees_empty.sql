-- Years in which no lycée has a success rate: the publisher renamed the column, or sent an empty one.
select
  u.id as unit_id,
  'error' as severity,
  'no row has a success rate (taux_reussite_toutes_series): was its column renamed?' as message,
  null::text as row_key,
  null::text as position
from unit as u
where not exists (
  select
  from batch as b
  where b.unit_id = u.id
    and b.taux_reussite_toutes_series is not null
)
