"""Caches follow what is published: views are refreshed in order, readers undisturbed. The work is compiled SQL."""

from collections.abc import Sequence
from typing import Any

from greenroom.db.kernel import Database, rows
from greenroom.model.pack import Pack


def refresh(
    conn: Database, pack: Pack, views: Sequence[str] | None = None, *, force: bool = False
) -> list[dict[str, Any]]:
    """Refresh what has moved, all in the caller's transaction: view, state (refreshed, unchanged), rows, seconds."""
    return rows(conn, pack, "refresh", views=list(views) if views else None, force=force)


def caches(conn: Database, pack: Pack) -> list[str]:
    """The caches of a pack, in the order in which they are refreshed."""
    return [row["view"] for row in rows(conn, pack, "caches")]


def freshness(conn: Database, pack: Pack) -> list[dict[str, Any]]:
    """How old the data of each table are."""
    return rows(conn, pack, "freshness")
