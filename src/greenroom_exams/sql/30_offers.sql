-- What boards offer: their lists laid down, and what is there of it.

-- Rows of Ofqual's register; what this part of it does not hold stays.
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
  select
    l.qan, l.title, l.organisation, l.status, l.level, l.type, l.glh, l.tqt, l.operational_start, l.operational_end,
    l.certification_end, l.review_date
  from pg_temp.landed_qualifications as l
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
  v_scope text;
  v_new jsonb;
  v_gone jsonb;
begin
  if pg_catalog.to_regclass('pg_temp.landed_qualifications') is not null then
    return greenroom_exams.land_register();
  end if;
  select pg_catalog.min(l.exam_board || ' ' || l.qualification), pg_catalog.count(*)
  into v_scope, v_now
  from pg_temp.landed_offers as l;
  if v_now = 0 then
    perform greenroom.refuse('the list of subjects is empty', '[]', 'a board that offers nothing is a page that was not read: look at it');
  end if;
  select pg_catalog.count(*)
  into v_before
  from greenroom.exam_offer as o
  where (o.exam_board, o.qualification) in (select l.exam_board, l.qualification from pg_temp.landed_offers as l);
  if p_complete and v_before >= 5 and v_now * 5 < v_before * 4 then
    perform greenroom.refuse(
      pg_catalog.format('%s: the list names %s subjects, the last one named %s', v_scope, v_now, v_before), '[]',
      'if the board really offers so few: delete its rows from greenroom.exam_offer, then stage the list again'
    );
  end if;

  select pg_catalog.jsonb_agg(l.name order by l.name)
  into v_new
  from pg_temp.landed_offers as l
  where not exists (
    select
    from greenroom.exam_offer as o
    where (o.exam_board, o.qualification, o.name) = (l.exam_board, l.qualification, l.name)
      and o.subject_code is not distinct from l.subject_code
  );
  if p_complete then
    with gone as (
      delete from greenroom.exam_offer as o
      where (o.exam_board, o.qualification) in (select l.exam_board, l.qualification from pg_temp.landed_offers as l)
        and not exists (
          select
          from pg_temp.landed_offers as l
          where (o.exam_board, o.qualification, o.name) = (l.exam_board, l.qualification, l.name)
            and o.subject_code is not distinct from l.subject_code
        )
      returning o.name
    )
    select pg_catalog.jsonb_agg(g.name order by g.name) into v_gone from gone as g;
  end if;
  insert into greenroom.exam_offer as o (
    exam_board, qualification, name, subject_code, page_url, specification_pdf_url, papers_url, first_teaching,
    last_assessment_year, source
  )
  select distinct on (l.exam_board, l.qualification, l.name, l.subject_code)
    l.exam_board, l.qualification, l.name, l.subject_code, l.page_url, l.specification_pdf_url, l.papers_url,
    l.first_teaching, l.last_assessment_year, l.source
  from pg_temp.landed_offers as l
  order by l.exam_board, l.qualification, l.name, l.subject_code
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
    'offers', v_now, 'new', coalesce(v_new, '[]'), 'gone', coalesce(v_gone, '[]')
  );
end
$$;
comment on function greenroom_exams.land_list(boolean) is 'Lays down a list of what a board offers; how many, which are new, which are gone.';

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
    from greenroom.scope as c
    join "public".exam_boards as b on b.code = c.keys[1]
    join "public".qualification_types as q on q.code = c.keys[2]
    join "public".exam_board_subjects as s on s.exam_board_id = b.id and s.qualification_type_id = q.id
    where c.id = p_scope
      and s.retired_at is null
      and s.is_current
  ) as n
  where greenroom.fold(n.subject_name) = greenroom.fold(p_name)
$$;
comment on function greenroom_exams.subject_named(integer, text) is 'The code of the one subject of this name, if there is exactly one.';

-- One row a subject that is offered or that production or staging knows, with how far it has come.
create view greenroom_exams.offered as
with known as (
  select
    c.keys[1] as exam_board,
    c.keys[2] as qualification,
    u.key[1] as subject_code,
    pg_catalog.bool_or(u.dataset = 'topics') as has_topics,
    pg_catalog.bool_or(u.dataset = 'papers') as has_papers
  from greenroom.unit as u
  join greenroom.scope as c on c.id = u.scope_id and c.pack = 'exams'
  where u.state <> 'failed'
  group by 1, 2, 3
), held as (
  select
    b.code as exam_board,
    q.code as qualification,
    s.subject_code,
    pg_catalog.min(s.subject_name) as name,
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
  coalesce(h.has_papers, false) as has_papers
from greenroom.exam_offer as o
left join lateral (
  select h.*
  from held as h
  where (h.exam_board, h.qualification) = (o.exam_board, o.qualification)
    -- a list without codes is told by names
    and case
      when o.subject_code is not null then h.subject_code = o.subject_code
      else greenroom.fold(h.name) = greenroom.fold(o.name)
    end
  limit 1
) as h on true
left join known as k on (k.exam_board, k.qualification) = (o.exam_board, o.qualification)
  and k.subject_code = coalesce(o.subject_code, h.subject_code);
comment on view greenroom_exams.offered is 'Subjects that boards offer, with how far each has come.';

create function greenroom_exams.coverage(p_area text default null)
returns table (area text, kind text, what text, offered bigint, present bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with named as (
    select b.exam_board, b.qualification, b.place
    from greenroom.exam_priority as b
    union
    select o.exam_board, o.qualification, null
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
  cross join lateral (
    values
      (1, 'scraped', c.offered, c.scraped),
      (2, 'promoted', c.offered, c.promoted),
      (3, 'topics', c.offered, c.topics),
      (4, 'papers', c.offered, c.papers),
      (5, 'live', c.offered, c.live)
  ) as w (place, what, offered, present)
  where p_area is null
    or n.exam_board = p_area
    or n.exam_board in (
      select a.code from greenroom.exam_board_alias as a where a.spelling = greenroom_exams.spelling(p_area)
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
      (4, 'papers', o.is_promoted and not o.has_papers, 'it has no papers'),
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
      end as why,
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
        pg_catalog.count(*) filter (where o.has_topics) as topics
      from greenroom_exams.offered as o
      where (o.exam_board, o.qualification) = (b.exam_board, b.qualification)
    ) as c
  ) as n
  where n.why is not null
  order by n.place
  limit 3
$$;
comment on function greenroom_exams.coverage_next() is 'What is to be done next, in the order of exam_priority.';
