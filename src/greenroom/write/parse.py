"""The header of a file against the columns of a dataset: which stands where. Names decide, never positions."""

import difflib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from greenroom.model.dataset import Column, Dataset
from greenroom.model.errors import BadDeclaration, ContractBroken

# Filled by the seal from the tokens it meets, never by a file.
WITHHELD = "withheld"

_IGNORED = str.maketrans("", "", " \t\r\n\u00a0\u202f_-‐‑–'’ʼ`\ufeff")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where each column stands, counted from 0; headers no column knows; optional columns this file lacks."""

    positions: dict[str, int]
    left_over: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def match(header: Sequence[str], dataset: Dataset) -> Mapping:
    """Find each column by one of its spellings; case, accents, blanks, _ - and ' do not count.

    Raises ContractBroken when a required column is missing or two headers mean one column.
    """
    known = _spellings(dataset)
    positions: dict[str, int] = {}
    for place, name in enumerate(header):
        column = known.get(_folded(name))
        if column is None:
            continue
        if column in positions:
            raise ContractBroken(f"Two headers mean {column}: {header[positions[column]]} and {name}.")
        positions[column] = place
    left_over = tuple(name for name in header if name and _folded(name) not in known)
    missing = [column for column in file_columns(dataset) if column.name not in positions]
    if required := [column for column in missing if column.required or column.expected]:
        raise ContractBroken(
            f"{dataset.name}: missing {_named(required, left_over or header)}.",
            hint="If the publisher renamed a column, add the new name to the headers of the dataset.",
        )
    return Mapping(positions, left_over, tuple(column.name for column in missing))


def file_columns(dataset: Dataset) -> Iterator[Column]:
    """The columns a file may give."""
    return (column for column in dataset.source_columns if column.name != WITHHELD)


def _spellings(dataset: Dataset) -> dict[str, str]:
    known: dict[str, str] = {}
    for column in file_columns(dataset):
        for spelling in (column.name, *column.headers):
            if known.setdefault(_folded(spelling), column.name) != column.name:
                raise BadDeclaration(f"{dataset.name}: {spelling} is declared for two columns.")
    return known


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
