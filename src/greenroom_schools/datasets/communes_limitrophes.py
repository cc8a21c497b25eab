"""The neighbours of each commune."""

from greenroom import Bounds, Column, Dataset, Form, Source
from greenroom_schools.ips import ENGINE

_COLUMNS = (
    Column("insee", required=True, headers=("code_commune", "code_insee"), clean="commune", note="commune of today"),
    Column(
        "insee_voisins",
        "text[]",
        required=True,
        headers=("voisins",),
        note="its neighbours, communes of today, in order of their codes; {} = an island",
    ),
    Column("nb_voisins", "integer", headers=("nombre_voisins",), note="how many they are; counted here"),
)

communes_limitrophes = Dataset(
    name="communes_limitrophes",
    table="communes_limitrophes",
    columns=(*_COLUMNS, *ENGINE),
    key=("insee",),
    needs=("info_communes", "communes_correspondances"),
    forms=(
        Form(
            "adjacences",
            (
                Column("insee", required=True, headers=("code_commune", "code_insee")),
                Column("insee_voisins", required=True, headers=("voisins",)),
                Column("nb_voisins", headers=("nombre_voisins",)),
                Column("nom"),
                Column("noms_voisins"),
                Column("cap_voisins"),
            ),
            shape="communes_limitrophes.sql",
            year="annee",
            year_needed=False,
            note="communes_adjacentes_AAAA.csv, or the table of the old database; codes between any marks",
        ),
    ),
    bounds=Bounds(least=1, complete=34_000, most=36_000),
    traps=(
        "The file repeats communes and neighbours that merged, lists communes as their own neighbours, counts the "
        "repeats and leaves islands out: each is put right, and the neighbours counted again.",
        "The year of its communes is in no column: the file's name must say it, or --period.",
        "Of a file that covers some départements, only communes of these are published: their neighbours across the "
        "edge keep the lists they have.",
    ),
    differs="The source document has no key; insee is one here, since repeated communes are made one.",
    note="Neighbours of each commune: each pair both ways, codes of today.",
)

file = Source(
    dataset="communes_limitrophes",
    title="Liste des adjacences des communes françaises",
    owner="OpenStreetMap contributors",
    licence="ODbL",
    where="data.gouv.fr, « liste des adjacences des communes françaises »: communes_adjacentes_2022.csv.",
    every_years=5,
)
