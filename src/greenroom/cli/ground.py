"""The ground to stand on: the private server, and the packs installed in a database."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from greenroom import catalog as catalogue
from greenroom.cli.environment import configured, installed, say, schema_of
from greenroom.db.connection import Connection, connect


def server() -> Any:
    """The private server of this run's settings."""
    from greenroom.db.server import PrivateServer

    chosen = configured()
    return PrivateServer(chosen.home, chosen.pg_bin, listen=chosen.listen)


def private_server() -> str:
    """The private server's address, started if need be, with both packs brought up to date when it is new."""
    dsn: str = server().start()
    with connect(dsn, application_name="greenroom", statement_timeout_seconds=60, lock_timeout_seconds=5) as conn:
        fresh = conn.execute("select to_regnamespace('greenroom') is null").fetchone()
    if fresh and fresh[0]:
        say("a new private server: installing both packs")
        migrated(dsn, list(catalogue.packs()))
    return dsn


def connecting(dsn: str) -> Callable[[], Connection]:
    """What opens a connection that migrates, or installs a second time."""
    chosen = configured()
    return partial(
        connect,
        dsn,
        application_name="greenroom migrate",
        statement_timeout_seconds=chosen.statement_timeout_seconds,
        lock_timeout_seconds=chosen.lock_timeout_seconds,
    )


def migrated(dsn: str, names: list[str], *, check: bool = False) -> Any:
    """Run the migration of some packs on one database."""
    from greenroom.db import compile as compiler
    from greenroom.db.migrate import migrate as run
    from greenroom.db.second import refresh

    chosen = configured()
    packs = [catalogue.pack_named(name) for name in names]
    outcome = run(
        connecting(dsn),
        packs,
        compiler=compiler,
        schemas={pack.name: schema_of(pack) for pack in packs},
        app_roles=chosen.app_roles,
        check=check,
        progress=say,
    )
    if check:
        return outcome
    here = [installed(pack) for pack in packs]
    told = refresh(connecting(dsn), here, compiler=compiler, app_roles=chosen.app_roles, progress=say)
    return replace(outcome, notes=(*outcome.notes, *told))
