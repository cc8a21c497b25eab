"""All steps in one command: run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import typer

from greenroom import catalog
from greenroom.audit import review
from greenroom.catalog import Found
from greenroom.cli.environment import say
from greenroom.cli.publish import Live, promoted, promoted_words
from greenroom.cli.running import run_pack, save_report, tell
from greenroom.cli.session import By, DryRun, Json, Note, Period, Subject, Target, answer, database
from greenroom.cli.write import Complete, From, in_words, staged_from, told
from greenroom.db.connection import begin
from greenroom.model.errors import DeclarationError, GreenroomError, UnknownBatch
from greenroom.run import Wishes


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

    Files of a folder given with --from are recognised by what they hold.
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
    """Specifications and papers, one scope after the other."""
    started = time.monotonic()
    results: list[dict[str, Any]] = []
    failed: GreenroomError | None = None
    for one in found:
        try:
            result: dict[str, Any] = {"scope": one.name}
            result["staged"] = [
                told(s)
                for s in staged_from(conn, one, origin, only=wishes.only, complete=wishes.complete, dry_run=dry_run)
            ]
            if not dry_run:
                result["report"] = str(save_report(conn, one, wishes.only))
            if wishes.promote and not dry_run:
                if wishes.approve is not None:
                    with begin(conn), suppress(UnknownBatch):
                        review.approve(
                            conn, one.pack, one.scope_id, by=wishes.by, note=wishes.approve, only=wishes.only
                        )
                with _telling(result):
                    result |= promoted(conn, one, only=wishes.only, live=wishes.live, by=wishes.by, note=wishes.note)
            results.append(result)
        except GreenroomError as error:
            if len(found) == 1:
                raise
            failed = failed or error
            say(f"greenroom: {one.name}: {error.message}")
            results.append({"scope": one.name, "error": error.message})
    done = len(results) - len([r for r in results if "error" in r])
    say(f"{done} of {len(found)} done in {time.monotonic() - started:.1f} s")
    answer(results, as_json=as_json, text=lambda rows: "\n".join(map(_ran, rows)))
    if failed is not None:
        raise failed
    if not wishes.promote and any(s["stopping"] for r in results for s in r.get("staged", [])):
        raise typer.Exit(1)


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
    if "error" in row:
        return f"{row['scope']}: failed: {row['error']}"
    lines = [in_words(s) for s in row["staged"]]
    if "release" in row:
        lines.append(promoted_words(row))
    elif any(s["batch"] for s in row["staged"]) and not any(s["stopping"] for s in row["staged"]):
        lines.append(f'  ready: greenroom promote "{row["scope"]}"')
    if "report" in row:
        lines.append(f"  report: {row['report']}")
    return "\n".join(lines)
