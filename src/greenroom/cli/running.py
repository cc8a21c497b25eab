"""A run over a pack of files: several sources at a time, ending with a saved account."""

import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import typer

from greenroom import catalog
from greenroom.audit import check as checking
from greenroom.catalog import Found
from greenroom.cli.environment import configured, installed, say
from greenroom.cli.session import address, answer, connection, fetching
from greenroom.db.connection import begin
from greenroom.db.connection import name_of as database_of
from greenroom.model.errors import SourceMissing
from greenroom.model.pack import Pack
from greenroom.run import Account, Outcome, Runner, Wishes, name_of, run


def run_pack(found: list[Found], origin: str | None, wishes: Wishes) -> Account:
    """Run these scopes of one pack; progress to standard error."""
    dsn = address()
    with connection(dsn) as conn:
        database = database_of(conn)
    tools = Runner(lambda: connection(dsn), fetching(), say, lambda conn, one: str(save_report(conn, one, None)))
    pack: Pack = found[0].pack
    named = {one.keys[0] for one in found}
    return run(pack, [group for group in catalog.groups(pack) if group in named], origin, wishes, tools, database)


def tell(accounts: list[Account], *, as_json: bool, dry_run: bool = False) -> None:
    """The answer of a run, and its exit code: 0 only when nothing failed, is held or is missing."""
    told = []
    for account in accounts:
        page = None if dry_run else save_account(account)
        told.append(account.as_json() | ({"report": str(page)} if page else {}))
    answer(told[0] if len(told) == 1 else told, as_json=as_json, text=lambda _: "\n".join(map(_words, accounts)))
    for row in told:
        if "report" in row:
            say(f"report: {row['report']}")
    only = [outcome for account in accounts for outcome in account.outcomes]
    errors = [outcome.error for outcome in only if outcome.error is not None]
    if len(only) == 1 and errors:
        if as_json:
            # the account says it all
            raise typer.Exit(errors[0].exit_code)
        raise errors[0]
    if not all(account.is_whole for account in accounts):
        raise typer.Exit(1)


def save_report(conn: Any, found: Found, only: str | None) -> Path:
    """The page on what waits in a scope, into the home's folder of reports."""
    from greenroom.audit import report as reporting

    with begin(conn):
        units = checking.pending(conn, found.pack, found.scope_id, only)
    page = reporting.render_html(reporting.gather(conn, installed(found.pack), found.scope_id, units))
    return _saved(page, found.name)


def save_account(account: Account) -> Path:
    """The page of a run, beside the reports."""
    from greenroom.audit.account import render_html

    return _saved(render_html(account.as_json()), f"run-{account.pack}")


def _saved(page: str, name: str) -> Path:
    folder = configured().home / "reports"
    named = f"{time.strftime('%Y%m%d-%H%M%S')}-{name.replace(' ', '-').lower()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            path = folder / (f"{named}.html" if number == 1 else f"{named}-{number}.html")
            with suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
                file.write(page)
                return path
    except OSError as error:
        raise SourceMissing(
            f"What was staged stands, but its report cannot be written to {folder}: {error.strerror}.",
            hint="Name a folder that can be written with GREENROOM_HOME, or: greenroom report TARGET -o FILE.",
        ) from error
    raise AssertionError


def _words(account: Account) -> str:
    lines = [f"{account.pack}: {account.headline()}"]
    for outcome in account.outcomes:
        if outcome.state in ("held", "failed", "stopped"):
            lines.append(f"  {outcome.name}: {outcome.state}: {outcome.message}")
            lines += [f"    {f.get('severity')}: {f.get('check')}  {f.get('message')}" for f in outcome.findings[:5]]
            if outcome.hint:
                lines.append(f"    → {outcome.hint}")
            if outcome.report:
                lines.append(f"    report: {outcome.report}")
        if outcome.state == "missing" and not outcome.beside:
            kind = "optional" if outcome.optional else "expected"
            lines.append(f"  {outcome.name}: missing, {kind}: {outcome.hint or 'nobody says where it is to be had'}")
        lines += _undo(outcome)
    for where, why in account.strange:
        lines.append(f"  not recognised: {name_of(where)}: {why}")
    return "\n".join(lines)


def _undo(outcome: Outcome) -> list[str]:
    return [f"  {outcome.name}: undo: greenroom rollback {release}" for release in outcome.releases]
