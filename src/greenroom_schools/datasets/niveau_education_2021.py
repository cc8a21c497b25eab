"""Highest diploma of the adults of each commune. From INSEE's census: its own files, or its export."""

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
    share,
)

_OF = "dans la pop. non scolarisée de 15 ans ou +"
_HIGHEST = "Part des pers., dont le diplôme le plus élevé est"

_VALUES = (
    amount(
        "non_scolarises_15_plus",
        "numeric(12,2)",
        "Nb de pers. non scolarisées de 15 ans ou +",
        note="people of 15 and over who are not at school: P_NSCOL15P; the whole of the shares",
    ),
    share(
        "part_sans_diplome",
        f"Part des non ou peu diplômés {_OF}",
        note="no diploma, or that of primary school: P_NSCOL15P_DIPLMIN / P_NSCOL15P",
    ),
    share(
        "part_brevet",
        f"{_HIGHEST} le bepc ou le brevet, {_OF}",
        f"{_HIGHEST} le bepc ou le brevet des collèges, {_OF}",
        f"Part des titulaires du bepc ou du brevet {_OF}",
        note="brevet: P_NSCOL15P_BEPC / P_NSCOL15P",
    ),
    share(
        "part_cap_bep",
        f"{_HIGHEST} un CAP ou un BEP, {_OF}",
        note="CAP or BEP: P_NSCOL15P_CAPBEP / P_NSCOL15P",
    ),
    share("part_bac", f"{_HIGHEST} le bac, {_OF}", note="baccalauréat: P_NSCOL15P_BAC / P_NSCOL15P"),
    share(
        "part_bac_plus_2",
        f"Part des diplômés d'un BAC+2 {_OF}",
        note="two years after the baccalauréat: P_NSCOL15P_SUP2 / P_NSCOL15P",
    ),
    share(
        "part_bac_plus_3_4",
        f"Part des diplômés d'un BAC+3 ou BAC+4 {_OF}",
        note="three or four years after it: P_NSCOL15P_SUP34 / P_NSCOL15P",
    ),
    share(
        "part_bac_plus_5",
        f"Part des diplômés d'un BAC+5 ou plus {_OF}",
        note="five years or more after it: P_NSCOL15P_SUP5 / P_NSCOL15P",
    ),
)

niveau_education_2021 = Dataset(
    name="niveau_education_2021",
    table="niveau_education_2021",
    columns=(*PLACE_COLUMNS, *_VALUES, *FILE_COLUMNS),
    key=("code_commune", "annee"),
    unit=("annee",),
    forms=(
        *local_statistics(*PLACE_COLUMNS, *_VALUES),
        census(
            "diplomes",
            *counted(
                "p_nscol15p",
                "p_nscol15p_diplmin",
                "p_nscol15p_bepc",
                "p_nscol15p_capbep",
                "p_nscol15p_bac",
                "p_nscol15p_sup2",
                "p_nscol15p_sup34",
                "p_nscol15p_sup5",
            ),
        ),
    ),
    bounds=Bounds(least=1, complete=30_000, most=36_000),
    checks=COMMUNE_CHECKS,
    traps=(
        "A census year is the middle of five years of surveys: do not compare years less than five apart.",
        "The census files count in weights, with decimals: shares of small communes are estimates.",
    ),
    differs="The columns of the old table are not known; each name says what it holds, and its note how it is made.",
    note="Highest diploma of people of 15 and over who left school, by commune. Source: INSEE, census.",
)

file = Source(
    dataset="niveau_education_2021",
    title="Diplômes - Formation en 2021, recensement de la population, base communale",
    owner=INSEE,
    licence=OPEN_LICENCE,
    where=(
        "insee.fr/fr/statistiques/7632715: base-cc-diplomes-formation-2021_csv.zip; "
        "or statistiques-locales.insee.fr, level commune, theme diplômes, export as CSV."
    ),
    months=(6, 7),
)
