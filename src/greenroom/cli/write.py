"""W: fetch, stage, seal, clean."""

from typing import Annotated, Any

import typer

from greenroom import catalog, pipeline
from greenroom.catalog import Found
from greenroom.cli.environment import say
from greenroom.cli.progress import steps
from greenroom.cli.session import DryRun, Json, Period, Subject, Target, Yes, answer, database, fetching
from greenroom.db.connection import begin
from greenroom.model.errors import Blocked, SourceError, SourceMissing, UnknownTarget
from greenroom.pipeline import Staged
from greenroom.write.fetch import Snapshot

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


def fetch(target: Target, origin: From = None, as_json: Json = False) -> None:
    """Bring a source's bytes into the snapshot store."""
    with database() as conn, begin(conn):
        found = catalog.resolve(conn, target)
    kept = [snapshot for one in found for snapshot in pipeline.bring(one, origin, fetching())]
    answer(
        [{"snapshot": s.hash, "bytes": s.size_bytes, "address": s.sightings[-1].address} for s in kept],
        as_json=as_json,
        text=lambda rows: "\n".join(f"{r['snapshot'][:16]}  {r['bytes']:>12,}  {r['address']}" for r in rows),
    )


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
        staged = staged_from(conn, found, origin, snapshot, only=subject or period, complete=complete, dry_run=dry_run)
    answer([told(s) for s in staged], as_json=as_json, text=lambda rows: "\n".join(map(in_words, rows)))


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
    snapshots: list[Snapshot] = [tools.store.get(snapshot)] if snapshot else list(pipeline.bring(found, origin, tools))
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
        text=lambda v: (
            f"{v['scope']}: {sum(v['rows'].values())} inbox rows {'would go' if dry_run else 'gone'}"
            + f" ({', '.join(f'{n} {k}' for k, n in v['rows'].items())}); batches and snapshots stay"
        ),
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
    }


def in_words(row: dict[str, Any], *, findings: bool = True) -> str:
    """The same for a person; `findings` are those that stop it."""
    if row["batch"] is None:
        first = f"{row['scope']}: nothing new in {row['source']}"
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
