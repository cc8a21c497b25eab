"""Papers from several witnesses: title, file name, first page. Where they disagree, a finding; never a guess."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Finding, Paper, Parsed, confidence
from greenroom_exams.layouts.front_page import board_of, is_specification
from greenroom_exams.layouts.paper_title import MONTHS, SERIES_AND_YEAR, Facts, read_title
from greenroom_exams.layouts.pdf_lines import Pdf, join, read_pdf

# One document on its own, not a listing of them.
PAPER_LAYOUT = "paper"

# What only a paper of this type says on its first page; the first that is met decides. A question paper
# names its insert, a mark scheme its question paper, and neither the other way round.
FIRST_PAGE_MARKS = (
    ("specimen mark scheme", r"(?=.*\b(?:specimen|sample assessment)\b).*\b(?:mark scheme|marking instructions)\b"),
    ("mark scheme", r"\b(?:mark scheme|marking instructions|marking scheme)\b"),
    ("examiner report", r"\bexaminers?['’]?s? report\b|\breport on the exam(?:ination)?\b"),
    ("specimen question paper", r"(?=.*\b(?:specimen|sample assessment)\b).*\b(?:time allowed|total marks?)\b"),
    (
        "question paper",
        r"\btime allowed\b|\bcandidate number\b|\banswer all (?:the |of the )?questions\b|\battempt all",
    ),
    ("insert", r"\binsert\b|\bresource booklet\b|\bsource booklet\b"),
    ("question paper", r"\bquestion paper\b"),
)
# Not within a qualification number, 601/4911/5.
COMPONENT = (
    r"(?<![\w/])(\d{4}/\d[A-Z]{0,2}|[A-Z]\d{3}/\d{2}|X\d{3}/\d{2}/\d{2}"
    r"|\d[A-Z]{2}[\dA-Z]/[\dP][A-Z0-9]{1,2}|W[A-Z]{2}\d\d/\d\d"
    r"|(?:[A-C]\d{3}|\d{4})[UN][0-9A-Z]{2}-\d[A-Z]?)(?![\w/])"
)
FILE_NAME_KINDS = (
    ("que|qp", "question paper"),
    ("rms|msc|ms|mi", "mark scheme"),
    ("pef|wre|er", "examiner report"),
    ("ins", "insert"),
)
MARKS = r"(?:maximum|total) marks?(?: for this paper)?(?: is|:| —| -)? (\d{2,3})\b"
EXAM_DAY = r"\b(\d{1,2}) (January|May|June|October|November) (20\d\d)\b"
PRINTED_SERIES = r"/(Jan|Jun|Nov)(\d\d)/"
QUALIFICATION_NUMBER = r"\b(\d{3}/\d{4}/[\dX])\b"


@dataclass(frozen=True, slots=True)
class PaperPage:
    """What the title and the first page of a paper's PDF say; `evidence` quotes what the type was read from."""

    facts: Facts
    witnesses: dict[str, Facts]
    evidence: str
    title: str
    text: str
    marks: int | None
    qualification_number: str | None


def paper_type(content: bytes, *, name: str = "the paper") -> tuple[str | None, str]:
    """The document type of a paper's PDF, and the words it was read from; None when nothing tells."""
    page = read_paper(content, name=name)
    return page.facts.type, page.evidence


def check_type(content: bytes, *, claimed: str, name: str = "the paper") -> tuple[Finding, ...]:
    """An error when a PDF is of another type than somebody says; a warning when it does not tell."""
    found, evidence = paper_type(content, name=name)
    if found == claimed:
        return ()
    if found is None:
        return (Finding("paper_type_unknown", "warning", f"{name} does not say that it is a {claimed}", "page 1"),)
    message = f"{name} is given as a {claimed} but is a {found}: {evidence}"
    return (Finding("paper_type_mismatch", "error", message, "page 1"),)


def read_paper(content: bytes, *, name: str) -> PaperPage:
    """Read the title and the first page of a paper."""
    return read_paper_page(read_pdf(content, name=name, page_limit=1))


def read_paper_page(pdf: Pdf) -> PaperPage:
    """Read a paper of which at least the first page was read."""
    page = join(line.text for line in (*pdf.pages[0].lines, *pdf.pages[0].turned))
    kind, mark = _type_of(page)
    titled = _titled(pdf.title)
    series, year = _series_of(page)
    component = _only(COMPONENT, page)
    shown = Facts(
        type=kind,
        component=component,
        paper_number=read_title(page).paper_number,
        series=series,
        year=year,
    )
    witnesses = {"the PDF's title": titled, "its first page": shown}
    quoted = [f"first page says {mark!r}"] if mark else []
    quoted += [f"title is {pdf.title!r}"] if titled.type else []
    return PaperPage(
        facts=_merged(titled, shown),
        witnesses={**witnesses, **_printed(page)},
        evidence="; ".join(quoted) or "neither title nor first page names a type",
        title="" if pdf.title.casefold() == "untitled" else pdf.title,
        text=f"{pdf.title} {page}",
        marks=int(marks) if (marks := _only(MARKS, page)) else None,
        qualification_number=_only(QUALIFICATION_NUMBER, page),
    )


def paper_of(cover: Pdf, *, name: str, board: str, code_pattern: str, subject: str | None) -> Parsed | None:
    """The one row of a paper's PDF, or nothing when its first page is not that of a paper.

    The row's address is `name`. What `name` claims of type, series and tier is one more witness.
    """
    page = read_paper_page(cover)
    if page.facts.type is None or is_specification(cover):
        return None
    code = _subject_code(page, name=name, board=board, code_pattern=code_pattern, subject=subject)
    row = _row(page, code, name)
    witnesses = {**page.witnesses, "its file name": file_name_facts(name)}
    findings = [*disagreements(witnesses, title=name, position="page 1")]
    if row is None:
        findings.append(Finding("paper_without_series", "error", f"{name} names no series that is sure", "page 1"))
    return Parsed(
        subject=None,
        papers=(row,) if row else (),
        findings=tuple(findings),
        layout=PAPER_LAYOUT,
        confidence=confidence(tuple(findings)),
    )


def _subject_code(page: PaperPage, *, name: str, board: str, code_pattern: str, subject: str | None) -> str:
    code = re.match(code_pattern, page.facts.component or "")
    if code is None or board_of(page.text) not in {board, None}:
        message = f"{name} is a {page.facts.type}, but not one of {board}"
        raise ContractBroken(message, hint="Correct the address or the board.")
    if subject is not None and code.group() != subject:
        raise ContractBroken(f"{name} is a paper of {code.group()}, not of {subject}", hint="Correct the address.")
    return code.group()


def _row(page: PaperPage, code: str, name: str) -> Paper | None:
    facts = page.facts
    if facts.type is None or facts.series is None or facts.year is None:
        return None
    return Paper(
        subject_code=code,
        component_code=facts.component,
        paper_number=facts.paper_number,
        year=facts.year,
        series=facts.series,
        tier=facts.tier,
        type=facts.type,
        title=page.title or name,
        url=name,
        language=facts.language,
        modified=facts.modified,
        marks=page.marks,
        position="page 1",
        variant=facts.variant,
    )


def file_name_facts(name: str) -> Facts:
    """What a file name claims, in words or in AQA's, OCR's and Pearson's abbreviations."""
    stem = re.sub(r"\.\w+$", "", name.rpartition("/")[2])
    facts = read_title(re.sub(r"[_-]+", " ", re.sub(r"^\d{6}-", "", stem)))
    short = next(
        (kind for code, kind in FILE_NAME_KINDS if re.search(rf"(?:^|[-_])(?:{code})(?:[-_\d]|$)", stem, re.I)), None
    )
    return Facts(type=facts.type or short, series=facts.series, year=facts.year, tier=facts.tier)


def disagreements(witnesses: dict[str, Facts], *, title: str, position: str) -> Iterator[Finding]:
    """Errors for each attribute on which two witnesses say different things; silence is no contradiction."""
    for attribute in ("type", "series", "year", "paper_number", "component", "tier"):
        said = {
            source: value for source, facts in witnesses.items() if (value := getattr(facts, attribute)) is not None
        }
        if len(set(said.values())) > 1:
            words = ", ".join(f"{source} says {value}" for source, value in said.items())
            yield Finding(f"paper_{attribute}_mismatch", "error", f"{title}: {words}", position)


def check_unique(papers: Sequence[Paper]) -> Iterator[Finding]:
    """Warnings for papers that no attribute tells apart, named with both addresses for a person to look at."""
    by_identity: dict[object, list[Paper]] = {}
    for paper in papers:
        by_identity.setdefault(paper.identity, []).append(paper)
    for twins in by_identity.values():
        if len(twins) > 1:
            places = " and ".join(f"{twin.url} ({twin.position})" for twin in twins)
            message = f"{twins[0].title}, {twins[0].series} {twins[0].year}, is listed {len(twins)} times: {places}"
            yield Finding("duplicate_paper", "warning", message, twins[1].position)


def kept_variant(facts: Facts, component: str | None) -> str | None:
    """The kind within the type; the title's own words too where no single component tells papers apart."""
    words = [facts.variant or ""]
    if component is None or component.count("/") > 1:
        words.append(facts.rest or "")
    return " ".join(word for word in words if word) or None


def not_pdfs(kinds: Iterable[str]) -> Iterator[Finding]:
    """One warning that counts what was listed but is no PDF."""
    counted = Counter(kinds)
    if counted:
        kinds_told = ", ".join(f"{count} {kind}" for kind, count in counted.most_common())
        yield Finding("not_a_pdf", "warning", f"listed but not taken, as only PDFs are: {kinds_told}")


def unknown_type(title: str, url: str, position: str) -> Finding:
    """The error for a title whose first words name no type."""
    return Finding("unknown_type", "error", f"no document type is known for {title!r} ({url})", position)


def _titled(title: str) -> Facts:
    """The title's own facts; "Question Paper Marking Instructions" is of the type named last."""
    facts = read_title(title)
    if facts.type is None:
        kind, _ = _type_of(title)
        component = _only(COMPONENT, title)
        return Facts(type=kind, component=component, series=facts.series, year=facts.year)
    return facts


def _type_of(text: str) -> tuple[str | None, str | None]:
    for kind, pattern in FIRST_PAGE_MARKS:
        found = re.search(pattern, text, re.I | re.S)
        if found:
            words = found.group()
            return kind, words if len(words) <= 40 else words[-40:]
    return None, None


def _series_of(page: str) -> tuple[str | None, int | None]:
    """The exam day where one is printed, else the only series that is named."""
    days = {(MONTHS[month.casefold()], int(year)) for _, month, year in re.findall(EXAM_DAY, page)}
    # A version's date, "29 November 2022", is not an exam day; more than one date decides nothing.
    named = days or {(MONTHS[month.casefold()], int(year)) for month, year in SERIES_AND_YEAR.findall(page)}
    return next(iter(named)) if len(named) == 1 else (None, None)


def _printed(page: str) -> dict[str, Facts]:
    found = re.search(PRINTED_SERIES, page)
    if not found:
        return {}
    return {"its print code": Facts(series=MONTHS[found[1].casefold()], year=2000 + int(found[2]))}


def _merged(titled: Facts, shown: Facts) -> Facts:
    """The first page for what the document is, the title for the series the board filed it under."""
    return Facts(
        type=shown.type or titled.type,
        variant=titled.variant,
        paper_number=titled.paper_number or shown.paper_number,
        component=shown.component or titled.component,
        tier=titled.tier,
        series=titled.series or shown.series,
        year=titled.year or shown.year,
        modified=titled.modified,
        language=titled.language,
    )


def _only(pattern: str, text: str) -> str | None:
    """The one thing found, however often; None for two different ones."""
    found = {str(each) for each in re.findall(pattern, text, re.I if pattern == MARKS else 0)}
    return found.pop() if len(found) == 1 else None
