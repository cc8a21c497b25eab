"""What a finding cites (a snapshot and a position) enters; the passage of the source that it means leaves.

Nothing of a source is ever run or rendered but the pages of a PDF, as pictures, by a program of its own (`page.py`).
"""

from __future__ import annotations

import codecs
import csv
import html
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from threading import BoundedSemaphore
from typing import IO, Any, Literal, Protocol
from urllib.parse import quote, unquote, urlsplit

from greenroom.audit.page import MOST_SECONDS, Box, Question, Told, heard
from greenroom.model.errors import SourceError
from greenroom.model.form import Place
from greenroom.model.landing import Part

# A finding of a key that stands twice names all its places; more than these nobody compares.
_MOST_PLACES = 6
# Lines before and after the one that is meant.
_AROUND_LINES = 4
_AROUND_ROWS = 2
# Letters before and after words that were found, of pages that are one long line.
_AROUND_LETTERS = 600
_MOST_LINE = 2_000
_MOST_RECORD_LINES = 80
_MOST_CELL = 500
_BLOCK_BYTES = 1024**2
# Documents in which words are looked for: the largest page met has a twentieth of it.
_MOST_SEARCHED_BYTES = 32 * 1024**2
# One row with the outline of a département.
_MOST_ROW_BYTES = 8 * 1024**2
_LEAST_WORD = 3
_PAGES = b'{"greenroom-pages"'
_SCREEN_WIDTH = 1_000

Kind = Literal["page", "lines", "row", "record", "none"]
Format = Literal["pdf", "page of a site", "json", "table", "text", "inbox", "none"]


class Table(Protocol):
    """As much of `write.formats.Table` as is needed to find a row."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""

    @property
    def csv_blocks(self) -> Callable[[], Iterator[bytes]]:
        """The table as CSV, header line included."""

    @property
    def delimiter(self) -> str:
        """What stands between two cells."""

    @property
    def encoding(self) -> str:
        """PostgreSQL's name of the encoding."""

    @property
    def first_row_position(self) -> int:
        """The line, or sheet row, of the first row."""


class File(Protocol):
    """As much of `write.formats.File` as is needed here."""

    def table(self, place: Place) -> Table:
        """The table at a place."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What a finding, or a row that could not be read, says about where it stands.

    `words` are the row's own, the most telling first: by them a passage is found where the position names none.
    `place` is where in a file its table stands.
    """

    position: str | None
    snapshot: str | None
    address: str | None = None
    words: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line; `is_meant` are the words that were looked for."""

    text: str
    is_meant: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or row, of the source by its number; long ones are cut."""

    number: int
    pieces: tuple[Piece, ...]
    is_meant: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row under its heading."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a PDF: boxes are left, bottom, right, top in points from the lower left, `text` what stands in them."""

    number: int
    pages: int
    width: float
    height: float
    boxes: tuple[Box, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """One place of a source. `is_exact`: the position names it; else it was found by the row's own words."""

    place: str
    kind: Kind
    is_exact: bool = True
    note: str = ""
    page: Page | None = None
    lines: tuple[Line, ...] = ()
    header: str = ""
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a source says at the places that a finding names; `note` where it cannot be shown, and why."""

    position: str | None
    snapshot: str | None
    address: str | None
    format: Format
    passages: tuple[Passage, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Where:
    """A position, taken apart."""

    said: str
    kind: Literal["page", "line", "row", "nth", "words"]
    number: int = 0
    box: Box | None = None


_NUMBER = r"(-?\d{1,6}(?:\.\d{1,3})?)"
_PAGE = re.compile(rf"page (\d{{1,6}})(?: at {_NUMBER} {_NUMBER} {_NUMBER} {_NUMBER})?")
_LINE = re.compile(r"line (\d{1,12})")
_ROW = re.compile(r"row (\d{1,12})(?: \(.*\))?", re.S)
_NTH = re.compile(r"(?:record|result|resource|hit|item|entry|link) (\d{1,9})")


def places(position: str | None) -> tuple[_Where, ...]:
    """A position taken apart: `page 12 at 72 640 310 655`, `line 7`, `row 3 · row 9`; what nobody knows is words."""
    said = [part.strip() for part in (position or "").split(" · ")]
    return tuple(_where(part) for part in said if part)[:_MOST_PLACES]


def _where(said: str) -> _Where:
    if found := _PAGE.fullmatch(said):
        page, *sides = found.groups()
        left, bottom, right, top = (float(side) for side in sides) if sides[0] else (0.0, 0.0, 0.0, 0.0)
        return _Where(said, "page", int(page), (left, bottom, right, top) if sides[0] else None)
    kinds: tuple[tuple[re.Pattern[str], Literal["line", "row", "nth"]], ...] = (
        (_LINE, "line"), (_ROW, "row"), (_NTH, "nth"),
    )  # fmt: skip
    for pattern, kind in kinds:
        if found := pattern.fullmatch(said):
            return _Where(said, kind, int(found[1]))
    return _Where(said, "words")


class Sources:
    """The snapshots of a desk, to be looked into: what was found once is kept, since a snapshot does not change."""

    def __init__(
        self,
        opened: Callable[[str], IO[bytes]],
        looked_into: Callable[[IO[bytes]], AbstractContextManager[File]],
        parts: Callable[[str], Sequence[Part]],
    ) -> None:
        self._opened, self._looked_into, self._parts = opened, looked_into, parts
        # Drawing is work: two at a time leave room for those who only read.
        self._drawing = BoundedSemaphore(2)
        self._kept = lru_cache(maxsize=512)(self._found)
        self._told = lru_cache(maxsize=64)(self._asked)

    def evidence(self, cited: Cited) -> Evidence:
        """The passages that a finding cites. What cannot be shown is said in the answer, never raised."""
        if cited.snapshot is None:
            return _nothing(cited, "No document is kept of this batch: its rows came through the inbox.")
        try:
            return self._kept(cited)
        except SourceError as error:
            return _nothing(cited, f"The source cannot be shown: {error.message}")

    def page(self, snapshot: str, number: int, words: tuple[str, ...] = ()) -> Told:
        """What one page of a PDF says. Raises SourceError where there is none."""
        return self._sound(snapshot, Question(number, words=words))

    def picture(self, snapshot: str, number: int, box: Box | None, *, zoom: bool, words: tuple[str, ...] = ()) -> bytes:
        """One page of a PDF as PNG, whole or cut around its box. Raises SourceError where there is none."""
        return self._sound(snapshot, Question(number, box, words, _SCREEN_WIDTH, zoom)).picture

    def is_pdf(self, snapshot: str) -> bool:
        """Whether a snapshot is a PDF. Raises SourceMissing where it is not kept."""
        with self._opened(snapshot) as stream:
            return _format(stream) == "pdf"

    def _sound(self, snapshot: str, question: Question) -> Told:
        told = self._told(snapshot, question)
        if told.error:
            raise SourceError(told.error)
        return told

    def _asked(self, snapshot: str, question: Question) -> Told:
        with self._opened(snapshot) as stream:
            if _format(stream) != "pdf":
                raise SourceError("This document is no PDF: it has no pages.")
            with self._drawing:
                return ask(stream, question)

    def _found(self, cited: Cited) -> Evidence:
        assert cited.snapshot is not None
        asked = places(cited.position) or (_Where("", "words"),)
        with self._opened(cited.snapshot) as stream:
            kind = _format(stream)
            if kind == "pdf":
                passages = [self._on_page(cited, where) for where in asked]
            elif cited.place is not None and any(where.kind == "row" for where in asked):
                kind = "table"
                passages = list(self._rows(stream, cited.place, asked))
            else:
                passages = [self._in_text(stream, kind, cited, where) for where in asked]
        return Evidence(cited.position, cited.snapshot, cited.address, kind, tuple(passages))

    def _on_page(self, cited: Cited, where: _Where) -> Passage:
        if where.kind != "page":
            return self._on_first_page(cited, where)
        assert cited.snapshot is not None
        told = self._told(cited.snapshot, Question(where.number, where.box, () if where.box else cited.words))
        if told.error:
            return Passage(where.said, "none", note=told.error)
        note = ""
        if where.box is None:
            note = "The words were found on the page." if told.is_found else "The position names the page alone."
        return Passage(where.said, "page", where.box is not None or not told.is_found, note, page=_page_of(told))

    def _on_first_page(self, cited: Cited, where: _Where) -> Passage:
        assert cited.snapshot is not None
        told = self._told(cited.snapshot, Question(1))
        if told.error:
            return Passage(where.said, "none", note=told.error)
        why = f"The position {where.said!r} names no page" if where.said else "This is said of the document as a whole"
        return Passage(where.said, "page", False, f"{why}; here is its first page.", page=_page_of(told))

    def _rows(self, stream: IO[bytes], place: Place, asked: Sequence[_Where]) -> Iterator[Passage]:
        with self._looked_into(stream) as file:
            table = file.table(place)
            for where in asked:
                if where.kind == "row":
                    yield row_of(table, where.number, where.said)
                else:
                    yield Passage(where.said, "none", note="This position names no row of the file.")

    def _in_text(self, stream: IO[bytes], kind: Format, cited: Cited, where: _Where) -> Passage:
        if where.kind == "line":
            return line_of(stream, where.number, where.said, cited.words, _looks_like_csv(cited.address))
        stream.seek(0)
        content = stream.read(_MOST_SEARCHED_BYTES + 1)
        if len(content) > _MOST_SEARCHED_BYTES:
            return Passage(where.said, "none", note="This document is too large to be searched for words.")
        assert cited.snapshot is not None
        pages = self._parts(cited.snapshot) if content.startswith(_PAGES) else (Part(content, cited.address or ""),)
        return _best(_in_part(part, kind, cited, where, len(pages)) for part in pages)


def ask(stream: IO[bytes], question: Question) -> Told:
    """Put a question about a PDF to the program that draws: one that breaks, or takes too long, breaks nothing else.

    Raises SourceError then; what the PDF itself lacks is in the answer.
    """
    asked = json.dumps(asdict(question) | {"words": list(question.words)})
    os.lseek(stream.fileno(), 0, os.SEEK_SET)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "greenroom.audit.page", asked],
            stdin=stream, capture_output=True, timeout=MOST_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"the page was not drawn within {MOST_SECONDS} seconds.") from error
    if done.returncode:
        raise SourceError("the PDF brought down the program that draws it; it is damaged, or asks for too much.")
    return heard(done.stdout)


def _page_of(told: Told) -> Page:
    return Page(told.page, told.pages, told.width, told.height, told.boxes, told.text)


def _nothing(cited: Cited, note: str) -> Evidence:
    return Evidence(cited.position, cited.snapshot, cited.address, "none", note=note)


def _format(stream: IO[bytes]) -> Format:
    """What kind of document this is, by its first bytes."""
    stream.seek(0)
    start = stream.read(1024)
    stream.seek(0)
    if b"%PDF-" in start:
        return "pdf"
    start = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if start[:1] in (b"{", b"["):
        return "json"
    return "page of a site" if start[:1] == b"<" else "text"


def _looks_like_csv(address: str | None) -> bool:
    return urlsplit(address or "").path.casefold().endswith(".csv")


# Lines of a text


def line_of(stream: IO[bytes], number: int, said: str, words: tuple[str, ...] = (), is_csv: bool = False) -> Passage:
    """One line with its neighbours, read without holding the text; of a CSV, its cells under the first line's names."""
    if number < 1:
        return Passage(said, "none", note="Lines are counted from 1.")
    first = max(1, number - _AROUND_LINES)
    stream.seek(0)
    head = _shown_line(stream.readline(_MOST_LINE)) if is_csv else ""
    stream.seek(0)
    if not _skip_lines(stream, first - 1):
        return Passage(said, "none", note=f"The text has fewer than {number:,} lines.")
    raw = list(_lines(stream, number + _AROUND_LINES - first + 1))
    if len(raw) <= number - first:
        return Passage(said, "none", note=f"The text has fewer than {number:,} lines.")
    lines = tuple(
        Line(n, _marked(_shown_line(line), words) if n == number else (Piece(_shown_line(line)),), n == number)
        for n, line in enumerate(raw, start=first)
    )
    cells = _cells(head, _shown_line(raw[number - first])) if is_csv and number > 1 else ()
    return Passage(said, "lines", lines=lines, header=head, cells=cells)


def _skip_lines(stream: IO[bytes], count: int) -> bool:
    """Go to the beginning of the line after `count` others; whether there is one."""
    while count:
        start = stream.tell()
        block = stream.read(_BLOCK_BYTES)
        if not block:
            return False
        ends = block.count(b"\n")
        if ends < count:
            count -= ends
            continue
        place = -1
        for _ in range(count):
            place = block.index(b"\n", place + 1)
        stream.seek(start + place + 1)
        return True
    return True


def _lines(stream: IO[bytes], count: int) -> Iterator[bytes]:
    for _ in range(count):
        line = stream.readline(_MOST_LINE)
        if not line:
            return
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(_BLOCK_BYTES)


def _shown_line(raw: bytes) -> str:
    text = _decoded(raw).rstrip("\r\n")
    return text if len(raw) < _MOST_LINE else text + " …"


def _decoded(raw: bytes) -> str:
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        # the cut may go through a letter
        return codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _cells(head: str, line: str) -> tuple[Cell, ...]:
    try:
        delimiter = max(";,\t|", key=head.count)
        names = next(csv.reader([head], delimiter=delimiter), [])
        values = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return ()
    return _named(names, values) if len(names) > 1 else ()


def _named(names: Sequence[str], values: Sequence[str]) -> tuple[Cell, ...]:
    """Cells under their headings; those beyond the last heading too."""
    headings = [*names, *(f"column {n} (no heading)" for n in range(len(names) + 1, len(values) + 1))]
    filled = [*values, *("" for _ in range(len(names) - len(values)))]
    return tuple(Cell(name, _cut(value, _MOST_CELL)) for name, value in zip(headings, filled, strict=True))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


# Rows of a table


def row_of(table: Table, number: int, said: str) -> Passage:
    """One row of a table with its neighbours, as the seal counts them: from 1, below the header."""
    first = max(1, number - _AROUND_ROWS)
    raw = list(_records(table.csv_blocks(), first, number + _AROUND_ROWS - first + 1))
    if number < 1 or len(raw) <= number - first:
        return Passage(said, "none", note=f"The file has fewer than {number:,} rows.")
    codec = "utf-8" if table.encoding == "UTF8" else "cp1252"
    texts = [record.decode(codec, errors="replace").rstrip("\r\n") for record in raw]
    lines = tuple(Line(n, (Piece(_cut(text, _MOST_LINE)),), n == number) for n, text in enumerate(texts, start=first))
    try:
        values = next(csv.reader(io.StringIO(texts[number - first]), delimiter=table.delimiter), [])
    except csv.Error as error:
        return Passage(said, "row", note=f"Its cells cannot be told apart: {error}.", lines=lines)
    header = table.delimiter.join(table.header)
    note = f"Row {number:,} below the header, which stands in line {table.first_row_position - 1} of the table."
    return Passage(
        said, "row", note=note, lines=lines, header=_cut(header, _MOST_LINE), cells=_named(table.header, values)
    )


def _records(blocks: Iterable[bytes], first: int, count: int) -> Iterator[bytes]:
    """`count` records of CSV from the one numbered `first`, the header being 0; the others are only counted."""
    missing, is_quoted, held = first, False, b""
    for block in blocks:
        rest = block
        if missing:
            ends = _ends(rest, is_quoted)
            if ends < missing:
                missing -= ends
                is_quoted ^= bool(rest.count(b'"') % 2)
                continue
            rest = rest[_after(rest, is_quoted, missing) :]
            missing, is_quoted = 0, False
        held += rest
        if _ends(held, False) >= count or len(held) > _MOST_ROW_BYTES:
            break
    if missing:
        return
    for _ in range(count):
        if not held:
            return
        end = _after(held, False, 1)
        yield held[:end]
        held = held[end:]


def _ends(block: bytes, is_quoted: bool) -> int:
    """Line ends outside quotes."""
    return sum(part.count(b"\n") for part in block.split(b'"')[int(is_quoted) :: 2])


def _after(block: bytes, is_quoted: bool, count: int) -> int:
    """Where the text after `count` line ends outside quotes begins; its end where there are fewer."""
    start = 0
    while count:
        end = block.find(b"\n", start)
        if end < 0:
            return len(block)
        is_quoted ^= bool(block.count(b'"', start, end) % 2)
        start = end + 1
        count -= not is_quoted
    return start


# Passages found by the row's own words


def _in_part(part: Part, kind: Format, cited: Cited, where: _Where, pages: int) -> Passage:
    text = _decoded(part.content)
    where = replace(where, said=f"{where.said} ({part.address})") if pages > 1 else where
    if where.kind in ("nth", "row") and _is_json(text):
        found = _record(text, where, cited.words)
        if found is not None:
            return found
    return _by_words(text, where, cited.words)


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _best(passages: Iterable[Passage]) -> Passage:
    """The first that is surely meant, else the first in which anything was found, else the first."""
    known: list[Passage] = []
    for passage in passages:
        if passage.kind != "none" and passage.is_exact:
            return passage
        known.append(passage)
    return next((passage for passage in known if passage.kind != "none"), known[0])


def _record(text: str, where: _Where, words: tuple[str, ...]) -> Passage | None:
    """The record of this number in the list it is of: the one where it holds the row's words, else the longest."""
    try:
        lists = [each for each in _record_lists(json.loads(text)) if len(each) >= where.number > 0]
    except (ValueError, RecursionError):
        return None
    if not lists:
        return None
    shown = [json.dumps(each[where.number - 1], ensure_ascii=False, indent=2) for each in lists]
    telling = next((text for text in shown if _first_word(text, words)), None)
    chosen = telling or shown[max(range(len(lists)), key=lambda n: len(lists[n]))]
    lines = chosen.split("\n")
    note = "" if telling or len(lists) == 1 else "The document holds several lists; this is of the longest."
    if len(lines) > _MOST_RECORD_LINES:
        note += f" The first {_MOST_RECORD_LINES} of its {len(lines)} lines."
    return Passage(
        where.said, "record", bool(telling) or len(lists) == 1, note.strip(),
        lines=tuple(
            Line(n, _marked(_cut(line, _MOST_LINE), words))
            for n, line in enumerate(lines[:_MOST_RECORD_LINES], start=1)
        ),
    )  # fmt: skip


def _record_lists(value: Any, depth: int = 4) -> Iterator[list[Any]]:
    """Lists of objects, at any place that is not too deep; an object of objects is one too."""
    if isinstance(value, list):
        if value and all(isinstance(each, dict | str) for each in value):
            yield value
        inner: Iterable[Any] = value if depth else ()
    elif isinstance(value, dict):
        inner = value.values()
        if value and all(isinstance(each, dict) for each in inner):
            yield [{name: each} for name, each in value.items()]
    else:
        return
    if depth:
        for each in inner:
            yield from _record_lists(each, depth - 1)


def _by_words(text: str, where: _Where, words: tuple[str, ...]) -> Passage:
    found = _first_word(text, words)
    if found is None:
        if not where.said and not words:
            note = "The finding is about the whole: it stands at no one place of the document."
            return Passage("", "none", is_exact=False, note=note)
        why = f"Where {where.said!r} stands cannot be told" if where.said else "Where the row stands is not known"
        more = ", and none of the row's words stand in the document." if words else "."
        return Passage(where.said, "none", is_exact=False, note=why + more)
    start, end, times = found
    note = "Found by the row's own words" + (f": the first of {times} places." if times > 1 else ".")
    return Passage(where.said, "lines", is_exact=False, note=note, lines=_around(text, start, end))


def _first_word(text: str, words: tuple[str, ...]) -> tuple[int, int, int] | None:
    """Where the most telling word stands first that the text holds, and how often it does (counted up to 99)."""
    for word in words:
        for spelling in _spellings(word):
            places = [match.span() for match, _ in zip(spelling.finditer(text), range(99), strict=False)]
            if places:
                return *places[0], len(places)
    return None


@lru_cache(maxsize=256)
def _spellings(word: str) -> tuple[re.Pattern[str], ...]:
    """A word as sources write it: as it is, in HTML, of an address the path alone, with other spaces."""
    told = dict.fromkeys([word, html.escape(word), html.escape(word, quote=False)])
    parts = _split(word)
    if parts is not None:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        told |= dict.fromkeys([path, html.escape(path), quote(unquote(path)), path.rpartition("/")[2]])
    return tuple(
        re.compile(r"(?:\s|&nbsp;)+".join(map(re.escape, each.split())), re.IGNORECASE)
        for each in told
        if len(each.strip()) >= _LEAST_WORD
    )


def _split(word: str) -> Any:
    try:
        parts = urlsplit(word)
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and len(parts.path) > 1 else None


def _marked(text: str, words: tuple[str, ...]) -> tuple[Piece, ...]:
    found = _first_word(text, words)
    return (Piece(text),) if found is None else tuple(_pieces(text, 0, found[0], found[1]))


def _pieces(text: str, offset: int, start: int, end: int) -> Iterator[Piece]:
    """The text in pieces: what lies between `start` and `end`, counted from `offset` before it, is meant."""
    begin, stop = (max(0, min(len(text), place - offset)) for place in (start, end))
    for piece in (Piece(text[:begin]), Piece(text[begin:stop], True), Piece(text[stop:])):
        if piece.text:
            yield piece


def _around(text: str, start: int, end: int) -> tuple[Line, ...]:
    """The lines around a passage; of long ones what stands nearest, cut between two tags where there are any."""
    end = min(end, start + _MOST_LINE)
    first = _cut_before(text, max(0, start - _AROUND_LETTERS), start)
    last = _cut_after(text, min(len(text), end + _AROUND_LETTERS), end)
    lines, offset = [], first
    number = text.count("\n", 0, first) + 1
    for line in text[first:last].split("\n"):
        is_meant = offset < end and start < offset + len(line) + 1
        pieces = tuple(_pieces(line, offset, start, end)) if is_meant else (Piece(line),)
        lines.append(Line(number, pieces, is_meant))
        offset += len(line) + 1
        number += 1
    meant = [n for n, line in enumerate(lines) if line.is_meant]
    return tuple(lines[max(0, meant[0] - 2 * _AROUND_LINES) : meant[-1] + 2 * _AROUND_LINES + 1])


def _cut_before(text: str, least: int, start: int) -> int:
    place = max(text.find("\n", least, start), text.find("<", least, start) - 1)
    return least if least == 0 or place < least else place + 1


def _cut_after(text: str, most: int, end: int) -> int:
    place = max(text.rfind("\n", end, most), text.rfind(">", end, most) + 1)
    return most if most == len(text) or place <= end else place


def words_of(row: dict[str, Any] | None, message: str = "", columns: Sequence[str] = ()) -> tuple[str, ...]:
    """The words by which a row is found in its source: what these columns hold, then what a message quotes."""
    told = [str(row[name]) for name in columns if row and row.get(name) not in (None, "")]
    told += [quoted[1] or quoted[2] for quoted in re.finditer(r"'([^']{3,200})'|\"([^\"]{3,200})\"", message)]
    tail = message.rpartition(": ")[2] if ": " in message else ""
    told += [tail] if len(tail) >= 2 * _LEAST_WORD else []
    return tuple(
        dict.fromkeys(_cut(word.strip(), 300).rstrip("…") for word in told if len(word.strip()) >= _LEAST_WORD)
    )
