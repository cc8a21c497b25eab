"""Positioned lines become numbered headings; numbers that are missing, doubled or out of order are findings."""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from greenroom_exams.documents import Box, Finding, Topic
from greenroom_exams.layouts.pdf_lines import Line, Page, hull, join

# A title's second line is set 1.2 to 1.45 em below its first; the next paragraph 1.8 em and more.
WRAP_EM = 1.6
# Left edges of one column differ by the side bearing of a letter.
SAME_LEFT_POINTS = 4.0
# Sizes of one style are rounded by the typesetter.
SAME_SIZE_POINTS = 0.6
# A code may stand apart from its title by a tab.
TAB_EM = 4.0


@dataclass(frozen=True, slots=True)
class Heading:
    """A code, its whole title, and where it stands."""

    code: str
    title: str
    page: int
    box: Box
    lines: tuple[Line, ...]


def headings(lines: Sequence[Line], pattern: str, is_heading: Callable[[Line], bool]) -> tuple[Heading, ...]:
    """The lines that begin with a code, with what belongs to their title.

    `pattern` has the groups `code` and `title`, either of which may meet its text on a line of its own.
    """
    compiled = re.compile(pattern)
    return tuple(_headings(lines, compiled, is_heading))


def _headings(lines: Sequence[Line], pattern: re.Pattern[str], is_heading: Callable[[Line], bool]) -> Iterator[Heading]:
    for index, line in enumerate(lines):
        found = pattern.match(line.text)
        if not found or not is_heading(line):
            continue
        parts = [] if found["title"] else _beside(lines, line)
        parts = [*parts, *_below(lines[index + 1 :], line, parts, pattern)]
        title = join([found["title"] or "", *(part.text for part in parts)])
        whole = (line, *parts)
        yield Heading(found["code"], title, line.page, hull(whole), whole)


def _beside(lines: Sequence[Line], code: Line) -> list[Line]:
    """What stands on the same baseline behind a lonely code."""
    reach = code.right + TAB_EM * code.size
    row = [
        line for line in lines if line.page == code.page and abs(line.base - code.base) < 1 and line.left > code.left
    ]
    nearest = sorted((line for line in row if line.left < reach and same_style(line, code)), key=lambda line: line.left)
    return nearest[:1]


def _below(rest: Sequence[Line], first: Line, beside: Sequence[Line], pattern: re.Pattern[str]) -> list[Line]:
    """The wrapped lines of a title: same style, same left edge, next baseline."""
    lefts = [first.left, *(line.left for line in beside)]
    parts: list[Line] = []
    last = first
    for line in rest:
        if line.page != first.page or last.base - line.base > WRAP_EM * last.size:
            break
        at_left = any(abs(line.left - left) <= SAME_LEFT_POINTS for left in lefts)
        if line.base < last.base - 1 and at_left and same_style(line, first):
            if pattern.match(line.text):
                break
            parts.append(line)
            last = line
    return parts


def same_style(one: Line, other: Line) -> bool:
    """Whether two lines are set alike."""
    return one.bold == other.bold and abs(one.size - other.size) <= SAME_SIZE_POINTS


def body_size(lines: Iterable[Line]) -> float:
    """The size in which most of the text is set; 0 for no text."""
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size)] += len(line.text)
    return max(sizes, key=lambda size: sizes[size], default=0.0)


def parent_of(code: str) -> str | None:
    """The code one level up: 3.6.2.1 hangs on 3.6.2, and 3 on nothing."""
    return code.rpartition(".")[0] or None


def check_numbering(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Errors for siblings that are not 1, 2, 3 in this order, for codes met twice and for lost parents."""
    codes = {topic.code for topic in topics}
    siblings: dict[str | None, list[Topic]] = {}
    for topic in topics:
        siblings.setdefault(topic.parent_code, []).append(topic)
        if topic.parent_code is not None and topic.parent_code not in codes:
            yield _error("missing_parent", f"{topic.code} hangs on {topic.parent_code}, which was not found", topic)
        if not topic.name:
            yield _error("missing_title", f"{topic.code} has no title", topic)
    for code, count in Counter(topic.code for topic in topics).items():
        if count > 1:
            yield Finding("duplicate_code", "error", f"{code} was found {count} times")
    for family in siblings.values():
        yield from _check_siblings(family)


def _check_siblings(family: Sequence[Topic]) -> Iterator[Finding]:
    expected = 1
    for topic in family:
        number = _last_number(topic.code)
        if number > expected:
            lost = _neighbour(topic.code, expected)
            yield _error("numbering_gap", f"gap in numbering: {topic.code} comes where {lost} was expected", topic)
        elif number < expected:
            yield _error("numbering_order", f"{topic.code} comes after a higher number", topic)
        expected = number + 1


def check_pages(pages: Sequence[Page], first: int, last: int) -> Iterator[Finding]:
    """Errors for pages between `first` and `last` that are gone or whose printed numbers do not follow each other."""
    kept = [page for page in pages if first <= page.number <= last]
    for before, page in itertools.pairwise(kept):
        if page.number != before.number + 1:
            message = f"gap in numbering: page {page.number} follows page {before.number}"
            yield Finding("page_missing", "error", message, f"page {page.number}")
        elif page.printed and before.printed and page.printed != before.printed + 1:
            message = f"gap in numbering: printed page {page.printed} follows {before.printed}"
            yield Finding("page_missing", "error", message, f"page {page.number}")


def check_depth(topics: Sequence[Topic], depth: int) -> Iterator[Finding]:
    """Errors for topics above level `depth` that have nothing below them, in a layout where all have."""
    parents = {topic.parent_code for topic in topics}
    for topic in topics:
        if topic.level < depth and topic.code not in parents:
            yield _error("missing_children", f"{topic.code} {topic.name} has nothing below it", topic)


def check_end(has_end: bool) -> Iterator[Finding]:
    """An error when nothing follows the examined content: a document that was cut off looks the same."""
    if not has_end:
        yield Finding("content_without_end", "error", "nothing follows the content, so its end may be missing")


def compare_titles(witness: dict[str, str], topics: Sequence[Topic], *, source: str) -> Iterator[Finding]:
    """Errors where another place of the document names other codes, or the same codes otherwise."""
    told = {topic.code: topic for topic in topics}
    for code, title in witness.items():
        if code not in told:
            yield Finding("witnesses_disagree", "error", f"{source} has {code} {title}, the text has no such heading")
        elif comparable(title) != comparable(told[code].name):
            message = f"{code} is {told[code].name!r} in its heading and {title!r} in {source}"
            yield _error("witnesses_disagree", message, told[code])
    for code, topic in told.items():
        if code not in witness:
            yield _error("witnesses_disagree", f"{code} {topic.name} is not in {source}", topic)


def comparable(title: str) -> str:
    """A title without what two settings of it may differ in: case, spaces, dashes and quotes."""
    return re.sub(r"[^\w/()+&]+", "", title.casefold())


def _last_number(code: str) -> int:
    return int(re.findall(r"\d+", code)[-1])


def _neighbour(code: str, number: int) -> str:
    last = re.findall(r"\d+", code)[-1]
    return f"{code[: code.rindex(last)]}{str(number).zfill(len(last))}"


def _error(rule: str, message: str, topic: Topic) -> Finding:
    return Finding(rule, "error", message, None if topic.page is None else f"page {topic.page}")
