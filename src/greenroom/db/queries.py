"""Questions kept in files: the name of one enters, its statement leaves; what it answers comes as dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import dict_row

from greenroom.db.kernel import Database


@cache
def text_of(name: str) -> Any:
    """The text of `audit/impact_views`: a file of that package's templates."""
    package, _, file = name.partition("/")
    return files("greenroom").joinpath(package, "templates", f"{file}.sql").read_text("utf-8")


def query_of(name: str) -> sql.SQL:
    """It as a statement, into which identifiers and conditions may still be composed."""
    return sql.SQL(text_of(name))


def dicts(
    conn: Database,
    statement: LiteralString | sql.SQL | sql.Composed,
    values: Mapping[str, object] | Sequence[object] | None = None,
) -> list[dict[str, Any]]:
    """All rows of an answer."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()
