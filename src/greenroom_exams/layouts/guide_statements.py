"""Guides whose topics carry codes, A1.1.1 or 1.1.1, with hours and marks of the level that studies them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from greenroom_exams.documents import Finding, Topic
from greenroom_exams.layouts import broken_text, numbered
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.numbered import Heading
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join

DASH = r"(?:\s*[–—:]\s*|\.?\s+)"
LETTERED = rf"^(?:Theme )?(?P<code>[A-E](?:\.?\d{{1,2}}(?:\.\d{{1,2}})*)?)(?:{DASH}(?P<title>\S.*)|$)"
NUMBERED = rf"^(?:Topic )?(?P<code>\d{{1,2}}(?:\.\d{{1,2}})*)(?:{DASH}(?P<title>\S.*)|$)"
CONTENT = re.compile(r"^Syllabus (?:content|details)$", re.I)
OUTLINE = re.compile(r"^Syllabus (?:outline|overview|roadmap)$", re.I)
# What heads or follows the topics in such tables, and is nobody's text.
COLUMN_HEADS = re.compile(r"^(?:Assessment statements?|Statements?|Obj\.?|Teacher[’']?s[’']? notes|Guidance|\d)$", re.I)
# A line that says for whom what follows is; "SL and HL" is for all.
LEVEL_LINES = (
    (re.compile(r"^(?:SL and HL|SL/HL(?: core)?|Core|Standard level and higher level)$", re.I), None),
    (
        re.compile(r"^(?:Additional higher level(?: \(AHL\))?|AHL|HL(?: only| extension)?|Higher level only)$", re.I),
        "HL",
    ),
    (re.compile(r"^(?:SL only|Standard level only)$", re.I), "SL"),
)
LEVEL_MARK = re.compile(r"\s*[(\[](?P<level>AHL|HL|SL)(?: only| extension)?[)\]]", re.I)
HOURS_MARK = re.compile(r"\s*\((?P<hours>\d{1,3}) hours?\)", re.I)
HOURS_LINE = re.compile(
    r"^(?P<who>SL and HL|Standard level and higher level|Additional higher level|AHL|Recommended teaching hours)"
    r"(?: \(AHL\))?\s*[:–—-]\s*(?P<hours>\d{1,3}) hours?$",
    re.I,
)
EXTRA = ("additional higher level", "ahl")


@dataclass(frozen=True, slots=True)
class _Mark:
    """A heading as its document has it, with the lines below it that belong to no other."""

    heading: Heading
    study_level: str | None
    below: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Hours:
    """Teaching hours that a document gives one topic: for all, and further ones at higher level."""

    core: int | None = None
    extra: int | None = None

    def told(self) -> str:
        parts = [f"{self.core} hours" if self.core is not None else ""]
        parts.append(f"{self.extra} further hours at higher level" if self.extra is not None else "")
        return ", ".join(part for part in parts if part)

    def agrees(self, numbers: Sequence[int]) -> bool:
        """Whether the numbers of an outline's row are these: hours and further ones, or those of SL and of HL."""
        if self.core is None:
            return True
        extra = self.extra or 0
        return list(numbers) in ([self.core], [self.core, extra], [self.core, self.core + extra])


def lettered(pdf: Pdf) -> Reading | None:
    """Themes A to E with topics A1.1 and statements A1.1.1."""
    return _read(pdf, LETTERED)


def numbers_only(pdf: Pdf) -> Reading | None:
    """Topics 1, 1.1 and statements 1.1.1."""
    return _read(pdf, NUMBERED)


FAMILIES = (Family("guide with lettered themes", lettered), Family("guide with numbered topics", numbers_only))


def _read(pdf: Pdf, pattern: str) -> Reading | None:
    if pdf.is_text:
        return None
    lines, start, end = _content(pdf, pattern)
    marks = list(_marks(lines, pattern))
    codes = [mark.heading.code for mark in marks]
    depth = max((code_depth(code) for code in codes), default=0)
    if depth < 1:
        return None
    topics = tuple(_topics(marks, depth))
    return Reading(topics, tuple(_check(pdf, topics, marks, pattern, depth, start, end)))


def code_depth(code: str) -> int:
    """0 for A or 1, 1 for A1 or 1.1, 2 for A1.1 or 1.1.1, and so on."""
    return len(_steps(code)) - 1


def _steps(code: str) -> list[str]:
    return re.findall(r"[A-E]|\d+", code)


def parent_of(code: str) -> str | None:
    """A1.1.1 hangs on A1.1, that on A1, that on A, and A on nothing."""
    above = re.sub(r"\.?\d+$", "", code)
    return above if above and above != code else None


def _content(pdf: Pdf, pattern: str) -> tuple[list[Line], Line | None, Line | None]:
    """The lines between the chapter of the content and the next one, with both their headings."""
    lines = list(pdf.lines())
    places = [place for place, line in enumerate(lines) if CONTENT.match(line.text)]
    if not places:
        return [], None, None
    # A contents page names the chapter too, in smaller letters.
    start = max(places, key=lambda place: lines[place].size)
    least = lines[start].size - numbered.SAME_SIZE_POINTS
    rest = range(start + 1, len(lines))
    end = next((i for i in rest if lines[i].size >= least and not re.match(pattern, lines[i].text)), None)
    return lines[start + 1 : end], lines[start], lines[end] if end is not None else None


def _marks(lines: Sequence[Line], pattern: str) -> Iterator[_Mark]:
    body = numbered.body_size(lines)
    found = numbered.headings(lines, pattern, lambda line: _is_heading(line, pattern, body))
    starts = [lines.index(heading.lines[0]) for heading in found]
    level, scope, told = None, 0, False
    for heading, (start, stop) in zip(found, pairwise([*starts, len(lines)]), strict=True):
        depth = code_depth(heading.code)
        # A line "Additional higher level" holds for what follows, as long as nothing above the first of it begins.
        if told:
            scope = depth
        elif depth < scope:
            level = None
        below = [line for line in lines[start:stop] if line not in heading.lines]
        yield _Mark(heading, level, tuple(line for line in below if not COLUMN_HEADS.match(line.text)))
        named = [study_level for line in below for words, study_level in LEVEL_LINES if words.match(line.text)]
        told = bool(named)
        level = named[-1] if named else level


def _is_heading(line: Line, pattern: str, body: float) -> bool:
    """A short code must be set apart from the text; three numbers with points between are no prose."""
    found = re.match(pattern, line.text)
    return found is not None and (_is_set_apart(line, body) or code_depth(found["code"]) >= 2)


def _is_set_apart(line: Line, body: float) -> bool:
    return line.bold or line.size > body + numbered.SAME_SIZE_POINTS


def _topics(marks: Sequence[_Mark], depth: int) -> Iterator[Topic]:
    levels = {mark.heading.code: _level_of(mark) for mark in marks}
    for order, mark in enumerate(marks, start=1):
        heading = mark.heading
        yield Topic(
            code=heading.code,
            name=_name(heading.title),
            level=code_depth(heading.code),
            parent_code=parent_of(heading.code),
            sort_order=order,
            page=heading.page,
            box=heading.box,
            description=_description(mark, depth),
            study_level=_inherited(heading.code, levels),
        )


def _level_of(mark: _Mark) -> str | None:
    found = LEVEL_MARK.search(mark.heading.title)
    if not found:
        return mark.study_level
    return "SL" if found["level"].upper() == "SL" else "HL"


def _inherited(code: str | None, levels: Mapping[str, str | None]) -> str | None:
    """A topic's own level, or that of the nearest above it that has one."""
    while code is not None:
        if levels.get(code):
            return levels[code]
        code = parent_of(code)
    return None


def _name(title: str) -> str:
    return HOURS_MARK.sub("", LEVEL_MARK.sub("", title)).strip()


def _description(mark: _Mark, depth: int) -> str | None:
    """What a statement's guidance says; of what stands above statements, only its hours."""
    if code_depth(mark.heading.code) < depth:
        return _hours(mark).told() or None
    return join(line.text for line in mark.below if not _is_level_line(line)) or None


def _is_level_line(line: Line) -> bool:
    return HOURS_LINE.match(line.text) is not None or any(words.match(line.text) for words, _ in LEVEL_LINES)


def _hours(mark: _Mark) -> _Hours:
    in_title = HOURS_MARK.search(mark.heading.title)
    if in_title:
        return _Hours(int(in_title["hours"]))
    told = [match for line in mark.below if (match := HOURS_LINE.match(line.text))]
    core = [int(match["hours"]) for match in told if match["who"].casefold() not in EXTRA]
    extra = [int(match["hours"]) for match in told if match["who"].casefold() in EXTRA]
    return _Hours(core[0] if core else None, extra[0] if extra else None)


def _check(
    pdf: Pdf,
    topics: Sequence[Topic],
    marks: Sequence[_Mark],
    pattern: str,
    depth: int,
    start: Line | None,
    end: Line | None,
) -> Iterator[Finding]:
    yield from _check_numbering(topics)
    yield from numbered.check_depth(topics, depth)
    above = [topic for topic in topics if topic.level < depth]
    rows = _outline_rows(pdf, pattern, start)
    listed = {code: title for code, (title, _) in rows.items()}
    yield from numbered.compare_titles(listed, above, source="the syllabus outline")
    yield from _check_outline(pdf, topics, pattern)
    yield from _check_hours(marks, rows)
    yield from numbered.check_pages(pdf.pages, start.page if start else 1, end.page if end else pdf.pages[-1].number)
    yield from numbered.check_end(end is not None)
    yield from broken_text.check_titles(topics)
    statements = [topic for topic in topics if topic.level == depth]
    yield from broken_text.check_statements(statements, what="statement")
    yield from broken_text.check_descriptions(statements)


def _check_numbering(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Numbers are compared within each letter; the letters must be A, B, C."""
    letters = [topic for topic in topics if re.fullmatch("[A-E]", topic.code)]
    for expected, topic in zip("ABCDE", letters, strict=False):
        if topic.code != expected:
            message = f"gap in numbering: {topic.code} comes where {expected} was expected"
            yield Finding("numbering_gap", "error", message, f"page {topic.page}")
    for first in dict.fromkeys(_steps(topic.code)[0] for topic in topics):
        own = [topic for topic in topics if _steps(topic.code)[0] == first]
        if first.isdigit():
            continue
        below = [replace(t, parent_code=None) if t.parent_code == first else t for t in own if t.code != first]
        yield from numbered.check_numbering(below)
        if first not in {topic.code for topic in letters}:
            yield Finding("missing_parent", "error", f"{own[0].code} hangs on {first}, which was not found")
        if sum(topic.code == first for topic in topics) > 1:
            yield Finding("duplicate_code", "error", f"{first} was found more than once")
    yield from numbered.check_numbering([topic for topic in topics if topic.code[0].isdigit()])
    yield from (
        Finding("missing_title", "error", f"{topic.code} has no title", f"page {topic.page}")
        for topic in letters
        if not topic.name
    )


def _outline_rows(pdf: Pdf, pattern: str, start: Line | None) -> dict[str, tuple[str, list[int]]]:
    """The topics that the outline lists, each with the numbers that stand on its line: its hours."""
    rows: dict[str, tuple[str, list[int]]] = {}
    for page in pdf.pages:
        if start is None or page.number >= start.page:
            continue
        place = next((i for i, line in enumerate(page.lines) if OUTLINE.match(line.text)), None)
        # A contents page names the outline too, without a row of it.
        for line in page.lines[place + 1 :] if place is not None else ():
            found = re.match(pattern, line.text)
            if found and found["title"]:
                title, own = _without_numbers(found["title"])
                rows[found["code"]] = (_name(title), [*own, *_numbers_beside(page.lines, line)])
    return rows


def _without_numbers(title: str) -> tuple[str, list[int]]:
    marked = HOURS_MARK.search(title)
    if marked:
        return title, [int(marked["hours"])]
    found = re.match(r"^(.*?\D)((?:\s+\d{1,3})*)$", title)
    return (found[1].strip(), [int(number) for number in found[2].split()]) if found else (title, [])


def _numbers_beside(lines: Sequence[Line], row: Line) -> Iterator[int]:
    beside = (line for line in lines if abs(line.base - row.base) < 1 and line.left > row.left)
    for line in sorted(beside, key=lambda line: line.left):
        if re.fullmatch(r"\d{1,3}", line.text):
            yield int(line.text)


def _check_outline(pdf: Pdf, topics: Sequence[Topic], pattern: str) -> Iterator[Finding]:
    """The outline of the PDF, as deep as it goes; one without any code is no witness."""
    told = {
        match["code"]: _name(match["title"])
        for entry in pdf.outline
        if (match := re.match(pattern, entry.title)) and match["title"]
    }
    if told:
        deepest = max(code_depth(code) for code in told)
        within = [topic for topic in topics if topic.level <= deepest]
        yield from numbered.compare_titles(told, within, source="the outline")


def _check_hours(marks: Sequence[_Mark], rows: Mapping[str, tuple[str, list[int]]]) -> Iterator[Finding]:
    """Warnings where the outline gives a topic other hours than its own heading does."""
    for mark in marks:
        told, listed = _hours(mark), rows.get(mark.heading.code, ("", []))[1]
        if listed and not told.agrees(listed):
            message = f"{mark.heading.code} has {told.told()}, the syllabus outline says {listed}"
            yield Finding("hours_disagree", "warning", message, f"page {mark.heading.page}")
