"""What boards mean beyond a tree: components, choices, coursework, several subjects, lists of what is offered."""

import json
from dataclasses import replace

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.cli import toy_board

from greenroom_exams import landing
from greenroom_exams.register import is_register

TREE = [
    {"code": "1", "name": "Lamps", "level": 0, "parent_code": None, "page": 3, "box": [70.2, 600, 300, 612]},
    {"code": "1.1", "name": "Oil", "level": 1, "parent_code": "1", "option_group": "A", "page": 3},
    {"code": "1.2", "name": "Gas", "level": 1, "parent_code": "1", "option_group": "A", "page": 4},
    {"code": "2", "name": "Build a lamp", "level": 0, "parent_code": None, "examined": False},
    {"code": "2.1", "name": "Choose the glass", "level": 1, "parent_code": "2", "examined": False},
]
COMPONENTS = [
    {"code": "T1/1", "name": "Paper 1", "marks": 80, "duration_minutes": 90, "weight_percent": 60},
    {"code": "T1/C", "name": "Coursework", "examined": False, "weight_percent": 40},
]
GROUPS = [{"code": "A", "name": "Fuels", "choose_least": 1, "choose_most": 1, "component_code": "T1/1"}]
EXCLUSIONS = [{"one": "1.2", "other": "1.1", "why": "one fuel only"}]
SPECIFICATION = {"topics": TREE, "components": COMPONENTS, "groups": GROUPS, "exclusions": EXCLUSIONS}
T1 = {"code": "T1", "name": "Lantern Studies", "qan": "601/0000/1", "first_assessment_year": 2027}


@pytest.fixture
def toy(exams, monkeypatch):
    """A terminal on a database with the toy board in AQA's place."""
    monkeypatch.setattr(landing, "boards", lambda: {"AQA": toy_board.board()})
    return exams


def paper(code, component, kind, **more):
    told = {"subject_code": code, "component_code": component, "paper_number": 1, "year": 2026, "series": "June"}
    more = {"tier": None, **more}
    url = f"https://board.example/{component}-{kind}-{more.get('variant', '')}.pdf".replace(" ", "-")
    return told | {"type": kind, "title": kind, "url": url} | more


def publish(toy, path, *words):
    return toy("run", "AQA GCSE", "--from", path, "--promote", *words)


def test_what_a_specification_says_of_its_assessment_is_published_and_undone(toy, tmp_path):
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], **SPECIFICATION)
    publish(toy, path)
    assert toy.rows("select component_code, examined, marks, weight_percent from exam_components order by 1") == [
        {"component_code": "T1/1", "examined": True, "marks": 80, "weight_percent": 60},
        {"component_code": "T1/C", "examined": False, "marks": None, "weight_percent": 40},
    ]
    assert toy.rows("select group_code, choose_least, choose_most from exam_option_groups") == [
        {"group_code": "A", "choose_least": 1, "choose_most": 1}
    ]
    # a pair is one pair, the lesser code first
    assert toy.rows("select one_code, other_code, why from exam_option_exclusions") == [
        {"one_code": "1.1", "other_code": "1.2", "why": "one fuel only"}
    ]
    assert toy.rows("select qan, first_assessment_year from exam_board_subjects") == [
        {"qan": "601/0000/1", "first_assessment_year": 2027}
    ]
    assert {r["topic_code"] for r in toy.rows("select topic_code from curriculum_topics where option_group = 'A'")} == {
        "1.1", "1.2",
    }  # fmt: skip
    places = {
        r["topic_code"]: r["position"] for r in toy.rows("select topic_code, position from greenroom.batch_topics")
    }
    assert places["1"] == "page 3 at 70 600 300 612"
    assert places["1.1"] == "page 3"
    (release,) = [r["id"] for r in toy.rows("select id from greenroom.release")]
    toy("rollback", release)
    for table in ("exam_components", "exam_option_groups", "exam_option_exclusions", "curriculum_topics"):
        assert toy.value(f"select count(*) from {table} where retired_at is null") == 0, table


def test_promoting_the_same_twice_writes_nothing(toy, tmp_path):
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], **SPECIFICATION)
    publish(toy, path)
    toy("stage", "AQA GCSE", "--from", path)
    assert toy.value("select count(*) from greenroom.batch") == 1
    assert toy.value("select count(*) from greenroom.release") == 1


def test_a_component_that_leaves_is_retired_and_a_changed_one_keeps_its_id(toy, tmp_path):
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], **SPECIFICATION))
    before = toy.value("select id from exam_components where component_code = 'T1/1'")
    changed = [COMPONENTS[0] | {"marks": 90}]
    again = toy_board.document(tmp_path, "t1b.json", subjects=[T1], **(SPECIFICATION | {"components": changed}))
    toy("stage", "AQA GCSE", "--from", again)
    toy("approve", "AQA GCSE", "--by", "Ada", "--note", "coursework went")
    toy("promote", "AQA GCSE")
    assert toy.rows("select id, marks from exam_components where retired_at is null") == [{"id": before, "marks": 90}]


def test_coursework_is_kept_and_never_shown_to_the_app(toy, tmp_path):
    with psycopg.connect(toy.url, autocommit=True) as owner:
        if not owner.execute("select 1 from pg_roles where rolname = 'anon'").fetchone():
            owner.execute("create role anon")
    toy("migrate", "exams")
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], **SPECIFICATION), "--live")
    assert toy.value("select count(*) from curriculum_topics") == 5
    with psycopg.connect(toy.url, row_factory=dict_row) as app:
        app.execute("set local role anon")
        seen = app.execute("select topic_code from public.curriculum_topics order by 1").fetchall()
        components = app.execute("select count(*) as n from public.exam_components").fetchone()
    assert [row["topic_code"] for row in seen] == ["1", "1.1", "1.2"]
    assert components == {"n": 2}


def test_one_specification_serves_several_subjects(toy, tmp_path):
    arts = [{"code": f"A{n}", "name": f"Art {n}"} for n in (1, 2, 3)]
    path = toy_board.document(tmp_path, "art.json", subjects=arts, topics=TREE, groups=GROUPS)
    answer = publish(toy, path)
    assert "3 subjects" in answer.out
    per_subject = toy.rows(
        "select s.subject_code, count(*) as n from curriculum_topics as t"
        " join exam_board_subjects as s on s.id = t.exam_board_subject_id group by 1 order by 1"
    )
    assert [(r["subject_code"], r["n"]) for r in per_subject] == [("A1", 5), ("A2", 5), ("A3", 5)]


def test_of_several_subjects_one_may_be_asked_for(toy, tmp_path):
    arts = [{"code": f"A{n}", "name": f"Art {n}"} for n in (1, 2)]
    path = toy_board.document(tmp_path, "art.json", subjects=arts, topics=TREE, groups=GROUPS)
    toy("stage", "AQA GCSE", "--subject", "A2", "--from", path)
    assert [r["key"][0] for r in toy.rows("select distinct key from greenroom.unit")] == ["A2"]
    refused = toy.refused("stage", "AQA GCSE", "--subject", "A9", "--from", path, code=None)
    assert "A1, A2, not of A9" in refused.cause


def test_a_page_of_several_subjects_gives_each_its_papers(toy, tmp_path):
    sciences = [{"code": "B1", "name": "Biology"}, {"code": "C1", "name": "Chemistry"}]
    papers = [
        paper("B1", "B1/1", "question paper"),
        paper("C1", "C1/1", "question paper"),
        paper("C1", "C1/1", "mark scheme"),
    ]
    toy("stage", "AQA GCSE", "--from", toy_board.document(tmp_path, "p.json", subjects=sciences, papers=papers))
    units = toy.rows("select key[1] as code, row_count from greenroom.unit where dataset = 'papers' order by 1")
    assert [(u["code"], u["row_count"]) for u in units] == [("B1", 1), ("C1", 2)]


def test_a_sitting_shows_its_documents_side_by_side(toy, tmp_path):
    papers = [
        paper("T1", "T1/1", "question paper", marks=80),
        paper("T1", "T1/1", "mark scheme"),
        paper("T1", "T1/1", "examiner report"),
        paper("T1", "T1/1", "insert", variant="map"),
        paper("T1", "T1/1", "question paper", modified=True),
    ]
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE[:1], papers=papers))
    sets = toy.rows("select * from paper_sets order by modified")
    assert [(s["modified"], s["documents"], s["marks"]) for s in sets] == [(False, 4, 80), (True, 1, None)]
    assert sets[0]["question_paper_url"].endswith("question-paper-.pdf")
    assert sets[0]["mark_scheme_url"].endswith("mark-scheme-.pdf")
    assert sets[0]["examiner_report_url"].endswith("examiner-report-.pdf")
    assert {d["type"] for d in sets[0]["all_documents"]} == {
        "question paper",
        "mark scheme",
        "examiner report",
        "insert",
    }
    assert sets[1]["mark_scheme_url"] is None


def test_a_choice_of_more_than_there_is_and_an_unknown_option_are_held(toy, tmp_path):
    wrong = [{"code": "A", "name": "Fuels", "choose_least": 1, "choose_most": 3}]
    lost = [{"one": "1.1", "other": "9.9"}]
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=wrong, exclusions=lost)
    toy("stage", "AQA GCSE", "--from", path)
    found = {f["check"]: f["message"] for f in toy("check", "AQA GCSE", "--json", code=1).json[0]["findings"]}
    assert found["too_few_options"] == "A: 3 may be chosen of 2 options"
    assert "no topic 9.9" in found["unknown_option"]


def test_impossible_numbers_go_to_quarantine_by_name(toy, tmp_path):
    components = [COMPONENTS[0], COMPONENTS[1] | {"weight_percent": 400}]
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS, components=components)
    toy("stage", "AQA GCSE", "--from", path)
    assert toy.rows("select rule, value from greenroom.quarantine") == [{"rule": "impossible_weight", "value": "400"}]


def test_a_reading_that_no_real_document_proved_is_held_once(exams, monkeypatch, tmp_path):
    monkeypatch.setattr(landing, "boards", lambda: {"AQA": toy_board.board(proof="made-up")})
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS)
    exams("stage", "AQA GCSE", "--from", path)
    (held,) = exams("check", "AQA GCSE", "--json", code=1).json[0]["stopping"]
    assert (held["check"], held["severity"]) == ("unproven_parser", "warning")
    assert "made up after descriptions" in held["message"]
    exams("approve", "AQA GCSE", "--by", "Ada", "--note", "compared with the page")
    exams("promote", "AQA GCSE")
    more = [*TREE, {"code": "3", "name": "Glass", "level": 0, "parent_code": None}]
    again = toy_board.document(tmp_path, "t1b.json", subjects=[T1], topics=more, groups=GROUPS)
    exams("stage", "AQA GCSE", "--from", again)
    assert exams("check", "AQA GCSE", "--json").json[0]["stopping"] == []


def test_the_confidence_of_a_reading_is_kept(toy, tmp_path):
    odd = [{"rule": "odd", "severity": "warning", "message": "an odd bullet", "position": "page 3"}]
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS, findings=odd)
    toy("stage", "AQA GCSE", "--from", path)
    reading = toy.value("select reading from greenroom.batch")
    assert reading["layout"] == "toy"
    assert reading["confidence"] == 0.95
    assert reading["tried"] == {"toy": 1.0}


def test_a_successor_stands_beside_its_predecessor_and_is_compared_with_it(toy, tmp_path):
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS))
    new = [
        {"code": "1", "name": "Lamps", "level": 0, "parent_code": None},
        {"code": "1.1", "name": "Gas", "level": 1, "parent_code": "1", "option_group": "A"},
        {"code": "1.2", "name": "Electric light", "level": 1, "parent_code": "1", "option_group": "A"},
    ]
    t2 = {"code": "T2", "name": "Lantern Studies"}
    path = toy_board.document(tmp_path, "t2.json", subjects=[t2], topics=new, groups=GROUPS)
    toy("stage", "AQA GCSE", "--from", path)
    # before and after it is promoted
    staged = toy("diff", "AQA GCSE", "--between", "T2", "--json").json
    toy("promote", "AQA GCSE")
    published = toy("diff", "AQA GCSE", "--between", "T1..T2", "--json").json
    assert staged == published
    assert published["counts"] == {"same": 1, "renumbered": 1, "renamed": 0, "moved": 0, "new": 1, "gone": 3}
    subjects = toy.rows("select subject_code, succeeds from exam_board_subjects where retired_at is null order by 1")
    assert [(s["subject_code"], s["succeeds"]) for s in subjects] == [("T1", None), ("T2", "T1")]
    refused = toy.refused("diff", "AQA GCSE", "--between", "T1", code=None)
    assert "not declared to succeed" in refused.cause


OFFERS = [{"name": f"Subject {n}", "code": f"S{n}"} for n in range(6)]


def offer(toy, tmp_path, offers, code=0, **more):
    path = toy_board.document(tmp_path, "list.json", offers=offers, **more)
    return toy("stage", "AQA GCSE", "--from", path, "--json", code=code)


def test_what_a_board_offers_is_counted_against(toy, tmp_path):
    (told,) = offer(toy, tmp_path, [*OFFERS, {"name": "Lantern Studies", "code": "T1"}]).json
    assert told["listed"]["offers"] == 7
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS), "--live")
    (counted,) = toy("coverage", "--board", "aqa", "--missing", "--json").json
    gcse = {r["what"]: (r["present"], r["offered"]) for r in counted["areas"] if r["kind"] == "GCSE"}
    assert gcse == {"scraped": (1, 7), "promoted": (1, 7), "topics": (1, 7), "papers": (0, 7), "live": (1, 7)}
    assert {(r["key"], r["what"]) for r in counted["missing"]} == {
        *((f"S{n}", "scraped") for n in range(6)), ("T1", "papers"),
    }  # fmt: skip


def test_coverage_names_the_next_to_do_in_the_order_that_is_kept_as_data(toy, tmp_path):
    (told,) = toy("coverage", "--json").json
    assert [(r["area"], r["kind"]) for r in told["next"]] == [
        ("Edexcel", "A-Level"), ("Edexcel", "GCSE"), ("AQA", "A-Level"),
    ]  # fmt: skip
    offer(toy, tmp_path, OFFERS)
    toy.write("update greenroom.exam_priority set place = 1 where exam_board = 'AQA' and qualification = 'GCSE'")
    first = toy("coverage", "--json").json[0]["next"][0]
    assert (first["why"], first["command"]) == ("6 of 6 subjects were never staged", 'greenroom run "AQA GCSE"')


def test_a_list_that_shrinks_sharply_is_refused_and_one_that_moves_is_told(toy, tmp_path):
    offer(toy, tmp_path, OFFERS)
    refused = offer(toy, tmp_path, OFFERS[:2], code=None)
    assert refused.code != 0
    assert "names 2 subjects, the last one named 6" in refused.cause
    assert toy.value("select count(*) from greenroom.exam_offer") == 6
    (told,) = offer(toy, tmp_path, [*OFFERS[:5], {"name": "New", "code": "N"}]).json
    assert (told["listed"]["new"], told["listed"]["gone"]) == (["New"], ["Subject 5"])
    # a page of a list takes nothing away
    part = [{"rule": "listing_incomplete", "severity": "warning", "message": "2 of 6"}]
    offer(toy, tmp_path, OFFERS[:2], findings=part)
    assert toy.value("select count(*) from greenroom.exam_offer") == 6


def test_the_same_list_twice_changes_nothing(toy, tmp_path):
    offer(toy, tmp_path, OFFERS)
    before = toy.rows("select xmin::text, name from greenroom.exam_offer order by 2")
    offer(toy, tmp_path, OFFERS)
    assert toy.rows("select xmin::text, name from greenroom.exam_offer order by 2") == before


def test_a_list_without_codes_is_told_by_names(toy, tmp_path):
    offer(toy, tmp_path, [{"name": "LANTERN  studies"}, {"name": "Rope Work"}])
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS))
    (told,) = toy("coverage", "--board", "AQA", "--what", "promoted", "--json").json
    assert [(r["present"], r["offered"]) for r in told["areas"] if r["kind"] == "GCSE"] == [(1, 2)]


def gcse(toy):
    """How many are there of how many, by what is counted."""
    (told,) = toy("coverage", "--board", "AQA", "--json").json
    return {r["what"]: (r["present"], r["offered"]) for r in told["areas"] if r["kind"] == "GCSE"}


def missing(toy):
    (told,) = toy("coverage", "--board", "AQA", "--missing", "--json").json
    return {(r["name"], r["why"]) for r in told["missing"]}


def test_what_is_offered_without_a_code_is_found_among_what_is_staged(toy, tmp_path):
    offer(toy, tmp_path, [{"name": "LANTERN  studies"}, {"name": "Rope Work"}])
    assert ("LANTERN studies", "nobody has staged it") in missing(toy)
    toy("stage", "AQA GCSE", "--from", toy_board.document(tmp_path, "t1.json", subjects=[T1], **SPECIFICATION))
    assert missing(toy) == {("LANTERN studies", "staged, not promoted"), ("Rope Work", "nobody has staged it")}
    # by the name that it has now
    renamed = toy_board.document(tmp_path, "t1b.json", subjects=[T1 | {"name": "Rope work"}], **SPECIFICATION)
    toy("stage", "AQA GCSE", "--from", renamed)
    assert missing(toy) == {("LANTERN studies", "nobody has staged it"), ("Rope Work", "staged, not promoted")}
    toy("promote", "AQA GCSE")
    assert gcse(toy)["promoted"] == (1, 2)


def test_a_subject_that_a_list_names_with_and_without_its_code_counts_once(toy, tmp_path):
    offers = [{"name": "Knots"}, {"name": "Knots ", "code": " K "}, {"name": "KNOTS", "code": "K"}, {"name": "Rope"}]
    (told,) = offer(toy, tmp_path, offers).json
    assert (told["listed"]["offers"], {*told["listed"]["twice"]}) == (2, {"KNOTS", "Knots"})
    assert toy.rows("select name, subject_code from greenroom.exam_offer order by 1") == [
        {"name": "Knots", "subject_code": "K"},
        {"name": "Rope", "subject_code": None},
    ]
    # one name of two codes is two subjects
    assert offer(toy, tmp_path, [*offers, {"name": "Knots", "code": "K2"}]).json[0]["listed"]["offers"] == 3


def test_a_page_of_a_list_names_nothing_twice_either(toy, tmp_path):
    part = [{"rule": "listing_incomplete", "severity": "warning", "message": "2 of 6"}]
    offer(toy, tmp_path, [{"name": "Knots", "code": "K"}, {"name": "Rope"}])
    (told,) = offer(toy, tmp_path, [{"name": "KNOTS"}, {"name": "Rope", "code": "R"}], findings=part).json
    assert (told["listed"]["new"], told["listed"]["gone"]) == ([], [])
    assert toy.rows("select name, subject_code from greenroom.exam_offer order by 1") == [
        {"name": "Knots", "subject_code": "K"},
        {"name": "Rope", "subject_code": "R"},
    ]


def test_codes_of_a_list_that_had_none_take_nothing_away(toy, tmp_path):
    offer(toy, tmp_path, [{"name": each["name"]} for each in OFFERS])
    (told,) = offer(toy, tmp_path, OFFERS).json
    assert (told["listed"]["offers"], told["listed"]["new"], told["listed"]["gone"]) == (6, [], [])
    assert toy.value("select count(subject_code) from greenroom.exam_offer") == 6


def test_a_list_of_as_many_others_is_refused_as_well(toy, tmp_path):
    offer(toy, tmp_path, OFFERS)
    others = [*OFFERS[:4], {"name": "Rope", "code": "R"}, {"name": "Knots", "code": "K"}]
    refused = offer(toy, tmp_path, others, code=None)
    assert refused.code != 0
    assert "2 of these would leave" in refused.cause
    # what is named twice does not make up for what is gone
    doubled = [*OFFERS[:4], *({"name": each["name"]} for each in OFFERS[:4])]
    assert offer(toy, tmp_path, doubled, code=None).code != 0
    assert toy.value("select count(*) from greenroom.exam_offer where name like 'Subject%%'") == 6


def test_a_list_with_a_subject_that_has_no_name_is_refused(toy, tmp_path):
    refused = offer(toy, tmp_path, [*OFFERS, {"name": " ", "code": "Q"}], code=None)
    assert "one without a name" in refused.cause
    assert toy.value("select count(*) from greenroom.exam_offer") == 0


def test_papers_that_are_missing_are_what_is_next_when_all_else_is_there(toy, tmp_path):
    def upcoming():
        return [(r["area"], r["kind"], r["why"]) for r in toy("coverage", "--json").json[0]["next"]]

    toy.write("delete from greenroom.exam_priority where exam_board not in ('AQA', 'UAL') or qualification = 'A-Level'")
    offer(toy, tmp_path, [{"name": "Lantern Studies", "code": "T1"}, {"name": "Rope", "code": "T2"}])
    toy.write("insert into greenroom.exam_offer (exam_board, qualification, name, papers_url, source)"
              " values ('UAL', 'Foundation', 'Art', 'https://board.example/papers', 'a list')")  # fmt: skip
    subjects = [T1, {"code": "T2", "name": "Rope"}]
    publish(toy, toy_board.document(tmp_path, "a.json", subjects=subjects, topics=TREE, groups=GROUPS))
    art = ("UAL", "Foundation", "1 of 1 subjects were never staged")
    # nobody has met a paper of either: there may be none
    assert upcoming() == [art]
    publish(toy, toy_board.document(tmp_path, "p.json", subjects=[T1], papers=[paper("T1", "T1/1", "question paper")]))
    # what was never staged comes first, whatever its place
    assert upcoming() == [art, ("AQA", "GCSE", "1 of 2 subjects have no papers")]
    assert ("Rope", "it has no papers") in missing(toy)
    # a portfolio has none by nature: nothing is missing, nothing is counted
    counted = {(r["kind"], r["what"]) for r in toy("coverage", "--json").json[0]["areas"]}
    assert ("GCSE", "papers") in counted
    assert ("Foundation", "topics") in counted
    assert ("Foundation", "papers") not in counted
    toy.write("update greenroom.exam_priority set has_papers = false")
    assert upcoming() == [art]
    assert ("Rope", "it has no papers") not in missing(toy)


def test_an_address_of_papers_is_enough_to_miss_them(toy, tmp_path):
    toy.write("delete from greenroom.exam_priority where exam_board <> 'AQA' or qualification = 'A-Level'")
    offer(toy, tmp_path, [{"name": "L", "code": "T1", "papers_url": "https://board.example/papers"}])
    publish(toy, toy_board.document(tmp_path, "a.json", subjects=[T1], topics=TREE, groups=GROUPS))
    assert [r["why"] for r in toy("coverage", "--json").json[0]["next"]] == ["1 of 1 subjects have no papers"]


def test_the_catalogue_tells_how_far_each_reading_is_proved(toy):
    rows = toy("catalog", "exams", "--json").json
    proofs = {r["dataset"]: r["proofs"] for r in rows}
    assert proofs["topics"] == [{"source": "AQA GCSE, specification", "proof": "real"}]
    assert proofs["components"] == []


REGISTER = """Qualification Number,Qualification Title,Awarding Organisation,Qualification Status,Qualification Level,\
Guided Learning Hours,Operational Start Date,Operational End Date,Certification End Date
601/0000/1,Toy GCSE in Lantern Studies,Toy,Available to learners,Level 1/2,120,01/09/2025,31/08/2031,2033-08-31
60100002,Another,Toy,Available to learners,Level 2,,2025-09-01T00:00:00,,
abc,No number,Toy,,,,,,
"""


def test_the_register_fills_what_it_knows_of_a_numbered_subject(toy, tmp_path):
    path = tmp_path / "qualifications.csv"
    path.write_text(REGISTER, encoding="utf-8")
    answer = toy("stage", "AQA GCSE", "--from", path)
    assert "2 changed" in answer.out
    assert "2 qualifications" in answer.out
    assert "'abc' is no qualification number" in answer.out
    assert "0 changed" in toy("stage", "AQA GCSE", "--from", path).out
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS))
    (row,) = toy.rows("select regulated_title, level, glh, operational_end, certification_end from exam_board_subjects")
    assert row["regulated_title"] == "Toy GCSE in Lantern Studies"
    assert (row["level"], row["glh"]) == ("Level 1/2", 120)
    assert (str(row["operational_end"]), str(row["certification_end"])) == ("2031-08-31", "2033-08-31")


def test_the_answer_of_the_register_s_interface_is_read_too(toy, tmp_path):
    told = {
        "count": 1,
        "results": [
            {
                "qualificationNumber": "601/0000/1", "title": "Lantern Studies", "organisationAcronym": "TOY",
                "glh": 120, "operationalStartDate": "2025-09-01T00:00:00", "operationalEndDate": None,
            }
        ],
    }  # fmt: skip
    path = tmp_path / "register.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    toy("stage", "AQA GCSE", "--from", path)
    assert toy.rows("select qan, glh, operational_end from greenroom.ofqual_qualification") == [
        {"qan": "601/0000/1", "glh": 120, "operational_end": None}
    ]


def test_a_change_of_the_register_is_a_change_of_the_subject(toy, tmp_path):
    path = tmp_path / "qualifications.csv"
    path.write_text(REGISTER, encoding="utf-8")
    toy("stage", "AQA GCSE", "--from", path)
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS))
    path.write_text(REGISTER.replace("31/08/2031", "31/08/2029"), encoding="utf-8")
    toy("stage", "AQA GCSE", "--from", path)
    toy("seal", "AQA GCSE")
    told = toy("diff", "AQA GCSE", "--full").out
    assert "subjects: 1 changed" in told
    assert 'operational end "2031-08-31" → "2029-08-31"' in told
    toy("promote", "AQA GCSE")
    assert str(toy.value("select operational_end from exam_board_subjects")) == "2029-08-31"


def register(toy, tmp_path, content, code=0, name="qualifications.csv"):
    """A file of the register, staged."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if code is None:
        refused = toy("stage", "AQA GCSE", "--from", path, code=None)
        # unreadable, empty, or a broken contract: never an error that nobody foresaw
        assert refused.code in (22, 23, 24), refused.err
        return refused
    return toy("stage", "AQA GCSE", "--from", path, "--json").json[0]["listed"]


HEAD = REGISTER.splitlines()[0] + "\n"
ONE = "601/0000/1,One,Toy,Available,Level 2,120,01/09/2025,,\n"
JSON_OF_REGISTER = (
    '{"qualificationNumber": "601/0000/1", "organisationName": "x", "results": "abc"}',
    '{"qualificationNumber": "601/0000/1", "organisationName": "x", "results": null}',
    '{"qualificationNumber": "601/0000/1", "organisationName": "x", "results": [1, 2]}',
    '["qualificationNumber", "organisation"]',
    '{"qualificationNumber": "601/0000/1", "organisationName": "x"',
    '{"qualificationNumber": "601/0000/1", "organisationName": "x", "glh": ' + "9" * 5_000 + "}",
)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ((HEAD + ONE).replace("One", "Caf\xe9").encode("latin-1"), "is not in UTF-8"),
        ((HEAD + ONE).encode("utf-16"), "has NUL bytes"),
        (HEAD + ONE.replace("One", "O\x00ne"), "has NUL bytes"),
        (HEAD + ONE + '601/0000/2,"Two,Toy,Available,Level 2,1,,,\n', "stray quote after line 2"),
        (HEAD + '601/0000/2,"Two"s,Toy,Available,Level 2,1,,,\n' + ONE, "stray quote after line 1"),
        ((HEAD + ONE).replace(",", ";"), "no column of its own for the qualification number"),
        (HEAD.replace("Qualification Title", "Guided Learning Hours") + ONE, "two columns that are called guidedlearn"),
        (HEAD, "holds no qualification"),
        *((text, "") for text in JSON_OF_REGISTER),
    ],
)
def test_a_register_that_cannot_be_read_surely_is_refused(toy, tmp_path, content, told):
    refused = register(toy, tmp_path, content, code=None)
    assert told in refused.cause
    assert refused.cure
    assert toy.value("select count(*) from greenroom.ofqual_qualification") == 0


def test_a_row_of_the_register_that_is_no_row_is_told_by_its_line(toy, tmp_path):
    listed = register(
        toy, tmp_path,
        HEAD + '601/0000/1,"One\nand a half",Toy,Available,Level 2,120,01/09/2025,,\n'
        + "601/0000/2,Two,Toy\n\n" + ONE.replace("0000/1", "0000/3").replace("\n", ",more\n")
        + ONE.replace("0000/1", "0000/4").replace("One", "Caf\ufffd") + ONE.replace("0000/1", "0000/5"),
    )  # fmt: skip
    assert (listed["qualifications"], listed["changed"]) == (2, 2)
    assert [(f["position"], f["check"]) for f in listed["findings"]] == [
        (f"line {line}", "unreadable_qualification") for line in (4, 6, 7)
    ]
    assert listed["findings"][0]["message"] == "line 4: 3 cells below 9 headings"
    titles = toy.rows("select title from greenroom.ofqual_qualification order by qan")
    assert [row["title"] for row in titles] == ["One\nand a half", "One"]


def test_odd_values_of_the_register_s_interface_are_told_and_never_kept(toy, tmp_path):
    good: dict[str, object] = {"qualificationNumber": "601/0000/1", "organisationName": "x", "title": "One"}
    odd: tuple[dict[str, object], ...] = (
        {"title": ["a"]}, {"glh": 12.5}, {"title": "a\x00b"}, {"title": "\ud800"}, {"glh": True},
        {"operationalStartDate": "2025-13-45"}, {"qualificationNumber": "٦٠١/0000/1"},
    )  # fmt: skip
    told = {"results": [good, *(good | {"qualificationNumber": f"601/0001/{n}"} | each for n, each in enumerate(odd))]}
    listed = register(toy, tmp_path, json.dumps(told), name="register.json")
    assert [f["position"] for f in listed["findings"]] == [f"record {n}" for n in range(2, 9)]
    assert toy.rows("select qan, title from greenroom.ofqual_qualification") == [{"qan": "601/0000/1", "title": "One"}]


def test_a_number_that_stands_twice_is_told_when_it_says_two_things(toy, tmp_path):
    listed = register(toy, tmp_path, HEAD + ONE + ONE + ONE.replace("601/0000/1,One", "60100001,Two"))
    (told,) = listed["findings"]
    assert (told["check"], told["position"]) == ("duplicate_qualification", "line 4")
    assert "line 2 is kept, line 4 is not" in told["message"]
    assert toy.value("select title from greenroom.ofqual_qualification") == "One"


def test_a_part_of_the_register_takes_nothing_of_what_is_known_away(toy, tmp_path):
    register(toy, tmp_path, HEAD + ONE)
    part = "Qualification Number,Organisation Name,Qualification Level\n601 0000 1,Other,\n601/0000/2,New,Level 1\n"
    assert register(toy, tmp_path, part)["changed"] == 2
    assert toy.rows("select title, organisation, level, glh from greenroom.ofqual_qualification order by qan") == [
        # the file has a column of levels, and says that there is none
        {"title": "One", "organisation": "Other", "level": None, "glh": 120},
        {"title": None, "organisation": "New", "level": "Level 1", "glh": None},
    ]
    assert register(toy, tmp_path, part)["changed"] == 0


@pytest.mark.parametrize("spelled", ["60100001", " 601/0000/1 ", "601 0000 1", "6010000x"])
def test_a_qualification_number_is_known_however_it_is_spelled(toy, tmp_path, spelled):
    register(toy, tmp_path, HEAD + ONE + ONE.replace("601/0000/1", "601/0000/X").replace("One", "Ten"))
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1 | {"qan": spelled}], topics=TREE, groups=GROUPS))
    wanted = "Ten" if "x" in spelled else "One"
    assert toy.value("select regulated_title from exam_board_subjects") == wanted


def test_a_page_that_tells_of_the_register_is_not_the_register(toy, tmp_path):
    page = "<html><p>Qualification Number, awarding organisation</p></html>"
    assert not is_register(page.encode())
    assert is_register((HEAD + ONE).encode("utf-8-sig"))


def test_a_listed_paper_that_is_at_hand_is_of_the_type_its_first_page_says(toy, tmp_path, shared_data):
    # the first page of this file says "mark scheme", whatever it is listed as
    real = shared_data("uk/aqa/7402-paper1-june2024-a.pdf")
    toy("fetch", "AQA GCSE", "--from", real)
    listed = [
        paper("T1", "7402/1", "question paper") | {"url": real.absolute().as_uri(), "position": "item 1"},
        paper("T1", "7402/2", "question paper", variant="2") | {"position": "item 2"},
    ]
    toy("stage", "AQA GCSE", "--from", toy_board.document(tmp_path, "p.json", subjects=[T1], papers=listed))
    told = toy("check", "AQA GCSE", "--json", code=1).json[0]["findings"]
    found = [f for f in told if f["check"].startswith("paper_type")]
    assert [(f["check"], f["severity"], f["position"]) for f in found] == [("paper_type_mismatch", "error", "item 1")]
    assert "is given as a question paper but is a mark scheme" in found[0]["message"]


# What an adversary found


def two_subjects(tmp_path, papers):
    subjects = [{"code": "A1", "name": "Art 1"}, {"code": "A2", "name": "Art 2"}]
    return toy_board.document(tmp_path, "two.json", subjects=subjects, papers=papers)


def filed(toy):
    units = toy.rows(
        "select u.key[1] as code, b.component_code from greenroom.batch_papers as b"
        " join greenroom.unit as u on u.id = b.unit_id order by 1, 2"
    )
    return [(unit["code"], unit["component_code"]) for unit in units]


def test_papers_of_other_subjects_are_never_filed_under_the_one_asked_for(toy, tmp_path):
    path = two_subjects(tmp_path, [paper("A1", "A1/1", "question paper"), paper("A2", "A2/1", "question paper")])
    toy("stage", "AQA GCSE", "--subject", "A2", "--from", path)
    assert filed(toy) == [("A2", "A2/1")]


def test_papers_that_no_subject_of_the_document_claims_are_an_error(toy, tmp_path):
    lost = [paper("A1", "A1/1", "question paper"), paper("Z9", "Z9/1", "question paper")]
    toy("stage", "AQA GCSE", "--from", two_subjects(tmp_path, lost))
    assert filed(toy) == [("A1", "A1/1")]
    told = [f for f in toy("check", "AQA GCSE", "--json", code=1).json[0]["findings"] if f["check"] == "subject_unsure"]
    assert [(f["severity"], f["message"]) for f in told] == [("error", "1 papers are of Z9, which is none of them")]


def findings(toy):
    (told,) = toy("check", "AQA GCSE", "--json", code=None).json
    return {finding["check"] for finding in told["findings"]}


def test_what_a_corrected_reading_no_longer_names_does_not_wait_any_more(toy, tmp_path):
    toy("stage", "AQA GCSE", "--from", toy_board.document(tmp_path, "a.json", subjects=[T1], **SPECIFICATION))
    plain = [{k: v for k, v in topic.items() if k != "option_group"} for topic in TREE]
    toy("stage", "AQA GCSE", "--from", toy_board.document(tmp_path, "b.json", subjects=[T1], topics=plain))
    toy("promote", "AQA GCSE")
    for table in ("exam_components", "exam_option_groups", "exam_option_exclusions"):
        assert toy.value(f"select count(*) from {table}") == 0, table


def test_what_is_published_and_no_longer_named_is_told_and_stays(toy, tmp_path):
    publish(toy, toy_board.document(tmp_path, "a.json", subjects=[T1], **SPECIFICATION))
    fewer = {k: v for k, v in SPECIFICATION.items() if k != "components"}
    more = [*TREE, {"code": "3", "name": "Glass", "level": 0, "parent_code": None}]
    document = toy_board.document(tmp_path, "b.json", subjects=[T1], **(fewer | {"topics": more}))
    toy("stage", "AQA GCSE", "--from", document)
    (held,) = toy("check", "AQA GCSE", "--json", code=1).json[0]["stopping"]
    assert held["check"] == "emptied"
    assert held["message"] == "production has 2 components, this document names none: they stay"
    assert toy.value("select count(*) from exam_components where retired_at is null") == 2


def test_an_error_that_was_cured_holds_no_longer(toy, tmp_path):
    fewer = [{k: v for k, v in t.items() if k != "option_group"} for t in TREE if t["code"] != "1.2"]
    lost = SPECIFICATION | {"topics": fewer, "groups": []}
    page = [{"rule": "lost_page", "severity": "error", "message": "page 7 is missing"}]
    first = toy_board.document(tmp_path, "a.json", subjects=[T1], findings=page, **lost)
    toy("stage", "AQA GCSE", "--from", first)
    assert {"unknown_option", "lost_page"} <= findings(toy)
    whole = toy_board.document(tmp_path, "b.json", subjects=[T1], **SPECIFICATION)
    toy("stage", "AQA GCSE", "--from", whole)
    assert not {"unknown_option", "lost_page"} & findings(toy)
    # the same rows, read with the error and without it again
    spoilt = toy_board.document(tmp_path, "c.json", subjects=[T1], findings=page, **SPECIFICATION)
    toy("stage", "AQA GCSE", "--from", spoilt)
    assert "lost_page" in findings(toy)
    toy("stage", "AQA GCSE", "--from", whole)
    assert "lost_page" not in findings(toy)
    toy("promote", "AQA GCSE")


def test_an_error_that_a_later_reading_finds_holds_what_waits(toy, tmp_path):
    toy("stage", "AQA GCSE", "--from", toy_board.document(tmp_path, "a.json", subjects=[T1], **SPECIFICATION))
    page = [{"rule": "lost_page", "severity": "error", "message": "page 7 is missing"}]
    again = toy_board.document(tmp_path, "b.json", subjects=[T1], findings=page, **SPECIFICATION)
    toy("stage", "AQA GCSE", "--from", again)
    assert toy.value("select count(*) from greenroom.batch") == 1
    assert "lost_page" in findings(toy)
    toy("promote", "AQA GCSE", code=1)


def test_what_is_said_of_one_paper_stays_when_the_next_one_comes(toy, tmp_path):
    wrong = [{"rule": "paper_series_mismatch", "severity": "error", "message": "two series"}]
    one = toy_board.document(
        tmp_path, "one.json", subjects=[T1], papers=[paper("T1", "T1/1", "question paper")], findings=wrong
    )
    two = toy_board.document(tmp_path, "two.json", subjects=[T1], papers=[paper("T1", "T1/2", "question paper")])
    toy("stage", "AQA GCSE", "--from", one, "--incomplete")
    toy("stage", "AQA GCSE", "--from", two, "--incomplete")
    assert "paper_series_mismatch" in findings(toy)


def test_an_unproven_reading_of_papers_is_held_though_the_subject_is_published(exams, monkeypatch, tmp_path):
    proved = toy_board.board()
    half = {**proved.proof, ("GCSE", "papers"): "made-up"}
    monkeypatch.setattr(landing, "boards", lambda: {"AQA": replace(proved, proof=half)})
    publish(exams, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS))
    other = T1 | {"specification_url": "https://board.example/new"}
    papers = [paper("T1", "T1/1", "question paper")]
    exams("stage", "AQA GCSE", "--from", toy_board.document(tmp_path, "p.json", subjects=[other], papers=papers))
    assert "unproven_parser" in findings(exams)


def test_rules_of_choices_hold_for_rows_of_other_programs_too(toy, tmp_path):
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS))
    subject = toy.value("select id from staging_aqa_subjects")
    toy.write(
        "insert into staging_exam_option_exclusions (subject_id, one_code, other_code) values (%s, '1.1', '9.9')",
        subject,
    )
    toy.write(
        "insert into staging_exam_option_groups (subject_id, group_code, name, choose_least, choose_most)"
        " values (%s, 'B', 'Five', 1, 5)",
        subject,
    )
    toy.write("update staging_aqa_topics set option_group = 'NOPE' where topic_code = '2.1'")
    toy("seal", "AQA GCSE")
    assert {"unknown_option", "too_few_options", "unknown_option_group"} <= findings(toy)


def test_what_hangs_below_coursework_is_coursework(toy, tmp_path):
    tree = [{k: v for k, v in topic.items() if topic["code"] != "2.1" or k != "examined"} for topic in TREE]
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=tree, groups=GROUPS))
    hidden = toy.rows("select topic_code from curriculum_topics where examined = false order by 1")
    assert [row["topic_code"] for row in hidden] == ["2", "2.1"]


def test_what_a_document_says_twice_is_said_once_or_held(toy, tmp_path):
    other = [COMPONENTS[0], COMPONENTS[0], COMPONENTS[1], COMPONENTS[1] | {"marks": 7}]
    pairs = [*EXCLUSIONS, {"one": "1.1", "other": "1.2", "why": "one fuel only"}]
    path = toy_board.document(
        tmp_path, "t1.json", subjects=[T1], topics=[*TREE, TREE[1] | {"name": "Tar"}], groups=[*GROUPS, *GROUPS],
        components=other, exclusions=pairs,
    )  # fmt: skip
    toy("stage", "AQA GCSE", "--from", path)
    (told,) = toy("check", "AQA GCSE", "--json", code=1).json
    twice = sorted(f["message"] for f in told["findings"] if f["check"] == "said_twice")
    assert twice == [
        "1.1 stands in the document twice, and not alike; the first is kept",
        "T1/C stands in the document twice, and not alike; the first is kept",
    ]
    assert toy.value("select marks from greenroom.batch_components where component_code = 'T1/C'") is None


@pytest.mark.parametrize("change", [{"marks": 10**12}, {"assessment": "a\x00b"}])
def test_what_no_table_can_hold_is_refused_in_words(toy, tmp_path, change):
    components = [COMPONENTS[0] | change]
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS, components=components)
    refused = toy.refused("stage", "AQA GCSE", "--from", path, code=None)
    assert refused.code not in (50, 70)
    assert "T1" in refused.cause


def test_what_is_published_without_a_list_is_counted_too(toy, tmp_path):
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE, groups=GROUPS), "--live")
    (told,) = toy("coverage", "--board", "AQA", "--json").json
    gcse = {r["what"]: (r["present"], r["offered"]) for r in told["areas"] if r["kind"] == "GCSE"}
    assert (gcse["promoted"], gcse["live"]) == ((1, 0), (1, 0))
    assert "1/?" in toy("coverage", "--board", "AQA").out


def test_an_overview_retires_nothing(toy, tmp_path):
    publish(toy, toy_board.document(tmp_path, "t1.json", subjects=[T1], **SPECIFICATION))
    overview = toy_board.document(tmp_path, "o.json", subjects=[T1], topics=[TREE[0] | {"name": "Lights"}], whole=False)
    toy("stage", "AQA GCSE", "--from", overview)
    toy("approve", "AQA GCSE", "--by", "Ada", "--note", "an overview")
    toy("promote", "AQA GCSE")
    left = toy.rows("select topic_code, topic_name from curriculum_topics where retired_at is null order by 1")
    assert [row["topic_code"] for row in left] == ["1", "1.1", "1.2", "2", "2.1"]
    assert left[0]["topic_name"] == "Lights"
    assert toy.value("select count(*) from exam_components where retired_at is null") == 2
