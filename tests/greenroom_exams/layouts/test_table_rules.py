"""Lines ruled across a page: rows between them without any text are noticed, in the pages that hold the tables."""

from dataclasses import replace

import pytest
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom_exams.layouts.pdf_lines import read_pdf
from greenroom_exams.layouts.table_rules import check_ruled_rows, with_rules

# Rows from 700 to 680 and to 640; then two tables' distance to 400, and a row too low for a line of text.
RULES = (700, 680, 640, 400, 385)


def page(*bases):
    pdf = read_pdf(make_pdf([[Text(60, base, "trim the wick") for base in (*bases, 500)]]), name="lantern.pdf")
    return replace(pdf, pages=tuple(replace(each, rules=RULES) for each in pdf.pages))


def test_rows_with_text_pass():
    assert list(check_ruled_rows(page(690, 660), 1, 1)) == []


@pytest.mark.parametrize(("bases", "row"), [((660,), "700 and 680"), ((690,), "680 and 640")])
def test_a_row_without_text_is_noticed(bases, row):
    (finding,) = check_ruled_rows(page(*bases), 1, 1)
    assert (finding.rule, finding.severity, finding.position) == ("row_without_text", "error", "page 1")
    assert row in finding.message


def test_other_pages_are_not_looked_at():
    assert list(check_ruled_rows(page(), 2, 3)) == []


def test_a_document_whose_rules_were_not_read_tells_nothing():
    pdf = read_pdf(make_pdf([[Text(60, 700, "trim the wick")]]), name="lantern.pdf")
    assert list(check_ruled_rows(pdf, 1, 1)) == []


def test_the_real_rows_are_as_many_as_the_outcomes(shared_data):
    content = shared_data("uk/edexcel/1cp0-gcse-computer-science-2013-spec.pdf").read_bytes()
    pdf = with_rules(read_pdf(content, name="real.pdf"), content)
    heights = pdf.pages[10].rules
    # a head and eleven outcomes stand on the fifth printed page
    assert len(heights) - 1 == 12
