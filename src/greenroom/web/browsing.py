"""Places among boards: words of an address enter; the pack, scope and subject they mean leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from pydantic import ValidationError

from greenroom import catalog
from greenroom.audit import browse
from greenroom.audit.browse import Subject
from greenroom.catalog import Found
from greenroom.db.kernel import Database
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack
from greenroom.web.ground import Desk
from greenroom.web.words import Plain

Place = Annotated[Plain, Query(description="A board's or qualification's code, or a subject's.")]


@dataclass(frozen=True, slots=True)
class At:
    """Where the reader is: what every link of the page keeps unless it changes it."""

    board: str = ""
    qualification: str = ""
    subject: str = ""
    version: str | None = None
    layer: str = ""
    show: str = ""
    q: str = ""
    year: int | None = None
    series: str = ""
    tier: str = ""
    kind: str = ""
    link: str = ""
    open: str = ""
    offset: int = 0

    def but(self, path: str = "/browse", **changes: object) -> str:
        """The address of a place beside this one."""
        given = {name: getattr(self, name) for name in self.__dataclass_fields__} | changes
        kept = {n: v for n, v in given.items() if v not in ("", None, 0) or (n == "version" and v == "")}
        return f"{path}?{urlencode(kept)}" if kept else path


def pack_here(desk: Desk, conn: Database) -> Pack | None:
    """The pack that is browsed as subjects, if this database has it."""
    return next((pack for pack in desk.packs(conn) if browse.has_trees(pack)), None)


def trees_of(desk: Desk, conn: Database) -> Pack:
    """That pack. Raises UnknownTarget where this database has none."""
    pack = pack_here(desk, conn)
    if pack is None:
        raise UnknownTarget("No boards are installed in this database.", hint="Install them: greenroom migrate exams")
    return pack


def scope_of(desk: Desk, conn: Database, board: str, qualification: str) -> Found:
    """The scope of a board and a qualification, as they are spelled in production."""
    pack = trees_of(desk, conn)
    known = {b.code: {q.code for q in b.qualifications} for b in browse.boards(conn, pack)}
    if qualification not in known.get(board, ()):
        raise UnknownTarget(f"There is no {board} {qualification}.", hint="Choose one of the list under Browse.")
    return catalog.one(conn, [f"{board} {qualification}"])


def one_subject(
    desk: Desk, conn: Database, board: str, qualification: str, code: str, version: str | None
) -> tuple[Pack, tuple[Subject, ...]]:
    """A subject, version by version. Raises UnknownTarget."""
    pack = trees_of(desk, conn)
    found = browse.subject(conn, pack, board=board, qualification=qualification, code=code, version=version)
    if not found:
        named = " ".join(filter(None, (board, qualification, code, version)))
        raise UnknownTarget(f"Nobody has staged {named}.", hint="See what is there under Browse.")
    return pack, found


def mistakes_in(error: ValidationError) -> dict[str, str]:
    """By field, what is wrong with it, in words."""
    words = {
        "missing": "is needed", "int_parsing": "is no number", "greater_than_equal": "is too small",
        "less_than_equal": "is too large", "string_too_long": "is too long", "too_long": "is too long",
        "string_too_short": "is needed", "too_short": "is needed",
    }  # fmt: skip
    found: dict[str, str] = {}
    for one in error.errors():
        said = words.get(one["type"], str(one["msg"]).removeprefix("Value error, "))
        found.setdefault(str(one["loc"][0]) if one["loc"] else "form", said)
    return found
