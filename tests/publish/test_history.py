"""Undoing: rows, ids and columns as they were, or a refusal that names what stands in the way."""

from uuid import uuid4

import pytest
from tests.publish.exams import Paper, Refused, Subject, Topic, assert_settled, assert_truths, leaves

BIOLOGY = Subject(topics=leaves(6), papers=(Paper(), Paper(type="mark scheme", url="https://example.org/ms.pdf")))
CHEMISTRY = Subject(code="7405", name="Chemistry", topics=leaves(4, prefix="c"))


def release_of(answer: dict) -> int:
    assert answer["written"], "nothing was released"
    return answer["release"]


def publish(exams, *subjects: Subject, complete: bool = True) -> int:
    exams.clean()
    exams.inbox(*subjects)
    exams.seal(complete=complete)
    exams.approve()
    return release_of(exams.promote())


def test_undoing_a_first_promotion_leaves_nothing(exams):
    release = publish(exams, BIOLOGY)
    exams.rollback(release)
    assert exams.image() == {}
    assert exams.rows("select * from greenroom.published") == []


def test_undoing_an_edition_brings_every_column_of_every_row_back(exams):
    publish(exams, BIOLOGY)
    before = exams.image()
    release = publish(
        exams,
        BIOLOGY.but(
            name="Biology A",
            topics=(Topic("1", "New"), *(Topic(str(n + 1), f"Topic {n}") for n in range(1, 5)), Topic("9", "Other")),
            papers=(Paper(url="https://example.org/new.pdf"), Paper(year=2025)),
        ),
    )
    assert exams.image() != before
    exams.rollback(release)
    assert exams.image() == before
    assert exams.release(release)["state"] == "rolled back"


def test_undoing_keeps_what_learners_have_hung_on_new_topics_since(exams):
    publish(exams, BIOLOGY)
    before = exams.image()
    release = publish(exams, BIOLOGY.but(topics=leaves(8)))
    exams.hang("public.flashcards", exams.ids()["Topic 8"])
    hanging = exams.hanging()
    exams.rollback(release)
    assert exams.hanging() == hanging
    assert list(exams.topics(retired=True)) == ["8"]
    assert {k: v for k, v in exams.image().items() if k in before} == before
    assert len(exams.image()) == len(before) + 1


def test_undoing_an_undoing_brings_the_same_ids_back(exams):
    publish(exams, BIOLOGY)
    release = publish(exams, BIOLOGY.but(topics=leaves(8, first=2), papers=(Paper(year=2025),)))
    after = exams.image()
    undo = exams.rollback(release)["release"]
    exams.rollback(undo)
    assert exams.image() == after
    assert exams.release(release)["state"] == "applied"
    assert exams.release(undo)["state"] == "rolled back"
    assert_settled(exams)


def test_undoing_a_first_promotion_and_that_undoing_brings_the_same_ids_back(exams):
    release = publish(exams, BIOLOGY)
    before = exams.image()
    undo = exams.rollback(release)["release"]
    exams.rollback(undo)
    assert exams.image() == before


def test_undoing_several_releases_at_once_goes_back_to_the_state_before_the_first(exams):
    publish(exams, BIOLOGY)
    state = exams.image()
    releases = [
        publish(exams, BIOLOGY.but(topics=leaves(7, first=3))),
        publish(exams, BIOLOGY.but(topics=leaves(3, first=5), name="Life")),
        publish(exams, BIOLOGY.but(topics=leaves(9), papers=(Paper(year=2020),))),
    ]
    exams.rollback(*releases)
    assert exams.image() == state
    assert {exams.release(r)["state"] for r in releases} == {"rolled back"}


def test_papers_that_left_and_came_back_anew_are_undone_together(exams):
    """The first document returns to its place while the one that stands there leaves it."""
    publish(exams, BIOLOGY)
    state = exams.image()
    one = publish(exams, BIOLOGY.but(papers=BIOLOGY.papers[:1]))
    two = publish(exams, BIOLOGY)
    exams.rollback(one, two)
    assert exams.image() == state


def test_topics_that_left_and_came_back_anew_are_undone_together(exams):
    publish(exams, BIOLOGY)
    state = exams.image()
    one = publish(exams, BIOLOGY.but(topics=leaves(5)))
    two = publish(exams, BIOLOGY)
    exams.rollback(one, two)
    assert exams.image() == state


def test_a_release_under_a_later_one_that_touched_the_same_rows_is_not_undone(exams):
    publish(exams, BIOLOGY)
    first = publish(exams, BIOLOGY.but(topics=(*leaves(5), Topic("6", "Ecology"))))
    second = publish(exams, BIOLOGY.but(topics=(*leaves(5), Topic("6", "Ecosystems"))))
    state = exams.image()
    with pytest.raises(Refused, match="a later release changed the same rows") as refused:
        exams.rollback(first)
    assert [(f["check"], f["dataset"]) for f in refused.value.findings] == [("touched_later", "topics")]
    assert f"release {second} changed topics" in refused.value.findings[0]["message"]
    assert "6" in refused.value.findings[0]["message"]
    assert "rollback" in refused.value.hint
    assert exams.image() == state
    assert exams.release(first)["state"] == "applied"


def test_a_release_under_a_later_one_that_touched_others_is_undone(exams):
    publish(exams, BIOLOGY)
    first = publish(exams, BIOLOGY.but(topics=(*leaves(5), Topic("6", "Ecology"))))
    publish(exams, BIOLOGY.but(topics=(Topic("1", "Cells"), *leaves(4, first=2), Topic("6", "Ecology"))))
    exams.rollback(first)
    names = {code: row["topic_name"] for code, row in exams.topics().items()}
    assert names == {"1": "Cells", **{str(n): f"Topic {n}" for n in range(2, 7)}}
    assert_truths(exams)


def test_a_release_of_another_subject_does_not_stand_in_the_way(exams):
    first = publish(exams, BIOLOGY)
    publish(exams, CHEMISTRY)
    chemistry = exams.topics("7405")
    exams.rollback(first)
    assert exams.topics() == {}
    assert exams.topics("7405") == chemistry


def test_undoing_a_parent_under_which_a_later_release_put_a_child_is_refused_by_name(exams):
    publish(exams, BIOLOGY)
    first = publish(exams, BIOLOGY.but(topics=(*leaves(6), Topic("7", "Ecology"))))
    publish(exams, BIOLOGY.but(topics=(*leaves(6), Topic("7", "Ecology"), Topic("7.1", "Food webs", "7"))))
    state = exams.image()
    with pytest.raises(Refused) as refused:
        exams.rollback(first)
    assert refused.value.checks == {"touched_later"}
    assert any("7.1" in f["message"] for f in refused.value.findings)
    assert exams.image() == state


def test_undoing_a_subject_under_which_a_later_release_put_papers_is_refused_by_name(exams):
    first = publish(exams, BIOLOGY.but(papers=()))
    second = publish(exams, BIOLOGY.but(papers=(Paper(),)))
    state = exams.image()
    with pytest.raises(Refused) as refused:
        exams.rollback(first)
    assert refused.value.checks == {"touched_later"}
    assert exams.image() == state
    exams.rollback(first, second)
    assert exams.image() == {}


def test_an_undoing_under_a_later_release_of_the_same_rows_is_not_undone_unseen(exams):
    """a, then b, undone to a, then c: undoing the undoing would put b over c."""
    publish(exams, BIOLOGY)
    to_b = publish(exams, BIOLOGY.but(topics=(*leaves(5), Topic("6", "B"))))
    undo = exams.rollback(to_b)["release"]
    to_c = publish(exams, BIOLOGY.but(topics=(*leaves(5), Topic("6", "C"))))
    with pytest.raises(Refused, match="a later release changed the same rows") as refused:
        exams.rollback(undo)
    assert f"release {to_c} " in refused.value.findings[0]["message"]
    assert exams.topics()["6"]["topic_name"] == "C"


def test_what_was_undone_does_not_come_back_unseen(exams):
    publish(exams, BIOLOGY)
    release = publish(exams, BIOLOGY.but(topics=leaves(8)))
    exams.rollback(release)
    with pytest.raises(Refused) as refused:
        exams.promote()
    assert refused.value.checks == {"rolled_back"}
    assert len(exams.topics()) == 6


def test_promoting_again_after_an_undoing_applies_the_same_batch_again(exams):
    publish(exams, BIOLOGY)
    release = publish(exams, BIOLOGY.but(topics=leaves(8)))
    exams.rollback(release)
    assert len(exams.topics()) == 6
    exams.approve()
    again = exams.promote()
    assert again["release"] > release
    assert len(exams.topics()) == 8
    assert_settled(exams)


def test_what_is_not_applied_cannot_be_undone(exams):
    release = publish(exams, BIOLOGY)
    exams.rollback(release)
    with pytest.raises(Refused, match="only applied releases") as refused:
        exams.rollback(release)
    assert refused.value.checks == {"not_undoable"}
    with pytest.raises(Refused):
        exams.rollback(999)


def test_a_release_of_another_scope_cannot_be_undone_from_here(exams):
    other = exams.other("AQA", "GCSE")
    release = publish(other, BIOLOGY)
    with pytest.raises(Refused, match="only applied releases"):
        exams.rollback(release)
    assert len(other.topics()) == 6


def test_what_was_switched_by_hand_since_survives_an_undoing(exams):
    publish(exams, BIOLOGY)
    release = publish(exams, BIOLOGY.but(name="Life"))
    exams.rows("update public.exam_board_subjects set live_in_app = true, is_current = false, spec_end_year = 2026")
    exams.rollback(release)
    subject = exams.subject()
    assert (subject["subject_name"], subject["live_in_app"], subject["is_current"], subject["spec_end_year"]) == (
        "Biology",
        True,
        False,
        2026,
    )


def test_the_same_key_asked_twice_undoes_and_promotes_once(exams):
    exams.inbox(BIOLOGY)
    exams.seal()
    key = uuid4()
    one = exams.promote(key=key)
    exams.inbox(BIOLOGY.but(name="Life"))
    exams.seal()
    assert exams.promote(key=key)["release"] == one["release"]
    assert exams.one("select count(*) from greenroom.release") == 1
    assert exams.subject()["subject_name"] == "Biology", "a call asked again does nothing new"
    undo_key = uuid4()
    undo = "select greenroom_exams.rollback(%s, %s, 'tester', null, %s)"
    first = exams.one(undo, exams.scope, [one["release"]], undo_key)
    assert exams.one(undo, exams.scope, [one["release"]], undo_key)["release"] == first["release"]
    assert exams.one("select count(*) from greenroom.release") == 2


def test_promoting_again_writes_nothing(exams):
    exams.publish(BIOLOGY, CHEMISTRY)
    digest, last = exams.digest(), exams.last_release()
    exams.seal()
    first = exams.promote()
    assert exams.rpc()["release"] == first["release"] == last
    assert (exams.digest(), exams.last_release()) == (digest, last)
    assert exams.one("select count(*) from greenroom.batch") == 1


def test_an_incomplete_unit_adds_and_changes_and_retires_nothing(exams):
    publish(exams, BIOLOGY)
    before = exams.ids()
    publish(exams, BIOLOGY.but(topics=(Topic("2", "Topic two"), Topic("7", "Ecology")), papers=()), complete=False)
    after = exams.ids()
    assert after.pop("Topic two") == before.pop("Topic 2")
    after.pop("Ecology")
    assert after == before


def test_an_incomplete_unit_promoted_again_writes_nothing(exams):
    publish(exams, BIOLOGY)
    part = BIOLOGY.but(topics=(Topic("2", "Topic two"),), papers=())
    publish(exams, part, complete=False)
    digest, last = exams.digest(), exams.last_release()
    exams.seal(complete=False)
    exams.approve()
    exams.promote()
    assert (exams.digest(), exams.last_release()) == (digest, last)


def test_a_version_that_is_named_later_is_the_same_subject(exams):
    publish(exams, BIOLOGY)
    before = exams.image()
    subject, topics = exams.subject(), exams.ids()
    release = publish(exams, BIOLOGY.but(version="2015"))
    assert exams.subject(version="2015")["id"] == subject["id"]
    assert exams.ids(version="2015") == topics
    assert_truths(exams)
    assert {tuple(r["key"]) for r in exams.rows("select key from greenroom.published")} == {("7402", "2015")}
    exams.rollback(release)
    assert exams.image() == before
    assert {tuple(r["key"]) for r in exams.rows("select key from greenroom.published")} == {("7402", "")}
    assert_truths(exams)


def test_a_version_that_is_named_by_a_scrape_of_papers_alone_keeps_the_topics(exams):
    publish(exams, BIOLOGY)
    topics = exams.ids()
    publish(exams, Subject(version="2015", papers=(*BIOLOGY.papers, Paper(year=2025))))
    assert exams.ids(version="2015") == topics
    published = exams.rows("select dataset, key, row_count from greenroom.published order by dataset")
    assert [(p["dataset"], p["key"], p["row_count"]) for p in published] == [
        ("papers", ["7402", "2015"], 3),
        ("subjects", ["7402", "2015"], 1),
        ("topics", ["7402", "2015"], 6),
    ]
    # and an edition of topics afterwards finds them
    publish(exams, BIOLOGY.but(version="2015", topics=leaves(5)))
    assert len(exams.topics(version="2015")) == 5


def test_a_version_named_between_two_seals_is_one_subject(exams):
    exams.inbox(BIOLOGY)
    exams.seal()
    exams.inbox(BIOLOGY.but(version="2025"))
    exams.seal()
    exams.promote()
    assert len(exams.rows("select * from public.exam_board_subjects")) == 1


def test_json_null_is_undone_like_any_value(exams):
    exams.inbox(BIOLOGY)
    exams.rows("update public.staging_aqa_topics set key_themes = 'null'")
    exams.seal()
    exams.promote()
    release = publish(exams, BIOLOGY.but(topics=leaves(3)))
    exams.rollback(release)
    assert len(exams.topics()) == 6


def test_a_prepared_release_that_lands_late_is_later_than_what_was_made_meanwhile(exams):
    """Prepared before, applied after: it counts from when it was applied."""
    publish(exams, BIOLOGY)
    exams.live()
    exams.clean()
    exams.inbox(BIOLOGY.but(topics=(*leaves(5), Topic("6", "Ecology"))))
    exams.seal()
    exams.promote()
    there_and_back = []
    for name in ("Elsewhere", "Topic 6"):
        exams.rows("update public.curriculum_topics set topic_name = %s where topic_code = '6'", name)
        there_and_back.append(exams.settle(adopt=True)["release"])
    exams.live()
    assert exams.topics()["6"]["topic_name"] == "Ecology"
    with pytest.raises(Refused, match="a later release changed the same rows"):
        exams.rollback(there_and_back[1])
