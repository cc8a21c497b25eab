-- Sealed rows of subjects: immutable, logged, typed; and the frozen plan of a prepared release.
create table if not exists greenroom.batch_subjects (
  unit_id bigint not null,
  row_no integer not null,
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
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
  primary key (unit_id, row_no)
);
comment on table greenroom.batch_subjects is 'Sealed rows of subjects; unit_id is greenroom.unit.id (no foreign key: units are never deleted).';

create table if not exists greenroom.prepared_subjects (
  release_id bigint not null,
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
  stamp_release_id bigint,
  primary key (release_id, id)
);
comment on table greenroom.prepared_subjects is 'Resolved, frozen changes of prepared releases to "public".exam_board_subjects.';

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_subjects(p_units bigint[])
returns table (unit_id bigint, lost bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
-- row counts of what has just been sealed are unknown: no join may be quadratic
set enable_nestloop = off
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
      select from greenroom.batch_subjects as b
      where b.unit_id = u.id
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
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('subjects %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.subject_code, b.spec_version, b.subject_name, b.spec_start_year, b.specification_url, b.specification_pdf_url, b.qan, b.first_assessment_year, b.last_assessment_year, b.paper_code, b.succeeds, b.regulated_title, b.level, b.glh, b.operational_end, b.certification_end
      from pg_temp.touched as t
      join greenroom.batch_subjects as b on b.unit_id = t.unit_id
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
    from greenroom.batch_subjects as b
    where b.unit_id in (select u.id from unit as u)
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
  join greenroom.batch_subjects as b on b.unit_id = e.unit_id
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
