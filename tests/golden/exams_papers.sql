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

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_papers(p_units bigint[])
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
  join "public".exam_papers as p on p.exam_board_subject_id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'papers'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom.batch_papers as b
      where b.unit_id = u.id
        and row(b.year::integer, b.series::text, b.component_code::text, b.paper_number::integer, b.tier::text, b.variant::text, b.type::text, b.language::text, b.modified::boolean)::text = row(p.year::integer, p.series::text, p.component_code::text, p.paper_number::integer, p.tier::text, p.variant::text, p.type::text, p.language::text, p.modified::boolean)::text
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
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('papers %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.paper_number, b.component_code, b.year, b.series, b.tier, b.variant, b.type, b.language, b.modified, b.title, b.url, b.marks
      from pg_temp.touched as t
      join greenroom.batch_papers as b on b.unit_id = t.unit_id
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
    from greenroom.batch_papers as b
    where b.unit_id in (select u.id from unit as u)
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
    coalesce(s.id, pg_catalog.gen_random_uuid()) as id,
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
  join greenroom.batch_papers as b on b.unit_id = e.unit_id
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
