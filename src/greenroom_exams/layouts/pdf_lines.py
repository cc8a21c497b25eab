"""PDF bytes become pages of positioned lines; running heads, page numbers and stray characters are gone."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.documents import Box

# Wider than any space between words, narrower than any gap between columns that was met (0.9 em).
COLUMN_GAP_EM = 0.8
# Kerned text stays below 0.1 em, the narrowest space met is 0.2 em.
WORD_GAP_EM = 0.15
# Two columns of one row are set up to 0.7 points apart.
SAME_BASE_POINTS = 1.5
SEMI_BOLD = 600

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
SPACES = dict.fromkeys("\t\r\n\u00a0\u2002\u2003\u2007\u2009\u202f", " ")
# PDFium writes a hyphen at a line's end as U+0002 or U+FFFE.
HYPHENS = {"\x02": "-", "\ufffe": "-", "\u2010": "-", "\u2011": "-"}
BULLETS = dict.fromkeys("\u25cf\u25aa\u25e6\u2219\uf0b7\uf0a7\uf02d\ufffd", "•")
# A letter beyond the first plane comes from PDFium as two.
HALVES = re.compile("[\ud800-\udfff]")
CLEAN = str.maketrans({**LIGATURES, **SPACES, **HYPHENS, **BULLETS, "\x00": None, "\u200b": None, "\ufeff": None})


class Word(NamedTuple):
    """A word and where it stands along its line."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """A run of words on one baseline, without a column gap inside.

    `left`, `right` and `base` run along and across the reading direction, in points; `base` falls down the page.
    `box` is (left, bottom, right, top) on the page as stored.
    """

    text: str
    page: int
    left: float
    right: float
    base: float
    size: float
    bold: bool
    box: Box
    words: tuple[Word, ...] = ()
    # Most of its letters; where headings of two levels differ in nothing else.
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the lines of its main reading direction, the few turned ones, and its printed number."""

    number: int
    lines: tuple[Line, ...]
    turned: tuple[Line, ...] = ()
    printed: int | None = None
    # The heights of lines ruled across it, from above; only where a layout asked for them (table_rules.py).
    rules: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the outline; `page` counts from 1."""

    level: int
    title: str
    page: int | None


@dataclass(frozen=True, slots=True)
class Pdf:
    """A document that has been read and closed again.

    `is_text`: a text dump of one (plain_text.py), whose lines have neither size nor weight, and no place on a page.
    """

    title: str
    pages: tuple[Page, ...]
    outline: tuple[Entry, ...] = ()
    running: tuple[str, ...] = ()
    is_text: bool = False

    def lines(self) -> Iterator[Line]:
        """All lines of all pages in reading order."""
        for page in self.pages:
            yield from page.lines


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    across: float
    up: float
    italic: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Glyph:
    text: str
    style: _Style
    start: float
    end: float
    base: float
    box: Box
    spaced: bool


def read_pdf(content: bytes, *, name: str, page_limit: int | None = None) -> Pdf:
    """Read a PDF whole, or its first `page_limit` pages.

    Raises SourceEmpty, SourceUnreadable or ContractBroken for bytes that are not a complete PDF with text.
    """
    refuse_unless_pdf(content, name=name)
    document = _opened(content, name)
    try:
        count = len(document) if page_limit is None else min(page_limit, len(document))
        pages = tuple(_page(document, index) for index in range(count))
        outline = tuple(_outline(document))
        title = clean(document.get_metadata_value("Title") or "")
    finally:
        document.close()
    if not any(page.lines for page in pages):
        raise SourceEmpty(f"{name} holds no text, only pictures", hint="Ask the board for a PDF with text in it.")
    pages, running = _without_running_heads(pages)
    return Pdf(title=title, pages=pages, outline=outline, running=running)


def is_pdf(content: bytes) -> bool:
    """Whether the bytes begin as a PDF does; the format allows some junk before its mark."""
    return b"%PDF-" in content[:1024]


def refuse_unless_pdf(content: bytes, *, name: str) -> None:
    """Raise unless the bytes are a PDF from its first mark to its last."""
    if not content:
        raise SourceEmpty(f"{name} has 0 bytes", hint="Fetch it again.")
    if not is_pdf(content):
        kind = "an HTML page" if b"<html" in content[:4096].lower() else "no PDF"
        raise ContractBroken(f"{name} is {kind}, a PDF was expected", hint="Open the address by hand, then correct it.")
    if b"%%EOF" not in content[-2048:]:
        raise SourceUnreadable(f"{name} breaks off: its end mark is missing", hint="Fetch it again.")


def clean(text: str) -> str:
    """The text with single spaces, plain hyphens, whole ligatures, one kind of bullet and no NUL."""
    if HALVES.search(text):
        # no database takes a half
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return re.sub(" +", " ", text.translate(CLEAN)).strip()


def join(parts: Iterable[str]) -> str:
    """Lines put together as they are read: a soft hyphen goes, a hard one stays and takes no space."""
    whole = ""
    for part in parts:
        if whole.endswith("\u00ad"):
            whole = whole[:-1] + part
        elif re.search(r"\w[-/]$", whole) and not re.match(r"(and|or|to)\b", part):
            whole += part
        else:
            whole = f"{whole} {part}"
    return clean(whole.replace("\u00ad", ""))


def _opened(content: bytes, name: str) -> Any:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        raise SourceUnreadable(f"{name} is a damaged PDF ({error})", hint="Fetch it again.") from error
    if pages == 0:
        raise SourceEmpty(f"{name} is a PDF without pages", hint="Fetch it again.")
    return document


def _outline(document: Any) -> Iterator[Entry]:
    for mark in document.get_toc():
        target = mark.get_dest()
        index = target.get_index() if target else None
        yield Entry(mark.level, clean(mark.get_title()), None if index is None else index + 1)


def _page(document: Any, index: int) -> Page:
    page = document[index]
    text = page.get_textpage()
    try:
        glyphs = list(_glyphs(text))
    finally:
        text.close()
        page.close()
    directions = Counter((glyph.style.across, glyph.style.up) for glyph in glyphs)
    main = directions.most_common(1)[0][0] if directions else (1.0, 0.0)
    by_direction = {
        direction: tuple(_lines((g for g in glyphs if (g.style.across, g.style.up) == direction), index + 1))
        for direction in directions
    }
    turned = tuple(line for direction, lines in by_direction.items() if direction != main for line in lines)
    return Page(number=index + 1, lines=by_direction.get(main, ()), turned=turned)


def _glyphs(text: Any) -> Iterator[_Glyph]:
    import pypdfium2.raw as raw

    styles: dict[int, _Style] = {}
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    spaced = False
    for index in range(raw.FPDFText_CountChars(text)):
        code = raw.FPDFText_GetUnicode(text, index)
        piece = raw.FPDFText_GetTextObject(text, index)
        if not piece or chr(code).isspace():
            spaced = True
            continue
        address = ctypes.addressof(piece.contents)
        if address not in styles:
            styles[address] = _style(raw, text, index)
        style = styles[address]
        raw.FPDFText_GetLooseCharBox(text, index, box)
        raw.FPDFText_GetCharOrigin(text, index, x, y)
        corners = (box.left, box.bottom), (box.right, box.top)
        along = sorted(a * style.across + b * style.up for a, b in corners)
        base = y.value * style.across - x.value * style.up
        place = (box.left, box.bottom, box.right, box.top)
        yield _Glyph(chr(code), style, along[0], along[1], base, place, spaced)
        spaced = False


def _style(raw: Any, text: Any, index: int) -> _Style:
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text, index, matrix)
    length = (matrix.a**2 + matrix.b**2) ** 0.5 or 1.0
    size = raw.FPDFText_GetFontSize(text, index) * (matrix.c**2 + matrix.d**2) ** 0.5
    font = _font_name(raw, text, index)
    bold = raw.FPDFText_GetFontWeight(text, index) >= SEMI_BOLD or "bold" in font
    italic = "italic" in font or "oblique" in font
    return _Style(round(size, 2), bold, round(matrix.a / length, 1) + 0.0, round(matrix.b / length, 1) + 0.0, italic)


def _font_name(raw: Any, text: Any, index: int) -> str:
    """The name in lower case; a font that is not embedded tells its weight only there."""
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(text, index, name, len(name), flags)
    return name.value.decode("latin-1").casefold()


def _lines(glyphs: Iterable[_Glyph], page: int) -> Iterator[Line]:
    for row in _rows(sorted(glyphs, key=lambda glyph: -glyph.base)):
        segment: list[_Glyph] = []
        for glyph in sorted(row, key=lambda glyph: glyph.start):
            if segment and glyph.start - segment[-1].end > COLUMN_GAP_EM * max(
                glyph.style.size, segment[-1].style.size
            ):
                yield _line(segment, page)
                segment = []
            segment.append(glyph)
        yield _line(segment, page)


def _rows(glyphs: Sequence[_Glyph]) -> Iterator[list[_Glyph]]:
    row: list[_Glyph] = []
    for glyph in glyphs:
        if row and row[0].base - glyph.base > SAME_BASE_POINTS:
            yield row
            row = []
        row.append(glyph)
    if row:
        yield row


def _line(glyphs: Sequence[_Glyph], page: int) -> Line:
    style = Counter(glyph.style for glyph in glyphs).most_common(1)[0][0]
    words = tuple(word for each in _words(glyphs) if (word := _word(each)).text)
    return Line(
        text=" ".join(word.text for word in words),
        page=page,
        left=glyphs[0].start,
        right=max(glyph.end for glyph in glyphs),
        base=glyphs[0].base,
        size=style.size,
        bold=style.bold,
        box=_hull([glyph.box for glyph in glyphs]),
        words=words,
        italic=2 * sum(glyph.style.italic for glyph in glyphs) > len(glyphs),
    )


def _words(glyphs: Sequence[_Glyph]) -> Iterator[list[_Glyph]]:
    word = [glyphs[0]]
    for before, glyph in pairwise(glyphs):
        gap = glyph.start - before.end
        # PDFium marks a space where a line was broken too; on one baseline a gap must confirm it.
        if gap > WORD_GAP_EM * glyph.style.size or (glyph.spaced and gap > 0):
            yield word
            word = []
        word.append(glyph)
    yield word


def _word(glyphs: Sequence[_Glyph]) -> Word:
    text = clean("".join(glyph.text for glyph in glyphs))
    return Word(text, glyphs[0].start, max(glyph.end for glyph in glyphs))


def _hull(boxes: Sequence[Box]) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    left, bottom, right, top = min(lefts), min(bottoms), max(rights), max(tops)
    return round(left, 1), round(bottom, 1), round(right, 1), round(top, 1)


def hull(lines: Sequence[Line]) -> Box:
    """The box around some lines of one page."""
    return _hull([line.box for line in lines])


def _without_running_heads(pages: tuple[Page, ...]) -> tuple[tuple[Page, ...], tuple[str, ...]]:
    margins = [_margin(page) for page in pages]
    seen = Counter(key for margin in margins for key in {_running_key(line) for line in margin})
    # Left and right pages differ, so a head may be on half of them; fewer than three is no repetition.
    needed = max(3, len(pages) // 5)
    running = {key for key, count in seen.items() if count >= needed}
    heads = [[line for line in margin if _running_key(line) in running] for margin in margins]
    texts = Counter(line.text for lines in heads for line in lines if re.search("[A-Za-z]{3}", line.text))
    kept = tuple(
        replace(page, lines=_kept(page.lines, gone), turned=_kept(page.turned, gone), printed=number)
        for page, gone, number in zip(pages, heads, _printed_numbers(pages, heads), strict=True)
    )
    return kept, tuple(text for text, _ in texts.most_common())


def _kept(lines: tuple[Line, ...], gone: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line not in gone)


def _running_key(line: Line) -> tuple[str, int]:
    # A page number may change from page to page, the code of a topic (1.2.7) may not.
    # Ten points: heads of left and right pages are not set to the same hair.
    return re.sub(r"(?<![\d.])\d{1,3}(?![\d.])", "#", line.text), round(line.base / 10)


def _margin(page: Page) -> list[Line]:
    """The outermost lines, and all that are turned; a bullet or a code alone is never a running head."""
    bases = [line.base for line in page.lines] or [0.0]
    # Two lines of a foot fit in a sixteenth of a page; the head of a table below a running head does not.
    edge = (max(bases) - min(bases)) / 16
    outer = [line for line in page.lines if not min(bases) + edge < line.base < max(bases) - edge]
    return [line for line in (*page.turned, *outer) if re.search(r"[A-Za-z]{3}|^\d{1,3}$", line.text)]


def _printed_numbers(pages: Sequence[Page], heads: Sequence[Sequence[Line]]) -> list[int | None]:
    found = [{number for line in lines for number in _numbers_at_ends(line.text)} for lines in heads]
    offsets = Counter(number - page.number for page, numbers in zip(pages, found, strict=True) for number in numbers)
    offset = offsets.most_common(1)[0][0] if offsets else 0
    expected = [page.number + offset for page in pages]
    return [number if number in numbers else None for number, numbers in zip(expected, found, strict=True)]


def _numbers_at_ends(text: str) -> Iterator[int]:
    for found in re.finditer(r"^\d{1,3}(?=\s|$)|(?<=\s)\d{1,3}$", text):
        yield int(found.group())
