"""Releases: what landed where, when and by whom, what lies between any two, and what a prepared one will do."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated
from uuid import uuid4
from xml.etree import ElementTree as Xml

from fastapi import APIRouter, Path, Query, Request, Response
from psycopg import sql

from greenroom import catalog
from greenroom.audit import diff
from greenroom.audit.diff import Diff
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.errors import UnknownRelease
from greenroom.model.pack import Pack
from greenroom.publish import notes, promote, timeline
from greenroom.publish.notes import LANGUAGES, Counted
from greenroom.publish.timeline import Release, Touched
from greenroom.web.access import Viewer
from greenroom.web.ground import Desk, Ground
from greenroom.web.jobs import scope_found
from greenroom.web.render import page

pages = APIRouter()
api = APIRouter(tags=["releases"])

ScopeId = Annotated[int, Path(ge=1, le=2**31 - 1)]
ReleaseId = Annotated[int, Path(ge=1, le=2**63 - 1)]
ScopeQuery = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
ReleaseQuery = Annotated[int | None, Query(ge=0, le=2**63 - 1)]

# Rows of a difference on one page.
SHOWN = 500
# Above this a note counts tables as the release counted them: what became of each row would take a minute to tell.
COUNTED_ROWS = 20_000
# What a feed gives.
FEED = 30
_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Timeline:
    """Releases, the last to land first; `older_than` leads to those before, None at the end."""

    scope_id: int | None
    scope: str | None
    releases: list[Release]
    older_than: int | None


@dataclass(frozen=True, slots=True)
class Between:
    """What lies between two releases of a scope, `first` and `second` in the order they were asked for."""

    scope_id: int
    scope: str
    first: int
    second: int
    diff: Diff
    # What cannot be told, in words.
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """How a prepared release can be looked at: the views that already show it."""

    tables: tuple[str, ...]
    query: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One release: its units, its change notes by language, and how it can be looked at while it waits."""

    release: Release
    touched: list[Touched]
    notes: dict[str, list[str]]
    preview: Preview | None


class Notes:
    """Change notes, kept: what a landed release did never changes."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._kept: OrderedDict[int, dict[str, list[str]]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, conn: Database, release: Release) -> dict[str, list[str]]:
        """Lines by language. `conn` has no transaction open."""
        with self._lock:
            known = self._kept.get(release.id)
        if known is not None:
            return known
        counted = self._counted(conn, release)
        written: dict[str, list[str]] = {language: _written(release, counted, language) for language in LANGUAGES}
        if release.has_landed:
            with self._lock:
                self._kept[release.id] = written
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return written

    def _counted(self, conn: Database, release: Release) -> list[Counted]:
        if release.has_rows and _rows_of(release) <= COUNTED_ROWS:
            with begin(conn):
                pack = self._ground.installed(catalog.installed_pack(conn, release.pack))
            found = diff.tally(conn, pack, release.scope_id, release.before, release.id)
            return [Counted(each.name, each.dataset, each.kind, each.n) for each in found]
        return _roughly(release)


def _rows_of(release: Release) -> int:
    return sum(
        n
        for numbers in release.counts.values()
        if isinstance(numbers, dict)
        for name, n in numbers.items()
        if name != "by_level" and isinstance(n, int)
    )


def _roughly(release: Release) -> list[Counted]:
    """As the release itself counted: tables, and not what happened to each row."""
    kinds = {
        "inserted": "added", "updated": "other", "adopted": "other",
        "deleted": "removed", "retired": "removed", "leaving": "removed",
    }  # fmt: skip
    found: dict[tuple[str, str], int] = {}
    for dataset, numbers in release.counts.items():
        if isinstance(numbers, dict):
            for name, kind in kinds.items():
                found[dataset, kind] = found.get((dataset, kind), 0) + int(numbers.get(name) or 0)
    return [Counted("", dataset, kind, n) for (dataset, kind), n in found.items()]


def _written(release: Release, counted: Sequence[Counted], language: notes.Language) -> list[str]:
    if release.kind == "live":
        on, n = bool(release.counts.get("on")), int(release.counts.get("switched") or 0)
        return [notes.switched(release.scope, n, on=on, language=language)]
    lines = [notes.undone(release.scope, release.undoes, language)] if release.undoes else []
    return [diff.visible(line) for line in (*lines, *notes.written(release.scope, counted, language))]


_making = threading.Lock()


def notes_of(request: Request) -> Notes:
    """The change notes of the desk that answers this request."""
    state = request.app.state
    with _making:
        if not hasattr(state, "notes"):
            state.notes = Notes(state.ground)
    found: Notes = state.notes
    return found


def listed(desk: Desk, scope_id: int | None, older_than: int | None, limit: int = timeline.PAGE) -> Timeline:
    """One page of the timeline."""
    with desk.reading() as conn:
        scope = scope_found(conn, scope_id).name if scope_id is not None else None
        found = timeline.listed(
            conn, [scope_id] if scope_id is not None else None, older_than=older_than, limit=limit + 1
        )
    more = found[limit - 1].id if len(found) > limit else None
    return Timeline(scope_id, scope, found[:limit], more)


def shown(request: Request, desk: Desk, release_id: int) -> Shown:
    """One release."""
    with desk.database() as conn:
        with begin(conn):
            release = timeline.one(conn, release_id)
            touched = timeline.touched(conn, release_id)
            pack = desk.ground.installed(catalog.installed_pack(conn, release.pack))
        written = notes_of(request).of(conn, release)
    waits = release.state in ("prepared", "stale")
    return Shown(release, touched, written, _preview(pack, touched) if waits and not pack.copy_of else None)


def _preview(pack: Pack, touched: Sequence[Touched]) -> Preview:
    names = {each.dataset for each in touched}
    tables = tuple(f"preview.{dataset.table}" for dataset in pack.datasets if dataset.name in names)
    root = pack.root or pack.datasets[0]
    column = root.key[0]
    key = next((each.key[0] for each in touched if each.key), "")
    query = sql.SQL("select * from {} where {} = {};").format(
        sql.Identifier("preview", root.table), sql.Identifier(column), sql.Literal(key)
    )
    return Preview(tables, query.as_string(None))


def between(desk: Desk, scope_id: int, first: int, second: int, limit: int = SHOWN) -> Between:
    """What lies between two releases; 0 is before the first."""
    with desk.database() as conn:
        with begin(conn):
            found = scope_found(conn, scope_id)
            pack = desk.ground.installed(found.pack)
            _refuse_strangers(conn, found.name, scope_id, first, second)
            doubts = _doubts(conn, pack, scope_id)
        told = diff.between(conn, pack, scope_id, first, second, limit=limit)
    return Between(scope_id, found.name, first, second, told, doubts)


def _refuse_strangers(conn: Database, scope: str, scope_id: int, *releases: int) -> None:
    for number in releases:
        if number and timeline.one(conn, number).scope_id != scope_id:
            raise UnknownRelease(f"{scope} has no release {number}.")


def _doubts(conn: Database, pack: Pack, scope_id: int) -> tuple[str, ...]:
    changed = len(promote.drifted(conn, pack, scope_id))
    if not changed:
        return ()
    rows = "1 row was" if changed == 1 else f"{changed} rows were"
    return (f"{rows} changed by hand since the last release; here they stand as they were released.",)


@api.get("/releases")
def list_releases(
    desk: Viewer,
    scope: ScopeQuery = None,
    older_than: ReleaseQuery = None,
    limit: Annotated[int, Query(ge=1, le=500)] = timeline.PAGE,
) -> Timeline:
    """Releases of a scope or of all, the last to land first."""
    return listed(desk, scope, older_than, limit)


@api.get("/releases/{release_id}")
def read_release(request: Request, desk: Viewer, release_id: ReleaseId) -> Shown:
    """One release, with its change notes."""
    return shown(request, desk, release_id)


@api.get("/scope/{scope_id}/difference")
def read_between(
    desk: Viewer,
    scope_id: ScopeId,
    a: Annotated[int, Query(ge=0, le=2**63 - 1)],
    b: Annotated[int, Query(ge=0, le=2**63 - 1)],
    limit: Annotated[int, Query(ge=1, le=50_000)] = SHOWN,
) -> Between:
    """What lies between two releases of a scope; 0 is before the first."""
    return between(desk, scope_id, a, b, limit)


@pages.get("/releases.atom")
def feed(request: Request, desk: Viewer) -> Response:
    """Change notes for whoever follows them."""
    found = [each for each in listed(desk, None, None, FEED * 2).releases if each.has_landed][:FEED]
    with desk.database() as conn:
        texts = [(each, notes_of(request).of(conn, each)) for each in found]
    return Response(_atom(str(request.base_url), desk.ground.place, texts), media_type="application/atom+xml")


@pages.get("/releases")
def releases_page(request: Request, desk: Viewer, older_than: ReleaseQuery = None) -> Response:
    """What was released, of all scopes."""
    return page(request, desk, "releases.html", title="Releases", timeline=listed(desk, None, older_than), chosen=None)


@pages.get("/scope/{scope_id}/releases")
def scope_page(
    request: Request,
    desk: Viewer,
    scope_id: ScopeId,
    a: ReleaseQuery = None,
    b: ReleaseQuery = None,
    older_than: ReleaseQuery = None,
) -> Response:
    """The timeline of a scope, and what lies between two of its releases."""
    chosen = between(desk, scope_id, a, b) if a is not None and b is not None else None
    found = listed(desk, scope_id, older_than)
    return page(
        request,
        desk,
        "releases.html",
        title=f"Releases of {found.scope}",
        timeline=found,
        chosen=chosen,
        words=diff.words,
        key=uuid4(),
    )


@pages.get("/releases/{release_id}")
def release_page(request: Request, desk: Viewer, release_id: ReleaseId) -> Response:
    """One release: what it did, who made it and why, and how to take it back."""
    found = shown(request, desk, release_id)
    changes = None
    with desk.database() as conn:
        with begin(conn):
            pack = desk.ground.installed(catalog.installed_pack(conn, found.release.pack))
        if found.release.has_rows:
            changes = diff.between(
                conn, pack, found.release.scope_id, found.release.before, found.release.id, limit=SHOWN
            )
        elif found.preview is not None:
            units = [each.unit_id for each in found.touched if each.unit_id is not None]
            changes = diff.changes(conn, pack, found.release.scope_id, units, limit=SHOWN)
    return page(
        request,
        desk,
        "release.html",
        title=f"Release {release_id}",
        shown=found,
        changes=changes,
        words=diff.words,
        key=uuid4(),
    )


def _atom(base: str, place: str, texts: Sequence[tuple[Release, dict[str, list[str]]]]) -> bytes:
    namespace = "http://www.w3.org/2005/Atom"
    Xml.register_namespace("", namespace)

    def add(parent: Xml.Element, name: str, text: str = "", **attributes: str) -> Xml.Element:
        element = Xml.SubElement(parent, f"{{{namespace}}}{name}", attributes)
        element.text = text or None
        return element

    root = Xml.Element(f"{{{namespace}}}feed")
    # an identity that does not tell where the database is
    urn = f"urn:greenroom:{sha256(place.encode()).hexdigest()[:16]}"
    add(root, "title", "Greenroom: releases")
    add(root, "id", urn)
    add(root, "link", href=f"{base}releases.atom", rel="self", type="application/atom+xml")
    add(root, "link", href=f"{base}releases", rel="alternate", type="text/html")
    newest = max((each.made_at for each, _ in texts), default=None)
    add(root, "updated", _moment(newest) if newest else "1970-01-01T00:00:00Z")
    add(add(root, "author"), "name", "Greenroom")
    for release, written in texts:
        entry = add(root, "entry")
        add(entry, "title", diff.visible(f"{release.scope}: release {release.id}, {release.kind_words}"))
        add(entry, "id", f"{urn}:release:{release.id}")
        add(entry, "link", href=f"{base}releases/{release.id}", rel="alternate", type="text/html")
        add(entry, "updated", _moment(release.made_at))
        add(add(entry, "author"), "name", diff.visible(release.made_by))
        lines = [line for language in LANGUAGES for line in written[language]]
        note = [diff.visible(release.note)] if release.note else []
        add(entry, "content", "\n".join((*note, *lines)), type="text")
    document: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
