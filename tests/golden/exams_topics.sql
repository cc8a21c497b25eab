-- Sealed rows of topics: immutable, logged, typed; and the frozen plan of a prepared release.
create table if not exists greenroom.batch_topics (
  unit_id bigint not null,
  row_no integer not null,
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
  topic_code text,
  parent_code text,
  topic_name text,
  topic_level integer,
  sort_order integer,
  description text,
  component_code text,
  chronological_period text,
  period_start_year integer,
  period_end_year integer,
  geographical_region text,
  key_themes jsonb,
  examined boolean,
  tier text,
  study_level text,
  language text,
  option_group text,
  primary key (unit_id, row_no)
);
comment on table greenroom.batch_topics is 'Sealed rows of topics; unit_id is greenroom.unit.id (no foreign key: units are never deleted).';

create table if not exists greenroom.edited_topics (
  unit_id bigint not null,
  row_no integer not null,
  is_gone boolean not null default false,
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
  topic_code text,
  parent_code text,
  topic_name text,
  topic_level integer,
  sort_order integer,
  description text,
  component_code text,
  chronological_period text,
  period_start_year integer,
  period_end_year integer,
  geographical_region text,
  key_themes jsonb,
  examined boolean,
  tier text,
  study_level text,
  language text,
  option_group text,
  primary key (unit_id, row_no)
);
comment on table greenroom.edited_topics is 'Rows of batch_topics that edits change, as they stand then, and rows that edits add (below zero).';

create table if not exists greenroom.prepared_topics (
  release_id bigint not null,
  op text,
  id uuid,
  exam_board_subject_id uuid,
  parent_topic_id uuid,
  topic_code text,
  topic_name text,
  topic_level integer,
  sort_order integer,
  description text,
  component_code text,
  chronological_period text,
  period_start_year integer,
  period_end_year integer,
  geographical_region text,
  key_themes jsonb,
  examined boolean,
  tier text,
  study_level text,
  language text,
  option_group text,
  retired_at timestamptz,
  stamp_created_at timestamptz,
  stamp_release_id bigint,
  primary key (release_id, id)
);
comment on table greenroom.prepared_topics is 'Resolved, frozen changes of prepared releases to "public".curriculum_topics.';

-- Effective rows of topics: what was sealed, with the edits in force. What checks, resolve, diff and apply read.
create view greenroom_exams.effective_topics as
select
  b.unit_id,
  b.row_no,
  b.row_key,
  b.parent_row_key,
  b.position,
  b.derived,
  b.topic_code,
  b.parent_code,
  b.topic_name,
  b.topic_level,
  b.sort_order,
  b.description,
  b.component_code,
  b.chronological_period,
  b.period_start_year,
  b.period_end_year,
  b.geographical_region,
  b.key_themes,
  b.examined,
  b.tier,
  b.study_level,
  b.language,
  b.option_group
from greenroom.batch_topics as b
where not exists (
  select
  from greenroom.edited_topics as e
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
  e.topic_code,
  e.parent_code,
  e.topic_name,
  e.topic_level,
  e.sort_order,
  e.description,
  e.component_code,
  e.chronological_period,
  e.period_start_year,
  e.period_end_year,
  e.geographical_region,
  e.key_themes,
  e.examined,
  e.tier,
  e.study_level,
  e.language,
  e.option_group
from greenroom.edited_topics as e
where not e.is_gone;
comment on view greenroom_exams.effective_topics is 'Sealed rows of topics as they stand after edits.';

-- Every row of the units that a walk from the roots reaches, with its depth (1 = a root).
create function greenroom_exams.walk_topics(p_units bigint[])
returns table (unit_id bigint, row_no integer, depth integer)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with recursive walked as (
    select b.unit_id, b.row_no, b.row_key, 1 as depth
    from greenroom_exams.effective_topics as b
    where b.unit_id = any (p_units)
      and (
        b.parent_row_key is null
        or not exists (
          select from greenroom_exams.effective_topics as p
          where p.unit_id = b.unit_id
            and p.unit_id = any (p_units)
            and p.row_key = b.parent_row_key
        )
      )
    union all
    select b.unit_id, b.row_no, b.row_key, w.depth + 1
    from walked as w
    join greenroom_exams.effective_topics as b on b.unit_id = w.unit_id and b.parent_row_key = w.row_key
    where w.depth < 50
      and b.unit_id = any (p_units)
  )
  select w.unit_id, w.row_no, w.depth
  from walked as w
$$;
comment on function greenroom_exams.walk_topics(bigint[]) is 'Rows reached from the roots of each unit''s tree, with depth.';

-- How many published rows of its key each complete unit no longer holds.
create function greenroom_exams.lost_topics(p_units bigint[])
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
  join "public".curriculum_topics as p on p.exam_board_subject_id = o.root_id
  where u.id in (select pg_catalog.unnest(p_units))
    and u.dataset = 'topics'
    and u.complete
    and o.hash <> u.hash
    and p.retired_at is null
    and not exists (
      select from greenroom_exams.effective_topics as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and b.topic_code = p.topic_code
    )
    -- corrected rows go by their id
    and not exists (
      select
      from greenroom.lineage as l
      join greenroom_exams.effective_topics as b on b.unit_id = l.unit_id and b.row_no = l.row_no
      where l.unit_id = u.id
        and b.unit_id = any (p_units)
        and l.id = p.id
    )
    and not exists (
      select from greenroom_exams.effective_topics as b
      where b.unit_id = u.id
        and b.unit_id = any (p_units)
        and b.topic_name = p.topic_name
    )
  group by u.id
$$;
comment on function greenroom_exams.lost_topics(bigint[]) is 'Published rows that complete units no longer hold, by key or by name.';

-- What production holds of the touched units, in natural form: count and hash.
create function greenroom_exams.digest_topics()
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
    pg_catalog.concat_ws(':', pg_catalog.count(*) filter (where p.id is not null), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.topic_code::text, parent.topic_code, p.topic_name::text, p.topic_level::integer, p.sort_order::integer, p.description::text, p.component_code::text, p.chronological_period::text, p.period_start_year::integer, p.period_end_year::integer, p.geographical_region::text, p.key_themes::jsonb), 0) # case when pg_catalog.num_nonnulls(p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text) = 0 then 0 else pg_catalog.hash_record_extended(row(p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text), 2) end, 0)) filter (where p.id is not null), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(p.topic_code::text, parent.topic_code, p.topic_name::text, p.topic_level::integer, p.sort_order::integer, p.description::text, p.component_code::text, p.chronological_period::text, p.period_start_year::integer, p.period_end_year::integer, p.geographical_region::text, p.key_themes::jsonb), 1) # case when pg_catalog.num_nonnulls(p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text) = 0 then 0 else pg_catalog.hash_record_extended(row(p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text), 3) end, 1)) filter (where p.id is not null), 0))
  from pg_temp.touched as t
  left join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
  left join "public".curriculum_topics as parent on parent.id = p.parent_topic_id
  where t.dataset = 'topics'
  group by t.key;
end
$$;
comment on function greenroom_exams.digest_topics() is 'Count and hash of what production holds of the units in pg_temp.touched.';

-- A part has no hash to compare: each of its rows must stand in production as it was sealed.
create function greenroom_exams.unmet_topics()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_units bigint[] := array(select t.unit_id from pg_temp.touched as t where t.dataset = 'topics');
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('topics %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group
      from pg_temp.touched as t
      join greenroom_exams.effective_topics as b on b.unit_id = t.unit_id and b.unit_id = any (v_units)
      where t.dataset = 'topics'
        and not t.complete
      except
      select t.key, p.topic_code::text, parent.topic_code, p.topic_name::text, p.topic_level::integer, p.sort_order::integer, p.description::text, p.component_code::text, p.chronological_period::text, p.period_start_year::integer, p.period_end_year::integer, p.geographical_region::text, p.key_themes::jsonb, p.examined::boolean, p.tier::text, p.study_level::text, p.language::text, p.option_group::text
      from pg_temp.touched as t
      join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
      left join "public".curriculum_topics as parent on parent.id = p.parent_topic_id
      where t.dataset = 'topics'
        and not t.complete
    ) as m
  );
end
$$;
comment on function greenroom_exams.unmet_topics() is 'Incomplete units in pg_temp.touched of which a row is not in production as sealed.';

-- topics: what a unit answers badly. Pure; no rows is a pass.
create function greenroom_exams.check_topics(p_units bigint[])
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
      and u.dataset = 'topics'
  ), batch as not materialized (
    select b.*
    from greenroom_exams.effective_topics as b
    -- by number, not by join: only so does nobody read the batches of all times
    where b.unit_id = any (p_units)
  )
  , tree as materialized (
    select
      b.unit_id,
      b.row_no,
      b.row_key,
      b.position,
      b.topic_code as code,
      b.parent_row_key,
      b.topic_level as level,
      b.topic_name as name,
      p.row_key is not null as has_parent,
      p.topic_code as parent_code,
      p.topic_level as parent_level
    from batch as b
    left join batch as p on p.unit_id = b.unit_id and p.row_key = b.parent_row_key
  ), shape as materialized (
    -- where each row is one level under its parent and all roots are level, levels tell the depth and no row can be its own ancestor
    select
      t.unit_id,
      pg_catalog.bool_and(coalesce(case when t.parent_row_key is null then t.level is not null else t.level = t.parent_level + 1 end, false))
        and pg_catalog.min(t.level) filter (where t.parent_row_key is null) = pg_catalog.max(t.level) filter (where t.parent_row_key is null) as is_plain,
      pg_catalog.max(t.level) - pg_catalog.min(t.level) + 1 as depth
    from tree as t
    group by t.unit_id
  ), walked as materialized (
    select * from greenroom_exams.walk_topics(array(select h.unit_id from shape as h where h.is_plain is not true))
  )
  -- the same key twice
  select b.unit_id, 'duplicate_key', 'error',
    pg_catalog.format('%s stands %s times in this unit', pg_catalog.concat_ws(' ', b.topic_code), pg_catalog.count(*)),
    pg_catalog.min(b.row_key),
    pg_catalog.left(pg_catalog.string_agg(b.position, ' · ' order by b.row_no), 200)
  from batch as b
  join (
    select b.unit_id, b.topic_code
    from batch as b
    -- where the seal has seen that none does, nobody looks again: a batch does not change
    where exists (select from unit as u where not u.keys_are_unique)
    group by b.unit_id, b.topic_code
    having pg_catalog.count(*) > 1
  ) as twice on twice.unit_id = b.unit_id and twice.topic_code is not distinct from b.topic_code
  group by b.unit_id, b.topic_code
  union all
  select b.unit_id, 'missing_topic_code', 'error',
    pg_catalog.format('topic_code is empty for %s', pg_catalog.concat_ws(' ', b.topic_code)),
    b.row_key, b.position
  from batch as b
  where b.topic_code is null
  union all
  select b.unit_id, 'missing_topic_name', 'error',
    pg_catalog.format('topic_name is empty for %s', pg_catalog.concat_ws(' ', b.topic_code)),
    b.row_key, b.position
  from batch as b
  where b.topic_name is null
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('topic_code of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.topic_code), pg_catalog.left(b.topic_code, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.topic_code)::text) <> pg_catalog.length(b.topic_code) + 2
    and b.topic_code ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select b.unit_id, 'damaged_text', 'warning',
    pg_catalog.format('topic_name of %s holds damaged characters: %s', pg_catalog.concat_ws(' ', b.topic_code), pg_catalog.left(b.topic_name, 80)),
    b.row_key, b.position
  from batch as b
  -- plain ASCII is told at a glance: as JSON it is two quotes longer, and no more
  where pg_catalog.octet_length(pg_catalog.to_json(b.topic_name)::text) <> pg_catalog.length(b.topic_name) + 2
    and b.topic_name ~ U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'
  union all
  select t.unit_id, 'orphan', 'error',
    pg_catalog.format('%s %s names a parent that is not in its subject', t.code, pg_catalog.left(t.name, 60)),
    t.row_key, t.position
  from tree as t
  where t.parent_row_key is not null
    and not t.has_parent
  union all
  select t.unit_id, 'cycle', 'error',
    pg_catalog.format('%s %s is its own ancestor', t.code, pg_catalog.left(t.name, 60)),
    t.row_key, t.position
  from tree as t
  where t.parent_row_key is not null
    and exists (select from shape as h where h.unit_id = t.unit_id and h.is_plain is not true)
    and not exists (
      select from walked as w
      where w.unit_id = t.unit_id
        and w.row_no = t.row_no
    )
  union all
  select t.unit_id, 'missing_level', 'error',
    pg_catalog.format('%s %s has no level', t.code, pg_catalog.left(t.name, 60)),
    t.row_key, t.position
  from tree as t
  where t.level is null
  union all
  select t.unit_id, 'level_jump', 'warning',
    pg_catalog.format('%s is at level %s under %s at level %s', t.code, t.level, t.parent_code, t.parent_level),
    t.row_key, t.position
  from tree as t
  where t.level <> t.parent_level + 1
  union all
  select w.unit_id, 'depth', 'warning',
    pg_catalog.format('the tree is %s deep; expected 1 to 6', w.depth),
    null, null
  from (
    select h.unit_id, h.depth from shape as h where h.is_plain
    union all
    select w.unit_id, pg_catalog.max(w.depth) from walked as w group by w.unit_id
  ) as w
  where w.depth not between 1 and 6
  union all
  select u.id, 'too_few_rows', 'error',
    pg_catalog.format('%s rows; at least 1 expected', u.row_count), null, null
  from unit as u
  where u.row_count < 1
  union all
  -- twice as many is another file
  select u.id, 'too_many_rows', case when u.row_count > 2 * 2000::bigint then 'error' else 'warning' end,
    pg_catalog.format('%s rows; at most 2000 expected', u.row_count), null, null
  from unit as u
  where u.row_count > 2000
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
  join greenroom_exams.lost_topics(array(select o.id from unit as o)) as gone on gone.unit_id = u.id
  where gone.lost * 5 > p.row_count
  union all
  select c.unit_id, 'unknown_option_group', c.severity, c.message, c.row_key, c.position
  from (
-- Topics that are options of a group the subject does not have.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s topics are options of %s, which is no group', pg_catalog.count(*), b.option_group) as message,
  pg_catalog.min(b.row_key) as row_key,
  pg_catalog.min(b.position) as position
from unit as u
join batch as b on b.unit_id = u.id
where b.option_group is not null
  and b.option_group not in (select g.group_code from greenroom_exams.option_groups_of(u.scope_id, u.key) as g)
group by b.unit_id, b.option_group
  ) as c
$$;
comment on function greenroom_exams.check_topics(bigint[]) is 'Findings on units of topics; no rows is a pass.';

-- Whose id is it? Every entering row of topics gets its identity before anything is compared.
create function greenroom_exams.resolve_topics(p_scope integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
declare
  v_units bigint[] := array(select e.unit_id from pg_temp.entering as e where e.dataset = 'topics');
  v_fresh boolean;
  v_search boolean := false;
  v_open bigint;
begin
  drop table if exists pg_temp.standing_topics, pg_temp.searching_topics, pg_temp.renamed_topics, pg_temp.resolving_topics, pg_temp.frontier_topics, pg_temp.resolved_topics;

  v_fresh := not exists (
    select
    from pg_temp.entering as e
    join "public".curriculum_topics as p on p.exam_board_subject_id = e.root_id
    where e.dataset = 'topics'
  );

  -- 1. a match somebody recorded; 2. same code and same name
  create temporary table resolving_topics on commit drop as
  with recorded as (
    select c.unit_key, c.new_key, p.id
    from greenroom.succession as c
    join pg_temp.entering as e on e.dataset = c.dataset and e.key = c.unit_key
    join "public".curriculum_topics as p on p.exam_board_subject_id = e.root_id and p.topic_code = c.old_key and p.retired_at is null
    where c.scope_id = p_scope
      and c.dataset = 'topics'
      and not v_fresh
  ), traced as (
    -- rows of a unit that people corrected go by their id, whatever they are called
    select l.unit_id, l.row_no, l.id
    from pg_temp.entering as e
    join greenroom.lineage as l on l.unit_id = e.unit_id and l.unit_id = any (v_units)
    where e.dataset = 'topics'
  )
  select
    b.unit_id,
    b.row_no,
    e.root_id,
    b.topic_code as code,
    b.parent_code as parent_code,
    b.topic_name as title,
    null::text as name,
    x.id is not null as is_traced,
    case
      when x.id is not null then x.id
      when v_fresh then pg_catalog.gen_random_uuid()
      when r.id is not null and r.id not in (select t.id from traced as t) then r.id
      when p.id not in (select k.id from recorded as k) and p.id not in (select t.id from traced as t) then p.id
    end as id
  from pg_temp.entering as e
  join greenroom_exams.effective_topics as b on b.unit_id = e.unit_id and b.unit_id = any (v_units)
  left join traced as x on x.unit_id = b.unit_id and x.row_no = b.row_no
  left join recorded as r on r.unit_key = e.key and r.new_key = b.topic_code
  left join "public".curriculum_topics as p
    on p.exam_board_subject_id = e.root_id
    and p.topic_code = b.topic_code
    and (p.topic_name = b.topic_name or greenroom.fold(p.topic_name) = greenroom.fold(b.topic_name))
    and p.retired_at is null
  where e.dataset = 'topics';
  analyze pg_temp.resolving_topics (unit_id, row_no, root_id, id);

  if not v_fresh then
    -- subjects in which somebody has to be found: a row without a match, or one whose parent is called otherwise;
    -- only there are names folded
    create temporary table searching_topics on commit drop as
    select distinct n.root_id
    from pg_temp.resolving_topics as n
    left join pg_temp.resolving_topics as new_parent on new_parent.unit_id = n.unit_id and new_parent.code = n.parent_code
    left join "public".curriculum_topics as p on p.id = n.id
    left join "public".curriculum_topics as old_parent on old_parent.id = p.parent_topic_id
    where n.id is null
      or (
        new_parent.title <> old_parent.topic_name
        and greenroom.fold(new_parent.title) <> greenroom.fold(old_parent.topic_name)
      );
    analyze pg_temp.searching_topics;
    v_search := exists (select from pg_temp.searching_topics);
  end if;
  if v_search then
    update pg_temp.resolving_topics as n
    set name = greenroom.fold(n.title)
    where n.root_id in (select o.root_id from pg_temp.searching_topics as o);
    analyze pg_temp.resolving_topics;
    create temporary table standing_topics on commit drop as
    select
      p.id,
      p.exam_board_subject_id as root_id,
      p.parent_topic_id as parent_id,
      p.topic_code as code,
      greenroom.fold(p.topic_name) as name,
      p.retired_at
    from "public".curriculum_topics as p
    where p.exam_board_subject_id in (select o.root_id from pg_temp.searching_topics as o);
    analyze pg_temp.standing_topics;

    -- a name that stands in several places ("Introduction") goes with its chapter, not with the code:
    -- under a parent that stood elsewhere in the old edition it is looked at again, from its parent
    update pg_temp.resolving_topics as n
    set id = null
    from pg_temp.standing_topics as s
    join pg_temp.standing_topics as old_parent on old_parent.id = s.parent_id,
      pg_temp.resolving_topics as new_parent
    where s.id = n.id
      and not n.is_traced
      and s.code = n.code
      and s.name = n.name
      and new_parent.unit_id = n.unit_id
      and new_parent.code = n.parent_code
      and new_parent.name <> old_parent.name
      and (n.root_id, new_parent.name) in (
        select o.root_id, o.name from pg_temp.standing_topics as o where o.retired_at is null
      )
      and (n.root_id, n.name) in (
        select twin.root_id, twin.name
        from pg_temp.standing_topics as twin
        where twin.retired_at is null
        group by twin.root_id, twin.name
        having pg_catalog.count(*) > 1
      );
  end if;

  if v_search then
    -- renamed in place: neither name stands anywhere in the other edition, so only the code can tell;
    -- what 5 would find at the end, found for all at once
    create temporary table renamed_topics on commit drop as
    select
      (pg_catalog.array_agg(x.unit_id) filter (where x.is_new))[1] as unit_id,
      (pg_catalog.array_agg(x.row_no) filter (where x.is_new))[1] as row_no,
      (pg_catalog.array_agg(x.id) filter (where not x.is_new))[1] as id
    from (
      select
        e.*,
        pg_catalog.bool_or(e.is_new) over same_name and pg_catalog.bool_or(not e.is_new) over same_name as is_told
      from (
        select n.root_id, n.name, n.code, true as is_new, n.id is null as is_open, n.unit_id, n.row_no, null::uuid as id
        from pg_temp.resolving_topics as n
        where n.root_id in (select o.root_id from pg_temp.searching_topics as o)
        union all
        select
          s.root_id, s.name, s.code, false,
          not exists (select from pg_temp.resolving_topics as taken where taken.id = s.id),
          null, null, s.id
        from pg_temp.standing_topics as s
        where s.retired_at is null
      ) as e
      window same_name as (partition by e.root_id, e.name)
    ) as x
    where x.is_open
      and not x.is_told
    group by x.root_id, x.code
    having pg_catalog.count(*) filter (where x.is_new) = 1
      and pg_catalog.count(*) filter (where not x.is_new) = 1;
    analyze pg_temp.renamed_topics;
    update pg_temp.resolving_topics as n
    set id = r.id
    from pg_temp.renamed_topics as r
    where n.unit_id = r.unit_id
      and n.row_no = r.row_no;
  end if;

  if v_search and exists (select from pg_temp.resolving_topics as n where n.id is null) then
    -- 3. moved: a name that stands once in the old and once in the new edition of the subject,
    --    when both are leaves or share a child's name
    with lone_new as (
      select n.root_id, n.name, pg_catalog.min(n.row_no) as row_no, pg_catalog.min(n.unit_id) as unit_id, pg_catalog.min(n.code) as code
      from pg_temp.resolving_topics as n
      where (n.root_id, n.name) in (
        select o.root_id, o.name from pg_temp.resolving_topics as o where o.id is null and o.name <> ''
      )
      group by n.root_id, n.name
      having pg_catalog.count(*) = 1 and pg_catalog.bool_and(n.id is null)
    ), lone_old as (
      select s.root_id, s.name, (pg_catalog.array_agg(s.id))[1] as id
      from pg_temp.standing_topics as s
      where s.retired_at is null
        and (s.root_id, s.name) in (select l.root_id, l.name from lone_new as l)
      group by s.root_id, s.name
      having pg_catalog.count(*) = 1
    ), pair as materialized (
      select l.unit_id, l.row_no, l.code, o.id
      from lone_new as l
      join lone_old as o on o.root_id = l.root_id and o.name = l.name
      where not exists (select from pg_temp.resolving_topics as taken where taken.id = o.id)
    ), matched as (
      select p.unit_id, p.row_no, p.id
      from pair as p
      join pg_temp.resolving_topics as cn on cn.unit_id = p.unit_id and cn.parent_code = p.code
      join pg_temp.standing_topics as co on co.parent_id = p.id and co.name = cn.name
      union
      select p.unit_id, p.row_no, p.id
      from pair as p
      where not exists (select from pg_temp.resolving_topics as cn where cn.unit_id = p.unit_id and cn.parent_code = p.code)
        and not exists (select from pg_temp.standing_topics as co where co.parent_id = p.id and co.retired_at is null)
    )
    update pg_temp.resolving_topics as n
    set id = m.id
    from matched as m
    where n.unit_id = m.unit_id
      and n.row_no = m.row_no;

    delete from pg_temp.standing_topics as s
    using pg_temp.resolving_topics as n
    where n.id = s.id;

    -- from the roots down: a row is looked at once its parent is known
    loop
      drop table if exists pg_temp.frontier_topics;
      create temporary table frontier_topics on commit drop as
      select
        n.unit_id,
        n.row_no,
        n.root_id,
        n.code,
        n.name,
        coalesce(p.id, n.root_id) as parent_id,
        null::uuid as id
      from pg_temp.resolving_topics as n
      left join pg_temp.resolving_topics as p on p.unit_id = n.unit_id and p.code = n.parent_code
      where n.id is null
        and (n.parent_code is null or p.id is not null);
      get diagnostics v_open = row_count;
      exit when v_open = 0;
      analyze pg_temp.frontier_topics;

      -- 4. renumbered: same name under the same parent, once on either side
      with here as (
        select f.unit_id, f.row_no, f.root_id, f.parent_id, f.name,
          pg_catalog.count(*) over (partition by f.root_id, f.parent_id, f.name) as times
        from pg_temp.frontier_topics as f
      ), there as (
        select s.id, s.root_id, coalesce(s.parent_id, s.root_id) as parent_id, s.name,
          pg_catalog.count(*) over (partition by s.root_id, coalesce(s.parent_id, s.root_id), s.name) as times
        from pg_temp.standing_topics as s
        where s.retired_at is null
          and coalesce(s.parent_id, s.root_id) in (select f.parent_id from pg_temp.frontier_topics as f)
      )
      update pg_temp.frontier_topics as f
      set id = t.id
      from here as h
      join there as t on t.root_id = h.root_id and t.parent_id = h.parent_id and t.name = h.name
      where h.times = 1
        and t.times = 1
        and f.unit_id = h.unit_id
        and f.row_no = h.row_no;

      -- 5. renamed: same code
      update pg_temp.frontier_topics as f
      set id = s.id
      from pg_temp.standing_topics as s
      where f.id is null
        and s.root_id = f.root_id
        and s.code = f.code
        and s.retired_at is null
        and not exists (select from pg_temp.frontier_topics as taken where taken.id = s.id);

      -- 6. revived: a retired row whose key came back; the same name first, then the latest
      with back as (
        select distinct on (s.id) s.id, s.unit_id, s.row_no
        from (
          select distinct on (f.unit_id, f.row_no) f.unit_id, f.row_no, o.id
          from pg_temp.frontier_topics as f
          join pg_temp.standing_topics as o on o.root_id = f.root_id and o.code = f.code and o.retired_at is not null
          where f.id is null
          order by f.unit_id, f.row_no, (o.name = f.name) desc, o.retired_at desc, o.id
        ) as s
        order by s.id, s.unit_id, s.row_no
      )
      update pg_temp.frontier_topics as f
      set id = b.id
      from back as b
      where f.unit_id = b.unit_id
        and f.row_no = b.row_no;

      -- 7. else new
      update pg_temp.resolving_topics as n
      set id = coalesce(f.id, pg_catalog.gen_random_uuid())
      from pg_temp.frontier_topics as f
      where n.unit_id = f.unit_id
        and n.row_no = f.row_no;

      delete from pg_temp.standing_topics as s
      using pg_temp.frontier_topics as f
      where f.id = s.id;
    end loop;
  end if;

  create temporary table resolved_topics on commit drop as
  select
    n.id,
    n.root_id::uuid as exam_board_subject_id,
    parent.id::uuid as parent_topic_id,
    b.topic_code::text as topic_code,
    b.topic_name::text as topic_name,
    b.topic_level::integer as topic_level,
    b.sort_order::integer as sort_order,
    b.description::text as description,
    b.component_code::text as component_code,
    b.chronological_period::text as chronological_period,
    b.period_start_year::integer as period_start_year,
    b.period_end_year::integer as period_end_year,
    b.geographical_region::text as geographical_region,
    b.key_themes::jsonb as key_themes,
    b.examined::boolean as examined,
    b.tier::text as tier,
    b.study_level::text as study_level,
    b.language::text as language,
    b.option_group::text as option_group
  from pg_temp.resolving_topics as n
  join greenroom_exams.effective_topics as b on b.unit_id = n.unit_id and b.unit_id = any (v_units) and b.row_no = n.row_no
  left join pg_temp.resolving_topics as parent on parent.unit_id = n.unit_id and parent.code = n.parent_code;
  analyze pg_temp.resolved_topics (id);
end
$$;
comment on function greenroom_exams.resolve_topics(integer) is 'Gives every entering row of topics its identity (pg_temp.resolved_topics).';

-- The plan: what differs between resolved and production, on identity, source columns only.
create function greenroom_exams.diff_topics()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  perform greenroom_exams.open_plan_topics();
  insert into pg_temp.plan_topics (op, id, exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  select
    case when p.id is null then 'insert' else 'update' end,
r.id, r.exam_board_subject_id, r.parent_topic_id, r.topic_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from pg_temp.resolved_topics as r
  left join "public".curriculum_topics as p on p.id = r.id
  where p.id is null
    or p.retired_at is not null
    or (p.exam_board_subject_id, p.parent_topic_id, p.topic_code, p.topic_name, p.topic_level, p.sort_order, p.description, p.component_code, p.chronological_period, p.period_start_year, p.period_end_year, p.geographical_region, p.key_themes, p.examined, p.tier, p.study_level, p.language, p.option_group)
      is distinct from (r.exam_board_subject_id, r.parent_topic_id, r.topic_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group);
  insert into pg_temp.plan_topics (op, id, exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  select
    'retire',
p.id, p.exam_board_subject_id, p.parent_topic_id, p.topic_code, p.topic_name, p.topic_level, p.sort_order, p.description, p.component_code, p.chronological_period, p.period_start_year, p.period_end_year, p.geographical_region, p.key_themes, p.examined, p.tier, p.study_level, p.language, p.option_group
  from pg_temp.entering as t
  join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id
  where t.dataset = 'topics'
    and t.complete
    and p.retired_at is null
    and not exists (select from pg_temp.resolved_topics as r where p.id = r.id);
  analyze pg_temp.plan_topics (op, id, exam_board_subject_id, topic_code);
end
$$;
comment on function greenroom_exams.diff_topics() is 'Writes pg_temp.plan_topics: exactly what a promotion would do.';

create function greenroom_exams.open_plan_topics()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.plan_topics;
  create temporary table plan_topics (
    op text,
    id uuid,
    exam_board_subject_id uuid,
    parent_topic_id uuid,
    topic_code text,
    topic_name text,
    topic_level integer,
    sort_order integer,
    description text,
    component_code text,
    chronological_period text,
    period_start_year integer,
    period_end_year integer,
    geographical_region text,
    key_themes jsonb,
    examined boolean,
    tier text,
    study_level text,
    language text,
    option_group text,
    retired_at timestamptz,
    stamp_created_at timestamptz,
    stamp_release_id bigint
  ) on commit drop;
end
$$;
comment on function greenroom_exams.open_plan_topics() is 'An empty typed plan for topics.';

-- The changes of the plan in words a person reads, with the row before and after.
create function greenroom_exams.changes_topics()
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
    pg_catalog.concat_ws(' ', pl.topic_code, pl.topic_name),
    case when pl.op <> 'insert' then (select pg_catalog.to_jsonb(x) from (select p.topic_code, p.topic_name, p.topic_level, p.sort_order, p.description, p.component_code, p.chronological_period, p.period_start_year, p.period_end_year, p.geographical_region, p.key_themes, p.examined, p.tier, p.study_level, p.language, p.option_group, p_parent.topic_code as parent_code) as x) end,
    case when pl.op <> 'retire' then (select pg_catalog.to_jsonb(x) from (select pl.topic_code, pl.topic_name, pl.topic_level, pl.sort_order, pl.description, pl.component_code, pl.chronological_period, pl.period_start_year, pl.period_end_year, pl.geographical_region, pl.key_themes, pl.examined, pl.tier, pl.study_level, pl.language, pl.option_group, coalesce(pl_new.topic_code, pl_parent.topic_code) as parent_code) as x) end,
    case when pl.op = 'update' then pg_catalog.array_remove(array[
      case when p.exam_board_subject_id is distinct from pl.exam_board_subject_id then 'exam_board_subject_id' end,
      case when p.parent_topic_id is distinct from pl.parent_topic_id then 'parent_topic_id' end,
      case when p.topic_code is distinct from pl.topic_code then 'topic_code' end,
      case when p.topic_name is distinct from pl.topic_name then 'topic_name' end,
      case when p.topic_level is distinct from pl.topic_level then 'topic_level' end,
      case when p.sort_order is distinct from pl.sort_order then 'sort_order' end,
      case when p.description is distinct from pl.description then 'description' end,
      case when p.component_code is distinct from pl.component_code then 'component_code' end,
      case when p.chronological_period is distinct from pl.chronological_period then 'chronological_period' end,
      case when p.period_start_year is distinct from pl.period_start_year then 'period_start_year' end,
      case when p.period_end_year is distinct from pl.period_end_year then 'period_end_year' end,
      case when p.geographical_region is distinct from pl.geographical_region then 'geographical_region' end,
      case when p.key_themes is distinct from pl.key_themes then 'key_themes' end,
      case when p.examined is distinct from pl.examined then 'examined' end,
      case when p.tier is distinct from pl.tier then 'tier' end,
      case when p.study_level is distinct from pl.study_level then 'study_level' end,
      case when p.language is distinct from pl.language then 'language' end,
      case when p.option_group is distinct from pl.option_group then 'option_group' end
    ], null) end
  from pg_temp.plan_topics as pl
  left join "public".curriculum_topics as p on p.id = pl.id
  left join "public".curriculum_topics as p_parent on p_parent.id = p.parent_topic_id
  left join "public".curriculum_topics as pl_parent on pl_parent.id = pl.parent_topic_id
  left join pg_temp.plan_topics as pl_new on pl_new.id = pl.parent_topic_id and pl_new.op in ('insert', 'update')
  ;
end
$$;
comment on function greenroom_exams.changes_topics() is 'The plan of topics as before and after.';

-- The only writer of "public".curriculum_topics: before-images, park, upsert, retire.
create function greenroom_exams.remember_topics(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  -- in the order of the key: an index that grows at its end costs less
  insert into greenroom.history (release_id, dataset, identity, before)
  select p_release, 'topics', array[p.id::text], pg_catalog.to_jsonb(p)
  from pg_temp.plan_topics as pl
  join "public".curriculum_topics as p on p.id = pl.id
  where pl.op in ('update', 'retire')
  order by p.id;
  insert into greenroom.history (release_id, dataset, identity, before)
  -- a row that comes back was not there before
  select p_release, 'topics', array[pl.id::text], 'null'
  from pg_temp.plan_topics as pl
  where pl.op = 'restore';
end
$$;
comment on function greenroom_exams.remember_topics(bigint) is 'Keeps the before-images of rows the plan changes or removes.';

create function greenroom_exams.upsert_topics(p_release bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- park: a code that another row of the plan takes must be free at every moment
  update "public".curriculum_topics as p
  set topic_code = 'parked ' || p.id
  from pg_temp.plan_topics as mine
  join pg_temp.plan_topics as taker
    on taker.exam_board_subject_id = mine.exam_board_subject_id
    and taker.op in ('insert', 'update', 'restore')
    and taker.id <> mine.id
  where mine.op in ('update', 'retire')
    and p.id = mine.id
    and p.retired_at is null
    and (
      mine.op = 'retire'
      or mine.retired_at is not null
      or (mine.exam_board_subject_id, mine.topic_code) is distinct from (p.exam_board_subject_id, p.topic_code)
    )
    and taker.topic_code = p.topic_code
    and taker.retired_at is null;

  insert into "public".curriculum_topics (id, exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group, retired_at, created_at, updated_at, release_id)
  select
pl.id, pl.exam_board_subject_id, pl.parent_topic_id, pl.topic_code, pl.topic_name, pl.topic_level, pl.sort_order, pl.description, pl.component_code, pl.chronological_period, pl.period_start_year, pl.period_end_year, pl.geographical_region, pl.key_themes, pl.examined, pl.tier, pl.study_level, pl.language, pl.option_group,
    case when pl.op = 'restore' then pl.retired_at else null end,
    coalesce(pl.stamp_created_at, pg_catalog.now()),
    pg_catalog.now(),
    coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_topics as pl
  where pl.op in ('insert', 'restore');

  update "public".curriculum_topics as p
  set
    exam_board_subject_id = pl.exam_board_subject_id,
    parent_topic_id = pl.parent_topic_id,
    topic_code = pl.topic_code,
    topic_name = pl.topic_name,
    topic_level = pl.topic_level,
    sort_order = pl.sort_order,
    description = pl.description,
    component_code = pl.component_code,
    chronological_period = pl.chronological_period,
    period_start_year = pl.period_start_year,
    period_end_year = pl.period_end_year,
    geographical_region = pl.geographical_region,
    key_themes = pl.key_themes,
    examined = pl.examined,
    tier = pl.tier,
    study_level = pl.study_level,
    language = pl.language,
    option_group = pl.option_group,
    retired_at = pl.retired_at,
    updated_at = pg_catalog.now(),
    release_id = coalesce(pl.stamp_release_id, p_release)
  from pg_temp.plan_topics as pl
  where pl.op = 'update'
    and p.id = pl.id;
end
$$;
comment on function greenroom_exams.upsert_topics(bigint) is 'Inserts and updates the plan''s rows of topics.';

create function greenroom_exams.retire_topics(p_release bigint)
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
  if not exists (select from pg_temp.plan_topics as pl where pl.op = 'retire') then
    return next;
    return;
  end if;
  drop table if exists pg_temp.leaving_topics;
  create temporary table leaving_topics on commit drop as
  select pl.id, false as kept
  from pg_temp.plan_topics as pl
  where pl.op = 'retire';
  analyze pg_temp.leaving_topics;

  -- nobody may begin to point at a row while we look who does
  perform 1
  from "public".curriculum_topics as p
  join pg_temp.leaving_topics as l on p.id = l.id
  order by p.id
  for update of p;

  -- The one dynamic statement of the product: tables of others cannot be known when this is
  -- compiled. Names come from the catalogue. A table whose rows we may not all see counts as pointing.
  for v_referring in select * from greenroom.referring('"public".curriculum_topics'::regclass) loop
    if v_referring.readable then
      execute pg_catalog.format(
        'update pg_temp.leaving_topics as l set kept = true where not l.kept and exists (select from "public".curriculum_topics as t join %s as r on %s where t.id = l.id)',
        v_referring.referrer,
        v_referring.condition
      );
    else
      update pg_temp.leaving_topics as l set kept = true;
    end if;
  end loop;

  -- a parent stays while one of its children stays
  update pg_temp.leaving_topics as l
  set kept = true
  where not l.kept
    and exists (
      select from "public".curriculum_topics as c
      where c.parent_topic_id = l.id
        and not exists (select from pg_temp.leaving_topics as o where o.id = c.id)
    );
  with recursive up as (
    select p.parent_topic_id as id
    from pg_temp.leaving_topics as l
    join "public".curriculum_topics as p on p.id = l.id
    where l.kept
    union
    select p.parent_topic_id
    from up as u
    join "public".curriculum_topics as p on p.id = u.id
  )
  update pg_temp.leaving_topics as l
  set kept = true
  from up as u
  where l.id = u.id
    and not l.kept;

  delete from "public".curriculum_topics as p
  using pg_temp.leaving_topics as l
  where p.id = l.id
    and not l.kept;
  get diagnostics deleted = row_count;

  update "public".curriculum_topics as p
  set
    topic_code = pl.topic_code,
    retired_at = pg_catalog.now(),
    updated_at = pg_catalog.now(),
    release_id = p_release
  from pg_temp.leaving_topics as l
  join pg_temp.plan_topics as pl on l.id = pl.id
  where p.id = l.id
    and l.kept;
  get diagnostics retired = row_count;
  return next;
end
$$;
comment on function greenroom_exams.retire_topics(bigint) is 'Deletes what nothing points at, retires the rest.';

-- Rows of topics as people see and name them.
-- A value somebody typed, in the column's own type; null where it cannot be one.
create function greenroom_exams.read_topics(p_column text, p_value jsonb)
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
  if pg_catalog.jsonb_typeof(p_value) in ('object', 'array') and p_column <> all (array['key_themes']::text[]) then
    return null;
  end if;
  case p_column
  when 'topic_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    -- it stands in a unique index, which takes no more
    if pg_catalog.octet_length(p_value #>> '{}') > 600 then
      return null;
    end if;
    return (
      select case
        when r.topic_code is null then 'null'
        when true then pg_catalog.to_jsonb(v.topic_code::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as topic_code) as r
      cross join lateral (select r.topic_code as topic_code offset 0) as v
    );
  when 'topic_name' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.topic_name is null then 'null'
        when true then pg_catalog.to_jsonb(v.topic_name::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as topic_name) as r
      cross join lateral (select r.topic_name as topic_name offset 0) as v
    );
  when 'topic_level' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.topic_level is null then 'null'
        when v.topic_level ~ '^\d{1,2}$' and v.topic_level ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.topic_level::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as topic_level) as r
      cross join lateral (select pg_catalog.regexp_replace(r.topic_level, '[.,]0+$', '') as topic_level offset 0) as v
    );
  when 'description' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.description is null then 'null'
        when true then pg_catalog.to_jsonb(v.description::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as description) as r
      cross join lateral (select r.description as description offset 0) as v
    );
  when 'component_code' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
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
  when 'chronological_period' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.chronological_period is null then 'null'
        when true then pg_catalog.to_jsonb(v.chronological_period::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as chronological_period) as r
      cross join lateral (select r.chronological_period as chronological_period offset 0) as v
    );
  when 'period_start_year' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.period_start_year is null then 'null'
        when v.period_start_year ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.period_start_year::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as period_start_year) as r
      cross join lateral (select pg_catalog.regexp_replace(r.period_start_year, '[.,]0+$', '') as period_start_year offset 0) as v
    );
  when 'period_end_year' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.period_end_year is null then 'null'
        when v.period_end_year ~ '^[+-]?\d{1,9}$' then pg_catalog.to_jsonb(v.period_end_year::integer)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as period_end_year) as r
      cross join lateral (select pg_catalog.regexp_replace(r.period_end_year, '[.,]0+$', '') as period_end_year offset 0) as v
    );
  when 'geographical_region' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.geographical_region is null then 'null'
        when true then pg_catalog.to_jsonb(v.geographical_region::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as geographical_region) as r
      cross join lateral (select r.geographical_region as geographical_region offset 0) as v
    );
  when 'key_themes' then
    return p_value;
  when 'examined' then
    return (
      select case
        when r.examined is null then 'null'
        when v.examined ~ '^(true|false|t|f|1|0|oui|non)$' then pg_catalog.to_jsonb(v.examined::boolean)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as examined) as r
      cross join lateral (select case pg_catalog.lower(r.examined) when 'oui' then 'true' when 'non' then 'false' else pg_catalog.lower(r.examined) end as examined offset 0) as v
    );
  when 'tier' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
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
  when 'study_level' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.study_level is null then 'null'
        when true then pg_catalog.to_jsonb(v.study_level::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as study_level) as r
      cross join lateral (select r.study_level as study_level offset 0) as v
    );
  when 'language' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
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
  when 'option_group' then
    if pg_catalog.jsonb_typeof(p_value) = 'boolean' then
      return null;
    end if;
    return (
      select case
        when r.option_group is null then 'null'
        when true then pg_catalog.to_jsonb(v.option_group::text)
      end
      from (select nullif(pg_catalog.btrim(p_value #>> '{}'), '') as option_group) as r
      cross join lateral (select r.option_group as option_group offset 0) as v
    );
  else
    return null;
  end case;
end
$$;
comment on function greenroom_exams.read_topics(text, jsonb) is 'A value of topics as its column holds it; null = it cannot.';

-- The rows of a unit as people see them: what the source said, what edits made of it, what they took away.
create function greenroom_exams.rows_topics(p_unit bigint, p_ref text default null, p_rows integer[] default null, p_keys text[] default null)
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
    join whole as w on e.scope_id = w.scope_id and e.dataset = 'topics' and e.unit_key = w.key
    where e.state in ('in force', 'conflict')
      and e.agrees_unit is distinct from p_unit
    group by e.row_ref
  ), side as materialized (
    select
      coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref,
      b.row_no,
      'source' as state,
      pg_catalog.concat_ws(' ', b.topic_code, b.topic_name) as label,
      b.row_key, b.parent_row_key, b.position,
      (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x) as "values",
      null::jsonb as source
    from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where b.unit_id = p_unit
      and not exists (select from greenroom.edited_topics as x where x.unit_id = p_unit and x.row_no = b.row_no)
      and (p_rows is null or b.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)))
      and (p_keys is null or coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', b.topic_code, b.topic_name) = any (p_keys))
    union all
    select
      coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)),
      e.row_no,
      case when e.is_gone then 'deleted' when e.row_no < 0 then 'added' else 'edited' end,
      pg_catalog.concat_ws(' ', e.topic_code, e.topic_name),
      e.row_key, e.parent_row_key, e.position,
      (select pg_catalog.to_jsonb(x) from (select e.topic_code, e.parent_code, e.topic_name, e.topic_level, e.sort_order, e.description, e.component_code, e.chronological_period, e.period_start_year, e.period_end_year, e.geographical_region, e.key_themes, e.examined, e.tier, e.study_level, e.language, e.option_group) as x),
      case when b.row_no is not null then (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x) end
    from greenroom.edited_topics as e
    left join greenroom.batch_topics as b on b.unit_id = e.unit_id and b.row_no = e.row_no
    left join greenroom.lineage as owned on owned.unit_id = e.unit_id and owned.row_no = e.row_no
    where e.unit_id = p_unit
      and (p_rows is null or e.row_no = any (p_rows))
      and (p_ref is null or p_ref = coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)))
      and (p_keys is null or coalesce(owned.id::text, pg_catalog.format('row:%s:%s', e.unit_id, e.row_no)) = any (p_keys) or pg_catalog.concat_ws(' ', e.topic_code, e.topic_name) = any (p_keys))
  )
  select s.ref, s.row_no, s.state, s.label, parent.ref, s.position, s."values", s.source, coalesce(c.edited, '{}')
  from side as s
  left join side as parent on parent.row_key = s.parent_row_key
  left join cell as c on c.row_ref = s.ref
$$;
comment on function greenroom_exams.rows_topics(bigint, text, integer[], text[]) is 'Rows of a unit, or those that are named by ref, number or key, with what edits did to them; deleted ones too.';

-- The tree of a unit: as the source has it and as edits make it. Parents are named by the rows they are, not by codes.
create function greenroom_exams.nodes_topics(p_unit bigint)
returns table (
  ref text, row_no integer, row_key text, is_added boolean, is_gone boolean,
  was_code text, was_parent text, was_level integer, was_place integer, was_rank bigint,
  code text, parent text, level integer, place integer
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with recursive cell as materialized (
    select e.id, e.row_ref as ref, e.action, e.column_name, e.value
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_key = u.key
    where e.state = 'in force'
  ), source as materialized (
    select
      l.id::text as ref, b.row_no, b.row_key, b.topic_code as code, b.topic_level as level,
      b.sort_order as place, o.ref as parent
    from greenroom.batch_topics as b
    join greenroom.lineage as l on l.unit_id = b.unit_id and l.row_no = b.row_no
    left join (
      select pl.id::text as ref, p.row_key
      from greenroom.batch_topics as p
      join greenroom.lineage as pl on pl.unit_id = p.unit_id and pl.row_no = p.row_no
      where p.unit_id = p_unit
    ) as o on o.row_key = b.parent_row_key
    where b.unit_id = p_unit
  ), node as materialized (
    select s.ref, s.row_no, s.row_key, false as is_added, s.code, s.level, s.place, s.parent,
      pg_catalog.row_number() over (partition by s.parent order by s.place, s.row_no) as rank
    from source as s
    union all
    select c.ref, null, c.ref, true, c.value ->> 'topic_code', null, null, c.value ->> 'parent_code', null
    from cell as c
    where c.action = 'add'
      and not exists (select from source as s where s.ref = c.ref)
  ), shaped as materialized (
    select
      n.*,
      exists (select from cell as c where c.ref = n.ref and c.action = 'delete') as is_gone,
      coalesce(own.code, n.code) as now_code,
      case when own.has_parent then own.parent else n.parent end as now_parent,
      own.level as set_level,
      own.since,
      n.is_added or own.has_parent as is_moved
    from node as n
    left join (
      select
        c.ref,
        pg_catalog.max(c.value #>> '{}') filter (where c.column_name = 'topic_code') as code,
        pg_catalog.bool_or(c.action = 'parent') as has_parent,
        pg_catalog.max(c.id) filter (where c.action in ('parent', 'add')) as since,
        pg_catalog.max(c.value #>> '{}') filter (where c.action = 'parent') as parent,
        pg_catalog.max((c.value #>> '{}')::integer) filter (where c.column_name = 'topic_level') as level
      from cell as c
      group by c.ref
    ) as own on own.ref = n.ref
  ), top as materialized (
    select coalesce(pg_catalog.min(s.level), 0) as level from source as s where s.parent is null
  ), walked as (
    -- a row that was moved stands one below its parent, and what hangs on it goes with it
    select s.ref, coalesce(s.set_level, case when s.is_moved then t.level else s.level end) as level,
      case when s.is_moved then t.level - s.level else 0 end as shift, 1 as depth
    from shaped as s
    cross join top as t
    where s.now_parent is null
    union all
    select s.ref,
      coalesce(s.set_level, case when s.is_moved then w.level + 1 else s.level + w.shift end),
      case when s.is_moved then coalesce(w.level + 1 - s.level, 0) else w.shift end,
      w.depth + 1
    from walked as w
    join shaped as s on s.now_parent = w.ref
    where w.depth < 60
  ), listed as materialized (
    select nullif(c.ref, 'root') as parent, x.ref, x.n
    from cell as c
    cross join lateral pg_catalog.jsonb_array_elements_text(c.value) with ordinality as x (ref, n)
    where c.action = 'order'
  ), ordered as materialized (
    select distinct nullif(c.ref, 'root') as parent from cell as c where c.action = 'order'
  ), busy as materialized (
    -- where something was put: elsewhere every row keeps its place, and need not be ranked
    select coalesce(o.parent, 'root') as parent from ordered as o
    union
    select coalesce(s.now_parent, 'root') from shaped as s where s.is_moved
  ), sibling as materialized (
    select
      s.ref,
      s.now_parent as parent,
      case when s.now_parent is not distinct from s.parent then s.rank end as rank,
      s.place,
      s.is_moved,
      s.since,
      l.n
    from shaped as s
    left join listed as l on l.parent is not distinct from s.now_parent and l.ref = s.ref
    where not s.is_gone
      and coalesce(s.now_parent, 'root') in (select b.parent from busy as b)
  ), run as materialized (
    -- a row that the list does not know stands behind the one that it follows in the source
    select s.*, pg_catalog.count(s.n) over (partition by s.parent order by s.rank nulls last, s.since, s.ref) as part
    from sibling as s
  ), ranked as materialized (
    select
      r.ref,
      case
        when exists (select from ordered as o where o.parent is not distinct from r.parent)
        then pg_catalog.row_number() over (
          partition by r.parent
          order by coalesce(r.n, case when r.rank is null then 1000000 else r.known end, 0), r.n is null, r.rank nulls last, r.since, r.ref
        ) - 1 + coalesce(r.least, 1)
        when r.is_moved and r.rank is null
        then coalesce(r.most, 0) + pg_catalog.row_number() over (partition by r.parent, r.rank is null order by r.since, r.ref)
        else r.place
      end as place
    from (
      select
        r.*,
        pg_catalog.max(r.n) over (partition by r.parent, r.part) as known,
        pg_catalog.min(r.place) over (partition by r.parent) as least,
        pg_catalog.max(r.place) filter (where r.rank is not null) over (partition by r.parent) as most
      from run as r
    ) as r
  )
  select
    s.ref, s.row_no, s.row_key, s.is_added, s.is_gone,
    s.code, s.parent, s.level, s.place, s.rank,
    s.now_code, s.now_parent, coalesce(w.level, s.set_level, s.level), coalesce(r.place, s.place)::integer
  from shaped as s
  left join (select distinct on (w.ref) w.ref, w.level from walked as w order by w.ref, w.depth) as w on w.ref = s.ref
  left join ranked as r on r.ref = s.ref
$$;
comment on function greenroom_exams.nodes_topics(bigint) is 'The rows of a unit''s tree, as sealed (was_…) and as edits make them.';


-- Every row of a unit that is edited has the id that goes with it: production's, or the one it will get.
create function greenroom_exams.trace_topics(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
declare
  v_scope integer;
begin
  if not exists (
    select
    from greenroom.batch_topics as b
    where b.unit_id = p_unit
      and not exists (select from greenroom.lineage as l where l.unit_id = p_unit and l.row_no = b.row_no)
  ) then
    return;
  end if;
  select u.scope_id into strict v_scope from greenroom.unit as u where u.id = p_unit;
  perform greenroom_exams.plan(v_scope, array[p_unit]);
  insert into greenroom.lineage (unit_id, row_no, id)
  select r.unit_id, r.row_no, r.id
  from pg_temp.resolving_topics as r
  on conflict do nothing;
  -- no production row of its own: a new one, or a second of the same key
  insert into greenroom.lineage (unit_id, row_no, id)
  select b.unit_id, b.row_no, pg_catalog.gen_random_uuid()
  from greenroom.batch_topics as b
  where b.unit_id = p_unit
  on conflict do nothing;
end
$$;
comment on function greenroom_exams.trace_topics(bigint) is 'Gives each sealed row of a unit the id that goes with it.';

-- The rows of one edition in the next: what edits follow.
create function greenroom_exams.follow_topics(p_from bigint, p_to bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set enable_nestloop = off
set jit = off
as $$
begin
  perform greenroom.refuse_foreign_temp(array['edition_was', 'edition_now', 'edition_met']);
  drop table if exists pg_temp.edition_was, pg_temp.edition_now, pg_temp.edition_met;
  create temporary table edition_was on commit drop as
  with recursive node as materialized (
    select b.row_no, b.row_key, b.parent_row_key, b.topic_code as code, greenroom.fold(b.topic_name) as name
    from greenroom.batch_topics as b
    where b.unit_id = p_from
  ), walked as (
    select n.row_no, n.row_key, n.name as path, 1 as depth
    from node as n
    where n.parent_row_key is null
    union all
    select n.row_no, n.row_key, w.path || e'\n' || n.name, w.depth + 1
    from walked as w
    join node as n on n.parent_row_key = w.row_key
    where w.depth < 50
  )
  select
    n.row_no,
    n.code,
    n.name,
    w.path,
    pg_catalog.count(*) over (partition by n.name) as named,
    pg_catalog.count(*) over (partition by w.path) as placed,
    pg_catalog.count(*) over (partition by n.code) as coded,
    l.id
  from node as n
  left join (select distinct on (w.row_no) w.row_no, w.path from walked as w order by w.row_no) as w on w.row_no = n.row_no
  join greenroom.lineage as l on l.unit_id = p_from and l.row_no = n.row_no
  where n.name <> '';
  create temporary table edition_now on commit drop as
  with recursive node as materialized (
    select b.row_no, b.row_key, b.parent_row_key, b.topic_code as code, greenroom.fold(b.topic_name) as name
    from greenroom.batch_topics as b
    where b.unit_id = p_to
  ), walked as (
    select n.row_no, n.row_key, n.name as path, 1 as depth
    from node as n
    where n.parent_row_key is null
    union all
    select n.row_no, n.row_key, w.path || e'\n' || n.name, w.depth + 1
    from walked as w
    join node as n on n.parent_row_key = w.row_key
    where w.depth < 50
  )
  select
    n.row_no,
    n.code,
    n.name,
    w.path,
    pg_catalog.count(*) over (partition by n.name) as named,
    pg_catalog.count(*) over (partition by w.path) as placed,
    pg_catalog.count(*) over (partition by n.code) as coded
  from node as n
  left join (select distinct on (w.row_no) w.row_no, w.path from walked as w order by w.row_no) as w on w.row_no = n.row_no

  where n.name <> '';
  create temporary table edition_met (row_no integer primary key, id uuid unique, was integer unique) on commit drop;
  -- 1. the same code, name and place; 2. the same place among names; 3. a name that stands once in either edition;
  -- 4. the same code and name; 5. renamed: the same code, and neither name stands in the other edition
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.code = w.code and n.path = w.path and n.coded = 1 and w.coded = 1
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.path = w.path and n.placed = 1 and w.placed = 1
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.name = w.name and n.named = 1 and w.named = 1
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.code = w.code and n.name = w.name and n.coded = 1 and w.coded = 1
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into pg_temp.edition_met (row_no, id, was)
  select n.row_no, w.id, w.row_no
  from pg_temp.edition_now as n
  join pg_temp.edition_was as w on n.code = w.code and n.coded = 1 and w.coded = 1 and not exists (select from pg_temp.edition_now as o where o.name = w.name) and not exists (select from pg_temp.edition_was as o where o.name = n.name)
  where not exists (select from pg_temp.edition_met as m where m.row_no = n.row_no)
    and not exists (select from pg_temp.edition_met as m where m.was = w.row_no)
  on conflict do nothing;
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_to, m.row_no, m.id
  from pg_temp.edition_met as m
  on conflict do nothing;
  -- rows that people added and the source has now: by code and name, else by name where it stands once
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, n.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  join pg_temp.edition_now as n
    on n.name = greenroom.fold(e.value ->> 'topic_name')
    and (n.code = e.value ->> 'topic_code' or n.named = 1)
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and l.row_no = n.row_no)
  order by e.row_ref, (n.code = e.value ->> 'topic_code') desc, n.row_no
  on conflict do nothing;
  -- the same code alone, where its name is no other row's of before
  insert into greenroom.lineage (unit_id, row_no, id)
  select distinct on (e.row_ref) p_to, n.row_no, e.row_ref::uuid
  from greenroom.edit as e
  join greenroom.unit as u on u.id = p_from and e.scope_id = u.scope_id and e.dataset = u.dataset and e.unit_id = u.id
  join pg_temp.edition_now as n on n.code = e.value ->> 'topic_code'
  where e.action = 'add'
    and e.state in ('in force', 'conflict')
    and not exists (select from greenroom.lineage as l where l.unit_id = p_to and (l.row_no = n.row_no or l.id = e.row_ref::uuid))
  order by e.row_ref, n.row_no
  on conflict do nothing;
  drop table pg_temp.edition_was, pg_temp.edition_now, pg_temp.edition_met;
end
$$;
comment on function greenroom_exams.follow_topics(bigint, bigint) is 'Gives rows of the next edition the ids of the rows they continue.';

-- The hash and count of a unit's effective rows; what was decided on another hash no longer counts.
create function greenroom_exams.rehash_topics(p_unit bigint)
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
  v_edited := exists (select from greenroom.edited_topics as e where e.unit_id = p_unit);
  if v_edited then
    select pg_catalog.count(*), pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes), 0) # case when pg_catalog.num_nonnulls(b.examined, b.tier, b.study_level, b.language, b.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(b.examined, b.tier, b.study_level, b.language, b.option_group), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes), 1) # case when pg_catalog.num_nonnulls(b.examined, b.tier, b.study_level, b.language, b.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(b.examined, b.tier, b.study_level, b.language, b.option_group), 3) end, 1)), 0))
    into v_rows, v_hash
    from greenroom_exams.effective_topics as b
    where b.unit_id = p_unit;
    if v_rows = 0 and pg_catalog.current_setting('greenroom.carrying', true) = 'on' then
      -- an edition is not refused for what people took away of others: somebody looks at it
      delete from greenroom.edited_topics as e where e.unit_id = p_unit;
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
comment on function greenroom_exams.rehash_topics(bigint) is 'Counts and hashes the effective rows of a unit.';

-- Some rows of which only cells changed: the rest of the overlay, and the tree, stay as they are.
create function greenroom_exams.patch_topics(p_unit bigint, p_refs text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  insert into greenroom.edited_topics as e (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  with patch as materialized (
    select
      x.ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added
    from greenroom.unit as u
    cross join pg_catalog.unnest(p_refs) as x (ref)
    left join greenroom.edit as e on e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key and e.row_ref = x.ref and e.state = 'in force'
    where u.id = p_unit
    group by x.ref
  )
  select p_unit, b.row_no, false, b.row_key, coalesce(e.parent_row_key, b.parent_row_key), b.position, b.derived, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from patch as p
  join greenroom.lineage as own on own.unit_id = p_unit and own.id = p.ref::uuid
  join greenroom.batch_topics as b on b.unit_id = p_unit and b.row_no = own.row_no
  left join greenroom.edited_topics as e on e.unit_id = p_unit and e.row_no = b.row_no
  cross join lateral pg_catalog.jsonb_populate_record(b, p.cells || case when e.row_no is null then '{}' else pg_catalog.jsonb_build_object(
    'topic_code', e.topic_code,
    'parent_code', e.parent_code,
    'topic_level', e.topic_level,
    'sort_order', e.sort_order
  ) end) as r
  union all
  select p_unit, e.row_no, false, e.row_key, e.parent_row_key, e.position, e.derived, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from patch as p
  join greenroom.edited_topics as e on e.unit_id = p_unit and e.row_no < 0 and e.row_key = p.ref
  cross join lateral pg_catalog.jsonb_populate_record(e, (p.added - array['topic_code', 'parent_code', 'topic_level', 'sort_order']::text[]) || p.cells) as r
  where p.added is not null
  on conflict (unit_id, row_no) do update
  set topic_code = excluded.topic_code, parent_code = excluded.parent_code, topic_name = excluded.topic_name, topic_level = excluded.topic_level, sort_order = excluded.sort_order, description = excluded.description, component_code = excluded.component_code, chronological_period = excluded.chronological_period, period_start_year = excluded.period_start_year, period_end_year = excluded.period_end_year, geographical_region = excluded.geographical_region, key_themes = excluded.key_themes, examined = excluded.examined, tier = excluded.tier, study_level = excluded.study_level, language = excluded.language, option_group = excluded.option_group;
  -- what says the same as its source again is not edited
  delete from greenroom.edited_topics as e
  using greenroom.batch_topics as b
  where e.unit_id = p_unit
    and b.unit_id = p_unit
    and b.row_no = e.row_no
    and not e.is_gone
    and (select pg_catalog.to_jsonb(x) from (select e.topic_code, e.parent_code, e.topic_name, e.topic_level, e.sort_order, e.description, e.component_code, e.chronological_period, e.period_start_year, e.period_end_year, e.geographical_region, e.key_themes, e.examined, e.tier, e.study_level, e.language, e.option_group) as x) is not distinct from (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x)
    and e.parent_row_key is not distinct from b.parent_row_key;
  perform greenroom_exams.rehash_topics(p_unit);
end
$$;
comment on function greenroom_exams.patch_topics(bigint, text[]) is 'Puts cells in force over some rows of a unit.';

-- Writes the effective rows of a pending unit, its hash and count.
create function greenroom_exams.overlay_topics(p_unit bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set jit = off
as $$
begin
  delete from greenroom.edited_topics as e where e.unit_id = p_unit;
  insert into greenroom.edited_topics (unit_id, row_no, is_gone, row_key, parent_row_key, position, derived, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  with patch as materialized (
    select
      e.row_ref as ref,
      coalesce(pg_catalog.jsonb_object_agg(e.column_name, e.value) filter (where e.action = 'set'), '{}') as cells,
      pg_catalog.bool_or(e.action = 'delete') as is_gone,
      (pg_catalog.array_agg(e.value) filter (where e.action = 'add'))[1] as added,
      pg_catalog.max(e.edited_by) filter (where e.action = 'add') as added_by
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.state = 'in force'
    group by e.row_ref
  ), tree as materialized (
    select n.* from greenroom_exams.nodes_topics(p_unit) as n
  ), node as materialized (
    select n.*, o.code as parent_code, o.row_key as parent_row_key, n.parent is distinct from n.was_parent as is_moved
    from tree as n
    left join tree as o on o.ref = n.parent
  )
  select
    p_unit, b.row_no, n.is_gone, n.row_key, case when n.parent is null and not n.is_moved then b.parent_row_key else coalesce(n.parent_row_key, n.parent) end, b.position, b.derived, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from node as n
  join greenroom.batch_topics as b on b.unit_id = p_unit and b.row_no = n.row_no
  left join patch as p on p.ref = n.ref
  cross join lateral pg_catalog.jsonb_populate_record(b, coalesce(p.cells, '{}') || pg_catalog.jsonb_build_object(
    'topic_code', n.code,
    'parent_code', case when n.parent is null and not n.is_moved then b.parent_code when n.parent is null then null else coalesce(n.parent_code, b.parent_code, n.parent) end,
    'topic_level', n.level,
    'sort_order', n.place
  )) as r
  where (n.is_gone or n.is_moved or (select pg_catalog.to_jsonb(x) from (select r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group) as x) is distinct from (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x))
    -- says nothing more, but is known before a record is made: of a whole tree that takes longest
    and (
      n.is_gone
      or n.is_moved
      or p.ref is not null
      or n.code is distinct from b.topic_code
      or case when n.parent is null and not n.is_moved then b.parent_code when n.parent is null then null else coalesce(n.parent_code, b.parent_code, n.parent) end is distinct from b.parent_code
      or n.level is distinct from b.topic_level
      or n.place is distinct from b.sort_order
    )
  union all
  select
    p_unit, -pg_catalog.row_number() over (order by n.ref)::integer, n.is_gone, n.row_key, coalesce(n.parent_row_key, n.parent), 'added by ' || p.added_by, null, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from node as n
  join patch as p on p.ref = n.ref
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_topics, (p.added - 'parent_code') || p.cells || pg_catalog.jsonb_build_object(
    'topic_code', n.code,
    'parent_code', coalesce(n.parent_code, n.parent),
    'topic_level', n.level,
    'sort_order', n.place
  )) as r
  where n.is_added;
  -- rows that people added keep their id from one writing to the next
  delete from greenroom.lineage as l where l.unit_id = p_unit and l.row_no < 0;
  insert into greenroom.lineage (unit_id, row_no, id)
  select p_unit, e.row_no, e.row_key::uuid
  from greenroom.edited_topics as e
  where e.unit_id = p_unit
    and e.row_no < 0;
  perform greenroom_exams.rehash_topics(p_unit);
end
$$;
comment on function greenroom_exams.overlay_topics(bigint) is 'Puts the edits in force over a sealed unit.';


-- Compares the edits of a unit with what its source says now: they stay, retire themselves, or are in conflict.
create function greenroom_exams.rebase_topics(p_unit bigint)
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
    join whole as u on e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ), source as materialized (
    select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) as ref, (select pg_catalog.to_jsonb(x) from (select b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group) as x) as "values"
    from greenroom.batch_topics as b
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
        when 'parent' then coalesce(pg_catalog.to_jsonb(n.was_parent), 'null')
        when 'order' then coalesce((
          select pg_catalog.jsonb_agg(k.ref order by k.was_rank)
          from greenroom_exams.nodes_topics(p_unit) as k
          where k.was_rank is not null
            and k.was_parent is not distinct from nullif(m.row_ref, 'root')
        ), '[]')
      end as says
    from mine as m
    left join source as s on s.ref = m.row_ref
    left join greenroom_exams.nodes_topics(p_unit) as n on n.ref = m.row_ref and not n.is_added and m.action = 'parent'
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
            from pg_catalog.jsonb_each((s.value - array['topic_code', 'parent_code', 'topic_level', 'sort_order']::text[]) || s.cells) as v
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
        when s.action = 'delete' then case when s.says - array['topic_code', 'parent_code', 'topic_level', 'sort_order']::text[] = s.base - array['topic_code', 'parent_code', 'topic_level', 'sort_order']::text[] then 'in force' else 'conflict' end
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
comment on function greenroom_exams.rebase_topics(bigint) is 'Sets edits in force or in conflict, by what the source says now, and notes where it agrees.';

-- Rows copied from production say what edits made of them: what the source said is put back under the edits.
create function greenroom_exams.unapply_topics(p_unit bigint)
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
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.state in ('in force', 'conflict')
  ) then
    return;
  end if;
  -- rows that people took away
  with gone as (
    select
      e.row_ref, e.base,
      (select pg_catalog.max(b.row_no) from greenroom.batch_topics as b where b.unit_id = p_unit) + pg_catalog.row_number() over (order by e.id) as row_no
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.action = 'delete'
      and e.state in ('in force', 'conflict')
      and e.row_ref not in (
        select coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
        from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
        where b.unit_id = p_unit
      )
  ), traced as (
    insert into greenroom.lineage (unit_id, row_no, id)
    select p_unit, g.row_no, g.row_ref::uuid from gone as g
  )
  insert into greenroom.batch_topics (unit_id, row_no, row_key, parent_row_key, position, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
  select p_unit, g.row_no, g.row_ref, (select o.row_key from greenroom.batch_topics as o where o.unit_id = p_unit and o.topic_code = r.parent_code order by o.row_no limit 1), 'as published', r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group
  from gone as g
  cross join lateral pg_catalog.jsonb_populate_record(null::greenroom.batch_topics, g.base) as r;
  update greenroom.batch_topics as b
  set topic_code = r.topic_code, parent_code = r.parent_code, topic_name = r.topic_name, topic_level = r.topic_level, sort_order = r.sort_order, description = r.description, component_code = r.component_code, chronological_period = r.chronological_period, period_start_year = r.period_start_year, period_end_year = r.period_end_year, geographical_region = r.geographical_region, key_themes = r.key_themes, examined = r.examined, tier = r.tier, study_level = r.study_level, language = r.language, option_group = r.option_group,
    parent_row_key = r.parent_row_key
  from (
    select b.row_no, r.topic_code, r.parent_code, r.topic_name, r.topic_level, r.sort_order, r.description, r.component_code, r.chronological_period, r.period_start_year, r.period_end_year, r.geographical_region, r.key_themes, r.examined, r.tier, r.study_level, r.language, r.option_group, case when p.has_parent then o.row_key else b.parent_row_key end as parent_row_key
    from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join (
      select
        e.row_ref,
        coalesce(pg_catalog.jsonb_object_agg(e.column_name, coalesce(e.theirs, e.base)) filter (where e.action = 'set' and e.base is not null), '{}') as cells,
        pg_catalog.bool_or(e.action = 'parent') as has_parent,
        pg_catalog.max(e.base #>> '{}') filter (where e.action = 'parent') as parent
      from greenroom.edit as e
      join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
      where e.state in ('in force', 'conflict')
      group by e.row_ref
    ) as p on p.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no))
    left join greenroom.batch_topics as o on o.unit_id = b.unit_id and o.row_key = p.parent
    cross join lateral pg_catalog.jsonb_populate_record(b, p.cells || case when p.has_parent then pg_catalog.jsonb_build_object('parent_code', o.topic_code) else '{}' end) as r
    where b.unit_id = p_unit
  ) as r
  where b.unit_id = p_unit
    and b.row_no = r.row_no;
  -- how deep a row stood, and where, no edit of another row says: the last batch that held it before does
  with recursive cell as materialized (
    select e.row_ref, e.action, e.base, e.value
    from greenroom.edit as e
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where e.action in ('parent', 'order')
      and e.state in ('in force', 'conflict')
  ), below as (
    select b.row_no, b.row_key
    from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join cell as c on c.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) and c.action = 'parent'
    where b.unit_id = p_unit
    union
    select b.row_no, b.row_key
    from below as a
    join greenroom.batch_topics as b on b.unit_id = p_unit and b.parent_row_key = a.row_key
  ), placed as materialized (
    select a.row_no from below as a
    union
    select b.row_no
    from cell as c
    cross join lateral pg_catalog.jsonb_array_elements_text(c.base || c.value) as x (ref)
    join greenroom.batch_topics as b on b.unit_id = p_unit
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    where c.action = 'order'
      and coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) = x.ref
  ), known as (
    select distinct on (p.row_no) p.row_no, w.topic_level, w.sort_order
    from placed as p
    join greenroom.lineage as own on own.unit_id = p_unit and own.row_no = p.row_no
    join greenroom.unit as u on u.id = p_unit
    join greenroom.unit as o on o.scope_id = u.scope_id and o.dataset = u.dataset and o.key = u.key and o.id < u.id
    join greenroom.lineage as l on l.unit_id = o.id and l.id = own.id
    join greenroom.batch_topics as w on w.unit_id = l.unit_id and w.row_no = l.row_no
    order by p.row_no, o.id desc
  )
  update greenroom.batch_topics as b
  set topic_level = k.topic_level, sort_order = k.sort_order
  from known as k
  where b.unit_id = p_unit
    and b.row_no = k.row_no;
  -- rows that only people know
  delete from greenroom.batch_topics as b
  using (
    select b.row_no
    from greenroom.batch_topics as b
    left join greenroom.lineage as own on own.unit_id = b.unit_id and own.row_no = b.row_no
    join greenroom.edit as e on e.row_ref = coalesce(own.id::text, pg_catalog.format('row:%s:%s', b.unit_id, b.row_no)) and e.action = 'add' and e.state in ('in force', 'conflict')
    join greenroom.unit as u on u.id = p_unit and e.scope_id = u.scope_id and e.dataset = 'topics' and e.unit_key = u.key
    where b.unit_id = p_unit
  ) as a
  where b.unit_id = p_unit
    and b.row_no = a.row_no;
  delete from greenroom.lineage as l
  where l.unit_id = p_unit
    and not exists (select from greenroom.batch_topics as b where b.unit_id = p_unit and b.row_no = l.row_no);
end
$$;
comment on function greenroom_exams.unapply_topics(bigint) is 'Puts what the source said under the edits of rows copied from production.';

-- Published rows of a unit as a new unit that waits, to be corrected.
create function greenroom_exams.reopen_topics(p_scope integer, p_key text[], p_by text)
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
  select p.* into v_published from greenroom.published as p where p.scope_id = p_scope and p.dataset = 'topics' and p.key = p_key and p.row_count > 0;
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
    values (v_batch, p_scope, 'topics', p_key, true, coalesce(v_unit.sealed_rows, v_unit.row_count), v_unit.quarantined_count, coalesce(v_unit.sealed_hash, v_unit.hash), v_unit.keys_are_unique, v_unit.texts_are_sound)
    returning id into v_new;
    insert into greenroom.batch_topics (unit_id, row_no, row_key, parent_row_key, position, derived, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
    select v_new, b.row_no, b.row_key, b.parent_row_key, b.position, b.derived, b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group
    from greenroom.batch_topics as b
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
    values (v_batch, p_scope, 'topics', p_key, true, v_published.row_count, '')
    returning id into v_new;
    insert into greenroom.batch_topics (unit_id, row_no, row_key, parent_row_key, position, topic_code, parent_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group)
    select
      v_new,
      pg_catalog.row_number() over (order by p.id)::integer,
      p.id::text,
      p.parent_topic_id::text,
      'as published',
      p.topic_code::text,
      parent.topic_code,
      p.topic_name::text,
      p.topic_level::integer,
      p.sort_order::integer,
      p.description::text,
      p.component_code::text,
      p.chronological_period::text,
      p.period_start_year::integer,
      p.period_end_year::integer,
      p.geographical_region::text,
      p.key_themes::jsonb,
      p.examined::boolean,
      p.tier::text,
      p.study_level::text,
      p.language::text,
      p.option_group::text
    from (select v_published.root_id as root_id, p_key as key) as t
    join "public".curriculum_topics as p on p.exam_board_subject_id = t.root_id and p.retired_at is null
    left join "public".curriculum_topics as parent on parent.id = p.parent_topic_id
    ;
    get diagnostics v_rows = row_count;
    insert into greenroom.lineage (unit_id, row_no, id)
    select v_new, b.row_no, b.row_key::uuid
    from greenroom.batch_topics as b
    where b.unit_id = v_new;
    perform greenroom_exams.unapply_topics(v_new);
    select pg_catalog.count(*) into v_rows from greenroom.batch_topics as b where b.unit_id = v_new;
    select pg_catalog.concat_ws(':', pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes), 0) # case when pg_catalog.num_nonnulls(b.examined, b.tier, b.study_level, b.language, b.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(b.examined, b.tier, b.study_level, b.language, b.option_group), 2) end, 0)), 0), coalesce(pg_catalog.sum(pg_catalog.hashint8extended(pg_catalog.hash_record_extended(row(b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes), 1) # case when pg_catalog.num_nonnulls(b.examined, b.tier, b.study_level, b.language, b.option_group) = 0 then 0 else pg_catalog.hash_record_extended(row(b.examined, b.tier, b.study_level, b.language, b.option_group), 3) end, 1)), 0)) into v_hash from greenroom.batch_topics as b where b.unit_id = v_new;
    update greenroom.unit as u set hash = v_hash, row_count = v_rows where u.id = v_new;
  end if;
  update greenroom.batch as b set read_count = v_rows, staged_count = v_rows where b.id = v_batch;
  return v_new;
end
$$;
comment on function greenroom_exams.reopen_topics(integer, text[], text) is 'Published rows of a unit as a pending unit; null where nothing is published.';


-- One gesture on a pending unit: every change of it, or none.
create function greenroom_exams.change_topics(p_unit bigint, p_changes jsonb, p_by text, p_reason text, p_gesture uuid)
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
  v_known text[] := array['topic_code', 'topic_name', 'topic_level', 'description', 'component_code', 'chronological_period', 'period_start_year', 'period_end_year', 'geographical_region', 'key_themes', 'examined', 'tier', 'study_level', 'language', 'option_group']::text[];
  v_under text;
  v_list jsonb;
  v_was jsonb;
  v_child record;
begin
  perform greenroom_exams.trace_topics(p_unit);
  for v_change in select c.value from pg_catalog.jsonb_array_elements(p_changes) as c loop
    -- the tree as it stands before this change, walked once
    if v_change ->> 'do' <> 'set' then
      drop table if exists pg_temp.edit_nodes;
      create temporary table edit_nodes on commit drop as
      select n.* from greenroom_exams.nodes_topics(p_unit) as n;
      analyze pg_temp.edit_nodes;
    end if;
    if v_change ->> 'do' = 'add' then
      v_ref := pg_catalog.gen_random_uuid()::text;
      v_value := '{}';
      if pg_catalog.jsonb_typeof(coalesce(v_change -> 'values', '{}')) <> 'object' then
        perform greenroom.refuse('the values of a new row are not given by column', '[]', 'give an object: column and value');
      end if;
      for v_column in select k from pg_catalog.jsonb_object_keys(coalesce(v_change -> 'values', '{}')) as k loop
        if v_column <> all (v_known) then
          perform greenroom.refuse(pg_catalog.format('topics has no column %I that can be given', v_column), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
        end if;
        v_value := v_value || pg_catalog.jsonb_build_object(v_column, greenroom_exams.given_topics(v_column, v_change -> 'values' -> v_column));
      end loop;
      v_value := greenroom_exams.completed_topics(p_unit, v_value);
      v_under := greenroom_exams.ref_topics(p_unit, v_change ->> 'under');
      if v_under is not null and not exists (select from pg_temp.edit_nodes as n where n.ref = v_under and not n.is_gone) then
        perform greenroom.refuse('the row it should stand under is not there', '[]', 'look at the tree again');
      end if;
      v_value := v_value || pg_catalog.jsonb_build_object('parent_code', v_under);
      perform greenroom_exams.put_edit(p_unit, v_ref, (
        select pg_catalog.concat_ws(' ', b.topic_code, b.topic_name) from pg_catalog.jsonb_populate_record(null::greenroom.batch_topics, v_value - 'parent_code') as b
      ), 'add', null, null, v_value, p_by, p_reason, p_gesture);
      v_refs := v_refs || v_ref;
      if v_change ? 'after' then
        perform greenroom_exams.place_topics(p_unit, v_ref, v_under, v_change ->> 'after', p_by, p_reason, p_gesture);
      end if;
      continue;
    end if;

    v_ref := greenroom_exams.ref_topics(p_unit, v_change ->> 'row');
    select r.* into v_row from greenroom_exams.rows_topics(p_unit, v_ref) as r;
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
        perform greenroom.refuse(pg_catalog.format('topics has no column %s that can be edited', coalesce(v_column, '')), '[]', pg_catalog.format('columns: %s', pg_catalog.array_to_string(v_known, ', ')));
      end if;
      if not v_change ? 'value' then
        perform greenroom.refuse(pg_catalog.format('what should %s say? no value is given', v_column), '[]', 'give a value; null empties it');
      end if;
      v_value := greenroom_exams.given_topics(v_column, v_change -> 'value');
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
      if v_change ? 'with_children' and pg_catalog.jsonb_typeof(v_change -> 'with_children') <> 'boolean' then
        perform greenroom.refuse('with_children is true or false', '[]', 'say whether its children go with it');
      end if;
      if exists (select from pg_temp.edit_nodes as n where n.parent = v_ref and not n.is_gone) then
        if v_change -> 'with_children' = 'true' then
          for v_child in
            with recursive below as (
              select n.ref, 1 as depth from pg_temp.edit_nodes as n where n.parent = v_ref and not n.is_gone
              union all
              select n.ref, b.depth + 1
              from below as b
              join pg_temp.edit_nodes as n on n.parent = b.ref and not n.is_gone
              where b.depth < 60
            )
            select distinct r.ref, r.label, r.state, r.source, r."values"
            from below as b
            join greenroom_exams.rows_topics(p_unit) as r on r.ref = b.ref
          loop
            perform greenroom_exams.remove_topics(p_unit, v_child.ref, v_child.label, v_child.state, coalesce(v_child.source, v_child."values"), p_by, p_reason, p_gesture);
            v_refs := v_refs || v_child.ref;
            v_gone := v_gone || v_child.ref;
          end loop;
        else
          perform greenroom.refuse(
            pg_catalog.format('%s has rows under it: %s', v_row.label, (
              select pg_catalog.count(*) from pg_temp.edit_nodes as n where n.parent = v_ref and not n.is_gone
            )), '[]', 'delete it with its children, or move them first');
        end if;
      end if;
      perform greenroom_exams.remove_topics(p_unit, v_ref, v_row.label, v_row.state, coalesce(v_row.source, v_row."values"), p_by, p_reason, p_gesture);
      v_gone := v_gone || v_ref;
    when 'move' then
      if not v_change ? 'under' then
        perform greenroom.refuse(pg_catalog.format('where should %s stand? nothing is given', v_row.label), '[]', 'name the row it stands under; null for the top');
      end if;
      v_under := greenroom_exams.ref_topics(p_unit, v_change ->> 'under');
      select n.* into v_child from pg_temp.edit_nodes as n where n.ref = v_ref;
      if v_change #> '{seen,under}' is not null and (greenroom_exams.ref_topics(p_unit, v_change #>> '{seen,under}')) is distinct from v_child.parent and v_child.parent is distinct from v_under then
        perform greenroom.refuse(
          pg_catalog.format('%s was moved meanwhile', v_row.label),
          pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'check', 'changed_meanwhile', 'severity', 'error', 'row_key', v_ref, 'column', 'parent_code',
            'message', pg_catalog.format('%s stands elsewhere now', v_row.label),
            'yours', v_under, 'theirs', v_child.parent, 'seen', v_change #> '{seen,under}',
            'by', greenroom_exams.editor_of(p_unit, v_ref, 'parent', null)
          )),
          'look at the tree again, and decide'
        );
      end if;
      if v_under is not null then
        if not exists (select from pg_temp.edit_nodes as n where n.ref = v_under and not n.is_gone) then
          perform greenroom.refuse('the row it should stand under is not there', '[]', 'look at the tree again');
        end if;
        if exists (
          with recursive up as (
            select v_under as ref, 1 as depth
            union all
            select n.parent, u.depth + 1
            from up as u
            join pg_temp.edit_nodes as n on n.ref = u.ref
            where n.parent is not null
              and u.depth < 60
          )
          select from up as u where u.ref = v_ref
        ) then
          perform greenroom.refuse(pg_catalog.format('%s cannot stand under itself', v_row.label), '[]', 'choose a row that is not below it');
        end if;
      end if;
      perform greenroom_exams.put_edit(p_unit, v_ref, v_row.label, 'parent', null,
        case when not v_child.is_added then coalesce(pg_catalog.to_jsonb(v_child.was_parent), 'null') end,
        coalesce(pg_catalog.to_jsonb(v_under), 'null'), p_by, p_reason, p_gesture);
      if v_change ? 'after' then
        perform greenroom_exams.place_topics(p_unit, v_ref, v_under, v_change ->> 'after', p_by, p_reason, p_gesture);
      end if;
    else
      perform greenroom.refuse(pg_catalog.format('nothing is done by %L', v_change ->> 'do'), '[]', 'set, add, delete, move');
    end case;
  end loop;
  return pg_catalog.to_jsonb(v_refs);
end
$$;
comment on function greenroom_exams.change_topics(bigint, jsonb, text, text, uuid) is 'Records one gesture as edits.';

-- The row somebody means: by its id, or, before the first edit, by its place in the very unit that was looked at.
create function greenroom_exams.ref_topics(p_unit bigint, p_ref text)
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
comment on function greenroom_exams.ref_topics(bigint, text) is 'row:UNIT:N as the id of that row; others as they are.';

create function greenroom_exams.given_topics(p_column text, p_value jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := greenroom_exams.read_topics(p_column, p_value);
begin
  if v_value is null then
    perform greenroom.refuse(pg_catalog.format('%s cannot be %s', p_column, pg_catalog.left(p_value::text, 80)), '[]', 'give a value of the kind the column holds');
  end if;
  if v_value = 'null' and p_column = any (array['topic_code', 'topic_name']::text[]) then
    perform greenroom.refuse(pg_catalog.format('%s cannot be empty', p_column), '[]', 'give it a value, or delete the row');
  end if;
  return v_value;
end
$$;
comment on function greenroom_exams.given_topics(text, jsonb) is 'A value of topics, or a refusal that says why not.';

-- A row that is added has what every row must have.
create function greenroom_exams.completed_topics(p_unit bigint, p_values jsonb)
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
  from pg_catalog.unnest(array['topic_code', 'topic_name']::text[]) as c
  where coalesce(v_values -> c, 'null') = 'null';
  if v_wanting is not null then
    perform greenroom.refuse('a new row needs ' || v_wanting, '[]', 'give every one of them');
  end if;
  return v_values;
end
$$;
comment on function greenroom_exams.completed_topics(bigint, jsonb) is 'Values of a row to be added, or a refusal that names what is wanting.';

create function greenroom_exams.remove_topics(p_unit bigint, p_ref text, p_label text, p_state text, p_base jsonb, p_by text, p_reason text, p_gesture uuid)
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
comment on function greenroom_exams.remove_topics(bigint, text, text, text, jsonb, text, text, uuid) is 'Deletes one row by an edit.';

-- Puts a row behind another among the children of its parent.
create function greenroom_exams.place_topics(p_unit bigint, p_ref text, p_under text, p_after text, p_by text, p_reason text, p_gesture uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_after text := greenroom_exams.ref_topics(p_unit, p_after);
  v_list text[];
  v_was jsonb;
  v_at integer;
begin
  select
    coalesce(pg_catalog.array_agg(n.ref order by n.place, n.was_rank nulls last, n.ref) filter (where n.parent is not distinct from p_under and not n.is_gone and n.ref <> p_ref), '{}'),
    coalesce(pg_catalog.jsonb_agg(n.ref order by n.was_rank) filter (where n.was_rank is not null and n.was_parent is not distinct from p_under), '[]')
  into v_list, v_was
  from pg_temp.edit_nodes as n;
  v_at := case when v_after is null then 0 else pg_catalog.array_position(v_list, v_after) end;
  if v_at is null then
    perform greenroom.refuse('the row it should follow does not stand there', '[]', 'look at the tree again');
  end if;
  v_list := v_list[1:v_at] || p_ref || v_list[v_at + 1:];
  perform greenroom_exams.put_edit(p_unit, coalesce(p_under, 'root'), coalesce((select r.label from greenroom_exams.rows_topics(p_unit, p_under) as r where r.ref = p_under), 'the top'),
    'order', null, v_was, pg_catalog.to_jsonb(v_list), p_by, p_reason, p_gesture);
end
$$;
comment on function greenroom_exams.place_topics(bigint, text, text, text, text, text, uuid) is 'Records the order of a parent''s children with one row put elsewhere.';

-- "public".curriculum_topics as it will stand once the prepared releases land.
create view preview.curriculum_topics as
select
  p.id,
  p.exam_board_subject_id,
  p.parent_topic_id,
  p.topic_code,
  p.topic_name,
  p.topic_level,
  p.sort_order,
  p.description,
  p.component_code,
  p.chronological_period,
  p.period_start_year,
  p.period_end_year,
  p.geographical_region,
  p.key_themes,
  p.examined,
  p.tier,
  p.study_level,
  p.language,
  p.option_group,
  p.retired_at,
  p.created_at,
  p.updated_at,
  p.release_id
from "public".curriculum_topics as p
where not exists (
  select
  from greenroom.prepared_topics as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where p.id = f.id
)
union all
select
  f.id,
  f.exam_board_subject_id,
  f.parent_topic_id,
  f.topic_code,
  f.topic_name,
  f.topic_level,
  f.sort_order,
  f.description,
  f.component_code,
  f.chronological_period,
  f.period_start_year,
  f.period_end_year,
  f.geographical_region,
  f.key_themes,
  f.examined,
  f.tier,
  f.study_level,
  f.language,
  f.option_group,
  null::timestamptz,
  coalesce(p.created_at, r.made_at),
  r.made_at,
  f.release_id
from greenroom.prepared_topics as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join "public".curriculum_topics as p on p.id = f.id
where f.op <> 'retire';
comment on view preview.curriculum_topics is 'curriculum_topics as it will be once prepared releases land.';

-- Source columns of "public".curriculum_topics changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of exam_board_subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, description, component_code, chronological_period, period_start_year, period_end_year, geographical_region, key_themes, examined, tier, study_level, language, option_group, retired_at
on "public".curriculum_topics
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and (old.exam_board_subject_id, old.parent_topic_id, old.topic_code, old.topic_name, old.topic_level, old.sort_order, old.description, old.component_code, old.chronological_period, old.period_start_year, old.period_end_year, old.geographical_region, old.key_themes, old.examined, old.tier, old.study_level, old.language, old.option_group, old.retired_at) is distinct from (new.exam_board_subject_id, new.parent_topic_id, new.topic_code, new.topic_name, new.topic_level, new.sort_order, new.description, new.component_code, new.chronological_period, new.period_start_year, new.period_end_year, new.geographical_region, new.key_themes, new.examined, new.tier, new.study_level, new.language, new.option_group, new.retired_at)
)
execute function greenroom.note_drift('exams', 'topics', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_insert
after insert on "public".curriculum_topics
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'topics', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_drift_delete
after delete on "public".curriculum_topics
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift('exams', 'topics', 'exam_board_subject_id', '{id}', '{}');
create or replace trigger greenroom_no_truncate
before truncate on "public".curriculum_topics
for each statement
execute function greenroom.refuse_truncate();
