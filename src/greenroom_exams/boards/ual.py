"""UAL Awarding Body: qualification pages with numbers and hours, specifications of units; no past papers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Board, Finding, Offer, Parsed, Subject, confidence
from greenroom_exams.layouts import families, kinds, unit_outcomes
from greenroom_exams.layouts.front_page import OTHER_DOCUMENTS
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join, read_pdf

SITE = "https://www.arts.ac.uk"
LIST = "/partnerships/ual-awarding-body/qualifications"
BOARD = r"UAL Awarding Body|\bUALAB\b|\bUAL Level|ual-awarding-body"
# The body's other diplomas are of no qualification that the app shows, so they are refused.
QUALIFICATIONS = {"Foundation": r"Foundation (?:Diploma|Studies)"}
NUMBER = re.compile(r"(?<![\d/])\d{3}/\d{4}/[\dX](?![\d/])")
TITLE, NUMBER_LABEL, START = "qualification title", "number", "start date"
# A label of the qualification at a glance, in the words of pages and of specifications.
LABELS = (
    (TITLE, r"Qualification title"),
    (NUMBER_LABEL, r"Qualification (?:Accreditation )?Number(?: \(QAN\))?|QAN"),
    ("level", r"(?:Qualification )?Level"),
    ("glh", r"Guided Learning Hours(?: \(GLH\))?|GLH"),
    ("tqt", r"Total Qualification Time(?: \((?:hours|TQT)\))?|TQT"),
    ("ucas", r"UCAS points"),
    (START, r"Qualification start date|First teaching"),
)
COUNTED = ("level", "glh", "tqt")
FAMILIES = (unit_outcomes.family,)


@dataclass(frozen=True, slots=True)
class _Glance:
    """One qualification as its table or list at a glance tells it, by label."""

    told: dict[str, str]

    def number(self) -> str | None:
        found = NUMBER.search(self.told.get(NUMBER_LABEL, ""))
        return found.group() if found else None

    def counted(self) -> dict[str, int]:
        found = {label: re.search(r"\d+", self.told.get(label, "").replace(",", "")) for label in COUNTED}
        return {label: int(match.group()) for label, match in found.items() if match}

    def start_year(self) -> int | None:
        found = re.search(r"\b20\d\d\b", self.told.get(START, ""))
        return int(found.group()) if found else None


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read a UAL specification, a qualification's page or the list of qualifications."""
    kind = kinds.kind_of(content, name=name)
    if kind == "pdf":
        return read_specification(read_pdf(content, name=name), name=name, subject=subject, qualification=qualification)
    if kind != "html":
        raise ContractBroken(f"{name} is {kind}, a PDF or an HTML page of UAL was expected", hint=kinds.CORRECT_ADDRESS)
    page = kinds.read_html(content, name=name)
    glances = _page_glances(page)
    if any(glance.number() for glance in glances):
        return _qualification_page(page, glances, name=name, subject=subject, qualification=qualification)
    return _list_page(page, name=name, qualification=qualification)


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree of units, and the qualifications that the document is of; the one asked for comes first."""
    cover = join(line.text for line in pdf.pages[0].lines)
    _refuse_others(pdf, cover, name, qualification)
    glances = _table_glances(pdf)
    subjects = [s for glance in glances if (s := _subject(glance, glance.told.get(TITLE), qualification)) is not None]
    first, *also = _asked_for(subjects, name, subject)
    parsed = families.chosen(pdf, FAMILIES, name=name, least_confidence=board.least_confidence)
    findings = (*parsed.findings, *_check_glances(glances))
    asked = next(glance for glance in glances if glance.number() == first.code)
    return replace(
        parsed,
        subject=first,
        also=tuple(also),
        findings=findings,
        confidence=confidence(findings),
        counts={**parsed.counts, **asked.counted(), "units": sum(topic.level == 0 for topic in parsed.topics)},
    )


def _refuse_others(pdf: Pdf, cover: str, name: str, qualification: str) -> None:
    near = " ".join([pdf.title, cover, *pdf.running])
    if not re.search(BOARD, near):
        raise ContractBroken(
            f"{name} does not name UAL Awarding Body on its first page", hint="Correct the address or the board."
        )
    named = f"{pdf.title} {cover}"
    if not re.search("specification", named, re.I) or re.search(OTHER_DOCUMENTS, named, re.I):
        raise ContractBroken(
            f"{name} does not call itself a specification on its first page",
            hint="Give the specification; guides have no topics.",
        )
    _refuse_other_qualification(named, name, qualification)


def _refuse_other_qualification(title: str, name: str, qualification: str) -> None:
    mark = QUALIFICATIONS.get(qualification)
    if mark is None or not re.search(mark, title, re.I):
        raise ContractBroken(
            f"{name} is titled {title[:80]!r}, which is not {qualification}",
            hint=f"Of UAL these are read: {', '.join(QUALIFICATIONS)}.",
        )


def _asked_for(subjects: Sequence[Subject], name: str, subject: str | None) -> list[Subject]:
    if not subjects:
        raise ContractBroken(
            f"{name} does not tell title and number of its qualification", hint="Read 'Qualification at a glance'."
        )
    if subject is None:
        return list(subjects)
    first = [each for each in subjects if each.code == subject]
    if not first:
        told = ", ".join(f"{each.code} {each.name}" for each in subjects)
        raise ContractBroken(
            f"{name} is of {told}, not of {subject}", hint="Correct the address of this specification."
        )
    return [*first, *(each for each in subjects if each.code != subject)]


def _subject(glance: _Glance, title: str | None, qualification: str) -> Subject | None:
    number = glance.number()
    if number is None or not title:
        return None
    # The body gives its specifications no code of their own: the regulator's number is the only one printed.
    return Subject(
        number, title.removeprefix("UAL ").strip(), board.code, qualification, None, glance.start_year(), qan=number
    )


def _check_glances(glances: Sequence[_Glance]) -> Iterator[Finding]:
    """Warnings for what a qualification at a glance always tells, and this one does not."""
    for glance in glances:
        for label in COUNTED:
            if label not in glance.counted():
                yield Finding("fact_missing", "warning", f"{glance.number()} does not tell its {label}")
        if glance.number() is None:
            yield Finding("fact_missing", "error", f"{glance.told.get(TITLE)} does not tell its number")


def _table_glances(pdf: Pdf) -> list[_Glance]:
    """The table of a specification: a label at the left, then a column for each qualification."""
    columns: dict[int, dict[str, str]] = {}
    labelled = next((line.page for line in pdf.lines() if _is_number_row(line)), None)
    lines = [line for line in pdf.lines() if line.page == labelled]
    met: set[str] = set()
    for line in lines:
        found = _label(line.text)
        if found is None or found[0] in met:
            continue
        values = [found[1]] if found[1] else [each.text for each in _beside(lines, line)]
        if values:
            met.add(found[0])
        for column, value in enumerate(values):
            columns.setdefault(column, {})[found[0]] = value
    return [_Glance(told) for told in columns.values()]


def _is_number_row(line: Line) -> bool:
    found = _label(line.text)
    return found is not None and found[0] == NUMBER_LABEL


def _beside(lines: Sequence[Line], label: Line) -> list[Line]:
    row = (line for line in lines if line.page == label.page and abs(line.base - label.base) < 1.5)
    return sorted((line for line in row if line.left > label.left), key=lambda line: line.left)


def _label(text: str) -> tuple[str, str] | None:
    """A label and the value behind it; the value is empty where it stands apart."""
    for label, words in LABELS:
        # "Level" begins many a line, "Qualification title" only this one.
        apart = r"\s+" if label == TITLE else r"\s*[-–:]\s*|\s+(?=\d)|\s*$"
        found = re.match(rf"(?:{words})(?:{apart}|\s*$)(?P<value>.*)$", text, re.I)
        if found:
            return label, found["value"].strip()
    return None


def _page_glances(page: Any) -> list[_Glance]:
    """The lists of a page, each below the heading that names its qualification: "Level - 3"."""
    found: list[dict[str, str]] = []
    heading = ""
    for node in page.css("h1, h2, h3, h4, li"):
        if node.tag != "li":
            heading = kinds.text_of(node)
            continue
        told = _label(kinds.text_of(node))
        if told is None or not told[1]:
            continue
        if not found or found[-1]["heading"] != heading:
            found.append({"heading": heading})
        found[-1].setdefault(*told)
    return [_Glance(told) for told in found]


def _qualification_page(
    page: Any, glances: Sequence[_Glance], *, name: str, subject: str | None, qualification: str
) -> Parsed:
    heading = page.css_first("h1")
    title = kinds.text_of(heading) if heading else ""
    if not re.search(BOARD, f"{title} {name} {_links_text(page)}"):
        raise ContractBroken(f"{name} is titled {title!r}, not as a page of UAL", hint=kinds.CORRECT_ADDRESS)
    _refuse_other_qualification(title, name, qualification)
    told = [(glance, _named(glance, title, alone=len(glances) == 1)) for glance in glances]
    link = _specification_link(page, name)
    subjects = [s for glance, words in told if (s := _subject(glance, words, qualification)) is not None]
    subjects = [replace(s, specification_url=name, specification_pdf_url=link) for s in subjects]
    first, *also = _asked_for(subjects, name, subject)
    # No offers: one page is no list, and a list takes the place of the one before it.
    findings = [*_check_glances(glances)]
    if link is None:
        findings.append(Finding("specification_not_linked", "warning", f"{name} links no specification in PDF"))
    asked = next(glance for glance in glances if glance.number() == first.code)
    return Parsed(
        first,
        findings=tuple(findings),
        layout="qualification page",
        confidence=confidence(tuple(findings)),
        counts=asked.counted(),
        also=tuple(also),
    )


def _named(glance: _Glance, title: str, *, alone: bool) -> str:
    """A page of one qualification is titled with it; one of several has a heading for each."""
    heading = glance.told.get("heading", "")
    return title if alone or heading == title else f"{title}: {heading}"


def _links_text(page: Any) -> str:
    return " ".join(node.attributes.get("href") or "" for node in page.css("a"))


def _specification_link(page: Any, name: str) -> str | None:
    """The one PDF that is called the specification; none where two addresses are."""
    found = {
        urljoin(name, href)
        for node in page.css("a")
        if (href := node.attributes.get("href"))
        and urlsplit(href).path.casefold().endswith(".pdf")
        and re.search("specification", f"{kinds.text_of(node)} {href}", re.I)
        and not re.search(OTHER_DOCUMENTS, kinds.text_of(node), re.I)
    }
    return found.pop() if len(found) == 1 else None


def _list_page(page: Any, *, name: str, qualification: str) -> Parsed:
    mark = QUALIFICATIONS.get(qualification)
    links = [
        (kinds.text_of(node), urljoin(name, href))
        for node in page.css("a")
        if (href := node.attributes.get("href")) and re.search(rf"{LIST}/[^/]+/[^/]+", href)
    ]
    if not links:
        raise ContractBroken(
            f"{name} is neither a qualification's page nor the list of UAL", hint=kinds.CORRECT_ADDRESS
        )
    offers = {url: text for text, url in links if mark and re.search(mark, text, re.I)}
    if not offers:
        raise SourceEmpty(
            f"{name} offers nothing that is {qualification}",
            hint=f"Of UAL these are read: {', '.join(QUALIFICATIONS)}.",
        )
    return Parsed(
        None,
        layout="list of qualifications",
        counts={"links": len(links), "offers": len(offers)},
        offers=tuple(Offer(text, page_url=url) for url, text in offers.items()),
    )


def start(_qualification: str, _subject: str | None) -> Iterable[Request]:
    """A visit begins with the list of qualifications."""
    return (Request(SITE + LIST, "subject list"),)


def follow(qualification: str, request: Request, content: bytes) -> Iterable[Request]:
    """The list leads to the pages of qualifications, each of them to its specification."""
    if request.kind not in {"subject list", "subject"}:
        return ()
    parsed = parse(content, name=request.address, subject=None, qualification=qualification)
    if parsed.subject is None:
        return tuple(Request(each.page_url, "subject", name=each.name) for each in parsed.offers if each.page_url)
    address = parsed.subject.specification_pdf_url
    if address is None:
        return ()
    return (Request(address, "specification", parsed.subject.code, parsed.subject.name, leads_on=False),)


board = Board(
    code="UAL",
    name="UAL Awarding Body",
    parse=parse,
    proof={
        ("Foundation", "subject list"): "made-up",
        ("Foundation", "specification"): "made-up",
    },
    hosts=("www.arts.ac.uk",),
    start=start,
    follow=follow,
)
