"""Bytes become a PDF, an HTML page, JSON or text, by their content; a name that promises another is refused."""

import json
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.layouts.pdf_lines import is_pdf, refuse_unless_pdf

CORRECT_ADDRESS = "Open the address by hand, then correct it."
FETCH_AGAIN = "Fetch it again."

Kind = Literal["pdf", "html", "json", "text"]


def kind_of(content: bytes, *, name: str) -> Kind:
    """What the bytes are, by their content.

    Raises SourceEmpty for nothing, and as `is_pdf_page` for a PDF that is none or breaks off.
    """
    if is_pdf_page(content, name=name):
        return "pdf"
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"{", b"["):
        return "json"
    return "html" if b"<html" in start.lower() or start.lower().startswith((b"<!doctype", b"<")) else "text"


def read_json(content: bytes, *, name: str) -> Any:
    """The value a JSON document holds; raises SourceUnreadable for one that is broken or not in UTF-8."""
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SourceUnreadable(f"{name} is not in UTF-8", hint=FETCH_AGAIN) from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise SourceUnreadable(f"{name} is no whole JSON ({error})", hint=FETCH_AGAIN) from error


def is_pdf_page(content: bytes, *, name: str) -> bool:
    """True for a PDF, False for an HTML page.

    Raises SourceEmpty, SourceUnreadable or ContractBroken for anything else, and for a name that promises the other.
    """
    if not content.strip():
        raise SourceEmpty(f"{name} has {len(content)} bytes and no content", hint=FETCH_AGAIN)
    suffix = PurePosixPath(urlsplit(name).path).suffix.casefold()
    if is_pdf(content) or suffix == ".pdf":
        refuse_unless_pdf(content, name=name)
        if suffix in {".html", ".htm"}:
            raise ContractBroken(f"{name} is a PDF, an HTML page was expected", hint=CORRECT_ADDRESS)
        return True
    return False


def read_html(content: bytes, *, name: str) -> Any:
    """The page as a tree; raises SourceUnreadable for bytes that are no whole page."""
    from selectolax.lexbor import LexborHTMLParser

    if b"\x00" in content:
        raise SourceUnreadable(f"{name} has NUL bytes, so it is no text", hint=FETCH_AGAIN)
    lower = content.lower()
    if b"<html" not in lower:
        raise ContractBroken(f"{name} is neither a PDF nor an HTML page", hint=CORRECT_ADDRESS)
    if b"</html" not in lower[-4096:]:
        raise SourceUnreadable(f"{name} breaks off: its last tag is missing", hint=FETCH_AGAIN)
    try:
        return LexborHTMLParser(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SourceUnreadable(f"{name} is not in UTF-8", hint="Save the page again as UTF-8.") from error


def text_of(node: Any) -> str:
    """The text below a node, with single spaces."""
    return " ".join(node.text().split())
