"""AQA's combined and shared specifications, made up: AS and A-level in one, one for three titles of art."""

from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

LEFT = 60
COLUMNS = (60, 230, 400)
HEADINGS = (
    (19, "3.1 Flame"),
    (16, "3.1.1 Wicks"),
    (16, "3.1.2 Oils (A-level only)"),
    (19, "3.2 Carrying (A-level only)"),
    (16, "3.2.1 Handles"),
    (19, "3.3 Non-exam assessment: a lantern of your own (A-level only)"),
)


def combined(*, weights=(50, 30, 20), marks=(80, 70, 60), told=(80, 70, 60)):
    """AS (7998) and A-level (7999): two lists of components, sections of the A-level alone."""
    cover = ["AS AND A-LEVEL", "LANTERN STUDIES", "AS (7998)", "A-level (7999)", "Specification"]
    cover += ["For teaching from September 2031 onwards", "For AS exams in May/June 2032 onwards"]
    cover.append("For A-level exams in May/June 2033 onwards")
    head = "AQA AS and A-level Lantern Studies . AS and A-level exams June 2032 onwards. Version 1.2 1 May 2031"
    glance = [
        Text(LEFT, 750, "2 Specification at a glance", 24),
        Text(LEFT, 720, "2.1 Subject content", 19),
        Text(LEFT, 690, "2.2 AS", 19),
        *_component(LEFT, 670, "Paper 1: Lanterns", 90, 75, "100% of AS", "3.1"),
        Text(LEFT, 550, "2.3 A-level", 19),
        *_component(COLUMNS[0], 530, "Paper 1", 120, marks[0], f"{weights[0]}% of A-level", "3.1"),
        *_component(COLUMNS[1], 530, "Paper 2", 90, marks[1], f"{weights[1]}% of A-level", "3.1 to 3.2"),
        *_nea(COLUMNS[2], 530, marks[2], f"{weights[2]}% of A-level"),
    ]
    scheme = [Text(LEFT, 750, "4 Scheme of assessment", 24), *_weightings(told)]
    administration = [
        Text(LEFT, 750, "5 General administration", 24),
        Text(LEFT, 700, "The qualification accreditation number (QAN) is 601/9998/1 (AS)."),
        Text(LEFT, 680, "The qualification accreditation number (QAN) is 601/9999/X (A-level)."),
    ]
    return _document(cover, head, glance, HEADINGS, scheme, administration)


def single(*, told=(80, 70), year_in_head=2033):
    """An A-level alone, with two components and the table of their weightings."""
    cover = ["A-LEVEL", "LANTERN STUDIES", "(7999)", "Specification", "For A-level exams in 2033 onwards"]
    head = f"AQA A-level Lantern Studies 7999. A-level exams June {year_in_head} onwards. Version 1.2 1 May 2031"
    glance = [
        Text(LEFT, 750, "2 Specification at a glance", 24),
        *_component(LEFT, 700, "Paper 1: Lanterns", 120, 80, "60% of A-level", "3.1"),
        *_component(LEFT, 500, "Paper 2: Carrying", 90, 70, "40% of A-level", "3.2"),
    ]
    scheme = [Text(LEFT, 750, "4 Scheme of assessment", 24), *_weightings(told)]
    administration = [Text(LEFT, 750, "5 General administration", 24)]
    return _document(cover, head, glance, HEADINGS[:2], scheme, administration)


def shared(*, titles=("Painted lanterns", "Paper lanterns", "Glass lanterns")):
    """One specification for three titles, each with its code."""
    cover = ["A-LEVEL", "LANTERN ART", "(7991, 7992, 7993)", "Specification"]
    cover += ["For teaching from September 2031 onwards", "For A-level exams in 2033 onwards"]
    head = "AQA A-level Lantern Art 7991, 7992, 7993. A-level exams June 2033 onwards. Version 1.0 1 May 2031"
    rows = []
    for index, title in enumerate(titles):
        base = 600 - 20 * index
        rows += [Text(LEFT, base, f"AQA A-level in Lantern Art ({title})"), Text(400, base, str(7991 + index))]
    administration = [
        Text(LEFT, 750, "5 General administration", 24),
        Text(LEFT, 700, "The Ofqual qualification accreditation number (QAN) is 601/9991/2."),
        Text(LEFT, 640, "Qualification title", bold=True),
        Text(400, 640, "AQA entry code", bold=True),
        *rows,
    ]
    headings = ((19, "3.1 Colour"), (19, "3.2 Non-exam assessment (NEA)"), (16, "3.2.1 Portfolio"))
    return _document(cover, head, [], headings, [Text(LEFT, 750, "4 Scheme of assessment", 24)], administration)


def _component(left, base, name, minutes, marks, weight, drawn_from):
    hours = f"{minutes // 60} hour{'s' if minutes >= 120 else ''}"
    duration = f"{hours} {minutes % 60} minutes" if minutes % 60 else hours
    lines = ["What's assessed", f"Drawn from subject content {drawn_from}.", "How it's assessed"]
    lines += [f"Written exam: {duration}", f"{marks} marks", weight]
    return [Text(left, base, name, 9, bold=True), *_small(left, base - 14, lines)]


def _nea(left, base, marks, weight):
    lines = ["What's assessed", "A lantern of subject content 3.3.", "How it's assessed", "Non-exam assessment"]
    return [
        Text(left, base, "Non-exam assessment", 9, bold=True),
        *_small(left, base - 14, [*lines, f"{marks} marks", weight]),
    ]


def _small(left, base, lines):
    return [Text(left, base - 12 * index, line, 7) for index, line in enumerate(lines)]


def _weightings(told):
    heads = ("Component", "Maximum raw mark", "Maximum scaled mark")
    texts = [Text(LEFT + 160 * index, 640, head, bold=True) for index, head in enumerate(heads)]
    for index, mark in enumerate(told[:2]):
        base = 620 - 20 * index
        texts += [Text(LEFT, base, f"Paper {index + 1}"), Text(240, base, str(mark)), Text(400, base, str(mark))]
    return texts


def _document(cover, head, glance, headings, scheme, administration):
    pages = [[Text(LEFT, 700 - 40 * index, line, 20) for index, line in enumerate(cover)]]
    outline = [(0, "1 Introduction", 2), (0, "2 Specification at a glance", 3), (0, "3 Subject content", 4)]
    outline += [(1 if size == 19 else 2, title, 4) for size, title in headings]
    outline += [(0, "4 Scheme of assessment", 5), (0, "5 General administration", 6)]
    content = [Text(LEFT, 770, "3 Subject content", 24)]
    for index, (size, title) in enumerate(headings):
        content += [
            Text(LEFT, 730 - 60 * index, title, size),
            Text(LEFT, 705 - 60 * index, "Words below the heading, long enough to be text."),
        ]
    for number, texts in enumerate([[Text(LEFT, 700, "Words.")], glance, content, scheme, administration], start=2):
        pages.append([Text(100, 814, head, 8), Text(500, 30, str(number), 8), *texts])
    return make_pdf(pages, title="Specification", outline=outline)
