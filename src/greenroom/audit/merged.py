"""What promoting units would change enters; one tree of before and after, and tables of the rest, leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from greenroom.audit import diff
from greenroom.audit.diff import Change, Counts, FieldChange, Kind, undone
from greenroom.db.kernel import Database, call
from greenroom.db.queries import query_of
from greenroom.model.dataset import Dataset
from greenroom.model.pack import Pack

PAGE = 100
# A subject whole; the largest met has a third of it. More is told, and left to the command line.
MOST_CHANGES = 5_000
MOST_NODES = 6_000
_NATURAL = 12

KINDS: tuple[Kind, ...] = ("added", "removed", "revived", "renamed", "moved", "renumbered", "reordered", "other")


@dataclass(frozen=True, slots=True)
class Node:
    """One row of the merged tree. `words` tells its change; a row without kinds is as it was.

    `depth` is where it stands below the roots of the tree, and `is_context` an ancestor of a change.
    """

    code: str
    name: str
    depth: int
    kinds: tuple[Kind, ...]
    words: tuple[str, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    identity: str | None = None
    is_context: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One changed row of a table: what happens to it, and every field before and after."""

    dataset: str
    unit: tuple[str, ...]
    label: str
    kinds: tuple[Kind, ...]
    fields: tuple[FieldChange, ...]
    pointing: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tree:
    """Production and batch as one tree, in the order of the batch; what leaves stands where it stood."""

    dataset: str
    counts: Counts
    nodes: tuple[Node, ...]
    total: int
    only_changes: bool
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What a promotion would do: counts by dataset, a tree where there is one, and a page of the other rows."""

    counts: dict[str, Counts]
    tree: Tree | None
    rows: tuple[Row, ...]
    dataset: str | None
    kind: Kind | None
    page: int
    pages: int
    total: int


def changes(
    conn: Database,
    pack: Pack,
    scope_id: int,
    units: Sequence[int],
    *,
    only_changes: bool = True,
    kind: Kind | None = None,
    dataset: str | None = None,
    page: int = 1,
) -> Changes:
    """Plan the promotion of these units once, and tell it as a tree and as tables. Nothing stays behind."""
    if pack.root is None:
        return _flat(conn, pack, scope_id, list(units), kind, dataset, page)
    with undone(conn):
        told = diff.changes(conn, pack, scope_id, list(units), limit=MOST_CHANGES)
        trees = [d for d in pack.datasets if d.tree and d.name in told.counts]
        shown = _tree(conn, pack, trees[0], units, told, only_changes=only_changes, kind=kind) if trees else None
    names = {each.name for each in trees}
    others = [
        change
        for change in told.rows
        if change.dataset not in names and dataset in (None, change.dataset) and kind in (None, *change.kinds)
    ]
    return Changes(
        counts=told.counts,
        tree=shown if dataset is None or dataset in names else None,
        rows=tuple(_row(change) for change in others[(page - 1) * PAGE : page * PAGE]),
        dataset=dataset,
        kind=kind,
        page=page,
        pages=max(1, -(-len(others) // PAGE)),
        total=len(others),
    )


def _flat(
    conn: Database, pack: Pack, scope_id: int, units: list[int], kind: Kind | None, dataset: str | None, page: int
) -> Changes:
    told = diff.changes(conn, pack, scope_id, units, limit=PAGE, offset=(page - 1) * PAGE, kind=kind, dataset=dataset)
    of = [counts for name, counts in told.counts.items() if dataset in (None, name)]
    total = sum(_number(counts, kind) for counts in of)
    return Changes(
        told.counts, None, tuple(map(_row, told.rows)), dataset, kind, page, max(1, -(-total // PAGE)), total
    )  # fmt: skip


def _number(counts: Counts, kind: Kind | None) -> int:
    if kind is None:
        return counts.added + counts.removed + counts.changed
    number: int = getattr(counts, kind)
    return number


def _row(change: Change) -> Row:
    """A row that comes or goes has its fields too: with nothing before, or nothing after."""
    fields = change.fields or tuple(_all_fields(change.before, change.after))
    return Row(change.dataset, change.unit, change.label, change.kinds, fields, change.pointing)


def _all_fields(before: dict[str, Any] | None, after: dict[str, Any] | None) -> Iterator[FieldChange]:
    for name in after or before or {}:
        was, now = (before or {}).get(name), (after or {}).get(name)
        if was is not None or now is not None:
            yield FieldChange(name, was, now)


# The tree


@dataclass(slots=True)
class _Knot:
    """A row while the tree is put together; `key` is its identity, or the number of the change that adds it."""

    key: str
    parent: str | None
    code: str
    name: str
    place: tuple[Any, ...]
    change: Change | None = None


def _tree(
    conn: Database,
    pack: Pack,
    dataset: Dataset,
    units: Sequence[int],
    told: diff.Diff,
    *,
    only_changes: bool,
    kind: Kind | None,
) -> Tree:
    assert dataset.tree is not None
    changed = [change for change in told.rows if change.dataset == dataset.name]
    knots = _knots(_published(conn, pack, dataset, units), changed, dataset.tree.parent)
    nodes = list(_walked(knots))
    wanted = [bool(node.kinds) and kind in (None, *node.kinds) for node in nodes]
    if only_changes or kind is not None:
        nodes = list(_kept(nodes, wanted))
    return Tree(
        dataset=dataset.name,
        counts=told.counts.get(dataset.name, Counts()),
        nodes=tuple(nodes[:MOST_NODES]),
        total=len(knots),
        only_changes=only_changes or kind is not None,
        is_cut=len(nodes) > MOST_NODES or told.total > len(told.rows),
    )


def _published(conn: Database, pack: Pack, dataset: Dataset, units: Sequence[int]) -> list[dict[str, Any]]:
    assert dataset.tree is not None
    assert pack.root is not None
    keys = conn.execute(
        "select distinct u.scope_id, u.key from greenroom.unit as u where u.id = any (%s)", [list(units)]
    ).fetchall()
    roots = [call(conn, pack, "find_root", scope=scope_id, key=key) for scope_id, key in keys]
    root = next(r.into for r in dataset.references if r.to == pack.root.name)
    query = query_of("audit/published_tree").format(
        into=sql.Identifier(dataset.tree.into),
        code=sql.Identifier(dataset.tree.code),
        name=sql.Identifier(dataset.tree.name),
        level=sql.Identifier(dataset.tree.level),
        root=sql.Identifier(root),
        table=sql.Identifier(pack.schema, dataset.table),
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, {"roots": [root_id for root_id in roots if root_id]}).fetchall()


def _knots(published: Iterable[dict[str, Any]], changed: Sequence[Change], parent: str) -> dict[str, _Knot]:
    """Rows of production as they will be, with those that come; those that go keep their old place."""
    by_identity = {change.identity[0]: change for change in changed if change.before is not None}
    knots = {
        row["id"]: _Knot(
            row["id"], row["parent"], row["code"] or "", row["name"] or "", (row["place"] is None, row["place"] or 0),
            by_identity.get(row["id"]),
        )
        for row in published
    }  # fmt: skip
    for number, change in enumerate(changed):
        if change.before is None or change.identity[0] not in knots:
            key = change.identity[0] if change.identity and change.identity[0] else f"new {number}"
            knots[key] = _Knot(key, None, change.code or "", change.name or "", (True, 0), change)
    by_code = {
        knot.change.code if knot.change and knot.change.code is not None else knot.code: knot.key
        for knot in knots.values()
        if knot.change is None or "removed" not in knot.change.kinds
    }
    for knot in knots.values():
        if knot.change is not None and knot.change.after is not None:
            _place_anew(knot, knot.change, by_code, parent)
    return knots


def _place_anew(knot: _Knot, change: Change, by_code: dict[str, str], column: str) -> None:
    after = change.after or {}
    knot.code, knot.name = change.code or "", change.name or ""
    order = after.get("sort_order")
    knot.place = (order is None, order or 0)
    if change.before is None or "moved" in change.kinds or "revived" in change.kinds:
        parent = after.get(column)
        knot.parent = by_code.get(str(parent)) if parent is not None else None
        if knot.parent == knot.key:
            knot.parent = None


def _walked(knots: dict[str, _Knot]) -> Iterator[Node]:
    """Rows below each other, each once: what a circle would hide stands at the top."""
    below = defaultdict[str | None, list[_Knot]](list)
    for knot in knots.values():
        below[knot.parent if knot.parent in knots else None].append(knot)
    for children in below.values():
        children.sort(key=_order)
    seen = set[str]()
    roots = below[None]
    for start in [*roots, *knots.values()]:
        waiting = [(start, 0)]
        while waiting:
            knot, depth = waiting.pop()
            if knot.key in seen:
                continue
            seen.add(knot.key)
            yield _node(knot, depth, knots)
            waiting += [(child, depth + 1) for child in reversed(below[knot.key])]


def _order(knot: _Knot) -> tuple[Any, ...]:
    return (*knot.place, [part.zfill(_NATURAL) if part.isdigit() else part for part in knot.code.split(".")], knot.key)


def _node(knot: _Knot, depth: int, knots: dict[str, _Knot]) -> Node:
    change = knot.change
    identity = None if change is not None and change.before is None else knot.key
    if change is None:
        return Node(knot.code, knot.name, depth, (), identity=identity)
    return Node(
        knot.code, knot.name, depth, change.kinds, tuple(_words(change, knots)), change.fields, identity
    )  # fmt: skip


def _words(change: Change, knots: dict[str, _Knot]) -> Iterator[str]:
    """What happened to a row, a phrase for each kind."""
    parts = {each.part: each for each in change.fields if each.part}
    plain = {"added": "added", "removed": "removed", "revived": "back again after it was retired"}
    yield from (plain[kind] for kind in change.kinds if kind in plain)
    if "renamed" in change.kinds:
        yield f"renamed from “{parts['name'].before}”"
    if "renumbered" in change.kinds:
        yield f"renumbered from {parts['code'].before}"
    if "moved" in change.kinds:
        yield f"moved from {_was_below(parts['parent'], knots)}"
    if "reordered" in change.kinds and "order" in parts:
        yield f"was in place {parts['order'].before}, now {parts['order'].after}"
    if "other" in change.kinds:
        named = [each.name.replace("_", " ") for each in change.fields if each.part in ("", "level")]
        yield f"changed: {', '.join(named)}"


def _was_below(parent: FieldChange, knots: dict[str, _Knot]) -> str:
    if parent.before is None:
        return "the top"
    name = next((k.name for k in knots.values() if _old_code(k) == parent.before), "")
    return f"{parent.before} {name}".strip()


def _old_code(knot: _Knot) -> str | None:
    if knot.change is None or not knot.change.before:
        return knot.code if knot.change is None else None
    code = next((each.before for each in knot.change.fields if each.part == "code"), knot.code)
    return None if code is None else str(code)


def _kept(nodes: Sequence[Node], wanted: Sequence[bool]) -> Iterator[Node]:
    """Those that are wanted, with their ancestors, which say where they stand."""
    keep = set[int]()
    above: list[int] = []
    for place, node in enumerate(nodes):
        del above[node.depth :]
        if wanted[place]:
            keep.update(above)
            keep.add(place)
        above.append(place)
    yield from (replace(node, is_context=not wanted[n]) for n, node in enumerate(nodes) if n in keep)


def tallied(counts: Counts) -> dict[str, int]:
    """Counts by kind as people read them, without those that are none."""
    return {kind: number for kind in KINDS if (number := asdict(counts)[kind])}
