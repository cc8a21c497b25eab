"""The ledger's list of second installations: a connection enters, installations leave."""

from psycopg import sql

from greenroom.db.inventory import Database, is_there
from greenroom.model.installation import Installation

_COLUMNS = sql.SQL("pack, schema, dataset, table_name, name")


def installations(connection: Database, *, standing: bool = True) -> list[Installation]:
    """All of them, or with `standing` false those whose table or schema somebody has dropped since."""
    if not is_there(connection, "greenroom", "installation"):
        return []
    rows = connection.execute(
        sql.SQL(
            "select {} from greenroom.installation as i where %s = case when table_name is null"
            " then pg_catalog.to_regnamespace(pg_catalog.quote_ident(i.schema)) is not null"
            " else pg_catalog.to_regclass(pg_catalog.format('%%I.%%I', i.schema, i.table_name)) is not null end"
            " order by i.id"
        ).format(_COLUMNS),
        (standing,),
    )
    return [Installation(*row) for row in rows]


def found(connection: Database, wanted: Installation) -> Installation | None:
    """The installation at this place, whatever it is of, when its table still stands."""
    return next((one for one in installations(connection) if one.target == wanted.target), None)


def record(connection: Database, wanted: Installation) -> Installation:
    """Write it into the ledger, which names it."""
    row = connection.execute(
        sql.SQL(
            "insert into greenroom.installation (pack, schema, dataset, table_name) values (%s, %s, %s, %s)"
            " returning {}"
        ).format(_COLUMNS),
        (wanted.pack, wanted.schema, wanted.dataset, wanted.table),
    ).fetchone()
    assert row is not None
    return Installation(*row)


def forget(connection: Database, gone: Installation) -> None:
    """Take it out of the ledger; its batches and releases stay, its number is not used again."""
    connection.execute("delete from greenroom.installation where name = %s", (gone.name,))
    connection.execute("delete from greenroom.migration where pack = %s", (gone.name,))
