"""ONISEP's places of secondary education: all kept, with or without UAI, one per school in the view."""

import pytest
from tests.greenroom_schools.datasets.onisep_files import ENS, as_csv, as_json
from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "etablissements_onisep"
REAL = "fr/education/ideo-structures_denseignement_secondaire.2026-08.excerpt.csv"
TABLE = "educational_data.etablissements_onisep"
VIEW = "educational_data.onisep_par_uai"

PUBLISHED = {
    "code UAI": "9990001X",
    "n° SIRET": "19999000100014",
    "type d'établissement": "lycée professionnel",
    "nom": "Lycée inventé",
    "sigle": "LI",
    "statut": "public",
    "tutelle": "Ministère inventé",
    "université de rattachement libellé et UAI": "",
    "université de rattachement ID et URL Onisep": "",
    "établissements liés libellés": "Collège inventé (99) | Annexe inventée (99)",
    "établissements liés URL et ID Onisep": f"{ENS}ENS.2 | {ENS}ENS.3",
    "boîte postale": "BP 7",
    "adresse": "1 rue du Port",
    "CP": "1000",
    "commune": "Paris",
    "commune (COG)": "75100",
    "cedex": "Cedex",
    "telephone": "01 99 00 00 00",
    "arrondissement": "19",
    "département": "Paris",
    "académie": "Paris",
    "région": "Ile-de-France",
    "région (COG)": "1",
    "longitude (X)": "2.5",
    "latitude (Y)": "48.25",
    "journées portes ouvertes": "le samedi 14 mars de 9h à 12h ; sur rendez-vous",
    "langues enseignées": "Anglais, Espagnol",
    "URL et ID Onisep": f"{ENS}ENS.1",
    "date création": "06/06/2020",
    "date de modification": "05/03/2026",
}
OLD = dict(
    zip(
        (
            "code_uai", "numero_siret", "type_etablissement", "nom", "sigle", "statut", "tutelle",
            "universite_rattachement_libelle_uai", "universite_rattachement_id_url", "etablissements_lies_libelles",
            "etablissements_lies_url_id", "adresse_2", "adresse_1", "code_postal", "commune", "commune_cog", "cedex",
            "telephone", "arrondissement", "departement", "academie", "region", "region_cog", "longitude", "latitude",
            "journees_portes_ouvertes", "langues_enseignees", "url_id_onisep", "date_creation", "date_modification",
        ),
        PUBLISHED.values(),
        strict=True,
    )
) | {"date_creation": "2020-06-06", "date_modification": "2026-03-05"}  # fmt: skip


def place(number, **changes):
    return {**PUBLISHED, "URL et ID Onisep": f"{ENS}ENS.{number}", **changes}


@pytest.mark.parametrize(
    "text",
    [as_csv(PUBLISHED), as_csv(PUBLISHED, bom=False), as_json(PUBLISHED), as_csv(OLD)],
    ids=["csv with a mark", "csv", "json", "old table"],
)
def test_every_form_lands_in_the_same_row(desk, text):
    desk.publish(NAME, text)
    (found,) = desk.rows(
        f"select ens_id, uai, code_uai, numero_siret, adresse_1, adresse_2, code_postal, commune_cog, code_commune,"
        f" region_cog, longitude, latitude, date_creation::text, date_modification::text, etablissements_lies,"
        f" etablissements_lies_urls, journees_portes_ouvertes, is_annexe, url_id_onisep from {TABLE}"
    )
    assert found == (
        "ENS.1", "9990001X", "9990001X", "19999000100014", "1 rue du Port", "BP 7", "01000", "75100", "75056",
        "01", 2.5, 48.25, "2020-06-06", "2026-03-05", ["Collège inventé (99)", "Annexe inventée (99)"],
        [f"{ENS}ENS.2", f"{ENS}ENS.3"], "le samedi 14 mars de 9h à 12h ; sur rendez-vous", False, f"{ENS}ENS.1",
    )  # fmt: skip


def test_the_published_header_leaves_no_column_over(desk):
    desk.stage(NAME, as_csv(PUBLISHED))
    assert "unknown" not in desk.value("select reading from greenroom.batch")


def test_a_place_without_uai_is_kept_and_not_in_the_view(desk):
    desk.publish(NAME, as_csv(place(1, **{"code UAI": ""})))
    assert desk.rows(f"select ens_id, uai from {TABLE}") == [("ENS.1", None)]
    assert desk.rows(f"select uai from {VIEW}") == []


def test_the_view_prefers_the_main_place_then_one_with_coordinates_then_the_oldest(desk):
    nowhere = {"longitude (X)": "", "latitude (Y)": ""}
    desk.publish(
        NAME,
        as_csv(
            place(5, nom="Annexe du lycée inventé"),
            place(7, nom="Lycée inventé", **nowhere),
            place(12, nom="Lycée inventé (site B)"),
            place(9, nom="Lycée inventé (site A)"),
        ),
    )
    assert desk.rows(f"select uai, ens_id, is_annexe, lieux from {VIEW}") == [("9990001X", "ENS.9", False, 4)]


@pytest.mark.parametrize(
    ("published", "commune"),
    [
        ("75100", "75056"),
        ("75119", "75056"),
        ("69385", "69123"),
        ("13203", "13055"),
        ("13001", "13001"),
        ("2A004", "2A004"),
    ],
)
def test_the_code_of_the_commune_is_that_of_the_whole_commune(desk, published, commune):
    desk.publish(NAME, as_csv(place(1, **{"commune (COG)": published})))
    assert desk.rows(f"select commune_cog, code_commune from {TABLE}") == [(published, commune)]


@pytest.mark.parametrize(
    ("header", "value", "rule"),
    [
        ("code UAI", "9990001W", "bad_code_uai"),
        ("nom", "", "missing_nom"),
        ("URL et ID Onisep", "https://example.org/", "bad_ens_id"),
        ("longitude (X)", "east", "bad_longitude"),
        ("date de modification", "30/02/2026", "bad_date_modification"),
    ],
)
def test_a_row_that_cannot_be_read_is_in_quarantine_by_name(desk, header, value, rule):
    desk.stage(NAME, as_csv(place(1), {**place(2), header: value}))
    assert [found for found, _ in desk.quarantine()] == [rule]


def test_linked_schools_that_do_not_pair_are_a_warning(desk):
    desk.stage(NAME, as_csv(place(1, **{"établissements liés URL et ID Onisep": f"{ENS}ENS.2"})))
    assert desk.findings() == [
        ("linked_schools", "warning", "ENS.1 Lycée inventé: 2 linked schools by name, 1 by page", "ENS.1")
    ]


def test_an_excerpt_retires_nothing(desk):
    desk.publish(NAME, as_csv(place(1), place(2)))
    desk.publish(NAME, as_csv(place(2)))
    assert desk.value(f"select count(*) from {TABLE} where retired_at is null") == 2


def test_the_real_excerpt(desk, shared_data):
    staged = desk.publish(NAME, shared_data(REAL))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (9, 9, 0)
    assert desk.findings() == []
    assert desk.value(f"select count(*) from {TABLE} where uai is null") == 2
    assert desk.rows(f"select ens_id, uai from {TABLE} where is_annexe") == [("ENS.18564", "0570279U")]
    assert desk.value(f"select etablissements_lies from {TABLE} where ens_id = 'ENS.18564'") == [
        "Annexe du lycée professionnel La Providence de Dieuze à Metz (57)",
        "Lycée professionnel La Providence à Dieuze (57)",
    ]
    paris = f"select commune_cog, code_commune, arrondissement from {TABLE} where ens_id = 'ENS.11495'"
    assert desk.rows(paris) == [("75100", "75056", "19")]
    assert desk.value(f"select region_cog from {TABLE} where ens_id = 'ENS.15649'") == "00"
    assert not desk.value("select complete from greenroom.unit")
    assert desk.stage(NAME, shared_data(REAL)).batch is None
