"""What the desk was asked to do, kept in the ledger: a request enters, its record leaves. Runs nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from greenroom.db.kernel import Database
from greenroom.db.queries import query_of
from greenroom.model.errors import ReleaseError, ScopeBusy, UnknownRelease

Verb = Literal["promote", "live", "rollback", "clean", "refresh"]
State = Literal["waiting", "running", "done", "refused", "failed", "cancelled", "lost"]

# Said every few seconds by the desk that runs it; after so long it is taken for stopped.
BEAT_SECONDS = 5.0
LOST_SECONDS = 30.0

# As many as a page of them shows.
PAGE = 100


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: the same `key` again is the same request."""

    key: UUID
    verb: Verb
    title: str
    scope_id: int | None
    arguments: Mapping[str, Any]
    dry_run: bool
    by: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of progress, `seconds` after the beginning."""

    seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """A request and what came of it."""

    id: int
    key: UUID
    scope_id: int | None
    scope: str | None
    pack: str | None
    verb: Verb
    dry_run: bool
    arguments: dict[str, Any]
    title: str
    asked_by: str
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    state: State
    steps: list[dict[str, Any]]
    result: dict[str, Any] | None
    runner: UUID
    backend: int | None
    seconds: float

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.ended_at is not None


def ask(conn: Database, request: Request, runner: UUID) -> tuple[Job, bool]:
    """Write the request down; whether it is new.

    Raises ScopeBusy while another one is under way in the scope, ReleaseError for a key that meant something else.
    """
    made = conn.execute(
        "insert into greenroom.desk_job (key, scope_id, verb, dry_run, arguments, title, asked_by, runner)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing returning id",
        (
            request.key,
            request.scope_id,
            request.verb,
            request.dry_run,
            Jsonb(dict(request.arguments)),
            request.title,
            request.by,
            runner,
        ),
    ).fetchone()
    if made is not None:
        return one(conn, made[0]), True
    known = _first(conn, "j.key = %(key)s", {"key": request.key})
    if known is None:
        _refuse_busy(conn, request)
        raise ScopeBusy("Another request for this ended just now.", hint="Repeat.")
    if (known.verb, known.scope_id, known.dry_run, known.arguments) != (
        request.verb,
        request.scope_id,
        request.dry_run,
        dict(request.arguments),
    ):
        raise ReleaseError(
            f"This page was used before, for another request: {known.title} (job {known.id}).",
            hint="Load the page again, and repeat.",
        )
    return known, False


def _refuse_busy(conn: Database, request: Request) -> None:
    busy = _first(conn, "j.scope_id = %(scope)s and j.state in ('waiting', 'running')", {"scope": request.scope_id})
    if busy is not None:
        raise ScopeBusy(
            f"{busy.title} is under way, asked for by {busy.asked_by} (job {busy.id}).",
            hint=f"Wait until it has ended, then repeat: /jobs/{busy.id}",
        )


def one(conn: Database, job: int) -> Job:
    """One job. Raises UnknownRelease."""
    found = _first(conn, "j.id = %(job)s", {"job": job})
    if found is None:
        raise UnknownRelease(f"There is no job {job}.", hint="See them under /jobs.")
    return found


def listed(conn: Database, scope_id: int | None = None, *, limit: int = PAGE) -> list[Job]:
    """Jobs of a scope or of all, newest first."""
    return _jobs(conn, "%(scope)s::integer is null or j.scope_id = %(scope)s", {"scope": scope_id, "limit": limit})


def begin_work(conn: Database, job: int, backend: int | None) -> bool:
    """From now on it runs; false where it was cancelled before."""
    return (
        conn.execute(
            "update greenroom.desk_job set state = 'running', began_at = clock_timestamp(),"
            " alive_at = clock_timestamp(), backend = %s where id = %s and state = 'waiting' returning id",
            (backend, job),
        ).fetchone()
        is not None
    )


def say(conn: Database, job: int, text: str) -> None:
    """One more step."""
    conn.execute(
        "update greenroom.desk_job set steps = steps || jsonb_build_object('seconds',"
        " round(extract(epoch from clock_timestamp() - coalesce(began_at, asked_at))::numeric, 1), 'text', %s::text)"
        " where id = %s and ended_at is null",
        (text, job),
    )


def end(conn: Database, job: int, state: State, result: Mapping[str, Any]) -> None:
    """What came of it. What has ended stays as it ended."""
    conn.execute(
        "update greenroom.desk_job set state = %s, result = %s, ended_at = clock_timestamp()"
        " where id = %s and ended_at is null",
        (state, Jsonb(dict(result)), job),
    )


def cancel_waiting(conn: Database, job: int, result: Mapping[str, Any]) -> bool:
    """Cancel what has not begun; whether it had not."""
    return (
        conn.execute(
            "update greenroom.desk_job set state = 'cancelled', result = %s, ended_at = clock_timestamp()"
            " where id = %s and state = 'waiting' returning id",
            (Jsonb(dict(result)), job),
        ).fetchone()
        is not None
    )


def beat(conn: Database, runner: UUID) -> None:
    """Say that this desk is still there."""
    conn.execute(
        "update greenroom.desk_job set alive_at = clock_timestamp() where runner = %s and ended_at is null", (runner,)
    )


def settle_lost(conn: Database, *, seconds: float = LOST_SECONDS) -> None:
    """Jobs of desks that stopped: what became of them is told by the release that bears their key."""
    conn.execute(query_of("publish/lost_jobs"), {"seconds": seconds})


def held_up_by(conn: Database, backend: int | None) -> str | None:
    """For whom a running job waits, in words; None where it waits for nobody."""
    row = conn.execute(
        "select string_agg(distinct concat_ws(' as ', nullif(a.application_name, ''), a.usename), ', ')"
        " from unnest(pg_blocking_pids(%s)) as b (pid) join pg_stat_activity as a on a.pid = b.pid",
        (backend,),
    ).fetchone()
    return row[0] if row else None


def _first(conn: Database, condition: str, values: dict[str, Any]) -> Job | None:
    found = _jobs(conn, condition, {**values, "limit": 1})
    return found[0] if found else None


def _jobs(conn: Database, condition: str, values: dict[str, Any]) -> list[Job]:
    # the conditions are those of this file
    query = query_of("publish/jobs").format(condition=sql.SQL(condition))
    with conn.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(query, values).fetchall()
