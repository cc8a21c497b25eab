"""Spécialités of the classe de 1re générale taught at each place, from ONISEP."""

from greenroom import Bounds, Check, Column, Dataset, Form
from greenroom_schools.ips import ENGINE
from greenroom_schools.onisep import AF, AF_FILED, DATES, DATES_FILED, PLACE, PLACE_FILED, UAI_TRAPS, source

specialites_lycees = Dataset(
    name="specialites_lycees",
    table="specialites_lycees",
    columns=(
        AF,
        *PLACE,
        Column("specialites_raw", note="the list as published, separated by ' / '"),
        Column(
            "specialites_array",
            "text[]",
            note="the same as canonical labels (specialites_libelles), sorted; {} when the list is empty",
        ),
        *DATES,
        *(column for column in ENGINE if column.name != "withheld"),
    ),
    key=("af_id",),
    label=("af_id", "libelle"),
    forms=(
        Form(
            "onisep",
            (
                AF_FILED,
                Column(
                    "specialites_raw",
                    headers=("Enseignements de spécialité de classe de 1ère générale", "specialites"),
                    expected=True,
                ),
                *PLACE_FILED,
                *DATES_FILED,
            ),
            shape="specialites_lycees.sql",
            note="The published file, CSV or JSON.",
        ),
    ),
    traps=(
        *UAI_TRAPS,
        "The published labels are lower-case ('mathématiques'); specialites_array holds canonical ones.",
        "Commas stand inside labels: the list is split on ' / ' only.",
    ),
    differs=(
        "A row is an offer (af_id), not a school: the source document's USING (uai) repeats a lycée that has "
        "annexes. Join the view specialites_par_uai, which has one row per UAI."
    ),
    # 2,452 rows in April 2026
    bounds=Bounds(least=1, complete=2_000, most=3_500),
    checks=(
        Check(
            "unknown_specialite",
            query="specialites_unknown.sql",
            note="a spécialité that is not in specialites_libelles; it is published as given",
        ),
    ),
    note="Spécialités of the classe de 1re générale, one row per offer at a place of teaching.",
)

file = source("specialites_lycees", "Idéo-Enseignements de spécialité de première générale", "60113f395cce6")
