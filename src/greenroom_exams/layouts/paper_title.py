"""Titles and file dates of papers become a type, a series and a number; what they do not say stays open."""

import re
from dataclasses import dataclass

# Longest first where one holds another. The second word of a pair is the variant: a kind within the type.
TYPE_WORDS: tuple[tuple[str, str, str | None], ...] = (
    (r"specimen question papers?|sample question papers?", "specimen question paper", None),
    (r"specimen mark schemes?|sample mark schemes?", "specimen mark scheme", None),
    (r"specimen inserts?", "specimen insert", None),
    (r"summer highlights? reports?", "series report", None),
    (r"moderator[s'’]* reports?", "moderator report", None),
    (r"examiner[s'’]* reports?|reports? on the exam(?:ination)?", "examiner report", None),
    (r"mark(?:ing)? schemes?|marking instructions", "mark scheme", None),
    (r"post[- ]exam corrections?", "erratum", "post exam correction"),
    (r"errat(?:um|a)", "erratum", None),
    (r"resource booklets?", "insert", "resource booklet"),
    (r"inserts?", "insert", None),
    (r"maps?", "insert", "map"),
    (r"formulae? (?:sheets?|booklets?)", "data sheet", "formulae sheet"),
    (r"equations? sheets?", "data sheet", "equation sheet"),
    (r"data sheets?", "data sheet", None),
    (r"answer booklets?", "answer booklet", None),
    (r"transcripts?", "transcript", None),
    (r"recording tracked", "recording", "tracked"),
    (r"recordings?", "recording", None),
    (r"data files?", "data file", None),
    (r"analysis grids?", "analysis grid", None),
    (r"question papers?", "question paper", None),
)
MONTHS = {
    **dict.fromkeys(("january", "jan", "winter"), "January"),
    **dict.fromkeys(("february", "feb", "march", "mar"), "March"),
    **dict.fromkeys(("may", "june", "jun", "summer"), "June"),
    # The autumn series is named after either of its months.
    **dict.fromkeys(("october", "oct", "november", "nov", "autumn"), "November"),
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
SERIES_AND_YEAR = re.compile(rf"\b({_MONTH})\s+(20\d\d)\b", re.I)
# Exam day, results day: the month in a file name to (series, years back).
EXAM_MONTHS = {1: "January", 5: "June", 6: "June", 10: "November", 11: "November"}
RESULT_MONTHS = {8: ("June", 0), 12: ("November", 0), 1: ("November", 1), 2: ("November", 1), 3: ("January", 0)}


@dataclass(frozen=True, slots=True)
class Facts:
    """What one witness says of a paper; None where it is silent."""

    type: str | None = None
    variant: str | None = None
    paper_number: int | None = None
    component: str | None = None
    tier: str | None = None
    series: str | None = None
    year: int | None = None
    modified: bool = False
    language: str = "English"
    rest: str | None = None


def read_title(title: str, *, subject_name: str = "") -> Facts:
    """Read a title such as "Mark scheme (A-level) : Paper 1 - June 2024"; `rest` is what no rule knows."""
    left = " ".join(title.split())
    if subject_name:
        left = re.sub(rf"^{re.escape(subject_name)}\s*[-:]\s*", "", left)
    series, year, left = _take_series(left)
    tier, left = _take(r"\b(Foundation|Higher) tier\b", left)
    component, left = _take(r"\bUnit ([A-Z]\d{3}/\d{2})\b", left)
    number, left = _take(r"\bPaper (\d{1,2})(?![\d,])(?! and\b)", left)
    _, left = _take(r"(\(?\b(?:A[- ][Ll]evel|GCSE|AS)\b\)?)", left)
    kind, variant, left = _take_type(left)
    modified, left = _take(r"\b(modified|large print|braille)\b", left)
    language, left = _take(r"\b(Welsh|Irish)(?: medium)?\b", left)
    rest = " ".join(re.sub(r"\s[-–:]+(?=\s|$)|^[-–:\s]+", " ", left).split())
    return Facts(
        type=kind,
        variant=variant,
        paper_number=int(number) if number else None,
        component=component,
        tier=tier.capitalize() if tier else None,
        series=series,
        year=year,
        modified=modified is not None,
        language=language.capitalize() if language else "English",
        rest=rest or None,
    )


def series_of_date(kind: str, date: str) -> tuple[str | None, int | None]:
    """The series of a file dated yyyymmdd: a question paper bears its exam day, all else its results day."""
    year, month = int(date[:4]), int(date[4:6])
    if kind == "question paper":
        series = EXAM_MONTHS.get(month)
        return series, year if series else None
    series, years_back = RESULT_MONTHS.get(month, (None, 0))
    return series, year - years_back if series else None


def _take(pattern: str, text: str) -> tuple[str | None, str]:
    found = re.search(pattern, text, re.I)
    if not found:
        return None, text
    return found[1], f"{text[: found.start()]} {text[found.end() :]}"


def _take_series(text: str) -> tuple[str | None, int | None, str]:
    found = SERIES_AND_YEAR.search(text)
    if found:
        return MONTHS[found[1].casefold()], int(found[2]), f"{text[: found.start()]} {text[found.end() :]}"
    month, left = _take(rf"[-–]\s*({_MONTH})$", text)
    return (MONTHS[month.casefold()] if month else None), None, left


def _take_type(text: str) -> tuple[str | None, str | None, str]:
    """The type in the first words, or, after "Question paper", in the last ones."""
    for words, kind, variant in TYPE_WORDS:
        found = re.match(rf"[-–:\s]*(?:{words})\b", text, re.I)
        # A map belongs to a question paper; a title that begins with one may be about anything.
        if not found or variant == "map":
            continue
        left = text[found.end() :]
        if kind == "question paper":
            return _narrowed(left) or (kind, variant, left)
        return kind, variant, left
    return None, None, text


def _narrowed(text: str) -> tuple[str, str | None, str] | None:
    for words, kind, variant in TYPE_WORDS:
        found = re.search(rf"(?:^|\s)(?:{words})\s*$", text, re.I)
        if found and kind != "question paper":
            return kind, variant, text[: found.start()]
    return None
