"""Units with a table of learning outcomes and assessment criteria, then indicative content, become a tree."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from greenroom_exams.documents import Component, Finding, Topic
from greenroom_exams.layouts import broken_text, numbered
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.paths import path_code, unique_codes
from greenroom_exams.layouts.pdf_lines import Line, Pdf, hull, join

UNIT = r"^Unit (?P<code>\d{1,2})(?: ?[:–—-])?(?:\s+(?P<title>.*))?$"
# A contents page ends its lines in page numbers, a table of units in levels and hours.
LISTED_UNIT = re.compile(r"^Unit (?P<code>\d{1,2})(?: ?[:–—-])?\s+(?P<title>\D.*?)(?:[ .…]+\d+)*$")
OUTCOMES, CRITERIA, CONTENT = "learning outcomes", "assessment criteria", "indicative content"
TABLE_LEAD = re.compile(r"^(?:The|On completion.*) (?:student|learner)s? (?:will|can|should|must)\b.{0,20}:?$", re.I)
OUTCOME = re.compile(r"^(?:LO ?)?(?P<code>\d{1,2})[.)]?(?:\s+(?P<title>\D.*))?$")
CRITERION = re.compile(r"^(?P<code>\d{1,2}\.\d{1,2})\.?(?:\s+(?P<title>.*))?$")
OUTCOME_HEAD = re.compile(r"^(?:Learning outcome|Outcome|LO) ?(?P<code>\d{1,2})\b(?:[:.].*)?$", re.I)
BULLET = re.compile(r"^•\s*(?P<title>.*)$")
INNER_BULLET = re.compile(r"^[–o-]\s+(?P<title>.*)$")
EXTERNAL, INTERNAL = r"\bexternal(?:ly)? (?:assess|examin|set)", r"\binternal(?:ly)? assess"
# What a unit says of itself, and no more: its level, its hours, its credits.
FACT = re.compile(r"^(?:Level|Guided learning hours|GLH|Credits?|Credit value|Assessment(?: type)?)\b.*\S$", re.I)
BORDER_POINTS = 4.0


@dataclass(slots=True)
class _Node:
    """A topic while its lines are still being gathered; the number that it bears inside its unit."""

    number: str
    lines: list[Line] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    below: list["_Node"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return join(self.texts)

    def take(self, line: Line, text: str | None = None) -> None:
        self.lines.append(line)
        self.texts.append(line.text if text is None else text)


@dataclass(slots=True)
class _Unit:
    """One unit while it is read: its outcomes with their criteria, its content, what it says of itself."""

    heading: numbered.Heading
    outcomes: list[_Node] = field(default_factory=list)
    content: _Node = field(default_factory=lambda: _Node("", texts=["Indicative content"]))
    facts: list[str] = field(default_factory=list)
    strays: list[Line] = field(default_factory=list)
    has_content: bool = False


def read(pdf: Pdf) -> Reading | None:
    """Units, outcomes, criteria and content; nothing where no unit has such a table."""
    if pdf.is_text:
        return None
    found, end = _units(pdf)
    units = [_read_unit(heading, lines) for heading, lines in found]
    if not any(unit.outcomes for unit in units):
        return None
    told = " ".join(line.text for line in pdf.lines())
    topics = tuple(_topics(units))
    return Reading(topics, tuple(_check(pdf, units, topics, end, told)), tuple(_components(units, topics, told)))


family = Family("units with outcomes", read)


def _units(pdf: Pdf) -> tuple[list[tuple[numbered.Heading, list[Line]]], Line | None]:
    """Each unit's heading with the lines up to the next one's, and the chapter heading that ends the last."""
    lines = list(pdf.lines())
    matching = [line for line in lines if re.match(UNIT, line.text)]
    # The heading of a unit is set larger than all else that names it.
    size = max((line.size for line in matching), default=0.0)
    heads = numbered.headings(lines, UNIT, lambda line: abs(line.size - size) <= numbered.SAME_SIZE_POINTS)
    if not heads or size <= numbered.body_size(lines):
        return [], None
    starts = [lines.index(head.lines[0]) for head in heads]
    last = starts[-1] + len(heads[-1].lines)
    end = next((i for i in range(last, len(lines)) if _is_chapter(lines[i], size, heads[-1])), len(lines))
    spans = [lines[start:stop] for start, stop in pairwise([*starts, end])]
    own = [[line for line in span if line not in head.lines] for head, span in zip(heads, spans, strict=True)]
    return list(zip(heads, own, strict=True)), lines[end] if end < len(lines) else None


def _is_chapter(line: Line, size: float, last: numbered.Heading) -> bool:
    return line.size >= size - numbered.SAME_SIZE_POINTS and line not in last.lines


def _read_unit(heading: numbered.Heading, lines: Sequence[Line]) -> _Unit:
    unit = _Unit(heading)
    border: float | None = None
    place = "facts"
    current: _Node = unit.content
    for line in lines:
        head = line.text.casefold().rstrip(":")
        if head == OUTCOMES:
            place = "table"
        elif head == CRITERIA:
            border = line.left
        elif head == CONTENT:
            place, current, unit.has_content = "content", unit.content, True
        elif place == "table" and not TABLE_LEAD.match(line.text):
            _take_cell(unit, line, border)
        elif place == "content":
            current = _take_content(unit, current, line)
        elif place == "facts" and FACT.match(line.text):
            unit.facts.append(line.text)
    return unit


def _take_cell(unit: _Unit, line: Line, border: float | None) -> None:
    """A line of the table: it begins an outcome or a criterion, or goes on with the last one of its column."""
    if border is not None and line.left >= border - BORDER_POINTS:
        _take_criterion(unit, line)
        return
    found = OUTCOME.match(line.text)
    if found:
        unit.outcomes.append(_Node(found["code"]))
        unit.outcomes[-1].take(line, found["title"] or "")
    elif unit.outcomes:
        unit.outcomes[-1].take(line)
    else:
        unit.strays.append(line)


def _take_criterion(unit: _Unit, line: Line) -> None:
    found = CRITERION.match(line.text)
    last = unit.outcomes[-1] if unit.outcomes else None
    if found:
        # A row's criterion may stand a hair above its outcome, so the number decides, not the place.
        owner = next((each for each in unit.outcomes if each.number == found["code"].split(".")[0]), None)
        if owner is None:
            owner = _Node(found["code"].split(".")[0])
            unit.outcomes.append(owner)
        owner.below.append(_Node(found["code"]))
        owner.below[-1].take(line, found["title"] or "")
    elif last and last.below:
        last.below[-1].take(line)
    else:
        unit.strays.append(line)


def _take_content(unit: _Unit, current: _Node, line: Line) -> _Node:
    """A line of the indicative content; gives the node that the next line goes on with."""
    head = OUTCOME_HEAD.match(line.text)
    if head:
        owner = next((each for each in unit.outcomes if each.number == head["code"]), None)
        if owner is None:
            unit.strays.append(line)
            return current
        owner.below.append(_Node("content"))
        return owner.below[-1]
    bullet, inner = BULLET.match(line.text), INNER_BULLET.match(line.text)
    if bullet:
        current.below.append(_Node(""))
        current.below[-1].take(line, bullet["title"])
    elif inner and current.below:
        current.below[-1].below.append(_Node(""))
        current.below[-1].below[-1].take(line, inner["title"])
    elif current.below:
        last = current.below[-1]
        (last.below[-1] if last.below else last).take(line)
    else:
        current.prose.append(line.text)
    return current


def _topics(units: Sequence[_Unit]) -> Iterator[Topic]:
    """The topics in the order of the tree, each with its place in it; a code met twice under one parent is numbered."""
    rows = [row for unit in units for row in _unit_rows(unit)]
    for order, row in enumerate(rows, start=1):
        yield replace(row, sort_order=order)


def _unit_rows(unit: _Unit) -> Iterator[Topic]:
    code = f"Unit {unit.heading.code}"
    examined = _is_examined(unit)
    top = Topic(
        code,
        unit.heading.title,
        0,
        None,
        0,
        unit.heading.page,
        unit.heading.box,
        "\n".join(unit.facts) or None,
        code,
        examined=examined,
    )
    yield top
    for outcome in unit.outcomes:
        here = _row(outcome, f"{code}/{outcome.number}", code, 1, top)
        bullets = [bullet for each in outcome.below if each.number == "content" for bullet in each.below]
        prose = [text for each in outcome.below if each.number == "content" for text in each.prose]
        yield replace(here, description=join(prose) or None)
        for criterion in outcome.below:
            if criterion.number != "content":
                yield _row(criterion, f"{code}/{criterion.number}", here.code, 2, top)
        yield from _bullet_rows(bullets, here.code, 2, top)
    if unit.content.below or unit.content.prose:
        group = _row(unit.content, path_code(code, unit.content.name), code, 1, top)
        yield replace(group, description=join(unit.content.prose) or None)
        yield from _bullet_rows(unit.content.below, group.code, 2, top)


def _bullet_rows(bullets: Sequence[_Node], parent: str, level: int, top: Topic) -> Iterator[Topic]:
    for code, bullet in zip(unique_codes(path_code(parent, each.name) for each in bullets), bullets, strict=True):
        yield _row(bullet, code, parent, level, top)
        yield from _bullet_rows(bullet.below, code, level + 1, top)


def _row(node: _Node, code: str, parent: str, level: int, top: Topic) -> Topic:
    first = node.lines[0] if node.lines else None
    same_page = [line for line in node.lines if first and line.page == first.page]
    return Topic(
        code,
        node.name,
        level,
        parent,
        0,
        first.page if first else top.page,
        hull(same_page) if same_page else None,
        None,
        top.component_code,
        examined=top.examined,
    )


def _is_examined(unit: _Unit) -> bool:
    """Only a unit that says so itself is assessed from outside."""
    return bool(re.search(EXTERNAL, " ".join(unit.facts), re.I))


def _components(units: Sequence[_Unit], topics: Sequence[Topic], told: str) -> Iterator[Component]:
    tops = {topic.code: topic for topic in topics if topic.level == 0}
    for unit in units:
        top = tops[f"Unit {unit.heading.code}"]
        internal = "internally assessed" if re.search(INTERNAL, told, re.I) else None
        assessment = "externally assessed" if top.examined else internal
        yield Component(top.code, top.name, top.examined, assessment, page=top.page)


def _check(pdf: Pdf, units: Sequence[_Unit], topics: Sequence[Topic], end: Line | None, told: str) -> Iterator[Finding]:
    tops = [topic for topic in topics if topic.level == 0]
    outcomes = [topic for topic in topics if re.search(r"/\d+$", topic.code)]
    criteria = [topic for topic in topics if re.search(r"/\d+\.\d+$", topic.code)]
    yield from numbered.check_numbering([*tops, *outcomes, *criteria])
    yield from numbered.compare_titles(_listed(pdf, tops), tops, source="the list of units")
    yield from numbered.check_pages(pdf.pages, tops[0].page or 1, end.page if end else pdf.pages[-1].number)
    yield from numbered.check_end(end is not None)
    yield from broken_text.check_titles(topics)
    for each, what in ((outcomes, "outcome"), (criteria, "criterion")):
        yield from broken_text.check_statements(each, what=what)
    yield from _check_units(units)
    if not re.search(f"{INTERNAL}|{EXTERNAL}", told, re.I):
        yield Finding("assessment_unknown", "warning", "the document does not say who assesses the units")


def _check_units(units: Sequence[_Unit]) -> Iterator[Finding]:
    """Errors for a unit without one of its three parts, an outcome without criteria, and lines that belong nowhere."""
    by_outcome = any(each.number == "content" for unit in units for o in unit.outcomes for each in o.below)
    with_facts = sum(bool(unit.facts) for unit in units) * 2 > len(units)
    for unit in units:
        code, page = f"Unit {unit.heading.code}", f"page {unit.heading.page}"
        for lost in _lost(unit, by_outcome, with_facts=with_facts):
            yield Finding("missing_children", "error", f"{code} {lost}", page)
        for line in unit.strays:
            yield Finding(
                "stray_line", "error", f"{code} has a line that belongs to nothing: {line.text}", f"page {line.page}"
            )


def _lost(unit: _Unit, by_outcome: bool, *, with_facts: bool) -> Iterator[str]:
    if not unit.outcomes:
        yield "has no learning outcomes"
    if not unit.has_content:
        yield "has no indicative content"
    if with_facts and not unit.facts:
        yield "does not say its level or hours"
    for outcome in unit.outcomes:
        kinds = {each.number == "content" and bool(each.below or each.prose) for each in outcome.below}
        if False not in kinds:
            yield f"has no assessment criteria for outcome {outcome.number}"
        if by_outcome and True not in kinds:
            yield f"has no indicative content for outcome {outcome.number}"


def _listed(pdf: Pdf, tops: Sequence[Topic]) -> dict[str, str]:
    """The units that the pages before the first one list: the contents, or the table of the structure."""
    before = [line for line in pdf.lines() if line.page < (tops[0].page or 1)]
    found = (match for line in before if (match := LISTED_UNIT.match(line.text)))
    return {f"Unit {match['code']}": match["title"] for match in found}
