"""Migrations against real servers, as an ordinary owner: before or after, never between; nothing of others touched."""

import itertools
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.conftest import OWNER, Database

from greenroom import Column, Dataset, Pack
from greenroom.db import compile as compiler
from greenroom.db.connection import begin, connect
from greenroom.db.inventory import Item, Seen, columns, objects, own, owned
from greenroom.db.migrate import Outcome, mark_applied, migrate
from greenroom.db.migration import CORE, migration_files
from greenroom.db.throwaway import ThrowAway
from greenroom.model.errors import BadDeclaration, ConnectionLost, DatabaseError, ForeignObjects, TimedOut

_numbers = itertools.count(1)

BIRDS = Dataset(
    name="birds",
    table="birds",
    columns=(
        Column("name"),
        Column("wingspan_cm", "numeric(5,1)"),
        Column("shown", "boolean", kind="lifecycle"),
        Column("retired_at", "timestamptz", kind="lifecycle"),
    ),
    key=("name",),
)

NESTS = 'create table "aviary".nests (id int primary key, bird text);\n'
INDEX = (
    "-- no-transaction: builds beside readers\n"
    'create index concurrently if not exists nests_bird on "aviary".nests (bird);\n'
)


class Compiler:
    """A small stand-in for `compile.py`: one view, one kernel function, one function for the app."""

    compiled = (
        "create schema if not exists greenroom_zoo;\n"
        "create schema if not exists preview;\n"
        "create function greenroom_zoo.check_birds() returns bigint language sql set search_path = ''"
        " as 'select 1::bigint';\n"
        'create view greenroom_zoo.named as select name, greenroom_zoo.check_birds() as n from "aviary".birds;\n'
        "create function greenroom_zoo.promote() returns setof greenroom_zoo.named language sql set search_path = ''"
        " as 'select * from greenroom_zoo.named';\n"
        "create function greenroom_zoo.apply() returns int language sql set search_path = '' as 'select 1';\n"
        "create function greenroom_zoo.pending() returns int stable language sql set search_path = '' as 'select 1';\n"
        'create view preview.birds as select * from "aviary".birds;\n'
        "create function \"aviary\".promote_birds(p_name text) returns jsonb language sql set search_path = ''"
        " as 'select to_jsonb(p_name)';\n"
    )

    def pack_sql(self, pack: Pack, schema: str) -> str:
        return self.rewrite(self.compiled, pack.schema, schema)

    def table_sql(self, pack: Pack, dataset: Dataset, schema: str) -> str:
        listed = ", ".join(f"{name} {kind}" for name, kind in self.published_columns(pack, dataset).items())
        return f'create table "{schema}".{dataset.table} ({listed});'

    def published_columns(self, pack: Pack, dataset: Dataset) -> Mapping[str, str]:
        return {column.name: column.type for column in dataset.columns}

    def batch_sql(self, pack: Pack, dataset: Dataset) -> str:
        tables = {
            table: ", ".join(f"{name} {kind}" for name, kind in kinds.items())
            for table, kinds in self.batch_columns(pack, dataset).items()
        }
        return "".join(f"create table if not exists greenroom.{name} ({listed});" for name, listed in tables.items())

    def batch_columns(self, pack: Pack, dataset: Dataset) -> Mapping[str, Mapping[str, str]]:
        sealed = {column.name: column.type for column in dataset.source_columns}
        return {f"batch_{dataset.name}": sealed, f"prepared_{dataset.name}": {"op": "text", **sealed}}

    def rewrite(self, text: str, default: str, actual: str) -> str:
        return text.replace(f'"{default}"', f'"{actual}"')


class Zoo:
    """A pack whose files a test may change, and a database to put it in."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.compiler = Compiler()
        self.datasets: tuple[Dataset, ...] = (BIRDS,)
        self.schemas: dict[str, str] = {}
        self.app_roles = ("anon", "authenticated", "no_such_role")
        self.move(url)

    def move(self, url: str) -> None:
        self.url = url
        self.connect = partial(
            connect, url, application_name="test", statement_timeout_seconds=60, lock_timeout_seconds=2
        )

    @property
    def pack(self) -> Pack:
        return Pack(name="zoo", schema="aviary", package=self.folder.name, datasets=self.datasets, landing="file")

    def write(self, name: str, text: str) -> None:
        (self.folder / "sql" / "migrations" / name).write_text(text)

    def remove(self, name: str) -> None:
        (self.folder / "sql" / "migrations" / name).unlink()

    def migrate(self, *, check: bool = False, patience_seconds: float = 20.0) -> Outcome:
        return migrate(
            self.connect,
            [self.pack],
            compiler=self.compiler,
            schemas=self.schemas,
            app_roles=self.app_roles,
            check=check,
            patience_seconds=patience_seconds,
        )

    def execute(self, text: str, url: str = "") -> None:
        with psycopg.connect(url or self.url, autocommit=True) as connection:
            connection.execute(text)

    def ask(self, text: str) -> object:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(text).fetchone()
            return row[0] if row else None

    def digest(self) -> dict[Item, str]:
        with self.connect() as connection, begin(connection):
            connection.execute("select pg_current_xact_id()")
            found: dict[Item, Seen] = objects(connection)
            return {item: seen.digest for item, seen in found.items()}


@pytest.fixture
def database(server) -> Iterator[Database]:
    """A database with nothing in it, not even the ledger."""
    name = f"migrate_{os.getpid()}_{next(_numbers)}"
    names = {"name": sql.Identifier(name), "owner": sql.Identifier(OWNER)}
    with psycopg.connect(server.address(), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {name} owner {owner}").format(**names))
        yield Database(name, server.address(name, user=OWNER), server.address(name), server)
        connection.execute(sql.SQL("drop database {name} with (force)").format(**names))


@pytest.fixture
def zoo(database, tmp_path, monkeypatch) -> Zoo:
    folder = tmp_path / f"zoo_of_{tmp_path.name.replace('-', '_')}"
    (folder / "sql" / "migrations").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    made = Zoo(folder, database.url)
    made.write("100_schema.sql", 'create schema if not exists "aviary";\n')
    made.write("101_nests.sql", NESTS)
    return made


@pytest.fixture
def superuser_url(database: Database) -> str:
    return database.superuser_url


def test_makes_ledger_migrations_tables_and_compiled_objects(zoo: Zoo) -> None:
    outcome = zoo.migrate()
    assert outcome.applied[0] == "greenroom/0000_migration_ledger.sql"
    assert outcome.applied[-2:] == ("zoo/100_schema.sql", "zoo/101_nests.sql")
    assert outcome.compiled == 7
    assert outcome.by_schema()["public"] == []
    assert Item("aviary", "table", "birds") in [difference.item for difference in outcome.by_schema()["aviary"]]
    assert zoo.ask("select count(*) from preview.birds") == 0
    assert zoo.ask("select count(*) from greenroom.batch_birds, greenroom.prepared_birds") == 0
    assert zoo.ask("select applied_by = current_user and seconds >= 0 from greenroom.migration where pack = 'zoo'")


def test_twice_is_once(zoo: Zoo) -> None:
    zoo.migrate()
    before = zoo.digest()
    again = zoo.migrate()
    assert (again.applied, again.differences) == ((), ())
    assert zoo.digest() == before


def test_files_run_in_natural_order(zoo: Zoo) -> None:
    for name in ("110_last.sql", "103b_two.sql", "103a_one.sql", "99_first.sql"):
        zoo.write(name, "select 1;")
    names = [file.name for file in migration_files(zoo.pack)]
    assert names == [
        "99_first.sql",
        "100_schema.sql",
        "101_nests.sql",
        "103a_one.sql",
        "103b_two.sql",
        "110_last.sql",
    ]


def test_an_edited_file_is_refused_by_name(zoo: Zoo) -> None:
    zoo.migrate()
    zoo.write("101_nests.sql", NESTS + "-- better\n")
    with pytest.raises(DatabaseError, match=r"zoo/101_nests\.sql was edited"):
        zoo.migrate()


def test_line_ends_of_a_checkout_are_no_edit(zoo: Zoo) -> None:
    zoo.migrate()
    (zoo.folder / "sql" / "migrations" / "101_nests.sql").write_bytes(NESTS.replace("\n", "\r\n").encode())
    assert zoo.migrate().applied == ()


def test_a_missing_file_is_refused_by_name(zoo: Zoo) -> None:
    zoo.migrate()
    zoo.remove("101_nests.sql")
    with pytest.raises(DatabaseError, match=r"zoo/101_nests\.sql was run .* gone"):
        zoo.migrate()


def test_a_file_may_not_end_the_transaction(zoo: Zoo) -> None:
    zoo.write("102_commit.sql", 'create table "aviary".eggs ();\ncommit;\n')
    before = zoo.digest()
    with pytest.raises(BadDeclaration, match=r"102_commit\.sql, line 2: 'commit'"):
        zoo.migrate()
    assert zoo.digest() == before


def test_a_failing_file_is_named_with_its_line_and_changes_nothing(zoo: Zoo) -> None:
    zoo.write("102_wrong.sql", "-- one\nselect 1;\nselect nonsense;\n")
    before = zoo.digest()
    with pytest.raises(DatabaseError, match=r"zoo/102_wrong\.sql, line 3: .*nonsense"):
        zoo.migrate()
    assert zoo.digest() == before


def test_a_foreign_view_on_a_compiled_one_is_refused_by_name(zoo: Zoo) -> None:
    zoo.migrate()
    zoo.execute("create view public.report as select * from greenroom_zoo.named")
    before = zoo.digest()
    with pytest.raises(ForeignObjects, match=r"view public\.report stands on view greenroom_zoo\.named"):
        zoo.migrate()
    assert zoo.digest() == before


def test_a_foreign_view_beside_the_compiled_ones_is_left_alone(zoo: Zoo) -> None:
    zoo.migrate()
    zoo.execute("create view greenroom_zoo.mine as select 1 as one")
    assert zoo.migrate().differences == ()


def test_compiled_objects_that_are_no_longer_declared_go(zoo: Zoo) -> None:
    zoo.migrate()
    zoo.compiler.compiled = "create schema if not exists greenroom_zoo;"
    outcome = zoo.migrate()
    assert outcome.compiled == 0
    assert {difference.what for difference in outcome.differences} == {"removed"}
    assert zoo.ask("select count(*) from greenroom.made where origin = 'compiled'") == 0


def test_a_function_under_a_trigger_of_ours_is_replaced_in_place(zoo: Zoo) -> None:
    function = (
        "create or replace function greenroom_zoo.keep() returns trigger language plpgsql set search_path = ''"
        " as 'begin return new; end';\n"
        'create or replace trigger keep before insert on "aviary".nests'
        " for each row execute function greenroom_zoo.keep();\n"
    )
    zoo.compiler.compiled += function
    zoo.migrate()
    assert zoo.migrate().differences == ()
    zoo.compiler.compiled = zoo.compiler.compiled.replace("return new", "return null")
    changed = [str(difference.item) for difference in zoo.migrate().differences]
    assert changed == ["function greenroom_zoo.keep()"]
    zoo.compiler.compiled = zoo.compiler.compiled.replace(".keep()", ".keep_on()")
    with pytest.raises(BadDeclaration, match=r"greenroom_zoo\.keep\(\) is no longer declared"):
        zoo.migrate()


def test_a_foreign_table_in_our_place_is_described_and_left_alone(zoo: Zoo) -> None:
    zoo.execute("create schema aviary; create table aviary.nests (id bigint, colour text)")
    zoo.execute("insert into aviary.nests values (1, 'green'); create table aviary.birds (name text)")
    before = zoo.digest()
    with pytest.raises(ForeignObjects) as refusal:
        zoo.migrate()
    told = "\n".join(refusal.value.details)
    assert "table aviary.nests: lacks bird text; has besides colour text; differs: id is bigint, not integer" in told
    assert "table aviary.birds: lacks wingspan_cm numeric(5,1)" in told
    assert "adopt" in refusal.value.hint
    assert 50 <= refusal.value.exit_code < 60
    assert zoo.digest() == before


def test_a_foreign_function_of_the_same_name_is_refused(zoo: Zoo) -> None:
    zoo.execute("create schema aviary; create function aviary.promote_birds(a int, b int) returns int return a + b")
    before = zoo.digest()
    with pytest.raises(ForeignObjects) as refusal:
        zoo.migrate()
    assert any("function aviary.promote_birds(integer, integer)" in line for line in refusal.value.details)
    assert zoo.digest() == before


def test_a_migration_that_alters_a_foreign_table_is_refused(zoo: Zoo) -> None:
    zoo.execute("create table public.flashcards (id int)")
    zoo.write("102_rude.sql", "alter table public.flashcards add column topic text;")
    before = zoo.digest()
    with pytest.raises(ForeignObjects, match=r"table public\.flashcards"):
        zoo.migrate()
    assert zoo.digest() == before


def test_adopted_objects_are_ours(zoo: Zoo) -> None:
    zoo.remove("101_nests.sql")
    zoo.compiler.compiled = ""
    zoo.datasets = ()
    zoo.migrate()
    zoo.execute("create table aviary.nests (id bigint, colour text)")
    zoo.write("101_nests.sql", NESTS)
    with zoo.connect() as connection, begin(connection):
        own(connection, "zoo", "adopted", [Item("aviary", "table", "nests")])
        mark_applied(connection, [file for file in migration_files(zoo.pack) if file.name == "101_nests.sql"])
    assert zoo.migrate().applied == ()


def test_a_new_source_column_reaches_the_batches_but_not_production(zoo: Zoo) -> None:
    zoo.migrate()
    zoo.execute("insert into greenroom.batch_birds values ('kea', 90.5)")
    wider = (Column("name"), Column("wingspan_cm", "numeric(6,2)"), Column("country"), *BIRDS.columns[2:])
    zoo.datasets = (Dataset(name="birds", table="birds", columns=wider, key=("name",)),)
    before = zoo.digest()
    with pytest.raises(DatabaseError) as refusal:
        zoo.migrate()
    lines = str(refusal.value).splitlines()[1:]
    assert [line.strip() for line in lines] == [
        'alter table "aviary".birds alter column wingspan_cm type numeric(6,2) using wingspan_cm::numeric(6,2);',
        'alter table "aviary".birds add column country text;',
    ]
    assert zoo.digest() == before
    zoo.write("102_wider.sql", "\n".join(lines))
    assert zoo.migrate().applied == ("zoo/102_wider.sql",)
    with zoo.connect() as connection:
        expected = {"name": "text", "wingspan_cm": "numeric(6,2)", "country": "text"}
        assert columns(connection, "greenroom", "batch_birds") == expected
        assert columns(connection, "greenroom", "prepared_birds") == {"op": "text", **expected}
    assert str(zoo.ask("select wingspan_cm from greenroom.batch_birds")) == "90.50"


def test_a_file_may_build_on_a_table_made_from_its_declaration(zoo: Zoo) -> None:
    zoo.write("102_view.sql", 'create materialized view "aviary".big as select name from "aviary".birds;')
    zoo.migrate()
    assert zoo.ask("select count(*) from aviary.big") == 0


def test_another_schema_is_a_rewritten_name(zoo: Zoo) -> None:
    zoo.schemas = {"zoo": "garden"}
    zoo.remove("100_schema.sql")
    outcome = zoo.migrate()
    assert outcome.by_schema()["garden"]
    assert zoo.ask("select to_regnamespace('aviary') is null")
    assert zoo.ask("select count(*) from garden.nests, garden.birds") == 0


def test_check_lists_everything_and_changes_nothing(zoo: Zoo) -> None:
    zoo.write("102_index.sql", INDEX)
    before = zoo.digest()
    outcome = zoo.migrate(check=True)
    assert zoo.digest() == before
    listed = {schema: len(found) for schema, found in outcome.by_schema().items()}
    assert listed["public"] == 0
    assert listed["aviary"] == 4
    assert outcome.apart == ("zoo/102_index.sql",)
    really = zoo.migrate()
    assert [str(d) for d in really.differences] == [str(d) for d in outcome.differences]
    assert zoo.migrate(check=True).differences == ()


def test_a_file_outside_the_transaction_is_run_and_recorded(zoo: Zoo) -> None:
    zoo.write("102_index.sql", INDEX)
    assert zoo.migrate().apart == ("zoo/102_index.sql",)
    assert zoo.ask("select indisvalid from pg_index where indexrelid = 'aviary.nests_bird'::regclass")
    assert zoo.migrate().apart == ()


def test_a_half_made_index_is_dropped_before_the_next_attempt(zoo: Zoo) -> None:
    zoo.migrate()
    zoo.execute("insert into aviary.nests values (1, 'kea'), (2, 'kea')")
    zoo.write("102_index.sql", INDEX.replace("create index", "create unique index"))
    with pytest.raises(DatabaseError, match=r"102_index\.sql, statement of line 2"):
        zoo.migrate()
    assert not zoo.ask("select indisvalid from pg_index where indexrelid = 'aviary.nests_bird'::regclass")
    zoo.execute("delete from aviary.nests where id = 2")
    zoo.migrate()
    assert zoo.ask("select indisvalid from pg_index where indexrelid = 'aviary.nests_bird'::regclass")


def test_a_lock_that_is_let_go_is_waited_for(zoo: Zoo) -> None:
    zoo.migrate()
    zoo.write("102_more.sql", 'alter table "aviary".nests add column eggs int;')
    with psycopg.connect(zoo.url) as holder:
        holder.execute("select * from aviary.nests")
        release = threading.Timer(3.0, holder.rollback)
        release.start()
        assert zoo.migrate().applied == ("zoo/102_more.sql",)
        release.join()


def test_a_lock_that_stays_is_a_refusal_in_bounded_time_that_names_the_holder(zoo: Zoo) -> None:
    zoo.migrate()
    zoo.write("102_more.sql", 'alter table "aviary".nests add column eggs int;')
    before = zoo.digest()
    with psycopg.connect(zoo.url, application_name="somebody's report") as holder:
        holder.execute("select * from aviary.nests")
        started = time.monotonic()
        with pytest.raises(TimedOut, match=r"somebody's report of greenroom_owner, pid \d+, idle in.*nests"):
            zoo.migrate(patience_seconds=3)
        assert time.monotonic() - started < 8
        assert zoo.digest() == before


def test_two_migrations_at_once_serialise(zoo: Zoo) -> None:
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(zoo.migrate())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = sorted(outcomes, key=lambda outcome: -len(outcome.applied))
    assert first.applied
    assert (second.applied, second.differences) == ((), ())


def test_killed_in_the_middle_leaves_before(zoo: Zoo, superuser_url: str) -> None:
    zoo.migrate()
    zoo.write("102_slow.sql", 'create table "aviary".eggs (); select pg_sleep(30);')
    before = zoo.digest()
    killer = threading.Thread(target=_kill_when_asleep, args=(superuser_url,))
    killer.start()
    with pytest.raises(ConnectionLost):
        zoo.migrate()
    killer.join()
    assert zoo.digest() == before


def _kill_when_asleep(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(200):
            killed = connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where wait_event = 'PgSleep' and datname = current_database()"
            ).fetchone()
            if killed:
                return
            time.sleep(0.05)


def test_each_role_gets_what_it_needs_and_no_more(zoo: Zoo) -> None:
    outcome = zoo.migrate()
    assert outcome.notes == (
        "Not made, for want of the right to make roles: "
        "greenroom_importer, greenroom_promoter, greenroom_maintainer, greenroom_reader.",
    )
    may = {
        (role, what): zoo.ask(f"select {question}")
        for role in ("anon", "service_role")
        for what, question in {
            "read": f"has_table_privilege('{role}', 'aviary.birds', 'select')",
            "write": f"has_table_privilege('{role}', 'aviary.birds', 'insert, update, delete, truncate')",
            "read other": f"has_table_privilege('{role}', 'aviary.nests', 'select')",
            "call": f"has_function_privilege('{role}', 'aviary.promote_birds(text)', 'execute')",
            "kernel": f"has_function_privilege('{role}', 'greenroom_zoo.promote()', 'execute')",
            "ledger": f"has_schema_privilege('{role}', 'greenroom', 'usage')",
        }.items()
    }
    assert {key for key, value in may.items() if value} == {("anon", "read"), ("service_role", "call")}


def test_roles_are_made_where_they_may_be(zoo: Zoo, server) -> None:
    # A server of its own: roles belong to all databases of one.
    with ThrowAway(server.programs.folder) as alone:
        with psycopg.connect(alone.address(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("create role maker login createrole password {}").format(sql.Literal(alone.password))
            )
            connection.execute("create database zoo owner maker")
        zoo.move(alone.address("zoo", user="maker"))
        assert zoo.migrate().notes == ()
        zoo.move(alone.address("zoo"))
        questions = {
            "has_function_privilege('greenroom_promoter', 'greenroom_zoo.promote()', 'execute')": True,
            "has_function_privilege('greenroom_promoter', 'greenroom_zoo.check_birds()', 'execute')": False,
            "has_function_privilege('greenroom_promoter', 'greenroom_zoo.apply()', 'execute')": False,
            "has_function_privilege('greenroom_promoter', 'greenroom_zoo.pending()', 'execute')": True,
            "has_function_privilege('greenroom_importer', 'greenroom_zoo.promote()', 'execute')": False,
            "has_column_privilege('greenroom_maintainer', 'aviary.birds', 'shown', 'update')": True,
            "has_column_privilege('greenroom_maintainer', 'aviary.birds', 'retired_at', 'update')": False,
            "has_column_privilege('greenroom_maintainer', 'aviary.birds', 'name', 'update')": False,
            "has_table_privilege('greenroom_reader', 'aviary.birds', 'select')": True,
            "has_schema_privilege('greenroom_reader', 'greenroom', 'usage')": False,
        }
        assert {question: zoo.ask(f"select {question}") for question in questions} == questions


def test_objects_others_make_meanwhile_are_not_taken_for_ours(zoo: Zoo) -> None:
    zoo.write("102_slow.sql", "select pg_sleep(0.7);")
    other = threading.Timer(0.3, zoo.execute, ["create table public.meanwhile ()"])
    other.start()
    outcome = zoo.migrate()
    other.join()
    assert outcome.by_schema()["public"] == []
    with zoo.connect() as connection:
        assert Item("public", "table", "meanwhile") not in owned(connection)


def test_it_works_through_a_transaction_pooler(zoo: Zoo, database: Database, pooler: Callable[..., str]) -> None:
    zoo.write("102_index.sql", INDEX)
    zoo.move(pooler(database))
    zoo.migrate()
    assert zoo.migrate().differences == ()
    zoo.move(database.url)
    assert zoo.ask("select indisvalid from pg_index where indexrelid = 'aviary.nests_bird'::regclass")


def test_each_file_of_the_core_runs_alone_in_psql(database) -> None:
    for file in migration_files(CORE):
        done = subprocess.run(
            [database.server.programs.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", database.url],
            input=file.text,
            text=True,
            capture_output=True,
            check=False,
            env={"PGOPTIONS": "-c client_min_messages=warning"},
        )
        assert (done.returncode, done.stderr) == (0, ""), file.name


@pytest.fixture
def real(database: Database) -> Callable[..., Outcome]:
    """`real("exams")` migrates the packs of this repository."""
    packs = {found.name: found.load() for found in entry_points(group="greenroom.packs")}

    def run(*names: str, **options: Any) -> Outcome:
        return migrate(
            partial(
                connect, database.url, application_name="test", statement_timeout_seconds=60, lock_timeout_seconds=2
            ),
            [packs[name] for name in names],
            compiler=compiler,
            app_roles=("anon", "authenticated"),
            **options,
        )

    return run


def test_the_packs_of_this_repository_migrate_and_twice_is_once(real: Callable[..., Outcome]) -> None:
    assert real("exams", "schools").applied
    again = real("exams", "schools", check=True)
    assert (again.applied, again.differences) == ((), ())


def test_schools_alone_make_nothing_in_public(real: Callable[..., Outcome]) -> None:
    assert real("schools").by_schema()["public"] == []


def test_the_exams_pack_lives_in_another_schema(real: Callable[..., Outcome]) -> None:
    outcome = real("exams", schemas={"exams": "uk"})
    assert outcome.by_schema()["public"] == []
    assert Item("uk", "table", "curriculum_topics") in [difference.item for difference in outcome.differences]


def test_a_service_writes_the_inbox_and_the_app_does_not(real: Callable[..., Outcome], database: Database) -> None:
    real("exams")
    write = "insert into public.staging_aqa_subjects (subject_code, subject_name) values ('9BS0', 'Business')"
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("set role service_role")
        connection.execute(write)
        connection.execute("set role anon")
        assert connection.execute("select count(*) from public.exam_board_subjects").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(write)
