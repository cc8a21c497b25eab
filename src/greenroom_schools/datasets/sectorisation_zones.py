"""Sectors told by their outline: which schools serve the places inside."""

from greenroom import Bounds, Check, Column, Dataset, Form, Source
from greenroom_schools.sectorisation import EDITION, ENGINE, SCHOOLS, TRAPS

_COLUMNS = (
    *EDITION,
    Column("zone", required=True, note="number or name of the sector in its file; the key inside an edition"),
    Column("code_commune", clean="commune", note="INSEE code of the commune, where the sector lies in one"),
    Column("zone_name", note="name of the sector"),
    *SCHOOLS,
    Column("ewkb", required=True, clean="multipolygon", note="outline of the sector as hex EWKB"),
    Column("west", "double precision", note="westernmost longitude, degrees"),
    Column("south", "double precision", note="southernmost latitude, degrees"),
    Column("east", "double precision", note="easternmost longitude, degrees"),
    Column("north", "double precision", note="northernmost latitude, degrees"),
    *ENGINE,
)

_OUTLINE = Column("ewkb", required=True, headers=("geo_shape", "geometry", "geom", "shape", "wkb_geometry"))

_PARIS = Form(
    "secteurs scolaires de Paris",
    (
        Column("annee_scolaire", headers=("annee_scol",)),
        Column("type_etabl", headers=("type_etab", "niveau")),
        Column("zone", headers=("objectid", "id_projet", "gid", "id")),
        Column("libelle", headers=("lib_secteur", "zone_name")),
        Column("lib_etab_1", required=True),
        Column("lib_etab_2"),
        Column("lib_etab_3"),
        Column("lib_etab_4"),
        _OUTLINE,
    ),
    shape="zones_paris.sql",
    year="annee_scolaire",
    note="opendata.paris.fr: GeoJSON, or CSV with geo_shape; schools by name, up to four",
)

_BY_UAI = Form(
    "secteurs avec UAI",
    (
        Column("annee_scolaire", headers=("annee_scol", "rentree_scolaire")),
        Column("niveau", headers=("type_etabl", "type_etab")),
        Column("code_departement", headers=("departement", "dep")),
        Column("code_commune", headers=("code_insee", "insee", "insee_com")),
        Column("zone", headers=("objectid", "gid", "id", "id_secteur")),
        Column("zone_name", headers=("libelle", "nom", "name", "secteur", "lib_secteur")),
        Column("uai_1", required=True, headers=("uai", "code_rne", "code_uai", "uai_lycees_1", "rne")),
        Column("uai_2", headers=("uai_lycees_2",)),
        Column("uai_3", headers=("uai_lycees_3",)),
        Column("uai_4", headers=("uai_lycees_4",)),
        _OUTLINE,
    ),
    shape="zones_uai.sql",
    year="annee_scolaire",
    note="any GeoJSON whose features name schools by UAI, and exports of the table the source document describes",
)

sectorisation_zones = Dataset(
    name="sectorisation_zones",
    table="sectorisation_zones",
    columns=_COLUMNS,
    key=("code_departement", "annee_scolaire", "niveau", "source", "zone"),
    unit=("code_departement", "annee_scolaire", "niveau", "source"),
    period="annee_scolaire",
    forms=(_PARIS, _BY_UAI),
    needs=("ips_lycees", "ips_colleges", "etablissements_geolocalisation", "info_communes"),
    label=("zone", "zone_name"),
    # the old table held 1,824 of three départements and one académie
    bounds=Bounds(least=1, complete=20, most=10_000),
    checks=(
        Check("unmatched_school", "sectors_unmatched_school.sql", "a school that is only named and was not found"),
        Check("unknown_school", "sectors_unknown_school.sql", "a UAI that the directory does not hold"),
    ),
    traps=(
        *TRAPS,
        "Longitude stands first. An outline that lies outside France goes to quarantine: the two were exchanged.",
    ),
    differs="The geometry is a MultiPolygon, which sectors are; one row for any number of schools, as in the segments.",
    note="Sectors of collèges and lycées by outline.",
)

paris = Source(
    dataset="sectorisation_zones",
    title="Secteurs scolaires : collèges",
    owner="Ville de Paris",
    licence="Open Database License (ODbL)",
    urls=("https://opendata.paris.fr/api/explore/v2.1/catalog/datasets/secteurs-scolaires-colleges/exports/geojson",),
    provider_ids=("secteurs-scolaires-colleges",),
    months=(4, 9),
    optional=True,
)

others = Source(
    dataset="sectorisation_zones",
    title="Secteurs de lycées (Yvelines, Provence-Alpes-Côte d'Azur)",
    owner="académies and départements",
    licence="differs by publisher",
    where="the map services of the publishers, exported as GeoJSON with the UAIs of the schools",
    optional=True,
)
