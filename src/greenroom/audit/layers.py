"""Where the rows of a dataset stand: a dataset and a layer enter, a table with the condition on its rows leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Literal, LiteralString

import psycopg
from psycopg import sql

from greenroom.db.kernel import Database
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack

Layer = Literal["production", "batch", "preview"]
LAYERS: tuple[Layer, ...] = ("production", "batch", "preview")

# The states of units that wait for a decision or a promotion.
WAITING = ("sealed", "held", "ready")
NUMBERS = ("integer", "bigint", "smallint", "numeric", "double precision", "real")
# Filled by the seal: the columns of a row whose value its publisher withheld.
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of one dataset on one layer, as `t` of a query: `from {table} as t where {condition}`."""

    table: sql.Identifier
    condition: sql.Composable
    values: dict[str, Any] = field(default_factory=dict)
    # Its columns, in the order of the declaration.
    columns: tuple[Column, ...] = ()

    def has(self, column: str) -> bool:
        """Whether its rows have this column."""
        return any(column == each.name for each in self.columns)


def scope_id(conn: Database, pack: Pack, dataset: Dataset) -> int | None:
    """The scope that a flat dataset is released in; none as long as nothing of it was staged."""
    row = conn.execute(
        "select c.id from greenroom.scope as c where c.pack = %s and c.keys = array[%s]",
        (pack.name, dataset.group or dataset.name),
    ).fetchone()
    return row[0] if row else None


def relation(
    pack: Pack, dataset: Dataset, layer: Layer, *, period: str | None = None, retired: bool = False, prefix: str = ""
) -> Relation:
    """The rows of a dataset on a layer, of one period or of all; `prefix` tells apart the values of two of them."""
    conditions: list[sql.Composable] = []
    values: dict[str, Any] = {}
    if layer == "batch":
        # what was sealed, with the corrections in force
        table = sql.Identifier(pack.compiled_schema, f"effective_{dataset.name}")
        columns = dataset.source_columns
        conditions.append(sql.SQL(_OF_WAITING_UNITS).format(*map(_value, (f"{prefix}dataset", f"{prefix}pack"))))
        values |= {f"{prefix}dataset": dataset.name, f"{prefix}pack": pack.name}
    else:
        table = sql.Identifier("preview" if layer == "preview" else pack.schema, dataset.table)
        columns = dataset.columns
        conditions.append(sql.SQL("t.retired_at is not null" if retired else "t.retired_at is null"))
    if period is not None:
        column = period_column(dataset)
        if column is None:
            raise UnknownTarget(f"{dataset.name} has no periods.", hint="Leave the period out.")
        conditions.append(sql.SQL("t.{}::text = {}").format(sql.Identifier(column), _value(f"{prefix}period")))
        values[f"{prefix}period"] = period
    return Relation(table, sql.SQL(" and ").join(conditions), values, columns)


_OF_WAITING_UNITS: LiteralString = (
    "t.unit_id = any (array(select u.id from greenroom.unit as u join greenroom.scope as c on c.id = u.scope_id"
    " where u.dataset = {} and c.pack = {} and u.state in ('sealed', 'held', 'ready')))"
)


def _value(name: str) -> sql.Placeholder:
    return sql.Placeholder(name)


def period_column(dataset: Dataset) -> str | None:
    """The column that says which period a row is of."""
    if dataset.period is not None:
        return dataset.period or None
    return dataset.unit[0] if dataset.unit else None


def periods(conn: Database, pack: Pack, dataset: Dataset, layer: Layer = "production") -> list[str]:
    """The periods there are, newest first; no more than a person can choose from."""
    column = period_column(dataset)
    if column is None:
        return []
    if column in dataset.unit:
        place = dataset.unit.index(column) + 1
        query = _PERIODS_WAITING if layer == "batch" else _PERIODS_PUBLISHED
        found = conn.execute(query, {"dataset": dataset.name, "pack": pack.name, "place": place}).fetchall()
    else:
        rows = relation(pack, dataset, layer)
        query_of_rows = sql.SQL(
            "select distinct t.{0}::text from {1} as t where {2} and t.{0} is not null order by 1 desc limit 100"
        ).format(sql.Identifier(column), rows.table, rows.condition)
        found = conn.execute(query_of_rows, rows.values).fetchall()
    return [row[0] for row in found]


_PERIODS_PUBLISHED: LiteralString = (
    "select distinct p.key[%(place)s] from greenroom.published as p join greenroom.scope as c on c.id = p.scope_id"
    " where c.pack = %(pack)s and p.dataset = %(dataset)s and p.row_count > 0 and p.key[%(place)s] is not null"
    " order by 1 desc limit 300"
)
_PERIODS_WAITING: LiteralString = (
    "select distinct u.key[%(place)s] from greenroom.unit as u join greenroom.scope as c on c.id = u.scope_id"
    " where c.pack = %(pack)s and u.dataset = %(dataset)s and u.state in ('sealed', 'held', 'ready')"
    " and u.key[%(place)s] is not null order by 1 desc limit 300"
)


def waits(conn: Database, pack: Pack, dataset: Dataset) -> bool:
    """Whether units of this dataset wait for a decision or a promotion."""
    return bool(
        conn.execute(
            "select exists (select from greenroom.unit as u join greenroom.scope as c on c.id = u.scope_id"
            " where c.pack = %s and u.dataset = %s and u.state = any (%s))",
            (pack.name, dataset.name, list(WAITING)),
        ).fetchone()[0]  # type: ignore[index]
    )


def parts(conn: Database, pack: Pack, dataset: Dataset, layer: Layer) -> set[str | None]:
    """Periods of which only a part is there; None where some unit is a part and periods are not told by units."""
    column = period_column(dataset)
    place = dataset.unit.index(column) + 1 if column in dataset.unit else 0
    query = _PARTS_WAITING if layer == "batch" else _PARTS_PUBLISHED
    found = conn.execute(query, {"dataset": dataset.name, "pack": pack.name, "place": place}).fetchall()
    return {row[0] for row in found}


# Subscript 0 has no element: null.
_PARTS_PUBLISHED: LiteralString = (
    "select distinct p.key[%(place)s::integer] from greenroom.published as p"
    " join greenroom.scope as c on c.id = p.scope_id"
    " where c.pack = %(pack)s and p.dataset = %(dataset)s and p.row_count > 0 and not p.complete"
)
_PARTS_WAITING: LiteralString = (
    "select distinct u.key[%(place)s::integer] from greenroom.unit as u"
    " join greenroom.scope as c on c.id = u.scope_id"
    " where c.pack = %(pack)s and u.dataset = %(dataset)s and u.state in ('sealed', 'held', 'ready')"
    " and not u.complete"
)


def is_number(column: Column) -> bool:
    """Whether values of this column can be compared by size."""
    return column.type.partition("(")[0] in NUMBERS


# Columns that say a row's name, where the declaration does not: the first that there is.
_NAMES = ("nom_de_l_etablissement", "nom_etablissement", "etablissement", "nom", "libelle")


def naming(dataset: Dataset) -> tuple[str, ...]:
    """The columns beside the key by which a person knows a row."""
    declared = tuple(name for name in dataset.label if name not in dataset.key)
    known = [column.name for column in dataset.source_columns if column.name not in dataset.key]
    found = next((name for start in _NAMES for name in known if name.startswith(start)), None)
    return declared or ((found,) if found else ())


def template(name: str) -> sql.SQL:
    """A query of `templates/`, whose names in braces are still to be filled."""
    text = files("greenroom.audit").joinpath("templates", name).read_text(encoding="utf-8")
    return sql.SQL(text)


@contextmanager
def bounded(conn: Database, seconds: float) -> Iterator[None]:
    """Statements inside are stopped after so long; what went before them stands. Raises psycopg's QueryCanceled."""
    row = conn.execute("select current_setting('statement_timeout')").fetchone()
    assert row is not None
    before: str = row[0]
    with conn.transaction():
        conn.execute("select set_config('statement_timeout', %s, true)", (f"{max(1, round(seconds * 1000))}ms",))
        yield
        conn.execute("select set_config('statement_timeout', %s, true)", (before,))


Stopped = psycopg.errors.QueryCanceled
