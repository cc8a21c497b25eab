"""Landing -> batch: immutable, typed, hashed, bad rows in quarantine. The work is compiled SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from greenroom.db.kernel import Database, call
from greenroom.model.check import Finding
from greenroom.model.dataset import Dataset
from greenroom.model.landing import Landing
from greenroom.model.pack import Pack
from greenroom.write.put import Reading


@dataclass(frozen=True, slots=True)
class Batch:
    """One sealing, with its accounts: read = staged + quarantined + duplicates."""

    id: int
    scope_id: int
    units: tuple[int, ...]
    read: int
    staged: int
    quarantined: int
    duplicates: int
    cleaned: dict[str, Any]
    reading: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the rows came from, for the ledger."""

    source: str | None = None
    snapshot: str | None = None
    parser: str | None = None


def seal_inbox(
    conn: Database,
    pack: Pack,
    scope_id: int,
    *,
    only: str | None = None,
    origin: Origin | None = None,
    complete: bool | None = None,
    said_of: Sequence[str] | None = None,
) -> Batch | None:
    """Seal what the inbox holds for a scope, whoever wrote it; None when nothing in it is new.

    Units are complete unless `complete` says otherwise; it is said of the datasets `said_of`, by default of all.
    """
    origin = origin or Origin()
    batch_id = call(
        conn, pack, "seal",
        scope=scope_id, only=only, source=origin.source, snapshot=origin.snapshot, parser=origin.parser,
        complete=complete, said_of=said_of and list(said_of),
    )  # fmt: skip
    return batch(conn, batch_id) if batch_id else None


def seal_landing(
    conn: Database, pack: Pack, dataset: Dataset, scope_id: int, *, origin: Origin, complete: bool | None = None
) -> Batch | None:
    """Seal `pg_temp.landing` as units of a flat dataset; None when nothing in it is new.

    `complete` overrides what the number of rows says about whether the source was whole.
    """
    batch_id = call(
        conn, pack, f"seal_{dataset.name}",
        scope=scope_id, source=origin.source, snapshot=origin.snapshot, parser=origin.parser, complete=complete,
    )  # fmt: skip
    return batch(conn, batch_id) if batch_id else None


def keep_reading(conn: Database, sealed: Batch, reading: Reading, declaration: str) -> Batch:
    """Write down how the file of a batch was read, and by which declaration."""
    said = reading.as_json() | {"declaration": declaration}
    conn.execute("update greenroom.batch set reading = %s where id = %s", (Jsonb(said), sealed.id))
    return replace(sealed, reading=said)


def keep_landing(
    conn: Database, scope_id: int, sealed: Batch | None, landed: Landing, findings: Sequence[Finding]
) -> tuple[Finding, ...]:
    """Write down how a document was read, and what only its parser can know, on the units that wait because of it.

    What an earlier reading said of them is gone: this one read the same, and says what it says. Datasets of which the
    document says that there is nothing no longer wait. What no real document proved is held the first time. Answers
    the findings that hold nothing, since nothing waits.
    """
    given = [name.removeprefix("landed_") for name, table in landed.tables.items() if table.rows]
    emptied = [name for name in landed.tells if name not in given]
    conn.execute(
        "update greenroom.unit set state = 'superseded' where scope_id = %s and key[1] = %s and dataset = any (%s)"
        " and state in ('sealed', 'held', 'ready')",
        (scope_id, landed.only, emptied),
    )
    said = [*findings, *_still_published(conn, scope_id, landed, emptied), *_unproven(conn, scope_id, landed)]
    told = [name for name in (*given, *landed.tells) if name != "subjects"] or ["subjects"]
    rows = conn.execute(
        "select u.id from greenroom.unit as u where u.scope_id = %s and u.key[1] = %s and u.dataset = any (%s)"
        " and u.state in ('sealed', 'held', 'ready')",
        (scope_id, landed.only, told),
    ).fetchall()
    units = [row[0] for row in rows] or list(sealed.units if sealed else ())
    conn.execute("delete from greenroom.finding where unit_id = any (%s) and found_by = 'parser'", (units,))
    note(conn, units, [f if f.dataset else replace(f, dataset=landed.main) for f in said])
    if sealed is not None:
        reading = dict(landed.reading) | {"unproven": landed.unproven}
        conn.execute("update greenroom.batch set reading = %s where id = %s", (Jsonb(reading), sealed.id))
    return () if units else tuple(said)


def told_of(conn: Database, scope_id: int, only: str, *, but: str) -> list[Finding]:
    """What parsers said of what waits of a subject, but for what they said of one address."""
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "select f.check_name, f.severity, f.message, f.row_key, f.position, u.dataset"
            " from greenroom.finding as f join greenroom.unit as u on u.id = f.unit_id"
            " where u.scope_id = %s and u.key[1] = %s and f.found_by = 'parser'"
            " and u.state in ('sealed', 'held', 'ready') order by f.id",
            (scope_id, only),
        ).fetchall()
    return [
        Finding(r["check_name"], r["severity"], r["message"], r["dataset"], (), r["row_key"], r["position"])
        for r in rows
        if but not in r["message"] and r["check_name"] != "unproven_parser"
    ]


def _still_published(conn: Database, scope_id: int, landed: Landing, emptied: Sequence[str]) -> list[Finding]:
    """What production has and the document says nothing of any more: absence of all is no evidence."""
    rows = conn.execute(
        "select p.dataset, sum(p.row_count)::bigint from greenroom.published as p where p.scope_id = %s"
        " and p.key[1] = %s and p.dataset = any (%s) and p.row_count > 0 group by 1 order by 1",
        (scope_id, landed.only, list(emptied)),
    ).fetchall()
    return [
        Finding("emptied", "warning", f"production has {n} {dataset}, this document names none: they stay")
        for dataset, n in rows
    ]


def _unproven(conn: Database, scope_id: int, landed: Landing) -> list[Finding]:
    if not landed.unproven:
        return []
    row = conn.execute(
        "select exists (select from greenroom.published as p"
        " where p.scope_id = %s and p.key[1] = %s and p.dataset = %s)",
        (scope_id, landed.only, landed.main),
    ).fetchone()
    return [] if row and row[0] else [Finding("unproven_parser", "warning", landed.unproven)]


def together(batches: Sequence[Batch]) -> Batch:
    """Batches of one document as one account, under the number of the first."""
    return replace(
        batches[0],
        units=tuple(unit for batch in batches for unit in batch.units),
        read=sum(batch.read for batch in batches),
        staged=sum(batch.staged for batch in batches),
        quarantined=sum(batch.quarantined for batch in batches),
        duplicates=sum(batch.duplicates for batch in batches),
    )


def note(conn: Database, units: Sequence[int], findings: Iterable[Finding]) -> None:
    """Write down what only the parser can know, as findings on sealed units.

    What is said of rows that all went to quarantine stands on the first of them: it must not be lost.
    """
    rows = [(f.check, f.severity, f.message, f.row_key, f.position, list(units), f.dataset) for f in findings]
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)"
            " select u.id, %s, %s, %s, %s, %s, 'parser' from greenroom.unit as u"
            " where u.id = any (%s) order by (u.dataset = %s) desc, u.id limit 1",
            rows,
        )


def batch(conn: Database, batch_id: int) -> Batch:
    """A sealed batch by its number."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select b.*, array(select u.id from greenroom.unit as u where u.batch_id = b.id order by u.id) as units"
            " from greenroom.batch as b where b.id = %s",
            (batch_id,),
        ).fetchone()
    assert row is not None
    return Batch(
        id=row["id"],
        scope_id=row["scope_id"],
        units=tuple(row["units"]),
        read=row["read_count"],
        staged=row["staged_count"],
        quarantined=row["quarantined_count"],
        duplicates=row["duplicate_count"],
        cleaned=row["cleaned"],
        reading=row["reading"],
    )
