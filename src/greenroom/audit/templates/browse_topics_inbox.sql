-- Topics as a scraper wrote them: nothing derived, nothing refused.
select
  t.id::text as ref,
  t.parent_topic_id::text as parent_ref,
  coalesce(t.topic_code, '') as code,
  coalesce(t.topic_name, '') as name,
  t.topic_level as level,
  t.sort_order as place,
  t.description,
  t.component_code,
  t.examined,
  t.tier,
  t.study_level,
  t.language,
  t.option_group,
  false as is_retired,
  '{{}}'::text[] as derived,
  t.page_reference as position,
  pg_catalog.count(*) over () as total
from {home}.staging_aqa_topics as t
where t.subject_id = %(inbox_id)s
order by t.topic_level nulls first, t.sort_order nulls last, t.created_at, t.topic_code, t.id
limit %(most)s
