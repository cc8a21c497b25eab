"""A unit that people correct enters; its rows as they read them leave: words, findings, what production says."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from greenroom.audit import edits
from greenroom.audit.diff import undone
from greenroom.audit.edits import Edit, Row
from greenroom.db.kernel import Database, call
from greenroom.db.queries import query_of
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack

_DONE = {"set": "edited", "parent": "moved", "order": "order under it changed", "add": "added", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class Unit:
    """What is looked at: the unit that waits, or the one that production's rows came from."""

    id: int
    batch: int
    dataset: str
    key: tuple[str, ...]
    state: str
    hash: str
    is_complete: bool
    is_pending: bool
    root_id: str | None
    mark: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a tree. `words` say what was done to it and how it differs from production, `says` what that has.

    `number` is its place in the sealed unit: the same before and after its first edit, when `ref` becomes its id.
    """

    ref: str
    number: int
    parent: str | None
    code: str | None
    name: str | None
    level: int | None
    state: str
    words: tuple[str, ...] = ()
    says: str = ""
    findings: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A finding on the unit, or on one row of it."""

    id: int
    check: str
    severity: str
    message: str
    row_key: str | None
    position: str | None
    row_no: int | None


@dataclass(frozen=True, slots=True)
class Outline:
    """A tree to be corrected. `lines` in the order they are read; `leaving` published rows are in it no more."""

    unit: Unit
    lines: tuple[Line, ...]
    edits: tuple[Edit, ...]
    found: tuple[Found, ...]
    leaving: int


@dataclass(frozen=True, slots=True)
class _Listed:
    """One row as the database lists it, beside the row of production that it is."""

    ref: str
    row_no: int
    state: str
    parent_ref: str | None
    code: str | None
    name: str | None
    level: int | None
    place: int | None
    is_published: bool
    was_code: str | None
    was_name: str | None
    was_level: int | None
    was_parent: str | None
    was_under: str | None
    identity: str
    is_changed: bool


def unit_of(conn: Database, scope_id: int, dataset: str, key: Sequence[str]) -> Unit:
    """The unit of a key that waits, else the one that is published. Raises UnknownTarget."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            query_of("audit/correction_unit"), {"scope": scope_id, "dataset": dataset, "key": list(key)}
        ).fetchone()
    if row is None or row["id"] is None:
        name = " ".join(part for part in key if part) or dataset
        raise UnknownTarget(f"Nothing of {name} waits or is published.", hint="See what there is under Browse.")
    return Unit(**{**row, "key": tuple(row["key"])})


def subjects(conn: Database, pack: Pack, scope_id: int, dataset: Dataset) -> list[tuple[tuple[str, ...], str, str]]:
    """Units of a scope that can be looked at: key, name, state; by name."""
    root = pack.root
    if root is None:
        return []
    found = conn.execute(
        query_of("audit/correction_subjects").format(
            title=sql.Identifier(title_column(root)),
            published=sql.Identifier(pack.schema, root.table),
            effective=sql.Identifier(pack.compiled_schema, f"effective_{root.name}"),
        ),
        {"scope": scope_id, "dataset": dataset.name, "root": root.name},
    )
    return [(tuple(key), name, state) for key, name, state in found]


def keys(conn: Database, scope_id: int, dataset: str, first: str | None = None) -> list[tuple[str, ...]]:
    """Keys of units that can be looked at, in order; with `first`, those that begin with it."""
    found = conn.execute(
        "select k.key from (select u.key from greenroom.unit as u where u.scope_id = %(scope)s"
        " and u.dataset = %(dataset)s and u.state in ('sealed', 'held', 'ready')"
        " union select p.key from greenroom.published as p where p.scope_id = %(scope)s"
        " and p.dataset = %(dataset)s and p.row_count > 0 and p.unit_id is not null) as k"
        " where %(first)s::text is null or k.key[1] = %(first)s order by k.key",
        {"scope": scope_id, "dataset": dataset, "first": first},
    )
    return [tuple(key) for (key,) in found]


def title_column(dataset: Dataset) -> str:
    """The column that a row is called by: the first that none may lack and that is not its key."""
    named = [column.name for column in dataset.source_columns if column.required and column.name not in dataset.key]
    return named[0] if named else dataset.key[0]


def outline(
    conn: Database,
    pack: Pack,
    dataset: Dataset,
    unit: Unit,
    refs: Collection[str] | None = None,
    parents: Collection[str] | None = None,
) -> Outline:
    """The rows of a tree with everything a person wants to see of them at a glance.

    With `refs`, only lines of those and of rows with findings; with `parents` (`root` is the top), also what stands
    under these, and below, beside and above those. None of them is then told to be leaving.
    """
    made = edits.listed(conn, unit_scope(conn, unit.id), dataset=dataset.name, key=unit.key) if unit.is_pending else []
    made = [edit for edit in made if edit.state != "agreed"]
    found = findings(conn, pack, dataset, unit)
    published = _published(conn, pack, dataset, unit)
    identities = _identities(conn, pack, dataset, unit) if published else {}
    listed = _listed(conn, pack, dataset, unit, identities, found, refs, parents)
    kept = {row.identity for row in listed if row.state != "deleted"}
    leaving = published - kept if unit.is_complete and refs is None else ()
    return Outline(
        unit, tuple(_lines(listed, made, found, has_published=bool(published))), tuple(made), tuple(found), len(leaving)
    )


def unit_scope(conn: Database, unit: int) -> int:
    """The scope a unit is of."""
    row = conn.execute("select u.scope_id from greenroom.unit as u where u.id = %s", (unit,)).fetchone()
    assert row is not None
    return int(row[0])


def findings(conn: Database, pack: Pack, dataset: Dataset, unit: Unit) -> list[Found]:
    """Stored findings of a unit, each with the number of its row."""
    name = "correction_findings" if pack.landing == "inbox" else "correction_findings_flat"
    query = query_of(f"audit/{name}").format(
        effective=sql.Identifier(pack.compiled_schema, f"effective_{dataset.name}"),
        sealed=sql.Identifier("greenroom", f"batch_{dataset.name}"),
    )
    with conn.cursor(row_factory=class_row(Found)) as cursor:
        return cursor.execute(query, {"unit": unit.id}).fetchall()


def page_of(
    conn: Database,
    dataset: Dataset,
    unit: Unit,
    *,
    limit: int,
    offset: int,
    words: str = "",
    touched: bool = False,
    numbers: Sequence[int] | None = None,
) -> tuple[list[int], int, int]:
    """Numbers of the rows on one page of a table, the last where it is beyond; how many fit; how many there are."""
    columns = [column.name for column in dataset.source_columns]

    def text(alias: str) -> sql.Composable:
        if not words:
            return sql.SQL("null::text")
        cells = (sql.SQL("{}::text").format(sql.Identifier(alias, name)) for name in columns)
        return sql.SQL("pg_catalog.concat_ws(' ', {})").format(sql.SQL(", ").join(cells))

    query = query_of("audit/rows_page").format(
        batch=sql.Identifier("greenroom", f"batch_{dataset.name}"),
        edited=sql.Identifier("greenroom", f"edited_{dataset.name}"),
        sealed=text("b"),
        corrected=text("e"),
    )
    like = re.sub(r"([\\%_])", r"\\\1", words)
    row = conn.execute(
        query,
        {
            "unit": unit.id,
            "touched": touched,
            "numbers": None if numbers is None else list(numbers),
            "like": f"%{like}%" if words else None,
            "limit": limit,
            "offset": offset,
        },
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def of_row(found: Iterable[Found], row: Row) -> list[Found]:
    """Findings on one row."""
    return [each for each in found if each.row_no == row.row_no or each.row_key in (row.ref, row.label)]


def published_row(conn: Database, pack: Pack, dataset: Dataset, unit: Unit, row: Row) -> dict[str, Any] | None:
    """The row of production that a row is, if it is one."""
    if unit.root_id is None:
        return None
    identity = _identities(conn, pack, dataset, unit).get(row.row_no, row.ref)
    found = conn.execute(
        sql.SQL("select pg_catalog.to_jsonb(p) from {} as p where p.id::text = %s and p.retired_at is null").format(
            sql.Identifier(pack.schema, dataset.table)
        ),
        (identity,),
    ).fetchone()
    return found[0] if found else None


def _root_column(pack: Pack, dataset: Dataset) -> str | None:
    return next((each.into for each in dataset.references if pack.root and each.to == pack.root.name), None)


def _published(conn: Database, pack: Pack, dataset: Dataset, unit: Unit) -> set[str]:
    """Ids of production's rows of the unit's subject."""
    into = _root_column(pack, dataset)
    if unit.root_id is None or into is None:
        return set()
    found = conn.execute(
        sql.SQL("select p.id::text from {} as p where p.{} = %s and p.retired_at is null").format(
            sql.Identifier(pack.schema, dataset.table), sql.Identifier(into)
        ),
        (unit.root_id,),
    )
    return {row[0] for row in found}


def _identities(conn: Database, pack: Pack, dataset: Dataset, unit: Unit) -> dict[int, str]:
    """Which row of production each row is, before an edit has written it down; plans, and leaves nothing."""
    is_traced = conn.execute("select exists (select from greenroom.lineage as l where l.unit_id = %s)", (unit.id,))
    if not dataset.tree or is_traced.fetchone() == (True,):
        return {}
    with undone(conn):
        call(conn, pack, "plan", scope=unit_scope(conn, unit.id), units=[unit.id])
        found = conn.execute(
            sql.SQL(
                "select r.row_no, r.id::text from pg_temp.{} as r where r.unit_id = %s and r.id is not null"
            ).format(sql.Identifier(f"resolving_{dataset.name}")),
            (unit.id,),
        )
        return dict(found.fetchall())


def _listed(
    conn: Database,
    pack: Pack,
    dataset: Dataset,
    unit: Unit,
    identities: Mapping[int, str],
    found: Sequence[Found],
    refs: Collection[str] | None,
    parents: Collection[str] | None,
) -> list[_Listed]:
    tree = dataset.tree
    root = _root_column(pack, dataset)
    assert tree is not None
    assert root is not None
    structural = [tree.code, tree.name, tree.level, tree.parent, *filter(None, (tree.order,))]
    # what batch and production both have, but for what places a row
    own = {column.name for column in dataset.source_columns}
    beside = [*structural, *dataset.unit, tree.into, root, "id"]
    beside += [column.name for column in dataset.columns if column.name not in own]
    query = query_of("audit/correction_lines").format(
        rows=sql.Identifier(pack.compiled_schema, f"rows_{dataset.name}"),
        table=sql.Identifier(pack.schema, dataset.table),
        code=sql.Literal(tree.code),
        name=sql.Literal(tree.name),
        level=sql.Literal(tree.level),
        place=sql.Literal(tree.order or ""),
        code_column=sql.Identifier(tree.code),
        name_column=sql.Identifier(tree.name),
        level_column=sql.Identifier(tree.level),
        into_column=sql.Identifier(tree.into),
        root_column=sql.Identifier(root),
    )
    with conn.cursor(row_factory=class_row(_Listed)) as cursor:
        listed = cursor.execute(
            query,
            {
                "unit": unit.id,
                "root": unit.root_id,
                # findings on what no batch holds name the row itself
                "refs": None if refs is None else [*refs, *(each.row_key for each in found if each.row_no is None)],
                "parents": None if parents is None else list(parents),
                "numbers": [each.row_no for each in found if each.row_no is not None],
                "identities": Jsonb(identities),
                "structural": [*structural, *dataset.unit],
                "beside": beside,
            },
        ).fetchall()
    return _preorder(listed)


def _preorder(listed: Sequence[_Listed]) -> list[_Listed]:
    """As they are read; what hangs on nothing, or on itself, stands at the end."""
    known = {row.ref for row in listed}
    children = defaultdict[str | None, list[_Listed]](list)
    # rows that people added stand behind those of the source, in the order they came
    for row in sorted(listed, key=lambda row: (row.place is None, row.place or 0, row.row_no < 0, abs(row.row_no))):
        children[row.parent_ref if row.parent_ref in known else None].append(row)
    told: dict[str, _Listed] = {}
    waiting = children[None][::-1]
    while waiting:
        row = waiting.pop()
        if row.ref not in told:
            told[row.ref] = row
            waiting.extend(reversed(children.get(row.ref, ())))
    return [*told.values(), *(row for row in listed if row.ref not in told)]


def _lines(
    listed: Sequence[_Listed], made: Sequence[Edit], found: Sequence[Found], *, has_published: bool
) -> Iterator[Line]:
    edits_of = defaultdict[str, list[Edit]](list)
    for edit in made:
        edits_of[edit.row_ref].append(edit)
    counted = Counter(each.row_no if each.row_no is not None else each.row_key for each in found)
    identity = {row.ref: row.identity for row in listed}
    for row in listed:
        mine = edits_of.get(row.ref, [])
        parts = _parts(row, identity)
        yield Line(
            ref=row.ref,
            number=row.row_no,
            parent=row.parent_ref,
            code=row.code,
            name=row.name,
            level=row.level,
            state=row.state,
            words=tuple(_words(row, mine, parts, is_new=has_published and not row.is_published)),
            says=_says(row, parts) if parts else "",
            findings=counted[row.row_no] + counted[row.ref],
            conflicts=sum(edit.state == "conflict" for edit in mine),
        )


def _parts(row: _Listed, identity: Mapping[str, str]) -> list[str]:
    """What of a row is not as published, in a word each."""
    if not row.is_published or row.state == "deleted":
        return []
    parts = []
    if row.code != row.was_code:
        parts.append("renumbered")
    if row.name != row.was_name:
        parts.append("renamed")
    # a parent that is not among the lines is known by its own id
    if (identity.get(row.parent_ref, row.parent_ref) if row.parent_ref else None) != row.was_parent:
        parts.append("moved")
    # a level that changes with the parent is told by that
    elif row.level != row.was_level:
        parts.append("of another level")
    if row.is_changed:
        parts.append("changed")
    return parts


def _words(row: _Listed, mine: Sequence[Edit], parts: Sequence[str], *, is_new: bool) -> Iterator[str]:
    if any(edit.state == "conflict" for edit in mine):
        yield "in conflict"
    who = defaultdict[str, list[str]](list)
    for edit in reversed(mine):
        if edit.edited_by not in who[_DONE[edit.action]]:
            who[_DONE[edit.action]].append(edit.edited_by)
    for done in ("deleted",) if "deleted" in who else tuple(who):
        yield f"{done} by {' and '.join(who[done])}"
    if is_new and row.state not in ("added", "deleted"):
        yield "new"
    for word in parts:
        if word not in who:
            yield word


def _says(row: _Listed, parts: Sequence[str]) -> str:
    """What production has where this is something else, in short."""
    said = []
    if "renumbered" in parts or "renamed" in parts:
        said.append(f"{row.was_code} {row.was_name}")
    if "moved" in parts:
        said.append(f"under {row.was_under}" if row.was_under else "at the top")
    if "of another level" in parts:
        said.append(f"level {row.was_level}")
    return " · ".join(said)
