-- Linked schools whose names and pages are not equally many: the separator changed, or stands in a name.
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format(
    '%s %s: %s linked schools by name, %s by page', b.ens_id, b.nom,
    coalesce(pg_catalog.cardinality(pg_catalog.string_to_array(b.etablissements_lies_libelles, ' | ')), 0),
    coalesce(pg_catalog.cardinality(pg_catalog.string_to_array(b.etablissements_lies_url_id, ' | ')), 0)
  ) as message,
  b.row_key,
  b.position
from batch as b
where pg_catalog.cardinality(pg_catalog.string_to_array(b.etablissements_lies_libelles, ' | '))
  is distinct from pg_catalog.cardinality(pg_catalog.string_to_array(b.etablissements_lies_url_id, ' | '))
