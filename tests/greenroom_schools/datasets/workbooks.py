"""Workbooks made by hand for tests: sheets with a line of titles over blocks and a line of names below."""

import zipfile
from xml.sax.saxutils import escape

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{sheets}</Types>'
)
_SHEET_TYPE = (
    '<Override PartName="/xl/worksheets/sheet{n}.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(path, **sheets):
    """`workbook(path, LGT=(heading, rows))`: heading is a list of (title, name); the path comes back."""
    with zipfile.ZipFile(path, "w") as book:
        numbers = range(1, len(sheets) + 1)
        book.writestr("[Content_Types].xml", _TYPES.format(sheets="".join(_SHEET_TYPE.format(n=n) for n in numbers)))
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            + "".join(
                f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, sheets, strict=True)
            )
            + "</sheets></workbook>",
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}">'
            + "".join(
                f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
                for n in numbers
            )
            + "</Relationships>",
        )
        for n, (heading, rows) in zip(numbers, sheets.values(), strict=True):
            book.writestr(f"xl/worksheets/sheet{n}.xml", _sheet(heading, rows))
    return path


def _sheet(heading, rows):
    titles, last = [], None
    for title, _ in heading:
        # a title stands in the first cell of its block only
        titles.append("" if title == last else title)
        last = title
    lines = [titles, [name for _, name in heading], *rows]
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetData>'
        + "".join(f'<row r="{n}">{_cells(n, line)}</row>' for n, line in enumerate(lines, start=1))
        + "</sheetData></worksheet>"
    )


def _cells(row, line):
    return "".join(
        f'<c r="{_column(place)}{row}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        for place, cell in enumerate(line)
        if cell
    )


def _column(place):
    name = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        name = chr(65 + letter) + name
    return name
