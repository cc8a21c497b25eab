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
