from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from tests.greenroom_exams.boards.pages import made_up
from tests.greenroom_exams.layouts import courses, lantern, syllabuses
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf
from tests.greenroom_exams.mutations import check_bytes, check_document

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceError, SourceUnreadable
from greenroom_exams.boards import cambridge
from greenroom_exams.boards.cambridge import board
from greenroom_exams.layouts.pdf_lines import Entry, read_pdf

NEW = "uk/caie/0478-syllabus-2023-2025.pdf"
OLD = "uk/caie/0478-0984-syllabus-2020-2021.pdf"
EXCERPT = "uk/caie/past-papers-page-excerpt-0607.html"
SITE = "https://www.cambridgeinternational.org/programmes-and-qualifications"
PAGE = f"{SITE}/cambridge-igcse-lantern-studies-0999/past-papers/"


def parse(content, *, name="syllabus.pdf", subject=None, qualification="International-GCSE"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


@cache
def opened(path):
    return read_pdf(path.read_bytes(), name=path.name)


def syllabus(pdf, subject=None):
    return cambridge.read_syllabus(pdf, name="syllabus.pdf", subject=subject, qualification="International-GCSE")


@pytest.fixture
def real(shared_data):
    return lambda path: syllabus(opened(shared_data(path)))


# --- made-up syllabuses ---


def test_statements_keep_the_path_to_their_numbers():
    parsed = parse(syllabuses.syllabus(), subject="0999")
    assert [(t.code, t.name, t.parent_code, t.level, t.component_code) for t in parsed.topics] == [
        ("1", "Light", None, 0, "0999/1"),
        ("1.1", "The flame", "1", 1, "0999/1"),
        ("1.1/1", "Understand why a flame needs both air and oil", "1.1", 2, "0999/1"),
        ("1.1/2", "Describe a hot flame", "1.1", 2, "0999/1"),
        ("1.2", "Wicks", "1", 1, "0999/1"),
        ("1.2/1", "Describe how wicks are woven", "1.2", 2, "0999/1"),
        ("2", "Care", None, 0, "0999/2"),
        ("2/1", "Trim a wick", "2", 1, "0999/2"),
    ]
    assert (parsed.topics[2].description, parsed.topics[3].description) == ("• Any lamp oil may be named", None)
    assert (parsed.findings, parsed.layout) == ((), "statements with guidance")


def test_the_supplement_is_for_some_learners_only():
    parsed = parse(syllabuses.syllabus(syllabuses.CORE, heads=syllabuses.LEVELS))
    assert [(t.code, t.name, t.study_level) for t in parsed.topics if t.study_level] == [
        ("1.1/1", "Understand why a flame needs both air and oil", "Core"),
        ("1.1/2", "Describe a hot flame", "Core"),
        ("1.1/3", "Explain the colours of a flame", "Supplement"),
        ("2/1", "Trim a wick", "Core"),
    ]
    assert (parsed.findings, parsed.layout) == ((), "core and supplement")


def bulleted(**changed):
    words = {"overview": syllabuses.BULLET_OVERVIEW, "based": ("section 1", "section 2")} | changed
    return syllabuses.syllabus(words.pop("rows", syllabuses.BULLETS), **words)


def test_bullets_are_statements_without_codes():
    parsed = parse(bulleted())
    assert [(t.code, t.name, t.level, t.component_code) for t in parsed.topics] == [
        ("1", "Lanterns at rest", 0, "0999/1"),
        ("1.1", "Light", 1, "0999/1"),
        ("1.1.1", "The flame", 2, "0999/1"),
        (
            "1.1.1~recognise-a-flame-that-needs-both-air-and-oil",
            "recognise a flame that needs both air and oil",
            3,
            "0999/1",
        ),
        ("1.1.1~name-its-colours", "name its colours", 3, "0999/1"),
        ("1.1.2", "1.1.2", 2, "0999/1"),
        ("1.1.2~light-a-lantern", "light a lantern", 3, "0999/1"),
        ("2", "Lanterns on the move", 0, "0999/2"),
        ("2.1", "Care", 1, "0999/2"),
        ("2.1~trim-a-wick", "trim a wick", 2, "0999/2"),
    ]
    assert (parsed.findings, parsed.layout) == ((), "sections with bullets")


@pytest.mark.parametrize(
    ("qualification", "code", "years", "told"),
    [
        ("Cambridge IGCSE", "International-GCSE", "Use this syllabus for exams in 2031, 2032 and 2033.", (2031, 2033)),
        ("Cambridge IGCSE (9–1)", "International-GCSE", "Use this syllabus for exams in 2031.", (2031, 2031)),
        (
            "Cambridge International AS & A Level",
            "International-A-Level",
            "For examination in June and November 2030 and 2031.",
            (2030, 2031),
        ),
    ],
)
def test_the_cover_names_subject_and_exam_years(qualification, code, years, told):
    subject = parse(syllabuses.syllabus(qualification=qualification, years=years), qualification=code).subject
    assert (subject.code, subject.name, subject.qualification_type) == ("0999", "Lantern Studies", code)
    assert (subject.first_assessment_year, subject.last_assessment_year) == told
    assert subject.spec_version == "2"


def test_heads_that_name_other_years_are_held():
    content = syllabuses.syllabus(years="Use this syllabus for exams in 2034.")
    assert rules(parse(content)) == [("witnesses_disagree", "error")]
    assert ("years_unread", "error") in rules(parse(syllabuses.syllabus(years="Use this syllabus.")))


def test_components_are_told_twice():
    told = parse(syllabuses.syllabus()).components
    assert [(c.code, c.name, c.marks, c.duration_minutes, c.weight_percent, c.examined) for c in told] == [
        ("0999/1", "Lanterns at rest", 75, 105, 60.0, True),
        ("0999/2", "Lanterns on the move", 75, 105, 40.0, True),
    ]
    assert rules(parse(syllabuses.syllabus(marks="70 marks"))) == [("witnesses_disagree", "error")]


def without(words, rows=syllabuses.STATEMENTS):
    return [row for row in rows if words not in row[2]]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"rows": without("Understand")}, "numbering_gap"),
        ({"rows": without("Wicks")}, "numbering_order"),
        ({"rows": without("Trim")}, "missing_children"),
        ({"overview": (("1", "Light"),)}, "witnesses_disagree"),
        ({"overview": (("1", "Light"), ("2", "Glass"))}, "witnesses_disagree"),
        ({"overview": (("1", "Light"), ("2", "Care"), ("3", "Glass"))}, "witnesses_disagree"),
    ],
)
def test_what_the_syllabus_contradicts_is_held(changed, rule):
    assert (rule, "error") in rules(parse(syllabuses.syllabus(**changed)))


def changed_lines(change):
    """The syllabus whose content page has other lines."""
    pdf = read_pdf(syllabuses.syllabus(), name="syllabus.pdf")
    page = pdf.pages[3]
    return syllabus(replace(pdf, pages=(*pdf.pages[:3], replace(page, lines=change(page.lines)), *pdf.pages[4:])))


def test_half_a_line_is_shorter_than_its_room():
    def half(line):
        if line.bold or line.text in syllabuses.GUIDANCE:
            return line
        return replace(line, text=line.text[: len(line.text) // 2])

    parsed = changed_lines(lambda lines: tuple(map(half, lines)))
    assert ("text_missing", "error") in rules(parsed)


@pytest.mark.parametrize("head", syllabuses.GUIDANCE)
def test_a_table_that_lost_a_head_is_held(head):
    def without_one(lines):
        gone = next(line for line in lines if line.text == head)
        return tuple(line for line in lines if line is not gone)

    assert ("head_missing", "error") in rules(changed_lines(without_one))


@pytest.mark.parametrize(("page", "told"), [(4, []), (3, [("witnesses_disagree", "error")])])
def test_the_outline_is_a_witness(page, told):
    pdf = read_pdf(syllabuses.syllabus(), name="syllabus.pdf")
    assert rules(syllabus(replace(pdf, outline=(Entry(0, "3 Subject content", page),)))) == told


def test_words_below_the_heading_of_a_part_belong_to_no_statement():
    part = (("section", "", "Lanterns on the move"), ("plain", "", "See section 4 for matches."))
    rows = (*syllabuses.STATEMENTS[:9], *part, *syllabuses.STATEMENTS[9:])
    parsed = parse(syllabuses.syllabus(rows))
    assert [t.name for t in parsed.topics] == [t.name for t in parse(syllabuses.syllabus()).topics]
    assert parsed.findings == ()


def test_a_syllabus_without_an_overview_is_doubtful():
    assert rules(parse(syllabuses.syllabus(overview=()))) == [("no_second_witness", "warning")]


def test_a_bullet_without_text_is_held():
    rows = [(kind, code, "" if "colours" in words else words) for kind, code, words in syllabuses.BULLETS]
    assert ("missing_title", "error") in rules(parse(bulleted(rows=rows)))


# --- real syllabuses ---


def test_the_real_new_syllabus_has_its_topics_and_statements(real):
    parsed = real(NEW)
    subtopics = Counter(t.code.split(".")[0] for t in parsed.topics if t.level == 1 and "/" not in t.code)
    assert [t.code for t in parsed.topics if t.level == 0] == [str(number) for number in range(1, 11)]
    assert subtopics == {"1": 3, "2": 3, "3": 4, "4": 2, "5": 3, "6": 3, "8": 3}
    assert sum("/" in t.code for t in parsed.topics) == 96
    assert (parsed.findings, parsed.layout) == ((), "statements with guidance")


def test_the_real_new_syllabus_has_its_titles(real):
    topics = {topic.code: topic for topic in real(NEW).topics}
    assert topics["4.2"].name == (
        "Types of programming language, translators and integrated development environments (IDEs)"
    )
    assert topics["7"].name == "Algorithm design and problem-solving"
    assert topics["6.2/2"].name == "Describe the characteristics of a robot"
    assert (topics["6.2/2"].parent_code, topics["6.2/2"].page) == ("6.2", 24)
    # guidance that begins two points above its statement
    assert topics["3.3/5"].description.startswith("• Cloud storage can be accessed remotely")
    # a statement that goes on overleaf
    assert topics["8.1/4"].name.endswith("(f) Understand and use arithmetic, logical and Boolean operators")
    assert {topics[code].component_code for code in ("1", "6.3/3")} == {"0478/1"}
    assert {topics[code].component_code for code in ("7/1", "10")} == {"0478/2"}


def test_the_real_old_syllabus_has_sections(real):
    parsed = real(OLD)
    assert [(t.code, t.name) for t in parsed.topics if t.level == 0] == [
        ("1", "Theory of Computer Science"),
        ("2", "Practical Problem-solving and Programming"),
    ]
    assert [t.code for t in parsed.topics if t.level == 1] == ["1.1", "1.2", "1.3", "1.4", "1.5", "2.1", "2.2", "2.3"]
    assert Counter(t.level for t in parsed.topics if "~" not in t.code) == {0: 2, 1: 8, 2: 21}
    assert sum("~" in t.code for t in parsed.topics) == 87
    assert (parsed.findings, parsed.layout) == ((), "sections with bullets")


def test_the_real_old_statements_are_whole(real):
    names = [t.name for t in real(OLD).topics if t.parent_code == "1.1.1"]
    assert [name.split()[0] for name in names] == ["recognise", "convert", "show", "use"]
    # two lines each
    assert names[1].endswith(" will be used)")
    assert names[3].endswith(" counting systems)")


@pytest.mark.parametrize(
    ("path", "code", "years", "marks"), [(NEW, "0478", (2023, 2025), [75, 75]), (OLD, "0984", (2020, 2021), [75, 50])]
)
def test_real_syllabuses_say_for_which_exams_they_are(real, path, code, years, marks):
    parsed = real(path)
    subject = parsed.subject
    assert (subject.code, subject.name) == (code, "Computer Science")
    assert (subject.first_assessment_year, subject.last_assessment_year) == years
    assert [(c.marks, c.duration_minutes) for c in parsed.components] == [(each, 105) for each in marks]


@pytest.mark.parametrize("path", [NEW, OLD])
def test_a_real_syllabus_that_lost_something_is_held(shared_data, path):
    check_document(syllabus, opened(shared_data(path)))


def test_the_new_syllabus_took_the_place_of_the_old_one(real):
    assert board.succeeded == {real(NEW).subject.code: real(OLD).subject.code}


# --- pages ---


def listing(page=None, **words):
    words = {"name": PAGE, "subject": "0999"} | words
    return parse(made_up("cambridge_past_papers.html") if page is None else page, **words)


def test_links_become_papers_with_component_and_variant():
    parsed = listing()
    assert [(p.type, p.year, p.series, p.component_code, p.paper_number, p.variant) for p in parsed.papers] == [
        ("question paper", 2031, "June", "0999/11", 1, "1"),
        ("mark scheme", 2031, "June", "0999/11", 1, "1"),
        ("question paper", 2031, "June", "0999/12", 1, "2"),
        ("insert", 2031, "June", "0999/21", 2, "1"),
        ("examiner report", 2031, "November", None, None, None),
        ("mark scheme", 2031, "March", "0999/22", 2, "2"),
    ]
    assert parsed.counts == {"items": 10, "pdfs": 9, "rows": 6, "undated": 2, "not_taken": 1, "series": 3}
    assert Counter(rules(parsed)) == {("paper_without_series", "warning"): 2, ("not_a_pdf", "warning"): 1}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b">June 2031 Question Paper 11", b">June 2031 Question Paper 13", ("paper_component_mismatch", "error")),
        (b">June 2031 Question Paper 11", b">November 2031 Question Paper 11", ("paper_series_mismatch", "error")),
        (b">June 2031 Question Paper 11", b">June 2030 Question Paper 11", ("paper_year_mismatch", "error")),
        (b">June 2031 Question Paper 11", b">June 2031 Mark Scheme Paper 11", ("paper_type_mismatch", "error")),
        (b"june-2031-question-paper-12", b"june-2031-riddles-12", ("unknown_file_name", "warning")),
        (b">June 2031 Insert 21", b">June 2031 Riddles 21", ("unknown_type", "error")),
    ],
)
def test_links_that_contradict_their_addresses_are_findings(old, new, rule):
    page = made_up("cambridge_past_papers.html")
    assert page.count(old) == 1
    assert rule in rules(listing(page.replace(old, new)))


def test_a_page_of_another_syllabus_or_qualification_is_refused():
    with pytest.raises(ContractBroken, match="lists 0999, not 0998"):
        listing(subject="0998")
    with pytest.raises(ContractBroken, match="not of International-A-Level"):
        listing(qualification="International-A-Level")
    with pytest.raises(ContractBroken, match="names 2 syllabus codes"):
        listing(name=PAGE.replace("0999", "0998"))


def test_the_real_excerpt_is_read_and_held(shared_data):
    parsed = parse(shared_data(EXCERPT).read_bytes(), name="page.html", subject="0607")
    assert [(p.type, p.year, p.series, p.component_code, p.paper_number, p.variant) for p in parsed.papers] == [
        ("question paper", 2024, "June", "0607/11", 1, "1"),
        ("mark scheme", 2024, "June", "0607/11", 1, "1"),
        ("examiner report", 2024, "June", None, None, None),
    ]
    assert rules(parsed) == [("page_is_a_piece", "error"), ("paper_without_series", "warning")]
    assert "2025 Specimen Paper 4 Mark Scheme" in parsed.findings[1].message


def test_the_code_may_come_from_the_address(shared_data):
    name = f"{SITE}/cambridge-igcse-international-mathematics-0607/past-papers/"
    parsed = parse(shared_data(EXCERPT).read_bytes(), name=name)
    assert {paper.subject_code for paper in parsed.papers} == {"0607"}
    with pytest.raises(ContractBroken, match="names 0 syllabus codes"):
        parse(shared_data(EXCERPT).read_bytes(), name="page.html")


def test_the_real_excerpt_that_lost_something_is_held(shared_data):
    content = shared_data(EXCERPT).read_bytes()
    check_bytes(lambda each: parse(each, name="page.html", subject="0607"), content)


def test_lists_offer_the_subjects_of_the_qualification():
    parsed = parse(made_up("cambridge_subjects.html"), name="subjects.html")
    assert [(offer.code, offer.name, offer.page_url) for offer in parsed.offers] == [
        ("0999", "Lantern Studies", f"{SITE}/cambridge-igcse-lantern-studies-0999/"),
        ("0998", "Glass and Wicks", f"{SITE}/cambridge-igcse-glass-and-wicks-0998/"),
    ]
    assert parsed.counts == {"offers": 2, "other_qualifications": 3}
    (other,) = parse(made_up("cambridge_subjects.html"), name="x.html", qualification="International-A-Level").offers
    assert (other.code, other.name) == ("9999", "Lantern Studies")


def test_a_visit_leads_from_the_list_to_syllabuses_and_papers():
    (first,) = board.start("International-GCSE", None)
    assert first.address == f"{SITE}/cambridge-upper-secondary/cambridge-igcse/subjects/"
    pages = list(board.follow("International-GCSE", first, made_up("cambridge_subjects.html")))
    assert [(page.kind, page.subject) for page in pages] == [("subject", "0999"), ("subject", "0998")]
    found = list(board.follow("International-GCSE", pages[0], made_up("cambridge_subject.html")))
    assert [(each.address.rpartition(".org")[2], each.kind, each.subject) for each in found] == [
        ("/Images/900020-2028-2030-syllabus.pdf", "specification", "0999"),
        ("/Images/900021-2031-2033-syllabus.pdf", "specification", "0999"),
        (
            "/programmes-and-qualifications/cambridge-igcse-lantern-studies-0999/past-papers/",
            "papers",
            "0999",
        ),
    ]
    assert list(board.follow("International-GCSE", found[2], made_up("cambridge_past_papers.html"))) == []
    assert list(board.follow("International-GCSE", Request("https://x/", "subject"), b"")) == []


def test_people_are_told_where_the_other_papers_are():
    assert "School Support Hub" in board.by_hand
    assert "drop folder" in board.by_hand


# --- papers that people bring ---


def paper(*lines):
    return make_pdf([[Text(60, 700 - 20 * index, line) for index, line in enumerate(lines)]])


QUESTION_PAPER = ("Cambridge IGCSE", "LANTERN STUDIES 0999/12", "Paper 1 Light", "May/June 2031", "candidate number")


@pytest.mark.parametrize("name", ["0999_s31_qp_12.pdf", "paper.pdf"])
def test_a_paper_from_the_hub_is_one_row(name):
    parsed = parse(paper(*QUESTION_PAPER), name=name)
    (row,) = parsed.papers
    assert (row.subject_code, row.component_code, row.paper_number, row.variant) == ("0999", "0999/12", 1, "2")
    assert (row.type, row.year, row.series) == ("question paper", 2031, "June")
    assert parsed.findings == ()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("0999_s31_ms_12.pdf", "paper_type_mismatch"),
        ("0999_w31_qp_12.pdf", "paper_series_mismatch"),
        ("0999_s30_qp_12.pdf", "paper_year_mismatch"),
        ("0999_s31_qp_11.pdf", "paper_component_mismatch"),
        ("0998_s31_qp_12.pdf", "subject_code_differs"),
    ],
)
def test_a_paper_under_a_wrong_name_is_found(name, rule):
    assert (rule, "error") in rules(parse(paper(*QUESTION_PAPER), name=name))


def test_a_paper_without_a_series_is_held():
    parsed = parse(paper(*(line for line in QUESTION_PAPER if "2031" not in line)))
    assert (parsed.papers, rules(parsed)) == ((), [("paper_without_series", "error")])


def test_a_paper_of_another_syllabus_or_qualification_is_refused():
    with pytest.raises(ContractBroken, match="0999/12, not of 0998"):
        parse(paper(*QUESTION_PAPER), subject="0998")
    with pytest.raises(ContractBroken, match="not of International-A-Level"):
        parse(paper(*QUESTION_PAPER), qualification="International-A-Level")


# --- refusals ---


@pytest.mark.parametrize("name", ["0478-paper1", "0610-paper2", "9618-paper1", "9618-paper3"])
def test_a_tree_that_somebody_else_took_is_refused(shared_data, name):
    content = shared_data(f"uk/caie/{name}-syllabus-tree.json").read_bytes()
    with pytest.raises(ContractBroken, match="somebody else took from Cambridge"):
        parse(content, name="tree.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes"),
        (b"%PDF-1.4 nothing", "breaks off"),
        (b"{}", "no document of Cambridge"),
        (b"Dear reader,\nthis is no list of anything at all.\n", "no document of Cambridge"),
        (b"<html><head><title>Lanterns</title></head></html>", "not as a page of Cambridge"),
        (b"<html><head><title>Cambridge International</title></head></html>", "neither papers nor subjects"),
        (b"<p>Cambridge</p>", "neither papers nor subjects"),
    ],
)
def test_what_is_no_document_of_the_board_is_refused(content, message):
    with pytest.raises(SourceError, match=message):
        parse(content, name="thing")


def test_documents_of_other_boards_are_refused():
    for content in (lantern.aqa(), courses.course(), paper("AQA", "7999/1", "June 2031", "Mark scheme")):
        with pytest.raises(ContractBroken, match="neither a syllabus nor a paper of Cambridge"):
            parse(content)


def test_another_syllabus_or_qualification_is_refused():
    with pytest.raises(ContractBroken, match="0999 Lantern Studies, not 0998"):
        parse(syllabuses.syllabus(), subject="0998")
    with pytest.raises(ContractBroken, match="is for International-GCSE, not for International-A-Level"):
        parse(syllabuses.syllabus(), qualification="International-A-Level")
    with pytest.raises(ContractBroken, match="is for another qualification"):
        parse(syllabuses.syllabus(qualification="Cambridge O Level"))
    with pytest.raises(ContractBroken, match="has no GCSE"):
        parse(syllabuses.syllabus(), qualification="GCSE")


def test_a_syllabus_that_is_cut_is_refused():
    with pytest.raises(SourceUnreadable, match="breaks off"):
        parse(syllabuses.syllabus()[:-40])


def test_a_syllabus_without_topics_is_empty():
    with pytest.raises(SourceEmpty, match="laid out as none of"):
        parse(syllabuses.syllabus([("left", "1", "Trim a wick")]))
