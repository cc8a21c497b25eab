"""What a person did in the desk -> what undo takes back and redo puts back. Edits of others are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from psycopg.rows import class_row

from greenroom.db.kernel import Database

Turn = Literal["undo", "redo"]

# Further back than anybody remembers.
_MOST = 200


@dataclass(frozen=True, slots=True)
class Gesture:
    """One change made at once: the edits it put in force and those it put out of force."""

    id: int
    said: str
    made: list[int]
    ended: list[int]
    is_back: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One gesture taken back or put back: what `edits.settle` is to do, and what it is called."""

    gesture: int
    said: str
    withdraw: tuple[int, ...]
    restore: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """The next step in each direction."""

    undo: Step | None = None
    redo: Step | None = None


@dataclass(frozen=True, slots=True)
class _Edit:
    """One edit, and the one that stands in its cell now; none where the cell is free."""

    id: int
    state: str
    holder: int | None

    @property
    def stands(self) -> bool:
        return self.state in ("in force", "conflict")


def record(
    conn: Database,
    scope_id: int,
    dataset: str,
    key: Sequence[str],
    *,
    by: str,
    said: str,
    made: Sequence[int],
    ended: Sequence[int],
) -> None:
    """Note what one change did; one that did nothing is none."""
    if made or ended:
        conn.execute(
            "insert into greenroom.gesture (scope_id, dataset, unit_key, made_by, said, made, ended)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            (scope_id, dataset, list(key), by, said, list(made), list(ended)),
        )


def turned(conn: Database, step: Step, turn: Turn) -> None:
    """Note that a gesture was taken back, or put back."""
    conn.execute("update greenroom.gesture set is_back = %s where id = %s", (turn == "undo", step.gesture))


def steps(conn: Database, scope_id: int, dataset: str, key: Sequence[str], *, by: str) -> Steps:
    """What this person's next undo and redo would do."""
    found = _gestures(conn, scope_id, dataset, key, by)
    edits = _edits(conn, sorted({number for each in found for number in (*each.made, *each.ended)}))
    undo = next((step for each in found if not each.is_back and (step := _back(each, edits))), None)
    # what was taken back before something new was done stays so
    since = takewhile(lambda each: each.is_back, found)
    redo = next((step for each in reversed(list(since)) if (step := _forth(each, edits))), None)
    return Steps(undo, redo)


def _back(gesture: Gesture, edits: dict[int, _Edit]) -> Step | None:
    """Its edits out of force, what it ended in force again."""
    withdraw = tuple(number for number in gesture.made if edits[number].stands)
    return _step(gesture, withdraw, _free(gesture.ended, withdraw, edits))


def _forth(gesture: Gesture, edits: dict[int, _Edit]) -> Step | None:
    """Its edits in force again; what it ended gives way, by itself where it stands in the same cell."""
    ended = tuple(number for number in gesture.ended if edits[number].stands)
    restore = _free(gesture.made, ended, edits)
    in_the_way = {edits[number].holder for number in restore}
    return _step(gesture, tuple(number for number in ended if number not in in_the_way), restore)


def _free(numbers: Sequence[int], going: Sequence[int], edits: dict[int, _Edit]) -> tuple[int, ...]:
    """Edits whose cell nobody else has changed since."""
    return tuple(
        number
        for number in numbers
        if not edits[number].stands and (edits[number].holder is None or edits[number].holder in going)
    )


def _step(gesture: Gesture, withdraw: tuple[int, ...], restore: tuple[int, ...]) -> Step | None:
    return Step(gesture.id, gesture.said, withdraw, restore) if withdraw or restore else None


def _gestures(conn: Database, scope_id: int, dataset: str, key: Sequence[str], by: str) -> list[Gesture]:
    """The newest first."""
    with conn.cursor(row_factory=class_row(Gesture)) as cursor:
        return cursor.execute(
            "select g.id, g.said, g.made, g.ended, g.is_back from greenroom.gesture as g"
            " where g.scope_id = %s and g.dataset = %s and g.unit_key = %s and g.made_by = %s"
            " order by g.id desc limit %s",
            (scope_id, dataset, list(key), by, _MOST),
        ).fetchall()


def _edits(conn: Database, numbers: list[int]) -> dict[int, _Edit]:
    if not numbers:
        return {}
    with conn.cursor(row_factory=class_row(_Edit)) as cursor:
        found = cursor.execute(
            "select e.id, e.state, h.id as holder from greenroom.edit as e"
            " left join greenroom.edit as h on h.scope_id = e.scope_id and h.dataset = e.dataset"
            " and h.unit_key = e.unit_key and h.row_ref = e.row_ref and h.action = e.action"
            " and h.column_name is not distinct from e.column_name and h.state in ('in force', 'conflict')"
            " where e.id = any (%s)",
            (numbers,),
        )
        return {edit.id: edit for edit in found}
