"""The first document's maintainer at his terminal: real specifications and listings, from file to app."""

import re
import shutil
from collections import Counter

import pytest

# board and qualification as typed, subject, file, topics by level
SPECIFICATIONS = {
    "AQA 8525": ("AQA GCSE", "8525", "uk/aqa/8525-gcse-computer-science-spec.pdf", (8, 33, 2)),
    "OCR J277": ("ocr gcse", "J277", "uk/ocr/j277-gcse-computer-science-spec.pdf", (2, 11, 26)),
    "Edexcel 1CP2": ("Pearson GCSE", "1CP2", "uk/edexcel/1cp2-gcse-computer-science-spec.pdf", (6, 20, 66)),
}
TREE = """
select t.topic_code, t.topic_name, t.topic_level, p.topic_code as parent, p.topic_level as parent_level
from curriculum_topics as t
join exam_board_subjects as s on s.id = t.exam_board_subject_id and s.subject_code = %s and s.live_in_app
left join curriculum_topics as p on p.id = t.parent_topic_id and p.exam_board_subject_id = t.exam_board_subject_id
order by t.topic_level, t.topic_code
"""
PAPERS = "select p.* from exam_papers as p join exam_board_subjects as s on s.id = p.exam_board_subject_id"


def call_it(exams, board, qualification, **names):
    """What another scraper knows: what a subject is called."""
    for code, name in names.items():
        exams.write(
            "insert into staging_aqa_subjects (subject_code, subject_name, exam_board, qualification_type)"
            " values (%s, %s, %s, %s)",
            code, name, board, qualification,
        )  # fmt: skip


def give_topic(exams, code):
    """One topic, so that the subject is not an empty one."""
    exams.write(
        "insert into staging_aqa_topics (subject_id, topic_code, topic_name, topic_level)"
        " select id, '1', 'The subject as a whole', 0 from staging_aqa_subjects where subject_code = %s",
        code,
    )


def allow(exams, httpserver):
    """A site of this machine that has no robots.txt, asked at once."""
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    exams.set(GREENROOM_ALLOW_HOSTS=f"{httpserver.host}:{httpserver.port}", GREENROOM_PAUSE_SECONDS="0")


@pytest.mark.parametrize("case", SPECIFICATIONS)
def test_a_real_specification_goes_live_in_one_command(exams, shared_data, case):
    target, code, path, levels = SPECIFICATIONS[case]
    answer = exams("run", target, "--subject", code, "--from", shared_data(path), "--promote", "--live")
    rows = exams.rows(TREE, code)
    assert tuple(Counter(row["topic_level"] for row in rows).values()) == levels
    for row in rows:
        assert row["parent_level"] == (row["topic_level"] - 1 if row["topic_level"] else None), row
        assert "  " not in row["topic_name"]
        assert row["topic_name"] == row["topic_name"].strip()
    assert f"1 subject, {sum(levels)} topics" in answer.out
    assert "undo: greenroom rollback 1" in answer.out


@pytest.mark.parametrize("case", SPECIFICATIONS)
def test_every_sealed_topic_keeps_the_page_it_was_read_on(exams, shared_data, case):
    target, code, path, levels = SPECIFICATIONS[case]
    exams("stage", target, "--subject", code, "--from", shared_data(path))
    pages = [row["position"] for row in exams.rows("select position from greenroom.batch_topics")]
    assert len(pages) == sum(levels)
    assert all(re.fullmatch(r"page \d+ at \d+ \d+ \d+ \d+", page) for page in pages)
    assert len(set(pages)) > 3


@pytest.mark.parametrize("case", ["AQA 8525", "Edexcel 1CP2"])
def test_parents_are_those_the_numbers_say(exams, shared_data, case):
    target, code, path, _ = SPECIFICATIONS[case]
    exams("run", target, "--from", shared_data(path), "--promote", "--live")
    for row in exams.rows(TREE, code):
        if row["topic_level"]:
            assert row["parent"] == row["topic_code"].rpartition(".")[0]


def test_the_same_command_again_writes_nothing(exams, shared_data):
    target, code, path, _ = SPECIFICATIONS["AQA 8525"]
    words = ("run", target, "--subject", code, "--from", shared_data(path), "--promote", "--live")
    exams(*words)
    before = exams.rows("select id, xmin from curriculum_topics order by id")
    answer = exams(*words)
    assert "nothing new" in answer.out
    assert exams.rows("select id, xmin from curriculum_topics order by id") == before
    assert exams.value("select count(*) from greenroom.release where kind = 'promote'") == 1


def test_a_listing_of_263_documents_waits_for_one_approval(exams, shared_data):
    call_it(exams, "OCR", "GCSE", J560="Mathematics")
    give_topic(exams, "J560")
    listing = shared_data("uk/ocr/past-paper-finder-J560.html")
    held = exams("run", "OCR GCSE", "--from", listing, "--promote", code=1)
    assert "duplicate_paper" in held.err
    assert "not_a_pdf" in held.err
    assert "263 papers" not in held.out
    assert exams.value("select count(*) from exam_papers") == 0
    exams("approve", "OCR GCSE", "--by", "Ada", "--note", "both addresses are the same paper")
    exams("promote", "OCR GCSE")
    papers = exams.rows(PAPERS)
    assert len(papers) == 263
    assert len({(p["year"], p["series"]) for p in papers}) == 17
    assert len({p["url"] for p in papers}) == 263
    assert len([p for p in papers if (p["variant"] or "").endswith("listing 2")]) == 3


def test_combined_science_is_273_documents_in_9_series(exams, shared_data):
    call_it(exams, "OCR", "GCSE", J250="Combined Science A")
    give_topic(exams, "J250")
    exams("stage", "OCR GCSE", "--from", shared_data("uk/ocr/past-paper-finder-J250.html"))
    exams("approve", "OCR GCSE", "--by", "Ada", "--note", "seen")
    exams("promote", "OCR GCSE")
    papers = exams.rows(PAPERS)
    assert len(papers) == 273
    assert len({(p["year"], p["series"]) for p in papers}) == 9


def test_pearsons_arabic_is_15_of_each_over_five_series(exams, shared_data):
    call_it(exams, "Edexcel", "A-Level", **{"9AA0": "Arabic"})
    give_topic(exams, "9AA0")
    exams("stage", "pearson", "a level", "--from", shared_data("uk/edexcel/9aa0-arabic-coursematerials.html"))
    exams("approve", "pearson a level", "--by", "Ada", "--note", "seen")
    exams("promote", "pearson a level")
    papers = exams.rows(PAPERS)
    assert Counter(p["type"] for p in papers) == {"question paper": 15, "mark scheme": 15, "examiner report": 15}
    assert len({(p["year"], p["series"]) for p in papers}) == 5


def test_papers_of_a_subject_that_nobody_has_named_are_refused_with_the_way_out(exams, shared_data):
    listing = shared_data("uk/edexcel/9aa0-arabic-coursematerials.html")
    answer = exams.refused("run", "Edexcel A-Level", "--from", listing, "--promote", code=1)
    assert "9AA0" in answer.cause
    assert "specification" in answer.cure
    assert exams.value("select count(*) from staging_aqa_subjects") == 0
    assert exams.value("select count(*) from greenroom.batch") == 0


def test_topics_and_papers_staged_apart_travel_in_one_release(exams, shared_data):
    call_it(exams, "OCR", "GCSE", J560="Mathematics")
    give_topic(exams, "J560")
    exams("seal", "OCR GCSE")
    exams("stage", "OCR GCSE", "--from", shared_data("uk/ocr/past-paper-finder-J560.html"))
    exams("approve", "OCR GCSE", "--by", "Ada", "--note", "seen")
    exams("promote", "OCR GCSE", "--live")
    assert exams.value("select count(*) from greenroom.release where kind = 'promote'") == 1
    assert exams.value("select count(distinct release_id) from exam_papers") == 1
    assert exams.value("select release_id from curriculum_topics") == exams.value(
        "select min(release_id) from exam_papers"
    )


def test_a_promotion_of_papers_alone_retires_no_topic(exams, shared_data):
    target, _, path, levels = SPECIFICATIONS["OCR J277"]
    exams("run", target, "--from", shared_data(path), "--promote")
    before = exams.rows("select * from curriculum_topics order by id")
    exams.write("delete from staging_aqa_topics")
    exams.write(
        "insert into staging_aqa_exam_papers (subject_id, year, exam_series, paper_number, question_paper_url)"
        " select id, 2031, 'June', 1, 'https://example.org/1.pdf' from staging_aqa_subjects"
    )
    exams("seal", target)
    exams("promote", target)
    assert exams.rows("select * from curriculum_topics order by id") == before
    assert len(before) == sum(levels)
    assert exams.value("select count(*) from exam_papers") == 1


@pytest.mark.parametrize(
    ("target", "page"),
    [
        ("OCR GCSE", "uk/ocr/past-paper-finder-J730.html"),
        ("Edexcel A-Level", "uk/edexcel/9dr0-drama-coursematerials-empty.html"),
    ],
)
def test_a_page_that_rendered_empty_is_refused_as_empty(exams, shared_data, target, page):
    answer = exams.refused("run", target, "--from", shared_data(page), "--promote", code=23)
    assert page.rpartition("/")[2] in answer.cause
    for table in ("staging_aqa_subjects", "staging_aqa_exam_papers"):
        assert exams.value(f"select count(*) from {table}") == 0
    assert exams.value("select count(*) from greenroom.batch") == 0


@pytest.mark.parametrize("number", [1, 2])
def test_a_mark_scheme_saved_as_a_question_paper_is_caught(exams, shared_data, tmp_path, number):
    real = shared_data(f"uk/aqa/7402-paper{number}-june2024-{'ab'[number - 1]}.pdf")
    wrong = shutil.copy(real, tmp_path / f"question_paper_paper{number}_2024_June.pdf")
    call_it(exams, "AQA", "A-Level", **{"7402": "Biology"})
    give_topic(exams, "7402")
    exams("stage", "AQA A-Level", "--from", wrong)
    answer = exams("check", "AQA A-Level", code=1)
    assert "paper_type_mismatch" in answer.out
    assert "says question paper" in answer.out
    assert "says mark scheme" in answer.out
    assert exams("promote", "AQA A-Level", code=1).out == ""
    assert exams.value("select count(*) from exam_papers") == 0


def test_a_mark_scheme_that_an_address_calls_a_question_paper_is_caught(exams, shared_data, httpserver):
    real = shared_data("uk/aqa/7402-paper1-june2024-a.pdf")
    path = "/2024/question_paper_paper1_2024_June.pdf"
    httpserver.expect_request(path).respond_with_data(real.read_bytes(), content_type="application/pdf")
    allow(exams, httpserver)
    call_it(exams, "AQA", "A-Level", **{"7402": "Biology"})
    give_topic(exams, "7402")
    exams("run", "AQA A-Level", "--from", httpserver.url_for(path), "--promote", code=1)
    finding = exams.rows(
        "select u.dataset, f.severity from greenroom.finding as f join greenroom.unit as u on u.id = f.unit_id"
        " where f.check_name = 'paper_type_mismatch'"
    )
    assert finding == [{"dataset": "papers", "severity": "error"}]
    assert exams.value("select type from greenroom.batch_papers") == "mark scheme"
    # an error is not a matter of approval
    exams("approve", "AQA A-Level", "--by", "Ada", "--note", "seen")
    exams("promote", "AQA A-Level", code=1)
    assert exams.value("select count(*) from exam_papers") == 0


def test_a_paper_of_known_address_is_one_document(exams, shared_data, httpserver):
    real = shared_data("uk/aqa/7402-paper1-june2024-a.pdf")
    httpserver.expect_request("/7402-1.pdf").respond_with_data(real.read_bytes(), content_type="application/pdf")
    allow(exams, httpserver)
    call_it(exams, "AQA", "A-Level", **{"7402": "Biology"})
    give_topic(exams, "7402")
    exams("run", "AQA A-Level", "--from", httpserver.url_for("/7402-1.pdf"), "--promote")
    (paper,) = exams.rows(PAPERS)
    assert (paper["type"], paper["component_code"], paper["series"], paper["year"]) == (
        "mark scheme", "7402/1", "June", 2024,
    )  # fmt: skip


def test_a_folder_of_documents_is_read_one_by_one(exams, shared_data, tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    shutil.copy(shared_data("uk/ocr/j277-gcse-computer-science-spec.pdf"), folder)
    call_it(exams, "OCR", "GCSE", J560="Mathematics")
    shutil.copy(shared_data("uk/ocr/past-paper-finder-J560.html"), folder)
    (folder / ".hidden").write_text("not a document")
    answer = exams("run", "OCR GCSE", "--from", folder, code=1)
    assert len([line for line in answer.err.splitlines() if line.startswith("staging ")]) == 2
    assert "39 topics" in exams("status", "OCR GCSE").out


def test_one_bad_file_in_a_folder_is_named_and_the_others_are_staged(exams, shared_data, tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    shutil.copy(shared_data("uk/ocr/j277-gcse-computer-science-spec.pdf"), folder)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    answer = exams("run", "OCR GCSE", "--from", folder, "--promote", code=22)
    assert "1 of 2 files" in answer.cause
    assert "broken.pdf" in answer.cause
    assert exams.value("select count(*) from curriculum_topics") == 0
    assert exams.value("select count(*) from greenroom.batch_topics") == 39


def test_papers_brought_one_by_one_stand_side_by_side(exams, shared_data, httpserver):
    """One paper is no listing: those that it does not name stay, in the inbox and in production."""
    allow(exams, httpserver)
    call_it(exams, "OCR", "A-Level", H446="Computer Science")
    give_topic(exams, "H446")
    names = ("621076-question-paper-computer-systems.pdf", "621302-mark-scheme-computer-systems.pdf")
    for name in names:
        served = httpserver.expect_request(f"/{name}")
        served.respond_with_data(shared_data(f"uk/ocr/{name}").read_bytes(), content_type="application/pdf")
    exams("stage", "OCR A-Level", "--from", httpserver.url_for(f"/{names[0]}"))
    exams("run", "OCR A-Level", "--from", httpserver.url_for(f"/{names[1]}"), "--promote")
    assert {paper["type"] for paper in exams.rows(PAPERS)} == {"question paper", "mark scheme"}
    whole = exams.rows("select dataset, complete from greenroom.published order by dataset")
    assert {row["dataset"]: row["complete"] for row in whole}["papers"] is False
    # the inbox is emptied and one of them comes again: the other stays
    exams("clean", "OCR A-Level", "--yes")
    call_it(exams, "OCR", "A-Level", H446="Computer Science")
    exams("run", "OCR A-Level", "--from", httpserver.url_for(f"/{names[0]}"), "--promote")
    exams("promote", "OCR A-Level")
    assert {paper["type"] for paper in exams.rows(PAPERS)} == {"question paper", "mark scheme"}


def test_a_specification_said_to_be_a_part_is_sealed_as_one(exams, shared_data):
    source = shared_data("uk/aqa/8525-gcse-computer-science-spec.pdf")
    said = "select complete from greenroom.unit where dataset = 'topics' and state in ('sealed', 'ready', 'promoted')"
    exams("stage", "AQA GCSE", "--subject", "8525", "--from", source)
    assert exams.value(said) is True
    exams("stage", "AQA GCSE", "--subject", "8525", "--from", source, "--incomplete")
    assert exams.value(said) is False
    # whoever seals the same inbox again, without a word about it, changes nothing of that
    exams("seal", "AQA GCSE")
    exams("promote", "AQA GCSE")
    assert exams.value(said) is False
    assert exams.value("select complete from greenroom.published where dataset = 'topics'") is False
