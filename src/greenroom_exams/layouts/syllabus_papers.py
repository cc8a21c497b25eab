"""The papers of a Cambridge syllabus: what "Details of the assessment" says of each, and the overview again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from greenroom_exams.documents import Component, Finding
from greenroom_exams.layouts.course_assessment import minutes
from greenroom_exams.layouts.numbered import SAME_LEFT_POINTS
from greenroom_exams.layouts.pdf_lines import Line, Pdf

PAPER = re.compile(r"^(?:Component \d+ – )?Paper (?P<number>\d) (?:– )?(?P<name>[A-Z].*)$")
HOW = re.compile(r"^(?P<kind>[A-Z][\w -]+?), (?P<time>[^,]+), (?P<marks>\d{1,3}) marks$")
BASED_ON = re.compile(r"(?:[Tt]opics? (?P<first>\d+)[–-](?P<last>\d+)|[Ss]ection (?P<section>\d)) of the")


@dataclass(frozen=True, slots=True)
class _Glance:
    """What the overview says of one paper."""

    marks: int | None
    minutes: int | None
    weight: float | None
    topics: tuple[str, ...]
    is_external: bool


def components(pdf: Pdf, *, syllabus: str) -> tuple[tuple[Component, ...], dict[str, str], tuple[Finding, ...]]:
    """The papers, the component of each top topic, and where the two places contradict each other."""
    glances = {number: glance for number, glance in _overview(pdf)}
    found = list(_details(pdf, syllabus, glances))
    findings = tuple(_check(found, glances, syllabus))
    of_topic = {topic: f"{syllabus}/{number}" for number, glance in glances.items() for topic in glance.topics}
    return tuple(found), of_topic, findings


def _details(pdf: Pdf, syllabus: str, glances: dict[int, _Glance]) -> Iterator[Component]:
    lines = list(pdf.lines())
    for index, line in enumerate(lines):
        found = PAPER.match(line.text)
        told = HOW.match(lines[index + 1].text) if index + 1 < len(lines) else None
        if not found or not told:
            continue
        glance = glances.get(int(found["number"]))
        examined = glance.is_external if glance else "coursework" not in told["kind"].casefold()
        yield Component(
            code=f"{syllabus}/{found['number']}",
            name=found["name"],
            examined=examined,
            assessment=told["kind"],
            marks=int(told["marks"]),
            duration_minutes=minutes(told["time"]),
            weight_percent=glance.weight if glance else None,
            page=line.page,
        )


def _overview(pdf: Pdf) -> Iterator[tuple[int, _Glance]]:
    """Each paper of "Assessment overview": a column, or a part of one, that begins with a bold "Paper 1"."""
    lines = list(pdf.lines())
    start = next((i for i, line in enumerate(lines) if line.text == "Assessment overview" and line.size > 14), None)
    if start is None:
        return
    there = [line for line in lines[start + 1 :] if line.page == lines[start].page]
    heads = [line for line in there if line.bold and re.fullmatch(r"Paper \d", line.text)]
    for head in heads:
        right = min((each.left for each in heads if each.left > head.left + SAME_LEFT_POINTS), default=float("inf"))
        column = [each for each in heads if abs(each.left - head.left) <= SAME_LEFT_POINTS]
        floor = next((low.base for top, low in pairwise(column) if top is head), float("-inf"))
        cell = [line for line in there if head.left - 1 <= line.left < right - 1 and floor < line.base <= head.base + 1]
        yield int(head.text[-1]), _glance(cell)


def _glance(cell: Sequence[Line]) -> _Glance:
    texts = [line.text for line in cell]
    whole = " ".join(texts)
    marks = next((found for text in texts if (found := re.fullmatch(r"(\d{1,3}) marks", text))), None)
    percent = next((found for text in texts if (found := re.fullmatch(r"(\d{1,3}(?:\.\d)?)%", text))), None)
    based = BASED_ON.search(whole)
    topics: tuple[str, ...] = ()
    if based and based["section"]:
        topics = (based["section"],)
    elif based:
        topics = tuple(str(each) for each in range(int(based["first"]), int(based["last"]) + 1))
    return _Glance(
        marks=int(marks[1]) if marks else None,
        minutes=next((time for text in texts if (time := minutes(text))), None),
        weight=float(percent[1]) if percent else None,
        topics=topics,
        is_external="Externally assessed" in whole,
    )


def _check(found: Sequence[Component], glances: dict[int, _Glance], syllabus: str) -> Iterator[Finding]:
    """Errors for papers that only one of the two places has, or of which they say different things."""
    told = {f"{syllabus}/{number}": (glance.marks, glance.minutes) for number, glance in glances.items()}
    read = {each.code: (each.marks, each.duration_minutes) for each in found}
    if told != read or not read:
        message = f"marks and minutes of the papers are {told} in the overview and {read} in their details"
        yield Finding("witnesses_disagree", "error", message)
    weights = [each.weight_percent for each in found if each.weight_percent is not None]
    if len(weights) == len(found) and found and round(sum(weights)) % 100:
        # Where some papers are for some learners only, each way through adds up to a hundred.
        yield Finding("weights_do_not_add_up", "warning", f"the papers' shares are {weights}")
