"""Results of lycées at the general and technological baccalauréat, all years, from four shapes of file."""

from greenroom import Bounds, Check, Column, Dataset
from greenroom.model.form import Form, Place
from greenroom_schools import bac
from greenroom_schools.bac import BLOCKS, COURSE, SCHOOL, WORKBOOK_COURSE, WORKBOOK_SCHOOL, added, pupils, rate, respelt
from greenroom_schools.ips import ENGINE

# By our name: gt_v2's, the retired file's, what it is. `None`: the retired file lacks it or means another série.
_SERIES = {
    "l": ("l", "l", "L (until 2020)"),
    "es": ("es", "es", "ES (until 2020)"),
    "s": ("s", "s", "S (until 2020)"),
    "gnle": ("gnle", None, "general (since 2021)"),
    "sti2d": ("sti2d", "sti2d", "STI2D"),
    "std2a": ("std2a", "std2a", "STD2A"),
    "stmg": ("stmg", "stmg", "STMG"),
    "stl": ("stl", "stl", "STL"),
    "st2s": ("st2s", "st2s", "ST2S"),
    "tmd": ("s2tmd", "musiq_danse", "S2TMD, formerly TMD"),
    "sthr": ("sthr", "hotellerie", "STHR, formerly hôtellerie"),
}

_TOTALS = (
    pupils(
        "presents_toutes_series",
        "presents_total",
        expected=True,
        note="candidates present",
    ),
    rate(
        "taux_reussite_toutes_series",
        "taux_reu_total",
        "Taux de réussite - Toutes séries",
        expected=True,
        note="candidates who passed",
    ),
    added(
        "valeur_ajoutee_taux_reussite_toutes_series",
        "va_reu_total",
        "Valeur ajoutée du taux de réussite - Toutes séries",
        note="candidates who passed",
    ),
    rate(
        "taux_mentions_toutes_series",
        "taux_men_total",
        "Taux de mentions - Toutes séries",
        note="candidates who passed with honours",
    ),
    added(
        "valeur_ajoutee_taux_mentions_toutes_series",
        "va_men_total",
        "Valeur ajoutée du taux de mentions - Toutes séries",
        note="candidates who passed with honours",
    ),
)


def _of_serie(name: str, published: str, what: str) -> tuple[Column, ...]:
    return (
        pupils(
            f"presents_{name}",
            f"presents_{published}",
            # what the files of vocational lycées have not
            expected=name == "stmg",
            note=f"candidates present, série {what}",
        ),
        rate(
            f"taux_reussite_{name}",
            f"taux_reu_{published}",
            f"Taux de réussite - {published}",
            note=f"candidates who passed, série {what}",
        ),
        added(
            f"valeur_ajoutee_taux_reussite_{name}",
            f"va_reu_{published}",
            f"Valeur ajoutée du taux de réussite - {published}",
            note=f"candidates who passed, série {what}",
        ),
        rate(
            f"taux_mentions_{name}",
            f"taux_men_{published}",
            f"Taux de mentions - {published}",
            note=f"candidates who passed with honours, série {what}",
        ),
        added(
            f"valeur_ajoutee_taux_mentions_{name}",
            f"va_men_{published}",
            f"Valeur ajoutée du taux de mentions - {published}",
            note=f"candidates who passed with honours, série {what}",
        ),
    )


_BY_SERIE = tuple(
    column for name, (published, _, what) in _SERIES.items() for column in _of_serie(name, published, what)
)

_HONOURS = {
    "tb_avec_felicitations": ("tb_avecf", "très bien, with the jury's praise (18 and above)"),
    "tb_sans_felicitations": ("tb_sansf", "très bien (16 to 18)"),
    "b": ("b", "bien (14 to 16)"),
    "ab": ("ab", "assez bien (12 to 14)"),
}
_TRACKS = {"g": "general", "t": "technological"}

_MENTIONS = tuple(
    pupils(
        f"nombre_mentions_{name}_{track}",
        f"nb_mentions_{published}_{track}",
        f"nombre_de_mentions_{name}_{track}",
        note=f"candidates with honours {what}, {kind} track; since 2021",
    )
    for track, kind in _TRACKS.items()
    for name, (published, what) in _HONOURS.items()
)

_NUMBERS = (*_TOTALS, *_BY_SERIE, *COURSE, *_MENTIONS)

_workbook = Form(
    "workbook",
    (
        *WORKBOOK_SCHOOL,
        *(respelt(column, f"{BLOCKS[column.name.removesuffix('_toutes_series')]} / TOTAL") for column in _TOTALS),
        *(
            respelt(column, f"{BLOCKS[column.name.removesuffix(f'_{name}')]} / {_SERIES[name][0].upper()}")
            for name in _SERIES
            for column in _BY_SERIE
            if column.name.removesuffix(f"_{name}") in BLOCKS
        ),
        *WORKBOOK_COURSE,
    ),
    shape="lycees_workbook.sql",
    place=Place(sheet="LGT*", header_row=2, block_row=1),
    year="annee",
    note="The ministry's workbook of one year, sheet LGT: titles over blocks, every cell text.",
)

_RETIRED_TOTALS = {
    "presents_toutes_series": "effectif_presents_total_series",
    "taux_reussite_toutes_series": "taux_brut_de_reussite_total_series",
    "valeur_ajoutee_taux_reussite_toutes_series": "va_reu_total",
    "taux_mentions_toutes_series": "taux_mention_brut_toutes_series",
    "valeur_ajoutee_taux_mentions_toutes_series": "va_men_total",
    "taux_acces_2nde_bac": "taux_acces_brut_seconde_bac",
    "valeur_ajoutee_taux_acces_2nde_bac": "va_acc_seconde",
    "taux_acces_1ere_bac": "taux_acces_brut_premiere_bac",
    "valeur_ajoutee_taux_acces_1ere_bac": "va_acc_premiere",
    "taux_acces_terminale_bac": "taux_acces_brut_terminale_bac",
    "valeur_ajoutee_taux_acces_terminale_bac": "va_acc_terminale",
    "presents_gnle": "presents_gnle",
    "taux_reussite_gnle": "taux_reu_brut_gnle",
    "valeur_ajoutee_taux_reussite_gnle": "va_reu_gnle",
    "taux_mentions_gnle": "taux_men_brut_gnle",
    "valeur_ajoutee_taux_mentions_gnle": "va_men_gnle",
    # the three numbers of pupils are spelt there as our columns are
    "effectif_de_seconde": "effectif_de_seconde",
    "effectif_de_premiere": "effectif_de_premiere",
    "effectif_de_terminale": "effectif_de_terminale",
}
_RETIRED_SERIE = {
    "presents": "effectif_presents_serie_{}",
    "taux_reussite": "taux_brut_de_reussite_serie_{}",
    "valeur_ajoutee_taux_reussite": "va_reu_{}",
    "taux_mentions": "taux_mention_brut_serie_{}",
    "valeur_ajoutee_taux_mentions": "va_men_{}",
}
_RETIRED = _RETIRED_TOTALS | {
    f"{ours}_{name}": theirs.format(retired)
    for name, (_, retired, _) in _SERIES.items()
    if retired
    for ours, theirs in _RETIRED_SERIE.items()
}
# `commune` is a code in this file and nowhere else; its labels say so: Code commune.
_RETIRED_SCHOOL = {
    "annee": ("Année", "Annee"),
    "uai": ("code_etablissement", "UAI"),
    "etablissement": ("Etablissement",),
    "code_region": ("code_region_2016",),
    "region": ("libelle_region_2016",),
    "academie": ("Académie",),
    "code_departement": ("Code département",),
    "departement": ("Département",),
    "code_commune": ("Code commune", "Commune"),
    "ville": ("Ville",),
    "secteur": (
        "secteur_public_pu_prive_pr",
        "Secteur Public=PU Privé=PR",
        "Secteur Public/Prive",
        "Secteur",
    ),
}

_retired = Form(
    "retired",
    (
        *(respelt(column, *_RETIRED_SCHOOL[column.name]) for column in SCHOOL),
        *(respelt(column, _RETIRED[column.name]) for column in _NUMBERS if column.name in _RETIRED),
        *(respelt(column, column.name.replace("nombre_mentions", "nombre_de_mentions")) for column in _MENTIONS),
    ),
    note="The file of 145 columns that gt_v2 replaced: no success rate is called by the same name.",
)

aggregated_data_lycees_2024 = Dataset(
    name="aggregated_data_lycees_2024",
    table="aggregated_data_lycees_2024",
    columns=(*SCHOOL, *_NUMBERS, *ENGINE),
    key=("uai", "annee"),
    unit=("annee",),
    forms=(_workbook, _retired),
    label=("uai", "etablissement", "annee"),
    # Between 2,280 and 2,360 lycées each year from 2012 to 2025; 2,331 in 2024.
    bounds=Bounds(least=1, complete=2_100, most=3_000, overlap=0.7),
    checks=(Check("results_empty", query="lycees_empty.sql", note="a year without a single rate"),),
    traps=(
        "The table holds all years, whatever its name says: filter on annee.",
        "ND = not computed for so few pupils: the value is null and its column is named in withheld.",
        "An empty cell means that the school has no such série.",
        "Séries L, ES and S end with 2020, the general série begins in 2021: whole blocks are null on either side.",
        "PR in the workbook and in the retired file means privé sous contrat: no other private school is published.",
        "The workbook has no codes of region or département; the département is made from the commune.",
        "Expected rates are not kept: expected = rate - value added.",
        "Séries STG and STI of the retired file (until 2013) are not STMG and STI2D, and are left over.",
        "A lycée polyvalent stands here and in aggregated_data_lycees_pro.",
        "Paris, Lyon and Marseille are given by arrondissement.",
    ),
    differs=(
        "The document expects 2,500 to 3,000 lycées for 2024; the ministry published 2,331. Its « 7,243 lycées » are"
        " rows of two rentrées of another file (the index of social position)."
    ),
    note="Results of lycées at the general and technological baccalauréat (IVAL), one row a lycée and year.",
)

files = bac.source(
    "aggregated_data_lycees_2024",
    "Indicateurs de valeur ajoutée des lycées d'enseignement général et technologique",
    "fr-en-indicateurs-de-resultat-des-lycees-gt_v2",
    note=(
        "Cumulative since 2012. Its retired predecessor is"
        " fr-en-indicateurs-de-resultat-des-lycees-denseignement-general-et-technologique."
    ),
)
