"""Flat rows whose key is their identity: years as units, the newest of them in a table of its own."""

import psycopg
import pytest
from tests.publish.exams import Refused
from tests.publish.flatpack import install

OLD = [("a", "2023", "1"), ("b", "2023", "2"), ("c", "2023", "3")]
NEW = [("a", "2024", "10"), ("b", "2024", "20"), ("d", "2024", "40")]


@pytest.fixture
def flat(make_database):
    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        yield install(connection)


def test_the_newest_complete_year_is_the_current_one(flat):
    flat.publish(OLD)
    assert flat.current() == {"a": ("2023", 1), "b": ("2023", 2), "c": ("2023", 3)}
    flat.publish(NEW)
    assert flat.current() == {"a": ("2024", 10), "b": ("2024", 20), "d": ("2024", 40)}
    assert len(flat.state()) == 6


def test_an_older_year_corrected_changes_nothing_current(flat):
    flat.publish(OLD + NEW)
    current = flat.current()
    flat.publish([("a", "2023", "7"), *OLD[1:]])
    assert flat.state()["a", "2023"] == 7
    assert flat.current() == current


def test_a_year_below_its_bound_adds_and_never_becomes_current(flat):
    flat.publish(OLD)
    flat.publish(NEW[:1])
    assert flat.state()["a", "2024"] == 10
    assert flat.current() == {"a": ("2023", 1), "b": ("2023", 2), "c": ("2023", 3)}
    flat.publish([("b", "2024", "20")])
    assert {k for k in flat.state() if k[1] == "2024"} == {("a", "2024"), ("b", "2024")}


def test_absence_is_evidence_in_its_own_year_only(flat):
    flat.publish(OLD + NEW)
    flat.publish(OLD[:2])
    assert {k for k in flat.state() if k[1] == "2023"} == {("a", "2023"), ("b", "2023")}
    assert len([k for k in flat.state() if k[1] == "2024"]) == 3


def test_the_same_file_again_is_not_sealed(flat):
    flat.publish(OLD)
    digest = flat.digest()
    assert flat.load(reversed(OLD)) is None
    flat.promote()
    assert flat.digest() == digest


def test_undoing_the_newest_year_brings_the_one_before_back(flat):
    flat.publish(OLD)
    before = flat.image()
    release = flat.publish(NEW)["release"]
    flat.rollback(release)
    assert flat.image() == before
    redo = flat.one("select max(id) from greenroom.release")
    flat.rollback(redo)
    assert flat.current()["d"] == ("2024", 40)


def test_undoing_one_after_the_other_forgets_that_a_year_was_whole(flat):
    """Found by the state machine: the second undoing kept what the first had put down."""
    part = [("a", "2024", "10")]
    flat.publish(part, complete=False)
    whole = flat.publish(NEW)["release"]
    more = flat.publish([("a", "2024", "11")], complete=False)["release"]
    flat.rollback(more)
    flat.rollback(whole)
    assert flat.rows("select complete from greenroom.published where key = '{2024}'") == [{"complete": False}]
    flat.rows("update greenroom.unit set state = 'superseded' where state in ('sealed', 'held', 'ready')")
    flat.publish(OLD)
    assert flat.current()["c"] == ("2023", 3)


def test_a_key_that_left_and_came_back_is_not_overwritten_unseen(flat):
    flat.publish(OLD)
    gone = flat.publish(OLD[:2])["release"]
    back = flat.publish([*OLD[:2], ("c", "2023", "99")])["release"]
    with pytest.raises(Refused, match="a later release changed the same rows") as refused:
        flat.rollback(gone)
    assert f"release {back} " in refused.value.findings[0]["message"]
    assert flat.state()["c", "2023"] == 99
    before = flat.image()
    flat.rollback(back)
    flat.rollback(gone)
    assert flat.state()["c", "2023"] == 3
    assert before != flat.image()


def test_promoting_an_older_year_alone_leaves_the_newer_waiting(flat):
    flat.load(OLD)
    flat.load(NEW)
    flat.promote("2023")
    assert {k[1] for k in flat.state()} == {"2023"}
    assert {year for year, _ in flat.current().values()} <= {"2023"}
    flat.promote()
    assert flat.current()["d"] == ("2024", 40)


@pytest.mark.parametrize(
    "statement",
    [
        "update flat.scores_years set points = 5 where school = 'a'",
        "update flat.scores_years set year = '1999' where school = 'a' and year = '2023'",
        "update flat.scores set school = 'z' where school = 'a'",
        "delete from flat.scores_years where school = 'b'",
        "insert into flat.scores_years (school, year, points, created_at, updated_at) values ('x', '2023', 1, now(), now())",  # noqa: E501
    ],
)
def test_changes_by_hand_are_noticed_taken_back_or_adopted_and_undone(flat, statement):
    flat.publish(OLD + NEW)
    before = flat.image()
    flat.rows(statement)
    edited = [{k: v for k, v in row.items() if k not in ("release_id", "created_at")} for row in flat.image()]
    flat.load([("a", "2023", "1"), ("b", "2023", "22"), ("c", "2023", "3")])
    flat.approve()
    with pytest.raises(Refused, match="changed by hand"):
        flat.promote()
    flat.settle(adopt=False)
    assert flat.image() == before
    flat.rows(statement)
    release = flat.settle(adopt=True)["release"]
    assert [{k: v for k, v in row.items() if k not in ("release_id", "created_at")} for row in flat.image()] == edited
    flat.rollback(release)
    assert flat.image() == before


def test_what_cannot_be_read_is_in_quarantine_with_rule_and_value(flat):
    flat.load([*OLD, ("e", "20x3", "1"), ("f", "2023", "many"), ("g", "2023", "NS"), (None, "2023", "1")])
    assert {(q["rule"], q["value"]) for q in flat.rows("select * from greenroom.quarantine")} == {
        ("bad_year", "20x3"),
        ("bad_points", "many"),
        ("missing_school", None),
    }
    assert {(f["check_name"], f["dataset"]) for f in flat.findings()} == {
        ("quarantined", "scores_years"),
        ("quarantined", "scores"),
    }
    flat.approve()
    flat.promote()
    assert flat.state()["g", "2023"] is None
