"""What every verb needs: its options, the database, results in two forms."""

import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from greenroom.cli.environment import configured, say
from greenroom.cli.ground import private_server
from greenroom.db.connection import Connection, connect, name_of
from greenroom.pipeline import Fetching
from greenroom.write.fetch import Store
from greenroom.write.manners import Gate

Target = Annotated[list[str], typer.Argument(help='What to work on: "WJEC A-Level", AQA, ips_lycees, exams, schools.')]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Subject = Annotated[str | None, typer.Option("--subject", help="Only this subject code.")]
Period = Annotated[str | None, typer.Option("--period", help="Only this period, for example 2024-2025.")]
Departement = Annotated[
    str | None,
    typer.Option("--departement", help="Only this département, where a dataset comes by département: 35, 2A."),
]
By = Annotated[str, typer.Option("--by", help="Who decides; recorded.", default_factory=getpass.getuser)]
Note = Annotated[str | None, typer.Option("--note", help="Why; recorded.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@contextmanager
def database(*, writing: bool = False) -> Iterator[Connection]:
    """The database of this run: DATABASE_URL, else the private server; a writing verb names it first and last."""
    chosen = configured()
    conn = connect(
        address(),
        application_name="greenroom",
        statement_timeout_seconds=chosen.statement_timeout_seconds,
        lock_timeout_seconds=chosen.lock_timeout_seconds,
    )
    conn.person = _person()
    name = name_of(conn)
    with conn:
        if writing:
            say(f"database: {name}")
        try:
            yield conn
        finally:
            if writing:
                say(f"database: {name}")


@contextmanager
def connection(dsn: str) -> Iterator[Connection]:
    """One more connection to the database of this run, for work beside others."""
    chosen = configured()
    with connect(
        dsn,
        application_name="greenroom",
        statement_timeout_seconds=chosen.statement_timeout_seconds,
        lock_timeout_seconds=chosen.lock_timeout_seconds,
    ) as conn:
        conn.person = _person()
        yield conn


def _person() -> str:
    """Who types, for the ledger; nobody where the machine does not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def address() -> str:
    """Where the database is; starts the private server when there is no DATABASE_URL, with both packs in it."""
    chosen = configured()
    if chosen.database_url:
        return chosen.database_url
    return private_server()


def fetching() -> Fetching:
    """The snapshot store and what may be fetched."""
    chosen = configured()
    gate = Gate(chosen.home / "manners", pauses=chosen.pause_seconds, per_host=chosen.per_host)
    return Fetching(
        Store(chosen.store), chosen.allow_hosts, chosen.contact, lambda: connection(address()), gate, chosen.home
    )


def answer(value: Any, *, as_json: bool, text: Callable[[Any], str]) -> None:
    """A result, to standard output: JSON or lines."""
    print(json.dumps(value, ensure_ascii=False, default=str) if as_json else text(value))


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns aligned with blanks, so that it can be read and cut."""
    texts = [[("" if cell is None else str(cell)) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[n]) for row in texts) for n in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts]
    return "\n".join(lines)
