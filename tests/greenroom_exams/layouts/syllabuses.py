"""Syllabuses of a subject that does not exist, laid out as Cambridge does."""

from collections.abc import Sequence

from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

LEFT, RIGHT = 62.0, 309.0
HEAD = "Cambridge IGCSE Lantern Studies 0999 syllabus for 2031, 2032 and 2033."
GUIDANCE = ("Candidates should be able to:", "Notes and guidance")
LEVELS = ("Core", "Supplement")

# What stands in a column: a heading, a statement's number and words, or words alone. A bar breaks a line.
Row = tuple[str, str, str]
STATEMENTS: tuple[Row, ...] = (
    ("topic", "1", "Light"),
    ("topic", "1.1", "The flame"),
    ("heads", "", ""),
    ("left", "1", "Understand why a flame needs|both air and oil"),
    ("right", "•", "Any lamp oil may be named"),
    ("left", "2", "Describe a hot flame"),
    ("topic", "1.2", "Wicks"),
    ("heads", "", ""),
    ("left", "1", "Describe how wicks are woven"),
    ("topic", "2", "Care"),
    ("heads", "", ""),
    ("left", "1", "Trim a wick"),
    ("right", "•", "With scissors only"),
)
OVERVIEW = (("1", "Light"), ("2", "Care"))

CORE: tuple[Row, ...] = (
    ("topic", "1", "Light"),
    ("topic", "1.1", "The flame"),
    ("heads", "", ""),
    ("left", "1", "Understand why a flame needs|both air and oil"),
    ("right", "3", "Explain the colours of a flame"),
    ("left", "2", "Describe a hot flame"),
    ("topic", "2", "Care"),
    ("heads", "", ""),
    ("left", "1", "Trim a wick"),
)

BULLETS: tuple[Row, ...] = (
    ("section", "", "Section 1 Lanterns at rest"),
    ("bold", "", "1.1 Light"),
    ("plain", "", "1.1.1 The flame"),
    ("bullet", "", "recognise a flame that needs|both air and oil"),
    ("bullet", "", "name its colours"),
    ("plain", "", "1.1.2"),
    ("bullet", "", "light a lantern"),
    ("section", "", "Section 2 Lanterns on the move"),
    ("bold", "", "2.1 Care"),
    ("bullet", "", "trim a wick"),
)
BULLET_OVERVIEW = (("1.1", "Light"), ("1.1.1", "The flame"), ("2.1", "Care"))


def syllabus(
    rows: Sequence[Row] = STATEMENTS,
    *,
    overview: Sequence[tuple[str, str]] = OVERVIEW,
    heads: tuple[str, str] = GUIDANCE,
    qualification: str = "Cambridge IGCSE",
    code: str = "0999",
    years: str = "Use this syllabus for exams in 2031, 2032 and 2033.",
    marks: str = "75 marks",
    based: tuple[str, str] = ("Topics 1–1", "Topics 2–2"),
) -> bytes:
    """A syllabus of five pages: cover, overview, papers at a glance, content, details of the papers."""
    pages = [
        [
            Text(LEFT, 620, "Syllabus", 28),
            Text(LEFT, 587, qualification, 26),
            Text(LEFT, 545, f"Lantern Studies {code}", 26),
            Text(LEFT, 520, years, 12),
            Text(34, 60, "Version 2", 12),
        ],
        _overview(overview),
        _glance(based),
        [*_content(rows, heads)],
        _details(marks),
    ]
    running = [[Text(LEFT, 818, HEAD, 9), Text(500, 30, str(number), 9)] for number in range(1, len(pages) + 1)]
    return make_pdf([[*head, *page] for head, page in zip(running, pages, strict=True)])


def _overview(told: Sequence[tuple[str, str]]) -> list[Text]:
    texts = [Text(LEFT, 740, "Content overview", 16)]
    for index, (code, title) in enumerate(told):
        texts += [Text(LEFT, 700 - 16 * index, code, 10.5), Text(LEFT + 40, 700 - 16 * index, title, 10.5)]
    return texts


def _glance(based: tuple[str, str]) -> list[Text]:
    texts = [Text(LEFT, 740, "Assessment overview", 16)]
    for left, number, share, topics in ((62, 1, 60, based[0]), (320, 2, 40, based[1])):
        texts += [
            Text(left, 700, f"Paper {number}", 10.5, bold=True),
            Text(left + 100, 700, "1 hour 45 minutes", 10.5),
            Text(left + 150, 687, f"{share}%", 10.5),
            Text(left, 671, "75 marks", 10.5),
            Text(left, 655, f"Questions will be based on {topics} of the", 10.5),
            Text(left, 642, "subject content", 10.5),
            Text(left, 626, "Externally assessed", 10.5),
        ]
    return texts


def _content(rows: Sequence[Row], heads: tuple[str, str]) -> list[Text]:
    texts = [Text(LEFT, 740, "3 Subject content", 18, bold=True)]
    base = {"left": 700.0, "right": 700.0}
    for kind, code, words in rows:
        if kind == "right":
            texts += _cell(RIGHT, base["right"], code, words, 17)
            base["right"] -= 13 * (1 + words.count("|")) + 3
            continue
        if kind in {"topic", "section", "bold", "plain", "heads"}:
            top = min(base.values()) - 10
            texts += _heading(kind, code, words, top, heads)
            base = dict.fromkeys(base, top - 20)
            continue
        indent = 17 if kind == "left" else 18
        texts += _cell(LEFT, base["left"], code if kind == "left" else "•", words, indent)
        base["right"] = base["left"] if kind == "left" else base["right"]
        base["left"] -= 13 * (1 + words.count("|")) + 3
    return texts


def _heading(kind: str, code: str, words: str, base: float, heads: tuple[str, str]) -> list[Text]:
    if kind == "heads":
        return [Text(LEFT, base, heads[0], 10.5), Text(RIGHT, base, heads[1], 10.5)]
    if kind == "topic":
        size = 10.5 if "." in code else 12
        return [Text(LEFT, base, code, size, bold=True), Text(LEFT + 28, base, words, size, bold=True)]
    return [Text(LEFT, base, words, 16 if kind == "section" else 10.5, bold=kind == "bold")]


def _cell(left: float, base: float, code: str, words: str, indent: float) -> list[Text]:
    lines = words.split("|")
    texts = [Text(left, base, code, 10.5)] if code else []
    return [*texts, *(Text(left + indent, base - 13 * i, line, 10.5) for i, line in enumerate(lines))]


def _details(marks: str) -> list[Text]:
    texts = [Text(LEFT, 740, "4 Details of the assessment", 18, bold=True)]
    for base, words in ((700, "Paper 1 – Lanterns at rest"), (600, "Paper 2 – Lanterns on the move")):
        texts += [
            Text(LEFT, base, words, 16),
            Text(LEFT, base - 25, f"Written paper, 1 hour 45 minutes, {marks}", 10.5),
        ]
    return texts
