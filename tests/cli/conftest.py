"""The command line in this process: words enter, exit code and both outputs leave; every environment is a new one."""

import json
from dataclasses import dataclass

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from greenroom.cli.app import run
from greenroom.cli.environment import configured


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def cause(self) -> str:
        """The line that says what was wrong."""
        (line,) = [line for line in self.err.splitlines() if line.startswith("greenroom: ")]
        return line.removeprefix("greenroom: ")

    @property
    def cure(self) -> str:
        """The line that says what to do."""
        (line,) = [line for line in self.err.splitlines() if line.startswith("  → ")]
        return line.removeprefix("  → ")


class Shell:
    """One user's terminal: an environment, and the database it points at."""

    def __init__(self, monkeypatch, capsys, home):
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.home = home
        self.url = ""

    def set(self, **variables):
        for name, value in variables.items():
            self._monkeypatch.setenv(name, str(value))
        configured.cache_clear()

    def at(self, url):
        """Point this terminal at a database."""
        self.url = url
        self.set(DATABASE_URL=url)
        return self

    @property
    def name(self):
        """The database's own name."""
        return conninfo_to_dict(self.url)["dbname"]

    def __call__(self, *words, code=0) -> Answer:
        """Run one command; `code` is the exit code it must have, None for any."""
        configured.cache_clear()
        self._capsys.readouterr()
        got = run([str(word) for word in words])
        said = self._capsys.readouterr()
        answer = Answer(got, said.out, said.err)
        assert "Traceback" not in answer.out + answer.err, answer
        assert code is None or got == code, f"{got}, not {code}\n{answer.out}\n{answer.err}"
        return answer

    def refused(self, *words, code) -> Answer:
        """Run one command that must refuse: one line of cause, one of cure, nothing on standard output."""
        answer = self(*words, code=code)
        assert answer.out == ""
        assert answer.cause
        assert answer.cure
        return answer

    def rows(self, query, *values):
        """What the database holds, as dicts."""
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def value(self, query, *values):
        """The one value a query answers."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, values).fetchone()[0]

    def write(self, statement, *values):
        """What another program does in the same database."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement, values or None)


@pytest.fixture
def shell(monkeypatch, capsys, tmp_path):
    """A terminal with an empty home and no database."""
    for name in ("DATABASE_URL", "GREENROOM_STORE", "GREENROOM_APP_ROLES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GREENROOM_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    yield Shell(monkeypatch, capsys, tmp_path / "home")
    configured.cache_clear()


@pytest.fixture
def exams(shell, make_database):
    """A terminal on a database with the exams pack."""
    return shell.at(make_database("exams").url)


@pytest.fixture
def schools(shell, make_database):
    """A terminal on a database with the schools pack."""
    return shell.at(make_database("schools").url)
