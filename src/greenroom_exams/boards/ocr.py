"""OCR: specifications by component, module or unit group, pages at a glance, the past-paper finder, and papers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin, urlsplit

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Board, Component, Finding, Offer, Paper, Parsed, Subject, Topic, confidence
from greenroom_exams.layouts import (
    finder_form,
    finder_list,
    kinds,
    module_content,
    numbered,
    subject_list,
    tabbed_glance,
    tabbed_pages,
    unit_groups,
)
from greenroom_exams.layouts.families import Family, Reading, chosen
from greenroom_exams.layouts.front_page import Front, board_of, read_front, subject_of
from greenroom_exams.layouts.paper_title import Facts, read_title
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join, read_pdf
from greenroom_exams.layouts.tables import described
from greenroom_exams.papers import (
    QUALIFICATION_NUMBER,
    check_unique,
    disagreements,
    file_name_facts,
    kept_variant,
    not_pdfs,
    paper_of,
    read_paper_page,
    unknown_type,
)

CODE = r"\b[HJ]\d{3}\b"
HOST = "www.ocr.org.uk"
SITE = f"https://{HOST}"
FINDER = f"{SITE}/qualifications/past-paper-finder/"
DOCUMENTS = f"{SITE}/resource/filterresourcesbysubject/"
# Where the site's own menu leads for each qualification, and what the finder's first select calls it.
INDEXES: Mapping[str, str] = MappingProxyType(
    {
        "GCSE": "/qualifications/gcse/",
        "A-Level": "/qualifications/as-and-a-level/",
        "AS-Level": "/qualifications/as-and-a-level/",
        "Cambridge-Nationals": "/qualifications/cambridge-nationals/",
        "Cambridge-Technicals": "/qualifications/cambridge-technicals/",
    }
)
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "GCSE": "GCSE",
        "A-Level": "AS and A Level",
        "AS-Level": "AS and A Level",
        "Cambridge-Nationals": "Cambridge Nationals",
        "Cambridge-Technicals": "Cambridge Technicals",
    }
)
# The levels that a qualification has in the finder; of a vocational one, all that it names.
LEVELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"GCSE": ("GCSE", "GCSE (Short course)"), "A-Level": ("A Level",), "AS-Level": ("AS Level",)}
)
# What the first figures of a code say. AS codes of mathematics and art lie among those of the A levels.
CODES: Mapping[str, str] = MappingProxyType(
    {
        "AS-Level": r"H[01]\d\d|H20\d|H23[05]|H63[05]",
        "A-Level": r"H(?!20\d|23[05]|63[05]|85\d|86\d)[2-7]\d\d",
        "GCSE": r"J(?!8)\d{3}",
        "Cambridge-Nationals": r"J8\d\d",
        "Cambridge-Technicals": r"\d{5}",
    }
)
VOCATIONAL = frozenset({"Cambridge-Nationals", "Cambridge-Technicals"})
# By the code of a subject, the one whose place it took: the facts of the data have both.
SUCCEEDED: Mapping[str, str] = MappingProxyType({"J198": "J051", "J383": "J382"})
# The site's own script asks so; the finder answers a page load otherwise.
SCRIPT = (("X-Requested-With", "XMLHttpRequest"),)

COLUMN_HEADS = ("Sub topic", "Guidance")
# Wingdings and the like, as the text layer gives them: box, circle, square.
BULLETS = "•¨o§ü"
SECTION = r"^\d[a-z]\. Content of (?P<title>.+?) \((?P<code>[A-Z]\d{3}/\d{2})\)"
# "Written paper: 1 hour and 30 minutes", "80 marks", "50% of total GCSE": the box beside each component.
PAPER = re.compile(r"(?P<kind>[A-Z][a-z]+ paper): (?:(?P<hours>\d) hours?)?(?: and )?(?:(?P<minutes>\d+) minutes)?$")
MARKS = re.compile(r"(\d{2,3}) marks")
SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)% of total\b")
# The head of a column is set in from its text.
BESIDE_POINTS = 60.0
GLANCE_TITLE = re.compile(
    r"^(?:AS and A Level|GCSE) - (?P<name>.+?)(?: \(9-1\))? - (?P<codes>[HJ]\d{3}(?:, [HJ]\d{3})*)$"
)
INDEX_LINK = re.compile(
    r"^/qualifications/[a-z-]+/[a-z0-9-]+?-(?P<codes>(?:[hj]\d{3}|\d{5})(?:-(?:[hj]\d{3}|\d{5}))*)(?:-from-20\d\d)?/$"
)
AT_A_GLANCE = "specification-at-a-glance/"
# Four series are shown until a person asks for more.
SERIES_SHOWN = 4


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read an OCR specification, a page at a glance, a page or answer of the finder, a list of subjects or a paper."""
    kind = kinds.kind_of(content, name=name)
    if kind == "pdf":
        return _pdf(content, name, subject, qualification)
    if kind == "html":
        return _page(content, name, subject, qualification)
    # A list of subjects must say whose it is: any two columns look like one.
    if subject_list.is_list(content, name=name) and re.search(rb"\bOCR\b|ocr\.org\.uk", content):
        return subject_list.read_offers(
            content, name=name, board=board.code, qualification=qualification, code_pattern=CODE, hosts=(HOST,)
        )
    if kind == "text":
        return _dump(content, name, subject, qualification)
    raise ContractBroken(f"{name} is no list of subjects or documents that OCR gives", hint=kinds.CORRECT_ADDRESS)


def _pdf(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    cover = read_pdf(content, name=name, page_limit=1)
    paper = read_single(cover, name=name, subject=subject, qualification=qualification)
    if paper is not None:
        return paper
    return read_specification(read_pdf(content, name=name), name=name, subject=subject, qualification=qualification)


def read_single(cover: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed | None:
    """The one row of a paper, of which the first page was read, or nothing when it is no paper."""
    paper = paper_of(cover, name=name, board=board.code, code_pattern=CODE, subject=subject)
    if paper is None:
        return None
    code = _paper_code(paper, cover)
    _refuse_qualification(code, qualification, name)
    # A paper names its qualification's number, which ties it to its specification, and no subject by name.
    number = read_paper_page(cover).qualification_number
    return replace(paper, subject=Subject(code, "", board.code, qualification, qan=number))


def _paper_code(paper: Parsed, cover: Pdf) -> str:
    if paper.papers:
        return paper.papers[0].subject_code
    return (read_paper_page(cover).facts.component or "")[:4]


def _dump(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    pdf = tabbed_pages.read_dump(content, name=name)
    if not any(page.printed for page in pdf.pages):
        raise ContractBroken(
            f"{name} has no page of an OCR specification: its running head and page numbers are missing",
            hint="An outline made by somebody else is no document of the board; give the specification itself.",
        )
    return read_specification(pdf, name=name, subject=subject, qualification=qualification)


def _page(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    if b"<html" not in content.lower():
        fragment = finder_list.read_fragment(content, name=name)
        return _listing(fragment, name, subject, qualification, ())
    page = kinds.read_html(content, name=name)
    finder_list.refuse_unbalanced(content, name=name)
    if page.css_first(tabbed_glance.TABS) is not None:
        return _at_a_glance(page, name, subject, qualification)
    if finder_form.is_finder(page):
        # The finder's own address stands for its list of qualifications, a page saved from it for the documents.
        if subject is None and _is_address(name, FINDER):
            return _offered(finder_form.entries(page), name, qualification, _named_type(page, qualification))
        return _listing(page, name, subject, qualification, finder_form.entries(page))
    # Other pages link to subjects too.
    if subject is None and _is_address(name, SITE + INDEXES.get(qualification, "/")):
        return _offered(tuple(_indexed(page)), name, qualification, True)
    raise ContractBroken(f"{name} is not OCR's past-paper finder", hint=kinds.CORRECT_ADDRESS)


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree in the family of layouts that has the most evidence, with what the document says of its subject."""
    front = _front(pdf)
    named = subject_of(front, board=board.code, name=name, subject=subject, qualification=qualification)
    parsed = chosen(pdf, FAMILIES, name=name, least_confidence=board.least_confidence)
    counts = {**parsed.counts, **{f"level {level}": count for level, count in _levels(parsed.topics)}}
    if pdf.is_text:
        letters = module_content.statements_in(pdf)
        counts |= {"statements": sum(map(len, letters.values()))} if letters else {}
    components = tuple(_coded_component(each, named.code) for each in parsed.components)
    return replace(parsed, subject=_dated(named, pdf), counts=counts, components=components)


def _coded_component(component: Component, code: str) -> Component:
    """A component "01" under the code that its papers bear: H420/01."""
    return replace(component, code=f"{code}/{component.code}") if re.fullmatch(r"\d{2}", component.code) else component


def _levels(topics: Sequence[Topic]) -> list[tuple[int, int]]:
    return sorted(Counter(topic.level for topic in topics).items())


def _front(pdf: Pdf) -> Front:
    """The front of a PDF by its running heads; a dump, and a cover that says "Advanced GCE in", by their lines."""
    front = read_front(pdf, CODE)
    lines = _cover(pdf)
    names = [
        line[3:]
        for above, line in pairwise(lines)
        if re.search(r"Advanced GCE$|GCSE(?: \(9[–-]1\))?$", above) and line.startswith("in ")
    ]
    codes = [line for line in lines if re.fullmatch(CODE, line)]
    if front.name is not None or len(names) != 1 or len(codes) != 1:
        return front
    text = " ".join(lines)
    # The contents page of a dump follows its cover without a break and names what other documents are.
    told = [name for name, mark in (("A-Level", r"Advanced GCE"), ("GCSE", r"\bGCSE\b")) if re.search(mark, text)]
    if "Advanced Subsidiary" in text or "AS Level" in text:
        told = ["AS-Level"]
    version = re.search(r"Version (\d+(?:\.\d+)?)", text)
    return Front(
        board=board_of(text),
        is_specification="Specification" in lines,
        code=codes[0],
        name=names[0],
        qualifications=tuple(told[:1]),
        version=version[1] if version else None,
        start_year=front.start_year or _first_teaching(pdf),
    )


def _cover(pdf: Pdf) -> list[str]:
    """The lines of the cover: of a dump those down to the board's address."""
    lines = [line.text for line in pdf.pages[0].lines]
    end = next((index + 1 for index, line in enumerate(lines) if "ocr.org.uk" in line), len(lines))
    return lines[:end] if pdf.is_text else lines


def _first_teaching(pdf: Pdf) -> int | None:
    """The contents page: "Introducing... A Level History A (from September 2015)"."""
    years = {found[1] for line in pdf.pages[0].lines if (found := re.search(r"\(from September (20\d\d)\)", line.text))}
    return int(years.pop()) if len(years) == 1 else None


def _dated(subject: Subject, pdf: Pdf) -> Subject:
    """The subject with its number in the regulator's register and the year of its first exams, where both are sure."""
    text = " ".join(line.text for page in pdf.pages for line in page.lines)
    numbers = set(re.findall(QUALIFICATION_NUMBER, text))
    first = re.search(r"For first assessment in (20\d\d)", " ".join(_cover(pdf)))
    return replace(
        subject,
        qan=numbers.pop() if len(numbers) == 1 else None,
        first_assessment_year=int(first[1]) if first else None,
    )


def _by_component(pdf: Pdf) -> Reading | None:
    """The tree of the sections "Content of ...", by component, compared with overview and outline."""
    topics = tuple(_topics(pdf))
    if not any(topic.level for topic in topics):
        return None
    assessed = tuple(_assessed(pdf, [topic for topic in topics if topic.level == 0]))
    findings = [*_check(pdf, topics)]
    if _heads(pdf) and any(component.marks is None for component in assessed):
        findings.append(Finding("assessment_unread", "warning", "the overview does not tell each component's marks"))
    return Reading(topics, tuple(findings), assessed)


def _heads(pdf: Pdf) -> list[Line]:
    return [line for line in pdf.lines() if line.text.casefold() == "assessment overview"]


def _assessed(pdf: Pdf, topics: Sequence[Topic]) -> Iterator[Component]:
    """Each component, with what stands beside it below "Assessment Overview", down to the next one."""
    heads = _heads(pdf)
    page = [line for line in pdf.lines() if heads and line.page == heads[0].page]
    starts = {topic.code: line.base for topic in topics for line in page if line.text.startswith(f"{topic.code}:")}
    for topic in topics:
        component = Component(topic.code, topic.name, page=heads[0].page if heads else topic.page)
        if topic.code not in starts:
            yield component
            continue
        top = starts[topic.code]
        bottom = max((base for base in starts.values() if base < top - 1), default=float("-inf"))
        beside = [
            line.text
            for line in page
            if line.left >= heads[0].left - BESIDE_POINTS and bottom + 1 < line.base < top + 1
        ]
        yield replace(component, **_assessment(beside))


def _assessment(lines: Sequence[str]) -> dict[str, Any]:
    """What the lines of one box say, each of it only where it is said once."""
    found: dict[str, Any] = {}
    for line in lines:
        kind, marks, share = PAPER.match(line), MARKS.fullmatch(line), SHARE.match(line)
        if kind and "assessment" not in found:
            hours, minutes = int(kind["hours"] or 0), int(kind["minutes"] or 0)
            found |= {"assessment": kind["kind"].casefold(), "duration_minutes": hours * 60 + minutes or None}
        elif marks and "marks" not in found:
            found["marks"] = int(marks[1])
        elif share and "weight_percent" not in found:
            found["weight_percent"] = float(share[1])
    return found


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


FAMILIES = (
    Family("numbered by component", _by_component),
    Family(module_content.NAME, module_content.read),
    Family(unit_groups.NAME, unit_groups.read),
)


def _at_a_glance(page: Any, name: str, subject: str | None, qualification: str) -> Parsed:
    """Components and the overview of the content from the tab of one qualification; held, as it is no whole tree."""
    title = GLANCE_TITLE.match(kinds.text_of(page.css_first("title"))) if page.css_first("title") else None
    glance = next((each for each in tabbed_glance.glances(page) if each.qualification == qualification), None)
    if title is None or glance is None:
        raise ContractBroken(
            f"{name} is no page at a glance of a {qualification}", hint="Correct the address or the qualification."
        )
    codes = [code for code in title["codes"].split(", ") if _is_of(code, qualification)]
    if len(codes) != 1 or (subject is not None and subject != codes[0]):
        told = ", ".join(codes) or title["codes"]
        raise ContractBroken(
            f"{name} is the page of {told}, not of {subject or qualification}", hint="Correct the address."
        )
    code = codes[0]
    findings = [*tabbed_glance.check(glance)]
    if glance.specification and not re.search(rf"\b{code}\b", glance.specification.replace("_", "-"), re.I):
        message = f"the {qualification} tab of {code} links to {glance.specification}"
        findings.append(Finding("subject_code_differs", "error", message))
    message = "a page at a glance shows the top levels without codes; the tree stands in the specification it links to"
    findings.append(Finding("overview_only", "warning", message))
    address = urljoin(SITE, glance.specification) if glance.specification else None
    named = Subject(code, title["name"], board.code, qualification, specification_pdf_url=address)
    counts = {"components": len(glance.components), **{f"level {level}": n for level, n in _levels(glance.topics)}}
    told_findings = tuple(findings)
    topics = tuple(
        replace(topic, component_code=f"{code}/{topic.component_code}") if topic.component_code else topic
        for topic in glance.topics
    )
    return Parsed(
        named, topics, (), told_findings, tabbed_glance.NAME, confidence(told_findings), counts,
        components=tuple(_coded_component(each, code) for each in glance.components), whole=False,
    )  # fmt: skip


def check_at_a_glance(content: bytes, parsed: Parsed, *, name: str) -> tuple[Finding, ...]:
    """What a page at a glance says otherwise than the specification that was read: a second witness."""
    if parsed.subject is None:
        return ()
    for glance in tabbed_glance.glances(kinds.read_html(content, name=name)):
        if glance.qualification == parsed.subject.qualification_type:
            return tuple(tabbed_glance.compare(glance, parsed.components, parsed.topics))
    return (Finding("witnesses_disagree", "error", f"{name} has no tab of {parsed.subject.qualification_type}"),)


def _is_of(code: str, qualification: str) -> bool:
    """Whether a code is one of a qualification's; a qualification without a rule takes all."""
    return bool(re.fullmatch(CODES.get(qualification, ".*"), code))


def _refuse_qualification(code: str, qualification: str, name: str) -> None:
    own = [each for each in CODES if _is_of(code, each)]
    if qualification in CODES and own and qualification not in own:
        raise ContractBroken(f"{name} is of {code}, {own[0]}, not {qualification}", hint="Correct the qualification.")


def _is_address(name: str, own: str) -> bool:
    """Whether a document has come from an address of the site, and is not a file of any name."""
    parts = urlsplit(name)
    path = parts.path.removesuffix("index.aspx").rstrip("/")
    return parts.netloc == HOST and path == urlsplit(own).path.rstrip("/")


def _named_type(page: Any, qualification: str) -> bool:
    """Whether the finder knows the qualification by a name of its own."""
    return TYPES.get(qualification) in finder_form.types(page)


def _offered(entries: Sequence[finder_form.Entry], name: str, qualification: str, is_known: bool) -> Parsed:
    """The subjects of a qualification that a page offers; a page of another type offers none of them."""
    read = list(finder_form.offers(entries, lambda code: _is_of(code, qualification)))
    offers = tuple(each for each in read if isinstance(each, Offer))
    if not is_known or not offers:
        raise SourceEmpty(
            f"{name} offers no {qualification}", hint="Choose the type of qualification, then save the page again."
        )
    findings = [each for each in read if isinstance(each, Finding)]
    codes = Counter(offer.code for offer in offers)
    for code, times in codes.items():
        if times > 1:
            findings.append(Finding("duplicate_code", "warning", f"{code} is offered {times} times"))
    counts = {"entries": len(entries), "offers": len(offers)}
    found = tuple(findings)
    return Parsed(None, (), (), found, "finder form", confidence(found), counts, offers=offers)


def _indexed(page: Any) -> Iterator[finder_form.Entry]:
    """The subjects that a page of the site links to, by addresses that end with their codes."""
    seen = set()
    for link in page.css("a[href]"):
        address = urlsplit(urljoin(SITE, link.attributes.get("href") or ""))
        found = INDEX_LINK.match(address.path) if address.netloc == HOST else None
        entry = finder_form.entry_of(SITE + address.path, kinds.text_of(link)) if found else None
        if found and entry and address.path not in seen:
            seen.add(address.path)
            codes = tuple(code.upper() for code in found["codes"].split("-"))
            # Text and address name the codes independently; where they differ, nobody can say which subject it is.
            yield replace(entry, codes=codes if not entry.codes or set(entry.codes) == set(codes) else ())


def _listing(
    page: Any, name: str, subject: str | None, qualification: str, entries: Sequence[finder_form.Entry]
) -> Parsed:
    items = tuple(finder_list.items(page))
    if not items:
        raise SourceEmpty(f"{name} lists no documents", hint="Choose type, qualification and level, then save it.")
    code = _listed_code(items, name, subject, qualification)
    _refuse_qualification(code, qualification, name)
    is_vocational = qualification in VOCATIONAL
    pdfs = [item for item in items if item.kind == "pdf"]
    rows = [_row(item, code) for item in pdfs]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    series = finder_list.series(page)
    findings = (
        *(finding for item in pdfs for finding in _item_findings(item, code, is_vocational=is_vocational)),
        *(row for row in rows if isinstance(row, Finding)),
        *not_pdfs(item.kind for item in items if item.kind != "pdf"),
        *check_unique(papers),
        *_check_series(series),
    )
    counts = {
        "items": len(items),
        "pdfs": len(pdfs),
        "rows": len(papers),
        "undated": sum(isinstance(row, Finding) and row.rule == "paper_without_series" for row in rows),
        "series": len(series),
        "locked": len(_locked(series, papers)),
    }
    named = _listed_subject(entries, code, qualification)
    return Parsed(named, (), papers, findings, "finder list", confidence(findings), counts)


def _check_series(series: Sequence[str]) -> Iterator[Finding]:
    if len(series) == SERIES_SHOWN:
        message = "shows four series, as the finder does until it is expanded; older ones may be missing"
        yield Finding("series_hidden", "warning", message)
    if len(set(series)) != len(series):
        yield Finding("series_doubled", "error", "a series stands on the page twice")


def _locked(series: Sequence[str], papers: Sequence[Paper]) -> list[str]:
    """The newest series of which neither a question paper nor a mark scheme is shown: teachers only have them."""
    shown = {f"{paper.year} - {paper.series}" for paper in papers if paper.type in {"question paper", "mark scheme"}}
    locked: list[str] = []
    for each in series:
        if each.removesuffix(" series") in shown:
            break
        locked.append(each)
    return locked


def _listed_code(items: Sequence[finder_list.Item], name: str, subject: str | None, qualification: str) -> str:
    """The subject code that the unit codes begin with; the file name and the form may tell another.

    Units of a vocational qualification have codes of their own: its subject is the one that was asked for.
    """
    codes = Counter(found.group() for item in items if (found := re.match(CODE, item.code)))
    if qualification in VOCATIONAL:
        if subject is None:
            raise ContractBroken(f"{name} names units only, not their subject", hint="Name it with --subject.")
        return subject
    if not codes:
        raise ContractBroken(f"{name} lists documents without unit codes", hint="Look at the page by hand.")
    code = codes.most_common(1)[0][0]
    if subject is not None and code != subject:
        raise ContractBroken(f"{name} lists {code}, not {subject}", hint="Give the page of the subject asked for.")
    return code


def _listed_subject(entries: Sequence[finder_form.Entry], code: str, qualification: str) -> Subject | None:
    """The subject as the form's list of qualifications names it: "Business (9-1) - J204 (from 2017)"."""
    for entry in entries:
        if code in entry.codes:
            return Subject(code, entry.name, board.code, qualification, spec_start_year=entry.first_teaching)
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


def _item_findings(item: finder_list.Item, code: str, *, is_vocational: bool) -> Iterator[Finding]:
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
    if is_vocational:
        return
    if item.code and not item.code.startswith(code):
        yield Finding("subject_code_differs", "error", f"{item.title} has the unit code {item.code}", item.position)
    if item.code and component is None and item.code != code:
        yield Finding("unknown_unit_code", "warning", f"{item.title} has the unit code {item.code}", item.position)


def start(qualification: str, subject: str | None) -> Iterator[Request]:
    """The finder, which lists the subjects and leads to their papers, and the site's page of the qualification."""
    if qualification in TYPES:
        yield Request(FINDER, "subject list", subject=subject)
        yield Request(SITE + INDEXES[qualification], "subject", subject=subject)


def follow(qualification: str, request: Request, content: bytes) -> Iterable[Request]:
    """From the finder to the levels of each subject and to its documents; from subject pages to specifications."""
    if request.kind not in {"subject list", "subject"}:
        return ()
    if kinds.kind_of(content, name=request.address) == "json":
        return _documents(qualification, request, content)
    page = kinds.read_html(content, name=request.address)
    if finder_form.is_finder(page):
        return _levels_of(page, qualification, request.subject)
    return _specifications(page, qualification, request)


def _levels_of(page: Any, qualification: str, subject: str | None) -> Iterator[Request]:
    """The question which levels each subject has, at the address that the form itself would send it to."""
    address = finder_form.action(page, finder_form.QUALIFICATIONS)
    told = finder_form.fields(page)
    if not address or not told:
        return
    for entry in finder_form.entries(page):
        codes = [code for code in entry.codes if _is_of(code, qualification)]
        if codes and subject in {None, *codes}:
            # Where only one of the codes is wanted, the others leave their places empty.
            kept = ",".join(code if subject in {None, code} else "" for code in codes)
            # The other fields are for the next step, which sees of this one only its request and its answer.
            form = (("qualification", entry.value), *told)
            yield Request(urljoin(SITE, address), "subject", kept, entry.name, form=form, headers=SCRIPT)


def _documents(qualification: str, request: Request, content: bytes) -> Iterator[Request]:
    """The documents of each level that the answer names: [{"value": 1, "description": "A Level"}]."""
    answer = kinds.read_json(content, name=request.address)
    named = [str(level.get("description")) for level in answer if isinstance(level, dict)]
    for level, code in _coded(named, qualification, (request.subject or "").split(",")):
        fields = [(name, value) for name, value in request.form if name != "qualification"]
        form = (*((name, value) for name, value in request.form if name == "qualification"), ("level", level), *fields)
        yield Request(DOCUMENTS, "papers", code, request.name, form=form, headers=SCRIPT)


def _coded(named: Sequence[str], qualification: str, codes: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Each level of the qualification with the code of its subject, None where several have one level."""
    levels = [level for level in LEVELS.get(qualification, tuple(named)) if level in named]
    if len(levels) == len(codes):
        # "Religious Studies - J625, J125": the GCSE, then its short course.
        yield from ((level, code) for level, code in zip(levels, codes, strict=True) if code)
    elif len(codes) == 1:
        yield from ((level, codes[0]) for level in (levels if qualification in VOCATIONAL else levels[:1]))
    else:
        yield from ((level, None) for level in levels[:1])


def _specifications(page: Any, qualification: str, request: Request) -> Iterator[Request]:
    """From a page of the qualification to its subjects, from a subject to its page at a glance, and to the PDF."""
    for glance in tabbed_glance.glances(page):
        if glance.qualification == qualification and glance.specification:
            yield Request(urljoin(SITE, glance.specification), "specification", request.subject, request.name)
            return
    own = urlsplit(request.address).path
    links = {urlsplit(urljoin(request.address, node.attributes.get("href") or "")) for node in page.css("a[href]")}
    for link in sorted(link for link in links if link.netloc == HOST):
        if link.path.endswith(AT_A_GLANCE) and link.path.startswith(own) and link.path != own:
            yield Request(SITE + link.path, "subject", request.subject, request.name)
    if INDEXES.get(qualification, "").rstrip("/") != own.rstrip("/"):
        return
    for entry in _indexed(page):
        codes = [code for code in entry.codes if _is_of(code, qualification)]
        if codes and request.subject in {None, *codes}:
            yield Request(entry.value, "subject", request.subject or codes[0], entry.name)


board = Board(
    code="OCR",
    name="Oxford, Cambridge and RSA Examinations",
    parse=parse,
    proof=MappingProxyType(
        {
            ("GCSE", "specification"): "real",
            ("GCSE", "papers"): "real",
            ("GCSE", "subject list"): "real",
            ("A-Level", "specification"): "real",
            ("A-Level", "papers"): "real",
            ("A-Level", "subject list"): "real",
            ("AS-Level", "subject list"): "real",
            ("AS-Level", "papers"): "made-up",
            ("Cambridge-Nationals", "papers"): "made-up",
            ("Cambridge-Nationals", "subject list"): "made-up",
            ("Cambridge-Technicals", "papers"): "made-up",
            ("Cambridge-Technicals", "subject list"): "made-up",
        }
    ),
    hosts=(HOST,),
    start=start,
    follow=follow,
    spellings=("Cambridge OCR",),
    succeeded=SUCCEEDED,
)
