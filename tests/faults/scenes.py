"""Scenes for what goes wrong: an inbox of any size, editions told apart by a stamp, and what stands afterwards."""

import psycopg

BOARD, QUALIFICATION = "WJEC", "A-Level"
CALL = f"select public.promote_staging_to_production('{BOARD}', '{QUALIFICATION}')"

_SUBJECTS = """
insert into public.staging_aqa_subjects (subject_code, subject_name, qualification_type, exam_board)
select 'S' || n, 'Subject ' || n || ' v' || %(edition)s, 'A-Level', 'WJEC'
from generate_series(1, %(subjects)s) as n
on conflict (subject_code, qualification_type, exam_board) do update set subject_name = excluded.subject_name
"""
# Ten stems with leaves numbered from the edition's number on: each edition renames all, drops a leaf and adds one.
_TOPICS = """
delete from public.staging_aqa_topics;
insert into public.staging_aqa_topics (subject_id, topic_code, topic_name, topic_level, sort_order)
select s.id, stem::text, 'Stem ' || stem || ' v' || {edition}, 0, stem
from public.staging_aqa_subjects as s, generate_series(1, 10) as stem;
insert into public.staging_aqa_topics (subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order)
select t.subject_id, t.id, t.topic_code || '.' || leaf, 'Leaf ' || t.topic_code || '.' || leaf || ' v' || {edition},
  1, leaf
from public.staging_aqa_topics as t, generate_series({edition}, {edition} + {leaves} - 1) as leaf;
delete from public.staging_aqa_exam_papers;
insert into public.staging_aqa_exam_papers
  (subject_id, year, exam_series, paper_number, component_code, tier, title, question_paper_url, mark_scheme_url)
select s.id, year, 'June', 1, 'U1', '', 'Paper v' || {edition}, 'https://e.org/q' || year, 'https://e.org/m' || year
from public.staging_aqa_subjects as s, generate_series(2020, 2022) as year;
analyze public.staging_aqa_subjects, public.staging_aqa_topics, public.staging_aqa_exam_papers
"""


def fill_inbox(connection, *, edition=1, subjects=2, leaves=9):
    """Put a whole edition into the inbox: subjects x (10 + 10 x leaves) topics."""
    connection.execute(_SUBJECTS, {"edition": edition, "subjects": subjects})
    connection.execute(_TOPICS.format(edition=int(edition), leaves=int(leaves)))


def promote(connection):
    return connection.execute(CALL).fetchone()[0]


def scope(connection):
    return connection.execute("select greenroom_exams.scope_named(%s, %s)", [BOARD, QUALIFICATION]).fetchone()[0]


def editions(connection):
    """Which editions production's rows are of: a set of one but for a mix."""
    rows = connection.execute(
        "select substring(n from 'v(\\d+)$')::integer from (select subject_name from public.exam_board_subjects"
        " union all select topic_name from public.curriculum_topics union all select title from"
        " public.exam_papers) as x (n)"
    )
    return {edition for (edition,) in rows}


_PRODUCTION = """
select 'subject', s.subject_code, s.subject_name, s.live_in_app::text, (s.retired_at is null)::text, '', ''
from public.exam_board_subjects as s
union all
select 'topic', s.subject_code, t.topic_code, t.topic_name, coalesce(p.topic_code, ''), t.topic_level::text,
  (t.retired_at is null)::text
from public.curriculum_topics as t
join public.exam_board_subjects as s on s.id = t.exam_board_subject_id
left join public.curriculum_topics as p on p.id = t.parent_topic_id
union all
select 'paper', s.subject_code, e.year::text, e.type, e.title, e.url, (e.retired_at is null)::text
from public.exam_papers as e
join public.exam_board_subjects as s on s.id = e.exam_board_subject_id
"""
# Numbers of releases, units and batches may have gaps, so they stand by their order.
_LEDGER = """
with release as (select *, dense_rank() over (order by id) as n from greenroom.release),
unit as (select *, dense_rank() over (order by batch_id) as n from greenroom.unit)
select 'release', n::text, kind, state, counts::text, ''
from release
union all
select 'unit', u.n || u.dataset, u.key::text, u.state, u.row_count || ' ' || u.hash, coalesce(r.n::text, '')
from unit as u left join release as r on r.id = u.release_id
union all
select 'published', p.dataset, p.key::text, p.hash, p.row_count || ' ' || p.complete, r.n::text
from greenroom.published as p join release as r on r.id = p.release_id
union all
select 'release_unit', r.n::text, u.dataset || u.key::text, u.hash_before, u.hash_after, ''
from greenroom.release_unit as u join release as r on r.id = u.release_id
union all
select 'history', r.n::text, h.dataset, count(*)::text, '', ''
from greenroom.history as h join release as r on r.id = h.release_id group by r.n, h.dataset
union all
select 'drift', d.dataset, d.operation, count(*)::text, '', '' from greenroom.drift as d group by d.dataset, d.operation
union all
select 'rows', x.name, x.n::text, '', '', '' from (
  select 'batch' as name, count(*) as n from greenroom.batch
  union all select 'batch_topics', count(*) from greenroom.batch_topics
  union all select 'batch_papers', count(*) from greenroom.batch_papers
  union all select 'prepared_topics', count(*) from greenroom.prepared_topics
  union all select 'finding', count(*) from greenroom.finding
) as x
"""


def digest(connection):
    """What stands in production and ledger, in words: the same for two runs that did the same."""
    answer = []
    for query in (_PRODUCTION, _LEDGER):
        row = connection.execute(
            f"select count(*), md5(coalesce(string_agg(x::text, e'\\n' order by x::text), '')) from ({query}) as x"
        )
        answer.append(row.fetchone())
    return tuple(answer)


TABLES = (
    "public.exam_board_subjects",
    "public.curriculum_topics",
    "public.exam_papers",
    *(f"greenroom.{name}" for name in ("scope", "batch", "unit", "release", "published", "release_unit", "history")),
    *(f"greenroom.{name}" for name in ("drift", "finding", "approval", "waiver", "quarantine", "succession")),
    *(f"greenroom.{kind}_{name}" for kind in ("batch", "prepared") for name in ("subjects", "topics", "papers")),
)


def exact(connection):
    """Every row of production and ledger, ids and stamps included."""
    return {
        table: connection.execute(
            f"select count(*), md5(coalesce(string_agg(x::text, e'\\n' order by x::text), '')) from {table} as x"
        ).fetchone()
        for table in TABLES
    }


def connect(url, **options):
    return psycopg.connect(url, autocommit=True, **options)
