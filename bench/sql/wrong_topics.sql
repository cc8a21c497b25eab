-- Topics of production that are not what the inbox says: missing, extra, or with another parent, name or place.
select count(*)
from (
  select s.subject_code, t.topic_code, t.topic_name, t.topic_level, t.sort_order, t.description, t.component_code, p.topic_code as parent
  from public.staging_aqa_topics as t
  join public.staging_aqa_subjects as s on s.id = t.subject_id
  left join public.staging_aqa_topics as p on p.id = t.parent_topic_id
) as staged
full join (
  select s.subject_code, t.topic_code, t.topic_name, t.topic_level, t.sort_order, t.description, t.component_code, p.topic_code as parent
  from public.curriculum_topics as t
  join public.exam_board_subjects as s on s.id = t.exam_board_subject_id
  left join public.curriculum_topics as p on p.id = t.parent_topic_id
  where t.retired_at is null
) as published using (subject_code, topic_code)
where (staged.topic_name, staged.topic_level, staged.sort_order, staged.description, staged.component_code, staged.parent)
  is distinct from
  (published.topic_name, published.topic_level, published.sort_order, published.description, published.component_code, published.parent);
