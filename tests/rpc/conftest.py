"""A database as Supabase has it: its roles, the door in front, and the real client of each role."""

import warnings
from types import SimpleNamespace

import psycopg
import pytest
from psycopg import sql
from tests.rpc.rest_door import KEYS, opened

AUTHENTICATOR = "authenticator"


def _make_authenticator(database):
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        try:
            connection.execute(
                sql.SQL("create role {} login noinherit password {}").format(
                    sql.Identifier(AUTHENTICATOR), sql.Literal(database.server.password)
                )
            )
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            return
        connection.execute("grant anon, authenticated, service_role to authenticator")


@pytest.fixture
def exams(make_database):
    """A database of the exams pack, as migrate leaves it."""
    return make_database("exams")


@pytest.fixture
def owner(exams):
    """The maintainer's own connection."""
    with psycopg.connect(exams.url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def door(exams):
    """The API in front of the database."""
    _make_authenticator(exams)
    with opened(exams.server.address(exams.name, user=AUTHENTICATOR)) as door:
        yield door


@pytest.fixture
def clients(door):
    """`clients.service_role` and its like: the real supabase client with that role's key."""
    from supabase import create_client

    made = {role: create_client(door.url, key) for role, key in KEYS.items()}
    with warnings.catch_warnings():
        # supabase-py warns of itself when it first makes its PostgREST client.
        warnings.simplefilter("ignore", DeprecationWarning)
        for client in made.values():
            assert client.postgrest
    yield SimpleNamespace(**made)
    for client in made.values():
        client.postgrest.session.close()
        client.auth.close()
