"""Bytes are kept by their hash; addresses are asked politely, and only those that may be."""

import gzip
import io
import socket
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from greenroom import Source
from greenroom.model.errors import NotAllowed, SourceMissing, SourceUnreadable
from greenroom.write.fetch import Store, fetch, hosts_of

CSV = b"uai;ips\n0010005A;101.5\n"
OFFICIAL = "data.education.gouv.fr"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "snapshots")


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that would have been made."""
    made: list[float] = []
    monkeypatch.setattr("greenroom.write.fetch.time.sleep", made.append)
    return made


class Site:
    """A site whose answers a test sets: path -> list of (status, headers, body), the last one again and again."""

    def __init__(self):
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append((self.path, dict(self.headers)))
                answers = site.answers[self.path]
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                status, headers, body = answer(self) if callable(answer) else answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                """Say nothing."""

        self.asked, self.answers = [], {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    def __setitem__(self, path, answers):
        self.answers[path] = answers

    def address(self, path):
        return f"http://{self.place}{path}"


@pytest.fixture
def site():
    site = Site()
    site.thread.start()
    yield site
    site.server.shutdown()
    site.thread.join()
    site.server.server_close()


def one(origin, store, site=None, **options):
    (snapshot,) = fetch(origin, store, allow_hosts=(site.place,) if site else (), **options)
    return snapshot


def content(store, snapshot):
    with store.open(snapshot.hash) as stream:
        return stream.read()


# The store


def test_the_same_bytes_from_two_addresses_are_one_snapshot(store):
    first = store.keep(io.BytesIO(CSV), address="https://a/1", headers={"ETag": "x", "Set-Cookie": "secret"})
    second = store.keep([CSV[:5], CSV[5:]], address="https://b/2", headers={})
    assert first.hash == second.hash
    assert [sighting.address for sighting in second.sightings] == ["https://a/1", "https://b/2"]
    assert second.sightings[0].headers == {"etag": "x"}
    assert second.size_bytes == len(CSV)
    assert list(store.list()) == [second]


def test_only_whole_files_stand_in_the_store(store, tmp_path):
    def breaking():
        yield CSV
        raise ConnectionError

    with pytest.raises(SourceUnreadable):
        store.keep(breaking(), address="https://a/1", headers={})
    assert [path for path in (tmp_path / "snapshots").rglob("*") if path.is_file()] == []


def test_bytes_are_proved_when_they_are_opened_and_healed_when_they_are_kept_again(store, tmp_path):
    snapshot = store.keep(io.BytesIO(CSV), address="https://a/1", headers={})
    path = tmp_path / "snapshots" / snapshot.hash[:2] / snapshot.hash[2:]
    path.write_bytes(CSV.replace(b"101", b"102"))
    with pytest.raises(SourceUnreadable, match="is damaged"):
        store.open(snapshot.hash)
    assert store.latest("https://a/1") is None
    store.keep(io.BytesIO(CSV), address="https://a/1", headers={})
    assert content(store, snapshot) == CSV


def test_a_snapshot_is_found_by_the_first_digits_of_its_hash(store):
    snapshot = store.keep(io.BytesIO(CSV), address="https://a/1", headers={})
    assert store.get(snapshot.hash[:8]) == snapshot
    for wrong in ("00000000", snapshot.hash[:7], "../../etc/passwd"):
        with pytest.raises(SourceMissing):
            store.get(wrong)


def test_the_latest_snapshot_of_an_address_is_the_one_it_gave_last(store):
    for content_of_day in (b"monday", b"tuesday", b"monday"):
        store.keep(io.BytesIO(content_of_day), address="https://a/1", headers={})
    assert content(store, store.latest("https://a/1")) == b"monday"
    assert store.latest("https://a/2") is None


def test_a_store_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SourceUnreadable, match=r"https://a/1 cannot be kept in .*: Not a directory") as refused:
        Store(tmp_path / "file" / "snapshots").keep(io.BytesIO(CSV), address="https://a/1", headers={})
    assert "GREENROOM_STORE" in refused.value.hint


# Files


def test_a_file_and_a_folder_are_fetched(store, tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "b.csv").write_bytes(b"b")
    (folder / "a.csv").write_bytes(CSV)
    (folder / ".hidden").write_bytes(b"")
    assert [content(store, snapshot) for snapshot in fetch(folder, store)] == [CSV, b"b"]
    assert one(str(folder / "a.csv"), store).sightings[-1].address == (folder / "a.csv").as_uri()


def test_a_missing_file_and_an_empty_folder_are_said(store, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceMissing, match=r"There is no file .*nowhere\.csv"):
        one(tmp_path / "nowhere.csv", store)
    with pytest.raises(SourceMissing, match="holds no files"):
        one(tmp_path / "empty", store)


# Addresses


def test_an_address_is_fetched_with_an_honest_name(store, site):
    site["/ips.csv"] = [(200, {"ETag": '"1"', "Content-Type": "text/csv"}, CSV)]
    snapshot = one(site.address("/ips.csv"), store, site, contact="someone@example.org")
    assert content(store, snapshot) == CSV
    assert snapshot.sightings[0].headers["etag"] == '"1"'
    headers = site.asked[0][1]
    assert headers["User-Agent"].startswith("greenroom/")
    assert headers["User-Agent"].endswith(" (+someone@example.org)")
    assert headers["Host"] == site.place


def test_what_has_not_changed_is_not_sent_again(store, site):
    def answer(handler):
        if handler.headers["If-None-Match"] == '"1"' and handler.headers["If-Modified-Since"] == when:
            return 304, {}, b""
        return 200, {"ETag": '"1"', "Last-Modified": when}, CSV

    when = formatdate(0, usegmt=True)
    site["/ips.csv"] = [answer]
    first, second = (one(site.address("/ips.csv"), store, site) for _ in range(2))
    assert second.hash == first.hash
    assert second.sightings[0].fetched_at > first.sightings[0].fetched_at
    assert second.sightings[0].headers["etag"] == '"1"'
    assert [headers.get("If-None-Match") for _, headers in site.asked] == [None, '"1"']


def test_a_compressed_answer_is_kept_as_the_file_it_is(store, site):
    site["/ips.csv"] = [(200, {"Content-Encoding": "gzip"}, gzip.compress(CSV))]
    assert content(store, one(site.address("/ips.csv"), store, site)) == CSV


def test_a_source_gives_a_snapshot_for_each_address(store, site):
    site["/new"], site["/old"] = [(200, {}, b"new")], [(200, {}, b"old")]
    source = Source("things", "Things", "us", "none", urls=(site.address("/new"), site.address("/old")))
    snapshots = fetch(source, store, allow_hosts=(site.place,))
    assert [content(store, snapshot) for snapshot in snapshots] == [b"new", b"old"]


def test_redirects_are_followed_five_times(store, site):
    for here, there in pairwise(range(7)):
        site[f"/{here}"] = [(302, {"Location": f"/{there}"}, b"")]
    site["/6"] = [(200, {}, CSV)]
    assert content(store, one(site.address("/1"), store, site)) == CSV
    with pytest.raises(SourceUnreadable, match="more than 5 redirects"):
        one(site.address("/0"), store, site)


@pytest.mark.parametrize("place", ["http://169.254.169.254/meta", "https://elsewhere.example/x", "file:///etc/passwd"])
def test_a_redirect_leads_nowhere_we_would_not_go(store, site, place):
    site["/ips.csv"] = [(302, {"Location": place}, b"")]
    with pytest.raises(NotAllowed):
        one(site.address("/ips.csv"), store, site)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_passing_trouble_is_waited_out(store, site, pauses, status):
    site["/ips.csv"] = [(status, {}, b"")] * 2 + [(200, {}, CSV)]
    assert content(store, one(site.address("/ips.csv"), store, site)) == CSV
    assert pauses == [1.0, 4.0]


def test_the_site_may_ask_for_a_longer_pause(store, site, pauses):
    later = formatdate(time.time() + 90, usegmt=True)
    site["/ips.csv"] = [(429, {"Retry-After": "30"}, b""), (503, {"Retry-After": later}, b""), (200, {}, CSV)]
    one(site.address("/ips.csv"), store, site)
    assert pauses[0] == 30.0
    assert 80 < pauses[1] < 91


def test_a_pause_beyond_the_deadline_is_not_made(store, site, pauses):
    site["/ips.csv"] = [(503, {"Retry-After": "3600"}, b"")]
    with pytest.raises(SourceMissing, match="the site answers 503") as refusal:
        one(site.address("/ips.csv"), store, site)
    assert refusal.value.hint == "Try again in 3600 seconds or later."
    assert pauses == []


def test_after_four_attempts_it_is_over(store, site, pauses):
    site["/ips.csv"] = [(503, {}, b"")]
    with pytest.raises(SourceMissing, match="the site answers 503, again and again"):
        one(site.address("/ips.csv"), store, site)
    assert pauses == [1.0, 4.0, 16.0]
    assert len(site.asked) == 4


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [(404, SourceMissing, "is gone"), (410, SourceMissing, "is gone"), (403, SourceUnreadable, "answers 403")],
)
def test_lasting_trouble_is_not_repeated(store, site, status, error, words):
    site["/ips.csv"] = [(status, {}, b"")]
    with pytest.raises(error, match=words):
        one(site.address("/ips.csv"), store, site)
    assert len(site.asked) == 1


def test_an_answer_that_ends_early_is_no_answer(store, site, pauses, tmp_path):
    site["/ips.csv"] = [(200, {"Content-Length": "999"}, CSV)]
    with pytest.raises(SourceMissing, match="again and again"):
        one(site.address("/ips.csv"), store, site)
    assert len(site.asked) == 4
    assert list(store.list()) == []


def test_a_host_that_does_not_answer_is_missing(store, pauses):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(SourceMissing, match=r"the connection to 127\.0\.0\.1 failed"):
        list(fetch(f"http://{place}/x", store, allow_hosts=(place,)))
    assert len(pauses) == 3


def test_size_and_time_have_an_end(store, site):
    site["/ips.csv"] = [(200, {}, bytes(1000))]
    with pytest.raises(SourceUnreadable, match="larger than 999 bytes"):
        one(site.address("/ips.csv"), store, site, most_bytes=999)
    with pytest.raises(SourceMissing, match="took more than 0 seconds"):
        one(site.address("/ips.csv"), store, site, deadline_seconds=0)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://elsewhere.example/x", "is not a host of this source"),
        (f"http://{OFFICIAL}/x", "without https"),
        (f"https://{OFFICIAL}:8443/x", "odd port"),
        (f"https://me:word@{OFFICIAL}/x", "user name or password"),
        (f"ftp://{OFFICIAL}/x", "neither https nor a file"),
        ("https:///x", "neither https nor a file"),
        ("https://[::1/x", "is not an address"),
    ],
)
def test_addresses_that_may_not_be_fetched(store, address, words):
    with pytest.raises(NotAllowed, match=words) as refusal:
        list(fetch(address, store, official_hosts={OFFICIAL}))
    assert refusal.value.hint or "not an address" in words
    assert "word@" not in str(refusal.value)


@pytest.mark.parametrize("number", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "100.64.0.1"])
def test_an_official_name_that_leads_into_a_private_network_is_refused(store, monkeypatch, number):
    monkeypatch.setattr("greenroom.write.fetch.socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (number, 443))])
    with pytest.raises(NotAllowed, match="private network"):
        list(fetch(f"https://{OFFICIAL}/x", store, official_hosts={OFFICIAL}))


def test_a_name_unknown_to_the_network_is_missing(store, monkeypatch, pauses):
    def unknown(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr("greenroom.write.fetch.socket.getaddrinfo", unknown)
    with pytest.raises(SourceMissing, match="is not known to the network"):
        list(fetch(f"https://{OFFICIAL}/x", store, official_hosts={OFFICIAL}))


def test_proxies_of_the_environment_are_ignored(store, site, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site["/ips.csv"] = [(200, {}, CSV)]
    assert content(store, one(site.address("/ips.csv"), store, site)) == CSV


def test_official_hosts_are_those_of_the_registry():
    source = Source("things", "Things", "us", "none", urls=("https://A.example/x", "https://b.example:443/y"))
    assert hosts_of([source]) == {"a.example", "b.example"}


def test_a_path_may_be_given_as_text(store, tmp_path):
    path = Path(tmp_path, "x.csv")
    path.write_bytes(CSV)
    assert one(str(path), store).hash == one(path, store).hash
