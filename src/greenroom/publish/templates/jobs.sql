-- Jobs of the desk, newest first.
select
  j.id, j.key, j.scope_id, c.name as scope, c.pack, j.verb, j.dry_run, j.arguments, j.title,
  j.asked_by, j.asked_at, j.began_at, j.ended_at, j.state, j.steps, j.result, j.runner, j.backend,
  pg_catalog.round(extract(epoch from coalesce(j.ended_at, pg_catalog.clock_timestamp()) - coalesce(j.began_at, j.asked_at))::numeric, 1)::double precision as seconds
from greenroom.desk_job as j
left join greenroom.scope as c on c.id = j.scope_id
where {condition}
order by j.id desc
limit %(limit)s
