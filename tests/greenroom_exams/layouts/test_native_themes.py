"""Themes in a native script, prescribed works and a grammar list, from a text dump."""

from dataclasses import replace

import pytest
from tests.greenroom_exams.layouts import lantern_dumps
from tests.greenroom_exams.layouts.lantern_dumps import NATIVE_CONTENTS, NATIVE_PAGES, native, pdf_of

from greenroom_exams.layouts import native_themes

THEMES = ["المحور الأول: الفانوس والبيت", "المحور الثاني: السوق والضوء"]


def read(content):
    return native_themes.read(pdf_of(content))


def changed(index, old, *new):
    page = [line for each in NATIVE_PAGES[index] for line in (new if each == old else (each,))]
    assert page != list(NATIVE_PAGES[index])
    return native({index: page})


def rules(content):
    return {finding.rule for finding in read(content).findings}


def test_themes_have_the_number_of_the_sentence_below_them_and_the_name_of_the_line_above():
    topics = read(native()).topics
    assert [(topic.code, topic.name) for topic in topics if topic.level == 0][:2] == list(
        zip("12", THEMES, strict=True)
    )


def test_a_whole_document_has_no_fault():
    assert read(native()).findings == ()


def test_sub_themes_and_aspects_hang_below_their_theme():
    topics = [topic for topic in read(native()).topics if topic.code.startswith("1~")]
    assert [(topic.code, topic.name, topic.parent_code) for topic in topics] == [
        ("1~الزيت", "الزيت", "1"),
        ("1~الزيت~أنواع-الزيت", "أنواع الزيت", "1~الزيت"),
        ("1~الزيت~ثمن-الزيت", "ثمن الزيت", "1~الزيت"),
        ("1~الفتيل", "الفتيل", "1"),
        ("1~الفتيل~صنع-الفتيل", "صنع الفتيل", "1~الفتيل"),
        ("1~الفتيل~قطع-الفتيل", "قطع الفتيل", "1~الفتيل"),
    ]
    assert topics[0].description == "أنواع الزيت؛ ثمن الزيت."
    assert {topic.language for topic in topics} == {"Arabic"}


def test_works_are_in_their_lists_and_only_native_names_have_a_language():
    topics = {topic.name: topic for topic in read(native()).topics}
    assert topics["Literary texts"].parent_code == "Appendix 1"
    assert topics["Literary texts"].language is None
    assert topics["قصة الفانوس (novel)"].parent_code == topics["Literary texts"].code
    assert topics["فيلم الضوء"].language == "Arabic"
    assert topics["Prescribed literary texts and films"].code == "Appendix 1"


def test_the_grammar_list_keeps_its_numbers_and_points():
    topics = [topic for topic in read(native()).topics if topic.code.startswith("Appendix 2")]
    assert [(topic.code, topic.name, topic.level) for topic in topics] == [
        ("Appendix 2", "Grammar list", 0),
        ("Appendix 2.1", "The case system", 1),
        ("Appendix 2.2", "Nouns", 1),
        ("Appendix 2.2~gender", "Gender", 2),
        (
            "Appendix 2.2~number-in-the-widest-sense-in-all-the-forms-that-it-is-given",
            "Number in the widest sense, in all the forms that it is given",
            2,
        ),
        ("Appendix 2.2~verbs-of-light", "Verbs of light", 2),
        ("Appendix 2.2~verbs-of-light~to-burn", "to burn", 3),
        ("Appendix 2.2~verbs-of-light~to-shine", "to shine", 3),
        ("Appendix 2.3", "Quantifiers", 1),
        ("Appendix 2.4", "Particles", 1),
        ("Appendix 2.4~negation-using-لا", "Negation (using لا)", 2),
    ]
    assert topics[8].description == "Including كل"


def test_research_subjects_and_works_are_options_with_what_the_text_allows():
    reading = read(native())
    groups = {group.code: group for group in reading.option_groups}
    told = {code: (each.choose_least, each.choose_most, each.component_code) for code, each in groups.items()}
    assert told == {
        "research-subjects": (1, 1, "9LA0/01"),
        "works-1": (1, 2, "9LA0/02"),
        "works-2": (0, 1, "9LA0/02"),
    }
    assert groups["works-1"].note == "The works can be either two literary texts or one literary text and one film."
    options = [(topic.name, topic.option_group) for topic in reading.topics if topic.option_group]
    assert options == [
        ("الفتيل", "research-subjects"),
        ("الضوء", "research-subjects"),
        ("قصة الفانوس (novel)", "works-1"),
        ("ليل بلا زيت (play)", "works-1"),
        ("فيلم الضوء", "works-2"),
    ]


def test_aspects_out_of_order_are_kept_as_they_stand_and_none_becomes_a_topic():
    content = changed(1, "أنواع الزيت؛ ثمن الزيت.", "الزيت.أنواع الزيت؛ ثمن")
    reading = read(content)
    oil = next(topic for topic in reading.topics if topic.code == "1~الزيت")
    assert oil.description == "الزيت.أنواع الزيت؛ ثمن"
    assert not [topic for topic in reading.topics if topic.parent_code == oil.code]
    assert [finding.rule for finding in reading.findings] == ["aspects_not_split"]


def test_one_line_in_two_orders_casts_doubt_on_all_others():
    page = list(NATIVE_PAGES[1])
    page[page.index("موضوع البحث")] = "البحث موضوع"
    found = [finding for finding in read(native({1: page})).findings if finding.rule == "reading_order"]
    assert len(found) == 1
    assert "2 orders" in found[0].message


@pytest.mark.parametrize(
    ("index", "old", "new", "rule"),
    [
        (1, "Theme 2 is set in the context of the lantern-lit world.", ("More words.",), "witnesses_disagree"),
        (1, "المحور الثاني: السوق والضوء", (), "witnesses_disagree"),
        (1, "المحور الثاني: السوق والضوء", ("المحور الثاني: السوق",), "witnesses_disagree"),
        (1, "البيع", (), "unclear_block"),
        (1, "بيع الليل؛ بيع النهار.", (), "unclear_block"),
        (1, "لون الضوء؛ قوة الضوء.", ("لون الضوء؛ قوة؛ ظل.",), "witnesses_disagree"),
        (1, "Students are required to select only one research subject for Paper 1.", (), "options_unclear"),
        (3, "The works can be either two literary texts or one literary text and one film.", (), "options_unclear"),
        (4, "1. The case system", (), "numbering_gap"),
        (5, "3. Quantifiers", (), "numbering_gap"),
        (1, "الزيت", ("ال\u200fزيت",), "bidi_controls"),
        (6, "Appendix 3: Codes", ("Appendix 4: Codes",), "witnesses_disagree"),
    ],
)
def test_what_was_lost_or_changed_is_told(index, old, new, rule):
    assert rule in rules(changed(index, old, *new))


def test_a_title_that_ends_as_a_sentence_does_is_told_by_the_blank_line_above():
    page = list(NATIVE_PAGES[1])
    page[page.index("موضوع البحث", 12) :] = ["البيع الكبير.", "بيع؛ شراء.", "", *page[page.index("موضوع البحث", 12) :]]
    names = [topic.name for topic in read(native({1: page})).topics]
    assert "البيع الكبير." in names


def test_a_theme_that_lost_a_part_is_told():
    page = [line for line in NATIVE_PAGES[1] if line not in {"البيع", "بيع الليل؛ بيع النهار."}]
    found = [finding.message for finding in read(native({1: page})).findings]
    assert found == ["theme 2 has 1 parts, where the text promises 1 and a research subject"]


def test_lines_above_research_subjects_that_differ_are_told():
    page = list(NATIVE_PAGES[1])
    page[page.index("موضوع البحث")] = "موضوع الليل"
    assert [finding.rule for finding in read(native({1: page})).findings] == ["unclear_block"]


def test_a_text_that_speaks_of_more_themes_than_it_has_is_told():
    content = changed(0, "The course has two engaging themes:", "The course has three engaging themes:")
    assert [finding.message for finding in read(content).findings] == ["the text speaks of 3 themes, 2 were found"]


def test_names_from_right_to_left_are_not_believed_of_a_pdf():
    reading = native_themes.read(replace(pdf_of(native()), is_text=False))
    assert {finding.rule: finding.severity for finding in reading.findings} == {"right_to_left_pdf": "error"}


def test_a_head_whose_points_are_gone_is_told():
    page = [line for line in NATIVE_PAGES[4] if not line.startswith("o ")]
    assert "missing_children" in rules(native({4: page}))


def test_a_page_in_the_middle_of_the_list_that_is_too_short_is_told():
    assert "page_short" in rules(native({4: NATIVE_PAGES[4][:4]}))


def test_a_document_without_themes_in_a_script_of_its_own_is_not_read():
    page = [line if line.isascii() else "Les lanternes" for line in NATIVE_PAGES[1]]
    assert read(native({1: page})) is None
    assert read(lantern_dumps.lettered()) is None
    contents = [line for line in NATIVE_CONTENTS if not line.startswith("Themes")]
    assert read(native(contents=contents)) is None


def test_names_are_kept_to_the_letter():
    content = native()
    words = content.decode()
    assert all(topic.name in words for topic in read(content).topics if topic.language)
