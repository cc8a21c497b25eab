-- Pending units with what is found on them now, digested as the gate digests it.
with found as materialized (
  select f.* from {findings}(%(units)s) as f
), told as (
  select
    f.unit_id,
    pg_catalog.md5(pg_catalog.string_agg(f.check_name || ':' || f.message, e'\n' order by f.check_name, f.message) filter (where not f.waived)) as digest,
    pg_catalog.jsonb_agg(
      pg_catalog.jsonb_build_object(
        'check', f.check_name, 'severity', f.severity, 'message', f.message, 'row_key', f.row_key,
        'position', f.position, 'waived', f.waived
      )
      order by f.waived, f.severity, f.check_name, f.message
    ) as findings
  from found as f
  group by f.unit_id
)
select
  u.id,
  u.batch_id,
  u.dataset,
  u.key,
  pg_catalog.array_to_string(pg_catalog.array_remove(u.key, ''), ' ') as name,
  u.state,
  u.row_count as rows,
  u.complete,
  u.hash,
  coalesce(t.digest, '') as digest,
  coalesce(t.findings, '[]') as findings,
  b.sealed_at,
  coalesce((select pg_catalog.array_agg(a.name order by a.name) from greenroom.authors(u.id) as a), '{{}}') as authors,
  greenroom.may_approve(%(pack)s, u.id, %(who)s) as may_approve,
  edited.at as edited_at,
  edited.by as edited_by
from greenroom.unit as u
join greenroom.batch as b on b.id = u.batch_id
left join told as t on t.unit_id = u.id
left join lateral (
  select
    coalesce(e.settled_at, e.edited_at) as at,
    coalesce(e.settled_by, e.edited_by) as by
  from greenroom.edit as e
  where e.scope_id = u.scope_id
    and e.dataset = u.dataset
    and e.unit_key = u.key
  order by coalesce(e.settled_at, e.edited_at) desc
  limit 1
) as edited on true
where u.id = any (%(units)s)
order by u.key, pg_catalog.array_position(%(datasets)s, u.dataset)
