"""Content listed once per tier, with the same codes: in a PDF (mathematics) and in a text dump (statistics)."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from greenroom_exams.documents import TIERS, Box, Finding, Topic
from greenroom_exams.layouts import dump_pages, numbered
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.headed_text import printed_lines
from greenroom_exams.layouts.paths import path_code
from greenroom_exams.layouts.pdf_lines import Line, Pdf, hull, join
from greenroom_exams.layouts.plain_text import line_number

# --- the PDF -----------------------------------------------------------------------------------------------------
TIER_TITLE = re.compile(r"^(?P<tier>Foundation|Higher) tier knowledge, skills and$")
SECTION = re.compile(r"^(?P<code>\d)\. (?P<title>[A-Z].+)$")
STATEMENT = re.compile(r"^[A-Z]\d{1,2}$")
HEADS = "What students need to learn:"
# A raised or lowered piece of a formula that belongs to a statement's first line stands this high above its code.
RAISED_POINTS = 8.0
# What is set in another size stands up to this much off its line's baseline.
SAME_ROW_POINTS = 2.0
# Pieces of one formula above each other.
SAME_PLACE_POINTS = 6.0
# What a formula set above and below its line is put down as: its parts are not read in their places.
FORMULA = "[…]"
# A letter that the font does not name comes as a bullet in the middle of a word, or as this mark.
SPOILT = re.compile(r"\S•|•\S|\ufffd")
BULLET_INDENT_POINTS = 18.0

# --- the text dump -----------------------------------------------------------------------------------------------
TIER_LINE = re.compile(r"^(?P<tier>Foundation|Higher) tier content$")
GROUP = re.compile(r"^\((?P<letter>[a-z])\) (?P<title>[A-Z].*?)(?P<again> continued)?$")
ITEM = re.compile(r"^(?P<code>\d[a-z]\.\d\d)(?:\s+(?P<text>\S.*))?$")
TEXT_HEADS = re.compile(r"^What students need to learn: Guidance$")
OTHER_TIER = re.compile(r"\(Higher tier topics? only; not assessed at Foundation tier\)")
TEXT_END = re.compile(r"^\d Assessment information$")
# The end of a sentence, not of "e.g." or "i.e."
SENTENCE = re.compile(r"^((?:[a-z]\. )?.+?(?<!e\.g)(?<!i\.e)(?<! [a-z])\.)(?= +[A-Z(•]| +e\.g|$)")


@dataclass(slots=True)
class _Node:
    kind: str  # section, heading, statement
    tier: str
    code: str | None
    line: Line
    parts: list[Line] = field(default_factory=list)
    title: str = ""


def read_lists(pdf: Pdf) -> Reading | None:
    """The two lists of a PDF; None for a document without a list for each tier."""
    if pdf.is_text:
        return None
    nodes = list(_listed(pdf))
    if {node.tier for node in nodes} != set(TIERS):
        return None
    topics, unread = _list_topics(nodes)
    findings = (
        *_check_end(pdf, nodes),
        *numbered.check_pages(pdf.pages, nodes[0].line.page, nodes[-1].line.page),
        *_check_tiers(topics),
        *_check_headings(topics),
        *_check_sections(pdf, topics),
        *_check_gaps(nodes),
        *_check_loss(topics),
        *_check_bold(nodes),
    )
    if unread:
        message = f"formulas set above or below their line are put down as {FORMULA} in {', '.join(unread)}"
        findings = (*findings, Finding("formula_not_read", "warning", message))
    return Reading(topics, findings)


def _listed(pdf: Pdf) -> Iterator[_Node]:
    """Sections, unnumbered headings and coded statements of both tiers, each with its lines."""
    tier, node, margin, body = "", None, 0.0, numbered.body_size(pdf.lines())
    lines = list(pdf.lines())
    waiting: list[Line] = []
    for index, line in enumerate(lines):
        title = TIER_TITLE.match(line.text) if line.bold else None
        if title and line.size > body + 2:
            tier = title["tier"]
        elif tier and line.bold and line.size > body + 4 and line.text != "understanding":
            tier = ""  # the next chapter
        if not tier or title or line.text in {HEADS, "understanding"}:
            continue
        opened = _opened(line, tier, margin, body)
        if opened:
            if node:
                yield node
            node = opened
            node.parts += waiting
            waiting = []
            margin = line.left if opened.kind == "statement" else margin
        elif node:
            # What is raised above the first line of the next statement comes before its code.
            code = next((each for each in lines[index + 1 : index + 6] if STATEMENT.match(each.text)), None)
            raised = code and code.page == line.page and 1 < line.base - code.base < RAISED_POINTS
            if raised and line.left > margin + BULLET_INDENT_POINTS:
                waiting.append(line)
            elif node.kind == "statement":
                node.parts.append(line)
    if node:
        yield node


def _opened(line: Line, tier: str, margin: float, body: float) -> _Node | None:
    section = SECTION.match(line.text)
    if section and line.bold and line.size > body + 0.5:
        return _Node("section", tier, section["code"], line, title=section["title"])
    if line.bold and STATEMENT.match(line.text) and (not margin or abs(line.left - margin) < 1):
        return _Node("statement", tier, line.text, line)
    at_margin = margin and abs(line.left - margin) < 1
    is_heading = (at_margin or not margin) and not line.bold and line.size > body + 0.5
    return _Node("heading", tier, None, line, title=line.text) if is_heading else None


def _list_topics(nodes: Sequence[_Node]) -> tuple[tuple[Topic, ...], list[str]]:
    topics: list[Topic] = []
    unread: list[str] = []
    section = heading = None
    for order, node in enumerate(nodes, start=1):
        name, whole = (node.title, True) if node.kind != "statement" else _statement(node.parts)
        if node.kind == "section":
            code, parent = f"{node.tier}/{node.code}", None
            section, heading = code, None
        elif node.kind == "heading":
            code, parent = path_code(section, name), section
            heading = code
        else:
            code, parent = f"{node.tier}/{node.code}", heading or section
        if not whole:
            unread.append(code)
        level = 0 if parent is None else 1 if parent == section else 2
        topics.append(
            Topic(
                code=code,
                name=name,
                level=level,
                parent_code=parent,
                sort_order=order,
                page=node.line.page,
                box=_box(node),
                tier=node.tier,
            )
        )
    return tuple(topics), unread


def _box(node: _Node) -> Box:
    return hull([node.line, *(part for part in node.parts if part.page == node.line.page)])


def _statement(parts: Sequence[Line]) -> tuple[str, bool]:
    """The words of a statement in their lines, and whether all of them were read.

    A line begins at the column, or a bullet's text at its own; what stands on the same baseline goes on with it.
    Anything else is a piece of a formula.
    """
    if not parts:
        return "", True
    column = min(part.left for part in parts)
    ordered = sorted(parts, key=lambda each: (each.page, -each.base, each.left))
    rows: list[list[Line]] = []
    for part in ordered:
        indent = part.left - column
        begins = abs(indent) < SAME_ROW_POINTS or abs(indent - BULLET_INDENT_POINTS) < SAME_ROW_POINTS
        if begins and not (rows and _same_row(rows[-1][0], part)):
            rows.append([part])
    pieces: list[Line] = []
    for part in ordered:
        row = next((row for row in rows if _same_row(row[0], part)), None)
        if row is None:
            pieces.append(part)
        elif part is not row[0]:
            row.append(part)
    words = [_row(row, [piece for piece in pieces if _nearest(piece, rows) is row]) for row in rows]
    return join(words), not pieces


def _same_row(one: Line, other: Line) -> bool:
    return one.page == other.page and abs(one.base - other.base) < SAME_ROW_POINTS


def _nearest(piece: Line, rows: Sequence[list[Line]]) -> list[Line]:
    def distance(row: list[Line]) -> tuple[bool, float]:
        return row[0].page != piece.page, abs(row[0].base - piece.base)

    return min(rows, key=distance)


def _row(row: Sequence[Line], pieces: Sequence[Line]) -> str:
    """The words of one line; where a formula stands above or below it, a mark says that something is missing."""
    placed = [(word.left, word.text) for line in row for word in line.words]
    taken: list[float] = []
    for piece in sorted(pieces, key=lambda each: each.left):
        if not taken or piece.left > taken[-1] + SAME_PLACE_POINTS:
            placed.append((piece.left - 1, FORMULA))
        taken.append(max(piece.right, taken[-1] if taken else 0.0))
    return " ".join(text for _, text in sorted(placed, key=lambda each: each[0]))


def _check_end(pdf: Pdf, nodes: Sequence[_Node]) -> Iterator[Finding]:
    """A chapter follows the last list."""
    last = nodes[-1].line
    after = [line for line in pdf.lines() if line.page > last.page]
    yield from numbered.check_end(any(line.bold and line.text == "Assessment" for line in after))


def _check_tiers(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Higher has all codes of each letter from 1 on; Foundation has some of them, in order, and no other."""
    codes = {tier: [topic.code.partition("/")[2] for topic in topics if topic.tier == tier] for tier in TIERS}
    statements = {tier: [code for code in told if STATEMENT.match(code)] for tier, told in codes.items()}
    for code, count in Counter(topic.code for topic in topics).items():
        if count > 1:
            yield Finding("duplicate_code", "error", f"{code} was found {count} times")
    for letter in dict.fromkeys(code[0] for code in statements["Higher"]):
        numbers = [int(code[1:]) for code in statements["Higher"] if code[0] == letter]
        if numbers != list(range(1, len(numbers) + 1)):
            yield Finding("numbering_gap", "error", f"gap in numbering: Higher has {letter}{numbers}")
    for code in statements["Foundation"]:
        if code not in statements["Higher"]:
            yield Finding("witnesses_disagree", "error", f"{code} is in the Foundation list only")
    ordered = sorted(statements["Foundation"], key=statements["Higher"].index if _same(statements) else str)
    if _same(statements) and ordered != statements["Foundation"]:
        yield Finding("numbering_order", "error", "the Foundation list has another order than the Higher list")
    parents = {topic.parent_code for topic in topics}
    for topic in topics:
        if not topic.name:
            yield Finding("missing_title", "error", f"{topic.code} has no text", f"page {topic.page}")
        elif SPOILT.search(topic.name):
            yield Finding("unreadable_character", "error", f"{topic.code} has a spoilt letter", f"page {topic.page}")
        if not STATEMENT.match(topic.code.partition("/")[2]) and topic.code not in parents:
            yield Finding("missing_children", "error", f"{topic.code} {topic.name} has nothing below it")


def _same(statements: dict[str, list[str]]) -> bool:
    return set(statements["Foundation"]) <= set(statements["Higher"])


def _check_headings(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Both tiers have the same sections and headings, and each code stands below the same one."""
    below = {
        tier: {
            topic.code.partition("/")[2]: (topic.parent_code or "").partition("/")[2]
            for topic in topics
            if topic.tier == tier
        }
        for tier in TIERS
    }
    for code in {*below["Foundation"], *below["Higher"]}:
        foundation, higher = below["Foundation"].get(code), below["Higher"].get(code)
        missing = foundation is None or higher is None
        if missing and (STATEMENT.match(code) or ITEM.match(code)) and higher is not None:
            continue
        if foundation != higher:
            yield Finding("witnesses_disagree", "error", f"{code} stands below {foundation!r} and below {higher!r}")


def _check_sections(pdf: Pdf, topics: Sequence[Topic]) -> Iterator[Finding]:
    """The overview of each paper lists the sections: "1. Number"."""
    last = max((topic.page or 0 for topic in topics), default=0)
    told = {
        found["code"]: found["title"]
        for line in pdf.lines()
        if line.page > last and not line.bold and (found := SECTION.match(line.text))
    }
    for tier in TIERS:
        named = {f"{tier}/{code}": title for code, title in told.items()}
        tops = [topic for topic in topics if topic.level == 0 and topic.tier == tier]
        yield from numbered.compare_titles(named, tops, source="the overview of the papers")


def _check_bold(nodes: Sequence[_Node]) -> Iterator[Finding]:
    """Bold type in the Higher list is for Higher alone: a statement all in bold is not in the Foundation list."""
    foundation = {node.code for node in nodes if node.tier == "Foundation" and node.kind == "statement"}
    for node in nodes:
        if node.tier != "Higher" or node.kind != "statement" or not node.parts:
            continue
        is_bold = all(part.bold for part in node.parts)
        if is_bold == (node.code in foundation):
            where = "in the Foundation list too" if is_bold else "not in the Foundation list"
            message = f"{node.code} is {'all' if is_bold else 'not all'} in bold type, and {where}"
            yield Finding("witnesses_disagree", "error", message, f"page {node.line.page}")


def _check_gaps(nodes: Sequence[_Node]) -> Iterator[Finding]:
    """Lines of a statement follow each other; a hole between two of them is a line that was lost."""
    for node in nodes:
        lines = sorted({(part.page, round(-part.base, 1)) for part in [node.line, *node.parts]})
        for (page, above), (next_page, below) in pairwise(lines):
            if page == next_page and below - above > 2.1 * node.line.size:
                message = f"a line of {node.code or node.title} is missing"
                yield Finding("line_missing", "error", message, f"page {page}")


def _check_loss(topics: Sequence[Topic]) -> Iterator[Finding]:
    """What both tiers list must begin alike: Higher goes on where Foundation ends, or changes some words."""
    names = {topic.code: topic.name for topic in topics}
    for topic in topics:
        tier, _, code = topic.code.partition("/")
        other = names.get(f"Higher/{code}") if tier == "Foundation" else None
        if other and STATEMENT.match(code) and numbered.comparable(other)[:12] != numbered.comparable(topic.name)[:12]:
            yield Finding("witnesses_disagree", "error", f"{code} begins otherwise in the two tiers")
        if other and STATEMENT.match(code) and len(topic.name) > len(other) + 20:
            yield Finding("witnesses_disagree", "error", f"{code} says more in the Foundation tier than in the Higher")


def read_text_lists(pdf: Pdf) -> Reading | None:
    """The two lists of a text dump; None for a document without a list for each tier."""
    lines = printed_lines(pdf)
    if not pdf.is_text or not any(TEXT_HEADS.match(line.text) for line in lines):
        return None
    nodes, elsewhere = _text_nodes(lines)
    topics = tuple(_text_topics(nodes))
    findings = (
        *numbered.check_end(any(TEXT_END.match(line.text) for line in lines)),
        *dump_pages.check_printed(pdf),
        *_check_contents(pdf),
        *_check_items(topics, elsewhere),
        *_check_headings(topics),
        *_check_text_sections(lines, topics),
        Finding(
            "guidance_not_separable",
            "warning",
            "the text runs the columns of statements and of guidance together: each topic is named by its first"
            " sentence, and its description holds the whole row; underlined and bold type are lost",
        ),
    )
    return Reading(topics, findings)


def _text_nodes(lines: Sequence[Line]) -> tuple[list[_Node], set[str]]:
    """The nodes of both lists, and the codes of which the Foundation list says that Higher alone has them."""
    nodes: list[_Node] = []
    elsewhere: set[str] = set()
    tier, in_list = "", False
    for line in lines:
        if found := TIER_LINE.match(line.text):
            # It stands on every page, above the head of the list.
            tier, in_list = found["tier"], False
        elif TEXT_HEADS.match(line.text):
            in_list = True
        elif TEXT_END.match(line.text):
            in_list = False
        elif in_list:
            opened = _text_opened(line, tier)
            if opened and opened.kind != "again":
                nodes.append(opened)
            elif not opened and nodes:
                nodes[-1].parts.append(line)
    kept: list[_Node] = []
    for node in nodes:
        # "3p.10 / to / 3p.13": the first code of a range has no more than this word.
        first = kept.pop() if kept and _text(kept[-1]) == "to" else node
        if OTHER_TIER.search(_text(node)):
            elsewhere |= set(_range(str(first.code), str(node.code)))
        else:
            kept += [node] if first is node else [first, node]
    return kept, elsewhere


def _text_opened(line: Line, tier: str) -> _Node | None:
    if found := ITEM.match(line.text):
        return _Node("statement", tier, found["code"], line, title=found["text"] or "")
    if found := GROUP.match(line.text):
        return _Node("again" if found["again"] else "heading", tier, found["letter"], line, title=found["title"])
    if found := SECTION.match(line.text):
        again = found["title"].endswith(" continued")
        return _Node("again" if again else "section", tier, found["code"], line, title=found["title"])
    return None


def _text(node: _Node) -> str:
    return join([node.title, *(part.text for part in node.parts)])


def _range(first: str, last: str) -> Iterator[str]:
    stem, start = first.split(".")
    yield from (f"{stem}.{number:02}" for number in range(int(start), int(last.split(".")[1]) + 1))


def _text_topics(nodes: Sequence[_Node]) -> Iterator[Topic]:
    section = group = ""
    for order, node in enumerate(nodes, start=1):
        whole = _text(node)
        if node.kind == "section":
            section, group = str(node.code), ""
            code, parent, level = f"{node.tier}/{section}", None, 0
        elif node.kind == "heading":
            group = f"{section}{node.code}"
            code, parent, level = f"{node.tier}/{group}", f"{node.tier}/{section}", 1
        else:
            code, parent = f"{node.tier}/{node.code}", f"{node.tier}/{group or section}"
            level = 2 if group else 1
        sentence = SENTENCE.match(whole) if node.kind == "statement" else None
        name = sentence[1] if sentence else whole
        yield Topic(
            code=code,
            name=name,
            level=level,
            parent_code=parent,
            sort_order=order,
            line=line_number(node.line),
            description=whole if whole != name else None,
            tier=node.tier,
        )


def _check_contents(pdf: Pdf) -> Iterator[Finding]:
    entries = [entry for entry in dump_pages.contents(pdf) if TIER_LINE.match(entry.title)]
    for entry in entries:
        yield from dump_pages.check_heading(pdf, entry)
    if len(entries) != len(TIERS):
        yield Finding("witnesses_disagree", "error", f"the contents name {len(entries)} lists of {len(TIERS)} tiers")


def _check_items(topics: Sequence[Topic], elsewhere: set[str]) -> Iterator[Finding]:
    """Higher counts from 1 below each heading; Foundation has the same codes but those it leaves to Higher."""
    codes = {
        tier: [topic.code.partition("/")[2] for topic in topics if topic.tier == tier and ITEM.match(_bare(topic))]
        for tier in TIERS
    }
    for stem in dict.fromkeys(code.split(".")[0] for code in codes["Higher"]):
        numbers = [int(code.split(".")[1]) for code in codes["Higher"] if code.startswith(f"{stem}.")]
        if numbers != list(range(1, len(numbers) + 1)):
            yield Finding("numbering_gap", "error", f"gap in numbering: Higher has {stem} {numbers}")
    expected = [code for code in codes["Higher"] if code not in elsewhere]
    if codes["Foundation"] != expected:
        lost = set(expected) ^ set(codes["Foundation"])
        yield Finding("witnesses_disagree", "error", f"the tiers differ in {', '.join(sorted(lost)) or 'their order'}")
    if elsewhere - set(codes["Higher"]):
        lost = elsewhere - set(codes["Higher"])
        yield Finding("witnesses_disagree", "error", f"Higher alone should have {', '.join(sorted(lost))}, and has not")
    for code, count in Counter(topic.code for topic in topics).items():
        if count > 1:
            yield Finding("duplicate_code", "error", f"{code} was found {count} times")
    for topic in topics:
        if not topic.name:
            yield Finding("missing_title", "error", f"{topic.code} has no text", f"line {topic.line}")


def _bare(topic: Topic) -> str:
    return topic.code.partition("/")[2]


def _check_text_sections(lines: Sequence[Line], topics: Sequence[Topic]) -> Iterator[Finding]:
    """The overview of the papers lists the sections: "1. The collection of data"."""
    first = min((topic.line or 0 for topic in topics), default=0)
    found = False
    told: dict[str, str] = {}
    for line in lines:
        found = line.text == "Content overview" or (found and bool(SECTION.match(line.text)))
        section = SECTION.match(line.text)
        if found and section and line_number(line) < first:
            told[section["code"]] = section["title"]
    for tier in TIERS:
        named = {f"{tier}/{code}": title for code, title in told.items()}
        tops = [topic for topic in topics if topic.level == 0 and topic.tier == tier]
        yield from numbered.compare_titles(named, tops, source="the overview")


LISTS = Family("a list for each tier", read_lists)
TEXT_LISTS = Family("a list for each tier in a text", read_text_lists)
