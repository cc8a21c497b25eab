"""What the files of the results of lycées at the baccalauréat have in common: school, numbers, registry entry."""

from dataclasses import replace

from greenroom import Column, Source
from greenroom_schools.ips import WITHHELD

# The wrong column (a count, a mark with three decimals) would not fit.
_RATE = r"^(100|[0-9]{1,2})(\.[0-9]{1,2})?$"
_POINTS = r"^-?[0-9]{1,3}(\.[0-9]{1,2})?$"


def pupils(name: str, *headers: str, note: str, expected: bool = False) -> Column:
    """A count of pupils."""
    return Column(
        name, "integer", headers=headers, missing=WITHHELD, clean="number", pattern="^[0-9]{1,5}$",
        expected=expected, note=note,
    )  # fmt: skip


def rate(name: str, *headers: str, note: str, expected: bool = False) -> Column:
    """A share in per cent, 0 to 100."""
    return Column(
        name, "double precision", headers=headers, missing=WITHHELD, clean="number", pattern=_RATE,
        expected=expected, note=f"{note}, per cent",
    )  # fmt: skip


def added(name: str, *headers: str, note: str) -> Column:
    """A value added: what a school has beyond what its pupils let expect, in points."""
    return Column(
        name, "double precision", headers=headers, missing=WITHHELD, clean="number", pattern=_POINTS,
        note=f"{note}: value added, points",
    )  # fmt: skip


def respelt(column: Column, *headers: str) -> Column:
    """A column of the dataset as another shape of file spells it."""
    return replace(column, headers=headers)


SCHOOL = (
    Column("annee", "integer", required=True, clean="annee", note="session of the baccalauréat: 2024 = summer 2024"),
    Column("uai", required=True, clean="uai", note="school number with its check letter"),
    Column(
        "etablissement",
        required=True,
        headers=("libelle_uai", "nom_de_l_etablissement"),
        note="name of the school, upper case",
    ),
    Column("code_region", clean="region", note="INSEE code of the region; the workbook does not give it"),
    Column("region", headers=("libelle_region",), note="name of the INSEE region"),
    Column("academie", headers=("libelle_academie",), note="name of the académie, upper case without accents"),
    Column("code_departement", clean="departement", note="01, 2A, 971; made from the commune for the workbook"),
    Column("departement", headers=("libelle_departement",), note="name of the département, upper case"),
    Column("code_commune", clean="commune", note="INSEE code; of the arrondissement in Paris, Lyon and Marseille"),
    Column("ville", headers=("libelle_commune",), note="name of the commune, upper case"),
    Column("secteur", expected=True, clean="secteur_sous_contrat", note="public, privé sous contrat"),
)

# The headings of the workbook's first block.
_INFORMATION = {
    "uai": "UAI",
    "etablissement": "Etablissement",
    "academie": "Académie",
    "departement": "Département",
    "code_commune": "Code commune",
    "ville": "Ville",
    "secteur": "Secteur",
}

WORKBOOK_SCHOOL = (
    SCHOOL[0],
    *(
        respelt(column, f"Informations établissement / {_INFORMATION[column.name]}")
        for column in SCHOOL
        if column.name in _INFORMATION
    ),
)

# Titles of the other blocks, by the beginning of our column's name.
BLOCKS = {
    "presents": "Nombre d'élèves présents au Bac",
    "taux_reussite": "Taux de réussite bruts",
    "valeur_ajoutee_taux_reussite": "Valeur ajoutée du taux de réussite",
    "taux_mentions": "Taux de mentions bruts",
    "valeur_ajoutee_taux_mentions": "Valeur ajoutée de taux de mentions",
}

COURSE = (
    pupils("effectif_de_seconde", "eff_2nde", note="pupils of the first year at the autumn before the session"),
    pupils("effectif_de_premiere", "eff_1ere", note="pupils of the second year"),
    pupils("effectif_de_terminale", "eff_term", note="pupils of the last year"),
    rate("taux_acces_2nde_bac", "taux_acces_2nde", "Taux d'accès 2nde-bac", note="from the first year to the diploma"),
    added(
        "valeur_ajoutee_taux_acces_2nde_bac",
        "va_acces_2nde",
        "Valeur ajoutée du taux d'accès 2nde-bac",
        note="from the first year to the diploma",
    ),
    rate("taux_acces_1ere_bac", "taux_acces_1ere", "Taux d'accès 1ere-bac", note="from the second year to the diploma"),
    added(
        "valeur_ajoutee_taux_acces_1ere_bac",
        "va_acces_1ere",
        "Valeur ajoutée du taux d'accès 1ere-bac",
        note="from the second year to the diploma",
    ),
    rate(
        "taux_acces_terminale_bac",
        "taux_acces_term",
        "Taux d'accès terminale-bac",
        note="from the last year to the diploma",
    ),
    added(
        "valeur_ajoutee_taux_acces_terminale_bac",
        "va_acces_term",
        "Valeur ajoutée du taux d'accès terminale-bac",
        note="from the last year to the diploma",
    ),
)

_COURSE_HEADINGS = {
    "effectif_de_seconde": "Effectifs à la rentrée N / 2nde",
    "effectif_de_premiere": "Effectifs à la rentrée N / 1ère",
    "effectif_de_terminale": "Effectifs à la rentrée N / Term.",
    "taux_acces_2nde_bac": "Taux d'accès bruts / 2nde-Bac",
    "valeur_ajoutee_taux_acces_2nde_bac": "Valeur ajoutée du taux d'accès / 2nde-Bac",
    "taux_acces_1ere_bac": "Taux d'accès bruts / 1ère-Bac",
    "valeur_ajoutee_taux_acces_1ere_bac": "Valeur ajoutée du taux d'accès / 1ère-Bac",
    "taux_acces_terminale_bac": "Taux d'accès bruts / Term-Bac",
    "valeur_ajoutee_taux_acces_terminale_bac": "Valeur ajoutée du taux d'accès / Term-Bac",
}

WORKBOOK_COURSE = tuple(respelt(column, _COURSE_HEADINGS[column.name]) for column in COURSE)


def source(dataset: str, title: str, *provider_ids: str, note: str, optional: bool = False) -> Source:
    """The registry entry of a series of results; newest vintage first."""
    exports = "https://data.education.gouv.fr/api/explore/v2.1/catalog/datasets/{}/exports/csv"
    return Source(
        dataset=dataset,
        title=title,
        owner="DEPP, ministère de l'Éducation nationale",
        licence="Licence Ouverte 2.0 (Etalab)",
        urls=tuple(exports.format(provider_id) for provider_id in provider_ids),
        provider_ids=provider_ids,
        months=(3, 4),
        where="education.gouv.fr, « Les indicateurs de résultats des lycées », the workbook of the year (ival-….xlsx)",
        optional=optional,
        note=note,
    )
