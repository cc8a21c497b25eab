-- Sealed rows of components: immutable, logged, typed; and the frozen plan of a prepared release.
create table if not exists greenroom.batch_components (
  unit_id bigint not null,
  row_no integer not null,
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
  component_code text,
  name text,
  examined boolean,
  assessment text,
  tier text,
  study_level text,
  marks integer,
  duration_minutes integer,
  weight_percent numeric(5,2),
  primary key (unit_id, row_no)
);
comment on table greenroom.batch_components is 'Sealed rows of components; unit_id is greenroom.unit.id (no foreign key: units are never deleted).';

create table if not exists greenroom.prepared_components (
  release_id bigint not null,
  op text,
  id uuid,
  exam_board_subject_id uuid,
  component_code text,
  name text,
  examined boolean,
  assessment text,
  tier text,
  study_level text,
  marks integer,
  duration_minutes integer,
  weight_percent numeric(5,2),
  retired_at timestamptz,
  stamp_created_at timestamptz,
  stamp_release_id bigint,
  primary key (release_id, id)
);
comment on table greenroom.prepared_components is 'Resolved, frozen changes of prepared releases to "public".exam_components.';

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_components(p_units bigint[])
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
  join "public".exam_components as p on p.exam_board_subject_id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'components'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom.batch_components as b
      where b.unit_id = u.id
        and row(b.component_code::text)::text = row(p.component_code::text)::text
    )
  group by u.id
$$;
comment on function greenroom_exams.lost_components(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function greenroom_exams.digest_components()
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
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where p.id is not null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.component_code::text, p.name::text, p.examined::boolean, p.assessment::text, p.tier::text, p.study_level::text, p.marks::integer, p.duration_minutes::integer, p.weight_percent::numeric(5,2)), 0), 0)) filter (where p.id is not null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.component_code::text, p.name::text, p.examined::boolean, p.assessment::text, p.tier::text, p.study_level::text, p.marks::integer, p.duration_minutes::integer, p.weight_percent::numeric(5,2)), 1), 1)) filter (where p.id is not null), 0))
  from pg_temp.touched as t
  left join "public".exam_components as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
  where t.dataset = 'components'
  group by t.key;
end
$$;
comment on function greenroom_exams.digest_components() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function greenroom_exams.unmet_components()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('components %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.component_code, b.name, b.examined, b.assessment, b.tier, b.study_level, b.marks, b.duration_minutes, b.weight_percent
      from pg_temp.touched as t
      join greenroom.batch_components as b on b.unit_id = t.unit_id
      where t.dataset = 'components'
        and not t.complete
      except
      select t.key, p.component_code::text, p.name::text, p.examined::boolean, p.assessment::text, p.tier::text, p.study_level::text, p.marks::integer, p.duration_minutes::integer, p.weight_percent::numeric(5,2)
      from pg_temp.touched as t
      join "public".exam_components as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
      where t.dataset = 'components'
        and not t.complete
    ) as m
  );
end
$$;
comment on function greenroom_exams.unmet_components() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';

-- components: what a unit answers badly. Pure; no rows is a pass.
create function greenroom_exams.check_components(p_units bigint[])
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
      and u.dataset = 'components'
  ), batch as not materialized (
    select b.*
    from greenroom.batch_components as b
    where b.unit_id in (select u.id from unit as u)
  )
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', pg_catalog.concat_ws(' ', b.component_code), pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id, b.component_code
    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id, b.component_code
    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id and twice.component_code is not distinct from b.component_code
  group by b.unit_id, b.component_code
  union all
  select b.unit_id, 'missing_component_code', 'error',
    pg_catalog.format('component_code is empty for %s', pg_catalog.concat_ws(' ', b.component_code)),
    b.row_key, b.position
  from batch as b
  where b.component_code is null
  union all
  select b.unit_id, 'missing_name', 'error',
    pg_catalog.format('name is empty for %s', pg_catalog.concat_ws(' ', b.component_code)),
    b.row_key, b.position
  from batch as b
  where b.name is null
  union all
  select b.unit_id, 'missing_examined', 'error',
    pg_catalog.format('examined is empty for %s', pg_catalog.concat_ws(' ', b.component_code)),
    b.row_key, b.position
  from batch as b
  where b.examined is null
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('component_code of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.component_code), pg_catalog.left(b.component_code, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.component_code)::text) <> pg_catalog.length(b.component_code) + 2
    and b.component_code ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('name of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.component_code), pg_catalog.left(b.name, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.name)::text) <> pg_catalog.length(b.name) + 2
    and b.name ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select u.id, 'too_few_rows', 'error',
    pg_catalog.format('%s rows; at least 1 expected', u.row_count), null, null
  from unit as u
  where u.row_count < 1
  union all
  -- twice as many is another file
  select u.id, 'too_many_rows', case when u.row_count > 2 * 200::bigint then 'error' else 'warning' end,
    pg_catalog.format('%s rows; at most 200 expected', u.row_count), null, null
  from unit as u
  where u.row_count > 200
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
  join greenroom_exams.lost_components(array(select o.id from unit as o)) as gone on gone.unit_id = u.id
  where gone.lost * 5 > p.row_count
$$;
comment on function greenroom_exams.check_components(bigint[]) is 'Findings on units of components; no rows is a pass.';

-- Whose id is it? Every entering row of components gets its identity before anything is compared.
create function greenroom_exams.resolve_components(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.resolved_components;
  -- same key; else a retired row whose key came back; else new
  create temporary table resolved_components on commit drop as
  with standing as (
    select distinct on (e.root_id, row(p.component_code::text)::text) p.id, e.root_id, row(p.component_code::text)::text as row_text
    from pg_temp.entering as e
    join "public".exam_components as p on p.exam_board_subject_id = e.root_id
    where e.dataset = 'components'
    order by e.root_id, row(p.component_code::text)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  )
  select
    coalesce(s.id, pg_catalog.gen_random_uuid()) as id,
    e.root_id::uuid as exam_board_subject_id,
    b.component_code::text as component_code,
    b.name::text as name,
    b.examined::boolean as examined,
    b.assessment::text as assessment,
    b.tier::text as tier,
    b.study_level::text as study_level,
    b.marks::integer as marks,
    b.duration_minutes::integer as duration_minutes,
    b.weight_percent::numeric(5,2) as weight_percent
  from pg_temp.entering as e
  join greenroom.batch_components as b on b.unit_id = e.unit_id
  left join standing as s on s.root_id = e.root_id and s.row_text = row(b.component_code::text)::text
  where e.dataset = 'components';
  analyze pg_temp.resolved_components (id);
end
$$;
comment on function greenroom_exams.resolve_components(integer) is 'Gives every entering row of components its identity (pg_temp.resolved_components).';

-- The plan: what differs between resolved and production, on identity, source columns only.
create function greenroom_exams.diff_components()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_components();
  insert into pg_temp.plan_components (op, id, exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
  select
    case when p.id is null then 'insert' else 'update' end,
r.id, r.exam_board_subject_id, r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent
  from pg_temp.resolved_components as r
  left join "public".exam_components as p on p.id = r.id
  where p.id is null
    or p.retired_at is not null
    or (p.exam_board_subject_id, p.component_code, p.name, p.examined, p.assessment, p.tier, p.study_level, p.marks, p.duration_minutes, p.weight_percent)
      is distinct from (r.exam_board_subject_id, r.component_code, r.name, r.examined, r.assessment, r.tier, r.study_level, r.marks, r.duration_minutes, r.weight_percent);
  insert into pg_temp.plan_components (op, id, exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent)
  select
    'retire',
p.id, p.exam_board_subject_id, p.component_code, p.name, p.examined, p.assessment, p.tier, p.study_level, p.marks, p.duration_minutes, p.weight_percent
  from pg_temp.entering as t
  join "public".exam_components as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'components'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_components as r where p.id = r.id);
  analyze pg_temp.plan_components (op, id, exam_board_subject_id);
end
$$;
comment on function greenroom_exams.diff_components() is 'Writes pg_temp.plan_components: exactly what a promotion would do.';

create function greenroom_exams.open_plan_components()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_components;
  create temporary table plan_components (
    op text,
    id uuid,
    exam_board_subject_id uuid,
    component_code text,
    name text,
    examined boolean,
    assessment text,
    tier text,
    study_level text,
    marks integer,
    duration_minutes integer,
    weight_percent numeric(5,2),
    retired_at timestamptz,
    stamp_created_at timestamptz,
    stamp_release_id bigint
  ) on commit drop;
end
$$;
comment on function greenroom_exams.open_plan_components() is 'An empty typed plan for components.';

-- The changes of the plan in words a person reads, with the row before and after.
create function greenroom_exams.changes_components()
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
    pg_catalog.concat_ws(' ', pl.component_code, pl.name),
    case when pl.op <> 'insert' then (select pg_catalog.to_jsonb(x) from (select p.component_code, p.name, p.examined, p.assessment, p.tier, p.study_level, p.marks, p.duration_minutes, p.weight_percent) as x) end,
    case when pl.op <> 'retire' then (select pg_catalog.to_jsonb(x) from (select pl.component_code, pl.name, pl.examined, pl.assessment, pl.tier, pl.study_level, pl.marks, pl.duration_minutes, pl.weight_percent) as x) end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.name is distinct from pl.name then 'name' end,
      case when p.examined is distinct from pl.examined then 'examined' end,
      case when p.assessment is distinct from pl.assessment then 'assessment' end,
      case when p.tier is distinct from pl.tier then 'tier' end,
      case when p.study_level is distinct from pl.study_level then 'study_level' end,
      case when p.marks is distinct from pl.marks then 'marks' end,
      case when p.duration_minutes is distinct from pl.duration_minutes then 'duration_minutes' end,
      case when p.weight_percent is distinct from pl.weight_percent then 'weight_percent' end
    ], null) end
  from pg_temp.plan_components as pl
  left join "public".exam_components as p on p.id = pl.id
  ;
end
$$;
comment on function greenroom_exams.changes_components() is 'The plan of components as before and after.';

-- The only writer of "public".exam_components: before-images, park, upsert, retire.
create function greenroom_exams.remember_components(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, 'components', array[p.id::text], pg_catalog.to_jsonb(p)
  from pg_temp.plan_components as pl
  join "public".exam_components as p on p.id = pl.id
  where pl.op in ('update', 'retire')
  order by p.id;
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, 'components', array[pl.id::text], 'null'
  from pg_temp.plan_components as pl
  where pl.op = 'restore';
end
$$;
comment on function greenroom_exams.remember_components(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function greenroom_exams.upsert_components(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- park: going back, a key that another row of the plan takes must be free at every moment
  if exists (select from pg_temp.plan_components as pl where pl.op <> 'retire' and pl.stamp_created_at is not null) then
    update "public".exam_components as p
    set retired_at = pg_catalog.now()
    from pg_temp.plan_components as mine
    where p.id = mine.id
      and p.retired_at is null
      and (
        mine.op = 'retire'
        or mine.op = 'update'
          and (mine.component_code)
            is distinct from (p.component_code)
      );
  end if;

  insert into "public".exam_components (id, exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent, retired_at, created_at, updated_at, release_id)
  select
pl.id, pl.exam_board_subject_id, pl.component_code, pl.name, pl.examined, pl.assessment, pl.tier, pl.study_level, pl.marks, pl.duration_minutes, pl.weight_percent,
    case when pl.op = 'restore' then pl.retired_at else null end,
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_components as pl
  where pl.op in ('insert', 'restore');

  update "public".exam_components as p
  set
    exam_board_subject_id = pl.exam_board_subject_id,
    component_code = pl.component_code,
    name = pl.name,
    examined = pl.examined,
    assessment = pl.assessment,
    tier = pl.tier,
    study_level = pl.study_level,
    marks = pl.marks,
    duration_minutes = pl.duration_minutes,
    weight_percent = pl.weight_percent,
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_components as pl
  where pl.op = 'update'
    and p.id = pl.id;
end
$$;
comment on function greenroom_exams.upsert_components(bigint) is 'Inserts and updates the plan''s rows of components.';

create function greenroom_exams.retire_components(p_release bigint)
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
  if not exists (select from pg_temp.plan_components as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_components;
  create temporary table leaving_components on commit drop as
  select pl.id, false as kept
  from pg_temp.plan_components as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_components;

  -- nobody may begin to point at a row while we look who does
  perform 1
  from "public".exam_components as p
  join pg_temp.leaving_components as l on p.id = l.id
  order by p.id
  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('"public".exam_components'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_components as l set kept = true where not l.kept and exists (select from "public".exam_components as t join %s as r on %s where t.id = l.id)',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_components as l set kept = true;
    end if;
  end loop;

  delete from "public".exam_components as p
  using pg_temp.leaving_components as l
  where p.id = l.id
    and not l.kept;
  get diagnostics deleted = row_count;

  update "public".exam_components as p
  set
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_components as l
  join pg_temp.plan_components as pl on l.id = pl.id
  where p.id = l.id
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function greenroom_exams.retire_components(bigint) is 'Deletes what nothing points at, retires the rest.';

-- "public".exam_components as it will stand once the prepared releases land.
create view preview.exam_components as
select
  p.id,
  p.exam_board_subject_id,
  p.component_code,
  p.name,
  p.examined,
  p.assessment,
  p.tier,
  p.study_level,
  p.marks,
  p.duration_minutes,
  p.weight_percent,
  p.retired_at,
  p.created_at,
  p.updated_at,
  p.release_id
from "public".exam_components as p
where not exists (
  select
  from greenroom.prepared_components as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where p.id = f.id
)
union all
select
  f.id,
  f.exam_board_subject_id,
  f.component_code,
  f.name,
  f.examined,
  f.assessment,
  f.tier,
  f.study_level,
  f.marks,
  f.duration_minutes,
  f.weight_percent,
  null::timestamptz,
  coalesce(p.created_at, r.made_at),
  r.made_at,
  f.release_id
from greenroom.prepared_components as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join "public".exam_components as p on p.id = f.id
where f.op <> 'retire';
comment on view preview.exam_components is 'exam_components as it will be once prepared releases land.';

-- Source columns of "public".exam_components changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of exam_board_subject_id, component_code, name, examined, assessment, tier, study_level, marks, duration_minutes, weight_percent, retired_at
on "public".exam_components
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and (old.exam_board_subject_id, old.component_code, old.name, old.examined, old.assessment, old.tier, old.study_level, old.marks, old.duration_minutes, old.weight_percent, old.retired_at) is distinct from (new.exam_board_subject_id, new.component_code, new.name, new.examined, new.assessment, new.tier, new.study_level, new.marks, new.duration_minutes, new.weight_percent, new.retired_at)
)
execute function greenroom.note_drift('exams', 'components', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_insert
after insert on "public".exam_components
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'components', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_delete
after delete on "public".exam_components
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'components', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_no_truncate
before truncate on "public".exam_components
for each statement
execute function greenroom.refuse_truncate();
