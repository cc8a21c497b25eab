-- Waivers of a scope: for the unit as it stands, for one that has changed since, or no longer in time.
select
  w.id,
  w.check_name,
  w.dataset,
  w.unit_key,
  w.waived_by,
  w.why,
  w.until,
  w.waived_at,
  case
    when w.until < current_date then 'expired'
    when exists (
      select
      from greenroom.unit as u
      where u.scope_id = w.scope_id
        and u.dataset = w.dataset
        and u.key = w.unit_key
        and u.hash = w.unit_hash
        and u.state in ('sealed', 'held', 'ready', 'promoted')
    ) then 'in force'
    else 'of another edition'
  end as state
from greenroom.waiver as w
where w.scope_id = %(scope)s
  and (%(only)s::text is null or w.unit_key[1] = %(only)s or (%(file)s and %(only)s = any (w.unit_key)))
order by w.id desc
limit %(limit)s
