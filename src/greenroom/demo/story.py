"""The main job on made-up data: write, audit, publish, a second edition, live, undo. Lines leave."""

import tempfile
import time
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from greenroom import catalog, pipeline
from greenroom.audit import check, diff, report, review
from greenroom.catalog import Found
from greenroom.db import compile as compiler
from greenroom.db.connection import Connection, begin, connect
from greenroom.db.migrate import migrate
from greenroom.db.throwaway import ThrowAway
from greenroom.model.errors import SourceMissing
from greenroom.publish import rollback
from greenroom.write.fetch import Store, fetch

Say = Callable[[str], None]

_APP = """
create schema app;
create table app.flashcards (
  id bigint generated always as identity primary key,
  topic_id uuid not null references public.curriculum_topics (id) on delete cascade,
  question text not null
);
create index on app.flashcards (topic_id);
insert into app.flashcards (topic_id, question)
select t.id, 'What is ' || t.topic_name || '?' from public.curriculum_topics as t;
"""


def tell(home: Path, *, keep: bool, say: Say) -> Path:
    """Run the story on a throw-away server; answers where the report was written."""
    started = time.monotonic()
    reports = _folder(home / "reports")
    with (
        ThrowAway() as server,
        as_file(files("greenroom").joinpath("demo")) as data,
        tempfile.TemporaryDirectory(prefix="greenroom-demo-") as snapshots,
    ):
        dsn = server.address()
        say("1  a private PostgreSQL, both packs")
        migrate(lambda: _connect(dsn), list(catalog.packs().values()), compiler=compiler, progress=lambda _: None)
        with _connect(dsn) as conn:
            store = Store(Path(snapshots))
            path = _exams(conn, data / "exams", store, reports, say)
            _schools(conn, data / "schools", store, say)
        say(
            f"\n   {time.monotonic() - started:.1f} s. Report of the second edition, as the reviewer saw it:\n   {path}"
        )
        say(_NEXT)
        if keep:
            say(f"\n   The server runs at {dsn}\n   Enter ends it.")
            input()
    return path


_NEXT = """
   Next, on a private server of your own:
     python3 run.py migrate exams schools
     python3 run.py run "AQA GCSE" --subject 8525 --from SPECIFICATION.pdf --promote
     python3 run.py status
   Or on your database: DATABASE_URL=postgresql://… python3 run.py migrate exams --check"""


def _exams(conn: Connection, data: Path, store: Store, reports: Path, say: Say) -> Path:
    with begin(conn):
        found = catalog.one(conn, ["AQA GCSE"])
    say("\n2  write: a specification and a page of papers, read into staging and sealed")
    for name in ("lantern-studies-edition1.pdf", "lantern-studies-papers1.html"):
        _stage(conn, found, data / name, store, say)
    say("3  publish: promoted, hidden from the app until somebody says so")
    first = pipeline.promote(conn, found, by="demo", note="first edition")
    say(
        f"   release {first['release']}: {first['subjects']} subject, {first['topics']} topics,"
        f" {first['papers']} papers"
    )
    pipeline.live(conn, found, on=True, by="demo")
    with begin(conn):
        conn.execute(_APP)
    say("   live; learners make a flashcard for every topic")

    say("\n4  a second edition: renamed, renumbered, moved, removed, new")
    for name in ("lantern-studies-edition2.pdf", "lantern-studies-papers2.html"):
        _stage(conn, found, data / name, store, say)
    with begin(conn):
        units = check.pending(conn, found.pack, found.scope_id)
    say("5  audit: what would change")
    say(_indented(diff.text(diff.changes(conn, found.pack, found.scope_id, units, limit=100))))
    path = _report(conn, found, units, reports)
    before = _app_sees(conn)
    prepared = pipeline.promote(conn, found, by="demo", note="second edition")["prepared"]
    say(
        f"6  publish: the subject is live, so release {prepared['release']} is prepared;"
        f" the app still sees {len(before)} topics"
    )
    with begin(conn):
        seen = conn.execute("select count(*) from preview.curriculum_topics where retired_at is null").fetchone()
    say(f"   schema preview already shows {seen[0] if seen else 0}")
    landed = pipeline.live(conn, found, on=True, by="demo")["landed"]
    say(f"   live: release {landed['release']} landed at once; {_cards(conn)} flashcards, all with their topic")

    say("\n7  undo")
    with begin(conn):
        undone = rollback.rollback(
            conn, found.pack, rollback.one(conn, landed["release"]), by="demo", note="second thoughts"
        )
    after = _app_sees(conn)
    ids = "the same ids" if after == before else "OTHER IDS"
    say(
        f"   release {undone['release']} undid {landed['release']}: {len(after)} topics again,"
        f" {ids}, {_cards(conn)} flashcards"
    )
    return path


def _schools(conn: Connection, data: Path, store: Store, say: Say) -> None:
    say("\n8  the same engine on flat data: index of social position of an invented département, two editions")
    with begin(conn):
        found = catalog.one(conn, ["ips_lycees"])
    for name in ("ips_lycees_edition1.csv", "ips_lycees_edition2.csv"):
        _stage(conn, found, data / name, store, say, complete=True)
        with begin(conn):
            units = check.pending(conn, found.pack, found.scope_id)
            stopping = check.record(conn, found.pack, units)
            for message in dict.fromkeys(finding["message"] for finding in stopping):
                say(f"   held until somebody has looked: {message}")
            if stopping:
                review.approve(conn, found.pack, found.scope_id, by="demo", note="seen")
        answer = pipeline.promote(conn, found, by="demo", note=name)
        with begin(conn):
            row = conn.execute(
                "select max(rentree_scolaire), count(*), round(avg(ips), 1) from educational_data.ips_lycees"
            ).fetchone()
        assert row is not None
        say(
            f"   release {answer['release']}: current year {row[0]}, {row[1]} lycées, mean {row[2]};"
            f" {answer['ips_lycees_years']} rows over all years"
        )


def _connect(dsn: str) -> Connection:
    return connect(dsn, application_name="greenroom demo", statement_timeout_seconds=60, lock_timeout_seconds=5)


def _stage(conn: Connection, found: Found, path: Path, store: Store, say: Say, *, complete: bool | None = None) -> None:
    for snapshot in fetch(path, store):
        staged = pipeline.stage(conn, found, snapshot, store, complete=complete)
        batch: Any = staged.batch
        say(
            f"   {path.name}: {batch.read} read = {batch.staged} staged + {batch.quarantined} quarantined"
            f" + {batch.duplicates} duplicates"
        )


def _folder(path: Path) -> Path:
    """Made before anything else: a story that ends without its report is none."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise SourceMissing(
            f"The report cannot be written to {path}: {error.strerror}.",
            hint="Name a folder that can be written with GREENROOM_HOME.",
        ) from error


def _report(conn: Connection, found: Found, units: list[int], reports: Path) -> Path:
    path = reports / "demo.html"
    path.write_text(report.render_html(report.gather(conn, found.pack, found.scope_id, units)), encoding="utf-8")
    return path


def _app_sees(conn: Connection) -> set[object]:
    """Ids of the topics that are current."""
    with begin(conn):
        return {row[0] for row in conn.execute("select id from public.curriculum_topics where retired_at is null")}


def _cards(conn: Connection) -> int:
    row = conn.execute(
        "select count(*) from app.flashcards as f join public.curriculum_topics as t on t.id = f.topic_id"
    ).fetchone()
    return int(row[0]) if row else 0


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.splitlines())
