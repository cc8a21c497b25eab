"""Pearson's course-materials page as rendered: result links become flat items with the group they stand in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from greenroom_exams.layouts.kinds import text_of

# Angular renders each result twice: once as a link, once for a video that papers do not have.
LINKS = "h2.groupHeader, a.course-materials-item"


@dataclass(frozen=True, slots=True)
class Item:
    """One result."""

    position: str
    group: str
    title: str
    url: str
    kind: str
    gated: bool


def items(page: Any) -> Iterator[Item]:
    """All results of the page in order."""
    group, number = "", 0
    for node in page.css(LINKS):
        if node.tag == "h2":
            group = text_of(node) or group
            continue
        url = node.attributes.get("href") or ""
        if not url or url.startswith("#"):
            continue
        number += 1
        title = node.css_first("span.doc-title span.textContent") or node.css_first("span.doc-title")
        yield Item(
            position=f"item {number}",
            group=group,
            title=text_of(title) if title else "",
            url=url,
            kind=_kind(url),
            gated="/secure/" in url,
        )


def families(page: Any) -> frozenset[str]:
    """The families of qualifications that the page shows materials of: "A-Level"."""
    told = (_category(node) for node in page.css("input.hidden[name=filterQuery], input[name=filterQuery][hidden]"))
    return frozenset(value for kind, value in told if kind == "Qualification-Family")


def promised(page: Any) -> dict[tuple[str, str], int]:
    """How many documents the filters beside the list say there are: ("Exam-Series", "June 2024") to 12."""
    counts: dict[tuple[str, str], int] = {}
    for node in page.css("input.filter[name=filterQuery]"):
        kind, _ = _category(node)
        label = re.match(r"(.+) \((\d+)\)$", text_of(node.parent))
        if kind and label:
            counts[kind, label[1]] = int(label[2])
    return counts


def _category(node: Any) -> tuple[str, str]:
    """Of "category:Pearson-UK:Exam-Series/June-2024" the kind and the value."""
    kind, _, value = (node.attributes.get("value") or "").removeprefix("category:Pearson-UK:").partition("/")
    return kind, value


def _kind(url: str) -> str:
    # Gated files hide their dot: ..._@_pdf?8276
    found = re.search(r"(?:\.|_@_)([A-Za-z0-9]{2,5})(?:\?|$)", url)
    return found[1].casefold() if found else ""
