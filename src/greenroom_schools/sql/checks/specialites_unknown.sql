-- Spécialités that the catalogue does not know, one finding a label: a new subject, or a new spelling.
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format(
    '%L is no known spécialité; %s rows have it, the first %s. It is published as given. Add it to specialites_libelles, or as an alias.',
    label.label, pg_catalog.count(*), pg_catalog.min(b.row_key)
  ) as message,
  pg_catalog.min(b.row_key) as row_key,
  pg_catalog.min(b.position) as position
from batch as b
cross join lateral pg_catalog.unnest(b.specialites_array) as label (label)
where not greenroom_schools.is_specialite(label.label)
group by b.unit_id, label.label
