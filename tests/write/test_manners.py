"""Turns at a host: kept between threads and processes; what its robots.txt allows; what it asked for."""

import json
import multiprocessing
import threading
import time
from itertools import pairwise

import pytest
from tests.mirror.site import Mirror

from greenroom import Request
from greenroom.model.errors import NotAllowed, SiteRefuses, SourceMissing, SourceUnreadable
from greenroom.write.fetch import Caller, Store, fetch, fetch_request
from greenroom.write.manners import Gate, Robots

HOST = "board.example"


def gate(tmp_path, **options):
    return Gate(tmp_path / "manners", **{"pauses": (("*", 0.0),), **options})


def take(gate, host=HOST, most_seconds=9.0):
    with gate.turn(host, most_seconds=most_seconds) as waited_seconds:
        return waited_seconds, time.monotonic()


@pytest.fixture
def mirror():
    with Mirror().running() as site:
        yield site


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "snapshots")


def caller(mirror, gate):
    return Caller(frozenset(), frozenset({mirror.place}), "greenroom/test", gate=gate)


def ask(mirror, store, gate, path="/"):
    return fetch_request(Request(mirror.url(path), "page"), store, caller(mirror, gate))


# Pauses


@pytest.mark.parametrize(
    ("pauses", "own", "host", "seconds"),
    [
        ((), 0.0, HOST, 1.0),
        ((("*", 2.0),), 0.0, HOST, 2.0),
        ((("*", 2.0),), 5.0, HOST, 5.0),
        ((("board.example", 10.0), ("*", 2.0)), 5.0, HOST, 10.0),
        ((("board.example", 10.0),), 0.0, "www.board.example", 10.0),
        ((("board.example", 10.0),), 0.0, "www.otherboard.example", 1.0),
        ((("board.example", 10.0), ("www.board.example", 0.5)), 0.0, "www.board.example", 0.5),
    ],
)
def test_the_longest_pause_is_kept_and_the_nearest_name_decides(tmp_path, pauses, own, host, seconds):
    assert Gate(tmp_path, pauses=pauses, own_pause_seconds=own).pause_seconds(host) == seconds
    assert Gate(tmp_path, pauses=pauses).slower(own).pause_seconds(host) == seconds


def test_a_turn_waits_for_the_pause_to_be_over_and_other_hosts_do_not(tmp_path):
    one = gate(tmp_path, pauses=(("*", 0.15),))
    first, second = take(one), take(one)
    assert second[1] - first[1] >= 0.15
    assert 0.1 < second[0] < 1.0
    assert take(one, "elsewhere.example")[0] < 0.1


def test_a_pause_is_counted_from_the_end_of_the_answer(tmp_path):
    one = gate(tmp_path, pauses=(("*", 0.15),))
    with one.turn(HOST, most_seconds=9):
        time.sleep(0.2)
        ended = time.monotonic()
    assert take(one)[1] - ended >= 0.15


@pytest.mark.parametrize("per_host", [1, 2])
def test_no_more_than_so_many_at_a_time(tmp_path, per_host):
    at_a_time, most, lock = 0, 0, threading.Lock()

    def work():
        nonlocal at_a_time, most
        with gate(tmp_path, per_host=per_host).turn(HOST, most_seconds=9):
            with lock:
                at_a_time += 1
                most = max(most, at_a_time)
            time.sleep(0.1)
            with lock:
                at_a_time -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == per_host


def _turns(folder, times):
    one = Gate(folder, pauses=(("*", 0.1),))
    for _ in range(4):
        with one.turn(HOST, most_seconds=9):
            times.put(time.monotonic())


def test_two_processes_keep_the_pause_together(tmp_path):
    context = multiprocessing.get_context("spawn")
    times = context.Queue()
    processes = [context.Process(target=_turns, args=(tmp_path, times)) for _ in range(2)]
    for process in processes:
        process.start()
    moments = sorted(times.get(timeout=20) for _ in range(8))
    for process in processes:
        process.join()
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 0.1


def test_a_host_that_asked_for_it_is_left_alone_by_all(tmp_path):
    gate(tmp_path).leave_alone(HOST, 0.2)
    assert take(gate(tmp_path))[0] >= 0.15
    gate(tmp_path).leave_alone(HOST, 600)
    with pytest.raises(SourceMissing, match=r"board\.example asked to be left alone for \d+ seconds") as refused:
        take(gate(tmp_path))
    assert "Try again in" in refused.value.hint


def test_times_written_by_a_wrong_clock_or_by_halves_do_no_harm(tmp_path):
    one = gate(tmp_path, pauses=(("*", 0.1),))
    take(one)
    pace = tmp_path / "manners" / f"{HOST}.pace"
    pace.write_text(json.dumps({"last": time.time() + 10_000}))
    assert take(one)[0] < 1
    pace.write_text('{"last": 12')
    assert take(one)[0] < 1


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "manners").write_bytes(b"")
    with pytest.raises(SourceUnreadable, match=r"cannot be kept in .*manners") as refused:
        take(gate(tmp_path))
    assert "GREENROOM_HOME" in refused.value.hint


# robots.txt


def test_what_robots_txt_forbids_is_not_asked_for(tmp_path, mirror, store):
    mirror.answers["/private/x"] = (200, {}, b"secret")
    one = gate(tmp_path)
    ask(mirror, store, one)
    with pytest.raises(NotAllowed, match=r"robots\.txt of 127\.0\.0\.1 does not let greenroom fetch /private/x") as no:
        ask(mirror, store, one, "/private/x")
    assert "in a browser" in no.value.hint
    assert [each.path for each in mirror.log] == ["/robots.txt", "/"]


def test_the_group_for_our_own_name_goes_before_that_for_all(tmp_path, mirror, store):
    mirror.robots = (200, {}, b"User-agent: *\nDisallow:\n\nUser-agent: Greenroom\nDisallow: /subject/\n")
    one = gate(tmp_path)
    ask(mirror, store, one)
    with pytest.raises(NotAllowed):
        ask(mirror, store, one, "/subject/8991")


def test_a_redirect_does_not_lead_where_robots_txt_forbids(tmp_path, mirror, store):
    mirror.answers["/moved"] = (302, {"Location": "/private/x"}, b"")
    with pytest.raises(NotAllowed, match="/private/x"):
        ask(mirror, store, gate(tmp_path), "/moved")
    assert mirror.asked == ["/moved"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_without_a_robots_txt_all_is_allowed(tmp_path, mirror, store, status):
    mirror.robots = (status, {}, b"User-agent: *\nDisallow: /\n")
    ask(mirror, store, gate(tmp_path))
    assert mirror.asked == ["/"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_while_robots_txt_cannot_be_had_nothing_is_fetched(tmp_path, mirror, store, status, monkeypatch):
    monkeypatch.setattr("greenroom.write.fetch._PAUSES_SECONDS", (0.0,))
    mirror.robots = (status, {}, b"")
    for _ in range(2):
        # the second gate is another process's: it finds what the first one wrote down
        with pytest.raises(NotAllowed, match=rf"robots\.txt of 127\.0\.0\.1 cannot be had \(the site answers {status}"):
            ask(mirror, store, gate(tmp_path))
    assert [each.path for each in mirror.log] == ["/robots.txt"] * 2


def test_a_site_in_trouble_is_asked_again_after_ten_minutes(tmp_path, mirror, store, monkeypatch):
    monkeypatch.setattr("greenroom.write.fetch._PAUSES_SECONDS", ())
    mirror.robots = [(500, {}, b""), (200, {}, b"")]
    with pytest.raises(NotAllowed):
        ask(mirror, store, gate(tmp_path))
    _age(tmp_path, 601)
    ask(mirror, store, gate(tmp_path))


def test_robots_txt_is_kept_for_a_day(tmp_path, mirror, store):
    for _ in range(2):
        ask(mirror, store, gate(tmp_path))
    _age(tmp_path, 86_000)
    ask(mirror, store, gate(tmp_path))
    assert [each.path for each in mirror.log].count("/robots.txt") == 1
    _age(tmp_path, 86_401)
    ask(mirror, store, gate(tmp_path))
    assert [each.path for each in mirror.log].count("/robots.txt") == 2


def _age(tmp_path, seconds):
    (path,) = (tmp_path / "manners").glob("*.robots.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"at": time.time() - seconds}))


@pytest.mark.parametrize("lines", ["Crawl-delay: 0.2", "Request-rate: 10/2"])
def test_a_longer_pause_that_robots_txt_asks_for_is_kept(tmp_path, mirror, store, lines):
    mirror.robots = (200, {}, f"User-agent: *\n{lines}\n".encode())
    one = gate(tmp_path, pauses=(("*", 0.01),))
    for path in ("/", "/subject/8991", "/subject/8992"):
        ask(mirror, store, one, path)
    assert min(mirror.gaps()[1:]) >= 0.2


def test_what_lies_beyond_half_a_megabyte_of_robots_txt_is_not_read(tmp_path, mirror, store):
    mirror.robots = (200, {}, b"# much\n" * 80_000 + b"User-agent: *\nDisallow: /\n")
    ask(mirror, store, gate(tmp_path))
    assert mirror.asked == ["/"]


def test_a_robots_txt_of_a_host_nobody_allowed_is_not_followed(tmp_path, mirror, store):
    mirror.robots = (302, {"Location": "https://elsewhere.example/robots.txt"}, b"")
    with pytest.raises(NotAllowed, match=r"elsewhere\.example is not a host of this source"):
        ask(mirror, store, gate(tmp_path))


def test_a_gate_is_kept_for_plain_addresses_too(tmp_path, mirror, store):
    with pytest.raises(NotAllowed, match="does not let greenroom"):
        list(fetch(mirror.url("/private/x"), store, allow_hosts=(mirror.place,), gate=gate(tmp_path)))
    list(fetch(mirror.url("/"), store, allow_hosts=(mirror.place,)))
    assert [each.path for each in mirror.log] == ["/robots.txt", "/"]


def test_rules_are_asked_for_once_though_many_threads_wish_to_know(tmp_path):
    asked = []

    def slowly(address):
        asked.append(address)
        time.sleep(0.05)
        return Robots(200, "User-agent: *\nAllow: /\n")

    one = gate(tmp_path)
    threads = [threading.Thread(target=one.check_robots, args=(f"https://{HOST}/{n}", slowly)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [f"https://{HOST}/robots.txt"]


# What the site asks for, and when it says no


def test_retry_after_holds_everybody_back(tmp_path, mirror, store, monkeypatch):
    monkeypatch.setattr("greenroom.write.fetch._PAUSES_SECONDS", (0.0, 0.0))
    mirror.answers["/"] = [(429, {"Retry-After": "1"}, b""), (200, {}, b"[]")]
    first = threading.Thread(target=ask, args=(mirror, store, gate(tmp_path)))
    first.start()
    while not mirror.asked:
        time.sleep(0.01)
    time.sleep(0.1)
    ask(mirror, store, gate(tmp_path), "/subject/8991")
    first.join()
    arrivals = [each.at for each in mirror.log if each.path != "/robots.txt"]
    assert min(arrivals[1:]) - arrivals[0] >= 0.95


@pytest.mark.parametrize("status", [401, 403, 406, 451])
def test_a_site_that_says_no_is_not_asked_twice(tmp_path, mirror, store, status):
    mirror.answers["/"] = (status, {}, b"no")
    with pytest.raises(SiteRefuses, match=f"answers {status}: it does not give this to a program"):
        ask(mirror, store, gate(tmp_path))
    assert mirror.asked == ["/"]


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (503, {"cf-mitigated": "challenge"}, b""),
        (202, {"x-amzn-waf-action": "challenge"}, b""),
        (200, {"Content-Type": "text/html; charset=UTF-8"}, b"<html><head><title>Just a moment...</title></head>"),
        (200, {"Content-Type": "text/html"}, b"<html><title>Pardon Our Interruption</title><p>Are you a person?"),
    ],
)
def test_a_page_for_browsers_only_is_a_no_and_never_a_document(tmp_path, mirror, store, status, headers, body):
    mirror.answers["/"] = (status, headers, body)
    with pytest.raises(SiteRefuses):
        ask(mirror, store, gate(tmp_path))
    assert mirror.asked == ["/"]
    assert list(store.list()) == []


def test_a_page_that_only_speaks_of_such_things_is_a_document(tmp_path, mirror, store):
    text = b"<html><title>GCSE Computing</title><p>Just a moment... <script src='/cdn-cgi/challenge-platform/x.js'>"
    mirror.answers["/"] = (200, {"Content-Type": "text/html"}, text + b"." * 300_000)
    assert ask(mirror, store, gate(tmp_path)).size_bytes == len(text) + 300_000
