"""Lantern Studies, which nobody teaches, as WJEC and Eduqas would print it: a PDF, three texts, a tab and an index."""

import html
import json
from collections.abc import Iterable, Sequence

from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

LEFT, RIGHT, LISTED = 78, 222, 114

# code, title as the table's column wraps it, the amplification
Row = tuple[str, tuple[str, ...], tuple[str, ...]]
UNITS: tuple[tuple[str, str, tuple[str, ...], tuple[tuple[str, str, tuple[Row, ...]], ...]], ...] = (
    (
        "1",
        "Flames",
        ("On-screen examination", "60% of qualification", "90 marks"),
        (
            (
                "1.1",
                "Wicks and oils",
                (
                    ("1.1.1", ("How a wick is", "trimmed"), ("Learners should know:", "• the parts of a wick")),
                    ("1.1.2", ("Oils",), ("Learners should understand:", "• why oil", "• why not water")),
                ),
            ),
            ("1.2", "Glass", (("1.2.1", ("Panes of all", "kinds"), ("Learners should know:", "• lead glass")),)),
        ),
    ),
    (
        "2",
        "Carrying",
        ("Non-examination assessment", "40% of qualification", "60 marks"),
        (("2.1", "Carrying", (("2.1.1", ("Handles",), ("Learners are required to:", "• carry one")),)),),
    ),
)
LENGTHS = {"1": "On-screen examination: 1 hour 30 minutes", "2": "Non-examination assessment: 10 hours"}


def wjec(
    *,
    units: Sequence = UNITS,
    listed: Sequence | None = None,
    summary: Sequence | None = None,
    entry: Sequence[str] = ("WJEC GCSE Lantern Studies", "3990QS", "3990CS"),
    company: str = "© WJEC CBAC Ltd 2031.",
    award: str = "Summer 2033 will be the first assessment opportunity.",
    without: Iterable[str] = (),
) -> bytes:
    """The layout of "Made for Wales": a summary, units with heads, lists and tables, the codes at the end.

    `listed` and `summary` are the units as the lists and the summary tell them, where they shall differ. `without`
    names pages that are missing: "summary", "contents", "end", or a unit's number for its table.
    """
    cover = [
        Text(35, 700, "WJEC GCSE", 35),
        Text(35, 650, "Lantern Studies", 35),
        Text(35, 590, "Specification", 21),
        Text(35, 560, "Teaching from 2031", 14),
        Text(35, 540, "For award from 2033", 14),
    ]
    pages: list[tuple[str, list[Text]]] = [("cover", cover), ("contents", _contents(units))]
    pages.append(("summary", _summary(summary or units)))
    pages.append(
        ("introduction", [Text(72, 708, "1", 16), Text(108, 708, "INTRODUCTION", 16), Text(108, 640, "Aims.")])
    )
    content = [
        Text(72, 754, "2", 16),
        Text(108, 754, "SUBJECT CONTENT", 16),
        Text(72, 700, "How to read it: read it all."),
    ]
    pages.append(("content", content))
    for unit, told in zip(units, listed or units, strict=True):
        pages += [(f"head {unit[0]}", _head(unit)), (unit[0], _tables(unit, told))]
    after = [Text(72, 757, "Opportunities for integration of learning experiences", 13), Text(72, 720, "Many more.")]
    assessment = [Text(72, 754, "3", 16), Text(108, 754, "ASSESSMENT", 16), Text(72, 700, "AO1")]
    codes = [Text(108, 560, award), *(Text(113 + 200 * i, 460, text, 11) for i, text in enumerate(entry))]
    pages += [("end", after), ("end", assessment), ("codes", codes)]
    kept = [(number, texts) for number, (name, texts) in enumerate(pages, start=1) if name not in set(without)]
    return make_pdf([[*texts, *_running(number, company)] if number > 1 else texts for number, texts in kept])


def _running(number: int, company: str) -> list[Text]:
    return [Text(72, 30, company, 10), Text(400, 30, f"GCSE LANTERN STUDIES {number}", 10)]


def _contents(units: Sequence) -> list[Text]:
    texts = [Text(72, 757, "CONTENTS", 13)]
    for index, unit in enumerate(units):
        texts.append(Text(96, 700 - 20 * index, f"Unit {unit[0]} {'.' * 60}{6 + 2 * index}", 13))
    return texts


def _summary(units: Sequence) -> list[Text]:
    texts = [Text(103, 700, "SUMMARY OF ASSESSMENT", 28)]
    base = 640.0
    for code, title, (_, weight, marks), _ in units:
        rows = (f"Unit {code}: {title}", LENGTHS[code], weight, marks, "Summary of assessment")
        texts += [Text(134, base - 13 * index, row, 11, bold=True) for index, row in enumerate(rows)]
        texts.append(Text(134, base - 70, "Learners answer questions."))
        base -= 120
    return texts


def _head(unit: tuple) -> list[Text]:
    code, title, told, _ = unit
    texts = [Text(72, 757, f"Unit {code}", 13), Text(72, 730, title, 11, bold=True)]
    texts += [Text(72, 705 - 13 * index, row, 11) for index, row in enumerate(told)]
    texts += [
        Text(72, 650, "Overview of unit", 11, bold=True),
        Text(72, 620, "The purpose of this unit is to light it.", 11),
    ]
    return texts


def _tables(unit: tuple, told: tuple) -> list[Text]:
    texts = [Text(72, 759, "Areas of content", 11, bold=True)]
    base = 730.0
    for (code, title, rows), (_, _, listed) in zip(unit[3], told[3], strict=True):
        texts.append(Text(LEFT, base, f"{code} {title}", 11, bold=True))
        texts.append(Text(LEFT, base - 20, "In this unit learners will gain knowledge and understanding of:", 11))
        base -= 33
        for each, name, _ in listed:
            texts += [Text(LEFT, base, each, 11), Text(LISTED, base, " ".join(name), 11)]
            base -= 13
        texts += [Text(LEFT, base - 10, "Content", 11), Text(RIGHT, base - 10, "Further information", 11)]
        base -= 31
        for each, name, amplification in rows:
            texts.append(Text(LEFT, base, each, 11))
            texts += [Text(LEFT, base - 13 * (index + 1), part, 11) for index, part in enumerate(name)]
            for index, part in enumerate(amplification):
                texts += _bullet(part, base - 13 * index)
            base -= 13 * (max(len(name) + 1, len(amplification)) + 1)
    return texts


def _bullet(text: str, base: float) -> list[Text]:
    if not text.startswith("• "):
        return [Text(RIGHT, base, text, 11)]
    return [Text(RIGHT, base, "•", 11), Text(RIGHT + 18, base, text.removeprefix("• "), 11)]


CODES = "WJEC Eduqas A level Lantern Studies: A990QS"
ASSESSMENT_CHAPTER = ("3 ASSESSMENT", "3.1 Assessment objectives and weightings")


def _pages(pages: Sequence[Sequence[str]], *, level: str = "A LEVEL") -> str:
    """Pages with their heads and feet, from printed page 9."""
    whole: list[str] = []
    for number, lines in enumerate(pages, start=9):
        whole += [f"{level} LANTERN STUDIES {number}", *lines, "© WJEC CBAC Ltd."]
    return "\n".join(whole) + "\n"


def eduqas_letters(*, topics: int = 6, statements: int = 10, level: str = "A LEVEL", codes: str = CODES) -> bytes:
    """The text of a science: components of numbered topics, each with lettered statements."""
    pages: list[list[str]] = []
    for component, name in enumerate(("Light", "Shade"), start=1):
        titles = [f"{number}. {name} of lamp number {number}" for number in range(1, topics + 1)]
        intro = [name.upper(), "Written examination: 2 hours", "50% of qualification", "100 marks"]
        pages.append([*intro, "This component includes the following topics:", *titles, "The assessment is short."])
        for number, title in enumerate(titles, start=1):
            rows = [
                line
                for index in range(statements)
                for line in (
                    f"({chr(97 + index)}) what lamp {component}{number}{index} does",
                    f"when it is lit for the {index + 2}th time",
                )
            ]
            practical = ["SPECIFIED PRACTICAL WORK", f"• Lighting lamp {component}{number}", "and putting it out"]
            pages.append([name, title, "Overview", "Lamps are lit.", *rows, *practical])
    weights = ["Component 1 20% 20% 10% 50%", "Component 2 20% - 30% 50%"]
    pages += [[*ASSESSMENT_CHAPTER, *weights], ["4 TECHNICAL INFORMATION", codes]]
    return _pages(pages, level=level).encode()


def eduqas_works(*, works: int = 12, rule: str = "Learners must study one of the following lamps:") -> bytes:
    """The text of a subject of set works: sections with lists to choose from, and a component that is no exam."""
    pages: list[list[str]] = [
        ["2.1 Component 1", "Lamps of the world", "Component at a glance", "Section A: Section B:"]
    ]
    for letter, title in (("A", "Hanging lamps"), ("B", "Standing lamps")):
        films = [f"• Lamp {letter}{number} (Wick, Wales, {1900 + number})" for number in range(works)]
        films[-1] += "."
        pages.append([f"Section {letter}: {title}", rule, "Films", *films, "They all hang or stand."])
    told = ["Section A: Hanging lamps, 40 marks", "Section B: Standing lamps, 20 marks."]
    pages.append(
        ["Assessment", "Written examination: 1 hour 15 minutes", "60 marks", "70% of the qualification", *told]
    )
    pages.append(["2.2 Component 2", "Making", "Non-exam assessment", "30% of the qualification", "40 marks"])
    pages[-1] += [
        "EITHER",
        "(i) a lamp which has one of the following:",
        "• a wick",
        "OR",
        "(ii) a drawing of a lamp",
        "• ink",
    ]
    weights = ["Component 1 20% 20% 30% 70%", "Component 2 - 20% 10% 30%"]
    pages += [[*ASSESSMENT_CHAPTER, *weights], ["4 TECHNICAL INFORMATION", CODES]]
    return _pages(pages).encode()


def eduqas_areas(*, rows: int = 9, announced: str = "Section B focuses on the law of shade (public law)") -> bytes:
    """The text of a subject of areas with tables whose two columns are read across."""
    intro = [
        "2.1 Component 1",
        "Lamps in practice",
        "Written examination: 2 hours",
        "60% of the qualification",
        "75 marks",
    ]
    choice = ["Learners must study one area of law, to include either light or shade."]
    pages = [[*intro, *choice, "Section A focuses on the law of light (private law)", announced]]
    for place, (letter, title) in enumerate((("A", "The law of light"), ("B", "The law of shade")), start=1):
        table = []
        for number in range(1, rows + 1):
            table += [
                f"1.{place}.{number} • Origin of rule {number}",
                f"Rule {place} {number} • Who made it",
                "• Who broke it",
            ]
        pages.append([f"Section {letter} – {title}", "Content Amplification", *table])
    again = [
        "2.2 Component 2",
        "Lamps in theory",
        "Written examination: 2 hours",
        "40% of the qualification",
        "75 marks",
    ]
    same = "Learners answer questions on the same one area of law as selected for Component 1."
    pages.append([*again, same, "Section A focuses on the law of light (private law)", announced])
    weights = ["Component 1 30% 20% 10% 60%", "Component 2 20% - 20% 40%"]
    pages += [[*ASSESSMENT_CHAPTER, *weights], ["4 TECHNICAL INFORMATION", CODES]]
    return _pages(pages).encode()


def record(
    file: str, *, kind: str = "Past Paper", name: str | None = None, year: str = "2024", series: str = "Summer"
) -> dict[str, str]:
    """One record of a past-papers tab."""
    name = name or f"{kind} - {series} - Lantern Studies Component 1"
    host = "https://pastpapers.download.wjec.co.uk"
    return {"ProductReference": kind, "FileName": name, "Year": year, "Series": series, "Url": f"{host}/{file}"}


def tab(*records: dict[str, str]) -> bytes:
    """A past-papers tab as the site answers it: JSON, escaped, in an element's property."""
    props = html.escape(json.dumps({"id": "x", "listItems": records, "title": "Past papers"}))
    return f'<div class="react" data-component="FilterableList" data-props="{props}"></div>'.encode()


def index(*entries: tuple[str, str]) -> bytes:
    """An index of qualifications: objects with a name and a link in a script."""
    objects = ",".join(json.dumps({"name": name, "link": link}) for name, link in entries)
    return f"<!doctype html><html><body><script>var q = [{objects}];</script></body></html>".encode()
