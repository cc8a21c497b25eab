"""Jobs, unemployment and occupations in each commune. From INSEE's census, its files or the export."""

from greenroom import Bounds, Column, Dataset, Source
from greenroom_schools.socio import (
    COMMUNE_CHECKS,
    FILE_COLUMNS,
    INSEE,
    OPEN_LICENCE,
    PLACE_COLUMNS,
    amount,
    census,
    counted,
    local_statistics,
    perhaps,
    share,
)

_JOBS = "dans le nb d'emplois au LT"


def _jobs(name: str, number: int, what: str, *people: str) -> Column:
    """Share of one occupation among the jobs of the commune."""
    return share(
        name,
        *(f"Part des {word} {_JOBS}" for word in people),
        note=f"{what} among the jobs located here, whoever holds them: C_EMPLT_CS{number} / C_EMPLT",
    )


_VALUES = (
    amount(
        "emplois",
        "numeric(12,2)",
        "Nb d'emplois au lieu de travail (LT)",
        "Nb d'emplois au lieu de travail",
        "Emplois au lieu de travail",
        note="jobs located in the commune: P_EMPLT",
    ),
    share(
        "taux_activite",
        "Taux d'activité par tranche d'âge 15 à 64 ans",
        "Taux d'activité par tranche d'âge",
        "Taux d'activité des 15-64 ans",
        "Taux d'activité des 15 à 64 ans",
        note="residents of 15 to 64 who work or seek work: P_ACT1564 / P_POP1564",
    ),
    share(
        "taux_chomage",
        "Taux de chômage au sens du recensement",
        "Taux de chômage des 15-64 ans",
        "Taux de chômage des 15 à 64 ans",
        "Taux de chômage des 15-64 ans au sens du recensement",
        note="residents of 15 to 64 who call themselves unemployed, of the active ones: P_CHOM1564 / P_ACT1564",
    ),
    _jobs("part_agriculteurs", 1, "farmers", "agriculteurs exploitants", "agriculteurs"),
    _jobs(
        "part_artisans",
        2,
        "craftsmen, shopkeepers, heads of businesses",
        "artisans, commerçants, chefs d'entreprise",
        "artisans, commerçants et chefs d'entreprise",
        "artisans, commerçants, chefs ent.",
    ),
    _jobs(
        "part_cadres",
        3,
        "executives and professionals",
        "cadres et professions intellectuelles supérieures",
        "cadres et prof. intellectuelles sup.",
        "cadres et prof. intel. sup.",
        "cadres",
    ),
    _jobs(
        "part_professions_intermediaires",
        4,
        "technicians and associate professionals",
        "professions intermédiaires",
        "prof. intermédiaires",
    ),
    _jobs("part_employes", 5, "clerical, sales and service workers", "employés"),
    _jobs("part_ouvriers", 6, "manual workers", "ouvriers"),
    amount(
        "unites_legales",
        "numeric(12,2)",
        "Nombre d'unités légales",
        note="businesses; their year may differ from that of the row; the export only",
        dated=False,
    ),
    amount(
        "etablissements",
        "numeric(12,2)",
        "Nombre d'établissements",
        note="their places of business, as above; the export only",
        dated=False,
    ),
    amount(
        "effectifs_salaries",
        "numeric(12,2)",
        note="employees of those, as above; the export only",
        dated=False,
    ),
)

activite_economique_2022 = Dataset(
    name="activite_economique_2022",
    table="activite_economique_2022",
    columns=(*PLACE_COLUMNS, *_VALUES, *FILE_COLUMNS),
    key=("code_commune", "annee"),
    unit=("annee",),
    forms=(
        *local_statistics(*PLACE_COLUMNS, *_VALUES),
        census(
            "activite",
            *counted("p_act1564", "p_chom1564"),
            *perhaps(
                "p_pop1564",
                "p_emplt",
                "c_emplt",
                "c_emplt_cs1",
                "c_emplt_cs2",
                "c_emplt_cs3",
                "c_emplt_cs4",
                "c_emplt_cs5",
                "c_emplt_cs6",
            ),
        ),
    ),
    bounds=Bounds(least=1, complete=30_000, most=36_000),
    checks=COMMUNE_CHECKS,
    traps=(
        "Occupations are shares of the jobs located here; those of residents stand in population_evolution_age.",
        "Unemployment as the census counts it is higher than the official rate, which no commune has.",
        "A label of the export may hold line breaks inside its quotes: they do not count.",
    ),
    differs="The columns of the old table are not known; each name says what it holds, and its note how it is made.",
    note="Jobs, unemployment and occupations by commune. Source: INSEE, census; register of businesses.",
)

file = Source(
    dataset="activite_economique_2022",
    title="Emploi - Population active en 2022, recensement de la population, base communale",
    owner=INSEE,
    licence=OPEN_LICENCE,
    where=(
        "insee.fr, base communale « Emploi - Population active » of the census (7632646 for 2021): "
        "base-cc-emploi-pop-active-AAAA_csv.zip; or statistiques-locales.insee.fr, level commune, export as CSV."
    ),
    months=(6, 7),
)
