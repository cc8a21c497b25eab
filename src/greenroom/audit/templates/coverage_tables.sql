-- What is published of each dataset of a pack: rows, units, and how many of these a source gave whole.
select
  p.dataset,
  sum(p.row_count)::bigint as rows,
  count(*) as units,
  count(*) filter (where p.complete) as whole_units,
  coalesce(array_agg(array_to_string(p.key, ' ') order by p.key) filter (where not p.complete and p.key <> '{}'), '{}') as parts
from greenroom.published as p
join greenroom.scope as c on c.id = p.scope_id
where c.pack = %(pack)s
  and (%(scopes)s::integer[] is null or p.scope_id = any (%(scopes)s))
  and p.row_count > 0
group by p.dataset
