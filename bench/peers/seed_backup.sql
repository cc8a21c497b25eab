-- The document's backup, retyped.
set local search_path = peer, public;

CREATE TABLE curriculum_topics_backup_20250121 AS
SELECT * FROM curriculum_topics
WHERE exam_board_subject_id IN (
  SELECT id FROM exam_board_subjects
  WHERE exam_board_id = (SELECT id FROM exam_boards WHERE code = 'WJEC')
);
