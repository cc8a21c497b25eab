"""Hand-made changes of source columns: noticed, named, kept or taken back; lifecycle columns are the maintainer's."""

import pytest
from tests.publish.exams import Paper, Refused, Subject, Topic, assert_settled, assert_truths, leaves

BIOLOGY = Subject(topics=(*leaves(6), Topic("1.1", "Walls", "1")), papers=(Paper(),))
CHEMISTRY = Subject(code="7405", name="Chemistry", topics=leaves(4, prefix="c"))

RENAMED = "update public.curriculum_topics set topic_name = 'By hand' where topic_code = '2'"
DELETED = "delete from public.curriculum_topics where topic_code = '1.1'"
INSERTED = (
    "insert into public.curriculum_topics (exam_board_subject_id, topic_code, topic_name, topic_level)"
    " select id, '99', 'By hand', 0 from public.exam_board_subjects where subject_code = '7402'"
)
RENUMBERED = "update public.curriculum_topics set topic_code = '0' || topic_code where topic_code in ('3', '4')"
RETIRED = "update public.curriculum_topics set retired_at = now() where topic_code = '5'"
HAND = {"update": RENAMED, "delete": DELETED, "insert": INSERTED, "codes": RENUMBERED, "retire": RETIRED}


@pytest.fixture
def published(exams):
    exams.publish(BIOLOGY, CHEMISTRY)
    return exams


@pytest.mark.parametrize("statement", HAND.values(), ids=HAND)
def test_a_change_by_hand_is_refused_at_the_next_promotion_with_its_row(published, statement):
    published.rows(statement)
    state = published.image()
    published.inbox(BIOLOGY.but(topics=leaves(8)))
    published.seal()
    with pytest.raises(Refused, match="AQA A-Level was changed by hand since its last release") as refused:
        published.promote()
    assert refused.value.checks == {"drift"}
    touched = {f["row_key"] for f in refused.value.findings}
    changed = published.rows("select identity from greenroom.drift")
    assert touched == {c["identity"][0] for c in changed}
    assert "--adopt" in refused.value.hint and "--revert" in refused.value.hint
    assert published.image() == state


@pytest.mark.parametrize("statement", HAND.values(), ids=HAND)
def test_taking_back_restores_every_column_of_every_row(published, statement):
    before = published.image()
    published.rows(statement)
    assert published.image() != before
    published.settle(adopt=False)
    assert published.image() == before
    assert published.rows("select * from greenroom.drift") == []
    assert_truths(published)
    assert_settled(published)


@pytest.mark.parametrize("statement", HAND.values(), ids=HAND)
def test_a_change_that_was_adopted_can_be_undone(published, statement):
    before = published.image()
    published.rows(statement)
    by_hand = published.image(stamps=False)
    release = published.settle(adopt=True)["release"]
    assert published.image(stamps=False) == by_hand, "adopting changes no source column"
    assert published.release(release)["kind"] == "adopt"
    assert_truths(published)
    published.rollback(release)
    assert published.image() == before
    assert_truths(published)


def test_all_kinds_of_change_at_once_are_taken_back(published):
    before = published.image()
    for statement in HAND.values():
        published.rows(statement)
    published.rows("update public.exam_papers set year = 1999")
    published.rows("update public.exam_board_subjects set subject_name = 'X' where subject_code = '7402'")
    published.settle(adopt=False)
    assert published.image() == before


def test_codes_swapped_by_hand_are_taken_back(published):
    before = published.image()
    published.rows("update public.curriculum_topics set topic_code = 'x' where topic_code = '3'")
    published.rows("update public.curriculum_topics set topic_code = '3' where topic_code = '4'")
    published.rows("update public.curriculum_topics set topic_code = '4' where topic_code = 'x'")
    published.settle(adopt=False)
    assert published.image() == before


def test_papers_whose_keys_were_swapped_by_hand_are_taken_back(exams):
    exams.publish(BIOLOGY.but(papers=(Paper(number=1), Paper(number=2, url="https://example.org/2.pdf"))))
    before = exams.image()
    for change in ("9 where paper_number = 1", "1 where paper_number = 2", "2 where paper_number = 9"):
        exams.rows(f"update public.exam_papers set paper_number = {change}")
    exams.settle(adopt=False)
    assert exams.image() == before


def test_a_row_inserted_by_hand_that_learners_use_is_retired_when_taken_back(published):
    published.rows(INSERTED)
    published.hang("public.flashcards", published.topics()["99"]["id"])
    hanging = published.hanging()
    published.settle(adopt=False)
    assert published.hanging() == hanging
    assert list(published.topics(retired=True)) == ["99"]


def test_a_topic_moved_by_hand_into_another_subject_is_noticed_in_both(published):
    before = published.image()
    published.rows(
        "update public.curriculum_topics set topic_code = 'm', exam_board_subject_id ="
        " (select id from public.exam_board_subjects where subject_code = '7405') where topic_code = '6'"
    )
    for only in ("7402", "7405"):
        published.inbox(BIOLOGY.but(code=only, topics=leaves(9)))
        published.seal(only)
        with pytest.raises(Refused, match="changed by hand"):
            published.promote(only)
    release = published.settle(adopt=True)["release"]
    assert_truths(published)
    published.rollback(release)
    assert published.image() == before
    assert_truths(published)


def test_a_paper_inserted_by_hand_where_none_was_published_is_noticed(exams):
    exams.publish(BIOLOGY.but(papers=()))
    exams.rows(
        "insert into public.exam_papers (exam_board_subject_id, year, series, type, url)"
        " select id, 2020, 'June', 'question paper', 'https://example.org/hand.pdf' from public.exam_board_subjects"
    )
    exams.inbox(BIOLOGY)
    exams.seal()
    with pytest.raises(Refused, match="changed by hand"):
        exams.promote()
    assert exams.one("select url from public.exam_papers") == "https://example.org/hand.pdf"
    release = exams.settle(adopt=True)["release"]
    assert_truths(exams)
    exams.rollback(release)
    assert exams.rows("select * from public.exam_papers") == []
    assert_truths(exams)


def test_a_subject_made_by_hand_and_then_scraped_is_not_drift(exams):
    exams.rows(
        "insert into public.exam_board_subjects (exam_board_id, qualification_type_id, subject_code, subject_name)"
        " select b.id, q.id, '7402', 'Biology (by hand)' from public.exam_boards as b, public.qualification_types as q"
        " where b.code = 'AQA' and q.code = 'A-Level'"
    )
    made = exams.subject()["id"]
    exams.publish(BIOLOGY)
    assert exams.subject()["id"] == made
    exams.publish(BIOLOGY.but(topics=leaves(7)))
    assert len(exams.topics()) == 7


def test_lifecycle_switched_by_hand_is_not_drift_and_survives_promotions_and_rollbacks(exams):
    exams.publish(BIOLOGY.but(version="2015"), CHEMISTRY)
    exams.rows(
        "update public.exam_board_subjects set is_current = false, spec_end_year = 2024 where spec_version = '2015'"
    )
    exams.rows("update public.exam_board_subjects set spec_end_year = 2030 where subject_code = '7405'")
    assert exams.rows("select * from greenroom.drift") == []
    columns = "select live_in_app, is_current, spec_end_year from public.exam_board_subjects order by subject_code"
    switched = exams.rows(columns)
    release = exams.publish(BIOLOGY.but(version="2015", name="Life"), CHEMISTRY.but(name="Chemistry B"))["release"]
    assert [
        s["subject_name"] for s in exams.rows("select * from public.exam_board_subjects order by subject_code")
    ] == [
        "Life",
        "Chemistry B",
    ]
    assert exams.rows(columns) == switched
    exams.rollback(release)
    assert exams.rows(columns) == switched
    exams.approve(verdict="rejected")
    exams.rows("update public.exam_board_subjects set live_in_app = true where subject_code = '7405'")
    exams.publish(CHEMISTRY.but(name="Chemistry C"), live=True)
    assert exams.subject("7405")["live_in_app"] is True
    assert exams.subject("7405")["spec_end_year"] == 2030


def test_touching_a_row_without_changing_it_is_not_drift(published):
    published.rows("update public.curriculum_topics set topic_name = topic_name, updated_at = now()")
    assert published.rows("select * from greenroom.drift") == []


def test_showing_is_allowed_while_something_was_changed_by_hand(published):
    """Nothing of anybody's is overwritten by a switch."""
    published.rows(RENAMED)
    published.live()
    assert published.subject()["live_in_app"] is True


def test_a_change_in_another_scope_stops_nobody_here(published):
    other = published.other("AQA", "GCSE")
    other.publish(BIOLOGY)
    other.rows(
        "update public.curriculum_topics set topic_name = 'By hand' where exam_board_subject_id = %s",
        other.subject()["id"],
    )
    published.publish(BIOLOGY.but(name="Life"))
    assert published.subject()["subject_name"] == "Life"


def test_nothing_to_settle_makes_no_release(published):
    last = published.last_release()
    assert published.settle(adopt=True) == {"changes": 0}
    assert published.last_release() == last
