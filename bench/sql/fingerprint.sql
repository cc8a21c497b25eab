-- Everything of the topics that a rollback must bring back, ids and stamps included.
select md5(concat_ws(':', count(*), sum(hash_record_extended(row(
  t.id, t.exam_board_subject_id, t.parent_topic_id, t.topic_code, t.topic_name, t.topic_level, t.sort_order,
  t.description, t.component_code, t.retired_at, t.created_at), 0))))
from public.curriculum_topics as t;
