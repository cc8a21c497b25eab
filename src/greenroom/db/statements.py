"""SQL text enters; its statements leave, and the names of what they create."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its comments and semicolon; `line` (from 1) is where it begins.

    What stands inside quotes is kept; `comment` is what was said on the lines just above it.
    """

    text: str
    line: int
    comment: str = ""

    @property
    def words(self) -> str:
        """In lower case, blanks made one, and the insides of strings emptied: for looking at, not for running."""
        bare = _STRING.sub(lambda found: found[0] if found[0].startswith('"') else "''", self.text)
        return " ".join(bare.lower().split())


@dataclass(frozen=True, slots=True)
class Name:
    """What a statement creates. Of a function the arguments are not part of it."""

    kind: str
    schema: str | None
    name: str


def split(text: str) -> Iterator[Statement]:
    """Cut at the semicolons that end statements.

    Knows strings, dollar quotes and nested comments, which is all that migrations hold:
    bodies written `begin atomic … end` do not belong there.
    """
    begin = position = 0
    line, counted = 1, 0
    bare = list[str]()
    while token := _TOKEN.search(text, position):
        bare.append(text[position : token.start()])
        position = token.end()
        if token[0] == ";":
            line += text.count("\n", counted, begin)
            counted = begin
            yield from _statement(text, begin, line, "".join(bare))
            begin, bare = position, []
        elif token[0].startswith(("--", "/*")):
            position = _end_of_comment(text, token)
            # Keeps the length, so that a statement's place can be told.
            bare.append(re.sub(r"[^\n]", " ", text[token.start() : position]))
        else:
            bare.append(token[0])
    bare.append(text[position:])
    line += text.count("\n", counted, begin)
    yield from _statement(text, begin, line, "".join(bare))


@lru_cache(maxsize=256)
def created(text: str) -> tuple[Name, ...]:
    """Name what each statement creates: tables, views, functions, types, sequences."""
    names = []
    for statement in split(text):
        # the name stands in the first words; the rest may be a body of a thousand lines
        found = _CREATE.match(" ".join(statement.text[:1000].split()))
        if found:
            kind = re.sub(r"^(unlogged|recursive|foreign) ", "", found["kind"].lower())
            schema = found["schema"]
            names.append(Name(kind, _plain(schema) if schema else None, _plain(found["name"])))
    return tuple(names)


_STRING = re.compile(
    r"""
      "(?:[^"]|"")*"
    | (?<![a-zA-Z0-9_])[eE]'(?:[^'\\]|''|\\.)*'
    | '(?:[^']|'')*'
    | (?<![a-zA-Z0-9_$])\$(?P<tag>[a-zA-Z_][a-zA-Z0-9_]*)?\$.*?\$(?(tag)(?P=tag))\$
    """,
    re.VERBOSE | re.DOTALL,
)

_TOKEN = re.compile(rf"--[^\n]*|/\*|;|{_STRING.pattern}", re.VERBOSE | re.DOTALL)

_IDENTIFIER = r'"(?:[^"]|"")+"|[a-zA-Z_][\w$]*'

_CREATE = re.compile(
    rf"""
    create\ (?:or\ replace\ )?
    (?P<kind>(?:unlogged\ |foreign\ )?table | materialized\ view | (?:recursive\ )?view
           | function | procedure | aggregate | type | domain | sequence)
    \ (?:if\ not\ exists\ )?
    (?:(?P<schema>{_IDENTIFIER})\ ?\.\ ?)?
    (?P<name>{_IDENTIFIER})
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _statement(text: str, begin: int, line: int, bare: str) -> Iterator[Statement]:
    """`begin` is where the text after the last semicolon starts, in line `line`."""
    if said := bare.strip():
        first = begin + len(bare) - len(bare.lstrip())
        yield Statement(said, line + text.count("\n", begin, first), _comment_above(text[begin:first]))


def _end_of_comment(text: str, opening: re.Match[str]) -> int:
    if opening[0] != "/*":
        return opening.end()
    depth = 1
    for mark in re.compile(r"/\*|\*/").finditer(text, opening.end()):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


def _comment_above(text: str) -> str:
    said = list[str]()
    for line in reversed(text.rstrip(" \t").removesuffix("\n").split("\n")):
        if not line.strip().startswith("--"):
            break
        said.insert(0, line.strip().removeprefix("--").strip())
    return "\n".join(said)


def _plain(identifier: str) -> str:
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    return identifier.lower()
