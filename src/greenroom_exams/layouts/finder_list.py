"""OCR's past-paper finder as rendered: nested headings over lists of resources become flat items."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from greenroom_exams.layouts.kinds import text_of

HEADINGS = "h3.level-1, h4.level-2, h4.level-3"
ITEMS = "ul.resource-list > li.resource"


@dataclass(frozen=True, slots=True)
class Item:
    """One resource with the headings above it."""

    position: str
    section: str
    series: str
    tier: str
    kind: str  # pdf, zip, docx
    title: str
    url: str
    code: str


def items(page: Any) -> Iterator[Item]:
    """All resources of the page in order."""
    above = {1: "", 2: "", 3: ""}
    number = 0
    for node in page.css(f"{HEADINGS}, {ITEMS}"):
        classes = (node.attributes.get("class") or "").split()
        level = next((level for level in above if f"level-{level}" in classes), 0)
        if level:
            above = {each: text if each < level else "" for each, text in above.items()} | {level: text_of(node)}
            continue
        number += 1
        yield _item(node, classes, above, number)


def _item(node: Any, classes: list[str], above: dict[int, str], number: int) -> Item:
    link = node.css_first("a")
    code = node.css_first("span.unit-code")
    return Item(
        position=f"item {number}",
        section=above[1],
        series=above[2],
        tier=above[3],
        kind=next((each for each in classes if each != "resource"), ""),
        title=text_of(link) if link else "",
        url=(link.attributes.get("href") or "") if link else "",
        code=text_of(code) if code else "",
    )


def series_count(page: Any) -> int:
    """How many series headings the page has."""
    return sum(bool(re.match(r"20\d\d - ", text_of(node))) for node in page.css("h4.level-2"))
