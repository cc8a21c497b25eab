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
    from greenroom.batch_topics as b
    where b.unit_id in (select pg_catalog.unnest(p_units))
      and (
        b.parent_row_key is null
        or not exists (
          select from greenroom.batch_topics as p
          where p.unit_id = b.unit_id
            and p.row_key = b.parent_row_key
        )
      )
    union all
    select b.unit_id, b.row_no, b.row_key, w.depth + 1
    from walked as w
    join greenroom.batch_topics as b on b.unit_id = w.unit_id and b.parent_row_key = w.row_key
    where w.depth < 50
      and b.unit_id in (select pg_catalog.unnest(p_units))
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
-- row counts of what has just been sealed are unknown: no join may be quadratic
set enable_nestloop = off
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
      select from greenroom.batch_topics as b
      where b.unit_id = u.id
        and b.topic_code = p.topic_code
    )
    and not exists (
      select from greenroom.batch_topics as b
      where b.unit_id = u.id
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
begin
  return (
    select pg_catalog.string_agg(distinct pg_catalog.format('topics %s', pg_catalog.array_to_string(m.key, ' ')), ', ')
    from (
      select t.key, b.topic_code, b.parent_code, b.topic_name, b.topic_level, b.sort_order, b.description, b.component_code, b.chronological_period, b.period_start_year, b.period_end_year, b.geographical_region, b.key_themes, b.examined, b.tier, b.study_level, b.language, b.option_group
      from pg_temp.touched as t
      join greenroom.batch_topics as b on b.unit_id = t.unit_id
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
    from greenroom.batch_topics as b
    where b.unit_id in (select u.id from unit as u)
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
  )
  select
    b.unit_id,
    b.row_no,
    e.root_id,
    b.topic_code as code,
    b.parent_code as parent_code,
    b.topic_name as title,
    null::text as name,
    case
      when v_fresh then pg_catalog.gen_random_uuid()
      when r.id is not null then r.id
      when p.id not in (select k.id from recorded as k) then p.id
    end as id
  from pg_temp.entering as e
  join greenroom.batch_topics as b on b.unit_id = e.unit_id
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
  join greenroom.batch_topics as b on b.unit_id = n.unit_id and b.row_no = n.row_no
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
