"""One transaction, one release. The work is compiled SQL; every face goes through it."""

from typing import Any
from uuid import UUID

from greenroom.db.kernel import Database, call, rows
from greenroom.model.pack import Pack


def promote(
    conn: Database,
    pack: Pack,
    scope_id: int,
    *,
    only: str | None = None,
    live: bool = False,
    by: str,
    note: str | None = None,
    key: UUID | None = None,
) -> dict[str, Any]:
    """Promote the pending units: all of them or none; raises Blocked with the findings.

    `key` settles a connection lost at commit: the same call again answers the same release.
    """
    answer: dict[str, Any] = call(
        conn, pack, "promote", scope=scope_id, only=only, live=live, by=by, note=note, key=key
    )
    return answer


def drifted(conn: Database, pack: Pack, scope_id: int) -> list[dict[str, Any]]:
    """Source columns changed by another hand since the last release."""
    return rows(conn, pack, "drifted", scope=scope_id)


def settle_drift(
    conn: Database, pack: Pack, scope_id: int, *, adopt: bool, by: str, note: str | None
) -> dict[str, Any]:
    """Adopt hand-made changes as a release, or take them back by one."""
    answer: dict[str, Any] = call(conn, pack, "settle_drift", scope=scope_id, adopt=adopt, by=by, note=note)
    return answer
