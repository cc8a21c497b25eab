"""Dumps that lost pages or lines, in the families of Pearson's A-levels: 200 mutations of each real text."""

from dataclasses import replace

import pytest
from tests.greenroom_exams.layouts import lantern_dumps
from tests.greenroom_exams.layouts.lantern_dumps import pdf_of
from tests.greenroom_exams.mutations import check_document

from greenroom_exams.layouts import lettered_statements, native_themes, numbered_statements
from greenroom_exams.layouts.families import chosen

FAMILIES = (lettered_statements.FAMILY, numbered_statements.FAMILY, native_themes.FAMILY)
# What a dump cannot hold: a person is told of it in any case, so that it must not count as having been noticed.
OF_DUMPS = {"formula_broken", "aspects_not_split", "reading_order", "presentation_forms"}


def read(pdf):
    parsed = chosen(pdf, FAMILIES, name="dump.txt")
    return replace(parsed, findings=tuple(each for each in parsed.findings if each.rule not in OF_DUMPS))


MADE = (lantern_dumps.lettered, lantern_dumps.numbered, lantern_dumps.native)


@pytest.mark.parametrize(("make", "family"), list(zip(MADE, FAMILIES, strict=True)))
def test_each_made_up_dump_is_taken_by_its_own_family(make, family):
    parsed = chosen(pdf_of(make()), FAMILIES, name="dump.txt")
    assert (parsed.layout, parsed.tried, parsed.findings) == (family.name, {family.name: 1.0}, ())


@pytest.mark.parametrize("code", ["9bs0", "9ch0", "9aa0"])
def test_a_dump_that_lost_something_is_refused_held_or_as_good_as_whole(code, shared_data):
    pdf = pdf_of(shared_data(f"uk/edexcel/{code}-spec-text.txt").read_bytes())
    assert read(pdf).findings == ()
    check_document(read, pdf)
