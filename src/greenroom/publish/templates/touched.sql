-- The units one release touched.
select
  u.unit_id,
  u.dataset,
  u.key,
  pg_catalog.array_to_string(pg_catalog.array_remove(u.key, ''), ' ') as name,
  w.row_count as rows,
  u.complete,
  u.hash_before is null as is_new,
  u.hash_before is not distinct from u.hash_after as is_same
from greenroom.release_unit as u
left join greenroom.unit as w on w.id = u.unit_id
where u.release_id = %(release)s
order by u.key, u.dataset
