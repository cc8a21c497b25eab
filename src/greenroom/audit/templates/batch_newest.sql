-- Where nothing waits: the units of the last batch, which were promoted, rejected or replaced.
select u.id
from greenroom.unit as u
where u.scope_id = %(scope)s
  and (%(only)s::text is null or u.key[1] = %(only)s or (%(file)s and %(only)s = any (u.key)))
  and u.batch_id = (
    select max(o.batch_id)
    from greenroom.unit as o
    where o.scope_id = %(scope)s
      and (%(only)s::text is null or o.key[1] = %(only)s or (%(file)s and %(only)s = any (o.key)))
  )
order by u.id
