-- Topics of the peers' table that are not what they were given: missing, or with another parent or name.
select count(*)
from peer.ready as r
full join peer.curriculum_topics as p on p.id = r.id
where (r.topic_name, r.parent_topic_id, r.exam_board_subject_id, r.topic_code)
  is distinct from (p.topic_name, p.parent_topic_id, p.exam_board_subject_id, p.topic_code);
