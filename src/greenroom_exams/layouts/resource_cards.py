"""AQA's assessment-resources page as rendered: cards with a content id become flat items."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from greenroom_exams.layouts.kinds import text_of

CARDS = "a[aria-label][href]"


@dataclass(frozen=True, slots=True)
class Item:
    """One card; `content_id` is AQA's own name for the document.

    `file_name` is the name it was uploaded under, `asset` the hash that its address holds, where the page tells them.
    """

    position: str
    title: str
    url: str
    kind: str
    content_id: str
    file_name: str = ""
    asset: str = ""


def items(page: Any) -> Iterator[Item]:
    """All cards of the page in order."""
    number = 0
    for link in page.css(CARDS):
        url = link.attributes.get("href") or ""
        holder = link.parent
        content_id = (holder.attributes.get("id") or "") if holder is not None else ""
        kind = re.search(r"\.([A-Za-z0-9]{2,5})(?:\?|$)", url)
        if not kind or "." not in content_id:
            continue
        number += 1
        title = " ".join((link.attributes.get("aria-label") or "").split())
        yield Item(f"item {number}", title, url, kind[1].casefold(), content_id)


def card_count(page: Any) -> int:
    """How many cards the page shows, those without a file among them."""
    return len(page.css("li > div div[id].relative, li > div[id]"))


def results_promised(page: Any) -> int | None:
    """How many results the page says there are, over all its numbered pages."""
    found = re.search(r"Showing (\d+) results?", text_of(page.body))
    return int(found[1]) if found else None
