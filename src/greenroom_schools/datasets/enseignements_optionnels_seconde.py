"""Optional subjects and languages of the classe de 2nde générale et technologique at each place, from ONISEP."""

from greenroom import Bounds, Column, Dataset, Form
from greenroom_schools.ips import ENGINE
from greenroom_schools.onisep import AF, AF_FILED, DATES, DATES_FILED, PLACE, PLACE_FILED, UAI_TRAPS, source

enseignements_optionnels_seconde = Dataset(
    name="enseignements_optionnels_seconde",
    table="enseignements_optionnels_seconde",
    columns=(
        AF,
        *PLACE,
        Column("options_raw", note="the list as published, separated by ' / '"),
        Column("options_array", "text[]", note="optional subjects, sorted, without the two languages"),
        Column("lv1_array", "text[]", note="first foreign languages (LV1), sorted"),
        Column("lv2_array", "text[]", note="second languages (LV2), sorted"),
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
                    "options_raw",
                    headers=("Enseignements optionnels et langues de classe de 2nde GT", "options"),
                    expected=True,
                ),
                *PLACE_FILED,
                *DATES_FILED,
            ),
            shape="enseignements_optionnels_seconde.sql",
            note="The published file, CSV or JSON.",
        ),
    ),
    traps=(
        *UAI_TRAPS,
        "Languages are packed into one item, 'LV1 : anglais, allemand'; 'Arts : théâtre' and "
        '"Langues et cultures de l\'Antiquité : latin" hold a colon too and are one option each.',
    ),
    differs="A row is an offer (af_id), not a school; the view options_par_uai has one row per UAI.",
    # 2,682 rows in April 2026
    bounds=Bounds(least=1, complete=2_200, most=3_800),
    note="Optional subjects and languages of the classe de 2nde, one row per offer at a place of teaching.",
)

file = source(
    "enseignements_optionnels_seconde",
    "Idéo-Enseignements optionnels de seconde générale et technologique",
    "60113c3d5fee0",
)
