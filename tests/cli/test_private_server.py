"""Without DATABASE_URL: the private server, made when it is first needed, with both packs in it."""

import psycopg
import pytest

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def private(shell):
    """A terminal without a database; whatever it starts is stopped."""
    shell.set(GREENROOM_LOCK_TIMEOUT_SECONDS="5")
    yield shell
    shell("db", "stop", code=None)


def test_a_server_of_ones_own_from_nothing_to_stopped(private):
    assert private("db", "status", "--json").json["is_running"] is False
    private.refused("db", "url", code=59)
    answer = private("db", "start")
    address = answer.out.strip()
    assert private("db", "url").out.strip() == address
    assert private("db", "start", "--json").json == {"url": address}
    with psycopg.connect(address) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    state = private("db", "status", "--json").json
    assert state["is_running"] is True
    # the first verb that needs a database finds it, and installs both packs
    first = private("status")
    assert "installing both packs" in first.err
    assert "nothing has been staged yet" in first.out
    assert "installing" not in private("status").err
    assert "both" not in private("migrate", "exams", "schools").err
    assert private("db", "doctor", code=None).code in (0, 1)
    assert private("db", "stop").out == "stopped\n"
    assert private("db", "stop", "--json").json == {"stopped": False}
    assert private("db", "status", "--json").json["is_running"] is False


def test_a_database_of_ones_own_is_not_mixed_up_with_it(exams):
    answer = exams.refused("db", "url", code=10)
    assert "DATABASE_URL" in answer.cause
    assert not exams.home.exists() or not any(exams.home.iterdir())
