"""OCR's page "Specification at a glance": one tab a qualification, components in a table, the content in lists.

The lists are an overview without codes. They witness a specification's tree; they are not one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from greenroom_exams.documents import Component, Finding, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.kinds import text_of
from greenroom_exams.layouts.paths import path_code, unique_codes

NAME = "specification at a glance"
OVERVIEW = "div.specificationOverviewContainer"
TABS = "div.specificationTab"
# Both spellings were met on real pages.
HEADING = "h4.spec-heading, h4.spec.heading"
HEADS = ("component", "marks", "duration", "weighting")
QUALIFICATIONS = {"as level": "AS-Level", "a level": "A-Level", "gcse": "GCSE"}
_CODED = re.compile(
    r"^(?P<title>.+?) \((?:component |unit )?(?P<code>\d{2}|[A-Z]\d{3}|unit group \d)\)\s*\**(?: \**)?$", re.I
)
_DURATION = re.compile(r"(?:(?P<hours>\d+) hours?)?(?: ?(?P<minutes>\d+) min(?:ute)?s?)?")
_WEIGHT = re.compile(r"(?P<whole>\d{1,3})(?P<part>[⅓⅔½])?%")
_PARTS = {"⅓": 1 / 3, "⅔": 2 / 3, "½": 0.5}
_NOT_EXAMINED = re.compile(r"non-exam assessment|non-examined", re.I)
_LIST_HEAD = re.compile(r"^(?:Component (?P<code>\d{2}): )?(?P<title>\S.*)$")
_ADDRESS = re.compile(r"^/Images/\d{5,7}-[\w-]*specification[\w-]*\.pdf$", re.I)


@dataclass(frozen=True, slots=True)
class Glance:
    """One tab: its qualification, components, the lists of its content, and its specification's address."""

    qualification: str
    components: tuple[Component, ...]
    topics: tuple[Topic, ...]
    specification: str | None
    weights: int  # how many components tell a share
    must_take: bool


def glances(page: Any) -> tuple[Glance, ...]:
    """All tabs of the page; none where it is no such page."""
    found = []
    for tab in page.css(TABS):
        qualification = QUALIFICATIONS.get(_label(page, tab).casefold())
        if qualification:
            found.append(_glance(tab, qualification))
    return tuple(found)


def check(glance: Glance) -> Iterator[Finding]:
    """Errors for a table that cannot be all there: no components, shares that do not make a hundred, no address."""
    shares = [each.weight_percent for each in glance.components if each.weight_percent is not None]
    if not glance.components:
        yield Finding("missing_components", "error", f"the {glance.qualification} tab has no table of components")
    elif len(shares) != len(glance.components) or not 99.5 <= sum(shares) <= 100.5:
        message = f"the components of the {glance.qualification} tab make {sum(shares):g} per cent, not 100"
        yield Finding("weights_disagree", "error", message)
    for each in glance.components:
        if each.examined and (each.marks is None or each.duration_minutes is None):
            yield Finding("assessment_unread", "error", f"{each.code} {each.name} tells no marks or no duration")
    if glance.specification is None:
        yield Finding("missing_address", "error", f"the {glance.qualification} tab links to no specification")
    if not any(topic.level for topic in glance.topics):
        yield Finding("missing_children", "error", f"the {glance.qualification} tab lists no content")
    named = {each.code: each.name for each in glance.components}
    for head in (topic for topic in glance.topics if topic.level == 0 and topic.component_code):
        name = named.get(head.component_code or "")
        if name is None:
            message = f"the content tells of component {head.component_code}, the table does not"
            yield Finding("witnesses_disagree", "error", message)
        elif numbered.comparable(name) != numbered.comparable(head.name):
            message = f"component {head.component_code} is {name!r} in the table and {head.name!r} in the content"
            yield Finding("title_differs", "warning", message)


def compare(glance: Glance, components: Sequence[Component], topics: Sequence[Topic]) -> Iterator[Finding]:
    """A second witness of a specification: errors for components and lists that the tree has otherwise."""
    told = {each.code.casefold(): each for each in glance.components}
    for each in components:
        # the page has "01" where papers have H446/01
        other = told.pop(each.code.rpartition("/")[2].casefold(), None)
        if other is None:
            yield _disagree(f"{each.code} {each.name} is not on the page at a glance")
        elif numbered.comparable(other.name) != numbered.comparable(each.name):
            yield _disagree(f"{each.code} is {each.name!r} and {other.name!r} at a glance")
        else:
            yield from _other_numbers(each, other)
    for other in told.values():
        yield _disagree(f"the page at a glance has {other.code} {other.name}, the specification has not")
    yield from _compare_lists(glance, topics)


def _other_numbers(each: Component, other: Component) -> Iterator[Finding]:
    for what in ("marks", "duration_minutes", "weight_percent"):
        here, there = getattr(each, what), getattr(other, what)
        if None not in (here, there) and abs(here - there) > 0.5:
            yield _disagree(f"{each.code} has {what} {here:g}, at a glance {there:g}")


def _compare_lists(glance: Glance, topics: Sequence[Topic]) -> Iterator[Finding]:
    """Each list that belongs to a component or a group, against the children that the tree has there."""
    for head in (topic for topic in glance.topics if topic.level == 0):
        listed = [topic.name for topic in glance.topics if topic.parent_code == head.code]
        key = (head.component_code or head.name).casefold()
        own = next(
            (topic for topic in topics if topic.level == 0 and topic.code.casefold() in {key, key.lstrip("0")}), None
        )
        if own is None or not listed:
            continue
        children = [topic.name for topic in topics if topic.parent_code == own.code]
        if len(children) != len(listed):
            yield _disagree(f"{own.code} has {len(children)} topics, at a glance {len(listed)}")
            continue
        for name, other in zip(children, listed, strict=True):
            if not _alike(name, other):
                yield Finding("title_differs", "warning", f"{own.code}: {name!r} is {other!r} at a glance")


def _alike(name: str, other: str) -> bool:
    return numbered.comparable(name.replace("—", "–")) == numbered.comparable(other.replace("—", "–").rstrip("."))


def _disagree(message: str) -> Finding:
    return Finding("witnesses_disagree", "error", message)


def _label(page: Any, tab: Any) -> str:
    link = page.css_first(f'a[href="#{tab.attributes.get("id")}"]')
    return text_of(link) if link is not None else ""


def _glance(tab: Any, qualification: str) -> Glance:
    components = tuple(_components(tab))
    addresses = {a.attributes.get("href") or "" for a in tab.css("div.specificationDoc a")}
    told = [address for address in addresses if _ADDRESS.match(address)]
    weights = sum(each.weight_percent is not None for each in components)
    text = text_of(tab)
    return Glance(
        qualification,
        components,
        tuple(_topics(tab)),
        told[0] if len(told) == 1 else None,
        weights,
        "must take" in text,
    )


def _components(tab: Any) -> Iterator[Component]:
    for table in tab.css("table"):
        heads = [text_of(cell).casefold() for cell in table.css("thead td, thead th")]
        if tuple(heads[: len(HEADS)]) != HEADS:
            continue
        for row in table.css("tbody tr"):
            title = row.css_first(HEADING)
            cells = [text_of(cell) for cell in row.css("td")]
            if title is not None and len(cells) >= len(HEADS):
                yield _component(text_of(title), cells)


def _component(heading: str, cells: Sequence[str]) -> Component:
    found = _CODED.match(heading)
    code = found["code"] if found else heading
    code = code[0].upper() + code[1:] if code.startswith("unit") else code
    is_nea = bool(_NOT_EXAMINED.search(" ".join(cells[len(HEADS) :])))
    return Component(
        code,
        found["title"] if found else heading,
        examined=not is_nea,
        assessment="non-exam assessment" if is_nea else "written paper",
        marks=int(cells[1]) if cells[1].isdigit() else None,
        duration_minutes=_minutes(cells[2]),
        weight_percent=_weight(cells[3]),
    )


def _minutes(text: str) -> int | None:
    found = _DURATION.fullmatch(text)
    if not found or not (found["hours"] or found["minutes"]):
        return None
    return int(found["hours"] or 0) * 60 + int(found["minutes"] or 0)


def _weight(text: str) -> float | None:
    found = _WEIGHT.fullmatch(text)
    return round(int(found["whole"]) + _PARTS.get(found["part"] or "", 0.0), 2) if found else None


def _topics(tab: Any) -> Iterator[Topic]:
    """Each heading with a list below it, and the entries of the list, under codes made of their path."""
    head: Topic | None = None
    order = 0
    codes: list[str] = []
    for node in tab.css(", ".join(f"{OVERVIEW} {each}" for each in ("h3", "h4", "ul > li"))):
        if node.tag == "li" and head is not None:
            name = text_of(node).rstrip(".")
            codes.append(unique_codes([*codes, path_code(head.code, name)])[-1])
            order += 1
            yield Topic(codes[-1], name, 1, head.code, order, component_code=head.component_code)
        elif node.tag == "h3":
            head = None
        elif node.tag == "h4" and "spec" not in (node.attributes.get("class") or ""):
            found = _LIST_HEAD.match(text_of(node))
            if found:
                codes.append(unique_codes([*codes, path_code(None, found["title"])])[-1])
                order += 1
                head = Topic(codes[-1], found["title"], 0, None, order, component_code=found["code"])
                yield head
