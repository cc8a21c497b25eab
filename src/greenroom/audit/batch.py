"""A scope enters; what waits in it leaves, for who decides: batches, units, findings with their standing, waivers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from psycopg import sql

from greenroom.audit import check
from greenroom.audit.meaning import Meaning, meaning_of
from greenroom.audit.source import Cell, Cited, Evidence, Passage, words_of
from greenroom.db.kernel import Database
from greenroom.db.queries import dicts, query_of, text_of
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownTarget
from greenroom.model.form import Place
from greenroom.model.pack import Pack

# Of each check on the first page; all of one check are a link away.
FIRST = 5
PAGE = 50
_MOST_WAIVERS = 500
# Enough for any list that a person reads; the counts beside it are of all.
_MOST_STOPPING = 500
_MOST_CELL = 2_000
# What the kernel never lets anybody waive: rows that cannot be published at all.
_NEVER_WAIVED = ("duplicate_key", "orphan", "cycle", "missing_level", "edit_conflict")

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Unit:
    """What a source published whole, as this batch holds it; `verdict` is what was decided on it as it stands."""

    id: int
    batch_id: int
    dataset: str
    key: tuple[str, ...]
    state: str
    complete: bool
    row_count: int
    quarantined_count: int
    release_id: int | None
    published: int | None
    is_same: bool
    verdict: str | None
    decided_by: str | None
    decided_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """One sealing: where its rows came from and how many; read = staged + quarantined + duplicates."""

    id: int
    origin: str
    source: str | None
    snapshot: str | None
    parser: str | None
    sealed_at: datetime
    sealed_by: str
    read: int
    staged: int
    quarantined: int
    duplicates: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the top of every page about a scope. `waits` is false where all of it was decided already."""

    scope_id: int
    scope: str
    waits: bool
    batches: tuple[Batch, ...]
    units: tuple[Unit, ...]
    parts: tuple[str, ...]

    @property
    def unit_ids(self) -> list[int]:
        """Its units' numbers."""
        return [unit.id for unit in self.units]

    @property
    def states(self) -> tuple[str, ...]:
        """The states of its units, those first that need somebody."""
        order = ("held", "sealed", "ready", "failed", "rejected", "promoted", "superseded")
        there = {unit.state for unit in self.units}
        return tuple(state for state in order if state in there)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as it stands now. `id` is none of a rejection, which no check found."""

    id: int | None
    dataset: str
    unit: tuple[str, ...]
    check: str
    severity: Severity
    message: str
    row_key: str | None
    position: str | None
    found_by: str
    waived: bool
    stops: bool


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one check: what it means, what to do, and the first of them."""

    check: str
    severity: Severity
    total: int
    waived: int
    stops: int
    means: str
    do: str
    can_waive: bool
    findings: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings by check, those first that stop. `page` counts from 1 within the one check that was asked for."""

    errors: int
    warnings: int
    waived: int
    stopping: int
    groups: tuple[Group, ...]
    check: str | None
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that could not be read: the rule that refused it, and the value."""

    id: int
    dataset: str
    unit: tuple[str, ...]
    rule: str
    value: str | None
    position: str | None
    batch_id: int


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Rows that could not be read, counted by rule, one page of them."""

    total: int
    rules: dict[str, int]
    rows: tuple[Unread, ...]
    rule: str | None
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Waiver:
    """A check set aside for one unit as it stood. `state`: in force, expired, of another edition."""

    id: int
    check: str
    dataset: str
    unit: tuple[str, ...]
    waived_by: str
    why: str
    until: date
    waived_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A finding, or an unread row, and what its source says; `row` is the row as it was read."""

    scope_id: int
    scope: str
    batch_id: int
    dataset: str
    unit: tuple[str, ...]
    check: str
    severity: str
    message: str
    row_key: str | None
    row: tuple[Cell, ...]
    evidence: Evidence


def head(conn: Database, pack: Pack, scope_id: int, scope: str, only: str | None) -> Head:
    """What waits in a scope, or of one subject or period of it; where nothing does, its last batch."""
    units = check.pending(conn, pack, scope_id, only)
    waits = bool(units)
    if not waits:
        asked = {"scope": scope_id, "only": only, "file": pack.landing == "file"}
        units = [row[0] for row in conn.execute(query_of("audit/batch_newest"), asked)]
    known = tuple(_unit(row) for row in dicts(conn, query_of("audit/batch_units"), {"units": list(units)}))
    return Head(
        scope_id, scope, waits, _batches(conn, sorted({unit.batch_id for unit in known})), known,
        tuple(dict.fromkeys(unit.key[0] for unit in known if unit.key)),
    )  # fmt: skip


def _unit(row: dict[str, Any]) -> Unit:
    return Unit(**row | {"key": tuple(row["key"])})


def _batches(conn: Database, batches: list[int]) -> tuple[Batch, ...]:
    found = dicts(conn, "select * from greenroom.batch where id = any (%s) order by id", [batches])
    return tuple(
        Batch(
            id=row["id"],
            origin=row["origin"],
            source=row["source"],
            snapshot=row["snapshot"],
            parser=row["parser"],
            sealed_at=row["sealed_at"],
            sealed_by=row["sealed_by"],
            read=row["read_count"],
            staged=row["staged_count"],
            quarantined=row["quarantined_count"],
            duplicates=row["duplicate_count"],
            notes=tuple(_notes(row["reading"])),
        )
        for row in found
    )


def _notes(reading: dict[str, Any]) -> list[str]:
    """What is worth telling of how a file was read."""
    left_out = reading.get("left_out")
    told = [f"{n:,} rows left out: {why}" for why, n in left_out.items()] if isinstance(left_out, dict) else []
    for name, words in (("unknown", "columns nobody knows"), ("absent", "columns that were not there")):
        if reading.get(name):
            told.append(f"{words}: {', '.join(map(str, reading[name]))}")
    notes = reading.get("notes")
    return told + [str(note) for note in notes if isinstance(notes, list)] if notes else told


# Findings


def findings(conn: Database, pack: Pack, units: list[int], *, check_name: str | None = None, page: int = 1) -> Findings:
    """Findings on units by check: of every check the first few, of one that is named a page."""
    asked = _asked(pack, units)
    counted = dicts(conn, _with_standing("batch_groups"), asked)
    chosen = [row for row in counted if check_name in (None, row["name"])]
    limit, offset = (FIRST, 0) if check_name is None else (PAGE, (page - 1) * PAGE)
    listed = dicts(
        conn,
        _with_standing("batch_findings"),
        asked | {"check": check_name, "severity": None, "limit": limit, "offset": offset},
    )
    return Findings(
        errors=sum(row["total"] for row in counted if row["severity"] == "error"),
        warnings=sum(row["total"] for row in counted if row["severity"] == "warning"),
        waived=sum(row["waived"] for row in counted),
        stopping=sum(row["stops"] for row in counted),
        groups=tuple(_group(pack, row, listed) for row in chosen),
        check=check_name,
        page=page,
        pages=1 if check_name is None else max([1, *(-(-row["total"] // PAGE) for row in chosen)]),
    )


def _group(pack: Pack, row: dict[str, Any], listed: list[dict[str, Any]]) -> Group:
    meaning: Meaning = meaning_of(row["name"], pack, dataset=row["dataset"], found_by=row["found_by"])
    mine = (each for each in listed if (each["check_name"], each["severity"]) == (row["name"], row["severity"]))
    return Group(
        check=row["name"],
        severity=row["severity"],
        total=row["total"],
        waived=row["waived"],
        stops=row["stops"],
        means=meaning.means,
        do=meaning.do,
        can_waive=row["name"] not in {"rejected", *never_waived(pack)},
        findings=tuple(_found(each) for each in mine),
    )


def _found(row: dict[str, Any]) -> Found:
    return Found(
        id=row["id"],
        dataset=row["dataset"],
        unit=tuple(row["unit_key"]),
        check=row["check_name"],
        severity=row["severity"],
        message=row["message"],
        row_key=row["row_key"],
        position=row["position"],
        found_by=row["found_by"],
        waived=row["waived"],
        stops=row["stops"],
    )


def stopping(conn: Database, pack: Pack, units: list[int]) -> list[dict[str, Any]]:
    """What stops these units, as `check.stopping` tells it, by what was found last; no check is run again."""
    return dicts(conn, _with_standing("batch_stopping"), _asked(pack, units) | {"limit": _MOST_STOPPING})


def never_waived(pack: Pack) -> tuple[str, ...]:
    """Checks that cannot be set aside, since production itself insists on them."""
    required = {c.name for dataset in pack.datasets for c in dataset.source_columns if c.required}
    return (
        *_NEVER_WAIVED,
        f"no_{pack.root.name if pack.root else ''}",
        *(f"missing_{name}" for name in sorted(required)),
    )


def _asked(pack: Pack, units: list[int]) -> dict[str, Any]:
    return {"units": units, "never_waived": list(never_waived(pack))}


def _with_standing(name: str) -> sql.SQL:
    return sql.SQL(text_of("audit/batch_found") + text_of(f"audit/{name}"))


# Rows that could not be read


def quarantine(conn: Database, known: Head, *, rule: str | None = None, page: int = 1) -> Quarantine:
    """Rows of these units, and of no unit of their batches, that could not be read."""
    these: dict[str, Any] = {"units": known.unit_ids, "batches": [batch.id for batch in known.batches]}
    rules = dict[str, int](conn.execute(query_of("audit/quarantine_by_rule"), these).fetchall())
    asked = these | {"rule": rule, "limit": PAGE, "offset": (page - 1) * PAGE}
    rows = dicts(conn, query_of("audit/batch_quarantine"), asked)
    shown = sum(rules.values()) if rule is None else rules.get(rule, 0)
    return Quarantine(
        total=sum(rules.values()),
        rules=rules,
        rows=tuple(
            Unread(
                row["id"], row["dataset"], tuple(row["unit_key"]), row["rule"], row["value"], row["position"],
                row["batch_id"],
            )
            for row in rows
        ),
        rule=rule,
        page=page,
        pages=max(1, -(-shown // PAGE)),
    )  # fmt: skip


def waivers(conn: Database, pack: Pack, scope_id: int, only: str | None = None) -> tuple[Waiver, ...]:
    """Checks that were set aside in a scope, the newest first."""
    asked = {"scope": scope_id, "only": only, "file": pack.landing == "file", "limit": _MOST_WAIVERS}
    return tuple(
        Waiver(
            row["id"], row["check_name"], row["dataset"], tuple(row["unit_key"]), row["waived_by"], row["why"],
            row["until"], row["waived_at"], row["state"],
        )
        for row in dicts(conn, query_of("audit/batch_waivers"), asked)
    )  # fmt: skip


# The source beside


def scope_of_finding(conn: Database, finding_id: int) -> tuple[int, str]:
    """The scope of a finding, and its pack's name."""
    row = _one(conn, "batch_finding", finding_id, "finding")
    return row["scope_id"], row["pack"]


def scope_of_unread(conn: Database, unread_id: int) -> tuple[int, str]:
    """The scope of a row that could not be read, and its pack's name."""
    row = _one(conn, "batch_unread", unread_id, "row in quarantine")
    return row["scope_id"], row["pack"]


def _cited_by_finding(
    conn: Database, pack: Pack, finding_id: int
) -> tuple[dict[str, Any], dict[str, Any] | None, Cited]:
    """A finding, the row it is about where it names one, and what it cites."""
    row = _one(conn, "batch_finding", finding_id, "finding")
    dataset = _dataset(pack, row["dataset"])
    read = _batch_row(conn, pack, dataset, row) if dataset else None
    position = row["position"] or (read or {}).get("position")
    words = words_of(read, row["message"], _telling(dataset)) if dataset else words_of(None, row["message"])
    return row, read, Cited(position, row["snapshot"], row["source"], words, _place(pack, row["parser"]))


def beside_finding(conn: Database, pack: Pack, finding_id: int) -> tuple[Beside, Cited]:
    """A finding, and what it cites: `Sources.evidence` tells what stands there, when the database is asked no more."""
    row, read, cited = _cited_by_finding(conn, pack, finding_id)
    told = Beside(
        scope_id=row["scope_id"],
        scope=row["scope"],
        batch_id=row["batch_id"],
        dataset=row["dataset"],
        unit=tuple(row["unit_key"]),
        check=row["check_name"],
        severity=row["severity"],
        message=row["message"],
        row_key=row["row_key"],
        row=_shown(read),
        evidence=_of_inbox(conn, pack, cited),
    )
    return told, cited


def beside_unread(conn: Database, pack: Pack, unread_id: int) -> tuple[Beside, Cited]:
    """A row that could not be read, and what it cites."""
    row = _one(conn, "batch_unread", unread_id, "row in quarantine")
    told = row["row_data"] if isinstance(row["row_data"], dict) else {"row": row["row_data"]}
    value = row["value"] or ""
    columns = [name for name, held in told.items() if isinstance(held, str) and held.startswith("http")]
    words = tuple(dict.fromkeys([*words_of(told, "", columns), *([value] if len(value) > 2 else [])]))
    cited = Cited(row["position"], row["snapshot"], row["source"], words, _place(pack, row["parser"]))
    beside = Beside(
        scope_id=row["scope_id"],
        scope=row["scope"],
        batch_id=row["batch_id"],
        dataset=row["dataset"],
        unit=tuple(row["unit_key"]),
        check=row["rule"],
        severity="quarantined",
        message=f"{row['rule']}: {value or 'empty'}",
        row_key=None,
        row=_shown(told),
        evidence=_of_inbox(conn, pack, cited),
    )
    return beside, cited


def names_snapshot(conn: Database, scope_id: int, snapshot: str) -> str | None:
    """The address that a batch of this scope had this snapshot from; none where no batch names it."""
    row = conn.execute(
        "select coalesce(b.source, '') from greenroom.batch as b where b.scope_id = %s and b.snapshot = %s"
        " order by b.id desc limit 1",
        (scope_id, snapshot),
    ).fetchone()
    return row[0] if row else None


def _one(conn: Database, query: str, number: int, what: str) -> dict[str, Any]:
    found = dicts(conn, query_of(f"audit/{query}"), {"id": number})
    if not found:
        raise UnknownTarget(
            f"There is no {what} {number}.", hint="It may have gone with a newer batch: load the list again."
        )
    return found[0]


def _dataset(pack: Pack, name: str) -> Dataset | None:
    return next((dataset for dataset in pack.datasets if dataset.name == name), None)


def _place(pack: Pack, parser: str | None) -> Place | None:
    """Where in a file its table stands, by the form that read it; none of a document, which has no rows."""
    if pack.landing != "file":
        return None
    name, _, form = (parser or "").partition(": ")
    dataset = _dataset(pack, name)
    if dataset is None:
        return None
    return next((each.place for each in dataset.forms if each.name == form), Place())


def _batch_row(conn: Database, pack: Pack, dataset: Dataset, row: dict[str, Any]) -> dict[str, Any] | None:
    """The row of a batch that a finding names: by its key, or by its number in the file."""
    table = sql.Identifier("greenroom", f"batch_{dataset.name}")
    number = re.match(r"row (\d{1,9})\b", row["position"] or "")
    if pack.landing == "inbox" and row["row_key"] is not None:
        query = sql.SQL("select to_jsonb(b) from {} as b where b.unit_id = %s and b.row_key = %s limit 1").format(table)
        found = conn.execute(query, (row["unit_id"], row["row_key"])).fetchone()
    elif pack.landing == "file" and number:
        query = sql.SQL("select to_jsonb(b) from {} as b where b.unit_id = %s and b.row_no = %s limit 1").format(table)
        found = conn.execute(query, (row["unit_id"], int(number[1]))).fetchone()
    else:
        found = None
    return found[0] if found else None


def _telling(dataset: Dataset) -> Sequence[str]:
    """Columns by which a row is found in its source, the most telling first."""
    tree = (dataset.tree.name,) if dataset.tree else ()
    named = [c.name for c in dataset.source_columns if c.name in ("url", "title", "name") or c.name.endswith("_name")]
    code = (dataset.tree.code,) if dataset.tree else ()
    return tuple(dict.fromkeys([*tree, *named, *dataset.label, *code]))


# Columns of ours, not of the row.
_OURS = {"unit_id", "row_no", "row_key", "parent_row_key", "position", "derived"}


def _shown(row: dict[str, Any] | None) -> tuple[Cell, ...]:
    return tuple(
        Cell(name, _clipped(str(value)))
        for name, value in (row or {}).items()
        if name not in _OURS and value not in (None, "")
    )


def _clipped(text: str) -> str:
    return text if len(text) <= _MOST_CELL else text[: _MOST_CELL - 1] + "…"


def _of_inbox(conn: Database, pack: Pack, cited: Cited) -> Evidence:
    """Of rows that came through the inbox, the row that stands there still; of others, nothing yet."""
    row = _inbox_row(conn, pack, cited.position) if cited.snapshot is None else None
    if row is None:
        note = "" if cited.snapshot else "No document is kept of this batch: its rows came through the inbox."
        return Evidence(cited.position, cited.snapshot, cited.address, "none", note=note)
    passage = Passage(cited.position or "", "record", note="The row of the inbox, as it stands there now.", cells=row)
    return Evidence(cited.position, None, cited.address, "inbox", (passage,))


def _inbox_row(conn: Database, pack: Pack, position: str | None) -> tuple[Cell, ...] | None:
    """The row that `staging_x <id>` names, where that is a table of the inbox and the row is still there."""
    found = re.fullmatch(r"([a-z_]{1,63}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", position or "")
    if pack.landing != "inbox" or found is None:
        return None
    asked = {"compiled": pack.compiled_schema, "schema": pack.schema, "table": found[1]}
    known = conn.execute(query_of("audit/inbox_row"), asked).fetchone()
    if known is None or not known[0]:
        return None
    query = sql.SQL("select to_jsonb(i) from {} as i where i.id = %s").format(sql.Identifier(pack.schema, found[1]))
    row = conn.execute(query, (found[2],)).fetchone()
    return _shown(row[0]) if row else None
