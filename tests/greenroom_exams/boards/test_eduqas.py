"""Eduqas: four real parts of A level specifications as text, a real past-papers tab, and invented documents."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest
from tests.greenroom_exams.layouts import lantern_wales
from tests.greenroom_exams.mutations import check_bytes

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.boards import eduqas, wjec
from greenroom_exams.layouts.assessment_words import is_examined, minutes_of, weight_of
from greenroom_exams.layouts.families import chosen
from greenroom_exams.layouts.front_page import board_of
from greenroom_exams.layouts.interleaved_rows import title_of

CODES = {"Biology": "A400QS", "Film-Studies": "A670QS", "Law": "A150QS", "Geography": "A110QS"}
READ = ("Biology", "Film-Studies", "Law")
TAB = "uk/eduqas/past-papers-tab-listitems-excerpt.json"
# What each part lacks, and what its text layer spoilt.
FOUND = {
    "Biology": {
        *("component_missing", "content_without_end", "witnesses_disagree"),
        *("formula_fell_apart", "low_confidence"),
    },
    "Film-Studies": {"component_missing", "work_breaks_off", "low_confidence"},
    "Law": {"component_missing", "title_interleaved", "low_confidence"},
}  # fmt: skip


def named(which):
    return f"uk/eduqas/alevel-{which}-content.txt"


def parse(content, *, name="lantern.txt", subject=None, qualification="A-Level"):
    return eduqas.parse(content, name=name, subject=subject, qualification=qualification)


def real(shared_data, which):
    return parse(shared_data(named(which)).read_bytes(), name=named(which), subject=CODES[which])


def lines_of(shared_data, which):
    text = shared_data(named(which)).read_text(encoding="utf-8")
    return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]


def rules(parsed):
    return {finding.rule for finding in parsed.findings}


def levels(parsed):
    counted = Counter(topic.level for topic in parsed.topics)
    return tuple(counted[level] for level in range(len(counted)))


@pytest.mark.parametrize("which", READ)
def test_a_real_part_is_held_for_what_it_lacks(shared_data, which):
    parsed = real(shared_data, which)
    assert rules(parsed) - {"content_without_cover"} <= FOUND[which]
    assert rules(parsed) >= (FOUND[which] - {"low_confidence"}) | {"content_without_cover"}
    (told,) = [finding for finding in parsed.findings if finding.rule == "content_without_cover"]
    assert told.severity == "warning"
    assert all(topic.line and topic.page is None and topic.box is None for topic in parsed.topics)
    assert len({topic.code for topic in parsed.topics}) == len(parsed.topics)
    assert (parsed.subject.code, parsed.subject.exam_board) == (CODES[which], "EDUQAS")
    assert parsed.subject.paper_code == CODES[which][:4]


def test_the_real_missing_components_are_named(shared_data):
    told = {
        which: [f.message for f in real(shared_data, which).findings if f.rule == "component_missing"] for which in READ
    }
    assert {which: message[0][:11] for which, message in told.items()} == {
        "Biology": "Component 3",
        "Film-Studies": "Component 1",
        "Law": "Component 1",
    }
    assert all(len(messages) == 1 for messages in told.values())


def test_the_real_biology_is_counted_by_its_letters(shared_data):
    parsed = real(shared_data, "Biology")
    lines = lines_of(shared_data, "Biology")
    # Core Concepts 5, Energy for Life 6, Continuity of Life 5 of 7: the text breaks off in its fifth topic
    topics = [
        (above, line)
        for above, line in pairwise(lines)
        if above in {"Core Concepts", "Energy for Life", "Continuity of Life"} and re.match(r"\d\. ", line)
    ]
    statements = sum(bool(re.match(r"\([a-z]\) ", line)) for line in lines)
    practicals = sum(line == "SPECIFIED PRACTICAL WORK" for line in lines)
    bullets = sum(line.startswith("• ") for line in lines)
    assert (len(topics), statements, practicals, bullets) == (16, 127, 13, 22)
    assert levels(parsed) == (3, 16, 127 + 13, 22)
    assert [(topic.parent_code, topic.name) for topic in parsed.topics if topic.level == 1] == [
        (f"~{above.casefold().replace(' ', '-')}", line.partition(". ")[2]) for above, line in topics
    ]


def test_the_real_biology_has_its_titles_and_parents(shared_data):
    topics = {topic.code: topic for topic in real(shared_data, "Biology").topics}
    assert topics["~core-concepts/2"].name == "Cell structure and organisation"
    assert topics["~energy-for-life/6/(f)"].name == "the concept of planetary boundaries"
    assert topics["~energy-for-life/6/(f)"].parent_code == "~energy-for-life/6"
    assert topics["~continuity-of-life/4/(f)"].name == "the process of germination of Vicia faba (broad bean)"
    assert topics["~core-concepts/1/(j)"].name.endswith("globular structure of proteins to their function")
    assert topics["~core-concepts/1"].description.startswith("Learners should be able to use given structural formulae")
    assert topics["~core-concepts/1"].component_code is None
    assert topics["~energy-for-life/1"].component_code == "Energy for Life"


def test_the_real_components_of_biology_are_assessed_as_they_say(shared_data):
    found = [
        (c.name, c.examined, c.duration_minutes, c.weight_percent) for c in real(shared_data, "Biology").components
    ]
    assert found == [("Energy for Life", True, 120, 33.33), ("Continuity of Life", True, 120, 33.33)]


def test_the_real_topics_that_biology_promises_and_lacks_are_named(shared_data):
    messages = [f.message for f in real(shared_data, "Biology").findings if f.rule == "witnesses_disagree"]
    assert len(messages) == 2
    assert "6 Variation and evolution" in messages[0]
    assert "7 Application of reproduction and genetics" in messages[1]


def test_the_real_set_films_are_options_of_their_sections(shared_data):
    parsed = real(shared_data, "Film-Studies")
    assert levels(parsed) == (2, 4 + 2, 2 + 15, 12)
    chosen_from = Counter(topic.option_group for topic in parsed.topics if topic.option_group and topic.examined)
    assert chosen_from == {
        "Component 2/Section A/Group 1": 6,
        "Component 2/Section A/Group 2": 6,
        "Component 2/Section B": 5,
        "Component 2/Section C": 5,
        "Component 2/Section D": 5,
    }
    groups = {group.code: group for group in parsed.option_groups}
    assert set(chosen_from) < set(groups)
    assert {(group.choose_least, group.choose_most) for group in groups.values()} == {(1, 1)}
    assert "from Group 1 and one non-English language film" in groups["Component 2/Section A/Group 1"].note


def test_every_real_set_film_stands_in_the_text_as_a_bullet(shared_data):
    text = " ".join(lines_of(shared_data, "Film-Studies"))
    content = text[: text.index("A LEVEL FILM STUDIES 31")]
    # a bullet with a bracket and a year in it is a film
    films = [film for film in content.split("• ")[1:] if re.match(r"[^•]{3,80}\([^)]*(?<!-)(?:19|20)\d\d(?!-)", film)]
    names = [topic.name for topic in real(shared_data, "Film-Studies").topics if topic.option_group and topic.examined]
    assert len(names) == len(films) == 27
    assert all(film.startswith(name) for film, name in zip(films, names, strict=True))
    assert names[3] == "Portrait of a Lady on Fire (Sciamma, France, 2019"  # as printed
    assert names[17].startswith("One Week (1920) and The Scarecrow (1920)")
    assert names[17].endswith("and Cops (1922) (Keaton, US), American Silent Comedy")


def test_the_real_production_is_no_examination(shared_data):
    parsed = real(shared_data, "Film-Studies")
    exam, production = parsed.components
    assert (exam.examined, exam.marks, exam.duration_minutes, exam.weight_percent) == (True, 100, 150, 35.0)
    assert (production.examined, production.marks, production.weight_percent) == (False, 60, 30.0)
    coursework = [topic.code for topic in parsed.topics if not topic.examined]
    assert coursework == ["Component 3", "Component 3/(i)", "Component 3/(ii)"]


def test_the_real_law_has_its_codes_and_sections(shared_data):
    parsed = real(shared_data, "Law")
    codes = [found[1] for line in lines_of(shared_data, "Law") if (found := re.match(r"(2\.\d\.\d) ", line))]
    assert len(codes) == 26
    assert [topic.code for topic in parsed.topics if topic.level == 2] == codes
    sections = [(topic.name, topic.description) for topic in parsed.topics if topic.level == 1]
    assert sections == [
        ("The law of contract", "private law"),
        ("The law of tort", "private law"),
        ("Criminal law", "public law"),
        ("Human rights law", "public law"),
    ]
    parents = {topic.code: topic.parent_code for topic in parsed.topics}
    assert parents["2.3.4"] == "Component 2/Section C"


def test_the_real_law_is_three_areas_of_four(shared_data):
    parsed = real(shared_data, "Law")
    (group,) = parsed.option_groups
    options = [topic.name for topic in parsed.topics if topic.option_group == group.code]
    assert (group.choose_least, group.choose_most, len(options)) == (3, 3, 4)
    assert "either two public and one private or one public and two private" in group.note
    assert [(c.weight_percent, c.marks, c.duration_minutes) for c in parsed.components] == [(37.5, 75, 135)] * 2


# By a reading of the four tables with one's own eyes: what is one column and what the other.
LAW = {
    "2.1.1": "Rules of the law of contract",
    "2.1.2": "Essential requirements of contract",
    "2.1.3": "Express and implied terms",
    "2.1.4": "Misrepresentation and economic duress",
    "2.1.5": "Discharge of contract",
    "2.1.6": "Remedies",
    "2.2.1": "The rules of the law of tort and theory in the law of tort",
    "2.2.2": "Liability in negligence for injury to people and damage to property",
    "2.2.3": "Occupiers’ liability",
    "2.2.4": "Torts connected to land",
    "2.2.5": "Vicarious liability",
    "2.2.6": "Defences",
    "2.2.7": "Remedies",
    "2.3.1": "Rules of criminal law and theory in criminal law",
    "2.3.2": "General elements of liability",
    "2.3.3": "Offences against the person",
    "2.3.4": "Property offences, including theft and robbery",
    "2.3.5": "Capacity defences of insanity and intoxication",
    "2.3.6": "Necessity defences of self defence, duress and duress of circumstances",
    "2.3.7": "Preliminary offences of attempt",
    "2.4.1": "The rules of human rights law and theory in human rights law",
    "2.4.2": "Protection of rights and freedoms in the UK",
    "2.4.3": "Specific provisions within the European Convention on Human Rights",
    "2.4.4": "Restrictions, including those restrictions permitted by the European Convention on Human Rights",
    "2.4.5": "Enforcement",
    "2.4.6": "Reform",
}


def test_the_real_titles_of_law_say_only_what_is_sure(shared_data):
    parsed = real(shared_data, "Law")
    titles = {topic.code: topic.name for topic in parsed.topics if topic.level == 2}
    assert set(titles) == set(LAW)
    for code, title in titles.items():
        pattern = ".*".join(re.escape(part.strip()) for part in title.split("…"))
        assert re.fullmatch(pattern, LAW[code]), code
    whole = {code for code, title in titles.items() if "…" not in title}
    assert whole == {"2.1.4", "2.2.1", "2.2.3", "2.4.5", "2.4.6"}
    assert all(titles[code] == LAW[code] for code in whole)
    told = {finding.message[:5] for finding in parsed.findings if finding.rule == "title_interleaved"}
    assert told == set(titles) - whole


def test_the_real_geography_has_no_content_of_its_components(shared_data):
    lines = lines_of(shared_data, "Geography")
    # it begins with the page before 39, in the coursework, and goes on with the assessment and the appendices
    assert lines.index("3 ASSESSMENT") == 75
    assert not any(re.match(r"2\.\d Component|Theme \d|Focus", line) for line in lines)
    with pytest.raises(SourceEmpty, match="no content of a component that can be read; its first numbered page is 39"):
        real(shared_data, "Geography")


@pytest.mark.parametrize("which", CODES)
def test_a_real_part_of_another_level_subject_or_brand_is_refused(shared_data, which):
    content, name = shared_data(named(which)).read_bytes(), named(which)
    with pytest.raises(ContractBroken, match="for A-Level, not for GCSE"):
        parse(content, name=name, subject=CODES[which], qualification="GCSE")
    with pytest.raises(ContractBroken):
        wjec.parse(content, name=name, subject=None, qualification="A-Level")
    with pytest.raises(ContractBroken):
        parse(content, name=name, subject="1500QS")
    if which != "Biology":
        with pytest.raises(ContractBroken, match=f"specification of {CODES[which]} .*, not of A999QS"):
            parse(content, name=name, subject="A999QS")


def test_a_real_part_without_its_code_asks_for_it(shared_data):
    with pytest.raises(ContractBroken, match="does not say its code"):
        parse(shared_data(named("Biology")).read_bytes())
    for which in ("Law", "Film-Studies"):
        assert parse(shared_data(named(which)).read_bytes()).subject.code == CODES[which]


@pytest.mark.parametrize("which", READ)
def test_a_spoilt_real_part_is_refused_held_or_nearly_right(shared_data, which):
    content = shared_data(named(which)).read_bytes()
    check_bytes(lambda spoilt: parse(spoilt, name=named(which), subject=CODES[which]), content)


def test_the_real_tab_is_read_as_its_truth_says(shared_data):
    parsed = parse(shared_data(TAB).read_bytes(), name=TAB, subject="C300QS", qualification="GCSE")
    assert parsed.findings == ()
    plain, large, braille = parsed.papers
    for paper in parsed.papers:
        assert (paper.subject_code, paper.component_code, paper.paper_number) == ("C300QS", "C300UA0-1", 1)
        assert (paper.tier, paper.type, paper.series, paper.language) == ("Higher", "question paper", "June", "English")
    assert (plain.year, plain.modified, plain.variant) == (2023, False, None)
    assert (large.year, large.modified, large.variant) == (2023, True, "mlp a4 18")
    # labelled "Past Paper" by the board; another folder and another case
    assert (braille.year, braille.modified, braille.variant) == (2025, True, "brl")
    assert len({paper.identity for paper in parsed.papers}) == 3


def test_the_real_tab_is_not_of_wales_nor_of_another_subject(shared_data):
    content = shared_data(TAB).read_bytes()
    with pytest.raises(ContractBroken, match="C300, which is no code of WJEC"):
        wjec.parse(content, name=TAB, subject=None, qualification="GCSE")
    with pytest.raises(ContractBroken, match="papers of C300, not of C720QS"):
        parse(content, name=TAB, subject="C720QS", qualification="GCSE")


def test_a_spoilt_real_tab_is_refused_held_or_nearly_right(shared_data):
    content = shared_data(TAB).read_bytes()
    check_bytes(lambda spoilt: parse(spoilt, name=TAB, subject="C300QS", qualification="GCSE"), content)


def test_a_tab_may_be_escaped_in_an_element_or_in_a_string(shared_data):
    record = lantern_wales.record("s24-c990u10-1.pdf")
    escaped = lantern_wales.tab(record)
    quoted = b'"{\\"listItems\\": [' + str(record).replace("'", '\\"').encode() + b']}"'
    for content in (escaped, quoted):
        (paper,) = parse(content, name="tab", subject="C990QS", qualification="GCSE").papers
        assert paper.component_code == "C990U10-1"


def test_resources_and_reports_of_a_tab_have_their_types():
    records = (
        lantern_wales.record("s24-c990u10-1.pdf"),
        lantern_wales.record("s24-c990u10-1-res.pdf", name="Past Paper - Summer - Component 1 [Resource Folder]"),
        lantern_wales.record("s24-c990u20-1-er.pdf", kind="Examiner Report"),
    )
    parsed = parse(lantern_wales.tab(*records), name="tab", subject="C990QS", qualification="GCSE")
    assert [paper.type for paper in parsed.papers] == ["question paper", "insert", "examiner report"]
    assert [paper.variant for paper in parsed.papers] == [None, "resource folder", None]
    assert parsed.findings == ()


def test_as_papers_are_not_of_the_a_level_of_eduqas():
    records = [lantern_wales.record(f"s24-{letter}990u10-1.pdf") for letter in "ab"]
    parsed = parse(lantern_wales.tab(*records), name="tab", subject="A990QS")
    assert [paper.component_code for paper in parsed.papers] == ["A990U10-1"]
    assert parsed.counts["other_level"] == 1


TEXTS: dict[str, tuple[Callable[..., bytes], tuple[int, ...], str]] = {
    "letters": (lantern_wales.eduqas_letters, (2, 12, 132, 12), "numbered topics of lettered statements"),
    "works": (lantern_wales.eduqas_works, (2, 4, 24), "sections of works to choose from"),
    "areas": (lantern_wales.eduqas_areas, (2, 2, 18), "amplification table read across"),
}


@pytest.mark.parametrize("which", TEXTS)
def test_an_invented_text_lacks_nothing_but_its_cover(which):
    text, counted, layout = TEXTS[which]
    parsed = parse(text())
    assert rules(parsed) == {"content_without_cover"}
    assert (levels(parsed), parsed.layout) == (counted, layout)
    assert (parsed.subject.code, parsed.subject.name) == ("A990QS", "Lantern Studies")


def test_an_invented_text_keeps_what_its_statements_say():
    topics = {topic.code: topic for topic in parse(lantern_wales.eduqas_letters()).topics}
    assert topics["~shade/2/(c)"].name == "what lamp 222 does when it is lit for the 4th time"
    practical = topics["~shade/2~specified-practical-work"]
    assert (practical.level, practical.parent_code) == (2, "~shade/2")
    assert topics["~shade/2~specified-practical-work~lighting-lamp-22-and-putting-it-out"].level == 3


def test_the_rule_of_choice_is_read_or_told():
    two = parse(lantern_wales.eduqas_works(rule="Learners must study two of the following lamps:"))
    assert {(group.choose_least, group.choose_most) for group in two.option_groups if "Section" in group.code} == {
        (2, 2)
    }
    assert "choice_without_rule" in rules(parse(lantern_wales.eduqas_works(rule="Learners look at lamps:")))


def spoilt(text, old, new, count=1):
    content = text().decode()
    assert old in content
    return content.replace(old, new, count).encode()


@pytest.mark.parametrize(
    ("which", "old", "new", "rule"),
    [
        ("letters", "(c) what", "what", "numbering_gap"),
        ("letters", "2. Light of lamp number 2", "2. Light of lamp", "witnesses_disagree"),
        ("letters", "Light\n3. Light", "Light\n13. Light", "witnesses_disagree"),
        ("letters", "Component 2 20% - 30% 50%", "Component 2 20% - 30% 45%", "assessment_disagrees"),
        ("letters", "Component 2 20%", "Component 2 20%\nComponent 3 10% - 10% 20%", "component_missing"),
        ("letters", "3 ASSESSMENT", "Assessment begins", "content_without_end"),
        ("letters", "A LEVEL LANTERN STUDIES 12", "A LEVEL LANTERN STUDIES 14", "page_missing"),
        ("letters", "Written examination: 2 hours", "A long evening", "assessment_unknown"),
        ("letters", "(b) what lamp 111 does\n", "(b) what PO 3-\n4\n", "formula_fell_apart"),
        ("letters", "(b) what lamp", "(b) what \ufffdamp", "unreadable_title"),
        ("works", "Section B: Standing lamps, 20 marks", "Section B: Standing lamps, 30 marks", "assessment_disagrees"),
        ("works", "Section B: Standing lamps\n", "Section B: Standing light\n", "witnesses_disagree"),
        ("works", "(Wick, Wales, 1905)", "(Wick, Wales", "work_breaks_off"),
        ("works", "Non-exam assessment", "Made at home", "assessment_unknown"),
        ("works", "2.2 Component 2", "Another thing", "component_missing"),
        ("works", "30% of the qualification", "20% of the qualification", "assessment_disagrees"),
        ("works", "• Lamp B3 (Wick, Wales, 1903)", "• Lamp B2 (Wick, Wales, 1902)", "duplicate_code"),
        ("areas", "1.2.4 •", "• Rule 4", "numbering_gap"),
        ("areas", "Section B – The law of shade", "Section B – The law of shades", "witnesses_disagree"),
        ("areas", "Rule 1 4 • Who made it", "Rule 1 4 who made it", "title_interleaved"),
        ("areas", "2.2 Component 2", "Another thing", "component_missing"),
        ("areas", "on the same one area of law as selected for Component 1", "on two areas", "missing_children"),
    ],
)
def test_what_a_text_tells_twice_and_differently_is_held(which, old, new, rule):
    parsed = parse(spoilt(TEXTS[which][0], old, new))
    assert rule in rules(parsed)


@pytest.mark.parametrize("which", TEXTS)
def test_a_text_that_is_cut_is_held_or_refused_before_its_cover_is_asked_for(which):
    content = TEXTS[which][0]()
    pdf = eduqas.read_dump(content[: len(content) // 2], name="cut")
    try:
        parsed = chosen(pdf, eduqas.BRAND.families, name="cut")
    except SourceEmpty:
        return
    assert {"content_without_end"} <= rules(parsed)


def test_an_invented_text_without_its_code_asks_for_it():
    text = lantern_wales.eduqas_letters(codes="The end")
    with pytest.raises(ContractBroken, match=r"does not say its code \(Lantern Studies, A-Level\)"):
        parse(text)
    with pytest.raises(ContractBroken, match="does not say its code"):
        parse(text, subject="C990QS")
    parsed = parse(text, subject="A990QS")
    assert (parsed.subject.code, parsed.subject.name) == ("A990QS", "Lantern Studies")
    assert "only what was asked for" in next(f.message for f in parsed.findings if f.rule == "content_without_cover")


def test_an_invented_text_of_wales_or_of_nobody_is_refused():
    wales = lantern_wales.eduqas_letters(codes="WJEC A level Lantern Studies: 1990QS")
    with pytest.raises(ContractBroken, match="specification of WJEC, not of EDUQAS"):
        parse(wales)
    with pytest.raises(ContractBroken, match="no pages headed as Eduqas heads them"):
        parse(b"Lanterns were lit.\n")
    with pytest.raises(ContractBroken, match="for AS-Level, not for A-Level"):
        parse(lantern_wales.eduqas_letters(level="AS LEVEL"))
    with pytest.raises(SourceUnreadable):
        parse("A LEVEL LANTERN STUDIES 9\nGlühlampe".encode("latin-1"))


@pytest.mark.parametrize(
    ("rows", "title", "is_whole"),
    [
        (("• Origin", "Rules • Theory", "• End"), "Rules", True),
        (("• Origin", "Rules of • Theory", "light • Practice", "• End"), "Rules of light", True),
        (("• Origin of the", "Rules law of light", "light • Theory", "• End"), "Rules … light", False),
        (("• Origin", "Rules • Theory", "more words of the second column"), "Rules …", False),
        (("• Origin", "Rules • Theory", "• Practice", "shade"), "Rules …", False),
        (("• Origin",), "", False),
    ],
)
def test_a_title_of_two_columns_read_across_says_what_is_sure(rows, title, is_whole):
    assert title_of(rows) == (title, is_whole)


def test_words_of_assessment():
    assert weight_of("33⅓% of qualification") == 33.33
    assert weight_of("37.5% of the qualification") == 37.5
    assert weight_of("20% scaled") is None
    assert minutes_of("Written examination: 2 hours 15 minutes") == 135
    assert minutes_of("On-screen examination: 45 minutes") == 45
    assert minutes_of("Non-examination assessment: 18 hours") == 1080
    assert minutes_of("Written examination") is None
    assert is_examined("Written examination: 2 hours")
    assert not is_examined("Practical non-examination assessment")
    assert not is_examined("Non-exam assessment")
    assert not is_examined("A long evening")


INDEX_PAGE = lantern_wales.index(
    ("Lantern Studies GCSE", "/ed/qualifications/lantern-studies-gcse/"),
    ("Lantern Studies AS/A level", "/ed/qualifications/lantern-studies-asa-level/"),
)
SUBJECT_PAGE = b"""<html><body><script>load({"qualificationId": 38999})</script>
<a href="/media/abcd1234/eduqas-a-level-lantern-spec-from-2031-e.pdf">Specification</a>
<a href="/media/abcd1235/eduqas-as-lantern-spec-from-2031-e.pdf">AS</a>
<a href="/media/abcd1236/a-level-lantern-spec-comparison.pdf">Comparison</a></body></html>"""


def test_a_visit_goes_from_the_index_to_specification_and_papers():
    (first,) = eduqas.start("A-Level", "A990QS")
    assert (first.address, first.kind) == ("https://www.eduqas.co.uk/ed/qualifications/", "subject list")
    (page,) = eduqas.follow("A-Level", first, INDEX_PAGE)
    assert page == Request(
        "https://www.eduqas.co.uk/ed/qualifications/lantern-studies-asa-level/", "subject", name="Lantern Studies"
    )
    addresses = [(request.kind, request.address) for request in eduqas.follow("A-Level", page, SUBJECT_PAGE)]
    assert addresses == [
        ("specification", "https://www.eduqas.co.uk/media/abcd1234/eduqas-a-level-lantern-spec-from-2031-e.pdf"),
        (
            *("papers",),
            "https://www.eduqas.co.uk/umbraco/surface/TabSurface/GetPastPapersTab?qualificationId=38999&cultureId=en-GB",
        ),
    ]
    (lower,) = [r for r in eduqas.follow("AS-Level", page, SUBJECT_PAGE) if r.kind == "specification"]
    assert lower.address.endswith("/eduqas-as-lantern-spec-from-2031-e.pdf")
    assert list(eduqas.start("IB", None)) == []


def test_the_real_lists_become_offers(shared_data):
    for file, qualification, count in (
        ("eduqas-alevel-pdf-urls.json", "A-Level", 26),
        ("eduqas-gcse-pdf-urls.json", "GCSE", 22),
        ("eduqas-all-subjects.md", "GCSE", 24),
    ):
        content = shared_data(f"uk/eduqas/{file}").read_bytes()
        assert len(parse(content, name=file, qualification=qualification).offers) == count
        with pytest.raises(ContractBroken):
            wjec.parse(content, name=file, subject=None, qualification=qualification)


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("© WJEC CBAC Ltd.", "WJEC"),
        ("WJEC Eduqas A level Law © WJEC CBAC Ltd.", "EDUQAS"),
        ("Eduqas", "EDUQAS"),
        ("CBAC", "WJEC"),
        ("WJEC CBAC AQA AQA AQA", "AQA"),
    ],
)
def test_the_two_brands_are_told_apart(text, whose):
    assert board_of(text) == whose
