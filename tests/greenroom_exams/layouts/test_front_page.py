import pytest
from tests.greenroom_exams.layouts import lantern
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom_exams.layouts.front_page import board_of, is_specification, read_front
from greenroom_exams.layouts.pdf_lines import read_pdf


def front(*lines, title="", pattern=r"\b[HJ]\d{3}\b"):
    content = make_pdf([[Text(60, 700 - 20 * index, text) for index, text in enumerate(lines)]], title=title)
    return read_front(read_pdf(content, name="a.pdf"), pattern)


def test_the_front_of_a_made_up_specification_is_read():
    found = read_front(read_pdf(lantern.edexcel(), name="a.pdf"), r"\b\d[A-Z]{2}\d\b")
    assert (found.board, found.is_specification, found.code) == ("Edexcel", True, "9LS9")
    assert (found.name, found.version, found.start_year) == ("Lantern Studies", "1", 2031)


def test_the_code_that_is_named_most_is_the_subject():
    assert front("OCR Specification J999", "H418", "about J999").code == "J999"


def test_two_codes_named_alike_are_none():
    assert front("OCR Specification J999 and J998").code is None


def test_a_name_that_the_cover_does_not_confirm_is_none():
    assert front("OCR Specification J999", title="GCSE (9-1) Lantern Studies J999").name is None


@pytest.mark.parametrize("text", ["AQA Specification", "Pearson Edexcel Specification"])
def test_a_board_is_known_by_its_own_name(text):
    assert board_of(text) in {"AQA", "Edexcel"}


@pytest.mark.parametrize("text", ["Specification", "AQA and OCR"])
def test_no_board_or_two_are_none(text):
    assert board_of(text) is None


@pytest.mark.parametrize(
    ("title", "words", "answer"),
    [
        ("", "GCSE Specification", True),
        ("Lantern Studies specification", "GCSE", True),
        ("Delivery Guide", "Specification", False),
        ("", "Specification and sample assessment materials", False),
        ("", "GCSE", False),
    ],
)
def test_a_guide_to_a_specification_is_not_one(title, words, answer):
    assert is_specification(read_pdf(make_pdf([[Text(60, 700, words)]], title=title), name="a.pdf")) is answer
