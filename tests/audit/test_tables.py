"""Rows of a flat dataset: filtered, sorted, paged, counted, as a file, one by one."""

import csv
import io
from decimal import Decimal

import pytest
from tests.greenroom_schools.atlas import (
    FORMULA,
    HOSTILE,
    HOSTILE_ONE,
    NOW,
    NUMBERS,
    index_before,
    index_now,
    indexes,
    name_of,
    school,
)
from tests.greenroom_schools.atlas import atlas as atlas
from tests.greenroom_schools.atlas import atlas_made as atlas_made

from greenroom import catalog
from greenroom.audit import layers, tables
from greenroom.audit.tables import Cell, Count, Filter, Wish, unrunnable
from greenroom.db.connection import begin
from greenroom.model.errors import DeclarationError, UnknownColumn, UnknownTarget


@pytest.fixture
def seen(atlas):
    """`seen("ips_lycees_years", …)` is a page, its cells by column."""

    def page(dataset="ips_lycees_years", *filters, **wish):
        with begin(atlas.desk.conn) as conn:
            pack, declared = catalog.flat_dataset(conn, dataset)
            return tables.page(conn, pack, declared, Wish(filters=tuple(Filter(*each) for each in filters), **wish))

    return page


def column(page, name):
    place = [heading.name for heading in page.headings].index(name)
    return [line.cells[place] for line in page.lines]


def numbers(page):
    """Which lycées a page holds."""
    known = {school(n): n for n in NUMBERS}
    return [known[cell.text] for cell in column(page, "uai")]


def test_all_rows_of_all_periods_are_counted(seen):
    page = seen()
    assert page.count == Count(2 * len(NUMBERS), True)
    assert len(page.lines) == 2 * len(NUMBERS)
    assert page.stopped == ""


def test_a_period_narrows(seen):
    page = seen(period=NOW)
    assert page.count == Count(len(NUMBERS), True)
    assert {cell.text for cell in column(page, "rentree_scolaire")} == {NOW}


def test_the_key_stands_first_and_names_the_row(seen):
    page = seen(period=NOW)
    assert [heading.name for heading in page.headings[:2]] == ["uai", "rentree_scolaire"]
    assert [heading.is_key for heading in page.headings[:3]] == [True, True, False]
    assert page.lines[0].key == (school(1), NOW)


def test_withheld_not_given_and_values_are_told_apart(seen):
    cells = dict(zip(numbers(page := seen(period=NOW)), column(page, "ips"), strict=True))
    assert cells[5] == Cell("", "withheld")
    assert cells[6] == Cell("", "not given")
    assert (cells[7].text, cells[7].state) == ("105.00", "value")


def test_an_empty_text_is_neither(atlas, seen):
    atlas.desk.conn.execute(
        "update educational_data.ips_lycees_years set academie = '' where uai = %s and rentree_scolaire = %s",
        (school(1), NOW),
    )
    cells = dict(zip(numbers(page := seen(period=NOW)), column(page, "academie"), strict=True))
    assert cells[1].state == "empty"
    assert cells[2].state == "not given"
    assert numbers(seen("ips_lycees_years", ("academie", "empty"), period=NOW)) == [1]
    assert 1 not in numbers(seen("ips_lycees_years", ("academie", "not given"), period=NOW))


NUMERIC = {n: index_now(n) for n in NUMBERS if isinstance(index_now(n), float)}


@pytest.mark.parametrize(
    ("how", "value", "fits"),
    [
        ("at least", "110", lambda v: v >= 110),
        ("at most", "91,5", lambda v: v <= 91.5),
        ("between", "90..110", lambda v: 90 <= v <= 110),
        ("equals", "105", lambda v: v == 105),
        ("between", "110..90", lambda v: False),
    ],
)
def test_numbers_are_compared_as_numbers(seen, how, value, fits):
    assert numbers(seen("ips_lycees_years", ("ips", how, value), period=NOW)) == [
        n for n, v in NUMERIC.items() if fits(v)
    ]


@pytest.mark.parametrize(
    ("how", "expected"),
    [("withheld", [5]), ("not given", [6]), ("given", [n for n in NUMBERS if n not in (5, 6)]), ("empty", [])],
)
def test_what_is_absent_can_be_asked_for(seen, how, expected):
    assert numbers(seen("ips_lycees_years", ("ips", how), period=NOW)) == expected


def test_nothing_is_withheld_where_no_column_says_so(seen):
    assert seen("communes_population", ("nom_commune", "withheld")).lines == ()
    assert seen("info_communes", ("siren", "withheld")).count == Count(0, True)


@pytest.mark.parametrize("typed", ["lycée n 7", "LYCEE N 7", "Lycee N 7", "n 7"])
def test_case_and_accents_do_not_count(seen, typed):
    assert numbers(seen("ips_lycees_years", ("nom_de_l_etablissement", "contains", typed), period=NOW)) == [7]


@pytest.mark.parametrize("typed", ["%", "_", "\\", "N_7", "' or true --", '"; drop table'])
def test_nothing_typed_is_a_pattern_or_sql(seen, typed):
    assert seen("ips_lycees_years", ("nom_de_l_etablissement", "contains", typed)).lines == ()


def test_conditions_all_hold(seen):
    page = seen(
        "ips_lycees_years", ("ips", "at least", "100"), ("nom_de_l_etablissement", "contains", "n 1"), period=NOW
    )
    assert numbers(page) == [n for n, v in NUMERIC.items() if v >= 100 and "N 1" in name_of(n)]


def test_equals_on_text_is_exact(seen):
    assert numbers(seen("ips_lycees_years", ("uai", "equals", school(4)), period=NOW)) == [4]
    assert seen("ips_lycees_years", ("uai", "equals", school(4).lower())).lines == ()


@pytest.mark.parametrize("value", ["abc", "", "1e9", "NaN", "1..2", "9" * 16, "--1", "0x10"])
def test_a_number_that_is_none_is_refused(seen, value):
    with pytest.raises(DeclarationError, match="holds numbers"):
        seen("ips_lycees_years", ("ips", "at least", value))


def test_between_wants_two_numbers(seen):
    with pytest.raises(DeclarationError, match="names no two numbers"):
        seen("ips_lycees_years", ("ips", "between", "90"))


def test_texts_are_not_compared_by_size(seen):
    with pytest.raises(DeclarationError, match="holds no numbers"):
        seen("ips_lycees_years", ("uai", "at least", "5"))


@pytest.mark.parametrize("name", ["nothing", "ips; drop table x", 'ips"', "unit_id", ""])
def test_a_column_that_is_not_declared_is_refused(seen, name):
    with pytest.raises(UnknownColumn):
        seen("ips_lycees_years", (name, "given"))


def test_sorting_down_and_up_puts_the_absent_last(seen):
    by_value = [n for n, _ in sorted(NUMERIC.items(), key=lambda item: item[1])]
    assert numbers(seen(period=NOW, sort="ips")) == [*by_value, 5, 6]
    assert numbers(seen(period=NOW, sort="-ips")) == [*by_value[::-1], 5, 6]


def test_an_unknown_sort_is_refused(seen):
    with pytest.raises(UnknownColumn):
        seen(sort="-nothing")


def test_pages_follow_on_without_gap_or_repeat(atlas, seen, monkeypatch):
    monkeypatch.setattr(tables, "PAGE", 7)
    pages = [seen(sort="-ips", page=n) for n in (1, 2, 3, 4, 5, 6)]
    keys = [line.key for page in pages for line in page.lines]
    assert len(keys) == len(set(keys)) == 2 * len(NUMBERS)
    assert {page.pages for page in pages} == {5}
    assert pages[5].lines == ()
    assert {page.count for page in pages} == {Count(2 * len(NUMBERS), True)}


def test_a_count_that_is_too_long_is_an_estimate_and_says_so(seen, monkeypatch):
    monkeypatch.setattr(tables, "PAGE", 5)
    monkeypatch.setattr(tables, "COUNTED", 10)
    page = seen()
    assert not page.count.is_exact
    assert page.count.rows >= 11


def test_rows_that_take_too_long_are_stopped_and_said_so(atlas, seen, monkeypatch):
    monkeypatch.setattr(tables, "ROWS_SECONDS", 0.001)
    monkeypatch.setattr(tables, "COUNT_SECONDS", 0.001)
    atlas.desk.conn.execute(
        "create function public.slow(text) returns boolean language plpgsql as"
        " $$begin perform pg_sleep(0.2); return true; end$$"
    )
    relation = layers.relation

    def slow(*given, **more):
        from psycopg import sql

        found = relation(*given, **more)
        return layers.Relation(
            found.table, sql.SQL("{} and public.slow(t.uai)").format(found.condition), found.values, found.columns
        )

    monkeypatch.setattr(tables, "relation", slow)
    page = seen()
    assert page.lines == ()
    assert "name a period" in page.stopped
    assert not page.count.is_exact
    # the connection is still good for more
    monkeypatch.setattr(tables, "relation", relation)
    monkeypatch.setattr(tables, "ROWS_SECONDS", 30)
    assert seen(period=NOW).lines


def test_long_cells_are_cut_and_say_how_long_they_are(atlas, seen):
    atlas.desk.conn.execute("update educational_data.ips_lycees_years set academie = repeat('é', 5000)")
    (cell, *_) = column(seen(), "academie")
    assert (len(cell.text), cell.length) == (tables.SHOWN, 5000)


def test_what_waits_is_another_layer(atlas, seen):
    assert seen(layer="batch").count == Count(0, True)
    atlas.desk.stage("ips_lycees", indexes("2024-2025", lambda n: 100 + n), complete=True)
    page = seen(layer="batch")
    assert page.count == Count(len(NUMBERS), True)
    assert "release_id" not in [heading.name for heading in page.headings]
    assert seen().count == Count(2 * len(NUMBERS), True)
    with begin(atlas.desk.conn) as conn:
        pack, declared = catalog.flat_dataset(conn, "ips_lycees_years")
        assert layers.waits(conn, pack, declared)
        assert layers.periods(conn, pack, declared, "batch") == ["2024-2025"]
        assert layers.periods(conn, pack, declared) == [NOW, "2022-2023"]


def test_the_preview_is_what_is_published_where_nothing_is_prepared(seen):
    assert seen(layer="preview").lines == seen().lines


def test_rows_that_left_are_shown_only_when_asked_for(atlas, seen):
    atlas.desk.conn.execute(
        "update educational_data.ips_lycees_years set retired_at = now() where uai = %s", (school(1),)
    )
    assert 1 not in numbers(seen(period=NOW))
    assert numbers(seen(period=NOW, retired=True)) == [1]


def test_a_period_of_what_has_none_is_refused(seen):
    with pytest.raises(UnknownTarget, match="has no periods"):
        seen("etablissements_geolocalisation", period="2023")


@pytest.mark.parametrize("name", ["nothing", "topics", "pg_class", "", "greenroom.person"])
def test_only_declared_datasets_are_tables(seen, name):
    with pytest.raises(UnknownTarget):
        seen(name)


def test_every_dataset_of_the_pack_can_be_shown_on_every_layer(atlas):
    with begin(atlas.desk.conn) as conn:
        for pack in catalog.file_packs(conn):
            for declared in pack.datasets:
                for layer in layers.LAYERS:
                    assert tables.page(conn, pack, declared, Wish(layer=layer)).headings
                layers.periods(conn, pack, declared)


# As a file.


def file(atlas, *filters, **wish):
    with begin(atlas.desk.conn) as conn:
        pack, declared = catalog.flat_dataset(conn, "ips_lycees_years")
        raw = b"".join(tables.as_csv(conn, pack, declared, Wish(filters=tuple(Filter(*f) for f in filters), **wish)))
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_file_has_all_rows_and_says_the_same_as_the_database(atlas):
    rows = file(atlas)
    told = atlas.rows("select uai, rentree_scolaire, ips::text from educational_data.ips_lycees_years order by 1, 2")
    assert [(r["uai"], r["rentree_scolaire"], r["ips"] or None) for r in rows] == told


def test_a_file_is_filtered_and_sorted_like_the_page(atlas):
    rows = file(atlas, ("ips", "at least", "120"), period=NOW, sort="-ips")
    assert [Decimal(r["ips"]) for r in rows] == sorted(
        (Decimal(str(v)) for v in NUMERIC.values() if v >= 120), reverse=True
    )


def test_a_file_names_what_was_withheld(atlas):
    (row,) = file(atlas, ("ips", "withheld"), period=NOW)
    assert (row["uai"], row["ips"]) == (school(5), "")
    assert "ips" in row["withheld"]


def test_no_cell_of_a_file_is_a_formula(atlas):
    (row,) = file(atlas, ("uai", "equals", school(2)), period=NOW)
    assert row["nom_de_l_etablissement"] == "'" + FORMULA
    (hostile,) = file(atlas, ("uai", "equals", school(HOSTILE_ONE)), period=NOW)
    assert hostile["nom_de_l_etablissement"] == HOSTILE


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\xa0=1", "\ttext", "＝1"])
def test_texts_that_spreadsheets_run_stand_behind_an_apostrophe(text):
    assert unrunnable(text) == "'" + text


@pytest.mark.parametrize("text", ["", None, "a=1", "12 - 3", "Lycée", "'=1", "1.5"])
def test_other_texts_are_left_alone(text):
    assert unrunnable(text) == text


def test_negative_numbers_of_a_column_of_numbers_stay_numbers(atlas):
    atlas.desk.conn.execute(
        "update educational_data.ips_lycees_years set ips = -1.5 where uai = %s and rentree_scolaire = %s",
        (school(1), NOW),
    )
    (row,) = file(atlas, ("uai", "equals", school(1)), period=NOW)
    assert row["ips"] == "-1.50"


def test_a_file_comes_in_pieces(atlas):
    atlas.desk.conn.execute("update educational_data.ips_lycees_years set academie = repeat('x', 10000)")
    with begin(atlas.desk.conn) as conn:
        pack, declared = catalog.flat_dataset(conn, "ips_lycees_years")
        pieces = list(tables.as_csv(conn, pack, declared, Wish()))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 100_000


# One row.


def one(atlas, *key, dataset="ips_lycees_years"):
    with begin(atlas.desk.conn) as conn:
        pack, declared = catalog.flat_dataset(conn, dataset)
        return tables.row(conn, pack, declared, key)


def test_a_row_tells_published_waiting_and_before(atlas):
    atlas.desk.publish("ips_lycees", indexes(NOW, lambda n: 90 + n), complete=True)
    atlas.desk.stage("ips_lycees", indexes(NOW, lambda n: 70 + n), complete=True)
    row = one(atlas, school(3), NOW)
    place = [heading.name for heading in row.headings].index("ips")
    assert (row.published[place].text, row.waiting[place].text) == ("93.00", "73.00")
    (before,) = row.history
    assert Decimal(before.values["ips"]) == Decimal(str(index_now(3)))
    assert before.kind == "promote"
    assert row.release == max(r[0] for r in atlas.rows("select id from greenroom.release"))


def test_a_row_that_was_never_changed_has_no_history(atlas):
    row = one(atlas, school(3), "2022-2023")
    assert row.history == ()
    assert row.waiting is None
    assert row.published[[h.name for h in row.headings].index("ips")].text == f"{index_before(3):.2f}"


def test_a_row_that_left_is_still_told(atlas):
    atlas.desk.publish("ips_lycees", indexes(NOW, index_now, NUMBERS[1:]), complete=True)
    row = one(atlas, school(1), NOW)
    assert row.published is None or row.is_retired
    assert row.history


@pytest.mark.parametrize("key", [("nobody", NOW), (school(3), "1900-1901"), (school(3),), (school(3), NOW, "more"), ()])
def test_a_row_that_never_was_is_unknown(atlas, key):
    with pytest.raises(UnknownTarget):
        one(atlas, *key)


def test_numbers_in_a_key_are_compared_as_such(atlas):
    row = one(atlas, "78901", "2021", dataset="communes_population")
    assert row.published is not None
    for broken in ("2021.0", "x", "99999999999", "-", ""):
        with pytest.raises(UnknownTarget):
            one(atlas, "78901", broken, dataset="communes_population")
