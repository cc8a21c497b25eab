import random
from collections import Counter
from dataclasses import replace

import pytest
from tests.greenroom_exams.layouts import lantern, lantern_units
from tests.greenroom_exams.layouts.lantern_units import UNITS
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf
from tests.greenroom_exams.mutations import check_document, mutate_bytes

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceError, SourceUnreadable
from greenroom_exams.boards import ual
from greenroom_exams.boards.ual import board
from greenroom_exams.layouts.pdf_lines import read_pdf

ADDRESS = "https://www.arts.ac.uk/partnerships/ual-awarding-body/qualifications/lanterns/level-3-foundation"
PAGE = b"""<!doctype html><html><head><title>UAL</title></head><body>
<a href="/partnerships/ual-awarding-body">UAL Awarding Body</a>
<h1>UAL Level 3 Foundation Diploma in Lantern Design</h1>
<h2>Qualifications at a glance</h2>
<h3>Diploma</h3>
<ul><li>Level - 3</li><li>Units - 5</li><li>Total Qualification Time (hours) - 1,080</li>
<li>Guided Learning Hours (GLH) - 600</li><li>UCAS points - Pass 36</li>
<li>Qualification Accreditation Number (QAN) - 699/1234/X</li></ul>
<a href="/__data/assets/pdf_file/1/lantern-design-specification.pdf">Specification (PDF 2MB)</a>
<a href="/__data/assets/pdf_file/2/teacher-guide.pdf">Teacher guide to the specification</a>
</body></html>"""
LIST = b"""<!doctype html><html><body><h1>Qualifications</h1>
<a href="/partnerships/ual-awarding-body/qualifications/lanterns/level-3-foundation">Foundation Diploma in Lanterns</a>
<a href="/partnerships/ual-awarding-body/qualifications/lanterns/level-2">Level 2 Award in Lanterns</a>
</body></html>"""


def parse(content, *, name="specification.pdf", subject=None, qualification="Foundation"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return sorted({(finding.rule, finding.severity) for finding in parsed.findings})


@pytest.fixture(scope="module")
def whole():
    return parse(lantern_units.specification())


def test_units_outcomes_criteria_and_content_make_one_tree(whole):
    assert Counter(topic.level for topic in whole.topics) == {0: 5, 1: 15, 2: 70}
    assert [(topic.code, topic.name, topic.parent_code) for topic in whole.topics[:8]] == [
        ("Unit 1", "Finding Lanterns in Daily Life", None),
        ("Unit 1/1", "Understand how paper lanterns are made and why they are kept.", "Unit 1"),
        ("Unit 1/1.1", "Describe how paper lanterns are made in two workshops.", "Unit 1/1"),
        ("Unit 1/1.2", "Compare paper lanterns of two centuries and their makers.", "Unit 1/1"),
        ("Unit 1/1~makers-of-paper-lanterns", "Makers of paper lanterns", "Unit 1/1"),
        ("Unit 1/1~guilds-and-apprentices", "Guilds and apprentices", "Unit 1/1"),
        ("Unit 1/1~museums-and-other-keepers", "Museums and other keepers", "Unit 1/1"),
        ("Unit 1/2", "Be able to plan work with paper lanterns.", "Unit 1"),
    ]
    assert whole.findings == ()
    assert [topic.sort_order for topic in whole.topics] == list(range(1, 91))


def test_a_title_over_two_lines_is_whole(whole):
    names = {topic.code: topic.name for topic in whole.topics}
    assert names["Unit 2"] == "Wicks, Oils and Other Materials of the Trade"


def test_nothing_of_an_internally_assessed_unit_is_examined(whole):
    assert not any(topic.examined for topic in whole.topics)
    assert [(each.code, each.examined, each.assessment) for each in whole.components[:2]] == [
        ("Unit 1", False, "internally assessed"),
        ("Unit 2", False, "internally assessed"),
    ]


def test_a_unit_that_says_so_is_externally_assessed():
    outside = replace(UNITS[1], facts=(*UNITS[1].facts, "Assessment: externally assessed"))
    parsed = parse(lantern_units.specification((UNITS[0], outside)))
    assert {topic.component_code for topic in parsed.topics if topic.examined} == {"Unit 2"}
    assert [each.examined for each in parsed.components] == [False, True]


def test_number_hours_and_level_are_those_at_a_glance(whole):
    subject = whole.subject
    assert (subject.code, subject.qan, subject.spec_start_year) == ("699/1234/X", "699/1234/X", 2031)
    assert subject.name == "Level 3 Foundation Diploma in Lantern Design"
    assert whole.counts == {"topics": 90, "units": 5, "level": 3, "glh": 600, "tqt": 1080}


def test_one_document_of_two_qualifications_gives_both():
    second = (
        "UAL Level 4 Foundation Diploma in Lantern Design",
        "699/1235/1",
        "4",
        "600",
        "1,080",
        "01 September 2031",
    )
    glance = [(*row, other) for row, other in zip(lantern_units.GLANCE, second, strict=True)]
    parsed = parse(lantern_units.specification(glance=glance), subject="699/1235/1")
    assert (parsed.subject.code, [each.code for each in parsed.also]) == ("699/1235/1", ["699/1234/X"])
    assert parsed.counts["level"] == 4


def test_a_split_that_renumbers_the_units_leaves_comparable_trees():
    """The diploma of two levels became two, its later units counted from 1 again: same names, other codes."""
    both = parse(lantern_units.specification())
    glance = [
        ("Qualification number", "699/4321/0") if row[0] == "Qualification number" else row
        for row in lantern_units.GLANCE
    ]
    later = parse(lantern_units.specification(lantern_units.renumbered(UNITS[2:], 1), glance=glance))
    assert later.subject.code != both.subject.code
    assert later.findings == ()
    assert paths(later) == {path for path in paths(both) if path[0] not in {UNITS[0].title, UNITS[1].title}}
    assert {t.code for t in later.topics if t.level == 0} == {"Unit 1", "Unit 2", "Unit 3"}


def paths(parsed):
    """Each topic as the names from the top down to it, without any number."""
    by_code = {topic.code: topic for topic in parsed.topics}

    def path(topic):
        above = path(by_code[topic.parent_code]) if topic.parent_code else ()
        return (*above, topic.name)

    return {path(topic) for topic in parsed.topics}


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"listed": UNITS[:4]}, "witnesses_disagree"),
        ({"units": (UNITS[0], UNITS[2]), "listed": (UNITS[0], UNITS[2])}, "numbering_gap"),
        ({"assessed": "Words."}, "assessment_unknown"),
        ({"units": (UNITS[0], replace(UNITS[1], outcomes=()))}, "missing_children"),
        ({"units": (UNITS[0], replace(UNITS[1], facts=())), "listed": UNITS[:2]}, None),
    ],
)
def test_what_is_missing_is_a_finding(changed, rule):
    told = rules(parse(lantern_units.specification(**changed)))
    assert told == [] if rule is None else rule in {name for name, _ in told}


def test_a_criterion_cut_in_half_is_a_finding():
    outcome, criteria, items = UNITS[0].outcomes[0]
    cut = replace(UNITS[0], outcomes=((outcome, ("Describe how paper", *criteria[1:]), items), *UNITS[0].outcomes[1:]))
    assert rules(parse(lantern_units.specification((cut, *UNITS[1:])))) == [("text_breaks_off", "error")]


def test_a_last_unit_with_nothing_behind_it_may_be_cut():
    content = lantern_units.specification().replace(b"Glossary of terms", b"                 ")
    assert ("content_without_end", "error") in rules(parse(content))


def test_a_title_that_breaks_off_is_a_finding():
    cut = replace(UNITS[3], title="Carrying Light in the")
    assert rules(parse(lantern_units.specification((*UNITS[:3], cut, UNITS[4])))) == [("title_breaks_off", "error")]


def test_content_without_bullets_is_a_description():
    parsed = parse(lantern_units.specification().replace("(•)".encode("cp1252"), b"()  "))
    outcome = next(topic for topic in parsed.topics if topic.code == "Unit 1/2")
    assert outcome.description == "Plans of paper lanterns Tools and their care"
    assert Counter(topic.level for topic in parsed.topics) == {0: 5, 1: 15, 2: 30}


def test_content_of_the_whole_unit_stands_below_its_own_heading():
    content = (
        lantern_units.specification().replace(b"(Learning outcome 1)", b"()").replace(b"(Learning outcome 2)", b"()")
    )
    parsed = parse(content.replace(b"(Learning outcome 3)", b"()"))
    parents = {topic.parent_code for topic in parsed.topics if topic.name == "Tools and their care"}
    assert parents == {f"Unit {number}~indicative-content" for number in range(1, 6)}


@pytest.mark.parametrize(
    ("content", "words", "error"),
    [
        (b"", "no content", SourceEmpty),
        (lantern_units.specification()[:-900], "breaks off", SourceUnreadable),
        (lantern.ocr(), "does not name UAL", ContractBroken),
        (
            lantern_units.specification(cover=("UAL Awarding Body", "Foundation Diploma", "Teacher guide")),
            "does not call itself",
            ContractBroken,
        ),
        (
            lantern_units.specification(cover=("UAL Awarding Body", "Diploma in Lanterns", "Specification")),
            "not Foundation",
            ContractBroken,
        ),
        (lantern_units.specification(glance=lantern_units.GLANCE[:1]), "title and number", ContractBroken),
        (
            make_pdf(
                [
                    [Text(60, 700, "UAL Awarding Body Foundation Diploma in Light Specification", 12)],
                    [Text(60, 700 - 20 * i, f"{a} {b}") for i, (a, b) in enumerate(lantern_units.GLANCE)],
                ]
            ),
            "laid out as none",
            SourceEmpty,
        ),
        (b"%PDF-1.4 rubbish %%EOF", "damaged", SourceUnreadable),
        (b'{"a": 1}', "is json", ContractBroken),
    ],
)
def test_other_documents_are_refused(content, words, error):
    with pytest.raises(error, match=words):
        parse(content, name="x")


def test_another_subject_and_another_qualification_are_refused():
    with pytest.raises(ContractBroken, match="not of 699/9999/9"):
        parse(lantern_units.specification(), subject="699/9999/9")
    with pytest.raises(ContractBroken, match="not BTEC"):
        parse(lantern_units.specification(), qualification="BTEC")


def test_a_qualification_page_tells_number_hours_and_specification():
    parsed = parse(PAGE, name=ADDRESS)
    assert (parsed.subject.qan, parsed.subject.specification_url) == ("699/1234/X", ADDRESS)
    address = "https://www.arts.ac.uk/__data/assets/pdf_file/1/lantern-design-specification.pdf"
    assert parsed.subject.specification_pdf_url == address
    assert parsed.counts == {"level": 3, "glh": 600, "tqt": 1080}
    assert (parsed.findings, parsed.papers) == ((), ())
    # a list of offers takes the place of the one before it, and one page is no list
    assert parsed.offers == ()


def test_a_page_of_two_qualifications_gives_both_by_their_headings():
    second = PAGE[PAGE.index(b"<h3>") : PAGE.index(b"</ul>") + 5].replace(b"699/1234/X", b"699/1235/1")
    parsed = parse(PAGE.replace(b"</ul>", b"</ul>" + second.replace(b"Diploma", b"Extended Diploma")), name=ADDRESS)
    assert [each.name for each in (parsed.subject, *parsed.also)] == [
        "Level 3 Foundation Diploma in Lantern Design: Diploma",
        "Level 3 Foundation Diploma in Lantern Design: Extended Diploma",
    ]


def test_a_page_that_does_not_tell_its_hours_or_its_specification_is_held():
    page = PAGE.replace(b"Guided Learning Hours (GLH) - 600", b"").replace(b"specification.pdf", b"leaflet.html")
    assert rules(parse(page, name=ADDRESS)) == [("fact_missing", "warning"), ("specification_not_linked", "warning")]


def test_two_specifications_on_one_page_are_not_chosen_between():
    page = PAGE.replace(b"</body>", b'<a href="/other-specification.pdf">Specification</a></body>')
    parsed = parse(page, name=ADDRESS)
    assert parsed.subject.specification_pdf_url is None
    assert rules(parsed) == [("specification_not_linked", "warning")]


def test_a_visit_goes_from_the_list_to_the_page_to_the_specification():
    (first,) = board.start("Foundation", None)
    (page,) = board.follow("Foundation", first, LIST)
    assert (page.address, page.kind) == (ADDRESS, "subject")
    (document,) = board.follow("Foundation", page, PAGE)
    assert (document.kind, document.subject, document.leads_on) == ("specification", "699/1234/X", False)
    assert document.address.endswith("lantern-design-specification.pdf")


def test_a_list_without_the_qualification_is_empty():
    with pytest.raises(SourceEmpty, match="offers nothing"):
        parse(LIST.replace(b"Foundation Diploma", b"Award"), name="list.html")
    with pytest.raises(ContractBroken, match="nor the list of UAL"):
        parse(b"<html><body>Words</body></html>", name="list.html")


def test_a_specification_that_lost_something_is_held():
    pdf = read_pdf(lantern_units.specification(), name="whole.pdf")
    check_document(
        lambda mutated: ual.read_specification(mutated, name="x.pdf", subject=None, qualification="Foundation"), pdf
    )


def test_a_page_that_lost_something_never_gives_another_subject():
    told = facts(parse(PAGE, name=ADDRESS))
    wrong = []
    for seed in range(200):
        kind, mutated = mutate_bytes(PAGE, random.Random(seed))
        try:
            parsed = parse(mutated, name=ADDRESS, subject="699/1234/X")
        except SourceError:
            continue
        if not parsed.findings and facts(parsed) != told:
            wrong.append((seed, kind))
    # What a page says once, no second witness can correct: only a letter or a digit may slip through.
    assert len(wrong) <= 10, wrong


def facts(parsed):
    return (parsed.subject.qan, parsed.subject.specification_pdf_url, tuple(sorted(parsed.counts.items())))
