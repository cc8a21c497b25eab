"""Many scopes in one go: their sources are brought, staged and published, in order of what needs what."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote

from greenroom import catalog, pipeline
from greenroom.audit import check, review
from greenroom.catalog import Found
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.dataset import Dataset
from greenroom.model.errors import Blocked, ContractBroken, GreenroomError, SourceError, UnknownBatch
from greenroom.model.pack import Pack
from greenroom.pipeline import Fetching, Staged
from greenroom.publish import refresh as refreshing
from greenroom.write import formats
from greenroom.write.fetch import Snapshot
from greenroom.write.parse import familiarity, recognise, year_of

State = Literal["loaded", "unchanged", "kept", "ready", "held", "missing", "failed", "stopped"]

# Two datasets read one file when each knows about as much of its header as the other.
_LIKE = 0.3
_ALIKE = 0.95
# The share of its headers that a dataset must know for a file that cannot be read to count as its.
_SURELY = 0.8

# What a run cannot be called whole with.
FAULTS: frozenset[State] = frozenset({"held", "failed", "stopped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked of a run. `approve` is the note under which warnings are approved, None leaves them."""

    promote: bool
    by: str
    note: str | None = None
    approve: str | None = None
    live: bool = False
    only: str | None = None
    complete: bool | None = None
    # Also bring from the registered addresses what the files given do not hold.
    fetch_rest: bool = False
    dry_run: bool = False
    jobs: int = 4


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file of a group: what became of its rows, or why it was left aside."""

    address: str
    snapshot: str
    read: int = 0
    staged: int = 0
    quarantined: int = 0
    duplicates: int = 0
    reading: Mapping[str, Any] = field(default_factory=dict)
    aside: str | None = None
    covered: tuple[str, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What became of one group. `optional`: nobody expects it to be there."""

    name: str
    tables: tuple[str, ...]
    beside: bool = False
    optional: bool = False
    state: State = "missing"
    files: list[FileRead] = field(default_factory=list)
    releases: list[int] = field(default_factory=list)
    written: dict[str, Any] = field(default_factory=dict)
    rows: int = 0
    period: str | None = None
    source: str | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)
    message: str = ""
    hint: str = ""
    differs: str = ""
    report: str | None = None
    seconds: float = 0.0
    error: GreenroomError | None = None

    @property
    def is_fault(self) -> bool:
        """Whether the run is not whole because of this."""
        return self.state in FAULTS or (self.state == "missing" and not self.optional)

    def as_json(self) -> dict[str, Any]:
        """One row of the account."""
        sums = {
            name: sum(getattr(f, name) for f in self.files if f.aside is None)
            for name in ("read", "staged", "quarantined", "duplicates")
        }
        said = asdict(replace(self, error=None))
        del said["error"]
        return said | sums | {"fault": self.is_fault, "seconds": round(self.seconds, 2)}

    @property
    def is_there(self) -> bool:
        """Whether production holds what this run was to bring."""
        return self.state in ("loaded", "unchanged", "kept")


@dataclass(frozen=True, slots=True)
class Account:
    """A whole run: what became of each group, and files that nobody recognised."""

    pack: str
    database: str
    began_at: datetime
    seconds: float
    outcomes: tuple[Outcome, ...]
    strange: tuple[tuple[str, str], ...] = ()
    caches: tuple[dict[str, Any], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing failed, is held, or is missing that was expected."""
        return not any(outcome.is_fault for outcome in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """What `greenroom run --json` prints, and the page of the run is made from."""
        return {
            "pack": self.pack,
            "database": self.database,
            "began_at": self.began_at.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 2),
            "whole": self.is_whole,
            "headline": self.headline(),
            "tables": [outcome.as_json() for outcome in self.outcomes],
            "strange": [{"address": address, "why": why} for address, why in self.strange],
            "caches": list(self.caches),
        }

    def headline(self) -> str:
        """How many of the tables the source document names are there, and what is missing."""
        named = [o for o in self.outcomes if not o.beside] or list(self.outcomes)
        there = [o for o in named if o.is_there]
        missing = [o for o in named if o.state == "missing"]
        parts = [f"{len(there)} of {len(named)} loaded"]
        for state in ("ready", "held", "failed", "stopped"):
            if found := [o.name for o in self.outcomes if o.state == state]:
                parts.append(f"{state}: {', '.join(found)}")
        if missing:
            parts.append("missing: " + ", ".join(o.name for o in missing))
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Runner:
    """What a run works with: a way to open connections, where bytes are kept, and who is told."""

    connect: Callable[[], AbstractContextManager[Database]]
    fetching: Fetching
    say: Callable[[str], None]
    # Saves the page on what waits in a scope, and says where; before it is promoted.
    save_report: Callable[[Database, Found], str]


def run(pack: Pack, groups: list[str], origin: str | None, wishes: Wishes, tools: Runner, database: str) -> Account:
    """Bring, stage and, if wished, promote these groups of a file pack, `wishes.jobs` at a time.

    What fails stops what needs it, and nothing else; what production holds stays.
    """
    began_at, began = datetime.now(UTC), time.monotonic()
    given: dict[str, list[Snapshot]] | None = None
    strange: list[tuple[str, str]] = []
    if origin is not None:
        snapshots = list(pipeline.bring_from(origin, pack, tools.fetching))
        if len(groups) == 1 and len(snapshots) == 1:
            # what is named to be this dataset is read as this dataset, and says what it lacks
            given = {groups[0]: snapshots}
        else:
            given, strange = _sorted_out(pack, groups, snapshots, wishes.only, tools)
    own = [group for group in groups if not catalog.is_derived(pack, group)]
    outcomes = dict(_in_turn(pack, own, given, wishes, tools))
    with tools.connect() as conn:
        for group in groups:
            outcomes.setdefault(group, _outcome(pack, group))
            _complete(conn, pack, outcomes[group], began_at)
        caches: list[dict[str, Any]] = []
        if wishes.promote and not wishes.dry_run:
            with begin(conn):
                caches = refreshing.refresh(conn, pack)
            for cache in caches:
                tools.say(f"{cache['view']}: {cache['state']}, {cache['rows']:,} rows ({cache['seconds']:.1f} s)")
    return Account(
        pack.name,
        database,
        began_at,
        time.monotonic() - began,
        tuple(outcomes[group] for group in groups),
        tuple(strange),
        tuple(caches),
    )


def _sorted_out(
    pack: Pack, groups: list[str], snapshots: list[Snapshot], year: str | None, tools: Runner
) -> tuple[dict[str, list[Snapshot]], list[tuple[str, str]]]:
    """The files of a folder by the groups whose datasets can read them; largest first. Names say nothing."""
    given: dict[str, list[Snapshot]] = {}
    strange: list[tuple[str, str]] = []
    everything = [catalog.entry(pack, g) for g in catalog.groups(pack) if not catalog.is_derived(pack, g)]
    for snapshot in sorted(snapshots, key=lambda s: (-s.size_bytes, s.hash)):
        address = snapshot.sightings[-1].address
        with tools.connect() as conn:
            readers, reason = readers_of(conn, pack, snapshot, everything, tools.fetching, year=year)
        if not readers:
            strange.append((address, reason))
        for dataset in readers:
            given.setdefault(dataset.group or dataset.name, []).append(snapshot)
        said = ", ".join(dataset.group or dataset.name for dataset in readers)
        tools.say(f"{name_of(address)}: {said or 'not recognised: ' + reason}")
    return {group: files for group, files in given.items() if group in groups}, strange


def readers_of(
    conn: Database,
    pack: Pack,
    snapshot: Snapshot,
    datasets: list[Dataset],
    fetching: Fetching,
    *,
    year: str | None = None,
) -> tuple[list[Dataset], str]:
    """Datasets that can read a file: by its header, then by trying its first lines.

    Where some read it without an error, those that find errors in it only seemed to fit. A file that nobody
    can read, but whose header is all one dataset's, is that dataset's, to say what is wrong with it. `year`
    is for those whose headers and name say none.
    """
    broken: tuple[float, Dataset | None] = (_SURELY, None)
    fitting: list[tuple[Dataset, float, str]] = []
    reason, nearest = "no dataset has columns like these", 0.4
    address = snapshot.sightings[-1].address
    with fetching.store.open(snapshot.hash) as raw, formats.looked_into(raw) as file:
        for dataset in datasets:
            share = familiarity(file, dataset)
            try:
                read = recognise(file, dataset)
                scope = catalog.scope_of(conn, pack, dataset)
                against = pipeline.objection(conn, scope, read, year_of(address, read.form) or year)
                if against:
                    broken = max(broken, (share, dataset), key=lambda found: found[0])
                    raise ContractBroken(against)
            except SourceError as error:
                if share > nearest:
                    said = error.message.removeprefix(f"{dataset.name}: ")
                    first = [f"{finding.get('message')}" for finding in error.findings[:1]]
                    nearest, reason = share, " ".join([f"nearest to {dataset.name}: {said}", *first, error.hint])
                elif dataset.name not in error.message and nearest == 0.4:
                    # the file itself cannot be read, whoever looks
                    reason = error.message
            else:
                fitting.append((dataset, share, "" if against is None else "errors"))
    if not fitting and broken[1] is not None:
        return [broken[1]], ""
    clean = [found for found in fitting if not found[2]] or fitting
    most = max((share for _, share, _ in clean), default=0.0)
    # of a file that is all one dataset's, no other takes a part
    least = (_ALIKE if most >= _SURELY else _LIKE) * most
    return [dataset for dataset, share, _ in clean if share >= least], reason


def name_of(address: str) -> str:
    """The name of a file as a person knows it."""
    return unquote(address.rstrip("/").rsplit("/", 1)[-1])


def _in_turn(
    pack: Pack, groups: list[str], given: dict[str, list[Snapshot]] | None, wishes: Wishes, tools: Runner
) -> Iterator[tuple[str, Outcome]]:
    """Each group once those it needs are done, several at a time."""
    waiting = {group: catalog.needs(pack, group) & set(groups) for group in groups}
    done: dict[str, Outcome] = {}
    running: dict[Future[Outcome], str] = {}
    with ThreadPoolExecutor(max_workers=max(1, wishes.jobs)) as pool:
        while waiting or running:
            for group in [g for g, needed in waiting.items() if needed <= done.keys()]:
                needed = waiting.pop(group)
                broken = sorted(n for n in needed if done[n].is_fault and not _stands(tools, pack, n))
                if broken:
                    outcome = _outcome(pack, group)
                    outcome.state, outcome.message = "stopped", f"needs {', '.join(broken)}"
                    done[group] = outcome
                    tools.say(f"{group}: stopped, it needs {', '.join(broken)}")
                else:
                    rest: list[Snapshot] | None = None if wishes.fetch_rest else []
                    files = None if given is None else given.get(group, rest)
                    running[pool.submit(_one, pack, group, files, wishes, tools)] = group
            if running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    group = running.pop(future)
                    done[group] = future.result()
                    tools.say(f"[{len(done)}/{len(groups)}] {_line(done[group])}")
    yield from done.items()


def _stands(tools: Runner, pack: Pack, group: str) -> bool:
    """Whether production holds an earlier edition that others can stand on."""
    with tools.connect() as conn, begin(conn):
        return _standing(conn, pack, group)[0] > 0


def _one(pack: Pack, group: str, files: list[Snapshot] | None, wishes: Wishes, tools: Runner) -> Outcome:
    """One group from source to release. Whatever happens is said in its outcome."""
    outcome, began = _outcome(pack, group), time.monotonic()
    try:
        with tools.connect() as conn:
            with begin(conn):
                found = catalog.scope_of(conn, pack, catalog.entry(pack, group))
                stands = _standing(conn, pack, group)[0] > 0
            snapshots = files if files is not None else _brought(found, wishes, tools)
            if not snapshots:
                outcome.state = "kept" if stands else "missing"
            else:
                _load(conn, found, snapshots, wishes, tools, outcome)
    except Blocked as error:
        outcome.state, outcome.message, outcome.hint = "held", error.message, error.hint
        outcome.findings, outcome.error = list(error.findings), error
    except GreenroomError as error:
        outcome.state, outcome.message, outcome.hint, outcome.error = "failed", error.message, error.hint, error
    except Exception as error:  # noqa: BLE001 - one group's defect is no reason to drop the others
        outcome.state, outcome.message = "failed", f"unexpected: {type(error).__name__}: {error}".splitlines()[0][:300]
    outcome.seconds = time.monotonic() - began
    return outcome


def _brought(found: Found, wishes: Wishes, tools: Runner) -> list[Snapshot]:
    """From the registered addresses, newest vintage first."""
    if not any(source.urls for source in catalog.sources(found.pack, found.keys[0])):
        return []
    with pipeline.looking(tools.connect, tools.fetching.store, dry_run=wishes.dry_run):
        return list(pipeline.bring(found, None, tools.fetching))


def _load(
    conn: Database, found: Found, snapshots: list[Snapshot], wishes: Wishes, tools: Runner, outcome: Outcome
) -> None:
    """Files of one group, largest first: what a whole file covers is not taken again from an extract of it."""
    covered: set[tuple[str, ...]] = set()
    spoilt: set[tuple[str, ...]] = set()
    stopping: list[dict[str, Any]] = []
    for snapshot in {snapshot.hash: snapshot for snapshot in snapshots}.values():
        address = snapshot.sightings[-1].address
        if pipeline.is_settled(conn, found, snapshot):
            covered |= pipeline.units_of(conn, found, snapshot)
            outcome.files.append(FileRead(address, snapshot.hash, aside="as it was when it was published"))
            continue
        if wishes.promote and False in pipeline.waiting(conn, found):
            # an extract adds to what stands; staging the next would take its place
            _promote(conn, found, wishes, outcome)
        with _naming(address, many=len(snapshots) > 1):
            staged = pipeline.stage(
                conn, found, snapshot, tools.fetching.store,
                only=wishes.only, complete=wishes.complete, covered=frozenset(covered), spoilt=frozenset(spoilt),
                dry_run=wishes.dry_run,
            )  # fmt: skip
        outcome.files.append(_file_read(staged, address))
        if staged.batch is None or staged.is_aside:
            continue
        stopping = list(staged.stopping)
        if wishes.dry_run:
            continue
        # a whole file with warnings gives way to one without; with errors, to any
        if not any(f["severity"] == "error" for f in stopping):
            (spoilt if stopping else covered).update(pipeline.units_of(conn, found, snapshot))
        if stopping or not wishes.promote:
            outcome.report = tools.save_report(conn, found)
    if not wishes.promote or wishes.dry_run:
        outcome.state = "held" if stopping else "ready" if any(f.staged for f in outcome.files) else "unchanged"
        outcome.findings = stopping
        return
    if pipeline.waiting(conn, found):
        # also what an earlier run left, that ended before its promotion
        _promote(conn, found, wishes, outcome)
    outcome.state = "loaded" if outcome.releases else "unchanged"
    # what was approved on the way stays in the account
    outcome.findings = stopping


@contextmanager
def _naming(address: str, *, many: bool) -> Iterator[None]:
    """Where several files feed one table, a refusal names its file."""
    try:
        yield
    except (SourceError, Blocked) as error:
        if many:
            error.message = f"{name_of(address)}: {error.message}"
        raise


def _promote(conn: Database, found: Found, wishes: Wishes, outcome: Outcome) -> None:
    if wishes.approve is not None:
        with begin(conn), suppress(UnknownBatch):
            units = check.pending(conn, found.pack, found.scope_id)
            # what somebody undid comes back by his word alone; errors stop it all the same
            if not any(f.check == "rolled_back" for f in check.findings(conn, found.pack, units)):
                review.approve(conn, found.pack, found.scope_id, by=wishes.by, note=wishes.approve)
    answer = pipeline.promote(conn, found, by=wishes.by, note=wishes.note)
    if answer["written"]:
        outcome.releases.append(answer["release"])
        outcome.written |= answer["written"]


def _file_read(staged: Staged, address: str) -> FileRead:
    batch = staged.batch
    if batch is None:
        return FileRead(address, staged.snapshot, aside="nothing new in it")
    return FileRead(
        address, staged.snapshot, batch.read, batch.staged, batch.quarantined, batch.duplicates, batch.reading,
        aside=f"{', '.join(staged.covered)}: a whole file gives it" if staged.is_aside else None,
        covered=staged.covered,
    )  # fmt: skip


def _outcome(pack: Pack, group: str) -> Outcome:
    datasets = catalog.groups(pack)[group]
    sources = catalog.sources(pack, group)
    outcome = Outcome(
        group,
        tuple(dataset.table for dataset in datasets),
        beside=all(dataset.beside for dataset in datasets),
        optional=bool(sources) and all(source.optional for source in sources),
        differs=" ".join(dataset.differs for dataset in datasets if dataset.differs),
        source=sources[0].title if sources else None,
    )
    outcome.hint = next((s.where or (s.urls[0] if s.urls else "") for s in sources), "")
    if catalog.is_derived(pack, group):
        outcome.hint = f"made from {', '.join(sorted(catalog.needs(pack, group)))}"
        outcome.optional = True
    return outcome


def _complete(conn: Database, pack: Pack, outcome: Outcome, began_at: datetime) -> None:
    """What production holds of a group now."""
    with begin(conn):
        outcome.rows, outcome.period, latest = _standing(conn, pack, outcome.name)
    if catalog.is_derived(pack, outcome.name):
        outcome.state = "missing" if not outcome.rows else "loaded" if latest and latest >= began_at else "unchanged"


def _standing(conn: Database, pack: Pack, group: str) -> tuple[int, str | None, datetime | None]:
    """Rows of its first table, its newest period, and when it was last published."""
    row = conn.execute(
        "select coalesce(sum(p.row_count), 0)::bigint, max(p.key[1]) filter (where p.key <> '{}'), max(r.made_at)"
        " from greenroom.scope as c"
        " join greenroom.published as p on p.scope_id = c.id"
        " join greenroom.release as r on r.id = p.release_id"
        " where c.pack = %s and c.keys = %s and p.dataset = %s",
        (pack.name, [group], catalog.entry(pack, group).name),
    ).fetchone()
    assert row is not None
    return int(row[0]), row[1], row[2]


def _line(outcome: Outcome) -> str:
    rows = sum(file.staged for file in outcome.files)
    told = {
        "loaded": f"{f'{rows:,} rows staged' if rows else 'staged earlier'},"
        f" release {', '.join(map(str, outcome.releases))}",
        "unchanged": "nothing new",
        "kept": "no file this time; what is published stays",
        "ready": f"{rows:,} rows staged; not promoted",
        "missing": "no source" + (f": {outcome.hint}" if outcome.hint else ""),
    }.get(outcome.state, outcome.message)
    return f"{outcome.name}: {outcome.state}: {told} ({outcome.seconds:.1f} s)"
