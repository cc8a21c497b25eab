"""The batch page: a scope enters; its findings beside their source, its changes and who hangs on them leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from greenroom import catalog
from greenroom.audit import batch, compare, impact, merged, overview, review
from greenroom.audit.batch import Findings, Head, Quarantine, Unit, Waiver
from greenroom.audit.diff import Kind
from greenroom.catalog import Found
from greenroom.db.connection import Connection
from greenroom.model.errors import AuditError, UnknownTarget
from greenroom.web import correcting, corrections, heavy
from greenroom.web.access import Approver, Viewer
from greenroom.web.ground import Desk
from greenroom.web.numbers import ScopeId
from greenroom.web.render import follow, page
from greenroom.web.words import Plain, Reason

pages = APIRouter()
api = APIRouter(tags=["batch"])

Narrow = Annotated[Plain | None, Query(description="One subject, by its code.")]
Period = Annotated[Plain | None, Query(description="One period, or département, of a dataset.")]
Name = Annotated[Plain | None, Query()]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]

# Up to so many staged rows the front page counts the changes too; of more it leads to them, and few are made at once.
_COUNTED_ROWS = 4_000
_INSTEAD = "Look at one subject or period at a time, or write it to a file: greenroom report TARGET -o FILE.html"


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A scope to look at: all of it, or one look.only."""

    scope_id: int
    subject: str | None
    period: str | None

    @property
    def only(self) -> str | None:
        """The look.only, where one is given."""
        return self.subject or self.period

    @property
    def at(self) -> dict[str, str | None]:
        """How links stay at it."""
        return {"subject": self.subject, "period": self.period}


def _asked(scope_id: ScopeId, subject: Narrow = None, period: Period = None) -> Asked:
    return Asked(scope_id, subject or None, period or None)


Look = Annotated[Asked, Depends(_asked)]


@contextmanager
def _reading(desk: Desk, look: Asked) -> Iterator[tuple[Connection, Found, Head]]:
    """One transaction, and what it is asked to look at."""
    with desk.reading() as conn:
        yield conn, *_narrowed(desk, conn, look)


@contextmanager
def _comparing(request: Request, desk: Desk, look: Asked) -> Iterator[tuple[Connection, Found, Head]]:
    """Likewise, for what plans a promotion: of many rows few at a time."""
    with _reading(desk, look) as (conn, found, head):
        if sum(unit.row_count for unit in _one_part(found, head, look.only)[0]) <= _COUNTED_ROWS:
            yield conn, found, head
            return
    with heavy.reading(request, desk, instead=_INSTEAD) as conn:
        yield conn, *_narrowed(desk, conn, look)


def _narrowed(desk: Desk, conn: Connection, look: Asked) -> tuple[Found, Head]:
    found = desk.scope(conn, look.scope_id)
    catalog.narrow(conn, found, look.only)
    return found, batch.head(conn, found.pack, look.scope_id, found.name, look.only)


def _state(conn: Connection, found: Found, head: Head) -> tuple[State, dict[str, Any], list[dict[str, Any]]]:
    state = overview.status(conn, found.pack, found.scope_id, found.name, with_inbox=not head.waits)
    stopping = batch.stopping(conn, found.pack, head.unit_ids) if head.waits else []
    told = State(
        head, state["live"], state["rows"], state["prepared"], state["drift"], len(stopping), state["next"]
    )  # fmt: skip
    return told, state, stopping


def _one_part(found: Found, head: Head, only: str | None) -> tuple[tuple[Unit, ...], str | None]:
    """The units whose changes are told at once, and the subject they are of where there are several."""
    if not head.waits:
        return (), only
    if found.pack.root is None or only is not None or len(head.parts) < 2:
        return head.units, only
    first = head.parts[0]
    return tuple(unit for unit in head.units if unit.key and unit.key[0] == first), first


def _impact(conn: Connection, found: Found, head: Head, only: str | None) -> tuple[impact.Impact, str | None]:
    units, part = _one_part(found, head, only)
    return impact.impact(conn, found.pack, found.scope_id, [unit.id for unit in units]), part


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
        conn,
        found.pack,
        found.scope_id,
        [unit.id for unit in units],
        only_changes=only_changes,
        kind=kind,
        dataset=dataset,
        page=number,
    )
    return told, part


def _at_part(found: Found, part: str | None) -> dict[str, str | None] | None:
    """How links stay at the subject that is told, where there are several."""
    return {"subject": part} if part is not None and found.pack.root is not None else None


def _waive(desk: Desk, scope_id: int, asked: Waive) -> tuple[Found, Waived]:
    if asked.until < date.today():  # noqa: DTZ011 - the day of the desk's own clock, as the person's calendar shows it
        raise AuditError(f"{asked.until} is past.", hint="Name a day from today on.")
    with desk.reading() as conn:
        found = desk.scope(conn, scope_id)
        catalog.narrow(conn, found, asked.subject)
        made = review.waive(
            conn, found.pack, scope_id, asked.check,
            by=desk.person.name, why=asked.why, until=asked.until, only=asked.subject,
        )  # fmt: skip
    return found, Waived(made)


# The API


@api.get("/scope/{scope_id}", summary="Where a scope stands")
def scope_state(desk: Viewer, look: Look) -> State:
    """Its batches, units, what was decided on them, and what stops them."""
    with _reading(desk, look) as (conn, found, head):
        return _state(conn, found, head)[0]


@api.get("/scope/{scope_id}/findings", summary="Findings by check")
def scope_findings(
    desk: Viewer,
    look: Look,
    check: Name = None,
    page: PageNumber = 1,
) -> Findings:
    """Of every check the first few; of one check, a page."""
    with _reading(desk, look) as (conn, found, head):
        return batch.findings(conn, found.pack, head.unit_ids, check_name=check or None, page=page)


@api.get("/scope/{scope_id}/quarantine", summary="Rows that could not be read")
def scope_quarantine(
    desk: Viewer, look: Look, rule: Name = None,
    page: PageNumber = 1,
) -> Quarantine:  # fmt: skip
    """Counted by rule, with a page of them."""
    with _reading(desk, look) as (conn, _, head):
        return batch.quarantine(conn, head, rule=rule or None, page=page)


@api.get("/scope/{scope_id}/diff", summary="What a promotion would change")
def scope_diff(
    request: Request,
    desk: Viewer,
    look: Look,
    show: Literal["changes", "all"] = "changes",
    kind: Kind | None = None,
    dataset: Name = None,
    page: PageNumber = 1,
) -> merged.Changes:
    """A merged tree where there is one, and a page of the other rows; of many subjects the first, or the one named."""
    with _comparing(request, desk, look) as (conn, found, head):
        return _changes(
            conn, found, head, look.only,
            only_changes=show == "changes", kind=kind, dataset=dataset or None, number=page,
        )[0]  # fmt: skip


@api.get("/scope/{scope_id}/impact", summary="What hangs on what would change")
def scope_impact(request: Request, desk: Viewer, look: Look) -> impact.Impact:
    """Tables of the app that point at rows that leave or change, and views; of many subjects the first, or the one."""
    with _comparing(request, desk, look) as (conn, found, head):
        return _impact(conn, found, head, look.only)[0]


@api.get("/scope/{scope_id}/waivers", summary="Checks that were set aside")
def scope_waivers(desk: Viewer, look: Look) -> tuple[Waiver, ...]:
    """The newest first, with whether each still holds."""
    with _reading(desk, look) as (conn, found, _):
        return batch.waivers(conn, found.pack, look.scope_id, look.only)


@api.post("/scope/{scope_id}/waivers", summary="Set a check aside")
def waive_check(desk: Approver, scope_id: ScopeId, asked: Waive) -> Waived:
    """For the pending units that it stops, as they stand."""
    return _waive(desk, scope_id, asked)[1]


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
    look: Look,
    check: Name = None,
    number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
) -> Response:
    """What waits, what was found on it, and what may be decided."""
    with _reading(desk, look) as (conn, found, head):
        listed = batch.findings(conn, found.pack, head.unit_ids, check_name=check or None, page=number)
        counted = None
        if head.waits and sum(unit.row_count for unit in head.units) <= _COUNTED_ROWS:
            told, _ = _changes(conn, found, head, look.only, only_changes=True, kind=None, dataset=None, number=1)
            counted = {name: merged.tallied(each) for name, each in told.counts.items()}
        return _render(
            request, desk, "batch.html", conn, found, head, look.at, tab="", findings=listed, changed=counted
        )  # fmt: skip


@pages.get("/scope/{scope_id}/diff")
def diff_page(
    request: Request,
    desk: Viewer,
    look: Look,
    show: Literal["changes", "all"] = "changes",
    kind: Literal["", "added", "removed", "revived", "renumbered", "renamed", "moved", "reordered", "other"] = "",
    dataset: Name = None,
    number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
) -> Response:
    """Production and batch as one tree, and the other rows before and after."""
    with _comparing(request, desk, look) as (conn, found, head):
        told, part = _changes(
            conn, found, head, look.only,
            only_changes=show == "changes", kind=kind or None, dataset=dataset or None, number=number,
        )  # fmt: skip
        return _render(
            request, desk, "batch_diff.html", conn, found, head, _at_part(found, part) or look.at, tab="/diff",
            told_changes=told, part=part, show=show, kind=kind, dataset=dataset or None, tallied=merged.tallied,
        )  # fmt: skip


@pages.get("/scope/{scope_id}/impact")
def impact_page(request: Request, desk: Viewer, look: Look) -> Response:
    """Which rows of the app hang on what would change."""
    with _comparing(request, desk, look) as (conn, found, head):
        told, part = _impact(conn, found, head, look.only)
        return _render(
            request, desk, "batch_impact.html", conn, found, head, _at_part(found, part) or look.at, tab="/impact",
            impact=told, part=part,
        )  # fmt: skip


@pages.get("/scope/{scope_id}/edits")
def edits_page(
    request: Request,
    desk: Viewer,
    look: Look,
    show: corrections.Show = "",
    dataset: Plain = "",
    by: Plain = "",
    row: Annotated[str, Query(max_length=1_000, pattern=r"^[^\x00-\x1f]*$")] = "",
    number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
) -> Response:
    """All corrections: in conflict, in force, and what became of the others."""
    asked = {"show": show, "dataset": dataset, "by": by, "row": row}
    with _reading(desk, look) as (conn, found, head):
        told = corrections.listed(
            conn, found.pack, look.scope_id, found.name,
            show=show, only=look.only, dataset=dataset, by=by, row=row, number=number,
        )  # fmt: skip
        return _render(
            request, desk, "batch_edits.html", conn, found, head, look.at, tab="/edits", edits=told, asked=asked,
            shows=corrections.SHOWS, may_edit=correcting.may_edit(desk), as_text=correcting.text_of,
            here=_with(look.scope_id, "", look.at, **asked, page=number).partition("?")[2],
        )  # fmt: skip


@pages.get("/scope/{scope_id}/quarantine")
def quarantine_page(
    request: Request,
    desk: Viewer,
    look: Look,
    rule: Name = None,
    number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
) -> Response:
    """Rows that could not be read, each with its source."""
    with _reading(desk, look) as (conn, found, head):
        told = batch.quarantine(conn, head, rule=rule or None, page=number)
        return _render(
            request, desk, "batch_quarantine.html", conn, found, head, look.at, tab="/quarantine", quarantine=told
        )  # fmt: skip


@pages.get("/scope/{scope_id}/waivers")
def waivers_page(request: Request, desk: Viewer, look: Look, check: Name = None) -> Response:
    """Checks that were set aside, and the form to set another aside."""
    with _reading(desk, look) as (conn, found, head):
        listed = batch.waivers(conn, found.pack, look.scope_id, look.only)
        groups = batch.findings(conn, found.pack, head.unit_ids).groups if head.waits else ()
        return _render(
            request, desk, "batch_waivers.html", conn, found, head, look.at, tab="/waivers", waivers=listed,
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
        found, head = _narrowed(desk, conn, Asked(scope_id, None, None))
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
        found = desk.scope(conn, scope_id)
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
