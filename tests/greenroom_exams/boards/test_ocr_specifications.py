"""OCR's specifications by modules and by unit groups, its guide, and what no specification is."""

import json
import re
from collections import Counter
from functools import cache

import pytest
from tests.greenroom_exams.boards import ocr_documents as made
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.boards.ocr import board
from greenroom_exams.documents import Exclusion
from greenroom_exams.layouts import content_clarification, merged_columns, tabbed_pages, unit_groups
from greenroom_exams.layouts.merged_columns import Widths
from greenroom_exams.layouts.pdf_lines import read_pdf

GUIDE = "uk/ocr/h446-subject-content-clarification.pdf"
DUMPS = {"H420": (6, 11, 31), "H432": (6, 14, 45)}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def parse(content, *, name="dump.txt", subject=None, qualification="A-Level"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return sorted({(finding.rule, finding.severity) for finding in parsed.findings})


@cache
def real(path):
    return parse(path.read_bytes(), name=path.name)


def dump(shared_data, code):
    return real(shared_data(f"uk/ocr/{code}-spec-text.txt"))


def text(shared_data, code):
    return shared_data(f"uk/ocr/{code}-spec-text.txt").read_text("utf-8")


def test_a_dump_by_modules_gives_modules_and_topics():
    parsed = parse(made.module_dump(), subject="H799")
    assert [(topic.code, topic.name, topic.level, topic.parent_code) for topic in parsed.topics] == [
        ("1", "Flame", 0, None),
        ("1.1", "Light", 1, "1"),
        ("1.1.1", "Wicks", 2, "1.1"),
        ("1.1.2", "Oils", 2, "1.1"),
        ("2", "Carrying", 0, None),
        ("2.1", "Moving", 1, "2"),
        ("2.1.1", "Handles", 2, "2.1"),
    ]
    assert rules(parsed) == [("columns_merged", "warning")]
    assert parsed.counts["statements"] == 4


def test_the_statements_of_a_dump_are_kept_as_printed():
    topics = {topic.code: topic for topic in parse(made.module_dump()).topics}
    assert topics["1.1.1"].description.splitlines() == [
        "how a wick is trimmed HSW3",
        "the kinds of wick: To include at least two.",
        "(i) flat",
        "(ii) round",
    ]
    assert topics["1.1.2"].description.splitlines() == ["(i) how oil is pressed", "(ii) how oil is kept"]
    assert topics["1.1.1"].line == 31


def test_a_dump_names_its_subject():
    subject = parse(made.module_dump()).subject
    assert (subject.code, subject.name, subject.qualification_type) == ("H799", "Lantern Studies A", "A-Level")
    assert (subject.spec_version, subject.spec_start_year, subject.first_assessment_year) == ("1.0", 2031, 2033)


def test_the_components_come_from_the_forms_of_assessment():
    assert [
        (each.code, each.name, each.examined, each.marks, each.duration_minutes, each.weight_percent)
        for each in parse(made.module_dump()).components
    ] == [
        ("H799/01", "Flame and glass", True, 100, 135, 60),
        ("H799/02", "Carrying", True, 70, 90, 40),
        ("H799/03", "Practical Endorsement in lanterns", False, None, None, None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"1.1.2 Oils\nLearning", b"1.1.3 Oils\nLearning", "numbering_gap"),
        (b"Oils 2.1.1 Handles", b"Oils 2.1.1 Grips", "witnesses_disagree"),
        (b"1.1.2 Oils 2.1.1", b"2.1.1", "witnesses_disagree"),
        (b"(b) the kinds", b"(c) the kinds", "numbering_gap"),
        (b"1.1.2 Oils\nLearning outcomes Additional guidance", b"1.1.2 Oils\nLearning outcomes", "table_head_missing"),
        (b"(a) the grip", b"the grip", "missing_children"),
        (b"Module 2: Carrying", b"Carrying", "witnesses_disagree"),
        (b"40% 70 marks", b"40%", "assessment_unread"),
    ],
)
def test_a_dump_that_disagrees_with_itself_is_held(old, new, rule):
    content = made.module_dump()
    assert old in content
    assert rule in {name for name, _ in rules(parse(content.replace(old, new)))}


def test_a_dump_without_one_of_its_pages_is_held():
    page = made.paged([made.MODULE_PAGES[2]], first=3).encode()
    assert page in made.module_dump()
    assert "page_missing" in {name for name, _ in rules(parse(made.module_dump().replace(page, b"")))}


def test_a_dump_that_ends_within_its_content_is_held():
    assert "content_without_end" in {name for name, _ in rules(parse(made.module_dump(made.MODULE_PAGES[:3])))}


def test_a_pdf_gives_the_statements_without_the_guidance():
    parsed = parse(made.module_pdf(), name="specification.pdf", subject="H799")
    assert [(topic.code, topic.name, topic.parent_code) for topic in parsed.topics] == [
        ("1", "Flame", None),
        ("1.1", "Light", "1"),
        ("1.1.1", "Wicks and the trimming of them", "1.1"),
        ("1.1.1(a)", "how a wick is trimmed without a knife", "1.1.1"),
        ("1.1.1(b)", "the kinds of wick: (i) flat", "1.1.1"),
        ("1.1.2", "Oils", "1.1"),
        ("1.1.2(a)", "where oil is pressed", "1.1.2"),
    ]
    assert [topic.page for topic in parsed.topics] == [3] * 7
    assert rules(parsed) == [("assessment_unread", "warning")]


@pytest.mark.parametrize("code", DUMPS)
def test_real_dumps_by_modules_have_their_levels(shared_data, code):
    parsed = dump(shared_data, code)
    assert tuple(parsed.counts[f"level {level}"] for level in range(3)) == DUMPS[code]
    assert rules(parsed) == [("columns_merged", "warning")]
    assert parsed.layout == "modules"


def test_the_real_overview_lists_the_same_topics(shared_data):
    """Counted by hand of another kind: section 2b of the dump, which the parser only compares with."""
    section = text(shared_data, "H420").split("\n2b. Content of A Level")[2].split("\n2c. ")[0]
    told = set(re.findall(r"(?<![\d.])(\d\.\d(?:\.\d)?) [A-Z]", section))
    topics = dump(shared_data, "H420").topics
    own = {topic.code for topic in topics if topic.level == 2 and topic.code[0] != "1"}
    assert told - {"1.1", "1.2"} == own
    assert all(f"Module {topic.code} – {topic.name}" in section for topic in topics if topic.level == 0)


@pytest.mark.parametrize(("code", "statements"), [("H420", 244), ("H432", 291)])
def test_the_real_statements_are_counted_by_their_letters(shared_data, code, statements):
    """The highest letter below each heading, from the raw text: no state, no columns."""
    content = text(shared_data, code).split("\n2c. Content of modules 1 to 6\n")[1].split("\n2d. ")[0]
    # "(i)" with a "(ii)" before the next letter is a figure; "(i) (i)" is the ninth letter with its first figure
    content = re.sub(r"(?s)\(i\)(?! \(i\))(?=(?:(?!\n\([a-z]\)).)*?\(ii\))", "", content)
    total = 0
    for section in re.split(r"(?m)^(?:\d )?\d\.\d\.\d [A-Z]", content)[1:]:
        due = iter(LETTERS)
        letter = next(due)
        for mark in re.findall(r"(?m)^(?:\d )?\(([a-z])\)", section):
            letter, total = (next(due), total + 1) if mark == letter else (letter, total)
    assert total == statements == dump(shared_data, code).counts["statements"]


def test_the_real_subjects_are_dated(shared_data):
    told = {code: dump(shared_data, code).subject for code in ("H420", "H432", "H505")}
    assert {code: (s.name, s.qan, s.first_assessment_year, s.spec_version) for code, s in told.items()} == {
        "H420": ("Biology A", "601/4260/1", 2025, "4.0"),
        "H432": ("Chemistry A", "601/5255/2", 2017, "2.9"),
        "H505": ("History A", "601/4701/5", 2017, "3.0"),
    }
    assert (told["H432"].spec_start_year, told["H420"].spec_start_year) == (2015, None)


def test_the_real_practical_endorsement_is_not_examined(shared_data):
    parsed = dump(shared_data, "H420")
    assert {t.code for t in parsed.topics if not t.examined} == {"1.2", "1.2.1", "1.2.2"}
    assert [(c.code, c.examined, c.marks, c.duration_minutes, c.weight_percent) for c in parsed.components] == [
        ("H420/01", True, 100, 135, 37),
        ("H420/02", True, 100, 135, 37),
        ("H420/03", True, 70, 90, 26),
        ("H420/04", False, None, None, None),
    ]


def test_unit_groups_give_units_elements_and_key_topics():
    parsed = parse(made.unit_dump(), subject="H798")
    assert [(topic.name, topic.level) for topic in parsed.topics] == [
        ("Lamps at home", 0),
        ("Lamps 1400–1500", 1),
        ("Enquiry Topic: Wicks", 2),
        ("The trimming of wicks", 3),
        ("The pressing of oil and the oil trade 1400–1500", 3),
        ("Candles 1500–1600", 1),
        ("Enquiry Topic: Tallow", 2),
        ("Glass and horn", 3),
        ("The trimming of wicks", 3),
        ("Beacons", 0),
        ("Beacons 1400–1500", 1),
        ("The pressing of oil and the oil trade 1400–1500", 2),
        ("Essay on lamps", 0),
    ]
    topics = {topic.code: topic for topic in parsed.topics}
    assert topics["Y101~enquiry-topic-wicks~the-trimming-of-wicks"].parent_code == "Y101~enquiry-topic-wicks"
    assert [code for code, topic in topics.items() if not topic.examined] == ["Y100"]
    assert [code for code, topic in topics.items() if topic.option_group] == ["Y101", "Y102", "Y201"]


def test_a_key_topic_has_its_content_without_its_title():
    topics = {topic.name: topic for topic in parse(made.unit_dump()).topics}
    assert topics["The trimming of wicks"].description == (
        "The first trimmers and their guild; the price of thread and of oil in the towns; the ordinance of the "
        "lamplighters and how it was kept; the end of the guild."
    )


def test_one_unit_of_each_group_and_no_forbidden_pair():
    parsed = parse(made.unit_dump())
    assert [(group.code, group.choose_least, group.choose_most) for group in parsed.option_groups] == [
        ("Unit group 1", 1, 1),
        ("Unit group 2", 1, 1),
    ]
    assert "200 years" in parsed.option_groups[0].note
    assert [(pair.one, pair.other) for pair in parsed.exclusions] == [("Y101", "Y201")]
    assert [(each.code, each.marks, each.duration_minutes, each.weight_percent) for each in parsed.components] == [
        ("Unit group 1", 50, 90, 50),
        ("Unit group 2", 30, 60, 30),
        ("Y100", 40, None, 20),
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("taking unit Y101", "taking unit Y102", "exclusions_disagree"),
        ("Unit Y102: Candles", "Unit Y103: Candles", "units_disagree"),
        ("Y102 Candles 1500–1600 1500 1600\n", "", "units_disagree"),
        ("Y102 Candles 1500–1600 1500 1600\n", "Y102 Tapers 1500–1600 1500 1600\n", "title_differs"),
        ("one of the 2 units", "one of the 3 units", "witnesses_disagree"),
        ("Key Topic Content\n", "", "missing_children"),
        ("\n2d. Non exam assessment: Essay on lamps (Unit Y100)\n", "\n", "content_without_end"),
        ("50% 50 marks", "50%", "assessment_unread"),
        ("take one unit from each", "take units of any", "choice_unread"),
        ("\n2e. Prior knowledge 6", "", "contents_unread"),
    ],
)
def test_unit_groups_that_disagree_with_themselves_are_held(old, new, rule):
    content = made.unit_dump().decode()
    assert old in content
    assert rule in {name for name, _ in rules(parse(content.replace(old, new, 1).encode()))}


def test_a_title_that_the_columns_do_not_prove_is_told_with_its_rival():
    wicks = made.merged_row(
        "Lamps of Oil", "Prices Of Wicks, as they were known to the guild; the price of thread; all else."
    )
    parsed = parse(made.unit_dump(made.unit_pages(wicks=wicks)))
    (finding, *_) = [each for each in parsed.findings if each.rule == "title_unsure"]
    assert finding.severity == "warning"
    assert "'Lamps of Oil'" in finding.message
    assert finding.position == "line 46"


def test_a_merged_row_is_parted_where_the_right_column_is_full():
    row = merged_columns.row(made.OILS, Widths(18.6, 26.32))
    assert (row.title, row.rival, row.is_sure) == ("The pressing of oil and the oil trade 1400–1500", None, True)
    assert row.content.endswith("burnt instead of oil.")


def test_a_line_of_the_title_between_lines_of_the_content_belongs_to_the_title():
    first, *rest = made.OILS
    lines = (first, rest[0].removeprefix("the oil trade 1400–1500 "), "1400–1500", *rest[1:])
    row = merged_columns.row(lines, Widths(18.6, 26.32))
    assert row.title.endswith(" 1400–1500")
    assert not row.is_sure


def test_the_real_history_has_its_groups_and_units(shared_data):
    topics = dump(shared_data, "H505").topics
    units = {
        group: [t.code for t in topics if t.parent_code == group] for group in (f"Unit group {n}" for n in (1, 2, 3))
    }
    assert units == {
        "Unit group 1": [f"Y{number}" for number in range(101, 114)],
        "Unit group 2": [f"Y{number}" for number in range(201, 225)],
        "Unit group 3": [f"Y{number}" for number in range(301, 322)],
    }
    assert [(t.code, t.examined) for t in topics if t.level == 0][-1] == ("Y100", False)
    assert Counter(t.level for t in topics) == {0: 4, 1: 58, 2: 167, 3: 234}


def test_the_real_titles_are_those_of_the_lines_that_name_the_units(shared_data):
    told = dict(
        re.findall(r"(?m)^Unit (Y\d{3}): (.+)$", text(shared_data, "H505").split("\n2c. Content of unit group 1")[2])
    )
    own = {t.code: t.name for t in dump(shared_data, "H505").topics if t.level == 1}
    assert {code: title for code, title in told.items() if code != "Y100"} == own


def test_the_real_forbidden_pairs_are_read(shared_data):
    why = "the specification's rules of combination"
    pairs = [("Y101", "Y302"), ("Y106", "Y306"), ("Y106", "Y307"), ("Y107", "Y306"), ("Y107", "Y307"), ("Y219", "Y318")]
    assert dump(shared_data, "H505").exclusions == tuple(Exclusion(one, other, why) for one, other in pairs)


def test_the_real_units_have_as_many_key_topics_as_their_kind(shared_data):
    """Three and four in unit group 1, four in 2, four and three in 3: 334 in all, of which the text holds no count."""
    topics = dump(shared_data, "H505").topics
    leaves = {t.code for t in topics if t.level > 1} - {t.parent_code for t in topics}
    unit = {code: code.split("~")[0] for code in leaves}
    assert Counter(Counter(unit.values()).values()) == {7: 34, 4: 24}
    assert len(leaves) == 334
    assert [f.message for f in dump(shared_data, "H505").findings if f.rule == "tables_differ"] == [
        "Y311 has 4 rows of key topic, 3 rows of depth study; "
        "the other units of Unit group 3 have 3 rows of depth study, 4 rows of thematic study"
    ]


def test_the_real_key_topics_are_read_or_told_to_be_unsure(shared_data):
    parsed = dump(shared_data, "H505")
    names = [topic.name for topic in parsed.topics]
    for sure in (
        "The revival of literacy and learning: the Alfredian Renaissance",
        "Edmund 939–946, Eadred 946–955 and Edgar 957–975",
        "The spread of Lutheranism 1530–1555, the Schmalkaldic War and Peace of Augsburg",
        "Divided Germany: The Federal Republic and the DDR 1949–1963",
        "Consolidation, provincial administration and society in Ottoman vassal states",
    ):
        assert sure in names
    unsure = [finding for finding in parsed.findings if finding.rule == "title_unsure"]
    assert len(unsure) == 72
    assert all(finding.position.startswith("line ") for finding in unsure)
    # Titles of which the lines do not tell where they end: what they are called is among both ways.
    told = {finding.position: finding.message for finding in unsure}
    for line, title in (
        (783, "William of Normandy’s invasion and the Battle of Hastings 1066"),
        (3182, "The British Empire and European Relations"),
    ):
        assert title in told[f"line {line}"]


def test_the_real_title_that_the_list_spells_otherwise_is_told(shared_data):
    (finding,) = [each for each in dump(shared_data, "H505").findings if each.rule == "title_differs"]
    assert finding.message.startswith("Y110 is 'From Pitt to Peel 1783–1853' in its heading")


def test_tabs_in_the_margin_leave_the_text():
    page = tabbed_pages.read_dump(made.module_dump(), name="a").pages[2]
    assert "A lantern has a flame. What 2.1.1 says of handles is another matter." in [line.text for line in page.lines]


def test_the_guide_is_refused_as_a_specification(shared_data):
    with pytest.raises(ContractBroken, match="does not call itself a specification"):
        parse(shared_data(GUIDE).read_bytes(), name="guide.pdf", subject="H446")


def test_the_tree_of_the_guide_is_read_exactly(shared_data):
    truth = json.loads(shared_data(f"{GUIDE}.truth.json").read_text("utf-8"))
    reading = content_clarification.read(read_pdf(shared_data(GUIDE).read_bytes(), name="guide.pdf"))
    topics = {topic.code: topic for topic in reading.topics}
    levels = Counter(topic.level for topic in reading.topics)
    assert [levels[level] for level in range(3)] == truth["levels"]
    assert Counter(t.parent_code for t in reading.topics if t.level == 2) == truth["third_level_per_second_level"]
    assert {(s["code"], s["title"], s["parent"]) for s in truth["spot"]} == {
        (code, topics[code].name, f"{topics[code].parent_code} {topics[topics[code].parent_code].name}")
        for code in (spot["code"] for spot in truth["spot"])
    }
    assert reading.findings == ()


def test_the_contents_page_of_the_guide_names_the_same_sections(shared_data):
    pdf = read_pdf(shared_data(GUIDE).read_bytes(), name="guide.pdf")
    listed = {m[1]: m[2] for line in pdf.pages[1].lines if (m := re.match(r"(\d\.\d)\.? (.+)", line.text))}
    topics = content_clarification.read(pdf).topics
    assert {topic.code: topic.name for topic in topics if topic.level == 1} == listed


def test_another_document_has_no_guide_in_it():
    assert content_clarification.read(read_pdf(made.module_pdf(), name="a.pdf")) is None
    assert unit_groups.read(read_pdf(made.module_pdf(), name="a.pdf")) is None


@pytest.mark.parametrize("which", ["J587-01", "J587-02", "J247-B1"])
def test_real_trees_that_somebody_else_made_are_refused(shared_data, which):
    content = shared_data(f"uk/ocr/{which}-tree.txt").read_bytes()
    with pytest.raises(ContractBroken, match="has no page of an OCR specification") as caught:
        parse(content, name=f"{which}.txt", subject=which[:4], qualification="GCSE")
    assert "made by somebody else" in caught.value.hint


@pytest.mark.parametrize("qualification", ["GCSE", "AS-Level"])
def test_a_dump_of_another_qualification_is_refused(qualification):
    with pytest.raises(ContractBroken, match=f"is for A-Level, not for {qualification}"):
        parse(made.module_dump(), qualification=qualification)


def test_a_dump_of_another_subject_is_refused(shared_data):
    with pytest.raises(ContractBroken, match="of H420 Biology A, not of H432"):
        parse(shared_data("uk/ocr/H420-spec-text.txt").read_bytes(), subject="H432")


@pytest.mark.parametrize("path", ["uk/wjec/wjec-all-subjects.md", "uk/sqa/sqa-nationals-list.md"])
def test_real_text_of_another_board_is_refused(shared_data, path):
    with pytest.raises(ContractBroken):
        parse(shared_data(path).read_bytes(), name="list.md")


def test_a_dump_without_content_is_empty():
    with pytest.raises(SourceEmpty, match="laid out as none of"):
        parse(made.module_dump(made.MODULE_PAGES[:1]))


def test_a_specification_by_components_tells_how_they_are_assessed(shared_data):
    content = shared_data("uk/ocr/j277-gcse-computer-science-spec.pdf").read_bytes()
    parsed = parse(content, name="j277.pdf", subject="J277", qualification="GCSE")
    assert [(c.code, c.marks, c.duration_minutes, c.weight_percent) for c in parsed.components] == [
        ("J277/01", 80, 90, 50),
        ("J277/02", 80, 90, 50),
    ]
    assert (parsed.subject.qan, parsed.subject.first_assessment_year) == ("601/8355/X", 2022)


def test_a_guide_without_its_last_topic_is_held():
    def page(*texts):
        return [Text(60, 500, "a) words that are long enough for a page of words"), *texts]

    first = [
        Text(60, 560, "Contents", 20),
        Text(60, 500, "1.1. Flame"),
        Text(300, 500, "2"),
        Text(60, 480, "1.2 Glass"),
        Text(300, 480, "3"),
    ]
    content = make_pdf([first, page(Text(60, 560, "1.1. Flame", bold=True))])
    assert content_clarification.read(read_pdf(content, name="a.pdf")) is None
