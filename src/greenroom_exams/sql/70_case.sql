-- What is published, as packages of 1EdTech CASE 1.1: identifiers are production's, the tree is in associations.

-- Things that production gives no id of their own (associations, the subject of a document) get one that stays:
-- version 3, from the id they hang on and a name.
create function greenroom_exams.case_uuid(p_within uuid, p_name text)
returns uuid
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select (
    pg_catalog.substr(h.hash, 1, 12) || '3' || pg_catalog.substr(h.hash, 14, 3)
    || pg_catalog.substr('89ab', (('x' || pg_catalog.substr(h.hash, 17, 1))::bit(4) & b'0011')::integer + 1, 1)
    || pg_catalog.substr(h.hash, 18)
  )::uuid
  from (
    select pg_catalog.md5(pg_catalog.uuid_send(p_within) || pg_catalog.convert_to(p_name, 'UTF8')) as hash
  ) as h
$$;
comment on function greenroom_exams.case_uuid(uuid, text) is 'An identifier that is the same each time: a name-based UUID.';

-- Without a base address an identifier is its own address.
create function greenroom_exams.case_uri(p_base text, p_kind text, p_id uuid)
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case
    when coalesce(p_base, '') = '' then 'urn:uuid:' || p_id
    else pg_catalog.rtrim(p_base, '/') || '/ims/case/v1p1/' || p_kind || '/' || p_id
  end
$$;
comment on function greenroom_exams.case_uri(text, text, uuid) is 'The address of a CASE object below a base address.';

create function greenroom_exams.case_link(p_base text, p_kind text, p_id uuid, p_title text)
returns jsonb
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
    'title', p_title, 'identifier', p_id, 'uri', greenroom_exams.case_uri(p_base, p_kind, p_id)
  )
$$;
comment on function greenroom_exams.case_link(text, text, uuid, text) is 'A link to a CASE object: title, identifier and address.';

create function greenroom_exams.case_moment(p_moment timestamptz)
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.to_char(p_moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
comment on function greenroom_exams.case_moment(timestamptz) is 'A moment as CASE writes it.';

-- A document changed when its subject did, or any of its topics: who asks for news asks for documents.
create function greenroom_exams.case_document(p_subject uuid, p_base text)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
    'identifier', s.id,
    'uri', greenroom_exams.case_uri(p_base, 'CFDocuments', s.id),
    'caseVersion', '1.1',
    'creator', b.full_name,
    'publisher', b.full_name,
    'title', pg_catalog.concat_ws(' ', b.code, q.code, s.subject_name, '(' || s.subject_code || ')'),
    'lastChangeDateTime', greenroom_exams.case_moment(greatest(s.updated_at, t.updated_at)),
    'officialSourceURL', case
      when s.specification_pdf_url ~ '^https?://\S+$' then s.specification_pdf_url
      when s.specification_url ~ '^https?://\S+$' then s.specification_url
    end,
    'subject', pg_catalog.jsonb_build_array(s.subject_name),
    'subjectURI', pg_catalog.jsonb_build_array(
      greenroom_exams.case_link(p_base, 'CFSubjects', greenroom_exams.case_uuid(s.id, 'subject'), s.subject_name)
    ),
    'version', s.spec_version,
    'adoptionStatus', case when s.is_current and s.retired_at is null then 'Adopted' else 'Deprecated' end,
    'statusEndDate', (s.retired_at at time zone 'UTC')::date,
    'extensions', pg_catalog.jsonb_build_object('greenroom', pg_catalog.jsonb_build_object(
      'exam_board', b.code,
      'qualification', q.code,
      'subject_code', s.subject_code,
      'subject_name', s.subject_name,
      'spec_version', s.spec_version,
      'spec_start_year', s.spec_start_year,
      'qan', s.qan,
      'first_assessment_year', s.first_assessment_year,
      'last_assessment_year', s.last_assessment_year,
      'paper_code', s.paper_code,
      'succeeds', s.succeeds,
      'specification_url', s.specification_url,
      'specification_pdf_url', s.specification_pdf_url,
      'components', (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'code', c.component_code, 'name', c.name, 'examined', c.examined, 'assessment', c.assessment, 'tier', c.tier,
          'study_level', c.study_level, 'marks', c.marks, 'duration_minutes', c.duration_minutes,
          'weight_percent', c.weight_percent
        ) order by c.component_code)
        from "public".exam_components as c
        where c.exam_board_subject_id = s.id and c.retired_at is null
      ),
      'option_groups', (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'code', g.group_code, 'name', g.name, 'choose_least', g.choose_least, 'choose_most', g.choose_most,
          'component_code', g.component_code, 'note', g.note
        ) order by g.group_code)
        from "public".exam_option_groups as g
        where g.exam_board_subject_id = s.id and g.retired_at is null
      ),
      'exclusions', (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('one', x.one_code, 'other', x.other_code, 'why', x.why)
          order by x.one_code, x.other_code)
        from "public".exam_option_exclusions as x
        where x.exam_board_subject_id = s.id and x.retired_at is null
      )
    ))
  ))
  from "public".exam_board_subjects as s
  join "public".exam_boards as b on b.id = s.exam_board_id
  join "public".qualification_types as q on q.id = s.qualification_type_id
  left join lateral (
    select pg_catalog.max(c.updated_at) as updated_at
    from "public".curriculum_topics as c
    where c.exam_board_subject_id = s.id
  ) as t on true
  where s.id = p_subject
$$;
comment on function greenroom_exams.case_document(uuid, text) is 'The CFDocument of one published subject, as a package holds it.';

-- The code of a subject has no place in a document; the subject it is about has one for it.
create function greenroom_exams.case_subject(p_subject uuid, p_base text)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
    'identifier', i.id,
    'uri', greenroom_exams.case_uri(p_base, 'CFSubjects', i.id),
    'title', s.subject_name,
    'hierarchyCode', s.subject_code,
    'lastChangeDateTime', greenroom_exams.case_moment(s.updated_at)
  )
  from "public".exam_board_subjects as s
  cross join lateral (select greenroom_exams.case_uuid(s.id, 'subject') as id) as i
  where s.id = p_subject
$$;
comment on function greenroom_exams.case_subject(uuid, text) is 'The CFSubject of one published subject; its hierarchyCode is the subject code.';

create function greenroom_exams.case_items(p_subject uuid, p_base text)
returns table (id uuid, place bigint, item jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    t.id,
    pg_catalog.row_number() over (order by t.retired_at nulls first, t.topic_level, t.sort_order, greenroom_exams.natural_order(t.topic_code), t.id),
    pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
      'identifier', t.id,
      'uri', greenroom_exams.case_uri(p_base, 'CFItems', t.id),
      'humanCodingScheme', t.topic_code,
      'fullStatement', t.topic_name,
      'notes', nullif(t.description, ''),
      'statusEndDate', (t.retired_at at time zone 'UTC')::date,
      'lastChangeDateTime', greenroom_exams.case_moment(t.updated_at),
      'extensions', nullif(
        pg_catalog.jsonb_build_object('greenroom', nullif(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
          'component_code', t.component_code, 'examined', t.examined, 'tier', t.tier, 'study_level', t.study_level,
          'language', t.language, 'option_group', t.option_group
        )), '{}')),
        '{"greenroom": null}'
      )
    ))
  from "public".curriculum_topics as t
  where t.exam_board_subject_id = p_subject
$$;
comment on function greenroom_exams.case_items(uuid, text) is 'The CFItems of one published subject: its topics, with those that left and when.';

-- Children in their order, those that left behind them. What took the place of what is a fact somebody recorded:
-- of topics in the ledger, of subjects by their boards, of versions of one subject by their years.
create function greenroom_exams.case_associations(p_subject uuid, p_base text)
returns table (id uuid, origin uuid, destination uuid, association jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with subject as (
    select
      s.*,
      array[s.subject_code, coalesce(s.spec_version, '')] as unit_key,
      array[b.code, q.code] as scope_keys,
      pg_catalog.concat_ws(' ', b.code, q.code, s.subject_name, '(' || s.subject_code || ')') as title
    from "public".exam_board_subjects as s
    join "public".exam_boards as b on b.id = s.exam_board_id
    join "public".qualification_types as q on q.id = s.qualification_type_id
    where s.id = p_subject
  ), told (kind, kind_of_node, origin, origin_title, destination, destination_kind, destination_title, place, changed_at) as (
    select
      'isChildOf',
      'CFItems',
      t.id,
      t.topic_name,
      coalesce(p.id, s.id),
      case when p.id is null then 'CFDocuments' else 'CFItems' end,
      coalesce(p.topic_name, s.title),
      pg_catalog.row_number() over (
        partition by t.parent_topic_id
        order by t.retired_at nulls first, t.sort_order, greenroom_exams.natural_order(t.topic_code), t.id
      ),
      t.updated_at
    from subject as s
    join "public".curriculum_topics as t on t.exam_board_subject_id = s.id
    left join "public".curriculum_topics as p on p.id = t.parent_topic_id
    union all
    select 'replacedBy', 'CFItems', o.id, o.topic_name, n.id, 'CFItems', n.topic_name, null, c.recorded_at
    from subject as s
    join greenroom.scope as k on k.keys = s.scope_keys
    join greenroom.succession as c on c.scope_id = k.id and c.dataset = 'topics' and c.unit_key = s.unit_key
    join "public".curriculum_topics as n
      on n.exam_board_subject_id = s.id and n.topic_code = c.new_key and n.retired_at is null
    join lateral (
      -- a match recorded in time kept the row and its id: there is nothing to replace
      select r.id, r.topic_name
      from "public".curriculum_topics as r
      where r.exam_board_subject_id = s.id
        and r.topic_code = c.old_key
        and r.retired_at is not null
      order by r.retired_at desc
      limit 1
    ) as o on true
    union all
    select 'replacedBy', 'CFDocuments', s.id, s.title, n.id, 'CFDocuments', n.subject_name || ' (' || n.subject_code || ')', null, n.updated_at
    from subject as s
    join lateral (
      select o.id, o.subject_name, o.subject_code, o.updated_at
      from "public".exam_board_subjects as o
      where o.exam_board_id = s.exam_board_id
        and o.qualification_type_id = s.qualification_type_id
        and o.retired_at is null
        and o.id <> s.id
        and (o.succeeds = s.subject_code
          or (o.subject_code = s.subject_code and not s.is_current and o.spec_start_year > s.spec_start_year))
      order by o.subject_code <> s.subject_code, o.spec_start_year
      limit 1
    ) as n on true
  )
  select
    i.id,
    a.origin,
    a.destination,
    pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
      'identifier', i.id,
      'uri', greenroom_exams.case_uri(p_base, 'CFAssociations', i.id),
      'associationType', a.kind,
      'sequenceNumber', a.place,
      'originNodeURI', greenroom_exams.case_link(p_base, a.kind_of_node, a.origin, a.origin_title),
      'destinationNodeURI', greenroom_exams.case_link(p_base, a.destination_kind, a.destination, a.destination_title),
      'lastChangeDateTime', greenroom_exams.case_moment(a.changed_at)
    ))
  from told as a
  cross join lateral (select greenroom_exams.case_uuid(a.origin, a.kind || ' ' || a.destination) as id) as i
$$;
comment on function greenroom_exams.case_associations(uuid, text) is 'The CFAssociations of one published subject: isChildOf with sequenceNumber, and replacedBy.';

create function greenroom_exams.case_package(p_subject uuid, p_base text)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.jsonb_build_object(
    'CFDocument', greenroom_exams.case_document(p_subject, p_base),
    'CFItems', coalesce((
      select pg_catalog.jsonb_agg(i.item order by i.place) from greenroom_exams.case_items(p_subject, p_base) as i
    ), '[]'),
    'CFAssociations', coalesce((
      select pg_catalog.jsonb_agg(a.association order by a.association ->> 'associationType', a.destination, (a.association -> 'sequenceNumber')::integer, a.id)
      from greenroom_exams.case_associations(p_subject, p_base) as a
    ), '[]'),
    'CFDefinitions', pg_catalog.jsonb_build_object(
      'CFSubjects', pg_catalog.jsonb_build_array(greenroom_exams.case_subject(p_subject, p_base))
    )
  )
$$;
comment on function greenroom_exams.case_package(uuid, text) is 'The CFPackage of one published subject.';

-- Each answer of the service as one document, by its path. A whole package names its subject. Concepts, licences,
-- rubrics, item types and groupings of associations have no rows, so they have no paths.
create function greenroom_exams.case_export(p_scopes integer[], p_only text, p_base text, p_whole boolean)
returns table (path text, subject_code text, document jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with subject as materialized (
    select
      s.id,
      s.subject_code,
      s.is_current,
      greenroom_exams.case_document(s.id, p_base) as document
    from greenroom.scope as c
    join "public".exam_boards as b on b.code = c.keys[1]
    join "public".qualification_types as q on q.code = c.keys[2]
    join "public".exam_board_subjects as s on s.exam_board_id = b.id and s.qualification_type_id = q.id
    where c.id = any (p_scopes)
      and (p_only is null or s.subject_code = p_only)
      -- an archived version is read by who still teaches it; as one file the current one leaves
      and (s.is_current or not p_whole)
      and (s.retired_at is null or not s.is_current)
  ), linked as materialized (
    select
      s.id,
      s.document,
      greenroom_exams.case_link(p_base, 'CFDocuments', s.id, s.document ->> 'title') as document_link,
      s.document || pg_catalog.jsonb_build_object(
        'CFPackageURI', greenroom_exams.case_link(p_base, 'CFPackages', s.id, s.document ->> 'title')
      ) as whole
    from subject as s
    where not p_whole
  ), item as materialized (
    select i.id, i.item || pg_catalog.jsonb_build_object('CFDocumentURI', l.document_link) as item
    from linked as l
    cross join lateral greenroom_exams.case_items(l.id, p_base) as i
  ), association as materialized (
    select a.*, l.document_link
    from linked as l
    cross join lateral greenroom_exams.case_associations(l.id, p_base) as a
  ), node as (
    select n.id, pg_catalog.jsonb_agg(n.association order by n.association ->> 'identifier') as associations
    from (
      select a.origin as id, a.association from association as a
      union all
      select a.destination, a.association from association as a
    ) as n
    group by n.id
  )
  select 'ims/case/v1p1/CFPackages/' || s.id, s.subject_code, greenroom_exams.case_package(s.id, p_base)
  from subject as s
  union all
  select
    'ims/case/v1p1/CFDocuments',
    null,
    pg_catalog.jsonb_build_object('CFDocuments', pg_catalog.jsonb_agg(l.whole order by l.document ->> 'title', l.id))
  from linked as l
  having pg_catalog.count(*) > 0
  union all
  select 'ims/case/v1p1/CFDocuments/' || l.id, null, l.whole
  from linked as l
  union all
  select
    'ims/case/v1p1/CFSubjects/' || (f.subject ->> 'identifier'),
    null,
    pg_catalog.jsonb_build_object('CFSubjects', pg_catalog.jsonb_build_array(f.subject))
  from linked as l
  cross join lateral (select greenroom_exams.case_subject(l.id, p_base) as subject) as f
  union all
  select 'ims/case/v1p1/CFItems/' || i.id, null, i.item
  from item as i
  union all
  select
    'ims/case/v1p1/CFItemAssociations/' || i.id,
    null,
    pg_catalog.jsonb_build_object('CFItem', i.item, 'CFAssociations', n.associations)
  from item as i
  join node as n on n.id = i.id
  union all
  select 'ims/case/v1p1/CFAssociations/' || a.id, null, a.association || pg_catalog.jsonb_build_object('CFDocumentURI', a.document_link)
  from association as a
$$;
comment on function greenroom_exams.case_export(integer[], text, text, boolean) is 'Published subjects of scopes as CASE documents: whole packages alone, or every answer of the service.';
