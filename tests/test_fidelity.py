"""docs/reference/fidelity.md says what the parsers make of real documents today, not what they made once."""

import re
from collections import Counter

import pytest
from docs import make_fidelity

from greenroom_exams.landing import boards


@pytest.mark.timeout(300)
def test_the_page_is_what_the_command_makes(shared_data):
    told = "\n".join(make_fidelity._page(shared_data("uk"))) + "\n"
    assert make_fidelity.PAGE.read_text(encoding="utf-8") == told


def rows(heading):
    page = make_fidelity.PAGE.read_text(encoding="utf-8")
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_every_document_of_the_boards_is_on_the_page(shared_data):
    folder = shared_data("uk")
    named = {e.path for e in (*make_fidelity.SPECIFICATIONS, *make_fidelity.LISTINGS, *make_fidelity.PAPERS)}
    there = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.suffix in {".pdf", ".txt", ".html"} and path.is_file()
    }
    assert there <= named


def test_nothing_is_accepted_in_silence_that_is_no_document_of_a_board():
    outcomes = {row[0].strip("`"): row[2] for row in rows("Specifications")}
    foreign = [path for path in outcomes if "WORKING" in path or "-tree" in path]
    assert len(foreign) == 7
    assert {outcomes[path] for path in foreign} == {"refused"}


def test_every_document_is_read_held_or_refused_with_a_reason():
    for heading in ("Specifications", "Listings of papers", "Single papers"):
        for row in rows(heading):
            assert row[2] in {"read", "warned", "held", "refused"}, row
            assert row[2] == "read" or row[6], row


def test_real_proof_stands_on_a_real_document():
    """A kind of document that is called proved was read from one of that board and qualification, or says where."""
    read = Counter((e.board, e.qualification, "specification") for e in make_fidelity.SPECIFICATIONS)
    read += Counter((e.board, e.qualification, "papers") for e in make_fidelity.LISTINGS)
    # read from lists and pages that hold them beside other things
    elsewhere = {
        ("AQA", "GCSE", "papers"),
        ("OCR", "GCSE", "subject list"), ("OCR", "A-Level", "subject list"), ("OCR", "AS-Level", "subject list"),
    }  # fmt: skip
    claimed = {
        (board.code, qualification, kind)
        for board in boards().values()
        for (qualification, kind), proof in board.proof.items()
        if proof == "real"
    }
    assert claimed - set(read) - elsewhere == set()
