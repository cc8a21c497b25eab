"""All steps in one command: run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import typer

from greenroom import catalog
from greenroom.audit import check as checking
from greenroom.audit import review
from greenroom.catalog import Found
from greenroom.cli.environment import say
from greenroom.cli.publish import Live, promoted
from greenroom.cli.running import run_pack, save_report, tell
from greenroom.cli.session import By, DryRun, Json, Note, Period, Subject, Target, answer, database
from greenroom.cli.write import Complete, Failed, From, in_words, refuse, staged_from, staged_from_site, told
from greenroom.db.connection import begin
from greenroom.model.errors import Blocked, DeclarationError, GreenroomError, UnknownBatch
from greenroom.run import Wishes
from greenroom.wording import promoted_words


def run(
    target: Target,
    by: By,
    origin: From = None,
    subject: Subject = None,
    period: Period = None,
    promote_too: Annotated[bool, typer.Option("--promote", help="Through the gate, where nothing stops it.")] = False,
    approve: Annotated[
        str | None, typer.Option("--approve", help="Approve warnings, with this note; errors stay errors.")
    ] = None,
    live: Live = False,
    fetch_rest: Annotated[
        bool, typer.Option("--fetch-rest", help="With --from: fetch from its address what is not among the files.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", help="Sources of files worked on at a time.", min=1, max=32)] = 4,
    complete: Complete = None,
    note: Note = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """All steps up to the gate; with --promote through it. Ends with a saved report.

    Files of a folder given with --from are recognised by what they hold. Without --from a board's site is visited
    and its drop folder read; what fails there stops nothing else.
    """
    if live and not promote_too:
        raise DeclarationError("What is not promoted cannot be shown.", hint="Give --promote with --live.")
    if approve is not None and not promote_too:
        raise DeclarationError("What is approved here is promoted too.", hint="Give --promote with --approve.")
    with database(writing=not dry_run) as conn:
        with begin(conn):
            found = catalog.resolve(conn, target)
        of_files = [one for one in found if one.pack.landing == "file"]
        documents = [one for one in found if one.pack.landing == "inbox"]
        wishes = Wishes(
            promote=promote_too, by=by, note=note, approve=approve, live=live, only=subject or period,
            complete=complete, fetch_rest=fetch_rest, dry_run=dry_run, jobs=jobs,
        )  # fmt: skip
        accounts = [run_pack(of_files, origin, wishes)] if of_files else []
        try:
            if documents:
                _documents(conn, documents, origin, wishes, dry_run=dry_run, as_json=as_json)
        finally:
            if accounts:
                tell(accounts, as_json=as_json, dry_run=dry_run)


def _documents(
    conn: Any, found: list[Found], origin: str | None, wishes: Wishes, *, dry_run: bool, as_json: bool
) -> None:
    """Specifications and papers, one scope after the other; without an origin their sites and drop folders."""
    started = time.monotonic()
    results: list[dict[str, Any]] = []
    failures: list[Failed] = []
    of = 0
    for one in found:
        result: dict[str, Any] = {"scope": one.name}
        try:
            if origin is None:
                staged, failed, total = staged_from_site(
                    conn, one, only=wishes.only, complete=wishes.complete, dry_run=dry_run
                )
                result["failed"] = [{"what": f.line, "hint": f.error.hint} for f in failed]
                failures += failed
                of += total
            else:
                staged = staged_from(
                    conn, one, origin, only=wishes.only, complete=wishes.complete, dry_run=dry_run
                )  # fmt: skip
                of += 1
            result["staged"] = [told(s) for s in staged]
            if not dry_run:
                result["report"] = str(save_report(conn, one, wishes.only))
            if wishes.promote and not dry_run:
                if wishes.approve is not None:
                    with begin(conn), suppress(UnknownBatch):
                        review.approve(
                            conn, one.pack, one.scope_id, by=wishes.by, note=wishes.approve, only=wishes.only
                        )
                with _telling(result):
                    failures += _promoted(conn, one, result, wishes, is_visit=origin is None)
            results.append(result)
        except GreenroomError as error:
            if len(found) == 1 and not failures:
                raise
            failures.append(Failed(f"{one.name}: {error.message}", error))
            say(f"greenroom: {one.name}: {error.message}")
            results.append(result | {"error": error.message})
    done = len(results) - len([r for r in results if "error" in r])
    say(f"{done} of {len(found)} done in {time.monotonic() - started:.1f} s")
    answer(results, as_json=as_json, text=lambda rows: "\n".join(map(_ran, rows)))
    if failures and as_json:
        # the answer says it all
        raise typer.Exit(failures[0].error.exit_code)
    refuse(failures, max(of, len(failures)), "What was staged stays; run it again for the rest.")
    if not wishes.promote and any(s["stopping"] for r in results for s in r.get("staged", [])):
        raise typer.Exit(1)


def _promoted(conn: Any, one: Found, result: dict[str, Any], wishes: Wishes, *, is_visit: bool) -> list[Failed]:
    """Through the gate: all subjects in one release; of a whole board, those that may pass where others may not."""
    try:
        result |= promoted(conn, one, only=wishes.only, live=wishes.live, by=wishes.by, note=wishes.note)
    except Blocked as error:
        subjects = _waiting(conn, one) if is_visit and wishes.only is None else []
        if len(subjects) < 2:
            raise
        say(f"greenroom: {one.name}: {error.message}; its subjects one by one")
    else:
        return []
    failures = []
    result["promoted"] = []
    for subject in subjects:
        try:
            released = promoted(conn, one, only=subject, live=wishes.live, by=wishes.by, note=wishes.note)
            result["promoted"].append(released)
        except GreenroomError as error:
            failures.append(Failed(f"{subject}: {error.message}", error))
    return failures


def _waiting(conn: Any, one: Found) -> list[str]:
    """Subjects of which something waits to be promoted."""
    with begin(conn):
        units = checking.pending(conn, one.pack, one.scope_id, None)
        rows = conn.execute(
            "select distinct u.key[1] from greenroom.unit as u where u.id = any (%s) order by 1", (units,)
        ).fetchall()
    return [row[0] for row in rows]


@contextmanager
def _telling(result: dict[str, Any]) -> Iterator[None]:
    """When the gate says no, say what was staged all the same: it is there to be decided on."""
    try:
        yield
    except GreenroomError:
        for staged in result["staged"]:
            say(in_words(staged, findings=False))
        if "report" in result:
            say(f"report: {result['report']}")
        raise


def _ran(row: dict[str, Any]) -> str:
    lines = [f"{row['scope']}: failed: {row['error']}"] if "error" in row else []
    lines += [in_words(s) for s in row.get("staged", [])]
    lines += [f"  missing: {failed['what']}" for failed in row.get("failed", [])[:10]]
    if len(row.get("failed", [])) > 10:
        lines.append(f"  … and {len(row['failed']) - 10} more are missing")
    if "release" in row:
        lines.append(promoted_words(row))
    lines += [promoted_words(released) for released in row.get("promoted", [])]
    is_done = "release" in row or "promoted" in row or "error" in row
    if not is_done and _is_ready(row["staged"]):
        lines.append(f'  ready: greenroom promote "{row["scope"]}"')
    if "report" in row:
        lines.append(f"  report: {row['report']}")
    return "\n".join(lines)


def _is_ready(staged: list[dict[str, Any]]) -> bool:
    return any(s["batch"] for s in staged) and not any(s["stopping"] for s in staged)
