-- Subjects of some boards and qualifications, one row per specification version, in whichever layers they stand:
-- production, the units that wait, the inbox. One that waits is the production row that it is about.
with production as (
  select
    b.code as board,
    q.code as qualification,
    s.id as root_id,
    s.subject_code as code,
    coalesce(s.spec_version, '') as version,
    s.subject_name as name,
    s.spec_start_year,
    s.spec_end_year,
    s.live_in_app,
    s.is_current,
    s.retired_at is not null as is_retired,
    s.specification_url,
    s.specification_pdf_url
  from {home}.exam_board_subjects as s
  join {home}.exam_boards as b on b.id = s.exam_board_id
  join {home}.qualification_types as q on q.id = s.qualification_type_id
  where (%(board)s::text is null or b.code = %(board)s)
    and (%(qualification)s::text is null or q.code = %(qualification)s)
    and (%(subject)s::text is null or s.subject_code = %(subject)s)
), unit as (
  select
    c.id as scope_id,
    c.keys[1] as board,
    c.keys[2] as qualification,
    u.key[1] as code,
    u.key[2] as version,
    u.id,
    u.dataset,
    u.state,
    u.row_count
  from greenroom.scope as c
  join greenroom.unit as u on u.scope_id = c.id and u.state in ('sealed', 'held', 'ready')
  where c.pack = %(pack)s
    and (%(board)s::text is null or c.keys[1] = %(board)s)
    and (%(qualification)s::text is null or c.keys[2] = %(qualification)s)
    and (%(subject)s::text is null or u.key[1] = %(subject)s)
), waiting as (
  select
    u.board, u.qualification, u.code, u.version,
    pg_catalog.jsonb_object_agg(u.dataset, pg_catalog.jsonb_build_object('unit', u.id, 'state', u.state, 'rows', u.row_count)) as units,
    pg_catalog.bool_or(u.state = 'held') as is_held,
    (
      select b.subject_name from {compiled}.effective_subjects as b
      where b.unit_id = pg_catalog.max(u.id) filter (where u.dataset = 'subjects')
      limit 1
    ) as name
  from unit as u
  group by u.board, u.qualification, u.code, u.version
), inbox as (
  select
    i.scope_keys[1] as board,
    i.scope_keys[2] as qualification,
    i.unit_key[1] as code,
    coalesce(i.unit_key[2], '') as version,
    i.inbox_id,
    i.subject_name as name
  from {compiled}.inbox_subjects as i
  where (%(board)s::text is null or i.scope_keys[1] = %(board)s)
    and (%(qualification)s::text is null or i.scope_keys[2] = %(qualification)s)
    and (%(subject)s::text is null or i.unit_key[1] = %(subject)s)
    and pg_catalog.array_position(i.scope_keys, null) is null
    and i.unit_key[1] is not null
), exact as (
  -- a version that came back beside the one that left it
  select distinct on (p.board, p.qualification, p.code, p.version) p.*
  from production as p
  order by p.board, p.qualification, p.code, p.version, p.is_retired, p.root_id
), unnamed as (
  -- the current one that has no version yet is meant whatever version is named
  select distinct on (p.board, p.qualification, p.code) p.*
  from production as p
  where p.version = ''
    and p.is_current
    and not p.is_retired
  order by p.board, p.qualification, p.code, p.root_id
), entering as (
  select w.board, w.qualification, w.code, w.version, w.units, w.is_held, null::uuid as inbox_id, w.name
  from waiting as w
  union all
  select i.board, i.qualification, i.code, i.version, null, false, i.inbox_id, i.name
  from inbox as i
), stood as (
  select
    p.board, p.qualification, p.code, p.version, p.root_id, null::jsonb as units, false as is_held, null::uuid as inbox_id, p.name
  from production as p
  union all
  select
    e.board,
    e.qualification,
    e.code,
    coalesce(x.version, n.version, e.version),
    coalesce(x.root_id, n.root_id),
    e.units,
    e.is_held,
    e.inbox_id,
    e.name
  from entering as e
  left join exact as x on (x.board, x.qualification, x.code, x.version) = (e.board, e.qualification, e.code, e.version)
  left join unnamed as n on (n.board, n.qualification, n.code) = (e.board, e.qualification, e.code)
), one as (
  select
    s.board,
    s.qualification,
    s.code,
    s.version,
    s.root_id,
    (pg_catalog.array_agg(s.units) filter (where s.units is not null))[1] as units,
    pg_catalog.bool_or(s.is_held) as is_held,
    (pg_catalog.array_agg(s.inbox_id) filter (where s.inbox_id is not null))[1] as inbox_id,
    -- as production calls it, else as it waits, else as the inbox has it
    coalesce(
      pg_catalog.min(s.name) filter (where s.units is null and s.inbox_id is null),
      pg_catalog.min(s.name) filter (where s.units is not null),
      pg_catalog.min(s.name),
      ''
    ) as name
  from stood as s
  group by s.board, s.qualification, s.code, s.version, s.root_id
), wanted as (
  select o.*, pg_catalog.count(*) over () as total
  from one as o
  where %(words)s::text is null
    or pg_catalog.strpos(pg_catalog.lower(o.name), pg_catalog.lower(%(words)s)) > 0
    or pg_catalog.strpos(pg_catalog.lower(o.code), pg_catalog.lower(%(words)s)) > 0
), page as (
  select w.*
  from wanted as w
  order by w.board, w.qualification, pg_catalog.lower(w.name), w.code, w.version desc
  limit %(limit)s
  offset %(offset)s
)
select
  g.total,
  (select c.id from greenroom.scope as c where c.pack = %(pack)s and c.keys = array[g.board, g.qualification]) as scope_id,
  g.board,
  g.qualification,
  g.code,
  g.version,
  g.name,
  g.root_id,
  g.inbox_id,
  coalesce(g.units, '{{}}') as units,
  g.is_held,
  p.spec_start_year,
  p.spec_end_year,
  coalesce(p.live_in_app, false) as is_live,
  coalesce(p.is_current, true) as is_current,
  coalesce(p.is_retired, false) as is_retired,
  p.specification_url,
  p.specification_pdf_url,
  coalesce(t.by_level, '{{}}') as topics_by_level,
  coalesce(t.topics, 0)::bigint as topics,
  (
    select pg_catalog.count(*) from {home}.exam_papers as e
    where e.exam_board_subject_id = g.root_id and e.retired_at is null
  ) as papers,
  (select pg_catalog.count(*) from {home}.staging_aqa_topics as i where i.subject_id = g.inbox_id) as inbox_topics,
  (select pg_catalog.count(*) from {home}.staging_aqa_exam_papers as i where i.subject_id = g.inbox_id) as inbox_papers
from page as g
left join production as p on p.root_id = g.root_id
left join lateral (
  select pg_catalog.jsonb_object_agg(n.topic_level, n.topics order by n.topic_level) as by_level, pg_catalog.sum(n.topics) as topics
  from (
    select c.topic_level, pg_catalog.count(*) as topics
    from {home}.curriculum_topics as c
    where c.exam_board_subject_id = g.root_id
      and c.retired_at is null
    group by c.topic_level
  ) as n
) as t on true
order by g.board, g.qualification, pg_catalog.lower(g.name), g.code, g.version desc
