-- Papers that wait: as they were sealed, with the corrections in force.
select
  p.row_key as ref,
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
  false as is_retired,
  l.outcome as link,
  l.detail as link_detail,
  l.checked_at as link_checked_at,
  pg_catalog.count(*) over () as total
from {compiled}.effective_papers as p
left join greenroom.link as l on l.url = p.url
where p.unit_id = %(unit_id)s
order by p.year desc, p.series, p.tier, p.component_code, p.paper_number, p.type, p.variant nulls first, p.row_no
limit %(most)s
