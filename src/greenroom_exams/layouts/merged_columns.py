"""A table of two columns whose dump has both on one line: what the columns' widths prove parts them again.

A line of a column is full: the first word of the next one would not have fitted. Where that leaves one way to part
the lines of a title from those of its content, the title is sure; where it leaves two, both are told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from greenroom_exams.layouts.pdf_lines import join

# The widths of Calibri's letters, in thousandths of its size: the boards' text of that time is set in it.
_WIDTHS = {
    **dict(zip("abcdefghijklm", (479, 525, 423, 525, 498, 305, 471, 525, 229, 239, 455, 229, 799), strict=True)),
    **dict(zip("nopqrstuvwxyz", (525, 527, 525, 525, 349, 391, 335, 525, 452, 715, 433, 453, 395), strict=True)),
    **dict(zip("ABCDEFGHIJKLM", (579, 544, 533, 615, 488, 459, 631, 623, 252, 319, 520, 420, 855), strict=True)),
    **dict(zip("NOPQRSTUVWXYZ", (646, 662, 517, 673, 543, 459, 487, 642, 567, 890, 519, 487, 468), strict=True)),
    **dict.fromkeys("0123456789", 507),
    **dict.fromkeys(".,’‘", 251),
    **dict.fromkeys(";:", 268),
    **dict.fromkeys("()", 303),
    **{" ": 226, "-": 306, "–": 498, "/": 386},
}
_ANY_WIDTH = 500
# Titles of more lines were not met.
_TITLE_LINES = 4
# Kerning makes a line up to a fifth of an em shorter or longer than its letters.
_LOOSE_EM = 0.2
_WIDEST_OVERRUN_EM = 0.6
# Words that a title or a sentence does not end with.
_LINKS = re.compile(
    r"a|after|against|an|and|at|between|by|de|for|from|in|into|its|of|on|or|the|their|to|towards|under|upon|with", re.I
)
_SENTENCE = re.compile(r"[‘“('’]*[A-Z0-9]")
_NUMBER = re.compile(r"(?:[IVX]+$|\d)")
_YEARS = re.compile(r"\d{4}–(?:c\.)?\d{4}[:;,]?$")
# A way to part the columns may leave this much unexplained, and must be this much better than any other.
_MOST_PENALTY = 15.0
_LEAST_LEAD = 7.5
# No way that has left so much unexplained becomes the best, or a rival of the best.
_HOPELESS = 45.0
# Where two words in capitals meet, either may begin the content; lines that break early were met up to 12 points.
_CAPITALS_LEAD = 20.0


@dataclass(frozen=True, slots=True)
class Widths:
    """The widths of the two columns, in em of their type."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the title in its left column, the content in its right one, and the next best title if one is near."""

    title: str
    content: str
    rival: str | None = None
    is_sure: bool = True


def width(words: Sequence[str]) -> float:
    """How wide words are set, in em."""
    return sum(map(_word_width, words)) + _WIDTHS[" "] / 1000 * max(0, len(words) - 1)


@cache
def _word_width(word: str) -> float:
    return sum(_WIDTHS.get(letter, _ANY_WIDTH) for letter in word) / 1000


def is_merged(line: str, widths: Widths) -> bool:
    """Whether a line is too wide for the right column alone."""
    return width(line.split()) > widths.right + _LOOSE_EM


def row(lines: Sequence[str], widths: Widths) -> Row:
    """Part the lines of one row; its first line holds the beginning of both its columns."""
    return _row(tuple(lines), widths)


# A new issue of a document has most of its rows from the one before.
@lru_cache(maxsize=4096)
def _row(lines: tuple[str, ...], widths: Widths) -> Row:
    words = [line.split() for line in lines]
    stray = _stray(words, widths)
    kept = [line for index, line in enumerate(words) if index != stray]
    ranked: dict[str, tuple[float, tuple[int, ...]]] = {}
    for cuts, unexplained in _cuts(kept, widths):
        title = _left(kept, cuts)
        penalty = unexplained + _title_penalty(title.split())
        if title not in ranked or penalty < ranked[title][0]:
            ranked[title] = penalty, cuts
    if not ranked:
        return Row(" ".join(lines), "", None, is_sure=False)
    (title, (least, cuts)), *rest = sorted(ranked.items(), key=lambda item: item[1][0])
    rival = next((other for other, (penalty, found) in rest if penalty - least < _lead(kept, cuts, found)), None)
    if stray is not None:
        title, rival = f"{title} {' '.join(words[stray])}", title
    right = [line[cuts[index] if index < len(cuts) else 0 :] for index, line in enumerate(kept)]
    content = join(" ".join(part) for part in right if part)
    return Row(title, content, rival, is_sure=rival is None and least < _MOST_PENALTY)


def _lead(words: Sequence[Sequence[str]], best: Sequence[int], other: Sequence[int]) -> float:
    """By how much one way must be better than another."""
    if best[0] == other[0]:
        return _LEAST_LEAD
    both = (words[0][cuts[0]] for cuts in (best, other) if cuts[0] < len(words[0]))
    return _CAPITALS_LEAD if all(_SENTENCE.match(word) for word in both) else _LEAST_LEAD


def _cuts(words: Sequence[Sequence[str]], widths: Widths) -> Iterator[tuple[tuple[int, ...], float]]:
    """The ways to part the first lines: the words of each that belong to the title, and what is left unexplained."""

    def further(
        cuts: tuple[int, ...], penalty: float, left: Sequence[str], right: Sequence[str]
    ) -> Iterator[tuple[tuple[int, ...], float]]:
        index = len(cuts)
        line = words[index] if index < len(words) else ()
        if cuts:
            # the next line is of the right column alone
            yield cuts, penalty + _line_penalty((), line, left, right, widths)
        if not line or index == _TITLE_LINES:
            return
        # Both columns begin on the first line; a later one may be of the title alone.
        for cut in range(1, len(line) + (index > 0)):
            if width(line[:cut]) > widths.left + _WIDEST_OVERRUN_EM:
                return
            one, other = line[:cut], line[cut:]
            told = penalty + _line_penalty(one, other, left, right, widths)
            if told <= _HOPELESS:
                yield from further((*cuts, cut), told, one, other or right)

    yield from further((), 0.0, (), ())


def _line_penalty(
    left: Sequence[str], right: Sequence[str], left_before: Sequence[str], right_before: Sequence[str], widths: Widths
) -> float:
    """How much one line leaves unexplained, in points of a letter of ten points."""
    penalty = _column(left, left_before, widths.left) + _column(right, right_before, widths.right)
    if right and not right_before:
        penalty += 0 if _SENTENCE.match(right[0]) else 60
        penalty += 8 if _NUMBER.match(right[0]) else 0
        # A sentence seldom begins with two words in capitals; the first is then the title's last.
        penalty += 3 if len(right) > 1 and _SENTENCE.match(right[1]) else 0
    return penalty


def _column(line: Sequence[str], before: Sequence[str], room: float) -> float:
    """What a line says against its column: too wide for it, or its first word would have fitted on the line before."""
    if not line:
        return 0.0
    too_wide = 30 * max(0.0, width(line) - room)
    if not before:
        return too_wide
    return too_wide + 5 * max(0.0, room - _LOOSE_EM - width([*before, line[0]]))


def _title_penalty(title: Sequence[str]) -> float:
    penalty = 25.0 * bool(_LINKS.fullmatch(title[-1])) + 25.0 * title[-1].endswith((";", ",", "."))
    penalty += 15.0 * any(word.endswith(";") for word in title)
    # Years end a title, unless it goes on with "and".
    ends = [index for index, word in enumerate(title[:-1]) if _YEARS.match(word)]
    return penalty + 8.0 * any(title[index + 1] != "and" for index in ends)


def _left(words: Sequence[Sequence[str]], cuts: Sequence[int]) -> str:
    return join(" ".join(line[:cut]) for line, cut in zip(words, cuts, strict=False))


def _stray(words: Sequence[Sequence[str]], widths: Widths) -> int | None:
    """A line that stands between two of the right column and is of the left one: it is far from full."""
    for index in range(1, min(_TITLE_LINES, len(words)) + 1):
        if (
            index + 1 < len(words)
            and not words[index][-1].endswith(".")
            and width([*words[index], words[index + 1][0]]) < widths.right * 0.6
        ):
            return index
    return None
