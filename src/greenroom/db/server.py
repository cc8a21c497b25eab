"""The private PostgreSQL, for those who have none: a home folder enters, an address leaves."""

import fcntl
import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import psycopg
from psycopg import sql

from greenroom.db.binaries import SHARED_PLACE, Binaries, can_reach, choose, made_usable, server_account
from greenroom.db.cluster import LOCAL, START_TIMEOUT_SECONDS, SUPERUSER, Cluster, free_port, write_private
from greenroom.model.errors import ConnectionLost, ServerTrouble

DATABASE = "greenroom"

# A log that nobody reads must not fill the disk.
LARGEST_LOG_BYTES = 10_000_000


@dataclass(frozen=True)
class ServerStatus:
    """What `greenroom db status` tells."""

    home: Path
    is_made: bool
    is_running: bool
    version: str
    has_postgis: bool
    programs: Path
    data: Path
    log: Path
    port: int | None
    pid: int | None


@dataclass(frozen=True)
class _Remembered:
    """What stands in server.json, beside which the data need not be."""

    data: str
    major: int
    port: int
    is_ready: bool = False


class PrivateServer:
    """A PostgreSQL that belongs to one home folder and outlives the process that started it."""

    def __init__(self, home: Path, pg_bin: Path | None = None, *, listen: str = LOCAL) -> None:
        self.home = Path(os.path.realpath(home))
        self.pg_bin = pg_bin
        self.listen = listen

    def start(self) -> str:
        """Make it if need be, start it if need be, and return its address.

        Two processes that call this at once get one server.
        """
        with self._one_at_a_time():
            remembered = self._recall()
            cluster = self._cluster(remembered)
            if remembered is None:
                remembered = _Remembered(str(cluster.data), cluster.programs.major, free_port())
            if not cluster.is_made():
                self._refuse_lost_data(remembered)
                cluster.make(self._new_password())
            # A start that was killed before it was remembered may have left it running on another port.
            port = cluster.port() if cluster.is_running() else None
            if port is None:
                self._turn_log(cluster.log)
                port = cluster.start(_SETTINGS, port=free_port(remembered.port), listen=self.listen)
            remembered = replace(remembered, port=port)
            self._remember(remembered)
            _await_answer(self._address(remembered.port, "postgres"))
            if not remembered.is_ready:
                _make_database(self._address(remembered.port, "postgres"))
                self._remember(replace(remembered, is_ready=True))
            return self._address(remembered.port, DATABASE)

    def stop(self) -> bool:
        """Stop it; False when it was not running."""
        with self._one_at_a_time():
            remembered = self._recall()
            return remembered is not None and self._cluster(remembered).stop()

    def url(self) -> str:
        """Its address. The password stands in a file that the address names, not in the address.

        Raises ServerTrouble when there is no server yet.
        """
        remembered = self._recall()
        if remembered is None:
            raise ServerTrouble("There is no private server yet.", hint="Make it with: greenroom db start")
        return self._address(remembered.port, DATABASE)

    def status(self) -> ServerStatus:
        """What there is, without changing any of it."""
        remembered = self._recall()
        cluster = self._cluster(remembered, is_only_looking=True)
        is_running = cluster.is_running()
        return ServerStatus(
            home=self.home,
            is_made=cluster.is_made(),
            is_running=is_running,
            version=cluster.programs.version,
            has_postgis=cluster.programs.has_postgis,
            programs=cluster.programs.folder,
            data=cluster.data,
            log=cluster.log,
            port=cluster.port() if is_running else None,
            pid=cluster.pid() if is_running else None,
        )

    def psql(self, arguments: Sequence[str] = ()) -> NoReturn:
        """Become psql, connected to it."""
        url = self.url()
        program = self._cluster(self._recall()).programs.program("psql")
        command = [program, url, *arguments]
        sys.stdout.flush()
        os.execve(program, command, _without_pg(os.environ))  # noqa: S606  a program and its arguments, no shell

    def dump(self, path: Path) -> None:
        """Write the database to a file for pg_restore; the file is there whole or not at all."""
        url = self.url()
        # Of the server's own version: an older pg_dump refuses a newer server.
        program = self._cluster(self._recall()).programs.program("pg_dump")
        fresh = path.with_name(f"{path.name}.part")
        try:
            done = subprocess.run(
                [program, "--format=custom", f"--file={fresh}", url],
                check=False,
                capture_output=True,
                text=True,
                env=_without_pg(os.environ),
            )
            if done.returncode:
                said = done.stderr.strip().splitlines() or ["it said nothing"]
                raise ServerTrouble(f"The dump failed: {said[-1]}", hint="Is it running? greenroom db status")
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    def _cluster(self, remembered: _Remembered | None, *, is_only_looking: bool = False) -> Cluster:
        account = server_account()
        programs = self._programs(remembered)
        if not is_only_looking:
            programs = made_usable(programs, account)
        if remembered is not None:
            data = Path(remembered.data)
            self._refuse_other_owner(data, account.uid if account else os.geteuid())
        elif account is None or can_reach(account, _nearest_existing(self.home)):
            data = self.home / "postgresql" / f"pg{programs.major}"
        else:
            # The server's account cannot enter the home, and the folders above it are not ours to open.
            data = SHARED_PLACE / hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12] / f"pg{programs.major}"
        if not is_only_looking:
            self._make_way(data)
        return Cluster(programs, account, data, data.with_name("server.log"))

    def _programs(self, remembered: _Remembered | None) -> Binaries:
        if remembered is None:
            return choose(self.pg_bin)
        found = choose(self.pg_bin, major=remembered.major)
        if found.major != remembered.major:
            raise ServerTrouble(
                f"GREENROOM_PG_BIN is PostgreSQL {found.major}, but the data in {remembered.data} are of "
                f"{remembered.major}.",
                hint="Unset it, or set GREENROOM_HOME to a new folder and restore a dump there.",
            )
        return found

    def _refuse_other_owner(self, data: Path, uid: int) -> None:
        if data.exists() and data.stat().st_uid != uid:
            raise ServerTrouble(
                f"The server in {data} belongs to another account.",
                hint="Run as the user who made it, or set GREENROOM_HOME to a folder of your own.",
            )

    def _refuse_lost_data(self, remembered: _Remembered) -> None:
        if remembered.is_ready:
            raise ServerTrouble(
                f"The data of the private server are no longer in {remembered.data}.",
                hint=f"Is a disk not mounted? To begin anew, remove {self.home / 'server.json'}",
            )

    def _make_way(self, data: Path) -> None:
        for folder in reversed([folder for folder in data.parents if not folder.exists()]):
            folder.mkdir(exist_ok=True)
            # Against a strict umask: the server's account must pass; the data directory itself is closed.
            folder.chmod(0o755)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            lock = (self.home / "server.lock").open("a")
        except OSError as error:
            raise ServerTrouble(
                f"{self.home} cannot be written: {error.strerror}.", hint="Set GREENROOM_HOME to a folder of your own."
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _recall(self) -> _Remembered | None:
        try:
            return _Remembered(**json.loads((self.home / "server.json").read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise ServerTrouble(
                f"{self.home / 'server.json'} cannot be read.", hint="Is GREENROOM_HOME a folder of your own?"
            ) from error

    def _remember(self, remembered: _Remembered) -> None:
        fresh = self.home / "server.json.new"
        fresh.write_text(json.dumps(asdict(remembered)), "utf-8")
        fresh.replace(self.home / "server.json")

    @property
    def _password_file(self) -> Path:
        return self.home / "server.pgpass"

    def _new_password(self) -> str:
        password = secrets.token_hex(24)
        write_private(self._password_file, f"*:*:*:*:{password}\n")
        return password

    def _address(self, port: int, database: str) -> str:
        return address(port, database, self._password_file)

    def _turn_log(self, log: Path) -> None:
        if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".log.old"))


# Other programs share the machine: modest memory, and no compiling of queries that take milliseconds.
_SETTINGS = {"cluster_name": "greenroom", "shared_buffers": "128MB", "jit": "off"}


def address(port: int, database: str, password_file: Path, *, user: str = SUPERUSER) -> str:
    """Of a server on this machine, with its password in a file: addresses end up in logs and process lists."""
    return f"postgresql://{user}@{LOCAL}:{port}/{database}?passfile={quote(str(password_file), safe='/')}"


def _await_answer(dsn: str) -> None:
    """Connect until it answers: a server that recovers from a crash refuses for a while."""
    started = time.monotonic()
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=10).close()
        except psycopg.OperationalError as error:
            if time.monotonic() - started > START_TIMEOUT_SECONDS or "password" in str(error):
                raise ServerTrouble(
                    f"The private server does not let us in: {str(error).splitlines()[-1].strip()}",
                    hint="See: greenroom db status",
                ) from error
            time.sleep(0.1)
        else:
            return


def _make_database(dsn: str) -> None:
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            name = sql.Identifier(DATABASE)
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("create database {}").format(name))
    except psycopg.OperationalError as error:
        raise ConnectionLost from error


def _nearest_existing(path: Path) -> Path:
    return next(folder for folder in [path, *path.parents] if folder.exists())


def _without_pg(environ: os._Environ[str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("PG")}
