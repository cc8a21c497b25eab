"""OCR's real documents that lost something on the way: 200 of each are refused, held, or right but for a twentieth.

What is told of the whole document too, such as that a dump has both columns on one line, holds no mutation here:
each must be noticed by what it lost.
"""

from dataclasses import replace

import pytest
from tests.greenroom_exams.mutations import check_bytes, check_document

from greenroom.model.errors import SourceEmpty
from greenroom_exams.boards import ocr
from greenroom_exams.documents import Parsed
from greenroom_exams.layouts import content_clarification, tabbed_pages
from greenroom_exams.layouts.pdf_lines import read_pdf

SPECIFICATION = "uk/ocr/j277-gcse-computer-science-spec.pdf"
GUIDE = "uk/ocr/h446-subject-content-clarification.pdf"
DUMPS = ("H420", "H432", "H505")
PAPERS = ("621076-question-paper-computer-systems", "621302-mark-scheme-computer-systems")
FINDERS = ("J560", "J250", "J625", "J351", "J382", "alevel")
GLANCES = (("H240", "A-Level"), ("H446", "A-Level"), ("H505", "A-Level"), ("H505", "AS-Level"))


def noticing(read, whole):
    """The same reading without the findings that the whole document has."""
    told = {(finding.rule, finding.message) for finding in read(whole).findings}

    def without(mutated):
        parsed = read(mutated)
        return replace(parsed, findings=tuple(f for f in parsed.findings if (f.rule, f.message) not in told))

    return without


def bytes_reader(qualification, name):
    return lambda content: ocr.board.parse(content, name=name, subject=None, qualification=qualification)


@pytest.mark.parametrize("code", DUMPS)
def test_real_dumps_that_lost_something(shared_data, code):
    pdf = tabbed_pages.read_dump(shared_data(f"uk/ocr/{code}-spec-text.txt").read_bytes(), name=code)

    def read(mutated):
        return ocr.read_specification(mutated, name=code, subject=None, qualification="A-Level")

    check_document(noticing(read, pdf), pdf)


def test_the_real_specification_that_lost_something(shared_data):
    pdf = read_pdf(shared_data(SPECIFICATION).read_bytes(), name="j277.pdf")
    check_document(lambda mutated: ocr.read_specification(mutated, name="a", subject=None, qualification="GCSE"), pdf)


def test_the_real_guide_that_lost_something(shared_data):
    def read(mutated):
        reading = content_clarification.read(mutated)
        if reading is None:
            raise SourceEmpty("no guide", hint="none")
        return Parsed(None, reading.topics, (), reading.findings)

    check_document(read, read_pdf(shared_data(GUIDE).read_bytes(), name="guide.pdf"))


@pytest.mark.parametrize(("which", "qualification"), GLANCES)
def test_real_pages_at_a_glance_that_lost_something(shared_data, which, qualification):
    content = shared_data(f"uk/ocr/{which}-specification-at-a-glance.html").read_bytes()
    check_bytes(noticing(bytes_reader(qualification, "glance.html"), content), content)


@pytest.mark.parametrize("which", FINDERS)
def test_real_finder_pages_that_lost_something(shared_data, which):
    content = shared_data(f"uk/ocr/past-paper-finder-{which}.html").read_bytes()
    check_bytes(noticing(bytes_reader("A-Level" if which == "alevel" else "GCSE", "finder.html"), content), content)


@pytest.mark.parametrize("file", PAPERS)
def test_real_papers_that_lost_something(shared_data, file):
    def read(mutated):
        parsed = ocr.read_single(mutated, name=f"{file}.pdf", subject="H446", qualification="A-Level")
        if parsed is None:
            raise SourceEmpty("no paper", hint="none")
        return parsed

    check_document(read, read_pdf(shared_data(f"uk/ocr/{file}.pdf").read_bytes(), name=file, page_limit=1))
