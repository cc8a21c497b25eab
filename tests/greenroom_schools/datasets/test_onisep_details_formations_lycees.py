"""Programmes: an offer may stand on several rows; what is equal is folded, what differs is kept and named."""

import pytest
from tests.greenroom_schools.datasets.onisep_files import ENS, FOR, as_csv, as_json
from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "onisep_details_formations_lycees"
TABLE = "educational_data.onisep_details_formations_lycees"

PUBLISHED = {
    "Formation (FOR) libellé": "bac pro Métiers inventés",
    "FOR URL et ID Onisep": f"{FOR}FOR.10",
    "FOR indexation domaine web Onisep": "invention/atelier",
    "FOR type": "baccalauréat professionnel",
    "FOR nature du certificat": "Diplôme national ou diplôme d'Etat",
    "FOR URL référentiel": "",
    "FOR niveau de sortie": "bac ou équivalent",
    "Lieu d'enseignement (ENS) libellé": "Lycée inventé",
    "ENS URL et ID Onisep": f"{ENS}ENS.1",
    "ENS code UAI": "9990001X",
    "ENS statut": "public",
    "ENS adresse": "1 rue du Port",
    "ENS code postal": "1000",
    "ENS commune": "Port-Azur",
    "ENS département": "Val-d'Azur",
    "ENS académie": "Azur",
    "ENS région": "Nulle-Part",
    "ENS latitude": "43.5",
    "ENS longitude": "7.25",
    "ENS n° téléphone": "01 99 00 00 00",
    "ENS site web": "https://lycee.example",
    "ENS hébergement": "internat garçons-filles",
    "ENS accessibilité": "",
    "Action de Formation (AF) identifiant Onisep": "AF.100",
    "AF durée cycle standard": "3 ans",
    "AF modalités scolarité": "temps plein",
    "AF éléments d'enseignement": "",
    "AF coût scolarité": "",
    "AF modalités accueil": "",
    "AF page web": "",
    "AF date de modification": "05/03/2026",
}


def offer(**changes):
    short = {
        "af": "Action de Formation (AF) identifiant Onisep",
        "ens": "ENS URL et ID Onisep",
        "formation": "FOR URL et ID Onisep",
        "uai": "ENS code UAI",
        "cost": "AF coût scolarité",
    }
    return {**PUBLISHED, **{short[name]: value for name, value in changes.items()}}


@pytest.mark.parametrize("written", [as_csv, as_json], ids=["csv", "json"])
def test_a_published_row_lands_typed(desk, written):
    desk.publish(NAME, written(PUBLISHED))
    (found,) = desk.rows(
        f"select af_id, ens_id, for_id, variante, for_libelle, uai, ens_code_postal, latitude, longitude,"
        f" af_modalites_scolarite, date_modification::text from {TABLE}"
    )
    assert found == (
        "AF.100", "ENS.1", "FOR.10", 1, "bac pro Métiers inventés", "9990001X", "01000", 43.5, 7.25,
        "temps plein", "2026-03-05",
    )  # fmt: skip
    assert not {"unknown", "absent"} & desk.value("select reading from greenroom.batch").keys()


def test_the_edition_of_32_columns_is_read_and_its_column_named(desk):
    desk.stage(NAME, as_csv({**PUBLISHED, "AF nouveauté": "oui"}))
    assert desk.value("select reading -> 'unknown' from greenroom.batch") == ["AF nouveauté"]


def test_rows_that_say_the_same_are_one(desk):
    staged = desk.publish(NAME, as_csv(PUBLISHED, PUBLISHED, offer(af="AF.200")))
    assert (staged.batch.read, staged.batch.staged, staged.batch.duplicates) == (3, 2, 1)
    assert desk.findings() == []
    assert desk.rows(f"select af_id, variante from {TABLE} order by af_id") == [("AF.100", 1), ("AF.200", 1)]


def test_one_offer_at_two_places_or_of_two_programmes_is_two_rows(desk):
    desk.publish(NAME, as_csv(PUBLISHED, offer(ens=f"{ENS}ENS.2"), offer(formation=f"{FOR}FOR.20")))
    assert desk.findings() == []
    assert desk.rows(f"select ens_id, for_id, variante from {TABLE} order by 1, 2") == [
        ("ENS.1", "FOR.10", 1),
        ("ENS.1", "FOR.20", 1),
        ("ENS.2", "FOR.10", 1),
    ]


def test_one_offer_told_in_two_ways_is_kept_twice_and_named(desk):
    desk.publish(NAME, as_csv(PUBLISHED, offer(cost="1 000 euros"), PUBLISHED))
    ((check, severity, message, _),) = desk.findings()
    assert (check, severity) == ("offer_twice", "warning")
    assert message == "AF.100 stands 2 times for FOR.10 at ENS.1, with other details; each is kept"
    assert desk.value(f"select array_agg(variante order by variante) from {TABLE}") == [1, 2]


def test_the_order_of_rows_does_not_matter(desk):
    rows = (PUBLISHED, offer(cost="1 000 euros"), offer(af="AF.200"))
    desk.publish(NAME, as_csv(*rows))
    assert desk.stage(NAME, as_csv(*reversed(rows))).batch is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"uai": "9990001W"}, "bad_uai"),
        ({"formation": f"{FOR}"}, "bad_for_id"),
        ({"ens": ""}, "missing_ens_id"),
        ({"af": "100"}, "bad_af_id"),
    ],
)
def test_a_row_that_cannot_be_read_is_in_quarantine_by_name(desk, changes, rule):
    desk.stage(NAME, as_csv(offer(af="AF.1"), offer(**{"af": "AF.2", **changes})))
    assert [found for found, _ in desk.quarantine()] == [rule]


def test_programmes_are_counted_once_a_school(desk):
    desk.publish(
        NAME,
        as_csv(
            PUBLISHED,
            offer(af="AF.200"),
            offer(af="AF.300", formation=f"{FOR}FOR.20"),
            offer(af="AF.400", uai=""),
            offer(af="AF.500", uai="9990002Y"),
        ),
    )
    assert desk.value(f"select count(*) from {TABLE} where uai is null") == 1
    assert desk.rows("select * from educational_data.formations_par_uai order by uai") == [
        ("9990001X", 2, 3),
        ("9990002Y", 1, 1),
    ]


def test_publishing_again_writes_nothing(desk):
    desk.publish(NAME, as_csv(PUBLISHED))
    assert desk.stage(NAME, as_csv(PUBLISHED)).batch is None
