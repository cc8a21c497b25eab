"""OCR: specifications by component with numbered tables, the past-paper finder, and papers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Board, Finding, Paper, Parsed, Subject, Topic, confidence
from greenroom_exams.layouts import finder_list, kinds, numbered
from greenroom_exams.layouts.front_page import read_front, subject_of
from greenroom_exams.layouts.paper_title import Facts, read_title
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join, read_pdf
from greenroom_exams.layouts.tables import described
from greenroom_exams.papers import (
    check_unique,
    disagreements,
    file_name_facts,
    kept_variant,
    not_pdfs,
    paper_of,
    unknown_type,
)

CODE = r"\b[HJ]\d{3}\b"
SITE = "https://www.ocr.org.uk"
COLUMN_HEADS = ("Sub topic", "Guidance")
# Wingdings and the like, as the text layer gives them: box, circle, square.
BULLETS = "•¨o§ü"
SECTION = r"^\d[a-z]\. Content of (?P<title>.+?) \((?P<code>[A-Z]\d{3}/\d{2})\)"


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read an OCR specification, a page of the past-paper finder or a paper."""
    if not kinds.is_pdf_page(content, name=name):
        return _listing(content, name, subject, qualification)
    cover = read_pdf(content, name=name, page_limit=1)
    paper = paper_of(cover, name=name, board=board.code, code_pattern=CODE, subject=subject)
    if paper is not None:
        return paper
    return read_specification(read_pdf(content, name=name), name=name, subject=subject, qualification=qualification)


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree of the sections "Content of ...", by component, compared with overview and outline."""
    front = read_front(pdf, CODE)
    named = subject_of(front, board=board.code, name=name, subject=subject, qualification=qualification)
    topics = tuple(_topics(pdf))
    if not any(topic.level for topic in topics):
        raise SourceEmpty(
            f"{name} has no section 'Content of ... ({named.code}/01)' with numbered topics",
            hint="Its layout is another one; read it by hand.",
        )
    findings = tuple(_check(pdf, topics))
    return Parsed(named, topics, (), findings, "numbered by component", confidence(findings))


def _topics(pdf: Pdf) -> Iterator[Topic]:
    order = 0
    for component, lines in _components(pdf):
        order += 1
        yield Topic(
            component.code, component.title, 0, None, order, component.page, component.box, None, component.code
        )
        headings = numbered.headings(
            lines, r"^(?P<code>\d\.\d+(?:\.\d+)?)(?: [–-])?(?:\s+(?P<title>.*))?$", lambda line: line.bold
        )
        texts = described(lines, headings, COLUMN_HEADS, bullets=BULLETS)
        for each, text in zip(headings, texts, strict=True):
            order += 1
            level = each.code.count(".")
            parent = numbered.parent_of(each.code) if level == 2 else component.code
            yield Topic(each.code, each.title, level, parent, order, each.page, each.box, text, component.code)


def _components(pdf: Pdf) -> Iterator[tuple[numbered.Heading, list[Line]]]:
    """Each section "2b. Content of ... (J277/01)" with its lines, up to the next section of that kind."""
    lines = list(pdf.lines())
    starts = [index for index, line in enumerate(lines) if line.bold and _section_number(line)]
    for start, end in pairwise([*starts, len(lines)]):
        # The number of a section may stand apart from its title.
        first = lines[start]
        title = join(line.text for line in lines[start : start + 3] if abs(line.base - first.base) < 1)
        found = re.match(SECTION, title)
        if found:
            heading = numbered.Heading(found["code"], found["title"], first.page, first.box, (first,))
            yield heading, lines[start:end]


def _has_end(pdf: Pdf) -> bool:
    """Whether a section of another kind follows the last component's."""
    sections = [line for line in pdf.lines() if line.bold and _section_number(line)]
    return bool(sections) and sections[-1] not in {heading.lines[0] for heading, _ in _components(pdf)}


def _section_number(line: Line) -> bool:
    return bool(re.match(r"\d[a-z]\.", line.text)) and line.size >= 14


def _check(pdf: Pdf, topics: Sequence[Topic]) -> Iterator[Finding]:
    components = [topic for topic in topics if topic.level == 0]
    yield from numbered.check_numbering(topics)
    yield from numbered.check_depth(topics, 2)
    overview = _overview(pdf, before=components[0].page or 1)
    yield from numbered.compare_titles(overview, [t for t in topics if t.level < 2], source="the overview")
    first, last = components[0].page or 1, topics[-1].page or 1
    yield from numbered.check_pages(pdf.pages, first, last)
    yield from numbered.check_end(_has_end(pdf))
    yield from _check_outline(pdf, components)
    for topic in topics:
        if topic.level == 1 and topic.component_code and int(topic.component_code[-2:]) != int(topic.code[0]):
            message = f"{topic.code} stands in {topic.component_code}, its number belongs to another component"
            yield Finding("wrong_component", "error", message, f"page {topic.page}")


def _check_outline(pdf: Pdf, components: Sequence[Topic]) -> Iterator[Finding]:
    told = {match["code"]: match["title"] for entry in pdf.outline if (match := re.match(SECTION, entry.title))}
    if told:
        yield from numbered.compare_titles(told, components, source="the outline")


def _overview(pdf: Pdf, *, before: int) -> dict[str, str]:
    """The components and topics that the page "Content Overview" lists."""
    lines = [line for line in pdf.lines() if line.page < before]
    heads = {line.page for line in lines if line.text.casefold() == "content overview"}
    there = [line for line in lines if line.page in heads]
    components = numbered.headings(there, rf"^(?P<code>{CODE}/\d{{2}}): ?(?P<title>.*)$", lambda line: line.bold)
    topics = numbered.headings(there, r"^(?P<code>\d\.\d+)(?:\s+(?P<title>.*))?$", lambda line: not line.bold)
    return {each.code: each.title for each in (*components, *topics)}


def _listing(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    page = kinds.read_html(content, name=name)
    if page.css_first("select#pp-qual") is None:
        raise ContractBroken(f"{name} is not OCR's past-paper finder", hint=kinds.CORRECT_ADDRESS)
    items = tuple(finder_list.items(page))
    if not items:
        raise SourceEmpty(f"{name} lists no documents", hint="Choose type, qualification and level, then save it.")
    code = _listed_code(items, name, subject)
    pdfs = [item for item in items if item.kind == "pdf"]
    rows = [_row(item, code) for item in pdfs]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    findings = (
        *(finding for item in pdfs for finding in _item_findings(item, code)),
        *(row for row in rows if isinstance(row, Finding)),
        *not_pdfs(item.kind for item in items if item.kind != "pdf"),
        *check_unique(papers),
    )
    counts = {
        "items": len(items),
        "pdfs": len(pdfs),
        "rows": len(papers),
        "undated": sum(isinstance(row, Finding) and row.rule == "paper_without_series" for row in rows),
        "series": finder_list.series_count(page),
    }
    named = _listed_subject(page, code, qualification)
    return Parsed(named, (), papers, findings, "finder list", confidence(findings), counts)


def _listed_code(items: Sequence[finder_list.Item], name: str, subject: str | None) -> str:
    """The subject code that the unit codes begin with; the file name and the form may tell another."""
    codes = Counter(found.group() for item in items if (found := re.match(CODE, item.code)))
    if not codes:
        raise ContractBroken(f"{name} lists documents without unit codes", hint="Look at the page by hand.")
    code = codes.most_common(1)[0][0]
    if subject is not None and code != subject:
        raise ContractBroken(f"{name} lists {code}, not {subject}", hint="Give the page of the subject asked for.")
    return code


def _listed_subject(page: object, code: str, qualification: str) -> Subject | None:
    """The subject as the form's list of qualifications names it: "Business (9-1) - J204 (from 2017)"."""
    for option in page.css("select#pp-qual option"):  # type: ignore[attr-defined]
        found = re.match(rf"(?P<name>.+) - [A-Z\d, -]*\b{code}\b", kinds.text_of(option))
        if found:
            return Subject(code, found["name"].removesuffix(" (9-1)"), board.code, qualification)
    return None


def _row(item: finder_list.Item, code: str) -> Paper | Finding:
    facts, above = read_title(item.title), _heading_facts(item)
    if facts.type is None:
        return unknown_type(item.title, item.url, item.position)
    if above.series is None or above.year is None:
        message = f"stands below no series ({item.section}): {item.title} ({item.url})"
        return Finding("paper_without_series", "warning", message, item.position)
    component = _component(item.code) or facts.component
    return Paper(
        subject_code=code,
        component_code=component,
        paper_number=facts.paper_number,
        year=above.year,
        series=above.series,
        tier=above.tier or facts.tier,
        type=facts.type,
        title=item.title,
        url=SITE + item.url if item.url.startswith("/") else item.url,
        language=facts.language,
        modified=facts.modified,
        position=item.position,
        variant=kept_variant(facts, component),
    )


def _component(unit_code: str) -> str | None:
    """J250-01 and J250 03/04 as J250/01 and J250/03/04; the whole subject, J250, is no component."""
    found = re.match(r"([A-Z]\d{3})[-/ ](\d{2}(?:/\d{2})*)$", unit_code)
    return f"{found[1]}/{found[2]}" if found else None


def _heading_facts(item: finder_list.Item) -> Facts:
    found = re.match(r"(20\d\d) - (\w+) series", item.series)
    month = read_title(f"{found[2]} {found[1]}") if found else Facts()
    tier = read_title(item.tier).tier
    return Facts(series=month.series, year=month.year, tier=tier)


def _item_findings(item: finder_list.Item, code: str) -> Iterator[Finding]:
    told = read_title(item.title)
    component = _component(item.code)
    number = int(component[-2:]) if component and component.count("/") == 1 and told.paper_number else None
    witnesses = {
        "the title": told,
        "the heading": _heading_facts(item),
        "the unit code": Facts(component=component, paper_number=number),
        "the file name": Facts(type=file_name_facts(item.url).type),
    }
    yield from disagreements(witnesses, title=item.title, position=item.position)
    if item.code and not item.code.startswith(code):
        yield Finding("subject_code_differs", "error", f"{item.title} has the unit code {item.code}", item.position)
    if item.code and component is None and item.code != code:
        yield Finding("unknown_unit_code", "warning", f"{item.title} has the unit code {item.code}", item.position)


board = Board(code="OCR", name="Oxford, Cambridge and RSA Examinations", parse=parse)
