"""All corrections of a scope: a scope and filters enter, edits with what the source says leave, conflicts first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from greenroom.audit import edits
from greenroom.audit.edits import Edit, Row, State
from greenroom.db.kernel import Database
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack
from greenroom.web import correcting
from greenroom.web.correcting import Place, Told

PER_PAGE = 100
# What the list can be narrowed to: a state, what counts now, what counts no more.
Show = Literal["", "conflict", "in force", "history"]
SHOWS: Mapping[Show, str] = {
    "": "all", "conflict": "in conflict", "in force": "in force", "history": "no longer in force",
}  # fmt: skip
# What decides first.
_ORDER: tuple[State, ...] = ("conflict", "in force", "agreed", "adopted", "withdrawn", "replaced")
_FILTERS = ("show", "dataset", "subject", "period", "by", "row", "page")


@dataclass(frozen=True, slots=True)
class Listed:
    """One correction: its unit, the page of its row, and whether it can be settled now."""

    told: Told
    state: State
    place: Place
    page: str
    is_pending: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Corrections of one standing, with its name."""

    show: Show
    items: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class Corrections:
    """A page of a scope's corrections. `counts` are those of all that fit the other filters."""

    counts: dict[Show, int]
    datasets: tuple[str, ...]
    people: tuple[str, ...]
    sections: tuple[Section, ...]
    total: int
    page: int
    pages: int


def address(scope_id: int, **only: object) -> str:
    """The page of all corrections, narrowed."""
    asked = {name: value for name, value in only.items() if value not in (None, "", 1)}
    return f"/scope/{scope_id}/edits{'?' + urlencode(asked) if asked else ''}"


def back(scope_id: int, query: str) -> str:
    """The same from the query that a form carried: nothing but filters is taken from it."""
    return address(scope_id, **{name: value for name, value in parse_qsl(query) if name in _FILTERS})


def standing(state: State) -> Show:
    """The section that a state stands in."""
    return "conflict" if state == "conflict" else "in force" if state in ("in force", "agreed") else "history"


def live(conn: Database, scope_id: int, only: str | None) -> int:
    """How many corrections count, or wait for somebody to decide."""
    row = conn.execute(
        "select count(*) from greenroom.edit as e where e.scope_id = %s and e.state = any (%s)"
        " and (%s::text is null or e.unit_key[1] = %s)",
        (scope_id, list(edits.LIVE), only, only),
    ).fetchone()
    return int(row[0]) if row else 0


def listed(
    conn: Database,
    pack: Pack,
    scope_id: int,
    scope: str,
    *,
    show: Show = "",
    only: str | None = None,
    dataset: str = "",
    by: str = "",
    row: str = "",
    number: int = 1,
) -> Corrections:
    """Corrections of a scope, those in conflict first, then those in force, then the others; the newest first."""
    every = [
        edit
        for edit in edits.listed(conn, scope_id, dataset=dataset or None, row=row or None, states=None)
        if (only is None or edit.unit_key[:1] == (only,)) and (not by or edit.edited_by == by)
    ]
    counted = Counter(standing(edit.state) for edit in every)
    fit = sorted(
        (edit for edit in every if show in ("", standing(edit.state))),
        key=lambda edit: (_ORDER.index(edit.state) if standing(edit.state) != "history" else len(_ORDER), -edit.id),
    )
    here = fit[(number - 1) * PER_PAGE : number * PER_PAGE]
    shown = _shown(conn, pack, scope_id, scope, here)
    return Corrections(
        counts={each: counted[each] if each else len(every) for each in SHOWS},
        datasets=tuple(sorted({edit.dataset for edit in every})),
        people=tuple(sorted({edit.edited_by for edit in every}, key=str.casefold)),
        sections=tuple(
            Section(each, items)
            for each in SHOWS
            if (items := tuple(one for one in shown if standing(one.state) == each))
        ),
        total=len(fit),
        page=number,
        pages=max(1, -(-len(fit) // PER_PAGE)),
    )


def _shown(conn: Database, pack: Pack, scope_id: int, scope: str, here: Sequence[Edit]) -> list[Listed]:
    """These edits in words: rows that were moved by the names of their places."""
    units = {(edit.dataset, edit.unit_key) for edit in here}
    pending = {each: edits.pending_unit(conn, scope_id, *each) is not None for each in units}
    places = {name: Place(scope_id, scope, pack, pack.dataset(name)) for name, _ in units}
    moved = {(edit.dataset, edit.unit_key) for edit in here if edit.action == "parent"}
    rows = {each: _rows(conn, places[each[0]], each[1]) for each in moved}
    return [
        Listed(
            correcting.tell(edit, rows.get((edit.dataset, edit.unit_key), ())),
            edit.state,
            places[edit.dataset],
            correcting.address(places[edit.dataset], edit.unit_key, edit.row_ref),
            pending[edit.dataset, edit.unit_key],
        )
        for edit in here
    ]


def _rows(conn: Database, place: Place, key: Sequence[str]) -> Iterable[Row]:
    try:
        unit = correcting.unit_at(conn, place, key)
    except UnknownTarget:
        # it left with its source; what was said of it stays in the history
        return ()
    return edits.rows(conn, place.pack, unit.id)
