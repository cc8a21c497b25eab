"""A département and a school year -> its lycées by index, on an outline of what is loaded; nothing from outside."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from greenroom.audit import outline
from greenroom.audit.outline import Box, Point, Ring
from greenroom.db.kernel import Database, call, rows
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack

# Fifths of the lycées that have an index.
CLASSES = 5
_NAMES = {
    1: ("all",),
    2: ("lower half", "upper half"),
    3: ("lowest third", "middle third", "highest third"),
    4: ("lowest quarter", "second quarter", "third quarter", "highest quarter"),
    5: ("lowest fifth", "second fifth", "middle fifth", "fourth fifth", "highest fifth"),
}
# Of the size of the outline: a point further away is a mistake in the directory, and would shrink the map to a dot.
_AWAY = 0.15

OutlineFrom = Literal["departement", "communes", "points of communes", "points of schools", "nothing"]
State = Literal["value", "withheld", "not given", "not listed"]


@dataclass(frozen=True, slots=True)
class School:
    """One lycée. `state` says why it has no index: withheld, not given, or not listed in the year's file."""

    uai: str
    name: str
    kind: str | None
    sector: str | None
    town: str | None
    index: Decimal | None
    state: State
    # In the file of the year, so that its row can be looked at.
    in_file: bool
    # 1 is the lowest class of the index; none without an index.
    level: int | None = None
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One class of the index: its bounds as met, both inside, and how many lycées there are in it."""

    number: int
    name: str
    low: Decimal
    high: Decimal
    schools: int


@dataclass(frozen=True, slots=True)
class Departement:
    """One that a map can be asked for."""

    code: str
    name: str
    lycees: int
    with_index: int


@dataclass(frozen=True, slots=True)
class Map:
    """What is drawn, and what cannot be."""

    departement: Departement
    period: str
    placed: tuple[School, ...]
    # In no directory with a point, or with one that lies elsewhere.
    unplaced: tuple[School, ...]
    elsewhere: tuple[School, ...]
    levels: tuple[Level, ...]
    outline_from: OutlineFrom
    # The outline, in degrees, and the lines inside it.
    outline: tuple[Ring, ...] = field(default=(), repr=False)
    inside: tuple[Ring, ...] = field(default=(), repr=False)

    @property
    def states(self) -> dict[str, int]:
        """How many lycées have no index, by why."""
        schools = (*self.placed, *self.unplaced, *self.elsewhere)
        return dict(Counter(school.state for school in schools if school.state != "value"))

    @property
    def box(self) -> Box | None:
        """What the drawing must show."""
        points = [point for ring in self.outline for point in ring] or [point_of(school) for school in self.placed]
        return Box.of(points)


def point_of(school: School) -> Point:
    """Where a placed school stands: longitude, latitude."""
    assert school.longitude is not None
    assert school.latitude is not None
    return school.longitude, school.latitude


def departements(conn: Database, pack: Pack, period: str | None = None) -> list[Departement]:
    """Those with lycées in the file of a school year."""
    return [
        Departement(row["code"], row["nom"] or row["code"], row["lycees"], row["with_index"])
        for row in rows(conn, pack, "map_departements", period=period)
    ]


def period_of(conn: Database, pack: Pack, period: str | None) -> str | None:
    """The school year that is meant: the one named, else the newest whole one; none when nothing is loaded."""
    found: str | None = call(conn, pack, "map_period", period=period)
    return found


def map_of(conn: Database, pack: Pack, code: str, period: str | None = None) -> Map:
    """The map of one département. Raises UnknownTarget where the year's file names no lycée of it."""
    year = period_of(conn, pack, period)
    known = {each.code: each for each in departements(conn, pack, year)}
    if year is None or code not in known:
        raise UnknownTarget(
            f"No lycée of the département {code} has an index in {year or 'any year'}.",
            hint="Choose one of the list, or load its year: greenroom run ips_lycees",
        )
    found = [_school(row) for row in rows(conn, pack, "map_schools", departement=code, period=year)]
    levels = levels_of([school.index for school in found if school.index is not None])
    schools = [_with_level(school, levels) for school in found]
    rings, inside, origin = _outline(conn, pack, code)
    placed, elsewhere = _sorted_out([s for s in schools if s.longitude is not None and s.latitude is not None], rings)
    return Map(
        departement=known[code],
        period=year,
        placed=tuple(placed),
        unplaced=tuple(s for s in schools if s.longitude is None or s.latitude is None),
        elsewhere=tuple(elsewhere),
        levels=levels,
        outline_from=origin,
        outline=tuple(rings),
        inside=tuple(inside),
    )


def _school(row: dict[str, Any]) -> School:
    return School(
        uai=row["uai"], name=row["nom"] or row["uai"], kind=row["kind"], sector=row["secteur"], town=row["commune"],
        index=row["ips"], state=row["state"], in_file=row["in_file"],
        longitude=row["longitude"], latitude=row["latitude"],
    )  # fmt: skip


def _with_level(school: School, levels: Sequence[Level]) -> School:
    if school.index is None:
        return school
    number = 1 + bisect_left([level.high for level in levels], school.index)
    return School(
        school.uai, school.name, school.kind, school.sector, school.town, school.index, school.state, school.in_file,
        number, school.longitude, school.latitude,
    )  # fmt: skip


def levels_of(values: Sequence[Decimal]) -> tuple[Level, ...]:
    """Classes with about as many values each, equal ones always together; fewer classes for few values."""
    ordered = sorted(values)
    classes = min(CLASSES, len(set(ordered)))
    if not classes:
        return ()
    cuts = sorted({ordered[-(-len(ordered) * n // classes) - 1] for n in range(1, classes + 1)})
    parts = [[value for value in ordered if low < value <= high] for low, high in pairwise([ordered[0] - 1, *cuts])]
    # a fifth is called so only where it is one: equal values may crowd one class
    is_even = len(cuts) == classes and max(map(len, parts)) <= len(ordered) / classes + 2
    return tuple(
        Level(number, _NAMES[classes][number - 1] if is_even else "class", part[0], part[-1], len(part))
        for number, part in enumerate(parts, start=1)
    )


def _outline(conn: Database, pack: Pack, code: str) -> tuple[list[Ring], list[Ring], OutlineFrom]:
    """The outline, the lines inside it, and what both come from: the best there is."""
    published = rows(conn, pack, "map_outlines", departement=code)
    communes = [ring for row in published if row["niveau"] == "commune" for ring in outline.rings(row["ewkb"])]
    whole = [ring for row in published if row["niveau"] == "departement" for ring in outline.rings(row["ewkb"])]
    if whole:
        return whole, communes, "departement"
    if communes:
        return outline.dissolved(communes), communes, "communes"
    points = rows(conn, pack, "map_points", departement=code)
    for kind, origin in _POINTS:
        around = outline.around([(p["longitude"], p["latitude"]) for p in points if p["kind"] == kind])
        if around:
            return around, [], origin
    return [], [], "nothing"


_POINTS: tuple[tuple[str, OutlineFrom], ...] = (("commune", "points of communes"), ("school", "points of schools"))


def _sorted_out(schools: Sequence[School], rings: Sequence[Ring]) -> tuple[list[School], list[School]]:
    """Those on the map, and those whose point lies far from it."""
    box = Box.of(point for ring in rings for point in ring)
    if box is None:
        return list(schools), []
    wide, high = _AWAY * (box.east - box.west), _AWAY * (box.north - box.south)
    placed: list[School] = []
    elsewhere: list[School] = []
    for school in schools:
        x, y = point_of(school)
        is_near = box.west - wide <= x <= box.east + wide and box.south - high <= y <= box.north + high
        (placed if is_near else elsewhere).append(school)
    return placed, elsewhere
