"""Themes whose tables have a numbered title beside lettered statements: Theme 1, 1.1, 1.1.1, a), o, -."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from greenroom_exams.documents import Finding, Topic
from greenroom_exams.layouts import dump_pages, numbered
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.paths import path_code, unique_codes
from greenroom_exams.layouts.pdf_lines import Entry, Line, Pdf, hull, join
from greenroom_exams.layouts.plain_text import line_number

NAME = "numbered titles with lettered statements"
THEME = re.compile(r"^Theme (?P<code>\d+): (?P<title>\S.*)$")
SECTION = re.compile(r"^(?P<code>\d+\.\d+) +(?P<title>\S.*)$")
SUBSECTION = re.compile(r"^(?P<code>\d+\.\d+\.\d+)(?: +(?P<title>\S.*))?$")
LETTERED = re.compile(r"^(?P<mark>[a-z])\) *(?P<title>\S.*)$")
BULLET = re.compile(r"^(?P<mark>[o●○•]) +(?P<title>\S.*)$")
DASH = re.compile(r"^(?P<mark>[-–]) +(?P<title>\S.*)$")
# Set again on each page.
TABLE_HEAD = re.compile(r"^Subject content(?: What students need to learn:?)?$|^What students need to learn:?$")
# No title that was met is longer; a statement that lost its letter would make one so.
LONGEST_TITLE = 60


@dataclass(slots=True)
class _Node:
    """One heading or statement, with the lines of its words so far."""

    code: str
    level: int
    parent: "_Node | None"
    lines: list[Line]
    parts: list[str] = field(default_factory=list)
    # Whether the document gives its code; if not, the code is its path.
    is_coded: bool = True

    @property
    def name(self) -> str:
        return join(self.parts)


def read(pdf: Pdf) -> Reading | None:
    """Read themes of numbered titles with lettered statements; None for a document that has none."""
    pdf = dump_pages.repaged(pdf)
    entries = dump_pages.contents(pdf)
    themes = [entry for entry in entries if THEME.match(entry.title)]
    end = dump_pages.following(entries, themes[-1]) if themes else None
    if not themes or themes[0].page is None:
        return None
    last = end.page if end and end.page else 10_000
    lines = dump_pages.between(pdf, themes[0].page, last)
    nodes = list(_nodes(lines if pdf.is_text else _by_column(lines)))
    if not any(LETTERED.match(line.text) for line in lines) or not any(node.level == 2 for node in nodes):
        return None
    topics = _topics(nodes, pdf)
    findings = (
        *dump_pages.check_printed(pdf),
        *_check_end(pdf, end),
        *_check_themes(pdf, themes, nodes),
        *_check_numbers(topics),
        *_check_count(lines, topics),
        *_check_overview(pdf, themes[0].page, topics),
    )
    return Reading(topics, findings)


FAMILY = Family(NAME, read)


def _by_column(lines: Sequence[Line]) -> list[Line]:
    """The lines of a PDF's tables: each numbered title whole, then what stands beside it, then the next."""
    ordered: list[Line] = []
    for _, page in _pages(lines):
        starts = [index for index, line in enumerate(page) if SUBSECTION.match(line.text)]
        bounds = [0, *starts, len(page)]
        for start, stop in pairwise(bounds):
            piece = page[start:stop]
            code = piece[0] if piece and SUBSECTION.match(piece[0].text) else None
            edge = min((line.left for line in piece if LETTERED.match(line.text)), default=None)
            if code is None or edge is None or edge <= code.right:
                ordered += piece
                continue
            beside = [line for line in piece if line.left < edge - numbered.SAME_LEFT_POINTS]
            ordered += [*beside, *(line for line in piece if line not in beside)]
    return ordered


def _pages(lines: Sequence[Line]) -> Iterator[tuple[int, list[Line]]]:
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    yield from pages.items()


def _nodes(lines: Sequence[Line]) -> Iterator[_Node]:
    """The nodes in order; a line that begins none belongs to the words of the last one."""
    path: list[_Node] = []
    is_prose = True
    for line in lines:
        node = _begun(line, path, is_prose=is_prose)
        if node is not None:
            path = [*path[: node.level], node]
            # Below the title of a theme stands prose up to its first section.
            is_prose = node.level == 0
            yield node
        elif TABLE_HEAD.match(line.text):
            continue
        elif path and not is_prose:
            path[-1].lines.append(line)
            path[-1].parts.append(line.text)


def _begun(line: Line, path: Sequence[_Node], *, is_prose: bool) -> _Node | None:
    """The node that a line begins, if any."""
    for level, pattern in enumerate((THEME, SECTION, SUBSECTION)):
        found = pattern.match(line.text)
        if found and (level == 0 or _continues(found["code"], level, path)):
            title = [found["title"]] if found["title"] else []
            return _Node(found["code"], level, _above(path, level), [line], title)
    if is_prose or len(path) < 3:
        return None
    for level, pattern in enumerate((LETTERED, BULLET, DASH), start=3):
        found = pattern.match(line.text)
        parent = _above(path, level)
        if found and parent is not None:
            code = f"{parent.code}{found['mark']}" if level == 3 else ""
            return _Node(code, parent.level + 1, parent, [line], [found["title"]], is_coded=level == 3)
    return None


def _continues(code: str, level: int, path: Sequence[_Node]) -> bool:
    """Whether a number is one of the theme that is being read; "2.0 metres" in a statement is not."""
    return bool(path) and level <= len(path) and code.split(".")[0] == path[0].code


def _above(path: Sequence[_Node], level: int) -> _Node | None:
    return path[min(level, len(path)) - 1] if level and path else None


def _topics(nodes: Sequence[_Node], pdf: Pdf) -> tuple[Topic, ...]:
    codes: dict[int, str] = {}
    for node in nodes:
        parent = codes[id(node.parent)] if node.parent else None
        codes[id(node)] = node.code if node.is_coded else path_code(parent, node.name)
    unique = dict(zip(codes, unique_codes(codes.values()), strict=True))
    return tuple(
        Topic(
            code=unique[id(node)],
            name=node.name.rstrip(":").rstrip() if node.level > 2 else node.name,
            level=node.level,
            parent_code=unique[id(node.parent)] if node.parent else None,
            sort_order=order,
            page=None if pdf.is_text else node.lines[0].page,
            box=None if pdf.is_text else hull([line for line in node.lines if line.page == node.lines[0].page]),
            line=line_number(node.lines[0]) if pdf.is_text else None,
        )
        for order, node in enumerate(nodes, start=1)
    )


def _check_end(pdf: Pdf, end: Entry | None) -> Iterator[Finding]:
    if end is None:
        yield from numbered.check_end(has_end=False)
    else:
        yield from dump_pages.check_heading(pdf, end)


def _check_themes(pdf: Pdf, themes: Sequence[Entry], nodes: Sequence[_Node]) -> Iterator[Finding]:
    """The contents name each theme and its page."""
    witness = {found["code"]: found["title"] for entry in themes if (found := THEME.match(entry.title))}
    tops = [Topic(node.code, node.name, 0, None, 0) for node in nodes if node.level == 0]
    yield from numbered.compare_titles(witness, tops, source="the contents")
    pages = {found["code"]: entry.page for entry in themes if (found := THEME.match(entry.title))}
    for node in nodes:
        printed = dump_pages.printed_page(pdf, node.lines[0])
        if node.level == 0 and node.code in pages and pages[node.code] != printed:
            message = f"theme {node.code} stands on page {printed}, the contents have it on {pages[node.code]}"
            yield Finding("witnesses_disagree", "error", message)


def _check_numbers(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Numbers count on from 1, letters from a; nothing that has a code stands alone above the letters."""
    coded = [topic for topic in topics if topic.level < 3]
    yield from numbered.check_numbering(coded)
    yield from numbered.check_depth(topics, 3)
    siblings: dict[str | None, list[Topic]] = {}
    for topic in topics:
        if topic.level == 3:
            siblings.setdefault(topic.parent_code, []).append(topic)
        if topic.level >= 3 and not topic.name:
            yield Finding("missing_title", "error", f"{topic.code} has no words", _place(topic))
    for family in siblings.values():
        letters = "".join(topic.code[-1] for topic in family)
        if not "abcdefghijklmnopqrstuvwxyz".startswith(letters):
            message = f"gap in numbering: {family[0].parent_code} has the letters {', '.join(letters)}"
            yield Finding("numbering_gap", "error", message, _place(family[0]))
    for topic in coded:
        if topic.level and topic.parent_code != numbered.parent_of(topic.code):
            message = f"{topic.code} stands below {topic.parent_code}, so {numbered.parent_of(topic.code)} is missing"
            yield Finding("missing_parent", "error", message, _place(topic))
        if topic.level == 2 and len(topic.name) > LONGEST_TITLE:
            yield Finding("title_too_long", "warning", f"{topic.code} is titled {topic.name!r}", _place(topic))


def _check_count(lines: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """Marks at the beginning of lines, counted apart from the tree."""
    for what, pattern, level in (("letters", LETTERED, 3), ("bullets", BULLET, 4), ("dashes", DASH, 5)):
        counted = sum(bool(pattern.match(line.text)) for line in _tabled(lines))
        taken = sum(topic.level == level for topic in topics)
        if counted != taken:
            yield Finding("counts_differ", "error", f"{counted} lines begin with {what}, {taken} are in the tree")


def _tabled(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines without the prose that introduces each theme."""
    is_prose = True
    for line in lines:
        if THEME.match(line.text) or SECTION.match(line.text):
            is_prose = bool(THEME.match(line.text))
        if not is_prose:
            yield line


def _check_overview(pdf: Pdf, first: int, topics: Sequence[Topic]) -> Iterator[Finding]:
    """The qualification at a glance names the sections of each theme in a list, without their numbers."""
    glance = " ".join(line.text for page in pdf.pages if page.printed and page.printed < first for line in page.lines)
    told = _words(glance)
    for topic in topics:
        if topic.level == 1 and _words(topic.name) not in told:
            message = f"{topic.code} {topic.name} is not named in the overview"
            yield Finding("witnesses_disagree", "warning", message, _place(topic))


def _words(text: str) -> str:
    """The words of a text with blanks around each, so that one holds another only word by word."""
    return " ".join(["", *re.findall(r"[^\W_]+", text.casefold()), ""])


def _place(topic: Topic) -> str | None:
    if topic.line is not None:
        return f"line {topic.line}"
    return None if topic.page is None else f"page {topic.page}"
