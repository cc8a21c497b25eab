"""Services of communes: labels decide, not their order; N/A is no nought; totals and other levels are not counted."""

import io
import random
import zipfile

import pytest
from tests.greenroom_schools.datasets.onisep_files import desk as desk
from tests.greenroom_schools.datasets.socio_files import DIVISION, SECRET, UNAVAILABLE, export, place, written

from greenroom.model.errors import ContractBroken
from greenroom_schools.pack import pack

NAME = "commerce_sante_2024"
TABLE = f"educational_data.{NAME}"
SERVICES = tuple(c.name for c in pack.dataset(NAME).columns if c.type == "integer" and c.name != "annee")

LABELS = {
    "Police-gendarmerie": "police_gendarmerie",
    "Banque-Caisse d'épargne": "banque_caisse_epargne",
    "Grande surface": "grande_surface",
    "Supérette - Épicerie": "superette_epicerie",
    "Boulangerie-pâtisserie": "boulangerie_patisserie",
    "École maternelle, primaire, élémentaire": "ecole_maternelle_primaire_elementaire",
    "Collège": "college",
    "Urgences": "urgences",
    "Lycée": "lycee",
    "Médecin généraliste": "medecin_generaliste",
    "Chirurgien dentiste": "chirurgien_dentiste",
    "Masseur kinésithérapeute": "masseur_kinesitherapeute",
    "Infirmier": "infirmier",
    "Pharmacie": "pharmacie",
    "Personnes âgées : hébergement": "personnes_agees_hebergement",
    "EAJE : accueil du jeune enfant": "eaje_accueil_jeune_enfant",
    "Bassin de natation": "bassin_natation",
    "Salles multisports (gymnases)": "salles_multisports",
}


def labelled(year, cells):
    return {f"{label} (en nombre) {year}": cells[n] for n, label in enumerate(LABELS)}


def counts(desk, code="01001", year=2024):
    (row,) = desk.rows(f"select {', '.join(SERVICES)} from {TABLE} where code_commune = %s and annee = %s", code, year)
    return dict(zip(SERVICES, row, strict=True))


def test_the_eighteen_labels_are_the_eighteen_columns(desk):
    desk.publish(NAME, export(place(**labelled(2024, [str(n) for n in range(18)]))))
    assert counts(desk) == {column: n for n, column in enumerate(LABELS.values())}
    assert set(LABELS.values()) == set(SERVICES)
    assert desk.rows(f"select commune, annee, origine, withheld, withheld_why from {TABLE}") == [
        ("Port-Azur", 2024, "statistiques_locales", None, None)
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_columns_does_not_matter(desk, seed):
    cells = list(place(**labelled(2024, [str(n) for n in range(18)])).items())
    random.Random(seed).shuffle(cells)
    desk.publish(NAME, export(dict(cells)))
    assert counts(desk) == {column: n for n, column in enumerate(LABELS.values())}


def test_an_absent_value_is_null_with_its_reason_and_never_nought(desk):
    cells = {"Collège (en nombre) 2024": SECRET, "Lycée (en nombre) 2024": UNAVAILABLE}
    desk.publish(
        NAME, export(place(**cells, **{"Infirmier (en nombre) 2024": "0", "Pharmacie (en nombre) 2024": DIVISION}))
    )
    columns = "college, lycee, infirmier, pharmacie, urgences, withheld, withheld_why"
    assert desk.rows(f"select {columns} from {TABLE}") == [
        (
            None,
            None,
            0,
            None,
            None,
            ["college", "lycee", "pharmacie"],
            ["college: secret statistique", "lycee: résultat non disponible", "pharmacie: division par 0"],
        )
    ]


def test_the_header_is_no_commune(desk):
    staged = desk.publish(
        NAME, export(place(**labelled(2024, ["1"] * 18)), place("97101", **labelled(2024, ["2"] * 18)))
    )
    assert (staged.batch.read, staged.batch.quarantined) == (2, 0)
    assert desk.rows(f"select code_commune from {TABLE} order by 1") == [("01001",), ("97101",)]


def test_of_two_vintages_the_newer_is_read(desk):
    both = labelled(2021, ["1"] * 18) | labelled(2024, ["2"] * 18)
    desk.publish(NAME, export(place(**both)))
    assert set(counts(desk).values()) == {2}


def test_an_export_of_the_old_table_takes_its_year_from_the_name(desk):
    text = f"code_commune,commune,{','.join(SERVICES)}\n01001,Port-Azur,{','.join('1' * 18)}\n"
    desk.publish(NAME, written(desk, "commerce_sante_2024.csv", text))
    assert set(counts(desk).values()) == {1}
    with pytest.raises(ContractBroken, match="its year"):
        desk.stage(NAME, text)


def test_the_tables_own_columns_are_read_back(desk):
    header = f"code_commune,annee,origine,withheld_why,{','.join(SERVICES)}\n"
    desk.publish(NAME, header + '01001,2023,bpe,"{""college: secret""}",' + ",".join("3" * 18) + "\n")
    assert set(counts(desk, year=2023).values()) == {3}
    assert desk.rows(f"select origine, withheld_why from {TABLE}") == [("bpe", ["college: secret"])]


@pytest.mark.parametrize(("cell", "value"), [("Collège (en nombre) 2024", "some"), ("Code", "2C004"), ("Code", "01")])
def test_a_bad_cell_is_named(desk, cell, value):
    good = place(**labelled(2024, ["1"] * 18))
    desk.stage(NAME, export(good, place("01002") | labelled(2024, ["1"] * 18) | {cell: value}))
    column = "college" if cell.startswith("Coll") else "code_commune"
    assert desk.quarantine() == [(f"bad_{column}", value)]


def test_a_file_without_a_known_label_is_held(desk):
    staged = desk.stage(NAME, written(desk, "x-2024.csv", "Code;Libellé;Autre chose\n01001;Port-Azur;3\n"))
    assert [finding["check"] for finding in staged.stopping] == ["values_absent"]


def test_an_export_of_bassins_de_vie_is_held(desk):
    rows = [
        place(f"{d:02d}{n:03d}", **labelled(2024, ["1"] * 18)) for d in range(1, 96) if d != 20 for n in range(1, 18)
    ]
    staged = desk.stage(NAME, export(*rows))
    assert "commune_level" in [finding["check"] for finding in staged.stopping]


def bpe(*rows):
    header = "GEO;GEO_OBJECT;FACILITY_DOM;FACILITY_SDOM;FACILITY_TYPE;BPE_MEASURE;TIME_PERIOD;OBS_VALUE"
    cells = (
        (geo, level, kind[0], kind[:2], kind, measure, "2024", value)
        for geo, level, kind, value, measure in ((*row, "FACILITIES")[:5] for row in rows)
    )
    return "\n".join([header, *(";".join(f'"{cell}"' for cell in row) for row in cells)]) + "\n"


BPE = bpe(
    ("01001", "COM", "A101", "1"),
    ("01001", "COM", "A104", "1"),
    ("01001", "COM", "C301", "1"),
    ("01001", "COM", "C303", "2"),
    ("01001", "COM", "D265", "7"),
    ("01001", "COM", "_T", "400"),
    ("01001", "COM", "A129", "9"),
    ("01002", "COM", "A129", "1"),
    ("01", "DEP", "D265", "900"),
    ("01001", "COM", "D265", "3.5", "DENSITY"),
    ("75101", "ARM", "D307", "4"),
)


def test_the_inventory_is_counted_by_service_and_its_totals_are_left_out(desk):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("DS_BPE_2024_data.csv", BPE)
        packed.writestr("DS_BPE_2024_metadata.csv", "COD_VAR;LIB_VAR\n")
    desk.publish(NAME, written(desk, "DS_BPE_CSV_FR.zip", archive.getvalue()))
    some = {"police_gendarmerie": 2, "lycee": 3, "medecin_generaliste": 7}
    assert counts(desk) == {service: some.get(service, 0) for service in SERVICES}
    # a commune that stands in the inventory has none of what it does not list
    assert set(counts(desk, "01002").values()) == {0}
    assert counts(desk, "75101")["pharmacie"] == 4
    assert desk.value("select reading -> 'left_out' from greenroom.batch") == {
        "a total": 1,
        "a facility of another type": 2,
        "another level: DEP": 1,
        "another measure: DENSITY": 1,
    }


def test_the_same_count_twice_is_one_and_two_counts_are_none(desk):
    text = bpe(("01001", "COM", "D265", "7"), ("01001", "COM", "D265", "7"), ("01002", "COM", "D265", "7"))
    desk.publish(NAME, text + '"01002";"COM";"D";"D2";"D265";"FACILITIES";"2024";"8"\n')
    assert counts(desk)["medecin_generaliste"] == 7
    assert desk.quarantine() == [("bad_medecin_generaliste", "7 or 8")]


def test_the_same_file_twice_is_nothing_new(desk):
    desk.publish(NAME, BPE)
    assert desk.stage(NAME, BPE + "\n").batch is None
