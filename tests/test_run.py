"""run.py on a small made-up project, with an installer that only takes notes: no network, no packages."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import run

REAL = Path(run.__file__)

# Notes what it was asked, then does what the editable install would: makes the package importable.
UV = """#!/bin/sh
echo "$*" >> "{notes}"
sleep {pause}
case "$*" in *--editable*) echo "{source}" > "{venv}/lib/{python}/site-packages/greenroom.pth";; esac
exit {code}
"""

MAIN = """
import os, sys
print("arguments", sys.argv[1:])
print("folder", os.getcwd())
print("names", sorted(name for name in os.environ if name == "DATABASE_URL" or name.startswith("PG")))
"""


class Project:
    """A checkout with nothing in it but what run.py looks at."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notes = root.parent / "notes"
        self.programs = root.parent / "programs"
        package = root / "src" / "greenroom"
        package.mkdir(parents=True)
        self.programs.mkdir()
        (package / "__init__.py").write_text("")
        (package / "__main__.py").write_text(MAIN)
        shutil.copy(REAL, root / "run.py")
        (root / "pyproject.toml").write_text("[project]\nname = 'greenroom'\nversion = '0'\n")
        for lock in run.LOCKS.values():
            (root / lock).write_text("")
        self.installer()

    def installer(self, *, code: int = 0, pause: float = 0) -> None:
        """Put a note-taking installer on the path."""
        uv = self.programs / "uv"
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        uv.write_text(
            UV.format(
                notes=self.notes,
                pause=pause,
                source=self.root / "src",
                venv=self.root / ".venv",
                python=version,
                code=code,
            )
        )
        uv.chmod(0o755)

    def start(self, *arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.Popen[str]:
        """Run run.py without waiting for it."""
        return subprocess.Popen(
            [sys.executable, str(self.root / "run.py"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd or self.root.parent,
            env={**os.environ, "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}", **environment},
        )

    def run(self, *arguments: str, cwd: Path | None = None, **environment: str) -> tuple[int, str, str]:
        """Run run.py; code, results, progress."""
        with self.start(*arguments, cwd=cwd, **environment) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def installs(self) -> list[str]:
        """What the installer was asked, lock by lock."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [line.rpartition("/")[2] for line in lines if "--require-hashes" in line]


@pytest.fixture
def project(tmp_path):
    (tmp_path / "check out").mkdir()
    return Project(tmp_path / "check out" / "project")


def test_it_installs_once(project):
    assert project.run("setup")[0] == 0
    assert project.run("setup")[0] == 0
    assert project.installs() == ["requirements.lock"]


def test_each_group_is_installed_when_it_is_first_wanted(project):
    project.run("setup")
    assert project.run("setup", "dev", "browser")[0] == 0
    assert project.installs() == ["requirements.lock", "requirements-dev.lock", "requirements-browser.lock"]


def test_a_changed_lock_is_installed_into_the_same_venv(project):
    project.run("setup")
    marker = project.root / ".venv" / "marker"
    marker.touch()
    (project.root / "requirements.lock").write_text("# changed\n")
    assert project.run("setup")[0] == 0
    assert project.installs() == ["requirements.lock"] * 2
    assert marker.exists()


def test_a_half_made_venv_is_made_again(project):
    project.run("setup")
    (project.root / ".venv" / "greenroom.json").unlink()
    (project.root / ".venv" / "marker").touch()
    assert project.run("setup")[0] == 0
    assert not (project.root / ".venv" / "marker").exists()


def test_a_project_that_was_moved_gets_a_new_venv(project):
    project.run("setup")
    project.root = project.root.rename(project.root.with_name("elsewhere"))
    project.installer()
    code, out, err = project.run("status")
    assert code == 0, err
    assert project.installs() == ["requirements.lock"] * 2
    assert "arguments ['status']" in out


def test_two_at_once_install_once(project):
    project.installer(pause=0.5)
    with project.start("setup") as one, project.start("setup") as two:
        progress = one.communicate()[1] + two.communicate()[1]
    assert (one.returncode, two.returncode) == (0, 0)
    assert project.installs() == ["requirements.lock"]
    assert "waiting for another setup" in progress


def test_a_verb_runs_in_the_callers_folder_with_its_arguments(project, tmp_path):
    # A file that is called like a library must not be imported in its stead.
    (tmp_path / "os.py").write_text("raise SystemExit(7)")
    code, out, _ = project.run("promote", "WJEC A-Level", "--dry-run", cwd=tmp_path, DATABASE_URL="x", PGHOST="y")
    assert code == 0
    assert "arguments ['promote', 'WJEC A-Level', '--dry-run']" in out
    assert f"folder {tmp_path}" in out
    assert "'DATABASE_URL'" in out
    assert "'PGHOST'" in out


def test_demo_cannot_reach_a_real_database(project):
    _, out, _ = project.run("demo", DATABASE_URL="postgresql://real", PGHOST="real", PGSERVICE="real")
    assert "names []" in out


def test_an_installation_that_fails_says_why_in_two_lines_and_may_be_repeated(project):
    project.installer(code=1)
    (project.root / "requirements.lock").write_text(f"nothing-of-this-name==1 --hash=sha256:{'0' * 64}\n")
    code, out, err = project.run("setup", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(project.root))
    assert (code, out) == (60, "")
    assert "The package registry cannot be reached." in err
    assert "Traceback" not in err
    project.installer()
    assert project.run("setup")[0] == 0


def test_an_update_that_fails_leaves_what_worked(project):
    project.run("setup")
    project.installer(code=1)
    before = (project.root / "requirements-dev.lock").read_text()
    (project.root / "requirements-dev.lock").write_text(f"nothing-of-this-name==1 --hash=sha256:{'0' * 64}\n")
    assert project.run("setup", "dev", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(project.root))[0] == 60
    (project.root / "requirements-dev.lock").write_text(before)
    assert project.run("status")[0] == 0


def test_an_unknown_group_is_refused(project):
    code, _, err = project.run("setup", "everything")
    assert code == 60
    assert "setup knows no 'everything'" in err


def test_an_old_python_is_told_its_age(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(REAL), run_name="__main__")
    assert end.value.code == 60
    assert "This is Python 3.10; Greenroom needs 3.11 or newer." in capsys.readouterr().err


def test_tests_run_on_every_core_unless_told_otherwise():
    assert run.module("test", [])[:2] == ["-m", "pytest"]
    assert run.module("test", ["tests/test_run.py"]) == ["-m", "pytest", "tests/test_run.py"]
