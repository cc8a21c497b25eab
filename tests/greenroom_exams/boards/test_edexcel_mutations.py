"""Real documents of Pearson that lost something: each of 200 mutations is refused, held or right."""

from dataclasses import replace

import pytest
from tests.greenroom_exams.mutations import check_bytes, check_document

from greenroom_exams.boards.edexcel import board, read_cover, read_specification
from greenroom_exams.layouts.pdf_lines import read_pdf
from greenroom_exams.layouts.table_rules import with_rules

FOLDER = "uk/edexcel/"
# What is found in the whole document too holds every reading of it; here it must not count as having noticed.
STANDING = {
    "1ma1-gcse-mathematics-spec.pdf": {"formula_not_read"},
    "9aa0-arabic-coursematerials.html": {"gated", "not_a_pdf"},
}
SPECIFICATIONS = (
    "1cp2-gcse-computer-science-spec.pdf",
    "1cp0-gcse-computer-science-2013-spec.pdf",
    "1ma1-gcse-mathematics-spec.pdf",
)


def noticed(parsed, path):
    standing = STANDING.get(path, set())
    return replace(parsed, findings=tuple(each for each in parsed.findings if each.rule not in standing))


@pytest.mark.parametrize("path", SPECIFICATIONS)
def test_a_specification_that_lost_something_is_noticed(shared_data, path):
    content = shared_data(FOLDER + path).read_bytes()
    pdf = with_rules(read_pdf(content, name=path), content)
    check_document(
        lambda each: noticed(read_specification(each, name=path, subject=None, qualification="GCSE"), path), pdf
    )


def test_a_page_of_materials_that_lost_something_is_noticed(shared_data):
    path = "9aa0-arabic-coursematerials.html"
    content = shared_data(FOLDER + path).read_bytes()
    check_bytes(
        lambda each: noticed(board.parse(each, name=path, subject="9AA0", qualification="A-Level"), path), content
    )


@pytest.mark.parametrize("path", ["1cp0-01-june2016-question-paper.pdf", "1cp0-01-june2016-mark-scheme.pdf"])
def test_a_paper_that_lost_something_is_noticed(shared_data, path):
    cover = read_pdf(shared_data(FOLDER + path).read_bytes(), name=path, page_limit=1)
    check_document(lambda each: reading(each, path), cover)


def reading(cover, path):
    # What is not known as a paper is read as a specification, which its cover does not say it is.
    parsed = read_cover(cover, name=path, subject="1CP0")
    return parsed or read_specification(cover, name=path, subject="1CP0", qualification="GCSE")
