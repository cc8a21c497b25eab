"""The whole story on one screen: fetch, stage, seal, check, promote, live, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from greenroom import catalog
from greenroom.audit import check, review, scopes
from greenroom.catalog import Found
from greenroom.db.compile import shape_sql
from greenroom.db.connection import begin, our_errors
from greenroom.db.kernel import Database, call
from greenroom.model.errors import (
    Blocked,
    ConnectionLost,
    ContractBroken,
    GreenroomError,
    SiteRefuses,
    SourceError,
    SourceMissing,
)
from greenroom.model.landing import Manners, Part
from greenroom.model.pack import Pack
from greenroom.model.request import Request
from greenroom.publish import promote as promotion
from greenroom.publish import show
from greenroom.publish.rollback import Undoing, rollback
from greenroom.write import drop, formats, put, seal
from greenroom.write.fetch import Caller, Sighting, Snapshot, Store, agent_of, fetch, fetch_request, hosts_of
from greenroom.write.fetch_table import SCHEME, fetch_table
from greenroom.write.manners import Gate
from greenroom.write.parse import Recognised, recognise, year_of
from greenroom.write.visit import Failure, Visit, journal_name, parts_of, visit

# Raised in a transaction to leave nothing of it: the end of a dry run.
Undone = psycopg.Rollback


@dataclass(frozen=True, slots=True)
class Fetching:
    """Where snapshots are kept and what may be fetched."""

    store: Store
    allow_hosts: tuple[str, ...] = ()
    contact: str = ""
    # Opens the database, for those of its tables that are read as a source (postgres:SCHEMA.TABLE).
    database: Callable[[], AbstractContextManager[Database]] | None = None
    # Turns at hosts and what their robots.txt say, for packs whose sources are visited.
    gate: Gate | None = None
    # Where drop folders and the journals of visits are.
    home: Path | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """A document to be staged; `subject` is the one it is asked to be of, `by_hand` one of the drop folder.

    Of which subject it is may be told by `name` alone.
    """

    snapshot: Snapshot
    subject: str | None = None
    by_hand: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a source gave: its site and its drop folder together, and what failed or was left."""

    documents: tuple[Brought, ...]
    failures: tuple[Failure, ...] = ()
    left: tuple[drop.Left, ...] = ()
    asked: int = 0
    remembered: int = 0


@dataclass(frozen=True, slots=True)
class Staged:
    """What became of one snapshot: a batch, or None when nothing in it was new."""

    scope: str
    source: str
    snapshot: str
    batch: seal.Batch | None
    stopping: tuple[dict[str, Any], ...]
    # Units that a whole file gave before this one: they were left aside.
    covered: tuple[str, ...] = ()
    is_aside: bool = False
    # Further batches, where one document is of several units: `batch` counts them all.
    also: tuple[int, ...] = ()
    # What a list of what is offered said, which is no batch: offers, new, gone.
    listed: dict[str, Any] = field(default_factory=dict)
    # What the reading said that holds nothing, since nothing in it was new.
    unheld: tuple[dict[str, Any], ...] = ()


def bring(found: Found, origin: str | None, fetching: Fetching) -> Iterator[Snapshot]:
    """Source -> snapshots: from the registry's addresses, or from a file, folder or address."""
    if origin is not None:
        yield from bring_from(origin, found.pack, fetching, keys=found.keys)
        return
    if found.pack.landing == "inbox":
        gathered = gather(found, fetching)
        yield from (one.snapshot for one in gathered.documents)
        return
    registered = [s for s in found.pack.sources if s.dataset in _datasets(found)]
    if not any(s.urls for s in registered):
        raise SourceMissing(
            f"No address is registered for {found.name}.", hint="Name a file, a folder or an address with --from."
        )
    for source in registered:
        yield from fetch(
            source,
            fetching.store,
            official_hosts=hosts_of(found.pack.sources),
            allow_hosts=fetching.allow_hosts,
            contact=fetching.contact,
        )


def bring_from(
    origin: str, pack: Pack, fetching: Fetching, *, keys: tuple[str, ...] | None = None
) -> Iterator[Snapshot]:
    """A file, a folder, an address or a table of the database -> snapshots, whatever they hold."""
    if origin.startswith(SCHEME):
        assert fetching.database is not None
        with fetching.database() as conn:
            yield fetch_table(conn, origin, fetching.store)
        return
    manners = pack.manners(keys) if pack.manners and keys else Manners()
    is_visited = pack.landing == "inbox" and fetching.gate is not None
    yield from fetch(
        _place(origin),
        fetching.store,
        official_hosts={*hosts_of(pack.sources), *manners.hosts},
        allow_hosts=fetching.allow_hosts,
        contact=fetching.contact,
        gate=fetching.gate.slower(manners.pause_seconds) if fetching.gate and is_visited else None,
    )


def gather(
    found: Found, fetching: Fetching, *, only: str | None = None, say: Callable[[str], None] = lambda _: None
) -> Gathered:
    """All documents of a scope: those its site leads to, and those of its drop folder.

    What fails is in the answer; only where nothing at all was brought it is raised.
    """
    assert fetching.home is not None
    requests, manners = start_of(found, only)
    folder = drop.folder_of(fetching.home, found.name)
    files, left = drop.dropped(folder, fetching.store)
    by_hand = [Brought(snapshot, by_hand=True) for snapshot in files]
    if not requests:
        if not files:
            raise SourceMissing(
                f"{found.name}: there is no address to visit, and {folder} holds "
                + (f"only {len(left)} files that cannot be read yet." if left else "no file."),
                hint=" ".join(
                    filter(None, (manners.by_hand, f"Put the files into {folder}, or name one with --from."))
                ),
            )
        return Gathered(tuple(by_hand), (), tuple(left))
    if not fetching.contact:
        say("the sites are not told whom to write to: set GREENROOM_CONTACT to an address of yours")
    try:
        brought = _visited(found, fetching, requests, manners, only, say)
    except SourceError as error:
        _name_folder(error, folder)
        if not files:
            raise
        return Gathered(tuple(by_hand), (Failure(requests[0], error),), tuple(left))
    for failure in brought.failures:
        _name_folder(failure.error, folder)
    met = {one.snapshot.hash for one in brought.documents}
    # by hand first: the site's word is the newer one, and its papers need the specification that it does not give
    documents = [one for one in by_hand if one.snapshot.hash not in met]
    documents += [
        Brought(one.snapshot, one.request.subject, name=one.request.name if one.request.by_name else None)
        for one in brought.documents
    ]
    return Gathered(tuple(documents), brought.failures, tuple(left), brought.asked, brought.remembered)


def is_staged(conn: Database, found: Found, snapshot: Snapshot, only: str | None) -> bool:
    """Whether a batch, of this subject where one is named, was ever made of this snapshot."""
    with begin(conn):
        row = conn.execute(
            "select exists (select from greenroom.batch as b join greenroom.unit as u on u.batch_id = b.id"
            " where b.scope_id = %s and b.snapshot = %s and coalesce(u.key[1] = %s, true))",
            (found.scope_id, snapshot.hash, only),
        ).fetchone()
    return bool(row and row[0])


def start_of(found: Found, only: str | None) -> tuple[tuple[Request, ...], Manners]:
    """What a visit to a scope's site begins with, and how it is made; no requests where it has none."""
    pack = found.pack
    requests = tuple(pack.start(found.keys, only)) if pack.start and pack.follow else ()
    return requests, pack.manners(found.keys) if pack.manners else Manners()


def drop_folder(found: Found, fetching: Fetching) -> tuple[Path, list[Path]]:
    """Where a person puts files of this scope, and which are there."""
    assert fetching.home is not None
    place = drop.place_of(fetching.home, found.name)
    return place, drop.files_in(place)


def _visited(
    found: Found,
    fetching: Fetching,
    requests: Sequence[Request],
    manners: Manners,
    only: str | None,
    say: Callable[[str], None],
) -> Visit:
    assert found.pack.follow is not None
    assert fetching.home is not None
    follow_page = found.pack.follow
    caller = Caller(
        hosts=frozenset(manners.hosts),
        places=frozenset(fetching.allow_hosts),
        agent=agent_of(fetching.contact),
        gate=fetching.gate.slower(manners.pause_seconds) if fetching.gate else None,
    )
    return visit(
        requests,
        lambda request, content: follow_page(found.keys, request, content),
        lambda request: fetch_request(request, fetching.store, caller),
        fetching.store,
        journal=fetching.home / "visits" / journal_name(found.pack.name, *found.keys, *filter(None, (only,))),
        only=only,
        # hosts do not wait for each other; the gate counts at each
        jobs=min(8, (fetching.gate.per_host if fetching.gate else 1) * max(1, len(manners.hosts))),
        say=say,
    )


def _name_folder(error: GreenroomError, folder: Path) -> None:
    """What a site gives no program a person can save: here is where it goes."""
    if error.hint == SiteRefuses.default_hint:
        error.hint = f"Save it in a browser, put the file into {folder}, then repeat."


def objection(conn: Database, found: Found, read: Recognised, year: str | None, *, lines: int = 2_000) -> str | None:
    """What speaks against reading a file as this dataset: its first lines are staged and judged, and left again.

    An empty text for errors of the rows alone, which the dataset may have all the same.
    """
    tried: list[str] | None = None
    try:
        with begin(conn):
            tried = _tried(conn, found, replace(read, table=formats.head(read.table, lines)), year)
            if tried is not None:
                raise Undone
    except (SourceError, Blocked) as error:
        return error.message
    return "" if tried else None


def _tried(conn: Database, found: Found, read: Recognised, year: str | None) -> list[str] | None:
    """The errors of a file, staged in the caller's transaction."""
    dataset = catalog.entry(found.pack, found.keys[0])
    shape = shape_sql(found.pack, read.form.shape) if read.form.shape else None
    put.landing(conn, dataset, read, shape=shape, year=year)
    batch = seal.seal_landing(conn, found.pack, dataset, found.scope_id, origin=seal.Origin())
    if batch is None:
        return []
    if batch.quarantined * 2 > batch.read:
        raise ContractBroken(f"{dataset.name}: {batch.quarantined} of the first {batch.read} rows could not be read.")
    judged = check.findings(conn, found.pack, list(batch.units))
    return [f.check for f in judged if f.severity == "error" and f.check != "too_few_rows"]


def is_settled(conn: Database, found: Found, snapshot: Snapshot) -> bool:
    """Whether these bytes, as they would be read today, are what production stands on or stood on."""
    with begin(conn):
        row = conn.execute(
            "select b.sealed_at, b.reading ->> 'declaration',"
            " not exists (select from greenroom.unit as u left join greenroom.release as r on r.id = u.release_id"
            "   where u.batch_id = b.id"
            "   and (u.state not in ('promoted', 'superseded', 'rejected') or r.state = 'rolled back'))"
            " from greenroom.batch as b where b.scope_id = %s and b.snapshot = %s order by b.id desc limit 1",
            (found.scope_id, snapshot.hash),
        ).fetchone()
        if row is None or not row[2] or row[1] != catalog.declaration(found.pack, found.keys[0]):
            return False
        undone = conn.execute(
            "select exists (select from greenroom.unit as u join greenroom.unit as o"
            " on (o.scope_id, o.dataset, o.key, o.hash) = (u.scope_id, u.dataset, u.key, u.hash)"
            " join greenroom.release as r on r.id = o.release_id and r.state = 'rolled back'"
            " where u.scope_id = %s and u.state in ('sealed', 'held', 'ready'))",
            (found.scope_id,),
        ).fetchone()
        if undone and undone[0]:
            # what was undone still waits: reading this again takes its place
            return False
        moved = conn.execute(
            "select exists (select from greenroom.release as r join greenroom.scope as c on c.id = r.scope_id"
            " where c.pack = %s and c.keys[1] = any (%s) and r.made_at > %s)",
            (found.pack.name, sorted(catalog.stands_on(found.pack, found.keys[0])), row[0]),
        ).fetchone()
    return not (moved and moved[0])


def units_of(conn: Database, found: Found, snapshot: Snapshot) -> set[tuple[str, ...]]:
    """Units that the latest batch of a snapshot gives whole."""
    with begin(conn):
        rows = conn.execute(
            "select u.dataset, u.key from greenroom.unit as u where u.complete and u.batch_id ="
            " (select max(b.id) from greenroom.batch as b where b.scope_id = %s and b.snapshot = %s)",
            (found.scope_id, snapshot.hash),
        ).fetchall()
    return {(dataset, *key) for dataset, key in rows}


def waiting(conn: Database, found: Found) -> list[bool]:
    """For each unit that waits to be promoted, whether it is complete."""
    with begin(conn):
        units = check.pending(conn, found.pack, found.scope_id, None)
        rows = conn.execute("select u.complete from greenroom.unit as u where u.id = any (%s)", (list(units),))
        return [row[0] for row in rows]


def stage(
    conn: Database,
    found: Found,
    snapshot: Snapshot,
    store: Store,
    *,
    only: str | None = None,
    complete: bool | None = None,
    covered: frozenset[tuple[str, ...]] = frozenset(),
    spoilt: frozenset[tuple[str, ...]] = frozenset(),
    dry_run: bool = False,
) -> Staged:
    """Snapshot -> parsed -> landing -> sealed batch -> findings, in one transaction.

    `only` names the subject of a document; of a table, the year where the file does not say it.
    Units `covered` by a whole file are left as that one gave them, and parts of those that a whole file with
    warnings gave (`spoilt`); a file of which nothing else is left is aside.
    """
    address = snapshot.sightings[-1].address
    aside: tuple[str, ...] = ()
    is_aside = False
    stopping: list[dict[str, Any]] = []
    with begin(conn):
        waited = check.pending(conn, found.pack, found.scope_id, None)
        listed: dict[str, Any] = {}
        unheld: tuple[dict[str, Any], ...] = ()
        also: tuple[int, ...] = ()
        batch: seal.Batch | None
        if found.pack.landing == "inbox":
            batches, listed, unheld = _stage_document(conn, found, snapshot, store, only, complete)
            batch = seal.together(batches) if batches else None
            also = tuple(one.id for one in batches[1:])
        else:
            batch = stage_table(conn, found, snapshot, store, only, complete)
            only = None
        _record_fetch(conn, snapshot, snapshot.sightings[-1], is_new=batch is not None)
        aside, is_aside = _set_aside(conn, batch, covered, spoilt, waited)
        if is_aside:
            raise Undone
        units = check.pending(conn, found.pack, found.scope_id, only)
        stopping = check.record(conn, found.pack, units)
        if dry_run:
            raise Undone
    return Staged(found.name, address, snapshot.hash, batch, tuple(stopping), aside, is_aside, also, listed, unheld)


def rehearse(
    conn: Database,
    found: Found,
    documents: Sequence[Brought],
    store: Store,
    *,
    only: str | None = None,
    complete: bool | None = None,
) -> list[Staged | GreenroomError]:
    """What staging these documents one after the other would give; nothing of it stays.

    In one transaction, since what one document names another one needs.
    """
    with begin(conn), conn.transaction(force_rollback=True):
        return in_need_of_each_other(
            documents,
            lambda one: _rehearsed(conn, found, one, store, subject_of(conn, found, one, only), complete),
        )


def subject_of(conn: Database, found: Found, one: Brought, only: str | None) -> str | None:
    """The subject a document is asked to be of; of one that is known by name alone, what others said of that name."""
    if one.subject is not None or one.name is None:
        return one.subject or only
    code: str | None = call(conn, found.pack, "subject_named", scope=found.scope_id, name=one.name)
    if code is None:
        raise ContractBroken(
            f"Nobody has said yet which subject {one.name!r} is.", hint="Stage its specification first."
        )
    if only not in (None, code):
        raise ContractBroken(f"{one.name} is {code}, not {only}.")
    return code


def in_need_of_each_other(
    documents: Sequence[Brought], stage_one: Callable[[Brought], Staged]
) -> list[Staged | GreenroomError]:
    """What became of each document. One that is refused is tried again when the others are there.

    Papers do not say what their subject is called: the specification does, wherever on the site it lies.
    """
    answers: list[Staged | GreenroomError] = []
    for one in documents:
        answers.append(_tried_once(one, stage_one))
    if any(isinstance(answer, Staged) and answer.batch for answer in answers):
        for place, one in enumerate(documents):
            if isinstance(answers[place], GreenroomError):
                answers[place] = _tried_once(one, stage_one)
    return answers


def _tried_once(one: Brought, stage_one: Callable[[Brought], Staged]) -> Staged | GreenroomError:
    try:
        return stage_one(one)
    except (SourceError, Blocked) as error:
        return error


def _rehearsed(
    conn: Database, found: Found, one: Brought, store: Store, only: str | None, complete: bool | None
) -> Staged:
    with our_errors(), conn.transaction():
        batches, listed, unheld = _stage_document(conn, found, one.snapshot, store, only, complete)
        units = check.pending(conn, found.pack, found.scope_id, only)
        stopping = tuple(check.record(conn, found.pack, units))
    batch = seal.together(batches) if batches else None
    also = tuple(each.id for each in batches[1:])
    where = one.snapshot.sightings[-1].address
    return Staged(found.name, where, one.snapshot.hash, batch, stopping, also=also, listed=listed, unheld=unheld)


def seal_inbox(conn: Database, found: Found, only: str | None = None, *, dry_run: bool = False) -> Staged:
    """What foreign programs wrote into the inbox -> sealed batch -> findings."""
    with begin(conn):
        batch = seal.seal_inbox(conn, found.pack, found.scope_id, only=only, origin=seal.Origin(source="inbox"))
        units = check.pending(conn, found.pack, found.scope_id, only)
        if not units:
            held = call(conn, found.pack, "inbox_count", scope=found.scope_id, only=only)
            if not any(held.values()):
                raise SourceMissing(
                    f"The inbox holds nothing for {' '.join(filter(None, (found.name, only)))}.",
                    hint="A scraper that wrote nothing has failed; run it again.",
                )
        stopping = check.record(conn, found.pack, units)
        if dry_run:
            raise Undone
    return Staged(found.name, "inbox", "", batch, tuple(stopping))


def papers_in(found: Found, snapshot: Snapshot, store: Store, only: str) -> list[dict[str, object]] | None:
    """What a document of one paper says of itself; None where it is no single paper. Nothing is staged."""
    assert found.pack.parse is not None
    read = found.pack.parse(_parts(snapshot, store), found.keys, only)
    if any(landed.only is None or landed.complete or landed.main != "papers" for landed in read):
        return None
    tables = [landed.tables["landed_papers"] for landed in read]
    return [dict(zip([name for name, _ in t.columns], row, strict=True)) for t in tables for row in t.rows]


def take_word(conn: Database, found: Found, only: str, said: Mapping[str, Any], *, source: str) -> Staged:
    """One document in a person's words: a row in the inbox as a scraper writes it -> sealed as a part -> findings.

    It adds and changes; what it does not name stays. `source` says in the ledger whose word it is.
    """
    assert found.pack.told is not None
    with begin(conn):
        landed = found.pack.told(found.keys, only, said)
        put.document(conn, landed)
        earlier = seal.told_of(conn, found.scope_id, only, but=str(said.get("url", "")))
        call(conn, found.pack, "land", complete=False)
        batch = seal.seal_inbox(
            conn, found.pack, found.scope_id,
            only=only, origin=seal.Origin(source, None, landed.parser), complete=False, said_of=[landed.main],
        )  # fmt: skip
        unheld = seal.keep_landing(conn, found.scope_id, batch, landed, earlier)
        units = check.pending(conn, found.pack, found.scope_id, only)
        stopping = check.record(conn, found.pack, units)
    return Staged(found.name, source, "", batch, tuple(stopping), unheld=tuple(f.as_json() for f in unheld))


def promote(
    conn: Database,
    found: Found,
    *,
    only: str | None = None,
    live: bool = False,
    by: str,
    note: str | None = None,
    again: Callable[[], AbstractContextManager[Database]] | None = None,
    key: UUID | None = None,
) -> dict[str, Any]:
    """Through the gate into production.

    `again` opens a new connection: one that was lost at commit is settled by looking up what became of it.
    With the same `key` asked again, the same release is the answer, and nothing is written.
    """
    key = key or uuid4()

    def ask(connection: Database) -> dict[str, Any]:
        with begin(connection):
            answer = promotion.promote(
                connection, found.pack, found.scope_id, only=only, live=live, by=by, note=note, key=key
            )
            follow(connection, found, by=by)
            return answer

    try:
        return ask(conn)
    except ConnectionLost as error:
        if again is None:
            raise
        with again() as other:
            if _is_released(other, key):
                # the same key answers the same release, and writes nothing
                return ask(other)
        raise ConnectionLost(
            f"{error.message} Nothing was promoted.", hint="Everything is as it was; run the same command again."
        ) from error


def roll_back(
    conn: Database, pack: Pack, what: Undoing, *, by: str, note: str | None = None, key: UUID | None = None
) -> dict[str, Any]:
    """Releases of one scope undone by a new one, and what is made from its rows made again with them."""
    with begin(conn):
        answer = rollback(conn, pack, what, by=by, note=note, key=key)
        if pack.landing == "file":
            follow(conn, catalog.scope_of(conn, pack, catalog.entry(pack, what.scope)), by=by)
    return answer


def follow(conn: Database, found: Found, *, by: str) -> list[str]:
    """What is made from this scope's rows alone is made again, and published with them, in their transaction."""
    if found.pack.landing == "inbox":
        return []
    made = []
    for dataset in catalog.followers(found.pack, found.keys[0]):
        one = catalog.scope_of(conn, found.pack, dataset)
        if derive(conn, one) is not None:
            # its warnings follow from what was approved; its errors stop all of it
            review.approve(conn, one.pack, one.scope_id, by=by, note=f"made from {found.name}")
            promotion.promote(
                conn, one.pack, one.scope_id, only=None, live=False, by=by, note=f"with {found.name}", key=uuid4()
            )
            made += [one.name, *follow(conn, one, by=by)]
    return made


def derive(conn: Database, found: Found) -> seal.Batch | None:
    """A dataset that has no file, from published rows -> sealed batch; None when it is as it was."""
    dataset = catalog.entry(found.pack, found.keys[0])
    assert dataset.derive is not None
    # whoever promotes another of its inputs just now waits here, and then sees ours
    conn.execute("select from greenroom.scope where id = %s for update", (found.scope_id,))
    left_out = put.shaped(conn, dataset, shape_sql(found.pack, dataset.derive))
    if put.count(conn) == 0:
        # nothing to make it from yet
        return None
    batch = seal.seal_landing(conn, found.pack, dataset, found.scope_id, origin=seal.Origin("derived"))
    if batch is None:
        return None
    reading = put.Reading("derived", batch.read, batch.read, left_out=left_out)
    return seal.keep_reading(conn, batch, reading, catalog.declaration(found.pack, found.keys[0]))


def live(conn: Database, found: Found, *, on: bool, by: str, only: str | None = None) -> dict[str, Any]:
    """Show or hide; on also lands the prepared release."""
    with begin(conn):
        return show.show(conn, found.pack, found.scope_id, on=on, by=by, only=only)


def _is_released(conn: Database, key: UUID) -> bool:
    with begin(conn):
        row = conn.execute(
            "select exists (select from greenroom.release where idempotency_key = %s)", (key,)
        ).fetchone()
    return bool(row and row[0])


def _stage_document(
    conn: Database, found: Found, snapshot: Snapshot, store: Store, only: str | None, complete: bool | None
) -> tuple[list[seal.Batch], dict[str, Any], tuple[dict[str, Any], ...]]:
    """One document -> a batch for each unit it is of; or the list it is, laid down, and what that changed.

    The last are findings that hold nothing, since nothing in the document was new.
    """
    address = snapshot.sightings[-1].address
    assert found.pack.parse is not None
    batches = []
    unheld: list[dict[str, Any]] = []
    for landed in found.pack.parse(_parts(snapshot, store), found.keys, only):
        put.document(conn, landed)
        whole = landed.complete if complete is None else complete
        if landed.only is None:
            errors: list[dict[str, object]] = [f.as_json() for f in landed.findings if f.severity == "error"]
            if errors:
                raise ContractBroken(f"{address}: {errors[0]['message']}", findings=errors)
            listed = call(conn, found.pack, "land_list", complete=whole)
            return [], {**listed, "findings": [f.as_json() for f in landed.findings]}, ()
        # a part adds to what waits, and what was said of that is still true
        earlier = [] if whole else seal.told_of(conn, found.scope_id, landed.only, but=address)
        call(conn, found.pack, "land", complete=whole)
        origin = seal.Origin(address, snapshot.hash, landed.parser)
        given = [name.removeprefix("landed_") for name, table in landed.tables.items() if table.rows]
        batch = seal.seal_inbox(
            conn, found.pack, found.scope_id, only=landed.only, origin=origin, complete=whole, said_of=given
        )
        compared = found.pack.compare(landed, _at_hand(store)) if found.pack.compare else ()
        findings = [*earlier, *landed.findings, *compared]
        unheld += [f.as_json() for f in seal.keep_landing(conn, found.scope_id, batch, landed, findings)]
        if batch is not None:
            batches.append(batch)
    return batches, {}, tuple(unheld)


def _parts(snapshot: Snapshot, store: Store) -> list[Part]:
    """What is read together: a document alone, or the pages of a list."""
    return parts_of(snapshot, store)


def _at_hand(store: Store) -> Callable[[str], bytes | None]:
    """The bytes that an address gave last, where the store has them."""
    known = store.addresses()

    def look(address: str) -> bytes | None:
        if address not in known:
            return None
        with store.open(known[address]) as file:
            return file.read()

    return look


def stage_table(
    conn: Database, found: Found, snapshot: Snapshot, store: Store, year: str | None, complete: bool | None
) -> seal.Batch | None:
    """A snapshot of a flat dataset -> sealed batch, in the transaction of the caller; None when nothing is new."""
    dataset = catalog.entry(found.pack, found.keys[0])
    address = snapshot.sightings[-1].address
    with store.open(snapshot.hash) as raw, formats.looked_into(raw) as file:
        read = recognise(file, dataset)
        shape = shape_sql(found.pack, read.form.shape) if read.form.shape else None
        reading = put.landing(conn, dataset, read, shape=shape, year=year_of(address, read.form) or year)
    origin = seal.Origin(address, snapshot.hash, f"{dataset.name}: {read.form.name}")
    batch = seal.seal_landing(conn, found.pack, dataset, found.scope_id, origin=origin, complete=complete)
    if batch is None:
        return None
    return seal.keep_reading(conn, batch, reading, catalog.declaration(found.pack, found.keys[0]))


def _set_aside(
    conn: Database,
    batch: seal.Batch | None,
    covered: frozenset[tuple[str, ...]],
    spoilt: frozenset[tuple[str, ...]],
    waited: Sequence[int],
) -> tuple[tuple[str, ...], bool]:
    """Take the units of a batch that a whole file gave before out of the way again; whether nothing else is in it.

    The table that repeats the newest period goes with the period it repeats.
    """
    if batch is None or not (covered or spoilt):
        return (), False
    rows = conn.execute(
        "select u.id, u.dataset, u.key, u.complete from greenroom.unit as u where u.batch_id = %s", (batch.id,)
    ).fetchall()

    def is_covered(dataset: str, key: Sequence[str], *, complete: bool) -> bool:
        return (dataset, *key) in (covered if complete else covered | spoilt)

    given = {unit: is_covered(dataset, key, complete=whole) for unit, dataset, key, whole in rows if key}
    repeats = {unit for unit, _, key, _ in rows if not key}
    if given:
        whole = [unit for unit, _, key, complete in rows if key and complete]
        given |= dict.fromkeys(repeats, all(given[unit] for unit in whole))
    else:
        given = {unit: is_covered(dataset, (), complete=whole) for unit, dataset, _, whole in rows}
    aside = [unit for unit, is_given in given.items() if is_given]
    names = tuple(sorted({" ".join(key) or dataset for unit, dataset, key, _ in rows if given[unit]}))
    if len(aside) == len(rows):
        return names, True
    conn.execute("update greenroom.unit set state = 'superseded' where id = any (%s)", (aside,))
    conn.execute(
        "update greenroom.unit as u set state = 'sealed' from greenroom.unit as o"
        " where o.id = any (%s) and u.id = any (%s) and u.state = 'superseded'"
        " and (u.dataset, u.key) = (o.dataset, o.key)",
        (aside, list(waited)),
    )
    return names, False


@contextmanager
def looking(
    connect: Callable[[], AbstractContextManager[Database]], store: Store, *, dry_run: bool
) -> Iterator[list[GreenroomError]]:
    """Sites are asked within; what failed is added to the list that is given, or raised.

    In the end it is written down which addresses gave nothing, and which of those before do again.
    """
    errors: list[GreenroomError] = []
    try:
        yield errors
    except SourceError as error:
        errors.append(error)
        raise
    finally:
        if not dry_run:
            with connect() as conn:
                _record_looks(conn, store, errors)


def _record_looks(conn: Database, store: Store, errors: Iterable[GreenroomError]) -> None:
    failed = {error.address: error.message for error in errors if isinstance(error, SourceError) and error.address}
    with begin(conn):
        conn.execute(
            "insert into greenroom.fetch (address, outcome, message)"
            " select f.address, 'failed', f.message from unnest(%s::text[], %s::text[]) as f (address, message)",
            (list(failed), list(failed.values())),
        )
        for one in scopes.failed_fetches(conn):
            snapshot = store.latest(one.address) if one.address not in failed else None
            seen = next((s for s in snapshot.sightings if s.address == one.address), None) if snapshot else None
            if snapshot and seen and datetime.fromisoformat(seen.fetched_at) > one.fetched_at:
                _record_fetch(conn, snapshot, seen, is_new=False)


def _record_fetch(conn: Database, snapshot: Snapshot, seen: Sighting, *, is_new: bool) -> None:
    conn.execute(
        "insert into greenroom.snapshot (hash, bytes) values (%s, %s) on conflict (hash) do nothing",
        (snapshot.hash, snapshot.size_bytes),
    )
    conn.execute(
        "insert into greenroom.fetch (address, hash, fetched_at, headers, outcome) values (%s, %s, %s, %s, %s)",
        (seen.address, snapshot.hash, seen.fetched_at, Jsonb(dict(seen.headers)), "new" if is_new else "same"),
    )


def _datasets(found: Found) -> set[str]:
    if found.pack.landing == "inbox":
        return {found.name}
    return {d.name for d in catalog.groups(found.pack)[found.keys[0]]} | {found.keys[0]}


def _place(origin: str) -> Path | str:
    return origin if "://" in origin else Path(origin)
