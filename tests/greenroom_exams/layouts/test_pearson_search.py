"""Pearson's search service: what a page embeds becomes questions, an answer becomes papers; the key stays nowhere."""

import json
from urllib.parse import parse_qs

import pytest
from tests.greenroom_exams.mutations import check_bytes

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.layouts import kinds, pearson_search

KEY = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
PAGE = Request("https://lantern.example/materials.html", "subject", subject="9LS0", name="Lantern Studies")
SETTINGS = (("algoliaAppId", "LAMP01"), ("algoliaAPIKey", KEY), ("algoliaIndexName", "lanterns_LIVE"))
FILTER = '<input type="checkbox" name="filterQuery" value="category:Pearson-UK:Specification-Code/{}">'


LANTERNS = FILTER.format("al31-lanterns")


def page(settings=SETTINGS, body=LANTERNS, head="", times=1):
    inputs = "".join(f'<input type="hidden" value="{value}" class="{name}">' for name, value in settings) * times
    return f"<html><head>{head}</head><body>{inputs}{body}</body></html>".encode()


def asked(content, **changes):
    (request,) = pearson_search.requests(content, page=PAGE, **changes)
    return request


def parameters(request):
    return {name: values[0] for name, values in parse_qs(json.loads(request.body)["params"]).items()}


def test_a_page_is_asked_as_it_says_it_is():
    request = asked(page())
    assert request.address == "https://lamp01-dsn.algolia.net/1/indexes/lanterns_LIVE/query"
    assert (request.kind, request.subject, request.name, request.part_of) == ("papers", "9LS0", "Lantern Studies", None)
    assert request.form == ()
    named = "Pearson-UK:Specification-Code/al31-lanterns", "Pearson-UK:Category/Exam-materials"
    assert parameters(request) == {
        "filters": " AND ".join(f'category:"{each}"' for each in named),
        "hitsPerPage": "1000",
        "page": "0",
    }


def test_the_key_stands_in_the_headers_and_nowhere_else():
    request = asked(page())
    assert dict(request.headers) == {"X-Algolia-Application-Id": "LAMP01", "X-Algolia-API-Key": KEY}
    assert KEY not in request.address + request.body
    service = pearson_search.service_of(kinds.read_html(page(), name="page"))
    assert KEY not in repr(service)


def test_settings_that_a_page_embeds_twice_alike_are_one():
    assert asked(page(times=2)) == asked(page())


def test_a_long_and_a_short_code_of_one_specification_are_one_question():
    body = FILTER.format("A-Level/2031/al31-lanterns") + FILTER.format("al31-lanterns")
    assert asked(page(body=body)) == asked(page())


def test_two_specifications_are_two_questions():
    body = FILTER.format("al31-lanterns") + FILTER.format("al31-lamps")
    found = pearson_search.requests(page(body=body), page=PAGE)
    assert ["al31-lamps" in parameters(request)["filters"] for request in found] == [False, True]


@pytest.mark.parametrize("code", ["al31-lanterns", "gcse31-lamp", "lamps-2031-as-al"])
def test_a_page_whose_filters_have_not_appeared_names_its_specification_among_its_keywords(code):
    head = f'<meta name="keywords" content="International, {code}, Edexcel, A level, Level 1, 2031, Lantern-lit">'
    assert f'"Pearson-UK:Specification-Code/{code}"' in parameters(asked(page(body="", head=head)))["filters"]


def test_a_page_without_the_service_asks_nothing():
    assert pearson_search.requests(page(settings=()), page=PAGE) == ()


def test_a_page_that_names_no_specification_is_refused():
    with pytest.raises(ContractBroken, match="which specification"):
        pearson_search.requests(page(body=""), page=PAGE)


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS[:2],
        SETTINGS[1:],
        (SETTINGS[0], SETTINGS[2]),
        (*SETTINGS, ("algoliaAPIKey", KEY[::-1])),
        (*SETTINGS, ("algoliaIndexName", "another")),
        (("algoliaAppId", "evil.example/"), *SETTINGS[1:]),
        (*SETTINGS[:2], ("algoliaIndexName", "../keys")),
        (SETTINGS[0], ("algoliaAPIKey", "a key\r\nHost: evil"), SETTINGS[2]),
    ],
)
def test_settings_in_part_in_two_ways_or_with_more_than_a_name_are_refused_without_the_key(settings):
    with pytest.raises(ContractBroken) as refused:
        pearson_search.requests(page(settings=settings), page=PAGE)
    told = f"{refused.value.message} {refused.value.hint}"
    assert KEY not in told
    assert "search service" in told


def hit(file, *, kind="Question-paper", series="June-2033", unit="Paper-1", **more):
    category = [f"Pearson-UK:Document-Type/{kind}", f"Pearson-UK:Exam-Series/{series}", f"Pearson-UK:Unit/{unit}"]
    category += ["Pearson-UK:Category/Exam-materials", "Pearson-UK:Specification-Code/al31-lanterns"]
    url = f"/content/dam/pdf/lanterns/{file}"
    return {"url": url, "id": url, "extension": "pdf", "size": "1 MB", "gating": False, "category": category} | more


HITS = (
    hit("9ls0-01-que-20330520.pdf", title="Question paper - A Level Paper 1 - June 2033"),
    hit("9ls0-01-rms-20330817.pdf", kind="Mark-scheme"),
    hit("9LS0_02_pef_20330817.pdf", kind="Examiner-report", unit="Paper-2"),
)


def answer(*hits, promised=None, pages=1, per_page=1000, number=0):
    body = {"hits": list(hits), "nbHits": len(hits) if promised is None else promised, "page": number}
    return json.dumps(body | {"nbPages": pages, "hitsPerPage": per_page}).encode()


def read(content, subject="9LS0", **more):
    return pearson_search.read(content, name="https://lamp01/query", subject=subject, **more)


def rules(parsed):
    return [finding.rule for finding in parsed.findings]


def test_each_hit_becomes_a_paper():
    parsed = read(answer(*HITS))
    assert [
        (paper.component_code, paper.paper_number, paper.year, paper.series, paper.type) for paper in parsed.papers
    ] == [
        ("9LS0/01", 1, 2033, "June", "question paper"),
        ("9LS0/01", 1, 2033, "June", "mark scheme"),
        ("9LS0/02", 2, 2033, "June", "examiner report"),
    ]
    first = parsed.papers[0]
    assert first.url == "https://qualifications.pearson.com/content/dam/pdf/lanterns/9ls0-01-que-20330520.pdf"
    assert (first.subject_code, first.title, first.position) == ("9LS0", HITS[0]["title"], "hit 1")
    assert parsed.papers[1].title == "9ls0-01-rms-20330817.pdf"
    assert parsed.findings == ()
    assert parsed.confidence == 1.0
    assert parsed.counts["promised"] == parsed.counts["items"] == parsed.counts["rows"] == 3


def test_tiers_are_of_gcses_only():
    gcse = read(answer(hit("1ls0-1h-que-20330520.pdf", unit="Paper-1H")), subject="1LS0").papers[0]
    assert (gcse.tier, gcse.paper_number) == ("Higher", 1)
    history = read(answer(hit("9ls0-2h-que-20330520.pdf", unit="Paper-2H"))).papers[0]
    assert (history.tier, history.component_code) == (None, "9LS0/2H")


def test_a_modified_paper_is_marked():
    paper = read(answer(hit("9ls0-01-que-20330520.pdf", kind="Modified-question-paper"))).papers[0]
    assert (paper.type, paper.modified) == ("question paper", True)


@pytest.mark.parametrize("gating", [True, "true", "Gated", "secure", 1, ["gold"]])
def test_gated_documents_are_counted_and_not_taken(gating):
    parsed = read(answer(*HITS, hit("9ls0-03-que-20330520.pdf", unit="Paper-3", gating=gating)))
    assert len(parsed.papers) == 3
    assert rules(parsed) == ["gated"]
    assert parsed.counts["gated"] == 1


@pytest.mark.parametrize("folder", ["secure", "silver", "gold"])
def test_documents_in_gated_folders_are_not_taken(folder):
    closed = hit("x.pdf", url=f"/content/dam/{folder}/9ls0-03-que-20330520.pdf")
    parsed = read(answer(*HITS, closed))
    assert (len(parsed.papers), rules(parsed)) == (3, ["gated"])


@pytest.mark.parametrize("gating", [False, None, "", "false", "None"])
def test_a_plain_no_leaves_a_document_open(gating):
    assert len(read(answer(hit("9ls0-01-que-20330520.pdf", gating=gating))).papers) == 1


def test_what_is_no_pdf_is_counted():
    sound = hit("9ls0-03.mp3", kind="Listening-Examinations-MP3", extension="mp3")
    parsed = read(answer(*HITS, sound))
    assert (len(parsed.papers), rules(parsed)) == (3, ["not_a_pdf"])


def test_other_materials_are_left_out_and_counted():
    guide = hit("guide.pdf", category=["Pearson-UK:Category/Teaching-and-learning-materials"])
    parsed = read(answer(*HITS, guide))
    assert (len(parsed.papers), parsed.findings, parsed.counts["other_materials"]) == (3, (), 1)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"kind": "Lantern-map"}, "Document-Type/Lantern-map"),
        ({"series": "Midsummer"}, "Exam-Series/Midsummer"),
        ({"unit": "Wick-1"}, "Unit/Wick-1"),
    ],
)
def test_a_category_that_is_not_known_is_named(changed, named):
    parsed = read(answer(hit("9ls0-01-que-20330520.pdf", **changed)))
    (finding,) = [finding for finding in parsed.findings if finding.rule == "unknown_category"]
    assert named in finding.message
    assert len(parsed.papers) == 1


def test_what_neither_category_nor_file_name_tells_is_an_error_and_no_paper():
    parsed = read(answer(hit("notes.pdf", kind="Lantern-map")))
    assert parsed.papers == ()
    assert {"unknown_category", "unknown_file_name", "hit_unclear"} == set(rules(parsed))
    assert parsed.findings[-1].severity == "error"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"kind": "Mark-scheme"}, "paper_type_mismatch"),
        ({"series": "November-2033"}, "paper_series_mismatch"),
        ({"series": "June-2032"}, "paper_year_mismatch"),
        ({"unit": "Paper-2"}, "paper_paper_number_mismatch"),
        ({"title": "Mark scheme - Paper 1 - June 2033"}, "paper_type_mismatch"),
    ],
)
def test_a_category_and_a_file_name_that_disagree_are_an_error(changed, rule):
    parsed = read(answer(hit("9ls0-01-que-20330520.pdf", **changed)))
    assert rules(parsed) == [rule]
    assert parsed.findings[0].severity == "error"


def test_a_tier_that_differs_is_an_error():
    parsed = read(answer(hit("1ls0-1h-que-20330520.pdf", unit="Paper-1F")), subject="1LS0")
    assert rules(parsed) == ["paper_tier_mismatch"]


def test_a_file_out_of_the_grammar_is_taken_from_its_categories_and_told():
    parsed = read(answer(hit("lantern-paper-one.pdf")))
    assert rules(parsed) == ["unknown_file_name"]
    assert (parsed.papers[0].type, parsed.papers[0].series, parsed.papers[0].paper_number) == (
        "question paper",
        "June",
        1,
    )


@pytest.mark.parametrize("second", ["Document-Type/Mark-scheme", "Exam-Series/June-2031"])
def test_two_categories_of_one_kind_are_told_and_neither_is_believed(second):
    named, unnamed = hit("9ls0-01-que-20330520.pdf"), hit("lantern.pdf")
    for each in (named, unnamed):
        each["category"].append(f"Pearson-UK:{second}")
    parsed = read(answer(named))
    assert rules(parsed) == ["several_categories"]
    assert (parsed.papers[0].type, parsed.papers[0].year) == ("question paper", 2033)
    assert read(answer(unnamed)).papers == ()


def test_files_of_other_subjects_are_counted_and_left_to_them():
    parsed = read(answer(*HITS, hit("8ls0-01-que-20330520.pdf")))
    assert (len(parsed.papers), rules(parsed)) == (3, ["other_subjects"])
    assert "1 under 8LS0" in parsed.findings[0].message


def test_papers_go_to_the_subject_that_owns_their_code():
    parsed = read(answer(hit("9lx0-01-que-20330520.pdf")), owner_of={"9LX0": "9LS0"}.get)
    assert [(paper.subject_code, paper.component_code) for paper in parsed.papers] == [("9LS0", "9LX0/01")]


def test_without_a_subject_the_most_common_code_is_taken():
    assert {paper.subject_code for paper in read(answer(*HITS), subject=None).papers} == {"9LS0"}


def test_the_same_document_twice_is_told():
    assert rules(read(answer(HITS[0], HITS[0]))) == ["duplicate_paper"]


def test_a_part_of_a_list_says_so_and_leads_to_the_other_parts():
    first = asked(page())
    content = answer(*HITS, promised=7, pages=3, per_page=3)
    assert rules(read(content)) == ["listing_incomplete"]
    found = pearson_search.further(content, asked=first)
    assert [parameters(request)["page"] for request in found] == ["1", "2"]
    for request in found:
        assert (request.part_of, request.headers, request.address) == (first.address, first.headers, first.address)
        assert parameters(request)["filters"] == parameters(first)["filters"]
    assert pearson_search.further(content, asked=found[0]) == ()


def test_a_whole_list_leads_nowhere():
    assert pearson_search.further(answer(*HITS), asked=asked(page())) == ()


def test_a_service_that_gives_no_page_with_the_rest_is_an_error():
    parsed = read(answer(*HITS, promised=9, pages=2, per_page=3))
    assert set(rules(parsed)) == {"listing_incomplete", "listing_truncated"}
    assert {finding.rule: finding.severity for finding in parsed.findings}["listing_truncated"] == "error"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b'{"message": "Invalid key", "status": 403}', ContractBroken),
        (b'{"hits": []}', ContractBroken),
        (b"[]", ContractBroken),
        (b'{"hits": [', SourceUnreadable),
        (answer(), SourceEmpty),
        (answer(hit("g.pdf", category=["Pearson-UK:Category/Forms-and-administration"])), SourceEmpty),
    ],
)
def test_what_is_no_answer_is_refused(content, error):
    with pytest.raises(error):
        read(content)


def test_hits_that_are_no_objects_are_told():
    parsed = read(answer(*HITS, "lantern", {"url": None, "extension": "pdf", "category": "x"}))
    assert len(parsed.papers) == 3
    assert "hit_unclear" in rules(parsed)


def test_an_answer_is_known_by_its_hits():
    assert pearson_search.is_answer(answer(*HITS), name="answer")
    assert not pearson_search.is_answer(b'{"subjects": []}', name="answer")
    assert not pearson_search.is_answer(b"[]", name="answer")


def test_answers_that_were_damaged_are_refused_or_held():
    files = [
        hit(f"9ls0-0{paper}-{mark}-20{year}{day}.pdf", kind=kind, series=f"June-20{year}", unit=f"Paper-{paper}")
        for year in (30, 31, 32)
        for paper in (1, 2, 3)
        for kind, mark, day in (
            ("Question-paper", "que", "0520"),
            ("Mark-scheme", "rms", "0817"),
            ("Examiner-report", "pef", "0817"),
        )
    ]
    check_bytes(read, json.dumps(json.loads(answer(*files)), indent=1).encode())


def test_the_real_page_embeds_the_service(shared_data):
    content = shared_data("uk/edexcel/9aa0-arabic-coursematerials.html").read_bytes()
    request = asked(content)
    headers = dict(request.headers)
    assert '"Pearson-UK:Specification-Code/al18-arabic"' in parameters(request)["filters"]
    assert set(headers) == {"X-Algolia-Application-Id", "X-Algolia-API-Key"}
    is_hidden = headers["X-Algolia-API-Key"] not in request.address + request.body
    assert is_hidden
    assert request.address.endswith("-dsn.algolia.net/1/indexes/qualifications-uk_LIVE_master-content/query")


def test_the_real_page_that_never_appeared_names_no_specification(shared_data):
    content = shared_data("uk/edexcel/9dr0-drama-coursematerials-empty.html").read_bytes()
    with pytest.raises(ContractBroken, match="which specification"):
        pearson_search.requests(content, page=PAGE)
