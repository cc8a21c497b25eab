"""The inbox of one scope, emptied: what is there must have been sealed and promoted."""

from greenroom.db.kernel import Database, call
from greenroom.model.errors import ApprovalVoid, UnknownTarget
from greenroom.model.pack import Pack


def clean(
    conn: Database, pack: Pack, scope_id: int, *, only: str | None, anyway: bool, dry_run: bool
) -> dict[str, int]:
    """Delete the inbox rows of a scope; batches and snapshots stay. Answers how many of each table.

    Refused while the inbox holds something that production does not, unless `anyway`.
    """
    if pack.landing != "inbox":
        raise UnknownTarget(
            f"Pack {pack.name} has no inbox.", hint="Its files land in a temporary table that cleans itself."
        )
    if not anyway and not dry_run and call(conn, pack, "unsealed", scope=scope_id, only=only):
        raise ApprovalVoid(
            "The inbox holds something that has not been promoted.",
            hint="Promote it first, or give --yes to throw it away.",
        )
    counts: dict[str, int] = call(conn, pack, "inbox_count", scope=scope_id, only=only)
    if not dry_run:
        counts = call(conn, pack, "clean", scope=scope_id, only=only)
    return counts
