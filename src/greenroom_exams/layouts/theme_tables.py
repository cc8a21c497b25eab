"""Themes of numbered topics in a text dump: each with subtopics, their paragraphs and the points below them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from greenroom_exams.documents import Finding, Topic
from greenroom_exams.layouts import dump_pages, numbered
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.headed_text import follows, printed_lines
from greenroom_exams.layouts.paths import path_code, unique_codes
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join
from greenroom_exams.layouts.plain_text import line_number

THEME = re.compile(r"^Theme (?P<code>\d+): (?P<title>[^(]+)$")
TOPIC = re.compile(r"^Topic (?P<code>\d+\.\d+) (?P<title>.+)$")
HEADS = re.compile(r"^Subject content What students need to learn:?$")
SUBTOPIC = re.compile(r"^(?P<code>\d+\.\d+\.\d+)$")
AFTER = "Assessment information"
END = re.compile(r"^\d Administration and general information$")
BOX = re.compile(r"^Theme (?P<code>\d+): .+\(\*?Paper code: (?P<paper>\d[A-Z]{2}\d/\w{2})\)$")
# A title broken off here goes on in the next line, whatever letter that begins with.
UNFINISHED = re.compile(r"(?:,|\b(?:and|or|of|the|to|for|in|a|an|with))$")


@dataclass(slots=True)
class _Node:
    code: str | None
    level: int
    line: Line
    parts: list[str] = field(default_factory=list)


def read(pdf: Pdf) -> Reading | None:
    """The tree of themes, topics, subtopics, paragraphs and points; None for a document laid out otherwise."""
    lines = printed_lines(pdf)
    if not pdf.is_text or not any(HEADS.match(line.text) for line in lines):
        return None
    nodes = list(_nodes(lines))
    papers = {found["code"]: found["paper"] for line in pdf.lines() if (found := BOX.match(line.text))}
    topics = tuple(_topics(nodes, papers))
    findings = (
        *numbered.check_end(any(END.match(line.text) for line in lines)),
        *numbered.check_numbering([topic for topic in topics if topic.level < 3]),
        *numbered.check_depth(topics, 3),
        *dump_pages.check_printed(pdf),
        *_check_overview(pdf, topics),
        *_check_contents(pdf, topics),
        *_check_titles(nodes),
        *_check_points(lines, topics),
    )
    return Reading(topics, findings)


def _nodes(lines: Sequence[Line]) -> Iterator[_Node]:
    """The nodes in their order; a title of a subtopic goes on in lines that begin with a small letter."""
    current: _Node | None = None
    last: Line | None = None
    in_table = False
    for line in lines:
        if HEADS.match(line.text) or line.text == AFTER:
            in_table = line.text != AFTER
            continue
        opened = _opened(line) or (_content(line, current, last) if in_table else None)
        if opened is None and not in_table:
            continue
        if opened is not None:
            if current:
                yield current
            # An introduction follows a theme, its table a topic.
            in_table = in_table and opened.level > 1
            current = opened
        elif current:
            current.parts.append(line.text)
        last = line
    if current:
        yield current


def _opened(line: Line) -> _Node | None:
    for level, pattern in ((0, THEME), (1, TOPIC), (2, SUBTOPIC)):
        found = pattern.match(line.text)
        if found:
            title = found.groupdict().get("title")
            return _Node(found["code"], level, line, [title] if title else [])
    return None


def _content(line: Line, current: _Node | None, last: Line | None) -> _Node | None:
    """The paragraph or point that begins on a line of a cell; None for a line that goes on."""
    if line.text.startswith("•"):
        return _Node(None, 4, line, [line.text.lstrip("• ")])
    if current is None or last is None:
        return None
    if current.level == 2:
        in_title = not current.parts or (follows(line, last) and line.text[:1].islower())
        return None if in_title else _Node(None, 3, line, [line.text])
    goes_on = follows(line, last) or (line.page == last.page + 1 and line.text[:1].islower())
    return None if goes_on else _Node(None, 3, line, [line.text])


def _topics(nodes: Sequence[_Node], papers: dict[str, str]) -> Iterator[Topic]:
    above: dict[int, str] = {}
    names = [join(node.parts) for node in nodes]
    codes: list[str] = []
    parents: list[str | None] = []
    for node, name in zip(nodes, names, strict=True):
        parent = next((above[level] for level in range(node.level - 1, -1, -1) if level in above), None)
        code = node.code or path_code(parent, name)
        above = {level: code_above for level, code_above in above.items() if level < node.level} | {node.level: code}
        codes.append(code)
        parents.append(parent)
    for order, (node, name, code, parent) in enumerate(zip(nodes, names, unique_codes(codes), parents, strict=True), 1):
        yield Topic(
            code=code,
            name=name,
            level=node.level,
            parent_code=parent,
            sort_order=order,
            line=line_number(node.line),
            component_code=papers.get(code[:1]),
        )


def _check_overview(pdf: Pdf, topics: Sequence[Topic]) -> Iterator[Finding]:
    pattern = re.compile(r"^• ?Topic (?P<code>\d+\.\d+) (?P<title>.+?)(?: [–-] .*)?$")
    told = {found["code"]: found["title"] for line in pdf.lines() if (found := pattern.match(line.text))}
    yield from numbered.compare_titles(told, [each for each in topics if each.level == 1], source="the overview")


def _check_contents(pdf: Pdf, topics: Sequence[Topic]) -> Iterator[Finding]:
    """The contents name each theme, and the printed page it begins on."""
    entries = {entry.title: entry for entry in dump_pages.contents(pdf)}
    told = {match["code"]: match["title"] for title in entries if (match := THEME.match(title))}
    yield from numbered.compare_titles(told, [each for each in topics if each.level == 0], source="the contents")
    for title, entry in entries.items():
        if THEME.match(title):
            yield from dump_pages.check_heading(pdf, entry)


def _check_titles(nodes: Sequence[_Node]) -> Iterator[Finding]:
    for node in nodes:
        title = join(node.parts)
        if node.level == 2 and UNFINISHED.search(title):
            message = f"the title of {node.code} may go on: {title!r}"
            yield Finding("title_unfinished", "error", message, f"line {line_number(node.line)}")


def _check_points(lines: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """A count by another route: every bullet between a table's head and the next heading."""
    counted, in_table = 0, False
    for line in lines:
        in_table = (in_table or bool(HEADS.match(line.text))) and not re.match(r"Topic \d|Theme \d|Assess", line.text)
        counted += line.text.count("•") if in_table else 0
    taken = sum(topic.level == 4 for topic in topics)
    if counted != taken:
        yield Finding("counts_differ", "error", f"{counted} points are in the text, {taken} in the tree")


FAMILY = Family("themes of topics in a text", read)
