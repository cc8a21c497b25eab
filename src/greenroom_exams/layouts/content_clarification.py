"""OCR's guide "Subject content clarification": numbered headings, third level set upright in the margin.

The guide holds a specification's tree with comments; it is not the specification, and no board file takes it for one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from greenroom_exams.documents import Finding, Topic
from greenroom_exams.layouts import numbered
from greenroom_exams.layouts.families import Reading
from greenroom_exams.layouts.pdf_lines import Line, Page, Pdf, join

NAME = "content clarification"
COMPONENT = re.compile(r"^Component (?P<number>\d)$")
SECTION = re.compile(r"^(?P<code>\d\.\d{1,2})\.? (?P<title>\S.*)$")
TOPIC = re.compile(r"^(?P<code>\d\.\d{1,2}\.\d{1,2}) (?P<title>\S.*)$")
CONTENTS = "Contents"


def read(pdf: Pdf) -> Reading | None:
    """Components, sections and topics; None where the document has no headings upright in its margin."""
    contents = next(
        (page for page in pdf.pages if any(line.text == CONTENTS for line in (*page.turned, *page.lines))), None
    )
    pages = [page for page in pdf.pages if contents and page.number > contents.number]
    topics = tuple(_topics(pages))
    if contents is None or not any(topic.level == 2 for topic in topics):
        return None
    findings = [
        *numbered.check_numbering(topics),
        *numbered.check_depth(topics, 2),
        *numbered.compare_titles(
            _listed(contents), [topic for topic in topics if topic.level == 1], source="the contents page"
        ),
        *numbered.check_pages(pdf.pages, contents.number, pages[-1].number),
        *_check_starts(contents, topics),
    ]
    return Reading(topics, tuple(findings))


def _topics(pages: Sequence[Page]) -> Iterator[Topic]:
    seen: set[str] = set()
    order = 0
    for page in pages:
        for line in (*_headings(page.lines), *_upright(page)):
            section, topic = SECTION.match(line.text), TOPIC.match(line.text)
            found = topic or section
            if found is None or found["code"] in seen:
                continue
            component = found["code"][0]
            if component not in seen:
                order += 1
                seen.add(component)
                yield Topic(component, f"Component {component}", 0, None, order, page.number)
            order += 1
            seen.add(found["code"])
            level = found["code"].count(".")
            parent = numbered.parent_of(found["code"])
            yield Topic(found["code"], found["title"], level, parent, order, page.number, line.box)


def _headings(lines: Sequence[Line]) -> Iterator[Line]:
    """Bold lines with a number, with the rest of their titles; the column of links names other topics in bold too."""
    left = min((line.left for line in lines), default=0.0)
    for found in numbered.headings(lines, r"^(?P<code>\d\.\d{1,2}\.?)(?: (?P<title>\S.*))?$", lambda line: line.bold):
        if found.lines[0].left - left < found.lines[0].size:
            yield replace(found.lines[0], text=f"{found.code} {found.title}")


def _upright(page: Page) -> Iterator[Line]:
    """The turned lines from the top of the page down; two of one heading stand side by side."""
    turned = sorted((line for line in page.turned if line.bold), key=lambda line: (-line.box[3], line.box[0]))
    for line in turned:
        if not TOPIC.match(line.text):
            continue
        beside = [other for other in turned if not TOPIC.match(other.text) and _is_beside(other, line)]
        yield replace(line, text=join([line.text, *(each.text for each in beside)]))


def _is_beside(other: Line, line: Line) -> bool:
    """Whether an upright line is the next one to the right of another."""
    near = line.box[0] < other.box[0] <= line.box[2] + line.size / 2
    return near and other.box[1] < line.box[3] and other.box[3] > line.box[1]


def _listed(contents: Page) -> dict[str, str]:
    return {found["code"]: found["title"] for line in contents.lines if (found := SECTION.match(line.text))}


def _check_starts(contents: Page, topics: Sequence[Topic]) -> Iterator[Finding]:
    """Errors where a section does not begin on the page that the contents page tells."""
    places = {topic.code: topic.page for topic in topics}
    for line in contents.lines:
        found = SECTION.match(line.text)
        told = next(
            (int(other.text) for other in contents.lines if other.text.isdigit() and abs(other.base - line.base) < 1),
            None,
        )
        if found and told is not None and places.get(found["code"]) not in {told, None}:
            message = f"{found['code']} begins on page {places[found['code']]}, the contents page says {told}"
            yield Finding("page_missing", "error", message)
