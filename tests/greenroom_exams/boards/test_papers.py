import pytest
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom.model.errors import ContractBroken
from greenroom_exams.boards import aqa, edexcel, ocr
from greenroom_exams.documents import PAPER_TYPES
from greenroom_exams.layouts.paper_title import TYPE_WORDS
from greenroom_exams.papers import FIRST_PAGE_MARKS, check_type, paper_type, read_paper

REAL_TYPES = {
    "uk/aqa/7402-paper1-june2024-a.pdf": "mark scheme",
    "uk/aqa/7402-paper2-june2024-b.pdf": "mark scheme",
    "uk/aqa/7136-1-series-conflict-2020-a.pdf": "question paper",
    "uk/aqa/7136-1-series-conflict-2020-b.pdf": "mark scheme",
    "uk/edexcel/1cp0-01-june2016-question-paper.pdf": "question paper",
    "uk/edexcel/1cp0-01-june2016-mark-scheme.pdf": "mark scheme",
    "uk/ocr/621076-question-paper-computer-systems.pdf": "question paper",
    "uk/ocr/621302-mark-scheme-computer-systems.pdf": "mark scheme",
    "uk/sqa/N5_Practical-Electronics_QP_2024.pdf": "question paper",
    "uk/sqa/mi_N5_Practical-Electronics_mi_2024.pdf": "mark scheme",
    "uk/aqa/8525-gcse-computer-science-spec.pdf": None,
}
REAL_PAPERS = {
    "uk/aqa/7402-paper1-june2024-a.pdf": (aqa, "7402/1", "mark scheme", 2024, "June", None),
    "uk/aqa/7402-paper2-june2024-b.pdf": (aqa, "7402/2", "mark scheme", 2024, "June", None),
    "uk/edexcel/1cp0-01-june2016-question-paper.pdf": (edexcel, "1CP0/01", "question paper", 2016, "June", 90),
    "uk/edexcel/1cp0-01-june2016-mark-scheme.pdf": (edexcel, "1CP0/01", "mark scheme", 2016, "June", None),
    "uk/ocr/621076-question-paper-computer-systems.pdf": (ocr, "H446/01", "question paper", 2019, "June", 140),
    "uk/ocr/621302-mark-scheme-computer-systems.pdf": (ocr, "H446/01", "mark scheme", 2019, "June", None),
}


def pdf(*lines, title=""):
    return make_pdf([[Text(60, 700 - 20 * index, line) for index, line in enumerate(lines)]], title=title)


def parse(content, *, name="lantern.pdf", subject=None, board=aqa, qualification="GCSE"):
    return board.board.parse(content, name=name, subject=subject, qualification=qualification)


def test_every_type_that_is_read_is_in_the_vocabulary():
    assert {kind for _, kind, _ in TYPE_WORDS} | {kind for kind, _ in FIRST_PAGE_MARKS} <= set(PAPER_TYPES)


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (("Lantern Studies", "Mark scheme"), "mark scheme"),
        (("Question Paper", "Finalised Marking Instructions"), "mark scheme"),
        (("Specimen paper", "Mark scheme"), "specimen mark scheme"),
        (("Report on the Examination",), "examiner report"),
        (("Examiners' report",), "examiner report"),
        (("You need the insert.", "Time allowed: 2 hours"), "question paper"),
        (("SPECIMEN", "Time allowed: 2 hours"), "specimen question paper"),
        (("INSERT", "Sources A to C"), "insert"),
        (("Dear reader",), None),
    ],
)
def test_the_first_page_tells_the_type(lines, kind):
    assert paper_type(pdf(*lines))[0] == kind


def test_the_title_tells_the_type_where_the_first_page_is_silent():
    kind, evidence = paper_type(pdf("8999/1", title="Mark scheme: Paper 1 - June 2033"))
    assert (kind, evidence) == ("mark scheme", "title is 'Mark scheme: Paper 1 - June 2033'")


def test_a_claim_that_the_first_page_contradicts_is_an_error():
    (finding,) = check_type(pdf("8999/1", "Mark scheme"), claimed="question paper", name="paper1.pdf")
    assert (finding.rule, finding.severity) == ("paper_type_mismatch", "error")
    assert (
        finding.message == "paper1.pdf is given as a question paper but is a mark scheme: first page says 'Mark scheme'"
    )


def test_a_claim_that_nothing_confirms_is_a_warning():
    (finding,) = check_type(pdf("Dear reader"), claimed="question paper")
    assert (finding.rule, finding.severity) == ("paper_type_unknown", "warning")


def test_a_claim_that_is_true_is_no_finding():
    assert check_type(pdf("Mark scheme"), claimed="mark scheme") == ()


def test_a_paper_becomes_one_row():
    lines = (
        "AQA GCSE Lantern Studies",
        "Paper 1",
        "8999/1",
        "Monday 6 June 2033",
        "Time allowed: 1 hour",
        "The maximum mark for this paper is 70.",
    )
    (paper,) = parse(pdf(*lines), subject="8999").papers
    assert (paper.component_code, paper.paper_number, paper.year, paper.series) == ("8999/1", 1, 2033, "June")
    assert (paper.type, paper.marks, paper.url) == ("question paper", 70, "lantern.pdf")


def test_a_qualification_number_is_no_component():
    page = read_paper(pdf("J999/01", "601/4911/5", "Time allowed: 1 hour"), name="a.pdf")
    assert (page.facts.component, page.qualification_number) == ("J999/01", "601/4911/5")


@pytest.mark.parametrize("name", ["question_paper_paper1_2033_June.pdf", "AQA-89991-QP-JUN33.PDF"])
def test_a_file_name_that_claims_another_type_is_a_finding(name):
    parsed = parse(pdf("8999/1", "Mark scheme", "June 2033"), name=name)
    assert [(finding.rule, finding.severity) for finding in parsed.findings] == [("paper_type_mismatch", "error")]
    assert parsed.papers[0].type == "mark scheme"


def test_a_paper_of_no_sure_series_is_no_row():
    parsed = parse(pdf("8999/1", "Mark scheme", "June 2033", "November 2033"))
    assert parsed.papers == ()
    assert [finding.rule for finding in parsed.findings] == ["paper_without_series"]


def test_a_paper_of_another_subject_is_refused():
    with pytest.raises(ContractBroken, match="a paper of 8999, not of 8998"):
        parse(pdf("8999/1", "Mark scheme", "June 2033"), subject="8998")


def test_a_paper_of_another_board_is_refused():
    with pytest.raises(ContractBroken, match="not one of OCR"):
        parse(pdf("8999/1", "Mark scheme", "June 2033"), board=ocr)


@pytest.mark.parametrize("path", REAL_TYPES)
def test_real_papers_tell_their_type(shared_data, path):
    assert paper_type(shared_data(path).read_bytes())[0] == REAL_TYPES[path]


@pytest.mark.parametrize("path", ["uk/aqa/7402-paper1-june2024-a.pdf", "uk/aqa/7402-paper2-june2024-b.pdf"])
def test_real_mark_schemes_saved_as_question_papers_are_caught(shared_data, path):
    (finding,) = check_type(shared_data(path).read_bytes(), claimed="question paper")
    assert (finding.rule, finding.severity) == ("paper_type_mismatch", "error")


@pytest.mark.parametrize("path", REAL_PAPERS)
def test_real_papers_become_one_row(shared_data, path):
    board, *expected = REAL_PAPERS[path]
    # H446 is an A level; OCR's codes tell.
    qualification = "A-Level" if board is ocr else "GCSE"
    name = path.rpartition("/")[2]
    parsed = parse(shared_data(path).read_bytes(), name=name, board=board, qualification=qualification)
    (paper,) = parsed.papers
    assert [paper.component_code, paper.type, paper.year, paper.series, paper.marks] == expected
    assert parsed.findings == ()


@pytest.mark.parametrize(
    "path", ["uk/aqa/7136-1-series-conflict-2020-a.pdf", "uk/aqa/7136-1-series-conflict-2020-b.pdf"]
)
def test_a_real_paper_whose_witnesses_disagree_waits_for_a_human(shared_data, path):
    parsed = parse(shared_data(path).read_bytes(), name="paper.pdf")
    (finding,) = parsed.findings
    assert (finding.rule, finding.severity) == ("paper_series_mismatch", "error")
    assert "title says November" in finding.message
    assert "first page says June" in finding.message
    assert (parsed.papers[0].series, parsed.papers[0].year) == ("November", 2020)


def test_real_papers_of_another_board_are_refused(shared_data):
    with pytest.raises(ContractBroken, match="not one of AQA"):
        parse(shared_data("uk/sqa/N5_Practical-Electronics_QP_2024.pdf").read_bytes())
