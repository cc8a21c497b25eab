"""Index of social position of each collège, from the ministry's three series of files."""

from greenroom import Bounds, Dataset
from greenroom_schools.ips import CHECKS, ENGINE, SCHOOL, YEAR_AND_PLACE, of_the_plan, pupils, score, source

_AREAS = {"national": "France", "academique": "the académie", "departemental": "the département"}
_SECTORS = {"_prive": "private collèges", "_public": "public collèges", "": "collèges"}

_BENCHMARKS = tuple(
    score(f"ips_{area}{sector}", note=f"mean index of the {kind} in {where}")
    for area, where in _AREAS.items()
    for sector, kind in _SECTORS.items()
)

_COLUMNS = (
    *YEAR_AND_PLACE,
    *SCHOOL,
    pupils("effectifs", "pupils; 2022-2023 only"),
    score("ips", expected=True, note="index of the school, in points"),
    score("ecart_type_ips", "ecart_type_de_l_ips", note="standard deviation of ips"),
    *_BENCHMARKS,
    *ENGINE,
)

# Between 6,900 and 7,100 collèges in each year from 2016 to 2025.
_BOUNDS = Bounds(least=1, complete=6_000, most=8_500, overlap=0.7)

_TRAPS = (
    "The file is cumulative since 2023: a school stands in it once a year.",
    "The scale changed in 2022: do not chain the years.",
    "NA = the département has no private collège: the value is null and its column is named in withheld.",
    "code_region is the académie's region (Pays de la Loire = 17); INSEE's is code_region_insee, published since 2026.",
    "The index is text in some editions and a number in others; both are read.",
    "A table of three columns (uai, IPS, ecart_type_ips) says no name: a school that no published year knows goes to"
    " quarantine.",
)

ips_colleges_years = Dataset(
    name="ips_colleges_years",
    table="ips_colleges_years",
    beside=True,
    columns=_COLUMNS,
    key=("uai", "rentree_scolaire"),
    unit=("rentree_scolaire",),
    group="ips_colleges",
    forms=(of_the_plan("ecart_type_ips", "ips_colleges_plan.sql"),),
    traps=_TRAPS,
    bounds=_BOUNDS,
    checks=CHECKS,
    note="Index of social position of each collège, all years. The scale changed in 2022: do not chain the series.",
)

ips_colleges = Dataset(
    name="ips_colleges",
    table="ips_colleges",
    columns=_COLUMNS,
    key=("uai",),
    group="ips_colleges",
    current_of="ips_colleges_years",
    traps=_TRAPS,
    differs=(
        "The document's « 13,972 collèges » are rows of two rentrées (6,985 of 2023-2024 and 6,987 of 2024-2025):"
        " uai alone is a key of one year only. This table holds the newest complete one, ips_colleges_years all."
    ),
    bounds=_BOUNDS,
    checks=CHECKS,
    note="Index of social position of each collège, newest complete year.",
)

files = source(
    "ips_colleges_years",
    "Indices de position sociale dans les collèges",
    "fr-en-ips-colleges-ap2023",
    "fr-en-ips-colleges-ap2022",
    "fr-en-ips_colleges",
)
