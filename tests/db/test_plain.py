"""What is told of a row at a glance must be what looking at each of its cells would tell."""

import psycopg
import pytest

from greenroom.db import plain
from greenroom.db.compile import _natural
from greenroom.model.column import Column
from greenroom_schools.pack import pack

CELLS = (
    None, "", " ", "12", "007", "+5", "-3", " 12", "12 ", "12\t", "1,5", "1.50", "1,50", ".5", "5.", "1.2.3", "1e5",
    "NaN", "Infinity", "0x1F", "1_000", "583.0", "99999", "100000", "999999999", "2147483648", "99999999999999999999",
    "1 234", "\u0661\u0662", "100", "100.01", "99.999", "147.6", "1000.1",
    "999.999", "999.99", "-999.995", "1e999", "0.1234567890123456789012345", "true", "TRUE", "oui", "t", "2024-02-28",
    "2024-02-31", "2023-02-29", "2024-02-29", "0000-01-01", "2024-04-31",
    "2024-13-01", "28/02/2024", "75056", "2A004", "2a004", "00123", "96123", "20123", "4001", "97105", "01", "1", "20",
    "971", "2024", "1899", "24", "diff", "ndiff", "DIFF", "Victime", "victime", "NA", "na", " NA ", "NS", "ns", "n/a",
    "été à l'école", " x", "x ", "a\x1fb", "a\nb", "Ã©tÃ©", "â€™", "Âge", "10 €", "\ufffd",
    "Usage de stupéfiants (AFD)",
)  # fmt: skip

COLUMNS = (
    Column("free"),
    Column("named", pattern="^(diff|ndiff)$"),
    Column("loose", pattern="^[A-Z ]+$"),
    Column("apart", pattern="^a|b$"),
    Column("told", missing=("NA", "n/a")),
    Column("needed", required=True),
    Column("needed_told", required=True, missing=("NS",)),
    Column("whole", "integer"),
    Column("whole_told", "integer", missing=("NA", "-3")),
    Column("whole_short", "integer", pattern="^[0-9]{1,5}$"),
    Column("whole_cleaned", "integer", clean="number"),
    Column("whole_both", "integer", clean="number", pattern="^[0-9]{3}$"),
    Column("year", "integer", pattern="^(19|20)[0-9]{2}$"),
    Column("vintage", "integer", clean="millesime"),
    Column("small", "smallint", pattern="^[0-9]{1,5}$"),
    Column("large", "bigint"),
    Column("decimal", "numeric"),
    Column("decimal_told", "numeric", missing=("NA",)),
    Column("decimal_pattern", "numeric", pattern=r"^[0-9]+\.[0-9]{2}$"),
    Column("decimal_short", "numeric(5,2)", clean="number", pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$"),
    Column("decimal_odd", "numeric(5,2)", clean="number", pattern=r"^(100|[0-9]{1,2})(\.[0-9]+)?$"),
    Column("decimal_sized", "numeric(5,2)"),
    Column("decimal_sized_told", "numeric(5,2)", clean="number", missing=("NA",)),
    Column("decimal_share", "numeric(5,2)", pattern=r"^(100|[0-9]{1,2})(\.[0-9]+)?$"),
    Column("decimal_signed", "numeric(5,2)", clean="number", pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,2})?$"),
    Column("decimal_under", "numeric", clean="number", pattern=r"^[0-9]{1,2}(\.[0-9]+)?$"),
    Column("double", "double precision"),
    Column("double_cleaned", "double precision", clean="number"),
    Column("yes", "boolean"),
    Column("day", "date"),
    Column("commune", clean="commune"),
    Column("departement", clean="departement"),
    Column("school", clean="uai"),
    Column("crime", clean="indicateur"),
    Column("unit", clean="unite"),
)


@pytest.fixture
def conn(make_database):
    with psycopg.connect(make_database("schools").url, autocommit=True) as connection:
        yield connection


def both(conn, column, *more):
    """Each cell: whether it is plain, what is stored then, what looking closely says of it."""
    columns = (column, *more)
    c = _natural(pack, column)
    given = ", ".join(f"{plain.given(each)} as {each.name}" for each in columns)
    test = plain.condition(columns, pack.plain, [column] if column.type == "text" else [])
    guard = f"r.{c.name} is not null and not coalesce({c.guard or 'true'}, false)"
    bad = f"r.{c.name} is null or {guard}" if column.required else guard
    query = f"""
        select
          l.{c.name}, g.is_plain, case when g.is_plain then g.value end,
          case when {bad} then 'bad' else 'good' end,
          case when {c.guard or "true"} then v.{c.name}::{c.type} end
        from landing as l
        join (
          select g.row_no, g.is_plain, case when g.is_plain then {c.plain} end as value
          from (
            select g.*, coalesce({test}, false) as is_plain
            from (select l.row_no, {given} from landing as l offset 0) as g offset 0
          ) as g
        ) as g on g.row_no = l.row_no
        cross join lateral (select {c.raw} as {c.name} offset 0) as r
        cross join lateral (select {c.cleaned} as {c.name} offset 0) as v
        order by l.row_no"""
    names = ", ".join(f"{each.name} text" for each in columns)
    conn.execute(f"drop table if exists landing; create temporary table landing (row_no bigint, {names})")
    with conn.cursor() as cursor:
        cursor.executemany(
            f"insert into landing values (%s, %s{', %s' * len(more)})",
            [(n, cell, *["1"] * len(more)) for n, cell in enumerate(CELLS)],
        )
    return conn.execute(query).fetchall()


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_plain_cell_is_stored_as_looking_closely_would_have_it(conn, column):
    for cell, is_plain, value, verdict, careful in both(conn, column):
        if is_plain:
            assert (verdict, value) == ("good", careful), cell


@pytest.mark.parametrize("rule", [{}, {"clean": "number"}, {"pattern": r"^(100|[0-9]{1,2})(\.[0-9]+)?$"}], ids=str)
@pytest.mark.parametrize("kind", ["integer", "numeric", "numeric(5,2)", "double precision"])
def test_many_numbers_at_once_say_what_each_says(conn, kind, rule):
    others = tuple(Column(f"other_{n}", kind, **rule) for n in range(6))
    for cell, is_plain, value, verdict, careful in both(conn, Column("first", kind, **rule), *others):
        if is_plain:
            assert (verdict, value) == ("good", careful), cell


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        (Column("free"), {"été à l'école", "75056"}),
        (Column("whole", "integer", missing=("NA",)), {"12", "NA", None, ""}),
        (Column("decimal", "numeric", missing=("NA",)), {"12", "1,5", "1.50", "NA", None}),
        (Column("score", "numeric(5,2)", clean="number", pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$"), {"147.6", "1,50"}),
        (
            Column("share", "numeric(5,2)", clean="number", pattern=r"^(100|[0-9]{1,2})(\.[0-9]+)?$"),
            {"100", "1,5"},
        ),
        (Column("commune", clean="commune"), {"75056", "2A004", "97105"}),
        (Column("crime", clean="indicateur"), {"Usage de stupéfiants (AFD)"}),
    ],
    ids=lambda given: given.name if isinstance(given, Column) else "",
)
def test_what_files_are_full_of_is_plain(conn, column, cells):
    found = {cell for cell, is_plain, *_ in both(conn, column) if is_plain}
    assert cells <= found


def test_damaged_text_is_never_plain(conn):
    damaged = {"Ã©tÃ©", "â€™", "\ufffd", "a\x1fb"}
    found = {cell for cell, is_plain, *_ in both(conn, Column("shown")) if is_plain}
    assert not damaged & found
