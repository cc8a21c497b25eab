"""Schemas, brought up to date: packs enter; what was made, changed and noted leaves.

One transaction: drop the compiled objects, run what is pending, make the tables of new datasets,
compile, grant. Files that cannot share a transaction run after it.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, LiteralString, Protocol, TypeVar

import psycopg
from psycopg import sql

from greenroom.db.connection import begin, name_of, our_errors, retrying
from greenroom.db.grants import grant
from greenroom.db.inventory import (
    RELATIONS,
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
from greenroom.db.statements import Name, created, split
from greenroom.model.dataset import Dataset
from greenroom.model.errors import BadDeclaration, DatabaseError, ForeignObjects, NoRights, ScopeBusy, TimedOut
from greenroom.model.pack import Pack

CORE = Pack(name="greenroom", schema="greenroom", package="greenroom", datasets=(), landing="", note="The ledger.")

# "greenroom" as a number: whoever migrates this database holds it until the transaction ends.
LOCK = (0x67726565, 0x6E726F6F)

# Any reader queued behind a waiting ALTER waits as long: short waits and many tries, never one long wait.
LOCK_TIMEOUT_SECONDS = 2.0

Result = TypeVar("Result")

_NO_TRANSACTION = "-- no-transaction"
_BUSY = ("55P03", "40P01", "40001")
_ALREADY_THERE = ("42P06", "42P07", "42710", "42723")


class Compiler(Protocol):
    """What `compile.py` offers: text from declarations, no database touched."""

    def pack_sql(self, pack: Pack, schema: str) -> str:
        """All functions and views of the pack. What lasting objects stand on is `create or replace`."""

    def table_sql(self, pack: Pack, dataset: Dataset, schema: str) -> str:
        """The published table of a dataset, with its indexes and comments."""

    def table_columns(self, pack: Pack, dataset: Dataset) -> Mapping[str, str]:
        """Column and type of what the published table must have; more may stand there."""

    def batch_sql(self, pack: Pack, dataset: Dataset) -> str:
        """`create table if not exists` of greenroom.batch_<dataset> and prepared_<dataset>."""

    def batch_columns(self, pack: Pack, dataset: Dataset) -> Mapping[str, str]:
        """Column and type of what both of them must have; more may stand there."""

    def rewrite(self, text: str, default: str, actual: str) -> str:
        """The same text for another schema: the double-quoted name replaced."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, run once."""

    pack: str
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """What tells an edited file."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def is_apart(self) -> bool:
        """Whether it runs outside the transaction."""
        return self.text.startswith(_NO_TRANSACTION)

    def __str__(self) -> str:
        return f"{self.pack}/{self.name}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one object."""

    item: Item
    what: Literal["made", "changed", "removed"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    packs: tuple[Pack, ...]
    compiler: Compiler
    schemas: Mapping[str, str]
    app_roles: Sequence[str]
    is_check: bool
    progress: Callable[[str], None]
    files: Mapping[str, tuple[Migration, ...]]

    def schema(self, pack: Pack) -> str:
        return self.schemas.get(pack.name, pack.schema)

    def text(self, pack: Pack, text: str) -> str:
        """As it must read in this database."""
        if self.schema(pack) == pack.schema:
            return text
        return self.compiler.rewrite(text, pack.schema, self.schema(pack))

    def compiled(self, pack: Pack) -> str:
        return self.compiler.pack_sql(pack, self.schema(pack))


@dataclass(slots=True)
class _Done:
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
    plan = _Plan(
        packs=everything,
        compiler=compiler,
        schemas=schemas or {},
        app_roles=app_roles,
        is_check=check,
        progress=progress,
        files={pack.name: migration_files(pack) for pack in everything},
    )
    with closing(connect()) as connection:
        outcome = _patiently(connection, patience_seconds, lambda: _transaction(connection, plan))
        if not check:
            for pack in plan.packs:
                for file in plan.files[pack.name]:
                    if str(file) in outcome.apart:
                        run = partial(_apart, connect, plan, pack, file)
                        _patiently(connection, patience_seconds, run)
    return replace(outcome, seconds=time.monotonic() - started)


def migration_files(pack: Pack) -> tuple[Migration, ...]:
    """The migrations of a pack in natural order: 100, 101, 103a, 103b, 110."""
    folder = pack.sql_folder().joinpath("migrations")
    if not folder.is_dir():
        return ()
    found = (file for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        Migration(pack.name, file.name, file.read_text("utf-8").replace("\r\n", "\n"))
        for file in sorted(found, key=lambda file: _natural(file.name))
    )


def mark_applied(connection: Database, migrations: Sequence[Migration]) -> None:
    """Record migrations as run without running them: what they make was there already, and `adopt` took it over."""
    for migration in migrations:
        _record(connection, migration, 0.0)


def _natural(name: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", name)]


# --- the transaction


def _transaction(connection: Database, plan: _Plan) -> Outcome:
    with begin(connection, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS):
        connection.execute("select pg_advisory_xact_lock(%s, %s)", LOCK)
        connection.execute("select pg_current_xact_id()")
        before = objects(connection)
        ours = owned(connection)
        pending = _pending(connection, plan)
        _refuse_foreign(connection, plan, pending, before, ours)
        done = _Done()
        _drop_compiled(connection, plan, before, ours)
        for pack in plan.packs:
            _lasting(connection, plan, pack, pending[pack.name], done)
        for pack in plan.packs[1:]:
            _compile(connection, plan, pack)
        for pack in plan.packs[1:]:
            done.notes += grant(connection, pack, plan.schema(pack), plan.app_roles)
        connection.execute("notify pgrst, 'reload schema'")
        after = objects(connection)
        ours = owned(connection)
        differences = tuple(_differences(before, after))
        _refuse_altered(differences, ours)
        outcome = Outcome(
            database=name_of(connection),
            is_check=plan.is_check,
            applied=tuple(done.applied),
            apart=tuple(str(file) for files in pending.values() for file in files if file.is_apart),
            differences=differences,
            compiled=sum(owner.origin == "compiled" for owner in ours.values()),
            notes=tuple(done.notes),
            seconds=0.0,
            schemas=tuple(plan.schema(pack) for pack in plan.packs[1:]),
        )
        if plan.is_check:
            raise psycopg.Rollback
    return outcome


def _pending(connection: Database, plan: _Plan) -> dict[str, list[Migration]]:
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


def _drop_compiled(connection: Database, plan: _Plan, before: Mapping[Item, Seen], ours: Mapping[Item, Owned]) -> None:
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


def _refuse_orphans(plan: _Plan, pinned: Sequence[Item]) -> None:
    made_again = {_item(name).collides_as for pack in plan.packs[1:] for name in created(plan.compiled(pack))}
    for item in pinned:
        if item.collides_as not in made_again:
            raise BadDeclaration(
                f"The {item} is no longer declared, but a table of ours still uses it.",
                hint="Write a migration that drops the trigger, policy or index that does.",
            )


def _lasting(connection: Database, plan: _Plan, pack: Pack, pending: Sequence[Migration], done: _Done) -> None:
    """Run what is pending of a pack and make the tables of its new datasets."""
    known = objects(connection)
    for file in pending:
        if file.is_apart:
            continue
        text = plan.text(pack, file.text)
        # A file may build on a table that no file makes, since its declaration does.
        _make_tables(connection, plan, pack, _up_to_mentioned(pack, text, plan.schema(pack)))
        plan.progress(f"migration {file}")
        started = time.monotonic()
        _run(connection, text, str(file))
        _record(connection, file, time.monotonic() - started)
        done.applied.append(str(file))
    if pack is CORE:
        _core_functions(connection)
    _make_tables(connection, plan, pack, pack.datasets)
    _refuse_outgrown(connection, plan, pack)
    _bring_batches_up(connection, plan, pack)
    own(connection, pack.name, "lasting", _new(connection, known))


def _up_to_mentioned(pack: Pack, text: str, schema: str) -> Sequence[Dataset]:
    """The datasets a file speaks of and, since they may refer to them, those before."""
    spoken = [n for n, d in enumerate(pack.datasets, 1) if re.search(rf'"{schema}"\."?{d.table}\b', text)]
    return pack.datasets[: max(spoken, default=0)]


def _make_tables(connection: Database, plan: _Plan, pack: Pack, datasets: Sequence[Dataset]) -> None:
    """Make the published tables that are missing and that no migration makes."""
    by_hand = {name.name for file in plan.files[pack.name] for name in created(file.text) if name.schema == pack.schema}
    for dataset in datasets:
        if dataset.table not in by_hand and not is_there(connection, plan.schema(pack), dataset.table):
            plan.progress(f"table {plan.schema(pack)}.{dataset.table}")
            _run(connection, plan.compiler.table_sql(pack, dataset, plan.schema(pack)), f"table of {dataset.name}")


def _core_functions(connection: Database) -> None:
    """Functions that all packs use: replaced in place, never dropped."""
    for file in sorted(CORE.sql_folder().iterdir(), key=lambda file: _natural(file.name)):
        if file.name.endswith(".sql"):
            _run(connection, file.read_text("utf-8"), file.name)


def _refuse_outgrown(connection: Database, plan: _Plan, pack: Pack) -> None:
    """Published tables are changed by hand-written migrations only; say which are wanting."""
    ours = owned(connection)
    schema = plan.schema(pack)
    adopted = {item.name for item, owner in ours.items() if owner.origin == "adopted" and item.schema == schema}
    datasets = [dataset for dataset in pack.datasets if dataset.table not in adopted]
    declared = {
        dataset.table: {
            name: plan.text(pack, kind) for name, kind in plan.compiler.table_columns(pack, dataset).items()
        }
        for dataset in datasets
    }
    spelled = _spelled(connection, {kind for kinds in declared.values() for kind in kinds.values()})
    wanting: list[str] = []
    for table, kinds in declared.items():
        here = columns(connection, schema, table)
        for name, kind in kinds.items():
            if name not in here:
                wanting.append(f'alter table "{pack.schema}".{table} add column {name} {kind};')
            elif here[name] != spelled[kind]:
                wanting.append(
                    f'alter table "{pack.schema}".{table} alter column {name} type {kind} using {name}::{kind};'
                )
    if wanting:
        raise DatabaseError(
            f"Pack {pack.name} declares columns that its installed tables lack:\n  " + "\n  ".join(wanting),
            hint="Put these lines into a new migration file of the pack, then migrate again.",
        )


def _bring_batches_up(connection: Database, plan: _Plan, pack: Pack) -> None:
    """Make the tables of sealed and prepared rows, or bring those that stand up to the declaration."""
    declared = {dataset.name: plan.compiler.batch_columns(pack, dataset) for dataset in pack.datasets}
    for dataset in pack.datasets:
        _run(connection, plan.compiler.batch_sql(pack, dataset), f"batches of {dataset.name}")
    spelled = _spelled(connection, {plan.text(pack, kind) for kinds in declared.values() for kind in kinds.values()})
    for dataset_name, kinds in declared.items():
        for table in (f"batch_{dataset_name}", f"prepared_{dataset_name}"):
            here = columns(connection, "greenroom", table)
            for name, kind in kinds.items() if here else ():
                wanted = plan.text(pack, kind)
                if here.get(name) != spelled[wanted]:
                    plan.progress(f"greenroom.{table}: {name} {wanted}")
                    connection.execute(_alteration(table, name, wanted, is_new=name not in here))


def _alteration(table: str, column: str, kind: str, *, is_new: bool) -> sql.Composed:
    text: LiteralString = (
        "alter table greenroom.{table} add column {column} {kind}"
        if is_new
        else "alter table greenroom.{table} alter column {column} type {kind} using {column}::{kind}"
    )
    return sql.SQL(text).format(table=sql.Identifier(table), column=sql.Identifier(column), kind=_type(kind))


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


def _compile(connection: Database, plan: _Plan, pack: Pack) -> None:
    known = objects(connection)
    plan.progress(f"compiled SQL of {pack.name}")
    _run(connection, plan.compiled(pack), f"compiled SQL of {pack.name}")
    made = _new(connection, known)
    for item in made:
        if item.kind not in (*ROUTINES, "view", "type", "domain", "schema"):
            raise BadDeclaration(
                f"The compiled SQL of {pack.name} makes the {item}; it may only make functions and views."
            )
    own(connection, pack.name, "lasting", [item for item in made if item.kind == "schema"])
    own(connection, pack.name, "compiled", [item for item in made if item.kind != "schema"])


def _new(connection: Database, known: Mapping[Item, Seen]) -> list[Item]:
    """What this transaction made since; not what others made meanwhile."""
    return sorted(item for item, seen in objects(connection).items() if item not in known and seen.is_ours_now)


def _record(connection: Database, migration: Migration, seconds: float) -> None:
    connection.execute(
        "insert into greenroom.migration (pack, name, sha256, seconds) values (%s, %s, %s, %s)",
        (migration.pack, migration.name, migration.sha256, seconds),
    )


def _run(connection: Database, text: str, what: str) -> None:
    """Run a text of many statements; a failure names the line."""
    try:
        # Without parameters the driver sends the text as it is, all statements in one.
        connection.execute(text, prepare=False)
    except psycopg.Error as error:
        if error.sqlstate in _BUSY or error.sqlstate is None or error.sqlstate.startswith(("57", "08", "53")):
            raise
        position = error.diag.statement_position
        where = f"{what}, line {text.count(chr(10), 0, int(position)) + 1}" if position else what
        said = f"{where}: {error.diag.message_primary}"
        if error.sqlstate in _ALREADY_THERE:
            raise ForeignObjects(said, hint=_ADOPT) from error
        if error.sqlstate == "42501":
            raise NoRights(said) from error
        raise DatabaseError(said, hint=error.diag.message_hint or error.diag.message_detail or "") from error


# --- what others made

_COLLIDING = (*RELATIONS, *ROUTINES, "type", "domain")

_ADOPT = "Take it over with: greenroom adopt. Or name another schema in the settings."


def _refuse_foreign(
    connection: Database,
    plan: _Plan,
    pending: Mapping[str, Sequence[Migration]],
    before: Mapping[Item, Seen],
    ours: Mapping[Item, Owned],
) -> None:
    """Refuse where something stands under a name that we are about to use, and say how it differs."""
    theirs = {item.collides_as: item for item in before if item not in ours and item.kind in _COLLIDING}
    for item in ours:
        theirs.pop(item.collides_as, None)
    found: list[str] = []
    for pack in plan.packs:
        wanted = [_item(name) for name in _wanted(plan, pack, pending[pack.name])]
        foreign = list(dict.fromkeys(theirs[item.collides_as] for item in wanted if item.collides_as in theirs))
        if foreign:
            shapes = _shapes(connection, plan, pack, pending[CORE.name], foreign)
            found += [f"{item}{_comparison(connection, item, shapes.get(item))}" for item in foreign]
    if found:
        raise ForeignObjects(
            "Greenroom never alters what it did not make, and this stands in its place:\n  " + "\n  ".join(found),
            hint=_ADOPT,
        )


def _wanted(plan: _Plan, pack: Pack, pending: Sequence[Migration]) -> Iterator[Name]:
    """The names of everything a migration is about to make."""
    for file in pending:
        yield from created(plan.text(pack, file.text))
    for dataset in pack.datasets:
        yield Name("table", plan.schema(pack), dataset.table)
        yield from created(plan.compiler.batch_sql(pack, dataset))
    if pack is not CORE:
        yield from created(plan.compiled(pack))


def _item(name: Name) -> Item:
    return Item(name.schema or "public", name.kind, name.name)


def _shapes(
    connection: Database, plan: _Plan, pack: Pack, core: Sequence[Migration], foreign: Sequence[Item]
) -> dict[Item, dict[str, str]]:
    """The columns our tables would have had: the whole pack is built in schemas beside, and undone with the rest."""
    beside = {schema: f"greenroom_beside_{n}" for n, schema in enumerate(sorted({item.schema for item in foreign}))}

    def moved(text: str) -> str:
        for schema, scratch in beside.items():
            text = plan.compiler.rewrite(text, schema, scratch)
        return text

    try:
        with connection.transaction(force_rollback=True):
            for scratch in beside.values():
                connection.execute(sql.SQL("create schema {}").format(sql.Identifier(scratch)))
            if pack is not CORE:
                for file in core:
                    _run(connection, file.text, str(file))
                _core_functions(connection)
            for file in plan.files[pack.name]:
                if not file.is_apart:
                    _run(connection, moved(plan.text(pack, file.text)), str(file))
            for dataset in pack.datasets:
                schema = beside.get(plan.schema(pack), plan.schema(pack))
                if not is_there(connection, schema, dataset.table):
                    _run(connection, plan.compiler.table_sql(pack, dataset, schema), dataset.name)
            return {item: columns(connection, beside[item.schema], item.name) for item in foreign}
    except (DatabaseError, psycopg.Error):
        # Only the comparison is lost, not the refusal.
        return {}


def _comparison(connection: Database, item: Item, ours: Mapping[str, str] | None) -> str:
    if item.kind != "table" or not ours:
        return ""
    theirs = columns(connection, item.schema, item.name)
    lacks = [f"{name} {kind}" for name, kind in ours.items() if name not in theirs]
    more = [f"{name} {kind}" for name, kind in theirs.items() if name not in ours]
    other = [f"{name} is {theirs[name]}, not {kind}" for name, kind in ours.items() if theirs.get(name, kind) != kind]
    parts = (("lacks", lacks), ("has besides", more), ("differs:", other))
    told = "; ".join(f"{word} {', '.join(names)}" for word, names in parts if names)
    return f": {told}" if told else ": the same columns"


def _refuse_altered(differences: Sequence[Difference], ours: Mapping[Item, Owned]) -> None:
    """The promise itself, looked at after the fact: nothing of others was changed or removed."""
    altered = [
        difference.item
        for difference in differences
        if difference.what == "changed" and difference.item not in ours and difference.item.kind != "schema"
    ]
    if altered:
        raise ForeignObjects(
            f"Greenroom never alters what it did not make, but this would have: {', '.join(map(str, altered))}.",
            hint="If somebody else changed it just now, migrate again; otherwise a migration of the pack is wrong.",
        )


def _differences(before: Mapping[Item, Seen], after: Mapping[Item, Seen]) -> Iterator[Difference]:
    for item in sorted({*before, *after}):
        if item not in before:
            if after[item].is_ours_now:
                yield Difference(item, "made")
        elif item not in after:
            yield Difference(item, "removed")
        elif before[item].digest != after[item].digest:
            yield Difference(item, "changed")


# --- outside the transaction, and waiting


def _apart(connect: Callable[[], Database], plan: _Plan, pack: Pack, file: Migration) -> None:
    """Run a file that cannot share a transaction, statement by statement, then record it.

    A second connection holds the lock meanwhile, in a transaction that neither reads nor writes.
    """
    with closing(connect()) as guard, begin(guard, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS):
        guard.execute("select set_config('idle_in_transaction_session_timeout', '0', true)")
        guard.execute("select pg_advisory_xact_lock(%s, %s)", LOCK)
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
                _run(connection, each.text, f"{file}, statement of line {each.line}")
            with begin(connection):
                _record(connection, file, time.monotonic() - started)


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


def _patiently(connection: Database, patience_seconds: float, work: Callable[[], Result]) -> Result:
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
