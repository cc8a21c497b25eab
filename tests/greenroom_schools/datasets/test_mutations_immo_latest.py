"""Sales of homes: shares come from counts, the commune NA is kept out by name, a sale of several lines is one sale."""

import csv
import gzip
from collections import defaultdict
from decimal import Decimal
from statistics import mean, median

import pytest
from tests.greenroom_schools.datasets.onisep_files import desk as desk
from tests.greenroom_schools.datasets.socio_files import written

from greenroom.model.errors import Blocked

NAME = "mutations_immo_latest"
TABLE = "educational_data.mutations_immo"
AGGREGATED = "fr/communes/dvf_agrege/communesdvf{}_sauf_33_35_59_67_972_974.csv.gz"

OLD = (
    '"","INSEE_COM","Annee","Nb_mutations","NbMaisons","NbApparts","propmaison","propappart",'
    '"PrixMoyen","Prixm2Moyen","SurfaceMoy"\n'
)
NEW = "INSEE_COM,annee,nb_mutations,NbMaisons,NbApparts,PropMaison,PropAppart,PrixMoyen,Prixm2Moyen,SurfaceMoy\n"

REGISTER = (
    "id_mutation,date_mutation,numero_disposition,nature_mutation,valeur_fonciere,code_commune,code_departement,"
    "id_parcelle,type_local,surface_reelle_bati,nature_culture,nature_culture_speciale,surface_terrain"
)


def sale(number, *lines, price="100000", nature="Vente", day="2023-05-04"):
    """Lines of one sale: each (type of local, floor area, parcel, land)."""
    return [
        f"{number},{day},000001,{nature},{price},99001,99,{parcel},{kind},{area},{land},,100"
        for kind, area, parcel, land in lines
    ]


def register(*sales):
    return "\n".join([REGISTER, *(line for lines in sales for line in lines)]) + "\n"


def left_out(desk):
    return desk.value("select reading -> 'left_out' from greenroom.batch order by id desc limit 1")


@pytest.mark.parametrize("year", [2020, 2023, 2024])
def test_a_real_year_lands_but_for_the_commune_na(desk, shared_data, year):
    rows = {2020: 28_980, 2023: 28_551, 2024: 28_364}[year]
    staged = desk.publish(NAME, shared_data(AGGREGATED.format(year)))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (rows + 1, rows, 1)
    assert desk.quarantine() == [("bad_code_commune", "NA")]
    assert desk.rows(f"select count(*), min(annee), max(annee) from {TABLE}") == [(rows, year, year)]
    # the file of 2020 to 2023 gives the shares right: they must be ours
    assert desk.value(f"select count(*) from {TABLE} where immo_weak <> (nb_mutations < 11)") == 0
    assert desk.value("select count(*) from educational_data.mutations_immo_latest") == rows


def test_the_exchanged_shares_of_2024_come_out_right(desk, shared_data):
    desk.publish(NAME, shared_data(AGGREGATED.format(2024)))
    paris = "select nb_maisons, nb_apparts, part_maisons, part_apparts, immo_weak, origine"
    assert desk.rows(f"{paris} from {TABLE} where code_commune = '75056'") == [
        (84, 24_162, Decimal("0.35"), Decimal("99.65"), False, "agrege")
    ]
    assert (
        desk.value(f"select count(*) from {TABLE} where part_maisons <> round(100.0 * nb_maisons / nb_mutations, 2)")
        == 0
    )


def test_the_real_shares_of_2020_agree_with_the_computed_ones(desk, shared_data):
    path = shared_data(AGGREGATED.format(2020))
    desk.publish(NAME, path)
    with gzip.open(path, "rt") as file:
        published = {
            row["INSEE_COM"]: float(row["propmaison"]) for row in csv.DictReader(file) if row["INSEE_COM"] != "NA"
        }
    ours = dict(desk.rows(f"select code_commune, part_maisons from {TABLE}"))
    assert {code for code, share in ours.items() if abs(float(share) - published[code]) > 0.006} == set()


def test_both_headers_give_the_same_row(desk):
    desk.publish(NAME, OLD + '"1","01001","2023",4,3,1,75,25,200000.5,2000.25,100.5\n"2",NA,"2023",9,NA,NA,1,2,3,4,5\n')
    desk.publish(NAME, NEW + "01001,2024,4,3,1,25,75,2e+05,2000,100\n")
    columns = "annee, nb_maisons, part_maisons, part_apparts, prix_moyen, prix_m2_moyen, immo_weak"
    assert desk.rows(f"select {columns} from {TABLE} order by annee") == [
        (2023, 3, 75, 25, Decimal("200000.50"), Decimal("2000.25"), True),
        (2024, 3, 75, 25, Decimal("200000.00"), Decimal("2000.00"), True),
    ]
    assert desk.quarantine() == [("bad_code_commune", "NA")]


def test_a_year_twice_is_nothing_new(desk):
    text = NEW + "01001,2024,4,3,1,25,75,200001,2000,100\n"
    desk.publish(NAME, text)
    assert desk.stage(NAME, text + "\n").batch is None


def test_an_incomplete_year_does_not_become_the_latest(desk):
    desk.publish(NAME, NEW + "01001,2023,4,3,1,25,75,200001,2000,100\n", complete=True)
    desk.publish(NAME, NEW + "01001,2024,5,4,1,20,80,200001,2000,100\n")
    assert desk.rows("select annee, nb_mutations from educational_data.mutations_immo_latest") == [(2023, 4)]
    assert desk.value(f"select count(*) from {TABLE}") == 2


def test_shares_that_their_counts_deny_are_refused(desk):
    ours = "code_commune,annee,nb_mutations,nb_maisons,nb_apparts,part_maisons,part_apparts\n01001,2024,4,3,1,25,75\n"
    staged = desk.stage(NAME, ours)
    assert [finding["check"] for finding in staged.stopping] == ["immo_parts"]
    with pytest.raises(Blocked):
        desk.publish(NAME, ours.replace("3,1", "1,3").replace("25,75", "75,25"))


@pytest.mark.parametrize(
    ("cell", "value"), [("nb_mutations", "many"), ("annee", "24"), ("prix_moyen", "1e"), ("nb_maisons", "3,5")]
)
def test_a_bad_cell_is_named(desk, cell, value):
    good = "code_commune;annee;nb_mutations;nb_maisons;nb_apparts;prix_moyen\n"
    bad = dict(code_commune="01002", annee="2024", nb_mutations="4", nb_maisons="3", nb_apparts="1", prix_moyen="1")
    desk.stage(NAME, good + "01001;2024;4;3;1;100\n" + ";".join((bad | {cell: value}).values()) + "\n")
    assert desk.quarantine() == [(f"bad_{cell}", value)]


# The register


def test_the_real_extract_is_25_sales_on_56_lines(desk, shared_data):
    path = shared_data("fr/communes/dvf_geo/dvf_33001_2021_extrait_A.csv")
    desk.publish(NAME, path)
    with path.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    reasons = left_out(desk)
    (row,) = desk.rows(
        f"select code_commune, annee, nb_mutations, nb_maisons, nb_apparts, prix_moyen, prix_m2_moyen, prix_median,"
        f" prix_m2_median, immo_weak, origine from {TABLE}"
    )
    assert len(lines) == 56
    assert reasons["a further line of a sale already read"] == 56 - 25
    assert sum(reasons.values()) + row[2] == 56
    # the same by hand: sales of one dwelling, its repeats beside other kinds of land left out
    sales = defaultdict(list)
    for line in lines:
        sales[line["id_mutation"]].append(line)
    sound = []
    for these in sales.values():
        dwellings = [line for line in these if line["type_local"] in ("Maison", "Appartement")]
        distinct = {(d["id_parcelle"], d["type_local"], d["surface_reelle_bati"]) for d in dwellings}
        premises = any(line["type_local"] not in ("", "Maison", "Appartement", "Dépendance") for line in these)
        if len(distinct) == 1 and not premises and these[0]["nature_mutation"] == "Vente":
            price, area = these[0]["valeur_fonciere"], dwellings[0]["surface_reelle_bati"]
            if price and float(price) > 0 and area and float(area) > 0:
                sound.append((dwellings[0]["type_local"], float(price), float(area)))
    assert row[:5] == (
        "33001",
        2021,
        len(sound),
        sum(k == "Maison" for k, _, _ in sound),
        sum(k != "Maison" for k, _, _ in sound),
    )
    assert [float(value) for value in row[5:9]] == pytest.approx(
        [
            mean(price for _, price, _ in sound),
            mean(price / area for _, price, area in sound),
            median(price for _, price, _ in sound),
            median(price / area for _, price, area in sound),
        ],
        abs=0.006,
    )
    assert row[9:] == (len(sound) < 11, "dvf")


def test_each_sale_is_counted_once_or_left_out_by_reason(desk):
    house = ("Maison", "100", "P1", "sols")
    desk.publish(
        NAME,
        register(
            # the house again beside the garden, a cellar, a field on another parcel: one sale
            sale(
                1, house, ("Maison", "100", "P1", "jardins"), ("Dépendance", "", "P1", "sols"), ("", "", "P2", "prés")
            ),
            sale(2, ("Appartement", "50", "P3", ""), price="200000.0"),
            # two alike flats on one parcel are two
            sale(3, ("Appartement", "50", "P4", ""), ("Appartement", "50", "P4", "")),
            sale(4, ("Maison", "80", "P5", "sols"), ("Maison", "80", "P6", "sols")),
            sale(5, ("", "", "P7", "terres")),
            sale(6, house, nature="Echange"),
            sale(7, house, price=""),
            sale(8, ("Maison", "", "P8", "sols")),
            sale(9, house, ("Local industriel. commercial ou assimilé", "200", "P1", "sols")),
            sale(10, house, price="dear"),
            sale(11, house, price="0"),
        ),
    )
    columns = "code_commune, annee, nb_mutations, nb_maisons, nb_apparts, prix_moyen, prix_m2_moyen, prix_m2_median"
    assert desk.rows(f"select {columns}, immo_weak from {TABLE}") == [
        ("99001", 2023, 2, 1, 1, 150_000, 2500, 2500, True)
    ]
    assert left_out(desk) == {
        "a further line of a sale already read": 6,
        "a sale of several houses or flats": 2,
        "a sale without house or flat": 1,
        "no plain sale: Echange": 1,
        "a sale without price": 1,
        "a sale without floor area": 1,
        "a sale with business premises": 1,
        "a sale whose price cannot be read": 1,
        "a sale for nothing": 1,
    }


def test_a_sale_on_a_day_that_cannot_be_read_is_named(desk):
    house = ("Maison", "100", "P1", "sols")
    desk.stage(NAME, register(sale(1, house), sale(2, house, day="le 4 mai")))
    assert desk.quarantine() == [("bad_annee", "le 4 mai")]


def test_the_tax_offices_own_file_is_read(desk):
    header = (
        "Identifiant de document|No disposition|Date mutation|Nature mutation|Valeur fonciere|Code departement|"
        "Code commune|Prefixe de section|Section|No plan|Type local|Surface reelle bati|Nature culture|"
        "Nature culture speciale|Surface terrain\n"
    )
    lines = (
        "|000001|04/05/2023|Vente|150000,00|1|4||A|12|Maison|100|S||300",
        "|000001|04/05/2023|Vente|150000,00|1|4||A|12|Maison|100|J||200",
        "|000001|05/05/2023|Vente|90000,50|2A|4||B|1|Appartement|30|||",
        "|000001|05/05/2023|Vente|80000,00|971|101||B|2|Appartement|40|||",
        "|000001|05/05/2023|Vente|80000,00|974|11||B|3|Appartement|40|||",
    )
    desk.publish(NAME, written(desk, "ValeursFoncieres-2023.txt", header + "\n".join(lines) + "\n"))
    assert desk.rows(
        f"select code_commune, annee, nb_mutations, prix_moyen, prix_m2_median from {TABLE} order by 1"
    ) == [
        ("01004", 2023, 1, Decimal("150000.00"), Decimal("1500.00")),
        ("2A004", 2023, 1, Decimal("90000.50"), Decimal("3000.02")),
        ("97101", 2023, 1, Decimal("80000.00"), Decimal("2000.00")),
        ("97411", 2023, 1, Decimal("80000.00"), Decimal("2000.00")),
    ]
