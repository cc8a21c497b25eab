"""What the command line looks like: help, versions, secrets, speed, the terminal; and as a process of its own."""

import io
import json
import os
import pty
import re
import subprocess
import sys
import threading

import psycopg
import pytest
from psycopg import sql
from tests.cli.inbox import scrape
from typer.testing import CliRunner

from greenroom.cli import progress
from greenroom.cli.app import app

SECRET = "pass/word%&sekret"
VERBS = [
    "db", "migrate", "status", "catalog", "coverage", "fetch", "stage", "seal", "check", "diff", "report", "edit",
    "edits", "withdraw", "approve", "reject", "waive", "promote", "live", "rollback", "drift", "releases", "links",
    "clean", "refresh", "freshness", "export", "import", "run", "rebuild", "switch-over", "switch-back", "lookup",
    "desk", "settings", "sql", "demo",
]  # fmt: skip
# What writes; migrate calls it --check.
DRY = [
    "fetch", "stage", "seal", "edit", "withdraw", "approve", "reject", "waive", "promote", "live", "rollback", "drift",
    "links", "clean", "refresh", "import", "run", "rebuild", "switch-over", "switch-back",
]  # fmt: skip
ANSWERING = [verb for verb in VERBS if verb not in ("db", "desk", "demo")]


def greenroom(*words, **environment):
    """A process of its own, as a person starts it."""
    return subprocess.run(
        [sys.executable, "-m", "greenroom", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("GREENROOM_TEST")}, **environment},
        check=False,
    )


def test_help_lists_the_verbs_in_the_order_of_the_pipeline(shell):
    said = shell("--help").out
    listed = re.findall(r"^  ([a-z-]+)  ", said.partition("Commands:")[2], re.M)
    assert listed == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_and_its_options(shell, verb):
    said = shell(verb, "--help").out
    assert said.startswith("Usage: ")
    options = re.findall(r"^  (?:-\w, )?(--[a-z-]+)[^\n]*?(?:  +(\S[^\n]*))?$", said, re.M)
    assert ("--dry-run" in said) == (verb in DRY)
    assert ("--json" in said) == (verb in ANSWERING)
    assert options or verb == "db"


@pytest.mark.parametrize("words", [(), ("db",)])
def test_a_question_without_a_verb_is_answered_with_the_verbs(shell, words):
    answer = shell(*words, code=2)
    assert "Commands:" in answer.out
    assert answer.err == ""


def test_the_version_is_that_of_the_package(shell):
    assert re.fullmatch(r"greenroom \d+\.\d+\.\d+\n", shell("--version").out)


def test_help_loads_nothing_that_only_work_needs():
    """Half a second for --help on a quiet machine; counted in modules, which do not depend on the load."""
    heavy = {"pypdfium2", "jinja2", "rich", "httpx2", "selectolax", "ijson", "python_calamine", "rapidfuzz", "asyncpg"}
    heavy |= {"fastapi", "uvicorn", "starlette", "argon2"}
    code = (
        "import sys, json; from greenroom.cli.app import run; run(['--help']); "
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert not loaded & heavy
    assert not loaded & {"greenroom_exams", "greenroom_schools"}


def test_a_process_ends_with_the_code_of_its_answer(exams, tmp_path):
    home = str(tmp_path / "home")
    assert greenroom("status", DATABASE_URL=exams.url, GREENROOM_HOME=home).returncode == 0
    scrape(exams, topics=())
    sealed = greenroom("seal", "AQA GCSE", DATABASE_URL=exams.url, GREENROOM_HOME=home)
    assert sealed.returncode == 0, sealed.stderr
    check = greenroom("check", "AQA GCSE", DATABASE_URL=exams.url, GREENROOM_HOME=home)
    assert check.returncode == 1
    assert "no_topics" in check.stdout
    unknown = greenroom("promote", "Nobody", DATABASE_URL=exams.url, GREENROOM_HOME=home)
    assert unknown.returncode == 11
    assert unknown.stdout == ""


def test_a_reader_who_leaves_early_is_no_error(exams):
    process = subprocess.run(
        f"{sys.executable} -m greenroom sql exams | head -1; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.stdout.count("\n") == 1
    assert "Traceback" not in process.stderr
    assert "defect" not in process.stderr
    assert "Exception" not in process.stderr


@pytest.fixture
def secretive(exams, server):
    """A terminal whose DATABASE_URL holds a password that would be seen anywhere."""
    role = f"secretive_{exams.name}"
    with psycopg.connect(server.address(exams.name), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create role {} login password {} in role greenroom_owner").format(
                sql.Identifier(role), sql.Literal(SECRET)
            )
        )
    quoted = SECRET.replace("%", "%25").replace("/", "%2F")
    exams.at(f"postgresql://{role}:{quoted}@127.0.0.1:{server.port}/{exams.name}")
    exams.quoted = quoted
    yield exams
    with psycopg.connect(server.address(exams.name), autocommit=True) as connection:
        connection.execute(sql.SQL("drop owned by {}").format(sql.Identifier(role)))
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def test_no_output_holds_the_password(secretive, tmp_path):
    scrape(secretive)
    path = tmp_path / "page.html"
    for words in (
        ("status",), ("settings",), ("settings", "--json"), ("db", "doctor"), ("db", "doctor", "--json"), ("db", "url"),
        ("db", "status"), ("seal", "AQA GCSE"), ("check", "AQA GCSE"), ("diff", "AQA GCSE"),
        ("report", "AQA GCSE", "-o", path), ("report", "AQA GCSE", "--json"), ("promote", "AQA GCSE", "--dry-run"),
        ("promote", "AQA GCSE"), ("live", "AQA GCSE", "on"), ("releases",), ("rollback", "4711"), ("rollback", "x"),
        ("migrate", "exams", "--check"), ("migrate", "exams"), ("nothing",), ("promote", "nothing"),
        ("stage", "AQA GCSE", "--from", "nothing"), ("import", "ips_lycees"), ("clean", "AQA GCSE"),
    ):  # fmt: skip
        answer = secretive(*words, code=None)
        assert answer.code != 70, answer
        for hidden in (SECRET, secretive.quoted, "sekret"):
            assert hidden not in answer.out + answer.err, words
    assert "sekret" not in path.read_text("utf-8")


def test_ledger_and_application_name_hold_no_secret(secretive):
    scrape(secretive)
    secretive("seal", "AQA GCSE")
    secretive("promote", "AQA GCSE")
    for table in ("batch", "release", "approval", "fetch"):
        assert "sekret" not in str(secretive.rows(f"select * from greenroom.{table}"))


def test_migrate_of_schools_alone_makes_nothing_in_public(shell, make_database):
    shell.at(make_database().url)
    answer = shell("migrate", "schools", "--check")
    assert "public: 0" in answer.out
    assert "educational_data: " in answer.out
    assert shell.value("select count(*) from pg_namespace where nspname in ('greenroom', 'educational_data')") == 0
    done = shell("migrate", "schools")
    assert "public: 0" in done.out
    named = [line for line in done.err.splitlines() if line.startswith("database: ")]
    assert done.err.splitlines()[0] == named[0]
    assert done.err.splitlines()[-1] == named[-1]
    assert shell.value("select count(*) from pg_class where relnamespace = 'public'::regnamespace") == 0
    assert "educational_data: 0" in shell("migrate", "schools", "--check").out


def test_where_there_is_no_pack_the_way_to_one_is_named(shell, make_database):
    shell.at(make_database().url)
    answer = shell.refused("status", code=11)
    assert "greenroom migrate" in answer.cure


def test_a_pack_that_is_not_installed_is_told_from_one_that_does_not_exist(schools):
    answer = schools.refused("promote", "AQA GCSE", code=11)
    assert "AQA GCSE" in answer.cause


def test_a_report_opens_in_the_browser_only_when_asked(exams, monkeypatch, tmp_path):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    scrape(exams)
    exams("seal", "AQA GCSE")
    exams("report", "AQA GCSE", "-o", tmp_path / "a.html")
    assert opened == []
    exams("report", "AQA GCSE", "-o", tmp_path / "a.html", "--open")
    assert opened == [(tmp_path / "a.html").as_uri()]


def test_two_runs_of_one_second_leave_two_reports(exams, shared_data):
    path = shared_data("uk/ocr/j277-gcse-computer-science-spec.pdf")
    for _ in range(2):
        exams("run", "OCR GCSE", "--from", path)
    assert len(list((exams.home / "reports").iterdir())) == 2


def test_steps_are_plain_lines_where_there_is_no_terminal(capsys):
    with progress.steps(2) as step:
        step("staging one")
        step("staging [two]")
    assert capsys.readouterr().err == "staging one\nstaging [two]\n"


def test_steps_are_a_bar_on_a_terminal(monkeypatch):
    ours, theirs = pty.openpty()
    shown = io.BytesIO()
    reader = threading.Thread(target=_drain, args=(ours, shown))
    reader.start()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with progress.steps(2) as step:
            step("staging one")
            step("staging [two]")
    reader.join()
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue().decode())
    assert "staging one" in text
    assert "staging [two]" in text
    assert "2/2" in text


def _drain(terminal, into):
    while True:
        try:
            block = os.read(terminal, 4096)
        except OSError:
            break
        if not block:
            break
        into.write(block)
    os.close(terminal)


def test_typer_finds_no_fault_with_the_declarations():
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0
