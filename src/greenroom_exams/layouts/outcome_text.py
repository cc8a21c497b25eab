"""The text dump of a table of subtopics and numbered outcomes: each code with the whole of its text."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from greenroom_exams.documents import Finding, Topic
from greenroom_exams.layouts import dump_pages, numbered
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.headed_text import follows, page_tops, printed_lines
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join
from greenroom_exams.layouts.plain_text import line_number

TOPIC = re.compile(r"^Topic (?P<code>\d+): (?P<title>.+)$")
HEADS = re.compile(r"^Subject content Students should:?$")
# "2.2 Data", "1.2 Algorithms 1.2.1 be able to", "1.2.7 be able to"
SUBTOPIC = re.compile(r"^(?P<code>\d+\.\d+)(?![.\d])\s*(?P<rest>.*)$")
OUTCOME = re.compile(r"(?:^|(?<=\s))(?P<code>\d+\.\d+\.\d+)(?![.\d])\s*(?P<text>.*)$")
# A table ends at its footnote, at the next chapter, or where the paper itself is described.
AFTER = re.compile(r"^(?:Assessment information|\*In this specification\b.*|\d [A-Z][a-z]+ .*information)$")
END = re.compile(r"^\d Assessment information$")


@dataclass(slots=True)
class _Open:
    code: str
    level: int
    line: Line
    parts: list[str] = field(default_factory=list)


def read(pdf: Pdf) -> Reading | None:
    """The tree of topics, subtopics and outcomes; None for a document that is no dump of such tables."""
    lines = printed_lines(pdf)
    if not pdf.is_text or not any(HEADS.match(line.text) for line in lines):
        return None
    nodes = list(_nodes(lines))
    components = papers_of_topics(pdf.lines())
    topics = tuple(
        Topic(
            code=node.code,
            name=join(node.parts),
            level=node.level,
            parent_code=numbered.parent_of(node.code) if node.level else None,
            sort_order=order,
            line=line_number(node.line),
            component_code=components.get(node.code.split(".")[0]),
        )
        for order, node in enumerate(nodes, start=1)
    )
    findings = (
        *numbered.check_end(any(END.match(line.text) for line in lines)),
        *numbered.check_numbering(topics),
        *numbered.check_depth(topics, 2),
        *dump_pages.check_printed(pdf),
        *check_overview([line for line in lines if nodes and line_number(line) < line_number(nodes[0].line)], topics),
        *_check_codes(lines, topics),
    )
    return Reading(topics, findings)


def _nodes(lines: Sequence[Line]) -> Iterator[_Open]:
    current: _Open | None = None
    last: Line | None = None
    in_table = False
    tops = page_tops(lines)
    for line in lines:
        # A table that goes on over a page repeats its head there; what has none is another chapter.
        in_table = in_table and line not in tops
        top = TOPIC.match(line.text)
        if top or AFTER.match(line.text):
            if current:
                yield current
            current = _Open(top["code"], 0, line, [top["title"]]) if top else None
            in_table = False
        elif HEADS.match(line.text):
            in_table = True
        elif in_table:
            for opened in _opened(line):
                if current:
                    yield current
                current, last = opened, line
            if last is not line and current and current.level and last and _goes_on(line, last):
                current.parts.append(line.text)
                last = line
    if current:
        yield current


def _goes_on(line: Line, last: Line) -> bool:
    return follows(line, last) or line.page == last.page + 1


def _opened(line: Line) -> Iterator[_Open]:
    """The subtopic and the outcome that begin on a line: neither, one, or one after the other."""
    subtopic, outcome = SUBTOPIC.match(line.text), OUTCOME.search(line.text)
    if subtopic:
        inside = OUTCOME.search(subtopic["rest"])
        title = subtopic["rest"][: inside.start()] if inside else subtopic["rest"]
        yield _Open(subtopic["code"], 1, line, [title] if title else [])
        outcome = inside
    elif outcome and outcome.start():
        # a code in the middle of a statement is a reference
        outcome = None
    if outcome:
        yield _Open(outcome["code"], 2, line, [outcome["text"]] if outcome["text"] else [])


def check_overview(before: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """The topics that the overview of the papers lists, before the content, must be those of the content."""
    told = dict(_overview(before))
    if told:
        yield from numbered.compare_titles(told, [each for each in topics if each.level == 0], source="the overview")


def _overview(lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """What "Topic 2: Data – understanding of ..." and "will assess Topic 6: Problem solving." name."""
    for line in lines:
        found = re.match(r"^(?:• ?)?Topic (?P<code>\d+): (?P<title>.+?)(?: [–-] .*|\.)?$", line.text)
        found = found or re.search(r"will assess Topic (?P<code>\d+): (?P<title>.+)\.", line.text)
        if found:
            yield found["code"], found["title"]


def papers_of_topics(lines: Iterator[Line]) -> dict[str, str]:
    """The paper that assesses each topic, as "Paper 1: ... 1CP2/01" says followed by "will assess Topics 1 to 5"."""
    papers: dict[str, str] = {}
    code: str | None = None
    for line in lines:
        named = re.match(r"Paper \d: .*\b(\d[A-Z]{2}\d/\d{2})\)?$", line.text)
        code = named[1] if named else code
        ranged = re.search(r"will assess Topics (\d+) to (\d+)\.", line.text)
        single = re.search(r"will assess Topic (\d+)\b", line.text)
        if code and ranged:
            papers |= {str(each): code for each in range(int(ranged[1]), int(ranged[2]) + 1)}
        elif code and single:
            papers[single[1]] = code
    return papers


def _check_codes(lines: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """A count by another route: every code of three numbers, wherever it stands in a line."""
    counted = Counter(code for line in lines for code in re.findall(r"(?<![\w.])\d+\.\d+\.\d+(?![\w.])", line.text))
    taken = Counter(topic.code for topic in topics if topic.level == 2)
    for code in sorted((counted - taken) + (taken - counted)):
        message = f"{code} is {counted[code]} times in the text, {taken[code]} in the tree"
        yield Finding("counts_differ", "error", message)


FAMILY = Family("table of outcomes in a text", read)
