"""Occupations and the points of couples: the parent before the child, and a key where codes may be missing."""

import pytest
from tests.greenroom_schools.datasets.onisep_files import desk as desk

from greenroom.model.errors import Blocked

PCS = "code_pcs;libellé\n31;Professions inventées\n52;Autres métiers\n"
SCORES = "pcs_mere;pcs_pere;diplome_mere;diplome_pere;ips_score\n31;52;3;4;120,5\n31;;;;99.25\n;;;;80\n"


def test_occupations_land_under_both_names(desk):
    desk.publish("pcs_libelle", PCS)
    assert desk.rows("select pcs, code_pcs, libelle from educational_data.pcs_libelle order by 1") == [
        (31, "31", "Professions inventées"), (52, "52", "Autres métiers"),
    ]  # fmt: skip
    assert desk.stage("pcs_libelle", PCS).batch is None


def test_couples_land_also_those_of_which_a_code_is_not_known(desk):
    desk.publish("pcs_libelle", PCS)
    assert desk.publish("ips_score", SCORES).batch.quarantined == 0
    found = "select couple, pcs_mere, pcs_pere, ips_score::text from educational_data.ips_score order by couple"
    assert desk.rows(found) == [
        ("-/-/-/-", None, None, "80.00"), ("31/-/-/-", 31, None, "99.25"), ("31/52/3/4", 31, 52, "120.50"),
    ]  # fmt: skip
    assert desk.stage("ips_score", SCORES).batch is None


def test_a_child_before_its_parent_is_refused_by_name(desk):
    staged = desk.stage("ips_score", SCORES)
    assert {(f["check"], f["severity"]) for f in staged.stopping} == {("ips_score_pcs", "error")}
    assert "31/52/3/4: occupation 52 is not in pcs_libelle" in {f["message"] for f in staged.stopping}
    with pytest.raises(Blocked):
        desk.publish("ips_score", SCORES)
    assert desk.value("select count(*) from educational_data.ips_score") == 0


def test_the_same_couple_twice_is_refused(desk):
    desk.publish("pcs_libelle", PCS)
    staged = desk.stage("ips_score", SCORES + "31.0;52;3;4;121\n")
    assert [f["check"] for f in staged.stopping] == ["duplicate_key"]


def test_a_score_that_cannot_be_read_is_named(desk):
    desk.publish("pcs_libelle", PCS)
    desk.publish("ips_score", SCORES + "52;52;3;4;high\n52;52;1;1;\n")
    assert sorted(desk.quarantine()) == [("bad_ips_score", "high"), ("missing_ips_score", None)]
