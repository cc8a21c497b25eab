"""AQA's subject content as web pages: one page lists the sections, each section has a page of its own."""

import pytest
from tests.greenroom_exams.boards import aqa_pages as pages

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.boards.aqa import board
from greenroom_exams.landing import joined
from greenroom_exams.layouts import content_pages, kinds

HISTORY = (("1A Lamps of the ancients", "1a-lamps"), ("1B Torches", "1b-torches"))
MATHS = (("OT1: Arguing", "arguing"), ("A: Proof", "proof"), ("B: Counting wicks", "counting"))


def parse(content, *, name="file:///page.html", subject=None, qualification="A-Level"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


def tree(parsed):
    return [(topic.code, topic.name, topic.level, topic.parent_code) for topic in parsed.topics]


PARTIAL = [("listing_incomplete", "warning")]


def test_the_page_of_all_sections_announces_them_once_each():
    parsed = parse(pages.index())
    assert tree(parsed) == [
        ("3.1", "Flame", 0, None),
        ("3.2", "Glass", 0, None),
        ("3.3", "Carrying (A-level only)", 0, None),
    ]
    assert (parsed.counts["items"], parsed.counts["promised"]) == (0, 3)
    assert rules(parsed) == PARTIAL


def test_a_section_gives_its_tree():
    parsed = parse(pages.content("3.1 Flame", pages.FLAME, "flame"))
    assert tree(parsed) == [
        ("3.1", "Flame", 0, None),
        ("3.1.1", "Wicks", 1, "3.1"),
        ("3.1.2", "Oils", 1, "3.1"),
        ("3.1.2.1", "Whale oil", 2, "3.1.2"),
        ("3.1.2.2", "Colza oil (HT only)", 2, "3.1.2"),
        ("3.1.2~smells", "Smells", 2, "3.1.2"),
    ]
    assert (parsed.counts["items"], parsed.counts["promised"]) == (1, 3)
    assert rules(parsed) == PARTIAL


def test_all_pages_together_are_one_tree_without_a_finding():
    contents = ((text, pages.FLAME if slug == "flame" else "", slug) for text, slug in pages.SECTIONS)
    parts = [pages.index(), *(pages.content(*each) for each in contents)]
    whole = joined([parse(part) for part in parts])
    assert [code for code, *_ in tree(whole) if code in {"3.1", "3.2", "3.3"}] == ["3.1", "3.2", "3.3"]
    assert len(whole.topics) == len({topic.code for topic in whole.topics}) == 8
    assert (whole.counts["items"], whole.counts["promised"], whole.findings) == (3, 3, ())


def test_a_section_that_is_missing_stays_a_finding():
    parts = [pages.index(), pages.content("3.1 Flame", pages.FLAME, "flame")]
    assert {finding.rule for finding in joined([parse(part) for part in parts]).findings} == {"listing_incomplete"}


def test_the_pages_of_each_have_their_own_places():
    orders = [
        topic.sort_order
        for text, slug in pages.SECTIONS
        for topic in parse(pages.content(text, pages.FLAME if slug == "flame" else "", slug)).topics
    ]
    assert orders == sorted(set(orders))


def test_the_left_column_is_what_a_topic_covers():
    topics = {topic.code: topic for topic in parse(pages.content("3.1 Flame", pages.FLAME, "flame")).topics}
    assert topics["3.1.1"].description == "Explain why a wick is trimmed.\n• cotton\n• reed\nCompare two wicks."
    assert topics["3.1.2"].description is None


def test_a_topic_of_the_higher_tier_is_marked():
    topics = {topic.code: topic for topic in parse(pages.content("3.1 Flame", pages.FLAME, "flame")).topics}
    assert (topics["3.1.2.2"].tier, topics["3.1.2.1"].tier) == ("Higher", None)


def test_the_subject_is_that_of_the_title():
    subject = parse(pages.index(), subject="7999").subject
    assert (subject.code, subject.name, subject.qualification_type) == ("7999", "Lantern Studies", "A-Level")


def test_sections_may_be_lettered():
    body = "<table><tr><th></th><th>Content</th></tr><tr><td>A1</td><td>Prove that it burns.</td></tr></table>"
    more = "<table><tr><td>A2</td><td>Disprove it.</td></tr></table>"
    parsed = parse(pages.content("A: Proof", body + "<p>Words.</p>" + more, "proof", sections=MATHS))
    assert tree(parsed) == [
        ("A", "Proof", 0, None),
        ("A1", "Prove that it burns.", 1, "A"),
        ("A2", "Disprove it.", 1, "A"),
    ]
    assert rules(parsed) == PARTIAL


def test_rows_of_a_table_may_have_codes_of_two_parts():
    body = "<table><tr><td>OT1.1</td><td>Argue.</td></tr><tr><td>OT1.2</td><td>Argue again.</td></tr></table>"
    parsed = parse(pages.content("OT1: Arguing", body, "arguing", sections=MATHS))
    assert [code for code, *_ in tree(parsed)] == ["OT1", "OT1.1", "OT1.2"]


def test_options_have_codes_and_parts_without():
    body = "<h3>Part one: oil</h3><h4>The first lamps</h4><h3>Part two: wax</h3><h4>The first lamps</h4>"
    parsed = parse(pages.content("1A Lamps of the ancients", body, "1a-lamps", sections=HISTORY))
    assert tree(parsed) == [
        ("1A", "Lamps of the ancients", 0, None),
        ("1A~part-one-oil", "Part one: oil", 1, "1A"),
        ("1A~part-one-oil~the-first-lamps", "The first lamps", 2, "1A~part-one-oil"),
        ("1A~part-two-wax", "Part two: wax", 1, "1A"),
        ("1A~part-two-wax~the-first-lamps", "The first lamps", 2, "1A~part-two-wax"),
    ]


def test_a_heading_that_comes_twice_counts_once():
    body = f"<section><h2>3.1 Flame</h2></section>{pages.FLAME}"
    assert len(parse(pages.content("3.1 Flame", body, "flame")).topics) == 6


def test_headings_of_the_page_are_no_topics():
    body = "<h3>Content</h3><h3>Opportunities for skills development</h3><h3>In this section</h3><h3>3.1.1 Wicks</h3>"
    assert [code for code, *_ in tree(parse(pages.content("3.1 Flame", body, "flame")))] == ["3.1", "3.1.1"]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<h3>3.1.1 Wicks</h3><h3>3.1.3 Oils</h3>", ("numbering_gap", "error")),
        ("<h3>3.1.2 Oils</h3>", ("numbering_gap", "error")),
        ("<h3>3.1.1 Wicks</h3><h3>3.1.1 Oils</h3>", ("duplicate_code", "error")),
        ("<h3>3.1.1.1 Cotton</h3>", ("several_sections", "error")),
        ("<h2>3.2 Glass</h2>", ("several_sections", "error")),
        ("<table><tr><th>Marks</th><th>Grade</th></tr></table>", ("unknown_table", "warning")),
        ("<table><tr><td>A1</td><td>x</td></tr><tr><td>y</td><td>z</td></tr><tr><td>y</td><td>z</td></tr></table>",
         ("row_without_code", "warning")),
    ],
)  # fmt: skip
def test_what_is_odd_in_a_section_is_a_finding(body, rule):
    assert rule in rules(parse(pages.content("3.1 Flame", body, "flame")))


def test_a_page_with_a_hole_is_a_finding():
    page = pages.content("3.1 Flame", pages.FLAME, "flame").replace(b"Oils</h3>\n<h4>3.1.2.1 ", b"")
    assert ("markup_broken", "error") in rules(parse(page))


def test_a_section_that_the_list_names_otherwise_is_a_finding():
    assert ("witnesses_disagree", "error") in rules(parse(pages.content("3.1 Flames", "", "flame")))
    assert ("witnesses_disagree", "error") in rules(parse(pages.content("3.4 Flame", "", "flame")))


def test_a_section_that_is_not_listed_is_a_finding():
    assert ("section_not_listed", "warning") in rules(parse(pages.content("3.4 Rust", "", "rust")))


@pytest.mark.parametrize(
    ("sections", "rule"),
    [
        ((*pages.SECTIONS[:1], *pages.SECTIONS[2:]), "numbering_gap"),
        ((*pages.SECTIONS, ("3.1 Fire", "fire")), "duplicate_code"),
        ((*pages.SECTIONS, ("Rust", "rust")), "section_without_code"),
        ((MATHS[1], ("C: Light", "light")), "numbering_gap"),
    ],
)
def test_what_is_odd_in_the_list_of_sections_is_a_finding(sections, rule):
    assert rule in [name for name, _ in rules(parse(pages.index(sections)))]


def test_a_page_without_a_list_of_sections_holds_all():
    body = f"<main><h2>3.1 Flame</h2>{pages.FLAME}</main>"
    parsed = parse(pages.html(body))
    assert (parsed.counts["items"], parsed.counts["promised"], rules(parsed)) == (1, 1, [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"title": "GCSE Lantern Studies 8999 | Specification | AQA"}, "is for GCSE, not for A-Level"),
        ({"title": "A-level Rope Work 7998 | Specification | AQA"}, "titled with 7998, its address with 7999"),
        ({"title": "Specification | AQA"}, "without a subject"),
        ({"title": "A-level Lantern Studies 7999 | Specification | OCR"}, "not as a page of AQA"),
    ],
)
def test_the_page_of_another_subject_is_refused(options, message):
    with pytest.raises(ContractBroken, match=message):
        parse(pages.index(**options))


def test_another_subject_than_was_asked_for_is_refused():
    with pytest.raises(ContractBroken, match="is of 7999, not of 7998"):
        parse(pages.index(), subject="7998")


def test_a_page_whose_text_never_appeared_is_refused():
    with pytest.raises(SourceEmpty, match="no headings with codes"):
        parse(pages.html(f"{pages.menu()}<main></main>", address=f"{pages.CONTENT}/flame"))


def test_a_page_of_two_qualifications_gives_each_its_code():
    options = {"title": "AS and A-level Lantern Studies 7998, 7999 | Specification | AQA", "address": ""}
    name = (
        f"{pages.SITE}/subjects/lantern-studies/as-and-a-level/lantern-studies-7998-7999/specification/subject-content"
    )
    codes = [
        parse(pages.index(**options), name=name, qualification=each).subject.code for each in ("AS-Level", "A-Level")
    ]
    assert codes == ["7998", "7999"]
    page = pages.html("<main><h2>3.1 Flame</h2><h3>3.1.1 Oils (A-level only)</h3></main>", **options)
    assert len(parse(page, name=name).topics) == 2
    assert len(parse(page, name=name, qualification="AS-Level").topics) == 1


def test_one_page_of_several_titles_gives_all_subjects():
    options = {"title": "A-level Lantern Art 7991, 7992 | Specification | AQA", "address": ""}
    parsed = parse(pages.index(**options), name=pages.CONTENT.replace("7999", "7991-7992"), subject="7992")
    assert [each.code for each in (parsed.subject, *parsed.also)] == ["7992", "7991"]


def test_the_extract_that_another_program_made_is_refused(shared_data):
    content = shared_data("uk/aqa/accounting-7127-subject-content-extract.json").read_bytes()
    with pytest.raises(ContractBroken, match="not the board's document"):
        parse(content, name="extract.json", subject="7127")


def test_a_pager_names_a_section_too():
    body = f'<main><h2>3.1 Flame</h2></main><a href="{pages.CONTENT}/glass">Next: 3.2 Glass</a>'
    page = pages.html(body, address=f"{pages.CONTENT}/flame")
    (section,) = content_pages.sections(kinds.read_html(page, name="x"), name="x")
    assert (section.code, section.title, section.address) == ("3.2", "Glass", f"{pages.CONTENT}/glass")
