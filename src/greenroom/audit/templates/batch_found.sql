-- What was found on some units, each with whether it is waived, approved, or stops them.
-- As the gate tells it: an error stops, a warning does unless somebody approved the unit after seeing all it has.
with found as materialized (
  select
    f.id,
    f.unit_id,
    u.dataset,
    u.key as unit_key,
    f.check_name,
    f.severity,
    f.message,
    f.row_key,
    f.position,
    f.found_by,
    f.check_name <> all (%(never_waived)s)
      and exists (
        select
        from greenroom.waiver as w
        where w.scope_id = u.scope_id
          and w.dataset = u.dataset
          and w.unit_key = u.key
          and w.unit_hash = u.hash
          and w.check_name = f.check_name
          and w.until >= current_date
      ) as waived
  from greenroom.finding as f
  join greenroom.unit as u on u.id = f.unit_id
  where f.unit_id = any (%(units)s)
), seen as (
  select
    f.unit_id,
    pg_catalog.md5(pg_catalog.string_agg(f.check_name || ':' || f.message, e'\n' order by f.check_name, f.message)) as digest
  from found as f
  where not f.waived
  group by f.unit_id
), verdict as (
  select distinct on (u.id) u.id as unit_id, u.dataset, u.key as unit_key, a.verdict, a.findings_seen, a.decided_by, a.note
  from greenroom.unit as u
  join greenroom.approval as a
    on a.scope_id = u.scope_id
    and a.dataset = u.dataset
    and a.unit_key = u.key
    and a.unit_hash = u.hash
  where u.id = any (%(units)s)
  order by u.id, a.id desc
), standing as materialized (
  select
    f.*,
    not f.waived and (
      f.severity = 'error'
      or v.verdict is distinct from 'approved'
      or v.findings_seen is distinct from s.digest
    ) as stops
  from found as f
  left join seen as s on s.unit_id = f.unit_id
  left join verdict as v on v.unit_id = f.unit_id
  union all
  select
    null, v.unit_id, v.dataset, v.unit_key, 'rejected', 'error',
    pg_catalog.format('rejected by %%s: %%s', v.decided_by, v.note), null, null, 'check', false, true
  from verdict as v
  where v.verdict = 'rejected'
)
