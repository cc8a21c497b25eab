"""How the numbers of a dataset lie, on one side and on another: two sides enter, quantiles, shares and movers leave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from psycopg import sql
from psycopg.rows import dict_row

from greenroom.audit.layers import (
    WITHHELD,
    Layer,
    Relation,
    Stopped,
    bounded,
    is_number,
    naming,
    parts,
    period_column,
    periods,
    relation,
    template,
    waits,
)
from greenroom.db.kernel import Database
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownColumn, UnknownTarget
from greenroom.model.pack import Pack

# All rows of both sides, or only those that stand on both.
Rows = Literal["all", "both"]

BINS = 24
MOVERS = 20
SECONDS = 6.0
# Of boxes side by side, as many as fit a page.
BOXES = 10


@dataclass(frozen=True, slots=True)
class Side:
    """Rows that are compared: a layer, and one period of it or all. Of a part some rows were never there."""

    layer: Layer
    period: str | None = None
    is_part: bool = field(default=False, compare=False)

    @property
    def words(self) -> str:
        """As a page says it."""
        told = {"production": "published", "batch": "waiting", "preview": "prepared"}[self.layer]
        told = f"{self.period}, {told}" if self.period else told
        return f"{told} ◐ a part" if self.is_part else told


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of one column lie on one side. Quantiles: 5, 25, 50, 75 and 95 in a hundred."""

    column: str
    rows: int
    valued: int
    withheld: int
    mean: float | None
    deviation: float | None
    least: float | None
    most: float | None
    quantiles: tuple[float, ...] | None

    @property
    def not_given(self) -> int:
        """Rows without a value that nobody withheld."""
        return self.rows - self.valued - self.withheld

    def share(self, count: int) -> float:
        """A count of these rows in a hundred of them."""
        return 100 * count / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    """One column on both sides; a side without rows has none."""

    column: str
    note: str
    now: Spread | None
    before: Spread | None

    @property
    def shift(self) -> float | None:
        """How far the median moved, in deviations of before."""
        if self.now is None or self.before is None or not self.now.quantiles or not self.before.quantiles:
            return None
        moved = self.now.quantiles[2] - self.before.quantiles[2]
        return moved / self.before.deviation if self.before.deviation else (0.0 if not moved else None)


@dataclass(frozen=True, slots=True)
class Mover:
    """A row whose value moved: its key without the period, and words a person knows it by."""

    key: tuple[str, ...]
    label: str
    before: float
    now: float
    moved: float


@dataclass(frozen=True, slots=True)
class Moves:
    """What became of the rows that both sides have. `note` says why there is nothing to compare."""

    now_rows: int = 0
    before_rows: int = 0
    met: int = 0
    moved: int = 0
    lost: int = 0
    gained: int = 0
    mean_move: float | None = None
    movers: tuple[Mover, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between two ends in equal steps, on both sides."""

    least: float
    most: float
    now: tuple[int, ...]
    before: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A dataset on two sides. `before` is none where there is nothing to compare with.

    `rows` are those that were compared: all, or only those that stand on both sides.
    """

    dataset: str
    now: Side
    before: Side | None
    sides: tuple[Side, ...]
    pairs: tuple[Pair, ...]
    column: str | None
    histogram: Histogram | None
    # The column on every side there is, oldest first.
    boxes: tuple[tuple[Side, Spread], ...]
    moves: Moves
    rows: Rows = "all"
    stopped: str = ""


def sides(conn: Database, pack: Pack, dataset: Dataset) -> list[Side]:
    """What can be compared: what waits first, then the published periods, newest first."""
    told: tuple[Layer, ...] = ("batch", "production") if waits(conn, pack, dataset) else ("production",)
    found: list[Side] = []
    for layer in told:
        partly = parts(conn, pack, dataset, layer)
        found += [
            # where units do not tell periods apart, any of them may lack rows
            Side(layer, period, is_part=period in partly or None in partly)
            for period in _or_all(periods(conn, pack, dataset, layer))
        ]
    return found


def _or_all(found: Sequence[str]) -> Sequence[str | None]:
    return found or (None,)


def usual(known: Sequence[Side]) -> tuple[Side, Side | None]:
    """What is compared with what when nobody says: what waits with the same period, else with the one before."""
    now = known[0]
    same = [side for side in known if side.layer == "production" and side.period == now.period and side != now]
    older = [
        side
        for side in known[1:]
        if side.layer == "production" and (now.period is None or (side.period or "") < now.period)
    ]
    return now, next(iter([*same, *older]), None)


def distribution(
    conn: Database,
    pack: Pack,
    dataset: Dataset,
    *,
    now: Side | None = None,
    before: Side | None = None,
    column: str | None = None,
    rows: Rows | None = None,
) -> Distribution:
    """The numbers of a dataset on two sides; in detail, one column.

    Where one side is a part, only rows on both sides are compared unless all are asked for.
    """
    known = sides(conn, pack, dataset)
    usual_now, usual_before = usual(known)
    if now is None:
        now, before = usual_now, before or usual_before
    now, before = _known(dataset, known, now), _known(dataset, known, before) if before else None
    if rows is None or before is None:
        rows = "both" if before is not None and (now.is_part or before.is_part) else "all"
    numeric = [each for each in dataset.source_columns if is_number(each)]
    if column is not None and column not in [each.name for each in numeric]:
        raise UnknownColumn(f"{column!r} is no column of numbers here.", hint="Choose one of the page's columns.")
    chosen = next((c for c in numeric if c.name == column), None) or _telling(dataset, numeric)
    empty = Distribution(dataset.name, now, before, tuple(known), (), None, None, (), Moves(), rows)
    here = _rows(pack, dataset, now, before, rows)
    there = _rows(pack, dataset, before, now, rows) if before else None
    if chosen is None:
        return empty
    try:
        with bounded(conn, SECONDS):
            pairs = tuple(_pairs(conn, numeric, here, there))
        with bounded(conn, SECONDS):
            boxes = tuple(_boxes(conn, pack, dataset, chosen, known))
            histogram = _histogram(conn, chosen, here, there, pairs)
        with bounded(conn, SECONDS):
            moves = _moves(conn, pack, dataset, chosen, now, before)
    except Stopped:
        return replace(empty, column=chosen.name, stopped=f"The numbers were not counted within {SECONDS:.0f} seconds.")
    return replace(empty, pairs=pairs, column=chosen.name, histogram=histogram, boxes=boxes, moves=moves)


def _known(dataset: Dataset, known: Sequence[Side], side: Side) -> Side:
    found = next((each for each in known if each == side), None)
    if found is None:
        raise UnknownTarget(f"{dataset.name} has no {side.words} rows.", hint="Choose one of the page's sides.")
    return found


def _rows(pack: Pack, dataset: Dataset, side: Side, other: Side | None, rows: Rows) -> Relation:
    """The rows of one side; of both, only those whose key the other side has too."""
    here = relation(pack, dataset, side.layer, period=side.period)
    key = joining(dataset, side, other) if other else ()
    if other is None or rows == "all" or not key:
        return here
    there = relation(pack, dataset, other.layer, period=other.period, prefix="other_")
    condition = sql.SQL("{0} and ({1}) in (select {1} from {2} as t where {3})").format(
        here.condition, _texts(key), there.table, there.condition
    )
    return replace(here, condition=condition, values=here.values | there.values)


def _telling(dataset: Dataset, numeric: Sequence[Column]) -> Column | None:
    """The column shown first: one that a file must have, and that is no part of the key."""
    apart = [c for c in numeric if c.name not in dataset.key and c.name != period_column(dataset)]
    return next((c for c in apart if c.expected or c.required), next(iter(apart), next(iter(numeric), None)))


def _pairs(conn: Database, numeric: Sequence[Column], now: Relation, before: Relation | None) -> list[Pair]:
    here = spreads(conn, now, numeric)
    there = spreads(conn, before, numeric) if before else {}
    return [Pair(c.name, c.note, here.get(c.name), there.get(c.name)) for c in numeric]


def spreads(conn: Database, rows: Relation, columns: Sequence[Column]) -> dict[str, Spread]:
    """How the values of some columns lie, in one pass over the rows."""
    if not columns:
        return {}
    query = template("distribution.sql").format(
        table=rows.table,
        condition=rows.condition,
        columns=sql.SQL(", ").join(_told(rows, column, place) for place, column in enumerate(columns)),
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        return {
            columns[row["place"]].name: _spread(columns[row["place"]], row)
            for row in cursor.execute(query, rows.values)
        }


def _told(rows: Relation, column: Column, place: int) -> sql.Composable:
    name = sql.Identifier(column.name)
    withheld = (
        sql.SQL("t.{} is null and {} = any (coalesce(t.withheld, array[]::text[]))").format(
            name, sql.Literal(column.name)
        )
        if rows.has(WITHHELD)
        else sql.SQL("false")
    )
    return sql.SQL("({}, t.{}::double precision, {})").format(sql.Literal(place), name, withheld)


def _spread(column: Column, row: dict[str, Any]) -> Spread:
    # some tables hold NaN or an infinity: no number to draw or to send
    told = [row[name] for name in ("mean", "deviation", "least", "most")]
    mean, deviation, least, most = (value if value is not None and math.isfinite(value) else None for value in told)
    quantiles = tuple(row["quantiles"] or ())
    is_whole = bool(quantiles) and all(value is not None and math.isfinite(value) for value in quantiles)
    return Spread(
        column.name, row["rows"], row["valued"], row["withheld"], mean, deviation, least, most,
        quantiles if is_whole else None,
    )  # fmt: skip


def _boxes(
    conn: Database, pack: Pack, dataset: Dataset, column: Column, known: Sequence[Side]
) -> list[tuple[Side, Spread]]:
    found = []
    # known are the newest first; of those that wait all are shown
    for side in sorted(known[:BOXES], key=lambda side: (side.period or "", side.layer != "production")):
        spread = spreads(conn, relation(pack, dataset, side.layer, period=side.period), [column]).get(column.name)
        if spread is not None:
            found.append((side, spread))
    return found


def _histogram(
    conn: Database, column: Column, now: Relation, before: Relation | None, pairs: Sequence[Pair]
) -> Histogram | None:
    """Both sides between the same ends, so that they can be laid over each other."""
    pair = next(each for each in pairs if each.column == column.name)
    met = [spread for spread in (pair.now, pair.before) if spread is not None]
    least = min((s.least for s in met if s.least is not None and math.isfinite(s.least)), default=None)
    most = max((s.most for s in met if s.most is not None and math.isfinite(s.most)), default=None)
    if least is None or most is None:
        return None
    bins = BINS if least < most else 1
    return Histogram(
        least, most,
        _bins(conn, now, column, least, most, bins),
        _bins(conn, before, column, least, most, bins) if before else (0,) * bins,
    )  # fmt: skip


def _bins(conn: Database, rows: Relation, column: Column, least: float, most: float, bins: int) -> tuple[int, ...]:
    query = template("distribution_bins.sql").format(
        column=sql.Identifier(column.name), table=rows.table, condition=rows.condition
    )
    # a single value has no width: one step that ends above it
    ends = {"least": least, "most": most if most > least else least + 1, "bins": bins}
    found: dict[int, int] = dict(conn.execute(query, rows.values | ends).fetchall())
    return tuple(found.get(place, 0) for place in range(1, bins + 1))


def _moves(conn: Database, pack: Pack, dataset: Dataset, column: Column, now: Side, before: Side | None) -> Moves:
    if before is None:
        return Moves(note="There is nothing to compare with.")
    key = joining(dataset, now, before)
    if not key or column.name in key:
        return Moves(note=f"{column.name} is part of the key: nothing can move.")
    here = relation(pack, dataset, now.layer, period=now.period, prefix="now_")
    there = relation(pack, dataset, before.layer, period=before.period, prefix="before_")
    label = [name for name in naming(dataset) if here.has(name)]
    query = template("movers.sql").format(
        key=_texts(key),
        column=sql.Identifier(column.name),
        label=sql.SQL("concat_ws(' ', {})").format(_texts(label)) if label else sql.SQL("''"),
        now_table=here.table,
        now_condition=here.condition,
        before_table=there.table,
        before_condition=there.condition,
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, here.values | there.values | {"most_movers": MOVERS}).fetchone()
    assert row is not None
    movers = tuple(Mover(tuple(m["key"]), m["label"], m["before"], m["now"], m["moved"]) for m in row.pop("movers"))
    return Moves(**row, movers=movers)


def joining(dataset: Dataset, now: Side, before: Side) -> tuple[str, ...]:
    """The columns by which rows of two sides are the same: the key, without the period where that differs."""
    period = period_column(dataset)
    return tuple(name for name in dataset.key if name != period or now.period == before.period)


def _texts(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(sql.SQL("t.{}::text").format(sql.Identifier(name)) for name in columns)
