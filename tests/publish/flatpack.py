"""A pack of flat rows, declared in tests alone: the key is the identity, a unit a year, one table repeats the newest."""  # noqa: E501

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from greenroom.db.compile import batch_sql, pack_sql, table_sql
from greenroom.model.check import Bounds
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.pack import Pack

_COLUMNS = (
    Column("school", required=True),
    Column("year", required=True, pattern=r"^\d{4}$"),
    Column("points", "integer", missing=("NS",)),
    Column("retired_at", "timestamptz", kind="lifecycle"),
    Column("created_at", "timestamptz", kind="stamp"),
    Column("updated_at", "timestamptz", kind="stamp"),
    Column("release_id", "bigint", kind="stamp"),
)

years = Dataset(
    name="scores_years",
    table="scores_years",
    columns=_COLUMNS,
    key=("school", "year"),
    unit=("year",),
    group="scores",
    bounds=Bounds(least=1, complete=2, most=100_000),
)
newest = Dataset(
    name="scores",
    table="scores",
    columns=_COLUMNS,
    key=("school",),
    group="scores",
    current_of="scores_years",
    bounds=Bounds(least=1, complete=2, most=100_000),
)
pack = Pack(name="flat", schema="flat", package="tests.publish", datasets=(years, newest), landing="file")

Row = tuple[str, str, str | None]


@dataclass
class Flat:
    connection: psycopg.Connection
    scope: int

    def rows(self, query: str, *values: object) -> list[dict]:
        from tests.publish.exams import Refused

        with self.connection.cursor(row_factory=dict_row) as cursor:
            try:
                cursor.execute(query.encode(), values or None)
            except psycopg.Error as error:
                if error.sqlstate == "PT409":
                    raise Refused(error) from error
                raise
            return cursor.fetchall() if cursor.description else []

    def one(self, query: str, *values: object):
        return next(iter(self.rows(query, *values)[0].values()))

    def load(self, rows: Iterable[Row], complete: bool | None = None) -> int | None:
        """A file into the landing of this transaction, then sealed."""
        with self.connection.transaction():
            self.connection.execute(
                "create temporary table landing (row_no bigint, school text, year text, points text) on commit drop"
            )
            with self.connection.cursor().copy("copy pg_temp.landing from stdin") as copy:
                for n, row in enumerate(rows, start=1):
                    copy.write_row((n, *row))
            return self.one("select greenroom_flat.seal_scores_years(%s, null, null, null, %s)", self.scope, complete)

    def findings(self) -> list[dict]:
        return self.rows("select * from greenroom_flat.findings(greenroom_flat.pending(%s))", self.scope)

    def approve(self) -> None:
        self.one("select greenroom_flat.decide(%s, 'approved', 'tester', 'seen')", self.scope)

    def promote(self, only: str | None = None) -> dict:
        return self.one("select greenroom_flat.promote(%s, %s)", self.scope, only)

    def publish(self, rows: Iterable[Row], complete: bool | None = None) -> dict:
        self.load(rows, complete)
        self.approve()
        return self.promote()

    def rollback(self, *releases: int) -> dict:
        return self.one("select greenroom_flat.rollback(%s, %s)", self.scope, list(releases))

    def settle(self, adopt: bool) -> dict:
        return self.one("select greenroom_flat.settle_drift(%s, %s)", self.scope, adopt)

    def state(self) -> dict[tuple[str, str], int | None]:
        return {
            (r["school"], r["year"]): r["points"]
            for r in self.rows("select * from flat.scores_years where retired_at is null")
        }

    def current(self) -> dict[str, tuple[str, int | None]]:
        return {
            r["school"]: (r["year"], r["points"])
            for r in self.rows("select * from flat.scores where retired_at is null")
        }

    def image(self) -> list[dict]:
        return [
            r["image"]
            for t in ("scores_years", "scores")
            for r in self.rows(f"select to_jsonb(t) - 'updated_at' as image from flat.{t} as t order by school, year")
        ]

    def digest(self) -> str:
        return self.one(
            "select md5(string_agg(x, ' ' order by x)) from (select xmin || ctid::text as x from flat.scores_years"
            " union all select xmin || ctid::text from flat.scores) as rows"
        )


def install(connection: psycopg.Connection, what: Pack = pack) -> Flat:
    """Tables and functions of the pack, as migrate makes them."""
    connection.execute("create schema flat")
    for dataset in what.datasets:
        connection.execute(table_sql(what, dataset, "flat").encode())
        connection.execute(batch_sql(what, dataset).encode())
    connection.execute(pack_sql(what, "flat").encode())
    found = connection.execute("select greenroom_flat.scope_id('{scores}')").fetchone()
    return Flat(connection, found[0])
