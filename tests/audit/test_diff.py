"""What a promotion would do, told before it does it: real rows through the real kernel."""

import psycopg
import pytest
from psycopg import sql

from greenroom.audit import diff
from greenroom_exams.pack import pack

TREE = (
    ("1", None, "Markets"),
    ("1.1", "1", "Demand"),
    ("1.2", "1", "Supply"),
    ("2", None, "People"),
    ("2.1", "2", "Pay"),
)


@pytest.fixture
def connection(make_database):
    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        connection.execute("set search_path = ''")
        yield connection


def write_subject(connection, code="9BS0", name="Business", topics=TREE, papers=(), **more):
    """Put a subject into the inbox in the place of what was there; topics are code, parent, name and any columns."""
    connection.execute("delete from public.staging_aqa_subjects where subject_code = %s", [code])
    subject = insert(
        connection,
        "staging_aqa_subjects",
        {"subject_code": code, "subject_name": name, "qualification_type": "A-Level", "exam_board": "WJEC"} | more,
    )
    ids: dict[str, object] = {}
    for place, (topic, parent, title, *columns) in enumerate(topics, start=1):
        row = {"subject_id": subject, "topic_code": topic, "topic_name": title, "parent_topic_id": ids.get(parent)}
        row |= {"sort_order": place} | (columns[0] if columns else {})
        ids[topic] = insert(connection, "staging_aqa_topics", row)
    for paper in papers:
        insert(connection, "staging_aqa_exam_papers", {"subject_id": subject} | paper)


def insert(connection, table, row):
    query = sql.SQL("insert into public.{} ({}) values ({}) returning id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Placeholder, row)),
    )
    return connection.execute(query, row).fetchone()[0]


def scope_of(connection):
    return connection.execute("select greenroom_exams.scope_named('WJEC', 'A-Level')").fetchone()[0]


def seal(connection):
    """The scope, and its units that wait."""
    scope = scope_of(connection)
    connection.execute("select greenroom_exams.seal(%s, null, 'test')", [scope])
    return scope, connection.execute("select greenroom_exams.pending(%s)", [scope]).fetchone()[0]


def promote(connection):
    scope, _ = seal(connection)
    connection.execute("select greenroom_exams.promote(%s)", [scope])


def changed(connection, topics, **options):
    promote_first = options.pop("before", TREE)
    write_subject(connection, topics=promote_first)
    promote(connection)
    write_subject(connection, topics=topics)
    return diff.changes(connection, pack, *seal(connection), **options)


def said(found):
    return [diff.words(change) for change in found.rows]


def replaced(code, *new):
    return tuple(new if row[0] == code else row for row in TREE)


def test_everything_of_a_new_subject_is_added(connection):
    write_subject(connection)
    found = diff.changes(connection, pack, *seal(connection))
    assert found.counts["subjects"] == diff.Counts(added=1)
    assert found.counts["topics"] == diff.Counts(added=5)
    assert {level: each.added for level, each in found.levels["topics"].items()} == {0: 2, 1: 3}
    assert found.total == 6
    assert said(found)[:2] == ["added: 9BS0 Business", 'added: 1 "Markets"']
    assert {change.unit for change in found.rows} == {("9BS0", "")}


def test_a_renamed_topic_keeps_its_code(connection):
    found = changed(connection, replaced("1.2", "1.2", "1", "Market forces"))
    assert said(found) == ['renamed: 1.2 "Supply" → "Market forces"']
    assert found.counts["topics"] == diff.Counts(renamed=1, changed=1, unchanged=4)
    assert "subjects" not in found.counts


def test_a_renumbered_topic_keeps_its_name(connection):
    found = changed(connection, replaced("1.2", "1.7", "1", "Supply"))
    assert said(found) == ['renumbered: 1.2 → 1.7 "Supply"']


def test_a_moved_topic_tells_from_where_to_where(connection):
    found = changed(connection, (*TREE[:2], TREE[3], ("1.2", "2", "Supply"), TREE[4]))
    moved = next(change for change in found.rows if change.code == "1.2")
    assert moved.kinds == ("moved",)
    assert diff.words(moved) == 'moved: 1.2 "Supply" from under 1 to under 2'


def test_a_reordered_topic_tells_its_places(connection):
    found = changed(connection, replaced("1.1", "1.1", "1", "Demand", {"sort_order": 7}))
    assert said(found) == ['reordered: 1.1 "Demand" from place 2 to place 7']
    assert found.counts["topics"] == diff.Counts(reordered=1, changed=1, unchanged=4)


def test_two_topics_that_swap_places_are_a_change(connection):
    places = {"1.1": {"sort_order": 3}, "1.2": {"sort_order": 2}}
    found = changed(connection, [(*row[:3], places.get(row[0], {})) for row in TREE])
    assert found.counts["topics"].reordered == 2


def test_several_kinds_hold_at_once(connection):
    known = replaced("2.1", "1.3", "1", "Pay")
    found = changed(connection, (*known[:3], known[4], known[3]))
    change = next(change for change in found.rows if change.code == "1.3")
    assert change.kinds == ("renumbered", "moved")
    assert diff.words(change) == 'renumbered and moved: 2.1 → 1.3 "Pay" from under 2 to under 1'
    assert found.counts["topics"].changed == found.total


def test_other_columns_are_told_before_and_after(connection):
    found = changed(connection, replaced("1.2", "1.2", "1", "Supply", {"description": "New words"}))
    assert said(found) == ['changed: 1.2 "Supply" description nothing → "New words"']


def test_a_removed_topic_names_the_rows_that_point_at_it(connection):
    write_subject(connection)
    promote(connection)
    connection.execute(
        'create table public."Flash cards" (id int, topic uuid references public.curriculum_topics (id));'
        'insert into public."Flash cards" select n, id from public.curriculum_topics, generate_series(1, 3) n'
        " where topic_code = '1.2'"
    )
    write_subject(connection, topics=[(*TREE[0],), TREE[1], (*TREE[3], {"sort_order": 4})])
    found = diff.changes(connection, pack, *seal(connection))
    assert found.counts["topics"] == diff.Counts(removed=2, unchanged=3)
    assert found.referrers == (diff.Referrer("topics", 'public."Flash cards"', rows=3, targets=1),)
    assert said(found) == [
        'removed: 1.2 "Supply" 3 rows of public."Flash cards" point at it: it stays, retired',
        'removed: 2.1 "Pay"',
    ]


def test_a_table_we_may_not_read_is_told_as_not_visible(connection, make_database):
    database = make_database("exams")
    with psycopg.connect(database.superuser_url, autocommit=True) as superuser:
        superuser.execute("create table public.secret (topic uuid references public.curriculum_topics (id))")
    with psycopg.connect(database.url, autocommit=True) as owner:
        found = changed(owner, TREE[:4])
    assert found.referrers == (diff.Referrer("topics", "public.secret", rows=None, targets=None),)


def test_a_topic_that_comes_back_is_revived(connection):
    write_subject(connection)
    promote(connection)
    connection.execute(
        "create table public.cards (topic uuid references public.curriculum_topics (id));"
        "insert into public.cards select id from public.curriculum_topics where topic_code = '2.1'"
    )
    write_subject(connection, topics=TREE[:4])
    connection.execute("select greenroom_exams.decide(%s, 'approved', 'me', 'seen')", [seal(connection)[0]])
    promote(connection)
    write_subject(connection)
    found = diff.changes(connection, pack, *seal(connection))
    assert said(found) == ['revived: 2.1 "Pay"']
    assert found.counts["topics"] == diff.Counts(revived=1, changed=1, unchanged=4)


def test_nothing_stays_behind(connection):
    write_subject(connection)
    scope, units = seal(connection)
    before = connection.execute("select pg_current_xact_id_if_assigned(), count(*) from pg_class").fetchone()
    diff.changes(connection, pack, scope, units)
    assert connection.execute("select pg_current_xact_id_if_assigned(), count(*) from pg_class").fetchone() == before
    assert connection.execute("select count(*) from public.curriculum_topics").fetchone() == (0,)
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert connection.isolation_level is None


def test_inside_a_transaction_only_the_plan_is_undone(connection):
    write_subject(connection)
    scope, units = seal(connection)
    with connection.transaction():
        connection.execute("create table public.kept (n int)")
        diff.changes(connection, pack, scope, units)
    assert connection.execute("select to_regclass('public.kept') is not null").fetchone() == (True,)


def test_rows_are_limited_and_counts_are_not(connection):
    write_subject(connection, topics=[(str(n), None, f"Topic {n}") for n in range(1, 31)])
    scope, units = seal(connection)
    found = diff.changes(connection, pack, scope, units, limit=12)
    assert (len(found.rows), found.total, found.counts["topics"].added) == (12, 31, 30)
    assert [change.code for change in found.rows][1:] == [str(n) for n in range(1, 12)], "as people count"
    assert len(diff.changes(connection, pack, scope, units, limit=None).rows) == 31


def test_what_was_told_is_what_is_written(connection):
    write_subject(connection, papers=[{"year": 2023, "series": "June", "question_paper_url": "https://x.org/1.pdf"}])
    scope, units = seal(connection)
    counts = diff.changes(connection, pack, scope, units).counts
    promote(connection)
    (written,) = connection.execute("select counts from greenroom.release order by id desc limit 1").fetchone()
    assert {name: each.added for name, each in counts.items()} == {n: each["inserted"] for n, each in written.items()}
    assert counts["papers"].added == 1


def test_an_empty_diff_after_promoting_the_same(connection):
    write_subject(connection)
    promote(connection)
    units = [u for (u,) in connection.execute("select id from greenroom.unit")]
    found = diff.changes(connection, pack, scope_of(connection), units)
    assert found.total == 0
    assert found.rows == ()
    assert found.counts["topics"] == diff.Counts(unchanged=5)


def test_long_texts_are_shown_where_they_differ(connection):
    old, new = "a" * 900 + " old ending", "a" * 900 + " new ending"
    found = changed(
        connection,
        replaced("1.2", "1.2", "1", "Supply", {"description": new}),
        before=replaced("1.2", "1.2", "1", "Supply", {"description": old}),
    )
    (line,) = said(found)
    assert "old ending" in line
    assert "new ending" in line
    assert len(line) < 400


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 中 ✓", "plain é 中 ✓"),
        ("a\x1b[31mb", "a⟨U+001B⟩[31mb"),
        ("pay\u202eexe", "pay⟨U+202E⟩exe"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("two\nlines\ttab", "two ↵ lines tab"),
        ("csi\x9bm", "csi⟨U+009B⟩m"),
    ],
)
def test_what_cannot_be_seen_is_named(text, shown):
    assert diff.visible(text) == shown
