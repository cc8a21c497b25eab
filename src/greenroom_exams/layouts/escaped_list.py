"""Lists that a page of WJEC's and Eduqas' sites carries as HTML-escaped JSON become plain records.

The past-papers tab answers with an element whose property is such JSON, key `listItems`; the index of qualifications
has objects with a name and a link (facts of the sites; only the tab's records were seen).
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.layouts import kinds

ITEMS_KEY = re.compile(r'"listItems"\s*:\s*')
NAMED = re.compile(r'\{(?=[^{}]*"name"\s*:)(?=[^{}]*"(?:link|url)"\s*:)[^{}]*\}', re.I)
QUALIFICATION_ID = re.compile(
    r'qualificationId["\']?\s*[:=]\s*["\']?(\d{3,8})|data-qualification-?id=["\'](\d{3,8})', re.I
)

Record = Mapping[str, Any]


def has_items(content: bytes) -> bool:
    """Whether an answer carries the list of the past-papers tab."""
    return b"listItems" in content


def list_items(content: bytes, *, name: str) -> list[Record]:
    """The records of the past-papers tab, as JSON, as JSON in a string, or escaped inside an element.

    Raises SourceUnreadable for a list that breaks off, SourceEmpty for one without records.
    """
    text = _text(content, name)
    found = ITEMS_KEY.search(text)
    if not found:
        raise ContractBroken(f"{name} has no list of papers (listItems)", hint=kinds.CORRECT_ADDRESS)
    try:
        value, _ = json.JSONDecoder(object_pairs_hook=_once).raw_decode(text, found.end())
    except (json.JSONDecodeError, RecursionError) as error:
        raise SourceUnreadable(f"{name} breaks off in its list ({error})", hint=kinds.FETCH_AGAIN) from error
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ContractBroken(f"{name} has a list of something else than papers", hint=kinds.CORRECT_ADDRESS)
    if not value:
        raise SourceEmpty(f"{name} lists no papers", hint="Its board may publish none; else fetch it again.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A record; one that holds a key twice has swallowed the record behind it."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise SourceUnreadable(f"a record of the list holds a key twice: {', '.join(keys)}", hint=kinds.FETCH_AGAIN)
    return dict(pairs)


def named_links(content: bytes, *, name: str) -> Iterator[tuple[str, str]]:
    """Each name and link of an index page, in its order; what is no whole object is passed over by nobody else."""
    for found in NAMED.finditer(_text(content, name)):
        try:
            value = json.loads(found.group())
        except json.JSONDecodeError as error:
            raise SourceUnreadable(
                f"{name} has a broken entry: {found.group()[:80]}", hint=kinds.FETCH_AGAIN
            ) from error
        keys = {str(key).casefold(): each for key, each in value.items()}
        yield str(keys.get("name") or "").strip(), str(keys.get("link") or keys.get("url") or "").strip()


def qualification_ids(content: bytes, *, name: str) -> list[str]:
    """The numbers by which a subject's page asks for its past papers."""
    found = QUALIFICATION_ID.finditer(_text(content, name))
    return list(dict.fromkeys(match[1] or match[2] for match in found))


def _text(content: bytes, name: str) -> str:
    if b"\x00" in content:
        raise SourceUnreadable(f"{name} has NUL bytes, so it is no text", hint=kinds.FETCH_AGAIN)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceUnreadable(f"{name} is not in UTF-8", hint=kinds.FETCH_AGAIN) from error
    if text.lstrip().startswith("{"):
        # a plain JSON document must be whole, not only the list in it
        kinds.read_json(content, name=name)
        return text
    if text.lstrip().startswith('"'):
        inner = kinds.read_json(content, name=name)
        text = inner if isinstance(inner, str) else text
    return html.unescape(text) if "&quot;" in text or "&#34;" in text else text
