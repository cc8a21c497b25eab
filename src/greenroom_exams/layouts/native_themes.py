"""Themes named in the language that is taught, with sub-themes and aspects; prescribed works; a grammar list."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from greenroom_exams.documents import Component, Finding, OptionGroup, Topic
from greenroom_exams.layouts import dump_pages, numbered
from greenroom_exams.layouts.families import Family, Reading
from greenroom_exams.layouts.paths import path_code, unique_codes
from greenroom_exams.layouts.pdf_lines import Entry, Line, Pdf, join
from greenroom_exams.layouts.pearson_papers import read_overview
from greenroom_exams.layouts.plain_text import line_number
from greenroom_exams.layouts.right_to_left import (
    check_names,
    has_native,
    is_native,
    is_right_to_left,
    letters_of,
    torn,
)

NAME = "themes in a native script"
THEMES = re.compile(r"^Themes\b")
WORKS = re.compile(r"^(?P<code>Appendix \d+): (?P<title>.*\b(?:literary )?(?:texts|works)\b.*)$")
GRAMMAR = re.compile(r"^(?P<code>Appendix \d+): (?P<title>.*\bGrammar\b.*)$")
# The sentence below each heading tells the number that the heading writes out in its own language.
THEME = re.compile(r"^Theme (?P<code>\d+) is set in the context\b")
ASPECTS = re.compile(r"[;؛]")
NUMBERED = re.compile(r"^(?P<number>\d{1,2})\. (?P<title>\S.*)$")
BULLET = re.compile(r"^• ?(?P<title>\S.*)$")
SUB_BULLET = re.compile(r"^o (?P<title>\S.*)$")
# Of a document's pages, four in five are no longer than a full one; few that go on are shorter than 0.7 of it.
FULL_PAGE, SHORT_PAGE = 0.8, 0.7
COUNTS = {word: number for number, word in enumerate(("one", "two", "three", "four", "five", "six", "seven"), start=1)}


@dataclass(slots=True)
class _Node:
    """One theme, sub-theme, aspect, work or point of grammar; `text` is its name as printed."""

    text: str
    parent: "_Node | None"
    line: Line
    code: str = ""
    notes: list[str] = field(default_factory=list)
    component: str | None = None
    group: str | None = None

    @property
    def level(self) -> int:
        return self.parent.level + 1 if self.parent else 0


@dataclass(slots=True)
class _Block:
    """One sub-theme or research subject: its title lines and the lines of its aspects."""

    titles: list[Line] = field(default_factory=list)
    aspects: list[Line] = field(default_factory=list)


def read(pdf: Pdf) -> Reading | None:
    """Read the themes, works and grammar of a language; None for a document that has none in a script of its own."""
    pdf = dump_pages.repaged(pdf)
    entries = dump_pages.contents(pdf)
    section = next((entry for entry in entries if THEMES.match(entry.title)), None)
    if section is None:
        return None
    findings: list[Finding] = []
    lines = _lines(pdf, entries, section)
    blocks, headings = _blocks(lines)
    if not headings or not any(is_native(line.text) for line in headings):
        return None
    components = read_overview(pdf, None).components
    themes = _themes(headings, blocks, findings)
    works, groups = _works(pdf, entries, components, findings)
    grammar = _grammar(pdf, entries, findings)
    research = _research(lines, themes, components, findings)
    topics = _topics([*themes, *works, *grammar], _language(pdf))
    findings += [
        *dump_pages.check_printed(pdf),
        *dump_pages.check_heading(pdf, section),
        *_check_themes(pdf, lines, themes),
        *_check_markers(blocks),
        *_check_direction(pdf, topics),
        *check_names(topics),
    ]
    return Reading(topics, tuple(findings), option_groups=(*research, *groups))


FAMILY = Family(NAME, read)


def _lines(pdf: Pdf, entries: Sequence[Entry], entry: Entry) -> list[Line]:
    """The lines below one title of the contents, up to the next one."""
    end = dump_pages.following(entries, entry)
    return dump_pages.between(pdf, entry.page or 0, end.page if end and end.page else 10_000)


def _blocks(lines: Sequence[Line]) -> tuple[dict[str, list[_Block]], list[Line]]:
    """The blocks of each theme by its number, and the headings of the themes."""
    blocks: dict[str, list[_Block]] = {}
    headings: list[Line] = []
    code = ""
    natives: list[Line] = []
    for line in lines:
        if found := THEME.match(line.text):
            heading = natives.pop() if natives else line
            if code:
                blocks[code] = list(_grouped(natives))
            code, natives = found["code"], []
            headings.append(heading)
        elif has_native(line.text) and is_native(line.text):
            natives.append(line)
    if code:
        blocks[code] = list(_grouped(natives))
    return blocks, headings


def _grouped(lines: Sequence[Line]) -> Iterator[_Block]:
    block = _Block()
    before: Line | None = None
    for line in lines:
        is_next = before is not None and line_number(line) == line_number(before) + 1
        ends = bool(block.aspects) and is_next and line.text.endswith(".")
        if ASPECTS.search(line.text) or ends:
            block.aspects.append(line)
        else:
            if block.aspects:
                yield block
                block = _Block()
            block.titles.append(line)
        before = line
    if block.titles or block.aspects:
        yield block


def _themes(headings: Sequence[Line], blocks: dict[str, list[_Block]], findings: list[Finding]) -> list[_Node]:
    nodes: list[_Node] = []
    for heading, (code, parts) in zip(headings, blocks.items(), strict=True):
        theme = _Node(heading.text, None, heading, code)
        nodes.append(theme)
        if not is_native(heading.text):
            findings.append(_error("missing_title", f"theme {code} has no heading of its own", heading))
        for block in parts:
            nodes += _sub_theme(block, theme, findings)
    return nodes


def _sub_theme(block: _Block, theme: _Node, findings: list[Finding]) -> list[_Node]:
    """A sub-theme and its aspects; the whole of them is its description, in the words and the order of the paper."""
    lines = [*block.titles, *block.aspects]
    if not block.titles or len(block.titles) > 2 or not block.aspects:
        message = (
            f"below theme {theme.code} stand {len(block.titles)} titles with {len(block.aspects)} lines of aspects"
        )
        findings.append(_error("unclear_block", message, lines[0]))
    title = block.titles[-1] if block.titles else lines[0]
    node = _Node(title.text, theme, title, notes=[line.text for line in block.aspects])
    told = " ".join(line.text for line in block.aspects)
    why = torn(told)
    if why:
        message = (
            f"the aspects of {title.text!r} are not in the order in which they are read ({why}), so none of them was "
            f"made a topic; they are its description, as they stand"
        )
        findings.append(Finding("aspects_not_split", "warning", message, f"line {line_number(block.aspects[0])}"))
        return [node]
    pieces = [piece.strip(" .") for piece in ASPECTS.split(told)]
    return [node, *(_Node(piece, node, block.aspects[0]) for piece in pieces if piece)]


def _research(
    lines: Sequence[Line], themes: Sequence[_Node], components: Sequence[Component], findings: list[Finding]
) -> tuple[OptionGroup, ...]:
    """The research subjects, of which a student takes one: the third part of each theme, as its introduction says."""
    prose = join(line.text for line in lines if not is_native(line.text))
    told = re.search(r"select only (one|two) research subjects? for (Paper \d)", prose)
    sentence = re.search(r"[^.]*\bbroken into (\w+) sub-themes and a research subject\b[^.]*\.", prose)
    if not sentence:
        return ()
    least = COUNTS.get(sentence[1].casefold(), 0)
    options = []
    for theme in (node for node in themes if node.parent is None):
        parts = [node for node in themes if node.parent is theme]
        if len(parts) != least + 1:
            message = (
                f"theme {theme.code} has {len(parts)} parts, where the text promises {least} and a research subject"
            )
            findings.append(_error("witnesses_disagree", message, theme.line))
        options += parts[least : least + 1]
    if not told:
        message = "nothing says how many of the research subjects a student takes"
        findings.append(Finding("options_unclear", "warning", message))
        return ()
    number, component = COUNTS[told[1]], _component(components, told[2])
    for option in options:
        option.group, option.component = "research-subjects", component
    _check_aspects(prose, options, themes, findings)
    note = re.search(r"[^.]*select only[^.]*\.", prose)
    words = note.group().strip() if note else None
    return (OptionGroup("research-subjects", "Research subjects", number, number, component, words),)


def _check_aspects(prose: str, options: Sequence[_Node], themes: Sequence[_Node], findings: list[Finding]) -> None:
    told = re.search(r"cover all (\w+) aspects of the research subject", prose)
    for option in options if told else ():
        found = sum(node.parent is option for node in themes)
        if told and found not in {0, COUNTS.get(told[1], found)}:
            message = f"{option.text!r} has {found} aspects, where the text promises {told[1]}"
            findings.append(_error("witnesses_disagree", message, option.line))


def _component(components: Sequence[Component], paper: str) -> str | None:
    """The code of "Paper 2", where the components have one."""
    number = paper.rpartition(" ")[2].zfill(2)
    return next((each.code for each in components if each.code.endswith(f"/{number}")), None)


def _works(
    pdf: Pdf, entries: Sequence[Entry], components: Sequence[Component], findings: list[Finding]
) -> tuple[list[_Node], tuple[OptionGroup, ...]]:
    """The prescribed works in their lists, and how many of each list a student takes."""
    entry = next((entry for entry in entries if WORKS.match(entry.title)), None)
    found = WORKS.match(entry.title) if entry else None
    if entry is None or found is None:
        return [], ()
    lines = _lines(pdf, entries, entry)
    if not lines:
        return [], ()
    findings += dump_pages.check_heading(pdf, entry)
    prose = join(line.text for line in lines if not BULLET.match(line.text))
    paper = re.search(r"\bFor (Paper \d)", prose)
    component = _component(components, paper[1]) if paper else None
    top = _Node(found["title"], None, lines[0], found["code"], component=component)
    nodes = [top]
    for before, line in pairwise(lines):
        if work := BULLET.match(line.text):
            if not BULLET.match(before.text):
                nodes.append(_Node(before.text, top, before, component=component))
            nodes.append(_Node(work["title"], _list_of(nodes), line, component=component))
    groups = _choices(prose, nodes, component, findings)
    return nodes, groups


def _list_of(nodes: Sequence[_Node]) -> _Node:
    return next(node for node in reversed(nodes) if node.level == 1)


def _choices(
    prose: str, nodes: Sequence[_Node], component: str | None, findings: list[Finding]
) -> tuple[OptionGroup, ...]:
    """How many of each list: "either two literary texts or one literary text and one film" is 1 or 2, and 0 or 1."""
    told = re.search(r"either (\w+) (?P<many>[a-z ]+?) or (\w+) (?P<one>[a-z ]+?) and (\w+) (?P<other>[a-z]+)", prose)
    lists = [node for node in nodes if node.level == 1]
    if not told or len(lists) != 2 or not _same(lists[0], told["many"]) or not _same(lists[1], f"{told['other']}s"):
        findings.append(Finding("options_unclear", "warning", "nothing says how many of the works a student takes"))
        return ()
    most, least, other = (COUNTS[told[number]] for number in (1, 3, 5))
    note = re.search(r"[^.]*\beither [^.]*\.", prose)
    words = note.group().strip() if note else None
    groups = (("works-1", lists[0], least, most), ("works-2", lists[1], 0, other))
    for code, holder, _, _ in groups:
        for node in nodes:
            if node.parent is holder:
                node.group = code
    return tuple(OptionGroup(code, node.text, low, high, component, words) for code, node, low, high in groups)


def _same(node: _Node, words: str) -> bool:
    return numbered.comparable(node.text) == numbered.comparable(words)


def _grammar(pdf: Pdf, entries: Sequence[Entry], findings: list[Finding]) -> list[_Node]:
    """The numbered heads of the grammar list, their points, and the points of those."""
    entry = next((entry for entry in entries if GRAMMAR.match(entry.title)), None)
    found = GRAMMAR.match(entry.title) if entry else None
    lines = _lines(pdf, entries, entry) if entry else []
    if entry is None or found is None or not lines:
        return []
    findings += dump_pages.check_heading(pdf, entry)
    top = _Node(found["title"], None, lines[0], found["code"])
    nodes = [top]
    for line in lines[1:]:
        node = _point(line, nodes, top)
        if node is not None:
            nodes.append(node)
        elif nodes[-1].level == 1 and re.match(r"[A-Z]", line.text):
            nodes[-1].notes.append(line.text)
        elif nodes[-1].level:
            nodes[-1].text = join([nodes[-1].text, line.text])
    numbers = [int(node.code.rpartition(".")[2]) for node in nodes if node.level == 1]
    if numbers != list(range(1, len(numbers) + 1)):
        message = f"gap in numbering: the grammar list has the numbers {', '.join(map(str, numbers))}"
        findings.append(Finding("numbering_gap", "error", message, f"line {line_number(lines[0])}"))
    findings += _empty_heads(nodes)
    findings += _short_pages(pdf, lines)
    return nodes


def _point(line: Line, nodes: Sequence[_Node], top: _Node) -> _Node | None:
    if found := NUMBERED.match(line.text):
        return _Node(found["title"], top, line, f"{top.code}.{found['number']}")
    last = nodes[-1]
    if last.level == 0:
        return None
    if found := BULLET.match(line.text):
        return _Node(found["title"], next(node for node in reversed(nodes) if node.level == 1), line)
    if (found := SUB_BULLET.match(line.text)) and last.level >= 2:
        return _Node(found["title"], next(node for node in reversed(nodes) if node.level == 2), line)
    return None


def _empty_heads(nodes: Sequence[_Node]) -> Iterator[Finding]:
    """A head that ends with a colon announces points."""
    for node in nodes:
        if node.text.endswith(":") and not any(each.parent is node for each in nodes):
            yield _error("missing_children", f"{node.text!r} has nothing below it", node.line)


def _short_pages(pdf: Pdf, lines: Sequence[Line]) -> Iterator[Finding]:
    """Points without numbers can be lost unseen, but a page that the list runs over is then shorter than full ones."""
    lengths = sorted(len(page.lines) for page in pdf.pages if page.printed)
    full = lengths[int(FULL_PAGE * len(lengths))] if lengths else 0
    sizes = Counter(line.page for line in lines)
    for page in sorted(sizes)[:-1]:
        if sizes[page] < SHORT_PAGE * full:
            message = f"a page in the middle of the grammar list has {sizes[page]} lines only, so some may be lost"
            yield Finding("page_short", "warning", message, f"page {page}")


def _topics(nodes: Sequence[_Node], language: str | None) -> tuple[Topic, ...]:
    codes: dict[int, str] = {}
    for node in nodes:
        parent = codes[id(node.parent)] if node.parent else None
        codes[id(node)] = node.code or path_code(parent, node.text)
    unique = dict(zip(codes, unique_codes(codes.values()), strict=True))
    return tuple(
        Topic(
            code=unique[id(node)],
            name=node.text.removesuffix(":"),
            level=node.level,
            parent_code=unique[id(node.parent)] if node.parent else None,
            sort_order=order,
            page=None,
            description=" ".join(node.notes) or None,
            component_code=node.component,
            line=line_number(node.line),
            language=language if _is_named_natively(node.text) else None,
            option_group=node.group,
        )
        for order, node in enumerate(nodes, start=1)
    )


def _is_named_natively(text: str) -> bool:
    """Whether the name itself is native, and not only its examples, which stand in brackets behind it."""
    return is_native(text) and is_native(next((letter for letter in text if letter.isalpha()), ""))


def _language(pdf: Pdf) -> str | None:
    """The language that is taught, as the cover calls the subject: "GCE in Arabic"."""
    front = " ".join(line.text for page in pdf.pages if page.printed is None for line in page.lines)
    found = re.search(r"\b(?:GCE|GCSE(?: \(9[–-]1\))?|Level) in (?P<language>[A-Z][a-z]+)", front)
    return found["language"] if found else None


def _check_themes(pdf: Pdf, lines: Sequence[Line], themes: Sequence[_Node]) -> Iterator[Finding]:
    """How many themes the text promises, and what its introduction calls them."""
    tops = [node for node in themes if node.parent is None]
    yield from numbered.check_numbering([Topic(node.code, node.text, 0, None, 0) for node in tops])
    words = " ".join(line.text for line in pdf.lines())
    promised = {COUNTS[word] for word in re.findall(r"\b([a-z]+)(?: \w+)? themes\b", words) if word in COUNTS}
    for number in promised - {len(tops)}:
        message = f"the text speaks of {number} themes, {len(tops)} were found"
        yield Finding("witnesses_disagree", "error", message)
    for theme in tops:
        if not any(node.parent is theme for node in themes):
            yield _error("missing_children", f"theme {theme.code} has nothing below it", theme.line)
    told = list(_introduced(pdf, before=lines[0].page if lines else 0))
    named = [letters_of(re.split(r"[::]", theme.text, maxsplit=1)[-1]) for theme in tops]
    if told and Counter(map(letters_of, told)) != Counter(named):
        message = "the introduction calls the themes otherwise than their headings do"
        yield Finding("witnesses_disagree", "warning", message)


def _introduced(pdf: Pdf, *, before: int) -> Iterator[str]:
    """The themes that the introduction names in a row: "four engaging themes: A; B; C; D."."""
    lines = [line for line in pdf.lines() if line.page < before]
    starts = [index for index, line in enumerate(lines) if line.text.endswith("themes:")]
    for start in starts[:1]:
        following = lines[start + 1 :]
        end = next((index for index, line in enumerate(following) if not is_native(line.text)), len(following))
        yield from re.split(r"\s*[;؛]\s*", " ".join(line.text for line in following[:end]).strip(" ."))


def _check_markers(blocks: dict[str, list[_Block]]) -> Iterator[Finding]:
    """The line above each research subject is the same in all themes; where it is not, words were put about."""
    markers = [block.titles[0] for parts in blocks.values() for block in parts if len(block.titles) == 2]
    letters = {letters_of(line.text) for line in markers}
    if len(letters) > 1:
        told = ", ".join(f"line {line_number(line)}" for line in markers)
        yield Finding("unclear_block", "error", f"the lines above the research subjects differ: {told}")
    orders = {line.text for line in markers}
    if len(orders) > 1 and len(letters) == 1:
        told = ", ".join(f"{line.text!r} (line {line_number(line)})" for line in markers)
        message = (
            f"one and the same line stands in {len(orders)} orders, so the words of other lines may be put about too, "
            f"where nothing shows it: {told}"
        )
        yield Finding("reading_order", "warning", message)


def _check_direction(pdf: Pdf, topics: Sequence[Topic]) -> Iterator[Finding]:
    """The letters of a PDF are put together from left to right."""
    if not pdf.is_text and any(is_right_to_left(topic.name) for topic in topics):
        message = "names written from right to left cannot be read from a PDF; give a text dump of it"
        yield Finding("right_to_left_pdf", "error", message)


def _error(rule: str, message: str, line: Line) -> Finding:
    return Finding(rule, "error", message, f"line {line_number(line)}")
