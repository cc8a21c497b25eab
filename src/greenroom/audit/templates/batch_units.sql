-- The units that a page is about, each with what was decided on it last as it stands.
select
  u.id,
  u.batch_id,
  u.dataset,
  u.key,
  u.state,
  u.complete,
  u.row_count,
  u.quarantined_count,
  u.release_id,
  p.row_count as published,
  coalesce(p.hash = u.hash, false) as is_same,
  v.verdict,
  v.decided_by,
  v.decided_at,
  v.note
from greenroom.unit as u
left join greenroom.published as p on p.scope_id = u.scope_id and p.dataset = u.dataset and p.key = u.key
left join lateral (
  select a.verdict, a.decided_by, a.decided_at, a.note
  from greenroom.approval as a
  where a.scope_id = u.scope_id
    and a.dataset = u.dataset
    and a.unit_key = u.key
    and a.unit_hash = u.hash
  order by a.id desc
  limit 1
) as v on true
where u.id = any (%(units)s)
order by u.key, u.id
