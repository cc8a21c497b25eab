"""A database's search_path, switched with proof: a path and queries enter; what differs, a switch, a way back leave."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from importlib.resources import files
from statistics import median
from typing import Any, Literal, TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from greenroom.db.connection import Connection, begin, name_of
from greenroom.db.kernel import Database
from greenroom.db.statements import split
from greenroom.model.errors import BadSetting, ContractBroken, DatabaseError, GreenroomError, NoRights, SwitchRefused

# "gree" and "swit" as numbers: two switches of one database follow each other.
_TAKE_LOCK = "select pg_catalog.pg_advisory_xact_lock(1735550309, 1937205620)"

# What an app waits for at most; a query that takes longer is a finding by itself.
QUERY_SECONDS = 30.0

# Below this nobody can tell the difference, whatever the ratio.
FELT_MS = 5.0

# Also what PostgreSQL says of a type that has no hash function.
_NO_SUCH_FUNCTION = "42883"

# A setting that came with the session, not from the database or a role.
_OF_THE_SERVER = ("default", "configuration file", "command line", "environment variable", "global")

Row = TypeVar("Row")
Pace = Literal["slower", "faster", "alike"]
Outcome = Literal["same", "reordered", "differs", "found", "broken", "fails"]
Again = Callable[[], Connection]


@dataclass(frozen=True, slots=True)
class Facts:
    """The setting of this database (`value`: null = not set), and what this user may do about it."""

    database: str
    value: str | None
    preset: str
    role: str
    owner: str
    may_alter: bool
    sees_sessions: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema of the new path; `kept_out` are roles of this database's users that may not use it."""

    name: str
    is_there: bool
    kept_out: list[str]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A name written without a schema that means something else after: the schemas it is found in."""

    kind: str
    name: str
    before: str | None
    after: str | None
    lacks: list[str]

    @property
    def what(self) -> Literal["gone", "other", "new"]:
        """Whether it vanishes, means another object, or was not to be seen before."""
        if self.after is None:
            return "gone"
        return "new" if self.before is None else "other"


@dataclass(frozen=True, slots=True)
class Override:
    """A role with a path of its own, which wins over the database's."""

    role: str
    only_here: bool
    path: str
    can_log_in: bool


@dataclass(frozen=True, slots=True)
class Session:
    """A session that was opened before; `since` is null where this user may not see it."""

    pid: int
    role: str
    application: str
    client: str | None
    since: datetime | None
    state: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """A question of the app, without a schema."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Ran:
    """One query on one path. Hashes do not depend on the order of rows (`content`), and do (`order`)."""

    error: str | None = None
    error_state: str | None = None
    rows: int | None = None
    content: str | None = None
    order: str | None = None
    times_ms: tuple[float, ...] = ()

    @property
    def median_ms(self) -> float | None:
        """The middle one of its times."""
        return median(self.times_ms) if self.times_ms else None


@dataclass(frozen=True, slots=True)
class Compared:
    """One query on the old path and on the new."""

    name: str
    text: str
    before: Ran
    after: Ran

    @property
    def outcome(self) -> Outcome:
        """What the switch means for it; `broken` is what ran before and would not any more."""
        if self.after.error is not None:
            return "fails" if self.before.error is not None else "broken"
        if self.before.error is not None:
            return "found"
        if (self.before.rows, self.before.content) != (self.after.rows, self.after.content):
            return "differs"
        return "same" if self.before.order == self.after.order else "reordered"

    @property
    def pace(self) -> Pace | None:
        """Slower or faster only where the times do not overlap, and by so much that somebody could feel it."""
        before, after = self.before.times_ms, self.after.times_ms
        if not before or not after:
            return None
        if min(after) > max(before) and median(after) - median(before) > FELT_MS:
            return "slower"
        if max(after) < min(before) and median(before) - median(after) > FELT_MS:
            return "faster"
        return "alike"

    @property
    def is_by_chance(self) -> bool:
        """Which rows it answers is left to chance: a limit without an order."""
        words = f" {' '.join(self.text.lower().split())} "
        return " limit " in words and " order by " not in words


@dataclass(frozen=True, slots=True)
class Probe:
    """A connection opened to see what it gets. Only a server process begun after the switch proves anything."""

    path: str | None = None
    role: str | None = None
    source: str | None = None
    is_new: bool = False
    through_pooler: bool = False
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """Everything known before anything is changed."""

    server: str
    facts: Facts
    before: str
    after: str
    left_out: tuple[str, ...]
    schemas: tuple[Schema, ...]
    meanings: tuple[Meaning, ...]
    overrides: tuple[Override, ...]
    followers: tuple[str, ...]
    compared: tuple[Compared, ...]
    repetitions: int

    @property
    def is_switched(self) -> bool:
        """Whether the setting says the new path already."""
        return self.facts.value is not None and names_of(self.facts.value) == names_of(self.after)

    def blocking(self) -> list[dict[str, object]]:
        """What stops a switch, as findings."""
        return [
            {
                "severity": "error",
                "check": "query_broken",
                "dataset": each.name,
                "message": f"runs now, and would not after: {each.after.error}",
            }
            for each in self.compared
            if each.outcome == "broken"
        ]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a new session gets now, and which sessions are older than the switch."""

    moment: datetime
    probe: Probe
    sessions: tuple[Session, ...]
    sees_sessions: bool


@dataclass(frozen=True, slots=True)
class Switched:
    """One row of the ledger: what was set before and after."""

    id: int
    old_value: str | None
    new_value: str
    state: str
    switched_at: datetime
    switched_by: str


def names_of(path: str) -> tuple[str, ...]:
    """The schemas of a path as PostgreSQL reads it: quoted, or folded to lower case.

    Raises BadSetting where it is no list of names.
    """
    names: list[str] = []
    rest = path.strip()
    while rest:
        found = _NAME.match(rest)
        if not found:
            raise BadSetting(
                f"{path!r} is not a list of schemas.",
                hint='Write names with commas between: educational_data, public; quote what is not plain: "My Schema".',
            )
        quoted = found["quoted"]
        names.append(quoted.replace('""', '"') if quoted is not None else found["plain"].lower())
        rest = rest[found.end() :]
        if found["comma"] and not rest:
            raise BadSetting(f"{path!r} ends with a comma.", hint="Name a schema after it, or leave it out.")
    return tuple(names)


_NAME = re.compile(r"""(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^\s",][^\s,]*))\s*(?:(?P<comma>,)\s*|$)""")


def path_of(names: Sequence[str], separator: str = ", ") -> str:
    """These schemas as one path, quoted where need be."""
    return separator.join(
        name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"' for name in names
    )


def queries_of(text: str, file: str) -> tuple[Query, ...]:
    """The queries of a file: statements ended by semicolons, each named by a line `-- name: …` above it.

    Raises ContractBroken for what is no question, and for a name that stands twice.
    """
    found: dict[str, Query] = {}
    for number, each in enumerate(split(text), 1):
        if not re.match(r"(select|with|values|table)\b|\(", each.words):
            raise ContractBroken(
                f"{file}, line {each.line}: {each.words.split()[0]!r} is no query.",
                hint="Only select, with, values and table: a switch-over reads, and changes no rows.",
            )
        named = re.search(r"^name:\s*(.+)$", each.comment, re.MULTILINE)
        name = named[1].strip() if named else f"query {number}"
        if name in found:
            raise ContractBroken(f"{file}, line {each.line}: a second query is named {name!r}.")
        found[name] = Query(name, each.text)
    return tuple(found.values())


def registered(conn: Database) -> tuple[Query, ...]:
    """The queries that stand in the ledger, in their file's order."""
    with begin(conn):
        rows = conn.execute("select name, text from greenroom.consumer_query order by position").fetchall()
    return tuple(Query(name, text) for name, text in rows)


def register(conn: Database, queries: Sequence[Query]) -> None:
    """Put these queries in the place of those that were registered."""
    with begin(conn):
        conn.execute(_text("register"), {"names": [q.name for q in queries], "texts": [q.text for q in queries]})


def examine(
    conn: Database,
    again: Again,
    wanted: Sequence[str],
    queries: Sequence[Query],
    *,
    left_out: Sequence[str] = (),
    roles: Sequence[str] = (),
    repetitions: int = 5,
    progress: Callable[[str], None] = lambda _: None,
) -> Examined:
    """Find out what the path `wanted` would change. Changes nothing.

    `again` opens one more connection; `roles` are told of a schema they may not use.
    """
    with begin(conn):
        facts = look(conn)
    before = facts.value if facts.value is not None else _without_setting(facts, _probe(again, facts.now))
    after = path_of(wanted)
    with begin(conn):
        schemas = _all(conn, Schema, "schemas", names=list(wanted), roles=list(roles))
        overrides = _all(conn, Override, "overrides")
        followers = [role for (role,) in conn.execute(_text("followers"))]
        old, new = (_resolved(conn, path) for path in (before, after))
        meanings = _all(conn, Meaning, "names", old=old, new=new)
    compared = [
        measured(
            conn, query, before, after, repetitions=repetitions, progress=progress, number=f"{n} of {len(queries)}"
        )
        for n, query in enumerate(queries, 1)
    ]
    return Examined(
        server=name_of(conn),
        facts=facts,
        before=before,
        after=after,
        left_out=tuple(left_out),
        schemas=schemas,
        meanings=meanings,
        overrides=overrides,
        followers=tuple(followers),
        compared=tuple(compared),
        repetitions=repetitions,
    )


def look(conn: Database) -> Facts:
    """The setting as it stands. Wants an open transaction."""
    (facts,) = _all(conn, Facts, "facts")
    return facts


def measured(
    conn: Database,
    query: Query,
    before: str,
    after: str,
    *,
    repetitions: int,
    progress: Callable[[str], None] = lambda _: None,
    number: str = "",
) -> Compared:
    """One query on both paths: answered once, then timed in turns, so that what else the machine does meets both."""
    progress(f"query {number}: {query.name}")
    old, new = _results(conn, query, (before, after))
    for _ in range(repetitions):
        old, new = _timed(conn, query, before, old), _timed(conn, query, after, new)
    return Compared(query.name, query.text, old, new)


def switch_over(conn: Database, examined: Examined) -> int:
    """Write the setting and the row that remembers the old one, in one transaction; the row's number.

    Raises NoRights, and SwitchRefused when the setting is another than the one examined.
    """
    with begin(conn):
        conn.execute(_TAKE_LOCK)
        facts = look(conn)
        _refuse_without_rights(facts)
        if facts.value != examined.facts.value:
            raise SwitchRefused(
                f"Somebody set the search_path meanwhile: {_said(examined.facts.value)} became {_said(facts.value)}.",
                hint="Nothing was changed. Run the same command again.",
            )
        row = conn.execute(
            "insert into greenroom.switch (database, old_value, new_value) values (%s, %s, %s) returning id",
            (facts.database, facts.value, examined.after),
        ).fetchone()
        assert row is not None
        _set(conn, facts.database, examined.after)
    return int(row[0])


def switch_back(conn: Database, to: int | None = None, *, force: bool = False, dry_run: bool = False) -> Switched:
    """Set what was set before a switch, the newest unless `to` names one; the switch that was taken back.

    Raises SwitchRefused when there is none, or when the setting is no longer what the newest wrote, unless `force`.
    """
    with begin(conn):
        conn.execute(_TAKE_LOCK)
        facts = look(conn)
        over = [each for each in switches(conn, facts.database) if each.state == "over"]
        chosen = next((each for each in over if to is None or each.id == to), None)
        if chosen is None:
            raise SwitchRefused(
                f"There is no switch-over{f' {to}' if to else ''} to take back in {facts.database}.",
                hint=f"The search_path is {_said(facts.value)}."
                + (f" To take back: {', '.join(str(each.id) for each in over)}." if over else ""),
            )
        if facts.value != over[0].new_value and not force:
            raise SwitchRefused(
                f"Somebody changed the search_path since: switch-over {over[0].id} wrote {_said(over[0].new_value)},"
                f" now it is {_said(facts.value)}.",
                hint=f"To set it to {_said(chosen.old_value)} all the same: greenroom switch-back --yes",
            )
        if dry_run:
            return chosen
        _refuse_without_rights(facts)
        _set(conn, facts.database, chosen.old_value)
        conn.execute(
            "update greenroom.switch set state = 'back', back_at = pg_catalog.clock_timestamp(), back_by = session_user"
            " where id = any (%s)",
            ([each.id for each in over if each.id >= chosen.id],),
        )
    return chosen


def switches(conn: Database, database: str) -> tuple[Switched, ...]:
    """Every switch of this database, newest first. Wants an open transaction."""
    with conn.cursor(row_factory=class_row(Switched)) as cursor:
        return tuple(
            cursor.execute(
                "select id, old_value, new_value, state, switched_at, switched_by from greenroom.switch"
                " where database = %s order by id desc",
                (database,),
            )
        )


def aftermath(conn: Database, again: Again, *, since: datetime | None = None) -> Aftermath:
    """What a new session gets, and who was there before `since` (by default: now)."""
    with begin(conn):
        facts = look(conn)
        moment = since or facts.now
        # Behind a pooler the process that serves us is not ours: no process has the number we were given.
        sessions = _all(conn, Session, "sessions", moment=moment, mine=conn.info.backend_pid)
    return Aftermath(moment, _probe(again, facts.now), sessions, facts.sees_sessions)


def remember(conn: Database, switch: int, aftermath: Aftermath, report: dict[str, Any]) -> None:
    """Write into the ledger what was found. The moment is that of the commit, not of the statement before it."""
    with begin(conn):
        conn.execute(
            "update greenroom.switch set switched_at = %s, report = %s where id = %s",
            (aftermath.moment, Jsonb(report, dumps=partial(json.dumps, default=str)), switch),
        )


def option_of(names: Sequence[str]) -> str:
    """What a client sends at connecting to have this path for itself alone: PostgreSQL's `options`."""
    return "-c search_path=" + re.sub(r"([\\\s])", r"\\\1", path_of(names, ","))


def probed(again: Again, asked_at: datetime) -> Probe:
    """What a connection opened by `again` gets; a refusal is an answer too."""
    return _probe(again, asked_at)


def as_json(examined: Examined) -> dict[str, Any]:
    """The same for programs."""
    said = asdict(examined)
    said["facts"]["now"] = examined.facts.now.isoformat()
    for each, told in zip(examined.compared, said["compared"], strict=True):
        told |= {"outcome": each.outcome, "pace": each.pace}
        told["before"]["median_ms"], told["after"]["median_ms"] = each.before.median_ms, each.after.median_ms
    for meaning, told in zip(examined.meanings, said["meanings"], strict=True):
        told["what"] = meaning.what
    return said


def _set(conn: Database, database: str, value: str | None) -> None:
    """Set it letter by letter: a list spelt in SQL would be spelt anew by the server."""
    name = sql.Identifier(database)
    if value is None:
        conn.execute(sql.SQL("alter database {} reset search_path").format(name))
    else:
        conn.execute("select pg_catalog.set_config('search_path', %s, true)", (value,))
        conn.execute(sql.SQL("alter database {} set search_path from current").format(name))
    written = look(conn).value
    if written != value:
        raise DatabaseError(
            f"The server wrote {_said(written)} for {_said(value)}; nothing was changed.",
            hint="Name the schemas as the server spells them.",
        )


def _refuse_without_rights(facts: Facts) -> None:
    if not facts.may_alter:
        raise NoRights(
            f"Only {facts.owner}, who owns database {facts.database}, may set its search_path; this is {facts.role}.",
            hint=f"Connect as {facts.owner}, or set it for the app alone: greenroom switch-over --option application",
        )


def _without_setting(facts: Facts, probe: Probe) -> str:
    """The path of a session where neither database nor role sets one."""
    return probe.path if probe.path is not None and probe.source in _OF_THE_SERVER else facts.preset


def _probe(again: Again, asked_at: datetime) -> Probe:
    try:
        with again() as other:
            port_says = other.info.backend_pid
            found = other.execute(_text("probe")).fetchone()
    except GreenroomError as error:
        return Probe(refused=error.message)
    except psycopg.Error as error:
        return Probe(refused=(error.diag.message_primary or str(error).strip().splitlines()[0]))
    assert found is not None
    path, role, pid, source, since = found
    is_new = since is not None and since >= asked_at
    return Probe(path, role, source, is_new=is_new, through_pooler=port_says != pid or not is_new)


def _resolved(conn: Database, path: str) -> list[str]:
    """The schemas a path really leads through, those that PostgreSQL adds included."""
    with conn.transaction(force_rollback=True):
        conn.execute("select pg_catalog.set_config('search_path', %s, true)", (path,))
        row = conn.execute("select pg_catalog.current_schemas(true)::text[]").fetchone()
    assert row is not None
    return list(row[0])


def _results(conn: Database, query: Query, paths: Sequence[str]) -> list[Ran]:
    """What it answers on each path. Rows are hashed by value, so that 100 and 100.00 are the same number.

    Where a type cannot be hashed, all are hashed by their text.
    """
    found = [_result(conn, query, path, by_value=True) for path in paths]
    if any(each.error_state == _NO_SUCH_FUNCTION for each in found):
        found = [_result(conn, query, path, by_value=False) for path in paths]
    return found


def _result(conn: Database, query: Query, path: str, *, by_value: bool) -> Ran:
    text = sql.SQL(_text("result")).format(
        hash=sql.Identifier("pg_catalog", "hash_record_extended" if by_value else "hashtextextended"),
        content=sql.SQL("greenroom_result" if by_value else "greenroom_result::text"),
        query=sql.SQL(query.text),
    )
    answer = _asked(conn, text, path)
    if isinstance(answer, psycopg.Error):
        return Ran(error=_reason(answer), error_state=answer.sqlstate)
    return Ran(rows=answer[0], content=answer[1], order=answer[2])


def _timed(conn: Database, query: Query, path: str, ran: Ran) -> Ran:
    """Once more, timed by the server: planning and execution, without the way to us and back."""
    if ran.error is not None:
        return ran
    text = sql.SQL("explain (analyze, timing off, format json) {}").format(sql.SQL(query.text))
    answer = _asked(conn, text, path)
    if isinstance(answer, psycopg.Error):
        return replace(ran, error=_reason(answer), error_state=answer.sqlstate)
    (plan,) = answer[0]
    return replace(ran, times_ms=(*ran.times_ms, round(plan["Planning Time"] + plan["Execution Time"], 3)))


def _asked(conn: Database, text: sql.Composed, path: str) -> tuple[Any, ...] | psycopg.Error:
    """One statement on one path, read only and undone: its row, or why there is none."""
    with begin(conn, statement_timeout_seconds=QUERY_SECONDS), conn.transaction(force_rollback=True):
        conn.execute("set transaction read only")
        conn.execute("select pg_catalog.set_config('search_path', %s, true)", (path,))
        try:
            row = conn.execute(text, prepare=False).fetchone()
        except psycopg.Error as error:
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                raise
            return error
    assert row is not None
    return row


def _reason(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error.sqlstate)


def _all(conn: Database, kind: type[Row], query: str, **values: object) -> tuple[Row, ...]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return tuple(kind(**row) for row in cursor.execute(_text(query), values or None))


def _said(value: str | None) -> str:
    return "not set" if value is None else f"«{value}»"


def _text(name: str) -> str:
    return files("greenroom").joinpath("sql", "switch", f"{name}.sql").read_text("utf-8")
