"""A look at any database before anything is done to it: a connection enters; what would fail, and the cure, leaves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from psycopg.rows import dict_row

from greenroom.db.connection import OLDEST_SERVER, begin
from greenroom.db.inventory import Database, owned
from greenroom.db.migration import ADOPT, CORE, migration_files
from greenroom.db.statements import created
from greenroom.model.pack import Pack

NEWEST_TRIED = 18

# Supabase's; nothing else listens there by custom.
TRANSACTION_POOLER_PORT = 6543

# Below this the seal of a large file or the promotion of a whole board may be cut off.
SHORT_MILLISECONDS = 60_000

State = Literal["ok", "warn", "fail"]
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing looked at. `cure` says what to do, and is empty where nothing is wanted."""

    name: str
    state: State
    text: str
    cure: str = ""


def examine(
    connection: Database,
    packs: Sequence[Pack] = (),
    *,
    schemas: Mapping[str, str] | None = None,
    app_roles: Sequence[str] = ("anon", "authenticated"),
) -> list[Observation]:
    """Look, change nothing, and tell no secret. With `packs` also at the tables they publish."""
    with begin(connection):
        facts = _rows(connection, "facts")[0]
        observations = [observation for judge in _JUDGES for observation in judge(facts)]
        observations += _way_in(connection, facts)
        observations += _role_settings(_rows(connection, "role_settings"))
        observations += _tables(connection, packs, schemas or {}, app_roles)
    return observations


def _rows(connection: Database, query: str, **parameters: object) -> list[dict[str, Any]]:
    text = files("greenroom").joinpath("sql", "doctor", f"{query}.sql").read_text("utf-8")
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(text, parameters or None).fetchall()


def _version(facts: Facts) -> Iterator[Observation]:
    name = facts["version_name"].split()[0]
    if facts["version"] < OLDEST_SERVER:
        yield Observation("version", "fail", f"PostgreSQL {name} is too old.", "Upgrade to PostgreSQL 15 or newer.")
    elif facts["version"] // 10_000 > NEWEST_TRIED:
        cure = "Try migrate --check on a copy first."
        yield Observation("version", "warn", f"PostgreSQL {name} is newer than what was tried.", cure)
    else:
        yield Observation("version", "ok", f"PostgreSQL {name}.")


def _role(facts: Facts) -> Iterator[Observation]:
    who = f"{facts['username']} on {facts['database']} ({facts['size']})"
    if facts["is_superuser"] or facts["bypasses_rls"]:
        yield Observation(
            "role",
            "warn",
            f"{who} sees through row-level security.",
            "Migrate as an ordinary role that owns the tables; nothing here needs more.",
        )
    else:
        yield Observation("role", "ok", f"{who}, an ordinary role.")
    if not facts["may_create_roles"] and not facts["is_superuser"]:
        yield Observation(
            "roles",
            "ok",
            "This role may not make roles: the four greenroom roles are left out unless they exist.",
        )


def _rights(facts: Facts) -> Iterator[Observation]:
    if facts["may_create_schemas"]:
        yield Observation("create", "ok", "Schemas may be made.")
    elif facts["may_create_in_greenroom"]:
        yield Observation(
            "create",
            "warn",
            "No schema may be made; greenroom is there and may be written, a new pack would fail.",
            f'grant create on database "{facts["database"]}" to "{facts["username"]}";',
        )
    else:
        yield Observation(
            "create",
            "fail",
            "No schema may be made, so migrate would fail.",
            f'grant create on database "{facts["database"]}" to "{facts["username"]}";',
        )


def _writable(facts: Facts) -> Iterator[Observation]:
    if facts["is_replica"]:
        yield Observation("writable", "fail", "This is a replica; it only reads.", "Point DATABASE_URL at the primary.")
    elif facts["settings"]["default_transaction_read_only"] == "on":
        yield Observation(
            "writable",
            "fail",
            "Transactions only read unless told otherwise.",
            f'alter role "{facts["username"]}" set default_transaction_read_only = off;',
        )
    else:
        yield Observation("writable", "ok", "It can be written.")


def _text(facts: Facts) -> Iterator[Observation]:
    if facts["encoding"] != "UTF8":
        yield Observation(
            "encoding",
            "fail",
            f"The encoding is {facts['encoding']}; names of schools and topics would not fit.",
            "Make a database with: create database … encoding 'UTF8' template template0;",
        )
    else:
        yield Observation("encoding", "ok", f"UTF8, collation {facts['collation']}.")
    recorded, actual = facts["collation_version"], facts["collation_actual_version"]
    if recorded and actual and recorded != actual:
        yield Observation(
            "collation",
            "warn",
            f"The system's collation went from {recorded} to {actual}; indexes on text may be wrong.",
            f'reindex database "{facts["database"]}"; alter database "{facts["database"]}" refresh collation version;',
        )


def _time_limits(facts: Facts) -> Iterator[Observation]:
    limits = {name: int(value) for name, value in facts["settings"].items() if name.endswith("_timeout")}
    told = ", ".join(f"{name} {value / 1000:g} s" for name, value in sorted(limits.items()) if value)
    whole = limits.get("transaction_timeout", 0)
    if 0 < whole < SHORT_MILLISECONDS:
        yield Observation(
            "time limits",
            "fail",
            f"transaction_timeout ends every transaction after {whole / 1000:g} s, large promotions among them.",
            f'alter role "{facts["username"]}" set transaction_timeout = 0;',
        )
    elif 0 < limits["statement_timeout"] < SHORT_MILLISECONDS:
        yield Observation(
            "time limits",
            "warn",
            f"{told}. Greenroom sets its own in each transaction, but a concurrent index build has none to set it in.",
            f'alter role "{facts["username"]}" set statement_timeout = 0;',
        )
    else:
        yield Observation("time limits", "ok", told or "None are set; Greenroom sets its own in each transaction.")


def _room(facts: Facts) -> Iterator[Observation]:
    settings = facts["settings"]
    most = int(settings["max_connections"]) - int(settings["superuser_reserved_connections"])
    told = f"{facts['connections']} of {most} connections in use."
    if most - facts["connections"] < 3:
        yield Observation("connections", "warn", told, "End idle sessions, or raise max_connections.")
    else:
        yield Observation("connections", "ok", told)
    yield Observation("disk", "ok", "Room on the disk cannot be seen from here; a full one stops a run, and undoes it.")


def _safety(facts: Facts) -> Iterator[Observation]:
    settings = facts["settings"]
    off = [name for name in ("fsync", "synchronous_commit") if settings[name] == "off"]
    if off:
        yield Observation(
            "safety",
            "warn",
            f"{' and '.join(off)} off: a crash may lose a release that was announced as done.",
            "Switch on what is off, but for tests.",
        )
    else:
        checksums = "with" if settings["data_checksums"] == "on" else "without"
        yield Observation("safety", "ok", f"What is committed stays; {checksums} data checksums.")
    yield Observation(
        "session",
        "ok",
        f"TimeZone {settings['TimeZone']}, search_path {settings['search_path'] or 'empty'}; neither matters.",
    )


def _extensions(facts: Facts) -> Iterator[Observation]:
    found = facts["extensions"].get("postgis")
    if found:
        schema, _, version = found.partition(" ")
        yield Observation("postgis", "ok", f"PostGIS {version} in schema {schema}.")
    elif facts["has_postgis_at_hand"]:
        yield Observation(
            "postgis",
            "warn",
            "PostGIS is at hand but not installed; shapes would be kept as text.",
            "create schema if not exists extensions; create extension postgis schema extensions;",
        )
    else:
        yield Observation(
            "postgis", "ok", "No PostGIS on this server: shapes are kept as text, and can be upgraded later."
        )
    if facts["has_users"]:
        yield Observation("users", "ok", "user_mgmt.users is there; it is never touched.")


_JUDGES: tuple[Callable[[Facts], Iterator[Observation]], ...] = (
    _version,
    _role,
    _rights,
    _writable,
    _text,
    _time_limits,
    _room,
    _safety,
    _extensions,
)


def _way_in(connection: Database, facts: Facts) -> Iterator[Observation]:
    """A pooler gives clients a made-up process number; the server tells its own."""
    cure = "For long runs use the direct port (Supabase: 5432); Greenroom itself works through both."
    if connection.info.port == TRANSACTION_POOLER_PORT:
        yield Observation("pooler", "warn", "Port 6543 is a transaction pooler by custom.", cure)
    elif connection.info.backend_pid != facts["pid"]:
        yield Observation("pooler", "warn", "A pooler stands between us and the server.", cure)
    else:
        yield Observation("pooler", "ok", "The connection is direct.")


def _role_settings(settings: Sequence[Facts]) -> Iterator[Observation]:
    for setting in settings:
        name, value, role = setting["name"], setting["value"], setting["role"]
        exposed = {part.strip() for part in value.split(",")}
        if name == "pgrst.db_schemas" and any(schema.startswith("greenroom") for schema in exposed):
            yield Observation(
                "PostgREST",
                "fail",
                f"PostgREST exposes the ledger ({value}).",
                f"Take the greenroom schemas out of pgrst.db_schemas of {role}, and notify pgrst, 'reload config';",
            )
        elif name == "pgrst.db_schemas":
            yield Observation("PostgREST", "ok", f"PostgREST exposes {value}.")
        elif role in ("anon", "authenticated", "authenticator", "service_role", "every role"):
            text = f"{name} of {role} is {value}"
            if name == "statement_timeout":
                text += "; a promotion over RPC must end within it"
            yield Observation(f"setting of {role}", "ok", f"{text}.")


def _tables(
    connection: Database, packs: Sequence[Pack], schemas: Mapping[str, str], app_roles: Sequence[str]
) -> Iterator[Observation]:
    closed = connection.execute(
        "select pg_get_userbyid(nspowner) from pg_namespace"
        " where nspname = 'greenroom' and not has_schema_privilege(oid, 'usage')"
    ).fetchone()
    if closed:
        text = f"Greenroom is here, and its ledger belongs to {closed[0]}: this role may not look into it."
        yield Observation("ledger", "fail", text, f"Connect as {closed[0]}, who owns it.")
        return
    wanted = sorted({name for pack in packs for name in _names(pack, schemas.get(pack.name, pack.schema))})
    published = {(schemas.get(pack.name, pack.schema), d.table) for pack in packs for d in pack.datasets}
    ours = {(item.schema, item.name) for item in owned(connection)}
    where = {"schemas": [schema for schema, _ in wanted], "names": [name for _, name in wanted]}
    yield _ledger(connection, packs)
    for table in _rows(connection, "tables", **where, app_roles=list(app_roles)):
        name = f"{table['schema']}.{table['name']}"
        if not table["is_ours_to_alter"]:
            yield Observation(
                name,
                "fail",
                f"It belongs to {table['owner']}: triggers and policies could not be made.",
                f"Run as {table['owner']}, or: alter table {name} owner to current_user;",
            )
        if (table["schema"], table["name"]) not in ours:
            yield Observation(
                name,
                "warn",
                "It is there, but Greenroom did not make it; migrate would list the differences and stop.",
                ADOPT,
            )
        if not table["may_read"]:
            yield Observation(name, "fail", "It cannot be read.", f"grant select on {name} to current_user;")
        if (table["schema"], table["name"]) in published and table["writers"]:
            yield Observation(
                name,
                "warn",
                f"{table['writers']} may write it, so the app could change what was reviewed.",
                f"revoke insert, update, delete, truncate on {name} from {table['writers']};",
            )
        if table["writers"] and not table["has_row_security"]:
            yield Observation(
                name,
                "warn",
                f"{table['writers']} may write it, and no row-level security says which rows.",
                f"alter table {name} enable row level security;",
            )
    for reference in _rows(connection, "unindexed_references", **where):
        columns = reference["columns"]
        yield Observation(
            reference["referrer"],
            "warn",
            f"It refers to {reference['target']} by {columns} without an index; retiring rows would read it whole.",
            f"create index concurrently on {reference['referrer']} ({columns});",
        )


def _names(pack: Pack, schema: str) -> Iterator[tuple[str, str]]:
    """The tables a pack publishes or takes rows from."""
    for dataset in pack.datasets:
        yield (schema, dataset.table)
    for file in migration_files(pack):
        for name in created(file.text):
            if name.kind == "table":
                yield (schema if name.schema == pack.schema else name.schema or "public", name.name)


def _ledger(connection: Database, packs: Sequence[Pack]) -> Observation:
    if not owned(connection):
        return Observation("ledger", "ok", "Greenroom has not been here yet.")
    rows = connection.execute("select pack, name from greenroom.migration").fetchall()
    done = {(pack, name) for pack, name in rows}
    here = sorted({pack for pack, _ in done} - {CORE.name})
    files_of = [file for pack in (CORE, *packs) if pack.name in (CORE.name, *here) for file in migration_files(pack)]
    pending = [str(file) for file in files_of if (file.pack, file.name) not in done]
    told = f"Packs here: {', '.join(here) or 'none'}."
    if pending:
        return Observation(
            "ledger", "warn", f"{told} Not run yet: {', '.join(pending)}.", f"greenroom migrate {' '.join(here)}"
        )
    return Observation("ledger", "ok", told)
