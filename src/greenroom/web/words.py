"""Texts a person sends: a string enters, one that PostgreSQL can hold and a page can show leaves, or a 422."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from annotated_types import Len
from pydantic import AfterValidator

# The name of a person, a column, a code: one line, of which nothing is cut.
SHORT = 200
# A note, a reason, the text of a topic.
LONG = 10_000

# Characters that turn around or hide what stands beside them: a reader would see another text than is stored.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _readable(text: str, *, beside: str) -> str:
    for character in text:
        if character in beside:
            continue
        # Cc: control characters, NUL among them; Cs: halves of characters, which are no UTF-8
        if unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING:
            raise ValueError(f"holds a character that cannot be written down: U+{ord(character):04X}")
    return text


def _line(text: str) -> str:
    return _readable(text, beside="")


def _lines(text: str) -> str:
    return _readable(text.replace("\r\n", "\n").replace("\r", "\n"), beside="\n\t")


def checked(text: str) -> str:
    """A text of any number of lines that can be stored. Raises ValueError."""
    return _lines(text)


def _said(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise ValueError("is empty")
    return stripped


# One line of at most 200 characters; may be empty.
Plain = Annotated[str, Len(0, SHORT), AfterValidator(_line)]
# One line of at most 10,000 characters: what a cell of a table holds.
Cell = Annotated[str, Len(0, LONG), AfterValidator(_lines)]
# Lines, as a person writes them into a note; may be empty.
Prose = Annotated[str, Len(0, LONG), AfterValidator(_lines)]
# One line that says something: blanks at its ends are dropped.
Named = Annotated[str, Len(1, SHORT), AfterValidator(_line), AfterValidator(_said)]
# Lines that say something: a reason that is asked for.
Reason = Annotated[str, Len(1, LONG), AfterValidator(_lines), AfterValidator(_said)]
