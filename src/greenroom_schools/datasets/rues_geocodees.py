"""Streets of the sectors as a geocoder found them in OpenStreetMap: a place for a street, or that there is none."""

from greenroom import Bounds, Column, Dataset, Form, Source
from greenroom_schools.sectorisation import ENGINE

_CACHE = Form(
    "cache d'un géocodeur",
    (Column("name", required=True), Column("lat", expected=True), Column("lon", expected=True)),
    shape="rues_geocodees.sql",
    note='one JSON object: "RUE DU PORT, Toulouse, France" -> {lat, lon}, or null when nothing was found',
)

rues_geocodees = Dataset(
    name="rues_geocodees",
    table="rues_geocodees",
    beside=True,
    columns=(
        Column("code_commune", required=True, clean="commune", note="INSEE code of the commune"),
        Column("street_norm", required=True, note="name of the street as it is compared"),
        Column("libelle_rue", note="name of the street as it was asked for"),
        Column("nom_commune", note="name of the commune as it was asked for"),
        Column("longitude", "double precision", clean="number", note="degrees east; null = not found"),
        Column("latitude", "double precision", clean="number", note="degrees north; null = not found"),
        Column(
            "similarity",
            "numeric(5,2)",
            note="how like the street found is to the one asked for, 0 to 100; null = not found",
        ),
        *ENGINE,
    ),
    key=("code_commune", "street_norm"),
    unit=("code_commune",),
    period="",
    forms=(_CACHE,),
    needs=("sectorisation_segments", "ips_lycees", "ips_colleges", "etablissements_geolocalisation", "info_communes"),
    bounds=Bounds(least=1, complete=1, most=100_000),
    traps=("A street is one point here, wherever on it a house stands.",),
    note="Where the streets of the sectors lie, for addresses without a number and for the quality of the match.",
)

nominatim = Source(
    dataset="rues_geocodees",
    title="Streets found by Nominatim",
    owner="OpenStreetMap contributors",
    licence="Open Database License (ODbL)",
    where="a run of a geocoder over the streets of sectorisation_segments, kept as JSON",
    optional=True,
)
