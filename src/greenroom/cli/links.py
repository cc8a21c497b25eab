"""Whether published addresses still lead to what they were published for: links."""

from collections import Counter
from typing import Annotated, Any

import typer

from greenroom import catalog
from greenroom import links as linking
from greenroom.cli.environment import say
from greenroom.cli.session import DryRun, Json, Subject, Target, answer, database, fetching
from greenroom.db.connection import begin

_SHOWN = 50
# Ten years: whoever waits longer never asks.
_MOST_DAYS = 3650


def links(
    target: Target,
    subject: Subject = None,
    days: Annotated[
        int, typer.Option("--days", help="Ask again what was asked longer ago than this.", min=0, max=_MOST_DAYS)
    ] = 7,
    limit: Annotated[int | None, typer.Option("--limit", help="Ask at most so many.", min=1)] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Ask published addresses whether they still lead there; exit 1 when some are broken."""
    with database(writing=not dry_run) as conn:
        with begin(conn):
            found = catalog.resolve(conn, target)
        told = [
            linking.check_links(
                conn, one, fetching(), only=subject, days=days, limit=limit, dry_run=dry_run, say=say
            )
            for one in found
        ]  # fmt: skip
    answer([one.as_json() for one in told], as_json=as_json, text=lambda rows: "\n".join(map(_words, rows)))
    if any(one.broken for one in told):
        raise typer.Exit(1)


def _words(row: dict[str, Any]) -> str:
    counts = Counter(link["outcome"] for link in row["links"])
    known = ", ".join(f"{n} {outcome}" for outcome, n in counts.most_common()) or "none asked yet"
    lines = [
        f"{row['scope']}: {row['published']} addresses: {known} ({row['asked']} asked now, {row['left']} still due)"
    ]
    shown = [link for link in row["links"] if link["outcome"] != "there"]
    for link in shown[:_SHOWN]:
        since = f"since {link['since']:.10}" if link["times"] > 1 else "for the first time"
        lines.append(
            f"  {link['outcome']} {since}: {link['what']}\n    {link['url']}\n    {link['detail'] or ''}".rstrip()
        )
    if len(shown) > _SHOWN:
        lines.append(f"  … and {len(shown) - _SHOWN} more: --json lists all")
    return "\n".join(lines)
