"""The index of social position from exports of the old tables, and from tables as the document planned them."""

import pytest
from tests.greenroom_schools.datasets.onisep_files import as_csv
from tests.greenroom_schools.datasets.onisep_files import desk as desk

from greenroom.model.errors import Blocked, ContractBroken

IDENTITY = {
    "rentree_scolaire": "2023-2024",
    "code_region": "99",
    "region_academique": "VAL D AZUR",
    "code_academie": "99",
    "academie": "AZUR",
    "code_du_departement": "01",
    "departement": "AIN",
    "code_insee_de_la_commune": "01004",
    "nom_de_la_commune": "PORT AZUR",
    "uai": "9990001X",
    "nom_de_l_etablissement": "ECOLE INVENTEE",
    "secteur": "public",
}
_AREAS = ("national", "academique", "departemental")
LYCEES = (
    IDENTITY
    | {"type_de_lycee": "LEGT", "ips_voie_gt": "110.5", "ips_voie_pro": "", "ips_post_bac": "", "ips_etab": "111.5"}
    | {"ecart_type_voie_gt": "30.1", "ecart_type_voie_pro": "", "ecart_type_etablissement": "31"}
    | {
        f"ips_{area}_{kind}{sector}": "100.1"
        for area in _AREAS
        for kind in ("legt", "lpo", "lp")
        for sector in ("", "_prive", "_public")
    }
    | {"num_ligne": "12"}
)
COLLEGES = (
    IDENTITY
    | {"ips": "99.5", "ecart_type_de_l_ips": "29.5"}
    | {f"ips_{area}{sector}": "100.1" for area in _AREAS for sector in ("_prive", "_public", "")}
    | {"num_ligne": "12"}
)


def test_the_old_tables_had_48_and_24_columns():
    assert (len(LYCEES), len(COLLEGES)) == (48, 24)


def test_an_export_of_the_old_table_of_lycees_is_read(desk):
    desk.publish("ips_lycees", as_csv(LYCEES), complete=True)
    query = (
        "select uai, rentree_scolaire, ips, ips_etab, ecart_type, ips_national_legt from educational_data.ips_lycees"
    )
    ((uai, year, *points),) = desk.rows(query)
    assert (uai, year, [float(value) for value in points]) == ("9990001X", "2023-2024", [111.5, 111.5, 31, 100.1])


def test_an_export_of_the_old_table_of_collèges_is_read(desk):
    desk.publish("ips_colleges", as_csv(COLLEGES), complete=True)
    query = "select uai, ips, ecart_type_ips, ecart_type_de_l_ips, ips_departemental from educational_data.ips_colleges"
    ((uai, *points),) = desk.rows(query)
    assert (uai, [float(value) for value in points]) == ("9990001X", [99.5, 29.5, 29.5, 100.1])


@pytest.mark.parametrize(
    ("name", "known", "spread"), [("ips_lycees", LYCEES, "ecart_type"), ("ips_colleges", COLLEGES, "ecart_type_ips")]
)
def test_a_table_as_planned_is_read_beside_the_years_that_know_its_schools(desk, name, known, spread):
    desk.publish(name, as_csv(known))
    # a school nobody knows has no name: quarantine says so
    planned = {"uai": "9990001X", "IPS": "120.5", spread: "28"}
    file = desk.folder / "ips-2024.csv"
    file.write_text(as_csv(planned, planned | {"uai": "9990002Y"}), encoding="utf-8")
    desk.publish(name, file)
    found = desk.rows(
        f"select rentree_scolaire, nom_de_l_etablissement, secteur, code_du_departement, ips::float, {spread}::float"
        f" from educational_data.{name}_years order by 1"
    )
    known_ips, known_spread = (111.5, 31) if name == "ips_lycees" else (99.5, 29.5)
    assert found == [
        ("2023-2024", "ECOLE INVENTEE", "public", "01", known_ips, known_spread),
        ("2024-2025", "ECOLE INVENTEE", "public", "01", 120.5, 28),
    ]
    assert desk.quarantine() == [("missing_nom_de_l_etablissement", None)]


def test_a_table_as_planned_of_unknown_schools_is_refused(desk):
    file = desk.folder / "ips-2024.csv"
    file.write_text(as_csv({"uai": "9990001X", "IPS": "120.5", "ecart_type": "28"}), encoding="utf-8")
    with pytest.raises(Blocked) as refused:
        desk.stage("ips_lycees", file)
    assert [found["check"] for found in refused.value.findings] == ["missing_nom_de_l_etablissement"]


def test_a_table_as_planned_of_collèges_is_none_of_lycees(desk):
    with pytest.raises(ContractBroken):
        desk.stage("ips_lycees", as_csv({"uai": "9990001X", "IPS": "120.5", "ecart_type_ips": "28"}))


def test_a_file_of_the_portal_with_a_renamed_column_is_not_taken_for_a_planned_table(desk):
    renamed = {{"type_de_lycee": "genre"}.get(name, name): value for name, value in LYCEES.items()}
    with pytest.raises(ContractBroken, match="type_de_lycee"):
        desk.stage("ips_lycees", as_csv(renamed))
