"""Pearson's real specifications: trees, papers and facts, each against a second count of the document itself."""

import json
import re
from collections import Counter
from functools import cache

import pytest

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.boards.edexcel import board
from greenroom_exams.layouts.numbered import comparable

FOLDER = "uk/edexcel/"
CP2, CP0, MA1 = (
    "1cp2-gcse-computer-science-spec.pdf",
    "1cp0-gcse-computer-science-2013-spec.pdf",
    "1ma1-gcse-mathematics-spec.pdf",
)
GEOGRAPHY, BUSINESS, CITIZENSHIP, COMPUTING, STATISTICS = (
    f"gcse-{name}-spec-text.txt" for name in ("GeoA", "Business", "Citizenship", "CompSci", "Statistics")
)
A_LEVELS = ("9bs0-spec-text.txt", "9ch0-spec-text.txt", "9aa0-spec-text.txt")


@cache
def parsed_file(path, qualification):
    return board.parse(path.read_bytes(), name=f"file:///{path.name}", subject=None, qualification=qualification)


@pytest.fixture
def read(shared_data):
    return lambda name, qualification="GCSE": parsed_file(shared_data(FOLDER + name), qualification)


def rules(parsed):
    return sorted({finding.rule for finding in parsed.findings})


def by_code(parsed):
    return {topic.code: topic for topic in parsed.topics}


def raw(shared_data, name):
    return shared_data(FOLDER + name).read_text(encoding="utf-8")


def between(text, first, last):
    """The raw text from the line `first` to the line `last`, both as patterns."""
    begin = re.search(rf"^{first}", text, re.M).start()
    return text[begin : begin + re.search(rf"^{last}", text[begin:], re.M).start()]


@pytest.mark.parametrize(
    ("name", "code", "title", "start", "first", "qan", "layout"),
    [
        (CP2, "1CP2", "Computer Science", 2020, 2022, "601/8058/4", "ruled table of outcomes"),
        (CP0, "1CP0", "Computer Science", None, 2015, "601/0544/6", "ruled table of outcomes"),
        (MA1, "1MA1", "Mathematics", 2015, 2017, "601/4700/3", "a list for each tier"),
        (GEOGRAPHY, "1GA0", "Geography A", 2016, 2018, "601/8134/5", "key ideas in a text"),
        (BUSINESS, "1BS0", "Business", 2017, 2019, "603/0121/1", "themes of topics in a text"),
        (CITIZENSHIP, "1CS0", "Citizenship Studies", 2016, 2018, "601/8244/1", "themes of key questions in a text"),
        (COMPUTING, "1CP2", "Computer Science", 2020, 2022, "601/8058/4", "table of outcomes in a text"),
        (STATISTICS, "1ST0", "Statistics", 2017, 2019, "603/1084/4", "a list for each tier in a text"),
    ],
)
def test_a_specification_tells_its_subject_and_is_read_in_its_own_layout(
    read, name, code, title, start, first, qan, layout
):
    parsed = read(name)
    subject = parsed.subject
    assert (subject.code, subject.name, subject.qan) == (code, title, qan)
    assert (subject.spec_start_year, subject.first_assessment_year) == (start, first)
    assert parsed.layout == layout
    assert max(parsed.tried, key=parsed.tried.get) == layout
    assert parsed.confidence >= 0.95


@pytest.mark.parametrize(
    ("name", "papers"),
    [
        (CP2, {"1CP2/01": (75, 90, 50.0), "1CP2/02": (75, 120, 50.0)}),
        (COMPUTING, {"1CP2/01": (75, 90, 50.0), "1CP2/02": (75, 120, 50.0)}),
        (
            CP0,
            {"1CP0/01": (90, 120, 75.0), **dict.fromkeys(("1CP0/2A", "1CP0/2B", "1CP0/2C"), (50, None, 25.0))},
        ),
        (MA1, {f"1MA1/{number}{tier}": (80, 90, 33.33) for number in "123" for tier in "FH"}),
        (GEOGRAPHY, {"1GA0/01": (94, 105, 37.5), "1GA0/02": (94, 90, 37.5), "1GA0/03": (64, 90, 25.0)}),
        (BUSINESS, {"1BS0/01": (90, 105, 50.0), "1BS0/02": (90, 105, 50.0)}),
        (CITIZENSHIP, {"1CS0/01": (80, 105, 50.0), "1CS0/02": (80, 105, 50.0)}),
        (STATISTICS, {f"1ST0/{number}{tier}": (80, 90, 50.0) for number in "12" for tier in "FH"}),
    ],
)
def test_papers_have_marks_time_and_weight(read, name, papers):
    components = read(name).components
    assert {each.code: (each.marks, each.duration_minutes, each.weight_percent) for each in components} == papers
    assert {each.code for each in components if not each.examined} == {
        code for code, (_, minutes, _) in papers.items() if minutes is None
    }
    for each in components:
        tier = {"F": "Foundation", "H": "Higher"}.get(each.code[-1])
        assert each.tier == tier


@pytest.mark.parametrize("name", [CP0, CP2])
def test_the_tables_of_outcomes_have_nothing_against_them(read, name):
    assert read(name).findings == ()


def test_the_predecessor_is_as_its_truth_says(read, shared_data):
    truth = json.loads(raw(shared_data, f"{CP0}.truth.json"))
    topics = by_code(read(CP0))
    levels = Counter(topic.level for topic in topics.values())
    assert [levels[level] for level in range(3)] == truth["levels"]
    below = Counter(topic.parent_code for topic in topics.values() if topic.level == 2)
    assert below == truth["statements_per_subtopic"]
    for spot in truth["spot"]:
        topic = topics[spot["code"]]
        parent = topics[topic.parent_code]
        shown = f"Topic {parent.code}: {parent.name}" if parent.level == 0 else f"{parent.code} {parent.name}"
        assert (topic.name, shown) == (spot["title"], spot["parent"])


def test_mathematics_lists_its_content_for_each_tier_as_its_truth_says(read, shared_data):
    truth = json.loads(raw(shared_data, f"{MA1}.truth.json"))
    topics = read(MA1).topics
    assert len({topic.code for topic in topics}) == len(topics)
    for tier, levels in truth["levels"].items():
        own = [topic for topic in topics if topic.tier == tier]
        statements = [topic for topic in own if re.fullmatch(r"[A-Z]\d+", topic.code.partition("/")[2])]
        headings = [topic for topic in own if "~" in topic.code]
        tops = [topic for topic in own if topic.level == 0]
        assert [len(tops), len(headings), len(statements)] == levels
        assert Counter(topic.code.partition("/")[2][0] for topic in statements) == truth["codes"][tier]
        names = {topic.code: topic.name for topic in own}
        told = {top.name: [each.name for each in headings if each.parent_code == top.code] for top in tops}
        assert {name: below for name, below in told.items() if below} == truth["headings"]
        assert all(names[topic.parent_code] for topic in own if topic.parent_code)
    assert {topic.tier for topic in topics} == {"Foundation", "Higher"}


def test_mathematics_leaves_to_the_higher_tier_what_its_truth_says(read, shared_data):
    truth = json.loads(raw(shared_data, f"{MA1}.truth.json"))
    codes = {
        tier: {topic.code.partition("/")[2] for topic in read(MA1).topics if topic.tier == tier}
        for tier in ("Foundation", "Higher")
    }
    assert codes["Higher"] - codes["Foundation"] == set(truth["absent_in_foundation"])
    assert codes["Foundation"] - codes["Higher"] == set()


def test_mathematics_has_the_spots_of_its_truth(read, shared_data):
    topics = by_code(read(MA1))
    for spot in json.loads(raw(shared_data, f"{MA1}.truth.json"))["spot"]:
        title, _, tier = spot["title"].partition(" (")
        tiers = [each for each in ("Foundation", "Higher") if each in tier] or ["Foundation", "Higher"]
        for each in tiers:
            topic = topics[f"{each}/{spot['code']}"]
            assert comparable(topic.name).startswith(comparable(title.replace("...", "")))
            parents = spot["parent"].split(" > ")
            assert topics[topic.parent_code].name == parents[-1]
    assert topics["Foundation/N5"].name != topics["Higher/N5"].name


def test_mathematics_names_the_statements_whose_formulas_it_cannot_read(read):
    parsed = read(MA1)
    assert rules(parsed) == ["formula_not_read"]
    marked = {topic.code for topic in parsed.topics if "[…]" in topic.name}
    assert set(re.findall(r"(?:Foundation|Higher)/[A-Z]\d+", parsed.findings[0].message)) == marked


def test_the_text_and_the_pdf_of_one_specification_have_the_same_tree(read):
    pdf, text = by_code(read(CP2)), by_code(read(COMPUTING))
    assert list(pdf) == list(text)
    for code, topic in pdf.items():
        other = text[code]
        assert comparable(topic.name) == comparable(other.name)
        assert (topic.level, topic.parent_code, topic.component_code) == (
            other.level,
            other.parent_code,
            other.component_code,
        )
    assert [each.code for each in read(CP2).components] == [each.code for each in read(COMPUTING).components]


def test_a_text_tells_lines_and_no_pages(read, shared_data):
    lines = raw(shared_data, COMPUTING).split("\n")
    for topic in read(COMPUTING).topics:
        assert (topic.page, topic.box) == (None, None)
        assert topic.code in lines[topic.line - 1]


def test_geography_has_the_key_ideas_and_statements_of_the_raw_text(read, shared_data):
    content = between(raw(shared_data, GEOGRAPHY), r"7 *\nComponent 1", r"31 *\nGeographical skills")
    parsed = read(GEOGRAPHY)
    ideas = re.findall(r"^(\d\.\d+)\s+\D", content, re.M)
    assert [topic.code for topic in parsed.topics if re.fullmatch(r"\d\.\d+", topic.code)] == ideas
    letters = re.findall(r"^([a-e])\. ", content, re.M)
    statements = [topic for topic in parsed.topics if re.fullmatch(r"\d\.\d+[a-z]", topic.code)]
    assert [topic.code[-1] for topic in statements] == letters
    assert parsed.findings == ()


def test_geography_has_topics_options_and_components(read):
    parsed = read(GEOGRAPHY)
    topics = by_code(parsed)
    assert [topic.code for topic in parsed.topics if topic.level == 0] == [str(number) for number in range(1, 9)]
    assert Counter(topic.component_code for topic in parsed.topics if topic.level == 0) == {
        "1GA0/01": 3,
        "1GA0/02": 3,
        "1GA0/03": 2,
    }
    groups = {group.code: (group.choose_least, group.choose_most) for group in parsed.option_groups}
    assert groups == {"1A/1B/1C": (2, 2), "6A/6B": (1, 1), "7A": (1, 1), "7B": (1, 1)}
    options = Counter(topic.option_group for topic in parsed.topics if topic.option_group)
    assert options == {"1A/1B/1C": 3, "6A/6B": 2, "7A": 2, "7B": 2}
    assert (topics["1.10"].parent_code, topics["1.10"].level) == ("1B", 2)
    assert topics["2.1"].parent_code == "2"
    assert topics[topics["2.5"].parent_code].name == "Tropical cyclones"


def test_business_has_the_titles_and_points_of_the_raw_text(read, shared_data):
    text = raw(shared_data, BUSINESS)
    content = "".join(
        between(text, rf"Topic {theme}\.1 ", r"Assessment information").partition("\n")[2] for theme in (1, 2)
    )
    parsed = read(BUSINESS)
    levels = Counter(topic.level for topic in parsed.topics)
    assert levels[2] == len(re.findall(r"^\d\.\d\.\d *$", content, re.M)) == 39
    assert levels[4] == content.count("●")
    assert [topic.code for topic in parsed.topics if topic.level == 1] == [
        f"{theme}.{n}" for theme in (1, 2) for n in range(1, 6)
    ]
    told = re.findall(r"^● Topic (\d\.\d) (.+?) *$", between(text, "Theme 1: .*code", "Theme 1: .*\nOverview"), re.M)
    topics = by_code(parsed)
    assert {code: topics[code].name for code, _ in told} == dict(told)
    assert topics["1.1.1"].name == "The dynamic nature of business"
    assert parsed.findings == ()


def test_citizenship_has_the_themes_questions_and_points_of_the_raw_text(read, shared_data):
    text = raw(shared_data, CITIZENSHIP)
    content = between(text, r"8 *\nTheme A", r"3 Assessment information *\nPaper")
    parsed = read(CITIZENSHIP)
    questions = re.findall(r"^● (.+\?) *$", content, re.M)
    asked = [topic for topic in parsed.topics if topic.level == 1 and "~" in topic.code]
    assert len(asked) == len(questions)
    assert sum(re.fullmatch(r"[A-E]\d+", topic.code) is not None for topic in parsed.topics) == len(
        re.findall(r"^\d [A-Z]", content, re.M)
    )
    points = content.count("●") - len(re.findall(r"^● .*\?.*$", content, re.M))
    assert sum(re.fullmatch(r"[A-E]\d+", str(topic.parent_code)) is not None for topic in parsed.topics) == points
    assert Counter(topic.component_code for topic in parsed.topics if topic.level == 0) == {"1CS0/01": 3, "1CS0/02": 2}
    assert [(group.choose_least, group.choose_most) for group in parsed.option_groups] == [(1, 1)]
    assert parsed.findings == ()


def test_statistics_is_held_as_its_columns_run_together(read, shared_data):
    text = raw(shared_data, STATISTICS)
    parsed = read(STATISTICS)
    assert [(finding.rule, finding.severity) for finding in parsed.findings] == [("guidance_not_separable", "warning")]
    higher = between(text, r"17 *\nHigher tier content", r"3 Assessment information *\n")
    codes = re.findall(r"^(\d[a-z]\.\d\d)", higher, re.M)
    own = [topic.code for topic in parsed.topics if topic.tier == "Higher"]
    assert [f"Higher/{code}" for code in codes] == [code for code in own if "." in code]
    foundation = between(text, r"7 *\nFoundation tier content", r"17 *\nHigher tier content")
    told = set(re.findall(r"^(\d[a-z]\.\d\d)", foundation, re.M))
    left = set(re.findall(r"^(\d[a-z]\.\d\d) \(Higher", foundation, re.M)) | {"3p.10", "3p.13"}
    read_codes = {topic.code.partition("/")[2] for topic in parsed.topics if topic.tier == "Foundation"}
    assert {code for code in read_codes if "." in code} == told - left
    assert all(topic.description for topic in parsed.topics if topic.code == "Higher/1b.04")


@pytest.mark.parametrize("name", A_LEVELS)
def test_the_dumps_of_a_levels_are_read_by_their_families(read, name):
    parsed = read(name, "A-Level")
    assert parsed.subject.code == name[:4].upper()
    assert parsed.topics
    assert sum(each.weight_percent or 0 for each in parsed.components) == 100
    assert parsed.confidence >= 0.8


@pytest.mark.parametrize("name", ["IG-Biology", "IG-Tamil", "IAL-Mathematics", "IAL-Business"])
@pytest.mark.parametrize("qualification", ["International-GCSE", "International-A-Level", "A-Level"])
def test_an_outline_that_somebody_made_is_refused(shared_data, name, qualification):
    content = shared_data(f"{FOLDER}international/{name}-WORKING.txt").read_bytes()
    with pytest.raises(ContractBroken, match="has no page of a Pearson specification"):
        board.parse(content, name=f"{name}-WORKING.txt", subject=None, qualification=qualification)


@pytest.mark.parametrize("name", [MA1, GEOGRAPHY, STATISTICS])
def test_a_specification_of_another_qualification_is_refused(shared_data, name):
    with pytest.raises(ContractBroken, match="is for GCSE, not for"):
        for qualification in ("A-Level", "International-GCSE"):
            board.parse(shared_data(FOLDER + name).read_bytes(), name=name, subject=None, qualification=qualification)


def test_a_specification_of_another_subject_is_refused(shared_data):
    content = shared_data(FOLDER + BUSINESS).read_bytes()
    with pytest.raises(ContractBroken, match="of 1BS0 Business, not of 1MU0"):
        # a line on its cover is left over from the specification of music
        board.parse(content, name=BUSINESS, subject="1MU0", qualification="GCSE")


def test_a_real_specification_laid_out_otherwise_is_empty(shared_data):
    lines = raw(shared_data, COMPUTING).replace("Students should", "Pupils may").encode()
    with pytest.raises(SourceEmpty, match="is laid out as none of"):
        board.parse(lines, name=COMPUTING, subject=None, qualification="GCSE")
