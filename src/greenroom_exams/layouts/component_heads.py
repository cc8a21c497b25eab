"""Components of a specification that is read line by line: their headings, how they are assessed, who promises them.

Met in Eduqas' A levels: "2.2 Component 2", its title and how it is assessed; the table of weightings at the end of the
document names every component and its share, so that a lost one is missed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from greenroom_exams.documents import Component, Finding, Topic
from greenroom_exams.layouts.assessment_words import NOT_EXAMINED, is_examined, is_kind, read_assessment
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join
from greenroom_exams.layouts.plain_text import line_number

HEADING = re.compile(r"\d\.\d+ Component (?P<number>\d)$")
AFTER_CONTENT = re.compile(r"\d ASSESSMENT$|\d Assessment$")
WEIGHTING = re.compile(r"Component (?P<number>\d)(?: (?:\d+(?:\.\d+)?%|-))+ (?P<weight>\d+(?:\.\d+)?)%$")
PROMISED = re.compile(r"(?:COMPONENT \d ?){2,}$")
ASSESSMENT_HEAD = "Assessment"
GLANCE_HEAD = "Component at a glance"
LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class Section:
    """One component: its heading, and all lines up to the next one."""

    number: str
    title: str
    heading: Line
    lines: tuple[Line, ...]

    @property
    def code(self) -> str:
        """As the document calls it."""
        return f"Component {self.number}"


def placed(topic: Topic, line: Line, pdf: Pdf) -> Topic:
    """The topic where a line stands: its number in a text, its page and box in a PDF."""
    if pdf.is_text:
        return replace(topic, line=line_number(line))
    return replace(topic, page=line.page, box=line.box)


def position_of(line: Line, pdf: Pdf) -> str:
    """The same for a finding."""
    return f"line {line_number(line)}" if pdf.is_text else f"page {line.page}"


def content_of(pdf: Pdf) -> tuple[list[Line], Line | None]:
    """The lines before the chapter on assessment, and its heading; nothing where it has none."""
    lines = list(pdf.lines())
    end = next((index for index, line in enumerate(lines) if index and AFTER_CONTENT.match(line.text)), None)
    return (lines, None) if end is None else (lines[:end], lines[end])


def sections(lines: Sequence[Line]) -> list[Section]:
    """The components, each with its title: the lines below the heading up to what tells of its assessment."""
    starts = [index for index, line in enumerate(lines) if HEADING.match(line.text)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(lines)][: len(starts)], strict=True):
        body = lines[start + 1 : end]
        title = [line.text for line in body[: _title_length(body)]]
        number = HEADING.match(lines[start].text)
        assert number
        found.append(Section(number["number"], join(title), lines[start], tuple(body[len(title) :])))
    return found


def _title_length(body: Sequence[Line]) -> int:
    for index, line in enumerate(body):
        if line.text == GLANCE_HEAD or is_kind(line.text) or len(line.text) > LONGEST_TITLE or line.text.endswith("."):
            return index
    return len(body)


def component_of(section: Section, weights: Mapping[str, float], pdf: Pdf) -> Component:
    """How a component is assessed, by the lines below its title or below its own heading "Assessment"."""
    heads = [index for index, line in enumerate(section.lines) if line.text == ASSESSMENT_HEAD]
    start = heads[-1] + 1 if heads else 0
    told = read_assessment(line.text for line in section.lines[start : start + 6])
    return Component(
        code=section.code,
        name=section.title,
        examined=told.kind is not None and is_examined(told.kind),
        assessment=told.kind,
        marks=told.marks,
        duration_minutes=told.minutes,
        weight_percent=told.weight or weights.get(section.number),
        page=None if pdf.is_text else section.heading.page,
    )


def weightings(pdf: Pdf) -> dict[str, float]:
    """The share of each component by the table of assessment objectives."""
    found = (WEIGHTING.match(line.text) for line in pdf.lines())
    return {match["number"]: float(match["weight"]) for match in found if match}


def check_components(components: Sequence[Component], pdf: Pdf) -> Iterator[Finding]:
    """Errors for components that the document promises and does not have, and for shares that disagree."""
    weights = weightings(pdf)
    promised = set(weights)
    for line in pdf.lines():
        if PROMISED.match(line.text):
            promised |= set(re.findall(r"\d", line.text))
    found = {component.code.removeprefix("Component ") for component in components}
    for number in sorted(promised - found):
        yield Finding("component_missing", "error", f"Component {number} is promised, its content is not in this text")
    for number in sorted(found - promised):
        if promised:
            yield Finding("witnesses_disagree", "error", f"Component {number} is not in the table of weightings")
    for component in components:
        told = weights.get(component.code.removeprefix("Component "))
        own = component.weight_percent
        if told is not None and own is not None and abs(told - own) > 0.01:
            message = f"{component.code} counts for {own:g} % in its head, for {told:g} % in the table of weightings"
            yield Finding("assessment_disagrees", "error", message)
    whole = sum(component.weight_percent or 0.0 for component in components)
    if promised and promised == found and abs(whole - 100) > 0.1:
        yield Finding("weights", "error", f"the components count for {whole:g} % of the qualification, not for 100 %")
    for component in components:
        yield from _check_kind(component)


def _check_kind(component: Component) -> Iterator[Finding]:
    kind = component.assessment
    if kind is None:
        message = f"{component.code} does not say how it is assessed, so it is not live"
        yield Finding("assessment_unknown", "error", message)
    elif not component.examined and not re.search(NOT_EXAMINED, kind, re.I):
        message = f"{component.code} is assessed by {kind!r}: examined or not?"
        yield Finding("assessment_unknown", "error", message)
