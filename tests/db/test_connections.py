"""Connections kept for a program that answers many: given back, named after who works, replaced when they die."""

import psycopg
import pytest

from greenroom.db.connection import Connections, Limits, begin
from greenroom.model.errors import CannotConnect


@pytest.fixture
def database(make_database):
    return make_database("exams")


@pytest.fixture
def connections(database):
    kept = Connections(database.url, application_name="kept", limits=Limits(60.0, 5.0), most=2)
    yield kept
    kept.close()


def test_what_is_sealed_bears_the_person_s_name(connections):
    with connections.one("Ada") as conn, begin(conn):
        assert conn.execute("select current_setting('greenroom.person')").fetchone() == ("Ada",)
        scope = conn.execute("select greenroom_exams.scope_named('AQA', 'GCSE')").fetchone()
        sealed = conn.execute(
            "insert into greenroom.batch (scope_id, origin) values (%s, 'inbox') returning sealed_by", scope
        ).fetchone()
        assert sealed == ("Ada",)
    with connections.one() as conn, begin(conn):
        assert conn.execute("select current_setting('greenroom.person', true)").fetchone() == ("",)


def test_a_connection_that_died_is_replaced_at_once(connections, database):
    with connections.one() as conn:
        died = conn.info.backend_pid
    with psycopg.connect(database.superuser_url, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [died])
    with connections.one("Ada") as conn, begin(conn):
        assert conn.info.backend_pid != died
        assert conn.execute("select 1").fetchone() == (1,)


def test_more_than_there_are_is_refused_with_words(connections, monkeypatch):
    monkeypatch.setattr(connections._pool, "timeout", 0.2)
    with connections.one(), connections.one(), pytest.raises(CannotConnect, match="in use"), connections.one():
        pass
