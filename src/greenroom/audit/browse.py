"""Ledger, inbox and published tables -> what a person browses: boards, subjects, trees, papers. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import sql

from greenroom.db.kernel import Database
from greenroom.db.queries import dicts, query_of
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownBatch
from greenroom.model.pack import Pack

Layer = Literal["inbox", "batch", "production", "preview"]
LAYERS: tuple[Layer, ...] = ("production", "batch", "preview", "inbox")


# More than any bound a dataset declares; what is beyond is told, not shown.
MOST_TOPICS = 5_000
MOST_PAPERS = 10_000


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


def boards(conn: Database, pack: Pack) -> list[Board]:
    """The boards of a pack and their qualifications."""
    found: dict[tuple[str, str], list[Qualification]] = defaultdict(list)
    for row in dicts(conn, _query("boards", pack), {}):
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
    rows = dicts(conn, _query("subjects", pack), wanted | {"limit": limit, "offset": offset})
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
    return [Offer(**row) for row in dicts(conn, _query("offers", pack), wanted)]


def inbox_rows(conn: Database, pack: Pack, *, board: str | None, qualification: str | None) -> list[dict[str, Any]]:
    """Rows of the inbox by scope; of one scope by subject, and then nothing else of the inbox is read."""
    wanted = {"pack": pack.name, "board": board, "qualification": qualification, "by_subject": board is not None}
    subjects = sql.SQL("array(select s.inbox_id from subject as s)")
    narrow = {"within": "subject_id", "within_id": "id"}
    within = {
        name: sql.SQL(" and t.{} = any ({})").format(sql.Identifier(column), subjects) if board else sql.SQL("")
        for name, column in narrow.items()
    }
    places = {"home": sql.Identifier(pack.schema), "compiled": sql.Identifier(pack.compiled_schema)}
    return dicts(conn, query_of("audit/browse_inbox").format(**places, **within), wanted)


def newer(conn: Database, pack: Pack, *, board: str, qualification: str) -> list[Newer]:
    """Subjects of a scope with inbox rows that are newer than their last batch."""
    return [
        Newer(row["code"] or "", row["topics"], row["papers"], row["newer"])
        for row in inbox_rows(conn, pack, board=board, qualification=qualification)
        if row["newer"]
    ]


def unreadable(conn: Database, pack: Pack, keys: Sequence[str]) -> list[Unreadable]:
    """Inbox rows of a scope that a seal would put into quarantine, the first 200."""
    return [Unreadable(**row) for row in dicts(conn, _query("unreadable", pack), {"keys": list(keys)})]


def periods(conn: Database, packs: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """By pack and group of flat data, the periods that production holds, newest first."""
    found = dicts(conn, _query("periods"), {"packs": list(packs)})
    return {(row["pack"], row["group_name"]): row["periods"] for row in found}


def account(conn: Database, batch: int) -> Account:
    """What one sealing did. Raises UnknownBatch."""
    rows = dicts(conn, _query("account"), {"batch": batch})
    if not rows:
        raise UnknownBatch(f"There is no batch {batch}.")
    unread = dicts(
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
        return dicts(conn, _query(f"{dataset}_inbox", pack), {"inbox_id": of.inbox_id, "most": most})
    if layer == "batch":
        unit = of.units.get(dataset)
        if unit is None:
            return []
        return dicts(conn, _query(f"{dataset}_batch", pack), {"unit_id": unit.unit, "most": most})
    if of.root_id is None:
        return []
    table = _table(pack, pack.dataset(dataset))
    place = sql.Identifier("preview", table[-1]) if layer == "preview" else sql.Identifier(*table)
    query = query_of(f"audit/browse_{dataset}_published").format(**{dataset: place})
    return dicts(conn, query, {"root_id": of.root_id, "most": most})


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


def _query(name: str, pack: Pack | None = None) -> sql.Composed:
    """A statement, with the places of a pack's tables and functions where it names them."""
    places = {"home": pack.schema, "compiled": pack.compiled_schema} if pack else {}
    composed = {name: sql.Identifier(place) for name, place in places.items()}
    return query_of(f"audit/browse_{name}").format(**composed)
