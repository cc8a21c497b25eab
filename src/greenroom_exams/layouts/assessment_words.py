"""How a unit or component says it is assessed, in words, becomes marks, minutes and a share; silence stays open."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from greenroom_exams.layouts.pdf_lines import clean

# How many are to be chosen, in words.
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4}

NOT_EXAMINED = r"\bnon[- ]exam(?:ination)?[- ]assess(?:ment|ed)\b|\bnon[- ]examined\b|\bNEA\b|\bcoursework\b"
EXAMINED = r"\bexamination\b|\bexamined\b|\bexternally set and marked\b"
WEIGHT = re.compile(
    r"(?<![\d.])(?P<whole>\d{1,3}(?:\.\d+)?)(?P<part>[⅓⅔½¼¾])?\s*%\s*of (?:the |overall )*qualification", re.I
)
MARKS = re.compile(r"^(?:Total: )?(\d{2,3}) marks$")
DURATION = re.compile(r"(?:(\d{1,2})\s*hours?)?\s*(?:(\d{1,2})\s*minutes?)?", re.I)
PARTS = {"⅓": 1 / 3, "⅔": 2 / 3, "½": 0.5, "¼": 0.25, "¾": 0.75}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What some lines say of an assessment; None where they do not."""

    kind: str | None = None
    examined: bool | None = None
    marks: int | None = None
    minutes: int | None = None
    weight: float | None = None


def read_assessment(lines: Iterable[str]) -> Assessment:
    """Read lines such as "Written examination: 2 hours 15 minutes", "37.5% of the qualification", "75 marks"."""
    texts = [clean(line) for line in lines]
    kind = next((text for text in texts if is_kind(text)), None)
    marks = [int(found[1]) for text in texts if (found := MARKS.match(text))]
    weights = [weight for text in texts if (weight := weight_of(text)) is not None]
    minutes = minutes_of(kind) if kind else None
    return Assessment(
        kind=kind,
        examined=None if kind is None else is_examined(kind),
        marks=marks[0] if marks else None,
        minutes=minutes,
        weight=weights[0] if weights else None,
    )


def is_kind(text: str) -> bool:
    """Whether a line names a kind of assessment rather than tells of one."""
    return len(text) <= 100 and bool(re.search(rf"{NOT_EXAMINED}|{EXAMINED}", text, re.I)) and not text.endswith(".")


def is_examined(text: str) -> bool:
    """Whether the words are of an examination; what says neither is not taken for one."""
    return not re.search(NOT_EXAMINED, text, re.I) and bool(re.search(EXAMINED, text, re.I))


def weight_of(text: str) -> float | None:
    """The share of the qualification in percent, with its vulgar fraction."""
    found = WEIGHT.search(text)
    if not found:
        return None
    return round(float(found["whole"]) + PARTS.get(found["part"] or "", 0.0), 2)


def minutes_of(text: str) -> int | None:
    """The length in minutes; "non-examination assessment: 18 hours" has one too."""
    for found in DURATION.finditer(text):
        if found[1] or found[2]:
            return int(found[1] or 0) * 60 + int(found[2] or 0)
    return None
