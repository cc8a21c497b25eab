"""Pearson's A-level dumps that lost something: 200 mutations of each text, and 200 of its lines."""

from dataclasses import replace

import pytest
from tests.greenroom_exams.mutations import check_bytes, check_document

from greenroom_exams.boards import edexcel
from greenroom_exams.layouts.headed_text import read_dump

CODES = ("9BS0", "9CH0", "9AA0")
# What a dump cannot hold: a person is told of it in any case, so that it must not count as having been noticed.
OF_DUMPS = {"formula_broken", "aspects_not_split", "reading_order", "presentation_forms"}


def unheld(parsed):
    return replace(parsed, findings=tuple(each for each in parsed.findings if each.rule not in OF_DUMPS))


@pytest.mark.parametrize("code", CODES)
def test_a_damaged_text_is_refused_held_or_as_good_as_whole(code, shared_data):
    content = shared_data(f"uk/edexcel/{code.lower()}-spec-text.txt").read_bytes()
    asked = {"name": f"file:///{code}.txt", "subject": code, "qualification": "A-Level"}
    check_bytes(lambda damaged: unheld(edexcel.parse(damaged, **asked)), content)


@pytest.mark.parametrize("code", CODES)
def test_a_document_that_lost_pages_or_lines_is_refused_held_or_as_good_as_whole(code, shared_data):
    pdf = read_dump(shared_data(f"uk/edexcel/{code.lower()}-spec-text.txt").read_bytes(), name=f"{code}.txt")
    asked = {"name": f"file:///{code}.txt", "subject": code, "qualification": "A-Level"}
    check_document(lambda damaged: unheld(edexcel.read_specification(damaged, **asked)), pdf)
