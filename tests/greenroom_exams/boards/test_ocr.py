from collections import Counter

import pytest
from tests.greenroom_exams.boards.pages import made_up
from tests.greenroom_exams.layouts import lantern

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.boards.ocr import board

SPECIFICATION = "uk/ocr/j277-gcse-computer-science-spec.pdf"
# Items, PDFs, rows, rows without a series, series headings.
FINDER_PAGES = {
    "J560": (288, 263, 263, 0, 17),
    "J250": (281, 273, 273, 0, 9),
    "J625": (87, 83, 83, 0, 4),
    "J351": (68, 62, 50, 12, 6),
    "J382": (50, 46, 46, 0, 4),
    "alevel": (37, 33, 33, 0, 4),
}
CODES = {"J382": "J383", "alevel": "H580"}


def parse(content, *, name="specification.pdf", subject=None, qualification="GCSE"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


def listing(shared_data, which, **words):
    words = {"qualification": "A-Level"} | words if which == "alevel" else words
    return parse(shared_data(f"uk/ocr/past-paper-finder-{which}.html").read_bytes(), name=f"{which}.html", **words)


def test_a_specification_gives_its_tree_by_component():
    parsed = parse(lantern.ocr(), subject="J999")
    assert [(topic.code, topic.name, topic.parent_code, topic.component_code) for topic in parsed.topics] == [
        ("J999/01", "Lanterns at rest", None, "J999/01"),
        ("1.1", "Flame", "J999/01", "J999/01"),
        ("1.1.1", "Wicks", "1.1", "J999/01"),
        ("1.1.2", "Oils", "1.1", "J999/01"),
        ("1.2", "Glass", "J999/01", "J999/01"),
        ("1.2.1", "Panes", "1.2", "J999/01"),
        ("J999/02", "Lanterns on the move", None, "J999/02"),
        ("2.1", "Carrying", "J999/02", "J999/02"),
        ("2.1.1", "Handles", "2.1", "J999/02"),
    ]
    assert [topic.level for topic in parsed.topics] == [0, 1, 2, 2, 1, 2, 0, 1, 2]
    assert parsed.findings == ()


def test_a_title_that_the_overview_tells_otherwise_is_a_finding():
    codes = [(code, title.replace("Glass", "Panes")) for code, title in lantern.OCR_CODES]
    assert rules(parse(lantern.ocr(codes=codes))) == [("witnesses_disagree", "error")]


def test_a_missing_number_is_a_finding():
    codes = [(code, title) for code, title in lantern.OCR_CODES if code != "1.1.1"]
    assert rules(parse(lantern.ocr(codes=codes))) == [("numbering_gap", "error")]


def test_a_specification_in_another_layout_is_empty():
    with pytest.raises(SourceEmpty, match="laid out as none of numbered by component, modules, unit groups"):
        parse(lantern.ocr(codes=[("A", "Flame")]).replace(b"(2.1", b"(x"))


def test_items_become_papers_with_the_tier_of_their_heading():
    parsed = parse(made_up("ocr_past_paper_finder.html"), name="page.html", subject="J999")
    assert [(paper.component_code, paper.tier, paper.type, paper.variant) for paper in parsed.papers] == [
        ("J999/01", "Foundation", "question paper", None),
        ("J999/01", "Foundation", "insert", None),
        ("J999/01", "Foundation", "mark scheme", None),
        ("J999/02", "Higher", "question paper", None),
        ("J999/02", "Higher", "erratum", None),
        ("J999/02", "Higher", "erratum", "post exam correction"),
        (None, None, "data sheet", "Wicks"),
        ("J999/01/02", None, "data sheet", "Oils"),
        ("J999/01", None, "examiner report", None),
    ]
    assert {(paper.year, paper.series) for paper in parsed.papers} == {(2033, "June"), (2032, "November")}


def test_what_is_not_taken_is_counted():
    parsed = parse(made_up("ocr_past_paper_finder.html"), name="page.html")
    assert parsed.counts == {"items": 11, "pdfs": 10, "rows": 9, "undated": 1, "series": 2, "locked": 0}
    assert rules(parsed) == [("paper_without_series", "warning"), ("not_a_pdf", "warning")]


def test_the_subject_is_named_by_the_form():
    subject = parse(made_up("ocr_past_paper_finder.html"), name="page.html").subject
    assert (subject.code, subject.name, subject.qualification_type) == ("J999", "Lantern Studies", "GCSE")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b">Question paper - Paper 2<", b">Lantern lore - Paper 2<", "unknown_type"),
        (b">Question paper - Paper 2<", b">Question paper - Paper 3<", "paper_paper_number_mismatch"),
        (b">Mark scheme - Paper 1<", b">Mark scheme - Paper 1 - Higher tier<", "paper_tier_mismatch"),
        (b">Mark scheme - Paper 1<", b">Mark scheme - Paper 1 - November<", "paper_series_mismatch"),
        (b"J999-01", b"J998-01", "subject_code_differs"),
    ],
)
def test_witnesses_that_disagree_are_findings(old, new, rule):
    page = made_up("ocr_past_paper_finder.html")
    assert old in page
    assert (rule, "error") in rules(parse(page.replace(old, new), name="page.html"))


def test_a_document_of_unknown_type_is_no_row():
    page = made_up("ocr_past_paper_finder.html").replace(b">Data sheet - Wicks<", b">Lantern lore<")
    assert len(parse(page, name="page.html").papers) == 8


def test_an_erratum_without_its_variant_would_be_a_double():
    page = made_up("ocr_past_paper_finder.html").replace(b"2 post exam correction", b"2 erratum")
    assert ("duplicate_paper", "warning") in rules(parse(page, name="page.html"))


def test_the_real_specification_has_its_levels(shared_data):
    parsed = parse(shared_data(SPECIFICATION).read_bytes(), subject="J277")
    children = Counter(topic.parent_code for topic in parsed.topics if topic.level == 2)
    assert Counter(topic.level for topic in parsed.topics) == {0: 2, 1: 11, 2: 26}
    assert children == {
        **{"1.1": 3, "1.2": 5, "1.3": 2, "1.4": 2, "1.5": 2, "1.6": 1},
        **{"2.1": 3, "2.2": 3, "2.3": 2, "2.4": 1, "2.5": 2},
    }
    assert parsed.findings == ()


def test_the_real_specification_has_its_titles(shared_data):
    topics = {topic.code: topic for topic in parse(shared_data(SPECIFICATION).read_bytes()).topics}
    assert topics["J277/01"].name == "Computer systems"
    assert topics["J277/02"].name == "Computational thinking, algorithms and programming"
    assert topics["1.6"].name == "Ethical, legal, cultural and environmental impacts of digital technology"
    assert topics["1.1.1"].name == "Architecture of the CPU"
    assert topics["1.3.2"].name == "Wired and wireless networks, protocols and layers"
    assert topics["2.5"].name == "Programming languages and Integrated Development Environments"
    assert (topics["2.5"].parent_code, topics["2.5"].page) == ("J277/02", 23)
    assert (topics["1.2.5"].parent_code, topics["1.2.5"].page) == ("1.2", 11)


def test_the_real_columns_are_kept_apart(shared_data):
    topics = {topic.code: topic for topic in parse(shared_data(SPECIFICATION).read_bytes()).topics}
    assert topics["2.2.2"].description.splitlines() == [
        "• The use of data types:",
        "• Integer",
        "• Real",
        "• Boolean",
        "• Character and string",
        "• Casting",
    ]
    assert all(topic.description for topic in topics.values() if topic.level == 2)


@pytest.mark.parametrize("which", FINDER_PAGES)
def test_the_real_finder_pages_are_counted_exactly(shared_data, which):
    counts = listing(shared_data, which).counts
    assert tuple(counts[each] for each in ("items", "pdfs", "rows", "undated", "series")) == FINDER_PAGES[which]


@pytest.mark.parametrize("which", FINDER_PAGES)
def test_the_real_codes_are_read_from_the_items(shared_data, which):
    code = CODES.get(which, which)
    parsed = listing(shared_data, which, subject=code)
    assert {paper.subject_code for paper in parsed.papers} == {code}
    assert parsed.subject.code == code


def test_a_real_page_of_another_subject_is_refused(shared_data):
    with pytest.raises(ContractBroken, match="lists J383, not J382"):
        listing(shared_data, "J382", subject="J382")


def test_a_real_page_whose_list_never_came_is_empty(shared_data):
    with pytest.raises(SourceEmpty, match="lists no documents"):
        listing(shared_data, "J730")


@pytest.mark.parametrize(
    ("which", "doubles"), [("J560", 3), ("J250", 14), ("J625", 0), ("J351", 0), ("J382", 0), ("alevel", 0)]
)
def test_real_papers_are_told_apart_or_named(shared_data, which, doubles):
    parsed = listing(shared_data, which)
    found = [finding for finding in parsed.findings if finding.rule == "duplicate_paper"]
    assert len(found) == doubles
    assert len({paper.identity for paper in parsed.papers}) == len(parsed.papers) - doubles
    assert all(finding.message.count("https://") == 2 for finding in found)


@pytest.mark.parametrize("which", FINDER_PAGES)
def test_real_pages_hold_no_other_error(shared_data, which):
    errors = {finding.rule for finding in listing(shared_data, which).findings if finding.severity == "error"}
    assert errors == set()


def test_the_real_tiers_come_from_the_headings(shared_data):
    papers = [paper for paper in listing(shared_data, "J560").papers if paper.type == "question paper"]
    tiers = {tier: {paper.paper_number for paper in papers if paper.tier == tier} for tier in ("Foundation", "Higher")}
    assert tiers == {"Foundation": {1, 2, 3}, "Higher": {4, 5, 6}}
