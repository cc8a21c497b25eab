"""Cambridge syllabuses: numbered statements in two columns, or sections with bullets, below numbered headings."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from greenroom_exams.documents import Finding, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.course_specification import check_letters
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.paths import path_code, unique_code
from greenroom_exams.layouts.pdf_lines import Line, Pdf, hull, join

CONTENT = "Subject content"
CHAPTER = re.compile(r"^(?P<number>\d) (?P<title>[A-Z].*)$")
TOPIC = re.compile(r"^(?P<code>\d{1,2}(?:\.\d{1,2}){0,2})(?:\s+(?P<title>\D.*))?$")
SECTION = re.compile(r"^Section (?P<code>\d) (?P<title>.+)$")
CONTINUED = re.compile(r"\s*\bcontinued$")
NUMBER = re.compile(r"^(?P<code>\d{1,2})(?:\s+(?P<text>\D.*))?$")
# The heads of two columns; the right one says more of the left, or goes on where only some learners follow.
GUIDANCE_HEADS = ("Candidates should be able to:", "Notes and guidance")
LEVEL_HEADS = ("Core", "Supplement")
RUNNING_HEAD = re.compile(r"^Cambridge .* syllabus for (?:examination in )?20\d\d")
# Chapters are set in 18 points, parts in 16, topics in 12, the text in 10.5.
CHAPTER_POINTS = 17.0
PART_POINTS = 15.0
LARGER_POINTS = 0.8
# A row's right cell stands up to two points above its left one.
SAME_ROW_POINTS = 3.0
# Bullets and what they belong to, from left to right.
INDENT_POINTS = 5.0
# A title's second line is set 1.24 em below its first; the next row of a list 1.5 em.
WRAP_EM = 1.35
# Letters take 0.4 to 0.6 em; where a line is far wider than its letters, some of them were not read.
WIDEST_LETTER_EM = 0.72
LEAST_LETTERS = 8


@dataclass(slots=True, eq=False)
class _Node:
    """A topic while its text is still being gathered; `printed` is the number before it."""

    name: str
    level: int
    parent: "_Node | None"
    lines: list[Line]
    printed: str | None = None
    study_level: str | None = None
    text: list[Line] = field(default_factory=list)
    code: str = ""


@dataclass(slots=True)
class _Tree:
    """The nodes in their order, the open ones, and what was wrong on the way."""

    nodes: list[_Node] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def by_code(self, code: str) -> _Node | None:
        return next((node for node in self.nodes if node.code == code), None)


def families(pdf: Pdf) -> tuple[Family, ...]:
    """The three layouts, by the names they are told by, for this document."""
    content, has_end = content_lines(pdf)
    ways: dict[str, Callable[[Sequence[Line]], _Tree]] = {
        "statements with guidance": partial(_two_columns, heads=GUIDANCE_HEADS),
        "core and supplement": partial(_two_columns, heads=LEVEL_HEADS),
        "sections with bullets": _sections,
    }
    return tuple(
        Family(name, partial(_reading, read=read, content=content, has_end=has_end)) for name, read in ways.items()
    )


def _reading(
    pdf: Pdf, *, read: Callable[[Sequence[Line]], _Tree], content: Sequence[Line], has_end: bool
) -> Reading | None:
    tree = read(content) if content else _Tree()
    if not any(node.level for node in tree.nodes):
        return None
    topics = _topics(tree.nodes)
    findings = (*tree.findings, *numbered.check_end(has_end), *_check(pdf, content, tree.nodes, topics))
    return Reading(topics, findings)


def content_lines(pdf: Pdf) -> tuple[list[Line], bool]:
    """The lines of the chapter "Subject content", and whether another chapter follows it."""
    lines = [line for line in pdf.lines() if not RUNNING_HEAD.match(line.text)]
    tops = [index for index, line in enumerate(lines) if _is_chapter(line)]
    start = next((index for index in tops if lines[index].text.endswith(CONTENT)), None)
    if start is None:
        return [], False
    end = next((index for index in tops if index > start), None)
    return lines[start + 1 : end], end is not None


def _is_chapter(line: Line) -> bool:
    return line.bold and line.size >= CHAPTER_POINTS and bool(CHAPTER.match(line.text))


# --- headings ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Heading:
    code: str
    title: str
    lines: tuple[Line, ...]


def _headings(content: Sequence[Line], is_heading: Callable[[Line], bool]) -> dict[Line, _Heading]:
    """Numbered headings by their first line; a title may stand apart from its number, and wrap below itself."""
    found: dict[Line, _Heading] = {}
    for index, line in enumerate(content):
        match = TOPIC.match(line.text)
        if not match or not is_heading(line):
            continue
        parts = [line]
        for after in content[index + 1 : index + 4]:
            apart = parts == [line] and not match["title"] and abs(after.base - line.base) < 1
            wraps = 0 < parts[-1].base - after.base <= WRAP_EM * line.size
            indented = after.left > line.left + INDENT_POINTS
            alike = after.page == line.page and numbered.same_style(after, line)
            if alike and (apart or (wraps and indented)) and not TOPIC.match(after.text):
                parts.append(after)
        title = join([match["title"] or "", *(part.text for part in parts[1:])])
        found[line] = _Heading(match["code"], title, tuple(parts))
    return found


def _open(tree: _Tree, heading: _Heading, level: int) -> _Node:
    """The node of a heading, which may come again on the next page with "continued" behind it."""
    again = tree.by_code(heading.code)
    title = CONTINUED.sub("", heading.title) if again else heading.title
    if again and (numbered.comparable(title) == numbered.comparable(again.name) or not heading.title):
        return again
    parent = numbered.parent_of(heading.code)
    above = tree.by_code(parent) if parent else None
    node = _Node(title, level, above, list(heading.lines), heading.code, code=heading.code)
    tree.nodes.append(node)
    return node


# --- numbered statements in two columns -------------------------------------------------------------------------------


def _two_columns(content: Sequence[Line], *, heads: tuple[str, str]) -> _Tree:
    """Topics in larger bold, subtopics in bold, and below "Core | Supplement" or the like numbered statements."""
    tree = _Tree()
    if not any(line.text == heads[1] for line in content):
        return tree
    body = numbered.body_size(content)
    headings = _headings(content, lambda line: line.bold and line.size <= body + 2)
    taken = {part for heading in headings.values() for part in heading.lines}
    table = _Table(tree, heads)
    for index, line in enumerate(content):
        if line in headings:
            table.owner, table.border = _open(tree, headings[line], headings[line].code.count(".")), None
        elif line.size >= PART_POINTS:
            table.owner = None
        elif line.text in heads:
            tree.findings += _check_heads(content[max(0, index - 3) : index + 4], line, heads)
            table.border = line.left - numbered.SAME_LEFT_POINTS if line.text == heads[1] else table.border
        elif line not in taken:
            table.add(line)
    table.close()
    return tree


def _check_heads(around: Sequence[Line], head: Line, heads: tuple[str, str]) -> Iterator[Finding]:
    other = heads[1] if head.text == heads[0] else heads[0]
    if not any(line.text == other and _same_row(line, head) for line in around):
        yield _error("head_missing", f"{head.text!r} stands without {other!r}", head)


@dataclass(slots=True)
class _Table:
    """The table below a heading, while its lines are being read."""

    tree: _Tree
    heads: tuple[str, str]
    owner: _Node | None = None
    border: float | None = None
    starts: list[tuple[Line, _Node]] = field(default_factory=list)
    guidance: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """One line: it begins a statement, goes on with one, or says more of one."""
        if self.owner is None or self.border is None:
            return
        is_right = line.left >= self.border
        level = self.heads[is_right] if self.heads == LEVEL_HEADS else None
        if is_right and level is None:
            self.guidance.append(line)
        elif not self._begins(line, level, self.border if is_right else self.owner.lines[0].left):
            self._goes_on(line, level)

    def _begins(self, line: Line, level: str | None, edge: float) -> bool:
        found = NUMBER.match(line.text)
        # A number stands at the left edge of its column.
        if not found or line.bold or line.left > edge + 2 * INDENT_POINTS or self.owner is None:
            return False
        node = _Node(found["text"] or "", self.owner.level + 1, self.owner, [line], found["code"], level)
        self.tree.nodes.append(node)
        self.starts.append((line, node))
        return True

    def _goes_on(self, line: Line, level: str | None) -> None:
        current = next((node for _, node in reversed(self.starts) if node.study_level == level), None)
        if current is None or current.parent is not self.owner:
            self.tree.findings.append(_error("text_without_statement", f"{line.text!r} stands before any number", line))
        else:
            current.name = join([current.name, line.text])
            current.lines.append(line)

    def close(self) -> None:
        """Guidance goes to the last statement that begins above it or beside it, what is for all before the rest."""
        # Within one table the numbers go on from the left column to the right one.
        runs = groupby(self.tree.nodes, key=lambda node: (id(node.parent), node.study_level is None))
        self.tree.nodes = [
            node for _, run in runs for node in sorted(run, key=lambda n: n.study_level == LEVEL_HEADS[1])
        ]
        for line in self.guidance:
            for start, node in reversed(self.starts):
                if start.page < line.page or (
                    start.page == line.page and start.base + 2 * SAME_ROW_POINTS >= line.base
                ):
                    node.text.append(line)
                    break


def _same_row(one: Line, other: Line) -> bool:
    return one.page == other.page and abs(one.base - other.base) <= SAME_ROW_POINTS


# --- sections with bullets --------------------------------------------------------------------------------------------


def _sections(content: Sequence[Line]) -> _Tree:
    """Sections in large letters, "1.1" in bold, "1.1.1" in plain, and one bullet for each statement."""
    tree = _Tree()
    body = numbered.body_size(content)
    headings = _headings(content, lambda line: abs(line.size - body) < LARGER_POINTS and "." in line.text[:4])
    taken = {part for heading in headings.values() for part in heading.lines}
    section: _Node | None = None
    owner: _Node | None = None
    statement: _Node | None = None
    for index, line in enumerate(content):
        found = SECTION.match(line.text)
        if found and line.size >= PART_POINTS:
            section = _Node(found["title"], 0, None, [line], found["code"], code=found["code"])
            tree.nodes.append(section)
        elif line in headings and section:
            owner = _open(tree, headings[line], headings[line].code.count("."))
            statement = None
        elif line.text == "•" and owner:
            beside = [each for each in content[index + 1 : index + 2] if _same_row(each, line)]
            if not beside:
                tree.findings.append(_error("bullet_without_text", "nothing stands beside a bullet", line))
            statement = _Node("", owner.level + 1, owner, [line])
            tree.nodes.append(statement)
        elif statement and line not in taken:
            _bulleted(statement, line)
    return tree


def _bulleted(statement: _Node, line: Line) -> None:
    """A statement goes on as long as its lines follow each other; what comes after a gap is said about it."""
    last = statement.lines[-1]
    follows = last.page == line.page and 0 <= last.base - line.base <= numbered.WRAP_EM * line.size
    indented = line.left > statement.lines[0].left + INDENT_POINTS
    if follows and indented and not statement.text:
        statement.name = join([statement.name, line.text])
        statement.lines.append(line)
    else:
        statement.text.append(line)


# --- topics -----------------------------------------------------------------------------------------------------------


def _topics(nodes: Sequence[_Node]) -> tuple[Topic, ...]:
    taken = {node.code for node in nodes if node.code}
    for node in nodes:
        if not node.code and node.parent:
            # The numbers of statements begin anew below each heading, so the heading's is part of the code.
            own = f"{node.parent.code}/{node.printed}" if node.printed else path_code(node.parent.code, node.name)
            node.code = unique_code(own, () if node.printed else taken)
            taken.add(node.code)
    return tuple(_topic(node, order) for order, node in enumerate(nodes, start=1))


def _topic(node: _Node, order: int) -> Topic:
    page = node.lines[0].page
    return Topic(
        code=node.code,
        # Some numbers have no title: they stand above their statements alone.
        name=node.name or (node.printed or ""),
        level=node.level,
        parent_code=node.parent.code if node.parent else None,
        sort_order=order,
        page=page,
        box=hull([line for line in node.lines if line.page == page]),
        description=_paragraphs(node.text),
        study_level=node.study_level,
    )


def _paragraphs(lines: Sequence[Line]) -> str | None:
    paragraphs: list[list[str]] = []
    for line in lines:
        if line.text in {"•", "–"} or not paragraphs:
            paragraphs.append([])
        paragraphs[-1].append(line.text)
    return "\n".join(join(each) for each in paragraphs) or None


# --- the witnesses ----------------------------------------------------------------------------------------------------


def _check(pdf: Pdf, content: Sequence[Line], nodes: Sequence[_Node], topics: Sequence[Topic]) -> Iterator[Finding]:
    headed = [topic for topic, node in zip(topics, nodes, strict=True) if node.printed]
    yield from numbered.check_numbering(headed)
    yield from numbered.check_pages(pdf.pages, 1, pdf.pages[-1].number)
    yield from check_letters(pdf.lines())
    yield from check_widths(content)
    yield from _check_outline(pdf)
    parents = {topic.parent_code for topic in topics}
    statements = {id(node) for node in nodes if node.parent and "/" in node.code} | {
        id(node) for node in nodes if node.printed is None
    }
    for topic, node in zip(topics, nodes, strict=True):
        if id(node) not in statements and topic.code not in parents:
            message = f"{topic.code} {topic.name} has no statements below it"
            yield Finding("missing_children", "error", message, f"page {topic.page}")
        if id(node) in statements and not node.name:
            yield Finding("missing_title", "error", f"{topic.code} has no text", f"page {topic.page}")
    yield from _check_overview(pdf, [topic for topic in headed if "/" not in topic.code])


def check_widths(lines: Sequence[Line]) -> Iterator[Finding]:
    """Errors for pages where lines take far more room than their letters do: part of the text was not read."""
    for page in dict.fromkeys(line.page for line in lines):
        long = [line for line in lines if line.page == page and len(line.text) >= LEAST_LETTERS]
        wide = [line for line in long if (line.right - line.left) / line.size / len(line.text) > WIDEST_LETTER_EM]
        if 3 * len(wide) > len(long):
            message = f"{len(wide)} of {len(long)} lines are wider than their letters, the first is {wide[0].text!r}"
            yield Finding("text_missing", "error", message, f"page {page}")


def _check_outline(pdf: Pdf) -> Iterator[Finding]:
    """An error where the outline has a chapter or a section on a page that it does not stand on."""
    heads = {(line.text, line.page) for line in pdf.lines() if line.size >= PART_POINTS}
    for entry in pdf.outline:
        wanted = CHAPTER.match(entry.title) or SECTION.match(entry.title)
        if wanted and (entry.title, entry.page) not in heads:
            message = f"the outline has {entry.title!r} on page {entry.page}, where it does not stand"
            yield Finding("witnesses_disagree", "error", message)


def _check_overview(pdf: Pdf, topics: Sequence[Topic]) -> Iterator[Finding]:
    """Errors where "Content overview" lists other topics, of the levels that it lists, than the text has."""
    told = overview(pdf)
    if not told:
        message = "the syllabus has no overview of its content, so a lost topic would not be noticed"
        yield Finding("no_second_witness", "warning", message)
        return
    depth = max(code.count(".") for code in told)
    sections = all("." in code for code in told)
    # Cells of the overview hold no sections, and no numbers that have no title.
    listed = [
        topic
        for topic in topics
        if topic.code.count(".") <= depth and topic.name != topic.code and not (sections and topic.level == 0)
    ]
    yield from numbered.compare_titles(told, listed, source="the overview")


def overview(pdf: Pdf) -> dict[str, str]:
    """The numbered topics below "Content overview", up to the next heading of its size."""
    lines = [line for line in pdf.lines() if not RUNNING_HEAD.match(line.text)]
    start = next(
        (i for i, line in enumerate(lines) if line.text == "Content overview" and line.size >= PART_POINTS), None
    )
    if start is None:
        return {}
    end = next((i for i, line in enumerate(lines) if i > start and line.size >= PART_POINTS), len(lines))
    found = _headings(lines[start + 1 : end], lambda line: not line.bold)
    return {heading.code: heading.title for heading in found.values()}


def _error(rule: str, message: str, line: Line) -> Finding:
    return Finding(rule, "error", message, f"page {line.page}")
