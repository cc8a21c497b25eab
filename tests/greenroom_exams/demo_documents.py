"""The demo's documents, made from words: GCSE Lantern Studies, which no board offers, in two editions.

`python -m tests.greenroom_exams.demo_documents` writes them anew.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from tests.greenroom_exams.layouts.pdf_writer import Outline, Text, make_pdf

LEFT, RIGHT = 60, 300
CONTENT_PAGE = 4

Area = tuple[str, Sequence[str]]

FIRST: Sequence[Area] = (
    ("3.1 Flame", ("3.1.1 Wicks and oils", "3.1.2 Glass", "3.1.3 Chimneys and draught")),
    ("3.2 Carrying", ("3.2.1 Handles", "3.2.2 Hooks")),
    ("3.3 Signals", ("3.3.1 Shutters", "3.3.2 Codes of the coast")),
)
# Safety is new and renumbers all after it; Carrying is renamed; Hooks leave; the codes of the coast move.
SECOND: Sequence[Area] = (
    ("3.1 Flame", ("3.1.1 Safety near a flame", "3.1.2 Wicks and oils", "3.1.3 Glass", "3.1.4 Chimneys and draught")),
    ("3.2 Carrying and storing", ("3.2.1 Handles",)),
    ("3.3 Signals", ("3.3.1 Shutters",)),
    ("3.4 Night work", ("3.4.1 Codes of the coast", "3.4.2 Keeping a log")),
)

FIRST_PAPERS = (
    ("2033.June.AQA-89991F-QP-JUN33_PDF", "Question paper: Paper 1 - June 2033"),
    ("2033.June.AQA-89991F-MS-JUN33_PDF", "Mark scheme: Paper 1 - June 2033"),
    ("2033.June.AQA-89992F-QP-JUN33_PDF", "Question paper: Paper 2 - June 2033"),
    ("2033.June.AQA-89992F-MS-JUN33_PDF", "Mark scheme: Paper 2 - June 2033"),
)
SECOND_PAPERS = (
    *FIRST_PAPERS,
    ("2033.November.AQA-89991F-QP-NOV33_PDF", "Question paper: Paper 1 - November 2033"),
    ("2033.November.AQA-89991F-MS-NOV33_PDF", "Mark scheme: Paper 1 - November 2033"),
)


def documents() -> dict[str, bytes]:
    """Every file of the demo's exam part, by its name."""
    return {
        "lantern-studies-edition1.pdf": specification(FIRST, "1.0"),
        "lantern-studies-edition2.pdf": specification(SECOND, "1.1"),
        "lantern-studies-papers1.html": listing(FIRST_PAPERS),
        "lantern-studies-papers2.html": listing(SECOND_PAPERS),
    }


def specification(areas: Sequence[Area], version: str) -> bytes:
    """AQA's layout: an outline, large numbered headings, a page for each area."""
    cover = ("GCSE", "LANTERN STUDIES", "(8999)", "Specification", "For teaching from September 2031 onwards")
    pages: list[list[Text]] = [[Text(LEFT, 700 - index * 60, line, 30) for index, line in enumerate(cover)]]
    pages += [[*_head(n, version), Text(LEFT, 700, "Words before the content.")] for n in (2, 3)]
    outline: list[tuple[int, str, int]] = [(0, "1 Introduction", 2), (0, "3 Subject content", CONTENT_PAGE)]
    for number, (area, topics) in enumerate(areas, start=CONTENT_PAGE):
        outline.append((1, area, number))
        outline += [(2, topic, number) for topic in topics]
        opening = [Text(LEFT, 750, "3 Subject content", 24)] if number == CONTENT_PAGE else []
        pages.append([*_head(number, version), *opening, *_area(area, topics)])
    last = CONTENT_PAGE + len(areas)
    outline.append((0, "4 Scheme of assessment", last))
    pages.append([*_head(last, version), Text(LEFT, 750, "4 Scheme of assessment", 24)])
    marks: Outline = outline
    return make_pdf(pages, title="Specification", outline=marks)


def _head(number: int, version: str) -> list[Text]:
    head = f"AQA GCSE Lantern Studies 8999. GCSE exams June 2033 onwards. Version {version} 1 May 2031"
    return [Text(200, 814, head, 8), Text(500, 30, str(number), 8)]


def _area(area: str, topics: Sequence[str]) -> list[Text]:
    texts = [Text(LEFT, 710, area, 19)]
    base = 680.0
    for topic in topics:
        texts += [
            Text(LEFT, base, topic, 16),
            Text(LEFT, base - 30, "Content", bold=True),
            Text(RIGHT, base - 30, "Additional information", bold=True),
            Text(LEFT, base - 50, f"Explain {topic.split(' ', 1)[1].lower()} in"),
            Text(RIGHT, base - 50, "Teachers may show one."),
            Text(LEFT, base - 62, "your own words."),
        ]
        base -= 100
    return texts


def listing(papers: Sequence[tuple[str, str]]) -> bytes:
    """A page of assessment resources in AQA's layout."""
    items = "\n".join(
        f'<li><div id="sample-papers-and-mark-schemes.{key}"><a aria-label="Lantern Studies - {title}"'
        f' href="https://files.example.org/{key}.pdf">{title.split(":")[0]}</a></div></li>'
        for key, title in papers
    )
    head = "<title>GCSE Lantern Studies 8999 | Assessment Resources | AQA</title>"
    shown = f"<p>Showing {len(papers)} results</p>"
    return f"<!DOCTYPE html>\n<html><head>{head}</head><body>\n{shown}\n<ul>\n{items}\n</ul>\n</body></html>\n".encode()


if __name__ == "__main__":
    folder = Path(str(files("greenroom").joinpath("demo", "exams")))
    for name, content in documents().items():
        (folder / name).write_bytes(content)
