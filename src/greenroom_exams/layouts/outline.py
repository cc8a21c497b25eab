"""The outline of a PDF becomes numbered entries below one of its sections."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from greenroom_exams.layouts.pdf_lines import Entry

NUMBERED = re.compile(r"^(?P<code>\d+(?:\.\d+)*)\s+(?P<title>.+)$")


@dataclass(frozen=True, slots=True)
class Section:
    """A top entry with the numbered entries below it; `last_page` is the page before the next top entry."""

    code: str
    title: str
    first_page: int
    last_page: int | None
    entries: dict[str, str]


def section(outline: Sequence[Entry], title: str) -> Section | None:
    """The section whose title is `title`, whatever its number; nothing when the outline has none such."""
    tops = [(index, entry) for index, entry in enumerate(outline) if entry.level == 0]
    for (index, entry), (end, after) in zip(tops, [*tops[1:], (len(outline), None)], strict=False):
        found = NUMBERED.match(entry.title)
        if not found or entry.page is None or found["title"].casefold() != title.casefold():
            continue
        last = after.page - 1 if after and after.page else None
        below = [match for each in outline[index + 1 : end] if (match := NUMBERED.match(each.title))]
        entries = {match["code"]: match["title"] for match in below}
        return Section(found["code"], found["title"], entry.page, last, entries)
    return None
