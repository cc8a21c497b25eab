"""Topic trees through seal, plan, promote and rollback, beside the document's SQL and plain SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from bench.gen import TREES, Trees, blocks
from bench.ground import HERE, Ground, ground, install, run_file, value
from bench.measure import Cost, measured
from greenroom_exams.pack import pack

READER = (
    "select t.id, t.topic_name, t.parent_topic_id from public.curriculum_topics as t "
    "where t.exam_board_subject_id = (select s.id from public.exam_board_subjects as s where s.subject_code = 'S00001')"
)
PEER_READER = READER.replace("public.", "peer.")

Record = dict[str, Any]


def run(size: str, reps: int, major: int | None) -> Iterator[Record]:
    """One record per measurement."""
    trees = TREES[size]
    with ground(major=major) as server:
        template = server.make(lambda url: fill(url, trees))
        for rep in range(reps):
            for side in (ours, peers):
                with server.copy_of(template) as name:
                    for step, cost in side(server, name, trees, size):
                        yield {"suite": "promote", "size": size, "rep": rep, "step": step, **cost.as_json()}


def fill(url: str, trees: Trees) -> None:
    """The schema, and the inbox filled and analysed."""
    install(url, pack)
    with psycopg.connect(url) as connection:
        for table, columns, lines in (
            (
                "staging_aqa_subjects",
                "id, subject_code, subject_name, qualification_type, exam_board, spec_start_year",
                trees.subject_rows(),
            ),
            (
                "staging_aqa_topics",
                "id, subject_id, parent_topic_id, topic_code, topic_name, topic_level, sort_order, "
                "description, component_code",
                trees.topic_rows(),
            ),
        ):
            with connection.cursor().copy(f"copy public.{table} ({columns}) from stdin") as copy:
                for block in blocks(lines):
                    copy.write(block)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("analyze public.staging_aqa_subjects")
        connection.execute("analyze public.staging_aqa_topics")
        run_file(connection, "peers/tables.sql")


class Side:
    """One database under measurement."""

    def __init__(self, server: Ground, name: str, reader: str) -> None:
        self.server, self.url, self.reader = server, server.url(name), reader

    @contextmanager
    def work(self, *, read: bool = False) -> Iterator[tuple[psycopg.Connection, Cost]]:
        """One transaction, measured to the end of its commit."""
        with (
            psycopg.connect(self.url) as connection,
            measured(self.url, self.server.postmaster, reader=self.reader if read else None) as cost,
        ):
            connection.execute("select 1")
            yield connection, cost
            connection.commit()

    def between(self, act: Callable[[psycopg.Connection], object]) -> Any:
        """Something that is not measured; a checkpoint follows."""
        with psycopg.connect(self.url) as connection:
            found = act(connection)
        with psycopg.connect(self.server.superuser_url(), autocommit=True) as connection:
            connection.execute("checkpoint")
        return found


def revise(*, until: str, every: int = 1) -> Callable[[psycopg.Connection], None]:
    """The source's next edition."""

    def act(connection: psycopg.Connection) -> None:
        connection.execute(
            "select set_config('bench.until', %s, true), set_config('bench.every', %s, true)", [until, str(every)]
        )
        run_file(connection, "sql/revise.sql")

    return act


def answer(name: str) -> Callable[[psycopg.Connection], object]:
    """The one cell that a file of sql/ selects."""
    return lambda connection: value(connection, (HERE / "sql" / name).read_text(encoding="utf-8"))


def ours(server: Ground, name: str, trees: Trees, size: str) -> Iterator[tuple[str, Cost]]:
    """Greenroom: every step of the pipeline, in the order a maintainer takes them."""
    side = Side(server, name, READER)
    changed = trees.changing * trees.changing_topics
    every_subject, few_subjects = "T", f"S{trees.changing:05}"

    def scope(connection: psycopg.Connection) -> object:
        return value(connection, "select greenroom_exams.scope_named('WJEC', 'A-Level')")

    def sealed(step: str, *, only_new: bool = True) -> tuple[str, Cost]:
        with side.work(read=True) as (connection, cost):
            batch = value(connection, "select greenroom_exams.seal(%s)", [scope(connection)])
        assert (batch is not None) is only_new, f"{step}: sealed batch {batch}"
        return f"{step}: seal", cost

    def planned(step: str, expected: int) -> tuple[str, Cost]:
        with side.work(read=True) as (connection, cost):
            number = scope(connection)
            connection.execute("select greenroom_exams.plan(%s, greenroom_exams.pending(%s))", [number, number])
            seen = 0
            with connection.cursor("changes") as cursor:
                cursor.execute("select * from greenroom_exams.changes() where dataset = 'topics'")
                cursor.itersize = 2_000
                for _ in cursor:
                    seen += 1
        assert seen == expected, f"{step}: {seen} changes"
        return f"{step}: plan and read the diff", cost

    def promoted(step: str, *, inserted: int = 0, updated: int = 0) -> tuple[str, Cost]:
        with side.work(read=True) as (connection, cost):
            told = value(connection, "select greenroom_exams.promote(%s)", [scope(connection)])
        assert isinstance(told, dict)
        assert told["topics"] == trees.topics, told
        written = told["written"].get("topics", {"inserted": 0, "updated": 0})
        assert (written["inserted"], written["updated"]) == (inserted, updated), told
        assert side.between(answer("wrong_topics.sql")) == 0, step
        cost.extra["release"] = told["release"]
        return f"{step}: promote", cost

    def undone(step: str, before: object) -> tuple[str, Cost]:
        release = side.between(lambda c: value(c, "select max(id) from greenroom.release where state = 'applied'"))
        with side.work(read=True) as (connection, cost):
            value(connection, "select greenroom_exams.rollback(%s, array[%s]::bigint[])", [scope(connection), release])
        assert side.between(answer("fingerprint.sql")) == before, step
        return f"{step}: rollback", cost

    def approve(connection: psycopg.Connection) -> None:
        # What was rolled back lands again only when somebody says so.
        value(connection, "select greenroom_exams.decide(%s, 'approved', 'bench', 'once more')", [scope(connection)])

    yield sealed("first")
    yield planned("first", trees.topics)
    yield promoted("first", inserted=trees.topics)
    yield sealed("again", only_new=False)
    yield promoted("again")

    before = side.between(answer("fingerprint.sql"))
    side.between(revise(until=few_subjects))
    yield sealed("1 %")
    yield planned("1 %", changed)
    yield promoted("1 %", updated=changed)
    yield undone("1 %", before)
    side.between(approve)
    yield promoted("1 % once more", updated=changed)

    before = side.between(answer("fingerprint.sql"))
    scattered = side.between(
        lambda c: value(
            c, "select count(*) from public.staging_aqa_topics where abs(hashtext(topic_name)) %% 100 = 0", []
        )
    )
    side.between(revise(until=every_subject, every=100))
    yield sealed("1 % scattered")
    yield promoted("1 % scattered", updated=int(str(scattered)))
    yield undone("1 % scattered", before)
    side.between(approve)
    yield promoted("1 % scattered once more", updated=int(str(scattered)))

    before = side.between(answer("fingerprint.sql"))
    side.between(lambda c: run_file(c, "sql/describe.sql"))
    yield sealed("100 %")
    yield promoted("100 %", updated=trees.topics)
    yield undone("100 %", before)
    side.between(approve)
    yield promoted("100 % once more", updated=trees.topics)
    side.between(revise(until=every_subject))
    yield sealed("100 % renamed")
    yield promoted("100 % renamed", updated=trees.topics)


def peers(server: Ground, name: str, trees: Trees, size: str) -> Iterator[tuple[str, Cost]]:
    """The same scenarios in plain SQL and in the document's."""
    side = Side(server, name, PEER_READER)

    def done(step: str, file: str) -> tuple[str, Cost]:
        with side.work(read=True) as (connection, cost):
            run_file(connection, f"peers/{file}")
        assert side.between(answer("wrong_peer.sql")) == 0, step
        return f"{step}: {file.removesuffix('.sql')}", cost

    yield done("first", "plain_insert.sql")
    side.between(lambda c: c.execute("analyze peer.curriculum_topics"))
    # The document's second run is its steady state: what it rewrites has been rewritten before.
    yield done("again", "seed_promote.sql")
    side.between(lambda c: run_file(c, "peers/seed_backup.sql"))
    side.between(revise(until=f"S{trees.changing:05}"))
    yield done("1 %", "seed_promote.sql")
    with side.work(read=True) as (connection, cost):
        run_file(connection, "peers/seed_rollback.sql")
    left = side.between(
        lambda c: value(c, "select count(*) from peer.curriculum_topics where topic_name like '%%, revised'", [])
    )
    assert left == 0
    yield "1 %: seed_rollback", cost
    yield done("1 % once more", "seed_promote.sql")
    side.between(revise(until="T", every=100))
    yield done("1 % scattered", "seed_promote.sql")
    side.between(lambda c: run_file(c, "sql/describe.sql"))
    yield done("100 %", "upsert.sql")
    side.between(revise(until="T"))
    yield done("100 % renamed", "upsert.sql")
    yield done("100 % renamed again", "seed_promote.sql")
