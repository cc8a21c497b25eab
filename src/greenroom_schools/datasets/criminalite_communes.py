"""Recorded crime of a commune in one figure, made from the communal file and the national rates."""

from greenroom import Bounds, Column, Dataset
from greenroom_schools.ips import ENGINE

criminalite_communes = Dataset(
    name="criminalite_communes",
    table="criminalite_communes",
    columns=(
        Column("code_commune", required=True, clean="commune", note="INSEE code, in the geography of the file"),
        Column("annee", "integer", required=True, note="the newest year of criminalite_2024"),
        Column("population", "integer", note="inhabitants, as the file gives them"),
        Column(
            "crime_score",
            "double precision",
            note="mean ratio of the basket's rates to the national ones (1 = as in France), each of at most 5",
        ),
        Column(
            "crime_level",
            note="très faible, faible, moyen, élevé, très élevé: fifths of the population of France by crime_score;"
            " null where fewer than three indicators of the basket are published",
        ),
        Column(
            "crime_coverage",
            "double precision",
            note="share of the basket's indicators that are published for this commune, 0 to 1",
        ),
        Column("crime_estimated", "boolean", note="whether some of the rates are the département's estimate"),
        Column("nb_indicateurs", "integer", note="indicators of the basket that have a rate, published or estimated"),
        *(column for column in ENGINE if column.name != "withheld"),
    ),
    key=("code_commune",),
    needs=("criminalite_2024", "crime_indicateur_avg"),
    derive="criminalite_communes.sql",
    beside=True,
    period="annee",
    bounds=Bounds(least=1, complete=1, most=40_000),
    traps=(
        "The basket holds indicators that do not contain each other; drug offences and fraud are left out:"
        " the first measure the police, the second the victim's address.",
        "Half of the communal figures are not published: their rates are the mean of such communes of the département.",
        "Rates per inhabitant say little of places with few inhabitants and many visitors.",
    ),
    note="Level of recorded crime of each commune and arrondissement, newest year.",
)
