"""Calls into a pack's compiled SQL: a function's name and arguments enter, its answer leaves."""

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow, dict_row

from greenroom.model.pack import Pack

Database = psycopg.Connection[TupleRow]


def call(conn: Database, pack: Pack, function: str, **arguments: object) -> Any:
    """The single value that a compiled function answers."""
    row = conn.execute(_query(sql.SQL("select {}"), pack, function, arguments), arguments).fetchone()
    return row[0] if row else None


def rows(conn: Database, pack: Pack, function: str, **arguments: object) -> list[dict[str, Any]]:
    """The rows that a compiled function answers, by column name."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_query(sql.SQL("select * from {}"), pack, function, arguments), arguments).fetchall()


def _query(form: sql.SQL, pack: Pack, function: str, arguments: dict[str, object]) -> sql.Composed:
    named = sql.SQL(", ").join(sql.SQL("p_{} => {}").format(sql.SQL(name), sql.Placeholder(name)) for name in arguments)
    return form.format(sql.SQL("{}({})").format(sql.Identifier(pack.compiled_schema, function), named))
