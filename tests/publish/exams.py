"""The exams pack as a test drives it: editions into the inbox, calls to the kernel, rows back."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import psycopg
from psycopg.rows import dict_row

TABLES = ("exam_board_subjects", "curriculum_topics", "exam_papers")
DATASETS = {"subjects": "exam_board_subjects", "topics": "curriculum_topics", "papers": "exam_papers"}

# What an app hangs on the ids: deleted with them, forbidding it, by two columns, from another schema.
APP = """
create table public.flashcards (
  id bigint generated always as identity primary key,
  topic_id uuid not null references public.curriculum_topics (id) on delete cascade
);
create table public.quiz_topics (
  id bigint generated always as identity primary key,
  topic_id uuid references public.curriculum_topics (id) on delete restrict
);
create unique index app_pairs on public.curriculum_topics (exam_board_subject_id, id);
create schema study;
create table study."Notes" (
  id bigint generated always as identity primary key,
  "subject id" uuid,
  topic_id uuid,
  foreign key ("subject id", topic_id) references public.curriculum_topics (exam_board_subject_id, id) on delete cascade
);
create table public.decks (
  id bigint generated always as identity primary key,
  subject_id uuid not null references public.exam_board_subjects (id) on delete cascade
);
create table public.downloads (
  id bigint generated always as identity primary key,
  paper_id uuid not null references public.exam_papers (id) on delete cascade
);
"""

# Row-level security that its own owner cannot pass: who points at what cannot be seen.
HIDDEN = """
create table public.secret_cards (
  id bigint generated always as identity primary key,
  topic_id uuid not null references public.curriculum_topics (id) on delete cascade
);
alter table public.secret_cards enable row level security;
alter table public.secret_cards force row level security;
create policy put on public.secret_cards for insert with check (true);
"""


class Refused(Exception):
    """PT409, with the findings of DETAIL and what to type."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__(error.diag.message_primary)
        self.findings = json.loads(error.diag.message_detail or "[]")
        self.hint = error.diag.message_hint or ""

    @property
    def checks(self) -> set[str]:
        return {f["check"] for f in self.findings}


@dataclass(frozen=True)
class Topic:
    """One line of a specification; `parent` is the parent's `label`, which is its code unless given."""

    code: str | None
    name: str | None
    parent: str | None = None
    level: int | None = -1
    sort: int | None = -1
    label: str = ""

    @property
    def key(self) -> str:
        return self.label or self.code or f"?{self.name}"


@dataclass(frozen=True)
class Paper:
    year: int = 2024
    series: str = "June"
    type: str = "question paper"
    number: int | None = 1
    url: str | None = "https://example.org/1.pdf"
    tier: str | None = None
    component: str | None = None
    title: str | None = None
    marks: int | None = None


@dataclass(frozen=True)
class Subject:
    code: str = "7402"
    name: str = "Biology"
    topics: tuple[Topic, ...] = ()
    papers: tuple[Paper, ...] = ()
    version: str | None = None
    start: int | None = None

    def but(self, **changes: object) -> "Subject":
        return replace(self, **changes)  # type: ignore[arg-type]


def leaves(count: int, first: int = 1, prefix: str = "", parent: str | None = None) -> tuple[Topic, ...]:
    """Siblings numbered from `first`, named for where they stand at the beginning."""
    return tuple(Topic(f"{prefix}{n}", f"Topic {prefix}{n}", parent) for n in range(first, first + count))


@dataclass
class Exams:
    """One connection of the owner, one scope."""

    connection: psycopg.Connection
    board: str = "AQA"
    qualification: str = "A-Level"
    # Where it is, for what opens connections of its own.
    url: str = ""
    _scope: int | None = field(default=None, repr=False)

    def other(self, board: str, qualification: str) -> "Exams":
        return Exams(self.connection, board, qualification)

    @property
    def scope(self) -> int:
        if self._scope is None:
            self._scope = self.one("select greenroom_exams.scope_named(%s, %s)", self.board, self.qualification)
        return self._scope

    # plain SQL

    def rows(self, query: str, *values: object) -> list[dict]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            try:
                cursor.execute(query.encode(), values or None)
            except psycopg.Error as error:
                if error.sqlstate == "PT409":
                    raise Refused(error) from error
                raise
            return cursor.fetchall() if cursor.description else []

    def one(self, query: str, *values: object):
        found = self.rows(query, *values)
        return next(iter(found[0].values())) if found else None

    def app(self, hidden: bool = False) -> "Exams":
        self.connection.execute((APP + (HIDDEN if hidden else "")).encode())
        return self

    # the inbox

    def inbox(self, *subjects: Subject) -> None:
        """What a scraper does: the subject's row upserted, its topics and papers written anew."""
        for subject in subjects:
            self._into_inbox(subject)

    def _into_inbox(self, s: Subject) -> None:
        with self.connection.transaction():
            found = self.one(
                "insert into public.staging_aqa_subjects"
                " (subject_code, subject_name, qualification_type, exam_board, spec_version, spec_start_year)"
                " values (%s, %s, %s, %s, %s, %s) on conflict (subject_code, qualification_type, exam_board) do update"
                " set subject_name = excluded.subject_name, spec_version = excluded.spec_version,"
                " spec_start_year = excluded.spec_start_year returning id",
                s.code,
                s.name,
                self.qualification,
                self.board,
                s.version,
                s.start,
            )
            self.rows("delete from public.staging_aqa_topics where subject_id = %s", found)
            self.rows("delete from public.staging_aqa_exam_papers where subject_id = %s", found)
            self._topics_into_inbox(found, s.topics)
            self._papers_into_inbox(found, s.papers)

    def _topics_into_inbox(self, subject_id: object, topics: Sequence[Topic]) -> None:
        if not topics:
            return
        rows = self._placed(subject_id, topics)
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "insert into public.staging_aqa_topics"
                " (id, subject_id, topic_code, topic_name, topic_level, sort_order) values (%s, %s, %s, %s, %s, %s)",
                [row[:6] for row in rows],
            )
            cursor.executemany(
                "update public.staging_aqa_topics set parent_topic_id = %s where id = %s",
                [(row[6], row[0]) for row in rows if row[6]],
            )

    def _placed(self, subject_id: object, topics: Sequence[Topic]) -> list[tuple]:
        from uuid import uuid4

        ids = {t.key: uuid4() for t in topics}
        level: dict[str, int] = {}
        placed = []
        for n, t in enumerate(topics):
            level[t.key] = level[t.parent] + 1 if t.parent in level else 0
            placed.append(
                (
                    ids[t.key],
                    subject_id,
                    t.code,
                    t.name,
                    level[t.key] if t.level == -1 else t.level,
                    n if t.sort == -1 else t.sort,
                    ids[t.parent] if t.parent else None,
                )
            )
        return placed

    def _papers_into_inbox(self, subject_id: object, papers: Iterable[Paper]) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "insert into public.staging_aqa_exam_papers"
                " (subject_id, year, exam_series, paper_number, component_code, tier, title, documents)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (
                        subject_id,
                        *set_,
                        json.dumps(
                            [{"type": p.type, "url": p.url, "marks": p.marks, "title": p.title} for p in members]
                        ),
                    )
                    for set_, members in _sets(papers).items()
                ],
            )

    def clean(self, code: str | None = None) -> None:
        self.rows(
            "delete from public.staging_aqa_subjects where (exam_board, qualification_type) = (%s, %s)"
            " and (%s::text is null or subject_code = %s)",
            self.board,
            self.qualification,
            code,
            code,
        )

    # the kernel

    def seal(self, only: str | None = None, complete: bool = True) -> int | None:
        return self.one("select greenroom_exams.seal(%s, %s, null, null, null, %s)", self.scope, only, complete)

    def promote(self, only: str | None = None, live: bool = False, by: str = "tester", key: object = None) -> dict:
        return self.one("select greenroom_exams.promote(%s, %s, %s, %s, null, %s)", self.scope, only, live, by, key)

    def publish(self, *subjects: Subject, live: bool = False, complete: bool = True) -> dict:
        """Inbox, seal, promote; what the inbox held of others stays out of it."""
        self.clean()
        self.inbox(*subjects)
        self.seal(complete=complete)
        return self.promote(live=live)

    def rpc(self) -> dict:
        return self.one("select public.promote_staging_to_production(%s, %s)", self.board, self.qualification)

    def rollback(self, *releases: int) -> dict:
        return self.one("select greenroom_exams.rollback(%s, %s, 'tester')", self.scope, list(releases))

    def live(self, on: bool = True, only: str | None = None) -> dict:
        return self.one("select greenroom_exams.live(%s, %s, %s, 'tester')", self.scope, on, only)

    def settle(self, adopt: bool) -> dict:
        return self.one("select greenroom_exams.settle_drift(%s, %s, 'tester')", self.scope, adopt)

    def approve(self, only: str | None = None, verdict: str = "approved") -> int:
        return self.one("select greenroom_exams.decide(%s, %s, 'teacher', 'seen', %s)", self.scope, verdict, only)

    def waive(self, check: str, until: str, only: str | None = None) -> int:
        return self.one(
            "select greenroom_exams.waive(%s, %s, 'teacher', 'known', %s::date, %s)", self.scope, check, until, only
        )

    def pending(self) -> list[int]:
        return self.one("select greenroom_exams.pending(%s)", self.scope)

    def findings(self) -> list[dict]:
        return self.rows("select * from greenroom_exams.findings(greenroom_exams.pending(%s))", self.scope)

    def gate(self) -> list[dict]:
        return self.one("select greenroom_exams.gate(greenroom_exams.pending(%s))", self.scope)

    def changes(self, units: Sequence[int] | None = None) -> list[dict]:
        """The plan for these units (the pending ones), as `greenroom diff` reads it."""
        with self.connection.transaction(force_rollback=True):
            self.rows(
                "select greenroom_exams.plan(%s, %s::bigint[])",
                self.scope,
                self.pending() if units is None else list(units),
            )
            return self.rows("select * from greenroom_exams.changes()")

    # production

    def topics(self, code: str = "7402", version: str | None = None, retired: bool = False) -> dict[str, dict]:
        """Current (or retired) topics of one subject by code."""
        found = self.rows(
            "select t.*, q.topic_code as parent from public.curriculum_topics as t"
            " join public.exam_board_subjects as s on s.id = t.exam_board_subject_id"
            " join public.exam_boards as b on b.id = s.exam_board_id"
            " join public.qualification_types as k on k.id = s.qualification_type_id"
            " left join public.curriculum_topics as q on q.id = t.parent_topic_id"
            " where b.code = %s and k.code = %s and s.subject_code = %s and coalesce(s.spec_version, '') = %s"
            f" and t.retired_at is {'not ' if retired else ''}null order by t.sort_order",
            self.board,
            self.qualification,
            code,
            version or "",
        )
        return {row["topic_code"]: row for row in found}

    def ids(self, code: str = "7402", version: str | None = None) -> dict[str, object]:
        """Current topics by name; a name that stands twice is by `name @code`."""
        found = list(self.topics(code, version).values())
        names = [row["topic_name"] for row in found]
        return {
            row["topic_name"]
            if names.count(row["topic_name"]) == 1
            else f"{row['topic_name']} @{row['topic_code']}": row["id"]
            for row in found
        }

    def subject(self, code: str = "7402", version: str | None = None) -> dict:
        found = self.rows(
            "select s.* from public.exam_board_subjects as s"
            " join public.exam_boards as b on b.id = s.exam_board_id"
            " join public.qualification_types as k on k.id = s.qualification_type_id"
            " where b.code = %s and k.code = %s and s.subject_code = %s and coalesce(s.spec_version, '') = %s",
            self.board,
            self.qualification,
            code,
            version or "",
        )
        assert len(found) == 1, found
        return found[0]

    def image(self, stamps: bool = True) -> dict[str, dict]:
        """Every row of the app's tables, every column but updated_at."""
        dropped = ["updated_at"] if stamps else ["updated_at", "created_at", "release_id", "retired_at"]
        return {
            f"{table} {row['id']}": row["image"]
            for table in TABLES
            for row in self.rows(f"select id, to_jsonb(t) - %s::text[] as image from public.{table} as t", dropped)
        }

    def digest(self) -> str:
        """Physical: a row written again, even with the same values, changes it."""
        return self.one(
            "select md5(string_agg(x, ' ' order by x)) from ("
            + " union all ".join(
                f"select '{t} ' || xmin || ctid::text || tableoid::text as x from public.{t}" for t in TABLES
            )
            + ") as rows"
        )

    def last_release(self) -> int:
        return self.one("select max(id) from greenroom.release where scope_id = %s", self.scope)

    def release(self, release: int) -> dict:
        return self.rows("select * from greenroom.release where id = %s", release)[0]

    def hang(self, table: str, topic: object) -> None:
        """A learner begins to use a topic."""
        if table == 'study."Notes"':
            self.rows(
                'insert into study."Notes" ("subject id", topic_id)'
                " select exam_board_subject_id, id from public.curriculum_topics where id = %s",
                topic,
            )
        else:
            self.rows(f"insert into {table} (topic_id) values (%s)", topic)

    def hanging(self) -> list[tuple]:
        """Everything that learners made; nothing of it may ever go."""
        return [
            tuple(map(str, row.values()))
            for table, column in (
                ("public.flashcards", "topic_id"),
                ("public.quiz_topics", "topic_id"),
                ('study."Notes"', "topic_id"),
                ("public.decks", "subject_id"),
                ("public.downloads", "paper_id"),
            )
            for row in self.rows(f"select '{table}' as place, id, {column} from {table} order by id")
        ]


def _sets(papers: Iterable[Paper]) -> dict[tuple, list[Paper]]:
    sets: dict[tuple, list[Paper]] = {}
    for p in papers:
        sets.setdefault((p.year, p.series, p.number, p.component, p.tier, p.title), []).append(p)
    return sets


# What the ledger says production holds, computed a second time and by other means: from the tables.
_HASHES = {
    "subjects": (
        "(s.subject_code, s.spec_version, s.subject_name, s.spec_start_year, s.specification_url, s.specification_pdf_url)",  # noqa: E501
        "public.exam_board_subjects as s",
        "s.id",
        "s.retired_at",
    ),
    "topics": (
        "(t.topic_code, q.topic_code, t.topic_name, t.topic_level, t.sort_order, t.description, t.component_code,"
        " t.chronological_period, t.period_start_year, t.period_end_year, t.geographical_region, t.key_themes)",
        "public.curriculum_topics as t left join public.curriculum_topics as q on q.id = t.parent_topic_id",
        "t.exam_board_subject_id",
        "t.retired_at",
    ),
    "papers": (
        "(e.paper_number, e.component_code, e.year, e.series, e.tier, e.variant, e.type, e.language, e.modified,"
        " e.title, e.url, e.marks)",
        "public.exam_papers as e",
        "e.exam_board_subject_id",
        "e.retired_at",
    ),
}


def assert_truths(exams: Exams) -> None:
    """What must hold of production and ledger after every step, whatever it was."""
    for dataset, (record, source, root, retired) in _HASHES.items():
        wrong = exams.rows(
            "select p.key, p.hash, p.row_count, f.n, f.hash as computed from greenroom.published as p"
            f" cross join lateral (select count(*) as n, concat_ws(':', count(*), coalesce(sum(hashint8extended(hash_record_extended(row{record}, 0), 0)), 0),"  # noqa: E501
            f" coalesce(sum(hashint8extended(hash_record_extended(row{record}, 1), 1)), 0)) as hash"
            f" from {source} where {root} = p.root_id and {retired} is null) as f"
            " where p.dataset = %s and (p.hash, p.row_count) is distinct from (f.hash, f.n)"
            " and not exists (select from greenroom.drift as d where d.root_id = p.root_id)",
            dataset,
        )
        assert not wrong, f"{dataset}: the ledger says another thing than production: {wrong}"
    assert not exams.rows(
        "select t.topic_code, t.topic_name, q.retired_at, q.exam_board_subject_id from public.curriculum_topics as t"
        " join public.curriculum_topics as q on q.id = t.parent_topic_id"
        " where t.retired_at is null and (q.retired_at is not null or q.exam_board_subject_id <> t.exam_board_subject_id)"  # noqa: E501
    ), "a current topic hangs under a retired one, or in another subject"
    assert not exams.rows(
        "select s.subject_code from public.exam_board_subjects as s where s.retired_at is not null"
        " and (exists (select from public.curriculum_topics as t where t.exam_board_subject_id = s.id and t.retired_at is null)"  # noqa: E501
        " or exists (select from public.exam_papers as t where t.exam_board_subject_id = s.id and t.retired_at is null))"  # noqa: E501
    ), "a retired subject has current rows"
    assert not exams.rows("select * from public.curriculum_topics where topic_code like 'parked%%'".replace("%%", "%"))
    assert not exams.rows(
        "select count(*) from greenroom.release where state = 'prepared' group by scope_id having count(*) > 1"
    )


def assert_settled(exams: Exams) -> None:
    """The units production was made from differ from it in nothing, and promoting again writes nothing."""
    units = [
        row["unit_id"]
        for row in exams.rows(
            "select p.unit_id from greenroom.published as p join greenroom.unit as u on u.id = p.unit_id"
            " where p.scope_id = %s and p.hash = u.hash",
            exams.scope,
        )
    ]
    if units:
        assert exams.changes(units) == []
