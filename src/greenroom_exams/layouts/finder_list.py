"""OCR's past-paper finder as rendered: nested headings over lists of resources become flat items."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.layouts.kinds import FETCH_AGAIN, text_of

HEADINGS = "h3.level-1, h4.level-2, h4.level-3"
ITEMS = "ul.resource-list > li.resource"
# What the finder answers where a qualification has no documents.
NOTHING = "currently no past paper materials"
# Elements that a page or an answer closes each time, whatever browser wrote it.
_CLOSED = ("div", "ul", "li", "h3", "h4", "a", "span", "table", "tr", "td", "select", "option")


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


def read_fragment(content: bytes, *, name: str) -> Any:
    """The finder's answer, a piece of a page without an envelope, as a tree.

    Raises ContractBroken for a piece of another page, SourceEmpty for the answer that there is nothing, and
    SourceUnreadable for one that breaks off or is not in UTF-8.
    """
    from selectolax.lexbor import LexborHTMLParser

    if b"\x00" in content:
        raise SourceUnreadable(f"{name} has NUL bytes, so it is no text", hint=FETCH_AGAIN)
    if NOTHING.encode() in content:
        raise SourceEmpty(f"{name} lists no documents", hint="The board has none for this level yet.")
    if b"resource-list" not in content:
        raise ContractBroken(f"{name} is no answer of OCR's past-paper finder", hint="Correct the address.")
    refuse_unbalanced(content, name=name)
    try:
        return LexborHTMLParser(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SourceUnreadable(f"{name} is not in UTF-8", hint="Save the answer again as UTF-8.") from error


def refuse_unbalanced(content: bytes, *, name: str) -> None:
    """Raise SourceUnreadable where an element is opened and not closed: a piece of the page is gone."""
    text = re.sub(rb"(?s)<!--.*?-->|<script\b.*?</script>", b"", content)
    for tag in _CLOSED:
        opened = len(re.findall(rb"<%b[\s>]" % tag.encode(), text, re.I))
        if opened != len(re.findall(rb"</%b\s*>" % tag.encode(), text, re.I)):
            raise SourceUnreadable(f"{name} lost a piece: its <{tag}> are not all closed", hint=FETCH_AGAIN)


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


def series(page: Any) -> tuple[str, ...]:
    """The headings of the series in their order: "2024 - June series"."""
    headings = (text_of(node) for node in page.css("h4.level-2"))
    return tuple(heading for heading in headings if re.match(r"20\d\d - ", heading))


def series_count(page: Any) -> int:
    """How many series headings the page has."""
    return len(series(page))
