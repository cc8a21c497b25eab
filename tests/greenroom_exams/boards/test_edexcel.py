import re
from collections import Counter

import pytest
from tests.greenroom_exams.boards.pages import made_up
from tests.greenroom_exams.layouts import lantern

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.boards.edexcel import board

SPECIFICATION = "uk/edexcel/1cp2-gcse-computer-science-spec.pdf"
PREDECESSOR = "uk/edexcel/1cp0-gcse-computer-science-2013-spec.pdf"
OUTCOMES = lantern.EDEXCEL_OUTCOMES
MATERIALS = "uk/edexcel/9aa0-arabic-coursematerials.html"
COUNTS = {
    **{"1.1": 2, "1.2": 7, "1.3": 1, "2.1": 6, "2.2": 4, "2.3": 2, "3.1": 3, "3.2": 3, "3.3": 2, "4.1": 8, "4.2": 1},
    **{"5.1": 1, "5.2": 3, "5.3": 2, "6.1": 6, "6.2": 2, "6.3": 3, "6.4": 4, "6.5": 3, "6.6": 3},
}


def parse(content, *, name="specification.pdf", subject=None, qualification="GCSE"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


def counted(parsed):
    return dict(Counter(topic.parent_code for topic in parsed.topics if topic.level == 2))


def materials(page=None):
    return parse(page or made_up("edexcel_course_materials.html"), name="page.html", qualification="A-Level")


def test_a_specification_gives_its_tree_with_whole_titles_and_outcomes():
    parsed = parse(lantern.edexcel(), subject="9LS9")
    assert [(topic.code, topic.name, topic.level, topic.parent_code) for topic in parsed.topics] == [
        ("1", "Flame", 0, None),
        ("1.1", "Wicks and oils", 1, "1"),
        ("1.1.1", "understand why a wick is trimmed and how a self-trimming one works", 2, "1.1"),
        ("1.1.2", "be able to fill a lantern", 2, "1.1"),
        ("1.2", "Glass", 1, "1"),
        ("1.2.1", "understand why glass blackens", 2, "1.2"),
        ("2", "Carrying", 0, None),
        ("2.1", "Handles", 1, "2"),
        ("2.1.1", "be able to carry a lit lantern", 2, "2.1"),
    ]
    assert parsed.findings == ()


def test_a_missing_outcome_is_a_finding():
    outcomes = [each for each in lantern.EDEXCEL_OUTCOMES if each[1] != "1.1.1"]
    assert ("numbering_gap", "error") in rules(parse(lantern.edexcel(outcomes=outcomes)))


def test_a_spoilt_letter_in_an_outcome_is_a_finding():
    outcomes = [
        (title, code, tuple(line.replace("lantern", "lan•ern") for line in lines)) for title, code, lines in OUTCOMES
    ]
    assert rules(parse(lantern.edexcel(outcomes=outcomes))) == [("unreadable_character", "error")]


def test_an_outcome_without_its_subtopic_is_a_finding():
    outcomes = [(title.replace("1.2 Glass", ""), code, lines) for title, code, lines in lantern.EDEXCEL_OUTCOMES]
    assert rules(parse(lantern.edexcel(outcomes=outcomes))) == [("missing_parent", "error")]


def test_a_specification_without_outcomes_is_empty():
    with pytest.raises(SourceEmpty, match="is laid out as none of ruled table of outcomes"):
        parse(lantern.edexcel(outcomes=()).replace(b"(2.1.1)", b"(x)"))


def test_results_become_papers():
    parsed = materials()
    assert [(paper.component_code, paper.year, paper.series, paper.type) for paper in parsed.papers] == [
        ("9LS0/01", 2033, "June", "question paper"),
        ("9LS0/01", 2033, "June", "mark scheme"),
        ("9LS0/01", 2032, "November", "question paper"),
        ("9LS0/01", 2032, "November", "mark scheme"),
    ]
    assert parsed.counts == {"items": 6, "pdfs": 4, "rows": 4, "series": 2, "gated": 1}
    assert rules(parsed) == [("gated", "warning"), ("not_a_pdf", "warning")]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"9ls0-01-que-20330522", b"9ls0-01-que-20320522", "paper_year_mismatch"),
        (b"9ls0-01-que-20330522", b"9ls0-01-que-20331022", "paper_series_mismatch"),
        (b"9ls0-01-que-20330522", b"9ls0-01-pef-20330822", "paper_type_mismatch"),
        (b"9ls0-01-que-20330522", b"9ls0-02-que-20330522", "paper_paper_number_mismatch"),
        (b"9ls0-01-que-20330522", b"9lx0-01-que-20330522", "subject_code_differs"),
        (b">Mark scheme - A Level", b">Lantern lore - A Level", "unknown_type"),
    ],
)
def test_witnesses_that_disagree_are_findings(old, new, rule):
    page = made_up("edexcel_course_materials.html")
    assert old in page
    assert (rule, "error") in rules(materials(page.replace(old, new)))


def test_a_file_name_out_of_the_grammar_is_a_finding_not_a_guess():
    page = made_up("edexcel_course_materials.html").replace(b"9ls0-01-que-20330522", b"lantern-paper")
    parsed = materials(page)
    assert parsed.papers[0].component_code is None
    assert ("unknown_file_name", "warning") in rules(parsed)


def test_the_real_specification_has_its_levels(shared_data):
    parsed = parse(shared_data(SPECIFICATION).read_bytes(), subject="1CP2")
    assert Counter(topic.level for topic in parsed.topics) == {0: 6, 1: 20, 2: 66}
    assert Counter(topic.parent_code for topic in parsed.topics if topic.level == 1) == {
        **{"1": 3, "2": 3, "3": 3},
        **{"4": 2, "5": 3, "6": 6},
    }
    assert counted(parsed) == COUNTS
    assert parsed.findings == ()


def test_the_real_outcomes_are_as_many_as_the_raw_text_has(shared_data):
    import pypdfium2

    content = shared_data(SPECIFICATION).read_bytes()
    document = pypdfium2.PdfDocument(content)
    try:
        text = "\n".join(document[index].get_textpage().get_text_bounded() for index in range(8, 17))
    finally:
        document.close()
    raw = re.findall(r"\b\d\.\d\.\d\b", text)
    assert raw == [topic.code for topic in parse(content).topics if topic.level == 2]


def test_the_real_specification_has_its_titles(shared_data):
    topics = {topic.code: topic for topic in parse(shared_data(SPECIFICATION).read_bytes()).topics}
    assert [topics[str(number)].name for number in range(1, 7)] == [
        "Computational thinking",
        "Data",
        "Computers",
        "Networks",
        "Issues and impact",
        "Problem solving with programming",
    ]
    titles = {
        "1.1": "Decomposition and abstraction",
        "2.3": "Data storage and compression",
        "3.3": "Programming languages",
        "4.2": "Network security",
        "5.2": "Ethical and legal",
        "6.3": "Data types and structures",
    }
    assert {code: topics[code].name for code in titles} == titles
    assert topics["4.1.3"].name == "understand how the internet is structured (IP addressing, routers)"
    assert topics["6.2.2"].name.endswith("and single entry/exit points from code blocks and subprograms")
    assert (topics["1.2.7"].page, topics["1.2.7"].parent_code) == (10, "1.2")
    assert (topics["5.3.2"].component_code, topics["6.1.1"].component_code) == ("1CP2/01", "1CP2/02")


def test_no_real_title_holds_a_running_head_or_a_page_number(shared_data):
    names = [topic.name for topic in parse(shared_data(SPECIFICATION).read_bytes()).topics]
    assert [name for name in names if re.search(r"Pearson|Issue 1|Students should|Subject content|\d$", name)] == []


def test_the_real_predecessor_has_its_levels(shared_data):
    parsed = parse(shared_data(PREDECESSOR).read_bytes(), subject="1CP0")
    topics = {topic.code: topic for topic in parsed.topics}
    assert Counter(topic.level for topic in parsed.topics) == {0: 6, 1: 21, 2: 88}
    assert (topics["1.2"].name, topics["2.4"].name) == ("Decomposition", "Input/output")
    assert topics["6.1"].name == "Emerging trends, issues and impact"
    assert topics["3.4.1"].name == "Understand the need for data encryption"
    assert parsed.findings == ()


def test_the_real_materials_are_counted_exactly(shared_data):
    parsed = parse(shared_data(MATERIALS).read_bytes(), name="page.html", subject="9AA0", qualification="A-Level")
    assert parsed.counts == {"items": 68, "pdfs": 45, "rows": 45, "series": 5, "gated": 12, "promised": 68}
    assert Counter(paper.type for paper in parsed.papers) == {
        "question paper": 15,
        "mark scheme": 15,
        "examiner report": 15,
    }
    assert Counter((paper.year, paper.series) for paper in parsed.papers) == {
        (2024, "June"): 9,
        (2023, "June"): 9,
        (2022, "June"): 9,
        (2021, "November"): 9,
        (2020, "November"): 9,
    }
    assert len({paper.identity for paper in parsed.papers}) == 45
    assert rules(parsed) == [("gated", "warning"), ("not_a_pdf", "warning")]


def test_a_real_file_name_without_its_hyphen_is_read(shared_data):
    papers = parse(shared_data(MATERIALS).read_bytes(), name="page.html", qualification="A-Level").papers
    found = [paper for paper in papers if paper.url.endswith("9aa0-03-rms20240815.pdf")]
    assert [(paper.component_code, paper.type, paper.year) for paper in found] == [("9AA0/03", "mark scheme", 2024)]


def test_a_real_page_whose_results_never_came_is_empty(shared_data):
    with pytest.raises(SourceEmpty, match="no course materials"):
        parse(shared_data("uk/edexcel/9dr0-drama-coursematerials-empty.html").read_bytes(), name="page.html")


def test_a_page_of_another_site_is_refused():
    with pytest.raises(ContractBroken, match="not as a page of Pearson"):
        parse(made_up("aqa_assessment_resources.html"), name="page.html")
