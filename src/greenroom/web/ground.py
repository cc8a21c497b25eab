"""What the desk stands on: connections, packs, snapshots, and who is asking. Built once by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum

from greenroom import catalog
from greenroom.catalog import Found
from greenroom.db.connection import Connection, Connections, begin
from greenroom.db.kernel import Database
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack
from greenroom.pipeline import Fetching


class Role(IntEnum):
    """What a person may do; each may also do what the ones before may."""

    viewer = 1
    editor = 2
    approver = 3
    admin = 4


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking. `name` is written into the ledger with what they do."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Provider:
    """Somebody else who keeps accounts (OpenID Connect)."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Everything outside a request, from the settings of whoever started the desk."""

    connections: Connections
    fetching: Fetching
    # A pack as this database has it installed.
    installed: Callable[[Pack], Pack]
    # Where the database is, without its password: shown on every page.
    place: str
    # Addresses the desk may be asked under, as host (any port) or host:port.
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    # Whether a browser speaks to it through TLS: cookies are then for TLS alone.
    is_secure: bool = False
    # Who else may say who somebody is.
    provider: Provider | None = None


@dataclass(frozen=True)
class Desk:
    """One request: who asks, on which ground."""

    ground: Ground
    person: Person
    # Sent back by every form and script of this session; what lacks it changes nothing.
    csrf: str = field(repr=False, default="")

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """A connection, no transaction open: for what opens its own."""
        with self.ground.connections.one(self.person.name) as conn:
            yield conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction, for what only looks."""
        with self.ground.connections.one(self.person.name) as conn, begin(conn):
            yield conn

    def packs(self, conn: Database) -> list[Pack]:
        """The packs of this database as it has them; none in a database that holds nothing of ours."""
        try:
            return [self.ground.installed(pack) for pack in catalog.installed_packs(conn)]
        except UnknownTarget:
            return []

    def scope(self, conn: Database, scope_id: int) -> Found:
        """A scope by its number, with its pack as this database has it. Raises UnknownTarget."""
        row = conn.execute(
            "select c.pack, c.name, c.keys from greenroom.scope as c where c.id = %s", (scope_id,)
        ).fetchone()
        if row is None:
            raise UnknownTarget(f"There is no scope {scope_id}.", hint="See what there is on the overview.")
        pack = self.ground.installed(catalog.installed_pack(conn, row[0]))
        return Found(pack, scope_id, row[1], tuple(row[2]))
