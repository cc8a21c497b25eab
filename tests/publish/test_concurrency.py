"""Two at once: one promotes, the other waits or points; nobody sees half, nothing is lost."""

import threading
import time

import psycopg
import pytest
from tests.publish.exams import Exams, Subject, leaves

BIOLOGY = Subject(topics=leaves(9))


@pytest.fixture
def pair(make_database):
    """The owner twice, on one database."""
    url = make_database("exams").url
    with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as two:
        yield Exams(one).app(), Exams(two)


def meanwhile(work, one: Exams, two: Exams):
    """Start `work` in a thread, wait until it waits for a lock of the other connection."""
    answer: list = []

    def run() -> None:
        try:
            answer.append(work())
        except psycopg.Error as error:
            answer.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    pid = two.connection.info.backend_pid
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and thread.is_alive():
        if one.rows("select 1 from pg_locks where pid = %s and not granted", pid):
            return thread, answer, True
        time.sleep(0.02)
    return thread, answer, False


def test_two_promotions_of_one_scope_wait_for_each_other(pair):
    one, two = pair
    one.inbox(BIOLOGY)
    one.seal()
    with one.connection.transaction():
        first = one.promote()
        thread, answer, waited = meanwhile(two.promote, one, two)
        assert waited, "the second promotion did not wait"
    thread.join(20)
    assert answer[0]["release"] == first["release"]
    assert one.one("select count(*) from greenroom.release") == 1
    assert one.one("select count(*) from public.curriculum_topics") == 9


def test_promotions_of_two_scopes_do_not_wait_for_each_other(pair):
    one, two = pair
    other = two.other("AQA", "GCSE")
    one.inbox(BIOLOGY)
    one.seal()
    other.inbox(BIOLOGY)
    other.seal()
    with one.connection.transaction():
        one.promote()
        assert other.promote()["written"]
    assert one.one("select count(*) from public.curriculum_topics") == 18


def test_a_card_hung_on_a_topic_while_it_leaves_is_never_lost(pair):
    """The card is not yet committed when the promotion looks; it must wait for it, and then keep the topic."""
    one, two = pair
    one.publish(BIOLOGY)
    leaving = one.ids()["Topic 9"]
    one.clean()
    one.inbox(BIOLOGY.but(topics=leaves(8)))
    one.seal()
    with one.connection.transaction():
        one.hang("public.flashcards", leaving)
        thread, answer, waited = meanwhile(two.promote, one, two)
        assert waited, "the promotion did not wait for who begins to point"
    thread.join(20)
    assert answer[0]["written"]["topics"]["retired"] == 1
    assert one.one("select count(*) from public.flashcards") == 1
    assert [row["id"] for row in one.topics(retired=True).values()] == [leaving]


def test_a_card_hung_after_the_topic_left_is_refused_by_the_database(pair):
    one, two = pair
    one.publish(BIOLOGY)
    leaving = one.ids()["Topic 9"]
    one.clean()
    one.inbox(BIOLOGY.but(topics=leaves(8)))
    one.seal()
    with one.connection.transaction():
        one.promote()
        thread, answer, waited = meanwhile(lambda: two.hang("public.flashcards", leaving), one, two)
        assert waited
    thread.join(20)
    assert isinstance(answer[0], psycopg.errors.ForeignKeyViolation)


def test_readers_see_the_old_release_until_the_new_one_is_whole(pair):
    one, two = pair
    one.publish(BIOLOGY)
    before = two.image()
    one.clean()
    one.inbox(BIOLOGY.but(name="Life", topics=leaves(8, first=3)))
    one.seal()
    one.approve()
    with one.connection.transaction():
        one.promote()
        assert two.image() == before
    assert two.image() == one.image() != before


def test_a_frozen_snapshot_is_refused(pair):
    one, _ = pair
    one.inbox(BIOLOGY)
    one.seal()
    with pytest.raises(Exception, match="read committed"), one.connection.transaction():
        one.connection.execute("set transaction isolation level repeatable read")
        one.promote()
    assert one.image() == {}


def test_a_connection_lost_before_commit_leaves_everything_as_it_was(pair):
    one, two = pair
    one.publish(BIOLOGY)
    before = one.image()
    two.clean()
    two.inbox(BIOLOGY.but(topics=leaves(8)))
    two.seal()
    two.connection.execute("begin")
    two.promote()
    two.connection.close()
    assert one.image() == before
    assert one.one("select count(*) from greenroom.release") == 1
    assert one.promote()["written"]["topics"]["deleted"] == 1


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
def test_a_decision_waits_for_a_promotion_under_way_and_decides_nothing_that_is_done(pair, verdict):
    one, two = pair
    one.inbox(BIOLOGY)
    one.seal()
    with one.connection.transaction():
        one.promote()
        thread, answer, waited = meanwhile(lambda: two.approve(verdict=verdict), one, two)
        assert waited, "the decision did not wait"
    thread.join(20)
    assert answer == [0]
    assert one.rows("select distinct state from greenroom.unit") == [{"state": "promoted"}]
