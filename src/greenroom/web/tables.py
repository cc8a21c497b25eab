"""Rows of a dataset that is a table, to be corrected: a unit enters, a page of its rows leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from greenroom.audit import correction, edits
from greenroom.audit.edits import Row
from greenroom.db.kernel import Database
from greenroom.web import correcting
from greenroom.web.correcting import Kind, Place, Scope
from greenroom.web.ground import Desk

PAGE_ROWS = 100


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the table."""

    name: str
    label: str
    kind: Kind
    is_editable: bool
    note: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its values now, and what the source said where that is something else."""

    ref: str
    number: int
    label: str
    state: str
    words: tuple[str, ...]
    values: dict[str, Any]
    source: dict[str, Any]
    findings: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class RowsAnswer:
    """A page of a table. `total` counts the rows that were asked for, `all_rows` those of the unit."""

    scope: Scope
    dataset: str
    key: tuple[str, ...]
    may_edit: bool
    is_pending: bool
    columns: tuple[Head, ...]
    rows: tuple[TableRow, ...]
    total: int
    all_rows: int
    page: int
    pages: int
    words: str
    only: str
    unit: int
    batch: int
    mark: str
    state: str
    state_said: str
    findings_said: str
    edits_said: str
    undo: str | None
    redo: str | None


def rows_answer(
    desk: Desk, conn: Database, place: Place, key: Sequence[str], number: int, words: str, only: str
) -> RowsAnswer:
    """One page of the rows of a unit that hold these words."""
    whole = correcting.key_of(place, *key)
    unit = correcting.unit_at(conn, place, whole)
    found = correction.findings(conn, place.pack, place.dataset, unit)
    made = edits.listed(conn, place.scope_id, dataset=place.dataset.name, key=unit.key) if unit.is_pending else []
    numbers, total, all_rows = correction.page_of(
        conn, place.dataset, unit,
        limit=PAGE_ROWS, offset=(number - 1) * PAGE_ROWS, words=words, touched=only == "touched",
        numbers=_with_findings(conn, place, unit, found) if only == "found" else None,
    )  # fmt: skip
    shown = edits.rows(conn, place.pack, unit.id, numbers=numbers)
    counted = _counted(found, shown)
    pages = max(1, -(-total // PAGE_ROWS))
    number = min(number, pages)
    edited = defaultdict[str, list[edits.Edit]](list)
    for edit in made:
        edited[edit.row_ref].append(edit)
    return RowsAnswer(
        scope=Scope(place.scope_id, place.scope),
        dataset=place.dataset.name,
        key=whole,
        may_edit=correcting.may_edit(desk) and unit.is_pending,
        is_pending=unit.is_pending,
        columns=tuple(_heads(place)),
        rows=tuple(_table_row(row, edited[row.ref], counted.get(row.ref, 0)) for row in shown),
        total=total,
        all_rows=all_rows,
        page=number,
        pages=pages,
        words=words,
        only=only,
        **correcting.standing(desk, conn, place, unit, made, found),
    )


def _heads(place: Place) -> list[Head]:
    own = {column.name for column in correcting.editable(place)}
    unit = set(place.dataset.unit)
    return [
        Head(
            column.name,
            correcting.label_of(column.name),
            correcting.kind_of(column),
            column.name in own,
            column.note,
        )
        for column in place.dataset.source_columns
        if column.name not in unit
    ]


def _counted(found: Sequence[correction.Found], rows: Sequence[Row]) -> dict[str, int]:
    """Findings by row."""
    if not found:
        return {}
    by_number = {row.row_no: row.ref for row in rows}
    by_key = {row.label: row.ref for row in rows} | {row.ref: row.ref for row in rows}
    counted = defaultdict[str, int](int)
    for each in found:
        ref = by_number.get(each.row_no) if each.row_no is not None else by_key.get(each.row_key or "")
        if ref is not None:
            counted[ref] += 1
    return dict(counted)


def _with_findings(conn: Database, place: Place, unit: correction.Unit, found: Sequence[correction.Found]) -> list[int]:
    """Numbers of rows that findings name, by number or by key."""
    keys = {each.row_key for each in found if each.row_no is None and each.row_key}
    named = edits.rows(conn, place.pack, unit.id, keys=sorted(keys)) if keys else []
    return sorted({each.row_no for each in found if each.row_no is not None} | {row.row_no for row in named})


def _table_row(row: Row, made: Sequence[edits.Edit], findings: int) -> TableRow:
    conflicts = sum(edit.state == "conflict" for edit in made)
    people = sorted({edit.edited_by for edit in made})
    state = () if row.state == "source" else (f"{row.state} by {' and '.join(people)}" if people else row.state,)
    source = row.source or {}
    return TableRow(
        ref=row.ref,
        number=row.row_no,
        label=row.label,
        state=row.state,
        words=(("in conflict",) if conflicts else ()) + state,
        values=row.values,
        source={name: value for name, value in source.items() if value != row.values.get(name)},
        findings=findings,
        conflicts=conflicts,
    )


def units_of(conn: Database, place: Place) -> list[tuple[tuple[str, ...], str, str]]:
    """Units of a dataset that can be looked at: key, name, state."""
    if place.pack.root:
        return correction.subjects(conn, place.pack, place.scope_id, place.dataset)
    found = conn.execute(
        "select distinct on (u.key) u.key, u.state from ("
        " select u.key, u.state, 0 as n from greenroom.unit as u where u.scope_id = %(scope)s"
        " and u.dataset = %(dataset)s and u.state in ('sealed', 'held', 'ready')"
        " union all select p.key, 'published', 1 from greenroom.published as p where p.scope_id = %(scope)s"
        " and p.dataset = %(dataset)s and p.row_count > 0) as u order by u.key, u.n",
        {"scope": place.scope_id, "dataset": place.dataset.name},
    )
    return [(tuple(key), " ".join(key), state) for key, state in found]


def unit_of_row(place: Place, key: Sequence[str]) -> tuple[list[str], str]:
    """The unit that a row of this key is in, and a word by which it is found there."""
    parts = dict(zip(place.dataset.key, key, strict=False))
    rest = [part for column, part in parts.items() if column not in place.dataset.unit]
    return [parts.get(column, "") for column in place.dataset.unit], rest[-1] if rest else ""


def page_address(place: Place, key: Sequence[str], number: int, words: str, only: str) -> str:
    """Another page of the same rows."""
    asked = [("dataset", place.dataset.name), *(("unit", part) for part in key), ("page", str(number))]
    asked += [(name, value) for name, value in (("words", words), ("only", only)) if value]
    return f"/scope/{place.scope_id}/rows?{urlencode(asked)}"
