"""A file is read by what it holds, whatever it is called; what is no table is refused by name."""

import csv
import gzip
import io
import json
import random
import tracemalloc
import zipfile
from contextlib import contextmanager

import pytest

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom.write import formats
from greenroom.write.formats import opened

CSV = "uai;nom;ips\r\n0010005A;Collège « Été »;101.5\r\n0010008D;Œuvre;99\r\n"
ROWS = [["0010005A", "Collège « Été »", "101.5"], ["0010008D", "Œuvre", "99"]]
RECORDS = [
    {"uai": "0010005A", "nom": "Collège « Été »", "ips": 101.5},
    {"uai": "0010008D", "nom": "Œuvre", "ips": 99},
]


@contextmanager
def table(raw, **options):
    with opened(io.BytesIO(raw), **options) as found:
        yield found


def rows(found):
    text = b"".join(found.csv_blocks()).decode({"UTF8": "utf-8-sig", "WIN1252": "cp1252"}[found.encoding])
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=found.delimiter))[1:]


def read(raw, **options):
    with table(raw, **options) as found:
        return [list(found.header), *rows(found)]


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(sheets):
    """A minimal XLSX; a cell is a text, a number or None."""

    def cell(row, column, value):
        place = f"{chr(65 + column)}{row}"
        if value is None:
            return ""
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c r="{place}"><v>{value}</v></c>'

    def sheet(lines):
        body = "".join(
            f'<row r="{r}">{"".join(cell(r, c, v) for c, v in enumerate(line))}</row>'
            for r, line in enumerate(lines, start=1)
        )
        return f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    numbered = list(enumerate(sheets.items(), start=1))
    names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, _) in numbered)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}</Relationships>',
        **{f"xl/worksheets/sheet{n}.xml": sheet(lines) for n, (_, lines) in numbered},
    }
    return zipped(**parts)


SAME_TABLE = {
    "csv": CSV.encode(),
    "csv with a byte-order mark": CSV.encode("utf-8-sig"),
    "csv with commas": b"uai,nom,ips\n" + CSV.replace(";", ",").encode().partition(b"\r\n")[2],
    "csv with tabs": CSV.replace(";", "\t").encode(),
    "csv with line feeds": CSV.replace("\r\n", "\n").encode(),
    "csv in cp1252": CSV.encode("cp1252"),
    "csv without a last line end": CSV.strip().encode(),
    "csv with blank lines at its end": CSV.encode() + b"\r\n\r\n",
    "gzip": gzip.compress(CSV.encode()),
    "zip": zipped(**{"data.csv": CSV}),
    "zip from a Mac": zipped(**{"data.csv": CSV, "__MACOSX/._data.csv": b"\0shadow"}),
    "gzip of a zip": gzip.compress(zipped(**{"data.csv": CSV})),
    "json": json.dumps(RECORDS).encode(),
    "json with a byte-order mark": json.dumps(RECORDS).encode("utf-8-sig"),
    "json results": json.dumps({"total_count": 2, "results": RECORDS}).encode(),
    "json records": json.dumps({"links": [], "records": [{"record": {"fields": r}} for r in RECORDS]}).encode(),
    "json list of records": json.dumps([{"links": [], "record": {"id": "1", "fields": r}} for r in RECORDS]).encode(),
    "json of version 1": json.dumps(
        {"nhits": 2, "records": [{"recordid": "1", "fields": r} for r in RECORDS]}
    ).encode(),
    "json in gzip": gzip.compress(json.dumps(RECORDS).encode()),
    "xlsx": workbook({"Data": [["uai", "nom", "ips"], *ROWS]}),
    "xlsx in a zip": zipped(**{"book.bin": workbook({"Data": [["uai", "nom", "ips"], *ROWS]})}),
}


@pytest.mark.parametrize("raw", SAME_TABLE.values(), ids=SAME_TABLE)
def test_all_these_are_the_same_table(raw):
    assert read(raw) == [["uai", "nom", "ips"], *ROWS]


REFUSED = {
    "nothing": (b"", SourceEmpty, "The file is empty"),
    "blanks": (b" \r\n\r\n", SourceEmpty, "The file is empty"),
    "empty gzip": (gzip.compress(b""), SourceEmpty, "The file is empty"),
    "empty zip": (zipped(), SourceEmpty, "The ZIP holds no file"),
    "no records": (b"[]", SourceEmpty, "holds no records"),
    "no results": (b'{"total_count": 0, "results": []}', SourceEmpty, "holds no records"),
    "empty sheet": (workbook({"Data": []}), SourceEmpty, "Sheet Data is empty"),
    "web page": (b"\n<!DOCTYPE html><html><p>503", SourceUnreadable, "web page, not a table"),
    "web page in gzip": (gzip.compress(b"<html><p>503"), SourceUnreadable, "web page, not a table"),
    "xml": (b"<?xml version='1.0'?><root/>", SourceUnreadable, "XML, not a table"),
    "pdf": (b"%PDF-1.7\n", SourceUnreadable, "PDF, not a table"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), SourceUnreadable, "old or locked Office file"),
    "utf-16": (CSV.encode("utf-16"), SourceUnreadable, "UTF-16"),
    "nul": (b"a;b\n1;2\n3;\0\n", SourceUnreadable, "Line 3: a NUL byte"),
    "end of copy": (b"a;b\n1;2\n\\.\n3;4\n", SourceUnreadable, r"Line 3: nothing but \\\."),
    "end of copy at the end": (b"a;b\r\n1;2\r\n\\.", SourceUnreadable, r"Line 3: nothing but \\\."),
    "half utf-8": ("a;b\né;1\n".encode() + b"\xe9;2\n", SourceUnreadable, "Line 3: bytes that are not UTF-8"),
    "utf-8 cut off": (CSV.encode("utf-8-sig") + b"x;\xc3", SourceUnreadable, "Line 4: bytes that are not UTF-8"),
    "neither": (b"a;b\n\xe9;\x81\n", SourceUnreadable, "Line 2: neither UTF-8 nor Windows-1252"),
    "gzip cut off": (gzip.compress(CSV.encode() * 99)[:-9], SourceUnreadable, "gzip is damaged or cut off"),
    "zip cut off": (zipped(**{"a.csv": CSV * 99})[:-9], SourceUnreadable, "ZIP is damaged or cut off"),
    "zip in zip": (zipped(**{"a.zip": zipped(**{"a.csv": CSV})}), SourceUnreadable, "archive lies inside an archive"),
    "gzip in gzip": (gzip.compress(gzip.compress(CSV.encode())), SourceUnreadable, "archive lies inside an archive"),
    "gzip bomb": (gzip.compress(bytes(20_000_000)), SourceUnreadable, "unpacks .* bytes into more than"),
    "zip bomb": (zipped(**{"a.csv": bytes(20_000_000)}), SourceUnreadable, "unpacks .* bytes into more than"),
    "many members": (zipped(**{f"{n}.csv": b"" for n in range(1001)}), SourceUnreadable, "holds 1001 files"),
    "json cut off": (json.dumps(RECORDS).encode()[:-5], SourceUnreadable, "JSON is damaged or cut off"),
    "json error": (b'{"error_code": "x", "message": "y"}', SourceUnreadable, "but: error_code, message"),
    "json nul": (b'[{"a": "x\\u0000", "b": 1}]', SourceUnreadable, "NUL character"),
    "json page": (b'{"total_count": 3612, "results": [{"a": 1}]}', ContractBroken, "one page: 1 of 3612"),
    "json of numbers": (b"[1, 2]", ContractBroken, "Record 1 of the JSON is not an object"),
    "two members": (zipped(**{"a.csv": CSV, "b.csv": CSV}), ContractBroken, "holds: a.csv, b.csv"),
    "two sheets": (workbook({"LGT": [["a"]], "LP": [["a"]]}), ContractBroken, "which of its sheets to read: LGT, LP"),
    "repeated header": (b"a;b;a\n1;2;3\n", ContractBroken, "Repeated headers: a"),
    "blank header": (b";;\n1;2;3\n", ContractBroken, "header line is empty"),
    "wide row": (workbook({"D": [["a"], ["1", "2"]]}), ContractBroken, "Row 2: a value to the right"),
}


@pytest.mark.parametrize(("raw", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused_by_name(raw, error, words):
    with pytest.raises(error, match=words):
        read(raw)


def test_windows_1252_is_said():
    with table(CSV.encode("cp1252")) as found:
        assert found.encoding == "WIN1252"
        assert found.notes == ("Not UTF-8 (line 2); read as Windows-1252.",)


def test_a_member_is_chosen_by_its_name_with_wildcards():
    raw = zipped(**{"doc/meta_2024.csv": "a;b\n0;0\n", "base_2024.CSV": "a;b\n1;2\n"})
    assert read(raw, member="base_*.CSV") == [["a", "b"], ["1", "2"]]
    with pytest.raises(ContractBroken, match=r"one file dossier\.csv, but holds: doc/meta_2024\.csv, base_2024\.CSV"):
        read(raw, member="dossier.csv")


def test_a_sheet_and_its_header_row_are_chosen():
    raw = workbook({"Notice": [["x"]], "LGT": [["Bloc", None], ["uai", "va", None], [None, None], ["0010005A", 4.0]]})
    assert read(raw, sheet="LGT", header_row=2) == [["uai", "va"], ["0010005A", "4"]]
    with pytest.raises(ContractBroken, match="has a sheet LP: Notice, LGT"):
        read(raw, sheet="LP")
    with pytest.raises(ContractBroken, match="row 9 of sheet LGT"):
        read(raw, sheet="LGT", header_row=9)


def test_the_header_of_a_csv_may_stand_below_a_title():
    with table(b"Titre\nSource\na;b\n1;2\n", header_row=3) as found:
        assert (found.header, rows(found), found.first_row_position) == (("a", "b"), [["1", "2"]], 4)
    with pytest.raises(ContractBroken, match="should be in line 9"):
        read(b"a;b\n", header_row=9)


def test_numbers_of_json_keep_their_digits_and_nested_values_become_json():
    raw = b'[{"a": 2354.0, "b": 1.10, "c": true, "d": null, "e": {"lat": 1.5}}, {"f": 1e2}]'
    assert read(raw)[1:] == [["2354.0", "1.10", "true", "", '{"lat": "1.5"}', ""], ["", "", "", "", "", "100"]]


def test_a_point_in_json_stays_json_and_is_not_taken_for_an_outline():
    raw = b'[{"centre": {"type": "Point", "coordinates": [5.25, 46.5]}}]'
    assert read(raw)[1:] == [['{"type": "Point", "coordinates": ["5.25", "46.5"]}']]


def test_a_quoted_header_may_hold_delimiters_and_line_ends():
    assert read(b'"a;1";"b\n2"\n1;2\n') == [["a;1", "b\n2"], ["1", "2"]]


@pytest.mark.parametrize("cut", range(-3, 4))
def test_the_end_of_copy_is_seen_across_blocks(cut, monkeypatch):
    monkeypatch.setattr(formats, "_BLOCK_BYTES", 16 + cut)
    with pytest.raises(SourceUnreadable, match="Line 3"):
        read(b"aaaa;b\n11111;2\n\\.\n3;4\n")


def test_a_value_that_ends_like_the_end_of_copy_is_a_value(monkeypatch):
    monkeypatch.setattr(formats, "_BLOCK_BYTES", 8)
    assert read(b"a;b\n111;\\.\n222;3\\.\n")[1:] == [["111", "\\."], ["222", "3\\."]]


@pytest.mark.parametrize("seed", range(5))
def test_blocks_do_not_show_in_what_is_read(seed, monkeypatch):
    draw = random.Random(seed)
    monkeypatch.setattr(formats, "_BLOCK_BYTES", draw.randint(1, 40))
    assert read(SAME_TABLE["csv with a byte-order mark"]) == [["uai", "nom", "ips"], *ROWS]
    assert read(SAME_TABLE["csv in cp1252"]) == [["uai", "nom", "ips"], *ROWS]
    assert read(SAME_TABLE["json list of records"]) == [["uai", "nom", "ips"], *ROWS]


def test_a_large_file_is_never_held_whole(tmp_path):
    path = tmp_path / "large.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"a;b;c\r\n")
        for n in range(400):
            file.write(b"".join(b"%d;%d;%d\r\n" % (n, k, k * k * 7919) for k in range(3000)))
    tracemalloc.start()
    with path.open("rb") as raw, opened(raw) as found:
        total = sum(map(len, found.csv_blocks()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > 20_000_000
    assert peak < 4_000_000
