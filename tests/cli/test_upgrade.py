"""A database of before migration 0004 that holds releases: they stay true, and can still be undone."""

import pytest
from tests.cli import toy_board

from greenroom_exams import landing

TREE = [
    {"code": "1", "name": "Lamps", "level": 0, "parent_code": None},
    {"code": "1.1", "name": "Oil", "level": 1, "parent_code": "1"},
    {"code": "1.2", "name": "Gas", "level": 1, "parent_code": "1"},
]
T1 = {"code": "T1", "name": "Lantern Studies"}
ADDED = {
    "exam_board_subjects": ("qan", "first_assessment_year", "last_assessment_year", "paper_code", "succeeds"),
    "curriculum_topics": ("examined", "tier", "study_level", "language", "option_group"),
}
# The formula of before, over the columns of before.
HASH_BEFORE = """
select concat_ws(':', count(*),
  coalesce(sum(hashint8extended(hash_record_extended(r, 0), 0)), 0),
  coalesce(sum(hashint8extended(hash_record_extended(r, 1), 1)), 0))
from (
  select row(t.topic_code, o.topic_code, t.topic_name, t.topic_level, t.sort_order,
    t.description, t.component_code, t.chronological_period, t.period_start_year, t.period_end_year,
    t.geographical_region, t.key_themes) as r
  from curriculum_topics as t
  left join curriculum_topics as o on o.id = t.parent_topic_id
) as rows
"""


@pytest.fixture
def toy(exams, monkeypatch):
    monkeypatch.setattr(landing, "boards", lambda: {"AQA": toy_board.board()})
    return exams


def as_it_was_before(toy):
    """Takes what migration 0004 made away again."""
    toy.write("drop schema greenroom_exams cascade")
    toy.write("drop schema preview cascade")
    views = toy.rows("select viewname from pg_views where schemaname = 'public'")
    for view in views:
        toy.write(f"drop view public.{view['viewname']}")
    toy.write("drop policy shown on curriculum_topics")
    register = ("regulated_title", "level", "glh", "operational_end", "certification_end")
    for name in ("exam_board_subjects", "greenroom.batch_subjects", "greenroom.prepared_subjects"):
        toy.write(f"alter table {name} " + ", ".join(f"drop column {c} cascade" for c in register))
    for table, columns in ADDED.items():
        short = {"exam_board_subjects": "subjects", "curriculum_topics": "topics"}[table]
        staging = f"staging_aqa_{short}"
        for name in (table, staging, f"greenroom.batch_{short}", f"greenroom.prepared_{short}"):
            toy.write(f"alter table {name} " + ", ".join(f"drop column {c} cascade" for c in columns))
    for short in ("components", "option_groups", "option_exclusions"):
        for prefix in ("exam_", "staging_exam_", "greenroom.batch_", "greenroom.prepared_"):
            toy.write(f"drop table {prefix}{short}")
    toy.write("drop table greenroom.exam_offer, greenroom.exam_priority, greenroom.ofqual_qualification")
    toy.write(
        "create policy shown on curriculum_topics for select using ("
        " exam_board_subject_id in (select s.id from exam_board_subjects as s where s.live_in_app))"
    )
    toy.write("delete from greenroom.migration where name like '%%0004_boards%%'")


def published(toy, dataset):
    return toy.value("select hash from greenroom.published where dataset = %s", dataset)


def test_columns_that_hold_nothing_leave_the_hashes_of_before_true(toy, tmp_path):
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE)
    toy("run", "AQA GCSE", "--from", path, "--promote")
    assert published(toy, "topics") == toy.value(HASH_BEFORE)
    tiered = [TREE[0], TREE[1] | {"tier": "Higher"}, TREE[2]]
    toy("stage", "AQA GCSE", "--from", toy_board.document(tmp_path, "t1b.json", subjects=[T1], topics=tiered))
    toy("promote", "AQA GCSE")
    once = published(toy, "topics")
    assert once != toy.value(HASH_BEFORE)
    # the same words on another row are another tree
    other = [TREE[0], TREE[1], TREE[2] | {"tier": "Higher"}]
    toy("stage", "AQA GCSE", "--from", toy_board.document(tmp_path, "t1c.json", subjects=[T1], topics=other))
    toy("promote", "AQA GCSE")
    assert published(toy, "topics") not in (once, toy.value(HASH_BEFORE))


def test_a_database_of_before_is_brought_up_and_its_releases_can_be_undone(toy, tmp_path):
    first = toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=TREE[:2])
    toy("run", "AQA GCSE", "--from", first, "--promote")
    toy("run", "AQA GCSE", "--from", toy_board.document(tmp_path, "t1b.json", subjects=[T1], topics=TREE), "--promote")
    rows = toy.rows("select id, topic_code from curriculum_topics order by topic_code")
    as_it_was_before(toy)
    toy("migrate", "exams")
    assert toy.rows("select id, topic_code from curriculum_topics order by topic_code") == rows
    assert "public: 0" in toy("migrate", "exams", "--check").out
    # nothing is new in what was promoted before
    toy("stage", "AQA GCSE", "--from", tmp_path / "t1b.json")
    assert toy.value("select count(*) from greenroom.batch") == 2
    toy("rollback", 2)
    left = toy.rows("select topic_code from curriculum_topics where retired_at is null order by 1")
    assert [r["topic_code"] for r in left] == ["1", "1.1"]
    toy("rollback", toy.value("select max(id) from greenroom.release"))
    assert toy.value("select count(*) from curriculum_topics where retired_at is null") == 3
