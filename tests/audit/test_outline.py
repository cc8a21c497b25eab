"""Outlines without PostGIS: rings, what is left when pieces are joined, what surrounds points, how they are drawn."""

import gzip
import json
import math
import random
import struct
from itertools import pairwise

import pytest

from greenroom.audit import outline
from greenroom.audit.outline import Box, Projection, around, dissolved, rings
from greenroom.write import geometry


def hexes_of(shape) -> str:
    found = geometry.ewkb(shape)
    assert found is not None
    return found


def square(west, south, size=1.0):
    return ((west, south), (west + size, south), (west + size, south + size), (west, south + size), (west, south))


def area(ring):
    """The shoelace formula, signed: counter-clockwise counts."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def inside(point, found):
    """Ray casting, over all rings."""
    x, y = point
    crossed = 0
    for ring in found:
        for (ax, ay), (bx, by) in pairwise(ring):
            if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
                crossed += 1
    return crossed % 2 == 1


def test_rings_are_those_that_were_written():
    hole = square(0.25, 0.25, 0.5)
    shape = {"type": "MultiPolygon", "coordinates": [[list(square(0, 0)), list(hole)], [list(square(5, 5))]]}
    assert rings(hexes_of(shape)) == [square(0, 0), hole[::-1], square(5, 5)]


@pytest.mark.parametrize("broken", ["", "00", "01", "0105000020E610000000000000", "01060000"])
def test_what_is_no_multipolygon_is_refused(broken):
    with pytest.raises(ValueError, match=r"not a multipolygon|cut off"):
        rings(broken)


def test_a_cut_outline_is_refused():
    whole = hexes_of({"type": "Polygon", "coordinates": [list(square(0, 0))]})
    with pytest.raises(ValueError, match="cut off"):
        rings(whole[:-16])


def test_joined_squares_lose_the_side_between_them():
    (ring,) = dissolved([square(0, 0), square(1, 0)])
    assert set(ring) == {(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1)}
    assert area(ring) == 2
    assert ring[0] == ring[-1]


def test_files_that_turn_either_way_round_join():
    one, other = list(square(0, 0)), list(reversed(square(1, 0)))
    pieces = [ring for each in (one, other) for ring in rings(hexes_of({"type": "Polygon", "coordinates": [each]}))]
    (ring,) = dissolved(pieces)
    assert area(ring) == 2


def test_islands_keep_rings_of_their_own():
    found = dissolved([square(0, 0), square(1, 0), square(10, 0)])
    assert sorted(area(ring) for ring in found) == [1, 2]


def test_a_lake_between_pieces_stays_a_hole():
    around_it = [square(x, y) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    found = dissolved(around_it)
    assert sum(area(ring) for ring in found) == 8
    assert not inside((1.5, 1.5), found)
    assert inside((0.5, 0.5), found)


@pytest.mark.parametrize("code", ["75-paris", "78-yvelines", "2A-corse-du-sud", "971-guadeloupe"])
def test_a_departement_is_the_sum_of_its_communes(shared_data, code):
    file = shared_data(f"fr/communes/contours/communes-{code}.geojson.gz")
    shapes = [feature["geometry"] for feature in json.loads(gzip.decompress(file.read_bytes()))["features"]]
    pieces = [ring for shape in shapes for ring in rings(hexes_of(shape))]
    found = dissolved(pieces)
    # joining keeps every square metre: the sides that fall away are run through both ways
    assert math.isclose(sum(map(area, found)), sum(map(area, pieces)), rel_tol=1e-9)
    sides = {frozenset(side) for ring in pieces for side in pairwise(ring)}
    left = {frozenset(side) for ring in found for side in pairwise(ring)}
    assert left <= sides
    if len(shapes) > 1:
        assert len(left) < 0.7 * len(sides)


def test_the_outline_around_points_holds_them_all_and_little_more():
    said = random.Random(3)
    points = [(2 + 0.3 * said.random(), 48 + 0.2 * said.random()) for _ in range(200)]
    found = around(points)
    assert all(inside(point, found) for point in points)
    assert not inside((2.9, 48.1), found)
    box = Box.of(p for ring in found for p in ring)
    assert box.west > 1.9
    assert box.east < 2.4
    assert all(ring[0] == ring[-1] for ring in found)


def test_points_of_an_island_get_a_ring_of_their_own():
    mainland = [(2 + 0.02 * x, 48 + 0.02 * y) for x in range(10) for y in range(10)]
    isle = [(3.5 + 0.02 * x, 48 + 0.02 * y) for x in range(3) for y in range(3)]
    found = around(mainland + isle)
    assert len(found) == 2
    assert inside((3.52, 48.02), found)
    assert not inside((2.9, 48.1), found)


def test_outlines_run_with_the_inside_on_the_left():
    (ring,) = around([(2.0, 48.0), (2.01, 48.0), (2.0, 48.01)])
    assert area(ring) > 0


@pytest.mark.parametrize("points", [[(2.0, 48.0)], [(2.0, 48.0)] * 5, [(55.5, -21.1), (55.6, -21.0)]])
def test_few_points_have_an_outline_too(points):
    found = around(points)
    assert all(inside(point, found) for point in points)


def test_a_point_astray_neither_gets_a_ring_nor_spoils_the_others():
    points = [(2 + 0.02 * x, 48 + 0.02 * y) for x in range(6) for y in range(6)]
    found = around([*points, (-149.5, -17.5)])
    assert all(inside(point, found) for point in points)
    assert Box.of(p for ring in found for p in ring).west > 1.9


@pytest.mark.parametrize("gap", [0.5, 1.5])
def test_no_point_falls_through_the_net(gap):
    points = [(2 + gap * x + 0.001 * y, 48 + 0.001 * y) for x in range(3) for y in range(12)]
    found = around(points)
    assert all(inside(point, found) for point in points)


def test_no_point_has_no_outline():
    assert around([]) == []


def test_the_outline_around_one_point_is_a_circle_on_the_ground():
    (ring,) = around([(2.0, 60.0)])
    box = Box.of(ring)
    wide, high = (box.east - box.west) * math.cos(math.radians(60)), box.north - box.south
    assert math.isclose(wide, high, rel_tol=0.02)


def test_a_drawing_is_true_to_shape_and_north_is_up():
    box = Box(-1.0, 47.0, 1.0, 49.0)
    drawn = Projection.fitting(box, most_width=720, most_height=640, margin=20)
    west, east, north = drawn((-1.0, 47.0)), drawn((1.0, 47.0)), drawn((-1.0, 49.0))
    # a degree of longitude at 48° is cos 48° = 0.669 of one of latitude
    assert math.isclose((east[0] - west[0]) / (west[1] - north[1]), math.cos(math.radians(48)), rel_tol=1e-9)
    assert north[1] < west[1]
    assert (west[0], round(west[1], 6)) == (20, round(drawn.height - 20, 6))
    assert drawn.width <= 720
    assert drawn.height <= 640


@pytest.mark.parametrize("box", [Box(2, 48, 2, 48), Box(2, 48, 2.5, 48), Box(55, -21, 55, -20)])
def test_a_box_without_width_can_be_drawn(box):
    drawn = Projection.fitting(box, most_width=720, most_height=640, margin=20)
    x, y = drawn((box.west, box.south))
    assert 0 <= x <= drawn.width
    assert 0 <= y <= drawn.height


def test_a_kilometre_of_the_scale_is_a_kilometre():
    drawn = Projection.fitting(Box(2.0, 48.0, 3.0, 49.0), most_width=700, most_height=700, margin=0)
    north, south = drawn((2.0, 49.0)), drawn((2.0, 48.0))
    # a degree of latitude is 111 km and a little
    assert math.isclose((south[1] - north[1]) / drawn.km(), 111.2, rel_tol=0.002)


def test_the_box_of_nothing_is_none():
    assert Box.of([]) is None


def test_numbers_are_read_little_endian():
    hexes = hexes_of({"type": "Polygon", "coordinates": [[[1.5, 2.5], [3, 4], [5, 7], [1.5, 2.5]]]})
    at = 9 + 4 + 9 + 4
    assert struct.unpack_from("<2d", bytes.fromhex(hexes), at) == rings(hexes)[0][0] == (1.5, 2.5)
    assert outline.rings(hexes)[0][-1] == (1.5, 2.5)
