"""Production holds what was sealed, to the letter, or nothing happened; and twice is once."""

import re

import psycopg
import pytest
from tests.publish.exams import Exams, Paper, Refused, Subject, Topic, leaves

BIOLOGY = Subject(topics=leaves(6), papers=(Paper(),))

# what an app's own trigger does that nobody told us of
MEDDLING = """
create function public.meddle() returns trigger language plpgsql as $$
begin
  {body};
  return new;
end $$;
create trigger meddle before insert or update on public.{table} for each row execute function public.meddle()
"""


@pytest.mark.parametrize("complete", [True, False], ids=["whole", "part"])
@pytest.mark.parametrize(
    ("table", "body"),
    [
        ("curriculum_topics", "new.topic_name := upper(new.topic_name)"),
        ("curriculum_topics", "new.parent_topic_id := null"),
        ("curriculum_topics", "new.retired_at := now()"),
        ("exam_papers", "new.marks := 0"),
        ("exam_board_subjects", "new.subject_name := 'Life'"),
    ],
)
def test_a_row_that_lands_otherwise_than_it_was_sealed_undoes_everything(exams, complete, table, body):
    exams.publish(BIOLOGY)
    before = exams.image()
    exams.connection.execute(MEDDLING.format(table=table, body=body).encode())
    part = BIOLOGY.but(
        name="Biology A",
        topics=(Topic("2", "Topic two"), Topic("2.1", "New", "2")),
        papers=(Paper(url="https://example.org/new.pdf"),),
    )
    exams.clean()
    exams.inbox(part)
    exams.seal(complete=complete)
    exams.approve()
    with pytest.raises(psycopg.errors.InternalError_, match="production differs from the batch"):
        exams.promote()
    assert exams.image() == before
    assert exams.pending(), "what was sealed still waits"


def test_a_part_that_takes_the_code_of_a_row_it_does_not_hold_is_told_so(exams):
    """Nothing leaves for a part, so nobody makes room for what it renumbered."""
    exams.publish(Subject(topics=(Topic("1", "Cells"), Topic("2", "Genes"))))
    before = exams.image()
    exams.clean()
    exams.inbox(Subject(topics=(Topic("1", "Genes"),)))
    exams.seal(complete=False)
    exams.approve()
    with pytest.raises(Refused) as refused:
        exams.promote()
    assert refused.value.checks == {"code_taken"}
    assert exams.image() == before


@pytest.mark.parametrize("call", ["promote", "rpc"])
def test_promoting_again_writes_less_than_100_kb_of_wal_in_milliseconds(exams, call):
    chapters = leaves(20)
    topics = [Topic(f"{c.code}.{n}", f"Topic {c.code}.{n}", c.code) for c in chapters for n in range(1, 50)]
    exams.publish(BIOLOGY.but(topics=(*chapters, *topics)))
    released = exams.last_release()
    bytes_written, milliseconds = _cost(exams, call)
    assert exams.last_release() == released
    assert bytes_written <= 100_000
    assert milliseconds < 500


def _cost(exams: Exams, call: str) -> tuple[int, float]:
    """What this one statement of this one session writes and takes."""
    statement = {
        "promote": f"select greenroom_exams.promote({exams.scope})",
        "rpc": f"select public.promote_staging_to_production('{exams.board}', '{exams.qualification}')",
    }[call]
    plan = exams.connection.execute(f"explain (analyze, wal, costs off) {statement}".encode()).fetchall()
    text = "\n".join(line for (line,) in plan)
    written = re.search(r"WAL:.*?bytes=(\d+)", text)
    took = re.search(r"Execution Time: ([\d.]+)", text)
    assert took, text
    return int(written[1]) if written else 0, float(took[1])
