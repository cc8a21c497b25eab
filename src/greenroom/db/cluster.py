"""One data directory of PostgreSQL: made, configured, started, stopped. Programs and a folder enter."""

import contextlib
import os
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from greenroom.db.binaries import Account, Binaries, run_as
from greenroom.model.errors import DiskFull, ServerTrouble

SUPERUSER = "postgres"
LOCAL = "127.0.0.1"

# Replaying the log of the largest import after a power cut took well under half of this.
START_TIMEOUT_SECONDS = 60

# pg_ctl hands these to a shell.
_UNSAFE_IN_PATHS = "\"'`$\\\n"


@dataclass(frozen=True)
class Cluster:
    """A data directory, with the programs and the account that run it."""

    programs: Binaries
    account: Account | None
    data: Path
    log: Path

    def is_made(self) -> bool:
        """Whether there is a finished data directory."""
        return (self.data / "PG_VERSION").exists()

    def make(self, password: str, *, is_lasting: bool = True) -> None:
        """Make the data directory; an interrupted attempt leaves nothing that is taken for one."""
        refuse_unsafe(self.data)
        fresh = self.data.with_name(f"{self.data.name}.new")
        secret = self.data.with_name(f"{self.data.name}.secret")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            fresh.mkdir(mode=0o700)
            write_private(secret, password)
            self._give(fresh, secret)
            options = [*_initdb_options(self.programs.major), *([] if is_lasting else ["--no-sync"])]
            self._run("initdb", "-D", str(fresh), f"--pwfile={secret}", *options)
        finally:
            secret.unlink(missing_ok=True)
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write("\ninclude_if_exists = 'greenroom.conf'\n")
        fresh.rename(self.data)

    def start(self, settings: Mapping[str, str], *, port: int, listen: str = LOCAL) -> int:
        """Start and wait until it answers; the port is another one when somebody took it meanwhile."""
        refuse_unsafe(self.data)
        self._remove_foreign_pid_file()
        self.log.touch(mode=0o600)
        self._give(self.log)
        for _ in range(40):
            self._configure(settings, port, listen)
            already_said = self.log.stat().st_size
            done = run_as(
                self.account,
                [
                    self.programs.program("pg_ctl"),
                    *("-D", str(self.data), "-l", str(self.log), "-w", "-t", str(START_TIMEOUT_SECONDS), "start"),
                ],
            )
            if done.returncode == 0:
                return port
            said = self._log_since(already_said)
            if "Address already in use" in said:
                port = free_port()
            elif "shared memory block" in said or "is another postmaster" in said.lower():
                # Children of a server that was killed notice its death within a second or so.
                time.sleep(0.5)
            else:
                break
        raise self._trouble("PostgreSQL did not start", said or done.stdout + done.stderr)

    def stop(self) -> bool:
        """Stop and wait; False when it was not running."""
        if not self.is_running():
            return False
        for mode in ("fast", "immediate"):
            run_as(
                self.account,
                [self.programs.program("pg_ctl"), "-D", str(self.data), "-m", mode, "-w", "-t", "60", "stop"],
            )
            if not self.is_running():
                return True
        raise ServerTrouble(f"PostgreSQL in {self.data} does not stop.", hint=f"See {self.log}")

    def is_running(self) -> bool:
        """Whether a server has this directory open now; a file left by a killed one does not count."""
        pid = self.pid()
        return pid is not None and self._is_ours(pid)

    def pid(self) -> int | None:
        """What the pid file says."""
        return self._pid_file_line(0)

    def port(self) -> int | None:
        """The port of the running server."""
        return self._pid_file_line(3)

    def _pid_file_line(self, number: int) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text("utf-8").splitlines()[number])
        except (OSError, IndexError, ValueError):
            return None

    def _is_ours(self, pid: int) -> bool:
        if Path("/proc/self/cmdline").exists():
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                return os.fsencode(self.data) in words
            return False
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        except OSError:
            return False
        return True

    def _remove_foreign_pid_file(self) -> None:
        # After a restart of the machine the number may belong to any program, and PostgreSQL would not start.
        pid = self.pid()
        if pid is not None and not self._is_ours(pid):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _configure(self, settings: Mapping[str, str], port: int, listen: str) -> None:
        wide = listen not in (LOCAL, "localhost", "::1")
        addresses = listen if listen in ("*", "0.0.0.0", "::") else ",".join(dict.fromkeys([LOCAL, listen]))  # noqa: S104
        lines = {
            "port": str(port),
            "listen_addresses": addresses,
            # A socket's folder would have to be found, shared and cleaned; TCP is the same everywhere.
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **settings,
        }
        configuration = self.data / "greenroom.conf"
        configuration.write_text("".join(f"{name} = '{quoted(value)}'\n" for name, value in lines.items()), "utf-8")
        configuration.chmod(0o644)
        access = ["127.0.0.1/32", "::1/128", *(["all"] if wide else [])]
        (self.data / "pg_hba.conf").write_text(
            "".join(f"host all all {who} scram-sha-256\n" for who in access), "utf-8"
        )

    def _log_since(self, position: int) -> str:
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode("utf-8", "replace")

    def _give(self, *paths: Path) -> None:
        if self.account:
            for path in paths:
                os.chown(path, self.account.uid, self.account.gid)

    def _run(self, program: str, *arguments: str) -> None:
        done = run_as(self.account, [self.programs.program(program), *arguments])
        if done.returncode:
            raise self._trouble(f"{program} failed", done.stdout + done.stderr)

    def _trouble(self, what: str, said: str) -> ServerTrouble | DiskFull:
        if "No space left" in said:
            return DiskFull(f"{what}: no space is left under {self.data.parent}.", hint="Make room, then repeat.")
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "error:", "ERROR"))]
        reason = (telling or lines or ["it said nothing"])[-1]
        return ServerTrouble(f"{what}: {reason}", hint=f"See {self.log}")


def quoted(value: str) -> str:
    """As PostgreSQL's configuration files want it."""
    return value.replace("\\", "\\\\").replace("'", "''")


def refuse_unsafe(path: Path) -> None:
    """Raise ServerTrouble for a folder that PostgreSQL's own starter would misread."""
    if any(sign in str(path) for sign in _UNSAFE_IN_PATHS):
        raise ServerTrouble(
            f"PostgreSQL cannot live in a folder of this name: {path}",
            hint="Set GREENROOM_HOME to one without quotes, dollar signs or backslashes.",
        )


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)


def free_port(wish: int | None = None) -> int:
    """A port of this machine that nobody listens on: the wish if possible."""
    for port in [wish, 0] if wish else [0]:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOCAL, port or 0))
            return int(probe.getsockname()[1])
    raise ServerTrouble("This machine has no free port.")


def _initdb_options(major: int) -> list[str]:
    # The same order and case rules on every machine, whatever the shell's language is.
    if major >= 17:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        locale = ["--locale=C" if sys.platform == "darwin" else "--locale=C.UTF-8"]
    return ["--encoding=UTF8", *locale, f"--username={SUPERUSER}", "--auth=scram-sha-256"]
