"""Ofqual's register of regulated qualifications: its rows become fields of the subjects whose number is known."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from greenroom import Finding, LandedTable, Landing
from greenroom.model.errors import SourceEmpty
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
_QAN = re.compile(r"(\d{3})/?(\d{4})/?([\dX])")


def is_register(content: bytes) -> bool:
    """Whether the bytes begin as the register's CSV or its API's answer do."""
    head = re.sub(rb"[^a-z,]+", b"", content[:4096].lower())
    return b"qualificationnumber" in head and (b"organisation" in head or b"operationalstartdate" in head)


def read_register(content: bytes, *, name: str) -> Landing:
    """Read a part or all of the register; a row whose number is none is a finding, never a guess."""
    records = list(_records(content, name))
    if not records:
        raise SourceEmpty(f"{name} holds no qualification", hint=FETCH_AGAIN)
    rows: dict[str, tuple[object, ...]] = {}
    findings = []
    for position, record in records:
        row, why = _row(record)
        if row is None:
            findings.append(Finding("unreadable_qualification", "warning", why, position=position))
        else:
            rows[str(row[0])] = row
    if not rows:
        raise SourceEmpty(f"{name}: no row of the register could be read: {findings[0].message}", hint=FETCH_AGAIN)
    return Landing(
        tables={"landed_qualifications": LandedTable(_COLUMNS, list(rows.values()))},
        only=None,
        parser="ofqual:register",
        findings=tuple(findings),
        counts={"qualifications": len(rows)},
    )


def _records(content: bytes, name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    if kind_of(content, name=name) == "json":
        told = read_json(content, name=name)
        found = told.get("results", [told]) if isinstance(told, dict) else told
        for place, record in enumerate(found, start=1):
            yield f"record {place}", {_folded(key): _text(value) for key, value in record.items()}
        return
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=""))
    header = [_folded(cell) for cell in next(reader)]
    for cells in reader:
        yield f"line {reader.line_num}", dict(zip(header, cells, strict=False))


def _row(record: Mapping[str, str]) -> tuple[tuple[object, ...] | None, str]:
    told = {column: _first(record, names) for column, names in _NAMES.items()}
    number = _QAN.fullmatch(told["qan"].strip().upper())
    if not number:
        return None, f"{told['qan']!r} is no qualification number"
    try:
        return (
            "/".join(number.groups()),
            *(told[column].strip() or None for column in ("title", "organisation", "status", "level", "type")),
            *(_hours(told[column]) for column in ("glh", "tqt")),
            *(_day(told[c]) for c in ("operational_start", "operational_end", "certification_end", "review_date")),
        ), ""
    except ValueError as error:
        return None, f"{told['qan']}: {error}"


def _first(record: Mapping[str, str], names: Sequence[str]) -> str:
    return next((record[name] for name in names if record.get(name)), "")


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


def _text(value: Any) -> str:
    return "" if value is None else str(value)
