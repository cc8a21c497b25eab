"""How well datasets fit together: for each column that names a school or place, how many rows find it elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from greenroom.audit.layers import Relation, Stopped, bounded, naming, period_column, relation, template
from greenroom.audit.tables import estimated
from greenroom.db.kernel import Database
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownColumn, UnknownTarget
from greenroom.model.pack import Pack

# What a column names, by the rule of cleaning that its declaration gives it; uais holds several.
KINDS = {"uai": "school", "uais": "school", "commune": "commune", "departement": "département"}
_RULES = {"school": "uai", "commune": "commune", "département": "departement"}

PAGE = 100
# A table of more rows is counted when it is asked for, not with all others.
AT_ONCE = 1_000_000
# All of them together, and one alone.
SECONDS, SECONDS_FOR_ONE = 4.0, 8.0


@dataclass(frozen=True, slots=True)
class Reference:
    """A column of a dataset that names rows of another by their key."""

    dataset: str
    column: str
    kind: str
    partner: str
    partner_column: str


@dataclass(frozen=True, slots=True)
class Fit:
    """One period: rows, those that name a partner, those that find it, and different names that do not."""

    period: str | None
    rows: int
    named: int
    found: int
    strangers: int

    @property
    def share(self) -> float:
        """Of the rows that name a partner, how many in a hundred find it; of none, all do."""
        return 100 * self.found / self.named if self.named else 100.0


@dataclass(frozen=True, slots=True)
class Joined:
    """One reference, counted. `note` says why it was not."""

    reference: Reference
    fits: tuple[Fit, ...]
    note: str = ""

    @property
    def whole(self) -> Fit:
        """All periods together; strangers of several periods count in each."""
        return Fit(
            None,
            sum(fit.rows for fit in self.fits),
            sum(fit.named for fit in self.fits),
            sum(fit.found for fit in self.fits),
            sum(fit.strangers for fit in self.fits),
        )


@dataclass(frozen=True, slots=True)
class Stranger:
    """One name that the partner does not hold: how often, in which periods, and one row's words."""

    value: str
    rows: int
    first_period: str | None
    last_period: str | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Strangers:
    """A page of them."""

    reference: Reference
    period: str | None
    strangers: tuple[Stranger, ...]
    of: int
    page: int
    stopped: str = ""

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.of // PAGE))


def registers(pack: Pack) -> dict[str, Dataset]:
    """By kind, the dataset that lists the world: whose one key column is of it, and that most others read."""
    needed = Counter(name for dataset in pack.datasets for name in dataset.needs)
    found: dict[str, Dataset] = {}
    for kind, rule in _RULES.items():
        lists = [d for d in pack.datasets if len(d.key) == 1 and d.column(d.key[0]).clean == rule]
        if lists:
            found[kind] = max(lists, key=lambda d: (d.name == pack.offered_in, needed[d.name]))
    return found


def references(pack: Pack) -> list[Reference]:
    """Every column of the pack that names a school, commune or département, and where that should stand."""
    where = registers(pack)
    return [
        Reference(dataset.name, column.name, KINDS[column.clean], partner.name, partner.key[0])
        for dataset in pack.datasets
        for column in dataset.source_columns
        if column.clean in KINDS and (partner := where.get(KINDS[column.clean])) is not None and partner != dataset
        # a table that repeats another says nothing more
        and dataset.current_of is None
    ]  # fmt: skip


def reference(pack: Pack, dataset: str, column: str, partner: str | None = None) -> Reference:
    """One of them; `partner` may be any other dataset with such a key. Raises UnknownColumn, UnknownTarget."""
    usual = next((r for r in references(pack) if (r.dataset, r.column) == (dataset, column)), None)
    if usual is None:
        raise UnknownColumn(f"{column} of {dataset} names no row of another dataset.", hint="Choose one of the list.")
    if partner is None or partner == usual.partner:
        return usual
    other = next((d for d in partners(pack, usual) if d.name == partner), None)
    if other is None:
        raise UnknownTarget(f"{partner} has no key that {column} could name.", hint="Choose one of the list.")
    name = next(c.name for c in other.source_columns if c.name in other.key and c.clean == _RULES[usual.kind])
    return Reference(dataset, column, usual.kind, other.name, name)


def partners(pack: Pack, usual: Reference) -> list[Dataset]:
    """Datasets that hold one key column of the kind that a reference names."""
    rule = _RULES[usual.kind]
    return [
        d for d in pack.datasets
        if d.name != usual.dataset and [c for c in d.source_columns if c.name in d.key and c.clean == rule]
    ]  # fmt: skip


def joined(conn: Database, pack: Pack, one: Reference, *, seconds: float = SECONDS_FOR_ONE) -> Joined:
    """One reference, by period."""
    try:
        with bounded(conn, seconds), conn.cursor(row_factory=dict_row) as cursor:
            query, values = _filled(pack, one, "joins.sql", None)
            return Joined(one, tuple(Fit(**row) for row in cursor.execute(query, values)))
    except Stopped:
        return Joined(one, (), f"not counted within {seconds:.0f} seconds")


def coverage(conn: Database, pack: Pack, only: Sequence[Reference] | None = None) -> list[Joined]:
    """Every reference of a pack, as far as they are counted quickly."""
    found: list[Joined] = []
    for one in references(pack) if only is None else only:
        rows = relation(pack, pack.dataset(one.dataset), "production")
        size = estimated(conn, sql.SQL("select from {} as t where {}").format(rows.table, rows.condition), rows.values)
        if size > AT_ONCE:
            found.append(Joined(one, (), f"about {size:,} rows: counted when you open it"))
        else:
            found.append(joined(conn, pack, one, seconds=SECONDS))
    return found


def strangers(conn: Database, pack: Pack, one: Reference, *, period: str | None = None, page: int = 1) -> Strangers:
    """What rows name and the partner does not hold, most rows first."""
    query, values = _filled(pack, one, "joins_strangers.sql", period)
    try:
        with bounded(conn, SECONDS_FOR_ONE), conn.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(query, values | {"most": PAGE, "skipped": (page - 1) * PAGE}).fetchall()
    except Stopped:
        return Strangers(one, period, (), 0, page, f"Not found within {SECONDS_FOR_ONE:.0f} seconds: choose a period.")
    of = found[0]["of"] if found else 0
    return Strangers(one, period, tuple(_stranger(row) for row in found), of, page)


def _stranger(row: dict[str, Any]) -> Stranger:
    return Stranger(row["value"], row["rows"], row["first_period"], row["last_period"], row["label"] or None)


def _filled(pack: Pack, one: Reference, name: str, period: str | None) -> tuple[sql.Composed, dict[str, Any]]:
    """A query of `templates/` for one reference."""
    dataset, partner = pack.dataset(one.dataset), pack.dataset(one.partner)
    rows = relation(pack, dataset, "production", period=period)
    of_partner = relation(pack, partner, "production", prefix="partner_")
    column = dataset.column(one.column)
    when = period_column(dataset)
    query = template(name).format(
        period=sql.SQL("t.{}::text").format(sql.Identifier(when)) if when else sql.SQL("null::text"),
        value=_value(column),
        each=_each(column),
        table=rows.table,
        condition=rows.condition,
        key=sql.Identifier(one.partner_column),
        partner=of_partner.table,
        partner_condition=of_partner.condition,
        label=_label(dataset, rows),
    )
    return query, rows.values


def _value(column: Column) -> sql.Composable:
    return (
        sql.SQL("e.value") if column.type.endswith("[]") else sql.SQL("t.{}::text").format(sql.Identifier(column.name))
    )


def _each(column: Column) -> sql.Composable:
    """A column of several names counts once for each of them, and once where it has none."""
    if not column.type.endswith("[]"):
        return sql.SQL("")
    return sql.SQL("left join lateral unnest(t.{}) as e (value) on true").format(sql.Identifier(column.name))


def _label(dataset: Dataset, rows: Relation) -> sql.Composable:
    names = [name for name in naming(dataset) if rows.has(name)]
    if not names:
        return sql.SQL("null::text")
    return sql.SQL("concat_ws(' ', {})").format(
        sql.SQL(", ").join(sql.SQL("t.{}::text").format(sql.Identifier(name)) for name in names)
    )
