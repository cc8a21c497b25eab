-- The document's Phase 4, retyped, with the one join it lacks: the qualification of the production subject.
set local search_path = peer, public;

-- 1. Get or create exam board
INSERT INTO exam_boards (code, full_name, active)
VALUES ('WJEC', 'WJEC Eduqas', true)
ON CONFLICT (code) DO NOTHING;

-- 2. Promote subjects
INSERT INTO exam_board_subjects (
  subject_code,
  subject_name,
  exam_board_id,
  qualification_type_id,
  is_current,
  created_at,
  updated_at
)
SELECT
  s.code,
  s.name,
  eb.id,
  qt.id,
  true,
  NOW(),
  NOW()
FROM staging_aqa_subjects s
JOIN exam_boards eb ON s.exam_board = eb.code
JOIN qualification_types qt ON s.qualification_type = qt.code
WHERE s.exam_board = 'WJEC'
  AND s.qualification_type = 'A-Level'
ON CONFLICT (subject_code, exam_board_id, qualification_type_id)
DO UPDATE SET
  subject_name = EXCLUDED.subject_name,
  is_current = true,
  updated_at = NOW();

-- 3. Promote topics
INSERT INTO curriculum_topics (
  exam_board_subject_id,
  topic_code,
  topic_name,
  topic_level,
  parent_topic_id,
  sort_order,
  created_at,
  updated_at
)
SELECT
  prod_subj.id,
  st.topic_code,
  st.topic_name,
  st.topic_level,
  -- Map parent_topic_id from staging to production
  (SELECT pt.id FROM curriculum_topics pt
   WHERE pt.topic_code = staging_parent.topic_code
   AND pt.exam_board_subject_id = prod_subj.id
   LIMIT 1),
  st.sort_order,
  NOW(),
  NOW()
FROM staging_aqa_topics st
JOIN staging_aqa_subjects ss ON st.subject_id = ss.id
JOIN exam_board_subjects prod_subj ON
  prod_subj.subject_code = ss.code
  AND prod_subj.exam_board_id = (SELECT id FROM exam_boards WHERE code = ss.exam_board)
  AND prod_subj.qualification_type_id = (SELECT id FROM qualification_types WHERE code = ss.qualification_type)
LEFT JOIN staging_aqa_topics staging_parent ON st.parent_topic_id = staging_parent.id
WHERE ss.exam_board = 'WJEC'
  AND ss.qualification_type = 'A-Level'
ON CONFLICT (topic_code, exam_board_subject_id)
DO UPDATE SET
  topic_name = EXCLUDED.topic_name,
  topic_level = EXCLUDED.topic_level,
  parent_topic_id = EXCLUDED.parent_topic_id,
  sort_order = EXCLUDED.sort_order,
  updated_at = NOW();
