from collections import Counter

import pytest
from tests.greenroom_exams.boards.pages import made_up
from tests.greenroom_exams.layouts import lantern

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.boards.aqa import board

SPECIFICATION = "uk/aqa/8525-gcse-computer-science-spec.pdf"
RESOURCES = "uk/aqa/7402-assessment-resources-page1.html"


def parse(content, *, name="specification.pdf", subject=None, qualification="GCSE"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


def test_a_specification_gives_its_subject():
    subject = parse(lantern.aqa()).subject
    assert (subject.code, subject.name, subject.exam_board) == ("8999", "Lantern Studies", "AQA")
    assert (subject.qualification_type, subject.spec_version, subject.spec_start_year) == ("GCSE", "1.0", 2031)


def test_a_specification_gives_its_tree_with_whole_titles():
    parsed = parse(lantern.aqa())
    assert [(topic.code, topic.name, topic.level, topic.parent_code) for topic in parsed.topics] == [
        ("3.1", "Flame", 0, None),
        ("3.1.1", "Wicks and oils in a self-trimming lantern", 1, "3.1"),
        ("3.1.2", "Glass", 1, "3.1"),
        ("3.2", "Carrying", 0, None),
    ]
    assert parsed.findings == ()
    assert parsed.confidence == 1.0


def test_the_left_column_is_what_a_topic_covers():
    topics = {topic.code: topic for topic in parse(lantern.aqa()).topics}
    assert topics["3.1.1"].description == "Explain how it burns and why it goes out."
    assert topics["3.1"].description is None


def test_an_outline_that_says_otherwise_is_a_finding():
    outline = [(level, title.replace("Glass", "Panes"), page) for level, title, page in lantern.AQA_OUTLINE]
    assert rules(parse(lantern.aqa(outline=outline))) == [("witnesses_disagree", "error")]


def test_a_heading_that_is_only_in_the_outline_is_a_finding():
    headings = [each for each in lantern.AQA_HEADINGS if "3.2" not in each[1]]
    assert rules(parse(lantern.aqa(headings=headings))) == [("witnesses_disagree", "error")]


def test_a_missing_number_is_a_finding():
    headings = [(19, "3.1 Flame"), (16, "3.1.1 Wicks"), (16, "3.1.3 Glass")]
    outline = [(0, "3 Subject content", 4), (1, "3.1 Flame", 4), (2, "3.1.1 Wicks", 4), (2, "3.1.3 Glass", 4)]
    findings = parse(lantern.aqa(headings=headings, outline=outline)).findings
    assert [finding.message for finding in findings] == ["gap in numbering: 3.1.3 comes where 3.1.2 was expected"]


def test_a_specification_without_headings_is_empty():
    with pytest.raises(SourceEmpty, match="no numbered headings"):
        parse(lantern.aqa(headings=[(10, "Words")]))


def test_a_specification_without_an_outline_is_refused():
    with pytest.raises(ContractBroken, match="no outline"):
        parse(lantern.aqa(outline=()))


def test_cards_become_papers():
    parsed = parse(made_up("aqa_assessment_resources.html"), name="page.html", subject="8999")
    assert [(paper.component_code, paper.tier, paper.year, paper.series, paper.type) for paper in parsed.papers] == [
        ("8999/1F", "Foundation", 2033, "June", "question paper"),
        ("8999/1F", "Foundation", 2033, "June", "question paper"),
        ("8999/1H", "Higher", 2033, "June", "mark scheme"),
        ("8999/2H", "Higher", 2032, "November", "examiner report"),
    ]
    assert parsed.findings == ()


def test_a_modified_paper_is_marked():
    papers = parse(made_up("aqa_assessment_resources.html"), name="page.html").papers
    assert [(paper.modified, paper.variant) for paper in papers[:2]] == [(False, None), (True, "MQP18A4")]


def test_a_card_whose_id_says_otherwise_is_a_finding():
    page = made_up("aqa_assessment_resources.html").replace(
        b"Mark scheme: Paper 1 - June", b"Question paper: Paper 1 - May"
    )
    assert ("paper_type_mismatch", "error") in rules(parse(page, name="page.html"))


def test_a_page_that_shows_fewer_than_it_promises_is_a_finding():
    page = made_up("aqa_assessment_resources.html").replace(b"Showing 4", b"Showing 40")
    assert rules(parse(page, name="page.html")) == [("listing_incomplete", "warning")]


def test_the_page_of_another_subject_is_refused():
    with pytest.raises(ContractBroken, match="lists 8999, not 8998"):
        parse(made_up("aqa_assessment_resources.html"), name="page.html", subject="8998")


def test_a_page_without_cards_is_empty():
    with pytest.raises(SourceEmpty, match="no resources"):
        parse(b"<html><title>GCSE Lantern Studies 8999 | AQA</title></html>", name="page.html")


def test_the_real_specification_has_its_levels(shared_data):
    parsed = parse(shared_data(SPECIFICATION).read_bytes(), subject="8525")
    children = Counter(topic.parent_code for topic in parsed.topics if topic.level == 1)
    assert Counter(topic.level for topic in parsed.topics) == {0: 8, 1: 33, 2: 2}
    assert children == {"3.1": 4, "3.2": 11, "3.3": 8, "3.4": 5, "3.6": 3, "3.7": 2}
    assert [topic.code for topic in parsed.topics if topic.level == 2] == ["3.6.2.1", "3.6.2.2"]
    assert parsed.findings == ()


def test_the_real_specification_has_its_titles(shared_data):
    topics = {topic.code: topic for topic in parse(shared_data(SPECIFICATION).read_bytes()).topics}
    assert [topics[f"3.{number}"].name for number in range(1, 9)] == [
        "Fundamentals of algorithms",
        "Programming",
        "Fundamentals of data representation",
        "Computer systems",
        "Fundamentals of computer networks",
        "Cyber security",
        "Relational databases and structured query language (SQL)",
        "Ethical, legal and environmental impacts of digital technology on wider society, including issues of privacy",
    ]
    assert topics["3.2.10"].name == "Structured programming and subroutines (procedures and functions)"
    assert topics["3.6.2.2"].name == "Malicious code (malware)"
    assert (topics["3.6.2.2"].parent_code, topics["3.6.2.2"].page) == ("3.6.2", 31)
    assert (topics["3.7"].page, topics["3.8"].page) == (31, 33)


def test_the_real_columns_are_kept_apart(shared_data):
    topics = {topic.code: topic for topic in parse(shared_data(SPECIFICATION).read_bytes()).topics}
    text = topics["3.2.1"].description
    assert text.splitlines()[1:] == [
        "Understand and use the following appropriately:",
        "• integer",
        "• real",
        "• Boolean",
        "• character",
        "• string.",
    ]
    assert [code for code, topic in topics.items() if topic.description is None] == [
        "3.1",
        "3.2",
        "3.3",
        "3.4",
        "3.6",
        "3.7",
    ]


def test_the_real_specification_gives_its_subject(shared_data):
    subject = parse(shared_data(SPECIFICATION).read_bytes()).subject
    assert (subject.code, subject.name, subject.spec_version, subject.spec_start_year) == (
        "8525",
        "Computer Science",
        "1.2",
        2020,
    )


def test_the_real_specification_gives_number_years_and_components(shared_data):
    parsed = parse(shared_data(SPECIFICATION).read_bytes())
    assert (parsed.subject.qan, parsed.subject.first_assessment_year) == ("601/8301/9", 2022)
    assert [
        (each.code, each.name, each.examined, each.marks, each.duration_minutes, each.weight_percent, each.page)
        for each in parsed.components
    ] == [
        ("8525/1", "Computational thinking and programming skills", True, 90, 120, 50.0, 7),
        ("8525/2", "Computing concepts", True, 90, 105, 50.0, 8),
    ]
    assert {topic.component_code for topic in parsed.topics if topic.code < "3.3"} == {"8525/1"}
    assert {topic.component_code for topic in parsed.topics if topic.code > "3.3"} == {"8525/2"}
