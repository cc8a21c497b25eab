"""A throw-away server: there while its maker is, and then not at all."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from greenroom.db.binaries import binaries
from greenroom.db.throwaway import ThrowAway

KILLED = """
import time
from greenroom.db.throwaway import ThrowAway
with ThrowAway() as server:
    print(server.folder, (server.folder / 'data' / 'postmaster.pid').read_text().split()[0], flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("programs", binaries(), ids=lambda found: f"{found.origin}{found.major}")
def test_it_answers_and_is_gone_afterwards(programs):
    with ThrowAway(programs.folder) as server:
        with psycopg.connect(server.address()) as connection:
            assert connection.info.server_version // 10_000 == programs.major
        assert server.password not in server.address()
    assert not server.folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.address(), connect_timeout=2)


def test_an_error_inside_takes_it_away_too():
    with pytest.raises(ZeroDivisionError), ThrowAway() as server:
        raise ZeroDivisionError
    assert not server.folder.exists()


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda death: death.name)
def test_it_does_not_outlive_its_maker(death):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd="/"
    ) as maker:
        folder, pid = maker.stdout.readline().split()
        maker.send_signal(death)
    deadline = time.monotonic() + 20
    while Path(folder).exists() or _listens(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_maker_killed_before_it_is_up_leaves_nothing(tmp_path):
    program = "import sys\nfrom greenroom.db import throwaway\n" + (
        "make = throwaway.Cluster.make\n"
        "def slow(self, *a, **k):\n"
        "    print(self.data.parent, flush=True)\n"
        "    make(self, *a, **k)\n"
        "throwaway.Cluster.make = slow\n"
        "throwaway.ThrowAway().__enter__()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd="/") as maker:
        folder = Path(maker.stdout.readline().strip())
        maker.kill()
    deadline = time.monotonic() + 20
    while folder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _listens(pid):
    path = Path(f"/proc/{pid}/cmdline")
    return path.exists() and b"postgres" in path.read_bytes()
