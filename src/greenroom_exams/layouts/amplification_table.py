"""Units of numbered areas with tables "Content | Amplification": positioned lines become a tree with its units.

Met in WJEC's "Made for Wales" GCSEs: a summary of assessment, then each unit with its own head, its areas 1.1, a list
of what an area holds, and a table whose left column repeats the list.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from greenroom_exams.documents import Box, Component, Finding, OptionGroup, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.assessment_words import Assessment, is_kind, read_assessment
from greenroom_exams.layouts.families import Reading
from greenroom_exams.layouts.numbered import comparable
from greenroom_exams.layouts.paths import path_code
from greenroom_exams.layouts.pdf_lines import Line, Pdf, hull, join
from greenroom_exams.layouts.works_to_choose import choices

LAYOUT = "amplification table"
UNIT = re.compile(r"Unit (?P<code>\d+)$")
SUMMARY_UNIT = re.compile(r"Unit (?P<code>\d+): (?P<title>\S.*)$")
AREA = re.compile(r"(?P<code>\d+\.\d+)(?:\s+(?P<title>\S.*))?$")
ITEM = re.compile(r"(?P<code>\d+\.\d+\.\d+)(?:\s+(?P<title>\S.*))?$")
HEADS = re.compile(r"(?:Further information|Amplification)$", re.I)
CONTENT_HEAD = "Content"
AREAS_HEAD = "Areas of content"
OVERVIEW_HEAD = "Overview of unit"
SUMMARY_HEAD = re.compile(r"summary of assessment$", re.I)
SUBJECT_CONTENT = re.compile(r"subject content$", re.I)
# Both come after the last table; the chapter is two points larger than a unit's heading.
AFTER_CONTENT = re.compile(r"opportunities for integration|ASSESSMENT$", re.I)
SPOILT = re.compile(r"[\ufffd\x00-\x1f•]")
WHOLE_PERCENT = 100.0


@dataclass(slots=True)
class _Area:
    code: str
    title: str
    line: Line
    told: dict[str, str] = field(default_factory=dict)
    listed: list[Line] = field(default_factory=list)
    between: list[Line] = field(default_factory=list)
    loose: list[Line] = field(default_factory=list)
    rows: list["_Row"] = field(default_factory=list)


@dataclass(slots=True)
class _Row:
    code: str
    line: Line
    titles: list[Line] = field(default_factory=list)
    texts: list[Line] = field(default_factory=list)

    @property
    def title(self) -> str:
        return join(line.text for line in self.titles)

    @property
    def box(self) -> Box:
        return hull([line for line in (self.line, *self.titles) if line.page == self.line.page])


@dataclass(slots=True)
class _Unit:
    code: str
    line: Line
    head: list[Line] = field(default_factory=list)
    areas: list[_Area] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The bold lines below the number, up to the first line that tells how the unit is assessed."""
        parts: list[str] = []
        for line in self.head:
            if not line.bold or line.text == OVERVIEW_HEAD:
                break
            parts.append(line.text)
        return join(parts)


@dataclass(frozen=True, slots=True)
class _Told:
    title: str
    assessment: Assessment


def read(pdf: Pdf) -> Reading | None:
    """The tree of units, areas and rows, compared with the summary, the heads, the lists and the contents page."""
    lines = list(pdf.lines())
    start = next((index for index, line in enumerate(lines) if _is_chapter(line, SUBJECT_CONTENT)), None)
    if pdf.is_text or start is None:
        return None
    units, end = _units(lines[start:])
    if not any(area.rows for unit in units for area in unit.areas):
        return None
    summary = dict(_summary(lines[:start]))
    components = tuple(_component(unit, summary) for unit in units)
    tree, groups, told = _tree(units, components)
    # works have no numbers: what is checked by numbers is checked without them
    topics = tuple(topic for topic in tree if "~" not in topic.code)
    findings = (
        *numbered.check_numbering(topics),
        *numbered.check_depth(topics, 2),
        *numbered.check_end(end is not None),
        *numbered.check_pages(pdf.pages, lines[start].page, (end or lines[-1]).page),
        *_check_printed(pdf, lines[start].page, (end or lines[-1]).page),
        *_check_lists(units),
        *_check_summary(units, summary),
        *_check_weights(components),
        *_check_contents(units, lines[:start], pdf),
        *_check_letters(tree),
        *told,
        *_check_works(tree, groups),
        *_check_loose(units),
    )
    return Reading(tree, findings, components, groups)


def _is_chapter(line: Line, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(line.text)) and line.size >= 15 and not line.text.endswith(".")


def _units(lines: Sequence[Line]) -> tuple[list[_Unit], Line | None]:
    """The units in their order, and the line that ends the content; nothing where none does."""
    units: list[_Unit] = []
    body = numbered.body_size(lines)
    for number, line in enumerate(lines):
        is_heading = line.size > body + numbered.SAME_SIZE_POINTS
        if is_heading and units and AFTER_CONTENT.match(line.text):
            _fill(units, lines[:number])
            return units, line
        found = UNIT.match(line.text)
        if found and is_heading:
            units.append(_Unit(found["code"], line))
    _fill(units, lines)
    return units, None


def _fill(units: Sequence[_Unit], lines: Sequence[Line]) -> None:
    places = [lines.index(unit.line) for unit in units]
    for unit, (start, end) in zip(units, pairwise([*places, len(lines)]), strict=True):
        _fill_unit(unit, lines[start + 1 : end])


def _fill_unit(unit: _Unit, lines: Sequence[Line]) -> None:
    border: float | None = None
    for line in lines:
        area = AREA.match(line.text)
        if line.bold and area and area["code"].startswith(f"{unit.code}."):
            unit.areas.append(_Area(area["code"], area["title"] or "", line))
            border = None
        elif not unit.areas:
            unit.head.append(line)
        elif HEADS.match(line.text):
            border = line.left
        elif line.text == CONTENT_HEAD:
            continue
        elif border is None:
            _take_told(unit.areas[-1], line)
        else:
            _take_row(unit.areas[-1], line, border)


def _take_told(area: _Area, line: Line) -> None:
    """A line above the table: the area's title, or the list of what the area holds."""
    listed = ITEM.match(line.text)
    same_row = line.page == area.line.page and abs(line.base - area.line.base) < 1
    last = area.listed[-1] if area.listed else None
    if listed and not area.between:
        area.told[listed["code"]] = listed["title"] or ""
        area.listed.append(line)
    elif same_row and not area.title:
        area.title = line.text
    elif last is not None and not area.between and _continues(last, line, area):
        code = next(reversed(area.told))
        area.told[code] = join([area.told[code], line.text])
        area.listed.append(line)
    elif last is not None:
        area.between.append(line)


def _continues(last: Line, line: Line, area: _Area) -> bool:
    """The list's titles stand behind its codes, each on the code's row and those below it."""
    in_column = line.left > area.line.left + line.size * 2 and numbered.same_style(last, line)
    is_title = last.left < line.left and abs(last.base - line.base) < 1
    wraps = abs(last.left - line.left) <= numbered.SAME_LEFT_POINTS
    return in_column and _is_next(last, line) and (is_title or wraps)


def _is_next(last: Line, line: Line) -> bool:
    return line.page == last.page and -1 < last.base - line.base <= numbered.WRAP_EM * last.size


def _take_row(area: _Area, line: Line, border: float) -> None:
    listed = ITEM.match(line.text)
    is_left = line.left < border - numbered.SAME_LEFT_POINTS * 2
    if is_left and listed and abs(line.left - area.line.left) <= numbered.SAME_LEFT_POINTS:
        area.rows.append(_Row(listed["code"], line))
        if listed["title"]:
            area.rows[-1].titles.append(replace(line, text=listed["title"]))
    elif area.rows and is_left and line.size >= area.line.size - numbered.SAME_SIZE_POINTS:
        row = area.rows[-1]
        near = _is_next(row.titles[-1] if row.titles else row.line, line)
        (row.titles if near else area.loose).append(line)
    elif area.rows and not is_left:
        area.rows[-1].texts.append(line)


def _tree(
    units: Sequence[_Unit], components: Sequence[Component]
) -> tuple[tuple[Topic, ...], tuple[OptionGroup, ...], list[Finding]]:
    topics: list[Topic] = []
    groups: list[OptionGroup] = []
    findings: list[Finding] = []
    for unit, component in zip(units, components, strict=True):
        own: list[Topic] = []
        for topic, lines in _topics(unit, component):
            works, choice, told = _works(topic, lines)
            own += [topic, *works]
            groups += [replace(group, component_code=component.code) for group in choice]
            findings += told
        topics += [replace(topic, component_code=component.code, examined=component.examined) for topic in own]
    ordered = tuple(replace(topic, sort_order=order) for order, topic in enumerate(topics, start=1))
    return ordered, tuple(groups), findings


def _topics(unit: _Unit, component: Component) -> Iterator[tuple[Topic, list[Line]]]:
    """Unit, areas and rows, each with the lines that describe it."""
    overview = _overview(unit)
    yield _topic(unit.code, component.name, 0, unit.line, overview), overview
    for area in unit.areas:
        between = _by_columns(area.between)
        yield _topic(area.code, area.title, 1, area.line, between), between
        for row in area.rows:
            yield replace(_topic(row.code, row.title, 2, row.line, row.texts), box=row.box), row.texts


def _topic(code: str, title: str, level: int, line: Line, texts: Sequence[Line]) -> Topic:
    parent = numbered.parent_of(code) if level else None
    return Topic(code, title, level, parent, 0, line.page, line.box, _paragraphs(texts))


def _works(above: Topic, lines: Sequence[Line]) -> tuple[list[Topic], list[OptionGroup], list[Finding]]:
    """The works that are set below a topic, and how many of each list are studied."""
    topics: list[Topic] = []
    groups: list[OptionGroup] = []
    findings: list[Finding] = []
    found = list(choices(lines))
    columns = 1 + sum(_begins_column(one, other) for one, other in pairwise(lines))
    if columns > 1 and len(found) != columns:
        message = f"{above.code} {above.name} has {columns} columns of works, {len(found)} were read"
        findings.append(Finding("works_missing", "error", message, f"page {above.page}"))
    for choice in found:
        parent = above
        if choice.heading and choice.heading not in {topic.name for topic in topics}:
            code = path_code(above.code, choice.heading)
            place = choice.works[0].line
            parent = Topic(code, choice.heading, above.level + 1, above.code, 0, place.page, place.box)
            topics.append(parent)
        if choice.count:
            groups.append(OptionGroup(parent.code, parent.name, choice.count, choice.count, note=choice.rule))
        if not choice.is_whole:
            message = f"works of {parent.code} {parent.name} are not numbered one after the other, or are no pairs"
            findings.append(Finding("works_missing", "error", message, f"page {choice.works[0].line.page}"))
        for work in choice.works:
            code = path_code(parent.code, work.title)
            topic = Topic(code, work.title, parent.level + 1, parent.code, 0, work.line.page, work.line.box)
            topics.append(replace(topic, option_group=parent.code if choice.count else None))
    return topics, groups, findings


def _begins_column(last: Line, line: Line) -> bool:
    """Whether a line stands well above the one before it: columns are read one after the other."""
    return line.page == last.page and line.base - last.base > 2 * line.size


def _overview(unit: _Unit) -> list[Line]:
    """What the unit is for and which works are set for it."""
    heads = [index for index, line in enumerate(unit.head) if line.text == OVERVIEW_HEAD]
    return _by_columns([line for line in unit.head[heads[0] + 1 :] if line.text != AREAS_HEAD] if heads else [])


def _by_columns(lines: Sequence[Line]) -> list[Line]:
    """The lines, those of a table of works one column after the other: what stands side by side begins it."""
    for index, line in enumerate(lines):
        row = [other for other in lines[index:] if other.page == line.page and abs(other.base - line.base) < 1]
        lefts = sorted(other.left for other in row if other.text != "•")
        # The heads of two columns of titles are no table: below them each title runs across both.
        if len(lefts) > 2 and line.text != "•":
            table = lines[index:]
            columns = [[each for each in table if _column(each, lefts) == number] for number in range(len(lefts))]
            return [*lines[:index], *(each for column in columns for each in column)]
    return list(lines)


def _column(line: Line, lefts: Sequence[float]) -> int:
    return max((i for i, left in enumerate(lefts) if left <= line.left + numbered.SAME_LEFT_POINTS), default=0)


def _paragraphs(lines: Iterable[Line]) -> str | None:
    """The text with a line for each bullet and each paragraph: further down or further left than what is above it."""
    paragraphs: list[list[str]] = []
    last: Line | None = None
    for line in lines:
        is_bullet = line.text == "•"
        continues = last is not None and last.text == "•" and abs(last.base - line.base) < 1.0
        far = last is None or line.page != last.page or last.base - line.base > 1.6 * line.size
        outdented = last is not None and line.left < last.left - numbered.SAME_LEFT_POINTS
        if is_bullet or not paragraphs or ((far or outdented) and not continues):
            paragraphs.append([])
        paragraphs[-1].append(line.text)
        last = line
    return "\n".join(join(each) for each in paragraphs) or None


def _summary(lines: Sequence[Line]) -> Iterator[tuple[str, _Told]]:
    """The units as the summary of assessment names them, each with what stands in bold below it."""
    start = next((i for i, line in enumerate(lines) if _is_chapter(line, SUMMARY_HEAD)), len(lines))
    found: list[tuple[str, list[str], list[str]]] = []
    for line in lines[start + 1 :]:
        unit = SUMMARY_UNIT.match(line.text)
        if line.bold and unit:
            found.append((unit["code"], [unit["title"]], []))
        elif found and line.bold and not SUMMARY_HEAD.match(line.text):
            _, titles, told_lines = found[-1]
            wraps = not told_lines and not _is_told(line.text)
            (titles if wraps else told_lines).append(line.text)
        elif _is_chapter(line, re.compile(r"introduction$", re.I)):
            break
    for code, titles, told_lines in found:
        yield code, _Told(join(titles), read_assessment(told_lines))


def _is_told(text: str) -> bool:
    return is_kind(text) or "qualification" in text or text.endswith("marks")


def _component(unit: _Unit, summary: Mapping[str, _Told]) -> Component:
    """The unit with what its own head says, and where that is silent (the length), what the summary says."""
    own = read_assessment(line.text for line in unit.head)
    told = summary.get(unit.code, _Told("", Assessment())).assessment
    examined = own.examined if own.examined is not None else told.examined
    return Component(
        code=f"Unit {unit.code}",
        name=unit.title,
        # What is not known to be an examination is never live.
        examined=bool(examined),
        assessment=told.kind or own.kind,
        marks=own.marks or told.marks,
        duration_minutes=own.minutes or told.minutes,
        weight_percent=own.weight or told.weight,
        page=unit.line.page,
    )


def _check_printed(pdf: Pdf, first: int, last: int) -> Iterator[Finding]:
    """Errors for pages that do not bear the number that follows from the others: behind a lost page none does."""
    for page in pdf.pages:
        if first <= page.number <= last and page.printed is None and pdf.running:
            message = f"gap in numbering: page {page.number} does not bear the number that follows from the others"
            yield Finding("page_missing", "error", message, f"page {page.number}")


def _check_lists(units: Sequence[_Unit]) -> Iterator[Finding]:
    """Errors where the list above a table and the table's own column name other rows."""
    for area in (area for unit in units for area in unit.areas):
        rows = tuple(Topic(row.code, row.title, 2, area.code, 0, row.line.page) for row in area.rows)
        yield from numbered.compare_titles(area.told, rows, source=f"the list of {area.code}")


def _check_summary(units: Sequence[_Unit], summary: Mapping[str, _Told]) -> Iterator[Finding]:
    """Errors where the summary of assessment and the head of a unit disagree, or one of them is silent."""
    for code in sorted(summary.keys() - {unit.code for unit in units}):
        yield Finding("witnesses_disagree", "error", f"the summary has Unit {code}, the content has not")
    for unit in units:
        own = read_assessment(line.text for line in unit.head)
        told = summary.get(unit.code)
        at = f"page {unit.line.page}"
        if told is None:
            yield Finding("witnesses_disagree", "error", f"Unit {unit.code} is not in the summary of assessment", at)
            continue
        if comparable(told.title) != comparable(unit.title):
            message = f"Unit {unit.code} is {unit.title!r} in its head and {told.title!r} in the summary"
            yield Finding("witnesses_disagree", "error", message, at)
        for what in ("examined", "marks", "weight"):
            ours, theirs = getattr(own, what), getattr(told.assessment, what)
            if ours is None or theirs is None or ours != theirs:
                message = f"Unit {unit.code}, {what}: {ours} in its head, {theirs} in the summary"
                yield Finding("assessment_disagrees", "error", message, at)


def _check_weights(components: Sequence[Component]) -> Iterator[Finding]:
    whole = sum(component.weight_percent or 0.0 for component in components)
    if abs(whole - WHOLE_PERCENT) > 0.1:
        yield Finding("weights", "error", f"the units count for {whole:g} % of the qualification, not for 100 %")


def _check_contents(units: Sequence[_Unit], before: Sequence[Line], pdf: Pdf) -> Iterator[Finding]:
    """Errors where the contents page has other units than the content, or has them on other pages."""
    pattern = re.compile(r"Unit (\d+)\s*\.{3,}\s*(\d+)$")
    contents = {found[1]: int(found[2]) for line in before if (found := pattern.match(line.text))}
    printed = {page.number: page.printed for page in pdf.pages}
    for unit in units:
        told, here = contents.pop(unit.code, None), printed.get(unit.line.page)
        # A unit that begins in the middle of a page stands in the contents with the page of its first area or its own.
        if told is None or (here is not None and abs(told - here) > 1):
            message = f"Unit {unit.code} is on page {here}, the contents say {told or 'nothing'}"
            yield Finding("contents_disagree", "error", message, f"page {unit.line.page}")
    for code in contents:
        yield Finding("contents_disagree", "error", f"the contents have Unit {code}, the text has not")


def _check_letters(topics: Sequence[Topic]) -> Iterator[Finding]:
    for topic in topics:
        if SPOILT.search(topic.name):
            message = f"{topic.code} has a letter that nobody can read: {topic.name!r}"
            yield Finding("unreadable_title", "error", message, f"page {topic.page}")


def _check_loose(units: Sequence[_Unit]) -> Iterator[Finding]:
    for line in (line for unit in units for area in unit.areas for line in area.loose):
        yield Finding("loose_text", "warning", f"no code for: {line.text}", f"page {line.page}")


def _check_works(topics: Sequence[Topic], groups: Sequence[OptionGroup]) -> Iterator[Finding]:
    """Errors for a list of no more works than are studied, and for a work that stands in a list twice."""
    counted = Counter(topic.option_group for topic in topics if topic.option_group)
    for group in groups:
        if counted[group.code] <= group.choose_most:
            message = f"{group.code} {group.name}: {group.choose_most} of {counted[group.code]} works"
            yield Finding("works_missing", "error", message)
    for code, count in Counter(topic.code for topic in topics).items():
        if count > 1:
            yield Finding("duplicate_code", "error", f"{code} was found {count} times")
