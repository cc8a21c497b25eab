"""A PDF on standard input and a question as JSON enter; what a page says, and its picture, leave.

Run as a program of its own (`python -m greenroom.audit.page`): documents come from anywhere, and one that brings
the reader down, or keeps it busy, must not do so to the desk. One line of JSON comes first, then the picture.
"""

from __future__ import annotations

import ctypes
import json
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from io import BytesIO
from typing import Any

Box = tuple[float, float, float, float]

# Two screens across and one and a half down: more is no longer legible, only slower.
MOST_WIDTH = 2_000
MOST_PIXELS = 4_000_000
# What a page of a specification takes is a hundredth of it.
MOST_SECONDS = 10
_MOST_BYTES = 2 * 1024**3
_MOST_WORDS = 2_000
# Places are noted in whole points, and letters reach a little beyond their lines.
_SLACK = 2.0
# What stands around a place, so that one sees where it is: in points.
_AROUND_X, _AROUND_Y, _LEAST_WIDTH = 40.0, 60.0, 340.0
# As PDFium takes it, with red and blue exchanged: the picture is written in that order.
_LINE = 0xFF1D4ED8
_LINE_PIXELS = 3
# A marker over the words, as on paper: the blue of each pixel is taken down, black stays black.
_TINT = bytes(value * 7 // 10 for value in range(256))

_FPDF_ANNOT, _FPDF_REVERSE_BYTE_ORDER, _BGR = 0x01, 0x10, 2


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a page: `words` are looked for where there is no box; `zoom` cuts around the place."""

    page: int
    box: Box | None = None
    words: tuple[str, ...] = ()
    width: int = 0
    zoom: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says. Boxes are left, bottom, right, top in points, from the lower left corner."""

    pages: int = 0
    page: int = 0
    width: float = 0.0
    height: float = 0.0
    boxes: tuple[Box, ...] = ()
    is_found: bool = False
    text: str = ""
    error: str = ""
    picture: bytes = field(default=b"", repr=False)


def look(stream: Any, question: Question) -> Told:
    """Answer a question about an open PDF."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(stream)
        pages = len(document)
        if not 1 <= question.page <= pages:
            return Told(pages=pages, error=f"The document has {pages} pages; there is no page {question.page}.")
        page = document[question.page - 1]
        return _told(page, pages, question)
    except pypdfium2.PdfiumError as error:
        return Told(error=f"The PDF cannot be read ({error}).")


def _told(page: Any, pages: int, question: Question) -> Told:
    width, height = page.get_size()
    text = page.get_textpage()
    boxes = (question.box,) if question.box else tuple(_places(text, question.words))
    told = Told(
        pages=pages,
        page=question.page,
        width=round(width, 1),
        height=round(height, 1),
        boxes=boxes,
        is_found=question.box is None and bool(boxes),
        text="\n".join(_text_in(text, box) for box in boxes)[:_MOST_WORDS],
    )
    if not question.width:
        return told
    return replace(told, picture=_picture(page, boxes, question))


def _text_in(text: Any, box: Box) -> str:
    left, bottom, right, top = box
    found: str = text.get_text_bounded(left - _SLACK, bottom - _SLACK, right + _SLACK, top + _SLACK)
    return " ".join(found.split())


def _places(text: Any, words: tuple[str, ...]) -> Iterator[Box]:
    """Where the first of these words stands that the page holds."""
    for word in words:
        found = text.search(word, match_case=False).get_next() if word.strip() else None
        if found:
            start, length = found
            yield from _lines_of(text, start, length)
            return


def _lines_of(text: Any, start: int, length: int) -> Iterator[Box]:
    for number in range(min(text.count_rects(start, length), 20)):
        left, bottom, right, top = text.get_rect(number)
        yield round(left, 1), round(bottom, 1), round(right, 1), round(top, 1)


# The picture


@dataclass(frozen=True, slots=True)
class _Canvas:
    """The whole page in pixels, and the part of it that is drawn."""

    scale: float
    page_width: int
    page_height: int
    left: int
    top: int
    width: int
    height: int


def _picture(page: Any, boxes: tuple[Box, ...], question: Question) -> bytes:
    import pypdfium2.raw as raw

    canvas = _canvas(page, boxes, question)
    bitmap = raw.FPDFBitmap_CreateEx(canvas.width, canvas.height, _BGR, None, 0)
    if not bitmap:
        raise MemoryError("no room for the picture")
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, canvas.width, canvas.height, 0xFFFFFFFF)
        raw.FPDF_RenderPageBitmap(
            bitmap, page, -canvas.left, -canvas.top, canvas.page_width, canvas.page_height, 0,
            _FPDF_ANNOT | _FPDF_REVERSE_BYTE_ORDER,
        )  # fmt: skip
        marked = [_within(canvas, _on(page, canvas, box)) for box in boxes]
        for corners in marked:
            _draw(raw, bitmap, corners)
        stride = raw.FPDFBitmap_GetStride(bitmap)
        pixels = bytearray(ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * canvas.height))
        for corners in marked:
            _tint(pixels, stride, corners)
        return _png(pixels, stride, canvas.width, canvas.height)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


def _canvas(page: Any, boxes: tuple[Box, ...], question: Question) -> _Canvas:
    width, height = page.get_size()
    asked = max(64, min(question.width, MOST_WIDTH))
    whole = _scaled(width, height, asked / max(width, 1.0))
    if not (question.zoom and boxes):
        return whole
    # the part around all boxes, measured on a page of one pixel to the point
    plain = _Canvas(1.0, max(1, round(width)), max(1, round(height)), 0, 0, 0, 0)
    corners = [_on(page, plain, box) for box in boxes]
    left = max(0.0, min(c[0] for c in corners) - _AROUND_X)
    right = min(width, max(c[2] for c in corners) + _AROUND_X)
    right = min(width, max(right, left + _LEAST_WIDTH))
    left = max(0.0, min(left, right - _LEAST_WIDTH))
    top = max(0.0, min(c[1] for c in corners) - _AROUND_Y)
    bottom = min(height, max(c[3] for c in corners) + _AROUND_Y)
    if right <= left or bottom <= top:
        return whole
    scale = min(asked / (right - left), (MOST_PIXELS / ((right - left) * (bottom - top))) ** 0.5)
    return _Canvas(
        scale, max(1, round(width * scale)), max(1, round(height * scale)), round(left * scale), round(top * scale),
        max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)),
    )  # fmt: skip


def _scaled(width: float, height: float, scale: float) -> _Canvas:
    scale = min(scale, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    # a ribbon of a page is cut, not made endless
    down = min(down, MOST_PIXELS // across)
    return _Canvas(scale, across, max(1, round(height * scale)), 0, 0, across, max(1, down))


def _on(page: Any, canvas: _Canvas, box: Box) -> tuple[int, int, int, int]:
    """A box of the page as stored on the canvas: left, top, right, bottom, however the page is turned or cut."""
    import pypdfium2.raw as raw

    points = []
    for x, y in ((box[0] - _SLACK, box[1] - _SLACK), (box[2] + _SLACK, box[3] + _SLACK)):
        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(
            page, -canvas.left, -canvas.top, canvas.page_width, canvas.page_height, 0, x, y, across, down
        )
        points.append((across.value, down.value))
    (x1, y1), (x2, y2) = points
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _within(canvas: _Canvas, corners: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top = max(0, corners[0]), max(0, corners[1])
    return left, top, max(left, min(canvas.width, corners[2])), max(top, min(canvas.height, corners[3]))


def _draw(raw: Any, bitmap: Any, corners: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = corners
    across, down = right - left, bottom - top
    if not (across and down):
        return
    for x, y, w, h in (
        (left, top, across, _LINE_PIXELS),
        (left, bottom - _LINE_PIXELS, across, _LINE_PIXELS),
        (left, top, _LINE_PIXELS, down),
        (right - _LINE_PIXELS, top, _LINE_PIXELS, down),
    ):
        raw.FPDFBitmap_FillRect(bitmap, x, y, w, h, _LINE)


def _tint(pixels: bytearray, stride: int, corners: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = corners
    for row in range(top, bottom):
        blue = slice(row * stride + 3 * left + 2, row * stride + 3 * right, 3)
        pixels[blue] = pixels[blue].translate(_TINT)


def _png(pixels: bytearray, stride: int, width: int, height: int) -> bytes:
    packer = zlib.compressobj(6)
    packed = BytesIO()
    for row in range(height):
        packed.write(packer.compress(b"\0" + pixels[row * stride : row * stride + 3 * width]))
    packed.write(packer.flush())
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed.getvalue()), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


# The program


def said(told: Told) -> bytes:
    """The answer as it leaves the program."""
    facts = {name: value for name, value in asdict(told).items() if name != "picture"}
    return json.dumps(facts).encode() + b"\n" + told.picture


def heard(answer: bytes) -> Told:
    """The answer as it is read again."""
    facts, _, picture = answer.partition(b"\n")
    told = json.loads(facts)
    told["boxes"] = tuple(tuple(box) for box in told["boxes"])
    return Told(**told, picture=picture)


def main() -> None:
    """Answer the question of the first argument about the document on standard input."""
    _keep_within_limits()
    asked = json.loads(sys.argv[1])
    box = asked.get("box")
    question = Question(**asked | {"box": tuple(box) if box else None, "words": tuple(asked.get("words", ()))})
    sys.stdout.buffer.write(said(look(sys.stdin.buffer, question)))


def _keep_within_limits() -> None:
    """A document that asks for too much ends this program alone; where the system has no such limits, time does."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
