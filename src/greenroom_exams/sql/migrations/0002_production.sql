-- The tables the app reads. Ids never change; what leaves is retired while something points at it.
create table "public".exam_boards (
  id uuid primary key default gen_random_uuid(),
  code text not null unique,
  full_name text not null,
  active boolean not null default true,
  country text not null default 'United Kingdom'
);
comment on table "public".exam_boards is 'Awarding bodies, spelled as the app shows them.';

create table "public".qualification_types (
  id uuid primary key default gen_random_uuid(),
  code text not null unique,
  full_name text not null
);
comment on table "public".qualification_types is 'Kinds of qualification, spelled as the app shows them.';

create table "public".exam_board_subjects (
  id uuid primary key default gen_random_uuid(),
  exam_board_id uuid not null references "public".exam_boards (id),
  qualification_type_id uuid not null references "public".qualification_types (id),
  subject_code text not null,
  subject_name text not null,
  spec_version varchar(20),
  spec_start_year integer,
  specification_url text,
  specification_pdf_url text,
  spec_end_year integer,
  is_current boolean not null default true,
  live_in_app boolean not null default false,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint
);
comment on table "public".exam_board_subjects is 'One row per board, qualification, subject code and specification version.';
comment on column "public".exam_board_subjects.live_in_app is 'Whether the app shows the subject; false until somebody says so.';
comment on column "public".exam_board_subjects.is_current is 'False once the specification version is archived; it stays readable.';
create unique index exam_board_subjects_key on "public".exam_board_subjects
  (exam_board_id, qualification_type_id, subject_code, spec_version) nulls not distinct
  where retired_at is null;
create index exam_board_subjects_board on "public".exam_board_subjects (exam_board_id);
create index exam_board_subjects_qualification on "public".exam_board_subjects (qualification_type_id);
create index exam_board_subjects_code on "public".exam_board_subjects (subject_code);

create table "public".curriculum_topics (
  id uuid primary key default gen_random_uuid(),
  exam_board_subject_id uuid not null references "public".exam_board_subjects (id),
  parent_topic_id uuid references "public".curriculum_topics (id),
  topic_code text not null,
  topic_name text not null,
  topic_level integer not null,
  sort_order integer,
  description text,
  component_code text,
  chronological_period text,
  period_start_year integer,
  period_end_year integer,
  geographical_region text,
  key_themes jsonb,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint
);
comment on table "public".curriculum_topics is 'Topic trees; learners'' flashcards point at these ids, so they never change.';
comment on column "public".curriculum_topics.topic_level is '0 = top of the tree.';
comment on column "public".curriculum_topics.retired_at is 'Set when a topic left the specification while something still points at it.';
create unique index curriculum_topics_code on "public".curriculum_topics (exam_board_subject_id, topic_code)
  where retired_at is null;
create index curriculum_topics_subject on "public".curriculum_topics (exam_board_subject_id);
create index curriculum_topics_parent on "public".curriculum_topics (parent_topic_id);

create table "public".exam_papers (
  id uuid primary key default gen_random_uuid(),
  exam_board_subject_id uuid not null references "public".exam_board_subjects (id),
  paper_number integer,
  component_code text,
  year integer not null,
  series text not null,
  tier text,
  variant text,
  type text not null,
  language text not null default 'English',
  modified boolean not null default false,
  title text,
  url text not null,
  marks integer,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint
);
comment on table "public".exam_papers is 'One row per document (question paper, mark scheme, examiner report …); identity is never the address.';
comment on column "public".exam_papers.modified is 'Large print, Braille or otherwise modified.';
create unique index exam_papers_key on "public".exam_papers
  (exam_board_subject_id, year, series, component_code, paper_number, tier, variant, type, language, modified)
  nulls not distinct
  where retired_at is null;
create index exam_papers_subject on "public".exam_papers (exam_board_subject_id);

-- What the app's roles see: subjects switched on, and what hangs on them. Owners see all.
alter table "public".exam_boards enable row level security;
alter table "public".qualification_types enable row level security;
alter table "public".exam_board_subjects enable row level security;
alter table "public".curriculum_topics enable row level security;
alter table "public".exam_papers enable row level security;
create policy readable on "public".exam_boards for select using (true);
create policy readable on "public".qualification_types for select using (true);
create policy shown on "public".exam_board_subjects for select using (live_in_app);
create policy shown on "public".curriculum_topics for select using (
  exam_board_subject_id in (select s.id from "public".exam_board_subjects as s where s.live_in_app)
);
create policy shown on "public".exam_papers for select using (
  exam_board_subject_id in (select s.id from "public".exam_board_subjects as s where s.live_in_app)
);
