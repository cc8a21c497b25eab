"""Second installations: a pack, or one dataset of it, and another place enter; tables, functions and triggers stand.

What is installed is compiled from the same declarations by the same compiler, into a schema of its own.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import psycopg
from psycopg import sql

from greenroom.db import installed
from greenroom.db.connection import begin
from greenroom.db.foreign import differences, refuse_altered
from greenroom.db.grants import close
from greenroom.db.inventory import (
    Database,
    Item,
    disown,
    is_there,
    objects,
    own,
    owned,
    statement,
)
from greenroom.db.migrate import (
    LOCK_TIMEOUT_SECONDS,
    TAKE_LOCK,
    Done,
    alteration,
    compile_pack,
    drop_compiled,
    find_pending,
    make_lasting,
    outgrown,
    patiently,
)
from greenroom.db.migration import CORE, Compiler, Migration, Plan, migration_files
from greenroom.db.statements import created
from greenroom.model.dataset import Dataset
from greenroom.model.errors import DatabaseError, DeclarationError, NoRights
from greenroom.model.installation import Installation
from greenroom.model.pack import Pack

_TRIGGERS = "greenroom_drift_insert, greenroom_drift_update, greenroom_drift_delete, greenroom_no_truncate"


def install(
    connect: Callable[[], Database],
    pack: Pack,
    wanted: Installation,
    *,
    compiler: Compiler,
    app_roles: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
    dry_run: bool = False,
    patience_seconds: float = 60.0,
) -> Pack:
    """Install a pack, or one dataset of it, a second time, unless it is; answer the pack that is compiled for it.

    `pack` is the first installation as this database has it. A table that stands there must fit the declaration and
    be empty; nothing is added to it but triggers, which `progress` is told. Where it cannot be: DeclarationError.
    """
    with closing(connect()) as connection:
        work = partial(_install, connection, pack, wanted, compiler, tuple(app_roles), progress, dry_run)
        return patiently(connection, patience_seconds, work)


def refresh(
    connect: Callable[[], Database],
    packs: Sequence[Pack],
    *,
    compiler: Compiler,
    app_roles: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
    patience_seconds: float = 60.0,
) -> list[str]:
    """Compile the second installations of these packs again; those whose tables somebody dropped are forgotten.

    Tables we made grow with their declaration; of others it is told what they lack.
    """
    with closing(connect()) as connection:
        with begin(connection):
            first = {pack.name: pack for pack in packs}
            known = [*installed.installations(connection), *installed.installations(connection, standing=False)]
            known = [one for one in known if one.pack in first]
        notes: list[str] = []
        for one in known:
            work = partial(_refresh, connection, first[one.pack], one, compiler, tuple(app_roles), progress)
            notes += patiently(connection, patience_seconds, work)
        return notes


def _install(
    connection: Database,
    pack: Pack,
    wanted: Installation,
    compiler: Compiler,
    app_roles: tuple[str, ...],
    progress: Callable[[str], None],
    dry_run: bool,
) -> Pack:
    with begin(connection, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS):
        connection.execute(TAKE_LOCK)
        connection.execute("select pg_current_xact_id()")
        if not is_there(connection, "greenroom", "installation"):
            raise DatabaseError(
                "This database is too old for a second installation.", hint=f"greenroom migrate {pack.name}"
            )
        there = installed.found(connection, wanted)
        if there is not None:
            _refuse_other(there, wanted)
            return there.of(pack, pack.schema)
        before = objects(connection)
        for one in installed.installations(connection, standing=False):
            if one.target == wanted.target:
                _forget(connection, one, _plan(one.of(pack, pack.schema), pack, compiler, app_roles, progress))
        second = installed.record(connection, wanted).of(pack, pack.schema)
        plan = _plan(second, pack, compiler, app_roles, progress)
        taken = _taken(connection, plan, second, pack)
        own(connection, second.name, "adopted", taken)
        for item in taken:
            progress(f"{item.schema}.{item.name} is there and fits; added to it, triggers: {_TRIGGERS}")
        make_lasting(connection, plan, second, plan.files[second.name], Done())
        compile_pack(connection, plan, second)
        close(connection, second, app_roles, tables=True)
        refuse_altered(list(differences(before, objects(connection))), owned(connection))
        if dry_run:
            raise psycopg.Rollback
    return second


def _refresh(
    connection: Database,
    pack: Pack,
    one: Installation,
    compiler: Compiler,
    app_roles: tuple[str, ...],
    progress: Callable[[str], None],
) -> list[str]:
    second = one.of(pack, pack.schema)
    plan = _plan(second, pack, compiler, app_roles, progress)
    with begin(connection, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS):
        connection.execute(TAKE_LOCK)
        connection.execute("select pg_current_xact_id()")
        if one not in installed.installations(connection):
            _forget(connection, one, plan)
            return [f"{one.target} was dropped, and is forgotten; its batches and releases stay in the ledger."]
        drop_compiled(connection, plan, objects(connection), owned(connection))
        made, adopted = _by_origin(connection, second)
        if lacking := outgrown(connection, plan, second, adopted):
            lines = " ".join(each.line(second.schema) for each in lacking)
            return [f"Nothing can be loaded into {one.target} before its owner has run: {lines}"]
        for each in outgrown(connection, plan, second, made) if second.reads else ():
            place = sql.Identifier(second.schema, each.table)
            # it names every column, and is made again with the functions
            connection.execute(sql.SQL("drop trigger if exists greenroom_drift_update on {}").format(place))
            connection.execute(alteration(place, each.column, each.kind, is_new=each.here is None))
        make_lasting(connection, plan, second, find_pending(connection, plan)[second.name], Done())
        compile_pack(connection, plan, second)
        close(connection, second, app_roles, tables=False)
    return []


def _plan(
    second: Pack, first: Pack, compiler: Compiler, app_roles: tuple[str, ...], progress: Callable[[str], None]
) -> Plan:
    return Plan(
        packs=(CORE, second),
        compiler=compiler,
        schemas={},
        app_roles=app_roles,
        is_check=False,
        progress=progress,
        files={CORE.name: migration_files(CORE), second.name: _copied(second, migration_files(first))},
    )


def _copied(second: Pack, files: Sequence[Migration]) -> tuple[Migration, ...]:
    """The migrations that make the pack's own tables once more: not what stands elsewhere, nor what runs apart."""
    if second.reads:
        # one dataset: its tables are made from the declaration
        return ()
    return tuple(
        Migration(second.name, file.name, file.text)
        for file in files
        if not file.is_apart
        and f'"{second.file_schema}"' in file.text
        and all(name.schema == second.file_schema for name in created(file.text))
    )


def _refuse_other(there: Installation, wanted: Installation) -> None:
    if (there.pack, there.dataset) != (wanted.pack, wanted.dataset):
        raise DeclarationError(
            f"{there.target} takes {there.dataset or f'the whole pack {there.pack}'}"
            f", not {wanted.dataset or f'the whole pack {wanted.pack}'}.",
            hint="Name another schema or table.",
        )


def _taken(connection: Database, plan: Plan, second: Pack, first: Pack) -> list[Item]:
    """The tables that stand there already and may be used; refuses what can never be a target, with the reason."""
    schema = second.schema
    if schema.startswith(("pg_", "greenroom")) or schema in ("information_schema", "preview"):
        raise DeclarationError(f"Schema {schema} belongs to the system or to Greenroom.", hint="Name another schema.")
    if not second.reads and schema == first.schema:
        raise DeclarationError(f"{schema} is where {first.name} is installed.", hint="Name another schema.")
    _refuse_without_rights(connection, schema)
    there = [dataset for dataset in second.datasets if _seen(connection, schema, dataset.table, ())]
    if there and not second.reads:
        raise DeclarationError(
            f"Schema {schema} holds {there[0].table} already, which is no copy of ours.", hint="Name a new schema."
        )
    for dataset in there:
        _refuse_unfit(connection, plan, second, dataset)
    return [Item(schema, "table", dataset.table) for dataset in there]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stands under a name that is to take a dataset."""

    kind: str
    made_by: str | None
    is_writable: bool
    demanding: str | None


def _seen(connection: Database, schema: str, table: str, given: Sequence[str]) -> _Seen | None:
    names = {"schema": schema, "table": table, "columns": list(given)}
    row = connection.execute(statement("target"), names).fetchone()
    return _Seen(*row) if row else None


def _refuse_without_rights(connection: Database, schema: str) -> None:
    row = connection.execute(
        "select to_regnamespace(quote_ident(%(schema)s)) is not null,"
        " case when to_regnamespace(quote_ident(%(schema)s)) is null"
        " then has_database_privilege(current_database(), 'create')"
        " else has_schema_privilege(%(schema)s, 'create, usage') end, current_user, current_database()",
        {"schema": schema},
    ).fetchone()
    assert row is not None
    is_schema, may, user, database = row
    if not may:
        raise NoRights(
            f"{user} may not make {'tables in schema' if is_schema else 'schema'} {schema}.",
            hint=f'As its owner: grant create, usage on schema "{schema}" to "{user}";'
            if is_schema
            else f'As owner of the database: create schema "{schema}" authorization "{user}";'
            f" (or: grant create on database {database})",
        )


def _refuse_unfit(connection: Database, plan: Plan, second: Pack, dataset: Dataset) -> None:
    """An existing table takes a dataset if it is ordinary, nobody's of ours, empty, and has the columns."""
    place = f"{second.schema}.{dataset.table}"
    given = plan.compiler.published_columns(second, dataset)
    seen = _seen(connection, second.schema, dataset.table, list(given))
    assert seen is not None
    if seen.kind != "table":
        raise DeclarationError(
            f"{place} is a {seen.kind}, not an ordinary table.", hint="Name another table, or none that exists."
        )
    if seen.made_by:
        raise DeclarationError(
            f"{place} is one of Greenroom's own tables (pack {seen.made_by}).",
            hint="Name another table; one table takes one dataset.",
        )
    if lacking := outgrown(connection, plan, second, [dataset]):
        raise DeclarationError(
            f"{place} cannot take {dataset.name}: {len(lacking)} columns are missing or of another type.",
            hint="Mend it with the lines above, name another table, or drop it: a missing table is made.",
            details=tuple(each.line(second.schema) for each in lacking),
        )
    if seen.demanding:
        raise DeclarationError(
            f"{place} wants values that {dataset.name} has not: {seen.demanding}.",
            hint="Give these columns a default, let them be null, or name another table.",
        )
    if not seen.is_writable:
        raise NoRights(
            f"This database user may not write {place} and put triggers on it.",
            hint=f"As its owner: grant select, insert, update, delete, trigger on {place}, or name another table.",
        )
    table = sql.Identifier(second.schema, dataset.table)
    row = connection.execute(sql.SQL("select exists (select from {})").format(table)).fetchone()
    if row and row[0]:
        raise DeclarationError(
            f"{place} holds rows that Greenroom did not put there; an import would replace them.",
            hint=f"Name another table; to publish those rows: greenroom import … --from postgres:{place}",
        )


def _by_origin(connection: Database, second: Pack) -> tuple[list[Dataset], list[Dataset]]:
    """Datasets whose table we made, and those whose table was there."""
    origin = {item: owner.origin for item, owner in owned(connection).items() if item.schema == second.schema}
    of = {d.name: origin.get(Item(second.schema, "table", d.table)) for d in second.datasets}
    # a table somebody dropped is made again by `make_lasting`
    made = [d for d in second.datasets if of[d.name] == "lasting" and is_there(connection, second.schema, d.table)]
    return made, [d for d in second.datasets if of[d.name] == "adopted"]


def _forget(connection: Database, gone: Installation, plan: Plan) -> None:
    """Drop what was compiled for it; of tables released together those that are left stay."""
    drop_compiled(connection, plan, objects(connection), owned(connection))
    compiled = Item(f"greenroom_{gone.name}", "schema", f"greenroom_{gone.name}")
    if compiled in objects(connection):
        connection.execute(sql.SQL("drop schema {}").format(sql.Identifier(compiled.name)))
    disown(connection, [item for item, owner in owned(connection).items() if owner.pack == gone.name])
    installed.forget(connection, gone)
