"""Production, made again from the snapshots it stands on: scopes enter; per table what is the same and what differs.

Each scope is one transaction: every snapshot is sealed again, all is checked, and only the difference is promoted.
Tables, ids, grants and what depends on them stay. A scope that cannot be made again is kept as it is, and named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from importlib.resources import files
from typing import Any, Literal
from uuid import uuid4

import psycopg
from psycopg import sql

from greenroom import catalog, pipeline
from greenroom.audit import check, review
from greenroom.catalog import Found
from greenroom.db.compile import sealed_hash_sql
from greenroom.db.connection import begin
from greenroom.db.kernel import Database, rows
from greenroom.model.dataset import Dataset
from greenroom.model.errors import Blocked, ConnectionLost, ContractBroken, Drifted, GreenroomError, SourceMissing
from greenroom.model.pack import Pack
from greenroom.publish import promote as promotion
from greenroom.publish import rollback as undoing
from greenroom.write.fetch import Sighting, Store
from greenroom.write.seal import Batch

# same: made again, and as it was · changed: the difference was promoted · kept: it could not be made again ·
# verified: sealed rows are their own source, and production is what was promoted of them
Outcome = Literal["same", "changed", "kept", "verified"]
Say = Callable[[str], None]

NOTE = "rebuild"


@dataclass(frozen=True, slots=True)
class TableRebuilt:
    """One table of a scope; `differing` names the units in which production was not what its sources give today."""

    dataset: str
    table: str
    rows_before: int
    rows_after: int
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of one scope. `findings` are today's, on everything that was sealed again."""

    scope: str
    outcome: Outcome
    tables: tuple[TableRebuilt, ...] = ()
    snapshots: tuple[str, ...] = ()
    releases: tuple[int, ...] = ()
    written: dict[str, Any] = field(default_factory=dict)
    findings: tuple[dict[str, Any], ...] = ()
    why: str = ""
    hint: str = ""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The form every face shows."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TableCompared:
    """One table beside its copy; a digest is of all source columns, `differing` counts keys."""

    dataset: str
    table: str
    copy: str
    rows: int
    rows_of_copy: int
    digest: str
    digest_of_copy: str
    differing: int

    @property
    def is_same(self) -> bool:
        """Whether the copy holds what production holds."""
        return self.differing == 0 and self.digest == self.digest_of_copy


@dataclass(frozen=True, slots=True)
class Copied:
    """A fresh copy of a pack beside: what could not be loaded, and how it compares."""

    schema: str
    loaded: tuple[Rebuilt, ...]
    tables: tuple[TableCompared, ...]

    @property
    def is_same(self) -> bool:
        """Whether everything was loaded and nothing differs."""
        return all(t.is_same for t in self.tables) and all(one.outcome != "kept" for one in self.loaded)

    def as_json(self) -> dict[str, Any]:
        """The form every face shows."""
        return asdict(self) | {"same": self.is_same}


@dataclass(frozen=True, slots=True)
class _Standing:
    """A sealed unit that production stands on; `depth` 0 is the one promoted last; `hash` is of its rows as sealed."""

    dataset: str
    key: tuple[str, ...]
    unit: int | None
    depth: int
    complete: bool
    row_count: int
    hash: str | None
    batch: int | None
    origin: str | None
    source: str | None
    snapshot: str | None
    adopted: int | None

    @property
    def name(self) -> str:
        return " ".join((self.dataset, *self.key))


_Held = dict[tuple[str, tuple[str, ...]], tuple[int, str]]


def rebuild(
    conn: Database, found: Sequence[Found], store: Store, *, by: str, dry_run: bool = False, say: Say = lambda _: None
) -> list[Rebuilt]:
    """Seal every snapshot again that production stands on, check all, promote the difference; scope by scope."""
    done = []
    for number, one in enumerate(found, start=1):
        say(f"[{number}/{len(found)}] {one.name}")
        started = time.monotonic()
        try:
            result = _rebuild(conn, one, store, by=by, dry_run=dry_run, say=say)
        except ConnectionLost:
            raise
        except GreenroomError as error:
            result = Rebuilt(one.name, "kept", findings=tuple(error.findings), why=error.message, hint=error.hint)
        done.append(replace(result, seconds=round(time.monotonic() - started, 3)))
        say(f"  {result.outcome}{f': {result.why}' if result.why else ''}")
    return done


def copy(
    conn: Database, found: Sequence[Found], beside: Pack, store: Store, *, by: str, say: Say = lambda _: None
) -> Copied:
    """Load a pack installed beside from the snapshots that production stands on, then compare table by table."""
    loaded = []
    for number, one in enumerate(found, start=1):
        say(f"[{number}/{len(found)}] {one.name} into {beside.schema}")
        started = time.monotonic()
        try:
            result = _copy(conn, one, beside, store, by=by, say=say)
        except ConnectionLost:
            raise
        except GreenroomError as error:
            result = Rebuilt(one.name, "kept", findings=tuple(error.findings), why=error.message, hint=error.hint)
            say(f"  not loaded: {error.message}")
        loaded.append(replace(result, seconds=round(time.monotonic() - started, 3)))
    say("comparing")
    with begin(conn):
        tables = [compared for one in found for compared in _compared(conn, one, beside)]
    return Copied(beside.schema, tuple(loaded), tuple(tables))


def with_needs(found: Sequence[Found], everything: Sequence[Found]) -> list[Found]:
    """These scopes and those their shapes read, in the order of the pack."""
    wanted = {one.keys[0] for one in found}
    while more := {need for name in wanted for need in catalog.stands_on(everything[0].pack, name)} - wanted:
        wanted |= more
    return [one for one in everything if one.keys[0] in wanted]


# In place


def _rebuild(conn: Database, found: Found, store: Store, *, by: str, dry_run: bool, say: Say) -> Rebuilt:
    with begin(conn):
        conn.execute("select from greenroom.scope where id = %s for update", (found.scope_id,))
        standing = _standing(conn, found)
        if not standing:
            return Rebuilt(found.name, "same", why="nothing of it was ever promoted")
        if found.pack.landing == "inbox":
            return _verified(conn, found, standing)
        _refuse_undecided(conn, found, standing)
        before = _held(conn, found)
        releases: list[int] = []
        findings: list[dict[str, Any]] = []
        with conn.transaction() as attempt:
            for layer in _layers(found, standing):
                findings += _seal_again(conn, found, layer, store, say)
                releases += _promoted(conn, found, by)
            after = _held(conn, found)
            differing = _differing(before, after)
            if not differing:
                # as it was: no trace of the attempt, so that a rebuild may be run every night
                raise psycopg.Rollback(attempt)
            pipeline.follow(conn, found, by=by)
        written = _written(conn, releases)
        if dry_run:
            raise psycopg.Rollback
    return Rebuilt(
        found.name,
        "changed" if differing else "same",
        _tables(found, before, after, differing),
        tuple(dict.fromkeys(s.snapshot for s in standing if s.snapshot)),
        () if dry_run or not differing else tuple(releases),
        written,
        tuple(findings),
    )


def _refuse_undecided(conn: Database, found: Found, standing: Sequence[_Standing]) -> None:
    """What waits, was changed by hand, or has no source would be lost or taken for something else."""
    target = f'"{found.name}"'
    if check.pending(conn, found.pack, found.scope_id):
        raise Blocked(
            f"{found.name} has units that wait to be decided on.",
            hint=f"First: greenroom promote {target}, or greenroom reject {target} --note WHY",
        )
    if drifted := promotion.drifted(conn, found.pack, found.scope_id):
        raise Drifted(
            f"{found.name} was changed by hand since its last release ({len(drifted)} changes).",
            hint=f"Keep them: greenroom drift {target} --adopt; or take them back: greenroom drift {target} --revert",
        )
    if adopted := {one.adopted for one in standing if one.adopted}:
        raise Blocked(
            f"{found.name} holds changes that were made by hand and kept by release {max(adopted)}.",
            hint=f"A rebuild would take them back: greenroom rollback {max(adopted)} does, and then it can be rebuilt.",
        )
    if loose := [one.name for one in standing if one.batch is None]:
        raise SourceMissing(
            f"{', '.join(loose[:3])} stands on no batch.", hint="Import it once from its file; then it can be rebuilt."
        )


def _layers(found: Found, standing: Sequence[_Standing]) -> Iterator[list[_Standing]]:
    """Units by the order in which they were laid: parts upon the whole they change."""
    deepest: dict[tuple[str, tuple[str, ...]], int] = {}
    for one in standing:
        deepest[one.dataset, one.key] = max(one.depth, deepest.get((one.dataset, one.key), 0))
    for level in range(max(deepest.values()) + 1):
        yield [one for one in standing if deepest[one.dataset, one.key] - one.depth == level]


def _seal_again(
    conn: Database, found: Found, layer: Sequence[_Standing], store: Store, say: Say
) -> list[dict[str, Any]]:  # fmt: skip
    """Seal the snapshots of a layer, whatever the ledger knows of them; what is as it was does not wait any more."""
    held = _held(conn, found)
    with _unknown(conn, found, held):
        _stage(conn, found, layer, store, say)
    units = check.pending(conn, found.pack, found.scope_id)
    _refuse_vanished(conn, found, layer, units)
    findings = [finding.as_json() for finding in check.findings(conn, found.pack, units)]
    same = [
        unit
        for unit, dataset, key, hash_ in conn.execute(
            "select u.id, u.dataset, u.key, u.hash from greenroom.unit as u where u.id = any (%s)", (units,)
        ).fetchall()
        if held.get((dataset, tuple(key)), (0, ""))[1] == hash_
    ]
    conn.execute("update greenroom.unit set state = 'superseded' where id = any (%s)", (same,))
    return findings


def _refuse_vanished(conn: Database, found: Found, layer: Sequence[_Standing], units: Sequence[int]) -> None:
    """A unit that its snapshot gives no more, as the file is read today, would stay in production unseen."""
    rows_ = conn.execute("select u.dataset, u.key from greenroom.unit as u where u.id = any (%s)", (list(units),))
    given = {(dataset, tuple(key)) for dataset, key in rows_}
    entry = catalog.entry(found.pack, found.keys[0])
    # the table of the current period is made with that period, or repeats an older one that somebody chose
    if gone := [one for one in layer if one.dataset == entry.name and (one.dataset, one.key) not in given]:
        raise ContractBroken(
            f"{gone[0].source} no longer gives {', '.join(one.name for one in gone[:3])}.",
            hint="The declaration has changed since; look with: greenroom stage TARGET --snapshot HASH --dry-run",
        )


@contextmanager
def _unknown(conn: Database, found: Found, held: _Held) -> Iterator[None]:
    """Let the seal know nothing of what production holds: it would leave out what it takes for published.

    Afterwards the ledger says what production really holds, which is more than it knew if somebody went past it.
    """
    known = conn.execute(
        "select dataset, key, unit_id from greenroom.published where scope_id = %s", (found.scope_id,)
    ).fetchall()
    conn.execute(
        "update greenroom.published set hash = '', unit_id = null where scope_id = %s", (found.scope_id,)
    )  # fmt: skip
    yield
    with conn.cursor() as cursor:
        cursor.executemany(
            "update greenroom.published set hash = %s, row_count = %s, unit_id = %s"
            " where scope_id = %s and dataset = %s and key = %s",
            [
                (held[d, tuple(k)][1], held[d, tuple(k)][0], unit, found.scope_id, d, k) for d, k, unit in known
            ],
        )  # fmt: skip


def _stage(conn: Database, found: Found, layer: Sequence[_Standing], store: Store, say: Say) -> None:
    """Each snapshot once; of what it holds only the units that production takes from it wait afterwards."""
    entry = catalog.entry(found.pack, found.keys[0])
    # an earlier rebuild may have sealed some units of a snapshot anew, so that one snapshot has several batches
    sources: dict[str | int | None, list[_Standing]] = {}
    for one in layer:
        sources.setdefault(one.snapshot or one.batch, []).append(one)
    for units in sources.values():
        if units[0].snapshot is not None:
            batch = _stage_snapshot(conn, found, entry, units, store, say)
        elif entry.derive is not None:
            batch = pipeline.derive(conn, found)
        else:
            raise SourceMissing(f"Batch {units[0].batch} of {found.name} came from no snapshot.")
        if batch is not None:
            _leave_only(conn, batch, {(one.dataset, one.key) for one in units})


def _stage_snapshot(
    conn: Database, found: Found, entry: Dataset, units: Sequence[_Standing], store: Store, say: Say
) -> Batch | None:
    hash_, source = units[0].snapshot, units[0].source
    assert hash_ is not None
    try:
        kept = store.get(hash_)
        store.open(hash_).close()
    except GreenroomError as error:
        raise type(error)(
            f"Snapshot {hash_[:16]} of {found.name} ({source}): {error.message}",
            hint="Put the bytes back into the store (GREENROOM_STORE), or import the file once more.",
        ) from error
    say(f"  sealing {hash_[:16]} {source} again")
    own = [one for one in units if one.dataset == entry.name]
    said = {one.complete for one in own}
    by_bounds = all(one.complete == (one.row_count >= entry.bounds.complete) for one in own)
    return pipeline.stage_table(
        conn,
        found,
        replace(kept, sightings=(Sighting(source or kept.sightings[-1].address, "", {}),)),
        store,
        # the year, where the file does not say it and a person did
        own[0].key[0] if len(own) == 1 and entry.unit else None,
        None if by_bounds or len(said) > 1 else said.pop(),
    )


def _leave_only(conn: Database, batch: Batch, wanted: set[tuple[str, tuple[str, ...]]]) -> None:
    """Of the batch just sealed, units that production has from another file, or not at all, do not wait."""
    sealed = conn.execute(
        "select u.id, u.dataset, u.key from greenroom.unit as u"
        " where u.batch_id = %s and u.state in ('sealed', 'held', 'ready')",
        (batch.id,),
    ).fetchall()
    others = [unit for unit, dataset, key in sealed if (dataset, tuple(key)) not in wanted]
    conn.execute("update greenroom.unit set state = 'superseded' where id = any (%s)", (others,))


def _promoted(conn: Database, found: Found, by: str) -> list[int]:
    if not check.pending(conn, found.pack, found.scope_id):
        return []
    if catalog.is_derived(found.pack, found.keys[0]):
        # what it is made from was decided on
        review.approve(conn, found.pack, found.scope_id, by=by, note="made from what is published")
    answer = promotion.promote(
        conn, found.pack, found.scope_id, only=None, live=False, by=by, note=NOTE, key=uuid4()
    )  # fmt: skip
    return [int(answer["release"])] if answer["written"] else []


def _written(conn: Database, releases: Sequence[int]) -> dict[str, Any]:
    """Counts of all releases of a rebuild together, by dataset."""
    total: dict[str, Any] = {}
    for (counts,) in conn.execute("select counts from greenroom.release where id = any (%s)", (list(releases),)):
        for dataset, numbers in counts.items():
            sums = total.setdefault(dataset, {})
            for word, n in numbers.items():
                sums[word] = sums.get(word, 0) + n if isinstance(n, int) else n
    return total


# Beside


def _copy(conn: Database, found: Found, beside: Pack, store: Store, *, by: str, say: Say) -> Rebuilt:
    with begin(conn):
        standing = _standing(conn, found)
        there = _beside(conn, found, beside)
        conn.execute("select from greenroom.scope where id = %s for update", (there.scope_id,))
        _take_back_what_left(conn, there, standing, by)
        conn.execute(
            "insert into greenroom.waiver (scope_id, check_name, dataset, unit_key, unit_hash, waived_by, why, until)"
            " select %s, w.check_name, w.dataset, w.unit_key, w.unit_hash, w.waived_by, w.why, w.until"
            " from greenroom.waiver as w where w.scope_id = %s",
            (there.scope_id, found.scope_id),
        )
        releases: list[int] = []
        loose = [one.name for one in standing if one.snapshot is None and one.source != "derived"]
        if loose:
            raise SourceMissing(f"{', '.join(loose[:3])} stands on no snapshot.", hint="It cannot be copied.")
        for layer in _layers(found, standing) if standing else ():
            _stage(conn, there, layer, store, say)
            if check.pending(conn, there.pack, there.scope_id):
                # production holds it: of a copy nobody is asked again; errors stay errors
                review.approve(conn, there.pack, there.scope_id, by=by, note=f"copy of {found.name}, for comparison")
                releases += _promoted(conn, there, by)
        written = _written(conn, releases)
    return Rebuilt(
        found.name,
        "changed" if releases else "same",
        snapshots=tuple(dict.fromkeys(s.snapshot for s in standing if s.snapshot)),
        releases=tuple(releases),
        written=written,
    )


def _beside(conn: Database, found: Found, beside: Pack) -> Found:
    entry = catalog.entry(found.pack, found.keys[0])
    return catalog.scope_of(conn, beside, beside.dataset(entry.name))


def _take_back_what_left(conn: Database, there: Found, standing: Sequence[_Standing], by: str) -> None:
    """A copy that holds units which production no longer has begins again."""
    held = set(_held(conn, there))
    if held - {(one.dataset, one.key) for one in standing}:
        what = undoing.back_to(conn, there.pack, there.scope_id, there.name, 0)
        undoing.rollback(conn, there.pack, what, by=by, note=NOTE, key=uuid4())
        for unit in check.pending(conn, there.pack, there.scope_id):
            conn.execute("update greenroom.unit set state = 'superseded' where id = %s", (unit,))


def _compared(conn: Database, found: Found, beside: Pack) -> Iterator[TableCompared]:
    there = _beside(conn, found, beside)
    here, copied = _held(conn, found), _held(conn, there)
    for dataset in catalog.groups(found.pack)[found.keys[0]]:
        of_copy = beside.dataset(dataset.name)
        tables = (sql.Identifier(found.pack.schema, dataset.table), sql.Identifier(beside.schema, of_copy.table))
        row = conn.execute(_comparison(dataset, *tables)).fetchone()
        assert row is not None
        yield TableCompared(
            dataset.name,
            f"{found.pack.schema}.{dataset.table}",
            f"{beside.schema}.{of_copy.table}",
            rows=row[0],
            rows_of_copy=row[1],
            digest=_digest(dataset, here),
            digest_of_copy=_digest(dataset, copied),
            differing=row[2],
        )


def _comparison(dataset: Dataset, table: sql.Identifier, copied: sql.Identifier) -> sql.Composed:
    """Current rows of both, and how many keys only one has or have other values; as text, in which geometry differs."""

    def record(alias: str) -> sql.Composed:
        names = [sql.Identifier(alias, column.name) for column in dataset.source_columns]
        return sql.SQL("row({})::text").format(sql.SQL(", ").join(names))

    return sql.SQL(
        "select count(a.{first}), count(b.{first}), count(*) filter (where {here} is distinct from {there})"
        " from (select * from {table} where retired_at is null) as a"
        " full join (select * from {copied} where retired_at is null) as b using ({key})"
    ).format(
        first=sql.Identifier(dataset.key[0]),
        here=record("a"),
        there=record("b"),
        table=table,
        copied=copied,
        key=sql.SQL(", ").join(map(sql.Identifier, dataset.key)),
    )


# What the ledger says, and what production holds


def _standing(conn: Database, found: Found) -> list[_Standing]:
    rows_ = conn.execute(_statement("standing"), {"scope": found.scope_id}).fetchall()
    return [_Standing(row[0], tuple(row[1]), *row[2:]) for row in rows_]


def _held(conn: Database, found: Found) -> _Held:
    """Rows and hash of each published unit, counted in production itself and not read from the ledger."""
    conn.execute("drop table if exists pg_temp.touched")
    conn.execute(_statement("touched"), {"scope": found.scope_id})
    held = {(r["dataset"], tuple(r["key"])): (r["row_count"], r["hash"]) for r in rows(conn, found.pack, "digest")}
    conn.execute("drop table pg_temp.touched")
    return held


def _differing(before: _Held, after: _Held) -> list[tuple[str, tuple[str, ...]]]:
    return sorted(unit for unit in {*before, *after} if before.get(unit) != after.get(unit))


def _tables(
    found: Found, before: _Held, after: _Held, differing: Sequence[tuple[str, tuple[str, ...]]]
) -> tuple[TableRebuilt, ...]:  # fmt: skip
    names = [d for d in found.pack.datasets if d.name in {dataset for dataset, _ in {*before, *after}}]
    return tuple(
        TableRebuilt(
            dataset.name,
            f"{found.pack.schema}.{dataset.table}",
            sum(n for (of, _), (n, _) in before.items() if of == dataset.name),
            sum(n for (of, _), (n, _) in after.items() if of == dataset.name),
            tuple(" ".join(key) or dataset.name for of, key in differing if of == dataset.name),
        )
        for dataset in names
    )


def _digest(dataset: Dataset, held: _Held) -> str:
    units = sorted((key, hash_) for (of, key), (_, hash_) in held.items() if of == dataset.name)
    return sha256(repr(units).encode()).hexdigest()[:16]


def _verified(conn: Database, found: Found, standing: Sequence[_Standing]) -> Rebuilt:
    """Rows that came through an inbox have no snapshot: the batch is the source, and is verified by its hashes."""
    held = _held(conn, found)
    published = {
        (dataset, tuple(key)): hash_
        for dataset, key, hash_ in conn.execute(
            "select dataset, key, hash from greenroom.published where scope_id = %s", (found.scope_id,)
        )
    }
    moved = [" ".join((unit[0], *unit[1])) for unit, (_, hash_) in held.items() if hash_ != published[unit]]
    damaged = [
        one.name
        for dataset in found.pack.datasets
        for one in _damaged(conn, found.pack, dataset, [s for s in standing if s.dataset == dataset.name])
    ]
    why = ", ".join(
        [f"{name}: production is not what was promoted" for name in moved]
        + [f"{name}: the sealed rows are not what was sealed" for name in damaged]
    )
    return Rebuilt(
        found.name,
        "kept" if why else "verified",
        _tables(found, held, held, ()),
        why=why,
        hint="Stage the source again, and promote it." if why else "",
    )


def _damaged(conn: Database, pack: Pack, dataset: Dataset, standing: Sequence[_Standing]) -> list[_Standing]:
    units = [one.unit for one in standing]
    sealed: dict[int | None, str] = dict(conn.execute(sql.SQL(sealed_hash_sql(pack, dataset)), (units,)).fetchall())
    return [one for one in standing if sealed.get(one.unit) != one.hash]


def _statement(name: str) -> str:
    return files("greenroom").joinpath("sql", "rebuild", f"{name}.sql").read_text("utf-8")
