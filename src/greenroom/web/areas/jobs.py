"""Promote, live, rollback, clean, refresh: a request begins a job, and a page shows how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from greenroom import catalog
from greenroom.db.connection import begin
from greenroom.model.errors import DeclarationError
from greenroom.publish import jobs as records
from greenroom.publish import timeline
from greenroom.publish.jobs import Job, Step, Verb
from greenroom.web.access import Approver, Viewer
from greenroom.web.ground import Desk
from greenroom.web.jobs import Jobs, Outcome, jobs_of, scope_found
from greenroom.web.numbers import Number, ScopeId
from greenroom.web.render import follow, fragment, has_libraries, page
from greenroom.web.words import Plain, Prose

pages = APIRouter()
api = APIRouter(tags=["jobs"])

JobId = Annotated[int, Path(ge=1, le=2**63 - 1)]

# What a page may wait for news; a proxy in between gives up after thirty seconds.
MOST_WAIT = 20.0


@dataclass(frozen=True, slots=True)
class Told:
    """A job as people and programs are told of it."""

    id: int
    verb: Verb
    title: str
    dry_run: bool
    scope_id: int | None
    scope: str | None
    arguments: dict[str, Any]
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    state: str
    seconds: float
    steps: list[Step]
    outcome: Outcome | None
    waits_for: str | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.ended_at is not None


class Asked(BaseModel):
    """What a program asks for. The same `key` again is the same job."""

    model_config = ConfigDict(extra="forbid")

    verb: Literal["promote", "live", "rollback", "clean"]
    key: UUID
    dry_run: bool = False
    only: Plain | None = None
    note: Prose | None = None
    live: bool = False
    on: bool = True
    to: Annotated[int, Query(ge=0, le=2**63 - 1)] | None = None
    release: Annotated[int, Query(ge=1, le=2**63 - 1)] | None = None


class Refreshed(BaseModel):
    """Which pack's caches are to be refreshed."""

    model_config = ConfigDict(extra="forbid")

    pack: Plain
    key: UUID
    force: bool = False
    dry_run: bool = False


def _told(desk: Desk, job: Job) -> Told:
    result = job.result
    waits_for = None
    if job.state == "running":
        with desk.reading() as conn:
            waits_for = records.held_up_by(conn, job.backend)
    return Told(
        id=job.id,
        verb=job.verb,
        title=job.title,
        dry_run=job.dry_run,
        scope_id=job.scope_id,
        scope=job.scope,
        arguments=job.arguments,
        asked_by=job.asked_by,
        asked_at=job.asked_at,
        ended_at=job.ended_at,
        state=job.state,
        seconds=job.seconds,
        steps=[Step(float(step["seconds"]), str(step["text"])) for step in job.steps],
        outcome=_outcome(result) if result else None,
        waits_for=waits_for,
    )


def _outcome(result: dict[str, Any]) -> Outcome:
    known = {name: result[name] for name in Outcome.__slots__ if name in result}
    for name in ("lines", "findings", "changes"):
        known[name] = tuple(known.get(name) or ())
    return Outcome(**known)


def ask(request: Request, desk: Desk, scope_id: int, asked: Asked) -> Job:
    """Begin what is asked for in one scope, or find it begun."""
    with desk.reading() as conn:
        found = scope_found(conn, scope_id)
        if asked.verb in ("promote", "live", "clean"):
            catalog.narrow(conn, found, asked.only or None)
        arguments = _arguments(asked, is_rooted=found.pack.root is not None)
        if asked.release is not None:
            release = timeline.one(conn, asked.release)
            if release.scope_id != scope_id:
                raise DeclarationError(
                    f"Release {release.id} is of {release.scope}, not of {found.name}.", hint="Load the page again."
                )
    return jobs_of(request).ask(
        asked.verb,
        _title(asked, found.name),
        key=asked.key,
        by=desk.person.name,
        scope_id=scope_id,
        dry_run=asked.dry_run,
        arguments=arguments,
    )


def _arguments(asked: Asked, *, is_rooted: bool) -> dict[str, Any]:
    only = asked.only or None
    match asked.verb:
        case "promote":
            return {"only": only, "live": asked.live and is_rooted, "note": asked.note or None}
        case "live":
            return {"only": only, "on": asked.on}
        case "clean":
            return {"only": only, "anyway": False}
        case "rollback":
            if (asked.release is None) == (asked.to is None):
                raise DeclarationError(
                    "An undoing needs one release, or one to go back to.", hint="Give release, or to."
                )
            return {"release": asked.release, "to": asked.to, "note": asked.note or None}


def _title(asked: Asked, scope: str) -> str:
    narrowed = f"{scope} {asked.only}" if asked.only else scope
    match asked.verb:
        case "promote":
            title = f"promote {narrowed}{' and show it' if asked.live else ''}"
        case "live":
            title = f"{'show' if asked.on else 'hide'} {narrowed}"
        case "clean":
            title = f"empty the inbox of {narrowed}"
        case "rollback":
            title = (
                f"undo release {asked.release} of {scope}"
                if asked.release is not None
                else f"take {scope} back to release {asked.to}"
            )
    return f"dry run: {title}" if asked.dry_run else title


@api.get("/jobs")
def list_jobs(desk: Viewer, scope: Annotated[int, Query(ge=1, le=2**31 - 1)] | None = None) -> list[Told]:
    """What this desk was asked to do, newest first."""
    with desk.reading() as conn:
        found = records.listed(conn, scope)
    return [_told(desk, job) for job in found]


@api.get("/jobs/{job_id}")
def read_job(
    request: Request,
    desk: Viewer,
    job_id: JobId,
    seen: Annotated[int, Query(ge=0, le=2**31 - 1)] | None = None,
    wait: Annotated[float, Query(ge=0, le=MOST_WAIT)] = 0.0,
) -> Told:
    """One job; with `seen` steps known, answered when there is news or `wait` seconds have passed."""
    return _told(desk, jobs_of(request).look(job_id, seen=seen, seconds=wait))


@api.post("/scope/{scope_id}/jobs")
def begin_job(request: Request, desk: Approver, scope_id: ScopeId, asked: Asked) -> Told:
    """Promote, show or hide, undo, empty the inbox; the same key again is the same job."""
    return _told(desk, ask(request, desk, scope_id, asked))


@api.post("/refresh")
def begin_refresh(request: Request, desk: Approver, asked: Refreshed) -> Told:
    """Refresh the caches of a pack whose data have moved."""
    return _told(desk, _refresh(request, desk, asked))


@api.post("/jobs/{job_id}/cancel")
def cancel_job(request: Request, desk: Approver, job_id: JobId) -> Told:
    """Stop a job that has not committed: nothing of it stays."""
    return _told(desk, jobs_of(request).cancel(job_id, by=desk.person.name))


@pages.get("/jobs")
def jobs_page(
    request: Request, desk: Viewer, scope: Annotated[int, Query(ge=1, le=2**31 - 1)] | None = None
) -> Response:
    """What this desk was asked to do."""
    return page(
        request, desk, "jobs.html", title="Jobs", jobs=list_jobs(desk, scope), packs=_caching(desk), key=uuid4()
    )


@pages.get("/jobs/{job_id}")
def job_page(request: Request, desk: Viewer, job_id: JobId) -> Response:
    """How far one job is."""
    job = read_job(request, desk, job_id)
    answer = page(request, desk, "job.html", title=job.title, job=job, key=uuid4())
    # with the libraries the page asks for news itself, and a browser without scripts finds the same in the page
    if not job.is_over and not has_libraries():
        answer.headers["Refresh"] = "1"
    return answer


@pages.get("/jobs/{job_id}/progress")
def job_progress(request: Request, desk: Viewer, job_id: JobId) -> Response:
    """The part of the page that moves, for a script that puts it in its place."""
    return fragment(request, desk, "job.html", "progress", job=read_job(request, desk, job_id), key=uuid4())


@pages.post("/jobs/{job_id}/cancel")
def cancel_on_page(request: Request, desk: Approver, job_id: JobId) -> Response:
    """Stop a job."""
    jobs_of(request).cancel(job_id, by=desk.person.name)
    return follow(desk, f"/jobs/{job_id}")


@pages.post("/scope/{scope_id}/promote")
def promote_on_page(
    request: Request,
    desk: Approver,
    scope_id: ScopeId,
    key: Annotated[UUID, Form()],
    only: Annotated[Plain, Form()] = "",
    note: Annotated[Prose, Form()] = "",
    what: Annotated[Literal["dry-run", "promote", "promote-live"], Form()] = "dry-run",
) -> Response:
    """Promote what waits, or find out what that would do."""
    asked = Asked(
        verb="promote",
        key=key,
        only=only or None,
        note=note.strip() or None,
        live=what == "promote-live",
        dry_run=what == "dry-run",
    )
    return _to(desk, ask(request, desk, scope_id, asked))


@pages.post("/scope/{scope_id}/live")
def live_on_page(
    request: Request,
    desk: Approver,
    scope_id: ScopeId,
    key: Annotated[UUID, Form()],
    what: Annotated[Literal["on", "off", "dry-run"], Form()],
    only: Annotated[Plain, Form()] = "",
) -> Response:
    """Show a scope in the app, landing its prepared release, or hide it."""
    asked = Asked(verb="live", key=key, only=only or None, on=what != "off", dry_run=what == "dry-run")
    return _to(desk, ask(request, desk, scope_id, asked))


@pages.post("/scope/{scope_id}/clean")
def clean_on_page(
    request: Request,
    desk: Approver,
    scope_id: ScopeId,
    key: Annotated[UUID, Form()],
    what: Annotated[Literal["dry-run", "clean"], Form()] = "dry-run",
) -> Response:
    """Empty the inbox of a scope once all of it is promoted."""
    return _to(desk, ask(request, desk, scope_id, Asked(verb="clean", key=key, dry_run=what == "dry-run")))


@pages.post("/scope/{scope_id}/back")
def back_on_page(
    request: Request,
    desk: Approver,
    scope_id: ScopeId,
    key: Annotated[UUID, Form()],
    to: Annotated[int, Form(ge=0, le=2**63 - 1)],
    note: Annotated[Prose, Form()] = "",
    what: Annotated[Literal["dry-run", "undo"], Form()] = "dry-run",
) -> Response:
    """Take a scope back to the state after a release."""
    asked = Asked(verb="rollback", key=key, to=to, note=note.strip() or None, dry_run=what == "dry-run")
    return _to(desk, ask(request, desk, scope_id, asked))


@pages.post("/releases/{release_id}/undo")
def undo_on_page(
    request: Request,
    desk: Approver,
    release_id: Number,
    key: Annotated[UUID, Form()],
    note: Annotated[Prose, Form()] = "",
    what: Annotated[Literal["dry-run", "undo"], Form()] = "dry-run",
) -> Response:
    """Undo one release, or find out what that would do."""
    with desk.reading() as conn:
        scope_id = timeline.one(conn, release_id).scope_id
    asked = Asked(verb="rollback", key=key, release=release_id, note=note.strip() or None, dry_run=what == "dry-run")
    return _to(desk, ask(request, desk, scope_id, asked))


@pages.post("/refresh")
def refresh_on_page(
    request: Request,
    desk: Approver,
    key: Annotated[UUID, Form()],
    pack: Annotated[Plain, Form()],
    what: Annotated[Literal["dry-run", "refresh", "force"], Form()] = "refresh",
) -> Response:
    """Refresh a pack's caches."""
    asked = Refreshed(pack=pack, key=key, force=what == "force", dry_run=what == "dry-run")
    return _to(desk, _refresh(request, desk, asked))


def _refresh(request: Request, desk: Desk, asked: Refreshed) -> Job:
    if asked.pack not in _caching(desk):
        raise DeclarationError(f"Pack {asked.pack} has no caches here.", hint=f"Packs: {', '.join(_caching(desk))}.")
    title = f"{'dry run: ' if asked.dry_run else ''}refresh the caches of {asked.pack}"
    jobs: Jobs = jobs_of(request)
    return jobs.ask(
        "refresh",
        title,
        key=asked.key,
        by=desk.person.name,
        dry_run=asked.dry_run,
        arguments={"pack": asked.pack, "force": asked.force},
    )


def _caching(desk: Desk) -> list[str]:
    """Packs whose tables have caches above them."""
    with desk.database() as conn, begin(conn):
        return [pack.name for pack in catalog.installed_packs(conn) if pack.landing == "file"]


def _to(desk: Desk, job: Job) -> Response:
    return follow(desk, f"/jobs/{job.id}")
