-- Decisions on units of a scope, newest first; those of one call stand within the same instant.
select
  a.id,
  a.dataset,
  a.unit_key,
  a.unit_hash,
  a.verdict,
  a.findings_seen,
  a.decided_by,
  a.note,
  a.decided_at,
  -- one transaction; after a restore all rows have one, hence the minute too
  pg_catalog.concat_ws(' ', a.xmin, pg_catalog.date_trunc('minute', a.decided_at)) as at_once,
  coalesce(
    (
      select greenroom.may_approve(%(pack)s, u.id, a.decided_by)
      from greenroom.unit as u
      where u.scope_id = a.scope_id
        and u.dataset = a.dataset
        and u.key = a.unit_key
        and u.state in ('sealed', 'held', 'ready')
    ),
    true
  ) as may_approve,
  (
    select pg_catalog.concat_ws(' ', u.state, case when u.state = 'promoted' then 'in release ' || u.release_id end)
    from greenroom.unit as u
    where u.scope_id = a.scope_id
      and u.dataset = a.dataset
      and u.key = a.unit_key
      and u.hash = a.unit_hash
    order by u.id desc
    limit 1
  ) as became
from greenroom.approval as a
where a.scope_id = %(scope)s
order by a.id desc
limit %(limit)s
