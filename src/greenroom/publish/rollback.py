"""A release that undoes releases: before-images through the same apply."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from greenroom.db.kernel import Database, call
from greenroom.model.errors import UnknownRelease
from greenroom.model.pack import Pack


@dataclass(frozen=True, slots=True)
class Undoing:
    """Which releases of which scope would be undone."""

    pack: str
    scope_id: int
    scope: str
    releases: tuple[int, ...]


def one(conn: Database, release: int) -> Undoing:
    """Undo this release alone."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select r.id, c.id as scope_id, c.pack, c.name from greenroom.release as r"
            " join greenroom.scope as c on c.id = r.scope_id where r.id = %s",
            (release,),
        ).fetchone()
    if row is None:
        raise UnknownRelease(f"There is no release {release}.")
    return Undoing(row["pack"], row["scope_id"], row["name"], (release,))


def back_to(conn: Database, pack: Pack, scope_id: int, scope: str, release: int) -> Undoing:
    """Undo everything in force after this release of the scope; 0 is before the first."""
    known = conn.execute(
        "select count(*) filter (where id = %(release)s), array_agg(id order by id)"
        " filter (where id > %(release)s and state = 'applied' and kind not in ('live', 'rollback'))"
        " from greenroom.release where scope_id = %(scope)s",
        {"release": release, "scope": scope_id},
    ).fetchone()
    assert known is not None
    if release and not known[0]:
        raise UnknownRelease(f"{scope} has no release {release}.")
    if not known[1]:
        raise UnknownRelease(f"Nothing of {scope} is in force after release {release}.")
    return Undoing(pack.name, scope_id, scope, tuple(known[1]))


def rollback(
    conn: Database, pack: Pack, undoing: Undoing, *, by: str, note: str | None = None, key: UUID | None = None
) -> dict[str, Any]:
    """Apply the before-images as a new release; raises Blocked with the names of what stands in the way."""
    answer: dict[str, Any] = call(
        conn, pack, "rollback",
        scope=undoing.scope_id, releases=list(undoing.releases), by=by, note=note, key=key,
    )  # fmt: skip
    return answer
