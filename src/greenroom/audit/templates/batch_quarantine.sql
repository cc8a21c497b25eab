-- Rows that could not be read: of these units, and those that no unit of their batches would have.
select
  q.id,
  q.dataset,
  coalesce(u.key, '{}') as unit_key,
  q.rule,
  q.value,
  q.position,
  q.batch_id
from greenroom.quarantine as q
left join greenroom.unit as u on u.id = q.unit_id
where (q.unit_id = any (%(units)s) or (q.unit_id is null and q.batch_id = any (%(batches)s)))
  and (%(rule)s::text is null or q.rule = %(rule)s)
order by q.id
limit %(limit)s
offset %(offset)s
