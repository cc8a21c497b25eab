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


def keep_landing(conn: Database, sealed: Batch, landed: Landing) -> Batch:
    """Write down how the document of a batch was read, and what only its parser can know.

    What no real document proved is held the first time: nobody has compared it with the source yet.
    """
    findings = list(landed.findings)
    if landed.unproven:
        row = conn.execute(
            "select exists (select from greenroom.unit as u join greenroom.published as p"
            " on (p.scope_id, p.dataset, p.key) = (u.scope_id, u.dataset, u.key) where u.id = any (%s))",
            (list(sealed.units),),
        ).fetchone()
        if not (row and row[0]):
            findings.append(Finding("unproven_parser", "warning", landed.unproven))
    note(conn, sealed, findings)
    said = dict(landed.reading) | {"unproven": landed.unproven}
    conn.execute("update greenroom.batch set reading = %s where id = %s", (Jsonb(said), sealed.id))
    return replace(sealed, reading=said)


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


def note(conn: Database, sealed: Batch, findings: Iterable[Finding]) -> None:
    """Write down what only the parser can know, as findings on the sealed units.

    What is said of rows that all went to quarantine stands on the batch's first unit: it must not be lost.
    """
    rows = [(f.check, f.severity, f.message, f.row_key, f.position, list(sealed.units), f.dataset) for f in findings]
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
