"""Two trees -> what became of each topic: same, renumbered, renamed, moved, new or gone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

from greenroom.db.kernel import Database, call, rows
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack

# Below this likeness (0 to 100) two names below one parent are two topics.
_SIBLINGS = 80.0
# Names anywhere in the tree must be more alike to be one topic that moved and was renamed.
_ANYWHERE = 90.0
# Words too short or too common to tell anything of likeness.
_TELLING = 6
# Pairs are looked for from the most alike down, step by step: what one step took, the next need not compare.
_STEPS = (99.0, 98.0, 96.0, 93.0, 90.0, 85.0, 80.0)

Kind = Literal["same", "renumbered", "renamed", "moved", "new", "gone"]


@dataclass(frozen=True, slots=True)
class Node:
    """One topic of a tree, in the order of the tree."""

    code: str
    name: str
    parent: str | None
    level: int


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one topic. `kinds` are several where it was, for example, both renamed and moved."""

    kinds: tuple[Kind, ...]
    old: Node | None
    new: Node | None
    likeness: float = 100.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The fates of all topics of two trees, those of the new one first, in its order; then what is gone."""

    old: str
    new: str
    fates: tuple[Fate, ...]

    def counts(self) -> dict[str, int]:
        """How many topics have each fate; one that was renamed and moved counts in both."""
        kinds: tuple[Kind, ...] = ("same", "renumbered", "renamed", "moved", "new", "gone")
        return {kind: sum(kind in fate.kinds for fate in self.fates) for kind in kinds}

    def as_json(self) -> dict[str, Any]:
        """What `greenroom diff --between` prints."""
        return {
            "old": self.old,
            "new": self.new,
            "counts": self.counts(),
            "topics": [asdict(fate) for fate in self.fates if fate.kinds != ("same",)],
        }


def between(conn: Database, pack: Pack, scope_id: int, words: str) -> Comparison:
    """Two subjects of one scope: "0984..0478", or "0478" alone for it and the one it is declared to succeed."""
    old, dots, new = (word.strip() for word in words.rpartition(".."))
    if not new or (dots and not old):
        raise UnknownTarget(
            f"{words!r} does not name two subjects.", hint="Write --between OLD..NEW, or NEW alone for a successor."
        )
    if not old:
        old = predecessor(conn, pack, scope_id, new) or ""
    if not old:
        raise UnknownTarget(f"{new} is not declared to succeed another.", hint=f"Name both: --between OLD..{new}")
    trees = {code: _tree(conn, pack, scope_id, code) for code in (old, new)}
    for code, tree in trees.items():
        if not tree:
            raise UnknownTarget(f"Nobody has staged topics of {code} here.", hint="Stage its specification first.")
    return Comparison(old, new, tuple(compare(trees[old], trees[new])))


def predecessor(conn: Database, pack: Pack, scope_id: int, code: str) -> str | None:
    """The subject that one is declared to succeed, if any."""
    found: str | None = call(conn, pack, "predecessor", scope=scope_id, code=code)
    return found or None


def _tree(conn: Database, pack: Pack, scope_id: int, code: str) -> list[Node]:
    found = rows(conn, pack, "tree", scope=scope_id, code=code)
    return [Node(r["code"], r["name"], r["parent_code"], r["level"]) for r in sorted(found, key=lambda r: r["place"])]


def compare(old: Sequence[Node], new: Sequence[Node]) -> Iterator[Fate]:
    """Pair the topics of two trees, surest first: alike in all, in name, below one parent, anywhere."""
    pairs: dict[str, tuple[str, float]] = {}
    for found in (_identical, _of_one_name, _below_one_parent, _anywhere):
        taken = {before for before, _ in pairs.values()}
        left_old = [node for node in old if node.code not in taken]
        left_new = [node for node in new if node.code not in pairs]
        pairs |= {node.code: (before.code, likeness) for node, before, likeness in found(left_old, left_new, pairs)}
    by_code = {node.code: node for node in old}
    for node in new:
        if node.code not in pairs:
            yield Fate(("new",), None, node)
            continue
        code, likeness = pairs[node.code]
        yield Fate(tuple(_kinds(by_code[code], node, pairs)), by_code[code], node, round(likeness, 1))
    kept = {before for before, _ in pairs.values()}
    yield from (Fate(("gone",), node, None) for node in old if node.code not in kept)


def text(comparison: Comparison) -> str:
    """The comparison for a person, the unchanged left out."""
    counted = ", ".join(f"{n} {kind}" for kind, n in comparison.counts().items() if n)
    lines = [f"{comparison.old} → {comparison.new}: {counted}"]
    for fate in comparison.fates:
        if fate.kinds != ("same",):
            lines.append("  " + _words(fate))
    return "\n".join(lines)


Pairs = dict[str, tuple[str, float]]
Found = Iterable[tuple[Node, Node, float]]


def _kinds(old: Node, new: Node, pairs: Pairs) -> Iterator[Kind]:
    there = pairs.get(new.parent or "", (None, 0.0))[0] if new.parent else None
    is_moved = there != old.parent
    if _folded(old.name) != _folded(new.name):
        yield "renamed"
    if is_moved:
        yield "moved"
    elif old.code != new.code:
        yield "renumbered"
    elif _folded(old.name) == _folded(new.name):
        yield "same"


def _identical(old: Sequence[Node], new: Sequence[Node], _: Pairs) -> Found:
    known = {(node.code, _folded(node.name)): node for node in old}
    for node in new:
        if before := known.get((node.code, _folded(node.name))):
            yield node, before, 100.0


def _of_one_name(old: Sequence[Node], new: Sequence[Node], _: Pairs) -> Found:
    """Names that each tree holds once."""
    once_old, once_new = _once(old), _once(new)
    for name, node in once_new.items():
        if name in once_old:
            yield node, once_old[name], 100.0


def _below_one_parent(old: Sequence[Node], new: Sequence[Node], pairs: Pairs) -> Found:
    """Level by level, so that children find the parents that were paired a moment ago."""
    paired = {node: before for node, (before, _) in pairs.items()}
    taken: set[str] = set()
    below = _by_parent(old)
    for level in sorted({node.level for node in new}):
        for parent, mine in _by_parent([node for node in new if node.level == level]).items():
            above = paired.get(parent) if parent else None
            if parent is not None and above is None:
                continue
            theirs = [node for node in below.get(above, ()) if node.code not in taken]
            for node, before, likeness in _alike(theirs, mine, _SIBLINGS):
                paired[node.code] = before.code
                taken.add(before.code)
                yield node, before, likeness


def _by_parent(nodes: Sequence[Node]) -> dict[str | None, list[Node]]:
    found: dict[str | None, list[Node]] = defaultdict(list)
    for node in nodes:
        found[node.parent].append(node)
    return dict(found)


def _anywhere(old: Sequence[Node], new: Sequence[Node], _: Pairs) -> Found:
    telling = [node for node in new if len(_folded(node.name)) >= _TELLING]
    yield from _alike([node for node in old if len(_folded(node.name)) >= _TELLING], telling, _ANYWHERE)


def _alike(old: Sequence[Node], new: Sequence[Node], least: float) -> Iterator[tuple[Node, Node, float]]:
    """Pairs by likeness of names, the most alike first, each topic once."""
    left_old, left_new = dict(enumerate(old)), dict(enumerate(new))
    for floor in (*(step for step in _STEPS if step > least), least):
        for score, new_place, old_place in _assigned(left_old, left_new, floor):
            yield left_new.pop(new_place), left_old.pop(old_place), score


def _assigned(old: dict[int, Node], new: dict[int, Node], floor: float) -> list[tuple[float, int, int]]:
    """Places of topics at least so much alike: the most alike first, then those of near levels, then in order.

    Topics of one name and level are compared once, however many they are.
    """
    from rapidfuzz import fuzz, process

    ours, theirs = _by_name(new), _by_name(old)
    candidates: dict[tuple[float, int], dict[tuple[str, int], list[list[int]]]] = {}
    for name, levels in ours.items():
        for other, score, _ in process.extract(name, theirs.keys(), scorer=fuzz.ratio, limit=None, score_cutoff=floor):
            for level in levels:
                for other_level, places in theirs[other].items():
                    rank = (-score, abs(level - other_level))
                    candidates.setdefault(rank, {}).setdefault((name, level), []).append(places)
    assigned: list[tuple[float, int, int]] = []
    used_new: set[int] = set()
    used_old: set[int] = set()
    for (score, _), partners in sorted(candidates.items()):
        waiting = sorted((place, kind) for kind in partners for place in ours[kind[0]][kind[1]])
        for new_place, kind in waiting:
            free = [place for places in partners[kind] for place in places if place not in used_old]
            if new_place not in used_new and free:
                used_new.add(new_place)
                used_old.add(min(free))
                assigned.append((-score, new_place, min(free)))
    return assigned


def _by_name(nodes: dict[int, Node]) -> dict[str, dict[int, list[int]]]:
    """Places by folded name and level, in their order."""
    found: dict[str, dict[int, list[int]]] = {}
    for place, node in nodes.items():
        found.setdefault(_folded(node.name), {}).setdefault(node.level, []).append(place)
    return found


def _once(nodes: Sequence[Node]) -> dict[str, Node]:
    found: dict[str, list[Node]] = {}
    for node in nodes:
        found.setdefault(_folded(node.name), []).append(node)
    return {name: named[0] for name, named in found.items() if len(named) == 1 and name}


@lru_cache(maxsize=50_000)
def _folded(name: str) -> str:
    """A name without case, spaces and signs; scripts other than Latin stay as they are."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def _words(fate: Fate) -> str:
    if fate.old is None and fate.new is not None:
        return f"new         {fate.new.code}  {fate.new.name}"
    if fate.new is None and fate.old is not None:
        return f"gone        {fate.old.code}  {fate.old.name}"
    assert fate.old is not None
    assert fate.new is not None
    parts = [f"{'+'.join(fate.kinds):<11} {fate.old.code}"]
    if fate.old.code != fate.new.code:
        parts.append(f"→ {fate.new.code}")
    parts.append(f" {fate.old.name}")
    if "renamed" in fate.kinds:
        parts.append(f"→ {fate.new.name}")
    return " ".join(parts)
