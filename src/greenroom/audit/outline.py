"""Outlines for a map: hex EWKB or bare points enter, rings in degrees leave. Pure; no database, no PostGIS."""

from __future__ import annotations

import math
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Ring = tuple[Point, ...]

_MULTI_POLYGON = 0x20000006
# Kilometres in a degree of latitude, near enough for drawing.
_KM = 111.2
# How fine the outline around points is computed: its longer side in so many steps, and at most in so many.
_STEPS, _MOST_STEPS = 120, 300
# A point this many times further from the middle than four fifths of them, and further than any island is from its
# département (degrees), is a mistake in its source.
_ASTRAY, _AWAY = 4.0, 3.0


def rings(ewkb: str) -> list[Ring]:
    """The rings of a multipolygon as Greenroom stores it, holes among them, all with the land on the left.

    Raises ValueError.
    """
    try:
        return list(_rings(bytes.fromhex(ewkb)))
    except (struct.error, IndexError) as error:
        raise ValueError("the outline is cut off") from error


def _rings(raw: bytes) -> Iterator[Ring]:
    if raw[:1] != b"\x01" or struct.unpack_from("<I", raw, 1)[0] != _MULTI_POLYGON:
        raise ValueError("not a multipolygon in EWKB")
    polygons, at = struct.unpack_from("<I", raw, 9)[0], 13
    for _ in range(polygons):
        count = struct.unpack_from("<I", raw, at + 5)[0]
        at += 9
        for n in range(count):
            points = struct.unpack_from("<I", raw, at)[0]
            at += 4
            flat = struct.unpack_from(f"<{2 * points}d", raw, at)
            at += 16 * points
            ring = tuple(zip(flat[::2], flat[1::2], strict=True))
            # files turn as they like: outer rings leave with the inside on the left, holes with it on the right
            yield ring if (_area(ring) > 0) == (n == 0) else ring[::-1]


def _area(ring: Ring) -> float:
    """Twice the area, less than nought where the ring runs clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def dissolved(pieces: Iterable[Ring]) -> list[Ring]:
    """The outline around pieces that fit each other: sides that two of them share fall away.

    All have the land on the left. Pieces that do not fit corner by corner keep the sides that do not meet.
    """
    once: dict[frozenset[Point], tuple[Point, Point]] = {}
    for ring in pieces:
        for start, end in pairwise(ring):
            if start == end:
                continue
            side = frozenset((start, end))
            if once.pop(side, None) is None:
                once[side] = (start, end)
    return _chained(once.values())


def _chained(sides: Iterable[tuple[Point, Point]]) -> list[Ring]:
    """Sides joined end to start into rings."""
    onward: dict[Point, list[Point]] = defaultdict(list)
    for start, end in sides:
        onward[start].append(end)
    found: list[Ring] = []
    for first in list(onward):
        while onward[first]:
            ring = [first]
            while onward[ring[-1]]:
                ring.append(onward[ring[-1]].pop())
                if ring[-1] == first:
                    break
            if len(ring) > 2:
                found.append(tuple(ring) if ring[-1] == first else (*ring, first))
    return found


@dataclass(frozen=True, slots=True)
class _Grid:
    """Crossings of a net over the points, each with its distance to the nearest point less the reach, in km."""

    west: float
    south: float
    step_x: float
    step_y: float
    values: tuple[tuple[float, ...], ...]


def around(points: Sequence[Point]) -> list[Ring]:
    """An outline computed from points: all that lies nearer to one of them than they usually lie to each other.

    Points on islands get rings of their own; points astray get none. Empty without points.
    """
    distinct = _together(sorted(set(points)))
    if not distinct:
        return []
    squeeze = math.cos(math.radians(sum(y for _, y in distinct) / len(distinct)))
    flat = [(x * squeeze * _KM, y * _KM) for x, y in distinct]
    traced = _traced(_measured(flat, _reach(flat)))
    return [tuple((x / (squeeze * _KM), y / _KM) for x, y in ring) for ring in traced]


def _together(points: Sequence[Point]) -> list[Point]:
    """The points without those that lie absurdly far from the others."""
    if len(points) < 5:
        return list(points)
    middle = sorted(x for x, _ in points)[len(points) // 2], sorted(y for _, y in points)[len(points) // 2]
    usual = sorted(math.dist(point, middle) for point in points)[int(0.8 * len(points))]
    return [point for point in points if math.dist(point, middle) <= max(_ASTRAY * usual, _AWAY)]


def _reach(flat: Sequence[Point]) -> float:
    """How far from a point its surroundings go, in km: so far that nearly all neighbours touch."""
    nearest = sorted(
        min((math.dist(one, other) for other in flat if other is not one), default=5.0) for one in flat[:: _every(flat)]
    )
    # the widest gaps are those to islands: the nine tenths of the others tell how dense the points lie
    return max(2.0, 1.4 * nearest[int(0.9 * (len(nearest) - 1))])


def _every(flat: Sequence[Point]) -> int:
    # some 300 points tell the density of any number
    return max(1, len(flat) // 300)


def _measured(flat: Sequence[Point], reach: float) -> _Grid:
    west, south = min(x for x, _ in flat) - 1.6 * reach, min(y for _, y in flat) - 1.6 * reach
    east, north = max(x for x, _ in flat) + 1.6 * reach, max(y for _, y in flat) + 1.6 * reach
    side = max(east - west, north - south)
    # so fine that no point falls through the net, as long as that can be paid
    step = max(side / _MOST_STEPS, min(side / _STEPS, reach / 1.5))
    reach = max(reach, 1.5 * step)
    wide, high = math.ceil((east - west) / step) + 1, math.ceil((north - south) / step) + 1
    squares = [[(2 * reach) ** 2] * wide for _ in range(high)]
    span = math.ceil(2 * reach / step)
    for x, y in flat:
        column, row = round((x - west) / step), round((y - south) / step)
        for j in range(max(0, row - span), min(high, row + span + 1)):
            off = (south + j * step - y) ** 2
            line = squares[j]
            for i in range(max(0, column - span), min(wide, column + span + 1)):
                square = (west + i * step - x) ** 2 + off
                if square < line[i]:
                    line[i] = square
    return _Grid(
        west, south, step, step, tuple(tuple(math.sqrt(square) - reach for square in line) for line in squares)
    )


def _traced(grid: _Grid) -> list[Ring]:
    """Where the distance is nought: marching squares, the inside on the left."""
    sides: list[tuple[Point, Point]] = []
    for j, (low, high) in enumerate(zip(grid.values, grid.values[1:], strict=False)):
        for i in range(len(low) - 1):
            corners = (low[i], low[i + 1], high[i + 1], high[i])
            if min(corners) < 0 <= max(corners):
                sides += _crossed(grid, i, j, corners)
    return _chained(sides)


def _crossed(grid: _Grid, i: int, j: int, corners: tuple[float, float, float, float]) -> list[tuple[Point, Point]]:
    """The line through one square of the net: from where the inside is entered to where it is left."""
    places = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
    leaving: list[Point] = []
    entering: list[Point] = []
    for n in range(4):
        one, other = corners[n], corners[(n + 1) % 4]
        if (one < 0) == (other < 0):
            continue
        # the same side, met from the square beside it, must give the same point to the last bit
        first, second = sorted([(places[n], one), (places[(n + 1) % 4], other)])
        share = first[1] / (first[1] - second[1])
        x = first[0][0] + share * (second[0][0] - first[0][0])
        y = first[0][1] + share * (second[0][1] - first[0][1])
        point = (grid.west + x * grid.step_x, grid.south + y * grid.step_y)
        (leaving if one < 0 else entering).append(point)
    # two lines cross where opposite corners are inside; either way of joining them is an outline
    return list(zip(leaving, entering, strict=True))


@dataclass(frozen=True, slots=True)
class Box:
    """The smallest and greatest longitude and latitude of something."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def of(cls, points: Iterable[Point]) -> Box | None:
        """The box around points; none around no point."""
        found = list(points)
        if not found:
            return None
        return cls(
            min(x for x, _ in found), min(y for _, y in found), max(x for x, _ in found), max(y for _, y in found)
        )


@dataclass(frozen=True, slots=True)
class Projection:
    """Degrees to the units of a drawing: true to shape at the middle, which is enough for a département.

    A degree of longitude is shortened by the cosine of the latitude; north is up.
    """

    box: Box
    scale: float
    squeeze: float
    margin: float
    width: float
    height: float

    @classmethod
    def fitting(cls, box: Box, *, most_width: float, most_height: float, margin: float) -> Projection:
        """The largest drawing of a box with these bounds."""
        squeeze = math.cos(math.radians((box.south + box.north) / 2))
        # a single point has no width: it is drawn in the middle of a tenth of a degree
        wide, high = max((box.east - box.west) * squeeze, 0.01), max(box.north - box.south, 0.01)
        scale = min((most_width - 2 * margin) / wide, (most_height - 2 * margin) / high)
        return cls(box, scale, squeeze, margin, wide * scale + 2 * margin, high * scale + 2 * margin)

    def __call__(self, point: Point) -> Point:
        """Where a point of the map stands in the drawing."""
        x, y = point
        return (
            self.margin + (x - self.box.west) * self.squeeze * self.scale,
            self.margin + (self.box.north - y) * self.scale,
        )

    def km(self) -> float:
        """How many units of the drawing a kilometre is."""
        return self.scale / _KM
