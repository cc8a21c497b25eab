"""OCR's sciences: modules, numbered topics, and lettered statements beside a column of guidance.

In a PDF the statements stand in a column of their own. A text dump has both columns on one line, so statements are
counted there and left together, as they are printed, below the topic they belong to.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from greenroom_exams.documents import Component, Finding, Topic
from greenroom_exams.layouts import numbered, tabbed_pages
from greenroom_exams.layouts.families import Reading
from greenroom_exams.layouts.pdf_lines import Line, Pdf, hull, join
from greenroom_exams.layouts.plain_text import line_number

NAME = "modules"
CONTENT = re.compile(r"^2c\. Content of modules (?P<first>\d) to (?P<last>\d)$")
SECTION = re.compile(r"^(?P<number>\d[a-z])\. \S")
MODULE = re.compile(r"^Module (?P<code>\d): (?P<title>\S.*)$")
TOPIC = re.compile(r"^(?P<code>\d\.\d{1,2}(?:\.\d{1,2})?) (?P<title>[A-Z].*)$")
HEADS = ("Learning outcomes", "Additional guidance")
# The tab of the chapter may have stayed before it, where exponents on the page look the same.
STATEMENT = re.compile(r"^(?:\d )?\((?P<letter>[a-z])\)(?:\s+(?P<text>.+))?$")
OVERVIEW_TOPIC = re.compile(r"(?<![\d.])(?P<code>\d\.\d{1,2}(?:\.\d{1,2})?) (?P<title>[A-Z][^\d]*?)(?= \d\.\d|\.?$)")
OVERVIEW_MODULE = re.compile(r"(?<!• )Module (?P<code>\d) – (?P<title>[A-Z].*?)(?= \d\.\d| •|$)")
# "Biological processes (Component 01)"; the title may begin on the line before.
COMPONENT = re.compile(r"^(?P<title>.*?)\(Component (?P<number>\d{2})\)$")
BORDER_POINTS = 4.0
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class _Heading:
    code: str
    title: str
    index: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    letter: str
    lines: tuple[Line, ...]
    own: tuple[str, ...]


def read(pdf: Pdf) -> Reading | None:
    """Modules, topics and statements; None where the document has no section "Content of modules"."""
    lines = _printed(pdf)
    sections = [index for index, line in enumerate(lines) if SECTION.match(line.text) and _is_heading(pdf, line)]
    starts = [index for index in sections if CONTENT.match(lines[index].text)]
    if not starts:
        return None
    start = starts[-1]
    end = next((index for index in sections if index > start), len(lines))
    body = lines[start + 1 : end]
    headings = list(_headings(pdf, body))
    topics, found = _topics(pdf, body, headings)
    overview = _section(lines, sections, "2b")
    components = tuple(_components(_section(lines, sections, "2a"), _section(lines, sections, "3a")))
    promised = CONTENT.match(lines[start].text)
    assert promised is not None
    findings = [
        *numbered.check_numbering([topic for topic in topics if topic.level < 3]),
        *numbered.check_depth([topic for topic in topics if topic.level < 3], 2),
        *_check_modules(topics, range(int(promised["first"]), int(promised["last"]) + 1)),
        *_check_overview(topics, overview),
        *_check_letters(found),
        *(_check_heads(body, found) if pdf.is_text else ()),
        *numbered.check_end(end < len(lines)),
        *_check_pages(pdf, lines[start].page, body[-1].page if body else lines[start].page),
    ]
    if any(component.marks is None and component.examined for component in components) or not components:
        findings.append(Finding("assessment_unread", "warning", "the overview does not tell each component's marks"))
    if pdf.is_text:
        count = sum(len(statements) for _, statements in found)
        message = (
            f"{count} lettered statements stand on one line with the guidance beside them; they are kept as printed "
            "with their topics, not as topics of their own: give the PDF"
        )
        findings.append(Finding("columns_merged", "warning", message))
    return Reading(tuple(topics), tuple(findings), components)


def statements_in(pdf: Pdf) -> dict[str, str]:
    """The letters of the statements below each topic, "abc" for three: what another witness may count."""
    lines = _printed(pdf)
    starts = [index for index, line in enumerate(lines) if CONTENT.match(line.text)]
    if not starts:
        return {}
    body = lines[starts[-1] + 1 :]
    end = next((index for index, line in enumerate(body) if SECTION.match(line.text)), len(body))
    _, found = _topics(pdf, body[:end], list(_headings(pdf, body[:end])))
    return {heading.code: "".join(statement.letter for statement in statements) for heading, statements in found}


def _printed(pdf: Pdf) -> list[Line]:
    """All lines; of a dump those of pages that bear a number, which the contents page does not."""
    return [line for page in pdf.pages if page.printed or not pdf.is_text for line in page.lines]


def _is_heading(pdf: Pdf, line: Line) -> bool:
    return pdf.is_text or line.bold


def _headings(pdf: Pdf, body: Sequence[Line]) -> Iterator[_Heading]:
    """Headings in their order. A number of another module in the text of this one is a reference, not a heading."""
    module = ""
    for index, line in enumerate(body):
        found = MODULE.match(line.text) or TOPIC.match(line.text)
        if not found or not _is_heading(pdf, line):
            continue
        code = found["code"]
        if "." not in code:
            module = code
        elif code.partition(".")[0] != module or (pdf.is_text and _is_reference(found["title"])):
            continue
        below = [] if pdf.is_text else _wrapped(body[index + 1 :], line)
        yield _Heading(code, join([found["title"], *(each.text for each in below)]), index, (line, *below))


def _is_reference(title: str) -> bool:
    """Whether what follows a number is the middle of a sentence: "Analytical techniques). awareness for"."""
    return bool(re.search(r"\)\.|[.;,]$", title)) or title.count("(") != title.count(")")


def _wrapped(rest: Sequence[Line], first: Line) -> list[Line]:
    below: list[Line] = []
    last = first
    for line in rest:
        far = line.page != first.page or last.base - line.base > numbered.WRAP_EM * last.size
        if far or not numbered.same_style(line, first) or MODULE.match(line.text) or TOPIC.match(line.text):
            break
        if line.text in HEADS:
            break
        below.append(line)
        last = line
    return below


def _topics(
    pdf: Pdf, body: Sequence[Line], headings: Sequence[_Heading]
) -> tuple[list[Topic], list[tuple[_Heading, list[_Statement]]]]:
    topics: list[Topic] = []
    found: list[tuple[_Heading, list[_Statement]]] = []
    ends = [heading.index for heading in headings[1:]] + [len(body)]
    for heading, end in zip(headings, ends, strict=True):
        level = heading.code.count(".")
        rows = body[heading.index + len(heading.lines) : end]
        statements = list(_statements(pdf, rows)) if level == 2 else []
        if level == 2:
            found.append((heading, statements))
        text = "\n".join(part for each in statements for part in each.own) if pdf.is_text else None
        topics.append(_topic(pdf, heading.code, heading.title, level, heading.lines, len(topics) + 1, text or None))
        if not pdf.is_text:
            for each in statements:
                code = f"{heading.code}({each.letter})"
                topics.append(_topic(pdf, code, join(each.own), 3, each.lines, len(topics) + 1, None, heading.code))
    return topics, found


def _topic(
    pdf: Pdf, code: str, name: str, level: int, lines: Sequence[Line], order: int, text: str | None,
    parent: str | None = None,
) -> Topic:  # fmt: skip
    parent = parent or numbered.parent_of(code)
    topic = Topic(code, name, level, parent, order, description=text, examined=not _is_endorsed(code, name, parent))
    if pdf.is_text:
        return replace(topic, line=line_number(lines[0]))
    first = [line for line in lines if line.page == lines[0].page]
    return replace(topic, page=lines[0].page, box=hull(first))


def _is_endorsed(code: str, name: str, parent: str | None) -> bool:
    """The practical endorsement, module 1.2, is assessed by the teacher: "in the practical endorsement"."""
    return "1.2" in {code, parent} or code.startswith("1.2.")


def _statements(pdf: Pdf, rows: Sequence[Line]) -> Iterator[_Statement]:
    """The lettered statements of a topic; "(i)" is one only where a letter i is due and no "(ii)" follows."""
    cells = list(rows) if pdf.is_text else list(_left_column(rows))
    marks: list[tuple[int, str]] = []
    for index, line in enumerate(cells):
        mark = STATEMENT.match(line.text)
        if mark and not (mark["letter"] in "iv" and _is_roman(cells, index, mark, len(marks))):
            marks.append((index, mark["letter"]))
    for (start, letter), (end, _) in pairwise([*marks, (len(cells), "")]):
        first = STATEMENT.match(cells[start].text)
        own = [(first and first["text"]) or "", *(line.text for line in cells[start + 1 : end])]
        yield _Statement(letter, tuple(cells[start:end]), tuple(part for part in own if part))


def _is_roman(cells: Sequence[Line], index: int, mark: re.Match[str], count: int) -> bool:
    """Whether "(i)" or "(v)" counts within a statement: where another letter is due, or "(ii)" follows."""
    letter = mark["letter"]
    if LETTERS[min(count, len(LETTERS) - 1)] != letter:
        return True
    if (mark["text"] or "").startswith("(i)"):
        return False
    following = next((line.text for line in cells[index + 1 :] if line.text.startswith("(")), "")
    return letter == "i" and following.startswith("(ii)")


def _left_column(rows: Sequence[Line]) -> Iterator[Line]:
    """What stands left of the column "Additional guidance"; the heads themselves and their lead-in are no statement."""
    border: float | None = None
    begun = False
    for line in rows:
        if line.text == HEADS[1]:
            border = line.left
        elif border is not None and line.left < border - BORDER_POINTS and line.text != HEADS[0]:
            begun = begun or STATEMENT.match(line.text) is not None
            if begun:
                yield line


def _section(lines: Sequence[Line], sections: Sequence[int], number: str) -> list[Line]:
    for start, end in pairwise([*sections, len(lines)]):
        found = SECTION.match(lines[start].text)
        if found and found["number"] == number:
            return list(lines[start + 1 : end])
    return []


def _check_modules(topics: Sequence[Topic], promised: range) -> Iterator[Finding]:
    found = [int(topic.code) for topic in topics if topic.level == 0]
    if found != list(promised):
        yield Finding(
            "witnesses_disagree", "error", f"the text has modules {found}, its title promises {list(promised)}"
        )


def _check_overview(topics: Sequence[Topic], overview: Sequence[Line]) -> Iterator[Finding]:
    """Errors where the overview, section 2b, lists other modules or other numbered topics."""
    told: dict[str, str] = {}
    for line in overview:
        for pattern in (OVERVIEW_MODULE, OVERVIEW_TOPIC):
            for found in pattern.finditer(line.text):
                told.setdefault(found["code"], found["title"].rstrip(".").strip())
    known = {topic.code: topic for topic in topics}
    numbered_there = any("." in code for code in told)
    wanted = {topic.code for topic in topics if topic.level == 0 or (numbered_there and _is_listed(topic, told))}
    for code in sorted(wanted - told.keys()):
        yield Finding("witnesses_disagree", "error", f"{code} {known[code].name} is not in the overview")
    for code, title in told.items():
        if code not in known:
            yield Finding(
                "witnesses_disagree", "error", f"the overview has {code} {title}, the text has no such heading"
            )
        elif not numbered.comparable(known[code].name).startswith(numbered.comparable(title)):
            message = f"{code} is {known[code].name!r} in its heading and {title!r} in the overview"
            yield Finding("witnesses_disagree", "error", message)


def _is_listed(topic: Topic, told: dict[str, str]) -> bool:
    """The overview lists the topics of a module, or the sections above them: all of a module on one level."""
    if "." not in topic.code or topic.level > 2:
        return False
    depth = {code.count(".") for code in told if "." in code and code[0] == topic.code[0]}
    return topic.code.count(".") in (depth or {2})


def _check_letters(found: Sequence[tuple[_Heading, list[_Statement]]]) -> Iterator[Finding]:
    """Errors for topics without statements, and for letters that do not run a, b, c."""
    for heading, statements in found:
        letters = "".join(statement.letter for statement in statements)
        position = f"line {line_number(heading.lines[0])}"
        if not letters:
            yield Finding("missing_children", "error", f"{heading.code} {heading.title} has no statements", position)
        elif letters != LETTERS[: len(letters)]:
            yield Finding(
                "numbering_gap", "error", f"the statements of {heading.code} are lettered {letters}", position
            )


def _check_heads(body: Sequence[Line], found: Sequence[tuple[_Heading, list[_Statement]]]) -> Iterator[Finding]:
    """Errors for topics below which the heads of both columns do not stand: half of the page may be gone."""
    heads = " ".join(HEADS)
    ends = [heading.index for heading, _ in found[1:]] + [len(body)]
    for (heading, _), end in zip(found, ends, strict=True):
        if not any(line.text == heads for line in body[heading.index : end]):
            message = f"{heading.code} {heading.title} has no heads of columns below it"
            yield Finding("table_head_missing", "error", message, f"line {line_number(heading.lines[0])}")


def _check_pages(pdf: Pdf, first: int, last: int) -> Iterator[Finding]:
    """Errors for missing pages: by the printed numbers, and in a dump by the contents page."""
    if not pdf.is_text:
        yield from numbered.check_pages(pdf.pages, first, last)
        return
    told = tabbed_pages.contents(pdf)
    if "2a" in told and "2d" in told:
        yield from tabbed_pages.check_printed(pdf.pages, told["2a"], told["2d"])
    else:
        yield Finding("contents_unread", "error", "the contents page does not tell where the content begins and ends")


def _components(overview: Sequence[Line], forms: Sequence[Line]) -> Iterator[Component]:
    """The components that section 3a names, with what the overview says of them in the same order."""
    named = list(_named(forms))
    text = " ".join(line.text for line in overview)
    shares = [float(share) for share in re.findall(r"\b(\d{1,2})%", text)]
    marks = [int(mark) for mark in re.findall(r"\b(\d{2,3}) marks", text)]
    times = [int(hours) * 60 + int(minutes) for hours, minutes in re.findall(r"\b(\d) hours? (\d+) minutes", text)]
    papers = [code for code, _ in named if not _is_endorsement(code, named)]
    told = len(shares) == len(marks) == len(times) == len(papers) and sum(shares) == 100
    for code, title in named:
        if code not in papers:
            yield Component(code, title, examined=False, assessment="non exam assessment")
        elif told:
            index = papers.index(code)
            each = Component(code, title, assessment="written paper", marks=marks[index])
            yield replace(each, duration_minutes=times[index], weight_percent=shares[index])
        else:
            yield Component(code, title, assessment="written paper")


def _named(forms: Sequence[Line]) -> Iterator[tuple[str, str]]:
    for index, line in enumerate(forms):
        found = COMPONENT.match(line.text)
        if found:
            title = found["title"].strip()
            yield found["number"], title or forms[index - 1].text


def _is_endorsement(code: str, named: Sequence[tuple[str, str]]) -> bool:
    return any(title.startswith("Practical Endorsement") for number, title in named if number == code)
