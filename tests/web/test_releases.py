"""The timeline, what lies between two releases, notes for people, the feed, a prepared release explained."""

import re
from uuid import uuid4
from xml.etree import ElementTree as Xml

import psycopg
import pytest
from tests.cli.lycees import file_of, lycees
from tests.publish.exams import Exams, Paper, Subject, Topic, leaves
from tests.web.test_jobs import approve, stage_file

from greenroom import catalog
from greenroom.audit import diff
from greenroom.db.connection import begin, connect, our_errors
from greenroom.publish import notes, promote
from greenroom.publish.notes import Counted
from greenroom.web import heavy
from greenroom.web.areas import releases

BIOLOGY = Subject(topics=leaves(6), papers=(Paper(),))
NEWER = Subject(topics=(*leaves(4), Topic("5", "Ecology"), Topic("7", "Genes"), Topic("8", "Cells", "7")))
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def database(make_database):
    return make_database("exams")


@pytest.fixture
def exams(database):
    with psycopg.connect(database.url, autocommit=True) as connection:
        yield Exams(connection)


def publish(exams: Exams, *subjects: Subject) -> int:
    exams.clean()
    exams.inbox(*subjects)
    exams.seal()
    exams.approve()
    return exams.promote()["release"]


@pytest.fixture
def told(exams):
    """A first edition, a second, its undoing, and going live."""
    one = publish(exams, BIOLOGY)
    two = publish(exams, NEWER)
    undo = exams.rollback(two)["release"]
    exams.live(True)
    live = exams.one("select max(id) from greenroom.release")
    return exams, one, two, undo, live


def test_the_timeline_tells_kind_state_who_and_what_undid_what(told, desk, database):
    exams, one, two, undo, live = told
    client = desk(database.url, "viewer")
    found = client.get("/api/releases", params={"scope": exams.scope}).json()
    assert [(r["id"], r["kind"], r["state"], r["undone_by"]) for r in found["releases"]] == [
        (live, "live", "applied", None),
        (undo, "rollback", "applied", None),
        (two, "promote", "rolled back", undo),
        (one, "promote", "applied", None),
    ]
    assert [r["before"] for r in found["releases"]] == [undo, two, one, 0]
    page = client.get(f"/scope/{exams.scope}/releases").text
    assert f'undone by <a href="/releases/{undo}">' in page
    assert "1 shown" in page
    assert page.count('<svg class="mark-of') == 5
    assert client.get("/releases").status_code == 200


def test_a_rollback_that_was_undone_undoes_nothing(told, desk, database):
    exams, _, two, undo, _ = told
    exams.rollback(undo)
    found = desk(database.url, "viewer").get(f"/api/releases/{two}").json()["release"]
    assert (found["state"], found["undone_by"]) == ("applied", None)


def test_the_timeline_goes_on_on_the_next_page(told, desk, database):
    _exams, one, two, undo, live = told
    client = desk(database.url, "viewer")
    seen: list[int] = []
    older = None
    for _ in range(4):
        part = client.get("/api/releases", params={"limit": 1, **({"older_than": older} if older else {})}).json()
        seen += [r["id"] for r in part["releases"]]
        older = part["older_than"]
    assert seen == [live, undo, two, one]
    assert older is None


def test_any_two_releases_are_compared_on_the_page(told, desk, database):
    exams, one, two, undo, _ = told
    client = desk(database.url, "viewer")
    page = client.get(f"/scope/{exams.scope}/releases", params={"a": one, "b": two}).text
    assert "renamed: 5 &#34;Topic 5&#34; → &#34;Ecology&#34;" in page
    assert "removed: 6 &#34;Topic 6&#34;" in page
    assert 'name="a" value="0"' in page
    back = client.get(f"/api/scope/{exams.scope}/difference", params={"a": two, "b": one}).json()
    assert back["diff"]["counts"]["topics"]["added"] == 1
    assert back["diff"]["counts"]["topics"]["removed"] == 2
    same = client.get(f"/scope/{exams.scope}/releases", params={"a": one, "b": undo}).text
    assert "Nothing differs between the two." in same


def test_what_was_changed_by_hand_is_said_beside_the_difference(told, desk, database):
    exams, one, two, _, _ = told
    exams.rows("update public.curriculum_topics set topic_name = 'By hand' where topic_code = '1'")
    found = desk(database.url, "viewer").get(f"/api/scope/{exams.scope}/difference", params={"a": one, "b": two}).json()
    assert found["doubts"] == [
        "1 row was changed by hand since the last release; here they stand as they were released."
    ]


def test_only_releases_of_the_scope_that_landed_are_compared(told, desk, database):
    exams, one, *_ = told
    client = desk(database.url, "viewer")
    path = f"/api/scope/{exams.scope}/difference"
    assert client.get(path, params={"a": one, "b": 999}).status_code == 404
    other = Exams(exams.connection, "OCR", "GCSE")
    theirs = publish(other, Subject("J257", "Physics", leaves(3)))
    assert client.get(path, params={"a": one, "b": theirs}).status_code == 404
    exams.clean()
    exams.inbox(NEWER.but(name="Life"))
    exams.seal()
    exams.approve()
    prepared = exams.promote()["prepared"]["release"]
    refused = client.get(path, params={"a": one, "b": prepared})
    assert refused.status_code == 409
    assert "has not landed" in refused.json()["error"]


def test_a_release_tells_who_what_why_and_how_to_take_it_back(told, desk, database):
    _exams, _one, two, undo, _ = told
    client = desk(database.url, "approver")
    page = client.get(f"/releases/{undo}").text
    assert f'<a href="/releases/{two}">release {two}</a>' in page
    assert "tester" in page
    assert f'action="/releases/{undo}/undo"' in page
    assert "7402" in page
    assert f'action="/releases/{two}/undo"' not in client.get(f"/releases/{two}").text
    assert 'action="/releases' not in desk(database.url, "editor", "Cy").get(f"/releases/{undo}").text
    assert "Nothing" not in re.search(r"<h1>.*?</h1>", page)[0]


def test_a_prepared_release_is_explained_with_a_query_that_runs(exams, desk, database):
    publish(exams, BIOLOGY)
    exams.live(True)
    exams.clean()
    exams.inbox(BIOLOGY.but(name="Biology A", topics=leaves(7)))
    exams.seal()
    exams.approve()
    prepared = exams.promote()["prepared"]["release"]
    client = desk(database.url, "approver")
    found = client.get(f"/api/releases/{prepared}").json()
    assert "preview.curriculum_topics" in found["preview"]["tables"]
    (subject,) = exams.rows(found["preview"]["query"])
    assert subject["subject_name"] == "Biology A"
    page = client.get(f"/releases/{prepared}").text
    assert "Prepared, not landed" in page
    assert "added: 7" in page
    assert f'action="/scope/{exams.scope}/live"' in page
    assert "Undo</h2>" not in page
    # production moves under it
    exams.rows("select greenroom_exams.promote(%s, null, true)", exams.scope)
    assert client.get(f"/releases/{prepared}").status_code == 200


def test_notes_are_written_for_teachers_in_both_languages(told, desk, database):
    _exams, one, two, undo, live = told
    client = desk(database.url, "viewer")
    assert client.get(f"/api/releases/{two}").json()["notes"] == {
        "en": ["AQA A-Level Biology (7402): 1 topic renamed, 2 new, 1 removed"],
        "fr": ["AQA A-Level Biology (7402)\u00a0: 1 thème renommé, 2 nouveaux, 1 retiré"],
    }
    assert client.get(f"/api/releases/{one}").json()["notes"]["en"] == [
        "AQA A-Level Biology (7402): 1 new subject, 6 new topics, 1 new paper"
    ]
    assert client.get(f"/api/releases/{undo}").json()["notes"]["en"][0] == f"AQA A-Level: takes back release {two}"
    assert client.get(f"/api/releases/{live}").json()["notes"] == {
        "en": ["AQA A-Level: 1 subject shown in the app"],
        "fr": ["AQA A-Level\u00a0: 1 matière affichée dans l’application"],
    }
    page = client.get(f"/releases/{two}").text
    assert "1 topic renamed, 2 new, 1 removed</textarea>" in page
    assert 'lang="fr"' in page


@pytest.mark.parametrize(
    ("counted", "english", "french"),
    [
        (
            [("topics", "renamed", 3), ("topics", "added", 1), ("topics", "moved", 2)],
            "X: 3 topics renamed, 1 new, 2 moved",
            "X\u00a0: 3 thèmes renommés, 1 nouveau, 2 déplacés",
        ),
        ([("subjects", "added", 2)], "X: 2 new subjects", "X\u00a0: 2 nouvelles matières"),
        ([("papers", "removed", 1)], "X: 1 paper removed", "X\u00a0: 1 document retiré"),
        (
            [("ips_lycees", "other", 1234), ("ips_lycees", "added", 1)],
            "X: 1 new row, 1,234 changed",
            "X\u00a0: 1 nouvelle ligne, 1\u202f234 modifiées",
        ),
        ([("topics", "renamed", 0)], "X: nothing changed", "X\u00a0: aucun changement"),
        ([], "X: nothing changed", "X\u00a0: aucun changement"),
    ],
)
def test_notes_count_as_people_do(counted, english, french):
    rows = [Counted("", dataset, kind, n) for dataset, kind, n in counted]
    assert notes.written("X", rows, "en") == [english]
    assert notes.written("X", rows, "fr") == [french]


def test_notes_of_several_subjects_are_a_line_each(exams, desk, database):
    one = publish(exams, BIOLOGY, Subject("7405", "Chemistry", leaves(3, prefix="c")))
    assert desk(database.url, "viewer").get(f"/api/releases/{one}").json()["notes"]["en"] == [
        "AQA A-Level Biology (7402): 1 new subject, 6 new topics, 1 new paper",
        "AQA A-Level Chemistry (7405): 1 new subject, 3 new topics",
    ]


def test_the_feed_is_atom_and_tells_the_notes(told, desk, database):
    _exams, one, two, undo, live = told
    answer = desk(database.url, "viewer").get("/releases.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = Xml.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findall(f"{ATOM}link")[0].get("href", "").rsplit("/", 1)[1] for entry in entries] == [
        str(each) for each in (live, undo, two, one)
    ]
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 4
    for element in (feed, *entries):
        assert element.findtext(f"{ATOM}title")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.findtext(f"{ATOM}updated", ""))
    assert "1 thème renommé" in entries[2].findtext(f"{ATOM}content", "")


def test_a_prepared_release_is_not_in_the_feed(exams, desk, database):
    publish(exams, BIOLOGY)
    exams.live(True)
    exams.clean()
    exams.inbox(BIOLOGY.but(name="Life"))
    exams.seal()
    exams.approve()
    prepared = exams.promote()["prepared"]["release"]
    assert f"/releases/{prepared}<" not in desk(database.url, "viewer").get("/releases.atom").text
    assert f'/releases/{prepared}"' not in desk(database.url, "viewer").get("/releases.atom").text


def test_an_empty_feed_is_still_one(desk, database):
    feed = Xml.fromstring(desk(database.url, "viewer").get("/releases.atom").content)
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"


HOSTILE = "<script>alert(1)</script>\"'&\x07\u202e]]>"


def test_hostile_names_stand_as_text_everywhere(exams, desk, database):
    exams.clean()
    exams.inbox(Subject(name=HOSTILE, topics=(Topic("1", HOSTILE), Topic("2", "</textarea><svg onload=alert(1)>"))))
    exams.seal()
    exams.approve()
    exams.rows("update greenroom.finding set severity = 'warning'")
    with exams.connection.transaction():
        exams.rows("select greenroom_exams.waive(%s, 'damaged_text', 'x', 'y', '2999-01-01')", exams.scope)
    release = exams.promote(by=HOSTILE.replace("\x07", ""))["release"]
    client = desk(database.url, "approver")
    for path in (
        f"/releases/{release}",
        "/releases",
        f"/scope/{exams.scope}/releases?a=0&b={release}",
    ):
        page = client.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<svg onload" not in page.text
    feed = client.get("/releases.atom").content
    assert "⟨U+0007⟩" in Xml.fromstring(feed).findtext(f"{ATOM}entry/{ATOM}content", "")
    assert client.get(f"/api/releases/{release}").status_code == 200


def test_unknown_releases_and_scopes_are_404(desk, database):
    client = desk(database.url, "viewer")
    for path in ("/releases/424242", "/api/releases/424242", "/scope/424242/releases", "/api/releases?scope=424242"):
        assert client.get(path).status_code == 404, path
    for path in ("/releases/0", "/api/releases?limit=0", "/api/releases/99999999999999999999", "/scope/x/releases"):
        assert client.get(path).status_code == 422, path


def test_nobody_reads_releases_without_being_signed_in(desk, database):
    client = desk(database.url)
    client.cookies.clear()
    assert client.get("/releases").status_code == 303
    assert client.get("/releases.atom").status_code in (303, 401)
    assert client.get("/api/releases").status_code == 401


def test_years_of_lycees_are_compared_and_told(make_database, desk, tmp_path):
    url = make_database("schools").url
    client = desk(url, "viewer")
    numbers = []
    for name, rows in (("a", lycees(30)), ("b", [*lycees(29, ips=101), *lycees(1, first=40)])):
        scope = stage_file(url, tmp_path / name, file_of(tmp_path / f"{name}.csv", rows))
        approve(url, scope)
        with (
            connect(url, application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5) as conn,
            begin(conn),
        ):
            pack = catalog.installed_pack(conn, "schools")
            numbers.append(promote.promote(conn, pack, scope, by="Ann")["release"])
    one, two = numbers
    found = client.get(f"/api/scope/{scope}/difference", params={"a": one, "b": two}).json()["diff"]["counts"]
    (years,) = [name for name in found if name != "ips_lycees"]
    assert (found[years]["added"], found[years]["removed"], found[years]["other"]) == (1, 0, 29)
    written = client.get(f"/api/releases/{two}").json()["notes"]
    assert written["en"] == ["ips_lycees 2023-2024: 1 new row, 29 changed"]
    assert written["fr"] == ["ips_lycees 2023-2024\u00a0: 1 nouvelle ligne, 29 modifiées"]
    assert client.get(f"/releases/{two}").status_code == 200
    assert client.get(f"/scope/{scope}/decide").status_code == 200


@pytest.fixture
def small(monkeypatch):
    """What is few rows already counts as many."""
    monkeypatch.setattr(releases, "LARGE", 3)
    monkeypatch.setattr(releases, "SHOWN", 2)


def _refused(*_args, **_kwargs):
    raise AssertionError("rows were looked for")


def _slow(conn):
    with our_errors():
        conn.execute("select pg_sleep(60)")


@pytest.mark.usefixtures("small")
def test_a_large_release_shows_its_counts_and_its_rows_only_when_asked(told, desk, database, monkeypatch):
    exams, one, two, _, _ = told
    client = desk(database.url, "viewer")
    with monkeypatch.context() as patch:
        patch.setattr(diff, "between", _refused)
        page = client.get(f"/releases/{one}").text
        both = client.get(f"/scope/{exams.scope}/releases", params={"a": 0, "b": two}).text
    assert "8 rows were written: too many to list at once." in page
    assert "6 added" in page
    assert f'href="/releases/{one}?rows=1#changed"' in page
    assert f'href="/scope/{exams.scope}/releases?a=0&amp;b={two}&amp;rows=1#changed"' in both
    pages = [client.get(f"/releases/{one}?rows={n}").text for n in range(1, 6)]
    assert "Page 1 of 4, 8 changed rows" in pages[0]
    assert f'href="/releases/{one}?rows=2#changed"' in pages[0]
    assert "?rows=5" not in pages[3]
    rows = [re.findall(r'<li><span class="unit.*?</li>', each) for each in pages]
    assert [len(each) for each in rows] == [2, 2, 2, 2, 0]
    assert len({row for each in rows for row in each}) == 8
    assert "Page 2 of 4" in client.get(f"/scope/{exams.scope}/releases", params={"a": 0, "b": one, "rows": 2}).text


def test_the_third_large_comparison_is_asked_to_wait_and_all_else_answers(told, desk, desk_of, database):
    exams, one, two, _, _ = told
    client = desk(database.url, "viewer")
    between = f"/scope/{exams.scope}/releases?a={one}&b={two}"
    assert client.get(between).status_code == 200
    places = desk_of(database.url).state.heavy
    assert places.acquire(blocking=False)
    assert places.acquire(blocking=False)
    for address in (between, f"/releases/{two}", f"/api/scope/{exams.scope}/difference?a={one}&b={two}"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), address
        assert "already works on 2 large comparisons" in answer.text
    for address in ("/", "/releases", "/releases.atom", f"/scope/{exams.scope}/releases", "/account"):
        assert client.get(address).status_code == 200, address
    places.release()
    assert client.get(between).status_code == 200
    places.release()


def test_what_takes_too_long_is_stopped_and_the_page_says_so(told, desk, database, monkeypatch):
    exams, one, two, _, _ = told
    client = desk(database.url, "viewer")
    monkeypatch.setattr(heavy, "SECONDS", 0.2)
    monkeypatch.setattr(diff, "between", lambda conn, *_, **__: _slow(conn))
    # once more than there are places: each gives its own back
    for _ in range(heavy.MOST + 1):
        answer = client.get(f"/scope/{exams.scope}/releases?a={one}&b={two}")
        assert answer.status_code == 503
        assert "took longer than 0.2 seconds and was stopped" in answer.text
        assert "The list of releases says what each of them counted" in answer.text


def test_a_feed_does_no_more_than_cheap_work(told, desk, database, monkeypatch):
    _exams, _one, two, _, _ = told
    client = desk(database.url, "viewer")
    monkeypatch.setattr(releases, "FEED_ROWS", 0)
    with monkeypatch.context() as patch:
        patch.setattr(diff, "tally", _refused)
        assert "6 new topics" in client.get("/releases.atom").text
    # what the feed told roughly is not kept; what a page has told costs nothing
    exact = "AQA A-Level Biology (7402): 1 topic renamed, 2 new, 1 removed"
    assert client.get(f"/api/releases/{two}").json()["notes"]["en"] == [exact]
    assert exact in client.get("/releases.atom").text


def test_a_note_that_takes_too_long_counts_as_the_release_did(told, desk, database, monkeypatch):
    _exams, one, *_ = told
    client = desk(database.url, "viewer")
    with monkeypatch.context() as patch:
        patch.setattr(releases, "NOTE_SECONDS", 0.2)
        patch.setattr(diff, "tally", lambda conn, *_: _slow(conn))
        (rough,) = client.get(f"/api/releases/{one}").json()["notes"]["en"]
    assert rough.startswith("AQA A-Level: ")
    (exact,) = client.get(f"/api/releases/{one}").json()["notes"]["en"]
    assert exact.startswith("AQA A-Level Biology (7402): ")


def test_datasets_that_no_release_touched_are_not_looked_through(told):
    exams, one, two, *_ = told
    exams.rows("drop function greenroom_exams.between_components(integer, bigint, bigint)")
    assert exams.rows("select * from greenroom_exams.between(%s, %s, %s)", exams.scope, one, two)


def test_an_approver_undoes_and_an_editor_does_not(exams, desk, database):
    one = publish(exams, BIOLOGY)
    given = {"key": str(uuid4()), "what": "dry-run"}
    assert desk(database.url, "editor", "Ed").post(f"/releases/{one}/undo", data=given).status_code == 403
    assert desk(database.url, "approver", "Ann").post(f"/releases/{one}/undo", data=given).status_code == 303
    people = desk(database.url, "admin", "Zoe").get("/people").text
    assert "approve, reject, waive, promote, go live and undo releases" in people
