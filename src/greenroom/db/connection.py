"""Connections and transactions: an address enters, a connection leaves; so do database errors, as ours."""

import json
import logging
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, LiteralString, TypeVar
from urllib.parse import unquote_plus

import psycopg
from psycopg import pq
from psycopg.rows import TupleRow

from greenroom.model.errors import (
    BadSetting,
    Blocked,
    CannotConnect,
    ConnectionLost,
    DatabaseError,
    DiskFull,
    Drifted,
    EditConflict,
    ForeignObjects,
    GreenroomError,
    NoRights,
    ReadOnly,
    RollbackRefused,
    ScopeBusy,
    TimedOut,
    WrongServerVersion,
)

OLDEST_SERVER = 150_000

# What our own SQL raises when the gate says no; PostgREST makes HTTP 409 of it.
GATE_SAYS_NO = "PT409"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Limits:
    """How long the database may take over what, in seconds; 0 is no limit."""

    statement_timeout_seconds: float = 900.0
    lock_timeout_seconds: float = 5.0
    # A transaction of ours is never idle for longer than Python takes over one batch of rows.
    idle_timeout_seconds: float = 600.0


class Connection(psycopg.Connection[TupleRow]):
    """A connection that knows its limits.

    It autocommits, so that nothing but `begin` opens a transaction and nothing is left open.
    """

    limits: Limits = Limits()
    # Who works through it, for the ledger: one database user serves many people.
    person: str = ""


def connect(
    dsn: str, *, application_name: str, statement_timeout_seconds: float, lock_timeout_seconds: float
) -> Connection:
    """Connect, in a way that also works through a transaction pooler.

    Raises CannotConnect and WrongServerVersion; no message holds the password.
    """
    try:
        connection = Connection.connect(understood(dsn), **_manners(application_name))
    except psycopg.ProgrammingError:
        # Its text quotes the address, password and all.
        raise BadSetting(
            "The database address cannot be understood.",
            hint="Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for @ and %25 for % in the password.",
        ) from None
    except psycopg.OperationalError as error:
        raise CannotConnect(f"The database cannot be reached: {_reason(error)}") from None
    connection.limits = Limits(statement_timeout_seconds, lock_timeout_seconds)
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        connection.close()
        raise WrongServerVersion(f"The server is PostgreSQL {_dotted(version)}; 15 is needed.")
    return connection


def _manners(application_name: str) -> dict[str, Any]:
    """How every connection of ours is made."""
    return {
        "autocommit": True,
        # A pooler in transaction mode gives the next statement to another server process.
        "prepare_threshold": None,
        "application_name": application_name,
        "client_encoding": "utf8",
        "connect_timeout": 10,
        # A cable that is pulled is noticed within a minute rather than in two hours.
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }


class _OneLine(logging.Filter):
    """What the pool says of a server that is away: one line, and no address or password in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; keep it."""
        said = re.sub(r"\w+://\S+", "the address", _hidden(" ".join(record.getMessage().split())))
        record.msg, record.args, record.exc_info = said, (), None
        return True


_one_line = _OneLine()


class Connections:
    """Connections kept for a program that answers many: borrowed, and given back."""

    def __init__(self, dsn: str, *, application_name: str, limits: Limits, most: int = 12) -> None:
        from psycopg_pool import ConnectionPool

        # a filter that is there already is not added again
        logging.getLogger("psycopg.pool").addFilter(_one_line)
        self._limits = limits
        self._dsn = understood(dsn)
        self._manners = _manners(application_name)
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            self._dsn,
            connection_class=Connection,
            kwargs=self._manners,
            configure=self._limit,
            min_size=1,
            max_size=most,
            timeout=5,
            open=False,
        )

    def _limit(self, connection: Connection) -> None:
        connection.limits = self._limits

    @contextmanager
    def one(self, person: str = "") -> Iterator[Connection]:
        """A connection for a while, for what this person does. Raises CannotConnect when none is to be had in time."""
        from psycopg_pool import PoolTimeout

        self._pool.open()
        try:
            borrowed = self._pool.getconn()
        except PoolTimeout:
            raise CannotConnect("The database cannot be reached, or all connections to it are in use.") from None
        if not _answers(borrowed):
            # the server was away: the pool replaces its dead at its own pace, and this request does not wait for that
            self._pool.putconn(borrowed)
            self._pool.check()
            with self._fresh() as connection:
                connection.person = person
                yield connection
            return
        borrowed.person = person
        try:
            yield borrowed
        finally:
            borrowed.person = ""
            self._pool.putconn(borrowed)

    @contextmanager
    def _fresh(self) -> Iterator[Connection]:
        try:
            connection = Connection.connect(self._dsn, **self._manners)
        except psycopg.OperationalError as error:
            raise CannotConnect(f"The database cannot be reached: {_reason(error)}") from None
        self._limit(connection)
        with connection:
            yield connection

    def close(self) -> None:
        """Give all connections back to the server."""
        self._pool.close()


def _answers(connection: Connection) -> bool:
    try:
        connection.execute("")
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def begin(
    connection: psycopg.Connection[TupleRow],
    *,
    statement_timeout_seconds: float | None = None,
    lock_timeout_seconds: float | None = None,
) -> Iterator[psycopg.Connection[TupleRow]]:
    """One transaction, with limits and an empty search path that end with it.

    Nothing is set on the session: behind a pooler that would reach other clients.
    Every psycopg.Error leaves as one of our errors.
    """
    if connection.info.transaction_status != pq.TransactionStatus.IDLE and not connection.closed:
        raise RuntimeError("a transaction is already open on this connection")
    limits = connection.limits if isinstance(connection, Connection) else Limits()
    if statement_timeout_seconds is not None:
        limits = replace(limits, statement_timeout_seconds=statement_timeout_seconds)
    if lock_timeout_seconds is not None:
        limits = replace(limits, lock_timeout_seconds=lock_timeout_seconds)
    with our_errors(), connection.transaction():
        connection.execute(
            _LOCAL_SETTINGS,
            {
                "statement": _milliseconds(limits.statement_timeout_seconds),
                "lock": _milliseconds(limits.lock_timeout_seconds),
                "idle": _milliseconds(limits.idle_timeout_seconds),
                "person": connection.person if isinstance(connection, Connection) else "",
            },
        )
        yield connection


# The last line makes the server stop when its client has gone; Windows cannot tell.
_LOCAL_SETTINGS: LiteralString = """
select
  set_config('search_path', '', true),
  set_config('statement_timeout', %(statement)s, true),
  set_config('lock_timeout', %(lock)s, true),
  set_config('idle_in_transaction_session_timeout', %(idle)s, true),
  set_config('DateStyle', 'ISO, YMD', true),
  set_config('TimeZone', 'UTC', true),
  set_config('greenroom.person', %(person)s, true),
  case
    when version() !~* 'windows|mingw|visual c'
    then set_config('client_connection_check_interval', '10s', true)
  end
"""


@contextmanager
def our_errors() -> Iterator[None]:
    """Turn what the driver raises into what the faces can tell."""
    try:
        yield
    except psycopg.Error as error:
        raise from_database(error) from error


def retrying(
    work: Callable[[], Result],
    *,
    deadline_seconds: float = 60.0,
    first_pause_seconds: float = 0.2,
    sleep: Callable[[float], None] = time.sleep,
) -> Result:
    """Do the work again while others hold what it needs, until the deadline.

    The work must be a whole transaction. Pauses double, and vary so that two who wait do not meet again.
    """
    started = time.monotonic()
    pause = first_pause_seconds
    while True:
        try:
            return work()
        except ScopeBusy:
            # Half to one and a half times the pause; never shorter locks, only rarer tries.
            wait = pause * random.uniform(0.5, 1.5)  # noqa: S311  chance, not secrecy
            if time.monotonic() - started + wait > deadline_seconds:
                raise
            sleep(wait)
            pause = min(pause * 2, 5.0)


def name_of(connection: psycopg.Connection[TupleRow]) -> str:
    """Where this connection leads: host:port/database as user."""
    info = connection.info
    host = f"[{info.host}]" if ":" in info.host else info.host
    return f"{host}:{info.port}/{info.dbname} as {info.user}"


def understood(dsn: str) -> str:
    """The same address without what libpq would refuse.

    Other drivers' parameters (pgbouncer=true, connection_limit, ...) and SQLAlchemy's +driver are dropped.
    """
    dsn = re.sub(r"^(postgres(?:ql)?)\+\w+://", r"\1://", dsn.strip())
    if "://" not in dsn:
        return dsn
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} | {"ssl"}
    # A password may hold a question mark; the parameters begin after it.
    end_of_user = dsn.find("@", 0, _or_end(dsn, dsn.find("/", dsn.find("://") + 3))) + 1
    before, mark, query = dsn[end_of_user:].partition("?")
    kept = [pair for pair in query.split("&") if unquote_plus(pair.partition("=")[0]) in known]
    return dsn[:end_of_user] + before + (mark + "&".join(kept) if kept else "")


# What the kernel refuses for another reason than the gate's, by the name of its finding.
_BY_CHECK: dict[str, type[GreenroomError]] = {
    "changed_meanwhile": EditConflict,
    "drift": Drifted,
    "touched_later": RollbackRefused,
    "not_undoable": RollbackRefused,
}


def from_database(error: psycopg.Error) -> GreenroomError:
    """Our error for one of the driver's: by SQLSTATE, never by the server's language."""
    state = error.sqlstate or ""
    said = (error.diag.message_primary or _reason(error)).rstrip(".") + "."
    if state == GATE_SAYS_NO:
        findings = _findings(error.diag.message_detail)
        kind = next((_BY_CHECK[str(f["check"])] for f in findings if f.get("check") in _BY_CHECK), Blocked)
        return kind(said, hint=error.diag.message_hint or "", findings=findings)
    if not state:
        return _without_state(error)
    fits = (entry for entry in _BY_STATE if state.startswith(entry[0]))
    _, kind, introduction = next(fits, ("", DatabaseError, "The database refused"))
    detail = error.diag.message_detail
    return kind(
        f"{introduction}: {said}" + (f" {detail}" if detail else ""),
        hint=error.diag.message_hint or _HINTS.get(state[:5], ""),
    )


# The first prefix that fits wins, so whole codes stand before their class.
_BY_STATE: tuple[tuple[str, type[GreenroomError], str], ...] = (
    ("53100", DiskFull, "The database server's disk is full"),
    ("57014", TimedOut, "The database was stopped before it had finished"),
    ("55P03", ScopeBusy, "Another session holds what this needs"),
    ("40001", ScopeBusy, "Another session changed the same rows"),
    ("40P01", ScopeBusy, "Another session waits for us while we wait for it"),
    ("42501", NoRights, "The database user lacks a right"),
    ("25006", ReadOnly, "The database only reads"),
    ("25P03", ConnectionLost, "The transaction was idle for too long"),
    ("28", CannotConnect, "The database does not accept this user or password"),
    ("3D000", CannotConnect, "The database is not there"),
    ("53300", CannotConnect, "The server takes no more connections"),
    ("57P03", CannotConnect, "The server is not ready"),
    ("57P", ConnectionLost, "The server ended the connection"),
    ("08", ConnectionLost, "The connection was lost"),
    ("2BP01", ForeignObjects, "Other objects depend on this"),
)

_MIGRATE_FIRST = "Bring the schema up to date: greenroom migrate"

_HINTS = {"3F000": _MIGRATE_FIRST, "42P01": _MIGRATE_FIRST, "42883": _MIGRATE_FIRST, "42703": _MIGRATE_FIRST}


def _without_state(error: psycopg.Error) -> GreenroomError:
    """The driver's own complaints: nobody at the other end, or a call that makes no sense."""
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return ConnectionLost(f"The connection was lost: {_reason(error)}")
    return DatabaseError(f"The database driver refused: {_reason(error)}")


def _findings(detail: str | None) -> list[dict[str, object]]:
    """What the kernel puts into DETAIL; whatever else stands there is kept as one finding."""
    try:
        found = json.loads(detail or "[]")
    except ValueError:
        return [{"message": detail}]
    return [
        each if isinstance(each, dict) else {"message": each}
        for each in (found if isinstance(found, list) else [found])
    ]


def _reason(error: psycopg.Error) -> str:
    """The last line of what the driver says, with any address in it made unreadable."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # libpq ends with a question, "Is the server running on that host …?"; the answer stands before it
    # or with where it found the password, of which nobody asked
    lines = [
        line for line in lines if not line.endswith("?") and not line.startswith("password retrieved from")
    ] or lines
    return _hidden(lines[-1] if lines else type(error).__name__)


def _hidden(said: str) -> str:
    said = re.sub(r"://[^@\s]*@", "://***@", said)
    return re.sub(r"(password\s*=\s*)('[^']*'|\S+)", r"\1***", said, flags=re.IGNORECASE)


def _milliseconds(seconds: float) -> str:
    # Never 0 by rounding: that would be no limit at all.
    return f"{max(1, round(seconds * 1000)) if seconds > 0 else 0}ms"


def _dotted(version: int) -> str:
    return f"{version // 10_000}.{version % 10_000}" if version >= 100_000 else str(version)


def _or_end(text: str, position: int) -> int:
    return position if position >= 0 else len(text)
