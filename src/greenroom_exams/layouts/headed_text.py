"""A text dump of a Pearson specification becomes its cover and its printed pages; its running heads name it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from greenroom_exams.layouts import dump_pages
from greenroom_exams.layouts.pdf_lines import Line, Page, Pdf
from greenroom_exams.layouts.plain_text import line_number, read_text

# Some fonts leave blanks behind a ligature: "certifi  cation".
TORN_LIGATURE = re.compile(rb"(\xef\xac[\x80-\x86]) {2,}")


def read_dump(content: bytes, *, name: str) -> Pdf:
    """Read a dump in UTF-8 as printed pages; what stands before the first blank line is a page of its own.

    Raises as `read_text`.
    """
    whole = read_text(TORN_LIGATURE.sub(rb"\1", content), name=name)
    heads = Counter(_head(line.text) for line in whole.lines() if dump_pages.FOOT_NAME.match(line.text))
    first, *rest = dump_pages.repaged(whole).pages
    pages = (*_without_cover(first), *rest)
    return replace(
        whole,
        pages=tuple(_numbered(page, number) for number, page in enumerate(pages, start=1)),
        running=tuple(text for text, _ in heads.most_common()),
    )


def follows(line: Line, before: Line) -> bool:
    """Whether a line stands right below another, without a blank line between them."""
    return line_number(line) == line_number(before) + 1


def printed_lines(pdf: Pdf) -> list[Line]:
    """The lines of all pages that bear a number: front matter and contents bear none."""
    return [line for page in pdf.pages if page.printed for line in page.lines]


def page_tops(lines: Sequence[Line]) -> set[Line]:
    """The first line of each page, given lines in their order."""
    return {line for before, line in pairwise(lines) if line.page != before.page} | set(lines[:1])


def _without_cover(page: Page) -> Sequence[Page]:
    for index, (before, line) in enumerate(pairwise(page.lines), start=1):
        if not follows(line, before):
            return (replace(page, lines=page.lines[:index], printed=None), replace(page, lines=page.lines[index:]))
    return (page,)


def _numbered(page: Page, number: int) -> Page:
    return replace(page, number=number, lines=tuple(replace(line, page=number) for line in page.lines))


def _head(text: str) -> str:
    """A running head without what its second line goes on with."""
    return re.sub(r"\s*[–-]\s*(?:Specification\b.*)?$", "", text)
