"""The lines ruled across a page tell the rows of its tables, whatever text was read: a row without any lost it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from greenroom_exams.documents import Finding
from greenroom_exams.layouts.pdf_lines import Pdf

# A ruled line is drawn as a path this flat at most, and longer than any stroke of a drawing's letters.
THICKEST_POINTS = 2.0
SHORTEST_POINTS = 30.0
# A row of one line is 20 points high; what is lower holds none, what is higher lies between two tables.
LOWEST_ROW_POINTS = 18.5
HIGHEST_ROW_POINTS = 110.0


def with_rules(pdf: Pdf, content: bytes) -> Pdf:
    """The same document with the heights of the lines ruled on each page; `content` are its bytes."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        pages = tuple(replace(page, rules=tuple(_heights(document[page.number - 1]))) for page in pdf.pages)
    finally:
        document.close()
    return replace(pdf, pages=pages)


def _heights(page: Any) -> Iterator[float]:
    import pypdfium2.raw as raw

    found: set[float] = set()
    for path in page.get_objects(filter=(raw.FPDF_PAGEOBJ_PATH,), max_depth=3):
        left, bottom, right, top = path.get_bounds() if hasattr(path, "get_bounds") else path.get_pos()
        if top - bottom < THICKEST_POINTS and right - left > SHORTEST_POINTS:
            found.add(round(bottom))
    yield from sorted(found, reverse=True)


def check_ruled_rows(pdf: Pdf, first: int, last: int) -> Iterator[Finding]:
    """Errors for rows between two ruled lines, from page `first` to page `last`, in which no text stands."""
    for page in pdf.pages:
        if not first <= page.number <= last:
            continue
        bases = [line.base for line in page.lines]
        for upper, lower in pairwise(page.rules):
            is_row = LOWEST_ROW_POINTS < upper - lower < HIGHEST_ROW_POINTS
            if is_row and not any(lower < base < upper for base in bases):
                message = f"a row of a table has no text: between {upper:g} and {lower:g} points"
                yield Finding("row_without_text", "error", message, f"page {page.number}")
