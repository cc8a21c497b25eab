"""OCR's past-paper finder as a form: selects name the qualifications, hidden fields are what a request must hold."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from greenroom_exams.documents import Finding, Offer
from greenroom_exams.layouts.kinds import text_of

TYPES, QUALIFICATIONS, LEVELS = "select#pp-qual-type", "select#pp-qual", "select#pp-level"
# The hidden fields of the form, by the end of their names, and what the request for documents calls them.
FIELDS = (("temp_id", "templateId"), ("result_title", "resultHeader"), ("no_doc_message", "errorMessage"))
PAGE_FIELD = ("tridion_pageId", "pageId")
RESOURCES = "resource_types"
# As in: Religious Studies (9-1) - J625, J125 (from 2016); Art and Design (9-1) - J170-J176.
_ENTRY = re.compile(
    r"^(?P<name>.+?) - (?P<codes>[A-Z]?\d{3,5}(?:(?:, ?|-)[A-Z]?\d{3,5})*)(?: \(from (?P<year>20\d\d)\))?$"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One qualification that the finder offers; `value` is the site's own number for it."""

    value: str
    name: str
    codes: tuple[str, ...]
    first_teaching: int | None
    text: str


def is_finder(page: Any) -> bool:
    """Whether a page has the finder's select of qualifications."""
    return page.css_first(QUALIFICATIONS) is not None


def entries(page: Any) -> tuple[Entry, ...]:
    """The qualifications that the finder offers for the type that was chosen."""
    return tuple(entry_of(value, text) for value, text in _options(page, QUALIFICATIONS))


def types(page: Any) -> dict[str, str]:
    """The types of qualification, by name, with the site's numbers."""
    return {text: value for value, text in _options(page, TYPES)}


def levels(page: Any) -> tuple[str, ...]:
    """The levels of the qualification that was chosen: A Level, AS Level."""
    return tuple(text for _, text in _options(page, LEVELS))


def action(page: Any, select: str) -> str | None:
    """The address that a choice is sent to."""
    node = page.css_first(select)
    return None if node is None else node.attributes.get("action")


def fields(page: Any) -> tuple[tuple[str, str], ...]:
    """What a request for documents holds besides the qualification and its level; empty where the form is another."""
    hidden = {node.attributes.get("name") or "": node.attributes.get("value") or "" for node in page.css("input")}

    def value(ending: str) -> str | None:
        return next((told for name, told in hidden.items() if name.endswith(f"${ending}")), None)

    told = [(sent, value(ending)) for ending, sent in (*FIELDS, PAGE_FIELD)]
    resources = value(RESOURCES)
    if resources is None or any(each is None for _, each in told):
        return ()
    kinds = [(f"resourcetypes[{index}]", kind.strip()) for index, kind in enumerate(resources.split(","))]
    return (*((sent, each or "") for sent, each in told), *kinds)


def offers(found: Sequence[Entry], is_of: Any) -> Iterator[Offer | Finding]:
    """An offer for each code that `is_of` takes, or a finding for an entry that names none."""
    for entry in found:
        codes = [code for code in entry.codes if is_of(code)]
        if not entry.codes:
            yield Finding("unknown_entry", "warning", f"the finder offers {entry.text!r}, in which no code is read")
        for code in codes:
            yield Offer(entry.name, code, first_teaching=entry.first_teaching)


def _options(page: Any, select: str) -> Iterator[tuple[str, str]]:
    for node in page.css(f"{select} option"):
        value = node.attributes.get("value") or ""
        # "0" is the question itself: Which qualification?
        if value not in {"", "0"}:
            yield value, text_of(node)


def entry_of(value: str, text: str) -> Entry:
    """An entry as the site writes it; without codes where it is written otherwise."""
    found = _ENTRY.match(text)
    if found is None:
        return Entry(value, text, (), None, text)
    name = found["name"].removesuffix(" (9-1)")
    year = int(found["year"]) if found["year"] else None
    return Entry(value, name, tuple(_codes(found["codes"])), year, text)


def _codes(text: str) -> Iterator[str]:
    """Each code of "J625, J125" and of "J170-J176"."""
    for part in re.split(r", ?", text):
        first, _, last = part.partition("-")
        if not last:
            yield first
            continue
        letter, digits = re.match(r"([A-Z]?)(\d+)", first).groups()  # type: ignore[union-attr]
        for number in range(int(digits), int(re.sub(r"\D", "", last)) + 1):
            yield f"{letter}{number:0{len(digits)}}"
