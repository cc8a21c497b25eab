-- Indicators that the list does not know: whether one contains another nobody has said yet.
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format('%L is not in crime_indicateurs (%s rows): a new or renamed indicator', b.indicateur, pg_catalog.count(*)) as message,
  b.indicateur as row_key,
  null::text as position
from batch as b
where not exists (
  select
  from "educational_data".crime_indicateurs as i
  where i.indicateur = b.indicateur
)
group by b.unit_id, b.indicateur
