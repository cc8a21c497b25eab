"""P, once: the search_path of the database over to the published schemas, and back."""

import json
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from functools import partial
from importlib.resources.abc import Traversable
from itertools import count
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from greenroom import catalog
from greenroom.cli.environment import configured, say, schema_of
from greenroom.cli.session import DryRun, Json, Yes, address, answer, database, table
from greenroom.db.connection import Connection, begin, connect, understood
from greenroom.db.kernel import Database
from greenroom.model.errors import BadSetting, Blocked, SourceMissing
from greenroom.model.pack import Pack
from greenroom.publish import switch as switching
from greenroom.publish import switch_report as reporting
from greenroom.publish.switch import Aftermath, Examined, Query


class Where(StrEnum):
    """Who gets the path."""

    database = "database"
    application = "application"


def switch_over(
    path: Annotated[
        str | None, typer.Option("--path", help="The new search_path; by default that of the installed packs.")
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option("--queries", help="A file of the app's queries; from now on they stand for those registered."),
    ] = None,
    repetitions: Annotated[
        int, typer.Option("--repetitions", min=1, max=100, help="How often each query is timed on either path.")
    ] = 5,
    option: Annotated[
        Where,
        typer.Option("--option", help="database: for everybody; application: what the app's connection must say."),
    ] = Where.database,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write the comparison page.")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Set the database's search_path, with proof before and after; undone by switch-back."""
    is_changing = option is Where.database and not dry_run
    with database(writing=is_changing) as conn:
        wanted, left_out = _wanted(conn, path, yes=yes)
        asked = _queries(conn, queries, keep=is_changing)
        with _page(output) as write:
            examined = switching.examine(
                conn,
                _again,
                wanted,
                asked,
                left_out=left_out,
                roles=configured().app_roles,
                repetitions=repetitions,
                progress=say,
            )
            number: int | None = None
            blocking = [] if yes else examined.blocking()
            if is_changing and not examined.is_switched and not blocking:
                number = switching.switch_over(conn, examined)
            after = switching.aftermath(conn, _again, since=_since(conn, examined) if number is None else None)
            found = switching.as_json(examined) | {
                "switch": number,
                "dry_run": not is_changing,
                "blocking": blocking,
                "after": asdict(after),
            }
            if option is Where.application:
                found["option"] = _application(conn, wanted)
            if number is not None:
                switching.remember(conn, number, after, found)
            found["report"] = write(reporting.render_html(examined, after, switch=number, is_dry_run=not is_changing))
    answer(found, as_json=as_json, text=lambda v: "\n".join(_told(examined, after, v)))
    if blocking and (as_json or not is_changing):
        raise typer.Exit(1)
    if blocking:
        raise Blocked(
            f"{len(blocking)} of {len(examined.compared)} queries would break; nothing was changed.",
            hint="Publish what they need or correct them; --yes switches over all the same.",
            findings=blocking,
        )


def switch_back(
    to: Annotated[
        int | None, typer.Option("--to", help="Before this switch-over; by default before the newest.")
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Set the database's search_path to exactly what it was before a switch-over."""
    with database(writing=not dry_run) as conn:
        taken = switching.switch_back(conn, to, force=yes, dry_run=dry_run)
        after = switching.aftermath(conn, _again)
    found = {"switch": taken.id, "restored": taken.old_value, "dry_run": dry_run, "after": asdict(after)}
    would = "would be " if dry_run else ""
    answer(
        found,
        as_json=as_json,
        text=lambda _: "\n".join(
            [
                f"switch-over {taken.id} of {taken.switched_at:%Y-%m-%d %H:%M} {would}taken back",
                "  search_path: "
                + ("not set, as before" if taken.old_value is None else f"{taken.old_value} (letter by letter)"),
                *([] if dry_run else [*_probed(after), *_sessions(after)]),
            ]
        ),
    )


def _wanted(conn: Database, path: str | None, *, yes: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The new path, and what was left out of a default one because it is not in this database."""
    with begin(conn):
        there = {name for (name,) in conn.execute("select nspname::text from pg_catalog.pg_namespace")}
    if path is None:
        names = tuple(dict.fromkeys(n for pack in _installed(there) for n in _path_of(pack)))
        if not names:
            raise BadSetting(
                "No pack of this database has a path to switch to.", hint='Name one: --path "my_schema, public"'
            )
        return tuple(n for n in names if n in there), tuple(n for n in names if n not in there)
    names = switching.names_of(path)
    missing = [name for name in names if name not in there and name not in ("$user", "pg_catalog", "pg_temp")]
    if not names or (missing and not yes):
        raise BadSetting(
            f"There is no schema {' and none '.join(map(repr, missing))} in this database."
            if missing
            else "A path needs at least one schema.",
            hint="PostgreSQL would pass over it in silence; to have it on the path all the same give --yes."
            if missing
            else 'For example: --path "educational_data, public"',
        )
    return names, ()


def _installed(there: set[str]) -> Iterator[Pack]:
    return (pack for pack in catalog.packs().values() if pack.compiled_schema in there)


def _path_of(pack: Pack) -> Iterator[str]:
    return (schema_of(pack) if name == pack.schema else name for name in pack.search_path)


def _queries(conn: Database, file: Path | None, *, keep: bool) -> tuple[Query, ...]:
    """Those of a file, else those registered, else those that the packs come with."""
    if file is not None:
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceMissing(
                f"The queries cannot be read from {file}: {error}.", hint="Name a file of SQL."
            ) from error
        asked = switching.queries_of(text, file.name)
        if keep:
            switching.register(conn, asked)
        return asked
    known = switching.registered(conn)
    if known:
        return known
    with begin(conn):
        there = {name for (name,) in conn.execute("select nspname::text from pg_catalog.pg_namespace")}
    shipped = [each for pack in _installed(there) for each in _shipped(pack)]
    return tuple(query for each in shipped for query in switching.queries_of(each.read_text("utf-8"), each.name))


def _shipped(pack: Pack) -> list[Traversable]:
    folder = pack.sql_folder().joinpath("consumer")
    return sorted(folder.iterdir(), key=lambda file: file.name) if folder.is_dir() else []


def _again(options: str | None = None) -> Connection:
    """One more connection; with `options`, one that brings them along."""
    dsn = understood(address())
    if options is not None:
        brought = conninfo_to_dict(dsn).get("options")
        dsn = make_conninfo(dsn, options=f"{brought} {options}" if brought else options)
    return connect(dsn, application_name="greenroom probe", statement_timeout_seconds=30, lock_timeout_seconds=5)


def _since(conn: Database, examined: Examined) -> datetime | None:
    """When it was switched, if it was: older sessions may have the path of before."""
    if not examined.is_switched:
        return None
    with begin(conn):
        known = switching.switches(conn, examined.facts.database)
    return next((each.switched_at for each in known if each.state == "over"), None)


def _application(conn: Database, names: tuple[str, ...]) -> dict[str, Any]:
    """Option 2: the words for each driver, and what the address of this run answers to them."""
    options = switching.option_of(names)
    with begin(conn):
        now = switching.look(conn).now
    probe = switching.probed(partial(_again, options), now)
    plain = switching.probed(_again, now)
    works = probe.path is not None and switching.names_of(probe.path) == names
    return {
        "options": options,
        "works": works,
        "refused": probe.refused,
        "path": probe.path,
        "through_pooler": probe.through_pooler,
        # A pooler that hands the process on hands its settings on too.
        "leaks": works and plain.path == probe.path and probe.source == plain.source == "client",
        "node_pg": f"new Pool({{ ...config, options: {json.dumps(options)} }})",
        "psycopg": f"psycopg.connect(DATABASE_URL, options={options!r})",
        "url": f"?options={quote(options, safe='')}",
        "jdbc": f"?currentSchema={quote(switching.path_of(names, ','), safe=',')}",
        "psql": f"PGOPTIONS={shlex.quote(options)}",
    }


@contextmanager
def _page(output: Path | None) -> Iterator[Callable[[str], str]]:
    """A place for the page, opened before anything is changed; removed when nothing came of it."""
    path = output or _place()
    was_there = path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a").close()
    except OSError as error:
        raise SourceMissing(
            f"The page cannot be written to {path}: {error.strerror}.",
            hint="Nothing was changed; name another place with -o.",
        ) from error
    written = False

    def write(page: str) -> str:
        nonlocal written
        path.write_text(page, encoding="utf-8")
        written = True
        return str(path.absolute())

    try:
        yield write
    finally:
        if not written and not was_there:
            path.unlink(missing_ok=True)


def _place() -> Path:
    folder = configured().home / "reports"
    named = f"{time.strftime('%Y%m%d-%H%M%S')}-switch-over"
    return next(
        path
        for number in count(1)
        if not (path := folder / (f"{named}.html" if number == 1 else f"{named}-{number}.html")).exists()
    )


def _told(examined: Examined, after: Aftermath, found: dict[str, Any]) -> Iterator[str]:
    facts = examined.facts
    yield f"{facts.database}: search_path"
    yield f"  before: {examined.before}{'' if facts.value is not None else '  (not set in the database)'}"
    yield f"  after:  {examined.after}"
    if examined.left_out:
        yield f"  left out, no such schema here: {', '.join(examined.left_out)}"
    for schema in examined.schemas:
        if not schema.is_there:
            yield f"  no such schema, passed over in silence: {schema.name}"
        if schema.kept_out:
            yield f"  may not use schema {schema.name}, which is passed over for them: {', '.join(schema.kept_out)}"
    yield from _names(examined)
    for role in examined.overrides:
        where = "this database" if role.only_here else "every database"
        yield f"role {role.role} keeps its own path, set for {where}: {role.path}"
    yield from _compared(examined)
    if "option" in found:
        yield from _options(found["option"])
        yield f"report: {found['report']}"
        return
    if found["switch"] is not None:
        yield f"switched over, number {found['switch']}"
        yield "  undo: greenroom switch-back"
    elif examined.is_switched:
        yield "switched over already; nothing was changed"
    else:
        yield "nothing was changed"
    if not facts.may_alter:
        yield f"  only {facts.owner}, the owner of the database, may switch; this is {facts.role}"
    yield from _probed(after)
    if examined.followers:
        yield f"  not tried, for want of passwords: {', '.join(examined.followers)}"
    if found["switch"] is not None or examined.is_switched:
        yield from _sessions(after)
    else:
        yield f"sessions that would keep the old path until they end: {len(after.sessions)}"
    yield f"report: {found['report']}"


def _names(examined: Examined) -> Iterator[str]:
    for what, words in (
        ("gone", "not found any more"),
        ("other", "mean something else"),
        ("new", "found for the first time"),
    ):
        names = [each for each in examined.meanings if each.what == what]
        if names:
            yield f"names {words}: {len(names)}"
        # What is only found besides is in the page.
        for each in names[:20] if what != "new" else ():
            yield f"  {reporting.visible(reporting.moved(each))}"
        if what != "new" and len(names) > 20:
            yield f"  … and {len(names) - 20} more in the report"


def _compared(examined: Examined) -> Iterator[str]:
    if not examined.compared:
        yield "no query is registered: greenroom switch-over --queries FILE.sql"
        return
    yield table(
        ["query", "rows before", "after", "before", "after", "what"],
        [
            [
                reporting.visible(each.name),
                each.before.rows,
                each.after.rows,
                reporting.milliseconds(each.before.median_ms),
                reporting.milliseconds(each.after.median_ms),
                reporting.in_words(each) + (f", {each.pace}" if each.pace in ("slower", "faster") else ""),
            ]
            for each in examined.compared
        ],
    )


def _probed(after: Aftermath) -> Iterator[str]:
    probe = after.probe
    if probe.refused is not None:
        yield f"a new session could not be opened to look: {probe.refused}"
    elif not probe.is_new:
        yield f"a new connection of {probe.role} has: {probe.path}"
        yield "  this proves nothing: a pooler answered it with a server process that was there before;"
        yield "  PgBouncer's RECONNECT makes it begin new ones"
    else:
        way = ", through a pooler" if probe.through_pooler else ""
        yield f"a new session of {probe.role}{way} has: {probe.path}"
        if probe.source in ("user", "database user", "client"):
            why = "its address brings it along" if probe.source == "client" else "the role has a path of its own"
            yield f"  {why}, which wins over the database's"


def _sessions(after: Aftermath) -> Iterator[str]:
    if not after.sessions:
        yield "no session is older: nobody has the old path"
        return
    yield f"sessions opened earlier, which keep the path they began with: {len(after.sessions)}"
    yield table(
        ["  pid", "application", "role", "from", "since", "state"],
        [
            [
                f"  {each.pid}",
                reporting.visible(each.application),
                each.role,
                each.client,
                each.since.strftime("%Y-%m-%d %H:%M:%S") if each.since else "not to be seen",
                each.state,
            ]
            for each in after.sessions
        ],
    )
    if not after.sees_sessions:
        yield "  since when others' sessions are open is shown to members of pg_read_all_stats only"
    yield "  restart the app; PgBouncer: RECONNECT (else after server_lifetime); one alone: pg_terminate_backend(pid)"


def _options(found: dict[str, Any]) -> Iterator[str]:
    yield "for the app alone, at connecting:"
    for driver in ("node_pg", "psycopg", "url", "jdbc", "psql"):
        yield f"  {driver.replace('_', '-')}: {found[driver]}"
    if found["refused"] is not None:
        yield f"tried on this address: refused: {found['refused']}"
        yield "  a pooler does so; use the direct address, or set it for the database: greenroom switch-over"
    elif not found["works"]:
        yield f"tried on this address: taken and ignored; the session has: {found['path']}"
    elif found["leaks"]:
        yield "tried on this address: it works, and stays behind for other clients of the same pooler"
    else:
        way = " through a pooler" if found["through_pooler"] else ""
        yield f"tried on this address: it works{way}; the session has: {found['path']}"
