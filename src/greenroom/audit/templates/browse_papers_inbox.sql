-- Papers as a scraper wrote them, one row for each address; series and type in production's spelling where it is known.
select
  p.id::text as ref,
  p.year,
  coalesce(sa.series, p.series, p.exam_series, '') as series,
  coalesce(p.tier, '') as tier,
  coalesce(p.component_code, '') as component,
  p.paper_number,
  d.variant,
  coalesce(ta.type, d.type, '') as type,
  coalesce(d.language, 'English') as language,
  coalesce(d.modified, false) as is_modified,
  d.title,
  coalesce(d.url, '') as url,
  d.marks,
  false as is_retired,
  l.outcome as link,
  l.detail as link_detail,
  l.checked_at as link_checked_at,
  pg_catalog.count(*) over () as total
from {home}.staging_aqa_exam_papers as p
cross join lateral (
  select 'question paper' as type, p.question_paper_url as url, p.title, null::text as language, null::text as variant, null::boolean as modified, p.marks
  where p.question_paper_url is not null
  union all
  select 'mark scheme', p.mark_scheme_url, p.title, null, null, null, null
  where p.mark_scheme_url is not null
  union all
  select 'examiner report', p.examiner_report_url, p.title, null, null, null, null
  where p.examiner_report_url is not null
  union all
  select p.type, p.url, p.title, null, null, null, p.marks
  where p.url is not null
    or (p.documents is null and coalesce(p.question_paper_url, p.mark_scheme_url, p.examiner_report_url) is null)
  union all
  select j.value ->> 'type', j.value ->> 'url', j.value ->> 'title', j.value ->> 'language', j.value ->> 'variant',
    case when j.value ->> 'modified' in ('true', 'false') then (j.value ->> 'modified')::boolean end,
    case when j.value ->> 'marks' ~ '^\d{{1,6}}$' then (j.value ->> 'marks')::integer end
  from pg_catalog.jsonb_array_elements(
    case when pg_catalog.jsonb_typeof(p.documents) = 'array' then p.documents else '[]' end
  ) as j (value)
) as d
left join greenroom.series_alias as sa on sa.spelling = {compiled}.spelling(coalesce(p.series, p.exam_series))
left join greenroom.paper_type_alias as ta on ta.spelling = {compiled}.spelling(d.type)
left join greenroom.link as l on l.url = d.url
where p.subject_id = %(inbox_id)s
order by p.year desc nulls last, series, p.tier, p.component_code, p.paper_number, type, d.variant, p.id, d.url
limit %(most)s
