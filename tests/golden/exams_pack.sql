-- Pack exams, compiled from its declarations. Functions and views only: made anew by each migrate.
create schema if not exists greenroom_exams;
comment on schema greenroom_exams is 'Compiled functions and views of pack exams; greenroom sql prints them.';

-- Where this database has the pack's tables.
create or replace function greenroom_exams.home()
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
-- quoted as everywhere else: another schema is one changed identifier
as $$ select pg_catalog.btrim('"public"', '"') $$;
comment on function greenroom_exams.home() is 'The schema of the published tables of exams in this database.';

create or replace function greenroom_exams.pack_name()
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$ select 'exams' $$;
comment on function greenroom_exams.pack_name() is 'The name under which the ledger keeps this pack''s scopes.';

create schema if not exists preview;
comment on schema preview is 'Published tables as they will stand once the prepared releases land.';

-- Effective rows of subjects: what was sealed, with the edits in force. What checks, resolve, diff and apply read.
create view greenroom_exams.effective_subjects as
select
  b.unit_id,
  b.row_no,
  b.row_key,
  b.parent_row_key,
  b.position,
  b.derived,
  b.subject_code,
  b.spec_version,
  b.subject_name,
  b.spec_start_year,
  b.specification_url,
  b.specification_pdf_url,
  b.qan,
  b.first_assessment_year,
  b.last_assessment_year,
  b.paper_code,
  b.succeeds,
  b.regulated_title,
  b.level,
  b.glh,
  b.operational_end,
  b.certification_end
from greenroom.batch_subjects as b
where not exists (
  select
  from greenroom.edited_subjects as e
  where e.unit_id = b.unit_id
    and e.row_no = b.row_no
)
union all
select
  e.unit_id,
  e.row_no,
  e.row_key,
  e.parent_row_key,
  e.position,
  e.derived,
  e.subject_code,
  e.spec_version,
  e.subject_name,
  e.spec_start_year,
  e.specification_url,
  e.specification_pdf_url,
  e.qan,
  e.first_assessment_year,
  e.last_assessment_year,
  e.paper_code,
  e.succeeds,
  e.regulated_title,
  e.level,
  e.glh,
  e.operational_end,
  e.certification_end
from greenroom.edited_subjects as e
where not e.is_gone;
comment on view greenroom_exams.effective_subjects is 'Sealed rows of subjects as they stand after edits.';

-- Effective rows of topics: what was sealed, with the edits in force. What checks, resolve, diff and apply read.
create view greenroom_exams.effective_topics as
select
  b.unit_id,
  b.row_no,
  b.row_key,
  b.parent_row_key,
  b.position,
  b.derived,
  b.topic_code,
  b.parent_code,
  b.topic_name,
  b.topic_level,
  b.sort_order,
  b.description,
  b.component_code,
  b.chronological_period,
  b.period_start_year,
  b.period_end_year,
  b.geographical_region,
  b.key_themes,
  b.examined,
  b.tier,
  b.study_level,
  b.language,
  b.option_group
from greenroom.batch_topics as b
where not exists (
  select
  from greenroom.edited_topics as e
  where e.unit_id = b.unit_id
    and e.row_no = b.row_no
)
union all
select
  e.unit_id,
  e.row_no,
  e.row_key,
  e.parent_row_key,
  e.position,
  e.derived,
  e.topic_code,
  e.parent_code,
  e.topic_name,
  e.topic_level,
  e.sort_order,
  e.description,
  e.component_code,
  e.chronological_period,
  e.period_start_year,
  e.period_end_year,
  e.geographical_region,
  e.key_themes,
  e.examined,
  e.tier,
  e.study_level,
  e.language,
  e.option_group
from greenroom.edited_topics as e
where not e.is_gone;
comment on view greenroom_exams.effective_topics is 'Sealed rows of topics as they stand after edits.';

-- Effective rows of components: what was sealed, with the edits in force. What checks, resolve, diff and apply read.
create view greenroom_exams.effective_components as
select
  b.unit_id,
  b.row_no,
  b.row_key,
  b.parent_row_key,
  b.position,
  b.derived,
  b.component_code,
  b.name,
  b.examined,
  b.assessment,
  b.tier,
  b.study_level,
  b.marks,
  b.duration_minutes,
  b.weight_percent
from greenroom.batch_components as b
where not exists (
  select
  from greenroom.edited_components as e
  where e.unit_id = b.unit_id
    and e.row_no = b.row_no
)
union all
select
  e.unit_id,
  e.row_no,
  e.row_key,
  e.parent_row_key,
  e.position,
  e.derived,
  e.component_code,
  e.name,
  e.examined,
  e.assessment,
  e.tier,
  e.study_level,
  e.marks,
  e.duration_minutes,
  e.weight_percent
from greenroom.edited_components as e
where not e.is_gone;
comment on view greenroom_exams.effective_components is 'Sealed rows of components as they stand after edits.';

-- Effective rows of option_groups: what was sealed, with the edits in force. What checks, resolve, diff and apply read.
create view greenroom_exams.effective_option_groups as
select
  b.unit_id,
  b.row_no,
  b.row_key,
  b.parent_row_key,
  b.position,
  b.derived,
  b.group_code,
  b.name,
  b.choose_least,
  b.choose_most,
  b.component_code,
  b.note
from greenroom.batch_option_groups as b
where not exists (
  select
  from greenroom.edited_option_groups as e
  where e.unit_id = b.unit_id
    and e.row_no = b.row_no
)
union all
select
  e.unit_id,
  e.row_no,
  e.row_key,
  e.parent_row_key,
  e.position,
  e.derived,
  e.group_code,
  e.name,
  e.choose_least,
  e.choose_most,
  e.component_code,
  e.note
from greenroom.edited_option_groups as e
where not e.is_gone;
comment on view greenroom_exams.effective_option_groups is 'Sealed rows of option_groups as they stand after edits.';

-- Effective rows of option_exclusions: what was sealed, with the edits in force. What checks, resolve, diff and apply read.
create view greenroom_exams.effective_option_exclusions as
select
  b.unit_id,
  b.row_no,
  b.row_key,
  b.parent_row_key,
  b.position,
  b.derived,
  b.one_code,
  b.other_code,
  b.why
from greenroom.batch_option_exclusions as b
where not exists (
  select
  from greenroom.edited_option_exclusions as e
  where e.unit_id = b.unit_id
    and e.row_no = b.row_no
)
union all
select
  e.unit_id,
  e.row_no,
  e.row_key,
  e.parent_row_key,
  e.position,
  e.derived,
  e.one_code,
  e.other_code,
  e.why
from greenroom.edited_option_exclusions as e
where not e.is_gone;
comment on view greenroom_exams.effective_option_exclusions is 'Sealed rows of option_exclusions as they stand after edits.';

-- Effective rows of papers: what was sealed, with the edits in force. What checks, resolve, diff and apply read.
create view greenroom_exams.effective_papers as
select
  b.unit_id,
  b.row_no,
  b.row_key,
  b.parent_row_key,
  b.position,
  b.derived,
  b.paper_number,
  b.component_code,
  b.year,
  b.series,
  b.tier,
  b.variant,
  b.type,
  b.language,
  b.modified,
  b.title,
  b.url,
  b.marks
from greenroom.batch_papers as b
where not exists (
  select
  from greenroom.edited_papers as e
  where e.unit_id = b.unit_id
    and e.row_no = b.row_no
)
union all
select
  e.unit_id,
  e.row_no,
  e.row_key,
  e.parent_row_key,
  e.position,
  e.derived,
  e.paper_number,
  e.component_code,
  e.year,
  e.series,
  e.tier,
  e.variant,
  e.type,
  e.language,
  e.modified,
  e.title,
  e.url,
  e.marks
from greenroom.edited_papers as e
where not e.is_gone;
comment on view greenroom_exams.effective_papers is 'Sealed rows of papers as they stand after edits.';

-- The inbox keeps the two spellings of a column equal: the document's (code, name, level, series)
-- and the scrapers' (subject_code, subject_name, topic_level, exam_series). What changed wins.
create or replace function greenroom.same_subject_spellings()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' and new.code is distinct from old.code and new.subject_code is not distinct from old.subject_code then
    new.subject_code := new.code;
  end if;
  if tg_op = 'UPDATE' and new.name is distinct from old.name and new.subject_name is not distinct from old.subject_name then
    new.subject_name := new.name;
  end if;
  new.subject_code := coalesce(new.subject_code, new.code);
  new.code := new.subject_code;
  new.subject_name := coalesce(new.subject_name, new.name);
  new.name := new.subject_name;
  return new;
end
$$;
comment on function greenroom.same_subject_spellings() is 'Keeps code/subject_code and name/subject_name equal.';

create or replace function greenroom.same_topic_spellings()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' and new.level is distinct from old.level and new.topic_level is not distinct from old.topic_level then
    new.topic_level := new.level;
  end if;
  new.topic_level := coalesce(new.topic_level, new.level);
  new.level := new.topic_level;
  return new;
end
$$;
comment on function greenroom.same_topic_spellings() is 'Keeps level/topic_level equal.';

create or replace function greenroom.same_paper_spellings()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' and new.series is distinct from old.series and new.exam_series is not distinct from old.exam_series then
    new.exam_series := new.series;
  end if;
  new.exam_series := coalesce(new.exam_series, new.series);
  new.series := new.exam_series;
  return new;
end
$$;
comment on function greenroom.same_paper_spellings() is 'Keeps series/exam_series equal.';

-- Boards that came as a file: what is known already stays as it is.
create function greenroom_exams.learn(p_taught jsonb)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into "public".exam_boards (code, full_name, country)
  select t.code, t.name, t.country
  from pg_catalog.jsonb_to_recordset(p_taught) as t (code text, name text, country text)
  -- another database may spell a board's code in its own way
  where not exists (
    select
    from greenroom.exam_board_alias as a
    where a.spelling = pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.lower(t.code), '[\s\-_]+', ' ', 'g'))
  )
  on conflict (code) do nothing;
  insert into greenroom.exam_board_alias (spelling, code)
  select distinct on (n.spelling) n.spelling, t.code
  from pg_catalog.jsonb_to_recordset(p_taught) as t (code text, spellings jsonb)
  cross join lateral (
    -- as greenroom_exams.spelling folds it, which is made later
    select pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.lower(s.spelling), '[\s\-_]+', ' ', 'g')) as spelling
    from pg_catalog.jsonb_array_elements_text(t.spellings) as s (spelling)
  ) as n
  order by n.spelling, t.code
  on conflict (spelling) do nothing;
$$;
comment on function greenroom_exams.learn(jsonb) is 'Adds boards and spellings that the tables do not know yet.';

create or replace trigger same_spellings
before insert or update on "public".staging_aqa_subjects
for each row execute function greenroom.same_subject_spellings();
create or replace trigger same_spellings
before insert or update on "public".staging_aqa_topics
for each row execute function greenroom.same_topic_spellings();
create or replace trigger same_spellings
before insert or update on "public".staging_aqa_exam_papers
for each row execute function greenroom.same_paper_spellings();

-- The inbox as batches will hold it: spellings resolved, versions named, codes derived where a
-- source has none. `problem` names the rule by which a row goes to quarantine.

create function greenroom_exams.spelling(p_text text)
returns text
language sql
immutable
parallel safe
return pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.lower(p_text), '[\s\-_]+', ' ', 'g'));
comment on function greenroom_exams.spelling(text) is 'A spelling of a board, qualification, series or type as the alias tables hold it.';

-- What people type into a paper, as scrapers' rows are read: by the same spellings.
create function greenroom_exams.clean_series(p_text text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$ select a.series from greenroom.series_alias as a where a.spelling = greenroom_exams.spelling(p_text) $$;
comment on function greenroom_exams.clean_series(text) is 'A series by any of its spellings; null where nobody has taught it.';

create function greenroom_exams.clean_paper_type(p_text text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$ select a.type from greenroom.paper_type_alias as a where a.spelling = greenroom_exams.spelling(p_text) $$;
comment on function greenroom_exams.clean_paper_type(text) is 'A type of document by any of its spellings; null where nobody has taught it.';

-- 1.10 after 1.9: runs of digits are compared as numbers.
create function greenroom_exams.natural_order(p_code text)
returns text
language sql
immutable
parallel safe
return (
  select pg_catalog.string_agg(
    case when m[1] ~ '^\d' then pg_catalog.lpad(m[1], 10, '0') else m[1] end, ''
  )
  from pg_catalog.regexp_matches(p_code, '\d+|\D+', 'g') as m
);
comment on function greenroom_exams.natural_order(text) is 'Sorts codes as people count.';

-- A row without a version belongs to the current one; once that is archived, to a new one
-- named by its start year. Nobody's version is guessed: without either the row is quarantined.
create view greenroom_exams.inbox_subjects as
select
  array[b.code, q.code] as scope_keys,
  array[nullif(btrim(coalesce(s.subject_code, s.code)), ''), version.name] as unit_key,
  s.id as inbox_id,
  s.id::text as row_key,
  null::text as parent_row_key,
  'staging_aqa_subjects ' || s.id as position,
  1::bigint as copy,
  array_remove(array[
    case when s.spec_version is null and version.name <> '' then 'spec_version' end
  ], null) as derived,
  case
    when nullif(btrim(coalesce(s.subject_code, s.code)), '') is null then 'missing_subject_code'
    when version.name is null then 'archived_version'
    when length(version.name) > 20 then 'long_spec_version'
  end as problem,
  coalesce(s.subject_code, s.code) as problem_value,
  to_jsonb(s) as row_data,
  nullif(btrim(coalesce(s.subject_code, s.code)), '') as subject_code,
  nullif(version.name, '')::text as spec_version,
  nullif(btrim(regexp_replace(coalesce(s.subject_name, s.name), '\s+', ' ', 'g')), '') as subject_name,
  coalesce(s.spec_start_year, standing.spec_start_year) as spec_start_year,
  s.specification_url,
  s.specification_pdf_url,
  s.qan,
  s.first_assessment_year,
  s.last_assessment_year,
  s.paper_code,
  s.succeeds,
  r.title as regulated_title,
  r.level,
  r.glh,
  r.operational_end,
  r.certification_end
from "public".staging_aqa_subjects as s
left join greenroom.exam_board_alias as ba on ba.spelling = greenroom_exams.spelling(s.exam_board)
left join "public".exam_boards as b on b.code = ba.code
left join greenroom.qualification_alias as qa on qa.spelling = greenroom_exams.spelling(s.qualification_type)
left join "public".qualification_types as q on q.code = qa.code
left join greenroom.ofqual_qualification as r
  on r.qan = regexp_replace(upper(regexp_replace(s.qan, '[\s/]', '', 'g')), '^(\d{3})(\d{4})([\dX])$', '\1/\2/\3')
left join lateral (
  select
    p.is_current,
    p.spec_version,
    p.spec_start_year
  from "public".exam_board_subjects as p
  where p.exam_board_id = b.id
    and p.qualification_type_id = q.id
    and p.subject_code = nullif(btrim(coalesce(s.subject_code, s.code)), '')
    and (p.retired_at is null or not p.is_current)
  order by p.is_current desc, p.spec_start_year desc nulls last, p.created_at desc
  limit 1
) as standing on true
cross join lateral (
  select case
    when nullif(btrim(s.spec_version), '') is not null then btrim(s.spec_version)
    when standing.is_current then coalesce(standing.spec_version, '')
    when not standing.is_current then s.spec_start_year::text
    else coalesce(s.spec_start_year::text, '')
  end as name
) as version;
comment on view greenroom_exams.inbox_subjects is 'Inbox subjects with spellings resolved and their specification version named.';

create view greenroom_exams.inbox_topics as
with recursive named as (
  select
    t.id,
    t.subject_id,
    t.created_at,
    t.sort_order,
    coalesce(p.topic_code, '') || '~' || left(replace(greenroom.fold(coalesce(t.topic_name, '')), ' ', '-'), 80) as path
  from "public".staging_aqa_topics as t
  left join "public".staging_aqa_topics as p on p.id = t.parent_topic_id
  where nullif(btrim(t.topic_code), '') is null
    and nullif(btrim(coalesce(p.topic_code, case when t.parent_topic_id is null then '-' end)), '') is not null
  union all
  select
    t.id,
    t.subject_id,
    t.created_at,
    t.sort_order,
    n.path || '~' || left(replace(greenroom.fold(coalesce(t.topic_name, '')), ' ', '-'), 80)
  from named as n
  join "public".staging_aqa_topics as t on t.parent_topic_id = n.id
  where nullif(btrim(t.topic_code), '') is null
), uncoded as (
  select
    n.id,
    n.path || case
      when row_number() over twins > 1 then '~' || row_number() over twins
      else ''
    end as code
  from named as n
  window twins as (partition by n.subject_id, n.path order by n.sort_order, n.created_at, n.id)
), levelled as (
  select
    t.id,
    0 as level
  from "public".staging_aqa_topics as t
  where t.topic_level is null
    and t.parent_topic_id is null
  union all
  select
    t.id,
    p.topic_level + 1
  from "public".staging_aqa_topics as t
  join "public".staging_aqa_topics as p on p.id = t.parent_topic_id
  where t.topic_level is null
    and p.topic_level is not null
  union all
  select
    t.id,
    l.level + 1
  from levelled as l
  join "public".staging_aqa_topics as t on t.parent_topic_id = l.id
  where t.topic_level is null
), coursework as (
  -- what hangs below coursework is coursework
  select t.id
  from "public".staging_aqa_topics as t
  where t.examined = false
  union
  select t.id
  from coursework as w
  join "public".staging_aqa_topics as t on t.parent_topic_id = w.id
), numbered as (
  select
    t.id,
    (row_number() over siblings)::integer as sort_order
  from "public".staging_aqa_topics as t
  where t.subject_id in (select o.subject_id from "public".staging_aqa_topics as o where o.sort_order is null)
  window siblings as (
    partition by t.subject_id, t.parent_topic_id
    order by t.sort_order, case when t.sort_order is null then greenroom_exams.natural_order(t.topic_code) end, t.created_at, t.topic_name, t.id
  )
)
select
  s.scope_keys,
  s.unit_key,
  t.id::text as row_key,
  t.parent_topic_id::text as parent_row_key,
  coalesce(t.page_reference, 'staging_aqa_topics ' || t.id) as position,
  1::bigint as copy,
  array_remove(array[
    case when u.code is not null then 'topic_code' end,
    case when t.topic_level is null then 'topic_level' end,
    case when t.sort_order is null then 'sort_order' end
  ], null) as derived,
  s.problem as problem,
  s.problem_value as problem_value,
  case when s.problem is not null then to_jsonb(t) end as row_data,
  coalesce(nullif(btrim(t.topic_code), ''), u.code) as topic_code,
  case when p.subject_id = t.subject_id then coalesce(nullif(btrim(p.topic_code), ''), pu.code) end as parent_code,
  nullif(btrim(regexp_replace(t.topic_name, '\s+', ' ', 'g')), '') as topic_name,
  coalesce(t.topic_level, l.level) as topic_level,
  coalesce(t.sort_order, o.sort_order) as sort_order,
  t.description,
  t.component_code,
  t.chronological_period,
  t.period_start_year,
  t.period_end_year,
  t.geographical_region,
  nullif(t.key_themes, 'null') as key_themes,
  -- said of coursework alone: empty means examined
  case when w.id is not null then false end as examined,
  nullif(btrim(t.tier), '') as tier,
  nullif(btrim(t.study_level), '') as study_level,
  nullif(btrim(t.language), '') as language,
  nullif(btrim(t.option_group), '') as option_group
from "public".staging_aqa_topics as t
join greenroom_exams.inbox_subjects as s on s.inbox_id = t.subject_id
left join "public".staging_aqa_topics as p on p.id = t.parent_topic_id
left join uncoded as u on u.id = t.id
left join uncoded as pu on pu.id = p.id
left join levelled as l on l.id = t.id
left join numbered as o on o.id = t.id
left join coursework as w on w.id = t.id;
comment on view greenroom_exams.inbox_topics is 'Inbox topics with codes, levels and order derived where the source gives none.';

create view greenroom_exams.inbox_components as
select
  s.scope_keys,
  s.unit_key,
  c.id::text as row_key,
  null::text as parent_row_key,
  coalesce(c.page_reference, 'staging_exam_components ' || c.id) as position,
  1::bigint as copy,
  '{}'::text[] as derived,
  coalesce(s.problem, case
    when nullif(btrim(c.component_code), '') is null then 'missing_component_code'
    when nullif(btrim(c.name), '') is null then 'missing_name'
    when c.weight_percent not between 0 and 100 then 'impossible_weight'
    when c.marks < 0 or c.duration_minutes < 0 then 'impossible_number'
  end) as problem,
  coalesce(case when s.problem is not null then s.problem_value end, c.weight_percent::text, c.component_code) as problem_value,
  to_jsonb(c) as row_data,
  nullif(btrim(c.component_code), '') as component_code,
  nullif(btrim(regexp_replace(c.name, '\s+', ' ', 'g')), '') as name,
  coalesce(c.examined, true) as examined,
  nullif(btrim(c.assessment), '') as assessment,
  nullif(btrim(c.tier), '') as tier,
  nullif(btrim(c.study_level), '') as study_level,
  c.marks,
  c.duration_minutes,
  case when c.weight_percent between 0 and 100 then c.weight_percent::numeric(5, 2) end as weight_percent
from "public".staging_exam_components as c
join greenroom_exams.inbox_subjects as s on s.inbox_id = c.subject_id;
comment on view greenroom_exams.inbox_components is 'Inbox components.';

create view greenroom_exams.inbox_option_groups as
select
  s.scope_keys,
  s.unit_key,
  g.id::text as row_key,
  null::text as parent_row_key,
  'staging_exam_option_groups ' || g.id as position,
  1::bigint as copy,
  '{}'::text[] as derived,
  coalesce(s.problem, case
    when nullif(btrim(g.group_code), '') is null then 'missing_group_code'
    when nullif(btrim(g.name), '') is null then 'missing_name'
    when g.choose_least is null or g.choose_most is null then 'missing_number'
    when g.choose_least < 0 or g.choose_most < g.choose_least then 'impossible_number'
  end) as problem,
  coalesce(case when s.problem is not null then s.problem_value end, g.choose_least || ' to ' || g.choose_most, g.group_code) as problem_value,
  to_jsonb(g) as row_data,
  nullif(btrim(g.group_code), '') as group_code,
  nullif(btrim(regexp_replace(g.name, '\s+', ' ', 'g')), '') as name,
  g.choose_least,
  g.choose_most,
  nullif(btrim(g.component_code), '') as component_code,
  nullif(btrim(g.note), '') as note
from "public".staging_exam_option_groups as g
join greenroom_exams.inbox_subjects as s on s.inbox_id = g.subject_id;
comment on view greenroom_exams.inbox_option_groups is 'Inbox choices.';

-- A pair is one pair, whichever is named first.
create view greenroom_exams.inbox_option_exclusions as
select
  s.scope_keys,
  s.unit_key,
  x.id::text as row_key,
  null::text as parent_row_key,
  'staging_exam_option_exclusions ' || x.id as position,
  row_number() over (
    partition by x.subject_id, least(btrim(x.one_code), btrim(x.other_code)), greatest(btrim(x.one_code), btrim(x.other_code))
    order by x.created_at, x.id
  ) as copy,
  '{}'::text[] as derived,
  coalesce(s.problem, case
    when nullif(btrim(x.one_code), '') is null or nullif(btrim(x.other_code), '') is null then 'missing_topic_code'
    when btrim(x.one_code) = btrim(x.other_code) then 'excludes_itself'
  end) as problem,
  coalesce(case when s.problem is not null then s.problem_value end, concat_ws(' and ', x.one_code, x.other_code)) as problem_value,
  to_jsonb(x) as row_data,
  least(btrim(x.one_code), btrim(x.other_code)) as one_code,
  greatest(btrim(x.one_code), btrim(x.other_code)) as other_code,
  nullif(btrim(x.why), '') as why
from "public".staging_exam_option_exclusions as x
join greenroom_exams.inbox_subjects as s on s.inbox_id = x.subject_id;
comment on view greenroom_exams.inbox_option_exclusions is 'Inbox pairs of options that exclude each other.';

create view greenroom_exams.inbox_papers as
select
  s.scope_keys,
  s.unit_key,
  p.id::text as row_key,
  null::text as parent_row_key,
  coalesce(d.position, 'staging_aqa_exam_papers ' || p.id) as position,
  row_number() over (
    partition by
      s.inbox_id, p.paper_number, p.component_code, p.year, sa.series, p.tier, d.variant,
      ta.type, d.language, d.modified, d.title, d.url, d.marks
    order by p.id
  ) as copy,
  '{}'::text[] as derived,
  coalesce(s.problem, case
    when d.url is null then 'missing_url'
    when d.url !~* '^https?://' then 'not_a_web_address'
    when p.year is null then 'missing_year'
    when p.year not between 1950 and 2100 then 'impossible_year'
    when coalesce(p.series, p.exam_series) is null then 'missing_series'
    when sa.series is null then 'unknown_series'
    when d.type is null then 'missing_type'
    when ta.type is null then 'unknown_type'
  end) as problem,
  coalesce(case when s.problem is not null then s.problem_value end, case
    when d.url is null or d.url !~* '^https?://' then d.url
    when p.year is null or p.year not between 1950 and 2100 then p.year::text
    when sa.series is null then coalesce(p.series, p.exam_series)
    else d.type
  end) as problem_value,
  to_jsonb(p) as row_data,
  p.paper_number,
  nullif(btrim(p.component_code), '') as component_code,
  p.year,
  sa.series,
  nullif(btrim(p.tier), '') as tier,
  d.variant,
  ta.type,
  coalesce(d.language, 'English') as language,
  coalesce(d.modified, false) as modified,
  d.title,
  d.url,
  d.marks
from "public".staging_aqa_exam_papers as p
join greenroom_exams.inbox_subjects as s on s.inbox_id = p.subject_id
cross join lateral (
  select 'question paper' as type, p.question_paper_url as url, p.title, null::text as language, null::text as variant, null::boolean as modified, p.marks, null::text as position
  where p.question_paper_url is not null
  union all
  select 'mark scheme', p.mark_scheme_url, p.title, null, null, null, null, null
  where p.mark_scheme_url is not null
  union all
  select 'examiner report', p.examiner_report_url, p.title, null, null, null, null, null
  where p.examiner_report_url is not null
  union all
  select p.type, p.url, p.title, null, null, null, p.marks, null
  where p.url is not null
    or (p.documents is null and coalesce(p.question_paper_url, p.mark_scheme_url, p.examiner_report_url) is null)
  union all
  select j.type, j.url, j.title, j.language, j.variant, j.modified, j.marks, j.position
  from jsonb_to_recordset(p.documents) as j (
    type text, url text, title text, language text, variant text, modified boolean, marks integer, position text
  )
) as d
left join greenroom.series_alias as sa on sa.spelling = greenroom_exams.spelling(coalesce(p.series, p.exam_series))
left join greenroom.paper_type_alias as ta on ta.spelling = greenroom_exams.spelling(d.type);
comment on view greenroom_exams.inbox_papers is 'Inbox papers, one row per document: a set with three addresses becomes three.';

-- Rows whose board or qualification nobody has taught us: they belong to no scope and wait.
create view greenroom_exams.inbox_unknown as
select
  s.id,
  s.exam_board,
  s.qualification_type,
  coalesce(s.subject_code, s.code) as subject_code
from "public".staging_aqa_subjects as s
where not exists (
    select from greenroom.exam_board_alias as a where a.spelling = greenroom_exams.spelling(s.exam_board)
  )
  or not exists (
    select from greenroom.qualification_alias as a where a.spelling = greenroom_exams.spelling(s.qualification_type)
  );
comment on view greenroom_exams.inbox_unknown is 'Inbox subjects with an unknown spelling of board or qualification.';

-- What production holds of a scope, retired and archived subjects too.
create function greenroom_exams.subjects_in(p_scope integer)
returns setof "public".exam_board_subjects
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select s.*
  from greenroom.scope as c
  join "public".exam_boards as b on b.code = c.keys[1]
  join "public".qualification_types as q on q.code = c.keys[2]
  join "public".exam_board_subjects as s on s.exam_board_id = b.id and s.qualification_type_id = q.id
  where c.id = p_scope
$$;
comment on function greenroom_exams.subjects_in(integer) is 'Subjects of a scope in production, whatever became of them.';

-- The production row a unit is about: the same version, else the current row that has no version yet.
create function greenroom_exams.find_root(p_scope integer, p_key text[])
returns uuid
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select p.id
  from greenroom_exams.subjects_in(p_scope) as p
  where p.subject_code = p_key[1]
    and (coalesce(p.spec_version, '') = p_key[2]
      or (p.spec_version is null and p.is_current and p.retired_at is null))
  order by (coalesce(p.spec_version, '') = p_key[2]) desc, (p.retired_at is null) desc, p.created_at
  limit 1
$$;
comment on function greenroom_exams.find_root(integer, text[]) is 'The subject a unit is about, if production has it.';

-- What a parser read, laid into the inbox: the subject upserted, its topics or its papers replaced.
-- Reads pg_temp.landed_subjects, landed_topics, landed_papers of this transaction.
create function greenroom_exams.land(p_complete boolean default true)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_nameless text;
begin
  -- what a listing of papers does not say of its subject, the inbox or production does
  insert into "public".staging_aqa_subjects as s (
    subject_code, subject_name, qualification_type, exam_board, specification_url, specification_pdf_url,
    spec_version, spec_start_year, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, last_scraped
  )
  select
    l.subject_code,
    coalesce(l.subject_name, p.subject_name),
    l.qualification_type,
    l.exam_board,
    coalesce(l.specification_url, p.specification_url),
    coalesce(l.specification_pdf_url, p.specification_pdf_url),
    l.spec_version,
    coalesce(l.spec_start_year, p.spec_start_year),
    coalesce(l.qan, p.qan),
    coalesce(l.first_assessment_year, p.first_assessment_year),
    coalesce(l.last_assessment_year, p.last_assessment_year),
    coalesce(l.paper_code, p.paper_code),
    coalesce(l.succeeds, p.succeeds),
    pg_catalog.now()
  from pg_temp.landed_subjects as l
  left join lateral (
    select p.*
    from "public".exam_board_subjects as p
    join "public".exam_boards as b on b.id = p.exam_board_id and b.code = l.exam_board
    join "public".qualification_types as q on q.id = p.qualification_type_id and q.code = l.qualification_type
    where p.subject_code = l.subject_code
      and p.is_current
      and p.retired_at is null
    order by p.spec_start_year desc nulls last
    limit 1
  ) as p on true
  on conflict (subject_code, qualification_type, exam_board) do update
  set
    subject_name = coalesce(excluded.subject_name, s.subject_name),
    specification_url = coalesce(excluded.specification_url, s.specification_url),
    specification_pdf_url = coalesce(excluded.specification_pdf_url, s.specification_pdf_url),
    spec_version = coalesce(excluded.spec_version, s.spec_version),
    spec_start_year = coalesce(excluded.spec_start_year, s.spec_start_year),
    qan = coalesce(excluded.qan, s.qan),
    first_assessment_year = coalesce(excluded.first_assessment_year, s.first_assessment_year),
    last_assessment_year = coalesce(excluded.last_assessment_year, s.last_assessment_year),
    paper_code = coalesce(excluded.paper_code, s.paper_code),
    succeeds = coalesce(excluded.succeeds, s.succeeds),
    last_scraped = excluded.last_scraped,
    updated_at = excluded.updated_at;

  select pg_catalog.string_agg(s.subject_code, ', ')
  into v_nameless
  from "public".staging_aqa_subjects as s
  join pg_temp.landed_subjects as l on l.subject_code = s.subject_code and l.exam_board = s.exam_board and l.qualification_type = s.qualification_type
  where s.subject_name is null;
  if v_nameless is not null then
    perform greenroom.refuse(
      pg_catalog.format('nobody has said yet what subject %s is called', v_nameless), '[]',
      'stage its specification first; a listing of papers does not name the subject'
    );
  end if;

  if exists (select from pg_temp.landed_topics) then
    delete from "public".staging_aqa_topics as t
    using "public".staging_aqa_subjects as s, pg_temp.landed_subjects as l
    where t.subject_id = s.id
      and l.subject_code = s.subject_code and l.exam_board = s.exam_board and l.qualification_type = s.qualification_type;
    insert into "public".staging_aqa_topics (
      id, subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code,
      examined, tier, study_level, language, option_group, page_reference, exam_board
    )
    select
      t.id, s.id, p.id, t.topic_code, t.topic_name, t.topic_level, t.sort_order, t.description, t.component_code,
      t.examined, t.tier, t.study_level, t.language, t.option_group, t.place, s.exam_board
    from pg_temp.landed_topics as t
    join pg_temp.landed_subjects as l on true
    join "public".staging_aqa_subjects as s
      on s.subject_code = l.subject_code and s.exam_board = l.exam_board and s.qualification_type = l.qualification_type
    left join pg_temp.landed_topics as p on p.topic_code = t.parent_code;

    -- a specification says anew how it is assessed and what may be chosen
    delete from "public".staging_exam_components as c
    using "public".staging_aqa_subjects as s, pg_temp.landed_subjects as l
    where c.subject_id = s.id
      and l.subject_code = s.subject_code and l.exam_board = s.exam_board and l.qualification_type = s.qualification_type;
    insert into "public".staging_exam_components (
      subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent, page_reference
    )
    select
      s.id, c.component_code, c.name, c.examined, c.assessment, c.tier, c.study_level, c.marks, c.duration_minutes,
      c.weight_percent, c.place
    from pg_temp.landed_components as c
    join pg_temp.landed_subjects as l on true
    join "public".staging_aqa_subjects as s
      on s.subject_code = l.subject_code and s.exam_board = l.exam_board and s.qualification_type = l.qualification_type;

    delete from "public".staging_exam_option_groups as g
    using "public".staging_aqa_subjects as s, pg_temp.landed_subjects as l
    where g.subject_id = s.id
      and l.subject_code = s.subject_code and l.exam_board = s.exam_board and l.qualification_type = s.qualification_type;
    insert into "public".staging_exam_option_groups (
      subject_id, group_code, name, choose_least, choose_most, component_code, note
    )
    select s.id, g.group_code, g.name, g.choose_least, g.choose_most, g.component_code, g.note
    from pg_temp.landed_option_groups as g
    join pg_temp.landed_subjects as l on true
    join "public".staging_aqa_subjects as s
      on s.subject_code = l.subject_code and s.exam_board = l.exam_board and s.qualification_type = l.qualification_type;

    delete from "public".staging_exam_option_exclusions as x
    using "public".staging_aqa_subjects as s, pg_temp.landed_subjects as l
    where x.subject_id = s.id
      and l.subject_code = s.subject_code and l.exam_board = s.exam_board and l.qualification_type = s.qualification_type;
    insert into "public".staging_exam_option_exclusions (subject_id, one_code, other_code, why)
    select s.id, x.one_code, x.other_code, x.why
    from pg_temp.landed_option_exclusions as x
    join pg_temp.landed_subjects as l on true
    join "public".staging_aqa_subjects as s
      on s.subject_code = l.subject_code and s.exam_board = l.exam_board and s.qualification_type = l.qualification_type;
  end if;

  if exists (select from pg_temp.landed_papers) then
    if p_complete then
      delete from "public".staging_aqa_exam_papers as p
      using "public".staging_aqa_subjects as s, pg_temp.landed_subjects as l
      where p.subject_id = s.id
        and l.subject_code = s.subject_code and l.exam_board = s.exam_board and l.qualification_type = s.qualification_type;
    else
      update "public".staging_aqa_exam_papers as p
      set documents = coalesce((
        select pg_catalog.jsonb_agg(j.document)
        from pg_catalog.jsonb_array_elements(p.documents) as j (document)
        where j.document ->> 'url' not in (select d.url from pg_temp.landed_papers as d)
      ), '[]')
      from "public".staging_aqa_subjects as s, pg_temp.landed_subjects as l
      where p.subject_id = s.id
        and p.documents is not null
        and l.subject_code = s.subject_code and l.exam_board = s.exam_board and l.qualification_type = s.qualification_type;
    end if;
    insert into "public".staging_aqa_exam_papers as p (
      subject_id, year, exam_series, paper_number, component_code, tier, documents, exam_board
    )
    select
      s.id, d.year, d.series, d.paper_number, d.component_code, d.tier,
      pg_catalog.jsonb_agg(
        pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
          'type', d.type, 'url', d.url, 'title', d.title, 'language', d.language, 'variant', d.variant,
          'modified', d.modified, 'marks', d.marks, 'position', d.position
        ))
        order by d.position
      ),
      s.exam_board
    from pg_temp.landed_papers as d
    join "public".staging_aqa_subjects as s on s.subject_code = d.subject_code
    join pg_temp.landed_subjects as l
      on l.subject_code = s.subject_code and l.exam_board = s.exam_board and l.qualification_type = s.qualification_type
    group by s.id, s.exam_board, d.year, d.series, d.paper_number, d.component_code, d.tier
    on conflict (subject_id, year, exam_series, paper_number, component_code, tier) do update
    set documents = coalesce(p.documents, '[]') || excluded.documents;
  end if;
end
$$;
comment on function greenroom_exams.land(boolean) is 'Lays parsed rows into the inbox, replacing what the same subject had there; of papers, a part replaces only itself.';

-- What boards offer: their lists laid down, and what is there of it.

-- Rows of Ofqual's register; rows and columns that this part of it does not hold stay.
create function greenroom_exams.land_register()
returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rows bigint;
  v_changed bigint;
begin
  insert into greenroom.ofqual_qualification as q (
    qan, title, organisation, status, level, type, glh, tqt, operational_start, operational_end, certification_end, review_date
  )
  -- a column that this part of it lacks says nothing of what is known
  select
    l.qan,
    case when 'title' = any (l.held) then l.title else s.title end,
    case when 'organisation' = any (l.held) then l.organisation else s.organisation end,
    case when 'status' = any (l.held) then l.status else s.status end,
    case when 'level' = any (l.held) then l.level else s.level end,
    case when 'type' = any (l.held) then l.type else s.type end,
    case when 'glh' = any (l.held) then l.glh else s.glh end,
    case when 'tqt' = any (l.held) then l.tqt else s.tqt end,
    case when 'operational_start' = any (l.held) then l.operational_start else s.operational_start end,
    case when 'operational_end' = any (l.held) then l.operational_end else s.operational_end end,
    case when 'certification_end' = any (l.held) then l.certification_end else s.certification_end end,
    case when 'review_date' = any (l.held) then l.review_date else s.review_date end
  from pg_temp.landed_qualifications as l
  left join greenroom.ofqual_qualification as s on s.qan = l.qan
  on conflict (qan) do update
  set
    title = excluded.title,
    organisation = excluded.organisation,
    status = excluded.status,
    level = excluded.level,
    type = excluded.type,
    glh = excluded.glh,
    tqt = excluded.tqt,
    operational_start = excluded.operational_start,
    operational_end = excluded.operational_end,
    certification_end = excluded.certification_end,
    review_date = excluded.review_date,
    seen_at = excluded.seen_at
  where (q.title, q.organisation, q.status, q.level, q.type, q.glh, q.tqt, q.operational_start, q.operational_end, q.certification_end, q.review_date)
    is distinct from (
      excluded.title, excluded.organisation, excluded.status, excluded.level, excluded.type, excluded.glh, excluded.tqt,
      excluded.operational_start, excluded.operational_end, excluded.certification_end, excluded.review_date
    );
  get diagnostics v_changed = row_count;
  select pg_catalog.count(*) into v_rows from pg_temp.landed_qualifications;
  drop table pg_temp.landed_qualifications;
  return pg_catalog.jsonb_build_object('qualifications', v_rows, 'changed', v_changed);
end
$$;
comment on function greenroom_exams.land_register() is 'Lays down rows of Ofqual''s register: how many, and how many are new or other than before.';

-- A list replaces what the same board and qualification offered before; a page of it adds to that.
create function greenroom_exams.land_list(p_complete boolean default true)
returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before bigint;
  v_now bigint;
  v_leaving bigint;
  v_scope text;
  v_twice jsonb;
  v_new jsonb;
  v_gone jsonb;
begin
  if pg_catalog.to_regclass('pg_temp.landed_qualifications') is not null then
    return greenroom_exams.land_register();
  end if;
  update pg_temp.landed_offers as l
  set
    name = pg_catalog.btrim(pg_catalog.regexp_replace(l.name, '[\s\u00a0]+', ' ', 'g')),
    subject_code = nullif(pg_catalog.btrim(pg_catalog.regexp_replace(l.subject_code, '[\s\u00a0]+', ' ', 'g')), '');
  if exists (select from pg_temp.landed_offers as l where coalesce(l.name, '') = '') then
    perform greenroom.refuse('the list of subjects has one without a name', '[]', 'look at the page: it was not read as it is meant');
  end if;
  -- one subject counts once, as it is named first: not again without the code it also stands with, nor in other letters
  with ranked as (
    select
      l.ctid as place,
      pg_catalog.row_number() over (
        partition by l.exam_board, l.qualification, greenroom.fold(l.name), l.subject_code
        order by l.ctid
      ) as copy,
      l.subject_code is null and pg_catalog.count(l.subject_code) over (
        partition by l.exam_board, l.qualification, greenroom.fold(l.name)
      ) > 0 as has_code
    from pg_temp.landed_offers as l
  ), left_out as (
    delete from pg_temp.landed_offers as l
    using ranked as r
    where l.ctid = r.place
      and (r.copy > 1 or r.has_code)
    returning l.name
  )
  select pg_catalog.jsonb_agg(distinct x.name order by x.name) into v_twice from left_out as x;
  select pg_catalog.min(l.exam_board || ' ' || l.qualification), pg_catalog.count(*)
  into v_scope, v_now
  from pg_temp.landed_offers as l;
  if v_now = 0 then
    perform greenroom.refuse('the list of subjects is empty', '[]', 'a board that offers nothing is a page that was not read: look at it');
  end if;

  -- the same subject is the same code, or the same name where one of the two has no code
  select pg_catalog.jsonb_agg(l.name order by l.name)
  into v_new
  from pg_temp.landed_offers as l
  where not exists (
    select
    from greenroom.exam_offer as o
    where (o.exam_board, o.qualification) = (l.exam_board, l.qualification)
      and coalesce(o.subject_code = l.subject_code, greenroom.fold(o.name) = greenroom.fold(l.name))
  );
  if p_complete then
    with standing as (
      select
        o.name,
        not exists (
          select
          from pg_temp.landed_offers as l
          where (o.exam_board, o.qualification) = (l.exam_board, l.qualification)
            and coalesce(o.subject_code = l.subject_code, greenroom.fold(o.name) = greenroom.fold(l.name))
        ) as is_leaving
      from greenroom.exam_offer as o
      where (o.exam_board, o.qualification) in (select l.exam_board, l.qualification from pg_temp.landed_offers as l)
    )
    select
      pg_catalog.count(*),
      pg_catalog.count(*) filter (where s.is_leaving),
      pg_catalog.jsonb_agg(s.name order by s.name) filter (where s.is_leaving)
    into v_before, v_leaving, v_gone
    from standing as s;
    if v_before >= 5 and v_leaving * 5 > v_before then
      perform greenroom.refuse(
        pg_catalog.format(
          '%s: the list names %s subjects, the last one named %s: %s of these would leave', v_scope, v_now, v_before, v_leaving
        ), '[]',
        'if the board really changed so much: delete its rows from greenroom.exam_offer, then stage the list again'
      );
    end if;
    delete from greenroom.exam_offer as o
    where (o.exam_board, o.qualification) in (select l.exam_board, l.qualification from pg_temp.landed_offers as l)
      and not exists (
        select
        from pg_temp.landed_offers as l
        where (o.exam_board, o.qualification, o.name) = (l.exam_board, l.qualification, l.name)
          and o.subject_code is not distinct from l.subject_code
      );
  else
    -- what stands with its code already is not added without it; what stood without gives way
    delete from pg_temp.landed_offers as l
    where l.subject_code is null
      and exists (
        select
        from greenroom.exam_offer as o
        where (o.exam_board, o.qualification) = (l.exam_board, l.qualification)
          and o.subject_code is not null
          and greenroom.fold(o.name) = greenroom.fold(l.name)
      );
    delete from greenroom.exam_offer as o
    using pg_temp.landed_offers as l
    where (o.exam_board, o.qualification) = (l.exam_board, l.qualification)
      and greenroom.fold(o.name) = greenroom.fold(l.name)
      and (
        (o.subject_code is null and l.subject_code is not null)
        or (o.subject_code is not distinct from l.subject_code and o.name <> l.name)
      );
  end if;
  insert into greenroom.exam_offer as o (
    exam_board, qualification, name, subject_code, page_url, specification_pdf_url, papers_url, first_teaching,
    last_assessment_year, source
  )
  select
    l.exam_board, l.qualification, l.name, l.subject_code, l.page_url, l.specification_pdf_url, l.papers_url,
    l.first_teaching, l.last_assessment_year, l.source
  from pg_temp.landed_offers as l
  on conflict (exam_board, qualification, name, subject_code) do update
  set
    page_url = coalesce(excluded.page_url, o.page_url),
    specification_pdf_url = coalesce(excluded.specification_pdf_url, o.specification_pdf_url),
    papers_url = coalesce(excluded.papers_url, o.papers_url),
    first_teaching = coalesce(excluded.first_teaching, o.first_teaching),
    last_assessment_year = coalesce(excluded.last_assessment_year, o.last_assessment_year),
    source = excluded.source,
    seen_at = excluded.seen_at
  where (o.page_url, o.specification_pdf_url, o.papers_url, o.first_teaching, o.last_assessment_year, o.source)
    is distinct from (
      coalesce(excluded.page_url, o.page_url),
      coalesce(excluded.specification_pdf_url, o.specification_pdf_url),
      coalesce(excluded.papers_url, o.papers_url),
      coalesce(excluded.first_teaching, o.first_teaching),
      coalesce(excluded.last_assessment_year, o.last_assessment_year),
      excluded.source
    );
  return pg_catalog.jsonb_build_object(
    'offers', v_now, 'new', coalesce(v_new, '[]'), 'gone', coalesce(v_gone, '[]'), 'twice', coalesce(v_twice, '[]')
  );
end
$$;
comment on function greenroom_exams.land_list(boolean) is 'Lays down a list of what a board offers; how many, which are new, which gone, and which it names twice.';

-- The one subject of a scope that is called so, in the inbox or in production; nothing where two are, or none.
create function greenroom_exams.subject_named(p_scope integer, p_name text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case when pg_catalog.count(distinct n.subject_code) = 1 then pg_catalog.min(n.subject_code) end
  from (
    select i.subject_code, i.subject_name
    from greenroom_exams.inbox_subjects as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
    union
    select s.subject_code, s.subject_name
    from greenroom_exams.subjects_in(p_scope) as s
    where s.retired_at is null
      and s.is_current
  ) as n
  where greenroom.fold(n.subject_name) = greenroom.fold(p_name)
$$;
comment on function greenroom_exams.subject_named(integer, text) is 'The code of the one subject of this name, if there is exactly one.';

-- One row a subject that is offered or that production or staging knows, with how far it has come.
create view greenroom_exams.offered as
with known as materialized (
  -- by the name that its newest batch gives it
  select distinct on (c.keys[1], c.keys[2], u.key[1])
    c.keys[1] as exam_board,
    c.keys[2] as qualification,
    u.key[1] as subject_code,
    greenroom.fold(s.subject_name) as name
  from greenroom.unit as u
  join greenroom.scope as c on c.id = u.scope_id and c.pack = 'exams'
  left join greenroom_exams.effective_subjects as s on s.unit_id = u.id
  where u.state <> 'failed'
  order by c.keys[1], c.keys[2], u.key[1], s.subject_name is null, u.id desc
), held as materialized (
  select
    b.code as exam_board,
    q.code as qualification,
    s.subject_code,
    greenroom.fold(pg_catalog.min(s.subject_name)) as name,
    pg_catalog.bool_or(s.live_in_app) as is_live,
    pg_catalog.bool_or(exists (
      select from "public".curriculum_topics as t where t.exam_board_subject_id = s.id and t.retired_at is null
    )) as has_topics,
    pg_catalog.bool_or(exists (
      select from "public".exam_papers as p where p.exam_board_subject_id = s.id and p.retired_at is null
    )) as has_papers
  from "public".exam_board_subjects as s
  join "public".exam_boards as b on b.id = s.exam_board_id
  join "public".qualification_types as q on q.id = s.qualification_type_id
  where s.retired_at is null
    and s.is_current
  group by 1, 2, 3
)
select
  o.exam_board,
  o.qualification,
  o.subject_code,
  o.name,
  o.page_url,
  o.last_assessment_year,
  k.subject_code is not null or h.subject_code is not null as is_scraped,
  h.subject_code is not null as is_promoted,
  coalesce(h.is_live, false) as is_live,
  coalesce(h.has_topics, false) as has_topics,
  coalesce(h.has_papers, false) as has_papers,
  o.papers_url
from greenroom.exam_offer as o
left join lateral (
  select h.*
  from held as h
  where (h.exam_board, h.qualification) = (o.exam_board, o.qualification)
    -- a list without codes is told by names
    and case
      when o.subject_code is not null then h.subject_code = o.subject_code
      else h.name = greenroom.fold(o.name)
    end
  order by h.is_live desc, h.has_topics desc, h.subject_code
  limit 1
) as h on true
left join lateral (
  select k.subject_code
  from known as k
  where (k.exam_board, k.qualification) = (o.exam_board, o.qualification)
    and case
      when coalesce(o.subject_code, h.subject_code) is not null then k.subject_code = coalesce(o.subject_code, h.subject_code)
      else k.name = greenroom.fold(o.name)
    end
  limit 1
) as k on true;
comment on view greenroom_exams.offered is 'Subjects that boards offer, with how far each has come.';

create function greenroom_exams.coverage(p_area text default null)
returns table (area text, kind text, what text, offered bigint, present bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with named as (
    select b.exam_board, b.qualification, b.place, b.has_papers
    from greenroom.exam_priority as b
    union
    select o.exam_board, o.qualification, null, true
    from greenroom.exam_offer as o
    where not exists (
      select from greenroom.exam_priority as b where (b.exam_board, b.qualification) = (o.exam_board, o.qualification)
    )
  )
  select n.exam_board, n.qualification, w.what, w.offered, w.present
  from named as n
  cross join lateral (
    select
      pg_catalog.count(*) as offered,
      pg_catalog.count(*) filter (where o.is_scraped) as scraped,
      pg_catalog.count(*) filter (where o.is_promoted) as promoted,
      pg_catalog.count(*) filter (where o.has_topics) as topics,
      pg_catalog.count(*) filter (where o.has_papers) as papers,
      pg_catalog.count(*) filter (where o.is_live) as live
    from greenroom_exams.offered as o
    where (o.exam_board, o.qualification) = (n.exam_board, n.qualification)
  ) as c
  -- nobody knows of how many: what production holds is told all the same
  cross join lateral (
    select
      pg_catalog.count(distinct s.subject_code) as promoted,
      pg_catalog.count(distinct s.subject_code) filter (where s.live_in_app) as live
    from "public".exam_boards as b
    join "public".exam_board_subjects as s on s.exam_board_id = b.id
    join "public".qualification_types as q on q.id = s.qualification_type_id
    where b.code = n.exam_board
      and q.code = n.qualification
      and s.retired_at is null
      and s.is_current
      and c.offered = 0
  ) as h
  cross join lateral (
    values
      (1, 'scraped', c.offered, c.scraped),
      (2, 'promoted', c.offered, c.promoted + h.promoted),
      (3, 'topics', c.offered, c.topics),
      (4, 'papers', c.offered, c.papers),
      (5, 'live', c.offered, c.live + h.live)
  ) as w (place, what, offered, present)
  where (w.what <> 'papers' or n.has_papers)
    and (
      p_area is null
      or n.exam_board = p_area
      or n.exam_board in (
        select a.code from greenroom.exam_board_alias as a where a.spelling = greenroom_exams.spelling(p_area)
      )
    )
  order by n.place nulls last, n.exam_board, n.qualification, w.place
$$;
comment on function greenroom_exams.coverage(text) is 'Per board and qualification, in the order of exam_priority: how much of what is offered is there.';

create function greenroom_exams.coverage_missing(p_area text default null, p_what text default null)
returns table (area text, kind text, what text, key text, name text, why text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select o.exam_board, o.qualification, w.what, o.subject_code, o.name, w.why
  from greenroom_exams.offered as o
  left join greenroom.exam_priority as b on (b.exam_board, b.qualification) = (o.exam_board, o.qualification)
  cross join lateral (
    values
      (1, 'scraped', not o.is_scraped, 'nobody has staged it'),
      (2, 'promoted', o.is_scraped and not o.is_promoted, 'staged, not promoted'),
      (3, 'topics', o.is_promoted and not o.has_topics, 'it has no topics'),
      (4, 'papers', o.is_promoted and not o.has_papers and coalesce(b.has_papers, true), 'it has no papers'),
      (5, 'live', o.is_promoted and not o.is_live, 'it is not live')
  ) as w (place, what, lacks, why)
  where w.lacks
    and (p_what is null or p_what = w.what)
    and (
      p_area is null
      or o.exam_board = p_area
      or o.exam_board in (
        select a.code from greenroom.exam_board_alias as a where a.spelling = greenroom_exams.spelling(p_area)
      )
    )
  order by b.place nulls last, o.exam_board, o.qualification, w.place, o.name
$$;
comment on function greenroom_exams.coverage_missing(text, text) is 'Subjects that are offered and lack something, and what.';

-- The next thing to do: the first board and qualification in the order of exam_priority that is not whole.
-- Papers come last of all: those of a new specification are not there for years.
create function greenroom_exams.coverage_next()
returns table (area text, kind text, why text, command text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select n.exam_board, n.qualification, n.why, n.command
  from (
    select
      b.place,
      b.exam_board,
      b.qualification,
      case
        when c.offered = 0 then 'its list of subjects is not known'
        when c.scraped < c.offered then pg_catalog.format('%s of %s subjects were never staged', c.offered - c.scraped, c.offered)
        when c.promoted < c.offered then pg_catalog.format('%s of %s subjects are staged and not promoted', c.offered - c.promoted, c.offered)
        when c.topics < c.offered then pg_catalog.format('%s of %s subjects have no topics', c.offered - c.topics, c.offered)
        when b.has_papers and c.papers < c.offered and c.gives_papers then pg_catalog.format('%s of %s subjects have no papers', c.offered - c.papers, c.offered)
      end as why,
      c.offered > 0 and c.topics = c.offered as wants_papers,
      case
        when c.offered > 0 and c.scraped = c.offered and c.promoted < c.offered then pg_catalog.format('greenroom promote "%s %s"', b.exam_board, b.qualification)
        else pg_catalog.format('greenroom run "%s %s"', b.exam_board, b.qualification)
      end as command
    from greenroom.exam_priority as b
    cross join lateral (
      select
        pg_catalog.count(*) as offered,
        pg_catalog.count(*) filter (where o.is_scraped) as scraped,
        pg_catalog.count(*) filter (where o.is_promoted) as promoted,
        pg_catalog.count(*) filter (where o.has_topics) as topics,
        pg_catalog.count(*) filter (where o.has_papers) as papers,
        coalesce(pg_catalog.bool_or(o.has_papers or o.papers_url is not null), false) as gives_papers
      from greenroom_exams.offered as o
      where (o.exam_board, o.qualification) = (b.exam_board, b.qualification)
    ) as c
  ) as n
  where n.why is not null
  order by n.wants_papers, n.place
  limit 3
$$;
comment on function greenroom_exams.coverage_next() is 'What is to be done next, in the order of exam_priority.';

-- One subject's tree as plain rows, from production where it stands, else from the newest batch:
-- what two specifications are compared by.
create function greenroom_exams.tree(p_scope integer, p_code text)
returns table (code text, name text, parent_code text, level integer, place bigint, is_published boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with subject as (
    select p.id
    from greenroom_exams.subjects_in(p_scope) as p
    where p.subject_code = p_code
      and p.retired_at is null
    order by p.is_current desc, p.spec_start_year desc nulls last
    limit 1
  ), published as (
    select t.topic_code, t.topic_name, o.topic_code as parent_code, t.topic_level, t.sort_order
    from "public".curriculum_topics as t
    left join "public".curriculum_topics as o on o.id = t.parent_topic_id
    where t.exam_board_subject_id = (select s.id from subject as s)
      and t.retired_at is null
  ), staged as (
    select b.topic_code, b.topic_name, b.parent_code, b.topic_level, b.sort_order
    from greenroom_exams.effective_topics as b
    where b.unit_id = (
      select pg_catalog.max(u.id)
      from greenroom.unit as u
      where u.scope_id = p_scope
        and u.dataset = 'topics'
        and u.key[1] = p_code
        and u.state in ('sealed', 'held', 'ready')
    )
  ), found as (
    select p.*, true as is_published from published as p
    union all
    select s.*, false from staged as s where not exists (select from published)
  )
  select
    f.topic_code,
    f.topic_name,
    f.parent_code,
    f.topic_level,
    pg_catalog.row_number() over (order by f.topic_level, f.parent_code nulls first, f.sort_order, f.topic_code),
    f.is_published
  from found as f
$$;
comment on function greenroom_exams.tree(integer, text) is 'The tree of a subject: published, else as it was staged last.';

-- The subject whose place this one took, as its board says it.
create function greenroom_exams.predecessor(p_scope integer, p_code text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select p.succeeds
      from greenroom_exams.subjects_in(p_scope) as p
      where p.subject_code = p_code
        and p.succeeds is not null
      order by p.is_current desc
      limit 1
    ),
    (
      select b.succeeds
      from greenroom_exams.effective_subjects as b
      join greenroom.unit as u on u.id = b.unit_id
      where u.scope_id = p_scope
        and b.subject_code = p_code
        and b.succeeds is not null
      order by u.id desc
      limit 1
    )
  )
$$;
comment on function greenroom_exams.predecessor(integer, text) is 'The code of the subject that this one succeeds, if its board declares one.';

-- The rows of another dataset that go with a sealed unit: of the newest batch that waits, else as production has them.
-- What one dataset says of another is judged by these, whoever wrote either.
create function greenroom_exams.topics_of(p_scope integer, p_key text[])
returns table (topic_code text, option_group text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with waiting as (
    select pg_catalog.max(u.id) as id
    from greenroom.unit as u
    where u.scope_id = p_scope
      and u.dataset = 'topics'
      and u.key = p_key
      and u.state in ('sealed', 'held', 'ready')
  )
  select b.topic_code, b.option_group
  from greenroom_exams.effective_topics as b
  where b.unit_id = (select w.id from waiting as w)
  union all
  select t.topic_code, t.option_group
  from greenroom.published as p
  join "public".curriculum_topics as t on t.exam_board_subject_id = p.root_id
  where p.scope_id = p_scope
    and p.dataset = 'topics'
    and p.key = p_key
    and t.retired_at is null
    and (select w.id from waiting as w) is null
$$;
comment on function greenroom_exams.topics_of(integer, text[]) is 'Topic codes and their option groups that go with a unit: waiting ones, else published ones.';

create function greenroom_exams.option_groups_of(p_scope integer, p_key text[])
returns table (group_code text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with waiting as (
    select pg_catalog.max(u.id) as id
    from greenroom.unit as u
    where u.scope_id = p_scope
      and u.dataset = 'option_groups'
      and u.key = p_key
      and u.state in ('sealed', 'held', 'ready')
  )
  select b.group_code
  from greenroom_exams.effective_option_groups as b
  where b.unit_id = (select w.id from waiting as w)
  union all
  select g.group_code
  from greenroom.published as p
  join "public".exam_option_groups as g on g.exam_board_subject_id = p.root_id
  where p.scope_id = p_scope
    and p.dataset = 'option_groups'
    and p.key = p_key
    and g.retired_at is null
    and (select w.id from waiting as w) is null
$$;
comment on function greenroom_exams.option_groups_of(integer, text[]) is 'Option groups that go with a unit: waiting ones, else published ones.';

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_subjects(p_units bigint[])
returns table (unit_id bigint, lost bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
-- row counts of what has just been sealed are unknown: no join may be quadratic, by rows or by units
set enable_nestloop = off
set enable_mergejoin = off
as $$
  select u.id, pg_catalog.count(*)
  from greenroom.unit as u
  join greenroom.published as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join "public".exam_board_subjects as p on p.id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'subjects'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom_exams.effective_subjects as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and row(b.subject_code::text, b.spec_version::varchar(20))::text = row(p.subject_code::text, p.spec_version::varchar(20))::text
    )
  group by u.id
$$;
comment on function greenroom_exams.lost_subjects(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function greenroom_exams.digest_subjects()
returns table (key text[], row_count bigint, hash text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    t.key,
    pg_catalog.count(p.id),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where p.id is not null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.subject_code::text, p.spec_version::varchar(20), p.subject_name::text, p.spec_start_year::integer, p.specification_url::text, p.specification_pdf_url::text), 0) # case when pg_catalog.num_nonnulls(p.qan::text, p.first_assessment_year::integer, p.last_assessment_year::integer, p.paper_code::text, p.succeeds::text, p.regulated_title::text, p.level::text, p.glh::integer, p.operational_end::date, p.certification_end::date) = 0 then 0 else pg_catalog.hash_record_extended(row(p.qan::text, p.first_assessment_year::integer, p.last_assessment_year::integer, p.paper_code::text, p.succeeds::text, p.regulated_title::text, p.level::text, p.glh::integer, p.operational_end::date, p.certification_end::date), 2) end, 0)) filter (where p.id is not null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.subject_code::text, p.spec_version::varchar(20), p.subject_name::text, p.spec_start_year::integer, p.specification_url::text, p.specification_pdf_url::text), 1) # case when pg_catalog.num_nonnulls(p.qan::text, p.first_assessment_year::integer, p.last_assessment_year::integer, p.paper_code::text, p.succeeds::text, p.regulated_title::text, p.level::text, p.glh::integer, p.operational_end::date, p.certification_end::date) = 0 then 0 else pg_catalog.hash_record_extended(row(p.qan::text, p.first_assessment_year::integer, p.last_assessment_year::integer, p.paper_code::text, p.succeeds::text, p.regulated_title::text, p.level::text, p.glh::integer, p.operational_end::date, p.certification_end::date), 3) end, 1)) filter (where p.id is not null), 0))
  from pg_temp.touched as t
  left join "public".exam_board_subjects as p on p.id = t.root_id and p.retired_at is null
  where t.dataset = 'subjects'
  group by t.key;
end
$$;
comment on function greenroom_exams.digest_subjects() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function greenroom_exams.unmet_subjects()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[] := array(select t.unit_id from pg_temp.touched as t where t.dataset = 'subjects');
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('subjects %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url, b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end
      from pg_temp.touched as t
      join greenroom_exams.effective_subjects as b on b.unit_id = t.unit_id and b.unit_id = any (v_units)
      where t.dataset = 'subjects'
        and not t.complete
      except
      select t.key, p.subject_code::text, p.spec_version::varchar(20), p.subject_name::text, p.spec_start_year::integer, p.specification_url::text, p.specification_pdf_url::text, p.qan::text, p.first_assessment_year::integer, p.last_assessment_year::integer, p.paper_code::text, p.succeeds::text, p.regulated_title::text, p.level::text, p.glh::integer, p.operational_end::date, p.certification_end::date
      from pg_temp.touched as t
      join "public".exam_board_subjects as p on p.id = t.root_id and p.retired_at is null
      where t.dataset = 'subjects'
        and not t.complete
    ) as m
  );
end
$$;
comment on function greenroom_exams.unmet_subjects() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';

-- subjects: what a unit answers badly. Pure; no rows is a pass.
create function greenroom_exams.check_subjects(p_units bigint[])
returns table (unit_id bigint, check_name text, severity text, message text, row_key text, "position" text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set standard_conforming_strings = on
set jit = off
set work_mem = '32MB'
as $$
  with unit as materialized (
    select u.*
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset = 'subjects'
  ), batch as not materialized (
    select b.*
    from greenroom_exams.effective_subjects as b
    -- by number, not by join: only so does nobody read the batches of all times
    where b.unit_id = any (p_units)
  )
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', pg_catalog.concat_ws(' ', b.subject_code, b.spec_version), pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id, b.subject_code, b.spec_version
    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id, b.subject_code, b.spec_version
    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id and twice.subject_code is not distinct from b.subject_code and twice.spec_version is not distinct from b.spec_version
  group by b.unit_id, b.subject_code, b.spec_version
  union all
  select b.unit_id, 'missing_subject_code', 'error',
    pg_catalog.format('subject_code is empty for %s', pg_catalog.concat_ws(' ', b.subject_code, b.spec_version)),
    b.row_key, b.position
  from batch as b
  where b.subject_code is null
  union all
  select b.unit_id, 'missing_subject_name', 'error',
    pg_catalog.format('subject_name is empty for %s', pg_catalog.concat_ws(' ', b.subject_code, b.spec_version)),
    b.row_key, b.position
  from batch as b
  where b.subject_name is null
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('subject_code of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.subject_code, b.spec_version), pg_catalog.left(b.subject_code, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.subject_code)::text) <> pg_catalog.length(b.subject_code) + 2
    and b.subject_code ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('subject_name of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.subject_code, b.spec_version), pg_catalog.left(b.subject_name, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.subject_name)::text) <> pg_catalog.length(b.subject_name) + 2
    and b.subject_name ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select u.id, 'too_few_rows', 'error',
    pg_catalog.format('%s rows; at least 1 expected', u.row_count), null, null
  from unit as u
  where u.row_count < 1
  union all
  -- twice as many is another file
  select u.id, 'too_many_rows', case when u.row_count > 2 * 1::bigint then 'error' else 'warning' end,
    pg_catalog.format('%s rows; at most 1 expected', u.row_count), null, null
  from unit as u
  where u.row_count > 1
  union all
  select u.id, 'quarantined', 'warning',
    pg_catalog.format('%s rows could not be read and are in quarantine', u.quarantined_count), null, null
  from unit as u
  where u.quarantined_count > 0
$$;
comment on function greenroom_exams.check_subjects(bigint[]) is 'Findings on units of subjects; no rows is a pass.';

-- Whose id is it? Every entering row of subjects gets its identity before anything is compared.
create function greenroom_exams.resolve_subjects(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = 'subjects');
begin
  drop table if exists pg_temp.resolved_subjects;
  create temporary table resolved_subjects on commit drop as
  select
    e.root_id as id,
    exam_board_id_row.id::uuid as exam_board_id,
    qualification_type_id_row.id::uuid as qualification_type_id,
    b.subject_code::text as subject_code,
    b.spec_version::varchar(20) as spec_version,
    b.subject_name::text as subject_name,
    b.spec_start_year::integer as spec_start_year,
    b.specification_url::text as specification_url,
    b.specification_pdf_url::text as specification_pdf_url,
    b.qan::text as qan,
    b.first_assessment_year::integer as first_assessment_year,
    b.last_assessment_year::integer as last_assessment_year,
    b.paper_code::text as paper_code,
    b.succeeds::text as succeeds,
    b.regulated_title::text as regulated_title,
    b.level::text as level,
    b.glh::integer as glh,
    b.operational_end::date as operational_end,
    b.certification_end::date as certification_end
  from pg_temp.entering as e
  join greenroom.scope as c on c.id = p_scope
  join "public".exam_boards as exam_board_id_row on exam_board_id_row.code = c.keys[1]
  join "public".qualification_types as qualification_type_id_row on qualification_type_id_row.code = c.keys[2]
  join greenroom_exams.effective_subjects as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  where e.dataset = 'subjects';
  analyze pg_temp.resolved_subjects (id);
end
$$;
comment on function greenroom_exams.resolve_subjects(integer) is 'Gives every entering row of subjects its identity (pg_temp.resolved_subjects).';

-- The plan: what differs between resolved and production, on identity, source columns only.
create function greenroom_exams.diff_subjects()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_subjects();
  insert into pg_temp.plan_subjects (op, id, exam_board_id, qualification_type_id, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end)
  select
    case when p.id is null then 'insert' else 'update' end,
r.id, r.exam_board_id, r.qualification_type_id, r.subject_code, r.spec_version, r.subject_name, r.spec_start_year, r.specification_url, r.specification_pdf_url, r.qan, r.first_assessment_year, r.last_assessment_year, r.paper_code, r.succeeds, r.regulated_title, r.level, r.glh, r.operational_end, r.certification_end
  from pg_temp.resolved_subjects as r
  left join "public".exam_board_subjects as p on p.id = r.id
  where p.id is null
    or p.retired_at is not null
    or (p.exam_board_id, p.qualification_type_id, p.subject_code, p.spec_version, p.subject_name, p.spec_start_year, p.specification_url, p.specification_pdf_url, p.qan, p.first_assessment_year, p.last_assessment_year, p.paper_code, p.succeeds, p.regulated_title, p.level, p.glh, p.operational_end, p.certification_end)
      is distinct from (r.exam_board_id, r.qualification_type_id, r.subject_code, r.spec_version, r.subject_name, r.spec_start_year, r.specification_url, r.specification_pdf_url, r.qan, r.first_assessment_year, r.last_assessment_year, r.paper_code, r.succeeds, r.regulated_title, r.level, r.glh, r.operational_end, r.certification_end);
  insert into pg_temp.plan_subjects (op, id, exam_board_id, qualification_type_id, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end)
  select
    'retire',
p.id, p.exam_board_id, p.qualification_type_id, p.subject_code, p.spec_version, p.subject_name, p.spec_start_year, p.specification_url, p.specification_pdf_url, p.qan, p.first_assessment_year, p.last_assessment_year, p.paper_code, p.succeeds, p.regulated_title, p.level, p.glh, p.operational_end, p.certification_end
  from pg_temp.entering as t
  join "public".exam_board_subjects as p on p.id = t.root_id
  where t.dataset = 'subjects'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_subjects as r where p.id = r.id);
  analyze pg_temp.plan_subjects (op, id);
end
$$;
comment on function greenroom_exams.diff_subjects() is 'Writes pg_temp.plan_subjects: exactly what a promotion would do.';

create function greenroom_exams.open_plan_subjects()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_subjects;
  create temporary table plan_subjects (
    op text,
    id uuid,
    exam_board_id uuid,
    qualification_type_id uuid,
    subject_code text,
    spec_version varchar(20),
    subject_name text,
    spec_start_year integer,
    specification_url text,
    specification_pdf_url text,
    qan text,
    first_assessment_year integer,
    last_assessment_year integer,
    paper_code text,
    succeeds text,
    regulated_title text,
    level text,
    glh integer,
    operational_end date,
    certification_end date,
    spec_end_year integer,
    is_current boolean,
    live_in_app boolean,
    retired_at timestamptz,
    stamp_created_at timestamptz,
    stamp_release_id bigint
  ) on commit drop;
end
$$;
comment on function greenroom_exams.open_plan_subjects() is 'An empty typed plan for subjects.';

-- The changes of the plan in words a person reads, with the row before and after.
create function greenroom_exams.changes_subjects()
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    case when pl.op = 'update' and p.retired_at is not null then 'revive' else pl.op end,
    array[pl.id::text],
    pl.id,
    pg_catalog.concat_ws(' ', pl.subject_code, pl.spec_version, pl.subject_name),
    case when pl.op <> 'insert' then (select pg_catalog.to_jsonb(x) from (select p.subject_code, p.spec_version, p.subject_name, p.spec_start_year, p.specification_url, p.specification_pdf_url, p.qan, p.first_assessment_year, p.last_assessment_year, p.paper_code, p.succeeds, p.regulated_title, p.level, p.glh, p.operational_end, p.certification_end) as x) end,
    case when pl.op <> 'retire' then (select pg_catalog.to_jsonb(x) from (select pl.subject_code, pl.spec_version, pl.subject_name, pl.spec_start_year, pl.specification_url, pl.specification_pdf_url, pl.qan, pl.first_assessment_year, pl.last_assessment_year, pl.paper_code, pl.succeeds, pl.regulated_title, pl.level, pl.glh, pl.operational_end, pl.certification_end) as x) end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
      case when p.exam_board_id is distinct from pl.exam_board_id then 'exam_board_id' end,
      case when p.qualification_type_id is distinct from pl.qualification_type_id then 'qualification_type_id' end,
      case when p.subject_code is distinct from pl.subject_code then 'subject_code' end,
      case when p.spec_version is distinct from pl.spec_version then 'spec_version' end,
      case when p.subject_name is distinct from pl.subject_name then 'subject_name' end,
      case when p.spec_start_year is distinct from pl.spec_start_year then 'spec_start_year' end,
      case when p.specification_url is distinct from pl.specification_url then 'specification_url' end,
      case when p.specification_pdf_url is distinct from pl.specification_pdf_url then 'specification_pdf_url' end,
      case when p.qan is distinct from pl.qan then 'qan' end,
      case when p.first_assessment_year is distinct from pl.first_assessment_year then 'first_assessment_year' end,
      case when p.last_assessment_year is distinct from pl.last_assessment_year then 'last_assessment_year' end,
      case when p.paper_code is distinct from pl.paper_code then 'paper_code' end,
      case when p.succeeds is distinct from pl.succeeds then 'succeeds' end,
      case when p.regulated_title is distinct from pl.regulated_title then 'regulated_title' end,
      case when p.level is distinct from pl.level then 'level' end,
      case when p.glh is distinct from pl.glh then 'glh' end,
      case when p.operational_end is distinct from pl.operational_end then 'operational_end' end,
      case when p.certification_end is distinct from pl.certification_end then 'certification_end' end
    ], null) end
  from pg_temp.plan_subjects as pl
  left join "public".exam_board_subjects as p on p.id = pl.id
  ;
end
$$;
comment on function greenroom_exams.changes_subjects() is 'The plan of subjects as before and after.';

-- The only writer of "public".exam_board_subjects: before-images, park, upsert, retire.
create function greenroom_exams.remember_subjects(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, 'subjects', array[p.id::text], pg_catalog.to_jsonb(p)
  from pg_temp.plan_subjects as pl
  join "public".exam_board_subjects as p on p.id = pl.id
  where pl.op in ('update', 'retire')
  order by p.id;
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, 'subjects', array[pl.id::text], 'null'
  from pg_temp.plan_subjects as pl
  where pl.op = 'restore';
end
$$;
comment on function greenroom_exams.remember_subjects(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function greenroom_exams.upsert_subjects(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- park: going back, a key that another row of the plan takes must be free at every moment
  if exists (select from pg_temp.plan_subjects as pl where pl.op <> 'retire' and pl.stamp_created_at is not null) then
    update "public".exam_board_subjects as p
    set retired_at = pg_catalog.now()
    from pg_temp.plan_subjects as mine
    where p.id = mine.id
      and p.retired_at is null
      and (
        mine.op = 'retire'
        or mine.op = 'update'
          and (mine.subject_code, mine.spec_version)
            is distinct from (p.subject_code, p.spec_version)
      );
  end if;

  insert into "public".exam_board_subjects (id, exam_board_id, qualification_type_id, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end, spec_end_year, is_current, live_in_app, retired_at, created_at, updated_at, release_id)
  select
pl.id, pl.exam_board_id, pl.qualification_type_id, pl.subject_code, pl.spec_version, pl.subject_name, pl.spec_start_year, pl.specification_url, pl.specification_pdf_url, pl.qan, pl.first_assessment_year, pl.last_assessment_year, pl.paper_code, pl.succeeds, pl.regulated_title, pl.level, pl.glh, pl.operational_end, pl.certification_end,
    case when pl.op = 'restore' then pl.spec_end_year else null end,
    case when pl.op = 'restore' then pl.is_current else true end,
    case when pl.op = 'restore' then pl.live_in_app else false end,
    case when pl.op = 'restore' then pl.retired_at else null end,
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_subjects as pl
  where pl.op in ('insert', 'restore');

  update "public".exam_board_subjects as p
  set
    exam_board_id = pl.exam_board_id,
    qualification_type_id = pl.qualification_type_id,
    subject_code = pl.subject_code,
    spec_version = pl.spec_version,
    subject_name = pl.subject_name,
    spec_start_year = pl.spec_start_year,
    specification_url = pl.specification_url,
    specification_pdf_url = pl.specification_pdf_url,
    qan = pl.qan,
    first_assessment_year = pl.first_assessment_year,
    last_assessment_year = pl.last_assessment_year,
    paper_code = pl.paper_code,
    succeeds = pl.succeeds,
    regulated_title = pl.regulated_title,
    level = pl.level,
    glh = pl.glh,
    operational_end = pl.operational_end,
    certification_end = pl.certification_end,
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_subjects as pl
  where pl.op = 'update'
    and p.id = pl.id;
end
$$;
comment on function greenroom_exams.upsert_subjects(bigint) is 'Inserts and updates the plan''s rows of subjects.';

create function greenroom_exams.retire_subjects(p_release bigint)
returns table (deleted bigint, retired bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_referring record;
begin
  deleted := 0;
  retired := 0;
  if not exists (select from pg_temp.plan_subjects as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_subjects;
  create temporary table leaving_subjects on commit drop as
  select pl.id, false as kept
  from pg_temp.plan_subjects as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_subjects;

  -- nobody may begin to point at a row while we look who does
  perform 1
  from "public".exam_board_subjects as p
  join pg_temp.leaving_subjects as l on p.id = l.id
  order by p.id
  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('"public".exam_board_subjects'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_subjects as l set kept = true where not l.kept and exists (select from "public".exam_board_subjects as t join %s as r on %s where t.id = l.id)',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_subjects as l set kept = true;
    end if;
  end loop;

  delete from "public".exam_board_subjects as p
  using pg_temp.leaving_subjects as l
  where p.id = l.id
    and not l.kept;
  get diagnostics deleted = row_count;

  update "public".exam_board_subjects as p
  set
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_subjects as l
  join pg_temp.plan_subjects as pl on l.id = pl.id
  where p.id = l.id
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function greenroom_exams.retire_subjects(bigint) is 'Deletes what nothing points at, retires the rest.';

-- Rows of subjects as people see and name them.
-- A value somebody typed, in the column's own type; null where it cannot be one.
create function greenroom_exams.read_subjects(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
begin
  if p_value is null or p_value = 'null' then
    return 'null';
  end if;
  if pg_catalog.jsonb_typeof(p_value) in ('object', 'array') and p_column <> all (array[]::text[]) then
    return null;
  end if;
  case p_column
  when 'subject_name' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.subject_name is null then 'null'
        when true then pg_catalog.to_jsonb(v.subject_name::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as subject_name) as r
      cross join lateral (select r.subject_name as subject_name offset 0) as v
    );
  when 'spec_start_year' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.spec_start_year is null then 'null'
        when v.spec_start_year ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.spec_start_year::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as spec_start_year) as r
      cross join lateral (select pg_catalog.regexp_replace(r.spec_start_year, '[.,]0+$', '') as spec_start_year offset 0) as v
    );
  when 'specification_url' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.specification_url is null then 'null'
        when v.specification_url ~ '^https?://' then pg_catalog.to_jsonb(v.specification_url::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as specification_url) as r
      cross join lateral (select r.specification_url as specification_url offset 0) as v
    );
  when 'specification_pdf_url' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.specification_pdf_url is null then 'null'
        when v.specification_pdf_url ~ '^https?://' then pg_catalog.to_jsonb(v.specification_pdf_url::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as specification_pdf_url) as r
      cross join lateral (select r.specification_pdf_url as specification_pdf_url offset 0) as v
    );
  when 'qan' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.qan is null then 'null'
        when true then pg_catalog.to_jsonb(v.qan::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as qan) as r
      cross join lateral (select r.qan as qan offset 0) as v
    );
  when 'first_assessment_year' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.first_assessment_year is null then 'null'
        when v.first_assessment_year ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.first_assessment_year::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as first_assessment_year) as r
      cross join lateral (select pg_catalog.regexp_replace(r.first_assessment_year, '[.,]0+$', '') as first_assessment_year offset 0) as v
    );
  when 'last_assessment_year' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.last_assessment_year is null then 'null'
        when v.last_assessment_year ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.last_assessment_year::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as last_assessment_year) as r
      cross join lateral (select pg_catalog.regexp_replace(r.last_assessment_year, '[.,]0+$', '') as last_assessment_year offset 0) as v
    );
  when 'paper_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.paper_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.paper_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as paper_code) as r
      cross join lateral (select r.paper_code as paper_code offset 0) as v
    );
  when 'succeeds' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.succeeds is null then 'null'
        when true then pg_catalog.to_jsonb(v.succeeds::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as succeeds) as r
      cross join lateral (select r.succeeds as succeeds offset 0) as v
    );
  when 'regulated_title' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.regulated_title is null then 'null'
        when true then pg_catalog.to_jsonb(v.regulated_title::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as regulated_title) as r
      cross join lateral (select r.regulated_title as regulated_title offset 0) as v
    );
  when 'level' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.level is null then 'null'
        when true then pg_catalog.to_jsonb(v.level::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as level) as r
      cross join lateral (select r.level as level offset 0) as v
    );
  when 'glh' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.glh is null then 'null'
        when v.glh ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.glh::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as glh) as r
      cross join lateral (select pg_catalog.regexp_replace(r.glh, '[.,]0+$', '') as glh offset 0) as v
    );
  when 'operational_end' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.operational_end is null then 'null'
        when v.operational_end ~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$' and pg_catalog.right(v.operational_end, 2)::integer <= pg_catalog.date_part('day', (pg_catalog.left(v.operational_end, 7) || '-01')::date + interval '1 month' - interval '1 day') then pg_catalog.to_jsonb(v.operational_end::date)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as operational_end) as r
      cross join lateral (select r.operational_end as operational_end offset 0) as v
    );
  when 'certification_end' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.certification_end is null then 'null'
        when v.certification_end ~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$' and pg_catalog.right(v.certification_end, 2)::integer <= pg_catalog.date_part('day', (pg_catalog.left(v.certification_end, 7) || '-01')::date + interval '1 month' - interval '1 day') then pg_catalog.to_jsonb(v.certification_end::date)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as certification_end) as r
      cross join lateral (select r.certification_end as certification_end offset 0) as v
    );
  else
    return null;
  end case;
end
$$;
comment on function greenroom_exams.read_subjects(text, jsonb) is 'A value of subjects as its column holds it; null = it cannot.';

-- The rows of a unit as people see them: what the source said, what edits made of it, what they took away.
create function greenroom_exams.rows_subjects(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
returns table (ref text, row_no integer, state text, label text, parent_ref text, "position" text, "values" jsonb, source jsonb, edited jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with whole as materialized (
    select u.scope_id, u.key from greenroom.unit as u where u.id = p_unit
  ), cell as materialized (
    select e.row_ref, pg_catalog.jsonb_object_agg(coalesce(e.column_name, e.action), e.id) as edited
    from greenroom.edit as e
    join whole as w on e.scope_id = w.scope_id and e.dataset = 'subjects' and e.unit_key = w.key
    where e.state in ('in force', 'conflict')
      and e.agrees_unit is distinct from p_unit
    group by e.row_ref
  ), side as materialized (
    select
      'root' as ref,
      b.row_no,
      'source' as state,
      pg_catalog.concat_ws(' ', b.subject_code, b.spec_version) as label,
      b.row_key, b.parent_row_key, b.position,
      (select pg_catalog.to_jsonb(x) from (select b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url, b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end) as x) as "values",
      null::jsonb as source
    from greenroom.batch_subjects as b

    where b.unit_id = p_unit
      and not exists (select from greenroom.edited_subjects as x where x.unit_id = p_unit and x.row_no = b.row_no)
      and (p_rows is null or b.row_no = any (p_rows))
      and (p_ref is null or p_ref = 'root')
      and (p_keys is null or 'root' = any (p_keys) or pg_catalog.concat_ws(' ', b.subject_code, b.spec_version) = any (p_keys))
    union all
    select
      'root',
      e.row_no,
      case when e.is_gone then 'deleted' when e.row_no < 0 then 'added' else 'edited' end,
      pg_catalog.concat_ws(' ', e.subject_code, e.spec_version),
      e.row_key, e.parent_row_key, e.position,
      (select pg_catalog.to_jsonb(x) from (select e.subject_code, e.spec_version, e.subject_name, e.spec_start_year, e.specification_url, e.specification_pdf_url, e.qan, e.first_assessment_year, e.last_assessment_year, e.paper_code, e.succeeds, e.regulated_title, e.level, e.glh, e.operational_end, e.certification_end) as x),
      case when b.row_no is not null then (select pg_catalog.to_jsonb(x) from (select b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url, b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end) as x) end
    from greenroom.edited_subjects as e
    left join greenroom.batch_subjects as b on b.unit_id = e.unit_id and b.row_no = e.row_no

    where e.unit_id = p_unit
      and (p_rows is null or e.row_no = any (p_rows))
      and (p_ref is null or p_ref = 'root')
      and (p_keys is null or 'root' = any (p_keys) or pg_catalog.concat_ws(' ', e.subject_code, e.spec_version) = any (p_keys))
  )
  select s.ref, s.row_no, s.state, s.label, parent.ref, s.position, s."values", s.source, coalesce(c.edited, '{}')
  from side as s
  left join side as parent on parent.row_key = s.parent_row_key
  left join cell as c on c.row_ref = s.ref
$$;
comment on function greenroom_exams.rows_subjects(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named by ref, number or key, with what edits did to them; deleted ones too.';


-- The hash and count of a unit's effective rows; what was decided on another hash no longer counts.
create function greenroom_exams.rehash_subjects(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_rows bigint;
  v_hash text;
  v_edited boolean;
begin
  v_edited := exists (select from greenroom.edited_subjects as e where e.unit_id = p_unit);
  if v_edited then
    select pg_catalog.count(*), pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url), 0) # case when pg_catalog.num_nonnulls(b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end) = 0 then 0 else pg_catalog.hash_record_extended(row(b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url), 1) # case when pg_catalog.num_nonnulls(b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end) = 0 then 0 else pg_catalog.hash_record_extended(row(b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end), 3) end, 1)), 0))
    into v_rows, v_hash
    from greenroom_exams.effective_subjects as b
    where b.unit_id = p_unit;
    if v_rows = 0 and pg_catalog.current_setting('greenroom.carrying', true) = 'on' then
      -- an edition is not refused for what people took away of others: somebody looks at it
      delete from greenroom.edited_subjects as e where e.unit_id = p_unit;
      insert into greenroom.finding (unit_id, check_name, severity, message, found_by)
      values (p_unit, 'nothing_left', 'error', 'corrections take away all that this edition holds: none of them is applied', 'parser');
      v_edited := false;
    elsif v_rows = 0 then
      perform greenroom.refuse('that would leave nothing of it', '[]', 'to take a whole subject or period away, hide it: greenroom live TARGET off');
    end if;
  end if;
  update greenroom.unit as u
  set
    sealed_hash = coalesce(u.sealed_hash, u.hash),
    sealed_rows = coalesce(u.sealed_rows, u.row_count),
    hash = case when v_edited then v_hash else coalesce(u.sealed_hash, u.hash) end,
    row_count = case when v_edited then v_rows else coalesce(u.sealed_rows, u.row_count) end,
    keys_are_unique = u.keys_are_unique and not v_edited,
    texts_are_sound = u.texts_are_sound and not v_edited
  where u.id = p_unit;
end
$$;
comment on function greenroom_exams.rehash_subjects(bigint) is 'Counts and hashes the effective rows of a unit.';

-- Some rows of which only cells changed: the rest of the overlay, and the tree, stay as they are.
create function greenroom_exams.patch_subjects(p_unit bigint, p_refs text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  insert into greenroom.edited_subjects as e (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end)
  with patch as materialized (
    select
      x.ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added
    from greenroom.unit as u
    cross join pg_catalog.unnest(p_refs) as x (ref)
    left join greenroom.edit as e on e.scope_id = u.scope_id and e.dataset = 'subjects' and e.unit_key = u.key and e.row_ref = x.ref and e.state = 'in force'
    where u.id = p_unit
    group by x.ref
  )
  select p_unit, b.row_no, false, b.row_key, coalesce(e.parent_row_key, b.parent_row_key), b.position, b.derived, r.subject_code, r.spec_version, r.subject_name, r.spec_start_year, r.specification_url, r.specification_pdf_url, r.qan, r.first_assessment_year, r.last_assessment_year, r.paper_code, r.succeeds, r.regulated_title, r.level, r.glh, r.operational_end, r.certification_end
  from patch as p
  join greenroom.batch_subjects as b on b.unit_id = p_unit and 'root' = p.ref
  left join greenroom.edited_subjects as e on e.unit_id = p_unit and e.row_no = b.row_no
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  union all
  select p_unit, e.row_no, false, e.row_key, e.parent_row_key, e.position, e.derived, r.subject_code, r.spec_version, r.subject_name, r.spec_start_year, r.specification_url, r.specification_pdf_url, r.qan, r.first_assessment_year, r.last_assessment_year, r.paper_code, r.succeeds, r.regulated_title, r.level, r.glh, r.operational_end, r.certification_end
  from patch as p
  join greenroom.edited_subjects as e on e.unit_id = p_unit and e.row_no < 0 and 'root' = p.ref
  cross join lateral pg_catalog.jsonb_populate_record(e, (p.added - array[]::text[]) || p.cells) as r
  where p.added is not null
  on conflict (unit_id, row_no) do update
  set subject_code = excluded.subject_code, spec_version = excluded.spec_version, subject_name = excluded.subject_name, spec_start_year = excluded.spec_start_year, specification_url = excluded.specification_url, specification_pdf_url = excluded.specification_pdf_url, qan = excluded.qan, first_assessment_year = excluded.first_assessment_year, last_assessment_year = excluded.last_assessment_year, paper_code = excluded.paper_code, succeeds = excluded.succeeds, regulated_title = excluded.regulated_title, level = excluded.level, glh = excluded.glh, operational_end = excluded.operational_end, certification_end = excluded.certification_end;
  -- what says the same as its source again is not edited
  delete from greenroom.edited_subjects as e
  using greenroom.batch_subjects as b
  where e.unit_id = p_unit
    and b.unit_id = p_unit
    and b.row_no = e.row_no
    and not e.is_gone
    and (select pg_catalog.to_jsonb(x) from (select e.subject_code, e.spec_version, e.subject_name, e.spec_start_year, e.specification_url, e.specification_pdf_url, e.qan, e.first_assessment_year, e.last_assessment_year, e.paper_code, e.succeeds, e.regulated_title, e.level, e.glh, e.operational_end, e.certification_end) as x) is not distinct from (select pg_catalog.to_jsonb(x) from (select b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url, b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end) as x);
  perform greenroom_exams.rehash_subjects(p_unit);
end
$$;
comment on function greenroom_exams.patch_subjects(bigint, text[]) is 'Puts cells in force over some rows of a unit.';

-- Writes the effective rows of a pending unit, its hash and count.
create function greenroom_exams.overlay_subjects(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  delete from greenroom.edited_subjects as e where e.unit_id = p_unit;
  insert into greenroom.edited_subjects (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end)
  with patch as materialized (
    select
      e.row_ref as ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      pg_catalog.bool_or(e.action = 'delete') as is_gone,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added,
      pg_catalog.max(e.edited_by) filter (where e.action = 'add') as added_by
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'subjects' and e.unit_key = u.key
    where e.state = 'in force'
    group by e.row_ref
  )
  select
    p_unit, b.row_no, coalesce(p.is_gone, false), b.row_key, b.parent_row_key, b.position, b.derived, r.subject_code, r.spec_version, r.subject_name, r.spec_start_year, r.specification_url, r.specification_pdf_url, r.qan, r.first_assessment_year, r.last_assessment_year, r.paper_code, r.succeeds, r.regulated_title, r.level, r.glh, r.operational_end, r.certification_end
  from greenroom.batch_subjects as b

  join patch as p on p.ref = 'root'
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  where b.unit_id = p_unit
    and (p.is_gone or (select pg_catalog.to_jsonb(x) from (select r.subject_code, r.spec_version, r.subject_name, r.spec_start_year, r.specification_url, r.specification_pdf_url, r.qan, r.first_assessment_year, r.last_assessment_year, r.paper_code, r.succeeds, r.regulated_title, r.level, r.glh, r.operational_end, r.certification_end) as x) is distinct from (select pg_catalog.to_jsonb(x) from (select b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url, b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end) as x))
  union all
  select
    p_unit, -pg_catalog.row_number() over (order by p.ref)::integer, coalesce(p.is_gone, false), p.ref, null, 'added by ' || p.added_by, null, r.subject_code, r.spec_version, r.subject_name, r.spec_start_year, r.specification_url, r.specification_pdf_url, r.qan, r.first_assessment_year, r.last_assessment_year, r.paper_code, r.succeeds, r.regulated_title, r.level, r.glh, r.operational_end, r.certification_end
  from patch as p
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_subjects, p.added || p.cells) as r
  where p.added is not null
    and not exists (
      select
      from greenroom.batch_subjects as b

      where b.unit_id = p_unit
        and 'root' = p.ref
    );
  perform greenroom_exams.rehash_subjects(p_unit);
end
$$;
comment on function greenroom_exams.overlay_subjects(bigint) is 'Puts the edits in force over a sealed unit.';


-- Compares the edits of a unit with what its source says now: they stay, retire themselves, or are in conflict.
create function greenroom_exams.rebase_subjects(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  with whole as materialized (
    select u.* from greenroom.unit as u where u.id = p_unit
  ), mine as materialized (
    select e.*
    from greenroom.edit as e
    join whole as u on e.scope_id = u.scope_id and e.dataset = 'subjects' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ), source as materialized (
    select 'root' as ref, (select pg_catalog.to_jsonb(x) from (select b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url, b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end) as x) as "values"
    from greenroom.batch_subjects as b

    where b.unit_id = p_unit
  ), said as materialized (
    select
      m.id,
      m.action,
      m.base,
      m.value,
      s.ref is not null as is_there,
      exists (select from mine as a where a.row_ref = m.row_ref and a.action = 'add') as is_ours,
      coalesce((
        select pg_catalog.jsonb_object_agg(c.column_name, c.value) from mine as c where c.row_ref = m.row_ref and c.action = 'set'
      ), '{}') as cells,
      case m.action
        when 'set' then s."values" -> m.column_name
        when 'delete' then s."values"
        when 'add' then s."values"
      end as says
    from mine as m
    left join source as s on s.ref = m.row_ref
  ), judged as (
    select
      s.id,
      s.says,
      s.is_there or s.action = 'order' as is_met,
      case
        when s.action = 'add' then case
          when not s.is_there then 'in force'
          when not exists (
            select
            from pg_catalog.jsonb_each((s.value - array[]::text[]) || s.cells) as v
            where v.value is distinct from s.says -> v.key
          ) then 'adopted'
          else 'conflict'
        end
        when s.action = 'order' then case
          when greenroom.kept_order(s.says, s.base) = greenroom.kept_order(s.base, s.says) then 'in force'
          when greenroom.kept_order(s.says, s.value) = greenroom.kept_order(s.value, s.says) then 'adopted'
          else 'conflict'
        end
        when not s.is_there and s.is_ours then 'in force'
        when not s.is_there and not (select u.complete from whole as u) then null
        when not s.is_there then case when s.action = 'delete' then 'adopted' else 'conflict' end
        when s.action = 'delete' then case when s.says - array[]::text[] = s.base - array[]::text[] then 'in force' else 'conflict' end
        when s.says = s.base then 'in force'
        when s.says = s.value then 'adopted'
        else 'conflict'
      end as state
    from said as s
  )
  update greenroom.edit as e
  set
    -- it retires when what its source says is published, not before: an edition may be rejected
    state = case j.state when 'adopted' then 'in force' else j.state end,
    agrees_unit = case when j.state = 'adopted' then p_unit end,
    theirs = case when j.state = 'conflict' then j.says end,
    -- where its row was met last: the next edition is followed from there
    unit_id = case when (select u.complete from whole as u) and j.is_met then p_unit else e.unit_id end
  from judged as j
  where e.id = j.id
    and j.state is not null;
end
$$;
comment on function greenroom_exams.rebase_subjects(bigint) is 'Sets edits in force or in conflict, by what the source says now, and notes where it agrees.';

-- Rows copied from production say what edits made of them: what the source said is put back under the edits.
create function greenroom_exams.unapply_subjects(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  if not exists (
    select
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'subjects' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- rows that people took away
  with gone as (
    select
      e.row_ref, e.base,
      (select pg_catalog.max(b.row_no) from greenroom.batch_subjects as b where b.unit_id = p_unit) + pg_catalog.row_number() over (order by e.id) as row_no
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'subjects' and e.unit_key = u.key
    where e.action = 'delete'
      and e.state in ('in force', 'conflict')
      and e.row_ref not in (
        select 'root'
        from greenroom.batch_subjects as b

        where b.unit_id = p_unit
      )
  )
  insert into greenroom.batch_subjects (unit_id, row_no, row_key, parent_row_key, position, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end)
  select p_unit, g.row_no, g.row_ref, null, 'as published', r.subject_code, r.spec_version, r.subject_name, r.spec_start_year, r.specification_url, r.specification_pdf_url, r.qan, r.first_assessment_year, r.last_assessment_year, r.paper_code, r.succeeds, r.regulated_title, r.level, r.glh, r.operational_end, r.certification_end
  from gone as g
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_subjects, g.base) as r;
  update greenroom.batch_subjects as b
  set subject_code = r.subject_code, spec_version = r.spec_version, subject_name = r.subject_name, spec_start_year = r.spec_start_year, specification_url = r.specification_url, specification_pdf_url = r.specification_pdf_url, qan = r.qan, first_assessment_year = r.first_assessment_year, last_assessment_year = r.last_assessment_year, paper_code = r.paper_code, succeeds = r.succeeds, regulated_title = r.regulated_title, level = r.level, glh = r.glh, operational_end = r.operational_end, certification_end = r.certification_end
  from (
    select b.row_no, r.subject_code, r.spec_version, r.subject_name, r.spec_start_year, r.specification_url, r.specification_pdf_url, r.qan, r.first_assessment_year, r.last_assessment_year, r.paper_code, r.succeeds, r.regulated_title, r.level, r.glh, r.operational_end, r.certification_end
    from greenroom.batch_subjects as b

    join (
      select
        e.row_ref,
        coalesce(pg_catalog.jsonb_object_agg(e.column_name, coalesce(e.theirs, e.base)) filter (where e.action = 'set' and e.base is not null), '{}') as cells,
        pg_catalog.bool_or(e.action = 'parent') as has_parent,
        pg_catalog.max(e.base #>> '{}') filter (where e.action = 'parent') as parent
      from greenroom.edit as e
      join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'subjects' and e.unit_key = u.key
      where e.state in ('in force', 'conflict')
      group by e.row_ref
    ) as p on p.row_ref = 'root'
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
    where b.unit_id = p_unit
  ) as r
  where b.unit_id = p_unit
    and b.row_no = r.row_no;
  -- rows that only people know
  delete from greenroom.batch_subjects as b
  using (
    select b.row_no
    from greenroom.batch_subjects as b

    join greenroom.edit as e on e.row_ref = 'root' and e.action = 'add' and e.state in ('in force', 'conflict')
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'subjects' and e.unit_key = u.key
    where b.unit_id = p_unit
  ) as a
  where b.unit_id = p_unit
    and b.row_no = a.row_no;
end
$$;
comment on function greenroom_exams.unapply_subjects(bigint) is 'Puts what the source said under the edits of rows copied from production.';

-- Published rows of a unit as a new unit that waits, to be corrected.
create function greenroom_exams.reopen_subjects(p_scope integer, p_key text[], p_by text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_published greenroom.published;
  v_unit greenroom.unit;
  v_batch bigint;
  v_new bigint;
  v_rows bigint;
  v_hash text;
begin
  select p.* into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = 'subjects' and p.key = p_key and p.row_count > 0;
  if v_published.scope_id is null then
    return null;
  end if;
  select u.* into v_unit from greenroom.unit as u where u.id = v_published.unit_id;
  insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count)
  select p_scope, 'edit', coalesce(b.source, 'production'), b.snapshot, b.parser, 0, 0
  from (select) as x
  left join greenroom.batch as b on b.id = v_unit.batch_id
  returning id into v_batch;
  -- a part holds some of what is published, and what was changed by hand stands in no batch: then production is copied
  if v_unit.complete and v_unit.hash = v_published.hash then
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash, keys_are_unique, texts_are_sound)
    values (v_batch, p_scope, 'subjects', p_key, true, coalesce(v_unit.sealed_rows, v_unit.row_count), v_unit.quarantined_count, coalesce(v_unit.sealed_hash, v_unit.hash), v_unit.keys_are_unique, v_unit.texts_are_sound)
    returning id into v_new;
    insert into greenroom.batch_subjects (unit_id, row_no, row_key, parent_row_key, position, derived, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end)
    select v_new, b.row_no, b.row_key, b.parent_row_key, b.position, b.derived, b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url, b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end
    from greenroom.batch_subjects as b
    where b.unit_id = v_unit.id;
    get diagnostics v_rows = row_count;
    -- what its parser said of it is as true as it was
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)
    select v_new, f.check_name, f.severity, f.message, f.row_key, f.position, f.found_by
    from greenroom.finding as f
    where f.unit_id = v_unit.id
      and f.found_by = 'parser'
      and f.check_name <> 'unproven_parser';
  else
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
    values (v_batch, p_scope, 'subjects', p_key, true, v_published.row_count, '')
    returning id into v_new;
    insert into greenroom.batch_subjects (unit_id, row_no, row_key, parent_row_key, position, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end)
    select
      v_new,
      pg_catalog.row_number() over (order by p.id)::integer,
      p.id::text,
      null,
      'as published',
      p.subject_code::text,
      p.spec_version::varchar(20),
      p.subject_name::text,
      p.spec_start_year::integer,
      p.specification_url::text,
      p.specification_pdf_url::text,
      p.qan::text,
      p.first_assessment_year::integer,
      p.last_assessment_year::integer,
      p.paper_code::text,
      p.succeeds::text,
      p.regulated_title::text,
      p.level::text,
      p.glh::integer,
      p.operational_end::date,
      p.certification_end::date
    from (select v_published.root_id as root_id, p_key as key) as t
    join "public".exam_board_subjects as p on p.id = t.root_id and p.retired_at is null
    ;
    get diagnostics v_rows = row_count;
    perform greenroom_exams.unapply_subjects(v_new);
    select pg_catalog.count(*) into v_rows from greenroom.batch_subjects as b where b.unit_id = v_new;
    select pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url), 0) # case when pg_catalog.num_nonnulls(b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end) = 0 then 0 else pg_catalog.hash_record_extended(row(b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url), 1) # case when pg_catalog.num_nonnulls(b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end) = 0 then 0 else pg_catalog.hash_record_extended(row(b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end), 3) end, 1)), 0)) into v_hash from greenroom.batch_subjects as b where b.unit_id = v_new;
    update greenroom.unit as u set hash = v_hash, row_count = v_rows where u.id = v_new;
  end if;
  update greenroom.batch as b set read_count = v_rows, staged_count = v_rows where b.id = v_batch;
  return v_new;
end
$$;
comment on function greenroom_exams.reopen_subjects(integer, text[], text) is 'Published rows of a unit as a pending unit; null where nothing is published.';


-- One gesture on a pending unit: every change of it, or none.
create function greenroom_exams.change_subjects(p_unit bigint, p_changes jsonb, p_by text, p_reason text, p_gesture uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_change jsonb;
  v_ref text;
  v_row record;
  v_value jsonb;
  v_column text;
  v_refs text[] := '{}';
  v_gone text[] := '{}';
  v_known text[] := array['subject_name', 'spec_start_year', 'specification_url', 'specification_pdf_url', 'qan', 'first_assessment_year', 'last_assessment_year', 'paper_code', 'succeeds', 'regulated_title', 'level', 'glh', 'operational_end', 'certification_end']::text[];
begin
  for v_change in select c.value from pg_catalog.jsonb_array_elements(p_changes) as c loop
    if v_change ->> 'do' = 'add' then
      v_value := '{}';
      if pg_catalog.jsonb_typeof(coalesce(v_change -> 'values', '{}')) <> 'object' then
        perform greenroom.refuse('the values of a new row are not given by column', '[]', 'give an object: column and value');
      end if;
      for v_column in select k from pg_catalog.jsonb_object_keys(coalesce(v_change -> 'values', '{}')) as k loop
        if v_column <> all (v_known) and v_column <> all (array['subject_code', 'spec_version']::text[]) then
          perform greenroom.refuse(pg_catalog.format('subjects has no column %I that can be given', v_column), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
        end if;
        v_value := v_value || pg_catalog.jsonb_build_object(v_column, greenroom_exams.given_subjects(v_column, v_change -> 'values' -> v_column));
      end loop;
      v_value := greenroom_exams.completed_subjects(p_unit, v_value);
      select 'root' into v_ref
      from pg_catalog.jsonb_populate_record(null::greenroom.batch_subjects, v_value) as b;
      if exists (select from greenroom_exams.rows_subjects(p_unit, v_ref) as r where r.state <> 'deleted') then
        perform greenroom.refuse(pg_catalog.format('there is a row %s already', v_ref), '[]', 'edit that one');
      end if;
      perform greenroom_exams.put_edit(p_unit, v_ref, (
        select pg_catalog.concat_ws(' ', b.subject_code, b.spec_version) from pg_catalog.jsonb_populate_record(null::greenroom.batch_subjects, v_value) as b
      ), 'add', null, null, v_value, p_by, p_reason, p_gesture);
      v_refs := v_refs || v_ref;
      continue;
    end if;

    v_ref := greenroom_exams.ref_subjects(p_unit, v_change ->> 'row');
    select r.* into v_row from greenroom_exams.rows_subjects(p_unit, v_ref) as r;
    if v_row.ref is null or v_ref = any (v_gone) then
      perform greenroom.refuse(pg_catalog.format('there is no row %s', coalesce(v_ref, '')), '[]', 'look at the rows again');
    end if;
    if v_row.state = 'deleted' then
      perform greenroom.refuse('that row is not there any more', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'message', coalesce(v_row.label, v_ref) || ' was deleted meanwhile',
        'by', greenroom_exams.editor_of(p_unit, v_ref, 'delete', null))), 'look at the rows again');
    end if;
    v_refs := v_refs || v_ref;
    case v_change ->> 'do'
    when 'set' then
      v_column := v_change ->> 'column';
      if v_column is null or v_column <> all (v_known) then
        perform greenroom.refuse(pg_catalog.format('subjects has no column %s that can be edited', coalesce(v_column, '')), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
      end if;
      if not v_change ? 'value' then
        perform greenroom.refuse(pg_catalog.format('what should %s say? no value is given', v_column), '[]', 'give a value; null empties it');
      end if;
      v_value := greenroom_exams.given_subjects(v_column, v_change -> 'value');
      if v_change ? 'seen' and v_row."values" -> v_column is distinct from v_change -> 'seen' and v_row."values" -> v_column is distinct from v_value then
        perform greenroom.refuse(
          pg_catalog.format('%s of %s was changed meanwhile', v_column, v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', v_column,
            'message', pg_catalog.format('%s is %s now; you saw %s', v_column, coalesce(v_row."values" ->> v_column, 'empty'), coalesce(v_change ->> 'seen', 'empty')),
            'yours', v_value, 'theirs', v_row."values" -> v_column, 'seen', v_change -> 'seen',
            'by', greenroom_exams.editor_of(p_unit, v_ref, 'set', v_column)
          )),
          'look at both values, and decide'
        );
      end if;
      perform greenroom_exams.put_edit(p_unit, v_ref, v_row.label, 'set', v_column,
        case when v_row.state = 'added' then null else coalesce(v_row.source, v_row."values") -> v_column end,
        v_value, p_by, p_reason, p_gesture);
    when 'delete' then
      perform greenroom_exams.remove_subjects(p_unit, v_ref, v_row.label, v_row.state, coalesce(v_row.source, v_row."values"), p_by, p_reason, p_gesture);
      v_gone := v_gone || v_ref;
    else
      perform greenroom.refuse(pg_catalog.format('nothing is done by %L', v_change ->> 'do'), '[]', 'set, add, delete');
    end case;
  end loop;
  return pg_catalog.to_jsonb(v_refs);
end
$$;
comment on function greenroom_exams.change_subjects(bigint, jsonb, text, text, uuid) is 'Records one gesture as edits.';

-- The row somebody means: by its id, or, before the first edit, by its place in the very unit that was looked at.
create function greenroom_exams.ref_subjects(p_unit bigint, p_ref text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    p_ref
  )
$$;
comment on function greenroom_exams.ref_subjects(bigint, text) is 'row:UNIT:N as the id of that row; others as they are.';

create function greenroom_exams.given_subjects(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := greenroom_exams.read_subjects(p_column, p_value);
begin
  if v_value is null then
    perform greenroom.refuse(pg_catalog.format('%s cannot be %s', p_column, pg_catalog.left(p_value::text, 80)), '[]', 'give a value of the kind the column holds');
  end if;
  if v_value = 'null' and p_column = any (array['subject_name']::text[]) then
    perform greenroom.refuse(pg_catalog.format('%s cannot be empty', p_column), '[]', 'give it a value, or delete the row');
  end if;
  return v_value;
end
$$;
comment on function greenroom_exams.given_subjects(text, jsonb) is 'A value of subjects, or a refusal that says why not.';

-- A row that is added has what every row must have.
create function greenroom_exams.completed_subjects(p_unit bigint, p_values jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanting text;
  v_values jsonb := p_values;
begin
  -- its unit tells where it belongs
  v_values := v_values || pg_catalog.jsonb_build_object('subject_code', (select pg_catalog.to_jsonb((u.key)[1]::text) from greenroom.unit as u where u.id = p_unit));
  -- its unit tells where it belongs
  v_values := v_values || pg_catalog.jsonb_build_object('spec_version', (select pg_catalog.to_jsonb((u.key)[2]::varchar(20)) from greenroom.unit as u where u.id = p_unit));
  select pg_catalog.string_agg(c, ', ')
  into v_wanting
  from pg_catalog.unnest(array['subject_code', 'spec_version', 'subject_name']::text[]) as c
  where coalesce(v_values -> c, 'null') = 'null';
  if v_wanting is not null then
    perform greenroom.refuse('a new row needs ' || v_wanting, '[]', 'give every one of them');
  end if;
  return v_values;
end
$$;
comment on function greenroom_exams.completed_subjects(bigint, jsonb) is 'Values of a row to be added, or a refusal that names what is wanting.';

create function greenroom_exams.remove_subjects(p_unit bigint, p_ref text, p_label text, p_state text, p_base jsonb, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_state = 'added' then
    -- nobody but us ever said it: it is taken back, with all that was said of it
    perform greenroom_exams.drop_edits(p_unit, p_ref, p_by, p_reason, p_gesture);
  else
    perform greenroom_exams.put_edit(p_unit, p_ref, p_label, 'delete', null, p_base, 'true', p_by, p_reason, p_gesture);
  end if;
end
$$;
comment on function greenroom_exams.remove_subjects(bigint, text, text, text, jsonb, text, text, uuid) is 'Deletes one row by an edit.';

-- "public".exam_board_subjects as it will stand once the prepared releases land.
create view preview.exam_board_subjects as
select
  p.id,
  p.exam_board_id,
  p.qualification_type_id,
  p.subject_code,
  p.spec_version,
  p.subject_name,
  p.spec_start_year,
  p.specification_url,
  p.specification_pdf_url,
  p.qan,
  p.first_assessment_year,
  p.last_assessment_year,
  p.paper_code,
  p.succeeds,
  p.regulated_title,
  p.level,
  p.glh,
  p.operational_end,
  p.certification_end,
  p.spec_end_year,
  p.is_current,
  p.live_in_app,
  p.retired_at,
  p.created_at,
  p.updated_at,
  p.release_id
from "public".exam_board_subjects as p
where not exists (
  select
  from greenroom.prepared_subjects as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where p.id = f.id
)
union all
select
  f.id,
  f.exam_board_id,
  f.qualification_type_id,
  f.subject_code,
  f.spec_version,
  f.subject_name,
  f.spec_start_year,
  f.specification_url,
  f.specification_pdf_url,
  f.qan,
  f.first_assessment_year,
  f.last_assessment_year,
  f.paper_code,
  f.succeeds,
  f.regulated_title,
  f.level,
  f.glh,
  f.operational_end,
  f.certification_end,
  case when f.op = 'insert' then null else p.spec_end_year end,
  case when f.op = 'insert' then true else p.is_current end,
  case when f.op = 'insert' then false else p.live_in_app end,
  null::timestamptz,
  coalesce(p.created_at, r.made_at),
  r.made_at,
  f.release_id
from greenroom.prepared_subjects as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join "public".exam_board_subjects as p on p.id = f.id
where f.op <> 'retire';
comment on view preview.exam_board_subjects is 'exam_board_subjects as it will be once prepared releases land.';

-- Source columns of "public".exam_board_subjects changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of exam_board_id, qualification_type_id, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end, retired_at
on "public".exam_board_subjects
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and (old.exam_board_id, old.qualification_type_id, old.subject_code, old.spec_version, old.subject_name, old.spec_start_year, old.specification_url, old.specification_pdf_url, old.qan, old.first_assessment_year, old.last_assessment_year, old.paper_code, old.succeeds, old.regulated_title, old.level, old.glh, old.operational_end, old.certification_end, old.retired_at) is distinct from (new.exam_board_id, new.qualification_type_id, new.subject_code, new.spec_version, new.subject_name, new.spec_start_year, new.specification_url, new.specification_pdf_url, new.qan, new.first_assessment_year, new.last_assessment_year, new.paper_code, new.succeeds, new.regulated_title, new.level, new.glh, new.operational_end, new.certification_end, new.retired_at)
)
execute function greenroom.note_drift('exams', 'subjects', 'id', '{id}', '{}');
create or replace trigger greenroom_drift_insert
after insert on "public".exam_board_subjects
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'subjects', 'id', '{id}', '{}');
create or replace trigger greenroom_drift_delete
after delete on "public".exam_board_subjects
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'subjects', 'id', '{id}', '{}');
create or replace trigger greenroom_no_truncate
before truncate on "public".exam_board_subjects
for each statement
execute function greenroom.refuse_truncate();

-- Every row of the units that a walk from the roots reaches, with its depth (1 = a root).
create function greenroom_exams.walk_topics(p_units bigint[])
returns table (unit_id bigint, row_no integer, depth integer)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with recursive walked as (
    select b.unit_id, b.row_no, b.row_key, 1 as depth
    from greenroom_exams.effective_topics as b
    where b.unit_id = any (p_units)
      and (
        b.parent_row_key is null
        or not exists (
          select from greenroom_exams.effective_topics as p
          where p.unit_id = b.unit_id
            and p.unit_id = any (p_units)
            and p.row_key = b.parent_row_key
        )
      )
    union all
    select b.unit_id, b.row_no, b.row_key, w.depth + 1
    from walked as w
    join greenroom_exams.effective_topics as b on b.unit_id = w.unit_id and b.parent_row_key = w.row_key
    where w.depth < 50
      and b.unit_id = any (p_units)
  )
  select w.unit_id, w.row_no, w.depth
  from walked as w
$$;
comment on function greenroom_exams.walk_topics(bigint[]) is 'Rows reached from the roots of each unit''s tree, with depth.';

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_topics(p_units bigint[])
returns table (unit_id bigint, lost bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
-- row counts of what has just been sealed are unknown: no join may be quadratic, by rows or by units
set enable_nestloop = off
set enable_mergejoin = off
as $$
  select u.id, pg_catalog.count(*)
  from greenroom.unit as u
  join greenroom.published as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join "public".curriculum_topics as p on p.exam_board_subject_id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'topics'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom_exams.effective_topics as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and b.topic_code = p.topic_code
    )
    -- corrected rows go by their id
    and not exists (
      select
      from greenroom.lineage as l
      join greenroom_exams.effective_topics as b on b.unit_id = l.unit_id and b.row_no = l.row_no
      where l.unit_id = u.id
        and b.unit_id = any (p_units)
        and l.id = p.id
    )
    and not exists (
      select from greenroom_exams.effective_topics as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and b.topic_name = p.topic_name
    )
  group by u.id
$$;
comment on function greenroom_exams.lost_topics(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function greenroom_exams.digest_topics()
returns table (key text[], row_count bigint, hash text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    t.key,
    pg_catalog.count(p.id),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where p.id is not null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.topic_code::text, parent.topic_code, p.topic_name::text, p.topic_level::integer, p.sort_order::integer, p.description::text, p.component_code::text, p.chronological_period::text, p.period_start_year::integer, p.period_end_year::integer, p.geographical_region::text, p.key_themes::jsonb), 0) # case when pg_catalog.num_nonnulls(p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text) = 0 then 0 else pg_catalog.hash_record_extended(row(p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text), 2) end, 0)) filter (where p.id is not null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.topic_code::text, parent.topic_code, p.topic_name::text, p.topic_level::integer, p.sort_order::integer, p.description::text, p.component_code::text, p.chronological_period::text, p.period_start_year::integer, p.period_end_year::integer, p.geographical_region::text, p.key_themes::jsonb), 1) # case when pg_catalog.num_nonnulls(p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text) = 0 then 0 else pg_catalog.hash_record_extended(row(p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text), 3) end, 1)) filter (where p.id is not null), 0))
  from pg_temp.touched as t
  left join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
  left join "public".curriculum_topics as parent on parent.id = p.parent_topic_id
  where t.dataset = 'topics'
  group by t.key;
end
$$;
comment on function greenroom_exams.digest_topics() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function greenroom_exams.unmet_topics()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[] := array(select t.unit_id from pg_temp.touched as t where t.dataset = 'topics');
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('topics %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group
      from pg_temp.touched as t
      join greenroom_exams.effective_topics as b on b.unit_id = t.unit_id and b.unit_id = any (v_units)
      where t.dataset = 'topics'
        and not t.complete
      except
      select t.key, p.topic_code::text, parent.topic_code, p.topic_name::text, p.topic_level::integer, p.sort_order::integer, p.description::text, p.component_code::text, p.chronological_period::text, p.period_start_year::integer, p.period_end_year::integer, p.geographical_region::text, p.key_themes::jsonb, p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text
      from pg_temp.touched as t
      join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
      left join "public".curriculum_topics as parent on parent.id = p.parent_topic_id
      where t.dataset = 'topics'
        and not t.complete
    ) as m
  );
end
$$;
comment on function greenroom_exams.unmet_topics() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';

-- topics: what a unit answers badly. Pure; no rows is a pass.
create function greenroom_exams.check_topics(p_units bigint[])
returns table (unit_id bigint, check_name text, severity text, message text, row_key text, "position" text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set standard_conforming_strings = on
set jit = off
set work_mem = '32MB'
as $$
  with unit as materialized (
    select u.*
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset = 'topics'
  ), batch as not materialized (
    select b.*
    from greenroom_exams.effective_topics as b
    -- by number, not by join: only so does nobody read the batches of all times
    where b.unit_id = any (p_units)
  )
  , tree as materialized (
    select
      b.unit_id,
      b.row_no,
      b.row_key,
      b.position,
      b.topic_code as code,
      b.parent_row_key,
      b.topic_level as level,
      b.topic_name as name,
      p.row_key is not null as has_parent,
      p.topic_code as parent_code,
      p.topic_level as parent_level
    from batch as b
    left join batch as p on p.unit_id = b.unit_id and p.row_key = b.parent_row_key
  ), shape as materialized (
    -- where each row is one level under its parent and all roots are level, levels tell the depth and no row can be its own ancestor
    select
      t.unit_id,
      pg_catalog.bool_and(coalesce(case when t.parent_row_key is null then t.level is not null else t.level = t.parent_level + 1 end, false))
        and pg_catalog.min(t.level) filter (where t.parent_row_key is null) = pg_catalog.max(t.level) filter (where t.parent_row_key is null) as is_plain,
      pg_catalog.max(t.level) - pg_catalog.min(t.level) + 1 as depth
    from tree as t
    group by t.unit_id
  ), walked as materialized (
    select * from greenroom_exams.walk_topics(array(select h.unit_id from shape as h where h.is_plain is not true))
  )
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', pg_catalog.concat_ws(' ', b.topic_code), pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id, b.topic_code
    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id, b.topic_code
    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id and twice.topic_code is not distinct from b.topic_code
  group by b.unit_id, b.topic_code
  union all
  select b.unit_id, 'missing_topic_code', 'error',
    pg_catalog.format('topic_code is empty for %s', pg_catalog.concat_ws(' ', b.topic_code)),
    b.row_key, b.position
  from batch as b
  where b.topic_code is null
  union all
  select b.unit_id, 'missing_topic_name', 'error',
    pg_catalog.format('topic_name is empty for %s', pg_catalog.concat_ws(' ', b.topic_code)),
    b.row_key, b.position
  from batch as b
  where b.topic_name is null
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('topic_code of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.topic_code), pg_catalog.left(b.topic_code, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.topic_code)::text) <> pg_catalog.length(b.topic_code) + 2
    and b.topic_code ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('topic_name of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.topic_code), pg_catalog.left(b.topic_name, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.topic_name)::text) <> pg_catalog.length(b.topic_name) + 2
    and b.topic_name ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select t.unit_id, 'orphan', 'error',
    pg_catalog.format('%s %s names a parent that is not in its subject', t.code, pg_catalog.left(t.name, 60)),
    t.row_key, t.position
  from tree as t
  where t.parent_row_key is not null
    and not t.has_parent
  union all
  select t.unit_id, 'cycle', 'error',
    pg_catalog.format('%s %s is its own ancestor', t.code, pg_catalog.left(t.name, 60)),
    t.row_key, t.position
  from tree as t
  where t.parent_row_key is not null
    and exists (select from shape as h where h.unit_id = t.unit_id and h.is_plain is not true)
    and not exists (
      select from walked as w
      where w.unit_id = t.unit_id
        and w.row_no = t.row_no
    )
  union all
  select t.unit_id, 'missing_level', 'error',
    pg_catalog.format('%s %s has no level', t.code, pg_catalog.left(t.name, 60)),
    t.row_key, t.position
  from tree as t
  where t.level is null
  union all
  select t.unit_id, 'level_jump', 'warning',
    pg_catalog.format('%s is at level %s under %s at level %s', t.code, t.level, t.parent_code, t.parent_level),
    t.row_key, t.position
  from tree as t
  where t.level <> t.parent_level + 1
  union all
  select w.unit_id, 'depth', 'warning',
    pg_catalog.format('the tree is %s deep; expected 1 to 6', w.depth),
    null, null
  from (
    select h.unit_id, h.depth from shape as h where h.is_plain
    union all
    select w.unit_id, pg_catalog.max(w.depth) from walked as w group by w.unit_id
  ) as w
  where w.depth not between 1 and 6
  union all
  select u.id, 'too_few_rows', 'error',
    pg_catalog.format('%s rows; at least 1 expected', u.row_count), null, null
  from unit as u
  where u.row_count < 1
  union all
  -- twice as many is another file
  select u.id, 'too_many_rows', case when u.row_count > 2 * 2000::bigint then 'error' else 'warning' end,
    pg_catalog.format('%s rows; at most 2000 expected', u.row_count), null, null
  from unit as u
  where u.row_count > 2000
  union all
  select u.id, 'quarantined', 'warning',
    pg_catalog.format('%s rows could not be read and are in quarantine', u.quarantined_count), null, null
  from unit as u
  where u.quarantined_count > 0
  -- a fifth of what readers have now would go
  union all
  select u.id, 'shrunk', 'warning',
    pg_catalog.format('%s of %s published rows would leave', gone.lost, p.row_count), null, null
  from unit as u
  join greenroom.published as p on p.scope_id = u.scope_id and p.dataset = u.dataset and p.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join greenroom_exams.lost_topics(array(select o.id from unit as o)) as gone on gone.unit_id = u.id
  where gone.lost * 5 > p.row_count
  union all
  select c.unit_id, 'unknown_option_group', c.severity, c.message, c.row_key, c.position
  from (
-- Topics that are options of a group the subject does not have.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s topics are options of %s, which is no group', pg_catalog.count(*), b.option_group) as message,
  pg_catalog.min(b.row_key) as row_key,
  pg_catalog.min(b.position) as position
from unit as u
join batch as b on b.unit_id = u.id
where b.option_group is not null
  and b.option_group not in (select g.group_code from greenroom_exams.option_groups_of(u.scope_id, u.key) as g)
group by b.unit_id, b.option_group
  ) as c
$$;
comment on function greenroom_exams.check_topics(bigint[]) is 'Findings on units of topics; no rows is a pass.';

-- Whose id is it? Every entering row of topics gets its identity before anything is compared.
create function greenroom_exams.resolve_topics(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = 'topics');
  v_fresh boolean;
  v_search boolean := false;
  v_open bigint;
begin
  drop table if exists pg_temp.standing_topics, pg_temp.searching_topics, pg_temp.renamed_topics, pg_temp.resolving_topics, pg_temp.frontier_topics, pg_temp.resolved_topics;

  v_fresh := not exists (
    select
    from pg_temp.entering as e
    join "public".curriculum_topics as p on p.exam_board_subject_id = e.root_id
    where e.dataset = 'topics'
  );

  -- 1. a match somebody recorded; 2. same code and same name
  create temporary table resolving_topics on commit drop as
  with recorded as (
    select c.unit_key, c.new_key, p.id
    from greenroom.succession as c
    join pg_temp.entering as e on e.dataset = c.dataset and e.key = c.unit_key
    join "public".curriculum_topics as p on p.exam_board_subject_id = e.root_id and p.topic_code = c.old_key and p.retired_at is null
    where c.scope_id = p_scope
      and c.dataset = 'topics'
      and not v_fresh
  ), traced as (
    -- rows of a unit that people corrected go by their id, whatever they are called
    select l.unit_id, l.row_no, l.id
    from pg_temp.entering as e
    join greenroom.lineage as l on l.unit_id = e.unit_id and l.unit_id = any (v_units)
    where e.dataset = 'topics'
  )
  select
    b.unit_id,
    b.row_no,
    e.root_id,
    b.topic_code as code,
    b.parent_code as parent_code,
    b.topic_name as title,
    null::text as name,
    x.id is not null as is_traced,
    case
      when x.id is not null then x.id
      when v_fresh then pg_catalog.gen_random_uuid()
      when r.id is not null and r.id not in (select t.id from traced as t) then r.id
      when p.id not in (select k.id from recorded as k) and p.id not in (select t.id from traced as t) then p.id
    end as id
  from pg_temp.entering as e
  join greenroom_exams.effective_topics as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  left join traced as x on x.unit_id = b.unit_id and x.row_no = b.row_no
  left join recorded as r on r.unit_key = e.key and r.new_key = b.topic_code
  left join "public".curriculum_topics as p
    on p.exam_board_subject_id = e.root_id
    and p.topic_code = b.topic_code
    and (p.topic_name = b.topic_name or greenroom.fold(p.topic_name) = greenroom.fold(b.topic_name))
    and p.retired_at is null
  where e.dataset = 'topics';
  analyze pg_temp.resolving_topics (unit_id, row_no, root_id, id);

  if not v_fresh then
    -- subjects in which somebody has to be found: a row without a match, or one whose parent is called otherwise;
    -- only there are names folded
    create temporary table searching_topics on commit drop as
    select distinct n.root_id
    from pg_temp.resolving_topics as n
    left join pg_temp.resolving_topics as new_parent on new_parent.unit_id = n.unit_id and new_parent.code = n.parent_code
    left join "public".curriculum_topics as p on p.id = n.id
    left join "public".curriculum_topics as old_parent on old_parent.id = p.parent_topic_id
    where n.id is null
      or (
        new_parent.title <> old_parent.topic_name
        and greenroom.fold(new_parent.title) <> greenroom.fold(old_parent.topic_name)
      );
    analyze pg_temp.searching_topics;
    v_search := exists (select from pg_temp.searching_topics);
  end if;
  if v_search then
    update pg_temp.resolving_topics as n
    set name = greenroom.fold(n.title)
    where n.root_id in (select o.root_id from pg_temp.searching_topics as o);
    analyze pg_temp.resolving_topics;
    create temporary table standing_topics on commit drop as
    select
      p.id,
      p.exam_board_subject_id as root_id,
      p.parent_topic_id as parent_id,
      p.topic_code as code,
      greenroom.fold(p.topic_name) as name,
      p.retired_at
    from "public".curriculum_topics as p
    where p.exam_board_subject_id in (select o.root_id from pg_temp.searching_topics as o);
    analyze pg_temp.standing_topics;

    -- a name that stands in several places ("Introduction") goes with its chapter, not with the code:
    -- under a parent that stood elsewhere in the old edition it is looked at again, from its parent
    update pg_temp.resolving_topics as n
    set id = null
    from pg_temp.standing_topics as s
    join pg_temp.standing_topics as old_parent on old_parent.id = s.parent_id,
      pg_temp.resolving_topics as new_parent
    where s.id = n.id
      and not n.is_traced
      and s.code = n.code
      and s.name = n.name
      and new_parent.unit_id = n.unit_id
      and new_parent.code = n.parent_code
      and new_parent.name <> old_parent.name
      and (n.root_id, new_parent.name) in (
        select o.root_id, o.name from pg_temp.standing_topics as o where o.retired_at is null
      )
      and (n.root_id, n.name) in (
        select twin.root_id, twin.name
        from pg_temp.standing_topics as twin
        where twin.retired_at is null
        group by twin.root_id, twin.name
        having pg_catalog.count(*) > 1
      );
  end if;

  if v_search then
    -- renamed in place: neither name stands anywhere in the other edition, so only the code can tell;
    -- what 5 would find at the end, found for all at once
    create temporary table renamed_topics on commit drop as
    select
      (pg_catalog.array_agg(x.unit_id) filter (where x.is_new))[1] as unit_id,
      (pg_catalog.array_agg(x.row_no) filter (where x.is_new))[1] as row_no,
      (pg_catalog.array_agg(x.id) filter (where not x.is_new))[1] as id
    from (
      select
        e.*,
        pg_catalog.bool_or(e.is_new) over same_name and pg_catalog.bool_or(not e.is_new) over same_name as is_told
      from (
        select n.root_id, n.name, n.code, true as is_new, n.id is null as is_open, n.unit_id, n.row_no, null::uuid as id
        from pg_temp.resolving_topics as n
        where n.root_id in (select o.root_id from pg_temp.searching_topics as o)
        union all
        select
          s.root_id, s.name, s.code, false,
          not exists (select from pg_temp.resolving_topics as taken where taken.id = s.id),
          null, null, s.id
        from pg_temp.standing_topics as s
        where s.retired_at is null
      ) as e
      window same_name as (partition by e.root_id, e.name)
    ) as x
    where x.is_open
      and not x.is_told
    group by x.root_id, x.code
    having pg_catalog.count(*) filter (where x.is_new) = 1
      and pg_catalog.count(*) filter (where not x.is_new) = 1;
    analyze pg_temp.renamed_topics;
    update pg_temp.resolving_topics as n
    set id = r.id
    from pg_temp.renamed_topics as r
    where n.unit_id = r.unit_id
      and n.row_no = r.row_no;
  end if;

  if v_search and exists (select from pg_temp.resolving_topics as n where n.id is null) then
    -- 3. moved: a name that stands once in the old and once in the new edition of the subject,
    --    when both are leaves or share a child's name
    with lone_new as (
      select n.root_id, n.name, pg_catalog.min(n.row_no) as row_no, pg_catalog.min(n.unit_id) as unit_id, pg_catalog.min(n.code) as code
      from pg_temp.resolving_topics as n
      where (n.root_id, n.name) in (
        select o.root_id, o.name from pg_temp.resolving_topics as o where o.id is null and o.name <> ''
      )
      group by n.root_id, n.name
      having pg_catalog.count(*) = 1 and pg_catalog.bool_and(n.id is null)
    ), lone_old as (
      select s.root_id, s.name, (pg_catalog.array_agg(s.id))[1] as id
      from pg_temp.standing_topics as s
      where s.retired_at is null
        and (s.root_id, s.name) in (select l.root_id, l.name from lone_new as l)
      group by s.root_id, s.name
      having pg_catalog.count(*) = 1
    ), pair as materialized (
      select l.unit_id, l.row_no, l.code, o.id
      from lone_new as l
      join lone_old as o on o.root_id = l.root_id and o.name = l.name
      where not exists (select from pg_temp.resolving_topics as taken where taken.id = o.id)
    ), matched as (
      select p.unit_id, p.row_no, p.id
      from pair as p
      join pg_temp.resolving_topics as cn on cn.unit_id = p.unit_id and cn.parent_code = p.code
      join pg_temp.standing_topics as co on co.parent_id = p.id and co.name = cn.name
      union
      select p.unit_id, p.row_no, p.id
      from pair as p
      where not exists (select from pg_temp.resolving_topics as cn where cn.unit_id = p.unit_id and cn.parent_code = p.code)
        and not exists (select from pg_temp.standing_topics as co where co.parent_id = p.id and co.retired_at is null)
    )
    update pg_temp.resolving_topics as n
    set id = m.id
    from matched as m
    where n.unit_id = m.unit_id
      and n.row_no = m.row_no;

    delete from pg_temp.standing_topics as s
    using pg_temp.resolving_topics as n
    where n.id = s.id;

    -- from the roots down: a row is looked at once its parent is known
    loop
      drop table if exists pg_temp.frontier_topics;
      create temporary table frontier_topics on commit drop as
      select
        n.unit_id,
        n.row_no,
        n.root_id,
        n.code,
        n.name,
        coalesce(p.id, n.root_id) as parent_id,
        null::uuid as id
      from pg_temp.resolving_topics as n
      left join pg_temp.resolving_topics as p on p.unit_id = n.unit_id and p.code = n.parent_code
      where n.id is null
        and (n.parent_code is null or p.id is not null);
      get diagnostics v_open = row_count;
      exit when v_open = 0;
      analyze pg_temp.frontier_topics;

      -- 4. renumbered: same name under the same parent, once on either side
      with here as (
        select f.unit_id, f.row_no, f.root_id, f.parent_id, f.name,
          pg_catalog.count(*) over (partition by f.root_id, f.parent_id, f.name) as times
        from pg_temp.frontier_topics as f
      ), there as (
        select s.id, s.root_id, coalesce(s.parent_id, s.root_id) as parent_id, s.name,
          pg_catalog.count(*) over (partition by s.root_id, coalesce(s.parent_id, s.root_id), s.name) as times
        from pg_temp.standing_topics as s
        where s.retired_at is null
          and coalesce(s.parent_id, s.root_id) in (select f.parent_id from pg_temp.frontier_topics as f)
      )
      update pg_temp.frontier_topics as f
      set id = t.id
      from here as h
      join there as t on t.root_id = h.root_id and t.parent_id = h.parent_id and t.name = h.name
      where h.times = 1
        and t.times = 1
        and f.unit_id = h.unit_id
        and f.row_no = h.row_no;

      -- 5. renamed: same code
      update pg_temp.frontier_topics as f
      set id = s.id
      from pg_temp.standing_topics as s
      where f.id is null
        and s.root_id = f.root_id
        and s.code = f.code
        and s.retired_at is null
        and not exists (select from pg_temp.frontier_topics as taken where taken.id = s.id);

      -- 6. revived: a retired row whose key came back; the same name first, then the latest
      with back as (
        select distinct on (s.id) s.id, s.unit_id, s.row_no
        from (
          select distinct on (f.unit_id, f.row_no) f.unit_id, f.row_no, o.id
          from pg_temp.frontier_topics as f
          join pg_temp.standing_topics as o on o.root_id = f.root_id and o.code = f.code and o.retired_at is not null
          where f.id is null
          order by f.unit_id, f.row_no, (o.name = f.name) desc, o.retired_at desc, o.id
        ) as s
        order by s.id, s.unit_id, s.row_no
      )
      update pg_temp.frontier_topics as f
      set id = b.id
      from back as b
      where f.unit_id = b.unit_id
        and f.row_no = b.row_no;

      -- 7. else new
      update pg_temp.resolving_topics as n
      set id = coalesce(f.id, pg_catalog.gen_random_uuid())
      from pg_temp.frontier_topics as f
      where n.unit_id = f.unit_id
        and n.row_no = f.row_no;

      delete from pg_temp.standing_topics as s
      using pg_temp.frontier_topics as f
      where f.id = s.id;
    end loop;
  end if;

  create temporary table resolved_topics on commit drop as
  select
    n.id,
    n.root_id::uuid as exam_board_subject_id,
    parent.id::uuid as parent_topic_id,
    b.topic_code::text as topic_code,
    b.topic_name::text as topic_name,
    b.topic_level::integer as topic_level,
    b.sort_order::integer as sort_order,
    b.description::text as description,
    b.component_code::text as component_code,
    b.chronological_period::text as chronological_period,
    b.period_start_year::integer as period_start_year,
    b.period_end_year::integer as period_end_year,
    b.geographical_region::text as geographical_region,
    b.key_themes::jsonb as key_themes,
    b.examined::boolean as examined,
    b.tier::text as tier,
    b.study_level::text as study_level,
    b.language::text as language,
    b.option_group::text as option_group
  from pg_temp.resolving_topics as n
  join greenroom_exams.effective_topics as b on b.unit_id = n.unit_id and b.unit_id = any (v_units) and b.row_no = n.row_no
  left join pg_temp.resolving_topics as parent on parent.unit_id = n.unit_id and parent.code = n.parent_code;
  analyze pg_temp.resolved_topics (id);
end
$$;
comment on function greenroom_exams.resolve_topics(integer) is 'Gives every entering row of topics its identity (pg_temp.resolved_topics).';

-- The plan: what differs between resolved and production, on identity, source columns only.
create function greenroom_exams.diff_topics()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_topics();
  insert into pg_temp.plan_topics (op, id, exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  select
    case when p.id is null then 'insert' else 'update' end,
r.id, r.exam_board_subject_id, r.parent_topic_id, r.topic_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from pg_temp.resolved_topics as r
  left join "public".curriculum_topics as p on p.id = r.id
  where p.id is null
    or p.retired_at is not null
    or (p.exam_board_subject_id, p.parent_topic_id, p.topic_code, p.topic_name, p.topic_level, p.sort_order, p.description, p.component_code, p.chronological_period, p.period_start_year, p.period_end_year, p.geographical_region, p.key_themes, p.examined, p.tier, p.study_level, p.language, p.option_group)
      is distinct from (r.exam_board_subject_id, r.parent_topic_id, r.topic_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group);
  insert into pg_temp.plan_topics (op, id, exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  select
    'retire',
p.id, p.exam_board_subject_id, p.parent_topic_id, p.topic_code, p.topic_name, p.topic_level, p.sort_order, p.description, p.component_code, p.chronological_period, p.period_start_year, p.period_end_year, p.geographical_region, p.key_themes, p.examined, p.tier, p.study_level, p.language, p.option_group
  from pg_temp.entering as t
  join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'topics'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_topics as r where p.id = r.id);
  analyze pg_temp.plan_topics (op, id, exam_board_subject_id, topic_code);
end
$$;
comment on function greenroom_exams.diff_topics() is 'Writes pg_temp.plan_topics: exactly what a promotion would do.';

create function greenroom_exams.open_plan_topics()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_topics;
  create temporary table plan_topics (
    op text,
    id uuid,
    exam_board_subject_id uuid,
    parent_topic_id uuid,
    topic_code text,
    topic_name text,
    topic_level integer,
    sort_order integer,
    description text,
    component_code text,
    chronological_period text,
    period_start_year integer,
    period_end_year integer,
    geographical_region text,
    key_themes jsonb,
    examined boolean,
    tier text,
    study_level text,
    language text,
    option_group text,
    retired_at timestamptz,
    stamp_created_at timestamptz,
    stamp_release_id bigint
  ) on commit drop;
end
$$;
comment on function greenroom_exams.open_plan_topics() is 'An empty typed plan for topics.';

-- The changes of the plan in words a person reads, with the row before and after.
create function greenroom_exams.changes_topics()
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    case when pl.op = 'update' and p.retired_at is not null then 'revive' else pl.op end,
    array[pl.id::text],
    pl.exam_board_subject_id,
    pg_catalog.concat_ws(' ', pl.topic_code, pl.topic_name),
    case when pl.op <> 'insert' then (select pg_catalog.to_jsonb(x) from (select p.topic_code, p.topic_name, p.topic_level, p.sort_order, p.description, p.component_code, p.chronological_period, p.period_start_year, p.period_end_year, p.geographical_region, p.key_themes, p.examined, p.tier, p.study_level, p.language, p.option_group, p_parent.topic_code as parent_code) as x) end,
    case when pl.op <> 'retire' then (select pg_catalog.to_jsonb(x) from (select pl.topic_code, pl.topic_name, pl.topic_level, pl.sort_order, pl.description, pl.component_code, pl.chronological_period, pl.period_start_year, pl.period_end_year, pl.geographical_region, pl.key_themes, pl.examined, pl.tier, pl.study_level, pl.language, pl.option_group, coalesce(pl_new.topic_code, pl_parent.topic_code) as parent_code) as x) end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.parent_topic_id is distinct from pl.parent_topic_id then 'parent_topic_id' end,
      case when p.topic_code is distinct from pl.topic_code then 'topic_code' end,
      case when p.topic_name is distinct from pl.topic_name then 'topic_name' end,
      case when p.topic_level is distinct from pl.topic_level then 'topic_level' end,
      case when p.sort_order is distinct from pl.sort_order then 'sort_order' end,
      case when p.description is distinct from pl.description then 'description' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.chronological_period is distinct from pl.chronological_period then 'chronological_period' end,
      case when p.period_start_year is distinct from pl.period_start_year then 'period_start_year' end,
      case when p.period_end_year is distinct from pl.period_end_year then 'period_end_year' end,
      case when p.geographical_region is distinct from pl.geographical_region then 'geographical_region' end,
      case when p.key_themes is distinct from pl.key_themes then 'key_themes' end,
      case when p.examined is distinct from pl.examined then 'examined' end,
      case when p.tier is distinct from pl.tier then 'tier' end,
      case when p.study_level is distinct from pl.study_level then 'study_level' end,
      case when p.language is distinct from pl.language then 'language' end,
      case when p.option_group is distinct from pl.option_group then 'option_group' end
    ], null) end
  from pg_temp.plan_topics as pl
  left join "public".curriculum_topics as p on p.id = pl.id
  left join "public".curriculum_topics as p_parent on p_parent.id = p.parent_topic_id
  left join "public".curriculum_topics as pl_parent on pl_parent.id = pl.parent_topic_id
  left join pg_temp.plan_topics as pl_new on pl_new.id = pl.parent_topic_id and pl_new.op in ('insert', 'update')
  ;
end
$$;
comment on function greenroom_exams.changes_topics() is 'The plan of topics as before and after.';

-- The only writer of "public".curriculum_topics: before-images, park, upsert, retire.
create function greenroom_exams.remember_topics(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, 'topics', array[p.id::text], pg_catalog.to_jsonb(p)
  from pg_temp.plan_topics as pl
  join "public".curriculum_topics as p on p.id = pl.id
  where pl.op in ('update', 'retire')
  order by p.id;
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, 'topics', array[pl.id::text], 'null'
  from pg_temp.plan_topics as pl
  where pl.op = 'restore';
end
$$;
comment on function greenroom_exams.remember_topics(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function greenroom_exams.upsert_topics(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- park: a code that another row of the plan takes must be free at every moment
  update "public".curriculum_topics as p
  set topic_code = 'parked ' || p.id
  from pg_temp.plan_topics as mine
  join pg_temp.plan_topics as taker
    on taker.exam_board_subject_id = mine.exam_board_subject_id
    and taker.op in ('insert', 'update', 'restore')
    and taker.id <> mine.id
  where mine.op in ('update', 'retire')
    and p.id = mine.id
    and p.retired_at is null
    and (
      mine.op = 'retire'
      or mine.retired_at is not null
      or (mine.exam_board_subject_id, mine.topic_code) is distinct from (p.exam_board_subject_id, p.topic_code)
    )
    and taker.topic_code = p.topic_code
    and taker.retired_at is null;

  insert into "public".curriculum_topics (id, exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group, retired_at, created_at, updated_at, release_id)
  select
pl.id, pl.exam_board_subject_id, pl.parent_topic_id, pl.topic_code, pl.topic_name, pl.topic_level, pl.sort_order, pl.description, pl.component_code, pl.chronological_period, pl.period_start_year, pl.period_end_year, pl.geographical_region, pl.key_themes, pl.examined, pl.tier, pl.study_level, pl.language, pl.option_group,
    case when pl.op = 'restore' then pl.retired_at else null end,
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_topics as pl
  where pl.op in ('insert', 'restore');

  update "public".curriculum_topics as p
  set
    exam_board_subject_id = pl.exam_board_subject_id,
    parent_topic_id = pl.parent_topic_id,
    topic_code = pl.topic_code,
    topic_name = pl.topic_name,
    topic_level = pl.topic_level,
    sort_order = pl.sort_order,
    description = pl.description,
    component_code = pl.component_code,
    chronological_period = pl.chronological_period,
    period_start_year = pl.period_start_year,
    period_end_year = pl.period_end_year,
    geographical_region = pl.geographical_region,
    key_themes = pl.key_themes,
    examined = pl.examined,
    tier = pl.tier,
    study_level = pl.study_level,
    language = pl.language,
    option_group = pl.option_group,
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_topics as pl
  where pl.op = 'update'
    and p.id = pl.id;
end
$$;
comment on function greenroom_exams.upsert_topics(bigint) is 'Inserts and updates the plan''s rows of topics.';

create function greenroom_exams.retire_topics(p_release bigint)
returns table (deleted bigint, retired bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_referring record;
begin
  deleted := 0;
  retired := 0;
  if not exists (select from pg_temp.plan_topics as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_topics;
  create temporary table leaving_topics on commit drop as
  select pl.id, false as kept
  from pg_temp.plan_topics as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_topics;

  -- nobody may begin to point at a row while we look who does
  perform 1
  from "public".curriculum_topics as p
  join pg_temp.leaving_topics as l on p.id = l.id
  order by p.id
  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('"public".curriculum_topics'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_topics as l set kept = true where not l.kept and exists (select from "public".curriculum_topics as t join %s as r on %s where t.id = l.id)',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_topics as l set kept = true;
    end if;
  end loop;

  -- a parent stays while one of its children stays
  update pg_temp.leaving_topics as l
  set kept = true
  where not l.kept
    and exists (
      select from "public".curriculum_topics as c
      where c.parent_topic_id = l.id
        and not exists (select from pg_temp.leaving_topics as o where o.id = c.id)
    );
  with recursive up as (
    select p.parent_topic_id as id
    from pg_temp.leaving_topics as l
    join "public".curriculum_topics as p on p.id = l.id
    where l.kept
    union
    select p.parent_topic_id
    from up as u
    join "public".curriculum_topics as p on p.id = u.id
  )
  update pg_temp.leaving_topics as l
  set kept = true
  from up as u
  where l.id = u.id
    and not l.kept;

  delete from "public".curriculum_topics as p
  using pg_temp.leaving_topics as l
  where p.id = l.id
    and not l.kept;
  get diagnostics deleted = row_count;

  update "public".curriculum_topics as p
  set
    topic_code = pl.topic_code,
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_topics as l
  join pg_temp.plan_topics as pl on l.id = pl.id
  where p.id = l.id
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function greenroom_exams.retire_topics(bigint) is 'Deletes what nothing points at, retires the rest.';

-- Rows of topics as people see and name them.
-- A value somebody typed, in the column's own type; null where it cannot be one.
create function greenroom_exams.read_topics(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
begin
  if p_value is null or p_value = 'null' then
    return 'null';
  end if;
  if pg_catalog.jsonb_typeof(p_value) in ('object', 'array') and p_column <> all (array['key_themes']::text[]) then
    return null;
  end if;
  case p_column
  when 'topic_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.topic_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.topic_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as topic_code) as r
      cross join lateral (select r.topic_code as topic_code offset 0) as v
    );
  when 'topic_name' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.topic_name is null then 'null'
        when true then pg_catalog.to_jsonb(v.topic_name::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as topic_name) as r
      cross join lateral (select r.topic_name as topic_name offset 0) as v
    );
  when 'topic_level' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.topic_level is null then 'null'
        when v.topic_level ~ '^\d{1,2}$' and v.topic_level ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.topic_level::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as topic_level) as r
      cross join lateral (select pg_catalog.regexp_replace(r.topic_level, '[.,]0+$', '') as topic_level offset 0) as v
    );
  when 'description' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.description is null then 'null'
        when true then pg_catalog.to_jsonb(v.description::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as description) as r
      cross join lateral (select r.description as description offset 0) as v
    );
  when 'component_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.component_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.component_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as component_code) as r
      cross join lateral (select r.component_code as component_code offset 0) as v
    );
  when 'chronological_period' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.chronological_period is null then 'null'
        when true then pg_catalog.to_jsonb(v.chronological_period::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as chronological_period) as r
      cross join lateral (select r.chronological_period as chronological_period offset 0) as v
    );
  when 'period_start_year' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.period_start_year is null then 'null'
        when v.period_start_year ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.period_start_year::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as period_start_year) as r
      cross join lateral (select pg_catalog.regexp_replace(r.period_start_year, '[.,]0+$', '') as period_start_year offset 0) as v
    );
  when 'period_end_year' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.period_end_year is null then 'null'
        when v.period_end_year ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.period_end_year::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as period_end_year) as r
      cross join lateral (select pg_catalog.regexp_replace(r.period_end_year, '[.,]0+$', '') as period_end_year offset 0) as v
    );
  when 'geographical_region' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.geographical_region is null then 'null'
        when true then pg_catalog.to_jsonb(v.geographical_region::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as geographical_region) as r
      cross join lateral (select r.geographical_region as geographical_region offset 0) as v
    );
  when 'key_themes' then
    return p_value;
  when 'examined' then
    return (
      select case
        when r.examined is null then 'null'
        when v.examined ~ '^(true|false|t|f|1|0|oui|non)$' then pg_catalog.to_jsonb(v.examined::boolean)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as examined) as r
      cross join lateral (select case pg_catalog.lower(r.examined) when 'oui' then 'true' when 'non' then 'false' else pg_catalog.lower(r.examined) end as examined offset 0) as v
    );
  when 'tier' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.tier is null then 'null'
        when true then pg_catalog.to_jsonb(v.tier::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as tier) as r
      cross join lateral (select r.tier as tier offset 0) as v
    );
  when 'study_level' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.study_level is null then 'null'
        when true then pg_catalog.to_jsonb(v.study_level::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as study_level) as r
      cross join lateral (select r.study_level as study_level offset 0) as v
    );
  when 'language' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.language is null then 'null'
        when true then pg_catalog.to_jsonb(v.language::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as language) as r
      cross join lateral (select r.language as language offset 0) as v
    );
  when 'option_group' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.option_group is null then 'null'
        when true then pg_catalog.to_jsonb(v.option_group::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as option_group) as r
      cross join lateral (select r.option_group as option_group offset 0) as v
    );
  else
    return null;
  end case;
end
$$;
comment on function greenroom_exams.read_topics(text, jsonb) is 'A value of topics as its column holds it; null = it cannot.';

-- The rows of a unit as people see them: what the source said, what edits made of it, what they took away.
create function greenroom_exams.rows_topics(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
returns table (ref text, row_no integer, state text, label text, parent_ref text, "position" text, "values" jsonb, source jsonb, edited jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with whole as materialized (
    select u.scope_id, u.key from greenroom.unit as u where u.id = p_unit
  ), cell as materialized (
    select e.row_ref, pg_catalog.jsonb_object_agg(coalesce(e.column_name, e.action), e.id) as edited
    from greenroom.edit as e
    join whole as w on e.scope_id = w.scope_id and e.dataset = 'topics' and e.unit_key = w.key
    where e.state in ('in force', 'conflict')
      and e.agrees_unit is distinct from p_unit
    group by e.row_ref
  ), side as materialized (
    select
      coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref,
      b.row_no,
      'source' as state,
      pg_catalog.concat_ws(' ', b.topic_code, b.topic_name) as label,
      b.row_key, b.parent_row_key, b.position,
      (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x) as "values",
      null::jsonb as source
    from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
      and not exists (select from greenroom.edited_topics as x where x.unit_id = p_unit and x.row_no = b.row_no)
      and (p_rows is null or b.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)))
      and (p_keys is null or coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', b.topic_code, b.topic_name) = any (p_keys))
    union all
    select
      coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)),
      e.row_no,
      case when e.is_gone then 'deleted' when e.row_no < 0 then 'added' else 'edited' end,
      pg_catalog.concat_ws(' ', e.topic_code, e.topic_name),
      e.row_key, e.parent_row_key, e.position,
      (select pg_catalog.to_jsonb(x) from (select e.topic_code, e.parent_code, e.topic_name, e.topic_level, e.sort_order, e.description, e.component_code, e.chronological_period, e.period_start_year, e.period_end_year, e.geographical_region, e.key_themes, e.examined, e.tier, e.study_level, e.language, e.option_group) as x),
      case when b.row_no is not null then (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x) end
    from greenroom.edited_topics as e
    left join greenroom.batch_topics as b on b.unit_id = e.unit_id and b.row_no = e.row_no
    left join greenroom.lineage as owned on owned.unit_id = e.unit_id and owned.row_no = e.row_no
    where e.unit_id = p_unit
      and (p_rows is null or e.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)))
      and (p_keys is null or coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', e.topic_code, e.topic_name) = any (p_keys))
  )
  select s.ref, s.row_no, s.state, s.label, parent.ref, s.position, s."values", s.source, coalesce(c.edited, '{}')
  from side as s
  left join side as parent on parent.row_key = s.parent_row_key
  left join cell as c on c.row_ref = s.ref
$$;
comment on function greenroom_exams.rows_topics(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named by ref, number or key, with what edits did to them; deleted ones too.';

-- The tree of a unit: as the source has it and as edits make it. Parents are named by the rows they are, not by codes.
create function greenroom_exams.nodes_topics(p_unit bigint)
returns table (
  ref text, row_no integer, row_key text, is_added boolean, is_gone boolean,
  was_code text, was_parent text, was_level integer, was_place integer, was_rank bigint,
  code text, parent text, level integer, place integer
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with recursive cell as materialized (
    select e.id, e.row_ref as ref, e.action, e.column_name, e.value
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_key = u.key
    where e.state = 'in force'
  ), source as materialized (
    select
      l.id::text as ref, b.row_no, b.row_key, b.topic_code as code, b.topic_level as level,
      b.sort_order as place, o.ref as parent
    from greenroom.batch_topics as b
    join greenroom.lineage as l on l.unit_id = b.unit_id and l.row_no = b.row_no
    left join (
      select pl.id::text as ref, p.row_key
      from greenroom.batch_topics as p
      join greenroom.lineage as pl on pl.unit_id = p.unit_id and pl.row_no = p.row_no
      where p.unit_id = p_unit
    ) as o on o.row_key = b.parent_row_key
    where b.unit_id = p_unit
  ), node as materialized (
    select s.ref, s.row_no, s.row_key, false as is_added, s.code, s.level, s.place, s.parent,
      pg_catalog.row_number() over (partition by s.parent order by s.place, s.row_no) as rank
    from source as s
    union all
    select c.ref, null, c.ref, true, c.value ->> 'topic_code', null, null, c.value ->> 'parent_code', null
    from cell as c
    where c.action = 'add'
      and not exists (select from source as s where s.ref = c.ref)
  ), shaped as materialized (
    select
      n.*,
      exists (select from cell as c where c.ref = n.ref and c.action = 'delete') as is_gone,
      coalesce(own.code, n.code) as now_code,
      case when own.has_parent then own.parent else n.parent end as now_parent,
      own.level as set_level,
      own.since,
      n.is_added or own.has_parent as is_moved
    from node as n
    left join (
      select
        c.ref,
        pg_catalog.max(c.value #>> '{}') filter (where c.column_name = 'topic_code') as code,
        pg_catalog.bool_or(c.action = 'parent') as has_parent,
        pg_catalog.max(c.id) filter (where c.action in ('parent', 'add')) as since,
        pg_catalog.max(c.value #>> '{}') filter (where c.action = 'parent') as parent,
        pg_catalog.max((c.value #>> '{}')::integer) filter (where c.column_name = 'topic_level') as level
      from cell as c
      group by c.ref
    ) as own on own.ref = n.ref
  ), top as materialized (
    select coalesce(pg_catalog.min(s.level), 0) as level from source as s where s.parent is null
  ), walked as (
    -- a row that was moved stands one below its parent, and what hangs on it goes with it
    select s.ref, coalesce(s.set_level, case when s.is_moved then t.level else s.level end) as level,
      case when s.is_moved then t.level - s.level else 0 end as shift, 1 as depth
    from shaped as s
    cross join top as t
    where s.now_parent is null
    union all
    select s.ref,
      coalesce(s.set_level, case when s.is_moved then w.level + 1 else s.level + w.shift end),
      case when s.is_moved then coalesce(w.level + 1 - s.level, 0) else w.shift end,
      w.depth + 1
    from walked as w
    join shaped as s on s.now_parent = w.ref
    where w.depth < 60
  ), listed as materialized (
    select nullif(c.ref, 'root') as parent, x.ref, x.n
    from cell as c
    cross join lateral pg_catalog.jsonb_array_elements_text(c.value) with ordinality as x (ref, n)
    where c.action = 'order'
  ), ordered as materialized (
    select distinct nullif(c.ref, 'root') as parent from cell as c where c.action = 'order'
  ), busy as materialized (
    -- where something was put: elsewhere every row keeps its place, and need not be ranked
    select coalesce(o.parent, 'root') as parent from ordered as o
    union
    select coalesce(s.now_parent, 'root') from shaped as s where s.is_moved
  ), sibling as materialized (
    select
      s.ref,
      s.now_parent as parent,
      case when s.now_parent is not distinct from s.parent then s.rank end as rank,
      s.place,
      s.is_moved,
      s.since,
      l.n
    from shaped as s
    left join listed as l on l.parent is not distinct from s.now_parent and l.ref = s.ref
    where not s.is_gone
      and coalesce(s.now_parent, 'root') in (select b.parent from busy as b)
  ), run as materialized (
    -- a row that the list does not know stands behind the one that it follows in the source
    select s.*, pg_catalog.count(s.n) over (partition by s.parent order by s.rank nulls last, s.since, s.ref) as part
    from sibling as s
  ), ranked as materialized (
    select
      r.ref,
      case
        when exists (select from ordered as o where o.parent is not distinct from r.parent)
        then pg_catalog.row_number() over (
          partition by r.parent
          order by coalesce(r.n, case when r.rank is null then 1000000 else r.known end, 0), r.n is null, r.rank nulls last, r.since, r.ref
        ) - 1 + coalesce(r.least, 1)
        when r.is_moved and r.rank is null
        then coalesce(r.most, 0) + pg_catalog.row_number() over (partition by r.parent, r.rank is null order by r.since, r.ref)
        else r.place
      end as place
    from (
      select
        r.*,
        pg_catalog.max(r.n) over (partition by r.parent, r.part) as known,
        pg_catalog.min(r.place) over (partition by r.parent) as least,
        pg_catalog.max(r.place) filter (where r.rank is not null) over (partition by r.parent) as most
      from run as r
    ) as r
  )
  select
    s.ref, s.row_no, s.row_key, s.is_added, s.is_gone,
    s.code, s.parent, s.level, s.place, s.rank,
    s.now_code, s.now_parent, coalesce(w.level, s.set_level, s.level), coalesce(r.place, s.place)::integer
  from shaped as s
  left join (select distinct on (w.ref) w.ref, w.level from walked as w order by w.ref, w.depth) as w on w.ref = s.ref
  left join ranked as r on r.ref = s.ref
$$;
comment on function greenroom_exams.nodes_topics(bigint) is 'The rows of a unit''s tree, as sealed (was_…) and as edits make them.';


-- Every row of a unit that is edited has the id that goes with it: production's, or the one it will get.
create function greenroom_exams.trace_topics(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_scope integer;
begin
  if not exists (
    select
    from greenroom.batch_topics as b
    where b.unit_id = p_unit
      and not exists (select from greenroom.lineage as l where l.unit_id = p_unit and l.row_no = b.row_no)
  ) then
    return;
  end if;
  select u.scope_id into strict v_scope from greenroom.unit as u where u.id = p_unit;
  perform greenroom_exams.plan(v_scope, array[p_unit]);
  insert into greenroom.lineage (unit_id, row_no, id)
  select r.unit_id, r.row_no, r.id
  from pg_temp.resolving_topics as r
  on conflict do nothing;
  -- no production row of its own: a new one, or a second of the same key
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, pg_catalog.gen_random_uuid()
  from greenroom.batch_topics as b
  where b.unit_id = p_unit
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.trace_topics(bigint) is 'Gives each sealed row of a unit the id that goes with it.';

-- The rows of one edition in the next: what edits follow.
create function greenroom_exams.follow_topics(p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set enable_nestloop = off
set jit = off
as $$
begin
  perform greenroom.refuse_foreign_temp(array['edition_was', 'edition_now', 'edition_met']);
  drop table if exists pg_temp.edition_was, pg_temp.edition_now, pg_temp.edition_met;
  create temporary table edition_was on commit drop as
  with recursive node as materialized (
    select b.row_no, b.row_key, b.parent_row_key, b.topic_code as code, greenroom.fold(b.topic_name) as name
    from greenroom.batch_topics as b
    where b.unit_id = p_from
  ), walked as (
    select n.row_no, n.row_key, n.name as path, 1 as depth
    from node as n
    where n.parent_row_key is null
    union all
    select n.row_no, n.row_key, w.path || e'\n' || n.name, w.depth + 1
    from walked as w
    join node as n on n.parent_row_key = w.row_key
    where w.depth < 50
  )
  select
    n.row_no,
    n.code,
    n.name,
    w.path,
    pg_catalog.count(*) over (partition by n.name) as named,
    pg_catalog.count(*) over (partition by w.path) as placed,
    pg_catalog.count(*) over (partition by n.code) as coded,
    l.id
  from node as n
  left join (select distinct on (w.row_no) w.row_no, w.path from walked as w order by w.row_no) as w on w.row_no = n.row_no
  join greenroom.lineage as l on l.unit_id = p_from and l.row_no = n.row_no
  where n.name <> '';
  create temporary table edition_now on commit drop as
  with recursive node as materialized (
    select b.row_no, b.row_key, b.parent_row_key, b.topic_code as code, greenroom.fold(b.topic_name) as name
    from greenroom.batch_topics as b
    where b.unit_id = p_to
  ), walked as (
    select n.row_no, n.row_key, n.name as path, 1 as depth
    from node as n
    where n.parent_row_key is null
    union all
    select n.row_no, n.row_key, w.path || e'\n' || n.name, w.depth + 1
    from walked as w
    join node as n on n.parent_row_key = w.row_key
    where w.depth < 50
  )
  select
    n.row_no,
    n.code,
    n.name,
    w.path,
    pg_catalog.count(*) over (partition by n.name) as named,
    pg_catalog.count(*) over (partition by w.path) as placed,
    pg_catalog.count(*) over (partition by n.code) as coded
  from node as n
  left join (select distinct on (w.row_no) w.row_no, w.path from walked as w order by w.row_no) as w on w.row_no = n.row_no

  where n.name <> '';
  create temporary table edition_met (row_no integer primary key, id uuid unique, was integer unique) on commit drop;
  -- 1. the same code, name and place; 2. the same place among names; 3. a name that stands once in either edition;
  -- 4. the same code and name; 5. renamed: the same code, and neither name stands in the other edition
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.code = w.code and n.path = w.path and n.coded = 1 and w.coded = 1
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.path = w.path and n.placed = 1 and w.placed = 1
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.name = w.name and n.named = 1 and w.named = 1
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.code = w.code and n.name = w.name and n.coded = 1 and w.coded = 1
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.code = w.code and n.coded = 1 and w.coded = 1 and not exists (select from pg_temp.edition_now as o where o.name = w.name) and not exists (select from pg_temp.edition_was as o where o.name = n.name)
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_to, m.row_no, m.id
  from pg_temp.edition_met as m
  on conflict do nothing;
  -- rows that people added and the source has now: by code and name, else by name where it stands once
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, n.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  join pg_temp.edition_now as n
    on n.name = greenroom.fold(e.value ->> 'topic_name')
    and (n.code = e.value ->> 'topic_code' or n.named = 1)
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = n.row_no)
  order by e.row_ref, (n.code = e.value ->> 'topic_code') desc, n.row_no
  on conflict do nothing;
  -- the same code alone, where its name is no other row's of before
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, n.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  join pg_temp.edition_now as n on n.code = e.value ->> 'topic_code'
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and (l.row_no = n.row_no or l.id = e.row_ref::uuid))
  order by e.row_ref, n.row_no
  on conflict do nothing;
  drop table pg_temp.edition_was, pg_temp.edition_now, pg_temp.edition_met;
end
$$;
comment on function greenroom_exams.follow_topics(bigint, bigint) is 'Gives rows of the next edition the ids of the rows they continue.';

-- The hash and count of a unit's effective rows; what was decided on another hash no longer counts.
create function greenroom_exams.rehash_topics(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_rows bigint;
  v_hash text;
  v_edited boolean;
begin
  v_edited := exists (select from greenroom.edited_topics as e where e.unit_id = p_unit);
  if v_edited then
    select pg_catalog.count(*), pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes), 0) # case when pg_catalog.num_nonnulls(b.examined, b.tier, b.study_level, b.language, b.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(b.examined, b.tier, b.study_level, b.language, b.option_group), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes), 1) # case when pg_catalog.num_nonnulls(b.examined, b.tier, b.study_level, b.language, b.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(b.examined, b.tier, b.study_level, b.language, b.option_group), 3) end, 1)), 0))
    into v_rows, v_hash
    from greenroom_exams.effective_topics as b
    where b.unit_id = p_unit;
    if v_rows = 0 and pg_catalog.current_setting('greenroom.carrying', true) = 'on' then
      -- an edition is not refused for what people took away of others: somebody looks at it
      delete from greenroom.edited_topics as e where e.unit_id = p_unit;
      insert into greenroom.finding (unit_id, check_name, severity, message, found_by)
      values (p_unit, 'nothing_left', 'error', 'corrections take away all that this edition holds: none of them is applied', 'parser');
      v_edited := false;
    elsif v_rows = 0 then
      perform greenroom.refuse('that would leave nothing of it', '[]', 'to take a whole subject or period away, hide it: greenroom live TARGET off');
    end if;
  end if;
  update greenroom.unit as u
  set
    sealed_hash = coalesce(u.sealed_hash, u.hash),
    sealed_rows = coalesce(u.sealed_rows, u.row_count),
    hash = case when v_edited then v_hash else coalesce(u.sealed_hash, u.hash) end,
    row_count = case when v_edited then v_rows else coalesce(u.sealed_rows, u.row_count) end,
    keys_are_unique = u.keys_are_unique and not v_edited,
    texts_are_sound = u.texts_are_sound and not v_edited
  where u.id = p_unit;
end
$$;
comment on function greenroom_exams.rehash_topics(bigint) is 'Counts and hashes the effective rows of a unit.';

-- Some rows of which only cells changed: the rest of the overlay, and the tree, stay as they are.
create function greenroom_exams.patch_topics(p_unit bigint, p_refs text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  insert into greenroom.edited_topics as e (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  with patch as materialized (
    select
      x.ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added
    from greenroom.unit as u
    cross join pg_catalog.unnest(p_refs) as x (ref)
    left join greenroom.edit as e on e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key and e.row_ref = x.ref and e.state = 'in force'
    where u.id = p_unit
    group by x.ref
  )
  select p_unit, b.row_no, false, b.row_key, coalesce(e.parent_row_key, b.parent_row_key), b.position, b.derived, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from patch as p
  join greenroom.lineage as own on own.unit_id = p_unit and own.id = p.ref::uuid
  join greenroom.batch_topics as b on b.unit_id = p_unit and b.row_no = own.row_no
  left join greenroom.edited_topics as e on e.unit_id = p_unit and e.row_no = b.row_no
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells || case when e.row_no is null then '{}' else pg_catalog.jsonb_build_object(
    'topic_code', e.topic_code,
    'parent_code', e.parent_code,
    'topic_level', e.topic_level,
    'sort_order', e.sort_order
  ) end) as r
  union all
  select p_unit, e.row_no, false, e.row_key, e.parent_row_key, e.position, e.derived, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from patch as p
  join greenroom.edited_topics as e on e.unit_id = p_unit and e.row_no < 0 and e.row_key = p.ref
  cross join lateral pg_catalog.jsonb_populate_record(e, (p.added - array['topic_code', 'parent_code', 'topic_level', 'sort_order']::text[]) || p.cells) as r
  where p.added is not null
  on conflict (unit_id, row_no) do update
  set topic_code = excluded.topic_code, parent_code = excluded.parent_code, topic_name = excluded.topic_name, topic_level = excluded.topic_level, sort_order = excluded.sort_order, description = excluded.description, component_code = excluded.component_code, chronological_period = excluded.chronological_period, period_start_year = excluded.period_start_year, period_end_year = excluded.period_end_year, geographical_region = excluded.geographical_region, key_themes = excluded.key_themes, examined = excluded.examined, tier = excluded.tier, study_level = excluded.study_level, language = excluded.language, option_group = excluded.option_group;
  -- what says the same as its source again is not edited
  delete from greenroom.edited_topics as e
  using greenroom.batch_topics as b
  where e.unit_id = p_unit
    and b.unit_id = p_unit
    and b.row_no = e.row_no
    and not e.is_gone
    and (select pg_catalog.to_jsonb(x) from (select e.topic_code, e.parent_code, e.topic_name, e.topic_level, e.sort_order, e.description, e.component_code, e.chronological_period, e.period_start_year, e.period_end_year, e.geographical_region, e.key_themes, e.examined, e.tier, e.study_level, e.language, e.option_group) as x) is not distinct from (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x)
    and e.parent_row_key is not distinct from b.parent_row_key;
  perform greenroom_exams.rehash_topics(p_unit);
end
$$;
comment on function greenroom_exams.patch_topics(bigint, text[]) is 'Puts cells in force over some rows of a unit.';

-- Writes the effective rows of a pending unit, its hash and count.
create function greenroom_exams.overlay_topics(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  delete from greenroom.edited_topics as e where e.unit_id = p_unit;
  insert into greenroom.edited_topics (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  with patch as materialized (
    select
      e.row_ref as ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      pg_catalog.bool_or(e.action = 'delete') as is_gone,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added,
      pg_catalog.max(e.edited_by) filter (where e.action = 'add') as added_by
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.state = 'in force'
    group by e.row_ref
  ), tree as materialized (
    select n.* from greenroom_exams.nodes_topics(p_unit) as n
  ), node as materialized (
    select n.*, o.code as parent_code, o.row_key as parent_row_key, n.parent is distinct from n.was_parent as is_moved
    from tree as n
    left join tree as o on o.ref = n.parent
  )
  select
    p_unit, b.row_no, n.is_gone, n.row_key, case when n.parent is null and not n.is_moved then b.parent_row_key else coalesce(n.parent_row_key, n.parent) end, b.position, b.derived, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from node as n
  join greenroom.batch_topics as b on b.unit_id = p_unit and b.row_no = n.row_no
  left join patch as p on p.ref = n.ref
  cross join lateral pg_catalog.jsonb_populate_record(b, coalesce(p.cells, '{}') || pg_catalog.jsonb_build_object(
    'topic_code', n.code,
    'parent_code', case when n.parent is null and not n.is_moved then b.parent_code when n.parent is null then null else coalesce(n.parent_code, b.parent_code, n.parent) end,
    'topic_level', n.level,
    'sort_order', n.place
  )) as r
  where (n.is_gone or n.is_moved or (select pg_catalog.to_jsonb(x) from (select r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group) as x) is distinct from (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x))
    -- says nothing more, but is known before a record is made: of a whole tree that takes longest
    and (
      n.is_gone
      or n.is_moved
      or p.ref is not null
      or n.code is distinct from b.topic_code
      or case when n.parent is null and not n.is_moved then b.parent_code when n.parent is null then null else coalesce(n.parent_code, b.parent_code, n.parent) end is distinct from b.parent_code
      or n.level is distinct from b.topic_level
      or n.place is distinct from b.sort_order
    )
  union all
  select
    p_unit, -pg_catalog.row_number() over (order by n.ref)::integer, n.is_gone, n.row_key, coalesce(n.parent_row_key, n.parent), 'added by ' || p.added_by, null, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from node as n
  join patch as p on p.ref = n.ref
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_topics, (p.added - 'parent_code') || p.cells || pg_catalog.jsonb_build_object(
    'topic_code', n.code,
    'parent_code', coalesce(n.parent_code, n.parent),
    'topic_level', n.level,
    'sort_order', n.place
  )) as r
  where n.is_added;
  -- rows that people added keep their id from one writing to the next
  delete from greenroom.lineage as l where l.unit_id = p_unit and l.row_no < 0;
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_unit, e.row_no, e.row_key::uuid
  from greenroom.edited_topics as e
  where e.unit_id = p_unit
    and e.row_no < 0;
  perform greenroom_exams.rehash_topics(p_unit);
end
$$;
comment on function greenroom_exams.overlay_topics(bigint) is 'Puts the edits in force over a sealed unit.';


-- Compares the edits of a unit with what its source says now: they stay, retire themselves, or are in conflict.
create function greenroom_exams.rebase_topics(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  with whole as materialized (
    select u.* from greenroom.unit as u where u.id = p_unit
  ), mine as materialized (
    select e.*
    from greenroom.edit as e
    join whole as u on e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ), source as materialized (
    select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref, (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x) as "values"
    from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
  ), said as materialized (
    select
      m.id,
      m.action,
      m.base,
      m.value,
      s.ref is not null as is_there,
      exists (select from mine as a where a.row_ref = m.row_ref and a.action = 'add') as is_ours,
      coalesce((
        select pg_catalog.jsonb_object_agg(c.column_name, c.value) from mine as c where c.row_ref = m.row_ref and c.action = 'set'
      ), '{}') as cells,
      case m.action
        when 'set' then s."values" -> m.column_name
        when 'delete' then s."values"
        when 'add' then s."values"
        when 'parent' then coalesce(pg_catalog.to_jsonb(n.was_parent), 'null')
        when 'order' then coalesce((
          select pg_catalog.jsonb_agg(k.ref order by k.was_rank)
          from greenroom_exams.nodes_topics(p_unit) as k
          where k.was_rank is not null
            and k.was_parent is not distinct from nullif(m.row_ref, 'root')
        ), '[]')
      end as says
    from mine as m
    left join source as s on s.ref = m.row_ref
    left join greenroom_exams.nodes_topics(p_unit) as n on n.ref = m.row_ref and not n.is_added and m.action = 'parent'
  ), judged as (
    select
      s.id,
      s.says,
      s.is_there or s.action = 'order' as is_met,
      case
        when s.action = 'add' then case
          when not s.is_there then 'in force'
          when not exists (
            select
            from pg_catalog.jsonb_each((s.value - array['topic_code', 'parent_code', 'topic_level', 'sort_order']::text[]) || s.cells) as v
            where v.value is distinct from s.says -> v.key
          ) then 'adopted'
          else 'conflict'
        end
        when s.action = 'order' then case
          when greenroom.kept_order(s.says, s.base) = greenroom.kept_order(s.base, s.says) then 'in force'
          when greenroom.kept_order(s.says, s.value) = greenroom.kept_order(s.value, s.says) then 'adopted'
          else 'conflict'
        end
        when not s.is_there and s.is_ours then 'in force'
        when not s.is_there and not (select u.complete from whole as u) then null
        when not s.is_there then case when s.action = 'delete' then 'adopted' else 'conflict' end
        when s.action = 'delete' then case when s.says - array['topic_code', 'parent_code', 'topic_level', 'sort_order']::text[] = s.base - array['topic_code', 'parent_code', 'topic_level', 'sort_order']::text[] then 'in force' else 'conflict' end
        when s.says = s.base then 'in force'
        when s.says = s.value then 'adopted'
        else 'conflict'
      end as state
    from said as s
  )
  update greenroom.edit as e
  set
    -- it retires when what its source says is published, not before: an edition may be rejected
    state = case j.state when 'adopted' then 'in force' else j.state end,
    agrees_unit = case when j.state = 'adopted' then p_unit end,
    theirs = case when j.state = 'conflict' then j.says end,
    -- where its row was met last: the next edition is followed from there
    unit_id = case when (select u.complete from whole as u) and j.is_met then p_unit else e.unit_id end
  from judged as j
  where e.id = j.id
    and j.state is not null;
end
$$;
comment on function greenroom_exams.rebase_topics(bigint) is 'Sets edits in force or in conflict, by what the source says now, and notes where it agrees.';

-- Rows copied from production say what edits made of them: what the source said is put back under the edits.
create function greenroom_exams.unapply_topics(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  if not exists (
    select
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- rows that people took away
  with gone as (
    select
      e.row_ref, e.base,
      (select pg_catalog.max(b.row_no) from greenroom.batch_topics as b where b.unit_id = p_unit) + pg_catalog.row_number() over (order by e.id) as row_no
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.action = 'delete'
      and e.state in ('in force', 'conflict')
      and e.row_ref not in (
        select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
        from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
        where b.unit_id = p_unit
      )
  ), traced as (
    insert into greenroom.lineage (unit_id, row_no, id)
    select p_unit, g.row_no, g.row_ref::uuid from gone as g
  )
  insert into greenroom.batch_topics (unit_id, row_no, row_key, parent_row_key, position, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  select p_unit, g.row_no, g.row_ref, (select o.row_key from greenroom.batch_topics as o where o.unit_id = p_unit and o.topic_code = r.parent_code order by o.row_no limit 1), 'as published', r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from gone as g
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_topics, g.base) as r;
  update greenroom.batch_topics as b
  set topic_code = r.topic_code, parent_code = r.parent_code, topic_name = r.topic_name, topic_level = r.topic_level, sort_order = r.sort_order, description = r.description, component_code = r.component_code, chronological_period = r.chronological_period, period_start_year = r.period_start_year, period_end_year = r.period_end_year, geographical_region = r.geographical_region, key_themes = r.key_themes, examined = r.examined, tier = r.tier, study_level = r.study_level, language = r.language, option_group = r.option_group,
    parent_row_key = r.parent_row_key
  from (
    select b.row_no, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group, case when p.has_parent then o.row_key else b.parent_row_key end as parent_row_key
    from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join (
      select
        e.row_ref,
        coalesce(pg_catalog.jsonb_object_agg(e.column_name, coalesce(e.theirs, e.base)) filter (where e.action = 'set' and e.base is not null), '{}') as cells,
        pg_catalog.bool_or(e.action = 'parent') as has_parent,
        pg_catalog.max(e.base #>> '{}') filter (where e.action = 'parent') as parent
      from greenroom.edit as e
      join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
      where e.state in ('in force', 'conflict')
      group by e.row_ref
    ) as p on p.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
    left join greenroom.batch_topics as o on o.unit_id = b.unit_id and o.row_key = p.parent
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells || case when p.has_parent then pg_catalog.jsonb_build_object('parent_code', o.topic_code) else '{}' end) as r
    where b.unit_id = p_unit
  ) as r
  where b.unit_id = p_unit
    and b.row_no = r.row_no;
  -- how deep a row stood, and where, no edit of another row says: the last batch that held it before does
  with recursive cell as materialized (
    select e.row_ref, e.action, e.base, e.value
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.action in ('parent', 'order')
      and e.state in ('in force', 'conflict')
  ), below as (
    select b.row_no, b.row_key
    from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join cell as c on c.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) and c.action = 'parent'
    where b.unit_id = p_unit
    union
    select b.row_no, b.row_key
    from below as a
    join greenroom.batch_topics as b on b.unit_id = p_unit and b.parent_row_key = a.row_key
  ), placed as materialized (
    select a.row_no from below as a
    union
    select b.row_no
    from cell as c
    cross join lateral pg_catalog.jsonb_array_elements_text(c.base || c.value) as x (ref)
    join greenroom.batch_topics as b on b.unit_id = p_unit
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where c.action = 'order'
      and coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = x.ref
  ), known as (
    select distinct on (p.row_no) p.row_no, w.topic_level, w.sort_order
    from placed as p
    join greenroom.lineage as own on own.unit_id = p_unit and own.row_no = p.row_no
    join greenroom.unit as u on u.id = p_unit
    join greenroom.unit as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.key = u.key and o.id < u.id
    join greenroom.lineage as l on l.unit_id = o.id and l.id = own.id
    join greenroom.batch_topics as w on w.unit_id = l.unit_id and w.row_no = l.row_no
    order by p.row_no, o.id desc
  )
  update greenroom.batch_topics as b
  set topic_level = k.topic_level, sort_order = k.sort_order
  from known as k
  where b.unit_id = p_unit
    and b.row_no = k.row_no;
  -- rows that only people know
  delete from greenroom.batch_topics as b
  using (
    select b.row_no
    from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join greenroom.edit as e on e.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) and e.action = 'add' and e.state in ('in force', 'conflict')
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where b.unit_id = p_unit
  ) as a
  where b.unit_id = p_unit
    and b.row_no = a.row_no;
  delete from greenroom.lineage as l
  where l.unit_id = p_unit
    and not exists (select from greenroom.batch_topics as b where b.unit_id = p_unit and b.row_no = l.row_no);
end
$$;
comment on function greenroom_exams.unapply_topics(bigint) is 'Puts what the source said under the edits of rows copied from production.';

-- Published rows of a unit as a new unit that waits, to be corrected.
create function greenroom_exams.reopen_topics(p_scope integer, p_key text[], p_by text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_published greenroom.published;
  v_unit greenroom.unit;
  v_batch bigint;
  v_new bigint;
  v_rows bigint;
  v_hash text;
begin
  select p.* into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = 'topics' and p.key = p_key and p.row_count > 0;
  if v_published.scope_id is null then
    return null;
  end if;
  select u.* into v_unit from greenroom.unit as u where u.id = v_published.unit_id;
  insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count)
  select p_scope, 'edit', coalesce(b.source, 'production'), b.snapshot, b.parser, 0, 0
  from (select) as x
  left join greenroom.batch as b on b.id = v_unit.batch_id
  returning id into v_batch;
  -- a part holds some of what is published, and what was changed by hand stands in no batch: then production is copied
  if v_unit.complete and v_unit.hash = v_published.hash then
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash, keys_are_unique, texts_are_sound)
    values (v_batch, p_scope, 'topics', p_key, true, coalesce(v_unit.sealed_rows, v_unit.row_count), v_unit.quarantined_count, coalesce(v_unit.sealed_hash, v_unit.hash), v_unit.keys_are_unique, v_unit.texts_are_sound)
    returning id into v_new;
    insert into greenroom.batch_topics (unit_id, row_no, row_key, parent_row_key, position, derived, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
    select v_new, b.row_no, b.row_key, b.parent_row_key, b.position, b.derived, b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group
    from greenroom.batch_topics as b
    where b.unit_id = v_unit.id;
    get diagnostics v_rows = row_count;
    -- what its parser said of it is as true as it was
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)
    select v_new, f.check_name, f.severity, f.message, f.row_key, f.position, f.found_by
    from greenroom.finding as f
    where f.unit_id = v_unit.id
      and f.found_by = 'parser'
      and f.check_name <> 'unproven_parser';
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, l.row_no, l.id
    from greenroom.lineage as l
    where l.unit_id = v_unit.id
      and l.row_no > 0;
  else
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
    values (v_batch, p_scope, 'topics', p_key, true, v_published.row_count, '')
    returning id into v_new;
    insert into greenroom.batch_topics (unit_id, row_no, row_key, parent_row_key, position, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
    select
      v_new,
      pg_catalog.row_number() over (order by p.id)::integer,
      p.id::text,
      p.parent_topic_id::text,
      'as published',
      p.topic_code::text,
      parent.topic_code,
      p.topic_name::text,
      p.topic_level::integer,
      p.sort_order::integer,
      p.description::text,
      p.component_code::text,
      p.chronological_period::text,
      p.period_start_year::integer,
      p.period_end_year::integer,
      p.geographical_region::text,
      p.key_themes::jsonb,
      p.examined::boolean,
      p.tier::text,
      p.study_level::text,
      p.language::text,
      p.option_group::text
    from (select v_published.root_id as root_id, p_key as key) as t
    join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
    left join "public".curriculum_topics as parent on parent.id = p.parent_topic_id
    ;
    get diagnostics v_rows = row_count;
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, b.row_no, b.row_key::uuid
    from greenroom.batch_topics as b
    where b.unit_id = v_new;
    perform greenroom_exams.unapply_topics(v_new);
    select pg_catalog.count(*) into v_rows from greenroom.batch_topics as b where b.unit_id = v_new;
    select pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes), 0) # case when pg_catalog.num_nonnulls(b.examined, b.tier, b.study_level, b.language, b.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(b.examined, b.tier, b.study_level, b.language, b.option_group), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes), 1) # case when pg_catalog.num_nonnulls(b.examined, b.tier, b.study_level, b.language, b.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(b.examined, b.tier, b.study_level, b.language, b.option_group), 3) end, 1)), 0)) into v_hash from greenroom.batch_topics as b where b.unit_id = v_new;
    update greenroom.unit as u set hash = v_hash, row_count = v_rows where u.id = v_new;
  end if;
  update greenroom.batch as b set read_count = v_rows, staged_count = v_rows where b.id = v_batch;
  return v_new;
end
$$;
comment on function greenroom_exams.reopen_topics(integer, text[], text) is 'Published rows of a unit as a pending unit; null where nothing is published.';


-- One gesture on a pending unit: every change of it, or none.
create function greenroom_exams.change_topics(p_unit bigint, p_changes jsonb, p_by text, p_reason text, p_gesture uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_change jsonb;
  v_ref text;
  v_row record;
  v_value jsonb;
  v_column text;
  v_refs text[] := '{}';
  v_gone text[] := '{}';
  v_known text[] := array['topic_code', 'topic_name', 'topic_level', 'description', 'component_code', 'chronological_period', 'period_start_year', 'period_end_year', 'geographical_region', 'key_themes', 'examined', 'tier', 'study_level', 'language', 'option_group']::text[];
  v_under text;
  v_list jsonb;
  v_was jsonb;
  v_child record;
begin
  perform greenroom_exams.trace_topics(p_unit);
  for v_change in select c.value from pg_catalog.jsonb_array_elements(p_changes) as c loop
    -- the tree as it stands before this change, walked once
    if v_change ->> 'do' <> 'set' then
      drop table if exists pg_temp.edit_nodes;
      create temporary table edit_nodes on commit drop as
      select n.* from greenroom_exams.nodes_topics(p_unit) as n;
      analyze pg_temp.edit_nodes;
    end if;
    if v_change ->> 'do' = 'add' then
      v_ref := pg_catalog.gen_random_uuid()::text;
      v_value := '{}';
      if pg_catalog.jsonb_typeof(coalesce(v_change -> 'values', '{}')) <> 'object' then
        perform greenroom.refuse('the values of a new row are not given by column', '[]', 'give an object: column and value');
      end if;
      for v_column in select k from pg_catalog.jsonb_object_keys(coalesce(v_change -> 'values', '{}')) as k loop
        if v_column <> all (v_known) then
          perform greenroom.refuse(pg_catalog.format('topics has no column %I that can be given', v_column), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
        end if;
        v_value := v_value || pg_catalog.jsonb_build_object(v_column, greenroom_exams.given_topics(v_column, v_change -> 'values' -> v_column));
      end loop;
      v_value := greenroom_exams.completed_topics(p_unit, v_value);
      v_under := greenroom_exams.ref_topics(p_unit, v_change ->> 'under');
      if v_under is not null and not exists (select from pg_temp.edit_nodes as n where n.ref = v_under and not n.is_gone) then
        perform greenroom.refuse('the row it should stand under is not there', '[]', 'look at the tree again');
      end if;
      v_value := v_value || pg_catalog.jsonb_build_object('parent_code', v_under);
      perform greenroom_exams.put_edit(p_unit, v_ref, (
        select pg_catalog.concat_ws(' ', b.topic_code, b.topic_name) from pg_catalog.jsonb_populate_record(null::greenroom.batch_topics, v_value - 'parent_code') as b
      ), 'add', null, null, v_value, p_by, p_reason, p_gesture);
      v_refs := v_refs || v_ref;
      if v_change ? 'after' then
        perform greenroom_exams.place_topics(p_unit, v_ref, v_under, v_change ->> 'after', p_by, p_reason, p_gesture);
      end if;
      continue;
    end if;

    v_ref := greenroom_exams.ref_topics(p_unit, v_change ->> 'row');
    select r.* into v_row from greenroom_exams.rows_topics(p_unit, v_ref) as r;
    if v_row.ref is null or v_ref = any (v_gone) then
      perform greenroom.refuse(pg_catalog.format('there is no row %s', coalesce(v_ref, '')), '[]', 'look at the rows again');
    end if;
    if v_row.state = 'deleted' then
      perform greenroom.refuse('that row is not there any more', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'message', coalesce(v_row.label, v_ref) || ' was deleted meanwhile',
        'by', greenroom_exams.editor_of(p_unit, v_ref, 'delete', null))), 'look at the rows again');
    end if;
    v_refs := v_refs || v_ref;
    case v_change ->> 'do'
    when 'set' then
      v_column := v_change ->> 'column';
      if v_column is null or v_column <> all (v_known) then
        perform greenroom.refuse(pg_catalog.format('topics has no column %s that can be edited', coalesce(v_column, '')), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
      end if;
      if not v_change ? 'value' then
        perform greenroom.refuse(pg_catalog.format('what should %s say? no value is given', v_column), '[]', 'give a value; null empties it');
      end if;
      v_value := greenroom_exams.given_topics(v_column, v_change -> 'value');
      if v_change ? 'seen' and v_row."values" -> v_column is distinct from v_change -> 'seen' and v_row."values" -> v_column is distinct from v_value then
        perform greenroom.refuse(
          pg_catalog.format('%s of %s was changed meanwhile', v_column, v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', v_column,
            'message', pg_catalog.format('%s is %s now; you saw %s', v_column, coalesce(v_row."values" ->> v_column, 'empty'), coalesce(v_change ->> 'seen', 'empty')),
            'yours', v_value, 'theirs', v_row."values" -> v_column, 'seen', v_change -> 'seen',
            'by', greenroom_exams.editor_of(p_unit, v_ref, 'set', v_column)
          )),
          'look at both values, and decide'
        );
      end if;
      perform greenroom_exams.put_edit(p_unit, v_ref, v_row.label, 'set', v_column,
        case when v_row.state = 'added' then null else coalesce(v_row.source, v_row."values") -> v_column end,
        v_value, p_by, p_reason, p_gesture);
    when 'delete' then
      if v_change ? 'with_children' and pg_catalog.jsonb_typeof(v_change -> 'with_children') <> 'boolean' then
        perform greenroom.refuse('with_children is true or false', '[]', 'say whether its children go with it');
      end if;
      if exists (select from pg_temp.edit_nodes as n where n.parent = v_ref and not n.is_gone) then
        if v_change -> 'with_children' = 'true' then
          for v_child in
            with recursive below as (
              select n.ref, 1 as depth from pg_temp.edit_nodes as n where n.parent = v_ref and not n.is_gone
              union all
              select n.ref, b.depth + 1
              from below as b
              join pg_temp.edit_nodes as n on n.parent = b.ref and not n.is_gone
              where b.depth < 60
            )
            select distinct r.ref, r.label, r.state, r.source, r."values"
            from below as b
            join greenroom_exams.rows_topics(p_unit) as r on r.ref = b.ref
          loop
            perform greenroom_exams.remove_topics(p_unit, v_child.ref, v_child.label, v_child.state, coalesce(v_child.source, v_child."values"), p_by, p_reason, p_gesture);
            v_refs := v_refs || v_child.ref;
            v_gone := v_gone || v_child.ref;
          end loop;
        else
          perform greenroom.refuse(
            pg_catalog.format('%s has rows under it: %s', v_row.label, (
              select pg_catalog.count(*) from pg_temp.edit_nodes as n where n.parent = v_ref and not n.is_gone
            )), '[]', 'delete it with its children, or move them first');
        end if;
      end if;
      perform greenroom_exams.remove_topics(p_unit, v_ref, v_row.label, v_row.state, coalesce(v_row.source, v_row."values"), p_by, p_reason, p_gesture);
      v_gone := v_gone || v_ref;
    when 'move' then
      if not v_change ? 'under' then
        perform greenroom.refuse(pg_catalog.format('where should %s stand? nothing is given', v_row.label), '[]', 'name the row it stands under; null for the top');
      end if;
      v_under := greenroom_exams.ref_topics(p_unit, v_change ->> 'under');
      select n.* into v_child from pg_temp.edit_nodes as n where n.ref = v_ref;
      if v_change #> '{seen,under}' is not null and (greenroom_exams.ref_topics(p_unit, v_change #>> '{seen,under}')) is distinct from v_child.parent and v_child.parent is distinct from v_under then
        perform greenroom.refuse(
          pg_catalog.format('%s was moved meanwhile', v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', 'parent_code',
            'message', pg_catalog.format('%s stands elsewhere now', v_row.label),
            'yours', v_under, 'theirs', v_child.parent, 'seen', v_change #> '{seen,under}',
            'by', greenroom_exams.editor_of(p_unit, v_ref, 'parent', null)
          )),
          'look at the tree again, and decide'
        );
      end if;
      if v_under is not null then
        if not exists (select from pg_temp.edit_nodes as n where n.ref = v_under and not n.is_gone) then
          perform greenroom.refuse('the row it should stand under is not there', '[]', 'look at the tree again');
        end if;
        if exists (
          with recursive up as (
            select v_under as ref, 1 as depth
            union all
            select n.parent, u.depth + 1
            from up as u
            join pg_temp.edit_nodes as n on n.ref = u.ref
            where n.parent is not null
              and u.depth < 60
          )
          select from up as u where u.ref = v_ref
        ) then
          perform greenroom.refuse(pg_catalog.format('%s cannot stand under itself', v_row.label), '[]', 'choose a row that is not below it');
        end if;
      end if;
      perform greenroom_exams.put_edit(p_unit, v_ref, v_row.label, 'parent', null,
        case when not v_child.is_added then coalesce(pg_catalog.to_jsonb(v_child.was_parent), 'null') end,
        coalesce(pg_catalog.to_jsonb(v_under), 'null'), p_by, p_reason, p_gesture);
      if v_change ? 'after' then
        perform greenroom_exams.place_topics(p_unit, v_ref, v_under, v_change ->> 'after', p_by, p_reason, p_gesture);
      end if;
    else
      perform greenroom.refuse(pg_catalog.format('nothing is done by %L', v_change ->> 'do'), '[]', 'set, add, delete, move');
    end case;
  end loop;
  return pg_catalog.to_jsonb(v_refs);
end
$$;
comment on function greenroom_exams.change_topics(bigint, jsonb, text, text, uuid) is 'Records one gesture as edits.';

-- The row somebody means: by its id, or, before the first edit, by its place in the very unit that was looked at.
create function greenroom_exams.ref_topics(p_unit bigint, p_ref text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select l.id::text
      from greenroom.lineage as l
      where l.unit_id = p_unit
        and p_ref ~ '^row:[0-9]{1,18}:[0-9]{1,9}$'
        and pg_catalog.split_part(p_ref, ':', 2)::bigint = p_unit
        and l.row_no = pg_catalog.split_part(p_ref, ':', 3)::integer
    ),
    p_ref
  )
$$;
comment on function greenroom_exams.ref_topics(bigint, text) is 'row:UNIT:N as the id of that row; others as they are.';

create function greenroom_exams.given_topics(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := greenroom_exams.read_topics(p_column, p_value);
begin
  if v_value is null then
    perform greenroom.refuse(pg_catalog.format('%s cannot be %s', p_column, pg_catalog.left(p_value::text, 80)), '[]', 'give a value of the kind the column holds');
  end if;
  if v_value = 'null' and p_column = any (array['topic_code', 'topic_name']::text[]) then
    perform greenroom.refuse(pg_catalog.format('%s cannot be empty', p_column), '[]', 'give it a value, or delete the row');
  end if;
  return v_value;
end
$$;
comment on function greenroom_exams.given_topics(text, jsonb) is 'A value of topics, or a refusal that says why not.';

-- A row that is added has what every row must have.
create function greenroom_exams.completed_topics(p_unit bigint, p_values jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanting text;
  v_values jsonb := p_values;
begin
  select pg_catalog.string_agg(c, ', ')
  into v_wanting
  from pg_catalog.unnest(array['topic_code', 'topic_name']::text[]) as c
  where coalesce(v_values -> c, 'null') = 'null';
  if v_wanting is not null then
    perform greenroom.refuse('a new row needs ' || v_wanting, '[]', 'give every one of them');
  end if;
  return v_values;
end
$$;
comment on function greenroom_exams.completed_topics(bigint, jsonb) is 'Values of a row to be added, or a refusal that names what is wanting.';

create function greenroom_exams.remove_topics(p_unit bigint, p_ref text, p_label text, p_state text, p_base jsonb, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_state = 'added' then
    -- nobody but us ever said it: it is taken back, with all that was said of it
    perform greenroom_exams.drop_edits(p_unit, p_ref, p_by, p_reason, p_gesture);
  else
    perform greenroom_exams.put_edit(p_unit, p_ref, p_label, 'delete', null, p_base, 'true', p_by, p_reason, p_gesture);
  end if;
end
$$;
comment on function greenroom_exams.remove_topics(bigint, text, text, text, jsonb, text, text, uuid) is 'Deletes one row by an edit.';

-- Puts a row behind another among the children of its parent.
create function greenroom_exams.place_topics(p_unit bigint, p_ref text, p_under text, p_after text, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_after text := greenroom_exams.ref_topics(p_unit, p_after);
  v_list text[];
  v_was jsonb;
  v_at integer;
begin
  select
    coalesce(pg_catalog.array_agg(n.ref order by n.place, n.was_rank nulls last, n.ref) filter (where n.parent is not distinct from p_under and not n.is_gone and n.ref <> p_ref), '{}'),
    coalesce(pg_catalog.jsonb_agg(n.ref order by n.was_rank) filter (where n.was_rank is not null and n.was_parent is not distinct from p_under), '[]')
  into v_list, v_was
  from pg_temp.edit_nodes as n;
  v_at := case when v_after is null then 0 else pg_catalog.array_position(v_list, v_after) end;
  if v_at is null then
    perform greenroom.refuse('the row it should follow does not stand there', '[]', 'look at the tree again');
  end if;
  v_list := v_list[1:v_at] || p_ref || v_list[v_at + 1:];
  perform greenroom_exams.put_edit(p_unit, coalesce(p_under, 'root'), coalesce((select r.label from greenroom_exams.rows_topics(p_unit, p_under) as r where r.ref = p_under), 'the top'),
    'order', null, v_was, pg_catalog.to_jsonb(v_list), p_by, p_reason, p_gesture);
end
$$;
comment on function greenroom_exams.place_topics(bigint, text, text, text, text, text, uuid) is 'Records the order of a parent''s children with one row put elsewhere.';

-- "public".curriculum_topics as it will stand once the prepared releases land.
create view preview.curriculum_topics as
select
  p.id,
  p.exam_board_subject_id,
  p.parent_topic_id,
  p.topic_code,
  p.topic_name,
  p.topic_level,
  p.sort_order,
  p.description,
  p.component_code,
  p.chronological_period,
  p.period_start_year,
  p.period_end_year,
  p.geographical_region,
  p.key_themes,
  p.examined,
  p.tier,
  p.study_level,
  p.language,
  p.option_group,
  p.retired_at,
  p.created_at,
  p.updated_at,
  p.release_id
from "public".curriculum_topics as p
where not exists (
  select
  from greenroom.prepared_topics as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where p.id = f.id
)
union all
select
  f.id,
  f.exam_board_subject_id,
  f.parent_topic_id,
  f.topic_code,
  f.topic_name,
  f.topic_level,
  f.sort_order,
  f.description,
  f.component_code,
  f.chronological_period,
  f.period_start_year,
  f.period_end_year,
  f.geographical_region,
  f.key_themes,
  f.examined,
  f.tier,
  f.study_level,
  f.language,
  f.option_group,
  null::timestamptz,
  coalesce(p.created_at, r.made_at),
  r.made_at,
  f.release_id
from greenroom.prepared_topics as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join "public".curriculum_topics as p on p.id = f.id
where f.op <> 'retire';
comment on view preview.curriculum_topics is 'curriculum_topics as it will be once prepared releases land.';

-- Source columns of "public".curriculum_topics changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group, retired_at
on "public".curriculum_topics
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and (old.exam_board_subject_id, old.parent_topic_id, old.topic_code, old.topic_name, old.topic_level, old.sort_order, old.description, old.component_code, old.chronological_period, old.period_start_year, old.period_end_year, old.geographical_region, old.key_themes, old.examined, old.tier, old.study_level, old.language, old.option_group, old.retired_at) is distinct from (new.exam_board_subject_id, new.parent_topic_id, new.topic_code, new.topic_name, new.topic_level, new.sort_order, new.description, new.component_code, new.chronological_period, new.period_start_year, new.period_end_year, new.geographical_region, new.key_themes, new.examined, new.tier, new.study_level, new.language, new.option_group, new.retired_at)
)
execute function greenroom.note_drift('exams', 'topics', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_insert
after insert on "public".curriculum_topics
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'topics', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_delete
after delete on "public".curriculum_topics
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'topics', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_no_truncate
before truncate on "public".curriculum_topics
for each statement
execute function greenroom.refuse_truncate();

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_components(p_units bigint[])
returns table (unit_id bigint, lost bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
-- row counts of what has just been sealed are unknown: no join may be quadratic, by rows or by units
set enable_nestloop = off
set enable_mergejoin = off
as $$
  select u.id, pg_catalog.count(*)
  from greenroom.unit as u
  join greenroom.published as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join "public".exam_components as p on p.exam_board_subject_id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'components'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom_exams.effective_components as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and row(b.component_code::text)::text = row(p.component_code::text)::text
    )
    -- corrected rows go by their id
    and not exists (
      select
      from greenroom.lineage as l
      join greenroom_exams.effective_components as b on b.unit_id = l.unit_id and b.row_no = l.row_no
      where l.unit_id = u.id
        and b.unit_id = any (p_units)
        and l.id = p.id
    )
  group by u.id
$$;
comment on function greenroom_exams.lost_components(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function greenroom_exams.digest_components()
returns table (key text[], row_count bigint, hash text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    t.key,
    pg_catalog.count(p.id),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where p.id is not null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.component_code::text, p.name::text, p.examined::boolean, p.assessment::text, p.tier::text, p.study_level::text, p.marks::integer, p.duration_minutes::integer, p.weight_percent::numeric(5,2)), 0), 0)) filter (where p.id is not null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.component_code::text, p.name::text, p.examined::boolean, p.assessment::text, p.tier::text, p.study_level::text, p.marks::integer, p.duration_minutes::integer, p.weight_percent::numeric(5,2)), 1), 1)) filter (where p.id is not null), 0))
  from pg_temp.touched as t
  left join "public".exam_components as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
  where t.dataset = 'components'
  group by t.key;
end
$$;
comment on function greenroom_exams.digest_components() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function greenroom_exams.unmet_components()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[] := array(select t.unit_id from pg_temp.touched as t where t.dataset = 'components');
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('components %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent
      from pg_temp.touched as t
      join greenroom_exams.effective_components as b on b.unit_id = t.unit_id and b.unit_id = any (v_units)
      where t.dataset = 'components'
        and not t.complete
      except
      select t.key, p.component_code::text, p.name::text, p.examined::boolean, p.assessment::text, p.tier::text, p.study_level::text, p.marks::integer, p.duration_minutes::integer, p.weight_percent::numeric(5,2)
      from pg_temp.touched as t
      join "public".exam_components as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
      where t.dataset = 'components'
        and not t.complete
    ) as m
  );
end
$$;
comment on function greenroom_exams.unmet_components() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';

-- components: what a unit answers badly. Pure; no rows is a pass.
create function greenroom_exams.check_components(p_units bigint[])
returns table (unit_id bigint, check_name text, severity text, message text, row_key text, "position" text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set standard_conforming_strings = on
set jit = off
set work_mem = '32MB'
as $$
  with unit as materialized (
    select u.*
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset = 'components'
  ), batch as not materialized (
    select b.*
    from greenroom_exams.effective_components as b
    -- by number, not by join: only so does nobody read the batches of all times
    where b.unit_id = any (p_units)
  )
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', pg_catalog.concat_ws(' ', b.component_code), pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id, b.component_code
    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id, b.component_code
    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id and twice.component_code is not distinct from b.component_code
  group by b.unit_id, b.component_code
  union all
  select b.unit_id, 'missing_component_code', 'error',
    pg_catalog.format('component_code is empty for %s', pg_catalog.concat_ws(' ', b.component_code)),
    b.row_key, b.position
  from batch as b
  where b.component_code is null
  union all
  select b.unit_id, 'missing_name', 'error',
    pg_catalog.format('name is empty for %s', pg_catalog.concat_ws(' ', b.component_code)),
    b.row_key, b.position
  from batch as b
  where b.name is null
  union all
  select b.unit_id, 'missing_examined', 'error',
    pg_catalog.format('examined is empty for %s', pg_catalog.concat_ws(' ', b.component_code)),
    b.row_key, b.position
  from batch as b
  where b.examined is null
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('component_code of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.component_code), pg_catalog.left(b.component_code, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.component_code)::text) <> pg_catalog.length(b.component_code) + 2
    and b.component_code ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('name of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.component_code), pg_catalog.left(b.name, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.name)::text) <> pg_catalog.length(b.name) + 2
    and b.name ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select u.id, 'too_few_rows', 'error',
    pg_catalog.format('%s rows; at least 1 expected', u.row_count), null, null
  from unit as u
  where u.row_count < 1
  union all
  -- twice as many is another file
  select u.id, 'too_many_rows', case when u.row_count > 2 * 200::bigint then 'error' else 'warning' end,
    pg_catalog.format('%s rows; at most 200 expected', u.row_count), null, null
  from unit as u
  where u.row_count > 200
  union all
  select u.id, 'quarantined', 'warning',
    pg_catalog.format('%s rows could not be read and are in quarantine', u.quarantined_count), null, null
  from unit as u
  where u.quarantined_count > 0
  -- a fifth of what readers have now would go
  union all
  select u.id, 'shrunk', 'warning',
    pg_catalog.format('%s of %s published rows would leave', gone.lost, p.row_count), null, null
  from unit as u
  join greenroom.published as p on p.scope_id = u.scope_id and p.dataset = u.dataset and p.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join greenroom_exams.lost_components(array(select o.id from unit as o)) as gone on gone.unit_id = u.id
  where gone.lost * 5 > p.row_count
$$;
comment on function greenroom_exams.check_components(bigint[]) is 'Findings on units of components; no rows is a pass.';

-- Whose id is it? Every entering row of components gets its identity before anything is compared.
create function greenroom_exams.resolve_components(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = 'components');
begin
  drop table if exists pg_temp.resolved_components;
  -- same key; else a retired row whose key came back; else new
  create temporary table resolved_components on commit drop as
  with standing as (
    select distinct on (e.root_id, row(p.component_code::text)::text) p.id, e.root_id, row(p.component_code::text)::text as row_text
    from pg_temp.entering as e
    join "public".exam_components as p on p.exam_board_subject_id = e.root_id
    where e.dataset = 'components'
    order by e.root_id, row(p.component_code::text)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  )
  select
    coalesce(x.id, case when s.id not in (select l.id from greenroom.lineage as l where l.unit_id = e.unit_id) then s.id end, pg_catalog.gen_random_uuid()) as id,
    e.root_id::uuid as exam_board_subject_id,
    b.component_code::text as component_code,
    b.name::text as name,
    b.examined::boolean as examined,
    b.assessment::text as assessment,
    b.tier::text as tier,
    b.study_level::text as study_level,
    b.marks::integer as marks,
    b.duration_minutes::integer as duration_minutes,
    b.weight_percent::numeric(5,2) as weight_percent
  from pg_temp.entering as e
  join greenroom_exams.effective_components as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  left join greenroom.lineage as x on x.unit_id = b.unit_id and x.unit_id = any (v_units) and x.row_no = b.row_no
  left join standing as s on s.root_id = e.root_id and s.row_text = row(b.component_code::text)::text
  where e.dataset = 'components';
  analyze pg_temp.resolved_components (id);
end
$$;
comment on function greenroom_exams.resolve_components(integer) is 'Gives every entering row of components its identity (pg_temp.resolved_components).';

-- The plan: what differs between resolved and production, on identity, source columns only.
create function greenroom_exams.diff_components()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_components();
  insert into pg_temp.plan_components (op, id, exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
  select
    case when p.id is null then 'insert' else 'update' end,
r.id, r.exam_board_subject_id, r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent
  from pg_temp.resolved_components as r
  left join "public".exam_components as p on p.id = r.id
  where p.id is null
    or p.retired_at is not null
    or (p.exam_board_subject_id, p.component_code, p.name, p.examined, p.assessment, p.tier, p.study_level, p.marks, p.duration_minutes, p.weight_percent)
      is distinct from (r.exam_board_subject_id, r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent);
  insert into pg_temp.plan_components (op, id, exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
  select
    'retire',
p.id, p.exam_board_subject_id, p.component_code, p.name, p.examined, p.assessment, p.tier, p.study_level, p.marks, p.duration_minutes, p.weight_percent
  from pg_temp.entering as t
  join "public".exam_components as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'components'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_components as r where p.id = r.id);
  analyze pg_temp.plan_components (op, id, exam_board_subject_id);
end
$$;
comment on function greenroom_exams.diff_components() is 'Writes pg_temp.plan_components: exactly what a promotion would do.';

create function greenroom_exams.open_plan_components()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_components;
  create temporary table plan_components (
    op text,
    id uuid,
    exam_board_subject_id uuid,
    component_code text,
    name text,
    examined boolean,
    assessment text,
    tier text,
    study_level text,
    marks integer,
    duration_minutes integer,
    weight_percent numeric(5,2),
    retired_at timestamptz,
    stamp_created_at timestamptz,
    stamp_release_id bigint
  ) on commit drop;
end
$$;
comment on function greenroom_exams.open_plan_components() is 'An empty typed plan for components.';

-- The changes of the plan in words a person reads, with the row before and after.
create function greenroom_exams.changes_components()
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    case when pl.op = 'update' and p.retired_at is not null then 'revive' else pl.op end,
    array[pl.id::text],
    pl.exam_board_subject_id,
    pg_catalog.concat_ws(' ', pl.component_code, pl.name),
    case when pl.op <> 'insert' then (select pg_catalog.to_jsonb(x) from (select p.component_code, p.name, p.examined, p.assessment, p.tier, p.study_level, p.marks, p.duration_minutes, p.weight_percent) as x) end,
    case when pl.op <> 'retire' then (select pg_catalog.to_jsonb(x) from (select pl.component_code, pl.name, pl.examined, pl.assessment, pl.tier, pl.study_level, pl.marks, pl.duration_minutes, pl.weight_percent) as x) end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.name is distinct from pl.name then 'name' end,
      case when p.examined is distinct from pl.examined then 'examined' end,
      case when p.assessment is distinct from pl.assessment then 'assessment' end,
      case when p.tier is distinct from pl.tier then 'tier' end,
      case when p.study_level is distinct from pl.study_level then 'study_level' end,
      case when p.marks is distinct from pl.marks then 'marks' end,
      case when p.duration_minutes is distinct from pl.duration_minutes then 'duration_minutes' end,
      case when p.weight_percent is distinct from pl.weight_percent then 'weight_percent' end
    ], null) end
  from pg_temp.plan_components as pl
  left join "public".exam_components as p on p.id = pl.id
  ;
end
$$;
comment on function greenroom_exams.changes_components() is 'The plan of components as before and after.';

-- The only writer of "public".exam_components: before-images, park, upsert, retire.
create function greenroom_exams.remember_components(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, 'components', array[p.id::text], pg_catalog.to_jsonb(p)
  from pg_temp.plan_components as pl
  join "public".exam_components as p on p.id = pl.id
  where pl.op in ('update', 'retire')
  order by p.id;
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, 'components', array[pl.id::text], 'null'
  from pg_temp.plan_components as pl
  where pl.op = 'restore';
end
$$;
comment on function greenroom_exams.remember_components(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function greenroom_exams.upsert_components(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- park: going back, a key that another row of the plan takes must be free at every moment
  if exists (select from pg_temp.plan_components as pl where pl.op <> 'retire' and pl.stamp_created_at is not null) then
    update "public".exam_components as p
    set retired_at = pg_catalog.now()
    from pg_temp.plan_components as mine
    where p.id = mine.id
      and p.retired_at is null
      and (
        mine.op = 'retire'
        or mine.op = 'update'
          and (mine.component_code)
            is distinct from (p.component_code)
      );
  end if;

  insert into "public".exam_components (id, exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent, retired_at, created_at, updated_at, release_id)
  select
pl.id, pl.exam_board_subject_id, pl.component_code, pl.name, pl.examined, pl.assessment, pl.tier, pl.study_level, pl.marks, pl.duration_minutes, pl.weight_percent,
    case when pl.op = 'restore' then pl.retired_at else null end,
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_components as pl
  where pl.op in ('insert', 'restore');

  update "public".exam_components as p
  set
    exam_board_subject_id = pl.exam_board_subject_id,
    component_code = pl.component_code,
    name = pl.name,
    examined = pl.examined,
    assessment = pl.assessment,
    tier = pl.tier,
    study_level = pl.study_level,
    marks = pl.marks,
    duration_minutes = pl.duration_minutes,
    weight_percent = pl.weight_percent,
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_components as pl
  where pl.op = 'update'
    and p.id = pl.id;
end
$$;
comment on function greenroom_exams.upsert_components(bigint) is 'Inserts and updates the plan''s rows of components.';

create function greenroom_exams.retire_components(p_release bigint)
returns table (deleted bigint, retired bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_referring record;
begin
  deleted := 0;
  retired := 0;
  if not exists (select from pg_temp.plan_components as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_components;
  create temporary table leaving_components on commit drop as
  select pl.id, false as kept
  from pg_temp.plan_components as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_components;

  -- nobody may begin to point at a row while we look who does
  perform 1
  from "public".exam_components as p
  join pg_temp.leaving_components as l on p.id = l.id
  order by p.id
  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('"public".exam_components'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_components as l set kept = true where not l.kept and exists (select from "public".exam_components as t join %s as r on %s where t.id = l.id)',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_components as l set kept = true;
    end if;
  end loop;

  delete from "public".exam_components as p
  using pg_temp.leaving_components as l
  where p.id = l.id
    and not l.kept;
  get diagnostics deleted = row_count;

  update "public".exam_components as p
  set
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_components as l
  join pg_temp.plan_components as pl on l.id = pl.id
  where p.id = l.id
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function greenroom_exams.retire_components(bigint) is 'Deletes what nothing points at, retires the rest.';

-- Rows of components as people see and name them.
-- A value somebody typed, in the column's own type; null where it cannot be one.
create function greenroom_exams.read_components(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
begin
  if p_value is null or p_value = 'null' then
    return 'null';
  end if;
  if pg_catalog.jsonb_typeof(p_value) in ('object', 'array') and p_column <> all (array[]::text[]) then
    return null;
  end if;
  case p_column
  when 'component_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.component_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.component_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as component_code) as r
      cross join lateral (select r.component_code as component_code offset 0) as v
    );
  when 'name' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.name is null then 'null'
        when true then pg_catalog.to_jsonb(v.name::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as name) as r
      cross join lateral (select r.name as name offset 0) as v
    );
  when 'examined' then
    return (
      select case
        when r.examined is null then 'null'
        when v.examined ~ '^(true|false|t|f|1|0|oui|non)$' then pg_catalog.to_jsonb(v.examined::boolean)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as examined) as r
      cross join lateral (select case pg_catalog.lower(r.examined) when 'oui' then 'true' when 'non' then 'false' else pg_catalog.lower(r.examined) end as examined offset 0) as v
    );
  when 'assessment' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.assessment is null then 'null'
        when true then pg_catalog.to_jsonb(v.assessment::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as assessment) as r
      cross join lateral (select r.assessment as assessment offset 0) as v
    );
  when 'tier' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.tier is null then 'null'
        when true then pg_catalog.to_jsonb(v.tier::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as tier) as r
      cross join lateral (select r.tier as tier offset 0) as v
    );
  when 'study_level' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.study_level is null then 'null'
        when true then pg_catalog.to_jsonb(v.study_level::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as study_level) as r
      cross join lateral (select r.study_level as study_level offset 0) as v
    );
  when 'marks' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.marks is null then 'null'
        when v.marks ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.marks::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as marks) as r
      cross join lateral (select pg_catalog.regexp_replace(r.marks, '[.,]0+$', '') as marks offset 0) as v
    );
  when 'duration_minutes' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.duration_minutes is null then 'null'
        when v.duration_minutes ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.duration_minutes::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as duration_minutes) as r
      cross join lateral (select pg_catalog.regexp_replace(r.duration_minutes, '[.,]0+$', '') as duration_minutes offset 0) as v
    );
  when 'weight_percent' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.weight_percent is null then 'null'
        when v.weight_percent ~ '^[+-]?\d{1,3}(\.\d+)?$' and pg_catalog.abs(pg_catalog.round(v.weight_percent::numeric, 2)) < 1000 then pg_catalog.to_jsonb(v.weight_percent::numeric(5,2))
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as weight_percent) as r
      cross join lateral (select pg_catalog.replace(r.weight_percent, ',', '.') as weight_percent offset 0) as v
    );
  else
    return null;
  end case;
end
$$;
comment on function greenroom_exams.read_components(text, jsonb) is 'A value of components as its column holds it; null = it cannot.';

-- The rows of a unit as people see them: what the source said, what edits made of it, what they took away.
create function greenroom_exams.rows_components(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
returns table (ref text, row_no integer, state text, label text, parent_ref text, "position" text, "values" jsonb, source jsonb, edited jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with whole as materialized (
    select u.scope_id, u.key from greenroom.unit as u where u.id = p_unit
  ), cell as materialized (
    select e.row_ref, pg_catalog.jsonb_object_agg(coalesce(e.column_name, e.action), e.id) as edited
    from greenroom.edit as e
    join whole as w on e.scope_id = w.scope_id and e.dataset = 'components' and e.unit_key = w.key
    where e.state in ('in force', 'conflict')
      and e.agrees_unit is distinct from p_unit
    group by e.row_ref
  ), side as materialized (
    select
      coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref,
      b.row_no,
      'source' as state,
      pg_catalog.concat_ws(' ', b.component_code, b.name) as label,
      b.row_key, b.parent_row_key, b.position,
      (select pg_catalog.to_jsonb(x) from (select b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent) as x) as "values",
      null::jsonb as source
    from greenroom.batch_components as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
      and not exists (select from greenroom.edited_components as x where x.unit_id = p_unit and x.row_no = b.row_no)
      and (p_rows is null or b.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)))
      and (p_keys is null or coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', b.component_code, b.name) = any (p_keys))
    union all
    select
      coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)),
      e.row_no,
      case when e.is_gone then 'deleted' when e.row_no < 0 then 'added' else 'edited' end,
      pg_catalog.concat_ws(' ', e.component_code, e.name),
      e.row_key, e.parent_row_key, e.position,
      (select pg_catalog.to_jsonb(x) from (select e.component_code, e.name, e.examined, e.assessment, e.tier, e.study_level, e.marks, e.duration_minutes, e.weight_percent) as x),
      case when b.row_no is not null then (select pg_catalog.to_jsonb(x) from (select b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent) as x) end
    from greenroom.edited_components as e
    left join greenroom.batch_components as b on b.unit_id = e.unit_id and b.row_no = e.row_no
    left join greenroom.lineage as owned on owned.unit_id = e.unit_id and owned.row_no = e.row_no
    where e.unit_id = p_unit
      and (p_rows is null or e.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)))
      and (p_keys is null or coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', e.component_code, e.name) = any (p_keys))
  )
  select s.ref, s.row_no, s.state, s.label, parent.ref, s.position, s."values", s.source, coalesce(c.edited, '{}')
  from side as s
  left join side as parent on parent.row_key = s.parent_row_key
  left join cell as c on c.row_ref = s.ref
$$;
comment on function greenroom_exams.rows_components(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named by ref, number or key, with what edits did to them; deleted ones too.';


-- Every row of a unit that is edited has the id that goes with it: production's, or the one it will get.
create function greenroom_exams.trace_components(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_scope integer;
  v_root uuid;
begin
  if not exists (
    select
    from greenroom.batch_components as b
    where b.unit_id = p_unit
      and not exists (select from greenroom.lineage as l where l.unit_id = p_unit and l.row_no = b.row_no)
  ) then
    return;
  end if;
  select u.scope_id, greenroom_exams.find_root(u.scope_id, u.key) into strict v_scope, v_root from greenroom.unit as u where u.id = p_unit;
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, s.id
  from greenroom.batch_components as b
  join (
    select distinct on (row(p.component_code::text)::text) p.id, row(p.component_code::text)::text as row_text
    from "public".exam_components as p
    where p.exam_board_subject_id = v_root
    order by row(p.component_code::text)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  ) as s on s.row_text = row(b.component_code::text)::text
  where b.unit_id = p_unit
  order by b.row_no
  on conflict do nothing;
  -- no production row of its own: a new one, or a second of the same key
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, pg_catalog.gen_random_uuid()
  from greenroom.batch_components as b
  where b.unit_id = p_unit
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.trace_components(bigint) is 'Gives each sealed row of a unit the id that goes with it.';

-- The rows of one edition in the next: what edits follow.
create function greenroom_exams.follow_components(p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set enable_nestloop = off
set jit = off
as $$
begin
  -- the key tells which row is which
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (l.id) p_to, b.row_no, l.id
  from greenroom.batch_components as p
  join greenroom.lineage as l on l.unit_id = p.unit_id and l.row_no = p.row_no
  join greenroom.batch_components as b on b.unit_id = p_to and row(b.component_code::text)::text = row(p.component_code::text)::text
  where p.unit_id = p_from
  order by l.id, b.row_no
  on conflict do nothing;
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, b.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_components, e.value) as p
  join greenroom.batch_components as b on b.unit_id = p_to and row(b.component_code::text)::text = row(p.component_code::text)::text
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = b.row_no)
  order by e.row_ref, b.row_no
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.follow_components(bigint, bigint) is 'Gives rows of the next edition the ids of the rows they continue.';

-- The hash and count of a unit's effective rows; what was decided on another hash no longer counts.
create function greenroom_exams.rehash_components(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_rows bigint;
  v_hash text;
  v_edited boolean;
begin
  v_edited := exists (select from greenroom.edited_components as e where e.unit_id = p_unit);
  if v_edited then
    select pg_catalog.count(*), pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent), 1), 1)), 0))
    into v_rows, v_hash
    from greenroom_exams.effective_components as b
    where b.unit_id = p_unit;
    if v_rows = 0 and pg_catalog.current_setting('greenroom.carrying', true) = 'on' then
      -- an edition is not refused for what people took away of others: somebody looks at it
      delete from greenroom.edited_components as e where e.unit_id = p_unit;
      insert into greenroom.finding (unit_id, check_name, severity, message, found_by)
      values (p_unit, 'nothing_left', 'error', 'corrections take away all that this edition holds: none of them is applied', 'parser');
      v_edited := false;
    elsif v_rows = 0 then
      perform greenroom.refuse('that would leave nothing of it', '[]', 'to take a whole subject or period away, hide it: greenroom live TARGET off');
    end if;
  end if;
  update greenroom.unit as u
  set
    sealed_hash = coalesce(u.sealed_hash, u.hash),
    sealed_rows = coalesce(u.sealed_rows, u.row_count),
    hash = case when v_edited then v_hash else coalesce(u.sealed_hash, u.hash) end,
    row_count = case when v_edited then v_rows else coalesce(u.sealed_rows, u.row_count) end,
    keys_are_unique = u.keys_are_unique and not v_edited,
    texts_are_sound = u.texts_are_sound and not v_edited
  where u.id = p_unit;
end
$$;
comment on function greenroom_exams.rehash_components(bigint) is 'Counts and hashes the effective rows of a unit.';

-- Some rows of which only cells changed: the rest of the overlay, and the tree, stay as they are.
create function greenroom_exams.patch_components(p_unit bigint, p_refs text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  insert into greenroom.edited_components as e (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
  with patch as materialized (
    select
      x.ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added
    from greenroom.unit as u
    cross join pg_catalog.unnest(p_refs) as x (ref)
    left join greenroom.edit as e on e.scope_id = u.scope_id and e.dataset = 'components' and e.unit_key = u.key and e.row_ref = x.ref and e.state = 'in force'
    where u.id = p_unit
    group by x.ref
  )
  select p_unit, b.row_no, false, b.row_key, coalesce(e.parent_row_key, b.parent_row_key), b.position, b.derived, r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent
  from patch as p
  join greenroom.lineage as own on own.unit_id = p_unit and own.id = p.ref::uuid
  join greenroom.batch_components as b on b.unit_id = p_unit and b.row_no = own.row_no
  left join greenroom.edited_components as e on e.unit_id = p_unit and e.row_no = b.row_no
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  union all
  select p_unit, e.row_no, false, e.row_key, e.parent_row_key, e.position, e.derived, r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent
  from patch as p
  join greenroom.edited_components as e on e.unit_id = p_unit and e.row_no < 0 and e.row_key = p.ref
  cross join lateral pg_catalog.jsonb_populate_record(e, (p.added - array[]::text[]) || p.cells) as r
  where p.added is not null
  on conflict (unit_id, row_no) do update
  set component_code = excluded.component_code, name = excluded.name, examined = excluded.examined, assessment = excluded.assessment, tier = excluded.tier, study_level = excluded.study_level, marks = excluded.marks, duration_minutes = excluded.duration_minutes, weight_percent = excluded.weight_percent;
  -- what says the same as its source again is not edited
  delete from greenroom.edited_components as e
  using greenroom.batch_components as b
  where e.unit_id = p_unit
    and b.unit_id = p_unit
    and b.row_no = e.row_no
    and not e.is_gone
    and (select pg_catalog.to_jsonb(x) from (select e.component_code, e.name, e.examined, e.assessment, e.tier, e.study_level, e.marks, e.duration_minutes, e.weight_percent) as x) is not distinct from (select pg_catalog.to_jsonb(x) from (select b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent) as x);
  perform greenroom_exams.rehash_components(p_unit);
end
$$;
comment on function greenroom_exams.patch_components(bigint, text[]) is 'Puts cells in force over some rows of a unit.';

-- Writes the effective rows of a pending unit, its hash and count.
create function greenroom_exams.overlay_components(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  delete from greenroom.edited_components as e where e.unit_id = p_unit;
  insert into greenroom.edited_components (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
  with patch as materialized (
    select
      e.row_ref as ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      pg_catalog.bool_or(e.action = 'delete') as is_gone,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added,
      pg_catalog.max(e.edited_by) filter (where e.action = 'add') as added_by
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'components' and e.unit_key = u.key
    where e.state = 'in force'
    group by e.row_ref
  )
  select
    p_unit, b.row_no, coalesce(p.is_gone, false), b.row_key, b.parent_row_key, b.position, b.derived, r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent
  from greenroom.batch_components as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
  join patch as p on p.ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  where b.unit_id = p_unit
    and (p.is_gone or (select pg_catalog.to_jsonb(x) from (select r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent) as x) is distinct from (select pg_catalog.to_jsonb(x) from (select b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent) as x))
  union all
  select
    p_unit, -pg_catalog.row_number() over (order by p.ref)::integer, coalesce(p.is_gone, false), p.ref, null, 'added by ' || p.added_by, null, r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent
  from patch as p
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_components, p.added || p.cells) as r
  where p.added is not null
    and not exists (
      select
      from greenroom.batch_components as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
      where b.unit_id = p_unit
        and coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = p.ref
    );
  -- rows that people added keep their id from one writing to the next
  delete from greenroom.lineage as l where l.unit_id = p_unit and l.row_no < 0;
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_unit, e.row_no, e.row_key::uuid
  from greenroom.edited_components as e
  where e.unit_id = p_unit
    and e.row_no < 0;
  perform greenroom_exams.rehash_components(p_unit);
end
$$;
comment on function greenroom_exams.overlay_components(bigint) is 'Puts the edits in force over a sealed unit.';


-- Compares the edits of a unit with what its source says now: they stay, retire themselves, or are in conflict.
create function greenroom_exams.rebase_components(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  with whole as materialized (
    select u.* from greenroom.unit as u where u.id = p_unit
  ), mine as materialized (
    select e.*
    from greenroom.edit as e
    join whole as u on e.scope_id = u.scope_id and e.dataset = 'components' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ), source as materialized (
    select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref, (select pg_catalog.to_jsonb(x) from (select b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent) as x) as "values"
    from greenroom.batch_components as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
  ), said as materialized (
    select
      m.id,
      m.action,
      m.base,
      m.value,
      s.ref is not null as is_there,
      exists (select from mine as a where a.row_ref = m.row_ref and a.action = 'add') as is_ours,
      coalesce((
        select pg_catalog.jsonb_object_agg(c.column_name, c.value) from mine as c where c.row_ref = m.row_ref and c.action = 'set'
      ), '{}') as cells,
      case m.action
        when 'set' then s."values" -> m.column_name
        when 'delete' then s."values"
        when 'add' then s."values"
      end as says
    from mine as m
    left join source as s on s.ref = m.row_ref
  ), judged as (
    select
      s.id,
      s.says,
      s.is_there or s.action = 'order' as is_met,
      case
        when s.action = 'add' then case
          when not s.is_there then 'in force'
          when not exists (
            select
            from pg_catalog.jsonb_each((s.value - array[]::text[]) || s.cells) as v
            where v.value is distinct from s.says -> v.key
          ) then 'adopted'
          else 'conflict'
        end
        when s.action = 'order' then case
          when greenroom.kept_order(s.says, s.base) = greenroom.kept_order(s.base, s.says) then 'in force'
          when greenroom.kept_order(s.says, s.value) = greenroom.kept_order(s.value, s.says) then 'adopted'
          else 'conflict'
        end
        when not s.is_there and s.is_ours then 'in force'
        when not s.is_there and not (select u.complete from whole as u) then null
        when not s.is_there then case when s.action = 'delete' then 'adopted' else 'conflict' end
        when s.action = 'delete' then case when s.says - array[]::text[] = s.base - array[]::text[] then 'in force' else 'conflict' end
        when s.says = s.base then 'in force'
        when s.says = s.value then 'adopted'
        else 'conflict'
      end as state
    from said as s
  )
  update greenroom.edit as e
  set
    -- it retires when what its source says is published, not before: an edition may be rejected
    state = case j.state when 'adopted' then 'in force' else j.state end,
    agrees_unit = case when j.state = 'adopted' then p_unit end,
    theirs = case when j.state = 'conflict' then j.says end,
    -- where its row was met last: the next edition is followed from there
    unit_id = case when (select u.complete from whole as u) and j.is_met then p_unit else e.unit_id end
  from judged as j
  where e.id = j.id
    and j.state is not null;
end
$$;
comment on function greenroom_exams.rebase_components(bigint) is 'Sets edits in force or in conflict, by what the source says now, and notes where it agrees.';

-- Rows copied from production say what edits made of them: what the source said is put back under the edits.
create function greenroom_exams.unapply_components(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  if not exists (
    select
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'components' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- rows that people took away
  with gone as (
    select
      e.row_ref, e.base,
      (select pg_catalog.max(b.row_no) from greenroom.batch_components as b where b.unit_id = p_unit) + pg_catalog.row_number() over (order by e.id) as row_no
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'components' and e.unit_key = u.key
    where e.action = 'delete'
      and e.state in ('in force', 'conflict')
      and e.row_ref not in (
        select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
        from greenroom.batch_components as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
        where b.unit_id = p_unit
      )
  ), traced as (
    insert into greenroom.lineage (unit_id, row_no, id)
    select p_unit, g.row_no, g.row_ref::uuid from gone as g
  )
  insert into greenroom.batch_components (unit_id, row_no, row_key, parent_row_key, position, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
  select p_unit, g.row_no, g.row_ref, null, 'as published', r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent
  from gone as g
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_components, g.base) as r;
  update greenroom.batch_components as b
  set component_code = r.component_code, name = r.name, examined = r.examined, assessment = r.assessment, tier = r.tier, study_level = r.study_level, marks = r.marks, duration_minutes = r.duration_minutes, weight_percent = r.weight_percent
  from (
    select b.row_no, r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent
    from greenroom.batch_components as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join (
      select
        e.row_ref,
        coalesce(pg_catalog.jsonb_object_agg(e.column_name, coalesce(e.theirs, e.base)) filter (where e.action = 'set' and e.base is not null), '{}') as cells,
        pg_catalog.bool_or(e.action = 'parent') as has_parent,
        pg_catalog.max(e.base #>> '{}') filter (where e.action = 'parent') as parent
      from greenroom.edit as e
      join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'components' and e.unit_key = u.key
      where e.state in ('in force', 'conflict')
      group by e.row_ref
    ) as p on p.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
    where b.unit_id = p_unit
  ) as r
  where b.unit_id = p_unit
    and b.row_no = r.row_no;
  -- rows that only people know
  delete from greenroom.batch_components as b
  using (
    select b.row_no
    from greenroom.batch_components as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join greenroom.edit as e on e.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) and e.action = 'add' and e.state in ('in force', 'conflict')
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'components' and e.unit_key = u.key
    where b.unit_id = p_unit
  ) as a
  where b.unit_id = p_unit
    and b.row_no = a.row_no;
  delete from greenroom.lineage as l
  where l.unit_id = p_unit
    and not exists (select from greenroom.batch_components as b where b.unit_id = p_unit and b.row_no = l.row_no);
end
$$;
comment on function greenroom_exams.unapply_components(bigint) is 'Puts what the source said under the edits of rows copied from production.';

-- Published rows of a unit as a new unit that waits, to be corrected.
create function greenroom_exams.reopen_components(p_scope integer, p_key text[], p_by text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_published greenroom.published;
  v_unit greenroom.unit;
  v_batch bigint;
  v_new bigint;
  v_rows bigint;
  v_hash text;
begin
  select p.* into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = 'components' and p.key = p_key and p.row_count > 0;
  if v_published.scope_id is null then
    return null;
  end if;
  select u.* into v_unit from greenroom.unit as u where u.id = v_published.unit_id;
  insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count)
  select p_scope, 'edit', coalesce(b.source, 'production'), b.snapshot, b.parser, 0, 0
  from (select) as x
  left join greenroom.batch as b on b.id = v_unit.batch_id
  returning id into v_batch;
  -- a part holds some of what is published, and what was changed by hand stands in no batch: then production is copied
  if v_unit.complete and v_unit.hash = v_published.hash then
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash, keys_are_unique, texts_are_sound)
    values (v_batch, p_scope, 'components', p_key, true, coalesce(v_unit.sealed_rows, v_unit.row_count), v_unit.quarantined_count, coalesce(v_unit.sealed_hash, v_unit.hash), v_unit.keys_are_unique, v_unit.texts_are_sound)
    returning id into v_new;
    insert into greenroom.batch_components (unit_id, row_no, row_key, parent_row_key, position, derived, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
    select v_new, b.row_no, b.row_key, b.parent_row_key, b.position, b.derived, b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent
    from greenroom.batch_components as b
    where b.unit_id = v_unit.id;
    get diagnostics v_rows = row_count;
    -- what its parser said of it is as true as it was
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)
    select v_new, f.check_name, f.severity, f.message, f.row_key, f.position, f.found_by
    from greenroom.finding as f
    where f.unit_id = v_unit.id
      and f.found_by = 'parser'
      and f.check_name <> 'unproven_parser';
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, l.row_no, l.id
    from greenroom.lineage as l
    where l.unit_id = v_unit.id
      and l.row_no > 0;
  else
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
    values (v_batch, p_scope, 'components', p_key, true, v_published.row_count, '')
    returning id into v_new;
    insert into greenroom.batch_components (unit_id, row_no, row_key, parent_row_key, position, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
    select
      v_new,
      pg_catalog.row_number() over (order by p.id)::integer,
      p.id::text,
      null,
      'as published',
      p.component_code::text,
      p.name::text,
      p.examined::boolean,
      p.assessment::text,
      p.tier::text,
      p.study_level::text,
      p.marks::integer,
      p.duration_minutes::integer,
      p.weight_percent::numeric(5,2)
    from (select v_published.root_id as root_id, p_key as key) as t
    join "public".exam_components as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
    ;
    get diagnostics v_rows = row_count;
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, b.row_no, b.row_key::uuid
    from greenroom.batch_components as b
    where b.unit_id = v_new;
    perform greenroom_exams.unapply_components(v_new);
    select pg_catalog.count(*) into v_rows from greenroom.batch_components as b where b.unit_id = v_new;
    select pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent), 1), 1)), 0)) into v_hash from greenroom.batch_components as b where b.unit_id = v_new;
    update greenroom.unit as u set hash = v_hash, row_count = v_rows where u.id = v_new;
  end if;
  update greenroom.batch as b set read_count = v_rows, staged_count = v_rows where b.id = v_batch;
  return v_new;
end
$$;
comment on function greenroom_exams.reopen_components(integer, text[], text) is 'Published rows of a unit as a pending unit; null where nothing is published.';


-- One gesture on a pending unit: every change of it, or none.
create function greenroom_exams.change_components(p_unit bigint, p_changes jsonb, p_by text, p_reason text, p_gesture uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_change jsonb;
  v_ref text;
  v_row record;
  v_value jsonb;
  v_column text;
  v_refs text[] := '{}';
  v_gone text[] := '{}';
  v_known text[] := array['component_code', 'name', 'examined', 'assessment', 'tier', 'study_level', 'marks', 'duration_minutes', 'weight_percent']::text[];
begin
  perform greenroom_exams.trace_components(p_unit);
  for v_change in select c.value from pg_catalog.jsonb_array_elements(p_changes) as c loop
    if v_change ->> 'do' = 'add' then
      v_ref := pg_catalog.gen_random_uuid()::text;
      v_value := '{}';
      if pg_catalog.jsonb_typeof(coalesce(v_change -> 'values', '{}')) <> 'object' then
        perform greenroom.refuse('the values of a new row are not given by column', '[]', 'give an object: column and value');
      end if;
      for v_column in select k from pg_catalog.jsonb_object_keys(coalesce(v_change -> 'values', '{}')) as k loop
        if v_column <> all (v_known) then
          perform greenroom.refuse(pg_catalog.format('components has no column %I that can be given', v_column), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
        end if;
        v_value := v_value || pg_catalog.jsonb_build_object(v_column, greenroom_exams.given_components(v_column, v_change -> 'values' -> v_column));
      end loop;
      v_value := greenroom_exams.completed_components(p_unit, v_value);
      perform greenroom_exams.put_edit(p_unit, v_ref, (
        select pg_catalog.concat_ws(' ', b.component_code, b.name) from pg_catalog.jsonb_populate_record(null::greenroom.batch_components, v_value) as b
      ), 'add', null, null, v_value, p_by, p_reason, p_gesture);
      v_refs := v_refs || v_ref;
      continue;
    end if;

    v_ref := greenroom_exams.ref_components(p_unit, v_change ->> 'row');
    select r.* into v_row from greenroom_exams.rows_components(p_unit, v_ref) as r;
    if v_row.ref is null or v_ref = any (v_gone) then
      perform greenroom.refuse(pg_catalog.format('there is no row %s', coalesce(v_ref, '')), '[]', 'look at the rows again');
    end if;
    if v_row.state = 'deleted' then
      perform greenroom.refuse('that row is not there any more', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'message', coalesce(v_row.label, v_ref) || ' was deleted meanwhile',
        'by', greenroom_exams.editor_of(p_unit, v_ref, 'delete', null))), 'look at the rows again');
    end if;
    v_refs := v_refs || v_ref;
    case v_change ->> 'do'
    when 'set' then
      v_column := v_change ->> 'column';
      if v_column is null or v_column <> all (v_known) then
        perform greenroom.refuse(pg_catalog.format('components has no column %s that can be edited', coalesce(v_column, '')), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
      end if;
      if not v_change ? 'value' then
        perform greenroom.refuse(pg_catalog.format('what should %s say? no value is given', v_column), '[]', 'give a value; null empties it');
      end if;
      v_value := greenroom_exams.given_components(v_column, v_change -> 'value');
      if v_change ? 'seen' and v_row."values" -> v_column is distinct from v_change -> 'seen' and v_row."values" -> v_column is distinct from v_value then
        perform greenroom.refuse(
          pg_catalog.format('%s of %s was changed meanwhile', v_column, v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', v_column,
            'message', pg_catalog.format('%s is %s now; you saw %s', v_column, coalesce(v_row."values" ->> v_column, 'empty'), coalesce(v_change ->> 'seen', 'empty')),
            'yours', v_value, 'theirs', v_row."values" -> v_column, 'seen', v_change -> 'seen',
            'by', greenroom_exams.editor_of(p_unit, v_ref, 'set', v_column)
          )),
          'look at both values, and decide'
        );
      end if;
      perform greenroom_exams.put_edit(p_unit, v_ref, v_row.label, 'set', v_column,
        case when v_row.state = 'added' then null else coalesce(v_row.source, v_row."values") -> v_column end,
        v_value, p_by, p_reason, p_gesture);
    when 'delete' then
      perform greenroom_exams.remove_components(p_unit, v_ref, v_row.label, v_row.state, coalesce(v_row.source, v_row."values"), p_by, p_reason, p_gesture);
      v_gone := v_gone || v_ref;
    else
      perform greenroom.refuse(pg_catalog.format('nothing is done by %L', v_change ->> 'do'), '[]', 'set, add, delete');
    end case;
  end loop;
  return pg_catalog.to_jsonb(v_refs);
end
$$;
comment on function greenroom_exams.change_components(bigint, jsonb, text, text, uuid) is 'Records one gesture as edits.';

-- The row somebody means: by its id, or, before the first edit, by its place in the very unit that was looked at.
create function greenroom_exams.ref_components(p_unit bigint, p_ref text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select l.id::text
      from greenroom.lineage as l
      where l.unit_id = p_unit
        and p_ref ~ '^row:[0-9]{1,18}:[0-9]{1,9}$'
        and pg_catalog.split_part(p_ref, ':', 2)::bigint = p_unit
        and l.row_no = pg_catalog.split_part(p_ref, ':', 3)::integer
    ),
    p_ref
  )
$$;
comment on function greenroom_exams.ref_components(bigint, text) is 'row:UNIT:N as the id of that row; others as they are.';

create function greenroom_exams.given_components(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := greenroom_exams.read_components(p_column, p_value);
begin
  if v_value is null then
    perform greenroom.refuse(pg_catalog.format('%s cannot be %s', p_column, pg_catalog.left(p_value::text, 80)), '[]', 'give a value of the kind the column holds');
  end if;
  if v_value = 'null' and p_column = any (array['component_code', 'name', 'examined']::text[]) then
    perform greenroom.refuse(pg_catalog.format('%s cannot be empty', p_column), '[]', 'give it a value, or delete the row');
  end if;
  return v_value;
end
$$;
comment on function greenroom_exams.given_components(text, jsonb) is 'A value of components, or a refusal that says why not.';

-- A row that is added has what every row must have.
create function greenroom_exams.completed_components(p_unit bigint, p_values jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanting text;
  v_values jsonb := p_values;
begin
  select pg_catalog.string_agg(c, ', ')
  into v_wanting
  from pg_catalog.unnest(array['component_code', 'name', 'examined']::text[]) as c
  where coalesce(v_values -> c, 'null') = 'null';
  if v_wanting is not null then
    perform greenroom.refuse('a new row needs ' || v_wanting, '[]', 'give every one of them');
  end if;
  return v_values;
end
$$;
comment on function greenroom_exams.completed_components(bigint, jsonb) is 'Values of a row to be added, or a refusal that names what is wanting.';

create function greenroom_exams.remove_components(p_unit bigint, p_ref text, p_label text, p_state text, p_base jsonb, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_state = 'added' then
    -- nobody but us ever said it: it is taken back, with all that was said of it
    perform greenroom_exams.drop_edits(p_unit, p_ref, p_by, p_reason, p_gesture);
  else
    perform greenroom_exams.put_edit(p_unit, p_ref, p_label, 'delete', null, p_base, 'true', p_by, p_reason, p_gesture);
  end if;
end
$$;
comment on function greenroom_exams.remove_components(bigint, text, text, text, jsonb, text, text, uuid) is 'Deletes one row by an edit.';

-- "public".exam_components as it will stand once the prepared releases land.
create view preview.exam_components as
select
  p.id,
  p.exam_board_subject_id,
  p.component_code,
  p.name,
  p.examined,
  p.assessment,
  p.tier,
  p.study_level,
  p.marks,
  p.duration_minutes,
  p.weight_percent,
  p.retired_at,
  p.created_at,
  p.updated_at,
  p.release_id
from "public".exam_components as p
where not exists (
  select
  from greenroom.prepared_components as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where p.id = f.id
)
union all
select
  f.id,
  f.exam_board_subject_id,
  f.component_code,
  f.name,
  f.examined,
  f.assessment,
  f.tier,
  f.study_level,
  f.marks,
  f.duration_minutes,
  f.weight_percent,
  null::timestamptz,
  coalesce(p.created_at, r.made_at),
  r.made_at,
  f.release_id
from greenroom.prepared_components as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join "public".exam_components as p on p.id = f.id
where f.op <> 'retire';
comment on view preview.exam_components is 'exam_components as it will be once prepared releases land.';

-- Source columns of "public".exam_components changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent, retired_at
on "public".exam_components
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and (old.exam_board_subject_id, old.component_code, old.name, old.examined, old.assessment, old.tier, old.study_level, old.marks, old.duration_minutes, old.weight_percent, old.retired_at) is distinct from (new.exam_board_subject_id, new.component_code, new.name, new.examined, new.assessment, new.tier, new.study_level, new.marks, new.duration_minutes, new.weight_percent, new.retired_at)
)
execute function greenroom.note_drift('exams', 'components', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_insert
after insert on "public".exam_components
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'components', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_delete
after delete on "public".exam_components
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'components', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_no_truncate
before truncate on "public".exam_components
for each statement
execute function greenroom.refuse_truncate();

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_option_groups(p_units bigint[])
returns table (unit_id bigint, lost bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
-- row counts of what has just been sealed are unknown: no join may be quadratic, by rows or by units
set enable_nestloop = off
set enable_mergejoin = off
as $$
  select u.id, pg_catalog.count(*)
  from greenroom.unit as u
  join greenroom.published as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join "public".exam_option_groups as p on p.exam_board_subject_id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'option_groups'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom_exams.effective_option_groups as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and row(b.group_code::text)::text = row(p.group_code::text)::text
    )
    -- corrected rows go by their id
    and not exists (
      select
      from greenroom.lineage as l
      join greenroom_exams.effective_option_groups as b on b.unit_id = l.unit_id and b.row_no = l.row_no
      where l.unit_id = u.id
        and b.unit_id = any (p_units)
        and l.id = p.id
    )
  group by u.id
$$;
comment on function greenroom_exams.lost_option_groups(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function greenroom_exams.digest_option_groups()
returns table (key text[], row_count bigint, hash text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    t.key,
    pg_catalog.count(p.id),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where p.id is not null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.group_code::text, p.name::text, p.choose_least::integer, p.choose_most::integer, p.component_code::text, p.note::text), 0), 0)) filter (where p.id is not null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.group_code::text, p.name::text, p.choose_least::integer, p.choose_most::integer, p.component_code::text, p.note::text), 1), 1)) filter (where p.id is not null), 0))
  from pg_temp.touched as t
  left join "public".exam_option_groups as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
  where t.dataset = 'option_groups'
  group by t.key;
end
$$;
comment on function greenroom_exams.digest_option_groups() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function greenroom_exams.unmet_option_groups()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[] := array(select t.unit_id from pg_temp.touched as t where t.dataset = 'option_groups');
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('option_groups %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note
      from pg_temp.touched as t
      join greenroom_exams.effective_option_groups as b on b.unit_id = t.unit_id and b.unit_id = any (v_units)
      where t.dataset = 'option_groups'
        and not t.complete
      except
      select t.key, p.group_code::text, p.name::text, p.choose_least::integer, p.choose_most::integer, p.component_code::text, p.note::text
      from pg_temp.touched as t
      join "public".exam_option_groups as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
      where t.dataset = 'option_groups'
        and not t.complete
    ) as m
  );
end
$$;
comment on function greenroom_exams.unmet_option_groups() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';

-- option_groups: what a unit answers badly. Pure; no rows is a pass.
create function greenroom_exams.check_option_groups(p_units bigint[])
returns table (unit_id bigint, check_name text, severity text, message text, row_key text, "position" text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set standard_conforming_strings = on
set jit = off
set work_mem = '32MB'
as $$
  with unit as materialized (
    select u.*
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset = 'option_groups'
  ), batch as not materialized (
    select b.*
    from greenroom_exams.effective_option_groups as b
    -- by number, not by join: only so does nobody read the batches of all times
    where b.unit_id = any (p_units)
  )
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', pg_catalog.concat_ws(' ', b.group_code), pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id, b.group_code
    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id, b.group_code
    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id and twice.group_code is not distinct from b.group_code
  group by b.unit_id, b.group_code
  union all
  select b.unit_id, 'missing_group_code', 'error',
    pg_catalog.format('group_code is empty for %s', pg_catalog.concat_ws(' ', b.group_code)),
    b.row_key, b.position
  from batch as b
  where b.group_code is null
  union all
  select b.unit_id, 'missing_name', 'error',
    pg_catalog.format('name is empty for %s', pg_catalog.concat_ws(' ', b.group_code)),
    b.row_key, b.position
  from batch as b
  where b.name is null
  union all
  select b.unit_id, 'missing_choose_least', 'error',
    pg_catalog.format('choose_least is empty for %s', pg_catalog.concat_ws(' ', b.group_code)),
    b.row_key, b.position
  from batch as b
  where b.choose_least is null
  union all
  select b.unit_id, 'missing_choose_most', 'error',
    pg_catalog.format('choose_most is empty for %s', pg_catalog.concat_ws(' ', b.group_code)),
    b.row_key, b.position
  from batch as b
  where b.choose_most is null
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('group_code of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.group_code), pg_catalog.left(b.group_code, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.group_code)::text) <> pg_catalog.length(b.group_code) + 2
    and b.group_code ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('name of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.group_code), pg_catalog.left(b.name, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.name)::text) <> pg_catalog.length(b.name) + 2
    and b.name ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select u.id, 'too_few_rows', 'error',
    pg_catalog.format('%s rows; at least 1 expected', u.row_count), null, null
  from unit as u
  where u.row_count < 1
  union all
  -- twice as many is another file
  select u.id, 'too_many_rows', case when u.row_count > 2 * 200::bigint then 'error' else 'warning' end,
    pg_catalog.format('%s rows; at most 200 expected', u.row_count), null, null
  from unit as u
  where u.row_count > 200
  union all
  select u.id, 'quarantined', 'warning',
    pg_catalog.format('%s rows could not be read and are in quarantine', u.quarantined_count), null, null
  from unit as u
  where u.quarantined_count > 0
  -- a fifth of what readers have now would go
  union all
  select u.id, 'shrunk', 'warning',
    pg_catalog.format('%s of %s published rows would leave', gone.lost, p.row_count), null, null
  from unit as u
  join greenroom.published as p on p.scope_id = u.scope_id and p.dataset = u.dataset and p.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join greenroom_exams.lost_option_groups(array(select o.id from unit as o)) as gone on gone.unit_id = u.id
  where gone.lost * 5 > p.row_count
  union all
  select c.unit_id, 'too_few_options', c.severity, c.message, c.row_key, c.position
  from (
-- Choices of more topics than name the group.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s: %s may be chosen of %s options', b.group_code, b.choose_most, coalesce(o.options, 0)) as message,
  b.row_key,
  b.position
from unit as u
join batch as b on b.unit_id = u.id
left join lateral (
  select pg_catalog.count(*) as options
  from greenroom_exams.topics_of(u.scope_id, u.key) as t
  where t.option_group = b.group_code
) as o on true
where coalesce(o.options, 0) < b.choose_most
  ) as c
$$;
comment on function greenroom_exams.check_option_groups(bigint[]) is 'Findings on units of option_groups; no rows is a pass.';

-- Whose id is it? Every entering row of option_groups gets its identity before anything is compared.
create function greenroom_exams.resolve_option_groups(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = 'option_groups');
begin
  drop table if exists pg_temp.resolved_option_groups;
  -- same key; else a retired row whose key came back; else new
  create temporary table resolved_option_groups on commit drop as
  with standing as (
    select distinct on (e.root_id, row(p.group_code::text)::text) p.id, e.root_id, row(p.group_code::text)::text as row_text
    from pg_temp.entering as e
    join "public".exam_option_groups as p on p.exam_board_subject_id = e.root_id
    where e.dataset = 'option_groups'
    order by e.root_id, row(p.group_code::text)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  )
  select
    coalesce(x.id, case when s.id not in (select l.id from greenroom.lineage as l where l.unit_id = e.unit_id) then s.id end, pg_catalog.gen_random_uuid()) as id,
    e.root_id::uuid as exam_board_subject_id,
    b.group_code::text as group_code,
    b.name::text as name,
    b.choose_least::integer as choose_least,
    b.choose_most::integer as choose_most,
    b.component_code::text as component_code,
    b.note::text as note
  from pg_temp.entering as e
  join greenroom_exams.effective_option_groups as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  left join greenroom.lineage as x on x.unit_id = b.unit_id and x.unit_id = any (v_units) and x.row_no = b.row_no
  left join standing as s on s.root_id = e.root_id and s.row_text = row(b.group_code::text)::text
  where e.dataset = 'option_groups';
  analyze pg_temp.resolved_option_groups (id);
end
$$;
comment on function greenroom_exams.resolve_option_groups(integer) is 'Gives every entering row of option_groups its identity (pg_temp.resolved_option_groups).';

-- The plan: what differs between resolved and production, on identity, source columns only.
create function greenroom_exams.diff_option_groups()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_option_groups();
  insert into pg_temp.plan_option_groups (op, id, exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note)
  select
    case when p.id is null then 'insert' else 'update' end,
r.id, r.exam_board_subject_id, r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note
  from pg_temp.resolved_option_groups as r
  left join "public".exam_option_groups as p on p.id = r.id
  where p.id is null
    or p.retired_at is not null
    or (p.exam_board_subject_id, p.group_code, p.name, p.choose_least, p.choose_most, p.component_code, p.note)
      is distinct from (r.exam_board_subject_id, r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note);
  insert into pg_temp.plan_option_groups (op, id, exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note)
  select
    'retire',
p.id, p.exam_board_subject_id, p.group_code, p.name, p.choose_least, p.choose_most, p.component_code, p.note
  from pg_temp.entering as t
  join "public".exam_option_groups as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'option_groups'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_option_groups as r where p.id = r.id);
  analyze pg_temp.plan_option_groups (op, id, exam_board_subject_id);
end
$$;
comment on function greenroom_exams.diff_option_groups() is 'Writes pg_temp.plan_option_groups: exactly what a promotion would do.';

create function greenroom_exams.open_plan_option_groups()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_option_groups;
  create temporary table plan_option_groups (
    op text,
    id uuid,
    exam_board_subject_id uuid,
    group_code text,
    name text,
    choose_least integer,
    choose_most integer,
    component_code text,
    note text,
    retired_at timestamptz,
    stamp_created_at timestamptz,
    stamp_release_id bigint
  ) on commit drop;
end
$$;
comment on function greenroom_exams.open_plan_option_groups() is 'An empty typed plan for option_groups.';

-- The changes of the plan in words a person reads, with the row before and after.
create function greenroom_exams.changes_option_groups()
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    case when pl.op = 'update' and p.retired_at is not null then 'revive' else pl.op end,
    array[pl.id::text],
    pl.exam_board_subject_id,
    pg_catalog.concat_ws(' ', pl.group_code, pl.name),
    case when pl.op <> 'insert' then (select pg_catalog.to_jsonb(x) from (select p.group_code, p.name, p.choose_least, p.choose_most, p.component_code, p.note) as x) end,
    case when pl.op <> 'retire' then (select pg_catalog.to_jsonb(x) from (select pl.group_code, pl.name, pl.choose_least, pl.choose_most, pl.component_code, pl.note) as x) end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.group_code is distinct from pl.group_code then 'group_code' end,
      case when p.name is distinct from pl.name then 'name' end,
      case when p.choose_least is distinct from pl.choose_least then 'choose_least' end,
      case when p.choose_most is distinct from pl.choose_most then 'choose_most' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.note is distinct from pl.note then 'note' end
    ], null) end
  from pg_temp.plan_option_groups as pl
  left join "public".exam_option_groups as p on p.id = pl.id
  ;
end
$$;
comment on function greenroom_exams.changes_option_groups() is 'The plan of option_groups as before and after.';

-- The only writer of "public".exam_option_groups: before-images, park, upsert, retire.
create function greenroom_exams.remember_option_groups(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, 'option_groups', array[p.id::text], pg_catalog.to_jsonb(p)
  from pg_temp.plan_option_groups as pl
  join "public".exam_option_groups as p on p.id = pl.id
  where pl.op in ('update', 'retire')
  order by p.id;
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, 'option_groups', array[pl.id::text], 'null'
  from pg_temp.plan_option_groups as pl
  where pl.op = 'restore';
end
$$;
comment on function greenroom_exams.remember_option_groups(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function greenroom_exams.upsert_option_groups(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- park: going back, a key that another row of the plan takes must be free at every moment
  if exists (select from pg_temp.plan_option_groups as pl where pl.op <> 'retire' and pl.stamp_created_at is not null) then
    update "public".exam_option_groups as p
    set retired_at = pg_catalog.now()
    from pg_temp.plan_option_groups as mine
    where p.id = mine.id
      and p.retired_at is null
      and (
        mine.op = 'retire'
        or mine.op = 'update'
          and (mine.group_code)
            is distinct from (p.group_code)
      );
  end if;

  insert into "public".exam_option_groups (id, exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note, retired_at, created_at, updated_at, release_id)
  select
pl.id, pl.exam_board_subject_id, pl.group_code, pl.name, pl.choose_least, pl.choose_most, pl.component_code, pl.note,
    case when pl.op = 'restore' then pl.retired_at else null end,
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_option_groups as pl
  where pl.op in ('insert', 'restore');

  update "public".exam_option_groups as p
  set
    exam_board_subject_id = pl.exam_board_subject_id,
    group_code = pl.group_code,
    name = pl.name,
    choose_least = pl.choose_least,
    choose_most = pl.choose_most,
    component_code = pl.component_code,
    note = pl.note,
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_option_groups as pl
  where pl.op = 'update'
    and p.id = pl.id;
end
$$;
comment on function greenroom_exams.upsert_option_groups(bigint) is 'Inserts and updates the plan''s rows of option_groups.';

create function greenroom_exams.retire_option_groups(p_release bigint)
returns table (deleted bigint, retired bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_referring record;
begin
  deleted := 0;
  retired := 0;
  if not exists (select from pg_temp.plan_option_groups as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_option_groups;
  create temporary table leaving_option_groups on commit drop as
  select pl.id, false as kept
  from pg_temp.plan_option_groups as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_option_groups;

  -- nobody may begin to point at a row while we look who does
  perform 1
  from "public".exam_option_groups as p
  join pg_temp.leaving_option_groups as l on p.id = l.id
  order by p.id
  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('"public".exam_option_groups'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_option_groups as l set kept = true where not l.kept and exists (select from "public".exam_option_groups as t join %s as r on %s where t.id = l.id)',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_option_groups as l set kept = true;
    end if;
  end loop;

  delete from "public".exam_option_groups as p
  using pg_temp.leaving_option_groups as l
  where p.id = l.id
    and not l.kept;
  get diagnostics deleted = row_count;

  update "public".exam_option_groups as p
  set
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_option_groups as l
  join pg_temp.plan_option_groups as pl on l.id = pl.id
  where p.id = l.id
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function greenroom_exams.retire_option_groups(bigint) is 'Deletes what nothing points at, retires the rest.';

-- Rows of option_groups as people see and name them.
-- A value somebody typed, in the column's own type; null where it cannot be one.
create function greenroom_exams.read_option_groups(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
begin
  if p_value is null or p_value = 'null' then
    return 'null';
  end if;
  if pg_catalog.jsonb_typeof(p_value) in ('object', 'array') and p_column <> all (array[]::text[]) then
    return null;
  end if;
  case p_column
  when 'group_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.group_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.group_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as group_code) as r
      cross join lateral (select r.group_code as group_code offset 0) as v
    );
  when 'name' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.name is null then 'null'
        when true then pg_catalog.to_jsonb(v.name::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as name) as r
      cross join lateral (select r.name as name offset 0) as v
    );
  when 'choose_least' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.choose_least is null then 'null'
        when v.choose_least ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.choose_least::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as choose_least) as r
      cross join lateral (select pg_catalog.regexp_replace(r.choose_least, '[.,]0+$', '') as choose_least offset 0) as v
    );
  when 'choose_most' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.choose_most is null then 'null'
        when v.choose_most ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.choose_most::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as choose_most) as r
      cross join lateral (select pg_catalog.regexp_replace(r.choose_most, '[.,]0+$', '') as choose_most offset 0) as v
    );
  when 'component_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.component_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.component_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as component_code) as r
      cross join lateral (select r.component_code as component_code offset 0) as v
    );
  when 'note' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.note is null then 'null'
        when true then pg_catalog.to_jsonb(v.note::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as note) as r
      cross join lateral (select r.note as note offset 0) as v
    );
  else
    return null;
  end case;
end
$$;
comment on function greenroom_exams.read_option_groups(text, jsonb) is 'A value of option_groups as its column holds it; null = it cannot.';

-- The rows of a unit as people see them: what the source said, what edits made of it, what they took away.
create function greenroom_exams.rows_option_groups(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
returns table (ref text, row_no integer, state text, label text, parent_ref text, "position" text, "values" jsonb, source jsonb, edited jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with whole as materialized (
    select u.scope_id, u.key from greenroom.unit as u where u.id = p_unit
  ), cell as materialized (
    select e.row_ref, pg_catalog.jsonb_object_agg(coalesce(e.column_name, e.action), e.id) as edited
    from greenroom.edit as e
    join whole as w on e.scope_id = w.scope_id and e.dataset = 'option_groups' and e.unit_key = w.key
    where e.state in ('in force', 'conflict')
      and e.agrees_unit is distinct from p_unit
    group by e.row_ref
  ), side as materialized (
    select
      coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref,
      b.row_no,
      'source' as state,
      pg_catalog.concat_ws(' ', b.group_code, b.name) as label,
      b.row_key, b.parent_row_key, b.position,
      (select pg_catalog.to_jsonb(x) from (select b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note) as x) as "values",
      null::jsonb as source
    from greenroom.batch_option_groups as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
      and not exists (select from greenroom.edited_option_groups as x where x.unit_id = p_unit and x.row_no = b.row_no)
      and (p_rows is null or b.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)))
      and (p_keys is null or coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', b.group_code, b.name) = any (p_keys))
    union all
    select
      coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)),
      e.row_no,
      case when e.is_gone then 'deleted' when e.row_no < 0 then 'added' else 'edited' end,
      pg_catalog.concat_ws(' ', e.group_code, e.name),
      e.row_key, e.parent_row_key, e.position,
      (select pg_catalog.to_jsonb(x) from (select e.group_code, e.name, e.choose_least, e.choose_most, e.component_code, e.note) as x),
      case when b.row_no is not null then (select pg_catalog.to_jsonb(x) from (select b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note) as x) end
    from greenroom.edited_option_groups as e
    left join greenroom.batch_option_groups as b on b.unit_id = e.unit_id and b.row_no = e.row_no
    left join greenroom.lineage as owned on owned.unit_id = e.unit_id and owned.row_no = e.row_no
    where e.unit_id = p_unit
      and (p_rows is null or e.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)))
      and (p_keys is null or coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', e.group_code, e.name) = any (p_keys))
  )
  select s.ref, s.row_no, s.state, s.label, parent.ref, s.position, s."values", s.source, coalesce(c.edited, '{}')
  from side as s
  left join side as parent on parent.row_key = s.parent_row_key
  left join cell as c on c.row_ref = s.ref
$$;
comment on function greenroom_exams.rows_option_groups(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named by ref, number or key, with what edits did to them; deleted ones too.';


-- Every row of a unit that is edited has the id that goes with it: production's, or the one it will get.
create function greenroom_exams.trace_option_groups(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_scope integer;
  v_root uuid;
begin
  if not exists (
    select
    from greenroom.batch_option_groups as b
    where b.unit_id = p_unit
      and not exists (select from greenroom.lineage as l where l.unit_id = p_unit and l.row_no = b.row_no)
  ) then
    return;
  end if;
  select u.scope_id, greenroom_exams.find_root(u.scope_id, u.key) into strict v_scope, v_root from greenroom.unit as u where u.id = p_unit;
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, s.id
  from greenroom.batch_option_groups as b
  join (
    select distinct on (row(p.group_code::text)::text) p.id, row(p.group_code::text)::text as row_text
    from "public".exam_option_groups as p
    where p.exam_board_subject_id = v_root
    order by row(p.group_code::text)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  ) as s on s.row_text = row(b.group_code::text)::text
  where b.unit_id = p_unit
  order by b.row_no
  on conflict do nothing;
  -- no production row of its own: a new one, or a second of the same key
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, pg_catalog.gen_random_uuid()
  from greenroom.batch_option_groups as b
  where b.unit_id = p_unit
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.trace_option_groups(bigint) is 'Gives each sealed row of a unit the id that goes with it.';

-- The rows of one edition in the next: what edits follow.
create function greenroom_exams.follow_option_groups(p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set enable_nestloop = off
set jit = off
as $$
begin
  -- the key tells which row is which
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (l.id) p_to, b.row_no, l.id
  from greenroom.batch_option_groups as p
  join greenroom.lineage as l on l.unit_id = p.unit_id and l.row_no = p.row_no
  join greenroom.batch_option_groups as b on b.unit_id = p_to and row(b.group_code::text)::text = row(p.group_code::text)::text
  where p.unit_id = p_from
  order by l.id, b.row_no
  on conflict do nothing;
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, b.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_option_groups, e.value) as p
  join greenroom.batch_option_groups as b on b.unit_id = p_to and row(b.group_code::text)::text = row(p.group_code::text)::text
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = b.row_no)
  order by e.row_ref, b.row_no
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.follow_option_groups(bigint, bigint) is 'Gives rows of the next edition the ids of the rows they continue.';

-- The hash and count of a unit's effective rows; what was decided on another hash no longer counts.
create function greenroom_exams.rehash_option_groups(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_rows bigint;
  v_hash text;
  v_edited boolean;
begin
  v_edited := exists (select from greenroom.edited_option_groups as e where e.unit_id = p_unit);
  if v_edited then
    select pg_catalog.count(*), pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note), 1), 1)), 0))
    into v_rows, v_hash
    from greenroom_exams.effective_option_groups as b
    where b.unit_id = p_unit;
    if v_rows = 0 and pg_catalog.current_setting('greenroom.carrying', true) = 'on' then
      -- an edition is not refused for what people took away of others: somebody looks at it
      delete from greenroom.edited_option_groups as e where e.unit_id = p_unit;
      insert into greenroom.finding (unit_id, check_name, severity, message, found_by)
      values (p_unit, 'nothing_left', 'error', 'corrections take away all that this edition holds: none of them is applied', 'parser');
      v_edited := false;
    elsif v_rows = 0 then
      perform greenroom.refuse('that would leave nothing of it', '[]', 'to take a whole subject or period away, hide it: greenroom live TARGET off');
    end if;
  end if;
  update greenroom.unit as u
  set
    sealed_hash = coalesce(u.sealed_hash, u.hash),
    sealed_rows = coalesce(u.sealed_rows, u.row_count),
    hash = case when v_edited then v_hash else coalesce(u.sealed_hash, u.hash) end,
    row_count = case when v_edited then v_rows else coalesce(u.sealed_rows, u.row_count) end,
    keys_are_unique = u.keys_are_unique and not v_edited,
    texts_are_sound = u.texts_are_sound and not v_edited
  where u.id = p_unit;
end
$$;
comment on function greenroom_exams.rehash_option_groups(bigint) is 'Counts and hashes the effective rows of a unit.';

-- Some rows of which only cells changed: the rest of the overlay, and the tree, stay as they are.
create function greenroom_exams.patch_option_groups(p_unit bigint, p_refs text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  insert into greenroom.edited_option_groups as e (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, group_code, name, choose_least, choose_most, component_code, note)
  with patch as materialized (
    select
      x.ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added
    from greenroom.unit as u
    cross join pg_catalog.unnest(p_refs) as x (ref)
    left join greenroom.edit as e on e.scope_id = u.scope_id and e.dataset = 'option_groups' and e.unit_key = u.key and e.row_ref = x.ref and e.state = 'in force'
    where u.id = p_unit
    group by x.ref
  )
  select p_unit, b.row_no, false, b.row_key, coalesce(e.parent_row_key, b.parent_row_key), b.position, b.derived, r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note
  from patch as p
  join greenroom.lineage as own on own.unit_id = p_unit and own.id = p.ref::uuid
  join greenroom.batch_option_groups as b on b.unit_id = p_unit and b.row_no = own.row_no
  left join greenroom.edited_option_groups as e on e.unit_id = p_unit and e.row_no = b.row_no
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  union all
  select p_unit, e.row_no, false, e.row_key, e.parent_row_key, e.position, e.derived, r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note
  from patch as p
  join greenroom.edited_option_groups as e on e.unit_id = p_unit and e.row_no < 0 and e.row_key = p.ref
  cross join lateral pg_catalog.jsonb_populate_record(e, (p.added - array[]::text[]) || p.cells) as r
  where p.added is not null
  on conflict (unit_id, row_no) do update
  set group_code = excluded.group_code, name = excluded.name, choose_least = excluded.choose_least, choose_most = excluded.choose_most, component_code = excluded.component_code, note = excluded.note;
  -- what says the same as its source again is not edited
  delete from greenroom.edited_option_groups as e
  using greenroom.batch_option_groups as b
  where e.unit_id = p_unit
    and b.unit_id = p_unit
    and b.row_no = e.row_no
    and not e.is_gone
    and (select pg_catalog.to_jsonb(x) from (select e.group_code, e.name, e.choose_least, e.choose_most, e.component_code, e.note) as x) is not distinct from (select pg_catalog.to_jsonb(x) from (select b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note) as x);
  perform greenroom_exams.rehash_option_groups(p_unit);
end
$$;
comment on function greenroom_exams.patch_option_groups(bigint, text[]) is 'Puts cells in force over some rows of a unit.';

-- Writes the effective rows of a pending unit, its hash and count.
create function greenroom_exams.overlay_option_groups(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  delete from greenroom.edited_option_groups as e where e.unit_id = p_unit;
  insert into greenroom.edited_option_groups (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, group_code, name, choose_least, choose_most, component_code, note)
  with patch as materialized (
    select
      e.row_ref as ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      pg_catalog.bool_or(e.action = 'delete') as is_gone,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added,
      pg_catalog.max(e.edited_by) filter (where e.action = 'add') as added_by
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_groups' and e.unit_key = u.key
    where e.state = 'in force'
    group by e.row_ref
  )
  select
    p_unit, b.row_no, coalesce(p.is_gone, false), b.row_key, b.parent_row_key, b.position, b.derived, r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note
  from greenroom.batch_option_groups as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
  join patch as p on p.ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  where b.unit_id = p_unit
    and (p.is_gone or (select pg_catalog.to_jsonb(x) from (select r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note) as x) is distinct from (select pg_catalog.to_jsonb(x) from (select b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note) as x))
  union all
  select
    p_unit, -pg_catalog.row_number() over (order by p.ref)::integer, coalesce(p.is_gone, false), p.ref, null, 'added by ' || p.added_by, null, r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note
  from patch as p
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_option_groups, p.added || p.cells) as r
  where p.added is not null
    and not exists (
      select
      from greenroom.batch_option_groups as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
      where b.unit_id = p_unit
        and coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = p.ref
    );
  -- rows that people added keep their id from one writing to the next
  delete from greenroom.lineage as l where l.unit_id = p_unit and l.row_no < 0;
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_unit, e.row_no, e.row_key::uuid
  from greenroom.edited_option_groups as e
  where e.unit_id = p_unit
    and e.row_no < 0;
  perform greenroom_exams.rehash_option_groups(p_unit);
end
$$;
comment on function greenroom_exams.overlay_option_groups(bigint) is 'Puts the edits in force over a sealed unit.';


-- Compares the edits of a unit with what its source says now: they stay, retire themselves, or are in conflict.
create function greenroom_exams.rebase_option_groups(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  with whole as materialized (
    select u.* from greenroom.unit as u where u.id = p_unit
  ), mine as materialized (
    select e.*
    from greenroom.edit as e
    join whole as u on e.scope_id = u.scope_id and e.dataset = 'option_groups' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ), source as materialized (
    select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref, (select pg_catalog.to_jsonb(x) from (select b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note) as x) as "values"
    from greenroom.batch_option_groups as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
  ), said as materialized (
    select
      m.id,
      m.action,
      m.base,
      m.value,
      s.ref is not null as is_there,
      exists (select from mine as a where a.row_ref = m.row_ref and a.action = 'add') as is_ours,
      coalesce((
        select pg_catalog.jsonb_object_agg(c.column_name, c.value) from mine as c where c.row_ref = m.row_ref and c.action = 'set'
      ), '{}') as cells,
      case m.action
        when 'set' then s."values" -> m.column_name
        when 'delete' then s."values"
        when 'add' then s."values"
      end as says
    from mine as m
    left join source as s on s.ref = m.row_ref
  ), judged as (
    select
      s.id,
      s.says,
      s.is_there or s.action = 'order' as is_met,
      case
        when s.action = 'add' then case
          when not s.is_there then 'in force'
          when not exists (
            select
            from pg_catalog.jsonb_each((s.value - array[]::text[]) || s.cells) as v
            where v.value is distinct from s.says -> v.key
          ) then 'adopted'
          else 'conflict'
        end
        when s.action = 'order' then case
          when greenroom.kept_order(s.says, s.base) = greenroom.kept_order(s.base, s.says) then 'in force'
          when greenroom.kept_order(s.says, s.value) = greenroom.kept_order(s.value, s.says) then 'adopted'
          else 'conflict'
        end
        when not s.is_there and s.is_ours then 'in force'
        when not s.is_there and not (select u.complete from whole as u) then null
        when not s.is_there then case when s.action = 'delete' then 'adopted' else 'conflict' end
        when s.action = 'delete' then case when s.says - array[]::text[] = s.base - array[]::text[] then 'in force' else 'conflict' end
        when s.says = s.base then 'in force'
        when s.says = s.value then 'adopted'
        else 'conflict'
      end as state
    from said as s
  )
  update greenroom.edit as e
  set
    -- it retires when what its source says is published, not before: an edition may be rejected
    state = case j.state when 'adopted' then 'in force' else j.state end,
    agrees_unit = case when j.state = 'adopted' then p_unit end,
    theirs = case when j.state = 'conflict' then j.says end,
    -- where its row was met last: the next edition is followed from there
    unit_id = case when (select u.complete from whole as u) and j.is_met then p_unit else e.unit_id end
  from judged as j
  where e.id = j.id
    and j.state is not null;
end
$$;
comment on function greenroom_exams.rebase_option_groups(bigint) is 'Sets edits in force or in conflict, by what the source says now, and notes where it agrees.';

-- Rows copied from production say what edits made of them: what the source said is put back under the edits.
create function greenroom_exams.unapply_option_groups(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  if not exists (
    select
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_groups' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- rows that people took away
  with gone as (
    select
      e.row_ref, e.base,
      (select pg_catalog.max(b.row_no) from greenroom.batch_option_groups as b where b.unit_id = p_unit) + pg_catalog.row_number() over (order by e.id) as row_no
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_groups' and e.unit_key = u.key
    where e.action = 'delete'
      and e.state in ('in force', 'conflict')
      and e.row_ref not in (
        select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
        from greenroom.batch_option_groups as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
        where b.unit_id = p_unit
      )
  ), traced as (
    insert into greenroom.lineage (unit_id, row_no, id)
    select p_unit, g.row_no, g.row_ref::uuid from gone as g
  )
  insert into greenroom.batch_option_groups (unit_id, row_no, row_key, parent_row_key, position, group_code, name, choose_least, choose_most, component_code, note)
  select p_unit, g.row_no, g.row_ref, null, 'as published', r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note
  from gone as g
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_option_groups, g.base) as r;
  update greenroom.batch_option_groups as b
  set group_code = r.group_code, name = r.name, choose_least = r.choose_least, choose_most = r.choose_most, component_code = r.component_code, note = r.note
  from (
    select b.row_no, r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note
    from greenroom.batch_option_groups as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join (
      select
        e.row_ref,
        coalesce(pg_catalog.jsonb_object_agg(e.column_name, coalesce(e.theirs, e.base)) filter (where e.action = 'set' and e.base is not null), '{}') as cells,
        pg_catalog.bool_or(e.action = 'parent') as has_parent,
        pg_catalog.max(e.base #>> '{}') filter (where e.action = 'parent') as parent
      from greenroom.edit as e
      join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_groups' and e.unit_key = u.key
      where e.state in ('in force', 'conflict')
      group by e.row_ref
    ) as p on p.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
    where b.unit_id = p_unit
  ) as r
  where b.unit_id = p_unit
    and b.row_no = r.row_no;
  -- rows that only people know
  delete from greenroom.batch_option_groups as b
  using (
    select b.row_no
    from greenroom.batch_option_groups as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join greenroom.edit as e on e.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) and e.action = 'add' and e.state in ('in force', 'conflict')
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_groups' and e.unit_key = u.key
    where b.unit_id = p_unit
  ) as a
  where b.unit_id = p_unit
    and b.row_no = a.row_no;
  delete from greenroom.lineage as l
  where l.unit_id = p_unit
    and not exists (select from greenroom.batch_option_groups as b where b.unit_id = p_unit and b.row_no = l.row_no);
end
$$;
comment on function greenroom_exams.unapply_option_groups(bigint) is 'Puts what the source said under the edits of rows copied from production.';

-- Published rows of a unit as a new unit that waits, to be corrected.
create function greenroom_exams.reopen_option_groups(p_scope integer, p_key text[], p_by text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_published greenroom.published;
  v_unit greenroom.unit;
  v_batch bigint;
  v_new bigint;
  v_rows bigint;
  v_hash text;
begin
  select p.* into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = 'option_groups' and p.key = p_key and p.row_count > 0;
  if v_published.scope_id is null then
    return null;
  end if;
  select u.* into v_unit from greenroom.unit as u where u.id = v_published.unit_id;
  insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count)
  select p_scope, 'edit', coalesce(b.source, 'production'), b.snapshot, b.parser, 0, 0
  from (select) as x
  left join greenroom.batch as b on b.id = v_unit.batch_id
  returning id into v_batch;
  -- a part holds some of what is published, and what was changed by hand stands in no batch: then production is copied
  if v_unit.complete and v_unit.hash = v_published.hash then
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash, keys_are_unique, texts_are_sound)
    values (v_batch, p_scope, 'option_groups', p_key, true, coalesce(v_unit.sealed_rows, v_unit.row_count), v_unit.quarantined_count, coalesce(v_unit.sealed_hash, v_unit.hash), v_unit.keys_are_unique, v_unit.texts_are_sound)
    returning id into v_new;
    insert into greenroom.batch_option_groups (unit_id, row_no, row_key, parent_row_key, position, derived, group_code, name, choose_least, choose_most, component_code, note)
    select v_new, b.row_no, b.row_key, b.parent_row_key, b.position, b.derived, b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note
    from greenroom.batch_option_groups as b
    where b.unit_id = v_unit.id;
    get diagnostics v_rows = row_count;
    -- what its parser said of it is as true as it was
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)
    select v_new, f.check_name, f.severity, f.message, f.row_key, f.position, f.found_by
    from greenroom.finding as f
    where f.unit_id = v_unit.id
      and f.found_by = 'parser'
      and f.check_name <> 'unproven_parser';
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, l.row_no, l.id
    from greenroom.lineage as l
    where l.unit_id = v_unit.id
      and l.row_no > 0;
  else
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
    values (v_batch, p_scope, 'option_groups', p_key, true, v_published.row_count, '')
    returning id into v_new;
    insert into greenroom.batch_option_groups (unit_id, row_no, row_key, parent_row_key, position, group_code, name, choose_least, choose_most, component_code, note)
    select
      v_new,
      pg_catalog.row_number() over (order by p.id)::integer,
      p.id::text,
      null,
      'as published',
      p.group_code::text,
      p.name::text,
      p.choose_least::integer,
      p.choose_most::integer,
      p.component_code::text,
      p.note::text
    from (select v_published.root_id as root_id, p_key as key) as t
    join "public".exam_option_groups as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
    ;
    get diagnostics v_rows = row_count;
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, b.row_no, b.row_key::uuid
    from greenroom.batch_option_groups as b
    where b.unit_id = v_new;
    perform greenroom_exams.unapply_option_groups(v_new);
    select pg_catalog.count(*) into v_rows from greenroom.batch_option_groups as b where b.unit_id = v_new;
    select pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note), 1), 1)), 0)) into v_hash from greenroom.batch_option_groups as b where b.unit_id = v_new;
    update greenroom.unit as u set hash = v_hash, row_count = v_rows where u.id = v_new;
  end if;
  update greenroom.batch as b set read_count = v_rows, staged_count = v_rows where b.id = v_batch;
  return v_new;
end
$$;
comment on function greenroom_exams.reopen_option_groups(integer, text[], text) is 'Published rows of a unit as a pending unit; null where nothing is published.';


-- One gesture on a pending unit: every change of it, or none.
create function greenroom_exams.change_option_groups(p_unit bigint, p_changes jsonb, p_by text, p_reason text, p_gesture uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_change jsonb;
  v_ref text;
  v_row record;
  v_value jsonb;
  v_column text;
  v_refs text[] := '{}';
  v_gone text[] := '{}';
  v_known text[] := array['group_code', 'name', 'choose_least', 'choose_most', 'component_code', 'note']::text[];
begin
  perform greenroom_exams.trace_option_groups(p_unit);
  for v_change in select c.value from pg_catalog.jsonb_array_elements(p_changes) as c loop
    if v_change ->> 'do' = 'add' then
      v_ref := pg_catalog.gen_random_uuid()::text;
      v_value := '{}';
      if pg_catalog.jsonb_typeof(coalesce(v_change -> 'values', '{}')) <> 'object' then
        perform greenroom.refuse('the values of a new row are not given by column', '[]', 'give an object: column and value');
      end if;
      for v_column in select k from pg_catalog.jsonb_object_keys(coalesce(v_change -> 'values', '{}')) as k loop
        if v_column <> all (v_known) then
          perform greenroom.refuse(pg_catalog.format('option_groups has no column %I that can be given', v_column), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
        end if;
        v_value := v_value || pg_catalog.jsonb_build_object(v_column, greenroom_exams.given_option_groups(v_column, v_change -> 'values' -> v_column));
      end loop;
      v_value := greenroom_exams.completed_option_groups(p_unit, v_value);
      perform greenroom_exams.put_edit(p_unit, v_ref, (
        select pg_catalog.concat_ws(' ', b.group_code, b.name) from pg_catalog.jsonb_populate_record(null::greenroom.batch_option_groups, v_value) as b
      ), 'add', null, null, v_value, p_by, p_reason, p_gesture);
      v_refs := v_refs || v_ref;
      continue;
    end if;

    v_ref := greenroom_exams.ref_option_groups(p_unit, v_change ->> 'row');
    select r.* into v_row from greenroom_exams.rows_option_groups(p_unit, v_ref) as r;
    if v_row.ref is null or v_ref = any (v_gone) then
      perform greenroom.refuse(pg_catalog.format('there is no row %s', coalesce(v_ref, '')), '[]', 'look at the rows again');
    end if;
    if v_row.state = 'deleted' then
      perform greenroom.refuse('that row is not there any more', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'message', coalesce(v_row.label, v_ref) || ' was deleted meanwhile',
        'by', greenroom_exams.editor_of(p_unit, v_ref, 'delete', null))), 'look at the rows again');
    end if;
    v_refs := v_refs || v_ref;
    case v_change ->> 'do'
    when 'set' then
      v_column := v_change ->> 'column';
      if v_column is null or v_column <> all (v_known) then
        perform greenroom.refuse(pg_catalog.format('option_groups has no column %s that can be edited', coalesce(v_column, '')), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
      end if;
      if not v_change ? 'value' then
        perform greenroom.refuse(pg_catalog.format('what should %s say? no value is given', v_column), '[]', 'give a value; null empties it');
      end if;
      v_value := greenroom_exams.given_option_groups(v_column, v_change -> 'value');
      if v_change ? 'seen' and v_row."values" -> v_column is distinct from v_change -> 'seen' and v_row."values" -> v_column is distinct from v_value then
        perform greenroom.refuse(
          pg_catalog.format('%s of %s was changed meanwhile', v_column, v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', v_column,
            'message', pg_catalog.format('%s is %s now; you saw %s', v_column, coalesce(v_row."values" ->> v_column, 'empty'), coalesce(v_change ->> 'seen', 'empty')),
            'yours', v_value, 'theirs', v_row."values" -> v_column, 'seen', v_change -> 'seen',
            'by', greenroom_exams.editor_of(p_unit, v_ref, 'set', v_column)
          )),
          'look at both values, and decide'
        );
      end if;
      perform greenroom_exams.put_edit(p_unit, v_ref, v_row.label, 'set', v_column,
        case when v_row.state = 'added' then null else coalesce(v_row.source, v_row."values") -> v_column end,
        v_value, p_by, p_reason, p_gesture);
    when 'delete' then
      perform greenroom_exams.remove_option_groups(p_unit, v_ref, v_row.label, v_row.state, coalesce(v_row.source, v_row."values"), p_by, p_reason, p_gesture);
      v_gone := v_gone || v_ref;
    else
      perform greenroom.refuse(pg_catalog.format('nothing is done by %L', v_change ->> 'do'), '[]', 'set, add, delete');
    end case;
  end loop;
  return pg_catalog.to_jsonb(v_refs);
end
$$;
comment on function greenroom_exams.change_option_groups(bigint, jsonb, text, text, uuid) is 'Records one gesture as edits.';

-- The row somebody means: by its id, or, before the first edit, by its place in the very unit that was looked at.
create function greenroom_exams.ref_option_groups(p_unit bigint, p_ref text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select l.id::text
      from greenroom.lineage as l
      where l.unit_id = p_unit
        and p_ref ~ '^row:[0-9]{1,18}:[0-9]{1,9}$'
        and pg_catalog.split_part(p_ref, ':', 2)::bigint = p_unit
        and l.row_no = pg_catalog.split_part(p_ref, ':', 3)::integer
    ),
    p_ref
  )
$$;
comment on function greenroom_exams.ref_option_groups(bigint, text) is 'row:UNIT:N as the id of that row; others as they are.';

create function greenroom_exams.given_option_groups(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := greenroom_exams.read_option_groups(p_column, p_value);
begin
  if v_value is null then
    perform greenroom.refuse(pg_catalog.format('%s cannot be %s', p_column, pg_catalog.left(p_value::text, 80)), '[]', 'give a value of the kind the column holds');
  end if;
  if v_value = 'null' and p_column = any (array['group_code', 'name', 'choose_least', 'choose_most']::text[]) then
    perform greenroom.refuse(pg_catalog.format('%s cannot be empty', p_column), '[]', 'give it a value, or delete the row');
  end if;
  return v_value;
end
$$;
comment on function greenroom_exams.given_option_groups(text, jsonb) is 'A value of option_groups, or a refusal that says why not.';

-- A row that is added has what every row must have.
create function greenroom_exams.completed_option_groups(p_unit bigint, p_values jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanting text;
  v_values jsonb := p_values;
begin
  select pg_catalog.string_agg(c, ', ')
  into v_wanting
  from pg_catalog.unnest(array['group_code', 'name', 'choose_least', 'choose_most']::text[]) as c
  where coalesce(v_values -> c, 'null') = 'null';
  if v_wanting is not null then
    perform greenroom.refuse('a new row needs ' || v_wanting, '[]', 'give every one of them');
  end if;
  return v_values;
end
$$;
comment on function greenroom_exams.completed_option_groups(bigint, jsonb) is 'Values of a row to be added, or a refusal that names what is wanting.';

create function greenroom_exams.remove_option_groups(p_unit bigint, p_ref text, p_label text, p_state text, p_base jsonb, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_state = 'added' then
    -- nobody but us ever said it: it is taken back, with all that was said of it
    perform greenroom_exams.drop_edits(p_unit, p_ref, p_by, p_reason, p_gesture);
  else
    perform greenroom_exams.put_edit(p_unit, p_ref, p_label, 'delete', null, p_base, 'true', p_by, p_reason, p_gesture);
  end if;
end
$$;
comment on function greenroom_exams.remove_option_groups(bigint, text, text, text, jsonb, text, text, uuid) is 'Deletes one row by an edit.';

-- "public".exam_option_groups as it will stand once the prepared releases land.
create view preview.exam_option_groups as
select
  p.id,
  p.exam_board_subject_id,
  p.group_code,
  p.name,
  p.choose_least,
  p.choose_most,
  p.component_code,
  p.note,
  p.retired_at,
  p.created_at,
  p.updated_at,
  p.release_id
from "public".exam_option_groups as p
where not exists (
  select
  from greenroom.prepared_option_groups as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where p.id = f.id
)
union all
select
  f.id,
  f.exam_board_subject_id,
  f.group_code,
  f.name,
  f.choose_least,
  f.choose_most,
  f.component_code,
  f.note,
  null::timestamptz,
  coalesce(p.created_at, r.made_at),
  r.made_at,
  f.release_id
from greenroom.prepared_option_groups as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join "public".exam_option_groups as p on p.id = f.id
where f.op <> 'retire';
comment on view preview.exam_option_groups is 'exam_option_groups as it will be once prepared releases land.';

-- Source columns of "public".exam_option_groups changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note, retired_at
on "public".exam_option_groups
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and (old.exam_board_subject_id, old.group_code, old.name, old.choose_least, old.choose_most, old.component_code, old.note, old.retired_at) is distinct from (new.exam_board_subject_id, new.group_code, new.name, new.choose_least, new.choose_most, new.component_code, new.note, new.retired_at)
)
execute function greenroom.note_drift('exams', 'option_groups', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_insert
after insert on "public".exam_option_groups
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'option_groups', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_delete
after delete on "public".exam_option_groups
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'option_groups', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_no_truncate
before truncate on "public".exam_option_groups
for each statement
execute function greenroom.refuse_truncate();

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_option_exclusions(p_units bigint[])
returns table (unit_id bigint, lost bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
-- row counts of what has just been sealed are unknown: no join may be quadratic, by rows or by units
set enable_nestloop = off
set enable_mergejoin = off
as $$
  select u.id, pg_catalog.count(*)
  from greenroom.unit as u
  join greenroom.published as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join "public".exam_option_exclusions as p on p.exam_board_subject_id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'option_exclusions'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom_exams.effective_option_exclusions as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and row(b.one_code::text, b.other_code::text)::text = row(p.one_code::text, p.other_code::text)::text
    )
    -- corrected rows go by their id
    and not exists (
      select
      from greenroom.lineage as l
      join greenroom_exams.effective_option_exclusions as b on b.unit_id = l.unit_id and b.row_no = l.row_no
      where l.unit_id = u.id
        and b.unit_id = any (p_units)
        and l.id = p.id
    )
  group by u.id
$$;
comment on function greenroom_exams.lost_option_exclusions(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function greenroom_exams.digest_option_exclusions()
returns table (key text[], row_count bigint, hash text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    t.key,
    pg_catalog.count(p.id),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where p.id is not null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.one_code::text, p.other_code::text, p.why::text), 0), 0)) filter (where p.id is not null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.one_code::text, p.other_code::text, p.why::text), 1), 1)) filter (where p.id is not null), 0))
  from pg_temp.touched as t
  left join "public".exam_option_exclusions as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
  where t.dataset = 'option_exclusions'
  group by t.key;
end
$$;
comment on function greenroom_exams.digest_option_exclusions() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function greenroom_exams.unmet_option_exclusions()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[] := array(select t.unit_id from pg_temp.touched as t where t.dataset = 'option_exclusions');
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('option_exclusions %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.one_code, b.other_code, b.why
      from pg_temp.touched as t
      join greenroom_exams.effective_option_exclusions as b on b.unit_id = t.unit_id and b.unit_id = any (v_units)
      where t.dataset = 'option_exclusions'
        and not t.complete
      except
      select t.key, p.one_code::text, p.other_code::text, p.why::text
      from pg_temp.touched as t
      join "public".exam_option_exclusions as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
      where t.dataset = 'option_exclusions'
        and not t.complete
    ) as m
  );
end
$$;
comment on function greenroom_exams.unmet_option_exclusions() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';

-- option_exclusions: what a unit answers badly. Pure; no rows is a pass.
create function greenroom_exams.check_option_exclusions(p_units bigint[])
returns table (unit_id bigint, check_name text, severity text, message text, row_key text, "position" text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set standard_conforming_strings = on
set jit = off
set work_mem = '32MB'
as $$
  with unit as materialized (
    select u.*
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset = 'option_exclusions'
  ), batch as not materialized (
    select b.*
    from greenroom_exams.effective_option_exclusions as b
    -- by number, not by join: only so does nobody read the batches of all times
    where b.unit_id = any (p_units)
  )
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', pg_catalog.concat_ws(' ', b.one_code, b.other_code), pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id, b.one_code, b.other_code
    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id, b.one_code, b.other_code
    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id and twice.one_code is not distinct from b.one_code and twice.other_code is not distinct from b.other_code
  group by b.unit_id, b.one_code, b.other_code
  union all
  select b.unit_id, 'missing_one_code', 'error',
    pg_catalog.format('one_code is empty for %s', pg_catalog.concat_ws(' ', b.one_code, b.other_code)),
    b.row_key, b.position
  from batch as b
  where b.one_code is null
  union all
  select b.unit_id, 'missing_other_code', 'error',
    pg_catalog.format('other_code is empty for %s', pg_catalog.concat_ws(' ', b.one_code, b.other_code)),
    b.row_key, b.position
  from batch as b
  where b.other_code is null
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('one_code of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.one_code, b.other_code), pg_catalog.left(b.one_code, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.one_code)::text) <> pg_catalog.length(b.one_code) + 2
    and b.one_code ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('other_code of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.one_code, b.other_code), pg_catalog.left(b.other_code, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.other_code)::text) <> pg_catalog.length(b.other_code) + 2
    and b.other_code ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select u.id, 'too_few_rows', 'error',
    pg_catalog.format('%s rows; at least 1 expected', u.row_count), null, null
  from unit as u
  where u.row_count < 1
  union all
  -- twice as many is another file
  select u.id, 'too_many_rows', case when u.row_count > 2 * 5000::bigint then 'error' else 'warning' end,
    pg_catalog.format('%s rows; at most 5000 expected', u.row_count), null, null
  from unit as u
  where u.row_count > 5000
  union all
  select u.id, 'quarantined', 'warning',
    pg_catalog.format('%s rows could not be read and are in quarantine', u.quarantined_count), null, null
  from unit as u
  where u.quarantined_count > 0
  -- a fifth of what readers have now would go
  union all
  select u.id, 'shrunk', 'warning',
    pg_catalog.format('%s of %s published rows would leave', gone.lost, p.row_count), null, null
  from unit as u
  join greenroom.published as p on p.scope_id = u.scope_id and p.dataset = u.dataset and p.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join greenroom_exams.lost_option_exclusions(array(select o.id from unit as o)) as gone on gone.unit_id = u.id
  where gone.lost * 5 > p.row_count
  union all
  select c.unit_id, 'unknown_option', c.severity, c.message, c.row_key, c.position
  from (
-- Pairs that name a topic the subject does not have.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s and %s exclude each other, but there is no topic %s', b.one_code, b.other_code, n.code) as message,
  b.row_key,
  b.position
from unit as u
join batch as b on b.unit_id = u.id
cross join lateral (values (b.one_code), (b.other_code)) as n (code)
where n.code not in (select t.topic_code from greenroom_exams.topics_of(u.scope_id, u.key) as t)
  ) as c
$$;
comment on function greenroom_exams.check_option_exclusions(bigint[]) is 'Findings on units of option_exclusions; no rows is a pass.';

-- Whose id is it? Every entering row of option_exclusions gets its identity before anything is compared.
create function greenroom_exams.resolve_option_exclusions(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = 'option_exclusions');
begin
  drop table if exists pg_temp.resolved_option_exclusions;
  -- same key; else a retired row whose key came back; else new
  create temporary table resolved_option_exclusions on commit drop as
  with standing as (
    select distinct on (e.root_id, row(p.one_code::text, p.other_code::text)::text) p.id, e.root_id, row(p.one_code::text, p.other_code::text)::text as row_text
    from pg_temp.entering as e
    join "public".exam_option_exclusions as p on p.exam_board_subject_id = e.root_id
    where e.dataset = 'option_exclusions'
    order by e.root_id, row(p.one_code::text, p.other_code::text)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  )
  select
    coalesce(x.id, case when s.id not in (select l.id from greenroom.lineage as l where l.unit_id = e.unit_id) then s.id end, pg_catalog.gen_random_uuid()) as id,
    e.root_id::uuid as exam_board_subject_id,
    b.one_code::text as one_code,
    b.other_code::text as other_code,
    b.why::text as why
  from pg_temp.entering as e
  join greenroom_exams.effective_option_exclusions as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  left join greenroom.lineage as x on x.unit_id = b.unit_id and x.unit_id = any (v_units) and x.row_no = b.row_no
  left join standing as s on s.root_id = e.root_id and s.row_text = row(b.one_code::text, b.other_code::text)::text
  where e.dataset = 'option_exclusions';
  analyze pg_temp.resolved_option_exclusions (id);
end
$$;
comment on function greenroom_exams.resolve_option_exclusions(integer) is 'Gives every entering row of option_exclusions its identity (pg_temp.resolved_option_exclusions).';

-- The plan: what differs between resolved and production, on identity, source columns only.
create function greenroom_exams.diff_option_exclusions()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_option_exclusions();
  insert into pg_temp.plan_option_exclusions (op, id, exam_board_subject_id, one_code, other_code, why)
  select
    case when p.id is null then 'insert' else 'update' end,
r.id, r.exam_board_subject_id, r.one_code, r.other_code, r.why
  from pg_temp.resolved_option_exclusions as r
  left join "public".exam_option_exclusions as p on p.id = r.id
  where p.id is null
    or p.retired_at is not null
    or (p.exam_board_subject_id, p.one_code, p.other_code, p.why)
      is distinct from (r.exam_board_subject_id, r.one_code, r.other_code, r.why);
  insert into pg_temp.plan_option_exclusions (op, id, exam_board_subject_id, one_code, other_code, why)
  select
    'retire',
p.id, p.exam_board_subject_id, p.one_code, p.other_code, p.why
  from pg_temp.entering as t
  join "public".exam_option_exclusions as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'option_exclusions'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_option_exclusions as r where p.id = r.id);
  analyze pg_temp.plan_option_exclusions (op, id, exam_board_subject_id);
end
$$;
comment on function greenroom_exams.diff_option_exclusions() is 'Writes pg_temp.plan_option_exclusions: exactly what a promotion would do.';

create function greenroom_exams.open_plan_option_exclusions()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_option_exclusions;
  create temporary table plan_option_exclusions (
    op text,
    id uuid,
    exam_board_subject_id uuid,
    one_code text,
    other_code text,
    why text,
    retired_at timestamptz,
    stamp_created_at timestamptz,
    stamp_release_id bigint
  ) on commit drop;
end
$$;
comment on function greenroom_exams.open_plan_option_exclusions() is 'An empty typed plan for option_exclusions.';

-- The changes of the plan in words a person reads, with the row before and after.
create function greenroom_exams.changes_option_exclusions()
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    case when pl.op = 'update' and p.retired_at is not null then 'revive' else pl.op end,
    array[pl.id::text],
    pl.exam_board_subject_id,
    pg_catalog.concat_ws(' ', pl.one_code, pl.other_code),
    case when pl.op <> 'insert' then (select pg_catalog.to_jsonb(x) from (select p.one_code, p.other_code, p.why) as x) end,
    case when pl.op <> 'retire' then (select pg_catalog.to_jsonb(x) from (select pl.one_code, pl.other_code, pl.why) as x) end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.one_code is distinct from pl.one_code then 'one_code' end,
      case when p.other_code is distinct from pl.other_code then 'other_code' end,
      case when p.why is distinct from pl.why then 'why' end
    ], null) end
  from pg_temp.plan_option_exclusions as pl
  left join "public".exam_option_exclusions as p on p.id = pl.id
  ;
end
$$;
comment on function greenroom_exams.changes_option_exclusions() is 'The plan of option_exclusions as before and after.';

-- The only writer of "public".exam_option_exclusions: before-images, park, upsert, retire.
create function greenroom_exams.remember_option_exclusions(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, 'option_exclusions', array[p.id::text], pg_catalog.to_jsonb(p)
  from pg_temp.plan_option_exclusions as pl
  join "public".exam_option_exclusions as p on p.id = pl.id
  where pl.op in ('update', 'retire')
  order by p.id;
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, 'option_exclusions', array[pl.id::text], 'null'
  from pg_temp.plan_option_exclusions as pl
  where pl.op = 'restore';
end
$$;
comment on function greenroom_exams.remember_option_exclusions(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function greenroom_exams.upsert_option_exclusions(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- park: going back, a key that another row of the plan takes must be free at every moment
  if exists (select from pg_temp.plan_option_exclusions as pl where pl.op <> 'retire' and pl.stamp_created_at is not null) then
    update "public".exam_option_exclusions as p
    set retired_at = pg_catalog.now()
    from pg_temp.plan_option_exclusions as mine
    where p.id = mine.id
      and p.retired_at is null
      and (
        mine.op = 'retire'
        or mine.op = 'update'
          and (mine.one_code, mine.other_code)
            is distinct from (p.one_code, p.other_code)
      );
  end if;

  insert into "public".exam_option_exclusions (id, exam_board_subject_id, one_code, other_code, why, retired_at, created_at, updated_at, release_id)
  select
pl.id, pl.exam_board_subject_id, pl.one_code, pl.other_code, pl.why,
    case when pl.op = 'restore' then pl.retired_at else null end,
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_option_exclusions as pl
  where pl.op in ('insert', 'restore');

  update "public".exam_option_exclusions as p
  set
    exam_board_subject_id = pl.exam_board_subject_id,
    one_code = pl.one_code,
    other_code = pl.other_code,
    why = pl.why,
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_option_exclusions as pl
  where pl.op = 'update'
    and p.id = pl.id;
end
$$;
comment on function greenroom_exams.upsert_option_exclusions(bigint) is 'Inserts and updates the plan''s rows of option_exclusions.';

create function greenroom_exams.retire_option_exclusions(p_release bigint)
returns table (deleted bigint, retired bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_referring record;
begin
  deleted := 0;
  retired := 0;
  if not exists (select from pg_temp.plan_option_exclusions as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_option_exclusions;
  create temporary table leaving_option_exclusions on commit drop as
  select pl.id, false as kept
  from pg_temp.plan_option_exclusions as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_option_exclusions;

  -- nobody may begin to point at a row while we look who does
  perform 1
  from "public".exam_option_exclusions as p
  join pg_temp.leaving_option_exclusions as l on p.id = l.id
  order by p.id
  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('"public".exam_option_exclusions'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_option_exclusions as l set kept = true where not l.kept and exists (select from "public".exam_option_exclusions as t join %s as r on %s where t.id = l.id)',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_option_exclusions as l set kept = true;
    end if;
  end loop;

  delete from "public".exam_option_exclusions as p
  using pg_temp.leaving_option_exclusions as l
  where p.id = l.id
    and not l.kept;
  get diagnostics deleted = row_count;

  update "public".exam_option_exclusions as p
  set
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_option_exclusions as l
  join pg_temp.plan_option_exclusions as pl on l.id = pl.id
  where p.id = l.id
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function greenroom_exams.retire_option_exclusions(bigint) is 'Deletes what nothing points at, retires the rest.';

-- Rows of option_exclusions as people see and name them.
-- A value somebody typed, in the column's own type; null where it cannot be one.
create function greenroom_exams.read_option_exclusions(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
begin
  if p_value is null or p_value = 'null' then
    return 'null';
  end if;
  if pg_catalog.jsonb_typeof(p_value) in ('object', 'array') and p_column <> all (array[]::text[]) then
    return null;
  end if;
  case p_column
  when 'one_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.one_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.one_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as one_code) as r
      cross join lateral (select r.one_code as one_code offset 0) as v
    );
  when 'other_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.other_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.other_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as other_code) as r
      cross join lateral (select r.other_code as other_code offset 0) as v
    );
  when 'why' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.why is null then 'null'
        when true then pg_catalog.to_jsonb(v.why::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as why) as r
      cross join lateral (select r.why as why offset 0) as v
    );
  else
    return null;
  end case;
end
$$;
comment on function greenroom_exams.read_option_exclusions(text, jsonb) is 'A value of option_exclusions as its column holds it; null = it cannot.';

-- The rows of a unit as people see them: what the source said, what edits made of it, what they took away.
create function greenroom_exams.rows_option_exclusions(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
returns table (ref text, row_no integer, state text, label text, parent_ref text, "position" text, "values" jsonb, source jsonb, edited jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with whole as materialized (
    select u.scope_id, u.key from greenroom.unit as u where u.id = p_unit
  ), cell as materialized (
    select e.row_ref, pg_catalog.jsonb_object_agg(coalesce(e.column_name, e.action), e.id) as edited
    from greenroom.edit as e
    join whole as w on e.scope_id = w.scope_id and e.dataset = 'option_exclusions' and e.unit_key = w.key
    where e.state in ('in force', 'conflict')
      and e.agrees_unit is distinct from p_unit
    group by e.row_ref
  ), side as materialized (
    select
      coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref,
      b.row_no,
      'source' as state,
      pg_catalog.concat_ws(' ', b.one_code, b.other_code) as label,
      b.row_key, b.parent_row_key, b.position,
      (select pg_catalog.to_jsonb(x) from (select b.one_code, b.other_code, b.why) as x) as "values",
      null::jsonb as source
    from greenroom.batch_option_exclusions as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
      and not exists (select from greenroom.edited_option_exclusions as x where x.unit_id = p_unit and x.row_no = b.row_no)
      and (p_rows is null or b.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)))
      and (p_keys is null or coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', b.one_code, b.other_code) = any (p_keys))
    union all
    select
      coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)),
      e.row_no,
      case when e.is_gone then 'deleted' when e.row_no < 0 then 'added' else 'edited' end,
      pg_catalog.concat_ws(' ', e.one_code, e.other_code),
      e.row_key, e.parent_row_key, e.position,
      (select pg_catalog.to_jsonb(x) from (select e.one_code, e.other_code, e.why) as x),
      case when b.row_no is not null then (select pg_catalog.to_jsonb(x) from (select b.one_code, b.other_code, b.why) as x) end
    from greenroom.edited_option_exclusions as e
    left join greenroom.batch_option_exclusions as b on b.unit_id = e.unit_id and b.row_no = e.row_no
    left join greenroom.lineage as owned on owned.unit_id = e.unit_id and owned.row_no = e.row_no
    where e.unit_id = p_unit
      and (p_rows is null or e.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)))
      and (p_keys is null or coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', e.one_code, e.other_code) = any (p_keys))
  )
  select s.ref, s.row_no, s.state, s.label, parent.ref, s.position, s."values", s.source, coalesce(c.edited, '{}')
  from side as s
  left join side as parent on parent.row_key = s.parent_row_key
  left join cell as c on c.row_ref = s.ref
$$;
comment on function greenroom_exams.rows_option_exclusions(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named by ref, number or key, with what edits did to them; deleted ones too.';


-- Every row of a unit that is edited has the id that goes with it: production's, or the one it will get.
create function greenroom_exams.trace_option_exclusions(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_scope integer;
  v_root uuid;
begin
  if not exists (
    select
    from greenroom.batch_option_exclusions as b
    where b.unit_id = p_unit
      and not exists (select from greenroom.lineage as l where l.unit_id = p_unit and l.row_no = b.row_no)
  ) then
    return;
  end if;
  select u.scope_id, greenroom_exams.find_root(u.scope_id, u.key) into strict v_scope, v_root from greenroom.unit as u where u.id = p_unit;
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, s.id
  from greenroom.batch_option_exclusions as b
  join (
    select distinct on (row(p.one_code::text, p.other_code::text)::text) p.id, row(p.one_code::text, p.other_code::text)::text as row_text
    from "public".exam_option_exclusions as p
    where p.exam_board_subject_id = v_root
    order by row(p.one_code::text, p.other_code::text)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  ) as s on s.row_text = row(b.one_code::text, b.other_code::text)::text
  where b.unit_id = p_unit
  order by b.row_no
  on conflict do nothing;
  -- no production row of its own: a new one, or a second of the same key
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, pg_catalog.gen_random_uuid()
  from greenroom.batch_option_exclusions as b
  where b.unit_id = p_unit
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.trace_option_exclusions(bigint) is 'Gives each sealed row of a unit the id that goes with it.';

-- The rows of one edition in the next: what edits follow.
create function greenroom_exams.follow_option_exclusions(p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set enable_nestloop = off
set jit = off
as $$
begin
  -- the key tells which row is which
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (l.id) p_to, b.row_no, l.id
  from greenroom.batch_option_exclusions as p
  join greenroom.lineage as l on l.unit_id = p.unit_id and l.row_no = p.row_no
  join greenroom.batch_option_exclusions as b on b.unit_id = p_to and row(b.one_code::text, b.other_code::text)::text = row(p.one_code::text, p.other_code::text)::text
  where p.unit_id = p_from
  order by l.id, b.row_no
  on conflict do nothing;
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, b.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_option_exclusions, e.value) as p
  join greenroom.batch_option_exclusions as b on b.unit_id = p_to and row(b.one_code::text, b.other_code::text)::text = row(p.one_code::text, p.other_code::text)::text
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = b.row_no)
  order by e.row_ref, b.row_no
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.follow_option_exclusions(bigint, bigint) is 'Gives rows of the next edition the ids of the rows they continue.';

-- The hash and count of a unit's effective rows; what was decided on another hash no longer counts.
create function greenroom_exams.rehash_option_exclusions(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_rows bigint;
  v_hash text;
  v_edited boolean;
begin
  v_edited := exists (select from greenroom.edited_option_exclusions as e where e.unit_id = p_unit);
  if v_edited then
    select pg_catalog.count(*), pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.one_code, b.other_code, b.why), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.one_code, b.other_code, b.why), 1), 1)), 0))
    into v_rows, v_hash
    from greenroom_exams.effective_option_exclusions as b
    where b.unit_id = p_unit;
    if v_rows = 0 and pg_catalog.current_setting('greenroom.carrying', true) = 'on' then
      -- an edition is not refused for what people took away of others: somebody looks at it
      delete from greenroom.edited_option_exclusions as e where e.unit_id = p_unit;
      insert into greenroom.finding (unit_id, check_name, severity, message, found_by)
      values (p_unit, 'nothing_left', 'error', 'corrections take away all that this edition holds: none of them is applied', 'parser');
      v_edited := false;
    elsif v_rows = 0 then
      perform greenroom.refuse('that would leave nothing of it', '[]', 'to take a whole subject or period away, hide it: greenroom live TARGET off');
    end if;
  end if;
  update greenroom.unit as u
  set
    sealed_hash = coalesce(u.sealed_hash, u.hash),
    sealed_rows = coalesce(u.sealed_rows, u.row_count),
    hash = case when v_edited then v_hash else coalesce(u.sealed_hash, u.hash) end,
    row_count = case when v_edited then v_rows else coalesce(u.sealed_rows, u.row_count) end,
    keys_are_unique = u.keys_are_unique and not v_edited,
    texts_are_sound = u.texts_are_sound and not v_edited
  where u.id = p_unit;
end
$$;
comment on function greenroom_exams.rehash_option_exclusions(bigint) is 'Counts and hashes the effective rows of a unit.';

-- Some rows of which only cells changed: the rest of the overlay, and the tree, stay as they are.
create function greenroom_exams.patch_option_exclusions(p_unit bigint, p_refs text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  insert into greenroom.edited_option_exclusions as e (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, one_code, other_code, why)
  with patch as materialized (
    select
      x.ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added
    from greenroom.unit as u
    cross join pg_catalog.unnest(p_refs) as x (ref)
    left join greenroom.edit as e on e.scope_id = u.scope_id and e.dataset = 'option_exclusions' and e.unit_key = u.key and e.row_ref = x.ref and e.state = 'in force'
    where u.id = p_unit
    group by x.ref
  )
  select p_unit, b.row_no, false, b.row_key, coalesce(e.parent_row_key, b.parent_row_key), b.position, b.derived, r.one_code, r.other_code, r.why
  from patch as p
  join greenroom.lineage as own on own.unit_id = p_unit and own.id = p.ref::uuid
  join greenroom.batch_option_exclusions as b on b.unit_id = p_unit and b.row_no = own.row_no
  left join greenroom.edited_option_exclusions as e on e.unit_id = p_unit and e.row_no = b.row_no
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  union all
  select p_unit, e.row_no, false, e.row_key, e.parent_row_key, e.position, e.derived, r.one_code, r.other_code, r.why
  from patch as p
  join greenroom.edited_option_exclusions as e on e.unit_id = p_unit and e.row_no < 0 and e.row_key = p.ref
  cross join lateral pg_catalog.jsonb_populate_record(e, (p.added - array[]::text[]) || p.cells) as r
  where p.added is not null
  on conflict (unit_id, row_no) do update
  set one_code = excluded.one_code, other_code = excluded.other_code, why = excluded.why;
  -- what says the same as its source again is not edited
  delete from greenroom.edited_option_exclusions as e
  using greenroom.batch_option_exclusions as b
  where e.unit_id = p_unit
    and b.unit_id = p_unit
    and b.row_no = e.row_no
    and not e.is_gone
    and (select pg_catalog.to_jsonb(x) from (select e.one_code, e.other_code, e.why) as x) is not distinct from (select pg_catalog.to_jsonb(x) from (select b.one_code, b.other_code, b.why) as x);
  perform greenroom_exams.rehash_option_exclusions(p_unit);
end
$$;
comment on function greenroom_exams.patch_option_exclusions(bigint, text[]) is 'Puts cells in force over some rows of a unit.';

-- Writes the effective rows of a pending unit, its hash and count.
create function greenroom_exams.overlay_option_exclusions(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  delete from greenroom.edited_option_exclusions as e where e.unit_id = p_unit;
  insert into greenroom.edited_option_exclusions (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, one_code, other_code, why)
  with patch as materialized (
    select
      e.row_ref as ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      pg_catalog.bool_or(e.action = 'delete') as is_gone,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added,
      pg_catalog.max(e.edited_by) filter (where e.action = 'add') as added_by
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_exclusions' and e.unit_key = u.key
    where e.state = 'in force'
    group by e.row_ref
  )
  select
    p_unit, b.row_no, coalesce(p.is_gone, false), b.row_key, b.parent_row_key, b.position, b.derived, r.one_code, r.other_code, r.why
  from greenroom.batch_option_exclusions as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
  join patch as p on p.ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  where b.unit_id = p_unit
    and (p.is_gone or (select pg_catalog.to_jsonb(x) from (select r.one_code, r.other_code, r.why) as x) is distinct from (select pg_catalog.to_jsonb(x) from (select b.one_code, b.other_code, b.why) as x))
  union all
  select
    p_unit, -pg_catalog.row_number() over (order by p.ref)::integer, coalesce(p.is_gone, false), p.ref, null, 'added by ' || p.added_by, null, r.one_code, r.other_code, r.why
  from patch as p
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_option_exclusions, p.added || p.cells) as r
  where p.added is not null
    and not exists (
      select
      from greenroom.batch_option_exclusions as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
      where b.unit_id = p_unit
        and coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = p.ref
    );
  -- rows that people added keep their id from one writing to the next
  delete from greenroom.lineage as l where l.unit_id = p_unit and l.row_no < 0;
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_unit, e.row_no, e.row_key::uuid
  from greenroom.edited_option_exclusions as e
  where e.unit_id = p_unit
    and e.row_no < 0;
  perform greenroom_exams.rehash_option_exclusions(p_unit);
end
$$;
comment on function greenroom_exams.overlay_option_exclusions(bigint) is 'Puts the edits in force over a sealed unit.';


-- Compares the edits of a unit with what its source says now: they stay, retire themselves, or are in conflict.
create function greenroom_exams.rebase_option_exclusions(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  with whole as materialized (
    select u.* from greenroom.unit as u where u.id = p_unit
  ), mine as materialized (
    select e.*
    from greenroom.edit as e
    join whole as u on e.scope_id = u.scope_id and e.dataset = 'option_exclusions' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ), source as materialized (
    select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref, (select pg_catalog.to_jsonb(x) from (select b.one_code, b.other_code, b.why) as x) as "values"
    from greenroom.batch_option_exclusions as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
  ), said as materialized (
    select
      m.id,
      m.action,
      m.base,
      m.value,
      s.ref is not null as is_there,
      exists (select from mine as a where a.row_ref = m.row_ref and a.action = 'add') as is_ours,
      coalesce((
        select pg_catalog.jsonb_object_agg(c.column_name, c.value) from mine as c where c.row_ref = m.row_ref and c.action = 'set'
      ), '{}') as cells,
      case m.action
        when 'set' then s."values" -> m.column_name
        when 'delete' then s."values"
        when 'add' then s."values"
      end as says
    from mine as m
    left join source as s on s.ref = m.row_ref
  ), judged as (
    select
      s.id,
      s.says,
      s.is_there or s.action = 'order' as is_met,
      case
        when s.action = 'add' then case
          when not s.is_there then 'in force'
          when not exists (
            select
            from pg_catalog.jsonb_each((s.value - array[]::text[]) || s.cells) as v
            where v.value is distinct from s.says -> v.key
          ) then 'adopted'
          else 'conflict'
        end
        when s.action = 'order' then case
          when greenroom.kept_order(s.says, s.base) = greenroom.kept_order(s.base, s.says) then 'in force'
          when greenroom.kept_order(s.says, s.value) = greenroom.kept_order(s.value, s.says) then 'adopted'
          else 'conflict'
        end
        when not s.is_there and s.is_ours then 'in force'
        when not s.is_there and not (select u.complete from whole as u) then null
        when not s.is_there then case when s.action = 'delete' then 'adopted' else 'conflict' end
        when s.action = 'delete' then case when s.says - array[]::text[] = s.base - array[]::text[] then 'in force' else 'conflict' end
        when s.says = s.base then 'in force'
        when s.says = s.value then 'adopted'
        else 'conflict'
      end as state
    from said as s
  )
  update greenroom.edit as e
  set
    -- it retires when what its source says is published, not before: an edition may be rejected
    state = case j.state when 'adopted' then 'in force' else j.state end,
    agrees_unit = case when j.state = 'adopted' then p_unit end,
    theirs = case when j.state = 'conflict' then j.says end,
    -- where its row was met last: the next edition is followed from there
    unit_id = case when (select u.complete from whole as u) and j.is_met then p_unit else e.unit_id end
  from judged as j
  where e.id = j.id
    and j.state is not null;
end
$$;
comment on function greenroom_exams.rebase_option_exclusions(bigint) is 'Sets edits in force or in conflict, by what the source says now, and notes where it agrees.';

-- Rows copied from production say what edits made of them: what the source said is put back under the edits.
create function greenroom_exams.unapply_option_exclusions(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  if not exists (
    select
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_exclusions' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- rows that people took away
  with gone as (
    select
      e.row_ref, e.base,
      (select pg_catalog.max(b.row_no) from greenroom.batch_option_exclusions as b where b.unit_id = p_unit) + pg_catalog.row_number() over (order by e.id) as row_no
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_exclusions' and e.unit_key = u.key
    where e.action = 'delete'
      and e.state in ('in force', 'conflict')
      and e.row_ref not in (
        select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
        from greenroom.batch_option_exclusions as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
        where b.unit_id = p_unit
      )
  ), traced as (
    insert into greenroom.lineage (unit_id, row_no, id)
    select p_unit, g.row_no, g.row_ref::uuid from gone as g
  )
  insert into greenroom.batch_option_exclusions (unit_id, row_no, row_key, parent_row_key, position, one_code, other_code, why)
  select p_unit, g.row_no, g.row_ref, null, 'as published', r.one_code, r.other_code, r.why
  from gone as g
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_option_exclusions, g.base) as r;
  update greenroom.batch_option_exclusions as b
  set one_code = r.one_code, other_code = r.other_code, why = r.why
  from (
    select b.row_no, r.one_code, r.other_code, r.why
    from greenroom.batch_option_exclusions as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join (
      select
        e.row_ref,
        coalesce(pg_catalog.jsonb_object_agg(e.column_name, coalesce(e.theirs, e.base)) filter (where e.action = 'set' and e.base is not null), '{}') as cells,
        pg_catalog.bool_or(e.action = 'parent') as has_parent,
        pg_catalog.max(e.base #>> '{}') filter (where e.action = 'parent') as parent
      from greenroom.edit as e
      join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_exclusions' and e.unit_key = u.key
      where e.state in ('in force', 'conflict')
      group by e.row_ref
    ) as p on p.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
    where b.unit_id = p_unit
  ) as r
  where b.unit_id = p_unit
    and b.row_no = r.row_no;
  -- rows that only people know
  delete from greenroom.batch_option_exclusions as b
  using (
    select b.row_no
    from greenroom.batch_option_exclusions as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join greenroom.edit as e on e.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) and e.action = 'add' and e.state in ('in force', 'conflict')
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'option_exclusions' and e.unit_key = u.key
    where b.unit_id = p_unit
  ) as a
  where b.unit_id = p_unit
    and b.row_no = a.row_no;
  delete from greenroom.lineage as l
  where l.unit_id = p_unit
    and not exists (select from greenroom.batch_option_exclusions as b where b.unit_id = p_unit and b.row_no = l.row_no);
end
$$;
comment on function greenroom_exams.unapply_option_exclusions(bigint) is 'Puts what the source said under the edits of rows copied from production.';

-- Published rows of a unit as a new unit that waits, to be corrected.
create function greenroom_exams.reopen_option_exclusions(p_scope integer, p_key text[], p_by text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_published greenroom.published;
  v_unit greenroom.unit;
  v_batch bigint;
  v_new bigint;
  v_rows bigint;
  v_hash text;
begin
  select p.* into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = 'option_exclusions' and p.key = p_key and p.row_count > 0;
  if v_published.scope_id is null then
    return null;
  end if;
  select u.* into v_unit from greenroom.unit as u where u.id = v_published.unit_id;
  insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count)
  select p_scope, 'edit', coalesce(b.source, 'production'), b.snapshot, b.parser, 0, 0
  from (select) as x
  left join greenroom.batch as b on b.id = v_unit.batch_id
  returning id into v_batch;
  -- a part holds some of what is published, and what was changed by hand stands in no batch: then production is copied
  if v_unit.complete and v_unit.hash = v_published.hash then
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash, keys_are_unique, texts_are_sound)
    values (v_batch, p_scope, 'option_exclusions', p_key, true, coalesce(v_unit.sealed_rows, v_unit.row_count), v_unit.quarantined_count, coalesce(v_unit.sealed_hash, v_unit.hash), v_unit.keys_are_unique, v_unit.texts_are_sound)
    returning id into v_new;
    insert into greenroom.batch_option_exclusions (unit_id, row_no, row_key, parent_row_key, position, derived, one_code, other_code, why)
    select v_new, b.row_no, b.row_key, b.parent_row_key, b.position, b.derived, b.one_code, b.other_code, b.why
    from greenroom.batch_option_exclusions as b
    where b.unit_id = v_unit.id;
    get diagnostics v_rows = row_count;
    -- what its parser said of it is as true as it was
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)
    select v_new, f.check_name, f.severity, f.message, f.row_key, f.position, f.found_by
    from greenroom.finding as f
    where f.unit_id = v_unit.id
      and f.found_by = 'parser'
      and f.check_name <> 'unproven_parser';
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, l.row_no, l.id
    from greenroom.lineage as l
    where l.unit_id = v_unit.id
      and l.row_no > 0;
  else
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
    values (v_batch, p_scope, 'option_exclusions', p_key, true, v_published.row_count, '')
    returning id into v_new;
    insert into greenroom.batch_option_exclusions (unit_id, row_no, row_key, parent_row_key, position, one_code, other_code, why)
    select
      v_new,
      pg_catalog.row_number() over (order by p.id)::integer,
      p.id::text,
      null,
      'as published',
      p.one_code::text,
      p.other_code::text,
      p.why::text
    from (select v_published.root_id as root_id, p_key as key) as t
    join "public".exam_option_exclusions as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
    ;
    get diagnostics v_rows = row_count;
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, b.row_no, b.row_key::uuid
    from greenroom.batch_option_exclusions as b
    where b.unit_id = v_new;
    perform greenroom_exams.unapply_option_exclusions(v_new);
    select pg_catalog.count(*) into v_rows from greenroom.batch_option_exclusions as b where b.unit_id = v_new;
    select pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.one_code, b.other_code, b.why), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.one_code, b.other_code, b.why), 1), 1)), 0)) into v_hash from greenroom.batch_option_exclusions as b where b.unit_id = v_new;
    update greenroom.unit as u set hash = v_hash, row_count = v_rows where u.id = v_new;
  end if;
  update greenroom.batch as b set read_count = v_rows, staged_count = v_rows where b.id = v_batch;
  return v_new;
end
$$;
comment on function greenroom_exams.reopen_option_exclusions(integer, text[], text) is 'Published rows of a unit as a pending unit; null where nothing is published.';


-- One gesture on a pending unit: every change of it, or none.
create function greenroom_exams.change_option_exclusions(p_unit bigint, p_changes jsonb, p_by text, p_reason text, p_gesture uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_change jsonb;
  v_ref text;
  v_row record;
  v_value jsonb;
  v_column text;
  v_refs text[] := '{}';
  v_gone text[] := '{}';
  v_known text[] := array['one_code', 'other_code', 'why']::text[];
begin
  perform greenroom_exams.trace_option_exclusions(p_unit);
  for v_change in select c.value from pg_catalog.jsonb_array_elements(p_changes) as c loop
    if v_change ->> 'do' = 'add' then
      v_ref := pg_catalog.gen_random_uuid()::text;
      v_value := '{}';
      if pg_catalog.jsonb_typeof(coalesce(v_change -> 'values', '{}')) <> 'object' then
        perform greenroom.refuse('the values of a new row are not given by column', '[]', 'give an object: column and value');
      end if;
      for v_column in select k from pg_catalog.jsonb_object_keys(coalesce(v_change -> 'values', '{}')) as k loop
        if v_column <> all (v_known) then
          perform greenroom.refuse(pg_catalog.format('option_exclusions has no column %I that can be given', v_column), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
        end if;
        v_value := v_value || pg_catalog.jsonb_build_object(v_column, greenroom_exams.given_option_exclusions(v_column, v_change -> 'values' -> v_column));
      end loop;
      v_value := greenroom_exams.completed_option_exclusions(p_unit, v_value);
      perform greenroom_exams.put_edit(p_unit, v_ref, (
        select pg_catalog.concat_ws(' ', b.one_code, b.other_code) from pg_catalog.jsonb_populate_record(null::greenroom.batch_option_exclusions, v_value) as b
      ), 'add', null, null, v_value, p_by, p_reason, p_gesture);
      v_refs := v_refs || v_ref;
      continue;
    end if;

    v_ref := greenroom_exams.ref_option_exclusions(p_unit, v_change ->> 'row');
    select r.* into v_row from greenroom_exams.rows_option_exclusions(p_unit, v_ref) as r;
    if v_row.ref is null or v_ref = any (v_gone) then
      perform greenroom.refuse(pg_catalog.format('there is no row %s', coalesce(v_ref, '')), '[]', 'look at the rows again');
    end if;
    if v_row.state = 'deleted' then
      perform greenroom.refuse('that row is not there any more', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'message', coalesce(v_row.label, v_ref) || ' was deleted meanwhile',
        'by', greenroom_exams.editor_of(p_unit, v_ref, 'delete', null))), 'look at the rows again');
    end if;
    v_refs := v_refs || v_ref;
    case v_change ->> 'do'
    when 'set' then
      v_column := v_change ->> 'column';
      if v_column is null or v_column <> all (v_known) then
        perform greenroom.refuse(pg_catalog.format('option_exclusions has no column %s that can be edited', coalesce(v_column, '')), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
      end if;
      if not v_change ? 'value' then
        perform greenroom.refuse(pg_catalog.format('what should %s say? no value is given', v_column), '[]', 'give a value; null empties it');
      end if;
      v_value := greenroom_exams.given_option_exclusions(v_column, v_change -> 'value');
      if v_change ? 'seen' and v_row."values" -> v_column is distinct from v_change -> 'seen' and v_row."values" -> v_column is distinct from v_value then
        perform greenroom.refuse(
          pg_catalog.format('%s of %s was changed meanwhile', v_column, v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', v_column,
            'message', pg_catalog.format('%s is %s now; you saw %s', v_column, coalesce(v_row."values" ->> v_column, 'empty'), coalesce(v_change ->> 'seen', 'empty')),
            'yours', v_value, 'theirs', v_row."values" -> v_column, 'seen', v_change -> 'seen',
            'by', greenroom_exams.editor_of(p_unit, v_ref, 'set', v_column)
          )),
          'look at both values, and decide'
        );
      end if;
      perform greenroom_exams.put_edit(p_unit, v_ref, v_row.label, 'set', v_column,
        case when v_row.state = 'added' then null else coalesce(v_row.source, v_row."values") -> v_column end,
        v_value, p_by, p_reason, p_gesture);
    when 'delete' then
      perform greenroom_exams.remove_option_exclusions(p_unit, v_ref, v_row.label, v_row.state, coalesce(v_row.source, v_row."values"), p_by, p_reason, p_gesture);
      v_gone := v_gone || v_ref;
    else
      perform greenroom.refuse(pg_catalog.format('nothing is done by %L', v_change ->> 'do'), '[]', 'set, add, delete');
    end case;
  end loop;
  return pg_catalog.to_jsonb(v_refs);
end
$$;
comment on function greenroom_exams.change_option_exclusions(bigint, jsonb, text, text, uuid) is 'Records one gesture as edits.';

-- The row somebody means: by its id, or, before the first edit, by its place in the very unit that was looked at.
create function greenroom_exams.ref_option_exclusions(p_unit bigint, p_ref text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select l.id::text
      from greenroom.lineage as l
      where l.unit_id = p_unit
        and p_ref ~ '^row:[0-9]{1,18}:[0-9]{1,9}$'
        and pg_catalog.split_part(p_ref, ':', 2)::bigint = p_unit
        and l.row_no = pg_catalog.split_part(p_ref, ':', 3)::integer
    ),
    p_ref
  )
$$;
comment on function greenroom_exams.ref_option_exclusions(bigint, text) is 'row:UNIT:N as the id of that row; others as they are.';

create function greenroom_exams.given_option_exclusions(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := greenroom_exams.read_option_exclusions(p_column, p_value);
begin
  if v_value is null then
    perform greenroom.refuse(pg_catalog.format('%s cannot be %s', p_column, pg_catalog.left(p_value::text, 80)), '[]', 'give a value of the kind the column holds');
  end if;
  if v_value = 'null' and p_column = any (array['one_code', 'other_code']::text[]) then
    perform greenroom.refuse(pg_catalog.format('%s cannot be empty', p_column), '[]', 'give it a value, or delete the row');
  end if;
  return v_value;
end
$$;
comment on function greenroom_exams.given_option_exclusions(text, jsonb) is 'A value of option_exclusions, or a refusal that says why not.';

-- A row that is added has what every row must have.
create function greenroom_exams.completed_option_exclusions(p_unit bigint, p_values jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanting text;
  v_values jsonb := p_values;
begin
  select pg_catalog.string_agg(c, ', ')
  into v_wanting
  from pg_catalog.unnest(array['one_code', 'other_code']::text[]) as c
  where coalesce(v_values -> c, 'null') = 'null';
  if v_wanting is not null then
    perform greenroom.refuse('a new row needs ' || v_wanting, '[]', 'give every one of them');
  end if;
  return v_values;
end
$$;
comment on function greenroom_exams.completed_option_exclusions(bigint, jsonb) is 'Values of a row to be added, or a refusal that names what is wanting.';

create function greenroom_exams.remove_option_exclusions(p_unit bigint, p_ref text, p_label text, p_state text, p_base jsonb, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_state = 'added' then
    -- nobody but us ever said it: it is taken back, with all that was said of it
    perform greenroom_exams.drop_edits(p_unit, p_ref, p_by, p_reason, p_gesture);
  else
    perform greenroom_exams.put_edit(p_unit, p_ref, p_label, 'delete', null, p_base, 'true', p_by, p_reason, p_gesture);
  end if;
end
$$;
comment on function greenroom_exams.remove_option_exclusions(bigint, text, text, text, jsonb, text, text, uuid) is 'Deletes one row by an edit.';

-- "public".exam_option_exclusions as it will stand once the prepared releases land.
create view preview.exam_option_exclusions as
select
  p.id,
  p.exam_board_subject_id,
  p.one_code,
  p.other_code,
  p.why,
  p.retired_at,
  p.created_at,
  p.updated_at,
  p.release_id
from "public".exam_option_exclusions as p
where not exists (
  select
  from greenroom.prepared_option_exclusions as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where p.id = f.id
)
union all
select
  f.id,
  f.exam_board_subject_id,
  f.one_code,
  f.other_code,
  f.why,
  null::timestamptz,
  coalesce(p.created_at, r.made_at),
  r.made_at,
  f.release_id
from greenroom.prepared_option_exclusions as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join "public".exam_option_exclusions as p on p.id = f.id
where f.op <> 'retire';
comment on view preview.exam_option_exclusions is 'exam_option_exclusions as it will be once prepared releases land.';

-- Source columns of "public".exam_option_exclusions changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of exam_board_subject_id, one_code, other_code, why, retired_at
on "public".exam_option_exclusions
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and (old.exam_board_subject_id, old.one_code, old.other_code, old.why, old.retired_at) is distinct from (new.exam_board_subject_id, new.one_code, new.other_code, new.why, new.retired_at)
)
execute function greenroom.note_drift('exams', 'option_exclusions', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_insert
after insert on "public".exam_option_exclusions
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'option_exclusions', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_delete
after delete on "public".exam_option_exclusions
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'option_exclusions', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_no_truncate
before truncate on "public".exam_option_exclusions
for each statement
execute function greenroom.refuse_truncate();

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_papers(p_units bigint[])
returns table (unit_id bigint, lost bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
-- row counts of what has just been sealed are unknown: no join may be quadratic, by rows or by units
set enable_nestloop = off
set enable_mergejoin = off
as $$
  select u.id, pg_catalog.count(*)
  from greenroom.unit as u
  join greenroom.published as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join "public".exam_papers as p on p.exam_board_subject_id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'papers'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom_exams.effective_papers as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and row(b.year::integer, b.series::text, b.component_code::text, b.paper_number::integer, b.tier::text, b.variant::text, b.type::text, b.language::text, b.modified::boolean)::text = row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text
    )
    -- corrected rows go by their id
    and not exists (
      select
      from greenroom.lineage as l
      join greenroom_exams.effective_papers as b on b.unit_id = l.unit_id and b.row_no = l.row_no
      where l.unit_id = u.id
        and b.unit_id = any (p_units)
        and l.id = p.id
    )
  group by u.id
$$;
comment on function greenroom_exams.lost_papers(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function greenroom_exams.digest_papers()
returns table (key text[], row_count bigint, hash text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    t.key,
    pg_catalog.count(p.id),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where p.id is not null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.paper_number::integer, p.component_code::text, p.year::integer, p.series::text, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean, p.title::text, p.url::text, p.marks::integer), 0), 0)) filter (where p.id is not null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.paper_number::integer, p.component_code::text, p.year::integer, p.series::text, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean, p.title::text, p.url::text, p.marks::integer), 1), 1)) filter (where p.id is not null), 0))
  from pg_temp.touched as t
  left join "public".exam_papers as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
  where t.dataset = 'papers'
  group by t.key;
end
$$;
comment on function greenroom_exams.digest_papers() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function greenroom_exams.unmet_papers()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[] := array(select t.unit_id from pg_temp.touched as t where t.dataset = 'papers');
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('papers %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks
      from pg_temp.touched as t
      join greenroom_exams.effective_papers as b on b.unit_id = t.unit_id and b.unit_id = any (v_units)
      where t.dataset = 'papers'
        and not t.complete
      except
      select t.key, p.paper_number::integer, p.component_code::text, p.year::integer, p.series::text, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean, p.title::text, p.url::text, p.marks::integer
      from pg_temp.touched as t
      join "public".exam_papers as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
      where t.dataset = 'papers'
        and not t.complete
    ) as m
  );
end
$$;
comment on function greenroom_exams.unmet_papers() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';

-- papers: what a unit answers badly. Pure; no rows is a pass.
create function greenroom_exams.check_papers(p_units bigint[])
returns table (unit_id bigint, check_name text, severity text, message text, row_key text, "position" text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set standard_conforming_strings = on
set jit = off
set work_mem = '32MB'
as $$
  with unit as materialized (
    select u.*
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset = 'papers'
  ), batch as not materialized (
    select b.*
    from greenroom_exams.effective_papers as b
    -- by number, not by join: only so does nobody read the batches of all times
    where b.unit_id = any (p_units)
  )
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified), pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id, b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified
    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id, b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified
    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id and twice.year is not distinct from b.year and twice.series is not distinct from b.series and twice.component_code is not distinct from b.component_code and twice.paper_number is not distinct from b.paper_number and twice.tier is not distinct from b.tier and twice.variant is not distinct from b.variant and twice.type is not distinct from b.type and twice.language is not distinct from b.language and twice.modified is not distinct from b.modified
  group by b.unit_id, b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified
  union all
  select b.unit_id, 'missing_year', 'error',
    pg_catalog.format('year is empty for %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified)),
    b.row_key, b.position
  from batch as b
  where b.year is null
  union all
  select b.unit_id, 'missing_series', 'error',
    pg_catalog.format('series is empty for %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified)),
    b.row_key, b.position
  from batch as b
  where b.series is null
  union all
  select b.unit_id, 'missing_type', 'error',
    pg_catalog.format('type is empty for %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified)),
    b.row_key, b.position
  from batch as b
  where b.type is null
  union all
  select b.unit_id, 'missing_language', 'error',
    pg_catalog.format('language is empty for %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified)),
    b.row_key, b.position
  from batch as b
  where b.language is null
  union all
  select b.unit_id, 'missing_modified', 'error',
    pg_catalog.format('modified is empty for %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified)),
    b.row_key, b.position
  from batch as b
  where b.modified is null
  union all
  select b.unit_id, 'missing_url', 'error',
    pg_catalog.format('url is empty for %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified)),
    b.row_key, b.position
  from batch as b
  where b.url is null
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('series of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified), pg_catalog.left(b.series, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.series)::text) <> pg_catalog.length(b.series) + 2
    and b.series ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('type of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified), pg_catalog.left(b.type, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.type)::text) <> pg_catalog.length(b.type) + 2
    and b.type ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('language of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified), pg_catalog.left(b.language, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.language)::text) <> pg_catalog.length(b.language) + 2
    and b.language ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('title of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified), pg_catalog.left(b.title, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.title)::text) <> pg_catalog.length(b.title) + 2
    and b.title ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('url of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.paper_number, b.tier, b.variant, b.type, b.language, b.modified), pg_catalog.left(b.url, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.url)::text) <> pg_catalog.length(b.url) + 2
    and b.url ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select u.id, 'too_few_rows', 'error',
    pg_catalog.format('%s rows; at least 1 expected', u.row_count), null, null
  from unit as u
  where u.row_count < 1
  union all
  -- twice as many is another file
  select u.id, 'too_many_rows', case when u.row_count > 2 * 5000::bigint then 'error' else 'warning' end,
    pg_catalog.format('%s rows; at most 5000 expected', u.row_count), null, null
  from unit as u
  where u.row_count > 5000
  union all
  select u.id, 'quarantined', 'warning',
    pg_catalog.format('%s rows could not be read and are in quarantine', u.quarantined_count), null, null
  from unit as u
  where u.quarantined_count > 0
  -- a fifth of what readers have now would go
  union all
  select u.id, 'shrunk', 'warning',
    pg_catalog.format('%s of %s published rows would leave', gone.lost, p.row_count), null, null
  from unit as u
  join greenroom.published as p on p.scope_id = u.scope_id and p.dataset = u.dataset and p.root_id = greenroom_exams.find_root(u.scope_id, u.key)
  join greenroom_exams.lost_papers(array(select o.id from unit as o)) as gone on gone.unit_id = u.id
  where gone.lost * 5 > p.row_count
$$;
comment on function greenroom_exams.check_papers(bigint[]) is 'Findings on units of papers; no rows is a pass.';

-- Whose id is it? Every entering row of papers gets its identity before anything is compared.
create function greenroom_exams.resolve_papers(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = 'papers');
begin
  drop table if exists pg_temp.resolved_papers;
  -- same key; else a retired row whose key came back; else new
  create temporary table resolved_papers on commit drop as
  with standing as (
    select distinct on (e.root_id, row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text) p.id, e.root_id, row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text as row_text
    from pg_temp.entering as e
    join "public".exam_papers as p on p.exam_board_subject_id = e.root_id
    where e.dataset = 'papers'
    order by e.root_id, row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  )
  select
    coalesce(x.id, case when s.id not in (select l.id from greenroom.lineage as l where l.unit_id = e.unit_id) then s.id end, pg_catalog.gen_random_uuid()) as id,
    e.root_id::uuid as exam_board_subject_id,
    b.paper_number::integer as paper_number,
    b.component_code::text as component_code,
    b.year::integer as year,
    b.series::text as series,
    b.tier::text as tier,
    b.variant::text as variant,
    b.type::text as type,
    b.language::text as language,
    b.modified::boolean as modified,
    b.title::text as title,
    b.url::text as url,
    b.marks::integer as marks
  from pg_temp.entering as e
  join greenroom_exams.effective_papers as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  left join greenroom.lineage as x on x.unit_id = b.unit_id and x.unit_id = any (v_units) and x.row_no = b.row_no
  left join standing as s on s.root_id = e.root_id and s.row_text = row(b.year::integer, b.series::text, b.component_code::text, b.paper_number::integer, b.tier::text, b.variant::text, b.type::text, b.language::text, b.modified::boolean)::text
  where e.dataset = 'papers';
  analyze pg_temp.resolved_papers (id);
end
$$;
comment on function greenroom_exams.resolve_papers(integer) is 'Gives every entering row of papers its identity (pg_temp.resolved_papers).';

-- The plan: what differs between resolved and production, on identity, source columns only.
create function greenroom_exams.diff_papers()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_papers();
  insert into pg_temp.plan_papers (op, id, exam_board_subject_id, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks)
  select
    case when p.id is null then 'insert' else 'update' end,
r.id, r.exam_board_subject_id, r.paper_number, r.component_code, r.year, r.series, r.tier, r.variant, r.type, r.language, r.modified, r.title, r.url, r.marks
  from pg_temp.resolved_papers as r
  left join "public".exam_papers as p on p.id = r.id
  where p.id is null
    or p.retired_at is not null
    or (p.exam_board_subject_id, p.paper_number, p.component_code, p.year, p.series, p.tier, p.variant, p.type, p.language, p.modified, p.title, p.url, p.marks)
      is distinct from (r.exam_board_subject_id, r.paper_number, r.component_code, r.year, r.series, r.tier, r.variant, r.type, r.language, r.modified, r.title, r.url, r.marks);
  insert into pg_temp.plan_papers (op, id, exam_board_subject_id, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks)
  select
    'retire',
p.id, p.exam_board_subject_id, p.paper_number, p.component_code, p.year, p.series, p.tier, p.variant, p.type, p.language, p.modified, p.title, p.url, p.marks
  from pg_temp.entering as t
  join "public".exam_papers as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'papers'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_papers as r where p.id = r.id);
  analyze pg_temp.plan_papers (op, id, exam_board_subject_id);
end
$$;
comment on function greenroom_exams.diff_papers() is 'Writes pg_temp.plan_papers: exactly what a promotion would do.';

create function greenroom_exams.open_plan_papers()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_papers;
  create temporary table plan_papers (
    op text,
    id uuid,
    exam_board_subject_id uuid,
    paper_number integer,
    component_code text,
    year integer,
    series text,
    tier text,
    variant text,
    type text,
    language text,
    modified boolean,
    title text,
    url text,
    marks integer,
    retired_at timestamptz,
    stamp_created_at timestamptz,
    stamp_release_id bigint
  ) on commit drop;
end
$$;
comment on function greenroom_exams.open_plan_papers() is 'An empty typed plan for papers.';

-- The changes of the plan in words a person reads, with the row before and after.
create function greenroom_exams.changes_papers()
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    case when pl.op = 'update' and p.retired_at is not null then 'revive' else pl.op end,
    array[pl.id::text],
    pl.exam_board_subject_id,
    pg_catalog.concat_ws(' ', pl.year, pl.series, pl.component_code, pl.tier, pl.type, pl.variant, pl.title),
    case when pl.op <> 'insert' then (select pg_catalog.to_jsonb(x) from (select p.paper_number, p.component_code, p.year, p.series, p.tier, p.variant, p.type, p.language, p.modified, p.title, p.url, p.marks) as x) end,
    case when pl.op <> 'retire' then (select pg_catalog.to_jsonb(x) from (select pl.paper_number, pl.component_code, pl.year, pl.series, pl.tier, pl.variant, pl.type, pl.language, pl.modified, pl.title, pl.url, pl.marks) as x) end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.paper_number is distinct from pl.paper_number then 'paper_number' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.year is distinct from pl.year then 'year' end,
      case when p.series is distinct from pl.series then 'series' end,
      case when p.tier is distinct from pl.tier then 'tier' end,
      case when p.variant is distinct from pl.variant then 'variant' end,
      case when p.type is distinct from pl.type then 'type' end,
      case when p.language is distinct from pl.language then 'language' end,
      case when p.modified is distinct from pl.modified then 'modified' end,
      case when p.title is distinct from pl.title then 'title' end,
      case when p.url is distinct from pl.url then 'url' end,
      case when p.marks is distinct from pl.marks then 'marks' end
    ], null) end
  from pg_temp.plan_papers as pl
  left join "public".exam_papers as p on p.id = pl.id
  ;
end
$$;
comment on function greenroom_exams.changes_papers() is 'The plan of papers as before and after.';

-- The only writer of "public".exam_papers: before-images, park, upsert, retire.
create function greenroom_exams.remember_papers(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, 'papers', array[p.id::text], pg_catalog.to_jsonb(p)
  from pg_temp.plan_papers as pl
  join "public".exam_papers as p on p.id = pl.id
  where pl.op in ('update', 'retire')
  order by p.id;
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, 'papers', array[pl.id::text], 'null'
  from pg_temp.plan_papers as pl
  where pl.op = 'restore';
end
$$;
comment on function greenroom_exams.remember_papers(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function greenroom_exams.upsert_papers(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- park: going back, a key that another row of the plan takes must be free at every moment
  if exists (select from pg_temp.plan_papers as pl where pl.op <> 'retire' and pl.stamp_created_at is not null) then
    update "public".exam_papers as p
    set retired_at = pg_catalog.now()
    from pg_temp.plan_papers as mine
    where p.id = mine.id
      and p.retired_at is null
      and (
        mine.op = 'retire'
        or mine.op = 'update'
          and (mine.year, mine.series, mine.component_code, mine.paper_number, mine.tier, mine.variant, mine.type, mine.language, mine.modified)
            is distinct from (p.year, p.series, p.component_code, p.paper_number, p.tier, p.variant, p.type, p.language, p.modified)
      );
  end if;

  insert into "public".exam_papers (id, exam_board_subject_id, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks, retired_at, created_at, updated_at, release_id)
  select
pl.id, pl.exam_board_subject_id, pl.paper_number, pl.component_code, pl.year, pl.series, pl.tier, pl.variant, pl.type, pl.language, pl.modified, pl.title, pl.url, pl.marks,
    case when pl.op = 'restore' then pl.retired_at else null end,
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_papers as pl
  where pl.op in ('insert', 'restore');

  update "public".exam_papers as p
  set
    exam_board_subject_id = pl.exam_board_subject_id,
    paper_number = pl.paper_number,
    component_code = pl.component_code,
    year = pl.year,
    series = pl.series,
    tier = pl.tier,
    variant = pl.variant,
    type = pl.type,
    language = pl.language,
    modified = pl.modified,
    title = pl.title,
    url = pl.url,
    marks = pl.marks,
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_papers as pl
  where pl.op = 'update'
    and p.id = pl.id;
end
$$;
comment on function greenroom_exams.upsert_papers(bigint) is 'Inserts and updates the plan''s rows of papers.';

create function greenroom_exams.retire_papers(p_release bigint)
returns table (deleted bigint, retired bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_referring record;
begin
  deleted := 0;
  retired := 0;
  if not exists (select from pg_temp.plan_papers as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_papers;
  create temporary table leaving_papers on commit drop as
  select pl.id, false as kept
  from pg_temp.plan_papers as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_papers;

  -- nobody may begin to point at a row while we look who does
  perform 1
  from "public".exam_papers as p
  join pg_temp.leaving_papers as l on p.id = l.id
  order by p.id
  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('"public".exam_papers'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_papers as l set kept = true where not l.kept and exists (select from "public".exam_papers as t join %s as r on %s where t.id = l.id)',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_papers as l set kept = true;
    end if;
  end loop;

  delete from "public".exam_papers as p
  using pg_temp.leaving_papers as l
  where p.id = l.id
    and not l.kept;
  get diagnostics deleted = row_count;

  update "public".exam_papers as p
  set
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_papers as l
  join pg_temp.plan_papers as pl on l.id = pl.id
  where p.id = l.id
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function greenroom_exams.retire_papers(bigint) is 'Deletes what nothing points at, retires the rest.';

-- Rows of papers as people see and name them.
-- A value somebody typed, in the column's own type; null where it cannot be one.
create function greenroom_exams.read_papers(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
begin
  if p_value is null or p_value = 'null' then
    return 'null';
  end if;
  if pg_catalog.jsonb_typeof(p_value) in ('object', 'array') and p_column <> all (array[]::text[]) then
    return null;
  end if;
  case p_column
  when 'paper_number' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.paper_number is null then 'null'
        when v.paper_number ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.paper_number::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as paper_number) as r
      cross join lateral (select pg_catalog.regexp_replace(r.paper_number, '[.,]0+$', '') as paper_number offset 0) as v
    );
  when 'component_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.component_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.component_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as component_code) as r
      cross join lateral (select r.component_code as component_code offset 0) as v
    );
  when 'year' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.year is null then 'null'
        when v.year ~ '^(19[5-9]\d|20\d\d|2100)$' and v.year ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.year::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as year) as r
      cross join lateral (select pg_catalog.regexp_replace(r.year, '[.,]0+$', '') as year offset 0) as v
    );
  when 'series' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.series is null then 'null'
        when v.series is not null then pg_catalog.to_jsonb(v.series::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as series) as r
      cross join lateral (select greenroom_exams.clean_series(r.series) as series offset 0) as v
    );
  when 'tier' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.tier is null then 'null'
        when true then pg_catalog.to_jsonb(v.tier::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as tier) as r
      cross join lateral (select r.tier as tier offset 0) as v
    );
  when 'variant' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.variant is null then 'null'
        when true then pg_catalog.to_jsonb(v.variant::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as variant) as r
      cross join lateral (select r.variant as variant offset 0) as v
    );
  when 'type' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.type is null then 'null'
        when v.type is not null then pg_catalog.to_jsonb(v.type::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as type) as r
      cross join lateral (select greenroom_exams.clean_paper_type(r.type) as type offset 0) as v
    );
  when 'language' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.language is null then 'null'
        when true then pg_catalog.to_jsonb(v.language::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as language) as r
      cross join lateral (select r.language as language offset 0) as v
    );
  when 'modified' then
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.modified is null then 'null'
        when v.modified ~ '^(true|false|t|f|1|0|oui|non)$' then pg_catalog.to_jsonb(v.modified::boolean)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as modified) as r
      cross join lateral (select case pg_catalog.lower(r.modified) when 'oui' then 'true' when 'non' then 'false' else pg_catalog.lower(r.modified) end as modified offset 0) as v
    );
  when 'title' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.title is null then 'null'
        when true then pg_catalog.to_jsonb(v.title::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as title) as r
      cross join lateral (select r.title as title offset 0) as v
    );
  when 'url' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.url is null then 'null'
        when v.url ~ '^https?://' then pg_catalog.to_jsonb(v.url::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as url) as r
      cross join lateral (select r.url as url offset 0) as v
    );
  when 'marks' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.marks is null then 'null'
        when v.marks ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.marks::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as marks) as r
      cross join lateral (select pg_catalog.regexp_replace(r.marks, '[.,]0+$', '') as marks offset 0) as v
    );
  else
    return null;
  end case;
end
$$;
comment on function greenroom_exams.read_papers(text, jsonb) is 'A value of papers as its column holds it; null = it cannot.';

-- The rows of a unit as people see them: what the source said, what edits made of it, what they took away.
create function greenroom_exams.rows_papers(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
returns table (ref text, row_no integer, state text, label text, parent_ref text, "position" text, "values" jsonb, source jsonb, edited jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with whole as materialized (
    select u.scope_id, u.key from greenroom.unit as u where u.id = p_unit
  ), cell as materialized (
    select e.row_ref, pg_catalog.jsonb_object_agg(coalesce(e.column_name, e.action), e.id) as edited
    from greenroom.edit as e
    join whole as w on e.scope_id = w.scope_id and e.dataset = 'papers' and e.unit_key = w.key
    where e.state in ('in force', 'conflict')
      and e.agrees_unit is distinct from p_unit
    group by e.row_ref
  ), side as materialized (
    select
      coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref,
      b.row_no,
      'source' as state,
      pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.tier, b.type, b.variant, b.title) as label,
      b.row_key, b.parent_row_key, b.position,
      (select pg_catalog.to_jsonb(x) from (select b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks) as x) as "values",
      null::jsonb as source
    from greenroom.batch_papers as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
      and not exists (select from greenroom.edited_papers as x where x.unit_id = p_unit and x.row_no = b.row_no)
      and (p_rows is null or b.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)))
      and (p_keys is null or coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.tier, b.type, b.variant, b.title) = any (p_keys))
    union all
    select
      coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)),
      e.row_no,
      case when e.is_gone then 'deleted' when e.row_no < 0 then 'added' else 'edited' end,
      pg_catalog.concat_ws(' ', e.year, e.series, e.component_code, e.tier, e.type, e.variant, e.title),
      e.row_key, e.parent_row_key, e.position,
      (select pg_catalog.to_jsonb(x) from (select e.paper_number, e.component_code, e.year, e.series, e.tier, e.variant, e.type, e.language, e.modified, e.title, e.url, e.marks) as x),
      case when b.row_no is not null then (select pg_catalog.to_jsonb(x) from (select b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks) as x) end
    from greenroom.edited_papers as e
    left join greenroom.batch_papers as b on b.unit_id = e.unit_id and b.row_no = e.row_no
    left join greenroom.lineage as owned on owned.unit_id = e.unit_id and owned.row_no = e.row_no
    where e.unit_id = p_unit
      and (p_rows is null or e.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)))
      and (p_keys is null or coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', e.year, e.series, e.component_code, e.tier, e.type, e.variant, e.title) = any (p_keys))
  )
  select s.ref, s.row_no, s.state, s.label, parent.ref, s.position, s."values", s.source, coalesce(c.edited, '{}')
  from side as s
  left join side as parent on parent.row_key = s.parent_row_key
  left join cell as c on c.row_ref = s.ref
$$;
comment on function greenroom_exams.rows_papers(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named by ref, number or key, with what edits did to them; deleted ones too.';


-- Every row of a unit that is edited has the id that goes with it: production's, or the one it will get.
create function greenroom_exams.trace_papers(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_scope integer;
  v_root uuid;
begin
  if not exists (
    select
    from greenroom.batch_papers as b
    where b.unit_id = p_unit
      and not exists (select from greenroom.lineage as l where l.unit_id = p_unit and l.row_no = b.row_no)
  ) then
    return;
  end if;
  select u.scope_id, greenroom_exams.find_root(u.scope_id, u.key) into strict v_scope, v_root from greenroom.unit as u where u.id = p_unit;
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, s.id
  from greenroom.batch_papers as b
  join (
    select distinct on (row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text) p.id, row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text as row_text
    from "public".exam_papers as p
    where p.exam_board_subject_id = v_root
    order by row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  ) as s on s.row_text = row(b.year::integer, b.series::text, b.component_code::text, b.paper_number::integer, b.tier::text, b.variant::text, b.type::text, b.language::text, b.modified::boolean)::text
  where b.unit_id = p_unit
  order by b.row_no
  on conflict do nothing;
  -- no production row of its own: a new one, or a second of the same key
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, pg_catalog.gen_random_uuid()
  from greenroom.batch_papers as b
  where b.unit_id = p_unit
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.trace_papers(bigint) is 'Gives each sealed row of a unit the id that goes with it.';

-- The rows of one edition in the next: what edits follow.
create function greenroom_exams.follow_papers(p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set enable_nestloop = off
set jit = off
as $$
begin
  -- the key tells which row is which
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (l.id) p_to, b.row_no, l.id
  from greenroom.batch_papers as p
  join greenroom.lineage as l on l.unit_id = p.unit_id and l.row_no = p.row_no
  join greenroom.batch_papers as b on b.unit_id = p_to and row(b.year::integer, b.series::text, b.component_code::text, b.paper_number::integer, b.tier::text, b.variant::text, b.type::text, b.language::text, b.modified::boolean)::text = row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text
  where p.unit_id = p_from
  order by l.id, b.row_no
  on conflict do nothing;
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, b.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_papers, e.value) as p
  join greenroom.batch_papers as b on b.unit_id = p_to and row(b.year::integer, b.series::text, b.component_code::text, b.paper_number::integer, b.tier::text, b.variant::text, b.type::text, b.language::text, b.modified::boolean)::text = row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = b.row_no)
  order by e.row_ref, b.row_no
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.follow_papers(bigint, bigint) is 'Gives rows of the next edition the ids of the rows they continue.';

-- The hash and count of a unit's effective rows; what was decided on another hash no longer counts.
create function greenroom_exams.rehash_papers(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_rows bigint;
  v_hash text;
  v_edited boolean;
begin
  v_edited := exists (select from greenroom.edited_papers as e where e.unit_id = p_unit);
  if v_edited then
    select pg_catalog.count(*), pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks), 1), 1)), 0))
    into v_rows, v_hash
    from greenroom_exams.effective_papers as b
    where b.unit_id = p_unit;
    if v_rows = 0 and pg_catalog.current_setting('greenroom.carrying', true) = 'on' then
      -- an edition is not refused for what people took away of others: somebody looks at it
      delete from greenroom.edited_papers as e where e.unit_id = p_unit;
      insert into greenroom.finding (unit_id, check_name, severity, message, found_by)
      values (p_unit, 'nothing_left', 'error', 'corrections take away all that this edition holds: none of them is applied', 'parser');
      v_edited := false;
    elsif v_rows = 0 then
      perform greenroom.refuse('that would leave nothing of it', '[]', 'to take a whole subject or period away, hide it: greenroom live TARGET off');
    end if;
  end if;
  update greenroom.unit as u
  set
    sealed_hash = coalesce(u.sealed_hash, u.hash),
    sealed_rows = coalesce(u.sealed_rows, u.row_count),
    hash = case when v_edited then v_hash else coalesce(u.sealed_hash, u.hash) end,
    row_count = case when v_edited then v_rows else coalesce(u.sealed_rows, u.row_count) end,
    keys_are_unique = u.keys_are_unique and not v_edited,
    texts_are_sound = u.texts_are_sound and not v_edited
  where u.id = p_unit;
end
$$;
comment on function greenroom_exams.rehash_papers(bigint) is 'Counts and hashes the effective rows of a unit.';

-- Some rows of which only cells changed: the rest of the overlay, and the tree, stay as they are.
create function greenroom_exams.patch_papers(p_unit bigint, p_refs text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  insert into greenroom.edited_papers as e (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks)
  with patch as materialized (
    select
      x.ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added
    from greenroom.unit as u
    cross join pg_catalog.unnest(p_refs) as x (ref)
    left join greenroom.edit as e on e.scope_id = u.scope_id and e.dataset = 'papers' and e.unit_key = u.key and e.row_ref = x.ref and e.state = 'in force'
    where u.id = p_unit
    group by x.ref
  )
  select p_unit, b.row_no, false, b.row_key, coalesce(e.parent_row_key, b.parent_row_key), b.position, b.derived, r.paper_number, r.component_code, r.year, r.series, r.tier, r.variant, r.type, r.language, r.modified, r.title, r.url, r.marks
  from patch as p
  join greenroom.lineage as own on own.unit_id = p_unit and own.id = p.ref::uuid
  join greenroom.batch_papers as b on b.unit_id = p_unit and b.row_no = own.row_no
  left join greenroom.edited_papers as e on e.unit_id = p_unit and e.row_no = b.row_no
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  union all
  select p_unit, e.row_no, false, e.row_key, e.parent_row_key, e.position, e.derived, r.paper_number, r.component_code, r.year, r.series, r.tier, r.variant, r.type, r.language, r.modified, r.title, r.url, r.marks
  from patch as p
  join greenroom.edited_papers as e on e.unit_id = p_unit and e.row_no < 0 and e.row_key = p.ref
  cross join lateral pg_catalog.jsonb_populate_record(e, (p.added - array[]::text[]) || p.cells) as r
  where p.added is not null
  on conflict (unit_id, row_no) do update
  set paper_number = excluded.paper_number, component_code = excluded.component_code, year = excluded.year, series = excluded.series, tier = excluded.tier, variant = excluded.variant, type = excluded.type, language = excluded.language, modified = excluded.modified, title = excluded.title, url = excluded.url, marks = excluded.marks;
  -- what says the same as its source again is not edited
  delete from greenroom.edited_papers as e
  using greenroom.batch_papers as b
  where e.unit_id = p_unit
    and b.unit_id = p_unit
    and b.row_no = e.row_no
    and not e.is_gone
    and (select pg_catalog.to_jsonb(x) from (select e.paper_number, e.component_code, e.year, e.series, e.tier, e.variant, e.type, e.language, e.modified, e.title, e.url, e.marks) as x) is not distinct from (select pg_catalog.to_jsonb(x) from (select b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks) as x);
  perform greenroom_exams.rehash_papers(p_unit);
end
$$;
comment on function greenroom_exams.patch_papers(bigint, text[]) is 'Puts cells in force over some rows of a unit.';

-- Writes the effective rows of a pending unit, its hash and count.
create function greenroom_exams.overlay_papers(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  delete from greenroom.edited_papers as e where e.unit_id = p_unit;
  insert into greenroom.edited_papers (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks)
  with patch as materialized (
    select
      e.row_ref as ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      pg_catalog.bool_or(e.action = 'delete') as is_gone,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added,
      pg_catalog.max(e.edited_by) filter (where e.action = 'add') as added_by
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'papers' and e.unit_key = u.key
    where e.state = 'in force'
    group by e.row_ref
  )
  select
    p_unit, b.row_no, coalesce(p.is_gone, false), b.row_key, b.parent_row_key, b.position, b.derived, r.paper_number, r.component_code, r.year, r.series, r.tier, r.variant, r.type, r.language, r.modified, r.title, r.url, r.marks
  from greenroom.batch_papers as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
  join patch as p on p.ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
  where b.unit_id = p_unit
    and (p.is_gone or (select pg_catalog.to_jsonb(x) from (select r.paper_number, r.component_code, r.year, r.series, r.tier, r.variant, r.type, r.language, r.modified, r.title, r.url, r.marks) as x) is distinct from (select pg_catalog.to_jsonb(x) from (select b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks) as x))
  union all
  select
    p_unit, -pg_catalog.row_number() over (order by p.ref)::integer, coalesce(p.is_gone, false), p.ref, null, 'added by ' || p.added_by, null, r.paper_number, r.component_code, r.year, r.series, r.tier, r.variant, r.type, r.language, r.modified, r.title, r.url, r.marks
  from patch as p
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_papers, p.added || p.cells) as r
  where p.added is not null
    and not exists (
      select
      from greenroom.batch_papers as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
      where b.unit_id = p_unit
        and coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = p.ref
    );
  -- rows that people added keep their id from one writing to the next
  delete from greenroom.lineage as l where l.unit_id = p_unit and l.row_no < 0;
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_unit, e.row_no, e.row_key::uuid
  from greenroom.edited_papers as e
  where e.unit_id = p_unit
    and e.row_no < 0;
  perform greenroom_exams.rehash_papers(p_unit);
end
$$;
comment on function greenroom_exams.overlay_papers(bigint) is 'Puts the edits in force over a sealed unit.';


-- Compares the edits of a unit with what its source says now: they stay, retire themselves, or are in conflict.
create function greenroom_exams.rebase_papers(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  with whole as materialized (
    select u.* from greenroom.unit as u where u.id = p_unit
  ), mine as materialized (
    select e.*
    from greenroom.edit as e
    join whole as u on e.scope_id = u.scope_id and e.dataset = 'papers' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ), source as materialized (
    select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref, (select pg_catalog.to_jsonb(x) from (select b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks) as x) as "values"
    from greenroom.batch_papers as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
  ), said as materialized (
    select
      m.id,
      m.action,
      m.base,
      m.value,
      s.ref is not null as is_there,
      exists (select from mine as a where a.row_ref = m.row_ref and a.action = 'add') as is_ours,
      coalesce((
        select pg_catalog.jsonb_object_agg(c.column_name, c.value) from mine as c where c.row_ref = m.row_ref and c.action = 'set'
      ), '{}') as cells,
      case m.action
        when 'set' then s."values" -> m.column_name
        when 'delete' then s."values"
        when 'add' then s."values"
      end as says
    from mine as m
    left join source as s on s.ref = m.row_ref
  ), judged as (
    select
      s.id,
      s.says,
      s.is_there or s.action = 'order' as is_met,
      case
        when s.action = 'add' then case
          when not s.is_there then 'in force'
          when not exists (
            select
            from pg_catalog.jsonb_each((s.value - array[]::text[]) || s.cells) as v
            where v.value is distinct from s.says -> v.key
          ) then 'adopted'
          else 'conflict'
        end
        when s.action = 'order' then case
          when greenroom.kept_order(s.says, s.base) = greenroom.kept_order(s.base, s.says) then 'in force'
          when greenroom.kept_order(s.says, s.value) = greenroom.kept_order(s.value, s.says) then 'adopted'
          else 'conflict'
        end
        when not s.is_there and s.is_ours then 'in force'
        when not s.is_there and not (select u.complete from whole as u) then null
        when not s.is_there then case when s.action = 'delete' then 'adopted' else 'conflict' end
        when s.action = 'delete' then case when s.says - array[]::text[] = s.base - array[]::text[] then 'in force' else 'conflict' end
        when s.says = s.base then 'in force'
        when s.says = s.value then 'adopted'
        else 'conflict'
      end as state
    from said as s
  )
  update greenroom.edit as e
  set
    -- it retires when what its source says is published, not before: an edition may be rejected
    state = case j.state when 'adopted' then 'in force' else j.state end,
    agrees_unit = case when j.state = 'adopted' then p_unit end,
    theirs = case when j.state = 'conflict' then j.says end,
    -- where its row was met last: the next edition is followed from there
    unit_id = case when (select u.complete from whole as u) and j.is_met then p_unit else e.unit_id end
  from judged as j
  where e.id = j.id
    and j.state is not null;
end
$$;
comment on function greenroom_exams.rebase_papers(bigint) is 'Sets edits in force or in conflict, by what the source says now, and notes where it agrees.';

-- Rows copied from production say what edits made of them: what the source said is put back under the edits.
create function greenroom_exams.unapply_papers(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  if not exists (
    select
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'papers' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- rows that people took away
  with gone as (
    select
      e.row_ref, e.base,
      (select pg_catalog.max(b.row_no) from greenroom.batch_papers as b where b.unit_id = p_unit) + pg_catalog.row_number() over (order by e.id) as row_no
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'papers' and e.unit_key = u.key
    where e.action = 'delete'
      and e.state in ('in force', 'conflict')
      and e.row_ref not in (
        select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
        from greenroom.batch_papers as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
        where b.unit_id = p_unit
      )
  ), traced as (
    insert into greenroom.lineage (unit_id, row_no, id)
    select p_unit, g.row_no, g.row_ref::uuid from gone as g
  )
  insert into greenroom.batch_papers (unit_id, row_no, row_key, parent_row_key, position, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks)
  select p_unit, g.row_no, g.row_ref, null, 'as published', r.paper_number, r.component_code, r.year, r.series, r.tier, r.variant, r.type, r.language, r.modified, r.title, r.url, r.marks
  from gone as g
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_papers, g.base) as r;
  update greenroom.batch_papers as b
  set paper_number = r.paper_number, component_code = r.component_code, year = r.year, series = r.series, tier = r.tier, variant = r.variant, type = r.type, language = r.language, modified = r.modified, title = r.title, url = r.url, marks = r.marks
  from (
    select b.row_no, r.paper_number, r.component_code, r.year, r.series, r.tier, r.variant, r.type, r.language, r.modified, r.title, r.url, r.marks
    from greenroom.batch_papers as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join (
      select
        e.row_ref,
        coalesce(pg_catalog.jsonb_object_agg(e.column_name, coalesce(e.theirs, e.base)) filter (where e.action = 'set' and e.base is not null), '{}') as cells,
        pg_catalog.bool_or(e.action = 'parent') as has_parent,
        pg_catalog.max(e.base #>> '{}') filter (where e.action = 'parent') as parent
      from greenroom.edit as e
      join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'papers' and e.unit_key = u.key
      where e.state in ('in force', 'conflict')
      group by e.row_ref
    ) as p on p.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells) as r
    where b.unit_id = p_unit
  ) as r
  where b.unit_id = p_unit
    and b.row_no = r.row_no;
  -- rows that only people know
  delete from greenroom.batch_papers as b
  using (
    select b.row_no
    from greenroom.batch_papers as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join greenroom.edit as e on e.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) and e.action = 'add' and e.state in ('in force', 'conflict')
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'papers' and e.unit_key = u.key
    where b.unit_id = p_unit
  ) as a
  where b.unit_id = p_unit
    and b.row_no = a.row_no;
  delete from greenroom.lineage as l
  where l.unit_id = p_unit
    and not exists (select from greenroom.batch_papers as b where b.unit_id = p_unit and b.row_no = l.row_no);
end
$$;
comment on function greenroom_exams.unapply_papers(bigint) is 'Puts what the source said under the edits of rows copied from production.';

-- Published rows of a unit as a new unit that waits, to be corrected.
create function greenroom_exams.reopen_papers(p_scope integer, p_key text[], p_by text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_published greenroom.published;
  v_unit greenroom.unit;
  v_batch bigint;
  v_new bigint;
  v_rows bigint;
  v_hash text;
begin
  select p.* into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = 'papers' and p.key = p_key and p.row_count > 0;
  if v_published.scope_id is null then
    return null;
  end if;
  select u.* into v_unit from greenroom.unit as u where u.id = v_published.unit_id;
  insert into greenroom.batch (scope_id, origin, source, snapshot, parser, read_count, staged_count)
  select p_scope, 'edit', coalesce(b.source, 'production'), b.snapshot, b.parser, 0, 0
  from (select) as x
  left join greenroom.batch as b on b.id = v_unit.batch_id
  returning id into v_batch;
  -- a part holds some of what is published, and what was changed by hand stands in no batch: then production is copied
  if v_unit.complete and v_unit.hash = v_published.hash then
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash, keys_are_unique, texts_are_sound)
    values (v_batch, p_scope, 'papers', p_key, true, coalesce(v_unit.sealed_rows, v_unit.row_count), v_unit.quarantined_count, coalesce(v_unit.sealed_hash, v_unit.hash), v_unit.keys_are_unique, v_unit.texts_are_sound)
    returning id into v_new;
    insert into greenroom.batch_papers (unit_id, row_no, row_key, parent_row_key, position, derived, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks)
    select v_new, b.row_no, b.row_key, b.parent_row_key, b.position, b.derived, b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks
    from greenroom.batch_papers as b
    where b.unit_id = v_unit.id;
    get diagnostics v_rows = row_count;
    -- what its parser said of it is as true as it was
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)
    select v_new, f.check_name, f.severity, f.message, f.row_key, f.position, f.found_by
    from greenroom.finding as f
    where f.unit_id = v_unit.id
      and f.found_by = 'parser'
      and f.check_name <> 'unproven_parser';
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, l.row_no, l.id
    from greenroom.lineage as l
    where l.unit_id = v_unit.id
      and l.row_no > 0;
  else
    insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash)
    values (v_batch, p_scope, 'papers', p_key, true, v_published.row_count, '')
    returning id into v_new;
    insert into greenroom.batch_papers (unit_id, row_no, row_key, parent_row_key, position, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks)
    select
      v_new,
      pg_catalog.row_number() over (order by p.id)::integer,
      p.id::text,
      null,
      'as published',
      p.paper_number::integer,
      p.component_code::text,
      p.year::integer,
      p.series::text,
      p.tier::text,
      p.variant::text,
      p.type::text,
      p.language::text,
      p.modified::boolean,
      p.title::text,
      p.url::text,
      p.marks::integer
    from (select v_published.root_id as root_id, p_key as key) as t
    join "public".exam_papers as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
    ;
    get diagnostics v_rows = row_count;
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, b.row_no, b.row_key::uuid
    from greenroom.batch_papers as b
    where b.unit_id = v_new;
    perform greenroom_exams.unapply_papers(v_new);
    select pg_catalog.count(*) into v_rows from greenroom.batch_papers as b where b.unit_id = v_new;
    select pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks), 1), 1)), 0)) into v_hash from greenroom.batch_papers as b where b.unit_id = v_new;
    update greenroom.unit as u set hash = v_hash, row_count = v_rows where u.id = v_new;
  end if;
  update greenroom.batch as b set read_count = v_rows, staged_count = v_rows where b.id = v_batch;
  return v_new;
end
$$;
comment on function greenroom_exams.reopen_papers(integer, text[], text) is 'Published rows of a unit as a pending unit; null where nothing is published.';


-- One gesture on a pending unit: every change of it, or none.
create function greenroom_exams.change_papers(p_unit bigint, p_changes jsonb, p_by text, p_reason text, p_gesture uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_change jsonb;
  v_ref text;
  v_row record;
  v_value jsonb;
  v_column text;
  v_refs text[] := '{}';
  v_gone text[] := '{}';
  v_known text[] := array['paper_number', 'component_code', 'year', 'series', 'tier', 'variant', 'type', 'language', 'modified', 'title', 'url', 'marks']::text[];
begin
  perform greenroom_exams.trace_papers(p_unit);
  for v_change in select c.value from pg_catalog.jsonb_array_elements(p_changes) as c loop
    if v_change ->> 'do' = 'add' then
      v_ref := pg_catalog.gen_random_uuid()::text;
      v_value := '{}';
      if pg_catalog.jsonb_typeof(coalesce(v_change -> 'values', '{}')) <> 'object' then
        perform greenroom.refuse('the values of a new row are not given by column', '[]', 'give an object: column and value');
      end if;
      for v_column in select k from pg_catalog.jsonb_object_keys(coalesce(v_change -> 'values', '{}')) as k loop
        if v_column <> all (v_known) then
          perform greenroom.refuse(pg_catalog.format('papers has no column %I that can be given', v_column), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
        end if;
        v_value := v_value || pg_catalog.jsonb_build_object(v_column, greenroom_exams.given_papers(v_column, v_change -> 'values' -> v_column));
      end loop;
      v_value := greenroom_exams.completed_papers(p_unit, v_value);
      perform greenroom_exams.put_edit(p_unit, v_ref, (
        select pg_catalog.concat_ws(' ', b.year, b.series, b.component_code, b.tier, b.type, b.variant, b.title) from pg_catalog.jsonb_populate_record(null::greenroom.batch_papers, v_value) as b
      ), 'add', null, null, v_value, p_by, p_reason, p_gesture);
      v_refs := v_refs || v_ref;
      continue;
    end if;

    v_ref := greenroom_exams.ref_papers(p_unit, v_change ->> 'row');
    select r.* into v_row from greenroom_exams.rows_papers(p_unit, v_ref) as r;
    if v_row.ref is null or v_ref = any (v_gone) then
      perform greenroom.refuse(pg_catalog.format('there is no row %s', coalesce(v_ref, '')), '[]', 'look at the rows again');
    end if;
    if v_row.state = 'deleted' then
      perform greenroom.refuse('that row is not there any more', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'message', coalesce(v_row.label, v_ref) || ' was deleted meanwhile',
        'by', greenroom_exams.editor_of(p_unit, v_ref, 'delete', null))), 'look at the rows again');
    end if;
    v_refs := v_refs || v_ref;
    case v_change ->> 'do'
    when 'set' then
      v_column := v_change ->> 'column';
      if v_column is null or v_column <> all (v_known) then
        perform greenroom.refuse(pg_catalog.format('papers has no column %s that can be edited', coalesce(v_column, '')), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
      end if;
      if not v_change ? 'value' then
        perform greenroom.refuse(pg_catalog.format('what should %s say? no value is given', v_column), '[]', 'give a value; null empties it');
      end if;
      v_value := greenroom_exams.given_papers(v_column, v_change -> 'value');
      if v_change ? 'seen' and v_row."values" -> v_column is distinct from v_change -> 'seen' and v_row."values" -> v_column is distinct from v_value then
        perform greenroom.refuse(
          pg_catalog.format('%s of %s was changed meanwhile', v_column, v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', v_column,
            'message', pg_catalog.format('%s is %s now; you saw %s', v_column, coalesce(v_row."values" ->> v_column, 'empty'), coalesce(v_change ->> 'seen', 'empty')),
            'yours', v_value, 'theirs', v_row."values" -> v_column, 'seen', v_change -> 'seen',
            'by', greenroom_exams.editor_of(p_unit, v_ref, 'set', v_column)
          )),
          'look at both values, and decide'
        );
      end if;
      perform greenroom_exams.put_edit(p_unit, v_ref, v_row.label, 'set', v_column,
        case when v_row.state = 'added' then null else coalesce(v_row.source, v_row."values") -> v_column end,
        v_value, p_by, p_reason, p_gesture);
    when 'delete' then
      perform greenroom_exams.remove_papers(p_unit, v_ref, v_row.label, v_row.state, coalesce(v_row.source, v_row."values"), p_by, p_reason, p_gesture);
      v_gone := v_gone || v_ref;
    else
      perform greenroom.refuse(pg_catalog.format('nothing is done by %L', v_change ->> 'do'), '[]', 'set, add, delete');
    end case;
  end loop;
  return pg_catalog.to_jsonb(v_refs);
end
$$;
comment on function greenroom_exams.change_papers(bigint, jsonb, text, text, uuid) is 'Records one gesture as edits.';

-- The row somebody means: by its id, or, before the first edit, by its place in the very unit that was looked at.
create function greenroom_exams.ref_papers(p_unit bigint, p_ref text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select l.id::text
      from greenroom.lineage as l
      where l.unit_id = p_unit
        and p_ref ~ '^row:[0-9]{1,18}:[0-9]{1,9}$'
        and pg_catalog.split_part(p_ref, ':', 2)::bigint = p_unit
        and l.row_no = pg_catalog.split_part(p_ref, ':', 3)::integer
    ),
    p_ref
  )
$$;
comment on function greenroom_exams.ref_papers(bigint, text) is 'row:UNIT:N as the id of that row; others as they are.';

create function greenroom_exams.given_papers(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := greenroom_exams.read_papers(p_column, p_value);
begin
  if v_value is null then
    perform greenroom.refuse(pg_catalog.format('%s cannot be %s', p_column, pg_catalog.left(p_value::text, 80)), '[]', 'give a value of the kind the column holds');
  end if;
  if v_value = 'null' and p_column = any (array['year', 'series', 'type', 'language', 'modified', 'url']::text[]) then
    perform greenroom.refuse(pg_catalog.format('%s cannot be empty', p_column), '[]', 'give it a value, or delete the row');
  end if;
  return v_value;
end
$$;
comment on function greenroom_exams.given_papers(text, jsonb) is 'A value of papers, or a refusal that says why not.';

-- A row that is added has what every row must have.
create function greenroom_exams.completed_papers(p_unit bigint, p_values jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanting text;
  v_values jsonb := p_values;
begin
  select pg_catalog.string_agg(c, ', ')
  into v_wanting
  from pg_catalog.unnest(array['year', 'series', 'type', 'language', 'modified', 'url']::text[]) as c
  where coalesce(v_values -> c, 'null') = 'null';
  if v_wanting is not null then
    perform greenroom.refuse('a new row needs ' || v_wanting, '[]', 'give every one of them');
  end if;
  return v_values;
end
$$;
comment on function greenroom_exams.completed_papers(bigint, jsonb) is 'Values of a row to be added, or a refusal that names what is wanting.';

create function greenroom_exams.remove_papers(p_unit bigint, p_ref text, p_label text, p_state text, p_base jsonb, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_state = 'added' then
    -- nobody but us ever said it: it is taken back, with all that was said of it
    perform greenroom_exams.drop_edits(p_unit, p_ref, p_by, p_reason, p_gesture);
  else
    perform greenroom_exams.put_edit(p_unit, p_ref, p_label, 'delete', null, p_base, 'true', p_by, p_reason, p_gesture);
  end if;
end
$$;
comment on function greenroom_exams.remove_papers(bigint, text, text, text, jsonb, text, text, uuid) is 'Deletes one row by an edit.';

-- "public".exam_papers as it will stand once the prepared releases land.
create view preview.exam_papers as
select
  p.id,
  p.exam_board_subject_id,
  p.paper_number,
  p.component_code,
  p.year,
  p.series,
  p.tier,
  p.variant,
  p.type,
  p.language,
  p.modified,
  p.title,
  p.url,
  p.marks,
  p.retired_at,
  p.created_at,
  p.updated_at,
  p.release_id
from "public".exam_papers as p
where not exists (
  select
  from greenroom.prepared_papers as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where p.id = f.id
)
union all
select
  f.id,
  f.exam_board_subject_id,
  f.paper_number,
  f.component_code,
  f.year,
  f.series,
  f.tier,
  f.variant,
  f.type,
  f.language,
  f.modified,
  f.title,
  f.url,
  f.marks,
  null::timestamptz,
  coalesce(p.created_at, r.made_at),
  r.made_at,
  f.release_id
from greenroom.prepared_papers as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join "public".exam_papers as p on p.id = f.id
where f.op <> 'retire';
comment on view preview.exam_papers is 'exam_papers as it will be once prepared releases land.';

-- Source columns of "public".exam_papers changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of exam_board_subject_id, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks, retired_at
on "public".exam_papers
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and (old.exam_board_subject_id, old.paper_number, old.component_code, old.year, old.series, old.tier, old.variant, old.type, old.language, old.modified, old.title, old.url, old.marks, old.retired_at) is distinct from (new.exam_board_subject_id, new.paper_number, new.component_code, new.year, new.series, new.tier, new.variant, new.type, new.language, new.modified, new.title, new.url, new.marks, new.retired_at)
)
execute function greenroom.note_drift('exams', 'papers', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_insert
after insert on "public".exam_papers
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'papers', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_delete
after delete on "public".exam_papers
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'papers', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_no_truncate
before truncate on "public".exam_papers
for each statement
execute function greenroom.refuse_truncate();

-- A scraper all of whose new rows cannot be read must not be told that nothing is new.
create function greenroom_exams.refuse_unreadable(p_scope integer, p_only text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
  v_rows jsonb;
  v_name text;
begin
  select pg_catalog.jsonb_agg(
    pg_catalog.jsonb_build_object(
      'check', f.problem, 'severity', 'error', 'dataset', f.dataset, 'unit', pg_catalog.to_jsonb(f.unit_key),
      'message', coalesce(pg_catalog.quote_literal(f.problem_value), 'nothing') || ' is given', 'position', f.position
    ) order by f.dataset, f.position
  )
  into v_rows
  from (
    select 'subjects' as dataset, i.problem, i.problem_value, i.unit_key, i.position
    from greenroom_exams.inbox_subjects as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is not null
    union all
    select 'topics' as dataset, i.problem, i.problem_value, i.unit_key, i.position
    from greenroom_exams.inbox_topics as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is not null
    union all
    select 'components' as dataset, i.problem, i.problem_value, i.unit_key, i.position
    from greenroom_exams.inbox_components as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is not null
    union all
    select 'option_groups' as dataset, i.problem, i.problem_value, i.unit_key, i.position
    from greenroom_exams.inbox_option_groups as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is not null
    union all
    select 'option_exclusions' as dataset, i.problem, i.problem_value, i.unit_key, i.position
    from greenroom_exams.inbox_option_exclusions as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is not null
    union all
    select 'papers' as dataset, i.problem, i.problem_value, i.unit_key, i.position
    from greenroom_exams.inbox_papers as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is not null
  ) as f
  -- what stands in quarantine already has been told
  where not exists (
    select
    from greenroom.quarantine as q
    join greenroom.batch as b on b.id = q.batch_id and b.scope_id = p_scope
    where q.dataset = f.dataset
      and q.rule = f.problem
      and q.position = f.position
      and q.value is not distinct from f.problem_value
  );
  if v_rows is not null then
    select c.name into v_name from greenroom.scope as c where c.id = p_scope;
    perform greenroom.refuse(
      pg_catalog.format('%s: no new row could be read; %s cannot be', v_name, pg_catalog.jsonb_array_length(v_rows)), v_rows,
      'correct what the scraper writes, and let it run again'
    );
  end if;
end
$$;
comment on function greenroom_exams.refuse_unreadable(integer, text) is 'Refuses, with the rows, when the inbox holds only rows nobody can read.';

-- Copies a slice of the inbox into a batch: units whose content is new, nothing else.
-- p_complete is said of the datasets in p_said_of, of all when that is null; the rest stay as they were sealed.
create function greenroom_exams.seal(
  p_scope integer,
  p_only text default null,
  p_source text default null,
  p_snapshot text default null,
  p_parser text default null,
  p_complete boolean default null,
  p_said_of text[] default null
)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
-- The inbox's views hide how many rows they give: joins stay linear whatever the planner believes.
set enable_nestloop = off
set jit = off
set work_mem = '32MB'
as $$
declare
  v_keys text[];
  v_first boolean;
  v_batch bigint;
  v_seen bigint;
  v_read bigint := 0;
  v_staged bigint := 0;
  v_quarantined bigint := 0;
  v_subjects jsonb;
  v_topics jsonb;
  v_components jsonb;
  v_option_groups jsonb;
  v_option_exclusions jsonb;
  v_papers jsonb;
begin
  select c.keys into strict v_keys from greenroom.scope as c where c.id = p_scope for update;
  v_first := not exists (select from greenroom.unit as u where u.scope_id = p_scope)
    and not exists (select from greenroom.published as p where p.scope_id = p_scope);
  if not v_first then
    -- what subjects would be sealed: a plain read, so that sealing the same again writes nothing
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('key', s.key))
    into v_subjects
    from (
      select i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.subject_code::text, i.spec_version::varchar(20), i.subject_name::text, i.spec_start_year::integer, i.specification_url::text, i.specification_pdf_url::text), 0) # case when pg_catalog.num_nonnulls(i.qan::text, i.first_assessment_year::integer, i.last_assessment_year::integer, i.paper_code::text, i.succeeds::text, i.regulated_title::text, i.level::text, i.glh::integer, i.operational_end::date, i.certification_end::date) = 0 then 0 else pg_catalog.hash_record_extended(row(i.qan::text, i.first_assessment_year::integer, i.last_assessment_year::integer, i.paper_code::text, i.succeeds::text, i.regulated_title::text, i.level::text, i.glh::integer, i.operational_end::date, i.certification_end::date), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.subject_code::text, i.spec_version::varchar(20), i.subject_name::text, i.spec_start_year::integer, i.specification_url::text, i.specification_pdf_url::text), 1) # case when pg_catalog.num_nonnulls(i.qan::text, i.first_assessment_year::integer, i.last_assessment_year::integer, i.paper_code::text, i.succeeds::text, i.regulated_title::text, i.level::text, i.glh::integer, i.operational_end::date, i.certification_end::date) = 0 then 0 else pg_catalog.hash_record_extended(row(i.qan::text, i.first_assessment_year::integer, i.last_assessment_year::integer, i.paper_code::text, i.succeeds::text, i.regulated_title::text, i.level::text, i.glh::integer, i.operational_end::date, i.certification_end::date), 3) end, 1)), 0)) as hash
      from greenroom_exams.inbox_subjects as i
      where i.scope_keys = v_keys
        and (p_only is null or i.unit_key[1] = p_only)
        and i.problem is null
        and i.copy = 1
      group by i.unit_key
    ) as s
    left join greenroom.unit as pending
      on pending.scope_id = p_scope
      and pending.dataset = 'subjects'
      and pending.key = s.key
      and pending.state in ('sealed', 'held', 'ready')
    left join greenroom.published as p
      on p.scope_id = p_scope
      and p.dataset = 'subjects'
      and p.key = s.key
    -- what was promoted last is not new, also when its topics were adopted by hand since
    left join greenroom.unit as last on last.id = p.unit_id
    where case
        when pending.id is not null then coalesce(pending.sealed_hash, pending.hash) <> s.hash or pending.complete <> coalesce(case when p_said_of is null or 'subjects' = any (p_said_of) then p_complete end, pending.complete)
        -- where people corrected it, the source may have come to say what is published: the corrections end then
        else s.hash is distinct from coalesce(last.sealed_hash, last.hash) and (s.hash is distinct from p.hash or last.sealed_hash <> last.hash)
      end;
    -- what topics would be sealed: a plain read, so that sealing the same again writes nothing
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('key', s.key))
    into v_topics
    from (
      select i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.topic_code::text, i.parent_code::text, i.topic_name::text, i.topic_level::integer, i.sort_order::integer, i.description::text, i.component_code::text, i.chronological_period::text, i.period_start_year::integer, i.period_end_year::integer, i.geographical_region::text, i.key_themes::jsonb), 0) # case when pg_catalog.num_nonnulls(i.examined::boolean, i.tier::text, i.study_level::text, i.language::text, i.option_group::text) = 0 then 0 else pg_catalog.hash_record_extended(row(i.examined::boolean, i.tier::text, i.study_level::text, i.language::text, i.option_group::text), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.topic_code::text, i.parent_code::text, i.topic_name::text, i.topic_level::integer, i.sort_order::integer, i.description::text, i.component_code::text, i.chronological_period::text, i.period_start_year::integer, i.period_end_year::integer, i.geographical_region::text, i.key_themes::jsonb), 1) # case when pg_catalog.num_nonnulls(i.examined::boolean, i.tier::text, i.study_level::text, i.language::text, i.option_group::text) = 0 then 0 else pg_catalog.hash_record_extended(row(i.examined::boolean, i.tier::text, i.study_level::text, i.language::text, i.option_group::text), 3) end, 1)), 0)) as hash
      from greenroom_exams.inbox_topics as i
      where i.scope_keys = v_keys
        and (p_only is null or i.unit_key[1] = p_only)
        and i.problem is null
        and i.copy = 1
      group by i.unit_key
    ) as s
    left join greenroom.unit as pending
      on pending.scope_id = p_scope
      and pending.dataset = 'topics'
      and pending.key = s.key
      and pending.state in ('sealed', 'held', 'ready')
    left join greenroom.published as p
      on p.scope_id = p_scope
      and p.dataset = 'topics'
      and p.key = s.key
    -- what was promoted last is not new, also when its topics were adopted by hand since
    left join greenroom.unit as last on last.id = p.unit_id
    where case
        when pending.id is not null then coalesce(pending.sealed_hash, pending.hash) <> s.hash or pending.complete <> coalesce(case when p_said_of is null or 'topics' = any (p_said_of) then p_complete end, pending.complete)
        -- where people corrected it, the source may have come to say what is published: the corrections end then
        else s.hash is distinct from coalesce(last.sealed_hash, last.hash) and (s.hash is distinct from p.hash or last.sealed_hash <> last.hash)
      end;
    -- what components would be sealed: a plain read, so that sealing the same again writes nothing
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('key', s.key))
    into v_components
    from (
      select i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.component_code::text, i.name::text, i.examined::boolean, i.assessment::text, i.tier::text, i.study_level::text, i.marks::integer, i.duration_minutes::integer, i.weight_percent::numeric(5,2)), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.component_code::text, i.name::text, i.examined::boolean, i.assessment::text, i.tier::text, i.study_level::text, i.marks::integer, i.duration_minutes::integer, i.weight_percent::numeric(5,2)), 1), 1)), 0)) as hash
      from greenroom_exams.inbox_components as i
      where i.scope_keys = v_keys
        and (p_only is null or i.unit_key[1] = p_only)
        and i.problem is null
        and i.copy = 1
      group by i.unit_key
    ) as s
    left join greenroom.unit as pending
      on pending.scope_id = p_scope
      and pending.dataset = 'components'
      and pending.key = s.key
      and pending.state in ('sealed', 'held', 'ready')
    left join greenroom.published as p
      on p.scope_id = p_scope
      and p.dataset = 'components'
      and p.key = s.key
    -- what was promoted last is not new, also when its topics were adopted by hand since
    left join greenroom.unit as last on last.id = p.unit_id
    where case
        when pending.id is not null then coalesce(pending.sealed_hash, pending.hash) <> s.hash or pending.complete <> coalesce(case when p_said_of is null or 'components' = any (p_said_of) then p_complete end, pending.complete)
        -- where people corrected it, the source may have come to say what is published: the corrections end then
        else s.hash is distinct from coalesce(last.sealed_hash, last.hash) and (s.hash is distinct from p.hash or last.sealed_hash <> last.hash)
      end;
    -- what option_groups would be sealed: a plain read, so that sealing the same again writes nothing
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('key', s.key))
    into v_option_groups
    from (
      select i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.group_code::text, i.name::text, i.choose_least::integer, i.choose_most::integer, i.component_code::text, i.note::text), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.group_code::text, i.name::text, i.choose_least::integer, i.choose_most::integer, i.component_code::text, i.note::text), 1), 1)), 0)) as hash
      from greenroom_exams.inbox_option_groups as i
      where i.scope_keys = v_keys
        and (p_only is null or i.unit_key[1] = p_only)
        and i.problem is null
        and i.copy = 1
      group by i.unit_key
    ) as s
    left join greenroom.unit as pending
      on pending.scope_id = p_scope
      and pending.dataset = 'option_groups'
      and pending.key = s.key
      and pending.state in ('sealed', 'held', 'ready')
    left join greenroom.published as p
      on p.scope_id = p_scope
      and p.dataset = 'option_groups'
      and p.key = s.key
    -- what was promoted last is not new, also when its topics were adopted by hand since
    left join greenroom.unit as last on last.id = p.unit_id
    where case
        when pending.id is not null then coalesce(pending.sealed_hash, pending.hash) <> s.hash or pending.complete <> coalesce(case when p_said_of is null or 'option_groups' = any (p_said_of) then p_complete end, pending.complete)
        -- where people corrected it, the source may have come to say what is published: the corrections end then
        else s.hash is distinct from coalesce(last.sealed_hash, last.hash) and (s.hash is distinct from p.hash or last.sealed_hash <> last.hash)
      end;
    -- what option_exclusions would be sealed: a plain read, so that sealing the same again writes nothing
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('key', s.key))
    into v_option_exclusions
    from (
      select i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.one_code::text, i.other_code::text, i.why::text), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.one_code::text, i.other_code::text, i.why::text), 1), 1)), 0)) as hash
      from greenroom_exams.inbox_option_exclusions as i
      where i.scope_keys = v_keys
        and (p_only is null or i.unit_key[1] = p_only)
        and i.problem is null
        and i.copy = 1
      group by i.unit_key
    ) as s
    left join greenroom.unit as pending
      on pending.scope_id = p_scope
      and pending.dataset = 'option_exclusions'
      and pending.key = s.key
      and pending.state in ('sealed', 'held', 'ready')
    left join greenroom.published as p
      on p.scope_id = p_scope
      and p.dataset = 'option_exclusions'
      and p.key = s.key
    -- what was promoted last is not new, also when its topics were adopted by hand since
    left join greenroom.unit as last on last.id = p.unit_id
    where case
        when pending.id is not null then coalesce(pending.sealed_hash, pending.hash) <> s.hash or pending.complete <> coalesce(case when p_said_of is null or 'option_exclusions' = any (p_said_of) then p_complete end, pending.complete)
        -- where people corrected it, the source may have come to say what is published: the corrections end then
        else s.hash is distinct from coalesce(last.sealed_hash, last.hash) and (s.hash is distinct from p.hash or last.sealed_hash <> last.hash)
      end;
    -- what papers would be sealed: a plain read, so that sealing the same again writes nothing
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('key', s.key))
    into v_papers
    from (
      select i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.paper_number::integer, i.component_code::text, i.year::integer, i.series::text, i.tier::text, i.variant::text, i.type::text, i.language::text, i.modified::boolean, i.title::text, i.url::text, i.marks::integer), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.paper_number::integer, i.component_code::text, i.year::integer, i.series::text, i.tier::text, i.variant::text, i.type::text, i.language::text, i.modified::boolean, i.title::text, i.url::text, i.marks::integer), 1), 1)), 0)) as hash
      from greenroom_exams.inbox_papers as i
      where i.scope_keys = v_keys
        and (p_only is null or i.unit_key[1] = p_only)
        and i.problem is null
        and i.copy = 1
      group by i.unit_key
    ) as s
    left join greenroom.unit as pending
      on pending.scope_id = p_scope
      and pending.dataset = 'papers'
      and pending.key = s.key
      and pending.state in ('sealed', 'held', 'ready')
    left join greenroom.published as p
      on p.scope_id = p_scope
      and p.dataset = 'papers'
      and p.key = s.key
    -- what was promoted last is not new, also when its topics were adopted by hand since
    left join greenroom.unit as last on last.id = p.unit_id
    where case
        when pending.id is not null then coalesce(pending.sealed_hash, pending.hash) <> s.hash or pending.complete <> coalesce(case when p_said_of is null or 'papers' = any (p_said_of) then p_complete end, pending.complete)
        -- where people corrected it, the source may have come to say what is published: the corrections end then
        else s.hash is distinct from coalesce(last.sealed_hash, last.hash) and (s.hash is distinct from p.hash or last.sealed_hash <> last.hash)
      end;
    if coalesce(v_subjects, v_topics, v_components, v_option_groups, v_option_exclusions, v_papers) is null then
      perform greenroom_exams.refuse_unreadable(p_scope, p_only);
      return null;
    end if;
  end if;

  -- read once more, and only once: what is copied, counted and hashed is one look at the inbox
  perform greenroom_exams.own_tables();
  drop table if exists pg_temp.slice_subjects, pg_temp.slice_topics, pg_temp.slice_components, pg_temp.slice_option_groups, pg_temp.slice_option_exclusions, pg_temp.slice_papers;
  create temporary table slice_subjects on commit drop as
  select
    i.unit_key,
    i.row_key,
    i.parent_row_key,
    i.position,
    nullif(i.derived, '{}') as derived,
    i.copy,
    i.problem,
    i.problem_value,
    case when i.problem is not null then coalesce(i.row_data, '{}') end as row_data,
    i.subject_code::text as subject_code,
    i.spec_version::varchar(20) as spec_version,
    i.subject_name::text as subject_name,
    i.spec_start_year::integer as spec_start_year,
    i.specification_url::text as specification_url,
    i.specification_pdf_url::text as specification_pdf_url,
    i.qan::text as qan,
    i.first_assessment_year::integer as first_assessment_year,
    i.last_assessment_year::integer as last_assessment_year,
    i.paper_code::text as paper_code,
    i.succeeds::text as succeeds,
    i.regulated_title::text as regulated_title,
    i.level::text as level,
    i.glh::integer as glh,
    i.operational_end::date as operational_end,
    i.certification_end::date as certification_end
  from greenroom_exams.inbox_subjects as i
  where i.scope_keys = v_keys
    and (p_only is null or i.unit_key[1] = p_only)
    and (
      v_first
      or i.problem is not null
      or i.unit_key in (select s.key from pg_catalog.jsonb_to_recordset(v_subjects) as s (key text[]))
    );
  create temporary table slice_topics on commit drop as
  select
    i.unit_key,
    i.row_key,
    i.parent_row_key,
    i.position,
    nullif(i.derived, '{}') as derived,
    i.copy,
    i.problem,
    i.problem_value,
    case when i.problem is not null then coalesce(i.row_data, '{}') end as row_data,
    i.topic_code::text as topic_code,
    i.parent_code::text as parent_code,
    i.topic_name::text as topic_name,
    i.topic_level::integer as topic_level,
    i.sort_order::integer as sort_order,
    i.description::text as description,
    i.component_code::text as component_code,
    i.chronological_period::text as chronological_period,
    i.period_start_year::integer as period_start_year,
    i.period_end_year::integer as period_end_year,
    i.geographical_region::text as geographical_region,
    i.key_themes::jsonb as key_themes,
    i.examined::boolean as examined,
    i.tier::text as tier,
    i.study_level::text as study_level,
    i.language::text as language,
    i.option_group::text as option_group
  from greenroom_exams.inbox_topics as i
  where i.scope_keys = v_keys
    and (p_only is null or i.unit_key[1] = p_only)
    and (
      v_first
      or i.problem is not null
      or i.unit_key in (select s.key from pg_catalog.jsonb_to_recordset(v_topics) as s (key text[]))
    );
  create temporary table slice_components on commit drop as
  select
    i.unit_key,
    i.row_key,
    i.parent_row_key,
    i.position,
    nullif(i.derived, '{}') as derived,
    i.copy,
    i.problem,
    i.problem_value,
    case when i.problem is not null then coalesce(i.row_data, '{}') end as row_data,
    i.component_code::text as component_code,
    i.name::text as name,
    i.examined::boolean as examined,
    i.assessment::text as assessment,
    i.tier::text as tier,
    i.study_level::text as study_level,
    i.marks::integer as marks,
    i.duration_minutes::integer as duration_minutes,
    i.weight_percent::numeric(5,2) as weight_percent
  from greenroom_exams.inbox_components as i
  where i.scope_keys = v_keys
    and (p_only is null or i.unit_key[1] = p_only)
    and (
      v_first
      or i.problem is not null
      or i.unit_key in (select s.key from pg_catalog.jsonb_to_recordset(v_components) as s (key text[]))
    );
  create temporary table slice_option_groups on commit drop as
  select
    i.unit_key,
    i.row_key,
    i.parent_row_key,
    i.position,
    nullif(i.derived, '{}') as derived,
    i.copy,
    i.problem,
    i.problem_value,
    case when i.problem is not null then coalesce(i.row_data, '{}') end as row_data,
    i.group_code::text as group_code,
    i.name::text as name,
    i.choose_least::integer as choose_least,
    i.choose_most::integer as choose_most,
    i.component_code::text as component_code,
    i.note::text as note
  from greenroom_exams.inbox_option_groups as i
  where i.scope_keys = v_keys
    and (p_only is null or i.unit_key[1] = p_only)
    and (
      v_first
      or i.problem is not null
      or i.unit_key in (select s.key from pg_catalog.jsonb_to_recordset(v_option_groups) as s (key text[]))
    );
  create temporary table slice_option_exclusions on commit drop as
  select
    i.unit_key,
    i.row_key,
    i.parent_row_key,
    i.position,
    nullif(i.derived, '{}') as derived,
    i.copy,
    i.problem,
    i.problem_value,
    case when i.problem is not null then coalesce(i.row_data, '{}') end as row_data,
    i.one_code::text as one_code,
    i.other_code::text as other_code,
    i.why::text as why
  from greenroom_exams.inbox_option_exclusions as i
  where i.scope_keys = v_keys
    and (p_only is null or i.unit_key[1] = p_only)
    and (
      v_first
      or i.problem is not null
      or i.unit_key in (select s.key from pg_catalog.jsonb_to_recordset(v_option_exclusions) as s (key text[]))
    );
  create temporary table slice_papers on commit drop as
  select
    i.unit_key,
    i.row_key,
    i.parent_row_key,
    i.position,
    nullif(i.derived, '{}') as derived,
    i.copy,
    i.problem,
    i.problem_value,
    case when i.problem is not null then coalesce(i.row_data, '{}') end as row_data,
    i.paper_number::integer as paper_number,
    i.component_code::text as component_code,
    i.year::integer as year,
    i.series::text as series,
    i.tier::text as tier,
    i.variant::text as variant,
    i.type::text as type,
    i.language::text as language,
    i.modified::boolean as modified,
    i.title::text as title,
    i.url::text as url,
    i.marks::integer as marks
  from greenroom_exams.inbox_papers as i
  where i.scope_keys = v_keys
    and (p_only is null or i.unit_key[1] = p_only)
    and (
      v_first
      or i.problem is not null
      or i.unit_key in (select s.key from pg_catalog.jsonb_to_recordset(v_papers) as s (key text[]))
    );
  if not exists (
    select from pg_temp.slice_subjects as i where i.problem is null
    union all
    select from pg_temp.slice_topics as i where i.problem is null
    union all
    select from pg_temp.slice_components as i where i.problem is null
    union all
    select from pg_temp.slice_option_groups as i where i.problem is null
    union all
    select from pg_temp.slice_option_exclusions as i where i.problem is null
    union all
    select from pg_temp.slice_papers as i where i.problem is null
  ) then
    perform greenroom_exams.refuse_unreadable(p_scope, p_only);
    return null;
  end if;

  insert into greenroom.batch (scope_id, origin, source, snapshot, parser)
  values (p_scope, 'inbox', p_source, p_snapshot, p_parser)
  returning id into v_batch;

  update greenroom.unit as u
  set state = 'superseded'
  where u.scope_id = p_scope
    and u.dataset = 'subjects'
    and u.state in ('sealed', 'held', 'ready')
    and exists (
      select
      from (select distinct i.unit_key as key from pg_temp.slice_subjects as i where i.problem is null) as s
      where s.key = u.key
        -- the version has got a name since
        or s.key[1] = u.key[1]
          and '' = any (u.key)
          and greenroom_exams.find_root(p_scope, u.key) is not distinct from greenroom_exams.find_root(p_scope, s.key)
    );

  insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash)
  select
    v_batch, p_scope, 'subjects', i.unit_key,
    coalesce(case when p_said_of is null or 'subjects' = any (p_said_of) then p_complete end, true),
    pg_catalog.count(*) filter (where i.problem is null),
    pg_catalog.count(*) filter (where i.problem is not null),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where i.problem is null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.subject_code, i.spec_version, i.subject_name, i.spec_start_year, i.specification_url, i.specification_pdf_url), 0) # case when pg_catalog.num_nonnulls(i.qan, i.first_assessment_year, i.last_assessment_year, i.paper_code, i.succeeds, i.regulated_title, i.level, i.glh, i.operational_end, i.certification_end) = 0 then 0 else pg_catalog.hash_record_extended(row(i.qan, i.first_assessment_year, i.last_assessment_year, i.paper_code, i.succeeds, i.regulated_title, i.level, i.glh, i.operational_end, i.certification_end), 2) end, 0)) filter (where i.problem is null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.subject_code, i.spec_version, i.subject_name, i.spec_start_year, i.specification_url, i.specification_pdf_url), 1) # case when pg_catalog.num_nonnulls(i.qan, i.first_assessment_year, i.last_assessment_year, i.paper_code, i.succeeds, i.regulated_title, i.level, i.glh, i.operational_end, i.certification_end) = 0 then 0 else pg_catalog.hash_record_extended(row(i.qan, i.first_assessment_year, i.last_assessment_year, i.paper_code, i.succeeds, i.regulated_title, i.level, i.glh, i.operational_end, i.certification_end), 3) end, 1)) filter (where i.problem is null), 0))
  from pg_temp.slice_subjects as i
  where i.problem is not null
    or i.copy = 1
  group by i.unit_key
  having pg_catalog.count(*) filter (where i.problem is null) > 0;

  insert into greenroom.batch_subjects (unit_id, row_no, row_key, parent_row_key, position, derived, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end)
  select
    u.id,
    pg_catalog.row_number() over (partition by u.id),
    i.row_key,
    i.parent_row_key,
    i.position,
    i.derived,
    i.subject_code,
    i.spec_version,
    i.subject_name,
    i.spec_start_year,
    i.specification_url,
    i.specification_pdf_url,
    i.qan,
    i.first_assessment_year,
    i.last_assessment_year,
    i.paper_code,
    i.succeeds,
    i.regulated_title,
    i.level,
    i.glh,
    i.operational_end,
    i.certification_end
  from pg_temp.slice_subjects as i
  join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'subjects' and u.key = i.unit_key
  where i.problem is null
    and i.copy = 1;
  get diagnostics v_seen = row_count;
  v_staged := v_staged + v_seen;

  insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)
  select v_batch, u.id, 'subjects', i.problem, i.problem_value, i.position, i.row_data
  from pg_temp.slice_subjects as i
  left join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'subjects' and u.key = i.unit_key
  where i.problem is not null;
  get diagnostics v_seen = row_count;
  v_quarantined := v_quarantined + v_seen;

  select v_read + pg_catalog.count(*) into v_read from pg_temp.slice_subjects;

  update greenroom.unit as u
  set state = 'superseded'
  where u.scope_id = p_scope
    and u.dataset = 'topics'
    and u.state in ('sealed', 'held', 'ready')
    and exists (
      select
      from (select distinct i.unit_key as key from pg_temp.slice_topics as i where i.problem is null) as s
      where s.key = u.key
        -- the version has got a name since
        or s.key[1] = u.key[1]
          and '' = any (u.key)
          and greenroom_exams.find_root(p_scope, u.key) is not distinct from greenroom_exams.find_root(p_scope, s.key)
    );

  insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash)
  select
    v_batch, p_scope, 'topics', i.unit_key,
    coalesce(case when p_said_of is null or 'topics' = any (p_said_of) then p_complete end, true),
    pg_catalog.count(*) filter (where i.problem is null),
    pg_catalog.count(*) filter (where i.problem is not null),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where i.problem is null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.topic_code, i.parent_code, i.topic_name, i.topic_level, i.sort_order, i.description, i.component_code, i.chronological_period, i.period_start_year, i.period_end_year, i.geographical_region, i.key_themes), 0) # case when pg_catalog.num_nonnulls(i.examined, i.tier, i.study_level, i.language, i.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(i.examined, i.tier, i.study_level, i.language, i.option_group), 2) end, 0)) filter (where i.problem is null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.topic_code, i.parent_code, i.topic_name, i.topic_level, i.sort_order, i.description, i.component_code, i.chronological_period, i.period_start_year, i.period_end_year, i.geographical_region, i.key_themes), 1) # case when pg_catalog.num_nonnulls(i.examined, i.tier, i.study_level, i.language, i.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(i.examined, i.tier, i.study_level, i.language, i.option_group), 3) end, 1)) filter (where i.problem is null), 0))
  from pg_temp.slice_topics as i
  where i.problem is not null
    or i.copy = 1
  group by i.unit_key
  having pg_catalog.count(*) filter (where i.problem is null) > 0;

  insert into greenroom.batch_topics (unit_id, row_no, row_key, parent_row_key, position, derived, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  select
    u.id,
    pg_catalog.row_number() over (partition by u.id),
    i.row_key,
    i.parent_row_key,
    i.position,
    i.derived,
    i.topic_code,
    i.parent_code,
    i.topic_name,
    i.topic_level,
    i.sort_order,
    i.description,
    i.component_code,
    i.chronological_period,
    i.period_start_year,
    i.period_end_year,
    i.geographical_region,
    i.key_themes,
    i.examined,
    i.tier,
    i.study_level,
    i.language,
    i.option_group
  from pg_temp.slice_topics as i
  join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'topics' and u.key = i.unit_key
  where i.problem is null
    and i.copy = 1;
  get diagnostics v_seen = row_count;
  v_staged := v_staged + v_seen;

  insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)
  select v_batch, u.id, 'topics', i.problem, i.problem_value, i.position, i.row_data
  from pg_temp.slice_topics as i
  left join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'topics' and u.key = i.unit_key
  where i.problem is not null;
  get diagnostics v_seen = row_count;
  v_quarantined := v_quarantined + v_seen;

  select v_read + pg_catalog.count(*) into v_read from pg_temp.slice_topics;

  update greenroom.unit as u
  set state = 'superseded'
  where u.scope_id = p_scope
    and u.dataset = 'components'
    and u.state in ('sealed', 'held', 'ready')
    and exists (
      select
      from (select distinct i.unit_key as key from pg_temp.slice_components as i where i.problem is null) as s
      where s.key = u.key
        -- the version has got a name since
        or s.key[1] = u.key[1]
          and '' = any (u.key)
          and greenroom_exams.find_root(p_scope, u.key) is not distinct from greenroom_exams.find_root(p_scope, s.key)
    );

  insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash)
  select
    v_batch, p_scope, 'components', i.unit_key,
    coalesce(case when p_said_of is null or 'components' = any (p_said_of) then p_complete end, true),
    pg_catalog.count(*) filter (where i.problem is null),
    pg_catalog.count(*) filter (where i.problem is not null),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where i.problem is null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.component_code, i.name, i.examined, i.assessment, i.tier, i.study_level, i.marks, i.duration_minutes, i.weight_percent), 0), 0)) filter (where i.problem is null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.component_code, i.name, i.examined, i.assessment, i.tier, i.study_level, i.marks, i.duration_minutes, i.weight_percent), 1), 1)) filter (where i.problem is null), 0))
  from pg_temp.slice_components as i
  where i.problem is not null
    or i.copy = 1
  group by i.unit_key
  having pg_catalog.count(*) filter (where i.problem is null) > 0;

  insert into greenroom.batch_components (unit_id, row_no, row_key, parent_row_key, position, derived, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
  select
    u.id,
    pg_catalog.row_number() over (partition by u.id),
    i.row_key,
    i.parent_row_key,
    i.position,
    i.derived,
    i.component_code,
    i.name,
    i.examined,
    i.assessment,
    i.tier,
    i.study_level,
    i.marks,
    i.duration_minutes,
    i.weight_percent
  from pg_temp.slice_components as i
  join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'components' and u.key = i.unit_key
  where i.problem is null
    and i.copy = 1;
  get diagnostics v_seen = row_count;
  v_staged := v_staged + v_seen;

  insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)
  select v_batch, u.id, 'components', i.problem, i.problem_value, i.position, i.row_data
  from pg_temp.slice_components as i
  left join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'components' and u.key = i.unit_key
  where i.problem is not null;
  get diagnostics v_seen = row_count;
  v_quarantined := v_quarantined + v_seen;

  select v_read + pg_catalog.count(*) into v_read from pg_temp.slice_components;

  update greenroom.unit as u
  set state = 'superseded'
  where u.scope_id = p_scope
    and u.dataset = 'option_groups'
    and u.state in ('sealed', 'held', 'ready')
    and exists (
      select
      from (select distinct i.unit_key as key from pg_temp.slice_option_groups as i where i.problem is null) as s
      where s.key = u.key
        -- the version has got a name since
        or s.key[1] = u.key[1]
          and '' = any (u.key)
          and greenroom_exams.find_root(p_scope, u.key) is not distinct from greenroom_exams.find_root(p_scope, s.key)
    );

  insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash)
  select
    v_batch, p_scope, 'option_groups', i.unit_key,
    coalesce(case when p_said_of is null or 'option_groups' = any (p_said_of) then p_complete end, true),
    pg_catalog.count(*) filter (where i.problem is null),
    pg_catalog.count(*) filter (where i.problem is not null),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where i.problem is null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.group_code, i.name, i.choose_least, i.choose_most, i.component_code, i.note), 0), 0)) filter (where i.problem is null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.group_code, i.name, i.choose_least, i.choose_most, i.component_code, i.note), 1), 1)) filter (where i.problem is null), 0))
  from pg_temp.slice_option_groups as i
  where i.problem is not null
    or i.copy = 1
  group by i.unit_key
  having pg_catalog.count(*) filter (where i.problem is null) > 0;

  insert into greenroom.batch_option_groups (unit_id, row_no, row_key, parent_row_key, position, derived, group_code, name, choose_least, choose_most, component_code, note)
  select
    u.id,
    pg_catalog.row_number() over (partition by u.id),
    i.row_key,
    i.parent_row_key,
    i.position,
    i.derived,
    i.group_code,
    i.name,
    i.choose_least,
    i.choose_most,
    i.component_code,
    i.note
  from pg_temp.slice_option_groups as i
  join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'option_groups' and u.key = i.unit_key
  where i.problem is null
    and i.copy = 1;
  get diagnostics v_seen = row_count;
  v_staged := v_staged + v_seen;

  insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)
  select v_batch, u.id, 'option_groups', i.problem, i.problem_value, i.position, i.row_data
  from pg_temp.slice_option_groups as i
  left join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'option_groups' and u.key = i.unit_key
  where i.problem is not null;
  get diagnostics v_seen = row_count;
  v_quarantined := v_quarantined + v_seen;

  select v_read + pg_catalog.count(*) into v_read from pg_temp.slice_option_groups;

  update greenroom.unit as u
  set state = 'superseded'
  where u.scope_id = p_scope
    and u.dataset = 'option_exclusions'
    and u.state in ('sealed', 'held', 'ready')
    and exists (
      select
      from (select distinct i.unit_key as key from pg_temp.slice_option_exclusions as i where i.problem is null) as s
      where s.key = u.key
        -- the version has got a name since
        or s.key[1] = u.key[1]
          and '' = any (u.key)
          and greenroom_exams.find_root(p_scope, u.key) is not distinct from greenroom_exams.find_root(p_scope, s.key)
    );

  insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash)
  select
    v_batch, p_scope, 'option_exclusions', i.unit_key,
    coalesce(case when p_said_of is null or 'option_exclusions' = any (p_said_of) then p_complete end, true),
    pg_catalog.count(*) filter (where i.problem is null),
    pg_catalog.count(*) filter (where i.problem is not null),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where i.problem is null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.one_code, i.other_code, i.why), 0), 0)) filter (where i.problem is null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.one_code, i.other_code, i.why), 1), 1)) filter (where i.problem is null), 0))
  from pg_temp.slice_option_exclusions as i
  where i.problem is not null
    or i.copy = 1
  group by i.unit_key
  having pg_catalog.count(*) filter (where i.problem is null) > 0;

  insert into greenroom.batch_option_exclusions (unit_id, row_no, row_key, parent_row_key, position, derived, one_code, other_code, why)
  select
    u.id,
    pg_catalog.row_number() over (partition by u.id),
    i.row_key,
    i.parent_row_key,
    i.position,
    i.derived,
    i.one_code,
    i.other_code,
    i.why
  from pg_temp.slice_option_exclusions as i
  join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'option_exclusions' and u.key = i.unit_key
  where i.problem is null
    and i.copy = 1;
  get diagnostics v_seen = row_count;
  v_staged := v_staged + v_seen;

  insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)
  select v_batch, u.id, 'option_exclusions', i.problem, i.problem_value, i.position, i.row_data
  from pg_temp.slice_option_exclusions as i
  left join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'option_exclusions' and u.key = i.unit_key
  where i.problem is not null;
  get diagnostics v_seen = row_count;
  v_quarantined := v_quarantined + v_seen;

  select v_read + pg_catalog.count(*) into v_read from pg_temp.slice_option_exclusions;

  update greenroom.unit as u
  set state = 'superseded'
  where u.scope_id = p_scope
    and u.dataset = 'papers'
    and u.state in ('sealed', 'held', 'ready')
    and exists (
      select
      from (select distinct i.unit_key as key from pg_temp.slice_papers as i where i.problem is null) as s
      where s.key = u.key
        -- the version has got a name since
        or s.key[1] = u.key[1]
          and '' = any (u.key)
          and greenroom_exams.find_root(p_scope, u.key) is not distinct from greenroom_exams.find_root(p_scope, s.key)
    );

  insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, quarantined_count, hash)
  select
    v_batch, p_scope, 'papers', i.unit_key,
    coalesce(case when p_said_of is null or 'papers' = any (p_said_of) then p_complete end, true),
    pg_catalog.count(*) filter (where i.problem is null),
    pg_catalog.count(*) filter (where i.problem is not null),
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where i.problem is null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.paper_number, i.component_code, i.year, i.series, i.tier, i.variant, i.type, i.language, i.modified, i.title, i.url, i.marks), 0), 0)) filter (where i.problem is null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.paper_number, i.component_code, i.year, i.series, i.tier, i.variant, i.type, i.language, i.modified, i.title, i.url, i.marks), 1), 1)) filter (where i.problem is null), 0))
  from pg_temp.slice_papers as i
  where i.problem is not null
    or i.copy = 1
  group by i.unit_key
  having pg_catalog.count(*) filter (where i.problem is null) > 0;

  insert into greenroom.batch_papers (unit_id, row_no, row_key, parent_row_key, position, derived, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks)
  select
    u.id,
    pg_catalog.row_number() over (partition by u.id),
    i.row_key,
    i.parent_row_key,
    i.position,
    i.derived,
    i.paper_number,
    i.component_code,
    i.year,
    i.series,
    i.tier,
    i.variant,
    i.type,
    i.language,
    i.modified,
    i.title,
    i.url,
    i.marks
  from pg_temp.slice_papers as i
  join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'papers' and u.key = i.unit_key
  where i.problem is null
    and i.copy = 1;
  get diagnostics v_seen = row_count;
  v_staged := v_staged + v_seen;

  insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)
  select v_batch, u.id, 'papers', i.problem, i.problem_value, i.position, i.row_data
  from pg_temp.slice_papers as i
  left join greenroom.unit as u on u.batch_id = v_batch and u.dataset = 'papers' and u.key = i.unit_key
  where i.problem is not null;
  get diagnostics v_seen = row_count;
  v_quarantined := v_quarantined + v_seen;

  select v_read + pg_catalog.count(*) into v_read from pg_temp.slice_papers;

  -- rows of no unit of this batch are told of at its first one
  update greenroom.unit as u
  set quarantined_count = u.quarantined_count + q.n
  from (
    select pg_catalog.count(*) as n
    from greenroom.quarantine as q
    where q.batch_id = v_batch
      and q.unit_id is null
  ) as q
  where u.id = (select pg_catalog.min(o.id) from greenroom.unit as o where o.batch_id = v_batch)
    and q.n > 0;

  update greenroom.batch
  set
    read_count = v_read,
    staged_count = v_staged,
    quarantined_count = v_quarantined,
    duplicate_count = v_read - v_staged - v_quarantined
  where id = v_batch;
  drop table pg_temp.slice_subjects, pg_temp.slice_topics, pg_temp.slice_components, pg_temp.slice_option_groups, pg_temp.slice_option_exclusions, pg_temp.slice_papers;
  perform greenroom_exams.carry_edits(v_batch);
  return v_batch;
end
$$;
comment on function greenroom_exams.seal(integer, text, text, text, text, boolean, text[]) is 'Seals what the inbox holds for a scope; null when nothing in it is new.';

-- How many rows of each dataset the inbox holds for a scope.
create function greenroom_exams.inbox_count(p_scope integer, p_only text default null)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
    'subjects', (
      select pg_catalog.count(*)
      from greenroom_exams.inbox_subjects as i
      where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
        and (p_only is null or i.unit_key[1] = p_only)
    ),
    'topics', (
      select pg_catalog.count(*)
      from greenroom_exams.inbox_topics as i
      where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
        and (p_only is null or i.unit_key[1] = p_only)
    ),
    'components', (
      select pg_catalog.count(*)
      from greenroom_exams.inbox_components as i
      where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
        and (p_only is null or i.unit_key[1] = p_only)
    ),
    'option_groups', (
      select pg_catalog.count(*)
      from greenroom_exams.inbox_option_groups as i
      where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
        and (p_only is null or i.unit_key[1] = p_only)
    ),
    'option_exclusions', (
      select pg_catalog.count(*)
      from greenroom_exams.inbox_option_exclusions as i
      where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
        and (p_only is null or i.unit_key[1] = p_only)
    ),
    'papers', (
      select pg_catalog.count(*)
      from greenroom_exams.inbox_papers as i
      where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
        and (p_only is null or i.unit_key[1] = p_only)
    )
  )
$$;
comment on function greenroom_exams.inbox_count(integer, text) is 'Rows of the inbox in a scope, per dataset.';

-- Whether the inbox holds units of a scope that production does not hold alike.
create function greenroom_exams.unsealed(p_scope integer, p_only text default null, p_or_pending boolean default false)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with staged as (
    select 'subjects' as dataset, i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.subject_code::text, i.spec_version::varchar(20), i.subject_name::text, i.spec_start_year::integer, i.specification_url::text, i.specification_pdf_url::text), 0) # case when pg_catalog.num_nonnulls(i.qan::text, i.first_assessment_year::integer, i.last_assessment_year::integer, i.paper_code::text, i.succeeds::text, i.regulated_title::text, i.level::text, i.glh::integer, i.operational_end::date, i.certification_end::date) = 0 then 0 else pg_catalog.hash_record_extended(row(i.qan::text, i.first_assessment_year::integer, i.last_assessment_year::integer, i.paper_code::text, i.succeeds::text, i.regulated_title::text, i.level::text, i.glh::integer, i.operational_end::date, i.certification_end::date), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.subject_code::text, i.spec_version::varchar(20), i.subject_name::text, i.spec_start_year::integer, i.specification_url::text, i.specification_pdf_url::text), 1) # case when pg_catalog.num_nonnulls(i.qan::text, i.first_assessment_year::integer, i.last_assessment_year::integer, i.paper_code::text, i.succeeds::text, i.regulated_title::text, i.level::text, i.glh::integer, i.operational_end::date, i.certification_end::date) = 0 then 0 else pg_catalog.hash_record_extended(row(i.qan::text, i.first_assessment_year::integer, i.last_assessment_year::integer, i.paper_code::text, i.succeeds::text, i.regulated_title::text, i.level::text, i.glh::integer, i.operational_end::date, i.certification_end::date), 3) end, 1)), 0)) as hash
    from greenroom_exams.inbox_subjects as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is null
      and i.copy = 1
    group by i.unit_key
    union all
    select 'topics' as dataset, i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.topic_code::text, i.parent_code::text, i.topic_name::text, i.topic_level::integer, i.sort_order::integer, i.description::text, i.component_code::text, i.chronological_period::text, i.period_start_year::integer, i.period_end_year::integer, i.geographical_region::text, i.key_themes::jsonb), 0) # case when pg_catalog.num_nonnulls(i.examined::boolean, i.tier::text, i.study_level::text, i.language::text, i.option_group::text) = 0 then 0 else pg_catalog.hash_record_extended(row(i.examined::boolean, i.tier::text, i.study_level::text, i.language::text, i.option_group::text), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.topic_code::text, i.parent_code::text, i.topic_name::text, i.topic_level::integer, i.sort_order::integer, i.description::text, i.component_code::text, i.chronological_period::text, i.period_start_year::integer, i.period_end_year::integer, i.geographical_region::text, i.key_themes::jsonb), 1) # case when pg_catalog.num_nonnulls(i.examined::boolean, i.tier::text, i.study_level::text, i.language::text, i.option_group::text) = 0 then 0 else pg_catalog.hash_record_extended(row(i.examined::boolean, i.tier::text, i.study_level::text, i.language::text, i.option_group::text), 3) end, 1)), 0)) as hash
    from greenroom_exams.inbox_topics as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is null
      and i.copy = 1
    group by i.unit_key
    union all
    select 'components' as dataset, i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.component_code::text, i.name::text, i.examined::boolean, i.assessment::text, i.tier::text, i.study_level::text, i.marks::integer, i.duration_minutes::integer, i.weight_percent::numeric(5,2)), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.component_code::text, i.name::text, i.examined::boolean, i.assessment::text, i.tier::text, i.study_level::text, i.marks::integer, i.duration_minutes::integer, i.weight_percent::numeric(5,2)), 1), 1)), 0)) as hash
    from greenroom_exams.inbox_components as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is null
      and i.copy = 1
    group by i.unit_key
    union all
    select 'option_groups' as dataset, i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.group_code::text, i.name::text, i.choose_least::integer, i.choose_most::integer, i.component_code::text, i.note::text), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.group_code::text, i.name::text, i.choose_least::integer, i.choose_most::integer, i.component_code::text, i.note::text), 1), 1)), 0)) as hash
    from greenroom_exams.inbox_option_groups as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is null
      and i.copy = 1
    group by i.unit_key
    union all
    select 'option_exclusions' as dataset, i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.one_code::text, i.other_code::text, i.why::text), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.one_code::text, i.other_code::text, i.why::text), 1), 1)), 0)) as hash
    from greenroom_exams.inbox_option_exclusions as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is null
      and i.copy = 1
    group by i.unit_key
    union all
    select 'papers' as dataset, i.unit_key as key, pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.paper_number::integer, i.component_code::text, i.year::integer, i.series::text, i.tier::text, i.variant::text, i.type::text, i.language::text, i.modified::boolean, i.title::text, i.url::text, i.marks::integer), 0), 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(i.paper_number::integer, i.component_code::text, i.year::integer, i.series::text, i.tier::text, i.variant::text, i.type::text, i.language::text, i.modified::boolean, i.title::text, i.url::text, i.marks::integer), 1), 1)), 0)) as hash
    from greenroom_exams.inbox_papers as i
    where i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
      and (p_only is null or i.unit_key[1] = p_only)
      and i.problem is null
      and i.copy = 1
    group by i.unit_key

  )
  select exists (
    select
    from staged as s
    left join greenroom.published as p on p.scope_id = p_scope and p.dataset = s.dataset and p.key = s.key
    left join greenroom.unit as last on last.id = p.unit_id
    left join greenroom.unit as pending
      on p_or_pending
      and pending.scope_id = p_scope
      and pending.dataset = s.dataset
      and pending.key = s.key
      and pending.state in ('sealed', 'held', 'ready')
    where s.hash is distinct from p.hash
      and s.hash is distinct from coalesce(last.sealed_hash, last.hash)
      and s.hash is distinct from coalesce(pending.sealed_hash, pending.hash)
  )
$$;
comment on function greenroom_exams.unsealed(integer, text, boolean) is
  'Whether emptying the inbox would lose something that production lacks, or that no batch holds either.';

-- The gate: what was found on the units of exams, who decided what, and what stops them.
create function greenroom_exams.own_tables()
returns void
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select greenroom.refuse_foreign_temp(array[
    'entering', 'touched', 'held_now', 'root', 'image', 'drifting', 'renamed', 'fresh',
    'slice_subjects', 'plan_subjects', 'resolved_subjects', 'leaving_subjects', 'standing_subjects', 'searching_subjects', 'renamed_subjects', 'resolving_subjects', 'frontier_subjects',
    'slice_topics', 'plan_topics', 'resolved_topics', 'leaving_topics', 'standing_topics', 'searching_topics', 'renamed_topics', 'resolving_topics', 'frontier_topics',
    'slice_components', 'plan_components', 'resolved_components', 'leaving_components', 'standing_components', 'searching_components', 'renamed_components', 'resolving_components', 'frontier_components',
    'slice_option_groups', 'plan_option_groups', 'resolved_option_groups', 'leaving_option_groups', 'standing_option_groups', 'searching_option_groups', 'renamed_option_groups', 'resolving_option_groups', 'frontier_option_groups',
    'slice_option_exclusions', 'plan_option_exclusions', 'resolved_option_exclusions', 'leaving_option_exclusions', 'standing_option_exclusions', 'searching_option_exclusions', 'renamed_option_exclusions', 'resolving_option_exclusions', 'frontier_option_exclusions',
    'slice_papers', 'plan_papers', 'resolved_papers', 'leaving_papers', 'standing_papers', 'searching_papers', 'renamed_papers', 'resolving_papers', 'frontier_papers'
  ])
$$;
comment on function greenroom_exams.own_tables() is 'Refuses when a temporary table of ours would be somebody else''s.';

create function greenroom_exams.scope_id(p_keys text[])
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id integer;
begin
  select c.id into v_id from greenroom.scope as c where c.pack = 'exams' and c.keys = p_keys;
  if v_id is null then
    insert into greenroom.scope (pack, keys, name)
    values ('exams', p_keys, pg_catalog.array_to_string(p_keys, ' '))
    on conflict (pack, keys) do nothing;
    select c.id into strict v_id from greenroom.scope as c where c.pack = 'exams' and c.keys = p_keys;
  end if;
  return v_id;
end
$$;
comment on function greenroom_exams.scope_id(text[]) is 'The ledger''s row of a scope, made when it is first named.';

-- Units of a scope that wait to be promoted.
create function greenroom_exams.pending(p_scope integer, p_only text default null)
returns bigint[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(pg_catalog.array_agg(u.id order by u.id), '{}')
  from greenroom.unit as u
  where u.scope_id = p_scope
    and u.state in ('sealed', 'held', 'ready')
    and (
      p_only is null
      or u.key[1] = p_only
      -- the current table goes with the period that it repeats
      or u.key = '{}' and p_only = coalesce((
        select pg_catalog.max(o.key[1]) from greenroom.unit as o
        where o.batch_id = u.batch_id and o.complete and o.key <> '{}'
      ), p_only)
    )
$$;
comment on function greenroom_exams.pending(integer, text) is 'Units that wait to be promoted, all or those of one subject or period.';

create function greenroom_exams.findings(p_units bigint[])
returns table (unit_id bigint, dataset text, unit_key text[], check_name text, severity text, message text, row_key text, "position" text, waived boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set work_mem = '32MB'
as $$
  with found as (
    select c.*
    from greenroom_exams.check_subjects(p_units) as c
    where exists (select from greenroom.unit as u where u.id = any (p_units) and u.dataset = 'subjects')
    union all
    select c.*
    from greenroom_exams.check_topics(p_units) as c
    where exists (select from greenroom.unit as u where u.id = any (p_units) and u.dataset = 'topics')
    union all
    select c.*
    from greenroom_exams.check_components(p_units) as c
    where exists (select from greenroom.unit as u where u.id = any (p_units) and u.dataset = 'components')
    union all
    select c.*
    from greenroom_exams.check_option_groups(p_units) as c
    where exists (select from greenroom.unit as u where u.id = any (p_units) and u.dataset = 'option_groups')
    union all
    select c.*
    from greenroom_exams.check_option_exclusions(p_units) as c
    where exists (select from greenroom.unit as u where u.id = any (p_units) and u.dataset = 'option_exclusions')
    union all
    select c.*
    from greenroom_exams.check_papers(p_units) as c
    where exists (select from greenroom.unit as u where u.id = any (p_units) and u.dataset = 'papers')
    union all
    -- a subject nobody could read anything of
    select u.id, 'no_topics', 'error',
      pg_catalog.format('%s has no topics, neither in this batch nor in production', pg_catalog.array_to_string(u.key, ' ')),
      null, null
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset = 'subjects'
      and not exists (
        select from greenroom.unit as o
        where o.scope_id = u.scope_id
          and o.dataset = 'topics'
          and o.key = u.key
          and o.state in ('sealed', 'held', 'ready')
      )
      and not exists (
        select from greenroom.published as p
        where p.scope_id = u.scope_id
          and p.dataset = 'topics'
          and p.root_id = greenroom_exams.find_root(u.scope_id, u.key)
          and p.row_count > 0
      )
    union all
    select u.id, 'no_subjects', 'error',
      pg_catalog.format('%s is neither in this batch nor in production', pg_catalog.array_to_string(u.key, ' ')),
      null, null
    from greenroom.unit as u
    where u.id = any (p_units)
      and u.dataset <> 'subjects'
      and not exists (
        select from greenroom.unit as o
        where o.id = any (p_units)
          and o.scope_id = u.scope_id
          and o.dataset = 'subjects'
          and o.key = u.key
      )
      and greenroom_exams.find_root(u.scope_id, u.key) is null
    union all
    -- what was undone does not come back unseen
    select u.id, 'rolled_back', 'warning',
      pg_catalog.format('this content was promoted by release %s, which was rolled back', pg_catalog.max(r.id)),
      null, null
    from greenroom.unit as u
    join greenroom.unit as o
      on o.scope_id = u.scope_id
      and o.dataset = u.dataset
      and o.key = u.key
      and o.hash = u.hash
    join greenroom.release as r on r.id = o.release_id and r.state = 'rolled back'
    where u.id = any (p_units)
    group by u.id
    union all
    -- a correction and its source say different things: somebody decides
    select u.id, 'edit_conflict', 'error',
      pg_catalog.format('%s of %s: %s said %s instead of %s, the source says %s now',
        coalesce(e.column_name, case e.action when 'parent' then 'the place' when 'order' then 'the order of the rows' when 'add' then 'the row' else 'the deletion' end),
        e.label, e.edited_by, pg_catalog.left(coalesce(e.value::text, 'nothing'), 80), pg_catalog.left(coalesce(e.base::text, 'nothing'), 80), pg_catalog.left(coalesce(e.theirs::text, 'nothing'), 80)),
      e.row_ref, null
    from greenroom.unit as u
    join greenroom.edit as e on e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_key = u.key and e.state = 'conflict'
    where u.id = any (p_units)
    union all
    select f.unit_id, f.check_name, f.severity, f.message, f.row_key, f.position
    from greenroom.finding as f
    where f.unit_id = any (p_units)
      and f.found_by = 'parser'
  )
  select
    f.unit_id,
    u.dataset,
    u.key,
    f.check_name,
    f.severity,
    f.message,
    f.row_key,
    f.position,
    f.check_name <> all (array['duplicate_key', 'orphan', 'cycle', 'missing_level', 'edit_conflict', 'no_subjects', 'missing_choose_least', 'missing_choose_most', 'missing_component_code', 'missing_examined', 'missing_group_code', 'missing_language', 'missing_modified', 'missing_name', 'missing_one_code', 'missing_other_code', 'missing_series', 'missing_subject_code', 'missing_subject_name', 'missing_topic_code', 'missing_topic_name', 'missing_type', 'missing_url', 'missing_year'])
      and exists (
        select from greenroom.waiver as w
        where w.scope_id = u.scope_id
          and w.dataset = u.dataset
          and w.unit_key = u.key
          and w.unit_hash = u.hash
          and w.check_name = f.check_name
          and w.until >= current_date
      )
  from found as f
  join greenroom.unit as u on u.id = f.unit_id
$$;
comment on function greenroom_exams.findings(bigint[]) is 'All findings on these units, with what has been waived. Pure.';

-- The findings that stop these units: errors, rejections, warnings nobody has approved after seeing them.
create function greenroom_exams.gate(p_units bigint[])
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set work_mem = '32MB'
as $$
  with found as materialized (
    select * from greenroom_exams.findings(p_units) as f
  ), seen as (
    select f.unit_id, pg_catalog.md5(pg_catalog.string_agg(f.check_name || ':' || f.message, e'\n' order by f.check_name, f.message)) as digest
    from found as f
    where not f.waived
    group by f.unit_id
  ), verdict as (
    select distinct on (u.id) u.id as unit_id, a.verdict, a.findings_seen, a.decided_by, a.note
    from greenroom.unit as u
    join greenroom.approval as a
      on a.scope_id = u.scope_id
      and a.dataset = u.dataset
      and a.unit_key = u.key
      and a.unit_hash = u.hash
    where u.id = any (p_units)
      -- where two decide, an author's approval is none
      and (a.verdict = 'rejected' or greenroom.may_approve('exams', u.id, a.decided_by))
    order by u.id, a.id desc
  ), stopping as (
    select f.dataset, f.unit_key, f.check_name, f.severity, f.message, f.row_key, f.position
    from found as f
    join seen as s on s.unit_id = f.unit_id
    left join verdict as v on v.unit_id = f.unit_id
    where not f.waived
      and (
        f.severity = 'error'
        or v.verdict is distinct from 'approved'
        or v.findings_seen <> s.digest
      )
    union all
    select u.dataset, u.key, 'rejected', 'error', pg_catalog.format('rejected by %s: %s', v.decided_by, v.note), null, null
    from verdict as v
    join greenroom.unit as u on u.id = v.unit_id
    where v.verdict = 'rejected'
    union all
    -- where two decide, what somebody edited waits for somebody else, clean or not
    select u.dataset, u.key, 'second_person', 'warning',
      pg_catalog.format('edited by %s: somebody else has to approve it', e.names), null, null
    from greenroom.unit as u
    cross join lateral (
      select pg_catalog.string_agg(e.name, ', ' order by e.name) as names from greenroom.editors(u.id) as e
    ) as e
    left join verdict as v on v.unit_id = u.id
    where u.id = any (p_units)
      and greenroom.people('exams') = 2
      and e.names is not null
      and v.verdict is null
  )
  select coalesce(
    pg_catalog.jsonb_agg(
      pg_catalog.jsonb_build_object(
        'dataset', s.dataset,
        'unit', pg_catalog.to_jsonb(s.unit_key),
        'check', s.check_name,
        'severity', s.severity,
        'message', s.message,
        'row_key', s.row_key,
        'position', s.position
      )
      order by s.severity, s.dataset, s.unit_key, s.check_name, s.message
    ),
    '[]'
  )
  from stopping as s
$$;
comment on function greenroom_exams.gate(bigint[]) is 'What stops these units, as JSON; [] lets them through. Pure.';

-- Writes findings and states down, for those who look later. The gate itself reads none of it.
create function greenroom_exams.record_findings(p_units bigint[])
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set work_mem = '32MB'
as $$
declare
  v_stopping jsonb;
begin
  delete from greenroom.finding as f
  where f.unit_id = any (p_units)
    and f.found_by = 'check';
  -- the checks read all rows of the units: once for both, what is stored and what stops
  with found as materialized (
    select * from greenroom_exams.findings(p_units) as f
  ), stored as (
    insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position)
    select f.unit_id, f.check_name, f.severity, f.message, f.row_key, f.position
    from found as f
    where not exists (
      select from greenroom.finding as o
      where o.unit_id = f.unit_id
        and o.found_by = 'parser'
        and o.check_name = f.check_name
        and o.message = f.message
    )
  ), seen as (
    select f.unit_id, pg_catalog.md5(pg_catalog.string_agg(f.check_name || ':' || f.message, e'\n' order by f.check_name, f.message)) as digest
    from found as f
    where not f.waived
    group by f.unit_id
  ), verdict as (
    select distinct on (u.id) u.id as unit_id, a.verdict, a.findings_seen, a.decided_by, a.note
    from greenroom.unit as u
    join greenroom.approval as a
      on a.scope_id = u.scope_id
      and a.dataset = u.dataset
      and a.unit_key = u.key
      and a.unit_hash = u.hash
    where u.id = any (p_units)
      -- where two decide, an author's approval is none
      and (a.verdict = 'rejected' or greenroom.may_approve('exams', u.id, a.decided_by))
    order by u.id, a.id desc
  ), stopping as (
    select f.dataset, f.unit_key, f.check_name, f.severity, f.message, f.row_key, f.position
    from found as f
    join seen as s on s.unit_id = f.unit_id
    left join verdict as v on v.unit_id = f.unit_id
    where not f.waived
      and (
        f.severity = 'error'
        or v.verdict is distinct from 'approved'
        or v.findings_seen <> s.digest
      )
    union all
    select u.dataset, u.key, 'rejected', 'error', pg_catalog.format('rejected by %s: %s', v.decided_by, v.note), null, null
    from verdict as v
    join greenroom.unit as u on u.id = v.unit_id
    where v.verdict = 'rejected'
    union all
    -- where two decide, what somebody edited waits for somebody else, clean or not
    select u.dataset, u.key, 'second_person', 'warning',
      pg_catalog.format('edited by %s: somebody else has to approve it', e.names), null, null
    from greenroom.unit as u
    cross join lateral (
      select pg_catalog.string_agg(e.name, ', ' order by e.name) as names from greenroom.editors(u.id) as e
    ) as e
    left join verdict as v on v.unit_id = u.id
    where u.id = any (p_units)
      and greenroom.people('exams') = 2
      and e.names is not null
      and v.verdict is null
  )
  select coalesce(
    pg_catalog.jsonb_agg(
      pg_catalog.jsonb_build_object(
        'dataset', s.dataset,
        'unit', pg_catalog.to_jsonb(s.unit_key),
        'check', s.check_name,
        'severity', s.severity,
        'message', s.message,
        'row_key', s.row_key,
        'position', s.position
      )
      order by s.severity, s.dataset, s.unit_key, s.check_name, s.message
    ),
    '[]'
  )
  into v_stopping
  from stopping as s;
  update greenroom.unit as u
  set state = case
    when (u.dataset, pg_catalog.to_jsonb(u.key)) in (
      select s ->> 'dataset', s -> 'unit'
      from pg_catalog.jsonb_array_elements(v_stopping) as s
    ) then 'held'
    else 'ready'
  end
  where u.id = any (p_units)
    and u.state in ('sealed', 'held', 'ready');
  return v_stopping;
end
$$;
comment on function greenroom_exams.record_findings(bigint[]) is 'Stores what the checks find and sets units held or ready.';

-- A decision on the pending units of a scope, bound to their hashes and to the findings seen.
create function greenroom_exams.decide(p_scope integer, p_verdict text, p_by text, p_note text, p_only text default null)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[];
  v_made bigint;
begin
  -- a decision comes before a promotion or after it, never into the middle
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  v_units := greenroom_exams.pending(p_scope, p_only);
  if p_verdict = 'approved' then
    perform greenroom.refuse_author('exams', v_units, p_by);
  end if;
  insert into greenroom.approval (scope_id, dataset, unit_key, unit_hash, verdict, findings_seen, decided_by, note)
  select
    u.scope_id, u.dataset, u.key, u.hash, p_verdict,
    coalesce((
      select pg_catalog.md5(pg_catalog.string_agg(f.check_name || ':' || f.message, e'\n' order by f.check_name, f.message))
      from greenroom_exams.findings(v_units) as f
      where f.unit_id = u.id
        and not f.waived
    ), ''),
    p_by, p_note
  from greenroom.unit as u
  where u.id = any (v_units);
  get diagnostics v_made = row_count;
  if p_verdict = 'rejected' then
    -- of rows opened again the corrections are all that was new: they are rejected with them
    update greenroom.edit as e
    set state = 'withdrawn', theirs = null, settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = 'rejected: ' || p_note
    from greenroom.unit as u
    join greenroom.batch as b on b.id = u.batch_id and b.origin = 'edit'
    where u.id = any (v_units)
      and e.scope_id = u.scope_id
      and e.dataset = u.dataset
      and e.unit_key = u.key
      and e.state in ('in force', 'conflict')
      and e.edited_at >= b.sealed_at;
    update greenroom.unit as u set state = 'rejected' where u.id = any (v_units);
  else
    perform greenroom_exams.record_findings(v_units);
  end if;
  return v_made;
end
$$;
comment on function greenroom_exams.decide(integer, text, text, text, text) is 'Approves or rejects the pending units as they stand.';

create function greenroom_exams.waive(p_scope integer, p_check text, p_by text, p_why text, p_until date, p_only text default null)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[];
  v_made bigint;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  v_units := greenroom_exams.pending(p_scope, p_only);
  insert into greenroom.waiver (scope_id, check_name, dataset, unit_key, unit_hash, waived_by, why, until)
  select distinct u.scope_id, f.check_name, u.dataset, u.key, u.hash, p_by, p_why, p_until
  from greenroom_exams.findings(v_units) as f
  join greenroom.unit as u on u.id = f.unit_id
  where f.check_name = p_check;
  get diagnostics v_made = row_count;
  perform greenroom_exams.record_findings(v_units);
  return v_made;
end
$$;
comment on function greenroom_exams.waive(integer, text, text, text, date, text) is 'Sets one check aside for the pending units that it stops.';

-- The promotion: one way to production for every dataset of exams.
-- Rows changed by another hand since the last release, for the units of a scope.
create function greenroom_exams.drifted(p_scope integer, p_only text default null)
returns setof greenroom.drift
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select f.*
  from greenroom.drift as f
  where f.pack = 'exams'
    and exists (
      select from greenroom.published as p
      where p.scope_id = p_scope
        and p.root_id = f.root_id
        and (p_only is null or p.key[1] = p_only)
    )
$$;
comment on function greenroom_exams.drifted(integer, text) is 'Hand-made changes of source columns in a scope.';

create function greenroom_exams.refuse_drift(p_scope integer, p_only text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rows jsonb;
  v_name text;
begin
  select pg_catalog.jsonb_agg(
    pg_catalog.jsonb_build_object(
      'check', 'drift', 'severity', 'error', 'dataset', f.dataset, 'row_key', pg_catalog.array_to_string(f.identity, ' '),
      'message', pg_catalog.format('%s of %s %s by %s at %s', pg_catalog.lower(f.operation), f.dataset,
        pg_catalog.array_to_string(f.identity, ' '), f.changed_by, pg_catalog.date_trunc('second', f.changed_at))
    ) order by f.id
  )
  into v_rows
  from (select * from greenroom_exams.drifted(p_scope, p_only) as d order by d.id limit 50) as f;
  if v_rows is not null then
    select c.name into v_name from greenroom.scope as c where c.id = p_scope;
    perform greenroom.refuse(
      pg_catalog.format('%s was changed by hand since its last release (%s changes)', v_name,
        (select pg_catalog.count(*) from greenroom_exams.drifted(p_scope, p_only))),
      v_rows,
      pg_catalog.format('keep the changes: greenroom drift "%1$s" --adopt   ·   take them back: greenroom drift "%1$s" --revert', v_name)
    );
  end if;
end
$$;
comment on function greenroom_exams.refuse_drift(integer, text) is 'Refuses, with the rows, when somebody changed source columns by hand.';

-- Units, roots, resolved rows and plans, in temporary tables of this transaction. Writes nothing else.
create function greenroom_exams.plan(p_scope integer, p_units bigint[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
set work_mem = '32MB'
as $$
begin
  perform greenroom_exams.own_tables();
  drop table if exists pg_temp.entering, pg_temp.touched, pg_temp.root, pg_temp.fresh, pg_temp.plan_subjects, pg_temp.resolved_subjects, pg_temp.plan_topics, pg_temp.resolved_topics, pg_temp.plan_components, pg_temp.resolved_components, pg_temp.plan_option_groups, pg_temp.resolved_option_groups, pg_temp.plan_option_exclusions, pg_temp.resolved_option_exclusions, pg_temp.plan_papers, pg_temp.resolved_papers;
  create temporary table root on commit drop as
  select k.key, coalesce(f.id, pg_catalog.gen_random_uuid()) as id, f.id is null as is_new, coalesce(p.live_in_app and p.retired_at is null, false) as is_live
  from (select distinct u.key from greenroom.unit as u where u.id = any (p_units)) as k
  left join lateral greenroom_exams.find_root(p_scope, k.key) as f (id) on true
  left join "public".exam_board_subjects as p on p.id = f.id;
  analyze pg_temp.root;
  create temporary table entering on commit drop as
  select
    u.id as unit_id, u.dataset, u.key, u.complete, u.hash, u.row_count,
    r.id as root_id,
    not r.is_live as lands
  from greenroom.unit as u
  join pg_temp.root as r on r.key = u.key
  where u.id = any (p_units);
  analyze pg_temp.entering;
  if exists (select from pg_temp.entering as e where e.dataset = 'subjects') then
    perform greenroom_exams.resolve_subjects(p_scope);
    perform greenroom_exams.diff_subjects();
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'topics') then
    perform greenroom_exams.resolve_topics(p_scope);
    perform greenroom_exams.diff_topics();
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'components') then
    perform greenroom_exams.resolve_components(p_scope);
    perform greenroom_exams.diff_components();
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'option_groups') then
    perform greenroom_exams.resolve_option_groups(p_scope);
    perform greenroom_exams.diff_option_groups();
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'option_exclusions') then
    perform greenroom_exams.resolve_option_exclusions(p_scope);
    perform greenroom_exams.diff_option_exclusions();
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'papers') then
    perform greenroom_exams.resolve_papers(p_scope);
    perform greenroom_exams.diff_papers();
  end if;
end
$$;
comment on function greenroom_exams.plan(integer, bigint[]) is 'Resolves and diffs these units into pg_temp.plan_*: what a promotion would do.';

-- A part makes no room: a code that it gives to one row and production to another is for a whole edition to settle.
create function greenroom_exams.refuse_taken()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rows jsonb;
begin
  if exists (select from pg_temp.entering as e where e.dataset = 'topics' and not e.complete) then
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', 'code_taken', 'severity', 'error', 'dataset', 'topics',
      'row_key', pl.topic_code, 'message', pg_catalog.format('%s is %L here and %L in production, which this part leaves where it is',
        pl.topic_code, pl.topic_name, p.topic_name)) order by pl.topic_code)
    into v_rows
    from pg_temp.plan_topics as pl
    join "public".curriculum_topics as p on p.exam_board_subject_id = pl.exam_board_subject_id and p.topic_code = pl.topic_code and p.retired_at is null
    where pl.op in ('insert', 'update')
      and not exists (select from pg_temp.plan_topics as o where o.id = p.id);
    if v_rows is not null then
      perform greenroom.refuse('a part of a specification renumbers what it does not hold', v_rows, 'stage the whole specification');
    end if;
  end if;
end
$$;
comment on function greenroom_exams.refuse_taken() is 'Refuses a part that gives a row the code of one it does not hold.';

-- All changes of the plan, datasets in order.
create function greenroom_exams.changes()
returns table (dataset text, op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform greenroom_exams.own_tables();
  if pg_catalog.to_regclass('pg_temp.plan_subjects') is not null then
    return query select 'subjects'::text, c.* from greenroom_exams.changes_subjects() as c;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_topics') is not null then
    return query select 'topics'::text, c.* from greenroom_exams.changes_topics() as c;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_components') is not null then
    return query select 'components'::text, c.* from greenroom_exams.changes_components() as c;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_option_groups') is not null then
    return query select 'option_groups'::text, c.* from greenroom_exams.changes_option_groups() as c;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_option_exclusions') is not null then
    return query select 'option_exclusions'::text, c.* from greenroom_exams.changes_option_exclusions() as c;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_papers') is not null then
    return query select 'papers'::text, c.* from greenroom_exams.changes_papers() as c;
  end if;
end
$$;
comment on function greenroom_exams.changes() is 'The plan in before and after; call greenroom_exams.plan first, in the same transaction.';

-- What production holds of pg_temp.touched.
create function greenroom_exams.digest()
returns table (dataset text, key text[], row_count bigint, hash text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform greenroom_exams.own_tables();
  if exists (select from pg_temp.touched as t where t.dataset = 'subjects') then
    return query select 'subjects'::text, g.* from greenroom_exams.digest_subjects() as g;
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'topics') then
    return query select 'topics'::text, g.* from greenroom_exams.digest_topics() as g;
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'components') then
    return query select 'components'::text, g.* from greenroom_exams.digest_components() as g;
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'option_groups') then
    return query select 'option_groups'::text, g.* from greenroom_exams.digest_option_groups() as g;
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'option_exclusions') then
    return query select 'option_exclusions'::text, g.* from greenroom_exams.digest_option_exclusions() as g;
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'papers') then
    return query select 'papers'::text, g.* from greenroom_exams.digest_papers() as g;
  end if;
end
$$;
comment on function greenroom_exams.digest() is 'Counts and hashes of the touched units as production has them.';

-- The plan becomes production: before-images, park, upsert down the datasets, retire up them.
create function greenroom_exams.apply(p_release bigint)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_counts jsonb := '{}';
  v_one jsonb;
  v_gone record;
begin
  perform greenroom_exams.own_tables();
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform greenroom.refuse('a promotion needs isolation level read committed', '[]',
      'begin the transaction without an isolation level: a frozen snapshot cannot see who begins to point at a row');
  end if;
  perform pg_catalog.set_config('greenroom.applying', pg_catalog.pg_current_xact_id()::text, true);
  if pg_catalog.to_regclass('pg_temp.plan_subjects') is not null then
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where pl.op in ('insert', 'restore')),
      'updated', pg_catalog.count(*) filter (where pl.op = 'update')
    )
    into v_one
    from pg_temp.plan_subjects as pl;
    v_counts := v_counts || pg_catalog.jsonb_build_object('subjects', v_one);
    if exists (select from pg_temp.plan_subjects) then
      perform greenroom_exams.remember_subjects(p_release);
      perform greenroom_exams.upsert_subjects(p_release);
      -- a table that was empty is analysed once it is not: plans made for nothing never finish
      if (v_one ->> 'inserted')::bigint > 5000
        and (select c.reltuples from pg_catalog.pg_class as c where c.oid = '"public".exam_board_subjects'::regclass) < (v_one ->> 'inserted')::bigint
      then
        analyze "public".exam_board_subjects;
      end if;
    end if;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_topics') is not null then
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where pl.op in ('insert', 'restore')),
      'updated', pg_catalog.count(*) filter (where pl.op = 'update')
      , 'by_level', coalesce((
        select pg_catalog.jsonb_object_agg(l.level, l.n)
        from (select pl.topic_level as level, pg_catalog.count(*) as n from pg_temp.plan_topics as pl where pl.op <> 'retire' group by 1) as l
      ), '{}')
    )
    into v_one
    from pg_temp.plan_topics as pl;
    v_counts := v_counts || pg_catalog.jsonb_build_object('topics', v_one);
    if exists (select from pg_temp.plan_topics) then
      perform greenroom_exams.remember_topics(p_release);
      perform greenroom_exams.upsert_topics(p_release);
      -- a table that was empty is analysed once it is not: plans made for nothing never finish
      if (v_one ->> 'inserted')::bigint > 5000
        and (select c.reltuples from pg_catalog.pg_class as c where c.oid = '"public".curriculum_topics'::regclass) < (v_one ->> 'inserted')::bigint
      then
        analyze "public".curriculum_topics;
      end if;
    end if;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_components') is not null then
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where pl.op in ('insert', 'restore')),
      'updated', pg_catalog.count(*) filter (where pl.op = 'update')
    )
    into v_one
    from pg_temp.plan_components as pl;
    v_counts := v_counts || pg_catalog.jsonb_build_object('components', v_one);
    if exists (select from pg_temp.plan_components) then
      perform greenroom_exams.remember_components(p_release);
      perform greenroom_exams.upsert_components(p_release);
      -- a table that was empty is analysed once it is not: plans made for nothing never finish
      if (v_one ->> 'inserted')::bigint > 5000
        and (select c.reltuples from pg_catalog.pg_class as c where c.oid = '"public".exam_components'::regclass) < (v_one ->> 'inserted')::bigint
      then
        analyze "public".exam_components;
      end if;
    end if;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_option_groups') is not null then
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where pl.op in ('insert', 'restore')),
      'updated', pg_catalog.count(*) filter (where pl.op = 'update')
    )
    into v_one
    from pg_temp.plan_option_groups as pl;
    v_counts := v_counts || pg_catalog.jsonb_build_object('option_groups', v_one);
    if exists (select from pg_temp.plan_option_groups) then
      perform greenroom_exams.remember_option_groups(p_release);
      perform greenroom_exams.upsert_option_groups(p_release);
      -- a table that was empty is analysed once it is not: plans made for nothing never finish
      if (v_one ->> 'inserted')::bigint > 5000
        and (select c.reltuples from pg_catalog.pg_class as c where c.oid = '"public".exam_option_groups'::regclass) < (v_one ->> 'inserted')::bigint
      then
        analyze "public".exam_option_groups;
      end if;
    end if;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_option_exclusions') is not null then
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where pl.op in ('insert', 'restore')),
      'updated', pg_catalog.count(*) filter (where pl.op = 'update')
    )
    into v_one
    from pg_temp.plan_option_exclusions as pl;
    v_counts := v_counts || pg_catalog.jsonb_build_object('option_exclusions', v_one);
    if exists (select from pg_temp.plan_option_exclusions) then
      perform greenroom_exams.remember_option_exclusions(p_release);
      perform greenroom_exams.upsert_option_exclusions(p_release);
      -- a table that was empty is analysed once it is not: plans made for nothing never finish
      if (v_one ->> 'inserted')::bigint > 5000
        and (select c.reltuples from pg_catalog.pg_class as c where c.oid = '"public".exam_option_exclusions'::regclass) < (v_one ->> 'inserted')::bigint
      then
        analyze "public".exam_option_exclusions;
      end if;
    end if;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_papers') is not null then
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where pl.op in ('insert', 'restore')),
      'updated', pg_catalog.count(*) filter (where pl.op = 'update')
    )
    into v_one
    from pg_temp.plan_papers as pl;
    v_counts := v_counts || pg_catalog.jsonb_build_object('papers', v_one);
    if exists (select from pg_temp.plan_papers) then
      perform greenroom_exams.remember_papers(p_release);
      perform greenroom_exams.upsert_papers(p_release);
      -- a table that was empty is analysed once it is not: plans made for nothing never finish
      if (v_one ->> 'inserted')::bigint > 5000
        and (select c.reltuples from pg_catalog.pg_class as c where c.oid = '"public".exam_papers'::regclass) < (v_one ->> 'inserted')::bigint
      then
        analyze "public".exam_papers;
      end if;
    end if;
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_papers') is not null then
    select * into v_gone from greenroom_exams.retire_papers(p_release);
    v_counts := pg_catalog.jsonb_set(v_counts, '{papers}', v_counts -> 'papers'
      || pg_catalog.jsonb_build_object('deleted', v_gone.deleted, 'retired', v_gone.retired));
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_option_exclusions') is not null then
    select * into v_gone from greenroom_exams.retire_option_exclusions(p_release);
    v_counts := pg_catalog.jsonb_set(v_counts, '{option_exclusions}', v_counts -> 'option_exclusions'
      || pg_catalog.jsonb_build_object('deleted', v_gone.deleted, 'retired', v_gone.retired));
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_option_groups') is not null then
    select * into v_gone from greenroom_exams.retire_option_groups(p_release);
    v_counts := pg_catalog.jsonb_set(v_counts, '{option_groups}', v_counts -> 'option_groups'
      || pg_catalog.jsonb_build_object('deleted', v_gone.deleted, 'retired', v_gone.retired));
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_components') is not null then
    select * into v_gone from greenroom_exams.retire_components(p_release);
    v_counts := pg_catalog.jsonb_set(v_counts, '{components}', v_counts -> 'components'
      || pg_catalog.jsonb_build_object('deleted', v_gone.deleted, 'retired', v_gone.retired));
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_topics') is not null then
    select * into v_gone from greenroom_exams.retire_topics(p_release);
    v_counts := pg_catalog.jsonb_set(v_counts, '{topics}', v_counts -> 'topics'
      || pg_catalog.jsonb_build_object('deleted', v_gone.deleted, 'retired', v_gone.retired));
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_subjects') is not null then
    select * into v_gone from greenroom_exams.retire_subjects(p_release);
    v_counts := pg_catalog.jsonb_set(v_counts, '{subjects}', v_counts -> 'subjects'
      || pg_catalog.jsonb_build_object('deleted', v_gone.deleted, 'retired', v_gone.retired));
  end if;
  perform pg_catalog.set_config('greenroom.applying', '', true);
  return v_counts;
end
$$;
comment on function greenroom_exams.apply(bigint) is 'The only writer of production.';

-- After apply: what production holds equals what was sealed, or nothing happened at all.
create function greenroom_exams.settle(p_scope integer, p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_wrong text;
begin
  drop table if exists pg_temp.touched, pg_temp.held_now;
  create temporary table touched on commit drop as
  select e.* from pg_temp.entering as e where e.lands;
  -- a change by hand that was under way when we began has ended by now, or waits for us
  perform greenroom_exams.refuse_drift(p_scope, t.only) from (select distinct t.key[1] as only from pg_temp.touched as t) as t;
  create temporary table held_now on commit drop as
  select g.* from greenroom_exams.digest() as g;
  analyze pg_temp.touched, pg_temp.held_now;
  select pg_catalog.string_agg(pg_catalog.format('%s %s', t.dataset, pg_catalog.array_to_string(t.key, ' ')), ', ')
  into v_wrong
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  where t.complete
    and n.hash <> t.hash;
  if exists (select from pg_temp.touched as t where t.dataset = 'subjects' and not t.complete) then
    v_wrong := pg_catalog.concat_ws(', ', v_wrong, greenroom_exams.unmet_subjects());
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'topics' and not t.complete) then
    v_wrong := pg_catalog.concat_ws(', ', v_wrong, greenroom_exams.unmet_topics());
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'components' and not t.complete) then
    v_wrong := pg_catalog.concat_ws(', ', v_wrong, greenroom_exams.unmet_components());
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'option_groups' and not t.complete) then
    v_wrong := pg_catalog.concat_ws(', ', v_wrong, greenroom_exams.unmet_option_groups());
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'option_exclusions' and not t.complete) then
    v_wrong := pg_catalog.concat_ws(', ', v_wrong, greenroom_exams.unmet_option_exclusions());
  end if;
  if exists (select from pg_temp.touched as t where t.dataset = 'papers' and not t.complete) then
    v_wrong := pg_catalog.concat_ws(', ', v_wrong, greenroom_exams.unmet_papers());
  end if;
  if v_wrong <> '' then
    raise exception using
      errcode = 'XX000',
      message = pg_catalog.format('after applying, production differs from the batch in %s; nothing was changed', v_wrong),
      hint = 'this is a defect of Greenroom: keep the batch and report it';
  end if;

  insert into greenroom.release_unit (release_id, dataset, key, root_id, unit_id, unit_before, hash_before, hash_after, complete, complete_before)
  select p_release, t.dataset, t.key, t.root_id, t.unit_id, p.unit_id, p.hash, n.hash, t.complete, p.complete
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = t.dataset and p.root_id = t.root_id
  on conflict (release_id, dataset, key) do update set hash_after = excluded.hash_after;
  -- what was done by hand before a subject was first published belongs to nobody's release
  delete from greenroom.drift as f
  using pg_temp.touched as t
  where f.pack = 'exams'
    and f.root_id = t.root_id
    and not exists (select from greenroom.published as p where p.scope_id = p_scope and p.root_id = t.root_id);
  -- a version that got its name moves to another key with all that is published of it
  delete from greenroom.published as p
  using pg_temp.touched as t
  where p.scope_id = p_scope
    and p.dataset = t.dataset
    and p.root_id = t.root_id
    and p.key <> t.key;
  update greenroom.published as p
  set key = t.key
  from (select distinct t.root_id, t.key from pg_temp.touched as t) as t
  where p.scope_id = p_scope
    and p.root_id = t.root_id
    and p.key <> t.key;
  insert into greenroom.published as p (scope_id, dataset, key, root_id, unit_id, release_id, complete, row_count, hash)
  select p_scope, t.dataset, t.key, t.root_id, t.unit_id, p_release, t.complete, n.row_count, n.hash
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  on conflict (scope_id, dataset, key) do update
  set
    root_id = excluded.root_id,
    unit_id = excluded.unit_id,
    release_id = excluded.release_id,
    complete = p.complete or excluded.complete,
    row_count = excluded.row_count,
    hash = excluded.hash;
  update greenroom.unit as u
  set
    state = 'promoted',
    release_id = p_release
  from pg_temp.touched as t
  where u.id = t.unit_id;
  perform greenroom_exams.adopt_edits(array(select t.unit_id from pg_temp.touched as t));
  perform greenroom_exams.mark_stale(p_scope);
end
$$;
comment on function greenroom_exams.settle(integer, bigint) is 'Verifies the release against the batch and writes it into the ledger.';

-- What a promotion answers: counts per dataset over all units asked for, and the release they stand in.
create function greenroom_exams.answer(p_scope integer, p_only text, p_release bigint, p_prepared bigint)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
    'release', coalesce(p_release, (
      select pg_catalog.max(p.release_id)
      from greenroom.published as p
      where p.scope_id = p_scope
        and (p_only is null or p.key = '{}' or p.key[1] = p_only)
    )),
    'written', coalesce((select r.counts from greenroom.release as r where r.id = p_release), '{}')
  )
  -- objects of their own: a function takes a hundred arguments, and a pack may have more datasets than half of that
  || pg_catalog.jsonb_build_object('subjects', coalesce((
    select pg_catalog.sum(p.row_count)
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = 'subjects'
      and (p_only is null or p.key = '{}' or p.key[1] = p_only)
  ), 0))
  || pg_catalog.jsonb_build_object('topics', coalesce((
    select pg_catalog.sum(p.row_count)
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = 'topics'
      and (p_only is null or p.key = '{}' or p.key[1] = p_only)
  ), 0))
  || pg_catalog.jsonb_build_object('components', coalesce((
    select pg_catalog.sum(p.row_count)
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = 'components'
      and (p_only is null or p.key = '{}' or p.key[1] = p_only)
  ), 0))
  || pg_catalog.jsonb_build_object('option_groups', coalesce((
    select pg_catalog.sum(p.row_count)
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = 'option_groups'
      and (p_only is null or p.key = '{}' or p.key[1] = p_only)
  ), 0))
  || pg_catalog.jsonb_build_object('option_exclusions', coalesce((
    select pg_catalog.sum(p.row_count)
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = 'option_exclusions'
      and (p_only is null or p.key = '{}' or p.key[1] = p_only)
  ), 0))
  || pg_catalog.jsonb_build_object('papers', coalesce((
    select pg_catalog.sum(p.row_count)
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = 'papers'
      and (p_only is null or p.key = '{}' or p.key[1] = p_only)
  ), 0))
  || case
    when p_prepared is null then '{}'
    else pg_catalog.jsonb_build_object('prepared', (
      select pg_catalog.jsonb_build_object('release', r.id) || r.counts
      from greenroom.release as r
      where r.id = p_prepared
    ))
  end
$$;
comment on function greenroom_exams.answer(integer, text, bigint, bigint) is 'The answer of a promotion, the same when it is asked again.';

create function greenroom_exams.promote(
  p_scope integer,
  p_only text default null,
  p_live boolean default false,
  p_by text default session_user,
  p_note text default null,
  p_key uuid default null,
  p_show boolean default true
)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
set work_mem = '32MB'
as $$
declare
  v_name text;
  v_units bigint[];
  v_asked text[];
  v_same bigint[];
  v_stopping jsonb;
  v_release bigint;
  v_prepared bigint;
  v_counts jsonb;
begin
  select c.name into strict v_name from greenroom.scope as c where c.id = p_scope for update;
  select r.id into v_release from greenroom.release as r where r.idempotency_key = p_key;
  if v_release is not null then
    return greenroom_exams.answer(p_scope, p_only, v_release, null);
  end if;
  perform greenroom_exams.refuse_drift(p_scope, p_only);

  v_units := greenroom_exams.pending(p_scope, p_only);
  if v_units = '{}' then
    if not exists (
      select from greenroom.published as p
      where p.scope_id = p_scope
        and (p_only is null or p.key = '{}' or p.key[1] = p_only)
    ) then
      perform greenroom.refuse(
        pg_catalog.format('nothing is staged for %s', v_name || coalesce(' ' || p_only, '')), '[]',
        pg_catalog.format('stage something first: greenroom stage "%s" --from FILE', v_name)
      );
    end if;
    if p_live and p_show then
      perform greenroom_exams.show(p_scope, p_only, true);
    end if;
    return greenroom_exams.answer(p_scope, p_only, null, null);
  end if;
  -- live shows what is promoted here, not what somebody hid beside it
  v_asked := array(
    select pg_catalog.array_to_string(u.key, e'\x1f') from greenroom.unit as u where u.id = any (v_units)
  );

  v_stopping := greenroom_exams.gate(v_units);
  if v_stopping <> '[]' then
    perform greenroom.refuse(
      pg_catalog.format('%s is held: %s findings to decide on', v_name, pg_catalog.jsonb_array_length(v_stopping)),
      v_stopping,
      pg_catalog.format('look: greenroom seal "%1$s" ; greenroom report "%1$s"   ·   warnings only: greenroom approve "%1$s" --by NAME --note TEXT, then promote again', v_name)
    );
  end if;

  -- what production already holds is only noted
  v_same := array(
    select u.id
    from greenroom.unit as u
    join greenroom.published as p on p.scope_id = p_scope and p.dataset = u.dataset and p.key = u.key
    where u.id = any (v_units)
      and u.hash = p.hash
      and (p.complete or not u.complete)
  );
  if v_same <> '{}' then
    update greenroom.unit as u
    set
      state = 'promoted',
      release_id = p.release_id
    from greenroom.published as p
    where u.id = any (v_same)
      and p.scope_id = p_scope
      and p.dataset = u.dataset
      and p.key = u.key;
    perform greenroom_exams.adopt_edits(v_same);
    v_units := array(select x from pg_catalog.unnest(v_units) as x except select x from pg_catalog.unnest(v_same) as x);
  end if;
  if v_units = '{}' then
    if p_live and p_show then
      perform greenroom_exams.show(p_scope, p_only, true, v_asked);
    end if;
    return greenroom_exams.answer(p_scope, p_only, null, null);
  end if;

  -- a prepared release with exactly these units, made over production as it is, is the answer
  if not p_live then
    select r.id
    into v_prepared
    from greenroom.release as r
    where r.scope_id = p_scope
      and r.state = 'prepared'
      and greenroom_exams.fresh(r.id)
      and (select pg_catalog.array_agg(u.unit_id order by u.unit_id) from greenroom.release_unit as u where u.release_id = r.id)
        = (select pg_catalog.array_agg(x order by x) from pg_catalog.unnest(v_units) as x);
    if v_prepared is not null then
      return greenroom_exams.answer(p_scope, p_only, null, v_prepared);
    end if;
    -- one prepared release per scope: what the earlier one held is planned again with the new
    v_units := array(
      select x from pg_catalog.unnest(v_units) as x
      union
      select u.unit_id
      from greenroom.release as r
      join greenroom.release_unit as u on u.release_id = r.id
      join greenroom.unit as w on w.id = u.unit_id
      where r.scope_id = p_scope
        and r.state in ('prepared', 'stale')
        and w.state in ('sealed', 'held', 'ready')
    );
  end if;
  -- what is live now stays so until we are done
  perform 1
  from "public".exam_board_subjects as s
  where s.id = any (array(select greenroom_exams.find_root(p_scope, u.key) from greenroom.unit as u where u.id = any (v_units)))
  order by s.id
  for share of s;
  perform greenroom_exams.plan(p_scope, v_units);
  perform greenroom_exams.refuse_taken();
  -- a part that production already holds is only noted
  if not exists (
    select
    from pg_temp.entering as e
    left join greenroom.published as p on p.scope_id = p_scope and p.dataset = e.dataset and p.key = e.key
    where e.complete
      or p.hash is null
  ) and not exists (select from greenroom_exams.changes()) then
    update greenroom.unit as u
    set
      state = 'promoted',
      release_id = p.release_id
    from pg_temp.entering as e
    join greenroom.published as p on p.scope_id = p_scope and p.dataset = e.dataset and p.key = e.key
    where u.id = e.unit_id;
    perform greenroom_exams.adopt_edits(array(select e.unit_id from pg_temp.entering as e));
    if p_live and p_show then
      perform greenroom_exams.show(p_scope, p_only, true, v_asked);
    end if;
    return greenroom_exams.answer(p_scope, p_only, null, null);
  end if;
  if p_live then
    update pg_temp.entering as e set lands = true;
  end if;
  if exists (select from pg_temp.entering as e where not e.lands) then
    v_prepared := greenroom_exams.prepare(p_scope, p_by, p_note);
  elsif p_only is null then
    update greenroom.release as r set state = 'withdrawn' where r.scope_id = p_scope and r.state in ('prepared', 'stale');
  end if;
  if exists (select from pg_temp.entering as e where e.lands) then
    insert into greenroom.release (scope_id, kind, state, made_by, note, idempotency_key)
    values (p_scope, 'promote', 'applied', p_by, p_note, p_key)
    returning id into v_release;
    v_counts := greenroom_exams.apply(v_release);
    update greenroom.release as r set counts = v_counts where r.id = v_release;
    perform greenroom_exams.settle(p_scope, v_release);
    perform greenroom_exams.reopen_parts(p_scope, v_release);
  end if;
  if p_live and p_show then
    perform greenroom_exams.show(p_scope, p_only, true, v_asked);
  end if;
  return greenroom_exams.answer(p_scope, p_only, v_release, v_prepared);
end
$$;
comment on function greenroom_exams.promote(integer, text, boolean, text, text, uuid, boolean) is 'Promotes the pending units of a scope: all or not at all, or PT409 with the findings.';


-- Production has not moved under a prepared release.
create function greenroom_exams.fresh(p_release bigint)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select not exists (
    select
    from greenroom.release_unit as u
    join greenroom.release as r on r.id = u.release_id
    left join greenroom.published as p on p.scope_id = r.scope_id and p.dataset = u.dataset and p.root_id = u.root_id
    left join greenroom.unit as w on w.id = u.unit_id
    where u.release_id = p_release
      and (
        p.hash is distinct from u.hash_before
        or w.state not in ('sealed', 'held', 'ready')
        -- corrected since
        or w.hash <> u.hash_after
        or exists (select from greenroom.drift as f where f.pack = 'exams' and f.root_id = u.root_id)
      )
  )
$$;
comment on function greenroom_exams.fresh(bigint) is 'Whether a prepared release still fits production.';

create function greenroom_exams.mark_stale(p_scope integer)
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  update greenroom.release as r
  set state = case
    when exists (
      select
      from greenroom.release_unit as u
      join greenroom.unit as w on w.id = u.unit_id
      where u.release_id = r.id
        and w.state in ('sealed', 'held', 'ready')
    ) then 'stale'
    else 'withdrawn'
  end
  where r.scope_id = p_scope
    and r.state in ('prepared', 'stale')
    and not greenroom_exams.fresh(r.id)
$$;
comment on function greenroom_exams.mark_stale(integer) is 'A prepared release whose base has moved is no preview of anything; one of which nothing waits any more is done with.';

-- Changes to what is live are frozen, visible in schema preview, and land through live.
create function greenroom_exams.prepare(p_scope integer, p_by text, p_note text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_prepared bigint;
  v_counts jsonb := '{}';
  v_one jsonb;
begin
  update greenroom.release as r set state = 'withdrawn' where r.scope_id = p_scope and r.state in ('prepared', 'stale');
  insert into greenroom.release (scope_id, kind, state, made_by, note)
  values (p_scope, 'promote', 'prepared', p_by, p_note)
  returning id into v_prepared;
  if pg_catalog.to_regclass('pg_temp.plan_subjects') is not null then
    with held as (
      delete from pg_temp.plan_subjects as pl
      using pg_temp.entering as e
      where e.dataset = 'subjects'
        and not e.lands
        and e.root_id = pl.id
      returning pl.*
    ), kept as (
      insert into greenroom.prepared_subjects (release_id, op, id, exam_board_id, qualification_type_id, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end, spec_end_year, is_current, live_in_app, retired_at, stamp_created_at, stamp_release_id)
      select v_prepared, h.op, h.id, h.exam_board_id, h.qualification_type_id, h.subject_code, h.spec_version, h.subject_name, h.spec_start_year, h.specification_url, h.specification_pdf_url, h.qan, h.first_assessment_year, h.last_assessment_year, h.paper_code, h.succeeds, h.regulated_title, h.level, h.glh, h.operational_end, h.certification_end, h.spec_end_year, h.is_current, h.live_in_app, h.retired_at, h.stamp_created_at, h.stamp_release_id from held as h
      returning op
    )
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where k.op = 'insert'),
      'updated', pg_catalog.count(*) filter (where k.op = 'update'),
      'leaving', pg_catalog.count(*) filter (where k.op = 'retire')
    )
    into v_one
    from kept as k;
    v_counts := v_counts || pg_catalog.jsonb_build_object('subjects', v_one);
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_topics') is not null then
    with held as (
      delete from pg_temp.plan_topics as pl
      using pg_temp.entering as e
      where e.dataset = 'topics'
        and not e.lands
        and e.root_id = pl.exam_board_subject_id
      returning pl.*
    ), kept as (
      insert into greenroom.prepared_topics (release_id, op, id, exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group, retired_at, stamp_created_at, stamp_release_id)
      select v_prepared, h.op, h.id, h.exam_board_subject_id, h.parent_topic_id, h.topic_code, h.topic_name, h.topic_level, h.sort_order, h.description, h.component_code, h.chronological_period, h.period_start_year, h.period_end_year, h.geographical_region, h.key_themes, h.examined, h.tier, h.study_level, h.language, h.option_group, h.retired_at, h.stamp_created_at, h.stamp_release_id from held as h
      returning op
    )
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where k.op = 'insert'),
      'updated', pg_catalog.count(*) filter (where k.op = 'update'),
      'leaving', pg_catalog.count(*) filter (where k.op = 'retire')
    )
    into v_one
    from kept as k;
    v_counts := v_counts || pg_catalog.jsonb_build_object('topics', v_one);
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_components') is not null then
    with held as (
      delete from pg_temp.plan_components as pl
      using pg_temp.entering as e
      where e.dataset = 'components'
        and not e.lands
        and e.root_id = pl.exam_board_subject_id
      returning pl.*
    ), kept as (
      insert into greenroom.prepared_components (release_id, op, id, exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent, retired_at, stamp_created_at, stamp_release_id)
      select v_prepared, h.op, h.id, h.exam_board_subject_id, h.component_code, h.name, h.examined, h.assessment, h.tier, h.study_level, h.marks, h.duration_minutes, h.weight_percent, h.retired_at, h.stamp_created_at, h.stamp_release_id from held as h
      returning op
    )
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where k.op = 'insert'),
      'updated', pg_catalog.count(*) filter (where k.op = 'update'),
      'leaving', pg_catalog.count(*) filter (where k.op = 'retire')
    )
    into v_one
    from kept as k;
    v_counts := v_counts || pg_catalog.jsonb_build_object('components', v_one);
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_option_groups') is not null then
    with held as (
      delete from pg_temp.plan_option_groups as pl
      using pg_temp.entering as e
      where e.dataset = 'option_groups'
        and not e.lands
        and e.root_id = pl.exam_board_subject_id
      returning pl.*
    ), kept as (
      insert into greenroom.prepared_option_groups (release_id, op, id, exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note, retired_at, stamp_created_at, stamp_release_id)
      select v_prepared, h.op, h.id, h.exam_board_subject_id, h.group_code, h.name, h.choose_least, h.choose_most, h.component_code, h.note, h.retired_at, h.stamp_created_at, h.stamp_release_id from held as h
      returning op
    )
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where k.op = 'insert'),
      'updated', pg_catalog.count(*) filter (where k.op = 'update'),
      'leaving', pg_catalog.count(*) filter (where k.op = 'retire')
    )
    into v_one
    from kept as k;
    v_counts := v_counts || pg_catalog.jsonb_build_object('option_groups', v_one);
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_option_exclusions') is not null then
    with held as (
      delete from pg_temp.plan_option_exclusions as pl
      using pg_temp.entering as e
      where e.dataset = 'option_exclusions'
        and not e.lands
        and e.root_id = pl.exam_board_subject_id
      returning pl.*
    ), kept as (
      insert into greenroom.prepared_option_exclusions (release_id, op, id, exam_board_subject_id, one_code, other_code, why, retired_at, stamp_created_at, stamp_release_id)
      select v_prepared, h.op, h.id, h.exam_board_subject_id, h.one_code, h.other_code, h.why, h.retired_at, h.stamp_created_at, h.stamp_release_id from held as h
      returning op
    )
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where k.op = 'insert'),
      'updated', pg_catalog.count(*) filter (where k.op = 'update'),
      'leaving', pg_catalog.count(*) filter (where k.op = 'retire')
    )
    into v_one
    from kept as k;
    v_counts := v_counts || pg_catalog.jsonb_build_object('option_exclusions', v_one);
  end if;
  if pg_catalog.to_regclass('pg_temp.plan_papers') is not null then
    with held as (
      delete from pg_temp.plan_papers as pl
      using pg_temp.entering as e
      where e.dataset = 'papers'
        and not e.lands
        and e.root_id = pl.exam_board_subject_id
      returning pl.*
    ), kept as (
      insert into greenroom.prepared_papers (release_id, op, id, exam_board_subject_id, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks, retired_at, stamp_created_at, stamp_release_id)
      select v_prepared, h.op, h.id, h.exam_board_subject_id, h.paper_number, h.component_code, h.year, h.series, h.tier, h.variant, h.type, h.language, h.modified, h.title, h.url, h.marks, h.retired_at, h.stamp_created_at, h.stamp_release_id from held as h
      returning op
    )
    select pg_catalog.jsonb_build_object(
      'inserted', pg_catalog.count(*) filter (where k.op = 'insert'),
      'updated', pg_catalog.count(*) filter (where k.op = 'update'),
      'leaving', pg_catalog.count(*) filter (where k.op = 'retire')
    )
    into v_one
    from kept as k;
    v_counts := v_counts || pg_catalog.jsonb_build_object('papers', v_one);
  end if;
  insert into greenroom.release_unit (release_id, dataset, key, root_id, unit_id, unit_before, hash_before, hash_after, complete, complete_before)
  select v_prepared, e.dataset, e.key, e.root_id, e.unit_id, p.unit_id, p.hash, e.hash, e.complete, p.complete
  from pg_temp.entering as e
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = e.dataset and p.root_id = e.root_id
  where not e.lands;
  update greenroom.release as r set counts = v_counts where r.id = v_prepared;
  update greenroom.unit as u
  set state = 'ready'
  from pg_temp.entering as e
  where u.id = e.unit_id
    and not e.lands;
  return v_prepared;
end
$$;
comment on function greenroom_exams.prepare(integer, text, text) is 'Freezes the plan of live units as the scope''s prepared release.';

-- The prepared release lands exactly as it was frozen; when production moved it is planned again.
create function greenroom_exams.land(p_scope integer, p_by text default session_user, p_key uuid default null)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
set work_mem = '32MB'
as $$
declare
  v_release bigint;
  v_counts jsonb;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  select r.id into v_release from greenroom.release as r where r.idempotency_key = p_key;
  if v_release is not null then
    return greenroom_exams.answer(p_scope, null, v_release, null);
  end if;
  select r.id into v_release from greenroom.release as r where r.scope_id = p_scope and r.state in ('prepared', 'stale');
  if v_release is null then
    return null;
  end if;
  perform greenroom_exams.refuse_drift(p_scope, null);
  if not greenroom_exams.fresh(v_release) then
    update greenroom.release as r set state = 'withdrawn' where r.id = v_release;
    return greenroom_exams.promote(p_scope, null, true, p_by, 'planned again: production moved under release ' || v_release, p_key, false);
  end if;
  perform greenroom_exams.own_tables();
  drop table if exists pg_temp.entering, pg_temp.root, pg_temp.plan_subjects, pg_temp.plan_topics, pg_temp.plan_components, pg_temp.plan_option_groups, pg_temp.plan_option_exclusions, pg_temp.plan_papers;
  create temporary table entering on commit drop as
  select u.unit_id, u.dataset, u.key, u.complete, w.hash, w.row_count, u.root_id, true as lands
  from greenroom.release_unit as u
  join greenroom.unit as w on w.id = u.unit_id
  where u.release_id = v_release;
  if exists (select from pg_temp.entering as e where e.dataset = 'subjects') then
    perform greenroom_exams.open_plan_subjects();
    insert into pg_temp.plan_subjects
    select f.op, f.id, f.exam_board_id, f.qualification_type_id, f.subject_code, f.spec_version, f.subject_name, f.spec_start_year, f.specification_url, f.specification_pdf_url, f.qan, f.first_assessment_year, f.last_assessment_year, f.paper_code, f.succeeds, f.regulated_title, f.level, f.glh, f.operational_end, f.certification_end, f.spec_end_year, f.is_current, f.live_in_app, f.retired_at, f.stamp_created_at, f.stamp_release_id
    from greenroom.prepared_subjects as f
    where f.release_id = v_release;
    analyze pg_temp.plan_subjects;
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'topics') then
    perform greenroom_exams.open_plan_topics();
    insert into pg_temp.plan_topics
    select f.op, f.id, f.exam_board_subject_id, f.parent_topic_id, f.topic_code, f.topic_name, f.topic_level, f.sort_order, f.description, f.component_code, f.chronological_period, f.period_start_year, f.period_end_year, f.geographical_region, f.key_themes, f.examined, f.tier, f.study_level, f.language, f.option_group, f.retired_at, f.stamp_created_at, f.stamp_release_id
    from greenroom.prepared_topics as f
    where f.release_id = v_release;
    analyze pg_temp.plan_topics;
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'components') then
    perform greenroom_exams.open_plan_components();
    insert into pg_temp.plan_components
    select f.op, f.id, f.exam_board_subject_id, f.component_code, f.name, f.examined, f.assessment, f.tier, f.study_level, f.marks, f.duration_minutes, f.weight_percent, f.retired_at, f.stamp_created_at, f.stamp_release_id
    from greenroom.prepared_components as f
    where f.release_id = v_release;
    analyze pg_temp.plan_components;
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'option_groups') then
    perform greenroom_exams.open_plan_option_groups();
    insert into pg_temp.plan_option_groups
    select f.op, f.id, f.exam_board_subject_id, f.group_code, f.name, f.choose_least, f.choose_most, f.component_code, f.note, f.retired_at, f.stamp_created_at, f.stamp_release_id
    from greenroom.prepared_option_groups as f
    where f.release_id = v_release;
    analyze pg_temp.plan_option_groups;
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'option_exclusions') then
    perform greenroom_exams.open_plan_option_exclusions();
    insert into pg_temp.plan_option_exclusions
    select f.op, f.id, f.exam_board_subject_id, f.one_code, f.other_code, f.why, f.retired_at, f.stamp_created_at, f.stamp_release_id
    from greenroom.prepared_option_exclusions as f
    where f.release_id = v_release;
    analyze pg_temp.plan_option_exclusions;
  end if;
  if exists (select from pg_temp.entering as e where e.dataset = 'papers') then
    perform greenroom_exams.open_plan_papers();
    insert into pg_temp.plan_papers
    select f.op, f.id, f.exam_board_subject_id, f.paper_number, f.component_code, f.year, f.series, f.tier, f.variant, f.type, f.language, f.modified, f.title, f.url, f.marks, f.retired_at, f.stamp_created_at, f.stamp_release_id
    from greenroom.prepared_papers as f
    where f.release_id = v_release;
    analyze pg_temp.plan_papers;
  end if;
  v_counts := greenroom_exams.apply(v_release);
  update greenroom.release as r
  set
    state = 'applied',
    made_at = pg_catalog.clock_timestamp(),
    made_by = p_by,
    counts = v_counts,
    idempotency_key = p_key
  where r.id = v_release;
  perform greenroom_exams.settle(p_scope, v_release);
  perform greenroom_exams.reopen_parts(p_scope, v_release);
  return greenroom_exams.answer(p_scope, null, v_release, null);
end
$$;
comment on function greenroom_exams.land(integer, text, uuid) is 'Applies the scope''s prepared release.';

-- Switches what the app sees. Lifecycle only: no source column moves.
create function greenroom_exams.show(p_scope integer, p_only text, p_on boolean, p_asked text[] default null)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_switched bigint;
begin
  update "public".exam_board_subjects as s
  set
    live_in_app = p_on,
    updated_at = pg_catalog.now()
  from greenroom.published as p
  where p.scope_id = p_scope
    and p.dataset = 'subjects'
    and (p_only is null or p.key[1] = p_only)
    and (p_asked is null or pg_catalog.array_to_string(p.key, e'\x1f') = any (p_asked))
    and s.id = p.root_id
    and s.retired_at is null
    and s.is_current
    and s.live_in_app is distinct from p_on;
  get diagnostics v_switched = row_count;
  return v_switched;
end
$$;
comment on function greenroom_exams.show(integer, text, boolean, text[]) is 'Sets live_in_app on the current subjects of a scope.';

create function greenroom_exams.shown(p_scope integer)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object('rows', pg_catalog.count(*), 'live', pg_catalog.count(*) filter (where s.live_in_app))
  from greenroom.published as p
  join "public".exam_board_subjects as s on s.id = p.root_id and s.retired_at is null
  where p.scope_id = p_scope
    and p.dataset = 'subjects'
$$;
comment on function greenroom_exams.shown(integer) is 'How many subjects of a scope there are and how many the app sees.';

create function greenroom_exams.live(p_scope integer, p_on boolean, p_only text default null, p_by text default session_user)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_prepared text[];
  v_landed jsonb;
  v_switched bigint;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  if not exists (select from greenroom.published as p where p.scope_id = p_scope and (p_only is null or p.key[1] = p_only)) then
    perform greenroom.refuse(
      pg_catalog.format('nothing of %s has been promoted yet',
        (select c.name from greenroom.scope as c where c.id = p_scope) || coalesce(' ' || p_only, '')), '[]',
      'promote it first: greenroom promote TARGET'
    );
  end if;
  if p_on then
    v_prepared := array(
      select distinct u.key[1]
      from greenroom.release as r
      join greenroom.release_unit as u on u.release_id = r.id
      where r.scope_id = p_scope
        and r.state in ('prepared', 'stale')
    );
    if p_only is null or v_prepared <@ array[p_only] then
      v_landed := greenroom_exams.land(p_scope, p_by);
    elsif p_only = any (v_prepared) then
      -- of several, the one that was named; the others wait on, to be planned anew
      v_landed := greenroom_exams.promote(p_scope, p_only, true, p_by, null, null, false);
    end if;
  end if;
  v_switched := greenroom_exams.show(p_scope, p_only, p_on);
  if v_switched > 0 then
    insert into greenroom.release (scope_id, kind, state, made_by, counts)
    values (p_scope, 'live', 'applied', p_by, pg_catalog.jsonb_build_object('on', p_on, 'switched', v_switched));
  end if;
  return pg_catalog.jsonb_build_object('on', p_on, 'switched', v_switched, 'landed', v_landed);
end
$$;
comment on function greenroom_exams.live(integer, boolean, text, text) is 'Shows or hides a scope; on also lands its prepared release.';

-- Corrections of exams: opened, made, taken back, carried from edition to edition.
create function greenroom_exams.editor_of(p_unit bigint, p_ref text, p_action text, p_column text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select e.edited_by
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_key = u.key
  where e.row_ref = p_ref
    and e.action = p_action
    and e.column_name is not distinct from p_column
  order by e.id desc
  limit 1
$$;
comment on function greenroom_exams.editor_of(bigint, text, text, text) is 'Who edited a cell last.';

-- One cell has one edit: a newer one takes its place, and what says the same as the source is none.
create function greenroom_exams.put_edit(
  p_unit bigint, p_ref text, p_label text, p_action text, p_column text, p_base jsonb, p_value jsonb, p_by text, p_reason text, p_gesture uuid
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_unit greenroom.unit;
  v_old bigint;
begin
  select u.* into strict v_unit from greenroom.unit as u where u.id = p_unit;
  update greenroom.edit as e
  set
    state = case when p_base = p_value then 'withdrawn' else 'replaced' end,
    settled_by = p_by,
    settled_at = pg_catalog.clock_timestamp(),
    settled_why = p_reason,
    theirs = null
  where e.scope_id = v_unit.scope_id
    and e.dataset = v_unit.dataset
    and e.unit_key = v_unit.key
    and e.row_ref = p_ref
    and e.action = p_action
    and e.column_name is not distinct from p_column
    and e.state in ('in force', 'conflict')
    and (e.value is distinct from p_value or e.base is distinct from p_base or e.state = 'conflict')
  returning e.id into v_old;
  insert into pg_temp.edits_touched (id, what)
  select v_old, 'replaced' where v_old is not null;
  if p_base = p_value then
    return;
  end if;
  with made as (
    insert into greenroom.edit (scope_id, dataset, unit_key, unit_id, gesture, row_ref, label, action, column_name, base, value, edited_by, reason)
    values (v_unit.scope_id, v_unit.dataset, v_unit.key, p_unit, p_gesture, p_ref, pg_catalog.left(p_label, 300), p_action, p_column, p_base, p_value, p_by, p_reason)
    -- the same edit again is no other
    on conflict (scope_id, dataset, unit_key, row_ref, action, coalesce(column_name, '')) where state in ('in force', 'conflict') do nothing
    returning id
  )
  insert into pg_temp.edits_touched (id, what)
  select m.id, 'made' from made as m;
end
$$;
comment on function greenroom_exams.put_edit(bigint, text, text, text, text, jsonb, jsonb, text, text, uuid) is 'Writes one edit down.';

create function greenroom_exams.drop_edits(p_unit bigint, p_ref text, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  with dropped as (
    update greenroom.edit as e
    set state = 'withdrawn', settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = p_reason, theirs = null
    from greenroom.unit as u
    where u.id = p_unit
      and e.scope_id = u.scope_id
      and e.dataset = u.dataset
      and e.unit_key = u.key
      and (
        e.row_ref = p_ref and e.action <> 'order'
        -- an order that only gave it its place
        or e.action = 'order' and e.value - p_ref = e.base
      )
      and e.state in ('in force', 'conflict')
    returning e.id
  )
  insert into pg_temp.edits_touched (id, what)
  select d.id, 'replaced' from dropped as d;
end
$$;
comment on function greenroom_exams.drop_edits(bigint, text, text, text, uuid) is 'Takes back all that was said of a row somebody added.';

-- The unit that waits, to be corrected; published rows are opened again where none waits.
create function greenroom_exams.open_unit(p_scope integer, p_dataset text, p_key text[], p_by text default session_user)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_unit bigint;
  v_published bigint;
  v_beside bigint;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  -- under the name its version has by now
  p_key := coalesce((
    select p.key
    from greenroom.published as p
    where p.scope_id = p_scope
      and p.dataset = p_dataset
      and p.root_id = greenroom_exams.find_root(p_scope, p_key)
      and ('' = any (p.key) or '' = any (p_key))
  ), p_key);
  select u.id
  into v_unit
  from greenroom.unit as u
  where u.scope_id = p_scope
    and u.dataset = p_dataset
    -- under whatever name its version waits
    and (u.key = p_key or u.key[1] = p_key[1] and ('' = any (u.key) or '' = any (p_key)) and greenroom_exams.find_root(p_scope, u.key) = greenroom_exams.find_root(p_scope, p_key))
    and u.state in ('sealed', 'held', 'ready')
  order by u.key = p_key desc, u.id desc
  limit 1;
  if v_unit is not null then
    if p_key <> (select u.key from greenroom.unit as u where u.id = v_unit) then
      perform greenroom_exams.refresh_unit(v_unit);
    end if;
    return v_unit;
  end if;
  select p.unit_id into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = p_dataset and p.key = p_key;
  -- what was rejected may be put right; what came with it waits again too, rejected until somebody approves it
  select u.id
  into v_unit
  from greenroom.unit as u
  where u.id = (
    select pg_catalog.max(o.id) from greenroom.unit as o where o.scope_id = p_scope and o.dataset = p_dataset and o.key = p_key
  )
    and u.state = 'rejected'
    and u.id > coalesce(v_published, 0);
  update greenroom.unit as u
  set state = 'held'
  from greenroom.unit as mine
  where mine.id = v_unit
    and u.batch_id = mine.batch_id
    and u.key[1] is not distinct from mine.key[1]
    and u.state = 'rejected'
    and not exists (
      select
      from greenroom.unit as o
      where o.scope_id = u.scope_id
        and o.dataset = u.dataset
        and o.key = u.key
        and o.id > u.id
    );
  if v_unit is not null then
    return v_unit;
  end if;
  if p_dataset = 'subjects' then
    v_unit := greenroom_exams.reopen_subjects(p_scope, p_key, p_by);
  end if;
  if p_dataset = 'topics' then
    v_unit := greenroom_exams.reopen_topics(p_scope, p_key, p_by);
  end if;
  if p_dataset = 'components' then
    v_unit := greenroom_exams.reopen_components(p_scope, p_key, p_by);
  end if;
  if p_dataset = 'option_groups' then
    v_unit := greenroom_exams.reopen_option_groups(p_scope, p_key, p_by);
  end if;
  if p_dataset = 'option_exclusions' then
    v_unit := greenroom_exams.reopen_option_exclusions(p_scope, p_key, p_by);
  end if;
  if p_dataset = 'papers' then
    v_unit := greenroom_exams.reopen_papers(p_scope, p_key, p_by);
  end if;
  if v_unit is null then
    perform greenroom.refuse(
      pg_catalog.format('nothing of %s %s waits or is published', p_dataset, pg_catalog.array_to_string(p_key, ' ')), '[]',
      'stage it first: greenroom stage TARGET'
    );
  end if;
  perform greenroom_exams.refresh_unit(v_unit);
  return v_unit;
end
$$;
comment on function greenroom_exams.open_unit(integer, text, text[], text) is 'The pending unit of a key, opened again from production where none waits.';

-- A version that got its name, or lost it again: what people said of it goes with it.
create function greenroom_exams.gather_edits(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_unit greenroom.unit;
  v_root uuid;
begin
  select u.* into strict v_unit from greenroom.unit as u where u.id = p_unit;
  v_root := greenroom_exams.find_root(v_unit.scope_id, v_unit.key);
  if not exists (
    select
    from greenroom.edit as e
    where e.scope_id = v_unit.scope_id
      and e.dataset = v_unit.dataset
      and e.unit_key <> v_unit.key
      and e.unit_key[1] = v_unit.key[1]
      and ('' = any (e.unit_key) or '' = any (v_unit.key))
  ) then
    return;
  end if;
  -- of two that say something of one cell the newer stands
  update greenroom.edit as e
  set state = 'replaced', theirs = null, settled_at = pg_catalog.clock_timestamp(), settled_by = 'the version', settled_why = 'its version got another name'
  from greenroom.edit as o
  where e.scope_id = v_unit.scope_id
    and e.dataset = v_unit.dataset
    and e.unit_key[1] = v_unit.key[1]
    and e.state in ('in force', 'conflict')
    and o.scope_id = e.scope_id
    and o.dataset = e.dataset
    and o.unit_key <> e.unit_key
    and o.unit_key[1] = e.unit_key[1]
    and o.row_ref = e.row_ref
    and o.action = e.action
    and o.column_name is not distinct from e.column_name
    and o.state in ('in force', 'conflict')
    and o.id > e.id
    and ('' = any (e.unit_key) or '' = any (o.unit_key))
    and greenroom_exams.find_root(e.scope_id, e.unit_key) is not distinct from v_root
    and greenroom_exams.find_root(o.scope_id, o.unit_key) is not distinct from v_root;
  update greenroom.edit as e
  set unit_key = v_unit.key
  where e.scope_id = v_unit.scope_id
    and e.dataset = v_unit.dataset
    and e.unit_key <> v_unit.key
    and e.unit_key[1] = v_unit.key[1]
    and ('' = any (e.unit_key) or '' = any (v_unit.key))
    and greenroom_exams.find_root(e.scope_id, e.unit_key) is not distinct from v_root;
end
$$;
comment on function greenroom_exams.gather_edits(bigint) is 'Brings the edits of one version together under the key it has now.';

-- With what their source says of them published, edits that say the same have done their work.
create function greenroom_exams.adopt_edits(p_units bigint[])
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  update greenroom.edit as e
  set
    state = 'adopted',
    settled_by = 'the source',
    settled_at = pg_catalog.clock_timestamp(),
    settled_why = 'the source says the same now'
  where e.agrees_unit = any (p_units)
    and e.state = 'in force'
$$;
comment on function greenroom_exams.adopt_edits(bigint[]) is 'Retires edits that agree with these units, which are published now.';

-- A part brings some rows: corrections of others, which production lacks, wait again.
create function greenroom_exams.reopen_parts(p_scope integer, p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_part record;
  v_unit bigint;
begin
  for v_part in
    select u.dataset, u.key
    from greenroom.release_unit as u
    where u.release_id = p_release
      and not u.complete
      and exists (
        select
        from greenroom.edit as e
        where e.scope_id = p_scope and e.dataset = u.dataset and e.unit_key = u.key and e.state = 'in force'
      )
      and not exists (
        select
        from greenroom.unit as w
        where w.scope_id = p_scope and w.dataset = u.dataset and w.key = u.key and w.state in ('sealed', 'held', 'ready')
      )
    order by u.dataset, u.key
  loop
    v_unit := greenroom_exams.open_unit(p_scope, v_part.dataset, v_part.key);
    -- production has them all: nothing waits
    update greenroom.unit as w
    set state = 'superseded'
    from greenroom.published as p
    where w.id = v_unit
      and p.scope_id = p_scope
      and p.dataset = w.dataset
      and p.key = w.key
      and p.hash = w.hash;
  end loop;
end
$$;
comment on function greenroom_exams.reopen_parts(integer, bigint) is 'Lets corrections wait that a published part does not hold.';

-- Edits, effective rows, findings of one unit, brought up to date.
create function greenroom_exams.refresh_unit(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_unit greenroom.unit;
  v_beside bigint;
begin
  select u.* into strict v_unit from greenroom.unit as u where u.id = p_unit;
  perform greenroom_exams.gather_edits(p_unit);
  if v_unit.dataset = 'subjects' then
    if exists (
      select from greenroom.edit as e
      where e.scope_id = v_unit.scope_id and e.dataset = v_unit.dataset and e.unit_key = v_unit.key and e.state in ('in force', 'conflict')
    ) then
      -- rows opened again say nothing new
      if exists (select from greenroom.batch as b where b.id = v_unit.batch_id and b.origin <> 'edit') then
        perform greenroom_exams.rebase_subjects(p_unit);
      else
        -- but a row that has left cannot be corrected
        update greenroom.edit as e
        set state = 'conflict', theirs = null
        where e.scope_id = v_unit.scope_id
          and e.dataset = v_unit.dataset
          and e.unit_key = v_unit.key
          and e.state = 'in force'
          and e.action in ('set', 'parent')
          and not exists (select from greenroom_exams.rows_subjects(p_unit, e.row_ref))
          and not exists (
            select
            from greenroom.edit as a
            where a.scope_id = e.scope_id and a.dataset = e.dataset and a.unit_key = e.unit_key and a.row_ref = e.row_ref
              and a.action = 'add' and a.state = 'in force'
          );
      end if;
      perform greenroom_exams.overlay_subjects(p_unit);
    elsif v_unit.sealed_hash is not null then
      perform greenroom_exams.overlay_subjects(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'topics' then
    if exists (
      select from greenroom.edit as e
      where e.scope_id = v_unit.scope_id and e.dataset = v_unit.dataset and e.unit_key = v_unit.key and e.state in ('in force', 'conflict')
    ) then
      perform greenroom_exams.trace_topics(p_unit);
      -- rows opened again say nothing new
      if exists (select from greenroom.batch as b where b.id = v_unit.batch_id and b.origin <> 'edit') then
        perform greenroom_exams.rebase_topics(p_unit);
      else
        -- but a row that has left cannot be corrected
        update greenroom.edit as e
        set state = 'conflict', theirs = null
        where e.scope_id = v_unit.scope_id
          and e.dataset = v_unit.dataset
          and e.unit_key = v_unit.key
          and e.state = 'in force'
          and e.action in ('set', 'parent')
          and not exists (select from greenroom_exams.rows_topics(p_unit, e.row_ref))
          and not exists (
            select
            from greenroom.edit as a
            where a.scope_id = e.scope_id and a.dataset = e.dataset and a.unit_key = e.unit_key and a.row_ref = e.row_ref
              and a.action = 'add' and a.state = 'in force'
          );
      end if;
      perform greenroom_exams.overlay_topics(p_unit);
    elsif v_unit.sealed_hash is not null then
      perform greenroom_exams.overlay_topics(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'components' then
    if exists (
      select from greenroom.edit as e
      where e.scope_id = v_unit.scope_id and e.dataset = v_unit.dataset and e.unit_key = v_unit.key and e.state in ('in force', 'conflict')
    ) then
      perform greenroom_exams.trace_components(p_unit);
      -- rows opened again say nothing new
      if exists (select from greenroom.batch as b where b.id = v_unit.batch_id and b.origin <> 'edit') then
        perform greenroom_exams.rebase_components(p_unit);
      else
        -- but a row that has left cannot be corrected
        update greenroom.edit as e
        set state = 'conflict', theirs = null
        where e.scope_id = v_unit.scope_id
          and e.dataset = v_unit.dataset
          and e.unit_key = v_unit.key
          and e.state = 'in force'
          and e.action in ('set', 'parent')
          and not exists (select from greenroom_exams.rows_components(p_unit, e.row_ref))
          and not exists (
            select
            from greenroom.edit as a
            where a.scope_id = e.scope_id and a.dataset = e.dataset and a.unit_key = e.unit_key and a.row_ref = e.row_ref
              and a.action = 'add' and a.state = 'in force'
          );
      end if;
      perform greenroom_exams.overlay_components(p_unit);
    elsif v_unit.sealed_hash is not null then
      perform greenroom_exams.overlay_components(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'option_groups' then
    if exists (
      select from greenroom.edit as e
      where e.scope_id = v_unit.scope_id and e.dataset = v_unit.dataset and e.unit_key = v_unit.key and e.state in ('in force', 'conflict')
    ) then
      perform greenroom_exams.trace_option_groups(p_unit);
      -- rows opened again say nothing new
      if exists (select from greenroom.batch as b where b.id = v_unit.batch_id and b.origin <> 'edit') then
        perform greenroom_exams.rebase_option_groups(p_unit);
      else
        -- but a row that has left cannot be corrected
        update greenroom.edit as e
        set state = 'conflict', theirs = null
        where e.scope_id = v_unit.scope_id
          and e.dataset = v_unit.dataset
          and e.unit_key = v_unit.key
          and e.state = 'in force'
          and e.action in ('set', 'parent')
          and not exists (select from greenroom_exams.rows_option_groups(p_unit, e.row_ref))
          and not exists (
            select
            from greenroom.edit as a
            where a.scope_id = e.scope_id and a.dataset = e.dataset and a.unit_key = e.unit_key and a.row_ref = e.row_ref
              and a.action = 'add' and a.state = 'in force'
          );
      end if;
      perform greenroom_exams.overlay_option_groups(p_unit);
    elsif v_unit.sealed_hash is not null then
      perform greenroom_exams.overlay_option_groups(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'option_exclusions' then
    if exists (
      select from greenroom.edit as e
      where e.scope_id = v_unit.scope_id and e.dataset = v_unit.dataset and e.unit_key = v_unit.key and e.state in ('in force', 'conflict')
    ) then
      perform greenroom_exams.trace_option_exclusions(p_unit);
      -- rows opened again say nothing new
      if exists (select from greenroom.batch as b where b.id = v_unit.batch_id and b.origin <> 'edit') then
        perform greenroom_exams.rebase_option_exclusions(p_unit);
      else
        -- but a row that has left cannot be corrected
        update greenroom.edit as e
        set state = 'conflict', theirs = null
        where e.scope_id = v_unit.scope_id
          and e.dataset = v_unit.dataset
          and e.unit_key = v_unit.key
          and e.state = 'in force'
          and e.action in ('set', 'parent')
          and not exists (select from greenroom_exams.rows_option_exclusions(p_unit, e.row_ref))
          and not exists (
            select
            from greenroom.edit as a
            where a.scope_id = e.scope_id and a.dataset = e.dataset and a.unit_key = e.unit_key and a.row_ref = e.row_ref
              and a.action = 'add' and a.state = 'in force'
          );
      end if;
      perform greenroom_exams.overlay_option_exclusions(p_unit);
    elsif v_unit.sealed_hash is not null then
      perform greenroom_exams.overlay_option_exclusions(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'papers' then
    if exists (
      select from greenroom.edit as e
      where e.scope_id = v_unit.scope_id and e.dataset = v_unit.dataset and e.unit_key = v_unit.key and e.state in ('in force', 'conflict')
    ) then
      perform greenroom_exams.trace_papers(p_unit);
      -- rows opened again say nothing new
      if exists (select from greenroom.batch as b where b.id = v_unit.batch_id and b.origin <> 'edit') then
        perform greenroom_exams.rebase_papers(p_unit);
      else
        -- but a row that has left cannot be corrected
        update greenroom.edit as e
        set state = 'conflict', theirs = null
        where e.scope_id = v_unit.scope_id
          and e.dataset = v_unit.dataset
          and e.unit_key = v_unit.key
          and e.state = 'in force'
          and e.action in ('set', 'parent')
          and not exists (select from greenroom_exams.rows_papers(p_unit, e.row_ref))
          and not exists (
            select
            from greenroom.edit as a
            where a.scope_id = e.scope_id and a.dataset = e.dataset and a.unit_key = e.unit_key and a.row_ref = e.row_ref
              and a.action = 'add' and a.state = 'in force'
          );
      end if;
      perform greenroom_exams.overlay_papers(p_unit);
    elsif v_unit.sealed_hash is not null then
      perform greenroom_exams.overlay_papers(p_unit);
    end if;
  end if;
end
$$;
comment on function greenroom_exams.refresh_unit(bigint) is 'Puts the edits of a unit over it anew.';

-- What a new edition says is compared with what people said.
create function greenroom_exams.carry_edits(p_batch bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_unit greenroom.unit;
  v_from bigint;
begin
  if not exists (
    select
    from greenroom.batch as b
    join greenroom.edit as e on e.scope_id = b.scope_id
    where b.id = p_batch
      and e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- the version has got a name since
  perform greenroom_exams.gather_edits(u.id) from greenroom.unit as u where u.batch_id = p_batch;
  perform pg_catalog.set_config('greenroom.carrying', 'on', true);
  for v_unit in
    select u.*
    from greenroom.unit as u
    where u.batch_id = p_batch
      and exists (
        select
        from greenroom.edit as e
        where e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_key = u.key and e.state in ('in force', 'conflict')
      )
    order by u.id
  loop
    for v_from in
      select e.unit_id
      from greenroom.edit as e
      where e.scope_id = v_unit.scope_id and e.dataset = v_unit.dataset and e.unit_key = v_unit.key
        and e.state in ('in force', 'conflict')
        and e.unit_id <> v_unit.id
      union
      -- and from the edition before, which knows the other rows
      select pg_catalog.max(u.id)
      from greenroom.unit as u
      where u.scope_id = v_unit.scope_id and u.dataset = v_unit.dataset and u.key = v_unit.key and u.id < v_unit.id
        and exists (select from greenroom.lineage as l where l.unit_id = u.id)
      having pg_catalog.max(u.id) is not null
      order by 1 desc
    loop
      if v_unit.dataset = 'topics' then
        perform greenroom_exams.follow_topics(v_from, v_unit.id);
      end if;
      if v_unit.dataset = 'components' then
        perform greenroom_exams.follow_components(v_from, v_unit.id);
      end if;
      if v_unit.dataset = 'option_groups' then
        perform greenroom_exams.follow_option_groups(v_from, v_unit.id);
      end if;
      if v_unit.dataset = 'option_exclusions' then
        perform greenroom_exams.follow_option_exclusions(v_from, v_unit.id);
      end if;
      if v_unit.dataset = 'papers' then
        perform greenroom_exams.follow_papers(v_from, v_unit.id);
      end if;
    end loop;
    perform greenroom_exams.refresh_unit(v_unit.id);
  end loop;
  perform pg_catalog.set_config('greenroom.carrying', '', true);
end
$$;
comment on function greenroom_exams.carry_edits(bigint) is 'Puts edits over the units of a new batch.';

create function greenroom_exams.edits_answer(p_units bigint[], p_refs jsonb default '[]')
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_scope integer;
  v_only text[];
  v_answer jsonb;
begin
  perform greenroom_exams.mark_stale(s.scope_id) from (select distinct u.scope_id from greenroom.unit as u where u.id = any (p_units)) as s;
  -- what goes with a unit is judged with it
  perform greenroom_exams.record_findings(array(
    select o.id
    from greenroom.unit as u
    join greenroom.unit as o on o.scope_id = u.scope_id and o.key[1] is not distinct from u.key[1] and o.state in ('sealed', 'held', 'ready')
    where u.id = any (p_units)
    union
    select x from pg_catalog.unnest(p_units) as x
  ));
  select pg_catalog.jsonb_build_object(
    'units', coalesce((
      select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('unit', u.id, 'dataset', u.dataset, 'key', u.key, 'hash', u.hash, 'state', u.state) order by u.id)
      from greenroom.unit as u
      where u.id = any (p_units)
    ), '[]'),
    'edits', coalesce((select pg_catalog.jsonb_agg(t.id order by t.id) from pg_temp.edits_touched as t where t.what = 'made'), '[]'),
    'replaced', coalesce((select pg_catalog.jsonb_agg(distinct t.id) from pg_temp.edits_touched as t where t.what = 'replaced'), '[]'),
    'refs', p_refs
  )
  into v_answer;
  drop table pg_temp.edits_touched;
  return v_answer;
end
$$;
comment on function greenroom_exams.edits_answer(bigint[], jsonb) is 'Findings after edits, and what was done.';

create function greenroom_exams.begin_edits()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom.refuse_foreign_temp(array['edits_touched', 'edit_nodes']);
  drop table if exists pg_temp.edits_touched;
  create temporary table edits_touched (id bigint, what text) on commit drop;
end
$$;
comment on function greenroom_exams.begin_edits() is 'A list of what this call does.';

-- One gesture of a person on a unit that waits: all of it or nothing.
create function greenroom_exams.change_unit(p_unit bigint, p_changes jsonb, p_by text, p_reason text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_unit greenroom.unit;
  v_refs jsonb;
begin
  perform 1 from greenroom.scope as c where c.id = (select u.scope_id from greenroom.unit as u where u.id = p_unit) for update;
  select u.* into v_unit from greenroom.unit as u where u.id = p_unit;
  if v_unit.id is null or v_unit.state not in ('sealed', 'held', 'ready') then
    perform greenroom.refuse('this unit does not wait any more', '[]', 'open it again: what is newer has taken its place');
  end if;
  if pg_catalog.jsonb_typeof(p_changes) is distinct from 'array'
    or exists (select from pg_catalog.jsonb_array_elements(case when pg_catalog.jsonb_typeof(p_changes) = 'array' then p_changes else '[]' end) as c where pg_catalog.jsonb_typeof(c) <> 'object')
  then
    perform greenroom.refuse('the changes are not a list of changes', '[]', 'give a list of objects, each with "do"');
  end if;
  if coalesce(pg_catalog.btrim(p_by), '') = '' or coalesce(pg_catalog.btrim(p_reason), '') = '' then
    perform greenroom.refuse('a correction needs a name and a reason', '[]', 'say who corrects, and why');
  end if;
  perform greenroom_exams.begin_edits();
  if v_unit.dataset = 'subjects' then
    v_refs := greenroom_exams.change_subjects(p_unit, p_changes, p_by, p_reason, pg_catalog.gen_random_uuid());
    if not exists (
      select
      from pg_catalog.jsonb_array_elements(p_changes) as c
      where c.value ->> 'do' <> 'set'
    ) then
      perform greenroom_exams.patch_subjects(p_unit, array(select x from pg_catalog.jsonb_array_elements_text(v_refs) as x));
    else
      perform greenroom_exams.overlay_subjects(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'topics' then
    v_refs := greenroom_exams.change_topics(p_unit, p_changes, p_by, p_reason, pg_catalog.gen_random_uuid());
    if not exists (
      select
      from pg_catalog.jsonb_array_elements(p_changes) as c
      where c.value ->> 'do' <> 'set'
        or c.value ->> 'column' in ('topic_code', 'topic_level')
    ) then
      perform greenroom_exams.patch_topics(p_unit, array(select x from pg_catalog.jsonb_array_elements_text(v_refs) as x));
    else
      perform greenroom_exams.overlay_topics(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'components' then
    v_refs := greenroom_exams.change_components(p_unit, p_changes, p_by, p_reason, pg_catalog.gen_random_uuid());
    if not exists (
      select
      from pg_catalog.jsonb_array_elements(p_changes) as c
      where c.value ->> 'do' <> 'set'
    ) then
      perform greenroom_exams.patch_components(p_unit, array(select x from pg_catalog.jsonb_array_elements_text(v_refs) as x));
    else
      perform greenroom_exams.overlay_components(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'option_groups' then
    v_refs := greenroom_exams.change_option_groups(p_unit, p_changes, p_by, p_reason, pg_catalog.gen_random_uuid());
    if not exists (
      select
      from pg_catalog.jsonb_array_elements(p_changes) as c
      where c.value ->> 'do' <> 'set'
    ) then
      perform greenroom_exams.patch_option_groups(p_unit, array(select x from pg_catalog.jsonb_array_elements_text(v_refs) as x));
    else
      perform greenroom_exams.overlay_option_groups(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'option_exclusions' then
    v_refs := greenroom_exams.change_option_exclusions(p_unit, p_changes, p_by, p_reason, pg_catalog.gen_random_uuid());
    if not exists (
      select
      from pg_catalog.jsonb_array_elements(p_changes) as c
      where c.value ->> 'do' <> 'set'
    ) then
      perform greenroom_exams.patch_option_exclusions(p_unit, array(select x from pg_catalog.jsonb_array_elements_text(v_refs) as x));
    else
      perform greenroom_exams.overlay_option_exclusions(p_unit);
    end if;
  end if;
  if v_unit.dataset = 'papers' then
    v_refs := greenroom_exams.change_papers(p_unit, p_changes, p_by, p_reason, pg_catalog.gen_random_uuid());
    if not exists (
      select
      from pg_catalog.jsonb_array_elements(p_changes) as c
      where c.value ->> 'do' <> 'set'
    ) then
      perform greenroom_exams.patch_papers(p_unit, array(select x from pg_catalog.jsonb_array_elements_text(v_refs) as x));
    else
      perform greenroom_exams.overlay_papers(p_unit);
    end if;
  end if;
  if v_refs is null then
    perform greenroom.refuse(pg_catalog.format('%s is not corrected by hand', v_unit.dataset), '[]', 'correct what it is made from');
  end if;
  return greenroom_exams.edits_answer(array[p_unit], v_refs);
end
$$;
comment on function greenroom_exams.change_unit(bigint, jsonb, text, text) is 'Edits rows of a pending unit, or refuses with both values when somebody was faster.';

-- Edits taken back, put back, or kept against what the source says now.
create function greenroom_exams.settle_edits(p_scope integer, p_withdraw bigint[], p_restore bigint[], p_keep bigint[], p_by text, p_why text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_edit greenroom.edit;
  v_unit bigint;
  v_units bigint[] := '{}';
  v_gesture uuid := pg_catalog.gen_random_uuid();
  v_missing text;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  perform greenroom_exams.begin_edits();
  select pg_catalog.string_agg(x::text, ', ')
  into v_missing
  from pg_catalog.unnest(p_withdraw || p_restore || p_keep) as x
  where not exists (select from greenroom.edit as e where e.id = x and e.scope_id = p_scope);
  if v_missing is not null then
    perform greenroom.refuse('there is no such edit here: ' || v_missing, '[]', 'see them: greenroom edits TARGET');
  end if;

  for v_edit in select e.* from greenroom.edit as e where e.id = any (p_withdraw) order by e.id desc loop
    if v_edit.state not in ('in force', 'conflict') then
      continue;
    end if;
    v_unit := greenroom_exams.open_unit(p_scope, v_edit.dataset, v_edit.unit_key, p_by);
    if v_edit.action = 'add' then
      perform greenroom_exams.drop_edits(v_unit, v_edit.row_ref, p_by, p_why, v_gesture);
    else
      update greenroom.edit as e
      set state = 'withdrawn', settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = p_why, theirs = null
      where e.id = v_edit.id;
      insert into pg_temp.edits_touched (id, what) values (v_edit.id, 'replaced');
    end if;
    v_units := v_units || v_unit;
  end loop;

  for v_edit in select e.* from greenroom.edit as e where e.id = any (p_restore) order by e.id loop
    if v_edit.state in ('in force', 'conflict') then
      continue;
    end if;
    v_unit := greenroom_exams.open_unit(p_scope, v_edit.dataset, v_edit.unit_key, p_by);
    with other as (
      update greenroom.edit as e
      set state = 'replaced', settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = p_why, theirs = null
      where e.scope_id = p_scope
        and e.dataset = v_edit.dataset
        and e.unit_key = v_edit.unit_key
        and e.row_ref = v_edit.row_ref
        and e.action = v_edit.action
        and e.column_name is not distinct from v_edit.column_name
        and e.state in ('in force', 'conflict')
      returning e.id
    )
    insert into pg_temp.edits_touched (id, what)
    select o.id, 'replaced' from other as o;
    update greenroom.edit as e
    set state = 'in force', unit_id = v_unit, settled_by = null, settled_at = null, settled_why = null
    where e.id = v_edit.id;
    insert into pg_temp.edits_touched (id, what) values (v_edit.id, 'made');
    v_units := v_units || v_unit;
  end loop;

  for v_edit in select e.* from greenroom.edit as e where e.id = any (p_keep) and e.state = 'conflict' order by e.id loop
    v_unit := greenroom_exams.open_unit(p_scope, v_edit.dataset, v_edit.unit_key, p_by);
    if v_edit.action = 'add' then
      -- the source has the row now, with other values: ours are put over them
      update greenroom.edit as e
      set state = 'adopted', settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = p_why
      where e.id = v_edit.id;
      perform greenroom_exams.put_edit(v_unit, v_edit.row_ref, v_edit.label, 'set', v.key, v_edit.theirs -> v.key, v.value, p_by, p_why, v_gesture)
      from pg_catalog.jsonb_each(v_edit.value) as v
      where v_edit.theirs ? v.key
        -- the source's place stands
        and v.key <> all (array['parent_code']::text[])
        and v.value is distinct from v_edit.theirs -> v.key;
    elsif v_edit.theirs is null then
      perform greenroom.refuse(
        pg_catalog.format('%s is not in the source any more: there is nothing to correct', v_edit.label), '[]',
        'withdraw the edit, or add the row'
      );
    else
      perform greenroom_exams.put_edit(v_unit, v_edit.row_ref, v_edit.label, v_edit.action, v_edit.column_name, v_edit.theirs, v_edit.value, p_by, p_why, v_gesture);
    end if;
    v_units := v_units || v_unit;
  end loop;

  v_units := array(select distinct x from pg_catalog.unnest(v_units) as x);
  perform greenroom_exams.refresh_unit(x) from pg_catalog.unnest(v_units) as x;
  return greenroom_exams.edits_answer(v_units);
end
$$;
comment on function greenroom_exams.settle_edits(integer, bigint[], bigint[], bigint[], text, text) is 'Withdraws, restores or keeps edits.';

-- The rows of any unit.
create function greenroom_exams.unit_rows(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
returns table (ref text, row_no integer, state text, label text, parent_ref text, "position" text, "values" jsonb, source jsonb, edited jsonb)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_dataset text := (select u.dataset from greenroom.unit as u where u.id = p_unit);
begin
  if v_dataset = 'subjects' then
    return query select * from greenroom_exams.rows_subjects(p_unit, p_ref, p_rows, p_keys);
  end if;
  if v_dataset = 'topics' then
    return query select * from greenroom_exams.rows_topics(p_unit, p_ref, p_rows, p_keys);
  end if;
  if v_dataset = 'components' then
    return query select * from greenroom_exams.rows_components(p_unit, p_ref, p_rows, p_keys);
  end if;
  if v_dataset = 'option_groups' then
    return query select * from greenroom_exams.rows_option_groups(p_unit, p_ref, p_rows, p_keys);
  end if;
  if v_dataset = 'option_exclusions' then
    return query select * from greenroom_exams.rows_option_exclusions(p_unit, p_ref, p_rows, p_keys);
  end if;
  if v_dataset = 'papers' then
    return query select * from greenroom_exams.rows_papers(p_unit, p_ref, p_rows, p_keys);
  end if;
end
$$;
comment on function greenroom_exams.unit_rows(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named, with what edits did to them.';

-- The plan that brings rows of subjects back to the images in pg_temp.image; a null image means: was not there.
create function greenroom_exams.replan_subjects()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_subjects();
  insert into pg_temp.plan_subjects (op, id, exam_board_id, qualification_type_id, subject_code, spec_version, subject_name, spec_start_year, specification_url, specification_pdf_url, qan, first_assessment_year, last_assessment_year, paper_code, succeeds, regulated_title, level, glh, operational_end, certification_end, spec_end_year, is_current, live_in_app, retired_at, stamp_created_at, stamp_release_id)
  select
    case
      when i.before is null then 'retire'
      when p.id is null then 'restore'
      else 'update'
    end,
    was.id,
    was.exam_board_id,
    was.qualification_type_id,
    was.subject_code,
    was.spec_version,
    was.subject_name,
    was.spec_start_year,
    was.specification_url,
    was.specification_pdf_url,
    was.qan,
    was.first_assessment_year,
    was.last_assessment_year,
    was.paper_code,
    was.succeeds,
    was.regulated_title,
    was.level,
    was.glh,
    was.operational_end,
    was.certification_end,
    was.spec_end_year,
    was.is_current,
    was.live_in_app,
    was.retired_at,
    was.created_at,
    was.release_id
  from pg_temp.image as i
  left join "public".exam_board_subjects as p on p.id = i.identity[1]::uuid
  cross join lateral pg_catalog.jsonb_populate_record(p, coalesce(i.before, '{}')) as was
  where i.dataset = 'subjects'
    and (i.before is not null or p.id is not null);
  analyze pg_temp.plan_subjects;
end
$$;
comment on function greenroom_exams.replan_subjects() is 'A plan from before-images.';

-- The plan that brings rows of topics back to the images in pg_temp.image; a null image means: was not there.
create function greenroom_exams.replan_topics()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_topics();
  insert into pg_temp.plan_topics (op, id, exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group, retired_at, stamp_created_at, stamp_release_id)
  select
    case
      when i.before is null then 'retire'
      when p.id is null then 'restore'
      else 'update'
    end,
    was.id,
    was.exam_board_subject_id,
    was.parent_topic_id,
    was.topic_code,
    was.topic_name,
    was.topic_level,
    was.sort_order,
    was.description,
    was.component_code,
    was.chronological_period,
    was.period_start_year,
    was.period_end_year,
    was.geographical_region,
    was.key_themes,
    was.examined,
    was.tier,
    was.study_level,
    was.language,
    was.option_group,
    was.retired_at,
    was.created_at,
    was.release_id
  from pg_temp.image as i
  left join "public".curriculum_topics as p on p.id = i.identity[1]::uuid
  cross join lateral pg_catalog.jsonb_populate_record(p, coalesce(i.before, '{}')) as was
  where i.dataset = 'topics'
    and (i.before is not null or p.id is not null);
  analyze pg_temp.plan_topics;
end
$$;
comment on function greenroom_exams.replan_topics() is 'A plan from before-images.';

-- The plan that brings rows of components back to the images in pg_temp.image; a null image means: was not there.
create function greenroom_exams.replan_components()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_components();
  insert into pg_temp.plan_components (op, id, exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent, retired_at, stamp_created_at, stamp_release_id)
  select
    case
      when i.before is null then 'retire'
      when p.id is null then 'restore'
      else 'update'
    end,
    was.id,
    was.exam_board_subject_id,
    was.component_code,
    was.name,
    was.examined,
    was.assessment,
    was.tier,
    was.study_level,
    was.marks,
    was.duration_minutes,
    was.weight_percent,
    was.retired_at,
    was.created_at,
    was.release_id
  from pg_temp.image as i
  left join "public".exam_components as p on p.id = i.identity[1]::uuid
  cross join lateral pg_catalog.jsonb_populate_record(p, coalesce(i.before, '{}')) as was
  where i.dataset = 'components'
    and (i.before is not null or p.id is not null);
  analyze pg_temp.plan_components;
end
$$;
comment on function greenroom_exams.replan_components() is 'A plan from before-images.';

-- The plan that brings rows of option_groups back to the images in pg_temp.image; a null image means: was not there.
create function greenroom_exams.replan_option_groups()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_option_groups();
  insert into pg_temp.plan_option_groups (op, id, exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note, retired_at, stamp_created_at, stamp_release_id)
  select
    case
      when i.before is null then 'retire'
      when p.id is null then 'restore'
      else 'update'
    end,
    was.id,
    was.exam_board_subject_id,
    was.group_code,
    was.name,
    was.choose_least,
    was.choose_most,
    was.component_code,
    was.note,
    was.retired_at,
    was.created_at,
    was.release_id
  from pg_temp.image as i
  left join "public".exam_option_groups as p on p.id = i.identity[1]::uuid
  cross join lateral pg_catalog.jsonb_populate_record(p, coalesce(i.before, '{}')) as was
  where i.dataset = 'option_groups'
    and (i.before is not null or p.id is not null);
  analyze pg_temp.plan_option_groups;
end
$$;
comment on function greenroom_exams.replan_option_groups() is 'A plan from before-images.';

-- The plan that brings rows of option_exclusions back to the images in pg_temp.image; a null image means: was not there.
create function greenroom_exams.replan_option_exclusions()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_option_exclusions();
  insert into pg_temp.plan_option_exclusions (op, id, exam_board_subject_id, one_code, other_code, why, retired_at, stamp_created_at, stamp_release_id)
  select
    case
      when i.before is null then 'retire'
      when p.id is null then 'restore'
      else 'update'
    end,
    was.id,
    was.exam_board_subject_id,
    was.one_code,
    was.other_code,
    was.why,
    was.retired_at,
    was.created_at,
    was.release_id
  from pg_temp.image as i
  left join "public".exam_option_exclusions as p on p.id = i.identity[1]::uuid
  cross join lateral pg_catalog.jsonb_populate_record(p, coalesce(i.before, '{}')) as was
  where i.dataset = 'option_exclusions'
    and (i.before is not null or p.id is not null);
  analyze pg_temp.plan_option_exclusions;
end
$$;
comment on function greenroom_exams.replan_option_exclusions() is 'A plan from before-images.';

-- The plan that brings rows of papers back to the images in pg_temp.image; a null image means: was not there.
create function greenroom_exams.replan_papers()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_papers();
  insert into pg_temp.plan_papers (op, id, exam_board_subject_id, paper_number, component_code, year, series, tier, variant, type, language, modified, title, url, marks, retired_at, stamp_created_at, stamp_release_id)
  select
    case
      when i.before is null then 'retire'
      when p.id is null then 'restore'
      else 'update'
    end,
    was.id,
    was.exam_board_subject_id,
    was.paper_number,
    was.component_code,
    was.year,
    was.series,
    was.tier,
    was.variant,
    was.type,
    was.language,
    was.modified,
    was.title,
    was.url,
    was.marks,
    was.retired_at,
    was.created_at,
    was.release_id
  from pg_temp.image as i
  left join "public".exam_papers as p on p.id = i.identity[1]::uuid
  cross join lateral pg_catalog.jsonb_populate_record(p, coalesce(i.before, '{}')) as was
  where i.dataset = 'papers'
    and (i.before is not null or p.id is not null);
  analyze pg_temp.plan_papers;
end
$$;
comment on function greenroom_exams.replan_papers() is 'A plan from before-images.';

-- Current rows that hang on a row which is not.
create function greenroom_exams.stranded()
returns table (dataset text, release_id bigint, identity text, label text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform greenroom_exams.own_tables();
  return query
  select 'topics', p.release_id, p.id::text, pg_catalog.concat_ws(' ', p.topic_code, p.topic_name)
  from "public".curriculum_topics as p
  join "public".exam_board_subjects as s on s.id = p.exam_board_subject_id
  left join "public".curriculum_topics as parent on parent.id = p.parent_topic_id
  where p.exam_board_subject_id = any (array(select t.root_id from pg_temp.touched as t))
    and p.retired_at is null
    and (s.retired_at is not null or parent.retired_at is not null)
  union all
  select 'components', p.release_id, p.id::text, pg_catalog.concat_ws(' ', p.component_code, p.name)
  from "public".exam_components as p
  join "public".exam_board_subjects as s on s.id = p.exam_board_subject_id
  where p.exam_board_subject_id = any (array(select t.root_id from pg_temp.touched as t))
    and p.retired_at is null
    and (s.retired_at is not null)
  union all
  select 'option_groups', p.release_id, p.id::text, pg_catalog.concat_ws(' ', p.group_code, p.name)
  from "public".exam_option_groups as p
  join "public".exam_board_subjects as s on s.id = p.exam_board_subject_id
  where p.exam_board_subject_id = any (array(select t.root_id from pg_temp.touched as t))
    and p.retired_at is null
    and (s.retired_at is not null)
  union all
  select 'option_exclusions', p.release_id, p.id::text, pg_catalog.concat_ws(' ', p.one_code, p.other_code)
  from "public".exam_option_exclusions as p
  join "public".exam_board_subjects as s on s.id = p.exam_board_subject_id
  where p.exam_board_subject_id = any (array(select t.root_id from pg_temp.touched as t))
    and p.retired_at is null
    and (s.retired_at is not null)
  union all
  select 'papers', p.release_id, p.id::text, pg_catalog.concat_ws(' ', p.year, p.series, p.component_code, p.tier, p.type, p.variant, p.title)
  from "public".exam_papers as p
  join "public".exam_board_subjects as s on s.id = p.exam_board_subject_id
  where p.exam_board_subject_id = any (array(select t.root_id from pg_temp.touched as t))
    and p.retired_at is null
    and (s.retired_at is not null)
  ;
end
$$;
comment on function greenroom_exams.stranded() is 'Current rows under a retired parent or subject, in the units of pg_temp.touched.';

-- Undoes releases of one scope, newest first, as a new release.
create function greenroom_exams.rollback(p_scope integer, p_releases bigint[], p_by text default session_user, p_note text default null, p_key uuid default null)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
set work_mem = '32MB'
as $$
declare
  v_release bigint;
  v_counts jsonb;
  v_rows jsonb;
  v_wrong text;
  v_detail text;
  v_first timestamptz;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  select r.id into v_release from greenroom.release as r where r.idempotency_key = p_key;
  if v_release is not null then
    return pg_catalog.jsonb_build_object('release', v_release, 'written', (select r.counts from greenroom.release as r where r.id = v_release));
  end if;
  select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', 'not_undoable', 'severity', 'error',
    'message', pg_catalog.format('release %s is %s', x.id, coalesce(r.kind || ' and ' || r.state, 'unknown'))))
  into v_rows
  from pg_catalog.unnest(p_releases) as x (id)
  left join greenroom.release as r on r.id = x.id and r.scope_id = p_scope
  where r.state is distinct from 'applied'
    or r.kind in ('live', 'revert');
  if v_rows is not null then
    perform greenroom.refuse('only applied releases of this scope can be undone', v_rows, 'see them: greenroom releases TARGET');
  end if;
  perform greenroom_exams.refuse_drift(p_scope, null);
  -- a prepared release counts from when it landed, hence the moment and not the number
  select pg_catalog.min(r.made_at) into v_first from greenroom.release as r where r.id = any (p_releases);

  -- a later release that stands on rows of these would be undone unseen
  select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', 'touched_later', 'severity', 'error', 'dataset', l.dataset,
    'row_key', pg_catalog.array_to_string(l.identity, ' '),
    'message', pg_catalog.format('release %s changed %s %s afterwards', l.release_id, l.dataset, coalesce(l.label, pg_catalog.array_to_string(l.identity, ' ')))))
  into v_rows
  from (
    with later as (
      select r.id, r.made_at
      from greenroom.release as r
      where r.scope_id = p_scope
        and r.state = 'applied'
        -- undoings and takings-back leave rows as somebody else wrote them
        and r.kind not in ('rollback', 'live', 'revert')
        and r.made_at > v_first
        and r.id <> all (p_releases)
    ), earlier as (
      select r.id, r.made_at
      from greenroom.release as r
      where r.id = any (p_releases)
    )
    -- it changed what these wrote, or what these changed and put back
    select h.release_id, h.dataset, h.identity, coalesce(h.before ->> 'topic_code', h.before ->> 'subject_code') as label
    from later as r
    join greenroom.history as h on h.release_id = r.id
    where (h.before ->> 'release_id')::bigint = any (p_releases)
      or exists (
        select
        from earlier as e
        join greenroom.history as o on o.release_id = e.id and o.dataset = h.dataset and o.identity = h.identity
        where e.made_at < r.made_at
      )
    union
    -- it put a row in the place of one that these removed
    select p.release_id, 'subjects', i.identity, null
    from earlier as e
    join greenroom.history as i on i.release_id = e.id and i.dataset = 'subjects'
    join "public".exam_board_subjects as p on p.id = i.identity[1]::uuid
    join later as r on r.id = p.release_id
    where e.made_at < r.made_at
      and false
    union
    -- it put a row in the place of one that these removed
    select p.release_id, 'topics', i.identity, null
    from earlier as e
    join greenroom.history as i on i.release_id = e.id and i.dataset = 'topics'
    join "public".curriculum_topics as p on p.id = i.identity[1]::uuid
    join later as r on r.id = p.release_id
    where e.made_at < r.made_at
      and false
    union
    -- it put a row in the place of one that these removed
    select p.release_id, 'components', i.identity, null
    from earlier as e
    join greenroom.history as i on i.release_id = e.id and i.dataset = 'components'
    join "public".exam_components as p on p.id = i.identity[1]::uuid
    join later as r on r.id = p.release_id
    where e.made_at < r.made_at
      and false
    union
    -- it put a row in the place of one that these removed
    select p.release_id, 'option_groups', i.identity, null
    from earlier as e
    join greenroom.history as i on i.release_id = e.id and i.dataset = 'option_groups'
    join "public".exam_option_groups as p on p.id = i.identity[1]::uuid
    join later as r on r.id = p.release_id
    where e.made_at < r.made_at
      and false
    union
    -- it put a row in the place of one that these removed
    select p.release_id, 'option_exclusions', i.identity, null
    from earlier as e
    join greenroom.history as i on i.release_id = e.id and i.dataset = 'option_exclusions'
    join "public".exam_option_exclusions as p on p.id = i.identity[1]::uuid
    join later as r on r.id = p.release_id
    where e.made_at < r.made_at
      and false
    union
    -- it put a row in the place of one that these removed
    select p.release_id, 'papers', i.identity, null
    from earlier as e
    join greenroom.history as i on i.release_id = e.id and i.dataset = 'papers'
    join "public".exam_papers as p on p.id = i.identity[1]::uuid
    join later as r on r.id = p.release_id
    where e.made_at < r.made_at
      and false
    order by 1, 2, 3
    limit 50
  ) as l;
  if v_rows is not null then
    perform greenroom.refuse('a later release changed the same rows', v_rows,
      pg_catalog.format('undo the later ones too: greenroom rollback TARGET --to %s',
        coalesce((
          select pg_catalog.max(r.id) from greenroom.release as r
          where r.scope_id = p_scope and r.state = 'applied' and r.kind <> 'live'
            and r.made_at < v_first
        ), 0)));
  end if;

  perform greenroom_exams.own_tables();
  drop table if exists pg_temp.image, pg_temp.entering, pg_temp.fresh, pg_temp.touched, pg_temp.renamed, pg_temp.held_now, pg_temp.root, pg_temp.plan_subjects, pg_temp.plan_topics, pg_temp.plan_components, pg_temp.plan_option_groups, pg_temp.plan_option_exclusions, pg_temp.plan_papers;
  -- the units, with what the earliest of the releases found there
  -- a version that these gave its name loses it again
  create temporary table renamed on commit drop as
  select distinct on (u.root_id) u.root_id, b.key
  from greenroom.release_unit as u
  join greenroom.release as r on r.id = u.release_id
  join greenroom.unit as b on b.id = u.unit_before
  where u.release_id = any (p_releases)
    and b.key <> u.key
  order by u.root_id, r.made_at;
  update greenroom.published as p
  set key = n.key
  from pg_temp.renamed as n
  where p.scope_id = p_scope
    and p.root_id = n.root_id;
  create temporary table touched on commit drop as
  select distinct on (u.dataset, u.root_id)
    u.dataset,
    coalesce(p.key, n.key, u.key) as key,
    u.root_id, u.unit_before, u.hash_before, u.complete_before, r.made_at as first_at
  from greenroom.release_unit as u
  join greenroom.release as r on r.id = u.release_id
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = u.dataset and p.root_id = u.root_id
  left join pg_temp.renamed as n on n.root_id = u.root_id
  where u.release_id = any (p_releases)
  order by u.dataset, u.root_id, r.made_at;
  create temporary table image on commit drop as
  select distinct on (h.dataset, h.identity)
    h.dataset,
    h.identity,
    case
      when h.before = 'null' or (h.before ->> 'release_id')::bigint = any (p_releases) then null
      else h.before
    end as before
  from greenroom.history as h
  join greenroom.release as r on r.id = h.release_id
  where h.release_id = any (p_releases)
  order by h.dataset, h.identity, r.made_at;
  analyze pg_temp.touched;
  -- looked up row by row where the planner expects one row and gets them all
  create index on pg_temp.image (identity);
  analyze pg_temp.image;
  insert into pg_temp.image (dataset, identity, before)
  select 'subjects', array[p.id::text], null
  from pg_temp.touched as t
  join "public".exam_board_subjects as p on p.id = t.root_id
  where t.dataset = 'subjects'
    and p.release_id = any (p_releases)
    and not exists (
      select from pg_temp.image as i
      where i.dataset = 'subjects'
        and i.identity = array[p.id::text]
    );
  insert into pg_temp.image (dataset, identity, before)
  select 'topics', array[p.id::text], null
  from pg_temp.touched as t
  join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'topics'
    and p.release_id = any (p_releases)
    and not exists (
      select from pg_temp.image as i
      where i.dataset = 'topics'
        and i.identity = array[p.id::text]
    );
  insert into pg_temp.image (dataset, identity, before)
  select 'components', array[p.id::text], null
  from pg_temp.touched as t
  join "public".exam_components as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'components'
    and p.release_id = any (p_releases)
    and not exists (
      select from pg_temp.image as i
      where i.dataset = 'components'
        and i.identity = array[p.id::text]
    );
  insert into pg_temp.image (dataset, identity, before)
  select 'option_groups', array[p.id::text], null
  from pg_temp.touched as t
  join "public".exam_option_groups as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'option_groups'
    and p.release_id = any (p_releases)
    and not exists (
      select from pg_temp.image as i
      where i.dataset = 'option_groups'
        and i.identity = array[p.id::text]
    );
  insert into pg_temp.image (dataset, identity, before)
  select 'option_exclusions', array[p.id::text], null
  from pg_temp.touched as t
  join "public".exam_option_exclusions as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'option_exclusions'
    and p.release_id = any (p_releases)
    and not exists (
      select from pg_temp.image as i
      where i.dataset = 'option_exclusions'
        and i.identity = array[p.id::text]
    );
  insert into pg_temp.image (dataset, identity, before)
  select 'papers', array[p.id::text], null
  from pg_temp.touched as t
  join "public".exam_papers as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'papers'
    and p.release_id = any (p_releases)
    and not exists (
      select from pg_temp.image as i
      where i.dataset = 'papers'
        and i.identity = array[p.id::text]
    );
  analyze pg_temp.image;
  if exists (select from pg_temp.image as i where i.dataset = 'subjects') then
    perform greenroom_exams.replan_subjects();
  end if;
  if exists (select from pg_temp.image as i where i.dataset = 'topics') then
    perform greenroom_exams.replan_topics();
  end if;
  if exists (select from pg_temp.image as i where i.dataset = 'components') then
    perform greenroom_exams.replan_components();
  end if;
  if exists (select from pg_temp.image as i where i.dataset = 'option_groups') then
    perform greenroom_exams.replan_option_groups();
  end if;
  if exists (select from pg_temp.image as i where i.dataset = 'option_exclusions') then
    perform greenroom_exams.replan_option_exclusions();
  end if;
  if exists (select from pg_temp.image as i where i.dataset = 'papers') then
    perform greenroom_exams.replan_papers();
  end if;

  insert into greenroom.release (scope_id, kind, state, made_by, note, undoes, idempotency_key)
  values (p_scope, 'rollback', 'applied', p_by, p_note, p_releases, p_key)
  returning id into v_release;
  begin
    v_counts := greenroom_exams.apply(v_release);
  exception
    when unique_violation or foreign_key_violation then
      get stacked diagnostics v_detail = pg_exception_detail;
      perform greenroom.refuse('a later release put other rows in the place of those that would come back',
        pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('check', 'touched_later', 'severity', 'error', 'message', sqlerrm || ': ' || v_detail)),
        'undo the later ones too: greenroom rollback TARGET --to RELEASE');
  end;
  perform greenroom_exams.refuse_drift(p_scope, null);
  update greenroom.release as r set counts = v_counts where r.id = v_release;
  select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('check', 'touched_later', 'severity', 'error', 'dataset', l.dataset,
    'row_key', l.identity, 'message', pg_catalog.format('release %s put %s %s under what would go', l.release_id, l.dataset, l.label)))
  into v_rows
  from (select * from greenroom_exams.stranded() as s order by s.release_id, s.dataset, s.label limit 50) as l;
  if v_rows is not null then
    perform greenroom.refuse('a later release put rows under those that would go', v_rows,
      'undo the later ones too: greenroom rollback TARGET --to RELEASE');
  end if;

  create temporary table held_now on commit drop as
  select g.* from greenroom_exams.digest() as g;
  analyze pg_temp.touched, pg_temp.held_now;
  select pg_catalog.string_agg(pg_catalog.format('%s %s', t.dataset, pg_catalog.array_to_string(t.key, ' ')), ', ')
  into v_wrong
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  where case when t.hash_before is null then n.row_count > 0 else n.hash <> t.hash_before end
    and not exists (
      select
      from greenroom.release_unit as u
      join greenroom.release as r on r.id = u.release_id
      where u.dataset = t.dataset
        and u.root_id = t.root_id
        and r.scope_id = p_scope
        and r.state = 'applied'
        and r.made_at > t.first_at
        and r.id <> all (p_releases)
        and r.id <> v_release
    );
  if v_wrong is not null then
    raise exception using
      errcode = 'XX000',
      message = pg_catalog.format('after undoing, production differs from what it was in %s; nothing was changed', v_wrong),
      hint = 'this is a defect of Greenroom: report it with greenroom releases';
  end if;

  insert into greenroom.release_unit (release_id, dataset, key, root_id, unit_id, unit_before, hash_before, hash_after, complete, complete_before)
  select v_release, t.dataset, t.key, t.root_id, t.unit_before, p.unit_id, p.hash, n.hash, coalesce(t.complete_before, false), p.complete
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = t.dataset and p.key = t.key;

  update greenroom.unit as u
  set state = case
    when exists (
      select from greenroom.unit as o
      where o.scope_id = u.scope_id and o.dataset = u.dataset and o.key = u.key
        and o.state in ('sealed', 'held', 'ready')
    ) or u.id <> (
      select pg_catalog.max(o.id) from greenroom.unit as o
      where o.scope_id = u.scope_id and o.dataset = u.dataset and o.key = u.key
        and o.state = 'promoted' and o.release_id = any (p_releases)
    ) then 'superseded'
    else 'ready'
  end
  where u.scope_id = p_scope
    and u.state = 'promoted'
    and u.release_id = any (p_releases);

  update greenroom.release as r set state = 'rolled back' where r.id = any (p_releases);
  -- undoing a rollback puts what it undid back in force
  update greenroom.release as r
  set state = 'applied'
  from greenroom.release as undone
  where undone.id = any (p_releases)
    and undone.kind = 'rollback'
    and r.id = any (undone.undoes)
    and r.id <> all (p_releases);
  update greenroom.unit as u
  set state = 'promoted'
  from greenroom.release as r
  where r.id = u.release_id
    and r.state = 'applied'
    and u.scope_id = p_scope
    and u.state in ('ready', 'superseded')
    and exists (
      select from greenroom.release as undone
      where undone.id = any (p_releases) and undone.kind = 'rollback' and r.id = any (undone.undoes)
    );

  delete from greenroom.published as p
  using pg_temp.touched as t, pg_temp.held_now as n
  where p.scope_id = p_scope
    and p.dataset = t.dataset and p.key = t.key
    and n.dataset = t.dataset and n.key = t.key
    and n.row_count = 0;
  insert into greenroom.published as p (scope_id, dataset, key, root_id, unit_id, release_id, complete, row_count, hash)
  select
    p_scope, t.dataset, t.key, t.root_id,
    case when l.stands then o.unit_id else t.unit_before end,
    v_release,
    case when l.stands then o.complete else coalesce(t.complete_before, false) end,
    n.row_count,
    n.hash
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  left join greenroom.published as o on o.scope_id = p_scope and o.dataset = t.dataset and o.key = t.key
  -- a later release that touched other rows of the unit is still in force
  cross join lateral (
    select o.unit_id is not null and exists (
      select
      from greenroom.release_unit as u
      join greenroom.release as r on r.id = u.release_id
      where u.dataset = t.dataset
        and u.root_id = t.root_id
        and r.scope_id = p_scope
        and r.state = 'applied'
        and r.kind not in ('rollback', 'live', 'revert')
        and r.made_at > t.first_at
    ) as stands
  ) as l
  where n.row_count > 0
  on conflict (scope_id, dataset, key) do update
  set
    unit_id = excluded.unit_id,
    complete = excluded.complete,
    release_id = excluded.release_id,
    row_count = excluded.row_count,
    hash = excluded.hash;
  perform greenroom_exams.mark_stale(p_scope);
  return pg_catalog.jsonb_build_object('release', v_release, 'undone', pg_catalog.to_jsonb(p_releases), 'written', v_counts);
end
$$;
comment on function greenroom_exams.rollback(integer, bigint[], text, text, uuid) is 'Brings rows back to their before-images as a new release; refused when a later release stands on them.';

-- Hand-made changes become a release of their own, or are taken back by one.
create function greenroom_exams.settle_drift(p_scope integer, p_adopt boolean, p_by text default session_user, p_note text default null)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
set work_mem = '32MB'
as $$
declare
  v_release bigint;
  v_counts jsonb := '{}';
  v_found bigint;
  v_rows bigint;
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  perform greenroom_exams.own_tables();
  drop table if exists pg_temp.image, pg_temp.fresh, pg_temp.drifting, pg_temp.touched, pg_temp.held_now, pg_temp.plan_subjects, pg_temp.plan_topics, pg_temp.plan_components, pg_temp.plan_option_groups, pg_temp.plan_option_exclusions, pg_temp.plan_papers;
  create temporary table drifting on commit drop as select f.* from greenroom_exams.drifted(p_scope, null) as f;
  get diagnostics v_found = row_count;
  if v_found = 0 then
    return pg_catalog.jsonb_build_object('changes', 0);
  end if;
  create temporary table image on commit drop as
  select distinct on (f.dataset, f.identity) f.dataset, f.identity, f.before
  from pg_temp.drifting as f
  order by f.dataset, f.identity, f.id;
  create temporary table touched on commit drop as
  select k.dataset, k.key, k.root_id, p.unit_id, coalesce(p.complete, false) as complete, p.hash
  from (
    select distinct f.dataset, f.root_id, o.key
    from pg_temp.drifting as f
    join greenroom.published as o on o.scope_id = p_scope and o.root_id = f.root_id
  ) as k
  left join greenroom.published as p on p.scope_id = p_scope and p.dataset = k.dataset and p.root_id = k.root_id;
  insert into greenroom.release (scope_id, kind, state, made_by, note)
  values (p_scope, case when p_adopt then 'adopt' else 'revert' end, 'applied', p_by, p_note)
  returning id into v_release;
  if p_adopt then
    insert into greenroom.history (release_id, dataset, identity, before)
    select v_release, i.dataset, i.identity, i.before
    from pg_temp.image as i
    where i.before is not null;
    perform pg_catalog.set_config('greenroom.applying', pg_catalog.pg_current_xact_id()::text, true);
    update "public".exam_board_subjects as p
    set release_id = v_release
    from pg_temp.image as i
    where i.dataset = 'subjects'
      and p.id = i.identity[1]::uuid;
    get diagnostics v_rows = row_count;
    v_counts := v_counts || pg_catalog.jsonb_build_object('subjects', pg_catalog.jsonb_build_object('adopted', v_rows));
    update "public".curriculum_topics as p
    set release_id = v_release
    from pg_temp.image as i
    where i.dataset = 'topics'
      and p.id = i.identity[1]::uuid;
    get diagnostics v_rows = row_count;
    v_counts := v_counts || pg_catalog.jsonb_build_object('topics', pg_catalog.jsonb_build_object('adopted', v_rows));
    update "public".exam_components as p
    set release_id = v_release
    from pg_temp.image as i
    where i.dataset = 'components'
      and p.id = i.identity[1]::uuid;
    get diagnostics v_rows = row_count;
    v_counts := v_counts || pg_catalog.jsonb_build_object('components', pg_catalog.jsonb_build_object('adopted', v_rows));
    update "public".exam_option_groups as p
    set release_id = v_release
    from pg_temp.image as i
    where i.dataset = 'option_groups'
      and p.id = i.identity[1]::uuid;
    get diagnostics v_rows = row_count;
    v_counts := v_counts || pg_catalog.jsonb_build_object('option_groups', pg_catalog.jsonb_build_object('adopted', v_rows));
    update "public".exam_option_exclusions as p
    set release_id = v_release
    from pg_temp.image as i
    where i.dataset = 'option_exclusions'
      and p.id = i.identity[1]::uuid;
    get diagnostics v_rows = row_count;
    v_counts := v_counts || pg_catalog.jsonb_build_object('option_exclusions', pg_catalog.jsonb_build_object('adopted', v_rows));
    update "public".exam_papers as p
    set release_id = v_release
    from pg_temp.image as i
    where i.dataset = 'papers'
      and p.id = i.identity[1]::uuid;
    get diagnostics v_rows = row_count;
    v_counts := v_counts || pg_catalog.jsonb_build_object('papers', pg_catalog.jsonb_build_object('adopted', v_rows));
    perform pg_catalog.set_config('greenroom.applying', '', true);
    -- what was changed by hand since takes the place of what was said of the same row
    update greenroom.edit as e
    set state = 'replaced', theirs = null, settled_by = p_by, settled_at = pg_catalog.clock_timestamp(), settled_why = 'changed by hand, and adopted'
    from pg_temp.image as i
    where e.scope_id = p_scope
      and e.dataset = i.dataset
      and e.row_ref in (i.identity[1], i.identity::text)
      and e.state in ('in force', 'conflict');
  else
    if exists (select from pg_temp.image as i where i.dataset = 'subjects') then
      perform greenroom_exams.replan_subjects();
    end if;
    if exists (select from pg_temp.image as i where i.dataset = 'topics') then
      perform greenroom_exams.replan_topics();
    end if;
    if exists (select from pg_temp.image as i where i.dataset = 'components') then
      perform greenroom_exams.replan_components();
    end if;
    if exists (select from pg_temp.image as i where i.dataset = 'option_groups') then
      perform greenroom_exams.replan_option_groups();
    end if;
    if exists (select from pg_temp.image as i where i.dataset = 'option_exclusions') then
      perform greenroom_exams.replan_option_exclusions();
    end if;
    if exists (select from pg_temp.image as i where i.dataset = 'papers') then
      perform greenroom_exams.replan_papers();
    end if;
    v_counts := greenroom_exams.apply(v_release);
    if exists (select from greenroom_exams.drifted(p_scope, null) as f where f.id not in (select g.id from pg_temp.drifting as g)) then
      perform greenroom.refuse('somebody changed rows by hand at the same time', '[]', 'look again: greenroom drift TARGET');
    end if;
  end if;
  create temporary table held_now on commit drop as
  select g.* from greenroom_exams.digest() as g;
  insert into greenroom.release_unit (release_id, dataset, key, root_id, unit_id, unit_before, hash_before, hash_after, complete, complete_before)
  select v_release, t.dataset, t.key, t.root_id, t.unit_id, t.unit_id, t.hash, n.hash, t.complete, t.complete
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key;
  insert into greenroom.published as p (scope_id, dataset, key, root_id, unit_id, release_id, complete, row_count, hash)
  select p_scope, t.dataset, t.key, t.root_id, t.unit_id, v_release, t.complete, n.row_count, n.hash
  from pg_temp.touched as t
  join pg_temp.held_now as n on n.dataset = t.dataset and n.key = t.key
  where n.row_count > 0
    or t.hash is not null
  on conflict (scope_id, dataset, key) do update
  set
    hash = excluded.hash,
    row_count = excluded.row_count,
    release_id = excluded.release_id;
  update greenroom.release as r set counts = v_counts where r.id = v_release;
  delete from greenroom.drift as f using pg_temp.drifting as g where f.id = g.id;
  perform greenroom_exams.mark_stale(p_scope);
  return pg_catalog.jsonb_build_object('release', v_release, 'changes', v_found, 'written', v_counts);
end
$$;
comment on function greenroom_exams.settle_drift(integer, boolean, text, text) is 'Adopts hand-made changes as a release, or takes them back by one.';

-- What lies between two releases of a scope: history's before-images played back, production where nothing moved since.
-- A release stands where it landed (made_at), not where it was numbered; the undone and the undoings stay in the line.
create function greenroom_exams.open_between(p_scope integer, p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_wrong bigint;
begin
  perform greenroom.refuse_foreign_temp(array[
    'between_line', 'between_event', 'between_image', 'between_row', 'between_side',
    'between_subjects',
    'between_topics',
    'between_components',
    'between_option_groups',
    'between_option_exclusions',
    'between_papers'
  ]);
  select x.id into v_wrong
  from pg_catalog.unnest(array[p_from, p_to]) as x (id)
  where x.id <> 0
    and not exists (
      select from greenroom.release as r
      where r.id = x.id
        and r.scope_id = p_scope
        and r.state in ('applied', 'rolled back')
    )
  limit 1;
  if v_wrong is not null then
    perform greenroom.refuse(
      pg_catalog.format('release %s of %s has not landed', v_wrong, (select c.name from greenroom.scope as c where c.id = p_scope)),
      '[]', 'see them: greenroom releases TARGET; 0 is before the first'
    );
  end if;
  drop table if exists pg_temp.between_line;
  -- what was taken back by `revert` was never released: rows are as the release before had them
  create temporary table between_line on commit drop as
  select
    r.id,
    r.made_at,
    (r.made_at, r.id) > (f.made_at, f.id) as after_from,
    (r.made_at, r.id) > (t.made_at, t.id) as after_to
  from greenroom.release as r
  cross join lateral (
    select coalesce((select o.made_at from greenroom.release as o where o.id = p_from), '-infinity') as made_at, p_from as id
  ) as f
  cross join lateral (
    select coalesce((select o.made_at from greenroom.release as o where o.id = p_to), '-infinity') as made_at, p_to as id
  ) as t
  where r.scope_id = p_scope
    and r.state in ('applied', 'rolled back')
    and r.kind not in ('live', 'revert')
    and ((r.made_at, r.id) > (f.made_at, f.id) or (r.made_at, r.id) > (t.made_at, t.id));
  analyze pg_temp.between_line;
end
$$;
comment on function greenroom_exams.open_between(integer, bigint, bigint) is 'Releases that landed after either of the two, in pg_temp.between_line; refuses those that never landed.';

create function greenroom_exams.between_subjects(p_scope integer, p_from bigint, p_to bigint)
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set extra_float_digits = 1
set jit = off
set work_mem = '32MB'
as $$
begin
  perform greenroom_exams.open_between(p_scope, p_from, p_to);
  drop table if exists pg_temp.between_event, pg_temp.between_image, pg_temp.between_row, pg_temp.between_side;
  -- what each row was before a release, or somebody's hand, changed it; a hand comes after all releases, else they had refused
  create temporary table between_event on commit drop as
  select h.identity, h.before, l.made_at, l.id, l.after_from, l.after_to
  from pg_temp.between_line as l
  join greenroom.history as h on h.release_id = l.id and h.dataset = 'subjects'
  union all
  select f.identity, coalesce(f.before, 'null'), 'infinity', f.id, true, true
  from greenroom_exams.drifted(p_scope, null) as f
  where f.dataset = 'subjects';
  analyze pg_temp.between_event;
  create temporary table between_image on commit drop as
  select
    e.identity,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_from))[1] as was,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_to))[1] as became
  from pg_temp.between_event as e
  group by e.identity;
  analyze pg_temp.between_image;
  -- rows that came since and were left alone have no image: production tells of them
  -- (into a table of its own: one that is read while it grows is read once for each row)
  create temporary table between_row on commit drop as
  select i.identity, i.was, i.became from pg_temp.between_image as i
  union all
  select array[p.id::text], null, null
  from (
    select distinct u.root_id
    from pg_temp.between_line as l
    join greenroom.release_unit as u on u.release_id = l.id and u.dataset = 'subjects'
  ) as t
  join "public".exam_board_subjects as p on p.id = t.root_id
  where p.release_id in (select l.id from pg_temp.between_line as l)
    and p.retired_at is null
    and not exists (select from pg_temp.between_image as i where i.identity = array[p.id::text]);
  analyze pg_temp.between_row;
  create temporary table between_side on commit drop as
  -- materialized: a row of production is made JSON once, and not at all where it is on neither side
  with production as materialized (
    select
      i.identity,
      i.was,
      i.became,
      case
        when p.retired_at is null and (i.was is null and n.after_from is not true or i.became is null and n.after_to is not true)
        then pg_catalog.to_jsonb(p)
      end as now,
      n.after_from,
      n.after_to
    from pg_temp.between_row as i
    left join "public".exam_board_subjects as p on p.id = i.identity[1]::uuid
    cross join lateral (
      select
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_from) as after_from,
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_to) as after_to
    ) as n
  )
  select
    i.identity,
    case
      when i.was is null then case when i.after_from is not true then i.now end
      when i.was = 'null' or i.was ->> 'retired_at' is not null then null
      when (i.was ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_from) then null
      else i.was
    end as was,
    case
      when i.became is null then case when i.after_to is not true then i.now end
      when i.became = 'null' or i.became ->> 'retired_at' is not null then null
      when (i.became ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_to) then null
      else i.became
    end as became
  from production as i;
  analyze pg_temp.between_side;
  return query
  select
    case when i.was is null then 'insert' when i.became is null then 'retire' else 'update' end,
    i.identity,
    (i.identity[1])::uuid,
    case when i.became is null then pg_catalog.concat_ws(' ', p.subject_code, p.spec_version, p.subject_name) else pg_catalog.concat_ws(' ', pl.subject_code, pl.spec_version, pl.subject_name) end,
    case when i.was is not null then (select pg_catalog.to_jsonb(x) from (select p.subject_code, p.spec_version, p.subject_name, p.spec_start_year, p.specification_url, p.specification_pdf_url, p.qan, p.first_assessment_year, p.last_assessment_year, p.paper_code, p.succeeds, p.regulated_title, p.level, p.glh, p.operational_end, p.certification_end) as x) end,
    case when i.became is not null then (select pg_catalog.to_jsonb(x) from (select pl.subject_code, pl.spec_version, pl.subject_name, pl.spec_start_year, pl.specification_url, pl.specification_pdf_url, pl.qan, pl.first_assessment_year, pl.last_assessment_year, pl.paper_code, pl.succeeds, pl.regulated_title, pl.level, pl.glh, pl.operational_end, pl.certification_end) as x) end,
    case when i.was is not null and i.became is not null then pg_catalog.array_remove(array[
      case when p.exam_board_id is distinct from pl.exam_board_id then 'exam_board_id' end,
      case when p.qualification_type_id is distinct from pl.qualification_type_id then 'qualification_type_id' end,
      case when p.subject_code is distinct from pl.subject_code then 'subject_code' end,
      case when p.spec_version is distinct from pl.spec_version then 'spec_version' end,
      case when p.subject_name is distinct from pl.subject_name then 'subject_name' end,
      case when p.spec_start_year is distinct from pl.spec_start_year then 'spec_start_year' end,
      case when p.specification_url is distinct from pl.specification_url then 'specification_url' end,
      case when p.specification_pdf_url is distinct from pl.specification_pdf_url then 'specification_pdf_url' end,
      case when p.qan is distinct from pl.qan then 'qan' end,
      case when p.first_assessment_year is distinct from pl.first_assessment_year then 'first_assessment_year' end,
      case when p.last_assessment_year is distinct from pl.last_assessment_year then 'last_assessment_year' end,
      case when p.paper_code is distinct from pl.paper_code then 'paper_code' end,
      case when p.succeeds is distinct from pl.succeeds then 'succeeds' end,
      case when p.regulated_title is distinct from pl.regulated_title then 'regulated_title' end,
      case when p.level is distinct from pl.level then 'level' end,
      case when p.glh is distinct from pl.glh then 'glh' end,
      case when p.operational_end is distinct from pl.operational_end then 'operational_end' end,
      case when p.certification_end is distinct from pl.certification_end then 'certification_end' end
    ], null) end
  from pg_temp.between_side as i
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_board_subjects, i.was) as p
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_board_subjects, i.became) as pl
  where (i.was is null) <> (i.became is null)
    or (i.was is not null and i.became is not null
      and (p.exam_board_id, p.qualification_type_id, p.subject_code, p.spec_version, p.subject_name, p.spec_start_year, p.specification_url, p.specification_pdf_url, p.qan, p.first_assessment_year, p.last_assessment_year, p.paper_code, p.succeeds, p.regulated_title, p.level, p.glh, p.operational_end, p.certification_end)
        is distinct from (pl.exam_board_id, pl.qualification_type_id, pl.subject_code, pl.spec_version, pl.subject_name, pl.spec_start_year, pl.specification_url, pl.specification_pdf_url, pl.qan, pl.first_assessment_year, pl.last_assessment_year, pl.paper_code, pl.succeeds, pl.regulated_title, pl.level, pl.glh, pl.operational_end, pl.certification_end));
end
$$;
comment on function greenroom_exams.between_subjects(integer, bigint, bigint) is 'Rows of subjects that differ between two releases, as before and after.';

create function greenroom_exams.between_topics(p_scope integer, p_from bigint, p_to bigint)
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set extra_float_digits = 1
set jit = off
set work_mem = '32MB'
as $$
begin
  perform greenroom_exams.open_between(p_scope, p_from, p_to);
  drop table if exists pg_temp.between_event, pg_temp.between_image, pg_temp.between_row, pg_temp.between_side;
  -- what each row was before a release, or somebody's hand, changed it; a hand comes after all releases, else they had refused
  create temporary table between_event on commit drop as
  select h.identity, h.before, l.made_at, l.id, l.after_from, l.after_to
  from pg_temp.between_line as l
  join greenroom.history as h on h.release_id = l.id and h.dataset = 'topics'
  union all
  select f.identity, coalesce(f.before, 'null'), 'infinity', f.id, true, true
  from greenroom_exams.drifted(p_scope, null) as f
  where f.dataset = 'topics';
  analyze pg_temp.between_event;
  create temporary table between_image on commit drop as
  select
    e.identity,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_from))[1] as was,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_to))[1] as became
  from pg_temp.between_event as e
  group by e.identity;
  analyze pg_temp.between_image;
  -- rows that came since and were left alone have no image: production tells of them
  -- (into a table of its own: one that is read while it grows is read once for each row)
  create temporary table between_row on commit drop as
  select i.identity, i.was, i.became from pg_temp.between_image as i
  union all
  select array[p.id::text], null, null
  from (
    select distinct u.root_id
    from pg_temp.between_line as l
    join greenroom.release_unit as u on u.release_id = l.id and u.dataset = 'topics'
  ) as t
  join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id
  where p.release_id in (select l.id from pg_temp.between_line as l)
    and p.retired_at is null
    and not exists (select from pg_temp.between_image as i where i.identity = array[p.id::text]);
  analyze pg_temp.between_row;
  create temporary table between_side on commit drop as
  -- materialized: a row of production is made JSON once, and not at all where it is on neither side
  with production as materialized (
    select
      i.identity,
      i.was,
      i.became,
      case
        when p.retired_at is null and (i.was is null and n.after_from is not true or i.became is null and n.after_to is not true)
        then pg_catalog.to_jsonb(p)
      end as now,
      n.after_from,
      n.after_to
    from pg_temp.between_row as i
    left join "public".curriculum_topics as p on p.id = i.identity[1]::uuid
    cross join lateral (
      select
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_from) as after_from,
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_to) as after_to
    ) as n
  )
  select
    i.identity,
    case
      when i.was is null then case when i.after_from is not true then i.now end
      when i.was = 'null' or i.was ->> 'retired_at' is not null then null
      when (i.was ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_from) then null
      else i.was
    end as was,
    case
      when i.became is null then case when i.after_to is not true then i.now end
      when i.became = 'null' or i.became ->> 'retired_at' is not null then null
      when (i.became ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_to) then null
      else i.became
    end as became
  from production as i;
  analyze pg_temp.between_side;
  return query
  select
    case when i.was is null then 'insert' when i.became is null then 'retire' else 'update' end,
    i.identity,
    coalesce(pl.exam_board_subject_id, p.exam_board_subject_id),
    case when i.became is null then pg_catalog.concat_ws(' ', p.topic_code, p.topic_name) else pg_catalog.concat_ws(' ', pl.topic_code, pl.topic_name) end,
    case when i.was is not null then (select pg_catalog.to_jsonb(x) from (select p.topic_code, p.topic_name, p.topic_level, p.sort_order, p.description, p.component_code, p.chronological_period, p.period_start_year, p.period_end_year, p.geographical_region, p.key_themes, p.examined, p.tier, p.study_level, p.language, p.option_group, p_parent.topic_code as parent_code) as x) end,
    case when i.became is not null then (select pg_catalog.to_jsonb(x) from (select pl.topic_code, pl.topic_name, pl.topic_level, pl.sort_order, pl.description, pl.component_code, pl.chronological_period, pl.period_start_year, pl.period_end_year, pl.geographical_region, pl.key_themes, pl.examined, pl.tier, pl.study_level, pl.language, pl.option_group, coalesce(pl_new.topic_code, pl_parent.topic_code) as parent_code) as x) end,
    case when i.was is not null and i.became is not null then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.parent_topic_id is distinct from pl.parent_topic_id then 'parent_topic_id' end,
      case when p.topic_code is distinct from pl.topic_code then 'topic_code' end,
      case when p.topic_name is distinct from pl.topic_name then 'topic_name' end,
      case when p.topic_level is distinct from pl.topic_level then 'topic_level' end,
      case when p.sort_order is distinct from pl.sort_order then 'sort_order' end,
      case when p.description is distinct from pl.description then 'description' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.chronological_period is distinct from pl.chronological_period then 'chronological_period' end,
      case when p.period_start_year is distinct from pl.period_start_year then 'period_start_year' end,
      case when p.period_end_year is distinct from pl.period_end_year then 'period_end_year' end,
      case when p.geographical_region is distinct from pl.geographical_region then 'geographical_region' end,
      case when p.key_themes is distinct from pl.key_themes then 'key_themes' end,
      case when p.examined is distinct from pl.examined then 'examined' end,
      case when p.tier is distinct from pl.tier then 'tier' end,
      case when p.study_level is distinct from pl.study_level then 'study_level' end,
      case when p.language is distinct from pl.language then 'language' end,
      case when p.option_group is distinct from pl.option_group then 'option_group' end
    ], null) end
  from pg_temp.between_side as i
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".curriculum_topics, i.was) as p
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".curriculum_topics, i.became) as pl
  -- a parent that changed in between is called here what it was called then
  left join pg_temp.between_side as p_then on p_then.identity = array[p.parent_topic_id::text]
  left join pg_temp.between_side as pl_then on pl_then.identity = array[pl.parent_topic_id::text]
  left join "public".curriculum_topics as p_now on p_now.id = p.parent_topic_id
  left join "public".curriculum_topics as pl_now on pl_now.id = pl.parent_topic_id
  cross join lateral (select coalesce(p_then.was ->> 'topic_code', p_now.topic_code) as topic_code) as p_parent
  cross join lateral (select pl_then.became ->> 'topic_code' as topic_code) as pl_new
  cross join lateral (select pl_now.topic_code as topic_code) as pl_parent
  where (i.was is null) <> (i.became is null)
    or (i.was is not null and i.became is not null
      and (p.exam_board_subject_id, p.parent_topic_id, p.topic_code, p.topic_name, p.topic_level, p.sort_order, p.description, p.component_code, p.chronological_period, p.period_start_year, p.period_end_year, p.geographical_region, p.key_themes, p.examined, p.tier, p.study_level, p.language, p.option_group)
        is distinct from (pl.exam_board_subject_id, pl.parent_topic_id, pl.topic_code, pl.topic_name, pl.topic_level, pl.sort_order, pl.description, pl.component_code, pl.chronological_period, pl.period_start_year, pl.period_end_year, pl.geographical_region, pl.key_themes, pl.examined, pl.tier, pl.study_level, pl.language, pl.option_group));
end
$$;
comment on function greenroom_exams.between_topics(integer, bigint, bigint) is 'Rows of topics that differ between two releases, as before and after.';

create function greenroom_exams.between_components(p_scope integer, p_from bigint, p_to bigint)
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set extra_float_digits = 1
set jit = off
set work_mem = '32MB'
as $$
begin
  perform greenroom_exams.open_between(p_scope, p_from, p_to);
  drop table if exists pg_temp.between_event, pg_temp.between_image, pg_temp.between_row, pg_temp.between_side;
  -- what each row was before a release, or somebody's hand, changed it; a hand comes after all releases, else they had refused
  create temporary table between_event on commit drop as
  select h.identity, h.before, l.made_at, l.id, l.after_from, l.after_to
  from pg_temp.between_line as l
  join greenroom.history as h on h.release_id = l.id and h.dataset = 'components'
  union all
  select f.identity, coalesce(f.before, 'null'), 'infinity', f.id, true, true
  from greenroom_exams.drifted(p_scope, null) as f
  where f.dataset = 'components';
  analyze pg_temp.between_event;
  create temporary table between_image on commit drop as
  select
    e.identity,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_from))[1] as was,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_to))[1] as became
  from pg_temp.between_event as e
  group by e.identity;
  analyze pg_temp.between_image;
  -- rows that came since and were left alone have no image: production tells of them
  -- (into a table of its own: one that is read while it grows is read once for each row)
  create temporary table between_row on commit drop as
  select i.identity, i.was, i.became from pg_temp.between_image as i
  union all
  select array[p.id::text], null, null
  from (
    select distinct u.root_id
    from pg_temp.between_line as l
    join greenroom.release_unit as u on u.release_id = l.id and u.dataset = 'components'
  ) as t
  join "public".exam_components as p on p.exam_board_subject_id = t.root_id
  where p.release_id in (select l.id from pg_temp.between_line as l)
    and p.retired_at is null
    and not exists (select from pg_temp.between_image as i where i.identity = array[p.id::text]);
  analyze pg_temp.between_row;
  create temporary table between_side on commit drop as
  -- materialized: a row of production is made JSON once, and not at all where it is on neither side
  with production as materialized (
    select
      i.identity,
      i.was,
      i.became,
      case
        when p.retired_at is null and (i.was is null and n.after_from is not true or i.became is null and n.after_to is not true)
        then pg_catalog.to_jsonb(p)
      end as now,
      n.after_from,
      n.after_to
    from pg_temp.between_row as i
    left join "public".exam_components as p on p.id = i.identity[1]::uuid
    cross join lateral (
      select
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_from) as after_from,
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_to) as after_to
    ) as n
  )
  select
    i.identity,
    case
      when i.was is null then case when i.after_from is not true then i.now end
      when i.was = 'null' or i.was ->> 'retired_at' is not null then null
      when (i.was ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_from) then null
      else i.was
    end as was,
    case
      when i.became is null then case when i.after_to is not true then i.now end
      when i.became = 'null' or i.became ->> 'retired_at' is not null then null
      when (i.became ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_to) then null
      else i.became
    end as became
  from production as i;
  analyze pg_temp.between_side;
  return query
  select
    case when i.was is null then 'insert' when i.became is null then 'retire' else 'update' end,
    i.identity,
    coalesce(pl.exam_board_subject_id, p.exam_board_subject_id),
    case when i.became is null then pg_catalog.concat_ws(' ', p.component_code, p.name) else pg_catalog.concat_ws(' ', pl.component_code, pl.name) end,
    case when i.was is not null then (select pg_catalog.to_jsonb(x) from (select p.component_code, p.name, p.examined, p.assessment, p.tier, p.study_level, p.marks, p.duration_minutes, p.weight_percent) as x) end,
    case when i.became is not null then (select pg_catalog.to_jsonb(x) from (select pl.component_code, pl.name, pl.examined, pl.assessment, pl.tier, pl.study_level, pl.marks, pl.duration_minutes, pl.weight_percent) as x) end,
    case when i.was is not null and i.became is not null then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.name is distinct from pl.name then 'name' end,
      case when p.examined is distinct from pl.examined then 'examined' end,
      case when p.assessment is distinct from pl.assessment then 'assessment' end,
      case when p.tier is distinct from pl.tier then 'tier' end,
      case when p.study_level is distinct from pl.study_level then 'study_level' end,
      case when p.marks is distinct from pl.marks then 'marks' end,
      case when p.duration_minutes is distinct from pl.duration_minutes then 'duration_minutes' end,
      case when p.weight_percent is distinct from pl.weight_percent then 'weight_percent' end
    ], null) end
  from pg_temp.between_side as i
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_components, i.was) as p
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_components, i.became) as pl
  where (i.was is null) <> (i.became is null)
    or (i.was is not null and i.became is not null
      and (p.exam_board_subject_id, p.component_code, p.name, p.examined, p.assessment, p.tier, p.study_level, p.marks, p.duration_minutes, p.weight_percent)
        is distinct from (pl.exam_board_subject_id, pl.component_code, pl.name, pl.examined, pl.assessment, pl.tier, pl.study_level, pl.marks, pl.duration_minutes, pl.weight_percent));
end
$$;
comment on function greenroom_exams.between_components(integer, bigint, bigint) is 'Rows of components that differ between two releases, as before and after.';

create function greenroom_exams.between_option_groups(p_scope integer, p_from bigint, p_to bigint)
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set extra_float_digits = 1
set jit = off
set work_mem = '32MB'
as $$
begin
  perform greenroom_exams.open_between(p_scope, p_from, p_to);
  drop table if exists pg_temp.between_event, pg_temp.between_image, pg_temp.between_row, pg_temp.between_side;
  -- what each row was before a release, or somebody's hand, changed it; a hand comes after all releases, else they had refused
  create temporary table between_event on commit drop as
  select h.identity, h.before, l.made_at, l.id, l.after_from, l.after_to
  from pg_temp.between_line as l
  join greenroom.history as h on h.release_id = l.id and h.dataset = 'option_groups'
  union all
  select f.identity, coalesce(f.before, 'null'), 'infinity', f.id, true, true
  from greenroom_exams.drifted(p_scope, null) as f
  where f.dataset = 'option_groups';
  analyze pg_temp.between_event;
  create temporary table between_image on commit drop as
  select
    e.identity,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_from))[1] as was,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_to))[1] as became
  from pg_temp.between_event as e
  group by e.identity;
  analyze pg_temp.between_image;
  -- rows that came since and were left alone have no image: production tells of them
  -- (into a table of its own: one that is read while it grows is read once for each row)
  create temporary table between_row on commit drop as
  select i.identity, i.was, i.became from pg_temp.between_image as i
  union all
  select array[p.id::text], null, null
  from (
    select distinct u.root_id
    from pg_temp.between_line as l
    join greenroom.release_unit as u on u.release_id = l.id and u.dataset = 'option_groups'
  ) as t
  join "public".exam_option_groups as p on p.exam_board_subject_id = t.root_id
  where p.release_id in (select l.id from pg_temp.between_line as l)
    and p.retired_at is null
    and not exists (select from pg_temp.between_image as i where i.identity = array[p.id::text]);
  analyze pg_temp.between_row;
  create temporary table between_side on commit drop as
  -- materialized: a row of production is made JSON once, and not at all where it is on neither side
  with production as materialized (
    select
      i.identity,
      i.was,
      i.became,
      case
        when p.retired_at is null and (i.was is null and n.after_from is not true or i.became is null and n.after_to is not true)
        then pg_catalog.to_jsonb(p)
      end as now,
      n.after_from,
      n.after_to
    from pg_temp.between_row as i
    left join "public".exam_option_groups as p on p.id = i.identity[1]::uuid
    cross join lateral (
      select
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_from) as after_from,
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_to) as after_to
    ) as n
  )
  select
    i.identity,
    case
      when i.was is null then case when i.after_from is not true then i.now end
      when i.was = 'null' or i.was ->> 'retired_at' is not null then null
      when (i.was ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_from) then null
      else i.was
    end as was,
    case
      when i.became is null then case when i.after_to is not true then i.now end
      when i.became = 'null' or i.became ->> 'retired_at' is not null then null
      when (i.became ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_to) then null
      else i.became
    end as became
  from production as i;
  analyze pg_temp.between_side;
  return query
  select
    case when i.was is null then 'insert' when i.became is null then 'retire' else 'update' end,
    i.identity,
    coalesce(pl.exam_board_subject_id, p.exam_board_subject_id),
    case when i.became is null then pg_catalog.concat_ws(' ', p.group_code, p.name) else pg_catalog.concat_ws(' ', pl.group_code, pl.name) end,
    case when i.was is not null then (select pg_catalog.to_jsonb(x) from (select p.group_code, p.name, p.choose_least, p.choose_most, p.component_code, p.note) as x) end,
    case when i.became is not null then (select pg_catalog.to_jsonb(x) from (select pl.group_code, pl.name, pl.choose_least, pl.choose_most, pl.component_code, pl.note) as x) end,
    case when i.was is not null and i.became is not null then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.group_code is distinct from pl.group_code then 'group_code' end,
      case when p.name is distinct from pl.name then 'name' end,
      case when p.choose_least is distinct from pl.choose_least then 'choose_least' end,
      case when p.choose_most is distinct from pl.choose_most then 'choose_most' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.note is distinct from pl.note then 'note' end
    ], null) end
  from pg_temp.between_side as i
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_option_groups, i.was) as p
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_option_groups, i.became) as pl
  where (i.was is null) <> (i.became is null)
    or (i.was is not null and i.became is not null
      and (p.exam_board_subject_id, p.group_code, p.name, p.choose_least, p.choose_most, p.component_code, p.note)
        is distinct from (pl.exam_board_subject_id, pl.group_code, pl.name, pl.choose_least, pl.choose_most, pl.component_code, pl.note));
end
$$;
comment on function greenroom_exams.between_option_groups(integer, bigint, bigint) is 'Rows of option_groups that differ between two releases, as before and after.';

create function greenroom_exams.between_option_exclusions(p_scope integer, p_from bigint, p_to bigint)
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set extra_float_digits = 1
set jit = off
set work_mem = '32MB'
as $$
begin
  perform greenroom_exams.open_between(p_scope, p_from, p_to);
  drop table if exists pg_temp.between_event, pg_temp.between_image, pg_temp.between_row, pg_temp.between_side;
  -- what each row was before a release, or somebody's hand, changed it; a hand comes after all releases, else they had refused
  create temporary table between_event on commit drop as
  select h.identity, h.before, l.made_at, l.id, l.after_from, l.after_to
  from pg_temp.between_line as l
  join greenroom.history as h on h.release_id = l.id and h.dataset = 'option_exclusions'
  union all
  select f.identity, coalesce(f.before, 'null'), 'infinity', f.id, true, true
  from greenroom_exams.drifted(p_scope, null) as f
  where f.dataset = 'option_exclusions';
  analyze pg_temp.between_event;
  create temporary table between_image on commit drop as
  select
    e.identity,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_from))[1] as was,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_to))[1] as became
  from pg_temp.between_event as e
  group by e.identity;
  analyze pg_temp.between_image;
  -- rows that came since and were left alone have no image: production tells of them
  -- (into a table of its own: one that is read while it grows is read once for each row)
  create temporary table between_row on commit drop as
  select i.identity, i.was, i.became from pg_temp.between_image as i
  union all
  select array[p.id::text], null, null
  from (
    select distinct u.root_id
    from pg_temp.between_line as l
    join greenroom.release_unit as u on u.release_id = l.id and u.dataset = 'option_exclusions'
  ) as t
  join "public".exam_option_exclusions as p on p.exam_board_subject_id = t.root_id
  where p.release_id in (select l.id from pg_temp.between_line as l)
    and p.retired_at is null
    and not exists (select from pg_temp.between_image as i where i.identity = array[p.id::text]);
  analyze pg_temp.between_row;
  create temporary table between_side on commit drop as
  -- materialized: a row of production is made JSON once, and not at all where it is on neither side
  with production as materialized (
    select
      i.identity,
      i.was,
      i.became,
      case
        when p.retired_at is null and (i.was is null and n.after_from is not true or i.became is null and n.after_to is not true)
        then pg_catalog.to_jsonb(p)
      end as now,
      n.after_from,
      n.after_to
    from pg_temp.between_row as i
    left join "public".exam_option_exclusions as p on p.id = i.identity[1]::uuid
    cross join lateral (
      select
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_from) as after_from,
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_to) as after_to
    ) as n
  )
  select
    i.identity,
    case
      when i.was is null then case when i.after_from is not true then i.now end
      when i.was = 'null' or i.was ->> 'retired_at' is not null then null
      when (i.was ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_from) then null
      else i.was
    end as was,
    case
      when i.became is null then case when i.after_to is not true then i.now end
      when i.became = 'null' or i.became ->> 'retired_at' is not null then null
      when (i.became ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_to) then null
      else i.became
    end as became
  from production as i;
  analyze pg_temp.between_side;
  return query
  select
    case when i.was is null then 'insert' when i.became is null then 'retire' else 'update' end,
    i.identity,
    coalesce(pl.exam_board_subject_id, p.exam_board_subject_id),
    case when i.became is null then pg_catalog.concat_ws(' ', p.one_code, p.other_code) else pg_catalog.concat_ws(' ', pl.one_code, pl.other_code) end,
    case when i.was is not null then (select pg_catalog.to_jsonb(x) from (select p.one_code, p.other_code, p.why) as x) end,
    case when i.became is not null then (select pg_catalog.to_jsonb(x) from (select pl.one_code, pl.other_code, pl.why) as x) end,
    case when i.was is not null and i.became is not null then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.one_code is distinct from pl.one_code then 'one_code' end,
      case when p.other_code is distinct from pl.other_code then 'other_code' end,
      case when p.why is distinct from pl.why then 'why' end
    ], null) end
  from pg_temp.between_side as i
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_option_exclusions, i.was) as p
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_option_exclusions, i.became) as pl
  where (i.was is null) <> (i.became is null)
    or (i.was is not null and i.became is not null
      and (p.exam_board_subject_id, p.one_code, p.other_code, p.why)
        is distinct from (pl.exam_board_subject_id, pl.one_code, pl.other_code, pl.why));
end
$$;
comment on function greenroom_exams.between_option_exclusions(integer, bigint, bigint) is 'Rows of option_exclusions that differ between two releases, as before and after.';

create function greenroom_exams.between_papers(p_scope integer, p_from bigint, p_to bigint)
returns table (op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set extra_float_digits = 1
set jit = off
set work_mem = '32MB'
as $$
begin
  perform greenroom_exams.open_between(p_scope, p_from, p_to);
  drop table if exists pg_temp.between_event, pg_temp.between_image, pg_temp.between_row, pg_temp.between_side;
  -- what each row was before a release, or somebody's hand, changed it; a hand comes after all releases, else they had refused
  create temporary table between_event on commit drop as
  select h.identity, h.before, l.made_at, l.id, l.after_from, l.after_to
  from pg_temp.between_line as l
  join greenroom.history as h on h.release_id = l.id and h.dataset = 'papers'
  union all
  select f.identity, coalesce(f.before, 'null'), 'infinity', f.id, true, true
  from greenroom_exams.drifted(p_scope, null) as f
  where f.dataset = 'papers';
  analyze pg_temp.between_event;
  create temporary table between_image on commit drop as
  select
    e.identity,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_from))[1] as was,
    (pg_catalog.array_agg(e.before order by e.made_at, e.id) filter (where e.after_to))[1] as became
  from pg_temp.between_event as e
  group by e.identity;
  analyze pg_temp.between_image;
  -- rows that came since and were left alone have no image: production tells of them
  -- (into a table of its own: one that is read while it grows is read once for each row)
  create temporary table between_row on commit drop as
  select i.identity, i.was, i.became from pg_temp.between_image as i
  union all
  select array[p.id::text], null, null
  from (
    select distinct u.root_id
    from pg_temp.between_line as l
    join greenroom.release_unit as u on u.release_id = l.id and u.dataset = 'papers'
  ) as t
  join "public".exam_papers as p on p.exam_board_subject_id = t.root_id
  where p.release_id in (select l.id from pg_temp.between_line as l)
    and p.retired_at is null
    and not exists (select from pg_temp.between_image as i where i.identity = array[p.id::text]);
  analyze pg_temp.between_row;
  create temporary table between_side on commit drop as
  -- materialized: a row of production is made JSON once, and not at all where it is on neither side
  with production as materialized (
    select
      i.identity,
      i.was,
      i.became,
      case
        when p.retired_at is null and (i.was is null and n.after_from is not true or i.became is null and n.after_to is not true)
        then pg_catalog.to_jsonb(p)
      end as now,
      n.after_from,
      n.after_to
    from pg_temp.between_row as i
    left join "public".exam_papers as p on p.id = i.identity[1]::uuid
    cross join lateral (
      select
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_from) as after_from,
        p.id is null or p.release_id in (select l.id from pg_temp.between_line as l where l.after_to) as after_to
    ) as n
  )
  select
    i.identity,
    case
      when i.was is null then case when i.after_from is not true then i.now end
      when i.was = 'null' or i.was ->> 'retired_at' is not null then null
      when (i.was ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_from) then null
      else i.was
    end as was,
    case
      when i.became is null then case when i.after_to is not true then i.now end
      when i.became = 'null' or i.became ->> 'retired_at' is not null then null
      when (i.became ->> 'release_id')::bigint in (select l.id from pg_temp.between_line as l where l.after_to) then null
      else i.became
    end as became
  from production as i;
  analyze pg_temp.between_side;
  return query
  select
    case when i.was is null then 'insert' when i.became is null then 'retire' else 'update' end,
    i.identity,
    coalesce(pl.exam_board_subject_id, p.exam_board_subject_id),
    case when i.became is null then pg_catalog.concat_ws(' ', p.year, p.series, p.component_code, p.tier, p.type, p.variant, p.title) else pg_catalog.concat_ws(' ', pl.year, pl.series, pl.component_code, pl.tier, pl.type, pl.variant, pl.title) end,
    case when i.was is not null then (select pg_catalog.to_jsonb(x) from (select p.paper_number, p.component_code, p.year, p.series, p.tier, p.variant, p.type, p.language, p.modified, p.title, p.url, p.marks) as x) end,
    case when i.became is not null then (select pg_catalog.to_jsonb(x) from (select pl.paper_number, pl.component_code, pl.year, pl.series, pl.tier, pl.variant, pl.type, pl.language, pl.modified, pl.title, pl.url, pl.marks) as x) end,
    case when i.was is not null and i.became is not null then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.paper_number is distinct from pl.paper_number then 'paper_number' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.year is distinct from pl.year then 'year' end,
      case when p.series is distinct from pl.series then 'series' end,
      case when p.tier is distinct from pl.tier then 'tier' end,
      case when p.variant is distinct from pl.variant then 'variant' end,
      case when p.type is distinct from pl.type then 'type' end,
      case when p.language is distinct from pl.language then 'language' end,
      case when p.modified is distinct from pl.modified then 'modified' end,
      case when p.title is distinct from pl.title then 'title' end,
      case when p.url is distinct from pl.url then 'url' end,
      case when p.marks is distinct from pl.marks then 'marks' end
    ], null) end
  from pg_temp.between_side as i
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_papers, i.was) as p
  cross join lateral pg_catalog.jsonb_populate_record(null::"public".exam_papers, i.became) as pl
  where (i.was is null) <> (i.became is null)
    or (i.was is not null and i.became is not null
      and (p.exam_board_subject_id, p.paper_number, p.component_code, p.year, p.series, p.tier, p.variant, p.type, p.language, p.modified, p.title, p.url, p.marks)
        is distinct from (pl.exam_board_subject_id, pl.paper_number, pl.component_code, pl.year, pl.series, pl.tier, pl.variant, pl.type, pl.language, pl.modified, pl.title, pl.url, pl.marks));
end
$$;
comment on function greenroom_exams.between_papers(integer, bigint, bigint) is 'Rows of papers that differ between two releases, as before and after.';

create function greenroom_exams.between(p_scope integer, p_from bigint, p_to bigint)
returns table (dataset text, op text, identity text[], root_id uuid, label text, before jsonb, after jsonb, fields text[])
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_touched text[];
begin
  perform greenroom_exams.open_between(p_scope, p_from, p_to);
  -- a pack has many datasets, a release touches few
  select pg_catalog.array_agg(d.name) into v_touched
  from pg_catalog.unnest(array['subjects', 'topics', 'components', 'option_groups', 'option_exclusions', 'papers']) as d (name)
  where exists (
      select from pg_temp.between_line as l
      join greenroom.release_unit as u on u.release_id = l.id and u.dataset = d.name
    )
    or exists (
      select from pg_temp.between_line as l
      join greenroom.history as h on h.release_id = l.id and h.dataset = d.name
    )
    or exists (select from greenroom_exams.drifted(p_scope, null) as f where f.dataset = d.name);
  if 'subjects' = any (v_touched) then
    return query select 'subjects'::text, c.* from greenroom_exams.between_subjects(p_scope, p_from, p_to) as c;
  end if;
  if 'topics' = any (v_touched) then
    return query select 'topics'::text, c.* from greenroom_exams.between_topics(p_scope, p_from, p_to) as c;
  end if;
  if 'components' = any (v_touched) then
    return query select 'components'::text, c.* from greenroom_exams.between_components(p_scope, p_from, p_to) as c;
  end if;
  if 'option_groups' = any (v_touched) then
    return query select 'option_groups'::text, c.* from greenroom_exams.between_option_groups(p_scope, p_from, p_to) as c;
  end if;
  if 'option_exclusions' = any (v_touched) then
    return query select 'option_exclusions'::text, c.* from greenroom_exams.between_option_exclusions(p_scope, p_from, p_to) as c;
  end if;
  if 'papers' = any (v_touched) then
    return query select 'papers'::text, c.* from greenroom_exams.between_papers(p_scope, p_from, p_to) as c;
  end if;
end
$$;
comment on function greenroom_exams.between(integer, bigint, bigint) is 'All rows of a scope that differ between two releases; 0 is before the first. Reads only.';

-- Empties the inbox of one scope. Batches and snapshots stay.
create function greenroom_exams.clean(p_scope integer, p_only text default null)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_counts jsonb := greenroom_exams.inbox_count(p_scope, p_only);
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  -- topics and papers go with their subject, as the inbox has always done
  delete from "public".staging_aqa_subjects as s
  using greenroom_exams.inbox_subjects as i
  where i.inbox_id = s.id
    and i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
    and (p_only is null or i.unit_key[1] = p_only);
  return v_counts;
end
$$;
comment on function greenroom_exams.clean(integer, text) is 'Deletes the inbox rows of a scope, or of one subject in it.';

-- What is published, as packages of 1EdTech CASE 1.1: identifiers are production's, the tree is in associations.

-- Things that production gives no id of their own (associations, the subject of a document) get one that stays:
-- version 3, from the id they hang on and a name.
create function greenroom_exams.case_uuid(p_within uuid, p_name text)
returns uuid
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select (
    pg_catalog.substr(h.hash, 1, 12) || '3' || pg_catalog.substr(h.hash, 14, 3)
    || pg_catalog.substr('89ab', (('x' || pg_catalog.substr(h.hash, 17, 1))::bit(4) & b'0011')::integer + 1, 1)
    || pg_catalog.substr(h.hash, 18)
  )::uuid
  from (
    select pg_catalog.md5(pg_catalog.uuid_send(p_within) || pg_catalog.convert_to(p_name, 'UTF8')) as hash
  ) as h
$$;
comment on function greenroom_exams.case_uuid(uuid, text) is 'An identifier that is the same each time: a name-based UUID.';

-- Without a base address an identifier is its own address.
create function greenroom_exams.case_uri(p_base text, p_kind text, p_id uuid)
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case
    when coalesce(p_base, '') = '' then 'urn:uuid:' || p_id
    else pg_catalog.rtrim(p_base, '/') || '/ims/case/v1p1/' || p_kind || '/' || p_id
  end
$$;
comment on function greenroom_exams.case_uri(text, text, uuid) is 'The address of a CASE object below a base address.';

create function greenroom_exams.case_link(p_base text, p_kind text, p_id uuid, p_title text)
returns jsonb
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
    'title', p_title, 'identifier', p_id, 'uri', greenroom_exams.case_uri(p_base, p_kind, p_id)
  )
$$;
comment on function greenroom_exams.case_link(text, text, uuid, text) is 'A link to a CASE object: title, identifier and address.';

create function greenroom_exams.case_moment(p_moment timestamptz)
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.to_char(p_moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
comment on function greenroom_exams.case_moment(timestamptz) is 'A moment as CASE writes it.';

-- A document changed when its subject did, or any of its topics: who asks for news asks for documents.
create function greenroom_exams.case_document(p_subject uuid, p_base text)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
    'identifier', s.id,
    'uri', greenroom_exams.case_uri(p_base, 'CFDocuments', s.id),
    'caseVersion', '1.1',
    'creator', b.full_name,
    'publisher', b.full_name,
    'title', pg_catalog.concat_ws(' ', b.code, q.code, s.subject_name, '(' || s.subject_code || ')'),
    'lastChangeDateTime', greenroom_exams.case_moment(greatest(s.updated_at, t.updated_at)),
    'officialSourceURL', case
      when s.specification_pdf_url ~ '^https?://\S+$' then s.specification_pdf_url
      when s.specification_url ~ '^https?://\S+$' then s.specification_url
    end,
    'subject', pg_catalog.jsonb_build_array(s.subject_name),
    'subjectURI', pg_catalog.jsonb_build_array(
      greenroom_exams.case_link(p_base, 'CFSubjects', greenroom_exams.case_uuid(s.id, 'subject'), s.subject_name)
    ),
    'version', s.spec_version,
    'adoptionStatus', case when s.is_current and s.retired_at is null then 'Adopted' else 'Deprecated' end,
    'statusEndDate', (s.retired_at at time zone 'UTC')::date,
    'extensions', pg_catalog.jsonb_build_object('greenroom', pg_catalog.jsonb_build_object(
      'exam_board', b.code,
      'qualification', q.code,
      'subject_code', s.subject_code,
      'subject_name', s.subject_name,
      'spec_version', s.spec_version,
      'spec_start_year', s.spec_start_year,
      'qan', s.qan,
      'first_assessment_year', s.first_assessment_year,
      'last_assessment_year', s.last_assessment_year,
      'paper_code', s.paper_code,
      'succeeds', s.succeeds,
      'specification_url', s.specification_url,
      'specification_pdf_url', s.specification_pdf_url,
      'components', (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'code', c.component_code, 'name', c.name, 'examined', c.examined, 'assessment', c.assessment, 'tier', c.tier,
          'study_level', c.study_level, 'marks', c.marks, 'duration_minutes', c.duration_minutes,
          'weight_percent', c.weight_percent
        ) order by c.component_code)
        from "public".exam_components as c
        where c.exam_board_subject_id = s.id and c.retired_at is null
      ),
      'option_groups', (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'code', g.group_code, 'name', g.name, 'choose_least', g.choose_least, 'choose_most', g.choose_most,
          'component_code', g.component_code, 'note', g.note
        ) order by g.group_code)
        from "public".exam_option_groups as g
        where g.exam_board_subject_id = s.id and g.retired_at is null
      ),
      'exclusions', (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('one', x.one_code, 'other', x.other_code, 'why', x.why)
          order by x.one_code, x.other_code)
        from "public".exam_option_exclusions as x
        where x.exam_board_subject_id = s.id and x.retired_at is null
      )
    ))
  ))
  from "public".exam_board_subjects as s
  join "public".exam_boards as b on b.id = s.exam_board_id
  join "public".qualification_types as q on q.id = s.qualification_type_id
  left join lateral (
    select pg_catalog.max(c.updated_at) as updated_at
    from "public".curriculum_topics as c
    where c.exam_board_subject_id = s.id
  ) as t on true
  where s.id = p_subject
$$;
comment on function greenroom_exams.case_document(uuid, text) is 'The CFDocument of one published subject, as a package holds it.';

-- The code of a subject has no place in a document; the subject it is about has one for it.
create function greenroom_exams.case_subject(p_subject uuid, p_base text)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
    'identifier', i.id,
    'uri', greenroom_exams.case_uri(p_base, 'CFSubjects', i.id),
    'title', s.subject_name,
    'hierarchyCode', s.subject_code,
    'lastChangeDateTime', greenroom_exams.case_moment(s.updated_at)
  )
  from "public".exam_board_subjects as s
  cross join lateral (select greenroom_exams.case_uuid(s.id, 'subject') as id) as i
  where s.id = p_subject
$$;
comment on function greenroom_exams.case_subject(uuid, text) is 'The CFSubject of one published subject; its hierarchyCode is the subject code.';

create function greenroom_exams.case_items(p_subject uuid, p_base text)
returns table (id uuid, place bigint, item jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    t.id,
    pg_catalog.row_number() over (order by t.retired_at nulls first, t.topic_level, t.sort_order, greenroom_exams.natural_order(t.topic_code), t.id),
    pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
      'identifier', t.id,
      'uri', greenroom_exams.case_uri(p_base, 'CFItems', t.id),
      'humanCodingScheme', t.topic_code,
      'fullStatement', t.topic_name,
      'notes', nullif(t.description, ''),
      'statusEndDate', (t.retired_at at time zone 'UTC')::date,
      'lastChangeDateTime', greenroom_exams.case_moment(t.updated_at),
      'extensions', nullif(
        pg_catalog.jsonb_build_object('greenroom', nullif(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
          'component_code', t.component_code, 'examined', t.examined, 'tier', t.tier, 'study_level', t.study_level,
          'language', t.language, 'option_group', t.option_group
        )), '{}')),
        '{"greenroom": null}'
      )
    ))
  from "public".curriculum_topics as t
  where t.exam_board_subject_id = p_subject
$$;
comment on function greenroom_exams.case_items(uuid, text) is 'The CFItems of one published subject: its topics, with those that left and when.';

-- Children in their order, those that left behind them. What took the place of what is a fact somebody recorded:
-- of topics in the ledger, of subjects by their boards, of versions of one subject by their years.
create function greenroom_exams.case_associations(p_subject uuid, p_base text)
returns table (id uuid, origin uuid, destination uuid, association jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with subject as (
    select
      s.*,
      array[s.subject_code, coalesce(s.spec_version, '')] as unit_key,
      array[b.code, q.code] as scope_keys,
      pg_catalog.concat_ws(' ', b.code, q.code, s.subject_name, '(' || s.subject_code || ')') as title
    from "public".exam_board_subjects as s
    join "public".exam_boards as b on b.id = s.exam_board_id
    join "public".qualification_types as q on q.id = s.qualification_type_id
    where s.id = p_subject
  ), told (kind, kind_of_node, origin, origin_title, destination, destination_kind, destination_title, place, changed_at) as (
    select
      'isChildOf',
      'CFItems',
      t.id,
      t.topic_name,
      coalesce(p.id, s.id),
      case when p.id is null then 'CFDocuments' else 'CFItems' end,
      coalesce(p.topic_name, s.title),
      pg_catalog.row_number() over (
        partition by t.parent_topic_id
        order by t.retired_at nulls first, t.sort_order, greenroom_exams.natural_order(t.topic_code), t.id
      ),
      t.updated_at
    from subject as s
    join "public".curriculum_topics as t on t.exam_board_subject_id = s.id
    left join "public".curriculum_topics as p on p.id = t.parent_topic_id
    union all
    select 'replacedBy', 'CFItems', o.id, o.topic_name, n.id, 'CFItems', n.topic_name, null, c.recorded_at
    from subject as s
    join greenroom.scope as k on k.keys = s.scope_keys
    join greenroom.succession as c on c.scope_id = k.id and c.dataset = 'topics' and c.unit_key = s.unit_key
    join "public".curriculum_topics as n
      on n.exam_board_subject_id = s.id and n.topic_code = c.new_key and n.retired_at is null
    join lateral (
      -- a match recorded in time kept the row and its id: there is nothing to replace
      select r.id, r.topic_name
      from "public".curriculum_topics as r
      where r.exam_board_subject_id = s.id
        and r.topic_code = c.old_key
        and r.retired_at is not null
      order by r.retired_at desc
      limit 1
    ) as o on true
    union all
    select 'replacedBy', 'CFDocuments', s.id, s.title, n.id, 'CFDocuments', n.subject_name || ' (' || n.subject_code || ')', null, n.updated_at
    from subject as s
    join lateral (
      select o.id, o.subject_name, o.subject_code, o.updated_at
      from "public".exam_board_subjects as o
      where o.exam_board_id = s.exam_board_id
        and o.qualification_type_id = s.qualification_type_id
        and o.retired_at is null
        and o.id <> s.id
        and (o.succeeds = s.subject_code
          or (o.subject_code = s.subject_code and not s.is_current and o.spec_start_year > s.spec_start_year))
      order by o.subject_code <> s.subject_code, o.spec_start_year
      limit 1
    ) as n on true
  )
  select
    i.id,
    a.origin,
    a.destination,
    pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
      'identifier', i.id,
      'uri', greenroom_exams.case_uri(p_base, 'CFAssociations', i.id),
      'associationType', a.kind,
      'sequenceNumber', a.place,
      'originNodeURI', greenroom_exams.case_link(p_base, a.kind_of_node, a.origin, a.origin_title),
      'destinationNodeURI', greenroom_exams.case_link(p_base, a.destination_kind, a.destination, a.destination_title),
      'lastChangeDateTime', greenroom_exams.case_moment(a.changed_at)
    ))
  from told as a
  cross join lateral (select greenroom_exams.case_uuid(a.origin, a.kind || ' ' || a.destination) as id) as i
$$;
comment on function greenroom_exams.case_associations(uuid, text) is 'The CFAssociations of one published subject: isChildOf with sequenceNumber, and replacedBy.';

create function greenroom_exams.case_package(p_subject uuid, p_base text)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
    'CFDocument', greenroom_exams.case_document(p_subject, p_base),
    'CFItems', coalesce((
      select pg_catalog.jsonb_agg(i.item order by i.place) from greenroom_exams.case_items(p_subject, p_base) as i
    ), '[]'),
    'CFAssociations', coalesce((
      select pg_catalog.jsonb_agg(a.association order by a.association ->> 'associationType', a.destination, (a.association -> 'sequenceNumber')::integer, a.id)
      from greenroom_exams.case_associations(p_subject, p_base) as a
    ), '[]'),
    'CFDefinitions', pg_catalog.jsonb_build_object(
      'CFSubjects', pg_catalog.jsonb_build_array(greenroom_exams.case_subject(p_subject, p_base))
    )
  )
$$;
comment on function greenroom_exams.case_package(uuid, text) is 'The CFPackage of one published subject.';

-- Each answer of the service as one document, by its path. A whole package names its subject. Concepts, licences,
-- rubrics, item types and groupings of associations have no rows, so they have no paths.
create function greenroom_exams.case_export(p_scopes integer[], p_only text, p_base text, p_whole boolean)
returns table (path text, subject_code text, document jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with subject as materialized (
    select
      s.id,
      s.subject_code,
      s.is_current,
      greenroom_exams.case_document(s.id, p_base) as document
    from greenroom.scope as c
    join "public".exam_boards as b on b.code = c.keys[1]
    join "public".qualification_types as q on q.code = c.keys[2]
    join "public".exam_board_subjects as s on s.exam_board_id = b.id and s.qualification_type_id = q.id
    where c.id = any (p_scopes)
      and (p_only is null or s.subject_code = p_only)
      -- an archived version is read by who still teaches it; as one file the current one leaves
      and (s.is_current or not p_whole)
      and (s.retired_at is null or not s.is_current)
  ), linked as materialized (
    select
      s.id,
      s.document,
      greenroom_exams.case_link(p_base, 'CFDocuments', s.id, s.document ->> 'title') as document_link,
      s.document || pg_catalog.jsonb_build_object(
        'CFPackageURI', greenroom_exams.case_link(p_base, 'CFPackages', s.id, s.document ->> 'title')
      ) as whole
    from subject as s
    where not p_whole
  ), item as materialized (
    select i.id, i.item || pg_catalog.jsonb_build_object('CFDocumentURI', l.document_link) as item
    from linked as l
    cross join lateral greenroom_exams.case_items(l.id, p_base) as i
  ), association as materialized (
    select a.*, l.document_link
    from linked as l
    cross join lateral greenroom_exams.case_associations(l.id, p_base) as a
  ), node as (
    select n.id, pg_catalog.jsonb_agg(n.association order by n.association ->> 'identifier') as associations
    from (
      select a.origin as id, a.association from association as a
      union all
      select a.destination, a.association from association as a
    ) as n
    group by n.id
  )
  select 'ims/case/v1p1/CFPackages/' || s.id, s.subject_code, greenroom_exams.case_package(s.id, p_base)
  from subject as s
  union all
  select
    'ims/case/v1p1/CFDocuments',
    null,
    pg_catalog.jsonb_build_object('CFDocuments', pg_catalog.jsonb_agg(l.whole order by l.document ->> 'title', l.id))
  from linked as l
  having pg_catalog.count(*) > 0
  union all
  select 'ims/case/v1p1/CFDocuments/' || l.id, null, l.whole
  from linked as l
  union all
  select
    'ims/case/v1p1/CFSubjects/' || (f.subject ->> 'identifier'),
    null,
    pg_catalog.jsonb_build_object('CFSubjects', pg_catalog.jsonb_build_array(f.subject))
  from linked as l
  cross join lateral (select greenroom_exams.case_subject(l.id, p_base) as subject) as f
  union all
  select 'ims/case/v1p1/CFItems/' || i.id, null, i.item
  from item as i
  union all
  select
    'ims/case/v1p1/CFItemAssociations/' || i.id,
    null,
    pg_catalog.jsonb_build_object('CFItem', i.item, 'CFAssociations', n.associations)
  from item as i
  join node as n on n.id = i.id
  union all
  select 'ims/case/v1p1/CFAssociations/' || a.id, null, a.association || pg_catalog.jsonb_build_object('CFDocumentURI', a.document_link)
  from association as a
$$;
comment on function greenroom_exams.case_export(integer[], text, text, boolean) is 'Published subjects of scopes as CASE documents: whole packages alone, or every answer of the service.';

-- Addresses that the app is given: of papers and of specifications, as production holds them.
create function greenroom_exams.links(p_scope integer, p_only text default null)
returns table (url text, what text, kind text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with subject as (
    select s.id, s.subject_code, s.specification_url, s.specification_pdf_url
    from greenroom_exams.subjects_in(p_scope) as s
    where s.retired_at is null
      and (p_only is null or s.subject_code = p_only)
  ), named as (
    select
      p.url,
      pg_catalog.concat_ws(' ', s.subject_code, p.series, p.year, p.component_code, p.tier, p.type, p.variant) as what,
      'pdf' as kind
    from subject as s
    join "public".exam_papers as p on p.exam_board_subject_id = s.id
    where p.retired_at is null
    union all
    select s.specification_pdf_url, s.subject_code || ' specification', 'pdf' from subject as s
    union all
    select s.specification_url, s.subject_code || ' page', 'page' from subject as s
  )
  select n.url, pg_catalog.min(n.what), pg_catalog.min(n.kind)
  from named as n
  where n.url ~* '^https?://'
  group by n.url
$$;
comment on function greenroom_exams.links(integer, text) is 'Published web addresses of a scope, each once, with what it is the address of.';

-- What commands and the app's maintainer call with words: spellings resolved, unknown ones refused.
create function greenroom_exams.scope_named(p_exam_board text, p_qualification text)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_board text;
  v_qualification text;
begin
  select a.code into v_board from greenroom.exam_board_alias as a where a.spelling = greenroom_exams.spelling(p_exam_board);
  if v_board is null then
    perform greenroom.refuse(
      pg_catalog.format('unknown exam board %L', p_exam_board),
      pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('check', 'unknown_exam_board', 'severity', 'error', 'message', p_exam_board)),
      'known: ' || (select pg_catalog.string_agg(b.code, ', ' order by b.code) from "public".exam_boards as b)
    );
  end if;
  select a.code into v_qualification from greenroom.qualification_alias as a where a.spelling = greenroom_exams.spelling(p_qualification);
  if v_qualification is null then
    perform greenroom.refuse(
      pg_catalog.format('unknown qualification %L', p_qualification),
      pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('check', 'unknown_qualification', 'severity', 'error', 'message', p_qualification)),
      'known: ' || (select pg_catalog.string_agg(q.code, ', ' order by q.code) from "public".qualification_types as q)
    );
  end if;
  return greenroom_exams.scope_id(array[v_board, v_qualification]);
end
$$;
comment on function greenroom_exams.scope_named(text, text) is 'The scope a board and a qualification name, in any known spelling.';

create function "public".promote_staging_to_production(p_exam_board text, p_qualification text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_scope integer := greenroom_exams.scope_named(p_exam_board, p_qualification);
  v_rows jsonb;
begin
  perform greenroom_exams.seal(v_scope, null, 'rpc');
  if greenroom_exams.pending(v_scope) = '{}' then
    v_rows := greenroom_exams.inbox_count(v_scope);
    if (v_rows ->> 'subjects')::bigint + (v_rows ->> 'topics')::bigint + (v_rows ->> 'papers')::bigint = 0 then
      perform greenroom.refuse(
        pg_catalog.format('the inbox holds nothing for %s %s', p_exam_board, p_qualification), '[]',
        'a scraper that wrote nothing has failed: run it again, then call this'
      );
    end if;
  end if;
  return greenroom_exams.promote(v_scope);
end
$$;
comment on function "public".promote_staging_to_production(text, text) is
  'Seals what the inbox holds, checks it and promotes it: {subjects, topics, papers, release} or PT409 with the findings.';

-- The tables without what has been retired; the app's rights and policies apply to whoever reads.
create view "public".current_exam_board_subjects with (security_invoker = true) as
select * from "public".exam_board_subjects where retired_at is null and is_current;
comment on view "public".current_exam_board_subjects is 'Current subjects, without archived and retired ones.';
create view "public".current_curriculum_topics with (security_invoker = true) as
select * from "public".curriculum_topics where retired_at is null;
comment on view "public".current_curriculum_topics is 'Topics without those that left their specification.';
create view "public".current_exam_papers with (security_invoker = true) as
select * from "public".exam_papers where retired_at is null;
comment on view "public".current_exam_papers is 'Papers without those that left their listing.';

-- The documents of one sitting side by side: what a learner opens together.
create view "public".paper_sets with (security_invoker = true) as
select
  p.exam_board_subject_id,
  p.year,
  p.series,
  p.component_code,
  p.paper_number,
  p.tier,
  p.language,
  p.modified,
  (pg_catalog.array_agg(p.url order by p.variant nulls first, p.id) filter (where p.type = 'question paper'))[1] as question_paper_url,
  (pg_catalog.array_agg(p.url order by p.variant nulls first, p.id) filter (where p.type = 'mark scheme'))[1] as mark_scheme_url,
  (pg_catalog.array_agg(p.url order by p.variant nulls first, p.id) filter (where p.type = 'examiner report'))[1] as examiner_report_url,
  pg_catalog.max(p.marks) filter (where p.type = 'question paper') as marks,
  pg_catalog.count(*) as documents,
  pg_catalog.jsonb_agg(
    pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
      'id', p.id, 'type', p.type, 'variant', p.variant, 'title', p.title, 'url', p.url
    ))
    order by p.type, p.variant nulls first, p.id
  ) as all_documents
from "public".exam_papers as p
where p.retired_at is null
group by p.exam_board_subject_id, p.year, p.series, p.component_code, p.paper_number, p.tier, p.language, p.modified;
comment on view "public".paper_sets is
  'Question paper, mark scheme and examiner report of one sitting side by side; where several share a type, the first, and all in all_documents.';

-- The scopes a person's words mean: "WJEC A-Level" is one, "AQA" all that anybody has staged.
create function greenroom_exams.targets(p_words text)
returns table (scope_id integer, scope_name text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_spelling text := greenroom_exams.spelling(p_words);
begin
  -- its own name means a scope alone: "Cambridge International-GCSE" is no GCSE of Cambridge International
  return query
  select greenroom_exams.scope_id(array[b.code, q.code]), b.code || ' ' || q.code
  from "public".exam_boards as b
  join "public".qualification_types as q on greenroom_exams.spelling(b.code || ' ' || q.code) = v_spelling;
  if found then
    return;
  end if;
  return query
  select distinct greenroom_exams.scope_id(array[b.code, q.code]), b.code || ' ' || q.code
  from greenroom.exam_board_alias as b
  join greenroom.qualification_alias as q on b.spelling || ' ' || q.spelling = v_spelling;
  if found then
    return;
  end if;
  return query
  select c.id, c.name
  from greenroom.exam_board_alias as b
  join greenroom.scope as c on c.pack = 'exams' and c.keys[1] = b.code
  where b.spelling = v_spelling
  order by c.name;
end
$$;
comment on function greenroom_exams.targets(text) is 'Scopes meant by a board and qualification, or by a board alone.';

-- Every spelling that means something, for suggestions.
create function greenroom_exams.known_targets()
returns setof text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select b.code || ' ' || q.code
  from "public".exam_boards as b
  cross join "public".qualification_types as q
  union
  select b.code
  from "public".exam_boards as b
$$;
comment on function greenroom_exams.known_targets() is 'Targets that could be meant, for "did you mean".';

-- Makes a scope for whatever the inbox names, so that status can tell of it.
create function greenroom_exams.notice_inbox()
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  select greenroom_exams.scope_id(s.scope_keys)
  from (
    select distinct i.scope_keys
    from greenroom_exams.inbox_subjects as i
    where pg_catalog.array_position(i.scope_keys, null) is null
  ) as s
$$;
comment on function greenroom_exams.notice_inbox() is 'Names every scope the inbox holds rows of.';

create function greenroom_exams.unknown_rows()
returns table (exam_board text, qualification_type text, subject_code text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select u.exam_board, u.qualification_type, u.subject_code
  from greenroom_exams.inbox_unknown as u
  order by 1, 2, 3
  limit 200
$$;
comment on function greenroom_exams.unknown_rows() is 'Inbox subjects whose board or qualification is spelled in an unknown way.';
