"""The review desk, started from the command line."""

import getpass
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom import catalog as catalogue
from greenroom.cli.environment import configured, installed, say
from greenroom.cli.session import address, fetching
from greenroom.model.errors import DatabaseError, DeclarationError

if TYPE_CHECKING:
    from greenroom.db.connection import Connections
    from greenroom.web.ground import Ground, Provider

Port = Annotated[int, typer.Option("--port", help="The port to listen on; 0 takes a free one.", min=0, max=65_535)]
Listen = Annotated[str, typer.Option("--listen", help="The address to listen on; 0.0.0.0 is every one.")]
BehindTls = Annotated[
    bool, typer.Option("--behind-tls", help="A proxy on this machine ends TLS before it: cookies are for https alone.")
]
Open = Annotated[bool, typer.Option("--open", help="Open it in the browser.")]


def desk(
    port: Port = 8765,
    listen: Listen = "127.0.0.1",
    behind_tls: BehindTls = False,
    open_it: Open = False,
) -> None:
    """The review desk in the browser; Ctrl-C ends it."""
    from greenroom.db.connection import Connections, Limits
    from greenroom.web.server import bound

    chosen = configured()
    limits = Limits(chosen.statement_timeout_seconds, chosen.lock_timeout_seconds)
    with (
        closing(Connections(address(), application_name="greenroom desk", limits=limits)) as connections,
        closing(bound(listen, port)) as listening,
    ):
        place = _place(connections)
        say(f"database: {place}")
        real_port = listening.getsockname()[1]
        ground = _ground(connections, place, listen=listen, port=real_port, behind_tls=behind_tls)
        _refuse_a_door_without_keys(ground, listen)
        _run(ground, listening, listen=listen, port=real_port, open_it=open_it)


def _run(ground: "Ground", listening: "object", *, listen: str, port: int, open_it: bool) -> None:
    import socket
    import webbrowser

    from greenroom.web.app import make
    from greenroom.web.server import is_of_this_machine, serve

    assert isinstance(listening, socket.socket)
    app = make(ground)
    base = _base(ground, listen, port)
    link = f"{base}/start/{app.state.sessions.start_link(getpass.getuser())}"

    def ready() -> None:
        print(f"The desk: {base}")
        print(f"Start link, works once, for 15 minutes: {link}", flush=True)
        if not ground.is_secure and not is_of_this_machine(listen):
            say("passwords travel unprotected on this network: put a proxy with TLS before it, and say --behind-tls")
        if open_it:
            webbrowser.open(link)

    # The server has finished what it was answering, and then says so once more.
    with suppress(KeyboardInterrupt):
        serve(app, listening, behind_tls=ground.is_secure, ready=ready)
    print("\nThe desk is closed. Who was signed in still is, when it opens again.", file=sys.stderr)


def _place(connections: "Connections") -> str:
    """Where the database is. Raises DatabaseError when its schema is behind this program."""
    from greenroom.db.connection import begin, name_of
    from greenroom.db.migration import CORE, migration_files

    with connections.one() as conn:
        place = name_of(conn)
        with begin(conn):
            there = conn.execute("select to_regclass('greenroom.migration') is not null").fetchone()
            done = conn.execute("select pack, name from greenroom.migration").fetchall() if there and there[0] else []
    packs = [pack for name, pack in catalogue.packs().items() if any(name == where for where, _ in done)]
    files = {(pack.name, file.name) for pack in (CORE, *packs) for file in migration_files(pack)}
    pending = files - {(where, name) for where, name in done}
    if pending:
        raise DatabaseError(
            f"{place} is not up to date: {len(pending)} migration{'' if len(pending) == 1 else 's'} to run.",
            hint=f"Bring it up to date: greenroom migrate {' '.join(pack.name for pack in packs) or 'exams schools'}",
        )
    return place


def _ground(connections: "Connections", place: str, *, listen: str, port: int, behind_tls: bool) -> "Ground":
    from greenroom.web.ground import Ground

    names = {"127.0.0.1", "localhost", "[::1]", *([] if listen in ("0.0.0.0", "::") else [_host(listen)])}  # noqa: S104
    return Ground(
        connections=connections,
        fetching=fetching(),
        installed=installed,
        place=place,
        hosts=(*(f"{name}:{port}" for name in sorted(names)), *configured().desk_hosts),
        is_secure=behind_tls,
        provider=_provider(),
    )


def _provider() -> "Provider | None":
    from greenroom.web.ground import Provider
    from greenroom.web.oidc import check

    chosen = configured()
    if not chosen.oidc_issuer:
        return None
    provider = Provider(chosen.oidc_issuer, chosen.oidc_client_id or "", chosen.oidc_client_secret or "")
    check(provider)
    return provider


def _base(ground: "Ground", listen: str, port: int) -> str:
    """The address a person types: the first name of the settings behind a proxy, else this machine's."""
    named = configured().desk_hosts
    if ground.is_secure and named:
        return f"https://{named[0]}"
    host = "127.0.0.1" if listen in ("0.0.0.0", "::") else _host(listen)  # noqa: S104
    return f"http://{host}:{port}"


def _host(listen: str) -> str:
    bare = listen.strip("[]").lower()
    return f"[{bare}]" if ":" in bare else bare


def _refuse_a_door_without_keys(ground: "Ground", listen: str) -> None:
    from greenroom.db.connection import begin
    from greenroom.web.people import anybody_has_a_password
    from greenroom.web.server import is_of_this_machine

    if is_of_this_machine(listen) or ground.provider:
        return
    with ground.connections.one() as conn, begin(conn):
        if not anybody_has_a_password(conn):
            raise DeclarationError(
                f"Nobody has a password yet, and {listen} is reached by others than this machine.",
                hint="Run greenroom desk here first, choose a password under your name, and add people.",
            )
