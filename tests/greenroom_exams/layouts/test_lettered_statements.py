"""Themes with numbered titles beside lettered statements, from a text dump and from a PDF."""

import pytest
from tests.greenroom_exams.layouts import lantern_dumps
from tests.greenroom_exams.layouts.lantern_dumps import LETTERED_CONTENTS, LETTERED_PAGES, lettered, pdf_of
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom_exams.layouts import lettered_statements
from greenroom_exams.layouts.pdf_lines import read_pdf

TREE = [
    ("1", "Light and oil", None),
    ("1.1", "Meeting the flame", "1"),
    ("1.1.1", "Wicks in a self-trimming lantern", "1.1"),
    ("1.1.1a", "Flat wicks", "1.1.1"),
    ("1.1.1a~woven", "woven", "1.1.1a"),
    ("1.1.1a~made-of-felt-and-then-trimmed", "made of felt and then trimmed", "1.1.1a"),
    ("1.1.1a~made-of-felt-and-then-trimmed~by-hand", "by hand", "1.1.1a~made-of-felt-and-then-trimmed"),
    ("1.1.1b", "Round wicks", "1.1.1"),
    ("1.1.2", "Glass", "1.1"),
    ("1.1.2a", "Clear glass of 2.0 grams", "1.1.2"),
    ("1.2", "Carrying it", "1"),
    ("1.2.1", "Handles", "1.2"),
    ("1.2.1a", "Wood", "1.2.1"),
    ("1.2.1b", "Wire", "1.2.1"),
    ("1.2.1b~woven", "woven", "1.2.1b"),
    ("2", "Selling lanterns", None),
    ("2.1", "Market stalls", "2"),
    ("2.1.1", "Stalls", "2.1"),
    ("2.1.1a", "Where they stand", "2.1.1"),
]


def read(content):
    return lettered_statements.read(pdf_of(content))


def tree(reading):
    return [(topic.code, topic.name, topic.parent_code) for topic in reading.topics]


def test_the_tree_is_read_with_titles_that_wrap_and_statements_that_do():
    reading = read(lettered())
    assert tree(reading) == TREE
    assert reading.findings == ()


def test_levels_and_lines_tell_where_a_topic_stands():
    content = lettered()
    topics = read(content).topics
    lines = content.decode().split("\n")
    assert [topic.level for topic in topics[:7]] == [0, 1, 2, 3, 4, 4, 5]
    assert all(topic.page is None and topic.box is None for topic in topics)
    by_code = {topic.code: topic for topic in topics}
    assert lines[by_code["1.2.1b"].line - 1] == "b) Wire:"


def test_twin_bullets_get_codes_of_their_own():
    page = (*LETTERED_PAGES[2], "o woven")
    codes = [topic.code for topic in read(lettered({2: page})).topics]
    assert codes[14:16] == ["1.2.1b~woven", "1.2.1b~woven~2"]


@pytest.mark.parametrize(
    ("index", "old", "new", "rule"),
    [
        (1, "b) Round wicks", "c) Round wicks", "numbering_gap"),
        (1, "a) Flat wicks:", "Flat wicks:", "numbering_gap"),
        (1, "1.1.2 Glass", "1.1.3 Glass", "numbering_gap"),
        (2, "1.2 Carrying it", "1.3 Carrying it", "numbering_gap"),
        (2, "a) Wood", "", "numbering_gap"),
        (3, "a) Where they stand", "", "missing_children"),
        (2, "1.2 Carrying it", "", "missing_parent"),
        (3, "Theme 2: Selling lanterns", "Theme 2: Selling lamps", "witnesses_disagree"),
        (3, "2.1  Market stalls", "2.1  Markets", "witnesses_disagree"),
        (4, "Assessment", "Another heading", "witnesses_disagree"),
    ],
)
def test_what_was_lost_or_changed_is_told(index, old, new, rule):
    page = [line.replace(old, new) if line == old else line for line in LETTERED_PAGES[index]]
    assert page != list(LETTERED_PAGES[index])
    reading = read(lettered({index: page}))
    assert rule in {finding.rule for finding in reading.findings}


def test_a_statement_that_lost_its_letter_makes_a_title_too_long():
    long = ["1.2.1", "Handles", "of wood that were carved in the villages where lanterns are made", "a) Wire"]
    page = [*LETTERED_PAGES[2][:2], *long]
    rules = {finding.rule for finding in read(lettered({2: page})).findings}
    assert "title_too_long" in rules


def test_bullets_in_the_prose_of_a_theme_are_none_of_its_content():
    page = ("Theme 2: Selling lanterns", "Students:", "o see a market", "a) at night", *LETTERED_PAGES[3][3:])
    reading = read(lettered({3: page}))
    assert tree(reading) == TREE
    assert reading.findings == ()


def test_statements_below_no_title_are_counted():
    page = [line for line in LETTERED_PAGES[2] if line not in {"1.2.1", "Handles"}]
    told = [finding.message for finding in read(lettered({2: page})).findings if finding.rule == "counts_differ"]
    assert told == ["6 lines begin with letters, 4 are in the tree", "3 lines begin with bullets, 2 are in the tree"]


def test_a_theme_must_stand_on_the_page_that_the_contents_give():
    contents = [line.replace(" lanterns 4", " lanterns 3") for line in LETTERED_CONTENTS]
    messages = [finding.message for finding in read(lettered(contents=contents)).findings]
    assert messages == ["theme 2 stands on page 4, the contents have it on 3"]


def test_contents_without_an_end_are_held():
    contents = [line for line in LETTERED_CONTENTS if not line.startswith("Assessment")]
    assert "content_without_end" in {finding.rule for finding in read(lettered(contents=contents)).findings}


def test_a_document_laid_out_otherwise_is_not_read():
    assert read(lantern_dumps.numbered()) is None
    assert read(lantern_dumps.native()) is None


LEFT, RIGHT = 60, 200


def pdf_page(number, texts):
    head = Text(60, 30, "Pearson Edexcel Level 3 Advanced GCE in Lantern Studies - Specification", 8)
    return [*texts, head, Text(500, 30, str(number), 8)]


def pdf():
    contents = [Text(LEFT, 750, "Contents", 16)]
    for row, line in enumerate(("Qualification at a glance 1", "Theme 1: Light and oil 2", "Assessment 4")):
        title, _, page = line.rpartition(" ")
        contents += [Text(LEFT, 700 - 14 * row, title), Text(500, 700 - 14 * row, page)]
    table = [
        Text(LEFT, 750, "Theme 1: Light and oil", 18, bold=True),
        Text(LEFT, 700, "1.1 Meeting the flame", 14, bold=True),
        Text(LEFT, 670, "Subject content", bold=True),
        Text(RIGHT, 670, "What students need to learn:", bold=True),
        Text(LEFT, 650, "1.1.1", bold=True),
        Text(RIGHT, 650, "a) Flat wicks:"),
        Text(LEFT, 638, "Wicks in a", bold=True),
        Text(RIGHT + 15, 638, "o woven"),
        Text(LEFT, 626, "self-trimming lantern", bold=True),
        Text(RIGHT + 15, 626, "o felted"),
        Text(RIGHT, 614, "b) Round wicks"),
        Text(LEFT, 590, "1.1.2", bold=True),
        Text(RIGHT, 590, "a) Clear glass"),
        Text(LEFT, 578, "Glass", bold=True),
    ]
    glance = [Text(LEFT, 750, "Qualification at a glance", 16), Text(LEFT, 700, "meeting the flame, carrying it")]
    second = [Text(LEFT, 750, "1.2 Carrying it", 14, bold=True), Text(LEFT, 700, "1.2.1", bold=True)]
    second += [Text(RIGHT, 700, "a) Wood"), Text(LEFT, 688, "Handles", bold=True)]
    end = [Text(LEFT, 750, "Assessment", 16)]
    pages = [contents, *(pdf_page(n, page) for n, page in enumerate((glance, table, second, end), start=1))]
    return read_pdf(make_pdf(pages), name="lantern.pdf")


def test_titles_beside_their_statements_are_read_from_the_columns_of_a_pdf():
    reading = lettered_statements.read(pdf())
    assert tree(reading) == [
        ("1", "Light and oil", None),
        ("1.1", "Meeting the flame", "1"),
        ("1.1.1", "Wicks in a self-trimming lantern", "1.1"),
        ("1.1.1a", "Flat wicks", "1.1.1"),
        ("1.1.1a~woven", "woven", "1.1.1a"),
        ("1.1.1a~felted", "felted", "1.1.1a"),
        ("1.1.1b", "Round wicks", "1.1.1"),
        ("1.1.2", "Glass", "1.1"),
        ("1.1.2a", "Clear glass", "1.1.2"),
        ("1.2", "Carrying it", "1"),
        ("1.2.1", "Handles", "1.2"),
        ("1.2.1a", "Wood", "1.2.1"),
    ]
    assert reading.findings == ()
    assert all(topic.page and topic.box and topic.line is None for topic in reading.topics)
