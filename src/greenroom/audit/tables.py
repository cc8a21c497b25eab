"""The rows of any flat dataset, filtered, sorted and paged: a wish enters, a page of cells or a stream leaves."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, LiteralString

from psycopg import sql
from psycopg.rows import dict_row

from greenroom.audit.layers import WITHHELD, Layer, Relation, Stopped, bounded, is_number, naming, relation
from greenroom.db.kernel import Database
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.errors import DeclarationError, UnknownColumn, UnknownTarget
from greenroom.model.pack import Pack

PAGE = 100
# What a person waits for without wondering; a count is worth less of it than the rows.
ROWS_SECONDS = 5.0
COUNT_SECONDS = 2.0
# Up to here a count is exact; beyond it the planner's estimate is told, and called so.
COUNTED = 500_000
# Of a longer cell the page shows the beginning; the file has all of it.
SHOWN = 160

How = Literal["contains", "equals", "at least", "at most", "between", "empty", "not given", "withheld", "given"]
HOWS: tuple[How, ...] = (
    "contains", "equals", "at least", "at most", "between", "not given", "empty", "withheld", "given",
)  # fmt: skip
# These ask for no value.
BARE: tuple[How, ...] = ("not given", "empty", "withheld", "given")
_NUMBER = re.compile(r"[-+]?\d{1,15}(?:[.,]\d{1,10})?")

State = Literal["value", "not given", "withheld", "empty"]


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one column; `between` takes two numbers with .. between them."""

    column: str
    how: How
    value: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see of a dataset. `sort` is a column, with - before it from the highest down."""

    layer: Layer = "production"
    period: str | None = None
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    page: int = 1
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as a page names it."""

    name: str
    type: str
    kind: str
    note: str
    is_number: bool
    is_key: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. `text` is cut where `length` is more than it has; `state` says what an absent one means."""

    text: str
    state: State
    length: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its key as text, and its cells in the order of the headings."""

    key: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are; `is_exact` is false where counting them would take too long."""

    rows: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a table. `stopped` says why there are no rows though some may fit.

    `empty` are columns in which no row of the whole selection has anything.
    """

    dataset: str
    layer: Layer
    period: str | None
    headings: tuple[Heading, ...]
    lines: tuple[Line, ...]
    count: Count
    page: int
    pages: int
    stopped: str = ""
    empty: tuple[str, ...] = ()


def page(conn: Database, pack: Pack, dataset: Dataset, wish: Wish) -> Page:
    """A hundred rows, and how many there are. Never takes long: what would is stopped and said so."""
    rows = relation(pack, dataset, wish.layer, period=wish.period, retired=wish.retired)
    condition, values = _where(rows, wish.filters)
    shown = headings(dataset, rows)
    stopped = ""
    try:
        with bounded(conn, ROWS_SECONDS):
            lines = tuple(_lines(conn, dataset, rows, wish, condition, values))
    except Stopped:
        lines = ()
        stopped = (
            f"These rows were not found within {ROWS_SECONDS:.0f} seconds: name a period, or filter by"
            f" {', '.join(dataset.key)}."
        )
    count = _count(conn, rows, condition, values, is_bare=not wish.filters)
    if not stopped and len(lines) < PAGE and wish.page == 1:
        count = Count(len(lines), is_exact=True)
    pages = max(1, -(-count.rows // PAGE))
    whole = count.is_exact and count.rows == len(lines)
    # of a single row everything is shown, what it lacks too
    empty = _empty(conn, rows, condition, values, shown, lines, is_whole=whole) if len(lines) > 1 else ()
    return Page(dataset.name, wish.layer, wish.period, shown, lines, count, wish.page, pages, stopped, empty)


def _empty(
    conn: Database,
    rows: Relation,
    condition: sql.Composable,
    values: dict[str, Any],
    shown: Sequence[Heading],
    lines: Sequence[Line],
    *,
    is_whole: bool,
) -> tuple[str, ...]:
    """Columns without anything in all rows that fit: those of this page, asked of the others too."""
    suspects = [
        heading.name
        for place, heading in enumerate(shown)
        if not heading.is_key and all(line.cells[place].state == "not given" for line in lines)
    ]
    if is_whole or not suspects:
        return tuple(suspects)
    told: LiteralString = "coalesce(bool_or(t.{0} is not null), false)"
    if rows.has(WITHHELD):
        # what was kept back is worth seeing
        told = "coalesce(bool_or(t.{0} is not null or {1} = any (coalesce(t.withheld, array[]::text[]))), false)"
    query = sql.SQL("select {} from {} as t where {}").format(
        sql.SQL(", ").join(sql.SQL(told).format(sql.Identifier(name), sql.Literal(name)) for name in suspects),
        rows.table,
        condition,
    )
    try:
        with bounded(conn, COUNT_SECONDS):
            found = conn.execute(query, values).fetchone()
    except Stopped:
        return ()
    assert found is not None
    return tuple(name for name, is_given in zip(suspects, found, strict=True) if not is_given)


def headings(dataset: Dataset, rows: Relation) -> tuple[Heading, ...]:
    """The columns a page shows: what the source gives, then when it was last changed."""
    return tuple(
        Heading(column.name, column.type, column.kind, column.note, is_number(column), column.name in dataset.key)
        for column in _shown(dataset, rows)
    )


def _shown(dataset: Dataset, rows: Relation) -> list[Column]:
    # what is withheld is said in the cells themselves; when a row was made, its history says
    hidden = {WITHHELD, "retired_at", "created_at"}
    shown = {column.name: column for column in rows.columns if column.name not in hidden}
    # by what a person knows a row, first; then what it tells in numbers
    measures = [column.name for column in shown.values() if column.kind == "source" and is_number(column)]
    first = [name for name in (*dataset.key, *naming(dataset), *measures) if name in shown]
    return [shown[name] for name in dict.fromkeys((*first, *shown))]


def _lines(
    conn: Database, dataset: Dataset, rows: Relation, wish: Wish, condition: sql.Composable, values: dict[str, Any]
) -> Iterator[Line]:
    shown = _shown(dataset, rows)
    query = sql.SQL(
        'select {cells}, array[{key}] as "key\'", {withheld} as "withheld\'"'
        " from {table} as t where {condition} order by {order} limit {limit} offset {offset}"
    ).format(
        cells=sql.SQL(", ").join(
            # the whole of a long text is not even sent
            sql.SQL("array[left(t.{0}::text, {1}), length(t.{0}::text)::text] as {0}").format(
                sql.Identifier(column.name), sql.Literal(SHOWN)
            )
            for column in shown
        ),
        key=_as_texts(dataset.key),
        withheld=sql.SQL("t.withheld") if rows.has(WITHHELD) else sql.SQL("null::text[]"),
        table=rows.table,
        condition=condition,
        order=_order(dataset, rows, wish.sort),
        limit=sql.Literal(PAGE),
        offset=sql.Literal((wish.page - 1) * PAGE),
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query, values):
            withheld = set(row["withheld'"] or ())
            cells = tuple(_cell(row[c.name], is_withheld=c.name in withheld) for c in shown)
            yield Line(tuple(part or "" for part in row["key'"]), cells)


def _as_texts(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(sql.SQL("t.{}::text").format(sql.Identifier(name)) for name in columns)


def _cell(found: list[str | None], *, is_withheld: bool) -> Cell:
    text, length = found
    if text is None:
        return Cell("", "withheld" if is_withheld else "not given")
    return Cell(text, "value" if text else "empty", int(length or 0))


def _order(dataset: Dataset, rows: Relation, sort: str) -> sql.Composable:
    by = [sql.SQL("t.{}").format(sql.Identifier(name)) for name in dataset.key]
    if not sort:
        return sql.SQL(", ").join(by)
    column = _column(rows, sort.removeprefix("-"))
    direction: LiteralString = "t.{} desc nulls last" if sort.startswith("-") else "t.{} asc nulls last"
    return sql.SQL(", ").join([sql.SQL(direction).format(sql.Identifier(column.name)), *by])


def _column(rows: Relation, name: str) -> Column:
    found = next((column for column in rows.columns if column.name == name), None)
    if found is None:
        raise UnknownColumn(f"There is no column {name!r} here.", hint="Choose one of the page's columns.")
    return found


def _count(
    conn: Database, rows: Relation, condition: sql.Composable, values: dict[str, Any], *, is_bare: bool
) -> Count:
    """Exact as long as that is quick, else what the planner believes."""
    some = sql.SQL("select from {} as t where {}").format(rows.table, condition)
    estimate = estimated(conn, some, values)
    if is_bare and estimate > 2 * COUNTED:
        # of a whole table the planner knows the size well enough; of a condition it only guesses
        return Count(estimate, is_exact=False)
    try:
        with bounded(conn, COUNT_SECONDS):
            # one more than is counted: as many means that there are more
            query = sql.SQL("select count(*) from ({} limit {}) as s").format(some, sql.Literal(COUNTED + 1))
            row = conn.execute(query, values).fetchone()
    except Stopped:
        return Count(estimate, is_exact=False)
    counted = int(row[0]) if row else 0
    return Count(counted, True) if counted <= COUNTED else Count(max(estimate, counted), False)


def estimated(conn: Database, query: sql.Composable, values: dict[str, Any]) -> int:
    """How many rows the planner believes a query to have."""
    row = conn.execute(sql.SQL("explain (format json) {}").format(query), values).fetchone()
    assert row is not None
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return int(plan[0]["Plan"]["Plan Rows"])


def _where(rows: Relation, filters: Sequence[Filter]) -> tuple[sql.Composable, dict[str, Any]]:
    """The condition of a relation and its filters, and the values of both."""
    conditions, values = [rows.condition], dict(rows.values)
    for n, each in enumerate(filters):
        condition, more = _condition(rows, each, f"filter{n}")
        conditions.append(condition)
        values |= more
    return sql.SQL(" and ").join(conditions), values


# Case and accents do not count: a person types lycee and means Lycée.
_PLAINLY: LiteralString = "translate(lower({}), 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿœæ’', 'aaaaaaceeeeiiiinooooouuuuyyoa''')"


def _condition(rows: Relation, each: Filter, name: str) -> tuple[sql.Composable, dict[str, Any]]:
    column = _column(rows, each.column)
    place = sql.SQL("t.{}").format(sql.Identifier(column.name))
    if each.how in BARE:
        return _bare(rows, column, place, each.how, name)
    if each.how == "contains":
        plainly = sql.SQL(_PLAINLY)
        return (
            sql.SQL("strpos({}, {}) > 0").format(
                plainly.format(sql.SQL("{}::text").format(place)),
                plainly.format(sql.SQL("{}::text").format(sql.Placeholder(name))),
            ),
            {name: each.value},
        )
    if each.how == "equals" and not is_number(column):
        return sql.SQL("{}::text = {}").format(place, sql.Placeholder(name)), {name: each.value}
    if not is_number(column):
        raise DeclarationError(
            f"{column.name} holds no numbers: {each.how!r} says nothing of it.", hint="Use contains or equals."
        )
    low, high = _bounds(column, each)
    conditions = []
    if low is not None:
        conditions.append(sql.SQL("{}::numeric >= {}").format(place, sql.Placeholder(f"{name}_low")))
    if high is not None:
        conditions.append(sql.SQL("{}::numeric <= {}").format(place, sql.Placeholder(f"{name}_high")))
    return sql.SQL(" and ").join(conditions), {f"{name}_low": low, f"{name}_high": high}


def _bare(
    rows: Relation, column: Column, place: sql.Composable, how: How, name: str
) -> tuple[sql.Composable, dict[str, Any]]:
    """Conditions on what is absent: not given and withheld are both null, and told apart by the seal."""
    if how == "empty":
        return sql.SQL("{}::text = ''").format(place), {}
    if how == "given":
        return sql.SQL("{} is not null").format(place), {}
    absent = sql.SQL("{} is null").format(place)
    if not rows.has(WITHHELD):
        return (sql.SQL("false"), {}) if how == "withheld" else (absent, {})
    is_named: LiteralString = "{} = any (coalesce(t.withheld, '{{}}'))"
    named = sql.SQL(is_named).format(sql.Placeholder(name))
    told = sql.SQL("{} and {}" if how == "withheld" else "{} and not {}").format(absent, named)
    return told, {name: column.name}


def _bounds(column: Column, each: Filter) -> tuple[Decimal | None, Decimal | None]:
    """The lowest and the highest number a filter lets through."""
    if each.how == "between":
        low, dots, high = each.value.partition("..")
        if not dots:
            raise DeclarationError(f"{each.value!r} names no two numbers.", hint="Write 90..110.")
        return _number(column, low), _number(column, high)
    number = _number(column, each.value)
    return (None if each.how == "at most" else number), (None if each.how == "at least" else number)


def _number(column: Column, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text.strip()):
        raise DeclarationError(
            f"{column.name} holds numbers, and {text!r} is none.", hint="Write it in digits: 102.5 or 102,5."
        )
    return Decimal(text.strip().replace(",", "."))


def as_csv(conn: Database, pack: Pack, dataset: Dataset, wish: Wish) -> Iterator[bytes]:
    """All rows that fit, as a file with semicolons that spreadsheets open and no program runs; in pieces.

    Texts that a spreadsheet would take for a formula stand behind an apostrophe; numbers are left alone.
    The caller has a transaction open for as long as pieces are taken.
    """
    rows = relation(pack, dataset, wish.layer, period=wish.period, retired=wish.retired)
    condition, values = _where(rows, wish.filters)
    columns = [column for column in rows.columns if column.name not in ("retired_at", "created_at")]
    query = sql.SQL("select {} from {} as t where {} order by {}").format(
        _as_texts([column.name for column in columns]), rows.table, condition, _order(dataset, rows, wish.sort)
    )
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    # the mark by which spreadsheets know that accents are UTF-8
    text.write("\ufeff")
    writer.writerow([column.name for column in columns])
    numbers = [is_number(column) for column in columns]
    with conn.cursor(name="greenroom_csv") as cursor:
        cursor.itersize = 2_000
        cursor.execute(query, values)
        for row in cursor:
            writer.writerow([cell if is_safe else unrunnable(cell) for cell, is_safe in zip(row, numbers, strict=True)])
            if text.tell() > 60_000:
                yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece


def unrunnable(cell: str | None) -> str | None:
    """A text that no spreadsheet takes for a formula."""
    # blanks before the sign are dropped by some of them, a tab or a line's end too
    if cell and cell.lstrip(" \t\r\n\u00a0")[:1] in ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"):
        return "'" + cell
    return "'" + cell if cell and cell[0] in "\t\r\n" else cell


@dataclass(frozen=True, slots=True)
class Before:
    """One row as a release found it: what the release put in its place is the next one's, or today's."""

    release: int
    kind: str
    made_at: str
    made_by: str
    note: str | None
    values: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a dataset: as published, as it waits, and as releases found it before."""

    dataset: str
    key: tuple[str, ...]
    headings: tuple[Heading, ...]
    published: tuple[Cell, ...] | None
    waiting: tuple[Cell, ...] | None
    is_retired: bool
    release: int | None
    history: tuple[Before, ...]


def row(conn: Database, pack: Pack, dataset: Dataset, key: Sequence[str]) -> Row:
    """One row by its key. Raises UnknownTarget when no layer and no release ever had it."""
    if len(key) != len(dataset.key):
        raise UnknownTarget(f"A row of {dataset.name} is named by {', '.join(dataset.key)}.")
    current = relation(pack, dataset, "production")
    shown = [column for column in current.columns if column.kind == "source" and column.name != WITHHELD]
    published = _one(conn, dataset, Relation(current.table, sql.SQL("true"), {}, current.columns), key, shown)
    waiting = _one(conn, dataset, relation(pack, dataset, "batch"), key, shown)
    history = tuple(_history(conn, pack, dataset, key))
    if published is None and waiting is None and not history:
        raise UnknownTarget(f"{dataset.name} has no row {' '.join(key)}.")
    return Row(
        dataset=dataset.name,
        key=tuple(key),
        headings=tuple(Heading(c.name, c.type, c.kind, c.note, is_number(c), c.name in dataset.key) for c in shown),
        published=published[0] if published else None,
        waiting=waiting[0] if waiting else None,
        is_retired=bool(published and published[1].get("retired_at")),
        release=published[1].get("release_id") if published else None,
        history=history,
    )


def _one(
    conn: Database, dataset: Dataset, rows: Relation, key: Sequence[str], shown: list[Column]
) -> tuple[tuple[Cell, ...], dict[str, Any]] | None:
    if not all(_can_be(dataset.column(name), part) for name, part in zip(dataset.key, key, strict=True)):
        return None
    same = _same_key(dataset)
    query = sql.SQL(
        'select {cells}, {withheld} as "withheld\'", {more} as "more\'" from {table} as t where {same} limit 1'
    )
    made = query.format(
        cells=sql.SQL(", ").join(sql.SQL("t.{0}::text as {0}").format(sql.Identifier(c.name)) for c in shown),
        withheld=sql.SQL("t.withheld") if rows.has(WITHHELD) else sql.SQL("null::text[]"),
        more=sql.SQL("jsonb_build_object('release_id', t.release_id, 'retired_at', t.retired_at)")
        if rows.has("release_id")
        else sql.SQL("null::jsonb"),
        table=rows.table,
        same=sql.SQL("{} and {}").format(rows.condition, same),
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(made, rows.values | {f"key{n}": part for n, part in enumerate(key)}).fetchone()
    if found is None:
        return None
    withheld = set(found["withheld'"] or ())
    cells = tuple(_cell([found[c.name], str(len(found[c.name] or ""))], is_withheld=c.name in withheld) for c in shown)
    return cells, found["more'"] or {}


def _same_key(dataset: Dataset) -> sql.Composable:
    """The condition that a row has the key `key0`, `key1` …; in the column's own type, so that indexes serve."""
    return sql.SQL(" and ").join(
        sql.SQL(_SAME.get(dataset.column(name).type, "t.{0}::text = {1}::text")).format(
            sql.Identifier(name), sql.Placeholder(f"key{n}")
        )
        for n, name in enumerate(dataset.key)
    )


_SAME: dict[str, LiteralString] = {"text": "t.{0} = {1}::text", "integer": "t.{0} = {1}::integer"}


def _can_be(column: Column, part: str) -> bool:
    """Whether this column could hold such a text at all."""
    return column.type != "integer" or re.fullmatch(r"-?\d{1,9}", part) is not None


def _history(conn: Database, pack: Pack, dataset: Dataset, key: Sequence[str]) -> Iterator[Before]:
    """What releases found in the place of this row, newest first."""
    with conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "select r.id, r.kind, r.made_at::text as made_at, r.made_by, r.note, h.before"
            " from greenroom.release as r"
            " join greenroom.scope as c on c.id = r.scope_id and c.pack = %(pack)s and c.keys[1] = %(group)s"
            " join greenroom.history as h on h.release_id = r.id and h.dataset = %(dataset)s and h.identity = %(key)s"
            " order by r.id desc limit 100",
            {
                "pack": pack.name, "group": dataset.group or dataset.name, "dataset": dataset.name, "key": list(key),
            },
        )  # fmt: skip
        for found in cursor:
            before = {name: _told(value) for name, value in found["before"].items()}
            yield Before(found["id"], found["kind"], found["made_at"], found["made_by"], found["note"], before)


def _told(value: object) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)
