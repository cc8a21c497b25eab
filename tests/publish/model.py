"""What the kernel is meant to do, said a second time in plain dictionaries."""

import re
from collections import Counter
from dataclasses import dataclass, replace

LIFECYCLE = ("live_in_app", "is_current", "spec_end_year")


def fold(text: str) -> str:
    return re.sub(r"[\s\-_.,:;/()'\"’‘“”–—]+", " ", text.lower()).strip()


@dataclass(frozen=True)
class Node:
    """A line of the edition that is being written; `label` is the test's own name for it."""

    label: int
    code: str | None
    name: str
    parent: int | None = None


@dataclass(frozen=True)
class Line:
    """A line as production should hold it."""

    code: str
    name: str
    parent: str | None
    level: int
    sort: int


@dataclass(frozen=True)
class Standing:
    """A topic production has, current or retired."""

    id: str
    code: str
    name: str
    parent: str | None
    retired_at: str | None


def lines(edition: list[Node]) -> list[Line]:
    """The rows an edition becomes: codes derived where there are none, parents by code, levels from parents."""
    by_label = {n.label: n for n in edition}
    codes: dict[int, str] = {}
    paths: Counter[str] = Counter()

    def slug(name: str) -> str:
        return fold(name).replace(" ", "-")[:80]

    def path(n: Node) -> str:
        above = by_label[n.parent] if n.parent is not None else None
        if above is None:
            return "~" + slug(n.name)
        return (above.code if above.code else path(above)) + "~" + slug(n.name)

    for n in edition:
        if n.code:
            codes[n.label] = n.code
        else:
            p = path(n)
            paths[p] += 1
            codes[n.label] = p if paths[p] == 1 else f"{p}~{paths[p]}"

    def level(n: Node) -> int:
        return 0 if n.parent is None else level(by_label[n.parent]) + 1

    return [
        Line(codes[n.label], n.name, codes[n.parent] if n.parent is not None else None, level(n), sort)
        for sort, n in enumerate(edition)
    ]


def resolve(edition: list[Line], standing: list[Standing]) -> dict[str, str | None]:
    """By code: the id each line keeps, None for a new topic. The documented order, one rule after another."""
    live = {s.id: s for s in standing if s.retired_at is None}
    by_line = {x.code: x for x in edition}
    ids: dict[str, str | None] = {}
    # same code and same name
    for x in edition:
        ids[x.code] = next((s.id for s in live.values() if s.code == x.code and fold(s.name) == fold(x.name)), None)
    # … but a name that stands in several places goes with its chapter
    again = []
    for x in edition:
        s = live.get(ids[x.code] or "")
        if not s or not x.parent or not s.parent or x.parent not in by_line:
            continue
        above, was = by_line[x.parent], next((p for p in standing if p.id == s.parent), None)
        if (
            was
            and fold(above.name) != fold(was.name)
            and any(fold(o.name) == fold(above.name) for o in live.values())
            and any(fold(o.name) == fold(x.name) and o.id != s.id for o in live.values())
        ):
            again.append(x.code)
    for code in again:
        ids[code] = None
    # moved: a name that stands once in either edition, leaf and leaf or with a child in common
    new_names = Counter(fold(x.name) for x in edition)
    old_names = Counter(fold(s.name) for s in live.values())
    taken = set(filter(None, ids.values()))
    moved = {}
    for x in edition:
        name = fold(x.name)
        if ids[x.code] or not name or new_names[name] != 1 or old_names[name] != 1:
            continue
        s = next(s for s in live.values() if fold(s.name) == name)
        if s.id in taken:
            continue
        children = {fold(c.name) for c in edition if c.parent == x.code}
        had = {fold(c.name) for c in standing if c.parent == s.id}
        leaf = not children and not any(c.parent == s.id for c in live.values())
        if children & had or leaf:
            moved[x.code] = s.id
    ids |= moved
    # from the roots down
    free = [s for s in standing if s.id not in set(filter(None, ids.values()))]
    done = {code for code, i in ids.items() if i}
    fresh: set[str] = set()
    while True:
        frontier = [x for x in edition if x.code not in done and (x.parent is None or x.parent in done)]
        if not frontier:
            return ids
        here = {x.code: (ids[x.parent] or f"new {x.parent}") if x.parent else None for x in frontier}
        got: dict[str, str] = {}
        spots = Counter((here[x.code], fold(x.name)) for x in frontier)
        there = Counter((s.parent, fold(s.name)) for s in free if s.retired_at is None)
        for x in frontier:
            spot = (here[x.code], fold(x.name))
            if spots[spot] == 1 and there[spot] == 1:
                got[x.code] = next(s.id for s in free if s.retired_at is None and (s.parent, fold(s.name)) == spot)
        for x in frontier:
            if x.code not in got:
                same = next((s for s in free if s.retired_at is None and s.code == x.code), None)
                if same and same.id not in got.values():
                    got[x.code] = same.id
        for x in frontier:
            if x.code not in got:
                gone = [s for s in free if s.retired_at is not None and s.code == x.code]
                if gone:
                    gone.sort(key=lambda s: s.id)
                    gone.sort(key=lambda s: s.retired_at or "", reverse=True)
                    gone.sort(key=lambda s: fold(s.name) != fold(x.name))
                    got[x.code] = gone[0].id
        for x in frontier:
            ids[x.code] = got.get(x.code)
            done.add(x.code)
            if x.code not in got:
                fresh.add(x.code)
        free = [s for s in free if s.id not in got.values()]


Rows = dict[str, dict]


def plain(row: dict | None) -> dict | None:
    """A row without what the maintainer switches."""
    return None if row is None else {k: v for k, v in row.items() if k not in LIFECYCLE}


@dataclass
class Release:
    """What one release did: each touched row before and after."""

    id: int
    kind: str
    before: Rows
    after: Rows
    in_force: bool = True
    undoes: tuple[int, ...] = ()

    @property
    def touched(self) -> set[str]:
        return {
            key
            for key in self.before.keys() | self.after.keys()
            if plain(self.before.get(key)) != plain(self.after.get(key))
        }


class Refusal(Exception):
    """The model says that this cannot be undone."""


def undone(now: Rows, releases: list[Release], pointed_at: set[str]) -> Rows:
    """Production after undoing these releases (oldest first); raises Refusal when a later one stands on their rows."""
    back: dict[str, dict | None] = {}
    last: dict[str, dict | None] = {}
    for release in releases:
        for key in release.touched:
            if key in last and last[key] != plain(release.before.get(key)):
                raise Refusal(key)
            back.setdefault(key, release.before.get(key))
            last[key] = plain(release.after.get(key))
    for key, row in last.items():
        if plain(now.get(key)) != row:
            raise Refusal(key)
    after = dict(now)
    leaving = {key for key, row in back.items() if row is None and key in now}
    for key, row in back.items():
        if row is not None:
            held = now.get(key)
            after[key] = row if held is None else row | {k: held[k] for k in LIFECYCLE if k in held}
    kept = keep(after, leaving, pointed_at)
    for key in leaving:
        if key in kept:
            after[key] = after[key] | {"retired_at": "now", "release_id": "this"}
        else:
            del after[key]
    _refuse_what_cannot_stand(after)
    return after


def keep(rows: Rows, leaving: set[str], pointed_at: set[str]) -> set[str]:
    """Of the rows that leave, those that something points at, and what is above these."""
    kept = {key for key in leaving if key in pointed_at}
    while True:
        above = {
            parent
            for key, row in rows.items()
            if key not in leaving or key in kept
            for parent in parents(row)
            if parent in leaving
        }
        if above <= kept:
            return kept
        kept |= above


def parents(row: dict) -> list[str]:
    found = []
    if row.get("parent_topic_id"):
        found.append(f"curriculum_topics {row['parent_topic_id']}")
    if "exam_board_subject_id" in row:
        found.append(f"exam_board_subjects {row['exam_board_subject_id']}")
    return found


def _refuse_what_cannot_stand(rows: Rows) -> None:
    seen = set()
    for key, row in rows.items():
        for parent in parents(row):
            if parent not in rows:
                raise Refusal(f"{key} without {parent}")
            if row["retired_at"] is None and rows[parent]["retired_at"] is not None:
                raise Refusal(f"{key} under what is retired")
        if row["retired_at"] is None:
            place = tuple(
                row.get(c)
                for c in (
                    "exam_board_subject_id",
                    "topic_code",
                    "subject_code",
                    "spec_version",
                    "year",
                    "series",
                    "paper_number",
                    "type",
                    "tier",
                    "component_code",
                )
            )
            if place in seen:
                raise Refusal(f"{key} in the place of another")
            seen.add(place)


def renamed(edition: list[Node], label: int, name: str) -> list[Node]:
    return [replace(n, name=name) if n.label == label else n for n in edition]
