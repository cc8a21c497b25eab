"""The map's contents: which lycées, in which class, on which outline; those that cannot be drawn, by name."""

from decimal import Decimal
from itertools import pairwise

import pytest
from tests.greenroom_schools import made_up
from tests.greenroom_schools.atlas import (
    BEFORE,
    COMMUNES,
    DEPARTEMENT,
    FAR,
    NO_POINT,
    NOW,
    NUMBERS,
    contours,
    index_before,
    index_now,
    place_of,
    school,
    square,
)
from tests.greenroom_schools.atlas import atlas as atlas
from tests.greenroom_schools.atlas import atlas_made as atlas_made

from greenroom.audit import map as mapping
from greenroom.audit.map import levels_of
from greenroom.db.connection import begin
from greenroom.model.errors import UnknownTarget
from greenroom_schools.pack import pack


@pytest.fixture
def shown(atlas):
    def made(code="78", period=None):
        with begin(atlas.desk.conn) as conn:
            return mapping.map_of(conn, pack, code, period)

    return made


def by_number(schools):
    known = {school(n): n for n in NUMBERS}
    return {known[one.uai]: one for one in schools if one.uai in known}


def test_lycees_stand_where_the_directory_puts_them(shown):
    placed = by_number(shown().placed)
    assert set(placed) == set(NUMBERS) - {NO_POINT, FAR}
    for n, one in placed.items():
        assert (f"{one.longitude:.3f}", f"{one.latitude:.3f}") == place_of(n)


def test_the_newest_whole_year_is_shown_unless_another_is_named(shown):
    assert shown().period == NOW
    assert by_number(shown().placed)[3].index == Decimal(str(index_now(3)))
    assert shown(period=BEFORE).period == BEFORE
    assert by_number(shown(period=BEFORE).placed)[3].index == Decimal(str(index_before(3)))


def test_those_without_a_point_are_named(shown):
    (one,) = by_number(shown().unplaced).values()
    assert (one.uai, one.name) == (school(NO_POINT), f"LYCEE N {NO_POINT}")


def test_a_point_far_away_is_named_and_not_drawn(shown):
    (one,) = shown().elsewhere
    assert one.uai == school(FAR)
    box = shown().box
    assert box.west > 1
    assert box.east < 3


def test_withheld_not_given_and_not_listed_are_told_apart(shown):
    made = shown()
    placed = by_number(made.placed)
    assert (placed[5].state, placed[6].state, placed[7].state) == ("withheld", "not given", "value")
    assert (placed[5].level, placed[5].index) == (None, None)
    # LEGT, LPO, LP and FREE of the directory are in no file of the index
    others = [one for one in made.placed if one.uai in (made_up.LEGT, made_up.LPO, made_up.LP, made_up.FREE)]
    assert {one.state for one in others} == {"not listed"}
    assert not any(one.in_file for one in others)
    assert made.states == {"withheld": 1, "not given": 1, "not listed": 4}


def test_every_lycee_is_somewhere_exactly_once(shown):
    made = shown()
    everybody = [one.uai for one in (*made.placed, *made.unplaced, *made.elsewhere)]
    assert len(everybody) == len(set(everybody)) == len(NUMBERS) + 4


def test_colleges_and_other_departements_are_not_on_it(shown):
    everybody = {one.uai for one in (*shown().placed, *shown().unplaced)}
    assert made_up.COLLEGE not in everybody
    assert made_up.ABROAD not in everybody


def test_classes_are_fifths(shown):
    made = shown()
    values = sorted(Decimal(str(v)) for n in NUMBERS if isinstance(v := index_now(n), float))
    assert [level.number for level in made.levels] == [1, 2, 3, 4, 5]
    assert made.levels[0].low == values[0]
    assert made.levels[-1].high == values[-1]
    assert sum(level.schools for level in made.levels) == len(values)
    assert max(level.schools for level in made.levels) - min(level.schools for level in made.levels) <= 1
    for one in made.placed:
        if one.index is not None:
            level = made.levels[one.level - 1]
            assert level.low <= one.index <= level.high


def test_a_class_is_called_a_fifth_only_where_it_is_one():
    assert next(level.name for level in levels_of([Decimal(n) for n in range(10)])) == "lowest fifth"
    assert {level.name for level in levels_of([Decimal(n) for n in (1, 1, 1, 1, 1, 1, 1, 1, 2, 3)])} == {"class"}


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([], []),
        ([100], [1]),
        ([100, 100, 100], [3]),
        ([1, 2], [1, 1]),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 2, 2, 2, 2]),
        # equal values are never parted
        ([1, 1, 1, 1, 1, 1, 1, 1, 2, 3], [8, 2]),
        ([1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4, 5], [10, 1, 2]),
    ],
)
def test_classes_of_few_or_equal_values(values, counts):
    levels = levels_of([Decimal(v) for v in values])
    assert [level.schools for level in levels] == counts
    assert [level.number for level in levels] == list(range(1, len(counts) + 1))
    for low, high in pairwise(levels):
        assert low.high < high.low


def test_without_contours_the_outline_is_computed_from_schools_and_says_so(shown):
    made = shown()
    assert made.outline_from == "points of schools"
    assert made.outline


def test_points_of_communes_are_preferred_to_those_of_schools(atlas, shown):
    atlas.desk.conn.execute(
        "update educational_data.info_communes set latitude = 48.7, longitude = 2 where code_commune = '78901'"
    )
    assert shown().outline_from == "points of communes"


def test_contours_of_communes_are_joined_into_the_outline(atlas, shown):
    atlas.desk.publish("contours_administratifs", COMMUNES)
    made = shown()
    assert made.outline_from == "communes"
    assert len(made.inside) == 4
    (ring,) = made.outline
    # the outer corners and the middles of the sides; the corner that all four share is gone
    assert len(set(ring)) == 8
    assert (1.95, 48.75) not in ring
    box = made.box
    assert (box.west, box.south, box.east, box.north) == (1.85, 48.6, 2.05, 48.9)


def test_the_contour_of_the_departement_is_the_best(atlas, shown):
    atlas.desk.publish("contours_administratifs", COMMUNES)
    atlas.desk.publish("contours_administratifs", DEPARTEMENT)
    made = shown()
    assert made.outline_from == "departement"
    assert len(made.inside) == 4
    assert made.box.west == 1.8


def test_nothing_to_draw_from_says_so(atlas, shown):
    atlas.desk.conn.execute("delete from educational_data.etablissements_geolocalisation")
    made = shown()
    assert (made.outline_from, made.outline, made.placed, made.box) == ("nothing", (), (), None)
    assert len(made.unplaced) == len(NUMBERS)


def test_contours_of_others_are_not_drawn(atlas, shown):
    atlas.desk.publish("contours_administratifs", contours({"35": [square(-2, 48)], "35238": [square(-1.7, 48.1)]}))
    assert shown().outline_from == "points of schools"


def test_overseas_and_corsica_are_departements_like_others(atlas, shown):
    for code, number, commune in (("971", made_up.uai("971", 7), "97199"), ("2A", "7200011A", "2A004")):
        atlas.desk.conn.execute(
            "insert into educational_data.ips_lycees_years"
            " (rentree_scolaire, code_du_departement, code_insee_de_la_commune, uai,"
            " nom_de_l_etablissement, secteur, type_de_lycee, ips)"
            " values (%s, %s, %s, %s, 'Lycée', 'public', 'LEGT', 99)",
            (NOW, code, commune, number),
        )
        made = shown(code)
        assert [one.uai for one in made.unplaced] == [number]
    with begin(atlas.desk.conn) as conn:
        assert [d.code for d in mapping.departements(conn, pack)] == ["2A", "78", "971"]


def test_the_departement_of_a_row_without_one_is_that_of_its_commune_or_number(atlas, shown):
    atlas.desk.conn.execute("update educational_data.ips_lycees_years set code_du_departement = null")
    assert len(by_number(shown().placed)) == len(NUMBERS) - 2
    atlas.desk.conn.execute("update educational_data.ips_lycees_years set code_insee_de_la_commune = null")
    assert len(by_number(shown().placed)) == len(NUMBERS) - 2


@pytest.mark.parametrize(("code", "period"), [("35", None), ("78", "1900-1901"), ("", None), ("'", None), ("99", NOW)])
def test_a_departement_without_lycees_is_refused(shown, code, period):
    with pytest.raises(UnknownTarget):
        shown(code, period)


def test_rows_that_left_are_not_drawn(atlas, shown):
    atlas.desk.conn.execute(
        "update educational_data.ips_lycees_years set retired_at = now() where uai = %s", (school(1),)
    )
    assert by_number(shown().placed)[1].state == "not listed"
    atlas.desk.conn.execute(
        "update educational_data.etablissements_geolocalisation set retired_at = now() where uai = %s", (school(1),)
    )
    assert 1 not in by_number(shown().placed)
