"""Migrations, looked at before they run: text enters, statements that lock for long or destroy leave.

A comment `-- lock: <reason>` just above a statement accepts it. Of squawk, which parses better, this
keeps what matters here and adds what it lacks: tables of earlier files, `truncate`, any `cascade`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from greenroom.db.migration import Migration
from greenroom.db.statements import Statement, created, split


@dataclass(frozen=True, slots=True)
class LockFinding:
    """A statement that should not run as it stands."""

    migration: str
    line: int
    rule: str
    cure: str

    def __str__(self) -> str:
        return f"{self.migration}:{self.line}: {self.rule}; {self.cure}"


def lint(migrations: Sequence[Migration]) -> Iterator[LockFinding]:
    """Judge the files of a pack in their order: a table made by the same file is empty and may be locked."""
    for migration in migrations:
        fresh = {name.name for name in created(migration.text) if name.kind in ("table", "materialized view")}
        for statement in split(migration.text):
            if not re.search(r"^lock: *\S", statement.comment, re.MULTILINE):
                for rule, cure in _judged(statement, fresh, is_apart=migration.is_apart):
                    yield LockFinding(str(migration), statement.line, rule, cure)


def _judged(statement: Statement, fresh: set[str], *, is_apart: bool) -> Iterator[tuple[str, str]]:
    words = statement.words
    if re.match(r"(drop|alter) .*\bcascade\b", words) and not re.search(r"\bon (delete|update) cascade\b", words):
        yield "cascade drops what nobody named", "drop each object by name"
    if re.match(r"truncate\b", words):
        yield "truncate empties a table and locks out its readers", "leave rows to releases"
    if re.match(r"(lock|cluster|vacuum full|reindex (?!.*concurrently))\b", words):
        yield f"{words.split()[0]} locks out readers", "leave it to the database's owner"
    if "concurrently" in words.split() and not is_apart:
        yield "a concurrent build cannot share a transaction", "begin the file with -- no-transaction: and the reason"
    indexed = re.match(r"create (?:unique )?index (?!concurrently)", words)
    if indexed and not _is_fresh(_table(words, r"\bon (?:only )?"), fresh):
        yield "building an index locks out writers", "build it concurrently, in a file begun with -- no-transaction:"
    altered = _table(words, r"^alter table (?:if exists )?(?:only )?")
    if altered and not _is_fresh(altered, fresh):
        yield from (found for clause in _clauses(words) for found in _alteration(clause))


def _alteration(clause: str) -> Iterator[tuple[str, str]]:
    if re.match(r"alter (column )?\S+ (set data )?type\b", clause):
        yield "changing a type may rewrite the table under a lock", "add a column beside and move over"
    if re.match(r"alter (column )?\S+ set not null", clause):
        yield "set not null reads the whole table under a lock", "add a check not valid, then validate it"
    default = re.search(r"^add (?:column )?.*\bdefault (.*)", clause)
    if default and re.search(_VOLATILE, default[1]):
        yield "a default that differs by row rewrites the table", "add the column first, set the default after"
    if re.search(r"^add (column )?.*\bgenerated always as \(", clause) or re.search(r"^add .*\bidentity\b", clause):
        yield "a computed column rewrites the table", "compute it in a view"
    added = re.match(r"add (constraint \S+ )?(foreign key|check|exclude|unique|primary key)\b", clause)
    inline = re.match(r"add (column )?(if not exists )?\S+ .*\b(references|check|unique|primary key)\b", clause)
    if (added or inline) and "not valid" not in clause and "using index" not in clause:
        yield "a constraint reads the whole table under a lock", "add it not valid, or using an index, then validate it"


_VOLATILE = r"\b(gen_random_uuid|uuid_generate\w*|random|clock_timestamp|timeofday|nextval|uuidv\d)\b"


def _clauses(words: str) -> Iterable[str]:
    """The parts of an alter table, cut at commas outside parentheses."""
    depth, part = 0, ""
    rest = re.sub(rf"^alter table (if exists )?(only )?{_NAME}\s*", "", words)
    for letter in rest:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield part.strip()
            part = ""
        else:
            part += letter
    yield part.strip()


_NAME = r'(?:"?\w+"?\s*\.\s*)?"?(?P<table>\w+)"?'


def _table(words: str, before: str) -> str | None:
    found = re.search(before + _NAME, words)
    return found["table"] if found else None


def _is_fresh(table: str | None, fresh: set[str]) -> bool:
    return table is not None and table in fresh
