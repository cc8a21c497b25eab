-- Periods that production holds of each flat group, newest first.
select c.pack, c.keys[1] as group_name, pg_catalog.array_agg(distinct p.key[1] order by p.key[1] desc) as periods
from greenroom.published as p
join greenroom.scope as c on c.id = p.scope_id
where c.pack = any (%(packs)s)
  and p.key <> '{{}}'
group by c.pack, c.keys[1]
