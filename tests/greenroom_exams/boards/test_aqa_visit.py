"""AQA's site: from the list of subjects to the specification, its sections and all papers, by links that were read."""

from urllib.parse import parse_qs, urlsplit

from tests.greenroom_exams.boards import aqa_pages as pages

from greenroom import Request
from greenroom_exams.boards.aqa import board

SUBJECT = Request(pages.SUBJECT, "subject", subject="7999", name="Lantern Studies")


def led(request, content, qualification="A-Level"):
    return [(each.kind, each.address, each.part_of) for each in board.follow(qualification, request, content)]


def test_the_visit_begins_with_the_list_of_subjects():
    assert [(each.kind, each.address) for each in board.start("GCSE", None)] == [
        ("subject list", "https://www.aqa.org.uk/subjects")
    ]
    assert list(board.start("Higher", None)) == []


def test_the_list_leads_to_each_subject_of_the_qualification_once():
    (request,) = board.start("A-Level", None)
    found = list(board.follow("A-Level", request, pages.subject_index()))
    assert [(each.kind, each.subject, each.name) for each in found] == [
        ("subject", "7999", "Lantern Studies"),
        ("subject", None, "Rope Work"),
    ]
    assert [each.name for each in board.follow("GCSE", request, pages.subject_index())] == ["Lantern Studies"]


def test_one_subject_asked_for_is_the_only_one_visited():
    (request,) = board.start("A-Level", "7996")
    (found,) = board.follow("A-Level", request, pages.subject_index())
    assert (found.subject, found.address) == (
        "7996",
        f"{pages.SITE}/subjects/rope-work/as-and-a-level/rope-work-7995-7996",
    )


def test_the_list_of_subjects_is_read_as_offers():
    parsed = board.parse(pages.subject_index(), name="file:///x.html", subject=None, qualification="A-Level")
    assert [(each.name, each.code, each.page_url) for each in parsed.offers] == [
        ("Lantern Studies", "7999", pages.SUBJECT),
        ("Rope Work", None, f"{pages.SITE}/subjects/rope-work/as-and-a-level/rope-work-7995-7996"),
    ]
    assert parsed.findings == ()


def test_a_list_of_subjects_without_qualifications_leads_to_each_of_them():
    (request,) = board.start("A-Level", None)
    content = pages.family_index()
    assert led(request, content) == [
        ("subject list", f"{pages.SITE}/subjects/{slug}", request.address) for slug in ("lantern-studies", "rope-work")
    ]
    parsed = board.parse(content, name=request.address, subject=None, qualification="A-Level")
    assert (parsed.offers, parsed.counts["items"], parsed.counts["promised"]) == ((), 0, 2)
    assert [finding.rule for finding in parsed.findings] == ["listing_incomplete"]


def test_the_page_of_one_of_them_is_its_part_of_the_list():
    address = f"{pages.SITE}/subjects/lantern-studies"
    request = Request(address, "subject list", part_of=f"{pages.SITE}/subjects")
    content = pages.family_index(address=address)
    assert led(request, content) == [("subject", pages.SUBJECT, None)]
    parsed = board.parse(content, name=address, subject=None, qualification="A-Level")
    assert ([each.code for each in parsed.offers], parsed.counts["items"]) == (["7999"], 1)
    assert led(request, content, "AS-Level") == [
        ("subject", f"{pages.SITE}/subjects/lantern-studies/as-level/lantern-studies-7998", None)
    ]


def test_a_subject_that_the_list_names_with_its_code_is_visited_at_once():
    (request,) = board.start("A-Level", "7999")
    assert led(request, pages.family_index()) == [("subject", pages.SUBJECT, None)]


def test_the_real_page_leads_to_its_specification_and_its_resources(shared_data):
    content = shared_data("uk/aqa/7402-assessment-resources-page1.html").read_bytes()
    subject = "https://www.aqa.org.uk/subjects/biology/a-level/biology-7402"
    assert led(Request(subject, "subject", subject="7402"), content) == [
        ("subject", f"{subject}/specification", None),
        ("papers", f"{subject}/assessment-resources", None),
    ]
    assert led(Request(f"{subject}/assessment-resources", "papers", subject="7402"), content) == []


def test_the_menu_of_the_real_page_is_a_list_of_subjects(shared_data):
    content = shared_data("uk/aqa/7402-assessment-resources-page1.html").read_bytes()
    (request,) = board.start("AS-Level", None)
    families = led(request, content, "AS-Level")
    assert len(families) == 29
    assert ("subject list", "https://www.aqa.org.uk/subjects/biology", request.address) in families
    biology = Request("https://www.aqa.org.uk/subjects/biology", "subject list", part_of=request.address)
    assert led(biology, content, "AS-Level") == [
        ("subject", "https://www.aqa.org.uk/subjects/biology/as-level/biology-7401", None)
    ]


PDF = "https://filestore.aqa.org.uk/resources/lanterns/specifications/AQA-7998-7999-SP-2031.PDF"
RESOURCES = f"{pages.SUBJECT}/assessment-resources"


def test_a_subject_leads_to_its_specification_and_its_papers():
    assert led(SUBJECT, pages.subject_page(pdf=PDF)) == [("specification", PDF, None), ("papers", RESOURCES, None)]


def test_without_a_pdf_the_first_page_of_the_specification_is_looked_at():
    assert led(SUBJECT, pages.subject_page()) == [
        ("subject", f"{pages.SUBJECT}/specification", None),
        ("papers", RESOURCES, None),
    ]


def test_the_specification_is_taken_as_pages_only_without_a_pdf():
    request = Request(f"{pages.SUBJECT}/specification", "subject", subject="7999")
    assert led(request, pages.subject_page(pdf=PDF)) == [("specification", PDF, None)]
    assert led(request, pages.subject_page()) == [("specification", pages.CONTENT, None)]


def test_a_file_under_a_hash_is_known_by_the_words_of_its_link():
    hashed = "https://cdn.sanity.io/files/p1/green/0123abcd.pdf"
    request = Request(f"{pages.SUBJECT}/specification", "subject", subject="7999")
    assert led(request, pages.subject_page(pdf=hashed, text="Download the specification")) == [
        ("specification", hashed, None)
    ]
    assert led(request, pages.subject_page(pdf=hashed, text="Poster")) == [("specification", pages.CONTENT, None)]


def test_files_of_others_are_not_followed():
    for other in ("https://elsewhere.example.org/AQA-7999-SP-2031.PDF", PDF.replace("7998-7999", "7995")):
        assert led(SUBJECT, pages.subject_page(pdf=other))[0][0] == "subject"


def test_what_is_found_belongs_to_the_subject():
    found = list(board.follow("A-Level", SUBJECT, pages.subject_page(pdf=PDF)))
    assert {(each.subject, each.name) for each in found} == {("7999", "Lantern Studies")}
    assert [each.leads_on for each in found] == [False, True]


def test_without_a_page_of_resources_the_search_is_asked():
    asked = [address for kind, address, _ in led(SUBJECT, pages.subject_page(with_resources=False)) if kind == "papers"]
    (address,) = asked
    fields = {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}
    assert fields == {
        "type": "aqaResource", "location": "/find-past-papers-and-mark-schemes", "prefilter": "scope",
        "scope": "findPastPapers", "specCode": "7999", "page": "1", "limit": "100",
    }  # fmt: skip


def test_the_first_reply_leads_to_all_others():
    first = Request("https://www.aqa.org.uk/api/search?specCode=7999&page=1&limit=100", "papers", subject="7999")
    row = ("x.2033.june.AQA-79991-QP-JUN33_PDF", "Question paper: Paper 1 - June 2033", None)
    further = led(first, pages.search([row] * 100, hits=201))
    assert [(kind, parse_qs(urlsplit(address).query)["page"], part_of) for kind, address, part_of in further] == [
        ("papers", ["2"], first.address),
        ("papers", ["3"], first.address),
    ]
    assert led(first, pages.search([row] * 100, hits=100)) == []
    second = Request(further[0][1], "papers", subject="7999", part_of=first.address)
    assert led(second, pages.search([row] * 100, hits=201)) == []


def test_the_list_of_sections_leads_to_each():
    request = Request(pages.CONTENT, "specification", subject="7999")
    assert led(request, pages.index()) == [
        ("specification", f"{pages.CONTENT}/{slug}", pages.CONTENT) for _, slug in pages.SECTIONS
    ]
    section = Request(f"{pages.CONTENT}/flame", "specification", part_of=pages.CONTENT)
    assert led(section, pages.content("3.1 Flame", "", "flame")) == []


def test_a_page_with_the_whole_list_in_its_data_has_no_further_pages():
    request = Request(f"{pages.SUBJECT}/assessment-resources", "papers", subject="7999")
    assert led(request, pages.resources_page()) == []


def test_a_page_of_cards_leads_to_the_further_pages():
    request = Request(f"{pages.SUBJECT}/assessment-resources", "papers", subject="7999")
    content = pages.resources_page(promised=5).replace(b"self.__next_f.push", b"nothing")
    assert [(address.rpartition("?")[2], part_of) for _, address, part_of in led(request, content)] == [
        ("page=2", request.address),
        ("page=3", request.address),
    ]


def test_a_paper_leads_nowhere():
    assert led(Request("https://files.example.org/a.pdf", "specification"), b"%PDF-1.4\n%%EOF\n") == []
