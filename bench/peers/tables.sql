-- The peers' production: the same columns, keys, indexes and foreign keys, without Greenroom.
-- ON CONFLICT, as the document writes it, needs unique indexes without a condition.
create schema peer;
create table peer.exam_board_subjects (like public.exam_board_subjects including all);
alter table peer.exam_board_subjects
  add unique (subject_code, exam_board_id, qualification_type_id),
  add foreign key (exam_board_id) references public.exam_boards (id),
  add foreign key (qualification_type_id) references public.qualification_types (id);
create table peer.curriculum_topics (
  like public.curriculum_topics including defaults including constraints
);
alter table peer.curriculum_topics add primary key (id);
create unique index curriculum_topics_code on peer.curriculum_topics (exam_board_subject_id, topic_code);
create index curriculum_topics_subject on peer.curriculum_topics (exam_board_subject_id);
create index curriculum_topics_parent on peer.curriculum_topics (parent_topic_id);
alter table peer.curriculum_topics
  add foreign key (exam_board_subject_id) references peer.exam_board_subjects (id),
  add foreign key (parent_topic_id) references peer.curriculum_topics (id);

-- What a plain insert is given: every id known, every parent known.
insert into peer.exam_board_subjects (id, exam_board_id, qualification_type_id, subject_code, subject_name, spec_start_year)
select s.id, b.id, q.id, s.subject_code, s.subject_name, s.spec_start_year
from public.staging_aqa_subjects as s
join public.exam_boards as b on b.code = s.exam_board
join public.qualification_types as q on q.code = s.qualification_type;
analyze peer.exam_board_subjects;
create table peer.ready as
select
  t.id, t.subject_id as exam_board_subject_id, t.parent_topic_id, t.topic_code, t.topic_name, t.topic_level,
  t.sort_order, t.description, t.component_code, t.chronological_period, t.period_start_year, t.period_end_year,
  t.geographical_region, t.key_themes, null::timestamptz as retired_at, now() as created_at, now() as updated_at,
  1::bigint as release_id
from public.staging_aqa_topics as t;
analyze peer.ready;
