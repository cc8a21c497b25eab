"""A made-up département 78 for pages to show: lycées of two years, where they stand, its communes, what waits."""

import itertools
import json
import os
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql
from tests.conftest import OWNER
from tests.greenroom_schools import made_up
from tests.greenroom_schools.datasets.onisep_files import Desk

from greenroom.db.connection import connect
from greenroom.write.fetch import Store

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("https://example.org";"click")'
BEFORE, NOW = "2022-2023", "2023-2024"

# Fourteen on the map, one without a point, one whose point lies in the Pacific, one with a hostile name.
PLACED = 14
NUMBERS = range(1, PLACED + 4)
NO_POINT, FAR, HOSTILE_ONE = NUMBERS[-3:]


def school(number):
    """The number of the nth lycée."""
    return made_up.uai("078", 100 + number)


def index_before(number):
    """Its index in the first year."""
    return 80 + 3.5 * number


def index_now(number):
    """In the second: the third moves most, the fifth is withheld, the sixth is not given."""
    if number in (5, 6):
        return {5: "NS", 6: ""}[number]
    return index_before(number) + {3: 20, 4: -12.5}.get(number, 0.5)


def name_of(number):
    """As the files write it."""
    return {HOSTILE_ONE: HOSTILE, 2: FORMULA}.get(number, f"LYCEE N {number}")


def place_of(number):
    """Longitude and latitude, all different, inside the communes' squares."""
    if number == NO_POINT:
        return "", ""
    if number == FAR:
        return "-149.5", "-17.5"
    return f"{1.9 + 0.02 * (number % 5):.3f}", f"{48.7 + 0.02 * (number // 5):.3f}"


def directory():
    """The national directory."""
    return made_up.table(*made_up.DIRECTORY, *(
        made_up.school(school(n), name_of(n), "300", longitude=place_of(n)[0], latitude=place_of(n)[1])
        for n in NUMBERS
    ))  # fmt: skip


def indexes(year, of, numbers=NUMBERS, **changes):
    """A file of the index of one year."""
    return made_up.table(*(
        made_up.index(school(n), name_of(n), year, ips=str(of(n)), nom_de_la_commune="PORT-AZUR", **changes)
        for n in numbers
    ))  # fmt: skip


SQUARES = {"78901": (1.85, 48.6), "78902": (1.95, 48.6), "78903": (1.85, 48.75), "78904": (1.95, 48.75)}


def square(west, south, wide=0.1, high=0.15):
    """A closed ring, its corners rounded as files write them."""
    east, north = round(west + wide, 5), round(south + high, 5)
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def contours(features):
    """GeoJSON of rings by code."""
    return json.dumps({"type": "FeatureCollection", "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": rings},
            "properties": {"code": code, "nom": code},
        }
        for code, rings in features.items()
    ]})  # fmt: skip


COMMUNES = contours({code: [square(*corner)] for code, corner in SQUARES.items()})
DEPARTEMENT = contours({"78": [square(1.8, 48.5, 0.3, 0.5)]})


@dataclass(frozen=True)
class Atlas:
    """One database: its address, and what opens it."""

    url: str
    desk: Desk

    def rows(self, query, *values):
        return self.desk.rows(query, *values)


@pytest.fixture(scope="module")
def atlas_made(server, template, tmp_path_factory):
    """Loaded once a module: the name of the database and its snapshots."""
    name, folder = f"atlas_{os.getpid()}_{next(_numbers)}", tmp_path_factory.mktemp("atlas")
    _copy(server, template("schools"), name)
    with _connected(server, name) as conn:
        desk = Desk(conn, Store(folder / "store"), folder)
        desk.publish("info_communes", made_up.FILES["info_communes"], complete=True)
        desk.publish("etablissements_par_source", directory(), complete=True)
        desk.publish("ips_lycees", indexes(BEFORE, index_before), complete=True)
        desk.publish("ips_lycees", indexes(NOW, index_now), complete=True)
        desk.publish("communes_population", made_up.table(
            *(
                {"codgeo": code, "annee": "2021", "pmun": str(n)}
                for n, code in enumerate(("78901", "78902", "99999"), 1)
            )
        ), complete=True)  # fmt: skip
    yield name, folder
    _drop(server, name)


@pytest.fixture
def atlas(server, atlas_made, tmp_path):
    """A copy of it, for one test."""
    name = f"atlas_{os.getpid()}_{next(_numbers)}"
    _copy(server, atlas_made[0], name)
    with _connected(server, name) as conn:
        yield Atlas(server.address(name, user=OWNER), Desk(conn, Store(atlas_made[1] / "store"), tmp_path))
    _drop(server, name)


_numbers = itertools.count(1)


def _connected(server, name):
    return connect(
        server.address(name, user=OWNER), application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5
    )


def _copy(server, source, name):
    copy = sql.SQL("create database {} template {} owner {} strategy file_copy")
    with psycopg.connect(server.address(), autocommit=True) as conn:
        conn.execute(copy.format(sql.Identifier(name), sql.Identifier(source), sql.Identifier(OWNER)))


def _drop(server, name):
    with psycopg.connect(server.address(), autocommit=True) as conn:
        conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
