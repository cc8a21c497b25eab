"""One shape in which a published file gives a dataset: how it is read, and what makes rows of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from greenroom.model.column import Column


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file the table stands.

    The file in a ZIP and the sheet of a workbook (* and ? allowed), the 1-based line of the header,
    and the line of block titles above it, whose words are put before the names of the columns they
    cover (`Bruts / Total`).
    """

    member: str | None = None
    sheet: str | None = None
    header_row: int = 1
    block_row: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """What a file of this shape holds, all read as text, and how it becomes rows of the dataset.

    Without `shape`, `columns` are columns of the dataset. With it, `shape` names a file of the pack's
    `sql/shapes/`: one query that reads `pg_temp.landed` (row_no and `columns`, text) and gives rows
    for the landing: row_no (bigint), columns of the dataset as text, by name, and, if it likes,
    `left_out` (text): why a row is none of the dataset's; such rows are counted by reason and left out.

    `year` is the column that takes the year when the file gives it only in its headers (`{annee}`,
    `{aa}` in a spelling), or not at all: then the user's --period, or the year that `year_in_name`
    finds in the file's name (its group, four digits or two). A file of which nobody says the year is
    refused, unless the shape does without (`year_needed`).
    """

    name: str
    columns: tuple[Column, ...]
    shape: str | None = None
    place: Place = field(default_factory=Place)
    year: str | None = None
    year_needed: bool = True
    year_in_name: str = r"(?<!\d)((?:19|20)\d\d)(?!\d)"
    note: str = ""
