"""Guides and papers of Lantern Science, a subject that nobody examines, laid out as the IB's are described."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.greenroom_exams.layouts.pdf_writer import Outline, Text, make_pdf

LEFT, RIGHT = 60, 330


@dataclass(frozen=True)
class Topic:
    """One topic with the statements for all and those for higher level; what stands in brackets is guidance."""

    code: str
    title: str
    core: Sequence[str]
    extra: Sequence[str] = ()
    hours: tuple[int, int] = (3, 0)


THEMES = {"A": "Burning", "B": "Shining", "C": "Carrying"}
GROUPS = {"A1": "Fuel", "A2": "Air", "B1": "Glass", "B2": "Colour", "C1": "Handles", "C2": "Roads at night"}
_CORE = ("Parts of", "Makers of", "The light of", "Names that sailors gave to")
_EXTRA = ("Heat in", "Measurement of losses from")


def _topics() -> tuple[Topic, ...]:
    things = (
        *("wick", "oil lamp", "tallow", "draught", "chimney", "window", "lens", "red light", "green light"),
        *("ring", "pole", "ferry lantern", "road lamp of a small town"),
    )
    codes = [f"{group}.{number}" for group in GROUPS for number in (1, 2)]
    return tuple(
        Topic(
            code,
            f"The {thing}",
            [f"{words} the {thing}" for words in _CORE],
            [f"{words} the {thing}" for words in _EXTRA] if number % 2 else (),
            (3, 2) if number % 2 else (3, 0),
        )
        for number, (code, thing) in enumerate(zip(codes, things, strict=False))
    )


TOPICS = _topics()
COVER = ("Diploma Programme", "Lantern science guide", "First assessment 2033", "International Baccalaureate")


def lettered(
    topics: Sequence[Topic] = TOPICS,
    *,
    listed: Sequence[Topic] | None = None,
    cover: Sequence[str] = COVER,
    outline: Outline = (),
    end: str = "Assessment",
) -> bytes:
    """A guide of themes: cover, contents, outline with hours, a page for each topic, the next chapter."""
    contents = [Text(LEFT, 740, "Contents", 24, bold=True), Text(LEFT, 700, "Syllabus content 4")]
    rows = _outline_rows(topics if listed is None else listed)
    pages = [_cover(cover), [*_head(2), *contents]]
    pages.append([*_head(3), Text(LEFT, 740, "Syllabus outline", 20, bold=True), *rows])
    met: list[str] = []
    for place, topic in enumerate(topics):
        texts = [*_head(len(pages) + 1)]
        base = 750.0
        if place == 0:
            texts.append(Text(LEFT, base, "Syllabus content", 24, bold=True))
            base -= 30
        texts += _topic_page(topic, met, base)
        pages.append(texts)
    pages.append([*_head(len(pages) + 1), Text(LEFT, 740, end, 24, bold=True), Text(LEFT, 700, "How it is assessed.")])
    return make_pdf(pages, title="Lantern science guide", outline=outline)


def _outline_rows(topics: Sequence[Topic]) -> list[Text]:
    met: list[str] = []
    texts = []
    for topic in topics:
        for code, title in _above(topic.code, met):
            met.append(code)
            base = 720 - 14 * len(met)
            texts.append(Text(LEFT, base, f"{code} {title or topic.title}"))
            if code == topic.code:
                texts += [Text(400 + 60 * i, base, str(number)) for i, number in enumerate(topic.hours)]
    return texts


def _above(code: str, met: Sequence[str]) -> list[tuple[str, str]]:
    """The theme and the group of a topic where they were not met yet, then the topic."""
    steps = [(code[0], THEMES[code[0]]), (code[:2], GROUPS[code[:2]]), (code, "")]
    return [step for step in steps if step[0] not in met]


def _topic_page(topic: Topic, met: list[str], base: float) -> list[Text]:
    texts = []
    for code, title in _above(topic.code, met):
        met.append(code)
        base -= 24
        texts.append(Text(LEFT, base, f"{code} {title or topic.title}", {1: 20, 2: 18}.get(len(code), 15), bold=True))
    core, extra = topic.hours
    base -= 20
    texts.append(Text(LEFT, base, f"Standard level and higher level: {core} hours"))
    if extra:
        base -= 14
        texts.append(Text(LEFT, base, f"Additional higher level: {extra} hours"))
    number = 0
    for head, statements in (("SL and HL", topic.core), ("Additional higher level", topic.extra)):
        if not statements:
            continue
        base -= 24
        texts.append(Text(LEFT, base, head, 12, bold=True))
        for statement in statements:
            number += 1
            base -= 24
            texts.append(Text(LEFT, base, f"{topic.code}.{number}—{statement}", bold=True))
            base -= 18
            texts.append(Text(LEFT, base, f"Students should explain {statement.lower()} to a friend."))
            base -= 12
            texts.append(Text(LEFT, base, "No dates are needed."))
    return texts


def numbered(*, hours: int = 20, listed_hours: int = 20, end: str = "Assessment", mark: str = "(HL)") -> bytes:
    """A guide of numbered topics, whose statements stand in a table with a column for notes."""
    tops = [("1", "Lanterns at rest", ""), ("2", "Lanterns on the move", ""), ("3", "Lantern markets", f" {mark}")]
    things = ("wicks", "panes of glass", "handles", "poles")
    pages = [_cover(COVER), [*_head(2), Text(LEFT, 740, "Syllabus outline", 20, bold=True)]]
    base = 700.0
    for code, title, _ in tops:
        pages[1].append(Text(LEFT, base, f"Topic {code}: {title}"))
        pages[1].append(Text(440, base, str(listed_hours)))
        for place, thing in enumerate(things, start=1):
            pages[1].append(Text(LEFT + 20, base - 14 * place, f"{code}.{place} Use of {thing}"))
        base -= 80
    for code, title, level in tops:
        texts = [*_head(len(pages) + 1)]
        base = 750.0
        if code == "1":
            texts.append(Text(LEFT, base, "Syllabus content", 24, bold=True))
            base -= 30
        texts.append(Text(LEFT, base, f"Topic {code}: {title}{level} ({hours} hours)", 16, bold=True))
        for place, thing in enumerate(things, start=1):
            base -= 24
            texts.append(Text(LEFT, base, f"{code}.{place} Use of {thing}", 13, bold=True))
            base -= 16
            heads = ((LEFT, "Assessment statement"), (RIGHT - 40, "Obj"), (RIGHT, "Teacher's notes"))
            texts += [Text(left, base, words, bold=True) for left, words in heads]
            for number, verb in enumerate(("Describe", "Explain", "Sketch", "Compare"), start=1):
                base -= 15
                texts += [
                    Text(LEFT, base, f"{code}.{place}.{number}"),
                    Text(LEFT + 40, base, f"{verb} the use of {thing}"),
                    Text(RIGHT - 40, base, "2"),
                    Text(RIGHT, base, "Two cases are enough."),
                    Text(LEFT + 40, base - 12, "in two places."),
                ]
                base -= 12
        pages.append(texts)
    pages.append([*_head(len(pages) + 1), Text(LEFT, 740, end, 24, bold=True), Text(LEFT, 700, "How it is assessed.")])
    return make_pdf(pages, title="Lantern science guide")


PAPER = (
    "Lantern science",
    "Higher level",
    "Paper 2",
    "Thursday 28 April 2033 (afternoon)",
    "Instructions to candidates",
    "The maximum mark for this examination paper is [90 marks].",
    "M33/4/LANTE/HP2/ENG/TZ1/XX",
    "International Baccalaureate Organization 2033",
)


def paper(*lines: str) -> bytes:
    """The first page of a paper."""
    return make_pdf([[Text(LEFT, 760 - 30 * i, line, 12) for i, line in enumerate(lines or PAPER)]], title="")


def _cover(lines: Sequence[str]) -> list[Text]:
    return [Text(LEFT, 700 - 60 * i, words, 28 if "guide" in words else 20) for i, words in enumerate(lines)]


def _head(number: int) -> list[Text]:
    return [Text(LEFT, 814, "Lantern science guide", 8), Text(500, 30, str(number), 8)]
