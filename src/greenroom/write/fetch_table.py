"""A table of the database itself becomes a snapshot: `postgres:SCHEMA.TABLE` enters, bytes, hashed and kept, leave."""

from collections.abc import Iterator

from psycopg import sql

from greenroom.db.connection import begin
from greenroom.db.inventory import statement
from greenroom.db.kernel import Database
from greenroom.model.errors import NoRights, SourceMissing
from greenroom.write.fetch import Snapshot, Store

SCHEME = "postgres:"


def fetch_table(conn: Database, origin: str, store: Store) -> Snapshot:
    """Copy a table or view as CSV with its column names into the store; nothing in the database is written.

    Of a table that Greenroom publishes only the current rows are read. The same rows give the same bytes where the
    table has a primary key. Raises SourceMissing where there is none, NoRights where it may not be read whole.
    """
    schema, _, table = origin.removeprefix(SCHEME).partition(".")
    if not schema or not table:
        raise SourceMissing(
            f"{origin} names no table.", hint="Write postgres:SCHEMA.TABLE, for example postgres:public.ips_lycees."
        )
    with begin(conn):
        conn.execute("set transaction read only")
        # rows hidden by a policy would be missing in silence: this makes it an error
        conn.execute("set local row_security = off")
        query = _query(conn, schema, table)
        address = f"{SCHEME}{conn.info.dbname}/{schema}.{table}"
        return store.keep(_copied(conn, query), address=address, headers={"content-type": "text/csv"})


def _query(conn: Database, schema: str, table: str) -> sql.Composed:
    row = conn.execute(statement("readable"), {"schema": schema, "table": table}).fetchone()
    if row is None:
        raise SourceMissing(
            f"There is no table {schema}.{table} in database {conn.info.dbname}.{_alike(conn, table)}",
            hint="Write schema and table as the database spells them: postgres:SCHEMA.TABLE.",
        )
    may, columns, key, is_ours = row
    if not may:
        raise NoRights(
            f"{conn.info.user} may not read {schema}.{table}.",
            hint=f'As its owner: grant usage on schema "{schema}" to "{conn.info.user}";'
            f' grant select on "{schema}"."{table}" to "{conn.info.user}"',
        )
    return sql.SQL("copy (select {} from {}{}{}) to stdout with (format csv, header true, encoding 'utf8')").format(
        _listed(columns),
        sql.Identifier(schema, table),
        sql.SQL(" where retired_at is null" if is_ours else ""),
        sql.SQL(" order by {}").format(_listed(key)) if key else sql.SQL(""),
    )


def _copied(conn: Database, query: sql.Composed) -> Iterator[bytes]:
    with conn.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            yield bytes(block)


def _listed(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _alike(conn: Database, table: str) -> str:
    rows = conn.execute(
        "select n.nspname || '.' || c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where c.relname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1 limit 3",
        (table,),
    ).fetchall()
    return f" There is {', '.join(name for (name,) in rows)}." if rows else ""
