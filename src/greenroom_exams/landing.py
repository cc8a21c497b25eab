"""A board's document becomes rows of the landing tables: bytes enter, a Landing for each subject leaves."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar
from uuid import uuid4

import greenroom_exams.boards
from greenroom import Finding, LandedTable, Landing, Manners, Part, Proved, Request
from greenroom.model.errors import ContractBroken, UnknownTarget
from greenroom_exams import documents
from greenroom_exams.case import opensalt, packages
from greenroom_exams.documents import Board, Offer, Paper, Parsed, Subject, Topic, confidence
from greenroom_exams.layouts.numbered import comparable
from greenroom_exams.layouts.pdf_lines import is_pdf
from greenroom_exams.papers import PAPER_LAYOUT, check_type, check_unique
from greenroom_exams.register import is_register, read_register

_SUBJECT = (
    ("subject_code", "text"),
    ("subject_name", "text"),
    ("exam_board", "text"),
    ("qualification_type", "text"),
    ("specification_url", "text"),
    ("specification_pdf_url", "text"),
    ("spec_version", "text"),
    ("spec_start_year", "integer"),
    ("qan", "text"),
    ("first_assessment_year", "integer"),
    ("last_assessment_year", "integer"),
    ("paper_code", "text"),
    ("succeeds", "text"),
)
_TOPIC = (
    ("id", "uuid"),
    ("topic_code", "text"),
    ("topic_name", "text"),
    ("topic_level", "integer"),
    ("parent_code", "text"),
    ("sort_order", "integer"),
    ("place", "text"),
    ("description", "text"),
    ("component_code", "text"),
    ("examined", "boolean"),
    ("tier", "text"),
    ("study_level", "text"),
    ("language", "text"),
    ("option_group", "text"),
)
_COMPONENT = (
    ("component_code", "text"),
    ("name", "text"),
    ("examined", "boolean"),
    ("assessment", "text"),
    ("tier", "text"),
    ("study_level", "text"),
    ("marks", "integer"),
    ("duration_minutes", "integer"),
    ("weight_percent", "numeric"),
    ("place", "text"),
)
_OPTION_GROUP = (
    ("group_code", "text"),
    ("name", "text"),
    ("choose_least", "integer"),
    ("choose_most", "integer"),
    ("component_code", "text"),
    ("note", "text"),
)
_EXCLUSION = (("one_code", "text"), ("other_code", "text"), ("why", "text"))
_PAPER = (
    ("subject_code", "text"),
    ("component_code", "text"),
    ("paper_number", "integer"),
    ("year", "integer"),
    ("series", "text"),
    ("tier", "text"),
    ("variant", "text"),
    ("type", "text"),
    ("title", "text"),
    ("url", "text"),
    ("language", "text"),
    ("modified", "boolean"),
    ("marks", "integer"),
    ("position", "text"),
)
_OFFER = (
    ("exam_board", "text"),
    ("qualification", "text"),
    ("name", "text"),
    ("subject_code", "text"),
    ("page_url", "text"),
    ("specification_pdf_url", "text"),
    ("papers_url", "text"),
    ("first_teaching", "integer"),
    ("last_assessment_year", "integer"),
    ("source", "text"),
)


# What a specification says all of, whenever it says anything.
_SPECIFIED = ("components", "option_groups", "option_exclusions")
_MOST_NUMBER = 2**31 - 1


@cache
def boards() -> dict[str, Board]:
    """Every board that has a file in boards/, by the code its file gives."""
    names = [m.name for m in iter_modules(greenroom_exams.boards.__path__)]
    found = [import_module(f"greenroom_exams.boards.{name}").board for name in sorted(names)]
    return {board.code: board for board in found}


def start(scope: tuple[str, ...], only: str | None) -> Iterable[Request]:
    """The requests that a visit to a board begins with; none for a board without a parser."""
    board_code, qualification = scope
    board = boards().get(board_code)
    return board.start(qualification, only) if board else ()


def follow(scope: tuple[str, ...], request: Request, content: bytes) -> Iterable[Request]:
    """The requests that a page of a board leads to."""
    board_code, qualification = scope
    return boards()[board_code].follow(qualification, request, content)


def manners(scope: tuple[str, ...]) -> Manners:
    """How a board is visited."""
    board = boards().get(scope[0])
    return Manners(board.pause_seconds, board.hosts, board.by_hand) if board else Manners()


def teaches() -> list[dict[str, object]]:
    """Boards for the tables: code, name, country and the spellings that mean them."""
    return [
        {"code": b.code, "name": b.name, "country": b.country, "spellings": [b.code, *b.spellings]}
        for b in boards().values()
    ]


def proofs() -> Sequence[Proved]:
    """Each board, qualification and kind of document, with how far its reading is proved."""
    dataset = {"subject list": "subjects", "specification": "topics", "papers": "papers"}
    return [
        Proved(board.code, qualification, kind, dataset[kind], board.proof.get((qualification, kind), "none"))
        for board in boards().values()
        for qualification in dict.fromkeys(qualification for qualification, _ in board.proof)
        for kind in documents.DOCUMENT_KINDS
    ]


def parse(parts: Sequence[Part], scope: tuple[str, ...], only: str | None) -> Sequence[Landing]:
    """Read one document of a board: a specification, a listing of papers, one paper or a list of subjects.

    The pages of one list are read each, and joined.
    """
    board_code, qualification = scope
    board = boards().get(board_code)
    if board is None:
        raise UnknownTarget(
            f"No parser reads documents of {board_code}.",
            hint=f"Boards with a parser: {', '.join(boards())}."
            " Rows of other scrapers go through the inbox: greenroom seal.",
        )
    if is_register(parts[0].content):
        return (read_register(parts[0].content, name=parts[0].address),)
    # a page that came twice says nothing twice
    pages = list({part.content: part for part in parts}.values())
    read = [_read(board, part, qualification, only) for part in pages]
    parsed = joined(read) if len(read) > 1 else read[0]
    if parsed.offers:
        return (_offered(board, parsed, scope, parts[0].address),)
    named = list({s.code: s for s in (parsed.subject, *parsed.also) if s}.values())
    subjects = _subjects(parsed, named, scope, only)
    stray = _stray(parsed, named)
    return tuple(
        _landing(board, parsed, subject, scope, is_only=len(named) <= 1, more=stray) for subject in subjects
    )  # fmt: skip


def _read(board: Board, part: Part, qualification: str, only: str | None) -> Parsed:
    """What is in the standard CASE says by itself what it holds, whoever wrote it; all else is the board's own."""
    content, name = part.content, part.address
    if packages.is_package(content):
        return packages.read(content, name=name, subject=only, board=board.code, qualification=qualification)
    if opensalt.is_table(content):
        return opensalt.read(content, name=name, subject=only, board=board.code, qualification=qualification)
    return board.parse(content, name=name, subject=only, qualification=qualification)


def compare(landed: Landing, at_hand: Callable[[str], bytes | None]) -> Sequence[Finding]:
    """Listed papers whose PDF is at hand, where its first page says that it is of another type."""
    if "landed_papers" not in landed.tables or not landed.complete:
        return ()
    places = {name: place for place, (name, _) in enumerate(_PAPER)}
    findings = []
    for row in landed.tables["landed_papers"].rows:
        url, claimed = str(row[places["url"]]), str(row[places["type"]])
        content = at_hand(url)
        if content is None or not is_pdf(content):
            continue
        for found in check_type(content, claimed=claimed, name=f"{row[places['title']]} ({url})"):
            where = str(row[places["position"]])
            findings.append(Finding(found.rule, found.severity, found.message, dataset="papers", position=where))
    return findings


def told(scope: tuple[str, ...], code: str, said: Mapping[str, Any]) -> Landing:
    """One paper in a person's words: a row as a scraper would write it, and a part of its subject's papers."""
    row = {"subject_code": code, "language": "English", "modified": False} | dict(said)
    subject: dict[str, object] = {
        "subject_code": code,
        "exam_board": scope[0],
        "qualification_type": scope[1],
        "spec_version": said.get("spec_version"),
    }
    tables = {
        "landed_subjects": LandedTable(_SUBJECT, [tuple(subject.get(name) for name, _ in _SUBJECT)]),
        "landed_papers": LandedTable(_PAPER, [tuple(row.get(name) for name, _ in _PAPER)]),
    }
    # laying down asks for all of them
    tables |= {
        name: LandedTable(columns, [])
        for name, columns in (
            ("landed_topics", _TOPIC),
            ("landed_components", _COMPONENT),
            ("landed_option_groups", _OPTION_GROUP),
            ("landed_option_exclusions", _EXCLUSION),
        )
    }
    _refuse_unwritable(tables, code)
    return Landing(tables, only=code, parser="by hand", counts={"papers": 1}, complete=False, main="papers")


def joined(read: Sequence[Parsed]) -> Parsed:
    """Several pages of one list, or sections of one specification, as one document.

    That a page shows a part only is no finding once the pages together show what was promised.
    """
    first = read[0]
    codes = list(dict.fromkeys(one.subject.code for one in read if one.subject))
    if len(codes) > 1:
        raise ContractBroken(
            f"The pages of one list are of {', '.join(codes)}.", hint="Stage the pages of each subject apart."
        )
    counts = Counter[str]()
    for one in read:
        counts.update({name: n for name, n in one.counts.items() if name != "promised"})
    promised = max((one.counts.get("promised", 0) for one in read), default=0)
    whole = 0 < promised <= counts["items"]
    papers = tuple(paper for one in read for paper in one.papers)
    findings = [f for one in read for f in one.findings if not (whole and f.rule == "listing_incomplete")]
    told = {f.message for f in findings}
    findings += [f for f in check_unique(papers) if f.message not in told]
    topics = _one_tree(read, findings)
    return replace(
        first,
        subject=next((one.subject for one in read if one.subject), None),
        also=tuple(dict.fromkeys(subject for one in read for subject in one.also)),
        topics=topics,
        papers=papers,
        components=tuple(dict.fromkeys(c for one in read for c in one.components)),
        option_groups=tuple(dict.fromkeys(g for one in read for g in one.option_groups)),
        exclusions=tuple(dict.fromkeys(x for one in read for x in one.exclusions)),
        offers=tuple(dict.fromkeys(offer for one in read for offer in one.offers)),
        findings=tuple(dict.fromkeys(findings)),
        whole=all(one.whole for one in read),
        confidence=round(confidence(tuple(findings)) * _doubt(read), 3),
        counts=dict(counts) | ({"promised": promised} if promised else {}),
    )


def _doubt(read: Sequence[Parsed]) -> float:
    """What the pages' own confidence leaves beyond what their findings cost; 1 where nothing."""
    return min(1.0, *(one.confidence / confidence(one.findings) for one in read))


def _one_tree(read: Sequence[Parsed], findings: list[documents.Finding]) -> tuple[Topic, ...]:
    """Topics of several pages in one order; a heading that an earlier page only announced is taken from its own."""
    found: dict[str, Topic] = {}
    for topic in (topic for one in read for topic in one.topics):
        before = found.get(topic.code)
        if before and comparable(before.name) != comparable(topic.name):
            message = f"{topic.code} is {before.name!r} on one page and {topic.name!r} on another"
            findings.append(documents.Finding("pages_disagree", "error", message))
        # the page of a section says more than the page that lists the sections
        found[topic.code] = replace(topic, sort_order=before.sort_order if before else len(found) + 1)
    return tuple(found.values())


def _subjects(parsed: Parsed, named: Sequence[Subject], scope: tuple[str, ...], only: str | None) -> Sequence[Subject]:
    """The subjects that a document is of; of several, the one that was asked for."""
    board_code, qualification = scope
    if not named:
        return [Subject(only or _one_code(parsed.papers), "", board_code, qualification)]
    wanted = [s for s in named if only in (None, s.code)]
    if not wanted:
        told = ", ".join(s.code for s in named)
        raise ContractBroken(f"The document is of {told}, not of {only}.", hint="Correct the address or the subject.")
    if parsed.papers and not parsed.topics:
        filed = {p.subject_code for p in parsed.papers}
        wanted = [s for s in wanted if s.code in filed] or wanted[:1]
    return wanted


def _stray(parsed: Parsed, named: Sequence[Subject]) -> Sequence[Finding]:
    """What belongs to none of the several subjects of a document: it goes to nobody, and somebody must look."""
    if len(named) <= 1:
        return ()
    codes = {subject.code for subject in named}
    lost = Counter(paper.subject_code for paper in parsed.papers if paper.subject_code not in codes)
    ways = Counter(subject.code for subject in dict.fromkeys((parsed.subject, *parsed.also)) if subject)
    said = [(f"{n} papers are of {code}, which is none of them", "papers") for code, n in lost.items()]
    said += [(f"{code} is named in {n} ways", "subjects") for code, n in ways.items() if n > 1]
    return [Finding("subject_unsure", "error", message, dataset=dataset) for message, dataset in said]


def _landing(
    board: Board,
    parsed: Parsed,
    subject: Subject,
    scope: tuple[str, ...],
    *,
    is_only: bool,
    more: Sequence[Finding],
) -> Landing:
    # papers of another code belong to this subject where the document is of it alone
    papers = [p for p in parsed.papers if is_only or p.subject_code == subject.code]
    kind = "specification" if parsed.topics else "papers"
    findings = [*_findings(parsed), *more]
    topics = _once(parsed.topics, lambda t: t.code, "topics", findings)
    components = _once(parsed.components, lambda c: c.code, "components", findings)
    groups = _once(parsed.option_groups, lambda g: g.code, "option_groups", findings)
    exclusions = _once(
        parsed.exclusions, lambda x: " and ".join(sorted((x.one, x.other))), "option_exclusions", findings
    )
    tables = {
        "landed_subjects": LandedTable(_SUBJECT, [_subject_row(board, subject, scope)]),
        "landed_topics": LandedTable(_TOPIC, list(_topic_rows(topics))),
        "landed_components": LandedTable(_COMPONENT, [_component_row(c) for c in components]),
        "landed_option_groups": LandedTable(_OPTION_GROUP, [_group_row(g) for g in groups]),
        "landed_option_exclusions": LandedTable(_EXCLUSION, [(x.one, x.other, x.why) for x in exclusions]),
        "landed_papers": LandedTable(_PAPER, [_paper_row(p, subject.code) for p in _told_apart(papers)]),
    }
    _refuse_unwritable(tables, subject.code)
    return Landing(
        tables=tables,
        only=subject.code,
        parser=f"{board.code.lower()}:{parsed.layout}",
        findings=tuple(findings),
        counts=dict(parsed.counts) | {"topics": len(topics), "papers": len(papers)},
        complete=parsed.whole and parsed.layout != PAPER_LAYOUT,
        unproven="" if parsed.layout == packages.LAYOUT else _unproven(board, scope[1], kind),
        reading={
            "layout": parsed.layout,
            "confidence": parsed.confidence,
            "tried": dict(parsed.tried),
            "counts": dict(parsed.counts),
        },
        main="topics" if parsed.topics else "papers",
        tells=_SPECIFIED if parsed.topics and parsed.whole else (),
    )


_Row = TypeVar("_Row")


def _once(
    rows: Sequence[_Row], key: Callable[[_Row], str], dataset: str, findings: list[Finding]
) -> Sequence[_Row]:  # fmt: skip
    """Rows by their key, each once: what is said twice in one way is said once, in two ways it is for a person."""
    found: dict[str, _Row] = {}
    for row in rows:
        first = found.setdefault(key(row), row)
        if first != row and not _is_again(first, row):
            message = f"{key(row)} stands in the document twice, and not alike; the first is kept"
            findings.append(Finding("said_twice", "error", message, dataset=dataset))
    return list(found.values())


def _is_again(first: object, row: object) -> bool:
    # the same pair the other way round
    return isinstance(first, documents.Exclusion) and isinstance(row, documents.Exclusion) and first.why == row.why


def _refuse_unwritable(tables: Mapping[str, LandedTable], code: str) -> None:
    """What no table can hold is no content: a NUL in a text, a number beyond all counting."""
    for table in tables.values():
        for row in table.rows:
            for (column, _), value in zip(table.columns, row, strict=True):
                if isinstance(value, str) and "\x00" in value:
                    raise ContractBroken(f"{code}: {column} holds a NUL character.", hint="Fetch the document again.")
                if isinstance(value, int) and abs(value) > _MOST_NUMBER:
                    raise ContractBroken(f"{code}: {column} says {value}.", hint="Look at the document by hand.")


def _offered(board: Board, parsed: Parsed, scope: tuple[str, ...], address: str) -> Landing:
    """A list of what a board offers: no unit of its own, but the number that coverage counts against."""
    rows = [_offer_row(offer, scope, address) for offer in dict.fromkeys(parsed.offers)]
    findings = [Finding(f.rule, f.severity, f.message, position=f.position) for f in parsed.findings]
    unproven = _unproven(board, scope[1], "subject list")
    if unproven:
        findings.append(Finding("unproven_parser", "warning", unproven))
    return Landing(
        tables={"landed_offers": LandedTable(_OFFER, rows)},
        only=None,
        parser=f"{scope[0].lower()}:{parsed.layout}",
        findings=tuple(findings),
        counts={"offers": len(rows)},
        complete="listing_incomplete" not in {f.rule for f in parsed.findings},
    )


def _unproven(board: Board, qualification: str, kind: str) -> str:
    proof = board.proof.get((qualification, kind), "none")
    if proof == "real":
        return ""
    on_what = "documents made up after descriptions only" if proof == "made-up" else "no document at all"
    return f"the reading of {board.code} {qualification}, {kind}, is proved on {on_what}: compare it with the source"


def _offer_row(offer: Offer, scope: tuple[str, ...], address: str) -> tuple[object, ...]:
    links = (offer.page_url, offer.specification_pdf_url, offer.papers_url)
    return (*scope, offer.name, offer.code, *links, offer.first_teaching, offer.last_assessment_year, address)


def _told_apart(papers: Sequence[Paper]) -> Iterator[Paper]:
    """Boards list some documents twice, under two addresses; the later one is told apart and kept."""
    met: Counter[object] = Counter()
    for paper in papers:
        met[paper.identity] += 1
        times = met[paper.identity]
        yield replace(paper, variant=f"{paper.variant or ''} listing {times}".strip()) if times > 1 else paper


def _one_code(papers: Sequence[Paper]) -> str:
    codes = sorted({p.subject_code for p in papers})
    if len(codes) != 1:
        raise ContractBroken(
            f"The listing holds papers of {len(codes)} subjects: {', '.join(codes)}.",
            hint="Name one with --subject.",
        )
    return codes[0]


def _subject_row(board: Board, subject: Subject, scope: tuple[str, ...]) -> tuple[object, ...]:
    return (
        subject.code,
        subject.name or None,
        *scope,
        subject.specification_url,
        subject.specification_pdf_url,
        # A document's issue ("version 1.1") is not a specification version: a new issue corrects the
        # same specification and must keep its topics' ids. Versions are told by their start year.
        None,
        subject.spec_start_year,
        subject.qan,
        subject.first_assessment_year,
        subject.last_assessment_year,
        subject.paper_code,
        board.succeeded.get(subject.code),
    )


def _topic_rows(topics: Sequence[Topic]) -> Iterator[tuple[object, ...]]:
    """Rows with their place among their siblings: one new topic must not renumber the whole document."""
    siblings: Counter[str | None] = Counter()
    for topic in sorted(topics, key=lambda t: t.sort_order):
        siblings[topic.parent_code] += 1
        yield _topic_row(topic, siblings[topic.parent_code])


def _topic_row(topic: Topic, place: int) -> tuple[object, ...]:
    return (
        uuid4(),
        topic.code,
        topic.name,
        topic.level,
        topic.parent_code,
        place,
        _place(topic),
        topic.description,
        topic.component_code,
        topic.examined,
        topic.tier,
        topic.study_level,
        topic.language,
        topic.option_group,
    )


def _place(topic: Topic) -> str | None:
    """Where it stands: "page 12 at 72 640 310 655" (left, bottom, right, top in points), or the line of a text."""
    if topic.line is not None:
        return f"line {topic.line}"
    if topic.page is None or topic.box is None:
        return None if topic.page is None else f"page {topic.page}"
    return f"page {topic.page} at {' '.join(f'{side:.0f}' for side in topic.box)}"


def _component_row(component: documents.Component) -> tuple[object, ...]:
    return (
        component.code,
        component.name,
        component.examined,
        component.assessment,
        component.tier,
        component.study_level,
        component.marks,
        component.duration_minutes,
        component.weight_percent,
        None if component.page is None else f"page {component.page}",
    )


def _group_row(group: documents.OptionGroup) -> tuple[object, ...]:
    return (group.code, group.name, group.choose_least, group.choose_most, group.component_code, group.note)


def _paper_row(paper: Paper, code: str) -> tuple[object, ...]:
    return (
        code,
        paper.component_code,
        paper.paper_number,
        paper.year,
        paper.series,
        paper.tier,
        paper.variant,
        paper.type,
        paper.title,
        paper.url,
        paper.language,
        paper.modified,
        paper.marks,
        paper.position,
    )


def _findings(parsed: Parsed) -> tuple[Finding, ...]:
    dataset = "topics" if parsed.topics else "papers"
    return tuple(Finding(f.rule, f.severity, f.message, dataset=dataset, position=f.position) for f in parsed.findings)
