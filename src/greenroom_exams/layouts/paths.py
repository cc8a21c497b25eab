"""A topic without a printed code is named by its path: its parent's code, a tilde and its name as a slug."""

import re
from collections.abc import Collection, Iterable

# As greenroom.fold in SQL has them: these do not tell two names apart.
_NO_DIFFERENCE = re.compile(r"[\s\-_.,:;/()'\"’‘“”–—]+")
_LONGEST_SLUG = 80


def path_code(parent_code: str | None, name: str) -> str:
    """The code of a topic that its document gives none: `2.1~wicks-and-oils`, or `~flame` at the top."""
    return f"{parent_code or ''}~{slug(name)}"


def slug(name: str) -> str:
    """The name in small letters, with hyphens for blanks and punctuation, at most 80 characters long."""
    return fold(name).replace(" ", "-")[:_LONGEST_SLUG]


def fold(text: str) -> str:
    """What is left of a name without case, punctuation and extra blanks, letter by letter as the database does it."""
    # A whole word is not lowered at once: Python then ends it with another sigma than PostgreSQL.
    lowered = "".join(letter.lower()[0] for letter in text)
    return _NO_DIFFERENCE.sub(" ", lowered).strip(" ")


def unique_code(code: str, taken: Collection[str]) -> str:
    """The code, or the first of `code~2`, `code~3` that is not taken."""
    number, free = 1, code
    while free in taken:
        number += 1
        free = f"{code}~{number}"
    return free


def unique_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """The codes in their order, each twin but the first with its number; a code that stands alone keeps its own."""
    given = tuple(codes)
    alone, taken = set(given), set[str]()
    found: list[str] = []
    for code in given:
        free = unique_code(code, taken | (alone - {code})) if code in taken else code
        taken.add(free)
        found.append(free)
    return tuple(found)
