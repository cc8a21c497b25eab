"""Themes of key questions in a text dump: below each question numbered topics with points; stages of an action."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from greenroom_exams.documents import Finding, OptionGroup, Topic
from greenroom_exams.layouts import dump_pages, numbered
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.headed_text import page_tops, printed_lines
from greenroom_exams.layouts.paths import path_code, unique_codes
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join
from greenroom_exams.layouts.plain_text import line_number

THEME = re.compile(r"^Theme (?P<code>[A-Z]): (?P<title>[^.]+)$")
QUESTIONS = "Key questions explored:"
STAGES = "Stage Related tasks"
NUMBERED = re.compile(r"^(?P<number>\d{1,2}) (?P<title>[A-Z][^•]*?)\s*(?:•\s*(?P<point>.*))?$")
POINT = re.compile(r"^• ?(?P<title>.*)$")
# Below a point; Pearson sets a small "o" as its bullet.
SUBPOINT = re.compile(r"^o (?P<title>.+)$")
FOOTNOTE = re.compile(r"^\[\d\]")
FOOTNOTE_MARK = re.compile(r"\[\d\]")
EITHER, OR = "And either", "Or"
END = re.compile(r"^\d Assessment information$")
PAPER = re.compile(r"^Paper \d \(\*?Paper code: (?P<paper>\d[A-Z]{2}\d/\w{2})\)$")
# "Questions relate to ... Theme E", not "related to two or more of specification Themes A–C"
DRAWN_FROM = re.compile(r"\bTheme (?P<theme>[A-Z]):")


@dataclass(slots=True)
class _Node:
    kind: str  # theme, question, topic, point, subpoint
    code: str | None
    line: Line
    parts: list[str] = field(default_factory=list)
    choice: str | None = None


LEVELS = {"theme": 0, "question": 1, "topic": 2, "point": 3, "subpoint": 4}


def read(pdf: Pdf) -> Reading | None:
    """The tree of themes, questions, topics and points; None for a document that asks no key questions."""
    lines = printed_lines(pdf)
    if not pdf.is_text or not any(line.text == QUESTIONS for line in lines):
        return None
    nodes = list(_nodes(lines))
    topics = tuple(_topics(nodes, _papers(lines)))
    findings = (
        *numbered.check_end(any(END.match(line.text) for line in lines)),
        *_check_numbers(topics),
        *dump_pages.check_printed(pdf),
        *_check_overview(lines, topics),
        *_check_questions(lines, topics),
        *_check_points(lines, topics),
        *numbered.check_depth([topic for topic in topics if "~" not in topic.code or topic.level == 1], 1),
    )
    groups = {group.code: group for group in _groups(topics)}
    return Reading(topics, findings, option_groups=tuple(groups.values()))


def _nodes(lines: Sequence[Line]) -> Iterator[_Node]:
    content = _content(lines)
    tops = page_tops(content)
    questions = {numbered.comparable(title) for _, title in _promised(lines)}
    current: _Node | None = None
    in_notes, choice = False, None
    index = 0
    while index < len(content):
        line = content[index]
        asked = _question(content, index, questions)
        opened: _Node | None = None
        step = 1
        if line in tops and (theme := THEME.match(line.text)):
            opened, in_notes = _Node("theme", theme["code"], line, [theme["title"]]), True
        elif line.text == QUESTIONS:
            in_notes = True
        elif line.text == STAGES:
            in_notes = False
        elif asked:
            title, step = asked
            opened, in_notes = _Node("question", None, line, [title]), False
        elif in_notes or FOOTNOTE.match(line.text):
            in_notes = True
        elif line.text in {EITHER, OR}:
            choice = line.text
        elif found := NUMBERED.match(line.text):
            if current:
                yield current
            current, choice = _Node("topic", found["number"], line, [found["title"]]), None
            opened = _Node("point", None, line, [found["point"]]) if found["point"] else None
        elif found := POINT.match(line.text):
            opened, choice = _Node("point", None, line, [found["title"]], choice), None
        elif found := SUBPOINT.match(line.text):
            opened = _Node("subpoint", None, line, [found["title"]])
        elif current:
            current.parts.append(line.text)
        if opened:
            if current:
                yield current
            current = opened
        index += step
    if current:
        yield current


def _content(lines: Sequence[Line]) -> list[Line]:
    """From the first theme that a page begins with to the chapter on assessment."""
    tops = page_tops(lines)
    first = next((i for i, line in enumerate(lines) if line in tops and THEME.match(line.text)), len(lines))
    end = next((i for i, line in enumerate(lines) if i > first and END.match(line.text)), len(lines))
    return list(lines[first:end])


def _first_page(lines: Sequence[Line]) -> int:
    return next((line.page for line in _content(lines)), 0)


def _promised(lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """The key questions that each theme lists before its tables."""
    theme, listing = "", False
    for line in _content(lines):
        found, point = THEME.match(line.text), POINT.match(line.text)
        theme = found["code"] if found else theme
        if listing and point:
            yield theme, point["title"]
        else:
            listing = line.text == QUESTIONS


def _question(lines: Sequence[Line], index: int, questions: set[str]) -> tuple[str, int] | None:
    """A promised question on one line or on two, and how many lines it takes."""
    for step in (1, 2):
        title = join(line.text for line in lines[index : index + step])
        if title.endswith("?") and numbered.comparable(title) in questions and not title.startswith("•"):
            return title, step
    return None


def _topics(nodes: Sequence[_Node], papers: dict[str, str]) -> Iterator[Topic]:
    above: dict[int, str] = {}
    theme = ""
    rows: list[tuple[_Node, str, str, str | None, int]] = []
    for node in nodes:
        name = FOOTNOTE_MARK.sub("", join(node.parts))
        theme = (node.code or "") if node.kind == "theme" else theme
        parents = [level for level in above if level < LEVELS[node.kind]]
        parent = above[max(parents)] if parents else None
        code = {"theme": theme, "topic": f"{theme}{node.code}"}.get(node.kind) or path_code(parent, name)
        level = len(parents)
        above = {each: above[each] for each in parents} | {LEVELS[node.kind]: code}
        rows.append((node, name, code, parent, level))
    codes = unique_codes(code for _, _, code, _, _ in rows)
    for order, ((node, name, _, parent, level), code) in enumerate(zip(rows, codes, strict=True), start=1):
        yield Topic(
            code=code,
            name=name,
            level=level,
            parent_code=parent,
            sort_order=order,
            line=line_number(node.line),
            component_code=papers.get(code[0]),
            option_group=f"{parent}:or" if node.choice else None,
        )


def _groups(topics: Sequence[Topic]) -> Iterator[OptionGroup]:
    """Of what stands behind "And either" and behind "Or" one is taken."""
    names = {topic.code: topic.name for topic in topics}
    for code, parent in {(topic.option_group, topic.parent_code): None for topic in topics if topic.option_group}:
        if code and parent:
            component = next(topic.component_code for topic in topics if topic.code == parent)
            yield OptionGroup(code, f"Either, or: {names[parent]}", 1, 1, component)


def _papers(lines: Sequence[Line]) -> dict[str, str]:
    """The paper whose overview names a theme; a theme that two papers name belongs to none of them."""
    told: dict[str, set[str]] = {}
    paper: str | None = None
    first = _first_page(lines)
    for line in lines:
        found = PAPER.match(line.text)
        paper = found["paper"] if found else paper
        if paper and line.page < first:
            for theme in DRAWN_FROM.findall(line.text):
                told.setdefault(theme, set()).add(paper)
    return {theme: next(iter(papers)) for theme, papers in told.items() if len(papers) == 1}


def _check_numbers(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Errors for topics of a theme that are not 1, 2, 3, whatever questions stand between them."""
    themes = [topic.code for topic in topics if topic.level == 0]
    expected = [chr(ord("A") + index) for index in range(len(themes))]
    if themes != expected:
        yield Finding("numbering_gap", "error", f"gap in numbering: the themes are {', '.join(themes)}")
    for theme in themes:
        numbers = [int(topic.code[1:]) for topic in topics if re.fullmatch(rf"{theme}\d+", topic.code)]
        if numbers != list(range(1, len(numbers) + 1)):
            message = f"gap in numbering: theme {theme} has {', '.join(map(str, numbers))}"
            yield Finding("numbering_gap", "error", message)
    parents = {topic.parent_code for topic in topics}
    for topic in topics:
        if re.fullmatch(r"[A-Z]\d+", topic.code) and topic.code not in parents:
            yield Finding("missing_children", "error", f"{topic.code} {topic.name} has nothing below it")
        if not topic.name:
            yield Finding("missing_title", "error", f"{topic.code} has no title", f"line {topic.line}")
        elif re.fullmatch(r"[A-Z]\d+", topic.code) and topic.name.endswith("."):
            # A title is no sentence: the bullet of its first point is lost.
            message = f"the title of {topic.code} runs on into its content: {topic.name!r}"
            yield Finding("title_runs_on", "error", message, f"line {topic.line}")


def _check_overview(lines: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """The list "A: Living together" before the first theme must name all themes."""
    first = _first_page(lines)
    pattern = re.compile(r"^• ?(?P<code>[A-Z]): (?P<title>.+)$")
    told = {m["code"]: m["title"] for line in lines if line.page < first and (m := pattern.match(line.text))}
    yield from numbered.compare_titles(told, [topic for topic in topics if topic.level == 0], source="the overview")


def _check_questions(lines: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    promised = [(theme, numbered.comparable(title)) for theme, title in _promised(lines)]
    asked = [
        (str(topic.parent_code), numbered.comparable(topic.name))
        for topic in topics
        if topic.level == 1 and "~" in topic.code
    ]
    for theme, title in promised:
        if (theme, title) not in asked:
            yield Finding("witnesses_disagree", "error", f"theme {theme} promises {title!r}, and has no such heading")
    if len(promised) != len(asked):
        message = f"{len(promised)} key questions are promised, {len(asked)} are asked"
        yield Finding("counts_differ", "error", message)


def _check_points(lines: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """A count by another route: all bullets of the content, without the promised questions."""
    bullets = sum(line.text.count("•") for line in _content(lines)) - len(list(_promised(lines)))
    taken = Counter(re.fullmatch(r"[A-Z]\d+", str(topic.parent_code)) is not None for topic in topics)[True]
    if bullets != taken:
        yield Finding("counts_differ", "error", f"{bullets} points are in the text, {taken} in the tree")


FAMILY = Family("themes of key questions in a text", read)
