-- Topics as the app's table has them, or will have them once prepared releases land.
select
  t.id::text as ref,
  t.parent_topic_id::text as parent_ref,
  t.topic_code as code,
  t.topic_name as name,
  t.topic_level as level,
  t.sort_order as place,
  t.description,
  t.component_code,
  t.examined,
  t.tier,
  t.study_level,
  t.language,
  t.option_group,
  t.retired_at is not null as is_retired,
  '{{}}'::text[] as derived,
  null::text as position,
  pg_catalog.count(*) over () as total
from {topics} as t
where t.exam_board_subject_id = %(root_id)s
order by t.topic_level nulls first, t.sort_order nulls last, t.topic_code, t.id
limit %(most)s
