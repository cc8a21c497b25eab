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
