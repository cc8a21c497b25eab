"""Populations: a column a year becomes a row a year; overseas codes of six characters are read."""

from tests.greenroom_schools.datasets.commune_files import REAL, written
from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "communes_population"
TABLE = "educational_data.communes_population"


def test_a_column_a_year_becomes_a_row_a_year(desk):
    text = "objectid,codgeo,libgeo,p20_pop,p21_pop\n1,1001,A,10,11\n2,971102,B,5.0,0\n3,99003,C,7,\n"
    staged = desk.publish(NAME, text)
    assert (staged.batch.staged, staged.batch.quarantined) == (5, 0)
    assert staged.batch.cleaned["code_commune"] == {"repaired": 4}
    assert desk.rows(f"select code_commune, annee, population from {TABLE} order by 1, 2") == [
        ("01001", 2020, 10), ("01001", 2021, 11), ("97102", 2020, 5), ("97102", 2021, 0), ("99003", 2020, 7),
    ]  # fmt: skip
    # an empty cell is a commune that is no more, not one without people
    assert desk.value("select reading -> 'left_out' from greenroom.batch") == {"no population in that year": 1}
    assert desk.stage(NAME, text).batch is None


def test_a_year_of_the_legal_populations_is_read(desk):
    text = "COM;Commune;PMUN;PCAP;PTOT\n99001;Port-Azur;1200;10;1210\n"
    desk.publish(NAME, written(desk, "donnees_communes_2022.csv", text))
    assert desk.rows(f"select code_commune, annee, population, nom_commune from {TABLE}") == [
        ("99001", 2022, 1200, "Port-Azur")
    ]


def test_a_row_that_cannot_be_read_is_named(desk):
    desk.publish(NAME, "codgeo,p21_pop\n99001,11\n99002,many\n972102,5\n971202,5\n")
    assert sorted(desk.quarantine()) == [
        ("bad_code_commune", "971202"), ("bad_code_commune", "972102"), ("bad_population", "many"),
    ]  # fmt: skip


def test_the_real_populations(desk, shared_data):
    staged = desk.publish(NAME, shared_data(REAL + "insee/POPULATION_MUNICIPALE_COMMUNES_FRANCE_2013_2021.xlsx"))
    assert (staged.batch.staged, staged.batch.quarantined) == (314_898, 0)
    # 112 codes of six characters in each of nine years
    assert staged.batch.cleaned["code_commune"] == {"repaired": 112 * 9}
    assert desk.value("select reading -> 'left_out' from greenroom.batch") == {"no population in that year": 57}
    # 34,995 lines, 26 of which have no population in 2021
    of_2021 = f"select count(*), sum(population) from {TABLE} where annee = 2021"
    assert desk.rows(of_2021) == [(34_995 - 26, 67_406_164)]
    paris = f"select sum(population) from {TABLE} where annee = 2021 and left(code_commune, 3) = '751'"
    assert desk.value(paris) == 2_133_111
    assert desk.value(f"select count(*) from {TABLE} where code_commune in ('75056', '69123', '13055')") == 0
