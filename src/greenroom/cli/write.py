"""W: fetch, stage, seal, clean."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from greenroom import catalog, pipeline
from greenroom.catalog import Found
from greenroom.cli.environment import say
from greenroom.cli.progress import steps
from greenroom.cli.session import DryRun, Json, Period, Subject, Target, Yes, answer, database, fetching
from greenroom.db.connection import begin
from greenroom.model.errors import Blocked, GreenroomError, SourceError, SourceMissing, UnknownTarget
from greenroom.pipeline import Brought, Gathered, Staged
from greenroom.wording import cleaned_words
from greenroom.write.fetch import Snapshot, identity_of

# Lines of failures: a site that is down fails a thousand times.
_MOST_LINES = 20

From = Annotated[
    str | None,
    typer.Option(
        "--from", help="A file, a folder, an address or postgres:SCHEMA.TABLE, instead of the registered address."
    ),
]
Complete = Annotated[
    bool | None,
    typer.Option(
        "--complete/--incomplete",
        help="Whether the source is whole. By default a table's rows decide; a document is, a single paper is not.",
    ),
]


@dataclass(frozen=True, slots=True)
class Failed:
    """One document that is missing at the end, in a line, and why."""

    line: str
    error: GreenroomError


def fetch(
    target: Target, origin: From = None, subject: Subject = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Bring a source's bytes into the snapshot store: its site is visited, its drop folder read."""
    with database() as conn, begin(conn):
        found = catalog.resolve(conn, target)
    if dry_run:
        answer([_plan(one, origin, subject) for one in found], as_json=as_json, text=_plan_in_words)
        return
    kept: list[Snapshot] = []
    failures: list[Failed] = []
    of = 0
    for one in found:
        if origin is not None or one.pack.landing != "inbox":
            kept += brought_from(one, origin)
            continue
        with _one_of(found, failures):
            gathered = gathered_from(one, subject)
            kept += [document.snapshot for document in gathered.documents]
            failures += _failed(gathered)
            of += len(gathered.documents) + len(gathered.failures)
    answer(
        [{"snapshot": s.hash, "bytes": s.size_bytes, "address": s.sightings[-1].address} for s in kept],
        as_json=as_json,
        text=lambda rows: "\n".join(f"{r['snapshot'][:16]}  {r['bytes']:>12,}  {r['address']}" for r in rows),
    )
    refuse(failures, of, "What was fetched is kept; repeat for the rest.")


def stage(
    target: Target,
    origin: From = None,
    snapshot: Annotated[str | None, typer.Option("--snapshot", help="A snapshot already kept, by its hash.")] = None,
    subject: Subject = None,
    period: Period = None,
    complete: Complete = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Snapshot -> parsed -> landing -> sealed batch; read = staged + quarantined + duplicates."""
    with database(writing=not dry_run) as conn:
        with begin(conn):
            found = catalog.one(conn, target)
        failures: list[Failed] = []
        of = 0
        if origin is None and snapshot is None and found.pack.landing == "inbox":
            staged, failures, of = staged_from_site(
                conn, found, only=subject or period, complete=complete, dry_run=dry_run
            )
        else:
            staged = staged_from(
                conn, found, origin, snapshot, only=subject or period, complete=complete, dry_run=dry_run
            )
    answer([told(s) for s in staged], as_json=as_json, text=lambda rows: "\n".join(map(in_words, rows)))
    refuse(failures, of, "What was staged stays; repeat for the rest.")


def brought_from(found: Found, origin: str | None, *, dry_run: bool = False) -> list[Snapshot]:
    """What the registered addresses, or one that is named, give."""
    with pipeline.looking(database, fetching().store, dry_run=dry_run):
        return list(pipeline.bring(found, origin, fetching()))


def gathered_from(found: Found, only: str | None, *, dry_run: bool = False) -> Gathered:
    """Visit a site and read its drop folder; what is left there for next time is said."""
    with pipeline.looking(database, fetching().store, dry_run=dry_run) as errors:
        gathered = pipeline.gather(found, fetching(), only=only, say=say)
        errors += [one.error for one in gathered.failures]
    for left in gathered.left:
        say(f"  {left.path.name}: {left.why}")
    if gathered.asked or gathered.remembered:
        say(
            f"{found.name}: {gathered.asked} requests"
            + (f", {gathered.remembered} answered before the visit was interrupted" if gathered.remembered else "")
            + f"; {len(gathered.documents)} documents, {len(gathered.failures)} failures"
        )
    return gathered


def staged_from_site(
    conn: Any, found: Found, *, only: str | None = None, complete: bool | None = None, dry_run: bool = False
) -> tuple[list[Staged], list[Failed], int]:
    """Gather the documents of a scope and stage each, one transaction each; what fails stops none of the others.

    Answers what was staged, what failed, and of how many. With `only`, documents may turn out to be of other subjects.
    """
    gathered = gathered_from(found, only, dry_run=dry_run)
    failures = _failed(gathered)
    # a file that lies there for long must not take the place of what was staged after it
    old = [d for d in gathered.documents if d.by_hand and pipeline.is_staged(conn, found, d.snapshot, only)]
    staged = [Staged(found.name, d.snapshot.sightings[-1].address, d.snapshot.hash, None, ()) for d in old]
    documents = [d for d in gathered.documents if d not in old]
    others: list[Failed] = []
    answers = _staged_each(conn, found, documents, only=only, complete=complete, dry_run=dry_run)
    for document, got in zip(documents, answers, strict=True):
        if isinstance(got, Staged):
            staged.append(got)
            continue
        where = document.subject or document.snapshot.sightings[-1].address.rsplit("/", 1)[-1]
        say(f"  not staged: {got.message}")
        # what nobody said to be of this subject may well be of another
        (others if only and document.subject is None else failures).append(Failed(f"{where}: {got.message}", got))
    if not any(not one.listed for one in staged):
        # then the subject that was asked for is nowhere
        failures += others
    return staged, failures, len(gathered.documents) + len(gathered.failures)


def _staged_each(
    conn: Any, found: Found, documents: Sequence[Brought], *, only: str | None, complete: bool | None, dry_run: bool
) -> list[Staged | GreenroomError]:
    store = fetching().store
    if dry_run:
        return pipeline.rehearse(conn, found, documents, store, only=only, complete=complete)
    numbers = {id(document): number for number, document in enumerate(documents, start=1)}
    with steps(len(documents)) as step:

        def stage_one(document: Brought) -> Staged:
            place = f"[{numbers[id(document)]}/{len(documents)}]"
            step(f"{place} staging {found.name} from {document.snapshot.sightings[-1].address}")
            with begin(conn):
                wanted = pipeline.subject_of(conn, found, document, only)
            return pipeline.stage(conn, found, document.snapshot, store, only=wanted, complete=complete)

        return pipeline.in_need_of_each_other(documents, stage_one)


def refuse(failures: Sequence[Failed], of: int, what_stands: str) -> None:
    """When something failed: all of it by name, and the exit code of the first."""
    if not failures:
        return
    first = failures[0].error
    if of == 1:
        raise first
    raise type(first)(
        f"{len(failures)} of {of} failed; the first: {failures[0].line}",
        hint=f"{first.hint.rstrip('.')}. {what_stands}",
        details=tuple(one.line for one in failures[:_MOST_LINES])
        + ((f"… and {len(failures) - _MOST_LINES} more",) if len(failures) > _MOST_LINES else ()),
    )


def _failed(gathered: Gathered) -> list[Failed]:
    return [Failed(one.in_words(), one.error) for one in gathered.failures]


@contextmanager
def _one_of(found: Sequence[Found], failures: list[Failed]) -> Iterator[None]:
    """Of several scopes, one that gives nothing does not stop the others."""
    try:
        yield
    except GreenroomError as error:
        if len(found) == 1:
            raise
        say(f"greenroom: {error.message}")
        failures.append(Failed(error.message, error))


def _plan(found: Found, origin: str | None, only: str | None) -> dict[str, Any]:
    """What would be asked for first, and what lies in the drop folder; nothing is."""
    if origin is not None:
        return {"scope": found.name, "addresses": [origin], "drop": None, "files": []}
    if found.pack.landing != "inbox":
        addresses = [url for source in catalog.sources(found.pack, found.keys[0]) for url in source.urls]
        return {"scope": found.name, "addresses": addresses, "drop": None, "files": []}
    requests, _ = pipeline.start_of(found, only)
    place, files = pipeline.drop_folder(found, fetching())
    return {
        "scope": found.name,
        "addresses": [identity_of(request) for request in requests],
        "drop": str(place),
        "files": [file.name for file in files],
    }


def _plan_in_words(rows: list[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        lines.append(f"{row['scope']}: {len(row['addresses'])} addresses to begin with")
        lines += [f"  {address}" for address in row["addresses"]]
        if row["drop"]:
            lines.append(f"  and {len(row['files'])} files in {row['drop']}")
    return "\n".join(lines)


def staged_from(
    conn: Any,
    found: Found,
    origin: str | None,
    snapshot: str | None = None,
    *,
    only: str | None = None,
    complete: bool | None = None,
    dry_run: bool = False,
) -> list[Staged]:
    """Stage every snapshot a source gives, one transaction each."""
    tools = fetching()
    snapshots = [tools.store.get(snapshot)] if snapshot else brought_from(found, origin, dry_run=dry_run)
    if not snapshots:
        raise SourceMissing(f"{origin} holds no file.", hint="Name a file, or a folder with files in it.")
    staged: list[Staged] = []
    refused: list[SourceError | Blocked] = []
    with steps(len(snapshots)) as step:
        for kept in snapshots:
            step(f"staging {found.name} from {kept.sightings[-1].address}")
            try:
                staged.append(
                    pipeline.stage(conn, found, kept, tools.store, only=only, complete=complete, dry_run=dry_run)
                )
            except (SourceError, Blocked) as error:
                if len(snapshots) == 1:
                    raise
                refused.append(error)
                say(f"  not staged: {error.message}")
    if refused:
        for one in staged:
            say(in_words(told(one)))
        raise type(refused[0])(
            f"{len(refused)} of {len(snapshots)} files were not staged; the first: {refused[0].message}",
            hint="What was staged stays, and nothing was promoted. Mend those files or take them away, then repeat.",
        )
    return staged


def seal(target: Target, subject: Subject = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Seal what is in the inbox, whoever wrote it."""
    with database(writing=not dry_run) as conn:
        with begin(conn):
            found = catalog.resolve(conn, target)
        if any(one.pack.landing != "inbox" for one in found):
            raise UnknownTarget(
                "Only packs with an inbox are sealed apart.",
                hint="Files are sealed by: greenroom stage TARGET --from FILE",
            )
        staged = []
        for one in found:
            try:
                staged.append(pipeline.seal_inbox(conn, one, subject, dry_run=dry_run))
            except SourceMissing as error:
                # of a whole board, some scopes are empty; of all or of one, that is a scraper that failed
                if len(found) == 1 or (one is found[-1] and not staged):
                    raise
                say(error.message)
    answer([told(s) for s in staged], as_json=as_json, text=lambda rows: "\n".join(map(in_words, rows)))


def clean(
    target: Target, subject: Subject = None, yes: Yes = False, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Empty the inbox of that slice, once promoted; batches and snapshots stay."""
    from greenroom.write import clean as cleaning

    with database(writing=not dry_run) as conn, begin(conn):
        found = catalog.one(conn, target)
        rows = cleaning.clean(conn, found.pack, found.scope_id, only=subject, anyway=yes, dry_run=dry_run)
    answer(
        {"scope": found.name, "rows": rows, "dry_run": dry_run},
        as_json=as_json,
        text=cleaned_words,
    )


def told(staged: Staged) -> dict[str, Any]:
    """What a staging answers."""
    batch = staged.batch
    return {
        "scope": staged.scope,
        "source": staged.source,
        "snapshot": staged.snapshot or None,
        "batch": batch.id if batch else None,
        "read": batch.read if batch else 0,
        "staged": batch.staged if batch else 0,
        "quarantined": batch.quarantined if batch else 0,
        "duplicates": batch.duplicates if batch else 0,
        "stopping": list(staged.stopping),
        "listed": staged.listed or None,
        "unheld": list(staged.unheld),
    }


def in_words(row: dict[str, Any], *, findings: bool = True) -> str:
    """The same for a person; `findings` are those that stop it."""
    if row.get("listed"):
        return _listed_words(row["scope"], row["listed"])
    if row["batch"] is None:
        first = f"{row['scope']}: nothing new in {row['source']}"
        first += "".join(f"\n  {f['severity']}, of what is published: {f['message']}" for f in row.get("unheld", []))
    else:
        first = (
            f"{row['scope']}: batch {row['batch']}: {row['read']} read = {row['staged']} staged"
            f" + {row['quarantined']} quarantined + {row['duplicates']} duplicates"
        )
    if not findings:
        return first
    held = [f"  {f['severity']}: {f['check']}  {f['message']}" for f in row["stopping"][:10]]
    more = [f"  … {len(row['stopping']) - 10} more: greenroom check"] if len(row["stopping"]) > 10 else []
    return "\n".join([first, *held, *more])


def _listed_words(scope: str, listed: dict[str, Any]) -> str:
    """What a list of what is offered said."""
    if "offers" in listed:
        lines = [f"{scope}: {listed['offers']} subjects are offered"]
        lines += [f"  {kind}: {', '.join(listed[kind])}" for kind in ("new", "gone") if listed[kind]]
    else:
        lines = [", ".join(f"{n:,} {name}" for name, n in listed.items() if name != "findings")]
    lines += [f"  {f['severity']}: {f['check']}  {f['message']}" for f in listed["findings"]]
    if "offers" in listed:
        lines.append(f"  next: greenroom coverage --board {scope.split()[0]}")
    return "\n".join(lines)
