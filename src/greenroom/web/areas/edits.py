"""Correcting rows of any dataset: changes enter, what they did leaves; forms do what scripts do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from greenroom.audit import edits, gestures
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.errors import AuditError, DeclarationError, GreenroomError, UnknownRow
from greenroom.web import correcting, correcting_forms, corrections, tables
from greenroom.web.access import Editor, Viewer
from greenroom.web.correcting import Place, RowAnswer, Saved, Told
from greenroom.web.correcting_forms import Given
from greenroom.web.ground import Desk
from greenroom.web.numbers import ScopeId
from greenroom.web.render import follow, page
from greenroom.web.tables import RowsAnswer
from greenroom.web.words import Named, Plain, Prose, Reason, checked

pages = APIRouter()
api = APIRouter(tags=["correcting"])

EditId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Ref = Annotated[str, Field(min_length=1, max_length=1_000, pattern=r"^[^\x00-\x1f]+$")]
Key = Annotated[list[Plain], Field(max_length=8)]

# What a change is kept with where nobody said why.
NO_REASON = "corrected in the desk"

_DEEPEST = 20
# As many changes as one gesture of a person has; more would hold the scope's lock for others to wait.
_MOST_CHANGES = 200


def _storable(value: JsonValue, depth: int = 0) -> JsonValue:
    """A value that PostgreSQL takes as JSON: no characters that it cannot write down, no numbers without end."""
    if depth > _DEEPEST:
        raise ValueError("is nested too deeply")
    if isinstance(value, str):
        return checked(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("is no number that can be written down")
    if isinstance(value, list):
        return [_storable(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {checked(name): _storable(each, depth + 1) for name, each in value.items()}
    return value


Value = Annotated[JsonValue, AfterValidator(_storable)]


class Change(BaseModel):
    """One change: `set` a cell, `move` a row, `add` or `delete` one. `seen` is what its maker looked at."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["set", "move", "add", "delete"]
    row: Ref | None = None
    column: Named | None = None
    value: Value = None
    seen: Value = None
    under: Ref | None = None
    after: Ref | None = None
    values: dict[Named, Value] = Field(default_factory=dict, max_length=200)
    with_children: bool = False

    def as_asked(self) -> dict[str, Any]:
        """Only what was given: an `after` that is null is the first place, one that is wanting is none."""
        return self.model_dump(exclude_unset=True)


def _gesture(changes: list[Change]) -> list[Change]:
    if len(changes) > _MOST_CHANGES:
        raise ValueError(f"holds {len(changes):,} changes; {_MOST_CHANGES} is the most at once: send them in several")
    return changes


class Asked(BaseModel):
    """Changes of one unit that are made together or not at all."""

    model_config = ConfigDict(extra="forbid")

    dataset: Named
    key: Key
    changes: Annotated[
        list[Change],
        Field(min_length=1, json_schema_extra={"maxItems": _MOST_CHANGES}),
        AfterValidator(_gesture),
    ]
    reason: Prose = ""


class Settled(BaseModel):
    """Edits of one unit to be taken back, put back, or kept against what the source says now."""

    model_config = ConfigDict(extra="forbid")

    dataset: Named
    key: Key
    withdraw: Annotated[list[EditId], Field(max_length=2_000)] = []
    restore: Annotated[list[EditId], Field(max_length=2_000)] = []
    keep: Annotated[list[EditId], Field(max_length=2_000)] = []
    why: Reason


class Turned(BaseModel):
    """Undo or redo of the asker's own last gesture on a unit."""

    model_config = ConfigDict(extra="forbid")

    dataset: Named
    key: Key
    turn: gestures.Turn


class Opened(BaseModel):
    """A unit that is published, to be corrected."""

    model_config = ConfigDict(extra="forbid")

    dataset: Named
    key: Key


@api.get("/scope/{scope_id}/edits", summary="Corrections of a scope, with their history")
def edits_of(
    desk: Viewer,
    scope_id: ScopeId,
    dataset: Annotated[Plain, Query()] = "",
    key: Annotated[list[Plain] | None, Query(max_length=8)] = None,
    row: Annotated[str | None, Query(max_length=1_000, pattern=r"^[^\x00-\x1f]*$")] = None,
    all_states: bool = False,
) -> list[Told]:
    """The newest first; those in force and in conflict, or all with `all_states`."""
    with desk.reading() as conn:
        desk.scope(conn, scope_id)
        found = edits.listed(
            conn,
            scope_id,
            dataset=dataset or None,
            key=key,
            row=row,
            states=None if all_states else edits.LIVE,
        )
    return [correcting.tell(edit) for edit in found]


@api.post("/scope/{scope_id}/edits", summary="Change rows: all changes or none")
def change(desk: Editor, scope_id: ScopeId, asked: Asked) -> Saved:
    """One gesture. 409 with both values where somebody changed the same cell after it was seen."""
    return changed(desk, scope_id, asked.dataset, asked.key, [each.as_asked() for each in asked.changes], asked.reason)


@api.post("/scope/{scope_id}/edits/settle", summary="Take edits back, put them back, or keep them")
def settle(desk: Editor, scope_id: ScopeId, asked: Settled) -> Saved:
    """Edits stay in the history whatever becomes of them."""
    return settled(
        desk, scope_id, asked.dataset, asked.key,
        withdraw=asked.withdraw, restore=asked.restore, keep=asked.keep, why=asked.why,
    )  # fmt: skip


@api.post("/scope/{scope_id}/edits/turn", summary="Undo or redo one's own last change")
def turn(desk: Editor, scope_id: ScopeId, asked: Turned) -> Saved:
    """Only what the asker did; cells that somebody else changed since are left alone."""
    return turned(desk, scope_id, asked.dataset, asked.key, asked.turn)


@api.post("/scope/{scope_id}/edits/open", summary="Open published rows to correct them")
def open_unit(desk: Editor, scope_id: ScopeId, asked: Opened) -> Saved:
    """What waits already is the answer where something does."""
    return opened(desk, scope_id, asked.dataset, asked.key)


@api.get("/scope/{scope_id}/rows", summary="Rows of a dataset that is a table")
def rows(
    desk: Viewer,
    scope_id: ScopeId,
    dataset: Annotated[Named, Query()],
    key: Annotated[list[Plain] | None, Query(max_length=8)] = None,
    page_number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
    words: Annotated[Plain, Query(description="Only rows that hold these words.")] = "",
    only: Annotated[
        Literal["", "touched", "found"], Query(description="Only edited rows, or rows with findings.")
    ] = "",
) -> RowsAnswer:
    """A page of rows with what was done to each."""
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id, dataset)
        return tables.rows_answer(desk, conn, place, tuple(key or ()), page_number, words, only)


@api.get("/scope/{scope_id}/rows/row", summary="One row with its columns, findings and history")
def row(
    desk: Viewer,
    scope_id: ScopeId,
    dataset: Annotated[Named, Query()],
    row: Annotated[str, Query(min_length=1, max_length=1_000, pattern=r"^[^\x00-\x1f]+$")],
    key: Annotated[list[Plain] | None, Query(max_length=8)] = None,
) -> RowAnswer:
    """Everything about one row of any dataset."""
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id, dataset)
        answer, _ = correcting.row_answer(conn, place, correcting.key_of(place, *(key or ())), row)
    return answer


def changed(
    desk: Desk, scope_id: int, dataset: str, key: Sequence[str], changes: list[dict[str, Any]], reason: str
) -> Saved:
    """One gesture of this person, in one transaction with its place in their undo."""
    with desk.database() as conn, begin(conn):
        place = correcting.place_of(desk, conn, scope_id, dataset)
        whole = correcting.key_of(place, *key)
        unit = edits.open_unit(conn, place.pack, scope_id, dataset, whole, by=desk.person.name)
        done = edits.change(conn, place.pack, unit, changes, by=desk.person.name, reason=reason.strip() or NO_REASON)
        return _saved(desk, conn, place, whole, done)


def settled(
    desk: Desk,
    scope_id: int,
    dataset: str,
    key: Sequence[str],
    *,
    withdraw: Sequence[int] = (),
    restore: Sequence[int] = (),
    keep: Sequence[int] = (),
    why: str,
) -> Saved:
    """Edits out of force, in force again, or kept; that can be undone too."""
    with desk.database() as conn, begin(conn):
        place = correcting.place_of(desk, conn, scope_id, dataset)
        whole = correcting.key_of(place, *key)
        _refuse_others(conn, place, whole, [*withdraw, *restore, *keep])
        done = edits.settle(
            conn, place.pack, scope_id,
            withdraw=withdraw, restore=restore, keep=keep, by=desk.person.name, why=why,
        )  # fmt: skip
        return _saved(desk, conn, place, whole, done)


def _refuse_others(conn: Database, place: Place, key: tuple[str, ...], ids: Sequence[int]) -> None:
    """Edits of another unit are not settled by the way."""
    known = {
        edit.id
        for edit in edits.listed(conn, place.scope_id, dataset=place.dataset.name, key=key, states=None, ids=list(ids))
    }
    missing = sorted(set(ids) - known)
    if missing or not ids:
        named = ", ".join(map(str, missing[:10]))
        raise DeclarationError(
            f"These are no edits of this unit: {named}." if missing else "No edit is named.",
            hint="Load the page again: its history is listed with each row.",
        )


def turned(desk: Desk, scope_id: int, dataset: str, key: Sequence[str], turn: gestures.Turn) -> Saved:
    """This person's last gesture taken back, or the one they took back put back."""
    with desk.database() as conn, begin(conn):
        place = correcting.place_of(desk, conn, scope_id, dataset)
        whole = correcting.key_of(place, *key)
        # the lock of the scope, before it is looked up what is to be turned: two tabs may ask at once
        conn.execute("select from greenroom.scope as c where c.id = %s for update", (scope_id,))
        steps = gestures.steps(conn, scope_id, dataset, whole, by=desk.person.name)
        step = steps.undo if turn == "undo" else steps.redo
        if step is None:
            raise AuditError(
                "There is nothing of yours to take back." if turn == "undo" else "There is nothing to put back.",
                hint="What others changed is in the history of each row, and is withdrawn there.",
            )
        done = edits.settle(
            conn, place.pack, scope_id,
            withdraw=step.withdraw, restore=step.restore, by=desk.person.name, why=turn,
        )  # fmt: skip
        gestures.turned(conn, step, turn)
        return correcting.saved(desk, conn, place, whole, done, step.said)


def opened(desk: Desk, scope_id: int, dataset: str, key: Sequence[str]) -> Saved:
    """Published rows as a unit that waits."""
    with desk.database() as conn, begin(conn):
        place = correcting.place_of(desk, conn, scope_id, dataset)
        whole = correcting.key_of(place, *key)
        edits.open_unit(conn, place.pack, scope_id, dataset, whole, by=desk.person.name)
        return correcting.saved(desk, conn, place, whole, edits.Changed((), (), (), ()), "opened")


def _saved(desk: Desk, conn: Database, place: Place, key: tuple[str, ...], done: edits.Changed) -> Saved:
    touched = edits.listed(conn, place.scope_id, states=None, ids=[*done.edits, *done.replaced])
    made = [edit for edit in touched if edit.id in done.edits]
    said = correcting.summary(made or touched)
    gestures.record(
        conn, place.scope_id, place.dataset.name, key,
        by=desk.person.name, said=said, made=done.edits, ended=done.replaced,
    )  # fmt: skip
    return correcting.saved(desk, conn, place, key, done, said)


# Pages and forms: the same by hand.


async def _form(request: Request) -> FormData:
    return await request.form(max_fields=500, max_files=0)


Form = Annotated[FormData, Depends(_form)]


@pages.get("/scope/{scope_id}/rows")
def rows_page(
    request: Request,
    desk: Viewer,
    scope_id: ScopeId,
    dataset: Annotated[Named, Query()],
    unit: Annotated[list[Plain] | None, Query(max_length=8)] = None,
    key: Annotated[list[Plain] | None, Query(max_length=20)] = None,
    page_number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
    words: Annotated[Plain, Query()] = "",
    only: Annotated[Literal["", "touched", "found"], Query()] = "",
) -> HTMLResponse:
    """A table to be corrected; without a unit, the units to choose from. The key of a row leads to it."""
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id, dataset)
        if key:
            unit, words = tables.unit_of_row(place, key)
        if unit is None and place.dataset.unit:
            units = tables.units_of(conn, place)
            return page(
                request,
                desk,
                "edits_units.html",
                place=place,
                units=units,
                title=place.dataset.name,
                address=lambda to: tables.page_address(place, to, 1, "", ""),
            )
        whole = correcting.key_of(place, *(unit or ()))
        answer = tables.rows_answer(desk, conn, place, whole, page_number, words, only)
    return page(
        request,
        desk,
        "edits_rows.html",
        title=f"{place.dataset.name} of {place.scope}",
        place=place,
        answer=answer,
        can_open=correcting.may_edit(desk) and not answer.is_pending,
        address=lambda ref: correcting.address(place, whole, ref),
        as_json=correcting.as_json,
        as_text=correcting.text_of,
        other=lambda number: tables.page_address(place, whole, number, words, only),
    )


@pages.get("/scope/{scope_id}/tree/row")
def tree_row_page(
    request: Request,
    desk: Viewer,
    scope_id: ScopeId,
    subject: Annotated[Plain, Query()],
    row: Annotated[str, Query(min_length=1, max_length=1_000, pattern=r"^[^\x00-\x1f]+$")],
    version: Annotated[Plain, Query()] = "",
) -> Response:
    """One topic: its columns, place, findings and history, with a form for each thing that can be done to it."""
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id)
        return _row_or_edits(request, desk, conn, place, correcting.tree_key(conn, place, subject, version), row)


@pages.get("/scope/{scope_id}/rows/row")
def row_page(
    request: Request,
    desk: Viewer,
    scope_id: ScopeId,
    dataset: Annotated[Named, Query()],
    row: Annotated[str, Query(min_length=1, max_length=1_000, pattern=r"^[^\x00-\x1f]+$")],
    unit: Annotated[list[Plain] | None, Query(max_length=8)] = None,
) -> Response:
    """One row of a table, likewise."""
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id, dataset)
        return _row_or_edits(request, desk, conn, place, correcting.key_of(place, *(unit or ())), row)


def _row_or_edits(
    request: Request, desk: Desk, conn: Database, place: Place, key: tuple[str, ...], ref: str
) -> Response:
    """The page of a row; of one that its source dropped, and of the top, the corrections that speak of it."""
    try:
        return _row_page(request, desk, conn, place, key, ref)
    except UnknownRow:
        if not edits.listed(conn, place.scope_id, dataset=place.dataset.name, key=key, row=ref, states=None):
            raise
        return RedirectResponse(corrections.address(place.scope_id, row=ref), 303)


def _row_page(
    request: Request, desk: Desk, conn: Database, place: Place, key: tuple[str, ...], ref: str, **values: Any
) -> HTMLResponse:
    answer, unit = correcting.row_answer(conn, place, key, ref)
    standing = correcting.standing_of(desk, conn, place, unit)
    around = correcting.around(conn, place, unit, answer)
    return page(
        request,
        desk,
        "edits_row.html",
        **{"status": 200, "error": None, "typed": {}, **values},
        title=answer.label,
        place=place,
        key=key,
        unit=unit,
        standing=standing,
        answer=answer,
        around=around,
        may_edit=correcting.may_edit(desk) and unit.is_pending,
        can_open=correcting.may_edit(desk) and not unit.is_pending,
        back=correcting.address(place, key),
        address=lambda to: correcting.address(place, key, to),
        # what a form says that it has seen
        as_json=correcting.as_json,
        as_text=correcting.text_of,
    )


@pages.post("/scope/{scope_id}/edits/{do}")
def form(
    request: Request,
    desk: Editor,
    scope_id: ScopeId,
    do: Literal["set", "move", "add", "delete", "settle", "turn", "open"],
    given: Form,
) -> Response:
    """What a form asks for. It leads back to the row, or shows both values where somebody was faster."""
    asked = Given(given)
    dataset, key, ref = asked.name("dataset"), asked.key(), asked.ref("row")
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id, dataset)
        whole = correcting.key_of(place, *key)
        # the refs of a unit become ids with its first edit; a form knows the one of before
        ref = correcting_forms.current_ref(conn, place, whole, ref) if ref else None
        changes = correcting_forms.changes_of(conn, place, whole, do, ref, asked)
    try:
        said, to = _done(desk, place, whole, do, ref, changes, asked)
    except GreenroomError as error:
        return _refused(request, desk, place, whole, ref, changes, asked, error)
    return follow(desk, to, said)


def _done(
    desk: Desk,
    place: Place,
    key: tuple[str, ...],
    do: str,
    ref: str | None,
    changes: list[dict[str, Any]],
    asked: Given,
) -> tuple[str, str]:
    """What was done, in words, and where to go then."""
    here = place.scope_id, place.dataset.name, key
    listing = correcting.address(place, key)
    at_row = correcting.address(place, key, ref) if ref else listing
    if do == "open":
        opened(desk, *here)
        return "Opened: what is corrected here waits to be promoted.", listing
    if do == "turn":
        turn: gestures.Turn = "redo" if asked.name("turn") == "redo" else "undo"
        done = turned(desk, *here, turn)
        return f"{'Taken back' if turn == 'undo' else 'Put back'}: {done.said}.", listing
    if do == "settle":
        done = settled(
            desk, *here, why=asked.reason(NO_REASON),
            withdraw=asked.numbers("withdraw"), restore=asked.numbers("restore"), keep=asked.numbers("keep"),
        )  # fmt: skip
        if asked.has("back"):
            return "Settled.", corrections.back(place.scope_id, asked.name("back"))
        return "Settled.", at_row if ref and ref not in done.gone else listing
    if not changes:
        return "Nothing was changed.", at_row
    done = changed(desk, *here, changes, asked.reason(""))
    if do == "add" and done.made:
        return "Added.", correcting.address(place, key, done.made[0])
    return f"Saved: {done.said}.", listing if do == "delete" else at_row


def _refused(
    request: Request,
    desk: Desk,
    place: Place,
    key: tuple[str, ...],
    ref: str | None,
    changes: list[dict[str, Any]],
    asked: Given,
    error: GreenroomError,
) -> HTMLResponse:
    """Both values of each cell where somebody was faster; else the form again, with what was typed and why not."""
    conflicts = [each for each in error.findings if "yours" in each]
    with desk.reading() as conn:
        if conflicts and ref:
            return page(
                request,
                desk,
                "edits_conflict.html",
                status=409,
                title="Changed meanwhile",
                place=place,
                key=key,
                ref=ref,
                conflicts=[_shown(conn, place, key, each) for each in conflicts],
                rest=correcting_forms.rest_of(changes, conflicts),
                reason=asked.reason(""),
                back=correcting.address(place, key, ref),
                as_json=correcting.as_json,
                as_text=correcting.text_of,
            )
        if ref is None:
            raise error
        status = 409 if isinstance(error, AuditError) else 422
        return _row_page(request, desk, conn, place, key, ref, status=status, error=error, typed=asked.typed())


def _shown(conn: Database, place: Place, key: tuple[str, ...], conflict: Mapping[str, Any]) -> dict[str, Any]:
    """A cell two people wrote to, ready to be shown: rows by their names."""
    tree = place.dataset.tree
    if tree is None or conflict["column"] != tree.parent:
        return {**conflict, "is_place": False, "label": correcting.label_of(str(conflict["column"]))}
    names = correcting.names_of(conn, place, key)
    shown = {side: names.get(conflict[side], "the top") for side in ("yours", "theirs", "seen")}
    return {**conflict, "is_place": True, "label": "Place", "names": shown}
