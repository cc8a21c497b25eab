"""A pack of flat data -> what each dataset holds: whose it is, how new, what waits, what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import dict_row

from greenroom.audit import coverage
from greenroom.db.kernel import Database, rows
from greenroom.model.dataset import Dataset
from greenroom.model.pack import Pack

# The words of freshness as a person says them.
FRESHNESS = {
    "current": "up to date",
    "due": "a newer edition is due",
    "late": "a newer edition is long due",
    "unchecked": "its address was not looked at",
    "missing": "missing",
    "absent": "not loaded (optional)",
}


@dataclass(frozen=True, slots=True)
class Holding:
    """One dataset: its source, what is published of it, what waits."""

    dataset: str
    table: str
    group: str
    note: str
    title: str | None
    owner: str | None
    licence: str | None
    address: str | None
    where: str | None
    is_derived: bool
    current_of: str | None
    period: str | None
    rows: int
    units: int
    whole_units: int
    parts: tuple[str, ...]
    state: str
    published_at: str | None
    looked_at: str | None
    expected_since: str | None
    # How many units wait, by state.
    waiting: dict[str, int]

    @property
    def freshness(self) -> str:
        """How new it is, in words."""
        return FRESHNESS.get(self.state, self.state)

    @property
    def cure(self) -> str:
        """What to type when it is missing or due; empty when nothing is to be done."""
        return f"greenroom run {self.group}" if self.state in ("missing", "absent", "due", "late") else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Datasets that are released together."""

    name: str
    scope_id: int | None
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class Holdings:
    """A whole pack, in its own order."""

    pack: str
    groups: tuple[Group, ...]

    @property
    def missing(self) -> tuple[Holding, ...]:
        """Datasets that nobody has loaded and that are not optional."""
        return tuple(h for group in self.groups for h in group.holdings if h.state == "missing")


def holdings(conn: Database, pack: Pack) -> Holdings:
    """Every dataset of a pack as this database holds it."""
    counted = {table.table: table for table in coverage.tables(conn, pack)}
    fresh = {row["table_name"]: row for row in rows(conn, pack, "freshness")}
    told = {row["dataset"]: row for row in rows(conn, pack, "registry")}
    waiting = _waiting(conn, pack)
    scopes = _scopes(conn, pack)

    def one(dataset: Dataset, group: str) -> Holding:
        source, age, held = told[dataset.name], fresh.get(dataset.table, {}), counted[dataset.table]
        return Holding(
            dataset=dataset.name, table=dataset.table, group=group, note=dataset.note,
            title=source["title"], owner=source["owner"], licence=source["licence"], address=source["address"],
            where=source["whence"], is_derived=source["derived"], current_of=source["current_of"],
            period=held.period, rows=held.rows, units=held.units, whole_units=held.whole_units, parts=held.parts,
            state=age.get("state", "missing"),
            published_at=_day(age.get("last_updated")), looked_at=_day(age.get("looked_at")),
            expected_since=_day(age.get("expected_since")), waiting=waiting.get(dataset.name, {}),
        )  # fmt: skip

    return Holdings(
        pack.name,
        tuple(
            Group(name, scopes.get(name), tuple(one(dataset, name) for dataset in datasets))
            for name, datasets in pack.groups.items()
        ),
    )


def _waiting(conn: Database, pack: Pack) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    with conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "select u.dataset, u.state, count(*) as n from greenroom.unit as u"
            " join greenroom.scope as c on c.id = u.scope_id"
            " where c.pack = %s and u.state in ('sealed', 'held', 'ready') group by 1, 2 order by 1, 2",
            (pack.name,),
        )
        for row in cursor:
            found.setdefault(row["dataset"], {})[row["state"]] = row["n"]
    return found


def _scopes(conn: Database, pack: Pack) -> dict[str, int]:
    found = conn.execute("select c.keys[1], c.id from greenroom.scope as c where c.pack = %s", (pack.name,)).fetchall()
    return {row[0]: row[1] for row in found}


def _day(moment: object) -> str | None:
    return None if moment is None else str(moment)[:10]
