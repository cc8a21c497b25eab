import pytest
from tests.greenroom_exams.layouts.lines import line

from greenroom_exams.documents import Topic
from greenroom_exams.layouts.numbered import (
    check_depth,
    check_end,
    check_numbering,
    check_pages,
    compare_titles,
    headings,
    parent_of,
)
from greenroom_exams.layouts.pdf_lines import Page

PATTERN = r"^(?P<code>\d+(?:\.\d+)*)(?:\s+(?P<title>.*))?$"


def found(*lines):
    return [(each.code, each.title) for each in headings(lines, PATTERN, lambda each: each.bold)]


def topics(*codes):
    return [
        Topic(code, f"Title of {code}", code.count("."), parent_of(code) if "." in code else None, 1) for code in codes
    ]


def messages(findings):
    return [(finding.rule, finding.message) for finding in findings]


def test_a_heading_is_a_code_and_its_title():
    assert found(line("1.1 Flame", bold=True)) == [("1.1", "Flame")]


def test_a_number_in_the_text_is_no_heading():
    assert found(line("1.1 litres of oil")) == []


def test_a_title_wraps_at_the_same_edge_in_the_same_style():
    lines = [line("1.1 Flame", bold=True), line("and glass", base=687, bold=True), line("not this", base=674)]
    assert found(*lines) == [("1.1", "Flame and glass")]


def test_a_column_between_the_lines_of_a_title_does_not_part_them():
    lines = [line("1.1 Flame", bold=True), line("1.1.1 words", left=300), line("and glass", base=687, bold=True)]
    assert found(*lines) == [("1.1", "Flame and glass")]


def test_the_next_paragraph_is_not_part_of_a_title():
    assert found(line("1.1 Flame", bold=True), line("Glass", base=670, bold=True)) == [("1.1", "Flame")]


def test_a_code_apart_from_its_title_is_joined_to_it():
    assert found(line("1.1", bold=True, word_width=15), line("Flame", left=100, bold=True)) == [("1.1", "Flame")]


def test_a_title_may_stand_below_its_code():
    assert found(line("1.2", bold=True), line("Oils", base=687, bold=True)) == [("1.2", "Oils")]


def test_a_heading_knows_its_page_and_its_box():
    (heading,) = headings(
        [line("1.1 A", page=7, bold=True), line("b", page=7, base=687, bold=True)], PATTERN, lambda _: True
    )
    assert heading.page == 7
    assert heading.box[1] == 687


@pytest.mark.parametrize(("code", "parent"), [("3.6.2.1", "3.6.2"), ("3.6", "3"), ("3", None)])
def test_the_parent_is_one_number_shorter(code, parent):
    assert parent_of(code) == parent


def test_numbers_without_a_hole_are_no_finding():
    assert messages(check_numbering(topics("1", "1.1", "1.2", "1.10", "2")[:3])) == []


def test_a_hole_in_the_numbers_is_a_finding():
    assert messages(check_numbering(topics("1", "1.1", "1.3"))) == [
        ("numbering_gap", "gap in numbering: 1.3 comes where 1.2 was expected")
    ]


def test_a_first_number_that_is_not_one_is_a_finding():
    assert [rule for rule, _ in messages(check_numbering(topics("1", "1.2")))] == ["numbering_gap"]


def test_numbers_that_fall_are_a_finding():
    assert "numbering_order" in [rule for rule, _ in messages(check_numbering(topics("1", "1.2", "1.1")))]


def test_a_code_met_twice_is_a_finding():
    assert ("duplicate_code", "1.1 was found 2 times") in messages(check_numbering(topics("1", "1.1", "1.1")))


def test_a_lost_parent_is_a_finding():
    assert [rule for rule, _ in messages(check_numbering(topics("1", "2.1")))] == ["missing_parent"]


def test_a_code_without_a_title_is_a_finding():
    untitled = [Topic("1", "", 0, None, 1)]
    assert messages(check_numbering(untitled)) == [("missing_title", "1 has no title")]


def test_a_topic_without_children_is_a_finding_where_all_have_some():
    assert [rule for rule, _ in messages(check_depth(topics("1", "1.1", "2"), 1))] == ["missing_children"]


def test_content_that_nothing_follows_is_a_finding():
    assert [finding.rule for finding in check_end(has_end=False)] == ["content_without_end"]
    assert list(check_end(has_end=True)) == []


@pytest.mark.parametrize(
    ("numbers", "printed", "message"),
    [
        ((3, 4, 6), (1, 2, 4), "gap in numbering: page 6 follows page 4"),
        ((3, 4, 5), (1, 2, 4), "gap in numbering: printed page 4 follows 2"),
    ],
)
def test_a_missing_page_is_a_finding(numbers, printed, message):
    pages = [Page(number, (), (), text) for number, text in zip(numbers, printed, strict=True)]
    assert messages(check_pages(pages, 3, 6)) == [("page_missing", message)]


def test_a_page_without_a_printed_number_is_no_finding():
    assert list(check_pages([Page(3, (), (), 1), Page(4, ()), Page(5, (), (), 3)], 3, 5)) == []


def test_titles_that_differ_by_dashes_and_case_agree():
    told = [Topic("1", "Self-trimming wicks", 0, None, 1)]
    assert list(compare_titles({"1": "Self–Trimming  wicks"}, told, source="the outline")) == []


def test_titles_that_differ_by_a_word_are_a_finding():
    told = [Topic("1", "Wicks", 0, None, 1)]
    assert messages(compare_titles({"1": "Oils"}, told, source="the outline")) == [
        ("witnesses_disagree", "1 is 'Wicks' in its heading and 'Oils' in the outline")
    ]


def test_a_code_that_only_one_witness_has_is_a_finding():
    told = [Topic("1", "Wicks", 0, None, 1)]
    findings = messages(compare_titles({"2": "Oils"}, told, source="the outline"))
    assert [rule for rule, _ in findings] == ["witnesses_disagree", "witnesses_disagree"]
