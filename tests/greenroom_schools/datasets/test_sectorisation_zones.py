"""Sectors by outline: from GeoJSON, CSV and the old table; what is no outline goes to quarantine by name."""

import json

import psycopg
import pytest
from psycopg import sql
from tests.conftest import fill
from tests.greenroom_schools.sectors import DUNE, IPS_COLLEGES, MER, PORT, box, features, ring
from tests.greenroom_schools.sectors import desk as desk

from greenroom.db.connection import begin
from greenroom.publish import rollback
from greenroom.write import geometry

NAME = "sectorisation_zones"
TABLE = f"educational_data.{NAME}"
YEAR = "2023-2024"
WEST, EAST = box(2.0, 48.0, 2.5, 48.5), box(2.5, 48.0, 3.0, 48.5)


def zone(number=1, uai=PORT, **more):
    return {
        "objectid": number,
        "uai": uai,
        "niveau": "college",
        "annee_scolaire": YEAR,
        "code_departement": "99",
        **more,
    }


def test_features_land_as_multipolygons_with_box_and_schools(desk):
    desk.publish(NAME, features((zone(nom="Ouest", uai_2=MER), WEST)))
    assert desk.rows(
        f"select code_departement, annee_scolaire, niveau, source, zone, zone_name, uais, uai_lycees_2, ewkb,"
        f" geometry::text, outline::text, west, north from {TABLE}"
    ) == [
        (
            "99", YEAR, "college", "secteurs_uai", "1", "Ouest", [PORT, MER], MER, geometry.ewkb(ring(WEST)),
            geometry.ewkb(ring(WEST)), "(2.5,48.5),(2,48)", 2.0, 48.5,
        )
    ]  # fmt: skip


def test_the_geometry_is_of_postgis_where_postgis_is(desk):
    kind = desk.value(
        "select format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = %s::regclass and attname = 'geometry' and not attisdropped",
        TABLE,
    )
    there = desk.value("select count(*) from pg_extension where extname = 'postgis'")
    assert kind == ("extensions.geometry(MultiPolygon,4326)" if there else "educational_data.multipolygon_hex")
    gist = desk.value(
        "select count(*) from pg_indexes where tablename = %s and indexdef like '%%gist (geometry)%%'", NAME
    )
    assert gist == there
    assert desk.value("select count(*) from pg_extension where extnamespace = 'public'::regnamespace") == 0


def test_paris_names_its_colleges_and_they_are_found_by_name(desk):
    directory = (
        IPS_COLLEGES + f"2023-2024;{PORT};COLLEGE DU PORT;public;100;75104;PARIS 4E ARRONDISSEMENT;75\n"
        f"2023-2024;{MER};COLLEGE JEAN PHARE;public;100;75105;PARIS 5E ARRONDISSEMENT;75\n"
    )
    desk.publish("ips_colleges", directory)
    said = {"objectid": 7, "annee_scol": YEAR, "type_etabl": "COL", "libelle": "Secteur 7"}
    names = said | {
        "lib_etab_1": "COLLEGE DU PORT",
        "lib_etab_2": "Collège Jean-Phare",
        "lib_etab_3": "COLLEGE INCONNU",
        "lib_etab_4": None,
    }
    desk.publish(NAME, features((names, WEST)))
    assert desk.rows(f"select code_departement, niveau, source, zone, uais, etablissements from {TABLE}") == [
        (
            "75",
            "college",
            "paris_secteurs",
            "7",
            [PORT, MER, None],
            ["COLLEGE DU PORT", "Collège Jean-Phare", "COLLEGE INCONNU"],
        )
    ]
    ((severity, message),) = desk.findings("unmatched_school")
    assert (severity, message.split(":")[0]) == ("warning", "COLLEGE INCONNU (1 rows)")


def test_a_csv_with_geo_shape_gives_the_same_rows(desk):
    desk.publish(NAME, features((zone(), WEST)))
    cell = json.dumps(ring(WEST)).replace('"', '""')
    text = f'objectid;uai;niveau;annee_scolaire;code_departement;geo_shape\n1;{PORT};Collège;{YEAR};99;"{cell}"\n'
    assert desk.stage(NAME, text).batch is None


def test_an_export_of_the_old_table_is_read(desk):
    multi = geometry.ewkb(ring(WEST))
    header = "id,code_commune,zone_name,uai_lycees_1,uai_lycees_2,uai_lycees_3,uai_lycees_4,geometry,niveau\n"
    desk.publish(NAME, f"{header}3,75056,Nord,{PORT},{MER},,,0103000020E6100000{multi[36:]},lycée\n", only=YEAR)
    assert desk.rows(f"select code_departement, niveau, zone, uais, ewkb from {TABLE}") == [
        ("75", "lycee", "3", [PORT, MER], multi)
    ]


@pytest.mark.parametrize(
    ("feature", "rule", "value"),
    [
        ((zone(2), WEST[:-1]), "bad_ewkb", "invalid: a ring that is not closed"),
        ((zone(2), None), "missing_ewkb", None),
        ((zone(2), {"type": "Polygon", "coordinates": []}), "bad_ewkb", "invalid: empty Polygon"),
        ((zone(2), {"type": "Point", "coordinates": [2, 48]}), "bad_ewkb", "invalid: Point is not a line or polygon"),
        ((zone(2), [(y, x) for x, y in WEST]), "bad_ewkb", None),
        ((zone(2, uai="9990001W"), WEST), "bad_uais", "{9990001W}"),
        ((zone(2, niveau="école"), WEST), "bad_niveau", "école"),
        ((zone(2, niveau=None), WEST), "missing_niveau", None),
    ],
)
def test_what_cannot_be_used_goes_to_quarantine_by_name(desk, feature, rule, value):
    staged = desk.stage(NAME, features((zone(), EAST), feature))
    assert (staged.batch.staged, staged.batch.quarantined) == (1, 1)
    ((found, said),) = desk.quarantine()
    assert found == rule
    if value is not None:
        assert said == value


def test_twice_is_once_and_undone_is_undone(desk):
    desk.publish(NAME, features((zone(), WEST)))
    before = desk.rows(f"select id, zone, uais, geometry::text from {TABLE}")
    desk.publish(NAME, features((zone(uai=DUNE), EAST)))
    assert desk.value(f"select ewkb from {TABLE}") == geometry.ewkb(ring(EAST))
    found = desk.scope(NAME)
    with begin(desk.conn):
        newest = desk.conn.execute("select max(id) from greenroom.release").fetchone()[0]
        rollback.rollback(desk.conn, found.pack, rollback.one(desk.conn, newest), by="tests", note=None)
    assert desk.rows(f"select id, zone, uais, geometry::text from {TABLE}") == before


def test_a_later_migrate_takes_over_postgis_that_has_come(server, template):
    """Without PostGIS the geometry is hex; when it has been installed the next migrate changes it, value by value."""
    if not server.programs.has_postgis:
        pytest.skip("needs PostGIS on this server")
    name = "upgrade_of_geometry"
    with psycopg.connect(server.address(), autocommit=True) as superuser:
        superuser.execute(sql.SQL("create database {} owner greenroom_owner").format(sql.Identifier(name)))
    try:
        with psycopg.connect(server.address(name), autocommit=True) as superuser:
            # on this server, but not for this user to install: the fallback, told
            fill(server.address(name, user="greenroom_owner"), ("schools",))
            kind = (
                "select t.typname from pg_attribute as a join pg_type as t on t.oid = a.atttypid"
                " where attrelid = %s::regclass and attname = 'geometry' and not attisdropped"
            )
            assert superuser.execute(kind, (TABLE,)).fetchone() == ("multipolygon_hex",)
            hexes = geometry.ewkb(ring(WEST))
            superuser.execute(
                f"insert into {TABLE} (code_departement, annee_scolaire, niveau, source, zone, uais, ewkb,"
                " west, south, east, north)"
                " values ('99', '2023-2024', 'college', 'x', '1', '{9990001X}', %s, 2, 48, 2.5, 48.5)",
                (hexes,),
            )
            superuser.execute("create schema extensions")
            superuser.execute("grant usage on schema extensions to public")
            superuser.execute("create extension postgis schema extensions")
            fill(server.address(name, user="greenroom_owner"), ("schools",))
            assert superuser.execute(kind, (TABLE,)).fetchone() == ("geometry",)
            assert superuser.execute(f"select geometry::text, ewkb from {TABLE}").fetchone() == (hexes, hexes)
            assert superuser.execute("select greenroom_schools.covers(%s, 2.5, 48.2)", (hexes,)).fetchone() == (True,)
    finally:
        with psycopg.connect(server.address(), autocommit=True) as superuser:
            superuser.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
