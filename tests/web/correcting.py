"""A subject whose topics wait, or are published, for tests that correct them: rows by code, changes by one call."""

from dataclasses import dataclass

import psycopg
from starlette.testclient import TestClient
from tests.publish.exams import Exams, Paper, Subject, Topic

from greenroom.db.connection import begin
from greenroom.web import people

TREE = (
    Topic("1", "Cells"),
    Topic("1.1", "Walls", "1"),
    Topic("1.2", "Membranes", "1"),
    Topic("1.2.1", "Transport", "1.2"),
    Topic("2", "Energy"),
    Topic("2.1", "Light", "2"),
    Topic("3", "Rivers"),
)


@dataclass
class Correcting:
    """One person's client on one subject; `exams` is the database behind it."""

    client: TestClient
    exams: Exams
    key: tuple[str, ...] = ("7402", "")
    dataset: str = "topics"
    # Where a browser finds it, where one is started.
    address: str = ""

    @property
    def scope(self) -> int:
        return self.exams.scope

    def api(self, path: str = "", **asked):
        answer = self.client.get(f"/api/scope/{self.scope}{path}", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tree(self) -> dict:
        return self.api("/tree", subject=self.key[0], version=self.key[1])

    def rows(self) -> dict[str, dict]:
        """Rows by code."""
        return {row["code"]: row for row in self.tree()["rows"]}

    def ref(self, code: str) -> str:
        return self.rows()[code]["ref"]

    def codes(self, *, deleted: bool = False) -> list[str]:
        return [row["code"] for row in self.tree()["rows"] if deleted or row["state"] != "deleted"]

    def row(self, code: str) -> dict:
        return self.api("/tree/row", subject=self.key[0], version=self.key[1], row=self.ref(code))

    def post(self, path: str, status: int = 200, **body) -> dict:
        sent = {"dataset": self.dataset, "key": list(self.key), **body}
        answer = self.client.post(f"/api/scope/{self.scope}/edits{path}", json=sent)
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        return answer.json()

    def change(self, *changes: dict, status: int = 200, reason: str = "") -> dict:
        return self.post("", status, changes=list(changes), reason=reason)

    def rename(self, code: str, name: str, status: int = 200, **more) -> dict:
        change = {"do": "set", "row": self.ref(code), "column": "topic_name", "value": name, **more}
        return self.change(change, status=status)

    def move(self, code: str, under: str | None, after: str | None = None, status: int = 200) -> dict:
        refs = {each["code"]: each["ref"] for each in self.tree()["rows"]}
        move = {"do": "move", "row": refs[code], "under": refs.get(under), "after": refs.get(after)}
        return self.change(move, status=status)

    def turn(self, turn: str, status: int = 200) -> dict:
        return self.post("/turn", status, turn=turn)

    def form(self, do: str, code: str | None = None, status: int = 303, **fields):
        """What a browser without scripts sends."""
        sent = {"dataset": self.dataset, "unit": list(self.key), **fields}
        if code is not None:
            sent["row"] = self.ref(code)
        answer = self.client.post(f"/scope/{self.scope}/edits/{do}", data=sent)
        assert answer.status_code == status, f"{answer.status_code} {answer.text[:2000]}"
        return answer

    def page(self, path: str, status: int = 200, **asked) -> str:
        answer = self.client.get(f"/scope/{self.scope}{path}", params=asked)
        assert answer.status_code == status, f"{answer.status_code} {answer.text[:2000]}"
        return answer.text

    def row_page(self, code: str) -> str:
        return self.page("/tree/row", subject=self.key[0], version=self.key[1], row=self.ref(code))


def staged(url: str, *subjects: Subject) -> Exams:
    """A database whose subjects wait, sealed and checked."""
    exams = Exams(psycopg.connect(url, autocommit=True))
    exams.inbox(*(subjects or (biology(),)))
    exams.seal()
    exams.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)
    return exams


def biology(*topics: Topic) -> Subject:
    return Subject(topics=topics or TREE, papers=(Paper(), Paper(type="mark scheme", url="https://example.org/2.pdf")))


def signed_in_again(app, role, name: str) -> str:
    """The cookie of somebody's session, for a browser."""
    with app.state.ground.connections.one() as conn, begin(conn):
        person = people.named(conn, name) or people.add(conn, name, role, email=None, by="tests")
    return app.state.sessions.open(person, "start link")
