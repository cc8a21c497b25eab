"""A text dump of a Pearson specification falls into its printed pages; its contents page says what stands where."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import dropwhile, pairwise

from greenroom_exams.documents import Finding
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.pdf_lines import Entry, Line, Page, Pdf, join

# "Specification – Issue 1 – September 2014 © Pearson Education Limited 2014", below the name of the qualification and
# above the page number: a dump has this foot before the page that it stands under.
FOOT = re.compile(r"Issue \d+ – [A-Z][a-z]+ \d{4} ?© ?Pearson Education Limited \d{4}$")
FOOT_NAME = re.compile(r"^Pearson Edexcel (?:Level|International|Functional)\b.*\bin\b")
APPENDIX = re.compile(r"^Appendix \d+[a-z]?(?=:)")
PAGE_NUMBER = re.compile(r"^\d{1,3}$")


def repaged(pdf: Pdf) -> Pdf:
    """The same lines as printed pages, without feet; a PDF, and a dump without such feet, stay as they are."""
    if not pdf.is_text or not any(FOOT.search(line.text) for line in pdf.lines()):
        return pdf
    pages = [piece for page in pdf.pages for piece in _split(page)]
    return replace(pdf, pages=tuple(_numbered(page, number) for number, page in enumerate(pages, start=1)))


def _split(page: Page) -> Iterator[Page]:
    lines: list[Line] = []
    printed = page.printed
    rest = list(page.lines)
    while rest:
        line = rest.pop(0)
        if not FOOT.search(line.text):
            lines.append(line)
            continue
        if lines and FOOT_NAME.match(lines[-1].text):
            lines.pop()
        if lines or printed:
            yield replace(page, lines=tuple(lines), printed=printed)
        lines, printed = [], int(rest.pop(0).text) if rest and PAGE_NUMBER.match(rest[0].text) else None
    yield replace(page, lines=tuple(lines), printed=printed)


def _numbered(page: Page, number: int) -> Page:
    return replace(page, number=number, lines=tuple(replace(line, page=number) for line in page.lines))


def contents(pdf: Pdf) -> tuple[Entry, ...]:
    """The printed contents page: titles in their order, with the page numbers printed beside them."""
    front = [line for page in pdf.pages if page.printed is None or page.printed <= 1 for line in page.lines]
    starts = [index for index, line in enumerate(front) if line.text == "Contents"]
    if not starts:
        return ()
    return tuple(_entries(front[starts[0] + 1 :]))


def _entries(lines: Sequence[Line]) -> Iterator[Entry]:
    parts: list[str] = []
    last = 0
    for line in lines:
        found = re.match(r"^(?P<title>.*?)[ .]*(?<!\d)(?P<page>\d{1,3})$", line.text)
        page = int(found["page"]) if found else 0
        if found is None or page < last or (not found["title"] and not parts):
            parts.append(line.text)
            # Titles have at most four lines; what follows the contents is prose.
            if len(parts) > 4:
                return
            continue
        yield Entry(0, join([*parts, found["title"]]), page)
        parts, last = [], page


def between(pdf: Pdf, first: int, end: int) -> list[Line]:
    """The lines of the pages printed from `first` up to, not with, `end`."""
    return [line for page in pdf.pages if page.printed and first <= page.printed < end for line in page.lines]


def printed_page(pdf: Pdf, line: Line) -> int | None:
    """The number printed on the page a line stands on."""
    return next((page.printed for page in pdf.pages if page.number == line.page), None)


def following(entries: Sequence[Entry], entry: Entry) -> Entry | None:
    """The first entry on a later page."""
    return next((each for each in entries if each.page and entry.page and each.page > entry.page), None)


def check_printed(pdf: Pdf) -> Iterator[Finding]:
    """Errors for printed pages that are gone: between two others, or where the contents promise one."""
    if pdf.is_text:
        yield from _check_sequence(pdf.pages)
    else:
        numbers = [page.number for page in pdf.pages if page.printed]
        yield from numbered.check_pages(pdf.pages, numbers[0], numbers[-1]) if numbers else ()
    entries = contents(pdf)
    if not entries:
        yield Finding("contents_missing", "error", "there is no contents page, so nothing tells what should follow it")
    printed = {page.printed for page in pdf.pages}
    for entry in entries:
        if entry.page not in printed:
            message = f"the contents have {entry.title!r} on page {entry.page}, and there is no such page"
            yield Finding("page_missing", "error", message)
    told = {found[0] for entry in entries if (found := APPENDIX.match(entry.title))}
    for page in pdf.pages if entries else ():
        found = APPENDIX.match(page.lines[0].text) if page.printed and page.lines else None
        if found and found[0] not in told:
            message = f"page {page.printed} begins {found[0]}, which is not in the contents"
            yield Finding("witnesses_disagree", "error", message)


def _check_sequence(pages: Sequence[Page]) -> Iterator[Finding]:
    """A dump numbers each page behind its front; one without a number has lost the foot before it."""
    body = list(dropwhile(lambda page: page.printed is None, pages))
    for before, page in pairwise(body):
        if before.printed is None or page.printed != before.printed + 1:
            message = f"gap in numbering: printed page {page.printed} follows {before.printed}"
            yield Finding("page_missing", "error", message, f"page {page.number}")


def check_heading(pdf: Pdf, entry: Entry) -> Iterator[Finding]:
    """An error when the page that the contents give for a title does not begin with it."""
    page = next((page for page in pdf.pages if page.printed == entry.page), None)
    top = join(line.text for line in page.lines[:4]) if page else ""
    if not numbered.comparable(top).startswith(numbered.comparable(entry.title)):
        message = f"the contents have {entry.title!r} on page {entry.page}, which does not begin so"
        yield Finding("witnesses_disagree", "error", message, f"page {entry.page}")
