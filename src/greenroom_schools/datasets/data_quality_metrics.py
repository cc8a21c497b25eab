"""How much of the sectors of each département could be put on a map."""

from greenroom import Bounds, Check, Column, Dataset
from greenroom_schools.sectorisation import ENGINE

data_quality_metrics = Dataset(
    name="data_quality_metrics",
    table="data_quality_metrics",
    columns=(
        Column("department", required=True, clean="departement", note="code of the département, 01, 2A, 971"),
        Column("total_segments", "integer", required=True, note="rows of its newest editions, one a level"),
        Column(
            "osm_matched",
            "integer",
            required=True,
            note="of these, how many have a line or a place of a street of the same name",
        ),
        Column(
            "match_confidence",
            "numeric(5,2)",
            note="mean likeness of the matched ones, 0 to 100; null where none is matched",
        ),
        *ENGINE,
    ),
    key=("department",),
    needs=("sectorisation_segments", "rues_geocodees"),
    derive="data_quality_metrics.sql",
    bounds=Bounds(least=1, complete=1, most=110),
    checks=(Check("too_many_matched", "quality_too_many_matched.sql", "more matched than there are"),),
    differs="Streets are matched to points of a geocoder where a file gives no line: osm_matched counts both.",
    note="How many sectors by street could be put on a map, by département; follows each promotion of the sectors.",
)
