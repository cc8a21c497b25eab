"""Live or hidden: what the app sees."""

from typing import Any

from greenroom.db.kernel import Database, call
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack


def show(conn: Database, pack: Pack, scope_id: int, *, on: bool, by: str, only: str | None = None) -> dict[str, Any]:
    """Show or hide a scope; on also lands its prepared release."""
    if pack.root is None:
        raise UnknownTarget(
            f"Pack {pack.name} has no switch: what is promoted is seen.", hint="Hide nothing, or roll the release back."
        )
    answer: dict[str, Any] = call(conn, pack, "live", scope=scope_id, on=on, only=only, by=by)
    return answer
