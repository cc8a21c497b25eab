"""Two-column tables below headings: the left column is what the heading covers, one paragraph a line."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from greenroom_exams.layouts.numbered import Heading
from greenroom_exams.layouts.pdf_lines import Line, join

# The border of two columns is known from the head of the right one; left and right pages differ by a point or two.
BORDER_POINTS = 4.0
# Between two columns of one line lie at least 0.7 em, between words 0.3 em.
BORDER_GAP_EM = 0.5
# Lines of a paragraph are 1.2 to 1.3 em apart, paragraphs 1.34 em and more.
PARAGRAPH_EM = 1.32


def described(
    lines: Sequence[Line], headings: Sequence[Heading], heads: tuple[str, str], *, bullets: str = "•"
) -> tuple[str | None, ...]:
    """For each heading, the left column below it up to the next heading; None where no table stands.

    `heads` are the heads of the left and the right column. A line across both columns ends a table.
    """
    starts = {line: heading for heading in headings for line in heading.lines}
    gathered: dict[Heading, list[Line]] = {heading: [] for heading in headings}
    current: Heading | None = None
    border: float | None = None
    in_table = False
    for line in lines:
        if line in starts:
            current = starts[line]
        elif line.text == heads[1]:
            border, in_table = line.left, True
        elif (
            current and in_table and border is not None and line.text != heads[0] and line.left < border - BORDER_POINTS
        ):
            cell = _left_cell(line, border)
            in_table = cell is not None
            gathered[current] += [cell] if cell else []
    return tuple(_paragraphs(each, bullets) for each in gathered.values())


def _left_cell(line: Line, border: float) -> Line | None:
    """The part of a line in the left column; None for a line that runs across both."""
    if line.right <= border + BORDER_POINTS:
        return line
    for index, (before, after) in enumerate(pairwise(line.words), start=1):
        at_border = before.right <= border + BORDER_POINTS and after.left >= border - BORDER_POINTS
        if at_border and after.left - before.right >= BORDER_GAP_EM * line.size:
            words = line.words[:index]
            return replace(line, text=" ".join(word.text for word in words), words=words, right=before.right)
    return None


def _paragraphs(lines: Iterable[Line], bullets: str) -> str | None:
    paragraphs: list[list[str]] = []
    last: Line | None = None
    for line in lines:
        is_bullet = len(line.text) == 1 and line.text in bullets
        far = last is None or line.page != last.page or last.base - line.base > PARAGRAPH_EM * line.size
        if is_bullet or far:
            paragraphs.append([])
        paragraphs[-1].append("•" if is_bullet else line.text)
        last = line
    return "\n".join(join(each) for each in paragraphs) or None
