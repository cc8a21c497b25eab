"""AQA's subject content as web pages, one a section: headings become topics, left columns what they cover."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from greenroom_exams.documents import Finding, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.kinds import text_of
from greenroom_exams.layouts.paths import path_code, unique_codes

PATH = "/specification/subject-content"
HEADINGS = "h1, h2, h3, h4, h5, h6"
LEFT_HEAD = "content"
# Room for the topics of one section among those of all: sections are pages of their own.
SECTION_PLACES = 1_000
# "3.1.2 Glass", "A: Proof", "OT1: Arguing", "1A Lamps of old": the three ways in which a heading bears a code.
_CODES = (
    re.compile(r"(?P<code>\d+(?:\.\d+)+)\s+(?P<title>\S.*)"),
    re.compile(r"(?P<code>[A-Z]{1,2}\d{0,2}(?:\.\d+)?)\s*:\s*(?P<title>\S.*)"),
    re.compile(r"(?:Option )?(?P<code>\d[A-Z])(?:\s*:\s*|\s+)(?P<title>\S.*)"),
)
_CELL_CODE = re.compile(r"[A-Z]{1,2}\d{1,2}(?:\.\d{1,2})?")
_CHAPTER = re.compile(r"(?:\d+\s+)?Subject content", re.I)
# Headings of the page, not of the subject.
_FURNITURE = re.compile(
    r"content|additional information|opportunities for .*|(?:on|in) this (?:page|section)|related .*|help and support",
    re.I,
)
_PAGER = re.compile(r"(?:next|previous)\b\s*:?\s*", re.I)


@dataclass(frozen=True, slots=True)
class Section:
    """One section as the list of sections names it: the code it bears, if any, and its page."""

    code: str | None
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class ContentPage:
    """One page: the section it holds, or none for the page that only lists them all."""

    sections: tuple[Section, ...]
    topics: tuple[Topic, ...]
    findings: tuple[Finding, ...]
    is_index: bool


@dataclass(slots=True)
class _Node:
    rank: int
    code: str | None
    title: str
    parent: "_Node | None"
    texts: list[str] = field(default_factory=list)


def is_content_page(page: Any, *, name: str) -> bool:
    """Whether the address that the page gives itself, or was fetched from, is that of subject content."""
    return any(PATH in urlsplit(address).path for address in (own_address(page, name=name), name))


def own_address(page: Any, *, name: str) -> str:
    """The page's own address: what it calls canonical, else `name`."""
    for selector, attribute in (('link[rel="canonical"]', "href"), ('meta[property="og:url"]', "content")):
        node = page.css_first(selector)
        if node is not None and node.attributes.get(attribute):
            return str(node.attributes[attribute])
    return name


def sections(page: Any, *, name: str) -> tuple[Section, ...]:
    """The pages of sections that this one links to, each once and in order, whatever menus repeat them."""
    base = own_address(page, name=name)
    titles: dict[str, str] = {}
    for link in page.css(f'a[href*="{PATH}/"]'):
        address = urljoin(base, link.attributes.get("href") or "").partition("#")[0].rstrip("/")
        if urlsplit(address).path.rpartition("/")[0].endswith(PATH):
            title = _PAGER.sub("", text_of(link), count=1)
            # A menu may shorten what the list of contents tells with its code.
            if address not in titles or (coded(title) and not coded(titles[address])):
                titles[address] = title
    return tuple(_section(title, address) for address, title in titles.items())


def _section(text: str, address: str) -> Section:
    code, title = coded(text) or (None, text)
    return Section(code, title, address)


def read_page(page: Any, *, name: str) -> ContentPage:
    """Read one page. The page of all sections announces them, what is in them stands on pages of their own."""
    listed = sections(page, name=name)
    address = own_address(page, name=name).partition("#")[0].rstrip("/")
    is_index = bool(listed) and urlsplit(address).path.endswith(PATH)
    if is_index:
        return ContentPage(listed, tuple(_announced(listed)), tuple(_check_sections(listed)), is_index=True)
    place = next((index for index, section in enumerate(listed) if _same(section.address, address)), None)
    nodes, findings = _nodes(page)
    topics = _topics(nodes, (place or 0) * SECTION_PLACES)
    findings += [*_check_sections(listed), *_check_codes(topics)]
    if listed:
        findings += _check_own(topics, listed[place] if place is not None else None, name)
    return ContentPage(listed, topics, tuple(findings), is_index=False)


def _announced(listed: Sequence[Section]) -> Iterator[Topic]:
    """Each section with a code, once; its own page says the same and more."""
    met: set[str] = set()
    for place, section in enumerate(listed):
        if section.code is not None and section.code not in met:
            met.add(section.code)
            yield Topic(section.code, section.title, 0, None, place * SECTION_PLACES + 1)


def check_markup(content: bytes) -> Iterator[Finding]:
    """An error where a heading or a table is opened and not closed: a piece of the page is missing."""
    for tag in ("main", *(f"h{rank}" for rank in range(1, 7)), "table"):
        opened = len(re.findall(rf"<{tag}[\s>]".encode(), content))
        closed = content.count(f"</{tag}>".encode())
        if opened != closed:
            yield Finding("markup_broken", "error", f"<{tag}> is opened {opened} times and closed {closed} times")


def coded(text: str) -> tuple[str, str] | None:
    """The code and the title of a heading that bears a code."""
    found = next((match for pattern in _CODES if (match := pattern.fullmatch(text))), None)
    return (found["code"], found["title"]) if found else None


def _nodes(page: Any) -> tuple[list[_Node], list[Finding]]:
    nodes: list[_Node] = []
    findings: list[Finding] = []
    for element in (page.css_first("main") or page.body).css(f"{HEADINGS}, table"):
        if _in_furniture(element):
            continue
        if element.tag != "table":
            nodes += _heading(element, nodes)
        elif nodes and not _in_table(element):
            findings += _table(element, nodes)
    return nodes, findings


def _heading(element: Any, nodes: Sequence[_Node]) -> Iterator[_Node]:
    text = text_of(element)
    if not text or _CHAPTER.fullmatch(text) or _FURNITURE.fullmatch(text):
        return
    code, title = coded(text) or (None, text)
    rank = int(element.tag[1])
    # A site repeats the page's heading, as a banner and above the text.
    if any((node.code, node.title) == (code, title) and code for node in nodes):
        return
    if code is None and not nodes:
        # What stands above the first coded heading is the name of the qualification.
        return
    yield _Node(rank, code, title, _parent(code, rank, nodes))


def _parent(code: str | None, rank: int, nodes: Sequence[_Node]) -> _Node | None:
    """By number where the numbers tell, else the last heading of a higher rank."""
    if code and "." in code:
        above = numbered.parent_of(code)
        by_number = next((node for node in reversed(nodes) if node.code == above), None)
        if by_number or all(node.code and "." in node.code for node in nodes):
            return by_number
    return next((node for node in reversed(nodes) if node.rank < rank), None)


def _table(table: Any, nodes: list[_Node]) -> Iterator[Finding]:
    current = nodes[-1]
    rows = [row.css("th, td") for row in table.css("tr")]
    rows = [cells for cells in rows if cells]
    if not rows:
        return
    head = [text_of(cell).casefold() for cell in rows[0]]
    coded_rows = [cells for cells in rows if len(cells) > 1 and _CELL_CODE.fullmatch(text_of(cells[0]))]
    if coded_rows:
        holder = _above_rows(current)
        nodes += [_Node(7, text_of(cells[0]), " ".join(_paragraphs(cells[1])), holder) for cells in coded_rows]
        if len(rows) - len(coded_rows) > 1:
            yield Finding("row_without_code", "warning", f"a table below {_told(current)} has rows without a code")
    elif head[0] == LEFT_HEAD:
        current.texts += [line for cells in rows[1:] for line in _paragraphs(cells[0])]
    else:
        yield Finding("unknown_table", "warning", f"a table below {_told(current)} is headed {' | '.join(head)}")


def _above_rows(node: _Node) -> _Node:
    """The heading that a table's rows hang on: a second table goes on where the first one ended."""
    while node.rank == 7 and node.parent is not None:
        node = node.parent
    return node


def _paragraphs(cell: Any) -> list[str]:
    """One line a paragraph or list item, bullets marked."""
    parts = [part for part in cell.css("p, li") if not (part.tag == "p" and part.parent and part.parent.tag == "li")]
    lines = [f"{'• ' if part.tag == 'li' else ''}{text_of(part)}" for part in parts]
    return [line for line in lines if line.strip("• ")] or [text for text in [text_of(cell)] if text]


def _topics(nodes: Sequence[_Node], offset: int) -> tuple[Topic, ...]:
    codes: dict[int, str] = {}
    for node in nodes:
        above = codes[id(node.parent)] if node.parent is not None else None
        codes[id(node)] = node.code or path_code(above, node.title)
    # Only headings without a code of their own may be told apart: a printed code met twice is a fault.
    free = iter(unique_codes([codes[id(node)] for node in nodes if node.code is None]))
    for node in nodes:
        if node.code is None:
            codes[id(node)] = next(free)
    return tuple(
        Topic(
            code=codes[id(node)],
            name=node.title,
            level=_depth(node),
            parent_code=codes[id(node.parent)] if node.parent is not None else None,
            sort_order=offset + order,
            description="\n".join(node.texts) or None,
        )
        for order, node in enumerate(nodes, start=1)
    )


def _depth(node: _Node) -> int:
    return 0 if node.parent is None else 1 + _depth(node.parent)


def _check_sections(listed: Sequence[Section]) -> Iterator[Finding]:
    codes = [section.code for section in listed if section.code]
    for code, count in Counter(codes).items():
        if count > 1:
            yield Finding("duplicate_code", "error", f"{code} is the code of {count} sections")
    if codes and len(codes) < len(listed):
        names = ", ".join(section.title for section in listed if section.code is None)
        yield Finding("section_without_code", "warning", f"sections without a code among others with one: {names}")
    tops = [Topic(code, code, 0, None, order) for order, code in enumerate(codes) if re.fullmatch(r"\d+\.\d+", code)]
    yield from numbered.check_numbering(tops)
    letters = [code for code in codes if re.fullmatch("[A-Z]", code)]
    if letters and letters != [chr(ord("A") + index) for index in range(len(letters))]:
        yield Finding("numbering_gap", "error", f"gap in lettering: the sections are {', '.join(letters)}")


def _check_codes(topics: Sequence[Topic]) -> Iterator[Finding]:
    roots = [topic for topic in topics if topic.parent_code is None]
    if len(roots) != 1:
        told = ", ".join(topic.code for topic in roots) or "none"
        yield Finding("several_sections", "error", f"a page of one section has the sections {told}")
    for code, count in Counter(topic.code for topic in topics).items():
        if count > 1:
            yield Finding("duplicate_code", "error", f"{code} was found {count} times")
    families: dict[str, list[Topic]] = {}
    for topic in topics:
        # The section itself may be any of its kind, as the others are on pages of their own.
        if topic.parent_code is not None and re.search(r"\d$", topic.code) and "~" not in topic.code:
            families.setdefault(topic.parent_code, []).append(replace(topic, parent_code=None))
    for family in families.values():
        yield from (each for each in numbered.check_numbering(family) if each.rule != "duplicate_code")


def _check_own(topics: Sequence[Topic], own: Section | None, name: str) -> Iterator[Finding]:
    if own is None:
        yield Finding("section_not_listed", "warning", f"{name} is not among the sections it links to")
        return
    root = topics[0] if topics else None
    told = (root.code if root and "~" not in root.code else None, root.name if root else "")
    alike = numbered.comparable(told[1]) == numbered.comparable(own.title)
    if told[0] != own.code or not alike:
        message = f"the section is {told[0]} {told[1]!r} on its page and {own.code} {own.title!r} in the list"
        yield Finding("witnesses_disagree", "error", message)


def _same(one: str, other: str) -> bool:
    return urlsplit(one).path.rstrip("/") == urlsplit(other).path.rstrip("/")


def _in_furniture(node: Any) -> bool:
    return _inside(node, {"nav", "header", "footer", "aside"})


def _in_table(node: Any) -> bool:
    return _inside(node, {"table"})


def _inside(node: Any, tags: set[str]) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in tags:
            return True
        above = above.parent
    return False


def _told(node: _Node) -> str:
    return f"{node.code or ''} {node.title}".strip()
