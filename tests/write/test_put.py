"""A table lands as text, named columns in their places, whatever their order in the file."""

import io
import json
import tracemalloc

import psycopg
import pytest

from greenroom import Column, Dataset
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom.write.formats import opened
from greenroom.write.put import landing

THINGS = Dataset(
    name="things",
    table="things",
    key=("code",),
    columns=(
        Column("code", required=True),
        Column("label", headers=("Nom de l'objet",)),
        Column("size", "numeric(5,2)"),
        Column("withheld", "text[]"),
        Column("release_id", "bigint", kind="stamp"),
    ),
)


@pytest.fixture
def conn(database):
    with psycopg.connect(database.url) as conn:
        yield conn


def put(conn, raw, **options):
    with opened(io.BytesIO(raw), **options) as table:
        return landing(conn, THINGS, table).rows


def landed(conn):
    cursor = conn.execute("select * from pg_temp.landing order by row_no")
    return [column.name for column in cursor.description], cursor.fetchall()


def test_rows_land_as_text_with_their_numbers(conn):
    assert put(conn, "size;extra;Nom de l'objet;code\n1,5;x;Été;A\n;;;B\n".encode()) == 2
    assert landed(conn) == (
        ["row_no", "code", "label", "size"],
        [(1, "A", "Été", "1,5"), (2, "B", None, None)],
    )


def test_a_second_landing_replaces_the_first(conn):
    put(conn, b"code;size\nA;1\n")
    assert put(conn, json.dumps([{"code": "B", "size": 2.50}]).encode()) == 1
    assert landed(conn)[1] == [(1, "B", None, "2.5")]


def test_landing_ends_with_its_transaction(conn):
    put(conn, b"code\nA\n")
    conn.commit()
    assert conn.execute("select to_regclass('pg_temp.landing')").fetchone() == (None,)


def test_windows_1252_is_converted_by_the_server(conn):
    put(conn, "code;label\nA;Œuvre d’été\n".encode("cp1252"))
    assert landed(conn)[1] == [(1, "A", "Œuvre d’été", None)]


def test_names_that_need_quotes_are_only_names(conn):
    assert put(conn, b'code;"x"") from stdin; drop table y; --";order\nA;1;2\n') == 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"code;size\nA;1\nB\n", "Line 3: missing data"),
        (b"code;size\nA;1;2\n", "Line 2: extra data"),
        (b'code;size\nA;1\n"B;2\n', "Line 3: unterminated CSV quoted field"),
        (b"code;size\r\nA;1\r\nB;2\nC;3\r\n", "Line 3: unquoted newline"),
    ],
    ids=["short row", "long row", "open quote", "mixed line ends"],
)
def test_a_broken_row_is_refused_with_its_line(conn, raw, words):
    with pytest.raises(ContractBroken, match=words):
        put(conn, raw)


def test_the_line_is_that_of_the_file_below_a_title(conn):
    with pytest.raises(ContractBroken, match="Line 4: missing data"):
        put(conn, b"Titre\ncode;size\nA;1\nB\n", header_row=2)


def test_a_header_without_rows_is_empty(conn):
    with pytest.raises(SourceEmpty, match="things: the file has a header and no rows"):
        put(conn, b"code;size\r\n")


def test_a_missing_column_is_refused_before_anything_is_sent(conn):
    with pytest.raises(ContractBroken, match=r"missing code \(nearest met: cod\)"):
        put(conn, b"cod;size\nA;1\n")
    assert conn.execute("select to_regclass('pg_temp.landing')").fetchone() == (None,)


def test_trouble_in_the_file_ends_the_copy_and_the_connection_lives(conn):
    with pytest.raises(SourceUnreadable, match="NUL"):
        put(conn, b'[{"code": "A"}, {"code": "\\u0000"}]')
    conn.rollback()
    assert put(conn, b"code\nA\n") == 1


def test_memory_does_not_grow_with_the_file(conn):
    raw = io.BytesIO(b"code;size\n" + b"".join(b"%d;%d.5\n" % (n, n) for n in range(500_000)))
    tracemalloc.start()
    with opened(raw) as table:
        assert landing(conn, THINGS, table).rows == 500_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000
