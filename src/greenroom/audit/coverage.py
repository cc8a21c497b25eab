"""A pack and its database -> how much of what the world offers is published, and who is missing."""

from dataclasses import asdict, dataclass, field
from typing import Any

from greenroom.db.kernel import Database, rows
from greenroom.db.queries import dicts, query_of
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack


@dataclass(frozen=True, slots=True)
class Table:
    """How much of one dataset is published. `expected` rows are of one unit; `parts` are units that are not whole."""

    table: str
    period: str | None
    rows: int
    units: int
    whole_units: int
    expected: tuple[int, int]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """One pack. Without `areas`, `note` says why nothing could be counted, `cure` what to do."""

    pack: str
    against: str
    areas: list[dict[str, Any]] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    note: str = ""
    cure: str = ""
    # What is to be done next, in the order the pack keeps as data.
    next: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What `greenroom coverage --json` prints."""
        return asdict(self)


def coverage(conn: Database, pack: Pack, *, area: str | None, what: str | None, missing: bool, first: str) -> Coverage:
    """A whole pack: counted against the list of what is offered, where it declares one; then its tables.

    `first` is the dataset to load when that list holds nothing.
    """
    held = tables(conn, pack)
    if pack.lists_offers and not pack.copy_of:
        return _of_lists(conn, pack, held, area=area, what=what, missing=missing)
    if not pack.offered_in or pack.copy_of:
        note = f"{pack.name} declares no list of what is offered: there is nothing to count against."
        return Coverage(pack.name, "", tables=held, note=note, cure="greenroom status")
    offered = pack.dataset(pack.offered_in)
    if not any(table.table == offered.table and table.rows for table in held):
        note = f"{offered.name} holds nothing yet: there is nothing to count against."
        return Coverage(pack.name, offered.name, tables=held, note=note, cure=f"greenroom import {first}")
    counted, named = _counted(conn, pack, offered.name, area=area, what=what, missing=missing)
    return Coverage(pack.name, offered.name, counted, named, held)


def _of_lists(
    conn: Database, pack: Pack, held: list[Table], *, area: str | None, what: str | None, missing: bool
) -> Coverage:
    """A pack whose sources publish lists of what they offer."""
    counted, named = _counted(conn, pack, "the boards' own lists", area=area, what=what, missing=missing)
    listed = sum(row["offered"] for row in counted)
    note = "" if listed else "no list of what is offered was read yet: there is nothing to count against."
    return Coverage(
        pack.name, "the boards' own lists", counted, named, held, note=note,
        cure="" if listed else "greenroom run TARGET, or: greenroom stage TARGET --from LIST",
        next=rows(conn, pack, "coverage_next"),
    )  # fmt: skip


def _counted(
    conn: Database, pack: Pack, against: str, *, area: str | None, what: str | None, missing: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    counted = rows(conn, pack, "coverage", area=area)
    if not counted:
        known = sorted({row["area"] for row in rows(conn, pack, "coverage", area=None)} - {"all"})
        raise UnknownTarget(f"{against} names nobody in {area!r}.", hint=f"Known: {', '.join(known)}.")
    kinds = list(dict.fromkeys(row["what"] for row in counted))
    if what is not None and what not in kinds:
        raise UnknownTarget(f"Nothing called {what!r} is counted.", hint=f"Counted: {', '.join(kinds)}.")
    counted = [row for row in counted if what in (None, row["what"])]
    return counted, rows(conn, pack, "coverage_missing", area=area, what=what) if missing else []


def tables(conn: Database, pack: Pack, scopes: list[int] | None = None, groups: set[str] | None = None) -> list[Table]:
    """Each dataset of a pack, or of some scopes of it, in the pack's order."""
    found = dicts(conn, query_of("audit/coverage_tables"), {"pack": pack.name, "scopes": scopes})
    held = {row["dataset"]: row for row in found}
    periods: dict[str, str | None] = {}
    if pack.landing == "file":
        periods = {row["table_name"]: row["period"] for row in rows(conn, pack, "freshness")}
    wanted = (d for d in pack.datasets if groups is None or (d.group or d.name) in groups)
    return [_table(dataset, held.get(dataset.name, {}), periods.get(dataset.table)) for dataset in wanted]


def _table(dataset: Dataset, held: dict[str, Any], period: str | None) -> Table:
    return Table(
        table=dataset.table,
        period=period,
        rows=held.get("rows", 0),
        units=held.get("units", 0),
        whole_units=held.get("whole_units", 0),
        expected=(dataset.bounds.complete, dataset.bounds.most),
        parts=tuple(held.get("parts", ())),
    )
