"""One dataset in one command, into its own table or into another: import."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from greenroom import catalog, pipeline
from greenroom.catalog import Found
from greenroom.cli.environment import configured, say, schema_of
from greenroom.cli.ground import connecting
from greenroom.cli.publish import promoted
from greenroom.cli.session import DryRun, Json, Period, address, answer, database, fetching
from greenroom.cli.write import Complete, From, in_words, staged_from, told
from greenroom.db import installed
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.dataset import Dataset
from greenroom.model.errors import ContractBroken, DeclarationError, GreenroomError, SourceMissing
from greenroom.model.installation import Installation
from greenroom.model.pack import Pack
from greenroom.run import readers_of
from greenroom.wording import promoted_words
from greenroom.write.fetch import Snapshot


def import_(
    dataset: Annotated[str, typer.Argument(help="The dataset, for example ips_lycees.")],
    schema: Annotated[
        str | None, typer.Option("--schema", help="The schema of the table; another than its own installs it there.")
    ] = None,
    target_table: Annotated[
        str | None, typer.Option("--target-table", help="The table; another than its own is made, if it is not there.")
    ] = None,
    truncate: Annotated[
        bool, typer.Option("--truncate", help="Rows of the file's periods that the file no longer holds leave.")
    ] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="The file: CSV, JSON, XLSX, packed or not.")] = None,
    origin: From = None,
    complete: Complete = None,
    period: Period = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """A whole import in one command: stage, check, promote."""
    if csv and origin:
        raise DeclarationError("--csv and --from both name a source.", hint="Give one of them.")
    pack, declared = catalog.dataset_named(dataset)
    wanted = Installation(pack.name, schema or schema_of(pack), declared.name, target_table or declared.table)
    source = str(csv) if csv else origin
    # --truncate says: the file is whole for the periods it holds
    whole = True if truncate and complete is None else complete
    with database(writing=not dry_run) as conn:
        if declared.derive is not None and (wanted.schema, wanted.table) == (schema_of(pack), declared.table):
            told_of = _made_from(conn, pack, declared, source, only=period, complete=whole, dry_run=dry_run)
            answer(told_of, as_json=as_json, text=_made_words)
            return
        if (wanted.schema, wanted.table) == (schema_of(pack), declared.table):
            with begin(conn):
                found = catalog.one(conn, [declared.group or declared.name])
        else:
            elsewhere = _elsewhere(conn, pack, declared, wanted, dry_run=dry_run)
            if elsewhere is None:
                answer(
                    {"target": wanted.target, "would_install": declared.name},
                    as_json=as_json,
                    text=lambda v: f"{v['target']}: would be installed for {v['would_install']}, then loaded",
                )
                return
            found = elsewhere
        staged = staged_from(conn, found, source, only=period, complete=whole, dry_run=dry_run)
        result: dict[str, Any] = {"staged": [told(s) for s in staged]}
        if not dry_run:
            with _telling(result["staged"]):
                result |= promoted(conn, found, only=period, live=False, by=None, note=f"import {dataset}")
    answer(
        result,
        as_json=as_json,
        text=lambda v: "\n".join([*map(in_words, v["staged"]), *([] if dry_run else [promoted_words(v)])]),
    )


@contextmanager
def _telling(staged: list[dict[str, Any]]) -> Iterator[None]:
    """When the gate says no, say what was staged all the same: it is there to be decided on."""
    try:
        yield
    except GreenroomError:
        for one in staged:
            say(in_words(one, findings=False))
        raise


def _made_from(
    conn: Database, pack: Pack, declared: Dataset, source: str | None, *,
    only: str | None, complete: bool | None, dry_run: bool,
) -> dict[str, Any]:  # fmt: skip
    """A dataset without a file of its own: files go to those it is made from, and what is made follows them."""
    with begin(conn):
        here = catalog.installed_pack(conn, pack.name)
        needed = catalog.needs(here, declared.group or declared.name)
        scopes = [catalog.scope_of(conn, here, catalog.entry(here, g)) for g in catalog.groups(here) if g in needed]
    result: dict[str, Any] = {"staged": [], "released": []}
    for found, snapshot in _shared_out(conn, here, declared, scopes, source):
        where = snapshot.sightings[-1].address if snapshot else "its registered address"
        say(f"{declared.name} has no file of its own: {where} is read as {found.name}, of which it is made")
        staged = staged_from(
            conn, found, None, snapshot.hash if snapshot else None, only=only, complete=complete, dry_run=dry_run
        )
        result["staged"] += [told(s) for s in staged]
        if not dry_run:
            note = f"import {declared.name}"
            with _telling(result["staged"]):
                result["released"].append(promoted(conn, found, only=only, live=False, by=None, note=note))
    with begin(conn):
        row = conn.execute(
            "select coalesce(sum(p.row_count), 0) from greenroom.published as p"
            " join greenroom.scope as c on c.id = p.scope_id where c.pack = %s and p.dataset = %s",
            (here.name, declared.name),
        ).fetchone()
    result["made"] = {"dataset": declared.name, "rows": int(row[0]) if row else 0, "from": [f.name for f in scopes]}
    return result


def _shared_out(
    conn: Database, pack: Pack, declared: Dataset, scopes: list[Found], source: str | None
) -> Iterator[tuple[Found, Snapshot | None]]:
    """Which of the datasets it is made from reads which file, by content; without a file, those with an address."""
    names = ", ".join(found.name for found in scopes)
    if source is None:
        registered = [found for found in scopes if any(s.urls for s in catalog.sources(pack, found.keys[0]))]
        if not registered:
            raise SourceMissing(
                f"{declared.name} is made from {names}, and no address is registered for it.",
                hint="Name a file, a folder or an address with --from.",
            )
        yield from ((found, None) for found in registered)
        return
    given: list[tuple[Found, Snapshot | None]] = []
    for snapshot in pipeline.bring_from(source, pack, fetching()):
        where = snapshot.sightings[-1].address.rsplit("/", 1)[-1]
        candidates = [catalog.entry(pack, found.keys[0]) for found in scopes]
        readers, reason = readers_of(conn, pack, snapshot, candidates, fetching())
        if not readers:
            raise ContractBroken(
                f"{declared.name} is made from {names}; {where} is a file of none of them: {reason}",
                hint=f"See what they are read from with: greenroom catalog {scopes[0].name}",
            )
        given += [(found, snapshot) for found in scopes if catalog.entry(pack, found.keys[0]) in readers]
    # in the order in which one stands on another
    yield from sorted(given, key=lambda pair: scopes.index(pair[0]))


def _made_words(row: dict[str, Any]) -> str:
    made = row["made"]
    counted = f"{made['rows']:,} row{'' if made['rows'] == 1 else 's'}"
    rows = counted if made["rows"] else f"nothing yet; it is made from {', '.join(made['from'])}"
    return "\n".join(
        [*map(in_words, row["staged"]), *map(promoted_words, row["released"]), f"{made['dataset']}: {rows}"]
    )


def _elsewhere(
    conn: Database, pack: Pack, declared: Dataset, wanted: Installation, *, dry_run: bool
) -> Found | None:  # fmt: skip
    """The scope of the other table, installed when it is not yet; None when it only would be."""
    from greenroom.db import compile as compiler
    from greenroom.db.second import install

    if pack.landing != "file" or declared.derive is not None:
        raise DeclarationError(
            f"{declared.name} can only be loaded into {schema_of(pack)}.{declared.table}:"
            f" {'it is made from other datasets' if declared.derive else 'its rows come through the inbox'}.",
            hint="Leave --schema and --target-table out.",
        )
    with begin(conn):
        here = catalog.installed_pack(conn, pack.name)
        is_new = installed.found(conn, wanted) is None
    install(
        connecting(address()),
        here,
        wanted,
        compiler=compiler,
        app_roles=configured().app_roles,
        progress=say,
        dry_run=dry_run and is_new,
    )
    if dry_run and is_new:
        return None
    with begin(conn):
        return catalog.one(conn, [wanted.target])
