"""edit, edits, withdraw as a person types them."""

import pytest

TREE = """
insert into public.staging_aqa_subjects (subject_code, subject_name, qualification_type, exam_board)
values ('7402', 'Biology', 'A-Level', 'AQA');
insert into public.staging_aqa_topics (subject_id, topic_code, topic_name, topic_level, sort_order)
select s.id, t.code, t.name, t.level, t.place
from public.staging_aqa_subjects as s,
  (values ('1', 'Cells', 0, 1), ('1.1', 'Mitosiss', 1, 1), ('1.2', 'Membranes', 1, 2), ('2', 'Genetics', 0, 2))
    as t (code, name, level, place);
update public.staging_aqa_topics as t set parent_topic_id = p.id
from public.staging_aqa_topics as p where p.topic_code = '1' and t.topic_code like '1.%';
"""


@pytest.fixture
def biology(exams):
    exams.write(TREE)
    exams("seal", "AQA", "A-Level")
    return exams


def corrected(shell, *words, **more):
    return shell("edit", "AQA A-Level", "--subject", "7402", "--by", "ada", "--why", "as printed", *words, **more)


def names(shell):
    found = shell.rows("select topic_code, topic_name from public.curriculum_topics where retired_at is null")
    return {row["topic_code"]: row["topic_name"] for row in found}


def test_a_name_is_corrected_promoted_and_taken_back(biology):
    said = corrected(biology, "--row", "1.1", "--set", "topic_name=Mitosis").out
    assert "1.1 Mitosiss: topic_name Mitosiss → Mitosis  (in force, by ada: as printed)" in said
    assert "undo: greenroom withdraw 1 --why TEXT" in said
    biology("promote", "AQA A-Level")
    assert names(biology)["1.1"] == "Mitosis"
    assert "1 edits taken back" in biology("withdraw", "1", "--why", "wrong after all", "--by", "ada").out
    biology("promote", "AQA A-Level")
    assert names(biology)["1.1"] == "Mitosiss"


def test_a_published_row_is_opened_again(biology):
    biology("promote", "AQA A-Level")
    corrected(biology, "--row", "1.1", "--set", "topic_name=Mitosis")
    answer = biology("promote", "AQA A-Level", "--json").json
    assert "Mitosis" in names(biology).values()
    assert answer


def test_a_row_is_added_moved_and_deleted(biology):
    corrected(
        biology, "--add", "--set", "topic_code=1.3", "--set", "topic_name=Organelles", "--under", "1", "--after", "1.1"
    )
    corrected(biology, "--row", "1.2", "--under", "2")
    biology("promote", "AQA A-Level")
    rows = biology.rows(
        "select t.topic_code, p.topic_code as parent from public.curriculum_topics as t"
        " left join public.curriculum_topics as p on p.id = t.parent_topic_id order by 1"
    )
    assert [(r["topic_code"], r["parent"]) for r in rows] == [
        ("1", None), ("1.1", "1"), ("1.2", "2"), ("1.3", "1"), ("2", None)
    ]  # fmt: skip
    refused = corrected(biology, "--row", "1", "--delete", code=1)
    assert "has rows under it: 2" in refused.err
    corrected(biology, "--row", "1", "--delete", "--with-children")
    biology("approve", "AQA A-Level", "--note", "seen", "--by", "bob")
    biology("promote", "AQA A-Level")
    assert set(names(biology)) == {"1.2", "2"}


def test_a_dry_run_says_and_writes_nothing(biology):
    said = corrected(biology, "--row", "1.1", "--set", "topic_name=Mitosis", "--dry-run").out
    assert said.startswith("would be:")
    assert biology.value("select count(*) from greenroom.edit") == 0
    assert "database:" not in corrected(biology, "--row", "1.1", "--set", "topic_name=Mitosis", "--dry-run").err


def test_what_the_source_says_already_is_nothing_to_change(biology):
    assert "the source says so already" in corrected(biology, "--row", "1.1", "--set", "topic_name=Mitosiss").out


def test_edits_are_listed_with_their_history(biology):
    corrected(biology, "--row", "1.1", "--set", "topic_name=Mitosis")
    corrected(biology, "--row", "1.1", "--set", "topic_name=Cell division")
    assert [e["id"] for e in biology("edits", "AQA", "--json").json] == [2]
    assert [(e["id"], e["state"]) for e in biology("edits", "AQA", "--all", "--json").json] == [
        (2, "in force"), (1, "replaced")
    ]  # fmt: skip
    assert biology("edits", "AQA", "--conflicts").out.strip() == "no corrections"
    rows = biology("edits", "AQA A-Level", "--rows", "--subject", "7402", "--json").json
    assert [r["values"]["topic_name"] for r in rows] == ["Cells", "Cell division", "Membranes", "Genetics"]


@pytest.mark.parametrize(("option", "name"), [("--keep", "Mitosis"), (None, "Mitosis and meiosis")])
def test_a_conflict_is_shown_and_decided(biology, option, name):
    corrected(biology, "--row", "1.1", "--set", "topic_name=Mitosis")
    biology("promote", "AQA A-Level")
    biology.write("update public.staging_aqa_topics set topic_name = 'Mitosis and meiosis' where topic_code = '1.1'")
    biology("seal", "AQA A-Level")
    assert "the source says Mitosis and meiosis now" in biology("edits", "AQA", "--conflicts").out
    assert "edit_conflict" in biology("promote", "AQA A-Level", code=1).err
    biology("withdraw", "1", "--why", "decided", "--by", "ada", *filter(None, [option]))
    biology("promote", "AQA A-Level")
    assert names(biology)["1.1"] == name


@pytest.mark.parametrize(
    ("words", "code", "cause"),
    [
        (["--row", "9.9", "--set", "topic_name=X"], 34, "There is no row '9.9'."),
        (["--row", "1.1"], 34, "What should it say? Nothing is given."),
        (["--set", "topic_name=X"], 34, "Which row? None is named."),
        (["--row", "1.1", "--set", "name=X"], 11, "'name=X' names no column of topics."),
        (["--row", "1.1", "--set", "key_themes=cells"], 11, "key_themes holds JSON, and 'cells' is none."),
        (["--row", "1.1", "--set", "topic_name="], 1, "topic_name cannot be empty."),
        (["--row", "1.1", "--set", "topic_level=deep"], 1, 'topic_level cannot be "deep".'),
        (["--row", "1.1", "--under", "1.1"], 1, "1.1 Mitosiss cannot stand under itself."),
        (["--dataset", "teachers", "--row", "1.1"], 11, "There is no dataset 'teachers'."),
        (["--dataset", "papers", "--row", "1.1"], 31, "Nothing of AQA A-Level 7402 waits or is published in papers."),
    ],
)
def test_what_cannot_be_done_is_said(biology, words, code, cause):
    refused = biology.refused(
        "edit", "AQA A-Level", "--subject", "7402", "--by", "ada", "--why", "x", *words, code=code
    )
    assert refused.cause == cause
    assert biology.value("select count(*) from greenroom.edit") == 0


def test_an_unknown_edit_is_refused(biology):
    assert biology.refused("withdraw", "7", "--why", "x", code=34).cause == "There is no edit 7."
    assert biology.refused("withdraw", "7", "--why", "x", "--keep", "--restore", code=11)
