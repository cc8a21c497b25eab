"""Incomes of communes: what is secret comes from the bassin de vie, and every value says whose it is."""

from decimal import Decimal

import pytest
from tests.greenroom_schools.datasets.onisep_files import desk as desk
from tests.greenroom_schools.datasets.socio_files import UNAVAILABLE, export, place, written

COMMUNES, BASSINS, AREAS = "revenus_communes_2021", "revenus_bassins_2021", "communes_appartenance"
MERGED = "educational_data.merged_revenu_commune_bassin_2021"
FILOSOFI = "fr/communes/filosofi/cc_filosofi_2021_COM_sauf_33_35_59_67_972_974.csv.gz"
EXPORT = "fr/communes/insee/statistiques-locales_bassin-de-vie_social_determinants.csv"
APPARTENANCE = "fr/communes/insee/table-appartenance-geo-communes-21.xlsx"

HEADER = "CODGEO;NBMENFISC21;NBPERSMENFISC21;MED21;PIMP21;TP6021;TP60AGE121;PACT21;PIMPOT21;D121;D921;RD21\n"
OPEN = "01004;6855;15092;21660;50,0;17,0;17,0;72,3;-14,8;11890;36450;3,1\n"
SECRET = "01001;346;895;25820;s;s;s;s;s;s;s;s\n"
NOTHING = "01019;s;s;s;s;s;s;s;s;s;s;s\n"
ABSENT = "01023;nd;nd;nd;nd;nd;nd;nd;nd;nd;nd;nd\n"

VALUES = "code_commune, niveau_vie_median, niveau_vie_median_level, taux_pauvrete, taux_pauvrete_level, bassin_approche"


def bassins(*rows):
    return export(
        *(
            place(code, "Bassin", **{"Médiane du niveau de vie 2021": median, "Taux de pauvreté 2021": poverty})
            for code, median, poverty in rows
        )
    )


def areas(desk, *rows, year=2023):
    text = "code_commune;code_bassin;annee_geographie\n" + "".join(f"{c};{b};{year}\n" for c, b in rows)
    return written(desk, f"areas-{year}.csv", text)


def merged(desk):
    return desk.rows(f"select {VALUES} from {MERGED} order by 1")


def test_decimal_commas_are_read_and_secrets_are_null_by_name(desk):
    desk.publish(COMMUNES, HEADER + OPEN + SECRET + ABSENT)
    columns = (
        "code_commune, annee, niveau_vie_median, taux_pauvrete, part_impots, rapport_interdecile, cardinality(withheld)"
    )
    assert desk.rows(f"select {columns} from educational_data.{COMMUNES} order by 1") == [
        ("01001", 2021, 25820, None, None, None, 8),
        ("01004", 2021, 21660, 17, Decimal("-14.8"), Decimal("3.1"), None),
        ("01023", 2021, None, None, None, None, 11),
    ]


def test_without_bassins_a_secret_stays_one(desk):
    desk.publish(COMMUNES, HEADER + OPEN + SECRET + NOTHING)
    assert merged(desk) == [
        ("01001", 25820, "commune", None, "none", None),
        ("01004", 21660, "commune", 17, "commune", None),
        ("01019", None, "none", None, "none", None),
    ]
    assert desk.rows(
        f"select withheld @> '{{niveau_vie_median,taux_pauvrete}}' from {MERGED} where code_commune = '01019'"
    ) == [(True,)]


def test_each_value_falls_back_by_itself(desk):
    desk.publish(COMMUNES, HEADER + OPEN + SECRET + NOTHING + ABSENT)
    desk.publish(BASSINS, bassins(("01004", "23250", "11.1"), ("01033", "24000", UNAVAILABLE)))
    desk.publish(AREAS, areas(desk, ("01001", "01004"), ("01004", "01004"), ("01019", "01033")))
    assert merged(desk) == [
        ("01001", 25820, "commune", Decimal("11.1"), "bassin", False),
        ("01004", 21660, "commune", 17, "commune", None),
        ("01019", 24000, "bassin", None, "none", False),
        ("01023", None, "none", None, "none", None),
    ]
    assert desk.rows(f"select code_commune, revenu_level, withheld from {MERGED} where code_commune = '01019'") == [
        (
            "01019",
            "bassin",
            ["taux_pauvrete", "nb_menages", "nb_personnes", "part_menages_imposes", "d1", "d9", "rapport_interdecile"],
        )
    ]


def test_the_order_in_which_the_files_come_does_not_matter(desk):
    desk.publish(AREAS, areas(desk, ("01001", "01004")))
    desk.publish(BASSINS, bassins(("01004", "23250", "11.1")))
    desk.publish(COMMUNES, HEADER + SECRET)
    assert merged(desk) == [("01001", 25820, "commune", Decimal("11.1"), "bassin", False)]


def test_a_bassin_of_another_year_stands_in_for_nothing(desk):
    desk.publish(COMMUNES, HEADER + SECRET)
    desk.publish(AREAS, areas(desk, ("01001", "01004")))
    desk.publish(BASSINS, bassins(("01004", "23250", "11.1")).replace("2021", "2020"))
    assert merged(desk) == [("01001", 25820, "commune", None, "none", None)]


def test_bassins_drawn_anew_are_marked(desk):
    desk.publish(COMMUNES, HEADER + SECRET)
    desk.publish(BASSINS, bassins(("01004", "23250", "11.1")))
    desk.publish(AREAS, areas(desk, ("01001", "01004"), ("01002", "01134")))
    assert merged(desk) == [("01001", 25820, "commune", Decimal("11.1"), "bassin", True)]


def test_an_export_of_communes_is_not_taken_for_bassins(desk):
    rows = [(f"{d:02d}{n:03d}", "20000", "10") for d in range(1, 20) for n in range(1, 200)]
    staged = desk.stage(BASSINS, bassins(*rows))
    assert "bassin_level" in [finding["check"] for finding in staged.stopping]


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("niveau_vie_median", "21660", "21 66O"),
        ("taux_pauvrete", ";17,0;17,0", ";17,0,1;17,0"),
        ("code_commune", "01004", "1"),
    ],
)
def test_a_bad_cell_is_named(desk, column, old, new):
    desk.stage(COMMUNES, HEADER + SECRET + OPEN.replace(old, new, 1))
    ((rule, _),) = desk.quarantine()
    assert rule == f"bad_{column}"


def test_the_same_file_twice_is_nothing_new(desk):
    desk.publish(COMMUNES, HEADER + OPEN)
    assert desk.stage(COMMUNES, HEADER + OPEN + "\n").batch is None


def test_the_real_files_fill_most_of_what_is_secret(desk, shared_data):
    staged = desk.publish(COMMUNES, shared_data(FILOSOFI))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (32_822, 32_822, 0)
    counted = f"select count(niveau_vie_median), count(taux_pauvrete) from educational_data.{COMMUNES}"
    assert desk.rows(counted) == [(29_239, 3_870)]
    staged = desk.publish(BASSINS, shared_data(EXPORT))
    assert (staged.batch.read, staged.batch.quarantined) == (1_707, 0)
    assert desk.rows(f"select count(*), count(taux_pauvrete), min(annee) from educational_data.{BASSINS}") == [
        (1_707, 1_694, 2021)
    ]
    staged = desk.stage(
        AREAS, written(desk, "table-appartenance-geo-communes-2021.xlsx", shared_data(APPARTENANCE).read_bytes())
    )
    desk.publish(AREAS, desk.folder / "table-appartenance-geo-communes-2021.xlsx")
    levels = f"select niveau_vie_median_level, count(*), count(niveau_vie_median) from {MERGED} group by 1 order by 1"
    # 3,402 communes lie in a bassin that both drawings know
    assert desk.rows(levels) == [("bassin", 3_402, 3_402), ("commune", 29_239, 29_239), ("none", 181, 0)]
    poverty = dict(desk.rows(f"select taux_pauvrete_level, count(taux_pauvrete) from {MERGED} group by 1"))
    assert poverty["commune"] == 3_870
    assert poverty["bassin"] > 26_000
    # the areas at hand are of 2012, the incomes of the drawing of 2022
    assert desk.rows(
        f"select distinct bassin_approche from {MERGED}"
        " where 'bassin' in (niveau_vie_median_level, taux_pauvrete_level)"
    ) == [(True,)]
