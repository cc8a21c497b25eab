"""Index of social position of each lycée, from the ministry's three series of files."""

from greenroom import Bounds, Column, Dataset
from greenroom_schools.ips import CHECKS, ENGINE, SCHOOL, YEAR_AND_PLACE, of_the_plan, pupils, score, source

_KINDS = {
    "legt": "lycées d'enseignement général et technologique",
    "lpo": "lycées polyvalents",
    "lp": "lycées professionnels",
}
_AREAS = {"national": "France", "academique": "the académie", "departemental": "the département"}
_SECTORS = {"": "", "_prive": ", private", "_public": ", public"}

_BENCHMARKS = tuple(
    score(f"ips_{area}_{kind}{sector}", note=f"mean index of the {kinds}{only}, in {where}")
    for area, where in _AREAS.items()
    for kind, kinds in _KINDS.items()
    for sector, only in _SECTORS.items()
)

_COLUMNS = (
    *YEAR_AND_PLACE,
    *SCHOOL,
    Column(
        "type_de_lycee", required=True, pattern="^(LEGT|LPO|LP)$", note="LEGT, LPO (both tracks) or LP (vocational)"
    ),
    pupils("effectifs_voie_gt", "pupils of the general and technological track; 2022-2023 only"),
    pupils("effectifs_voie_pro", "pupils of the vocational track; 2022-2023 only"),
    pupils("effectifs_ensemble_gt_pro", "pupils of both tracks; 2022-2023 only"),
    score("ips_voie_gt", note="index of the general and technological track"),
    score("ips_voie_pro", note="index of the vocational track"),
    score("ips_post_bac", note="index of the classes after the baccalauréat; since 2023-2024"),
    score(
        "ips",
        "ips_etab",
        "ips_ensemble_gt_pro",
        "ips_de_l_etablissement",
        expected=True,
        note="index of the whole school, in points; since 2023-2024 with the classes after the baccalauréat",
    ),
    score(
        "ecart_type_voie_gt", "ecart_type_de_l_ips_voie_gt", note="standard deviation of ips_voie_gt; since 2019-2020"
    ),
    score(
        "ecart_type_voie_pro",
        "ecart_type_de_l_ips_voie_pro",
        note="standard deviation of ips_voie_pro; since 2019-2020",
    ),
    score("ecart_type", "ecart_type_etablissement", note="standard deviation of ips; since 2023-2024"),
    *_BENCHMARKS,
    *ENGINE,
)

# Between 3,598 and 3,662 lycées in each year from 2016 to 2025.
_BOUNDS = Bounds(least=1, complete=3_000, most=4_500, overlap=0.7)

_TRAPS = (
    "The file is cumulative since 2023: a school stands in it once a year.",
    "The scale changed in 2022 (mean 103.91 in 2021-2022, 105.80 in 2022-2023): do not chain the years.",
    "Until 2022 the index of the whole school leaves the classes after the baccalauréat out, since 2023 it has them.",
    "Compare a lycée with the benchmark of its own type (LEGT, LPO, LP).",
    "code_region is the académie's region (Pays de la Loire = 17); INSEE's is code_region_insee, published since 2026.",
    "The header of 2026 has a column more and one less: read by position, every value would shift in silence.",
    "NS = too few pupils: the value is null and its column is named in withheld.",
    "A table of three columns (uai, IPS, ecart_type) says no name: a school that no published year knows goes to"
    " quarantine.",
)

ips_lycees_years = Dataset(
    name="ips_lycees_years",
    table="ips_lycees_years",
    beside=True,
    columns=_COLUMNS,
    key=("uai", "rentree_scolaire"),
    unit=("rentree_scolaire",),
    group="ips_lycees",
    forms=(of_the_plan("ecart_type", "ips_lycees_plan.sql"),),
    traps=_TRAPS,
    bounds=_BOUNDS,
    checks=CHECKS,
    note="Index of social position of each lycée, all years. The scale changed in 2022: do not chain the series.",
)

ips_lycees = Dataset(
    name="ips_lycees",
    table="ips_lycees",
    columns=_COLUMNS,
    key=("uai",),
    group="ips_lycees",
    current_of="ips_lycees_years",
    traps=_TRAPS,
    differs=(
        "The document's « 7,243 lycées » are rows of two rentrées (3,612 of 2023-2024 and 3,631 of 2024-2025):"
        " uai alone is a key of one year only. This table holds the newest complete one, ips_lycees_years all."
    ),
    bounds=_BOUNDS,
    checks=CHECKS,
    note="Index of social position of each lycée, newest complete year.",
)

files = source(
    "ips_lycees_years",
    "Indices de position sociale dans les lycées",
    "fr-en-ips-lycees-ap2023",
    "fr-en-ips-lycees-ap2022",
    "fr-en-ips_lycees",
)
