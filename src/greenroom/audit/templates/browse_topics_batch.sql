-- Topics that wait: as they were sealed, with the corrections in force.
select
  t.row_key as ref,
  t.parent_row_key as parent_ref,
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
  false as is_retired,
  coalesce(t.derived, '{{}}') as derived,
  t.position,
  e.row_no is not null as is_edited,
  pg_catalog.count(*) over () as total
from {compiled}.effective_topics as t
left join greenroom.edited_topics as e on e.unit_id = t.unit_id and e.row_no = t.row_no
where t.unit_id = %(unit_id)s
order by t.topic_level nulls first, t.sort_order nulls last, t.row_no
limit %(most)s
