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
