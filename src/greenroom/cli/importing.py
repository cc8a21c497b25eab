"""One dataset in one command, into its own table or into another: import."""

from pathlib import Path
from typing import Annotated, Any

import typer

from greenroom import catalog
from greenroom.catalog import Found
from greenroom.cli.environment import configured, say, schema_of
from greenroom.cli.ground import connecting
from greenroom.cli.publish import promoted, promoted_words
from greenroom.cli.session import DryRun, Json, Period, address, answer, database
from greenroom.cli.write import Complete, From, in_words, staged_from, told
from greenroom.db import installed
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.dataset import Dataset
from greenroom.model.errors import DeclarationError, GreenroomError
from greenroom.model.installation import Installation
from greenroom.model.pack import Pack


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
    with database(writing=not dry_run) as conn:
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
        # --truncate says: the file is whole for the periods it holds
        whole = True if truncate and complete is None else complete
        staged = staged_from(conn, found, str(csv) if csv else origin, only=period, complete=whole, dry_run=dry_run)
        result: dict[str, Any] = {"staged": [told(s) for s in staged]}
        if not dry_run:
            try:
                result |= promoted(conn, found, only=period, live=False, by=None, note=f"import {dataset}")
            except GreenroomError:
                # what was staged is there to be decided on
                for one in result["staged"]:
                    say(in_words(one, findings=False))
                raise
    answer(
        result,
        as_json=as_json,
        text=lambda v: "\n".join([*map(in_words, v["staged"]), *([] if dry_run else [promoted_words(v)])]),
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
