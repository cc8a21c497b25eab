"""Comment, assign, approve, reject: what a person says of a batch enters, and is kept, bound to what they saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Form, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from greenroom import catalog
from greenroom.audit import decisions, overview, review
from greenroom.audit.decisions import Comment, Standing, Verdict
from greenroom.db.connection import begin
from greenroom.model.errors import DeclarationError
from greenroom.web.access import Admin, Approver, Editor, Viewer
from greenroom.web.ground import Desk
from greenroom.web.jobs import scope_found
from greenroom.web.numbers import Number, ScopeId
from greenroom.web.render import follow, page
from greenroom.web.words import Named, Plain, Prose, Reason

pages = APIRouter()
api = APIRouter(tags=["decisions"])

Only = Annotated[Plain | None, Query()]
# What a page showed: unit:mark, blanks between. Tens of thousands of units would not be decided on at once.
Seen = Annotated[str, StringConstraints(max_length=1_000_000, pattern=r"^([0-9]{1,19}:[0-9a-f]{16}( |$))*$")]


@dataclass(frozen=True, slots=True)
class Deciding:
    """What `_decisions.html` shows: the scope, what waits and was said, what the app sees, who may be asked."""

    scope_id: int
    scope: str
    pack: str
    only: str | None
    standing: Standing
    is_rooted: bool
    has_inbox: bool
    live: int
    rows: int
    prepared: int | None
    people: list[str]
    # One for each form, so that what is sent twice is done once.
    keys: dict[str, str]


class Decided(BaseModel):
    """A decision, with what was seen of what it is about."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict
    note: Reason
    seen: Seen
    only: Plain | None = None


class Said(BaseModel):
    """A comment on the scope, on a unit of it, on a row or on a finding."""

    model_config = ConfigDict(extra="forbid")

    text: Reason
    dataset: Plain | None = None
    unit_key: Annotated[list[Plain], Path(max_length=8)] | None = None
    row_ref: Plain | None = None
    check_name: Plain | None = None


class Assigned(BaseModel):
    """Who is asked to look, at all of it or at one unit."""

    model_config = ConfigDict(extra="forbid")

    to: Named
    note: Prose = ""
    unit_key: Annotated[list[Plain], Path(max_length=8)] | None = None


class Policy(BaseModel):
    """How many people a decision takes."""

    model_config = ConfigDict(extra="forbid")

    people: Annotated[int, Path(ge=1, le=2)]


@dataclass(frozen=True, slots=True)
class Made:
    """How many units a decision was made on, and what stops them even so, in words."""

    scope: str
    verdict: Verdict
    units: int
    stopping: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """The number of a request to look."""

    id: int


def deciding(desk: Desk, scope_id: int, only: str | None = None) -> Deciding:
    """All that is needed to decide on a scope: what the page, the batch page and the API show."""
    with desk.reading() as conn:
        found = scope_found(conn, scope_id)
        catalog.narrow(conn, found, only)
        seen = overview.visibility(conn, found.pack, scope_id)
        return Deciding(
            scope_id=scope_id,
            scope=found.name,
            pack=found.pack.name,
            only=only,
            standing=decisions.standing(conn, found.pack, scope_id, who=desk.person.name, only=only),
            is_rooted=found.pack.root is not None,
            has_inbox=found.pack.landing == "inbox",
            live=seen["live"],
            rows=seen["rows"],
            prepared=seen["prepared"],
            people=decisions.known_people(conn),
            keys={name: str(uuid4()) for name in ("promote", "live", "clean")},
        )


def decide(desk: Desk, scope_id: int, asked: Decided) -> Made:
    """Approve or reject what waits, if it is still what was seen."""
    only = asked.only or None
    with desk.database() as conn, begin(conn):
        found = scope_found(conn, scope_id)
        catalog.narrow(conn, found, only)
        decisions.refuse_unseen(conn, found.pack, scope_id, asked.seen, who=desk.person.name, only=only)
        act = review.approve if asked.verdict == "approved" else review.reject
        made = act(conn, found.pack, scope_id, by=desk.person.name, note=asked.note, only=only)
        left = decisions.remaining(conn, found.pack, scope_id, only=only) if asked.verdict == "approved" else ()
    return Made(found.name, asked.verdict, made, tuple(left))


@api.get("/scope/{scope_id}/decisions")
def read_decisions(desk: Viewer, scope_id: ScopeId, only: Only = None) -> Deciding:
    """What waits, what was found, who decided what and whether it counts, what was said and asked."""
    return deciding(desk, scope_id, only or None)


@api.post("/scope/{scope_id}/decisions")
def make_decision(desk: Approver, scope_id: ScopeId, asked: Decided) -> Made:
    """Approve or reject; `seen` as it was read. 409 when it is another now."""
    return decide(desk, scope_id, asked)


@api.post("/scope/{scope_id}/comments")
def make_comment(desk: Editor, scope_id: ScopeId, said: Said) -> Comment:
    """Say something."""
    return comment(desk, scope_id, said)


@api.post("/scope/{scope_id}/comments/{comment_id}/resolve")
def resolve_comment(
    desk: Editor, scope_id: ScopeId, comment_id: Number, on: Annotated[bool, Query()] = True
) -> Comment:
    """A comment is settled; with `on=false` it is open again."""
    with desk.database() as conn, begin(conn):
        return decisions.resolve(conn, scope_id, comment_id, by=desk.person.name, on=on)


@api.post("/scope/{scope_id}/assignments")
def make_assignment(desk: Editor, scope_id: ScopeId, asked: Assigned) -> Asking:
    """Ask somebody to look."""
    with desk.database() as conn, begin(conn):
        number = decisions.assign(
            conn, scope_id, asked.to, by=desk.person.name, note=asked.note.strip(), unit_key=asked.unit_key
        )
    return Asking(number)


@api.post("/scope/{scope_id}/assignments/{assignment_id}/done")
def end_assignment(desk: Editor, scope_id: ScopeId, assignment_id: Number) -> Asking:
    """What somebody was asked for is done."""
    with desk.database() as conn, begin(conn):
        decisions.done(conn, scope_id, assignment_id, by=desk.person.name)
    return Asking(assignment_id)


@api.put("/policy/{pack}")
def set_policy(desk: Admin, pack: Plain, policy: Policy) -> Policy:
    """How many people a decision takes in a pack."""
    _set_policy(desk, pack, policy.people)
    return policy


@pages.get("/scope/{scope_id}/decide")
def decide_page(request: Request, desk: Viewer, scope_id: ScopeId, only: Only = None) -> Response:
    """Decide on a scope."""
    found = deciding(desk, scope_id, only or None)
    return page(request, desk, "decide.html", title=f"Decide on {found.scope}", decisions=found)


@pages.post("/scope/{scope_id}/decide")
def decide_on_page(
    desk: Approver,
    scope_id: ScopeId,
    verdict: Annotated[Verdict, Form()],
    note: Annotated[Reason, Form()],
    seen: Annotated[Seen, Form()] = "",
    only: Annotated[Plain, Form()] = "",
) -> Response:
    """Approve or reject what was seen."""
    made = decide(desk, scope_id, Decided(verdict=verdict, note=note, seen=seen, only=only or None))
    units = "1 unit" if made.units == 1 else f"{made.units} units"
    said = [f"{made.scope}: {units} {made.verdict} by {desk.person.name}.", *made.stopping]
    return follow(desk, _back(scope_id, only), " ".join(said), kind="warn" if made.stopping else "ok")


@pages.post("/scope/{scope_id}/comments")
def comment_on_page(
    desk: Editor,
    scope_id: ScopeId,
    text: Annotated[Reason, Form()],
    about: Annotated[int | None, Form(ge=1, le=2**63 - 1)] = None,
    only: Annotated[Plain, Form()] = "",
) -> Response:
    """Say something of the scope or, with `about`, of a unit that waits."""
    dataset, key = None, None
    if about is not None:
        with desk.reading() as conn:
            dataset, key = decisions.place_of(conn, scope_id, about)
    comment(desk, scope_id, Said(text=text, dataset=dataset, unit_key=key))
    return follow(desk, f"{_back(scope_id, only)}#comments", "Said.")


@pages.post("/scope/{scope_id}/comments/{comment_id}/resolve")
def resolve_on_page(
    desk: Editor,
    scope_id: ScopeId,
    comment_id: Number,
    on: Annotated[bool, Form()] = True,
    only: Annotated[Plain, Form()] = "",
) -> Response:
    """A comment is settled, or open again."""
    resolve_comment(desk, scope_id, comment_id, on)
    return follow(desk, f"{_back(scope_id, only)}#comments")


@pages.post("/scope/{scope_id}/assignments")
def assign_on_page(
    desk: Editor,
    scope_id: ScopeId,
    to: Annotated[Named, Form()],
    note: Annotated[Prose, Form()] = "",
    only: Annotated[Plain, Form()] = "",
) -> Response:
    """Ask somebody to look."""
    make_assignment(desk, scope_id, Assigned(to=to, note=note))
    return follow(desk, f"{_back(scope_id, only)}#asked", f"{to} is asked to look.")


@pages.post("/scope/{scope_id}/assignments/{assignment_id}/done")
def done_on_page(
    desk: Editor, scope_id: ScopeId, assignment_id: Number, only: Annotated[Plain, Form()] = ""
) -> Response:
    """What somebody was asked for is done."""
    end_assignment(desk, scope_id, assignment_id)
    return follow(desk, f"{_back(scope_id, only)}#asked")


@pages.post("/policy/{pack}")
def policy_on_page(
    desk: Admin,
    pack: Plain,
    people: Annotated[int, Form(ge=1, le=2)],
    scope_id: Annotated[int, Form(ge=1, le=2**31 - 1)],
) -> Response:
    """How many people a decision takes."""
    _set_policy(desk, pack, people)
    words = "one person, who may be the author" if people == 1 else "two people: nobody approves what they made"
    return follow(desk, _back(scope_id, ""), f"In {pack} a decision now takes {words}.")


def comment(desk: Desk, scope_id: int, said: Said) -> Comment:
    """Write a comment down, and answer it as it stands."""
    if (said.dataset is None) != (said.unit_key is None) or (
        said.unit_key is None and (said.row_ref, said.check_name) != (None, None)
    ):
        raise DeclarationError(
            "A comment is about the scope, or about a unit: its dataset and its key.", hint="Give both, or neither."
        )
    with desk.database() as conn, begin(conn):
        number = decisions.say(
            conn,
            scope_id,
            said.text,
            by=desk.person.name,
            dataset=said.dataset,
            unit_key=said.unit_key,
            row_ref=said.row_ref,
            check_name=said.check_name,
        )
        return next(each for each in decisions.comments(conn, scope_id) if each.id == number)


def _set_policy(desk: Desk, name: str, people: int) -> None:
    with desk.database() as conn, begin(conn):
        decisions.set_people(conn, catalog.installed_pack(conn, name), people, by=desk.person.name)


def _back(scope_id: int, only: str) -> str:
    return f"/scope/{scope_id}/decide" + (f"?{urlencode({'only': only})}" if only else "")
