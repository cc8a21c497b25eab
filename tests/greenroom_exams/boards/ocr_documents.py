"""Documents of Lantern Studies, which no board has, as OCR sets them: text dumps, pages, a finder."""

from collections.abc import Sequence
from itertools import zip_longest

from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom_exams.layouts import merged_columns

HEAD = "Cambridge OCR Level 3 Advanced GCE in Lantern Studies A"
LEFT, RIGHT = 60, 330


def paged(pages: Sequence[Sequence[str]], *, first: int = 1) -> str:
    """Pages as a dump has them: the version, then the foot with the printed number, left and right in turn."""
    text = []
    for number, lines in enumerate(pages, start=first):
        foot = f"{HEAD} {number}" if number % 2 else f"{number} {HEAD}"
        text += [*lines, "Version 1.0 © OCR 2031", foot]
    return "\n".join(text)


COVER = (
    "Specification",
    "A Level",
    "Cambridge OCR Level 3 Advanced GCE",
    "in Lantern Studies A",
    "H799",
    "For first assessment in 2033",
    "Version 1.0 (May 2031) ocr.org.uk/lanterns",
    "Contents",
    "Introducing… Lantern Studies A (from September 2031) ii",
    "2a. Overview of A Level in Lantern Studies A (H799) 1",
    "2b. Content of A Level in Lantern Studies A (H799) 1",
    "2c. Content of modules 1 to 2 2",
    "2d. Prior knowledge 4",
    "Version 1.0 © OCR 2031",
    f"{HEAD} i",
)
MODULE_PAGES = (
    (
        "2 The specification overview",
        "2a. Overview of A Level in Lantern Studies A (H799)",
        "Flame and glass 60% 100 marks 2 hours 15 minutes written paper",
        "Carrying 40% 70 marks 1 hour 30 minutes written paper",
        "2b. Content of A Level in Lantern Studies A (H799)",
        "Module 1 – Flame 1.1.1 Wicks",
        "2",
        "1.1.2 Oils 2.1.1 Handles",
        "Module 2 – Carrying",
    ),
    (
        "2c. Content of modules 1 to 2",
        "Module 1: Flame",
        "2 A lantern has a flame. What 2.1.1 says of handles is another matter.",
        "1.1 Light",
        "1.1.1 Wicks",
        "Learning outcomes Additional guidance",
        "(a) how a wick is trimmed HSW3",
        "(b) the kinds of wick: To include at least two.",
        "(i) flat",
        "(ii) round",
    ),
    (
        "1.1.2 Oils",
        "Learning outcomes Additional guidance",
        "(a) (i) how oil is pressed",
        "(ii) how oil is kept",
        "Module 2: Carrying",
        "2.1 Moving",
        "2.1.1 Handles",
        "Learning outcomes Additional guidance",
        "(a) the grip",
    ),
    (
        "2d. Prior knowledge",
        "3 Assessment",
        "3a. Forms of assessment",
        "Flame and glass (Component 01)",
        "Carrying",
        "(Component 02)",
        "Practical Endorsement in lanterns (Component 03)",
    ),
)


def module_dump(pages: Sequence[Sequence[str]] = MODULE_PAGES, *, cover: Sequence[str] = COVER) -> bytes:
    """A specification by modules, as text."""
    return ("\n".join(cover) + "\n" + paged(pages) + "\n").encode()


def module_pdf(*, guidance: str = "To include the trade's own words.") -> bytes:
    """The same layout as a PDF, where statements and guidance stand in columns."""
    cover = [
        "A LEVEL",
        "Specification",
        "LANTERN STUDIES A",
        "OCR Level 3 Advanced GCE",
        "in Lantern Studies A",
        "H799",
    ]
    cover += ["For first assessment in 2033", "Version 1.0 (May 2031) ocr.org.uk/lanterns"]
    pages = [[Text(LEFT, 760 - 30 * index, line, 14) for index, line in enumerate(cover)]]
    overview = ["2b. Content of A Level in Lantern Studies A (H799)", "Module 1 – Flame", "1.1.1 Wicks", "1.1.2 Oils"]
    pages.append(_column(overview, bold_first=True))
    rows: list[Text] = _column(
        ["2c. Content of modules 1 to 1", "Module 1: Flame", "1.1 Light", "1.1.1 Wicks and the", "trimming of them"],
        bold_first=True, all_bold=True,
    )  # fmt: skip
    rows += [Text(LEFT, 600, "Learning outcomes", bold=True), Text(RIGHT, 600, "Additional guidance", bold=True)]
    rows += [Text(LEFT, 580, "Learners should be able to show:")]
    rows += [Text(LEFT, 560, "(a) how a wick is trimmed"), Text(RIGHT, 560, guidance)]
    rows += [Text(LEFT, 546, "without a knife"), Text(RIGHT, 546, "Knives are not sharp enough.")]
    rows += [Text(LEFT, 520, "(b)"), Text(LEFT + 24, 520, "the kinds of wick:"), Text(LEFT, 506, "(i) flat")]
    rows += [Text(LEFT, 480, "1.1.2 Oils", bold=True)]
    rows += [Text(LEFT, 460, "Learning outcomes", bold=True), Text(RIGHT, 460, "Additional guidance", bold=True)]
    rows += [Text(LEFT, 440, "(a) where oil is pressed"), Text(RIGHT, 440, "(a) is not asked.")]
    pages.append(rows)
    pages.append(_column(["2d. Prior knowledge", "None is needed to carry a lantern."], bold_first=True))
    feet = [
        [*page, Text(LEFT, 30, f"OCR Level 3 Advanced GCE in Lantern Studies A {number}", 8)]
        for number, page in enumerate(pages, start=1)
    ]
    return make_pdf(feet, title="A Level Lantern Studies A specification")


def _column(lines: Sequence[str], *, bold_first: bool = False, all_bold: bool = False) -> list[Text]:
    return [
        Text(LEFT, 760 - 14 * index, line, bold=all_bold or (bold_first and index == 0))
        for index, line in enumerate(lines)
    ]


UNIT_COVER = (
    "Specification",
    "A Level",
    "Cambridge OCR Level 3 Advanced GCE",
    "in Lantern History",
    "H798",
    "For first assessment in 2033",
    "Version 1.0 (May 2031) ocr.org.uk/lanterns",
    "Contents",
    "2a. Overview of A Level in Lantern History (H798) 1",
    "2b. Content of A Level in Lantern History (H798) 2",
    "2c. Content of unit group 1: Lamps at home (Units Y101 to Y102) 3",
    "2d. Non exam assessment: Essay on lamps (Unit Y100) 6",
    "2e. Prior knowledge 6",
    "Version 1.0 © OCR 2031",
    f"{HEAD} i",
)


def merged_row(title: str, content: str) -> tuple[str, ...]:
    """A row of two columns as a dump has it: both columns filled word by word, then put on one line."""
    left, right = _filled(title, 18.6), _filled(content, 26.32)
    return tuple(f"{one} {other}".strip() for one, other in zip_longest(left, right, fillvalue=""))


def _filled(text: str, room: float) -> list[str]:
    lines: list[list[str]] = [[]]
    for word in text.split():
        if merged_columns.width([*lines[-1], word]) > room:
            lines.append([])
        lines[-1].append(word)
    return [" ".join(line) for line in lines]


WICKS = merged_row(
    "The trimming of wicks",
    "The first trimmers and their guild; the price of thread and of oil in the towns; the ordinance of the "
    "lamplighters and how it was kept; the end of the guild.",
)
OILS = merged_row(
    "The pressing of oil and the oil trade 1400–1500",
    "Olives, walnuts and the seed of the poppy; the presses of the north and those of the coast; weights and "
    "measures; the merchants of the harbours and their ledgers; the great shortage and what was burnt instead of oil.",
)
GLASS = merged_row(
    "Glass and horn",
    "Panes of horn and how they were split; the first clear glass and its price; the guilds of the glaziers against "
    "those of the horners.",
)


def unit_dump(pages: Sequence[Sequence[str]] | None = None) -> bytes:
    """A specification by unit groups, as text."""
    return ("\n".join(UNIT_COVER) + "\n" + paged(pages or unit_pages()) + "\n").encode()


def unit_pages(
    *,
    rule: str = "o learners taking unit Y101 Lamps 1400–1500 cannot also take unit Y201 Beacons",
    wicks: Sequence[str] = WICKS,
) -> list[list[str]]:
    """Two groups, two units and one, a forbidden pair, and an essay that no exam asks for."""
    return [
        [
            "2a. Overview of A Level in Lantern History (H798)",
            "Learners must take one unit from each of unit groups 1 to 2.",
            "Lamps at home: one of the 2 units available 50% 50 marks 1 hour 30 minute paper",
            "Beacons: one of the 1 units available 30% 30 marks 1 hour paper",
            "Essay 20% 40 marks",
        ],
        [
            "2b. Content of A Level in Lantern History (H798)",
            "The combination must meet the ‘200 year rule’. (unit Y100)",
            rule,
            "1400–1500 in unit group 2.",
            "• All else is free.",
            "Lamps 1400–1500",
            "Y101 1400 1500",
            "(This unit cannot be taken in combination with unit Y201",
            "Beacons 1400–1500)",
            "Y102 Candles 1500–1600 1500 1600",
            "Beacons 1400–1500",
            "(This unit cannot be taken in combination with unit Y101",
            "Y201 1400 1500",
            "Lamps 1400–1500)",
            "Y100 Essay on lamps",
        ],
        [
            "2c. Content of unit group 1: Lamps at home (Units Y101 to",
            "Y102)",
            "Unit Y101: Lamps 1400–1500",
            "Enquiry Topic: Wicks",
            "Key Topics Content",
            "Learners should have studied the following:",
            *wicks,
            *OILS,
            "Unit Y102: Candles 1500–1600",
            "Enquiry Topic: Tallow",
            "Key Topic Content",
            *GLASS,
            *wicks,
        ],
        [
            "2c. Content of unit group 2: Beacons (Units Y201 to Y201)",
            "Unit Y201: Beacons 1400–1500",
            "Key Topics Content",
            *OILS[:2],
        ],
        [*OILS[2:], "Lamps on hills are no beacons."],
        [
            "2d. Non exam assessment: Essay on lamps (Unit Y100)",
            "The essay is set by the school.",
            "2e. Prior knowledge",
        ],
    ]


def glance(
    *, weights: Sequence[str] = ("50%", "30%", "20%"), title: str = "AS and A Level - Lantern Studies - H099, H799"
) -> bytes:
    """A page at a glance with a tab for the A level and one for the AS level."""
    rows = [
        ("Flame (01)", "80", "2 hours 30 mins"),
        ("Glass (02)*", "60", "45 mins"),
        ("Lantern project (03)* **", "-", "-"),
    ]
    body = "".join(
        f'<tr><td><h4 class="spec heading">{name}</h4></td><td>{marks}</td><td>{time}</td><td>{weight}</td>'
        f"<td>{'Non-exam assessment' if marks == '-' else 'Words'}</td></tr>"
        for (name, marks, time), weight in zip(rows, weights, strict=True)
    )
    return f"""<!DOCTYPE html><html><head><title>{title}</title></head><body>
<ul><li><a href="#specification-tab-1">A Level</a></li><li><a href="#specification-tab-2">AS Level</a></li></ul>
<div id="specification-tab-1" class="specificationTab"><div class="specificationOverviewContainer">
<table><thead><tr><td>Component</td><td>Marks</td><td>Duration</td><td>Weighting</td><td>x</td></tr></thead>
<tbody>{body}</tbody></table>
<h3>Content overview</h3><h4>Component 01: Flame</h4><ul><li>Wicks</li><li>Oils.</li></ul>
<h4>Component 02: Glass</h4><ul><li>Panes</li></ul></div>
<div class="specificationDoc">
<a href="/Images/900100-specification-a-level-lantern-studies-h799.pdf">Download</a></div></div>
<div id="specification-tab-2" class="specificationTab"><div class="specificationOverviewContainer">
<table><thead><tr><td>Component</td><td>Marks</td><td>Duration</td><td>Weighting</td><td>x</td></tr></thead>
<tbody><tr><td><h4 class="spec-heading">Flame alone (01)</h4></td><td>75</td><td>1 hour</td><td>100%</td>
<td>Words</td></tr></tbody></table><h4>All of it</h4><ul><li>Wicks</li></ul></div>
<div class="specificationDoc">
<a href="/Images/900101-specification-as-level-lantern-studies-h099.pdf">Download</a></div></div>
</body></html>""".encode()


FIELDS = (
    ("tridion_pageId", "tcm:9-9-64"),
    ("resource_types", "Past papers,Practice materials"),
    ("result_title", "Documents"),
    ("no_doc_message", "Sorry there are currently no past paper materials for this qualification."),
    ("temp_id", "900453"),
)


def finder(
    entries: Sequence[tuple[str, str]], *, fields: Sequence[tuple[str, str]] = FIELDS, results: str = ""
) -> bytes:
    """The finder's form with its selects and hidden fields."""
    options = "".join(f'<option value="{value}">{text}</option>' for value, text in entries)
    types = ("GCSE", "AS and A Level", "Cambridge Nationals", "Cambridge Technicals")
    kinds = "".join(f'<option value="{9000 + index}">{kind}</option>' for index, kind in enumerate(types))
    hidden = "".join(f'<input type="hidden" name="ctl00$x$_ctrl_0${name}" value="{value}">' for name, value in fields)
    return f"""<!DOCTYPE html><html><head><title>Past papers materials finder - OCR</title></head><body>{hidden}
<select id="pp-qual-type" action="/resource/getgroups/"><option value="0">What type?</option>{kinds}</select>
<select id="pp-qual" action="/resource/getlevels/"><option value="0">Which qualification?</option>{options}</select>
<select id="pp-level"><option value="0">Which level?</option></select>
<div class="finder-results">{results}</div></body></html>""".encode()


def answer(items: Sequence[tuple[str, str, str]], *, series: str = "2033 - June series") -> bytes:
    """The finder's answer: a piece of a page with the documents of one series; (title, file, unit code) each."""
    rows = "".join(
        f'<li class="resource  pdf"><a href="/Images/{file}.pdf">{title}</a> <span class="unit-code">{code}</span></li>'
        for title, file, code in items
    )
    return f"""<div class="multi-accordion finder"><h3 class="level-1 heading"><span>Question papers</span></h3>
<div class="level-1 accordion-content"><h4 class="level-2 heading"><span>{series}</span></h4>
<div class="level-2"><ul class="resource-list">{rows}</ul></div></div></div>""".encode()
