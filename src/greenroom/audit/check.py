"""Batch -> findings. Pure queries, compiled from the declarations; storing them is a separate step."""

from typing import Any

from greenroom.db.kernel import Database, call, rows
from greenroom.model.check import Finding
from greenroom.model.pack import Pack


def findings(conn: Database, pack: Pack, units: list[int]) -> list[Finding]:
    """What the checks find on these units, waived ones left out. Writes nothing."""
    return [
        Finding(
            check=row["check_name"],
            severity=row["severity"],
            message=row["message"],
            dataset=row["dataset"],
            unit=tuple(row["unit_key"]),
            row_key=row["row_key"],
            position=row["position"],
        )
        for row in rows(conn, pack, "findings", units=units)
        if not row["waived"]
    ]


def record(conn: Database, pack: Pack, units: list[int]) -> list[dict[str, Any]]:
    """Store findings and states; answers what stops the units at the gate, empty when nothing does."""
    stopping: list[dict[str, Any]] = call(conn, pack, "record_findings", units=units)
    return stopping


def stopping(conn: Database, pack: Pack, units: list[int]) -> list[dict[str, Any]]:
    """What stops the units at the gate, without storing anything."""
    found: list[dict[str, Any]] = call(conn, pack, "gate", units=units)
    return found


def pending(conn: Database, pack: Pack, scope_id: int, only: str | None = None) -> list[int]:
    """Units of the scope that wait to be promoted."""
    units: list[int] = call(conn, pack, "pending", scope=scope_id, only=only)
    return units
