"""Callers that share server connections, are cut short, or bring settings and temporary objects of their own."""

import json

import psycopg
import pytest
from tests.faults.scenes import connect, digest, editions, exact, fill_inbox, promote, scope

from greenroom.db.connection import begin
from greenroom.db.connection import connect as greenroom_connect
from greenroom.model.errors import ScopeBusy, TimedOut

SETTINGS = ("greenroom.applying", "client_min_messages", "search_path", "statement_timeout", "role", "row_security")


@pytest.fixture
def pooled(exams, pooler):
    """`pooled()` is one more client behind the pooler."""
    address = pooler(exams)
    opened = []

    def client():
        from greenroom.db.connection import understood

        opened.append(connect(understood(address), prepare_threshold=None))
        return opened[-1]

    yield client
    for connection in opened:
        connection.close()


def leavings(connection):
    """What a transaction left behind in the server process that answers now."""
    with connection.transaction():
        process = connection.execute("select pg_backend_pid()").fetchone()[0]
        settings = connection.execute(
            "select coalesce(current_setting(n, true), '') from unnest(%s::text[]) as n", [list(SETTINGS)]
        )
        temporary = connection.execute(
            "select string_agg(relname, ', ') from pg_class where relnamespace = pg_my_temp_schema()"
        ).fetchone()[0]
        locks = connection.execute(
            "select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'"
        )
        return process, [value for (value,) in settings], temporary, locks.fetchone()[0]


def test_the_call_works_behind_a_transaction_pooler_and_leaves_nothing(exams, pooled, owner):
    one, two = pooled(), pooled()
    before = leavings(one)[1:]
    fill_inbox(owner)
    assert promote(one)["topics"] == 200
    assert promote(two)["topics"] == 200
    fill_inbox(owner, edition=2)
    for n in range(6):
        assert promote((one, two)[n % 2])["subjects"] == 2
    assert editions(owner) == {2}
    seen = [leavings(client) for client in (one, two) * 4]
    assert {tuple(s[1]) for s in seen} == {tuple(before[0])}
    assert {s[2] for s in seen} == {None}
    assert {s[3] for s in seen} == {0}


def test_two_interleaved_clients_do_not_meet_each_others_tables(pooled, owner):
    fill_inbox(owner)
    one, two = pooled(), pooled()
    with one.transaction(), two.transaction():
        # both hold a server connection; the second has a plan of its own while the first has one
        one.execute("select greenroom_exams.seal(greenroom_exams.scope_named('WJEC', 'A-Level'))")
    for n, client in enumerate((one, two, one, two), start=1):
        with client.transaction():
            number = scope(client)
            units = client.execute("select greenroom_exams.pending(%s)", [number]).fetchone()[0]
            client.execute("select greenroom_exams.plan(%s, %s)", [number, units])
            other = (one, two)[n % 2]
            assert other.execute("select to_regclass('pg_temp.plan_topics')").fetchone() == (None,)
            assert client.execute("select count(*) from greenroom_exams.changes()").fetchone() == (214,)
    assert promote(one)["topics"] == 200
    assert promote(two)["topics"] == 200


def test_the_kernel_is_called_twice_in_one_transaction(pooled, owner):
    fill_inbox(owner)
    client = pooled()
    with client.transaction():
        first = promote(client)
        fill_inbox(client, edition=2)
        second = promote(client)
        number = scope(client)
        client.execute("select greenroom_exams.rollback(%s, %s)", [number, [second["release"]]])
        client.execute("select greenroom_exams.live(%s, true)", [number])
    assert second["release"] > first["release"]
    assert editions(owner) == {1}


def test_commands_go_through_the_pooler_with_limits_that_end_with_them(exams, pooled, pooler, owner):
    fill_inbox(owner)
    address = pooler(exams)
    with greenroom_connect(
        address, application_name="greenroom", statement_timeout_seconds=30, lock_timeout_seconds=1
    ) as command:
        with begin(command) as inside:
            assert promote(inside)["topics"] == 200
        assert command.execute("show search_path").fetchone()[0] != '""'
        with owner.transaction():
            number = scope(owner)
            owner.execute("select from greenroom.scope where id = %s for update", [number])
            with pytest.raises(ScopeBusy), begin(command, lock_timeout_seconds=0.2) as inside:
                promote(inside)
        with begin(command) as inside:
            assert promote(inside)["topics"] == 200


def test_the_callers_time_limit_ends_a_big_promotion_with_nothing_changed(exams, pooled, owner):
    fill_inbox(owner, subjects=8, leaves=80)
    before = exact(owner)
    client = pooled()
    for limit in ("40ms", "150ms", "300ms"):
        with pytest.raises(psycopg.errors.QueryCanceled) as ended, client.transaction():
            client.execute("select set_config('statement_timeout', %s, true)", [limit])
            promote(client)
        assert ended.value.sqlstate == "57014"
        assert exact(owner) == before
    command = greenroom_connect(
        exams.url, application_name="greenroom", statement_timeout_seconds=0.1, lock_timeout_seconds=1
    )
    with command, pytest.raises(TimedOut), begin(command) as inside:
        promote(inside)
    assert exact(owner) == before
    assert promote(client)["topics"] == 8 * 810
    assert editions(owner) == {1}


HOSTILE_SCHEMA = """
create schema hostile;
create function hostile.count(anyelement) returns bigint language sql as 'select 0::bigint';
create function hostile.lower(text) returns text language sql as 'select ''hogwarts''::text';
create function hostile.btrim(text) returns text language sql as 'select ''hogwarts''::text';
create function hostile.now() returns timestamptz language sql as 'select ''epoch''::timestamptz';
create function hostile.gen_random_uuid() returns uuid language sql
  as 'select ''00000000-0000-0000-0000-000000000000''::uuid';
create function hostile.fold(text) returns text language sql as 'select ''''::text';
create function hostile.never(text, text) returns boolean language sql as 'select false';
create function hostile.never(uuid, uuid) returns boolean language sql as 'select false';
create function hostile.never(bigint, bigint) returns boolean language sql as 'select false';
create operator hostile.= (leftarg = text, rightarg = text, function = hostile.never);
create operator hostile.= (leftarg = uuid, rightarg = uuid, function = hostile.never);
create operator hostile.= (leftarg = bigint, rightarg = bigint, function = hostile.never);
create domain hostile.uuid as pg_catalog.text;
create domain hostile.jsonb as pg_catalog.text;
create domain hostile.text as pg_catalog.int4;
create table hostile.exam_boards (code pg_catalog.text);
create table hostile.exam_board_subjects (id pg_catalog.text);
create table hostile.curriculum_topics (id pg_catalog.text);
create table hostile.entering (unit_id pg_catalog.int8);
create table hostile.plan_topics (op pg_catalog.text);
create table hostile.staging_aqa_topics (id pg_catalog.text);
"""


@pytest.fixture
def expected(exams, owner, make_database):
    """What a caller with plain settings gets from two editions and an undoing."""
    plain = make_database("exams")
    with connect(plain.url) as connection:
        _live_through(connection)
        return digest(connection)


def _live_through(caller):
    fill_inbox(caller)
    promote(caller)
    fill_inbox(caller, edition=2)
    second = promote(caller)
    caller.execute("select greenroom_exams.rollback(%s, %s)", [scope(caller), [second["release"]]])
    fill_inbox(caller, edition=3)
    promote(caller)
    caller.execute("select greenroom_exams.live(%s, true)", [scope(caller)])
    fill_inbox(caller, edition=4)
    promote(caller)
    caller.execute("select greenroom_exams.live(%s, true)", [scope(caller)])


@pytest.mark.parametrize(
    "settings",
    [
        ["set search_path = ''"],
        ["set search_path = hostile, pg_catalog, public"],
        ["set DateStyle = 'German, DMY'", "set TimeZone = 'Asia/Kathmandu'", "set IntervalStyle = 'sql_standard'"],
        ["set standard_conforming_strings = off", "set escape_string_warning = off", "set backslash_quote = on"],
        ["set extra_float_digits = -10", "set bytea_output = 'escape'", "set array_nulls = off"],
        ["set transform_null_equals = on", "set quote_all_identifiers = on", "set row_security = off"],
        ["set client_min_messages = debug5", "set plan_cache_mode = force_generic_plan", "set jit = off"],
        ["set work_mem = '64kB'", "set enable_hashjoin = off", "set enable_mergejoin = off"],
        ["set constraints all deferred", "set default_transaction_deferrable = on", "set check_function_bodies = off"],
        ["set timezone_abbreviations = 'India'", "set lc_numeric = 'C'", "set default_with_oids = off"],
        ["set session greenroom.applying = 'off'"],
    ],
    ids=lambda settings: settings[0].removeprefix("set ")[:30],
)
def test_a_callers_settings_change_nothing(exams, owner, expected, settings):
    owner.execute(HOSTILE_SCHEMA)
    with connect(exams.url) as caller:
        caller.add_notice_handler(lambda _: None)
        for setting in settings:
            caller.execute(setting)
        _live_through(caller)
    assert digest(owner) == expected


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_a_frozen_snapshot_is_refused_clearly(exams, owner, level):
    fill_inbox(owner)
    before = exact(owner)
    with connect(exams.url) as caller:
        caller.execute(f"set default_transaction_isolation = '{level}'")
        with pytest.raises(psycopg.Error) as refused:
            promote(caller)
    assert refused.value.sqlstate == "PT409"
    assert "read committed" in str(refused.value.diag.message_primary)
    assert exact(owner) == before


def test_a_session_that_only_reads_is_told_so(exams, owner):
    fill_inbox(owner)
    before = exact(owner)
    with connect(exams.url) as caller:
        caller.execute("set default_transaction_read_only = on")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            promote(caller)
    assert exact(owner) == before


def test_a_setting_left_on_a_shared_connection_hides_no_drift(exams, owner):
    fill_inbox(owner)
    promote(owner)
    with connect(exams.url) as caller:
        caller.execute("set greenroom.applying = 'on'")
        caller.execute("update public.curriculum_topics set topic_name = 'by hand' where topic_code = '1'")
    with pytest.raises(psycopg.Error) as refused:
        promote(owner)
    assert refused.value.sqlstate == "PT409"
    assert {f["check"] for f in json.loads(str(refused.value.diag.message_detail))} == {"drift"}


# Temporary objects of the caller: pg_temp is searched first for tables and types, before pg_catalog.


@pytest.fixture
def promoter(exams, owner):
    """A login that may call the function and nothing else; the owner is no member of it."""
    from psycopg import sql

    name = f"caller_{exams.name}"
    with connect(exams.superuser_url) as superuser:
        superuser.execute(
            sql.SQL("create role {} login password {}").format(sql.Identifier(name), sql.Literal(exams.server.password))
        )
        superuser.execute(
            sql.SQL("grant execute on function public.promote_staging_to_production to {}").format(sql.Identifier(name))
        )
    with connect(exams.server.address(exams.name, user=name)) as caller:
        yield caller
    with connect(exams.superuser_url) as superuser:
        superuser.execute(sql.SQL("drop owned by {}").format(sql.Identifier(name)))
        superuser.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


SPY = """
create temporary table seen (who text, what text);
grant insert on pg_temp.seen to public;
create function pg_temp.spy(p_value anyelement) returns boolean language plpgsql as
$spy$ begin insert into pg_temp.seen values (current_user, p_value::text); return true; end $spy$;
"""


def spied(caller):
    return {who for (who,) in caller.execute("select distinct who from pg_temp.seen")}


@pytest.mark.parametrize("name", ["uuid", "text", "jsonb", "timestamptz", "regclass", "date"])
def test_a_callers_temporary_type_runs_nothing_as_the_owner(promoter, owner, name):
    fill_inbox(owner)
    promoter.execute(SPY)
    promoter.execute(f"create domain pg_temp.{name} as pg_catalog.{name} check (pg_temp.spy(value))")
    assert promote(promoter)["topics"] == 200
    owner.execute("update public.curriculum_topics set topic_name = topic_name || '!' where topic_code = '1'")
    with pytest.raises(psycopg.Error) as refused:
        promote(promoter)
    assert refused.value.sqlstate == "PT409"
    assert spied(promoter) <= {promoter.info.user}


def test_drift_noted_for_a_caller_runs_none_of_his_types_as_the_owner(promoter, owner):
    from psycopg import sql

    fill_inbox(owner)
    promote(owner)
    owner.execute(
        sql.SQL("grant select, update on public.curriculum_topics to {}").format(sql.Identifier(promoter.info.user))
    )
    owner.execute("alter table public.curriculum_topics disable row level security")
    promoter.execute(SPY)
    for name in ("uuid", "text", "jsonb"):
        promoter.execute(f"create domain pg_temp.{name} as pg_catalog.{name} check (pg_temp.spy(value))")
    promoter.execute("update public.curriculum_topics set topic_name = 'by hand' where topic_code = '1'")
    assert owner.execute("select count(*) from greenroom.drift").fetchone() == (2,)
    assert spied(promoter) <= {promoter.info.user}


@pytest.mark.parametrize("kind", ["table", "view", "sequence", "type", "index"])
def test_a_temporary_object_of_the_caller_is_refused_not_used(promoter, owner, kind):
    fill_inbox(owner)
    promote(owner)
    fill_inbox(owner, edition=2)
    before = exact(owner)
    columns = (
        "pg_temp.spy('x'::text) as op, gen_random_uuid() as id, 'x'::text as topic_code,"
        " true as lands, 'topics'::text as dataset"
    )
    for name in ("entering", "touched", "root", "plan_topics", "resolved_topics", "leaving_topics", "slice_topics"):
        promoter.execute(SPY)
        promoter.execute(
            {
                "table": f"create temporary table {name} as select {columns}",
                "view": f"create temporary view {name} as select {columns}",
                "sequence": f"create temporary sequence {name}",
                "type": f"create type pg_temp.{name} as (op text)",
                "index": f"create index {name} on pg_temp.seen (who)",
            }[kind]
        )
        promoter.execute("truncate pg_temp.seen")
        if kind == "table":
            promoter.execute(f"grant all on pg_temp.{name} to public")
        with pytest.raises(psycopg.Error) as refused:
            promote(promoter)
        assert refused.value.sqlstate == "PT409"
        assert name in str(refused.value.diag.message_primary)
        assert name in str(refused.value.diag.message_hint)
        assert spied(promoter) <= {promoter.info.user}
        assert exact(owner) == before
        promoter.execute("drop function pg_temp.spy cascade")
        promoter.execute("discard temp")
    assert promote(promoter)["topics"] == 200


def test_functions_and_operators_of_pg_temp_are_never_found(promoter, owner):
    fill_inbox(owner)
    promoter.execute(SPY)
    promoter.execute(
        """
        create function pg_temp.count(anyelement) returns bigint language sql as 'select 0::bigint';
        create function pg_temp.lower(text) returns text language sql as 'select ''hogwarts''::text';
        create function pg_temp.btrim(text) returns text language sql as 'select ''hogwarts''::text';
        create function pg_temp.coalesce_(text) returns text language sql as 'select null::text';
        create function pg_temp.refuse(text, jsonb, text) returns void language sql as 'select null::void';
        create function pg_temp.never(text, text) returns boolean language sql as 'select pg_temp.spy($1)';
        create function pg_temp.never(uuid, uuid) returns boolean language sql as 'select pg_temp.spy($1::text)';
        create operator pg_temp.= (leftarg = text, rightarg = text, function = pg_temp.never);
        create operator pg_temp.= (leftarg = uuid, rightarg = uuid, function = pg_temp.never);
        """
    )
    assert promote(promoter)["topics"] == 200
    assert spied(promoter) == set()


@pytest.mark.parametrize("pack", ["exams", "schools"])
def test_whoever_may_call_in_is_met_by_a_look_at_his_temporary_tables(make_database, pack):
    """Functions that run as the owner, read pg_temp, and may be called by others as grants.py has it."""
    from greenroom.db.grants import _DOORS

    database = make_database(pack)
    with connect(database.url) as owner:
        readers = owner.execute(
            "select p.proname, p.prosrc from pg_proc p where p.pronamespace = to_regnamespace(%s) and p.prosecdef"
            " and p.prosrc like '%%pg_temp.%%'"
            " and (p.provolatile <> 'v' or p.proname like 'seal\\_%%' or p.proname = any(%s))",
            [f"greenroom_{pack}", [name for names in _DOORS.values() for name in names]],
        ).fetchall()
    looks = ("own_tables()", ".plan(p_scope", "refuse_foreign_temp(", ".begin_edits()")
    # Functions of one dataset are for the kernel alone.
    names = {name for name, source in readers if not any(look in source for look in looks)}
    assert readers
    assert {name for name in names if not name.startswith(("changes_", "digest_", "unmet_"))} == set()
    assert [
        n for n, source in readers if "pg_temp.landing" in source and "refuse_strange_landing()" not in source
    ] == []


@pytest.mark.parametrize(
    "landing",
    [
        "create temporary view landing as select pg_temp.spy('x'::text)::text as uai, 1 as row_no",
        "create temporary table landing (row_no integer, uai text); alter table landing enable row level security;"
        " create policy p on landing using (pg_temp.spy(uai)); insert into landing values (1, 'x')",
        "create type pg_temp.mood as enum ('x'); create temporary table landing (row_no integer, uai pg_temp.mood);"
        " insert into landing values (1, 'x')",
    ],
    ids=["view", "policy", "type"],
)
def test_a_landing_that_is_no_plain_table_is_refused(make_database, landing):
    from psycopg import sql

    database = make_database("schools")
    importer = f"importer_{database.name}"
    with connect(database.superuser_url) as superuser:
        superuser.execute(
            sql.SQL("create role {} login password {}").format(
                sql.Identifier(importer), sql.Literal(database.server.password)
            )
        )
        seal = superuser.execute(
            "select proname from pg_proc where pronamespace = 'greenroom_schools'::regnamespace and"
            " proname like 'seal\\_%' order by 1"
        ).fetchone()[0]
        for grant in (
            "grant usage on schema greenroom_schools to {0}",
            "grant execute on all functions in schema greenroom_schools to {0}",
        ):
            superuser.execute(sql.SQL(grant).format(sql.Identifier(importer)))
    try:
        with connect(database.server.address(database.name, user=importer)) as caller:
            scope_id = caller.execute("select greenroom_schools.scope_id(array['x'])").fetchone()[0]
            caller.execute(SPY)
            caller.execute("grant select on pg_temp.seen to public")
            caller.execute(landing)
            caller.execute("truncate pg_temp.seen")
            name = "pg_temp.landing"
            caller.execute(f"grant select on {name} to public")
            with pytest.raises(psycopg.Error) as refused:
                caller.execute(sql.SQL("select {}(%s)").format(sql.Identifier("greenroom_schools", seal)), [scope_id])
            assert refused.value.sqlstate == "PT409", refused.value
            assert "landing" in str(refused.value.diag.message_primary)
            assert spied(caller) <= {importer}
    finally:
        with connect(database.superuser_url) as superuser:
            superuser.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(importer)))


@pytest.mark.parametrize("pack", ["exams", "schools"])
def test_every_function_that_runs_as_the_owner_looks_into_pg_temp_last(make_database, pack):
    """An empty path would look there first, for types: a caller's domain `uuid` would run its check as the owner."""
    with connect(make_database(pack).url) as owner:
        wrong = owner.execute(
            "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where p.prosecdef and pg_get_userbyid(p.proowner) = current_user"
            " and 'search_path=pg_catalog, pg_temp' <> all (coalesce(p.proconfig, '{}'))"
        ).fetchall()
    assert wrong == []
