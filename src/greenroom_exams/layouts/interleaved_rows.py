"""A table "Content | Amplification" in a text dump, its two columns read across: codes are sure, titles in part.

Met in the dump of Eduqas' A level Law: "2.1.2 • Offer: ..." and, below it, "Essential invitations to treat", of which
only the first word is the title. What may belong to either column is left out and told, never guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from greenroom_exams.documents import Finding, OptionGroup, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.assessment_words import NUMBERS
from greenroom_exams.layouts.broken_text import SPOILT
from greenroom_exams.layouts.component_heads import (
    Section,
    check_components,
    component_of,
    content_of,
    placed,
    position_of,
    sections,
    weightings,
)
from greenroom_exams.layouts.families import Reading
from greenroom_exams.layouts.numbered import comparable
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join

LAYOUT = "amplification table read across"
PART = re.compile(r"Section (?P<code>[A-Z]) [–-] (?P<title>\S.*)$")
TOLD_PART = re.compile(r"Section (?P<code>[A-Z]) focuses on (?P<title>\S.*?)(?: \((?P<kind>[^)]+)\))?$")
HEADS = re.compile(r"Content (?:Amplification|Further information)$")
ITEM = re.compile(r"(?P<code>\d\.\d{1,2}\.\d{1,2}) (?P<text>•? ?\S.*)$")
CHOICE = re.compile(r"\bmust study (?P<count>one|two|three|four) areas? of \w+[^.]*\.", re.I)
SAME_AREAS = re.compile(
    r"\bon the same (?P<count>one|two|three|four) areas? of \w+ as selected for Component (?P<number>\d)"
)
# The longest left cell that a bullet closes, "Liability in negligence", has 23 signs.
LEFT_SIGNS = 24
GAP = "…"


@dataclass(slots=True)
class _Item:
    code: str
    line: Line
    rows: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Part:
    code: str
    title: str
    line: Line
    items: list[_Item] = field(default_factory=list)


def read(pdf: Pdf) -> Reading | None:
    """The tree of components, sections and coded rows, compared with the sections that each component announces."""
    if not pdf.is_text:
        return None
    lines, end = content_of(pdf)
    found = [(section, _parts(section, pdf)) for section in sections(lines)]
    if not any(part.items for _, parts in found for part in parts):
        return None
    weights = weightings(pdf)
    components = tuple(component_of(section, weights, pdf) for section, _ in found)
    examined = {component.code: component.examined for component in components}
    topics = [
        replace(topic, sort_order=order, examined=examined[topic.component_code or ""])
        for order, topic in enumerate(_topics(found, pdf), start=1)
    ]
    findings = (
        *numbered.check_end(end is not None),
        *numbered.check_pages(pdf.pages, lines[0].page, lines[-1].page),
        *check_components(components, pdf),
        *_check_parts(found, pdf),
        *_check_numbers(found, pdf),
        *_check_titles(found, pdf),
    )
    return Reading(tuple(topics), findings, components, tuple(_groups(found)))


def _parts(section: Section, pdf: Pdf) -> list[_Part]:
    first = {page.lines[0] for page in pdf.pages if page.lines}
    parts: list[_Part] = []
    for line in section.lines:
        part, item = PART.match(line.text), ITEM.match(line.text)
        if part and line in first:
            parts.append(_Part(part["code"], part["title"], line))
        elif parts and item:
            parts[-1].items.append(_Item(item["code"], line, [item["text"]]))
        elif parts and parts[-1].items and not HEADS.match(line.text):
            parts[-1].items[-1].rows.append(line.text)
    return parts


def _topics(found: Sequence[tuple[Section, list[_Part]]], pdf: Pdf) -> Iterator[Topic]:
    for section, parts in found:
        top = Topic(section.code, section.title, 0, None, 0, component_code=section.code)
        yield placed(top, section.heading, pdf)
        kinds = {told["code"]: told["kind"] for told in _told(section)}
        group = _area_group(section) if _choice(section) else None
        for part in parts:
            code = f"{section.code}/Section {part.code}"
            topic = replace(top, code=code, name=part.title, level=1, parent_code=top.code, option_group=group)
            yield placed(replace(topic, description=kinds.get(part.code)), part.line, pdf)
            for item in part.items:
                row = replace(top, code=item.code, name=title_of(item.rows)[0], level=2, parent_code=code)
                yield placed(replace(row, description="\n".join(item.rows)), item.line, pdf)


def title_of(rows: Sequence[str]) -> tuple[str, bool]:
    """The title in the left cells, with … where they cannot be told from the right ones, and whether it is whole.

    What stands before a bullet is of the left cell. A row without one may be of either column or of both; of the first
    row below a code, at least the first word is of the title.
    """
    below = list(rows[1:])
    lefts = [index for index, row in enumerate(below) if _left(row)]
    last = lefts[-1] if lefts else 0
    cells = [_left(row) or ("" if row.startswith("•") else GAP) for row in below[: last + 1]]
    if below and cells and not _left(below[0]):
        cells[0] = f"{below[0].split()[0]} {GAP}"
    after = below[last + 1 : last + 4]
    # The row below the last sure one may go on in both columns; a short one somewhat further may be left alone.
    may_go_on = bool(after) and (
        not after[0].startswith("•") or any("•" not in row and len(row) <= LEFT_SIGNS for row in after[1:])
    )
    title = join(cell for cell in (*cells, GAP if may_go_on else "") if cell)
    title = re.sub(rf"(?:{GAP} ?)+", f"{GAP} ", title).strip()
    return title, bool(title) and GAP not in title


def _left(row: str) -> str:
    """What stands before a bullet."""
    left, bullet, _ = row.partition("•")
    return left.strip() if bullet else ""


def _told(section: Section) -> list[re.Match[str]]:
    return [found for line in section.lines if (found := TOLD_PART.match(line.text))]


def _text(section: Section) -> str:
    return " ".join(line.text for line in section.lines[:40])


def _choice(section: Section) -> re.Match[str] | None:
    return CHOICE.search(_text(section))


def _area_group(section: Section) -> str:
    return f"{section.code}/areas"


def _groups(found: Sequence[tuple[Section, list[_Part]]]) -> Iterator[OptionGroup]:
    for section, _ in found:
        choice = _choice(section)
        if choice:
            count = NUMBERS[choice["count"].casefold()]
            yield OptionGroup(_area_group(section), section.title, count, count, section.code, choice.group())


def _check_parts(found: Sequence[tuple[Section, list[_Part]]], pdf: Pdf) -> Iterator[Finding]:
    """Errors where a component announces other sections than it has, or has none and repeats no other's."""
    known: dict[str, str] = {}
    for section, parts in found:
        told = {match["code"]: match["title"] for match in _told(section)}
        here = {part.code: part.title for part in parts}
        at = position_of(section.heading, pdf)
        # a component on the same areas as another one announces that one's sections
        here = here or (known if SAME_AREAS.search(_text(section)) else {})
        known |= here
        for code in sorted(told.keys() | here.keys()):
            if comparable(told.get(code, "")) != comparable(here.get(code, "")):
                message = (
                    f"{section.code}, section {code}: {here.get(code)!r} in its heading, {told.get(code)!r} announced"
                )
                yield Finding("witnesses_disagree", "error", message, at)
        if not here:
            yield Finding("missing_children", "error", f"{section.code} has no sections", at)
        if SPOILT.search(section.title):
            yield Finding("unreadable_title", "error", f"a sign that nobody can read: {section.title!r}", at)


def _check_numbers(found: Sequence[tuple[Section, list[_Part]]], pdf: Pdf) -> Iterator[Finding]:
    """Errors for rows that are not 2.1.1, 2.1.2 below the first section, 2.2.1 below the second."""
    for section, parts in found:
        for place, part in enumerate(parts, start=1):
            codes = [item.code for item in part.items]
            wanted = [f"{section.number}.{place}.{number}" for number in range(1, len(codes) + 1)]
            at = position_of(part.line, pdf)
            if codes != wanted:
                message = f"gap in numbering: section {part.code} has {', '.join(codes)}"
                yield Finding("numbering_gap", "error", message, at)
            if not codes:
                yield Finding("missing_children", "error", f"section {part.code} {part.title} has no rows", at)


def _check_titles(found: Sequence[tuple[Section, list[_Part]]], pdf: Pdf) -> Iterator[Finding]:
    """A warning for each title of which a part may be of the other column, with the rows as they stand."""
    for item in (item for _, parts in found for part in parts for item in part.items):
        title, is_whole = title_of(item.rows)
        at = position_of(item.line, pdf)
        if not title:
            yield Finding("missing_title", "error", f"{item.code} has no title", at)
        elif not is_whole:
            rows = " / ".join(item.rows[1:6])
            message = f"{item.code} is read as {title!r}: its two columns stand in one line: {rows}"
            yield Finding("title_interleaved", "warning", message, at)
        if SPOILT.search(title):
            yield Finding("unreadable_title", "error", f"a sign that nobody can read: {title!r}", at)
