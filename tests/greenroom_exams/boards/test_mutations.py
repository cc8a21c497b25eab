"""Specifications that lost pages or lines: whatever leaves a hole in the numbers is refused or held."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.greenroom_exams.layouts import lantern

from greenroom.model.errors import SourceError
from greenroom_exams.boards import aqa, edexcel, ocr
from greenroom_exams.layouts.pdf_lines import read_pdf

READERS: dict[str, tuple[Any, Callable[[], bytes], str]] = {
    "AQA": (aqa.read_specification, lantern.aqa, "uk/aqa/8525-gcse-computer-science-spec.pdf"),
    "OCR": (ocr.read_specification, lantern.ocr, "uk/ocr/j277-gcse-computer-science-spec.pdf"),
    "Edexcel": (edexcel.read_specification, lantern.edexcel, "uk/edexcel/1cp2-gcse-computer-science-spec.pdf"),
}
MUTATIONS = 50


@pytest.fixture(params=READERS)
def reader(request):
    return request.param


def test_made_up_specifications_that_lost_something_are_held(reader):
    read, make, _ = READERS[reader]
    check_mutations(read, read_pdf(make(), name="lantern.pdf"))


def test_real_specifications_that_lost_something_are_held(reader, shared_data):
    read, _, path = READERS[reader]
    check_mutations(read, read_pdf(shared_data(path).read_bytes(), name="real.pdf"))


def check_mutations(read, pdf):
    whole = {topic.code for topic in read_codes(read, pdf)}
    let_through = []
    for seed in range(MUTATIONS):
        mutated = mutate(pdf, random.Random(seed))
        try:
            parsed = read(mutated, name="mutated.pdf", subject=None, qualification="GCSE")
        except SourceError:
            continue
        codes = {topic.code for topic in parsed.topics}
        held = any(finding.severity == "error" for finding in parsed.findings)
        if has_hole(codes, whole) and not held:
            let_through.append((seed, sorted(whole - codes)))
    assert let_through == []


def read_codes(read, pdf):
    parsed = read(pdf, name="whole.pdf", subject=None, qualification="GCSE")
    assert parsed.findings == ()
    return parsed.topics


def mutate(pdf, chance):
    """Without a page, without a run of lines, or cut off, always behind the cover."""
    pages = list(pdf.pages)
    kind = chance.choice(("page", "lines", "cut"))
    index = chance.randrange(1, len(pages))
    if kind == "page":
        del pages[index]
    elif kind == "cut":
        lines = pages[index].lines
        pages = [*pages[:index], replace(pages[index], lines=lines[: chance.randrange(len(lines) + 1)])]
    else:
        lines = pages[index].lines
        start = chance.randrange(len(lines) + 1)
        pages[index] = replace(pages[index], lines=lines[:start] + lines[start + chance.randrange(1, 30) :])
    return replace(pdf, pages=tuple(pages))


def has_hole(codes, whole):
    """Whether a lost code has a younger sibling or a child that is still there."""
    lost = whole - codes
    return any(code.startswith(f"{gone}.") or is_younger_sibling(code, gone) for gone in lost for code in codes)


def is_younger_sibling(code, gone):
    parent, _, number = code.rpartition(".")
    gone_parent, _, gone_number = gone.rpartition(".")
    return parent == gone_parent and number.isdigit() and gone_number.isdigit() and int(number) > int(gone_number)
