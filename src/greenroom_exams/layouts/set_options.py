"""Components whose sections list works to choose from: lines become sections, groups and options with their rule.

Met in Eduqas' A level Film Studies: "Section B: Documentary film", "must study one of the following", bullets below
"Films"; the component's own "Assessment" names its sections again, with their marks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from greenroom_exams.documents import Finding, OptionGroup, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.assessment_words import NUMBERS
from greenroom_exams.layouts.broken_text import SPOILT
from greenroom_exams.layouts.component_heads import (
    Section,
    check_components,
    component_of,
    content_of,
    placed,
    position_of,
    sections,
    weightings,
)
from greenroom_exams.layouts.families import Reading
from greenroom_exams.layouts.numbered import comparable
from greenroom_exams.layouts.paths import path_code
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join

LAYOUT = "sections of works to choose from"
PART = re.compile(r"Section (?P<code>[A-Z]): (?P<title>\S.*)$")
TOLD_PART = re.compile(r"Section (?P<code>[A-Z]): (?P<title>\S.*), (?P<marks>\d{1,3}) marks\.?$")
GROUP = re.compile(r"Group (?P<code>\d): (?P<title>\S.*)$")
WORKS = re.compile(r"(?P<what>Films|Texts|Plays|Works|Set (?:texts|works|films)):?$")
CHOICE = re.compile(r"\b(?P<count>one|two|three|four)\b(?: \w+){0,3}? of the following", re.I)
GROUP_CHOICE = re.compile(
    r"\b(?P<count>one|two|three|four)\b(?:(?!\bone\b|\btwo\b)[^.])*? from Group (?P<code>\d)", re.I
)
EITHER = re.compile(r"\((?P<code>i{1,3}|iv|v)\) (?P<text>\S.*)$")


@dataclass(slots=True)
class _List:
    """Works in one list: of a section, or of a group within it."""

    code: str | None
    title: str
    line: Line
    works: list[tuple[Line, list[str]]] = field(default_factory=list)
    what: str = ""
    ended: bool = False


@dataclass(slots=True)
class _Part:
    code: str
    title: str
    line: Line
    text: list[str] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Component:
    section: Section
    parts: tuple[_Part, ...]


def read(pdf: Pdf) -> Reading | None:
    """The tree of components, sections and works with their rules, compared with what "Assessment" says of sections."""
    lines, end = content_of(pdf)
    read_ones = [_Component(section, tuple(_parts(section, pdf))) for section in sections(lines)]
    if not any(each.works for one in read_ones for part in one.parts for each in part.lists):
        return None
    weights = weightings(pdf)
    components = tuple(component_of(one.section, weights, pdf) for one in read_ones)
    topics: list[Topic] = []
    groups: list[OptionGroup] = []
    findings: list[Finding] = []
    for one, component in zip(read_ones, components, strict=True):
        own_topics, own_groups, own_findings = _tree(one, pdf)
        examined = component.examined
        topics += [replace(topic, examined=examined, component_code=component.code) for topic in own_topics]
        groups += [replace(group, component_code=component.code) for group in own_groups]
        findings += own_findings
        if component.examined:
            findings += _check_parts(one, component.marks, pdf)
    topics = [replace(topic, sort_order=order) for order, topic in enumerate(topics, start=1)]
    findings += [
        *numbered.check_end(end is not None),
        *numbered.check_pages(pdf.pages, lines[0].page, lines[-1].page),
        *check_components(components, pdf),
        *_check_letters(topics),
    ]
    return Reading(tuple(topics), tuple(findings), components, tuple(groups))


def _parts(section: Section, pdf: Pdf) -> Iterator[_Part]:
    """Sections begin a page; the same words stand in the component's table and in its "Assessment" too."""
    first = {page.lines[0] for page in pdf.pages if page.lines}
    part: _Part | None = None
    for line in section.lines:
        found = PART.match(line.text)
        if found and line in first:
            if part:
                yield part
            part = _Part(found["code"], found["title"], line)
        elif part and line in first and not part.lists:
            part.text.append(line.text)
        elif part and line in first and line.text == "Assessment":
            break
        elif part:
            _take(part, line)
    if part:
        yield part


def _take(part: _Part, line: Line) -> None:
    group, works = GROUP.match(line.text), WORKS.match(line.text)
    last = part.lists[-1] if part.lists else None
    if group:
        part.lists.append(_List(group["code"], group["title"], line))
    elif works and (last is None or last.code is None or last.works):
        part.lists.append(_List(None, part.title, line, what=works["what"]))
    elif works and last:
        last.what = works["what"]
    elif last and last.what and not last.ended:
        _take_work(last, line)
    else:
        part.text.append(line.text)


def _take_work(last: _List, line: Line) -> None:
    """A bullet or what wraps below it; the full stop after the last work ends the list."""
    if line.text.startswith("• "):
        last.works.append((line, [line.text.removeprefix("• ")]))
    elif last.works:
        last.works[-1][1].append(line.text)
    last.ended = bool(last.works) and line.text.endswith(".")


def _tree(one: _Component, pdf: Pdf) -> tuple[list[Topic], list[OptionGroup], list[Finding]]:
    top = _topic(one.section.code, one.section.title, 0, None, one.section.heading, pdf)
    topics, groups, findings = [top], [], []
    for part in one.parts:
        code = f"{top.code}/Section {part.code}"
        topics.append(_topic(code, part.title, 1, top.code, part.line, pdf))
        text = " ".join(part.text)
        for each in part.lists:
            above, level = code, 2
            if each.code:
                above, level = f"{code}/Group {each.code}", 3
                topics.append(_topic(above, each.title, 2, code, each.line, pdf))
            count = _count(text, each)
            if count is None:
                message = f"{above} {each.title}: how many of its {len(each.works)} works are studied?"
                findings.append(Finding("choice_without_rule", "error", message, position_of(each.line, pdf)))
            else:
                groups.append(OptionGroup(above, each.title, count, count, note=_sentence(text)))
            if not each.ended:
                message = f"the list of {above} does not end with a full stop: a work may be missing"
                findings.append(Finding("list_without_end", "error", message, position_of(each.line, pdf)))
            for line, parts in each.works:
                name = join(parts).rstrip(".")
                if name.count("(") != name.count(")"):
                    message = f"a bracket is open, so the end may be missing: {name}"
                    findings.append(Finding("work_breaks_off", "warning", message, position_of(line, pdf)))
                work = _topic(path_code(above, name), name, level, above, line, pdf)
                topics.append(replace(work, option_group=above))
    own, group = _alternatives(one, top, pdf)
    return [*topics, *own], [*groups, *group], findings


def _topic(code: str, name: str, level: int, parent: str | None, line: Line, pdf: Pdf) -> Topic:
    return placed(Topic(code, name, level, parent, 0), line, pdf)


def _count(text: str, each: _List) -> int | None:
    if each.code:
        counts = {found["code"]: found["count"] for found in GROUP_CHOICE.finditer(text)}
        word = counts.get(each.code)
    else:
        found = CHOICE.search(text)
        word = found["count"] if found else None
    return NUMBERS[word.casefold()] if word else None


def _sentence(text: str) -> str | None:
    """The sentence that tells how many are studied."""
    found = re.search(r"[^.:]*\b(?:must study|are required to study)\b[^.:]*", text)
    return found.group().strip() if found else None


def _alternatives(one: _Component, top: Topic, pdf: Pdf) -> tuple[list[Topic], list[OptionGroup]]:
    """What a component without sections lets a learner make: EITHER (i) ... OR (ii) ..."""
    starts = [index for index, line in enumerate(one.section.lines) if line.text == "EITHER"]
    if one.parts or not starts:
        return [], []
    topics: list[Topic] = []
    for line in one.section.lines[starts[0] + 1 :]:
        found = EITHER.match(line.text)
        if found:
            code = f"{top.code}/({found['code']})"
            topics.append(_topic(code, found["text"], 1, top.code, line, pdf))
        elif topics and line.text != "OR" and not line.text.startswith("• ") and not topics[-1].name.endswith(":"):
            topics[-1] = replace(topics[-1], name=join([topics[-1].name, line.text]))
        elif topics and line.text != "OR" and not line.text.startswith("• "):
            break
    named = [replace(topic, name=topic.name.rstrip(":"), option_group=top.code) for topic in topics]
    return named, [OptionGroup(top.code, top.name, 1, 1, note="EITHER ... OR")] if named else []


def _check_parts(one: _Component, marks: int | None, pdf: Pdf) -> Iterator[Finding]:
    """Errors where the sections differ from those that "Assessment" names, or their marks from the component's."""
    told = {}
    for line in one.section.lines:
        if found := TOLD_PART.match(line.text):
            told[found["code"]] = (found["title"], int(found["marks"]))
    found_parts = {part.code: part for part in one.parts}
    for code in sorted(told.keys() | found_parts.keys()):
        title = told.get(code, ("", 0))[0]
        here = found_parts[code].title if code in found_parts else ""
        if comparable(title) != comparable(here):
            message = f"{one.section.code}, section {code}: {here!r} in its heading, {title!r} in the assessment"
            yield Finding("witnesses_disagree", "error", message, position_of(one.section.heading, pdf))
    whole = sum(share for _, share in told.values())
    if marks != whole:
        message = f"{one.section.code} has {marks} marks, its sections have {whole}"
        yield Finding("assessment_disagrees", "error", message, position_of(one.section.heading, pdf))


def _check_letters(topics: Sequence[Topic]) -> Iterator[Finding]:
    codes: set[str] = set()
    for topic in topics:
        if SPOILT.search(topic.name):
            yield Finding("unreadable_title", "error", f"a sign that nobody can read: {topic.name!r}")
        if topic.code in codes:
            yield Finding("duplicate_code", "error", f"{topic.code} was found twice")
        codes.add(topic.code)
