"""A board's document becomes rows of the three landing tables: bytes enter, a Landing leaves."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from uuid import uuid4

import greenroom_exams.boards
from greenroom import Finding, LandedTable, Landing
from greenroom.model.errors import ContractBroken, UnknownTarget
from greenroom_exams.documents import Board, Paper, Parsed, Subject, Topic
from greenroom_exams.papers import PAPER_LAYOUT

_SUBJECT = (
    ("subject_code", "text"),
    ("subject_name", "text"),
    ("exam_board", "text"),
    ("qualification_type", "text"),
    ("specification_url", "text"),
    ("specification_pdf_url", "text"),
    ("spec_version", "text"),
    ("spec_start_year", "integer"),
)
_TOPIC = (
    ("id", "uuid"),
    ("topic_code", "text"),
    ("topic_name", "text"),
    ("topic_level", "integer"),
    ("parent_code", "text"),
    ("sort_order", "integer"),
    ("page", "integer"),
    ("description", "text"),
    ("component_code", "text"),
)
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


@cache
def boards() -> dict[str, Board]:
    """Every board that has a file in boards/, by the code its file gives."""
    names = [m.name for m in iter_modules(greenroom_exams.boards.__path__)]
    found = [import_module(f"greenroom_exams.boards.{name}").board for name in sorted(names)]
    return {board.code: board for board in found}


def parse(content: bytes, name: str, scope: tuple[str, ...], only: str | None) -> Landing:
    """Read one document of a board: a specification or a listing of papers."""
    board_code, qualification = scope
    board = boards().get(board_code)
    if board is None:
        raise UnknownTarget(
            f"No parser reads documents of {board_code}.",
            hint=f"Boards with a parser: {', '.join(boards())}."
            " Rows of other scrapers go through the inbox: greenroom seal.",
        )
    parsed = board.parse(content, name=name, subject=only, qualification=qualification)
    code = parsed.subject.code if parsed.subject else only or _one_code(parsed.papers)
    subject = parsed.subject or Subject(code, "", board_code, qualification)
    return Landing(
        tables={
            "landed_subjects": LandedTable(_SUBJECT, [_subject_row(subject, scope)]),
            "landed_topics": LandedTable(_TOPIC, list(_topic_rows(parsed.topics))),
            "landed_papers": LandedTable(_PAPER, [_paper_row(p, code) for p in _told_apart(parsed.papers)]),
        },
        only=code,
        parser=f"{board_code.lower()}:{parsed.layout}",
        findings=_findings(parsed),
        counts=dict(parsed.counts) | {"topics": len(parsed.topics), "papers": len(parsed.papers)},
        complete=parsed.layout != PAPER_LAYOUT,
    )


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


def _subject_row(subject: Subject, scope: tuple[str, ...]) -> tuple[object, ...]:
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
        topic.page,
        topic.description,
        topic.component_code,
    )


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
