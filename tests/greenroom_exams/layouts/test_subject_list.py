"""Lists of subjects as people and programs wrote them: the real ones counted by another route, and invented faults."""

import json
import random
import re

import pytest
from tests.greenroom_exams.mutations import MUTATIONS, mutate_bytes

from greenroom.model.errors import ContractBroken, SourceEmpty, SourceError
from greenroom_exams.layouts import subject_list
from greenroom_exams.layouts.list_entries import qualifications_in
from greenroom_exams.layouts.subject_list import claimed_qualifications, is_broken

AQA, PEARSON, OCR = r"\d{4}", r"\d[A-Z]{2}\d", r"[HJ]\d{3}"
# file, board, qualification, code pattern -> rows, offers, specifications; the rules of its findings
REAL = {
    ("aqa/aqa-alevel-subjects.json", "AQA", "A-Level", AQA): (42, 42, 0, {"duplicate_offer", "offers_without_address"}),
    ("aqa/aqa-gcse-subjects.json", "AQA", "GCSE", AQA): (41, 41, 0, {"duplicate_offer", "offers_without_address"}),
    ("edexcel/edexcel-alevel-subjects.json", "Edexcel", "A-Level", PEARSON): (
        *(36, 36, 35),
        {"address_of_another_qualification", "address_of_draft"},
    ),
    ("edexcel/edexcel-gcse-subjects.json", "Edexcel", "GCSE", PEARSON): (
        *(35, 35, 35),
        {"placeholder_code", "address_of_draft"},
    ),
    ("edexcel/international-gcse-subjects.json", "Edexcel", "International-GCSE", PEARSON): (
        *(37, 37, 37),
        {"placeholder_code"},
    ),
    ("ccea/ccea-gcse-subjects.json", "CCEA", "GCSE", None): (40, 40, 40, {"same_address"}),
    ("ccea/ccea-gcses.md", "CCEA", "GCSE", None): (40, 40, 3, {"offers_without_address"}),
    ("ocr/ocr-alevel-subjects.json", "OCR", "A-Level", OCR): (28, 28, 28, {"same_address", "address_of_another_code"}),
    ("ocr/ocr-gcse-list.md", "OCR", "GCSE", OCR): (39, 39, 39, {"same_address", "address_of_another_code"}),
    ("ocr/cambridge-vocational.md", "OCR", "Cambridge-Technicals", None): (
        *(18, 8, 0),
        {"several_specifications", "offers_without_address"},
    ),
    ("ocr/cambridge-vocational.md", "OCR", "Cambridge-Nationals", None): (18, 10, 10, set()),
    ("edexcel/btec-nationals-l3.md", "Edexcel", "BTEC", None): (29, 29, 27, set()),
    ("sqa/sqa-nationals-list.md", "SQA", "National-5", None): (
        *(77, 77, 3),
        {"qualification_not_told", "offers_without_address"},
    ),
    ("sqa/sqa-nationals-list.md", "SQA", "Higher", None): (
        *(77, 76, 2),
        {"qualification_not_told", "offers_without_address"},
    ),
    ("sqa/sqa-nationals-list.md", "SQA", "Advanced-Higher", None): (
        *(77, 75, 1),
        {"qualification_not_told", "offers_without_address"},
    ),
    ("wjec/wjec-all-subjects.md", "WJEC", "GCSE", None): (
        *(78, 43, 0),
        {
            *("stray_words", "sections_disagree", "unknown_qualification"),
            *("qualification_not_told", "offers_without_address"),
        },
    ),
    ("wjec/wjec-all-subjects.md", "WJEC", "A-Level", None): (
        *(78, 34, 0),
        {"stray_words", "unknown_qualification", "qualification_not_told", "offers_without_address"},
    ),
    ("eduqas/eduqas-all-subjects.md", "EDUQAS", "GCSE", None): (51, 24, 0, {"offers_without_address"}),
    ("eduqas/eduqas-all-subjects.md", "EDUQAS", "A-Level", None): (51, 26, 0, {"offers_without_address"}),
    ("eduqas/eduqas-alevel-pdf-urls.json", "EDUQAS", "A-Level", None): (
        *(26, 26, 24),
        {"address_of_another_qualification", "offers_without_address"},
    ),
    ("eduqas/eduqas-gcse-pdf-urls.json", "EDUQAS", "GCSE", None): (
        *(22, 22, 20),
        {"address_of_another_document", "address_of_another_qualification"},
    ),
}
# They promise how many they are; no other list does.
TOTALS = {"aqa/aqa-gcse-subjects.json"}
NO_LISTS = (
    "ccea/qualification-507-feed-excerpt.json",
    "aqa/accounting-7127-subject-content-extract.json",
    "aqa/gcse-cs-papers-urls.json",
    "aqa/7402-assessment-resources-page1.html",
    "caie/9618-paper3-syllabus-tree.json",
    "wjec/wjec-gcse-drama-specification.md",
    "wjec/wjec-alevel-cs-paper-index.json",
    "eduqas/alevel-Law-content.txt",
    "eduqas/past-papers-tab-listitems-excerpt.json",
    "ocr/H420-spec-text.txt",
    "ocr/J587-01-tree.txt",
    "edexcel/gcse-Citizenship-spec-text.txt",
    "sqa/computing-N5_2025-question-map.json",
    "legacy/topics-legacy-export.csv",
)


def real(shared_data, case):
    file, board, qualification, pattern = case
    content = shared_data(f"uk/{file}").read_bytes()
    assert subject_list.is_list(content, name=file)
    return subject_list.read_offers(content, name=file, board=board, qualification=qualification, code_pattern=pattern)


def read(rows, *, qualification="GCSE", board="AQA", **more):
    content = rows.encode() if isinstance(rows, str) else json.dumps(rows).encode()
    return subject_list.read_offers(content, name="lanterns", board=board, qualification=qualification, **more)


def rules(parsed):
    return {finding.rule for finding in parsed.findings}


@pytest.mark.parametrize("case", REAL, ids=lambda case: f"{case[0]} {case[2]}")
def test_every_real_list_is_read_whole(shared_data, case):
    parsed = real(shared_data, case)
    rows, offers, specifications, found = REAL[case]
    counts = parsed.counts
    assert (counts["rows"], counts["offers"], counts["with_specification"]) == (rows, offers, specifications)
    assert len(parsed.offers) == offers
    assert rules(parsed) == found | ({"list_without_total"} if case[0] not in TOTALS else set())


@pytest.mark.parametrize("file", sorted({case[0] for case in REAL if case[0].endswith(".json")}))
def test_every_name_of_a_real_json_list_is_offered(shared_data, file):
    case = next(each for each in REAL if each[0] == file)
    text = shared_data(f"uk/{file}").read_text(encoding="utf-8")
    names = re.findall(r'"(?:name|subject)":\s*"([^"]+)"', text)
    assert [offer.name for offer in real(shared_data, case).offers] == names


@pytest.mark.parametrize("case", [each for each in REAL if "ocr-gcse" in each[0] or "ccea-gcses" in each[0]])
def test_every_address_of_a_real_text_list_is_offered(shared_data, case):
    text = shared_data(f"uk/{case[0]}").read_text(encoding="utf-8")
    offered = [
        address
        for offer in real(shared_data, case).offers
        for address in (offer.page_url, offer.specification_pdf_url, offer.papers_url)
        if address
    ]
    assert sorted(offered) == sorted(re.findall(r"https://\S+", text))


def test_codes_of_a_real_text_list_stand_beside_their_names(shared_data):
    offers = real(shared_data, ("ocr/ocr-gcse-list.md", "OCR", "GCSE", OCR)).offers
    by_code = {offer.code: offer.name for offer in offers}
    assert len(by_code) == 39
    assert by_code["J198"] == "Ancient History"
    assert by_code["J247"] == "Biology A - Gateway Science Suite"
    assert by_code["J200"] == "Media Studies"


def test_a_real_address_of_another_qualification_is_told_and_withheld(shared_data):
    parsed = real(shared_data, ("eduqas/eduqas-alevel-pdf-urls.json", "EDUQAS", "A-Level", None))
    told = [finding for finding in parsed.findings if finding.rule == "address_of_another_qualification"]
    assert [finding.position for finding in told] == [
        "row 6 (Design and Technology - A-Level)",
        "row 6 (Design and Technology - A-Level)",
        "row 7 (Drama - A-Level)",
    ]
    offers = {offer.name: offer for offer in parsed.offers}
    assert offers["Design and Technology"].specification_pdf_url is None
    assert offers["Design and Technology"].page_url is None
    assert offers["Drama"].specification_pdf_url is None
    assert offers["Law"].specification_pdf_url.endswith("/eduqas-a-level-law-spec-from-2017-e-27-01-2020.pdf")


def test_a_real_comparison_and_a_real_short_course_are_no_specification(shared_data):
    offers = {o.name: o for o in real(shared_data, ("eduqas/eduqas-gcse-pdf-urls.json", "EDUQAS", "GCSE", None)).offers}
    assert offers["English Language"].specification_pdf_url is None
    assert offers["Religious Studies"].specification_pdf_url is None
    assert offers["English Language"].page_url.endswith("/english-language-gcse/")


def test_each_level_of_a_real_list_has_its_own_addresses(shared_data):
    found = {}
    for level in ("National-5", "Higher", "Advanced-Higher"):
        parsed = real(shared_data, ("sqa/sqa-nationals-list.md", "SQA", level, None))
        found[level] = {o.name: o.specification_pdf_url for o in parsed.offers if o.specification_pdf_url}
    assert set(found["National-5"]) == {"Accounting", "Administration and IT", "Applications of Mathematics"}
    assert set(found["Higher"]) == {"Administration and IT", "Applications of Mathematics"}
    assert found["Advanced-Higher"] == {
        "Accounting": "https://www.sqa.org.uk/sqa/files_ccc/ah-course-spec-accounting.pdf"
    }


def test_the_real_heading_and_row_that_disagree_are_told(shared_data):
    parsed = real(shared_data, ("wjec/wjec-all-subjects.md", "WJEC", "GCSE", None))
    (told,) = [finding for finding in parsed.findings if finding.rule == "sections_disagree"]
    assert told.message.startswith("Drama is of GCSE by its row")
    assert "Drama" in {offer.name for offer in parsed.offers}
    assert "Welsh Baccalaureate" not in {offer.name for offer in parsed.offers}


def test_first_teaching_is_read_from_json_and_text(shared_data):
    for case in REAL:
        if case[0].startswith("ccea/"):
            years = {offer.name: offer.first_teaching for offer in real(shared_data, case).offers}
            assert years["Agriculture and Land Use"] == 2019
            assert years["Physics"] == 2017


@pytest.mark.parametrize("file", NO_LISTS)
def test_real_documents_of_other_kinds_are_no_lists(shared_data, file):
    assert not subject_list.is_list(shared_data(f"uk/{file}").read_bytes(), name=file)


def offered(parsed):
    """What a list must give: each row's name, code and addresses."""
    return {
        (offer.name, offer.code, offer.page_url, offer.specification_pdf_url, offer.papers_url)
        for offer in parsed.offers
    }


@pytest.mark.parametrize("case", REAL, ids=lambda case: f"{case[0]} {case[2]}")
def test_a_spoilt_real_list_is_refused_held_or_nearly_right(shared_data, case):
    file, board, qualification, pattern = case
    content = shared_data(f"uk/{file}").read_bytes()
    whole = offered(real(shared_data, case))
    wrong = []
    for seed in range(MUTATIONS):
        kind, mutated = mutate_bytes(content, random.Random(seed))
        try:
            parsed = subject_list.read_offers(
                mutated, name=file, board=board, qualification=qualification, code_pattern=pattern
            )
        except SourceError:
            continue
        if not parsed.findings and len(whole ^ offered(parsed)) / len(whole) >= 0.05:
            wrong.append((seed, kind))
    assert wrong == []


def test_a_promised_total_that_is_wrong_is_an_error():
    assert rules(read({"subjects": [{"name": "Lanterns", "code": "8999"}], "total": 2})) >= {"promised_total"}
    assert "list_without_total" in rules(read([{"name": "Lanterns", "code": "8999"}]))
    parsed = read({"subjects": [{"name": "Lanterns", "code": "8999"}], "total": 1})
    assert rules(parsed) == {"offers_without_address"}


def test_a_row_without_a_name_is_told_with_all_it_has():
    parsed = read([{"name": "Lanterns"}, {"name": " ", "code": "8998", "url": "https://aqa.org.uk/wicks"}])
    (told,) = [finding for finding in parsed.findings if finding.rule == "row_without_name"]
    assert (told.severity, told.position) == ("error", "row 2")
    assert "8998" in told.message
    assert "https://aqa.org.uk/wicks" in told.message
    assert [offer.name for offer in parsed.offers] == ["Lanterns"]


@pytest.mark.parametrize(
    "address",
    [
        "lanterns.pdf",
        "htps://aqa.org.uk/lanterns.pdf",
        "https://aqa/lanterns.pdf",
        "https://aqa.org.uk/lan terns.pdf",
        "https://aqa.org.uk/lanterns.pdfcourse",
        "https://aqa.org.uk/lanterns%2",
        "https://aqa.org.uk/lanterns\ufffd.pdf",
        "https://[aqa.org.uk/lanterns.pdf",
    ],
)
def test_a_broken_address_is_an_error_and_its_row_stays(address):
    parsed = read([{"name": "Lanterns", "pdf_url": address}])
    (told,) = [finding for finding in parsed.findings if finding.rule == "broken_address"]
    assert told.severity == "error"
    assert [(offer.name, offer.specification_pdf_url) for offer in parsed.offers] == [("Lanterns", None)]


def test_a_sound_address_is_none_of_these():
    assert not is_broken("https://www.aqa.org.uk/GCSE%20Lanterns%20%282031%29/spec-e.pdf?x=1#page-2")


@pytest.mark.parametrize(
    ("address", "claims"),
    [
        ("https://x.uk/qualifications/lanterns-gcse/", ("GCSE",)),
        ("https://x.uk/qualifications/lanterns-asa-level/", ("AS-Level", "A-Level")),
        ("https://x.uk/International%20GCSE/Lanterns/2031/spec.pdf", ("International-GCSE",)),
        ("https://x.uk/A%20Level/Lanterns/lantern-spec.pdf", ("A-Level",)),
        ("https://x.uk/A%20Level/AS-Lanterns-Spec.pdf", ("AS-Level",)),
        ("https://x.uk/Lanterns%20as%20a%20first%20language/spec.pdf", ()),
        ("https://x.uk/lanterns%20(as%202nd%20language)/spec.pdf", ()),
        ("https://x.uk/n5-course-spec-lanterns.pdf", ("National-5",)),
        ("https://x.uk/lanterns.pdf", ()),
    ],
)
def test_an_address_says_of_which_qualification_it_is(address, claims):
    assert claimed_qualifications(address) == claims


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("International GCSE", ("International-GCSE",)),
        ("GCSE / A", ("GCSE", "A-Level")),
        ("A level", ("A-Level",)),
        ("Advanced Higher", ("Advanced-Higher",)),
        ("Cambridge Nationals - Level 2", ("Cambridge-Nationals",)),
        ("Level 3 Extended Project", ("EPQ",)),
        ("Lantern Certificate", ()),
    ],
)
def test_words_name_qualifications(words, found):
    assert qualifications_in(words) == found


def test_a_list_of_another_board_is_refused():
    with pytest.raises(ContractBroken, match="list of OCR, not of AQA"):
        read([{"name": "Lanterns", "exam_board": "OCR"}])
    with pytest.raises(ContractBroken, match="list of EDUQAS, not of WJEC"):
        read("Eduqas Qualifications - GCSE\nLanterns - GCSE\n", board="WJEC")
    with pytest.raises(ContractBroken, match="none of AQA"):
        read([{"name": "Lanterns", "url": "https://ocr.org.uk/x"}], hosts=("aqa.org.uk",))


def test_a_list_of_another_qualification_is_refused():
    with pytest.raises(ContractBroken, match="lists A-Level, not GCSE"):
        read([{"name": "Lanterns", "level": "A-Level"}])


def test_an_empty_list_is_empty():
    with pytest.raises(SourceEmpty):
        read([])
    with pytest.raises(SourceEmpty):
        read("AQA Qualifications - GCSE\n")


def test_a_list_in_columns_is_read_too():
    parsed = read("Name;Code;Specification URL\nLanterns;8999;https://aqa.org.uk/l.pdf\n;;\nWicks;8998;\n")
    assert [(o.name, o.code, o.specification_pdf_url) for o in parsed.offers] == [
        ("Lanterns", "8999", "https://aqa.org.uk/l.pdf"),
        ("Wicks", "8998", None),
    ]


def test_columns_and_words_that_no_rule_reads_are_told():
    assert "unknown_column" in rules(read([{"name": "Lanterns", "colour": "red"}]))
    told = rules(read("Name,Code\nLanterns,X99\n", code_pattern=r"\d{4}"))
    assert "placeholder_code" in told
    long = "Lanterns of all kinds that were ever lit by anybody anywhere, " * 3
    assert "unreadable_row" in rules(read(f"AQA Qualifications - GCSE\nWicks\n{long}\n"))
