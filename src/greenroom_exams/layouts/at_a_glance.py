"""AQA's chapter "Specification at a glance" becomes components: marks, time and weight of each, from its column."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from greenroom_exams.documents import Component, Finding
from greenroom_exams.layouts.paths import path_code
from greenroom_exams.layouts.pdf_lines import Line, join

HEAD = re.compile(
    r"(?:(?:Paper|Component|Unit) (?P<number>\d[A-Z]?)|(?P<nea>Non-exam(?:ination)? assessment(?: \(NEA\))?))"
    r"(?:\s*[:–-]\s*(?P<title>.+))?"
)
_ASSESSMENT = re.compile(r"(Written exam|Listening exam|Oral exam|Exam|Non-exam assessment|Practical|Portfolio)\b")
_HOURS = re.compile(r"(\d+) hours?(?:(?: and)? (\d+) minutes)?", re.I)
_MINUTES = re.compile(r"(\d+) minutes", re.I)
_MARKS = re.compile(r"(\d+) (?:\w+ )?marks")
_WEIGHT = re.compile(r"(\d+(?:\.\d+)?)% of")
_DRAWN_FROM = re.compile(r"subject content (?P<codes>\d+\.\d+(?:(?:,| and| to|–|-|\s)+\d+\.\d+)*)")
# What a component's box says of its questions; only what stands above tells of the whole.
_QUESTIONS = re.compile(r"Questions$")
_COLUMN_POINTS = 4.0


@dataclass(frozen=True, slots=True)
class Glance:
    """A component, and the sections of the subject content that it draws on."""

    component: Component
    drawn_from: tuple[str, ...]


def glances(lines: Sequence[Line], *, code: str) -> tuple[Glance, ...]:
    """The components of a subject, `code`, in the order of their numbers' boxes."""
    heads = [line for line in lines if line.bold and HEAD.fullmatch(line.text)]
    return tuple(_glance(head, _box(head, heads, lines), code) for head in heads)


def check_glances(found: Sequence[Glance], told: dict[str, int]) -> Iterator[Finding]:
    """Warnings for what a component lacks, an error where the table of weightings (`told`) has other marks."""
    for each in (glance.component for glance in found):
        page = f"page {each.page}"
        missing = [
            name
            for name, value in (("marks", each.marks), ("weight", each.weight_percent), ("kind", each.assessment))
            if value is None
        ]
        if missing:
            yield Finding("component_incomplete", "warning", f"{each.code} has no {', no '.join(missing)}", page)
        if each.code in told and each.marks is not None and told[each.code] != each.marks:
            message = f"{each.code} has {each.marks} marks at a glance, {told[each.code]} in the table of weightings"
            yield Finding("witnesses_disagree", "error", message, page)
    weights = [glance.component.weight_percent for glance in found]
    total = sum(weight for weight in weights if weight is not None)
    # Thirds are printed as 33.3
    if found and None not in weights and abs(total - 100) > 0.5:
        yield Finding("component_weights", "warning", f"the components weigh {total:g} % together")


def marks_told(lines: Sequence[Line], *, code: str) -> dict[str, int]:
    """The raw marks of the table "Assessment weightings": the first number behind each component's name."""
    told: dict[str, int] = {}
    for line in lines:
        found = HEAD.fullmatch(line.text)
        if not found or line.bold:
            continue
        row = sorted(
            (each for each in lines if each.page == line.page and abs(each.base - line.base) < 1), key=lambda e: e.left
        )
        numbers = [each.text for each in row if each.left > line.right and each.text.isdigit()]
        if numbers:
            told[_code(found, code)] = int(numbers[0])
    return told


def _box(head: Line, heads: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """What stands below a head and above the next row of heads, within its column."""
    beside = [each for each in heads if _same_row(each, head)]
    right = min((each.left for each in beside if each.left > head.left + 1), default=float("inf"))
    left = head.left if len(beside) > 1 else float("-inf")
    start = lines.index(head)
    rest: list[Line] = []
    for line in lines[start + 1 :]:
        if line in heads and not _same_row(line, head):
            break
        if left - _COLUMN_POINTS <= line.left < right - _COLUMN_POINTS:
            rest.append(line)
    return rest


def _same_row(one: Line, other: Line) -> bool:
    return one.page == other.page and abs(one.base - other.base) < 2


def _glance(head: Line, box: Sequence[Line], code: str) -> Glance:
    found = HEAD.fullmatch(head.text)
    assert found  # the heads were chosen by it
    end = next((index for index, line in enumerate(box) if line.bold and _QUESTIONS.match(line.text)), len(box))
    text = join(line.text for line in box[:end] if line.text != "•")
    assessment = _ASSESSMENT.search(text) or _ASSESSMENT.search(head.text)
    kind = assessment[1] if assessment else None
    title = found["title"] or _wrapped_title(head, box) or head.text
    component = Component(
        code=_code(found, code),
        name=title,
        examined=found["nea"] is None and kind not in {"Non-exam assessment", "Portfolio"},
        assessment=kind,
        marks=_number(_MARKS, text),
        duration_minutes=_duration(text),
        weight_percent=float(weight[1]) if (weight := _WEIGHT.search(text)) else None,
        page=head.page,
    )
    return Glance(component, _codes(text))


def _code(found: re.Match[str], code: str) -> str:
    """As the papers print it, 8525/1; coursework has no number, so its name stands for it."""
    return f"{code}/{found['number']}" if found["number"] else path_code(code, found["nea"])


def _wrapped_title(head: Line, box: Sequence[Line]) -> str | None:
    """A title in bold on the line below "Paper 1:"."""
    first = box[0] if box else None
    is_title = first is not None and first.bold and first.text.casefold() not in {"what's assessed", "what’s assessed"}
    return first.text if first is not None and is_title and head.text.endswith(":") else None


def _duration(text: str) -> int | None:
    hours = _HOURS.search(text)
    if hours:
        return int(hours[1]) * 60 + int(hours[2] or 0)
    return _number(_MINUTES, text)


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(found[1]) if found else None


def _codes(text: str) -> tuple[str, ...]:
    """The sections named: "3.1 and 3.2", "3.3 to 3.8"."""
    found = _DRAWN_FROM.search(text)
    if not found:
        return ()
    codes: list[str] = []
    for first, last in re.findall(r"(\d+\.\d+)(?:\s*(?:to|–|-)\s*(\d+\.\d+))?", found["codes"]):
        chapter, _, start = first.partition(".")
        end = (last or first).rpartition(".")[2]
        codes += [f"{chapter}.{number}" for number in range(int(start), int(end) + 1)]
    return tuple(codes)
