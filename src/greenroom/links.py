"""Published addresses, asked again politely: a scope enters, what became of its links leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from greenroom.audit import links
from greenroom.catalog import Found
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.landing import Manners
from greenroom.pipeline import Fetching
from greenroom.write import links as look_up
from greenroom.write.fetch import Caller, agent_of

# A page that needs longer is asked again another day.
_LINK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """Published addresses of a scope: how many, how many were asked now and are still due, what is known of each."""

    scope: str
    published: int
    asked: int
    left: int
    links: list[dict[str, Any]]

    @property
    def broken(self) -> int:
        """How many lead nowhere, or to something else."""
        return sum(link["outcome"] in look_up.BROKEN for link in self.links)

    def as_json(self) -> dict[str, Any]:
        """What `greenroom links --json` prints."""
        moments = ("checked_at", "since")
        told = [{k: v.isoformat() if k in moments else v for k, v in link.items()} for link in self.links]
        return {**asdict(self), "links": told, "broken": self.broken}


def check_links(
    conn: Database,
    found: Found,
    fetching: Fetching,
    *,
    only: str | None,
    days: int,
    limit: int | None,
    dry_run: bool,
    say: Callable[[str], None],
) -> LinkCheck:
    """Published addresses, asked again one after the other; what is learned is kept as it comes."""
    with begin(conn):
        published = links.published(conn, found.pack, found.scope_id, only)
        due = links.due(conn, published, days=days, limit=None)
    manners = found.pack.manners(found.keys) if found.pack.manners else Manners()
    # they were published: their hosts may be asked, whoever's they are
    hosts = {host for link in published if (host := _host_of(link.url))}
    gate = fetching.gate.slower(manners.pause_seconds) if fetching.gate else None
    caller = Caller(
        hosts=frozenset({*manners.hosts, *hosts}),
        places=frozenset(fetching.allow_hosts),
        agent=agent_of(fetching.contact),
        deadline_seconds=_LINK_SECONDS,
        gate=gate,
    )
    asked = [] if dry_run else due[:limit]
    for place, link in enumerate(asked, start=1):
        looked = look_up.look(link.url, link.kind, caller)
        say(f"[{place}/{len(asked)}] {looked.outcome}: {link.what}" + (f" ({looked.detail})" if looked.detail else ""))
        with begin(conn):
            links.record(conn, [asdict(looked)])
    with begin(conn):
        return LinkCheck(found.name, len(published), len(asked), len(due) - len(asked), links.standing(conn, published))


def _host_of(address: str) -> str | None:
    """The host of an address; of one that is none (`http://[::1/x`) nothing: whoever asks it is told why."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
