"""The header of a file against the forms of a dataset: which stands where. Names decide, never positions."""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.errors import BadDeclaration, ContractBroken, GreenroomError
from greenroom.model.form import Form
from greenroom.write.formats import File, Table

# Filled by the seal from the tokens it meets, never by a file.
WITHHELD = "withheld"

_IGNORED = str.maketrans("", "", " \t\r\n\u00a0\u202f_-‐‑–'’ʼ`\ufeff")
# In a spelling: the year of the data in four or two digits, or a year that says nothing about them.
_YEARS = {"{annee}": r"(?P<annee>(?:19|20)\d\d)", "{aa}": r"(?P<aa>\d\d)", "{autre}": r"(?:19|20)\d\d"}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where each column stands, counted from 0; headers no column knows; optional columns this file lacks.

    `year` is what the headers say it is, if they do.
    """

    positions: dict[str, int]
    left_over: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    year: str | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file as one form of a dataset reads it."""

    form: Form
    table: Table
    mapping: Mapping


def plain(dataset: Dataset) -> Form:
    """The form of a file that has the dataset's own columns."""
    return Form("rows", tuple(file_columns(dataset)))


def recognise(file: File, dataset: Dataset) -> Recognised:
    """The form of a dataset that fits a file best: of those whose columns are all there, the one that knows most.

    Raises ContractBroken, or what the file itself raises, when none fits.
    """
    fitting: list[Recognised] = []
    refused: list[GreenroomError] = []
    for form in (*dataset.forms, plain(dataset)):
        try:
            table = file.table(form.place)
            fitting.append(Recognised(form, table, match(table.header, dataset, form)))
        except GreenroomError as error:
            refused.append(error)
    if fitting:
        return max(fitting, key=lambda found: len(found.mapping.positions))
    # of several shapes, the one that was nearest says what is missing
    raise min(refused, key=lambda error: error.message.count("nearest met") or 100)


def familiarity(file: File, dataset: Dataset) -> float:
    """The share of a file's headers that one form of the dataset knows, 0 to 1."""
    shares = [0.0]
    for form in (*dataset.forms, plain(dataset)):
        with suppress(GreenroomError):
            header = [name for name in file.table(form.place).header if name]
            met = _met(header, dataset, form)
            shares.append(len({place for places in met.values() for _, place in places}) / max(1, len(header)))
    return max(shares)


def match(header: Sequence[str], dataset: Dataset, form: Form | None = None) -> Mapping:
    """Find each column by one of its spellings; case, accents, blanks, _ - and ' do not count.

    Where headers carry years, the newest year is read and the others are left over.
    Raises ContractBroken when a required column is missing or two headers mean one column.
    """
    form = form or plain(dataset)
    found = _met(header, dataset, form)
    year = max((year for of_column in found.values() for year, _ in of_column if year), default=None)
    positions: dict[str, int] = {}
    for column, of_column in found.items():
        here = [place for met, place in of_column if met in (None, year)]
        if len(here) > 1:
            raise ContractBroken(f"Two headers mean {column}: {header[here[0]]} and {header[here[1]]}.")
        if here:
            positions[column] = here[0]
    taken = set(positions.values())
    left_over = tuple(name for place, name in enumerate(header) if name and place not in taken)
    missing = [column for column in form.columns if column.name not in positions]
    # the year need not be a column where the headers, the file's name or the user may give it
    if required := [c for c in missing if (c.required or c.expected) and c.name != form.year]:
        raise ContractBroken(
            f"{dataset.name}: missing {_named(required, left_over or header)}.",
            hint="If the publisher renamed a column, add the new name to the headers of the dataset.",
        )
    return Mapping(positions, left_over, tuple(column.name for column in missing), year)


def year_of(address: str, form: Form) -> str | None:
    """The year that the name of a file says, when it says one."""
    name = unquote(address.rstrip("/").rsplit("/", 1)[-1])
    said = {_four_digits(year) for year in re.findall(form.year_in_name, name)}
    return said.pop() if len(said) == 1 else None


def file_columns(dataset: Dataset) -> Iterator[Column]:
    """The columns a file may give."""
    return (column for column in dataset.source_columns if column.name != WITHHELD)


def _met(header: Sequence[str], dataset: Dataset, form: Form) -> dict[str, list[tuple[str | None, int]]]:
    """By column, where it may stand, with the year its header says."""
    known, patterns = _spellings(dataset.name, form)
    found: dict[str, list[tuple[str | None, int]]] = {}
    for place, name in enumerate(header):
        folded = _folded(name)
        if column := known.get(folded):
            found.setdefault(column, []).append((None, place))
            continue
        for pattern, column in patterns:
            if hit := pattern.fullmatch(folded):
                found.setdefault(column, []).append((_year(hit), place))
                break
    return found


def _year(hit: re.Match[str]) -> str | None:
    said = hit.groupdict()
    if short := said.get("aa"):
        return _four_digits(short)
    return said.get("annee")


def _four_digits(year: str) -> str:
    """Two digits are of this century, or of the last."""
    return year if len(year) == 4 else f"20{year}" if int(year) < 70 else f"19{year}"


@cache
def _spellings(dataset: str, form: Form) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    known: dict[str, str] = {}
    patterns: list[tuple[re.Pattern[str], str]] = []
    for column in form.columns:
        for spelling in (column.name, *column.headers):
            if any(mark in spelling for mark in _YEARS):
                patterns.append((_pattern(spelling), column.name))
            elif known.setdefault(_folded(spelling), column.name) != column.name:
                raise BadDeclaration(f"{dataset}: {spelling} is declared for two columns.")
    return known, patterns


def _pattern(spelling: str) -> re.Pattern[str]:
    parts = re.split(r"(\{annee\}|\{aa\}|\{autre\})", spelling)
    return re.compile("".join(_YEARS.get(part) or re.escape(_folded(part)) for part in parts))


@cache
def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    return "".join(c for c in letters if not unicodedata.combining(c)).casefold().translate(_IGNORED)


def _named(missing: list[Column], met: Sequence[str]) -> str:
    return "; ".join(f"{column.name} (nearest met: {_nearest(column, met)})" for column in missing)


def _nearest(column: Column, met: Sequence[str]) -> str:
    spellings = [_folded(spelling) for spelling in (column.name, *column.headers)]
    return max(
        met,
        key=lambda name: max(difflib.SequenceMatcher(None, _folded(name), spelling).ratio() for spelling in spellings),
        default="none",
    )
