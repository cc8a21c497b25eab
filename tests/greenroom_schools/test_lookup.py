"""Which schools serve an address: one answer where there is one, and what is wrong where there is none."""

import json
import time

import psycopg
import pytest
from tests.greenroom_schools.sectors import (
    COLLEGES_35,
    DUNE,
    IPS_LYCEES,
    MER,
    PHARE,
    PORT,
    TOULOUSE,
    box,
    carte,
    features,
    street,
    uais,
    whole,
)
from tests.greenroom_schools.sectors import desk as desk

SEGMENTS, ZONES = "sectorisation_segments", "sectorisation_zones"
YEAR = "2023-2024"


@pytest.fixture
def azur(desk):
    """Port-Azur: streets of all kinds."""
    lines = [
        street("RUE DU PORT", "1", "13", "I", PORT),
        street("RUE DU PORT", "2", "16", "P", PORT, letters=("", "B")),
        street("RUE DU PORT", "23", "9999", "I", MER),
        street("AVENUE DU PHARE", "1", "9999", "PI", MER),
        street("AVENUE DU PHARE", "1", "13", "I", PORT),
        street("CHEMIN DES DUNES", "2", "20", "PI", PORT),
        street("CHEMIN DES DUNES", "15", "9999", "I", MER),
        street("ALLEE DU SABLE", uai=DUNE),
        street("ALLEE DU SABLE", uai=PORT),
        street("PLACE ST JEAN", uai=PHARE),
        street("IMPASSE DE L'EGLISE", uai=PORT, hamlet="LE HAUT"),
        street("IMPASSE DE L'EGLISE", uai=MER, hamlet="LE BAS"),
        whole(DUNE),
    ]
    desk.publish(SEGMENTS, carte(*lines), only=YEAR)
    return desk


@pytest.mark.parametrize(
    ("address", "number", "letter", "street_name", "postcode", "commune"),
    [
        ("12 bis rue de la Paix, 35000 Rennes", 12, "B", "rue de la Paix", "35000", "Rennes"),
        ("12B rue de la Paix 35000 Rennes Cedex 7", 12, "B", "rue de la Paix", "35000", "Rennes"),
        ("12, rue de la Paix, Rennes", 12, None, "rue de la Paix", None, "Rennes"),
        ("3 A RUE DU BAC, 75007 PARIS, France", 3, "A", "RUE DU BAC", "75007", "PARIS"),
        ("1 R DU BAC, PARIS", 1, None, "R DU BAC", None, "PARIS"),
        ("7 ter bd Carnot 31000 Toulouse", 7, "T", "bd Carnot", "31000", "Toulouse"),
        ("rue du 8 Mai 1945, Albi", None, None, "rue du 8 Mai 1945", None, "Albi"),
        ("RUE 1814, 31000 Toulouse", None, None, "RUE 1814", "31000", "Toulouse"),
        ("Acigné", None, None, None, None, "Acigné"),
        ("35690 Acigné", None, None, None, "35690", "Acigné"),
        ("7 RUE DU PORT, PORT AZUR", 7, None, "RUE DU PORT", None, "PORT AZUR"),
        ("Pont-l'Abbé", None, None, None, None, "Pont-l'Abbé"),
        ("12, rue de la Paix", 12, None, "rue de la Paix", None, None),
        ("12 rue de la Paix", 12, None, "rue de la Paix", None, None),
        ("rue de la Paix", None, None, "rue de la Paix", None, None),
        ("5 rue du Port, Le Haut, 99000 Port-Azur", 5, None, "rue du Port", "99000", "Port-Azur"),
    ],
)
def test_an_address_is_taken_apart(desk, address, number, letter, street_name, postcode, commune):
    ((*found,),) = desk.rows(
        "select number, letter, street, postcode, commune from greenroom_schools.address_parts(%s)", address
    )
    assert found == [number, letter, street_name, postcode, commune]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("R DE L'ÉCLUSE", "rue de l ecluse"),
        ("Bd St-Michel", "BOULEVARD SAINT MICHEL"),
        ("av. du Gal Leclerc", "AVENUE DU GENERAL LECLERC"),
        ("Place Ste\u2019Anne", "PL SAINTE ANNE"),
        ("rue du Cœur", "RUE DU COEUR"),
        ("rue de l'E\u0301glise", "RUE DE L ÉGLISE"),
    ],
)
def test_two_spellings_of_a_street_are_one(desk, one, other):
    assert desk.value("select greenroom_schools.clean_street(%s)", one) == desk.value(
        "select greenroom_schools.clean_street(%s)", other
    )


def test_only_whole_words_are_written_out(desk):
    assert desk.value("select greenroom_schools.clean_street('RUE R SCHUMAN')") == "RUE R SCHUMAN"
    assert desk.value("select greenroom_schools.clean_street('RUE DES DRAPIERS')") == "RUE DES DRAPIERS"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("7 rue du Port, Port-Azur", [PORT]),
        ("16 rue du Port, Port-Azur", [PORT]),
        ("16 bis rue du Port, Port-Azur", [PORT]),
        ("23 r. du port, PORT AZUR", [MER]),
        ("1001 rue du Port, Port-Azur", [MER]),
        ("13 avenue du Phare, Port-Azur", [PORT]),
        ("15 avenue du Phare, Port-Azur", [MER]),
        ("12 avenue du Phare, Port-Azur", [MER]),
        ("3 allée du Sable, Port-Azur", [DUNE, PORT]),
        ("allée du Sable, Port-Azur", [DUNE, PORT]),
        ("5 place Saint-Jean, Port-Azur", [PHARE]),
    ],
)
def test_number_letter_and_side_find_the_segment_and_an_inner_range_wins(azur, address, expected):
    answer = azur.ask(address)
    assert uais(answer) == expected
    assert (answer["method"], answer["confidence"], answer["problem"]) == ("segment", 1, None)
    assert (answer["annee_scolaire"], answer["source"]) == (YEAR, ["carte_scolaire_colleges"])
    assert [school["rank"] for school in answer["schools"]] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("15 rue du Port, Port-Azur", "gap"),
        ("16 ter rue du Port, Port-Azur", "gap"),
        ("rue du Port, Port-Azur", "number_needed"),
        ("3 rue du Bout du Monde, Port-Azur", "street_unknown"),
        ("4 impasse de l'Église, Port-Azur", "lieu_dit_needed"),
        ("Port-Azur", "street_needed"),
    ],
)
def test_what_cannot_be_told_is_said_and_no_school_is_chosen(azur, address, problem):
    answer = azur.ask(address)
    assert (answer["problem"], answer["schools"], answer["gap"]) == (problem, [], problem == "gap")


def test_ranges_that_contradict_each_other_are_a_conflict_with_both(azur):
    answer = azur.ask("17 chemin des Dunes, Port-Azur")
    assert (answer["conflict"], answer["schools"]) == (True, [])
    assert sorted(sector["schools"][0]["uai"] for sector in answer["sectors"]) == [PORT, MER]
    assert uais(azur.ask("18 chemin des Dunes, Port-Azur")) == [PORT]
    assert uais(azur.ask("21 chemin des Dunes, Port-Azur")) == [MER]


def test_a_hamlet_decides_between_two_streets_of_one_name(azur):
    assert uais(azur.ask("4 impasse de l'Église, Port-Azur", lieu_dit="Le Haut")) == [PORT]
    assert uais(azur.ask("4 impasse de l'Église, le bas, 99000 Port-Azur")) == [MER]


def test_a_whole_commune_answers_whatever_the_street(azur):
    answer = azur.ask("3 rue de nulle part", commune="99002")
    assert (answer["method"], uais(answer), answer["confidence"]) == ("commune", [DUNE], 1)


def test_a_name_that_is_nearly_right_is_found_with_its_score(azur):
    answer = azur.ask("3 place Saint Jan, Port-Azur")
    assert uais(answer) == [PHARE]
    assert 0.5 < answer["confidence"] < 1
    assert answer["matched"]["street"] == "PLACE SAINT JEAN"
    assert uais(azur.ask("3 allée Sable, Port-Azur")) == [DUNE, PORT]


def test_streets_that_cannot_be_told_apart_are_listed_and_not_chosen(desk):
    desk.publish(SEGMENTS, carte(street("RUE MARTINET", uai=PORT), street("RUE MARTINEL", uai=MER)), only=YEAR)
    answer = desk.ask("2 rue Martine, Port-Azur")
    assert (answer["problem"], answer["schools"]) == ("street_ambiguous", [])
    assert [found["street"] for found in answer["matched"]["streets"]] == ["RUE MARTINEL", "RUE MARTINET"]


def test_another_kind_of_way_is_another_street(azur):
    assert azur.ask("3 rue du Sable, Port-Azur")["problem"] == "street_unknown"


def test_a_commune_whose_name_looks_like_a_street_is_found(azur):
    assert azur.ask("PORT AZUR")["problem"] == "street_needed"


def test_two_communes_of_one_name_are_reported_and_not_chosen(desk):
    first, second = whole(PORT, commune="99011"), whole(MER, commune="98811")
    first[3] = second[3] = "Saint-Homonyme"
    second[0] = "988"
    desk.publish(SEGMENTS, carte(first, second), only=YEAR)
    said = desk.whole_answer("Saint Homonyme")
    assert (said["problem"], said["answers"]) == ("commune_ambiguous", [])
    assert [commune["code"] for commune in said["communes"]] == ["98811", "99011"]
    assert uais(desk.ask("98800 St Homonyme")) == [MER]
    assert uais(desk.ask("Saint-Homonyme", commune="99011")) == [PORT]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"address": "12 rue du Port"}, "commune_needed"),
        ({"address": "Nulle-Part"}, "commune_unknown"),
        ({"address": "Port-Azur", "niveau": "maternelle"}, "niveau_unknown"),
        ({"address": "Port-Azur", "annee": "jamais"}, "annee_unknown"),
        ({"address": None, "lon": 2.0}, "place_unknown"),
        ({"address": None, "lon": 200.0, "lat": 1.0}, "place_unknown"),
        ({"address": None, "lon": float("nan"), "lat": 1.0}, "place_unknown"),
        ({"address": ""}, "commune_needed"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(azur, given, problem):
    assert azur.whole_answer(given.pop("address"), **given)["problem"] == problem


def test_a_part_of_a_new_edition_does_not_hide_the_whole_one_before(desk):
    desk.publish(SEGMENTS, carte(street("RUE A", uai=PORT), street("RUE B", uai=PORT)), only="2022", complete=True)
    desk.publish(SEGMENTS, carte(street("RUE A", uai=MER)), only="2023")
    assert (uais(desk.ask("1 rue A, Port-Azur")), desk.ask("1 rue A, Port-Azur")["annee_scolaire"]) == (
        [MER],
        "2023-2024",
    )
    assert (uais(desk.ask("1 rue B, Port-Azur")), desk.ask("1 rue B, Port-Azur")["annee_scolaire"]) == (
        [PORT],
        "2022-2023",
    )
    assert uais(desk.ask("1 rue A, Port-Azur", annee="2022-2023")) == [PORT]
    desk.publish(SEGMENTS, carte(street("RUE A", uai=MER)), only="2024", complete=True)
    assert desk.ask("1 rue B, Port-Azur")["problem"] == "street_unknown"


# By place

WEST, EAST = box(2.0, 48.0, 2.5, 48.5), box(2.5, 48.0, 3.0, 48.5)


def zone(number, uai):
    return {"objectid": number, "uai": uai, "niveau": "college", "annee_scolaire": YEAR, "code_departement": "99"}


@pytest.fixture
def zones(desk):
    desk.publish(ZONES, features((zone(1, PORT), WEST), (zone(2, MER), EAST)))
    return desk


def test_a_place_is_looked_up_in_the_outlines(zones):
    answer = zones.ask(None, lon=2.1, lat=48.1)
    assert (answer["method"], uais(answer), answer["confidence"], answer["annee_scolaire"]) == (
        "zone",
        [PORT],
        0.95,
        YEAR,
    )
    assert zones.ask(None, lon=4.0, lat=48.1)["problem"] == "no_sectors"
    assert zones.ask(None, "lycee", lon=2.1, lat=48.1)["problem"] == "no_sectors"


def test_a_place_on_the_border_of_two_sectors_is_a_conflict_with_both(zones):
    answer = zones.ask(None, lon=2.5, lat=48.2)
    assert (answer["conflict"], answer["schools"], len(answer["sectors"])) == (True, [], 2)


def test_the_rows_of_a_street_stand_before_the_outline(azur):
    azur.publish(ZONES, features((zone(1, PHARE), WEST)))
    assert azur.ask("7 rue du Port, Port-Azur", lon=2.1, lat=48.1)["method"] == "segment"
    gap = azur.ask("15 rue du Port, Port-Azur", lon=2.1, lat=48.1)
    assert (gap["problem"], gap["schools"], uais(gap["zone"])) == ("gap", [], [PHARE])
    unknown = azur.ask("1 rue du Bout du Monde, Port-Azur", lon=2.1, lat=48.1)
    assert (unknown["method"], uais(unknown)) == ("zone", [PHARE])


def test_a_street_without_its_number_is_found_by_where_it_lies(azur):
    azur.publish(ZONES, features((zone(1, PHARE), WEST)))
    cache = {"RUE DU PORT, Port-Azur, France": {"lat": 48.1, "lon": 2.1}, "RUE PERDUE, Port-Azur, France": None}
    azur.publish("rues_geocodees", json.dumps(cache))
    answer = azur.ask("rue du Port, Port-Azur")
    assert (answer["method"], uais(answer), answer["confidence"]) == ("zone", [PHARE], 0.6)
    assert azur.rows("select street_norm, longitude from educational_data.rues_geocodees order by 1") == [
        ("RUE DU PORT", 2.1),
        ("RUE PERDUE", None),
    ]


# Who may ask, and how


def test_the_apps_roles_may_ask_and_see_nothing_behind_it(azur):
    for role in ("anon", "authenticated", "service_role"):
        azur.conn.execute(f"set role {role}")
        found = azur.conn.execute("select educational_data.lookup_schools('7 rue du Port, Port-Azur')").fetchone()[0]
        assert found["answers"][0]["schools"][0]["uai"] == PORT
        azur.conn.rollback()
    azur.conn.execute("set role anon")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        azur.conn.execute("select greenroom_schools.lookup('x')")
    azur.conn.rollback()


def test_the_answer_does_not_hang_on_the_callers_search_path(azur):
    azur.conn.execute("create function public.clean_street(text) returns text language sql return 'BENT'")
    azur.conn.execute("set search_path = public")
    found = azur.conn.execute("select educational_data.lookup_schools('7 rue du Port, Port-Azur')").fetchone()[0]
    assert found["answers"][0]["schools"][0]["uai"] == PORT
    assert "Indicative" in found["notice"]
    azur.conn.rollback()


def test_one_way_only_to_call_it(desk):
    assert desk.value("select count(*) from pg_proc where proname = 'lookup_schools'") == 1


# The real files


def test_the_examples_of_rennes_and_acigne(desk, shared_data):
    desk.publish(SEGMENTS, shared_data(COLLEGES_35), only=YEAR)
    assert set(uais(desk.ask("4 allée Adolphe Bobierre, 35000 Rennes"))) == {"0351638R", "0350895H", "0351796M"}
    assert uais(desk.ask("3 rue de n'importe quoi, 35690 Acigné")) == ["0352167R"]


def test_the_examples_of_toulouse(desk, shared_data):
    desk.publish("ips_lycees", shared_data(IPS_LYCEES))
    desk.publish(SEGMENTS, shared_data(TOULOUSE))
    ozenne, naves, berthelot, fermat, bellevue = "0310047H", "0310040A", "0310039Z", "0310036W", "0310038Y"
    said = {
        "7 rue Boulbonne": berthelot,
        "23 rue Boulbonne": fermat,
        "91 route d'Albi": ozenne,
        "93 route d'Albi": naves,
        "64 rte d'Albi": ozenne,
        "66 RTE D ALBI": naves,
        "10 chemin Carrosse": bellevue,
        "11 che. Carrosse": berthelot,
    }
    assert {address: uais(desk.ask(f"{address}, 31000 Toulouse", "lycee"))[0] for address in said} == said
    assert desk.ask("17 rue Boulbonne, Toulouse", "lycee")["problem"] == "gap"
    # a school that no directory names so is told by its name
    (school,) = desk.ask("208 route de Seysses, Toulouse", "lycee")["schools"]
    assert (school["uai"], school["name"]) == (None, "LGT JOSEPHINE BAKER - TOULOUSE")


def test_half_a_million_segments_are_looked_up_within_twenty_milliseconds(desk):
    desk.conn.execute(
        """
        insert into educational_data.sectorisation_segments
          (code_departement, annee_scolaire, niveau, source, segment, code_commune, nom_commune, commune_norm,
           libelle_rue, street_norm, number_from, number_to, side, secteur_unique, uais)
        select
          '99', '2023-2024', 'college', 'carte_scolaire_colleges', c || ' ' || s, (99000 + c)::text,
          'Ville-' || translate(c::text, '0123456789', 'ABCDEFGHIJ'),
          'VILLE ' || translate(c::text, '0123456789', 'ABCDEFGHIJ'),
          'RUE ' || md5(s::text), 'RUE ' || upper(md5(s::text)), 1, 9999, 'PI', false, array['9990001X']
        from generate_series(1, 250) as c
        cross join generate_series(1, 2000) as s
        """
    )
    desk.scope(SEGMENTS)
    desk.conn.execute(
        """
        with scope as (
          select id from greenroom.scope where keys = '{sectorisation_segments}'
        ), release as (
          insert into greenroom.release (scope_id, kind, state, made_by)
          select id, 'promote', 'applied', 'tests' from scope
          returning id, scope_id
        )
        insert into greenroom.published (scope_id, dataset, key, release_id, complete, row_count, hash)
        select scope_id, 'sectorisation_segments', '{99,2023-2024,college,carte_scolaire_colleges}', id, true,
          500000, 'x'
        from release
        """
    )
    desk.conn.commit()
    desk.conn.execute("analyze educational_data.sectorisation_segments")
    street_name = desk.value("select street_norm from educational_data.sectorisation_segments where segment = '77 900'")

    def best(address):
        times = []
        for _ in range(7):
            began = time.perf_counter()
            answer = desk.ask(address)
            times.append(time.perf_counter() - began)
        return answer, min(times)

    found, seconds = best(f"12 {street_name}, Ville-HH")
    assert uais(found) == ["9990001X"]
    assert seconds < 0.02
    # one letter wrong, among two thousand streets of the commune
    near, seconds = best(f"12 {street_name[:-1]}, Ville-HH")
    assert near["matched"]["street"] == street_name
    assert seconds < 0.2
