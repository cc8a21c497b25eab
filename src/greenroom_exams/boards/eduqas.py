"""Eduqas, WJEC's brand for England: specifications of components, also as texts without a cover, papers and lists."""

import re
from collections.abc import Iterable
from dataclasses import replace

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Board, Finding, Parsed, Subject, confidence
from greenroom_exams.layouts import (
    amplification_table,
    entry_codes,
    interleaved_rows,
    lettered_topics,
    set_options,
    wjec_site,
)
from greenroom_exams.layouts.families import Family, chosen
from greenroom_exams.layouts.pdf_lines import Pdf
from greenroom_exams.layouts.plain_text import read_text
from greenroom_exams.layouts.wjec_documents import Brand, parse_any
from greenroom_exams.layouts.wjec_documents import read_specification as read_branded

BRAND = Brand(
    code="EDUQAS",
    site=wjec_site.Site("www.eduqas.co.uk", "/ed/qualifications/"),
    # A for the A level, B for AS, C for GCSE; codes of Wales are figures.
    stem_pattern=r"[ABC]\d{3}",
    families=(
        Family(lettered_topics.LAYOUT, lettered_topics.read),
        Family(set_options.LAYOUT, set_options.read),
        Family(interleaved_rows.LAYOUT, interleaved_rows.read),
        Family(amplification_table.LAYOUT, amplification_table.read),
    ),
)
QUALIFICATIONS = ("GCSE", "A-Level", "AS-Level")
CODES = {"A-Level": r"A\d{3}[PQ]S", "AS-Level": r"B\d{3}[PQ]S", "GCSE": r"C\d{3}[PQ]S"}
# The head of each page ("A LEVEL LAW 12") begins it, the line with the company's name ends it.
HEAD = r"^(?:A LEVEL|AS LEVEL|AS|GCSE(?: \(9-1\))?) [A-Z][A-Z ,&()’'-]+ (?P<printed>\d{1,3})$"
FOOT = re.compile(r"© ?WJEC CBAC Ltd\b")


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read an Eduqas specification or the text of one, a past-papers tab, a paper, the index or a list of subjects."""
    parsed = parse_any(content, BRAND, name=name, subject=subject, qualification=qualification)
    if parsed is not None:
        return parsed
    return read_sections(read_dump(content, name=name), name=name, subject=subject, qualification=qualification)


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """A specification with its cover that has been opened: its subject and its tree."""
    return read_branded(pdf, BRAND, name=name, subject=subject, qualification=qualification)


def read_dump(content: bytes, *, name: str) -> Pdf:
    """The text of a specification or of a part, with the printed number of each page and without heads and feet."""
    heads = [
        line.strip() for line in content.decode("utf-8-sig", "replace").splitlines() if re.match(HEAD, line.strip())
    ]
    pdf = read_text(content, name=name, feet=(HEAD,))
    # read_text takes the number for that of the page it ends; here it is that of the page it begins
    printed = [None, *(page.printed for page in pdf.pages)]
    pages = tuple(
        replace(page, printed=number, lines=tuple(line for line in page.lines if not FOOT.match(line.text)))
        for page, number in zip(pdf.pages, printed, strict=False)
    )
    return replace(pdf, pages=pages, running=tuple(dict.fromkeys(heads)))


def read_sections(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree of a text without its cover, which is held: who and what it is, is known by its heads and codes only."""
    named = entry_codes.read_named(pdf)
    found, also, findings = _named_subject(named, name=name, subject=subject, qualification=qualification)
    try:
        parsed = chosen(pdf, BRAND.families, name=name)
    except SourceEmpty as error:
        start = next((page.printed for page in pdf.pages if page.printed), "an unknown one")
        raise SourceEmpty(
            f"{name} has no content of a component that can be read; its first numbered page is {start}",
            hint="Give the part of the specification that holds its subject content.",
        ) from error
    message = f"{name} is a text without a cover; its pages say {_told(named)}, {found.code} is {_source(named)}"
    findings = (*parsed.findings, *findings, Finding("content_without_cover", "warning", message, "line 1"))
    return replace(parsed, subject=found, also=also, findings=findings, confidence=confidence(findings))


def _named_subject(
    named: entry_codes.Named, *, name: str, subject: str | None, qualification: str
) -> tuple[Subject, tuple[Subject, ...], tuple[Finding, ...]]:
    if named.running_name is None:
        raise ContractBroken(
            f"{name} has no pages headed as Eduqas heads them", hint="Give a specification, or the board it is of."
        )
    if qualification not in named.running_levels:
        raise ContractBroken(
            f"{name} is for {' and '.join(named.running_levels)}, not for {qualification}",
            hint="Correct the qualification.",
        )
    if named.entries:
        return entry_codes.subject_of(named, board=BRAND.code, name=name, subject=subject, qualification=qualification)
    if subject is None or not re.fullmatch(CODES.get(qualification, ""), subject, re.I):
        raise ContractBroken(
            f"{name} does not say its code ({named.running_name.title()}, {qualification})",
            hint="Name the subject's entry code, such as A400QS.",
        )
    title = named.running_name.capitalize() if " " not in named.running_name else named.running_name.title()
    return Subject(subject.upper(), title, BRAND.code, qualification, paper_code=subject[:4].upper()), (), ()


def _told(named: entry_codes.Named) -> str:
    return f"{' and '.join(named.running_levels)} {named.running_name}"


def _source(named: entry_codes.Named) -> str:
    return "printed in it" if named.entries else "only what was asked for, and so is the board"


def start(qualification: str, _subject: str | None) -> Iterable[Request]:
    """A visit begins with the index: it names the subjects without their codes."""
    return (Request(BRAND.site.address, "subject list"),) if qualification in QUALIFICATIONS else ()


def follow(qualification: str, request: Request, content: bytes) -> Iterable[Request]:
    """From the index to each subject's page, from there to its specification and its past papers."""
    return wjec_site.follow(qualification, request, content, site=BRAND.site)


board = Board(
    code="EDUQAS",
    name="WJEC Eduqas",
    parse=parse,
    proof={
        # Real parts as text were read right; no whole specification was met.
        ("A-Level", "specification"): "made-up",
        ("A-Level", "papers"): "made-up",
        # Real lists made by hand were read right; the index of the site was not met.
        ("A-Level", "subject list"): "made-up",
        ("GCSE", "papers"): "real",
        ("GCSE", "subject list"): "made-up",
        ("AS-Level", "papers"): "made-up",
        ("AS-Level", "subject list"): "made-up",
    },
    hosts=("www.eduqas.co.uk", "www.wjec.co.uk", "pastpapers.download.wjec.co.uk"),
    start=start,
    follow=follow,
)
