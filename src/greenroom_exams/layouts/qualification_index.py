"""Pearson's page of one family of qualifications lists its subjects; a subject's page links its specification."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin

from greenroom_exams.layouts.kinds import text_of

SUBJECT_PAGE = re.compile(r"/en/qualifications/(?P<family>[a-z0-9-]+)/(?P<slug>[a-z0-9-]+)\.html$")
MATERIALS_PAGE = re.compile(r"/en/qualifications/[a-z0-9-]+/[a-z0-9-]+\.coursematerials\.html$")
# A specification's file stands in a folder with its sample assessments; those are another document.
SPECIFICATION = re.compile(r"\bspecification\b", re.I)
OTHER = re.compile(r"sample|exemplar|guide|summary|mapping|comparison|scheme of work|support", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """One subject of the list."""

    name: str
    family: str
    address: str


def entries(page: Any, *, address: str) -> tuple[Entry, ...]:
    """The subjects of all families in the order of the page, each once: its picture and its name are two links."""
    found: dict[str, Entry] = {}
    for node in page.css("a[href]"):
        target, _ = urldefrag(urljoin(address, node.attributes.get("href") or ""))
        match = SUBJECT_PAGE.search(target)
        if match:
            name = text_of(node) or (found[target].name if target in found else "")
            found[target] = Entry(name, match["family"], target)
    return tuple(found.values())


def specifications(page: Any, *, address: str) -> tuple[str, ...]:
    """The PDFs that a subject's page links as its specification."""
    return tuple(dict.fromkeys(_specifications(page, address)))


def _specifications(page: Any, address: str) -> Iterator[str]:
    for node in page.css("a[href]"):
        target, _ = urldefrag(urljoin(address, node.attributes.get("href") or ""))
        words = text_of(node)
        is_pdf = target.casefold().endswith(".pdf") and "/secure/" not in target
        if is_pdf and SPECIFICATION.search(words) and not OTHER.search(words):
            yield target


def materials(page: Any, *, address: str) -> tuple[str, ...]:
    """The addresses of a subject's course materials, without the filter behind the mark #."""
    targets = (urldefrag(urljoin(address, node.attributes.get("href") or ""))[0] for node in page.css("a[href]"))
    return tuple(dict.fromkeys(target for target in targets if MATERIALS_PAGE.search(target)))
