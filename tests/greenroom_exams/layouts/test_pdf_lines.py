import pytest
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.layouts.pdf_lines import clean, join, read_pdf


def texts(*items):
    (page,) = read_pdf(make_pdf([items]), name="a.pdf").pages
    return [line.text for line in page.lines]


def test_words_of_one_baseline_are_one_line():
    assert texts(Text(60, 700, "A lantern"), Text(105, 700, "burns")) == ["A lantern burns"]


def test_a_wide_gap_parts_two_columns():
    assert texts(Text(60, 700, "Content"), Text(300, 700, "Guidance")) == ["Content", "Guidance"]


def test_lines_fall_down_the_page_whatever_their_order_in_the_file():
    assert texts(Text(60, 600, "second"), Text(60, 700, "first")) == ["first", "second"]


def test_a_line_knows_its_place_and_its_style():
    (line,) = read_pdf(make_pdf([[Text(60, 700, "Flame", 16, bold=True)]]), name="a.pdf").pages[0].lines
    assert (line.page, line.size, line.bold, round(line.left), round(line.base)) == (1, 16, True, 60, 700)
    left, bottom, right, top = line.box
    assert 59 <= left < right < 120
    assert 690 <= bottom < top <= 720


def test_running_heads_and_page_numbers_are_gone():
    pages = [
        [
            Text(60, 814, f"Lantern Studies {number}", 8),
            Text(60, 500, f"Words of page {number} alone"),
            Text(60, 30, str(number)),
        ]
        for number in (1, 2, 3, 4)
    ]
    pdf = read_pdf(make_pdf(pages), name="a.pdf")
    assert [line.text for line in pdf.lines()] == [f"Words of page {number} alone" for number in (1, 2, 3, 4)]
    assert pdf.running[0].startswith("Lantern Studies")
    assert [page.printed for page in pdf.pages] == [1, 2, 3, 4]


def test_a_code_at_the_top_of_each_page_is_no_running_head():
    pages = [[Text(60, 800, f"1.2.{number}"), Text(60, 400, "Words"), Text(60, 30, "foot")] for number in (1, 2, 3, 4)]
    codes = [line.text for line in read_pdf(make_pdf(pages), name="a.pdf").lines() if line.text[0].isdigit()]
    assert codes == ["1.2.1", "1.2.2", "1.2.3", "1.2.4"]


def test_the_outline_has_levels_and_pages():
    pages = [[Text(60, 700, "one")], [Text(60, 700, "two")]]
    outline = [(0, "1 Flame", 1), (1, "1.1 Wicks", 1), (1, "1.2 Oils", 2), (0, "2 Glass", 2)]
    read = read_pdf(make_pdf(pages, title="Lanterns", outline=outline), name="a.pdf")
    assert [(entry.level, entry.title, entry.page) for entry in read.outline] == outline
    assert read.title == "Lanterns"


def test_only_the_first_pages_are_read_when_that_is_enough():
    pages = [[Text(60, 700, "one")], [Text(60, 700, "two")]]
    assert len(read_pdf(make_pdf(pages), name="a.pdf", page_limit=1).pages) == 1


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\x00b", "ab"),
        ("ef\ufb01cient", "efficient"),
        ("one\u00a0 two", "one two"),
        ("\uf0b7 oil", "• oil"),
        ("\ufffd oil", "• oil"),
        ("self\x02", "self-"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_stray_characters_are_gone(raw, text):
    assert clean(raw) == text


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["Wicks and", "oils"], "Wicks and oils"),
        (["a self-", "trimming wick"], "a self-trimming wick"),
        (["lan\u00ad", "tern"], "lantern"),
        (["Input/", "output"], "Input/output"),
        (["short- and long-", "and medium"], "short- and long- and medium"),
        (["flame –", "its colour"], "flame – its colour"),
        ([], ""),
    ],
)
def test_broken_lines_are_joined_as_they_are_read(parts, text):
    assert join(parts) == text


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", SourceEmpty),
        (b"<html></html>", ContractBroken),
        (b"\x00\x00\x00", ContractBroken),
        (make_pdf([[Text(60, 700, "one")]])[:-40], SourceUnreadable),
        (b"%PDF-1.4\nnothing\n%%EOF", SourceUnreadable),
        (make_pdf([[]]), SourceEmpty),
    ],
)
def test_what_is_no_whole_pdf_with_text_is_refused(content, error):
    with pytest.raises(error):
        read_pdf(content, name="a.pdf")


def test_a_line_knows_whether_it_is_slanted():
    content = make_pdf([[Text(60, 700, "Slanted words", italic=True), Text(60, 600, "Upright words", bold=True)]])
    assert [line.italic for line in read_pdf(content, name="a.pdf").lines()] == [True, False]


def test_two_halves_of_a_letter_are_one():
    assert clean("\ud835\udd4e and \ud835") == "\U0001d54e and •"
