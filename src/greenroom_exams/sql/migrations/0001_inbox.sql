-- The inbox: three ordinary tables into which any scraper writes, for every board.
-- Both vocabularies stand side by side (the document's and the scrapers'); one trigger keeps them equal.
create table "public".staging_aqa_subjects (
  id uuid primary key default gen_random_uuid(),
  subject_code text,
  code text,
  subject_name text,
  name text,
  qualification_type text,
  exam_board text default 'AQA',
  specification_url text,
  specification_pdf_url text,
  spec_version text,
  spec_start_year integer,
  last_scraped timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (subject_code, qualification_type, exam_board),
  unique (code, qualification_type, exam_board)
);
comment on table "public".staging_aqa_subjects is 'Inbox of subjects, for all boards despite its name.';

create table "public".staging_aqa_topics (
  id uuid primary key default gen_random_uuid(),
  subject_id uuid not null references "public".staging_aqa_subjects (id) on delete cascade,
  parent_topic_id uuid references "public".staging_aqa_topics (id) on delete cascade,
  topic_code text,
  topic_name text,
  topic_level integer,
  level integer,
  sort_order integer,
  description text,
  component_code text,
  chronological_period text,
  period_start_year integer,
  period_end_year integer,
  geographical_region text,
  key_themes jsonb,
  page_reference text,
  exam_board text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (subject_id, topic_code)
);
comment on table "public".staging_aqa_topics is 'Inbox of topics; parent_topic_id points inside the inbox.';
create index staging_aqa_topics_parent on "public".staging_aqa_topics (parent_topic_id);
create index staging_aqa_topics_uncoded on "public".staging_aqa_topics (id)
  where nullif(btrim(topic_code), '') is null;
create index staging_aqa_topics_unlevelled on "public".staging_aqa_topics (id)
  where topic_level is null;

create table "public".staging_aqa_exam_papers (
  id uuid primary key default gen_random_uuid(),
  subject_id uuid not null references "public".staging_aqa_subjects (id) on delete cascade,
  year integer,
  exam_series text,
  series text,
  paper_number integer,
  component_code text,
  tier text,
  type text,
  url text,
  title text,
  marks integer,
  question_paper_url text,
  mark_scheme_url text,
  examiner_report_url text,
  documents jsonb,
  exam_board text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (subject_id, year, exam_series, paper_number, component_code, tier)
);
comment on table "public".staging_aqa_exam_papers is
  'Inbox of papers: a set with up to three addresses, or one document (type, url), or a list of documents.';
comment on column "public".staging_aqa_exam_papers.documents is
  'Documents of the set beyond the three addresses: [{type, url, title, language, variant, modified, marks, position}].';

-- Access is by grant: the app's roles get none.
alter table "public".staging_aqa_subjects enable row level security;
alter table "public".staging_aqa_topics enable row level security;
alter table "public".staging_aqa_exam_papers enable row level security;
create policy by_grant on "public".staging_aqa_subjects using (true) with check (true);
create policy by_grant on "public".staging_aqa_topics using (true) with check (true);
create policy by_grant on "public".staging_aqa_exam_papers using (true) with check (true);
