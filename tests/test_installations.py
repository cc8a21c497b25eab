"""A pack, or one dataset of it, installed a second time: what reads others, what is made from them, what is copied."""

import pytest
from tests import harbour
from tests.test_runs import REGISTER, TOWNS, Harbour, opened
from tests.write.test_formats import workbook

from greenroom import catalog, pipeline
from greenroom.db import compile as compiler
from greenroom.db import installed
from greenroom.db.connection import begin
from greenroom.db.second import install, refresh
from greenroom.db.statements import created
from greenroom.model.errors import DeclarationError
from greenroom.model.installation import Installation
from greenroom.rebuild import copy, rebuild

PACK = harbour.pack
ROWS = [["Gull", 3, "Arle"], ["Tern", 1, "Bryn"], ["Auk", 2, "Arle"]]


@pytest.fixture
def bay(database, tmp_path):
    """A harbour with its towns, ships and fleet."""
    bay = Harbour(database.url, tmp_path)
    bay.give(a_csv=REGISTER, b_csv=TOWNS).run()
    return bay


def second(bay, *words, **options):
    return install(lambda: opened(bay.url), PACK, Installation("harbour", *words), compiler=compiler, **options)


def scopes(bay, pack=PACK):
    with opened(bay.url) as conn, begin(conn):
        return [catalog.scope_of(conn, pack, catalog.entry(pack, group)) for group in catalog.groups(pack)]


def load(bay, pack, dataset, text):
    """A file into one dataset of an installation, promoted."""
    path = bay.folder / "more.csv"
    path.write_text(text)
    with opened(bay.url) as conn:
        with begin(conn):
            found = catalog.scope_of(conn, pack, pack.dataset(dataset))
        for snapshot in pipeline.bring(found, str(path), bay.fetching):
            pipeline.stage(conn, found, snapshot, bay.fetching.store)
        return pipeline.promote(conn, found, by="test")


def made(bay, schema):
    return {row["name"] for row in bay.rows(f"select tablename as name from pg_tables where schemaname = '{schema}'")}


# What is declared of it


def test_tables_released_together_keep_what_tells_them_apart():
    whole = catalog.pack_named("schools")
    for dataset, table, expected in (
        ("ips_lycees", "ips", {"ips_lycees": "ips", "ips_lycees_years": "ips_years"}),
        ("ips_lycees_years", "old_years", {"ips_lycees": "old", "ips_lycees_years": "old_years"}),
        ("ips_lycees_years", "all_of", {"ips_lycees": "all_of_current", "ips_lycees_years": "all_of"}),
    ):
        pack = Installation("schools", "s", dataset, table, "schools_1").of(whole, whole.schema)
        assert {d.name: d.table for d in pack.datasets} == expected
        assert {d.group for d in pack.datasets} == {f"s.{table}"}


def test_the_first_installation_is_compiled_as_if_there_were_no_second():
    before = compiler.pack_sql(PACK, PACK.schema)
    beside = Installation("harbour", "beside", name="harbour_7").of(PACK, PACK.schema)
    text = compiler.pack_sql(beside, "beside")
    assert compiler.pack_sql(PACK, PACK.schema) == before
    assert "greenroom_harbour." not in text
    assert '"harbour"' not in text
    assert "create view preview." not in text


def test_one_dataset_elsewhere_makes_nothing_where_the_first_installation_is():
    whole = catalog.pack_named("schools")
    second = Installation("schools", "s", "ips_lycees", "ips", "schools_1").of(whole, whole.schema)
    text = compiler.pack_sql(second, "s")
    made = {name.schema for name in created(text)}
    assert made <= {"greenroom_schools_1", None}
    assert "greenroom_schools_1.clean_uai(" in text


# One dataset


def test_one_dataset_elsewhere_reads_what_it_needs_where_that_is(bay):
    pack = second(bay, "port", "ships", "hulls")
    answer = load(bay, pack, "ships", REGISTER)
    assert answer["ships"] == 3
    # the country is the town's, of the first installation
    countries = bay.rows("select ship, country from port.hulls order by 1")
    assert [(row["ship"], row["country"]) for row in countries] == [("Auk", "Sund"), ("Gull", "Sund"), ("Tern", "Fell")]
    assert made(bay, "port") == {"hulls"}


def test_what_is_made_from_a_dataset_follows_the_first_installation_only(bay):
    before = bay.rows("select * from harbour.fleet order by town")
    pack = second(bay, "port", "ships", "hulls")
    load(bay, pack, "ships", REGISTER.replace("Tern", "Skua"))
    assert bay.rows("select * from harbour.fleet order by town") == before


def test_installing_twice_is_once_and_another_dataset_is_refused(bay):
    one = second(bay, "port", "ships", "hulls")
    assert second(bay, "port", "ships", "hulls") == one
    with pytest.raises(DeclarationError, match=r"port\.hulls takes ships, not towns"):
        second(bay, "port", "towns", "hulls")
    assert bay.rows("select count(*) as n from greenroom.installation") == [{"n": 1}]


def test_a_refused_installation_leaves_nothing(bay):
    bay_of_others = "create schema port; create view port.hulls as select 1 as ship"
    with opened(bay.url) as conn:
        conn.execute(bay_of_others)
        before = conn.execute("select count(*) from pg_class").fetchone()
        with pytest.raises(DeclarationError, match="is a view"):
            second(bay, "port", "ships", "hulls")
        assert conn.execute("select count(*) from pg_class").fetchone() == before
        assert installed.installations(conn) == []


def test_the_ledger_names_an_installation_and_never_twice(bay):
    first = second(bay, "port", "ships", "hulls")
    with opened(bay.url) as conn:
        conn.execute("drop table port.hulls")
    told = refresh(lambda: opened(bay.url), [PACK], compiler=compiler)
    assert told == ["port.hulls was dropped, and is forgotten; its batches and releases stay in the ledger."]
    again = second(bay, "port", "ships", "hulls")
    assert (first.name, again.name) == ("harbour_1", "harbour_2")
    # nothing of the first stands in the way of the second
    assert load(bay, again, "ships", REGISTER)["written"]["ships"]["inserted"] == 3


# A whole pack


def test_a_copy_makes_from_its_own_rows_what_is_made_from_rows(bay):
    pack = second(bay, "dock")
    assert made(bay, "dock") == {"towns", "ships", "fleet", "tales"}
    with opened(bay.url) as conn:
        copied = copy(conn, scopes(bay), pack, bay.fetching.store, by="test")
    assert copied.is_same
    assert {t.dataset: (t.rows, t.rows_of_copy) for t in copied.tables} == {
        "towns": (2, 2), "ships": (3, 3), "fleet": (2, 2), "tales": (0, 0),
    }  # fmt: skip
    # read from the copy's own ships
    fleet = "select town, ships, names from dock.fleet order by town"
    assert bay.rows(fleet) == [
        {"town": "Arle", "ships": 2, "names": ["Auk", "Gull"]}, {"town": "Bryn", "ships": 1, "names": ["Tern"]},
    ]  # fmt: skip


def test_a_schema_with_tables_of_these_names_takes_no_copy(bay):
    with opened(bay.url) as conn:
        conn.execute("create schema dock; create table dock.fleet (town text)")
    with pytest.raises(DeclarationError, match="Schema dock holds fleet already"):
        second(bay, "dock")


def test_a_rehearsed_installation_leaves_nothing(bay):
    second(bay, "dock", dry_run=True)
    assert made(bay, "dock") == set()
    assert bay.rows("select count(*) as n from greenroom.installation") == [{"n": 0}]


# Rebuilt in place


def damaged(bay, table, statement):
    with opened(bay.url) as conn:
        conn.execute(f"alter table harbour.{table} disable trigger user")
        conn.execute(statement)
        conn.execute(f"alter table harbour.{table} enable trigger user")


def rebuilt(bay):
    with opened(bay.url) as conn:
        return {one.scope: one for one in rebuild(conn, scopes(bay), bay.fetching.store, by="test")}


def test_what_is_made_from_others_is_made_again(bay):
    before = bay.rows("select * from harbour.fleet order by town")
    assert {one.outcome for one in rebuilt(bay).values()} == {"same"}
    damaged(bay, "fleet", "update harbour.fleet set ships = 7 where town = 'Arle'")
    found = rebuilt(bay)
    assert {name: one.outcome for name, one in found.items()} == {
        "towns": "same", "ships": "same", "fleet": "changed", "tales": "same",
    }  # fmt: skip
    kept = [{k: v for k, v in row.items() if k not in ("updated_at", "release_id")} for row in before]
    after = bay.rows("select * from harbour.fleet order by town")
    assert [{k: v for k, v in row.items() if k not in ("updated_at", "release_id")} for row in after] == kept


def test_what_was_made_from_damaged_rows_is_right_when_those_are(bay):
    damaged(bay, "ships", "delete from harbour.ships where ship = 'Auk'")
    damaged(bay, "fleet", "update harbour.fleet set ships = 1, names = '{Gull}' where town = 'Arle'")
    found = rebuilt(bay)
    assert (found["ships"].outcome, found["ships"].written["ships"]["inserted"]) == ("changed", 1)
    assert bay.rows("select ships from harbour.fleet where town = 'Arle'") == [{"ships": 2}]


def test_a_year_that_only_a_person_said_is_said_again(bay, tmp_path):
    # neither the headers nor the name of the file say it
    path = tmp_path / "yearless.xlsx"
    path.write_bytes(workbook({"Ships": [["Yearbook"], ["Hull", None, "Home"], ["Name", "Masts", "Name"], *ROWS]}))
    with opened(bay.url) as conn:
        with begin(conn):
            found = catalog.scope_of(conn, PACK, PACK.dataset("ships"))
        for snapshot in pipeline.bring(found, str(path), bay.fetching):
            pipeline.stage(conn, found, snapshot, bay.fetching.store, only="1999")
        pipeline.promote(conn, found, by="test")
    assert bay.rows("select count(*) as n from harbour.ships where year = 1999") == [{"n": 3}]
    damaged(bay, "ships", "update harbour.ships set masts = 9 where year = 1999")
    assert rebuilt(bay)["ships"].tables[0].differing == ("1999",)
    assert bay.rows("select masts from harbour.ships where ship = 'Gull' and year = 1999") == [{"masts": 3}]


def test_a_period_that_its_file_gives_no_more_is_named_and_kept(bay, monkeypatch):
    before = bay.published()
    shape = compiler.shape_sql(PACK, "ships_register.sql")
    reading = shape.replace("l.year,", "'1888' as year,")
    assert reading != shape
    other = compiler.shape_sql
    monkeypatch.setattr(pipeline, "shape_sql", lambda pack, name: reading if "register" in name else other(pack, name))
    found = rebuilt(bay)
    assert found["ships"].outcome == "kept"
    assert "no longer gives ships 2002" in found["ships"].why
    assert bay.published() == before
