"""A made-up PDF that lists its content once for each tier: what is read, and what does not agree."""

import pytest
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom_exams.layouts.pdf_lines import read_pdf
from greenroom_exams.layouts.tier_lists import read_lists

LEFT, COLUMN = 85, 128
# Each line: what it is, and its words; "bold" is a statement for Higher alone, "raised" a power above its line.
FOUNDATION = (
    ("section", "1. Burning"),
    ("heading", "Wicks"),
    ("B1", "trim a wick in two"),
    ("text", "lines of words"),
    ("heading", "Oils"),
    ("B3", "know oil"),
    ("section", "2. Carrying"),
    ("raised", "2"),
    ("C1", "carry it x  metres far"),
)
HIGHER = (
    *FOUNDATION[:4],
    ("B2", "bold:trim two wicks at once"),
    *FOUNDATION[4:6],
    *FOUNDATION[6:],
)


def document(*, foundation=FOUNDATION, higher=HIGHER, after="2. Carrying"):
    """A cover, a page for each tier, and the chapter that follows."""
    prose = [
        Text(LEFT, 400 - 14 * number, "Prose of a usual size, and a good deal of it too.", 10) for number in range(9)
    ]
    pages = [
        [Text(LEFT, 700, "Specification", 20), *prose],
        [Text(LEFT, 760, "Foundation tier knowledge, skills and", 16, bold=True), *_listed(foundation)],
        [Text(LEFT, 760, "Higher tier knowledge, skills and", 16, bold=True), *_listed(higher)],
        [Text(LEFT, 760, "Assessment", 18, bold=True), Text(LEFT, 700, "1. Burning"), Text(LEFT, 680, after), *prose],
    ]
    return read_pdf(make_pdf(pages), name="lantern.pdf")


def _listed(rows):
    yield Text(LEFT, 740, "understanding", 16, bold=True)
    base = 700
    for kind, words in rows:
        if kind == "raised":
            # it stands above the line of the code that follows
            yield Text(167, base - 20 + 5, words, 7)
            continue
        base -= 13 if kind == "text" else 20
        if kind == "section":
            yield Text(LEFT, base, words, 11, bold=True)
        elif kind == "heading":
            yield Text(LEFT, base, words, 11)
        else:
            bold = words.startswith("bold:")
            if kind != "text":
                yield Text(LEFT, base, kind, 10, bold=True)
            yield Text(COLUMN, base, words.removeprefix("bold:"), 10, bold=bold)


def rules(reading):
    return {finding.rule for finding in reading.findings}


def test_both_lists_are_read_with_their_tiers_before_the_codes():
    reading = read_lists(document())
    assert [
        (topic.code, topic.name, topic.level, topic.parent_code) for topic in reading.topics if topic.tier == "Higher"
    ] == [
        ("Higher/1", "Burning", 0, None),
        ("Higher/1~wicks", "Wicks", 1, "Higher/1"),
        ("Higher/B1", "trim a wick in two lines of words", 2, "Higher/1~wicks"),
        ("Higher/B2", "trim two wicks at once", 2, "Higher/1~wicks"),
        ("Higher/1~oils", "Oils", 1, "Higher/1"),
        ("Higher/B3", "know oil", 2, "Higher/1~oils"),
        ("Higher/2", "Carrying", 0, None),
        ("Higher/C1", "carry it x […] metres far", 1, "Higher/2"),
    ]
    assert [topic.code for topic in reading.topics if topic.tier == "Foundation"] == [
        *("Foundation/1", "Foundation/1~wicks", "Foundation/B1", "Foundation/1~oils", "Foundation/B3"),
        *("Foundation/2", "Foundation/C1"),
    ]
    assert rules(reading) == {"formula_not_read"}
    assert "Foundation/C1, Higher/C1" in reading.findings[0].message


def without(rows, kind):
    return tuple(row for row in rows if row[0] != kind)


def swapped(rows, kind, words):
    return tuple((kind, words) if row[0] == kind else row for row in rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"foundation": without(FOUNDATION, "B1")}, "B1 is not all in bold type, and not in the Foundation list"),
        ({"higher": swapped(HIGHER, "B2", "trim two")}, "B2 is not all in bold type"),
        ({"higher": without(HIGHER, "B2")}, "gap in numbering"),
        ({"higher": swapped(HIGHER, "heading", "Glass")}, "B1 stands below"),
        ({"higher": swapped(HIGHER, "B3", "another thing")}, "B3 begins otherwise"),
        ({"foundation": swapped(FOUNDATION, "B3", "know oil, and also how to press it")}, "B3 says more"),
        ({"foundation": (*FOUNDATION, ("C2", "more"))}, "C2 is in the Foundation list only"),
        ({"higher": without(HIGHER, "B3")}, "Oils has nothing below it"),
        ({"after": "2. Selling"}, "in the overview of the papers"),
        ({"higher": swapped(HIGHER, "B1", "trim a w•ck")}, "spoilt letter"),
    ],
)
def test_lists_that_do_not_agree_are_noticed(change, message):
    assert any(message in finding.message for finding in read_lists(document(**change)).findings)


def test_a_document_with_one_list_is_laid_out_otherwise():
    assert read_lists(document(foundation=())) is None
