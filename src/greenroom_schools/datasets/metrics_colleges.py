"""Results of collèges at the brevet, all sessions, from three styles of header."""

from dataclasses import replace

from greenroom import Bounds, Check, Column, Dataset, Source
from greenroom.model.form import Form
from greenroom_schools.ips import ENGINE, WITHHELD


def _number(name: str, kind: str, pattern: str, *headers: str, note: str, expected: bool = False) -> Column:
    return Column(
        name, kind, headers=headers, missing=WITHHELD, clean="number", pattern=pattern, expected=expected, note=note
    )


def _pupils(name: str, *headers: str, note: str, expected: bool = False) -> Column:
    return _number(name, "integer", "^[0-9]{1,5}$", *headers, note=note, expected=expected)


def _rate(name: str, *headers: str, note: str, expected: bool = False) -> Column:
    pattern = r"^(100|[0-9]{1,2})(\.[0-9]{1,2})?$"
    return _number(name, "numeric(5,2)", pattern, *headers, note=f"{note}, per cent", expected=expected)


def _mark(name: str, *headers: str, note: str) -> Column:
    return _number(name, "numeric(5,2)", r"^(20|1?[0-9])(\.[0-9]{1,2})?$", *headers, note=f"{note}, out of 20")


def _added(name: str, *headers: str, note: str) -> Column:
    return _number(name, "numeric(5,2)", r"^-?[0-9]{1,2}(\.[0-9]{1,2})?$", *headers, note=f"{note}: value added")


# In this order: ours (the old tables'), the portal's, the publication of 2024.
_PUBLISHED = (
    Column("session", "integer", required=True, clean="session", note="session of the brevet: 2024 = summer 2024"),
    Column("uai", required=True, clean="uai", note="school number with its check letter"),
    Column(
        "nom_etablissement",
        required=True,
        headers=("nom_de_l_etablissement", "nom_etab"),
        note="name of the school, upper case; the publisher writes a comma for each full stop (W,A, MOZART)",
    ),
    Column("commune", headers=("nom_com",), note="name of the commune, upper case; not a key"),
    Column("code_region_academique", clean="region_academique", note="code of the académie's region, not INSEE's"),
    Column("region_academique", note="name of the académie's region"),
    Column("code_academie", clean="region", note="code of the académie"),
    Column("academie", headers=("acad",), note="name of the académie, upper case without accents"),
    Column("code_departement", clean="departement", note="01, 2A, 971"),
    Column("departement", headers=("nom_dept",), note="name of the département, upper case"),
    Column("secteur", expected=True, clean="secteur_sous_contrat", note="public, privé sous contrat"),
    _pupils("nb_candidats_g", expected=True, note="candidates of the general series"),
    _rate("taux_reussite_g", "taux_de_reussite_g", expected=True, note="candidates who passed, general series"),
    _added(
        "va_taux_reussite_g",
        "va_du_taux_de_reussite_g",
        "va_taux_de_reussite_g",
        note="candidates who passed, general series, points",
    ),
    _mark("note_ecrit_g", "note_a_l_ecrit_g", note="mean mark of the written papers, general series"),
    _added("va_note_g", "va_de_la_note_g", note="mean mark of the written papers, general series"),
    _pupils("nb_candidats_p", note="candidates of the vocational series"),
    _rate("taux_reussite_p", "taux_de_reussite_p", note="candidates who passed, vocational series"),
    _mark("note_ecrit_p", "note_a_l_ecrit_p", note="mean mark of the written papers, vocational series"),
    _rate(
        "taux_acces_6e_3e",
        "taux_d_acces_6eme_3eme",
        "taux_acces_6eme_3eme",
        "taux_d_acces_6e_3e",
        note="pupils of sixième who reach troisième in the school",
    ),
    *(
        _rate(f"part_presents_3e_{ours}", f"part_presents_3eme_{ours}", note=f"pupils of troisième {what} who sat it")
        for ours, what in {
            "ordinaire_total": "outside segpa",
            "ordinaire_g": "outside segpa, general series",
            "ordinaire_p": "outside segpa, vocational series",
            "segpa_total": "in segpa",
        }.items()
    ),
    _pupils("nb_mentions_ab_g", note="candidates with honours assez bien, general series"),
    _pupils("nb_mentions_b_g", note="candidates with honours bien, general series"),
    _pupils("nb_mentions_tb_g", note="candidates with honours très bien, general series"),
    _pupils("nb_mentions_global_g", note="candidates with honours, general series"),
)

_OF_THE_OLD_APPLICATION = "filled only from an export of the old table; the source has no such thing"

metrics_colleges = Dataset(
    name="metrics_colleges",
    table="metrics_colleges",
    columns=(
        *_PUBLISHED,
        _rate("taux_mention", note="computed here: 100 * nb_mentions_global_g / nb_candidats_g, two decimals"),
        Column("score_college", "numeric", note=_OF_THE_OLD_APPLICATION),
        Column("classement", "integer", note=_OF_THE_OLD_APPLICATION),
        Column("classement_relatif", "integer", note=_OF_THE_OLD_APPLICATION),
        Column("valeur_ajoutee", "numeric", note=_OF_THE_OLD_APPLICATION),
        Column(
            "code_commune",
            clean="commune",
            note="INSEE code, found by UAI: in the national directory, then in the index of social position",
        ),
        *ENGINE,
    ),
    key=("uai", "session"),
    unit=("session",),
    forms=(
        # What an old table's export has beside makes the plain form fit it better than this one.
        Form("ivac", tuple(replace(column, missing=()) for column in _PUBLISHED), shape="metrics_colleges.sql"),
    ),
    needs=("etablissements_geolocalisation", "ips_colleges_years"),
    label=("uai", "nom_etablissement", "session"),
    # 6,622 in 2022, 6,615 in 2023, 6,816 in 2024.
    bounds=Bounds(least=1, complete=6_000, most=8_000, overlap=0.7),
    checks=(Check("results_empty", query="colleges_empty.sql", note="a session without a single rate"),),
    traps=(
        "No code of the commune is published: it is found by UAI. A name will not do: eleven of them stand for several"
        " communes of one département.",
        "score_college, classement, classement_relatif and valeur_ajoutee were computed by the old application: null.",
        "Value added is empty for some six in a hundred collèges (1,171 of 20,053 rows): too few pupils.",
        "A copy that was saved again writes None for an empty cell.",
        "The publication of 2024 has 24 columns and no codes of région, académie or département.",
        "PR means privé sous contrat: no other private school is published.",
    ),
    differs=(
        "The document expects 7,000 to 8,000 collèges in a session; the ministry published 6,816 for 2024. Its"
        " « 13,972 collèges » are rows of two rentrées of another file (the index of social position)."
    ),
    note="Results of collèges at the brevet (IVAC), one row a collège and session.",
)

files = Source(
    dataset="metrics_colleges",
    title="Indicateurs de valeur ajoutée des collèges",
    owner="DEPP, ministère de l'Éducation nationale",
    licence="Licence Ouverte 2.0 (Etalab)",
    urls=(
        "https://data.education.gouv.fr/api/explore/v2.1/catalog/datasets/"
        "fr-en-indicateurs-valeur-ajoutee-colleges/exports/csv",
    ),
    provider_ids=("fr-en-indicateurs-valeur-ajoutee-colleges",),
    months=(3, 4),
    note="Cumulative since session 2022.",
)
