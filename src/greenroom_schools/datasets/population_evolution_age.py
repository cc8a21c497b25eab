"""Inhabitants of each commune and their ages. From INSEE's census, its own files or the export of local statistics."""

from greenroom import Bounds, Dataset, Source
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

_EXPORT_ONLY = "the export only; null from the census file"

_VALUES = (
    amount(
        "population",
        "numeric(12,2)",
        "Population municipale",
        "Population",
        note="inhabitants: P_POP",
    ),
    amount(
        "densite",
        "numeric(10,2)",
        "Densité de population (historique depuis 1876)",
        "Densité de population",
        note=f"inhabitants per square kilometre; {_EXPORT_ONLY}",
    ),
    amount(
        "evolution_annuelle",
        "numeric(7,2)",
        "Évol. annuelle moy. de la population {autre} - {autre} (en %)",
        "Évol. annuelle moy. de la population {autre}-{autre}",
        dated=False,
        note=f"mean change of the population a year, per cent, may be negative; {_EXPORT_ONLY}",
    ),
    share("part_moins_15", "Part des pers. âgées de - 15 ans", note="under 15: P_POP0014 / P_POP"),
    share(
        "part_moins_25",
        "Part des pers. âgées de - de 25 ans",
        "Part des pers. âgées de - 25 ans",
        note=f"under 25; {_EXPORT_ONLY}",
    ),
    share("part_25_64", "Part des pers. âgées de 25 à 64 ans", note=f"25 to 64; {_EXPORT_ONLY}"),
    share("part_65_plus", "Part des pers. âgées de 65 ans ou +", note="65 and over: (P_H65P + P_F65P) / P_POP"),
    share("part_75_plus", "Part des pers. âgées de 75 ans ou +", note="75 and over: (P_POP7589 + P_POP90P) / P_POP"),
    share("part_80_plus", "Part des pers. âgées de 80 ans ou +", note=f"80 and over; {_EXPORT_ONLY}"),
    share(
        "part_cadres_residents",
        "Part des cadres et professions intellectuelles supérieures dans la pop. de 15 ans ou +",
        note="executives and professionals among residents of 15 and over: C_POP15P_CS3 / C_POP15P",
    ),
    share(
        "part_ouvriers_residents",
        "Part des ouvriers dans la pop. de 15 ans ou +",
        note="manual workers among residents of 15 and over: C_POP15P_CS6 / C_POP15P",
    ),
)

population_evolution_age = Dataset(
    name="population_evolution_age",
    table="population_evolution_age",
    columns=(*PLACE_COLUMNS, *_VALUES, *FILE_COLUMNS),
    key=("code_commune", "annee"),
    unit=("annee",),
    forms=(
        *local_statistics(*PLACE_COLUMNS, *_VALUES),
        census(
            "population",
            *counted("p_pop", "p_pop0014"),
            *perhaps(
                "p_pop65p",
                "p_h65p",
                "p_f65p",
                "p_pop75p",
                "p_pop7589",
                "p_pop90p",
                "c_pop15p",
                "c_pop15p_cs3",
                "c_pop15p_cs6",
            ),
        ),
    ),
    bounds=Bounds(least=1, complete=30_000, most=36_000),
    checks=COMMUNE_CHECKS,
    traps=(
        "A census year is the middle of five years of surveys: do not compare years less than five apart.",
        "Six communes have no inhabitant: their shares are null, not 0.",
        "The census file has no band that ends at 25: part_moins_25 is null where a row comes from it.",
    ),
    differs="The columns of the old table are not known; each name says what it holds, and its note how it is made.",
    note="Inhabitants by commune, their ages and occupations. Source: INSEE, census.",
)

file = Source(
    dataset="population_evolution_age",
    title="Évolution et structure de la population en 2021, recensement de la population, base communale",
    owner=INSEE,
    licence=OPEN_LICENCE,
    where=(
        "insee.fr/fr/statistiques/7631458: base-cc-evol-struct-pop-2021_csv.zip; "
        "or statistiques-locales.insee.fr, level commune, theme population, export as CSV."
    ),
    months=(6, 7),
)
