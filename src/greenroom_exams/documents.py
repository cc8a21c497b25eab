"""What a board's document becomes: plain rows, and what a human must look at; no input or output."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

Severity = Literal["error", "warning"]
Box = tuple[float, float, float, float]

# Every document type a paper may have. A word that names none of them is a finding, never the nearest type.
PAPER_TYPES = (
    "question paper",
    "mark scheme",
    "examiner report",  # on one paper, by those who marked it
    "moderator report",  # on assessment that a centre marked
    "series report",  # on a whole series, such as a summer highlights report
    "insert",  # handed out with the paper: insert, resource booklet, map
    "data sheet",  # data, equation and formulae sheets
    "erratum",  # errata and corrections of a printed paper
    "answer booklet",
    "transcript",
    "recording",
    "data file",
    "analysis grid",
    "specimen question paper",
    "specimen mark scheme",
    "specimen insert",
)
SERIES = ("January", "March", "June", "November")
TIERS = ("Foundation", "Higher")


@dataclass(frozen=True, slots=True)
class Subject:
    """One qualification in one subject, as its specification names it."""

    code: str
    name: str
    exam_board: str
    qualification_type: str
    spec_version: str | None = None
    spec_start_year: int | None = None  # first teaching; not the first exam
    specification_url: str | None = None
    specification_pdf_url: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """One node of a specification's tree: level 0 = top, page counted from 1 in the file, box in its points."""

    code: str
    name: str
    level: int
    parent_code: str | None
    sort_order: int
    page: int | None = None
    box: Box | None = None
    description: str | None = None
    component_code: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of one exam series. Its identity is everything but title, url, marks and position."""

    subject_code: str
    component_code: str | None  # as the board prints it; one document may serve several: "J250/03/04"
    paper_number: int | None
    year: int
    series: str
    tier: str | None
    type: str
    title: str
    url: str
    language: str = "English"
    modified: bool = False  # large print, Braille and the like
    marks: int | None = None
    position: str = ""
    # What tells two documents of one type apart: "Chemistry A", "post exam correction".
    variant: str | None = None

    @property
    def identity(self) -> tuple[str | int | bool | None, ...]:
        """The attributes that no two rows of a subject may share."""
        named = (self.subject_code, self.component_code, self.paper_number, self.year, self.series, self.tier)
        return (*named, self.type, self.language, self.modified, self.variant)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a human must look at before the rows may pass."""

    rule: str
    severity: Severity
    message: str
    position: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """All that one document gave. Confidence is 1.0 when no rule found anything."""

    subject: Subject | None
    topics: tuple[Topic, ...] = ()
    papers: tuple[Paper, ...] = ()
    findings: tuple[Finding, ...] = ()
    layout: str = ""
    confidence: float = 1.0
    # What was counted on the way, such as items, PDFs and series of a listing.
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


class Parse(Protocol):
    """Read one document, whatever it is; raise a SourceError where it is not what it should be."""

    def __call__(self, content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
        """Give the rows of `content`; `name` is its file name or address, `subject` the code expected of it."""
        ...


@dataclass(frozen=True, slots=True)
class Board:
    """One exam board: its code, its full name, and how its documents are read."""

    code: str
    name: str
    parse: Parse


def confidence(findings: tuple[Finding, ...]) -> float:
    """1.0 without findings; each rule with an error takes half of what is left, each other rule a twentieth."""
    errors = {finding.rule for finding in findings if finding.severity == "error"}
    warnings = {finding.rule for finding in findings} - errors
    return round(0.5 ** len(errors) * 0.95 ** len(warnings), 3)
