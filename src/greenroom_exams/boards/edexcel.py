"""Pearson Edexcel: specifications by topic with ruled tables of outcomes, course-materials pages, and papers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Board, Finding, Paper, Parsed, Topic, confidence
from greenroom_exams.layouts import kinds, material_list, numbered, ruled_table
from greenroom_exams.layouts.front_page import read_front, subject_of
from greenroom_exams.layouts.paper_title import Facts, read_title, series_of_date
from greenroom_exams.layouts.pdf_lines import Line, Pdf, read_pdf
from greenroom_exams.papers import check_unique, disagreements, kept_variant, not_pdfs, paper_of, unknown_type

CODE = r"\b\d[A-Z]{2}\d\b"
SITE = "https://qualifications.pearson.com"
TOPIC = r"^Topic (?P<code>\d+): ?(?P<title>.*)$"
SUBTOPIC = r"^(?P<code>\d+\.\d+)(?:\s+(?P<title>\S.*))?$"
OUTCOME = r"\d+\.\d+\.\d+"
COLUMN_HEADS = r"^(?:Subject content|Students should:?)$"
FILE_KINDS = {
    **dict.fromkeys(("que",), "question paper"),
    **dict.fromkeys(("rms", "msc", "ms"), "mark scheme"),
    **dict.fromkeys(("pef", "per", "er"), "examiner report"),
}
# 9aa0-01-que-20240522.pdf, 9AA0_01_msc_20201217.pdf, 9aa0-03-rms20240815.pdf, 1ma1-1h-que-20230519.pdf
FILE_NAME = re.compile(
    rf"(?P<code>[0-9][a-z]{{2}}[0-9a-z])[-_](?P<paper>\d{{1,2}})(?P<option>[a-z]*)[-_](?P<kind>{'|'.join(FILE_KINDS)})"
    r"[-_]?(?P<date>20\d{6})\.pdf$",
    re.I,
)


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read a Pearson Edexcel specification, a course-materials page or a paper."""
    if not kinds.is_pdf_page(content, name=name):
        return _listing(content, name, subject)
    cover = read_pdf(content, name=name, page_limit=1)
    paper = paper_of(cover, name=name, board=board.code, code_pattern=CODE, subject=subject)
    if paper is not None:
        return paper
    return read_specification(read_pdf(content, name=name), name=name, subject=subject, qualification=qualification)


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The tree of topics, subtopics and numbered outcomes, counted by two routes."""
    front = read_front(pdf, CODE)
    named = subject_of(front, board=board.code, name=name, subject=subject, qualification=qualification)
    lines, has_end = _content(pdf)
    rows = list(ruled_table.statements(lines, OUTCOME, COLUMN_HEADS))
    outcomes = [row for row in rows if isinstance(row, ruled_table.Statement)]
    topics = _topics(lines, outcomes, _papers_of_topics(pdf))
    if not outcomes or not any(topic.level == 0 for topic in topics):
        raise SourceEmpty(
            f"{name} has no tables of numbered outcomes below 'Topic 1: ...'",
            hint="Its layout is another one; read it by hand.",
        )
    findings = (
        *numbered.check_end(has_end),
        *_check(pdf, lines, topics),
        *(row for row in rows if isinstance(row, Finding)),
    )
    return Parsed(named, topics, (), findings, "ruled table of outcomes", confidence(findings))


def _content(pdf: Pdf) -> tuple[list[Line], bool]:
    """The lines from the first topic's heading to the chapter that follows the last one's, and whether one does."""
    lines = list(pdf.lines())
    size = max((line.size for line in lines if line.bold and re.match(TOPIC, line.text)), default=0.0)
    tops = [index for index, line in enumerate(lines) if _is_topic(line, size)]
    if not tops:
        return [], False
    # Chapter titles are at least two points larger than those of topics.
    chapters = (i for i, line in enumerate(lines) if i > tops[-1] and line.bold and line.size >= size + 2)
    end = next(chapters, None)
    return lines[tops[0] : end], end is not None


def _is_topic(line: Line, size: float) -> bool:
    return line.bold and bool(re.match(TOPIC, line.text)) and line.size >= size - numbered.SAME_SIZE_POINTS


def _topics(
    lines: Sequence[Line], outcomes: Sequence[ruled_table.Statement], components: dict[str, str]
) -> tuple[Topic, ...]:
    tops = numbered.headings(lines, TOPIC, lambda line: line.bold)
    subtopics = numbered.headings(lines, SUBTOPIC, lambda line: line.bold)
    placed = [(each.code, each.title, each.page, each.box, 0) for each in tops]
    placed += [(each.code, each.title, each.page, each.box, 1) for each in subtopics]
    placed += [(each.code, each.text, each.page, each.box, 2) for each in outcomes]
    # Down the tree in the order of the numbers: the columns of a table are not read one after the other.
    placed.sort(key=lambda each: [int(part) for part in each[0].split(".")])
    return tuple(
        Topic(
            code=code,
            name=title,
            level=level,
            parent_code=numbered.parent_of(code) if level else None,
            sort_order=order,
            page=page,
            box=box,
            component_code=components.get(code.split(".")[0]),
        )
        for order, (code, title, page, box, level) in enumerate(placed, start=1)
    )


def _check(pdf: Pdf, lines: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    yield from numbered.check_numbering(topics)
    yield from numbered.check_depth(topics, 2)
    yield from numbered.check_pages(pdf.pages, lines[0].page, lines[-1].page)
    overview = _overview(pdf, before=lines[0].page)
    if overview:
        tops = [topic for topic in topics if topic.level == 0]
        yield from numbered.compare_titles(overview, tops, source="the overview")
    # A count by another route: every code of an outcome that stands at the beginning of a run of words.
    counted = Counter(found.group() for line in lines if (found := re.match(rf"{OUTCOME}\b", line.text)))
    taken = Counter(topic.code for topic in topics if topic.level == 2)
    for code in sorted((counted - taken) + (taken - counted)):
        yield Finding(
            "counts_differ", "error", f"{code} is {counted[code]} times in the text, {taken[code]} in the tree"
        )


def _overview(pdf: Pdf, *, before: int) -> dict[str, str]:
    """The topics that the pages before the content list: "Topic 2: Data - understanding of ..."."""
    pattern = re.compile(r"Topic (?P<code>\d+): (?P<title>.+?)(?: [–-] .*|\.)$")
    found = (pattern.match(line.text) for line in pdf.lines() if line.page < before)
    told = {match["code"]: match["title"] for match in found if match}
    also = re.compile(r"will assess Topic (?P<code>\d+): (?P<title>.+)\.")
    told |= {match["code"]: match["title"] for line in pdf.lines() if (match := also.search(line.text))}
    return told


def _papers_of_topics(pdf: Pdf) -> dict[str, str]:
    """The paper that assesses each topic, as "Paper 1: ... 1CP2/01" says followed by "will assess Topics 1 to 5"."""
    papers: dict[str, str] = {}
    code: str | None = None
    for line in pdf.lines():
        named = re.match(r"Paper \d: .*\b(\d[A-Z]{2}\d/\d{2})\)?$", line.text)
        code = named[1] if named else code
        ranged = re.search(r"will assess Topics (\d+) to (\d+)\.", line.text)
        single = re.search(r"will assess Topic (\d+)\b", line.text)
        if code and ranged:
            papers |= {str(each): code for each in range(int(ranged[1]), int(ranged[2]) + 1)}
        elif code and single:
            papers[single[1]] = code
    return papers


def _listing(content: bytes, name: str, subject: str | None) -> Parsed:
    page = kinds.read_html(content, name=name)
    title = kinds.text_of(page.css_first("title")) if page.css_first("title") else ""
    if "Pearson qualifications" not in title:
        raise ContractBroken(f"{name} is titled {title!r}, not as a page of Pearson", hint=kinds.CORRECT_ADDRESS)
    items = tuple(material_list.items(page))
    if not items:
        raise SourceEmpty(
            f"{name} ({title}) shows no course materials", hint="Save it again after the results have appeared."
        )
    open_pdfs = [item for item in items if item.kind == "pdf" and not item.gated]
    code = subject or _listed_code(open_pdfs, name)
    rows = [_row(item, code) for item in open_pdfs]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    findings = (
        *(finding for item in open_pdfs for finding in _item_findings(item, code)),
        *(row for row in rows if isinstance(row, Finding)),
        *_gated(items),
        *not_pdfs(item.kind for item in items if item.kind != "pdf" and not item.gated),
        *check_unique(papers),
    )
    counts = {
        "items": len(items),
        "pdfs": len(open_pdfs),
        "rows": len(papers),
        "series": len({(paper.year, paper.series) for paper in papers}),
        "gated": sum(item.gated for item in items),
    }
    return Parsed(None, (), papers, findings, "material list", confidence(findings), counts)


def _listed_code(items: Sequence[material_list.Item], name: str) -> str:
    codes = Counter(found["code"].upper() for item in items if (found := FILE_NAME.search(item.url)))
    if not codes:
        raise ContractBroken(f"{name} lists no file with a subject code", hint="Give the subject's code with the page.")
    return codes.most_common(1)[0][0]


def _row(item: material_list.Item, code: str) -> Paper | Finding:
    told, filed = read_title(item.title), _file_facts(item)
    if told.type is None:
        return unknown_type(item.title, item.url, item.position)
    series, year = told.series or filed.series, told.year or filed.year
    if series is None or year is None:
        message = f"no series: {item.title} ({item.url})"
        return Finding("paper_without_series", "warning", message, item.position)
    return Paper(
        subject_code=code,
        component_code=filed.component,
        paper_number=told.paper_number or filed.paper_number,
        year=year,
        series=series,
        tier=told.tier or filed.tier,
        type=told.type,
        title=item.title,
        url=SITE + item.url if item.url.startswith("/") else item.url,
        language=told.language,
        modified=told.modified,
        position=item.position,
        variant=kept_variant(told, filed.component),
    )


def _file_facts(item: material_list.Item) -> Facts:
    found = FILE_NAME.search(item.url)
    if not found:
        return Facts()
    kind = FILE_KINDS[found["kind"].casefold()]
    series, year = series_of_date(kind, found["date"])
    option = found["option"].upper()
    return Facts(
        type=kind,
        paper_number=int(found["paper"]),
        component=f"{found['code']}/{found['paper']}{option}".upper(),
        tier={"F": "Foundation", "H": "Higher"}.get(option),
        series=series,
        year=year,
    )


def _item_findings(item: material_list.Item, code: str) -> Iterator[Finding]:
    filed, group = _file_facts(item), read_title(item.group)
    witnesses = {
        "the title": read_title(item.title),
        "the file name": filed,
        "the group": Facts(series=group.series, year=group.year),
    }
    yield from disagreements(witnesses, title=item.title, position=item.position)
    if filed.component is None:
        message = f"{item.url} is not in Pearson's grammar, so its component is not known"
        yield Finding("unknown_file_name", "warning", message, item.position)
    elif not filed.component.startswith(f"{code}/"):
        message = f"{item.title} is filed under {filed.component}, not under {code}"
        yield Finding("subject_code_differs", "error", message, item.position)


def _gated(items: Sequence[material_list.Item]) -> Iterator[Finding]:
    count = sum(item.gated for item in items)
    if count:
        yield Finding("gated", "warning", f"{count} documents are for teachers with a login and were not taken")


board = Board(code="Edexcel", name="Pearson Edexcel", parse=parse)
