"""The batch page: a scope enters; its findings beside their source, its changes and who hangs on them leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from greenroom import catalog
from greenroom.audit import batch, compare, impact, merged, overview, review
from greenroom.audit.batch import Beside, Findings, Head, Quarantine, Waiver
from greenroom.audit.diff import Kind
from greenroom.audit.page import Box, Told
from greenroom.audit.source import Sources
from greenroom.catalog import Found
from greenroom.db.connection import Connection
from greenroom.model.errors import AuditError, SourceError, UnknownTarget
from greenroom.web import correcting, corrections
from greenroom.web.access import Approver, Viewer
from greenroom.web.ground import Desk
from greenroom.web.render import follow, fragment, page
from greenroom.web.words import Plain, Reason
from greenroom.write.fetch import Store
from greenroom.write.formats import looked_into
from greenroom.write.visit import parts_of

pages = APIRouter()
api = APIRouter(tags=["batch"])

ScopeId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Narrow = Annotated[Plain | None, Query(description="One subject, by its code.")]
Period = Annotated[Plain | None, Query(description="One period, or département, of a dataset.")]
Name = Annotated[Plain | None, Query()]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]
Snapshot = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
# A page of a document, and one of its boxes in points.
Leaf = Annotated[int, Path(ge=1, le=100_000)]
BoxText = Annotated[str | None, Query(pattern=r"^-?\d{1,6}(\.\d{1,3})?( -?\d{1,6}(\.\d{1,3})?){3}$")]
Place = Annotated[int, Query(ge=0, le=5)]

# Up to so many staged rows the front page counts the changes too; of more it leads to them.
_COUNTED_ROWS = 4_000
# What a browser keeps of a picture: a snapshot does not change, the way it is drawn may.
_KEEP = "private, max-age=86400"
_DRAWN = "1"


@dataclass(frozen=True, slots=True)
class State:
    """Where a scope stands: its batch, units and who decided what; what stops it; what to do next."""

    head: Head
    live: int
    rows: int
    prepared: int | None
    drift: int
    stopping: int
    next: str


@dataclass(frozen=True, slots=True)
class Waived:
    """How many units a check was set aside for."""

    units: int


class Waive(BaseModel):
    """A check to set aside: why, and until when."""

    check: Plain
    why: Reason
    until: date
    subject: Plain | None = None


# Answers: the same behind pages and API


def _scope(desk: Desk, conn: Connection, scope_id: int) -> Found:
    row = conn.execute(
        "select c.pack, c.name, c.keys from greenroom.scope as c where c.id = %s", (scope_id,)
    ).fetchone()
    if row is None:
        raise UnknownTarget(f"There is no scope {scope_id}.", hint="See what there is on the overview.")
    pack = catalog.installed_pack(conn, row[0])
    return Found(desk.ground.installed(pack), scope_id, row[1], tuple(row[2]))


def _narrowed(desk: Desk, conn: Connection, scope_id: int, only: str | None) -> tuple[Found, Head]:
    found = _scope(desk, conn, scope_id)
    catalog.narrow(conn, found, only)
    return found, batch.head(conn, found.pack, scope_id, found.name, only)


def _state(conn: Connection, found: Found, head: Head) -> tuple[State, dict[str, Any], list[dict[str, Any]]]:
    state = overview.status(conn, found.pack, found.scope_id, found.name, with_inbox=not head.waits)
    stopping = batch.stopping(conn, found.pack, head.unit_ids) if head.waits else []
    told = State(
        head, state["live"], state["rows"], state["prepared"], state["drift"], len(stopping), state["next"]
    )  # fmt: skip
    return told, state, stopping


def _one_part(found: Found, head: Head, only: str | None) -> tuple[list[int], str | None]:
    """The units whose changes are told at once, and the subject they are of where there are several."""
    if not head.waits:
        return [], only
    if found.pack.root is None or only is not None or len(head.parts) < 2:
        return head.unit_ids, only
    first = head.parts[0]
    return [unit.id for unit in head.units if unit.key and unit.key[0] == first], first


def _impact(conn: Connection, found: Found, head: Head, only: str | None) -> tuple[impact.Impact, str | None]:
    units, part = _one_part(found, head, only)
    return impact.impact(conn, found.pack, found.scope_id, units), part


@lru_cache(maxsize=8)
def _sources(store: Store) -> Sources:
    return Sources(store.open, looked_into, lambda sha256: parts_of(store.get(sha256), store))


def _changes(
    conn: Connection,
    found: Found,
    head: Head,
    only: str | None,
    *,
    only_changes: bool,
    kind: Kind | None,
    dataset: str | None,
    number: int,
) -> tuple[merged.Changes, str | None]:
    units, part = _one_part(found, head, only)
    told = merged.changes(
        conn, found.pack, found.scope_id, units, only_changes=only_changes, kind=kind, dataset=dataset, page=number
    )
    return told, part


def _at_part(found: Found, part: str | None) -> dict[str, str | None] | None:
    """How links stay at the subject that is told, where there are several."""
    return {"subject": part} if part is not None and found.pack.root is not None else None


def _beside(desk: Desk, number: int, *, unread: bool) -> Beside:
    with desk.reading() as conn:
        found = batch.scope_of_unread(conn, number) if unread else batch.scope_of_finding(conn, number)
        pack = _scope(desk, conn, found[0]).pack
        tell = batch.beside_unread if unread else batch.beside_finding
        told, cited = tell(conn, pack, number)
    if cited.snapshot is None:
        return told
    return replace(told, evidence=_sources(desk.ground.fetching.store).evidence(cited))


def _waive(desk: Desk, scope_id: int, asked: Waive) -> tuple[Found, Waived]:
    if asked.until < date.today():  # noqa: DTZ011 - the day of the desk's own clock, as the person's calendar shows it
        raise AuditError(f"{asked.until} is past.", hint="Name a day from today on.")
    with desk.reading() as conn:
        found = _scope(desk, conn, scope_id)
        catalog.narrow(conn, found, asked.subject)
        made = review.waive(
            conn, found.pack, scope_id, asked.check,
            by=desk.person.name, why=asked.why, until=asked.until, only=asked.subject,
        )  # fmt: skip
    return found, Waived(made)


# The API


@api.get("/scope/{scope_id}", summary="Where a scope stands")
def scope_state(desk: Viewer, scope_id: ScopeId, subject: Narrow = None, period: Period = None) -> State:
    """Its batches, units, what was decided on them, and what stops them."""
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period)
        return _state(conn, found, head)[0]


@api.get("/scope/{scope_id}/findings", summary="Findings by check")
def scope_findings(
    desk: Viewer,
    scope_id: ScopeId,
    subject: Narrow = None,
    period: Period = None,
    check: Name = None,
    page: PageNumber = 1,
) -> Findings:
    """Of every check the first few; of one check, a page."""
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period)
        return batch.findings(conn, found.pack, head.unit_ids, check_name=check or None, page=page)


@api.get("/scope/{scope_id}/quarantine", summary="Rows that could not be read")
def scope_quarantine(
    desk: Viewer, scope_id: ScopeId, subject: Narrow = None, period: Period = None, rule: Name = None,
    page: PageNumber = 1,
) -> Quarantine:  # fmt: skip
    """Counted by rule, with a page of them."""
    with desk.reading() as conn:
        _, head = _narrowed(desk, conn, scope_id, subject or period)
        return batch.quarantine(conn, head, rule=rule or None, page=page)


@api.get("/scope/{scope_id}/diff", summary="What a promotion would change")
def scope_diff(
    desk: Viewer,
    scope_id: ScopeId,
    subject: Narrow = None,
    period: Period = None,
    show: Literal["changes", "all"] = "changes",
    kind: Kind | None = None,
    dataset: Name = None,
    page: PageNumber = 1,
) -> merged.Changes:
    """A merged tree where there is one, and a page of the other rows; of many subjects the first, or the one named."""
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period)
        return _changes(
            conn, found, head, subject or period,
            only_changes=show == "changes", kind=kind, dataset=dataset or None, number=page,
        )[0]  # fmt: skip


@api.get("/scope/{scope_id}/impact", summary="What hangs on what would change")
def scope_impact(desk: Viewer, scope_id: ScopeId, subject: Narrow = None, period: Period = None) -> impact.Impact:
    """Tables of the app that point at rows that leave or change, and views; of many subjects the first, or the one."""
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period)
        return _impact(conn, found, head, subject or period)[0]


@api.get("/scope/{scope_id}/waivers", summary="Checks that were set aside")
def scope_waivers(desk: Viewer, scope_id: ScopeId, subject: Narrow = None, period: Period = None) -> tuple[Waiver, ...]:
    """The newest first, with whether each still holds."""
    with desk.reading() as conn:
        found, _ = _narrowed(desk, conn, scope_id, subject or period)
        return batch.waivers(conn, found.pack, scope_id, subject or period)


@api.post("/scope/{scope_id}/waivers", summary="Set a check aside")
def waive_check(desk: Approver, scope_id: ScopeId, asked: Waive) -> Waived:
    """For the pending units that it stops, as they stand."""
    return _waive(desk, scope_id, asked)[1]


@api.get("/finding/{finding_id}/source", summary="The source beside a finding")
def finding_source(desk: Viewer, finding_id: Number) -> Beside:
    """The passages of the source that a finding names, and the row as it was read."""
    return _beside(desk, finding_id, unread=False)


@api.get("/quarantine/{unread_id}/source", summary="The source beside a row that could not be read")
def unread_source(desk: Viewer, unread_id: Number) -> Beside:
    """The passages of the source, and the row as it came."""
    return _beside(desk, unread_id, unread=True)


# Pages

TABS = (
    ("", "Findings"),
    ("/diff", "Changes"),
    ("/edits", "Corrections"),
    ("/impact", "Effect on the app"),
    ("/quarantine", "Quarantine"),
    ("/waivers", "Waivers"),
)  # fmt: skip


def _with(scope_id: int, tab: str, only: dict[str, str | None], **more: object) -> str:
    """The address of a tab, narrowed as this page is."""
    asked = {name: value for name, value in (only | more).items() if value not in (None, "", 1)}
    return f"/scope/{scope_id}{tab}{'?' + urlencode(asked) if asked else ''}"


def _render(
    request: Request,
    desk: Desk,
    template: str,
    conn: Connection,
    found: Found,
    head: Head,
    only: dict[str, str | None],
    **values: Any,
) -> Response:
    told, state, stopping = _state(conn, found, head)
    by = "subject" if found.pack.landing == "inbox" else "period"
    return page(
        request,
        desk,
        template,
        scope=found,
        scope_id=found.scope_id,
        head=head,
        told=told,
        state=state,
        units=head.units,
        stopping=stopping,
        counts=_counts(conn, found, head, next((value for value in only.values() if value), None)),
        only=next((value for value in only.values() if value), None),
        at=lambda tab, **more: _with(found.scope_id, tab, only, **more),
        tabs=TABS,
        trees=correcting.tree_keys(conn, found.pack, found.scope_id, only.get("subject")) if found.pack.root else [],
        tree_at=lambda key=(): _with(found.scope_id, "/tree", dict(zip(("subject", "version"), key, strict=False))),
        row_at=lambda dataset, key, ref: correcting.address_of(found.scope_id, found.pack.dataset(dataset), key, ref),
        subjects=_waiting(conn, found) if found.pack.root else [],
        narrows=by,
        today=date.today(),  # noqa: DTZ011 - as above
        **values,
    )


def _counts(conn: Connection, found: Found, head: Head, only: str | None) -> dict[str, int]:
    """What stands behind each tab, where counting is cheap."""
    counted = batch.findings(conn, found.pack, head.unit_ids)
    return {
        "": counted.errors + counted.warnings,
        "/edits": corrections.live(conn, found.scope_id, only),
        "/quarantine": sum(unit.quarantined for unit in head.batches),
    }


@pages.get("/scope/{scope_id}")
def batch_page(
    request: Request,
    desk: Viewer,
    scope_id: ScopeId,
    subject: Narrow = None,
    period: Period = None,
    check: Name = None,
    number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
) -> Response:
    """What waits, what was found on it, and what may be decided."""
    only = {"subject": subject or None, "period": period or None}
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period or None)
        listed = batch.findings(conn, found.pack, head.unit_ids, check_name=check or None, page=number)
        counted = None
        if head.waits and sum(unit.row_count for unit in head.units) <= _COUNTED_ROWS:
            told, _ = _changes(
                conn, found, head, subject or period or "", only_changes=True, kind=None, dataset=None, number=1
            )
            counted = {name: merged.tallied(each) for name, each in told.counts.items()}
        return _render(
            request, desk, "batch.html", conn, found, head, only, tab="", findings=listed, changed=counted
        )  # fmt: skip


@pages.get("/scope/{scope_id}/diff")
def diff_page(
    request: Request,
    desk: Viewer,
    scope_id: ScopeId,
    subject: Narrow = None,
    period: Period = None,
    show: Literal["changes", "all"] = "changes",
    kind: Literal["", "added", "removed", "revived", "renumbered", "renamed", "moved", "reordered", "other"] = "",
    dataset: Name = None,
    number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
) -> Response:
    """Production and batch as one tree, and the other rows before and after."""
    only = {"subject": subject or None, "period": period or None}
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period or None)
        told, part = _changes(
            conn, found, head, subject or period or None,
            only_changes=show == "changes", kind=kind or None, dataset=dataset or None, number=number,
        )  # fmt: skip
        return _render(
            request, desk, "batch_diff.html", conn, found, head, _at_part(found, part) or only, tab="/diff",
            told_changes=told, part=part, show=show, kind=kind, dataset=dataset or None, tallied=merged.tallied,
        )  # fmt: skip


@pages.get("/scope/{scope_id}/impact")
def impact_page(
    request: Request, desk: Viewer, scope_id: ScopeId, subject: Narrow = None, period: Period = None
) -> Response:
    """Which rows of the app hang on what would change."""
    only = {"subject": subject or None, "period": period or None}
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period or None)
        told, part = _impact(conn, found, head, subject or period or None)
        return _render(
            request, desk, "batch_impact.html", conn, found, head, _at_part(found, part) or only, tab="/impact",
            impact=told, part=part,
        )  # fmt: skip


@pages.get("/scope/{scope_id}/edits")
def edits_page(
    request: Request,
    desk: Viewer,
    scope_id: ScopeId,
    subject: Narrow = None,
    period: Period = None,
    show: corrections.Show = "",
    dataset: Plain = "",
    by: Plain = "",
    row: Annotated[str, Query(max_length=1_000, pattern=r"^[^\x00-\x1f]*$")] = "",
    number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
) -> Response:
    """All corrections: in conflict, in force, and what became of the others."""
    only = {"subject": subject or None, "period": period or None}
    asked = {"show": show, "dataset": dataset, "by": by, "row": row}
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period or None)
        told = corrections.listed(
            conn, found.pack, scope_id, found.name,
            show=show, only=subject or period or None, dataset=dataset, by=by, row=row, number=number,
        )  # fmt: skip
        return _render(
            request, desk, "batch_edits.html", conn, found, head, only, tab="/edits", edits=told, asked=asked,
            shows=corrections.SHOWS, may_edit=correcting.may_edit(desk), as_text=correcting.text_of,
            here=_with(scope_id, "", only, **asked, page=number).partition("?")[2],
        )  # fmt: skip


@pages.get("/scope/{scope_id}/quarantine")
def quarantine_page(
    request: Request,
    desk: Viewer,
    scope_id: ScopeId,
    subject: Narrow = None,
    period: Period = None,
    rule: Name = None,
    number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
) -> Response:
    """Rows that could not be read, each with its source."""
    only = {"subject": subject or None, "period": period or None}
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period or None)
        told = batch.quarantine(conn, head, rule=rule or None, page=number)
        return _render(
            request, desk, "batch_quarantine.html", conn, found, head, only, tab="/quarantine", quarantine=told
        )  # fmt: skip


@pages.get("/scope/{scope_id}/waivers")
def waivers_page(
    request: Request, desk: Viewer, scope_id: ScopeId, subject: Narrow = None, period: Period = None, check: Name = None
) -> Response:
    """Checks that were set aside, and the form to set another aside."""
    only = {"subject": subject or None, "period": period or None}
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, subject or period or None)
        listed = batch.waivers(conn, found.pack, scope_id, subject or period or None)
        groups = batch.findings(conn, found.pack, head.unit_ids).groups if head.waits else ()
        return _render(
            request, desk, "batch_waivers.html", conn, found, head, only, tab="/waivers", waivers=listed,
            groups=[each for each in groups if each.can_waive], check=check,
        )  # fmt: skip


@pages.post("/scope/{scope_id}/waivers")
def waive_by_form(
    desk: Approver,
    scope_id: ScopeId,
    check: Annotated[Plain, Form()],
    why: Annotated[Reason, Form()],
    until: Annotated[date, Form()],
    subject: Annotated[Plain | None, Form()] = None,
) -> RedirectResponse:
    """Set a check aside, then show that it was."""
    found, made = _waive(desk, scope_id, Waive(check=check, why=why, until=until, subject=subject or None))
    name = "subject" if found.pack.landing == "inbox" else "period"
    to = _with(scope_id, "/waivers", {name: subject or None})
    units = f"{made.units} unit{'s' if made.units != 1 else ''}"
    return follow(desk, to, f"{check} is set aside for {units} until {until}.")


@pages.get("/scope/{scope_id}/between")
def between_page(request: Request, desk: Viewer, scope_id: ScopeId, old: Name = None, new: Name = None) -> Response:
    """Two specifications of one scope, topic by topic."""
    with desk.reading() as conn:
        found, head = _narrowed(desk, conn, scope_id, None)
        if found.pack.root is None:
            raise UnknownTarget(f"{found.name} holds no specifications.", hint="See its changes instead.")
        subjects = _subjects(conn, scope_id)
        compared = None
        if new and new not in subjects:
            raise UnknownTarget(f"There is no {new} in {found.name}.", hint="Choose among what was staged here.")
        before = old or (compare.predecessor(conn, found.pack, scope_id, new) if new else None)
        if new and before:
            compared = compare.between(conn, found.pack, scope_id, f"{before}..{new}")
        return _render(
            request, desk, "batch_between.html", conn, found, head, {}, tab="/between", compared=compared,
            old=before or "", new=new or "", known=subjects,
        )  # fmt: skip


@api.get("/scope/{scope_id}/between", summary="Two specifications, topic by topic")
def scope_between(desk: Viewer, scope_id: ScopeId, new: Plain, old: Name = None) -> compare.Comparison:
    """What became of each topic; `old` may be left out where one is declared to succeed the other."""
    with desk.reading() as conn:
        found = _scope(desk, conn, scope_id)
        if found.pack.root is None:
            raise UnknownTarget(f"{found.name} holds no specifications.", hint="See its changes instead.")
        return compare.between(conn, found.pack, scope_id, f"{old}..{new}" if old else new)


def _waiting(conn: Connection, found: Found) -> Sequence[str]:
    """The subjects of which something waits."""
    return [
        row[0]
        for row in conn.execute(
            "select distinct u.key[1] from greenroom.unit as u where u.scope_id = %s"
            " and u.state in ('sealed', 'held', 'ready') and u.key[1] is not null order by 1",
            [found.scope_id],
        )
    ]


def _subjects(conn: Connection, scope_id: int) -> Sequence[str]:
    return [
        row[0]
        for row in conn.execute(
            "select distinct n.key[1] from (select u.key from greenroom.unit as u where u.scope_id = %(scope)s union"
            " select p.key from greenroom.published as p where p.scope_id = %(scope)s) as n"
            " where n.key[1] is not null order by 1",
            {"scope": scope_id},
        )
    ]


# The source beside


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
        found = _scope(desk, conn, scope_id)
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
