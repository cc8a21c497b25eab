"""A database in which the canonical forms can be asked for."""

from importlib.resources import files

import psycopg
import pytest


@pytest.fixture
def conn(database):
    with psycopg.connect(database.url) as conn:
        conn.execute("create schema greenroom_schools")
        conn.execute(files("greenroom_schools").joinpath("sql", "10_canonical.sql").read_text("utf-8"))
        yield conn
