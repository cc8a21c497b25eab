"""Checks a pack may ask for, and what they find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Check:
    """A query put to the units of a batch; it returns the rows that answer badly.

    `query` names a `.sql` file of the pack that selects
    (unit_id, severity, message, row_key, position); it reads `:batch` as the sealed
    rows of the dataset and `:unit` as the units in question. No rows means a pass.
    """

    name: str
    query: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many rows one unit may hold, and how deep a tree may be.

    Fewer rows than `least` blocks; more than `most`, or a depth outside
    `depth_least`..`depth_most`, is a warning for a person to decide. An importer's unit
    with fewer rows than `complete` is sealed as incomplete: it adds and changes, retires
    nothing, and never becomes the current period. A complete period of which a smaller share than
    `overlap` (0 to 1) is known from other periods is a warning: another file, or other codes.
    """

    least: int = 1
    complete: int = 1
    most: int = 10_000_000
    overlap: float = 0.0
    depth_least: int = 1
    depth_most: int = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """A row, or a unit, that answers a check badly."""

    check: str
    severity: Severity
    message: str
    dataset: str = ""
    unit: tuple[str, ...] = ()
    row_key: str | None = None
    position: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The form every face shows."""
        return {
            "check": self.check,
            "severity": self.severity,
            "message": self.message,
            "dataset": self.dataset,
            "unit": list(self.unit),
            "row_key": self.row_key,
            "position": self.position,
        }
