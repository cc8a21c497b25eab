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

create table if not exists greenroom.edited_subjects (
  unit_id bigint not null,
  row_no integer not null,
  is_gone boolean not null default false,
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
comment on table greenroom.edited_subjects is 'Rows of batch_subjects that edits change, as they stand then, and rows that edits add (below zero).';

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
