"""What is not the document it should be is refused, with a cause and a cure of one line each."""

from collections.abc import Callable

import pytest
from tests.greenroom_exams.boards.pages import made_up
from tests.greenroom_exams.layouts import lantern
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceError, SourceUnreadable
from greenroom_exams.boards import aqa, edexcel, ocr

BOARDS = {"AQA": aqa.board, "OCR": ocr.board, "Edexcel": edexcel.board}
SPECIFICATIONS: dict[str, Callable[[], bytes]] = {"AQA": lantern.aqa, "OCR": lantern.ocr, "Edexcel": lantern.edexcel}
PAGES = {
    "AQA": "aqa_assessment_resources.html",
    "OCR": "ocr_past_paper_finder.html",
    "Edexcel": "edexcel_course_materials.html",
}
REAL = {
    "AQA": "uk/aqa/8525-gcse-computer-science-spec.pdf",
    "OCR": "uk/ocr/j277-gcse-computer-science-spec.pdf",
    "Edexcel": "uk/edexcel/1cp2-gcse-computer-science-spec.pdf",
}


def refusal(board, content, *, name="a.pdf", subject=None, qualification="GCSE"):
    with pytest.raises(SourceError) as caught:
        BOARDS[board].parse(content, name=name, subject=subject, qualification=qualification)
    assert caught.value.message
    assert caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value


@pytest.fixture(params=BOARDS)
def board(request):
    return request.param


@pytest.mark.parametrize("name", ["a.pdf", "a.html"])
@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_file_is_refused(board, name, content):
    assert isinstance(refusal(board, content, name=name), SourceEmpty | ContractBroken)


def test_half_a_pdf_is_refused(board):
    content = SPECIFICATIONS[board]()
    assert isinstance(refusal(board, content[: len(content) // 2]), SourceUnreadable)


def test_half_a_real_pdf_is_refused(board, shared_data):
    content = shared_data(REAL[board]).read_bytes()
    assert isinstance(refusal(board, content[: len(content) // 2]), SourceUnreadable)


def test_a_pdf_damaged_inside_is_refused(board):
    assert isinstance(refusal(board, b"%PDF-1.4\n" + b"\x80" * 500 + b"\n%%EOF\n"), SourceUnreadable)


def test_half_a_page_is_refused(board):
    content = made_up(PAGES[board])
    assert isinstance(refusal(board, content[: len(content) // 2], name="a.html"), SourceUnreadable)


def test_a_page_named_as_a_pdf_is_refused(board):
    error = refusal(board, made_up(PAGES[board]), name="specification.pdf")
    assert isinstance(error, ContractBroken)
    assert "an HTML page" in error.message


def test_a_pdf_named_as_a_page_is_refused(board):
    error = refusal(board, SPECIFICATIONS[board](), name="https://example.org/page.html?x=1")
    assert "is a PDF, an HTML page was expected" in error.message


def test_nul_bytes_are_refused(board):
    assert isinstance(refusal(board, b"\x00" * 1000, name="a.bin"), SourceError)
    page = made_up(PAGES[board]).replace(b"Paper 1", b"Paper\x001", 1)
    assert "NUL" in refusal(board, page, name="a.html").message


def test_text_that_is_neither_kind_is_refused(board):
    assert isinstance(refusal(board, b"code,name\n1,Flame\n", name="a.csv"), ContractBroken)


def test_a_page_in_another_encoding_is_refused(board):
    page = made_up(PAGES[board]).replace(b"Lantern", "Läntern".encode("latin-1"))
    assert isinstance(refusal(board, page, name="a.html"), SourceUnreadable)


def test_a_page_without_the_marks_of_its_board_is_refused(board):
    assert isinstance(
        refusal(board, b"<html><title>Lanterns</title><p>Hello</p></html>", name="a.html"), ContractBroken
    )


def test_a_specification_of_another_subject_is_refused(board):
    error = refusal(board, SPECIFICATIONS[board](), subject="X123")
    assert "not of X123" in error.message


def test_a_real_specification_of_another_subject_is_refused(board, shared_data):
    assert "not of X123" in refusal(board, shared_data(REAL[board]).read_bytes(), subject="X123").message


def test_a_specification_of_another_qualification_is_refused(board):
    error = refusal(board, SPECIFICATIONS[board](), qualification="A-Level")
    assert "is for GCSE, not for A-Level" in error.message


@pytest.mark.parametrize("other", BOARDS)
def test_a_specification_of_another_board_is_refused(board, other):
    if other != board:
        assert f"is a document of {other}" in refusal(board, SPECIFICATIONS[other]()).message


def test_a_pdf_of_pictures_is_refused(board):
    assert isinstance(refusal(board, make_pdf([[], []])), SourceEmpty)


def test_a_pdf_of_something_else_is_refused(board):
    letter = make_pdf([[Text(60, 700, "Dear reader, this lantern is not for sale.")]])
    assert isinstance(refusal(board, letter), ContractBroken)


def test_a_real_guide_is_not_taken_for_a_specification(shared_data):
    content = shared_data("uk/ocr/h446-subject-content-clarification.pdf").read_bytes()
    error = refusal("OCR", content, subject="H446", qualification="A-Level")
    assert "does not call itself a specification" in error.message


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("uk/caie/0478-syllabus-2023-2025.pdf", "CAIE"),
        ("uk/wjec/wjec-gcse-drama-specification.pdf", "WJEC"),
        ("uk/sqa/h-course-spec-biology.pdf", "SQA"),
    ],
)
def test_real_documents_of_other_boards_are_refused(board, shared_data, path, whose):
    assert f"is a document of {whose}" in refusal(board, shared_data(path).read_bytes()).message
