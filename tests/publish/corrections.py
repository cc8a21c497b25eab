"""A person who corrects what waits: words for rows enter, edits leave. Rows go by their codes or names."""

from contextlib import contextmanager
from dataclasses import dataclass

from tests.publish.exams import Exams

from greenroom import catalog
from greenroom.audit import edits
from greenroom.audit.edits import Changed, Edit, Row
from greenroom.db.connection import our_errors


@dataclass
class Editor:
    """One person at one unit of one subject."""

    exams: Exams
    name: str = "Ada"
    dataset: str = "topics"
    code: str = "7402"
    version: str = ""

    @property
    def pack(self):
        return catalog.pack_named("exams")

    @property
    def key(self) -> list[str]:
        return [self.code, self.version]

    @contextmanager
    def at(self):
        with our_errors(), self.exams.connection.transaction():
            yield self.exams.connection

    def open(self) -> int:
        with self.at() as conn:
            return edits.open_unit(conn, self.pack, self.exams.scope, self.dataset, self.key, by=self.name)

    def rows(self) -> list[Row]:
        with self.at() as conn:
            unit = edits.pending_unit(conn, self.exams.scope, self.dataset, self.key)
            assert unit is not None, "nothing waits"
            return edits.rows(conn, self.pack, unit)

    def row(self, word: str) -> Row:
        """A row by its code or name as they stand, deleted ones too."""
        found = [r for r in self.rows() if word in (r.ref, r.values.get("topic_code"), r.values.get("topic_name"))]
        assert len(found) == 1, (word, found)
        return found[0]

    def tree(self) -> dict[str, tuple[str, str | None, int, int]]:
        """Name → code, parent's name, level, place, of what is not deleted."""
        rows = [r for r in self.rows() if r.state != "deleted"]
        names = {r.ref: r.values["topic_name"] for r in rows}
        return {
            r.values["topic_name"]: (
                r.values["topic_code"],
                names.get(r.parent_ref or ""),
                r.values["topic_level"],
                r.values["sort_order"],
            )
            for r in rows
        }

    def outline(self) -> list[str]:
        """Names as they are read, two blanks for each step down."""
        rows = [r for r in self.rows() if r.state != "deleted"]
        above = {r.ref: r.parent_ref for r in rows}

        def depth(ref: str | None) -> int:
            return 0 if ref not in above else 1 + depth(above[ref])

        return ["  " * (depth(r.ref) - 1) + r.values["topic_name"] for r in rows]

    def do(self, *changes: dict, reason: str = "as printed") -> Changed:
        unit = self.open()
        with self.at() as conn:
            return edits.change(conn, self.pack, unit, changes, by=self.name, reason=reason)

    def set(self, word: str, column: str, value: object, **more: object) -> Changed:
        return self.do({"do": "set", "row": self.row(word).ref, "column": column, "value": value, **more})

    def move(self, word: str, under: str | None, **more: object) -> Changed:
        if isinstance(more.get("after"), str):
            more["after"] = self.row(str(more["after"])).ref
        return self.do(
            {"do": "move", "row": self.row(word).ref, "under": self.row(under).ref if under else None, **more}
        )

    def add(self, code: str, name: str, under: str | None = None, **more: object) -> Changed:
        if isinstance(more.get("after"), str):
            more["after"] = self.row(str(more["after"])).ref
        values = {"topic_code": code, "topic_name": name}
        return self.do({"do": "add", "under": self.row(under).ref if under else None, "values": values, **more})

    def delete(self, word: str, with_children: bool = False) -> Changed:
        return self.do({"do": "delete", "row": self.row(word).ref, "with_children": with_children})

    def settle(self, **lists: list[int] | tuple[int, ...]) -> Changed:
        with self.at() as conn:
            return edits.settle(conn, self.pack, self.exams.scope, by=self.name, why="second thoughts", **lists)

    def edits(self, states=edits.LIVE) -> list[Edit]:
        with self.at() as conn:
            return edits.listed(conn, self.exams.scope, states=states)
