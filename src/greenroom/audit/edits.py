"""Corrections of sealed rows: a gesture enters, edits, effective rows and findings leave. The work is compiled SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from greenroom.db.kernel import Database, call
from greenroom.db.kernel import rows as kernel_rows
from greenroom.model.errors import UnknownRow
from greenroom.model.pack import Pack

# agreed: in force, and what waits says the same by itself; with its promotion it is adopted.
State = Literal["in force", "agreed", "conflict", "adopted", "withdrawn", "replaced"]
LIVE: tuple[State, ...] = ("in force", "conflict")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a unit as it stands, with what the source said where that is something else.

    `ref` names it in edits: its id or key, or row:UNIT:N before the first edit of a unit; `parent_ref` the row it
    stands under. `state`: source, edited, added or deleted.
    `edited` are its edits by column, or by what they do: parent, order, add, delete.
    """

    ref: str
    row_no: int
    state: str
    label: str
    parent_ref: str | None
    position: str | None
    values: dict[str, Any]
    source: dict[str, Any] | None
    edited: dict[str, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction, with what it began from, says, and met since."""

    id: int
    dataset: str
    unit_key: tuple[str, ...]
    gesture: str
    row_ref: str
    label: str
    action: str
    column_name: str | None
    base: Any
    value: Any
    theirs: Any
    state: State
    edited_by: str
    edited_at: datetime
    reason: str
    settled_by: str | None
    settled_at: datetime | None
    settled_why: str | None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as edits left it."""

    unit: int
    dataset: str
    key: tuple[str, ...]
    hash: str
    state: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What a gesture did: edits it made and edits it replaced or took back, the rows it was about."""

    units: tuple[Unit, ...]
    edits: tuple[int, ...]
    replaced: tuple[int, ...]
    refs: tuple[str, ...]


def open_unit(conn: Database, pack: Pack, scope_id: int, dataset: str, key: Sequence[str], *, by: str) -> int:
    """The unit that waits; published rows are opened again where none does. Raises Blocked where there is nothing."""
    unit: int = call(conn, pack, "open_unit", scope=scope_id, dataset=dataset, key=list(key), by=by)
    return unit


def rows(
    conn: Database,
    pack: Pack,
    unit: int,
    *,
    ref: str | None = None,
    numbers: Sequence[int] | None = None,
    keys: Sequence[str] | None = None,
) -> list[Row]:
    """All rows of a unit, or those of a ref, of numbers, or of keys (refs or labels); deleted ones too.

    Parents stand before their children and in their order. A table may have millions: ask for those that are shown.
    """
    named: dict[str, object] = {"ref": ref, "rows": numbers, "keys": keys}
    given = {name: value for name, value in named.items() if value is not None}
    found = [Row(**row) for row in kernel_rows(conn, pack, "unit_rows", unit=unit, **given)]
    tree = next((d.tree for d in pack.datasets if d.tree and found and d.tree.code in found[0].values), None)
    if tree is None:
        return sorted(found, key=lambda row: (row.row_no < 0, abs(row.row_no)))
    return _preorder(found, tree.order)


def _preorder(found: Sequence[Row], order: str | None) -> list[Row]:
    """Rows of a tree as they are read; what hangs on nothing, or on itself, stands at the end."""

    def place(row: Row) -> tuple[bool, float, int]:
        given = row.values.get(order) if order else None
        return given is None, given or 0, row.row_no if row.row_no > 0 else 1_000_000_000 - row.row_no

    known = {row.ref for row in found}
    children: dict[str | None, list[Row]] = {}
    for row in found:
        children.setdefault(row.parent_ref if row.parent_ref in known else None, []).append(row)
    for siblings in children.values():
        siblings.sort(key=place)
    told: dict[str, Row] = {}
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        row = waiting.pop()
        if row.ref not in told:
            told[row.ref] = row
            waiting.extend(reversed(children.get(row.ref, [])))
    return [*told.values(), *(row for row in found if row.ref not in told)]


def change(
    conn: Database, pack: Pack, unit: int, changes: Sequence[Mapping[str, Any]], *, by: str, reason: str
) -> Changed:
    """One gesture of one person on a pending unit: all of it or nothing.

    Each change is {"do": "set", "row", "column", "value", "seen"?}, {"do": "move", "row", "under", "after"?, "seen"?},
    {"do": "add", "under"?, "after"?, "values"} or {"do": "delete", "row", "with_children"?}. `seen` is what the person
    looked at: where it is something else by now, EditConflict is raised with both values. `after` null is the first
    place.
    """
    return _changed(call(conn, pack, "change_unit", unit=unit, changes=Jsonb(list(changes)), by=by, reason=reason))


def settle(
    conn: Database,
    pack: Pack,
    scope_id: int,
    *,
    withdraw: Sequence[int] = (),
    restore: Sequence[int] = (),
    keep: Sequence[int] = (),
    by: str,
    why: str,
) -> Changed:
    """Take edits back, put them back, or keep them against what the source says now.

    A gesture is undone by withdrawing what it made and restoring what it replaced.
    """
    answer = call(
        conn, pack, "settle_edits",
        scope=scope_id, withdraw=list(withdraw), restore=list(restore), keep=list(keep), by=by, why=why,
    )  # fmt: skip
    return _changed(answer)


def listed(
    conn: Database,
    scope_id: int | None,
    *,
    dataset: str | None = None,
    key: Sequence[str] | None = None,
    row: str | None = None,
    states: Sequence[State] | None = LIVE,
    ids: Sequence[int] | None = None,
) -> list[Edit]:
    """Edits of a scope, the newest first; `states` None lists the history too."""
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            "select e.id, e.dataset, e.unit_key, e.gesture::text as gesture, e.row_ref, e.label, e.action,"
            " e.column_name, e.base, e.value, e.theirs,"
            " case when e.state = 'in force' and e.agrees_unit is not null then 'agreed' else e.state end as state,"
            " e.edited_by, e.edited_at, e.reason, e.settled_by,"
            " e.settled_at, e.settled_why from greenroom.edit as e"
            " where (%(scope)s::integer is null or e.scope_id = %(scope)s)"
            " and (%(dataset)s::text is null or e.dataset = %(dataset)s)"
            " and (%(key)s::text[] is null or e.unit_key = %(key)s)"
            " and (%(row)s::text is null or e.row_ref = %(row)s)"
            " and (%(states)s::text[] is null or e.state = any (%(states)s))"
            " and (%(ids)s::bigint[] is null or e.id = any (%(ids)s)) order by e.id desc",
            {
                "scope": scope_id,
                "dataset": dataset,
                "key": list(key) if key is not None else None,
                "row": row,
                "states": list(states) if states is not None else None,
                "ids": list(ids) if ids is not None else None,
            },
        ).fetchall()
    return [Edit(**{**one, "unit_key": tuple(one["unit_key"])}) for one in found]


def pending_unit(conn: Database, scope_id: int, dataset: str, key: Sequence[str]) -> int | None:
    """The unit of a key that waits, if one does."""
    row = conn.execute(
        "select u.id from greenroom.unit as u where u.scope_id = %s and u.dataset = %s and u.key = %s"
        " and u.state in ('sealed', 'held', 'ready')",
        (scope_id, dataset, list(key)),
    ).fetchone()
    return row[0] if row else None


def named(found: Sequence[Row], word: str) -> Row:
    """The row that a person's word means: its ref, its label or what that begins with. Raises UnknownRow."""
    there = [row for row in found if row.state != "deleted"]
    meant = (
        [row for row in found if row.ref == word]
        or [row for row in there if row.label == word]
        or [row for row in there if row.label.startswith(f"{word} ")]
    )
    if not meant:
        raise UnknownRow(f"There is no row {word!r}.", hint="See the rows with: greenroom edits TARGET --rows")
    if len(meant) > 1:
        raise UnknownRow(
            f"{word!r} is the name of {len(meant)} rows.",
            hint=f"Say which by its number: {', '.join(row.ref for row in meant[:5])}.",
        )
    return meant[0]


def _changed(answer: dict[str, Any]) -> Changed:
    units = tuple(Unit(**{**unit, "key": tuple(unit["key"])}) for unit in answer["units"])
    return Changed(units, tuple(answer["edits"]), tuple(answer["replaced"]), tuple(answer["refs"]))
