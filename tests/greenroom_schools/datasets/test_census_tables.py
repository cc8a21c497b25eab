"""Diplomas, ages, dwellings and work of communes: shares read from the export, or made from weighted counts."""

import io
import zipfile
from decimal import Decimal

import pytest
from tests.greenroom_schools.datasets.onisep_files import desk as desk
from tests.greenroom_schools.datasets.socio_files import SECRET, UNAVAILABLE, census, export, place, written

from greenroom.model.errors import ContractBroken, GreenroomError
from greenroom.write.parse import match
from greenroom_schools.pack import pack

OF = "dans la pop. non scolarisée de 15 ans ou +"
ALL, MAIN = "dans le total des logements", "dans les rés. principales"

# Label of the export -> column, by dataset. Those with a bent apostrophe are as real exports write them.
EXPORTS = {
    "niveau_education_2021": {
        "Nb de pers. non scolarisées de 15 ans ou +": "non_scolarises_15_plus",
        f"Part des non ou peu diplômés {OF}": "part_sans_diplome",
        f"Part des pers., dont le diplôme le plus élevé est le bepc ou le brevet, {OF}": "part_brevet",
        f"Part des pers., dont le diplôme le plus élevé est un CAP ou un BEP, {OF}": "part_cap_bep",
        f"Part des pers., dont le diplôme le plus élevé est le bac, {OF}": "part_bac",
        f"Part des diplômés d'un BAC+2 {OF}": "part_bac_plus_2",
        f"Part des diplômés d’un BAC+3 ou BAC+4 {OF}": "part_bac_plus_3_4",
        f"Part des diplômés d'un BAC+5 ou plus {OF}": "part_bac_plus_5",
    },
    "population_evolution_age": {
        "Part des pers. âgées de - 15 ans": "part_moins_15",
        "Part des pers. âgées de - de 25 ans": "part_moins_25",
        "Part des pers. âgées de 25 à 64 ans": "part_25_64",
        "Part des pers. âgées de 65 ans ou +": "part_65_plus",
        "Part des pers. âgées de 75 ans ou +": "part_75_plus",
        "Part des pers. âgées de 80 ans ou +": "part_80_plus",
        "Densité de population (historique depuis 1876)": "densite",
    },
    "logement_2021": {
        "Logements": "logements",
        f"Part des rés. principales {ALL}": "part_residences_principales",
        f"Part des maisons {ALL}": "part_maisons",
        f"Part des appartements {ALL}": "part_appartements",
        f"Part des locataires {MAIN}": "part_locataires",
        f"Part des locataires HLM {MAIN}": "part_hlm",
        "Part des résidences principales en suroccupation accentuée": "part_suroccupation",
        "Taille moyenne des ménages": "taille_menages",
    },
    "activite_economique_2022": {
        "Nb d'emplois au lieu de travail (LT)": "emplois",
        "Taux d'activité par tranche\nd'âge": "taux_activite",
        "Part des ouvriers dans le nb d’emplois au LT": "part_ouvriers",
        "Unités légales": "unites_legales",
        "Nombre d'établissements": "etablissements",
        "Effectifs salariés": "effectifs_salaries",
    },
}
# Census columns -> what becomes of them.
CENSUS = {
    "niveau_education_2021": (
        {
            "P21_NSCOL15P": "400.123456789",
            "P21_NSCOL15P_DIPLMIN": "80.0246913578",
            "P21_NSCOL15P_BEPC": "20",
            "P21_NSCOL15P_CAPBEP": "100",
            "P21_NSCOL15P_BAC": "60",
            "P21_NSCOL15P_SUP2": "50",
            "P21_NSCOL15P_SUP34": "45",
            "P21_NSCOL15P_SUP5": "45",
        },
        {
            "non_scolarises_15_plus": "400.12",
            "part_sans_diplome": "20.00",
            "part_cap_bep": "24.99",
            "part_bac_plus_5": "11.25",
        },
    ),
    "population_evolution_age": (
        {
            "P21_POP": "1000",
            "P21_POP0014": "200.5",
            "P21_POP7589": "70",
            "P21_POP90P": "10",
            "P21_H65P": "80",
            "P21_F65P": "100",
            "C21_POP15P": "800",
            "C21_POP15P_CS3": "80",
            "C21_POP15P_CS6": "120",
        },
        {
            "population": "1000.00",
            "part_moins_15": "20.05",
            "part_65_plus": "18.00",
            "part_75_plus": "8.00",
            "part_cadres_residents": "10.00",
            "part_ouvriers_residents": "15.00",
            "part_moins_25": None,
        },
    ),
    "logement_2021": (
        {
            "P21_LOG": "500",
            "P21_RP": "400",
            "P21_RSECOCC": "60",
            "P21_LOGVAC": "40",
            "P21_MAISON": "300",
            "P21_APPART": "190",
            "P21_RP_PROP": "250",
            "P21_RP_LOC": "140",
            "P21_RP_LOCHLMV": "50",
            "P21_NPER_RP": "900",
        },
        {
            "part_residences_secondaires": "12.00",
            "part_vacants": "8.00",
            "part_maisons": "60.00",
            "part_proprietaires": "62.50",
            "part_locataires": "35.00",
            "part_hlm": "12.50",
            "taille_menages": "2.25",
        },
    ),
    "activite_economique_2022": (
        {
            "P22_POP1564": "600",
            "P22_ACT1564": "450",
            "P22_CHOM1564": "45",
            "P22_EMPLT": "300.5",
            "C22_EMPLT": "300",
            "C22_EMPLT_CS3": "60",
            "C22_EMPLT_CS6": "75",
        },
        {
            "emplois": "300.50",
            "taux_activite": "75.00",
            "taux_chomage": "10.00",
            "part_cadres": "20.00",
            "part_ouvriers": "25.00",
            "part_employes": None,
        },
    ),
}
NAMES = tuple(EXPORTS)


def stored(desk, name, columns, code="01001"):
    listed = ", ".join(f"{column}::text" for column in columns)
    (row,) = desk.rows(f"select {listed} from educational_data.{name} where code_commune = %s", code)
    return dict(zip(columns, row, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_each_label_of_the_export_finds_its_column(desk, name):
    labels = EXPORTS[name]
    cells = {f"{label} 2022": str(n + 1) for n, label in enumerate(labels)}
    desk.publish(name, export(place(**cells)))
    found = {column: Decimal(value) for column, value in stored(desk, name, labels.values()).items()}
    assert found == {column: n + 1 for n, column in enumerate(labels.values())}
    assert desk.rows(f"select annee, origine, commune from educational_data.{name}") == [
        (2022, "statistiques_locales", "Port-Azur")
    ]
    assert desk.value("select reading -> 'unknown' from greenroom.batch") is None


@pytest.mark.parametrize("name", NAMES)
def test_a_withheld_share_is_null_with_its_reason(desk, name):
    label, column = next((la, c) for la, c in EXPORTS[name].items() if c.startswith("part"))
    other = place("01003", **{f"{label} 2022": "0"})
    desk.publish(
        name, export(place(**{f"{label} 2022": SECRET}), place("01002", **{f"{label} 2022": UNAVAILABLE}), other)
    )
    assert desk.rows(
        f"select {column}::text, withheld, withheld_why from educational_data.{name} order by code_commune"
    ) == [
        (None, [column], [f"{column}: secret statistique"]),
        (None, [column], [f"{column}: résultat non disponible"]),
        ("0.00", None, None),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_census_counts_become_shares_of_the_newest_census(desk, name):
    counts, shares = CENSUS[name]
    older = {f"{column[0]}10{column[3:]}": "7" for column in counts}
    member = written(desk, "member", census({"CODGEO": "01001", **older, **counts, "P21_AUTRE": "1"}))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(member, "base-cc-sujet-2021.CSV")
        packed.writestr("meta_base-cc-sujet-2021.CSV", "COD_VAR;LIB_VAR\n")
    desk.publish(name, written(desk, "base-cc-sujet-2021_csv.zip", archive.getvalue()))
    assert stored(desk, name, shares) == shares
    year = 2022 if name == "activite_economique_2022" else 2021
    assert desk.rows(f"select annee, origine from educational_data.{name}") == [(year, "rp")]


@pytest.mark.parametrize("name", NAMES)
def test_a_place_with_nobody_and_nothing_has_no_shares(desk, name):
    counts, shares = CENSUS[name]
    empty = {"CODGEO": "55039", **dict.fromkeys(counts, "0")}
    desk.publish(name, census({"CODGEO": "01001", **counts}, empty))
    found = stored(desk, name, shares, "55039")
    assert all(value is None for column, value in found.items() if column.startswith(("part", "ta")))


@pytest.mark.parametrize("name", NAMES)
def test_a_count_that_cannot_be_read_is_named_by_the_share_it_spoils(desk, name):
    counts, _ = CENSUS[name]
    spoiled = list(counts)[-2]
    desk.stage(name, census({"CODGEO": "01001", **counts}, {"CODGEO": "01002", **counts, spoiled: "12 ou 13"}))
    ((rule, value),) = desk.quarantine()
    assert rule.startswith("bad_part")
    assert value == "12 ou 13"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_another_subject_is_refused_or_held(desk, name):
    other = next(n for n in NAMES if n != name)
    counts, _ = CENSUS[other]
    path = written(desk, "base-cc-2021.csv", census({"CODGEO": "01001", **counts}))
    try:
        staged = desk.stage(name, path)
    except GreenroomError as error:
        assert isinstance(error, ContractBroken)
    else:
        assert [finding["check"] for finding in staged.stopping] == ["values_absent"]


@pytest.mark.parametrize("name", NAMES)
def test_a_share_over_a_hundred_is_named(desk, name):
    column = next(c for c in EXPORTS[name].values() if c.startswith("part"))
    text = f"code_commune,annee,{column}\n01001,2021,40.5\n01002,2021,101\n01003,2021,-1\n01004,21,4\n"
    desk.publish(name, text)
    assert desk.quarantine() == [(f"bad_{column}", "101"), (f"bad_{column}", "-1"), ("bad_annee", "21")]
    assert stored(desk, name, [column]) == {column: "40.50"}
    assert desk.stage(name, text + "\n").batch is None


def test_the_population_may_shrink(desk):
    label = "Évol. annuelle moy. de la population 2017 - 2023 (en %)"
    desk.publish(
        "population_evolution_age", export(place(**{label: "-0.4", "Part des pers. âgées de - 15 ans 2022": "19"}))
    )
    assert desk.rows("select annee, evolution_annuelle::text from educational_data.population_evolution_age") == [
        (2022, "-0.40")
    ]


def test_the_labels_of_the_real_exports_are_known(shared_data):
    """No communal export is at hand; those of bassins and départements have the same labels."""
    known = set()
    for path in ("bassin-de-vie_social_determinants", "departement_health_anova_regression"):
        with shared_data(f"fr/communes/insee/statistiques-locales_{path}.csv").open(encoding="utf-8-sig") as file:
            header = file.read().splitlines()[2].split(";")
        for name in (*NAMES, "revenus_communes_2021", "commerce_sante_2024"):
            dataset = pack.dataset(name)
            known |= set(header) - set(match(header, dataset, dataset.forms[0]).left_over)
    assert {
        "Part des non ou peu diplômés dans la pop. non scolarisée de 15 ans ou + 2022",
        f"Part des pers., dont le diplôme le plus élevé est un CAP ou un BEP, {OF} 2022",
        "Part des diplômés d'un BAC+5 ou plus dans la pop. non scolarisée de 15 ans ou + 2022",
        "Part des pers. âgées de - 15 ans 2022",
        "Densité de population (historique depuis 1876) 2022",
        "Part des locataires HLM dans les rés. principales 2022",
        "Part des maisons dans le total des logements 2022",
        "Part des ouvriers dans le nb d’emplois au LT 2022",
        "Médiane du niveau de vie 2021",
        "Taux de pauvreté 2021",
        "Médecin généraliste (en nombre) 2024",
        "Salles multisports (gymnases) (en nombre) 2024",
    } <= known
