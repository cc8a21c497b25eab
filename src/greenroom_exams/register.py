"""Ofqual's register of regulated qualifications: its rows become fields of the subjects whose number is known."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from greenroom import Finding, LandedTable, Landing
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.layouts.kinds import FETCH_AGAIN, kind_of, read_json

_COLUMNS = (
    ("qan", "text"),
    ("title", "text"),
    ("organisation", "text"),
    ("status", "text"),
    ("level", "text"),
    ("type", "text"),
    ("glh", "integer"),
    ("tqt", "integer"),
    ("operational_start", "date"),
    ("operational_end", "date"),
    ("certification_end", "date"),
    ("review_date", "date"),
    # the columns that the file has, as text[] by its catalogue name: what it lacks, it says nothing of
    ("held", "_text"),
)
# Our column, and the register's names of it: those of its API, and those of its files, both folded.
_NAMES = {
    "qan": ("qualificationnumber",),
    "title": ("title", "qualificationtitle"),
    "organisation": ("organisationacronym", "organisationname", "awardingorganisation"),
    "status": ("status", "qualificationstatus"),
    "level": ("level", "qualificationlevel"),
    "type": ("type", "qualificationtype"),
    "glh": ("glh", "guidedlearninghours"),
    "tqt": ("tqt", "totalqualificationtime"),
    "operational_start": ("operationalstartdate",),
    "operational_end": ("operationalenddate",),
    "certification_end": ("certificationenddate",),
    "review_date": ("reviewdate",),
}
_QAN = re.compile(r"(\d{3})/?(\d{4})/?([\dX])", re.ASCII)
_SAVE_AS = "Fetch it again, or save it as CSV (commas, UTF-8)."


class _NotARow(Exception):
    """One row of the register that cannot be read, and why; the others can."""


@dataclass(frozen=True, slots=True)
class _Record:
    """One row of the register, by folded names: where it stands, what it says, and why that cannot be read."""

    position: str
    cells: Mapping[str, Any]
    why: str = ""


def is_register(content: bytes) -> bool:
    """Whether the bytes begin as the register's CSV or its API's answer do; a page that tells of it is neither."""
    if content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"<", b"%"):
        return False
    head = re.sub(rb"[^a-z,]+", b"", content[:4096].lower())
    return b"qualificationnumber" in head and (b"organisation" in head or b"operationalstartdate" in head)


def read_register(content: bytes, *, name: str) -> Landing:
    """Read a part or all of the register; a row whose number is none is a finding, never a guess."""
    records = list(_records(content, name))
    if not records:
        raise SourceEmpty(f"{name} holds no qualification", hint=FETCH_AGAIN)
    rows: dict[str, tuple[str, tuple[object, ...]]] = {}
    findings = []
    for record in records:
        try:
            qan, row = _row(record)
        except _NotARow as why:
            findings.append(
                Finding("unreadable_qualification", "warning", f"{record.position}: {why}", position=record.position)
            )
            continue
        first, known = rows.setdefault(qan, (record.position, row))
        if row != known:
            what = f"{qan} is there twice and says two things: {first} is kept, {record.position} is not"
            findings.append(Finding("duplicate_qualification", "warning", what, position=record.position))
    if not rows:
        raise SourceEmpty(f"{name}: no row of the register could be read: {findings[0].message}", hint=FETCH_AGAIN)
    return Landing(
        tables={"landed_qualifications": LandedTable(_COLUMNS, [row for _, row in rows.values()])},
        only=None,
        parser="ofqual:register",
        findings=tuple(findings),
        counts={"qualifications": len(rows)},
    )


def _records(content: bytes, name: str) -> Iterator[_Record]:
    if b"\x00" in content:
        raise SourceUnreadable(f"{name} has NUL bytes, so it is no text in UTF-8", hint=_SAVE_AS)
    kind = kind_of(content, name=name)
    if kind == "json":
        yield from _json_records(content, name)
    elif kind == "text":
        yield from _csv_records(content, name)
    else:
        raise ContractBroken(f"{name} is a {kind.upper()} document, not the register's file", hint=_SAVE_AS)


def _json_records(content: bytes, name: str) -> Iterator[_Record]:
    try:
        told = read_json(content, name=name)
    except ValueError as error:
        # a number of thousands of digits
        raise SourceUnreadable(f"{name} is no JSON that can be read ({error})", hint=FETCH_AGAIN) from error
    found = told.get("results", [told]) if isinstance(told, dict) else told
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise ContractBroken(f"{name} holds no list of qualifications as the register answers it", hint=FETCH_AGAIN)
    for place, record in enumerate(found, start=1):
        yield _Record(f"record {place}", {_folded(key): value for key, value in record.items()})


def _csv_records(content: bytes, name: str) -> Iterator[_Record]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceUnreadable(f"{name} is not in UTF-8", hint=_SAVE_AS) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 0
    try:
        header = [_folded(cell) for cell in next(reader)]
        _check_header(header, name)
        line = reader.line_num
        for cells in reader:
            position, line = f"line {line + 1}", reader.line_num
            if len(cells) == len(header):
                yield _Record(position, dict(zip(header, cells, strict=True)))
            elif cells:
                yield _Record(position, {}, f"{len(cells)} cells below {len(header)} headings")
    except csv.Error as error:
        raise SourceUnreadable(
            f"{name} breaks off or has a stray quote after line {line}: {error}", hint=_SAVE_AS
        ) from error


def _check_header(header: Sequence[str], name: str) -> None:
    known = [cell for names in _NAMES.values() for cell in names]
    if twice := sorted({cell for cell in header if cell in known and header.count(cell) > 1}):
        raise ContractBroken(f"{name} has two columns that are called {twice[0]}", hint=_SAVE_AS)
    if not set(_NAMES["qan"]) & set(header):
        raise ContractBroken(f"{name} has no column of its own for the qualification number", hint=_SAVE_AS)


def _row(record: _Record) -> tuple[str, tuple[object, ...]]:
    """The number of a qualification and its row; raises _NotARow."""
    if record.why:
        raise _NotARow(record.why)
    told = {column: _first(record.cells, names) for column, names in _NAMES.items()}
    number = _QAN.fullmatch("".join(told["qan"].upper().split()))
    if not number:
        raise _NotARow(f"{told['qan']!r} is no qualification number")
    try:
        return "/".join(number.groups()), (
            "/".join(number.groups()),
            *(told[column] or None for column in ("title", "organisation", "status", "level", "type")),
            *(_hours(told[column]) for column in ("glh", "tqt")),
            *(_day(told[c]) for c in ("operational_start", "operational_end", "certification_end", "review_date")),
            [column for column, names in _NAMES.items() if any(name in record.cells for name in names)],
        )
    except ValueError as error:
        raise _NotARow(f"{told['qan']}: {error}") from error


def _first(cells: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((text for name in names if (text := _text(name, cells.get(name)))), "")


def _hours(text: str) -> int | None:
    if not text.strip():
        return None
    if not re.fullmatch(r"\d{1,6}(\.0+)?", text.strip()):
        raise ValueError(f"{text!r} is no number of hours")
    return int(float(text))


def _day(text: str) -> date | None:
    """A day as ISO 8601 or as the British write it; the hour behind it is midnight."""
    day = text.strip().partition("T")[0].partition(" ")[0]
    if not day:
        return None
    british = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", day)
    try:
        return date(int(british[3]), int(british[2]), int(british[1])) if british else date.fromisoformat(day)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date") from error


def _folded(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold())


def _text(name: str, value: Any) -> str:
    """What a cell says; one that holds more than a word, or whose letters were lost before us, is no cell."""
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        raise _NotARow(f"{name} is neither a text nor a number")
    text = str(value).strip()
    if "\x00" in text or "\ufffd" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _NotARow(f"{name} holds letters that were lost: {text!r}")
    return text
