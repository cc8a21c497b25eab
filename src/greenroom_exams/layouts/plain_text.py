"""A text dump of a document becomes lines in their order; their places on the page are lost, none are claimed."""

import re
from collections.abc import Iterator, Sequence
from itertools import count

from greenroom.model.errors import SourceEmpty, SourceUnreadable
from greenroom_exams.layouts.kinds import FETCH_AGAIN
from greenroom_exams.layouts.pdf_lines import Line, Page, Pdf, Word, clean

# A line is one unit high, so that `base` falls as it does on a page, and -base is the number of the line.
_HEIGHT = 1.0


def read_text(content: bytes, *, name: str, feet: Sequence[str] = ()) -> Pdf:
    """Read a text dump in UTF-8. `feet` are patterns of the lines that end a page or begin the next.

    A foot leaves the text; the number that its group `printed` holds is the printed number of the page it ends.
    A form feed ends a page too. Raises SourceEmpty or SourceUnreadable.
    """
    if not content.strip():
        raise SourceEmpty(f"{name} has {len(content)} bytes and no content", hint=FETCH_AGAIN)
    if b"\x00" in content:
        raise SourceUnreadable(f"{name} has NUL bytes, so it is no text", hint=FETCH_AGAIN)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceUnreadable(f"{name} is not in UTF-8", hint="Save it again as UTF-8.") from error
    pages = tuple(_pages(text, [re.compile(foot) for foot in feet]))
    if not any(page.lines for page in pages):
        raise SourceEmpty(f"{name} holds no text", hint=FETCH_AGAIN)
    return Pdf(title="", pages=pages, is_text=True)


def line_number(line: Line) -> int:
    """The number of a line in its text, from 1."""
    return round(-line.base)


def _pages(text: str, feet: Sequence[re.Pattern[str]]) -> Iterator[Page]:
    numbers = count(1)
    page = next(numbers)
    lines: list[Line] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        found = next((match for foot in feet if (match := foot.search(clean(raw)))), None)
        if found or "\f" in raw:
            printed = found.groupdict().get("printed") if found else None
            if lines or printed:
                yield Page(page, tuple(lines), printed=int(printed) if printed else None)
                page = next(numbers)
            lines = []
        if not found:
            lines += _line(raw.replace("\f", ""), page, number)
    if lines:
        yield Page(page, tuple(lines))


def _line(raw: str, page: int, number: int) -> Iterator[Line]:
    text = clean(raw)
    if not text:
        return
    left = float(len(raw) - len(raw.lstrip()))
    place = (0.0, 0.0, 0.0, 0.0)
    word = Word(text, left, left + len(text))
    yield Line(text, page, left, left + len(text), -number * _HEIGHT, _HEIGHT, False, place, (word,))
