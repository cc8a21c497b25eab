"""Releases: what landed where, when and by whom, what lies between any two, and what a prepared one will do."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated
from uuid import uuid4
from xml.etree import ElementTree as Xml

from fastapi import APIRouter, Query, Request, Response
from psycopg import sql

from greenroom import catalog
from greenroom.audit import diff
from greenroom.audit.diff import Diff
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.errors import TimedOut, UnknownRelease
from greenroom.model.pack import Pack
from greenroom.publish import notes, promote, timeline
from greenroom.publish.notes import LANGUAGES, Counted
from greenroom.publish.timeline import Release, Touched
from greenroom.web import heavy
from greenroom.web.access import Viewer
from greenroom.web.ground import Desk, Ground
from greenroom.web.jobs import scope_found
from greenroom.web.numbers import Number, ScopeId
from greenroom.web.render import page

pages = APIRouter()
api = APIRouter(tags=["releases"])

ScopeQuery = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
ReleaseQuery = Annotated[int | None, Query(ge=0, le=2**63 - 1)]
# Which page of the changed rows; where there are many, none is shown before one is asked for.
RowsQuery = Annotated[int | None, Query(ge=1, le=1_000_000)]

# Rows of a difference on one page.
SHOWN = 500
# Above this a page and a note count as the release itself did: what became of each row is told when asked for.
LARGE = 5_000
# What a feed gives, and how many rows it goes through for what it has not told before.
FEED = 30
FEED_ROWS = 5_000
# How long a note may take; then it counts as the release itself did.
NOTE_SECONDS = 3.0
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
class Told:
    """Changed rows on a page of their own: `diff` is None where there are many and nobody asked for them yet."""

    diff: Diff | None
    rows: int
    counted: tuple[Counted, ...] = ()
    page: int = 1

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-(self.diff.total if self.diff else self.rows) // SHOWN))


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
        known = self._known(release)
        if known is not None:
            return known
        counted = self._counted(conn, release) if release.has_rows and rows_of(release) <= LARGE else None
        written = _in_all(release, _roughly(release) if counted is None else counted)
        if release.has_landed and (counted is not None or not release.has_rows or rows_of(release) > LARGE):
            self._keep(release, written)
        return written

    def of_many(self, conn: Database, releases: Sequence[Release]) -> list[dict[str, list[str]]]:
        """The same for a list, without more work than `FEED_ROWS` rows make: the others as they counted themselves."""
        left = FEED_ROWS
        found = []
        for release in releases:
            rows = rows_of(release) if release.has_rows and self._known(release) is None else 0
            if rows > left:
                found.append(_in_all(release, _roughly(release)))
                continue
            left -= rows
            found.append(self.of(conn, release))
        return found

    def _known(self, release: Release) -> dict[str, list[str]] | None:
        with self._lock:
            return self._kept.get(release.id)

    def _keep(self, release: Release, written: dict[str, list[str]]) -> None:
        with self._lock:
            self._kept[release.id] = written
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def _counted(self, conn: Database, release: Release) -> list[Counted] | None:
        try:
            with begin(conn, statement_timeout_seconds=NOTE_SECONDS):
                pack = self._ground.installed(catalog.installed_pack(conn, release.pack))
                found = diff.tally(conn, pack, release.scope_id, release.before, release.id)
        except TimedOut:
            return None
        return [Counted(each.name, each.dataset, each.kind, each.n) for each in found]


def rows_of(release: Release) -> int:
    """How many rows a release wrote, as it counted itself."""
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


def _in_all(release: Release, counted: Sequence[Counted]) -> dict[str, list[str]]:
    return {language: _written(release, counted, language) for language in LANGUAGES}


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


def between(
    request: Request, desk: Desk, scope_id: int, first: int, second: int, limit: int = SHOWN, offset: int = 0
) -> Between:
    """What lies between two releases; 0 is before the first."""
    with heavy.reading(request, desk, instead=_INSTEAD) as conn:
        found = scope_found(conn, scope_id)
        pack = desk.ground.installed(found.pack)
        _refuse_strangers(conn, found.name, scope_id, first, second)
        doubts = _doubts(conn, pack, scope_id)
        told = diff.between(conn, pack, scope_id, first, second, limit=limit, offset=offset)
    return Between(scope_id, found.name, first, second, told, doubts)


_INSTEAD = (
    "The list of releases says what each of them counted; compare two that lie closer together."
    " In a terminal: greenroom diff TARGET --release A..B"
)


def _written_between(releases: Iterable[Release], first: int, second: int) -> list[Release]:
    """What landed after the earlier of two releases up to the later, of releases from the last to the first."""
    found: list[Release] = []
    is_inside = False
    for release in releases if first != second else ():
        if release.id in (first, second):
            if is_inside:
                break
            is_inside = True
        if is_inside and release.has_rows:
            found.append(release)
    return found


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
def read_release(request: Request, desk: Viewer, release_id: Number) -> Shown:
    """One release, with its change notes."""
    return shown(request, desk, release_id)


@api.get("/scope/{scope_id}/difference")
def read_between(
    request: Request,
    desk: Viewer,
    scope_id: ScopeId,
    a: Annotated[int, Query(ge=0, le=2**63 - 1)],
    b: Annotated[int, Query(ge=0, le=2**63 - 1)],
    limit: Annotated[int, Query(ge=1, le=50_000)] = SHOWN,
) -> Between:
    """What lies between two releases of a scope; 0 is before the first."""
    return between(request, desk, scope_id, a, b, limit)


@pages.get("/releases.atom")
def feed(request: Request, desk: Viewer) -> Response:
    """Change notes for whoever follows them."""
    found = [each for each in listed(desk, None, None, FEED * 2).releases if each.has_landed][:FEED]
    with desk.database() as conn:
        texts = list(zip(found, notes_of(request).of_many(conn, found), strict=True))
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
    rows: RowsQuery = None,
) -> Response:
    """The timeline of a scope, and what lies between two of its releases."""
    chosen = _chosen(request, desk, scope_id, a, b, rows) if a is not None and b is not None else None
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


@dataclass(frozen=True, slots=True)
class Chosen:
    """Two releases that somebody compares, as the page shows them."""

    first: int
    second: int
    told: Told
    doubts: tuple[str, ...] = ()


def _chosen(request: Request, desk: Desk, scope_id: int, first: int, second: int, rows: int | None) -> Chosen:
    with desk.reading() as conn:
        name = scope_found(conn, scope_id).name
        _refuse_strangers(conn, name, scope_id, first, second)
        inside = _written_between(timeline.listed(conn, [scope_id], limit=1_000), first, second)
    written = sum(map(rows_of, inside))
    if rows is None and written > LARGE:
        counted = tuple(each for release in inside for each in _roughly(release) if each.n)
        return Chosen(first, second, Told(None, written, _summed(counted)))
    number = rows or 1
    found = between(request, desk, scope_id, first, second, SHOWN, (number - 1) * SHOWN)
    return Chosen(first, second, Told(found.diff, written, page=number), found.doubts)


def _summed(counted: Iterable[Counted]) -> tuple[Counted, ...]:
    found: dict[tuple[str, str], int] = {}
    for each in counted:
        found[each.dataset, each.kind] = found.get((each.dataset, each.kind), 0) + each.n
    return tuple(Counted("", dataset, kind, n) for (dataset, kind), n in found.items())


@pages.get("/releases/{release_id}")
def release_page(request: Request, desk: Viewer, release_id: Number, rows: RowsQuery = None) -> Response:
    """One release: what it did, who made it and why, and how to take it back."""
    found = shown(request, desk, release_id)
    return page(
        request,
        desk,
        "release.html",
        title=f"Release {release_id}",
        shown=found,
        told=_told(request, desk, found, rows),
        words=diff.words,
        key=uuid4(),
    )


def _told(request: Request, desk: Desk, found: Shown, rows: int | None) -> Told | None:
    """The rows of a release; of a large one only when they are asked for."""
    release = found.release
    if not release.has_rows and found.preview is None:
        return None
    written = rows_of(release) if release.has_rows else sum(each.rows or 0 for each in found.touched)
    if rows is None and written > LARGE:
        return Told(None, written, tuple(each for each in _roughly(release) if each.n))
    number = rows or 1
    offset = (number - 1) * SHOWN
    with heavy.reading(request, desk, instead=_INSTEAD) as conn:
        pack = desk.ground.installed(catalog.installed_pack(conn, release.pack))
        if release.has_rows:
            changes = diff.between(conn, pack, release.scope_id, release.before, release.id, limit=SHOWN, offset=offset)
        else:
            units = [each.unit_id for each in found.touched if each.unit_id is not None]
            changes = diff.changes(conn, pack, release.scope_id, units, limit=SHOWN, offset=offset)
    return Told(changes, written, page=number)


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
