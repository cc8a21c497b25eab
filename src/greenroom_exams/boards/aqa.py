"""AQA: specifications as PDF and as web pages, the list of resources, the search for papers, and papers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Board, Finding, Parsed, Subject, Topic, confidence
from greenroom_exams.layouts import (
    at_a_glance,
    content_pages,
    kinds,
    numbered,
    resource_cards,
    resource_list,
    resource_names,
    resource_rows,
    subject_links,
    subject_list,
)
from greenroom_exams.layouts.front_page import read_front, subject_of
from greenroom_exams.layouts.outline import Section, section
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join, read_pdf
from greenroom_exams.layouts.tables import described
from greenroom_exams.papers import paper_of

# Years begin with 1 or 2, subject codes never do.
CODE = r"\b[3-9]\d{3}\b"
CONTENT = "Subject content"
GLANCE = "Specification at a glance"
ASSESSMENT = "Scheme of assessment"
ADMINISTRATION = "General administration"
COLUMN_HEADS = ("Content", "Additional information")
_SPOKEN = {"A-level": "A-Level", "AS": "AS-Level", "GCSE": "GCSE"}
_COVER_CODES = re.compile(
    r"(?:\b(?P<level>AS|A-level|GCSE)\s+)?\((?P<codes>[3-9]\d{3}(?:\s*[,–-]\s*[3-9]\d{3})*)\)", re.I
)
_QAN = re.compile(r"\(QAN\)[^.]{0,40}?\b(\d{3}/\d{4}/[\dX])\b")
_TITLE = re.compile(
    rf"^(?:AQA \| )?(?P<levels>AS and A-level|A-level|GCSE|AS)\s+(?P<name>.+?)\s+(?P<codes>{CODE}(?:,? {CODE})*)"
)
_NOT_EXAMINED = re.compile(r"\bnon-exam(?:ination)? assessment\b|\bNEA\b", re.I)
_A_LEVEL_ONLY = re.compile(r"\(A-level only\)", re.I)
_HIGHER_ONLY = re.compile(r"\((?:HT|Higher Tier) only\)", re.I)


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read any document of AQA: a specification, its web pages, a list of papers or of subjects, a paper."""
    kind = kinds.kind_of(content, name=name)
    if kind == "pdf":
        return _pdf(content, name, subject, qualification)
    if kind == "html":
        return _page(content, name, subject, qualification)
    if kind == "json":
        return _json(content, name, subject, qualification)
    raise ContractBroken(f"{name} is neither a PDF, a page nor a list of AQA", hint=kinds.CORRECT_ADDRESS)


def _pdf(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    cover = read_pdf(content, name=name, page_limit=1)
    paper = paper_of(cover, name=name, board=board.code, code_pattern=CODE, subject=subject)
    if paper is not None:
        return paper
    return read_specification(read_pdf(content, name=name), name=name, subject=subject, qualification=qualification)


def _page(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    page = kinds.read_html(content, name=name)
    title = kinds.text_of(page.css_first("title")) if page.css_first("title") else ""
    if "AQA" not in title:
        raise ContractBroken(f"{name} is titled {title!r}, not as a page of AQA", hint=kinds.CORRECT_ADDRESS)
    if content_pages.is_content_page(page, name=name):
        parsed = _content(page, title, name, subject, qualification)
        findings = (*parsed.findings, *content_pages.check_markup(content))
        return replace(parsed, findings=findings, confidence=confidence(findings))
    listed = None if _TITLE.search(title) else subject_links.subject_list(page, qualification, name=name)
    if listed is not None:
        return listed
    return _listing(page, title, name, subject, qualification)


def _json(content: bytes, name: str, subject: str | None, qualification: str) -> Parsed:
    if subject_list.is_list(content, name=name):
        return subject_list.read_offers(
            content,
            name=name,
            board=board.code,
            qualification=qualification,
            code_pattern=CODE,
            hosts=subject_links.HOSTS,
        )
    value = kinds.read_json(content, name=name)
    if resource_list.is_search(value):
        return _search(value, name, subject, qualification)
    if isinstance(value, dict) and "content_items" in value:
        message = f"{name} is an extract that another program made of AQA's pages, not the board's document"
        raise ContractBroken(message, hint="Give the pages themselves, or the specification as PDF.")
    raise ContractBroken(f"{name} is JSON, but not a list that AQA gives", hint=kinds.CORRECT_ADDRESS)


# --- specifications as PDF


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree of the section "Subject content", by its headings, compared with the outline."""
    codes = _cover_codes(pdf, qualification)
    named = _named(pdf, codes, name=name, subject=subject, qualification=qualification)
    content = section(pdf.outline, CONTENT)
    if content is None:
        raise ContractBroken(f"{name} has no outline with {CONTENT!r}", hint="Give the PDF as AQA publishes it.")
    topics = _topics(pdf, content)
    if not topics:
        raise SourceEmpty(f"{name} has no numbered headings in {CONTENT!r}", hint="Read that section by hand.")
    glances = at_a_glance.glances(_glance_lines(pdf, qualification), code=named.code)
    also, untitled = _also(pdf, named, codes)
    checked = (*_check(pdf, content, topics), *_check_glances(pdf, named, glances))
    findings = (*checked, *_check_years(pdf, qualification), *untitled)
    return Parsed(
        also[0] if also else named,
        _of_qualification(_assigned(topics, glances), qualification),
        (),
        findings,
        "numbered with outline",
        confidence(findings),
        also=also[1:],
        components=tuple(glance.component for glance in glances),
    )


def _cover_codes(pdf: Pdf, qualification: str) -> tuple[str, ...]:
    """The codes of this qualification on a cover that has several: "AS (7401)", "A-level (7402)", "(7201, 7202)".

    A single one decides nothing: it may be that of another document.
    """
    cover = join(line.text for line in pdf.pages[0].lines)
    found = list(_COVER_CODES.finditer(cover))
    labelled = len(found) > 1 and all(match["level"] for match in found)
    wanted = [match for match in found if not labelled or _level(match["level"]) == qualification]
    several = len([code for match in found for code in _codes(match["codes"])]) > 1
    return tuple(dict.fromkeys(code for match in wanted for code in _codes(match["codes"]))) if several else ()


def _level(text: str) -> str | None:
    return next((canonical for spoken, canonical in _SPOKEN.items() if spoken.casefold() == text.casefold()), None)


def _codes(text: str) -> Iterator[str]:
    """The codes of a list; a range names all between its ends."""
    for first, last in re.findall(r"(\d{4})(?:\s*[–-]\s*(\d{4}))?", text):
        yield from map(str, range(int(first), int(last or first) + 1))


def _named(pdf: Pdf, codes: Sequence[str], *, name: str, subject: str | None, qualification: str) -> Subject:
    """The subject that was asked for, or the first on the cover; with its number, its years and its version."""
    chosen = subject if subject in codes else next(iter(codes), None)
    front = read_front(pdf, rf"\b{chosen}\b" if chosen else CODE)
    named = subject_of(front, board=board.code, name=name, subject=subject, qualification=qualification)
    numbers = set(_QAN.findall(" ".join(line.text for line in pdf.lines())))
    years = _first_assessment(pdf, qualification)
    # Several numbers belong to several qualifications, and nothing says surely which to which.
    return replace(
        named,
        qan=numbers.pop() if len(numbers) == 1 else None,
        first_assessment_year=years.pop() if len(years) == 1 else None,
    )


def _first_assessment(pdf: Pdf, qualification: str) -> set[int]:
    """The years in "For A-level exams in May/June 2017 onwards", on the cover and in the running heads.

    The running head of two qualifications together names the earlier of their years.
    """
    spoken = {canonical: word for word, canonical in _SPOKEN.items()}.get(qualification, "GCSE")
    heads = [head for head in pdf.running if "AS and A-level exams" not in head]
    text = " ".join([*(line.text for line in pdf.pages[0].lines), *heads])
    found = re.findall(rf"\b{spoken} exams (?:in )?(?:(?:May/)?June )?(20\d\d) onwards", text)
    return set(map(int, found))


def _check_years(pdf: Pdf, qualification: str) -> Iterator[Finding]:
    years = sorted(_first_assessment(pdf, qualification))
    if len(years) > 1:
        message = f"the first exams are in {' and '.join(map(str, years))}, by cover and running head"
        yield Finding("witnesses_disagree", "warning", message, "page 1")


def _also(pdf: Pdf, named: Subject, codes: Sequence[str]) -> tuple[tuple[Subject, ...], tuple[Finding, ...]]:
    """The subject that was asked for and all others on the cover, each by its title in "Entries and codes"."""
    if len(codes) < 2:
        return (), ()
    titles = _entry_titles(pdf)
    ordered = [named.code, *(code for code in codes if code != named.code)]
    subjects = tuple(replace(named, code=code, name=titles.get(code, named.name)) for code in ordered)
    # A number printed once is that of the whole document's only qualification.
    subjects = tuple(replace(each, qan=None) for each in subjects)
    lost = [code for code in ordered if code not in titles]
    message = f"'Entries and codes' gives no title of its own to {', '.join(lost)}"
    return subjects, ((Finding("code_without_title", "warning", message),) if lost else ())


def _entry_titles(pdf: Pdf) -> dict[str, str]:
    """The names in the table of entry codes, "AQA A-level in Lantern Studies (Glass)" and 7999 in one row."""
    chapter = section(pdf.outline, ADMINISTRATION)
    lines = [line for line in pdf.lines() if chapter is not None and _within(line.page, chapter)]
    titles: dict[str, str] = {}
    for line in lines:
        code = re.fullmatch(CODE, line.text)
        row = [each for each in lines if each.page == line.page and each.right <= line.left]
        beside = [each for each in row if abs(each.base - line.base) < 1]
        found = re.search(r"\bin (?P<name>[A-Z].+)", beside[0].text) if code and beside else None
        if code and found:
            titles[code.group()] = found["name"]
    return titles


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
            tier="Higher" if _HIGHER_ONLY.search(each.title) else None,
        )
        for order, (each, text) in enumerate(zip(found, texts, strict=True), start=1)
    )


def _within(page: int, content: Section) -> bool:
    return page >= content.first_page and (content.last_page is None or page <= content.last_page)


def _glance_lines(pdf: Pdf, qualification: str) -> list[Line]:
    """The chapter with the components; of two qualifications' components those of the one that was asked for."""
    chapter = section(pdf.outline, GLANCE)
    lines = [line for line in pdf.lines() if chapter is not None and _within(line.page, chapter)]
    heads = {index: level for index, line in enumerate(lines) if (level := _glance_level(line.text))}
    mine = [index for index, level in heads.items() if level == qualification]
    if not mine or len(set(heads.values())) < 2:
        return lines
    end = min((index for index in heads if index > mine[0]), default=len(lines))
    return lines[mine[0] : end]


def _glance_level(text: str) -> str | None:
    found = re.fullmatch(r"\d+\.\d+ (AS|A-level)(?: assessments?)?", text)
    return _SPOKEN[found[1]] if found else None


def _assigned(topics: Sequence[Topic], glances: Sequence[at_a_glance.Glance]) -> tuple[Topic, ...]:
    """Topics with the one component that draws on their section; what is not examined is marked, with all below."""
    owners: dict[str, list[str]] = {}
    for glance in glances:
        for code in glance.drawn_from:
            owners.setdefault(code, []).append(glance.component.code)
    unexamined = {glance.component.code for glance in glances if not glance.component.examined}
    set_aside: set[str] = set()
    assigned = []
    for topic in topics:
        mine = owners.get(".".join(topic.code.split(".")[:2]), [])
        component = mine[0] if len(mine) == 1 else None
        if _NOT_EXAMINED.search(topic.name) or component in unexamined or topic.parent_code in set_aside:
            set_aside.add(topic.code)
        assigned.append(replace(topic, component_code=component, examined=topic.code not in set_aside))
    return tuple(assigned)


def _of_qualification(topics: Sequence[Topic], qualification: str) -> tuple[Topic, ...]:
    """Without what a heading keeps for the A-level, where the AS was asked for."""
    if qualification != "AS-Level":
        return tuple(topics)
    gone: set[str] = set()
    kept = []
    for topic in topics:
        if _A_LEVEL_ONLY.search(topic.name) or topic.parent_code in gone:
            gone.add(topic.code)
        else:
            kept.append(topic)
    return tuple(kept)


def _check(pdf: Pdf, content: Section, topics: Sequence[Topic]) -> Iterator[Finding]:
    yield from numbered.check_numbering(topics)
    yield from numbered.compare_titles(content.entries, topics, source="the outline")
    yield from numbered.check_pages(pdf.pages, content.first_page, content.last_page or pdf.pages[-1].number)


def _check_glances(pdf: Pdf, named: Subject, glances: Sequence[at_a_glance.Glance]) -> Iterator[Finding]:
    chapter = section(pdf.outline, ASSESSMENT)
    lines = [line for line in pdf.lines() if chapter is not None and _within(line.page, chapter)]
    told = at_a_glance.marks_told(lines, code=named.code)
    # Two qualifications print two tables of weightings alike.
    of_two = len({level for line in pdf.lines() if (level := _glance_level(line.text))}) > 1
    yield from at_a_glance.check_glances(glances, {} if of_two else told)


# --- specifications as web pages


def _content(page: Any, title: str, name: str, subject: str | None, qualification: str) -> Parsed:
    """One page of the subject content; the pages of one specification are read each alone, and put together."""
    address = content_pages.own_address(page, name=name)
    named, also = _page_subjects(title, address, name, subject, qualification)
    read = content_pages.read_page(page, name=name)
    if not read.topics and not read.is_index:
        raise SourceEmpty(f"{name} has no headings with codes", hint="Save it again after its text has appeared.")
    counts = {"items": 0 if read.is_index else 1, "promised": len(read.sections) or 1}
    findings = (*read.findings, *_parts_missing(counts["items"], counts["promised"]))
    topics = _of_qualification(_assigned(_tiered(read.topics), ()), qualification)
    return Parsed(named, topics, (), findings, "content pages", confidence(findings), counts, also=also)


def _tiered(topics: Sequence[Topic]) -> tuple[Topic, ...]:
    return tuple(replace(topic, tier="Higher") if _HIGHER_ONLY.search(topic.name) else topic for topic in topics)


def _parts_missing(items: int, promised: int) -> Iterator[Finding]:
    if items < promised:
        message = f"the page holds {items} of {promised} sections; the others are on pages of their own"
        yield Finding("listing_incomplete", "warning", message)


def _page_subjects(
    title: str, address: str, name: str, subject: str | None, qualification: str
) -> tuple[Subject, tuple[Subject, ...]]:
    """The subject of a page, and the others it is of, by its title, which its address must not contradict."""
    found = _TITLE.search(title)
    if not found:
        raise ContractBroken(f"{name} is titled {title!r}, without a subject", hint=kinds.CORRECT_ADDRESS)
    levels = [_SPOKEN[each] for each in re.findall(r"AS|A-level|GCSE", found["levels"])]
    if qualification not in levels:
        raise ContractBroken(f"{name} is for {', '.join(levels)}, not for {qualification}", hint=kinds.CORRECT_ADDRESS)
    codes = re.findall(CODE, found["codes"])
    addressed = subject_links.codes_of(address)
    if addressed and set(addressed) != set(codes):
        message = f"{name} is titled with {', '.join(codes)}, its address with {', '.join(addressed)}"
        raise ContractBroken(message, hint=kinds.CORRECT_ADDRESS)
    if len(levels) == len(codes):
        # "AS and A-level Biology 7401, 7402": one code each, in this order.
        codes = [code for level, code in zip(levels, codes, strict=True) if level == qualification]
    if subject is not None and subject not in codes:
        raise ContractBroken(f"{name} is of {', '.join(codes)}, not of {subject}", hint=kinds.CORRECT_ADDRESS)
    chosen = subject or codes[0]
    named = Subject(chosen, found["name"], board.code, qualification)
    return named, tuple(replace(named, code=code) for code in codes if code != chosen)


# --- lists of papers


def _listing(page: Any, title: str, name: str, subject: str | None, qualification: str) -> Parsed:
    """The page of resources: the whole list in its data where that was saved, else the cards it shows."""
    cards = tuple(resource_cards.items(page))
    whole = resource_list.resources(page, name=name)
    if not cards and not (whole and whole.items):
        raise SourceEmpty(f"{name} shows no resources", hint="Save it again after the list has appeared.")
    named = _page_subject(title, name, subject, qualification)
    promised = resource_cards.results_promised(page)
    if whole is None:
        papers, findings, counts = resource_rows.papers_of(cards, [None] * len(cards), named)
        counts |= {"promised": promised or len(cards)}
        findings += resource_rows.incomplete(len(cards), promised)
        layout = "resource cards"
    else:
        papers, findings, counts = resource_rows.papers_of(whole.items, [None] * len(whole.items), named)
        counts |= {"items": counts["items"] + whole.links, "cards": len(cards), "links": whole.links}
        counts |= {"promised": counts["items"]}
        findings += resource_rows.check_whole(whole, cards, named, promised)
        layout = "resource list"
    return Parsed(named, (), papers, tuple(findings), layout, confidence(tuple(findings)), counts)


def _search(value: Any, name: str, subject: str | None, qualification: str) -> Parsed:
    """One reply of the search for papers; the subject is that of the question, which the papers must bear."""
    found = resource_list.search_results(value, name=name)
    asked = next(iter(parse_qs(urlsplit(name).query).get("specCode", [])), subject)
    codes = Counter(code for item in found.items if (code := resource_names.subject_code(item.content_id)))
    code = asked or (codes.most_common(1)[0][0] if codes else None)
    if not found.items:
        raise SourceEmpty(f"{name} found nothing", hint="Look at the page of past papers; the code may be another.")
    if code is None or (subject is not None and code != subject):
        raise ContractBroken(f"{name} lists {code or 'no papers'}, not {subject}", hint=kinds.CORRECT_ADDRESS)
    papers, findings, counts = resource_rows.papers_of(
        found.items, found.tiers, Subject(code, "", board.code, qualification)
    )
    counts |= {"promised": found.hits}
    findings += resource_rows.incomplete(len(found.items), found.hits)
    return Parsed(None, (), papers, tuple(findings), "resource search", confidence(tuple(findings)), counts)


def _page_subject(title: str, name: str, subject: str | None, qualification: str) -> Subject:
    found = _TITLE.search(title)
    if not found:
        raise ContractBroken(f"{name} is titled {title!r}, without a subject", hint=kinds.CORRECT_ADDRESS)
    codes = re.findall(CODE, found["codes"])
    if subject is not None and subject not in codes:
        raise ContractBroken(f"{name} lists {', '.join(codes)}, not {subject}", hint=kinds.CORRECT_ADDRESS)
    levels = [_SPOKEN[each] for each in re.findall(r"AS|A-level|GCSE", found["levels"])]
    if qualification not in levels:
        raise ContractBroken(f"{name} is for {', '.join(levels)}, not for {qualification}", hint=kinds.CORRECT_ADDRESS)
    return Subject(subject or codes[0], found["name"], board.code, qualification)


board = Board(
    code="AQA",
    name="Assessment and Qualifications Alliance",
    parse=parse,
    proof={
        ("GCSE", "specification"): "real",
        ("A-Level", "specification"): "made-up",
        ("AS-Level", "specification"): "made-up",
        ("A-Level", "papers"): "real",
        # The page and the grammar are the A-level's; GCSE names were checked on real links of 8525.
        ("GCSE", "papers"): "real",
        ("GCSE", "subject list"): "made-up",
        ("A-Level", "subject list"): "made-up",
    },
    hosts=subject_links.HOSTS,
    start=subject_links.start,
    follow=subject_links.follow,
)
