"""Writes docs/reference/fidelity.md: what the parsers make of real documents, which are not part of the project.

    python docs/make_fidelity.py FOLDER

FOLDER holds one folder for each board, with the documents named below; what is not there is said by name.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from greenroom.model.errors import SourceError
from greenroom_exams.documents import DOCUMENT_KINDS, Parsed
from greenroom_exams.landing import boards

PAGE = Path(__file__).parent / "reference" / "fidelity.md"


@dataclass(frozen=True)
class Expected:
    """One real document: whose it is, what is known of it without any parser, and where from."""

    path: str
    board: str
    qualification: str
    subject: str | None = None
    # topics by level, or rows of a listing, counted by hand or by another program
    known: str = ""
    why: str = ""


SPECIFICATIONS = (
    Expected(
        "aqa/8525-gcse-computer-science-spec.pdf", "AQA", "GCSE", "8525", "8 / 33 / 2", "counted; the outline too"
    ),
    Expected("edexcel/1cp2-gcse-computer-science-spec.pdf", "Edexcel", "GCSE", "1CP2", "6 / 20 / 66", "counted"),
    Expected("edexcel/1cp0-gcse-computer-science-2013-spec.pdf", "Edexcel", "GCSE", "1CP0", "6 / 21 / 88", "counted"),
    Expected(
        "edexcel/1ma1-gcse-mathematics-spec.pdf",
        "Edexcel",
        "GCSE",
        "1MA1",
        "Higher 6 / 10 / 97, Foundation 6 / 10 / 86",
        "counted",
    ),
    Expected("edexcel/gcse-CompSci-spec-text.txt", "Edexcel", "GCSE", "1CP2", "6 / 20 / 66", "the PDF of the same"),
    Expected("edexcel/gcse-GeoA-spec-text.txt", "Edexcel", "GCSE", "1GA0"),
    Expected("edexcel/gcse-Business-spec-text.txt", "Edexcel", "GCSE", "1BS0"),
    Expected("edexcel/gcse-Citizenship-spec-text.txt", "Edexcel", "GCSE", "1CS0"),
    Expected("edexcel/gcse-Statistics-spec-text.txt", "Edexcel", "GCSE", "1ST0"),
    Expected("edexcel/9bs0-spec-text.txt", "Edexcel", "A-Level", "9BS0"),
    Expected("edexcel/9ch0-spec-text.txt", "Edexcel", "A-Level", "9CH0"),
    Expected("edexcel/9aa0-spec-text.txt", "Edexcel", "A-Level", "9AA0"),
    Expected(
        "edexcel/international/IG-Biology-WORKING.txt",
        "Edexcel",
        "International-GCSE",
        "4BI1",
        "",
        "no document of the board",
    ),
    Expected(
        "edexcel/international/IG-Tamil-WORKING.txt",
        "Edexcel",
        "International-GCSE",
        "4TA0",
        "",
        "no document of the board",
    ),
    Expected(
        "edexcel/international/IAL-Mathematics-WORKING.txt",
        "Edexcel",
        "International-A-Level",
        "YMA01",
        "",
        "no document of the board",
    ),
    Expected(
        "edexcel/international/IAL-Business-WORKING.txt",
        "Edexcel",
        "International-A-Level",
        "YBS11",
        "",
        "no document of the board",
    ),
    Expected("ocr/j277-gcse-computer-science-spec.pdf", "OCR", "GCSE", "J277", "2 / 11 / 26", "counted"),
    Expected("ocr/H420-spec-text.txt", "OCR", "A-Level", "H420"),
    Expected("ocr/H432-spec-text.txt", "OCR", "A-Level", "H432"),
    Expected("ocr/H505-spec-text.txt", "OCR", "A-Level", "H505", "3 unit groups, about 60 units", "facts"),
    Expected(
        "ocr/h446-subject-content-clarification.pdf",
        "OCR",
        "A-Level",
        "H446",
        "2 / 8 / 24",
        "a guide, not the specification",
    ),
    Expected("ocr/H240-specification-at-a-glance.html", "OCR", "A-Level", "H240"),
    Expected("ocr/H446-specification-at-a-glance.html", "OCR", "A-Level", "H446"),
    Expected("ocr/H505-specification-at-a-glance.html", "OCR", "A-Level", "H505"),
    Expected("ocr/J247-B1-tree.txt", "OCR", "GCSE", "J247", "", "no document of the board"),
    Expected("ocr/J587-01-tree.txt", "OCR", "GCSE", "J587", "", "no document of the board"),
    Expected("ocr/J587-02-tree.txt", "OCR", "GCSE", "J587", "", "no document of the board"),
    Expected("wjec/wjec-gcse-drama-specification.pdf", "WJEC", "GCSE"),
    Expected("wjec/wjec-gcse-dance-specification.pdf", "WJEC", "GCSE"),
    Expected("wjec/wjec-gcse-digital-media-and-film-specification.pdf", "WJEC", "GCSE"),
    Expected(
        "eduqas/alevel-Biology-content.txt", "EDUQAS", "A-Level", "A400QS", "", "the subject content alone, no cover"
    ),
    Expected("eduqas/alevel-Law-content.txt", "EDUQAS", "A-Level", "A150QS", "", "the subject content alone, no cover"),
    Expected(
        "eduqas/alevel-Film-Studies-content.txt",
        "EDUQAS",
        "A-Level",
        "A670QS",
        "",
        "the subject content alone, no cover",
    ),
    Expected(
        "eduqas/alevel-Geography-content.txt", "EDUQAS", "A-Level", "A110QS", "", "the subject content alone, no cover"
    ),
    Expected("caie/0478-syllabus-2023-2025.pdf", "Cambridge", "International-GCSE", "0478", "10 / 21", "counted"),
    Expected("caie/0478-0984-syllabus-2020-2021.pdf", "Cambridge", "International-GCSE", "0984", "2 / 7", "facts"),
    Expected("sqa/h-course-spec-biology.pdf", "SQA", "Higher", None, "3 / 23 / 61", "counted"),
    Expected("sqa/n5-course-spec-chemistry.pdf", "SQA", "National-5", None, "3 / 12", "counted"),
    Expected("sqa/ah-course-spec-chemistry.pdf", "SQA", "Advanced-Higher", None, "4 / 17", "counted"),
    Expected("sqa/h-course-spec-mathematics.pdf", "SQA", "Higher", None, "5 / 19", "counted"),
)
LISTINGS = (
    Expected(
        "aqa/7402-assessment-resources-page1.html", "AQA", "A-Level", "7402", "9 PDFs, page 1 of several", "counted"
    ),
    Expected(
        "edexcel/9aa0-arabic-coursematerials.html", "Edexcel", "A-Level", "9AA0", "45 PDFs: 15 / 15 / 15", "counted"
    ),
    Expected(
        "edexcel/9dr0-drama-coursematerials-empty.html", "Edexcel", "A-Level", "9DR0", "0: never rendered", "counted"
    ),
    Expected("ocr/past-paper-finder-J560.html", "OCR", "GCSE", "J560", "288 items, 263 PDFs, 17 series", "counted"),
    Expected("ocr/past-paper-finder-J250.html", "OCR", "GCSE", "J250", "281 items, 273 PDFs, 9 series", "counted"),
    Expected("ocr/past-paper-finder-J625.html", "OCR", "GCSE", "J625", "87 items, 83 PDFs, 4 series", "counted"),
    Expected("ocr/past-paper-finder-J351.html", "OCR", "GCSE", "J351", "68 items, 62 PDFs, 6 series", "counted"),
    Expected("ocr/past-paper-finder-J382.html", "OCR", "GCSE", "J383", "50 items, 46 PDFs, 4 series", "counted"),
    Expected("ocr/past-paper-finder-J730.html", "OCR", "GCSE", "J730", "0: the filters did not apply", "counted"),
    Expected("ocr/past-paper-finder-alevel.html", "OCR", "A-Level", None, "37 items, 33 PDFs, 4 series", "counted"),
    Expected(
        "ccea/qualification-507-feed-excerpt.json",
        "CCEA",
        "GCSE",
        None,
        "19 records: 12 standard, 4 modified, 3 Irish",
        "counted",
    ),
    Expected(
        "eduqas/past-papers-tab-listitems-excerpt.json", "EDUQAS", "GCSE", None, "3 records, 2 modified", "counted"
    ),
    Expected(
        "caie/past-papers-page-excerpt-0607.html", "Cambridge", "International-GCSE", "0607", "4 links", "counted"
    ),
)
PAPERS = (
    Expected("aqa/7402-paper1-june2024-a.pdf", "AQA", "A-Level", "7402", "mark scheme 7402/1, June 2024", "first page"),
    Expected("aqa/7402-paper2-june2024-b.pdf", "AQA", "A-Level", "7402", "mark scheme 7402/2, June 2024", "first page"),
    Expected("aqa/7136-1-series-conflict-2020-a.pdf", "AQA", "A-Level", "7136", "held: witnesses disagree", "by hand"),
    Expected("aqa/7136-1-series-conflict-2020-b.pdf", "AQA", "A-Level", "7136", "held: witnesses disagree", "by hand"),
    Expected(
        "edexcel/1cp0-01-june2016-question-paper.pdf",
        "Edexcel",
        "GCSE",
        "1CP0",
        "question paper 1CP0/01, June 2016",
        "first page",
    ),
    Expected(
        "edexcel/1cp0-01-june2016-mark-scheme.pdf",
        "Edexcel",
        "GCSE",
        "1CP0",
        "mark scheme 1CP0/01, June 2016",
        "first page",
    ),
    Expected(
        "ocr/621076-question-paper-computer-systems.pdf",
        "OCR",
        "A-Level",
        "H446",
        "question paper H446/01, June 2019",
        "first page",
    ),
    Expected(
        "ocr/621302-mark-scheme-computer-systems.pdf",
        "OCR",
        "A-Level",
        "H446",
        "mark scheme H446/01, June 2019",
        "first page",
    ),
    Expected(
        "sqa/N5_Practical-Electronics_QP_2024.pdf",
        "SQA",
        "National-5",
        None,
        "question paper X860/75/02, 2024",
        "first page",
    ),
    Expected(
        "sqa/mi_N5_Practical-Electronics_mi_2024.pdf",
        "SQA",
        "National-5",
        None,
        "marking instructions, 2024",
        "first page",
    ),
)


def main(folder: Path) -> None:
    """Read everything, write the page."""
    PAGE.write_text("\n".join(_page(folder)) + "\n", encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


def _page(folder: Path) -> list[str]:
    return [
        "# Fidelity",
        "",
        "What the parsers make of real documents, and how far the reading of each kind is proved. Made by"
        " `docs/make_fidelity.py`; the documents are the boards' and not part of the project.",
        "",
        "*read*: staged without a finding · *warned*, *held*: staged, and waits for a person · *refused*: not staged."
        " Topics are counted by level, from the top. *Known* is what was counted without any parser.",
        "",
        "## Proof",
        "",
        "`real`: read right on a document of the board · `made-up`: on documents made up after descriptions ·"
        " `none`: never tried. Without `real`, the first batch of every subject is held for a person.",
        "",
        "| board | qualification | " + " | ".join(DOCUMENT_KINDS) + " |",
        "|---|---|" + "---|" * len(DOCUMENT_KINDS),
        *_proofs(),
        "",
        "## Specifications",
        "",
        *_table(folder, SPECIFICATIONS),
        "",
        "## Listings of papers",
        "",
        *_table(folder, LISTINGS),
        "",
        "## Single papers",
        "",
        *_table(folder, PAPERS),
        "",
        "## Counted by another way",
        "",
        "What a document says of itself elsewhere (contents page, overview, outline, numbers in the text), beside what"
        " the tree holds. A difference that is not explained in the page of the board is a finding, and holds it.",
        "",
        *_witnesses(folder),
    ]


def _proofs() -> list[str]:
    lines = []
    for board in boards().values():
        for qualification in dict.fromkeys(named for named, _ in board.proof):
            told = [board.proof.get((qualification, kind), "none") for kind in DOCUMENT_KINDS]
            lines.append(f"| {board.code} | {qualification} | " + " | ".join(told) + " |")
    return lines


def _table(folder: Path, documents: tuple[Expected, ...]) -> list[str]:
    head = ["| document | known | outcome | layout | confidence | holds | told |", "|---|---|---|---|---|---|---|"]
    return [*head, *(_row(folder, document) for document in documents)]


def _row(folder: Path, expected: Expected) -> str:
    known = f"{expected.known} ({expected.why})" if expected.known and expected.why else expected.known or expected.why
    read = _read(folder, expected)
    if isinstance(read, str):
        outcome, _, told = read.partition(": ")
        return f"| `{expected.path}` | {known} | {outcome} | | | | {_cell(told)} |"
    rules = Counter(f"{f.severity} {f.rule}" for f in read.findings)
    told = ", ".join(f"{rule} × {n}" if n > 1 else rule for rule, n in rules.items())
    severities = {f.severity for f in read.findings}
    outcome = "held" if "error" in severities else "warned" if severities else "read"
    cells = (f"`{expected.path}`", known, outcome, read.layout, str(read.confidence), _holds(read), _cell(told))
    return f"| {' | '.join(cells)} |"


def _read(folder: Path, expected: Expected) -> Parsed | str:
    path = folder / expected.path
    if not path.exists():
        return "not there: "
    try:
        return boards()[expected.board].parse(
            path.read_bytes(), name=expected.path, subject=expected.subject, qualification=expected.qualification
        )
    except SourceError as error:
        return f"refused: {error.message}"


def _holds(read: Parsed) -> str:
    levels = Counter(topic.level for topic in read.topics)
    parts = [" / ".join(str(levels[n]) for n in range(max(levels) + 1)) + " topics"] if levels else []
    if read.papers:
        kinds = Counter(paper.type for paper in read.papers)
        parts.append(f"{len(read.papers)} papers: " + ", ".join(f"{n} {kind}" for kind, n in kinds.most_common()))
    for name, rows in (
        ("components", read.components),
        ("choices", read.option_groups),
        ("exclusions", read.exclusions),
    ):
        if rows:
            parts.append(f"{len(rows)} {name}")
    return "; ".join(parts)


def _witnesses(folder: Path) -> list[str]:
    lines = ["| document | counts |", "|---|---|"]
    for expected in (*SPECIFICATIONS, *LISTINGS):
        read = _read(folder, expected)
        if isinstance(read, Parsed) and read.counts:
            told = ", ".join(f"{name} {n}" for name, n in read.counts.items())
            lines.append(f"| `{expected.path}` | {_cell(told)} |")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
