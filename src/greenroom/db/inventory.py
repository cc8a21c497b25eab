"""What stands in a database, and what of it is ours: a connection enters, objects and their digests leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from importlib.resources import files
from typing import Literal, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

Database = psycopg.Connection[TupleRow]
Origin = Literal["lasting", "compiled", "adopted"]

RELATIONS = ("table", "view", "materialized view", "sequence", "foreign table")
ROUTINES = ("function", "procedure", "aggregate")


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One object of a database; a routine's name carries its argument types."""

    schema: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.schema}.{self.name}" if self.kind not in ("schema", "extension") else self.short

    @property
    def short(self) -> str:
        """Without the schema, for lists that are ordered by it."""
        return f"{self.kind} {self.name}"

    @property
    def collides_as(self) -> tuple[str, str, str]:
        """Two objects of which this is equal cannot stand side by side."""
        if self.kind in ROUTINES:
            return ("routine", self.schema, self.name.partition("(")[0])
        return (
            "relation or type" if self.kind in (*RELATIONS, "type", "domain") else self.kind,
            self.schema,
            self.name,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the catalogue keeps an object, and a hash of everything it says about it."""

    address: tuple[int, int]
    digest: str
    is_ours_now: bool


@dataclass(frozen=True, slots=True)
class Owned:
    """By which pack an object was made, and how long it stays."""

    pack: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Dependence:
    """`dependent` stands on `on`; the catalogue's own words tell it to a person."""

    on: tuple[int, int]
    dependent: tuple[int, int]
    description: str


def statement(name: str) -> str:
    """The text of one of the queries beside the migrations."""
    return files("greenroom").joinpath("sql", "migrate", f"{name}.sql").read_text("utf-8")


def objects(connection: Database) -> dict[Item, Seen]:
    """Everything outside the system's schemas. Wants an empty search path, and a transaction with a number."""
    return {
        Item(schema, kind, name): Seen((catalog, oid), digest, is_ours_now)
        for kind, schema, name, catalog, oid, digest, is_ours_now in connection.execute(statement("objects"))
    }


def owned(connection: Database) -> dict[Item, Owned]:
    """What the ledger says we made or took over; nothing where there is no ledger yet."""
    if not is_there(connection, "greenroom", "made"):
        return {}
    rows = connection.execute("select schema, kind, name, pack, origin from greenroom.made")
    return {Item(schema, kind, name): Owned(pack, origin) for schema, kind, name, pack, origin in rows}


def own(connection: Database, pack: str, origin: Origin, items: Iterable[Item]) -> None:
    """Write into the ledger that these are ours; `adopt` does so for what it takes over."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into greenroom.made (pack, origin, kind, schema, name) values (%s, %s, %s, %s, %s)"
            " on conflict (kind, schema, name) do update set pack = excluded.pack, origin = excluded.origin",
            [(pack, origin, item.kind, item.schema, item.name) for item in items],
        )


def disown(connection: Database, items: Iterable[Item]) -> None:
    """Take what is gone out of the ledger."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "delete from greenroom.made where (kind, schema, name) = (%s, %s, %s)",
            [(item.kind, item.schema, item.name) for item in items],
        )


def is_there(connection: Database, schema: str, relation: str) -> bool:
    """Whether a table or view of this name exists."""
    return bool(columns(connection, schema, relation))


def columns(connection: Database, schema: str, table: str) -> dict[str, str]:
    """Name and type of each column, in order; empty when there is no such table."""
    rows = connection.execute(statement("columns"), {"schema": schema, "table": table})
    return {name: type_ for name, type_ in rows}


def dependences(connection: Database, addresses: Sequence[tuple[int, int]]) -> list[Dependence]:
    """What stands on these objects, directly."""
    rows = connection.execute(
        statement("dependents"), {"catalogs": [c for c, _ in addresses], "oids": [o for _, o in addresses]}
    )
    return [
        Dependence((on_catalog, on_oid), (catalog, oid), f"{description} stands on {stands_on}")
        for on_catalog, on_oid, catalog, oid, description, stands_on in rows
    ]


def drop_order(items: Mapping[tuple[int, int], Item], links: Iterable[Dependence]) -> list[Item]:
    """The items so that each comes before what it stands on."""
    sorter = TopologicalSorter[tuple[int, int]]({address: () for address in items})
    for link in links:
        if link.on in items and link.dependent in items:
            sorter.add(link.on, link.dependent)
    return [items[address] for address in sorter.static_order()]


def drop_statement(item: Item) -> sql.Composable:
    """Never `cascade`: what stands on it is a refusal."""
    if item.kind in ROUTINES:
        name, _, arguments = item.name.partition("(")
        # The arguments come from the catalogue, which has quoted them.
        return sql.SQL("drop routine {}.{}({};").format(
            sql.Identifier(item.schema), sql.Identifier(name), sql.SQL(arguments)
        )
    return sql.SQL("drop {} {}.{};").format(
        sql.SQL(_DROPPABLE[item.kind]), sql.Identifier(item.schema), sql.Identifier(item.name)
    )


_DROPPABLE: Mapping[str, LiteralString] = {"view": "view", "type": "type", "domain": "domain"}
