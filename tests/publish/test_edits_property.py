"""Random editions and corrections, beside a model in plain dictionaries: no edit is lost, every conflict is shown."""

from dataclasses import dataclass, field

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.publish.corrections import Editor
from tests.publish.exams import Exams, Subject, Topic, assert_truths

COLUMNS = ("topic_name", "topic_code")


@dataclass
class Cell:
    """What somebody said of a cell, and what the source said then."""

    base: str
    value: str
    state: str = "in force"


@dataclass
class Line:
    """A topic of the source; a line that left it is gone for good."""

    name: int
    code: int
    parent: int | None
    gone: bool = False


@dataclass
class Model:
    """The edition of now by line number, and the cells that people corrected."""

    lines: dict[int, Line] = field(default_factory=dict)
    cells: dict[tuple[int, str], Cell] = field(default_factory=dict)
    codes: int = 0

    def fresh_code(self) -> int:
        self.codes += 1
        return self.codes

    def says(self, line: int, column: str) -> str:
        it = self.lines[line]
        return f"Topic {line} called {it.name}" if column == "topic_name" else f"c{it.code}"

    def subject(self, code: str) -> Subject:
        kept = {n: it for n, it in self.lines.items() if not it.gone}
        ordered = sorted(kept, key=lambda n: (kept[n].parent is not None, n))
        return Subject(
            code=code,
            topics=tuple(
                Topic(
                    self.says(n, "topic_code"),
                    self.says(n, "topic_name"),
                    str(kept[n].parent) if kept[n].parent is not None else None,
                    label=str(n),
                )
                for n in ordered
            ),
        )

    def sealed(self) -> None:
        """What a new edition makes of each cell."""
        for (line, column), cell in list(self.cells.items()):
            if self.lines[line].gone:
                cell.state = "conflict"
            elif self.says(line, column) in (cell.base, cell.value):
                cell.state = "in force"
            else:
                cell.state = "conflict"

    def promoted(self) -> None:
        """With what the source says of them published, edits that say the same end."""
        for (line, column), cell in list(self.cells.items()):
            if self.says(line, column) == cell.value:
                del self.cells[line, column]

    def shows(self, line: int, column: str) -> str:
        cell = self.cells.get((line, column))
        return cell.value if cell and cell.state == "in force" else self.says(line, column)


STEP = st.tuples(
    st.sampled_from(
        ("rename", "renumber", "insert", "remove", "move", "edit", "edit", "edit", "withdraw", "keep", "promote")
    ),
    st.integers(0, 9),
    st.integers(0, 3),
)


@given(steps=st.lists(STEP, min_size=3, max_size=14))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_no_edit_is_lost_and_every_conflict_is_shown(make_database, steps):
    database = make_database("exams")
    with psycopg.connect(database.url, autocommit=True) as connection:
        exams = Exams(connection).app()
        model = Model()
        for n in range(6):
            model.lines[n] = Line(0, model.fresh_code(), None if n < 2 else n % 2)
        editor = Editor(exams, code="7402")
        edition(exams, model)
        for what, n, k in steps:
            step(exams, editor, model, what, n, k)
            compare(editor, model)
        exams.approve()
        if not any(c.state == "conflict" for c in model.cells.values()):
            exams.promote()
            model.promoted()
            compare(editor, model)
            published(exams, model)
        assert_truths(exams)


def edition(exams: Exams, model: Model) -> None:
    exams.clean()
    exams.inbox(model.subject("7402"))
    exams.seal()
    model.sealed()


def step(exams: Exams, editor: Editor, model: Model, what: str, n: int, k: int) -> None:
    there = sorted(line for line, it in model.lines.items() if not it.gone)
    line = there[n % len(there)]
    it = model.lines[line]
    if what == "rename":
        it.name = k
        edition(exams, model)
    elif what == "renumber":
        it.code = model.fresh_code()
        edition(exams, model)
    elif what == "insert":
        model.lines[max(model.lines) + 1] = Line(0, model.fresh_code(), line if it.parent is None else None)
        edition(exams, model)
    elif what == "remove" and it.parent is not None:
        it.gone = True
        edition(exams, model)
    elif what == "move" and it.parent is not None:
        it.parent = next((p for p in there if p != it.parent and model.lines[p].parent is None), it.parent)
        edition(exams, model)
    elif what == "edit":
        column = COLUMNS[k % 2]
        value = f"Topic {line} called {k}" if column == "topic_name" else f"x{line}{k}"
        ref = where(editor, model, line)
        editor.do({"do": "set", "row": ref, "column": column, "value": value})
        said(model, line, column, value)
    elif what in ("withdraw", "keep"):
        settle(editor, model, what, n)
    elif what == "promote" and not any(c.state == "conflict" for c in model.cells.values()):
        exams.approve()
        exams.promote()
        model.promoted()


def where(editor: Editor, model: Model, line: int) -> str:
    """The row of a line: the one with its source's name, opened again if nothing waits."""
    editor.open()
    found = [r for r in editor.rows() if (r.source or r.values)["topic_name"] == model.says(line, "topic_name")]
    assert len(found) == 1, (line, found)
    return found[0].ref


def said(model: Model, line: int, column: str, value: str) -> None:
    if value == model.says(line, column):
        model.cells.pop((line, column), None)
    else:
        model.cells[line, column] = Cell(model.says(line, column), value)


def settle(editor: Editor, model: Model, what: str, n: int) -> None:
    live = editor.edits()
    if not live:
        return
    one = live[n % len(live)]
    key = next(key for key, cell in model.cells.items() if key[1] == one.column_name and cell.value == one.value)
    if what == "withdraw":
        editor.settle(withdraw=[one.id])
        del model.cells[key]
    elif one.state == "conflict" and not model.lines[key[0]].gone:
        editor.settle(keep=[one.id])
        model.cells[key] = Cell(model.says(*key), one.value)


def compare(editor: Editor, model: Model) -> None:
    """The store's edits are the model's, and the rows say what the model says."""
    kept = {(e.column_name, e.base, e.value, e.state.replace("agreed", "in force")) for e in editor.edits()}
    meant = {(column, c.base, c.value, c.state) for (_, column), c in model.cells.items()}
    assert kept == meant
    if editor.exams.pending():
        shown = {(r.values["topic_code"], r.values["topic_name"]) for r in editor.rows() if r.state != "deleted"}
        assert shown == {
            (model.shows(n, "topic_code"), model.shows(n, "topic_name")) for n, it in model.lines.items() if not it.gone
        }
        conflicts = {f["message"] for f in editor.exams.findings() if f["check_name"] == "edit_conflict"}
        assert len(conflicts) == sum(c.state == "conflict" for c in model.cells.values())


def published(exams: Exams, model: Model) -> None:
    standing = {(t["topic_code"], t["topic_name"]) for t in exams.topics().values()}
    assert standing == {
        (model.shows(n, "topic_code"), model.shows(n, "topic_name")) for n, it in model.lines.items() if not it.gone
    }
