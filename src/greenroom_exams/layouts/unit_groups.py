"""OCR's history: groups of units of which a learner takes one each, key topics in tables, pairs that none may take."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from greenroom_exams.documents import Component, Exclusion, Finding, OptionGroup, Topic
from greenroom_exams.layouts import merged_columns, numbered, tabbed_pages
from greenroom_exams.layouts.families import Reading
from greenroom_exams.layouts.paths import path_code, unique_codes
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join
from greenroom_exams.layouts.plain_text import line_number

NAME = "unit groups"
GROUP = re.compile(
    r"^2c\. Content of unit group (?P<number>\d): (?P<title>.+?)"
    r" \(Units (?P<first>[A-Z]\d{3}) to (?P<last>[A-Z]\d{3})\)$"
)
COURSEWORK = re.compile(r"^2d\. (?P<kind>Non exam assessment): (?P<title>.+?) \(Unit (?P<code>[A-Z]\d{3})\)$")
UNIT = re.compile(r"^Unit (?P<code>[A-Z]\d{3}): (?P<title>.+)$")
SECTION = re.compile(r"^\d[a-z]\. ")
# As in: Enquiry Topic: Alfred the Great; British Period Studies: England 1485-1547.
ELEMENT = re.compile(r"^(?:Enquiry Topic|[A-Z][\w-]+ Period Stud(?:y|ies)|Period Study|Thematic Study): \S")
TABLE = re.compile(r"^(?P<kind>Key [Tt]opics?|Depth [Ss]tudies) Content$")
LEAD_IN = re.compile(
    r"^Learners? should (?:have studied the following|be aware of debates surrounding the issues)"
    r"|^outlined for each in-depth topic:$"
)
# In em of their type, as the lines of the tables prove them; see merged_columns.
COLUMNS = merged_columns.Widths(left=18.6, right=26.32)
MOST_TITLE_LINES = 3
# The overview gives a unit's code, its title above, below or beside it, and the years of its content.
UNIT_ENTRY = re.compile(r"^(?P<code>[A-Z]\d{3})\b")
# The code of an entry stands before its years or its note, in the middle of its height.
OWN_CODE = re.compile(r"^[A-Z]\d{3} (?=\(|(?:c\.)?\d{3,4}(?:\.c)? )")
# The last two columns of the list: the earliest and the latest date.
DATES = re.compile(r"(?:\s(?:(?:c\.)?\d{3,4}|\d\dth|Century)(?:\.c)?){1,2}$")
ONE_OF_EACH = "take one unit from each of unit groups"
TOGETHER = re.compile(r"cannot be taken in combination with units? (?P<rest>[^)]*)\)")
CODE = re.compile(r"\b[A-Z]\d{3}\b")


@dataclass(frozen=True, slots=True)
class _Group:
    code: str
    title: str
    first: str
    last: str
    line: Line
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """One table: the unit it is of, the element it belongs to if any, and the lines of its rows."""

    unit: str
    element: str | None
    kind: str
    line: Line
    lines: tuple[Line, ...]


def read(pdf: Pdf) -> Reading | None:
    """The groups, their units and key topics; None where the document has no unit groups."""
    lines = list(_rejoined(pdf))
    groups = list(_groups(lines))
    if not groups:
        return None
    tree = _Tree(pdf)
    for group in groups:
        tree.add_group(group)
    coursework = _coursework(lines)
    if coursework:
        tree.add_coursework(*coursework)
    overview = _between(lines, "2b. ", "2c. ")
    exclusions = tuple(_exclusions(overview, {topic.code: topic.parent_code for topic in tree.topics}))
    findings = [
        *tree.findings,
        *_check_units(groups, tree.topics, overview),
        *_check_tables(tree.tables, tree.topics),
        *numbered.check_depth([topic for topic in tree.topics if topic.examined], 2),
        *_check_exclusions(exclusions, overview, tree.topics),
        *_check_counts(_between(lines, "2a. ", "2b. "), groups, tree.topics),
        *_check_pages(pdf),
    ]
    if coursework is None:
        findings.append(Finding("content_without_end", "error", "no section 2d follows the unit groups"))
    components = tuple(_components(_between(lines, "2a. ", "2b. "), groups, coursework))
    findings += _check_components(components)
    told = " ".join(line.text for line in (*_between(lines, "2a. ", "2b. "), *overview))
    options = tuple(_option_groups(groups, told))
    if not options:
        findings.append(
            Finding("choice_unread", "error", "the overview does not say how many units of each group to take")
        )
    return Reading(tuple(tree.topics), tuple(findings), components, options, exclusions)


class _Tree:
    """The topics as they are found, in their order."""

    def __init__(self, pdf: Pdf) -> None:
        self.topics: list[Topic] = []
        self.findings: list[Finding] = []
        self.tables: list[tuple[_Table, int]] = []
        self._is_text = pdf.is_text

    def add_group(self, group: _Group) -> None:
        self._add(group.code, group.title, 0, None, group.line, component=group.code)
        starts = [index for index, line in enumerate(group.lines) if UNIT.match(line.text)]
        for start, end in pairwise([*starts, len(group.lines)]):
            found = UNIT.match(group.lines[start].text)
            assert found is not None
            code, title = found["code"], found["title"]
            self._add(code, title, 1, group.code, group.lines[start], component=group.code, option=group.code)
            for table in _tables(code, title, group.lines[start + 1 : end]):
                self._add_table(table, group.code)

    def add_coursework(self, code: str, title: str, line: Line) -> None:
        self._add(code, title, 0, None, line, component=code, examined=False)

    def _add_table(self, table: _Table, component: str) -> None:
        parent, level = table.unit, 2
        if table.element:
            parent = self._add(
                path_code(table.unit, table.element), table.element, 2, table.unit, table.line, component=component
            )
            level = 3
        rows = list(_rows(table))
        self.tables.append((table, len(rows)))
        for line, row in rows:
            self._add(
                path_code(parent, row.title),
                row.title,
                level,
                parent,
                line,
                text=row.content or None,
                component=component,
            )
            if not row.is_sure:
                known = f"{row.title!r} or {row.rival!r}" if row.rival else repr(row.title)
                message = f"{table.unit}: a key topic is {known}; its line holds the next column too: {line.text}"
                self.findings.append(Finding("title_unsure", "warning", message, _position(line)))

    def _add(
        self, code: str, name: str, level: int, parent: str | None, line: Line,
        *, component: str, text: str | None = None, option: str | None = None, examined: bool = True,
    ) -> str:  # fmt: skip
        taken = [topic.code for topic in self.topics]
        code = unique_codes([*taken, code])[-1]
        place = {"line": line_number(line)} if self._is_text else {"page": line.page, "box": line.box}
        topic = Topic(code, name, level, parent, len(taken) + 1, description=text, component_code=component)
        self.topics.append(replace(topic, option_group=option, examined=examined, **place))
        return code


def _rejoined(pdf: Pdf) -> Iterator[Line]:
    """All lines; a heading of a section that wraps is one line again."""
    lines = list(pdf.lines())
    index = 0
    while index < len(lines):
        line, ahead = lines[index], lines[index + 1] if index + 1 < len(lines) else None
        if ahead and re.match(r"^2[cd]\. .*Units?\b(?!.*\))|^2c\. [^()]*$", line.text) and ahead.text.endswith(")"):
            yield replace(line, text=join([line.text, ahead.text]))
            index += 2
        else:
            yield line
            index += 1


def _groups(lines: Sequence[Line]) -> Iterator[_Group]:
    starts = [index for index, line in enumerate(lines) if SECTION.match(line.text)]
    for start, end in pairwise([*starts, len(lines)]):
        found = GROUP.match(lines[start].text)
        if found:
            code = f"Unit group {found['number']}"
            yield _Group(
                code, found["title"], found["first"], found["last"], lines[start], tuple(lines[start + 1 : end])
            )


def _coursework(lines: Sequence[Line]) -> tuple[str, str, Line] | None:
    for line in lines:
        found = COURSEWORK.match(line.text)
        if found:
            return found["code"], found["title"], line
    return None


def _tables(unit: str, title: str, lines: Sequence[Line]) -> Iterator[_Table]:
    heads = [index for index, line in enumerate(lines) if TABLE.match(line.text)]
    element: str | None = None
    for number, head in enumerate(heads):
        found = TABLE.match(lines[head].text)
        assert found is not None
        end = heads[number + 1] if number + 1 < len(heads) else len(lines)
        above = next(
            (line.text for line in lines[max(0, head - MOST_TITLE_LINES) : head] if ELEMENT.match(line.text)), None
        )
        element = above or (found["kind"] if found["kind"].startswith("Depth") else None)
        rows = _without_title_of_next(lines[head + 1 : end], title) if end < len(lines) else lines[head + 1 : end]
        body = tuple(line for line in rows if not LEAD_IN.match(line.text))
        yield _Table(unit, element, found["kind"], lines[head], body)


def _without_title_of_next(lines: Sequence[Line], unit_title: str) -> Sequence[Line]:
    """The lines of a table without the title of the table that follows."""
    for index in range(max(0, len(lines) - MOST_TITLE_LINES), len(lines)):
        rest = join(line.text for line in lines[index:])
        if ELEMENT.match(lines[index].text) or numbered.comparable(rest) == numbered.comparable(unit_title):
            return lines[:index]
    # The title above a table is at times spelt otherwise than the unit's; the last row ends with a full stop.
    ends = [index for index, line in enumerate(lines) if line.text.endswith(".")]
    return lines[: ends[-1] + 1] if ends and len(lines) - ends[-1] <= MOST_TITLE_LINES else lines


def _rows(table: _Table) -> Iterator[tuple[Line, merged_columns.Row]]:
    starts = [index for index in range(len(table.lines)) if _begins_row(table.lines, index)]
    for start, end in pairwise([*starts, len(table.lines)]):
        yield table.lines[start], merged_columns.row([line.text for line in table.lines[start:end]], COLUMNS)


def _begins_row(lines: Sequence[Line], index: int) -> bool:
    """Whether a line has both columns and the row before it has ended."""
    if index == 0:
        return True
    return merged_columns.is_merged(lines[index].text, COLUMNS) and lines[index - 1].text.endswith((".", ")"))


def _between(lines: Sequence[Line], start: str, end: str) -> list[Line]:
    """The lines of a section of the text, not of its entry on the contents page."""
    begun = [
        i for i, line in enumerate(lines) if line.text.startswith(start) and not tabbed_pages.CONTENTS.match(line.text)
    ]
    if not begun:
        return []
    rest = lines[begun[0] + 1 :]
    ended = next((i for i, line in enumerate(rest) if line.text.startswith(end)), len(rest))
    return list(rest[:ended])


def _exclusions(overview: Sequence[Line], group_of: Mapping[str, str | None]) -> Iterator[Exclusion]:
    """The pairs that the rules of combination forbid: "taking unit Y101 ... cannot also take unit Y302"."""
    text = " ".join(line.text for line in overview)
    for part in re.split(r"(?=taking unit [A-Z]\d{3}\b)", text)[1:]:
        one, *others = dict.fromkeys(CODE.findall(part.split("•")[0]))
        # The other column of the page may name units too: only those of another group can be meant.
        apart = [other for other in others if group_of.get(other) not in {None, group_of.get(one)}]
        yield from (Exclusion(one, other, "the specification's rules of combination") for other in apart)


def _notes(overview: Sequence[Line]) -> list[frozenset[str]]:
    """The units that each note in the list of units names, in the order of the notes."""
    text = " ".join(OWN_CODE.sub("", line.text) for line in overview)
    return [frozenset(CODE.findall(found["rest"])) for found in TOGETHER.finditer(text)]


def _check_exclusions(
    exclusions: Sequence[Exclusion], overview: Sequence[Line], topics: Sequence[Topic]
) -> Iterator[Finding]:
    """Errors where the notes beside the units forbid other pairs than the rules do."""
    partners: dict[str, set[str]] = {}
    for each in exclusions:
        partners.setdefault(each.one, set()).add(each.other)
        partners.setdefault(each.other, set()).add(each.one)
    units = [topic.code for topic in topics if topic.level == 1]
    ruled = [frozenset(partners[code]) for code in units if code in partners]
    if _notes(overview) != ruled or partners.keys() - set(units):
        message = "the rules of combination and the notes beside the units forbid different pairs"
        yield Finding("exclusions_disagree", "error", message)


def _check_units(groups: Sequence[_Group], topics: Sequence[Topic], overview: Sequence[Line]) -> Iterator[Finding]:
    """Errors for units that are not those which the section's title and the overview promise."""
    listed = [code for _, code in _listed(overview)]
    for group in groups:
        found = [topic.code for topic in topics if topic.level == 1 and topic.parent_code == group.code]
        promised = [f"{group.first[0]}{number}" for number in range(int(group.first[1:]), int(group.last[1:]) + 1)]
        told = [code for code in listed if code in promised]
        if found != promised or told != promised:
            odd = sorted({*found, *told} ^ set(promised)) or sorted(set(found) ^ set(told))
            span = f"{group.first} to {group.last}"
            message = f"{group.code} has the units {span}; not in text and list alike: {', '.join(odd)}"
            yield Finding("units_disagree", "error", message, _position(group.line))
    names = {topic.code: topic.name for topic in topics if topic.level == 1}
    titles = _listed_titles(overview)
    for code, name in names.items():
        if code in titles and numbered.comparable(name) not in numbered.comparable(titles[code]):
            message = f"{code} is {name!r} in its heading and otherwise in the list of units: {titles[code]}"
            yield Finding("title_differs", "warning", message)


def _listed(overview: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """The place and the code of each entry of the list of units; a code that begins a line of a sentence is none."""
    for index, line in enumerate(overview):
        found = UNIT_ENTRY.match(line.text)
        if found and (DATES.search(line.text) or line.text == found["code"]):
            yield index, found["code"]


def _listed_titles(overview: Sequence[Line]) -> dict[str, str]:
    """The text around each code of the list of units, in which its title must be found."""
    texts: dict[str, str] = {}
    for index, code in _listed(overview):
        near = overview[max(0, index - 3) : index + 2]
        texts[code] = join(re.sub(r"^[A-Z]\d{3}\b ?", "", DATES.sub("", line.text)) for line in near)
    return texts


def _check_tables(tables: Sequence[tuple[_Table, int]], topics: Sequence[Topic]) -> Iterator[Finding]:
    """Warnings for units with other tables than the rest of their group, and for tables with other numbers of rows."""
    group_of = {topic.code: topic.parent_code for topic in topics}
    shapes: dict[str | None, dict[str, list[tuple[str, int]]]] = {}
    for unit in (topic for topic in topics if topic.level == 1):
        shapes.setdefault(unit.parent_code, {})[unit.code] = []
    for table, rows in tables:
        shapes[group_of[table.unit]][table.unit].append((_kind(table), rows))
    for group, units in shapes.items():
        usual = Counter(tuple(sorted(shape)) for shape in units.values()).most_common(1)[0][0]
        for code, shape in units.items():
            if tuple(sorted(shape)) != usual:
                message = f"{code} has {_told(shape)}; the other units of {group} have {_told(usual)}"
                yield Finding("tables_differ", "warning", message)


def _told(shape: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{rows} rows of {kind}" for kind, rows in shape) or "no tables"


def _kind(table: _Table) -> str:
    words = (table.element or table.kind).split(":")[0].casefold()
    return re.sub(r"studies$", "study", words).removesuffix("s")


def _check_counts(overview: Sequence[Line], groups: Sequence[_Group], topics: Sequence[Topic]) -> Iterator[Finding]:
    """Errors where the overview promises other numbers of units: "Learners study one of the 13 units available"."""
    told = [
        int(number)
        for number in re.findall(r"one of the (\d+) units available", " ".join(line.text for line in overview))
    ]
    found = [sum(topic.parent_code == group.code for topic in topics) for group in groups]
    if told != found:
        yield Finding(
            "witnesses_disagree", "error", f"the overview promises groups of {told} units, the text has {found}"
        )


def _check_pages(pdf: Pdf) -> Iterator[Finding]:
    """Errors for printed pages that are missing between the first unit group and what follows the content."""
    told = tabbed_pages.contents(pdf)
    if "2c" in told and "2e" in told:
        yield from tabbed_pages.check_printed(pdf.pages, told["2a"] if "2a" in told else told["2c"], told["2e"])
    else:
        yield Finding("contents_unread", "error", "the contents page does not tell where the unit groups begin and end")


def _components(
    overview: Sequence[Line], groups: Sequence[_Group], coursework: tuple[str, str, Line] | None
) -> Iterator[Component]:
    """Each group as a component with what the overview says in the same order: share, marks, duration."""
    text = " ".join(line.text for line in overview)
    shares = [float(share) for share in re.findall(r"(\d{1,3})%", text)]
    marks = [int(mark) for mark in re.findall(r"(\d{2,3}) marks", text)]
    times = [
        int(hours) * 60 + int(minutes or 0)
        for hours, minutes in re.findall(r"(\d) hours?(?: (\d+) minutes?)? paper", text)
    ]
    wanted = len(groups) + (coursework is not None)
    told = len(shares) == wanted and len(marks) == wanted and len(times) == len(groups) and sum(shares) == 100
    for index, group in enumerate(groups):
        each = Component(group.code, group.title, assessment="written paper")
        yield (
            replace(each, marks=marks[index], duration_minutes=times[index], weight_percent=shares[index])
            if told
            else each
        )
    if coursework:
        each = Component(coursework[0], coursework[1], examined=False, assessment="non exam assessment")
        yield replace(each, marks=marks[-1], weight_percent=shares[-1]) if told else each


def _check_components(components: Sequence[Component]) -> Iterator[Finding]:
    if any(component.weight_percent is None for component in components):
        yield Finding("assessment_unread", "warning", "the overview does not tell share, marks and time of each group")


def _option_groups(groups: Sequence[_Group], text: str) -> Iterator[OptionGroup]:
    """Each group as a choice of one, where the overview says so; a rule across groups is a note of each."""
    note = None
    if "200 year rule" in text:
        note = "the units chosen of all groups must together span at least 200 years"
    if ONE_OF_EACH in text:
        for group in groups:
            yield OptionGroup(group.code, group.title, 1, 1, group.code, note)


def _position(line: Line) -> str:
    return f"line {line_number(line)}"
