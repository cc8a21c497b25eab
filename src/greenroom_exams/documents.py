"""What a board's document becomes: plain rows, and what a human must look at; no input or output."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

from greenroom import Request

Severity = Literal["error", "warning"]
# How far the reading of a kind of document is proved: on the board's own, on ones made up after descriptions, not.
Proof = Literal["real", "made-up", "none"]
DOCUMENT_KINDS = ("subject list", "specification", "papers")
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
    """One qualification in one subject, as its specification names it.

    `paper_code` is what its paper files begin with, where that is another code (9PN0 for 9PE0). `qan` is the
    qualification number of the regulator, 601/4911/5. Assessment years are those of exams, both included.
    """

    code: str
    name: str
    exam_board: str
    qualification_type: str
    spec_version: str | None = None
    spec_start_year: int | None = None  # first teaching; not the first exam
    specification_url: str | None = None
    specification_pdf_url: str | None = None
    qan: str | None = None
    first_assessment_year: int | None = None
    last_assessment_year: int | None = None
    paper_code: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One subject as a board's own list offers it; what the list does not say stays open."""

    name: str
    code: str | None = None
    page_url: str | None = None
    specification_pdf_url: str | None = None
    papers_url: str | None = None
    first_teaching: int | None = None
    last_assessment_year: int | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """One component, unit or paper of a qualification: how it is assessed, and what it counts.

    `study_level` is SL, HL, Core or Extended where only some learners take it. `weight_percent` is its share
    of the qualification, from 0 to 100.
    """

    code: str
    name: str
    examined: bool = True
    assessment: str | None = None
    tier: str | None = None
    study_level: str | None = None
    marks: int | None = None
    duration_minutes: int | None = None
    weight_percent: float | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Topics of which a learner takes some: between `choose_least` and `choose_most` of them."""

    code: str
    name: str
    choose_least: int
    choose_most: int
    component_code: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Two topics, by their codes, that nobody may take together."""

    one: str
    other: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """One node of a specification's tree: level 0 = top, page counted from 1 in the file, box in its points.

    `line` is its place in a text without pages, from 1. `examined` is false for coursework: kept, never live.
    `study_level` is SL, HL, Core or Supplement where only some learners take it; `option_group` the code of the
    group it is an option of.
    """

    code: str
    name: str
    level: int
    parent_code: str | None
    sort_order: int
    page: int | None = None
    box: Box | None = None
    description: str | None = None
    component_code: str | None = None
    line: int | None = None
    examined: bool = True
    tier: str | None = None
    study_level: str | None = None
    language: str | None = None
    option_group: str | None = None


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
    """All that one document gave. Confidence is 1.0 when no rule found anything.

    `also` are further subjects that the same document is of: they share its topics and components, and papers go
    to the one of their `subject_code`. `tried` is the evidence for each family of layouts that read it. A document
    that is not `whole`, such as an overview, adds and changes; what it does not name stays.
    """

    subject: Subject | None
    topics: tuple[Topic, ...] = ()
    papers: tuple[Paper, ...] = ()
    findings: tuple[Finding, ...] = ()
    layout: str = ""
    confidence: float = 1.0
    # What was counted on the way, such as items, PDFs and series of a listing.
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    also: tuple[Subject, ...] = ()
    components: tuple[Component, ...] = ()
    option_groups: tuple[OptionGroup, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    offers: tuple[Offer, ...] = ()
    tried: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    whole: bool = True


class Parse(Protocol):
    """Read one document, whatever it is; raise a SourceError where it is not what it should be."""

    def __call__(self, content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
        """Give the rows of `content`; `name` is its file name or address, `subject` the code expected of it."""
        ...


Start = Callable[[str, str | None], Iterable[Request]]
Follow = Callable[[str, Request, bytes], Iterable[Request]]


def _nowhere(_qualification: str, _subject: str | None) -> Iterable[Request]:
    return ()


def _no_further(_qualification: str, _request: Request, _content: bytes) -> Iterable[Request]:
    return ()


@dataclass(frozen=True, slots=True)
class Board:
    """One exam board: its code, its full name, how its documents are read, and where they are.

    `proof` says of (qualification, kind of document) how far its reading is proved; what is not named is not.
    `start(qualification, subject)` gives the requests a visit begins with, `follow(qualification, request, content)`
    those that a fetched page leads to. `pause_seconds` lie between two requests to the board.
    `by_hand` tells a person where to get the files that the board gives nobody else: they go to the drop folder.
    A tree of less than `least_confidence` (0 to 1) is held. `succeeded` gives, by the code of a subject, the code of
    the one whose place it took. `spellings` are further ways in which people write the board's code.
    """

    code: str
    name: str
    parse: Parse
    proof: Mapping[tuple[str, str], Proof] = field(default_factory=lambda: MappingProxyType({}))
    hosts: tuple[str, ...] = ()
    start: Start = _nowhere
    follow: Follow = _no_further
    pause_seconds: float = 1.0
    by_hand: str = ""
    least_confidence: float = 0.5
    country: str = "England"
    spellings: tuple[str, ...] = ()
    succeeded: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def confidence(findings: tuple[Finding, ...]) -> float:
    """1.0 without findings; each rule with an error takes half of what is left, each other rule a twentieth."""
    errors = {finding.rule for finding in findings if finding.severity == "error"}
    warnings = {finding.rule for finding in findings} - errors
    return round(0.5 ** len(errors) * 0.95 ** len(warnings), 3)
