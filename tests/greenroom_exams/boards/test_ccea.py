"""CCEA: specifications by unit, the feed of papers, lists and the site; one feed is real, all else made up."""

import json
import random
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from tests.greenroom_exams.boards import ccea_documents as documents
from tests.greenroom_exams.layouts import lantern
from tests.greenroom_exams.mutations import check_bytes, mutate, mutate_bytes

from greenroom import Request
from greenroom.model.errors import ContractBroken, NotAllowed, SourceEmpty, SourceError, SourceUnreadable
from greenroom_exams.boards.ccea import board, read_specification
from greenroom_exams.layouts.pdf_lines import read_pdf

FEED = "uk/ccea/qualification-507-feed-excerpt.json"


def parse(content, *, name="file:///document", subject=None, qualification="GCSE"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


def tree(parsed):
    return [(topic.code, topic.name, topic.level, topic.parent_code) for topic in parsed.topics]


# --- specifications


@pytest.fixture(scope="module")
def whole():
    return parse(documents.specification())


def test_a_specification_gives_its_subject(whole):
    subject = whole.subject
    assert (subject.code, subject.name, subject.exam_board, subject.qualification_type) == (
        "7310", "Lantern Studies", "CCEA", "GCSE",
    )  # fmt: skip
    assert (subject.spec_version, subject.spec_start_year, subject.first_assessment_year, subject.qan) == (
        "2", 2031, 2032, "603/9999/X",
    )  # fmt: skip
    assert whole.findings == ()
    assert whole.layout == "units with learning outcomes"


def test_units_sub_headings_and_left_cells_are_the_tree(whole):
    assert tree(whole) == [
        ("Unit 1", "Unit 1: Flame", 0, None),
        ("Unit 1~oils-and-wicks", "Oils and wicks", 1, "Unit 1"),
        ("Unit 1~oils-and-wicks~wicks-and-their-trimming", "Wicks and their trimming", 2, "Unit 1~oils-and-wicks"),
        ("Unit 1~oils-and-wicks~oils", "Oils", 2, "Unit 1~oils-and-wicks"),
        ("Unit 1~light", "Light", 1, "Unit 1"),
        ("Unit 1~light~brightness", "Brightness", 2, "Unit 1~light"),
        ("Unit 2", "Unit 2: Carrying", 0, None),
        ("Unit 2~handles", "Handles", 1, "Unit 2"),
        ("Unit 2~hooks", "Hooks", 1, "Unit 2"),
        ("Unit 3", "Unit 3: A Lantern of Your Own", 0, None),
        ("Unit 3~your-own-lantern", "Your own lantern", 1, "Unit 3"),
    ]


def test_the_right_column_is_what_students_should_be_able_to_do(whole):
    topics = {topic.name: topic for topic in whole.topics}
    assert topics["Wicks and their trimming"].description == "• explain why a wick is trimmed; and\n• trim one."
    assert topics["Light"].description is None


def test_components_come_from_the_table_at_a_glance(whole):
    assert [
        (each.code, each.examined, each.assessment, each.marks, each.duration_minutes, each.weight_percent)
        for each in whole.components
    ] == [
        ("Unit 1", True, "External written examination", 80, 90, 50.0),
        ("Unit 2", True, "External written examination", None, 45, 30.0),
        ("Unit 3", False, "Controlled assessment", None, None, 20.0),
    ]


def test_coursework_is_kept_but_not_examined(whole):
    assert [topic.code for topic in whole.topics if not topic.examined] == ["Unit 3", "Unit 3~your-own-lantern"]


def test_topics_know_their_unit_and_their_tier():
    parsed = parse(documents.tiered())
    assert [(topic.component_code, topic.tier) for topic in parsed.topics if topic.level == 0] == [
        ("M1", "Foundation"),
        ("M3", "Higher"),
    ]
    assert parsed.findings == ()


@pytest.mark.parametrize(
    ("qualification", "qan", "weights", "tops"),
    [
        ("A-Level", "603/9997/2", [40.0, 60.0], ["AS 1", "A2 1"]),
        ("AS-Level", "603/9998/1", [100.0], ["AS 1"]),
    ],
)
def test_a_gce_is_of_two_qualifications(qualification, qan, weights, tops):
    parsed = parse(documents.gce(), qualification=qualification)
    assert (parsed.subject.qualification_type, parsed.subject.qan) == (qualification, qan)
    assert [each.weight_percent for each in parsed.components] == weights
    assert [topic.code for topic in parsed.topics if topic.level == 0] == tops
    assert parsed.findings == ()


def test_a_cell_that_goes_on_over_a_page_is_one_topic():
    parsed = parse(documents.over_pages())
    assert tree(parsed)[1:] == [("Unit 1~wicks", "Wicks", 1, "Unit 1")]
    assert parsed.topics[1].description == "• explain a wick.\n• trim a wick."
    assert parsed.findings == ()


@pytest.mark.parametrize(
    ("again", "rule"),
    [("Wicks", ("repeated_topic", "warning")), ("Oils (cont.)", ("continued_from_nowhere", "error"))],
)
def test_a_cell_that_does_not_surely_go_on_is_a_finding(again, rule):
    assert rule in rules(parse(documents.over_pages(again=again)))


def test_units_that_the_contents_do_not_list_are_a_finding():
    assert ("witnesses_disagree", "error") in rules(parse(documents.specification(contents=documents.UNITS[:2])))


def test_a_hole_in_the_units_is_a_finding():
    units = (documents.UNITS[0], documents.UNITS[2])
    found = rules(parse(documents.specification(units=units, contents=documents.UNITS)))
    assert {("numbering_gap", "error"), ("witnesses_disagree", "error")} <= set(found)


def test_weights_that_do_not_make_a_hundred_are_a_finding():
    assert ("component_weights", "warning") in rules(parse(documents.specification(units=documents.UNITS[:2])))


def test_a_unit_without_weight_is_a_finding():
    units = ((*documents.UNITS[0][:3], "half", documents.FLAME),)
    assert rules(parse(documents.specification(units=units))) == [("component_incomplete", "warning")]


def test_a_cell_without_outcomes_is_a_finding():
    units = (("3.1", "Unit 1: Flame", "External written examination", "100%", (("", (("Wicks", ()),)),)),)
    assert rules(parse(documents.specification(units=units))) == [("missing_outcomes", "error")]


def test_a_code_that_differs_inside_is_a_finding():
    assert rules(parse(documents.specification(inside="7311"))) == [("witnesses_disagree", "error")]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (documents.specification(), {"qualification": "A-Level"}, "is for GCSE, not for A-Level"),
        (documents.specification(), {"subject": "7311"}, "not of 7311"),
        (lantern.ocr(), {}, "a document of OCR, not of CCEA"),
        (lantern.aqa(), {}, "a document of AQA, not of CCEA"),
    ],
)
def test_specifications_of_others_are_refused(content, options, message):
    with pytest.raises(ContractBroken, match=message):
        parse(content, **options)


def test_a_specification_of_another_layout_is_refused():
    with pytest.raises(SourceEmpty, match="laid out as none of"):
        parse(documents.specification(units=()))


def test_of_what_is_lost_only_the_last_rows_of_a_page_go_unseen():
    """Nothing in such a document tells how long a table is; all else that is lost leaves a trace."""
    pdf = read_pdf(documents.specification(), name="lantern.pdf")
    ends = {"Unit 1~light", "Unit 1~light~brightness", "Unit 2~hooks"}
    unseen = set()
    for seed in range(200):
        _, mutated = mutate(pdf, random.Random(seed))
        try:
            parsed = read_specification(mutated, name="x", subject=None, qualification="GCSE")
        except SourceError:
            continue
        if not parsed.findings:
            unseen |= set(tree(whole_of(pdf))) ^ set(tree(parsed))
    assert {code for code, *_ in unseen} <= ends


@pytest.mark.parametrize(("gone", "rule"), [(3, "page_missing"), (-1, "content_without_end")])
def test_a_page_that_is_gone_is_a_finding(gone, rule):
    pdf = read_pdf(documents.over_pages(more=True), name="lantern.pdf")
    left = (*pdf.pages[:gone], *pdf.pages[gone + 1 :]) if rule == "page_missing" else pdf.pages[:-1]
    parsed = read_specification(replace(pdf, pages=left), name="x", subject=None, qualification="GCSE")
    assert (rule, "error") in rules(parsed)


@cache
def whole_of(pdf):
    return read_specification(pdf, name="x", subject=None, qualification="GCSE")


# --- the feed of papers


@pytest.fixture(scope="module")
def kept():
    """What is read once, on the first use."""
    return {}


@pytest.fixture
def real(kept, shared_data):
    path = shared_data(FEED)
    if not kept:
        kept["content"] = path.read_bytes()
        kept["parsed"] = parse(kept["content"])
    return kept


def test_the_real_feed_has_its_counts(real):
    assert real["parsed"].counts == {
        "items": 19, "rows": 19, "mark_schemes": 4, "standard": 12, "modified": 4, "irish_medium": 3,
    }  # fmt: skip
    assert real["parsed"].findings == ()


def test_the_real_feed_has_its_papers(real):
    papers = real["parsed"].papers
    standard = [paper for paper in papers if not paper.modified and paper.language == "English"]
    assert Counter(paper.type for paper in standard) == {"question paper": 8, "mark scheme": 4}
    assert Counter((paper.year, paper.series) for paper in papers) == {(2026, "June"): 4, (2025, "June"): 15}
    assert Counter(paper.component_code for paper in papers) == {"Unit 1": 6, "Unit 2": 5, "Unit 3": 5, "Unit 4": 3}
    assert len({paper.identity for paper in papers}) == 19


def test_the_real_papers_of_2026_have_no_mark_schemes_yet(real):
    assert {paper.type for paper in real["parsed"].papers if paper.year == 2026} == {"question paper"}


def test_the_real_modified_and_irish_papers_are_marked(real):
    papers = real["parsed"].papers
    assert [(paper.component_code, paper.variant) for paper in papers if paper.modified] == [
        ("Unit 3", "MV18"), ("Unit 2", "MV18"), ("Unit 1", "MV24"), ("Unit 1", "MV18"),
    ]  # fmt: skip
    assert [paper.component_code for paper in papers if paper.language == "Irish"] == ["Unit 3", "Unit 2", "Unit 1"]


def test_the_real_feed_gives_its_subject(real):
    subject = real["parsed"].subject
    assert (subject.code, subject.paper_code, subject.name, subject.spec_start_year) == (
        "507", "507", "Further Mathematics", 2017,
    )  # fmt: skip
    assert real["parsed"].papers[0].url.startswith("https://ccea.org.uk/downloads/docs/Past-Papers/cleared/GCSE/")


def test_the_papers_are_of_the_subject_that_was_asked_for(real):
    parsed = parse(real["content"], subject="2330")
    assert (parsed.subject.code, parsed.subject.paper_code) == ("2330", "507")
    assert {paper.subject_code for paper in parsed.papers} == {"2330"}
    assert rules(parsed) == [("subject_not_told", "warning")]
    assert rules(parse(real["content"], subject="507")) == []


def test_the_real_feed_of_another_level_is_refused(real):
    with pytest.raises(ContractBroken, match="is for GCSE, not for A-Level"):
        parse(real["content"], qualification="A-Level")


def test_the_real_feed_under_another_address_is_refused(real):
    with pytest.raises(ContractBroken, match="holds the papers of 507"):
        parse(real["content"], name="https://ccea.org.uk/sites/default/files/qualification/504.json")


def test_the_real_feed_that_lost_something_is_held(real):
    check_bytes(parse, real["content"])


def test_titles_tell_unit_paper_tier_and_booklet():
    titles = ("Higher Tier, M8: Paper 2 (With calculator)", "Unit 7: Biology, Practical Skills (Booklet A)")
    parsed = parse(documents.feed(*(documents.record(title, number=n) for n, title in enumerate(titles))))
    assert [(each.component_code, each.paper_number, each.tier, each.variant) for each in parsed.papers] == [
        ("M8", 2, "Higher", None),
        ("Unit 7", None, None, "Biology Booklet A"),
    ]
    assert parsed.findings == ()


def test_all_series_are_known():
    spoken = ("Summer", "November", "January", "March")
    records = [documents.record("M1", number=number, series=each) for number, each in enumerate(spoken)]
    series = [paper.series for paper in parse(documents.feed(*records)).papers]
    assert series == ["June", "November", "January", "March"]


def test_a_second_upload_of_the_same_paper_is_a_finding():
    first = documents.record("M3: (With calculator)", number=1)
    records = [first, documents.record("Unit M3 (With calculator)", number=2, ending="_0")]
    assert rules(parse(documents.feed(*records))) == [("duplicate_paper", "warning")]


def test_a_mistyped_unit_is_read_and_told():
    parsed = parse(documents.feed(documents.record("MI: (With calculator)")))
    assert parsed.papers[0].component_code == "M1"
    assert rules(parsed) == [("unit_mistyped", "warning")]


def test_a_mark_scheme_that_does_not_say_of_which_paper_is_a_finding():
    records = [
        documents.record("M5: Paper 1", number=1),
        documents.record("M5: Paper 2", number=2),
        documents.record("M5", number=3, kind="MS"),
    ]
    assert rules(parse(documents.feed(*records))) == [("paper_number_missing", "warning")]


def test_the_tier_comes_from_the_title():
    parsed = parse(documents.feed(documents.record("Higher Tier, M8", tier="Foundation")))
    assert parsed.papers[0].tier == "Higher"
    assert rules(parsed) == [("tier_differs", "warning")]
    assert parse(documents.feed(documents.record("M8", tier="Foundation"))).papers[0].tier is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"mark_scheme": "1"}, "paper_type_mismatch"),
        ({"mark_scheme": "2"}, "unknown_type"),
        ({"type": "Modified"}, "medium_differs"),
        ({"type": "Braille"}, "unknown_type"),
        ({"year": "2032"}, "paper_year_mismatch"),
        ({"series": "November"}, "paper_series_mismatch"),
        ({"series": "Spring"}, "paper_without_series"),
        ({"qualification": "598"}, "qualification_differs"),
        ({"field_title_paper_ms": "M2"}, "paper_component_mismatch"),
        ({"field_title_paper_ms": "M1 revised"}, "titles_differ"),
        ({"field_document_cloud": "/downloads/a.docx"}, "not_a_pdf"),
    ],
)
def test_a_record_whose_witnesses_disagree_is_a_finding(changes, rule):
    record = documents.record("M1")
    assert rules(parse(documents.feed(record))) == []
    assert rule in [name for name, _ in rules(parse(documents.feed(record | changes)))]


def test_a_record_that_comes_twice_is_a_finding():
    records = [documents.record("M1", number=1), documents.record("M2", number=1)]
    assert rules(parse(documents.feed(*records))) == [("duplicate_record", "error")]


def test_a_title_that_names_no_unit_is_a_finding():
    assert rules(parse(documents.feed(documents.record("Lanterns")))) == [("paper_without_unit", "warning")]


def test_the_as_has_no_papers_of_the_a2():
    records = [documents.record("Unit AS 1", number=1), documents.record("Unit A2 1", number=2)]
    content = documents.feed(*records).replace(b"GCSE Lantern Studies (2031)", b"GCE Lantern Studies (2031)")
    assert [each.component_code for each in parse(content, qualification="A-Level").papers] == ["AS 1", "A2 1"]
    parsed = parse(content, qualification="AS-Level")
    assert ([each.component_code for each in parsed.papers], parsed.counts["other_qualification"]) == (["AS 1"], 1)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"[", SourceUnreadable, "no whole JSON"),
        (b"", SourceEmpty, "0 bytes"),
        (b'[{"field_document_cloud": "/a.pdf"}]', ContractBroken, "lacks title"),
        (documents.feed({**documents.record("M1"), "title": "M1"}), ContractBroken, "names not one qualification"),
        (b'{"results": [], "hits": 0}', ContractBroken, "no specification, feed or list"),
    ],
)
def test_what_is_no_feed_is_refused(content, error, message):
    with pytest.raises(error, match=message):
        parse(content)


def test_a_feed_of_two_qualifications_is_refused():
    other = documents.record("M2", number=2)
    other["title"] = other["title"].replace("[599] GCSE Lantern Studies", "[598] GCSE Rope Work")
    with pytest.raises(ContractBroken, match="GCSE Rope Work"):
        parse(documents.feed(documents.record("M1"), other))


# --- lists and the site


@pytest.mark.parametrize(("path", "rows"), [("ccea-gcse-subjects.json", 40), ("ccea-gcses.md", 40)])
def test_real_lists_that_a_person_made_are_offers(shared_data, path, rows):
    parsed = parse(shared_data(f"uk/ccea/{path}").read_bytes(), name=path)
    assert len(parsed.offers) == rows
    assert {offer.first_teaching for offer in parsed.offers} <= {2016, 2017, 2018, 2019, 2020}
    biology = next(offer for offer in parsed.offers if offer.name == "Biology")
    assert biology.page_url == "https://ccea.org.uk/key-stage-4/gcse/subjects/gcse-biology-2017"


def test_the_real_list_that_lost_something_is_refused_or_held(shared_data):
    content = shared_data("uk/ccea/ccea-gcse-subjects.json").read_bytes()
    silent = []
    for seed in range(200):
        kind, mutated = mutate_bytes(content, random.Random(seed))
        try:
            parsed = parse(mutated, name="list.json")
        except SourceError:
            continue
        # The list tells no total of its own, so no reading of it may pass without a person.
        silent += [] if parsed.findings else [(seed, kind, len(parsed.offers))]
    assert silent == []


def test_the_page_of_all_subjects_is_read_as_offers():
    parsed = parse(documents.subject_index())
    assert [(offer.name, offer.page_url, offer.first_teaching) for offer in parsed.offers] == [
        ("Lantern Studies", documents.PAGE, 2031),
        ("Rope Work", f"{documents.SITE}/key-stage-4/gcse/subjects/gcse-rope-work-2030", 2030),
    ]
    assert [offer.first_teaching for offer in parse(documents.subject_index(), qualification="A-Level").offers] == [
        2032
    ]


def test_a_page_without_subjects_is_refused_and_names_its_feed():
    with pytest.raises(SourceEmpty) as caught:
        parse(documents.papers_page())
    assert documents.FEED in caught.value.hint


@pytest.mark.parametrize(
    "page",
    [
        documents.html("<p>Checking your browser</p>", title="Just a moment..."),
        documents.html("<p>Sorry</p>", title="Attention Required! | Cloudflare"),
        documents.html('<div id="cf-error-details">Error 1020</div>', title="ccea.org.uk"),
    ],
)
def test_when_the_site_says_no_a_person_is_asked_for_the_file(page):
    with pytest.raises(NotAllowed, match="the site says no") as caught:
        parse(page)
    assert "drop folder" in caught.value.hint
    with pytest.raises(NotAllowed):
        tuple(board.follow("GCSE", Request(documents.PAGE, "subject"), page))


def test_the_site_is_visited_slowly():
    assert board.pause_seconds == 10
    assert set(board.hosts) == {"ccea.org.uk", "www.ccea.org.uk"}
    assert "drop folder" in board.by_hand


def led(request, content, qualification="GCSE"):
    return [(each.kind, each.address, each.leads_on) for each in board.follow(qualification, request, content)]


def test_the_visit_goes_from_the_list_to_the_subjects():
    (request,) = board.start("GCSE", None)
    assert (request.kind, request.address) == ("subject list", f"{documents.SITE}/key-stage-4/gcse/subjects")
    found = list(board.follow("GCSE", request, documents.subject_index()))
    assert [(each.kind, each.name) for each in found] == [("subject", "Lantern Studies"), ("subject", "Rope Work")]
    assert list(board.start("Higher", None)) == []


def test_a_subject_leads_to_its_specification_in_english_and_to_its_papers():
    found = led(Request(documents.PAGE, "subject"), documents.subject_page())
    assert [(kind, address.rpartition("/")[2]) for kind, address, _ in found] == [
        ("specification", "GCSE%20Lantern%20Studies%20%282031%29-specification-Standard_1.pdf"),
        ("subject", "past-papers-mark-schemes"),
    ]


def test_the_page_of_papers_leads_to_its_feed():
    request = Request(f"{documents.PAGE}/past-papers-mark-schemes", "subject", name="Lantern Studies")
    assert led(request, documents.papers_page()) == [("papers", documents.FEED, False)]
    assert led(request, documents.papers_page(address="https://elsewhere.example.org/599.json")) == []
    assert led(Request(documents.FEED, "papers"), documents.feed(documents.record("M1"))) == []


def test_a_feed_goes_to_the_subject_of_its_name_since_it_does_not_tell_its_code():
    page = documents.papers_page()
    asked = Request(f"{documents.PAGE}/past-papers-mark-schemes", "subject", subject="7310", name="Lantern Studies")
    (feed,) = board.follow("GCSE", asked, page)
    assert (feed.kind, feed.address) == ("papers", documents.FEED)
    # the code of the page that was asked for would be a guess
    assert (feed.subject, feed.name, feed.by_name) == (None, "Lantern Studies", True)


def test_a_reading_without_findings_is_fully_confident(whole, real):
    assert whole.confidence == real["parsed"].confidence == 1.0
    assert json.loads(real["content"])[0]["qualification"] == real["parsed"].subject.paper_code
