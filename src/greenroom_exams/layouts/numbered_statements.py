"""Topics of numbered statements in one column: Topic 2, Topic 2B, 16., i, bullets, and practicals between them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from greenroom_exams.documents import Finding, Topic
from greenroom_exams.layouts import dump_pages, numbered
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.paths import path_code, unique_codes
from greenroom_exams.layouts.pdf_lines import Entry, Line, Pdf, hull, join
from greenroom_exams.layouts.plain_text import line_number

NAME = "topics of numbered statements"
TOPIC = re.compile(r"^Topic (?P<code>\d+): ?(?P<title>\S.*)$")
PART = re.compile(r"^Topic (?P<code>\d+[A-Z]): ?(?P<title>\S.*)$")
STATEMENT = re.compile(r"^(?P<number>\d{1,2})\. ?(?P<title>[^\d\s].*)$")
# One statement was met without its full stop; it is taken only where its number is missing otherwise.
UNDOTTED = re.compile(r"^(?P<number>\d{1,2}) (?P<title>[a-z].*)$")
ROMAN = re.compile(r"^(?P<number>i|ii|iii|iv|v|vi|vii|viii|ix|x|xi|xii)\.? +(?P<title>\S.*)$")
ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
BULLET = re.compile(r"^[o●○•] +(?P<title>\S.*)$")
PRACTICAL = re.compile(r"^CORE PRACTICAL (?P<number>\d+[a-z]?(?: and \d+[a-z]?)?): ?(?P<title>\S.*)$")
# Practicals that a school may do are no content.
SUGGESTED = re.compile(r"^(?:Further |Other )?[Ss]uggested practicals?\b", re.I)
STUDENTS_SHOULD = re.compile(r"^Students should:?$")
# A line with room for a further word ends its paragraph; full lines have 70 characters and more.
FULL_LINE = 72
# A line that a statement goes on after has 53 letters and more; behind a colon an equation may follow.
SHORT_LINE, MANY_SHORT_LINES = 45, 3
# What an equation leaves behind where its fractions and raised figures are lost: two signs of operation in a row, a
# sign doubled, a power of ten without its power.
BROKEN_FORMULA = re.compile(r"[=×÷+] +[=×÷+%]|= −[a-z]{3}|([Δ∆])\1|× 10\d")
_WORDS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)


@dataclass(slots=True)
class _Node:
    """One heading or statement: the lines of its words, and of the guidance below them."""

    code: str
    kind: str  # topic, part, statement, roman, bullet, practical
    parent: "_Node | None"
    lines: list[Line]
    parts: list[str]
    notes: list[str] = field(default_factory=list)
    number: int = 0

    @property
    def name(self) -> str:
        return join(self.parts)

    @property
    def level(self) -> int:
        return self.parent.level + 1 if self.parent else 0


@dataclass(slots=True)
class _State:
    """Where the reading is: the open topic, part, statement and sub-statement, and whether it reads guidance."""

    topic: _Node | None = None
    part: _Node | None = None
    statement: _Node | None = None
    last: _Node | None = None
    is_prose: bool = True
    is_skipped: bool = False
    is_text: bool = False


def read(pdf: Pdf) -> Reading | None:
    """Read topics of numbered statements; None for a document that has none."""
    pdf = dump_pages.repaged(pdf)
    bounds = _bounds(pdf)
    if bounds is None:
        return None
    first, end = bounds
    lines = dump_pages.between(pdf, first, end.page if end and end.page else 10_000)
    nodes = _nodes(lines, is_text=pdf.is_text)
    if not any(node.kind == "statement" for node in nodes):
        return None
    topics = _topics(nodes, pdf)
    findings = (
        *dump_pages.check_printed(pdf),
        *(numbered.check_end(has_end=False) if end is None else dump_pages.check_heading(pdf, end)),
        *_check_overview(pdf, first, nodes),
        *_check_numbers(nodes),
        *_check_practicals(pdf, nodes, first),
        *_check_count(lines, nodes),
        *_check_lengths(nodes),
        *_check_formulas(topics),
    )
    return Reading(topics, findings)


FAMILY = Family(NAME, read)


def _bounds(pdf: Pdf) -> tuple[int, Entry | None] | None:
    """The printed page that "Topic 1" begins, and the entry of the contents after the one it belongs to."""
    tops = (
        page.printed
        for page in pdf.pages
        if page.printed and page.lines and (found := TOPIC.match(page.lines[0].text)) and found["code"] == "1"
    )
    first = next(tops, None)
    if first is None:
        return None
    entries = dump_pages.contents(pdf)
    holder = [entry for entry in entries if entry.page and entry.page <= first]
    return first, dump_pages.following(entries, holder[-1]) if holder else None


def _nodes(lines: Sequence[Line], *, is_text: bool) -> list[_Node]:
    nodes: list[_Node] = []
    state = _State(is_text=is_text)
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else None
        node = _begun(line, state, lines[index + 1 :])
        if node is not None:
            nodes.append(node)
            state.last = node
        elif STUDENTS_SHOULD.match(line.text):
            state.is_prose = False
        elif SUGGESTED.match(line.text):
            state.is_skipped = True
        elif state.last and not state.is_prose and not state.is_skipped:
            _add(state.last, line, is_guidance=_is_guidance(line, before, is_text=is_text))
    return nodes


def _begun(line: Line, state: _State, rest: Sequence[Line]) -> _Node | None:
    """The node that a line begins, if any."""
    if found := TOPIC.match(line.text):
        state.topic = _Node(found["code"], "topic", None, [line], [found["title"]], number=int(found["code"]))
        state.part, state.statement, state.is_prose, state.is_skipped = None, None, True, False
        return state.topic
    if state.topic is None or state.is_prose:
        return None
    if found := PART.match(line.text):
        state.part = _Node(found["code"], "part", state.topic, [line], [found["title"]])
        state.statement, state.is_skipped = None, False
        return state.part
    holder = state.part or state.topic
    if found := PRACTICAL.match(line.text):
        state.is_skipped = False
        return _Node(f"Core practical {found['number']}", "practical", holder, [line], [found["title"]])
    if state.is_skipped and not _goes_on(line, state):
        return None
    return _statement(line, state, holder, rest) or _below(line, state)


def _goes_on(line: Line, state: _State) -> bool:
    """Whether a statement follows suggested practicals: these have numbers of their own, from 1, or none."""
    found = STATEMENT.match(line.text)
    goes_on = bool(found and state.topic and [str(int(found["number"]) - 1)] == state.topic.notes[-1:])
    state.is_skipped = not goes_on
    return goes_on


def _statement(line: Line, state: _State, holder: _Node, rest: Sequence[Line]) -> _Node | None:
    found = STATEMENT.match(line.text) or _undotted(line, state, rest)
    if not found or state.topic is None:
        return None
    number = int(found["number"])
    state.topic.notes.append(str(number))
    state.statement = _Node(f"{state.topic.code}.{number}", "statement", holder, [line], [found["title"]], [], number)
    return state.statement


def _undotted(line: Line, state: _State, rest: Sequence[Line]) -> re.Match[str] | None:
    """A number without its full stop, where it is the next one and the next with a full stop is the one after."""
    found = UNDOTTED.match(line.text)
    if not found or state.topic is None or not state.topic.notes:
        return None
    expected = int(state.topic.notes[-1]) + 1
    following = next((match for each in rest if (match := STATEMENT.match(each.text))), None)
    is_lost = int(found["number"]) == expected and following and int(following["number"]) == expected + 1
    return found if is_lost else None


def _below(line: Line, state: _State) -> _Node | None:
    """A sub-statement or a bullet below the open statement."""
    if state.statement is None or state.last is None or state.last.kind == "practical":
        return None
    above = state.last
    if found := ROMAN.match(line.text):
        number = ROMANS.index(found["number"]) + 1
        before = above if above.kind == "roman" else above.parent if above.kind == "bullet" else None
        is_next = number == (before.number if before and before.kind == "roman" else 0) + 1
        # "v" or "x" may begin a formula; what has two letters is a number, in whatever order.
        if is_next or len(found["number"]) > 1:
            code = f"{state.statement.code}({found['number']})"
            return _Node(code, "roman", state.statement, [line], [found["title"]], [], number)
    found = BULLET.match(line.text)
    # A list within guidance belongs to it.
    if found and not above.notes:
        parent = above.parent if above.kind == "bullet" else above
        return _Node("", "bullet", parent, [line], [found["title"]])
    return None


def _add(node: _Node, line: Line, *, is_guidance: bool) -> None:
    """A further line of a statement's words, or of the guidance below it, which has no end but the next statement."""
    if node.kind not in ("topic", "part") and (node.notes or is_guidance):
        node.notes.append(line.text)
    else:
        node.parts.append(line.text)
    node.lines.append(line)


def _is_guidance(line: Line, before: Line | None, *, is_text: bool) -> bool:
    """Whether a line opens a sentence of its own, and not the next line of a statement.

    It begins with a capital letter, and either is set in, or follows a line that had room for its first word.
    """
    found = re.match(r"(?P<word>A|[A-Z][a-z]+) (?P<next>[A-Za-z‘(])", line.text)
    if not found or before is None:
        return False
    if is_text and line.left > 0:
        return True
    return found["next"].islower() and len(before.text) + 1 + len(found["word"]) < FULL_LINE


def _topics(nodes: Sequence[_Node], pdf: Pdf) -> tuple[Topic, ...]:
    codes: dict[int, str] = {}
    for node in nodes:
        parent = codes[id(node.parent)] if node.parent else None
        codes[id(node)] = node.code or path_code(parent, node.name)
    unique = dict(zip(codes, unique_codes(codes.values()), strict=True))
    return tuple(
        Topic(
            code=unique[id(node)],
            name=node.name.rstrip(":").rstrip(),
            level=node.level,
            parent_code=unique[id(node.parent)] if node.parent else None,
            sort_order=order,
            page=None if pdf.is_text else node.lines[0].page,
            box=None if pdf.is_text else hull([line for line in node.lines if line.page == node.lines[0].page]),
            description=join(node.notes) or None if node.kind != "topic" else None,
            line=line_number(node.lines[0]) if pdf.is_text else None,
        )
        for order, node in enumerate(nodes, start=1)
    )


def _check_overview(pdf: Pdf, first: int, nodes: Sequence[_Node]) -> Iterator[Finding]:
    """The boxes of the papers list the topics they examine."""
    pattern = re.compile(r"^[•●] Topic (?P<code>\d+): (?P<title>.+)$")
    pages = [page for page in pdf.pages if page.printed and page.printed < first]
    lines = [line.text for page in pages for line in page.lines]
    told = {found["code"]: found["title"] for line in lines if (found := pattern.match(line))}
    tops = [Topic(node.code, node.name, 0, None, 0) for node in nodes if node.kind == "topic"]
    if told:
        yield from numbered.compare_titles(told, tops, source="the overview")
    else:
        yield Finding("overview_missing", "warning", "no overview lists the topics, so nothing confirms them")


def _check_numbers(nodes: Sequence[_Node]) -> Iterator[Finding]:
    """Topics, statements and sub-statements count on from 1, parts from A; statements run on through the parts."""
    tops = [node for node in nodes if node.kind == "topic"]
    yield from _sequence([node.number for node in tops], [node.code for node in tops])
    for top in tops:
        below = [node for node in nodes if node.kind == "statement" and node.code.split(".")[0] == top.code]
        yield from _sequence([node.number for node in below], [node.code for node in below])
        letters = "".join(node.code[-1] for node in nodes if node.kind == "part" and node.parent is top)
        if not "ABCDEFGHIJKLMNOPQRSTUVWXYZ".startswith(letters) or len(letters) == 1:
            message = f"gap in numbering: topic {top.code} has the parts {', '.join(letters)}"
            yield Finding("numbering_gap", "error", message, _place(top))
        if not below:
            yield Finding("missing_children", "error", f"topic {top.code} has no statement", _place(top))
    for part in nodes:
        if part.kind == "part" and not any(node.parent is part for node in nodes):
            yield Finding("missing_children", "error", f"topic {part.code} has no statement", _place(part))
    for node in nodes:
        romans = [each for each in nodes if each.kind == "roman" and each.parent is node]
        yield from _sequence([each.number for each in romans], [each.code for each in romans])
        # A colon announces a list, unless an equation follows; one sub-statement alone is none.
        if len(romans) == 1:
            yield Finding("numbering_gap", "error", f"{node.code} has one sub-statement only", _place(node))
        if not node.name:
            yield Finding("missing_title", "error", f"{node.code} has no words", _place(node))


def _sequence(numbers: Sequence[int], codes: Sequence[str]) -> Iterator[Finding]:
    expected = 1
    for number, code in zip(numbers, codes, strict=True):
        if number != expected:
            rule = "numbering_gap" if number > expected else "numbering_order"
            yield Finding(rule, "error", f"gap in numbering: {code} comes where {expected} was expected")
        expected = number + 1


def _check_practicals(pdf: Pdf, nodes: Sequence[_Node], first: int) -> Iterator[Finding]:
    """How many core practicals the front promises, in words or in figures, and whether their numbers run through."""
    found = [number for node in nodes if node.kind == "practical" for number in re.findall(r"\d+", node.code)]
    distinct = sorted({int(number) for number in found})
    if distinct != list(range(1, len(distinct) + 1)):
        told = ", ".join(map(str, distinct))
        yield Finding("numbering_gap", "error", f"gap in numbering: the core practicals are {told}")
    front = " ".join(line.text for page in pdf.pages if page.printed and page.printed < first for line in page.lines)
    words = re.findall(r"\b([a-z]+|\d+) core practical", front)
    promised = {
        int(word) if word.isdigit() else _WORDS.index(word) + 1 for word in words if word.isdigit() or word in _WORDS
    }
    for number in promised - {len(distinct)} - _lesser(front):
        message = f"the front promises {number} core practicals, {len(distinct)} were found"
        yield Finding("witnesses_disagree", "error", message)


def _lesser(front: str) -> set[int]:
    """Numbers of practicals of which the front says that they are the least to be done."""
    return {int(number) for number in re.findall(r"minimum of (\d+) core practical", front)}


def _check_count(lines: Sequence[Line], nodes: Sequence[_Node]) -> Iterator[Finding]:
    """Numbers and practicals at the beginning of lines, counted apart from the tree."""
    for what, pattern, kind in (("statements", STATEMENT, "statement"), ("practicals", PRACTICAL, "practical")):
        counted = sum(bool(pattern.match(line.text)) for line in _counted(lines))
        taken = sum(node.kind == kind and bool(pattern.match(node.lines[0].text)) for node in nodes)
        if counted != taken:
            yield Finding("counts_differ", "error", f"{counted} lines begin as {what} do, {taken} are in the tree")


def _counted(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines without the introductions of topics, and without suggested practicals up to the next heading."""
    is_counted = False
    for line in lines:
        if TOPIC.match(line.text) or SUGGESTED.match(line.text):
            is_counted = False
        elif STUDENTS_SHOULD.match(line.text) or PART.match(line.text) or PRACTICAL.match(line.text):
            is_counted = True
        if is_counted:
            yield line


def _check_lengths(nodes: Sequence[_Node]) -> Iterator[Finding]:
    """A line that a statement goes on after is a full one; where several are not, a page has lost its right half."""
    short: dict[int, list[Line]] = {}
    for node in nodes:
        for line in node.lines[: len(node.parts) - 1]:
            if len(line.text) < SHORT_LINE and not line.text.endswith(":"):
                short.setdefault(line.page, []).append(line)
    for page, lines in short.items():
        if len(lines) >= MANY_SHORT_LINES:
            message = f"{len(lines)} lines break off before their end, {lines[0].text!r} first"
            yield Finding("lines_torn", "warning", message, f"page {page}")


def _check_formulas(topics: Sequence[Topic]) -> Iterator[Finding]:
    """A text has neither fractions nor raised figures: where that shows, a person must set the formula right."""
    for topic in topics:
        if BROKEN_FORMULA.search(f"{topic.name} {topic.description or ''}"):
            message = f"{topic.code} holds a formula that has lost its form: {topic.name!r}"
            yield Finding("formula_broken", "warning", message, None if topic.line is None else f"line {topic.line}")


def _place(node: _Node) -> str:
    return f"page {node.lines[0].page}"
