"""Fixtures for every test: throw-away servers shared by all workers of a run, databases by the dozen, real data."""

import fcntl
import itertools
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from greenroom import catalog
from greenroom.db import compile as compiler
from greenroom.db.binaries import Binaries, binaries, server_account
from greenroom.db.cluster import free_port
from greenroom.db.connection import connect
from greenroom.db.migrate import migrate
from greenroom.db.throwaway import Running, hold, new_folder, run_while_held

# The oldest that is supported, where Debian also has PostGIS, and the one that comes with Greenroom.
MAJORS = (15, 18)

# An ordinary role: nothing of Greenroom may need a superuser.
OWNER = "greenroom_owner"
APP_ROLES = ("anon", "authenticated", "service_role")

_RUN = "GREENROOM_TEST_CLUSTERS"


@dataclass(frozen=True)
class Database:
    """A database of one test: its addresses, for its owner and for the superuser."""

    name: str
    url: str
    superuser_url: str
    server: Running


def fill(url: str, packs: tuple[str, ...]) -> None:
    """Bring a template's schema up to date, as its owner."""
    if packs:
        migrate(
            partial(connect, url, application_name="tests", statement_timeout_seconds=120, lock_timeout_seconds=5),
            [catalog.pack_named(name) for name in packs],
            compiler=compiler,
            app_roles=("anon", "authenticated"),
        )


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks anybody: names that are not of this machine are unknown, as without a network."""
    known = socket.getaddrinfo

    def only_here(host: str | bytes | None, *args: object, **options: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", socket.gethostname()):
            raise socket.gaierror(socket.EAI_NONAME, f"tests ask nobody, not even {name}")
        return known(host, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", only_here)


def pytest_configure(config: pytest.Config) -> None:
    """Let servers live as long as the process that the person started, not as long as one of its workers."""
    if not hasattr(config, "workerinput"):
        folder = new_folder()
        os.environ[_RUN] = str(folder)
        config.add_cleanup(lambda: _remove_when_stopped(folder))
        config.add_cleanup(hold(folder / "alive").close)


def _remove_when_stopped(folder: Path) -> None:
    """Leave the servers' folders to their watchdogs, who need the files in them to stop the servers."""
    deadline = time.monotonic() + 30
    while any(path.is_dir() for path in folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def _majors() -> list[object]:
    """One installation per major version; a missing one is a skip with a name."""
    best: dict[int, Binaries] = {}
    for found in binaries():
        best.setdefault(found.major, found)
    narrowed = os.environ.get("GREENROOM_TEST_MAJORS", "")
    wanted = [int(word) for word in narrowed.replace(",", " ").split()] or MAJORS
    return [
        pytest.param(
            best.get(major),
            id=f"pg{major}",
            marks=() if major in best else pytest.mark.skip(reason=f"needs PostgreSQL {major} on this machine"),
        )
        for major in wanted
    ]


@pytest.fixture(scope="session", params=_majors())
def server(request: pytest.FixtureRequest) -> Running:
    """A throw-away server of each major version, started once a run."""
    return _shared_server(request.param)


def _shared_server(programs: Binaries) -> Running:
    run = Path(os.environ[_RUN])
    card = run / f"pg{programs.major}.json"
    with _locked(run / f"pg{programs.major}.lock"):
        if card.exists():
            known = json.loads(card.read_text())
            return Running(Path(known["folder"]), programs, known["port"], Path(known["password_file"]))
        folder = run / f"pg{programs.major}"
        folder.mkdir()
        folder.chmod(0o711)
        running = run_while_held(run / "alive", programs, folder=folder)
        _make_roles(running)
        known = {"folder": str(folder), "port": running.port, "password_file": str(running.password_file)}
        card.write_text(json.dumps(known))
        return running


def _make_roles(server: Running) -> None:
    with psycopg.connect(server.address(), autocommit=True) as connection:
        owner = sql.Identifier(OWNER)
        password = sql.Literal(server.password)
        connection.execute(sql.SQL("create role {} login password {}").format(owner, password))
        for role in APP_ROLES:
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
            connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), owner))


@pytest.fixture(scope="session")
def template(server: Running) -> Callable[..., str]:
    """`template("exams", "schools")` names a database with these packs, made once a run; no pack: an empty one."""

    def named(*packs: str) -> str:
        name = "_".join(["template", *packs]) if packs else "template_blank"
        with (
            _locked(server.folder.with_name(f"pg{server.programs.major}-{name}.lock")),
            psycopg.connect(server.address(), autocommit=True) as connection,
        ):
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                _make_template(server, connection, name, packs)
        return name

    return named


def _make_template(server: Running, connection: psycopg.Connection, name: str, packs: tuple[str, ...]) -> None:
    # Renamed when whole: an interrupted attempt is never taken for a template.
    draft = f"{name}_draft"
    names = {"draft": sql.Identifier(draft), "name": sql.Identifier(name), "owner": sql.Identifier(OWNER)}
    connection.execute(sql.SQL("drop database if exists {draft}").format(**names))
    connection.execute(sql.SQL("create database {draft} owner {owner}").format(**names))
    with psycopg.connect(server.address(draft), autocommit=True) as inside:
        inside.execute("create schema extensions")
        inside.execute(sql.SQL("grant usage on schema extensions to {owner}, public").format(**names))
        if server.programs.has_postgis:
            inside.execute("create extension postgis schema extensions")
    fill(server.address(draft, user=OWNER), packs)
    connection.execute(sql.SQL("alter database {draft} rename to {name}").format(**names))


_numbers = itertools.count(1)


@pytest.fixture
def make_database(server: Running, template: Callable[..., str]) -> Iterator[Callable[..., Database]]:
    """`make_database("exams")` copies a template, in some 20 ms; gone after the test."""
    made: list[str] = []

    def make(*packs: str) -> Database:
        name = f"test_{os.getpid()}_{next(_numbers)}"
        names = {
            "name": sql.Identifier(name),
            "template": sql.Identifier(template(*packs)),
            "owner": sql.Identifier(OWNER),
        }
        # file_copy: without fsync a copy of files is quicker than a copy of pages through the log.
        create = sql.SQL("create database {name} template {template} owner {owner} strategy file_copy").format(**names)
        with psycopg.connect(server.address(), autocommit=True) as connection:
            connection.execute(create)
        made.append(name)
        return Database(name, server.address(name, user=OWNER), server.address(name), server)

    yield make
    if made:
        with psycopg.connect(server.address(), autocommit=True) as connection:
            for name in made:
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def database(make_database: Callable[..., Database]) -> Database:
    """An empty database."""
    return make_database()


@pytest.fixture
def pooler() -> Iterator[Callable[..., str]]:
    """`pooler(database)` is an address of it through pgbouncer in transaction mode, as Supabase's port 6543 is.

    What else is given are more lines of its configuration.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if not program:
        pytest.skip("needs pgbouncer on this machine")
    running: list[subprocess.Popen[bytes]] = []

    def start(database: Database, *more: str) -> str:
        port = free_port()
        configuration = "\n".join(
            [
                "[databases]",
                f"{database.name} = host=127.0.0.1 port={database.server.port} user={OWNER} "
                f"password={database.server.password}",
                "[pgbouncer]",
                f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =",
                # Two server connections for all clients, so that they do meet each other's leavings.
                "auth_type = any\npool_mode = transaction\ndefault_pool_size = 2",
                *more,
            ]
        )
        account = server_account()
        file = new_folder() / "pgbouncer.ini"
        file.write_text(configuration)
        file.chmod(0o644)
        running.append(
            subprocess.Popen(
                [program, "--quiet", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                user=account.uid if account else None,
                group=account.gid if account else None,
            )
        )
        url = f"postgresql://{OWNER}@127.0.0.1:{port}/{database.name}?pgbouncer=true"
        _await_pooler(port)
        shutil.rmtree(file.parent)
        return url

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=20)


def _await_pooler(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """`shared_data("uk/...")` is a file or folder of the real data, or a skip that names it."""
    root = Path(os.environ.get("GREENROOM_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")

    def find(path: str) -> Path:
        found = root / path
        if not found.exists():
            pytest.skip(f"needs shared data: {path}")
        return found

    return find


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
