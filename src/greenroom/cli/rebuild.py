"""Production made again from its snapshots, in place or beside: rebuild."""

from typing import Annotated, Any

import typer

from greenroom import catalog
from greenroom.catalog import Found
from greenroom.cli.environment import configured, say
from greenroom.cli.ground import connecting
from greenroom.cli.session import By, DryRun, Json, Target, address, answer, database, fetching, table
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.errors import DeclarationError
from greenroom.model.installation import Installation
from greenroom.model.pack import Pack
from greenroom.publish import refresh as refreshing
from greenroom.rebuild import Copied, Rebuilt, copy, with_needs
from greenroom.rebuild import rebuild as rebuild_all
from greenroom.wording import counted


def rebuild(
    target: Target,
    by: By,
    into: Annotated[
        str | None, typer.Option("--into", help="Make a fresh copy in this schema instead, and compare.")
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Seal every snapshot again that production stands on, check all, promote the difference."""
    with database(writing=not dry_run) as conn:
        with begin(conn):
            found = _in_order(catalog.resolve(conn, target))
        if into is not None:
            _copy(conn, found, into, by=by, dry_run=dry_run, as_json=as_json)
            return
        done = rebuild_all(conn, found, fetching().store, by=by, dry_run=dry_run, say=say)
        if not dry_run and any(one.outcome == "changed" for one in done):
            for pack in {one.pack.name: one.pack for one in found}.values():
                _caches(conn, pack)
    answer(
        [one.as_json() for one in done], as_json=as_json, text=lambda _: "\n".join(_words(one, dry_run) for one in done)
    )
    if any(one.outcome == "kept" for one in done):
        raise typer.Exit(1)


def _in_order(found: list[Found]) -> list[Found]:
    """What others are made from comes first, in whatever order the words were typed."""

    def place(one: Found) -> int:
        groups = list(catalog.groups(one.pack)) if one.pack.landing == "file" else []
        return groups.index(one.keys[0]) if groups else 0

    return sorted(found, key=lambda one: (one.pack.name, place(one)))


def _copy(conn: Database, found: list[Found], schema: str, *, by: str, dry_run: bool, as_json: bool) -> None:
    pack = found[0].pack
    if pack.landing != "file" or pack.copy_of or any(one.pack.name != pack.name for one in found):
        raise DeclarationError(
            "A copy is made of one pack that is read from files.",
            hint="For example: greenroom rebuild schools --into copy",
        )
    with begin(conn):
        everything = [catalog.scope_of(conn, pack, catalog.entry(pack, group)) for group in catalog.groups(pack)]
    wanted = with_needs(found, everything)
    beside = _installed(pack, schema, dry_run=dry_run)
    if dry_run:
        answer(
            {"schema": schema, "would_load": [one.name for one in wanted]},
            as_json=as_json,
            text=lambda v: f"{schema} would hold a copy of {pack.name}; loaded into it: {', '.join(v['would_load'])}",
        )
        return
    copied = copy(conn, wanted, beside, fetching().store, by=by, say=say)
    _caches(conn, beside)
    say(f'to drop the copy: drop schema "{schema}" cascade; then: greenroom migrate {pack.name}')
    answer(copied.as_json(), as_json=as_json, text=lambda _: _compared_words(copied))
    if not copied.is_same:
        raise typer.Exit(1)


def _caches(conn: Database, pack: Pack) -> None:
    """What stands on the tables follows them; what has not moved is left."""
    if pack.landing == "file":
        with begin(conn):
            for cache in refreshing.refresh(conn, pack):
                say(f"{cache['view']}: {cache['state']}, {cache['rows']:,} rows")


def _installed(pack: Pack, schema: str, *, dry_run: bool) -> Pack:
    from greenroom.db import compile as compiler
    from greenroom.db.second import install

    return install(
        connecting(address()),
        pack,
        Installation(pack.name, schema),
        compiler=compiler,
        app_roles=configured().app_roles,
        progress=say,
        dry_run=dry_run,
    )


_OUTCOMES = {
    "same": "as its sources give it",
    "changed": "rebuilt",
    "kept": "kept as it is",
    "verified": "verified against its sealed rows",
}


def _words(one: Rebuilt, dry_run: bool) -> str:
    if not one.tables and one.outcome == "same":
        return f"{one.scope}: {one.why}"
    would = "would be " if dry_run and one.outcome == "changed" else ""
    lines = [f"{one.scope}: {would}{_OUTCOMES[one.outcome]}{f': {one.why}' if one.why else ''}"]
    for each in one.tables:
        moved = f", {', '.join(each.differing)} differed" if each.differing else ", the same"
        rows = f"{each.rows_before} rows" + (f" → {each.rows_after}" if each.rows_after != each.rows_before else "")
        lines.append(f"  {each.table}: {rows}{moved if one.outcome != 'kept' else ''}")
    if one.findings:
        lines.append(f"  {len(one.findings)} findings: {', '.join(sorted({f['check'] for f in one.findings}))}")
    if one.written:
        lines.append(f"  {counted(one.written)}")
    if one.releases:
        lines.append(f"  undo: greenroom rollback {one.releases[-1]}")
    if one.hint:
        lines.append(f"  → {one.hint}")
    return "\n".join(lines)


def _compared_words(copied: Copied) -> str:
    lines = [f"{one.scope}: not loaded: {one.why}" for one in copied.loaded if one.outcome == "kept"]
    rows: list[list[Any]] = [
        [t.table, t.rows, t.copy, t.rows_of_copy, "same" if t.is_same else f"{t.differing} keys differ"]
        for t in copied.tables
    ]
    return "\n".join([*lines, table(["table", "rows", "copy", "rows", "is"], rows)])
