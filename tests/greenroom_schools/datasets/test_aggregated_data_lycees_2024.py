"""Results of lycées: four shapes of file give the same row; the two sheets of the workbook are never confused."""

import re
from decimal import Decimal

import pytest
from tests.greenroom_schools.datasets.onisep_files import as_csv, as_json
from tests.greenroom_schools.datasets.onisep_files import desk as desk
from tests.greenroom_schools.datasets.workbooks import workbook

from greenroom.model.errors import Blocked, ContractBroken
from greenroom.write.parse import match
from greenroom_schools.pack import pack

NAME, PRO = "aggregated_data_lycees_2024", "aggregated_data_lycees_pro"
TABLE = f"educational_data.{NAME}"
LYCEES = pack.dataset(NAME)
SERIES = ("l", "es", "s", "gnle", "sti2d", "std2a", "stmg", "stl", "st2s", "s2tmd", "sthr")

WORKBOOK = "fr/education/ival-2024-154664.xlsx"
PAYS_DE_LA_LOIRE = "fr/education/fr-en-indicateurs-de-resultat-des-lycees-gt_v2.pays-de-la-loire"

# A made-up lycée as gt_v2 writes it: a general série, one that is withheld, one that it has not.
TECHNICAL = {
    "num_ligne": "1",
    "annee": "2024",
    "uai": "9990001X",
    "libelle_uai": "LYCEE INVENTE",
    "code_region": "93",
    "libelle_region": "VAL D AZUR",
    "libelle_academie": "AZUR",
    "code_departement": "2A",
    "libelle_departement": "CORSE-DU-SUD",
    "code_commune": "2A004",
    "libelle_commune": "PORT AZUR",
    "secteur": "privé sous contrat",
    "presents_total": "120",
    "taux_reu_total": "96.0",
    "va_reu_total": "-2.0",
    "taux_acces_2nde": "91.0",
    "va_acces_2nde": "3.0",
    "taux_men_total": "61.0",
    "va_men_total": "0.0",
    **{f"presents_{serie}": "" for serie in SERIES},
    **{f"{what}_{serie}": "" for what in ("taux_reu", "va_reu", "taux_men", "va_men") for serie in SERIES},
    "presents_gnle": "100",
    "taux_reu_gnle": "97",
    "va_reu_gnle": "-1",
    "taux_men_gnle": "64",
    "va_men_gnle": "1",
    "presents_stmg": "20",
    "taux_reu_stmg": "90",
    "va_reu_stmg": "ND",
    "eff_2nde": "130",
    "eff_1ere": "125",
    "eff_term": "122",
    "taux_acces_1ere": "95",
    "taux_acces_term": "98",
    "va_acces_1ere": "2",
    "va_acces_term": "1",
    **{f"nb_mentions_{kind}_g": str(n) for n, kind in enumerate(("tb_avecf", "tb_sansf", "b", "ab"), start=1)},
    **{f"nb_mentions_{kind}_t": str(n) for n, kind in enumerate(("tb_avecf", "tb_sansf", "b", "ab"), start=5)},
}
_WHAT = {
    "presents": "Présents",
    "taux_reu": "Taux de réussite",
    "va_reu": "Valeur ajoutée du taux de réussite",
    "taux_men": "Taux de mentions",
    "va_men": "Valeur ajoutée du taux de mentions",
}
_LABELS = {
    "annee": "Année",
    "uai": "UAI",
    "libelle_uai": "Etablissement",
    "code_region": "Code région",
    "libelle_region": "Région",
    "libelle_academie": "Académie",
    "code_departement": "Code département",
    "libelle_departement": "Département",
    "code_commune": "Code commune",
    "libelle_commune": "Ville",
    "secteur": "Secteur",
    "eff_2nde": "Effectif de seconde",
    "eff_1ere": "Effectif de premiere",
    "eff_term": "Effectif de terminale",
    "taux_acces_2nde": "Taux d'accès 2nde-bac",
    "va_acces_2nde": "Valeur ajoutée du taux d'acces 2nde-bac",
    "taux_acces_1ere": "Taux d'acces 1ere-bac",
    "va_acces_1ere": "Valeur ajoutée du taux d'acces 1ere-bac",
    "taux_acces_term": "Taux d'acces terminale-bac",
    "va_acces_term": "Valeur ajoutée du taux d'acces terminale-bac",
    **{
        f"nb_mentions_tb_avecf_{track}": f"Nombre de mentions TB avec félicitations - {track.upper()}" for track in "gt"
    },
    **{
        f"nb_mentions_tb_sansf_{track}": f"Nombre de mentions TB sans félicitations - {track.upper()}" for track in "gt"
    },
    **{f"nb_mentions_b_{track}": f"Nombre de mentions B - {track.upper()}" for track in "gt"},
    **{f"nb_mentions_ab_{track}": f"Nombre de mentions AB - {track.upper()}" for track in "gt"},
    **{f"{what}_total": f"{label} - Toutes séries" for what, label in _WHAT.items()},
    **{f"{what}_{serie}": f"{label} - {serie.upper()}" for what, label in _WHAT.items() for serie in SERIES},
}
LABELS = {_LABELS[name]: value for name, value in TECHNICAL.items() if name in _LABELS}

_OLD_SERIES = {"s2tmd": "Musiq Danse", "sthr": "Hotellerie"} | {
    serie: serie.upper() for serie in SERIES if serie not in ("s2tmd", "sthr", "gnle")
}
# The retired file of 145 columns, by its labels; what it holds beside has names that mean something else.
RETIRED = {
    "Etablissement": "LYCEE INVENTE",
    "Annee": "2024",
    "Ville": "PORT AZUR",
    "Code Etablissement": "9990001X",
    "Code commune": "2A004",
    "Académie": "AZUR",
    "Département": "CORSE-DU-SUD",
    "Secteur Public=PU Privé=PR": "PR",
    **{f"Effectif Présents série {old}": TECHNICAL[f"presents_{new}"] for new, old in _OLD_SERIES.items()},
    "Effectif Présents série STG": "77",
    "Effectif Présents Total séries": "120",
    **{f"Taux Brut de Réussite série {old}": TECHNICAL[f"taux_reu_{new}"] for new, old in _OLD_SERIES.items()},
    "Taux Brut de Réussite Total séries": "96",
    **{f"Taux Réussite Attendu Acad série {old}": "12" for old in _OLD_SERIES.values()},
    "Taux Réussite Attendu France Total séries": "12",
    **{f"Taux_Mention_brut_serie_{old}": TECHNICAL[f"taux_men_{new}"] for new, old in _OLD_SERIES.items()},
    "Taux_Mention_brut_toutes_series": "61",
    "Taux_Mention_attendu_toutes_series": "12",
    "Effectif de seconde": "130",
    "Effectif de premiere": "125",
    "Effectif de terminale": "122",
    "Taux accès Brut seconde BAC": "91",
    "Taux accès Attendu Acad seconde BAC": "12",
    "Taux accès Brut premiere BAC": "95",
    "Taux accès Brut terminale BAC": "98",
    "Libellé Région 2016": "VAL D AZUR",
    "Code Région 2016": "93",
    "Code Département": "02A",
    "Libellé Département": "CORSE DU SUD",
    "va_reu_total": "-2",
    "va_acc_seconde": "3",
    "va_men_total": "0",
    "va_acc_premiere": "2",
    "va_acc_terminale": "1",
    **{f"va_reu_{old}": TECHNICAL[f"va_reu_{new}"] for new, old in _OLD_SERIES.items()},
    **{f"va_men_{old}": TECHNICAL[f"va_men_{new}"] for new, old in _OLD_SERIES.items()},
    "Presents_gnle": "100",
    "Taux_reu_brut_gnle": "97",
    "va_reu_gnle": "-1",
    "Taux_men_brut_gnle": "64",
    "va_men_gnle": "1",
    **{
        f"Nombre de mentions {kind} - {track.upper()}": TECHNICAL[f"nb_mentions_{new}_{track}"]
        for track in "gt"
        for new, kind in {
            "tb_avecf": "TB avec félicitations", "tb_sansf": "TB sans félicitations", "b": "B", "ab": "AB"
        }.items()
    },
}  # fmt: skip


def _folded(text):
    plain = str.maketrans("éèêà", "eeea")
    return re.sub("[^a-z0-9=/]+", "_", text.lower().translate(plain)).strip("_")


# By technical names: the commune's code is called commune there.
RETIRED_TECHNICAL = {
    {"code_commune": "commune", "secteur_public=pu_prive=pr": "secteur_public_pu_prive_pr"}.get(name, name): value
    for name, value in ((_folded(label), value) for label, value in RETIRED.items())
}


def titled(title, *names):
    return [(title, name) for name in names]


_SHEET = ("GNLE", "STMG", "STI2D", "STD2A", "STL", "ST2S", "S2TMD", "STHR", "TOTAL")
_STEPS = ("2nde-Bac", "1ère-Bac", "Term-Bac")
HEADING = [
    *titled("Informations établissement", "Académie", "Département", "Etablissement", "Ville", "UAI"),
    *titled("Informations établissement", "Code commune", "Secteur"),
    *titled("Nombre d'élèves présents au Bac", *_SHEET),
    *titled("Taux de réussite bruts", *_SHEET),
    *titled("Taux de réussite attendus", *_SHEET),
    *titled("Valeur ajoutée du taux de réussite", *_SHEET),
    *titled("Taux de mentions bruts", *_SHEET),
    *titled("Taux de mentions attendus", *_SHEET),
    *titled("Valeur ajoutée de taux de mentions", *_SHEET),
    *titled("Effectifs à la rentrée N", "2nde", "1ère", "Term."),
    *titled("Taux d'accès bruts", *_STEPS),
    *titled("Taux d'accès attendus", *_STEPS),
    *titled("Valeur ajoutée du taux d'accès", *_STEPS),
]


def sheet_row(**changes):
    """The made-up lycée as the workbook writes it: text, signs, ND."""
    cells = {
        "Académie": "AZUR",
        "Département": "CORSE-DU-SUD",
        "Etablissement": "LYCEE INVENTE",
        "Ville": "PORT AZUR",
        "UAI": "9990001X",
        "Code commune": "2A004",
        "Secteur": "PR",
        "Nombre d'élèves présents au Bac": ("100", "20", *[""] * 6, "120"),
        "Taux de réussite bruts": ("97", "90", *[""] * 6, "96"),
        "Taux de réussite attendus": ("98", "ND", *[""] * 6, "98"),
        "Valeur ajoutée du taux de réussite": ("-1", "ND", *[""] * 6, "-2"),
        "Taux de mentions bruts": ("64", *[""] * 7, "61"),
        "Taux de mentions attendus": ("63", *[""] * 7, "61"),
        "Valeur ajoutée de taux de mentions": ("+1", *[""] * 7, "0"),
        "Effectifs à la rentrée N": ("130", "125", "122"),
        "Taux d'accès bruts": ("91", "95", "98"),
        "Taux d'accès attendus": ("88", "93", "97"),
        "Valeur ajoutée du taux d'accès": ("+3", "+2", "+1"),
        **changes,
    }
    return [cell for value in cells.values() for cell in ([value] if isinstance(value, str) else value)]


_PRO_GROUPS = (
    "Spécialités pluri-techno.", "Transformations", "Génie civil, construction et bois", "Matériaux souples",
    "Mécanique, électricité, électronique", "Spécialités plurivalentes des services", "Échanges et gestion",
    "Communication et information", "Services aux personnes", "Services à la collectivité", "Ensemble Production",
    "Ensemble Services", "TOTAL",
)  # fmt: skip
PRO_HEADING = [(title, name) for title, name in HEADING if name not in _SHEET]
for _place, _title in enumerate(dict.fromkeys(title for title, name in HEADING if name == "TOTAL")):
    PRO_HEADING[7 + 13 * _place : 7 + 13 * _place] = titled(_title, *_PRO_GROUPS)


def pro_row():
    numbers = ("", "12", *[""] * 8, "12", "", "12")
    rates = ("", "67", *[""] * 8, "67", "", "67")
    return [
        "AZUR", "CORSE-DU-SUD", "LYCEE PRO INVENTE", "PORT AZUR", "9990002Y", "2A004", "PU",
        *numbers, *rates, *rates, *["ND"] * 13, *rates, *rates, *["ND"] * 13,
        "30", "25", "22", "51", "64", "77", "60", "70", "80", "-9", "-6", "-3",
    ]  # fmt: skip


# What all four shapes say of the lycée, but for what a shape does not hold.
EXPECTED = {
    "annee": 2024,
    "uai": "9990001X",
    "etablissement": "LYCEE INVENTE",
    "academie": "AZUR",
    "code_departement": "2A",
    "departement": "CORSE-DU-SUD",
    "code_commune": "2A004",
    "ville": "PORT AZUR",
    "secteur": "privé sous contrat",
    "presents_toutes_series": 120,
    "taux_reussite_toutes_series": 96,
    "valeur_ajoutee_taux_reussite_toutes_series": -2,
    "taux_mentions_toutes_series": 61,
    "valeur_ajoutee_taux_mentions_toutes_series": 0,
    "taux_acces_2nde_bac": 91,
    "valeur_ajoutee_taux_acces_2nde_bac": 3,
    "taux_acces_1ere_bac": 95,
    "valeur_ajoutee_taux_acces_1ere_bac": 2,
    "taux_acces_terminale_bac": 98,
    "valeur_ajoutee_taux_acces_terminale_bac": 1,
    "effectif_de_seconde": 130,
    "effectif_de_premiere": 125,
    "effectif_de_terminale": 122,
    "presents_gnle": 100,
    "taux_reussite_gnle": 97,
    "valeur_ajoutee_taux_reussite_gnle": -1,
    "taux_mentions_gnle": 64,
    "valeur_ajoutee_taux_mentions_gnle": 1,
    "presents_stmg": 20,
    "taux_reussite_stmg": 90,
    "withheld": ["valeur_ajoutee_taux_reussite_stmg"],
}
REGION = {"code_region": "93", "region": "VAL D AZUR"}
HONOURS = {
    f"nombre_mentions_{kind}_{track}": first + n
    for track, first in {"g": 1, "t": 5}.items()
    for n, kind in enumerate(("tb_avec_felicitations", "tb_sans_felicitations", "b", "ab"))
}


def published(desk):
    """Rows of the table: what is not null, without stamps."""
    found = desk.rows(
        f"select jsonb_strip_nulls(to_jsonb(t) - '{{created_at,updated_at,release_id}}'::text[]) from {TABLE} as t"
        " order by uai, annee"
    )
    return [row for (row,) in found]


@pytest.mark.parametrize(
    "file",
    [as_csv(TECHNICAL), as_csv(LABELS), as_json(TECHNICAL), as_csv(RETIRED), as_csv(RETIRED_TECHNICAL)],
    ids=["technical", "labels", "json", "retired", "retired technical"],
)
def test_each_shape_of_file_gives_the_same_row(desk, file):
    desk.publish(NAME, file)
    assert published(desk) == [EXPECTED | REGION | HONOURS]


def test_the_workbook_gives_the_same_row_with_the_year_of_its_name(desk, tmp_path):
    file = workbook(tmp_path / "ival-2024-000000.xlsx", LGT=(HEADING, [sheet_row()]), LP=(PRO_HEADING, [pro_row()]))
    desk.publish(NAME, file)
    assert published(desk) == [EXPECTED]


def test_the_other_sheet_is_a_dataset_of_its_own(desk, tmp_path):
    file = workbook(tmp_path / "ival-2024-000000.xlsx", LGT=(HEADING, [sheet_row()]), LP=(PRO_HEADING, [pro_row()]))
    desk.publish(PRO, file)
    found = desk.rows(
        "select uai, annee, code_departement, secteur, presents_toutes_specialites, presents_transformations,"
        " presents_services, taux_reussite_production, taux_acces_2nde_bac, effectif_de_seconde,"
        " 'valeur_ajoutee_taux_reussite_production' = any (withheld) from educational_data.aggregated_data_lycees_pro"
    )
    assert found == [("9990002Y", 2024, "2A", "public", 12, 12, None, 67, 51, 30, True)]


@pytest.mark.parametrize(("name", "sheets"), [(NAME, {"LP": (PRO_HEADING, [pro_row()])}),
                                              (PRO, {"LGT": (HEADING, [sheet_row()])})])  # fmt: skip
def test_one_sheet_is_never_taken_for_the_other(desk, tmp_path, name, sheets):
    with pytest.raises(ContractBroken):
        desk.stage(name, workbook(tmp_path / "ival-2024-000000.xlsx", **sheets))


def test_a_file_of_vocational_lycees_is_refused():
    header = [name for name in TECHNICAL if not re.search("_(" + "|".join(SERIES) + ")$", name)]
    with pytest.raises(ContractBroken, match="missing presents_stmg"):
        match([*header, "presents_ens_production", "presents_ens_services"], LYCEES)


def test_a_workbook_whose_name_says_no_year_asks_for_it(desk, tmp_path):
    file = workbook(tmp_path / "ival.xlsx", LGT=(HEADING, [sheet_row()]))
    with pytest.raises(ContractBroken, match="say its year") as refused:
        desk.stage(NAME, file)
    assert "--period" in refused.value.hint


def test_an_export_of_the_old_table_is_read_by_its_own_names(desk):
    old = EXPECTED | REGION | {name: value for name, value in HONOURS.items() if name.endswith("_g")}
    del old["withheld"]
    del old["taux_mentions_gnle"], old["valeur_ajoutee_taux_mentions_gnle"]
    desk.publish(NAME, as_csv({name: str(value) for name, value in old.items()}))
    assert published(desk) == [old]


def test_withheld_absent_and_empty_are_three_things(desk):
    desk.publish(NAME, as_csv(TECHNICAL | {"taux_reu_gnle": "ND", "presents_gnle": "nd"}))
    assert desk.rows(f"select taux_reussite_gnle, presents_gnle, taux_reussite_l, withheld from {TABLE}") == [
        (None, None, None, ["presents_gnle", "taux_reussite_gnle", "valeur_ajoutee_taux_reussite_stmg"])
    ]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"uai": "9990001W"}, ("bad_uai", "9990001W")),
        ({"annee": "2024-2025"}, ("bad_annee", "2024-2025")),
        ({"taux_reu_total": "101"}, ("bad_taux_reussite_toutes_series", "101")),
        ({"taux_reu_gnle": "beaucoup"}, ("bad_taux_reussite_gnle", "beaucoup")),
        ({"presents_total": "12.5"}, ("bad_presents_toutes_series", "12.5")),
        ({"code_commune": "0"}, ("bad_code_commune", "0")),
        ({"secteur": "autre"}, ("bad_secteur", "autre")),
        ({"libelle_uai": ""}, ("missing_etablissement", None)),
    ],
)
def test_a_bad_row_is_in_quarantine_by_name(desk, changes, rule):
    desk.publish(NAME, as_csv(TECHNICAL | {"uai": "9990003Z"}, TECHNICAL | changes))
    assert desk.quarantine() == [rule]
    assert desk.value(f"select count(*) from {TABLE}") == 1


def test_lost_zeros_are_put_back_and_counted(desk):
    staged = desk.stage(NAME, as_csv(TECHNICAL | {"code_departement": "1", "code_commune": "1004", "code_region": "4"}))
    assert {name: count for name, count in staged.batch.cleaned.items() if count.get("repaired")} == {
        "code_commune": {"repaired": 1},
        "code_departement": {"repaired": 1},
        "code_region": {"repaired": 1},
    }
    row = desk.rows(
        "select code_departement, code_commune, code_region from greenroom.batch_aggregated_data_lycees_2024"
    )
    assert row == [("01", "01004", "04")]


def test_a_year_is_a_unit_and_an_extract_retires_nothing(desk):
    other = TECHNICAL | {"uai": "9990003Z"}
    desk.publish(NAME, as_csv(TECHNICAL, other, TECHNICAL | {"annee": "2023"}))
    desk.publish(NAME, as_csv(TECHNICAL | {"taux_reu_total": "95"}))
    assert desk.rows(f"select uai, annee, taux_reussite_toutes_series, retired_at from {TABLE} order by 1, 2") == [
        ("9990001X", 2023, 96, None),
        ("9990001X", 2024, 95, None),
        ("9990003Z", 2024, 96, None),
    ]


def test_the_same_file_again_is_nothing(desk):
    desk.publish(NAME, as_csv(TECHNICAL))
    assert desk.stage(NAME, as_csv(TECHNICAL)).batch is None


def test_a_year_without_a_rate_is_stopped(desk):
    staged = desk.stage(NAME, as_csv(TECHNICAL | {"taux_reu_total": "ND"}))
    assert [found["check"] for found in staged.stopping] == ["results_empty"]
    with pytest.raises(Blocked):
        desk.publish(NAME, as_csv(TECHNICAL | {"taux_reu_total": ""}))


def test_the_national_workbook_of_2024(desk, shared_data):
    """fr_education.md §4.3: 2,331 lycées, 1,550 public and 781 private, counts by département, named schools."""
    staged = desk.publish(NAME, shared_data(WORKBOOK))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (2_331, 2_331, 0)
    assert desk.rows(
        f"""
        select annee, count(*), count(*) filter (where secteur = 'public'),
          count(*) filter (where secteur = 'privé sous contrat'), sum(presents_toutes_series),
          round(avg(taux_reussite_toutes_series)::numeric, 2),
          round((sum(taux_reussite_toutes_series * presents_toutes_series) / sum(presents_toutes_series))::numeric, 2)
        from {TABLE} group by annee
        """
    ) == [(2024, 2_331, 1_550, 781, 522_534, Decimal("95.44"), Decimal("94.96"))]
    places = dict(desk.rows(f"select code_departement, count(*) from {TABLE} group by 1"))
    assert {code: places[code] for code in ("78", "75", "59", "13", "2A", "2B", "971", "976")} == {
        "78": 55, "75": 106, "59": 97, "13": 78, "2A": 5, "2B": 6, "971": 19, "976": 10,
    }  # fmt: skip
    assert None not in places
    assert desk.rows(
        f"""
        select uai, presents_toutes_series, taux_reussite_toutes_series, valeur_ajoutee_taux_reussite_toutes_series,
          taux_mentions_toutes_series, valeur_ajoutee_taux_mentions_toutes_series
        from {TABLE} where uai in ('0750654D', '0782562L', '0782568T') order by uai
        """
    )[0] == ("0750654D", 279, 100, 0, 100, 4)
    assert desk.rows(
        f"select count(*) filter (where code_commune like '751%%'), count(*) filter (where code_commune ~ '^6938'),"
        f" count(*) filter (where code_commune ~ '^132') from {TABLE}"
    ) == [(106, 37, 42)]
    # 1,992 cells say ND, those of the expected rates among them; these are ours
    assert desk.value(f"select sum(cardinality(withheld)) from {TABLE}") == sum(
        count["withheld"] for count in staged.batch.cleaned.values() if "withheld" in count
    )
    assert (
        desk.value(f"select count(*) from {TABLE} where presents_gnle is null and 'presents_gnle' = any (withheld)")
        == 0
    )
    assert desk.stage(NAME, shared_data(WORKBOOK)).batch is None


def test_the_national_workbook_of_2024_has_its_vocational_sheet_beside(desk, shared_data):
    staged = desk.publish(PRO, shared_data(WORKBOOK))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (2_008, 2_008, 0)
    assert desk.rows(
        """
        select count(*) filter (where secteur = 'public'), count(*) filter (where secteur = 'privé sous contrat'),
          round(avg(taux_reussite_toutes_specialites)::numeric, 2)
        from educational_data.aggregated_data_lycees_pro
        """
    ) == [(1_500, 508, Decimal("84.25"))]


def test_the_two_regional_files_are_the_same_144_rows(desk, shared_data):
    staged = desk.publish(NAME, shared_data(f"{PAYS_DE_LA_LOIRE}.rebuilt.csv"))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (144, 144, 0)
    assert desk.rows(f"select count(*), count(*) filter (where annee = 2024) from {TABLE}") == [(144, 131)]
    assert desk.stage(NAME, shared_data(f"{PAYS_DE_LA_LOIRE}.api-v2.json.gz")).batch is None


def test_the_workbook_and_the_portal_agree(desk, shared_data):
    """The 131 lycées of 2024 that both files hold: every number is the same."""
    desk.publish(NAME, shared_data(f"{PAYS_DE_LA_LOIRE}.rebuilt.csv"))
    query = f"""
        select uai, jsonb_strip_nulls(to_jsonb(t) - '{{code_region,region,departement,ville,academie,etablissement,
        created_at,updated_at,release_id,withheld}}'::text[]) from {TABLE} as t where annee = 2024
        and uai in (select uai from {TABLE} where nombre_mentions_ab_g is not null) order by uai
    """
    portal = dict(desk.rows(query))
    for row in portal.values():
        for name in HONOURS:
            row.pop(name, None)
    desk.publish(NAME, shared_data(WORKBOOK))
    workbook_says = dict(desk.rows(f"select uai, to_jsonb(t) from {TABLE} as t where annee = 2024"))
    differing = {
        (uai, name): (value, workbook_says[uai][name])
        for uai, row in portal.items()
        for name, value in row.items()
        if workbook_says[uai][name] != value
    }
    assert differing == {}
