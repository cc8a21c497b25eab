"""Numbered topics of lettered statements, (a) (b) (c), below the name of their component: lines become a tree.

Met in Eduqas' A level sciences: a component begins with the list of its topics; each page of a topic has the
component's name above its own "3. Cell membranes and transport".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from greenroom_exams.documents import Component, Finding, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.assessment_words import is_kind, read_assessment
from greenroom_exams.layouts.broken_text import SPOILT
from greenroom_exams.layouts.component_heads import check_components, content_of, placed, position_of
from greenroom_exams.layouts.families import Reading
from greenroom_exams.layouts.paths import path_code
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join

LAYOUT = "numbered topics of lettered statements"
PROMISE = re.compile(r"(?P<name>[A-Z][\w ]+?) includes? the following topics:$")
THIS = "This component"
NUMBERED = re.compile(r"(?P<code>\d{1,2})\. (?P<title>\S.*)$")
STATEMENT = re.compile(r"\((?P<code>[a-z]{1,2})\) (?P<text>\S.*)$")
PRACTICAL = "SPECIFIED PRACTICAL WORK"
# A paragraph to the whole topic, below the last statement.
NOTE = re.compile(r"\(?Learners (?:should|must|are) ")
# What the text layer leaves of raised and lowered signs: PO 3– and, below it, 4.
LOOSE_SIGNS = re.compile(r"[\d+–-]{1,3}$|[A-Z][A-Za-z]? \d[+–-]$")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class _Statement:
    code: str
    line: Line
    parts: list[str]


@dataclass(slots=True)
class _Topic:
    code: str
    line: Line
    title: str
    statements: list[_Statement] = field(default_factory=list)
    practicals: list[_Statement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    practical_line: Line | None = None


@dataclass(slots=True)
class _Group:
    name: str
    line: Line
    head: list[Line] = field(default_factory=list)
    promised: dict[str, str] = field(default_factory=dict)
    topics: list[_Topic] = field(default_factory=list)

    @property
    def is_component(self) -> bool:
        return bool(self.head)


def read(pdf: Pdf) -> Reading | None:
    """The tree of components, topics and statements, compared with the list that each component begins with."""
    lines, end = content_of(pdf)
    groups = _groups(lines)
    if not any(topic.statements for group in groups for topic in group.topics):
        return None
    components = tuple(_component(group, pdf) for group in groups if group.is_component)
    topics = tuple(_topics(groups, components, pdf))
    findings = (
        *numbered.check_end(end is not None),
        *numbered.check_pages(pdf.pages, lines[0].page, lines[-1].page),
        *numbered.check_depth(topics, 2),
        *_check_promised(groups, pdf),
        *_check_letters(groups, pdf),
        *_check_components(components, pdf),
        *_check_text(groups, pdf),
    )
    return Reading(topics, findings, components)


def _groups(lines: Sequence[Line]) -> list[_Group]:
    promises = [index for index, line in enumerate(lines) if PROMISE.match(line.text)]
    starts = [_start(lines, index) for index in promises]
    ends = [*starts[1:], len(lines)][: len(starts)]
    return [_group(lines[start:end], index - start) for start, index, end in zip(starts, promises, ends, strict=True)]


def _start(lines: Sequence[Line], promise: int) -> int:
    """Where a component's name stands: above its list, and above what tells of its assessment."""
    found = PROMISE.match(lines[promise].text)
    if found and found["name"] != THIS:
        return promise
    first = promise - 1
    while first > 0 and (is_kind(lines[first].text) or re.search(r"%|marks$", lines[first].text)):
        first -= 1
    return max(first, 0)


def _group(lines: Sequence[Line], promise: int) -> _Group:
    found = PROMISE.match(lines[promise].text)
    name = found["name"] if found and found["name"] != THIS else lines[0].text
    group = _Group(name, lines[0], list(lines[1:promise]))
    rest = lines[promise + 1 :]
    length = _take_promised(group, rest)
    _take_topics(group, rest[length:])
    if name.isupper() and group.topics:
        # set in capitals on its first page, as it is written on all others
        topic = group.topics[0].line
        group.name = next((above.text for above, below in pairwise(rest) if below is topic), name)
    return group


def _take_promised(group: _Group, lines: Sequence[Line]) -> int:
    """The list of topics; how many lines it takes."""
    for index, line in enumerate(lines):
        found = NUMBERED.match(line.text)
        if found:
            group.promised[found["code"]] = found["title"]
        elif group.promised and line.text[:1].islower():
            last = next(reversed(group.promised))
            group.promised[last] = join([group.promised[last], line.text])
        else:
            return index
    return len(lines)


def _take_topics(group: _Group, lines: Sequence[Line]) -> None:
    above: Line | None = None
    for line in lines:
        found = NUMBERED.match(line.text)
        if found and above is not None and above.text.casefold() == group.name.casefold():
            group.topics.append(_Topic(found["code"], line, found["title"]))
        elif group.topics and line.text.casefold() != group.name.casefold():
            _take(group.topics[-1], line)
        above = line


def _take(topic: _Topic, line: Line) -> None:
    statement = STATEMENT.match(line.text)
    if line.text == PRACTICAL:
        topic.practical_line = line
    elif topic.practical_line is not None:
        if line.text.startswith("• "):
            topic.practicals.append(_Statement("", line, [line.text.removeprefix("• ")]))
        elif topic.practicals:
            topic.practicals[-1].parts.append(line.text)
    elif statement:
        topic.statements.append(_Statement(statement["code"], line, [statement["text"]]))
    elif topic.statements and (NOTE.match(line.text) or topic.notes):
        topic.notes.append(line.text)
    elif topic.statements:
        topic.statements[-1].parts.append(line.text)


def _component(group: _Group, pdf: Pdf) -> Component:
    told = read_assessment(line.text for line in group.head)
    return Component(
        code=group.name,
        name=group.name,
        examined=bool(told.examined),
        assessment=told.kind,
        marks=told.marks,
        duration_minutes=told.minutes,
        weight_percent=told.weight,
        page=None if pdf.is_text else group.line.page,
    )


def _topics(groups: Sequence[_Group], components: Sequence[Component], pdf: Pdf) -> Iterator[Topic]:
    """Codes are what is printed, below the path of the component: every component has its own "1." and "(a)"."""
    order = 0
    by_name = {component.name: component for component in components}
    for group in groups:
        component = by_name.get(group.name)
        top = Topic(path_code(None, group.name), group.name, 0, None, 0)
        parts = [(top, group.line)]
        for topic in group.topics:
            code = f"{top.code}/{topic.code}"
            notes = join(topic.notes) or None
            parts.append((Topic(code, topic.title, 1, top.code, 0, description=notes), topic.line))
            parts += [
                (Topic(f"{code}/({each.code})", join(each.parts), 2, code, 0), each.line) for each in topic.statements
            ]
            parts += _practicals(topic, code)
        for each, line in parts:
            order += 1
            examined = component.examined if component else True
            yield replace(
                placed(each, line, pdf), sort_order=order, examined=examined, component_code=_code_of(component)
            )


def _code_of(component: Component | None) -> str | None:
    """Core concepts are examined with every component, and belong to none."""
    return component.code if component else None


def _practicals(topic: _Topic, code: str) -> list[tuple[Topic, Line]]:
    if topic.practical_line is None:
        return []
    above = path_code(code, PRACTICAL)
    heading = Topic(above, PRACTICAL.capitalize(), 2, code, 0)
    rows = [
        (Topic(path_code(above, join(each.parts)), join(each.parts), 3, above, 0), each) for each in topic.practicals
    ]
    return [(heading, topic.practical_line), *((row, each.line) for row, each in rows)]


def _check_promised(groups: Sequence[_Group], pdf: Pdf) -> Iterator[Finding]:
    for group in groups:
        found = tuple(Topic(topic.code, topic.title, 1, None, 0) for topic in group.topics)
        yield from numbered.compare_titles(group.promised, found, source=f"the list of {group.name}")
        codes = [topic.code for topic in group.topics]
        if codes != [str(number) for number in range(1, len(codes) + 1)]:
            at = position_of(group.line, pdf)
            yield Finding("numbering_gap", "error", f"topics of {group.name} are {', '.join(codes)}", at)


def _check_letters(groups: Sequence[_Group], pdf: Pdf) -> Iterator[Finding]:
    """Errors for letters that do not follow each other; the last one of a topic has no witness."""
    for topic in (topic for group in groups for topic in group.topics):
        codes = [statement.code for statement in topic.statements]
        if codes != list(LETTERS[: len(codes)]):
            at = position_of(topic.line, pdf)
            message = f"gap in numbering: statements of {topic.code}. {topic.title} are ({') ('.join(codes)})"
            yield Finding("numbering_gap", "error", message, at)


def _check_components(components: Sequence[Component], pdf: Pdf) -> Iterator[Finding]:
    """The table of weightings and a heading of columns name components by number: they stand in that order."""
    numbers = [replace(each, code=f"Component {number}") for number, each in enumerate(components, start=1)]
    yield from check_components(numbers, pdf)


def _check_text(groups: Sequence[_Group], pdf: Pdf) -> Iterator[Finding]:
    """Warnings for statements in which a formula fell apart, errors for signs that nobody can read."""
    for topic in (topic for group in groups for topic in group.topics):
        for statement in (*topic.statements, *topic.practicals):
            at, text = position_of(statement.line, pdf), join(statement.parts)
            if any(LOOSE_SIGNS.match(part) for part in statement.parts[1:]):
                yield Finding("formula_fell_apart", "warning", f"raised or lowered signs stand apart: {text}", at)
            if SPOILT.search(text) or SPOILT.search(topic.title):
                yield Finding("unreadable_title", "error", f"a sign that nobody can read: {text!r}", at)
