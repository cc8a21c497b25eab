"""Schemas, brought up to date: packs enter; what was made, changed and noted leaves.

One transaction: drop the compiled objects, run what is pending, make the tables of new datasets,
compile, grant. Files that cannot share a transaction run after it, and last those that every migration repeats.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import LiteralString, TypeVar

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from greenroom.db.connection import begin, name_of, our_errors, retrying
from greenroom.db.foreign import Difference, differences, item_named, refuse_altered, refuse_foreign
from greenroom.db.grants import grant
from greenroom.db.inventory import (
    ROUTINES,
    Database,
    Item,
    Owned,
    Seen,
    columns,
    dependences,
    disown,
    drop_order,
    drop_statement,
    is_there,
    objects,
    own,
    owned,
    statement,
)
from greenroom.db.kernel import call
from greenroom.db.migration import (
    CORE,
    Compiler,
    Migration,
    Plan,
    after_files,
    core_functions,
    migration_files,
    record,
    run,
)
from greenroom.db.statements import created, split
from greenroom.model.dataset import Dataset
from greenroom.model.errors import BadDeclaration, DatabaseError, ForeignObjects, ScopeBusy, TimedOut
from greenroom.model.pack import Pack

# "greenroom" as a number: whoever migrates this database holds it until the transaction ends.
LOCK = (0x67726565, 0x6E726F6F)

# Without parameters: with them the driver's portal would keep a snapshot, for which a concurrent build waits.
TAKE_LOCK = sql.SQL("select pg_advisory_xact_lock({}, {})").format(*map(sql.Literal, LOCK))

# Any reader queued behind a waiting ALTER waits as long: short waits and many tries, never one long wait.
LOCK_TIMEOUT_SECONDS = 2.0

# Nobody notices a write that waits this long, and the next try comes after a pause. What does not come through
# is told and left to the next migration.
UNFELT_SECONDS = 0.05
AFTER_PATIENCE_SECONDS = 10.0

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a migration did; of a check, what it would have done."""

    database: str
    is_check: bool
    applied: tuple[str, ...]
    apart: tuple[str, ...]
    differences: tuple[Difference, ...]
    compiled: int
    notes: tuple[str, ...]
    seconds: float
    schemas: tuple[str, ...] = ()

    def by_schema(self) -> dict[str, list[Difference]]:
        """Per schema, `public` and the packs' own always among them, so that "public: 0" can be said."""
        lists: dict[str, list[Difference]] = {schema: [] for schema in sorted({"public", *self.schemas})}
        for difference in self.differences:
            lists.setdefault(difference.item.schema, []).append(difference)
        return lists


@dataclass(slots=True)
class Done:
    """What a migration has done so far."""

    applied: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def migrate(
    connect: Callable[[], Database],
    packs: Sequence[Pack],
    *,
    compiler: Compiler,
    schemas: Mapping[str, str] | None = None,
    app_roles: Sequence[str] = (),
    check: bool = False,
    progress: Callable[[str], None] = lambda _: None,
    patience_seconds: float = 60.0,
) -> Outcome:
    """Bring the ledger and these packs up to date, or with `check` only find out what that would change.

    `schemas` names the published schema of a pack where it is not the default one. All or nothing,
    files marked `-- no-transaction` excepted: they follow one by one.
    Raises ForeignObjects for what others made in our place or built on what we drop, DatabaseError
    for an edited or missing file, and TimedOut when others held what is needed for too long.
    """
    started = time.monotonic()
    everything = (CORE, *(pack for pack in packs if pack.name != CORE.name))
    plan = Plan(
        packs=everything,
        compiler=compiler,
        schemas=schemas or {},
        app_roles=app_roles,
        is_check=check,
        progress=progress,
        files={pack.name: migration_files(pack) for pack in everything},
    )
    with closing(connect()) as connection:
        outcome = patiently(connection, patience_seconds, lambda: _transaction(connection, plan))
        if not check:
            for pack in plan.packs:
                for file in plan.files[pack.name]:
                    if str(file) in outcome.apart:
                        patiently(connection, patience_seconds, partial(_apart, connect, plan, pack, file))
            told = [
                note
                for pack in plan.packs
                for file in after_files(pack)
                for note in _afterwards(connection, plan, pack, file, min(patience_seconds, AFTER_PATIENCE_SECONDS))
            ]
            outcome = replace(outcome, notes=(*outcome.notes, *told))
    return replace(outcome, seconds=time.monotonic() - started)


def mark_applied(connection: Database, migrations: Sequence[Migration]) -> None:
    """Record migrations as run without running them: what they make was there already, and `adopt` took it over."""
    for migration in migrations:
        record(connection, migration, 0.0)


def _transaction(connection: Database, plan: Plan) -> Outcome:
    with begin(connection, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS), _warned(connection) as warnings:
        connection.execute(TAKE_LOCK)
        connection.execute("select pg_current_xact_id()")
        before = objects(connection)
        ours = owned(connection)
        pending = find_pending(connection, plan)
        refuse_foreign(connection, plan, pending, before, ours)
        done = Done()
        drop_compiled(connection, plan, before, ours)
        for pack in plan.packs:
            make_lasting(connection, plan, pack, pending[pack.name], done)
        for pack in plan.packs[1:]:
            compile_pack(connection, plan, pack)
            _teach(connection, pack)
        for pack in plan.packs[1:]:
            done.notes += grant(connection, pack, plan.schema(pack), plan.app_roles)
        connection.execute("notify pgrst, 'reload schema'")
        after = objects(connection)
        ours = owned(connection)
        changes = tuple(differences(before, after))
        refuse_altered(changes, ours)
        outcome = Outcome(
            database=name_of(connection),
            is_check=plan.is_check,
            applied=tuple(done.applied),
            apart=tuple(str(file) for files in pending.values() for file in files if file.is_apart),
            differences=changes,
            compiled=sum(owner.origin == "compiled" for owner in ours.values()),
            notes=(*warnings, *done.notes),
            seconds=0.0,
            schemas=tuple(plan.schema(pack) for pack in plan.packs[1:]),
        )
        if plan.is_check:
            raise psycopg.Rollback
    return outcome


def find_pending(connection: Database, plan: Plan) -> dict[str, list[Migration]]:
    """The files not run yet; refuses when history was changed."""
    ledger: dict[tuple[str, str], str] = {}
    if is_there(connection, "greenroom", "migration") and is_there(connection, "greenroom", "made"):
        rows = connection.execute("select pack, name, sha256 from greenroom.migration")
        ledger = {(pack, name): sha256 for pack, name, sha256 in rows}
    for pack in plan.packs:
        _refuse_changed_history(pack, plan.files[pack.name], ledger)
        for file in plan.files[pack.name]:
            _refuse_transaction_control(file)
    return {
        pack.name: [file for file in plan.files[pack.name] if (pack.name, file.name) not in ledger]
        for pack in plan.packs
    }


def _refuse_changed_history(pack: Pack, files: Sequence[Migration], ledger: Mapping[tuple[str, str], str]) -> None:
    here = {file.name: file for file in files}
    for (of, name), sha256 in sorted(ledger.items()):
        if of != pack.name:
            continue
        if name not in here:
            raise DatabaseError(
                f"Migration {of}/{name} was run on this database, but the file is gone.",
                hint="Is this Greenroom older than the database? Install the version that has the file.",
            )
        if here[name].sha256 != sha256:
            raise DatabaseError(
                f"Migration {of}/{name} was edited after it was run on this database.",
                hint="Put the file back as it was, and write the change as a new migration.",
            )


def _refuse_transaction_control(file: Migration) -> None:
    for each in split(file.text):
        if re.match(r"(begin|start transaction|commit|end|rollback|abort|savepoint|prepare transaction)\b", each.words):
            raise BadDeclaration(
                f"Migration {file}, line {each.line}: {each.words.split()[0]!r} would end the transaction it shares.",
                hint="Leave it out: the file and the record of it are one transaction.",
            )


def drop_compiled(connection: Database, plan: Plan, before: Mapping[Item, Seen], ours: Mapping[Item, Owned]) -> None:
    """Drop what the named packs compiled, by name.

    What a lasting object of ours stands on (a trigger's function, a policy's) stays, to be replaced in place.
    """
    names = {pack.name for pack in plan.packs}
    recorded = {item for item, owner in ours.items() if owner.origin == "compiled" and owner.pack in names}
    standing = {before[item].address: item for item in recorded if item in before}
    links = dependences(connection, list(standing))
    lasting = {before[item].address: item for item in ours if item in before and item not in recorded}
    foreign = [link.description for link in links if link.dependent not in standing and link.dependent not in lasting]
    if foreign:
        raise ForeignObjects(
            "Objects that Greenroom did not make stand on what it must write again:\n  " + "\n  ".join(sorted(foreign)),
            hint="Drop them, migrate, and create them again; or let them read the published tables instead.",
        )
    pinned = {link.on for link in links if link.dependent in lasting}
    while more := {link.on for link in links if link.dependent in pinned} - pinned:
        pinned |= more
    _refuse_orphans(plan, [standing[address] for address in pinned])
    going = [item for item in drop_order(standing, links) if before[item].address not in pinned]
    if going:
        connection.execute(sql.SQL("\n").join(map(drop_statement, going)), prepare=False)
    disown(connection, [item for item in recorded if item not in before or before[item].address not in pinned])


def _refuse_orphans(plan: Plan, pinned: Sequence[Item]) -> None:
    made_again = {item_named(name).collides_as for pack in plan.packs[1:] for name in created(plan.compiled(pack))}
    for item in pinned:
        if item.collides_as not in made_again:
            raise BadDeclaration(
                f"The {item} is no longer declared, but a table of ours still uses it.",
                hint="Write a migration that drops the trigger, policy or index that does.",
            )


def make_lasting(connection: Database, plan: Plan, pack: Pack, pending: Sequence[Migration], done: Done) -> None:
    """Run what is pending of a pack and make the tables of its new datasets."""
    known = objects(connection)
    schema = plan.schema(pack)
    if Item(schema, "schema", schema) not in known and pack is not CORE:
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    for file in pending:
        if file.is_apart:
            continue
        text = plan.text(pack, file.text)
        # A file may build on a table that no file makes, since its declaration does.
        _make_tables(connection, plan, pack, _up_to_mentioned(pack, text, schema))
        plan.progress(f"migration {file}")
        started = time.monotonic()
        run(connection, text, str(file))
        record(connection, file, time.monotonic() - started)
        done.applied.append(str(file))
    if pack is CORE:
        core_functions(connection)
    _make_tables(connection, plan, pack, pack.datasets)
    _refuse_outgrown(connection, plan, pack)
    _bring_batches_up(connection, plan, pack)
    own(connection, pack.name, "lasting", _new(connection, known))


def _up_to_mentioned(pack: Pack, text: str, schema: str) -> Sequence[Dataset]:
    """The datasets a file speaks of and, since they may refer to them, those before."""
    spoken = [n for n, d in enumerate(pack.datasets, 1) if re.search(rf'"{schema}"\."?{d.table}\b', text)]
    return pack.datasets[: max(spoken, default=0)]


def _make_tables(connection: Database, plan: Plan, pack: Pack, datasets: Sequence[Dataset]) -> None:
    """Make the published tables that are missing and that no migration makes."""
    by_hand = {
        name.name for file in plan.files[pack.name] for name in created(file.text) if name.schema == pack.file_schema
    }
    for dataset in datasets:
        if dataset.table not in by_hand and not is_there(connection, plan.schema(pack), dataset.table):
            plan.progress(f"table {plan.schema(pack)}.{dataset.table}")
            run(connection, plan.compiler.table_sql(pack, dataset, plan.schema(pack)), f"table of {dataset.name}")


@dataclass(frozen=True, slots=True)
class Wanting:
    """A declared column that an installed table lacks (`here` is None), or has with another type."""

    table: str
    column: str
    kind: str
    here: str | None

    def line(self, schema: str) -> str:
        """The statement that mends it, for a person to run."""
        if self.here is None:
            return f'alter table "{schema}".{self.table} add column {self.column} {self.kind};'
        return (
            f'alter table "{schema}".{self.table} alter column {self.column} type {self.kind}'
            f" using {self.column}::{self.kind};"
        )


def _refuse_outgrown(connection: Database, plan: Plan, pack: Pack) -> None:
    """Published tables are changed by hand-written migrations only; say which are wanting."""
    ours = owned(connection)
    schema = plan.schema(pack)
    adopted = {item.name for item, owner in ours.items() if owner.origin == "adopted" and item.schema == schema}
    wanting = outgrown(connection, plan, pack, [dataset for dataset in pack.datasets if dataset.table not in adopted])
    if wanting:
        lines = [each.line(pack.schema) for each in wanting]
        raise DatabaseError(
            f"Pack {pack.name} declares columns that its installed tables lack:\n  " + "\n  ".join(lines),
            hint="Put these lines into a new migration file of the pack, then migrate again.",
        )


def outgrown(connection: Database, plan: Plan, pack: Pack, datasets: Sequence[Dataset]) -> list[Wanting]:
    """What the tables of these datasets lack of their declarations."""
    declared = {
        dataset.table: {
            name: plan.text(pack, kind) for name, kind in plan.compiler.published_columns(pack, dataset).items()
        }
        for dataset in datasets
    }
    spelled = _spelled(connection, {kind for kinds in declared.values() for kind in kinds.values()})
    wanting: list[Wanting] = []
    for table, kinds in declared.items():
        here = columns(connection, plan.schema(pack), table)
        wanting += [
            Wanting(table, name, kind, here.get(name))
            for name, kind in kinds.items()
            if here.get(name) != spelled[kind]
        ]
    return wanting


def _bring_batches_up(connection: Database, plan: Plan, pack: Pack) -> None:
    """Make the tables of sealed and prepared rows, or bring those that stand up to the declaration."""
    declared: dict[str, Mapping[str, str]] = {}
    for dataset in pack.datasets:
        run(connection, plan.compiler.batch_sql(pack, dataset), f"batches of {dataset.name}")
        declared |= plan.compiler.batch_columns(pack, dataset)
    spelled = _spelled(connection, {plan.text(pack, kind) for kinds in declared.values() for kind in kinds.values()})
    for table, kinds in declared.items():
        here = columns(connection, "greenroom", table)
        for name, kind in kinds.items():
            wanted = plan.text(pack, kind)
            if here.get(name) != spelled[wanted]:
                plan.progress(f"greenroom.{table}: {name} {wanted}")
                place = sql.Identifier("greenroom", table)
                connection.execute(alteration(place, name, wanted, is_new=name not in here))


def alteration(place: sql.Identifier, column: str, kind: str, *, is_new: bool) -> sql.Composed:
    """The statement that gives a table a column, or a column another type."""
    text: LiteralString = (
        "alter table {table} add column {column} {kind}"
        if is_new
        else "alter table {table} alter column {column} type {kind} using {column}::{kind}"
    )
    return sql.SQL(text).format(table=place, column=sql.Identifier(column), kind=_type(kind))


def _spelled(connection: Database, kinds: set[str]) -> dict[str, str]:
    """Each type as the catalogue spells it: int is integer, numeric(6,2) keeps its digits."""
    if not kinds:
        return {}
    order = sorted(kinds)
    listed = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(f"c{n}"), _type(kind)) for n, kind in enumerate(order)
    )
    connection.execute(sql.SQL("create temporary table greenroom_types ({}) on commit drop").format(listed))
    rows = connection.execute(
        "select format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = 'pg_temp.greenroom_types'::regclass and attnum > 0 order by attnum"
    ).fetchall()
    connection.execute("drop table pg_temp.greenroom_types")
    return {kind: spelling for kind, (spelling,) in zip(order, rows, strict=True)}


def _type(kind: str) -> sql.SQL:
    """A type as declared; types cannot be quoted as names can, so anything else is refused."""
    if not re.fullmatch(r'[\w". ]+(\( ?\w+( ?, ?\w+)* ?\)[\w ]*)?(\[\])*', kind):
        raise BadDeclaration(f"{kind!r} is not the name of a type.")
    return sql.SQL(kind)


def compile_pack(connection: Database, plan: Plan, pack: Pack) -> None:
    """Write the functions and views of a pack, and own them."""
    known = objects(connection)
    plan.progress(f"compiled SQL of {pack.name}")
    run(connection, plan.compiled(pack), f"compiled SQL of {pack.name}")
    made = _new(connection, known)
    for item in made:
        if item.kind not in (*ROUTINES, "view", "type", "domain", "schema"):
            raise BadDeclaration(
                f"The compiled SQL of {pack.name} makes the {item}; it may only make functions and views."
            )
    own(connection, pack.name, "lasting", [item for item in made if item.kind == "schema"])
    own(connection, pack.name, "compiled", [item for item in made if item.kind != "schema"])


def _teach(connection: Database, pack: Pack) -> None:
    """Tell the pack's tables what its parsers know: a board that came as a file is known from here on."""
    if pack.teaches is not None:
        call(connection, pack, "learn", taught=Jsonb(list(pack.teaches())))


def _new(connection: Database, known: Mapping[Item, Seen]) -> list[Item]:
    """What this transaction made since; not what others made meanwhile."""
    return sorted(item for item, seen in objects(connection).items() if item not in known and seen.is_ours_now)


def _apart(connect: Callable[[], Database], plan: Plan, pack: Pack, file: Migration) -> None:
    """Run a file that cannot share a transaction, statement by statement, then record it.

    A second connection holds the lock meanwhile, in a transaction that neither reads nor writes.
    """
    with closing(connect()) as guard, begin(guard, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS):
        guard.execute("select set_config('idle_in_transaction_session_timeout', '0', true)")
        guard.execute(TAKE_LOCK)
        with closing(connect()) as connection, our_errors():
            found = connection.execute(
                "select from greenroom.migration where (pack, name) = (%s, %s)", (file.pack, file.name)
            ).fetchone()
            if found is not None:
                return
            plan.progress(f"migration {file}, outside the transaction")
            started = time.monotonic()
            for each in split(plan.text(pack, file.text)):
                _drop_half_made(connection, each.text)
                run(connection, each.text, f"{file}, statement of line {each.line}")
            with begin(connection):
                record(connection, file, time.monotonic() - started)


def _afterwards(
    connection: Database, plan: Plan, pack: Pack, file: Migration, patience_seconds: float
) -> Iterator[str]:
    """Run a file that every migration repeats; what others are in the way of is told, and is no failure."""
    for each in split(plan.text(pack, file.text)):
        once = partial(_briefly, connection, each.text, f"{file}, statement of line {each.line}")
        try:
            yield from retrying(once, deadline_seconds=patience_seconds)
        except ScopeBusy:
            yield f"Left to the next migration, since others hold what it needs: {each.comment}."


def _briefly(connection: Database, text: str, what: str) -> list[str]:
    with begin(connection, lock_timeout_seconds=UNFELT_SECONDS), _warned(connection) as warnings:
        connection.execute(TAKE_LOCK)
        run(connection, text, what)
    return warnings


@contextmanager
def _warned(connection: Database) -> Iterator[list[str]]:
    """What our SQL warns of meanwhile: it goes into the notes."""
    warnings: list[str] = []

    def note(said: psycopg.errors.Diagnostic) -> None:
        if said.severity_nonlocalized == "WARNING" and said.message_primary:
            warnings.append(said.message_primary)

    connection.add_notice_handler(note)
    try:
        yield warnings
    finally:
        connection.remove_notice_handler(note)


def _drop_half_made(connection: Database, text: str) -> None:
    """An interrupted concurrent build leaves an invalid index, which `if not exists` would take for whole."""
    found = re.match(
        r'create (?:unique )?index concurrently (?:if not exists )?"?(\w+)"? on (?:only )?"?(\w+)"?\.',
        " ".join(text.split()),
        re.IGNORECASE,
    )
    if found:
        rows = connection.execute(statement("invalid_indexes"), {"name": found[1], "schema": found[2]}).fetchall()
        for schema, index in rows:
            connection.execute(
                sql.SQL("drop index concurrently {}.{}").format(sql.Identifier(schema), sql.Identifier(index))
            )


def patiently(connection: Database, patience_seconds: float, work: Callable[[], Result]) -> Result:
    """Do it again while others hold what it needs; at the end say who they are."""
    try:
        return retrying(work, deadline_seconds=patience_seconds)
    except ScopeBusy as error:
        raise TimedOut(
            f"Other sessions held what this needs for {patience_seconds:g} s; nothing was changed."
            + "".join(f"\n  {line}" for line in _blockers(connection)),
            hint="Let them finish, or end them with pg_terminate_backend(pid), then migrate again.",
        ) from error


def _blockers(connection: Database) -> list[str]:
    with begin(connection):
        schemas = sorted({item.schema for item in owned(connection)})
        rows = connection.execute(
            statement("blockers"), {"schemas": schemas, "high": LOCK[0], "low": LOCK[1]}
        ).fetchall()
    return [
        f"{program} of {user}, pid {pid}, {state} for {seconds} s, holds {held}"
        for pid, program, user, state, seconds, held in rows
    ]
