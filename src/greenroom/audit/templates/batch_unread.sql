-- One row that could not be read, with its batch.
select
  q.id,
  q.unit_id,
  b.scope_id,
  q.dataset,
  coalesce(u.key, '{}') as unit_key,
  q.rule,
  q.value,
  q.position,
  q.row_data,
  b.id as batch_id,
  b.snapshot,
  b.source,
  b.parser,
  c.pack,
  c.name as scope
from greenroom.quarantine as q
join greenroom.batch as b on b.id = q.batch_id
left join greenroom.unit as u on u.id = q.unit_id
join greenroom.scope as c on c.id = b.scope_id
where q.id = %(id)s
