-- One subject's tree as plain rows, from production where it stands, else from the newest batch:
-- what two specifications are compared by.
create function greenroom_exams.tree(p_scope integer, p_code text)
returns table (code text, name text, parent_code text, level integer, place bigint, is_published boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with subject as (
    select p.id
    from greenroom_exams.subjects_in(p_scope) as p
    where p.subject_code = p_code
      and p.retired_at is null
    order by p.is_current desc, p.spec_start_year desc nulls last
    limit 1
  ), published as (
    select t.topic_code, t.topic_name, o.topic_code as parent_code, t.topic_level, t.sort_order
    from "public".curriculum_topics as t
    left join "public".curriculum_topics as o on o.id = t.parent_topic_id
    where t.exam_board_subject_id = (select s.id from subject as s)
      and t.retired_at is null
  ), staged as (
    select b.topic_code, b.topic_name, b.parent_code, b.topic_level, b.sort_order
    from greenroom_exams.effective_topics as b
    where b.unit_id = (
      select pg_catalog.max(u.id)
      from greenroom.unit as u
      where u.scope_id = p_scope
        and u.dataset = 'topics'
        and u.key[1] = p_code
        and u.state in ('sealed', 'held', 'ready')
    )
  ), found as (
    select p.*, true as is_published from published as p
    union all
    select s.*, false from staged as s where not exists (select from published)
  )
  select
    f.topic_code,
    f.topic_name,
    f.parent_code,
    f.topic_level,
    pg_catalog.row_number() over (order by f.topic_level, f.parent_code nulls first, f.sort_order, f.topic_code),
    f.is_published
  from found as f
$$;
comment on function greenroom_exams.tree(integer, text) is 'The tree of a subject: published, else as it was staged last.';

-- The subject whose place this one took, as its board says it.
create function greenroom_exams.predecessor(p_scope integer, p_code text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select p.succeeds
      from greenroom_exams.subjects_in(p_scope) as p
      where p.subject_code = p_code
        and p.succeeds is not null
      order by p.is_current desc
      limit 1
    ),
    (
      select b.succeeds
      from greenroom_exams.effective_subjects as b
      join greenroom.unit as u on u.id = b.unit_id
      where u.scope_id = p_scope
        and b.subject_code = p_code
        and b.succeeds is not null
      order by u.id desc
      limit 1
    )
  )
$$;
comment on function greenroom_exams.predecessor(integer, text) is 'The code of the subject that this one succeeds, if its board declares one.';
