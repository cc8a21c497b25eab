"""Regions and départements: from INSEE's tables and from Etalab's lists."""

import json

import pytest
from tests.greenroom_schools.datasets.commune_files import REAL
from tests.greenroom_schools.datasets.onisep_files import desk as desk

ETALAB = REAL + "cog/decoupage-administratif-4.1.0_cog2024_{}.json"


@pytest.mark.parametrize(
    "text",
    [
        "REG,CHEFLIEU,TNCC,NCC,NCCENR,LIBELLE\n1,97105,3,AZUR,Azur,Azur\n",
        json.dumps([{"code": "01", "chefLieu": "97105", "nom": "Azur", "typeLiaison": 3, "zone": "drom"}]),
    ],
)
def test_regions_land(desk, text):
    desk.publish("regions", text)
    assert desk.rows("select code_region, nom_region, chef_lieu from educational_data.regions") == [
        ("01", "Azur", "97105")
    ]
    assert desk.stage("regions", text).batch is None


@pytest.mark.parametrize(
    "text",
    [
        "DEP,REG,CHEFLIEU,TNCC,NCC,NCCENR,LIBELLE\n1,84,01053,5,AZUR,Azur,Azur\n",
        json.dumps([{"code": "01", "region": "84", "chefLieu": "01053", "nom": "Azur", "zone": "metro"}]),
    ],
)
def test_departements_land(desk, text):
    desk.publish("departements", text)
    found = "select code_departement, nom_departement, code_region, chef_lieu from educational_data.departements"
    assert desk.rows(found) == [("01", "Azur", "84", "01053")]
    assert desk.stage("departements", text).batch is None


def test_a_row_that_cannot_be_read_is_named(desk):
    desk.publish("departements", "DEP,REG,LIBELLE\n01,84,Azur\n20,94,Île\n02,,\n")
    assert sorted(desk.quarantine()) == [("bad_code_departement", "20"), ("missing_nom_departement", None)]


def test_the_real_lists(desk, shared_data):
    desk.publish("regions", shared_data(ETALAB.format("regions")))
    desk.publish("departements", shared_data(ETALAB.format("departements")))
    assert desk.value("select count(*) from educational_data.regions where zone <> 'com'") == 18
    assert desk.value("select count(*) from educational_data.departements where zone <> 'com'") == 101
