-- All rows that could not be read, counted by the rule that says why.
select
  q.rule,
  pg_catalog.count(*) as n
from greenroom.quarantine as q
where q.unit_id = any (%(units)s)
  or (q.unit_id is null and q.batch_id = any (%(batches)s))
group by q.rule
order by n desc, q.rule
