"""A table goes into `pg_temp.landing`, as text, by COPY; the number of rows read comes back."""

import re

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from greenroom.model.dataset import Dataset
from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom.model.landing import Landing
from greenroom.write.formats import Table
from greenroom.write.parse import file_columns, match


def landing(conn: psycopg.Connection[TupleRow], dataset: Dataset, table: Table) -> int:
    """Fill a new `pg_temp.landing`: `row_no`, counted from 1, and each source column as text.

    It lives until the end of the transaction. A column this file lacks is null; what the
    dataset does not know is read and dropped. A file that breaks raises ContractBroken with
    its line, and leaves the transaction to be rolled back.
    """
    columns = match(table.header, dataset).positions
    names = {place: column for column, place in columns.items()}
    file_order = [names.get(place, f"left_over_{place + 1}") for place in range(len(table.header))]
    left_over = [name for place, name in enumerate(file_order) if place not in names]

    conn.execute("drop table if exists pg_temp.landing")
    conn.execute(_create([column.name for column in file_columns(dataset)] + left_over))
    rows = _copy(conn, table, file_order)
    if rows == 0:
        raise SourceEmpty(f"{dataset.name}: the file has a header and no rows.")
    if left_over:
        conn.execute(_drop(left_over))
    return rows


def document(conn: psycopg.Connection[TupleRow], landed: Landing) -> None:
    """Fill one temporary table for each table of a parsed document; they live until the transaction ends."""
    for name, table in landed.tables.items():
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column), sql.Identifier(kind))
            for column, kind in _core(table.columns)
        )
        conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("pg_temp", name)))
        conn.execute(sql.SQL("create temporary table {} ({}) on commit drop").format(sql.Identifier(name), columns))
        command = sql.SQL("copy {} from stdin").format(sql.Identifier("pg_temp", name))
        with conn.cursor() as cursor, cursor.copy(command) as copy:
            for row in table.rows:
                copy.write_row(row)


def _core(columns: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Types by the names that may be quoted as identifiers."""
    quotable = {"integer": "int4", "bigint": "int8", "boolean": "bool"}
    return [(name, quotable.get(kind, kind)) for name, kind in columns]


def _create(columns: list[str]) -> sql.Composed:
    return sql.SQL(
        "create temporary table landing (row_no bigint generated always as identity, {}) on commit drop"
    ).format(sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in columns))


def _drop(columns: list[str]) -> sql.Composed:
    drops = (sql.SQL("drop column {}").format(sql.Identifier(column)) for column in columns)
    return sql.SQL("alter table pg_temp.landing {}").format(sql.SQL(", ").join(drops))


def _copy(conn: psycopg.Connection[TupleRow], table: Table, file_order: list[str]) -> int:
    command = sql.SQL(
        "copy pg_temp.landing ({}) from stdin with (format csv, header true, delimiter {}, encoding {})"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, file_order)),
        sql.Literal(table.delimiter),
        sql.Literal(table.encoding),
    )
    try:
        with conn.cursor() as cursor:
            with cursor.copy(command) as copy:
                for block in table.csv_blocks():
                    copy.write(block)
            return cursor.rowcount
    except psycopg.DataError as error:
        raise ContractBroken(_broken(error, table), hint="Fetch the file again, or mend that line.") from error


def _broken(error: psycopg.DataError, table: Table) -> str:
    """PostgreSQL's reason with the file's own line: it counts from the header that was sent."""
    reason = error.diag.message_primary or "COPY refused the file"
    found = re.search(r"COPY landing, line (\d+)", error.diag.context or "")
    if found is None:
        return f"{reason}."
    return f"Line {int(found[1]) + table.first_row_position - 2}: {reason}."
