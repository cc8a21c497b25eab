from tests.greenroom_exams.layouts.lines import line

from greenroom_exams.documents import Finding
from greenroom_exams.layouts.ruled_table import Statement, statements

HEADS = r"^(?:Subject content|Students should:)$"


def code(text, base, *, page=1):
    return line(text, left=200, base=base, page=page, word_width=24)


def words(text, base, *, page=1):
    return line(text, left=236, base=base, page=page)


def read(*lines):
    return list(statements(lines, r"\d\.\d\.\d", HEADS))


def rows(*lines):
    return [(row.code, row.text) for row in read(*lines) if isinstance(row, Statement)]


def test_a_statement_is_a_code_and_all_its_lines():
    lines = [code("1.1.1", 700), words("trim a", 700), words("wick", 687), code("1.1.2", 670), words("fill it", 670)]
    assert rows(*lines) == [("1.1.1", "trim a wick"), ("1.1.2", "fill it")]


def test_a_title_in_the_left_column_is_not_part_of_a_statement():
    lines = [code("1.1.1", 700), words("trim a", 700), line("and oils", base=688, bold=True), words("wick", 687)]
    assert rows(*lines) == [("1.1.1", "trim a wick")]


def test_a_code_and_its_text_may_be_one_line():
    lines = [
        line("1.1.1 trim a", left=158),
        line("wick", left=158, base=687),
        line("1.1.2 fill it", left=158, base=670),
    ]
    assert rows(*lines) == [("1.1.1", "trim a wick"), ("1.1.2", "fill it")]


def test_a_statement_goes_on_over_a_page_below_the_repeated_heads():
    lines = [
        code("1.1.1", 90),
        words("trim a", 90),
        line("Subject content", base=800, page=2, bold=True),
        words("wick", 780, page=2),
    ]
    assert rows(*lines) == [("1.1.1", "trim a wick")]


def test_a_paragraph_across_the_columns_ends_the_table():
    wide = line("these words run across both columns of it", left=85, base=680)
    lines = [code("1.1.1", 700), words("trim a wick", 700), wide, words("not of the table", 667)]
    assert rows(*lines) == [("1.1.1", "trim a wick")]


def test_text_in_the_column_without_a_code_is_a_finding():
    wide = line("these words run across both columns of it", left=85, base=680)
    found = read(code("1.1.1", 700), words("trim a wick", 700), wide, words("lost words", 667))
    assert [each.rule for each in found if isinstance(each, Finding)] == ["loose_text"]


def test_a_statement_knows_its_page_and_its_box():
    (row,) = read(code("1.1.1", 700, page=4), words("trim a", 700, page=4), words("wick", 687, page=4))
    assert (row.page, row.box) == (4, (200, 687, 298.5, 710))
