"""What happened to communes: a movement is known by its event, its day and its two sides."""

from tests.greenroom_schools.datasets.commune_files import MOVEMENTS, movements
from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "communes_mouvements"
TABLE = "educational_data.communes_mouvements"


def test_every_side_lands_and_an_absent_one_is_null(desk):
    desk.publish(NAME, movements("2011-03-31 20 > 99601", "1976-01-01 41 20001 > 2A001"))
    sides = f"select mod, typecom_av, com_av, typecom_ap, com_ap from {TABLE} order by date_eff"
    assert desk.rows(sides) == [("41", "COM", "20001", "COM", "2A001"), ("20", None, None, "COM", "99601")]


def test_the_two_lines_of_a_delegated_commune_are_two_movements(desk):
    file = movements("2016-01-01 32 99002 > 99001", "2016-01-01 32 99002 > COMD 99002")
    assert desk.publish(NAME, file).batch.staged == 2
    assert desk.stage(NAME, file).batch is None


def test_a_line_that_cannot_be_read_is_named(desk):
    file = movements("2016-01-01 32 99002 > 99001", "2016-13-01 32 99003 > 99001", "2016-01-01 32 99 > 99001")
    desk.publish(NAME, file)
    assert sorted(desk.quarantine()) == [("bad_com_av", "99"), ("bad_date_eff", "2016-13-01")]


def test_the_real_movements_all_land(desk, shared_data):
    # the edition of 2026 has 13,734; this copy is cut at 2025
    staged = desk.publish(NAME, shared_data(MOVEMENTS))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (13_437, 13_437, 0)
    assert desk.value(f"select count(*) from {TABLE} where mod = '50'") == 9
