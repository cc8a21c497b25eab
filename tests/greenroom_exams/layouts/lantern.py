"""Specifications of Lantern Studies, a subject that no board has, in the layouts of three boards."""

from collections.abc import Sequence

from tests.greenroom_exams.layouts.pdf_writer import Outline, Text, make_pdf

LEFT, RIGHT = 60, 300


def aqa(
    *, headings: Sequence[tuple[float, str]] | None = None, outline: Outline | None = None, cover: Sequence[str] = ()
) -> bytes:
    """AQA's layout: an outline, large numbered headings, two-column tables."""
    cover = cover or ("GCSE", "LANTERN STUDIES", "(8999)", "Specification", "For teaching from September 2031 onwards")
    headings = AQA_HEADINGS if headings is None else headings
    pages: list[list[Text]] = [_stacked(cover, size=30)]
    pages += [[*_aqa_head(number), Text(LEFT, 700, "Words before the content.")] for number in (2, 3)]
    pages.append([*_aqa_head(4), Text(LEFT, 750, "3 Subject content", 24), *_aqa_content(headings)])
    pages.append([*_aqa_head(5), Text(LEFT, 750, "4 Scheme of assessment", 24)])
    return make_pdf(pages, title="Specification", outline=AQA_OUTLINE if outline is None else outline)


AQA_HEADINGS: tuple[tuple[float, str], ...] = (
    (19, "3.1 Flame"),
    (16, "3.1.1 Wicks and oils in a"),
    (16, "self-trimming lantern"),
    (16, "3.1.2 Glass"),
    (19, "3.2 Carrying"),
)
AQA_OUTLINE: Outline = (
    (0, "1 Introduction", 2),
    (0, "3 Subject content", 4),
    (1, "3.1 Flame", 4),
    (2, "3.1.1 Wicks and oils in a self-trimming lantern", 4),
    (2, "3.1.2 Glass", 4),
    (1, "3.2 Carrying", 4),
    (0, "4 Scheme of assessment", 5),
)


def _aqa_head(number: int) -> list[Text]:
    head = "AQA GCSE Lantern Studies 8999. GCSE exams June 2033 onwards. Version 1.0 1 May 2031"
    return [Text(200, 814, head, 8), Text(500, 30, str(number), 8)]


def _aqa_content(headings: Sequence[tuple[float, str]]) -> list[Text]:
    texts: list[Text] = []
    base = 720.0
    for index, (size, title) in enumerate(headings):
        texts.append(Text(LEFT, base, title, size))
        base -= size * 1.2
        wraps = index + 1 < len(headings) and not headings[index + 1][1][0].isdigit()
        if not wraps and size < 19:
            texts += [
                Text(LEFT, base - 10, "Content", bold=True),
                Text(RIGHT, base - 10, "Additional information", bold=True),
                Text(LEFT, base - 30, "Explain how it burns and why it"),
                Text(RIGHT, base - 30, "Teachers may show one."),
                Text(LEFT, base - 42, "goes out."),
            ]
            base -= 70
    return texts


OCR_CODES: tuple[tuple[str, str], ...] = (
    ("1.1 –", "Flame"),
    ("1.1.1", "Wicks"),
    ("1.1.2", "Oils"),
    ("1.2 –", "Glass"),
    ("1.2.1", "Panes"),
)


def ocr(*, codes: Sequence[tuple[str, str]] | None = None) -> bytes:
    """OCR's layout: an overview of components, then one section each with bold numbered headings."""
    cover = ["OCR GCSE (9-1)", "LANTERN STUDIES", "J999", "Specification", "Version 1.0 (May 2031)"]
    overview = ["Content Overview", "J999/01: Lanterns at rest", "J999/02: Lanterns on the move"]
    pages: list[list[Text]] = [_stacked(cover, size=30)]
    pages.append(
        [*_ocr_head(2), *_stacked(overview, bold=True), *_stacked(["1.1 Flame", "1.2 Glass", "2.1 Carrying"], top=600)]
    )
    pages.append(
        [
            *_ocr_head(3),
            Text(LEFT, 760, "2b. Content of Lanterns at rest (J999/01)", 16, bold=True),
            *_ocr_rows(codes or OCR_CODES),
        ]
    )
    second = (("2.1 –", "Carrying"), ("2.1.1", "Handles"))
    pages.append(
        [
            *_ocr_head(4),
            Text(LEFT, 760, "2c. Content of Lanterns on the move (J999/02)", 16, bold=True),
            *_ocr_rows(second),
        ]
    )
    pages.append([*_ocr_head(5), Text(LEFT, 760, "3a. Forms of assessment", 16, bold=True)])
    return make_pdf(pages, title="GCSE (9-1) Lantern Studies J999 Specification")


def _ocr_head(number: int) -> list[Text]:
    return [Text(LEFT, 30, "GCSE (9-1) in Lantern Studies", 8), Text(500, 30, str(number), 8)]


def _ocr_rows(codes: Sequence[tuple[str, str]]) -> list[Text]:
    texts = [Text(LEFT, 730, "Sub topic", bold=True), Text(RIGHT, 730, "Guidance", bold=True)]
    base = 700.0
    for code, title in codes:
        texts += [Text(LEFT, base, code, bold=True), Text(LEFT + 40, base, title, bold=True)]
        texts += [
            Text(LEFT, base - 20, "•"),
            Text(LEFT + 20, base - 20, "Name its parts"),
            Text(RIGHT, base - 20, "Required"),
        ]
        base -= 60
    return texts


EDEXCEL_OUTCOMES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("1.1 Wicks|and oils", "1.1.1", ("understand why a wick is trimmed and", "how a self-", "trimming one works")),
    ("", "1.1.2", ("be able to fill a lantern",)),
    ("1.2 Glass", "1.2.1", ("understand why glass blackens",)),
)


def edexcel(*, outcomes: Sequence[tuple[str, str, tuple[str, ...]]] | None = None) -> bytes:
    """Pearson's layout: topics, then tables of subtopics and numbered outcomes, one of them over two pages."""
    cover = [
        "GCSE (9-1)",
        "Lantern Studies",
        "Specification",
        "Pearson Edexcel GCSE in Lantern Studies (9LS9)",
        "First teaching September 2031",
        "Issue 1",
    ]
    first = [
        Text(LEFT, 740, "Topic 1: Flame", 12, bold=True),
        Text(LEFT, 720, "Words before the table, as wide as the page allows them to run on."),
    ]
    second = [
        Text(LEFT, 740, "Topic 2: Carrying", 12, bold=True),
        Text(LEFT, 720, "More words before the table, as wide as the page allows them to run."),
    ]
    last = (("2.1 Handles", "2.1.1", ("be able to carry a lit lantern",)),)
    pages: list[list[Text]] = [_stacked(cover, size=20)]
    pages.append(
        [*_edexcel_head(2), *_stacked(["Topic 1: Flame – how it burns.", "Topic 2: Carrying – where it goes."])]
    )
    pages.append([*_edexcel_head(3), *first, *_edexcel_rows(EDEXCEL_OUTCOMES if outcomes is None else outcomes)])
    pages.append([*_edexcel_head(4), *second, *_edexcel_rows(last)])
    pages.append(
        [
            *_edexcel_head(5),
            Text(LEFT, 740, "3 Assessment information", 17, bold=True),
            Text(LEFT, 700, "1.7 Not a topic", bold=True),
        ]
    )
    return make_pdf(pages)


def _edexcel_head(number: int) -> list[Text]:
    head = "Pearson Edexcel Level 1/Level 2 GCSE (9-1) in Lantern Studies"
    foot = "Specification – Issue 1 – May 2031 © Pearson Education Limited 2031"
    return [Text(LEFT, 36, head, 7), Text(LEFT, 26, foot, 7), Text(500, 36, str(number), 9)]


# A bar in a title is a line break.
def _edexcel_rows(outcomes: Sequence[tuple[str, str, tuple[str, ...]]]) -> list[Text]:
    texts = [Text(LEFT, 690, "Subject content", bold=True), Text(200, 690, "Students should:", bold=True)]
    base = 660.0
    for title, code, lines in outcomes:
        texts += [Text(LEFT, base - 12 * row, part, 9, bold=True) for row, part in enumerate(title.split("|"))]
        texts.append(Text(200, base, code, 9))
        for line in lines:
            texts.append(Text(236, base, line, 9))
            base -= 13
    return texts


def _stacked(lines: Sequence[str], *, size: float = 10, bold: bool = False, top: float = 700) -> list[Text]:
    return [Text(LEFT, top - index * size * 2, line, size, bold) for index, line in enumerate(lines)]
