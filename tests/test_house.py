"""The house rules that a machine can check; one command runs them with everything else."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

COMMANDS = {
    "lint": [sys.executable, "-m", "ruff", "check", "--output-format=concise", "."],
    "format": [sys.executable, "-m", "ruff", "format", "--check", "."],
    "types": [sys.executable, "-m", "mypy"],
    "arrows": [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
}

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-browser.lock")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_house_is_clean(command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("lock", (*LOCKS, "requirements-node.lock"))
def test_a_lock_names_packages_and_hashes_and_nothing_else(lock):
    allowed = re.compile(r"[a-z0-9._-]+==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in (ROOT / lock).read_text().splitlines() if not allowed.fullmatch(line)] == []


def test_locks_agree_with_each_other_and_with_the_declaration():
    runtime, dev, browser = (_locked(lock) for lock in LOCKS)
    assert runtime.items() <= dev.items()
    assert {name: version for name, version in browser.items() if name in dev}.items() <= dev.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    assert _names(project["project"]["dependencies"]) | _names(groups["build"]) <= runtime.keys()
    assert _names(groups["dev"]) <= dev.keys()


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "context", "base"])
def test_every_file_has_a_name_of_its_own(name):
    assert list((ROOT / "src").rglob(f"{name}.py")) == []


def _locked(lock):
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), flags=re.MULTILINE))


def _names(requirements):
    return {re.match(r"[A-Za-z0-9_-]+", requirement)[0].lower() for requirement in requirements}
