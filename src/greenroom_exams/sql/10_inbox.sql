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
