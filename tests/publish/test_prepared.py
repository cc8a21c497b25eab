"""What is live changes only through `live`: planned, previewed, landed as frozen, planned again when production moved."""  # noqa: E501

import pytest
from tests.publish.exams import TABLES, Exams, Paper, Refused, Subject, Topic, assert_settled, assert_truths, leaves

BIOLOGY = Subject(topics=leaves(6), papers=(Paper(),))
CHEMISTRY = Subject(code="7405", name="Chemistry", topics=leaves(4, prefix="c"))
PHYSICS = Subject(code="7408", name="Physics", topics=leaves(3, prefix="p"))
SECOND = BIOLOGY.but(name="Life", topics=(*leaves(4, first=2), Topic("9", "Ecology")), papers=(Paper(year=2025),))


@pytest.fixture
def shown(exams):
    """Biology, live."""
    exams.publish(BIOLOGY)
    exams.live()
    return exams


def stage(exams: Exams, *subjects: Subject) -> dict:
    exams.clean()
    exams.inbox(*subjects)
    exams.seal()
    exams.approve()
    return exams.promote()


def preview(exams: Exams) -> dict[str, dict]:
    """What schema preview shows of rows that will be current, without the stamps that the landing sets."""
    return rows_of(exams, "preview")


def rows_of(exams: Exams, schema: str) -> dict[str, dict]:
    return {
        f"{t} {row['id']}": row["image"]
        for t in TABLES
        for row in exams.rows(
            f"select id, to_jsonb(t) - '{{created_at,updated_at}}'::text[] as image from {schema}.{t} as t where retired_at is null"  # noqa: E501
        )
    }


def test_a_new_subject_lands_hidden(exams):
    exams.publish(BIOLOGY)
    assert exams.subject()["live_in_app"] is False
    assert len(exams.topics()) == 6


def test_changes_to_what_is_live_are_held_back_and_shown_in_preview(shown):
    before = shown.image()
    answer = stage(shown, SECOND)
    assert shown.image() == before, "what is live did not move"
    assert answer["written"] == {}
    assert answer["prepared"]["topics"] == {"inserted": 1, "updated": 4, "leaving": 2}
    seen = preview(shown)
    shown.live()
    assert rows_of(shown, "public") == seen, "what was previewed is what landed, ids included"
    assert_settled(shown)


def test_without_a_prepared_release_preview_is_production(shown):
    assert preview(shown) == rows_of(shown, "public")


def test_a_prepared_release_lands_as_the_release_it_was(shown):
    prepared = stage(shown, SECOND)["prepared"]["release"]
    assert shown.release(prepared)["state"] == "prepared"
    landed = shown.live()["landed"]
    assert landed["release"] == prepared
    assert shown.release(prepared)["state"] == "applied"
    assert landed["written"]["topics"]["inserted"] == 1
    assert landed["written"]["topics"]["deleted"] == 2


def test_a_landed_release_is_undone_like_any_other(shown):
    before = shown.image()
    prepared = stage(shown, SECOND)["prepared"]["release"]
    shown.live()
    shown.rollback(prepared)
    assert shown.image() == before


def test_preparing_the_same_again_makes_nothing(shown):
    one = stage(shown, SECOND)["prepared"]["release"]
    assert shown.promote()["prepared"]["release"] == one
    assert shown.rpc()["prepared"]["release"] == one
    assert shown.one("select count(*) from greenroom.release where state = 'prepared'") == 1


def test_a_newer_batch_takes_the_place_of_what_was_prepared(shown):
    one = stage(shown, SECOND)["prepared"]["release"]
    two = stage(shown, SECOND.but(name="Life sciences"))["prepared"]["release"]
    assert shown.release(one)["state"] == "withdrawn"
    shown.live()
    assert shown.subject()["subject_name"] == "Life sciences"
    assert shown.release(two)["state"] == "applied"


def test_promoting_live_does_both_at_once(shown):
    shown.clean()
    shown.inbox(SECOND)
    shown.seal()
    shown.approve()
    shown.promote(live=True)
    assert shown.subject()["subject_name"] == "Life"
    assert shown.one("select count(*) from greenroom.release where state in ('prepared', 'stale')") == 0


def test_in_a_mixed_scope_the_new_land_and_the_live_wait(shown):
    answer = stage(shown, SECOND, CHEMISTRY)
    assert answer["written"]["topics"]["inserted"] == 4
    assert answer["written"]["subjects"]["inserted"] == 1
    assert answer["prepared"]["topics"]["inserted"] == 1
    assert shown.subject()["subject_name"] == "Biology"
    assert len(shown.topics("7405")) == 4
    assert shown.subject("7405")["live_in_app"] is False
    shown.live(only="7402")
    assert shown.subject()["subject_name"] == "Life"
    assert shown.subject("7405")["live_in_app"] is False


def test_a_subject_prepared_alone_stays_prepared_when_others_land(shown):
    stage(shown, SECOND)
    seen = {k: v | {"release_id": 0} for k, v in preview(shown).items()}
    stage(shown, CHEMISTRY)
    assert shown.subject()["subject_name"] == "Biology"
    assert len(shown.topics("7405")) == 4
    again = {k: v | {"release_id": 0} for k, v in preview(shown).items()}
    names = lambda rows: sorted(str(v.get("topic_name")) for v in rows.values() if "topic_name" in v)  # noqa: E731
    assert names(again) == sorted([*names(seen), *(f"Topic c{n}" for n in range(1, 5))])
    shown.live(only="7402")
    assert shown.subject()["subject_name"] == "Life"


def test_a_prepared_release_is_stale_once_production_moved_and_planned_again(shown):
    prepared = stage(shown, SECOND)["prepared"]["release"]
    shown.rows("update public.curriculum_topics set topic_name = 'By hand' where topic_code = '3'")
    shown.settle(adopt=True)
    assert shown.release(prepared)["state"] == "stale"
    assert preview(shown) == rows_of(shown, "public"), "a stale plan is no preview"
    landed = shown.live()["landed"]
    assert landed["release"] > prepared
    assert shown.release(prepared)["state"] == "withdrawn"
    assert shown.topics()["3"]["topic_name"] == "Topic 3"
    assert shown.subject()["subject_name"] == "Life"
    assert_settled(shown)


def test_landing_a_stale_release_shows_nothing_that_was_hidden(shown):
    stage(shown, CHEMISTRY)
    stage(shown, SECOND)
    shown.rows("update public.curriculum_topics set topic_name = 'By hand' where topic_code = '3'")
    shown.settle(adopt=True)
    shown.live(only="7402")
    assert shown.subject()["subject_name"] == "Life"
    assert shown.subject("7405")["live_in_app"] is False


def test_a_rollback_under_a_prepared_release_makes_it_stale(shown):
    last = stage(shown, SECOND)["prepared"]["release"]
    shown.live()
    prepared = stage(shown, SECOND.but(name="Third"))["prepared"]["release"]
    shown.rollback(last)
    assert shown.release(prepared)["state"] == "stale"
    shown.approve()
    shown.live()
    assert shown.subject()["subject_name"] == "Third"


def test_a_hand_made_change_stops_the_landing(shown):
    stage(shown, SECOND)
    shown.rows("update public.curriculum_topics set topic_name = 'By hand' where topic_code = '3'")
    state = shown.image()
    with pytest.raises(Refused, match="changed by hand"):
        shown.live()
    assert shown.image() == state


def test_a_card_hung_on_a_leaving_topic_between_plan_and_landing_is_kept(shown):
    stage(shown, SECOND)
    shown.hang("public.flashcards", shown.ids()["Topic 6"])
    hanging = shown.hanging()
    landed = shown.live()["landed"]
    assert (landed["written"]["topics"]["deleted"], landed["written"]["topics"]["retired"]) == (1, 1)
    assert shown.hanging() == hanging


def test_hiding_by_hand_lets_the_next_promotion_land(shown):
    shown.rows("update public.exam_board_subjects set live_in_app = false")
    answer = stage(shown, SECOND)
    assert answer["written"]["topics"]["inserted"] == 1
    assert shown.subject()["live_in_app"] is False


def test_switching_by_hand_lands_nothing(shown):
    stage(shown, SECOND)
    shown.rows("update public.exam_board_subjects set live_in_app = false")
    shown.rows("update public.exam_board_subjects set live_in_app = true")
    assert shown.subject()["subject_name"] == "Biology"
    shown.live()
    assert shown.subject()["subject_name"] == "Life"


def test_a_switch_is_recorded_and_nothing_to_switch_is_not(shown):
    last = shown.last_release()
    assert shown.live()["switched"] == 0
    assert shown.last_release() == last
    assert shown.live(on=False)["switched"] == 1
    assert shown.release(shown.last_release())["kind"] == "live"
    assert shown.subject()["live_in_app"] is False


def test_a_scope_that_was_never_promoted_cannot_be_shown(exams):
    with pytest.raises(Refused, match="has been promoted yet"):
        exams.live()


def test_promoting_live_one_subject_leaves_the_others_prepared(shown):
    shown.publish(CHEMISTRY, live=True)
    stage(shown, SECOND, CHEMISTRY.but(name="Chem"))
    shown.promote("7402", live=True)
    assert shown.subject()["subject_name"] == "Life"
    assert shown.subject("7405")["subject_name"] == "Chemistry"
    assert shown.live()["landed"] is not None
    assert shown.subject("7405")["subject_name"] == "Chem"
    assert_truths(shown)


def test_showing_one_subject_lands_its_changes_and_no_others(shown):
    shown.publish(CHEMISTRY, live=True)
    shown.publish(PHYSICS)
    stage(shown, SECOND, CHEMISTRY.but(name="Chem"))
    assert shown.live(only="7408")["landed"] is None
    assert shown.subject()["subject_name"] == "Biology"
    shown.live(only="7402")
    assert shown.subject()["subject_name"] == "Life"
    assert shown.subject("7405")["subject_name"] == "Chemistry"
    shown.live(only="7405")
    assert shown.subject("7405")["subject_name"] == "Chem"
    assert shown.rows("select * from greenroom.release where state in ('prepared', 'stale')") == []
    assert_truths(shown)


def test_promoting_live_shows_what_is_promoted_and_not_what_is_hidden_beside_it(exams):
    exams.publish(BIOLOGY)
    exams.publish(CHEMISTRY, live=True)
    assert exams.subject("7405")["live_in_app"] is True
    assert exams.subject("7402")["live_in_app"] is False


def test_a_published_table_is_not_truncated_by_hand(exams):
    exams.publish(BIOLOGY)
    with pytest.raises(Refused, match="not truncated by hand"):
        exams.rows("truncate public.curriculum_topics cascade")
    assert len(exams.topics()) == 6
