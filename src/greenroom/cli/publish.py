"""P: promote, live, rollback, drift, releases."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from greenroom import catalog, pipeline, wording
from greenroom.audit import check as checking
from greenroom.catalog import Found
from greenroom.cli.environment import installed, say
from greenroom.cli.session import (
    By,
    Departement,
    DryRun,
    Json,
    Note,
    Period,
    Subject,
    Target,
    Yes,
    answer,
    database,
    table,
)
from greenroom.db.connection import begin
from greenroom.model.errors import DeclarationError, GreenroomError, SourceMissing
from greenroom.publish import promote as promotion
from greenroom.publish import rollback as undoing
from greenroom.wording import promoted_words, release_words, switched_words, undone_words, visible_words

Live = Annotated[bool, typer.Option("--live", help="Also show it in the app, and land changes to what is live.")]


def promote(
    target: Target,
    by: By,
    subject: Subject = None,
    period: Period = None,
    departement: Departement = None,
    live: Live = False,
    dump: Annotated[
        Path | None, typer.Option("--dump", help="Also write the before-image of what changes to this file.")
    ] = None,
    note: Note = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Check and promote: one transaction, one release, undone by one command."""
    only = subject or departement or period
    with database(writing=not dry_run) as conn:
        with begin(conn):
            found = catalog.resolve(conn, target)
        if dry_run:
            _plan(conn, found, only, as_json=as_json)
            return
        results: list[dict[str, Any]] = []
        with _dumping(conn, dump) as releases:
            for one in found:
                try:
                    results.append(promoted(conn, one, only=only, live=live, by=by, note=note))
                except GreenroomError:
                    # what stands is told, with its undoing, before what was refused
                    for done in results:
                        say(promoted_words(done))
                    raise
                if results[-1]["written"]:
                    releases.append(results[-1]["release"])
    answer(
        results if len(results) > 1 else results[0],
        as_json=as_json,
        text=lambda v: "\n".join(map(promoted_words, v if isinstance(v, list) else [v])),
    )


def promoted(
    conn: Any, found: Found, *, only: str | None, live: bool, by: str | None, note: str | None
) -> dict[str, Any]:
    """One scope through the gate; what the app's rows point at is told beside."""
    result = pipeline.promote(conn, found, only=only, live=live, by=by or getpass.getuser(), note=note, again=database)
    return wording.promoted(found.pack, found.name, result)


def _plan(conn: Any, found: list[Found], only: str | None, *, as_json: bool) -> None:
    from greenroom.audit import diff as diffing

    plans = []
    for one in found:
        with begin(conn):
            units = checking.pending(conn, one.pack, one.scope_id, only)
            stopping = [f.as_json() for f in checking.findings(conn, one.pack, units)]
        plans.append((one.name, diffing.changes(conn, installed(one.pack), one.scope_id, units, limit=50), stopping))
    if as_json:
        answer([{"scope": n, "findings": s, **diffing.as_json(d)} for n, d, s in plans], as_json=True, text=str)
        return
    for name, changes, stopping in plans:
        print(
            f"{name}: would be promoted{' after decisions on ' + str(len(stopping)) + ' findings' if stopping else ''}"
        )
        print(diffing.text(changes))


@contextmanager
def _dumping(conn: Any, path: Path | None) -> Iterator[list[int]]:
    """A place for the before-images, opened before anything is promoted: JSON lines, one row a line.

    The releases to keep are put into the list that is handed out.
    """
    releases: list[int] = []
    if path is None:
        yield releases
        return
    try:
        file = path.open("x", encoding="utf-8")
    except OSError as error:
        raise SourceMissing(
            f"The before-image cannot be written to {path}: {error.strerror}.",
            hint="Nothing was promoted; name a new file with --dump.",
        ) from error
    with file:
        try:
            yield releases
        except GreenroomError:
            if not releases:
                path.unlink(missing_ok=True)
            else:
                _write_images(conn, releases, file)
            raise
        say(f"before-image: {_write_images(conn, releases, file)} rows in {path}")


def _write_images(conn: Any, releases: list[int], file: IO[str]) -> int:
    count = 0
    with begin(conn), conn.cursor(name="before_images") as cursor:
        cursor.execute(
            "select to_jsonb(h)::text from greenroom.history as h where h.release_id = any (%s)"
            " order by h.release_id, h.dataset, h.identity",
            (releases,),
        )
        for (line,) in cursor:
            file.write(line + "\n")
            count += 1
    return count


def live(
    target: Target,
    by: By,
    subject: Subject = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """What the app sees: bare, the state; with on or off at the end, switch. On lands a prepared release."""
    words, switch = (target[:-1], target[-1]) if target[-1] in ("on", "off") else (target, None)
    if not words:
        raise DeclarationError("Live of what?", hint='For example: greenroom live "WJEC A-Level" on')
    with database(writing=switch is not None and not dry_run) as conn:
        with begin(conn):
            found = catalog.resolve(conn, words)
        if switch is None or dry_run:
            states = [{"scope": one.name, **_visibility(conn, one)} for one in found]
            answer(states, as_json=as_json, text=lambda rows: "\n".join(map(visible_words, rows)))
            return
        results = [
            {"scope": one.name, **pipeline.live(conn, one, on=switch == "on", by=by, only=subject)} for one in found
        ]
    answer(results, as_json=as_json, text=lambda rows: "\n".join(map(switched_words, rows)))


def _visibility(conn: Any, found: Found) -> dict[str, Any]:
    from greenroom.audit import overview

    with begin(conn):
        return overview.visibility(conn, found.pack, found.scope_id)


def rollback(
    target: Annotated[list[str], typer.Argument(help="A release number, or a target with --to.")],
    by: By,
    to: Annotated[
        int | None, typer.Option("--to", help="Return to the state after this release; 0 is before the first.")
    ] = None,
    note: Note = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Undo one release, or return to a state; itself a release."""
    with database(writing=not dry_run) as conn:
        with begin(conn):
            if to is not None:
                found = catalog.one(conn, target)
                what = undoing.back_to(conn, found.pack, found.scope_id, found.name, to)
            elif len(target) == 1 and target[0].isdigit():
                what = undoing.one(conn, int(target[0]))
            else:
                raise DeclarationError(
                    "A rollback needs a release.", hint="greenroom rollback 12, or greenroom rollback TARGET --to 11"
                )
            pack = catalog.installed_pack(conn, what.pack)
        say(f"undoing release {', '.join(map(str, what.releases))} of {what.scope}")
        if dry_run:
            answer(
                {"scope": what.scope, "undone": list(what.releases)},
                as_json=as_json,
                text=lambda v: f"would undo {v['undone']}",
            )
            return
        if len(what.releases) > 1 and not yes:
            if as_json or not sys.stdin.isatty():
                raise DeclarationError(
                    f"This undoes {len(what.releases)} releases of {what.scope}, and nobody is there to ask.",
                    hint="See which with --dry-run, then give --yes.",
                )
            typer.confirm(f"Undo {len(what.releases)} releases of {what.scope}?", abort=True, err=True)
        result = pipeline.roll_back(conn, pack, what, by=by, note=note)
    answer(
        {"scope": what.scope, **result},
        as_json=as_json,
        text=lambda v: undone_words(v, what.releases),
    )


def drift(
    target: Target,
    by: By,
    adopt: Annotated[bool, typer.Option("--adopt", help="Keep the changes, as a release.")] = False,
    revert: Annotated[bool, typer.Option("--revert", help="Take them back, by a release.")] = False,
    note: Note = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Source columns changed by hand in production: list, adopt or revert."""
    if adopt and revert:
        raise DeclarationError("Adopt or revert, not both.")
    result: dict[str, Any] | None = None
    with database(writing=(adopt or revert) and not dry_run) as conn, begin(conn):
        found = catalog.one(conn, target)
        changes = promotion.drifted(conn, found.pack, found.scope_id)
        if adopt or revert:
            result = promotion.settle_drift(conn, found.pack, found.scope_id, adopt=adopt, by=by, note=note)
        if dry_run:
            raise pipeline.Undone
    if result is not None:
        would = "would be " if dry_run else ""
        answer(
            {"scope": found.name, **result, "dry_run": dry_run},
            as_json=as_json,
            text=lambda v: (
                f"{v['scope']}: {v['changes']} changes {would}{'adopted' if adopt else 'taken back'}"
                f" by release {v.get('release', '-')}"
            ),
        )
        return
    answer(
        changes,
        as_json=as_json,
        text=lambda rows: (
            table(
                ["when", "who", "what", "dataset", "row"],
                [
                    [
                        str(r["changed_at"])[:19],
                        r["changed_by"],
                        r["operation"].lower(),
                        r["dataset"],
                        " ".join(r["identity"]),
                    ]
                    for r in rows
                ],
            )
            if rows
            else f"{found.name}: nothing was changed by hand"
        ),
    )


def releases(
    target: Annotated[list[str] | None, typer.Argument(help="Whose; all when left out.")] = None, as_json: Json = False
) -> None:
    """What was released, newest first."""
    from greenroom.audit import overview

    with database() as conn, begin(conn):
        scopes = [f.scope_id for f in catalog.resolve(conn, target)] if target else None
        rows = overview.releases(conn, scopes)
    answer(
        rows,
        as_json=as_json,
        text=lambda found: (
            table(
                ["release", "scope", "kind", "state", "when", "who", "what"],
                [
                    [r["id"], r["scope"], r["kind"], r["state"], str(r["made_at"])[:19], r["made_by"], release_words(r)]
                    for r in found
                ],
            )
            if found
            else "nothing has been released yet"
        ),
    )
