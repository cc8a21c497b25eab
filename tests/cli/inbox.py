"""What another program writes into the inbox: plain SQL, none of Greenroom's own."""

TREE = (("1", "Light", None), ("1.1", "Wicks", "1"), ("1.2", "Lenses", "1"), ("2", "Signals", None))


def scrape(shell, code="8999", name="Lantern Studies", *, topics=TREE, board="AQA", qualification="GCSE"):
    """One subject with its topics, upserted as a scraper does it: its old topics go."""
    shell.write(
        "delete from staging_aqa_subjects where subject_code = %s and exam_board = %s and qualification_type = %s",
        code, board, qualification,
    )  # fmt: skip
    shell.write(
        "insert into staging_aqa_subjects (subject_code, subject_name, exam_board, qualification_type)"
        " values (%s, %s, %s, %s)",
        code, name, board, qualification,
    )  # fmt: skip
    for number, title, parent in topics:
        shell.write(
            "insert into staging_aqa_topics (subject_id, topic_code, topic_name, topic_level, parent_topic_id)"
            " select s.id, %s, %s, %s, (select p.id from staging_aqa_topics as p"
            "   where p.subject_id = s.id and p.topic_code = %s)"
            " from staging_aqa_subjects as s"
            " where s.subject_code = %s and s.exam_board = %s and s.qualification_type = %s",
            number, title, number.count("."), parent, code, board, qualification,
        )  # fmt: skip


def published(shell):
    """Names of the current topics, by code."""
    rows = shell.rows("select topic_code, topic_name from curriculum_topics where retired_at is null")
    return {row["topic_code"]: row["topic_name"] for row in rows}
