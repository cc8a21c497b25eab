"""How numbers lie on two sides, checked against Python's own statistics."""

import statistics
from decimal import Decimal

import pytest
from tests.greenroom_schools.atlas import BEFORE, NOW, NUMBERS, index_before, index_now, indexes, name_of, school
from tests.greenroom_schools.atlas import atlas as atlas
from tests.greenroom_schools.atlas import atlas_made as atlas_made

from greenroom import catalog
from greenroom.audit import distribution as spreading
from greenroom.audit import layers
from greenroom.audit.distribution import Side, joining, usual
from greenroom.db.connection import begin
from greenroom.model.errors import UnknownColumn, UnknownTarget

VALUES_BEFORE = [index_before(n) for n in NUMBERS]
VALUES_NOW = [v for n in NUMBERS if isinstance(v := index_now(n), float)]


@pytest.fixture
def told(atlas):
    """`told("ips_lycees_years", …)` is the distribution."""

    def distribution(dataset="ips_lycees_years", **asked):
        with begin(atlas.desk.conn) as conn:
            pack, declared = catalog.flat_dataset(conn, dataset)
            return spreading.distribution(conn, pack, declared, **asked)

    return distribution


def quantile(values, share):
    """As percentile_cont reads it, by hand."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def test_the_newest_period_is_compared_with_the_one_before(told):
    found = told()
    assert (found.now, found.before) == (Side("production", NOW), Side("production", BEFORE))
    assert found.column == "ips"


@pytest.mark.parametrize(("side", "values"), [("now", VALUES_NOW), ("before", VALUES_BEFORE)])
def test_quantiles_mean_and_deviation_are_pythons(told, side, values):
    pair = next(pair for pair in told().pairs if pair.column == "ips")
    spread = getattr(pair, side)
    assert spread.quantiles == pytest.approx([quantile(values, share) for share in (0.05, 0.25, 0.5, 0.75, 0.95)])
    assert spread.mean == pytest.approx(statistics.fmean(values))
    assert spread.deviation == pytest.approx(statistics.stdev(values))
    assert (spread.least, spread.most) == (min(values), max(values))
    assert (spread.rows, spread.valued) == (len(NUMBERS), len(values))


def test_withheld_and_not_given_are_counted_apart(told):
    pair = next(pair for pair in told().pairs if pair.column == "ips")
    assert (pair.now.withheld, pair.now.not_given) == (1, 1)
    assert (pair.before.withheld, pair.before.not_given) == (0, 0)
    assert pair.now.share(pair.now.withheld) == pytest.approx(100 / len(NUMBERS))


def test_the_shift_is_the_way_of_the_median_in_deviations(told):
    pair = next(pair for pair in told().pairs if pair.column == "ips")
    moved = statistics.median(VALUES_NOW) - statistics.median(VALUES_BEFORE)
    assert pair.shift == pytest.approx(moved / statistics.stdev(VALUES_BEFORE))


def test_every_column_of_numbers_has_its_line(told):
    from greenroom_schools.pack import pack

    numeric = [c.name for c in pack.dataset("ips_lycees_years").source_columns if layers.is_number(c)]
    assert [pair.column for pair in told().pairs] == numeric
    empty = next(pair for pair in told().pairs if pair.column == "ips_voie_pro")
    assert (empty.now.valued, empty.now.quantiles, empty.shift) == (0, None, None)


def test_a_histogram_counts_every_value_once_between_common_ends(told):
    found = told().histogram
    least, most = min(VALUES_NOW + VALUES_BEFORE), max(VALUES_NOW + VALUES_BEFORE)
    assert (found.least, found.most) == (least, most)
    step = (most - least) / spreading.BINS
    for counts, values in ((found.now, VALUES_NOW), (found.before, VALUES_BEFORE)):
        by_hand = [0] * spreading.BINS
        for value in values:
            by_hand[min(int((value - least) / step), spreading.BINS - 1)] += 1
        assert list(counts) == by_hand


def test_a_single_value_is_one_step(atlas, told):
    atlas.desk.conn.execute("update educational_data.ips_lycees_years set ips = 100")
    found = told().histogram
    assert (found.now, found.before) == ((len(NUMBERS),), (len(NUMBERS),))


def test_a_column_without_values_has_no_histogram(told):
    assert told(column="ips_voie_pro").histogram is None


def test_boxes_stand_oldest_first(told):
    found = told()
    assert [side.period for side, _ in found.boxes] == [BEFORE, NOW]
    assert found.boxes[0][1].quantiles[2] == pytest.approx(statistics.median(VALUES_BEFORE))


def test_movers_are_joined_by_key_and_the_biggest_stand_first(told):
    moves = told().moves
    assert [(m.key, m.moved) for m in moves.movers[:2]] == [((school(3),), 20.0), ((school(4),), -12.5)]
    assert moves.movers[0].label == name_of(3)
    assert (moves.movers[0].before, moves.movers[0].now) == (index_before(3), index_now(3))
    assert (moves.met, moves.now_rows, moves.before_rows) == (len(NUMBERS),) * 3
    assert (moves.lost, moves.gained) == (2, 0)
    differences = [index_now(n) - index_before(n) for n in NUMBERS if n not in (5, 6)]
    assert moves.moved == sum(d != 0 for d in differences)
    assert moves.mean_move == pytest.approx(statistics.fmean(differences))


def test_rows_of_one_side_only_are_counted_and_do_not_move(atlas, told):
    atlas.desk.publish("ips_lycees", indexes("2024-2025", lambda n: index_before(n) + 1, NUMBERS[4:]), complete=True)
    moves = told(now=Side("production", "2024-2025"), before=Side("production", BEFORE)).moves
    assert (moves.now_rows, moves.before_rows, moves.met) == (len(NUMBERS) - 4, len(NUMBERS), len(NUMBERS) - 4)


def test_what_waits_is_compared_with_what_is_published(atlas, told):
    atlas.desk.stage("ips_lycees", indexes(NOW, lambda n: index_before(n) + (9 if n == 8 else 0)), complete=True)
    found = told()
    assert (found.now, found.before) == (Side("batch", NOW), Side("production", NOW))
    pair = next(pair for pair in found.pairs if pair.column == "ips")
    assert pair.now.mean == pytest.approx(
        statistics.fmean([*VALUES_BEFORE[:7], index_before(8) + 9, *VALUES_BEFORE[8:]])
    )
    assert (found.moves.movers[0].key, found.moves.movers[0].moved) == ((school(3), NOW), -20.0)
    assert found.moves.gained == 2


def test_a_new_period_that_waits_is_compared_with_the_newest_published(atlas, told):
    atlas.desk.stage("ips_lycees", indexes("2024-2025", index_before), complete=True)
    found = told()
    assert (found.now, found.before) == (Side("batch", "2024-2025"), Side("production", NOW))
    assert found.moves.movers[0].key == (school(3),)


def test_a_dataset_without_periods_has_one_side(told):
    found = told("info_communes", now=None)
    assert found.moves.note == "There is nothing to compare with." or found.before is not None


def test_a_dataset_without_numbers_has_nothing_to_draw(told):
    found = told("departements")
    assert (found.column, found.pairs, found.histogram) == (None, (), None)


def test_numbers_without_end_are_left_out(atlas, told):
    atlas.desk.conn.execute("update educational_data.info_communes set latitude = 'NaN' where code_commune = '78901'")
    atlas.desk.conn.execute(
        "update educational_data.info_communes set longitude = 'Infinity' where code_commune = '78902'"
    )
    found = told("info_communes", column="latitude")
    for pair in found.pairs:
        for number in (pair.now.mean, pair.now.least, pair.now.most):
            assert number is None or abs(number) < 1e9


@pytest.mark.parametrize("column", ["nothing", "uai", "withheld", "retired_at", "release_id"])
def test_only_columns_of_numbers_can_be_chosen(told, column):
    with pytest.raises(UnknownColumn):
        told(column=column)


@pytest.mark.parametrize(
    "side", [Side("production", "1900-1901"), Side("batch", NOW), Side("preview", NOW), Side("production")]
)
def test_only_sides_that_there_are_can_be_chosen(told, side):
    with pytest.raises(UnknownTarget):
        told(now=side)
    with pytest.raises(UnknownTarget):
        told(now=Side("production", NOW), before=side)


def test_the_period_is_no_part_of_the_joining_key_where_it_differs():
    from greenroom_schools.pack import pack

    declared = pack.dataset("ips_lycees_years")
    assert joining(declared, Side("production", NOW), Side("production", BEFORE)) == ("uai",)
    assert joining(declared, Side("batch", NOW), Side("production", NOW)) == ("uai", "rentree_scolaire")


def test_the_usual_side_before_is_never_a_later_one():
    sides = [Side("batch", "2020"), Side("production", "2024"), Side("production", "2019")]
    assert usual(sides) == (sides[0], sides[2])


def test_a_count_that_takes_too_long_is_stopped_and_said_so(told, monkeypatch):
    monkeypatch.setattr(spreading, "SECONDS", 0.0)
    monkeypatch.setattr(spreading, "spreads", _slow)
    found = told()
    assert "not counted" in found.stopped
    assert found.pairs == ()


def _slow(conn, rows, columns):
    conn.execute("select pg_sleep(1)")


def test_nothing_loaded_is_nothing_to_compare(told):
    found = told("ips_colleges_years")
    assert all(pair.now is None for pair in found.pairs)
    assert found.histogram is None
    assert Decimal(found.moves.met) == 0
