from dataclasses import replace

from tests.greenroom_exams.layouts.lines import line

from greenroom_exams.layouts.numbered import Heading
from greenroom_exams.layouts.pdf_lines import Word
from greenroom_exams.layouts.tables import described

HEADS = ("Content", "Guidance")


def heading(text, base):
    first = line(text, base=base, bold=True)
    return Heading(text.split()[0], text, 1, first.box, (first,))


def table_head(base):
    return [line("Content", base=base, bold=True), line("Guidance", left=300, base=base, bold=True)]


def test_the_left_column_below_a_heading_is_its_text():
    first = heading("1.1 Flame", 700)
    lines = [
        *first.lines,
        *table_head(680),
        line("Name its", base=660),
        line("Draw it.", left=300, base=660),
        line("parts.", base=648),
    ]
    assert described(lines, [first], HEADS) == ("Name its parts.",)


def test_paragraphs_and_bullets_are_lines_of_their_own():
    first = heading("1.1 Flame", 700)
    below = [
        line("Name:", base=660),
        line("•", base=640, word_width=4),
        line("wick", left=75, base=640),
        line("Trim it.", base=615),
    ]
    assert described([*first.lines, *table_head(680), *below], [first], HEADS) == ("Name:\n• wick\nTrim it.",)


def test_a_line_that_ran_into_the_right_column_is_cut_at_the_border():
    first = heading("1.1 Flame", 700)
    words = (Word("Name", 60, 180), Word("it.", 182, 293), Word("Draw", 300, 330))
    merged = replace(line("Name it. Draw", base=660), words=words, right=330)
    assert described([*first.lines, *table_head(680), merged], [first], HEADS) == ("Name it.",)


def test_a_paragraph_across_both_columns_ends_the_table():
    first = heading("1.1 Flame", 700)
    wide = line("these words run on over the border of both columns", base=640, word_width=40)
    lines = [*first.lines, *table_head(680), line("Name it.", base=660), wide, line("No cell.", base=620)]
    assert described(lines, [first], HEADS) == ("Name it.",)


def test_a_heading_without_a_table_has_no_text():
    assert described(heading("1.1 Flame", 700).lines, [heading("1.1 Flame", 700)], HEADS) == (None,)
