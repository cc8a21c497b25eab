"""What each code that a commune ever had is today; made from the communes and their movements."""

from greenroom import Bounds, Column, Dataset
from greenroom_schools.ips import ENGINE

communes_correspondances = Dataset(
    name="communes_correspondances",
    table="communes_correspondances",
    beside=True,
    columns=(
        Column("code_ancien", required=True, note="a code that a commune, or an arrondissement, has or had since 1943"),
        Column(
            "valid_from", "date", required=True, note="first day on which the code meant that; 1943-01-01 = or before"
        ),
        Column("valid_until", "date", note="first day on which it no longer did; null = it still does"),
        Column("code_actuel", required=True, note="commune of today (type COM) that holds the land, or part of it"),
        Column(
            "kind",
            required=True,
            pattern="^(same|merged|renumbered|split|part|arrondissement|alias)$",
            note=(
                "same; merged into another; renumbered; split among several; part = no commune had the code at "
                "that time, and in a file it means the former commune; arrondissement; alias = a code of files, "
                "none of INSEE"
            ),
        ),
        Column(
            "is_unique", "boolean", required=True, note="false where the code, at that time, is several communes now"
        ),
        *ENGINE,
    ),
    key=("code_ancien", "valid_from", "code_actuel"),
    needs=("info_communes", "communes_mouvements"),
    derive="communes_correspondances.sql",
    bounds=Bounds(least=1, complete=1, most=100_000),
    traps=(
        "Old to new is no function: a commune that was put together and taken apart again has, in the years between, "
        "several successors (85084, 2016 to 2023). Use is_unique, and the year of the file.",
        "Movements older than info_communes leave gaps, never wrong codes: what cannot be followed to a commune of "
        "today is left out.",
    ),
    note="For each code of a commune since 1943 and each time in which it meant one thing: the commune of today.",
)
