"""Flat files through the same templates: one of 110 columns, one long; promoted, repeated, rolled back, retyped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from bench.gen import FLATS, Flat, blocks
from bench.ground import Ground, ground, install, value
from bench.measure import Cost, measured
from greenroom.model.check import Bounds
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.pack import Pack

Record = dict[str, Any]

_TYPES = {"entier": "integer", "libelle": "text", "taux": "double precision", "jour": "date", "oui": "boolean"}
_STAMPS = (
    Column("retired_at", "timestamptz", kind="lifecycle"),
    Column("created_at", "timestamptz", kind="stamp"),
    Column("updated_at", "timestamptz", kind="stamp"),
    Column("release_id", "bigint", kind="stamp"),
)


def dataset(name: str, flat: Flat, *, added: bool = False, retyped: bool = False) -> Dataset:
    """The declaration; later with one more column, and with whole numbers that have become long ones."""
    columns = [Column("annee", "integer", required=True), Column("code", required=True)]
    for header in flat.header()[2:]:
        kind = header.split("_")[0]
        whole = "bigint" if retyped and header == "entier_0" else _TYPES[kind]
        columns.append(Column(header, whole, missing=("NS",) if kind in ("entier", "taux") else ()))
    if added:
        columns.append(Column("ajoute", "text"))
    return Dataset(
        name=name,
        table=name,
        unit=("annee",),
        key=("annee", "code"),
        columns=(*columns, *_STAMPS),
        bounds=Bounds(most=2_000_000),
        note="A made-up yearly file.",
    )


def pack_of(size: str, **how: bool) -> Pack:
    """Both datasets as one pack."""
    found = tuple(dataset(name, flat, **how) for name, flat in FLATS[size].items())
    # A folder without SQL of its own: everything is compiled from the declarations.
    return Pack(
        name="bench", schema="bench", package="bench.peers", datasets=found, landing="file", note="Made-up files."
    )


def run(size: str, reps: int, major: int | None) -> Iterator[Record]:
    """One record per measurement."""
    with ground(major=major) as server:
        template = server.make(lambda url: install(url, pack_of(size), make_tables=True))
        for rep in range(reps):
            for name, flat in FLATS[size].items():
                with server.copy_of(template) as database:
                    for step, cost in steps(server, database, name, flat, size):
                        yield {"suite": "flat", "size": size, "rep": rep, "step": f"{name}: {step}", **cost.as_json()}


def steps(server: Ground, database: str, name: str, flat: Flat, size: str) -> Iterator[tuple[str, Cost]]:
    """First, again, one hundredth changed and undone, then with a column more and one of another type."""
    url = server.url(database)
    reader = f"select count(*) from bench.{name} where annee = 2023 and code = 'C0000001'"

    def measure() -> Any:
        return measured(url, server.postmaster, reader=reader)

    def seal(step: str, header: list[str], *, changed: float, is_new: bool = True) -> tuple[str, Cost]:
        with psycopg.connect(url) as connection, measure() as cost:
            scope = value(connection, "select greenroom_bench.scope_id(array[%s])", [name])
            land(connection, header, flat, changed)
            batch = value(connection, f"select greenroom_bench.seal_{name}(%s)", [scope])
            connection.commit()
        assert (batch is not None) is is_new, step
        return f"{step}: land and seal", cost

    def promote(step: str, **expected: int) -> tuple[str, Cost]:
        with psycopg.connect(url) as connection, measure() as cost:
            told = value(connection, "select greenroom_bench.promote(greenroom_bench.scope_id(array[%s]))", [name])
            connection.commit()
        assert isinstance(told, dict)
        assert told[name] == flat.rows, told
        written = told["written"].get(name, {})
        for key, number in expected.items():
            assert written.get(key, 0) == number, (step, told)
        with psycopg.connect(url) as connection:
            assert value(connection, f"select count(*) from bench.{name}") == flat.rows, step
        return f"{step}: promote", cost

    def fingerprint() -> object:
        with psycopg.connect(url) as connection:
            return value(
                connection,
                f"select sum(hashtextextended((t.*)::text, 0)) from (select {columns} from bench.{name}) as t",
            )

    columns = ", ".join(flat.header())
    header = flat.header()
    yield seal("first", header, changed=0)
    yield promote("first", inserted=flat.rows)
    yield seal("again", header, changed=0, is_new=False)
    yield promote("again")
    before = fingerprint()
    yield seal("1 %", header, changed=0.01)
    yield promote("1 %", inserted=0, deleted=0)
    assert fingerprint() != before
    with psycopg.connect(url) as connection, measure() as cost:
        value(
            connection,
            "select greenroom_bench.rollback(greenroom_bench.scope_id(array[%s]), "
            "array[(select max(id) from greenroom.release where state = 'applied')])",
            [name],
        )
        connection.commit()
    assert fingerprint() == before
    yield "1 %: rollback", cost

    # What a migration does to installed tables, then what migrate does: compile again.
    with psycopg.connect(url) as connection:
        connection.execute("drop schema greenroom_bench, preview cascade")
        for each in FLATS[size]:
            for table in (f"bench.{each}", *(f"greenroom.{kind}_{each}" for kind in ("batch", "edited", "prepared"))):
                connection.execute(f"drop trigger if exists greenroom_drift_update on {table}")
                connection.execute(f"alter table {table} add column ajoute text, alter column entier_0 type bigint")
        recompile(connection, pack_of(size, added=True, retyped=True))
    yield seal("column added, one retyped", [*header, "ajoute"], changed=0.01)
    yield promote("column added, one retyped", inserted=0, updated=flat.rows)
    with psycopg.connect(url) as connection:
        assert value(connection, f"select count(*) from bench.{name} where ajoute = 'neuf'") == flat.rows


def recompile(connection: psycopg.Connection, pack: Pack) -> None:
    """Functions and views again, as migrate makes them."""
    from greenroom.db import compile as compiler

    connection.execute("select set_config('search_path', '', true)")
    connection.execute(compiler.pack_sql(pack, pack.schema).encode())


def land(connection: psycopg.Connection, header: list[str], flat: Flat, changed: float) -> None:
    """`pg_temp.landing` as write/put.py leaves it."""
    connection.execute("drop table if exists pg_temp.landing")
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(c)) for c in header)
    connection.execute(
        sql.SQL(
            "create temporary table landing (row_no bigint generated always as identity, {}) on commit drop"
        ).format(columns)
    )
    lines = flat.csv_rows(changed=changed)
    if header[-1] == "ajoute":
        next(lines)
        lines = (line.replace("\n", ",neuf\n") for line in lines)
        first = ",".join(header) + "\n"
    else:
        first = ""
    names = sql.SQL(", ").join(map(sql.Identifier, header))
    command = sql.SQL("copy pg_temp.landing ({}) from stdin with (format csv, header true)").format(names)
    with connection.cursor().copy(command) as copy:
        copy.write(first)
        for block in blocks(lines):
            copy.write(block)
