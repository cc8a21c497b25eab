"""Papers listed with their marking instructions beside them: links with the row and the heading they are in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from greenroom_exams.layouts.kinds import text_of

HEADINGS = "h1, h2, h3, h4, h5, caption"
ROWS = ("tr", "li")


@dataclass(frozen=True, slots=True)
class Item:
    """One link; `row` numbers the table row or list item it stands in, 0 where it stands in none."""

    title: str
    url: str
    heading: str
    row: int
    position: str

    @property
    def kind(self) -> str:
        """The file type its address ends with."""
        return self.url.rpartition(".")[2].casefold()


def items(page: Any, wanted: str) -> Iterator[Item]:
    """The links whose address matches `wanted`, in their order."""
    heading, count = "", 0
    rows: dict[int, int] = {}
    for node in page.css(f"{HEADINGS}, a[href]"):
        if node.tag != "a":
            heading = text_of(node)
        elif re.search(wanted, node.attributes["href"] or ""):
            count += 1
            row = _row(node)
            number = 0 if row is None else rows.setdefault(row.mem_id, len(rows) + 1)
            yield Item(text_of(node), (node.attributes["href"] or "").strip(), heading, number, f"link {count}")


def _row(node: Any) -> Any:
    while node is not None and node.tag not in ROWS:
        node = node.parent
    return node
