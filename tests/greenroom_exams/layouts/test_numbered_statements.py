"""Topics of numbered statements in one column, with parts, sub-statements, practicals and guidance."""

import pytest
from tests.greenroom_exams.layouts import lantern_dumps
from tests.greenroom_exams.layouts.lantern_dumps import NUMBERED_PAGES, numbered, pdf_of

from greenroom_exams.layouts import numbered_statements


def read(content):
    return numbered_statements.read(pdf_of(content))


def changed(index, old, *new):
    page = [line for each in NUMBERED_PAGES[index] for line in (new if each == old else (each,))]
    assert page != list(NUMBERED_PAGES[index])
    return numbered({index: page})


def rules(content):
    return {finding.rule for finding in read(content).findings}


def test_the_tree_is_read_with_statements_that_wrap():
    reading = read(numbered())
    assert [(topic.code, topic.name, topic.parent_code) for topic in reading.topics] == [
        ("1", "Burning", None),
        ("1.1", "know that a flame needs air, and that without air there is none", "1"),
        ("1.2", "understand what a wick does in a lantern of the common kind that was used in Group 2 towns", "1"),
        ("Core practical 1", "Light a lantern in a draught, with a wick that has been trimmed", "1"),
        ("1.3", "be able to", "1"),
        ("1.3(i)", "trim a wick", "1.3"),
        ("1.3(ii)", "put out a flame", "1.3"),
        ("1.3(ii)~with-a-cap", "with a cap", "1.3(ii)"),
        ("1.3(ii)~with-breath", "with breath", "1.3(ii)"),
        ("1.3(iii)", "measure its height", "1.3"),
        ("2", "Oils and waxes", None),
        ("2A", "Oils", "2"),
        ("2.1", "know oils", "2A"),
        ("2.2", "know how oils are stored", "2A"),
        ("2.3", "know when oils go bad", "2A"),
        ("2B", "Waxes", "2"),
        ("2.4", "know waxes", "2B"),
        ("Core practical 2", "Melt wax", "2B"),
        ("2.5", "know tallow", "2B"),
    ]
    assert reading.findings == ()


def test_guidance_below_a_statement_is_its_description():
    told = {topic.code: topic.description for topic in read(numbered()).topics if topic.description}
    assert told == {"1.2": "Knowledge of wicks from before 1700 is not expected."}


def test_guidance_is_met_by_the_room_that_was_left_on_the_line_before():
    content = changed(2, "4. know waxes", "4. know waxes", "Waxes of bees are expected.")
    told = {topic.code: topic.description for topic in read(content).topics}
    assert told["2.4"] == "Waxes of bees are expected."


def test_a_list_within_guidance_is_no_topic():
    guidance = " Students will need to know:", "o tallow", "o spermaceti"
    content = changed(2, "4. know waxes", "4. know waxes", *guidance)
    by_code = {topic.code: topic for topic in read(content).topics}
    assert by_code["2.4"].description == "Students will need to know: o tallow o spermaceti"
    assert len(by_code) == 19


def test_suggested_practicals_are_no_topics_and_statements_go_on_behind_them():
    content = changed(3, "2. weigh a lantern", "2. weigh a lantern", "6. know soot")
    names = [topic.name for topic in read(content).topics]
    assert names[-1] == "know soot"
    assert not {"boil a candle", "weigh a lantern"} & set(names)


def test_a_number_in_the_words_of_a_statement_is_none():
    content = changed(2, "4. know waxes", "4. know waxes such as those of Groups", "5 and 6 of the table")
    reading = read(content)
    assert {topic.code: topic.name for topic in reading.topics}["2.4"].endswith("5 and 6 of the table")
    assert reading.findings == ()


def test_a_letter_that_begins_an_equation_is_no_number():
    content = changed(1, " iii measure its height", " iii measure its height, where", " x is the length")
    reading = read(content)
    assert reading.topics[9].name == "measure its height, where x is the length"
    assert reading.findings == ()


def test_one_sub_statement_alone_has_lost_the_others():
    lost = {" ii put out a flame:", "• with a cap", "• with breath", " iii measure its height"}
    page = [line for line in NUMBERED_PAGES[1] if line not in lost]
    assert rules(numbered({1: page})) == {"numbering_gap"}


def test_a_practical_in_the_introduction_of_a_topic_is_counted():
    page = list(NUMBERED_PAGES[2])
    page.remove("CORE PRACTICAL 2: Melt wax")
    page.insert(1, "CORE PRACTICAL 2: Melt wax")
    assert "counts_differ" in rules(numbered({2: page}))


@pytest.mark.parametrize(
    ("index", "old", "new", "rule"),
    [
        (1, "1. know that a flame needs air, and that without air there is none", (), "numbering_gap"),
        (1, " ii put out a flame:", (), "numbering_gap"),
        (1, " i trim a wick", (), "numbering_gap"),
        (2, "2 know how oils are stored", (), "numbering_gap"),
        (2, "Topic 2A: Oils", (), "numbering_gap"),
        (2, "CORE PRACTICAL 2: Melt wax", (), "witnesses_disagree"),
        (2, "CORE PRACTICAL 2: Melt wax", ("CORE PRACTICAL 3: Melt wax",), "numbering_gap"),
        (2, "Topic 2: Oils and waxes", ("Topic 2: Oils",), "witnesses_disagree"),
        (2, "Topic 2: Oils and waxes", (), "witnesses_disagree"),
        (0, "• Topic 2: Oils and waxes", (), "witnesses_disagree"),
        (4, "Assessment", ("Another heading",), "witnesses_disagree"),
        (2, "4. know waxes", ("4. know that a pound of wax = × 100% of a candle",), "formula_broken"),
        (2, "4. know waxes", ("4. know that a town has 6 × 1023 lanterns",), "formula_broken"),
        (2, "4. know waxes", ("4. know waxes", "4. know waxes"), "numbering_order"),
        (2, "Students should:", ("Pupils learn:",), "numbering_gap"),
        (3, "Students should:", ("Topic 3: Wind",), "missing_children"),
    ],
)
def test_what_was_lost_or_changed_is_told(index, old, new, rule):
    assert rule in rules(changed(index, old, *new))


def test_papers_that_list_no_topics_confirm_nothing():
    page = [line for line in NUMBERED_PAGES[0] if not line.startswith("•")]
    assert "overview_missing" in rules(numbered({0: page}))


def test_a_document_laid_out_otherwise_is_not_read():
    assert read(lantern_dumps.lettered()) is None
    assert read(lantern_dumps.native()) is None


def test_a_page_that_lost_its_right_half_is_told():
    halves = [f"{number}. know that a flame\nneeds air" for number in range(4, 8)]
    lines = [line for half in halves for line in half.split("\n")]
    assert "lines_torn" in rules(changed(2, "4. know waxes", *lines))
