"""Dwellings of each commune: owned, rented, second homes, empty. From INSEE's census, its files or the export."""

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

_ALL = "dans le total des logements"
_MAIN = "dans les rés. principales"

_VALUES = (
    amount("logements", "numeric(12,2)", "Nombre de logements", "Nb de logements", note="dwellings: P_LOG"),
    amount(
        "residences_principales",
        "numeric(12,2)",
        "Rés. principales",
        "Nb de résidences principales",
        note="main homes: P_RP",
    ),
    share("part_residences_principales", f"Part des rés. principales {_ALL}", note="main homes: P_RP / P_LOG"),
    share(
        "part_residences_secondaires",
        f"Part des rés. secondaires {_ALL}",
        f"Part des rés. secondaires (y compris les logements occasionnels) {_ALL}",
        note="second and occasional homes: P_RSECOCC / P_LOG",
    ),
    share(
        "part_vacants",
        f"Part des logements vacants {_ALL}",
        f"Part des logements vacants {_ALL} (y compris les logements occasionnels)",
        note="empty dwellings: P_LOGVAC / P_LOG",
    ),
    share("part_maisons", f"Part des maisons {_ALL}", note="houses: P_MAISON / P_LOG"),
    share("part_appartements", f"Part des appartements {_ALL}", note="flats: P_APPART / P_LOG"),
    share("part_proprietaires", f"Part des propriétaires {_MAIN}", note="owned main homes: P_RP_PROP / P_RP"),
    share("part_locataires", f"Part des locataires {_MAIN}", note="rented main homes: P_RP_LOC / P_RP"),
    share(
        "part_hlm",
        f"Part des locataires HLM {_MAIN}",
        f"Part des locataires (HLM) {_MAIN}",
        note="main homes rented as social housing: P_RP_LOCHLMV / P_RP",
    ),
    share(
        "part_suroccupation",
        "Part des résidences principales en suroccupation accentuée",
        note="main homes two rooms too small; the export only",
    ),
    amount(
        "taille_menages", "numeric(5,2)", "Taille moyenne des ménages", note="people per main home: P_NPER_RP / P_RP"
    ),
)

logement_2021 = Dataset(
    name="logement_2021",
    table="logement_2021",
    columns=(*PLACE_COLUMNS, *_VALUES, *FILE_COLUMNS),
    key=("code_commune", "annee"),
    unit=("annee",),
    forms=(
        *local_statistics(*PLACE_COLUMNS, *_VALUES),
        census(
            "logement",
            *counted("p_log", "p_rp", "p_rsecocc", "p_logvac", "p_rp_prop", "p_rp_loc", "p_rp_lochlmv"),
            *perhaps("p_maison", "p_appart", "p_nper_rp"),
        ),
    ),
    bounds=Bounds(least=1, complete=30_000, most=36_000),
    checks=COMMUNE_CHECKS,
    traps=(
        "Shares have two wholes: all dwellings, or main homes only. The notes of the columns say which.",
        "Social housing is part of the rented homes: the two do not add up.",
    ),
    differs="The columns of the old table are not known; each name says what it holds, and its note how it is made.",
    note="Dwellings by commune and how they are held. Source: INSEE, census.",
)

file = Source(
    dataset="logement_2021",
    title="Logement en 2021, recensement de la population, base communale",
    owner=INSEE,
    licence=OPEN_LICENCE,
    where=(
        "insee.fr/fr/statistiques/7632558: base-cc-logement-2021_csv.zip; "
        "or statistiques-locales.insee.fr, level commune, theme logement, export as CSV."
    ),
    months=(6, 7),
)
