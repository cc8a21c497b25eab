"""Placed words become the bytes of a small PDF, so that a test shows its own document."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Text(NamedTuple):
    """One run of text; the left edge and the baseline in points from the lower left corner."""

    left: float
    base: float
    text: str
    size: float = 10
    bold: bool = False
    italic: bool = False


Outline = Sequence[tuple[int, str, int]]  # level, title, page from 1


def make_pdf(pages: Sequence[Iterable[Text]], *, title: str = "", outline: Outline = ()) -> bytes:
    """A PDF of A4 pages in Helvetica."""
    first_page, first_mark = 5, 5 + 2 * len(pages)
    kids = " ".join(f"{first_page + 2 * index} 0 R" for index in range(len(pages)))
    root = f"/Outlines {first_mark} 0 R" if outline else ""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {root} >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        _font("Helvetica"),
        _font("Helvetica-Bold"),
    ]
    for index, items in enumerate(pages):
        content = "\n".join(_show(item) for item in items)
        objects += [_page(first_page + 2 * index + 1), _stream(content)]
    objects += _outline(outline, first_mark, first_page)
    return _file([*objects, f"<< /Title ({_escaped(title)}) >>"])


def _font(name: str) -> str:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"


def _page(content: int) -> str:
    slanted = f"/F3 {_font('Helvetica-Oblique')} /F4 {_font('Helvetica-BoldOblique')}"
    fonts = f"<< /Font << /F1 3 0 R /F2 4 0 R {slanted} >> >>"
    return f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources {fonts} /Contents {content} 0 R >>"


def _show(item: Text) -> str:
    font = f"F{1 + item.bold + 2 * item.italic}"
    return f"BT /{font} {item.size} Tf {item.left} {item.base} Td ({_escaped(item.text)}) Tj ET"


def _stream(content: str) -> str:
    return f"<< /Length {len(content.encode('cp1252'))} >>\nstream\n{content}\nendstream"


def _outline(outline: Outline, first: int, first_page: int) -> list[str]:
    if not outline:
        return []
    # Node 0 is the root; every other node hangs on the nearest one before it with a lower level.
    parents = [0]
    for index, (level, _, _) in enumerate(outline):
        above = (earlier for earlier in range(index - 1, -1, -1) if outline[earlier][0] < level)
        parents.append(next(above, -1) + 1)
    nodes = range(len(outline) + 1)
    children = {node: [child for child in nodes[1:] if parents[child] == node] for node in nodes}
    return [_mark(node, outline, parents, children, first, first_page) for node in nodes]


def _mark(
    node: int, outline: Outline, parents: list[int], children: dict[int, list[int]], first: int, first_page: int
) -> str:
    parts = []
    if children[node]:
        below = children[node]
        parts.append(f"/First {first + below[0]} 0 R /Last {first + below[-1]} 0 R /Count {len(below)}")
    if node:
        _, title, page = outline[node - 1]
        parts.append(f"/Title ({_escaped(title)}) /Parent {first + parents[node]} 0 R")
        parts.append(f"/Dest [{first_page + 2 * (page - 1)} 0 R /XYZ 0 800 0]")
        row = children[parents[node]]
        place = row.index(node)
        parts.append(f"/Prev {first + row[place - 1]} 0 R" if place else "")
        parts.append(f"/Next {first + row[place + 1]} 0 R" if place + 1 < len(row) else "")
    return f"<< {' '.join(parts)} >>"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(objects: Sequence[str]) -> bytes:
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    tail = (
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    )
    return out + (head + tail).encode("cp1252")
