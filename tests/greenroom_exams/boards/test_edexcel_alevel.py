"""Pearson's A-levels in business, chemistry and Arabic, from text dumps, against what the texts themselves say.

What is expected is taken from the raw text, page by page, by regular expressions of this file and not by the code
under test; the overviews and contents of the documents promise the same numbers.
"""

import re
from collections import Counter

import pytest

from greenroom.model.errors import ContractBroken, SourceError
from greenroom_exams.boards import edexcel
from greenroom_exams.layouts.right_to_left import has_native

PATHS = {code: f"uk/edexcel/{code.lower()}-spec-text.txt" for code in ("9BS0", "9CH0", "9AA0")}
FOOT = re.compile(r"(?:^Pearson Edexcel Level 3.*\n)?^.*Issue \d+ – \w+ \d{4} .*© Pearson.*\n(\d+) *\n", re.M)


def parse(content, code, qualification="A-Level"):
    return edexcel.parse(content, name=f"file:///{code}.txt", subject=code, qualification=qualification)


@pytest.fixture(scope="module")
def contents(shared_data):
    return {code: shared_data(path).read_bytes() for code, path in PATHS.items()}


@pytest.fixture(scope="module")
def texts(contents):
    return {code: content.decode() for code, content in contents.items()}


@pytest.fixture(scope="module")
def business(contents):
    return parse(contents["9BS0"], "9BS0")


@pytest.fixture(scope="module")
def chemistry(contents):
    return parse(contents["9CH0"], "9CH0")


@pytest.fixture(scope="module")
def arabic(contents):
    return parse(contents["9AA0"], "9AA0")


def section(text, first, end):
    """The raw text of the pages printed from `first` up to `end`."""
    pieces = FOOT.split(text)
    pages = zip(map(int, pieces[1::2]), pieces[2::2], strict=True)
    return "\n".join(page for number, page in pages if first <= number < end)


def words(text):
    return " ".join(text.split()).rstrip(":").rstrip()


def rows(parsed):
    names = {topic.code: topic.name for topic in parsed.topics}
    return [(topic.level, topic.name, names.get(topic.parent_code)) for topic in parsed.topics]


# Business: what begins a line, and the lines up to the next mark, a blank line or the head of a table.
MARK = r"Theme \d:|\d\.\d\.\d|\d\.\d|[a-z]\)|o|-"
BUSINESS = re.compile(rf"^({MARK})(?: +|(?= *$))(.*(?:\n(?!(?:{MARK})(?: |$)|Subject content| *$).*)*)", re.M)
LEVELS = {"Theme": 0, "d.d": 1, "d.d.d": 2, "x)": 3, "o": 4, "-": 5}


def business_rows(text):
    above = {}
    for mark, told in BUSINESS.findall(section(text, 5, 33)):
        kind = "Theme" if mark.startswith("Theme") else re.sub(r"^[a-z]\)$", "x)", re.sub(r"\d", "d", mark))
        level = LEVELS[kind]
        name = words(told.split("\n")[0] if level < 2 else told)
        # What stands between a theme's title and its tables is prose, which begins no line with a mark.
        above[level] = name
        yield level, name, above.get(level - 1)


def test_business_has_every_statement_of_its_tables_and_no_other(business, texts):
    expected = list(business_rows(texts["9BS0"]))
    assert rows(business) == expected
    assert Counter(level for level, _, _ in expected) == {0: 4, 1: 20, 2: 80, 3: 238, 4: 269, 5: 6}


def test_business_codes_are_those_printed(business, texts):
    text = section(texts["9BS0"], 5, 33)
    assert [topic.code for topic in business.topics if topic.level == 2] == re.findall(r"^(\d\.\d\.\d) *$", text, re.M)
    assert [topic.code for topic in business.topics if topic.level == 1] == re.findall(r"^(\d\.\d) +\S", text, re.M)
    assert [topic.code for topic in business.topics if topic.level == 0] == list("1234")
    for topic in business.topics:
        if topic.level in (1, 2):
            assert topic.code.rpartition(".")[0] == topic.parent_code
    assert len({topic.code for topic in business.topics}) == len(business.topics)


def test_business_titles_that_wrap_are_whole(business):
    names = {topic.code: topic.name for topic in business.topics}
    assert names["1.5.6"] == "Moving from entrepreneur to leader"
    assert names["4.2.3"] == "Assessment of a country as a production location"
    assert names["4"] == "Global business"


def test_business_is_held_by_nothing(business):
    assert (business.findings, business.confidence) == ((), 1.0)
    assert business.layout == "numbered titles with lettered statements"


VERBS = "know|understand|be able|evaluate"
ROMANS = "i|ii|iii|iv|v|vi|vii|viii|ix"
CHEMISTRY = re.compile(
    rf"^(?:Topic (?P<topic>\d+)|Topic (?P<part>\d+[A-Z])|CORE PRACTICAL (?P<practical>[^:\n]+)): ?(?P<a>.*)$"
    rf"|^(?P<number>\d\d?)\.? +(?P<b>(?:{VERBS})\b.*)$|^ +(?P<roman>{ROMANS})\.? +(?P<c>\S.*)$|^• (?P<bullet>.*)$",
    re.M,
)


def chemistry_rows(text):
    """Code, first line and parent's code of each row; a bullet's code is left open."""
    topic = part = statement = roman = ""
    for found in CHEMISTRY.finditer(section(text, 7, 45)):
        told = words(found["a"] or found["b"] or found["c"] or found["bullet"])
        if found["topic"]:
            topic, part = found["topic"], ""
            yield topic, told, None
        elif found["part"]:
            part = found["part"]
            yield part, told, topic
        elif found["practical"]:
            yield f"Core practical {found['practical']}", told, part or topic
        elif found["number"]:
            statement = f"{topic}.{found['number']}"
            yield statement, told, part or topic
        elif found["roman"]:
            roman = f"{statement}({found['roman']})"
            yield roman, told, statement
        else:
            yield "", told, roman


def test_chemistry_has_every_statement_of_its_topics_and_no_other(chemistry, texts):
    expected = list(chemistry_rows(texts["9CH0"]))
    assert [code for code, _, _ in expected if code] == [
        topic.code for topic in chemistry.topics if "~" not in topic.code
    ]
    assert [parent for _, _, parent in expected] == [topic.parent_code for topic in chemistry.topics]
    for (code, first_line, _), topic in zip(expected, chemistry.topics, strict=True):
        assert topic.name.startswith(first_line.rstrip("-")), code


def test_chemistry_counts_are_those_of_the_text(chemistry, texts):
    kinds = Counter[str]()
    for code, _, _ in chemistry_rows(texts["9CH0"]):
        pattern = {
            "topic": r"\d+",
            "part": r"\d+[A-Z]",
            "statement": r"\d+\.\d+",
            "roman": r".*\)",
            "practical": "Core.*",
        }
        kinds[next((kind for kind, each in pattern.items() if re.fullmatch(each, code)), "bullet")] += 1
    assert kinds == {"topic": 19, "part": 25, "statement": 325, "roman": 205, "practical": 16, "bullet": 3}
    assert len(chemistry.topics) == sum(kinds.values()) == 593


def test_chemistry_has_the_topics_that_its_overview_lists(chemistry, texts):
    listed = dict(re.findall(r"^• Topic (\d+): (.+?) *$", section(texts["9CH0"], 1, 5), re.M))
    assert len(listed) == 19
    assert {topic.code: topic.name for topic in chemistry.topics if topic.level == 0} == listed


def test_chemistry_has_the_sixteen_core_practicals_that_it_promises(chemistry, texts):
    assert "sixteen core practical experiments" in section(texts["9CH0"], 1, 5)
    codes = [topic.code for topic in chemistry.topics if topic.code.startswith("Core practical")]
    assert [re.findall(r"\d+", code)[0] for code in codes] == [str(number) for number in range(1, 17)]
    assert "Core practical 13a and 13b" in codes


def test_chemistry_statements_that_wrap_are_whole_and_guidance_is_apart(chemistry):
    by_code = {topic.code: topic for topic in chemistry.topics}
    assert by_code["1.20"].name.endswith("must have opposite spins")  # printed without its full stop
    assert by_code["6.26"].description.startswith("Be able to identify the repeat unit")
    assert by_code["16.11"].name.endswith("tertiary and primary halogenoalkane hydrolysis")
    assert not any(
        re.search(r"will not be (?:assessed|expected)|is expected\.", topic.name) for topic in chemistry.topics
    )


def test_chemistry_is_held_for_the_formulas_that_a_text_cannot_hold(chemistry):
    assert {finding.rule for finding in chemistry.findings} == {"formula_broken"}
    codes = [finding.message.split()[0] for finding in chemistry.findings]
    assert codes == ["5.2", "5.14", "13.17"]


def test_arabic_has_the_themes_and_parts_that_its_introduction_promises(arabic, texts):
    text = section(texts["9AA0"], 8, 10)
    tops = [topic for topic in arabic.topics if topic.level == 0][:4]
    assert [topic.code for topic in tops] == re.findall(r"^Theme (\d) is set", text, re.M) == list("1234")
    assert "broken into two sub-themes and a research subject" in text
    for top in tops:
        assert sum(topic.parent_code == top.code for topic in arabic.topics) == 3


def test_arabic_headings_stand_above_the_sentence_that_numbers_them(arabic, texts):
    lines = texts["9AA0"].split("\n")
    for topic in arabic.topics[:1] + tuple(topic for topic in arabic.topics if topic.code in list("234")):
        assert words(lines[topic.line - 1]) == topic.name
        assert lines[topic.line].startswith(f"Theme {topic.code} is set")


def test_every_word_in_arabic_is_as_the_text_has_it(arabic, texts):
    text = words(texts["9AA0"])
    native = [topic for topic in arabic.topics if has_native(topic.name)]
    assert len(native) >= 40
    for topic in native:
        assert topic.name in text, topic.code
        assert topic.description is None or topic.description in text, topic.code


def test_arabic_aspects_are_split_only_where_they_stand_in_order(arabic, texts):
    lines = [line for line in section(texts["9AA0"], 8, 10).split("\n") if "؛" in line]
    torn = {finding.position for finding in arabic.findings if finding.rule == "aspects_not_split"}
    assert (len(lines), len(torn)) == (12, 6)
    parts = [topic for topic in arabic.topics if topic.level == 1 and topic.code[0] in "1234"]
    below = Counter(topic.parent_code for topic in arabic.topics)
    assert sorted(below[topic.code] for topic in parts) == [0] * 6 + [3] * 6
    assert all(topic.description for topic in parts)


def test_arabic_works_and_research_subjects_are_options(arabic, texts):
    works = re.findall(r"^• (.+?) *$", section(texts["9AA0"], 43, 44), re.M)
    grouped = {topic.name: topic.option_group for topic in arabic.topics if topic.option_group}
    assert [words(work) for work in works] == [name for name, group in grouped.items() if group.startswith("works")]
    assert Counter(grouped.values()) == {"research-subjects": 4, "works-1": 3, "works-2": 3}
    told = {group.code: (group.choose_least, group.choose_most, group.component_code) for group in arabic.option_groups}
    assert told == {
        "research-subjects": (1, 1, "9AA0/01"),
        "works-1": (1, 2, "9AA0/02"),
        "works-2": (0, 1, "9AA0/02"),
    }


def test_arabic_grammar_list_is_whole(arabic, texts):
    text = section(texts["9AA0"], 44, 47)
    grammar = [topic for topic in arabic.topics if topic.code.startswith("Appendix 2")]
    heads = re.findall(r"^(\d+)\. (.+?) *$", text, re.M)
    assert [(topic.code, topic.name) for topic in grammar if topic.level == 1] == [
        (f"Appendix 2.{number}", name) for number, name in heads
    ]
    assert len(heads) == 16
    points = [len(re.findall(pattern, text, re.M)) for pattern in (r"^● ", r"^o ")]
    assert [sum(topic.level == level for topic in grammar) for level in (2, 3)] == points == [64, 13]


def test_arabic_is_held_until_a_reader_of_arabic_has_seen_it(arabic):
    rules = {finding.rule for finding in arabic.findings}
    assert rules == {"aspects_not_split", "reading_order", "presentation_forms"}
    assert {finding.severity for finding in arabic.findings} == {"warning"}
    assert any("3 orders" in finding.message for finding in arabic.findings)


def test_native_names_have_a_language_and_english_ones_none(arabic):
    by_code = {topic.code: topic for topic in arabic.topics}
    assert by_code["1"].language == "Arabic"
    assert by_code["Appendix 2.3"].language is None
    assert sum(topic.language == "Arabic" for topic in arabic.topics) == 4 + 12 + 18 + 6


FACTS = {
    "9BS0": ("Business", "601/4673/4", 2015, 2017),
    "9CH0": ("Chemistry", "601/5646/6", 2015, 2017),
    "9AA0": ("Arabic (listening, reading and writing)", "603/3044/2", 2018, 2020),
}
COMPONENTS: dict[str, list[tuple[object, ...]]] = {
    "9BS0": [("01", True, 100, 120, 35), ("02", True, 100, 120, 35), ("03", True, 100, 120, 30)],
    "9CH0": [
        ("01", True, 90, 105, 30),
        ("02", True, 90, 105, 30),
        ("03", True, 120, 150, 40),
        ("04", False, None, None, None),
    ],
    "9AA0": [("01", True, 80, 150, 40), ("02", True, 110, 160, 30), ("03", True, 60, 135, 30)],
}


@pytest.mark.parametrize("code", PATHS)
def test_the_subject_and_its_papers_are_those_of_the_overview(code, request):
    parsed = request.getfixturevalue({"9BS0": "business", "9CH0": "chemistry", "9AA0": "arabic"}[code])
    subject = parsed.subject
    facts = (subject.name, subject.qan, subject.spec_start_year, subject.first_assessment_year)
    assert (subject.code, facts, subject.last_assessment_year) == (code, FACTS[code], None)
    told = [
        (each.code, each.examined, each.marks, each.duration_minutes, each.weight_percent) for each in parsed.components
    ]
    assert told == [(f"{code}/{paper}", *rest) for paper, *rest in COMPONENTS[code]]


@pytest.mark.parametrize("code", PATHS)
def test_what_is_not_asked_for_is_refused(code, contents):
    with pytest.raises(ContractBroken):
        parse(contents[code], code, qualification="GCSE")
    with pytest.raises(ContractBroken):
        parse(contents[code], "9XX0")


@pytest.mark.parametrize("code", PATHS)
@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.9])
def test_a_text_that_was_cut_is_refused_or_held(code, share, contents):
    content = contents[code]
    try:
        parsed = parse(content[: int(len(content) * share)], code)
    except SourceError:
        return
    assert "page_missing" in {finding.rule for finding in parsed.findings}
