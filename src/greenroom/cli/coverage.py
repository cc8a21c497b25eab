"""How much of what is offered is published, and who is missing: coverage."""

from typing import Annotated, Any

import typer

from greenroom import catalog
from greenroom.audit import coverage as counting
from greenroom.audit.coverage import Coverage, Table
from greenroom.cli.session import Json, answer, database, table
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.pack import Pack


def coverage(
    target: Annotated[list[str] | None, typer.Argument(help="Packs or datasets; all packs when left out.")] = None,
    area: Annotated[
        str | None,
        typer.Option("--area", "--departement", "--board", help="Only this area or board: 35, 2A, abroad, AQA."),
    ] = None,
    what: Annotated[str | None, typer.Option("--what", help="Only this thing: results, ips, topics, live …")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Also name those of whom something is missing.")] = False,
    as_json: Json = False,
) -> None:
    """How much of what is offered is published, by area and kind, and what each table holds."""
    with database() as conn, begin(conn):
        told = list(_counted(conn, target or [], area, what, missing))
    answer([one.as_json() for one in told], as_json=as_json, text=lambda _: "\n\n".join(map(_words, told)))


def _counted(
    conn: Database, words: list[str], area: str | None, what: str | None, missing: bool
) -> list[Coverage]:  # fmt: skip
    """Whole packs are counted; of single datasets, what their tables hold is told."""
    packs = {pack.name: pack for pack in catalog.installed_packs(conn)}
    whole = [packs[word] for word in words if word in packs] if words else list(packs.values())
    told = [counting.coverage(conn, pack, area=area, what=what, missing=missing, first=_first(pack)) for pack in whole]
    single = [word for word in words if word not in packs]
    found = catalog.resolve(conn, single) if single else []
    for pack in {one.pack.name: one.pack for one in found}.values():
        of_pack = [one for one in found if one.pack.name == pack.name]
        groups = {one.keys[0] for one in of_pack} if pack.landing == "file" else None
        held = counting.tables(conn, pack, [one.scope_id for one in of_pack], groups)
        told.append(Coverage(pack.name, "", tables=held))
    return told


def _first(pack: Pack) -> str:
    """The dataset with a file that the list of what is offered is made from, or that list itself."""
    if not pack.offered_in:
        return ""
    offered = pack.dataset(pack.offered_in)
    group = offered.group or offered.name
    return min(catalog.needs(pack, group), default=group) if offered.derive else group


def _words(one: Coverage) -> str:
    parts = []
    if one.note:
        parts.append(f"{one.pack}: {one.note}\n  → {one.cure}")
    if one.areas:
        parts.append(f"{one.pack}: counted against {one.against} (there of those expected)\n{_areas(one.areas)}")
    if one.missing:
        header = ["area", "kind", "missing", "number", "name", "why"]
        lines = [[r["area"], r["kind"], r["what"], r["key"], r["name"], r["why"]] for r in one.missing]
        parts.append(table(header, lines))
    if one.next:
        steps = [f"  {r['area']} {r['kind']}: {r['why']}\n    → {r['command']}" for r in one.next]
        parts.append("next:\n" + "\n".join(steps))
    parts.append(table(["table", "period", "rows", "whole units", "rows a unit"], [_line(t) for t in one.tables]))
    return "\n\n".join(parts)


def _areas(rows: list[dict[str, Any]]) -> str:
    """One line an area and kind, one column a thing."""
    things = list(dict.fromkeys(row["what"] for row in rows))
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        told = f"{row['present']}/{row['offered']}" if row["offered"] else f"{row['present']}/?"
        cells.setdefault((row["area"], row["kind"]), {})[row["what"]] = told
    lines = [[*place, *(found.get(thing, "-") for thing in things)] for place, found in cells.items()]
    return table(["area", "kind", *things], lines)


def _line(held: Table) -> list[str]:
    least, most = held.expected
    return [
        held.table,
        held.period or "",
        f"{held.rows:,}" if held.rows else "nothing",
        f"{held.whole_units} of {held.units}" if held.units else "",
        f"{least:,} to {most:,}",
    ]
