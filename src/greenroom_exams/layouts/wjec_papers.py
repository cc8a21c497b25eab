"""Records of WJEC's past-papers tab and its file names become papers; the two brands differ only by their codes.

A file is s24-c720u20-1-ms.pdf: series and year, component (U English, N Welsh medium), document. Before 2023 names
were 1500U30-1-110618 or 2500U10-1 WJEC AS Comp Science Unit 1 MS S18 (New): component, then exam day or words.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Finding, Paper, Parsed, confidence
from greenroom_exams.layouts.escaped_list import Record, list_items
from greenroom_exams.layouts.paper_title import EXAM_MONTHS, MONTHS, Facts
from greenroom_exams.layouts.subject_list import is_broken
from greenroom_exams.papers import check_unique, disagreements, not_pdfs, unknown_type

LAYOUT = "past-papers tab"
SEASONS = {"s": "June", "w": "January", "j": "January", "n": "November"}
COMPONENT = r"(?P<stem>[a-z]?\d{3,4})(?P<medium>[un])(?P<unit>[0-9a-z]{2})-(?P<part>\d[a-z]?)"
FILE_NAME = re.compile(rf"(?:(?P<season>[a-z])(?P<year>\d{{2}})-)?{COMPONENT}(?P<rest>.*)$", re.I)
EXAM_DAY = re.compile(r"^[\s-]*\(?(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{2})\)?")
WORDED_SERIES = re.compile(r"\b(?P<season>summer|winter|autumn|january|november)\s+(?P<year>20\d\d)\b", re.I)
SHORT_SERIES = re.compile(r"\b(?P<season>[swnj])(?P<year>\d{2})\b", re.I)
MODIFIED = re.compile(
    r"\bmlp\b|\bbrl\b|\bbraille\b|\bmodified\b|\blarge print\b|\benlarged\b|\ba3\b|\b(?:18|24|36) ?pt\b", re.I
)
UNIT_WORDS = re.compile(r"\b(?:component|unit)\s+(\d{1,2})\b", re.I)
TIERS = (("Higher", r"\bhigher\b"), ("Foundation", r"\bfoundation\b|\bfound\b"))
TYPES = {
    "past paper": "question paper",
    "question paper": "question paper",
    "modified paper": "question paper",
    "mark scheme": "mark scheme",
    "marking scheme": "mark scheme",
    "examiner report": "examiner report",
    "examiners report": "examiner report",
    "examiners' report": "examiner report",
    "principal examiner report": "examiner report",
}
# What a name in brackets or its last words make of a question paper.
PARTS = (
    ("insert", r"\[resource[^\]]*\]|\binsert\b|\bresource (?:booklet|folder|material)\b|\bpre-?release\b"),
    ("data sheet", r"\bdata (?:booklet|sheet)\b|\bformula(?:e)? (?:booklet|sheet)\b|\bequation sheet\b"),
    ("transcript", r"\btranscript\b"),
)
FILE_TYPES = (("mark scheme", r"(?:^|[-\s(])ms\b"), ("examiner report", r"(?:^|[-\s])er\b|examiner"))
TITLE_SEASON = re.compile(r"\s-\s(Summer|Winter|Autumn|November|January)\s-\s", re.I)
WELSH = r"\bwelsh[- ]medium\b|\bcyfrwng cymraeg\b"
CENTURY = 2000
# What a component's code and an entry code have in common: C300UA0-1, C300QS.
STEM_LENGTH = 4


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file name says; None where its grammar is silent, `component` as the board prints it."""

    stem: str
    component: str
    unit: int | None
    language: str
    type: str | None
    series: str | None
    year: int | None
    modified: bool
    rest: str


def file_facts(address: str) -> FileFacts | None:
    """The facts in a file's name; None for one that is not in the grammar."""
    name = re.sub(r"\.\w{2,4}$", "", unquote(urlsplit(address).path).rpartition("/")[2])
    found = FILE_NAME.match(name)
    if not found or (found["season"] and found["season"].casefold() not in SEASONS):
        return None
    # One mark scheme may serve two components: 3430u10-1+3430ua-1.
    also, rest = _also(found["rest"])
    series, year = _series(found)
    kind = next((kind for kind, words in FILE_TYPES if re.search(words, rest, re.I)), None)
    unit = re.match(r"([1-9])0$", found["unit"])
    component = f"{found['stem']}{found['medium']}{found['unit']}-{found['part']}{also}".upper()
    bare = re.fullmatch(r"(?:[\s-]*\(?\d{6}\)?)?(?: \(\d\))?", rest) or MODIFIED.search(rest.replace("-", " "))
    return FileFacts(
        stem=found["stem"].upper(),
        component=component,
        unit=int(unit[1]) if unit and not also else None,
        language="Welsh" if found["medium"].casefold() == "n" else "English",
        type=kind or ("question paper" if bare else None),
        series=series,
        year=year,
        modified=bool(MODIFIED.search(rest.replace("-", " "))),
        rest=rest,
    )


def _also(rest: str) -> tuple[str, str]:
    found = re.match(r"(?:\+[a-z]?\d{3,4}[un][0-9a-z]{1,2}-\d[a-z]?)+", rest, re.I)
    return (found.group(), rest[found.end() :]) if found else ("", rest)


def _series(found: re.Match[str]) -> tuple[str | None, int | None]:
    if found["season"]:
        return SEASONS[found["season"].casefold()], CENTURY + int(found["year"])
    day = EXAM_DAY.match(found["rest"])
    if day:
        return EXAM_MONTHS.get(int(day["month"])), CENTURY + int(day["year"])
    words = WORDED_SERIES.search(found["rest"])
    if words:
        return MONTHS[words["season"].casefold()], int(words["year"])
    short = SHORT_SERIES.search(found["rest"])
    return (SEASONS[short["season"].casefold()], CENTURY + int(short["year"])) if short else (None, None)


def read_tab(content: bytes, *, name: str, board: str, stem_pattern: str, subject: str | None) -> Parsed:
    """The papers of one past-papers tab. Codes that are not `stem_pattern` are the other brand's: ContractBroken."""
    records = list_items(content, name=name)
    pdfs = [(number, each) for number, each in enumerate(records, start=1) if _is_pdf(each)]
    stems = Counter(facts.stem for _, each in pdfs if (facts := file_facts(_address(each))))
    stem = _stem(stems, name=name, board=board, stem_pattern=stem_pattern, subject=subject)
    taken = [(number, each) for number, each in pdfs if not _is_other_level(each, stem)]
    rows = [_row(each, number, subject or stem) for number, each in taken]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    findings = (
        *(row for row in rows if isinstance(row, Finding)),
        *(finding for number, each in taken for finding in _item_findings(each, number, stem)),
        *_check_keys(records),
        *not_pdfs(_ending(_address(each)) for each in records if not _is_pdf(each)),
        *check_unique(papers),
        *_check_subject(subject, stem),
    )
    counts = {
        "items": len(records),
        "pdfs": len(pdfs),
        "rows": len(papers),
        "other_level": len(pdfs) - len(taken),
        "series": len({(paper.year, paper.series) for paper in papers}),
        "modified": sum(paper.modified for paper in papers),
    }
    return Parsed(None, (), papers, findings, LAYOUT, confidence(findings), counts)


def _stem(stems: Counter[str], *, name: str, board: str, stem_pattern: str, subject: str | None) -> str:
    if not stems:
        raise ContractBroken(f"{name} lists no file with a component's code", hint="Give the past-papers tab.")
    common = stems.most_common(1)[0][0]
    if not re.fullmatch(stem_pattern, common):
        raise ContractBroken(
            f"{name} lists papers of {common}, which is no code of {board}", hint="Correct the address or the board."
        )
    if subject is None:
        return common
    wanted = subject[:STEM_LENGTH].upper()
    if wanted not in stems and not any(_is_twin(stem, wanted) for stem in stems):
        raise ContractBroken(f"{name} lists papers of {common}, not of {subject}", hint="Correct the address.")
    return wanted


def _is_twin(stem: str, wanted: str) -> bool:
    """AS and A level of one subject differ by their first sign: 2500 and 1500, B400 and A400."""
    return stem[1:] == wanted[1:] and {stem[0], wanted[0]} in ({"1", "2"}, {"A", "B"})


def _is_other_level(record: Record, stem: str) -> bool:
    """A page may list AS and A level; the AS units of Wales are part of the A level, those of Eduqas are not."""
    facts = file_facts(_address(record))
    return facts is not None and _is_twin(facts.stem, stem) and (facts.stem[0], stem[0]) != ("2", "1")


def _check_subject(subject: str | None, stem: str) -> Iterator[Finding]:
    if subject is None:
        message = f"the files say {stem}; the entry code, such as {stem}QS, is in the specification: name the subject"
        yield Finding("entry_code_not_told", "warning", message)


def _address(record: Record) -> str:
    return str(record.get("Url") or "").strip()


def _ending(address: str) -> str:
    return (urlsplit(address).path.rpartition(".")[2] or "nothing").casefold() if not is_broken(address) else "broken"


def _is_pdf(record: Record) -> bool:
    # a broken address is for _row to tell; it is not silently something else
    return _ending(_address(record)) in {"pdf", "broken"} or not _address(record)


def _row(record: Record, number: int, code: str) -> Paper | Finding:
    title, address, at = str(record.get("FileName") or "").strip(), _address(record), f"item {number}"
    kind = _type(record)
    if is_broken(address):
        return Finding("broken_address", "error", f"{title} has no address: {address!r}", at)
    if kind is None:
        return unknown_type(f"{record.get('ProductReference')} ({title})", address, at)
    told, filed = _told(record), file_facts(address)
    series, year = told.series, told.year
    if series is None or year is None:
        return Finding("paper_without_series", "error", f"no series that is sure: {title} ({address})", at)
    return Paper(
        subject_code=code,
        component_code=filed.component if filed else None,
        paper_number=told.paper_number or (filed.unit if filed else None),
        year=year,
        series=series,
        tier=told.tier,
        type=kind,
        title=title or address.rpartition("/")[2],
        url=address,
        language=filed.language if filed else told.language,
        modified=told.modified or bool(filed and filed.modified),
        position=at,
        variant=_variant(record, filed),
    )


def _variant(record: Record, filed: FileFacts | None) -> str | None:
    """What tells two documents of one component apart: the form of a modified paper, an insert's kind."""
    if filed is None:
        # no component tells the file from its neighbours, so its own name does
        return _address(record).rpartition("/")[2]
    if filed.modified:
        return re.sub(r"[\s_-]+", " ", filed.rest).strip().casefold() or None
    named = re.search(r"\[([^\]]+)\]", str(record.get("FileName") or ""))
    return named[1].casefold() if named else None


def _type(record: Record) -> str | None:
    kind = TYPES.get(" ".join(str(record.get("ProductReference") or "").casefold().split()))
    if kind != "question paper":
        return kind
    title = str(record.get("FileName") or "")
    return next((part for part, words in PARTS if re.search(words, title, re.I)), kind)


def _told(record: Record) -> Facts:
    """What the record's own words say, without its address."""
    title = str(record.get("FileName") or "")
    unit = UNIT_WORDS.search(title)
    year = re.fullmatch(r"20\d\d", str(record.get("Year") or "").strip())
    season = str(record.get("Series") or "").strip().casefold()
    is_modified = "modified" in str(record.get("ProductReference") or "").casefold()
    return Facts(
        type=_type(record),
        paper_number=int(unit[1]) if unit else None,
        tier=next((tier for tier, words in TIERS if re.search(words, title, re.I)), None),
        series=MONTHS.get(season),
        year=int(year.group()) if year else None,
        modified=is_modified or bool(MODIFIED.search(title)),
        language="Welsh" if re.search(WELSH, title, re.I) else "English",
    )


def _item_findings(record: Record, number: int, stem: str) -> Iterator[Finding]:
    title, address, at = str(record.get("FileName") or ""), _address(record), f"item {number}"
    filed, told = file_facts(address), _told(record)
    if is_broken(address):
        return
    if filed is None:
        yield Finding("unknown_file_name", "warning", f"{address} is not in the grammar: no component", at)
        return
    named = TITLE_SEASON.search(title)
    witnesses = {
        "the record": Facts(type=_broad(told.type), series=told.series, year=told.year),
        "the file name": Facts(type=_broad(filed.type), series=filed.series, year=filed.year),
        "the title": Facts(series=MONTHS[named[1].casefold()] if named else None),
    }
    yield from disagreements(witnesses, title=title or address, position=at)
    yield from _check_title(record, title, at)
    if re.search(WELSH, title, re.I) and filed.language != "Welsh":
        yield Finding("paper_language_mismatch", "error", f"{title} is called Welsh, its file is {address}", at)
    if filed.stem != stem and not _is_twin(filed.stem, stem):
        yield Finding("subject_code_differs", "error", f"{title} is filed under {filed.component}, not {stem}", at)
    if not _is_own_site(address):
        yield Finding("foreign_host", "warning", f"{address} is not on the board's sites", at)


def _broad(kind: str | None) -> str | None:
    """A file name tells a question paper from a mark scheme, not from what is handed out with it."""
    return "question paper" if kind in {part for part, _ in PARTS} else kind


def _check_title(record: Record, title: str, at: str) -> Iterator[Finding]:
    """Findings where the title does not begin with the record's kind; Braille is labelled "Past Paper" in both."""
    kind = str(record.get("ProductReference") or "").strip()
    first, dash, _ = title.partition(" - ")
    label = TYPES.get(" ".join(first.casefold().split()))
    if label is not None and label != TYPES.get(kind.casefold()):
        yield Finding("paper_type_mismatch", "error", f"{title} is listed as {kind}", at)
    elif dash and (label is None or not TITLE_SEASON.search(title)):
        yield Finding("title_differs", "warning", f"{title}: other titles say kind, season and paper", at)


def _check_keys(records: Sequence[Record]) -> Iterator[Finding]:
    """An error for a record that has other keys than the rest: it was spoilt, or the site has changed."""
    usual, _ = Counter(tuple(sorted(record)) for record in records).most_common(1)[0]
    for number, record in enumerate(records, start=1):
        if tuple(sorted(record)) != usual:
            odd = ", ".join(sorted(set(record) ^ set(usual)))
            yield Finding("record_differs", "error", f"this record alone has or lacks {odd}", f"item {number}")


def _is_own_site(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return any(host == each or host.endswith(f".{each}") for each in ("wjec.co.uk", "eduqas.co.uk"))
