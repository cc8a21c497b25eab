"""AQA: specifications whose outline and numbered headings give one tree, resource cards, and papers."""

import re
from collections.abc import Iterator, Sequence

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Board, Finding, Paper, Parsed, Subject, Topic, confidence
from greenroom_exams.layouts import kinds, numbered, resource_cards
from greenroom_exams.layouts.front_page import read_front, subject_of
from greenroom_exams.layouts.outline import Section, section
from greenroom_exams.layouts.paper_title import MONTHS, Facts, read_title
from greenroom_exams.layouts.pdf_lines import Pdf, read_pdf
from greenroom_exams.layouts.tables import described
from greenroom_exams.papers import check_unique, disagreements, kept_variant, not_pdfs, paper_of, unknown_type

# Years begin with 1 or 2, subject codes never do.
CODE = r"\b[3-9]\d{3}\b"
CONTENT = "Subject content"
COLUMN_HEADS = ("Content", "Additional information")
KINDS = {
    "QP": "question paper",
    "MS": "mark scheme",
    "WRE": "examiner report",
    "ER": "examiner report",
    "INS": "insert",
    "SQP": "specimen question paper",
    "SMS": "specimen mark scheme",
}
# sample-papers-and-mark-schemes.2024.June.AQA-74021-QP-JUN24-CR_PDF; W marks a web edition, CR a cut for copyright,
# MQP a modified paper in the given point size and paper size.
CONTENT_ID = re.compile(
    r"\.(?P<year>20\d\d)\.(?P<month>\w+)\.AQA-(?P<subject>\d{4})(?P<paper>\d?)(?P<option>[A-Z]*)-(?:W-)?"
    r"(?P<kind>[A-Z]+)(?P<modified>-MQP\w+)?-(?P<series>[A-Z]{3})(?P<short_year>\d\d)(?:-[A-Z]+)*_PDF$",
    re.I,
)


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read an AQA specification, a page of assessment resources or a paper."""
    if not kinds.is_pdf_page(content, name=name):
        return _listing(content, name, subject)
    cover = read_pdf(content, name=name, page_limit=1)
    paper = paper_of(cover, name=name, board=board.code, code_pattern=CODE, subject=subject)
    if paper is not None:
        return paper
    return read_specification(read_pdf(content, name=name), name=name, subject=subject, qualification=qualification)


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree of the section "Subject content", by its headings, compared with the outline."""
    front = read_front(pdf, CODE)
    named = subject_of(front, board=board.code, name=name, subject=subject, qualification=qualification)
    content = section(pdf.outline, CONTENT)
    if content is None:
        raise ContractBroken(f"{name} has no outline with {CONTENT!r}", hint="Give the PDF as AQA publishes it.")
    topics = _topics(pdf, content)
    if not topics:
        raise SourceEmpty(f"{name} has no numbered headings in {CONTENT!r}", hint="Read that section by hand.")
    findings = tuple(_check(pdf, content, topics))
    return Parsed(named, topics, (), findings, "numbered with outline", confidence(findings))


def _topics(pdf: Pdf, content: Section) -> tuple[Topic, ...]:
    lines = [line for line in pdf.lines() if _within(line.page, content)]
    body = numbered.body_size(lines)
    pattern = rf"^(?P<code>{re.escape(content.code)}(?:\.\d+)+)(?:\s+(?P<title>.*))?$"
    # The smallest heading met is 13 points over a text of 11.
    found = numbered.headings(lines, pattern, lambda line: line.size >= body + 1.5)
    texts = described(lines, found, COLUMN_HEADS)
    return tuple(
        Topic(
            code=each.code,
            name=each.title,
            level=each.code.count(".") - 1,
            parent_code=None if each.code.count(".") == 1 else numbered.parent_of(each.code),
            sort_order=order,
            page=each.page,
            box=each.box,
            description=text,
        )
        for order, (each, text) in enumerate(zip(found, texts, strict=True), start=1)
    )


def _within(page: int, content: Section) -> bool:
    return page >= content.first_page and (content.last_page is None or page <= content.last_page)


def _check(pdf: Pdf, content: Section, topics: Sequence[Topic]) -> Iterator[Finding]:
    yield from numbered.check_numbering(topics)
    yield from numbered.compare_titles(content.entries, topics, source="the outline")
    yield from numbered.check_pages(pdf.pages, content.first_page, content.last_page or pdf.pages[-1].number)


def _listing(content: bytes, name: str, subject: str | None) -> Parsed:
    page = kinds.read_html(content, name=name)
    title = kinds.text_of(page.css_first("title")) if page.css_first("title") else ""
    if "AQA" not in title:
        raise ContractBroken(f"{name} is titled {title!r}, not as a page of AQA", hint=kinds.CORRECT_ADDRESS)
    cards = tuple(resource_cards.items(page))
    if not cards:
        raise SourceEmpty(f"{name} shows no resources", hint="Save it again after the list has appeared.")
    named = _page_subject(title, cards, name, subject)
    pdfs = [card for card in cards if card.kind == "pdf"]
    rows = [_row(card, named) for card in pdfs]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    promised = resource_cards.results_promised(page)
    findings = (
        *(finding for card in pdfs for finding in _card_findings(card, named)),
        *(row for row in rows if isinstance(row, Finding)),
        *not_pdfs(card.kind for card in cards if card.kind != "pdf"),
        *_incomplete(len(cards), promised),
        *check_unique(papers),
    )
    counts = {"items": len(cards), "pdfs": len(pdfs), "rows": len(papers), "promised": promised or len(cards)}
    return Parsed(named, (), papers, findings, "resource cards", confidence(findings), counts)


def _page_subject(title: str, cards: Sequence[resource_cards.Item], name: str, subject: str | None) -> Subject:
    found = re.search(rf"^(?P<qualification>A-level|GCSE|AS)\s+(?P<name>.+?)\s+(?P<code>{CODE})\b", title)
    if not found:
        raise ContractBroken(f"{name} is titled {title!r}, without a subject", hint=kinds.CORRECT_ADDRESS)
    if subject is not None and subject != found["code"]:
        raise ContractBroken(f"{name} lists {found['code']}, not {subject}", hint=kinds.CORRECT_ADDRESS)
    qualification = {"A-level": "A-Level", "AS": "AS-Level"}.get(found["qualification"], found["qualification"])
    return Subject(found["code"], found["name"], board.code, qualification)


def _row(card: resource_cards.Item, subject: Subject) -> Paper | Finding:
    told, filed = _title_facts(card, subject), _file_facts(card)
    kind, series, year = told.type or filed.type, told.series or filed.series, told.year or filed.year
    if kind is None:
        return unknown_type(card.title, card.url, card.position)
    if series is None or year is None:
        return Finding("paper_without_series", "warning", f"no series: {card.title} ({card.url})", card.position)
    return Paper(
        subject_code=subject.code,
        component_code=filed.component,
        paper_number=told.paper_number or filed.paper_number,
        year=year,
        series=series,
        tier=told.tier or filed.tier,
        type=kind,
        title=card.title,
        url=card.url,
        language=told.language,
        modified=told.modified or filed.modified,
        position=card.position,
        variant=filed.variant or kept_variant(told, filed.component),
    )


def _title_facts(card: resource_cards.Item, subject: Subject) -> Facts:
    return read_title(card.title, subject_name=subject.name)


def _file_facts(card: resource_cards.Item) -> Facts:
    found = CONTENT_ID.search(card.content_id)
    if not found:
        return Facts()
    option = found["option"].upper()
    return Facts(
        type=KINDS.get(found["kind"].upper()),
        variant=found["modified"].strip("-").upper() if found["modified"] else None,
        paper_number=int(found["paper"]) if found["paper"] else None,
        component=f"{found['subject']}/{found['paper']}{option}" if found["paper"] else None,
        tier={"F": "Foundation", "H": "Higher"}.get(option),
        series=MONTHS.get(found["series"].casefold()),
        year=2000 + int(found["short_year"]),
        modified=found["modified"] is not None,
    )


def _folder_facts(card: resource_cards.Item) -> Facts:
    found = CONTENT_ID.search(card.content_id)
    return Facts(series=MONTHS.get(found["month"].casefold()), year=int(found["year"])) if found else Facts()


def _card_findings(card: resource_cards.Item, subject: Subject) -> Iterator[Finding]:
    witnesses = {
        "the title": _title_facts(card, subject),
        "the content id": _file_facts(card),
        "its folder": _folder_facts(card),
    }
    yield from disagreements(witnesses, title=card.title, position=card.position)
    if not CONTENT_ID.search(card.content_id):
        yield Finding("unknown_file_name", "warning", f"{card.content_id} is not in AQA's grammar", card.position)


def _incomplete(shown: int, promised: int | None) -> Iterator[Finding]:
    if promised is not None and promised > shown:
        message = f"the page shows {shown} of {promised} results; the others are on further pages"
        yield Finding("listing_incomplete", "warning", message)


board = Board(code="AQA", name="Assessment and Qualifications Alliance", parse=parse)
