"""Two at once: promoters, editors, scrapers, learners and readers, in every order that matters."""

import json
import os
import threading
import uuid

import psycopg
import pytest
from tests.faults.scenes import digest, editions, exact, fill_inbox, promote, scope

SUBJECTS = int(os.environ.get("GREENROOM_READ_SUBJECTS", "5"))

FLASHCARDS = """
create table public.flashcards (
  id integer generated always as identity primary key,
  topic_id uuid not null references public.curriculum_topics (id) on delete {action},
  front text
);
create index on public.flashcards (topic_id)
"""
DANGLING = """
select count(*) from public.flashcards f left join public.curriculum_topics t on t.id = f.topic_id where t.id is null
"""


def topic(connection, code="1.1"):
    row = connection.execute(
        "select id from public.curriculum_topics where topic_code = %s order by id limit 1", [code]
    )
    return row.fetchone()[0]


def checks(error):
    return {finding["check"] for finding in json.loads(error.diag.message_detail)}


# Promoters


def test_of_two_promoters_one_writes_and_the_other_hears_that_it_is_there(owner, session, meanwhile, until_blocked):
    fill_inbox(owner)
    first, second = session(), session()
    with first.transaction():
        won = promote(first)
        other = meanwhile(promote, second)
        until_blocked(second)
    lost = other.result()
    assert lost.error is None
    assert lost.answer == {**won, "written": {}}
    assert owner.execute("select count(*) from greenroom.release").fetchone() == (1,)
    assert owner.execute("select count(*) from greenroom.batch").fetchone() == (1,)


def test_a_promoter_who_will_not_wait_is_told_so(owner, session):
    fill_inbox(owner)
    first, second = session(), session()
    with first.transaction():
        promote(first)
        second.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable) as told:
            promote(second)
        assert told.value.sqlstate == "55P03"
    assert promote(second)["topics"] == 200


def test_the_second_promoter_takes_over_when_the_first_fails(owner, session, meanwhile, until_blocked):
    fill_inbox(owner)
    first, second = session(), session()
    first.execute("begin")
    promote(first)
    other = meanwhile(promote, second)
    until_blocked(second)
    first.execute("rollback")
    assert other.result().answer["written"]["topics"]["inserted"] == 200


def test_many_promoters_at_once_make_one_release(owner, session, meanwhile):
    fill_inbox(owner)
    start = threading.Barrier(6)

    def go(connection):
        start.wait(20)
        return promote(connection)

    answers = [meanwhile(go, session()) for _ in range(6)]
    releases = {answer.result().answer["release"] for answer in answers}
    assert len(releases) == 1
    assert owner.execute("select count(*) from greenroom.release").fetchone() == (1,)


def test_a_scope_named_by_two_at_once_is_one_scope(owner, session, meanwhile):
    start = threading.Barrier(6)

    def go(connection):
        start.wait(20)
        return scope(connection)

    named = [meanwhile(go, session()) for _ in range(6)]
    assert len({name.result().answer for name in named}) == 1


def test_two_scopes_do_not_wait_for_each_other(owner, session):
    fill_inbox(owner)
    owner.execute("insert into public.staging_aqa_subjects (code, name, qualification_type) values ('x', 'X', 'GCSE')")
    owner.execute(
        "insert into public.staging_aqa_topics (subject_id, topic_code, topic_name, level)"
        " select id, '1', 'One', 0 from public.staging_aqa_subjects where code = 'x'"
    )
    first, second = session(), session()
    second.execute("set lock_timeout = '2s'")
    with first.transaction():
        promote(first)
        assert second.execute("select public.promote_staging_to_production('AQA', 'GCSE')").fetchone()[0]["topics"] == 1


def test_the_same_key_at_once_is_one_release(owner, session, meanwhile, until_blocked):
    fill_inbox(owner)
    number = scope(owner)
    owner.execute("select greenroom_exams.seal(%s)", [number])
    key = uuid.uuid4()
    call = "select greenroom_exams.promote(%s, p_key => %s)"
    first, second = session(), session()
    with first.transaction():
        won = first.execute(call, [number, key]).fetchone()[0]
        other = meanwhile(lambda: second.execute(call, [number, key]).fetchone()[0])
        until_blocked(second)
    assert other.result().answer == won
    assert promote(owner)["release"] == won["release"]


@pytest.mark.parametrize("first_is", ["rollback", "promote"])
def test_rollback_and_promote_come_one_after_the_other(owner, session, meanwhile, until_blocked, first_is):
    fill_inbox(owner)
    promote(owner)
    fill_inbox(owner, edition=2)
    second = promote(owner)["release"]
    fill_inbox(owner, edition=3)
    number = scope(owner)

    def undo(connection):
        return connection.execute("select greenroom_exams.rollback(%s, %s)", [number, [second]]).fetchone()[0]

    one, two = session(), session()
    work = {"rollback": (undo, promote), "promote": (promote, undo)}[first_is]
    with one.transaction():
        work[0](one)
        other = meanwhile(work[1], two)
        until_blocked(two)
    ended = other.result()
    if first_is == "rollback":
        assert ended.error is None
        assert editions(owner) == {3}
    else:
        # a release that stands on the rows came between: the undoing is refused by name
        assert ended.error.sqlstate == "PT409"
        assert checks(ended.error) == {"touched_later"}
        assert editions(owner) == {3}
    assert promote(owner)["written"] == {}


# Editors


def edited(connection, code, name):
    connection.execute("update public.curriculum_topics set topic_name = %s where topic_code = %s", [name, code])


def refused_for_drift(error):
    assert error is not None, "a hand-made change was passed over"
    assert error.sqlstate == "PT409", error
    assert checks(error) == {"drift"}
    return True


@pytest.mark.parametrize("code", ["1.1", "1.5", "2"], ids=["a leaf that goes", "a leaf that stays", "a stem"])
def test_an_edit_under_way_is_not_overwritten(owner, session, meanwhile, until_blocked, code):
    fill_inbox(owner)
    promote(owner)
    fill_inbox(owner, edition=2)
    editor, promoter = session(), session()
    editor.execute("begin")
    edited(editor, code, "by hand")
    other = meanwhile(promote, promoter)
    until_blocked(promoter)
    editor.execute("commit")
    assert refused_for_drift(other.result().error)
    names = owner.execute(
        "select distinct topic_name from public.curriculum_topics where topic_code = %s", [code]
    ).fetchall()
    assert names == [("by hand",)]


def test_an_edit_committed_while_a_promotion_plans_is_not_overwritten(owner, session):
    """Statement by statement: the edit falls between the look for drift, the plan and its application."""
    fill_inbox(owner)
    promote(owner)
    fill_inbox(owner, edition=2)
    number = scope(owner)
    owner.execute("select greenroom_exams.seal(%s)", [number])
    editor = session()
    steps = [
        "select greenroom_exams.refuse_drift({0}, null)",
        "select greenroom_exams.plan({0}, greenroom_exams.pending({0}))",
        "insert into greenroom.release (scope_id, kind, state) values ({0}, 'promote', 'applied')",
        "select greenroom_exams.apply((select max(id) from greenroom.release))",
    ]
    for after in range(1, len(steps) + 1):
        promoter = session()
        promoter.execute("begin")
        for step in steps[:after]:
            promoter.execute(step.format(number))
        # a topic the batch does not touch once apply holds the others
        editor.execute("set lock_timeout = '1s'")
        code = "1.3" if after < len(steps) else "new"
        if code == "new":
            editor.execute(
                "insert into public.curriculum_topics (exam_board_subject_id, topic_code, topic_name, topic_level)"
                " select id, 'new', 'by hand', 0 from public.exam_board_subjects order by id limit 1"
            )
        else:
            edited(editor, code, "by hand")
        with pytest.raises(psycopg.Error) as refused:
            for step in [*steps[after:], "select greenroom_exams.settle({0}, (select max(id) from greenroom.release))"]:
                promoter.execute(step.format(number))
        promoter.execute("rollback")
        assert refused_for_drift(refused.value)
        names = owner.execute("select distinct topic_name from public.curriculum_topics where topic_code = %s", [code])
        assert names.fetchall() == [("by hand",)]
        owner.execute("select greenroom_exams.settle_drift(%s, false)", [number])
        assert editions(owner) == {1}
    assert promote(owner)["topics"] == 200
    assert editions(owner) == {2}


@pytest.mark.parametrize("verb", ["rollback", "live"])
def test_an_edit_under_way_stops_undoing_and_landing_too(owner, session, meanwhile, until_blocked, verb):
    fill_inbox(owner)
    promote(owner)
    number = scope(owner)
    if verb == "live":
        owner.execute("update public.exam_board_subjects set live_in_app = true")
    fill_inbox(owner, edition=2)
    release = promote(owner)["release"]
    call = {
        "rollback": f"select greenroom_exams.rollback({number}, array[{release}])",
        "live": f"select greenroom_exams.live({number}, true)",
    }[verb]
    editor, other_session = session(), session()
    editor.execute("begin")
    edited(editor, "2", "by hand")
    other = meanwhile(other_session.execute, call)
    until_blocked(other_session)
    editor.execute("commit")
    assert refused_for_drift(other.result().error)
    assert owner.execute(
        "select distinct topic_name from public.curriculum_topics where topic_code = '2'"
    ).fetchall() == [("by hand",)]


def test_a_subject_switched_on_meanwhile_does_not_change_unseen(owner, session, meanwhile, until_blocked):
    fill_inbox(owner)
    promote(owner)
    fill_inbox(owner, edition=2)
    before = owner.execute("select topic_code, topic_name from public.curriculum_topics order by 1, 2").fetchall()
    maintainer, promoter = session(), session()
    maintainer.execute("begin")
    maintainer.execute("update public.exam_board_subjects set live_in_app = true")
    other = meanwhile(promote, promoter)
    until_blocked(promoter)
    maintainer.execute("commit")
    answer = other.result().answer
    # what the app sees now stays; the changes wait
    assert "prepared" in answer
    assert (
        owner.execute("select topic_code, topic_name from public.curriculum_topics order by 1, 2").fetchall() == before
    )


def test_switching_on_waits_for_a_promotion_under_way(owner, session, meanwhile, until_blocked):
    fill_inbox(owner)
    promote(owner)
    fill_inbox(owner, edition=2)
    # the subjects' own rows stay as they are
    owner.execute("update public.staging_aqa_subjects set subject_name = replace(subject_name, 'v2', 'v1')")
    maintainer, promoter = session(), session()
    promoter.execute("begin")
    promote(promoter)
    other = meanwhile(maintainer.execute, "update public.exam_board_subjects set live_in_app = true")
    until_blocked(maintainer)
    promoter.execute("commit")
    assert other.result().error is None
    assert owner.execute("select bool_and(live_in_app) from public.exam_board_subjects").fetchone() == (True,)
    assert promote(owner)["written"] == {}


# Scrapers


def test_a_scraper_that_writes_during_a_seal_gives_one_of_its_committed_states(owner, session):
    """Whatever is sealed is what its hash says, and each unit holds one edition."""
    fill_inbox(owner)
    number = scope(owner)
    stop = threading.Event()
    scraper = session()

    def scrape():
        edition = 1
        while not stop.is_set():
            edition += 1
            with scraper.transaction():
                fill_inbox(scraper, edition=edition)

    writing = threading.Thread(target=scrape)
    writing.start()
    try:
        for _ in range(15):
            owner.execute("select greenroom_exams.seal(%s)", [number])
    finally:
        stop.set()
        writing.join(30)
    mixed = owner.execute(
        "select unit_id from greenroom.batch_topics group by unit_id having count(distinct"
        " substring(topic_name from 'v(\\d+)$')) > 1"
    ).fetchall()
    assert mixed == []
    wrong = owner.execute(
        "select u.id from greenroom.unit u where u.dataset = 'topics'"
        " and u.row_count <> (select count(*) from greenroom.batch_topics b where b.unit_id = u.id)"
    ).fetchall()
    assert wrong == []
    assert owner.execute("select count(*) from greenroom.unit where hash = ''").fetchone() == (0,)
    with (
        pytest.raises(psycopg.Error)
        if owner.execute(
            "select jsonb_array_length(greenroom_exams.gate(greenroom_exams.pending(%s))) > 0", [number]
        ).fetchone()[0]
        else _nothing()
    ):
        owner.execute("select greenroom_exams.promote(%s)", [number])


class _nothing:  # noqa: N801
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


@pytest.mark.parametrize("table", ["staging_aqa_exam_papers", "staging_aqa_topics", "staging_aqa_subjects"])
def test_rows_deleted_while_they_are_sealed_are_no_empty_unit(owner, session, meanwhile, until_blocked, table):
    """A scraper that deletes and inserts anew, caught in between."""
    # Held up at the papers, the seal has looked at the topics and not copied them yet.
    fill_inbox(owner)
    promote(owner)
    fill_inbox(owner, edition=2)
    number = scope(owner)
    scraper = session()
    with scraper.transaction():
        scraper.execute("lock table public.staging_aqa_exam_papers in access exclusive mode")
        done = meanwhile(owner.execute, "select greenroom_exams.seal(%s)", [number])
        until_blocked(owner)
        scraper.execute(f"delete from public.{table}")
    assert done.result().error is None
    empty = owner.execute(
        "select u.dataset, u.key from greenroom.unit u where u.state in ('sealed', 'held', 'ready') and (u.hash = ''"
        " or not exists (select from greenroom.batch_topics b where b.unit_id = u.id"
        " union all select from greenroom.batch_papers b where b.unit_id = u.id"
        " union all select from greenroom.batch_subjects b where b.unit_id = u.id))"
    ).fetchall()
    assert empty == []
    assert owner.execute("select count(*) from greenroom.batch where read_count <> staged_count").fetchone() == (0,)
    # the scraper's second half arrives, and all is as if nobody had come between
    fill_inbox(owner, edition=2)
    assert promote(owner)["topics"] == 200
    assert owner.execute("select count(*) from public.exam_papers").fetchone() == (12,)


# Learners


@pytest.fixture(params=["cascade", "restrict", "no action", "set default"])
def flashcards(request, owner):
    """Whatever the app's foreign key does on delete."""
    owner.execute(FLASHCARDS.format(action=request.param))
    fill_inbox(owner)
    promote(owner)
    fill_inbox(owner, edition=2)
    return topic(owner)


def card(connection, of):
    connection.execute("insert into public.flashcards (topic_id, front) values (%s, 'Q')", [of])


def test_a_card_made_before_its_topic_leaves_keeps_the_topic(owner, session, meanwhile, until_blocked, flashcards):
    learner, promoter = session(), session()
    learner.execute("begin")
    card(learner, flashcards)
    other = meanwhile(promote, promoter)
    until_blocked(promoter)
    learner.execute("commit")
    written = other.result().answer["written"]["topics"]
    assert (written["retired"], written["deleted"]) == (1, 19)
    assert owner.execute("select count(*) from public.flashcards where topic_id = %s", [flashcards]).fetchone() == (1,)
    assert owner.execute(
        "select retired_at is not null from public.curriculum_topics where id = %s", [flashcards]
    ).fetchone() == (True,)


def test_a_card_taken_back_lets_its_topic_go(owner, session, meanwhile, until_blocked, flashcards):
    learner, promoter = session(), session()
    learner.execute("begin")
    card(learner, flashcards)
    other = meanwhile(promote, promoter)
    until_blocked(promoter)
    learner.execute("rollback")
    written = other.result().answer["written"]["topics"]
    assert (written["retired"], written["deleted"]) == (0, 20)


def test_a_card_made_after_its_topic_left_is_refused_to_the_learner(
    owner, session, meanwhile, until_blocked, flashcards
):
    learner, promoter = session(), session()
    promoter.execute("begin")
    promote(promoter)
    other = meanwhile(card, learner, flashcards)
    until_blocked(learner)
    promoter.execute("commit")
    assert isinstance(other.result().error, psycopg.errors.ForeignKeyViolation)
    assert owner.execute(DANGLING).fetchone() == (0,)


def test_a_card_waits_out_a_promotion_that_fails(owner, session, meanwhile, until_blocked, flashcards):
    learner, promoter = session(), session()
    promoter.execute("begin")
    promote(promoter)
    other = meanwhile(card, learner, flashcards)
    until_blocked(learner)
    promoter.execute("rollback")
    assert other.result().error is None
    assert owner.execute(DANGLING).fetchone() == (0,)


def test_learners_at_work_lose_no_card(owner, session, meanwhile):
    owner.execute(FLASHCARDS.format(action="cascade"))
    fill_inbox(owner)
    promote(owner)
    stop = threading.Event()
    made, refused = [], []

    def learn(connection, seed):
        n = seed
        while not stop.is_set():
            n += 1
            topics = connection.execute(
                "select id from public.curriculum_topics where retired_at is null order by topic_code"
            ).fetchall()
            try:
                row = connection.execute(
                    "insert into public.flashcards (topic_id, front) values (%s, 'Q') returning id",
                    [topics[n * 7 % len(topics)][0]],
                ).fetchone()
            except psycopg.errors.ForeignKeyViolation:
                refused.append(n)
            else:
                made.append(row[0])

    learners = [meanwhile(learn, session(), n) for n in (1, 500)]
    try:
        for edition in range(2, 9):
            fill_inbox(owner, edition=edition)
            release = promote(owner)["release"]
            if edition % 3 == 0:
                owner.execute("select greenroom_exams.rollback(%s, %s)", [scope(owner), [release]])
    finally:
        stop.set()
    for learner in learners:
        assert learner.result().error is None
    kept = {row[0] for row in owner.execute("select id from public.flashcards").fetchall()}
    assert made and set(made) <= kept
    assert owner.execute(DANGLING).fetchone() == (0,)


# Readers

READ = """
select array_agg(distinct substring(n from 'v(\\d+)$')), count(*) from (
  select subject_name from public.exam_board_subjects
  union all select topic_name from public.curriculum_topics
  union all select title from public.exam_papers
) as x (n)
"""


@pytest.mark.timeout(300)
def test_readers_never_wait_and_never_see_a_mix(owner, session, meanwhile):
    """GREENROOM_READ_SUBJECTS (x 1000 topics) makes it as large as the real thing: 20."""
    size = {"subjects": SUBJECTS, "leaves": 99}
    fill_inbox(owner, **size)
    promote(owner)
    whole = owner.execute(READ).fetchone()[1]
    assert whole == SUBJECTS * (1 + 1000 + 6)
    fill_inbox(owner, edition=2, **size)
    stop, seen = threading.Event(), []

    def read(connection):
        # Any lock wait at all is an error; what is read is one statement's view.
        connection.execute("set lock_timeout = '1ms'")
        while not stop.is_set():
            seen.append(connection.execute(READ).fetchone())
            connection.execute("select from public.curriculum_topics where topic_code = '3.4' limit 5")

    readers = [meanwhile(read, session()) for _ in range(2)]
    try:
        release = promote(owner)["release"]
        reads = len(seen)
        owner.execute("select greenroom_exams.rollback(%s, %s)", [scope(owner), [release]])
    finally:
        stop.set()
    for reader in readers:
        assert reader.result().error is None
    assert reads > 5
    assert {tuple(editions_seen) for editions_seen, _ in seen} <= {("1",), ("2",)}
    assert {count for _, count in seen} == {whole}
    assert editions(owner) == {1}


# Every interleaving of two who take turns by statement


def test_all_orders_of_a_promotion_and_a_hand_made_edit(owner, session):
    """begin, edit, commit against begin, promote, commit: each order ends in one of two accounts."""
    fill_inbox(owner, subjects=1)
    promote(owner)
    number = scope(owner)
    orders = _merges(["b", "e", "c"], ["B", "P", "C"])
    assert len(orders) == 20
    edition = 1
    for order in orders:
        edition += 1
        fill_inbox(owner, edition=edition, subjects=1)
        editor, promoter = session(), session()
        for connection in (editor, promoter):
            connection.execute("set lock_timeout = '60ms'")
        steps = {
            "b": lambda c=editor: c.execute("begin"),
            "e": lambda c=editor: edited(c, "5", "by hand"),
            "c": lambda c=editor: c.execute("commit"),
            "B": lambda c=promoter: c.execute("begin"),
            "P": lambda c=promoter: promote(c),
            "C": lambda c=promoter: c.execute("commit"),
        }
        failed = {}
        for step in order:
            try:
                steps[step]()
            except psycopg.Error as error:
                failed[step] = error.sqlstate
        editor.close()
        promoter.close()
        assert set(failed.values()) <= {"55P03", "PT409", "25P02"}, (order, failed)
        drift = owner.execute("select count(*) > 0 from greenroom.drift").fetchone()[0]
        hand = owner.execute(
            "select bool_and(topic_name = 'by hand') from public.curriculum_topics where topic_code = '5'"
        ).fetchone()[0]
        # the hand's change is there and noted, or it never happened
        assert hand == drift == ("e" not in failed), (order, failed)
        if "P" not in failed:
            stamps = owner.execute(
                "select distinct substring(topic_name from 'v(\\d+)$')::integer from"
                " public.curriculum_topics where topic_code <> '5'"
            ).fetchall()
            assert stamps == [(edition,)], (order, failed)
        if drift:
            owner.execute("select greenroom_exams.settle_drift(%s, false)", [number])
        promote(owner)
        assert editions(owner) == {edition}


def _merges(one, two):
    if not one or not two:
        return [[*one, *two]]
    return [[one[0], *rest] for rest in _merges(one[1:], two)] + [[two[0], *rest] for rest in _merges(one, two[1:])]


def test_a_promotion_repeated_is_not_a_change(owner):
    fill_inbox(owner)
    promote(owner)
    before, rows = digest(owner), exact(owner)
    for _ in range(3):
        promote(owner)
    assert (digest(owner), exact(owner)) == (before, rows)
