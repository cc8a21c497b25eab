"""switch-over and switch-back as a person types them: what is said, refused, left behind, and how poolers answer."""

import re
import time
from html.parser import HTMLParser
from urllib.parse import parse_qs

import psycopg
import pytest
from psycopg import sql

from greenroom.db.connection import understood
from greenroom.db.statements import split
from greenroom.publish.switch import queries_of
from greenroom_schools.pack import pack

PATH = "educational_data, analytics, public"

APP = """
create table public.ips_lycees (uai text primary key, ips numeric, note text);
insert into public.ips_lycees values ('0780001A', 100, 'x'), ('0780002B', 90, 'y');
insert into educational_data.ips_lycees (uai, rentree_scolaire, ips) values
  ('0780001A', '2024-2025', 100), ('0780002B', '2024-2025', 90), ('0780003C', '2024-2025', 80);
"""

QUERIES = """
-- name: best schools
select uai, ips from ips_lycees order by ips desc limit 2;

-- name: how many
select count(*) from ips_lycees;

-- name: the log
select count(*) from nl_query_log;
"""


@pytest.fixture
def app(schools):
    """A database in which the site still reads tables of `public`, and a file of its queries."""
    schools.write(APP)
    schools.home.mkdir(parents=True, exist_ok=True)
    schools.file = schools.home / "queries.sql"
    schools.file.write_text(QUERIES, encoding="utf-8")
    return schools


def setting(shell):
    rows = shell.rows(
        "select setconfig from pg_db_role_setting as s join pg_database as d on d.oid = setdatabase"
        " where datname = current_database() and setrole = 0"
    )
    return rows[0]["setconfig"] if rows else None


def alone_with(shell, name):
    """Wait until the sessions of before have gone: a server process outlives its client by a moment."""
    others = (
        "select count(*) from pg_stat_activity where datname = %s"
        " and backend_type = 'client backend' and application_name <> %s"
    )
    for _ in range(500):
        # Asked from beside: a session of our own would be the next that has not gone yet.
        with psycopg.connect(shell.url, dbname="postgres") as beside:
            if beside.execute(others, (shell.name, name)).fetchone() == (0,):
                return
        time.sleep(0.01)
    raise AssertionError("other sessions do not end")


def fresh(shell):
    return shell.value("show search_path")


class Page(HTMLParser):
    """What a page would load, and its text."""

    def __init__(self, path):
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.words: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loads += [value for name, value in attributes if name in ("src", "href") and not value.startswith("#")]

    def handle_data(self, data):
        self.words.append(data)


def test_dry_run_says_everything_and_changes_nothing(app):
    answer = app("switch-over", "--dry-run", "--queries", app.file)
    assert 'before: "$user", public  (not set in the database)' in answer.out
    assert f"after:  {PATH}" in answer.out
    assert "left out, no such schema here: user_mgmt" in answer.out
    assert "table ips_lycees: public → educational_data (lacks note)" in answer.out
    assert re.search(r"^best schools +2 +2 .* the same rows$", answer.out, re.MULTILINE)
    assert re.search(r"^how many +1 +1 .* other rows$", answer.out, re.MULTILINE)
    assert re.search(r"^the log +1 +– .* found only on the new path$", answer.out, re.MULTILINE)
    assert "nothing was changed" in answer.out
    assert setting(app) is None
    assert app.value("select count(*) from greenroom.switch") == 0
    assert app.value("select count(*) from greenroom.consumer_query") == 0


def test_over_and_back(app):
    over = app("switch-over", "--queries", app.file)
    assert "switched over, number 1" in over.out
    assert "undo: greenroom switch-back" in over.out
    assert f"a new session of greenroom_owner has: {PATH}" in over.out
    assert "no session is older: nobody has the old path" in over.out
    assert over.err.count(f"/{app.name} as greenroom_owner") == 2
    assert (fresh(app), app.value("select count(*) from ips_lycees")) == (PATH, 3)
    back = app("switch-back")
    assert "search_path: not set, as before" in back.out
    assert 'a new session of greenroom_owner has: "$user", public' in back.out
    assert (setting(app), app.value("select count(*) from ips_lycees")) == (None, 2)
    app.refused("switch-back", code=46)


def test_switching_over_twice_changes_nothing_and_goes_on_telling_who_is_on_the_old_path(app):
    with psycopg.connect(app.url, application_name="eduinfo"):
        alone_with(app, "eduinfo")
        first = app("switch-over")
        alone_with(app, "eduinfo")
        with psycopg.connect(app.url, application_name="restarted"):
            again = app("switch-over")
    assert "switched over already; nothing was changed" in again.out
    for answer in (first, again):
        assert "sessions opened earlier, which keep the path they began with: 1" in answer.out
        assert re.search(r"^ +\d+ +eduinfo +greenroom_owner", answer.out, re.MULTILINE)
        assert "restarted" not in answer.out
        assert "RECONNECT" in answer.out
    assert app.value("select count(*) from greenroom.switch") == 1


def test_the_ledger_keeps_what_was_found(app):
    answer = app("switch-over", "--queries", app.file, "--json").json
    (row,) = app.rows("select *, switched_at::text as at from greenroom.switch")
    assert (row["old_value"], row["new_value"], row["state"]) == (None, PATH, "over")
    assert row["report"]["compared"] == answer["compared"]
    assert [q["outcome"] for q in answer["compared"]] == ["same", "differs", "found"]
    assert all(len(q["after"]["times_ms"]) == 5 for q in answer["compared"])
    assert answer["after"]["probe"]["path"] == PATH
    assert [name["name"] for name in app.rows("select name from greenroom.consumer_query order by position")] == [
        "best schools", "how many", "the log",
    ]  # fmt: skip


def test_registered_queries_are_asked_without_naming_the_file_again(app):
    app("switch-over", "--queries", app.file)
    app("switch-back")
    answer = app("switch-over", "--dry-run", "--repetitions", "2", "--json").json
    assert [q["name"] for q in answer["compared"]] == ["best schools", "how many", "the log"]
    assert {len(q["after"]["times_ms"]) for q in answer["compared"]} == {2}


def test_a_query_that_would_break_stops_the_switch(app):
    app.file.write_text("-- name: notes\nselect note from ips_lycees", encoding="utf-8")
    answer = app("switch-over", "--queries", app.file, code=1)
    assert answer.cause == "1 of 1 queries would break; nothing was changed."
    assert 'query_broken  notes   runs now, and would not after: column "note" does not exist' in answer.err
    assert "would break" in answer.out
    assert setting(app) is None
    app("switch-over", "--yes")
    assert fresh(app) == PATH


def test_a_query_that_would_break_is_told_to_scripts_too(app):
    app.file.write_text("-- name: notes\nselect note from ips_lycees", encoding="utf-8")
    for words in (["--dry-run"], []):
        answer = app("switch-over", *words, "--queries", app.file, "--json", code=1).json
        assert [q["outcome"] for q in answer["compared"]] == ["broken"]
        assert [f["dataset"] for f in answer["blocking"]] == ["notes"]
    assert setting(app) is None


def test_a_file_that_would_write_is_refused_by_line(app):
    app.file.write_text("select 1;\n\ndelete from ips_lycees", encoding="utf-8")
    answer = app.refused("switch-over", "--queries", app.file, code=24)
    assert answer.cause == "queries.sql, line 3: 'delete' is no query."
    assert setting(app) is None


def test_a_path_with_a_schema_that_is_not_there_is_refused_and_may_be_wanted(app):
    answer = app.refused("switch-over", "--path", "educational_dat, public", code=13)
    assert "'educational_dat'" in answer.cause
    assert setting(app) is None
    app("switch-over", "--path", "educational_dat, public", "--yes")
    assert fresh(app) == "educational_dat, public"


def test_the_default_path_begins_with_the_schema_of_the_setting(shell, database):
    shell.at(database.url).set(GREENROOM_SCHOOLS_SCHEMA="ecoles")
    shell("migrate", "schools")
    shell("switch-over")
    assert fresh(shell) == "ecoles, analytics, public"


def test_user_mgmt_is_on_the_path_where_it_is(app):
    app.write("create schema user_mgmt")
    app("switch-over")
    assert fresh(app) == "educational_data, user_mgmt, analytics, public"


def test_what_somebody_changed_since_is_shown_and_only_overwritten_when_asked(app):
    app("switch-over")
    app.write(sql.SQL("alter database {} set search_path to public, elsewhere").format(sql.Identifier(app.name)))
    answer = app.refused("switch-back", code=46)
    assert f"«{PATH}», now it is «public, elsewhere»" in answer.cause
    assert "switch-back --yes" in answer.cure
    assert "would be taken back" in app("switch-back", "--yes", "--dry-run").out
    assert fresh(app) == "public, elsewhere"
    app("switch-back", "--yes")
    assert setting(app) is None


def test_who_may_not_is_told_who_may(app, server):
    with psycopg.connect(server.address(app.name), autocommit=True) as superuser:
        superuser.execute(sql.SQL("alter database {} owner to postgres").format(sql.Identifier(app.name)))
    answer = app.refused("switch-over", code=53)
    assert "may set its search_path; this is greenroom_owner" in answer.cause
    assert setting(app) is None
    assert "the owner of the database, may switch; this is greenroom_owner" in app("switch-over", "--dry-run").out


def test_a_role_with_a_path_of_its_own_is_named_and_the_probe_tells_of_it(app, server):
    own = "alter role greenroom_owner in database {} set search_path = public"
    with psycopg.connect(server.address(app.name), autocommit=True) as superuser:
        superuser.execute(sql.SQL(own).format(sql.Identifier(app.name)))
    answer = app("switch-over")
    assert "role greenroom_owner keeps its own path, set for this database: public" in answer.out
    assert "a new session of greenroom_owner has: public" in answer.out
    assert "the role has a path of its own, which wins over the database's" in answer.out


def test_the_page_is_whole_by_itself_and_says_what_was_found(app, tmp_path):
    app.file.write_text(QUERIES + "-- name: <b>bold</b>\nselect '<script>' where 1 < 2;", encoding="utf-8")
    page = tmp_path / "switch.html"
    with psycopg.connect(app.url, application_name="eduinfo"):
        assert f"report: {page}" in app("switch-over", "--queries", app.file, "-o", page).out
    seen = Page(page)
    assert seen.loads == []
    assert not {"script", "link", "img", "iframe"} & {*seen.tags}
    assert seen.tags.count("svg") >= 4
    for words in (
        "switched over, number 1",
        "<b>bold</b>",
        "table ips_lycees: public → educational_data (lacks note)",
        "1 session was opened before the switch",
        "eduinfo",
        "No role has a path of its own.",
        "Greenroom ends none.",
    ):
        assert words in seen.text
    raw = page.read_text(encoding="utf-8")
    widths = [float(w) for w in re.findall(r'<rect class="(?:staged|published)" x="0" y="\d+" width="([\d.]+)"', raw)]
    assert len(widths) == 7
    assert all(0 <= width <= 100 for width in widths)


def test_without_o_the_page_is_kept_with_the_other_reports(app):
    answer = app("switch-over", "--dry-run")
    (page,) = (app.home / "reports").iterdir()
    assert f"report: {page}" in answer.out
    assert "may be switched over" in Page(page).text


def test_a_page_that_cannot_be_written_stops_the_switch_before_it_began(app, tmp_path):
    app.refused("switch-over", "-o", tmp_path, code=21)
    assert setting(app) is None


def test_a_refusal_leaves_no_page_behind_and_an_older_one_alone(app, tmp_path):
    page = tmp_path / "page.html"
    app.refused("switch-over", "--queries", tmp_path / "none.sql", "-o", page, code=21)
    assert not page.exists()
    page.write_text("the page of last week", encoding="utf-8")
    app.refused("switch-over", "--queries", tmp_path / "none.sql", "-o", page, code=21)
    assert page.read_text(encoding="utf-8") == "the page of last week"


def test_before_the_ledger_is_there_migrate_is_named(shell, database):
    answer = shell.at(database.url)("switch-over", "--path", "public", code=None)
    assert answer.code != 0
    assert "greenroom migrate" in answer.cure


# Option 2, and poolers


def test_the_option_for_the_app_is_printed_and_proven_and_nothing_is_set(app):
    answer = app("switch-over", "--option", "application")
    option = "-c search_path=educational_data,analytics,public"
    assert f'node-pg: new Pool({{ ...config, options: "{option}" }})' in answer.out
    assert f"psycopg: psycopg.connect(DATABASE_URL, options='{option}')" in answer.out
    assert "jdbc: ?currentSchema=educational_data,analytics,public" in answer.out
    (url,) = re.findall(r"url: \?(\S+)", answer.out)
    assert parse_qs(url) == {"options": [option]}
    assert "tried on this address: it works; the session has: educational_data,analytics,public" in answer.out
    assert setting(app) is None
    assert app.value("select count(*) from greenroom.switch") == 0


def test_a_pooler_refuses_the_option_in_its_own_words(app, make_database, pooler):
    base = make_database("schools")
    app.at(understood(pooler(base)))
    answer = app("switch-over", "--option", "application")
    assert "tried on this address: refused: " in answer.out
    assert "unsupported startup parameter: options" in answer.out
    assert "use the direct address, or set it for the database" in answer.out


def test_a_pooler_told_to_ignore_the_option_is_found_out(app, make_database, pooler):
    app.at(understood(pooler(make_database("schools"), "ignore_startup_parameters = options")))
    answer = app("switch-over", "--option", "application")
    assert 'tried on this address: taken and ignored; the session has: "$user", public' in answer.out


def test_a_new_server_process_behind_a_pooler_does_prove_it(app, make_database, pooler):
    base = make_database("schools")
    # each transaction ends its server process, as RECONNECT does once
    app.at(understood(pooler(base, "server_lifetime = 0")))
    answer = app("switch-over")
    assert f"a new session of greenroom_owner, through a pooler has: {PATH}" in answer.out


def test_through_a_pooler_the_probe_says_that_it_proves_nothing(app, make_database, pooler):
    base = make_database("schools")
    pooled = understood(pooler(base))
    with psycopg.connect(pooled, prepare_threshold=None) as site:
        site.execute("select 1")
        site.commit()
        app.at(pooled)
        answer = app("switch-over")
        assert "switched over, number 1" in answer.out
        assert 'a new connection of greenroom_owner has: "$user", public' in answer.out
        assert "this proves nothing: a pooler answered it with a server process that was there before" in answer.out
        assert re.search(r"which keep the path they began with: [12]\n", answer.out)
        assert "PgBouncer's RECONNECT makes it begin new ones" in answer.out
        # what the site gets is what was said: the old path, from a server process that lives on
        assert site.execute("show search_path").fetchone() == ('"$user", public',)
    app.at(base.url)
    assert fresh(app) == PATH
    app("switch-back")
    assert setting(app) is None


# What comes with the pack


def test_the_queries_that_come_with_the_pack_are_found_by_the_path_alone():
    folder = pack.sql_folder().joinpath("consumer")
    texts = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    for name, text in texts.items():
        assert queries_of(text, name)
        for statement in split(text):
            assert not re.search(r"\b(from|join)\s+\"?\w+\"?\s*\.", statement.words), statement.text
    assert sum(len(queries_of(text, name)) for name, text in texts.items()) == 6
