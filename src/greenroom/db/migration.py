"""What a migration is and how its text is run: a pack's files enter; statements run, or fail with file and line."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import psycopg

from greenroom.db.inventory import Database
from greenroom.model.dataset import Dataset
from greenroom.model.errors import DatabaseError, ForeignObjects, NoRights
from greenroom.model.pack import Pack

CORE = Pack(name="greenroom", schema="greenroom", package="greenroom", datasets=(), landing="", note="The ledger.")

# `adopt`, which takes such a database over in place, is not built yet.
ADOPT = (
    "Use a database without them, or name another schema: GREENROOM_EXAMS_SCHEMA=…, GREENROOM_SCHOOLS_SCHEMA=…;"
    " taking them over in place (adopt) comes later."
)

_NO_TRANSACTION = "-- no-transaction"

# Tried again by whoever runs the transaction; 53, 57 and 08 are the server's own troubles, told elsewhere.
_BUSY = ("55P03", "40P01", "40001")
_ALREADY_THERE = ("42P06", "42P07", "42710", "42723")
_DUPLICATE_COLUMN = "42701"
# A name in a message of the server, in whichever language it speaks.
_QUOTED = re.compile(r"[\"«»„“]\s?([^\"«»„“”]+?)\s?[\"«»“”]")


class Compiler(Protocol):
    """What `compile.py` offers: text from declarations, no database touched."""

    def pack_sql(self, pack: Pack, schema: str) -> str:
        """All functions and views of the pack. What lasting objects stand on is `create or replace`."""

    def table_sql(self, pack: Pack, dataset: Dataset, schema: str) -> str:
        """The published table of a dataset, with its indexes and comments."""

    def published_columns(self, pack: Pack, dataset: Dataset) -> Mapping[str, str]:
        """Column and type of what the published table must have; more may stand there."""

    def batch_sql(self, pack: Pack, dataset: Dataset) -> str:
        """`create table if not exists` of greenroom.batch_<dataset> and prepared_<dataset>."""

    def batch_columns(self, pack: Pack, dataset: Dataset) -> Mapping[str, Mapping[str, str]]:
        """Column and type of what each of these must have, by table; more may stand there."""

    def rewrite(self, text: str, default: str, actual: str) -> str:
        """The same text for another schema: the double-quoted name replaced."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, run once."""

    pack: str
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """What tells an edited file."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def is_apart(self) -> bool:
        """Whether it runs outside the transaction."""
        return self.text.startswith(_NO_TRANSACTION)

    def __str__(self) -> str:
        return f"{self.pack}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one call of `migrate` was asked for."""

    packs: tuple[Pack, ...]
    compiler: Compiler
    schemas: Mapping[str, str]
    app_roles: Sequence[str]
    is_check: bool
    progress: Callable[[str], None]
    files: Mapping[str, tuple[Migration, ...]]

    def schema(self, pack: Pack) -> str:
        """Where its published tables stand in this database."""
        return self.schemas.get(pack.name, pack.schema)

    def text(self, pack: Pack, text: str) -> str:
        """As it must read in this database."""
        if self.schema(pack) == pack.file_schema:
            return text
        return self.compiler.rewrite(text, pack.file_schema, self.schema(pack))

    def compiled(self, pack: Pack) -> str:
        """Its functions and views."""
        return self.compiler.pack_sql(pack, self.schema(pack))


def migration_files(pack: Pack) -> tuple[Migration, ...]:
    """The migrations of a pack in natural order: 100, 101, 103a, 103b, 110."""
    return _files(pack, "migrations")


def after_files(pack: Pack) -> tuple[Migration, ...]:
    """What every migration of a pack repeats at its end."""
    return _files(pack, "after")


def _files(pack: Pack, name: str) -> tuple[Migration, ...]:
    folder = pack.sql_folder().joinpath(name)
    if not folder.is_dir():
        return ()
    found = (file for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        Migration(pack.name, file.name, file.read_text("utf-8").replace("\r\n", "\n"))
        for file in sorted(found, key=lambda file: natural(file.name))
    )


def record(connection: Database, migration: Migration, seconds: float) -> None:
    """Write into the ledger that it was run."""
    connection.execute(
        "insert into greenroom.migration (pack, name, sha256, seconds) values (%s, %s, %s, %s)",
        (migration.pack, migration.name, migration.sha256, seconds),
    )


def run(connection: Database, text: str, what: str) -> None:
    """Run a text of many statements; a failure names the line."""
    try:
        # Without parameters the driver sends the text as it is, all statements in one.
        connection.execute(text, prepare=False)
    except psycopg.Error as error:
        if error.sqlstate in _BUSY or error.sqlstate is None or error.sqlstate.startswith(("57", "08", "53")):
            raise
        position = error.diag.statement_position
        where = f"{what}, line {text.count(chr(10), 0, int(position)) + 1}" if position else what
        said = f"{where}: {error.diag.message_primary}"
        if error.sqlstate in _ALREADY_THERE:
            raise ForeignObjects(said, hint=ADOPT) from error
        if error.sqlstate == _DUPLICATE_COLUMN and (
            refusal := _own_column(error.diag.message_primary or "", text, where)
        ):
            raise refusal from error
        if error.sqlstate == "42501":
            raise NoRights(said) from error
        raise DatabaseError(said, hint=error.diag.message_hint or error.diag.message_detail or "") from error


def _own_column(message: str, text: str, where: str) -> ForeignObjects | None:
    """The refusal of a column that others added to a table of ours; None where a statement names one twice."""
    names = _QUOTED.findall(message)
    if len(names) != 2:
        return None
    column, table = names
    found = re.search(rf'alter table (?:only )?("?\w+"?\.)?"?{re.escape(table)}"?\s', text, re.IGNORECASE)
    place = f"{(found[1] or '').replace(chr(34), '')}{table}" if found else table
    return ForeignObjects(
        f"{place}.{column} stands here already, and Greenroom did not make it ({where}): it is left as it is.",
        hint=f"Rename it if it is yours: alter table {place} rename column {column} to …; drop it if nobody needs it."
        " Then migrate again.",
        details=(f"column {place}.{column}",),
    )


def core_functions(connection: Database) -> None:
    """Functions that all packs use: replaced in place, never dropped."""
    for file in sorted(CORE.sql_folder().iterdir(), key=lambda file: natural(file.name)):
        if file.name.endswith(".sql"):
            run(connection, file.read_text("utf-8"), file.name)


def natural(name: str) -> list[tuple[int, int, str]]:
    """Order names as people count."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", name)]
