"""The cover of an SQA course specification: a table of labels that says course, codes, edition and session."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from greenroom_exams.layouts.pdf_lines import Line, Pdf, join

# What every one of them says of itself, and no paper does.
ABOUT = r"provides detailed information about the course and course assessment"
# The longer name first: an Advanced Higher is a Higher too.
LEVELS = (("Advanced Higher", "Advanced-Higher"), ("Higher", "Higher"), ("National 5", "National-5"))
CODE = r"[CX]\d{3} ?\d{2}"
# A label and its value are set up to a point and a half apart.
SAME_ROW_POINTS = 3.0


@dataclass(frozen=True, slots=True)
class Cover:
    """What the cover says; `session` is the first year of the first session it is valid for."""

    name: str | None
    qualification: str | None
    course_code: str | None
    assessment_code: str | None
    version: str | None
    session: int | None


def is_course_specification(pdf: Pdf) -> bool:
    """Whether the first page says that it is one."""
    return bool(re.search(ABOUT, _text(pdf)))


def read_cover(pdf: Pdf) -> Cover:
    """Read the first page of a course specification."""
    lines = pdf.pages[0].lines
    largest = max((line.size for line in lines), default=0.0)
    title = join(line.text for line in lines if line.size == largest)
    named = next(((words, level) for words, level in LEVELS if title.startswith(f"{words} ")), None)
    text = _text(pdf)
    version = re.search(r"This edition: \w+ 20\d\d,? \(?version (\d+(?:\.\d+)?)", text)
    session = re.search(r"session (20\d\d)[–-]\d\d", _value(lines, "Valid from:"))
    return Cover(
        name=title.removeprefix(named[0]).strip() if named else None,
        qualification=named[1] if named else None,
        course_code=_code(_value(lines, "Course code:")),
        assessment_code=_code(_value(lines, "Course assessment code:")),
        version=version[1] if version else None,
        session=int(session[1]) if session else None,
    )


def _text(pdf: Pdf) -> str:
    return join(line.text for line in pdf.pages[0].lines)


def _value(lines: Sequence[Line], label: str) -> str:
    head = next((line for line in lines if line.text == label), None)
    if head is None:
        return ""
    row = [line for line in lines if abs(line.base - head.base) <= SAME_ROW_POINTS and line.left > head.right]
    return row[0].text if row else ""


def _code(text: str) -> str | None:
    return text if re.fullmatch(CODE, text) else None
