"""Incomes of each commune, and of its bassin de vie where those of the commune are secret. From INSEE's Filosofi."""

from greenroom import Bounds, Check, Column, Dataset, Source
from greenroom_schools.ips import ENGINE
from greenroom_schools.socio import (
    CODE,
    COMMUNE_CHECKS,
    FILE_COLUMNS,
    INSEE,
    NAME,
    OPEN_LICENCE,
    WITHHELD,
    YEAR,
    labels,
    local_statistics,
)


def _value(name: str, kind: str, code: str, note: str, *spellings: str) -> Column:
    return Column(
        name,
        kind,
        headers=(f"{code}{{aa}}", *labels(*spellings)) if code else labels(*spellings),
        missing=WITHHELD,
        clean="number",
        note=note,
    )


def _percent(name: str, code: str, note: str, *spellings: str) -> Column:
    return _value(name, "numeric(6,2)", code, f"{note}, per cent", *spellings)


_MEDIAN = _value(
    "niveau_vie_median", "numeric(10,2)", "MED", "median standard of living, euros a year", "Médiane du niveau de vie"
)
_POVERTY = _percent("taux_pauvrete", "TP60", "people under 60 % of the national median", "Taux de pauvreté")
_DETAILS = (
    _value("nb_menages", "integer", "NBMENFISC", "households of the tax register"),
    _value("nb_personnes", "numeric(12,1)", "NBPERSMENFISC", "people in them"),
    _percent("part_menages_imposes", "PIMP", "households that pay income tax"),
    _value("d1", "numeric(10,2)", "D1", "first decile of the standard of living, euros"),
    _value("d9", "numeric(10,2)", "D9", "ninth decile, euros"),
    _value("rapport_interdecile", "numeric(6,2)", "RD", "d9 / d1"),
)
_AGES = ("under 30", "30 to 39", "40 to 49", "50 to 59", "60 to 74", "75 and over")
_PARTS = (
    *(
        _percent(f"taux_pauvrete_age_{n}", f"TP60AGE{n}", f"poverty where the reference person is {age}")
        for n, age in enumerate(_AGES, start=1)
    ),
    _percent("taux_pauvrete_proprietaires", "TP60TOL1", "poverty among owners"),
    _percent("taux_pauvrete_locataires", "TP60TOL2", "poverty among tenants"),
    _percent("part_revenus_activite", "PACT", "income from work"),
    _percent("part_salaires", "PTSA", "of which wages"),
    _percent("part_indemnites_chomage", "PCHO", "of which unemployment benefit"),
    _percent("part_revenus_independants", "PBEN", "of which self-employment"),
    _percent("part_pensions", "PPEN", "income from pensions"),
    _percent("part_patrimoine", "PPAT", "income from property"),
    _percent("part_prestations_sociales", "PPSOC", "income from social benefits"),
    _percent("part_prestations_familiales", "PPFAM", "of which for families"),
    _percent("part_minima_sociaux", "PPMINI", "of which minimum incomes"),
    _percent("part_prestations_logement", "PPLOGT", "of which for housing"),
    _percent("part_impots", "PIMPOT", "taxes; below zero"),
)

_FILOSOFI = (_MEDIAN, _POVERTY, *_DETAILS, *_PARTS)

revenus_communes_2021 = Dataset(
    name="revenus_communes_2021",
    table="revenus_communes_2021",
    beside=True,
    columns=(CODE, NAME, YEAR, *_FILOSOFI, *FILE_COLUMNS),
    key=("code_commune", "annee"),
    unit=("annee",),
    forms=local_statistics(CODE, NAME, YEAR, *_FILOSOFI),
    bounds=Bounds(least=1, complete=30_000, most=36_000),
    checks=COMMUNE_CHECKS,
    traps=(
        "s (secret) and nd (not available) are no numbers: in 2021 the median is withheld for one commune in ten, "
        "the poverty rate for seven in eight.",
        "Overseas only Martinique and La Réunion are there.",
        "Paris, Lyon and Marseille stand beside their arrondissements.",
    ),
    note="Incomes by commune as INSEE publishes them. Source: INSEE, Filosofi.",
)

revenus_bassins_2021 = Dataset(
    name="revenus_bassins_2021",
    table="revenus_bassins_2021",
    beside=True,
    columns=(
        Column(
            "code_bassin",
            required=True,
            headers=("Code", "CODGEO"),
            pattern="^[0-9][0-9AB][0-9]{3}$",
            note="bassin de vie; looks like the code of a commune and is none",
        ),
        Column("libelle", headers=("Libellé", "LIBGEO"), note="name of its chief town"),
        YEAR,
        _MEDIAN,
        _POVERTY,
        *FILE_COLUMNS,
    ),
    key=("code_bassin", "annee"),
    unit=("annee",),
    forms=local_statistics(
        Column("code_bassin", required=True, headers=("Code", "CODGEO")),
        Column("libelle", headers=("Libellé", "LIBGEO")),
        YEAR,
        _MEDIAN,
        _POVERTY,
    ),
    bounds=Bounds(least=1, complete=1_500, most=2_000),
    checks=(
        Check("bassin_level", query="bassin_level.sql", note="an export of communes, loaded as one of bassins"),
        COMMUNE_CHECKS[1],
    ),
    traps=(
        "Exports since 2023 use the bassins drawn in 2022 (1,706); those of 2012 were 1,664; most keep their code.",
        "Thirteen bassins have no poverty rate.",
    ),
    note="Incomes by bassin de vie: stands in where those of a commune are secret. Source: INSEE, Filosofi.",
)

_LEVEL = "whose value it is: commune, bassin (the commune's is secret), none"

merged_revenu_commune_bassin_2021 = Dataset(
    name="merged_revenu_commune_bassin_2021",
    table="merged_revenu_commune_bassin_2021",
    columns=(
        Column("code_commune", required=True, note=CODE.note),
        YEAR,
        Column("code_bassin", note="bassin de vie of the commune, from the newest communes_appartenance"),
        Column("niveau_vie_median", "numeric(10,2)", missing=WITHHELD, note="median standard of living, euros a year"),
        Column("niveau_vie_median_level", required=True, pattern="^(commune|bassin|none)$", note=_LEVEL),
        Column("taux_pauvrete", "numeric(6,2)", missing=WITHHELD, note="people under 60 % of the median, per cent"),
        Column("taux_pauvrete_level", required=True, pattern="^(commune|bassin|none)$", note=_LEVEL),
        Column(
            "bassin_approche", "boolean", note="the bassin is of another drawing than the incomes: near, not the same"
        ),
        *(Column(c.name, c.type, missing=WITHHELD, note=f"{c.note}; the commune's own") for c in _DETAILS),
        *ENGINE,
    ),
    key=("code_commune", "annee"),
    unit=("annee",),
    needs=("revenus_communes_2021", "revenus_bassins_2021", "communes_appartenance"),
    derive="merged_revenu_commune_bassin_2021.sql",
    bounds=Bounds(least=1, complete=1, most=40_000),
    traps=(
        "A value of level bassin is that of a whole living area: not fit to rank the communes in it.",
        "Up to 2022 communes_appartenance has bassins of 2012; the incomes may have those of 2022 (bassin_approche).",
    ),
    differs=(
        "No file of its own: made from revenus_communes_2021 (the Filosofi file goes there), revenus_bassins_2021 and "
        "communes_appartenance, again whenever one of them is promoted. Each value says whose it is."
    ),
    note="Income and poverty by commune; the bassin de vie's where the commune's is secret. Source: INSEE, Filosofi.",
)

communes = Source(
    dataset="revenus_communes_2021",
    title="Structure et distribution des revenus, inégalité des niveaux de vie en 2021 (Filosofi), communes",
    owner=INSEE,
    licence=OPEN_LICENCE,
    where="insee.fr/fr/statistiques/7756729: the file of communes, cc_filosofi_2021_COM.csv, in a ZIP.",
    provider_ids=("7756729",),
    months=(2, 3, 10),
)

bassins = Source(
    dataset="revenus_bassins_2021",
    title="Statistiques locales: médiane du niveau de vie et taux de pauvreté, bassins de vie",
    owner=INSEE,
    licence=OPEN_LICENCE,
    where="statistiques-locales.insee.fr: the two indicators of the same year, level bassin de vie, export as CSV.",
    months=(2, 3, 10),
    optional=True,
)
