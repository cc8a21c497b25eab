"""Packages of Lantern Studies, as another program may write them."""

from collections.abc import Iterable
from typing import Any

MOMENT = "2031-05-01T10:00:00Z"
DOCUMENT = "d0000000-0000-4000-8000-000000000000"
# identifier, code, name, parent, place
ITEMS = (
    ("a", "L1", "Light", DOCUMENT, 1),
    ("b", "L1.1", "Wicks", "a", 1),
    ("c", "L1.2", "Lenses and panes", "a", 2),
    ("d", None, "Signals", DOCUMENT, 2),
    ("e", None, "Flags by day", "d", 1),
    ("f", None, "Flags by day", "d", 2),
)


def link(identifier: str) -> dict[str, str]:
    return {"title": "a title", "identifier": identifier, "uri": f"https://case.example/uri/{identifier}"}


def item(identifier: str, code: str | None, name: str, **more: Any) -> dict[str, Any]:
    told = {"identifier": identifier, "uri": link(identifier)["uri"], "fullStatement": name}
    return {**told, "lastChangeDateTime": MOMENT, "humanCodingScheme": code, **more}


def child(origin: str, destination: str, number: int | None, kind: str = "isChildOf") -> dict[str, Any]:
    return {
        "identifier": f"{kind} {origin} {destination}",
        "uri": f"https://case.example/uri/{origin}-{destination}",
        "associationType": kind,
        "originNodeURI": link(origin),
        "destinationNodeURI": link(destination),
        "lastChangeDateTime": MOMENT,
        "sequenceNumber": number,
    }


def package(
    items: Iterable[tuple[str, str | None, str, str | None, int | None]] = ITEMS, **more: Any
) -> dict[str, Any]:
    """A package of these items; those whose parent is None are children of nothing."""
    rows = list(items)
    return {
        "CFDocument": {
            "identifier": DOCUMENT,
            "uri": link(DOCUMENT)["uri"],
            "creator": "The Guild",
            "title": "Lantern Studies",
            "lastChangeDateTime": MOMENT,
            "subjectURI": [link("s")],
        },
        "CFItems": [item(identifier, code, name) for identifier, code, name, _, _ in rows],
        "CFAssociations": [
            child(identifier, parent, number) for identifier, _, _, parent, number in rows if parent is not None
        ],
        "CFDefinitions": {"CFSubjects": [{**link("s"), "hierarchyCode": "8999", "lastChangeDateTime": MOMENT}]},
        **more,
    }


def ours(count: int) -> dict[str, Any]:
    """A package as Greenroom itself writes it: `count` topics with three children each, nothing but what is kept."""
    rows: list[tuple[str, str | None, str, str | None, int | None]] = []
    for number in range(1, count + 1):
        rows.append((f"i{number}", f"{number}", f"Lanterns of port {number}", DOCUMENT, number))
        rows += [
            (f"i{number}.{n}", f"{number}.{n}", f"{what} of port {number}", f"i{number}", n)
            for n, what in enumerate(("Keepers", "Oils", "فوانيس"), start=1)
        ]
    told = package(rows)
    own = {"exam_board": "AQA", "qualification": "GCSE", "subject_code": "8999", "subject_name": "Lantern Studies"}
    told["CFDocument"]["extensions"] = {"greenroom": own}
    return told
