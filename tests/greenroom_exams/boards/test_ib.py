from collections import Counter
from dataclasses import replace

import pytest
from tests.greenroom_exams.layouts import lantern, lantern_guide
from tests.greenroom_exams.layouts.lantern_guide import COVER, PAPER, TOPICS
from tests.greenroom_exams.mutations import check_document

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.boards import ib
from greenroom_exams.boards.ib import board
from greenroom_exams.layouts.pdf_lines import read_pdf


def parse(content, *, name="file:///drop/guide.pdf", subject=None, qualification="IB"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return sorted({(finding.rule, finding.severity) for finding in parsed.findings})


def a_paper(**changed):
    """The made-up paper with some of its lines changed, by a piece of what they say."""
    lines = list(PAPER)
    for old, new in changed.values():
        assert any(old in line for line in lines)
        lines = [line.replace(old, new) for line in lines]
    return parse(lantern_guide.paper(*lines), name="file:///drop/a.pdf")


@pytest.fixture(scope="module")
def whole():
    return parse(lantern_guide.lettered())


def test_themes_topics_and_statements_make_one_tree(whole):
    assert Counter(topic.level for topic in whole.topics) == {0: 3, 1: 6, 2: 12, 3: 60}
    assert [(topic.code, topic.name, topic.parent_code) for topic in whole.topics[:5]] == [
        ("A", "Burning", None),
        ("A1", "Fuel", "A"),
        ("A1.1", "The wick", "A1"),
        ("A1.1.1", "Parts of the wick", "A1.1"),
        ("A1.1.2", "Makers of the wick", "A1.1"),
    ]
    assert whole.findings == ()
    assert whole.layout == "guide with lettered themes"


def test_only_what_is_additional_is_of_higher_level(whole):
    higher = {topic.code for topic in whole.topics if topic.study_level == "HL"}
    assert higher == {f"{topic.code}.{number}" for topic in TOPICS if topic.extra for number in (5, 6)}
    assert {topic.study_level for topic in whole.topics} == {None, "HL"}
    assert whole.counts["higher_level_only"] == len(higher) == 12


def test_hours_and_guidance_are_kept_as_descriptions(whole):
    told = {topic.code: topic.description for topic in whole.topics}
    assert (told["A1.1"], told["A1.2"], told["A1"]) == ("3 hours", "3 hours, 2 further hours at higher level", None)
    assert told["A1.1.1"] == "Students should explain parts of the wick to a friend. No dates are needed."


def test_the_first_assessment_is_the_version(whole):
    subject = whole.subject
    assert (subject.code, subject.name) == ("lantern-science", "Lantern science")
    assert (subject.first_assessment_year, subject.last_assessment_year) == (2033, None)
    assert (subject.spec_version, subject.spec_start_year) == ("2033", None)


def test_first_teaching_and_last_assessment_are_read_where_they_are_told():
    parsed = parse(lantern_guide.lettered(cover=(*COVER, "First teaching August 2031", "Last assessment 2039")))
    assert (parsed.subject.spec_start_year, parsed.subject.last_assessment_year) == (2031, 2039)


@pytest.mark.parametrize("cover", [(*COVER[:2], COVER[3]), (*COVER, "First assessment 2034")])
def test_a_guide_without_one_version_is_held(cover):
    assert rules(parse(lantern_guide.lettered(cover=cover))) == [("version_unknown", "error")]


def test_numbered_topics_with_a_column_for_notes_make_one_tree():
    parsed = parse(lantern_guide.numbered())
    assert Counter(topic.level for topic in parsed.topics) == {0: 3, 1: 12, 2: 48}
    by_code = {topic.code: topic for topic in parsed.topics}
    assert by_code["1.2.3"].name == "Sketch the use of panes of glass in two places."
    assert (by_code["1.2.3"].parent_code, by_code["1.2.3"].description) == ("1.2", "Two cases are enough.")
    assert (by_code["3"].name, by_code["3"].description) == ("Lantern markets", "20 hours")
    assert parsed.findings == ()


@pytest.mark.parametrize(("mark", "level"), [("(HL)", "HL"), ("(AHL)", "HL"), ("(HL only)", "HL"), ("(SL)", "SL")])
def test_what_hangs_on_a_marked_topic_is_of_its_level(mark, level):
    topics = parse(lantern_guide.numbered(mark=mark)).topics
    assert {topic.code.split(".")[0]: topic.study_level for topic in topics} == {"1": None, "2": None, "3": level}
    assert {topic.name for topic in topics if topic.level == 0} == {
        "Lanterns at rest",
        "Lanterns on the move",
        "Lantern markets",
    }


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (lantern_guide.lettered(listed=TOPICS[:-1]), "witnesses_disagree"),
        (lantern_guide.lettered((*TOPICS[:4], *TOPICS[5:])), "numbering_gap"),
        (lantern_guide.lettered(TOPICS[6:]), "numbering_gap"),
        (lantern_guide.lettered((*TOPICS[:3], replace(TOPICS[3], core=(), extra=()), *TOPICS[4:])), "missing_children"),
        (lantern_guide.lettered((*TOPICS[:3], replace(TOPICS[3], title="Light of"), *TOPICS[4:])), "title_breaks_off"),
        (lantern_guide.lettered(listed=[replace(t, hours=(4, 2)) for t in TOPICS]), "hours_disagree"),
        (lantern_guide.numbered(listed_hours=30), "hours_disagree"),
        (lantern_guide.lettered(end=" "), "content_without_end"),
        (
            lantern_guide.lettered(outline=((0, "A Burning", 4), (0, "B Glowing", 8), (0, "C Carrying", 12))),
            "witnesses_disagree",
        ),
    ],
)
def test_witnesses_that_disagree_are_findings(content, rule):
    assert rule in {name for name, _ in rules(parse(content))}


def test_guidance_that_breaks_off_is_a_finding():
    cut = lantern_guide.lettered().replace(b"(No dates are needed.)", b"(No dates are n     )", 1)
    assert rules(parse(cut)) == [("text_breaks_off", "error")]


def test_hours_of_both_levels_may_be_totals():
    assert parse(lantern_guide.lettered(listed=[replace(t, hours=(3, 3 + t.hours[1])) for t in TOPICS])).findings == ()


def test_an_outline_as_deep_as_themes_is_a_witness_of_themes():
    assert (
        parse(
            lantern_guide.lettered(outline=((0, "A Burning", 4), (0, "B Shining", 8), (0, "C Carrying", 12)))
        ).findings
        == ()
    )


def test_a_paper_is_of_its_session_level_and_zone():
    (paper,) = a_paper().papers
    assert (paper.subject_code, paper.component_code, paper.paper_number) == ("lantern-science", "HP2", 2)
    assert (paper.year, paper.series, paper.variant, paper.tier) == (2033, "June", "TZ1", None)
    assert (paper.type, paper.language, paper.marks) == ("question paper", "English", 90)


def test_papers_of_three_zones_are_three_papers():
    papers = [a_paper(zone=("TZ1", f"TZ{zone}")).papers[0] for zone in range(3)]
    assert len({paper.identity for paper in papers}) == 3
    assert [paper.variant for paper in papers] == ["TZ0", "TZ1", "TZ2"]


def test_the_session_of_november_is_november():
    parsed = a_paper(code=("M33/4", "N33/4"), day=("28 April 2033", "3 November 2033"))
    assert (parsed.papers[0].series, parsed.papers[0].year, parsed.findings) == ("November", 2033, ())


def test_a_mark_scheme_is_told_by_its_code_and_its_cover():
    parsed = a_paper(code=("TZ1/XX", "TZ1/XX/M"), words=("Instructions to candidates", "Markscheme"))
    assert (parsed.papers[0].type, parsed.findings) == ("mark scheme", ())


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("April 2033", "November 2033", "paper_series_mismatch"),
        ("April 2033", "May 2034", "paper_year_mismatch"),
        ("Paper 2", "Paper 1", "paper_paper_number_mismatch"),
        ("Instructions to candidates", "Markscheme", "paper_type_mismatch"),
        ("Higher level", "Standard level", "paper_level_mismatch"),
        ("/ENG/", "/XYZ/", "unknown_language"),
    ],
)
def test_a_cover_that_says_otherwise_is_a_finding(old, new, rule):
    assert rule in {name for name, _ in rules(a_paper(change=(old, new)))}


@pytest.mark.parametrize(
    ("content", "words", "error"),
    [
        (b"", "no content", SourceEmpty),
        (lantern_guide.lettered()[:-1200], "breaks off", SourceUnreadable),
        (b"<html><body>Lantern science guide</body></html>", "is html", ContractBroken),
        (b"A1.1 The wick", "is text", ContractBroken),
        (lantern.aqa(), "neither a guide", ContractBroken),
        (lantern_guide.lettered(cover=("Lantern science guide", "First assessment 2033")), "no guide", ContractBroken),
        (lantern_guide.lettered(()), "laid out as none", SourceEmpty),
        (lantern_guide.paper(*PAPER[2:]), "does not name its subject", ContractBroken),
        (lantern_guide.paper(*PAPER, "M33/4/LANTE/HP3/ENG/TZ1/XX"), "neither a guide", ContractBroken),
    ],
)
def test_other_documents_are_refused(content, words, error):
    with pytest.raises(error, match=words):
        parse(content, name="x")


def test_another_subject_and_another_qualification_are_refused():
    with pytest.raises(ContractBroken, match="not of glass-science"):
        parse(lantern_guide.lettered(), subject="glass-science")
    with pytest.raises(ContractBroken, match="not of glass-science"):
        parse(lantern_guide.paper(), subject="glass-science")
    with pytest.raises(ContractBroken, match="awards no GCSE"):
        parse(lantern_guide.lettered(), qualification="GCSE")
    assert parse(lantern_guide.paper(), subject="Lantern Science").papers


def test_nothing_of_the_ib_is_fetched():
    assert list(board.start("IB", None)) == []
    assert board.hosts == ()
    assert "drop folder" in board.by_hand


@pytest.mark.parametrize("make", [lantern_guide.lettered, lantern_guide.numbered])
def test_a_guide_that_lost_something_is_held(make):
    pdf = read_pdf(make(), name="whole.pdf")
    check_document(lambda mutated: ib.read_guide(mutated, name="x.pdf", subject=None), pdf)
