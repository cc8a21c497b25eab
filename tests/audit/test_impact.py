"""What hangs on what would change: told beforehand, and true afterwards."""

import psycopg
import pytest
from tests.publish.exams import Exams, Paper, Subject, Topic

from greenroom.audit.impact import impact
from greenroom_exams.pack import pack

PAPERS = (Paper(),)
TREE = (
    Topic("1", "Cells"),
    Topic("1.1", "Walls", "1"),
    Topic("1.2", "Nuclei", "1"),
    Topic("2", "Genes"),
    Topic("2.1", "DNA", "2"),
    Topic("2.2", "RNA", "2"),
)
BIOLOGY = Subject(topics=TREE, papers=(Paper(),))


@pytest.fixture
def told(exams):
    """`told(topics)` publishes the tree, stages these topics in its place, and tells the impact."""

    def tell(topics, hang=(), papers=PAPERS, complete=True):
        exams.publish(BIOLOGY)
        ids = exams.ids()
        for table, name in hang:
            exams.hang(table, ids[name])
        exams.clean()
        exams.inbox(BIOLOGY.but(topics=tuple(topics), papers=tuple(papers)))
        exams.seal(complete=complete)
        return impact(exams.connection, pack, exams.scope, exams.pending())

    return tell


def without(*codes):
    return tuple(topic for topic in TREE if topic.code not in codes)


def hanging(found, table):
    (one,) = [each for each in found.hanging if each.table == table]
    return one


def leaving(found):
    return {each.dataset: (each.removed, each.deleted, each.retired) for each in found.leaving}


def test_nothing_leaves_and_nothing_hangs(told):
    found = told([*TREE, Topic("2.3", "Proteins", "2")])
    assert found.is_none
    assert found.leaving == found.hanging == ()


def test_a_row_that_nobody_points_at_is_deleted(told):
    found = told(without("2.2"))
    assert leaving(found) == {"topics": (1, 1, 0)}
    assert hanging(found, "public.flashcards").leaving_rows == 0


def test_a_row_that_learners_use_is_retired(told):
    found = told(without("1.1", "2.2"), hang=[("public.flashcards", "Walls")] * 3)
    assert leaving(found) == {"topics": (2, 1, 1)}
    one = hanging(found, "public.flashcards")
    assert (one.can_see, one.leaving, one.leaving_rows, one.changed_rows) == (True, 1, 3, 0)
    assert [(each.label, each.kind, each.rows) for each in one.examples] == [("1.1 Walls", "removed", 3)]


def test_a_parent_stays_with_the_child_that_stays(told):
    found = told(without("1", "1.1", "1.2"), hang=[("public.quiz_topics", "Walls")])
    assert leaving(found) == {"topics": (3, 1, 2)}


def test_rows_that_only_change_keep_those_who_point_at_them(told):
    topics = [Topic(t.code, "Walls of cells" if t.code == "1.1" else t.name, t.parent) for t in TREE]
    found = told(topics, hang=[("public.flashcards", "Walls"), ("public.flashcards", "DNA")])
    one = hanging(found, "public.flashcards")
    assert (one.leaving_rows, one.changed, one.changed_rows) == (0, 1, 1)
    assert [(each.label, each.kind) for each in one.examples] == [("1.1 Walls of cells", "changed")]
    assert not found.is_none
    assert found.leaving == ()


def test_a_table_that_points_by_two_columns_is_counted(told):
    found = told(without("2.1"), hang=[('study."Notes"', "DNA")] * 2)
    assert hanging(found, 'study."Notes"').leaving_rows == 2
    assert leaving(found) == {"topics": (1, 0, 1)}


def test_a_table_whose_rows_cannot_be_seen_keeps_everything(make_database):
    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        exams = Exams(connection).app(hidden=True)
        exams.publish(BIOLOGY)
        exams.clean()
        exams.inbox(BIOLOGY.but(topics=without("2.2")))
        exams.seal()
        found = impact(connection, pack, exams.scope, exams.pending())
    assert leaving(found) == {"topics": (1, 0, 1)}
    one = hanging(found, "public.secret_cards")
    assert (one.can_see, one.leaving, one.leaving_rows) == (False, 1, None)


def test_the_examples_are_the_most_used_and_few(told):
    used = [("public.flashcards", t.name) for n, t in enumerate(TREE) for _ in range(n + 1)]
    found = told([Topic(t.code, f"{t.name} anew", t.parent) for t in TREE], hang=used)
    examples = hanging(found, "public.flashcards").examples
    assert [each.rows for each in examples] == [6, 5, 4, 3, 2]
    assert hanging(found, "public.flashcards").changed_rows == 21


def test_views_over_views_are_named_and_ours_are_not(told, exams):
    exams.rows("create view public.leaves as select * from public.curriculum_topics where topic_level > 0")
    exams.rows("create materialized view study.board as select count(*) from public.leaves")
    found = told(without("2.2"))
    readers = {each.name: each.is_kept for each in found.readers}
    assert readers["public.leaves"] is False
    assert readers["study.board"] is True
    assert not any(name.startswith(("greenroom", "preview")) for name in readers)


def test_what_was_told_is_what_a_promotion_does(told, exams):
    found = told(
        without("1", "1.1", "1.2", "2.2"), hang=[("public.quiz_topics", "Walls"), ("public.flashcards", "RNA")]
    )
    before = set(map(str, exams.ids().values()))
    exams.approve()
    exams.promote()
    there = exams.rows("select id::text, retired_at is not null as retired from public.curriculum_topics")
    retired = sum(row["retired"] for row in there)
    deleted = len(before - {row["id"] for row in there})
    assert leaving(found)["topics"] == (deleted + retired, deleted, retired) == (4, 1, 3)


def test_a_child_that_moves_away_holds_no_parent_back(told, exams):
    topics = [Topic("2", "Genes"), Topic("2.1", "DNA", "2"), Topic("2.2", "RNA", "2"), Topic("2.3", "Walls", "2")]
    found = told(topics)
    before = set(map(str, exams.ids().values()))
    exams.approve()
    exams.promote()
    there = exams.rows("select id::text, retired_at is not null as retired from public.curriculum_topics")
    retired, deleted = sum(row["retired"] for row in there), len(before - {row["id"] for row in there})
    assert leaving(found)["topics"][1:] == (deleted, retired)


def test_looking_leaves_nothing_behind(told, exams):
    exams.publish(BIOLOGY)
    before = exams.digest()
    told(without("2.2"))
    assert exams.one("select to_regclass('pg_temp.stays') is null and to_regclass('pg_temp.change') is null")
    exams.clean()
    assert exams.digest() == before
