"""CCEA's feed of papers, one JSON record a document, becomes papers; title, fields, folder and file name must agree."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Finding, Paper
from greenroom_exams.layouts.paper_title import MONTHS, Facts
from greenroom_exams.layouts.unit_titles import unit_facts
from greenroom_exams.papers import check_unique, disagreements

SITE = "https://ccea.org.uk"
FIELDS = ("title", "series", "year", "qualification", "mark_scheme", "type", "field_document_cloud")
TYPES = ("Standard", "Modified", "Irish Medium")
_KINDS = {"0": "question paper", "1": "mark scheme", "Paper": "question paper", "MS": "mark scheme"}
# Such as "Cleared/Irish Medium Paper: Aonad 3 ... - [507] GCSE Further Mathematics (2017), Summer 2025".
_TITLE = re.compile(
    r"Cleared/(?P<type>.+?) (?P<kind>Paper|MS): (?P<paper>.+) - \[(?P<id>\d+)\] "
    r"(?P<level>GCSE|GCE) (?P<name>.+?) \((?P<from>\d{4})\), (?P<series>\w+) (?P<year>\d{4})"
)
# A folder "2025-Summer/Irish Medium/0", in it a file "GCSE-Further Mathematics-507-Summer2025-Aonad 3-Paper_0.pdf".
_PATH = re.compile(
    r"/(?P<folder_year>\d{4})-(?P<folder_series>\w+)/(?P<type>[^/]+)/(?:\d+/)?"
    r"[^/]*?-(?P<id>\d+)-(?P<series>[A-Za-z]+)(?P<year>\d{4})-(?P<paper>[^/]*)-(?P<kind>Paper|MS)(?:_\d+)?\.pdf$"
)


@dataclass(frozen=True, slots=True)
class Feed:
    """All records of one qualification: its number in CCEA's list, its level and name, and where teaching began."""

    id: str
    level: str
    name: str
    first_teaching: int
    records: tuple[Mapping[str, str], ...]


def is_feed(value: Any) -> bool:
    """Whether a JSON value is such a list of records."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "field_document_cloud" in value[0]


def read_feed(value: Any, *, name: str) -> Feed:
    """Refuse a list with records of another kind, or of more than one qualification."""
    for number, record in enumerate(value, start=1):
        lost = [key for key in FIELDS if not isinstance(record, dict) or not isinstance(record.get(key), str)]
        if lost:
            raise ContractBroken(f"{name} lacks {', '.join(lost)} in record {number}", hint="Fetch it again.")
    titles = Counter(
        (found["id"], found["level"], found["name"], int(found["from"]))
        for record in value
        if (found := _TITLE.fullmatch(record["title"]))
    )
    if len(titles) != 1:
        told = ", ".join(f"{level} {subject} [{number}]" for number, level, subject, _ in titles) or "none"
        raise ContractBroken(f"{name} names not one qualification, but {told}", hint="Give the feed as CCEA has it.")
    ((feed_id, level, subject, year),) = titles
    return Feed(feed_id, level, subject, year, tuple(value))


def papers_of(feed: Feed, *, code: str) -> tuple[tuple[Paper, ...], tuple[Finding, ...]]:
    """The papers of a feed, under the subject's `code`, and what a person must look at."""
    rows = [_row(record, number, code) for number, record in enumerate(feed.records, start=1)]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    findings = (
        *(row for row in rows if isinstance(row, Finding)),
        *(each for number, record in enumerate(feed.records, start=1) for each in _check(record, number, feed)),
        *_check_ids(feed.records),
        *_check_numbers(papers),
        *check_unique(papers),
    )
    return papers, findings


def counts_of(feed: Feed, papers: Sequence[Paper]) -> dict[str, int]:
    """How many records of each kind there are."""
    kinds = Counter(record["type"].casefold().replace(" ", "_") for record in feed.records)
    schemes = sum(record["mark_scheme"] == "1" for record in feed.records)
    return {"items": len(feed.records), "rows": len(papers), "mark_schemes": schemes} | dict(sorted(kinds.items()))


def _row(record: Mapping[str, str], number: int, code: str) -> Paper | Finding:
    position = f"record {number}"
    kind, series = _KINDS.get(record["mark_scheme"]), MONTHS.get(record["series"].casefold())
    if kind is None or record["type"] not in TYPES:
        message = f"no document type is known for {record['type']!r}, mark scheme {record['mark_scheme']!r}"
        return Finding("unknown_type", "error", message, position)
    if series is None or not re.fullmatch(r"20\d\d", record["year"]):
        message = f"{record['title']} has the series {record['series']!r} {record['year']!r}"
        return Finding("paper_without_series", "error", message, position)
    if not record["field_document_cloud"].casefold().endswith(".pdf"):
        return Finding("not_a_pdf", "warning", f"{record['field_document_cloud']} is no PDF", position)
    title = _paper_title(record)
    facts = unit_facts(title)
    return Paper(
        subject_code=code,
        component_code=facts.unit,
        paper_number=facts.paper_number,
        year=int(record["year"]),
        series=series,
        tier=facts.tier,
        type=kind,
        title=title,
        url=urljoin(SITE, record["field_document_cloud"]),
        language="Irish" if record["type"] == "Irish Medium" else "English",
        modified=record["type"] == "Modified" or bool(re.search(r"\b(?:MV|MEP)\d", title)),
        position=position,
        variant=facts.variant,
    )


def _paper_title(record: Mapping[str, str]) -> str:
    """The title of the paper alone; the field for it, else the middle of the whole title."""
    found = _TITLE.fullmatch(record["title"])
    return " ".join((record.get("field_title_paper_ms") or (found["paper"] if found else record["title"])).split())


def _check(record: Mapping[str, str], number: int, feed: Feed) -> Iterator[Finding]:
    position = f"record {number}"
    found, path = _TITLE.fullmatch(record["title"]), _PATH.search(unquote(record["field_document_cloud"]))
    title = _paper_title(record)
    facts = unit_facts(title)
    witnesses = {"its fields": _facts(_KINDS.get(record["mark_scheme"]), record["series"], record["year"], title)}
    if found:
        witnesses["its title"] = _facts(_KINDS[found["kind"]], found["series"], found["year"], found["paper"])
        if _plain(found["paper"]) != _plain(title):
            yield Finding("titles_differ", "warning", f"the paper is {title!r} and {found['paper']!r}", position)
    else:
        yield Finding("unknown_title", "warning", f"{record['title']!r} is no title as CCEA makes them", position)
    if path:
        witnesses["its file name"] = _facts(_KINDS[path["kind"]], path["series"], path["year"], path["paper"])
        witnesses["its folder"] = _facts(None, path["folder_series"], path["folder_year"], "")
    yield from disagreements(witnesses, title=title, position=position)
    types = {record["type"], *([found["type"]] if found else []), *([path["type"]] if path else [])}
    if len(types) > 1:
        yield Finding("medium_differs", "error", f"{title} is {' and '.join(sorted(types))}", position)
    ids = {feed.id, record["qualification"], *([path["id"]] if path else [])}
    if len(ids) > 1:
        yield Finding("qualification_differs", "error", f"{title} is of {' and '.join(sorted(ids))}", position)
    if facts.unit is None:
        yield Finding("paper_without_unit", "warning", f"{title!r} names no unit", position)
    if facts.mistyped:
        yield Finding("unit_mistyped", "warning", f"{title!r} is taken for {facts.unit}", position)
    if record.get("tier") and facts.tier and record["tier"] != facts.tier:
        message = f"{title!r} is {facts.tier} by its title, {record['tier']} by its field"
        yield Finding("tier_differs", "warning", message, position)


def _facts(kind: str | None, series: str, year: str, title: str) -> Facts:
    told = unit_facts(title.replace("%2C", ","))
    return Facts(
        type=kind,
        paper_number=told.paper_number,
        component=told.unit,
        tier=told.tier,
        series=MONTHS.get(series.casefold()),
        year=int(year) if year.isdigit() else None,
    )


def _check_ids(records: Sequence[Mapping[str, str]]) -> Iterator[Finding]:
    for number, count in Counter(record.get("id", "") for record in records).items():
        if count > 1:
            yield Finding("duplicate_record", "error", f"{count} records have the id {number or '(none)'}")


def _check_numbers(papers: Sequence[Paper]) -> Iterator[Finding]:
    """Mark schemes without a paper's number, where the unit has two papers, belong to neither surely."""
    numbered = {(paper.component_code, paper.year, paper.series) for paper in papers if paper.paper_number is not None}
    for paper in papers:
        sitting = (paper.component_code, paper.year, paper.series)
        if paper.type == "mark scheme" and paper.paper_number is None and sitting in numbered:
            message = f"{paper.title}, {paper.series} {paper.year}, does not say which paper it is of"
            yield Finding("paper_number_missing", "warning", message, paper.position)


def _plain(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
