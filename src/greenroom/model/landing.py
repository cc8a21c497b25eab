"""What one document became: rows for the inbox, and what a person must look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenroom.model.check import Finding


@dataclass(frozen=True, slots=True)
class LandedTable:
    """Rows of one landing table; `columns` are name and type, rows tuples in that order."""

    columns: tuple[tuple[str, str], ...]
    rows: Sequence[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """One of the documents that are read together: its bytes, and the address that gave them."""

    content: bytes
    address: str


@dataclass(frozen=True, slots=True)
class Manners:
    """How a source is visited: seconds between two requests, official hosts, and what it gives nobody else.

    `by_hand` tells a person where to get what must be put into the drop folder by hand.
    """

    pause_seconds: float = 1.0
    hosts: tuple[str, ...] = ()
    by_hand: str = ""


@dataclass(frozen=True, slots=True)
class Landing:
    """`tables` by landing name; `only` is the first key part of the units they belong to.

    Without `only` the document is a list of what is offered, and no unit. `unproven` says why the first batch of a
    unit is held for a person whatever its rows say. `main` is the dataset the document is about, `tells` are those
    of which it says all there is: without a row of them, there are none. `reading` is kept with the batch.
    """

    tables: Mapping[str, LandedTable]
    only: str | None
    parser: str
    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    # False for one paper of many: it adds, and what it does not name stays.
    complete: bool = True
    unproven: str = ""
    main: str = ""
    tells: tuple[str, ...] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)
