"""What promoting units would change enters; which rows of the app hang on it, and what becomes of them, leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from psycopg import sql

from greenroom.audit.diff import planned
from greenroom.db.kernel import Database
from greenroom.db.queries import query_of
from greenroom.model.dataset import Dataset
from greenroom.model.pack import Pack

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Example:
    """One row at which rows of the app point: how many, and what happens to it."""

    label: str
    kind: Literal["removed", "revived", "changed"]
    rows: int


@dataclass(frozen=True, slots=True)
class Hanging:
    """One table of the app that points at a dataset; rows are None where we may not see them all.

    `leaving_rows` of it point at `leaving` rows that leave, `changed_rows` at `changed` rows that only change.
    """

    dataset: str
    table: str
    can_see: bool
    leaving: int | None
    leaving_rows: int | None
    changed: int | None
    changed_rows: int | None
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaving:
    """What becomes of the rows of one dataset that leave: retired ones stay readable by id."""

    dataset: str
    table: str
    removed: int
    deleted: int
    retired: int


@dataclass(frozen=True, slots=True)
class Reader:
    """A view of the app that reads a published table; `is_kept`: a materialized one, old until it is refreshed."""

    dataset: str
    name: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """What a promotion does to the app."""

    leaving: tuple[Leaving, ...]
    hanging: tuple[Hanging, ...]
    readers: tuple[Reader, ...]

    @property
    def is_none(self) -> bool:
        """Whether nothing leaves and nothing hangs on what changes."""
        return not self.leaving and not any(each.leaving_rows or each.changed_rows for each in self.hanging)


def impact(conn: Database, pack: Pack, scope_id: int, units: Sequence[int]) -> Impact:
    """Plan the promotion of these units in a transaction that is rolled back, and look who hangs on what it touches."""
    with planned(conn, pack, scope_id, list(units)):
        touched = {
            name: removed
            for name, removed in conn.execute(
                "select c.dataset, count(*) filter (where 'removed' = any (c.kinds)) from pg_temp.change as c"
                " where c.before is not null group by c.dataset"
            ).fetchall()
        }
        conn.execute("create temporary table stays (n bigint primary key) on commit drop")
        own = [sql.Identifier(pack.schema, dataset.table).as_string(conn) for dataset in pack.datasets]
        datasets = [dataset for dataset in pack.datasets if dataset.name in touched]
        hanging = [found for dataset in datasets for found in _hanging(conn, pack, dataset, own, touched[dataset.name])]
        leaving = [
            _leaving(conn, pack, dataset, touched[dataset.name]) for dataset in datasets if touched[dataset.name]
        ]
        readers = [reader for dataset in datasets for reader in _readers(conn, pack, dataset)]
    return Impact(tuple(leaving), tuple(hanging), tuple(readers))


def _hanging(conn: Database, pack: Pack, dataset: Dataset, own: list[str], removed: int) -> Iterator[Hanging]:
    table = sql.Identifier(pack.schema, dataset.table)
    found = conn.execute(
        "select referrer::text, condition, readable from greenroom.referring(%s::regclass)"
        " where referrer <> all (%s::regclass[]) order by 1, 2",
        [table.as_string(conn), own],
    ).fetchall()
    for referrer, condition, can_see in found:
        if not can_see:
            _keep_all(conn, dataset)
            yield Hanging(dataset.name, referrer, False, removed or None, None, None, None)
            continue
        # Name and condition were quoted by the server, from its catalogue (greenroom.referring).
        names = {
            "table": table,
            "same": _same_row(dataset),
            "referrer": sql.SQL(referrer),
            "condition": sql.SQL(condition),
            "dataset": sql.Literal(dataset.name),
            "limit": sql.Literal(_EXAMPLES),
        }
        yield _counted(conn, dataset, referrer, names)
        if removed:
            pointed = query_of("audit/impact_pointed").format(**names)
            conn.execute(pointed)


def _counted(conn: Database, dataset: Dataset, referrer: str, names: dict[str, sql.Composable]) -> Hanging:
    query = query_of("audit/impact_counted").format(**names)
    counted = {kind: (rows, targets) for kind, rows, targets in conn.execute(query)}
    leaving_rows, leaving = counted.get("removed", (0, 0))
    others = [counted[kind] for kind in ("changed", "revived") if kind in counted]
    plain = Hanging(
        dataset.name, referrer, True, leaving, leaving_rows,
        sum(targets for _, targets in others), sum(rows for rows, _ in others),
    )  # fmt: skip
    if not counted:
        return plain
    examples = conn.execute(query_of("audit/impact_examples").format(**names)).fetchall()
    return replace(plain, examples=tuple(Example(label, kind, rows) for label, kind, rows in examples))


def _keep_all(conn: Database, dataset: Dataset) -> None:
    """A table whose rows we may not all see counts as pointing at everything."""
    conn.execute(
        "insert into pg_temp.stays (n) select c.n from pg_temp.change as c"
        " where c.dataset = %s and 'removed' = any (c.kinds) on conflict do nothing",
        [dataset.name],
    )


def _leaving(conn: Database, pack: Pack, dataset: Dataset, removed: int) -> Leaving:
    if dataset.tree:
        conn.execute(
            query_of("audit/impact_parents").format(
                table=sql.Identifier(pack.schema, dataset.table),
                same=_same_row(dataset),
                into=sql.Identifier(dataset.tree.into),
                dataset=sql.Literal(dataset.name),
            )
        )
    row = conn.execute(
        "select count(*) from pg_temp.stays as s join pg_temp.change as c on c.n = s.n where c.dataset = %s",
        [dataset.name],
    ).fetchone()
    retired = int(row[0]) if row else 0
    return Leaving(dataset.name, f"{pack.schema}.{dataset.table}", removed, removed - retired, retired)


def _readers(conn: Database, pack: Pack, dataset: Dataset) -> Iterator[Reader]:
    asked = {
        "table": sql.Identifier(pack.schema, dataset.table).as_string(conn),
        "own": [pack.compiled_schema, "greenroom", "preview"],
    }
    for name, is_kept in conn.execute(query_of("audit/impact_views"), asked):
        yield Reader(dataset.name, name, is_kept)


def _same_row(dataset: Dataset) -> sql.Composable:
    """Row t of the published table is the one that change c is about; typed, so that an index finds it."""
    if dataset.identity == "id":
        return sql.SQL("t.id = (c.identity[1])::uuid")
    return sql.SQL(" and ").join(
        sql.SQL("t.{}::text = c.identity[{}]").format(sql.Identifier(column), sql.Literal(place))
        for place, column in enumerate(dataset.key, start=1)
    )
