-- One finding with the batch it was made on.
select
  f.id,
  f.unit_id,
  u.scope_id,
  u.dataset,
  u.key as unit_key,
  f.check_name,
  f.severity,
  f.message,
  f.row_key,
  f.position,
  b.id as batch_id,
  b.snapshot,
  b.source,
  b.parser,
  c.pack,
  c.name as scope
from greenroom.finding as f
join greenroom.unit as u on u.id = f.unit_id
join greenroom.batch as b on b.id = u.batch_id
join greenroom.scope as c on c.id = u.scope_id
where f.id = %(id)s
