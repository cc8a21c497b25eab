"""What one document became: rows for the inbox, and what a person must look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from greenroom.model.check import Finding


@dataclass(frozen=True, slots=True)
class LandedTable:
    """Rows of one landing table; `columns` are name and type, rows tuples in that order."""

    columns: tuple[tuple[str, str], ...]
    rows: Sequence[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Landing:
    """`tables` by landing name; `only` is the first key part of the units they belong to."""

    tables: Mapping[str, LandedTable]
    only: str
    parser: str
    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    # False for one paper of many: it adds, and what it does not name stays.
    complete: bool = True
