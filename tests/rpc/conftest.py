"""A database as Supabase has it: its roles, the door in front, and the real client of each role."""

import warnings
from types import SimpleNamespace

import psycopg
import pytest
from psycopg import sql
from tests.rpc.rest_door import KEYS, opened

AUTHENTICATOR = "authenticator"

# INTERIM: what greenroom/db/grants.py grants. Drop it, and _grant, once make_database runs migrate.
_INTERIM_GRANTS = """
revoke all on all functions in schema public, greenroom, greenroom_exams from public;
revoke all on all tables in schema public, greenroom, greenroom_exams, preview from public;
grant select on public.exam_boards, public.qualification_types, public.exam_board_subjects, public.curriculum_topics,
  public.exam_papers, public.current_exam_board_subjects, public.current_curriculum_topics, public.current_exam_papers
  to anon, authenticated;
grant select, insert, update, delete
  on public.staging_aqa_subjects, public.staging_aqa_topics, public.staging_aqa_exam_papers to service_role;
grant execute on function public.promote_staging_to_production(text, text) to service_role;
"""


def _grant(connection):
    made = connection.execute("select exists (select from greenroom.made)").fetchone()[0]
    if not made:
        connection.execute(_INTERIM_GRANTS)


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
    """A database of the exams pack, with the grants of an installed one."""
    database = make_database("exams")
    with psycopg.connect(database.url, autocommit=True) as connection:
        _grant(connection)
    return database


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
