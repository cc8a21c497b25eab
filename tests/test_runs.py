"""A run over many files: recognised by what they hold, in order of need, with an account of all of it."""

import os
from contextlib import contextmanager
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from psycopg.rows import dict_row
from tests import harbour
from tests.write.test_formats import workbook

from greenroom import catalog, pipeline
from greenroom.audit.scopes import failed_fetches
from greenroom.db import compile as compiler
from greenroom.db.connection import begin, connect
from greenroom.db.migrate import migrate
from greenroom.model.errors import ContractBroken
from greenroom.pipeline import Fetching
from greenroom.publish import rollback as undoing
from greenroom.run import Runner, Wishes, run
from greenroom.write.fetch import Store

PACK = harbour.pack
TOWNS = "town;country\nArle;Sund\nBryn;Fell\n"
REGISTER = (
    "Name of the ship;Port;Masts in 2001;Masts in 2002;Burden 02\n"
    "Gull;Arle;2;3;90\n...;;;;\nTern;Bryn;1;1;40\nAuk;Arle;2;2;\n"
)
WRITTEN = "select count(*) as batches, (select max(id) from greenroom.release) as release from greenroom.batch"
SHIPS = "select ship, year, town, country, masts, tons from harbour.ships where retired_at is null order by 1, 2"


def opened(url):
    return connect(url, application_name="test", statement_timeout_seconds=60, lock_timeout_seconds=5)


class Harbour:
    """A database with the pack, a folder of files, and runs over it."""

    def __init__(self, url, folder: Path):
        self.url, self.folder = url, folder / "files"
        self.folder.mkdir()
        self.said: list[str] = []
        self.fetching = Fetching(Store(folder / "store"))
        migrate(lambda: opened(url), [PACK], compiler=compiler, schemas={}, app_roles=(), progress=lambda _: None)

    def give(self, **files):
        for path in self.folder.iterdir():
            path.unlink()
        for name, text in files.items():
            content = text if isinstance(text, bytes) else text.encode()
            (self.folder / name.replace("_csv", ".csv")).write_bytes(content)
        return self

    def run(self, *groups, promote=True, origin=True, pack=PACK, **wishes):
        @contextmanager
        def connection():
            with opened(self.url) as conn:
                yield conn

        named = list(groups) or list(catalog.groups(PACK))
        asked = Wishes(promote=promote, by="test", **wishes)
        tools = Runner(connection, self.fetching, self.said.append, lambda conn, found: "page")
        account = run(pack, named, str(self.folder) if origin else None, asked, tools, "here")
        return account, {outcome.name: outcome for outcome in account.outcomes}

    def rows(self, query):
        with psycopg.connect(self.url, row_factory=dict_row) as conn:
            return conn.execute(query).fetchall()

    def published(self):
        return self.rows(SHIPS)


@pytest.fixture
def bay(database, tmp_path):
    return Harbour(database.url, tmp_path)


GULL = {"ship": "Gull", "year": 2002, "town": "Arle", "country": "Sund", "masts": 3, "tons": 90}


def test_files_are_recognised_by_what_they_hold_and_loaded_in_order_of_need(bay):
    account, found = bay.give(b_csv=TOWNS, a_csv=REGISTER, odd_csv="x;y\n1;2\n").run()
    assert {name: outcome.state for name, outcome in found.items()} == {
        "towns": "loaded", "ships": "loaded", "fleet": "loaded", "tales": "missing",
    }  # fmt: skip
    assert [row["ship"] for row in bay.published()] == ["Auk", "Gull", "Tern"]
    # the newest year of the headers, the town's country, an empty cell that stays null
    assert bay.published()[1] == GULL
    assert bay.published()[0]["tons"] is None
    assert account.is_whole
    assert account.headline() == "2 of 3 loaded; missing: tales"
    assert [(Path(where).name, why) for where, why in account.strange] == [
        ("odd.csv", "no dataset has columns like these")
    ]


def test_what_no_row_is_made_of_is_counted_by_its_reason(bay):
    _, found = bay.give(a_csv=REGISTER, b_csv=TOWNS).run()
    (file,) = found["ships"].files
    assert (file.read, file.staged, file.quarantined) == (3, 3, 0)
    assert file.reading["left_out"] == {"line of dots": 1}
    assert file.reading["lines"] == 4
    assert file.reading["unknown"] == ("Masts in 2001",)
    assert file.reading["form"] == "register"


def test_what_is_made_from_published_rows_follows_them_in_their_transaction(bay):
    bay.give(a_csv=REGISTER, b_csv=TOWNS).run()
    fleet = "select town, ships, names from harbour.fleet where retired_at is null order by town"
    assert bay.rows(fleet) == [
        {"town": "Arle", "ships": 2, "names": ["Auk", "Gull"]}, {"town": "Bryn", "ships": 1, "names": ["Tern"]},
    ]  # fmt: skip
    bay.give(a_csv=REGISTER.replace("Auk;Arle", "Auk;Bryn")).run(approve="seen")
    assert [(row["town"], row["ships"]) for row in bay.rows(fleet)] == [("Arle", 1), ("Bryn", 2)]
    moments = bay.rows(
        "select r.xmin::text as at from greenroom.release as r join greenroom.scope as c on c.id = r.scope_id"
        " where c.keys in ('{ships}', '{fleet}') order by r.id desc limit 2"
    )
    assert moments[0] == moments[1]


def test_what_is_made_from_rows_that_are_rolled_back_goes_back_with_them(bay):
    bay.give(a_csv=REGISTER, b_csv=TOWNS).run()
    _, found = bay.give(a_csv=REGISTER.replace("Auk;Arle", "Auk;Bryn")).run(approve="seen")
    (release,) = found["ships"].releases
    with opened(bay.url) as conn:
        with begin(conn):
            one = catalog.scope_of(conn, PACK, PACK.dataset("ships"))
        pipeline.roll_back(conn, PACK, undoing.Undoing(PACK.name, one.scope_id, "ships", (release,)), by="test")
    fleet = bay.rows("select town, ships from harbour.fleet where retired_at is null order by town")
    assert fleet == [{"town": "Arle", "ships": 2}, {"town": "Bryn", "ships": 1}]


def test_a_second_run_over_the_same_files_reads_and_writes_nothing(bay):
    bay.give(a_csv=REGISTER, b_csv=TOWNS).run()
    before = bay.rows(WRITTEN)
    account, found = bay.run()
    assert account.is_whole
    assert {found[name].state for name in ("towns", "ships", "fleet")} == {"unchanged"}
    assert bay.rows(WRITTEN) == before


def test_a_table_is_made_anew_when_what_it_needs_has_moved(bay):
    bay.give(a_csv=REGISTER, b_csv=TOWNS).run()
    _, found = bay.give(a_csv=REGISTER, b_csv=TOWNS.replace("Sund", "Holm")).run()
    assert found["ships"].state == "loaded"
    assert bay.published()[1]["country"] == "Holm"


def test_what_fails_stops_what_needs_it_and_keeps_what_was_published(bay):
    account, found = bay.give(a_csv=REGISTER, b_csv="town;country\nArle;\nBryn;\n").run()
    assert found["towns"].state == "held"
    assert (found["ships"].state, found["ships"].message) == ("stopped", "needs towns")
    assert not account.is_whole
    assert bay.published() == []
    # with an edition of towns in production, the ships have something to stand on
    bay.give(a_csv=REGISTER, b_csv=TOWNS).run()
    again, found = bay.give(a_csv=REGISTER.replace("90", "95"), b_csv="town;country\nArle;\nBryn;\n").run()
    assert (found["towns"].state, found["ships"].state) == ("held", "loaded")
    assert not again.is_whole
    assert [row["town"] for row in bay.rows("select town from harbour.towns order by 1")] == ["Arle", "Bryn"]


def test_what_was_expected_and_is_not_there_leaves_the_run_unwhole(bay):
    account, found = bay.give(b_csv=TOWNS).run()
    assert (found["ships"].state, found["tales"].state) == ("missing", "missing")
    assert (found["ships"].is_fault, found["tales"].is_fault) == (True, False)
    assert not account.is_whole
    # once it is published, a run without its file is whole
    bay.give(a_csv=REGISTER).run()
    account, found = bay.give(b_csv=TOWNS).run()
    assert found["ships"].state == "kept"
    assert account.is_whole


def test_an_extract_beside_the_whole_file_is_left_aside_and_named(bay):
    extract = "ship;year;town\nAuk;2002;Bryn\n"
    _, found = bay.give(a_csv=REGISTER, b_csv=TOWNS, c_csv=extract).run()
    aside = {Path(file.address).name: file.aside for file in found["ships"].files}
    assert aside == {"a.csv": None, "c.csv": "2002: a whole file gives it"}
    assert bay.published()[0]["town"] == "Arle"


def test_of_a_file_that_overlaps_a_whole_one_only_the_rest_is_taken(bay):
    more = "ship;year;town\nAuk;2002;Bryn\nCoot;1999;Arle\n"
    _, found = bay.give(a_csv=REGISTER, b_csv=TOWNS, c_csv=more).run()
    file = next(f for f in found["ships"].files if f.address.endswith("c.csv"))
    assert (file.aside, file.covered) == (None, ("2002",))
    assert [(row["ship"], row["year"], row["town"]) for row in bay.published()] == [
        ("Auk", 2002, "Arle"), ("Coot", 1999, "Arle"), ("Gull", 2002, "Arle"), ("Tern", 2002, "Bryn"),
    ]  # fmt: skip


def test_extracts_without_a_whole_file_add_to_each_other(bay):
    bay.give(b_csv=TOWNS, c_csv="ship;year;town\nAuk;2002;Bryn\n", d_csv="ship;year;town\nGannet;2002;Arle\n").run()
    assert [row["ship"] for row in bay.published()] == ["Auk", "Gannet"]


def test_warnings_hold_a_table_until_they_are_approved(bay):
    bad = REGISTER.replace("Tern;Bryn;1;1", "Tern;Bryn;1;one")
    _, found = bay.give(a_csv=bad, b_csv=TOWNS).run()
    assert found["ships"].state == "held"
    assert [f["check"] for f in found["ships"].findings] == ["quarantined"]
    assert bay.published() == []
    # the same run again, with somebody's word: nothing is read twice
    _, found = bay.run(approve="one masts, I know")
    assert found["ships"].state == "loaded"
    assert [row["ship"] for row in bay.published()] == ["Auk", "Gull"]
    assert bay.rows("select note from greenroom.approval where dataset = 'ships'") == [{"note": "one masts, I know"}]


def test_without_promote_everything_waits(bay):
    account, found = bay.give(a_csv=REGISTER, b_csv=TOWNS).run(promote=False)
    assert (found["towns"].state, found["ships"].state) == ("ready", "ready")
    assert bay.published() == []
    assert account.headline().startswith("0 of 3 loaded; ready: towns, ships")


def test_what_was_rolled_back_is_not_brought_back_unseen(bay):
    _, found = bay.give(a_csv=REGISTER, b_csv=TOWNS).run()
    (release,) = found["ships"].releases
    with opened(bay.url) as conn, begin(conn):
        one = catalog.scope_of(conn, PACK, PACK.dataset("ships"))
        undoing.rollback(conn, PACK, undoing.Undoing(PACK.name, one.scope_id, "ships", (release,)), by="test")
    _, found = bay.run()
    assert found["ships"].state == "held"
    assert [f["check"] for f in found["ships"].findings] == ["rolled_back"]
    assert bay.published() == []


def test_a_file_that_nearly_fits_says_to_what_and_what_it_lacks(bay):
    nearly = "Name of the ship;Haven;Masts in 2002\nGull;Arle;3\n"
    account, found = bay.give(a_csv=nearly, b_csv=TOWNS).run()
    assert found["ships"].state == "missing"
    ((_, why),) = account.strange
    assert why.startswith("nearest to ships: missing town (nearest met: Haven).")


def test_one_file_named_for_one_table_says_what_it_lacks(bay):
    _, found = bay.give(a_csv="Name of the ship;Masts\nGull;2\n").run("ships")
    assert found["ships"].state == "failed"
    assert isinstance(found["ships"].error, ContractBroken)
    assert "town" in found["ships"].message


def test_a_workbook_with_titles_over_its_headers_is_read_from_its_sheet(bay):
    rows = [["Register of 2003"], ["Hull", "", "Home"], ["Name", "Masts", "Name"], ["Gull", "3", "Arle"]]
    bay.give(b_csv=TOWNS).run()
    bay.give(**{"yearbook 2003.xlsx": workbook({"Notes": [["x"]], "Ships of the bay": rows})}).run()
    assert bay.published() == [GULL | {"year": 2003, "tons": None}]


def test_a_year_nobody_says_is_asked_for(bay):
    text = "Name of the ship;Port;masts\nGull;Arle;3\n"
    bay.give(b_csv=TOWNS).run()
    _, found = bay.give(register_csv=text).run("ships")
    assert "neither the headers nor the name of the file say its year (year)" in found["ships"].message
    assert found["ships"].hint == "Say it: --period YEAR."
    bay.run("ships", only="2007")
    assert [row["year"] for row in bay.published()] == [2007]


def test_a_year_given_for_all_is_for_the_files_that_say_none(bay):
    said = "Name of the ship;Port;masts\nGull;Arle;3\n"
    bay.give(b_csv=TOWNS).run()
    bay.give(**{"register 1999.csv": said, "other.csv": said.replace("Gull", "Tern")}).run(only="2007")
    assert {row["ship"]: row["year"] for row in bay.published()} == {"Gull": 1999, "Tern": 2007}


@pytest.mark.parametrize("jobs", [1, 4])
def test_any_number_of_hands_gives_the_same_tables(bay, jobs):
    bay.give(a_csv=REGISTER, b_csv=TOWNS).run(jobs=jobs)
    assert bay.published()[1] == GULL


def test_a_shape_that_gives_other_columns_is_a_mistake_of_the_pack(bay):
    from greenroom.model.errors import BadDeclaration
    from greenroom.write import put

    with opened(bay.url) as conn, begin(conn), pytest.raises(BadDeclaration, match="gives columns it has not: wheels"):
        put.shaped(conn, PACK.dataset("ships"), "select 1::bigint as row_no, 'x'::text as wheels")
    with opened(bay.url) as conn, begin(conn), pytest.raises(BadDeclaration, match="other types than text: masts"):
        put.shaped(conn, PACK.dataset("ships"), "select 1::bigint as row_no, 3 as masts")


def test_a_changed_declaration_reads_the_same_file_anew(bay, monkeypatch):
    bay.give(a_csv=REGISTER, b_csv=TOWNS).run()
    monkeypatch.setattr(catalog, "declaration", lambda pack, group: "another")
    with opened(bay.url) as conn:
        one = catalog.scope_of(conn, PACK, PACK.dataset("ships"))
        (snapshot,) = [s for s in bay.fetching.store.list() if s.sightings[-1].address.endswith("a.csv")]
        assert not pipeline.is_settled(conn, one, snapshot)


@pytest.fixture
def site(tmp_path):
    """A publisher's site: files in a folder, at an address."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield folder, server.server_address[1]
        server.shutdown()


def test_sources_are_taken_from_their_addresses_and_a_dead_one_keeps_old_data(bay, site):
    folder, port = site
    (folder / "towns.csv").write_text(TOWNS)
    (folder / "register.csv").write_text(REGISTER)
    sources = (
        replace(PACK.sources[0], urls=(f"http://127.0.0.1:{port}/towns.csv",)),
        replace(PACK.sources[1], urls=(f"http://127.0.0.1:{port}/register.csv",)),
        PACK.sources[2],
    )
    pack = replace(PACK, sources=sources)
    bay.fetching = replace(bay.fetching, allow_hosts=(f"127.0.0.1:{port}",))
    account, found = bay.run(pack=pack, origin=False)
    assert account.is_whole
    assert (found["ships"].state, found["tales"].state) == ("loaded", "missing")
    assert bay.published()[1] == GULL
    _, found = bay.run(pack=pack, origin=False)
    assert (found["towns"].state, found["ships"].state) == ("unchanged", "unchanged")
    # beside a folder, what is not in it is fetched
    (folder / "register.csv").write_text(REGISTER.replace("90", "95"))
    # the site tells editions apart by the second
    os.utime(folder / "register.csv", (4_000_000_000, 4_000_000_000))
    _, found = bay.give(b_csv=TOWNS).run(pack=pack, fetch_rest=True)
    assert (found["towns"].state, found["ships"].state) == ("unchanged", "loaded")
    assert bay.published()[1] == GULL | {"tons": 95}
    # gone from the site: told, and production stays
    (folder / "register.csv").unlink()
    account, found = bay.run(pack=pack, origin=False)
    assert not account.is_whole
    assert (found["towns"].state, found["ships"].state) == ("unchanged", "failed")
    assert "is gone (404)" in found["ships"].message
    assert bay.published()[1] == GULL | {"tons": 95}


def test_an_address_that_gives_nothing_is_in_the_ledger_until_it_does_again(bay, site):
    folder, port = site
    (folder / "towns.csv").write_text(TOWNS)
    address = f"http://127.0.0.1:{port}/towns.csv"
    pack = replace(PACK, sources=(replace(PACK.sources[0], urls=(address,)), *PACK.sources[1:]))
    bay.fetching = replace(bay.fetching, allow_hosts=(f"127.0.0.1:{port}",))
    bay.run(pack=pack, origin=False)

    def failed():
        with opened(bay.url) as conn:
            return [(one.address, one.message) for one in failed_fetches(conn)]

    assert failed() == []
    (folder / "towns.csv").rename(folder / "elsewhere.csv")
    _, found = bay.run(pack=pack, origin=False, dry_run=True)
    assert (found["towns"].state, failed()) == ("failed", [])
    _, found = bay.run(pack=pack, origin=False)
    assert found["towns"].state == "failed"
    assert failed() == [(address, f"{address} is gone (404).")]
    (folder / "elsewhere.csv").rename(folder / "towns.csv")
    # nothing in it is new: that it is there again is known all the same
    _, found = bay.run(pack=pack, origin=False)
    assert (found["towns"].state, failed()) == ("unchanged", [])
