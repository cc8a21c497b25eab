"""The source beside what was found: a finding, or a page of a document, enters; passages and pictures leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from greenroom.audit import batch
from greenroom.audit.batch import Beside
from greenroom.audit.page import Box, Told
from greenroom.audit.source import Sources
from greenroom.db.connection import Connection
from greenroom.model.errors import SourceError, UnknownTarget
from greenroom.web.access import Viewer
from greenroom.web.ground import Desk
from greenroom.web.numbers import Number, ScopeId
from greenroom.web.render import fragment, page
from greenroom.write.fetch import Store
from greenroom.write.formats import looked_into
from greenroom.write.visit import parts_of

pages = APIRouter()
api = APIRouter(tags=["batch"])

Snapshot = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
# A page of a document, and one of its boxes in points.
Leaf = Annotated[int, Path(ge=1, le=100_000)]
BoxText = Annotated[str | None, Query(pattern=r"^-?\d{1,6}(\.\d{1,3})?( -?\d{1,6}(\.\d{1,3})?){3}$")]
Place = Annotated[int, Query(ge=0, le=5)]

# What a browser keeps of a picture: a snapshot does not change, the way it is drawn may.
_KEEP = "private, max-age=86400"
_DRAWN = "1"


@lru_cache(maxsize=8)
def _sources(store: Store) -> Sources:
    return Sources(store.open, looked_into, lambda sha256: parts_of(store.get(sha256), store))


def _beside(desk: Desk, number: int, *, unread: bool) -> Beside:
    with desk.reading() as conn:
        found = batch.scope_of_unread(conn, number) if unread else batch.scope_of_finding(conn, number)
        pack = desk.scope(conn, found[0]).pack
        tell = batch.beside_unread if unread else batch.beside_finding
        told, cited = tell(conn, pack, number)
    if cited.snapshot is None:
        return told
    return replace(told, evidence=_sources(desk.ground.fetching.store).evidence(cited))


@api.get("/finding/{finding_id}/source", summary="The source beside a finding")
def finding_source(desk: Viewer, finding_id: Number) -> Beside:
    """The passages of the source that a finding names, and the row as it was read."""
    return _beside(desk, finding_id, unread=False)


@api.get("/quarantine/{unread_id}/source", summary="The source beside a row that could not be read")
def unread_source(desk: Viewer, unread_id: Number) -> Beside:
    """The passages of the source, and the row as it came."""
    return _beside(desk, unread_id, unread=True)


@pages.get("/finding/{finding_id}/source")
def finding_source_page(request: Request, desk: Viewer, finding_id: Number) -> Response:
    """A finding with its source; for a script, the source alone."""
    return _beside_page(request, desk, _beside(desk, finding_id, unread=False), f"/finding/{finding_id}")


@pages.get("/quarantine/{unread_id}/source")
def unread_source_page(request: Request, desk: Viewer, unread_id: Number) -> Response:
    """A row that could not be read with its source; for a script, the source alone."""
    return _beside_page(request, desk, _beside(desk, unread_id, unread=True), f"/quarantine/{unread_id}")


def _beside_page(request: Request, desk: Desk, told: Beside, at: str) -> Response:
    if request.headers.get("hx-request") == "true":
        return fragment(request, desk, "finding.html", "source", beside=told, at=at, page_at=_page_at)
    return page(request, desk, "finding.html", beside=told, at=at, page_at=_page_at)


def _page_at(told: Beside, number: int, boxes: Sequence[Box] = ()) -> str:
    box = f"?{urlencode({'box': ' '.join(f'{side:g}' for side in boxes[0])})}" if boxes else ""
    return f"/scope/{told.scope_id}/source/{told.evidence.snapshot}/page/{number}{box}"


@pages.get("/finding/{finding_id}/page.png")
def finding_picture(
    request: Request, desk: Viewer, finding_id: Number, place: Place = 0, zoom: bool = False
) -> Response:
    """The page that a finding names, with its place drawn."""
    told = _beside(desk, finding_id, unread=False)
    return _picture_of(request, desk, told, place, zoom=zoom)


@pages.get("/quarantine/{unread_id}/page.png")
def unread_picture(request: Request, desk: Viewer, unread_id: Number, place: Place = 0, zoom: bool = False) -> Response:
    """The page of a row that could not be read."""
    return _picture_of(request, desk, _beside(desk, unread_id, unread=True), place, zoom=zoom)


def _picture_of(request: Request, desk: Desk, told: Beside, place: int, *, zoom: bool) -> Response:
    shown = [each.page for each in told.evidence.passages if each.page is not None]
    if told.evidence.snapshot is None or place >= len(shown):
        raise UnknownTarget("No page of a document belongs to this.", hint="Look at the source itself.")
    chosen = shown[place]
    box = chosen.boxes[0] if chosen.boxes else None
    return _picture(request, desk, told.evidence.snapshot, chosen.number, box, zoom=zoom)


@pages.get("/scope/{scope_id}/source/{snapshot}/page/{leaf}.png")
def source_picture(
    request: Request, desk: Viewer, scope_id: ScopeId, snapshot: Snapshot, leaf: Leaf, box: BoxText = None,
    zoom: bool = False,
) -> Response:  # fmt: skip
    """One page of a document that a batch of this scope names."""
    with desk.reading() as conn:
        _named(conn, scope_id, snapshot)
    return _picture(request, desk, snapshot, leaf, _box(box), zoom=zoom)


@pages.get("/scope/{scope_id}/source/{snapshot}/page/{leaf}")
def source_page(
    request: Request, desk: Viewer, scope_id: ScopeId, snapshot: Snapshot, leaf: Leaf, box: BoxText = None
) -> Response:
    """One page of a document, whole, with those before and after it a link away."""
    with desk.reading() as conn:
        found = desk.scope(conn, scope_id)
        address = _named(conn, scope_id, snapshot)
    told = _told(desk, snapshot, leaf)
    return page(
        request, desk, "batch_leaf.html", scope=found, snapshot=snapshot, address=address, told=told, leaf=leaf,
        box=box,
    )  # fmt: skip


def _named(conn: Connection, scope_id: int, snapshot: str) -> str:
    """The address of a snapshot; what no batch of the scope names is shown to nobody."""
    address = batch.names_snapshot(conn, scope_id, snapshot)
    if address is None:
        raise UnknownTarget("No batch of this scope was made of that document.", hint="Follow the links of the page.")
    return address


def _box(text: str | None) -> Box | None:
    if text is None:
        return None
    left, bottom, right, top = (float(side) for side in text.split())
    return left, bottom, right, top


def _told(desk: Desk, snapshot: str, leaf: int) -> Told:
    try:
        return _sources(desk.ground.fetching.store).page(snapshot, leaf)
    except SourceError as error:
        raise UnknownTarget(error.message, hint="The document itself is in the snapshot store.") from error


def _picture(request: Request, desk: Desk, snapshot: str, leaf: int, box: Box | None, *, zoom: bool) -> Response:
    etag = f'"{sha256(repr((_DRAWN, snapshot, leaf, box, zoom)).encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": _KEEP}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    try:
        drawn = _sources(desk.ground.fetching.store).picture(snapshot, leaf, box, zoom=zoom)
    except SourceError as error:
        raise UnknownTarget(error.message, hint="The document itself is in the snapshot store.") from error
    return Response(drawn, media_type="image/png", headers=headers)
