"""Outlines of départements and communes: which level a code is, what is refused, what the real files hold."""

import json

import pytest
from tests.greenroom_schools.datasets.onisep_files import desk as desk

SQUARE = [[[2.0, 48.0], [2.2, 48.0], [2.2, 48.2], [2.0, 48.2], [2.0, 48.0]]]
FIELDS = "niveau, code_departement, code, nom, west, south, east, north"


def feature(code, name, coordinates=SQUARE, **more):
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": coordinates},
        "properties": {"code": code, "nom": name, **more},
    }


def contours(*features):
    return json.dumps({"type": "FeatureCollection", "features": features})


def held(desk):
    return desk.rows(f"select {FIELDS} from educational_data.contours_administratifs order by niveau, code")


def test_five_characters_are_a_commune_fewer_a_departement(desk):
    desk.publish("contours_administratifs", contours(
        feature("78", "Azur", region="11"), feature("78901", "Port-Azur", departement="78"), feature("2a", "Île"),
    ))  # fmt: skip
    box = (2.0, 48.0, 2.2, 48.2)
    assert held(desk) == [
        ("commune", "78", "78901", "Port-Azur", *box),
        ("departement", "2A", "2A", "Île", *box),
        ("departement", "78", "78", "Azur", *box),
    ]


def test_overseas_communes_belong_to_their_three_digit_departement(desk):
    isle = [[[-61.5, 16.0], [-61.4, 16.0], [-61.4, 16.1], [-61.5, 16.0]]]
    desk.publish("contours_administratifs", contours(feature("97199", "Île-Azur", isle)))
    assert [row[:3] for row in held(desk)] == [("commune", "971", "97199")]


def test_the_communes_of_one_departement_retire_nobody_elses(desk):
    desk.publish("contours_administratifs", contours(feature("78901", "Port-Azur"), feature("35901", "Bourg")))
    desk.publish("contours_administratifs", contours(feature("78902", "Bourg-Azur")))
    kept = desk.rows("select code from educational_data.contours_administratifs where retired_at is null order by code")
    assert kept == [("35901",), ("78902",)]


def test_delegated_communes_are_left_out_and_counted(desk):
    staged = desk.stage("contours_administratifs", contours(
        feature("78901", "Port-Azur"), feature("78902", "Hameau", commune="78901"),
    ))  # fmt: skip
    assert staged.batch is not None
    assert desk.value("select count(*) from greenroom.batch_contours_administratifs") == 1


def test_latitude_before_longitude_goes_to_quarantine(desk):
    swapped = [[[y, x] for x, y in SQUARE[0]]]
    desk.publish("contours_administratifs", contours(feature("78", "Azur"), feature("35", "Bourg", swapped)))
    assert [row[1] for row in held(desk)] == ["78"]
    assert [rule for rule, _ in desk.quarantine()] == ["bad_ewkb"]


def test_a_code_that_is_none_goes_to_quarantine(desk):
    desk.publish("contours_administratifs", contours(feature("78", "Azur"), feature("XX", "Nulle part")))
    assert [row[2] for row in held(desk)] == ["78"]
    assert desk.quarantine()


@pytest.mark.parametrize(("name", "communes"), [("2A-corse-du-sud", 124), ("971-guadeloupe", 32), ("75-paris", 1)])
def test_the_real_files(desk, shared_data, name, communes):
    desk.publish(
        "contours_administratifs", shared_data(f"fr/communes/contours/communes-{name}.geojson.gz"), complete=True
    )
    found = desk.rows(
        "select niveau, code_departement, count(*) from educational_data.contours_administratifs group by 1, 2"
    )
    assert found == [("commune", name.partition("-")[0], communes)]
