"""Ledger, inbox and published tables -> what a person browses: scopes at a glance, work, subjects, trees, papers.

Each question is one query for all scopes or for one subject, never one per scope. Reads only, and names no scope
that nobody has named.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from psycopg import sql
from psycopg.rows import dict_row

from greenroom.db.kernel import Database
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownBatch
from greenroom.model.pack import Pack

Layer = Literal["inbox", "batch", "production", "preview"]
LAYERS: tuple[Layer, ...] = ("production", "batch", "preview", "inbox")

# Releases that a trend goes back: what fits into a cell and is still a line.
TREND_STEPS = 12
# Of corrections in conflict, as many as the overview leads to one by one.
_FIRST_CONFLICTS = 5

# More than any bound a dataset declares; what is beyond is told, not shown.
MOST_TOPICS = 5_000
MOST_PAPERS = 10_000

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


@dataclass(frozen=True, slots=True)
class Unit:
    """What waits of one dataset of a subject."""

    unit: int
    state: str
    rows: int


@dataclass(frozen=True, slots=True)
class Subject:
    """One specification version of a subject, in whichever layers it stands."""

    board: str
    qualification: str
    code: str
    version: str
    name: str
    scope_id: int | None
    root_id: UUID | None
    inbox_id: UUID | None
    units: dict[str, Unit]
    is_held: bool
    is_live: bool
    is_current: bool
    is_retired: bool
    spec_start_year: int | None
    spec_end_year: int | None
    specification_url: str | None
    specification_pdf_url: str | None
    topics: int
    topics_by_level: dict[str, int]
    papers: int
    inbox_topics: int
    inbox_papers: int

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that hold something of it."""
        there = {
            "production": self.root_id is not None,
            "batch": bool(self.units),
            "preview": self.root_id is not None,
            "inbox": self.inbox_id is not None,
        }
        return tuple(layer for layer in LAYERS if there[layer])

    @property
    def states(self) -> tuple[str, ...]:
        """What it is, in words: shown or not, archived, retired, and what waits."""
        words = []
        if self.root_id is None:
            words.append("new")
        elif self.is_retired:
            words.append("retired")
        elif not self.is_current:
            words.append("archived")
        else:
            words.append("live" if self.is_live else "hidden")
        waiting = {unit.state for unit in self.units.values()}
        words += [word for word in ("held", "ready", "sealed") if word in waiting]
        return tuple(words)


@dataclass(frozen=True, slots=True)
class Subjects:
    """A page of subjects, and how many there are."""

    total: int
    items: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """One node. `depth` is where it hangs, `level` what its source says; `lost` says why it hangs nowhere."""

    ref: str
    parent_ref: str | None
    code: str
    name: str
    level: int | None
    depth: int
    children: int
    description: str | None
    component_code: str | None
    examined: bool | None
    tier: str | None
    study_level: str | None
    language: str | None
    option_group: str | None
    is_retired: bool
    derived: tuple[str, ...]
    position: str | None
    is_match: bool = False
    is_edited: bool = False
    lost: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """What makes it another topic than most, in words."""
        said = [self.lost, "retired" if self.is_retired else "", "edited" if self.is_edited else ""]
        said += ["not examined" if self.examined is False else "", self.tier or "", self.study_level or ""]
        said += [f"in {self.language}" if self.language else ""]
        said += [f"option of {self.option_group}" if self.option_group else ""]
        said += [f"{' and '.join(self.derived)} derived" if self.derived else ""]
        return tuple(word for word in said if word)


@dataclass(frozen=True, slots=True)
class Tree:
    """Topics in the order of the tree. `total` counts all of the layer, `matches` those that were looked for."""

    total: int
    matches: int
    items: tuple[Topic, ...]

    @property
    def is_cut(self) -> bool:
        """Whether the layer holds more than a page shows."""
        return self.total > MOST_TOPICS


@dataclass(frozen=True, slots=True)
class Paper:
    """One document. `link` is what became of its address when it was asked last."""

    ref: str
    year: int | None
    series: str
    tier: str
    component: str
    paper_number: int | None
    variant: str | None
    type: str
    language: str
    is_modified: bool
    title: str | None
    url: str
    marks: int | None
    is_retired: bool
    link: str | None
    link_detail: str | None
    link_checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaperSet:
    """The documents of one paper that a learner opens together."""

    component: str
    paper_number: int | None
    language: str
    is_modified: bool
    question_papers: tuple[Paper, ...]
    mark_schemes: tuple[Paper, ...]
    examiner_reports: tuple[Paper, ...]
    others: tuple[Paper, ...]

    @property
    def name(self) -> str:
        """What the set is called within its sitting."""
        said = [self.component, f"Paper {self.paper_number}" if self.paper_number is not None else ""]
        said += [self.language if self.language != "English" else "", "modified" if self.is_modified else ""]
        return " ".join(word for word in said if word) or "all papers"


@dataclass(frozen=True, slots=True)
class Sitting:
    """One year, series and tier."""

    year: int | None
    series: str
    tier: str
    sets: tuple[PaperSet, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the papers of a layer can be narrowed to."""

    years: tuple[int, ...] = ()
    series: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Papers:
    """Papers of one layer: all that fit, and what they can be narrowed to."""

    total: int
    items: tuple[Paper, ...]
    choices: Choices

    @property
    def sittings(self) -> tuple[Sitting, ...]:
        """Side by side, as people look for them."""
        return tuple(_sittings(self.items))


@dataclass(frozen=True, slots=True)
class Offer:
    """A subject that a board offers; `lacks` says what is missing here."""

    board: str
    qualification: str
    code: str | None
    name: str
    page_url: str | None
    last_assessment_year: int | None
    is_staged: bool
    is_promoted: bool

    @property
    def lacks(self) -> str:
        """What is missing, in words; empty when it is published."""
        if self.is_promoted:
            return ""
        return "staged, not promoted" if self.is_staged else "nobody has staged it"


@dataclass(frozen=True, slots=True)
class Newer:
    """A subject of the inbox with rows that no batch has seen."""

    code: str
    topics: int
    papers: int
    newer: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An inbox row that a seal puts into quarantine."""

    dataset: str
    subject: str | None
    rule: str
    value: str | None
    position: str | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """One unit of a sealing."""

    dataset: str
    key: tuple[str, ...]
    state: str
    rows: int
    complete: bool
    findings: int


@dataclass(frozen=True, slots=True)
class Account:
    """One sealing: read = staged + quarantined + duplicates, its units, and the rows nobody could read."""

    id: int
    scope_id: int
    scope: str
    keys: tuple[str, ...]
    source: str | None
    sealed_at: datetime
    read: int
    staged: int
    quarantined: int
    duplicates: int
    units: tuple[Sealed, ...]
    unread: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Qualification:
    """A qualification of a board."""

    code: str
    subjects: int


@dataclass(frozen=True, slots=True)
class Board:
    """An awarding body and what it might offer."""

    code: str
    name: str
    qualifications: tuple[Qualification, ...]

    @property
    def subjects(self) -> int:
        """Subjects in production."""
        return sum(one.subjects for one in self.qualifications)


def has_trees(pack: Pack) -> bool:
    """Whether a pack is browsed as subjects, topics and papers."""
    return pack.landing == "inbox" and pack.root is not None and pack.lists_offers


def standings(conn: Database, packs: Sequence[Pack]) -> list[Standing]:
    """Every scope that the ledger or an inbox names, by pack and name."""
    aside = [d.name for pack in packs for d in pack.datasets if d.current_of is not None]
    found = _dicts(conn, _query("scopes"), {"aside": aside, "steps": TREND_STEPS})
    conflicts = _conflicts(conn, packs)
    standing = {(row["pack"], tuple(row["keys"])): _standing(row, conflicts) for row in found}
    for pack in packs:
        if pack.root is not None and pack.root.live is not None:
            _tell_live(conn, pack, standing)
        if has_trees(pack):
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
    return [Fetched(**row) for row in _dicts(conn, _query("fetches"), {})]


def boards(conn: Database, pack: Pack) -> list[Board]:
    """The boards of a pack and their qualifications."""
    found: dict[tuple[str, str], list[Qualification]] = defaultdict(list)
    for row in _dicts(conn, _query("boards", pack), {}):
        found[row["board"], row["full_name"]].append(Qualification(row["qualification"], row["subjects"]))
    return [Board(code, name, tuple(kinds)) for (code, name), kinds in found.items()]


def subjects(
    conn: Database,
    pack: Pack,
    *,
    board: str | None,
    qualification: str | None,
    subject: str | None = None,
    words: str | None = None,
    limit: int = 200,
    offset: int = 0,
) -> Subjects:
    """Subjects in any layer, by board, qualification and name; `words` are looked for in code and name."""
    wanted = {"pack": pack.name, "board": board or None, "qualification": qualification or None}
    wanted |= {"subject": subject, "words": words or None}
    rows = _dicts(conn, _query("subjects", pack), wanted | {"limit": limit, "offset": offset})
    if not rows and offset:
        # the page is past the end: how many there are is asked for once more
        return replace(subjects(conn, pack, board=board, qualification=qualification, subject=subject, words=words,
                                limit=1), items=())  # fmt: skip
    return Subjects(rows[0]["total"] if rows else 0, tuple(_subject(row) for row in rows))


def subject(
    conn: Database, pack: Pack, *, board: str, qualification: str, code: str, version: str | None
) -> tuple[Subject, ...]:
    """The versions of one subject, the one that is asked for first; without a version, the one people mean."""
    found = subjects(conn, pack, board=board, qualification=qualification, subject=code).items
    if version is not None and not any(one.version == version for one in found):
        return ()
    return tuple(sorted(found, key=lambda s: (s.version != version, s.is_retired, not s.is_current, s.root_id is None)))


def topics(conn: Database, pack: Pack, of: Subject, layer: Layer, *, words: str = "") -> Tree:
    """The tree of a subject in one layer, in its order; with `words`, what holds them and what that hangs under."""
    rows = _layer(conn, pack, of, layer, "topics", MOST_TOPICS)
    walked = list(_walk(rows))
    total = rows[0]["total"] if rows else 0
    if not words:
        return Tree(total, 0, tuple(walked))
    return _matching(walked, total, words)


def papers(
    conn: Database,
    pack: Pack,
    of: Subject,
    layer: Layer,
    *,
    year: int | None = None,
    series: str = "",
    tier: str = "",
    kind: str = "",
    link: str = "",
) -> Papers:
    """The papers of a subject in one layer, newest first. `link` narrows to an outcome of the link check."""
    rows = _layer(conn, pack, of, layer, "papers", MOST_PAPERS)
    every = [Paper(**{name: value for name, value in row.items() if name != "total"}) for row in rows]
    fits = [
        one
        for one in every
        if (year is None or one.year == year)
        and (not series or one.series == series)
        and (not tier or one.tier == tier)
        and (not kind or one.type == kind)
        and (not link or (one.link or "unasked") == link)
    ]
    return Papers(len(fits), tuple(fits), _choices(every))


def offers(conn: Database, pack: Pack, *, board: str | None = None, qualification: str | None = None) -> list[Offer]:
    """What boards offer by their own lists, and how far each subject has come."""
    wanted = {"pack": pack.name, "board": board or None, "qualification": qualification or None}
    return [Offer(**row) for row in _dicts(conn, _query("offers", pack), wanted)]


def _inbox(conn: Database, pack: Pack, *, board: str | None, qualification: str | None) -> list[dict[str, Any]]:
    """Rows of the inbox by scope; of one scope by subject, and then nothing else of the inbox is read."""
    wanted = {"pack": pack.name, "board": board, "qualification": qualification, "by_subject": board is not None}
    subjects = sql.SQL("array(select s.inbox_id from subject as s)")
    narrow = {"within": "subject_id", "within_id": "id"}
    within = {
        name: sql.SQL(" and t.{} = any ({})").format(sql.Identifier(column), subjects) if board else sql.SQL("")
        for name, column in narrow.items()
    }
    places = {"home": sql.Identifier(pack.schema), "compiled": sql.Identifier(pack.compiled_schema)}
    return _dicts(conn, sql.SQL(_text("inbox")).format(**places, **within), wanted)


def newer(conn: Database, pack: Pack, *, board: str, qualification: str) -> list[Newer]:
    """Subjects of a scope with inbox rows that are newer than their last batch."""
    return [
        Newer(row["code"] or "", row["topics"], row["papers"], row["newer"])
        for row in _inbox(conn, pack, board=board, qualification=qualification)
        if row["newer"]
    ]


def unreadable(conn: Database, pack: Pack, keys: Sequence[str]) -> list[Unreadable]:
    """Inbox rows of a scope that a seal would put into quarantine, the first 200."""
    return [Unreadable(**row) for row in _dicts(conn, _query("unreadable", pack), {"keys": list(keys)})]


def periods(conn: Database, packs: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """By pack and group of flat data, the periods that production holds, newest first."""
    found = _dicts(conn, _query("periods"), {"packs": list(packs)})
    return {(row["pack"], row["group_name"]): row["periods"] for row in found}


def account(conn: Database, batch: int) -> Account:
    """What one sealing did. Raises UnknownBatch."""
    rows = _dicts(conn, _query("account"), {"batch": batch})
    if not rows:
        raise UnknownBatch(f"There is no batch {batch}.")
    unread = _dicts(
        conn,
        sql.SQL(
            "select q.dataset, u.key[1] as subject, q.rule, q.value, q.position from greenroom.quarantine as q"
            " left join greenroom.unit as u on u.id = q.unit_id where q.batch_id = %(batch)s order by q.id limit 200"
        ),
        {"batch": batch},
    )
    units = [Sealed(**unit | {"key": tuple(unit["key"])}) for unit in rows[0]["units"]]
    given = rows[0] | {"keys": tuple(rows[0]["keys"]), "units": tuple(units)}
    return Account(**given, unread=tuple(Unreadable(**row) for row in unread))


def known_words(conn: Database) -> tuple[list[str], list[str]]:
    """Series and document types as production writes them."""
    series = conn.execute("select distinct a.series from greenroom.series_alias as a order by 1").fetchall()
    kinds = conn.execute("select distinct a.type from greenroom.paper_type_alias as a order by 1").fetchall()
    return [row[0] for row in series], [row[0] for row in kinds]


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
    for scope, pack, count, first in conn.execute(_query("conflicts"), {"first": _FIRST_CONFLICTS}).fetchall():
        told = (each | {"key": tuple(each["key"]), "is_tree": (pack, each["dataset"]) in trees} for each in first)
        found[scope] = count, tuple(Conflict(**each) for each in told)
    return found


_Standings = dict[tuple[str, tuple[str, ...]], Standing]


def _tell_live(conn: Database, pack: Pack, standing: _Standings) -> None:
    root = pack.root
    assert root is not None
    assert root.live is not None
    query = sql.SQL(_text("live")).format(
        root=sql.Identifier(*_table(pack, root)), live=sql.Identifier(root.live)
    )  # fmt: skip
    counted = {row["scope_id"]: row for row in _dicts(conn, query, {"root": root.name})}
    for key, one in standing.items():
        if one.pack == pack.name:
            row = counted.get(one.scope_id, {})
            standing[key] = replace(one, subjects=row.get("subjects", 0), live=row.get("live", 0))


def _tell_inbox(conn: Database, pack: Pack, standing: _Standings) -> None:
    for row in _inbox(conn, pack, board=None, qualification=None):
        one = _named(pack, tuple(row["keys"]), standing)
        held = Inbox(row["subjects"], row["newer"], row["newer_subjects"])
        standing[pack.name, one.keys] = replace(one, inbox=held)


def _tell_offers(conn: Database, pack: Pack, standing: _Standings) -> None:
    offered: dict[tuple[str, ...], list[Offer]] = defaultdict(list)
    for offer in offers(conn, pack):
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


def _subject(row: dict[str, Any]) -> Subject:
    given = {name: value for name, value in row.items() if name not in ("total", "units")}
    return Subject(units={name: Unit(**unit) for name, unit in row["units"].items()}, **given)


def _layer(
    conn: Database, pack: Pack, of: Subject, layer: Layer, dataset: str, most: int
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of one dataset of a subject as a layer has them; none where it has nothing of it."""
    if layer == "inbox":
        if of.inbox_id is None:
            return []
        return _dicts(conn, _query(f"{dataset}_inbox", pack), {"inbox_id": of.inbox_id, "most": most})
    if layer == "batch":
        unit = of.units.get(dataset)
        if unit is None:
            return []
        return _dicts(conn, _query(f"{dataset}_batch", pack), {"unit_id": unit.unit, "most": most})
    if of.root_id is None:
        return []
    table = _table(pack, pack.dataset(dataset))
    place = sql.Identifier("preview", table[-1]) if layer == "preview" else sql.Identifier(*table)
    query = sql.SQL(_text(f"{dataset}_published")).format(**{dataset: place})
    return _dicts(conn, query, {"root_id": of.root_id, "most": most})


def _walk(rows: Sequence[dict[str, Any]]) -> Iterator[Topic]:
    """Depth first, siblings in the order they came. What no top leads to comes at the end, and says why."""
    there = {row["ref"] for row in rows}
    below: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        below[row["parent_ref"] if row["parent_ref"] in there else None].append(row)
    met: set[str] = set()

    def from_top(top: dict[str, Any], lost: str) -> Iterator[Topic]:
        stack = [(top, 0, lost)]
        while stack:
            row, depth, why = stack.pop()
            if row["ref"] in met:
                continue
            met.add(row["ref"])
            children = below.get(row["ref"], [])
            yield _topic(row, depth, len(children), why)
            stack += [(child, depth + 1, "") for child in reversed(children)]

    for row in below[None]:
        yield from from_top(row, "its parent is missing" if row["parent_ref"] else "")
    for row in rows:
        if row["ref"] not in met:
            yield from from_top(row, "hangs in a circle")


def _topic(row: dict[str, Any], depth: int, children: int, lost: str) -> Topic:
    given = {name: value for name, value in row.items() if name not in ("total", "place", "derived")}
    return Topic(**given, depth=depth, children=children, derived=tuple(row["derived"]), lost=lost)


def _matching(walked: Sequence[Topic], total: int, words: str) -> Tree:
    """Topics that hold the words, and all above them, in the order of the tree."""
    wanted = words.casefold()
    kept: set[str] = set()
    matches: set[str] = set()
    path: list[Topic] = []
    for topic in walked:
        del path[topic.depth :]
        path.append(topic)
        if wanted in topic.name.casefold() or wanted in topic.code.casefold():
            matches.add(topic.ref)
            kept |= {above.ref for above in path}
    items = tuple(replace(topic, is_match=topic.ref in matches) for topic in walked if topic.ref in kept)
    return Tree(total, len(matches), items)


_COLUMNS = {"question paper": "question_papers", "mark scheme": "mark_schemes", "examiner report": "examiner_reports"}


def _sittings(items: Iterable[Paper]) -> Iterator[Sitting]:
    found: dict[tuple[Any, ...], dict[tuple[Any, ...], list[Paper]]] = defaultdict(lambda: defaultdict(list))
    for one in items:
        place = (one.component, one.paper_number, one.language, one.is_modified)
        found[one.year, one.series, one.tier][place].append(one)
    for (year, series, tier), sets in found.items():
        yield Sitting(year, series, tier, tuple(_paper_set(place, papers) for place, papers in sets.items()))


def _paper_set(place: tuple[Any, ...], documents: Sequence[Paper]) -> PaperSet:
    by_column: dict[str, list[Paper]] = defaultdict(list)
    for one in documents:
        by_column[_COLUMNS.get(one.type, "others")].append(one)
    columns = [tuple(by_column[name]) for name in (*_COLUMNS.values(), "others")]
    return PaperSet(*place, *columns)


def _choices(every: Sequence[Paper]) -> Choices:
    return Choices(
        years=tuple(sorted({one.year for one in every if one.year is not None}, reverse=True)),
        series=tuple(sorted({one.series for one in every if one.series})),
        tiers=tuple(sorted({one.tier for one in every if one.tier})),
        types=tuple(sorted({one.type for one in every if one.type})),
    )


def _table(pack: Pack, dataset: Dataset) -> tuple[str, str]:
    return pack.schema, dataset.table


@cache
def _text(name: str) -> Any:
    return files("greenroom.audit").joinpath("templates", f"browse_{name}.sql").read_text(encoding="utf-8")


def _query(name: str, pack: Pack | None = None) -> sql.Composed:
    """A statement, with the places of a pack's tables and functions where it names them."""
    places = {"home": pack.schema, "compiled": pack.compiled_schema} if pack else {}
    return sql.SQL(_text(name)).format(**{name: sql.Identifier(place) for name, place in places.items()})


def _dicts(conn: Database, query: sql.Composed | sql.SQL, values: Mapping[str, object]) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()
