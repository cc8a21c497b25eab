"""Items and "isChildOf" become one tree below a document; what hangs on nothing, on two or on itself is a finding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from greenroom_exams.documents import Finding


@dataclass(frozen=True, slots=True)
class Child:
    """One association "isChildOf"; `place` is where it stands in the package."""

    origin: str
    destination: str
    number: int | None
    place: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: the parent is None at the top."""

    item: str
    parent: str | None
    level: int


@dataclass(frozen=True, slots=True)
class Placed:
    """The items in the order of the tree, and what was wrong with it."""

    places: tuple[Place, ...]
    findings: tuple[Finding, ...]


def placed(items: Sequence[str], children: Sequence[Child], *, root: str) -> Placed:
    """Put the items into one tree; those without a parent stand at the top, those of a circle nowhere: two errors."""
    known = set(items)
    parents, findings = _parents(known, children, root)
    below: dict[str | None, list[Child]] = {}
    for child in parents.values():
        above = None if child.destination == root else child.destination
        below.setdefault(above, []).append(child)
    orphans = [item for item in items if item not in parents]
    findings += [Finding("orphan", "error", f"{item} is a child of nothing in the package", None) for item in orphans]
    findings += list(_check_order(below))
    tops = [child.origin for child in _ordered(below.get(None, ()))] + orphans
    places = tuple(_walk(tops, below))
    lost = known - {place.item for place in places}
    if lost:
        message = f"{len(lost)} items are children of each other in a circle: {', '.join(sorted(lost)[:10])}"
        findings.append(Finding("cycle", "error", message))
    return Placed(places, tuple(findings))


def _parents(known: set[str], children: Sequence[Child], root: str) -> tuple[dict[str, Child], list[Finding]]:
    """The one parent of each item; the first stands where there are two."""
    parents: dict[str, Child] = {}
    findings: list[Finding] = []
    for child in children:
        if child.origin not in known:
            message = f"{child.origin} is said to be a child of {child.destination} and is no item of the package"
            findings.append(Finding("unknown_item", "error", message))
        elif child.destination not in known and child.destination != root:
            message = f"{child.origin} is a child of {child.destination}, which is not in the package"
            findings.append(Finding("unknown_parent", "error", message))
        elif child.origin in parents and parents[child.origin].destination != child.destination:
            message = f"{child.origin} is a child of {parents[child.origin].destination} and of {child.destination}"
            findings.append(Finding("two_parents", "error", message))
        else:
            parents.setdefault(child.origin, child)
    return parents, findings


def _ordered(family: Sequence[Child]) -> list[Child]:
    return sorted(family, key=lambda child: (child.number is None, child.number or 0, child.place))


def _check_order(below: dict[str | None, list[Child]]) -> Iterator[Finding]:
    """A warning for children whose order the package leaves open: then it is that of the package."""
    for parent, family in below.items():
        numbers = [child.number for child in family]
        if len(family) > 1 and (None in numbers or len(set(numbers)) < len(numbers)):
            message = f"the order of {len(family)} children of {parent or 'the document'} is not told"
            yield Finding("order_unknown", "warning", message)


def _walk(tops: Sequence[str], below: dict[str | None, list[Child]]) -> Iterator[Place]:
    """Depth first, without recursion: a package may be as deep as it likes."""
    waiting = [Place(item, None, 0) for item in reversed(tops)]
    met: set[str] = set()
    while waiting:
        place = waiting.pop()
        if place.item in met:
            continue
        met.add(place.item)
        yield place
        children = _ordered(below.get(place.item, ()))
        waiting += [Place(child.origin, place.item, place.level + 1) for child in reversed(children)]
