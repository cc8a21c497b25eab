"""Outlines of départements and communes, for the map: published contours, simplified for small scales."""

from greenroom import Bounds, Column, Dataset, Form, Source
from greenroom_schools.ips import ENGINE

contours_administratifs = Dataset(
    name="contours_administratifs",
    table="contours_administratifs",
    beside=True,
    columns=(
        Column("niveau", required=True, pattern="^(departement|commune)$", note="departement or commune"),
        Column("code_departement", required=True, clean="departement", note="01, 2A, 971; of the commune or its own"),
        Column("code", required=True, note="INSEE code of the commune or département"),
        Column("nom", note="its name"),
        Column("ewkb", required=True, clean="multipolygon", note="outline as hex EWKB"),
        Column("west", "double precision", note="westernmost longitude, degrees"),
        Column("south", "double precision", note="southernmost latitude, degrees"),
        Column("east", "double precision", note="easternmost longitude, degrees"),
        Column("north", "double precision", note="northernmost latitude, degrees"),
        # no file withholds anything here
        *ENGINE[1:],
    ),
    key=("niveau", "code"),
    # a file of the communes of one département says nothing of another's
    unit=("niveau", "code_departement"),
    period="",
    label=("code", "nom"),
    forms=(
        Form(
            "contours",
            (
                Column("code", required=True, headers=("code_insee", "insee_com", "insee_dep", "code_dept")),
                Column("nom", headers=("nom_com", "nom_dep", "nom_dept")),
                Column("departement", note="of a commune; its code says the same"),
                Column("region"),
                Column("epci"),
                Column("commune", note="of an arrondissement or delegated commune"),
                Column("plm"),
                Column("ewkb", required=True, headers=("geo_shape", "geometry", "geom", "shape", "wkb_geometry")),
            ),
            shape="contours_administratifs.sql",
            note="GeoJSON with the properties code and nom: of départements, or of communes",
        ),
    ),
    bounds=Bounds(least=1, complete=1, most=40_000),
    traps=(
        "Simplified for drawing: do not ask them on which side of a border an address lies.",
        "Two files simplified to different degrees do not fit each other along their borders.",
        "An outline outside France, or with latitude first, goes to quarantine.",
    ),
    note="Outlines of départements and communes, for maps of small scale.",
)

file = Source(
    dataset="contours_administratifs",
    title="Contours administratifs (départements, 100 m)",
    owner="DINUM (Etalab), from IGN Admin Express",
    licence="Licence Ouverte 2.0 (Etalab)",
    urls=("https://etalab-datasets.geo.data.gouv.fr/contours-administratifs/latest/geojson/departements-100m.geojson",),
    provider_ids=("contours-administratifs",),
    months=(3,),
    optional=True,
    note="Also read: communes-100m.geojson beside it, and files of the communes of one département.",
)
