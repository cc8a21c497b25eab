"""Releases in the order in which they landed: a scope enters, its releases leave; so does what each of them did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.rows import class_row

from greenroom.db.kernel import Database
from greenroom.db.queries import query_of
from greenroom.model.errors import UnknownRelease
from greenroom.wording import release_words

Kind = Literal["promote", "rollback", "live", "adopt", "revert"]
State = Literal["prepared", "stale", "withdrawn", "applied", "rolled back"]

# What fits a page, and a feed.
PAGE = 50

_KINDS: dict[str, str] = {
    "promote": "promotion",
    "rollback": "undoing",
    "live": "switch",
    "adopt": "hand-made changes kept",
    "revert": "hand-made changes taken back",
}


@dataclass(frozen=True, slots=True)
class Release:
    """One release. `undone_by` is the undoing that is in force; `before` the one that had landed before it, 0 for none.

    A prepared release has landed nowhere yet: `made_at` is then when it was made.
    """

    id: int
    scope_id: int
    pack: str
    scope: str
    kind: Kind
    state: State
    made_at: datetime
    made_by: str
    note: str | None
    counts: dict[str, Any]
    undoes: list[int] | None
    undone_by: int | None
    before: int
    units: int

    @property
    def has_landed(self) -> bool:
        """Whether production ever was what it says."""
        return self.state in ("applied", "rolled back")

    @property
    def has_rows(self) -> bool:
        """Whether it changed source columns: a switch changes none, and a taking-back leaves what was there."""
        return self.has_landed and self.kind not in ("live", "revert")

    @property
    def can_be_undone(self) -> bool:
        """Whether an undoing may be asked for; later releases may still stand in its way."""
        return self.state == "applied" and self.kind not in ("live", "revert")

    @property
    def kind_words(self) -> str:
        """What it was."""
        return _KINDS[self.kind]

    @property
    def words(self) -> str:
        """What it did, in one line."""
        return release_words({"kind": self.kind, "counts": self.counts, "undoes": self.undoes})


@dataclass(frozen=True, slots=True)
class Touched:
    """One unit that a release touched, with how many rows it was made from."""

    unit_id: int | None
    dataset: str
    key: list[str]
    name: str | None
    rows: int | None
    complete: bool
    is_new: bool
    is_same: bool


def listed(
    conn: Database, scopes: Sequence[int] | None = None, *, older_than: int | None = None, limit: int = PAGE
) -> list[Release]:
    """Releases, the last to land first, of some scopes or of all; `older_than` is the last of the page before."""
    return _releases(conn, scopes, older_than, None, limit)


def one(conn: Database, release: int) -> Release:
    """One release. Raises UnknownRelease."""
    found = _releases(conn, None, None, release, 1)
    if not found:
        raise UnknownRelease(f"There is no release {release}.")
    return found[0]


def touched(conn: Database, release: int) -> list[Touched]:
    """The units of a release, in order."""
    with conn.cursor(row_factory=class_row(Touched)) as cursor:
        return cursor.execute(query_of("publish/touched"), {"release": release}).fetchall()


def _releases(
    conn: Database, scopes: Sequence[int] | None, older_than: int | None, release: int | None, limit: int
) -> list[Release]:
    with conn.cursor(row_factory=class_row(Release)) as cursor:
        return cursor.execute(
            query_of("publish/releases"),
            {
                "scopes": list(scopes) if scopes is not None else None,
                "older_than": older_than,
                "release": release,
                "limit": limit,
            },
        ).fetchall()
