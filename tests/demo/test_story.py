"""The demonstration: every step told, the report written, nothing left behind; for root and for anybody."""

import html.parser
import os
import pwd
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.resources import files
from pathlib import Path

import pytest
from tests.greenroom_exams.demo_documents import documents

import greenroom
from greenroom.demo.story import tell
from greenroom.model.errors import SourceMissing

# Under 15 s on two quiet cores; the suite shares them.
LONGEST_SECONDS = 90
STEPS = ("private PostgreSQL", "write:", "publish:", "a second edition", "audit:", "publish:", "undo", "flat data")


class _Page(html.parser.HTMLParser):
    """What a page refers to, and the tags it leaves open."""

    VOID = frozenset({"meta", "br", "hr", "img", "input", "link", "path", "rect", "line", "circle", "wbr", "col"})

    MAY_STAY_OPEN = frozenset({"p", "li", "td", "tr", "th", "dt", "dd", "option"})

    def __init__(self):
        super().__init__()
        self.open = []
        self.references = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.references += [value for name, value in attrs if name in ("src", "href") and value]
        assert not any(name.startswith("on") for name, _ in attrs), attrs

    def handle_startendtag(self, tag, attrs):
        self.references += [value for name, value in attrs if name in ("src", "href") and value]

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        while self.open and self.open[-1] != tag and self.open[-1] in self.MAY_STAY_OPEN:
            self.open.pop()
        assert self.open, tag
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The story once, as root or whoever runs the tests."""
    home = tmp_path_factory.mktemp("home")
    lines: list[str] = []
    before = set(Path(tempfile.gettempdir()).iterdir())
    path = tell(home, keep=False, say=lines.append)
    left = {p for p in set(Path(tempfile.gettempdir()).iterdir()) - before if p.name.startswith("greenroom-demo-")}
    return path, "\n".join(lines), left


@pytest.mark.timeout(LONGEST_SECONDS)
def test_every_step_is_told_in_its_order(told):
    _, text, _ = told
    numbered = re.findall(r"^(\d)  (.*)", text, re.M)
    assert [int(number) for number, _ in numbered] == [1, 2, 3, 4, 5, 6, 7, 8]
    for (_, line), words in zip(numbered, STEPS, strict=True):
        assert words in line


def test_its_numbers_are_those_of_its_documents(told):
    _, text, _ = told
    assert "release 1: 1 subject, 10 topics, 4 papers" in text
    assert "topics: 3 added, 1 removed, 4 renumbered, 1 renamed, 1 moved" in text
    assert "the app still sees 10 topics" in text
    assert "preview already shows 12" in text
    assert "10 topics again, the same ids, 10 flashcards" in text
    assert "current year 2025-2026, 39 lycées" in text


def test_it_ends_with_the_report_and_what_to_try_next(told):
    path, text, _ = told
    seconds, named = re.search(r"(\d+\.\d) s\. Report .*:\n +(\S+)", text).groups()
    assert Path(named) == path
    assert float(seconds) < LONGEST_SECONDS
    assert "python3 run.py run" in text
    assert "DATABASE_URL=" in text


def test_the_report_is_one_whole_page_that_fetches_nothing(told):
    path, _, _ = told
    text = path.read_text("utf-8")
    page = _Page()
    page.feed(text)
    assert page.open in ([], ["html"])
    assert not [
        r for r in page.references if not r.startswith(("#", "data:", "https://filestore.aqa.org.uk", "https://"))
    ]
    assert "<script" not in text.lower()
    assert "Lantern Studies" in text
    assert "Hooks" in text


def test_nothing_is_left_in_the_temporary_folder(told):
    assert told[2] == set()


def test_its_documents_are_those_that_the_generator_makes():
    shipped = files("greenroom").joinpath("demo", "exams")
    made = documents()
    assert {each.name for each in shipped.iterdir()} == set(made)
    for name, content in made.items():
        assert shipped.joinpath(name).read_bytes() == content, name


def test_a_home_that_cannot_be_written_is_told_before_anything_is_started(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceMissing) as refused:
        tell(tmp_path / "file", keep=False, say=pytest.fail)
    assert "GREENROOM_HOME" in refused.value.hint


def _run(command, **environment):
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        env={"PATH": os.environ["PATH"], **environment},
        check=False,
    )


@pytest.mark.timeout(LONGEST_SECONDS)
def test_it_ignores_the_database_of_its_user(tmp_path):
    done = _run(
        [sys.executable, "-m", "greenroom", "demo"],
        HOME=str(tmp_path),
        GREENROOM_HOME=str(tmp_path / "home"),
        DATABASE_URL="postgresql://nobody:sekret@127.0.0.1:1/production",
    )
    assert done.returncode == 0, done.stderr
    assert "sekret" not in done.stdout + done.stderr
    assert "production" not in done.stdout


def _python_of(become):
    """A Python that this user may run, and where it finds what ours finds."""
    ours = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import greenroom'], check=True)"
    minor = f"python3.{sys.version_info[1]}"
    packages = os.pathsep.join([str(Path(greenroom.__file__).parents[1]), sysconfig.get_path("platlib")])
    for python, path in ((sys.executable, ""), (shutil.which(minor, path="/usr/bin:/usr/local/bin"), packages)):
        if python and _run([*become, python, "-c", ours], PYTHONPATH=path).returncode == 0:
            return python, path
    pytest.skip(f"needs a {minor} that an ordinary user may run")


@pytest.mark.timeout(LONGEST_SECONDS)
@pytest.mark.skipif(os.geteuid() != 0, reason="needs to be root to become somebody else")
def test_it_runs_for_an_ordinary_user_in_a_folder_the_database_cannot_read():
    nobody = pwd.getpwnam("nobody")
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("needs setpriv on this machine")
    become = [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o700)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        python, path = _python_of(become)
        done = _run([*become, python, "-m", "greenroom", "demo"], HOME=folder, PYTHONPATH=path)
        assert done.returncode == 0, done.stderr
        (report,) = home.rglob("demo.html")
        assert report.stat().st_uid == nobody.pw_uid


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_it_runs_for_the_ordinary_user_who_runs_the_tests(told):
    assert told[0].exists()
