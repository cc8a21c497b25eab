-- Sealed rows of option_groups: immutable, logged, typed; and the frozen plan of a prepared release.
create table if not exists greenroom.batch_option_groups (
  unit_id bigint not null,
  row_no integer not null,
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
  group_code text,
  name text,
  choose_least integer,
  choose_most integer,
  component_code text,
  note text,
  primary key (unit_id, row_no)
);
comment on table greenroom.batch_option_groups is 'Sealed rows of option_groups; unit_id is greenroom.unit.id (no foreign key: units are never deleted).';

create table if not exists greenroom.prepared_option_groups (
  release_id bigint not null,
  op text,
  id uuid,
  exam_board_subject_id uuid,
  group_code text,
  name text,
  choose_least integer,
  choose_most integer,
  component_code text,
  note text,
  retired_at timestamptz,
  stamp_created_at timestamptz,
  stamp_release_id bigint,
  primary key (release_id, id)
);
comment on table greenroom.prepared_option_groups is 'Resolved, frozen changes of prepared releases to "public".exam_option_groups.';

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_option_groups(p_units bigint[])
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
  join "public".exam_option_groups as p on p.exam_board_subject_id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'option_groups'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom.batch_option_groups as b
      where b.unit_id = u.id
        and row(b.group_code::text)::text = row(p.group_code::text)::text
    )
  group by u.id
$$;
comment on function greenroom_exams.lost_option_groups(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function greenroom_exams.digest_option_groups()
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
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where p.id is not null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.group_code::text, p.name::text, p.choose_least::integer, p.choose_most::integer, p.component_code::text, p.note::text), 0), 0)) filter (where p.id is not null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.group_code::text, p.name::text, p.choose_least::integer, p.choose_most::integer, p.component_code::text, p.note::text), 1), 1)) filter (where p.id is not null), 0))
  from pg_temp.touched as t
  left join "public".exam_option_groups as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
  where t.dataset = 'option_groups'
  group by t.key;
end
$$;
comment on function greenroom_exams.digest_option_groups() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function greenroom_exams.unmet_option_groups()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('option_groups %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.group_code, b.name, b.choose_least, b.choose_most, b.component_code, b.note
      from pg_temp.touched as t
      join greenroom.batch_option_groups as b on b.unit_id = t.unit_id
      where t.dataset = 'option_groups'
        and not t.complete
      except
      select t.key, p.group_code::text, p.name::text, p.choose_least::integer, p.choose_most::integer, p.component_code::text, p.note::text
      from pg_temp.touched as t
      join "public".exam_option_groups as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
      where t.dataset = 'option_groups'
        and not t.complete
    ) as m
  );
end
$$;
comment on function greenroom_exams.unmet_option_groups() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';

-- option_groups: what a unit answers badly. Pure; no rows is a pass.
create function greenroom_exams.check_option_groups(p_units bigint[])
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
      and u.dataset = 'option_groups'
  ), batch as not materialized (
    select b.*
    from greenroom.batch_option_groups as b
    where b.unit_id in (select u.id from unit as u)
  )
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', pg_catalog.concat_ws(' ', b.group_code), pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id, b.group_code
    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id, b.group_code
    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id and twice.group_code is not distinct from b.group_code
  group by b.unit_id, b.group_code
  union all
  select b.unit_id, 'missing_group_code', 'error',
    pg_catalog.format('group_code is empty for %s', pg_catalog.concat_ws(' ', b.group_code)),
    b.row_key, b.position
  from batch as b
  where b.group_code is null
  union all
  select b.unit_id, 'missing_name', 'error',
    pg_catalog.format('name is empty for %s', pg_catalog.concat_ws(' ', b.group_code)),
    b.row_key, b.position
  from batch as b
  where b.name is null
  union all
  select b.unit_id, 'missing_choose_least', 'error',
    pg_catalog.format('choose_least is empty for %s', pg_catalog.concat_ws(' ', b.group_code)),
    b.row_key, b.position
  from batch as b
  where b.choose_least is null
  union all
  select b.unit_id, 'missing_choose_most', 'error',
    pg_catalog.format('choose_most is empty for %s', pg_catalog.concat_ws(' ', b.group_code)),
    b.row_key, b.position
  from batch as b
  where b.choose_most is null
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('group_code of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.group_code), pg_catalog.left(b.group_code, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.group_code)::text) <> pg_catalog.length(b.group_code) + 2
    and b.group_code ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('name of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.group_code), pg_catalog.left(b.name, 80)),
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
  join greenroom_exams.lost_option_groups(array(select o.id from unit as o)) as gone on gone.unit_id = u.id
  where gone.lost * 5 > p.row_count
  union all
  select c.unit_id, 'too_few_options', c.severity, c.message, c.row_key, c.position
  from (
-- Choices of more topics than name the group.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s: %s may be chosen of %s options', b.group_code, b.choose_most, coalesce(o.options, 0)) as message,
  b.row_key,
  b.position
from unit as u
join batch as b on b.unit_id = u.id
left join lateral (
  select pg_catalog.count(*) as options
  from greenroom_exams.topics_of(u.scope_id, u.key) as t
  where t.option_group = b.group_code
) as o on true
where coalesce(o.options, 0) < b.choose_most
  ) as c
$$;
comment on function greenroom_exams.check_option_groups(bigint[]) is 'Findings on units of option_groups; no rows is a pass.';

-- Whose id is it? Every entering row of option_groups gets its identity before anything is compared.
create function greenroom_exams.resolve_option_groups(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.resolved_option_groups;
  -- same key; else a retired row whose key came back; else new
  create temporary table resolved_option_groups on commit drop as
  with standing as (
    select distinct on (e.root_id, row(p.group_code::text)::text) p.id, e.root_id, row(p.group_code::text)::text as row_text
    from pg_temp.entering as e
    join "public".exam_option_groups as p on p.exam_board_subject_id = e.root_id
    where e.dataset = 'option_groups'
    order by e.root_id, row(p.group_code::text)::text, (p.retired_at is null) desc, p.retired_at desc, p.id
  )
  select
    coalesce(s.id, pg_catalog.gen_random_uuid()) as id,
    e.root_id::uuid as exam_board_subject_id,
    b.group_code::text as group_code,
    b.name::text as name,
    b.choose_least::integer as choose_least,
    b.choose_most::integer as choose_most,
    b.component_code::text as component_code,
    b.note::text as note
  from pg_temp.entering as e
  join greenroom.batch_option_groups as b on b.unit_id = e.unit_id
  left join standing as s on s.root_id = e.root_id and s.row_text = row(b.group_code::text)::text
  where e.dataset = 'option_groups';
  analyze pg_temp.resolved_option_groups (id);
end
$$;
comment on function greenroom_exams.resolve_option_groups(integer) is 'Gives every entering row of option_groups its identity (pg_temp.resolved_option_groups).';

-- The plan: what differs between resolved and production, on identity, source columns only.
create function greenroom_exams.diff_option_groups()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_option_groups();
  insert into pg_temp.plan_option_groups (op, id, exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note)
  select
    case when p.id is null then 'insert' else 'update' end,
r.id, r.exam_board_subject_id, r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note
  from pg_temp.resolved_option_groups as r
  left join "public".exam_option_groups as p on p.id = r.id
  where p.id is null
    or p.retired_at is not null
    or (p.exam_board_subject_id, p.group_code, p.name, p.choose_least, p.choose_most, p.component_code, p.note)
      is distinct from (r.exam_board_subject_id, r.group_code, r.name, r.choose_least, r.choose_most, r.component_code, r.note);
  insert into pg_temp.plan_option_groups (op, id, exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note)
  select
    'retire',
p.id, p.exam_board_subject_id, p.group_code, p.name, p.choose_least, p.choose_most, p.component_code, p.note
  from pg_temp.entering as t
  join "public".exam_option_groups as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'option_groups'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_option_groups as r where p.id = r.id);
  analyze pg_temp.plan_option_groups (op, id, exam_board_subject_id);
end
$$;
comment on function greenroom_exams.diff_option_groups() is 'Writes pg_temp.plan_option_groups: exactly what a promotion would do.';

create function greenroom_exams.open_plan_option_groups()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_option_groups;
  create temporary table plan_option_groups (
    op text,
    id uuid,
    exam_board_subject_id uuid,
    group_code text,
    name text,
    choose_least integer,
    choose_most integer,
    component_code text,
    note text,
    retired_at timestamptz,
    stamp_created_at timestamptz,
    stamp_release_id bigint
  ) on commit drop;
end
$$;
comment on function greenroom_exams.open_plan_option_groups() is 'An empty typed plan for option_groups.';

-- The changes of the plan in words a person reads, with the row before and after.
create function greenroom_exams.changes_option_groups()
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
    pg_catalog.concat_ws(' ', pl.group_code, pl.name),
    case when pl.op <> 'insert' then (select pg_catalog.to_jsonb(x) from (select p.group_code, p.name, p.choose_least, p.choose_most, p.component_code, p.note) as x) end,
    case when pl.op <> 'retire' then (select pg_catalog.to_jsonb(x) from (select pl.group_code, pl.name, pl.choose_least, pl.choose_most, pl.component_code, pl.note) as x) end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.group_code is distinct from pl.group_code then 'group_code' end,
      case when p.name is distinct from pl.name then 'name' end,
      case when p.choose_least is distinct from pl.choose_least then 'choose_least' end,
      case when p.choose_most is distinct from pl.choose_most then 'choose_most' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.note is distinct from pl.note then 'note' end
    ], null) end
  from pg_temp.plan_option_groups as pl
  left join "public".exam_option_groups as p on p.id = pl.id
  ;
end
$$;
comment on function greenroom_exams.changes_option_groups() is 'The plan of option_groups as before and after.';

-- The only writer of "public".exam_option_groups: before-images, park, upsert, retire.
create function greenroom_exams.remember_option_groups(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, 'option_groups', array[p.id::text], pg_catalog.to_jsonb(p)
  from pg_temp.plan_option_groups as pl
  join "public".exam_option_groups as p on p.id = pl.id
  where pl.op in ('update', 'retire')
  order by p.id;
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, 'option_groups', array[pl.id::text], 'null'
  from pg_temp.plan_option_groups as pl
  where pl.op = 'restore';
end
$$;
comment on function greenroom_exams.remember_option_groups(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function greenroom_exams.upsert_option_groups(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- park: going back, a key that another row of the plan takes must be free at every moment
  if exists (select from pg_temp.plan_option_groups as pl where pl.op <> 'retire' and pl.stamp_created_at is not null) then
    update "public".exam_option_groups as p
    set retired_at = pg_catalog.now()
    from pg_temp.plan_option_groups as mine
    where p.id = mine.id
      and p.retired_at is null
      and (
        mine.op = 'retire'
        or mine.op = 'update'
          and (mine.group_code)
            is distinct from (p.group_code)
      );
  end if;

  insert into "public".exam_option_groups (id, exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note, retired_at, created_at, updated_at, release_id)
  select
pl.id, pl.exam_board_subject_id, pl.group_code, pl.name, pl.choose_least, pl.choose_most, pl.component_code, pl.note,
    case when pl.op = 'restore' then pl.retired_at else null end,
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_option_groups as pl
  where pl.op in ('insert', 'restore');

  update "public".exam_option_groups as p
  set
    exam_board_subject_id = pl.exam_board_subject_id,
    group_code = pl.group_code,
    name = pl.name,
    choose_least = pl.choose_least,
    choose_most = pl.choose_most,
    component_code = pl.component_code,
    note = pl.note,
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_option_groups as pl
  where pl.op = 'update'
    and p.id = pl.id;
end
$$;
comment on function greenroom_exams.upsert_option_groups(bigint) is 'Inserts and updates the plan''s rows of option_groups.';

create function greenroom_exams.retire_option_groups(p_release bigint)
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
  if not exists (select from pg_temp.plan_option_groups as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_option_groups;
  create temporary table leaving_option_groups on commit drop as
  select pl.id, false as kept
  from pg_temp.plan_option_groups as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_option_groups;

  -- nobody may begin to point at a row while we look who does
  perform 1
  from "public".exam_option_groups as p
  join pg_temp.leaving_option_groups as l on p.id = l.id
  order by p.id
  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('"public".exam_option_groups'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_option_groups as l set kept = true where not l.kept and exists (select from "public".exam_option_groups as t join %s as r on %s where t.id = l.id)',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_option_groups as l set kept = true;
    end if;
  end loop;

  delete from "public".exam_option_groups as p
  using pg_temp.leaving_option_groups as l
  where p.id = l.id
    and not l.kept;
  get diagnostics deleted = row_count;

  update "public".exam_option_groups as p
  set
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_option_groups as l
  join pg_temp.plan_option_groups as pl on l.id = pl.id
  where p.id = l.id
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function greenroom_exams.retire_option_groups(bigint) is 'Deletes what nothing points at, retires the rest.';

-- "public".exam_option_groups as it will stand once the prepared releases land.
create view preview.exam_option_groups as
select
  p.id,
  p.exam_board_subject_id,
  p.group_code,
  p.name,
  p.choose_least,
  p.choose_most,
  p.component_code,
  p.note,
  p.retired_at,
  p.created_at,
  p.updated_at,
  p.release_id
from "public".exam_option_groups as p
where not exists (
  select
  from greenroom.prepared_option_groups as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where p.id = f.id
)
union all
select
  f.id,
  f.exam_board_subject_id,
  f.group_code,
  f.name,
  f.choose_least,
  f.choose_most,
  f.component_code,
  f.note,
  null::timestamptz,
  coalesce(p.created_at, r.made_at),
  r.made_at,
  f.release_id
from greenroom.prepared_option_groups as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join "public".exam_option_groups as p on p.id = f.id
where f.op <> 'retire';
comment on view preview.exam_option_groups is 'exam_option_groups as it will be once prepared releases land.';

-- Source columns of "public".exam_option_groups changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of exam_board_subject_id, group_code, name, choose_least, choose_most, component_code, note, retired_at
on "public".exam_option_groups
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and (old.exam_board_subject_id, old.group_code, old.name, old.choose_least, old.choose_most, old.component_code, old.note, old.retired_at) is distinct from (new.exam_board_subject_id, new.group_code, new.name, new.choose_least, new.choose_most, new.component_code, new.note, new.retired_at)
)
execute function greenroom.note_drift('exams', 'option_groups', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_insert
after insert on "public".exam_option_groups
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'option_groups', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_delete
after delete on "public".exam_option_groups
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'option_groups', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_no_truncate
before truncate on "public".exam_option_groups
for each statement
execute function greenroom.refuse_truncate();
