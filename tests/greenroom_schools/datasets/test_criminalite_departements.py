"""Recorded crime of départements: two headers, lost zeros put back, rates from sums."""

from decimal import Decimal

import pytest
from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "criminalite_departements"
TABLE = f"educational_data.{NAME}"
AVERAGES = "educational_data.crime_indicateur_avg"
REAL = "fr/communes/ssmsi/donnee-dep-data.gouv-2024-geographie2025-produit-le2025-06-04.csv.gz"

NEW = (
    "code_departement;code_region;annee;indicateur;unite_de_compte;nombre;taux_pour_mille;"
    "insee_pop;insee_pop_millesime;insee_log;insee_log_millesime\n"
)
OLD = "classe;annee;Code.département;Code.région;unité.de.compte;millPOP;millLOG;faits;POP;LOG;tauxpourmille\n"
AIN = "1;84;2024;Vols de véhicule;Véhicule;10;0.01;1000000;2022;500000;2022\n"
CORSE = "2A;94;2024;Vols de véhicule;Véhicule;30;0.1;300000;2022;150000;2022\n"


def test_the_real_file_lands_with_its_zeros_put_back(desk, shared_data):
    staged = desk.publish(NAME, shared_data(REAL))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (16_362, 16_362, 0)
    assert desk.rows(
        f"select count(distinct code_departement), min(code_departement), max(code_departement) from {TABLE}"
    ) == [(101, "01", "976")]
    assert desk.value(f"select count(*) from {TABLE} where length(code_region) <> 2") == 0
    assert [f for f in desk.findings() if f[0].startswith("crime")] == []
    # 18 indicators, 9 years, 101 départements and France
    assert desk.value(f"select count(*) from {AVERAGES}") == 18 * 9 * 102
    assert desk.value(f"select min(nb_departements) from {AVERAGES} where code_departement = 'FR'") == 101


def test_the_real_drug_offences_are_the_sum_of_their_two_parts(desk, shared_data):
    desk.publish(NAME, shared_data(REAL))
    place = "code_departement = '78' and annee = 2024 and indicateur like 'Usage%%'"
    usage = f"select nombre from {TABLE} where {place} order by 1"
    assert [n for (n,) in desk.rows(usage)] == [2060, 5338, 7398]
    assert desk.rows(
        "select count(*) from educational_data.crime_indicateurs where contenu_dans = 'Usage de stupéfiants'"
    ) == [(2,)]


def test_a_rate_is_made_from_sums(desk):
    desk.publish(NAME, NEW + AIN + CORSE)
    columns = "code_departement, nombre, denominateur, taux_pour_mille, nb_departements"
    assert desk.rows(f"select {columns} from {AVERAGES} order by 1") == [
        ("01", 10, 1_000_000, Decimal("0.01"), 1),
        ("2A", 30, 300_000, Decimal("0.1"), 1),
        ("FR", 40, 1_300_000, Decimal("0.0307692"), 2),
    ]


def test_burglaries_are_counted_per_dwelling(desk):
    desk.publish(NAME, NEW + AIN.replace("Vols de véhicule", "Cambriolages de logement").replace(";0.01;", ";0.02;"))
    assert desk.rows(f"select distinct denominateur, taux_pour_mille from {AVERAGES}") == [(500_000, Decimal("0.02"))]


def test_the_release_of_2022_is_read_under_the_same_names(desk):
    text = OLD + "Vols de véhicules;22;01;84;véhicule;19;18;10;1000000;500000;0,01\n"
    text += "Coups et blessures volontaires intrafamiliaux;16;2A;94;victime;16;16;3;300000;150000;0,01\n"
    desk.publish(NAME, text)
    columns = "code_departement, annee, indicateur, unite_de_compte, nombre, insee_pop_millesime, taux_pour_mille"
    assert desk.rows(f"select {columns} from {TABLE} order by 1") == [
        ("01", 2022, "Vols de véhicule", "Véhicule", 10, 2019, Decimal("0.01")),
        ("2A", 2016, "Violences physiques intrafamiliales", "Victime", 3, 2016, Decimal("0.01")),
    ]


def test_an_older_release_is_held(desk):
    desk.publish(NAME, NEW + AIN)
    staged = desk.stage(NAME, NEW + AIN.replace("2024;Vols", "2022;Vols"))
    assert "crime_release" in [finding["check"] for finding in staged.stopping]


def test_a_rate_that_its_count_denies_is_reported(desk):
    staged = desk.stage(NAME, NEW + AIN.replace(";0.01;", ";10;"))
    assert [finding["check"] for finding in staged.stopping] == ["crime_rates"]


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("code_departement", "1;84", "20;84"),
        ("annee", ";2024;", ";an 24;"),
        ("nombre", ";10;", ";x;"),
        ("code_region", ";84;", ";Z;"),
    ],
)
def test_a_bad_cell_is_named(desk, column, old, new):
    desk.stage(NAME, NEW + CORSE + AIN.replace(old, new, 1))
    ((rule, _),) = desk.quarantine()
    assert rule == f"bad_{column}"


def test_the_rates_follow_a_new_release_and_rest_without_one(desk):
    desk.publish(NAME, NEW + AIN)
    releases = "select count(*) from greenroom.release"
    before = desk.value(releases)
    assert desk.stage(NAME, NEW + AIN + "\n").batch is None
    desk.publish(NAME, NEW + AIN.replace(";10;0.01;", ";20;0.02;"))
    assert desk.value(releases) == before + 2
    assert desk.value(f"select nombre from {AVERAGES} where code_departement = 'FR'") == 20
