"""SQA (now Qualifications Scotland): course specifications, pages of past papers with marking instructions, papers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_plus, unquote, urljoin, urlsplit

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceError
from greenroom_exams.documents import Board, Finding, Offer, Paper, Parsed, Subject, confidence
from greenroom_exams.layouts import course_specification, kinds, paired_papers, subject_list
from greenroom_exams.layouts.course_assessment import components
from greenroom_exams.layouts.course_cover import LEVELS, is_course_specification, read_cover
from greenroom_exams.layouts.families import chosen
from greenroom_exams.layouts.numbered import comparable
from greenroom_exams.layouts.paper_title import Facts, read_title
from greenroom_exams.layouts.pdf_lines import Pdf, join, read_pdf
from greenroom_exams.papers import (
    PAPER_LAYOUT,
    PaperPage,
    check_unique,
    disagreements,
    not_pdfs,
    read_paper_page,
    unknown_type,
)

HOST = "www.sqa.org.uk"
SITE = f"https://{HOST}"
SUBJECTS = f"{SITE}/sqa/45625.html"
PAPERS = f"{SITE}/pastpapers/findpapers.htm"
# As the last two figures of a code, as file names and as the form of past papers write the levels.
LEVEL_OF_CODE = {"75": "National-5", "76": "Higher", "77": "Advanced-Higher"}
LEVEL_OF_FILE = {
    "N5": "National-5",
    **dict.fromkeys(("H", "NH"), "Higher"),
    **dict.fromkeys(("AH", "NAH"), "Advanced-Higher"),
}
LEVEL_IN_FORM = {"National-5": "N5", "Higher": "NH", "Advanced-Higher": "NAH"}
# SQA examines once a year, from the end of April to the beginning of June: the diet. The house calls that June.
DIET = "June"
ASSESSMENT_CODE = re.compile(r"\bX(?P<number>\d{3})/(?P<level>7[567])/(?P<paper>\d{2})\b")
# N5_Practical-Electronics_QP_2024.pdf, mi_NAH_Accounting_mi_2025.pdf, N5_..._Paper1-Non-calculator_2025.pdf
FILE_NAME = re.compile(
    r"^(?P<instructions>mi_)?(?P<level>N5|NH|NAH|AH|H)_(?P<subject>[^_]+)_(?P<label>.+)_(?P<year>20\d\d)\.pdf$", re.I
)
LABEL = re.compile(r"^(?:QP|mi|Paper|QuestionPaper)-?(?P<number>\d)?(?:-(?P<words>\w.*))?$", re.I)
COURSEWORK = re.compile(r"^(?:Assignment|Project|Portfolio|Performance|Folio|Practical-Activity)\b", re.I)
ITEM_ADDRESS = r"/pastpapers/.*\.(?:pdf|mp3|zip|docx?|xlsx?)$"
SPECIFICATION_ADDRESS = re.compile(r"/files_ccc/.*course-?spec.*\.pdf$", re.I)
PAGE_ADDRESS = re.compile(r"/sqa/\d+\.html$")
IS_SQA = r"\bSQA\b|Scottish Qualifications Authority|Qualifications Scotland"


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read an SQA course specification, a page or list of subjects, a page of past papers or a paper."""
    if qualification not in LEVEL_IN_FORM:
        raise ContractBroken(f"SQA has no {qualification}", hint=f"It has {', '.join(LEVEL_IN_FORM)}.")
    kind = kinds.kind_of(content, name=name)
    if kind == "html":
        return _page(content, name, subject, qualification)
    if kind == "pdf":
        return _document(content, name, subject, qualification)
    if kind == "json":
        _refuse_question_map(content, name)
    if not subject_list.is_list(content, name=name):
        raise ContractBroken(f"{name} is no document of SQA and no list of subjects", hint=kinds.CORRECT_ADDRESS)
    return subject_list.read_offers(
        content, name=name, board=board.code, qualification=qualification, code_pattern=None, hosts=board.hosts
    )


def _refuse_question_map(content: bytes, name: str) -> None:
    told = kinds.read_json(content, name=name)
    if isinstance(told, dict) and "question_map" in told:
        whose = told.get("paper_id", "a paper")
        raise ContractBroken(
            f"{name} maps the questions of {whose} to sections; somebody else made it, SQA publishes no such document",
            hint="Give the paper and its course specification themselves.",
        )


def _document(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    cover = read_pdf(content, name=name, page_limit=1)
    if is_course_specification(cover):
        whole = read_pdf(content, name=name)
        return read_specification(whole, name=name, subject=subject, qualification=qualification)
    return read_single_paper(cover, name=name, subject=subject, qualification=qualification)


# --- course specifications --------------------------------------------------------------------------------------------


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree of the examined content, and the components of the course assessment."""
    named, course, doubts = _subject(pdf, name, subject, qualification)
    parsed = chosen(pdf, course_specification.families(pdf), name=name, least_confidence=board.least_confidence)
    parts, found = components(pdf, course=course)
    findings = (*doubts, *parsed.findings, *found)
    return replace(parsed, subject=named, components=parts, findings=findings, confidence=confidence(findings))


def _subject(pdf: Pdf, name: str, subject: str | None, qualification: str) -> tuple[Subject, str, list[Finding]]:
    """The subject, its assessment code, and what is doubtful about them; ContractBroken where it is another one."""
    cover = read_cover(pdf)
    first = join(line.text for line in pdf.pages[0].lines)
    if not is_course_specification(pdf) or not re.search(IS_SQA, f"{first} {' '.join(pdf.running)}"):
        raise ContractBroken(f"{name} is no course specification of SQA", hint=kinds.CORRECT_ADDRESS)
    if cover.name is None or cover.course_code is None or cover.qualification is None:
        raise ContractBroken(f"{name} does not say which course it specifies", hint="Read its first page by hand.")
    if cover.qualification != qualification:
        raise ContractBroken(
            f"{name} is for {cover.qualification}, not for {qualification}", hint=kinds.CORRECT_ADDRESS
        )
    if subject is not None and _plain(subject) != _plain(cover.course_code):
        raise ContractBroken(
            f"{name} is the specification of {cover.course_code} {cover.name}, not of {subject}",
            hint="Correct the address of this subject's specification.",
        )
    doubts = []
    if LEVEL_OF_CODE.get(cover.course_code[-2:]) != cover.qualification:
        message = f"{cover.course_code} is not a code of {cover.qualification}"
        doubts.append(Finding("level_differs", "error", message, "page 1"))
    # Papers bear the assessment code, and are put to the course of the same figures.
    if cover.assessment_code is None or _plain(cover.assessment_code) != _plain(cover.course_code):
        message = f"the assessment code {cover.assessment_code} has other figures than the course code"
        doubts.append(Finding("assessment_code_differs", "warning", message, "page 1"))
    named = Subject(
        cover.course_code,
        cover.name,
        board.code,
        qualification,
        spec_version=cover.version,
        spec_start_year=cover.session,
        paper_code=cover.assessment_code,
    )
    return named, cover.assessment_code or cover.course_code, doubts


def _plain(code: str) -> str:
    """The figures that course code and assessment code share: C807 76, X807 76 and X807/76 are all 80776."""
    return "".join(re.findall(r"\d", code))


# --- single papers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Names:
    """Whose paper a witness says it is, and of which level."""

    level: str | None = None
    subject: str | None = None


def read_single_paper(cover: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The one row of a paper: type, course and year from its first page, compared with title and file name."""
    page = read_paper_page(cover)
    code = ASSESSMENT_CODE.search(page.text)
    if page.facts.type is None or not (code or re.search(IS_SQA, page.text)):
        raise ContractBroken(
            f"{name} is neither a course specification nor a paper of SQA", hint="Correct the address or the board."
        )
    shown = _Names(LEVEL_OF_CODE[code["level"]] if code else _level_in(page.text), _subject_shown(cover))
    if shown.level is not None and shown.level != qualification:
        raise ContractBroken(f"{name} is a paper of {shown.level}, not of {qualification}", hint=kinds.CORRECT_ADDRESS)
    belongs, doubts = _course_of(code, shown, name, subject)
    told = {"its first page": _facts_shown(page), "the PDF's title": _facts_titled(cover.title)}
    filed = {"its file name": file_facts(name)} if FILE_NAME.match(_file(name)) else {}
    findings = [
        *doubts,
        *disagreements({**told, **filed}, title=name, position="page 1"),
        *_other_names({"its first page": shown, "its file name": file_names(name)}, name, "page 1"),
    ]
    year = _year(page)
    if year is None:
        findings.append(Finding("paper_without_series", "error", f"{name} names no year that is sure", "page 1"))
        return Parsed(None, (), (), tuple(findings), PAPER_LAYOUT, confidence(tuple(findings)))
    row = Paper(
        subject_code=belongs,
        component_code=code.group() if code else None,
        paper_number=page.facts.paper_number,
        year=year,
        series=DIET,
        tier=None,
        type=page.facts.type,
        title=cover.title or name,
        url=name,
        marks=page.marks,
        position="page 1",
        variant=file_facts(name).variant,
    )
    return Parsed(None, (), (row,), tuple(findings), PAPER_LAYOUT, confidence(tuple(findings)))


def _course_of(
    code: re.Match[str] | None, shown: _Names, name: str, subject: str | None
) -> tuple[str, tuple[Finding, ...]]:
    """The course code a paper belongs to; marking instructions print a name only, which nobody can compare here."""
    if code:
        course = f"C{code['number']} {code['level']}"
        if subject is not None and _plain(subject) != _plain(course):
            raise ContractBroken(f"{name} is a paper of {course}, not of {subject}", hint="Correct the address.")
        return subject or course, ()
    if subject is None:
        raise ContractBroken(
            f"{name} names {shown.subject or 'no subject'} and no code", hint="Name its course with --subject."
        )
    if shown.level is not None and LEVEL_OF_CODE.get(_plain(subject)[-2:]) != shown.level:
        raise ContractBroken(f"{name} is of {shown.level}, {subject} is not", hint="Correct the address or the course.")
    message = f"{name} prints no code; that {shown.subject} is {subject} was not compared"
    return subject, (Finding("subject_by_name", "warning", message, "page 1"),)


def _facts_shown(page: PaperPage) -> Facts:
    return Facts(type=page.facts.type, paper_number=page.facts.paper_number, year=_year(page))


def _facts_titled(title: str) -> Facts:
    """2024 National 5 Practical Electronics Question Paper (Marking Instructions)."""
    year = re.search(r"\b(20\d\d)\b", title)
    kind = "mark scheme" if re.search("marking instructions", title, re.I) else None
    kind = kind or ("question paper" if re.search("question paper", title, re.I) else None)
    return Facts(type=kind, year=int(year[1]) if year else None)


def _year(page: PaperPage) -> int | None:
    """The only year on the first page; a copyright of the same year agrees with it."""
    years = set(re.findall(r"\b20\d\d\b", page.text))
    return int(years.pop()) if len(years) == 1 else None


def _level_in(text: str) -> str | None:
    return next((level for words, level in LEVELS if re.search(rf"\b{words}\b", text)), None)


def _subject_shown(cover: Pdf) -> str | None:
    """Beside the code on a question paper, behind the year on marking instructions."""
    lines = cover.pages[0].lines
    code = next((line for line in lines if ASSESSMENT_CODE.fullmatch(line.text)), None)
    if code:
        beside = [line for line in lines if abs(line.base - code.base) < 1 and line.left > code.right]
        return beside[0].text if beside else None
    dated = (re.match(r"20\d\d (?P<name>\D+)$", line.text) for line in lines if line.bold)
    return next((found["name"] for found in dated if found), None)


def _other_names(told: dict[str, _Names], title: str, position: str) -> Iterator[Finding]:
    """Errors where witnesses name different courses or levels."""
    for what in ("subject", "level"):
        said = {source: value for source, names in told.items() if (value := getattr(names, what)) is not None}
        if len({comparable(value) for value in said.values()}) > 1:
            words = ", ".join(f"{source} says {value}" for source, value in said.items())
            yield Finding(f"paper_{what}_mismatch", "error", f"{title}: {words}", position)


# --- file names -------------------------------------------------------------------------------------------------------


def file_facts(address: str) -> Facts:
    """Type, number, year and variant in SQA's grammar; nothing for a name that is not in it."""
    found = FILE_NAME.match(_file(address))
    if not found:
        return Facts()
    kind = "mark scheme" if found["instructions"] else "question paper"
    label = LABEL.match(found["label"])
    number = int(label["number"]) if label and label["number"] else None
    words = label["words"] if label else found["label"] if COURSEWORK.match(found["label"]) else None
    if label is None and words is None:
        told = read_title(found["label"].replace("-", " "))
        kind, words = (told.type or "", told.variant) if not found["instructions"] else ("", None)
    variant = words.replace("-", " ").casefold() if words else None
    return Facts(type=kind or None, variant=variant, paper_number=number, year=int(found["year"]))


def file_names(address: str) -> _Names:
    """Level and subject in SQA's grammar."""
    found = FILE_NAME.match(_file(address))
    if not found:
        return _Names()
    return _Names(LEVEL_OF_FILE[found["level"].upper()], found["subject"].replace("-", " "))


def _file(address: str) -> str:
    return unquote(urlsplit(address).path).rpartition("/")[2]


# --- pages ------------------------------------------------------------------------------------------------------------


def _page(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    page = kinds.read_html(content, name=name)
    title = kinds.text_of(page.css_first("title")) if page.css_first("title") else ""
    if not re.search(IS_SQA, title):
        raise ContractBroken(f"{name} is titled {title!r}, not as a page of SQA", hint=kinds.CORRECT_ADDRESS)
    items = tuple(paired_papers.items(page, ITEM_ADDRESS))
    if items:
        return _listing(items, name, subject, qualification)
    if re.search(r"past papers", title, re.I):
        raise SourceEmpty(f"{name} lists no papers", hint="Choose subject and level, then save the page that follows.")
    return _offers(page, name, qualification)


def _listing(items: Sequence[paired_papers.Item], name: str, subject: str | None, qualification: str) -> Parsed:
    if subject is None:
        raise ContractBroken(f"{name} lists papers without a course code", hint="Name the course with --subject.")
    pdfs = [item for item in items if item.kind == "pdf"]
    course = _listed_course(pdfs, name, qualification)
    rows = [_row(item, subject) for item in pdfs]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    findings = (
        *(row for row in rows if isinstance(row, Finding)),
        *(finding for item in pdfs for finding in _item_findings(item, course)),
        *_pairs(pdfs),
        *_alone(papers),
        *not_pdfs(item.kind for item in items if item.kind != "pdf"),
        *check_unique(papers),
    )
    years = {paper.year for paper in papers}
    counts = {"items": len(items), "pdfs": len(pdfs), "rows": len(papers), "series": len(years)}
    return Parsed(None, (), papers, findings, "papers with instructions", confidence(findings), counts)


def _listed_course(pdfs: Sequence[paired_papers.Item], name: str, qualification: str) -> _Names:
    """The course that most file names tell; ContractBroken where that is one of another level."""
    counted = Counter(names for item in pdfs if (names := file_names(item.url)).level is not None)
    if not counted:
        raise ContractBroken(f"{name} lists no file in SQA's grammar", hint="Look at the page by hand.")
    course = counted.most_common(1)[0][0]
    if course.level != qualification:
        raise ContractBroken(f"{name} lists papers of {course.level}, not of {qualification}", hint="Choose the level.")
    return course


def _row(item: paired_papers.Item, subject: str) -> Paper | Finding:
    facts = file_facts(item.url)
    if facts.type is None or facts.year is None:
        return unknown_type(item.title, item.url, item.position)
    return Paper(
        subject_code=subject,
        component_code=None,
        paper_number=facts.paper_number,
        year=facts.year,
        series=DIET,
        tier=None,
        type=facts.type,
        title=item.title,
        url=urljoin(SITE, item.url),
        position=item.position,
        variant=facts.variant,
    )


def _item_findings(item: paired_papers.Item, course: _Names) -> Iterator[Finding]:
    """Link text, heading, folder and file name of one link: what they contradict each other in."""
    told = read_title(item.title)
    folder = re.search(r"/(papers|instructions)/(20\d\d)/", item.url)
    heading = re.search(r"\b(20\d\d)\b", item.heading)
    witnesses = {
        "the link": Facts(type=told.type, paper_number=told.paper_number),
        "the file name": file_facts(item.url),
        "its folder": Facts(
            type=("mark scheme" if folder[1] == "instructions" else None) if folder else None,
            year=int(folder[2]) if folder else None,
        ),
        "the heading": Facts(year=int(heading[1]) if heading else None),
    }
    yield from disagreements(witnesses, title=item.title, position=item.position)
    yield from _other_names(
        {"the page": course, "the file name": file_names(item.url)}, f"{item.title} ({item.url})", item.position
    )


def _pairs(pdfs: Sequence[paired_papers.Item]) -> Iterator[Finding]:
    """Errors for marking instructions that stand beside a paper they are not of: a defect that SQA's site has."""
    rows: dict[int, list[paired_papers.Item]] = {}
    for item in pdfs:
        rows.setdefault(item.row, []).append(item)
    for row, there in rows.items():
        papers = [item for item in there if file_facts(item.url).type == "question paper"]
        if not row or len(papers) != 1:
            continue
        for item in there:
            if file_facts(item.url).type == "mark scheme" and _told(item) != _told(papers[0]):
                message = f"{item.url} stands beside {papers[0].url}, of which it is not the marking instructions"
                yield Finding("marking_instructions_mismatch", "error", message, item.position)


def _told(item: paired_papers.Item) -> tuple[object, ...]:
    facts, names = file_facts(item.url), file_names(item.url)
    variant = comparable(facts.variant or "")
    return facts.year, facts.paper_number, variant, names.level, comparable(names.subject or "")


def _alone(papers: Sequence[Paper]) -> Iterator[Finding]:
    """One warning for papers without marking instructions, or these without a paper: some links may be lost."""
    kinds_of: dict[tuple[object, ...], set[str]] = {}
    for paper in papers:
        if paper.type in {"question paper", "mark scheme"}:
            key = (paper.year, paper.paper_number, comparable(paper.variant or ""))
            kinds_of.setdefault(key, set()).add(paper.type)
    alone = [key for key, types in kinds_of.items() if len(types) == 1]
    if alone:
        told = ", ".join(" ".join(str(part) for part in key if part) for key in alone)
        yield Finding("paper_alone", "warning", f"only paper or only marking instructions are listed of {told}")


def _offers(page: Any, name: str, qualification: str) -> Parsed:
    """The subjects of the list, or the one subject of a page of a subject."""
    links = list(_links(page, name))
    documents = [link for link in links if SPECIFICATION_ADDRESS.search(link.address)]
    own = [link for link in documents if _level_of(link) == qualification]
    papers = [link for link in links if "findpapers" in link.address]
    unknown = [link for link in documents if _level_of(link) is None]
    findings = [Finding("level_unknown", "warning", f"of no known level: {link.address}") for link in unknown]
    if documents:
        if len({link.address for link in own}) > 1:
            findings.append(Finding("several_specifications", "error", ", ".join(link.address for link in own)))
        specification = own[0].address if own else None
        offers = [Offer(_heading(page), None, name, specification, papers[0].address if papers else None)]
    else:
        offers = [Offer(link.text, None, link.address) for link in links if PAGE_ADDRESS.search(link.address)]
    if not offers:
        raise SourceEmpty(f"{name} names no subjects and no specification", hint=kinds.CORRECT_ADDRESS)
    counts = {"offers": len(offers), "with_specification": sum(bool(o.specification_pdf_url) for o in offers)}
    told = tuple(findings)
    return Parsed(None, (), (), told, "subject list", confidence(told), counts, offers=tuple(offers))


@dataclass(frozen=True, slots=True)
class _Link:
    text: str
    address: str


def _links(page: Any, name: str) -> Iterator[_Link]:
    """The links of the page's own content, each address once."""
    base = name if name.startswith("http") else SITE
    met: set[str] = set()
    for node in page.css("a[href]"):
        address = urljoin(base, (node.attributes["href"] or "").strip())
        if kinds.text_of(node) and address not in met and not _is_around(node):
            met.add(address)
            yield _Link(kinds.text_of(node), address)


def _is_around(node: Any) -> bool:
    """Whether a link belongs to the site's frame, whose addresses look like those of subjects."""
    while node is not None:
        if node.tag in {"nav", "header", "footer"}:
            return True
        node = node.parent
    return False


def _heading(page: Any) -> str:
    head = page.css_first("h1")
    return kinds.text_of(head) if head else ""


def _level_of(link: _Link) -> str | None:
    """The level in the words of a link, else in its file's name: n5-course-spec-..., ...CourseSpecN5.pdf."""
    told = _level_in(link.text)
    file = _file(link.address)
    prefix = re.match(r"(n5|ah|h)-course-spec", file, re.I) or re.match(r"(N5|AH|H)(?=CourseSpec)", file)
    return told or (LEVEL_OF_FILE[prefix[1].upper()] if prefix else None)


# --- the way through the site -----------------------------------------------------------------------------------------


def start(_qualification: str, _subject: str | None) -> Iterable[Request]:
    """The visit begins with the list of subjects: addresses of their pages hold nothing but numbers."""
    return (Request(SUBJECTS, "subject list"),)


def follow(qualification: str, request: Request, content: bytes) -> Iterable[Request]:
    """From the list to the pages of subjects, from there to the specification and to the papers of the level."""
    try:
        page = kinds.read_html(content, name=request.address)
    except SourceError:
        return
    links = [link for link in _links(page, request.address) if urlsplit(link.address).hostname == HOST]
    if request.kind == "subject list":
        for link in links:
            if PAGE_ADDRESS.search(link.address) and link.address != request.address:
                yield Request(link.address, "subject", name=link.text)
    elif request.kind == "subject":
        yield from _of_subject(links, request, qualification)


def _of_subject(links: Sequence[_Link], request: Request, qualification: str) -> Iterator[Request]:
    for link in links:
        if SPECIFICATION_ADDRESS.search(link.address) and _level_of(link) == qualification:
            yield Request(link.address, "specification", request.subject, request.name, leads_on=False)
    if request.name:
        query = f"subject={quote_plus(request.name)}&level={LEVEL_IN_FORM[qualification]}"
        yield Request(f"{PAPERS}?{query}", "papers", request.subject, request.name, leads_on=False)


board = Board(
    code="SQA",
    name="Scottish Qualifications Authority",
    parse=parse,
    proof=MappingProxyType(
        {
            ("National-5", "specification"): "real",
            ("Higher", "specification"): "real",
            ("Advanced-Higher", "specification"): "real",
            ("National-5", "papers"): "made-up",
            ("Higher", "papers"): "made-up",
            ("Advanced-Higher", "papers"): "made-up",
            ("National-5", "subject list"): "made-up",
            ("Higher", "subject list"): "made-up",
            ("Advanced-Higher", "subject list"): "made-up",
        }
    ),
    hosts=(HOST,),
    start=start,
    follow=follow,
    pause_seconds=2.0,
)
