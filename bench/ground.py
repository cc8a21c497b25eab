"""A server of its own, with the schema as `migrate` makes it; databases copied from a filled one."""

from __future__ import annotations

import itertools
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import psycopg
from psycopg import sql

from greenroom.db import compile as compiler
from greenroom.db.binaries import binaries, choose, made_usable, server_account
from greenroom.db.cluster import Cluster, free_port, write_private
from greenroom.db.migration import core_functions
from greenroom.db.server import address
from greenroom.db.throwaway import new_folder
from greenroom.model.pack import Pack

HERE = Path(__file__).parent

# A plain server that keeps its promises; statistics come from what the product does, not from a daemon's luck.
SETTINGS = {
    "cluster_name": "greenroom-bench",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "autovacuum": "off",
    "jit": "on",
}
OWNER = "greenroom_owner"


@dataclass(frozen=True)
class Ground:
    """The running server."""

    cluster: Cluster
    port: int
    password_file: Path
    numbers: Iterator[int]

    @property
    def postmaster(self) -> int:
        return self.cluster.pid() or 0

    def url(self, database: str) -> str:
        return address(self.port, database, self.password_file, user=OWNER)

    def superuser_url(self, database: str = "postgres") -> str:
        return address(self.port, database, self.password_file)

    def make(self, fill: Callable[[str], None] | None = None, template: str | None = None) -> str:
        """A database: filled by a function that gets its URL, or a copy of another."""
        name = f"bench_{next(self.numbers)}"
        made = sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(OWNER))
        if template:
            made += sql.SQL(" template {} strategy file_copy").format(sql.Identifier(template))
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            connection.execute(made)
            if fill:
                fill(self.url(name))
            connection.execute("checkpoint")
        return name

    def drop(self, name: str) -> None:
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    @contextmanager
    def copy_of(self, template: str) -> Iterator[str]:
        """The name of a copy that is gone afterwards."""
        name = self.make(template=template)
        try:
            yield name
        finally:
            self.drop(name)


@contextmanager
def ground(*, settings: dict[str, str] | None = None, major: int | None = None) -> Iterator[Ground]:
    """Start a server, take it away afterwards, also when the bench is told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    account = server_account()
    chosen = next((b for b in binaries() if b.major == major), None) if major else choose(None)
    if chosen is None:
        raise SystemExit(f"needs PostgreSQL {major} on this machine")
    programs = made_usable(chosen, account)
    folder = new_folder()
    cluster = Cluster(programs, account, folder / "data", folder / "server.log")
    write_private(folder / "pgpass", "*:*:*:*:bench\n")
    cluster.make("bench", is_lasting=False)
    port = cluster.start(SETTINGS | (settings or {}), port=free_port())
    running = Ground(cluster, port, folder / "pgpass", itertools.count(1))
    try:
        with psycopg.connect(running.superuser_url(), autocommit=True) as connection:
            connection.execute(f"create role {OWNER} login password 'bench'")
        yield running
    finally:
        cluster.stop()
        with tempfile.TemporaryDirectory() as gone:
            folder.rename(Path(gone) / "server")


def install(url: str, pack: Pack, *, make_tables: bool = False) -> None:
    """Everything `migrate` installs for one pack."""
    core = files("greenroom").joinpath("sql")
    with psycopg.connect(url) as connection:
        connection.execute("select set_config('search_path', '', true)")
        for folder in (core, pack.sql_folder()):
            if folder.joinpath("migrations").is_dir():
                for file in sorted(folder.joinpath("migrations").iterdir(), key=lambda f: f.name):
                    connection.execute(file.read_text(encoding="utf-8").encode())
            if folder is core:
                core_functions(connection)
        if make_tables:
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(pack.schema)))
        for dataset in pack.datasets:
            if make_tables:
                connection.execute(compiler.table_sql(pack, dataset, pack.schema).encode())
            connection.execute(compiler.batch_sql(pack, dataset).encode())
        connection.execute(compiler.pack_sql(pack, pack.schema).encode())


def run_file(connection: psycopg.Connection, name: str) -> None:
    """Run a file of peers/ or sql/."""
    connection.execute((HERE / name).read_text(encoding="utf-8").encode())


def value(connection: psycopg.Connection, query: str, parameters: Sequence[object] = ()) -> object:
    """One cell."""
    row = connection.execute(query.encode(), parameters).fetchone()
    return row[0] if row else None
