insert into peer.curriculum_topics as p
select * from peer.ready
on conflict (id) do update
set
  exam_board_subject_id = excluded.exam_board_subject_id,
  parent_topic_id = excluded.parent_topic_id,
  topic_code = excluded.topic_code,
  topic_name = excluded.topic_name,
  topic_level = excluded.topic_level,
  sort_order = excluded.sort_order,
  description = excluded.description,
  component_code = excluded.component_code,
  chronological_period = excluded.chronological_period,
  period_start_year = excluded.period_start_year,
  period_end_year = excluded.period_end_year,
  geographical_region = excluded.geographical_region,
  key_themes = excluded.key_themes,
  updated_at = now();
