"""One column of a table: its type, its kind, how files spell it and what its cells may say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["source", "lifecycle", "stamp"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a published table.

    `type` is PostgreSQL's. `headers` are the spellings under which files of any vintage
    give it (its own name is always one). `missing` are the tokens that stand for a value
    that was withheld; they are counted and become null. `required`: no row may lack it;
    `expected`: the header must be there, its values may be empty. `pattern` must match the cleaned
    text, otherwise the row goes to quarantine. `clean` names a rule of the compiler
    (see `db/compile.py`): "text", "number", "uai", "commune", "departement", "year" …
    `later`: added to a table that was installed without it. It counts in hashes only where it holds something, so
    that those of before stay true, and what was published before can still be undone.
    """

    name: str
    type: str = "text"
    kind: Kind = "source"
    required: bool = False
    expected: bool = False
    headers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    pattern: str | None = None
    clean: str | None = None
    default: str | None = None
    later: bool = False
    note: str = ""
