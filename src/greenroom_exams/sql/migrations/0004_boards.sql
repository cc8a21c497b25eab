-- What boards mean beyond a tree: components, choices, tiers, levels, languages, coursework.
-- Columns of installed tables are added at their end and hold nothing until a source says it.
alter table "public".staging_aqa_subjects
  add column qan text,
  add column first_assessment_year integer,
  add column last_assessment_year integer,
  add column paper_code text,
  add column succeeds text;
alter table "public".staging_aqa_topics
  add column examined boolean,
  add column tier text,
  add column study_level text,
  add column language text,
  add column option_group text;

create table "public".staging_exam_components (
  id uuid primary key default gen_random_uuid(),
  subject_id uuid not null references "public".staging_aqa_subjects (id) on delete cascade,
  component_code text,
  name text,
  examined boolean,
  assessment text,
  tier text,
  study_level text,
  marks integer,
  duration_minutes integer,
  weight_percent numeric,
  page_reference text,
  created_at timestamptz not null default now(),
  unique (subject_id, component_code)
);
comment on table "public".staging_exam_components is 'Inbox of components: papers, units, coursework.';
create table "public".staging_exam_option_groups (
  id uuid primary key default gen_random_uuid(),
  subject_id uuid not null references "public".staging_aqa_subjects (id) on delete cascade,
  group_code text,
  name text,
  choose_least integer,
  choose_most integer,
  component_code text,
  note text,
  created_at timestamptz not null default now(),
  unique (subject_id, group_code)
);
comment on table "public".staging_exam_option_groups is 'Inbox of choices: n of m topics.';
create table "public".staging_exam_option_exclusions (
  id uuid primary key default gen_random_uuid(),
  subject_id uuid not null references "public".staging_aqa_subjects (id) on delete cascade,
  one_code text,
  other_code text,
  why text,
  created_at timestamptz not null default now(),
  unique (subject_id, one_code, other_code)
);
comment on table "public".staging_exam_option_exclusions is 'Inbox of pairs of options that exclude each other.';
alter table "public".staging_exam_components enable row level security;
alter table "public".staging_exam_option_groups enable row level security;
alter table "public".staging_exam_option_exclusions enable row level security;
create policy by_grant on "public".staging_exam_components using (true) with check (true);
create policy by_grant on "public".staging_exam_option_groups using (true) with check (true);
create policy by_grant on "public".staging_exam_option_exclusions using (true) with check (true);

alter table "public".exam_board_subjects
  add column qan text,
  add column first_assessment_year integer,
  add column last_assessment_year integer,
  add column paper_code text,
  add column succeeds text,
  add column regulated_title text,
  add column level text,
  add column glh integer,
  add column operational_end date,
  add column certification_end date;
comment on column "public".exam_board_subjects.qan is 'Qualification number of the regulator, for example 601/4911/5.';
comment on column "public".exam_board_subjects.succeeds is 'The code of the subject that it takes the place of.';
alter table "public".curriculum_topics
  add column examined boolean,
  add column tier text,
  add column study_level text,
  add column language text,
  add column option_group text;
comment on column "public".curriculum_topics.examined is 'False for coursework: kept, never shown to the app. Empty: examined.';
comment on column "public".curriculum_topics.study_level is 'SL, HL, Core or Supplement, where only some learners take it.';

create table "public".exam_components (
  id uuid primary key default gen_random_uuid(),
  exam_board_subject_id uuid not null references "public".exam_board_subjects (id),
  component_code text not null,
  name text not null,
  examined boolean not null,
  assessment text,
  tier text,
  study_level text,
  marks integer,
  duration_minutes integer,
  weight_percent numeric(5, 2),
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint
);
comment on table "public".exam_components is 'How a qualification is assessed: papers, units, coursework.';
create unique index exam_components_key on "public".exam_components (exam_board_subject_id, component_code)
  where retired_at is null;
create index exam_components_subject on "public".exam_components (exam_board_subject_id);

create table "public".exam_option_groups (
  id uuid primary key default gen_random_uuid(),
  exam_board_subject_id uuid not null references "public".exam_board_subjects (id),
  group_code text not null,
  name text not null,
  choose_least integer not null,
  choose_most integer not null,
  component_code text,
  note text,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint
);
comment on table "public".exam_option_groups is 'Learners take between choose_least and choose_most of the topics that name the group.';
create unique index exam_option_groups_key on "public".exam_option_groups (exam_board_subject_id, group_code)
  where retired_at is null;
create index exam_option_groups_subject on "public".exam_option_groups (exam_board_subject_id);

create table "public".exam_option_exclusions (
  id uuid primary key default gen_random_uuid(),
  exam_board_subject_id uuid not null references "public".exam_board_subjects (id),
  one_code text not null,
  other_code text not null,
  why text,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint
);
comment on table "public".exam_option_exclusions is 'Pairs of options, by their topic codes, that nobody may take together.';
create unique index exam_option_exclusions_key on "public".exam_option_exclusions (exam_board_subject_id, one_code, other_code)
  where retired_at is null;
create index exam_option_exclusions_subject on "public".exam_option_exclusions (exam_board_subject_id);

alter table "public".exam_components enable row level security;
alter table "public".exam_option_groups enable row level security;
alter table "public".exam_option_exclusions enable row level security;
create policy shown on "public".exam_components for select using (
  exam_board_subject_id in (select s.id from "public".exam_board_subjects as s where s.live_in_app)
);
create policy shown on "public".exam_option_groups for select using (
  exam_board_subject_id in (select s.id from "public".exam_board_subjects as s where s.live_in_app)
);
create policy shown on "public".exam_option_exclusions for select using (
  exam_board_subject_id in (select s.id from "public".exam_board_subjects as s where s.live_in_app)
);
-- coursework is kept and never live
drop policy if exists shown on "public".curriculum_topics;
create policy shown on "public".curriculum_topics for select using (
  examined is not false
  and exam_board_subject_id in (select s.id from "public".exam_board_subjects as s where s.live_in_app)
);

-- What boards offer, as their own lists say it: the number that coverage counts against.
create table greenroom.exam_offer (
  exam_board text not null,
  qualification text not null,
  name text not null,
  subject_code text,
  page_url text,
  specification_pdf_url text,
  papers_url text,
  first_teaching integer,
  last_assessment_year integer,
  source text not null,
  seen_at timestamptz not null default now()
);
comment on table greenroom.exam_offer is 'Subjects that a board offers, from its own list; replaced whole with each new list.';
create unique index exam_offer_key on greenroom.exam_offer (exam_board, qualification, name, subject_code) nulls not distinct;
create index exam_offer_code on greenroom.exam_offer (exam_board, qualification, subject_code);

-- Ofqual's register, as far as anybody has read it; fields of subjects come from here by their number.
create table greenroom.ofqual_qualification (
  qan text primary key,
  title text,
  organisation text,
  status text,
  level text,
  type text,
  glh integer,
  tqt integer,
  operational_start date,
  operational_end date,
  certification_end date,
  review_date date,
  seen_at timestamptz not null default now()
);
comment on table greenroom.ofqual_qualification is 'Regulated qualifications by their number, from Ofqual''s register.';

-- The order in which boards are taken up; change it by plain SQL.
create table greenroom.exam_priority (
  place integer primary key,
  exam_board text not null,
  qualification text not null,
  has_papers boolean not null default true,
  unique (exam_board, qualification)
);
comment on table greenroom.exam_priority is 'Which board and qualification is to be done next: lowest place first.';
comment on column greenroom.exam_priority.has_papers is 'False where there are none by nature: nobody looks for them.';
insert into greenroom.exam_priority (place, exam_board, qualification)
values
  (10, 'Edexcel', 'A-Level'),
  (20, 'Edexcel', 'GCSE'),
  (30, 'AQA', 'A-Level'),
  (40, 'AQA', 'GCSE'),
  (50, 'OCR', 'A-Level'),
  (60, 'OCR', 'GCSE'),
  (70, 'WJEC', 'A-Level'),
  (80, 'EDUQAS', 'A-Level'),
  (90, 'WJEC', 'GCSE'),
  (100, 'EDUQAS', 'GCSE'),
  (110, 'Cambridge', 'International-GCSE'),
  (120, 'Cambridge', 'International-A-Level'),
  (130, 'CCEA', 'A-Level'),
  (140, 'CCEA', 'GCSE'),
  (150, 'UAL', 'Foundation'),
  (160, 'IB', 'IB'),
  (170, 'Edexcel', 'International-GCSE'),
  (180, 'Edexcel', 'International-A-Level'),
  (190, 'SQA', 'National-5'),
  (200, 'SQA', 'Higher'),
  (210, 'SQA', 'Advanced-Higher'),
  (220, 'Edexcel', 'BTEC'),
  (230, 'OCR', 'Cambridge-Nationals'),
  (240, 'OCR', 'Cambridge-Technicals');
-- a portfolio is assessed, nobody sits an exam
update greenroom.exam_priority set has_papers = false where exam_board = 'UAL' and qualification = 'Foundation';
