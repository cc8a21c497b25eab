"""What lies between two releases: compared with pictures of the tables taken when each had landed."""

from itertools import permutations
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import invariant, run_state_machine_as_test
from tests.publish.exams import Exams, Paper, Refused, Subject, Topic, leaves
from tests.publish.flatpack import install
from tests.publish.flatpack import pack as flat_pack
from tests.publish.test_state_machine import Machine, bounded

from greenroom import catalog
from greenroom.audit import diff

BIOLOGY = Subject(topics=leaves(6), papers=(Paper(), Paper(type="mark scheme", url="https://example.org/ms.pdf")))

# Source columns of all that is current, by dataset and id; a parent by its id, and by what it is called.
_PICTURES = {
    "subjects": (
        "select s.id, jsonb_build_object('subject_code', s.subject_code, 'subject_name', s.subject_name,"
        " 'spec_version', s.spec_version, 'spec_start_year', s.spec_start_year) as told, '' as parent"
        " from public.exam_board_subjects as s where s.retired_at is null"
    ),
    "topics": (
        "select t.id, jsonb_build_object('topic_code', t.topic_code, 'topic_name', t.topic_name, 'topic_level',"
        " t.topic_level, 'sort_order', t.sort_order, 'parent_code', q.topic_code) as told,"
        " coalesce(t.parent_topic_id::text, '') as parent from public.curriculum_topics as t"
        " left join public.curriculum_topics as q on q.id = t.parent_topic_id where t.retired_at is null"
    ),
    "papers": (
        "select e.id, jsonb_build_object('year', e.year, 'series', e.series, 'paper_number', e.paper_number,"
        " 'type', e.type, 'url', e.url, 'title', e.title) as told, '' as parent"
        " from public.exam_papers as e where e.retired_at is null"
    ),
}

Picture = dict[tuple[str, str], tuple[dict[str, Any], str]]


def picture(exams: Exams) -> Picture:
    return {
        (dataset, str(row["id"])): (row["told"], row["parent"])
        for dataset, query in _PICTURES.items()
        for row in exams.rows(query)
    }


def between(exams: Exams, a: int, b: int) -> list[dict]:
    with exams.connection.transaction(force_rollback=True):
        return exams.rows("select * from greenroom_exams.between(%s, %s, %s)", exams.scope, a, b)


def assert_between(exams: Exams, a: int, b: int, was: Picture, became: Picture) -> None:
    """The rows told are those whose source columns differ, and both sides are what they were."""
    found = {(r["dataset"], r["identity"][0]): r for r in between(exams, a, b)}
    # what a topic's parent is called is no column of the topic
    own = lambda side: side and ({k: v for k, v in side[0].items() if k != "parent_code"}, side[1])  # noqa: E731
    differ = {key for key in was.keys() | became.keys() if own(was.get(key)) != own(became.get(key))}
    assert found.keys() == differ, f"between {a} and {b}"
    for key, row in found.items():
        for side, told in ((row["before"], was.get(key)), (row["after"], became.get(key))):
            assert (side is None) == (told is None)
            assert side is None or told is None or {k: side[k] for k in told[0]} == told[0]
        assert row["op"] == ("insert" if key not in was else "retire" if key not in became else "update")


def publish(exams: Exams, *subjects: Subject, complete: bool = True) -> int:
    exams.clean()
    exams.inbox(*subjects)
    exams.seal(complete=complete)
    exams.approve()
    answer = exams.promote()
    assert answer["written"]
    return answer["release"]


class Watched(Machine):
    """The machine of promotions, undoings, switches and hands; a picture of each release as it landed."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: dict[int, Picture] = {0: {}}

    @invariant()
    def look(self) -> None:
        last = self.exams.one(
            "select r.id from greenroom.release as r where r.state in ('applied', 'rolled back')"
            " order by r.made_at desc, r.id desc limit 1"
        )
        if last is not None and last not in self.pictures:
            self.pictures[last] = picture(self.exams)

    def teardown(self) -> None:
        try:
            known = sorted(self.pictures)[-6:]
            for a, b in permutations({0, *known}, 2):
                assert_between(self.exams, a, b, self.pictures[a], self.pictures[b])
        finally:
            super().teardown()


def test_whatever_happened_the_difference_of_two_releases_is_that_of_their_pictures(make_database):
    class Of(Watched):
        pass

    Of.make_database = make_database
    run_state_machine_as_test(Of, settings=bounded)


def test_between_nothing_and_the_first_release_everything_is_added(exams):
    one = publish(exams, BIOLOGY)
    found = between(exams, 0, one)
    assert {(r["dataset"], r["op"]) for r in found} == {
        ("subjects", "insert"), ("topics", "insert"), ("papers", "insert"),
    }  # fmt: skip
    assert len(found) == 9


def test_between_a_release_and_itself_there_is_nothing(exams):
    one = publish(exams, BIOLOGY)
    publish(exams, BIOLOGY.but(topics=leaves(4)))
    assert between(exams, one, one) == []


def test_backwards_is_the_inverse(exams):
    one = publish(exams, BIOLOGY)
    two = publish(exams, BIOLOGY.but(topics=(*leaves(4), Topic("5", "Ecology"), Topic("7", "New")), name="Life"))
    there = {(r["dataset"], r["identity"][0]): (r["before"], r["after"]) for r in between(exams, one, two)}
    back = {(r["dataset"], r["identity"][0]): (r["after"], r["before"]) for r in between(exams, two, one)}
    assert there == back
    assert len(there) == 4


def test_a_release_that_was_undone_keeps_its_place_in_the_line(exams):
    one = publish(exams, BIOLOGY)
    two = publish(exams, BIOLOGY.but(topics=(*leaves(5), Topic("6", "Ecology"))))
    undo = exams.rollback(two)["release"]
    assert [r["fields"] for r in between(exams, one, two)] == [["topic_name"]]
    assert [r["after"]["topic_name"] for r in between(exams, two, undo)] == ["Topic 6"]
    assert between(exams, one, undo) == []


def test_a_topic_that_was_deleted_and_came_back_is_the_same_one(exams):
    one = publish(exams, BIOLOGY)
    two = publish(exams, BIOLOGY.but(topics=leaves(5)))
    undo = exams.rollback(two)["release"]
    assert [(r["op"], r["label"]) for r in between(exams, one, two)] == [("retire", "6 Topic 6")]
    assert [(r["op"], r["label"]) for r in between(exams, two, undo)] == [("insert", "6 Topic 6")]
    assert between(exams, one, undo) == []


def test_a_topic_that_stays_readable_counts_as_gone(exams):
    one = publish(exams, BIOLOGY)
    exams.hang("public.flashcards", exams.ids()["Topic 6"])
    two = publish(exams, BIOLOGY.but(topics=leaves(5)))
    assert list(exams.topics(retired=True)) == ["6"]
    assert [(r["op"], r["label"]) for r in between(exams, one, two)] == [("retire", "6 Topic 6")]


def test_a_topic_that_stayed_readable_and_came_back_is_added_again(exams):
    publish(exams, BIOLOGY)
    exams.hang("public.flashcards", exams.ids()["Topic 6"])
    two = publish(exams, BIOLOGY.but(topics=leaves(5)))
    three = publish(exams, BIOLOGY)
    assert [(r["op"], r["label"], r["before"]) for r in between(exams, two, three)] == [("insert", "6 Topic 6", None)]
    assert [(r["op"], r["label"], r["after"]) for r in between(exams, three, two)] == [("retire", "6 Topic 6", None)]


def test_a_prepared_release_stands_where_it_landed(exams):
    one = publish(exams, BIOLOGY, Subject("7405", "Chemistry", leaves(3, prefix="c")))
    exams.live(True, "7402")
    exams.clean()
    exams.inbox(
        BIOLOGY.but(topics=(*leaves(5), Topic("6", "Ecology"))), Subject("7405", "Chemistry", leaves(4, prefix="c"))
    )
    exams.seal()
    exams.approve()
    answer = exams.promote()
    prepared, other = answer["prepared"]["release"], answer["release"]
    assert prepared < other
    exams.live(True)
    assert {r["label"] for r in between(exams, one, other)} == {"c4 Topic c4"}
    assert {r["label"] for r in between(exams, other, prepared)} == {"6 Ecology"}
    assert {r["label"] for r in between(exams, one, prepared)} == {"6 Ecology", "c4 Topic c4"}


def test_a_prepared_release_that_has_not_landed_is_refused_by_name(exams):
    one = publish(exams, BIOLOGY)
    exams.live(True)
    exams.clean()
    exams.inbox(BIOLOGY.but(name="Life"))
    exams.seal()
    exams.approve()
    prepared = exams.promote()["prepared"]["release"]
    with pytest.raises(Refused, match=f"release {prepared} of AQA A-Level has not landed"):
        between(exams, one, prepared)


def test_a_release_of_another_scope_is_refused(exams):
    one = publish(exams, BIOLOGY)
    other = exams.other("OCR", "GCSE")
    theirs = publish(other, Subject("J257", "Physics", leaves(3)))
    with pytest.raises(Refused, match="has not landed"):
        between(exams, one, theirs)


def test_going_live_changes_nothing(exams):
    one = publish(exams, BIOLOGY)
    exams.live(True)
    live = exams.one("select max(id) from greenroom.release where kind = 'live'")
    assert between(exams, one, live) == []
    assert len(between(exams, 0, live)) == 9


def test_what_was_changed_by_hand_since_is_told_as_it_was_released(exams):
    one = publish(exams, BIOLOGY)
    two = publish(exams, BIOLOGY.but(topics=leaves(7)))
    exams.rows("update public.curriculum_topics set topic_name = 'By hand' where topic_code = '7'")
    exams.rows("delete from public.exam_papers where type = 'mark scheme'")
    exams.rows(
        "insert into public.curriculum_topics (exam_board_subject_id, topic_code, topic_name, topic_level)"
        " select id, 'h', 'By hand', 0 from public.exam_board_subjects"
    )
    assert [(r["op"], r["label"]) for r in between(exams, one, two)] == [("insert", "7 Topic 7")]
    exams.settle(adopt=False)
    assert [(r["op"], r["label"]) for r in between(exams, one, two)] == [("insert", "7 Topic 7")]


def test_what_was_adopted_is_a_release_like_others(exams):
    one = publish(exams, BIOLOGY)
    exams.rows("update public.curriculum_topics set topic_name = 'By hand' where topic_code = '3'")
    adopted = exams.settle(adopt=True)["release"]
    assert [(r["before"]["topic_name"], r["after"]["topic_name"]) for r in between(exams, one, adopted)] == [
        ("Topic 3", "By hand")
    ]


def test_a_version_that_got_its_name_is_the_same_subject(exams):
    one = publish(exams, BIOLOGY)
    two = publish(exams, BIOLOGY.but(version="2015", start=2015))
    found = [r for r in between(exams, one, two) if r["dataset"] == "subjects"]
    assert [r["op"] for r in found] == ["update"]
    assert not [r for r in between(exams, one, two) if r["dataset"] != "subjects"]


def test_a_parent_is_called_what_it_was_called_then(exams):
    tree = (Topic("1", "Cells"), Topic("1.1", "Membranes", "1"), Topic("2", "Genes"))
    one = publish(exams, BIOLOGY.but(topics=tree))
    two = publish(exams, BIOLOGY.but(topics=(Topic("9", "Cells"), Topic("1.1", "Walls", "9"), Topic("2", "Genes"))))
    (child,) = [r for r in between(exams, one, two) if r["fields"] == ["topic_name"]]
    assert child["before"]["parent_code"] == "1"
    assert child["after"]["parent_code"] == "9"


def test_another_sessions_temporary_tables_are_not_trusted(exams):
    one = publish(exams, BIOLOGY)
    exams.rows("create temporary view between_line as select 1 as id")
    with pytest.raises(Refused, match="temporary objects"):
        exams.rows("select * from greenroom_exams.between(%s, 0, %s)", exams.scope, one)
    exams.rows("drop view pg_temp.between_line")


def test_the_words_of_the_difference_are_those_of_the_diff(exams):
    one = publish(exams, BIOLOGY)
    two = publish(exams, BIOLOGY.but(topics=(*leaves(5), Topic("6", "Ecology"))))
    found = diff.between(exams.connection, catalog.pack_named("exams"), exams.scope, one, two)
    assert [diff.words(change) for change in found.rows] == ['renamed: 6 "Topic 6" → "Ecology"']
    assert found.rows[0].unit == ("7402", "")
    assert found.total == 1


def test_a_subject_that_is_gone_is_still_called_by_its_name(exams):
    one = publish(exams, BIOLOGY)
    undo = exams.rollback(one)["release"]
    found = diff.between(exams.connection, catalog.pack_named("exams"), exams.scope, one, undo)
    assert {change.unit for change in found.rows} == {("7402", "")}
    assert {change.kinds for change in found.rows} == {("removed",)}


@pytest.fixture
def flat(make_database):
    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        yield install(connection)


def flat_picture(flat) -> dict[tuple[str, ...], int | None]:
    found = {("scores_years", *key): points for key, points in flat.state().items()}
    return found | {("scores", key): value for key, value in flat.current().items()}


points = st.one_of(st.none(), st.sampled_from(("1", "2", "3", "NS")))
files = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from(("2023", "2024"))), points, min_size=1)


def test_whatever_files_came_and_went_the_difference_of_two_releases_is_that_of_their_pictures(make_database):
    @bounded
    @given(st.lists(st.one_of(files, st.integers(0, 5)), min_size=3, max_size=9))
    def check(steps: list) -> None:
        with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
            flat = install(connection)
            pictures: dict[int, dict] = {0: {}}
            for step in steps:
                _take(flat, step, pictures)
            for a, b in permutations(pictures, 2):
                with connection.transaction(force_rollback=True):
                    found = flat.rows("select * from greenroom_flat.between(%s, %s, %s)", flat.scope, a, b)
                told = {(r["dataset"], *r["identity"]): (_points(r["before"]), _points(r["after"])) for r in found}
                keys = pictures[a].keys() | pictures[b].keys()
                expected = {
                    k: (pictures[a].get(k, "absent"), pictures[b].get(k, "absent"))
                    for k in keys
                    if pictures[a].get(k, "absent") != pictures[b].get(k, "absent")
                }
                assert told == expected, f"between {a} and {b}"

    check()


def _take(flat, step: dict | int, pictures: dict[int, dict]) -> None:
    before = flat.one("select coalesce(max(id), 0) from greenroom.release")
    if isinstance(step, int):
        applied = flat.rows("select id from greenroom.release where state = 'applied' order by id")
        if not applied:
            return
        try:
            flat.rollback(applied[step % len(applied)]["id"])
        except Refused:
            return
    else:
        try:
            flat.publish([(school, year, value) for (school, year), value in step.items()])
        except Refused:
            return
    last = flat.one("select coalesce(max(id), 0) from greenroom.release")
    if last != before:
        pictures[last] = _flat_told(flat)


def _flat_told(flat) -> dict:
    rows = flat.rows(
        "select 'scores_years' as d, array[school, year] as i, to_jsonb(t) as j from flat.scores_years as t"
    )
    rows += flat.rows("select 'scores' as d, array[school] as i, to_jsonb(t) as j from flat.scores as t")
    return {(r["d"], *r["i"]): _points(r["j"]) for r in rows if r["j"]["retired_at"] is None}


def _points(image: dict | None) -> Any:
    return "absent" if image is None else (image["school"], image["year"], image["points"])


def test_the_flat_pack_says_which_columns_differ(flat):
    one = flat.publish([("a", "2023", "1"), ("b", "2023", "2")])["release"]
    two = flat.publish([("a", "2023", "1"), ("b", "2023", "5")])["release"]
    found = diff.between(flat.connection, flat_pack, flat.scope, one, two)
    assert {change.dataset for change in found.rows} == {"scores_years", "scores"}
    assert {tuple(f.name for f in change.fields) for change in found.rows} == {("points",)}
