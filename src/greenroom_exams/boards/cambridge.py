"""Cambridge International: syllabuses for stated exam years, pages of past papers, and papers that people bring."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin, urlsplit

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceError
from greenroom_exams.documents import Board, Finding, Offer, Paper, Parsed, Subject, Topic, confidence
from greenroom_exams.layouts import kinds, subject_list, syllabus
from greenroom_exams.layouts.families import chosen
from greenroom_exams.layouts.paper_title import MONTHS, Facts
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join, read_pdf
from greenroom_exams.layouts.syllabus_papers import components
from greenroom_exams.papers import PAPER_LAYOUT, check_unique, disagreements, not_pdfs, read_paper_page, unknown_type

HOST = "www.cambridgeinternational.org"
SITE = f"https://{HOST}"
PROGRAMMES = f"{SITE}/programmes-and-qualifications"
LISTS = {
    "International-GCSE": f"{PROGRAMMES}/cambridge-upper-secondary/cambridge-igcse/subjects/",
    "International-A-Level": f"{PROGRAMMES}/cambridge-advanced/cambridge-international-as-and-a-levels/subjects/",
}
# How covers, page titles and addresses write what the house has a code for; O Level and Pre-U have none.
QUALIFICATIONS = (
    (r"Cambridge IGCSE\b|\bcambridge-igcse-", "International-GCSE"),
    (r"Cambridge International AS (?:&|and) A Level\b|cambridge-international-as-and-a-level", "International-A-Level"),
)
# By the code of a syllabus, the one whose place it took.
SUCCEEDED = MappingProxyType({"0478": "0984"})
IS_CAMBRIDGE = r"Cambridge (?:Assessment )?International|Cambridge IGCSE|cambridgeinternational\.org|\bUCLES\b"
YEARS = re.compile(
    r"(?:[Uu]se this syllabus for exams in|[Ff]or examination in(?: [A-Z]\w+,?(?: and)?)*) (?P<years>[^.]+)\."
)
# "Computer Science 0478" on the cover, "... 0478 syllabus for 2023, 2024 and 2025" at the head of each page.
RUNNING = re.compile(r"\b(?P<code>\d{4}) syllabus for (?P<years>20\d\d[\d, and]*)")
# June 2024 Question Paper 11; June 2024 Examiner Report; 2025 Specimen Paper 4 Mark Scheme. In addresses, in small.
DATED = re.compile(
    r"^(?P<month>march|june|november) (?P<year>20\d\d) (?P<kind>[a-z ]+?)(?: paper)?(?: (?P<component>\d{1,2}))?$", re.I
)
SPECIMEN = re.compile(
    r"^(?:(?P<year>20\d\d) )?specimen paper (?P<component>\d{1,2})(?: (?P<kind>mark scheme|insert))?$", re.I
)
KINDS = {
    "question": "question paper",
    "question paper": "question paper",
    "mark scheme": "mark scheme",
    "examiner report": "examiner report",
    "principal examiner report": "examiner report",
    "insert": "insert",
    "resource booklet": "insert",
    "transcript": "transcript",
}
# Listed beside the papers, and of no use to a learner.
NOT_TAKEN = re.compile(r"grade thresholds?|confidential instructions|syllabus", re.I)
SPECIMENS = {None: "specimen question paper", "mark scheme": "specimen mark scheme", "insert": "specimen insert"}
PAPER_CODE = re.compile(r"\b(?P<code>\d{4})/(?P<paper>\d)(?P<variant>\d)\b")
# 0999_s31_qp_11.pdf, as the School Support Hub names its files.
HUB_NAME = re.compile(
    r"^(?P<code>\d{4})_(?P<series>[msw])(?P<year>\d\d)_(?P<kind>qp|ms|er|in)(?:_(?P<component>\d{1,2}))?\.pdf$"
)
HUB_SERIES = {"m": "March", "s": "June", "w": "November"}
HUB_KINDS = {"qp": "question paper", "ms": "mark scheme", "er": "examiner report", "in": "insert"}
SUBJECT_ADDRESS = re.compile(r"/programmes-and-qualifications/(?P<slug>cambridge-[\w-]+-(?P<code>\d{4}))/?$")
SYLLABUS_ADDRESS = re.compile(r"/Images/\d+-[\d-]+-syllabus\.pdf$", re.I)
PAPERS_ADDRESS = re.compile(r"/past-papers/?$")


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read a Cambridge syllabus, a page of past papers, a list of subjects or a paper."""
    if qualification not in LISTS:
        raise ContractBroken(f"Cambridge International has no {qualification}", hint=f"It has {', '.join(LISTS)}.")
    kind = kinds.kind_of(content, name=name)
    if kind == "pdf":
        return _document(content, name, subject, qualification)
    if kind == "html":
        return _page(content, name, subject, qualification)
    if kind == "json":
        _refuse_extraction(content, name)
    if not subject_list.is_list(content, name=name):
        raise ContractBroken(f"{name} is no document of Cambridge and no list of subjects", hint=kinds.CORRECT_ADDRESS)
    return subject_list.read_offers(
        content, name=name, board=board.code, qualification=qualification, code_pattern=r"\d{4}", hosts=board.hosts
    )


def _refuse_extraction(content: bytes, name: str) -> None:
    """Somebody's tree of a syllabus looks like a reading of it; nobody knows what it lost."""
    told = kinds.read_json(content, name=name)
    trees = told if isinstance(told, list) else [told]
    if any(isinstance(tree, dict) and "syllabus_name" in tree for tree in trees):
        whose = next(str(tree["syllabus_name"]) for tree in trees if isinstance(tree, dict) and "syllabus_name" in tree)
        raise ContractBroken(
            f"{name} is a tree that somebody else took from {whose}; Cambridge publishes no such file",
            hint="Give the syllabus itself, the PDF.",
        )


def _document(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    cover = read_pdf(content, name=name, page_limit=1)
    if _is_syllabus(cover):
        return read_syllabus(read_pdf(content, name=name), name=name, subject=subject, qualification=qualification)
    return read_single_paper(cover, name=name, subject=subject, qualification=qualification)


# --- syllabuses -------------------------------------------------------------------------------------------------------


def read_syllabus(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree of the subject content, the papers, and the exam years the syllabus is for."""
    named, doubts = _subject(pdf, name, subject, qualification)
    parsed = chosen(pdf, syllabus.families(pdf), name=name, least_confidence=board.least_confidence)
    parts, of_topic, found = components(pdf, syllabus=named.code)
    findings = (*doubts, *parsed.findings, *found)
    return replace(
        parsed,
        subject=named,
        topics=tuple(_with_component(parsed.topics, of_topic)),
        components=parts,
        findings=findings,
        confidence=confidence(findings),
    )


def _with_component(topics: Sequence[Topic], of_topic: dict[str, str]) -> Iterator[Topic]:
    """Each topic with the paper that assesses the top topic above it."""
    for topic in topics:
        top = re.split(r"[./~]", topic.code)[0]
        yield replace(topic, component_code=of_topic.get(top))


def _is_syllabus(pdf: Pdf) -> bool:
    """Whether the first page is a syllabus's cover: the word stands in large letters, alone."""
    return any(line.text == "Syllabus" and line.size > 18 for line in pdf.pages[0].lines)


def _subject(pdf: Pdf, name: str, subject: str | None, qualification: str) -> tuple[Subject, tuple[Finding, ...]]:
    cover = join(line.text for line in pdf.pages[0].lines)
    if not _is_syllabus(pdf) or not re.search(IS_CAMBRIDGE, f"{cover} {' '.join(pdf.running)}"):
        raise ContractBroken(f"{name} is no syllabus of Cambridge International", hint=kinds.CORRECT_ADDRESS)
    title, code = _title(pdf.pages[0].lines)
    told = _qualification(cover)
    if title is None or code is None:
        raise ContractBroken(f"{name} does not say which syllabus it is", hint="Read its first page by hand.")
    if told != qualification:
        raise ContractBroken(
            f"{name} is for {told or 'another qualification'}, not for {qualification}", hint=kinds.CORRECT_ADDRESS
        )
    if subject is not None and subject != code:
        raise ContractBroken(f"{name} is the syllabus {code} {title}, not {subject}", hint=kinds.CORRECT_ADDRESS)
    years = _years(YEARS, cover)
    version = re.search(r"\bVersion (\d+)\b", cover)
    named = Subject(
        code,
        title,
        board.code,
        qualification,
        spec_version=version[1] if version else None,
        first_assessment_year=min(years, default=None),
        last_assessment_year=max(years, default=None),
    )
    return named, tuple(_check_heads(pdf, code, years))


def _title(lines: Sequence[Line]) -> tuple[str | None, str | None]:
    """Name and code in the largest letters of the cover: "Computer Science 0478"."""
    largest = max(line.size for line in lines)
    text = join(line.text for line in lines if line.size > largest - 4 and line.text != "Syllabus")
    found = re.search(r"(?P<name>[A-Z][^\d]*?) (?P<code>\d{4})$", _without_qualification(text))
    return (found["name"], found["code"]) if found else (None, None)


def _without_qualification(text: str) -> str:
    words = r"Cambridge (?:IGCSE|International AS (?:&|and) A Level|O Level|Pre-U)(?: \(9–1\))?"
    return re.sub(rf"^{words}\s*™?\s*", "", text)


def _qualification(text: str) -> str | None:
    return next((code for words, code in QUALIFICATIONS if re.search(words, text)), None)


def _years(pattern: re.Pattern[str], text: str) -> list[int]:
    found = pattern.search(text)
    return [int(year) for year in re.findall(r"20\d\d", found["years"])] if found else []


def _check_heads(pdf: Pdf, code: str, years: Sequence[int]) -> Iterator[Finding]:
    """Errors where the heads of the pages name another syllabus, or other years, than the cover."""
    heads = [found for text in pdf.running if (found := RUNNING.search(text))]
    if not years:
        yield Finding("years_unread", "error", "the cover does not say for which exam years the syllabus is", "page 1")
    for found in heads:
        told = [int(year) for year in re.findall(r"20\d\d", found["years"])]
        if found["code"] != code or told != list(years):
            message = f"the cover says {code} for {list(years)}, the heads {found['code']} for {told}"
            yield Finding("witnesses_disagree", "error", message, "page 1")


# --- pages of past papers ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Link:
    title: str
    url: str
    position: str


def _page(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    page, findings = _tree(content, name)
    links = list(_links(page))
    papers = [link for link in links if link.url.startswith(("/Images/", f"{SITE}/Images/"))]
    listed = [link for link in papers if _grammar(link.title) or _grammar(_words(link.url))]
    if listed:
        return _listing(page, papers, name, subject, qualification, findings)
    offers = list(_offers(links, qualification))
    if offers:
        others = sum(1 for link in links if SUBJECT_ADDRESS.search(link.url)) - len(offers)
        counts = {"offers": len(offers), "other_qualifications": others}
        return Parsed(None, (), (), findings, "subject list", confidence(findings), counts, offers=tuple(offers))
    raise SourceEmpty(f"{name} lists neither papers nor subjects of {qualification}", hint=kinds.CORRECT_ADDRESS)


def _tree(content: bytes, name: str) -> tuple[Any, tuple[Finding, ...]]:
    """The page; of a piece of one, what there is, and a finding that says so."""
    if b"<html" in content.lower():
        page = kinds.read_html(content, name=name)
        title = kinds.text_of(page.css_first("title")) if page.css_first("title") else ""
        if not re.search(IS_CAMBRIDGE, f"{title} {_first_text(page, 'h1')}"):
            raise ContractBroken(f"{name} is titled {title!r}, not as a page of Cambridge", hint=kinds.CORRECT_ADDRESS)
        return page, ()
    page = kinds.read_html(b"<html>" + content + b"</html>", name=name)
    return page, (Finding("page_is_a_piece", "error", f"{name} is a piece of a page; what else it lists is not known"),)


def _first_text(page: Any, selector: str) -> str:
    node = page.css_first(selector)
    return kinds.text_of(node) if node else ""


def _links(page: Any) -> Iterator[_Link]:
    for index, node in enumerate(page.css("a[href]"), start=1):
        title = re.sub(r"\s*\(PDF,[^)]*\)$", "", kinds.text_of(node))
        yield _Link(title, (node.attributes["href"] or "").strip(), f"link {index}")


def _listing(
    page: Any,
    links: Sequence[_Link],
    name: str,
    subject: str | None,
    qualification: str,
    findings: tuple[Finding, ...],
) -> Parsed:
    code = _listed_code(page, name, subject, qualification)
    pdfs = [link for link in links if urlsplit(link.url).path.casefold().endswith(".pdf")]
    others = [link for link in pdfs if NOT_TAKEN.search(f"{link.title} {_words(link.url)}")]
    wanted = [link for link in pdfs if link not in others]
    rows = [_row(link, code) for link in wanted]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    found = (
        *findings,
        *(row for row in rows if isinstance(row, Finding)),
        *(finding for link in wanted for finding in _link_findings(link)),
        *not_pdfs(urlsplit(link.url).path.rpartition(".")[2] for link in links if link not in pdfs),
        *check_unique(papers),
    )
    counts = {
        "items": len(links),
        "pdfs": len(pdfs),
        "rows": len(papers),
        "undated": sum(isinstance(row, Finding) and row.rule == "paper_without_series" for row in rows),
        "not_taken": len(others),
        "series": len({(paper.year, paper.series) for paper in papers}),
    }
    return Parsed(None, (), papers, found, "past papers list", confidence(found), counts)


def _listed_code(page: Any, name: str, subject: str | None, qualification: str) -> str:
    """The code in the page's title or heading, or in its address; ContractBroken for two, or for another one."""
    head = f"{_first_text(page, 'title')} {_first_text(page, 'h1')}"
    slug = re.search(r"/(cambridge-[\w-]+-(\d{4}))(?:/|$)", urlsplit(name).path)
    codes = {*re.findall(r"\((\d{4})\)", head), *([slug[2]] if slug else [])}
    if len(codes) > 1 or not (codes or subject):
        raise ContractBroken(f"{name} names {len(codes)} syllabus codes", hint="Name the syllabus with --subject.")
    code = codes.pop() if codes else subject or ""
    if subject is not None and code != subject:
        raise ContractBroken(f"{name} lists {code}, not {subject}", hint="Give the page of the subject asked for.")
    told = _qualification(f"{head} {slug[1] if slug else ''}")
    if told is not None and told != qualification:
        raise ContractBroken(f"{name} lists papers of {told}, not of {qualification}", hint=kinds.CORRECT_ADDRESS)
    return code


def _words(url: str) -> str:
    """The words of /Images/569856-june-2024-question-paper-11.pdf without the number, which changes."""
    stem = re.sub(r"\.\w+$", "", urlsplit(url).path.rpartition("/")[2])
    return re.sub(r"^\d{4,} ", "", stem.replace("-", " "))


def _grammar(title: str) -> Facts | None:
    """What a title, or the words of an address, say in Cambridge's grammar; None for what is not in it.

    "11" is component 1 in variant 1. Of a specimen the component is one figure.
    """
    specimen = SPECIMEN.match(title)
    if specimen:
        kind = SPECIMENS[specimen["kind"].casefold() if specimen["kind"] else None]
        year = int(specimen["year"]) if specimen["year"] else None
        return Facts(kind, None, int(specimen["component"][0]), specimen["component"], year=year)
    dated = DATED.match(title)
    if not dated:
        return None
    number = dated["component"]
    return Facts(
        type=KINDS.get(dated["kind"].casefold().removesuffix(" paper")),
        variant=number[1] if number and len(number) == 2 else None,
        paper_number=int(number[0]) if number else None,
        component=number,
        series=MONTHS[dated["month"].casefold()],
        year=int(dated["year"]),
    )


def _row(link: _Link, code: str) -> Paper | Finding:
    facts = _grammar(link.title) or _grammar(_words(link.url))
    if facts is None or facts.type is None:
        return unknown_type(link.title, link.url, link.position)
    if facts.series is None or facts.year is None:
        message = f"is of no series: {link.title} ({link.url})"
        return Finding("paper_without_series", "warning", message, link.position)
    return Paper(
        subject_code=code,
        component_code=f"{code}/{facts.component}" if facts.component else None,
        paper_number=facts.paper_number,
        year=facts.year,
        series=facts.series,
        tier=None,
        type=facts.type,
        title=link.title,
        url=urljoin(SITE, link.url),
        position=link.position,
        variant=facts.variant,
    )


def _link_findings(link: _Link) -> Iterator[Finding]:
    told, filed = _grammar(link.title), _grammar(_words(link.url))
    witnesses = {"the link": told or Facts(), "its address": filed or Facts()}
    yield from disagreements(witnesses, title=link.title, position=link.position)
    if told is None or filed is None or filed.type is None:
        message = f"not in Cambridge's grammar: {link.title} ({link.url})"
        yield Finding("unknown_file_name", "warning", message, link.position)


def _offers(links: Sequence[_Link], qualification: str) -> Iterator[Offer]:
    met: set[str] = set()
    for link in links:
        found = SUBJECT_ADDRESS.search(urljoin(SITE, link.url))
        if found and found["code"] not in met and _qualification(f"{found['slug']}-") == qualification:
            met.add(found["code"])
            named = _without_qualification(re.sub(r"\s*[-(]?\s*\d{4}\)?$", "", link.title))
            yield Offer(named, found["code"], urljoin(SITE, link.url))


# --- single papers ----------------------------------------------------------------------------------------------------


def read_single_paper(cover: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The one row of a paper that somebody brought, from its first page, compared with the name of its file."""
    page = read_paper_page(cover)
    codes = {found.group() for found in PAPER_CODE.finditer(page.text)}
    if page.facts.type is None or len(codes) != 1 or not re.search(IS_CAMBRIDGE, page.text):
        raise ContractBroken(f"{name} is neither a syllabus nor a paper of Cambridge", hint=kinds.CORRECT_ADDRESS)
    code = PAPER_CODE.match(next(iter(codes)))
    told = _qualification(page.text)
    if code is None or (subject is not None and code["code"] != subject):
        raise ContractBroken(f"{name} is a paper of {codes.pop()}, not of {subject}", hint="Correct the address.")
    if told is not None and told != qualification:
        raise ContractBroken(f"{name} is a paper of {told}, not of {qualification}", hint=kinds.CORRECT_ADDRESS)
    shown = replace(page.facts, component=f"{code['paper']}{code['variant']}", paper_number=int(code["paper"]))
    findings = list(
        disagreements({"its first page": shown, "its file name": _hub(name)}, title=name, position="page 1")
    )
    filed = HUB_NAME.match(name.rpartition("/")[2])
    if filed and filed["code"] != code["code"]:
        message = f"{name} is named {filed['code']} and is a paper of {code['code']}"
        findings.append(Finding("subject_code_differs", "error", message, "page 1"))
    if shown.series is None or shown.year is None or shown.type is None:
        findings.append(Finding("paper_without_series", "error", f"{name} names no series that is sure", "page 1"))
        return Parsed(None, (), (), tuple(findings), PAPER_LAYOUT, confidence(tuple(findings)))
    row = Paper(
        subject_code=code["code"],
        component_code=code.group(),
        paper_number=shown.paper_number,
        year=shown.year,
        series=shown.series,
        tier=None,
        type=shown.type,
        title=page.title or name,
        url=name,
        marks=page.marks,
        position="page 1",
        variant=code["variant"],
    )
    return Parsed(None, (), (row,), tuple(findings), PAPER_LAYOUT, confidence(tuple(findings)))


def _hub(name: str) -> Facts:
    found = HUB_NAME.match(name.rpartition("/")[2])
    if not found:
        return Facts()
    return Facts(
        type=HUB_KINDS[found["kind"]],
        component=found["component"],
        paper_number=int(found["component"][0]) if found["component"] else None,
        series=HUB_SERIES[found["series"]],
        year=2000 + int(found["year"]),
    )


# --- the way through the site -----------------------------------------------------------------------------------------


def start(qualification: str, _subject: str | None) -> Iterable[Request]:
    """The visit begins with the list of subjects of the qualification."""
    return (Request(LISTS[qualification], "subject list"),) if qualification in LISTS else ()


def follow(qualification: str, request: Request, content: bytes) -> Iterable[Request]:
    """From the list to the pages of subjects, from there to the syllabuses and to the page of past papers."""
    try:
        page = kinds.read_html(content, name=request.address)
    except SourceError:
        return
    links = [replace(link, url=urljoin(request.address, link.url)) for link in _links(page)]
    if request.kind == "subject list":
        for offer in _offers(links, qualification):
            yield Request(offer.page_url or "", "subject", offer.code, offer.name)
    elif request.kind == "subject":
        yield from _of_subject(links, request)


def _of_subject(links: Sequence[_Link], request: Request) -> Iterator[Request]:
    met: set[str] = set()
    for link in links:
        path = urlsplit(link.url).path
        # A copy elsewhere is not Cambridge's own. Only two kinds of address are taken: robots.txt forbids /search.
        if urlsplit(link.url).hostname != HOST or link.url in met:
            continue
        met.add(link.url)
        if SYLLABUS_ADDRESS.search(path):
            yield Request(link.url, "specification", request.subject, request.name, leads_on=False)
        elif PAPERS_ADDRESS.search(path) and path.startswith(urlsplit(request.address).path):
            yield Request(link.url, "papers", request.subject, request.name, leads_on=False)


board = Board(
    code="Cambridge",
    name="Cambridge Assessment International Education",
    parse=parse,
    proof=MappingProxyType(
        {
            ("International-GCSE", "specification"): "real",
            ("International-GCSE", "papers"): "made-up",
            ("International-GCSE", "subject list"): "made-up",
            ("International-A-Level", "papers"): "made-up",
            ("International-A-Level", "subject list"): "made-up",
        }
    ),
    hosts=(HOST,),
    start=start,
    follow=follow,
    pause_seconds=2.0,
    by_hand=(
        "Cambridge shows a few recent papers to everybody; all others are in its School Support Hub, behind a login of "
        "teachers. Let somebody of a school download them, and put the PDFs into the drop folder under their own names."
    ),
    succeeded=SUCCEEDED,
)
