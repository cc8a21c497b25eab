"""Pearson Edexcel: specifications as PDFs and text dumps, subject lists, course-materials pages, and papers."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Board, Finding, Offer, Paper, Parsed, Proof, Subject, confidence
from greenroom_exams.layouts import (
    key_ideas,
    kinds,
    lettered_statements,
    material_list,
    native_themes,
    numbered_statements,
    outcome_tables,
    outcome_text,
    pearson_search,
    qualification_index,
    question_tables,
    subject_list,
    theme_tables,
    tier_lists,
)
from greenroom_exams.layouts.families import Family, chosen
from greenroom_exams.layouts.front_page import Front, read_front, subject_of
from greenroom_exams.layouts.headed_text import read_dump
from greenroom_exams.layouts.paper_title import Facts, read_title
from greenroom_exams.layouts.pdf_lines import Pdf, join, read_pdf
from greenroom_exams.layouts.pearson_files import FileFacts, read_file_name
from greenroom_exams.layouts.pearson_papers import read_overview
from greenroom_exams.layouts.table_rules import with_rules
from greenroom_exams.papers import check_unique, disagreements, kept_variant, not_pdfs, paper_of, unknown_type

CODE = r"\b\d[A-Z]{2}\d\b"
# International A-levels are entered as XMA01 and YMA01; their papers are named after units, WMA11.
SUBJECT_CODE = r"\d[A-Z]{2}\d|[XY][A-Z]{2}\d{2}"
# What a paper calls itself may be another code than its subject's, or a unit's.
PAPER_CODE = r"\d[A-Z]{2}[\dA-Z]|W[A-Z]{2}\d{2}"
SITE = "https://qualifications.pearson.com"
FAMILIES: tuple[Family, ...] = (
    outcome_tables.FAMILY,
    tier_lists.LISTS,
    outcome_text.FAMILY,
    key_ideas.FAMILY,
    theme_tables.FAMILY,
    question_tables.FAMILY,
    tier_lists.TEXT_LISTS,
    lettered_statements.FAMILY,
    numbered_statements.FAMILY,
    native_themes.FAMILY,
)
# The part of an address, and of the search service's categories, that names a qualification.
PAGES: Mapping[str, str] = {
    "A-Level": "edexcel-a-levels",
    "AS-Level": "edexcel-a-levels",
    "GCSE": "edexcel-gcses",
    "International-GCSE": "edexcel-international-gcses",
    "International-A-Level": "edexcel-international-advanced-levels",
    "BTEC": "btec-nationals",
}
MATERIAL_FAMILIES: Mapping[str, frozenset[str]] = {
    "A-Level": frozenset({"A-Level"}),
    "AS-Level": frozenset({"A-Level"}),
    "GCSE": frozenset({"GCSE"}),
    "International-GCSE": frozenset({"International-GCSE"}),
    "International-A-Level": frozenset({"International-Advanced-Level", "International-A-Level"}),
}
# What a cover and the running heads call the qualification; one name may hold another.
QUALIFICATIONS = (
    ("International-A-Level", r"International Advanced (?:Level|Subsidiary)"),
    ("International-GCSE", r"International GCSE"),
    ("AS-Level", r"Advanced Subsidiary"),
    ("A-Level", r"Advanced GCE|\bA[ -]level\b"),
    ("GCSE", r"\bGCSE\b"),
    ("BTEC", r"\bBTEC\b"),
)
# The codes that the files of a subject begin with, where they are others than its own.
PAPER_CODES: Mapping[str, tuple[str, ...]] = {
    "9PE0": ("9PN0",),  # Persian; 9PE0 is on the files of physical education
    "9PE1": ("9PE0",),
    "9PT0": ("9PG0",),
    "1HI0": ("1HIA", "1HIB"),
}
# Specifications that share one page of course materials.
BUNDLES: tuple[Mapping[str, str], ...] = (
    {"1SC0": "Combined Science", "1BI0": "Biology", "1CH0": "Chemistry", "1PH0": "Physics"},
)
NAMED = r"(?:GCSE(?: \(9 ?[–-] ?1\))?|GCE|Level) in (?P<name>[A-Z].*?) ?\({code}\)"
# The filters count documents under these names as their titles begin.
COUNTED_TYPES = ("Examiner report", "Mark scheme", "Question paper")


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read a Pearson Edexcel specification, a list of subjects, a course-materials page or a paper."""
    kind = kinds.kind_of(content, name=name)
    if kind == "pdf":
        return _pdf(content, name, subject, qualification)
    if kind == "html":
        return _page(content, name, subject, qualification)
    if subject_list.is_list(content, name=name):
        return _subjects(content, name, qualification)
    if kind == "text":
        return _dump(content, name, subject, qualification)
    if pearson_search.is_answer(content, name=name):
        return _answer(content, name, subject, qualification)
    raise ContractBroken(f"{name} is no list of subjects or documents that Pearson gives", hint=kinds.CORRECT_ADDRESS)


def _pdf(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    cover = read_pdf(content, name=name, page_limit=1)
    paper = read_cover(cover, name=name, subject=subject)
    if paper is not None:
        return paper
    pdf = with_rules(read_pdf(content, name=name), content)
    return read_specification(pdf, name=name, subject=subject, qualification=qualification)


def read_cover(cover: Pdf, *, name: str, subject: str | None) -> Parsed | None:
    """The one row of a paper's PDF, or nothing when its first page is not that of a paper."""
    parsed = paper_of(cover, name=name, board=board.code, code_pattern=PAPER_CODE, subject=None)
    if parsed is None or not parsed.papers:
        return parsed
    row = parsed.papers[0]
    owner = _owner_of(subject)(row.subject_code) if subject else _owner(row.subject_code)
    if owner is None:
        message = f"{name} is a paper of {row.subject_code}, not of {subject}"
        raise ContractBroken(message, hint="Correct the address.")
    if owner.startswith("W"):
        message = f"{name} is a paper of unit {owner}, which does not name its subject"
        raise ContractBroken(message, hint="Give the subject's code with it.")
    # A page may say "Paper 1", or only its code, 1CP0/01.
    numbered = re.search(r"/P?0?(\d)", row.component_code or "")
    number = int(numbered[1]) if numbered else None
    return replace(parsed, papers=(replace(row, subject_code=owner, paper_number=row.paper_number or number),))


def _dump(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    pdf = read_dump(content, name=name)
    if not any(page.printed for page in pdf.pages):
        raise ContractBroken(
            f"{name} has no page of a Pearson specification: its running head and page numbers are missing",
            hint="An outline made by somebody else is no document of the board; give the specification itself.",
        )
    return read_specification(pdf, name=name, subject=subject, qualification=qualification)


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree in the family of layouts that has the most evidence, with the papers and the facts of the subject."""
    named = subject_of(_front(pdf), board=board.code, name=name, subject=subject, qualification=qualification)
    parsed = chosen(pdf, FAMILIES, name=name, least_confidence=board.least_confidence)
    overview = read_overview(pdf, named.code)
    findings = tuple(dict.fromkeys((*parsed.findings, *overview.findings)))
    codes = PAPER_CODES.get(named.code, ())
    return replace(
        parsed,
        subject=replace(
            named,
            qan=overview.qualification_number,
            spec_start_year=overview.first_teaching or named.spec_start_year,
            first_assessment_year=overview.first_assessment_year,
            last_assessment_year=overview.last_assessment_year,
            paper_code=codes[0] if len(codes) == 1 else None,
        ),
        components=overview.components,
        findings=findings,
        confidence=confidence(findings),
    )


def _front(pdf: Pdf) -> Front:
    """What the cover and the running heads say; a dump's cover has no space below it, so that more may follow."""
    front = read_front(pdf, CODE)
    cover = [line.text for line in pdf.pages[0].lines]
    near = " ".join([*cover, *pdf.running])
    told = next((code for code, pattern in QUALIFICATIONS if re.search(pattern, near, re.I)), None)
    if told:
        front = replace(front, qualifications=(told,))
    if front.code and not front.name:
        found = re.search(NAMED.format(code=front.code), join(cover))
        front = replace(front, name=found["name"] if found else None)
    if pdf.is_text and "Specification" in cover:
        front = replace(front, is_specification=True)
    return front


def _subjects(content: bytes, name: str, qualification: str) -> Parsed:
    """A list of subjects that somebody made of Pearson's pages."""
    parsed = subject_list.read_offers(
        content,
        name=name,
        board=board.code,
        qualification=qualification,
        code_pattern=SUBJECT_CODE,
        hosts=board.hosts,
    )
    if not any(offer.code or offer.page_url or offer.specification_pdf_url for offer in parsed.offers):
        raise ContractBroken(
            f"{name} names no subject of Pearson by a code or an address", hint="Give a list of this board's subjects."
        )
    return parsed


def _page(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    page = kinds.read_html(content, name=name)
    title = kinds.text_of(page.css_first("title")) if page.css_first("title") else ""
    if "Pearson qualifications" not in title:
        raise ContractBroken(f"{name} is titled {title!r}, not as a page of Pearson", hint=kinds.CORRECT_ADDRESS)
    items = tuple(material_list.items(page))
    if items:
        return _listing(page, items, name, subject, qualification)
    # A subject's own pages link its materials; the list of all subjects links none.
    subjects = qualification_index.entries(page, address=SITE)
    if subjects and "not found" not in title.casefold() and not qualification_index.materials(page, address=SITE):
        return _index(subjects, name, qualification)
    raise SourceEmpty(
        f"{name} ({title}) shows no course materials", hint="Save it again after the results have appeared."
    )


def _index(subjects: Sequence[qualification_index.Entry], name: str, qualification: str) -> Parsed:
    """The subjects of one family. The year in an address is not when it is first taught: it is left out."""
    own = [entry for entry in subjects if entry.family == PAGES.get(qualification)]
    if not own:
        raise ContractBroken(
            f"{name} lists subjects of {', '.join(sorted({entry.family for entry in subjects}))},"
            f" none of {qualification}",
            hint="Correct the address or the qualification.",
        )
    findings = tuple(_check_index(own))
    counts = {"items": len(own), "other_families": len(subjects) - len(own)}
    offers = tuple(Offer(entry.name, page_url=entry.address) for entry in own if entry.name)
    return Parsed(
        None, findings=findings, layout="subject list", confidence=confidence(findings), counts=counts, offers=offers
    )


def _check_index(entries: Sequence[qualification_index.Entry]) -> Iterator[Finding]:
    for entry in entries:
        if not entry.name:
            yield Finding("offer_without_name", "error", f"{entry.address} is linked without a name")
    for name, count in Counter(entry.name.casefold() for entry in entries if entry.name).items():
        if count > 1:
            told = " and ".join(entry.address for entry in entries if entry.name.casefold() == name)
            yield Finding("several_pages", "warning", f"{name} has {count} pages: {told}")


def _answer(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    """The papers of an answer of the search service; files of subjects that share its page go to their own."""
    parsed = pearson_search.read(content, name=name, subject=subject, owner_of=_owner_of(subject) if subject else None)
    named, also = _bundled(subject, parsed.papers, qualification) if subject else (None, ())
    return replace(parsed, subject=named, also=also)


def _listing(
    page: Any, items: Sequence[material_list.Item], name: str, subject: str | None, qualification: str
) -> Parsed:
    _refuse_other_family(page, name, qualification)
    open_pdfs = [item for item in items if item.kind == "pdf" and not item.gated]
    main = subject or _main_subject(open_pdfs, name)
    owner = _owner_of(main)
    rows = [_row(item, owner, main) for item in open_pdfs]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    promised = material_list.promised(page)
    findings = (
        *(finding for item in open_pdfs for finding in _item_findings(item, owner, main)),
        *(row for row in rows if isinstance(row, Finding)),
        *_gated(items),
        *not_pdfs(item.kind for item in items if item.kind != "pdf" and not item.gated),
        *check_unique(papers),
        *_check_promised(items, promised),
    )
    counts = {
        "items": len(items),
        "pdfs": len(open_pdfs),
        "rows": len(papers),
        "series": len({(paper.year, paper.series) for paper in papers}),
        "gated": sum(item.gated for item in items),
    }
    if TOTAL in promised:
        counts["promised"] = promised[TOTAL]
    named, also = _bundled(main, papers, qualification)
    return Parsed(named, (), papers, findings, "material list", confidence(findings), counts, also=also)


TOTAL = ("Category", "Exam materials")


def _refuse_other_family(page: Any, name: str, qualification: str) -> None:
    told = material_list.families(page)
    known = MATERIAL_FAMILIES.get(qualification, frozenset())
    if told and not told & known:
        raise ContractBroken(
            f"{name} has materials of {', '.join(sorted(told))}, not of {qualification}",
            hint="Correct the address or the qualification.",
        )


def _main_subject(items: Sequence[material_list.Item], name: str) -> str:
    """The subject whose papers the page lists most of, as far as the names of its files tell."""
    codes = Counter(told.code for item in items if (told := read_file_name(item.url)))
    if not codes:
        raise ContractBroken(f"{name} lists no file with a subject code", hint="Give the subject's code with the page.")
    if any(code.startswith("W") for code in codes):
        raise ContractBroken(
            f"{name} lists papers by unit ({', '.join(sorted(codes))}), which do not name their subject",
            hint="Give the subject's code with the page.",
        )
    return _owner(codes.most_common(1)[0][0])


def _owner_of(main: str) -> Callable[[str], str | None]:
    """Who owns a file on the page of a subject: the subject, one that shares the page with it, or nobody."""
    own = PAPER_CODES.get(main, (main,))
    bundle = next((bundle for bundle in BUNDLES if main in bundle), {})

    def owner(code: str) -> str | None:
        # Units of an International A-level share two letters with the codes it is entered under.
        is_unit = code.startswith("W") and main[0] in "XY" and code[1:3] == main[1:3]
        if code in own or is_unit:
            return main
        return code if code in bundle else None

    return owner


def _owner(code: str) -> str:
    return next((subject for subject, codes in PAPER_CODES.items() if code in codes), code)


def _bundled(main: str, papers: Sequence[Paper], qualification: str) -> tuple[Subject | None, tuple[Subject, ...]]:
    """The subjects of a page that several specifications share; nothing for a page of one."""
    met = {paper.subject_code for paper in papers}
    bundle = next((bundle for bundle in BUNDLES if main in bundle), {})
    also = tuple(
        Subject(code, title, board.code, qualification)
        for code, title in bundle.items()
        if code != main and code in met
    )
    return (Subject(main, bundle[main], board.code, qualification) if also else None), also


def _row(item: material_list.Item, owner: Callable[[str], str | None], main: str) -> Paper | Finding:
    told, filed = _titled(item.title), read_file_name(item.url)
    facts = filed.facts if filed else Facts()
    if told.type is None:
        return unknown_type(item.title, item.url, item.position)
    series, year = told.series or facts.series, told.year or facts.year
    if series is None or year is None:
        message = f"no series: {item.title} ({item.url})"
        return Finding("paper_without_series", "warning", message, item.position)
    return Paper(
        subject_code=(owner(filed.code) if filed else None) or main,
        component_code=facts.component,
        paper_number=told.paper_number or facts.paper_number,
        year=year,
        series=series,
        tier=told.tier or facts.tier,
        type=told.type,
        title=item.title,
        url=SITE + item.url if item.url.startswith("/") else item.url,
        language=told.language,
        modified=told.modified,
        position=item.position,
        variant=kept_variant(told, facts.component),
    )


def _titled(title: str) -> Facts:
    """The title's own facts; "Modified question paper" is of the type that follows its first word."""
    first, _, rest = title.strip().partition(" ")
    return replace(read_title(rest), modified=True) if first.casefold() == "modified" else read_title(title)


def _item_findings(item: material_list.Item, owner: Callable[[str], str | None], main: str) -> Iterator[Finding]:
    filed: FileFacts | None = read_file_name(item.url)
    group = read_title(item.group)
    witnesses = {
        "the title": _titled(item.title),
        "the file name": filed.facts if filed else Facts(),
        "the group": Facts(series=group.series, year=group.year),
    }
    yield from disagreements(witnesses, title=item.title, position=item.position)
    if filed is None:
        message = f"{item.url} is not in Pearson's grammar, so its component is not known"
        yield Finding("unknown_file_name", "warning", message, item.position)
    elif owner(filed.code) is None:
        message = f"{item.title} is filed under {filed.facts.component}, not under {main}"
        yield Finding("subject_code_differs", "error", message, item.position)


def _gated(items: Sequence[material_list.Item]) -> Iterator[Finding]:
    count = sum(item.gated for item in items)
    if count:
        yield Finding("gated", "warning", f"{count} documents are for teachers with a login and were not taken")


def _check_promised(items: Sequence[material_list.Item], promised: Mapping[tuple[str, str], int]) -> Iterator[Finding]:
    """The filters beside the list say how many documents there are, in all and of each series, type and format."""
    if promised and TOTAL not in promised:
        yield Finding("listing_unchecked", "warning", "the page does not say how many exam materials it lists")
    for (kind, label), count in promised.items():
        shown = _shown(items, kind, label)
        if shown is None or shown == count:
            continue
        if (kind, label) == TOTAL and shown < count:
            yield Finding("listing_incomplete", "warning", f"{shown} of {count} documents are shown")
        else:
            yield Finding("counts_differ", "error", f"{label}: {count} documents are promised, {shown} are shown")


def _shown(items: Sequence[material_list.Item], kind: str, label: str) -> int | None:
    if (kind, label) == TOTAL:
        return len(items)
    if kind == "Exam-Series":
        return sum(item.group == label for item in items)
    if kind == "Document-Type" and label in COUNTED_TYPES:
        return sum(item.title.startswith(label) for item in items)
    if kind == "Format":
        return sum(item.kind == label.casefold() for item in items)
    return None


def start(qualification: str, subject: str | None) -> Iterable[Request]:
    """The page that lists all subjects of a qualification: it names them without their codes."""
    del subject
    if qualification in PAGES:
        yield Request(f"{SITE}/en/qualifications/{PAGES[qualification]}.html", "subject list")


def follow(qualification: str, request: Request, content: bytes) -> Iterable[Request]:
    """From the list to each subject's page, on to its specification and its materials, which ask the search service."""
    if kinds.kind_of(content, name=request.address) == "json":
        yield from pearson_search.further(content, asked=request)
        return
    page = kinds.read_html(content, name=request.address)
    if request.kind == "subject list":
        for entry in qualification_index.entries(page, address=request.address):
            if entry.family == PAGES.get(qualification):
                yield Request(entry.address, "subject", name=entry.name or None)
    elif request.kind == "subject" and qualification_index.MATERIALS_PAGE.search(request.address):
        yield from _questions(content, request)
    elif request.kind == "subject":
        for address in qualification_index.specifications(page, address=request.address):
            yield Request(address, "specification", subject=request.subject, name=request.name)
        # The page of materials comes without them: it says how they are asked for.
        for address in qualification_index.materials(page, address=request.address):
            yield Request(address, "subject", subject=request.subject, name=request.name)


def _questions(content: bytes, request: Request) -> tuple[Request, ...]:
    asked = pearson_search.requests(content, page=request)
    if not asked:
        raise ContractBroken(
            f"{request.address} does not say how its materials are asked for",
            hint="Open it in a browser, and give the page as it is saved after the results have appeared.",
        )
    return asked


PROOF: Mapping[tuple[str, str], Proof] = {
    ("GCSE", "specification"): "real",
    ("A-Level", "specification"): "real",  # as text dumps
    ("A-Level", "papers"): "real",
    ("GCSE", "papers"): "made-up",
    ("International-GCSE", "papers"): "made-up",
    ("International-A-Level", "papers"): "made-up",
    **{(qualification, "subject list"): "made-up" for qualification in PAGES},
}

# New specification: the one whose place it took.
SUCCEEDED: Mapping[str, str] = {"1CP2": "1CP0"}

board = Board(
    code="Edexcel",
    name="Pearson Edexcel",
    parse=parse,
    succeeded=SUCCEEDED,
    proof=PROOF,
    # Its pages name the search service at run time: a host below this name.
    hosts=("qualifications.pearson.com", "*.algolia.net"),
    start=start,
    follow=follow,
)
