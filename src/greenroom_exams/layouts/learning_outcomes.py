"""CCEA's units: headings, sub-headings and borderless tables "Content | Learning outcomes" become a tree of topics."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from greenroom_exams.documents import Component, Finding, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.families import Reading
from greenroom_exams.layouts.paths import path_code, unique_codes
from greenroom_exams.layouts.pdf_lines import Line, Pdf, hull, join
from greenroom_exams.layouts.unit_titles import unit_facts

LAYOUT = "units with learning outcomes"
CONTENT = "Subject Content"
GLANCE = "Specification at a Glance"
LEFT_HEAD = re.compile(r"Content")
RIGHT_HEAD = re.compile(r"Learning Outcomes?(?: \(.*\))?:?", re.I)
_LEAD_IN = re.compile(r"(?:\(?students should be able to:?\)?|learning outcomes?:?)", re.I)
_CONTINUED = re.compile(r"\s*\(cont(?:inued|\.|’d|'d)?\)$", re.I)
_SECTION = r"^(?P<code>\d+\.\d+)(?:\s+(?P<title>.*))?$"
_CHAPTER = re.compile(r"(?P<number>\d+)\s+(?P<title>\S.*)")
# A contents line ends with its page, on the same line or far to its right.
_PAGE_AT_END = re.compile(r"[\s.]*\b\d{1,3}$")
_INTERNAL = re.compile(r"controlled assessment|portfolio|internal(?:ly)? assess|coursework", re.I)
_EXTERNAL = re.compile(r"external(?: written)? examination|written (?:paper|examination)|external assessment", re.I)
_HOURS = re.compile(r"(\d+) hours?(?:(?: and)? (\d+) minutes?)?|(\d+) minutes?", re.I)
_MARKS = re.compile(r"(\d+) marks")
# The head of the right column stands at the border; cells begin within a point or two of it.
BORDER_POINTS = 4.0
# Sub-headings are set larger than the text of the tables.
LARGER_POINTS = 0.9
# Lines of a cell are 1.2 to 1.3 em apart, two cells more.
CELL_EM = 1.5
# Two rows of a table are up to 3 em apart, a sub-heading and the rows around it 4.
HOLE_EM = 4.5


@dataclass(slots=True)
class _Node:
    level: int
    name: str
    parent: "_Node | None"
    lines: list[Line]
    outcomes: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: its section in the document, its own code, its whole title, and the lines of its section."""

    section: str
    code: str
    title: str
    heading: numbered.Heading
    lines: tuple[Line, ...]


def read(pdf: Pdf, *, qualification: str) -> Reading | None:
    """The tree of a specification with units; nothing where the document has no such units."""
    chapter = _chapter(pdf, CONTENT)
    if chapter is None:
        return None
    units = tuple(_units(chapter))
    if not units:
        return None
    findings: list[Finding] = []
    nodes: list[tuple[Unit, _Node]] = []
    for unit in units:
        found, faults = _nodes(unit)
        nodes += [(unit, node) for node in found]
        findings += faults
    kept = [(unit, node) for unit, node in nodes if _is_of(unit.code, qualification)]
    components = tuple(each for each in _components(pdf, qualification) if _is_of(each.code, qualification))
    findings += _check(pdf, chapter, units, _components(pdf, qualification))
    findings += _check_weights(components)
    return Reading(tuple(_topics(kept, components)), tuple(findings), components)


def _is_of(code: str, qualification: str) -> bool:
    """The AS has no A2 units; the A-level has both."""
    return qualification != "AS-Level" or not code.startswith("A2")


def _chapter(pdf: Pdf, title: str) -> list[Line] | None:
    """The lines of a chapter, from its heading in the body to the next chapter's."""
    lines = list(pdf.lines())
    # The cover is set in large letters, and a short document has little else.
    body = numbered.body_size(line for line in lines if line.page != pdf.pages[0].number)
    starts = [
        (index, found)
        for index, line in enumerate(lines)
        if (found := _CHAPTER.fullmatch(line.text)) and line.bold and line.size >= body + 2 * LARGER_POINTS
    ]
    for place, (index, found) in enumerate(starts):
        if found["title"].casefold() == title.casefold():
            end = starts[place + 1][0] if place + 1 < len(starts) else len(lines)
            return lines[index:end]
    return None


def _units(lines: Sequence[Line]) -> Iterator[Unit]:
    chapter = _CHAPTER.fullmatch(lines[0].text)
    number = chapter["number"] if chapter else ""
    body = numbered.body_size(lines)
    found = [
        heading
        for heading in numbered.headings(lines, _SECTION, lambda line: line.bold and line.size >= body + LARGER_POINTS)
        if heading.code.startswith(f"{number}.")
    ]
    starts = [lines.index(heading.lines[0]) for heading in found]
    for heading, start, end in zip(found, starts, [*starts[1:], len(lines)], strict=True):
        code = unit_facts(heading.title).unit
        if code:
            rest = tuple(line for line in lines[start:end] if line not in heading.lines)
            yield Unit(heading.code, code, heading.title, heading, rest)


def _nodes(unit: Unit) -> tuple[list[_Node], list[Finding]]:
    """The unit itself, its sub-headings and the left cells of its tables, in order."""
    top = _Node(0, unit.title, None, list(unit.heading.lines))
    nodes, findings = [top], list[Finding]()
    section = top
    border: float | None = None
    last: Line | None = None
    size = numbered.body_size(unit.lines)
    for index, line in enumerate(unit.lines):
        if _is_right_head(line, unit.lines):
            border, last = line.left, None
        elif _is_left_head(line, unit.lines) or _LEAD_IN.fullmatch(line.text):
            continue
        elif _is_sub_heading(line, size, unit.lines[index + 1 :]):
            if nodes[-1].level == 1 and _wraps(nodes[-1].lines[-1], line):
                _extend(nodes[-1], line)
            else:
                section = _Node(1, line.text, top, [line])
                nodes.append(section)
            last, border = None, None
        elif border is None:
            continue  # words before the table
        elif line.left >= border - BORDER_POINTS:
            findings += _outcome(line, nodes[-1], section)
        elif last is not None and _wraps(last, line):
            _extend(nodes[-1], line)
            last = line
        else:
            last = line
            findings += _cell(line, nodes, section)
    return nodes, findings


def _is_right_head(line: Line, lines: Sequence[Line]) -> bool:
    return bool(RIGHT_HEAD.fullmatch(line.text)) and any(
        LEFT_HEAD.fullmatch(each.text) and _same_row(each, line) and each.left < line.left for each in lines
    )


def _is_left_head(line: Line, lines: Sequence[Line]) -> bool:
    return bool(LEFT_HEAD.fullmatch(line.text)) and any(
        RIGHT_HEAD.fullmatch(each.text) and _same_row(each, line) for each in lines
    )


def _same_row(one: Line, other: Line) -> bool:
    return one.page == other.page and abs(one.base - other.base) < 2


def _is_sub_heading(line: Line, size: float, rest: Sequence[Line]) -> bool:
    """Bold and larger than the text; or bold above the head of a table."""
    if not line.bold:
        return False
    above_table = bool(rest) and bool(LEFT_HEAD.fullmatch(rest[0].text)) and _is_left_head(rest[0], rest[:3])
    return line.size >= size + LARGER_POINTS or above_table


def _wraps(last: Line, line: Line) -> bool:
    near = last.page == line.page and 0 < last.base - line.base <= CELL_EM * line.size
    return near and abs(last.left - line.left) <= numbered.SAME_LEFT_POINTS and numbered.same_style(last, line)


def _extend(node: _Node, line: Line) -> None:
    node.lines.append(line)
    node.name = join([node.name, line.text])


def _cell(line: Line, nodes: list[_Node], section: _Node) -> Iterator[Finding]:
    """A new left cell; one that only goes on from the page before is the same topic."""
    parent = section if section.level else nodes[0]
    bare = _CONTINUED.sub("", line.text)
    if bare != line.text and numbered.comparable(nodes[-1].name) == numbered.comparable(bare):
        return
    nodes.append(_Node(parent.level + 1, bare, parent, [line]))
    if bare != line.text:
        message = f"{line.text} goes on from a page that does not have it"
        yield Finding("continued_from_nowhere", "error", message, f"page {line.page}")


def _outcome(line: Line, node: _Node, section: _Node) -> Iterator[Finding]:
    if node is section:
        yield Finding("loose_text", "warning", f"no content beside: {line.text}", f"page {line.page}")
    else:
        node.outcomes.append(line)


def _topics(nodes: Sequence[tuple[Unit, _Node]], components: Sequence[Component]) -> Iterator[Topic]:
    """Units have their own codes, all below is named by its path."""
    codes: dict[int, str] = {}
    by_unit = {component.code: component for component in components}
    for unit, node in nodes:
        codes[id(node)] = path_code(codes[id(node.parent)], node.name) if node.parent else unit.code
    final = unique_codes([codes[id(node)] for _, node in nodes])
    given = {id(node): code for (_, node), code in zip(nodes, final, strict=True)}
    for order, (unit, node) in enumerate(nodes, start=1):
        component = by_unit.get(unit.code)
        on_first_page = [line for line in node.lines if line.page == node.lines[0].page]
        yield Topic(
            code=given[id(node)],
            name=node.name,
            level=node.level,
            parent_code=given[id(node.parent)] if node.parent else None,
            sort_order=order,
            page=node.lines[0].page,
            box=hull(on_first_page),
            description=_text(node.outcomes),
            component_code=unit.code,
            examined=component.examined if component else not _INTERNAL.search(unit.title),
            tier=unit_facts(unit.title).tier,
        )


def _text(lines: Sequence[Line]) -> str | None:
    """One outcome a line: a bullet begins one, a line without goes on."""
    outcomes: list[list[str]] = []
    for line in lines:
        bullet = line.text.startswith("•")
        if bullet or not outcomes:
            outcomes.append(["•"] if bullet else [])
        outcomes[-1].append(line.text.removeprefix("•").strip())
    return "\n".join(join(part for part in each if part) for each in outcomes) or None


def _components(pdf: Pdf, qualification: str) -> tuple[Component, ...]:
    """The rows of the table at a glance, each from the line that names its unit to the next such line."""
    lines = _chapter(pdf, GLANCE) or []
    head = next((line for line in lines if line.bold and line.text == "Assessment"), None)
    if head is None:
        return ()
    starts = [
        line
        for line in lines
        if line.left < head.left - BORDER_POINTS
        and re.match(r"(?:Unit\b|(?:AS|A2) \d:|[A-Z]\d:)", line.text)
        and unit_facts(line.text).unit
    ]
    return tuple(_component(line, _row(line, starts, lines), head, qualification) for line in starts)


def _row(start: Line, starts: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    first = lines.index(start)
    after = [lines.index(each) for each in starts if lines.index(each) > first]
    end = min(after, default=len(lines))
    # The cells of a row begin on one baseline; those to the right may come first in reading order.
    above = [line for line in lines[:first] if _same_row(line, start)]
    return [line for line in (*above, *lines[first:end]) if line is start or not _same_row_as_any(line, starts, start)]


def _same_row_as_any(line: Line, starts: Sequence[Line], own: Line) -> bool:
    return any(_same_row(line, each) for each in starts if each is not own)


def _component(start: Line, row: Sequence[Line], head: Line, qualification: str) -> Component:
    title = join(line.text for line in row if line.left < head.left - BORDER_POINTS)
    told = join(line.text for line in row if line.left >= head.left - BORDER_POINTS)
    facts = unit_facts(title)
    assert facts.unit  # the line was chosen by it
    hours, marks = _HOURS.search(told), _MARKS.search(told)
    internal, external = _INTERNAL.search(told), _EXTERNAL.search(told)
    kind = internal or external
    return Component(
        code=facts.unit,
        name=title,
        examined=internal is None,
        assessment=kind.group().capitalize() if kind else None,
        tier=facts.tier,
        marks=int(marks[1]) if marks else None,
        duration_minutes=_minutes(hours) if hours and not internal else None,
        weight_percent=_weight(told, qualification),
        page=start.page,
    )


def _minutes(found: re.Match[str]) -> int:
    return int(found[3]) if found[3] else int(found[1]) * 60 + int(found[2] or 0)


def _weight(text: str, qualification: str) -> float | None:
    """Of "40% of AS, 16% of A level" the share of this qualification; a lone figure is that of the whole."""
    of = {"AS-Level": "AS", "A-Level": "A level"}.get(qualification)
    named = re.search(rf"(\d+(?:\.\d+)?)% of {of}\b", text, re.I) if of else None
    figures = re.findall(r"(\d+(?:\.\d+)?)%", text)
    if named:
        return float(named[1])
    return float(figures[0]) if len(figures) == 1 else None


def _check(
    pdf: Pdf, chapter: Sequence[Line], units: Sequence[Unit], components: Sequence[Component]
) -> Iterator[Finding]:
    sections = [
        Topic(unit.section, unit.title, 0, None, order, unit.heading.page) for order, unit in enumerate(units, start=1)
    ]
    yield from numbered.check_numbering(sections)
    codes = [unit.code for unit in units]
    for code in {code for code in codes if codes.count(code) > 1}:
        yield Finding("duplicate_code", "error", f"{code} was found {codes.count(code)} times")
    contents = _contents(pdf, before=chapter[0].page)
    if contents:
        yield from numbered.compare_titles(contents, sections, source="the contents page")
    else:
        yield Finding("no_second_witness", "warning", "no contents page lists the units")
    glance = {component.code for component in components}
    if glance and glance != set(codes):
        told = ", ".join(sorted(glance ^ set(codes)))
        yield Finding("witnesses_disagree", "error", f"only one of text and 'at a glance' has {told}")
    yield from numbered.check_pages(pdf.pages, chapter[0].page, chapter[-1].page)
    yield from numbered.check_end(has_end=any(line.page > chapter[-1].page for line in pdf.lines()))
    yield from _check_tables(units)
    yield from _check_gaps(units)


def _check_tables(units: Sequence[Unit]) -> Iterator[Finding]:
    for unit in units:
        nodes, _ = _nodes(unit)
        parents = {id(node.parent) for node in nodes}
        for node in nodes:
            place = f"page {node.lines[0].page}"
            if id(node) not in parents and not node.outcomes:
                yield Finding("missing_outcomes", "error", f"{node.name} has no learning outcomes", place)
            if not re.search(r"\w", node.name) or re.search("[•\ufffd]", node.name):
                yield Finding("odd_title", "error", f"{node.name!r} is no title", place)
        names = [(id(node.parent), numbered.comparable(node.name)) for node in nodes]
        for node, name in zip(nodes, names, strict=True):
            if names.count(name) > 1:
                message = f"{node.name} comes several times below one heading"
                yield Finding("repeated_topic", "warning", message, f"page {node.lines[0].page}")


def _check_gaps(units: Sequence[Unit]) -> Iterator[Finding]:
    """Rows follow each other down the page; a row that is gone, on both sides, leaves only a hole."""
    for unit in units:
        lines = (*unit.heading.lines, *unit.lines)
        for page in sorted({line.page for line in lines}):
            rows = sorted((line for line in lines if line.page == page), key=lambda line: -line.base)
            for above, below in pairwise(rows):
                if above.base - below.base > HOLE_EM * max(above.size, below.size):
                    message = f"nothing stands between {above.text!r} and {below.text!r}, far below it"
                    yield Finding("hole_in_table", "warning", message, f"page {page}")


def _check_weights(components: Sequence[Component]) -> Iterator[Finding]:
    weights = [component.weight_percent for component in components]
    for component in components:
        if component.weight_percent is None or component.assessment is None:
            message = f"{component.code} has no weight or no kind of assessment at a glance"
            yield Finding("component_incomplete", "warning", message, f"page {component.page}")
    # With tiers a learner takes some of the units only.
    if components and None not in weights and not any(component.tier for component in components):
        total = sum(weight for weight in weights if weight is not None)
        if abs(total - 100) > 0.5:
            yield Finding("component_weights", "warning", f"the units weigh {total:g} % together")


def _contents(pdf: Pdf, *, before: int) -> dict[str, str]:
    """The units in the list of contents, without their pages."""
    pages = {line.page for line in pdf.lines() if line.page < before and line.text == "Contents"}
    lines = [line for line in pdf.lines() if line.page in pages]
    found = numbered.headings(lines, _SECTION, lambda line: True)
    titles = {each.code: _PAGE_AT_END.sub("", each.title) for each in found}
    return {code: title for code, title in titles.items() if unit_facts(title).unit}
