"""Which schools serve an address; the look-up itself is SQL."""

from typing import Annotated, Any

import typer

from greenroom import catalog
from greenroom.cli.session import Json, answer, database
from greenroom.db.connection import begin
from greenroom.db.kernel import call
from greenroom.model.errors import DeclarationError, UnknownTarget


def lookup(
    address: Annotated[
        list[str] | None, typer.Argument(help='The address: "12 bis rue de la Paix, 35000 Rennes".')
    ] = None,
    commune: Annotated[
        str | None,
        typer.Option("--commune", help="The commune, by INSEE code or name, where the address leaves it out."),
    ] = None,
    lieu_dit: Annotated[
        str | None, typer.Option("--lieu-dit", help="The hamlet or former commune, where it has two streets of a name.")
    ] = None,
    niveau: Annotated[str | None, typer.Option("--niveau", help="Only college, or only lycee.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="The place itself, LON,LAT in degrees: 2.35,48.85.")] = None,
    period: Annotated[str | None, typer.Option("--period", help="The sectors of this school year: 2023-2024.")] = None,
    as_json: Json = False,
) -> None:
    """Which schools serve this address: how it was found, how surely, and where the sectors contradict themselves."""
    longitude, latitude = _place(at)
    if not address and not commune and at is None:
        raise DeclarationError(
            "No address is given.", hint='For example: greenroom lookup "7 rue Boulbonne, 31000 Toulouse"'
        )
    pack = catalog.pack_named("schools")
    with database() as conn, begin(conn):
        there = conn.execute("select to_regnamespace(%s) is not null", (pack.compiled_schema,)).fetchone()
        if not (there and there[0]):
            raise UnknownTarget(
                "The pack schools is not in this database.", hint="Install it: greenroom migrate schools"
            )
        found = call(
            conn, pack, "lookup",
            address=" ".join(address) if address else None, commune=commune, lieu_dit=lieu_dit,
            lon=longitude, lat=latitude, niveau=niveau, annee=period,
        )  # fmt: skip
    answer(found, as_json=as_json, text=_words)


def _place(at: str | None) -> tuple[float | None, float | None]:
    if at is None:
        return None, None
    try:
        longitude, latitude = (float(part) for part in at.split(","))
    except ValueError:
        raise DeclarationError(
            f"{at!r} is not a place.", hint="Longitude, a comma, latitude, in degrees: --at 2.35,48.85"
        ) from None
    return longitude, latitude


def _words(found: dict[str, Any]) -> str:
    lines = []
    if found["problem"]:
        lines.append(f"not looked up: {found['message']}")
        lines += [
            f"  {commune['code']} {commune['name']}: --commune {commune['code']}" for commune in found["communes"]
        ]
    for one in found["answers"]:
        lines += _level(one)
    return "\n".join([*lines, found["notice"]])


def _level(one: dict[str, Any]) -> list[str]:
    if one["problem"] == "no_sectors":
        return [f"{one['niveau']}: {one['message']}"]
    how = [part for part in (one["method"], one["annee_scolaire"], ", ".join(one["source"] or [])) if part]
    said = " · ".join([*how, f"confidence {one['confidence']}"])
    lines = [f"{one['niveau']}: {one['message'] or 'found'} ({said})"]
    lines += [f"  {_school(school)}" for school in one["schools"]]
    if one["problem"]:
        lines += [
            f"  {sector['sector']}: {'; '.join(map(_school, sector['schools'] or []))}"
            for sector in one["sectors"] or []
        ]
        lines += [f"  {street['street']} ({street['score']})" for street in one["matched"].get("streets", [])]
    return lines


def _school(school: dict[str, Any]) -> str:
    far = f", {school['km']} km" if "km" in school else ""
    return f"{school['uai'] or 'UAI not known'}  {school['name'] or ''}{far}".rstrip()
