-- The rows of another dataset that go with a sealed unit: of the newest batch that waits, else as production has them.
-- What one dataset says of another is judged by these, whoever wrote either.
create function greenroom_exams.topics_of(p_scope integer, p_key text[])
returns table (topic_code text, option_group text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with waiting as (
    select pg_catalog.max(u.id) as id
    from greenroom.unit as u
    where u.scope_id = p_scope
      and u.dataset = 'topics'
      and u.key = p_key
      and u.state in ('sealed', 'held', 'ready')
  )
  select b.topic_code, b.option_group
  from greenroom_exams.effective_topics as b
  where b.unit_id = (select w.id from waiting as w)
  union all
  select t.topic_code, t.option_group
  from greenroom.published as p
  join "public".curriculum_topics as t on t.exam_board_subject_id = p.root_id
  where p.scope_id = p_scope
    and p.dataset = 'topics'
    and p.key = p_key
    and t.retired_at is null
    and (select w.id from waiting as w) is null
$$;
comment on function greenroom_exams.topics_of(integer, text[]) is 'Topic codes and their option groups that go with a unit: waiting ones, else published ones.';

create function greenroom_exams.option_groups_of(p_scope integer, p_key text[])
returns table (group_code text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with waiting as (
    select pg_catalog.max(u.id) as id
    from greenroom.unit as u
    where u.scope_id = p_scope
      and u.dataset = 'option_groups'
      and u.key = p_key
      and u.state in ('sealed', 'held', 'ready')
  )
  select b.group_code
  from greenroom_exams.effective_option_groups as b
  where b.unit_id = (select w.id from waiting as w)
  union all
  select g.group_code
  from greenroom.published as p
  join "public".exam_option_groups as g on g.exam_board_subject_id = p.root_id
  where p.scope_id = p_scope
    and p.dataset = 'option_groups'
    and p.key = p_key
    and g.retired_at is null
    and (select w.id from waiting as w) is null
$$;
comment on function greenroom_exams.option_groups_of(integer, text[]) is 'Option groups that go with a unit: waiting ones, else published ones.';
