"""Units of Lantern Design, a qualification that nobody awards, laid out as UAL's specifications are described."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

LEFT, RIGHT, WIDE = 60, 310, 340


@dataclass(frozen=True)
class Unit:
    """One unit; its outcomes hold their criteria and what they cover."""

    number: int
    title: str
    outcomes: Sequence[tuple[str, Sequence[str], Sequence[str]]]
    facts: Sequence[str] = ("Level 3", "Guided learning hours 120")


def _outcomes(thing: str) -> tuple[tuple[str, Sequence[str], Sequence[str]], ...]:
    return (
        (
            f"Understand how {thing} are made and why they are kept.",
            (f"Describe how {thing} are made in two workshops.", f"Compare {thing} of two centuries and their makers."),
            (f"Makers of {thing}", "Guilds and apprentices", "Museums and other keepers"),
        ),
        (
            f"Be able to plan work with {thing}.",
            (f"Draw a plan for {thing}.", "Choose tools that serve the plan."),
            (f"Plans of {thing}", "Tools and their care"),
        ),
        (
            f"Be able to judge own work with {thing} against that of others.",
            (f"Judge {thing} by their light.", f"Record what was learnt from {thing}."),
            (f"Light of {thing}", "Diaries of the workshop", "Talks with visitors"),
        ),
    )


UNITS = (
    Unit(1, "Finding Lanterns in Daily Life", _outcomes("paper lanterns")),
    Unit(2, "Wicks, Oils and Other Materials of the Trade", _outcomes("oil lanterns")),
    Unit(3, "Glass", _outcomes("glass lanterns")),
    Unit(4, "Carrying Light", _outcomes("carried lanterns")),
    Unit(5, "Showing Lanterns", _outcomes("shown lanterns")),
)
GLANCE = (
    ("Qualification title", "UAL Level 3 Foundation Diploma in Lantern Design"),
    ("Qualification number", "699/1234/X"),
    ("Level", "3"),
    ("Guided learning hours (GLH)", "600"),
    ("Total Qualification Time (TQT)", "1,080"),
    ("Qualification start date", "01 September 2031"),
)
COVER = ("UAL Awarding Body", "Level 3", "Foundation Diploma in Lantern Design", "Specification")


def specification(
    units: Sequence[Unit] = UNITS,
    *,
    glance: Sequence[tuple[str, ...]] = GLANCE,
    cover: Sequence[str] = COVER,
    listed: Sequence[Unit] | None = None,
    assessed: str = "All units are internally assessed and externally moderated.",
) -> bytes:
    """Cover, contents, the qualification at a glance, two pages for each unit, a glossary."""
    pages: list[list[Text]] = [[Text(LEFT, 700 - 60 * i, words, 30) for i, words in enumerate(cover)]]
    contents = [
        Text(LEFT, 700 - 14 * i, f"Unit {unit.number}: {unit.title} {4 + 2 * i}")
        for i, unit in enumerate(units if listed is None else listed)
    ]
    pages.append([*_head(2), Text(LEFT, 740, "Contents", 20, bold=True), *contents])
    pages.append([*_head(3), Text(LEFT, 740, "Qualification at a glance", 20, bold=True), *_glance(glance)])
    pages[-1].append(Text(LEFT, 400, assessed))
    for unit in units:
        pages.append([*_head(len(pages) + 1), *_table(unit)])
        pages.append([*_head(len(pages) + 1), *_content(unit)])
    pages.append([*_head(len(pages) + 1), Text(LEFT, 740, "Glossary of terms", 20, bold=True)])
    pages[-1].append(Text(LEFT, 700, "Words that this specification uses."))
    return make_pdf(pages, title="Specification")


def renumbered(units: Sequence[Unit], first: int) -> tuple[Unit, ...]:
    """The same units under other numbers."""
    return tuple(replace(unit, number=first + place) for place, unit in enumerate(units))


def _head(number: int) -> list[Text]:
    return [Text(LEFT, 814, "UAL Awarding Body Foundation Diploma", 8), Text(500, 30, str(number), 8)]


def _glance(rows: Sequence[tuple[str, ...]]) -> list[Text]:
    texts = []
    for i, (label, *values) in enumerate(rows):
        texts.append(Text(LEFT, 680 - 20 * i, label, bold=True))
        texts += [Text(260 + 160 * column, 680 - 20 * i, value, 6) for column, value in enumerate(values)]
    return texts


def _table(unit: Unit) -> list[Text]:
    texts = [Text(LEFT, 750, f"Unit {unit.number}:", 20, bold=True), *_wrapped(unit.title, LEFT + 90, 750, 20, 30)]
    texts += [Text(LEFT, 690 - 14 * i, fact) for i, fact in enumerate(unit.facts)]
    texts += [
        Text(LEFT, 640, "Learning outcomes", bold=True),
        Text(RIGHT, 640, "Assessment criteria", bold=True),
        Text(LEFT, 624, "The student will:"),
        Text(RIGHT, 624, "The student can:"),
    ]
    base = 600.0
    for number, (outcome, criteria, _) in enumerate(unit.outcomes, start=1):
        left = _wrapped(f"{number}. {outcome}", LEFT, base, 10, 40)
        right: list[Text] = []
        below = base
        for place, criterion in enumerate(criteria, start=1):
            right.append(Text(RIGHT, below, f"{number}.{place}"))
            lines = _wrapped(criterion, WIDE, below, 10, 36)
            right += lines
            below = lines[-1].base - 16
        texts += [*left, *right]
        base = min(left[-1].base, below) - 20
    return texts


def _content(unit: Unit) -> list[Text]:
    texts = [Text(LEFT, 750, "Indicative content", 12, bold=True)]
    base = 720.0
    for number, (_, _, items) in enumerate(unit.outcomes, start=1):
        texts.append(Text(LEFT, base, f"Learning outcome {number}", bold=True))
        for item in items:
            base -= 14
            texts += [Text(LEFT, base, "•"), Text(LEFT + 12, base, item)]
        base -= 24
    return texts


def _wrapped(text: str, left: float, base: float, size: float, width: int) -> list[Text]:
    lines, words = [""], text.split()
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [Text(left, base - 1.2 * size * i, line, size, bold=size > 10) for i, line in enumerate(lines)]
