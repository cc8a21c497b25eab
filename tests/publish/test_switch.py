"""The search_path of a database: read as PostgreSQL reads it, compared, written letter by letter, and taken back."""

import itertools
import os
import time
from dataclasses import replace
from functools import partial

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from tests.conftest import OWNER, Database

from greenroom.db.connection import begin, connect
from greenroom.model.errors import BadSetting, ContractBroken, NoRights, SwitchRefused
from greenroom.publish.switch import (
    Compared,
    Query,
    Ran,
    aftermath,
    examine,
    measured,
    names_of,
    option_of,
    path_of,
    queries_of,
    register,
    registered,
    switch_back,
    switch_over,
    switches,
)

_numbers = itertools.count(1)


@pytest.fixture
def base(server, template):
    """A database of a name that needs quoting, as the document's has, with the schools pack."""
    name = f"evalLycee-{os.getpid()}-{next(_numbers)}"
    with psycopg.connect(server.address(), autocommit=True) as connection:
        create = sql.SQL("create database {} template {} owner {} strategy file_copy")
        connection.execute(
            create.format(sql.Identifier(name), sql.Identifier(template("schools")), sql.Identifier(OWNER))
        )
    yield Database(
        name,
        make_conninfo(server.address("postgres", user=OWNER), dbname=name),
        make_conninfo(server.address(), dbname=name),
        server,
    )
    with psycopg.connect(server.address(), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def again(base):
    return partial(connect, base.url, application_name="probe", statement_timeout_seconds=30, lock_timeout_seconds=2)


@pytest.fixture
def conn(again):
    with again() as connection:
        yield connection


WANTED = ("educational_data", "analytics", "public")


def setting(connection):
    """The database's own setting, as the catalogue has it; None where there is no row at all."""
    rows = connection.execute(
        "select array_to_string(setconfig, '|') from pg_db_role_setting"
        " join pg_database as d on d.oid = setdatabase where datname = current_database() and setrole = 0"
    ).fetchall()
    return rows[0][0] if rows else None


def fresh(base):
    """The path of a session opened now."""
    with psycopg.connect(base.url) as connection:
        return connection.execute("show search_path").fetchone()[0]


def write(connection, value):
    """Somebody sets the database's path, letter by letter."""
    name = sql.Identifier(connection.info.dbname)
    with connection.transaction():
        connection.execute("select set_config('search_path', %s, true)", [value])
        connection.execute(sql.SQL("alter database {} set search_path from current").format(name))


# What a path is


@pytest.mark.parametrize(
    ("text", "names"),
    {
        "public": ("public",),
        "educational_data,user_mgmt , analytics,\npublic": ("educational_data", "user_mgmt", "analytics", "public"),
        'Public, "Public", "$user"': ("public", "Public", "$user"),
        '"a ""b"", c", d': ('a "b", c', "d"),
        "": (),
        "élèves": ("élèves",),
        'a"b': ('a"b',),
    }.items(),
)
def test_a_path_is_read_as_the_server_reads_it(conn, text, names):
    assert names_of(text) == names
    assert names_of(path_of(names)) == names
    for name in names:
        conn.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(name)))
    with conn.transaction():
        conn.execute("select set_config('search_path', %s, true)", [text])
        row = conn.execute("select current_schemas(false)::text[]").fetchone()
    assert tuple(row[0]) == tuple(name for name in names if name != "$user")


@pytest.mark.parametrize("text", ["a,", ",a", "a b", '"a', '"a"b', "a,,b"])
def test_what_is_no_list_of_names_is_refused(conn, text):
    with pytest.raises(BadSetting):
        names_of(text)
    with pytest.raises(psycopg.errors.InvalidParameterValue), conn.transaction():
        conn.execute("select set_config('search_path', %s, true)", [text])


@pytest.mark.parametrize("names", [("educational_data", "public"), ("My Schema", 'a "b"\\c', "public")])
def test_the_option_for_one_connection_gives_that_connection_the_path(base, names):
    with psycopg.connect(base.url, options=option_of(names)) as connection:
        assert names_of(connection.execute("show search_path").fetchone()[0]) == names


# Queries


def test_a_file_of_queries_is_cut_and_named():
    text = "-- name: schools\nselect 1; -- two\n\n-- name: all\n(table x);\nvalues (';');"
    assert queries_of(text, "q.sql") == (
        Query("schools", "select 1"),
        Query("all", "(table x)"),
        Query("query 3", "values (';')"),
    )


@pytest.mark.parametrize(
    "text",
    ["delete from x", "select 1; drop table x", "do $$ begin end $$", "-- name: a\nselect 1;\n-- name: a\nselect 2"],
)
def test_what_is_no_query_and_what_is_named_twice_is_refused(text):
    with pytest.raises(ContractBroken, match=r"q\.sql, line \d"):
        queries_of(text, "q.sql")


def test_a_file_replaces_what_was_registered_and_what_stays_keeps_its_date(conn):
    register(conn, [Query("b", "select 2"), Query("a", "select 1")])
    assert registered(conn) == (Query("b", "select 2"), Query("a", "select 1"))
    dates = "select name, registered_at from greenroom.consumer_query"
    before = dict(conn.execute(dates).fetchall())
    register(conn, [Query("c", "select 3"), Query("a", "select 11"), Query("b", "select 2")])
    assert [query.name for query in registered(conn)] == ["c", "a", "b"]
    after = dict(conn.execute(dates).fetchall())
    assert after["b"] == before["b"]
    assert after["a"] > before["a"]


BESIDE = """
create schema old;
create schema new;
create table old.same (n int);
create table new.same (n int);
insert into old.same select generate_series(1, 50);
insert into new.same select generate_series(1, 50);
create table old.grown (n int);
create table new.grown (n int);
insert into new.grown values (1);
create table old.left_behind (n int);
create table new.made (n int);
"""


@pytest.mark.parametrize(
    ("text", "outcome", "rows"),
    [
        ("select n from same order by n", "same", (50, 50)),
        ("select n from grown", "differs", (0, 1)),
        ("select n from left_behind", "broken", (0, None)),
        ("select n from made", "found", (None, 0)),
        ("select n from nowhere", "fails", (None, None)),
        ("select n, n, n as n from same", "same", (50, 50)),
        ("select case current_schema when 'old' then n else -n end * 0 from same", "same", (50, 50)),
        ("select n from same order by case current_schema when 'old' then n else -n end", "reordered", (50, 50)),
        ("table same -- and a comment", "same", (50, 50)),
        ("select case current_schema when 'old' then 100 else 100.00 end", "same", (1, 1)),
        ("select '{}'::json, case current_schema when 'old' then 1.0 else 1.0 end from same", "same", (50, 50)),
        ("select json_build_object('s', current_schema) from same", "differs", (50, 50)),
        ("select nothing(n) from same", "fails", (None, None)),
    ],
)
def test_a_query_is_answered_on_both_paths(conn, text, outcome, rows):
    conn.execute(BESIDE)
    (query,) = queries_of(text, "q.sql")
    found = measured(conn, query, "old", "new", repetitions=3)
    assert (found.outcome, (found.before.rows, found.after.rows)) == (outcome, rows)
    for ran in (found.before, found.after):
        assert len(ran.times_ms) == (0 if ran.error else 3)
    assert conn.execute("show search_path").fetchone()[0] == '"$user", public'


@pytest.mark.parametrize(
    "text",
    [
        "with gone as (delete from same returning n) select count(*) from gone",
        "select setval('counter', 99)",
        "select n from same for update",
    ],
)
def test_a_query_that_writes_writes_nothing(conn, text):
    conn.execute(BESIDE)
    conn.execute("create sequence old.counter; create sequence new.counter")
    (query,) = queries_of(text, "q.sql")
    found = measured(conn, query, "old", "new", repetitions=1)
    assert found.outcome == "fails"
    assert conn.execute("select count(*) from old.same").fetchone() == (50,)
    assert conn.execute("select last_value from old.counter").fetchone() == (1,)


@pytest.mark.parametrize(
    ("before", "after", "pace"),
    [
        ((10.0, 11.0, 12.0), (30.0, 31.0, 32.0), "slower"),
        ((30.0, 31.0, 32.0), (10.0, 11.0, 12.0), "faster"),
        ((10.0, 11.0, 40.0), (30.0, 31.0, 32.0), "alike"),
        ((0.1, 0.1, 0.1), (3.0, 3.0, 3.0), "alike"),
        ((), (1.0,), None),
    ],
)
def test_slower_is_said_only_where_the_times_do_not_overlap(before, after, pace):
    assert Compared("q", "select 1", Ran(times_ms=before), Ran(times_ms=after)).pace == pace


def test_a_slow_query_is_measured_as_slow(conn):
    conn.execute("create schema old; create schema new")
    conn.execute("create function old.wait() returns void language sql as 'select pg_sleep(0.001)'")
    conn.execute("create function new.wait() returns void language sql as 'select pg_sleep(0.04)'")
    found = measured(conn, Query("q", "select wait()"), "old", "new", repetitions=3)
    assert found.pace == "slower"
    assert min(found.after.times_ms) >= 40
    assert max(found.before.times_ms) < 40


# What a new path changes


def test_names_that_vanish_that_mean_another_table_and_that_appear_are_told(conn, again):
    conn.execute(BESIDE)
    conn.execute("create table old.narrow (a int, b int, c int); create view new.narrow as select 1 as b")
    conn.execute("create function old.f(int) returns int language sql as 'select 1'")
    conn.execute("create function new.f(int) returns int language sql as 'select 2'")
    conn.execute("create function old.f(text) returns int language sql as 'select 1'")
    conn.execute("create type old.mood as enum ('good')")
    write(conn, "old, public")
    found = examine(conn, again, ("new", "public"), [])
    assert {(m.what, m.kind, m.name, m.before, m.after, tuple(m.lacks)) for m in found.meanings} == {
        ("other", "table", "same", "old", "new", ()),
        ("other", "table", "grown", "old", "new", ()),
        ("other", "view", "narrow", "old", "new", ("a", "c")),
        ("gone", "table", "left_behind", "old", None, ()),
        ("new", "table", "made", None, "new", ()),
        ("other", "function", "f(integer)", "old", "new", ()),
        ("gone", "function", "f(text)", "old", None, ()),
        ("gone", "type", "mood", "old", None, ()),
    }
    assert [m.what for m in found.meanings] == sorted(
        (m.what for m in found.meanings), key=["gone", "other", "new"].index
    )


def test_a_name_further_down_the_path_is_hidden_by_the_one_above(conn, again):
    conn.execute(BESIDE)
    write(conn, "old, new")
    found = examine(conn, again, ("old", "public"), [])
    assert [(m.what, m.name) for m in found.meanings] == [("gone", "made")]


def test_roles_with_a_path_of_their_own_and_roles_kept_out_are_named(conn, again, base):
    here = sql.SQL("alter role {} in database {} set search_path = public").format(
        sql.Identifier("service_role"), sql.Identifier(base.name)
    )
    with psycopg.connect(base.superuser_url, autocommit=True) as superuser:
        superuser.execute(here)
        conn.execute("create schema closed")
        found = examine(conn, again, ("closed", "public"), [], roles=("anon", "nobody_of_this_name"))
    assert [(o.role, o.only_here, o.path, o.can_log_in) for o in found.overrides] == [
        ("service_role", True, "public", False)
    ]
    closed, public = found.schemas
    assert (closed.is_there, "anon" in closed.kept_out, "greenroom_owner" in closed.kept_out) == (True, True, False)
    assert public.kept_out == []


# The switch itself


def test_the_switch_sets_the_path_and_remembers_that_none_was_set(conn, again, base):
    found = examine(conn, again, WANTED, [])
    assert (found.before, found.facts.value, found.is_switched) == ('"$user", public', None, False)
    number = switch_over(conn, found)
    assert setting(conn) == "search_path=educational_data, analytics, public"
    assert fresh(base) == "educational_data, analytics, public"
    with begin(conn):
        (row,) = switches(conn, base.name)
    assert (row.id, row.old_value, row.new_value, row.state) == (
        number, None, "educational_data, analytics, public", "over",
    )  # fmt: skip


def test_open_sessions_keep_the_old_path_and_are_told_and_new_ones_have_the_new(conn, again, base):
    with psycopg.connect(base.url, application_name="eduinfo") as open_before:
        switch_over(conn, examine(conn, again, WANTED, []))
        after = aftermath(conn, again)
        with psycopg.connect(base.url, application_name="eduinfo, restarted"):
            later = aftermath(conn, again, since=after.moment)
        assert open_before.execute("show search_path").fetchone() == ('"$user", public',)
        open_before.rollback()
        for seen in (after, later):
            (session,) = seen.sessions
            assert (session.application, session.role, session.pid) == ("eduinfo", OWNER, open_before.info.backend_pid)
            assert session.since is not None
            assert session.since < after.moment
    assert (after.probe.path, after.probe.role) == ("educational_data, analytics, public", OWNER)
    assert (after.probe.is_new, after.probe.through_pooler, after.probe.source) == (True, False, "database")
    # a server takes its time to end a session that has been closed
    assert wait_for(lambda: aftermath(conn, again).sessions == ())


def wait_for(is_so):
    """Whether something comes to be so within ten seconds."""
    for _ in range(100):
        if is_so():
            return True
        time.sleep(0.1)
    return False


def test_sessions_that_may_not_be_looked_into_are_told_all_the_same(conn, again, base):
    with psycopg.connect(base.superuser_url, application_name="secret"):
        after = aftermath(conn, again)
        (session,) = after.sessions
    assert not after.sees_sessions
    assert (session.since, session.client, session.application) == (None, None, "secret")
    assert session.role != OWNER


def test_another_setting_of_the_database_stays(conn, again, base):
    conn.execute(sql.SQL("alter database {} set work_mem = '7MB'").format(sql.Identifier(base.name)))
    switch_over(conn, examine(conn, again, WANTED, []))
    switch_back(conn)
    assert setting(conn) == "work_mem=7MB"


@pytest.mark.parametrize(
    "old", [None, "", '""', "public, user_mgmt, public", "public,user_mgmt,public", '"$user",  "My Schéma", public']
)
def test_switching_back_restores_the_old_value_letter_by_letter(conn, again, base, old):
    if old is not None:
        write(conn, old)
    before = (setting(conn), fresh(base))
    found = examine(conn, again, WANTED, [])
    assert found.facts.value == old
    number = switch_over(conn, found)
    assert fresh(base) == "educational_data, analytics, public"
    taken = switch_back(conn)
    assert (taken.id, taken.old_value) == (number, old)
    assert (setting(conn), fresh(base)) == before
    if old is None:
        assert setting(conn) is None
    with pytest.raises(SwitchRefused, match="no switch-over to take back"):
        switch_back(conn)


def test_an_older_switch_is_taken_back_with_all_that_followed(conn, again, base):
    first = switch_over(conn, examine(conn, again, WANTED, []))
    second = switch_over(conn, examine(conn, again, ("public",), []))
    third = switch_over(conn, examine(conn, again, ("analytics",), []))
    assert switch_back(conn).id == third
    assert fresh(base) == "public"
    with pytest.raises(SwitchRefused, match=f"no switch-over {third} "):
        switch_back(conn, third)
    assert switch_back(conn, first).old_value is None
    assert setting(conn) is None
    with begin(conn):
        assert [(each.id, each.state) for each in switches(conn, base.name)] == [
            (third, "back"), (second, "back"), (first, "back"),
        ]  # fmt: skip


def test_what_somebody_set_since_is_shown_and_not_overwritten(conn, again, base):
    switch_over(conn, examine(conn, again, WANTED, []))
    write(conn, "public, elsewhere")
    with pytest.raises(SwitchRefused, match="«educational_data, analytics, public», now it is «public, elsewhere»"):
        switch_back(conn)
    assert fresh(base) == "public, elsewhere"
    switch_back(conn, force=True)
    assert setting(conn) is None


def test_a_setting_that_changed_since_it_was_examined_is_not_overwritten(conn, again):
    found = examine(conn, again, WANTED, [])
    write(conn, "public")
    with pytest.raises(SwitchRefused, match="not set became «public»"):
        switch_over(conn, found)
    assert setting(conn) == "search_path=public"
    assert conn.execute("select count(*) from greenroom.switch").fetchone() == (0,)


def test_the_saved_value_of_another_database_is_never_set_here(conn, again, base):
    switch_over(conn, examine(conn, again, WANTED, []))
    conn.execute("update greenroom.switch set database = 'where it was dumped'")
    with pytest.raises(SwitchRefused, match=f"no switch-over to take back in {base.name}"):
        switch_back(conn)


def test_only_the_owner_of_the_database_may_and_is_named(conn, again, base):
    with psycopg.connect(base.superuser_url, autocommit=True) as superuser:
        superuser.execute(sql.SQL("alter database {} owner to postgres").format(sql.Identifier(base.name)))
        owner = superuser.info.user
        found = examine(conn, again, WANTED, [])
        assert not found.facts.may_alter
        with pytest.raises(NoRights, match=f"Only .*{owner}.* owns database {base.name}.*this is {OWNER}"):
            switch_over(conn, found)
        assert setting(conn) is None
        assert conn.execute("select count(*) from greenroom.switch").fetchone() == (0,)
        superuser.execute(
            sql.SQL("alter database {} owner to {}").format(sql.Identifier(base.name), sql.Identifier(OWNER))
        )


def test_a_lost_race_leaves_one_switch(conn, again):
    found = examine(conn, again, WANTED, [])
    switch_over(conn, found)
    with again() as other, pytest.raises(SwitchRefused, match="Somebody set the search_path meanwhile"):
        switch_over(other, replace(found, after="public"))
    assert setting(conn) == "search_path=educational_data, analytics, public"
