"""A PostgreSQL for a demo or a test: gone, data and all, when its maker is, however that ends."""

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from greenroom.db import watchdog
from greenroom.db.binaries import Account, Binaries, can_reach, choose, made_usable, server_account
from greenroom.db.cluster import Cluster, free_port, write_private
from greenroom.db.server import address
from greenroom.model.errors import ServerTrouble

# Nothing here survives a crash, so nothing waits for the disk.
_SETTINGS = {
    "cluster_name": "greenroom-throw-away",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}


@dataclass(frozen=True)
class Running:
    """A throw-away server that answers."""

    folder: Path
    programs: Binaries
    port: int
    password_file: Path

    def address(self, database: str = "postgres", *, user: str = "postgres") -> str:
        """Of one of its databases. The file it names opens to every user that was given `password`."""
        return address(self.port, database, self.password_file, user=user)

    @property
    def password(self) -> str:
        """For roles that are made in it, and for clients that read no password file."""
        return self.password_file.read_text("utf-8").strip().rpartition(":")[2]


class ThrowAway:
    """`with ThrowAway() as server:` gives a Running server and takes it away again."""

    def __init__(self, pg_bin: Path | None = None) -> None:
        self.pg_bin = pg_bin
        self._alive: IO[str] | None = None
        self._folder: Path | None = None

    def __enter__(self) -> Running:
        self._folder = new_folder()
        self._alive = hold(self._folder / "alive")
        try:
            return run_while_held(self._folder / "alive", choose(self.pg_bin), folder=self._folder)
        except BaseException:
            self._let_go()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._let_go()

    def _let_go(self) -> None:
        if self._alive and self._folder:
            self._alive.close()
            deadline = time.monotonic() + 30
            while self._folder.exists() and time.monotonic() < deadline:
                time.sleep(0.01)


def hold(alive: Path) -> IO[str]:
    """Lock the file that keeps servers alive; they go when it is closed or this process ends."""
    file = alive.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def new_folder() -> Path:
    """A fresh folder that the server's account can pass."""
    account = server_account()
    wish = Path(tempfile.gettempdir())
    place = next((place for place in (wish, Path("/tmp"), Path("/var/tmp")) if can_reach(account, place)), wish)  # noqa: S108
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="greenroom-", dir=place)))
    folder.chmod(0o711)
    return folder


def run_while_held(alive: Path, programs: Binaries, *, folder: Path | None = None) -> Running:
    """Start a server that lives as long as somebody holds the file, be it this process or another."""
    folder = folder or new_folder()
    account = server_account()
    programs = made_usable(programs, account)
    cluster = Cluster(programs, account, folder / "data", folder / "server.log")
    _set_watch(folder, alive, programs, account)
    password = secrets.token_hex(16)
    write_private(folder / "pgpass", f"*:*:*:*:{password}\n")
    cluster.make(password, is_lasting=False)
    port = cluster.start(_SETTINGS, port=free_port())
    return Running(folder, programs, port, folder / "pgpass")


def _set_watch(folder: Path, alive: Path, programs: Binaries, account: Account | None) -> None:
    who = [str(account.uid), str(account.gid)] if account else ["-", "-"]
    try:
        subprocess.run(
            [sys.executable, "-I", "-S", watchdog.__file__, str(folder), str(alive), programs.program("pg_ctl"), *who],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # A Ctrl-C in the terminal is not for the watchdog.
            start_new_session=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        # Nobody else will take the folder away.
        shutil.rmtree(folder, ignore_errors=True)
        raise ServerTrouble(
            "The watchdog of the throw-away server could not be started.",
            hint=f"Make sure that this user may run {sys.executable}.",
        ) from error
