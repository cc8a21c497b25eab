"""A text dump of an OCR specification becomes its printed pages; feet and the chapter's tab in the margin go."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from greenroom_exams.documents import Finding
from greenroom_exams.layouts.pdf_lines import Line, Page, Pdf
from greenroom_exams.layouts.plain_text import read_text

# "6 Cambridge OCR Level 3 Advanced GCE in Biology A" on left pages, "... in Biology A 7" on right ones, "iv" before.
_QUALIFICATION = r"(?:Cambridge )?OCR (?:Level \d(?:/\d)? |Advanced |GCSE|AS )[^.]*\bin [^.]+?"
FEET = (
    rf"^(?P<printed>\d{{1,3}}) {_QUALIFICATION}$",
    rf"^{_QUALIFICATION} (?P<printed>\d{{1,3}})$",
    rf"^(?:[ivx]+ )?{_QUALIFICATION}(?: [ivx]+)$|^[ivx]+ {_QUALIFICATION}$",
)
VERSION = re.compile(r"^Version \d+(?:\.\d+)? © ")
CONTENTS = re.compile(r"^(?P<number>\d[a-z]?)\.? (?P<title>\S.*?) (?P<page>\d{1,3})$")
CHAPTER = re.compile(r"^(?P<number>\d)[a-z]?\.? [A-Z]")


def read_dump(content: bytes, *, name: str) -> Pdf:
    """Read a dump as printed pages; raises as `read_text`."""
    pdf = read_text(content, name=name, feet=FEET)
    pages = [
        replace(page, lines=tuple(line for line in page.lines if not VERSION.match(line.text))) for page in pdf.pages
    ]
    return replace(pdf, pages=tuple(_without_tabs(pages)))


def contents(pdf: Pdf) -> dict[str, int]:
    """The printed page of each section that the contents page lists, by the section's number ("2c")."""
    found: dict[str, int] = {}
    for page in pdf.pages:
        if page.printed is not None:
            break
        for line in page.lines:
            entry = CONTENTS.match(line.text)
            # "2c" stands three times in History; the first is where it begins
            if entry and len(entry["number"]) == 2:
                found.setdefault(entry["number"], int(entry["page"]))
    return found


def check_printed(pages: Sequence[Page], first: int, last: int) -> Iterator[Finding]:
    """Errors where the pages printed `first` to `last` are not all there, in their order."""
    printed = [page.printed for page in pages if page.printed is not None and first <= page.printed <= last]
    if printed != list(range(first, last + 1)):
        lost = ", ".join(str(number) for number in range(first, last + 1) if number not in printed)
        message = f"gap in numbering: of the printed pages {first} to {last} these are missing: {lost}"
        yield Finding("page_missing", "error", message if lost else "printed pages are doubled or out of order")


def _without_tabs(pages: Sequence[Page]) -> Iterator[Page]:
    """Each page without the number of its chapter, which stands in the margin beside any of its lines."""
    tab = ""
    for page in pages:
        if page.printed is None:
            yield page
            continue
        tabs = [found["number"] for line in page.lines if (found := CHAPTER.match(line.text))]
        before, tab = tab, tabs[-1] if tabs and not tab else tab
        # A page on which a chapter begins has the new one's tab.
        tab = _next(tab, page.lines) or tab
        yield replace(page, lines=tuple(_without_tab(page.lines, {before, tab} - {""})))


def _next(tab: str, lines: Sequence[Line]) -> str | None:
    return next((str(int(tab) + 1) for line in lines if tab and line.text.startswith(f"{int(tab) + 1}a. ")), None)


def _without_tab(lines: Sequence[Line], tabs: set[str]) -> Iterator[Line]:
    """The lines without the one tab. Where it cannot be told from a number of the text, nothing goes."""
    alone = [line for line in lines if line.text in tabs]
    if alone:
        # More than one is an index or an exponent that fell out of its line; it says nothing by itself.
        yield from (line for line in lines if line not in alone)
        return
    beside = [line for line in lines if _side(line, tabs)]
    for line in lines:
        side = _side(line, tabs) if [line] == beside else None
        yield line if side is None else replace(line, text=side)


def _side(line: Line, tabs: set[str]) -> str | None:
    """The text of a line that a tab stands before or behind."""
    for tab in tabs:
        if line.text.startswith(f"{tab} "):
            return line.text[len(tab) + 1 :]
        if line.text.endswith(f" {tab}") and not CONTENTS.match(line.text):
            return line.text[: -len(tab) - 1]
    return None
