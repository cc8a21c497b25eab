"""The passage that a finding cites: made-up documents and real ones, whole, broken and very long."""

import csv
import gzip
import io
import json
import re
import struct
import subprocess
import sys
import zlib

import pytest

from greenroom import catalog
from greenroom.audit import page as drawing
from greenroom.audit import source
from greenroom.audit.page import Question, look
from greenroom.audit.source import Cited, Sources, places, words_of
from greenroom.model.errors import SourceError
from greenroom.model.form import Place
from greenroom.model.landing import Part
from greenroom.write.fetch import Store
from greenroom.write.formats import looked_into
from greenroom.write.visit import _keep_pages, parts_of


def pdf(*pages, turned=0, box=(0, 0, 400, 300)):
    """A PDF of pages; each page is lines as (x, y, text), y counted from below."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for n, lines in enumerate(pages):
        drawn = "".join(f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in lines)
        media = " ".join(map(str, box))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{media}] /Rotate {turned} /Contents {5 + 2 * n} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    text, offsets = "%PDF-1.4\n", []
    for n, each in enumerate(objects, start=1):
        offsets.append(len(text))
        text += f"{n} 0 obj\n{each}\nendobj\n"
    start = len(text)
    text += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{o:010} 00000 n \n" for o in offsets)
    return (text + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF").encode()


LEAVES = pdf([(50, 250, "1.1 Cells"), (50, 200, "1.2 Walls of cells")], [(50, 250, "2.1 Genes")])


def pixels(png):
    """Width, height, and the colours of a picture, row by row."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    place, packed = 8, b""
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        data = png[place + 8 : place + 8 + length]
        assert zlib.crc32(kind + data) == struct.unpack(">I", png[place + 8 + length : place + 12 + length])[0]
        packed += data if kind == b"IDAT" else b""
        place += 12 + length
    raw = zlib.decompress(packed)
    stride = 1 + 3 * width
    return width, height, [raw[row * stride + 1 : (row + 1) * stride] for row in range(height)]


def frame(png):
    """Left, top, right, bottom of what is drawn in the colour of the box, in pixels."""
    _, _, rows = pixels(png)
    line = bytes((0xD8, 0x4E, 0x1D))
    found = [
        (x, y) for y, row in enumerate(rows) for x in range(len(row) // 3) if _is_near(row[3 * x : 3 * x + 3], line)
    ]
    return (min(x for x, _ in found), min(y for _, y in found), max(x for x, _ in found), max(y for _, y in found))


def _is_near(pixel, line):
    return pixel[:2] == line[:2]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "snapshots")


@pytest.fixture
def sources(store):
    return Sources(store.open, looked_into, lambda sha256: parts_of(store.get(sha256), store))


@pytest.fixture
def cited(store, sources):
    """`cited(content, position, …)` is what the desk would show."""

    def tell(content, position, *, address="https://example.org/a", words=(), place=None):
        kept = store.keep([content], address=address, headers={})
        return sources.evidence(Cited(position, kept.hash, address, tuple(words), place))

    return tell


def only(evidence):
    (passage,) = evidence.passages
    return passage


def shown(passage):
    return {line.number: "".join(piece.text for piece in line.pieces) for line in passage.lines}


def meant(passage):
    return [line.number for line in passage.lines if line.is_meant]


def marked(passage):
    return [piece.text for line in passage.lines for piece in line.pieces if piece.is_meant]


# Positions


@pytest.mark.parametrize(
    "position, kind, number, box",
    [
        ("page 12 at 72 640 310 655", "page", 12, (72.0, 640.0, 310.0, 655.0)),
        ("page 3 at -4 0.5 310 655.25", "page", 3, (-4.0, 0.5, 310.0, 655.25)),
        ("page 4", "page", 4, None),
        ("line 7", "line", 7, None),
        ("row 19", "row", 19, None),
        ("row 4 (Biology)", "row", 4, None),
        ("record 2", "nth", 2, None),
        ("hit 33", "nth", 33, None),
        ("staging_aqa_topics 5", "words", 0, None),
        ("page 12 at 72 640 310", "words", 0, None),
        ("page 99999999999", "words", 0, None),
        ("p. 12", "words", 0, None),
    ],
)
def test_a_position_is_taken_apart(position, kind, number, box):
    (where,) = places(position)
    assert (where.kind, where.number, where.box) == (kind, number, box)


def test_several_places_are_told_apart_and_bounded():
    assert [where.number for where in places("row 3 · row 9 · row 12")] == [3, 9, 12]
    assert len(places(" · ".join(f"row {n}" for n in range(50)))) == 6
    assert places(None) == places("") == ()


# Pages of a PDF


def test_a_box_is_told_with_its_page_and_the_words_in_it(cited):
    evidence = cited(LEAVES, "page 1 at 50 197 150 210")
    assert evidence.format == "pdf"
    passage = only(evidence)
    assert (passage.kind, passage.is_exact) == ("page", True)
    assert (passage.page.number, passage.page.pages, passage.page.text) == (1, 2, "1.2 Walls of cells")
    assert (passage.page.width, passage.page.height) == (400, 300)


def test_the_box_is_drawn_where_the_words_stand(store, sources):
    kept = store.keep([LEAVES], address="a", headers={})
    png = sources.picture(kept.hash, 1, (50, 197, 150, 210), zoom=False)
    width, height, _ = pixels(png)
    assert (width, height) == (1000, 750)
    scale = 2.5
    left, top, right, bottom = frame(png)
    assert (left, right) == (pytest.approx(48 * scale, abs=2), pytest.approx(152 * scale, abs=2))
    assert (top, bottom) == (pytest.approx((300 - 212) * scale, abs=2), pytest.approx((300 - 195) * scale, abs=2))


def test_within_the_box_paper_is_tinted_and_ink_stays(store, sources):
    kept = store.keep([LEAVES], address="a", headers={})
    _, _, rows = pixels(sources.picture(kept.hash, 1, (50, 197, 150, 210), zoom=False))
    inside = [rows[y][3 * x : 3 * x + 3] for y in range(226, 258) for x in range(126, 374)]
    assert bytes((255, 255, 178)) in inside
    assert any(max(pixel) < 40 for pixel in inside)
    assert bytes((255, 255, 255)) not in inside


def test_a_turned_page_shows_the_same_words_in_the_box(store, sources):
    plain = store.keep([LEAVES], address="a", headers={})
    turned = store.keep(
        [pdf([(50, 250, "1.1 Cells"), (50, 200, "1.2 Walls of cells")], turned=90)], address="b", headers={}
    )
    box = (50.0, 197.0, 150.0, 210.0)
    flat, upright = (frame(sources.picture(each.hash, 1, box, zoom=False)) for each in (plain, turned))
    assert flat[2] - flat[0] > flat[3] - flat[1]
    assert upright[2] - upright[0] < upright[3] - upright[1]


def test_a_zoomed_picture_is_cut_around_the_box(store, sources):
    tall = pdf([(50, 1800, "far above"), (50, 200, "1.2 Walls of cells")], box=(0, 0, 600, 2000))
    kept = store.keep([tall], address="a", headers={})
    box = (50.0, 197.0, 150.0, 210.0)
    width, height, _ = pixels(sources.picture(kept.hash, 1, box, zoom=True))
    assert width == 1000
    assert height < 500
    left, top, right, bottom = frame(sources.picture(kept.hash, 1, box, zoom=True))
    assert 0 < left < right < width
    assert 0 < top < bottom < height
    assert (right - left) / width > 0.25


def test_a_page_without_box_marks_the_rows_own_words(cited):
    passage = only(cited(LEAVES, "page 1", words=("Walls of cells",)))
    assert passage.is_exact is False
    assert passage.page.text == "Walls of cells"
    assert "found on the page" in passage.note


def test_a_page_that_does_not_hold_the_words_is_shown_all_the_same(cited):
    passage = only(cited(LEAVES, "page 2", words=("Mitochondria",)))
    assert (passage.page.number, passage.page.boxes) == (2, ())
    assert "page alone" in passage.note


def test_a_page_beyond_the_end_is_a_message(cited):
    passage = only(cited(LEAVES, "page 3 at 1 2 3 4"))
    assert (passage.kind, passage.page) == ("none", None)
    assert "2 pages" in passage.note


def test_a_position_that_is_no_page_shows_the_first(cited):
    passage = only(cited(LEAVES, "line 7"))
    assert passage.page.number == 1
    assert passage.is_exact is False


@pytest.mark.parametrize("content", [b"%PDF-1.7\nnothing of it is true", LEAVES[:300], b"%PDF-" + bytes(5000)])
def test_a_broken_pdf_is_a_message(cited, content):
    passage = only(cited(content, "page 1 at 1 2 3 4"))
    assert passage.kind == "none"
    assert "PDF" in passage.note


def test_a_pdf_that_brings_the_program_down_brings_nothing_else_down(store, sources, monkeypatch):
    kept = store.keep([LEAVES], address="a", headers={})
    monkeypatch.setattr(sys, "executable", "/bin/false")
    evidence = sources.evidence(Cited("page 1", kept.hash, "a"))
    assert evidence.passages == ()
    assert "brought down" in evidence.note


def test_a_page_that_takes_too_long_is_left(store, sources, monkeypatch):
    kept = store.keep([LEAVES], address="a", headers={})

    def run(*_, **options):
        raise subprocess.TimeoutExpired("page", options["timeout"])

    monkeypatch.setattr(subprocess, "run", run)
    assert "seconds" in sources.evidence(Cited("page 1", kept.hash, "a")).note


def test_what_failed_once_is_tried_again(store, sources, monkeypatch):
    kept = store.keep([LEAVES], address="a", headers={})
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/bin/false")
        assert sources.evidence(Cited("page 1", kept.hash, "a")).passages == ()
    assert sources.evidence(Cited("page 1", kept.hash, "a")).passages


def test_an_endless_page_is_drawn_within_bounds():
    vast = pdf([(50, 200, "here")], box=(0, 0, 14_000, 14_000))
    for question in (
        Question(1, (50, 197, 150, 210), (), 100_000, False),
        Question(1, (0, 0, 13_999, 13_999), (), 9_000, True),
    ):
        width, height, _ = pixels(look(io.BytesIO(vast), question).picture)
        assert width * height <= drawing.MOST_PIXELS * 1.01
    tall = pdf([(50, 200, "here")], box=(0, 0, 400, 8_000))
    width, height, _ = pixels(look(io.BytesIO(tall), Question(1, None, (), 1_000, False)).picture)
    assert width * height <= drawing.MOST_PIXELS * 1.01
    assert height / width == pytest.approx(20, rel=0.02)
    ribbon = pdf([(1, 200, "x")], box=(0, 0, 3, 14_000))
    width, height, _ = pixels(look(io.BytesIO(ribbon), Question(1, None, (), 1_000, False)).picture)
    assert width * height <= drawing.MOST_PIXELS * 1.01


@pytest.mark.parametrize(
    "box", [(9_000, 9_000, 9_100, 9_100), (-50, -50, -10, -10), (150, 210, 50, 197), (50, 200, 50, 200)]
)
@pytest.mark.parametrize("zoom", [True, False])
def test_a_box_beside_the_page_or_inside_out_still_gives_a_picture(box, zoom):
    assert pixels(look(io.BytesIO(LEAVES), Question(1, box, (), 600, zoom)).picture)[0] <= 600


def test_a_picture_of_what_is_no_pdf_is_refused(store, sources):
    kept = store.keep([b"plain text"], address="a", headers={})
    with pytest.raises(SourceError, match="no PDF"):
        sources.picture(kept.hash, 1, None, zoom=False)


# What is not kept


def test_a_missing_snapshot_is_said(sources):
    evidence = sources.evidence(Cited("page 1", "ab" * 32, "https://example.org/a.pdf"))
    assert (evidence.format, evidence.passages) == ("none", ())
    assert "no snapshot" in evidence.note


def test_a_damaged_snapshot_is_said(store, sources, tmp_path):
    kept = store.keep([b"as it was"], address="a", headers={})
    (tmp_path / "snapshots" / kept.hash[:2] / kept.hash[2:]).write_bytes(b"as it was not")
    assert "damaged" in sources.evidence(Cited("line 1", kept.hash, "a")).note


def test_rows_of_no_document_say_so(sources):
    assert "inbox" in sources.evidence(Cited("staging_x 1", None)).note


# Lines of a text

TEXT = "".join(f"line number {n}\n" for n in range(1, 21)).encode()


def test_a_line_stands_among_its_neighbours(cited):
    passage = only(cited(TEXT, "line 10"))
    assert list(shown(passage)) == list(range(6, 15))
    assert shown(passage)[10] == "line number 10"
    assert meant(passage) == [10]


def test_the_first_and_the_last_line_have_fewer_neighbours(cited):
    assert list(shown(only(cited(TEXT, "line 1")))) == [1, 2, 3, 4, 5]
    assert list(shown(only(cited(TEXT, "line 20")))) == [16, 17, 18, 19, 20]


def test_a_line_beyond_the_end_is_a_message(cited):
    for position in ("line 21", "line 900000"):
        passage = only(cited(TEXT, position))
        assert (passage.kind, passage.lines) == ("none", ())
        assert "fewer" in passage.note


def test_the_rows_words_are_marked_in_its_line(cited):
    assert marked(only(cited(b"a\n2.1 The Cell wall\nb", "line 2", words=("Cell  wall",)))) == ["Cell wall"]


def test_a_line_without_end_is_cut(cited):
    passage = only(cited(b"x" * 9_000_000 + b"\nsecond\n", "line 1"))
    assert len(shown(passage)[1]) < 2_100
    assert shown(passage)[2] == "second"


def test_windows_letters_are_read_as_windows_letters(cited):
    assert shown(only(cited("a\ncollège\n".encode("cp1252"), "line 2")))[2] == "collège"


def test_a_line_far_inside_a_long_text_is_found_without_holding_it():
    class Endless(io.RawIOBase):
        """700 megabytes of numbered lines that nobody has to keep."""

        size = 700 * 1024**2
        most = 0

        def __init__(self):
            self.place = 0

        def readable(self):
            return True

        def seekable(self):
            return True

        def tell(self):
            return self.place

        def seek(self, place, whence=0):
            self.place = {0: place, 1: self.place + place, 2: self.size + place}[whence]
            return self.place

        def readinto(self, buffer):
            count = max(0, min(len(buffer), self.size - self.place))
            Endless.most = max(Endless.most, count)
            first = self.place // 70
            text = b"".join(b"%069d\n" % n for n in range(first, first + count // 70 + 2))
            start = self.place - first * 70
            buffer[:count] = text[start : start + count]
            self.place += count
            return count

    # a tenth of it is enough of a wait
    Endless.size //= 10
    stream = io.BufferedReader(Endless())
    passage = source.line_of(stream, 1_000_000, "line 1000000")
    assert shown(passage)[1_000_000] == f"{999_999:069}"
    assert Endless.most <= 1024**2


def test_a_line_of_a_csv_has_its_cells_under_the_headings(cited):
    passage = only(cited(b"Code;Name\n1;Cells\n2;Walls\n", "line 3", address="https://example.org/offer.csv?x=1"))
    assert [(cell.name, cell.value) for cell in passage.cells] == [("Code", "2"), ("Name", "Walls")]
    assert passage.header == "Code;Name"


# Rows of a table

ROWS = [
    ["code", "name"],
    ["1", "plain"],
    ["2", 'with, comma and "quote"'],
    ["3", "two\nlines"],
    ["4", "after"],
    ["5", "last"],
]


def table(rows=ROWS, **options):
    made = io.StringIO(newline="")
    csv.writer(made, **options).writerows(rows)
    return made.getvalue().encode()


def cells(passage):
    return {cell.name: cell.value for cell in passage.cells}


@pytest.mark.parametrize("number", range(1, 6))
def test_a_row_is_the_one_that_the_seal_counts(cited, number):
    passage = only(cited(table(), f"row {number}", place=Place()))
    assert cells(passage) == dict(zip(ROWS[0], ROWS[number], strict=True))
    assert meant(passage) == [number]


@pytest.mark.parametrize("number", [1, 700, 4_999, 5_000])
@pytest.mark.parametrize("quoted", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_rows_are_counted_the_same_over_many_blocks(cited, number, quoted):
    rows = [["code", "name"], *([str(n), f"a {'x' * (n % 90)}\n;{n}"] for n in range(1, 5_001))]
    passage = only(cited(table(rows, quoting=quoted, delimiter=";"), f"row {number}", place=Place()))
    assert cells(passage)["code"] == str(number)
    assert cells(passage)["name"] == rows[number][1]


def test_a_row_beyond_the_end_is_a_message(cited):
    passage = only(cited(table(), "row 6", place=Place()))
    assert (passage.kind, passage.cells) == ("none", ())


def test_rows_that_repeat_are_all_shown(cited):
    found = cited(table(), "row 1 · row 4", place=Place())
    assert [cells(each)["code"] for each in found.passages] == ["1", "4"]


def test_a_row_of_a_packed_table_is_found(cited):
    assert cells(only(cited(gzip.compress(table()), "row 3", place=Place())))["name"] == "two\nlines"


def test_a_row_of_one_file_of_an_archive_is_found(cited, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("notes.txt", "nothing")
        archive.writestr("data/rows.csv", table())
    passage = only(cited((tmp_path / "a.zip").read_bytes(), "row 2", place=Place(member="*.csv")))
    assert cells(passage)["code"] == "2"


def test_a_row_below_a_later_header_is_found(cited):
    content = b"a title\nanother\n" + table()
    passage = only(cited(content, "row 1", place=Place(header_row=3)))
    assert cells(passage) == {"code": "1", "name": "plain"}
    assert "line 3" in passage.note


def test_a_row_of_json_records_is_found(cited):
    content = json.dumps([{"code": n, "name": f"N{n}"} for n in range(1, 9)]).encode()
    assert cells(only(cited(content, "row 7", place=Place()))) == {"code": "7", "name": "N7"}


def test_a_ragged_row_keeps_all_its_cells(cited):
    passage = only(cited(b"a,b\n1,2,3\n4\n", "row 1", place=Place()))
    assert cells(passage) == {"a": "1", "b": "2", "column 3 (no heading)": "3"}


def test_a_file_that_is_no_table_is_a_message(cited):
    assert "cannot be shown" in cited(b"<html>sorry</html>", "row 1", place=Place()).note


# Records and pages of sites

PAPERS = {"total": 3, "hits": [{"title": f"Paper {n}", "url": f"https://example.org/{n}.pdf"} for n in (1, 2, 3)]}


def test_a_record_is_the_one_of_its_number(cited):
    passage = only(cited(json.dumps(PAPERS).encode(), "hit 2"))
    assert passage.kind == "record"
    assert '"title": "Paper 2",' in shown(passage)[2]
    assert passage.is_exact


def test_of_several_lists_the_one_that_holds_the_rows_words_is_meant(cited):
    both = {"facets": [{"name": f"F{n}"} for n in range(9)], **PAPERS}
    passage = only(cited(json.dumps(both).encode(), "hit 2", words=("https://example.org/2.pdf",)))
    assert marked(passage) == ["https://example.org/2.pdf"]
    unsure = only(cited(json.dumps(dict(reversed(both.items()))).encode(), "hit 2"))
    assert '"name": "F1"' in shown(unsure)[2]
    assert unsure.is_exact is False
    assert "several lists" in unsure.note


def test_a_record_beyond_the_list_is_found_by_words_or_not_at_all(cited):
    content = json.dumps(PAPERS).encode()
    assert only(cited(content, "hit 9", words=("Paper 3",))).is_exact is False
    assert only(cited(content, "hit 9")).kind == "none"


HTML = (
    "<html><body><ul>"
    + "".join(f'<li><a href="/papers/p{n}.pdf?a=1&amp;b=2">Paper {n} &amp; more</a></li>' for n in range(200))
    + "<script>alert(1)</script></ul></body></html>"
)


def test_an_entry_of_a_page_is_found_by_its_address(cited):
    passage = only(cited(HTML.encode(), "item 150", words=("https://example.org/papers/p149.pdf?a=1&b=2",)))
    assert marked(passage) == ["/papers/p149.pdf?a=1&amp;b=2"]
    assert passage.is_exact is False


def test_a_fragment_of_a_page_of_one_line_is_short_and_cut_between_tags(cited):
    passage = only(cited(HTML.encode(), "item 100", words=("Paper 99 & more",)))
    (line,) = passage.lines
    text = "".join(piece.text for piece in line.pieces)
    assert 300 < len(text) < 2_000
    assert text.startswith("<")
    assert text.endswith(">")


def test_words_that_stand_nowhere_are_said_to(cited):
    passage = only(cited(HTML.encode(), "item 1", words=("Mitochondria",)))
    assert passage.kind == "none"
    assert "none of the row's words" in passage.note


def test_a_page_of_a_list_names_the_page_on_which_the_words_stand(store, sources):
    pages = [
        (f"https://example.org/list?page={n}", store.keep([text.encode()], address=f"p{n}", headers={}).hash)
        for n, text in enumerate(["<ul><li>Alpha</ul>", "<ul>\n<li>Bravo\n</ul>"], start=1)
    ]
    kept = _keep_pages(pages, store)
    passage = only(sources.evidence(Cited("item 1", kept.hash, "a", ("Bravo",))))
    assert "page=2" in passage.place
    assert marked(passage) == ["Bravo"]


def test_a_document_that_only_says_it_is_a_list_of_pages_is_read_as_it_is(cited):
    forged = b'{"greenroom-pages": [{"address": "x", "snapshot": "' + b"ab" * 32 + b'"}], "n": "Bravo"}'
    assert marked(only(cited(forged, "somewhere", words=("Bravo",)))) == ["Bravo"]


def test_a_document_too_large_to_search_says_so(cited, monkeypatch):
    monkeypatch.setattr(source, "_MOST_SEARCHED_BYTES", 1_000)
    assert "too large" in only(cited(HTML.encode(), "item 1", words=("Paper 1",))).note


# Words


def test_the_words_of_a_row_come_before_those_of_the_message():
    row = {"topic_name": "Cells", "topic_code": "1.1", "url": None}
    assert words_of(row, "no code for: The rest of it", ("topic_name", "url", "topic_code")) == (
        "Cells", "1.1", "The rest of it",
    )  # fmt: skip


def test_what_a_message_quotes_is_a_word():
    assert words_of(None, "a row has no name: 'Bi' or \"Biology A\"") == ("Biology A", "'Bi' or \"Biology A\"")


# Real documents


REAL = [
    ("uk/edexcel/1ma1-gcse-mathematics-spec.pdf", "Edexcel", "GCSE", 200, 1.0),
    ("uk/aqa/8525-gcse-computer-science-spec.pdf", "AQA", "GCSE", 40, 1.0),
    ("uk/caie/0478-syllabus-2023-2025.pdf", "Cambridge", "International-GCSE", 120, 1.0),
    # the box of a component is that of its number alone
    ("uk/ocr/j277-gcse-computer-science-spec.pdf", "OCR", "GCSE", 35, 0.94),
]


@pytest.mark.parametrize("path, board, qualification, least, share", REAL)
def test_the_boxes_of_real_specifications_hold_their_topics_names(
    shared_data, path, board, qualification, least, share
):
    content = shared_data(path).read_bytes()
    pack = catalog.pack_named("exams")
    assert pack.parse is not None
    (landed,) = pack.parse([Part(content, path)], (board, qualification), None)
    names = [name for name, _ in landed.tables["landed_topics"].columns]
    rows = [dict(zip(names, row, strict=True)) for row in landed.tables["landed_topics"].rows]
    boxed = [row for row in rows if " at " in str(row["place"])]
    assert len(boxed) >= least
    held = [_holds(content, row) for row in boxed]
    assert sum(held) / len(held) >= share


def _holds(content, row):
    (where,) = places(row["place"])
    told = look(io.BytesIO(content), Question(where.number, where.box))
    words = re.findall(r"\w+", row["topic_name"].casefold())
    return sum(word in told.text.casefold() for word in words) >= 0.8 * len(words)
