"""AQA's specifications for several subjects or qualifications, and what their chapters say of the components."""

import pytest
from tests.greenroom_exams.boards import aqa_specifications

from greenroom.model.errors import ContractBroken
from greenroom_exams.boards.aqa import board


def parse(content, *, subject=None, qualification="A-Level"):
    return board.parse(content, name="specification.pdf", subject=subject, qualification=qualification)


@pytest.fixture(scope="module")
def combined():
    return aqa_specifications.combined()


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


def test_of_two_qualifications_each_has_its_code_and_year(combined):
    told = [parse(combined, qualification=each).subject for each in ("AS-Level", "A-Level")]
    assert [(each.code, each.name, each.qualification_type, each.first_assessment_year) for each in told] == [
        ("7998", "Lantern Studies", "AS-Level", 2032),
        ("7999", "Lantern Studies", "A-Level", 2033),
    ]


def test_of_two_numbers_none_is_taken(combined):
    assert parse(combined).subject.qan is None


def test_the_a_level_has_all_topics_the_as_only_its_own(combined):
    assert [topic.code for topic in parse(combined).topics] == ["3.1", "3.1.1", "3.1.2", "3.2", "3.2.1", "3.3"]
    assert [topic.code for topic in parse(combined, qualification="AS-Level").topics] == ["3.1", "3.1.1"]


def test_the_code_of_the_other_qualification_is_refused(combined):
    with pytest.raises(ContractBroken, match=r"7999 .* not of 7998"):
        parse(combined, subject="7998", qualification="A-Level")


def test_components_side_by_side_are_kept_apart(combined):
    parsed = parse(combined)
    assert [
        (each.code, each.examined, each.assessment, each.marks, each.duration_minutes, each.weight_percent)
        for each in parsed.components
    ] == [
        ("7999/1", True, "Written exam", 80, 120, 50.0),
        ("7999/2", True, "Written exam", 70, 90, 30.0),
        ("7999~non-exam-assessment", False, "Non-exam assessment", 60, None, 20.0),
    ]
    assert parsed.findings == ()


def test_the_as_has_its_own_component(combined):
    (only,) = parse(combined, qualification="AS-Level").components
    assert (only.code, only.name, only.marks, only.weight_percent) == ("7998/1", "Lanterns", 75, 100.0)


def test_topics_know_the_one_component_that_draws_on_them(combined):
    owners = {topic.code: topic.component_code for topic in parse(combined).topics}
    assert owners["3.1"] is None  # drawn on by two
    assert owners["3.2.1"] == "7999/2"


def test_coursework_is_kept_but_not_examined(combined):
    assert [topic.code for topic in parse(combined).topics if not topic.examined] == ["3.3"]
    art = parse(aqa_specifications.shared())
    assert [topic.code for topic in art.topics if not topic.examined] == ["3.2", "3.2.1"]


def test_weights_that_do_not_make_a_hundred_are_a_finding():
    assert rules(parse(aqa_specifications.combined(weights=(50, 30, 10)))) == [("component_weights", "warning")]


def test_a_component_without_its_marks_is_a_finding():
    assert ("component_incomplete", "warning") in rules(parse(aqa_specifications.combined(marks=("many", 70, 60))))


def test_marks_that_the_table_of_weightings_tells_otherwise_are_a_finding():
    assert rules(parse(aqa_specifications.single(told=(81, 70)))) == [("witnesses_disagree", "error")]
    assert rules(parse(aqa_specifications.single(told=(80, 70)))) == []


def test_one_specification_of_three_titles_gives_three_subjects():
    parsed = parse(aqa_specifications.shared(), subject="7992")
    assert [(each.code, each.name) for each in (parsed.subject, *parsed.also)] == [
        ("7992", "Lantern Art (Paper lanterns)"),
        ("7991", "Lantern Art (Painted lanterns)"),
        ("7993", "Lantern Art (Glass lanterns)"),
    ]
    assert parsed.findings == ()


def test_without_a_code_asked_for_the_first_on_the_cover_is_the_subject():
    assert parse(aqa_specifications.shared()).subject.code == "7991"


def test_a_code_without_a_title_is_a_finding():
    parsed = parse(aqa_specifications.shared(titles=("Painted lanterns", "Paper lanterns")))
    assert rules(parsed) == [("code_without_title", "warning")]
    assert "7993" in parsed.findings[0].message


def test_a_code_that_the_cover_does_not_name_is_refused():
    with pytest.raises(ContractBroken, match="not of 7994"):
        parse(aqa_specifications.shared(), subject="7994")


def test_first_exams_in_two_years_are_a_finding():
    parsed = parse(aqa_specifications.single(year_in_head=2034))
    assert rules(parsed) == [("witnesses_disagree", "warning")]
    assert parsed.subject.first_assessment_year is None
