"""The doctor on real databases: what it finds, what it keeps to itself, that it changes nothing."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql
from tests.conftest import OWNER, Database

from greenroom import Column, Dataset, Pack
from greenroom.db.connection import connect
from greenroom.db.doctor import Observation, examine
from greenroom.db.server import address

PACK = Pack(
    name="zoo",
    schema="aviary",
    package="greenroom.model",
    datasets=(Dataset(name="birds", table="birds", columns=(Column("name"),), key=("name",)),),
    landing="file",
)


def _look(url: str, packs: tuple[Pack, ...] = ()) -> dict[str, list[Observation]]:
    with connect(url, application_name="test", statement_timeout_seconds=60, lock_timeout_seconds=2) as connection:
        found: dict[str, list[Observation]] = {}
        for observation in examine(connection, packs):
            found.setdefault(observation.name, []).append(observation)
        return found


def _execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def setting(database: Database) -> Callable[[str], None]:
    """Set something for every session of this test's database, as its superuser may; it goes with the database."""

    def put(text: str) -> None:
        _execute(database.superuser_url, f'alter database "{database.name}" set {text}')

    return put


def test_an_ordinary_owner_on_a_good_server_sees_no_failure(database: Database) -> None:
    found = _look(database.url)
    assert [o for observations in found.values() for o in observations if o.state == "fail"] == []
    assert found["role"][0].state == "ok"
    assert found["encoding"][0].state == "ok"
    assert found["pooler"][0].text == "The connection is direct."


def test_everything_that_is_not_well_has_a_cure(database: Database, setting: Callable[[str], None]) -> None:
    _execute(database.url, "create schema aviary", "create table aviary.birds (name text primary key)")
    setting("statement_timeout = '3s'")
    for observations in _look(database.superuser_url, (PACK,)).values():
        assert all(o.cure for o in observations if o.state != "ok")


def test_a_superuser_is_told_to_be_less(database: Database) -> None:
    assert _look(database.superuser_url)["role"][0].state == "warn"


def test_without_the_right_to_create_it_says_what_to_grant(database: Database) -> None:
    url = address(database.server.port, database.name, database.server.password_file, user=OWNER)
    _execute(database.superuser_url, f'alter database "{database.name}" owner to postgres')
    found = _look(url)["create"][0]
    assert found.state in ("warn", "fail")
    assert found.cure == f'grant create on database "{database.name}" to "{OWNER}";'


def test_a_database_that_only_reads_fails(database: Database, setting: Callable[[str], None]) -> None:
    setting("default_transaction_read_only = on")
    assert _look(database.url)["writable"][0].state == "fail"


def test_short_time_limits_are_told(database: Database, setting: Callable[[str], None]) -> None:
    setting("statement_timeout = '3s'")
    found = _look(database.url)
    assert found["time limits"][0].state == "warn"
    assert "statement_timeout 3 s" in found["time limits"][0].text
    assert "3s" in found["setting of every role"][0].text


def test_another_encoding_fails(server) -> None:
    name = sql.Identifier("latin_doctor")
    with psycopg.connect(server.address(), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} encoding 'LATIN1' locale 'C' template template0").format(name))
        try:
            assert _look(server.address("latin_doctor"))["encoding"][0].state == "fail"
        finally:
            connection.execute(sql.SQL("drop database {} with (force)").format(name))


def test_a_pooler_is_noticed(database: Database, pooler: Callable[..., str]) -> None:
    found = _look(pooler(database))["pooler"][0]
    assert (found.state, found.text) == ("warn", "A pooler stands between us and the server.")


def test_a_table_in_our_place_points_to_adopt(database: Database) -> None:
    _execute(database.url, "create schema aviary", "create table aviary.birds (name text primary key)")
    (found,) = _look(database.url, (PACK,))["aviary.birds"]
    assert found.state == "warn"
    assert "adopt" in found.cure


def test_a_table_of_another_owner_fails(database: Database) -> None:
    _execute(
        database.superuser_url,
        "create schema aviary",
        f"grant usage on schema aviary to {OWNER}",
        "create table aviary.birds (name text)",
    )
    states = {o.text.split(":")[0]: o.state for o in _look(database.url, (PACK,))["aviary.birds"]}
    assert states["It belongs to postgres"] == "fail"
    assert states["It cannot be read."] == "fail"


def test_a_table_the_app_may_write_is_told(database: Database) -> None:
    _execute(
        database.url,
        "create schema aviary",
        "create table aviary.birds (name text)",
        "grant insert on aviary.birds to anon",
    )
    texts = " ".join(o.text for o in _look(database.url, (PACK,))["aviary.birds"])
    assert "anon may write it, so the app could change what was reviewed" in texts
    assert "no row-level security" in texts


def test_a_reference_without_an_index_is_found_and_one_with_an_index_is_not(database: Database) -> None:
    _execute(
        database.url,
        "create schema aviary",
        "create table aviary.birds (id int primary key)",
        "create table public.flashcards (id int, bird int references aviary.birds (id))",
        "create table public.notes (id int, bird int references aviary.birds (id))",
        "create index on public.notes (bird, id)",
    )
    found = _look(database.url, (PACK,))
    assert found["public.flashcards"][0].cure.endswith("(bird);")
    assert "public.notes" not in found


def test_an_exposed_ledger_fails(database: Database, setting: Callable[[str], None]) -> None:
    setting("pgrst.db_schemas = 'public, greenroom'")
    assert _look(database.url)["PostgREST"][0].state == "fail"


def test_it_tells_no_password_and_changes_nothing(database: Database) -> None:
    with psycopg.connect(database.superuser_url) as connection:
        before = connection.execute("select count(*), max(oid) from pg_class").fetchone()
        told = str(_look(database.url, (PACK,)))
        assert database.server.password not in told
        assert connection.execute("select count(*), max(oid) from pg_class").fetchone() == before


def test_a_ledger_of_another_owner_is_told_not_tripped_over(database: Database) -> None:
    _execute(database.superuser_url, "create schema greenroom", "create table greenroom.made (name text)")
    (told,) = _look(database.url, (PACK,))["ledger"]
    assert told.state == "fail"
    assert "belongs to postgres" in told.text
    assert told.cure == "Connect as postgres, who owns it."
