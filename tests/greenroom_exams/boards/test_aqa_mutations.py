"""AQA's real documents that lost something on the way: refused, held, or all but right."""

from dataclasses import replace

from tests.greenroom_exams.boards import aqa_pages as pages
from tests.greenroom_exams.boards import aqa_specifications
from tests.greenroom_exams.layouts import lantern
from tests.greenroom_exams.mutations import check_bytes, check_document

from greenroom_exams.boards.aqa import board, read_specification
from greenroom_exams.layouts.pdf_lines import read_pdf


def reader(qualification):
    return lambda pdf: read_specification(pdf, name="mutated.pdf", subject=None, qualification=qualification)


def told(rule_of_the_whole, qualification="A-Level", name="page.html"):
    """The board's reading without the findings that the whole document has already: they would hide all others."""

    def parse(content):
        parsed = board.parse(content, name=name, subject=None, qualification=qualification)
        return replace(parsed, findings=tuple(each for each in parsed.findings if each.rule != rule_of_the_whole))

    return parse


def test_the_real_specification(shared_data):
    content = shared_data("uk/aqa/8525-gcse-computer-science-spec.pdf").read_bytes()
    check_document(reader("GCSE"), read_pdf(content, name="8525.pdf"))


def test_made_up_specifications():
    check_document(reader("GCSE"), read_pdf(lantern.aqa(), name="lantern.pdf"))
    check_document(reader("A-Level"), read_pdf(aqa_specifications.combined(), name="combined.pdf"))


def test_the_real_page_of_resources(shared_data):
    content = shared_data("uk/aqa/7402-assessment-resources-page1.html").read_bytes()
    check_bytes(told("paper_without_series"), content)


def test_a_made_up_page_of_resources():
    check_bytes(told(""), pages.resources_page())


def test_a_made_up_reply_of_the_search():
    rows = [
        (f"x.2033.june.AQA-7999{number}-{kind}-JUN33_PDF", f"{words}: Paper {number} - June 2033", None)
        for number in (1, 2, 3)
        for kind, words in (("QP", "Question paper"), ("MS", "Mark scheme"))
    ]
    check_bytes(told("", name="https://www.aqa.org.uk/api/search?specCode=7999&page=1"), pages.search(rows))
