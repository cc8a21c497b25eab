"""Key ideas with lettered content below topics and their optional sub-topics, in a text dump: geography."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from greenroom_exams.documents import Finding, OptionGroup, Topic
from greenroom_exams.layouts import dump_pages, numbered
from greenroom_exams.layouts.assessment_words import NUMBERS
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.headed_text import page_tops, printed_lines
from greenroom_exams.layouts.paths import path_code, unique_codes
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join
from greenroom_exams.layouts.plain_text import line_number

# Its box in the overview has the code of its paper in brackets.
COMPONENT = re.compile(r"^Component (?P<number>\d+): [^()]+$")
TOPIC = re.compile(r"^Topic (?P<code>\d+): (?P<title>.+)$")
OPTION = re.compile(r"^(?:Optional sub topic )?(?P<code>\d+[A-Z]): ?(?P<title>.+)$")
TASK = re.compile(r"^Task: (?P<title>.+)$")
HEADS = re.compile(r"^(?P<ideas>Key idea )?Detailed content(?P<related> Related topics)?$")
IDEA = re.compile(r"^(?P<code>\d+\.\d+)\s+(?P<title>\D.*)$")
STATEMENT = re.compile(r"^(?P<letter>[a-z])\.\s+(?P<title>.+)$")
# "2.3a; 3.3; 3.6a, c;" in a column beside the statements
REFERENCES = re.compile(r"^(?:(?:\d+\.\d+[a-z]?|[a-z])(?:[,;] ?|$))+$")
SKILLS = re.compile(r"^Integrated skills\b")
TASK_HEADS = ("Enquiry process", "point", "General focus and details of fieldwork")
NOTE = re.compile(r"^(?:\*See |= located example|\()")
AFTER = "Assessment information"
END = re.compile(r"^\d Administration and general information$")
# "Two optional sub topics from 1A or 1B or 1C."
CHOICE = re.compile(
    r"^(?P<count>One|Two|Three) optional sub topics? from (?:either )?(?P<codes>\d[A-Z](?: or \d[A-Z])+)\.?$"
)
# The overview says how many of how many: of the options 1A, 1B, 1C, and of the environments in 7A.
PROMISED = re.compile(r"choose (?P<count>one|two|three) from (?P<of>two|three|four), (?P<first>\d)[A-Z]:")
PROMISED_TASK = re.compile(r"(?P<count>one|two) from (?P<of>two|three) environments(?: in)? (?P<code>\d[A-Z]):")
# A reference to the skills listed below the table.
SKILL_MARK = re.compile(r"\s*\(\d{1,2}\)$")
BOX = re.compile(r"Component (?P<number>\d+): .*\(\*?Paper \d code: (?P<paper>\d[A-Z]{2}\d/\w{2})\)")


@dataclass(slots=True)
class _Node:
    kind: str  # topic, section, option, task, idea, statement
    code: str | None
    line: Line
    component: str | None
    parts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


# What a node may hang on, nearest first.
DEPTH = {"topic": 0, "section": 1, "option": 1, "task": 2, "idea": 2, "statement": 3}


def read(pdf: Pdf) -> Reading | None:
    """The tree of topics, sections, key ideas and statements; None for a document without key ideas."""
    lines = printed_lines(pdf)
    if not pdf.is_text or not any(HEADS.match(line.text) for line in lines):
        return None
    content = _content(lines)
    overview = _before(lines, content)
    topics = tuple(_topics(list(_Walk(content, _papers(overview)).nodes())))
    groups = tuple(_groups(content, topics))
    topics = tuple(_grouped(topics, groups))
    findings = (
        *numbered.check_end(any(END.match(line.text) for line in lines)),
        *dump_pages.check_printed(pdf),
        *_check_numbers(topics),
        *_check_overview(overview, topics),
        *_check_promises(overview, content, topics, groups),
        *_check_contents(pdf),
        *_check_counts(content, topics),
    )
    return Reading(topics, findings, option_groups=groups)


def _content(lines: Sequence[Line]) -> list[Line]:
    tops = page_tops(lines)
    first = next((i for i, line in enumerate(lines) if line in tops and COMPONENT.match(line.text)), len(lines))
    end = next((i for i, line in enumerate(lines) if i > first and END.match(line.text)), len(lines))
    # Behind the last topic stands its assessment; the skills and objectives after it are no topics.
    lasts = [i for i in range(first, end) if lines[i].text == AFTER]
    return list(lines[first : lasts[-1] + 1 if lasts else end])


def _before(lines: Sequence[Line], content: Sequence[Line]) -> list[Line]:
    return [line for line in lines if content and line_number(line) < line_number(content[0])]


def _papers(overview: Sequence[Line]) -> dict[str, str]:
    whole = " ".join(line.text for line in overview)
    return {found["number"]: found["paper"] for found in re.finditer(BOX.pattern.replace(".*", "[^()]*"), whole)}


class _Walk:
    """One pass over the lines of the content; the state says what a line without a mark of its own belongs to."""

    def __init__(self, lines: Sequence[Line], papers: dict[str, str]) -> None:
        self.lines, self.papers, self.tops = lines, papers, page_tops(lines)
        self.state = "prose"  # prose, heading, title, table, skills, task
        self.component: str | None = None
        self.has_references = False
        self.heading: list[Line] = []
        self.current: _Node | None = None

    def nodes(self) -> Iterator[_Node]:
        for index, line in enumerate(self.lines):
            if line in self.tops:
                self._turn_page(line)
            opened = self._opened(index, line)
            for node in opened:
                if self.current:
                    yield self.current
                self.current = node
        if self.current:
            yield self.current

    def _turn_page(self, line: Line) -> None:
        found = COMPONENT.match(line.text)
        if found:
            self.component, self.state = self.papers.get(found["number"]), "prose"
        elif self.state in {"table", "skills"}:
            self.state = "heading"

    def _node(self, kind: str, code: str | None, line: Line, title: str) -> _Node:
        return _Node(kind, code, line, self.component, [title])

    def _opened(self, index: int, line: Line) -> list[_Node]:
        text = line.text
        for kind, pattern in (("topic", TOPIC), ("option", OPTION), ("task", TASK)):
            found = pattern.match(text)
            # An introduction names the options too.
            if found and (kind == "topic" or self.state != "prose"):
                self.heading = []
                self.state = {"topic": "heading", "option": "title", "task": "title"}[kind]
                code = found.groupdict().get("code")
                return [self._node(kind, code, line, found["title"])]
        heads = HEADS.match(text)
        if heads:
            section = self._section() if self.state == "heading" and heads["ideas"] else []
            self.state, self.has_references = "table", heads["related"] is not None
            return section
        if text == AFTER or SKILLS.match(text):
            self.state = "prose" if text == AFTER else "skills"
            return []
        if text == TASK_HEADS[0]:
            self.state = "task"
        inside = {
            "heading": self._in_heading,
            "title": self._in_title,
            "task": self._in_task,
            "table": self._in_table,
        }.get(self.state)
        return inside(index, line) if inside else []

    def _section(self) -> list[_Node]:
        """What stood above the head of a table, if anything did, is a section of the topic."""
        lines, self.heading = self.heading, []
        if not lines:
            return []
        return [self._node("section", None, lines[0], join(line.text for line in lines))]

    def _in_heading(self, _index: int, line: Line) -> list[_Node]:
        if not NOTE.match(line.text) and not CHOICE.match(line.text):
            self.heading.append(line)
        return []

    def _in_title(self, _index: int, line: Line) -> list[_Node]:
        if CHOICE.match(line.text) or NOTE.match(line.text):
            self.state = "heading"
        elif line.text != "Key idea" and self.current:
            self.current.parts.append(line.text)
        return []

    def _in_task(self, _index: int, line: Line) -> list[_Node]:
        if self.current and line.text not in TASK_HEADS:
            self.current.notes.append(line.text)
        return []

    def _in_table(self, index: int, line: Line) -> list[_Node]:
        is_note = NOTE.match(line.text) and not line.text.startswith("(")
        if is_note or (self.has_references and _is_reference(line)):
            return []
        if found := IDEA.match(line.text):
            return [self._node("idea", found["code"], line, found["title"])]
        if found := STATEMENT.match(line.text):
            return [self._node("statement", found["letter"], line, found["title"])]
        if self._is_section(index, line):
            return [self._node("section", None, line, line.text)]
        if self.current:
            self.current.parts.append(line.text)
        return []

    def _is_section(self, index: int, line: Line) -> bool:
        """A line between a finished statement, or the table's head, and a key idea."""
        before = self.lines[index - 1].text
        after = self.lines[index + 1].text if index + 1 < len(self.lines) else ""
        finished = bool(HEADS.match(before)) or before.endswith((".", ")"))
        return finished and line.text[:1].isupper() and not line.text.endswith(".") and bool(IDEA.match(after))


def _is_reference(line: Line) -> bool:
    return bool(REFERENCES.match(line.text))


def _topics(nodes: Sequence[_Node]) -> Iterator[Topic]:
    above: dict[int, str] = {}
    rows: list[tuple[_Node, str, str, str | None, int]] = []
    for node in nodes:
        name = _name(node)
        parents = [level for level in above if level < DEPTH[node.kind]]
        parent = above[max(parents)] if parents else None
        letter = node.kind == "statement"
        code = f"{parent}{node.code}" if letter else node.code or path_code(parent, name)
        above = {level: above[level] for level in parents} | {DEPTH[node.kind]: code}
        rows.append((node, name, code, parent, len(parents)))
    codes = unique_codes(code for _, _, code, _, _ in rows)
    for order, ((node, name, _, parent, level), code) in enumerate(zip(rows, codes, strict=True), start=1):
        yield Topic(
            code=code,
            name=name,
            level=level,
            parent_code=parent,
            sort_order=order,
            line=line_number(node.line),
            description=join(node.notes) or None,
            component_code=node.component,
        )


def _name(node: _Node) -> str:
    """The words without the marks of footnotes, and without the numbers of skills, which stand for another list."""
    words = re.sub(r"\*(?=\w)", " ", join(node.parts)).replace("*", "")
    words = re.sub(r" +([.,;])", r"\1", re.sub(r"\s+", " ", words)).strip()
    return SKILL_MARK.sub("", words) if node.kind == "statement" else words


def _groups(content: Sequence[Line], topics: Sequence[Topic]) -> Iterator[OptionGroup]:
    """The sub-topics of which a line says how many are taken, and the tasks of which one is."""
    known = {topic.code: topic for topic in topics}
    for line in content:
        found = CHOICE.match(line.text)
        if found:
            codes = found["codes"].split(" or ")
            count = NUMBERS[found["count"].casefold()]
            one = known.get(codes[0])
            yield OptionGroup(
                code="/".join(codes),
                name=f"Optional sub-topics {', '.join(codes)}",
                choose_least=count,
                choose_most=count,
                component_code=one.component_code if one else None,
                note=line.text,
            )
    whole = " ".join(line.text for line in content)
    for found in PROMISED_TASK.finditer(whole):
        count = NUMBERS[found["count"]]
        one = known.get(found["code"])
        if one:
            yield OptionGroup(found["code"], one.name, count, count, one.component_code, found.group())


def _grouped(topics: Sequence[Topic], groups: Sequence[OptionGroup]) -> Iterator[Topic]:
    of = {code: group.code for group in groups if "/" in group.code for code in group.code.split("/")}
    tasks = {group.code for group in groups if "/" not in group.code}
    for topic in topics:
        group = of.get(topic.code) or (topic.parent_code if topic.parent_code in tasks else None)
        yield replace(topic, option_group=group)


def _check_numbers(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Errors for topics, key ideas of a topic or letters of an idea that do not follow each other."""
    tops = [topic.code for topic in topics if topic.level == 0]
    yield from _in_order(tops, [str(number) for number in range(1, len(tops) + 1)], "the topics")
    for top in tops:
        ideas = [topic.code for topic in topics if re.fullmatch(rf"{top}\.\d+", topic.code)]
        yield from _in_order(ideas, [f"{top}.{n}" for n in range(1, len(ideas) + 1)], f"the key ideas of topic {top}")
        options = [topic.code for topic in topics if re.fullmatch(rf"{top}[A-Z]", topic.code)]
        expected = [f"{top}{chr(ord('A') + n)}" for n in range(len(options))]
        yield from _in_order(options, expected, f"the options of topic {top}")
    for idea in (topic for topic in topics if re.fullmatch(r"\d+\.\d+", topic.code)):
        letters = [topic.code for topic in topics if topic.parent_code == idea.code]
        expected = [f"{idea.code}{chr(ord('a') + n)}" for n in range(len(letters))]
        yield from _in_order(letters, expected, f"the content of {idea.code}")
        if not letters:
            yield Finding("missing_children", "error", f"{idea.code} {idea.name} has nothing below it")
    for topic in topics:
        if not topic.name:
            yield Finding("missing_title", "error", f"{topic.code} has no title", f"line {topic.line}")


def _in_order(found: Sequence[str], expected: Sequence[str], what: str) -> Iterator[Finding]:
    if list(found) != list(expected):
        yield Finding("numbering_gap", "error", f"gap in numbering: {what} are {', '.join(found)}")


def _check_overview(overview: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """The list "Topic 2: Weather – ..." before the content must name the topics and the options of the content."""
    pattern = re.compile(r"^• ?Topic (?P<code>\d+): (?P<title>.+?)(?: – .*)?$")
    told = {found["code"]: found["title"] for line in overview if (found := pattern.match(line.text))}
    yield from numbered.compare_titles(told, [each for each in topics if each.level == 0], source="the overview")
    whole = " ".join(line.text for line in overview)
    options = dict(re.findall(r"\b(\d[A-Z]): ([A-Z].*?)(?=,? (?:and )?\d[A-Z]:| •| Assessment| Component|$)", whole))
    read = {topic.code: topic.name for topic in topics}
    for code, title in options.items():
        if numbered.comparable(title) != numbered.comparable(read.get(code, "")):
            message = f"{code} is {read.get(code)!r} in its heading and {title!r} in the overview"
            yield Finding("witnesses_disagree", "error", message)


def _check_promises(
    overview: Sequence[Line], content: Sequence[Line], topics: Sequence[Topic], groups: Sequence[OptionGroup]
) -> Iterator[Finding]:
    """How many of how many, as the overview says it, against the options that are there."""
    for found in PROMISED.finditer(" ".join(line.text for line in overview)):
        group = next((group for group in groups if group.code.startswith(found["first"]) and "/" in group.code), None)
        count, of = NUMBERS[found["count"]], NUMBERS[found["of"]]
        read = (group.choose_most, len(group.code.split("/"))) if group else (0, 0)
        if read != (count, of):
            message = f"topic {found['first']}: {count} of {of} options are promised, {read[0]} of {read[1]} were read"
            yield Finding("witnesses_disagree", "error", message)
    for found in PROMISED_TASK.finditer(" ".join(line.text for line in content)):
        tasks = sum(topic.parent_code == found["code"] for topic in topics)
        if tasks != NUMBERS[found["of"]]:
            message = f"{found['code']}: {NUMBERS[found['of']]} environments are promised, {tasks} were read"
            yield Finding("witnesses_disagree", "error", message)
    for group in groups:
        of = sum(topic.option_group == group.code for topic in topics)
        if of <= group.choose_most:
            message = f"{group.choose_most} of {of} are to be chosen of {group.code}"
            yield Finding("options_missing", "error", message)


def _check_contents(pdf: Pdf) -> Iterator[Finding]:
    for entry in dump_pages.contents(pdf):
        if COMPONENT.match(entry.title):
            yield from dump_pages.check_heading(pdf, entry)


def _check_counts(content: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """A count by another route: each line that begins with a letter and a full stop."""
    counted = sum(bool(re.match(r"[a-z]\. ?\S", line.text)) for line in content)
    taken = sum(bool(re.fullmatch(r"\d+\.\d+[a-z]", topic.code)) for topic in topics)
    if counted != taken:
        yield Finding("counts_differ", "error", f"{counted} lettered lines are in the text, {taken} in the tree")


FAMILY = Family("key ideas in a text", read)
