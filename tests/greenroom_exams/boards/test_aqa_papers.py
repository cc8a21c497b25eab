"""AQA's lists of papers: the data of the page of resources, the search, file names; and papers on their own."""

import json
from collections import Counter

import pytest
from tests.greenroom_exams.boards import aqa_pages as pages

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.boards.aqa import board
from greenroom_exams.layouts.resource_names import folder_facts, name_facts, subject_code

RESOURCES = "uk/aqa/7402-assessment-resources-page1.html"
CONFLICTS = ("uk/aqa/7136-1-series-conflict-2020-a.pdf", "uk/aqa/7136-1-series-conflict-2020-b.pdf")
SEARCH = "https://www.aqa.org.uk/api/search?type=aqaResource&specCode=8999&page=1&limit=100"
ROWS = (
    ("papers.2033.june.AQA-89991F-QP-JUN33_PDF", "Question paper: Paper 1 - June 2033", "Foundation"),
    ("papers.2033.june.AQA-89991H-MS-JUN33_PDF", "Mark scheme: Paper 1 - June 2033", "Higher"),
    ("papers.2032.november.AQA-89992-INS-NOV32", "Insert: Paper 2 - November 2032", None),
)


def parse(content, *, name="page.html", subject=None, qualification="A-Level"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


@pytest.fixture(scope="module")
def real():
    """What is read once, on the first use."""
    return {}


@pytest.fixture
def real_page(real, shared_data):
    path = shared_data(RESOURCES)
    if not real:
        real["content"] = path.read_bytes()
        real["parsed"] = parse(real["content"], subject="7402")
    return real


def test_the_real_page_holds_the_whole_list_in_its_data(real_page):
    assert real_page["parsed"].counts == {
        "items": 112, "promised": 112, "cards": 9, "links": 2, "forms": 6, "pdfs": 104, "rows": 98, "undated": 6,
    }  # fmt: skip
    assert rules(real_page["parsed"]) == [("paper_without_series", "warning")] * 6


def test_the_real_list_has_all_series_and_types(real_page):
    papers = real_page["parsed"].papers
    plain = [paper for paper in papers if not paper.modified]
    assert {(paper.year, paper.series) for paper in papers} == {
        (2017, "June"), (2018, "June"), (2019, "June"), (2020, "November"), (2021, "November"),
        (2022, "June"), (2023, "June"), (2024, "June"),
    }  # fmt: skip
    assert (len(papers), len(plain)) == (98, 60)
    assert all(paper.type == "question paper" and paper.variant.startswith("MQP") for paper in papers if paper.modified)
    kinds = Counter(paper.type for paper in plain)
    assert kinds == {"question paper": 20, "mark scheme": 20, "examiner report": 20}
    assert {paper.component_code for paper in papers} == {"7402/1", "7402/2", "7402/3"}


def test_the_real_june_2024_is_complete(real_page):
    june = {
        (paper.component_code, paper.type)
        for paper in real_page["parsed"].papers
        if (paper.year, paper.series, paper.modified) == (2024, "June", False)
    }
    kinds = ("question paper", "mark scheme", "examiner report")
    assert june == {(f"7402/{number}", kind) for number in (1, 2, 3) for kind in kinds}


def test_the_nine_cards_of_the_real_page_are_in_the_list(real_page):
    without_data = real_page["content"].replace(b"self.__next_f.push", b"nothing")
    cards = parse(without_data, subject="7402")
    assert cards.counts == {"items": 9, "pdfs": 9, "rows": 9, "promised": 112}
    assert rules(cards) == [("listing_incomplete", "warning")]
    listed = {(paper.identity, paper.url) for paper in real_page["parsed"].papers}
    assert {(paper.identity, paper.url) for paper in cards.papers} <= listed


def test_the_real_page_is_of_its_qualification_only(real_page):
    with pytest.raises(ContractBroken, match="is for A-Level, not for GCSE"):
        parse(real_page["content"], qualification="GCSE")


def test_the_data_of_a_page_give_the_whole_list():
    parsed = parse(pages.resources_page(), subject="7999")
    assert parsed.counts == {
        "items": 7, "promised": 7, "cards": 2, "links": 1, "forms": 1, "pdfs": 5, "rows": 5,
    }  # fmt: skip
    assert [(each.type, each.modified, each.variant, each.year, each.series) for each in parsed.papers] == [
        ("question paper", False, None, 2033, "June"),
        ("question paper", True, "MQP18A4", 2033, "June"),
        ("mark scheme", False, None, 2033, "June"),
        ("insert", False, None, 2033, "June"),
        ("examiner report", False, None, 2032, "November"),
    ]
    assert parsed.findings == ()


def test_a_list_shorter_than_the_page_promises_is_a_finding():
    parsed = parse(pages.resources_page(promised=8))
    assert rules(parsed) == [("witnesses_disagree", "error")]
    assert "promises 8 results, its data hold 7" in parsed.findings[0].message


def test_data_of_another_subject_are_a_finding():
    assert rules(parse(pages.resources_page(code=7998))) == [("witnesses_disagree", "error")]


def test_a_card_that_the_data_tell_otherwise_is_a_finding():
    page = pages.resources_page().replace(
        b'aria-label="Lantern Studies - Question paper: Paper 1', b'aria-label="Other'
    )
    assert ("witnesses_disagree", "error") in rules(parse(page))


def test_an_address_that_does_not_hold_the_file_is_a_finding():
    other = json.loads(json.dumps(pages.RESOURCES[3]))
    other["file"]["asset"]["url"] = "https://files.example.org/zz.pdf"
    assert rules(parse(pages.resources_page([*pages.RESOURCES[:3], other]))) == [("address_differs", "error")]


def test_a_file_name_that_says_another_type_is_a_finding():
    odd = pages.resource("Mark scheme: Paper 1 - June 2033", "AQA-79991-QP-JUN33.PDF", asset="aa19")
    assert ("paper_type_mismatch", "error") in rules(parse(pages.resources_page([*pages.RESOURCES, odd])))


def test_a_paper_of_another_subject_is_a_finding():
    odd = pages.resource("Mark scheme: Paper 1 - June 2033", "AQA-79951-MS-JUN33.PDF", asset="aa19")
    assert ("subject_code_differs", "error") in rules(parse(pages.resources_page([*pages.RESOURCES, odd])))


def test_a_sample_set_has_no_series_and_is_a_finding():
    content_id = "resources.x.AQA-79991-SQP_PDF"
    odd = pages.resource("Question paper: Paper 1 - Sample set 1", "AQA-79991-SQP.PDF", content_id=content_id)
    assert rules(parse(pages.resources_page([*pages.RESOURCES, odd]))) == [("paper_without_series", "warning")]


@pytest.mark.parametrize("broken", [(b'\\"resources\\":[', b'\\"resources\\":[['), (b"push([1, ", b"push([1, x")])
def test_broken_data_are_refused(broken):
    page = pages.resources_page()
    assert broken[0] in page
    with pytest.raises(SourceUnreadable, match="broken"):
        parse(page.replace(*broken))


def test_the_search_gives_papers():
    parsed = parse(pages.search(ROWS), name=SEARCH, qualification="GCSE", subject="8999")
    assert [(each.component_code, each.tier, each.type, each.year, each.series) for each in parsed.papers] == [
        ("8999/1F", "Foundation", "question paper", 2033, "June"),
        ("8999/1H", "Higher", "mark scheme", 2033, "June"),
        ("8999/2", None, "insert", 2032, "November"),
    ]
    assert parsed.papers[0].url == f"https://www.aqa.org.uk/files/{ROWS[0][0]}"
    assert (parsed.counts["items"], parsed.counts["promised"], parsed.findings) == (3, 3, ())


def test_one_of_several_replies_says_so():
    parsed = parse(pages.search(ROWS, hits=250), name=SEARCH, qualification="GCSE")
    assert (parsed.counts["items"], parsed.counts["promised"]) == (3, 250)
    assert rules(parsed) == [("listing_incomplete", "warning")]


def test_a_tier_that_the_search_tells_otherwise_is_a_finding():
    rows = [(ROWS[0][0], ROWS[0][1], "Higher")]
    assert rules(parse(pages.search(rows), name=SEARCH, qualification="GCSE")) == [("paper_tier_mismatch", "error")]


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (pages.search([], hits=0), SourceEmpty, "found nothing"),
        (pages.search(ROWS, hits=2), ContractBroken, "counts 2 hits"),
        (b'{"results": [{"displayName": "x"}], "hits": 1}', ContractBroken, "no reply of AQA's search"),
        (b'{"results": [', SourceUnreadable, "no whole JSON"),
        (b'{"data": {"papers": 3}}', ContractBroken, "not a list that AQA gives"),
    ],
)
def test_replies_that_are_none_are_refused(content, error, message):
    with pytest.raises(error, match=message):
        parse(content, name=SEARCH, qualification="GCSE")


def test_the_reply_of_another_subject_is_refused():
    with pytest.raises(ContractBroken, match="lists 8999, not 8998"):
        parse(pages.search(ROWS), name=SEARCH, subject="8998", qualification="GCSE")


def test_a_real_list_of_links_that_a_person_made_follows_the_grammar(shared_data):
    """The links' own places in that list, year, paper and kind, are the independent witness."""
    listed = json.loads(shared_data("uk/aqa/gcse-cs-papers-urls.json").read_bytes())["AQA"]
    kinds = {"past_paper": "question paper", "mark_scheme": "mark scheme", "examiner_report": "examiner report"}
    told = [
        (int(year), int(paper.split()[1]), kinds[kind], document["filename"])
        for year, by_paper in listed.items()
        for paper, documents in by_paper.items()
        for kind, document in documents.items()
    ]
    assert len(told) == 12
    for year, number, kind, address in told:
        facts = name_facts(address)
        assert (facts.year, facts.paper_number, facts.type, facts.series) == (year, number, kind, "June")
        assert (folder_facts(address).year, folder_facts(address).series) == (year, "June")
        assert subject_code(address) == "8525"
    modified = [address for *_, address in told if name_facts(address).modified]
    assert len(modified) == 1  # the person took a large print for the paper


def test_the_real_list_of_links_is_no_document_of_aqa(shared_data):
    with pytest.raises(ContractBroken, match="not a list that AQA gives"):
        parse(shared_data("uk/aqa/gcse-cs-papers-urls.json").read_bytes(), name="urls.json", qualification="GCSE")


@pytest.mark.parametrize("number", [1, 2])
def test_a_real_mark_scheme_that_was_saved_as_a_question_paper_is_held(shared_data, number):
    content = shared_data(f"uk/aqa/7402-paper{number}-june2024-{'ab'[number - 1]}.pdf").read_bytes()
    parsed = parse(content, name=f"question_paper_paper{number}_2024_June.pdf", subject="7402")
    assert [(each.type, each.component_code, each.series) for each in parsed.papers] == [
        ("mark scheme", f"7402/{number}", "June")
    ]
    assert ("paper_type_mismatch", "error") in rules(parsed)
    assert rules(parse(content, name=f"AQA-7402{number}-MS-JUN24.PDF", subject="7402")) == []


@pytest.mark.parametrize("path", CONFLICTS)
def test_real_papers_of_an_unused_series_are_held(shared_data, path):
    kind = "question" if path.endswith("a.pdf") else "mark"
    name = f"aqa-a-level-economics-paper-1-june-2020-{kind}-{'paper' if kind == 'question' else 'scheme'}.pdf"
    parsed = parse(shared_data(path).read_bytes(), name=name, subject="7136")
    (finding,) = [each for each in parsed.findings if each.rule == "paper_series_mismatch"]
    assert finding.severity == "error"
    assert "title says November" in finding.message
    assert "first page says June" in finding.message
    assert [(each.component_code, each.year) for each in parsed.papers] == [("7136/1", 2020)]


@pytest.mark.parametrize(("path", "qualification", "rows"), [("alevel", "A-Level", 42), ("gcse", "GCSE", 41)])
def test_real_lists_of_subjects_are_offers(shared_data, path, qualification, rows):
    content = shared_data(f"uk/aqa/aqa-{path}-subjects.json").read_bytes()
    parsed = parse(content, name=f"{path}.json", qualification=qualification)
    assert len(parsed.offers) == rows
    assert all(offer.code and offer.code.isdigit() for offer in parsed.offers)
    # Spanish has the code of Polish, Engineering that of French.
    assert ("duplicate_offer", "warning") in rules(parsed)


def test_a_list_of_subjects_of_another_board_is_refused():
    content = b'[{"name": "Lantern Studies", "code": "7999", "exam_board": "OCR"}]'
    with pytest.raises(ContractBroken):
        parse(content, name="list.json")
