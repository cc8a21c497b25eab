"""Works below a sentence such as "Centres must select one of the following:" become options with their rule."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from greenroom_exams.layouts.assessment_words import NUMBERS
from greenroom_exams.layouts.numbered import SAME_LEFT_POINTS, WRAP_EM
from greenroom_exams.layouts.pdf_lines import Line, join

RULE = re.compile(r"[^.]*\b(?:select|choose|study) (?P<count>one|two|three|four)\b[^.]*\b(?:following|below):$", re.I)
COMPULSORY = re.compile(r"All learners must study$", re.I)
NUMBERED = re.compile(r"(?P<number>\d{1,2})\. (?P<title>\S.*)$")
# A rule may take two lines of a narrow column.
RULE_LINES = 3
# WJEC's Dance leaves a row free within the name of its one compulsory work.
COMPULSORY_EM = 2.4


@dataclass(frozen=True, slots=True)
class Work:
    """One work and where it stands; `is_close`: no line is missing between its lines."""

    title: str
    line: Line
    number: int | None = None
    is_close: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """A list of works, how many of them are studied, the words that say so, and the bold lines above them.

    Without a count, all learners study them.
    """

    count: int | None
    rule: str
    heading: str
    works: tuple[Work, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the works are numbered without a gap, or are all pairs where pairs are set."""
        if not all(work.is_close for work in self.works):
            return False
        numbers = [work.number for work in self.works]
        if any(numbers):
            return numbers == list(range(1, len(numbers) + 1))
        return not re.search(r"\bpair\b", self.rule) or all(_is_pair(work.title) for work in self.works)


def _is_pair(title: str) -> bool:
    return " and " in title and title.count("(") == title.count(")") == 2


def choices(lines: Sequence[Line]) -> Iterator[Choice]:
    """The lists in some lines of one column, in their order; a sentence without a list below it gives none."""
    for index, line in enumerate(lines):
        below = _column_below(lines, index)
        start = _start(lines, index)
        if COMPULSORY.match(line.text) and below:
            work = Work(join(each.text for each in below), below[0], is_close=_is_close([line, *below], COMPULSORY_EM))
            yield Choice(None, line.text, _heading(lines[:index]), (work,))
        elif start is not None:
            rule = join(each.text for each in lines[start : index + 1])
            found = RULE.match(rule)
            works = tuple(_numbered(below) or _paragraphs(below))
            if found and works:
                yield Choice(NUMBERS[found["count"].casefold()], rule, _heading(lines[:start]), works)


def _column_below(lines: Sequence[Line], index: int) -> list[Line]:
    """What stands below a line on its page, up to the line that begins the next column above it."""
    below: list[Line] = []
    last = lines[index]
    for line in lines[index + 1 :]:
        if line.page != last.page or line.base > last.base + 1:
            break
        below.append(line)
        last = line
    return below


def _start(lines: Sequence[Line], index: int) -> int | None:
    """Where the sentence that ends with this line begins, when it is a rule."""
    if not lines[index].text.endswith(":"):
        return None
    for start in range(index, max(-1, index - RULE_LINES), -1):
        if RULE.match(join(line.text for line in lines[start : index + 1])):
            return start
    return None


def _heading(above: Sequence[Line]) -> str:
    """The bold lines directly above a rule."""
    bold: list[str] = []
    for line in reversed(above):
        if not line.bold:
            break
        bold.insert(0, line.text)
    return join(bold)


def _numbered(lines: Sequence[Line]) -> list[Work]:
    works: list[list[Line]] = []
    for line in lines:
        if NUMBERED.match(line.text):
            works.append([line])
        elif works and line.left > works[-1][0].left + SAME_LEFT_POINTS:
            works[-1].append(line)
        else:
            break
    return [_numbered_work(each) for each in works]


def _numbered_work(lines: Sequence[Line]) -> Work:
    # the last work of a list may end its sentence
    text = join(line.text for line in lines).removesuffix(".")
    number, _, title = text.partition(". ")
    return Work(title, lines[0], int(number), _is_close(lines))


def _is_close(lines: Sequence[Line], em: float = WRAP_EM) -> bool:
    return all(one.base - other.base <= em * other.size for one, other in pairwise(lines))


def _paragraphs(lines: Sequence[Line]) -> list[Work]:
    """Works set apart by space, below bold heads of columns, down to a note."""
    works: list[tuple[Line, list[str]]] = []
    last: Line | None = None
    for line in lines:
        if line.bold and not works:
            last = line
            continue
        if line.bold or line.text.startswith(("*", "•")) or not (works or last):
            break
        near = last is not None and line.page == last.page and last.base - line.base <= WRAP_EM * line.size
        if works and near:
            works[-1][1].append(line.text)
        else:
            works.append((line, [line.text]))
        last = line
    return [Work(join(parts), line) for line, parts in works]
