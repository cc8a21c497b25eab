"""Numbers enter, coordinates of an inline SVG leave: no script, no style, nothing but attributes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from greenroom.audit.distribution import Histogram, Side, Spread
from greenroom.audit.map import Map, School, point_of
from greenroom.audit.outline import Point, Projection, Ring

# Units of the drawings; the page scales them to its width.
MAP_WIDTH, MAP_HEIGHT, MAP_MARGIN = 720.0, 640.0, 26.0
MARK = 9.0
CHART_WIDTH, CHART_HEIGHT = 640.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 12.0, 10.0, 34.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One school on the map; `x`, `y` where it is drawn, `true_x`, `true_y` where it is."""

    school: School
    x: float
    y: float
    true_x: float
    true_y: float
    is_moved: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map, ready for the template."""

    width: float
    height: float
    outline: str
    inside: str
    marks: tuple[Mark, ...]
    # A bar of the scale: its length in the drawing, and in words.
    bar: float
    bar_words: str


def drawn(made: Map) -> Drawing | None:
    """The drawing of a map; none where there is neither an outline nor a point."""
    if made.box is None:
        return None
    projection = Projection.fitting(made.box, most_width=MAP_WIDTH, most_height=MAP_HEIGHT, margin=MAP_MARGIN)
    marks = _apart([(school, projection(point_of(school))) for school in made.placed])
    km = next((n for n in (100, 50, 20, 10, 5, 2) if n * projection.km() < projection.width / 3), 1)
    return Drawing(
        width=round(projection.width, 1),
        height=round(projection.height, 1),
        outline=_path(made.outline, projection),
        inside=_path(made.inside, projection),
        marks=tuple(marks),
        bar=round(km * projection.km(), 1),
        bar_words=f"{km} km",
    )


def _path(rings: Sequence[Ring], projection: Projection) -> str:
    """Rings as the d of one path; a corner that falls on the pixel of the one before is left out."""
    parts: list[str] = []
    for ring in rings:
        corners: list[str] = []
        for point in ring:
            x, y = projection(point)
            corner = f"{x:.1f},{y:.1f}"
            if not corners or corners[-1] != corner:
                corners.append(corner)
        if len(corners) > 2:
            parts.append(f"M{'L'.join(corners)}Z")
    return "".join(parts)


def _apart(points: Sequence[tuple[School, Point]]) -> list[Mark]:
    """Marks that lay on each other, pushed apart a little; each keeps a line to where it is."""
    places = [list(point) for _, point in points]
    need = 2 * MARK + 1
    for _ in range(24):
        order = sorted(range(len(places)), key=lambda n: places[n][0])
        is_still = True
        for at, one in enumerate(order):
            for other in order[at + 1 :]:
                if places[other][0] - places[one][0] >= need:
                    break
                is_still = not _pushed(places[one], places[other], need, one, other) and is_still
        if is_still:
            break
    return [
        Mark(
            school,
            round(x, 1),
            round(y, 1),
            round(true_x, 1),
            round(true_y, 1),
            math.dist((x, y), (true_x, true_y)) > 3,
        )
        for (school, (true_x, true_y)), (x, y) in zip(points, places, strict=True)
    ]


def _pushed(one: list[float], other: list[float], need: float, first: int, second: int) -> bool:
    wide, high = other[0] - one[0], other[1] - one[1]
    distance = math.hypot(wide, high)
    if distance >= need - 0.01:
        return False
    if distance < 0.01:
        # two schools of one building: any direction will do, as long as it is always the same
        angle = (7 * first + 3 * second) % 12 * math.tau / 12
        wide, high, distance = math.cos(angle), math.sin(angle), 1.0
        push = need / 2
    else:
        push = (need - distance) / 2
    for place, sign in ((one, -1), (other, 1)):
        place[0] += sign * push * wide / distance
        place[1] += sign * push * high / distance
    return True


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a histogram."""

    x: float
    y: float
    width: float
    height: float
    count: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Two histograms over each other: bars of now, a stepped line of before; shares, so that sizes do not matter."""

    width: float
    height: float
    base: float
    left: float
    now: tuple[Bar, ...]
    before: tuple[Bar, ...]
    line: str
    ticks: tuple[Tick, ...]
    shares: tuple[Tick, ...]


def bars(made: Histogram) -> Bars:
    """The drawing of a histogram."""
    steps = len(made.now)
    inner, base = CHART_WIDTH - _LEFT - _RIGHT, CHART_HEIGHT - _BOTTOM
    shares = [[count / (sum(side) or 1) for count in side] for side in (made.now, made.before)]
    top = max((share for side in shares for share in side), default=0.0) or 1.0
    step = (made.most - made.least) / steps if made.most > made.least else 1.0

    def side(counts: Sequence[int], of: Sequence[float]) -> tuple[Bar, ...]:
        return tuple(
            Bar(
                round(_LEFT + inner * n / steps, 1), round(base - (base - _TOP) * of[n] / top, 1),
                round(inner / steps, 1), round((base - _TOP) * of[n] / top, 1), count,
                made.least + n * step, made.least + (n + 1) * step,
            )
            for n, count in enumerate(counts)
        )  # fmt: skip

    now, before = side(made.now, shares[0]), side(made.before, shares[1])
    line = "".join(f"L{bar.x},{bar.y}H{round(bar.x + bar.width, 1)}" for bar in before)
    return Bars(
        CHART_WIDTH, CHART_HEIGHT, base, _LEFT, now, before,
        f"M{_LEFT},{base}{line}V{base}" if any(made.before) else "",
        tuple(
            Tick(round(_LEFT + inner * (value - made.least) / (step * steps), 1), said(value))
            for value in round_numbers(made.least, made.least + step * steps)
        ),
        tuple(
            Tick(round(base - (base - _TOP) * share / top, 1), f"{100 * share:.0f} %")
            for share in round_numbers(0, top, wanted=3)
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BoxPlot:
    """One side as a box: from the 25th to the 75th, lines to the 5th and 95th, the middle."""

    side: Side
    spread: Spread
    y: float
    low: float
    left: float
    middle: float
    right: float
    high: float


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes below each other on one axis."""

    width: float
    height: float
    base: float
    boxes: tuple[BoxPlot, ...]
    ticks: tuple[Tick, ...]


def boxes(sides: Sequence[tuple[Side, Spread]]) -> Boxes | None:
    """The drawing of quantiles, one line a side; none where no side has a value."""
    held = [(side, spread, spread.quantiles) for side, spread in sides if spread.quantiles]
    if not held:
        return None
    least = min(quantiles[0] for _, _, quantiles in held)
    most = max(quantiles[4] for _, _, quantiles in held)
    left, inner, line = 150.0, CHART_WIDTH - 150.0 - _RIGHT - 8, 30.0
    wide = most - least or 1.0

    def x(value: float) -> float:
        return round(left + inner * (value - least) / wide, 1)

    return Boxes(
        CHART_WIDTH, round(len(held) * line + 40, 1), round(len(held) * line + 8, 1),
        tuple(
            BoxPlot(side, spread, 8 + n * line, *(x(value) for value in quantiles))
            for n, (side, spread, quantiles) in enumerate(held)
        ),
        tuple(Tick(x(value), said(value)) for value in round_numbers(least, most)),
    )  # fmt: skip


def round_numbers(least: float, most: float, *, wanted: int = 6) -> list[float]:
    """Some round numbers between two ends."""
    width = most - least
    if width <= 0 or not math.isfinite(width):
        return [least]
    step = 10.0 ** math.floor(math.log10(width / wanted))
    step *= next(n for n in (1, 2, 5, 10, 20) if width / (step * n) <= wanted)
    return [n * step for n in range(math.ceil(least / step), math.floor(most / step) + 1)]


def said(value: float | None) -> str:
    """A number for a person: no more digits than tell something."""
    if value is None:
        return "–"
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.2f}".rstrip("0") if abs(value) >= 0.1 else f"{value:.3g}"
