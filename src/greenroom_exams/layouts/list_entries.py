"""A list of subjects that a person or a program wrote, as JSON, CSV or text, becomes entries; nothing is judged."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from greenroom.model.errors import SourceEmpty, SourceUnreadable
from greenroom_exams.documents import Finding
from greenroom_exams.layouts import kinds
from greenroom_exams.layouts.front_page import BOARD_MARKS
from greenroom_exams.layouts.pdf_lines import clean
from greenroom_exams.layouts.plain_text import line_number, read_text

PAGE, SPECIFICATION, PAPERS, UNIT, OTHER = "page", "specification", "papers", "unit", "other"

# The first that is met names the qualification and is taken out of the text, so that "International GCSE" is no GCSE.
QUALIFICATION_WORDS = (
    ("International-GCSE", r"\binternational[ -]gcses?\b|\bigcses?\b"),
    ("International-A-Level", r"\binternational (?:as[ /]?)?a[ -]?levels?\b|\binternational advanced levels?\b"),
    ("Cambridge-Nationals", r"\bcambridge nationals?\b"),
    ("Cambridge-Technicals", r"\bcambridge technicals?\b"),
    ("BTEC", r"\bbtec(?: nationals?| firsts?)?\b"),
    ("EPQ", r"\bextended project(?: qualification)?\b|\bepq\b"),
    ("National-5", r"\bnational 5\b|\bn5\b"),
    ("Advanced-Higher", r"\badvanced higher\b|\bnah\b"),
    ("Higher", r"\bhigher\b"),
    ("GCSE", r"\bgcses?\b"),
    ("AS-Level", r"\bas[ -]?levels?\b|\bas\b(?=/a|$)"),
    ("A-Level", r"\ba[ -]?levels?\b|\bgce\b|(?<=[/=–-] )a$|^a$|(?<=/)a$"),
)
NAME_KEYS = frozenset({"name", "subject", "subject_name", "title"})
CODE_KEYS = frozenset({"code", "subject_code", "specification_code", "spec_code"})
QUALIFICATION_KEYS = frozenset({"qualification", "qualification_type", "level"})
BOARD_KEYS = frozenset({"exam_board", "board"})
LINK_KEYS = {
    **dict.fromkeys(("page_url", "subject_page_url", "subject_url", "url", "link", "at_a_glance_url"), PAGE),
    **dict.fromkeys(
        ("pdf_url", "specification_url", "specification_pdf_url", "spec_url", "specification_pdf"), SPECIFICATION
    ),
    **dict.fromkeys(("past_papers_url", "papers_url", "exam_materials_url", "assessment_url"), PAPERS),
}
FIRST_YEAR_KEYS = frozenset({"first_teaching", "first_teaching_year"})
LAST_YEAR_KEYS = frozenset({"last_assessment_year"})
# What the programs that wrote such lists noted for themselves.
NOTES = frozenset({"slug", "pattern", "priority", "as_code", "key", "id", "notes", "qan"})

ADDRESS = re.compile(r"\b(?:https?:|www\.)\S*", re.I)
FIRST_TEACHING = re.compile(r"first teaching\b.*?\b(20\d\d)\b", re.I)
LABELS = (
    (PAGE, r"(?:subject|main|course) page\b"),
    (SPECIFICATION, r"specifications?\b"),
    (PAPERS, r"past papers?\b(?: and .*)?"),
)
UNITS = re.compile(r"(?:externally \w+\s*[-–]\s*)?units?\b", re.I)
# Typed by hand: with a hyphen, an equals sign, without its space or without either.
LEVELS = re.compile(r"^(?P<name>.+?)(?:\s*[-–=]\s*|\s+)(?P<levels>GCSE(?:\s*/\s*A)?|A)\s*$")
WORDED_LEVELS = re.compile(
    r"^(?P<name>.+?)\s+[-–=]\s+(?P<levels>.*(?:Level \d|Certificate|Diploma|Baccalaureate|Award).*)$"
)
GRADES = re.compile(r"\s*\(9\s*[-–]\s*1\)")
CODE = r"[A-Z]\d{3}|\d{4}|\d[A-Z]{2}\d"
BOARD_WORDS = "|".join(("eduqas", "wjec", "aqa", "ocr", "edexcel", "pearson", "ccea", "sqa", "cambridge", "cbac"))
LONGEST_NAME = 140


@dataclass(frozen=True, slots=True)
class Link:
    """An address and what the list calls it; `qualification` where it belongs to one of several."""

    role: str
    address: str
    qualification: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One subject as a list has it. `section` is the heading above it, `qualifications` what its own row says.

    `unknown` are words where a qualification was expected, `left` what no rule reads.
    """

    name: str
    position: str
    code: str | None = None
    qualifications: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    board: str | None = None
    links: tuple[Link, ...] = ()
    units: tuple[str, ...] = ()
    first_teaching: tuple[int, ...] = ()
    last_assessment_year: int | None = None
    unknown: str | None = None
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubjectList:
    """All entries of a list in its order, its headings, how many it says it holds, and what no rule reads."""

    titles: tuple[str, ...]
    entries: tuple[Entry, ...]
    promised: int | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Text:
    """What a text list has said so far."""

    titles: list[str] = field(default_factory=list)
    section: tuple[str, ...] = ()
    entries: list[Entry] = field(default_factory=list)
    role: str = OTHER
    findings: list[Finding] = field(default_factory=list)


def is_list(content: bytes, *, name: str) -> bool:
    """Whether a document is a list of subjects rather than a feed of papers, a page or a specification."""
    kind = kinds.kind_of(content, name=name)
    if kind == "json":
        try:
            rows = _json_rows(kinds.read_json(content, name=name))
        except SourceUnreadable:
            # text may begin with a bracket too; whoever reads it as JSON will say what is broken
            return False
        return bool(rows) and all(_is_row(row) for _, row in rows)
    if kind != "text":
        return False
    start = content[:4096].decode("utf-8-sig", "replace")
    lines = [line.strip() for line in start.splitlines() if line.strip()]
    return bool(lines) and (_heading(lines[0]) is not None or _is_header(lines[0]))


def read_entries(content: bytes, *, name: str) -> SubjectList:
    """Read a list of subjects; raises SourceEmpty for one without rows, SourceUnreadable for broken bytes."""
    if kinds.kind_of(content, name=name) == "json":
        read = _json_list(kinds.read_json(content, name=name))
    else:
        lines = [(line_number(line), line.text) for line in read_text(content, name=name).lines()]
        read = _csv_list(content) if lines and _is_header(lines[0][1]) else _text_list(lines)
    if not read.entries:
        raise SourceEmpty(f"{name} lists no subjects", hint=kinds.FETCH_AGAIN)
    return read


def qualifications_in(text: str) -> tuple[str, ...]:
    """The qualifications that some words name, in their canonical spelling."""
    left, found = clean(text).casefold(), []
    for qualification, words in QUALIFICATION_WORDS:
        left, count = re.subn(words, " ", left)
        found += [qualification] if count else []
    return tuple(found)


def board_in(text: str) -> str | None:
    """The board that a heading names first, Eduqas before the company it belongs to."""
    if re.search(r"\beduqas\b", text, re.I):
        return "EDUQAS"
    marks = {board: re.search(mark, text, re.I) for board, mark in BOARD_MARKS.items() if board != "EDUQAS"}
    found = {board: match.start() for board, match in marks.items() if match}
    return min(found, key=lambda board: found[board]) if found else None


def _json_rows(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("subjects"), list):
        value = value["subjects"]
    if isinstance(value, list):
        return [(f"row {number}", row) for number, row in enumerate(value, start=1)]
    if isinstance(value, dict):
        return [(f"row {number} ({key})", row) for number, (key, row) in enumerate(value.items(), start=1)]
    return []


def _is_row(row: Any) -> bool:
    """A row of subjects says more of a subject than its name; one of papers has its year and its series."""
    if not isinstance(row, dict):
        return isinstance(row, str)
    keys = {str(key).casefold() for key in row}
    is_paper = {"year", "series"} <= keys or {"filename", "mark_scheme", "mark_scheme_url"} & keys
    return not is_paper and bool(keys & (NAME_KEYS | CODE_KEYS | set(LINK_KEYS)))


def _json_list(value: Any) -> SubjectList:
    promised = value.get("total") if isinstance(value, dict) else None
    rows = [(position, {"name": row} if isinstance(row, str) else row) for position, row in _json_rows(value)]
    entries = tuple(_entry(row, position) for position, row in rows if isinstance(row, dict))
    odd = [Finding("unreadable_row", "error", f"no subject: {row!r}", at) for at, row in rows if type(row) is not dict]
    return SubjectList((), entries, promised if isinstance(promised, int) else None, tuple(odd))


def _csv_list(content: bytes) -> SubjectList:
    text = content.decode("utf-8-sig")
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.DictReader(io.StringIO(text), delimiter=separator)
    entries = tuple(
        _entry({str(key): value for key, value in row.items()}, f"line {rows.line_num}")
        for row in rows
        if any(isinstance(value, str) and value.strip() for value in row.values())
    )
    return SubjectList((), entries)


def _is_header(line: str) -> bool:
    keys = {_key(part) for part in re.split(r"[,;\t]", line)}
    return len(keys) > 1 and bool(keys & NAME_KEYS) and bool(keys & (CODE_KEYS | set(LINK_KEYS)))


def _key(key: str) -> str:
    return re.sub(r"[\s-]+", "_", key.strip().strip('"').casefold())


def _entry(row: Mapping[str, Any], position: str) -> Entry:
    known = {_key(key): value for key, value in row.items()}
    links = [Link(role, str(known[key]).strip()) for key, role in LINK_KEYS.items() if _told(known.get(key))]
    level = _text_of(known, QUALIFICATION_KEYS)
    read = qualifications_in(level or "")
    keys = NAME_KEYS | CODE_KEYS | QUALIFICATION_KEYS | BOARD_KEYS | FIRST_YEAR_KEYS | LAST_YEAR_KEYS | NOTES
    return Entry(
        name=clean(_text_of(known, NAME_KEYS) or ""),
        position=position,
        code=_text_of(known, CODE_KEYS),
        qualifications=read,
        board=board_in(_text_of(known, BOARD_KEYS) or ""),
        links=tuple(links),
        first_teaching=tuple(_years(known, FIRST_YEAR_KEYS)),
        last_assessment_year=next(_years(known, LAST_YEAR_KEYS), None),
        unknown=level if level and not read else None,
        left=tuple(sorted(set(known) - keys - set(LINK_KEYS))),
    )


def _told(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


def _text_of(row: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    return next((str(row[key]).strip() for key in sorted(keys) if _told(row.get(key))), None)


def _years(row: Mapping[str, Any], keys: Iterable[str]) -> Iterator[int]:
    for key in keys:
        yield from (int(year) for year in re.findall(r"\b20\d\d\b", str(row.get(key) or "")))


def _heading(line: str) -> str | None:
    """The heading that a line is, or that it ends with where stray words were pasted before it."""
    pasted = re.search(rf"(?:{BOARD_WORDS}) qualifications\b.*$", line, re.I)
    return line if _is_title(line) else pasted.group() if pasted and _is_title(pasted.group()) else None


def _is_title(line: str) -> bool:
    """A heading names boards and qualifications and nothing else: "Eduqas Qualifications - GCSE"."""
    if ADDRESS.search(line) or len(line) > LONGEST_NAME:
        return False
    left = line.lstrip("#* ").casefold()
    words = rf"{BOARD_WORDS}|qualifications?|awards?|subjects?|scottish|nationals?|all|level|list|of|[\d/]+|alevels?"
    for _, pattern in QUALIFICATION_WORDS[:-1]:
        left = re.sub(pattern, " ", left)
    names_one = re.search(rf"\b(?:{BOARD_WORDS}|qualifications|awards|nationals)\b", line, re.I) is not None
    return names_one and not re.sub(rf"\b(?:{words}|a[ -]levels?)\b|[^a-z]", "", left)


def _text_list(lines: Iterable[tuple[int, str]]) -> SubjectList:
    text = _Text()
    for number, line in lines:
        _take(text, line, f"line {number}")
    return SubjectList(tuple(text.titles), tuple(text.entries), None, tuple(text.findings))


def _take(text: _Text, line: str, position: str) -> None:
    heading = _heading(line)
    if heading:
        text.titles.append(heading)
        text.section, text.role = qualifications_in(re.sub(r"(?i)scottish nationals", "", heading)), OTHER
        if heading != line:
            stray = f"stray words before the heading {heading!r}: {line.removesuffix(heading)!r}"
            text.findings.append(Finding("stray_words", "warning", stray, position))
    elif re.fullmatch(r"[A-Z]|[-*_=]+", line):
        # the letters that divide an index
        return
    elif not (text.entries and _belongs(text, line)):
        text.role = OTHER
        text.entries.append(_named(text, line, position))
        if len(text.entries[-1].name) > LONGEST_NAME:
            text.findings.append(Finding("unreadable_row", "error", f"too long for a name: {line[:80]!r}", position))


def _belongs(text: _Text, line: str) -> bool:
    """Whether a line is about the subject named above it, and then taken."""
    entry = text.entries[-1]
    taught = FIRST_TEACHING.match(line)
    if taught:
        text.entries[-1] = replace(entry, first_teaching=(*entry.first_teaching, int(taught[1])))
        return True
    if UNITS.match(line):
        text.entries[-1] = _with_units(entry, line)
        return True
    for role, words in LABELS:
        if found := re.match(rf"{words}\s*[-–:]?\s*(?=https?:|www\.|$)", line, re.I):
            text.role = role
            links = tuple(Link(role, address) for address in ADDRESS.findall(line[found.end() :])[:1])
            text.entries[-1] = replace(entry, links=(*entry.links, *links))
            return True
    if text.role != OTHER and ADDRESS.search(line) and (levels := qualifications_in(ADDRESS.split(line)[0])):
        # the first address is the page, those behind it are its examples
        link = Link(text.role, ADDRESS.findall(line)[0], levels[0])
        text.entries[-1] = replace(entry, links=(*entry.links, link))
        return True
    return False


def _with_units(entry: Entry, line: str) -> Entry:
    words = ADDRESS.sub("", line)
    units = tuple(unit for part in re.split(r"\s/\s", words) if (unit := part.strip(" -–/")))
    links = tuple(Link(UNIT, address) for address in ADDRESS.findall(line))
    return replace(entry, units=(*entry.units, *units), links=(*entry.links, *links))


def _named(text: _Text, line: str, position: str) -> Entry:
    words = ADDRESS.split(line)[0].strip()
    inline = re.search(r"\s+[-–]\s+(?=units?\b)", words, re.I)
    entry = Entry(name="", position=position, section=text.section, board=None)
    if inline:
        entry = _with_units(entry, line[inline.end() :])
        words = words[: inline.start()]
    elif found := ADDRESS.search(line):
        is_page = re.search(r"[-–]\s*main page\s*[-–:]?\s*$", words, re.I)
        words = words[: is_page.start()] if is_page else words
        is_file = found.group().casefold().split("?")[0].endswith(".pdf") or ".pdf" in found.group().casefold()
        entry = replace(entry, links=(Link(SPECIFICATION if is_file else PAGE, found.group()),))
    words = GRADES.sub("", words).strip(" -–=:.\t")
    levels = LEVELS.match(words) or WORDED_LEVELS.match(words)
    told = levels["levels"] if levels else ""
    words = levels["name"].strip(" -–=") if levels else words
    code = re.search(rf"\s({CODE})$", words)
    return replace(
        entry,
        name=words[: code.start()] if code else words,
        code=code[1] if code else None,
        qualifications=qualifications_in(told),
        unknown=told if told and not qualifications_in(told) else None,
    )
