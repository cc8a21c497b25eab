"""Killed at any moment, the database is as before or as after, and the same command repeated ends as it should.

GREENROOM_KILLS (per command, default 13: fifty and more a run) and GREENROOM_KILL_SUBJECTS
(x 1000 topics, default 3) make it long; GREENROOM_KILL_SEED makes it another.
"""

import contextlib
import os
import random
import shutil
import subprocess
import threading
import time
import uuid

import psycopg
import pytest
from tests.faults.fragile import Cutter
from tests.faults.scenes import CALL, connect, digest, editions, exact, fill_inbox, promote, scope

KILLS = int(os.environ.get("GREENROOM_KILLS", "13"))
SIZE = {"subjects": int(os.environ.get("GREENROOM_KILL_SUBJECTS", "3")), "leaves": 99}
SEED = int(os.environ.get("GREENROOM_KILL_SEED", "20"))
KEY = "'6f0f31f4-9d6b-4dbb-8f6b-1d5a3c0e7a11'"

pytestmark = pytest.mark.timeout(120 + 20 * KILLS)

SCOPE = "greenroom_exams.scope_named('WJEC', 'A-Level')"
SECOND = "array(select min(id) + 1 from greenroom.release)"
COMMANDS = {
    "promote": CALL,
    "rollback": f"select greenroom_exams.rollback({SCOPE}, {SECOND}, p_key => {KEY})",
    "live": f"select greenroom_exams.live({SCOPE}, true)",
    "seal": f"select greenroom_exams.seal({SCOPE})",
}


class Scene:
    """A state of the database, the command, how long it takes and what it leads to."""

    def __init__(self, fragile, name):
        self.fragile, self.command = fragile, COMMANDS[name]
        self.before_name = fragile.copy(name=f"before_{name}")
        with connect(fragile.url(self.before_name)) as connection:
            fill_inbox(connection, **SIZE)
            promote(connection)
            if name == "live":
                connection.execute("update public.exam_board_subjects set live_in_app = true")
            fill_inbox(connection, edition=2, **SIZE)
            if name in ("live", "rollback"):
                promote(connection)
            self.before, self.exact_before = digest(connection), exact(connection)
        trial = fragile.copy(self.before_name)
        with connect(fragile.url(trial)) as connection:
            started = time.monotonic()
            connection.execute(self.command)
            self.seconds = time.monotonic() - started
            self.after = digest(connection)
            connection.execute(self.command)
            assert digest(connection) == self.after, "twice is not once"
        fragile.drop(trial)
        assert self.before != self.after

    def check(self, trial):
        """Before or after, whole; then the same command ends it."""
        self.fragile.await_quiet(trial)
        with connect(self.fragile.url(trial)) as connection:
            found = digest(connection)
            assert found in (self.before, self.after), "neither before nor after"
            if found == self.before:
                assert exact(connection) == self.exact_before
            connection.execute(self.command)
            assert digest(connection) == self.after
        self.fragile.drop(trial)
        return "before" if found == self.before else "after"


@pytest.fixture(scope="module", params=list(COMMANDS))
def scene(request, fragile):
    return Scene(fragile, request.param)


def run_in_thread(fragile, trial, command):
    """A client that keeps its connection; what it is told is not our business here."""
    connection = connect(fragile.url(trial))

    def work():
        with contextlib.suppress(psycopg.Error):
            connection.execute(command)

    thread = threading.Thread(target=work)
    thread.start()
    return connection, thread


def test_a_killed_command_left_all_or_nothing(scene, fragile):
    psql = shutil.which("psql")
    chance = random.Random(SEED)
    ends: dict[tuple[str, str], int] = {}
    for n in range(KILLS):
        how = ("client", "terminate", "backend")[n % 3] if psql else ("terminate", "backend")[n % 2]
        trial = fragile.copy(scene.before_name)
        moment = chance.uniform(0, scene.seconds * 1.1)
        if how == "client":
            started = time.monotonic()
            client = subprocess.Popen(
                [str(psql), "-Xq", fragile.url(trial), "-c", scene.command],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(max(0, moment - (time.monotonic() - started)))
            client.kill()
            client.wait()
        else:
            connection, thread = run_in_thread(fragile, trial, scene.command)
            time.sleep(moment)
            {"terminate": fragile.terminate, "backend": fragile.kill_backend}[how](trial)
            thread.join(30)
            connection.close()
        end = scene.check(trial)
        ends[how, end] = ends.get((how, end), 0) + 1
    assert sum(ends.values()) == KILLS


def test_a_killed_postmaster_left_all_or_nothing(fragile, scene):
    chance = random.Random(SEED + 1)
    for _ in range(max(1, KILLS // 10)):
        trial = fragile.copy(scene.before_name)
        connection, thread = run_in_thread(fragile, trial, scene.command)
        time.sleep(chance.uniform(0, scene.seconds * 1.1))
        fragile.kill_postmaster()
        thread.join(30)
        connection.close()
        scene.check(trial)


def wired(fragile, name, **cut):
    cutter = Cutter(fragile.running.port, **cut)
    url = fragile.url(name).replace(f":{fragile.running.port}/", f":{cutter.port}/")
    assert url != fragile.url(name)
    return cutter, url


CALLS = {
    "promote": "select greenroom_exams.promote(%(scope)s, p_key => %(key)s)",
    "rollback": "select greenroom_exams.rollback(%(scope)s, %(releases)s, p_key => %(key)s)",
    "land": "select greenroom_exams.land(%(scope)s, p_key => %(key)s)",
}


@pytest.mark.parametrize("verb", CALLS)
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_wire_cut_at_commit_is_settled_by_the_key(fragile, verb, where):
    name = fragile.copy()
    with connect(fragile.url(name)) as connection:
        fill_inbox(connection)
        first = promote(connection)["release"]
        if verb == "land":
            connection.execute("update public.exam_board_subjects set live_in_app = true")
        fill_inbox(connection, edition=2)
        number = scope(connection)
        if verb == "promote":
            connection.execute("select greenroom_exams.seal(%s)", [number])
        else:
            promote(connection)
        before = exact(connection)
        known = {"scope": number, "key": uuid.uuid4(), "releases": [first + 1]}
    cutter, url = wired(fragile, name, **{where: b"COMMIT"})
    told = None
    with (
        pytest.raises(psycopg.OperationalError),
        psycopg.connect(url, sslmode="disable", gssencmode="disable") as client,
    ):
        told = client.execute(CALLS[verb], known).fetchone()[0]
    cutter.close()
    fragile.await_quiet(name)
    with connect(fragile.url(name)) as connection:
        arrived = connection.execute(
            "select id from greenroom.release where idempotency_key = %s", [known["key"]]
        ).fetchone()
        if where == "before":
            assert arrived is None
            assert exact(connection) == before
        else:
            assert arrived == (told["release"],)
        between = exact(connection)
        again = connection.execute(CALLS[verb], known).fetchone()[0]
        if where == "after":
            assert again["release"] == told["release"]
            assert exact(connection) == between
        once_more = connection.execute(CALLS[verb], known).fetchone()[0]
        assert once_more["release"] == again["release"]
        count = connection.execute("select count(*) from greenroom.release where idempotency_key = %s", [known["key"]])
        assert count.fetchone() == (1,)
        assert editions(connection) == ({1} if verb == "rollback" else {2})
    fragile.drop(name)


def test_a_wire_cut_anywhere_leaves_all_or_nothing(fragile):
    name = fragile.copy()
    with connect(fragile.url(name)) as connection:
        fill_inbox(connection)
        before = exact(connection)
    chance = random.Random(SEED + 2)
    for _ in range(max(4, KILLS // 3)):
        cutter, url = wired(fragile, name, at=chance.randrange(40, 700))
        with (
            pytest.raises(psycopg.OperationalError),
            psycopg.connect(url, sslmode="disable", gssencmode="disable", connect_timeout=10) as client,
        ):
            client.execute(CALL)
            client.execute("select 'a long goodbye', %s", ["x" * 700])
        cutter.close()
        fragile.await_quiet(name)
        with connect(fragile.url(name)) as connection:
            assert exact(connection) == before
    with connect(fragile.url(name)) as connection:
        assert promote(connection)["topics"] == 200
    fragile.drop(name)
