"""Pearson's overview of the assessment: each paper's code, name, marks, time and weight, checked by other places."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from greenroom_exams.documents import Component, Finding
from greenroom_exams.layouts.pdf_lines import Line, Pdf, join

PAPER = r"\d[A-Z]{2}\d/[0-9A-Z]{2}"
# In brackets or not, with the mark of a note or not: "Paper 1 code: 1GA0/01", "Unit codes: 1CP0/2A, 1CP0/2B".
CODES = re.compile(
    rf"\(?\*?(?:Paper|Unit|Component)(?: \d)? codes?: (?P<codes>{PAPER}(?:(?:, | and | or ){PAPER})*)\)?"
)
WEIGHT = re.compile(r"(\d{1,3}(?:\.\d+)?)% of(?: the\b|$)")
MARKS = re.compile(r"^(?:• ?)?(\d{2,3}) marks(?: available)?\.?$|(?:(?:out|consists) of|comprises) (\d{2,3}) marks")
TIME = re.compile(r"\b(\d) hours?(?:(?: and)? (\d{1,2}) minutes)?\b|\b(\d{2,3}) minutes\b")
NOT_EXAMINED = re.compile(r"internally assessed|non-exam\w* assessment|controlled assessment|coursework", re.I)
EXAMINED = re.compile(r"(?:written|onscreen|practical) examination|paper-based assessment|externally[- ]assessed", re.I)
BEGINS = re.compile(r"(?:Paper|Component|Unit|Theme) \d+\b")
QUALIFICATION_NUMBER = re.compile(r"(?<![\w/])(\d{3}/\d{4}/[\dX])(?![\w/])")
FIRST_ASSESSMENT = re.compile(r"First assessment(?: series)?: (?:May/June |June )?(20\d\d)")
FIRST_CERTIFICATION = re.compile(r"First (?:certification|examination|award)(?: from)?(?: [A-Z][a-z]+)? (20\d\d)")
LAST_ASSESSMENT = re.compile(r"(?:Last|Final) assessment(?: series)?: (?:[A-Z][a-z/]+ )*(20\d\d)", re.I)
FIRST_TEACHING = re.compile(r"^First teaching(?: from| in)?(?: [A-Z][a-z]+)? (20\d\d)")
# The overview of one paper fits on a page or two.
LONGEST_BLOCK = 70
# 33.33 three times is 99.99.
ROUNDING_PERCENT = 0.1


@dataclass(frozen=True, slots=True)
class Overview:
    """What a specification says of its papers and of itself as a qualification; None where it is silent."""

    components: tuple[Component, ...]
    findings: tuple[Finding, ...]
    qualification_number: str | None
    first_teaching: int | None
    first_assessment_year: int | None
    last_assessment_year: int | None


@dataclass(frozen=True, slots=True)
class _Block:
    codes: tuple[str, ...]
    name: str
    page: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    def first(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return next((found for line in self.lines if (found := pattern.search(line))), None)

    @property
    def weight(self) -> float | None:
        found = self.first(WEIGHT)
        return float(found[1]) if found else None

    @property
    def marks(self) -> int | None:
        found = self.first(MARKS)
        return int(found[1] or found[2]) if found else None

    @property
    def minutes(self) -> int | None:
        found = self.first(TIME)
        if not found:
            return None
        return int(found[3]) if found[3] else 60 * int(found[1]) + int(found[2] or 0)

    @property
    def examined(self) -> bool:
        """What is said first of a paper is said of it; the words of the next one may follow."""
        never, yes = NOT_EXAMINED.search(self.text), EXAMINED.search(self.text)
        return never is None or (yes is not None and yes.start() < never.start())

    @property
    def assessment(self) -> str | None:
        found = (EXAMINED if self.examined else NOT_EXAMINED).search(self.text)
        return found.group().casefold() if found else None


def read_overview(pdf: Pdf, subject: str | None) -> Overview:
    """The papers of a specification; what another place of it says otherwise is a finding.

    `subject` is its code: papers of other subjects that it mentions are not its own.
    """
    lines = list(pdf.lines())
    blocks = [block for block in _blocks(lines) if subject is None or block.codes[0].startswith(f"{subject}/")]
    # What has no weight is not part of the grade: an endorsement, reported apart.
    told = {block.codes: block for block in reversed(blocks) if block.weight is not None or not block.examined}
    main = tuple(reversed(told.values()))
    components = tuple(each for block in main for each in _components(block, is_text=pdf.is_text))
    findings = (
        *_check_weights(main),
        *_check_again(main, blocks),
        *_check_sections(main, lines),
        *_check_codes(components, lines, subject),
    )
    return Overview(
        components=components,
        findings=findings,
        qualification_number=_only({number for line in lines for number in QUALIFICATION_NUMBER.findall(line.text)}),
        first_teaching=_year(lines, FIRST_TEACHING),
        first_assessment_year=_year(lines, FIRST_ASSESSMENT) or _year(lines, FIRST_CERTIFICATION),
        last_assessment_year=_year(lines, LAST_ASSESSMENT),
    )


def _blocks(lines: Sequence[Line]) -> Iterator[_Block]:
    starts = [(index, found) for index, line in enumerate(lines) if (found := CODES.search(line.text))]
    ends = [*(index for index, _ in starts[1:]), len(lines)]
    for (index, found), end in zip(starts, ends, strict=False):
        codes = tuple(re.findall(PAPER, found["codes"]))
        block = lines[index + 1 : min(end, index + LONGEST_BLOCK)]
        name = _name(lines, index, found.start())
        yield _Block(codes, name, lines[index].page, (name, *(line.text for line in block)))


def _name(lines: Sequence[Line], index: int, start: int) -> str:
    """What stands before the code: on its line, left of it in another column, or on the line above."""
    line = lines[index]
    above = lines[index - 1].text if index else ""
    before = line.text[:start].strip(" (*")
    if before:
        wrapped = not BEGINS.match(before) and BEGINS.match(above)
        return join([above, before]) if wrapped else before
    beside = [each for each in lines[max(0, index - 2) : index] if abs(each.base - line.base) < 1]
    if not beside:
        return above.rstrip("* ")
    first = beside[0]
    below = lines[index + 1] if index + 1 < len(lines) else None
    goes_on = below and first.text.endswith(":") and below.bold == first.bold and abs(below.left - first.left) < 1
    return join([first.text, below.text]) if below and goes_on else first.text


def _components(block: _Block, *, is_text: bool) -> Iterator[Component]:
    tiers = {"F": "Foundation", "H": "Higher"} if {code[-1] for code in block.codes} == {"F", "H"} else {}
    for code in block.codes:
        yield Component(
            code=code,
            name=block.name,
            examined=block.examined,
            assessment=block.assessment,
            tier=tiers.get(code[-1]),
            marks=block.marks,
            # The time of what a centre assesses is no exam's.
            duration_minutes=block.minutes if block.examined else None,
            weight_percent=block.weight,
            page=None if is_text else block.page,
        )


def _check_weights(blocks: Sequence[_Block]) -> Iterator[Finding]:
    whole = sum(block.weight or 0.0 for block in blocks)
    if blocks and abs(whole - 100) > ROUNDING_PERCENT:
        told = ", ".join(f"{block.codes[0]} {block.weight}%" for block in blocks)
        yield Finding("weights_do_not_add_up", "error", f"the papers count {whole:g}% together: {told}")
    for block in blocks:
        missing = [word for word, value in (("marks", block.marks), ("time", block.minutes)) if value is None]
        if missing and block.examined:
            message = f"{block.codes[0]} says nothing of {' and '.join(missing)}"
            yield Finding("component_incomplete", "warning", message)


def _check_again(main: Sequence[_Block], blocks: Sequence[_Block]) -> Iterator[Finding]:
    """Where the same paper is described once more, it must have the same marks and time."""
    first = {block.codes: block for block in main}
    for block in blocks:
        one = first.get(block.codes)
        if one is None or one is block:
            continue
        for word, told, again in (("marks", one.marks, block.marks), ("minutes", one.minutes, block.minutes)):
            if told is not None and again is not None and told != again:
                yield _differ(one, f"{told} {word} in the overview, {again} further down")


def _check_sections(main: Sequence[_Block], lines: Sequence[Line]) -> Iterator[Finding]:
    """Below each paper's content stands its "Assessment information", in the order of the papers."""
    starts = [index for index, line in enumerate(lines) if line.text == "Assessment information"]
    if len(starts) != len(main):
        return
    for block, start in zip(main, starts, strict=True):
        below = _Block(block.codes, "", block.page, tuple(line.text for line in lines[start + 1 : start + 12]))
        for word, told, again in (("marks", block.marks, below.marks), ("minutes", block.minutes, below.minutes)):
            if again is not None and told != again:
                yield _differ(block, f"{told} {word} in the overview, {again} in its assessment information")


def _differ(block: _Block, words: str) -> Finding:
    return Finding("witnesses_disagree", "error", f"{block.codes[0]} has {words}")


def _check_codes(components: Sequence[Component], lines: Sequence[Line], subject: str | None) -> Iterator[Finding]:
    """The appendix of codes names the same papers."""
    start = next((index for index, line in enumerate(lines) if re.match(r"The QN for", line.text)), None)
    if start is None:
        return
    listed = {code for line in lines[start : start + 60] for code in re.findall(PAPER, line.text)}
    listed = {code for code in listed if subject is None or code.startswith(f"{subject}/")}
    for code in sorted(listed ^ {component.code for component in components}):
        where = "the appendix of codes only" if code in listed else "the overview only"
        yield Finding("witnesses_disagree", "error", f"paper {code} is named in {where}")


def _year(lines: Sequence[Line], pattern: re.Pattern[str]) -> int | None:
    """The year that all places name; None where they name several."""
    year = _only({year for line in lines for year in pattern.findall(line.text)})
    return int(year) if year else None


def _only(found: set[str]) -> str | None:
    return found.pop() if len(found) == 1 else None
