-- One sealing: its accounts, and what became of its units.
select
  b.id,
  b.scope_id,
  c.name as scope,
  c.keys,
  b.source,
  b.sealed_at,
  b.read_count as read,
  b.staged_count as staged,
  b.quarantined_count as quarantined,
  b.duplicate_count as duplicates,
  coalesce((
    select pg_catalog.jsonb_agg(
      pg_catalog.jsonb_build_object(
        'dataset', u.dataset, 'key', u.key, 'state', u.state, 'rows', u.row_count, 'complete', u.complete,
        'findings', (select pg_catalog.count(*) from greenroom.finding as f where f.unit_id = u.id)
      ) order by u.key, u.id
    )
    from greenroom.unit as u
    where u.batch_id = b.id
  ), '[]') as units
from greenroom.batch as b
join greenroom.scope as c on c.id = b.scope_id
where b.id = %(batch)s
