"""Connections, transactions, and what becomes of the driver's errors."""

import json

import psycopg
import pytest

from greenroom.db import connection as connections
from greenroom.db.connection import begin, connect, name_of, retrying, understood
from greenroom.model.errors import (
    BadSetting,
    Blocked,
    CannotConnect,
    ConnectionLost,
    DatabaseError,
    DiskFull,
    ForeignObjects,
    GreenroomError,
    NoRights,
    ReadOnly,
    ScopeBusy,
    TimedOut,
    WrongServerVersion,
)

SECRET = "hunter2"


def _connect(url: str, *, statement: float = 20, lock: float = 5) -> connections.Connection:
    return connect(
        url, application_name="greenroom test", statement_timeout_seconds=statement, lock_timeout_seconds=lock
    )


@pytest.fixture
def connection(database):
    with _connect(database.url) as opened:
        yield opened


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgresql://u:p@h:6543/d?pgbouncer=true", "postgresql://u:p@h:6543/d"),
        (
            "postgres://u@h/d?sslmode=require&connection_limit=1&schema=public",
            "postgres://u@h/d?sslmode=require",
        ),
        ("postgresql+psycopg://u@h/d", "postgresql://u@h/d"),
        ("postgresql://u:w?h@h/d?pgbouncer=true", "postgresql://u:w?h@h/d"),
        ("postgresql://u@h/d?options=-c%20x%3D1", "postgresql://u@h/d?options=-c%20x%3D1"),
        ("host=h dbname=d", "host=h dbname=d"),
        (" postgresql://h/d ", "postgresql://h/d"),
    ],
)
def test_what_libpq_does_not_know_is_dropped(given, wanted):
    assert understood(given) == wanted


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql//u:{SECRET}@h/d",
        f"postgresql://u:{SECRET}%zz@h/d",
        f"postgresql://u:{SECRET}@127.0.0.1:port/d",
        f"host=127.0.0.1 password={SECRET} port",
    ],
)
def test_an_unreadable_address_is_refused_without_being_quoted(url):
    with pytest.raises(GreenroomError) as refusal:
        _connect(url)
    assert isinstance(refusal.value, BadSetting | CannotConnect)
    assert SECRET not in _all_text(refusal.value)


def test_a_wrong_password_is_refused_without_being_quoted(database):
    port = database.server.port
    with pytest.raises(CannotConnect) as refusal:
        _connect(f"postgresql://greenroom_owner:{SECRET}@127.0.0.1:{port}/{database.name}")
    assert SECRET not in _all_text(refusal.value)


def test_a_wrong_password_of_a_file_is_told_by_its_reason(database, tmp_path):
    port = database.server.port
    kept = tmp_path / "passwords"
    kept.write_text(f"127.0.0.1:{port}:*:greenroom_owner:{SECRET}\n")
    kept.chmod(0o600)
    with pytest.raises(CannotConnect, match="password authentication failed"):
        _connect(f"postgresql://greenroom_owner@127.0.0.1:{port}/{database.name}?passfile={kept}")


def test_nobody_at_the_other_end_is_said_in_one_line():
    with pytest.raises(CannotConnect) as refusal:
        _connect(f"postgresql://u:{SECRET}@127.0.0.1:1/d")
    assert "\n" not in refusal.value.message
    assert SECRET not in _all_text(refusal.value)


def test_a_database_that_is_not_there_cannot_be_connected_to(server):
    with pytest.raises(CannotConnect, match="not_there"):
        _connect(server.address("not_there"))


def test_an_old_server_is_refused(database, monkeypatch):
    monkeypatch.setattr(connections, "OLDEST_SERVER", 990_000)
    with pytest.raises(WrongServerVersion, match="15 is needed"):
        _connect(database.url)


def test_the_name_of_a_connection_has_no_password(database, connection):
    server = database.server
    assert name_of(connection) == f"127.0.0.1:{server.port}/{database.name} as greenroom_owner"


def test_a_transaction_is_committed_at_its_end(connection):
    with begin(connection):
        connection.execute("create table public.kept as select 1 as one")
    assert connection.execute("select one from public.kept").fetchone() == (1,)


def test_an_error_leaves_nothing_behind(connection):
    with pytest.raises(ZeroDivisionError), begin(connection):
        connection.execute("create table public.kept as select 1 as one")
        raise ZeroDivisionError
    assert connection.execute("select to_regclass('public.kept')").fetchone() == (None,)


def test_settings_end_with_the_transaction(database):
    names = ("search_path", "statement_timeout", "lock_timeout", "TimeZone", "client_connection_check_interval")
    with _connect(database.url, statement=7, lock=3) as connection:
        before = [connection.execute("select current_setting(%s)", [name]).fetchone() for name in names]
        with begin(connection, lock_timeout_seconds=0.25):
            inside = [connection.execute("select current_setting(%s)", [name]).fetchone() for name in names]
        after = [connection.execute("select current_setting(%s)", [name]).fetchone() for name in names]
    assert inside == [("",), ("7s",), ("250ms",), ("UTC",), ("10s",)]
    assert before == after
    assert before[0] == ('"$user", public',)


def test_a_tiny_limit_does_not_become_no_limit(connection):
    with begin(connection, statement_timeout_seconds=0.000_1):
        pass
    with pytest.raises(TimedOut), begin(connection, statement_timeout_seconds=0.001):
        connection.execute("select pg_sleep(5)")


def test_a_transaction_inside_a_transaction_is_a_mistake(connection):
    with begin(connection), pytest.raises(RuntimeError), begin(connection):
        pass


def test_a_lock_held_by_another_is_told_apart(database, connection):
    connection.execute("create table public.scope (name text)")
    with (
        _connect(database.url) as other,
        begin(other),
    ):
        other.execute("lock table public.scope")
        with pytest.raises(ScopeBusy), begin(connection, lock_timeout_seconds=0.05):
            connection.execute("lock table public.scope")
    with begin(connection):
        connection.execute("lock table public.scope")


def test_a_lost_connection_is_told_apart(database, connection):
    with pytest.raises(ConnectionLost), begin(connection):
        with psycopg.connect(database.superuser_url, autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        connection.execute("select 1")
    with pytest.raises(ConnectionLost), begin(connection):
        pass


def test_the_gate_of_the_kernel_arrives_with_its_findings(connection):
    findings = [{"check": "orphans", "rows": 3}]
    with pytest.raises(Blocked) as refusal, begin(connection):
        _raise(connection, "PT409", "3 topics have no parent", json.dumps(findings), "greenroom check WJEC A-Level")
    assert refusal.value.findings == findings
    assert refusal.value.hint == "greenroom check WJEC A-Level"
    assert refusal.value.exit_code == 1


def test_a_gate_that_says_something_unreadable_still_blocks(connection):
    with pytest.raises(Blocked) as refusal, begin(connection):
        _raise(connection, "PT409", "no", "not json", "")
    assert refusal.value.findings == [{"message": "not json"}]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("53100", DiskFull),
        ("40001", ScopeBusy),
        ("40P01", ScopeBusy),
        ("53300", CannotConnect),
        ("28P01", CannotConnect),
        ("08006", ConnectionLost),
        ("2BP01", ForeignObjects),
        ("23505", DatabaseError),
    ],
)
def test_an_error_is_known_by_its_state(connection, state, kind):
    with pytest.raises(kind) as refusal, begin(connection):
        _raise(connection, state, "said the server", "", "")
    assert type(refusal.value) is kind
    assert "said the server." in refusal.value.message


def test_a_missing_right_is_told_apart(connection):
    with pytest.raises(NoRights), begin(connection):
        connection.execute("create role nobody_may")


def test_a_database_that_only_reads_is_told_apart(connection):
    with pytest.raises(ReadOnly), begin(connection):
        connection.execute("set transaction read only")
        connection.execute("create table public.refused ()")


def test_a_missing_table_points_to_migrate(connection):
    with pytest.raises(DatabaseError) as refusal, begin(connection):
        connection.execute("select from greenroom.release")
    assert "greenroom migrate" in refusal.value.hint


def test_work_is_repeated_while_others_are_busy():
    answers = iter([ScopeBusy(), ScopeBusy(), "done"])
    pauses: list[float] = []

    def work() -> str:
        answer = next(answers)
        if isinstance(answer, GreenroomError):
            raise answer
        return str(answer)

    assert retrying(work, sleep=pauses.append) == "done"
    assert len(pauses) == 2
    assert 0.1 <= pauses[0] <= 0.3
    assert 0.2 <= pauses[1] <= 0.6


def test_repeating_ends_at_the_deadline():
    def work() -> None:
        raise ScopeBusy

    with pytest.raises(ScopeBusy):
        retrying(work, deadline_seconds=0, sleep=lambda seconds: pytest.fail("paused past the deadline"))


def test_other_errors_are_not_repeated():
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        raise DiskFull

    with pytest.raises(DiskFull):
        retrying(work)
    assert calls == [1]


def test_through_a_pooler_nothing_leaks_to_another_client(database, pooler):
    url = pooler(database)
    with _connect(url) as one, _connect(url) as two:
        for _ in range(6):
            with begin(one, statement_timeout_seconds=3):
                one.execute("select %s::int", [1])
        for _ in range(6):
            path = two.execute("select current_setting('search_path'), current_setting('statement_timeout')").fetchone()
            assert path == ('"$user", public', "0")


def _raise(connection, state, message, detail, hint):
    connection.execute(
        "create function pg_temp.refuse(state text, message text, detail text, hint text) returns void "
        "language plpgsql as $$ begin raise exception using errcode = state, message = message, "
        "detail = detail, hint = hint; end $$"
    )
    connection.execute("select pg_temp.refuse(%s, %s, %s, %s)", [state, message, detail, hint])


def _all_text(error: BaseException | None) -> str:
    texts = []
    while error is not None:
        texts += [str(error), repr(error), getattr(error, "hint", "")]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(texts)
