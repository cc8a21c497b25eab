"""The private server: one per home, whoever starts it, whatever kills it."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from greenroom.db import server as servers
from greenroom.db.binaries import binaries, server_account
from greenroom.db.cluster import free_port
from greenroom.db.server import PrivateServer
from greenroom.db.throwaway import new_folder
from greenroom.model.errors import ServerTrouble

FOUND = {found.major: found for found in reversed(binaries())}

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def home():
    folder = new_folder()
    yield folder / "a home"
    PrivateServer(folder / "a home").stop()
    shutil.rmtree(folder)


@pytest.fixture(params=sorted(FOUND), ids=lambda major: f"pg{major}")
def private(request, home):
    """A private server of each major version, not started."""
    return PrivateServer(home, FOUND[request.param].folder)


@pytest.fixture
def one(home):
    """A private server of the preferred version, not started."""
    return PrivateServer(home)


def test_it_is_made_started_attached_to_and_stopped(private):
    url = private.start()
    assert _ask(url, "select current_database(), current_setting('server_encoding')") == ("greenroom", "UTF8")
    assert private.start() == url == private.url()
    status = private.status()
    assert status.is_running
    assert f":{status.port}/" in url
    assert private.stop()
    assert not private.status().is_running
    assert not private.stop()


def test_the_rules_of_order_and_case_are_those_of_every_machine(private):
    url = private.start()
    assert _ask(url, "select lower('ÉCOLE Ça'), array(select x from unnest('{b,A,a,é}'::text[]) x order by x)") == (
        "école ça",
        ["A", "a", "b", "é"],
    )


def test_looking_makes_nothing(one, home):
    status = one.status()
    assert (status.is_made, status.is_running, status.port) == (False, False, None)
    assert not home.exists()
    with pytest.raises(ServerTrouble, match="no private server yet"):
        one.url()
    assert not one.stop()


def test_the_port_stays_when_it_is_stopped_and_started(one):
    url = one.start()
    one.stop()
    assert one.start() == url


def test_a_port_that_somebody_took_is_given_up(one):
    one.start()
    port = one.status().port
    one.stop()
    with socket.create_server(("127.0.0.1", port)):
        url = one.start()
    assert f":{port}/" not in url
    assert _ask(url, "select 1") == (1,)


def test_its_address_holds_no_password_and_its_files_let_nobody_else_in(one, home):
    url = one.start()
    password_file = home / "server.pgpass"
    password = password_file.read_text().strip().rpartition(":")[2]
    assert len(password) == 48
    assert password not in url
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(one.status().data.stat().st_mode) == 0o700
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.partition("?")[0], passfile="/dev/null", password="guessed")


def test_it_outlives_a_process_that_was_killed_and_can_still_be_stopped(one, home):
    with _python(f"PrivateServer({str(home)!r}).start(); print('up', flush=True); time.sleep(60)") as process:
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGKILL)
    pid = one.status().pid
    assert _ask(one.start(), "select 1") == (1,)
    assert one.status().pid == pid
    assert one.stop()
    _wait_until(lambda: not _is_alive(pid))


def test_committed_rows_survive_a_killed_server(private):
    url = private.start()
    _do(url, "create table kept as select generate_series(1, 1000) as n")
    os.kill(private.status().pid, signal.SIGKILL)
    assert _ask(private.start(), "select count(*) from kept") == (1000,)


def test_two_processes_that_start_at_once_get_one_server(home):
    words = f"print(PrivateServer({str(home)!r}).start(), PrivateServer({str(home)!r}).status().pid)"
    with _python(words) as first, _python(words) as second:
        answers = {first.communicate()[0], second.communicate()[0]}
    assert len(answers) == 1
    assert "postgresql://" in answers.pop()


def test_a_process_number_of_another_program_is_not_taken_for_the_server(one):
    one.start()
    data = one.status().data
    one.stop()
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n5432\n")
    assert not one.status().is_running
    assert _ask(one.start(), "select 1") == (1,)


def test_an_interrupted_making_is_begun_anew(one, home):
    major = one.status().version.partition(".")[0]
    leftover = home / "postgresql" / f"pg{major}.new"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text(major)
    assert _ask(one.start(), "select 1") == (1,)
    assert not leftover.exists()


def test_a_server_that_nobody_remembers_is_found_again(one, home):
    url = one.start()
    (home / "server.json").unlink()
    assert one.start() == url


def test_data_that_are_gone_are_not_quietly_replaced(one, home):
    one.start()
    one.stop()
    shutil.rmtree(one.status().data)
    with pytest.raises(ServerTrouble, match="no longer in"):
        one.start()
    (home / "server.json").unlink()
    assert _ask(one.start(), "select current_database()") == ("greenroom",)


def test_data_of_one_version_are_not_opened_by_another(home):
    if len(FOUND) < 2:
        pytest.skip("needs two versions of PostgreSQL on this machine")
    old, new = min(FOUND), max(FOUND)
    PrivateServer(home, FOUND[old].folder).start()
    with pytest.raises(ServerTrouble, match=f"PostgreSQL {new}, but the data .* are of {old}"):
        PrivateServer(home, FOUND[new].folder).start()
    assert PrivateServer(home).status().version.startswith(str(old))


def test_a_folder_without_programs_is_refused(home, tmp_path):
    with pytest.raises(ServerTrouble) as refusal:
        PrivateServer(home, tmp_path).start()
    assert "GREENROOM_PG_BIN" in refusal.value.hint


def test_a_folder_that_a_shell_would_misread_is_refused(home):
    with pytest.raises(ServerTrouble, match="of this name"):
        PrivateServer(home / "$(reboot)").start()


def test_a_home_that_cannot_be_written_is_named(home):
    home.parent.joinpath("file").write_text("")
    with pytest.raises(ServerTrouble, match="cannot be written"):
        PrivateServer(home.parent / "file" / "home").start()


def test_a_dump_can_be_restored(private, tmp_path):
    _do(private.start(), "create table kept as select 1 as one")
    private.dump(tmp_path / "all.dump")
    listing = subprocess.run(
        [private.status().programs / "pg_restore", "--list", tmp_path / "all.dump"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "TABLE public kept" in listing.stdout


def test_a_dump_that_fails_leaves_no_file(one, tmp_path):
    one.start()
    one.stop()
    with pytest.raises(ServerTrouble, match="dump failed"):
        one.dump(tmp_path / "all.dump")
    assert list(tmp_path.iterdir()) == []


def test_psql_answers_from_the_private_server_whatever_the_environment_says(one, home):
    one.start()
    words = f"PrivateServer({str(home)!r}).psql(['-X', '-Atc', 'select current_database()'])"
    with _python(words, PGHOST="203.0.113.1", PGDATABASE="other", PGOPTIONS="-c nonsense") as process:
        assert process.communicate()[0] == "greenroom\n"


def test_it_can_listen_to_other_machines_with_a_password_only(home):
    server = PrivateServer(home, listen="0.0.0.0")
    server.start()
    access = (server.status().data / "pg_hba.conf").read_text()
    assert "host all all all scram-sha-256" in access
    assert "trust" not in access


@needs_root
def test_a_home_that_the_server_cannot_enter_is_left_as_it_is(home, monkeypatch):
    monkeypatch.setattr(servers, "SHARED_PLACE", home.parent / "shared")
    home.mkdir(mode=0o700)
    server = PrivateServer(home / "inner")
    url = server.start()
    assert _ask(url, "select 1") == (1,)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert server.status().data.is_relative_to(home.parent / "shared")
    # Found again by what the home remembers.
    monkeypatch.undo()
    assert PrivateServer(home / "inner").status().is_running
    assert server.stop()


@needs_root
def test_an_ordinary_user_gets_a_server_of_their_own(home):
    account = server_account()
    home.mkdir()
    os.chown(home, account.uid, account.gid)
    words = (
        # Dropped only here: the interpreter of a checkout under /root could not be started by another account.
        f"import os; os.setgroups([]); os.setgid({account.gid}); os.setuid({account.uid})\n"
        f"server = PrivateServer({str(home)!r})\n"
        "print(psycopg.connect(server.start()).execute('select 1').fetchone(), server.stop())"
    )
    with _python(words) as process:
        assert process.communicate()[0] == "(1,) True\n"


@needs_root
def test_the_server_of_another_account_is_left_alone(one):
    one.start()
    one.stop()
    data = one.status().data
    rightful = data.stat().st_uid
    os.chown(data, 12345, -1)
    with pytest.raises(ServerTrouble, match="belongs to another account"):
        one.start()
    os.chown(data, rightful, -1)


def test_a_free_port_keeps_a_wish():
    port = free_port()
    assert free_port(port) == port


def _python(words, **environment):
    program = f"import time, psycopg\nfrom pathlib import Path\nfrom greenroom.db.server import PrivateServer\n{words}"
    return subprocess.Popen(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={**os.environ, **environment},
    )


def _ask(url, question):
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()


def _do(url, statement):
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def _is_alive(pid):
    path = Path(f"/proc/{pid}/stat")
    # A killed process whose parent is gone may stay as a zombie where nobody reaps.
    return path.exists() and path.read_text().rpartition(")")[2].split()[0] != "Z"


def _wait_until(happened, seconds=20):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
