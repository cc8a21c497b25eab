#!/usr/bin/env python3
"""Makes the project's environment beside this file, then runs a greenroom verb in it. Standard library only.

python3 run.py setup [dev] [browser]   make or refresh .venv, and what the desk's pages use
python3 run.py demo                    the whole story on a throw-away database
python3 run.py test [PYTEST ARGS]      the test suite
python3 run.py bench | faults [ARGS]   measurements | deliberate damage
python3 run.py VERB [ARGS]             greenroom VERB
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Iterator, Sequence  # an older Python must get as far as being told its age

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "greenroom.json"
LOG = VENV / "install.log"
PYTHON = VENV / "bin" / "python"
LOCKS = {
    "core": "requirements.lock",
    "dev": "requirements-dev.lock",
    "browser": "requirements-browser.lock",
    "node": "requirements-node.lock",
}
# What the desk's pages use in the browser: declared and locked here, unpacked there, copied to where pages find it.
PAGES = ROOT / "src" / "greenroom" / "web" / "npm"
UNPACKED = VENV / "npm"
VENDOR = ROOT / "src" / "greenroom" / "web" / "static" / "vendor"

TEST_SETTINGS = ("GREENROOM_SHARED_DATA", "GREENROOM_TEST_MAJORS")

# Beyond the exit codes of greenroom itself, which end at 59.
CANNOT_SET_UP = 60
INTERRUPTED = 130

OFFLINE_WORDS = (
    "name resolution",
    "dns error",
    "getaddrinfo",
    "establish a new connection",
    "error sending request",
    "network is unreachable",
    "connection refused",
    "timed out",
    "proxyerror",
    "failed to fetch",
    "no matching distribution found",
)


class CannotSetUp(Exception):
    """The environment cannot be made: a cause and a cure."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.cure = cure


def main(arguments: Sequence[str]) -> None:
    """Set up what the verb needs, then become that verb."""
    verb, rest = (arguments[0], list(arguments[1:])) if arguments else ("--help", [])
    if verb in ("-h", "--help"):
        print(__doc__)
    if verb == "setup":
        unknown = sorted(set(rest) - set(LOCKS))
        if unknown:
            raise CannotSetUp(f"setup knows no {unknown[0]!r}.", "Use: python3 run.py setup [dev] [browser]")
        set_up(["core", *rest])
        set_up_pages(again=True, with_dev="dev" in rest)
        say(f"ready: {VENV}")
        return
    if verb in ("test", "bench", "faults"):
        set_up(["core", "dev"])
        os.chdir(ROOT)
    else:
        set_up(["core"])
    if verb == "desk":
        set_up_pages()
    environment = dict(os.environ)
    environment.pop("PYTHONHOME", None)
    if verb in ("demo", "test"):
        # libpq reads PG* behind our back; neither verb may reach a real database by accident.
        drop(environment, lambda name: name == "DATABASE_URL" or name.startswith("PG"))
    if verb == "test":
        # The settings of the person who runs the tests must not decide how they end.
        drop(environment, lambda name: name.startswith("GREENROOM_") and name not in TEST_SETTINGS)
    command = [str(PYTHON), *module(verb, rest)]
    sys.stdout.flush()
    os.execve(command[0], command, environment)


def drop(environment: dict[str, str], is_unwanted: Callable[[str], bool]) -> None:
    """Take variables out of an environment."""
    for name in [name for name in environment if is_unwanted(name)]:
        del environment[name]


def module(verb: str, rest: list[str]) -> list[str]:
    """What Python is given to run for a verb."""
    if verb == "test":
        return ["-m", "pytest", *(rest or ["-q", f"-n{min(4, os.cpu_count() or 1)}", "--dist=worksteal"])]
    if verb == "bench":
        return ["-m", "bench", *rest]
    if verb == "faults":
        return ["-m", "bench.faults", *rest]
    # -P: a file of the user's folder that is called like a library must not be imported in its stead.
    return ["-P", "-m", "greenroom", verb, *rest]


def set_up(groups: Sequence[str]) -> None:
    """Bring .venv up to date with the locks of these groups; nothing to do costs a few milliseconds."""
    if not missing(groups):
        return
    with one_at_a_time():
        if not missing(groups):
            return
        if not is_whole():
            make_venv()
        for group in missing(groups):
            install(group)


def missing(groups: Sequence[str]) -> list[str]:
    """Groups whose lock, or the project's declaration, changed since they were installed."""
    done = stamp()["groups"] if is_whole() else {}
    return [group for group in dict.fromkeys(groups) if done.get(group) != fingerprint(group)]


def is_whole() -> bool:
    """A finished venv whose Python is still the one it was made with, at the place it was made for."""
    seen = stamp()
    return bool(seen) and seen["root"] == str(ROOT) and seen["python"] == os.path.realpath(PYTHON) and PYTHON.exists()


def stamp() -> dict:  # type: ignore[type-arg]
    """What the last finished installation wrote; empty when there was none."""
    try:
        return dict(json.loads(STAMP.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def write_stamp(content: dict) -> None:  # type: ignore[type-arg]
    """Written last and in one move, so that a stamp proves a whole venv."""
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(content), "utf-8")
    fresh.replace(STAMP)


def fingerprint(group: str) -> str:
    """Of the group's lock and the project's declaration."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", LOCKS[group])]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the setup lock; a second run waits and then finds the work done."""
    import fcntl

    try:
        descriptor = os.open(ROOT / ".venv.lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise CannotSetUp(
            f"Cannot write in {ROOT}: {error.strerror}.", "Copy the project to a folder of yours, or run as its owner."
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another setup of this folder to finish")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_venv() -> None:
    """Make .venv from nothing; what an interrupted run left goes first."""
    if VENV.is_symlink() or VENV.exists():
        say("removing an unfinished or outdated .venv")
        VENV.unlink() if VENV.is_symlink() else shutil.rmtree(VENV)
    started = time.monotonic()
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if importlib.util.find_spec("venv") is None:
        command = [*virtualenv(), "--quiet", str(VENV)]
    elif uv() or (importlib.util.find_spec("ensurepip") is None and importlib.util.find_spec("pip")):
        # The installer stands outside, so the venv needs none: 0.1 s instead of 3.
        command = [sys.executable, "-m", "venv", "--without-pip", str(VENV)]
    elif importlib.util.find_spec("ensurepip") is None:
        command = [*virtualenv(), "--quiet", str(VENV)]
    else:
        command = [sys.executable, "-m", "venv", str(VENV)]
    code, output = run(command)
    if code:
        raise CannotSetUp(
            f"Python could not make .venv: {last_line(output)}",
            f"On Debian or Ubuntu: apt-get install python{version}-venv",
        )
    say(f"made .venv with Python {version} ({time.monotonic() - started:.1f} s)")


def virtualenv() -> list[str]:
    """The fallback where Debian split venv off."""
    if importlib.util.find_spec("virtualenv"):
        return [sys.executable, "-m", "virtualenv"]
    found = shutil.which("virtualenv")
    if found:
        return [found, f"--python={sys.executable}"]
    raise CannotSetUp(
        "This Python cannot make virtual environments.",
        f"On Debian or Ubuntu: apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-venv",
    )


def install(group: str) -> None:
    """Install one lock, then the project itself, editable and without a network."""
    started = time.monotonic()
    before = stamp()
    say(f"installing {LOCKS[group]} (once; later runs need no network)")
    STAMP.unlink(missing_ok=True)
    steps = [["--require-hashes", "-r", str(ROOT / LOCKS[group])]]
    if group == "core":
        steps.append(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    for step in steps:
        code, output = install_with(uv_command(), step) if uv() else (1, "")
        if code:
            code, output = install_with(pip_command(), step)
        if code:
            if before:
                # The installers download before they touch: what worked, still works.
                write_stamp(before)
            raise install_failure(output)
    done = {**before.get("groups", {}), group: fingerprint(group)}
    write_stamp({**before, "root": str(ROOT), "python": os.path.realpath(PYTHON), "groups": done})
    say(f"installed {LOCKS[group]} ({time.monotonic() - started:.1f} s)")


def set_up_pages(*, again: bool = False, with_dev: bool = False) -> None:
    """Fetch what the desk's pages use. Without it they work as plain forms, so nothing fails for the want of it.

    What went wrong once is not tried at every start of the desk, only when asked `again`.
    """
    if not PAGES.is_dir() or has_pages(again=again, with_dev=with_dev):
        return
    with one_at_a_time():
        if has_pages(again=again, with_dev=with_dev):
            return
        try:
            fetch_pages(with_dev=with_dev)
            outcome = "whole"
        except (CannotSetUp, OSError, ValueError, KeyError, TypeError) as problem:
            say(f"no front-end libraries ({problem}); the desk's pages will work as plain forms")
            outcome = "without"
        write_stamp({**stamp(), "pages": {"of": pages_fingerprint(), "with_dev": with_dev, "outcome": outcome}})


def has_pages(*, again: bool, with_dev: bool) -> bool:
    """Whether they were fetched, or their fetching need not be tried anew."""
    done = stamp().get("pages", {})
    if done.get("of") != pages_fingerprint() or (with_dev and not done.get("with_dev")):
        return False
    return VENDOR.is_dir() if done.get("outcome") == "whole" else not again


def pages_fingerprint() -> str:
    """Of the declaration and the lock."""
    parts = [(PAGES / name).read_bytes() for name in ("package.json", "package-lock.json")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def fetch_pages(*, with_dev: bool) -> None:
    """Let npm unpack what the lock names, each checked by its hash; then copy the files the pages ask for."""
    started = time.monotonic()
    say("fetching the desk's front-end libraries (once)")
    UNPACKED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(PAGES / name, UNPACKED / name)
    # No script of a package is run; a registry that is not there is not waited for.
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1"]
    command = [*npm(), *options, "--fetch-retry-mintimeout=500", *([] if with_dev else ["--omit=dev"])]
    code, output = run(command, UNPACKED)
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n{output}\n")
    if code:
        raise CannotSetUp(npm_reason(output), f"The whole story is in {LOG}")
    copy_pages()
    say(f"fetched the front-end libraries ({time.monotonic() - started:.1f} s)")


def npm() -> list[str]:
    """How npm is run: the machine's own, or the one that PyPI's Node.js brings."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    if missing(["node"]):
        install("node")
    # The packages' own node is found before any other.
    os.environ["PATH"] = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    return [str(VENV / "bin" / "npm")]


def npm_reason(output: str) -> str:
    """Why npm could not, in a few words."""
    words = output.lower()
    if "eintegrity" in words:
        return "a downloaded package is not the one in the lock"
    if any(word in words for word in (*OFFLINE_WORDS, "enotfound", "eai_again", "econnrefused", "etimedout")):
        return "the package registry cannot be reached"
    lines = [line for line in output.splitlines() if "npm error" in line and "log of this run" not in line]
    return f"npm: {lines[0].partition('npm error')[2].strip() if lines else last_line(output)}"


def copy_pages() -> None:
    """Copy the files named in package.json, in one move: pages never find half of them."""
    wanted = json.loads((PAGES / "package.json").read_text("utf-8"))["greenroom"]["vendor"]
    fresh, old = VENDOR.with_name("vendor.new"), VENDOR.with_name("vendor.old")
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    for package, files in wanted.items():
        (fresh / package).mkdir(parents=True)
        for file in files:
            shutil.copyfile(UNPACKED / "node_modules" / package / file, fresh / package / Path(file).name)
    if VENDOR.exists():
        VENDOR.rename(old)
    fresh.rename(VENDOR)
    shutil.rmtree(old, ignore_errors=True)


def install_with(command: list[str], step: list[str]) -> tuple[int, str]:
    """Run an installer; its words go to the log, and come back."""
    code, output = run([*command, *step])
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join([*command, *step])}\n{output}\n")
    return code, output


def uv() -> str | None:
    """Where uv is, if it is there."""
    return shutil.which("uv")


def uv_command() -> list[str]:
    """Install by uv."""
    return [str(uv()), "pip", "install", "--quiet", "--python", str(PYTHON)]


def pip_command() -> list[str]:
    """Install by the venv's own pip, or from outside by the pip of this Python."""
    # Bytecode is made at first import: of forty packages, a run imports a handful.
    options = ["install", "--quiet", "--no-input", "--no-compile", "--disable-pip-version-check", "--retries=2"]
    if run([str(PYTHON), "-c", "import pip"])[0] == 0:
        return [str(PYTHON), "-m", "pip", *options]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON), *options]
    if run([str(PYTHON), "-m", "ensurepip"])[0] == 0:
        return [str(PYTHON), "-m", "pip", *options]
    raise CannotSetUp("There is neither pip nor uv here.", "On Debian or Ubuntu: apt-get install python3-pip")


def install_failure(output: str) -> CannotSetUp:
    """Name the usual causes of a failed installation."""
    words = output.lower()
    if "no space left" in words:
        return CannotSetUp("The disk is full.", f"Free about 500 MB under {ROOT}, then run the same again.")
    if "do not match the hashes" in words or "hash mismatch" in words:
        return CannotSetUp("A downloaded package is not the one in the lock.", "Clear the installer's cache and retry.")
    if any(word in words for word in OFFLINE_WORDS):
        return CannotSetUp(
            "The package registry cannot be reached.",
            "Connect once (or set the proxy or mirror of pip), then run the same again; later runs work offline.",
        )
    return CannotSetUp(f"Installing failed: {last_line(output)}", f"The whole story is in {LOG}")


def run(command: list[str], folder: Path = ROOT) -> tuple[int, str]:
    """Run a command of the installation, without the settings that would lead it astray."""
    environment = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET")
    }
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, cwd=folder
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def last_line(output: str) -> str:
    """The last words of a program, which most often hold the reason."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def say(message: str) -> None:
    """Progress, apart from results."""
    print(f"run.py: {message}", file=sys.stderr, flush=True)


def complain(cause: str, cure: str) -> int:
    """One line of cause, one of cure."""
    print(f"run.py: {cause}\n        {cure}", file=sys.stderr, flush=True)
    return CANNOT_SET_UP


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit(
            complain(
                f"This is Python {sys.version_info[0]}.{sys.version_info[1]}; Greenroom needs 3.11 or newer.",
                "Run it with a newer one, for example: python3.11 run.py setup",
            )
        )
    if os.name == "nt":
        sys.exit(complain("Windows itself is not supported.", "Run it inside WSL: wsl --install"))
    try:
        main(sys.argv[1:])
    except CannotSetUp as problem:
        sys.exit(complain(str(problem), problem.cure))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as problem:
        sys.exit(
            complain(f"{problem.filename or 'Setup'}: {problem.strerror}", "Put it right, then run the same again.")
        )
