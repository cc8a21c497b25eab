"""The document's workflow, with what it meant where it fails when run as written (facts/seed_defects.md, 0.1)."""

import psycopg
import pytest
from tests.publish.exams import Exams, Paper, Refused, Subject, Topic, leaves

TREE = (
    Topic("1", "Cells"),
    Topic("1.1", "Walls", "1"),
    Topic("1.1.1", "Pores", "1.1"),
    Topic("2", "Genes"),
    Topic("2.1", "Alleles", "2"),
)
BIOLOGY = Subject(code="A400", topics=TREE, papers=(Paper(),))


@pytest.fixture
def wjec(exams: Exams) -> Exams:
    return exams.other("WJEC", "A-Level")


# 1
def test_first_promotion_maps_every_parent(wjec):
    wjec.inbox(BIOLOGY)
    wjec.rpc()
    assert {code: row["parent"] for code, row in wjec.topics("A400").items()} == {
        "1": None,
        "1.1": "1",
        "1.1.1": "1.1",
        "2": None,
        "2.1": "2",
    }


# 2
def test_a_level_topics_go_under_a_level_and_not_under_the_gcse_of_the_same_code(wjec):
    gcse = wjec.other("WJEC", "GCSE")
    gcse.inbox(BIOLOGY.but(name="Biology GCSE", topics=leaves(2)))
    gcse.rpc()
    before = gcse.topics("A400")
    gcse_row = gcse.subject("A400")
    wjec.inbox(BIOLOGY)
    wjec.rpc()
    assert gcse.topics("A400") == before
    assert gcse.subject("A400") == gcse_row
    assert len(wjec.topics("A400")) == 5
    assert wjec.one("select count(*) from public.curriculum_topics") == 7


# 3
def test_a_topic_deleted_in_staging_leaves_production(wjec):
    wjec.publish(BIOLOGY.but(topics=leaves(10)))
    wjec.publish(BIOLOGY.but(topics=leaves(9)))
    assert list(wjec.topics("A400")) == [str(n) for n in range(1, 10)]
    assert wjec.one("select count(*) from public.curriculum_topics") == 9


# 4
def test_promoting_the_new_specification_leaves_the_archived_one_archived(wjec):
    wjec.publish(BIOLOGY.but(code="9BS0", version="2015", start=2015))
    old = wjec.topics("9BS0", "2015")
    archived = wjec.connection.execute(
        "UPDATE exam_board_subjects SET is_current = false, spec_end_year = 2024"
        " WHERE subject_code = '9BS0' AND spec_version = '2015'"
    )
    assert archived.rowcount == 1
    before = wjec.subject("9BS0", "2015")
    wjec.publish(BIOLOGY.but(code="9BS0", version="2025", start=2025, topics=(*TREE, Topic("3", "New"))))
    assert wjec.subject("9BS0", "2015") == before
    assert (before["spec_end_year"], before["is_current"]) == (2024, False)
    assert wjec.topics("9BS0", "2015") == old
    new = wjec.subject("9BS0", "2025")
    assert (new["is_current"], new["spec_end_year"]) == (True, None)
    assert len(wjec.topics("9BS0", "2025")) == 6


def test_a_scrape_without_a_version_after_archiving_starts_a_new_one_by_its_year(wjec):
    wjec.publish(BIOLOGY.but(code="9BS0"))
    wjec.rows("update public.exam_board_subjects set is_current = false, spec_end_year = 2024")
    before = wjec.rows("select * from public.exam_board_subjects")
    wjec.publish(BIOLOGY.but(code="9BS0", start=2025))
    rows = wjec.rows("select * from public.exam_board_subjects order by created_at")
    assert rows[0] == before[0]
    assert (rows[1]["spec_version"], rows[1]["is_current"]) == ("2025", True)


def test_a_scrape_without_version_or_year_after_archiving_is_not_guessed(wjec):
    wjec.publish(BIOLOGY.but(code="9BS0"))
    wjec.rows("update public.exam_board_subjects set is_current = false, spec_end_year = 2024")
    before = wjec.image()
    wjec.clean()
    wjec.inbox(BIOLOGY.but(code="9BS0", name="Changed", topics=leaves(2)))
    with pytest.raises(Refused) as refused:
        wjec.rpc()
    assert refused.value.checks == {"archived_version"}
    assert wjec.image() == before


# 5
def test_topics_without_a_code_are_not_multiplied_by_promoting_again(wjec):
    uncoded = (Topic(None, "Cells", label="a"), Topic(None, "Walls", "a", label="b"))
    two = (BIOLOGY.but(topics=uncoded), BIOLOGY.but(code="A500", name="Botany", topics=uncoded))
    wjec.inbox(*two)
    for _ in range(3):
        wjec.rpc()
        wjec.clean()
        wjec.inbox(*two)
    assert wjec.one("select count(*) from public.curriculum_topics") == 4
    assert wjec.one("select count(distinct release_id) from public.curriculum_topics") == 1


# 6
def test_rolling_back_works_while_flashcards_point_at_topics(wjec):
    wjec.publish(BIOLOGY)
    before = wjec.image()
    for table in ("public.flashcards", "public.quiz_topics", 'study."Notes"'):
        wjec.hang(table, wjec.ids("A400")["Alleles"])
    hanging = wjec.hanging()
    wjec.clean()
    wjec.inbox(BIOLOGY.but(topics=(*TREE[:3], Topic("2", "Ecology"), Topic("3", "Skills"))))
    wjec.seal()
    wjec.approve()
    release = wjec.promote()["release"]
    assert wjec.hanging() == hanging
    wjec.rollback(release)
    assert wjec.image() == before
    assert wjec.hanging() == hanging


# 7
def test_new_data_is_hidden_while_the_old_data_is_shown(wjec):
    wjec.publish(BIOLOGY)
    wjec.live()
    wjec.connection.execute("grant select on all tables in schema public to anon")
    seen = as_app(wjec, "select topic_name from public.curriculum_topics order by 1")
    wjec.clean()
    wjec.inbox(
        BIOLOGY.but(topics=(*TREE[:4], Topic("2.1", "Loci", "2"))),
        BIOLOGY.but(code="A500", name="Botany", topics=leaves(3)),
    )
    wjec.seal()
    wjec.promote()
    assert as_app(wjec, "select topic_name from public.curriculum_topics order by 1") == seen
    wjec.live(only="A400")
    after = as_app(wjec, "select topic_name from public.curriculum_topics order by 1")
    assert ("Loci",) in after and ("Alleles",) not in after and len(after) == 5


# 8
def test_clearing_one_qualification_s_staging_keeps_the_other_s_and_every_batch(wjec):
    gcse = wjec.other("WJEC", "GCSE")
    wjec.inbox(BIOLOGY)
    gcse.inbox(BIOLOGY)
    wjec.seal()
    wjec.clean()
    assert gcse.one("select count(*) from public.staging_aqa_topics") == 5
    wjec.promote()
    assert len(wjec.topics("A400")) == 5
    gcse.rpc()
    assert len(gcse.topics("A400")) == 5


def test_the_document_s_clean_up_by_board_harms_nothing_that_was_sealed(wjec):
    gcse = wjec.other("WJEC", "GCSE")
    wjec.inbox(BIOLOGY)
    gcse.inbox(BIOLOGY)
    wjec.seal()
    gcse.seal()
    wjec.connection.execute(
        "DELETE FROM staging_aqa_topics WHERE subject_id IN (SELECT id FROM staging_aqa_subjects WHERE exam_board = 'WJEC')"  # noqa: E501
    )
    wjec.connection.execute("DELETE FROM staging_aqa_subjects WHERE exam_board = 'WJEC'")
    wjec.promote()
    gcse.promote()
    assert len(wjec.topics("A400")) == len(gcse.topics("A400")) == 5


# 9
def test_every_release_of_a_day_can_be_gone_back_to_with_subjects_topics_and_papers(wjec):
    states, releases = [wjec.image()], []
    for name in ("One", "Two", "Three"):
        papers = (Paper(url=f"https://example.org/{name}.pdf"),)
        releases.append(
            wjec.publish(BIOLOGY.but(name=name, topics=(*TREE, Topic("9", name)), papers=papers))["release"]
        )
        states.append(wjec.image())
    for release, before in zip(reversed(releases), reversed(states[:-1]), strict=True):
        wjec.rollback(release)
        assert wjec.image() == before


# 10
def test_level_and_topic_level_are_one_column(wjec):
    wjec.inbox(BIOLOGY)
    wjec.rows("update public.staging_aqa_topics set topic_level = null, level = null")
    wjec.rows("update public.staging_aqa_topics set level = 0 where parent_topic_id is null")
    wjec.rows("update public.staging_aqa_topics set topic_level = 2 where topic_code = '1.1.1'")
    rows = wjec.rows(
        "select level, topic_level from public.staging_aqa_topics where topic_code in ('1', '1.1.1') order by 1"
    )
    assert [tuple(r.values()) for r in rows] == [(0, 0), (2, 2)]
    wjec.rpc()
    assert {c: r["topic_level"] for c, r in wjec.topics("A400").items()} == {
        "1": 0,
        "1.1": 1,
        "1.1.1": 2,
        "2": 0,
        "2.1": 1,
    }


def test_orphans_cycles_level_jumps_and_missing_codes_are_looked_for(wjec):
    wjec.inbox(BIOLOGY, BIOLOGY.but(code="A500", name="Botany", topics=leaves(2, prefix="b")))
    rename = "update public.staging_aqa_topics set {} where topic_code = %s and subject_id = (select id from public.staging_aqa_subjects where subject_code = 'A400')"  # noqa: E501
    wjec.rows(
        rename.format("parent_topic_id = (select id from public.staging_aqa_topics where topic_code = 'b1')"), "2.1"
    )
    wjec.rows(rename.format("parent_topic_id = id"), "2")
    wjec.rows(rename.format("topic_level = 4"), "1.1.1")
    wjec.seal()
    with pytest.raises(Refused) as refused:
        wjec.promote()
    assert {f["check"] for f in refused.value.findings} >= {"orphan", "cycle", "level_jump"}


# what follows from the table


def test_staging_one_of_twenty_five_subjects_retires_nothing_outside(wjec):
    subjects = [BIOLOGY.but(code=f"S{n:02}", name=f"Subject {n}", topics=leaves(20, prefix=f"{n}.")) for n in range(25)]
    wjec.inbox(*subjects)
    assert {k: int(v) for k, v in wjec.rpc().items() if k in ("subjects", "topics", "papers")} == {
        "subjects": 25,
        "topics": 500,
        "papers": 25,
    }
    others = {k: v for k, v in wjec.image().items() if v.get("subject_code") != "S07"}
    root = str(wjec.subject("S07")["id"])
    others = {k: v for k, v in others.items() if v.get("exam_board_subject_id") != root}
    wjec.publish(subjects[7].but(name="Seven", topics=leaves(19, prefix="7.")))
    after = wjec.image()
    assert {k: after.get(k) for k in others} == others
    assert len(after) == 25 + 500 - 1 + 25


def test_papers_without_topics_retire_no_topic(wjec):
    wjec.publish(BIOLOGY)
    before = wjec.topics("A400")
    wjec.publish(Subject(code="A400", papers=(Paper(), Paper(year=2025))))
    assert wjec.topics("A400") == before
    assert wjec.one("select count(*) from public.exam_papers") == 2


def test_topics_without_papers_retire_no_paper(wjec):
    wjec.publish(BIOLOGY)
    wjec.publish(BIOLOGY.but(papers=(), name="Life"))
    assert wjec.one("select count(*) from public.exam_papers where retired_at is null") == 1


def test_an_unknown_board_is_refused_and_known_spellings_are_one(wjec):
    with pytest.raises(Refused) as refused:
        wjec.other("WJEG", "A-Level").rpc()
    assert refused.value.checks == {"unknown_exam_board"}
    wjec.inbox(BIOLOGY)
    assert wjec.one("select public.promote_staging_to_production(' wjec ', 'a level')")["topics"] == 5
    with pytest.raises(Refused, match="holds nothing"):
        wjec.other("EDUQAS", "A-Level").rpc()


# the document's printed statements, with s.exam_board as the one changed word

VALIDATION = """
SELECT
  s.exam_board,
  qualification_type,
  COUNT(DISTINCT s.id) as subjects,
  COUNT(t.id) as topics,
  MAX(t.topic_level) as max_depth
FROM staging_aqa_subjects s
LEFT JOIN staging_aqa_topics t ON s.id = t.subject_id
WHERE s.exam_board = 'WJEC'
GROUP BY s.exam_board, qualification_type;
"""
COMPARISON = """
SELECT
  'Staging' as source,
  COUNT(*) as topics
FROM staging_aqa_topics st
JOIN staging_aqa_subjects ss ON st.subject_id = ss.id
WHERE ss.code = '9BS0' AND ss.exam_board = 'Edexcel'

UNION ALL

SELECT
  'Production' as source,
  COUNT(*) as topics
FROM curriculum_topics ct
JOIN exam_board_subjects ebs ON ct.exam_board_subject_id = ebs.id
WHERE ebs.subject_code = '9BS0';
"""
BACKUP = """
CREATE TABLE curriculum_topics_backup_20250121 AS
SELECT * FROM curriculum_topics
WHERE exam_board_subject_id IN (
  SELECT id FROM exam_board_subjects
  WHERE exam_board_id = (SELECT id FROM exam_boards WHERE code = 'Edexcel')
);
"""
ARCHIVE = """
UPDATE exam_board_subjects
SET is_current = false,
    spec_end_year = 2024
WHERE subject_code = '9BS0'
  AND spec_version = '2015';
"""
HIDE = """
UPDATE exam_board_subjects
SET live_in_app = false
WHERE exam_board_id = (SELECT id FROM exam_boards WHERE code = 'WJEC');
"""
SHOW = """
UPDATE exam_board_subjects
SET live_in_app = true
WHERE exam_board_id = (SELECT id FROM exam_boards WHERE code = 'WJEC');
"""


def as_app(exams: Exams, query: str, role: str = "anon") -> list[tuple]:
    """What the app reads: its role, plain SQL."""
    with exams.connection.transaction():
        exams.connection.execute(f"set local role {role}")
        return exams.connection.execute(query.encode()).fetchall()


def test_the_document_s_validation_query_counts(wjec):
    wjec.inbox(BIOLOGY, BIOLOGY.but(code="A500", name="Botany", topics=leaves(3)))
    assert wjec.connection.execute(VALIDATION).fetchall() == [("WJEC", "A-Level", 2, 8, 2)]


def test_the_document_s_comparison_counts(exams):
    edexcel = exams.other("Edexcel", "A-Level")
    edexcel.publish(BIOLOGY.but(code="9BS0"))
    edexcel.clean()
    edexcel.inbox(BIOLOGY.but(code="9BS0", topics=leaves(3)))
    assert edexcel.connection.execute(COMPARISON).fetchall() == [("Staging", 3), ("Production", 5)]


def test_the_document_s_backup_can_be_taken(exams):
    edexcel = exams.other("Edexcel", "A-Level")
    edexcel.publish(BIOLOGY.but(code="9BS0"))
    edexcel.connection.execute(BACKUP)
    assert edexcel.one("select count(*) from public.curriculum_topics_backup_20250121") == 5


def test_the_document_s_archiving_then_promoting_keeps_both_readable(exams):
    edexcel = exams.other("Edexcel", "A-Level")
    edexcel.publish(BIOLOGY.but(code="9BS0", version="2015"), live=True)
    edexcel.live()
    edexcel.connection.execute("grant select on all tables in schema public to anon")
    assert edexcel.connection.execute(ARCHIVE).rowcount == 1
    edexcel.publish(BIOLOGY.but(code="9BS0", version="2025", topics=leaves(7)))
    count = "select spec_version, count(*) from public.exam_board_subjects join public.curriculum_topics as t on t.exam_board_subject_id = exam_board_subjects.id group by 1 order by 1"  # noqa: E501
    assert as_app(edexcel, count) == [("2015", 5)], "the archived one is read, the new one waits hidden"
    edexcel.live()
    assert as_app(edexcel, count) == [("2015", 5), ("2025", 7)]
    assert edexcel.rows("select * from greenroom.drift") == []


def test_the_document_s_switch_shows_and_hides_a_board(wjec):
    wjec.publish(BIOLOGY)
    other = wjec.other("AQA", "A-Level")
    other.publish(BIOLOGY)
    wjec.connection.execute("grant select on all tables in schema public to anon")
    counts = "select (select count(*) from exam_board_subjects), (select count(*) from curriculum_topics), (select count(*) from exam_papers)"  # noqa: E501
    assert as_app(wjec, counts) == [(0, 0, 0)]
    assert wjec.connection.execute(SHOW).rowcount == 1
    assert as_app(wjec, counts) == [(1, 5, 1)]
    assert wjec.connection.execute(HIDE).rowcount == 1
    assert as_app(wjec, counts) == [(0, 0, 0)]
    assert wjec.one("select count(*) from public.curriculum_topics") == 10, "owners see all"


def test_an_app_that_knows_none_of_our_columns_sees_the_same_before_and_after_a_hidden_subject(wjec):
    wjec.publish(BIOLOGY)
    wjec.live()
    wjec.connection.execute("grant select on all tables in schema public to anon")
    reads = [
        "select id, subject_name, subject_code, exam_board_id, qualification_type_id, is_current from exam_board_subjects order by 1",  # noqa: E501
        "select id, topic_name, topic_code, topic_level, parent_topic_id, exam_board_subject_id from curriculum_topics order by 1",  # noqa: E501
        "select id, paper_number, year, series, type, url, title, marks from exam_papers order by 1",
        "select code, full_name from exam_boards order by 1",
    ]
    before = [as_app(wjec, read) for read in reads]
    assert [len(rows) for rows in before[:3]] == [1, 5, 1]
    wjec.publish(BIOLOGY.but(code="A500", name="Botany"))
    wjec.other("WJEC", "GCSE").publish(BIOLOGY)
    assert [as_app(wjec, read) for read in reads] == before


def test_the_app_cannot_promote_or_write(wjec):
    wjec.publish(BIOLOGY)
    wjec.connection.execute("grant select on all tables in schema public to anon")
    for statement in (
        "select public.promote_staging_to_production('WJEC', 'A-Level')",
        "update public.exam_board_subjects set live_in_app = true",
        "select * from greenroom.batch",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_app(wjec, statement)
