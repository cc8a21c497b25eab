-- The first rows that could not be read: those of these units, and those that no unit of their batches would have.
select
  q.dataset,
  coalesce(u.key, '{}') as unit,
  q.rule,
  q.value,
  q.position
from greenroom.quarantine as q
left join greenroom.unit as u on u.id = q.unit_id
where q.unit_id = any (%(units)s)
  or (q.unit_id is null and q.batch_id = any (%(batches)s))
order by q.id
limit %(limit)s
