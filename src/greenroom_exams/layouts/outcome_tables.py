"""Ruled tables of subtopics and numbered outcomes below "Topic 1: ...", in a PDF, counted by two routes."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from greenroom_exams.documents import Finding, Topic
from greenroom_exams.layouts import numbered, ruled_table
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.outcome_text import check_overview, papers_of_topics
from greenroom_exams.layouts.pdf_lines import Line, Pdf
from greenroom_exams.layouts.table_rules import check_ruled_rows

TOPIC = r"^Topic (?P<code>\d+): ?(?P<title>.*)$"
SUBTOPIC = r"^(?P<code>\d+\.\d+)(?:\s+(?P<title>\S.*))?$"
OUTCOME = r"\d+\.\d+\.\d+"
COLUMN_HEADS = r"^(?:Subject content|Students should:?)$"
# A letter that the font does not name comes as a bullet, or as this mark.
SPOILT = re.compile("[•\ufffd]")


def read(pdf: Pdf) -> Reading | None:
    """The tree of topics, subtopics and outcomes; None for a document without such tables."""
    if pdf.is_text:
        return None
    lines, has_end = _content(pdf)
    rows = list(ruled_table.statements(lines, OUTCOME, COLUMN_HEADS))
    outcomes = [row for row in rows if isinstance(row, ruled_table.Statement)]
    topics = _topics(lines, outcomes, papers_of_topics(pdf.lines()))
    if not outcomes or not any(topic.level == 0 for topic in topics):
        return None
    before = [line for line in pdf.lines() if line.page < lines[0].page]
    findings = (
        *numbered.check_end(has_end),
        *numbered.check_numbering(topics),
        *numbered.check_depth(topics, 2),
        *numbered.check_pages(pdf.pages, lines[0].page, lines[-1].page),
        *check_overview(before, topics),
        *_check_counts(lines, topics),
        *_check_titles(topics),
        *check_ruled_rows(pdf, lines[0].page, lines[-1].page),
        *(row for row in rows if isinstance(row, Finding)),
    )
    return Reading(topics, findings)


def _content(pdf: Pdf) -> tuple[list[Line], bool]:
    """The lines from the first topic's heading to the chapter that follows the last one's, and whether one does."""
    lines = list(pdf.lines())
    size = max((line.size for line in lines if line.bold and re.match(TOPIC, line.text)), default=0.0)
    tops = [index for index, line in enumerate(lines) if _is_topic(line, size)]
    if not tops:
        return [], False
    # Chapter titles are at least two points larger than those of topics.
    chapters = (i for i, line in enumerate(lines) if i > tops[-1] and line.bold and line.size >= size + 2)
    end = next(chapters, None)
    return lines[tops[0] : end], end is not None


def _is_topic(line: Line, size: float) -> bool:
    return line.bold and bool(re.match(TOPIC, line.text)) and line.size >= size - numbered.SAME_SIZE_POINTS


def _topics(
    lines: Sequence[Line], outcomes: Sequence[ruled_table.Statement], components: dict[str, str]
) -> tuple[Topic, ...]:
    tops = numbered.headings(lines, TOPIC, lambda line: line.bold)
    subtopics = numbered.headings(lines, SUBTOPIC, lambda line: line.bold)
    placed = [(each.code, each.title, each.page, each.box, 0) for each in tops]
    placed += [(each.code, each.title, each.page, each.box, 1) for each in subtopics]
    placed += [(each.code, each.text, each.page, each.box, 2) for each in outcomes]
    # Down the tree in the order of the numbers: the columns of a table are not read one after the other.
    placed.sort(key=lambda each: [int(part) for part in each[0].split(".")])
    return tuple(
        Topic(
            code=code,
            name=title,
            level=level,
            parent_code=numbered.parent_of(code) if level else None,
            sort_order=order,
            page=page,
            box=box,
            component_code=components.get(code.split(".")[0]),
        )
        for order, (code, title, page, box, level) in enumerate(placed, start=1)
    )


def _check_counts(lines: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """A count by another route: every code of an outcome that stands at the beginning of a run of words."""
    counted = Counter(found.group() for line in lines if (found := re.match(rf"{OUTCOME}\b", line.text)))
    taken = Counter(topic.code for topic in topics if topic.level == 2)
    for code in sorted((counted - taken) + (taken - counted)):
        message = f"{code} is {counted[code]} times in the text, {taken[code]} in the tree"
        yield Finding("counts_differ", "error", message)


def _check_titles(topics: Sequence[Topic]) -> Iterator[Finding]:
    for topic in topics:
        if SPOILT.search(topic.name):
            yield Finding("unreadable_character", "error", f"{topic.code} has a spoilt letter", f"page {topic.page}")


FAMILY = Family("ruled table of outcomes", read)
