"""A visit: from the first page to every document, once each; interrupted and gone on with; repeated; refused."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from tests.mirror import board
from tests.mirror.site import Mirror

from greenroom import Request
from greenroom.model.errors import NotAllowed, ScopeBusy, SiteRefuses, SourceEmpty, SourceMissing, SourceUnreadable
from greenroom.write.fetch import Caller, Store, fetch_request, identity_of
from greenroom.write.manners import Gate
from greenroom.write.visit import PAGES_TYPE, Limits, parts_of, visit

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mirror():
    with Mirror().running() as site:
        yield site


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "snapshots")


@pytest.fixture
def go(mirror, store, tmp_path):
    """Visit the mirror as its board says, or as a test says."""

    def going(requests=None, follow=None, *, pause=0.0, per_host=1, **options):
        gate = Gate(tmp_path / "manners", pauses=(("*", pause),), per_host=per_host)
        caller = Caller(frozenset(), frozenset({mirror.place}), "greenroom/test", gate=gate)
        ask = options.pop("fetch_one", partial(_ask, store=store, caller=caller))
        return visit(
            requests or list(board.start(mirror.url().rstrip("/"), "GCSE", None)),
            follow or partial(board.follow, "GCSE"), ask, store,
            **{"journal": tmp_path / "visits" / "x.jsonl", "jobs": per_host, **options},
        )  # fmt: skip

    return going


def _ask(request, store, caller):
    return fetch_request(request, store, caller)


def _chain(*paths, kind="papers"):
    """A follow that leads from each path to the next."""
    after = dict(pairwise(paths))

    def follow(request, _content):
        here = "/" + request.address.split("/", 3)[3]
        if here in after:
            first = request.part_of or request.address
            yield Request(request.address.replace(here, after[here]), kind, part_of=first)

    return follow


def pages(snapshot, store):
    return [part.address.split("/", 3)[3] for part in parts_of(snapshot, store)]


# What is brought


def test_a_visit_brings_every_document_once_and_asks_for_nothing_twice(go, mirror, store):
    brought = go()
    kinds = [(d.request.kind, d.request.subject) for d in brought.documents]
    assert kinds == [
        ("subject list", None),
        ("specification", "8991"), ("papers", "8991"),
        ("specification", "8992"), ("papers", "8992"),
        ("specification", "8993"), ("papers", "8993"),
    ]  # fmt: skip
    assert brought.failures == ()
    assert brought.asked == len(mirror.asked) == len(set(mirror.asked)) == mirror.whole()
    assert {d.request.name for d in brought.documents[1:]} == set(mirror.subjects.values())
    specification = brought.documents[1].snapshot
    with store.open(specification.hash) as file:
        assert file.read(5) == b"%PDF-"


def test_only_one_subject_is_asked_for(go, mirror):
    brought = go(only="8992")
    assert {d.request.subject for d in brought.documents} == {None, "8992"}
    assert [path for path in mirror.asked if "8991" in path or "8993" in path] == []


def test_how_far_the_visit_is_is_told(go, mirror):
    said: list[str] = []
    go(say=said.append)
    assert len(said) == mirror.whole()
    assert said[0] == f"[1/1] {mirror.url('/')}"
    assert said[1].startswith("[2/4] ")
    assert said[-1].startswith(f"[{mirror.whole()}/{mirror.whole()}] ")


def test_requests_to_a_host_keep_their_pause(go, mirror):
    go(pause=0.1, only="8991")
    assert len(mirror.gaps()) == 6
    assert min(mirror.gaps()) >= 0.1
    assert mirror.most_at_a_time == 1


def test_more_at_a_time_when_it_is_wished_for_and_in_the_same_order(go, mirror):
    one_by_one = go()
    assert mirror.most_at_a_time == 1
    # long enough that three do meet, however busy the machine is
    mirror.delay_seconds = 0.2
    together = go(per_host=3)
    assert mirror.most_at_a_time == 3
    assert [d.snapshot.hash for d in together.documents] == [d.snapshot.hash for d in one_by_one.documents]


# Lists of several pages


def test_pages_of_one_list_are_one_document_in_their_order(go, store):
    (papers,) = [d.snapshot for d in go(only="8991").documents if d.request.kind == "papers"]
    parts = parts_of(papers, store)
    assert pages(papers, store) == [f"api/papers?spec=8991&page={n}" for n in (1, 2, 3)]
    assert [len(json.loads(part.content)["items"]) for part in parts] == [2, 2, 1]


def test_a_list_is_another_document_exactly_when_a_page_changes(go, mirror):
    def papers():
        return {d.request.subject: d.snapshot.hash for d in go().documents if d.request.kind == "papers"}

    first, again = papers(), papers()
    assert first == again
    changed = {"spec": "8992", "total": 5, "items": [{"year": 2034, "paper": 2, "url": "https://files.example.org/x"}]}
    mirror.answers["/api/papers?spec=8992&page=3"] = (200, {}, json.dumps(changed).encode())
    third = papers()
    assert third["8991"] == first["8991"]
    assert third["8992"] != first["8992"]


def test_a_document_alone_is_its_own_part(go, store):
    specification = go(only="8991").documents[1].snapshot
    (part,) = parts_of(specification, store)
    assert part.content.startswith(b"%PDF-")
    assert part.address.endswith("/spec/8991.pdf")


def test_no_document_of_a_site_is_taken_for_our_list_of_pages(store):
    page = store.keep(io.BytesIO(b"secret of another"), address="https://a.example/1", headers={})
    text = json.dumps({"greenroom-pages": [{"address": "https://b.example/", "snapshot": page.hash}]}).encode()
    for address, headers in [
        ("https://b.example/feed", {"content-type": PAGES_TYPE}),
        ("https://b.example/feed2#pages", {"content-type": "application/json"}),
        ("file:///drop/x.json", {}),
    ]:
        kept = store.keep(io.BytesIO(text), address=address, headers=headers)
        (part,) = parts_of(kept, store)
        assert part.content == text


def test_lists_that_one_address_gives_by_what_is_posted_are_told_apart(go, mirror, store):
    def answer(_handler, body):
        subject, page = (part.partition(b"=")[2] for part in body.split(b"&"))
        further = {"next": 2} if page == b"1" else {}
        return 200, {}, json.dumps({"subject": subject.decode(), "page": page.decode(), **further}).encode()

    def form(subject, page):
        return (("subject", subject), ("page", str(page)))

    def follow(request, content):
        found = json.loads(content)
        if "next" in found:
            yield Request(
                request.address, "papers", request.subject, form=form(request.subject, 2), part_of=request.address
            )

    address = mirror.url("/find")
    mirror.answers["/find"] = answer
    requests = [Request(address, "papers", subject, form=form(subject, 1)) for subject in ("8991", "8992")]
    brought = go(requests, follow)
    assert [d.request.subject for d in brought.documents] == ["8991", "8992"]
    for document in brought.documents:
        found = [json.loads(part.content) for part in parts_of(document.snapshot, store)]
        assert [(page["subject"], page["page"]) for page in found] == [
            (document.request.subject, "1"),
            (document.request.subject, "2"),
        ]
    assert {(each.method, each.headers["Content-Type"]) for each in mirror.log if each.path == "/find"} == {
        ("POST", "application/x-www-form-urlencoded")
    }


def test_a_list_of_which_a_page_is_missing_is_no_document(go, mirror):
    mirror.answers["/api/papers?spec=8992&page=2"] = (404, {}, b"")
    brought = go()
    assert [d.request.subject for d in brought.documents if d.request.kind == "papers"] == ["8991", "8993"]
    (failure,) = brought.failures
    assert isinstance(failure.error, SourceMissing)
    assert failure.in_words().startswith("8992 Tidal Gardening papers: http")
    assert "page=2 is gone (404)" in failure.in_words()


# Circles, and sites without an end


def test_a_page_that_leads_back_is_not_asked_for_again(go, mirror, store):
    for path in ("/a", "/b", "/c"):
        mirror.answers[path] = (200, {}, path.encode())
    follow = _chain("/a", "/b", "/c", "/a")
    (document,) = go([Request(mirror.url("/a"), "papers")], follow).documents
    assert mirror.asked == ["/a", "/b", "/c"]
    assert pages(document.snapshot, store) == ["a", "b", "c"]


def test_a_list_that_gives_its_last_page_for_ever_has_ended(go, mirror, store):
    for number in range(1, 9):
        mirror.answers[f"/p{number}"] = (200, {}, f"page {min(number, 3)}".encode())
    follow = _chain(*(f"/p{number}" for number in range(1, 9)))
    brought = go([Request(mirror.url("/p1"), "papers")], follow)
    assert brought.failures == ()
    assert pages(brought.documents[0].snapshot, store) == ["p1", "p2", "p3"]
    assert len(mirror.asked) == 4


def test_pages_depth_and_requests_have_an_end_that_is_named(go, mirror):
    for number in range(1, 9):
        mirror.answers[f"/p{number}"] = (200, {}, f"page {number}".encode())
    paths = [f"/p{number}" for number in range(1, 9)]
    first = Request(mirror.url("/p1"), "papers")
    with pytest.raises(Exception, match="/p4: not fetched: its list has more than 3 pages"):
        go([first], _chain(*paths), limits=Limits(pages_of_a_list=3))

    def deeper(request, _content):
        number = int(request.address[-1]) + 1
        yield Request(mirror.url(f"/p{number}"), "papers")

    brought = go([first], deeper, limits=Limits(depth=2))
    assert len(brought.documents) == 3
    assert "/p4: not fetched: it lies more than 2 steps" in brought.failures[0].error.message
    brought = go([first], deeper, limits=Limits(requests=4))
    assert len(brought.documents) == 4
    assert "the visit has made 4 requests" in brought.failures[0].error.message


# What fails


def test_a_link_to_another_host_is_refused_by_name(go, mirror):
    def follow(_request, _content):
        yield Request("https://elsewhere.example/spec.pdf", "specification", "8991")

    brought = go([Request(mirror.url("/"), "subject list")], follow)
    (failure,) = brought.failures
    assert isinstance(failure.error, NotAllowed)
    assert failure.error.message == "elsewhere.example is not a host of this source."


def test_one_subject_that_fails_does_not_stop_the_others(go, mirror):
    mirror.answers["/subject/8992"] = (200, {}, b"<html>built anew</html>")
    mirror.answers["/spec/8993.pdf"] = (403, {}, b"")
    brought = go()
    assert [(d.request.kind, d.request.subject) for d in brought.documents[1:]] == [
        ("specification", "8991"), ("papers", "8991"), ("papers", "8993"),
    ]  # fmt: skip
    assert [(f.request.subject, type(f.error).__name__) for f in brought.failures] == [
        ("8992", "ContractBroken"),
        ("8993", "SiteRefuses"),
    ]
    assert "cannot be followed: JSONDecodeError" in brought.failures[0].error.message


def test_a_site_that_says_no_three_times_is_left_alone(go, mirror):
    mirror.subjects = {str(9000 + n): f"Subject {n}" for n in range(10)}
    mirror.answers |= {f"/subject/{code}": (403, {}, b"") for code in mirror.subjects}
    brought = go()
    assert len(mirror.asked) == 4
    assert len(brought.failures) == 10
    assert {type(f.error) for f in brought.failures} == {SiteRefuses}
    assert "not asked for: 127.0.0.1 has said no 3 times" in brought.failures[-1].error.message


def test_a_visit_that_ends_with_nothing_is_a_failure(go, mirror):
    with pytest.raises(SourceEmpty, match="found no document"):
        go([Request(mirror.url("/subject/8991"), "subject")], lambda *_: ())
    mirror.answers["/"] = (403, {}, b"")
    with pytest.raises(SiteRefuses, match="answers 403"):
        go()
    with pytest.raises(SourceMissing, match=r"brought nothing: 2 requests failed; the first: .*/gone1 is gone"):
        go([Request(mirror.url(f"/gone{n}"), "papers") for n in (1, 2)])


def test_what_fails_is_asked_for_again_by_the_next_visit(go, mirror):
    mirror.answers["/"] = [(403, {}, b""), (200, {}, b"[]")]
    with pytest.raises(SiteRefuses):
        go()
    assert len(go().documents) == 1


# Secrets


def test_what_a_request_carries_is_neither_kept_nor_told(go, mirror, store, tmp_path):
    secret = "hunter2hunter2"
    mirror.answers["/feed"] = (404, {}, b"")
    said: list[str] = []
    request = Request(
        mirror.url(f"/?x=1&api_key={secret}&y=2#here"), "papers", headers=(("X-Key", secret), ("User-Agent", "Mozilla"))
    )
    posted = Request(mirror.url("/feed"), "papers", body=json.dumps({"apiKey": secret}), headers=(("X-Key", secret),))
    mirror.answers[f"/?x=1&api_key={secret}&y=2"] = (200, {}, b"papers")
    brought = go([request, posted], lambda *_: (), say=said.append, pause=0.0)
    first, second = (each for each in mirror.log if each.path != "/robots.txt")
    assert (first.headers["X-Key"], first.headers["User-Agent"]) == (secret, "greenroom/test")
    assert (second.method, second.body, second.headers["Content-Type"]) == (
        "POST", b'{"apiKey": "hunter2hunter2"}', "application/json",
    )  # fmt: skip
    (failure,) = brought.failures
    assert secret not in "".join([*said, failure.error.message, failure.error.hint])
    assert [d.snapshot.sightings[0].address for d in brought.documents] == [mirror.url("/?x=1&api_key=&y=2")]
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) > 3
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []


def test_a_key_does_not_follow_a_redirect_to_another_place(mirror, store):
    with Mirror().running() as other:
        caller = Caller(frozenset(), frozenset({mirror.place, other.place}), "greenroom/test")
        mirror.answers["/feed"] = (302, {"Location": other.url("/")}, b"")
        fetch_request(Request(mirror.url("/feed"), "papers", headers=(("X-Key", "k"),)), store, caller)
        assert [each.headers.get("X-Key") for each in (*mirror.log, *other.log)] == ["k", None]
        mirror.answers["/feed"] = (307, {"Location": other.url("/")}, b"")
        with pytest.raises(NotAllowed, match="hands what is posted to it on"):
            fetch_request(Request(mirror.url("/feed"), "papers", form=(("key", "k"),)), store, caller)
        mirror.answers["/feed"] = (303, {"Location": "/"}, b"")
        fetch_request(Request(mirror.url("/feed"), "papers", form=(("key", "k"),)), store, caller)
        assert [(each.method, each.path) for each in mirror.log[-2:]] == [("POST", "/feed"), ("GET", "/")]
        assert len(other.log) == 1


def test_requests_are_told_apart_by_what_they_post_not_by_their_headers():
    plain = Request("https://a.example/x#y", "papers")
    assert identity_of(plain) == "https://a.example/x"
    assert identity_of(Request("https://a.example/x", "papers", headers=(("A", "b"),))) == identity_of(plain)
    posted = {identity_of(Request("https://a.example/x", "papers", form=(("n", str(n)),))) for n in (1, 2)}
    posted.add(identity_of(Request("https://a.example/x", "papers", body='{"n": 1}')))
    assert len(posted) == 3
    assert all(name.startswith("https://a.example/x#posted=") for name in posted)


# Again, and after an interruption


def test_a_second_visit_only_asks_whether_something_changed(go, mirror):
    first = go()
    mirror.log.clear()
    second = go()
    assert mirror.statuses == {304: mirror.whole()}
    assert [d.snapshot.hash for d in second.documents] == [d.snapshot.hash for d in first.documents]
    assert [each for each in mirror.log if each.path == "/robots.txt"] == []


class Stopped(BaseException):
    """What a person or a plug does to a visit."""


def test_an_interrupted_visit_goes_on_where_it_was(go, mirror, tmp_path, store):
    caller = Caller(frozenset(), frozenset({mirror.place}), "greenroom/test")
    left = [5]

    def until_stopped(request):
        if not left[0]:
            raise Stopped
        left[0] -= 1
        return fetch_request(request, store, caller)

    with pytest.raises(Stopped):
        go(fetch_one=until_stopped)
    assert len(mirror.asked) == 5
    brought = go()
    assert (brought.remembered, brought.asked) == (5, mirror.whole() - 5)
    assert len(mirror.asked) == len(set(mirror.asked)) == mirror.whole()
    assert list((tmp_path / "visits").iterdir()) == []
    # and a visit after one that has ended remembers nothing
    assert go().remembered == 0


def test_a_journal_that_is_torn_old_or_of_lost_bytes_is_no_harm(go, mirror, tmp_path, store):
    kept = store.keep(io.BytesIO(b"[]"), address=mirror.url("/"), headers={})
    (tmp_path / "visits").mkdir()
    journal = tmp_path / "visits" / "x.jsonl"
    for line in (
        '{"at": 1, "addr',
        json.dumps({"at": time.time() - 90_000, "address": mirror.url("/"), "snapshot": kept.hash}),
        json.dumps({"at": time.time(), "address": mirror.url("/"), "snapshot": "0" * 64}),
        "[]",
    ):
        journal.write_text(line)
        assert go().remembered == 0


def test_two_visits_of_one_scope_at_a_time_are_refused(go, mirror):
    def again(request, content):
        if request.kind == "subject list":
            with pytest.raises(ScopeBusy, match="Another visit"):
                go()
        yield from ()

    assert len(go(follow=again).documents) == 1


def test_a_journal_that_cannot_be_written_is_said(go, tmp_path):
    (tmp_path / "visits").write_bytes(b"")
    with pytest.raises(SourceUnreadable, match="journal of the visit cannot be written") as refused:
        go()
    assert "GREENROOM_HOME" in refused.value.hint


@pytest.fixture
def terminal(mirror, make_database, tmp_path):
    """Another process's command line, whose board is the mirror."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GREENROOM_", "PG", "DATABASE_URL"))}
    environment |= {
        "DATABASE_URL": make_database("exams").url,
        "GREENROOM_HOME": str(tmp_path / "home"),
        "GREENROOM_ALLOW_HOSTS": mirror.place,
        "GREENROOM_CONTACT": "test@example.org",
    }

    def start(code, *words, pause=0.0):
        return subprocess.Popen(
            [sys.executable, "-m", "tests.mirror.terminal", mirror.url().rstrip("/"), code, *words],
            cwd=ROOT, env=environment | {"GREENROOM_PAUSE_SECONDS": str(pause)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return start


def _ended(process, code=0):
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, f"{out}\n{err}"
    return out, err


def test_a_process_killed_in_mid_visit_asks_for_nothing_again_that_was_answered(terminal, mirror, tmp_path):
    killed = terminal("AQA", "fetch", "AQA GCSE", pause=0.1)
    deadline = time.monotonic() + 60
    while len(mirror.asked) < 7 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    (journal,) = (tmp_path / "home" / "visits").iterdir()
    answered = {json.loads(line)["address"] for line in journal.read_text().splitlines()}
    before = list(mirror.asked)
    # what came last may have been answered, and the process killed before it could write that down
    assert len(before) - 1 <= len(answered) <= len(before) < mirror.whole()
    mirror.log.clear()
    _, err = _ended(terminal("AQA", "fetch", "AQA GCSE"))
    assert [path for path in mirror.asked if mirror.url(path) in answered] == []
    assert len(answered) + len(mirror.asked) == mirror.whole()
    assert f"{len(mirror.asked)} requests, {len(answered)} answered before the visit was interrupted" in err
    assert list((tmp_path / "home" / "visits").iterdir()) == []
    assert set(mirror.statuses) <= {200, 304}


def test_two_commands_at_once_keep_the_pause_of_a_host_together(terminal, mirror):
    mirror.subjects = {"8991": "Lantern Studies"}
    both = [terminal(code, "fetch", f"{code} GCSE", pause=0.2) for code in ("AQA", "OCR")]
    for process in both:
        _ended(process)
    assert len(mirror.asked) == 2 * mirror.whole()
    assert min(mirror.gaps()) >= 0.2
    assert mirror.most_at_a_time == 1
