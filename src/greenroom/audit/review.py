"""Decisions on pending units: who, when, why. Bound to hashes, so that what was approved is what lands."""

from datetime import date

from greenroom.db.kernel import Database, call
from greenroom.model.errors import UnknownBatch, UnknownCheck
from greenroom.model.pack import Pack


def approve(conn: Database, pack: Pack, scope_id: int, *, by: str, note: str, only: str | None = None) -> int:
    """Approve the pending units with the findings they have now; errors stay errors."""
    return _decide(conn, pack, scope_id, "approved", by, note, only)


def reject(conn: Database, pack: Pack, scope_id: int, *, by: str, note: str, only: str | None = None) -> int:
    """Reject the pending units; the same content is refused again until somebody approves it."""
    return _decide(conn, pack, scope_id, "rejected", by, note, only)


def waive(
    conn: Database, pack: Pack, scope_id: int, check: str, *, by: str, why: str, until: date, only: str | None = None
) -> int:
    """Set one check aside for the units that it stops now."""
    made: int = call(conn, pack, "waive", scope=scope_id, check=check, by=by, why=why, until=until, only=only)
    if made == 0:
        raise UnknownCheck(f"The check {check} stops nothing here.", hint="See what does with: greenroom check TARGET")
    return made


def _decide(conn: Database, pack: Pack, scope_id: int, verdict: str, by: str, note: str, only: str | None) -> int:
    made: int = call(conn, pack, "decide", scope=scope_id, verdict=verdict, by=by, note=note, only=only)
    if made == 0:
        raise UnknownBatch("Nothing waits for a decision there.")
    return made
