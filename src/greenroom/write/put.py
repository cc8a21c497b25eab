"""A table goes into `pg_temp.landing`, as text, by COPY; how it was read comes back."""

import re
from dataclasses import asdict, dataclass, field

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from greenroom.model.dataset import Dataset
from greenroom.model.errors import BadDeclaration, ContractBroken, SourceEmpty
from greenroom.model.landing import Landing
from greenroom.write.formats import Table, with_geometry
from greenroom.write.parse import Recognised, file_columns, match, plain

# A column of this name holds hex EWKB, in whatever way the file writes geometry.
GEOMETRY = "ewkb"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file was read, for the ledger: lines of data, and what none of our columns took.

    `left_out` counts, by reason, the rows that are none of the dataset's (a total, another level).
    """

    form: str
    lines: int
    rows: int
    unknown: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The form in which a batch keeps it."""
        return {key: value for key, value in asdict(self).items() if value}


def landing(
    conn: psycopg.Connection[TupleRow], dataset: Dataset, table: Table | Recognised, *, shape: str | None = None,
    year: str | None = None,
) -> Reading:  # fmt: skip
    """Fill a new `pg_temp.landing`: `row_no`, counted from 1, and each source column as text.

    It lives until the end of the transaction. A column this file lacks is null; what the
    dataset does not know is read and dropped. `shape` is the SQL of the form's shape, `year` stands in
    for one that the headers do not give. A file that breaks raises ContractBroken with its line,
    and leaves the transaction to be rolled back.
    """
    read = table if isinstance(table, Recognised) else Recognised(plain(dataset), table, match(table.header, dataset))
    given = check_year(read, dataset, year)
    name = "landed" if shape else "landing"
    columns = [column.name for column in read.form.columns if column.name not in given]
    lines = _landed(conn, name, columns, read, dataset)
    for column, value in given.items():
        conn.execute(
            sql.SQL("alter table {} add column {} text default {}").format(
                sql.Identifier("pg_temp", name), sql.Identifier(column), sql.Literal(value)
            )
        )
    left_out: dict[str, int] = {}
    if shape:
        left_out = shaped(conn, dataset, shape)
    else:
        _fill_up(conn, dataset)
    rows = count(conn) if shape else lines
    if rows == 0:
        raise SourceEmpty(f"{dataset.name}: no line of the file is a row of it ({lines} lines, {left_out or 'none'}).")
    mapping = read.mapping
    return Reading(
        read.form.name, lines, rows, mapping.left_over, mapping.absent, left_out, read.table.notes
    )  # fmt: skip


def shaped(conn: psycopg.Connection[TupleRow], dataset: Dataset, shape: str) -> dict[str, int]:
    """Make `pg_temp.landing` by a query of the pack; the rows it left out are counted by reason, and go."""
    conn.execute("drop table if exists pg_temp.landing")
    conn.execute(sql.SQL("create temporary table landing on commit drop as {}").format(sql.SQL(shape)))
    kinds = conn.execute(
        "select attname, atttypid::regtype::text from pg_catalog.pg_attribute"
        " where attrelid = 'pg_temp.landing'::regclass and attnum > 0 and not attisdropped"
    ).fetchall()
    there: dict[str, str] = dict(kinds)
    known = {column.name for column in file_columns(dataset)}
    if unknown := there.keys() - known - {"row_no", "left_out"}:
        raise BadDeclaration(f"A shape of {dataset.name} gives columns it has not: {', '.join(sorted(unknown))}.")
    if wrong := [n for n, kind in there.items() if kind != ("bigint" if n == "row_no" else "text")]:
        raise BadDeclaration(f"A shape of {dataset.name} gives other types than text: {', '.join(wrong)}.")
    left_out: dict[str, int] = {}
    if "left_out" in there:
        reasons = "select left_out, count(*) from pg_temp.landing where left_out is not null group by 1 order by 1"
        left_out = dict(conn.execute(reasons).fetchall())
        conn.execute("delete from pg_temp.landing where left_out is not null")
        conn.execute("alter table pg_temp.landing drop column left_out")
    _fill_up(conn, dataset)
    return left_out


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


def check_year(read: Recognised, dataset: Dataset, year: str | None) -> dict[str, str | None]:
    """The year of the data by its column, where no column of the file holds it; refused when nobody says it."""
    column = read.form.year
    if column is None or column in read.mapping.positions:
        return {}
    said = read.mapping.year or year
    if said is None and not read.form.year_needed:
        return {column: None}
    if said is None:
        raise ContractBroken(
            f"{dataset.name}: neither the headers nor the name of the file say its year ({column}).",
            hint="Say it: --period YEAR.",
        )
    return {column: said}


def _landed(
    conn: psycopg.Connection[TupleRow], name: str, columns: list[str], read: Recognised, dataset: Dataset
) -> int:
    """The file as it is, its known columns under their names, in a temporary table."""
    names = {place: column for column, place in read.mapping.positions.items()}
    file_order = [names.get(place, f"left_over_{place + 1}") for place in range(len(read.table.header))]
    left_over = [column for place, column in enumerate(file_order) if place not in names]
    conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("pg_temp", name)))
    conn.execute(_create(name, columns + left_over))
    table = read.table
    if GEOMETRY in read.mapping.positions:
        table = with_geometry(table, read.mapping.positions[GEOMETRY])
    rows = _copy(conn, name, table, file_order)
    if rows == 0:
        raise SourceEmpty(f"{dataset.name}: the file has a header and no rows.")
    if left_over:
        drops = sql.SQL(", ").join(sql.SQL("drop column {}").format(sql.Identifier(column)) for column in left_over)
        conn.execute(sql.SQL("alter table {} {}").format(sql.Identifier("pg_temp", name), drops))
    return rows


def _fill_up(conn: psycopg.Connection[TupleRow], dataset: Dataset) -> None:
    """Columns of the dataset that this file or shape does not give are there, and null."""
    adds = sql.SQL(", ").join(
        sql.SQL("add column if not exists {} text").format(sql.Identifier(column.name))
        for column in file_columns(dataset)
    )
    conn.execute(sql.SQL("alter table pg_temp.landing {}").format(adds))


def count(conn: psycopg.Connection[TupleRow]) -> int:
    """Rows in the landing."""
    row = conn.execute("select count(*) from pg_temp.landing").fetchone()
    assert row is not None
    return int(row[0])


def _create(name: str, columns: list[str]) -> sql.Composed:
    return sql.SQL(
        "create temporary table {} (row_no bigint generated always as identity (cache 1000), {}) on commit drop"
    ).format(
        sql.Identifier(name),
        sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in columns),
    )


def _copy(conn: psycopg.Connection[TupleRow], name: str, table: Table, file_order: list[str]) -> int:
    command = sql.SQL("copy {} ({}) from stdin with (format csv, header true, delimiter {}, encoding {})").format(
        sql.Identifier("pg_temp", name),
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
    found = re.search(r"COPY land(?:ing|ed), line (\d+)", error.diag.context or "")
    if found is None:
        return f"{reason}."
    return f"Line {int(found[1]) + table.first_row_position - 2}: {reason}."
