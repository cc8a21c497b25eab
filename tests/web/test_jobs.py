"""Promote, live, undo, clean, refresh from the desk: done once, told as it goes, kept as a record."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from tests.cli.lycees import file_of, lycees
from tests.publish.exams import Exams, Subject, Topic, leaves

from greenroom import catalog, pipeline
from greenroom.audit import review
from greenroom.db.connection import begin, connect
from greenroom.pipeline import Fetching
from greenroom.publish import jobs as records
from greenroom.web.jobs import close_jobs
from greenroom.write.fetch import Store

BIOLOGY = Subject(topics=leaves(6))
NEWER = Subject(topics=(*leaves(5), Topic("6", "Ecology"), Topic("7", "Genes")))


@pytest.fixture
def database(make_database):
    return make_database("exams")


@pytest.fixture
def exams(database):
    with psycopg.connect(database.url, autocommit=True) as connection:
        yield Exams(connection)


@pytest.fixture
def client(desk, database):
    """An approver whose jobs have all ended when the test does."""
    found = desk(database.url, "approver", "Ann")
    yield found
    jobs = getattr(found.app.state, "jobs", None)
    if jobs is not None:
        jobs.close()


def stage(exams: Exams, *subjects: Subject) -> None:
    exams.clean()
    exams.inbox(*subjects)
    exams.seal()


def ended(client, location: str) -> dict:
    """The job behind a redirect, once it is over: each answer comes with news."""
    job = client.get(f"/api{location}").json()
    for _ in range(200):
        if job["ended_at"]:
            return job
        job = client.get(f"/api{location}", params={"seen": len(job["steps"]), "wait": 5}).json()
    raise AssertionError(f"never ended: {job}")


def ask(client, path: str, **data: object) -> dict:
    answer = client.post(path, data={"key": str(uuid4()), **data})
    assert answer.status_code == 303, answer.text
    return ended(client, answer.headers["location"])


def releases(exams: Exams) -> list[dict]:
    return exams.rows("select id, kind, state, made_by, note from greenroom.release order by id")


def test_a_promotion_is_told_in_the_command_lines_words(exams, client):
    stage(exams, BIOLOGY)
    job = ask(client, f"/scope/{exams.scope}/promote", what="promote", note="first edition")
    (release,) = releases(exams)
    assert job["state"] == "done"
    assert job["outcome"]["lines"] == [
        f"AQA A-Level: release {release['id']}: 1 subject, 6 topics",
        "  subjects: 1 new · topics: 6 new",
        f"  undo: greenroom rollback {release['id']}",
    ]
    assert (release["made_by"], release["note"]) == ("Ann", "first edition")
    assert [step["text"] for step in job["steps"]] == [
        "AQA A-Level: 2 units wait: 1 subject, 6 topics",
        "through the gate and into production: one transaction, all of it or nothing",
    ]
    page = client.get(f"/jobs/{job['id']}").text
    assert f'href="/releases/{release["id"]}"' in page
    assert f"greenroom rollback {release['id']}" in page
    assert "refresh" not in page.lower().split("<main")[0]


def test_a_release_bears_the_key_of_its_job(exams, client):
    stage(exams, BIOLOGY)
    made = ask(client, f"/scope/{exams.scope}/promote", what="promote")
    undo = ask(client, f"/releases/{made['outcome']['release']}/undo", what="undo")
    keys = exams.rows(
        "select j.id, r.id as release from greenroom.desk_job as j"
        " join greenroom.release as r on r.idempotency_key = j.key order by j.id"
    )
    assert [(k["id"], k["release"]) for k in keys] == [(j["id"], j["outcome"]["release"]) for j in (made, undo)]


def test_a_dry_run_tells_exactly_what_would_be_done_and_writes_nothing(exams, client):
    stage(exams, BIOLOGY)
    exams.promote()
    stage(exams, NEWER)
    before = (exams.image(), releases(exams), exams.rows("select * from greenroom.unit order by id"))
    job = ask(client, f"/scope/{exams.scope}/promote", what="dry-run")
    assert job["state"] == "done", job
    assert job["outcome"]["lines"][0] == "AQA A-Level: would be promoted: topics: 1 new, 1 changed"
    assert set(job["outcome"]["changes"]) == {'renamed: 6 "Topic 6" → "Ecology"', 'added: 7 "Genes"'}
    assert (exams.image(), releases(exams), exams.rows("select * from greenroom.unit order by id")) == before
    page = client.get(f"/jobs/{job['id']}").text
    assert "Do it now" in page
    assert "a dry run writes nothing" in page
    done = ask(client, f"/scope/{exams.scope}/promote", what="promote")
    assert "topics: 1 new, 1 changed" in done["outcome"]["lines"][1]


def test_a_dry_run_says_what_would_wait_because_it_is_live(exams, client):
    stage(exams, BIOLOGY)
    exams.promote()
    exams.live(True)
    stage(exams, NEWER)
    job = ask(client, f"/scope/{exams.scope}/promote", what="dry-run")
    assert any("would be prepared, because it is live" in line for line in job["outcome"]["lines"])
    assert exams.rows("select * from greenroom.release where state = 'prepared'") == []


def test_what_is_held_is_refused_with_cause_cure_and_findings(exams, client):
    stage(exams, Subject(topics=leaves(20)))
    exams.approve()
    exams.promote()
    stage(exams, Subject(topics=leaves(8)))
    job = ask(client, f"/scope/{exams.scope}/promote", what="promote")
    assert job["state"] == "refused"
    assert "AQA A-Level is held" in job["outcome"]["cause"]
    assert "greenroom approve" in job["outcome"]["cure"]
    assert {f["check"] for f in job["outcome"]["findings"]} == {f["check"] for f in exams.gate()}
    assert len(releases(exams)) == 1
    page = client.get(f"/jobs/{job['id']}").text
    for finding in exams.gate():
        assert finding["check"] in page


def test_two_clicks_are_one_job_and_one_release(exams, client):
    stage(exams, BIOLOGY)
    key = str(uuid4())
    answers = [client.post(f"/scope/{exams.scope}/promote", data={"key": key, "what": "promote"}) for _ in range(3)]
    assert len({answer.headers["location"] for answer in answers}) == 1
    ended(client, answers[0].headers["location"])
    again = client.post(f"/scope/{exams.scope}/promote", data={"key": key, "what": "promote"})
    assert again.headers["location"] == answers[0].headers["location"]
    assert len(releases(exams)) == 1
    assert exams.one("select count(*) from greenroom.desk_job") == 1


def test_many_clicks_at_once_are_one_job(exams, client, desk, database):
    stage(exams, BIOLOGY)
    key = str(uuid4())
    clients = [desk(database.url, "approver", "Ann") for _ in range(6)]
    gate = threading.Barrier(6)

    def click(one) -> str:
        gate.wait()
        answer = one.post(f"/scope/{exams.scope}/promote", data={"key": key, "what": "promote"})
        return answer.headers.get("location", answer.text)

    with ThreadPoolExecutor(6) as pool:
        places = set(pool.map(click, clients))
    assert len(places) == 1
    ended(client, places.pop())
    assert len(releases(exams)) == 1


def test_a_key_that_meant_something_else_is_refused(exams, client):
    stage(exams, BIOLOGY)
    key = str(uuid4())
    first = client.post(f"/scope/{exams.scope}/promote", data={"key": key, "what": "promote"})
    ended(client, first.headers["location"])
    answer = client.post(f"/scope/{exams.scope}/live", data={"key": key, "what": "on"})
    assert answer.status_code == 409
    assert "was used before" in answer.text
    assert exams.rows("select * from greenroom.release where kind = 'live'") == []


class Held:
    """Somebody else's transaction, which holds a scope until it is let go."""

    def __init__(self, url: str, scope: int) -> None:
        self.connection = psycopg.connect(url)
        self.connection.execute("select from greenroom.scope where id = %s for update", (scope,))

    def let_go(self) -> None:
        self.connection.rollback()
        self.connection.close()


@pytest.fixture
def busy(database, exams):
    stage(exams, BIOLOGY)
    other = Held(database.url, exams.scope)
    yield other
    if not other.connection.closed:
        other.let_go()


def waiting(client, location: str) -> dict:
    """A job that stands before a lock."""
    for _ in range(200):
        job = client.get(f"/api{location}", params={"seen": 1, "wait": 0.2}).json()
        if job["waits_for"]:
            return job
    raise AssertionError(f"it waits for nobody: {job}")


def test_a_job_that_waits_says_for_whom_and_goes_on(exams, client, busy):
    location = client.post(f"/scope/{exams.scope}/promote", data={"key": str(uuid4()), "what": "promote"}).headers[
        "location"
    ]
    assert waiting(client, location)["state"] == "running"
    page = client.get(location).text
    assert "It waits for another session" in page
    busy.let_go()
    assert ended(client, location)["state"] == "done"


def test_the_second_job_of_a_scope_is_refused_by_the_name_of_the_first(exams, client, busy, desk, database):
    location = client.post(f"/scope/{exams.scope}/promote", data={"key": str(uuid4()), "what": "promote"}).headers[
        "location"
    ]
    other = desk(database.url, "approver", "Ben")
    answer = other.post(f"/scope/{exams.scope}/promote", data={"key": str(uuid4()), "what": "promote"})
    assert answer.status_code == 409
    assert "promote AQA A-Level is under way, asked for by Ann" in answer.text
    assert location in answer.text
    elsewhere = Exams(exams.connection, "OCR", "GCSE").scope
    free = other.post(f"/scope/{elsewhere}/promote", data={"key": str(uuid4()), "what": "promote"})
    assert ended(client, free.headers["location"])["state"] == "refused"
    busy.let_go()
    assert ended(client, location)["state"] == "done"


def test_a_job_that_is_stopped_leaves_nothing(exams, client, busy):
    location = client.post(f"/scope/{exams.scope}/promote", data={"key": str(uuid4()), "what": "promote"}).headers[
        "location"
    ]
    waiting(client, location)
    assert client.post(f"{location}/cancel").status_code == 303
    job = ended(client, location)
    assert job["state"] == "cancelled"
    assert "before it had written anything" in job["outcome"]["cause"]
    assert releases(exams) == []
    busy.let_go()
    again = ask(client, f"/scope/{exams.scope}/promote", what="promote")
    assert again["state"] == "done"


def test_a_job_that_has_ended_cannot_be_stopped_any_more(exams, client):
    stage(exams, BIOLOGY)
    job = ask(client, f"/scope/{exams.scope}/promote", what="promote")
    assert client.post(f"/api/jobs/{job['id']}/cancel").json()["state"] == "done"


def test_a_job_of_another_desk_is_not_stopped_from_here(exams, client):
    number = _job_of_another(exams, "running")
    answer = client.post(f"/api/jobs/{number}/cancel")
    assert answer.status_code == 409
    assert "another desk" in answer.json()["error"]


def test_when_the_scope_is_locked_for_too_long_the_words_say_so(exams, client, busy):
    location = client.post(f"/scope/{exams.scope}/promote", data={"key": str(uuid4()), "what": "promote"}).headers[
        "location"
    ]
    job = ended(client, location)
    assert job["state"] == "refused"
    assert "Another session holds what this needs" in job["outcome"]["cause"]
    assert "Wait for the other run to end" in job["outcome"]["cure"]


def test_people_talk_while_a_promotion_holds_the_scope(exams, busy, desk, database):
    client = desk(database.url, "editor", "Eva")
    assert client.post(f"/api/scope/{exams.scope}/comments", json={"text": "wait"}).status_code == 200
    assert client.post(f"/api/scope/{exams.scope}/assignments", json={"to": "Dan"}).status_code == 200
    assert client.get(f"/scope/{exams.scope}/decide").status_code == 200


def test_a_decision_that_had_to_wait_looks_again(exams, busy, desk, database):
    """Somebody else's change commits after the form was sent and before the decision is made."""
    client = desk(database.url, "approver", "Ann")
    seen = client.get(f"/api/scope/{exams.scope}/decisions").json()["standing"]["seen"]
    busy.connection.execute(
        "insert into greenroom.finding (unit_id, check_name, severity, message, found_by)"
        " select id, 'looks_odd', 'warning', 'page 3 is blank', 'parser' from greenroom.unit"
    )
    with ThreadPoolExecutor(1) as pool:
        asked = {"verdict": "approved", "note": "seen", "seen": seen}
        answer = pool.submit(client.post, f"/api/scope/{exams.scope}/decisions", json=asked)
        while not exams.rows(
            "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        ):
            assert not answer.done(), answer.result().text
        busy.connection.commit()
        assert answer.result().status_code == 409
    assert exams.rows("select * from greenroom.approval") == []


def _job_of_another(exams: Exams, state: str, age: str = "0", key: object = None) -> int:
    return exams.one(
        "insert into greenroom.desk_job (key, scope_id, verb, dry_run, arguments, title, asked_by, state, runner,"
        " began_at, alive_at) values (%s, %s, 'promote', false, '{}', 'promote AQA A-Level', 'Zoe', %s, %s, now(),"
        " clock_timestamp() - %s::interval) returning id",
        key or uuid4(),
        exams.scope,
        state,
        uuid4(),
        age,
    )


def test_a_job_whose_desk_stopped_is_lost_and_no_longer_in_the_way(exams, client):
    stage(exams, BIOLOGY)
    number = _job_of_another(exams, "running", "1 hour")
    job = ask(client, f"/scope/{exams.scope}/promote", what="promote")
    assert job["state"] == "done"
    lost = client.get(f"/api/jobs/{number}").json()
    assert lost["state"] == "lost"
    assert lost["outcome"]["cure"] == "Nothing of it was kept: ask again."


def test_a_job_whose_desk_is_there_is_not_lost(exams, client):
    number = _job_of_another(exams, "running", "20 seconds")
    assert client.get(f"/api/jobs/{number}").json()["state"] == "running"


def test_a_job_whose_desk_stopped_after_the_commit_is_done_with_its_release(exams, client):
    stage(exams, BIOLOGY)
    key = uuid4()
    release = exams.promote(key=key)["release"]
    number = _job_of_another(exams, "running", "1 hour", key)
    job = client.get(f"/api/jobs/{number}").json()
    assert (job["state"], job["outcome"]["release"]) == ("done", release)
    assert f"greenroom rollback {release}" in client.get(f"/jobs/{number}").text


def test_a_job_that_was_cancelled_before_it_began_does_not_begin(exams, client):
    stage(exams, BIOLOGY)
    number = _job_of_another(exams, "waiting")
    assert client.post(f"/api/jobs/{number}/cancel").json()["state"] == "cancelled"
    with psycopg.connect(client.app.state.ground.connections._pool.conninfo, autocommit=True) as other:
        assert records.begin_work(other, number, 1) is False


def test_jobs_are_remembered_by_who_what_and_what_came_of_it(exams, client, desk, database):
    stage(exams, BIOLOGY)
    ask(client, f"/scope/{exams.scope}/promote", what="promote")
    other = desk(database.url, "approver", "Ben")
    ask(other, f"/scope/{exams.scope}/live", what="on")
    told = client.get("/api/jobs").json()
    assert [(j["asked_by"], j["title"], j["state"]) for j in told] == [
        ("Ben", "show AQA A-Level", "done"),
        ("Ann", "promote AQA A-Level", "done"),
    ]
    page = client.get("/jobs").text
    assert "show AQA A-Level" in page
    assert "Ben" in page


def test_live_on_and_off_are_told_with_what_undoes_them(exams, client):
    stage(exams, BIOLOGY)
    exams.promote()
    on = ask(client, f"/scope/{exams.scope}/live", what="on")
    assert on["outcome"]["lines"] == ["AQA A-Level: 1 shown"]
    assert on["outcome"]["undo"] == 'greenroom live "AQA A-Level" off'
    off = ask(client, f"/scope/{exams.scope}/live", what="off")
    assert off["outcome"]["lines"] == ["AQA A-Level: 1 hidden"]


def test_a_dry_run_of_live_lands_nothing(exams, client):
    stage(exams, BIOLOGY)
    exams.promote()
    exams.live(True)
    stage(exams, NEWER)
    exams.promote()
    job = ask(client, f"/scope/{exams.scope}/live", what="dry-run")
    assert job["outcome"]["lines"] == [
        "AQA A-Level: 0 would be shown",
        "  would land: topics: 1 new, 1 changed",
    ]
    assert exams.rows("select state from greenroom.release order by id")[-1] == {"state": "prepared"}
    landed = ask(client, f"/scope/{exams.scope}/live", what="on")
    assert "landed release" in "".join(landed["outcome"]["lines"])
    assert "6" in exams.topics()
    assert exams.topics()["6"]["topic_name"] == "Ecology"


def test_promote_and_show_does_both(exams, client):
    stage(exams, BIOLOGY)
    job = ask(client, f"/scope/{exams.scope}/promote", what="promote-live")
    assert job["state"] == "done"
    assert exams.rows("select live_in_app from public.exam_board_subjects") == [{"live_in_app": True}]


def test_one_subject_is_promoted_alone(exams, client):
    stage(exams, BIOLOGY, Subject("7405", "Chemistry", leaves(3, prefix="c")))
    job = ask(client, f"/scope/{exams.scope}/promote", what="promote", only="7405")
    assert job["state"] == "done"
    assert exams.topics("7402") == {}
    unknown = client.post(
        f"/scope/{exams.scope}/promote", data={"key": str(uuid4()), "what": "promote", "only": "nowhere"}
    )
    assert unknown.status_code == 404


def test_a_dry_run_of_undoing_shows_what_would_come_back_and_leave(exams, client):
    stage(exams, BIOLOGY)
    exams.promote()
    stage(exams, NEWER)
    second = exams.promote()["release"]
    before = (exams.image(), releases(exams))
    job = ask(client, f"/releases/{second}/undo", what="dry-run")
    assert job["state"] == "done", job
    assert set(job["outcome"]["changes"]) == {'renamed: 6 "Ecology" → "Topic 6"', 'removed: 7 "Genes"'}
    assert (exams.image(), releases(exams)) == before
    page = client.get(f"/jobs/{job['id']}").text
    assert f'action="/releases/{second}/undo"' in page


def test_undoing_is_a_release_and_says_how_to_undo_it(exams, client):
    stage(exams, BIOLOGY)
    exams.promote()
    before = exams.image()
    stage(exams, NEWER)
    second = exams.promote()["release"]
    job = ask(client, f"/releases/{second}/undo", what="undo", note="wrong file")
    assert exams.image() == before
    undo = job["outcome"]["release"]
    assert job["outcome"]["undo"] == f"greenroom rollback {undo}"
    assert releases(exams)[-1] == {
        "id": undo, "kind": "rollback", "state": "applied", "made_by": "Ann", "note": "wrong file",
    }  # fmt: skip


def test_undoing_under_a_later_release_is_refused_with_names(exams, client):
    stage(exams, BIOLOGY)
    exams.promote()
    stage(exams, NEWER)
    second = exams.promote()["release"]
    stage(exams, Subject(topics=(*leaves(5), Topic("6", "Ecosystems"), Topic("7", "Genes"))))
    third = exams.promote()["release"]
    for what in ("dry-run", "undo"):
        job = ask(client, f"/releases/{second}/undo", what=what)
        assert job["state"] == "refused"
        assert f"release {third} changed topics" in job["outcome"]["findings"][0]["message"]
    back = ask(client, f"/scope/{exams.scope}/back", what="undo", to=str(releases(exams)[0]["id"]))
    assert back["state"] == "done"
    assert exams.topics()["6"]["topic_name"] == "Topic 6"


def test_a_scope_taken_back_to_before_the_first_release_is_empty(exams, client):
    stage(exams, BIOLOGY)
    exams.promote()
    job = ask(client, f"/scope/{exams.scope}/back", what="undo", to="0")
    assert job["state"] == "done", job
    assert exams.image() == {}


def test_the_inbox_is_emptied_once_it_is_promoted(exams, client):
    stage(exams, BIOLOGY)
    refused = ask(client, f"/scope/{exams.scope}/clean", what="clean")
    assert refused["state"] == "refused"
    assert "has not been promoted" in refused["outcome"]["cause"]
    exams.promote()
    dry = ask(client, f"/scope/{exams.scope}/clean", what="dry-run")
    assert "would go" in dry["outcome"]["lines"][0]
    assert exams.one("select count(*) from public.staging_aqa_topics") == 6
    done = ask(client, f"/scope/{exams.scope}/clean", what="clean")
    assert "inbox rows gone" in done["outcome"]["lines"][0]
    assert exams.one("select count(*) from public.staging_aqa_topics") == 0


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_only_an_approver_begins_a_job(exams, desk, database, role):
    stage(exams, BIOLOGY)
    client = desk(database.url, role, "Cy")
    for path, data in (
        (f"/scope/{exams.scope}/promote", {"what": "dry-run"}),
        (f"/scope/{exams.scope}/live", {"what": "on"}),
        (f"/scope/{exams.scope}/clean", {"what": "clean"}),
        (f"/scope/{exams.scope}/back", {"to": "0"}),
        ("/releases/1/undo", {}),
        ("/refresh", {"pack": "schools"}),
        ("/jobs/1/cancel", {}),
    ):
        assert client.post(path, data={"key": str(uuid4()), **data}).status_code == 403, path
    assert exams.rows("select * from greenroom.desk_job") == []


def test_the_api_begins_jobs_too_and_the_same_key_is_the_same_job(exams, client):
    stage(exams, BIOLOGY)
    asked = {"verb": "promote", "key": str(uuid4()), "note": "by a program"}
    first = client.post(f"/api/scope/{exams.scope}/jobs", json=asked).json()
    second = client.post(f"/api/scope/{exams.scope}/jobs", json=asked).json()
    assert first["id"] == second["id"]
    assert ended(client, f"/jobs/{first['id']}")["state"] == "done"
    assert len(releases(exams)) == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"verb": "rollback"}, 422),
        ({"verb": "rollback", "release": 1, "to": 0}, 422),
        ({"verb": "rollback", "release": 999}, 404),
        ({"verb": "refresh"}, 422),
        ({"verb": "promote", "only": "nowhere"}, 404),
        ({"verb": "promote", "note": "a\x00"}, 422),
        ({"verb": "promote", "key": "no"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused_before_it_is_a_job(exams, client, asked, status):
    answer = client.post(f"/api/scope/{exams.scope}/jobs", json={"key": str(uuid4()), **asked})
    assert answer.status_code == status, answer.text
    assert exams.rows("select * from greenroom.desk_job") == []


def test_a_release_of_another_scope_is_not_undone_here(exams, client):
    stage(exams, BIOLOGY)
    release = exams.promote()["release"]
    other = exams.other("OCR", "GCSE").scope
    answer = client.post(f"/api/scope/{other}/jobs", json={"verb": "rollback", "key": str(uuid4()), "release": release})
    assert answer.status_code == 422
    assert "AQA A-Level" in answer.json()["error"]


def test_a_page_of_a_running_job_asks_for_news_by_itself(exams, client, busy):
    location = client.post(f"/scope/{exams.scope}/promote", data={"key": str(uuid4()), "what": "promote"}).headers[
        "location"
    ]
    answer = client.get(location)
    reloads = answer.headers.get("refresh") == "1" or '<noscript><meta http-equiv="refresh" content="1">' in answer.text
    assert reloads
    piece = client.get(f"{location}/progress")
    assert piece.status_code == 200
    assert "<html" not in piece.text
    assert "Stop it" in piece.text
    busy.let_go()
    ended(client, location)
    answer = client.get(location)
    assert "refresh" not in answer.headers
    assert "http-equiv" not in answer.text
    assert "hx-trigger" not in client.get(f"{location}/progress").text


def test_hostile_notes_and_names_stand_as_text(exams, desk, database):
    client = desk(database.url, "approver", "<script>alert(1)</script>")
    stage(exams, Subject(name="<img src=x onerror=alert(1)>", topics=leaves(3)))
    job = ask(client, f"/scope/{exams.scope}/promote", what="promote", note='"><script>alert(2)</script>')
    assert job["state"] == "done"
    for path in (f"/jobs/{job['id']}", "/jobs", f"/jobs/{job['id']}/progress"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    client.app.state.jobs.close()


def test_a_desk_that_stops_lets_its_jobs_end_and_begins_none(exams, client):
    stage(exams, BIOLOGY)
    location = client.post(f"/scope/{exams.scope}/promote", data={"key": str(uuid4()), "what": "promote"}).headers[
        "location"
    ]
    close_jobs(client.app)
    assert client.get(f"/api{location}").json()["state"] == "done"
    assert len(releases(exams)) == 1
    late = client.post(f"/scope/{exams.scope}/live", data={"key": str(uuid4()), "what": "on"})
    assert late.status_code == 409
    assert "being stopped" in late.text
    assert client.get("/api/jobs").json()[0]["state"] == "cancelled"


def test_an_unknown_job_is_a_404(client):
    assert client.get("/jobs/424242").status_code == 404
    assert client.get("/api/jobs/424242").status_code == 404
    assert client.post("/api/jobs/424242/cancel").status_code == 404


def test_a_defect_is_told_without_its_inside(exams, client, monkeypatch, caplog):
    stage(exams, BIOLOGY)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(pipeline, "promote", broken)
    job = ask(client, f"/scope/{exams.scope}/promote", what="promote")
    assert job["state"] == "failed"
    assert "The desk itself failed (RuntimeError)" in job["outcome"]["cause"]
    assert "secret" not in str(job)
    assert "secret inside" in caplog.text


# the other kind of pack: flat rows from files


@pytest.fixture
def schools(make_database):
    return make_database("schools")


def stage_file(url: str, home, path) -> int:
    """A file through the pipeline; the scope's number."""
    with connect(url, application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5) as conn:
        with begin(conn):
            found = catalog.one(conn, ["ips_lycees"])
        fetching = Fetching(Store(str(home / "snapshots")), home=home)
        for snapshot in pipeline.bring_from(str(path), found.pack, fetching):
            pipeline.stage(conn, found, snapshot, fetching.store)
        return found.scope_id


def approve(url: str, scope_id: int) -> None:
    with (
        connect(url, application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5) as conn,
        begin(conn),
    ):
        review.approve(conn, catalog.installed_pack(conn, "schools"), scope_id, by="Zoe", note="seen")


_LYCEES = "select coalesce(sum(row_count), 0) from greenroom.published where key <> '{}'"


def test_a_year_of_lycees_is_rehearsed_promoted_and_undone(schools, desk, tmp_path):
    client = desk(schools.url, "approver", "Ann")
    scope = stage_file(schools.url, tmp_path, file_of(tmp_path / "a.csv", lycees(30)))
    approve(schools.url, scope)
    dry = ask(client, f"/scope/{scope}/promote", what="dry-run")
    assert dry["state"] == "done", dry
    assert "would be promoted" in dry["outcome"]["lines"][0]
    job = ask(client, f"/scope/{scope}/promote", what="promote")
    assert job["state"] == "done", job
    release = job["outcome"]["release"]
    with psycopg.connect(schools.url) as connection:
        assert connection.execute(_LYCEES).fetchone() == (30,)
    live = client.post(f"/scope/{scope}/live", data={"key": str(uuid4()), "what": "on"})
    refused = ended(client, live.headers["location"])
    assert refused["state"] == "refused"
    assert "has no switch" in refused["outcome"]["cause"]
    undone = ask(client, f"/releases/{release}/undo", what="undo")
    assert undone["state"] == "done", undone
    with psycopg.connect(schools.url) as connection:
        assert connection.execute(_LYCEES).fetchone() == (0,)
    client.app.state.jobs.close()


def test_the_caches_are_refreshed_from_the_desk(schools, desk):
    client = desk(schools.url, "approver", "Ann")
    job = ask(client, "/refresh", pack="schools", what="force")
    assert job["state"] == "done", job
    assert any("refreshed" in line for line in job["outcome"]["lines"])
    assert client.post("/refresh", data={"key": str(uuid4()), "pack": "exams"}).status_code == 422
    client.app.state.jobs.close()
