-- Papers as the app's table has them, or will have them once prepared releases land.
select
  p.id::text as ref,
  p.year,
  p.series,
  coalesce(p.tier, '') as tier,
  coalesce(p.component_code, '') as component,
  p.paper_number,
  p.variant,
  p.type,
  p.language,
  p.modified as is_modified,
  p.title,
  p.url,
  p.marks,
  p.retired_at is not null as is_retired,
  l.outcome as link,
  l.detail as link_detail,
  l.checked_at as link_checked_at,
  pg_catalog.count(*) over () as total
from {papers} as p
left join greenroom.link as l on l.url = p.url
where p.exam_board_subject_id = %(root_id)s
order by p.year desc, p.series, p.tier, p.component_code, p.paper_number, p.type, p.variant nulls first, p.id
limit %(most)s
