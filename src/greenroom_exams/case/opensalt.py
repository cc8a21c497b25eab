"""The table that OpenSALT imports and exports: one row an item, its parent by code; no document, so no name."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.case.tree import Child, placed
from greenroom_exams.documents import Finding, Parsed, Subject, Topic, confidence
from greenroom_exams.layouts.paths import path_code, unique_code

LAYOUT = "OpenSALT table"
IDENTIFIER, NAME, CODE, PARENT = "Identifier", "fullStatement", "Human Coding Scheme", "Is Child Of"
NUMBER, NOTES = "sequenceNumber", "Notes"
NOT_KEPT = (
    "Abbreviated Statement",
    "ConceptKeywords",
    "IsPartOf",
    "replacedBy",
    "Exemplar",
    "hasSkillLevel",
    "IsRelatedTo",
)
COLUMNS = (IDENTIFIER, NAME, CODE, NUMBER, NOTES, PARENT, *NOT_KEPT)
# What a parent's name cannot be: the top of the tree.
_TOP = ""


def is_table(content: bytes) -> bool:
    """Whether the first line is the head of such a table."""
    head = content.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return all(name.encode() in head for name in (NAME, CODE, PARENT))


def read(content: bytes, *, name: str, subject: str | None, board: str, qualification: str) -> Parsed:
    """Read one table for a subject, whose code the user gives: the table names none.

    Its rows are held for a person: it tells neither how many they should be nor which version they are of.
    """
    if subject is None:
        raise ContractBroken(f"{name} does not tell the code of its subject", hint="Name it with --subject.")
    rows = _rows(content, name)
    keys = _keys(rows)
    by_code = {row[CODE]: key for key, row in zip(keys, rows, strict=True) if row[CODE]}
    by_code |= {
        row[IDENTIFIER]: key
        for key, row in zip(keys, rows, strict=True)
        if row[IDENTIFIER] and row[IDENTIFIER] not in by_code
    }
    children = [
        Child(key, by_code.get(row[PARENT], row[PARENT]), _number(row), place)
        for place, (key, row) in enumerate(zip(keys, rows, strict=True))
    ]
    tree = placed(keys, children, root=_TOP)
    by_key = dict(zip(keys, rows, strict=True))
    topics: list[Topic] = []
    codes: dict[str, str] = {}
    given = {row[CODE] for row in rows}
    for order, place in enumerate(tree.places, start=1):
        row = by_key[place.item]
        parent = codes.get(place.parent) if place.parent else None
        code = row[CODE] or unique_code(path_code(parent, row[NAME]), given | set(codes.values()))
        codes[place.item] = code
        topics.append(Topic(code, row[NAME], place.level, parent, order, description=row[NOTES] or None))
    findings = (*_check(rows, topics), *tree.findings)
    return Parsed(
        Subject(subject, "", board, qualification),
        tuple(topics),
        findings=findings,
        layout=LAYOUT,
        confidence=confidence(findings),
        counts={"items": len(rows)},
    )


def _rows(content: bytes, name: str) -> list[Mapping[str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceUnreadable(f"{name} is not in UTF-8", hint="Save it again as UTF-8.") from error
    try:
        lines = [line for line in csv.reader(io.StringIO(text.lstrip(), newline=""), strict=True) if any(line)]
    except csv.Error as error:
        raise SourceUnreadable(f"{name} is no whole table ({error})", hint="Export it again.") from error
    head, body = [cell.strip() for cell in lines[0]], lines[1:]
    unknown = [cell for cell in head if cell not in COLUMNS]
    if unknown or len(set(head)) < len(head):
        raise ContractBroken(
            f"{name} has columns that no OpenSALT table has: {', '.join(unknown) or 'one of them twice'}",
            hint=f"Columns: {', '.join(COLUMNS)}.",
        )
    for number, line in enumerate(body, start=2):
        if len(line) != len(head):
            raise SourceUnreadable(
                f"{name}: row {number} has {len(line)} cells of {len(head)}", hint="Export it again."
            )
    if not body:
        raise SourceEmpty(f"{name} holds no item", hint="Export it again, with its items.")
    found = [{**dict.fromkeys(COLUMNS, ""), **dict(zip(head, map(_clean, line), strict=True))} for line in body]
    for number, row in enumerate(found, start=2):
        if not row[NAME]:
            raise ContractBroken(f"{name}: row {number} has no {NAME}", hint="Export it again.")
    return list(found)


def _clean(cell: str) -> str:
    return " ".join(cell.split())


def _keys(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """A name for each row, also where two rows share a code or have none: codes may repeat in bad data."""
    return [f"row {number}" for number, _ in enumerate(rows, start=2)]


def _number(row: Mapping[str, str]) -> int | None:
    return int(row[NUMBER]) if row[NUMBER].isdecimal() else None


def _check(rows: Sequence[Mapping[str, str]], topics: Sequence[Topic]) -> Iterator[Finding]:
    for code, count in Counter(topic.code for topic in topics).items():
        if count > 1:
            yield Finding("duplicate_code", "error", f"{count} items have the code {code}")
    lost = [f"{column} of {count} items" for column in NOT_KEPT if (count := sum(bool(row[column]) for row in rows))]
    told = ", ".join([*lost, f"{IDENTIFIER} of {len(rows)} items"])
    yield Finding("not_kept", "warning", f"has no place here: {told}; nothing tells whether all rows are here")
