"""Caches and the age of the data: refresh, freshness."""

from typing import Annotated, Any

import typer

from greenroom import catalog, pipeline
from greenroom.cli.session import DryRun, Json, answer, database, table
from greenroom.db.connection import begin
from greenroom.publish import refresh as refreshing
from greenroom.wording import refreshed_words


def refresh(
    views: Annotated[list[str] | None, typer.Argument(help="Caches, by name; all of them by default.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also those whose data have not moved.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Refresh the caches whose data have moved, in order of dependency; readers wait for nothing."""
    told: list[dict[str, Any]] = []
    with database(writing=not dry_run) as conn, begin(conn):
        for pack in catalog.installed_packs(conn):
            if pack.landing == "file":
                told += refreshing.refresh(conn, pack, views, force=force)
        if dry_run:
            raise pipeline.Undone
    answer(told, as_json=as_json, text=lambda rows: "\n".join(map(refreshed_words, rows)) or "there are no caches")


def freshness(as_json: Json = False) -> None:
    """How old each table's data are, from their own period, and what is due."""
    told: list[dict[str, Any]] = []
    with database() as conn, begin(conn):
        for pack in catalog.installed_packs(conn):
            if pack.landing == "file":
                told += refreshing.freshness(conn, pack)
    shown = ("table_name", "last_updated", "row_count", "period", "state", "expected_since")
    answer(
        told,
        as_json=as_json,
        text=lambda rows: table(
            ["table", "published", "rows", "period", "state", "due since"],
            [[_cell(row[name]) for name in shown] for row in rows],
        ),
    )


def _cell(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else "" if value is None else str(value)
