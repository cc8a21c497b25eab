"""Two or more sessions of the exams pack, and a way to wait until one of them waits."""

import threading
import time
from types import SimpleNamespace

import psycopg
import pytest
from tests.faults.scenes import connect


@pytest.fixture
def exams(make_database):
    return make_database("exams")


@pytest.fixture
def session(exams):
    """`session()` is one more connection of the owner, closed after the test."""
    opened = []

    def make(**options):
        opened.append(connect(exams.url, **options))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


@pytest.fixture
def owner(session):
    return session()


@pytest.fixture
def meanwhile():
    """`meanwhile(work)` runs it in a thread; `.result()` gives its answer or its error."""
    running = []

    def start(work, *arguments):
        box = SimpleNamespace(answer=None, error=None)

        def run():
            try:
                box.answer = work(*arguments)
            except psycopg.Error as error:
                box.error = error

        thread = threading.Thread(target=run)
        running.append(thread)
        thread.start()

        def result(timeout=30):
            thread.join(timeout)
            assert not thread.is_alive(), "still waiting"
            return box

        box.result = result
        box.is_over = lambda: not thread.is_alive()
        return box

    yield start
    for thread in running:
        thread.join(30)


def wait_until(true, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.005)


@pytest.fixture
def until_blocked(session):
    """Wait until that connection waits for a lock."""
    watcher = session()

    def wait(connection):
        pid = connection.info.backend_pid
        wait_until(lambda: watcher.execute("select pg_blocking_pids(%s) <> '{}'", [pid]).fetchone()[0])

    return wait


@pytest.fixture(scope="session")
def fragile(server):
    """A server of the same version that tests may kill."""
    from tests.conftest import _make_roles, _make_template
    from tests.faults.fragile import Fragile

    from greenroom.db.throwaway import hold, new_folder, run_while_held

    folder = new_folder()
    alive = hold(folder / "alive")
    running = run_while_held(folder / "alive", server.programs, folder=folder)
    _make_roles(running)
    with connect(running.address()) as connection:
        _make_template(running, connection, "template_exams", ("exams",))
    yield Fragile(running, "template_exams")
    alive.close()
    deadline = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
