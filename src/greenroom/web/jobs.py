"""Work that takes longer than an answer may: a request enters, a thread does it, its record is read by whoever looks.

Nothing here writes production but through the pipeline, which the command line goes through too.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg
from fastapi import FastAPI
from fastapi import Request as HttpRequest
from psycopg.errors import Diagnostic

from greenroom import catalog, pipeline, wording
from greenroom.audit import check, diff
from greenroom.catalog import Found
from greenroom.db.connection import Connection, begin
from greenroom.db.kernel import Database
from greenroom.model.errors import (
    AuditError,
    DeclarationError,
    GreenroomError,
    ReleaseError,
    TimedOut,
    UnknownTarget,
)
from greenroom.publish import jobs as records
from greenroom.publish import promote as promotion
from greenroom.publish import refresh as refreshing
from greenroom.publish import rollback as undoing
from greenroom.publish import show
from greenroom.publish.jobs import Job, Request, State, Verb
from greenroom.web.ground import Ground
from greenroom.write import clean as cleaning

log = logging.getLogger(__name__)

# Of one database at a time: each holds a connection of the pool, and pages need the others.
WORKERS = 4

# Changes that a dry run shows; the page of the difference has the others.
SHOWN = 200


class Cancelled(Exception):
    """Somebody asked for it to stop, and nothing was committed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: lines as the command line prints them; the release it made; why it was refused."""

    lines: tuple[str, ...] = ()
    release: int | None = None
    prepared: int | None = None
    undo: str | None = None
    cause: str | None = None
    cure: str | None = None
    findings: tuple[dict[str, Any], ...] = ()
    changes: tuple[str, ...] = ()
    more_changes: int = 0


@dataclass(frozen=True)
class Work:
    """One running job: its connection, and where it says how far it is."""

    conn: Connection
    ground: Ground
    job: Job
    say: Callable[[str], None]

    @property
    def only(self) -> str | None:
        """The subject or period it is narrowed to."""
        return cast("str | None", self.job.arguments.get("only"))

    @property
    def note(self) -> str | None:
        """Why, as the person said."""
        return cast("str | None", self.job.arguments.get("note"))


@dataclass
class _Running:
    conn: Connection | None = None
    is_cancelled: bool = False
    steps: int = 0


@dataclass
class Jobs:
    """The jobs of one desk: threads, and a bell for those who wait for news."""

    ground: Ground
    runner: UUID = field(default_factory=uuid4)
    _running: dict[int, _Running] = field(default_factory=dict)
    _bell: threading.Condition = field(default_factory=threading.Condition)
    _threads: ThreadPoolExecutor | None = None
    _heart: threading.Thread | None = None

    def ask(
        self,
        verb: Verb,
        title: str,
        *,
        key: UUID,
        by: str,
        scope_id: int | None = None,
        dry_run: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> Job:
        """Begin a job, or find the one that this key began before."""
        request = Request(key, verb, title, scope_id, dict(arguments or {}), dry_run, by)
        with self.ground.connections.one() as conn:
            with begin(conn):
                records.settle_lost(conn)
            with begin(conn):
                job, is_new = records.ask(conn, request, self.runner)
        if is_new:
            self._start(job)
        return job

    def look(self, job: int, *, seen: int | None = None, seconds: float = 0.0) -> Job:
        """A job as it stands; with `seen` steps known, wait for news up to `seconds`."""
        if seen is not None and seconds > 0:
            with self._bell:
                self._bell.wait_for(
                    lambda: job not in self._running or self._running[job].steps > seen, timeout=seconds
                )
        with self.ground.connections.one() as conn, begin(conn):
            records.settle_lost(conn)
            return records.one(conn, job)

    def cancel(self, job: int, *, by: str) -> Job:
        """Ask a job to stop: before it has committed nothing of it stays; after that it has ended."""
        outcome = asdict(_stopped(by))
        with self.ground.connections.one() as conn, begin(conn):
            found = records.one(conn, job)
            if found.is_over or records.cancel_waiting(conn, job, outcome):
                return records.one(conn, job)
        with self._bell:
            running = self._running.get(job)
            if running is not None:
                running.is_cancelled = True
        if running is None:
            raise ReleaseError(
                f"Job {job} runs in another desk, which alone can stop it.", hint="Wait for it, or stop that desk."
            )
        self._say(job, f"{by} asked for it to stop")
        if running.conn is not None:
            with suppress(psycopg.Error):
                running.conn.cancel_safe(timeout=5.0)
        return self.look(job)

    def close(self) -> None:
        """Let what runs end, and take nothing more."""
        if self._threads is not None:
            self._threads.shutdown(wait=True)

    def _start(self, job: Job) -> None:
        with self._bell:
            self._running[job.id] = _Running()
            if self._threads is None:
                self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="greenroom-job")
            if self._heart is None:
                self._heart = threading.Thread(target=self._beat, name="greenroom-heart", daemon=True)
                self._heart.start()
        try:
            self._threads.submit(self._run, job)
        except RuntimeError:
            # the desk is being stopped: nobody would do it
            with self._bell:
                self._running.pop(job.id, None)
            with self.ground.connections.one() as conn, begin(conn):
                records.cancel_waiting(conn, job.id, asdict(_stopped(None)))
            raise ReleaseError("This desk is being stopped.", hint="Start it again, then repeat.") from None

    def _beat(self) -> None:
        """Say that we are still there for as long as something runs."""
        while True:
            with self._bell:
                if self._bell.wait_for(lambda: not self._running, timeout=records.BEAT_SECONDS):
                    self._heart = None
                    return
            with suppress(GreenroomError, psycopg.Error), self.ground.connections.one() as conn, begin(conn):
                records.beat(conn, self.runner)

    def _run(self, job: Job) -> None:
        try:
            with self.ground.connections.one() as conn:
                self._work(conn, job)
        except Exception as error:
            # no connection to be had, or one that went: somebody must be told all the same
            log.exception("job %s could not be ended", job.id)
            with suppress(Exception), self.ground.connections.one() as other, begin(other):
                records.end(other, job.id, "failed", asdict(_refused(error)))
        finally:
            with self._bell:
                self._running.pop(job.id, None)
                self._bell.notify_all()

    def _work(self, conn: Connection, job: Job) -> None:
        running = self._running[job.id]
        with begin(conn):
            if not records.begin_work(conn, job.id, conn.info.backend_pid):
                return
        running.conn = conn
        try:
            with _overheard(conn, lambda text: self._say(job.id, text)):
                state, outcome = self._done(Work(conn, self.ground, job, lambda text: self._step(job.id, text)))
        finally:
            running.conn = None
        with self.ground.connections.one() as other, begin(other):
            records.end(other, job.id, state, asdict(outcome))

    def _done(self, work: Work) -> tuple[State, Outcome]:
        running = self._running[work.job.id]
        try:
            return "done", _WORKS[work.job.verb](work)
        except Cancelled:
            return "cancelled", _stopped(None)
        except TimedOut as error:
            return ("cancelled", _stopped(None)) if running.is_cancelled else ("failed", _refused(error))
        except (AuditError, ReleaseError, DeclarationError) as error:
            return "refused", _refused(error)
        except Exception as error:
            log.exception("job %s failed", work.job.id)
            return "failed", _refused(error)

    def _step(self, job: int, text: str) -> None:
        """A step of the work itself, before which it may still be stopped."""
        if self._running[job].is_cancelled:
            raise Cancelled
        self._say(job, text)

    def _say(self, job: int, text: str) -> None:
        with self.ground.connections.one() as conn, begin(conn):
            records.say(conn, job, text)
        with self._bell:
            if job in self._running:
                self._running[job].steps += 1
            self._bell.notify_all()


_making = threading.Lock()


def jobs_of(request: HttpRequest) -> Jobs:
    """The jobs of the desk that answers this request."""
    state = request.app.state
    with _making:
        if not hasattr(state, "jobs"):
            state.jobs = Jobs(state.ground)
    found: Jobs = state.jobs
    return found


def close_jobs(app: FastAPI) -> None:
    """Let the jobs of a desk that stops end; none may be begun any more."""
    found: Jobs | None = getattr(app.state, "jobs", None)
    if found is not None:
        found.close()


def scope_found(conn: Database, scope_id: int) -> Found:
    """The scope of this number, in the pack as it is installed. Raises UnknownTarget."""
    row = conn.execute(
        "select c.pack, c.keys, c.name from greenroom.scope as c where c.id = %s", (scope_id,)
    ).fetchone()
    if row is None:
        raise UnknownTarget(f"There is no scope {scope_id}.", hint="See them on the overview.")
    return Found(catalog.installed_pack(conn, row[0]), scope_id, row[2], tuple(row[1]))


def _promote(work: Work) -> Outcome:
    found = _scope(work)
    live = bool(work.job.arguments.get("live"))
    with begin(work.conn):
        catalog.narrow(work.conn, found, work.only)
        units = check.pending(work.conn, found.pack, found.scope_id, work.only)
        rows = work.conn.execute(
            "select u.dataset, sum(u.row_count)::bigint from greenroom.unit as u where u.id = any (%s) group by 1",
            (units,),
        ).fetchall()
    order = [d.name for d in found.pack.datasets]
    waiting = wording.rows_in_words(dict(rows), order) if rows else "nothing"
    work.say(f"{found.name}: {'1 unit waits' if len(units) == 1 else f'{len(units)} units wait'}: {waiting}")
    if work.job.dry_run:
        return _promotion_rehearsed(work, found, units, live=live)
    work.say("through the gate and into production: one transaction, all of it or nothing")
    result = pipeline.promote(
        work.conn,
        found,
        only=work.only,
        live=live,
        by=work.job.asked_by,
        note=work.note,
        again=work.ground.connections.one,
        key=work.job.key,
    )
    told = wording.promoted(found.pack, found.name, result)
    release = told["release"] if told["written"] else None
    prepared = told.get("prepared", {}).get("release")
    return Outcome(tuple(wording.promoted_words(told).splitlines()), release, prepared, _undo(release))


def _promotion_rehearsed(work: Work, found: Found, units: list[int], *, live: bool) -> Outcome:
    """Everything a promotion does, and then nothing of it: what the gate says is what it would say."""
    work.say("comparing with production")
    installed = work.ground.installed(found.pack)
    changes = diff.changes(work.conn, installed, found.scope_id, units, limit=SHOWN)
    work.say("trying it, in a transaction that is undone")
    told: dict[str, Any] = {}
    with _tried(work.conn):
        result = promotion.promote(
            work.conn, found.pack, found.scope_id, only=work.only, live=live, by=work.job.asked_by, note=work.note
        )
        pipeline.follow(work.conn, found, by=work.job.asked_by)
        told = wording.promoted(found.pack, found.name, result)
    lines = [f"{found.name}: would be promoted: {wording.counted(told['written'])}"]
    if told.get("prepared"):
        lines.append(f"  would be prepared, because it is live: {wording.counted(told['prepared'])}")
    lines += diff.text(changes).splitlines()[: len(changes.counts) + len(changes.referrers)]
    return Outcome(
        tuple(lines), changes=tuple(map(diff.words, changes.rows)), more_changes=changes.total - len(changes.rows)
    )


def _live(work: Work) -> Outcome:
    found = _scope(work)
    on = bool(work.job.arguments["on"])
    work.say(f"{found.name}: {'showing it in the app' if on else 'hiding it from the app'}")
    if not work.job.dry_run:
        result = pipeline.live(work.conn, found, on=on, by=work.job.asked_by, only=work.only)
        return _switched(found, result)
    answer: dict[str, Any] = {}
    with _tried(work.conn):
        answer = show.show(work.conn, found.pack, found.scope_id, on=on, by=work.job.asked_by, only=work.only)
    lines = [f"{found.name}: {answer['switched']} would be {'shown' if on else 'hidden'}"]
    if answer["landed"]:
        lines.append(f"  would land: {wording.counted(answer['landed']['written'])}")
    return Outcome(tuple(lines))


def _switched(found: Found, result: Mapping[str, Any]) -> Outcome:
    landed = result["landed"]
    release = landed["release"] if landed and landed["written"] else None
    words = wording.switched_words({"scope": found.name, **result})
    again = f'greenroom live "{found.name}" {"off" if result["on"] else "on"}' if result["switched"] else None
    return Outcome(tuple(words.splitlines()), release, undo=_undo(release) or again)


def _rollback(work: Work) -> Outcome:
    arguments = work.job.arguments
    with begin(work.conn):
        if arguments.get("to") is not None:
            found = _scope(work, is_open=True)
            what = undoing.back_to(work.conn, found.pack, found.scope_id, found.name, int(arguments["to"]))
        else:
            what = undoing.one(work.conn, int(arguments["release"]))
        pack = catalog.installed_pack(work.conn, what.pack)
    names = ", ".join(map(str, what.releases))
    work.say(f"undoing release{'' if len(what.releases) == 1 else 's'} {names} of {what.scope}")
    if not work.job.dry_run:
        result = pipeline.roll_back(work.conn, pack, what, by=work.job.asked_by, note=work.note, key=work.job.key)
        words = wording.undone_words({"scope": what.scope, **result}, what.releases)
        return Outcome(tuple(words.splitlines()), result["release"], undo=_undo(result["release"]))
    work.say("trying it, in a transaction that is undone")
    with _tried(work.conn):
        before = _last_landed(work.conn, what.scope_id)
        result = undoing.rollback(work.conn, pack, what, by=work.job.asked_by, note=work.note)
        changes = diff.between(
            work.conn, work.ground.installed(pack), what.scope_id, before, result["release"], limit=SHOWN
        )
        return Outcome(
            (f"{what.scope}: undoing {names} would write: {wording.counted(result['written'])}",),
            changes=tuple(map(diff.words, changes.rows)),
            more_changes=changes.total - len(changes.rows),
        )


@contextmanager
def _tried(conn: Connection) -> Iterator[None]:
    """A transaction that does everything, and of which nothing stays."""
    with begin(conn):
        yield
        raise pipeline.Undone


def _last_landed(conn: Database, scope_id: int) -> int:
    row = conn.execute(
        "select r.id from greenroom.release as r where r.scope_id = %s and r.state in ('applied', 'rolled back')"
        " order by r.made_at desc, r.id desc limit 1",
        (scope_id,),
    ).fetchone()
    return row[0] if row else 0


def _clean(work: Work) -> Outcome:
    found = _scope(work)
    work.say(f"{found.name}: emptying its inbox")
    with begin(work.conn):
        rows = cleaning.clean(
            work.conn,
            found.pack,
            found.scope_id,
            only=work.only,
            anyway=bool(work.job.arguments.get("anyway")),
            dry_run=work.job.dry_run,
        )
    told = {"scope": found.name, "rows": rows, "dry_run": work.job.dry_run}
    return Outcome((wording.cleaned_words(told),))


def _refresh(work: Work) -> Outcome:
    pack = _pack(work)
    work.say("refreshing what has moved, in order; readers wait for nothing")
    told: list[dict[str, Any]] = []
    with begin(work.conn):
        told = refreshing.refresh(work.conn, pack, force=bool(work.job.arguments.get("force")))
        if work.job.dry_run:
            raise pipeline.Undone
    return Outcome(tuple(map(wording.refreshed_words, told)) or ("there are no caches",))


def _pack(work: Work) -> Any:
    with begin(work.conn):
        return catalog.installed_pack(work.conn, str(work.job.arguments["pack"]))


_WORKS: dict[Verb, Callable[[Work], Outcome]] = {
    "promote": _promote,
    "live": _live,
    "rollback": _rollback,
    "clean": _clean,
    "refresh": _refresh,
}


def _scope(work: Work, *, is_open: bool = False) -> Found:
    assert work.job.scope_id is not None
    if is_open:
        return scope_found(work.conn, work.job.scope_id)
    with begin(work.conn):
        return scope_found(work.conn, work.job.scope_id)


def _undo(release: int | None) -> str | None:
    return f"greenroom rollback {release}" if release else None


def _stopped(by: str | None) -> Outcome:
    return Outcome(
        cause=f"It was stopped{f' by {by}' if by else ''} before it had written anything for good.",
        cure="Everything is as it was; ask again when you like.",
    )


def _refused(error: Exception) -> Outcome:
    if isinstance(error, GreenroomError):
        return Outcome(cause=error.message, cure=error.hint, findings=tuple(error.findings))
    return Outcome(
        cause=f"The desk itself failed ({type(error).__name__}); nothing was written.",
        cure="This is a defect of Greenroom: report it with what the desk's log says.",
    )


@contextmanager
def _overheard(conn: Connection, say: Callable[[str], None]) -> Iterator[None]:
    """What the server says beside its answers is said on."""

    def handler(diagnostic: Diagnostic) -> None:
        text = diagnostic.message_primary or ""
        if text:
            say(f"{(diagnostic.severity or 'notice').lower()}: {text[:500]}")

    conn.add_notice_handler(handler)
    try:
        yield
    finally:
        conn.remove_notice_handler(handler)
