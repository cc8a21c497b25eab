"""Text dumps in Pearson's GCSE layouts: what is read, and what is noticed when something is not as it should be."""

import pytest
from tests.greenroom_exams.layouts import lantern_tables

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.boards.edexcel import board


def parse(content, subject="1LS0"):
    return board.parse(content, name="lantern.txt", subject=subject, qualification="GCSE")


def tree(parsed):
    return [(topic.code, topic.name, topic.level, topic.parent_code) for topic in parsed.topics]


def rules(parsed):
    return {finding.rule for finding in parsed.findings}


def test_outcomes_of_a_text_are_read_with_wrapped_titles_and_over_pages():
    parsed = parse(lantern_tables.outcomes())
    assert tree(parsed) == [
        ("1", "Flame", 0, None),
        ("1.1", "Wicks and oils", 1, "1"),
        ("1.1.1", "understand why a wick is trimmed", 2, "1.1"),
        ("1.2", "Glass", 1, "1"),
        ("1.2.1", "understand why glass blackens", 2, "1.2"),
        ("1.2.2", "be able to clean it, see 1.1", 2, "1.2"),
        ("2", "Carrying", 0, None),
        ("2.1", "Handles", 1, "2"),
        ("2.1.1", "be able to carry a lit lantern", 2, "2.1"),
    ]
    assert parsed.findings == ()
    assert {topic.component_code for topic in parsed.topics} == {"1LS0/01"}


@pytest.mark.parametrize(
    ("last", "rule"),
    [
        (("2.1.2 be able to carry it",), "numbering_gap"),
        (("nothing",), "missing_children"),
        (("2.1.1 be able to", "and see 1.2.1 too"), "counts_differ"),
    ],
)
def test_outcomes_that_are_not_whole_are_noticed(last, rule):
    assert rule in rules(parse(lantern_tables.outcomes(last=last)))


def test_themes_are_read_with_paragraphs_and_points():
    parsed = parse(lantern_tables.themes())
    start = "1.1.1~how-a-flame-begins"
    assert tree(parsed) == [
        ("1", "Light", 0, None),
        ("1.1", "Flames", 1, "1"),
        ("1.1.1", "The life of a flame", 2, "1.1"),
        (start, "How a flame begins:", 3, "1.1.1"),
        (f"{start}~spark-0-of-the", "spark 0 of the", 4, start),
        (f"{start}~spark-1-of-the-lighter", "spark 1 of the lighter", 4, start),
        ("1.1.1~why-it-goes-out", "Why it goes out.", 3, "1.1.1"),
        ("1.1.2", "Smoke", 2, "1.1"),
        ("1.1.2~what-smoke-is-made-of", "What smoke is made of:", 3, "1.1.2"),
        ("1.1.2~what-smoke-is-made-of~soot", "soot", 4, "1.1.2~what-smoke-is-made-of"),
        ("2", "Trade", 0, None),
        ("2.1", "Selling", 1, "2"),
        ("2.1.1", "Price", 2, "2.1"),
        ("2.1.1~price", "Price", 3, "2.1.1"),
        ("2.1.1~price~cost", "cost", 4, "2.1.1~price"),
    ]
    assert parsed.findings == ()
    assert [topic.component_code for topic in parsed.topics if topic.level == 0] == ["1LS0/01", "1LS0/02"]


def test_a_title_that_may_go_on_is_noticed():
    assert rules(parse(lantern_tables.themes(title=("The life of", "Flames")))) == {"title_unfinished"}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"\nTheme 2: Trade\n", b"\nTheme 2: Traders\n", "witnesses_disagree"),
        (b"\n1.1.2\n", b"\n1.1.3\n", "numbering_gap"),
        (b"\nTopic 2.1 Selling", b"\nTopic 2.1 Buying", "witnesses_disagree"),
        (b"3 Administration and general information", b"3 Another", "content_without_end"),
        (b"\n4 \nAssessment", b"\n5 \nAssessment", "page_missing"),
        (b"\n80 marks\n\xe2\x97\x8f Topic 2.1", b"\n70 marks\n\xe2\x97\x8f Topic 2.1", "witnesses_disagree"),
        (b"50% of the qualification", b"40% of the qualification", "weights_do_not_add_up"),
        (b"Paper 2: 1LS0/02", b"Paper 2: 1LS0/03", "witnesses_disagree"),
        (b"\n80 marks\n", b"\nmany marks\n", "component_incomplete"),
        (b"\xe2\x97\x8f soot", b"and \xe2\x97\x8f soot", "counts_differ"),
    ],
)
def test_what_another_place_says_otherwise_is_noticed(old, new, rule):
    content = lantern_tables.themes()
    assert old in content
    assert rule in rules(parse(content.replace(old, new)))


def test_a_question_that_is_promised_and_not_asked_is_noticed():
    parsed = parse(lantern_tables.questions(promised=("● Where does it shine?",)))
    assert {"witnesses_disagree", "counts_differ"} <= rules(parsed)


def test_questions_are_read_with_topics_points_and_a_choice():
    parsed = parse(lantern_tables.questions())
    question = "A~who-may-light-a-lantern?"
    assert tree(parsed) == [
        ("A", "Light", 0, None),
        (question, "Who may light a lantern?", 1, "A"),
        ("A1", "The lighter and the lit", 2, question),
        ("A1~who-lights-it", "Who lights it:", 3, "A1"),
        ("A1~who-lights-it~a-keeper", "a keeper", 4, "A1~who-lights-it"),
        ("A1~who-lights-it~a-child", "a child", 4, "A1~who-lights-it"),
        ("A2", "The law", 2, question),
        ("A2~the-rule", "The rule.", 3, "A2"),
        ("B", "Acting", 0, None),
        ("B1", "Plan", 1, "B"),
        ("B1~think", "Think.", 2, "B1"),
        ("B2", "Act", 1, "B"),
        ("B2~begin", "Begin.", 2, "B2"),
        ("B2~light-it", "light it", 2, "B2"),
        ("B2~put-it-out", "put it out", 2, "B2"),
    ]
    assert parsed.findings == ()
    assert [(group.code, group.choose_least, group.choose_most) for group in parsed.option_groups] == [("B2:or", 1, 1)]
    assert [topic.code for topic in parsed.topics if topic.option_group] == ["B2~light-it", "B2~put-it-out"]
    assert {topic.code: topic.component_code for topic in parsed.topics if topic.level == 0} == {
        "A": "1LS0/01",
        "B": "1LS0/02",
    }


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"\n2 The law", b"\n3 The law", "numbering_gap"),
        (b"\xe2\x97\x8f B: Acting", b"\xe2\x97\x8f B: Waiting", "witnesses_disagree"),
        (b"\n2 Act\n\xe2\x97\x8f Begin.\n", b"\n2 Act\nBegin.\n", "title_runs_on"),
        (b"\n\xe2\x97\x8f The rule.", b"", "missing_children"),
        (b"\n5 \n3 Assessment", b"\n6 \n3 Assessment", "page_missing"),
        (b"\xe2\x97\x8f Begin.", b"Go \xe2\x97\x8f Begin.", "counts_differ"),
        (b"assessment is out of 80 marks", b"assessment is out of 70 marks", "witnesses_disagree"),
    ],
)
def test_questions_that_are_not_whole_are_noticed(old, new, rule):
    content = lantern_tables.questions()
    assert old in content
    assert rule in rules(parse(content.replace(old, new)))


def test_key_ideas_are_read_with_options_sections_and_tasks():
    parsed = parse(lantern_tables.ideas())
    assert tree(parsed) == [
        ("1", "Flames", 0, None),
        ("1~overview-of-flames", "Overview of flames", 1, "1"),
        ("1.1", "A flame is put out by", 2, "1~overview-of-flames"),
        ("1.1a", "The wind.", 3, "1.1"),
        ("1.1b", "The rain of autumn.", 3, "1.1"),
        ("1~weather", "Weather", 1, "1"),
        ("1.2", "Storms", 2, "1~weather"),
        ("1.2a", "Gales.", 3, "1.2"),
        ("1A", "Candles", 1, "1"),
        ("1.3", "Wax", 2, "1A"),
        ("1.3a", "Its melting.", 3, "1.3"),
        ("1B", "Lamps", 1, "1"),
        ("1.4", "Oil", 2, "1B"),
        ("1.4a", "Its smell.", 3, "1.4"),
        ("2", "Walks", 0, None),
        ("2A", "Night walks", 1, "2"),
        ("2A~a-lit-path", "A lit path", 2, "2A"),
        ("2A~a-dark-path", "A dark path", 2, "2A"),
    ]
    assert parsed.findings == ()
    assert {group.code: (group.choose_least, group.choose_most) for group in parsed.option_groups} == {
        "1A/1B": (1, 1),
        "2A": (1, 1),
    }
    topics = {topic.code: topic for topic in parsed.topics}
    assert [topics[code].option_group for code in ("1A", "1B", "2A~a-lit-path", "1.3")] == [
        "1A/1B",
        "1A/1B",
        "2A",
        None,
    ]
    assert [topics[code].description for code in ("2A~a-lit-path", "2A~a-dark-path")] == [
        "Go and look.",
        "Stay at home.",
    ]
    assert (topics["1B"].component_code, topics["2A"].component_code) == ("1LS0/01", "1LS0/02")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"statements": ("a. The wind.", "c. The rain.")}, "numbering_gap"),
        ({"statements": ()}, "missing_children"),
        ({"options": "two"}, "witnesses_disagree"),
    ],
)
def test_key_ideas_that_are_not_whole_are_noticed(change, rule):
    assert rule in rules(parse(lantern_tables.ideas(**change)))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"1.3 Wax", b"1.5 Wax", "numbering_gap"),
        (b"Optional sub topic 1B: Lamps", b"Optional sub topic 1B: Bulbs", "witnesses_disagree"),
        (b"\nTopic 2: Walks\nProse", b"\nTopic 2: Runs\nProse", "witnesses_disagree"),
        (b"Task: A dark path", b"A dark path", "witnesses_disagree"),
        (b"Component 2: Outdoors 4", b"Component 2: Outdoors 5", "witnesses_disagree"),
    ],
)
def test_key_ideas_that_another_place_tells_otherwise_are_noticed(old, new, rule):
    content = lantern_tables.ideas()
    assert old in content
    assert rule in rules(parse(content.replace(old, new)))


def test_a_list_for_each_tier_has_its_codes_told_apart():
    parsed = parse(lantern_tables.tiers())
    assert tree(parsed) == [
        ("Foundation/1", "Burning", 0, None),
        ("Foundation/1a", "Wicks", 1, "Foundation/1"),
        ("Foundation/1a.01", "Know a wick, e.g. flat ones.", 2, "Foundation/1a"),
        ("Foundation/1a.03", "Know oil.", 2, "Foundation/1a"),
        ("Higher/1", "Burning", 0, None),
        ("Higher/1a", "Wicks", 1, "Higher/1"),
        ("Higher/1a.01", "Know a wick.", 2, "Higher/1a"),
        ("Higher/1a.02", "Know glass.", 2, "Higher/1a"),
        ("Higher/1a.03", "Know oil.", 2, "Higher/1a"),
    ]
    assert rules(parsed) == {"guidance_not_separable"}
    topics = {topic.code: topic for topic in parsed.topics}
    assert topics["Higher/1a.03"].description == "Know oil. Only the best."
    assert {topic.tier for topic in parsed.topics} == {"Foundation", "Higher"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"higher": ("1a.04 Know oil.",)}, "numbering_gap"), ({"left": "1a.09"}, "witnesses_disagree")],
)
def test_lists_that_do_not_agree_are_noticed(change, rule):
    assert rule in rules(parse(lantern_tables.tiers(**change)))


def test_a_stray_line_of_another_subject_on_the_cover_changes_nothing():
    stray = ("This draft is of Pearson Edexcel Level 1/Level 2 GCSE (9 - 1) in Wickcraft (1WC0), first teaching 2029",)
    pages = lantern_tables.themes().decode().partition("Specification")
    parsed = parse("\n".join([*stray, pages[1] + pages[2]]).encode(), subject=None)
    assert (parsed.subject.code, parsed.subject.name, parsed.subject.spec_start_year) == (
        "1LS0",
        "Lantern Studies",
        2031,
    )


def test_the_subject_has_its_number_and_years():
    subject = parse(lantern_tables.themes()).subject
    assert (subject.qan, subject.spec_start_year, subject.first_assessment_year) == ("600/1234/5", 2031, 2033)


def test_a_dump_of_another_layout_is_empty():
    with pytest.raises(SourceEmpty, match="is laid out as none of"):
        parse(lantern_tables.dump([("Prose.",), ("More prose.",)]))


def test_an_outline_without_pages_is_refused():
    with pytest.raises(ContractBroken, match="has no page of a Pearson specification"):
        parse(b"1. Paper 1: Lanterns\n   1.1 Flame\n       1.1.1 Wicks\n", subject=None)
