"""The bytes of a snapshot, whatever their name says, become one table: a header, and CSV that COPY reads."""

import codecs
import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any

from greenroom.model.errors import ContractBroken, GreenroomError, SourceEmpty, SourceUnreadable
from greenroom.model.form import Place
from greenroom.write import geometry

# What COPY takes at full speed; larger blocks gain nothing.
_BLOCK_BYTES = 256 * 1024
# A header longer than this is a file without line ends.
_HEADER_BYTES = 64 * 1024
# Four times the largest national file met. The best of these files pack 40 to 1, a bomb 1,000 to 1.
_MOST_BYTES = 8 * 1024**3
_MOST_RATIO = 200
_RATIO_FREE_BYTES = 16 * 1024**2
_MOST_MEMBERS = 1_000
# The finest outline of a commune has a hundredth of this.
_MOST_CELL = 2**30

_GZIP, _ZIP, _OLD_OFFICE, _PDF = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF-"
_EMPTY_ZIP = b"PK\x05\x06"

_UTF8_PAIR = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
_NOT_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
# PostgreSQL before 18 ends a COPY at such a line, and says nothing.
_END_OF_COPY = re.compile(rb"[\r\n]\\\.[\r\n]")


@dataclass(frozen=True, slots=True)
class Table:
    """A header, and the same table as CSV blocks for COPY, header line included.

    Geometries of JSON are hex EWKB already (see geometry.py).

    `encoding` is PostgreSQL's name. `first_row_position` is the line, or sheet row, of the
    first row of data. `notes` say what a person should know about how the file was read.
    """

    header: tuple[str, ...]
    csv_blocks: Callable[[], Iterator[bytes]]
    delimiter: str = ","
    encoding: str = "UTF8"
    first_row_position: int = 2
    notes: tuple[str, ...] = ()


class File:
    """A file somebody may look into at several places; it is unpacked, and its encoding found, once."""

    def __init__(self, raw: IO[bytes], stack: ExitStack) -> None:
        self._raw, self._stack = raw, stack
        self._inflated: IO[bytes] | None = None
        self._unpacked: dict[str | None, IO[bytes]] = {}
        self._encodings: dict[str | None, tuple[str, tuple[str, ...]]] = {}
        self._books: dict[str | None, _Book] = {}
        self._tables: dict[Place, Table | GreenroomError] = {}

    def table(self, place: Place) -> Table:
        """The table at a place: CSV, JSON, GeoJSON or XLSX by content, bare, in gzip or in a ZIP.

        Raises SourceEmpty, SourceUnreadable or ContractBroken.
        """
        if place not in self._tables:
            try:
                self._tables[place] = self._at(place)
            except GreenroomError as error:
                self._tables[place] = error
        found = self._tables[place]
        if isinstance(found, GreenroomError):
            raise found
        return found

    def _at(self, place: Place) -> Table:
        plain, member = self._plain(place.member)
        start = _first_bytes(plain)
        if start.startswith(_ZIP):
            if member not in self._books:
                self._books[member] = _Book(plain)
            return self._books[member].table(place)
        if start[:1] in (b"{", b"["):
            if place != Place(place.member):
                raise ContractBroken("This is JSON, not a sheet with headings.")
            return _json(plain)
        if place.sheet is not None:
            raise ContractBroken("This is not a workbook.", hint="Give the XLSX edition.")
        if member not in self._encodings:
            self._encodings[member] = _encoding(plain)
        return _csv(plain, place, self._encodings[member])

    def _plain(self, member: str | None) -> tuple[IO[bytes], str | None]:
        if self._inflated is None:
            packed = _first_bytes(self._raw).startswith(_GZIP)
            self._inflated = self._stack.enter_context(_inflated(self._raw)) if packed else self._raw
        # what is no archive holds one file, by whatever name it is asked for
        member = member if _is_archive(self._inflated) else None
        if member not in self._unpacked:
            self._unpacked[member] = _member(self._inflated, member, self._stack)
        return self._unpacked[member], member


@contextmanager
def looked_into(raw: IO[bytes]) -> Iterator[File]:
    """A seekable file to be read by its content."""
    with ExitStack() as stack:
        yield File(raw, stack)


@contextmanager
def opened(
    raw: IO[bytes], *, member: str | None = None, sheet: str | None = None, header_row: int = 1
) -> Iterator[Table]:
    """The one table of a file, at a known place."""
    with looked_into(raw) as file:
        yield file.table(Place(member, sheet, header_row))


def head(table: Table, lines: int) -> Table:
    """The same table, of its first lines alone: for a look."""

    def blocks() -> Iterator[bytes]:
        # one more, for the header
        left, is_quoted = lines + 1, False
        for block in table.csv_blocks():
            start = 0
            while (end := block.find(b"\n", start)) >= 0:
                is_quoted ^= bool(block.count(b'"', start, end) % 2)
                start = end + 1
                left -= not is_quoted
                if left == 0:
                    yield block[:start]
                    return
            is_quoted ^= bool(block.count(b'"', start) % 2)
            yield block

    return replace(table, csv_blocks=blocks)


# Archives


def _member(plain: IO[bytes], member: str | None, stack: ExitStack) -> IO[bytes]:
    """The file itself, or the one of an archive that is meant."""
    if _is_archive(plain):
        plain = stack.enter_context(_member_of(plain, member))
    if _first_bytes(plain).startswith(_GZIP) or _is_archive(plain):
        raise SourceUnreadable("An archive lies inside an archive.", hint="Unpack it and pass the inner file.")
    return plain


def _is_archive(plain: IO[bytes]) -> bool:
    """A ZIP that is not a workbook."""
    if not _first_bytes(plain).startswith((_ZIP, _EMPTY_ZIP)):
        return False
    with _zip(plain) as archive:
        return "xl/workbook.xml" not in archive.namelist()


@contextmanager
def _zip(plain: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """A ZIP, measured before a byte of it is unpacked."""
    try:
        with zipfile.ZipFile(plain) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS:
                raise SourceUnreadable(f"The ZIP holds {len(members)} files; at most {_MOST_MEMBERS} are read.")
            _refuse_bomb(sum(m.file_size for m in members), sum(m.compress_size for m in members))
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise SourceUnreadable(f"The ZIP is damaged or cut off: {error}.", hint="Fetch it again.") from error


@contextmanager
def _member_of(plain: IO[bytes], member: str | None) -> Iterator[IO[bytes]]:
    with _zip(plain) as archive, TemporaryFile() as inner:
        chosen = _chosen(archive, member)
        if chosen.flag_bits & 1:
            raise SourceUnreadable(f"{chosen.filename} in the ZIP is locked by a password.")
        with archive.open(chosen) as packed:
            _copy(packed, inner, chosen.compress_size)
        yield inner


def _chosen(archive: zipfile.ZipFile, member: str | None) -> zipfile.ZipInfo:
    # macOS packs a shadow of each file beside it.
    files = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    fitting = [m for m in files if member is None or fnmatchcase(m.filename, member)]
    if len(fitting) == 1:
        return fitting[0]
    if not files:
        raise SourceEmpty("The ZIP holds no file.")
    names = ", ".join(m.filename for m in files[:10])
    wanted = "one file" if member is None else f"one file {member}"
    raise ContractBroken(f"The ZIP should hold {wanted}, but holds: {names}.", hint="Name the member in the source.")


@contextmanager
def _inflated(packed: IO[bytes]) -> Iterator[IO[bytes]]:
    packed_bytes = packed.seek(0, io.SEEK_END)
    packed.seek(0)
    with TemporaryFile() as inner:
        try:
            with gzip.GzipFile(fileobj=packed) as stream:
                _copy(stream, inner, packed_bytes)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise SourceUnreadable(f"The gzip is damaged or cut off: {error}.", hint="Fetch it again.") from error
        yield inner


def _copy(packed: Any, inner: Any, packed_bytes: int) -> None:
    total = 0
    while block := packed.read(_BLOCK_BYTES):
        total += len(block)
        _refuse_bomb(total, packed_bytes)
        inner.write(block)


def _refuse_bomb(total_bytes: int, packed_bytes: int) -> None:
    if total_bytes > _MOST_BYTES or (
        total_bytes > _RATIO_FREE_BYTES and total_bytes > _MOST_RATIO * max(packed_bytes, 1)
    ):
        raise SourceUnreadable(f"The archive unpacks {packed_bytes:,} bytes into more than {total_bytes - 1:,}.")


# Kinds


def _first_bytes(plain: IO[bytes]) -> bytes:
    """The first bytes that are not blank. Refuses what is known not to be a table."""
    plain.seek(0)
    start = plain.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceUnreadable("The text is UTF-16.", hint="Save it as UTF-8.")
    start = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start and not plain.read(1):
        raise SourceEmpty("The file is empty.")
    if start.startswith(_PDF):
        raise SourceUnreadable("This is a PDF, not a table.", hint="Take the CSV or XLSX edition.")
    if start.startswith(_OLD_OFFICE):
        raise SourceUnreadable("This is an old or locked Office file.", hint="Save it as XLSX, without a password.")
    if start.startswith(b"<"):
        what = "a web page" if b"<html" in start.lower() or b"<!doctype html" in start.lower() else "XML"
        raise SourceUnreadable(
            f"This is {what}, not a table.",
            hint="A site often answers so when it fails: open the address in a browser.",
        )
    return start


# CSV: the bytes go to COPY as they are


def _csv(plain: IO[bytes], place: Place, read_as: tuple[str, tuple[str, ...]]) -> Table:
    encoding, notes = read_as
    offset = _offset_of_line(plain, place.header_row)
    plain.seek(offset)
    text = plain.read(_HEADER_BYTES).decode("utf-8" if encoding == "UTF8" else "cp1252", errors="ignore")
    delimiter, header = _header_line(text)
    return Table(
        header=_checked(header),
        csv_blocks=lambda: _without_blank_end(_blocks(plain, offset)),
        delimiter=delimiter,
        encoding=encoding,
        first_row_position=place.header_row + 1,
        notes=notes,
    )


def _header_line(text: str) -> tuple[str, list[str]]:
    """The delimiter that cuts the header into most names, and those names."""
    try:
        cuts = {delimiter: next(csv.reader(io.StringIO(text), delimiter=delimiter), []) for delimiter in ";,\t|"}
    except csv.Error as error:
        raise SourceUnreadable(f"The header cannot be read: {error}.") from error
    return max(cuts.items(), key=lambda cut: len(cut[1]))


def _offset_of_line(plain: IO[bytes], line: int) -> int:
    plain.seek(0)
    if plain.read(3) != codecs.BOM_UTF8:
        plain.seek(0)
    for _ in range(line - 1):
        if not plain.readline(_HEADER_BYTES):
            raise ContractBroken(f"The header should be in line {line}, but the file ends before.")
    return plain.tell()


def _encoding(plain: IO[bytes]) -> tuple[str, tuple[str, ...]]:
    """UTF-8, or Windows-1252 when not one accent is UTF-8. Anything between is refused, not repaired."""
    broken_line = _first_line_not_utf8(plain)
    if broken_line is None:
        return "UTF8", ()
    plain.seek(0)
    has_bom = plain.read(3) == codecs.BOM_UTF8
    if has_bom or _line_of(plain, _UTF8_PAIR) is not None:
        raise SourceUnreadable(
            f"Line {broken_line}: bytes that are not UTF-8, in a file that is.", hint="Fetch it again."
        )
    if (line := _line_of(plain, _NOT_IN_CP1252)) is not None:
        raise SourceUnreadable(f"Line {line}: neither UTF-8 nor Windows-1252.", hint="Save the file as UTF-8.")
    return "WIN1252", (f"Not UTF-8 (line {broken_line}); read as Windows-1252.",)


def _first_line_not_utf8(plain: IO[bytes]) -> int | None:
    """Read all of it once; also look for what COPY would stumble over in silence."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, tail, broken = 1, b"\n", None
    # The line end after the last byte shows a letter that was cut off.
    for block in chain(_blocks(plain, 0), [b"\n"]):
        if b"\0" in block:
            line += block[: block.index(b"\0")].count(b"\n")
            raise SourceUnreadable(f"Line {line}: a NUL byte; this is not a text file.")
        seen = tail + block
        # The plain search is quicker than the pattern, and nearly always the only one.
        if b"\\." in seen and (stop := _END_OF_COPY.search(seen)):
            line += seen[: stop.start() + 1].count(b"\n") - tail.count(b"\n")
            raise SourceUnreadable(f"Line {line}: nothing but \\. , which PostgreSQL takes for the end of the data.")
        if broken is None:
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                broken = line + block[: error.start].count(b"\n")
        line += block.count(b"\n")
        tail = block[-3:]
    return broken


def _line_of(plain: IO[bytes], pattern: re.Pattern[bytes]) -> int | None:
    line = 1
    for block in _blocks(plain, 0):
        if found := pattern.search(block):
            return line + block[: found.start()].count(b"\n")
        line += block.count(b"\n")
    return None


def _blocks(plain: IO[bytes], offset: int) -> Iterator[bytes]:
    plain.seek(offset)
    while block := plain.read(_BLOCK_BYTES):
        yield block


def _without_blank_end(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blank lines after the last row are no rows; COPY would call them ragged."""
    held = b""
    for block in blocks:
        body = block.rstrip(b"\r\n")
        if body:
            yield held + body
            held = b""
        held += block[len(body) :]


# JSON

# In the place of a path: the file is one object, name by name.
_BY_NAME = ""


def _json(plain: IO[bytes]) -> Table:
    """A flat array, the records of the Explore API, the features of GeoJSON, or a cache of places by name."""
    prefix, total = _shape(plain)
    names: dict[str, None] = {}
    count = 0
    # Of all records, since some answers leave null fields out.
    for count, record in enumerate(_records(plain, prefix), start=1):  # noqa: B007
        names.update(dict.fromkeys(record))
    if not names:
        raise SourceEmpty("The JSON holds no records.")
    if total is not None and count < total:
        raise ContractBroken(
            f"This JSON is one page: {count} of {total} records.", hint="Fetch /exports, not /records."
        )
    header = _checked(names)
    return Table(
        header=header,
        csv_blocks=lambda: _csv_of(
            header, ([_text(record.get(name)) for name in names] for record in _records(plain, prefix))
        ),
        first_row_position=1,
    )


def _shape(plain: IO[bytes]) -> tuple[str, int | None]:
    """Where the records stand, and how many the answer says there are."""
    import ijson

    if _first_bytes(plain).startswith(b"["):
        return "item", None
    names, total = [], None
    with _json_errors():
        for path, event, value in ijson.parse(_at_text(plain)):
            if path == "total_count" and isinstance(value, int):
                total = value
            if path in ("results", "records", "features") and event == "start_array":
                return f"{path}.item", total
            if event == "map_key" and not path:
                names.append(value)
    if _is_cache(plain):
        return _BY_NAME, None
    raise SourceUnreadable(
        f"This JSON holds no results and no records, but: {', '.join(names[:10]) or 'nothing'}.",
        hint="A site often answers so when it fails: open the address in a browser.",
    )


def _is_cache(plain: IO[bytes]) -> bool:
    """Whether this maps names to places found or null, as geocoders keep what they were asked."""
    import ijson

    places = 0
    with _json_errors():
        for _, value in ijson.kvitems(_at_text(plain), ""):
            if value is not None:
                if not isinstance(value, dict) or not {"lat", "lon"} <= value.keys():
                    return False
                places += 1
    return places > 0


def _records(plain: IO[bytes], prefix: str) -> Iterator[dict[str, Any]]:
    import ijson

    with _json_errors():
        if prefix == _BY_NAME:
            for name, value in ijson.kvitems(_at_text(plain), ""):
                yield {"name": name, **(value or {})}
            return
        for position, item in enumerate(ijson.items(_at_text(plain), prefix), start=1):
            if not isinstance(item, dict):
                raise ContractBroken(f"Record {position} of the JSON is not an object.")
            yield _fields(item)


def _fields(item: dict[str, Any]) -> dict[str, Any]:
    """A record out of its wrapper: {record: {fields}} in version 2 of the API, {fields} in version 1, a Feature."""
    if item.get("type") == "Feature" and isinstance(item.get("properties"), dict | None):
        return {**(item["properties"] or {}), "ewkb": item.get("geometry")}
    inner = item.get("record", item)
    fields = inner.get("fields") if isinstance(inner, dict) else None
    return fields if isinstance(fields, dict) else item


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    # A point stays JSON: its two numbers are what a shape wants.
    if geometry.is_geometry(value) and value.get("type") != "Point":
        return geometry.ewkb(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    # A number as it was written, but never with an exponent.
    return format(value, "f") if isinstance(value, Decimal) and abs(value.adjusted()) < 100 else str(value)


def _at_text(plain: IO[bytes]) -> IO[bytes]:
    plain.seek(0)
    if plain.read(3) != codecs.BOM_UTF8:
        plain.seek(0)
    return plain


@contextmanager
def _json_errors() -> Iterator[None]:
    import ijson

    try:
        yield
    except ijson.JSONError as error:
        reason = str(error).splitlines()[0]
        raise SourceUnreadable(f"The JSON is damaged or cut off: {reason}.", hint="Fetch it again.") from error


# Workbooks


class _Book:
    """An open workbook; a sheet is read when it is asked for, and kept."""

    def __init__(self, plain: IO[bytes]) -> None:
        import python_calamine as calamine

        with _zip(plain):
            plain.seek(0)
        with _book_errors():
            self._book = calamine.load_workbook(plain)
        self._sheets: dict[str, list[list[Any]]] = {}

    def table(self, place: Place) -> Table:
        chosen = _sheet(self._book.sheet_names, place.sheet)
        if chosen not in self._sheets:
            with _book_errors():
                self._sheets[chosen] = self._book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
        rows = self._sheets[chosen]
        if not any(any(row) for row in rows):
            raise SourceEmpty(f"Sheet {chosen} is empty.")
        if len(rows) < place.header_row:
            raise ContractBroken(
                f"The header should be in row {place.header_row} of sheet {chosen}, which ends before."
            )
        names = [_cell(cell) for cell in rows[place.header_row - 1]]
        while names and not names[-1].strip():
            names.pop()
        if place.block_row is not None:
            names = list(_under_titles([_cell(cell) for cell in rows[place.block_row - 1]], names))
        header = _checked(names)
        return Table(
            header=header,
            csv_blocks=lambda: _csv_of(header, _sheet_rows(rows, len(header), place.header_row)),
            first_row_position=place.header_row + 1,
        )


def _under_titles(titles: list[str], names: list[str]) -> Iterator[str]:
    """A title stands in the first of the cells it covers, the others are empty."""
    title = ""
    for place, name in enumerate(names):
        title = (titles[place].strip() if place < len(titles) else "") or title
        yield f"{title} / {name}" if title and name else name


@contextmanager
def _book_errors() -> Iterator[None]:
    import python_calamine as calamine

    try:
        yield
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError) as error:
        raise SourceUnreadable(f"The workbook cannot be read: {error}.") from error


def _sheet(names: list[str], wanted: str | None) -> str:
    fitting = [name for name in names if wanted is None or fnmatchcase(name, wanted)]
    if len(fitting) == 1:
        return fitting[0]
    missing = "says which of its sheets to read" if wanted is None else f"has a sheet {wanted}"
    raise ContractBroken(f"Nothing {missing}: {', '.join(names)}.", hint="Name the sheet in the form of the dataset.")


def _sheet_rows(rows: list[list[Any]], width: int, header_row: int) -> Iterator[list[str]]:
    for position, row in enumerate(rows[header_row:], start=header_row + 1):
        cells = [_cell(cell) for cell in row]
        if any(cells[width:]):
            raise ContractBroken(f"Row {position}: a value to the right of the last header.")
        if any(cells):
            yield cells[:width]


def _cell(value: Any) -> str:
    """A cell as a person would type it: whole numbers without .0, dates as ISO."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return str(value)


# Common to all


def with_geometry(table: Table, place: int) -> Table:
    """The same table, GeoJSON in the cells of one column turned into hex EWKB; costs a reading of every cell."""

    def blocks() -> Iterator[bytes]:
        # an outline has more letters than the module allows a cell
        csv.field_size_limit(_MOST_CELL)
        text = codecs.iterdecode(table.csv_blocks(), "utf-8" if table.encoding == "UTF8" else "cp1252")
        rows = csv.reader(_lines(text), delimiter=table.delimiter)
        return _csv_of(tuple(next(rows)), (_at(row, place) for row in rows))

    return replace(table, csv_blocks=blocks, delimiter=",", encoding="UTF8")


def _at(row: list[str], place: int) -> list[str]:
    if place < len(row):
        row[place] = geometry.cell(row[place])
    return row


def _lines(blocks: Iterable[str]) -> Iterator[str]:
    held = ""
    for block in blocks:
        *lines, held = (held + block).split("\n")
        yield from (f"{line}\n" for line in lines)
    if held:
        yield held


def _checked(names: Iterable[str]) -> tuple[str, ...]:
    header = tuple(name.strip().removeprefix("\ufeff") for name in names)
    if not any(header):
        raise ContractBroken("The header line is empty.")
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise ContractBroken(
            f"Repeated headers: {', '.join(repeated)}.", hint="Give the edition with one line of headers."
        )
    return header


def _csv_of(header: tuple[str, ...], rows: Iterable[Iterable[str | None]]) -> Iterator[bytes]:
    """The rows as CSV, a block at a time."""
    buffer = io.StringIO(newline="")
    # In a single column, a bare \. would end the COPY.
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL if len(header) == 1 else csv.QUOTE_MINIMAL)
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() >= _BLOCK_BYTES:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    if "\0" in text:
        raise SourceUnreadable("A value holds a NUL character, which PostgreSQL cannot store.")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise SourceUnreadable("A value holds half a character (a lone surrogate).") from error
