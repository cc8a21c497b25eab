"""Real successors: the new subject stands beside the old one, is linked to it, and is compared with it."""

import pytest

PAIRS = {
    "Edexcel 1CP0 -> 1CP2": (
        "Edexcel GCSE", "1CP0", "uk/edexcel/1cp0-gcse-computer-science-2013-spec.pdf",
        "1CP2", "uk/edexcel/1cp2-gcse-computer-science-spec.pdf",
    ),
    "Cambridge 0984 -> 0478": (
        "Cambridge International-GCSE", "0984", "uk/caie/0478-0984-syllabus-2020-2021.pdf",
        "0478", "uk/caie/0478-syllabus-2023-2025.pdf",
    ),
}  # fmt: skip


def load(exams, target, code, path, *more):
    exams("run", target, "--subject", code, "--from", path, "--promote", "--approve", "read beside the page", *more)


def tree(exams, code):
    return exams.rows(
        "select t.id, t.topic_code, t.topic_name, t.release_id from curriculum_topics as t"
        " join exam_board_subjects as s on s.id = t.exam_board_subject_id and s.subject_code = %s order by t.id",
        code,
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_real_successors_stand_side_by_side_and_are_compared(exams, shared_data, pair):
    target, old, old_path, new, new_path = PAIRS[pair]
    load(exams, target, old, shared_data(old_path), "--live")
    before = tree(exams, old)
    load(exams, target, new, shared_data(new_path))
    # nothing of the old one has moved
    assert tree(exams, old) == before
    subjects = exams.rows("select subject_code, succeeds, live_in_app from exam_board_subjects order by subject_code")
    assert {s["subject_code"]: s["succeeds"] for s in subjects} == {old: None, new: old}
    assert {s["subject_code"]: s["live_in_app"] for s in subjects} == {old: True, new: False}

    told = exams("diff", target, "--between", new, "--json").json
    assert (told["old"], told["new"]) == (old, new)
    counts = told["counts"]
    olds = {t["old"]["code"] for t in told["topics"] if t["old"]}
    news = {t["new"]["code"] for t in told["topics"] if t["new"]}
    known_old, known_new = ({t["topic_code"] for t in tree(exams, code)} for code in (old, new))
    assert olds <= known_old
    assert news <= known_new
    # each topic of both has one fate: what is not told of is the same
    gone = {t["old"]["code"] for t in told["topics"] if "gone" in t["kinds"]}
    fresh = {t["new"]["code"] for t in told["topics"] if "new" in t["kinds"]}
    assert len(known_old) - len(gone) == len(known_new) - len(fresh)
    assert counts["gone"] == len(gone)
    assert counts["new"] == len(fresh)
    assert counts["new"] > 0
    assert counts["gone"] > 0
    # the two are of one subject: some of it is still there, under its old name or a new one
    assert len(known_new) - len(fresh) >= 10
    words = exams("diff", target, "--between", f"{old}..{new}").out
    assert words.startswith(f"{old} → {new}: ")
    assert "gone" in words


def test_the_new_one_can_be_undone_without_the_old(exams, shared_data):
    target, old, old_path, new, new_path = PAIRS["Edexcel 1CP0 -> 1CP2"]
    load(exams, target, old, shared_data(old_path))
    before = tree(exams, old)
    load(exams, target, new, shared_data(new_path))
    exams("rollback", 2)
    assert tree(exams, old) == before
    assert exams.value("select count(*) from exam_board_subjects where retired_at is null") == 1


def test_the_same_edition_again_keeps_every_id(exams, shared_data):
    target, _, _, new, new_path = PAIRS["Edexcel 1CP0 -> 1CP2"]
    load(exams, target, new, shared_data(new_path))
    before = tree(exams, new)
    exams("clean", target, "--yes")
    exams("stage", target, "--subject", new, "--from", shared_data(new_path))
    assert "nothing" in exams("promote", target, code=None).out + exams("status", target).out
    assert tree(exams, new) == before
