"""Pearson's A-level dumps that lost something: 200 mutations of the bytes of each, read by the board."""

from dataclasses import replace

import pytest
from tests.greenroom_exams.mutations import check_bytes

from greenroom_exams.boards import edexcel

# What a dump cannot hold: a person is told of it in any case, so that it must not count as having been noticed.
OF_DUMPS = {"formula_broken", "aspects_not_split", "reading_order", "presentation_forms"}


@pytest.mark.parametrize("code", ["9BS0", "9CH0", "9AA0"])
def test_a_damaged_text_is_refused_held_or_as_good_as_whole(code, shared_data):
    content = shared_data(f"uk/edexcel/{code.lower()}-spec-text.txt").read_bytes()

    def read(damaged):
        parsed = edexcel.parse(damaged, name=f"file:///{code}.txt", subject=code, qualification="A-Level")
        return replace(parsed, findings=tuple(each for each in parsed.findings if each.rule not in OF_DUMPS))

    check_bytes(read, content)
