"""What the desk answers about rows that people correct: a scope and a unit enter, rows, words and addresses leave.

The pages of `areas/tree.py` and `areas/edits.py` and the API under the same names are made of these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from greenroom import catalog
from greenroom.audit import correction, edits, gestures
from greenroom.audit.correction import Line, Outline
from greenroom.audit.edits import Edit, Row
from greenroom.db.kernel import Database
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.errors import DeclarationError, UnknownRow, UnknownTarget
from greenroom.model.pack import Pack
from greenroom.web.ground import Desk, Role

Kind = Literal["text", "integer", "number", "boolean", "json", "date"]

_KINDS: dict[str, Kind] = {
    "integer": "integer",
    "bigint": "integer",
    "smallint": "integer",
    "numeric": "number",
    "double precision": "number",
    "real": "number",
    "boolean": "boolean",
    "jsonb": "json",
    "text[]": "json",
    "date": "date",
}
_STATES = {
    "in force": "in force",
    "agreed": "the source says the same; it ends with the promotion",
    "conflict": "in conflict with the source",
    "adopted": "the source says the same now",
    "withdrawn": "withdrawn",
    "replaced": "replaced by a newer one",
}


@dataclass(frozen=True, slots=True)
class Place:
    """The scope that is looked at, and one of its datasets."""

    scope_id: int
    scope: str
    pack: Pack
    dataset: Dataset


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope, by number and name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A unit that can be chosen: the parts of its key, its name, and where it stands."""

    key: tuple[str, ...]
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class TreeAnswer:
    """A subject's topics as a tree, in the order they are read. `tree` and `labels` name columns."""

    scope: Scope
    dataset: str
    key: tuple[str, ...]
    subject: str
    version: str
    title: str
    may_edit: bool
    is_pending: bool
    leaving: int
    tree: dict[str, str]
    labels: dict[str, str]
    rows: tuple[Line, ...]
    unit: int
    batch: int
    mark: str
    state: str
    state_said: str
    findings_said: str
    edits_said: str
    undo: str | None
    redo: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a row: its value now, what was sealed and published, who edited it."""

    name: str
    label: str
    kind: Kind
    value: Any
    text: str
    is_long: bool
    is_required: bool
    note: str
    source: str | None
    says: str | None
    edited_by: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """An edit in words, for its history; `key` and `row` say what it is about."""

    id: int
    dataset: str
    key: tuple[str, ...]
    row: str
    label: str
    action: str
    column: str | None
    label_of_column: str
    said: str
    base: Any
    value: Any
    theirs: Any
    state: str
    state_said: str
    edited_by: str
    edited_at: datetime
    reason: str
    settled_by: str | None
    settled_at: datetime | None
    settled_why: str | None


@dataclass(frozen=True, slots=True)
class FoundAt:
    """A finding on a row."""

    id: int
    check: str
    severity: str
    message: str
    position: str | None


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """Everything about one row."""

    ref: str
    label: str
    state: str
    parent: str | None
    position: str | None
    page: str
    words: tuple[str, ...]
    columns: tuple[Cell, ...]
    findings: tuple[FoundAt, ...]
    conflicts: tuple[Told, ...]
    history: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Siblings:
    """The children of one row, or of the top, in order."""

    under: str | None
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a change did: the rows that say something else now, and what is gone.

    `made` are rows that it added; `found` counts findings of every row that has any.
    """

    unit: int
    batch: int
    mark: str
    state: str
    state_said: str
    findings_said: str
    edits_said: str
    undo: str | None
    redo: str | None
    said: str
    edits: tuple[int, ...]
    replaced: tuple[int, ...]
    made: tuple[str, ...]
    rows: tuple[Line, ...]
    gone: tuple[str, ...]
    order: tuple[Siblings, ...]
    found: dict[str, int]


def place_of(desk: Desk, conn: Database, scope_id: int, dataset: str | None = None) -> Place:
    """A scope and its dataset of this name; without a name, the one that is a tree. Raises UnknownTarget."""
    scope = desk.scope(conn, scope_id)
    pack = scope.pack
    # of a pack of files a scope is a dataset, or several that are released together
    datasets = pack.datasets if pack.root else catalog.groups(pack).get(scope.keys[0], [])
    if dataset is None:
        found = next((each for each in datasets if each.tree), None)
        if found is None:
            raise UnknownTarget(f"{scope.name} has no trees.", hint="Its rows are a table.")
    else:
        found = next((each for each in datasets if each.name == dataset), None)
        if found is None:
            raise UnknownTarget(f"{scope.name} has no dataset {dataset!r}.", hint="See what there is on the overview.")
    return Place(scope_id, scope.name, pack, found)


def key_of(place: Place, *parts: str) -> tuple[str, ...]:
    """The key of a unit, one part for each of its columns."""
    wanted = len(place.dataset.unit)
    return (*parts, *[""] * wanted)[:wanted]


def tree_keys(conn: Database, pack: Pack, scope_id: int, subject: str | None = None) -> list[tuple[str, ...]]:
    """Keys of the trees of a scope, or of one subject: what waits or is published; none where there are no trees."""
    dataset = next((each for each in pack.datasets if each.tree), None)
    return correction.keys(conn, scope_id, dataset.name, subject) if dataset else []


def tree_key(conn: Database, place: Place, subject: str, version: str) -> tuple[str, ...]:
    """The key of a subject's tree; without a version, of the only one there is. Raises UnknownTarget for several."""
    whole = key_of(place, subject, version)
    if version or len(whole) < 2:
        return whole
    known = tree_keys(conn, place.pack, place.scope_id, subject)
    if whole in known or not known:
        return whole
    if len(known) > 1:
        raise UnknownTarget(
            f"{subject} has {len(known)} versions.",
            hint=f"Say which: {', '.join(key[1] for key in known)}.",
        )
    return known[0]


def label_of(column: str) -> str:
    """A column's name as a person reads it."""
    return column.replace("_", " ").capitalize()


def may_edit(desk: Desk) -> bool:
    """Whether this person may correct rows."""
    return desk.person.role >= Role.editor


def address(place: Place, key: Sequence[str], ref: str | None = None) -> str:
    """The page of a unit, or of one of its rows."""
    return address_of(place.scope_id, place.dataset, key, ref)


def address_of(scope_id: int, dataset: Dataset, key: Sequence[str], ref: str | None = None) -> str:
    """The same, where a page looks at several datasets."""
    row = {"row": ref} if ref is not None else {}
    tail = "/row" if ref is not None else ""
    if dataset.tree and len(key) == 2:
        return f"/scope/{scope_id}/tree{tail}?{urlencode({'subject': key[0], 'version': key[1], **row})}"
    asked = [("dataset", dataset.name), *(("unit", part) for part in key), *row.items()]
    return f"/scope/{scope_id}/rows{tail}?{urlencode(asked)}"


def unit_at(conn: Database, place: Place, key: Sequence[str]) -> correction.Unit:
    """The unit of a key that waits, else the one that is published."""
    return correction.unit_of(conn, place.scope_id, place.dataset.name, key)


def tree_answer(desk: Desk, conn: Database, place: Place, key: tuple[str, ...]) -> tuple[TreeAnswer, Outline]:
    """A subject's tree, and what it was made from."""
    unit = unit_at(conn, place, key)
    outlined = correction.outline(conn, place.pack, place.dataset, unit)
    tree = place.dataset.tree
    assert tree is not None
    # editable columns are named as the script asks for them
    columns = {"code": tree.code, "name": tree.name, "level": tree.level, "parent": tree.parent}
    answer = TreeAnswer(
        scope=Scope(place.scope_id, place.scope),
        dataset=place.dataset.name,
        key=key,
        subject=key[0],
        version=key[1] if len(key) > 1 else "",
        title=title_of(conn, place, key),
        may_edit=may_edit(desk) and unit.is_pending,
        is_pending=unit.is_pending,
        leaving=outlined.leaving,
        tree=columns,
        labels={column.name: label_of(column.name) for column in place.dataset.source_columns},
        rows=outlined.lines,
        **standing(desk, conn, place, outlined.unit, outlined.edits, outlined.found),
    )
    return answer, outlined


def standing(
    desk: Desk,
    conn: Database,
    place: Place,
    unit: correction.Unit,
    made: Sequence[Edit],
    found: Sequence[correction.Found],
) -> dict[str, Any]:
    """What is said of a unit as a whole, before and after each change."""
    steps = gestures.steps(conn, place.scope_id, place.dataset.name, unit.key, by=desk.person.name)
    conflicts = sum(edit.state == "conflict" for edit in made)
    people = sorted({edit.edited_by for edit in made})
    errors = sum(each.severity == "error" for each in found)
    said = [many(errors, "error"), many(len(found) - errors, "warning")]
    edited = f"{many(len(made), 'edit')} by {', '.join(people)}" if made else "no edits"
    return {
        "unit": unit.id,
        "batch": unit.batch,
        "mark": unit.mark,
        "state": unit.state,
        "state_said": unit.state if unit.is_pending else "published, nothing waits",
        "findings_said": ", ".join(words for words in said if words) or "no findings",
        "edits_said": edited + (f", {many(conflicts, 'conflict')}" if conflicts else ""),
        "undo": steps.undo.said if steps.undo else None,
        "redo": steps.redo.said if steps.redo else None,
    }


def standing_of(desk: Desk, conn: Database, place: Place, unit: correction.Unit) -> dict[str, Any]:
    """The same, for a page that shows only one row."""
    made = edits.listed(conn, place.scope_id, dataset=place.dataset.name, key=unit.key) if unit.is_pending else []
    return standing(desk, conn, place, unit, made, correction.findings(conn, place.pack, place.dataset, unit))


def depths(lines: Sequence[Line]) -> dict[str, int]:
    """How deep each row hangs, 1 for those at the top."""
    parents = {line.ref: line.parent for line in lines}
    found: dict[str, int] = {}
    for line in lines:
        # in reading order a parent comes first; one that does not is no parent that it hangs on
        found[line.ref] = found.get(line.parent, 0) + 1 if line.parent in parents and line.parent else 1
    return found


@dataclass(frozen=True, slots=True)
class Around:
    """Where else a row of a tree can stand: parents with their depth, siblings, and what stands under it."""

    parents: tuple[tuple[str, str, int], ...]
    siblings: tuple[tuple[str, str], ...]
    children: int
    parent: str | None
    above: str


def around(conn: Database, place: Place, unit: correction.Unit, answer: RowAnswer) -> Around | None:
    """The places of a tree as seen from one row; none where there is no tree."""
    if place.dataset.tree is None:
        return None
    rows = [row for row in edits.rows(conn, place.pack, unit.id) if row.state != "deleted"]
    by_ref = {row.ref: row for row in rows}
    under: dict[str | None, list[Row]] = {}
    for row in rows:
        under.setdefault(row.parent_ref if row.parent_ref in by_ref else None, []).append(row)
    own = _with_descendants([answer.ref], {parent: [row.ref for row in each] for parent, each in under.items()})
    deep: dict[str, int] = {}
    for row in rows:
        deep[row.ref] = deep.get(row.parent_ref or "", 0) + 1
    parent = answer.parent if answer.parent in by_ref else None
    return Around(
        parents=tuple((row.ref, name_of(place, row), deep[row.ref]) for row in rows if row.ref not in own),
        siblings=tuple((row.ref, name_of(place, row)) for row in under.get(parent, ()) if row.ref != answer.ref),
        children=len(under.get(answer.ref, ())),
        parent=parent,
        above=name_of(place, by_ref[parent]) if parent else "the top",
    )


def names_of(conn: Database, place: Place, key: tuple[str, ...]) -> dict[str, str]:
    """Names of all rows by ref."""
    unit = unit_at(conn, place, key)
    return {row.ref: name_of(place, row) for row in edits.rows(conn, place.pack, unit.id)}


def as_json(value: object) -> str:
    """A value as a form carries it unseen."""
    return json.dumps(value, ensure_ascii=False)


def many(number: int, thing: str) -> str:
    """1 error, 2 errors; nothing where there is none."""
    return "" if number == 0 else f"{number} {thing}{'s' if number > 1 else ''}"


def title_of(conn: Database, place: Place, key: Sequence[str]) -> str:
    """What a unit is called."""
    found = correction.subjects(conn, place.pack, place.scope_id, place.dataset)
    name = next((name for each, name, _ in found if each == tuple(key)), "")
    shown = " ".join(part for part in key if part)
    return " ".join(part for part in (name, f"({shown})" if name and shown and shown != name else shown) if part)


def subjects_of(conn: Database, place: Place) -> list[Subject]:
    """What can be chosen beside a subject."""
    return [Subject(*each) for each in correction.subjects(conn, place.pack, place.scope_id, place.dataset)]


def row_answer(conn: Database, place: Place, key: tuple[str, ...], ref: str) -> tuple[RowAnswer, correction.Unit]:
    """One row with its columns, findings and history. Raises UnknownRow."""
    unit = unit_at(conn, place, key)
    if place.dataset.tree:
        rows = edits.rows(conn, place.pack, unit.id)
        row = row_named(rows, ref, unit.id)
        outlined = correction.outline(conn, place.pack, place.dataset, unit)
        words = next(line.words for line in outlined.lines if line.ref == row.ref)
        found = outlined.found
        before = correction.published_row(conn, place.pack, place.dataset, unit, row)
    else:
        row = row_at(conn, place, unit, ref)
        rows = [row]
        found = tuple(correction.findings(conn, place.pack, place.dataset, unit))
        words, before = flat_words(row), None
    history = [
        tell(edit, rows)
        for edit in edits.listed(
            conn, place.scope_id, dataset=place.dataset.name, key=unit.key, row=row.ref, states=None
        )
    ]
    answer = RowAnswer(
        ref=row.ref,
        label=name_of(place, row),
        state=row.state,
        parent=row.parent_ref,
        position=row.position,
        page=address(place, key, row.ref),
        words=words,
        columns=tuple(_cell(place, column, row, before, history) for column in editable(place)),
        findings=tuple(
            FoundAt(each.id, each.check, each.severity, each.message, each.position)
            for each in correction.of_row(found, row)
        ),
        conflicts=tuple(each for each in history if each.state == "conflict"),
        history=tuple(history),
    )
    return answer, unit


def row_at(conn: Database, place: Place, unit: correction.Unit, ref: str) -> Row:
    """The row that `row_named` would find among all of a unit; no other is read."""
    number = _number(ref, unit.id)
    if number is None:
        return row_named(edits.rows(conn, place.pack, unit.id, ref=ref), ref, unit.id)
    return row_named(edits.rows(conn, place.pack, unit.id, numbers=[number]), ref, unit.id)


def _number(ref: str, unit: int) -> int | None:
    found = re.fullmatch(r"row:([0-9]{1,18}):([0-9]{1,9})", ref)
    return int(found[2]) if found and int(found[1]) == unit else None


def row_named(rows: Iterable[Row], ref: str, unit: int) -> Row:
    """The row of this ref, or of the number that it had in this very unit before its first edit."""
    number = _number(ref, unit)
    for row in rows:
        if row.ref == ref or row.row_no == number:
            return row
    raise UnknownRow("That row is not there any more.", hint="Go back to the list and choose another.")


def name_of(place: Place, row: Row) -> str:
    """What a row is called."""
    tree = place.dataset.tree
    if tree is None:
        return row.label
    return " ".join(str(row.values.get(each)) for each in (tree.code, tree.name) if row.values.get(each)) or "no name"


def flat_words(row: Row) -> tuple[str, ...]:
    """What was done to a row that stands in no tree."""
    return () if row.state == "source" else (row.state,)


def editable(place: Place) -> list[Column]:
    """Columns whose cells a person may write: not where a row belongs, not what places it in its tree."""
    dataset = place.dataset
    fixed = set(dataset.unit)
    if dataset.tree:
        fixed |= {dataset.tree.parent, dataset.tree.order or ""}
    if dataset.identity == "key":
        fixed |= set(dataset.key)
    return [column for column in dataset.source_columns if column.name not in fixed]


def _cell(place: Place, column: Column, row: Row, before: Mapping[str, Any] | None, history: Sequence[Told]) -> Cell:
    value = row.values.get(column.name)
    source = row.source.get(column.name) if row.source else value
    published = before.get(column.name) if before else None
    by = next((each.edited_by for each in history if each.column == column.name and each.state in edits.LIVE), None)
    kind = kind_of(column)
    return Cell(
        name=column.name,
        label=label_of(column.name),
        kind=kind,
        value=value,
        text=text_of(value),
        is_long=kind == "text" and (len(text_of(value)) > 60 or column.name in ("description",)),
        is_required=column.required,
        note=column.note,
        source=text_of(source) if source != value else None,
        says=(text_of(published) or "empty") if before is not None and published != value else None,
        edited_by=by,
    )


def kind_of(column: Column) -> Kind:
    """How a value of a column is typed in."""
    return _KINDS.get(column.type, "text")


def text_of(value: object) -> str:
    """A value as it is typed in."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def typed(column: Column, text: str) -> Any:
    """What was typed into a form, as the edit store takes it; it refuses what is not fit."""
    if text.strip() == "":
        return None
    kind = kind_of(column)
    if kind == "json":
        try:
            return json.loads(text)
        except ValueError:
            raise DeclarationError(
                f"{label_of(column.name)} is not JSON.", hint='Write for example ["one", "two"].'
            ) from None
    return text if kind == "text" else text.strip()


def tell(edit: Edit, rows: Iterable[Row] = ()) -> Told:
    """An edit as a person reads it; rows of the same tree give their names."""
    names = {row.ref: row.label for row in rows} if edit.action == "parent" else {}
    what = (
        label_of(edit.column_name)
        if edit.column_name
        else {"parent": "Place", "order": "Order"}.get(edit.action, "Row")
    )
    return Told(
        id=edit.id,
        dataset=edit.dataset,
        key=edit.unit_key,
        row=edit.row_ref,
        label=edit.label,
        action=edit.action,
        column=edit.column_name,
        label_of_column=what,
        said=_said(edit, what, names),
        base=_named(edit, edit.base, names),
        value=_named(edit, edit.value, names),
        theirs=_named(edit, edit.theirs, names),
        state=edit.state,
        state_said=_STATES[edit.state] + (f" by {edit.settled_by}" if edit.state == "withdrawn" else ""),
        edited_by=edit.edited_by,
        edited_at=edit.edited_at,
        reason=edit.reason,
        settled_by=edit.settled_by,
        settled_at=edit.settled_at,
        settled_why=edit.settled_why,
    )


def _named(edit: Edit, value: Any, names: Mapping[str, str]) -> Any:
    if edit.action == "parent":
        return "the top" if value is None else names.get(value, "a topic that is gone")
    if edit.action == "order":
        return many(len(value), "row") if isinstance(value, list) else value
    return value


def _said(edit: Edit, what: str, names: Mapping[str, str]) -> str:
    if edit.action == "set":
        return f"{what}: {short(edit.base)} → {short(edit.value)}"
    if edit.action == "parent":
        return f"Moved from {_under(edit, edit.base, names)} to {_under(edit, edit.value, names)}"
    return {"order": "Order of what stands under it", "add": "Added", "delete": "Deleted"}[edit.action]


def _under(edit: Edit, value: Any, names: Mapping[str, str]) -> str:
    named = _named(edit, value, names)
    return str(named) if value is None else f"under {short(named)}"


def short(value: object) -> str:
    """A value within a sentence."""
    text = text_of(value)
    if not text:
        return "empty"
    return f"“{text[:59]}…”" if len(text) > 60 else f"“{text}”"


def summary(made: Sequence[Edit]) -> str:
    """What a gesture was, for undo and redo."""
    if not made:
        return "nothing"
    # the order of siblings changes with most moves; what was done is told by the rest
    rest = [edit for edit in made if edit.action != "order"] or list(made)
    first = min(rest, key=lambda edit: edit.id)
    done = {
        "set": f"{label_of(first.column_name or '').lower()} of {first.label}",
        "parent": f"place of {first.label}",
        "order": f"order under {first.label}",
        "add": "new row",
        "delete": f"deletion of {first.label}",
    }[first.action]
    others = len({(edit.row_ref, edit.column_name, edit.action) for edit in rest}) - 1
    return done[:200] + (f" and {others} more" if others else "")


def saved(desk: Desk, conn: Database, place: Place, key: tuple[str, ...], changed: edits.Changed, said: str) -> Saved:
    """What a page must show anew after a change."""
    unit = unit_at(conn, place, key)
    touched = edits.listed(
        conn, place.scope_id, dataset=place.dataset.name, key=unit.key, states=None,
        ids=[*changed.edits, *changed.replaced],
    )  # fmt: skip
    added = tuple(edit.row_ref for edit in touched if edit.action == "add" and edit.id in changed.edits)
    if place.dataset.tree is None:
        made = edits.listed(conn, place.scope_id, dataset=place.dataset.name, key=unit.key)
        found = correction.findings(conn, place.pack, place.dataset, unit)
        return Saved(
            **standing(desk, conn, place, unit, made, found), said=said, edits=changed.edits,
            replaced=changed.replaced, made=added, rows=(), gone=(), order=(), found={},
        )  # fmt: skip
    refs = {*changed.refs, *(edit.row_ref for edit in touched if edit.action != "order")}
    parents = set(_parents(touched))
    # a cell that places nothing touches no other row, and a row that is moved only those around it
    is_cell = all(edit.action == "set" and edit.column_name not in _placing(place) for edit in touched)
    outlined = correction.outline(conn, place.pack, place.dataset, unit, refs, None if is_cell else parents)
    lines = {line.ref: line for line in outlined.lines}
    children: dict[str | None, list[str]] = {}
    for line in outlined.lines:
        children.setdefault(line.parent if line.parent in lines else None, []).append(line.ref)
    order = () if is_cell else _order(lines, children, refs, parents)
    # those beside a row that was moved have another place too, and are edited with it; a list is told by its parent
    shown = _with_descendants(refs & lines.keys(), children).union(
        parents & lines.keys(), *(each.refs for each in order)
    )
    return Saved(
        **standing(desk, conn, place, outlined.unit, outlined.edits, outlined.found),
        said=said,
        edits=changed.edits,
        replaced=changed.replaced,
        made=added,
        rows=tuple(line for line in outlined.lines if line.ref in shown),
        gone=tuple(sorted(refs - lines.keys() - {"root"})),
        order=order,
        found={line.ref: line.findings for line in outlined.lines if line.findings},
    )


def _order(
    lines: Mapping[str, Line],
    children: Mapping[str | None, Sequence[str]],
    refs: Collection[str],
    parents: Iterable[str],
) -> tuple[Siblings, ...]:
    """The rows of a parent that something was put under, taken from, or put in another order."""
    known = {lines[ref].parent for ref in refs if ref in lines} | {None if ref == "root" else ref for ref in parents}
    return tuple(
        Siblings(parent, tuple(children.get(parent, ()))) for parent in known if parent is None or parent in lines
    )


def _parents(touched: Iterable[Edit]) -> Iterator[str]:
    """Rows under which something stood, or stands now; `root` is the top."""
    for edit in touched:
        if edit.action == "order":
            yield edit.row_ref
        elif edit.action == "parent":
            yield from (ref or "root" for ref in (edit.base, edit.value))


def _placing(place: Place) -> set[str | None]:
    tree = place.dataset.tree
    return {tree.code, tree.level} if tree else set()


def _with_descendants(refs: Iterable[str], children: Mapping[str | None, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(refs)
    while waiting:
        ref = waiting.pop()
        if ref not in found:
            found.add(ref)
            waiting.extend(children.get(ref, ()))
    return found
