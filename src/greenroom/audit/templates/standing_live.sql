-- Per scope: how many subjects production has, and how many the app is shown.
select
  p.scope_id,
  pg_catalog.count(*) as subjects,
  pg_catalog.count(*) filter (where s.{live}) as live
from greenroom.published as p
join {root} as s on s.id = p.root_id and s.retired_at is null
where p.dataset = %(root)s
group by p.scope_id
