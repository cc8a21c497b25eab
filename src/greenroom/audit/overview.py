"""The ledger -> where each scope stands: what waits, what is live, what was released, what to type next."""

from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from greenroom.db.kernel import Database, call
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack


def status(conn: Database, pack: Pack, scope_id: int, scope: str, *, with_inbox: bool = True) -> dict[str, Any]:
    """One scope: inbox, units by state, prepared release, last release, next command.

    Reading the inbox takes most of the time; where units wait, what is next does not hang on it.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select"
            " (select coalesce(jsonb_object_agg(s.state, s.n), '{}') from (select u.state, count(*) as n"
            "   from greenroom.unit as u where u.scope_id = %(scope)s group by 1) as s) as units,"
            " (select r.id from greenroom.release as r where r.scope_id = %(scope)s"
            "   and r.state = 'prepared') as prepared,"
            " (select max(r.id) from greenroom.release as r where r.scope_id = %(scope)s and r.state = 'applied'"
            "   and r.kind <> 'live') as release,"
            " (select coalesce(jsonb_object_agg(p.dataset, p.n), '{}') from (select p.dataset, sum(p.row_count) as n"
            "   from greenroom.published as p where p.scope_id = %(scope)s group by 1) as p) as published",
            {"scope": scope_id},
        ).fetchone()
    if row is None:
        raise UnknownTarget(f"There is no scope {scope}.")
    has_inbox = with_inbox and pack.landing == "inbox"
    inbox = call(conn, pack, "inbox_count", scope=scope_id, only=None) if has_inbox else {}
    unsealed = bool(
        has_inbox and any(inbox.values()) and call(conn, pack, "unsealed", scope=scope_id, only=None, or_pending=True)
    )
    drift = conn.execute(
        sql.SQL("select count(*) from {}(p_scope => %s)").format(sql.Identifier(pack.compiled_schema, "drifted")),
        (scope_id,),
    ).fetchone()
    state: dict[str, Any] = {
        "scope": scope,
        "inbox": inbox,
        "unsealed": unsealed,
        **row,
        "drift": drift[0] if drift else 0,
        **visibility(conn, pack, scope_id),
    }
    return state | {"next": _next(state)}


def _next(state: dict[str, Any]) -> str:
    scope = f'"{state["scope"]}"'
    if state["drift"]:
        return f"greenroom drift {scope}"
    if state["units"].get("held"):
        return f"greenroom report {scope}"
    if state["prepared"]:
        return f"greenroom live {scope} on"
    if state["units"].get("ready") or state["units"].get("sealed"):
        return f"greenroom promote {scope}"
    if state["unsealed"]:
        return f"greenroom seal {scope}"
    if state["rows"] and not state["live"]:
        return f"greenroom live {scope} on"
    return "nothing to do"


def visibility(conn: Database, pack: Pack, scope_id: int) -> dict[str, Any]:
    """How many subjects of a scope the app sees; without a switch, all of them."""
    prepared = conn.execute(
        "select r.id from greenroom.release as r where r.scope_id = %s and r.state = 'prepared'", (scope_id,)
    ).fetchone()
    held = prepared[0] if prepared else None
    if pack.root is None or pack.root.live is None:
        # A table of the current period repeats rows of the table of all periods; they count once.
        current = [d.name for d in pack.datasets if d.current_of is not None]
        row = conn.execute(
            "select coalesce(sum(row_count), 0) from greenroom.published where scope_id = %s and dataset <> all (%s)",
            (scope_id, current),
        ).fetchone()
        rows = int(row[0]) if row else 0
        return {"rows": rows, "live": rows, "prepared": held}
    shown = call(conn, pack, "shown", scope=scope_id)
    return {"rows": shown["rows"], "live": shown["live"], "prepared": held}


def releases(conn: Database, scopes: list[int] | None) -> list[dict[str, Any]]:
    """Releases, newest first, of some scopes or of all."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select r.id, c.name as scope, r.kind, r.state, r.made_at, r.made_by, r.note, r.counts, r.undoes"
            " from greenroom.release as r join greenroom.scope as c on c.id = r.scope_id"
            " where %(scopes)s::integer[] is null or r.scope_id = any (%(scopes)s) order by r.id desc",
            {"scopes": scopes},
        ).fetchall()
