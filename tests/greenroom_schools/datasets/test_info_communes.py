"""The communes of today: every shape of their list, nothing blanked unseen, arrondissements beside their communes."""

import json

import pytest
from tests.greenroom_schools.datasets.commune_files import (
    ETALAB_2024,
    GREAT,
    INSEE_2025,
    MOVEMENTS,
    REAL,
    communes_json,
    etalab,
    insee,
    settle,
    written,
)
from tests.greenroom_schools.datasets.onisep_files import desk as desk

from greenroom.model.errors import ContractBroken

TABLE = "educational_data.info_communes"


def row(desk, columns, code):
    ((found),) = desk.rows(f"select {columns} from {TABLE} where code_commune = %s and retired_at is null", code)
    return found


def test_communes_json_lands_whole(desk):
    parent = etalab(code="75056", nom="Grande-Ville", codesPostaux=["75001", "75002"], population=30)
    arrondissement = etalab(
        code="75101", nom="Grande-Ville 1er", type="arrondissement-municipal", commune="75056", population=10
    )
    del arrondissement["siren"]
    delegated = {k: v for k, v in etalab(type="commune-deleguee", chefLieu="99001").items() if k != "population"}
    overseas = etalab(code="97599", nom="Île", zone="com", departement="975", region="975")
    file = written(desk, "cog2024_communes.json", communes_json(etalab(), parent, arrondissement, delegated, overseas))
    staged = desk.publish("info_communes", file)
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (4, 4, 0)
    assert desk.value("select reading -> 'left_out' from greenroom.batch order by id limit 1") == {
        "a delegated commune, part of another": 1
    }
    # the delegated one has the code of the commune it is part of, and did not take its place
    assert row(desk, "type_commune, nom_commune, population, siren, annee_cog", "99001") == (
        "COM", "Port-Azur", 1200, "219900011", 2024,
    )  # fmt: skip
    assert row(desk, "type_commune, code_parent, code_postal", "75101") == ("ARM", "75056", "99100")
    assert row(desk, "codes_postaux, code_postal", "75056") == (["75001", "75002"], "75001")
    assert row(desk, "zone, code_departement, code_region", "97599") == ("com", "975", "975")
    old = "insee_com, nom_com, code_dept, code_du_departement, code_reg, code_arr, code_com"
    assert row(desk, old, "99001") == ("99001", "Port-Azur", "99", "99", 11, "991", 1)


def test_the_same_list_again_is_nothing_new(desk):
    file = written(desk, "communes_2024.json", communes_json(etalab()))
    desk.publish("info_communes", file)
    assert desk.stage("info_communes", file).batch is None


def test_a_list_that_does_not_say_its_year_is_refused(desk):
    with pytest.raises(ContractBroken, match="say its year"):
        desk.stage("info_communes", communes_json(etalab()))


def test_the_answer_of_the_api_is_read(desk):
    one = {
        "nom": "Port-Azur",
        "code": "99001",
        "codesPostaux": ["99100", "99110"],
        "siren": "219900011",
        "codeEpci": "249900000",
        "codeDepartement": "99",
        "codeRegion": "11",
        "population": 1200,
        "centre": {"type": "Point", "coordinates": [5.25, 46.5]},
    }
    two = one | {"code": "69381", "nom": "Confluent 1er", "codeDepartement": "69", "codeRegion": "84"}
    three = one | {"code": "97101", "nom": "Anse", "codeDepartement": "971", "codeRegion": "01"}
    desk.publish("info_communes", json.dumps([one, two, three]))
    assert row(desk, "codes_postaux, latitude, longitude, coordonnees_gps, annee_cog", "99001") == (
        ["99100", "99110"], 46.5, 5.25, "46.5,5.25", None,
    )  # fmt: skip
    assert row(desk, "type_commune, code_parent, zone", "69381") == ("ARM", "69123", "metro")
    assert row(desk, "zone", "97101") == ("drom",)


def test_the_old_table_is_read(desk):
    header = (
        "code_com,insee_com,nom_com,population,code_cant,code_arr,code_dept,nom_dept,code_reg,nom_reg,"
        "nom_commune,code_postal,libelle_d_acheminement,coordonnees_gps,code_du_departement\n"
    )
    line = '1,1001,Port-Azur,1200,08,2,1,AIN,84,RHONE,PORT AZUR,1400,PORT AZUR,"46.15, 4.92",1\n'
    desk.publish("info_communes", written(desk, "info_communes 2013.csv", header + line))
    assert row(desk, "nom_commune, code_departement, codes_postaux, code_postal, latitude, longitude", "01001") == (
        "Port-Azur", "01", ["01400"], "01400", 46.15, 4.92,
    )  # fmt: skip
    assert row(desk, "annee_cog, zone, code_region", "01001") == (2013, "metro", "84")


def test_a_poorer_list_takes_populations_and_postal_codes_from_their_own_files(desk):
    desk.publish(
        "communes_postales", "code_commune;code_postal;latitude;longitude\n99001;99100;46.5;5.25\n99001;99110;;\n"
    )
    desk.publish("communes_population", "codgeo,libgeo,p20_pop,p21_pop\n99001,A,10,11\n99002,B,5,7\n")
    # 99002 went into 99001 after the census
    settle(
        desk,
        ["99001"],
        "2024-01-01 32 99001 > 99001",
        "2024-01-01 32 99002 > 99001",
        "2024-01-01 32 99002 > COMD 99002",
    )
    assert row(desk, "population, population_annee, codes_postaux, latitude", "99001") == (
        18,
        2021,
        ["99100", "99110"],
        46.5,
    )


def test_a_commune_cut_up_since_the_census_has_no_population_rather_than_a_wrong_one(desk):
    desk.publish("communes_population", "codgeo,p21_pop\n99001,10\n")
    settle(desk, ["99001", "99002"], "2024-01-01 20 99001 > 99001", "2024-01-01 20 99001 > 99002")
    assert row(desk, "population", "99001") == (None,)


def test_what_would_go_blank_is_held(desk):
    desk.publish("info_communes", written(desk, "communes_2024.json", communes_json(etalab())))
    staged = desk.stage("info_communes", written(desk, "v_commune_2025.csv", insee("99001")))
    found = {(f["check"], f["severity"]) for f in staged.stopping}
    assert found == {("info_communes_blanked", "warning"), ("emptied", "warning")}
    messages = " ".join(f["message"] for f in staged.stopping)
    assert all(word in messages for word in ("population", "codes_postaux", "siren"))


def test_overseas_collectivities_outlast_a_list_that_does_not_hold_them(desk):
    overseas = etalab(code="97599", nom="Île", zone="com", departement="975", region="975")
    desk.publish("info_communes", written(desk, "communes_2024.json", communes_json(etalab(), overseas)))
    file = written(desk, "v_commune_2025.csv", insee("99001", "99002", *GREAT))
    desk.publish("info_communes", file, complete=True)
    assert row(desk, "nom_commune, population, annee_cog", "97599") == ("Île", 1200, 2024)
    assert desk.value(f"select count(*) from {TABLE} where retired_at is null and zone = 'metro'") == 50
    assert desk.stage("info_communes", file, complete=True).batch is None


def test_an_older_list_is_refused(desk):
    settle(desk, ["99001"], year=2025)
    staged = desk.stage("info_communes", written(desk, "v_commune_2020.csv", insee("99001", "99002")))
    assert [(f["check"], f["severity"]) for f in staged.stopping] == [("info_communes_older", "error")]


def test_a_whole_list_without_arrondissements_is_refused(desk):
    file = written(desk, "v_commune_2025.csv", insee("99001"))
    staged = desk.stage("info_communes", file, complete=True)
    assert [(f["check"], f["severity"]) for f in staged.stopping] == [("info_communes_arrondissements", "error")]


def test_a_whole_list_with_all_of_them_passes_and_their_region_is_their_communes(desk):
    file = written(desk, "v_commune_2025.csv", insee("99001", *GREAT))
    assert desk.stage("info_communes", file, complete=True).stopping == ()
    desk.publish("info_communes", file, complete=True)
    assert row(desk, "code_departement, code_region, code_parent", "69385") == ("69", "84", "69123")


def test_a_row_that_cannot_be_read_is_named(desk):
    bad = [etalab(code="990"), etalab(code="99002", nom=""), etalab(code="99003", type="hameau"), etalab(code="99004")]
    bad[3]["codesPostaux"] = ["991OO"]
    desk.publish("info_communes", written(desk, "communes_2024.json", communes_json(etalab(), *bad)))
    assert sorted(rule for rule, _ in desk.quarantine()) == [
        "bad_code_commune", "bad_codes_postaux", "bad_type_commune", "missing_nom_commune",
    ]  # fmt: skip


def test_the_official_lists_of_2024_and_2025(desk, shared_data):
    desk.publish("regions", shared_data(REAL + "cog/decoupage-administratif-4.1.0_cog2024_regions.json"))
    desk.publish("departements", shared_data(REAL + "cog/decoupage-administratif-4.1.0_cog2024_departements.json"))
    desk.publish("communes_mouvements", shared_data(MOVEMENTS))
    desk.publish(
        "communes_population", shared_data(REAL + "insee/POPULATION_MUNICIPALE_COMMUNES_FRANCE_2013_2021.xlsx")
    )
    staged = desk.publish("info_communes", shared_data(ETALAB_2024))
    assert (staged.batch.staged, staged.batch.quarantined) == (35_074, 0)
    assert desk.findings() == []
    by_type = f"select type_commune, count(*) from {TABLE} where zone <> 'com' and retired_at is null group by 1"
    assert dict(desk.rows(by_type)) == {"COM": 34_935, "ARM": 45}
    assert desk.value(f"select count(distinct code_departement) from {TABLE} where zone <> 'com'") == 101
    assert desk.value(f"select count(*) from {TABLE} where nom_region is null or nom_departement is null") == 0
    # the sum over everything would count Paris, Lyon and Marseille twice
    total = f"select sum(population) from {TABLE} where zone <> 'com' and type_commune = 'COM'"
    assert desk.value(total) == 68_017_091
    assert desk.rows(
        f"""
        select p.code_commune, p.population, sum(a.population)
        from {TABLE} as p
        join {TABLE} as a on a.code_parent = p.code_commune
        group by p.code_commune, p.population
        order by 1
        """
    ) == [("13055", 877_215, 877_215), ("69123", 520_774, 520_774), ("75056", 2_113_705, 2_113_705)]
    assert (
        desk.value(f"select count(*) from {TABLE} where population = 0 and type_commune = 'COM' and zone = 'metro'")
        == 6
    )

    staged = desk.publish("info_communes", shared_data(INSEE_2025))
    left_out = desk.value("select reading -> 'left_out' from greenroom.batch where id = %s", staged.batch.id)
    assert left_out == {"a delegated commune, part of another": 2_152, "an associated commune, part of another": 476}
    assert dict(desk.rows(by_type)) == {"COM": 34_875, "ARM": 45}
    known = f"select count(*) from {TABLE} where zone <> 'com' and type_commune = 'COM' and retired_at is null"
    new = desk.rows(
        f"""
        select code_commune
        from {TABLE}
        where release_id = (select max(o.release_id) from {TABLE} as o)
          and created_at = updated_at
        order by 1
        """
    )
    assert [code for (code,) in new] == ["12218", "14581", "15031", "15035", "15047", "15171", "49126", "69114"]
    assert desk.value(known) == 34_875
    # Paris from its arrondissements, a merged commune from its parts, one that was cut up from nothing
    assert row(desk, "population", "75056") == (2_133_111,)
    assert row(desk, "population, population_annee", "85084") == (None, None)
