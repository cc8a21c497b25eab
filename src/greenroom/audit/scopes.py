"""Ledger, inbox and boards' lists -> how every scope stands, and what waits for a person.

Each question is one query for all scopes, never one per scope. Reads only, and names no scope that nobody has named.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from psycopg import sql

from greenroom.audit import browse
from greenroom.db.kernel import Database
from greenroom.db.queries import dicts, query_of
from greenroom.model.pack import Pack

# Releases that a trend goes back: what fits into a cell and is still a line.
TREND_STEPS = 12


# Of corrections in conflict, as many as the overview leads to one by one.
_FIRST_CONFLICTS = 5


# Words of a state, the most urgent first: what a scope is called by where several fit.
STATES = (
    "changed by hand",
    "edits in conflict",
    "held",
    "stale",
    "ready",
    "sealed",
    "prepared",
    "unsealed",
    "live",
    "partly live",
    "hidden",
    "published",
    "empty",
)


@dataclass(frozen=True, slots=True)
class Released:
    """The newest release that stands."""

    id: int
    kind: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """Rows that wait to be sealed. `newer` ones were written after the last batch of their subject."""

    subjects: int = 0
    newer: int = 0
    newer_subjects: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """A correction that the source contradicts: the row that it is about, and which of its columns or what else."""

    dataset: str
    key: tuple[str, ...]
    row: str
    label: str
    column: str
    is_tree: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One scope at a glance. `held`, `ready` and `sealed` count units; `errors` and `warnings` those of held units."""

    pack: str
    keys: tuple[str, ...]
    name: str
    scope_id: int | None = None
    held: int = 0
    ready: int = 0
    sealed: int = 0
    waiting_rows: int = 0
    sealed_at: datetime | None = None
    quarantined: int = 0
    errors: int = 0
    warnings: int = 0
    worst: str | None = None
    rows: int = 0
    rows_by_dataset: dict[str, int] = field(default_factory=dict)
    subjects: int | None = None
    live: int | None = None
    release: Released | None = None
    prepared: int | None = None
    is_stale: bool = False
    drift: int = 0
    conflicts: int = 0
    conflicting: tuple[Conflict, ...] = ()
    trend: tuple[int, ...] = ()
    inbox: Inbox = Inbox()
    offered: int = 0
    missing: int = 0

    @property
    def states(self) -> tuple[str, ...]:
        """Every word that fits, the most urgent first."""
        fits = {
            "changed by hand": self.drift > 0,
            "edits in conflict": self.conflicts > 0,
            "held": self.held > 0,
            "stale": self.prepared is not None and self.is_stale,
            "ready": self.ready > 0,
            "sealed": self.sealed > 0,
            "prepared": self.prepared is not None and not self.is_stale,
            "unsealed": self.inbox.newer > 0,
            "live": bool(self.subjects) and self.live == self.subjects,
            "partly live": bool(self.live) and self.live != self.subjects,
            "hidden": bool(self.subjects) and self.live == 0,
            "published": self.subjects is None and self.rows > 0,
        }
        return tuple(word for word in STATES if fits.get(word)) or ("empty",)

    @property
    def state(self) -> str:
        """The most urgent word."""
        return self.states[0]


@dataclass(frozen=True, slots=True)
class Work:
    """Something that waits for a person: what it is, how bad, what to do next and what to type for it."""

    kind: str
    what: str
    next: str
    command: str
    scope: str = ""
    scope_id: int | None = None
    pack: str = ""
    keys: tuple[str, ...] = ()
    detail: str = ""
    count: int = 0
    # Of corrections in conflict the first, each with its row.
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """An inbox subject whose board or qualification is spelled in a way that nobody has taught."""

    exam_board: str | None
    qualification_type: str | None
    subject_code: str | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An address whose last look failed."""

    address: str
    fetched_at: datetime
    message: str | None


def standings(conn: Database, packs: Sequence[Pack]) -> list[Standing]:
    """Every scope that the ledger or an inbox names, by pack and name."""
    aside = [d.name for pack in packs for d in pack.datasets if d.current_of is not None]
    found = dicts(conn, query_of("audit/standing_scopes"), {"aside": aside, "steps": TREND_STEPS})
    conflicts = _conflicts(conn, packs)
    standing = {(row["pack"], tuple(row["keys"])): _standing(row, conflicts) for row in found}
    for pack in packs:
        if pack.root is not None and pack.root.live is not None:
            _tell_live(conn, pack, standing)
        if browse.has_trees(pack):
            _tell_inbox(conn, pack, standing)
            _tell_offers(conn, pack, standing)
    return sorted(standing.values(), key=lambda one: (one.pack, one.name))


def worklist(
    standing: Iterable[Standing], *, unknown: Sequence[Unknown] = (), failed: Sequence[Fetched] = ()
) -> list[Work]:
    """What waits for a person, the most urgent first."""
    every = list(standing)
    found = [work for one in every for work in _work(one)]
    if unknown:
        spellings = sorted({f"{u.exam_board or 'nothing'} / {u.qualification_type or 'nothing'}" for u in unknown})
        found.append(
            Work(
                "unknown",
                f"{_many(len(unknown), 'inbox subject')} {'belongs' if len(unknown) == 1 else 'belong'} to no scope:"
                " nobody has taught how "
                f"{_many(len(spellings), 'pair')} of board and qualification {'is' if len(spellings) == 1 else 'are'}"
                " spelled",
                "Correct what the scraper writes, or teach the spelling by SQL (greenroom.exam_board_alias,"
                " greenroom.qualification_alias).",
                "greenroom status",
                detail="; ".join(spellings[:5]) + (" …" if len(spellings) > 5 else ""),
                count=len(unknown),
            )
        )
    found += _failures(failed)
    order = ("drift", "conflict", "held", "stale", "ready", "quarantine", "unsealed", "unknown", "fetch", "prepared")
    rank = {kind: place for place, kind in enumerate((*order, "missing"))}
    return sorted(found, key=lambda work: (rank[work.kind], -work.count, work.scope))


def _failures(failed: Sequence[Fetched]) -> Iterator[Work]:
    """One line for each site: of a site that is down, every address fails."""
    by_site = defaultdict[str, list[Fetched]](list)
    for one in failed:
        by_site[_site(one.address)].append(one)
    for site, some in by_site.items():
        what = some[0].address if len(some) == 1 else f"{len(some)} addresses of {site}"
        told = [one.message or "" if len(some) == 1 else f"{one.address}: {one.message or ''}" for one in some[:3]]
        yield Work(
            "fetch",
            f"The last fetch of {what} failed",
            "Look whether the address still leads there, then fetch again.",
            "greenroom fetch TARGET",
            detail="; ".join(told) + (" …" if len(some) > 3 else ""),
            count=len(some),
        )


def _site(address: str) -> str:
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address


def failed_fetches(conn: Database) -> list[Fetched]:
    """Addresses whose last look failed, newest first."""
    return [Fetched(**row) for row in dicts(conn, query_of("audit/standing_fetches"), {})]


def _standing(row: dict[str, Any], conflicts: dict[int, tuple[int, tuple[Conflict, ...]]]) -> Standing:
    released = None
    if row["release_id"] is not None:
        released = Released(row["release_id"], row["release_kind"], row["released_at"], row["released_by"])
    counted, conflicting = conflicts.get(row["scope_id"], (0, ()))
    plain = ("pack", "name", "scope_id", "held", "ready", "sealed", "waiting_rows", "sealed_at", "quarantined",
             "errors", "warnings", "worst", "rows", "rows_by_dataset", "prepared", "is_stale", "drift")  # fmt: skip
    return Standing(
        keys=tuple(row["keys"]),
        release=released,
        conflicts=counted,
        conflicting=conflicting,
        trend=tuple(row["trend"]),
        **{name: row[name] for name in plain},
    )


def _conflicts(conn: Database, packs: Sequence[Pack]) -> dict[int, tuple[int, tuple[Conflict, ...]]]:
    """By scope, how many corrections are in conflict, and the first of them."""
    there = conn.execute("select to_regclass('greenroom.edit') is not null").fetchone()
    if not there or not there[0]:
        # a database of before corrections were kept
        return {}
    trees = {(pack.name, dataset.name) for pack in packs for dataset in pack.datasets if dataset.tree}
    found: dict[int, tuple[int, tuple[Conflict, ...]]] = {}
    counted = conn.execute(query_of("audit/standing_conflicts"), {"first": _FIRST_CONFLICTS})
    for scope, pack, count, first in counted.fetchall():
        told = (each | {"key": tuple(each["key"]), "is_tree": (pack, each["dataset"]) in trees} for each in first)
        found[scope] = count, tuple(Conflict(**each) for each in told)
    return found


_Standings = dict[tuple[str, tuple[str, ...]], Standing]


def _tell_live(conn: Database, pack: Pack, standing: _Standings) -> None:
    root = pack.root
    assert root is not None
    assert root.live is not None
    query = query_of("audit/standing_live").format(
        root=sql.Identifier(pack.schema, root.table), live=sql.Identifier(root.live)
    )  # fmt: skip
    counted = {row["scope_id"]: row for row in dicts(conn, query, {"root": root.name})}
    for key, one in standing.items():
        if one.pack == pack.name:
            row = counted.get(one.scope_id, {})
            standing[key] = replace(one, subjects=row.get("subjects", 0), live=row.get("live", 0))


def _tell_inbox(conn: Database, pack: Pack, standing: _Standings) -> None:
    for row in browse.inbox_rows(conn, pack, board=None, qualification=None):
        one = _named(pack, tuple(row["keys"]), standing)
        held = Inbox(row["subjects"], row["newer"], row["newer_subjects"])
        standing[pack.name, one.keys] = replace(one, inbox=held)


def _tell_offers(conn: Database, pack: Pack, standing: _Standings) -> None:
    offered: dict[tuple[str, ...], list[browse.Offer]] = defaultdict(list)
    for offer in browse.offers(conn, pack):
        offered[offer.board, offer.qualification].append(offer)
    for keys, every in offered.items():
        one = _named(pack, keys, standing)
        missing = sum(not offer.is_staged for offer in every)
        standing[pack.name, keys] = replace(one, offered=len(every), missing=missing)


def _named(pack: Pack, keys: tuple[str, ...], standing: _Standings) -> Standing:
    """A scope that is known, or one that nobody has staged yet."""
    empty = Standing(pack.name, keys, " ".join(keys), subjects=0, live=0)
    return standing.get((pack.name, keys), empty)


def _work(one: Standing) -> Iterator[Work]:
    name = f'"{one.name}"'

    def work(kind: str, count: int, what: str, next_step: str, command: str, detail: str = "") -> Work:
        conflicts = one.conflicting if kind == "conflict" else ()
        return Work(
            kind, what, next_step, command, one.name, one.scope_id, one.pack, one.keys, detail, count, conflicts
        )

    if one.drift:
        yield work(
            "drift", one.drift, f"{_many(one.drift, 'published row')} changed by hand",
            "Look at them, then adopt them as a release or revert them; until then nothing is promoted.",
            f"greenroom drift {name}",
        )  # fmt: skip
    if one.conflicts:
        yield work(
            "conflict", one.conflicts, f"{_many(one.conflicts, 'correction')} contradicted by the source",
            "Decide for each whether the correction or the source is right.", f"greenroom edits {name}",
        )  # fmt: skip
    if one.held:
        counted = [_many(one.errors, "error")] * bool(one.errors) + [_many(one.warnings, "warning")] * bool(
            one.warnings
        )
        yield work(
            "held", one.held, f"{_many(one.held, 'unit')} held: {' and '.join(counted) or 'a decision is needed'}",
            "Look at the findings; correct the source, or approve the warnings." if not one.errors
            else "Errors must be corrected; warnings are approved by somebody who saw them.",
            f"greenroom report {name}", one.worst or "",
        )  # fmt: skip
    if one.prepared is not None and one.is_stale:
        yield work(
            "stale", 1, f"Prepared release {one.prepared} is stale: production moved under it",
            "Promote again: it is planned anew.", f"greenroom promote {name}",
        )  # fmt: skip
    elif one.prepared is not None:
        yield work(
            "prepared", 1, f"Release {one.prepared} is prepared and not yet seen by the app",
            "Look at the preview, then go live.", f"greenroom live {name} on",
        )  # fmt: skip
    waits = one.ready + one.sealed
    if waits and one.prepared is None:
        yield work(
            "ready", waits, f"{_many(waits, 'unit')} {'wait' if waits > 1 else 'waits'} to be promoted",
            "Look at the changes, then promote.", f"greenroom promote {name}",
        )  # fmt: skip
    if one.quarantined:
        yield work(
            "quarantine", one.quarantined, f"{_many(one.quarantined, 'row')} in quarantine: nobody could read them",
            "Correct what the source or the scraper writes, then stage again.", f"greenroom report {name}",
        )  # fmt: skip
    if one.inbox.newer:
        yield work(
            "unsealed", one.inbox.newer,
            f"{_many(one.inbox.newer, 'inbox row')} of {_many(one.inbox.newer_subjects, 'subject')}"
            " newer than any batch",
            "Seal them: they become a batch that can be reviewed.", f"greenroom seal {name}",
        )  # fmt: skip
    if one.missing:
        yield work(
            "missing", one.missing, f"{one.missing:,} of {_many(one.offered, 'offered subject')} never staged",
            "Fetch and stage them.", f"greenroom run {name}",
        )  # fmt: skip


def _many(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
