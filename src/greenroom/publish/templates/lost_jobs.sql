-- Jobs whose desk has not been heard of: done where their release stands, lost where nothing does.
update greenroom.desk_job as j
set
  ended_at = pg_catalog.clock_timestamp(),
  state = case when r.id is null then 'lost' else 'done' end,
  result = case
    when r.id is null then pg_catalog.jsonb_build_object(
      'lines', '[]'::jsonb,
      'cause', 'The desk that ran this stopped before it could say what became of it.',
      'cure', case
        when j.dry_run or j.verb in ('promote', 'rollback') then 'Nothing of it was kept: ask again.'
        else 'Look at where the scope stands; asking again does no harm.'
      end
    )
    else pg_catalog.jsonb_build_object(
      'lines', pg_catalog.jsonb_build_array(
        pg_catalog.format('release %%s landed, though the desk stopped before it could say so', r.id),
        pg_catalog.format('  undo: greenroom rollback %%s', r.id)
      ),
      'release', r.id,
      'undo', pg_catalog.format('greenroom rollback %%s', r.id)
    )
  end
from greenroom.desk_job as o
left join greenroom.release as r on r.idempotency_key = o.key
where o.id = j.id
  and j.ended_at is null
  and j.alive_at < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(seconds)s)
