import json
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from tests.greenroom_exams.boards.pages import made_up
from tests.greenroom_exams.layouts import courses, lantern
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf
from tests.greenroom_exams.mutations import check_document

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceError, SourceUnreadable
from greenroom_exams.boards import sqa
from greenroom_exams.boards.sqa import board
from greenroom_exams.layouts.course_assessment import minutes
from greenroom_exams.layouts.pdf_lines import Entry, read_pdf

# Each with its level, its codes, its counts by level, and which layout reads it.
SPECIFICATIONS = {
    "h-course-spec-biology": ("Higher", "C807 76", "Biology", (3, 23, 61), "numbered key areas"),
    "n5-course-spec-chemistry": ("National-5", "C813 75", "Chemistry", (3, 12, 32), "topics by typeface"),
    "ah-course-spec-chemistry": ("Advanced-Higher", "C813 77", "Chemistry", (4, 17), "lettered topics"),
    "h-course-spec-mathematics": ("Higher", "C847 76", "Mathematics", (5, 19), "skills and explanation"),
}
COMPONENTS = {
    "h-course-spec-biology": [(True, 25, 40, 16.67), (True, 95, 140, 63.33), (False, 20, None, 20.0)],
    "n5-course-spec-chemistry": [(True, 100, 150, 80.0), (False, 20, None, 20.0)],
    "ah-course-spec-chemistry": [(True, 110, 180, 75.0), (False, 25, None, 25.0)],
    "h-course-spec-mathematics": [(True, 70, 90, 46.67), (True, 80, 105, 53.33)],
}
QUESTION_PAPER = "uk/sqa/N5_Practical-Electronics_QP_2024.pdf"
INSTRUCTIONS = "uk/sqa/mi_N5_Practical-Electronics_mi_2024.pdf"
CELL = (
    b'<td><a href="/pastpapers/papers/instructions/2032/mi_N5_Lantern-Studies_mi_2032.pdf">'
    b"Marking instructions</a></td>"
)
PAGE = "https://www.sqa.org.uk/pastpapers/findpapers.htm?subject=Lantern+Studies&level=N5"


def parse(content, *, name="course.pdf", subject=None, qualification="Higher"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


@cache
def opened(path):
    return read_pdf(path.read_bytes(), name=path.name)


@pytest.fixture
def real(shared_data):
    """`real(name)` is what a real specification is read as, and the truth about it."""

    def read(name):
        path = shared_data(f"uk/sqa/{name}.pdf")
        truth = json.loads(path.with_name(f"{path.name}.truth.json").read_text())
        return specification(opened(path), SPECIFICATIONS[name][0]), truth

    return read


def specification(pdf, qualification, subject=None):
    return sqa.read_specification(pdf, name="course.pdf", subject=subject, qualification=qualification)


# --- made-up specifications ---


def test_numbered_key_areas_keep_the_path_to_their_numbers():
    parsed = parse(courses.course(), subject="C999 76")
    assert [(t.code, t.name, t.parent_code, t.level) for t in parsed.topics] == [
        ("~light", "Light", None, 0),
        ("~light/1", "The flame", "~light", 1),
        ("~light/1/(a)", "A flame needs an air–oil mix that has risen.", "~light/1", 2),
        ("~light/1/(b)", "A hot flame", "~light/1", 2),
        ("~light/2", "Wicks", "~light", 1),
        ("~care", "Care", None, 0),
        ("~care/1", "Trimming the wick", "~care", 1),
        ("~care/1/(a)", "Trimming keeps the glass clean.", "~care/1", 2),
    ]
    assert parsed.topics[2].description == "It goes out without one of them."
    assert parsed.topics[4].description == "Wicks are woven from cotton yarn."
    assert (parsed.findings, parsed.layout, parsed.confidence) == ((), "numbered key areas", 1.0)


def test_the_cover_names_course_codes_edition_and_session():
    subject = parse(courses.course()).subject
    assert (subject.code, subject.name, subject.qualification_type) == ("C999 76", "Lantern Studies", "Higher")
    assert (subject.paper_code, subject.spec_version, subject.spec_start_year) == ("X999 76", "1.0", 2031)


def test_headings_that_come_again_are_one_topic():
    parsed = parse(courses.course(courses.LETTERED))
    assert [(t.code, t.name) for t in parsed.topics] == [
        ("~light", "Light"),
        ("~light/(a)", "The flame"),
        ("~light/(b)", "Wicks"),
        ("~care", "Care"),
        ("~care/(a)", "Trimming the wick"),
    ]
    assert parsed.topics[1].description == "A flame needs both air and oil.\nIt goes out without one of them."
    assert (parsed.findings, parsed.layout) == ((), "lettered topics")


def test_without_codes_levels_come_from_the_typeface():
    parsed = parse(courses.course(courses.TYPEFACE, overview=courses.TYPEFACE_OVERVIEW))
    assert [(t.code, t.level) for t in parsed.topics] == [
        ("~light", 0),
        ("~light~the-flame", 1),
        ("~light~the-flame~air-and-oil", 2),
        ("~light~the-flame~colour-of-the-flame", 2),
        ("~light~wicks", 1),
        ("~care", 0),
        ("~care~trimming-the-wick", 1),
    ]
    # a number that begins a statement is no code
    assert parsed.topics[2].description == "7 flames burn brighter than six."
    assert (parsed.findings, parsed.layout) == ((), "topics by typeface")


def test_cells_of_the_left_column_are_topics():
    parsed = parse(courses.table_course(courses.SKILLS))
    assert [(t.name, t.parent_code, t.description) for t in parsed.topics] == [
        ("Lighting skills", None, None),
        ("Filling a lantern with oil", "~lighting-skills", "• pouring\n• wiping"),
        ("Striking a match", "~lighting-skills", "• safely"),
        ("Caring skills", None, None),
        ("Trimming", "~caring-skills", "• cutting\n• cleaning"),
    ]
    assert (parsed.findings, parsed.layout) == ((), "skills and explanation")


def test_components_say_what_is_examined():
    told = [
        (c.code, c.examined, c.marks, c.duration_minutes, c.weight_percent) for c in parse(courses.course()).components
    ]
    assert told == [("X999 76~question-paper", True, 95, 140, 75.0), ("X999 76~project", False, 20, None, 25.0)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("40 minutes", 40),
        ("2 hours and 20 minutes", 140),
        ("1 hour 45 minutes", 105),
        ("3 hours", 180),
        ("8 hours, of which a maximum of 2 hours is allowed", None),
        ("see below", None),
        ("", None),
    ],
)
def test_only_a_whole_time_is_a_duration(words, told):
    assert minutes(words) == told


def without(words, rows=courses.KEY_AREAS):
    return tuple(row for row in rows if words not in row[1])


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"rows": without("2 Wicks"), "notes": courses.KEY_AREAS}, "witnesses_disagree"),
        ({"rows": without("(a) A flame"), "notes": courses.KEY_AREAS}, "numbering_gap"),
        ({"rows": without("2 Wicks"), "notes": courses.KEY_AREAS, "overview": ()}, "witnesses_disagree"),
        ({"rows": without("(b) A hot flame"), "notes": courses.KEY_AREAS}, "witnesses_disagree"),
        ({"notes": without("(b) A hot flame")}, "witnesses_disagree"),
        ({"notes": without("goes out")}, "witnesses_disagree"),
        ({"overview": (("Light", ("flame", "wicks")),)}, "witnesses_disagree"),
        ({"overview": (("Light", ("flame", "glass")), ("Care", ("trimming the wick",)))}, "witnesses_disagree"),
        ({"marks": "90 marks"}, "witnesses_disagree"),
        ({"share": "80%"}, "witnesses_disagree"),
        ({"codes": ("C999 75", "X999 75")}, "level_differs"),
    ],
)
def test_what_the_document_contradicts_is_held(changed, rule):
    assert (rule, "error") in rules(parse(courses.course(**changed)))


def changed_pdf(change):
    return specification(change(read_pdf(courses.course(), name="course.pdf")), "Higher")


def test_letters_that_nobody_can_read_are_held():
    def spoilt(pdf):
        page = pdf.pages[1]
        lines = (replace(page.lines[0], text="Cour\ufffde overview"), *page.lines[1:])
        return replace(pdf, pages=(pdf.pages[0], replace(page, lines=lines), *pdf.pages[2:]))

    assert ("unreadable_letters", "error") in rules(changed_pdf(spoilt))


def test_a_page_that_is_gone_is_held():
    parsed = changed_pdf(lambda pdf: replace(pdf, pages=(pdf.pages[0], *pdf.pages[2:])))
    assert ("page_missing", "error") in rules(parsed)


@pytest.mark.parametrize(("page", "told"), [(5, []), (2, [("witnesses_disagree", "error")])])
def test_the_outline_is_a_witness(page, told):
    parsed = changed_pdf(lambda pdf: replace(pdf, outline=(Entry(0, "Course assessment", page),)))
    assert rules(parsed) == told


def test_a_document_that_says_everything_once_is_held():
    content = courses.course(overview=(), notes=(("text", "Nothing of use."),))
    assert rules(parse(content)) == [("no_second_witness", "warning")]


def test_another_assessment_code_is_doubtful():
    assert rules(parse(courses.course(codes=("C999 76", "X998 76")))) == [("assessment_code_differs", "warning")]


# --- real specifications ---


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_a_real_specification_has_its_levels_and_no_findings(real, name):
    parsed, _ = real(name)
    _, code, title, counts, layout = SPECIFICATIONS[name]
    counted = Counter(topic.level for topic in parsed.topics)
    assert tuple(counted[level] for level in range(len(counted))) == counts
    assert (parsed.subject.code, parsed.subject.name, parsed.layout) == (code, title, layout)
    assert (parsed.findings, parsed.confidence) == ((), 1.0)


def printed(topic):
    """The code that stands in the document: what follows the path."""
    return topic.code.rpartition("/")[2] if "/" in topic.code else None


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_the_spots_of_the_truth_are_found(real, name):
    parsed, truth = real(name)
    names = {topic.code: topic.name for topic in parsed.topics}
    found = {(printed(t), t.name, names.get(t.parent_code)) for t in parsed.topics}
    # The truth writes the number of a parent where it has one: "7 Evolution".
    found |= {
        (printed(t), t.name, f"{printed(up)} {up.name}")
        for t in parsed.topics
        for up in parsed.topics
        if up.code == t.parent_code and printed(up)
    }
    # Areas are told without their parent's name.
    wanted = {(spot["code"], spot["title"], spot["parent"]) for spot in truth["spot"]}
    assert wanted - found == set()


@pytest.mark.parametrize("name", ["h-course-spec-biology", "ah-course-spec-chemistry", "h-course-spec-mathematics"])
def test_each_area_has_its_number_of_topics(real, name):
    parsed, truth = real(name)
    names = {topic.code: topic.name for topic in parsed.topics}
    counted = Counter(names[topic.parent_code] for topic in parsed.topics if topic.level == 1)
    assert counted == (truth.get("per_area") or truth["per_area_key_areas"])


def test_the_topics_without_codes_are_the_truth(real):
    parsed, truth = real("n5-course-spec-chemistry")
    names = {topic.code: topic.name for topic in parsed.topics}
    found = [(names[t.parent_code], t.name) for t in parsed.topics if t.level == 1]
    assert found == [(area, name) for area, topics in truth["topics"].items() for name in topics]


def test_key_areas_without_letters_have_text_and_no_topics(real):
    parsed, truth = real("h-course-spec-biology")
    parents = {topic.parent_code for topic in parsed.topics}
    bare = [t for t in parsed.topics if t.level == 1 and t.code not in parents]
    assert [topic.name for topic in bare] == truth["key_areas_without_letters"]
    assert all(topic.description for topic in bare)


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_real_components_are_read(real, name):
    parsed, _ = real(name)
    told = [(c.examined, c.marks, c.duration_minutes, c.weight_percent) for c in parsed.components]
    assert told == COMPONENTS[name]


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_no_text_of_the_appendix_is_counted(real, name, shared_data):
    parsed, _ = real(name)
    appendix = min(
        line.page
        for line in opened(shared_data(f"uk/sqa/{name}.pdf")).lines()
        if line.size > 22 and line.text.startswith("Appendix")
    )
    assert max(topic.page for topic in parsed.topics) < appendix
    assert len({topic.code for topic in parsed.topics}) == len(parsed.topics)


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_a_real_specification_that_lost_something_is_held(shared_data, name):
    level = SPECIFICATIONS[name][0]
    check_document(lambda pdf: specification(pdf, level), opened(shared_data(f"uk/sqa/{name}.pdf")))


# --- papers ---


def test_the_real_question_paper_is_one_row(shared_data):
    path = shared_data(QUESTION_PAPER)
    parsed = parse(path.read_bytes(), name=path.name, qualification="National-5")
    (paper,) = parsed.papers
    assert (paper.subject_code, paper.component_code, paper.type) == ("C860 75", "X860/75/02", "question paper")
    assert (paper.year, paper.series, paper.marks) == (2024, "June", 60)
    assert parsed.findings == ()


def test_the_real_marking_instructions_need_their_course_and_somebody_to_look(shared_data):
    path = shared_data(INSTRUCTIONS)
    parsed = parse(path.read_bytes(), name=path.name, subject="C860 75", qualification="National-5")
    (paper,) = parsed.papers
    assert (paper.subject_code, paper.component_code, paper.type) == ("C860 75", None, "mark scheme")
    assert (paper.year, paper.series) == (2024, "June")
    assert rules(parsed) == [("subject_by_name", "warning")]
    with pytest.raises(ContractBroken, match="names Practical Electronics and no code"):
        parse(path.read_bytes(), name=path.name, qualification="National-5")
    with pytest.raises(ContractBroken, match="C860 76 is not"):
        parse(path.read_bytes(), name=path.name, subject="C860 76", qualification="National-5")


@pytest.mark.parametrize(
    ("claimed", "rule"),
    [
        ("mi_N5_Practical-Electronics_mi_2024.pdf", "paper_type_mismatch"),
        ("N5_Practical-Electronics_QP_2023.pdf", "paper_year_mismatch"),
        ("N5_Practical-Cookery_QP_2024.pdf", "paper_subject_mismatch"),
        ("NH_Practical-Electronics_QP_2024.pdf", "paper_level_mismatch"),
    ],
)
def test_a_real_paper_under_a_wrong_name_is_found(shared_data, claimed, rule):
    content = shared_data(QUESTION_PAPER).read_bytes()
    assert rules(parse(content, name=claimed, qualification="National-5")) == [(rule, "error")]


@pytest.mark.parametrize("path", [QUESTION_PAPER, INSTRUCTIONS])
def test_a_real_paper_that_lost_something_is_held(shared_data, path):
    pdf = opened(shared_data(path))
    words = {"name": path.rpartition("/")[2], "subject": "C860 75", "qualification": "National-5"}
    check_document(lambda each: sqa.read_single_paper(each, **words), pdf)


@pytest.mark.parametrize("path", [QUESTION_PAPER, INSTRUCTIONS])
def test_a_real_paper_of_another_course_or_level_is_refused(shared_data, path):
    content = shared_data(path).read_bytes()
    with pytest.raises(ContractBroken, match="not of Higher"):
        parse(content, name="paper.pdf", subject="C860 75", qualification="Higher")
    if path == QUESTION_PAPER:
        with pytest.raises(ContractBroken, match="is a paper of C860 75, not of C861 75"):
            parse(content, name="paper.pdf", subject="C861 75", qualification="National-5")


def paper(*lines, title=""):
    return make_pdf([[Text(60, 700 - 20 * index, line) for index, line in enumerate(lines)]], title=title)


def test_a_paper_of_two_years_is_held():
    content = paper("X999/76/01", "2031 and 2032", "Attempt ALL questions", "SQA")
    parsed = parse(content)
    assert (parsed.papers, rules(parsed)) == ((), [("paper_without_series", "error")])


def test_a_numbered_paper_keeps_its_number_and_its_kind():
    name = "NH_Lantern-Studies_Paper1-Without-matches_2031.pdf"
    (row,) = parse(paper("X999/76/11", "2031", "Paper 1", "Attempt ALL questions"), name=name).papers
    assert (row.paper_number, row.variant, row.component_code) == (1, "without matches", "X999/76/11")


# --- pages ---


def listing(page=None, **words):
    words = {"name": PAGE, "subject": "C999 75", "qualification": "National-5"} | words
    return parse(made_up("sqa_past_papers.html") if page is None else page, **words)


def test_links_become_papers():
    parsed = listing()
    assert [(p.year, p.type, p.paper_number, p.variant) for p in parsed.papers] == [
        (2032, "question paper", None, None),
        (2032, "mark scheme", None, None),
        (2032, "question paper", None, "assignment"),
        (2032, "mark scheme", None, "assignment"),
        (2031, "question paper", 1, "without matches"),
        (2031, "mark scheme", 1, "without matches"),
        (2031, "question paper", 2, None),
        (2031, "mark scheme", 2, None),
    ]
    assert {(p.subject_code, p.series) for p in parsed.papers} == {("C999 75", "June")}
    assert parsed.counts == {"items": 9, "pdfs": 8, "rows": 8, "series": 2}
    assert rules(parsed) == [("not_a_pdf", "warning")]
    assert parsed.papers[0].url == "https://www.sqa.org.uk/pastpapers/papers/papers/2032/N5_Lantern-Studies_QP_2032.pdf"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"instructions/2031/mi_N5_Lantern-Studies_Paper-2_", b"instructions/2031/mi_N5_Lantern-Studies_Paper-1_"),
        (b"mi_N5_Lantern-Studies_mi_2032", b"mi_N5_Lantern-Studies_mi_2031"),
        (b"mi_N5_Lantern-Studies_mi_2032", b"mi_N5_Glass-Studies_mi_2032"),
        (b"mi_N5_Lantern-Studies_mi_2032", b"mi_NH_Lantern-Studies_mi_2032"),
        (b"mi_N5_Lantern-Studies_mi_2032", b"mi_N5_Lantern-Studies_Assignment_2032"),
    ],
)
def test_instructions_beside_the_wrong_paper_are_found(old, new):
    page = made_up("sqa_past_papers.html")
    assert page.count(old) == 1
    assert ("marking_instructions_mismatch", "error") in rules(listing(page.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"QP_2032", b"Riddles_2032", ("unknown_type", "error")),
        (b"papers/2032/N5_Lantern-Studies_QP", b"papers/2031/N5_Lantern-Studies_QP", ("paper_year_mismatch", "error")),
        (b"2032/mi_N5_Lantern-Studies_mi", b"2032/N5_Lantern-Studies_QP", ("paper_type_mismatch", "error")),
        (b"<h2>2031</h2>", b"<h2>2030</h2>", ("paper_year_mismatch", "error")),
        (b"N5_Lantern-Studies_QP", b"N5_Glass-Studies_QP", ("paper_subject_mismatch", "error")),
        (
            b">Question paper</a></td>\n" + CELL,
            b">Specimen question paper</a></td>\n" + CELL,
            ("paper_type_mismatch", "error"),
        ),
        (CELL, b"<td></td>", ("paper_alone", "warning")),
    ],
)
def test_links_that_contradict_themselves_are_findings(old, new, rule):
    page = made_up("sqa_past_papers.html")
    assert page.count(old) == 1
    assert rule in rules(listing(page.replace(old, new)))


def test_a_page_of_papers_of_another_level_is_refused():
    with pytest.raises(ContractBroken, match="papers of National-5, not of Higher"):
        listing(qualification="Higher")
    with pytest.raises(ContractBroken, match="without a course code"):
        listing(subject=None)


def test_a_page_without_papers_is_empty():
    page = b"<html><head><title>SQA - NQ - Past papers</title></head><body>Choose a subject.</body></html>"
    with pytest.raises(SourceEmpty, match="lists no papers"):
        listing(page)


def test_the_list_of_subjects_offers_their_pages():
    offers = parse(made_up("sqa_subjects.html"), name=sqa.SUBJECTS).offers
    assert [(offer.name, offer.page_url) for offer in offers] == [
        ("Lantern Studies", "https://www.sqa.org.uk/sqa/90001.html"),
        ("Glass and Wicks", "https://www.sqa.org.uk/sqa/90002.html"),
        ("Somebody else's", "https://www.example.org/sqa/90003.html"),
    ]


@pytest.mark.parametrize(
    ("level", "file"),
    [
        ("National-5", "n5-course-spec-lantern-studies.pdf"),
        ("Higher", "h-course-spec-lantern-studies.pdf"),
        ("Advanced-Higher", "AHCourseSpecLanternStudies.pdf"),
    ],
)
def test_the_page_of_a_subject_offers_the_specification_of_its_level(level, file):
    (offer,) = parse(
        made_up("sqa_subject.html"), name="https://www.sqa.org.uk/sqa/90001.html", qualification=level
    ).offers
    assert (offer.name, offer.specification_pdf_url.rpartition("/")[2]) == ("Lantern Studies", file)


def test_the_real_list_that_a_person_wrote_is_read_and_doubted(shared_data):
    content = shared_data("uk/sqa/sqa-nationals-list.md").read_bytes()
    parsed = parse(content, name="list.md", qualification="National-5")
    accounting = next(offer for offer in parsed.offers if offer.name == "Accounting")
    assert accounting.specification_pdf_url.endswith("/n5-course-spec-accounting.pdf")
    assert parsed.counts["offers"] == 77
    assert ("offers_without_address", "warning") in rules(parsed)


def test_a_visit_leads_from_the_list_to_specification_and_papers():
    (first,) = board.start("National-5", None)
    assert (first.address, first.kind) == ("https://www.sqa.org.uk/sqa/45625.html", "subject list")
    pages = list(board.follow("National-5", first, made_up("sqa_subjects.html")))
    assert [(page.address, page.kind, page.name) for page in pages] == [
        ("https://www.sqa.org.uk/sqa/90001.html", "subject", "Lantern Studies"),
        ("https://www.sqa.org.uk/sqa/90002.html", "subject", "Glass and Wicks"),
    ]
    found = list(board.follow("National-5", pages[0], made_up("sqa_subject.html")))
    assert [(each.address, each.kind) for each in found] == [
        ("https://www.sqa.org.uk/sqa/files_ccc/n5-course-spec-lantern-studies.pdf", "specification"),
        (PAGE, "papers"),
    ]
    assert list(board.follow("National-5", found[1], made_up("sqa_past_papers.html"))) == []
    assert list(board.follow("National-5", Request("https://x/", "subject list"), b"%PDF-1.4")) == []


# --- refusals ---


@pytest.mark.parametrize("name", ["N5", "higher", "AH"])
def test_a_question_map_is_no_document_of_the_board(shared_data, name):
    content = shared_data(f"uk/sqa/computing-{name}_2025-question-map.json").read_bytes()
    with pytest.raises(ContractBroken, match="somebody else made it"):
        parse(content, name="map.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes"),
        (b"%PDF-1.4 nothing", "breaks off"),
        (b"{}", "no document of SQA"),
        (b"Dear reader,\nthis is no list of anything at all.\n", "no document of SQA"),
        (b"<html><head><title>Lanterns</title></head></html>", "not as a page of SQA"),
        (b"<html><head><title>SQA - NQ</title></head></html>", "no subjects"),
    ],
)
def test_what_is_no_document_of_the_board_is_refused(content, message):
    with pytest.raises(SourceError, match=message):
        parse(content, name="thing")


def test_documents_of_other_boards_are_refused():
    for content in (lantern.aqa(), lantern.ocr(), paper("AQA", "7999/1", "June 2031", "Mark scheme")):
        with pytest.raises(ContractBroken, match="neither a course specification nor a paper of SQA"):
            parse(content)


def test_another_level_course_or_qualification_is_refused():
    with pytest.raises(ContractBroken, match="is for Higher, not for National-5"):
        parse(courses.course(), qualification="National-5")
    with pytest.raises(ContractBroken, match="C999 76 Lantern Studies, not of C998 76"):
        parse(courses.course(), subject="C998 76")
    with pytest.raises(ContractBroken, match="SQA has no GCSE"):
        parse(courses.course(), qualification="GCSE")


def test_a_specification_that_is_cut_is_refused():
    with pytest.raises(SourceUnreadable, match="breaks off"):
        parse(courses.course()[:-40])


def test_a_specification_without_a_table_of_topics_is_empty():
    with pytest.raises(SourceEmpty, match="laid out as none of"):
        parse(courses.course((("text", "Lanterns are lit by night."),)))
