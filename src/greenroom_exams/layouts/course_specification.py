"""SQA's course specifications: four ways to print areas and topics, each told again by overview and support notes."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from greenroom_exams.documents import Box, Finding, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.broken_text import STRAY
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.paths import path_code, unique_code
from greenroom_exams.layouts.pdf_lines import Line, Pdf, hull, join

EXAMINED = "Skills, knowledge and understanding for the course assessment"
# What follows the examined content, be it with a heading or without.
CLOSING = "Skills, knowledge and understanding included in the course are appropriate"
NOT_CONTENT = ("Apparatus and techniques", "Additional information")
TABLE_HEADS = ("Skills", "Explanation")
CONTINUED = re.compile(r"\s*\(continued\)$")
LETTERED = re.compile(r"^\((?P<code>[a-z])\)\s*(?P<title>.*)$")
NUMBERED = re.compile(r"^(?P<code>\d{1,2}) (?P<title>\D.*)$")
# Chapters are set in 24 points, their sections in 18 and 14; areas in 12 or 11, the text in 11.
CHAPTER_POINTS = 22.0
SECTION_POINTS = 13.0
LARGER_POINTS = 0.8
# Lines of a paragraph are 1.27 em apart, paragraphs 1.8 em and more.
PARAGRAPH_EM = 1.5
# The second column of a table begins further right than anything in the first one.
COLUMN_POINTS = 150.0
NOTE_HEADS = ("Key areas", "Mandatory knowledge", *TABLE_HEADS)
# A shorter piece of a line, such as a formula's, is set differently in two places.
LEAST_LETTERS = 12
# Of the four that were met, the one that differs most words 1.4 % of its lines otherwise in its support notes.
SHARE_OF_OTHER_WORDS = 0.02

_PRINTED_CODE = re.compile(r"^(?:\d{1,2}|\([a-z]\)|\([ivx]+\))\s*")
_NO_LETTER = re.compile(r"[\W_]+")

# An area, and the topics that the overview lists below it.
Area = tuple[str, list[str]]


@dataclass(slots=True, eq=False)
class _Node:
    """A topic while its text is still being gathered. `printed` is the code that stands before its title."""

    name: str
    level: int
    parent: "_Node | None"
    lines: tuple[Line, ...]
    printed: str | None = None
    text: list[Line] = field(default_factory=list)
    code: str = ""


def families(pdf: Pdf) -> tuple[Family, ...]:
    """The four layouts, by the names they are told by, for this document."""
    section, overview = _section(pdf), _overview(pdf)
    ways = {
        "numbered key areas": _key_areas,
        "lettered topics": _lettered,
        "topics by typeface": _by_typeface,
        "skills and explanation": _skills,
    }
    return tuple(
        Family(name, partial(_reading, read=read, section=section, overview=overview)) for name, read in ways.items()
    )


def chapter(pdf: Pdf, title: str) -> tuple[Line, ...]:
    """The lines of a chapter such as "Course content", without its heading; none where there is no such chapter."""
    lines = list(pdf.lines())
    tops = [index for index, line in enumerate(lines) if line.bold and line.size >= CHAPTER_POINTS]
    for start, end in pairwise([*tops, len(lines)]):
        if lines[start].text == title:
            return tuple(lines[start + 1 : end])
    return ()


def _reading(
    pdf: Pdf,
    *,
    read: Callable[[Sequence[Line], Sequence[str]], list[_Node]],
    section: Sequence[Line],
    overview: Sequence[Area],
) -> Reading | None:
    nodes = read(section, [area for area, _ in overview]) if section else []
    if not any(node.level for node in nodes):
        return None
    topics = _topics(nodes)
    return Reading(topics, tuple(_check(pdf, section, nodes, topics, overview)))


def _section(pdf: Pdf) -> list[Line]:
    """The lines of the examined content: below its heading, above what is not of it."""
    lines = list(chapter(pdf, "Course content"))
    start = next((i for i, line in enumerate(lines) if _is_section_head(line) and line.text == EXAMINED), None)
    if start is None:
        return []
    body = lines[start + 1 :]
    end = next((index for index, line in enumerate(body) if _ends_content(line)), len(body))
    return body[:end]


def _is_section_head(line: Line) -> bool:
    return line.bold and line.size >= SECTION_POINTS


def _ends_content(line: Line) -> bool:
    return _is_section_head(line) or line.text.startswith(CLOSING) or (line.bold and line.text in NOT_CONTENT)


# --- the four layouts -------------------------------------------------------------------------------------------------


def _key_areas(section: Sequence[Line], _areas: Sequence[str]) -> list[_Node]:
    """Areas in larger bold, bold "2 Cellular respiration" whose numbers begin anew in each area, then "(a) ..."."""
    body = numbered.body_size(section)
    nodes: list[_Node] = []
    area: _Node | None = None
    key: _Node | None = None
    for line in section:
        found = NUMBERED.match(line.text)
        lettered = LETTERED.match(line.text)
        if line.bold and line.size >= body + LARGER_POINTS:
            area = _again(nodes, area, line, 0, None)
        elif line.bold and found and area:
            key = _again(nodes, key, line, 1, area, found["code"], found["title"])
        elif lettered and key and not line.bold:
            nodes.append(_Node("", 2, key, (line,), f"({lettered['code']})", [line]))
        elif nodes and nodes[-1].level:
            nodes[-1].text.append(line)
    if not any(node.level == 1 for node in nodes):
        return []
    for node in nodes:
        if node.level == 2:
            _name_of_statement(node)
    return nodes


def _name_of_statement(node: _Node) -> None:
    """A statement is called by its first paragraph; what follows it is its description."""
    first = [node.text[0]]
    for line in node.text[1:]:
        if line.page != first[-1].page or first[-1].base - line.base > PARAGRAPH_EM * line.size:
            break
        first.append(line)
    found = LETTERED.match(_joined(line.text for line in first))
    node.name = found["title"] if found else ""
    node.lines, node.text = tuple(first), node.text[len(first) :]


def _lettered(section: Sequence[Line], _areas: Sequence[str]) -> list[_Node]:
    """Areas in larger bold, bold "(b) Synthesis" below them; both come again with "(continued)" on every page."""
    body = numbered.body_size(section)
    nodes: list[_Node] = []
    area: _Node | None = None
    topic: _Node | None = None
    for line, rest in _with_beside(section):
        found = LETTERED.match(join([line.text, *(each.text for each in rest)]))
        if line.bold and line.size >= body + LARGER_POINTS:
            area = _again(nodes, area, line, 0, None)
        elif line.bold and found and area:
            topic = _again(nodes, topic, line, 1, area, f"({found['code']})", found["title"], rest)
        elif nodes and nodes[-1].level:
            nodes[-1].text.append(line)
    return nodes


def _with_beside(section: Sequence[Line]) -> Iterator[tuple[Line, list[Line]]]:
    """Each line, a lonely bold "(a)" with its title that stands apart by a tab."""
    taken: set[int] = set()
    for index, line in enumerate(section):
        if index in taken:
            continue
        after = section[index + 1] if index + 1 < len(section) else None
        lonely = line.bold and re.fullmatch(r"\([a-z]\)", line.text)
        if lonely and after and after.bold and after.page == line.page and abs(after.base - line.base) < 1:
            taken.add(index + 1)
            yield line, [after]
        else:
            yield line, []


def _by_typeface(section: Sequence[Line], areas: Sequence[str]) -> list[_Node]:
    """No codes: areas as the overview names them, topics in bold, what is below them in bold italics."""
    if any(line.bold and (NUMBERED.match(line.text) or LETTERED.match(line.text)) for line in section):
        return []
    nodes: list[_Node] = []
    area: _Node | None = None
    topic: _Node | None = None
    for line, more in _wrapped(section):
        title = CONTINUED.sub("", join([line.text, *(each.text for each in more)]))
        if line.bold and title in areas:
            area = _again(nodes, area, line, 0, None, None, title)
        elif line.bold and not line.italic and area:
            topic = _again(nodes, topic, line, 1, area, None, title, more)
        elif line.bold and topic:
            nodes.append(_Node(title, 2, topic, (line, *more)))
        elif nodes and nodes[-1].level:
            nodes[-1].text.append(line)
    return nodes if any(node.level == 2 for node in nodes) else []


def _wrapped(section: Sequence[Line]) -> Iterator[tuple[Line, list[Line]]]:
    """Each line, a heading with its second lines: those that the first had no room for."""
    margin = max((line.right for line in section), default=0.0)
    taken: set[int] = set()
    for index, line in enumerate(section):
        if index in taken:
            continue
        more: list[Line] = []
        last = line
        for after_index in range(index + 1, len(section)):
            after = section[after_index]
            alike = line.bold and after.italic == line.italic and numbered.same_style(after, line)
            room = after.words[0].right - after.words[0].left if after.words else 0.0
            if not alike or after.page != line.page or last.right + room < margin - line.size:
                break
            more.append(after)
            taken.add(after_index)
            last = after
        yield line, more


def _skills(section: Sequence[Line], _areas: Sequence[str]) -> list[_Node]:
    """Areas in larger bold above tables "Skills | Explanation"; each cell of the left column is a topic."""
    heads = [line for line in section if line.bold and line.text == TABLE_HEADS[1]]
    if not heads:
        return []
    body = numbered.body_size(section)
    nodes: list[_Node] = []
    area: _Node | None = None
    for page in dict.fromkeys(line.page for line in section):
        there = [line for line in section if line.page == page]
        tops = [line for line in there if _is_area_of_table(line, body)]
        for top, below in pairwise([*tops, None]):
            if top is None:
                continue
            area = _again(nodes, area, top, 0, None)
            table = [line for line in there if line.base < top.base and (below is None or line.base > below.base)]
            nodes += _rows(table, area)
    return nodes


def _is_area_of_table(line: Line, body: float) -> bool:
    return line.bold and line.size >= body + LARGER_POINTS and line.text not in TABLE_HEADS


def _rows(table: Sequence[Line], area: _Node) -> Iterator[_Node]:
    """The cells of the left column with what stands beside them."""
    head = next((line for line in table if line.bold and line.text == TABLE_HEADS[1]), None)
    if head is None:
        return
    below = [line for line in table if line.base < head.base - 1 and line.text not in TABLE_HEADS]
    cells: list[list[Line]] = []
    for line in (each for each in below if each.right < head.left):
        if not cells or cells[-1][-1].base - line.base > PARAGRAPH_EM * line.size:
            cells.append([])
        cells[-1].append(line)
    right = [line for line in below if line.left >= head.left - numbered.SAME_LEFT_POINTS]
    # The first bullet is set up to two points above the title of its row.
    starts = [cell[0].base + cell[0].size / 2 for cell in cells]
    for cell, start, end in zip(cells, starts, [*starts[1:], float("-inf")], strict=True):
        text = [line for line in right if end < line.base <= start]
        yield _Node(_joined(line.text for line in cell), 1, area, tuple(cell), None, text)


def _again(
    nodes: list[_Node],
    current: _Node | None,
    line: Line,
    level: int,
    parent: _Node | None,
    printed: str | None = None,
    title: str | None = None,
    more: Sequence[Line] = (),
) -> _Node:
    """The node that is open already, where a heading comes again on the next page; else a new one."""
    name = CONTINUED.sub("", title or line.text)
    if current and (current.name, current.printed, current.parent) == (name, printed, parent):
        return current
    node = _Node(name, level, parent, (line, *more), printed)
    nodes.append(node)
    return node


# --- topics -----------------------------------------------------------------------------------------------------------


def _topics(nodes: Sequence[_Node]) -> tuple[Topic, ...]:
    taken: set[str] = set()
    for node in nodes:
        above = node.parent.code if node.parent else None
        # Numbers and letters begin anew in every area, so the path to them is part of the code.
        own = f"{above}/{node.printed}" if node.printed else path_code(above, node.name)
        node.code = unique_code(own, taken)
        taken.add(node.code)
    return tuple(_topic(node, order) for order, node in enumerate(nodes, start=1))


def _topic(node: _Node, order: int) -> Topic:
    return Topic(
        code=node.code,
        name=node.name,
        level=node.level,
        parent_code=node.parent.code if node.parent else None,
        sort_order=order,
        page=node.lines[0].page,
        box=_box(node.lines),
        description=_paragraphs(node.text),
    )


def _box(lines: Sequence[Line]) -> Box:
    return hull([line for line in lines if line.page == lines[0].page])


def _paragraphs(lines: Sequence[Line]) -> str | None:
    paragraphs: list[list[str]] = []
    last: Line | None = None
    for line in lines:
        is_bullet = _is_bullet(line)
        beside = last is not None and last.page == line.page and abs(last.base - line.base) < 1
        far = last is None or last.page != line.page or last.base - line.base > PARAGRAPH_EM * line.size
        if is_bullet or (far and not beside):
            paragraphs.append([])
        paragraphs[-1].append("•" if is_bullet else line.text)
        last = line
    return "\n".join(_joined(each) for each in paragraphs) or None


def _joined(parts: Iterable[str]) -> str:
    """Lines put together; "sugar–" at the end of one and "phosphate" on the next are one word."""
    return re.sub(r"(?<=\w)– (?=\w)", "–", join(parts))


def _is_bullet(line: Line) -> bool:
    return len(line.text) == 1 and _is_sign(line.text)


def _is_sign(letter: str) -> bool:
    """A bullet; Symbol's and Wingdings' come as letters of the private use area."""
    return not letter.isalnum() and letter not in "+-=<>±()[]"


# --- the witnesses ----------------------------------------------------------------------------------------------------


def _check(
    pdf: Pdf, section: Sequence[Line], nodes: Sequence[_Node], topics: Sequence[Topic], overview: Sequence[Area]
) -> Iterator[Finding]:
    yield from check_letters(pdf.lines())
    yield from numbered.check_pages(pdf.pages, 1, pdf.pages[-1].number)
    yield from numbered.check_end(any(line.text.startswith(CLOSING) for line in chapter(pdf, "Course content")))
    yield from _check_printed(nodes)
    yield from _check_families(topics)
    yield from _check_outline(pdf)
    notes = _support_notes(pdf, section)
    if overview:
        yield from _compare_overview(overview, topics)
    if notes:
        yield from _compare_notes(notes, section, nodes)
    if not overview and not notes:
        message = "nothing else in the document repeats its topics, so a lost one would not be noticed"
        yield Finding("no_second_witness", "warning", message)


def check_letters(lines: Iterable[Line]) -> Iterator[Finding]:
    """An error for text with letters that could not be read."""
    spoilt = [line for line in lines if STRAY in line.text]
    if spoilt:
        message = f"{len(spoilt)} lines hold letters that cannot be read, the first is {spoilt[0].text!r}"
        yield Finding("unreadable_letters", "error", message, f"page {spoilt[0].page}")


def _check_printed(nodes: Sequence[_Node]) -> Iterator[Finding]:
    """Errors for printed numbers and letters that are not 1, 2, 3 or (a), (b), (c) below their parent."""
    last: dict[int, int] = {}
    for node in nodes:
        if node.printed is None:
            continue
        plain = node.printed.strip("()")
        place = int(plain) if plain.isdigit() else ord(plain) - ord("a") + 1
        expected = last.get(id(node.parent), 0) + 1
        if place != expected:
            message = f"{node.printed} {node.name} comes as number {expected} below {node.parent and node.parent.name}"
            yield Finding("numbering_gap", "error", message, f"page {node.lines[0].page}")
        last[id(node.parent)] = place


def _check_families(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Errors for areas without topics, topics without a name and two siblings of one name."""
    yield from numbered.check_depth(topics, 1)
    for topic in topics:
        if not topic.name:
            yield Finding("missing_title", "error", f"{topic.code} has no title", f"page {topic.page}")
    twins = Counter((topic.parent_code, numbered.comparable(topic.name)) for topic in topics)
    for (parent, name), count in twins.items():
        if count > 1:
            yield Finding("duplicate_title", "error", f"{name} stands {count} times below {parent or 'the course'}")


def _check_outline(pdf: Pdf) -> Iterator[Finding]:
    """An error where the outline has the examined content, or a chapter around it, on another page."""
    heads = {line.text: line.page for line in pdf.lines() if _is_section_head(line)}
    for entry in pdf.outline:
        wanted = entry.title in (EXAMINED, "Course content", "Course assessment")
        if wanted and heads.get(entry.title) != entry.page:
            message = f"the outline has {entry.title!r} on page {entry.page}, where it does not stand"
            yield Finding("witnesses_disagree", "error", message)


def _overview(pdf: Pdf) -> list[Area]:
    """The areas, each with its topics in small letters, as "Course content" lists them before the details."""
    lines = chapter(pdf, "Course content")
    start = next((i for i, line in enumerate(lines) if "includes the following areas" in line.text), None)
    if start is None:
        return []
    end = next((i for i, line in enumerate(lines) if i > start and _is_section_head(line)), len(lines))
    tops = [index for index in range(start + 1, end) if lines[index].bold]
    spans = pairwise([*tops, end])
    return [(lines[first].text, _listed(lines[first + 1 : last])) for first, last in spans]


def _listed(lines: Sequence[Line]) -> list[str]:
    """The topics of "... are:" with bullets below it, or with semicolons behind it."""
    bullets = [index for index, line in enumerate(lines) if _is_sign(line.text[0]) and line.text[1:2] in ("", " ")]
    if bullets:
        spans = pairwise([*bullets, len(lines)])
        return [join(line.text for line in lines[start:end])[1:].strip() for start, end in spans]
    _, colon, rest = join(line.text for line in lines).partition(": ")
    return [each.strip() for each in rest.rstrip(".").split(";")] if colon else []


def _compare_overview(overview: Sequence[Area], topics: Sequence[Topic]) -> Iterator[Finding]:
    areas = [topic for topic in topics if topic.level == 0]
    if _comparable(area for area, _ in overview) != _comparable(area.name for area in areas):
        message = f"the overview names {[area for area, _ in overview]}, the text {[area.name for area in areas]}"
        yield Finding("witnesses_disagree", "error", message)
    for (area, names), read in zip(overview, areas, strict=False):
        found = [topic.name for topic in topics if topic.parent_code == read.code]
        if names and _comparable(names) != _comparable(found):
            message = f"below {area} the overview lists {names}, the text {found}"
            yield Finding("witnesses_disagree", "error", message, f"page {read.page}")


def _comparable(names: Iterable[str]) -> list[str]:
    # "structure of DNA" in the list, "1 The structure of DNA" above the text
    return [numbered.comparable(re.sub(r"^the ", "", name, flags=re.I)) for name in names]


def _support_notes(pdf: Pdf, section: Sequence[Line]) -> list[Line]:
    """The left column of the table in an appendix that says the examined content once more."""
    first_area = next((line.text for line in section if line.bold), "")
    lines = [line for line in pdf.lines() if line.page > section[-1].page]
    starts = [index for index, line in enumerate(lines) if _is_appendix(line)]
    for start, end in pairwise([*starts, len(lines)]):
        there = lines[start + 1 : end]
        begin = next((i for i, line in enumerate(there) if line.bold and _unnumbered(line.text) == first_area), None)
        if begin is None:
            continue
        last = next((i for i, line in enumerate(there) if i > begin and _ends_content(line)), len(there))
        border = _border(there[begin:last])
        return [line for line in there[begin:last] if line.left < border]
    return []


def _is_appendix(line: Line) -> bool:
    return line.bold and line.size >= CHAPTER_POINTS and line.text.startswith("Appendix")


def _unnumbered(text: str) -> str:
    """A title without what stands before it, "2", "(b)" or "(iv)", and without "(continued)"."""
    return _PRINTED_CODE.sub("", CONTINUED.sub("", text))


def _border(table: Sequence[Line]) -> float:
    """The left edge of the second column: the first one, well within the page, at which a tenth of all lines begin."""
    lefts = Counter(round(line.left / numbered.SAME_LEFT_POINTS) for line in table)
    edges = [left * numbered.SAME_LEFT_POINTS for left, count in lefts.items() if count * 10 >= len(table)]
    return min((edge for edge in edges if edge > COLUMN_POINTS), default=float("inf")) - numbered.SAME_LEFT_POINTS


def _compare_notes(notes: Sequence[Line], section: Sequence[Line], nodes: Sequence[_Node]) -> Iterator[Finding]:
    """Errors where the support notes have other headings or statements, or where the text is largely another one."""
    told = [line for line in notes if _unnumbered(line.text) not in NOTE_HEADS]
    set_bold = [line.text for line in told if line.bold]
    titles = [_as_told(node, set_bold) for node in nodes if node.lines[0].bold]
    yield from _compare_pieces(titles, set_bold)
    plain = [line.text for line in told if not line.bold]
    others = [node for node in nodes if not node.lines[0].bold]
    if others and all(node.printed is None for node in others):
        # the cells of a left column: nothing else stands in it
        yield from _compare_pieces([node.name for node in others], plain)
        return
    lettered = sum(bool(LETTERED.match(text)) for text in plain)
    if lettered != sum(node.printed is not None for node in others):
        message = f"the support notes have {lettered} lettered statements, the text {len(others)}"
        yield Finding("witnesses_disagree", "error", message)
    yield from _missing([node.name for node in others], "".join(_letters(text) for text in plain), "the support notes")
    first = next((index for index, line in enumerate(section) if line.bold), 0)
    yield from _compare_text([line.text for line in section[first:] if not line.bold], plain)


def _as_told(node: _Node, titles: Sequence[str]) -> str:
    """The name of a topic; of an area, what the support notes call it where that is the beginning of its name."""
    short = {CONTINUED.sub("", title) for title in titles if node.level == 0 and len(title) >= LEAST_LETTERS}
    return next((title for title in short if node.name.startswith(f"{title} ")), node.name)


def _compare_pieces(names: Sequence[str], pieces: Sequence[str]) -> Iterator[Finding]:
    """Each name stands in the pieces, put together, and each piece in the names: a title may be broken elsewhere."""
    yield from _missing(names, "".join(_letters(piece) for piece in pieces), "the support notes")
    yield from _missing(pieces, " ".join(_letters(name) for name in names), "the text")


def _missing(names: Sequence[str], whole: str, where: str) -> Iterator[Finding]:
    for name in names:
        if _letters(name) not in whole:
            yield Finding("witnesses_disagree", "error", f"{_unnumbered(name)!r} does not stand in {where}")


def _compare_text(section: Sequence[str], notes: Sequence[str]) -> Iterator[Finding]:
    here, there = [_letters(text) for text in section], [_letters(text) for text in notes]
    for lines, whole, where in ((here, "".join(there), "the support notes"), (there, "".join(here), "the text")):
        long = [line for line in lines if len(line) >= LEAST_LETTERS]
        lost = [line for line in long if line not in whole]
        if len(lost) > len(long) * SHARE_OF_OTHER_WORDS:
            message = f"{len(lost)} of {len(long)} lines do not stand in {where}, the first is {lost[0]!r}"
            yield Finding("witnesses_disagree", "error", message)


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", _unnumbered(text).casefold())
