"""The table "Component | Marks | Scaled mark | Duration" of a course, and what its assessment chapter says again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from greenroom_exams.documents import Component, Finding
from greenroom_exams.layouts.course_specification import SECTION_POINTS, chapter
from greenroom_exams.layouts.paths import path_code
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join

EXAM = "question paper"
# Rows of one table are aligned by their first lines, to a hair.
SAME_ROW_POINTS = 3.0
PERCENT_ROUNDED = 0.5


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    marks: int
    scaled: int
    duration: str
    page: int


def components(pdf: Pdf, *, course: str) -> tuple[tuple[Component, ...], tuple[Finding, ...]]:
    """The components of the course whose assessment code is `course`, and where the document contradicts itself.

    A component's share is its scaled mark, else its mark, of the sum of them all. What is no question paper is
    coursework: kept, and not examined.
    """
    rows = list(_rows(chapter(pdf, "Course overview")))
    total = sum(row.scaled for row in rows)
    found = tuple(_component(row, total, course) for row in rows)
    return found, tuple(_check(pdf, rows, found))


def minutes(duration: str) -> int | None:
    """2 hours and 20 minutes, or 2 hours 20 minutes, as 140; nothing for words that are more, or other, than a time."""
    found = re.fullmatch(r"(?:(\d+) hours?)?(?: and | )?(?:(\d+) minutes?)?", duration.strip())
    if not found or not any(found.groups()):
        return None
    return 60 * int(found[1] or 0) + int(found[2] or 0)


def _rows(lines: Sequence[Line]) -> Iterator[_Row]:
    head = next((line for line in lines if line.bold and line.text == "Component"), None)
    if head is None:
        return
    heads = [line for line in lines if line.bold and _beside(line, head)]
    below = [line for line in lines if line.page == head.page and line.base < head.base - SAME_ROW_POINTS]
    end = next((line.base for line in below if line.bold), float("-inf"))
    table = [line for line in below if line.base > end + SAME_ROW_POINTS]
    marks = next((line for line in heads if line.text == "Marks"), head)
    starts = [line for line in _column(table, heads, marks) if re.fullmatch(r"\d{1,3}", line.text)]
    for start, after in pairwise([*starts, None]):
        if start is None:
            continue
        until = after.base if after else float("-inf")
        row = [line for line in table if until + SAME_ROW_POINTS < line.base <= start.base + SAME_ROW_POINTS]
        cells = {each.text: join(line.text for line in _column(row, heads, each)) for each in heads}
        scaled = cells.get("Scaled mark", "")
        counted = int(scaled) if scaled.isdigit() else int(start.text)
        name = re.sub(r"^Component \d+: ", "", cells["Component"])
        yield _Row(name, int(start.text), counted, cells.get("Duration", ""), start.page)


def _beside(line: Line, head: Line) -> bool:
    return line.page == head.page and abs(line.base - head.base) < SAME_ROW_POINTS


def _column(lines: Sequence[Line], heads: Sequence[Line], head: Line) -> list[Line]:
    right = min((each.left for each in heads if each.left > head.left), default=float("inf"))
    return [line for line in lines if head.left - SAME_ROW_POINTS <= line.left < right - SAME_ROW_POINTS]


def _component(row: _Row, total: int, course: str) -> Component:
    examined = EXAM in row.name.casefold()
    return Component(
        code=path_code(course, row.name),
        name=row.name,
        examined=examined,
        assessment=EXAM if examined else "coursework",
        marks=row.marks,
        duration_minutes=minutes(row.duration),
        weight_percent=round(100 * row.scaled / total, 2),
        page=row.page,
    )


def _check(pdf: Pdf, rows: Sequence[_Row], found: Sequence[Component]) -> Iterator[Finding]:
    """Errors where the chapter "Course assessment" has other marks or another share, and where there is no table."""
    if not rows:
        yield Finding("components_unread", "error", "the table of components of the course was not found")
        return
    lines = chapter(pdf, "Course assessment")
    told = sorted(_headed_marks(lines))
    if told != sorted(row.marks for row in rows):
        message = f"the table of components has marks {[row.marks for row in rows]}, their headings {told}"
        yield Finding("witnesses_disagree", "error", message, f"page {rows[0].page}")
    share = re.search(r"(\d+)% of the overall\s+marks", " ".join(line.text for line in lines))
    exams = sum(each.weight_percent or 0 for each in found if each.examined)
    if share and abs(int(share[1]) - exams) > PERCENT_ROUNDED:
        message = f"the question papers are {share[1]}% in the text and {exams:g}% by their marks"
        yield Finding("witnesses_disagree", "error", message, f"page {rows[0].page}")


def _headed_marks(lines: Sequence[Line]) -> Iterator[int]:
    for line in lines:
        found = re.fullmatch(r"(?:.* )?(\d{1,3}) marks", line.text)
        if found and line.bold and line.size >= SECTION_POINTS:
            yield int(found[1])
