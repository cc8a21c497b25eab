"""Browsing: boards, subjects, trees and papers in four layers; and unsealed rows of the inbox."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from greenroom import catalog, pipeline
from greenroom.audit import browse, layers
from greenroom.audit.browse import Account, Board, Layer, Newer, Offer, Paper, Subject, Topic, Unreadable
from greenroom.audit.scopes import Unknown
from greenroom.db.connection import begin
from greenroom.web import correcting
from greenroom.web.access import Editor, Viewer
from greenroom.web.browsing import At, Place, mistakes_in, one_subject, pack_here, scope_of
from greenroom.web.ground import Desk, Role
from greenroom.web.numbers import Number
from greenroom.web.render import follow, page
from greenroom.web.words import Named, Plain

pages = APIRouter()
api = APIRouter(tags=["browse"])

# A page of subjects; of topics and papers in the API.
_PER_PAGE = 100
_MOST_PER_PAGE = 1_000
# Trees of more nodes begin folded, so that their first level fits a screen.
_UNFOLDED = 150
_MOST_OFFSET = 1_000_000
# In the order in which rows pass through them.
_TABS: tuple[Layer, ...] = ("inbox", "batch", "preview", "production")

Words = Annotated[Plain, Query()]
Limit = Annotated[int, Query(ge=1, le=_MOST_PER_PAGE)]
Offset = Annotated[int, Query(ge=0, le=_MOST_OFFSET)]
Year = Annotated[int | None, Query(ge=0, le=9999)]


@dataclass(frozen=True, slots=True)
class SubjectsPage:
    """Subjects from `offset` on; `total` counts all that fit."""

    total: int
    offset: int
    limit: int
    items: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class TopicsPage:
    """Topics of one layer in the order of the tree, from `offset` on; `shown` counts what was looked for and above."""

    subject: Subject
    layer: Layer
    total: int
    matches: int
    shown: int
    offset: int
    limit: int
    items: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class PapersPage:
    """Papers of one layer, newest first, from `offset` on."""

    subject: Subject
    layer: Layer
    total: int
    offset: int
    limit: int
    choices: browse.Choices
    items: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class MissingPage:
    """Subjects that boards offer and that are not published, from `offset` on."""

    total: int
    offset: int
    limit: int
    items: tuple[Offer, ...]
    # Of how many offered subjects; 0 where no list of them is loaded.
    offered: int = 0


@dataclass(frozen=True, slots=True)
class InboxPage:
    """What a scope's inbox holds that no batch has seen, what of it a seal would refuse, and unknown spellings."""

    newer: tuple[Newer, ...]
    unreadable: tuple[Unreadable, ...]
    unknown: tuple[Unknown, ...]


@dataclass(frozen=True, slots=True)
class Seal:
    """What sealing did, or would do: no batch where nothing is new."""

    scope: str
    batch: int | None
    read: int
    staged: int
    quarantined: int
    duplicates: int
    stopping: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A topic as a nested list opens and closes around it."""

    topic: Topic
    opens: bool
    closes: int


class SealAsked(BaseModel):
    """A slice of the inbox to be sealed."""

    model_config = ConfigDict(extra="forbid")

    board: Named
    qualification: Named
    subject: Plain = ""
    dry_run: bool = False


# Answers: the same for pages and API


def boards_here(desk: Desk) -> list[Board]:
    """Boards and their qualifications; none where no pack has them."""
    with desk.reading() as conn:
        pack = pack_here(desk, conn)
        return browse.boards(conn, pack) if pack else []


def subjects_here(
    desk: Desk, *, board: str, qualification: str, words: str, limit: int, offset: int
) -> SubjectsPage:  # fmt: skip
    """A page of subjects."""
    with desk.reading() as conn:
        pack = pack_here(desk, conn)
        if pack is None:
            return SubjectsPage(0, offset, limit, ())
        found = browse.subjects(
            conn, pack, board=board, qualification=qualification, words=words, limit=limit, offset=offset
        )
    return SubjectsPage(found.total, offset, limit, found.items)


def missing_here(desk: Desk, *, board: str, qualification: str, limit: int, offset: int) -> MissingPage:
    """Offered subjects that are not published, never staged ones first."""
    with desk.reading() as conn:
        pack = pack_here(desk, conn)
        every = browse.offers(conn, pack, board=board, qualification=qualification) if pack else []
    lacking = sorted((offer for offer in every if offer.lacks), key=lambda offer: offer.is_staged)
    return MissingPage(len(lacking), offset, limit, tuple(lacking[offset : offset + limit]), len(every))


def inbox_here(desk: Desk, *, board: str, qualification: str) -> InboxPage:
    """What of a scope's inbox no batch has seen."""
    with desk.reading() as conn:
        pack = pack_here(desk, conn)
        if pack is None:
            return InboxPage((), (), ())
        unknown = tuple(Unknown(**row) for row in catalog.unknown_rows(conn))  # type: ignore[arg-type]
        if not board or not qualification:
            return InboxPage((), (), unknown)
        return InboxPage(
            tuple(browse.newer(conn, pack, board=board, qualification=qualification)),
            tuple(browse.unreadable(conn, pack, (board, qualification))),
            unknown,
        )


def _newer_here(desk: Desk, board: str, qualification: str) -> list[Newer]:
    with desk.reading() as conn:
        pack = pack_here(desk, conn)
        return browse.newer(conn, pack, board=board, qualification=qualification) if pack else []


def seal_inbox(desk: Desk, *, board: str, qualification: str, subject: str, dry_run: bool) -> Seal:
    """Seal what the inbox holds of a scope or of one subject; or only look what that would give."""
    with desk.database() as conn:
        with begin(conn):
            found = scope_of(desk, conn, board, qualification)
        staged = pipeline.seal_inbox(conn, found, subject or None, dry_run=dry_run)
    batch = staged.batch
    if batch is None:
        return Seal(found.name, None, 0, 0, 0, 0, staged.stopping)
    return Seal(
        found.name, batch.id, batch.read, batch.staged, batch.quarantined, batch.duplicates, staged.stopping
    )  # fmt: skip


# The API


@api.get("/boards")
def boards_as_json(desk: Viewer) -> list[Board]:
    """Boards, their qualifications, and how many subjects each has in production."""
    return boards_here(desk)


@api.get("/browse")
def subjects_as_json(
    desk: Viewer, board: Place = "", qualification: Place = "", q: Words = "", limit: Limit = 200, offset: Offset = 0
) -> SubjectsPage:
    """Subjects in any layer."""
    return subjects_here(desk, board=board, qualification=qualification, words=q, limit=limit, offset=offset)


@api.get("/browse/topics")
def topics_as_json(
    desk: Viewer,
    board: Place,
    qualification: Place,
    subject: Place,
    version: Annotated[Plain | None, Query()] = None,
    layer: Layer = "production",
    q: Words = "",
    limit: Limit = 200,
    offset: Offset = 0,
) -> TopicsPage:
    """The tree of one subject in one layer, in its order."""
    with desk.reading() as conn:
        pack, versions = one_subject(desk, conn, board, qualification, subject, version)
        tree = browse.topics(conn, pack, versions[0], layer, words=q)
    items = tree.items[offset : offset + limit]
    return TopicsPage(versions[0], layer, tree.total, tree.matches, len(tree.items), offset, limit, items)


@api.get("/browse/papers")
def papers_as_json(
    desk: Viewer,
    board: Place,
    qualification: Place,
    subject: Place,
    version: Annotated[Plain | None, Query()] = None,
    layer: Layer = "production",
    year: Year = None,
    series: Words = "",
    tier: Words = "",
    kind: Words = "",
    link: Words = "",
    limit: Limit = 200,
    offset: Offset = 0,
) -> PapersPage:
    """The papers of one subject in one layer, newest first."""
    with desk.reading() as conn:
        pack, versions = one_subject(desk, conn, board, qualification, subject, version)
        found = browse.papers(
            conn, pack, versions[0], layer, year=year, series=series, tier=tier, kind=kind, link=link
        )  # fmt: skip
    items = found.items[offset : offset + limit]
    return PapersPage(versions[0], layer, found.total, offset, limit, found.choices, items)


@api.get("/browse/missing")
def missing_as_json(
    desk: Viewer, board: Place = "", qualification: Place = "", limit: Limit = 200, offset: Offset = 0
) -> MissingPage:
    """Subjects that boards offer and that are not published."""
    return missing_here(desk, board=board, qualification=qualification, limit=limit, offset=offset)


@api.get("/browse/inbox")
def inbox_as_json(desk: Viewer, board: Place = "", qualification: Place = "") -> InboxPage:
    """What the inbox holds of a scope that no batch has seen."""
    return inbox_here(desk, board=board, qualification=qualification)


@api.get("/browse/batch/{batch}")
def account_as_json(desk: Viewer, batch: Number) -> Account:
    """What one sealing did."""
    with desk.reading() as conn:
        return browse.account(conn, batch)


@api.post("/browse/seal")
def seal_as_json(desk: Editor, asked: SealAsked) -> Seal:
    """Seal what the inbox holds of a scope; `dry_run` only looks."""
    return seal_inbox(
        desk, board=asked.board, qualification=asked.qualification, subject=asked.subject, dry_run=asked.dry_run
    )


# The pages


@pages.get("/browse")
@pages.get("/data-viewer-v2.html")
def browse_page(
    request: Request,
    desk: Viewer,
    board: Place = "",
    qualification: Place = "",
    subject: Place = "",
    version: Annotated[Plain | None, Query()] = None,
    layer: Annotated[Layer | Literal[""], Query()] = "",
    show: Annotated[Literal["", "topics", "papers"], Query()] = "",
    q: Words = "",
    year: Annotated[Plain, Query()] = "",
    series: Words = "",
    tier: Words = "",
    kind: Words = "",
    link: Words = "",
    open: Annotated[Literal["", "all", "none"], Query()] = "",
    offset: Offset = 0,
) -> Response:
    """Boards, subjects, or one subject: how far down depends on what was chosen."""
    at = At(
        board, qualification, subject, version, layer, show, q, int(year) if re.fullmatch(r"\d{1,4}", year) else None,
        series, tier, kind, link, open, offset,
    )  # fmt: skip
    if subject:
        return _subject_page(request, desk, at)
    return _subjects_page(request, desk, at)


def _subjects_page(request: Request, desk: Desk, at: At) -> Response:
    boards = boards_here(desk)
    found = subjects_here(
        desk, board=at.board, qualification=at.qualification, words=at.q, limit=_PER_PAGE, offset=at.offset
    )
    missing = MissingPage(0, 0, _PER_PAGE, ())
    unsealed: list[Newer] = []
    if at.board or at.qualification:
        missing = missing_here(desk, board=at.board, qualification=at.qualification, limit=500, offset=0)
    if at.board and at.qualification:
        unsealed = _newer_here(desk, at.board, at.qualification)
    return page(
        request, desk, "browse.html",
        title=" ".join(filter(None, (at.board, at.qualification))) or "Browse",
        at=at, boards=boards, qualifications=_qualifications(boards, at.board), found=found, missing=missing,
        unsealed=unsealed, datasets=_flat(desk), per_page=_PER_PAGE, may_edit=desk.person.role >= Role.editor,
    )  # fmt: skip


def _subject_page(request: Request, desk: Desk, at: At) -> Response:
    with desk.reading() as conn:
        pack, versions = one_subject(desk, conn, at.board, at.qualification, at.subject, at.version)
        one = versions[0]
        layer: Layer = at.layer or (one.layers[0] if one.layers else "production")  # type: ignore[assignment]
        show = at.show or "topics"
        keys = correcting.tree_keys(conn, pack, one.scope_id, one.code) if one.scope_id else []
        tree = browse.topics(conn, pack, one, layer, words=at.q) if show == "topics" else None
        papers = None
        if show == "papers":
            papers = browse.papers(
                conn, pack, one, layer, year=at.year, series=at.series, tier=at.tier, kind=at.kind, link=at.link
            )
    return page(
        request, desk, "browse_subject.html",
        title=f"{one.name} {one.code}", at=at, one=one, versions=sorted(versions, key=lambda v: v.version),
        layer=layer, show=show, tree=tree, nodes=list(nodes(tree.items)) if tree else [], papers=papers,
        sittings=papers.sittings if papers else (), layers=_TABS, unfolded=_unfolded(at, tree),
        may_edit=desk.person.role >= Role.editor, tree_key=_tree_key(keys, one),
    )  # fmt: skip


def _tree_key(keys: Sequence[tuple[str, ...]], one: Subject) -> tuple[str, ...] | None:
    """The tree of this version; the only one there is may have got its version since."""
    exact = (one.code, one.version)
    return exact if exact in keys else keys[0] if len(keys) == 1 and len(keys[0]) == 2 else None


def _unfolded(at: At, tree: browse.Tree | None) -> bool:
    if tree is None or at.open:
        return at.open == "all"
    return bool(at.q) or len(tree.items) <= _UNFOLDED


def nodes(items: Sequence[Topic]) -> Iterator[Node]:
    """A walked tree as a nested list: where a list opens below a topic, how many end after it."""
    for place, topic in enumerate(items):
        following = items[place + 1].depth if place + 1 < len(items) else 0
        yield Node(topic, following > topic.depth, max(0, topic.depth - following))


def _qualifications(boards: Iterable[Board], board: str) -> list[str]:
    """Qualifications that a board has, all of them where none is chosen."""
    return sorted({q.code for b in boards if not board or b.code == board for q in b.qualifications}, key=str.casefold)


def _flat(desk: Desk) -> list[tuple[str, list[str], list[str], str | None]]:
    """Groups of flat data with their periods, newest first, their tables, and the one that periods choose from."""
    with desk.reading() as conn:
        packs = [pack for pack in desk.packs(conn) if not browse.has_trees(pack)]
        periods = browse.periods(conn, [pack.name for pack in packs])
    return [
        (
            group,
            periods.get((pack.name, group), []),
            [d.name for d in datasets],
            next((d.name for d in datasets if d.unit and layers.period_column(d) == d.unit[0]), None),
        )
        for pack in packs
        for group, datasets in catalog.groups(pack).items()
    ]


@pages.get("/browse/inbox")
def inbox_page(request: Request, desk: Viewer, board: Place = "", qualification: Place = "") -> Response:
    """What the inbox holds that no batch has seen."""
    at = At(board, qualification)
    return page(
        request, desk, "browse_inbox.html", title="Inbox", at=at,
        found=inbox_here(desk, board=board, qualification=qualification), may_edit=desk.person.role >= Role.editor,
    )  # fmt: skip


@pages.get("/browse/batch/{batch}")
def account_page(request: Request, desk: Viewer, batch: Number) -> Response:
    """What one sealing did."""
    with desk.reading() as conn:
        account = browse.account(conn, batch)
    return page(request, desk, "browse_batch.html", title=f"Batch {batch}", account=account)


@pages.post("/browse/seal")
async def seal_form(request: Request, desk: Editor) -> Response:
    """Seal, from a form; or look first."""
    from starlette.concurrency import run_in_threadpool

    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        asked = SealAsked(
            board=form.get("board", ""), qualification=form.get("qualification", ""), subject=form.get("subject", ""),
            dry_run=form.get("look", "") == "yes",
        )  # fmt: skip
    except ValidationError as error:
        return _inbox_again(request, desk, At(), "; ".join(mistakes_in(error).values()), 422)
    return await run_in_threadpool(_seal, request, desk, asked)


def _seal(request: Request, desk: Desk, asked: SealAsked) -> Response:
    at = At(asked.board, asked.qualification)
    done = seal_as_json(desk, asked)
    if asked.dry_run:
        return page(
            request, desk, "browse_inbox.html", title="Inbox", at=at,
            found=inbox_here(desk, board=at.board, qualification=at.qualification), looked=done, asked=asked,
            may_edit=True,
        )  # fmt: skip
    if done.batch is None:
        return follow(desk, at.but("/browse/inbox"), "Nothing in the inbox is new: nothing was sealed.", kind="info")
    said = f"Sealed as batch {done.batch}: {done.read} read = {done.staged} staged + {done.quarantined} quarantined"
    return follow(desk, f"/browse/batch/{done.batch}", f"{said} + {done.duplicates} duplicates.")


def _inbox_again(request: Request, desk: Desk, at: At, wrong: str, status: int) -> Response:
    return page(
        request, desk, "refused.html", status=status, title="Refused", cause=wrong, cure="Go back and choose again.",
        findings=[], at=at,
    )  # fmt: skip
