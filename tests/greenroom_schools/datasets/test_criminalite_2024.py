"""Recorded crime of communes: commas, NA, one geography at a time, one name for each indicator."""

import pytest
from tests.greenroom_schools.datasets.onisep_files import desk as desk

from greenroom.model.errors import ContractBroken

NAME = "criminalite_2024"
TABLE = f"educational_data.{NAME}"
REAL = "fr/communes/ssmsi/delinquance_communes_33001-33299_2017_geographie2024.csv.gz"

HEADER = (
    "CODGEO_{};annee;indicateur;unite_de_compte;nombre;taux_pour_mille;est_diffuse;insee_pop;insee_pop_millesime;"
    "insee_log;insee_log_millesime;complement_info_nombre;complement_info_taux\n"
)
PUBLISHED = "01001;2024;Vols de véhicule;Véhicule;12;5,7460422;diff;2088;2022;1000;2022;NA;NA\n"
NOT_PUBLISHED = "01001;2024;Homicides;Victime;NA;NA;ndiff;2088;2022;1000;2022;1,25;0,5\n"


def test_the_real_cut_lands_whole(desk, shared_data):
    staged = desk.publish(NAME, shared_data(REAL))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (4640, 4640, 0)
    assert desk.rows(
        f"select count(distinct code_commune), count(distinct indicateur), min(geographie) from {TABLE}"
    ) == [(290, 16, 2024)]
    # exactly where a number is not published, an estimate stands beside
    assert (
        desk.value(
            f"select count(*) from {TABLE}"
            " where (est_diffuse = 'ndiff') <> (nombre is null and taux_pour_mille is null)"
            " or (est_diffuse = 'ndiff') <> (complement_info_nombre is not null and complement_info_taux is not null)"
        )
        == 0
    )
    assert 0.4 < desk.value(f"select avg((est_diffuse = 'ndiff')::integer)::float8 from {TABLE}") < 0.7


def test_the_real_rates_are_per_inhabitant_and_of_burglaries_per_dwelling(desk, shared_data):
    desk.publish(NAME, shared_data(REAL))
    # dwellings are weighted counts, rounded in the file
    denied = (
        f"select count(*) from {TABLE} as c join educational_data.crime_indicateurs as i using (indicateur)"
        " where abs(nombre - taux_pour_mille / 1000"
        " * case i.denominateur when 'insee_log' then insee_log else insee_pop end) > 0.05"
    )
    assert desk.value(denied) == 0
    assert desk.value(f"select count(*) from {TABLE} where nombre > 0") > 500
    # Bordeaux, 2017
    assert desk.rows(
        f"select nombre, insee_log, round(taux_pour_mille, 4)::text from {TABLE}"
        " where code_commune = '33063' and indicateur = 'Cambriolages de logement'"
    ) == [(1144, 156978, "7.2877")]


def test_old_names_of_indicators_are_stored_under_the_new_ones(desk, shared_data):
    desk.publish(NAME, shared_data(REAL))
    names = {name for (name,) in desk.rows(f"select distinct indicateur from {TABLE}")}
    assert {
        "Vols de véhicule",
        "Violences physiques intrafamiliales",
        "Escroqueries et fraudes aux moyens de paiement",
    } <= names
    assert not {"Vols de véhicules", "Escroqueries", "Autres coups et blessures volontaires"} & names
    assert desk.findings() == []


def test_the_basket_holds_no_indicator_that_contains_another(desk, shared_data):
    desk.publish(NAME, shared_data(REAL))
    basket = {name for (name,) in desk.rows("select indicateur from educational_data.crime_indicateurs where panier")}
    inside = dict(desk.rows("select indicateur, contenu_dans from educational_data.crime_indicateurs"))
    assert len(basket) == 11
    for name in basket:
        assert inside[name] not in basket
    assert not any("stupéfiants" in name or "Escroqueries" in name for name in basket)
    # what the list says of the nested ones is so: a whole is the sum of what it contains
    sums = desk.rows(
        f"select distinct whole.nombre = part.nombre from {TABLE} as whole"
        f" join (select code_commune, annee, i.contenu_dans, sum(nombre) as nombre, count(nombre) as n, count(*) as k"
        f"   from {TABLE} join educational_data.crime_indicateurs as i using (indicateur)"
        "    where i.contenu_dans like 'Coups%%' group by 1, 2, 3) as part"
        " on part.code_commune = whole.code_commune and part.annee = whole.annee"
        " and part.contenu_dans = whole.indicateur"
        " where whole.nombre is not null and part.n = part.k"
    )
    assert sums == [(True,)]


def test_every_old_name_of_the_list_is_read_as_its_indicator(desk):
    folded = "select count(*) from educational_data.crime_indicateurs, unnest(libelles || indicateur) as name"
    assert desk.value(f"{folded} where greenroom_schools.clean_indicateur(name) <> indicateur") == 0
    assert desk.value(f"{folded} where name <> indicateur") == 7


def test_the_header_says_the_geography(desk):
    desk.publish(NAME, HEADER.format(2025) + PUBLISHED + NOT_PUBLISHED)
    columns = "indicateur, geographie, nombre, taux_pour_mille::text, est_diffuse, complement_info_nombre::text"
    assert desk.rows(f"select {columns} from {TABLE} order by 1") == [
        ("Homicides", 2025, None, None, "ndiff", "1.25"),
        ("Vols de véhicule", 2025, 12, "5.7460422", "diff", None),
    ]


def test_a_release_replaces_all_years_in_the_new_geography(desk):
    desk.publish(NAME, HEADER.format(2024) + PUBLISHED + PUBLISHED.replace("01001", "01002"), complete=True)
    desk.publish(NAME, HEADER.format(2025) + PUBLISHED + PUBLISHED.replace("2024", "2025"), complete=True)
    assert desk.rows(
        f"select code_commune, annee, geographie from {TABLE} where retired_at is null order by annee"
    ) == [
        ("01001", 2024, 2025),
        ("01001", 2025, 2025),
    ]


def test_a_part_in_another_geography_is_refused_and_an_older_release_is_held(desk):
    desk.publish(NAME, HEADER.format(2025) + PUBLISHED, complete=True)
    part = desk.stage(NAME, HEADER.format(2024) + NOT_PUBLISHED)
    assert [f["check"] for f in part.stopping if f["severity"] == "error"] == ["crime_geography"]
    older = desk.stage(NAME, HEADER.format(2023) + PUBLISHED, complete=True)
    assert ("crime_geography", "warning") in [(f["check"], f["severity"]) for f in older.stopping]


def test_a_new_indicator_lands_and_is_reported(desk):
    staged = desk.stage(NAME, HEADER.format(2025) + PUBLISHED + PUBLISHED.replace("Vols de véhicule", "Vols de vélos"))
    assert [(f["check"], f["row_key"]) for f in staged.stopping] == [("crime_indicators", "Vols de vélos")]
    assert staged.batch.quarantined == 0


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("nombre", ";12;", ";douze;"),
        ("taux_pour_mille", "5,7460422", "5,74,60"),
        ("est_diffuse", ";diff;", ";oui;"),
        ("code_commune", "01001", "2C001"),
        ("annee", ";2024;Vols", ";24;Vols"),
    ],
)
def test_a_bad_cell_is_named(desk, column, old, new):
    desk.stage(NAME, HEADER.format(2025) + NOT_PUBLISHED + PUBLISHED.replace(old, new, 1))
    ((rule, _),) = desk.quarantine()
    assert rule == f"bad_{column}"


def test_an_export_of_the_old_table_wants_its_geography(desk):
    old = HEADER.format(2025).replace("CODGEO_2025", "code_commune")
    with pytest.raises(ContractBroken, match="geographie"):
        desk.stage(NAME, old + PUBLISHED)


def test_the_same_release_twice_is_nothing_new(desk):
    desk.publish(NAME, HEADER.format(2025) + PUBLISHED)
    assert desk.stage(NAME, HEADER.format(2025) + PUBLISHED + "\n").batch is None
