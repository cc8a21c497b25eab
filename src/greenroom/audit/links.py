"""Published addresses: which are due to be asked again, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from greenroom.db.kernel import Database, rows
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack

_RECORD = """
insert into greenroom.link as l (url, outcome, status, detail)
select n.url, n.outcome, n.status, nullif(n.detail, '')
from jsonb_to_recordset(%s) as n (url text, outcome text, status integer, detail text)
on conflict (url) do update
set
  outcome = excluded.outcome,
  status = excluded.status,
  detail = excluded.detail,
  checked_at = excluded.checked_at,
  since = case when l.outcome = excluded.outcome then l.since else excluded.since end,
  times = case when l.outcome = excluded.outcome then l.times + 1 else 1 end
"""
_KNOWN = """
select l.url, l.outcome, l.status, l.detail, l.checked_at, l.since, l.times
from greenroom.link as l
where l.url = any (%s)
"""
_DUE = """
select n.url, n.what, n.kind
from jsonb_to_recordset(%s) as n (url text, what text, kind text)
left join greenroom.link as l on l.url = n.url
where l.url is null
  -- nobody could tell: that is asked again at once
  or l.outcome = 'unknown'
  or l.checked_at < now() - make_interval(days => %s)
order by l.checked_at nulls first, n.url
limit %s
"""


@dataclass(frozen=True, slots=True)
class Link:
    """One published address: what it is the address of, and whether a PDF was published there."""

    url: str
    what: str
    kind: str


def published(conn: Database, pack: Pack, scope_id: int, only: str | None) -> list[Link]:
    """The addresses that the app is given."""
    if not pack.gives_links:
        raise UnknownTarget(f"{pack.name} publishes no addresses.", hint='For example "AQA GCSE".')
    return [Link(**row) for row in rows(conn, pack, "links", scope=scope_id, only=only)]


def due(conn: Database, links: Sequence[Link], *, days: int, limit: int | None) -> list[Link]:
    """Those nobody has asked for so many days, the longest unasked first."""
    with conn.cursor(row_factory=class_row(Link)) as cursor:
        return cursor.execute(_DUE, (Jsonb([asdict(link) for link in links]), days, limit)).fetchall()


def record(conn: Database, looks: Sequence[dict[str, Any]]) -> None:
    """Write down what some addresses answered."""
    conn.execute(_RECORD, (Jsonb(list(looks)),))


def standing(conn: Database, links: Sequence[Link]) -> list[dict[str, Any]]:
    """What is known of each address, whenever it was asked; `what` says what it is the address of."""
    what = {link.url: link.what for link in links}
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_KNOWN, (list(what),)).fetchall()
    return sorted(({"what": what[row["url"]], **row} for row in found), key=lambda row: (row["outcome"], row["what"]))
