"""Who may do what: a pack and its schema enter, grants follow, notes on what was left out leave.

| role | may |
|---|---|
| `greenroom_importer` | write the inbox, seal it |
| `greenroom_promoter` | call the kernel's doors: promote, rollback, live, decide, waive, and what reads |
| `greenroom_maintainer` | set lifecycle columns of published tables (not `retired_at`, which is apply's) |
| `greenroom_reader` | read what the app reads, row-level security applied; call what only reads where that stands |
| the app's roles | the same as the reader |
| `greenroom_writer` | add rows to the tables a pack declares as `appended`, and neither read nor change them |
| `service_role` | call the functions in the published schema, write the inbox, add to the `appended` |

Those named `greenroom_…` are NOLOGIN, for the owner to grant to people and programs; they are made
where the migrating role may make roles, `greenroom_writer` only for a pack that has such tables.
The maintainer also calls a pack's functions that stand in neither of its schemas, such as
`analytics.erase_user`. Nobody but the owner sees schema greenroom. Tables that were adopted keep
their grants as they are. Which functions there are, and which only read, the catalogue says.
"""

from collections.abc import Iterable, Sequence
from typing import LiteralString

import psycopg
from psycopg import sql

from greenroom.db.inventory import ROUTINES, Database, Item, Owned, owned, statement
from greenroom.model.pack import Pack

IMPORTER, PROMOTER, MAINTAINER, READER = ROLES = (
    "greenroom_importer",
    "greenroom_promoter",
    "greenroom_maintainer",
    "greenroom_reader",
)
WRITER = "greenroom_writer"
SERVICE = "service_role"

# Lifecycle all the same, but only the kernel sets it: a row retired by hand would lose its history.
_KERNELS_OWN = "retired_at"


# The kernel writes as its owner, so only what passes the gate, or writes no production, may be called by others;
# what merely reads the catalogue tells. `apply`, `settle`, `prepare` and their like are for the kernel alone.
_DOORS = {
    IMPORTER: ("seal", "clean", "scope_id", "scope_named", "targets", "notice_inbox"),
    PROMOTER: (
        *("promote", "rollback", "live", "decide", "waive", "settle_drift"),
        *("open_unit", "change_unit", "settle_edits"),
        *("plan", "record_findings", "scope_id", "scope_named", "targets", "notice_inbox"),
    ),
}


def grant(connection: Database, pack: Pack, schema: str, app_roles: Sequence[str]) -> list[str]:
    """Grant what each role needs of this pack and take away the rest. Doing it again changes nothing."""
    roles = (*ROLES, WRITER) if pack.appended else ROLES
    notes = _make_roles(connection, roles)
    there = _existing(connection, [*roles, SERVICE, *app_roles])
    ours = {item: owner for item, owner in owned(connection).items() if owner.pack == pack.name}
    readers = [role for role in (READER, *app_roles) if role in there]
    _close_routines(connection, ours, [role for role in (*app_roles, SERVICE, *roles) if role in there])
    _tables(connection, pack, schema, ours, there, readers)
    _routines(connection, pack, schema, ours, there, readers)
    return notes


def close(connection: Database, pack: Pack, app_roles: Sequence[str], *, tables: bool) -> None:
    """A second installation is for its owner: nobody else calls its functions or, with `tables`, reads its new tables.

    What the owner grants on the tables later stays.
    """
    ours = {item: owner for item, owner in owned(connection).items() if owner.pack == pack.name}
    roles = sorted(_existing(connection, [*ROLES, WRITER, SERVICE, *app_roles]))
    _close_routines(connection, ours, roles)
    for item, owner in ours.items():
        if tables and item.kind == "table" and owner.origin != "adopted":
            everybody = [sql.SQL("public"), *map(sql.Identifier, roles)]
            _do(connection, "revoke all on table {} from {}", _relation(item), _listed(everybody))


def _make_roles(connection: Database, roles: Sequence[str]) -> list[str]:
    missing = [role for role in roles if role not in _existing(connection, roles)]
    may = connection.execute("select rolsuper or rolcreaterole from pg_roles where rolname = current_user").fetchone()
    if missing and not (may and may[0]):
        return [f"Not made, for want of the right to make roles: {', '.join(missing)}."]
    for role in missing:
        try:
            with connection.transaction():
                connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            # Roles belong to the whole server; a migration of another database was faster.
            continue
    return []


def _existing(connection: Database, roles: Iterable[str]) -> set[str]:
    rows = connection.execute("select rolname from pg_roles where rolname = any(%s)", (list(roles),))
    return {role for (role,) in rows}


def _close_routines(connection: Database, ours: dict[Item, Owned], roles: Sequence[str]) -> None:
    routines = [_routine(item) for item, owner in ours.items() if item.kind in ROUTINES and owner.origin != "adopted"]
    if routines:
        everybody = [sql.SQL("public"), *map(sql.Identifier, roles)]
        _do(connection, "revoke all on routine {} from {}", _listed(routines), _listed(everybody))


def _tables(
    connection: Database,
    pack: Pack,
    schema: str,
    ours: dict[Item, Owned],
    there: set[str],
    readers: Sequence[str],
) -> None:
    made = [item for item, owner in ours.items() if item.kind == "table" and owner.origin != "adopted"]
    inbox = _inbox(connection, pack, schema, ours)
    published = _published(connection, pack, schema, ours)
    app = [role for role in readers if role != READER]
    for item in made:
        _do(connection, "revoke all on table {} from public", _relation(item))
        if app:
            # Supabase grants everything on a new table of `public` to the app's roles.
            taken = sql.SQL("insert, update, delete, truncate, references, trigger" if item in published else "all")
            _do(connection, "revoke {} on table {} from {}", taken, _relation(item), _listed(map(sql.Identifier, app)))
    for item in published if readers else ():
        for role in readers:
            _use(connection, item.schema, role)
        _do(connection, "grant select on table {} to {}", _relation(item), _listed(map(sql.Identifier, readers)))
    for item in inbox:
        for role in (IMPORTER, SERVICE):
            if role in there:
                _use(connection, item.schema, role)
                _do(
                    connection,
                    "grant select, insert, update, delete on table {} to {}",
                    _relation(item),
                    sql.Identifier(role),
                )
    for item in made:
        if f"{item.schema}.{item.name}" in pack.appended:
            for role in (WRITER, SERVICE):
                if role in there:
                    _use(connection, item.schema, role)
                    _do(connection, "grant insert on table {} to {}", _relation(item), sql.Identifier(role))
    if MAINTAINER in there:
        _lifecycle(connection, pack, schema, ours)


def _lifecycle(connection: Database, pack: Pack, schema: str, ours: dict[Item, Owned]) -> None:
    role = sql.Identifier(MAINTAINER)
    for dataset in pack.datasets:
        item = Item(schema, "table", dataset.table)
        names = [column.name for column in dataset.lifecycle_columns if column.name != _KERNELS_OWN]
        if names and item in ours and ours[item].origin != "adopted":
            listed = sql.SQL(", ").join(map(sql.Identifier, names))
            _use(connection, schema, MAINTAINER)
            _do(connection, "grant select, update ({}) on table {} to {}", listed, _relation(item), role)


def _routines(
    connection: Database,
    pack: Pack,
    schema: str,
    ours: dict[Item, Owned],
    there: set[str],
    readers: Sequence[str],
) -> None:
    reading = {
        (in_schema, name)
        for in_schema, name in connection.execute(
            "select nspname, proname || '(' || oidvectortypes(proargtypes) || ')'"
            " from pg_proc join pg_namespace as n on n.oid = pronamespace"
            " where nspname = any (%s) and provolatile <> 'v'",
            ([pack.compiled_schema, schema],),
        )
    }
    of_datasets = tuple(f"_{dataset.name}" for dataset in pack.datasets)
    for item in sorted(item for item, owner in ours.items() if item.kind in ROUTINES and owner.origin != "adopted"):
        name = item.name.partition("(")[0]
        if item.schema == schema:
            # what only reads in the published schema is for whoever reads its tables
            roles = [SERVICE, PROMOTER, *(readers if (schema, item.name) in reading else ())]
        elif item.schema != pack.compiled_schema:
            roles = [MAINTAINER]
        elif (item.schema, item.name) in reading and not name.endswith(of_datasets):
            roles = [IMPORTER, PROMOTER]
        else:
            roles = [role for role, doors in _DOORS.items() if name in doors]
            roles += [IMPORTER] if name.startswith("seal_") else []
        roles = [role for role in roles if role in there]
        for role in roles:
            _use(connection, item.schema, role)
        if roles:
            _do(connection, "grant execute on routine {} to {}", _routine(item), _listed(map(sql.Identifier, roles)))


def _published(connection: Database, pack: Pack, schema: str, ours: dict[Item, Owned]) -> list[Item]:
    """What the app reads: datasets, the small tables they look things up in, and views that hide nothing less.

    A view reads as its owner and would show what row-level security hides, unless it says otherwise.
    """
    tables = {dataset.table for dataset in pack.datasets}
    tables |= {lookup.table for dataset in pack.datasets for lookup in dataset.lookups} | set(pack.side_tables)
    hides = any(dataset.live for dataset in pack.datasets)
    invoking = {
        Item(schema, kind, name)
        for schema, kind, name in connection.execute(
            "select n.nspname, 'view', c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind = 'v' and c.reloptions && array['security_invoker=true', 'security_invoker=on']"
        )
    }
    return sorted(
        item
        for item, owner in ours.items()
        if owner.origin != "adopted"
        and (
            (item.kind == "table" and item.schema == schema and item.name in tables)
            or (
                item.kind in ("view", "materialized view")
                and item.schema != "preview"
                and not item.schema.startswith("greenroom")
                and (not hides or item in invoking)
            )
        )
    )


def _inbox(connection: Database, pack: Pack, schema: str, ours: dict[Item, Owned]) -> list[Item]:
    """The tables foreign programs write: those the inbox views read and the app does not."""
    if pack.landing != "inbox":
        return []
    read_by_app = {dataset.table for dataset in pack.datasets}
    read_by_app |= {lookup.table for dataset in pack.datasets for lookup in dataset.lookups}
    rows = connection.execute(statement("read_by_inbox"), {"compiled": pack.compiled_schema, "schema": schema})
    found = [Item(schema, "table", table) for (table,) in rows]
    return [item for item in found if item.name not in read_by_app and item in ours and ours[item].origin != "adopted"]


def _use(connection: Database, schema: str, role: str) -> None:
    """Usage of a schema, only where it is wanting: `public` is not ours to change."""
    row = connection.execute("select has_schema_privilege(%s, %s, 'usage')", (role, schema)).fetchone()
    if row and not row[0]:
        _do(connection, "grant usage on schema {} to {}", sql.Identifier(schema), sql.Identifier(role))


def _relation(item: Item) -> sql.Composed:
    return sql.SQL("{}.{}").format(sql.Identifier(item.schema), sql.Identifier(item.name))


def _routine(item: Item) -> sql.Composed:
    name, _, arguments = item.name.partition("(")
    # The arguments come from the catalogue, which has quoted them.
    return sql.SQL("{}.{}({}").format(
        sql.Identifier(item.schema),
        sql.Identifier(name),
        sql.SQL(arguments),
    )


def _listed(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _do(connection: Database, text: LiteralString, *parts: sql.Composable) -> None:
    connection.execute(sql.SQL(text).format(*parts), prepare=False)
