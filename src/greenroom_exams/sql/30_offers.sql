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
