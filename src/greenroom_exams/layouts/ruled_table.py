"""Tables with a column of codes and a column of statements: each code with the whole of its text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from greenroom_exams.documents import Box, Finding
from greenroom_exams.layouts.pdf_lines import Line, hull, join

# Statements of one column begin within this of each other; their bullets are set further in.
SAME_COLUMN_POINTS = 6.0
# Lines of a statement are 1.45 em apart, paragraphs in a cell up to 2.2 em; more is another thing.
STATEMENT_GAP_EM = 2.6


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of the table."""

    code: str
    text: str
    page: int
    box: Box


@dataclass(slots=True)
class _Open:
    code: str
    line: Line
    left: float
    texts: list[str] = field(default_factory=list)
    parts: list[Line] = field(default_factory=list)

    @property
    def last(self) -> Line:
        return self.parts[-1] if self.parts else self.line

    def add(self, line: Line) -> None:
        self.left = self.left if self.texts else line.left
        self.texts.append(line.text)
        self.parts.append(line)

    def close(self) -> Statement:
        here = [self.line, *(part for part in self.parts if part.page == self.line.page)]
        return Statement(self.code, join(self.texts), self.line.page, hull(here))


def statements(lines: Sequence[Line], code_pattern: str, heads: str) -> Iterator[Statement | Finding]:
    """The rows of all tables in `lines`, in order; a finding for text of a cell that belongs to no code.

    `heads` matches the column heads that are repeated where a table goes on over a page.
    """
    code_of = re.compile(rf"({code_pattern})(?:\s+(.*))?$")
    is_head = re.compile(heads)
    row: _Open | None = None
    column: float | None = None
    for line in lines:
        found = code_of.match(line.text)
        if found:
            if row:
                yield row.close()
            row = _Open(found[1], line, line.left, [found[2]] if found[2] else [])
        elif is_head.match(line.text):
            continue
        elif row and _continues(row, line):
            row.add(line)
            column = row.left
        elif row and _ends(row, line):
            yield row.close()
            row = None
        elif row is None and column is not None and _loose(line, column):
            yield Finding("loose_text", "warning", f"no code for: {line.text}", f"page {line.page}")
    if row:
        yield row.close()


def _continues(row: _Open, line: Line) -> bool:
    if not row.texts:
        return line.page == row.line.page and abs(line.base - row.line.base) < 1 and line.left >= row.line.right
    near = line.page == row.last.page + 1 or (
        line.page == row.last.page and -1 < row.last.base - line.base <= STATEMENT_GAP_EM * line.size
    )
    return near and line.left >= row.left - SAME_COLUMN_POINTS


def _ends(row: _Open, line: Line) -> bool:
    """A line that runs across the columns, or is too far away, ends the table."""
    crosses = line.left < row.line.left and line.right > row.left
    far = line.page == row.last.page and row.last.base - line.base > STATEMENT_GAP_EM * line.size
    return crosses or (far and line.left >= row.left - SAME_COLUMN_POINTS)


def _loose(line: Line, column: float) -> bool:
    return abs(line.left - column) <= 1 and not line.bold
