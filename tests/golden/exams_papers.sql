-- Sealed rows of papers: immutable, logged, typed; and the frozen plan of a prepared release.
create table if not exists greenroom.batch_papers (
  unit_id bigint not null,
  row_no integer not null,
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
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
  primary key (unit_id, row_no)
);
comment on table greenroom.batch_papers is 'Sealed rows of papers; unit_id is greenroom.unit.id (no foreign key: units are never deleted).';

create table if not exists greenroom.edited_papers (
  unit_id bigint not null,
  row_no integer not null,
  is_gone boolean not null default false,
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
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
  primary key (unit_id, row_no)
);
comment on table greenroom.edited_papers is 'Rows of batch_papers that edits change, as they stand then, and rows that edits add (below zero).';

create table if not exists greenroom.prepared_papers (
  release_id bigint not null,
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
  stamp_release_id bigint,
  primary key (release_id, id)
);
comment on table greenroom.prepared_papers is 'Resolved, frozen changes of prepared releases to "public".exam_papers.';

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
