"""The desk as it is started: what it says, whom it lets in, why it refuses, and how it ends."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import httpx2
import psycopg
import pytest

from greenroom.db.cluster import free_port
from greenroom.web.passwords import hashed
from greenroom.web.server import bound

GOOD = "lantern orbit velvet seven"


class Running:
    """A desk in a process of its own."""

    def __init__(self, process):
        self.process = process
        self.said = ""
        self.base = self._line(r"The desk: (\S+)")[1]
        self.link = self._line(r"Start link.*: (\S+)")[1]

    def _line(self, pattern):
        """The first line that fits; a desk that says nothing for a minute is broken."""
        deadline = time.monotonic() + 60
        while not (found := re.search(pattern, self.said)):
            left = deadline - time.monotonic()
            assert left > 0, f"it said only: {self.said}"
            ready, _, _ = select.select([self.process.stdout], [], [], left)
            block = os.read(self.process.stdout.fileno(), 4096).decode() if ready else ""
            assert block or self.process.poll() is None, f"it ended: {self.said} {self.process.stderr.read()}"
            self.said += block
        return found

    def stop(self, how=signal.SIGINT):
        """Ctrl-C; code and what it said to the end."""
        self.process.send_signal(how)
        rest, err = self.process.communicate(timeout=60)
        return self.process.returncode, self.said + rest.decode(), err.decode()


@pytest.fixture
def start(exams, tmp_path):
    """`start("--port", 0)` is a desk on a database with the exams pack."""
    running = []

    @contextmanager
    def begin(*words, **environment):
        process = subprocess.Popen(
            [sys.executable, "-m", "greenroom", "desk", "--port", "0", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "DATABASE_URL": exams.url, "GREENROOM_HOME": str(tmp_path / "home"), **environment},
        )
        running.append(process)
        try:
            yield Running(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()

    yield begin
    assert all(process.poll() is not None for process in running)


def test_it_says_where_lets_in_once_and_ends_cleanly(start, exams):
    with start() as desk, httpx2.Client(follow_redirects=False) as browser:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/start/[\w-]{43}", desk.link)
        answer = browser.get(desk.link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "server" not in answer.headers
        me = browser.get(f"{desk.base}/api/me").json()
        assert me["role"] == "admin"
        with httpx2.Client(follow_redirects=False) as other:
            assert other.get(desk.link).status_code == 410
            assert other.get(f"{desk.base}/").headers["location"] == "/login"
        code, out, err = desk.stop()
    assert code == 0
    assert err.splitlines()[0].startswith("database: ")
    assert exams.name in err.splitlines()[0]
    assert "The desk is closed." in err
    assert "Traceback" not in out + err
    assert "/start/" not in err, "no address is logged"
    assert out.count("/start/") == 1


def test_who_was_signed_in_still_is_when_the_desk_opens_again(start):
    with httpx2.Client() as browser:
        with start() as desk:
            browser.get(desk.link)
            assert browser.get(f"{desk.base}/api/me").status_code == 200
            assert desk.stop(signal.SIGTERM)[0] in (0, -signal.SIGTERM)
        with start() as desk:
            assert browser.get(f"{desk.base}/api/me").status_code == 200
            desk.stop()


def test_it_answers_to_its_own_names_and_those_of_the_settings(start):
    with start(GREENROOM_DESK_HOSTS="desk.school.example") as desk, httpx2.Client(follow_redirects=False) as browser:
        port = desk.base.rpartition(":")[2]
        hosts = {
            f"127.0.0.1:{port}": 200, f"localhost:{port}": 200, f"[::1]:{port}": 200, "desk.school.example": 200,
            "127.0.0.1": 400, "evil.example": 400, f"evil.example:{port}": 400,
        }  # fmt: skip
        told = {host: browser.get(f"{desk.base}/login", headers={"host": host}).status_code for host in hosts}
        assert told == hosts
        desk.stop()


def test_behind_tls_the_link_and_the_cookie_are_for_https(start):
    port = free_port()
    words = ("--behind-tls", "--port", port)
    with start(*words, GREENROOM_DESK_HOSTS="desk.school.example") as desk, httpx2.Client() as browser:
        assert desk.base == "https://desk.school.example"
        answer = browser.get(
            desk.link.replace("https://desk.school.example", f"http://127.0.0.1:{port}"),
            headers={"host": "desk.school.example", "x-forwarded-for": "192.0.2.44"},
        )
        assert answer.headers["set-cookie"].startswith("__Host-greenroom=")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"]
        desk.stop()


def test_a_proxy_on_this_machine_says_who_asks(start, exams):
    with start("--behind-tls") as desk, httpx2.Client() as browser:
        browser.get(desk.link, headers={"x-forwarded-for": "192.0.2.44"})
        desk.stop()
    assert exams.value("select address from greenroom.session") == "192.0.2.44"


def test_without_a_proxy_nobody_else_says_who_asks(start, exams):
    with start() as desk, httpx2.Client() as browser:
        browser.get(desk.link, headers={"x-forwarded-for": "192.0.2.44"})
        desk.stop()
    assert exams.value("select address from greenroom.session") == "127.0.0.1"


def test_a_database_that_goes_away_is_told_and_the_desk_stays(start, exams):
    with start() as desk, httpx2.Client() as browser:
        browser.get(desk.link)
        exams.write("alter table greenroom.person_event rename to elsewhere")
        answer = browser.get(f"{desk.base}/people")
        assert answer.status_code == 503
        assert "greenroom migrate" in answer.text
        assert browser.get(f"{desk.base}/api/me").status_code == 200
        assert desk.stop()[0] == 0


# Why it does not start


def test_a_taken_port_is_told_in_two_lines(exams):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        answer = exams.refused("desk", "--port", port, code=10)
    assert f"Port {port} of 127.0.0.1 cannot be listened on" in answer.cause
    assert "greenroom desk --port" in answer.cure


def test_answers_are_sent_at_once():
    """Without it each answer waits some 40 ms for the browser to acknowledge its headers."""
    with bound("127.0.0.1", 0) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_an_address_of_another_machine_is_told(exams):
    answer = exams.refused("desk", "--listen", "nowhere.example", code=13)
    assert "no address of this machine" in answer.cause


def test_a_database_that_is_not_migrated_is_told_with_the_command(shell, make_database):
    answer = shell.at(make_database().url).refused("desk", "--port", "0", code=50)
    assert "is not up to date" in answer.cause
    assert answer.cure.endswith("greenroom migrate exams schools")


def test_a_database_of_an_older_program_is_told_with_the_packs_it_has(exams):
    exams.write("delete from greenroom.migration where name = '0009_people.sql'")
    answer = exams.refused("desk", "--port", "0", code=50)
    assert "1 migration to run" in answer.cause
    assert answer.cure.endswith("greenroom migrate exams")


def test_nobody_listens_beyond_this_machine_before_somebody_has_a_password(exams):
    answer = exams.refused("desk", "--port", "0", "--listen", "0.0.0.0", code=10)
    assert "Nobody has a password yet" in answer.cause
    assert "greenroom desk here first" in answer.cure


def test_beyond_this_machine_without_tls_is_warned_of(start, exams):
    with psycopg.connect(exams.url) as conn:
        conn.execute(
            "insert into greenroom.person (name, role, added_by, password) values ('Ada', 'admin', 'tests', %s)",
            [hashed(GOOD)],
        )
    with start("--listen", "0.0.0.0") as desk, httpx2.Client(follow_redirects=False) as browser:
        answer = browser.post(f"{desk.base}/login", data={"name": "Ada", "password": GOOD})
        assert answer.status_code == 303
        _, _, err = desk.stop()
    assert "passwords travel unprotected" in err


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"GREENROOM_OIDC_ISSUER": "https://login.school.example"}, "without GREENROOM_OIDC_CLIENT_ID"),
        (
            {
                "GREENROOM_OIDC_ISSUER": "http://login.school.example", "GREENROOM_OIDC_CLIENT_ID": "desk",
                "GREENROOM_OIDC_CLIENT_SECRET": "s3cret-word",
            },
            "is no https address",
        ),
        ({"GREENROOM_DESK_HOSTS": "https://desk.school.example"}, "not host or host:port"),
        ({"GREENROOM_DESK_HOSTS": "*"}, "not host or host:port"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_told_before_anybody_tries(exams, settings, says):
    exams.set(**settings)
    answer = exams.refused("desk", "--port", "0", code=13)
    assert says in answer.cause
    assert "s3cret-word" not in answer.err


def test_the_client_secret_is_masked(exams):
    exams.set(GREENROOM_OIDC_CLIENT_SECRET="s3cret-word")
    answer = exams("settings")
    assert "GREENROOM_OIDC_CLIENT_SECRET" in answer.out
    assert "s3cret-word" not in answer.out


def test_open_opens_the_start_link_once_it_answers(exams, monkeypatch):
    from greenroom.web import server

    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(server, "serve", lambda app, listening, *, behind_tls, ready: ready())
    answer = exams("desk", "--port", "0", "--open")
    (link,) = opened
    assert link in answer.out
    exams("desk", "--port", "0")
    assert len(opened) == 1
