"""A: check, diff, report, approve, reject, waive."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from greenroom import catalog, pipeline
from greenroom.audit import check as checking
from greenroom.audit import review
from greenroom.catalog import Found
from greenroom.cli.environment import installed
from greenroom.cli.session import By, Departement, DryRun, Json, Period, Subject, Target, answer, database
from greenroom.db.connection import begin
from greenroom.model.errors import DeclarationError, NoRights, ReadOnly, SourceMissing, UnknownBatch, UnknownTarget


def check(
    target: Target,
    subject: Subject = None,
    period: Period = None,
    departement: Departement = None,
    as_json: Json = False,
) -> None:
    """Run all checks on what waits; exit 1 when something blocks."""
    with database() as conn:
        with begin(conn):
            found = catalog.resolve(conn, target)
        results = [_check(conn, one, subject or departement or period) for one in found]
    answer(results, as_json=as_json, text=lambda rows: "\n".join(map(_checked, rows)))
    if any(r["stopping"] for r in results):
        raise typer.Exit(1)


def _check(conn: Any, one: Found, only: str | None) -> dict[str, Any]:
    with begin(conn):
        catalog.narrow(conn, one, only)
        units = checking.pending(conn, one.pack, one.scope_id, only)
        findings = [f.as_json() for f in checking.findings(conn, one.pack, units)]
    try:
        with begin(conn):
            stopping = checking.record(conn, one.pack, units)
    except (NoRights, ReadOnly):
        # Anybody may look: only the note of it, for those who look later, is missing.
        with begin(conn):
            stopping = checking.stopping(conn, one.pack, units)
    return {"scope": one.name, "units": len(units), "findings": findings, "stopping": stopping}


def _checked(row: dict) -> str:  # type: ignore[type-arg]
    if not row["units"]:
        return f"{row['scope']}: nothing waits"
    verdict = "held" if row["stopping"] else "ready"
    lines = [f"{row['scope']}: {row['units']} units, {len(row['findings'])} findings: {verdict}"]
    for f in row["findings"]:
        where = f"  ({f['position']})" if f["position"] else ""
        lines.append(f"  {f['severity']}: {f['check']}  {f['dataset']} {' '.join(f['unit'])}  {f['message']}{where}")
    if row["stopping"] and all(f["severity"] == "warning" for f in row["stopping"]):
        lines.append(f'  → greenroom approve "{row["scope"]}" --by NAME --note TEXT')
    return "\n".join(lines)


def diff(
    target: Target,
    full: Annotated[bool, typer.Option("--full", help="Every changed row, not only the first 200.")] = False,
    subject: Subject = None,
    period: Period = None,
    departement: Departement = None,
    between: Annotated[
        str | None,
        typer.Option(
            "--between", help="Compare two specifications instead: OLD..NEW, or NEW and the one it is said to succeed."
        ),
    ] = None,
    release: Annotated[
        str | None,
        typer.Option("--release", help="What lies between two releases instead: A..B; 0 is before the first."),
    ] = None,
    as_json: Json = False,
) -> None:
    """What a promotion would do, or what lies between two releases: counts, then rows."""
    from greenroom.audit import diff as diffing

    if release is not None:
        _between_releases(target, release, full=full, as_json=as_json)
        return
    if between is not None:
        _between(target, between, as_json=as_json)
        return
    with database() as conn:
        with begin(conn):
            found = catalog.resolve(conn, target)
            for one in found:
                catalog.narrow(conn, one, subject or departement or period)
            waiting = {
                one.scope_id: checking.pending(conn, one.pack, one.scope_id, subject or departement or period)
                for one in found
            }
        results = []
        for one in found:
            changes = diffing.changes(
                conn, installed(one.pack), one.scope_id, waiting[one.scope_id], limit=None if full else 200
            )
            results.append((one.name, changes))
    if as_json:
        answer([{"scope": n, **diffing.as_json(d)} for n, d in results], as_json=True, text=str)
    else:
        for name, changes in results:
            print(f"{name}:")
            print(diffing.text(changes))


def _between_releases(target: list[str], words: str, *, full: bool, as_json: bool) -> None:
    from greenroom.audit import diff as diffing

    first, second = _releases(words)
    with database() as conn:
        with begin(conn):
            one = catalog.one(conn, target)
        found = diffing.between(conn, installed(one.pack), one.scope_id, first, second, limit=None if full else 200)
    if as_json:
        answer({"scope": one.name, "from": first, "to": second, **diffing.as_json(found)}, as_json=True, text=str)
    else:
        print(f"{one.name}: release {first} to {second}:")
        print(diffing.text(found, nothing="nothing differs"))


def _releases(words: str) -> tuple[int, int]:
    first, dots, second = words.partition("..")
    if (
        not (dots and first.isascii() and first.isdigit() and second.isascii() and second.isdigit())
        or max(len(first), len(second)) > 18
    ):
        raise DeclarationError(
            f"{words!r} does not name two releases.", hint="For example: --release 11..14; 0 is before the first."
        )
    return int(first), int(second)


def _between(target: list[str], words: str, *, as_json: bool) -> None:
    from greenroom.audit import compare as comparing

    with database() as conn, begin(conn):
        one = catalog.one(conn, target)
        if one.pack.root is None:
            raise UnknownTarget(f"{one.name} holds no specifications.", hint="Without --between: what would change.")
        comparison = comparing.between(conn, one.pack, one.scope_id, words)
    answer(comparison.as_json(), as_json=as_json, text=lambda _: comparing.text(comparison))


def report(
    target: Target,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write the page.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    subject: Subject = None,
    period: Period = None,
    departement: Departement = None,
    as_json: Json = False,
) -> None:
    """One self-contained page: counts, depth, findings, changes, charts."""
    from greenroom.audit import report as reporting

    with database() as conn:
        with begin(conn):
            one = catalog.one(conn, target)
            catalog.narrow(conn, one, subject or departement or period)
            units = checking.pending(conn, one.pack, one.scope_id, subject or departement or period)
        data = reporting.gather(conn, installed(one.pack), one.scope_id, units)
    if as_json:
        print(reporting.render_json(data))
        return
    path = output or Path(f"report-{one.name.replace(' ', '-').lower()}.html")
    try:
        path.write_text(reporting.render_html(data), encoding="utf-8")
    except OSError as error:
        raise SourceMissing(
            f"The report cannot be written to {path}: {error.strerror}.", hint="Name another place with -o."
        ) from error
    print(path.absolute())
    if show:
        import webbrowser

        webbrowser.open(path.absolute().as_uri())


def approve(
    target: Target,
    note: Annotated[str, typer.Option("--note", help="Why; recorded.")],
    by: By,
    subject: Subject = None,
    period: Period = None,
    departement: Departement = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Approve what waits, as it stands, with the warnings it has."""
    only = subject or departement or period
    made: list[dict[str, Any]] = []
    with database(writing=not dry_run) as conn, begin(conn):
        found = catalog.resolve(conn, target)
        for one in found:
            # of a whole pack, the scopes in which something waits
            if len(found) == 1 or checking.pending(conn, one.pack, one.scope_id, only):
                units = review.approve(conn, one.pack, one.scope_id, by=by, note=note, only=only)
                made.append({"scope": one.name, "units": units, "by": by})
        if not made:
            raise UnknownBatch(f"Nothing waits for a decision in {' '.join(target)}.")
        if dry_run:
            raise pipeline.Undone
    answer(
        made[0] if len(made) == 1 else made,
        as_json=as_json,
        text=lambda _: "\n".join(
            f"{row['scope']}: {row['units']} units{_would(dry_run)} approved by {row['by']}"
            f'\n  next: greenroom promote "{row["scope"]}"'
            for row in made
        ),
    )


def reject(
    target: Target,
    note: Annotated[str, typer.Option("--note", help="Why; recorded.")],
    by: By,
    subject: Subject = None,
    period: Period = None,
    departement: Departement = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Reject what waits; the same content is refused until somebody approves it."""
    with database(writing=not dry_run) as conn, begin(conn):
        one = catalog.one(conn, target)
        made = review.reject(conn, one.pack, one.scope_id, by=by, note=note, only=subject or departement or period)
        if dry_run:
            raise pipeline.Undone
    answer(
        {"scope": one.name, "units": made, "by": by},
        as_json=as_json,
        text=lambda v: f"{v['scope']}: {v['units']} units{_would(dry_run)} rejected by {v['by']}",
    )


def waive(
    check_name: Annotated[str, typer.Argument(metavar="CHECK", help="The check to set aside.")],
    target: Target,
    why: Annotated[str, typer.Option("--why", help="Why; recorded.")],
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="Until when.")],
    by: By,
    subject: Subject = None,
    period: Period = None,
    departement: Departement = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Set one check aside for what waits: who, why, until when."""
    with database(writing=not dry_run) as conn, begin(conn):
        one = catalog.one(conn, target)
        made = review.waive(
            conn,
            one.pack,
            one.scope_id,
            check_name,
            by=by,
            why=why,
            until=until.date(),
            only=subject or departement or period,
        )
        if dry_run:
            raise pipeline.Undone
    answer(
        {"scope": one.name, "check": check_name, "units": made},
        as_json=as_json,
        text=lambda v: f"{v['scope']}: {v['check']}{_would(dry_run)} waived for {v['units']} units",
    )


def _would(dry_run: bool) -> str:
    return " would be" if dry_run else ""
