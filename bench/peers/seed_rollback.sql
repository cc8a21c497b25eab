-- The document's rollback, retyped, with the subjects it leaves out (…) named as its backup names them.
set local search_path = peer, public;

DELETE FROM curriculum_topics
WHERE exam_board_subject_id IN (
  SELECT id FROM exam_board_subjects
  WHERE exam_board_id = (SELECT id FROM exam_boards WHERE code = 'WJEC')
);

INSERT INTO curriculum_topics
SELECT * FROM curriculum_topics_backup_20250121;
