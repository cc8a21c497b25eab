"""The line of a specification that gives its entry code names board, qualification, subject and code in one place.

"WJEC Eduqas A level Law: A150QS" in a line, or in a table "WJEC GCSE Drama | 3620QS | 3620CS" (English, Welsh medium).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Finding, Subject
from greenroom_exams.layouts.list_entries import qualifications_in
from greenroom_exams.layouts.numbered import comparable
from greenroom_exams.layouts.pdf_lines import Line, Pdf

_LEVEL = r"(?P<level>GCSE(?: \(9[-–]1\))?|AS|A level|GCE AS|GCE A level)"
_CODE = r"[A-D]?\d{3,4}"
ENTRY = re.compile(
    rf"(?P<board>WJEC(?: CBAC)?(?: Eduqas)?|Eduqas) {_LEVEL}(?: in| qualification in)?:? (?P<name>\S.*?):? "
    rf"(?P<code>{_CODE}[PQ][A-Z])(?: (?P<welsh>{_CODE}C[A-Z]))?$"
)
RUNNING = re.compile(r"(?P<level>GCSE(?: \(9[-–]1\))?|A LEVEL|AS LEVEL|AS|GCE) (?P<name>[A-Z][A-Z ,&()’'-]+?) \d{1,3}$")
FIRST_TEACHING = re.compile(
    r"\b(?:For )?[Tt]eaching from(?: September)? (20\d\d)|\b[Ss]pecification from (20\d\d)"
    r"|\bfirst teaching(?: from)?(?: September)? (20\d\d)"
)
FIRST_AWARD = re.compile(r"\bFirst [Aa]ward(?:ing)?(?: in| from)? (20\d\d)|\bFor award from (20\d\d)")
FIRST_ASSESSMENT = re.compile(r"\bSummer (20\d\d) will be the first assessment")
APPROVAL = re.compile(r"\b(?:C\d\d/\d{4}/\d|\d{3}/\d{4}/[\dX])\b")
# What the files of papers begin with.
STEM = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry code with the words beside it."""

    board: str
    qualifications: tuple[str, ...]
    name: str
    code: str
    line: Line


@dataclass(frozen=True, slots=True)
class Named:
    """What a document says of itself: its entry codes, and its running head where it has none."""

    entries: tuple[Entry, ...]
    running_name: str | None
    running_levels: tuple[str, ...]
    first_teaching: int | None
    first_award: int | None
    first_assessment: int | None
    approval: str | None


def read_named(pdf: Pdf) -> Named:
    """Read who and what a specification is, from its cover to its last page."""
    texts = [line.text for line in pdf.lines()]
    cover = [line.text for page in pdf.pages[:1] for line in page.lines]
    found = [match for head in (*pdf.running, *texts) if (match := RUNNING.match(head))]
    # With a cover, the years are the cover's: a text may speak of other specifications too.
    years = cover if not pdf.is_text else texts
    return Named(
        entries=tuple(_entries(pdf)),
        running_name=found[0]["name"] if found else None,
        running_levels=qualifications_in(found[0]["level"]) if found else (),
        first_teaching=_year(FIRST_TEACHING, years),
        first_award=_year(FIRST_AWARD, years),
        first_assessment=_year(FIRST_ASSESSMENT, texts),
        approval=_only(APPROVAL, texts),
    )


def subject_of(
    named: Named, *, board: str, name: str, subject: str | None, qualification: str
) -> tuple[Subject, tuple[Subject, ...], tuple[Finding, ...]]:
    """The subject that was asked for or is the only one, the others of the document, and what witnesses disagree on.

    Raises ContractBroken for the document of another board, subject or qualification.
    """
    of_board = [entry for entry in named.entries if entry.board == board]
    if named.entries and not of_board:
        raise ContractBroken(
            f"{name} is a specification of {named.entries[0].board}, not of {board}",
            hint="Correct the address or the board.",
        )
    entries = [entry for entry in of_board if qualification in entry.qualifications]
    if of_board and not entries:
        told = ", ".join(sorted({each for entry in of_board for each in entry.qualifications}))
        raise ContractBroken(f"{name} is for {told}, not for {qualification}", hint="Correct the qualification.")
    chosen = [entry for entry in entries if subject is None or entry.code.casefold() == subject.casefold()]
    if not chosen:
        told = ", ".join(f"{entry.code} {entry.name}" for entry in entries) or "no subject"
        raise ContractBroken(
            f"{name} is the specification of {told}, not of {subject}",
            hint="Correct the address of this subject's specification.",
        )
    subjects = tuple(_subject(entry, named, board, qualification) for entry in chosen)
    also = tuple(_subject(entry, named, board, qualification) for entry in entries if entry not in chosen)
    return subjects[0], (*subjects[1:], *also), tuple(_disagreements(named, chosen[0]))


def _subject(entry: Entry, named: Named, board: str, qualification: str) -> Subject:
    return Subject(
        code=entry.code,
        name=entry.name,
        exam_board=board,
        qualification_type=qualification,
        spec_start_year=named.first_teaching,
        qan=named.approval,
        first_assessment_year=named.first_assessment or named.first_award,
        paper_code=entry.code[:STEM],
    )


def _disagreements(named: Named, entry: Entry) -> Iterator[Finding]:
    at = f"page {entry.line.page}"
    if named.running_name and comparable(named.running_name) != comparable(entry.name):
        message = f"{entry.code} is {entry.name!r} beside its code and {named.running_name!r} in the running head"
        yield Finding("witnesses_disagree", "error", message, at)
    years = {year for year in (named.first_award, named.first_assessment) if year}
    if len(years) > 1:
        message = f"first award in {named.first_award}, first assessment in {named.first_assessment}"
        yield Finding("witnesses_disagree", "error", message, at)


def _entries(pdf: Pdf) -> Iterator[Entry]:
    met: set[str] = set()
    for text, line in _rows(pdf):
        found = ENTRY.search(text)
        if found and found["code"] not in met:
            met.add(found["code"])
            brand = "EDUQAS" if "eduqas" in found["board"].casefold() else "WJEC"
            yield Entry(brand, qualifications_in(_level(found["level"])), found["name"], found["code"], line)


def _level(level: str) -> str:
    return "AS level" if level in {"AS", "GCE AS"} else level.removeprefix("GCE ")


def _rows(pdf: Pdf) -> Iterator[tuple[str, Line]]:
    """What stands on one baseline, from left to right, as one text."""
    for page in pdf.pages:
        rows: dict[int, list[Line]] = {}
        for line in page.lines:
            rows.setdefault(round(line.base), []).append(line)
        for row in rows.values():
            ordered = sorted(row, key=lambda line: line.left)
            yield " ".join(line.text for line in ordered), ordered[0]


def _year(pattern: re.Pattern[str], texts: list[str]) -> int | None:
    years = {int(next(filter(None, found.groups()))) for text in texts for found in pattern.finditer(text)}
    return years.pop() if len(years) == 1 else None


def _only(pattern: re.Pattern[str], texts: list[str]) -> str | None:
    found = {match.group() for text in texts for match in pattern.finditer(text)}
    return found.pop() if len(found) == 1 else None
