"""Course specifications of a subject that does not exist, laid out as SQA does."""

from collections.abc import Sequence

from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

LEFT, RIGHT = 76.0, 320.0
CLOSING = "Skills, knowledge and understanding included in the course are appropriate to the SCQF"
EXAMINED = "Skills, knowledge and understanding for the course assessment"

# What stands in the table: how it is set, and its words. A bar parts what stands beside the left column.
Row = tuple[str, str]
STYLES = {"area": (12, True, False), "bold": (11, True, False), "slanted": (11, True, True)}

KEY_AREAS: tuple[Row, ...] = (
    ("area", "Light"),
    ("bold", "1 The flame"),
    ("text", "(a) A flame needs an air–"),
    ("wrap", "oil mix that has risen."),
    ("text", "It goes out without one of them."),
    ("text", "(b) A hot flame"),
    ("bold", "2 Wicks"),
    ("text", "Wicks are woven from cotton yarn."),
    ("area", "Care"),
    ("bold", "1 Trimming the wick"),
    ("text", "(a) Trimming keeps the glass clean."),
)
KEY_AREA_OVERVIEW = (("Light", ("flame", "wicks")), ("Care", ("trimming the wick",)))

LETTERED: tuple[Row, ...] = (
    ("area", "Light"),
    ("bold", "(a)|The flame"),
    ("text", "A flame needs both air and oil."),
    ("area", "Light (continued)"),
    ("bold", "(a)|The flame (continued)"),
    ("text", "It goes out without one of them."),
    ("bold", "(b)|Wicks"),
    ("text", "Wicks are woven from cotton yarn."),
    ("area", "Care"),
    ("bold", "(a)|Trimming the wick"),
    ("text", "Trimming keeps the glass clean."),
)

TYPEFACE: tuple[Row, ...] = (
    ("bold", "Light"),
    ("bold", "The flame"),
    ("slanted", "Air and oil"),
    ("text", "7 flames burn brighter than six."),
    ("bold", "Light"),
    ("slanted", "Colour of the flame"),
    ("text", "A blue flame is a hot flame."),
    ("bold", "Wicks"),
    ("text", "Wicks are woven from cotton yarn."),
    ("bold", "Care"),
    ("bold", "Trimming the wick"),
    ("text", "Trimming keeps the glass clean."),
)
TYPEFACE_OVERVIEW = (("Light", "the flame; wicks"), ("Care", "trimming the wick"))


def course(
    rows: Sequence[Row] = KEY_AREAS,
    *,
    overview: Sequence[tuple[str, Sequence[str] | str]] = KEY_AREA_OVERVIEW,
    notes: Sequence[Row] | None = None,
    title: str = "Higher Lantern Studies",
    codes: tuple[str, str] = ("C999 76", "X999 76"),
    marks: str = "95 marks",
    share: str = "75%",
) -> bytes:
    """A specification of six pages: cover, overview, content, examined content, assessment, support notes."""
    pages = [
        _cover(title, codes),
        _overview_page(),
        _content(overview),
        [*_rows([("head", EXAMINED), *rows], 760), *_closing()],
        _assessment(marks, share),
        [
            Text(LEFT, 770, "Appendix: course support notes", 24, bold=True),
            *_rows(rows if notes is None else notes, 720),
            *_beside(),
        ],
    ]
    return make_pdf(
        [[*_foot(number), *page] for number, page in enumerate(pages, start=1)], title="Course Specification"
    )


def table_course(rows: Sequence[tuple[str, Sequence[tuple[str, Sequence[str]]]]], *, notes=None) -> bytes:
    """The same with tables "Skills | Explanation", and no overview."""
    pages = [
        _cover("Higher Lantern Studies", ("C999 76", "X999 76")),
        _overview_page(),
        [Text(LEFT, 770, "Course content", 24, bold=True), Text(LEFT, 700, "Some words.", 11)],
        [*_tables(rows, 760, head=True), *_closing()],
        _assessment("95 marks"),
        [
            Text(LEFT, 770, "Appendix: course support notes", 24, bold=True),
            *_tables(notes or rows, 720, head=False),
        ],
    ]
    return make_pdf(
        [[*_foot(number), *page] for number, page in enumerate(pages, start=1)], title="Course Specification"
    )


SKILLS = (
    ("Lighting skills", (("Filling a lantern|with oil", ("pouring", "wiping")), ("Striking a match", ("safely",)))),
    ("Caring skills", (("Trimming", ("cutting", "cleaning")),)),
)


def _foot(number: int) -> list[Text]:
    return [Text(LEFT, 30, "Version 1.0", 9), Text(500, 30, str(number), 9)]


def _cover(title: str, codes: tuple[str, str]) -> list[Text]:
    labels = (
        ("Course code:", codes[0]),
        ("Course assessment code:", codes[1]),
        ("Valid from:", "session 2031–32"),
    )
    texts = [Text(LEFT, 700, title, 24, bold=True)]
    for index, (label, value) in enumerate(labels):
        texts += [Text(LEFT, 600 - 24 * index, label, 11, bold=True), Text(260, 601.4 - 24 * index, value, 11)]
    about = "This document provides detailed information about the course and course assessment to all."
    edition = "This edition: May 2031 (version 1.0)"
    rights = "© Scottish Qualifications Authority 2031"
    return [*texts, *(Text(LEFT, 400 - 14 * i, words, 11) for i, words in enumerate((about, edition, rights)))]


def _overview_page() -> list[Text]:
    table = (
        (640, ("Component", "Marks", "Scaled mark", "Duration"), True),
        (610, ("Question paper", "95", "75", "2 hours and 20"), False),
        (596, ("", "", "", "minutes"), False),
        (570, ("Project", "20", "25", "see below"), False),
        (500, ("Recommended entry",), True),
    )
    texts = [Text(LEFT, 770, "Course overview", 24, bold=True)]
    for base, cells, bold in table:
        texts += [
            Text(left, base, cell, 11, bold) for left, cell in zip((76, 190, 300, 420), cells, strict=False) if cell
        ]
    return texts


def _content(overview: Sequence[tuple[str, Sequence[str] | str]]) -> list[Text]:
    texts = [
        Text(LEFT, 770, "Course content", 24, bold=True),
        Text(LEFT, 740, "The course content includes the following areas of lanterns:", 11),
    ]
    base = 700.0
    for area, topics in overview:
        texts.append(Text(LEFT, base, area, 12, bold=True))
        base -= 16
        if isinstance(topics, str):
            texts.append(Text(LEFT, base, f"In this area, topics covered are: {topics}.", 11))
            base -= 30
            continue
        texts.append(Text(LEFT, base, "The key areas covered are:", 11))
        for topic in topics:
            base -= 18
            texts += [Text(80, base, "•", 11), Text(98, base, topic, 11)]
        base -= 30
    return [*texts, Text(LEFT, base, "Skills, knowledge and understanding", 18, bold=True)]


def _rows(rows: Sequence[Row], base: float) -> list[Text]:
    texts: list[Text] = []
    for kind, words in rows:
        if kind == "head":
            texts.append(Text(LEFT, base, words, 14, bold=True))
            base -= 40
            continue
        base -= 14 if kind == "wrap" else 26
        size, bold, italic = STYLES.get(kind, (11, False, False))
        code, bar, title = words.partition("|")
        texts.append(Text(LEFT, base, code, size, bold, italic))
        texts += [Text(LEFT + 28, base, title, size, bold)] if bar else []
    return texts


def _beside() -> list[Text]:
    return [Text(RIGHT, 690 - 40 * index, "Light one of them.", 11) for index in range(6)]


def _closing() -> list[Text]:
    return [
        Text(LEFT, 200, CLOSING, 11),
        Text(LEFT, 160, "Skills for learning, skills for life and skills for work", 18, bold=True),
    ]


def _assessment(marks: str, share: str = "75%") -> list[Text]:
    return [
        Text(LEFT, 770, "Course assessment", 24, bold=True),
        Text(LEFT, 700, "Question paper", 14, bold=True),
        Text(450, 700, marks, 14, bold=True),
        Text(LEFT, 680, f"The question paper is {share} of the overall marks.", 11),
        Text(LEFT, 640, "Project", 14, bold=True),
        Text(450, 640, "20 marks", 14, bold=True),
    ]


def _tables(rows, base: float, *, head: bool) -> list[Text]:
    texts = [Text(LEFT, base, EXAMINED, 14, bold=True)] if head else []
    for area, cells in rows:
        base -= 40
        texts.append(Text(LEFT, base, area, 12, bold=True))
        base -= 24
        texts += [Text(LEFT, base, "Skills", 12, bold=True), Text(RIGHT, base, "Explanation", 12, bold=True)]
        for title, bullets in cells:
            base -= 26
            top = base
            for index, part in enumerate(title.split("|")):
                texts.append(Text(LEFT, top - 14 * index, part, 11))
            for bullet in bullets:
                texts += [Text(RIGHT, base + 2, "•", 11), Text(RIGHT + 18, base + 2, bullet, 11)]
                base -= 20
    return texts
