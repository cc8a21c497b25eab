"""Corrections: made, taken back, promoted, and carried from edition to edition."""

import pytest
from tests.publish.corrections import Editor
from tests.publish.exams import Exams, Paper, Subject, Topic

from greenroom.model.errors import Blocked, EditConflict

BIOLOGY = Subject(
    topics=(
        Topic("1", "Cells"),
        Topic("1.1", "Structure", "1"),
        Topic("1.2", "Mitosiss", "1"),
        Topic("1.3", "Membranes", "1"),
        Topic("2", "Genetics"),
        Topic("2.1", "Alleles", "2"),
        Topic("2.2", "Inheritance", "2"),
    )
)


def edition(*topics: Topic) -> Subject:
    return BIOLOGY.but(topics=topics)


def renamed(old: str, new: str) -> Subject:
    return BIOLOGY.but(topics=tuple(Topic(t.code, new if t.name == old else t.name, t.parent) for t in BIOLOGY.topics))


@pytest.fixture
def ada(exams: Exams) -> Editor:
    exams.inbox(BIOLOGY)
    exams.seal()
    return Editor(exams)


def states(editor: Editor) -> list[tuple[str, str, str]]:
    return [(e.action, e.column_name or "", e.state) for e in editor.edits(None)]


def test_a_cell_is_corrected_and_the_source_kept_beside(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    row = ada.row("1.2")
    assert (row.state, row.values["topic_name"], row.source["topic_name"]) == ("edited", "Mitosis", "Mitosiss")
    assert ada.exams.one("select topic_name from greenroom.batch_topics where topic_code = '1.2'") == "Mitosiss"


def test_what_was_corrected_is_what_lands(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"
    assert ada.exams.changes() == []


def test_an_edit_voids_the_approval_given_before(ada):
    ada.exams.inbox(edition(*BIOLOGY.topics, Topic("9", "Skipped", "1", level=4)))
    ada.exams.seal()
    ada.exams.approve()
    assert ada.exams.gate() == []
    ada.set("1.2", "topic_name", "Mitosis")
    assert {f["check"] for f in ada.exams.gate()} == {"level_jump"}
    ada.exams.approve()
    ada.exams.promote()
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"


def test_a_published_row_is_corrected_with_nothing_waiting(ada):
    ada.exams.promote()
    before = ada.exams.ids()
    ada.open()
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"
    assert ada.exams.topics()["1.2"]["id"] == before["Mitosiss"]


def test_code_and_name_corrected_at_once_keep_the_id(ada):
    ada.exams.promote()
    before = ada.exams.ids()["Mitosiss"]
    ada.open()
    ref = ada.row("1.2").ref
    ada.do(
        {"do": "set", "row": ref, "column": "topic_name", "value": "Cell division"},
        {"do": "set", "row": ref, "column": "topic_code", "value": "7.7"},
    )
    ada.exams.promote()
    assert ada.exams.topics()["7.7"]["id"] == before
    assert "1.2" not in ada.exams.topics()


def test_children_follow_a_parent_that_gets_another_code(ada):
    ada.set("1", "topic_code", "A")
    ada.exams.promote()
    assert {t["parent"] for t in ada.exams.topics().values() if t["topic_code"].startswith("1.")} == {"A"}


def test_a_row_moves_with_what_hangs_on_it_and_levels_follow(ada):
    ada.exams.inbox(edition(*BIOLOGY.topics, Topic("1.2.1", "Phases", "1.2")))
    ada.exams.seal()
    ada.move("1.2", "2.1")
    tree = ada.tree()
    assert tree["Mitosiss"][1:3] == ("Alleles", 2)
    assert tree["Phases"][1:3] == ("Mitosiss", 3)
    ada.exams.promote()
    assert ada.exams.topics()["1.2.1"]["topic_level"] == 3


def test_a_row_that_is_moved_without_a_place_stands_last(ada):
    ada.move("1.1", "2")
    assert ada.outline() == [
        "Cells",
        "  Mitosiss",
        "  Membranes",
        "Genetics",
        "  Alleles",
        "  Inheritance",
        "  Structure",
    ]
    ada.move("1.2", "2")
    assert ada.outline()[-3:] == ["  Inheritance", "  Structure", "  Mitosiss"]
    ada.add("2.9", "Clones", "2")
    assert ada.outline()[-2:] == ["  Mitosiss", "  Clones"]


def test_a_row_goes_to_the_top(ada):
    ada.move("1.2", None, after="1")
    assert ada.outline() == [
        "Cells", "  Structure", "  Membranes", "Mitosiss", "Genetics", "  Alleles", "  Inheritance"
    ]  # fmt: skip
    assert ada.tree()["Mitosiss"][2] == 0


def test_a_row_never_stands_under_itself(ada):
    ada.exams.inbox(edition(*BIOLOGY.topics, Topic("1.2.1", "Phases", "1.2")))
    ada.exams.seal()
    with pytest.raises(Blocked, match="under itself"):
        ada.move("1", "1.2.1")
    with pytest.raises(Blocked, match="under itself"):
        ada.move("1", "1")
    assert ada.edits(None) == []


def test_siblings_are_put_in_another_order(ada):
    ada.move("1.3", "1", after=None)
    ada.move("1.1", "1", after="1.2")
    assert ada.outline()[:4] == ["Cells", "  Membranes", "  Mitosiss", "  Structure"]
    ada.exams.promote()
    production = sorted((t for t in ada.exams.topics().values() if t["parent"] == "1"), key=lambda t: t["sort_order"])
    assert [t["topic_name"] for t in production] == ["Membranes", "Mitosiss", "Structure"]


def test_a_row_is_added_and_gets_a_level_and_a_place(ada):
    ada.add("1.15", "Organelles", "1", after="1.1")
    assert ada.outline()[:3] == ["Cells", "  Structure", "  Organelles"]
    assert ada.tree()["Organelles"][2] == 1
    ada.exams.promote()
    assert ada.exams.topics()["1.15"]["parent"] == "1"


def test_a_row_is_deleted_and_leaves(ada):
    ada.exams.promote()
    ada.open()
    ada.delete("1.3")
    ada.exams.promote()
    assert "1.3" not in ada.exams.topics()


def test_a_row_with_children_goes_with_them_or_not_at_all(ada):
    with pytest.raises(Blocked, match="has rows under it: 3"):
        ada.delete("1")
    ada.delete("1", with_children=True)
    assert ada.outline() == ["Genetics", "  Alleles", "  Inheritance"]


def test_nothing_is_left_of_no_unit(ada):
    ada.delete("1", with_children=True)
    with pytest.raises(Blocked, match="leave nothing"):
        ada.delete("2", with_children=True)


def test_a_row_added_and_deleted_leaves_no_edit(ada):
    ada.add("1.4", "Organelles", "1")
    ada.delete("1.4")
    assert ada.edits() == []
    unit = ada.exams.rows("select hash, sealed_hash from greenroom.unit where dataset = 'topics'")[0]
    assert unit["hash"] == unit["sealed_hash"]


def test_a_row_added_at_a_place_and_deleted_leaves_no_order_behind(ada):
    ada.add("1.15", "Walls", "1", after="1.1")
    assert ada.outline()[1:3] == ["  Structure", "  Walls"]
    gone = ada.delete("Walls")
    assert ada.edits() == []
    assert {row.state for row in ada.rows()} == {"source"}
    # back, with its place
    ada.settle(restore=gone.replaced)
    assert ada.outline()[1:3] == ["  Structure", "  Walls"]
    # an order that puts others elsewhere, too, stays
    ada.move("1.3", "1", after=None)
    ada.delete("Walls")
    assert [edit.action for edit in ada.edits()] == ["order"]
    assert ada.outline()[1:4] == ["  Membranes", "  Structure", "  Mitosiss"]


def test_the_source_s_own_value_is_no_edit(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.set("1.2", "topic_name", "Mitosiss")
    assert ada.edits() == []
    assert [e.state for e in ada.edits(None)] == ["withdrawn"]


def test_a_newer_edit_takes_the_place_of_an_older_and_keeps_the_base(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.set("1.2", "topic_name", "Cell division")
    newest, older = ada.edits(None)
    assert (newest.base, newest.value, newest.state) == ("Mitosiss", "Cell division", "in force")
    assert (older.base, older.value, older.state) == ("Mitosiss", "Mitosis", "replaced")


def test_undo_and_redo_of_a_gesture(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    second = ada.set("1.2", "topic_name", "Cell division")
    ada.settle(withdraw=second.edits, restore=second.replaced)
    assert ada.row("1.2").values["topic_name"] == "Mitosis"
    ada.settle(withdraw=second.replaced, restore=second.edits)
    assert ada.row("1.2").values["topic_name"] == "Cell division"
    ada.settle(withdraw=second.edits)
    assert ada.row("1.2").values["topic_name"] == "Mitosiss"


def test_undoing_a_published_correction_is_promoted_like_any_other(ada):
    made = ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.settle(withdraw=made.edits)
    ada.exams.promote()
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosiss"


def test_whoever_saw_something_else_is_told_both_values(ada):
    bob = Editor(ada.exams, "Bob")
    ada.set("1.2", "topic_name", "Mitosis", seen="Mitosiss")
    with pytest.raises(EditConflict) as refused:
        bob.set("1.2", "topic_name", "Cell division", seen="Mitosiss")
    (finding,) = refused.value.findings
    assert (finding["yours"], finding["theirs"], finding["seen"], finding["by"]) == (
        "Cell division", "Mitosis", "Mitosiss", "Ada",
    )  # fmt: skip
    assert ada.row("1.2").values["topic_name"] == "Mitosis"


def test_two_who_say_the_same_do_not_quarrel(ada):
    bob = Editor(ada.exams, "Bob")
    ada.set("1.2", "topic_name", "Mitosis", seen="Mitosiss")
    bob.set("1.2", "topic_name", "Mitosis", seen="Mitosiss")
    assert [e.edited_by for e in ada.edits()] == ["Ada"]


def test_a_value_of_the_wrong_kind_is_refused_and_half_a_gesture_is_none(ada):
    with pytest.raises(Blocked, match="topic_level cannot be"):
        ada.do(
            {"do": "set", "row": ada.row("1.2").ref, "column": "topic_name", "value": "Mitosis"},
            {"do": "set", "row": ada.row("1.2").ref, "column": "topic_level", "value": "deep"},
        )
    with pytest.raises(Blocked, match="topic_name cannot be empty"):
        ada.set("1.2", "topic_name", " ")
    with pytest.raises(Blocked, match="topic_name cannot be"):
        ada.set("1.2", "topic_name", {"a": 1})
    with pytest.raises(Blocked, match="topic_level cannot be"):
        ada.set("1.2", "topic_level", -1)
    with pytest.raises(Blocked, match="no column parent_code"):
        ada.set("1.2", "parent_code", "2")
    assert ada.edits(None) == []


# the next edition


def test_the_source_still_says_the_base_and_the_edit_stays(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.exams.publish(edition(*BIOLOGY.topics, Topic("3", "Ecology")))
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"
    assert states(ada) == [("set", "topic_name", "in force")]


def test_the_same_edition_again_is_nothing_new(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.exams.inbox(BIOLOGY)
    assert ada.exams.seal() is None
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"


def test_the_source_adopts_the_edit_and_it_retires(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    before = ada.exams.last_release()
    ada.exams.publish(renamed("Mitosiss", "Mitosis"))
    assert states(ada) == [("set", "topic_name", "adopted")]
    assert ada.exams.last_release() == before
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"


def test_the_source_says_something_else_and_a_person_decides(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.exams.inbox(renamed("Mitosiss", "Mitosis and meiosis"))
    ada.exams.seal()
    (conflict,) = ada.edits()
    assert (conflict.state, conflict.base, conflict.value, conflict.theirs) == (
        "conflict", "Mitosiss", "Mitosis", "Mitosis and meiosis",
    )  # fmt: skip
    (stopping,) = ada.exams.gate()
    assert (stopping["check"], stopping["severity"]) == ("edit_conflict", "error")
    ada.exams.approve()
    ada.exams.waive("edit_conflict", "2099-01-01")
    assert ada.exams.gate() != []


@pytest.mark.parametrize(("mine", "name"), [(True, "Mitosis"), (False, "Mitosis and meiosis")])
def test_a_conflict_is_settled_either_way(ada, mine, name):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.exams.inbox(renamed("Mitosiss", "Mitosis and meiosis"))
    ada.exams.seal()
    (conflict,) = ada.edits()
    ada.settle(**({"keep": [conflict.id]} if mine else {"withdraw": [conflict.id]}))
    ada.exams.promote()
    assert ada.exams.topics()["1.2"]["topic_name"] == name
    assert [e.base for e in ada.edits()] == (["Mitosis and meiosis"] if mine else [])


def test_a_renumbered_topic_keeps_its_edits(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.set("2.1", "description", "Dominant and recessive.")
    ada.exams.promote()
    before = ada.exams.ids()
    ada.exams.publish(
        edition(
            Topic("1", "Introduction"),
            Topic("2", "Cells"),
            Topic("2.1", "Structure", "2"),
            Topic("2.2", "Mitosiss", "2"),
            Topic("2.3", "Membranes", "2"),
            Topic("3", "Genetics"),
            Topic("3.1", "Alleles", "3"),
            Topic("3.2", "Inheritance", "3"),
        )
    )
    topics = ada.exams.topics()
    assert (topics["2.2"]["topic_name"], topics["2.2"]["id"]) == ("Mitosis", before["Mitosis"])
    assert topics["3.1"]["description"] == "Dominant and recessive."
    assert len(ada.edits()) == 2


def test_before_anything_is_published_edits_follow_too(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.move("2.2", "1", after="1.1")
    ada.exams.inbox(
        edition(
            Topic("A", "Cells"),
            Topic("A1", "Structure", "A"),
            Topic("A2", "Mitosiss", "A"),
            Topic("A3", "Membranes", "A"),
            Topic("B", "Genetics"),
            Topic("B1", "Alleles", "B"),
            Topic("B2", "Inheritance", "B"),
        )
    )
    ada.exams.seal()
    assert ada.outline() == [
        "Cells", "  Structure", "  Inheritance", "  Mitosis", "  Membranes", "Genetics", "  Alleles"
    ]  # fmt: skip
    assert ada.tree()["Inheritance"][:2] == ("B2", "Cells")


def test_a_row_that_left_the_source_leaves_its_edit_as_a_conflict(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.exams.inbox(edition(*(t for t in BIOLOGY.topics if t.code != "1.2")))
    ada.exams.seal()
    (conflict,) = ada.edits()
    assert (conflict.state, conflict.theirs) == ("conflict", None)
    with pytest.raises(Blocked, match="not in the source any more"):
        ada.settle(keep=[conflict.id])
    ada.settle(withdraw=[conflict.id])
    ada.exams.promote()
    assert "1.2" not in ada.exams.topics()


def test_a_part_leaves_edits_of_other_rows_alone(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.exams.clean()
    ada.exams.inbox(edition(Topic("1", "Cells"), Topic("1.4", "Organelles", "1")))
    ada.exams.seal(complete=False)
    ada.exams.promote()
    assert states(ada) == [("set", "topic_name", "in force")]
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"
    ada.exams.publish(BIOLOGY)
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"


def test_a_truncated_inbox_wipes_nothing(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.rows(
        "truncate public.staging_aqa_subjects, public.staging_aqa_topics, public.staging_aqa_exam_papers cascade"
    )
    ada.exams.promote()
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"


def test_an_added_row_that_the_source_has_now_keeps_its_id_and_retires(ada):
    ada.add("1.4", "Organelles", "1")
    ada.exams.promote()
    before = ada.exams.ids()["Organelles"]
    ada.exams.publish(edition(*BIOLOGY.topics[:4], Topic("1.4", "Organelles", "1"), *BIOLOGY.topics[4:]))
    assert ada.exams.ids()["Organelles"] == before
    assert ada.edits() == []


def test_an_added_row_outlives_an_edition_without_it(ada):
    ada.add("1.4", "Organelles", "1")
    ada.exams.promote()
    before = ada.exams.ids()["Organelles"]
    ada.exams.publish(edition(*BIOLOGY.topics, Topic("3", "Ecology")))
    assert ada.exams.ids()["Organelles"] == before


def test_a_deleted_row_stays_deleted_while_the_source_has_it(ada):
    ada.delete("1.3")
    ada.exams.promote()
    ada.exams.publish(edition(*BIOLOGY.topics, Topic("3", "Ecology")))
    assert "1.3" not in ada.exams.topics()
    ada.exams.publish(edition(*(t for t in BIOLOGY.topics if t.code != "1.3"), Topic("3", "Ecology")))
    assert states(ada) == [("delete", "", "adopted")]


def test_a_deleted_row_that_the_source_rewrites_is_a_conflict(ada):
    ada.delete("1.2")
    ada.exams.promote()
    ada.exams.inbox(renamed("Mitosiss", "Mitosis"))
    ada.exams.seal()
    assert states(ada) == [("delete", "", "conflict")]


def test_a_move_stays_retires_or_is_in_conflict(ada):
    ada.move("2.2", "1")
    ada.exams.promote()
    ada.exams.publish(edition(*BIOLOGY.topics, Topic("3", "Ecology")))
    assert ada.exams.topics()["2.2"]["parent"] == "1"
    moved = [Topic(t.code, t.name, "1" if t.code == "2.2" else t.parent) for t in BIOLOGY.topics]
    ada.exams.publish(edition(*moved, Topic("3", "Ecology")))
    assert states(ada) == [("parent", "", "adopted")]


def test_an_order_outlives_new_rows(ada):
    ada.move("1.3", "1", after=None)
    ada.exams.promote()
    ada.exams.publish(edition(*BIOLOGY.topics[:3], Topic("1.25", "Meiosis", "1"), *BIOLOGY.topics[3:]))
    production = sorted((t for t in ada.exams.topics().values() if t["parent"] == "1"), key=lambda t: t["sort_order"])
    assert [t["topic_name"] for t in production] == ["Membranes", "Structure", "Mitosiss", "Meiosis"]


def test_a_prepared_release_is_stale_once_something_of_it_is_corrected(ada):
    ada.exams.promote(live=True)
    ada.exams.inbox(edition(*BIOLOGY.topics, Topic("3", "Ecology")))
    ada.exams.seal()
    prepared = ada.exams.promote()["prepared"]["release"]
    ada.set("3", "topic_name", "Ecosystems")
    assert ada.exams.release(prepared)["state"] == "stale"
    ada.exams.live()
    assert "Ecosystems" in ada.exams.ids()


def test_a_rejected_edition_is_put_right(ada):
    ada.exams.approve(verdict="rejected")
    ada.open()
    ada.set("1.2", "topic_name", "Mitosis")
    assert {(f["dataset"], f["check"]) for f in ada.exams.gate()} == {("subjects", "rejected")}
    ada.exams.approve()
    ada.exams.promote()
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"


def test_a_subject_s_own_row_is_corrected(ada):
    subject = Editor(ada.exams, dataset="subjects")
    (row,) = subject.rows()
    subject.do({"do": "set", "row": row.ref, "column": "subject_name", "value": "Biology (7402)"})
    ada.exams.promote()
    assert ada.exams.subject()["subject_name"] == "Biology (7402)"
    ada.exams.publish(edition(*BIOLOGY.topics, Topic("3", "Ecology")))
    assert ada.exams.subject()["subject_name"] == "Biology (7402)"


def test_a_paper_s_year_is_corrected_and_keeps_its_id(ada):
    ada.exams.publish(BIOLOGY.but(papers=(Paper(year=2023), Paper(year=2024, url="https://example.org/2.pdf"))))
    before = {p["year"]: p["id"] for p in ada.exams.rows("select * from public.exam_papers")}
    papers = Editor(ada.exams, dataset="papers")
    papers.open()
    wrong = next(r for r in papers.rows() if r.values["year"] == 2023)
    papers.do({"do": "set", "row": wrong.ref, "column": "year", "value": 2022})
    ada.exams.promote()
    now = {p["year"]: p["id"] for p in ada.exams.rows("select * from public.exam_papers where retired_at is null")}
    assert now == {2022: before[2023], 2024: before[2024]}
    ada.exams.publish(BIOLOGY.but(papers=(Paper(year=2023), Paper(year=2024, url="https://example.org/new.pdf"))))
    assert {p["year"] for p in ada.exams.rows("select * from public.exam_papers where retired_at is null")} == {
        2022, 2024,
    }  # fmt: skip


def test_a_paper_is_corrected_in_the_board_s_words_only(ada):
    ada.exams.publish(BIOLOGY.but(papers=(Paper(),)))
    papers = Editor(ada.exams, dataset="papers")
    papers.open()
    ref = papers.rows()[0].ref
    for column, value in (("series", "Whitsun"), ("type", "poem"), ("url", "javascript:alert(1)"), ("year", 1066)):
        with pytest.raises(Blocked, match=f"{column} cannot be"):
            papers.do({"do": "set", "row": ref, "column": column, "value": value})
    papers.do({"do": "set", "row": ref, "column": "series", "value": "nov"})
    assert papers.rows()[0].values["series"] == "November"


def test_papers_staged_in_parts_are_corrected_deleted_and_taken_back(ada):
    first, second = Paper(year=2023), Paper(year=2024, url="https://example.org/2.pdf")
    ada.exams.publish(BIOLOGY.but(papers=(first,)), complete=False)
    ada.exams.publish(BIOLOGY.but(papers=(second,)), complete=False)
    papers = Editor(ada.exams, dataset="papers")
    papers.open()
    refs = {r.values["year"]: r.ref for r in papers.rows()}
    made = papers.do(
        {"do": "set", "row": refs[2023], "column": "url", "value": "https://example.org/right.pdf"},
        {"do": "delete", "row": refs[2024]},
        {"do": "add", "values": {
            "year": 2025, "series": "June", "type": "mark scheme", "language": "English", "modified": False,
            "url": "https://example.org/3.pdf",
        }},
    )  # fmt: skip
    ada.exams.approve()
    ada.exams.promote()
    standing = "select url from public.exam_papers where retired_at is null order by year"
    corrected = ["https://example.org/right.pdf", "https://example.org/3.pdf"]
    assert [r["url"] for r in ada.exams.rows(standing)] == corrected
    papers.open()
    ada.exams.approve()
    ada.exams.promote()
    assert [r["url"] for r in ada.exams.rows(standing)] == corrected
    assert {e.state for e in papers.edits(None)} == {"in force"}
    papers.settle(withdraw=made.edits)
    ada.exams.approve()
    ada.exams.promote()
    assert [r["url"] for r in ada.exams.rows(standing)] == [first.url, second.url]


def test_a_deleted_row_stays_deleted_when_its_unit_is_opened_again(ada):
    ada.exams.promote()
    ada.open()
    ada.delete("1.3")
    ada.exams.promote()
    ada.open()
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    assert "1.3" not in ada.exams.topics()
    ada.settle(withdraw=[e.id for e in ada.edits() if e.action == "delete"])
    ada.exams.promote()
    assert ada.exams.topics()["1.3"]["topic_name"] == "Membranes"


def test_a_version_that_gets_a_name_keeps_its_edits(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.exams.publish(BIOLOGY.but(version="2015", topics=(*BIOLOGY.topics, Topic("3", "Ecology"))))
    assert ada.exams.topics(version="2015")["1.2"]["topic_name"] == "Mitosis"


def test_rollback_and_edits_go_together(ada):
    ada.exams.promote()
    image = ada.exams.image(stamps=False)
    ada.open()
    ada.set("1.2", "topic_name", "Mitosis")
    release = ada.exams.promote()["release"]
    ada.exams.rollback(release)
    assert ada.exams.image(stamps=False) == image
    assert ada.row("1.2").values["topic_name"] == "Mitosis"
    ada.exams.approve()
    ada.exams.promote()
    assert ada.exams.topics()["1.2"]["topic_name"] == "Mitosis"


def test_an_adopted_change_by_hand_is_not_undone_by_a_correction(ada):
    ada.exams.promote()
    ada.exams.rows("update public.curriculum_topics set topic_name = 'Cell structure' where topic_code = '1.1'")
    ada.exams.settle(adopt=True)
    ada.open()
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    assert {"Cell structure", "Mitosis"} <= set(ada.exams.ids())


@pytest.mark.parametrize("how", ["changed by hand", "a part"])
def test_moves_and_orders_are_taken_back_from_rows_that_production_lent(ada, how):
    """After either, what waits is a copy of production, in which the moves are done already."""
    ada.exams.promote()

    def places():
        return {name: (t["parent"], t["topic_level"], t["sort_order"]) for name, t in by_name(ada).items()}

    before = places()
    ada.open()
    ada.move("1.3", "1", after=None)
    ada.move("2.1", "1.2")
    ada.move("1", "2")
    ada.exams.promote()
    moved = places()
    assert {name for name in before if before[name] != moved[name]} > {"Cells", "Mitosiss", "Structure", "Alleles"}
    if how == "a part":
        ada.exams.clean()
        ada.exams.inbox(edition(Topic("2", "Genetics"), Topic("2.9", "Clones", "2")))
        ada.exams.seal(complete=False)
        ada.exams.promote()
        stated = {"Genetics", "Inheritance", "Clones"}
    else:
        ada.exams.rows("update public.curriculum_topics set topic_name = 'DNA' where topic_name = 'Inheritance'")
        ada.exams.settle(adopt=True)
        stated = {"Inheritance", "DNA"}

    def others(found):
        return {name: place for name, place in found.items() if name not in stated}

    assert others(places()) == others(moved)
    ada.open()
    ada.settle(withdraw=[edit.id for edit in ada.edits()])
    ada.exams.promote()
    assert others(places()) == others(before)


def by_name(ada):
    return {topic["topic_name"]: topic for topic in ada.exams.topics().values()}


def test_a_row_of_an_edition_that_is_gone_is_not_taken_for_another(ada):
    seen = ada.row("1.2").ref
    assert seen.startswith("row:")
    ada.exams.inbox(edition(Topic("0", "Preface"), *BIOLOGY.topics))
    ada.exams.seal()
    with pytest.raises(Blocked, match="there is no row"):
        ada.do({"do": "set", "row": seen, "column": "topic_name", "value": "Mitosis"})
    assert ada.edits(None) == []
