"""The caches under use: readers meanwhile, nothing moved, a cache that fails, a site's own view, hands and undo."""

import time

import psycopg
import pytest
from tests.cli.conftest import shell as shell
from tests.greenroom_schools.made_up import FILES, LEGT, PORT, sales, table
from tests.greenroom_schools.made_up import loaded as loaded
from tests.greenroom_schools.made_up import site as site
from tests.greenroom_schools.watching import Reader

CACHES = ("commune_context_cache", "lycee_context_cache", "college_context_cache")
ORDER = "select view from greenroom_schools.caches() order by depth, view"
ALL = (
    "select (select count(*) from educational_data.commune_context_cache),"
    " (select count(*) from educational_data.lycee_context_cache),"
    " (select count(*) from educational_data.college_context_cache),"
    " (select max(prix_m2_moyen) from educational_data.commune_context_cache)"
)


def dearer(price):
    return table(sales(price=str(price)))


def contents(site):
    return {view: site.rows(f"select t::text as row from educational_data.{view} as t order by 1") for view in CACHES}


def fingerprints(site):
    rows = site.rows("select distinct on (view) view, inputs from greenroom.refresh order by view, id desc")
    return {row["view"]: row["inputs"] for row in rows}


def test_a_reader_of_all_three_never_waits_for_a_lock_and_never_sees_them_empty(site):
    with Reader(site.url, ALL) as reader:
        for price in range(5000, 5004):
            site.load("mutations_immo_latest", dearer(price))
            assert set(site.refresh().values()) == {"refreshed"}
    print(f"{len(reader.seen)} reads, the longest {reader.longest_seconds * 1000:.0f} ms")  # noqa: T201
    assert reader.error is None
    assert reader.waits == []
    assert len(reader.seen) > 20
    assert {row[:3] for row in reader.seen} == {(3, 2, 2)}
    assert {price for *_, price in reader.seen} <= {4000, *range(5000, 5004)}


WRITTEN = """
select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables
"""


def rows_written(site):
    """Rows that were written in this database, whoever else works on the server; once the count has come to rest."""
    seen = [-1, site.value(WRITTEN)]
    while seen[-1] != seen[-2]:
        time.sleep(1.2)
        seen.append(site.value(WRITTEN))
    return seen[-1]


def test_a_second_refresh_writes_nothing(site):
    site.refresh()
    before, written = site.value("select count(*) from greenroom.refresh"), rows_written(site)
    assert site.refresh() == dict.fromkeys(CACHES, "unchanged")
    assert site.value("select count(*) from greenroom.refresh") == before
    assert rows_written(site) == written
    # the same count sees a refresh that does write
    site.schools("refresh", "--force")
    assert rows_written(site) > written


def test_only_the_caches_over_what_has_moved_are_refreshed(site):
    site.refresh()
    assert "LLCER anglais" in FILES["specialites_lycees"]
    site.load("specialites_lycees", FILES["specialites_lycees"].replace("LLCER anglais", "LLCER allemand"))
    assert site.refresh() == {
        "commune_context_cache": "unchanged", "lycee_context_cache": "refreshed", "college_context_cache": "unchanged"
    }  # fmt: skip


FAILING = {
    "a division by nought": (
        "create materialized view educational_data.site_own as"
        " select code_commune, 1 / (prix_m2_moyen - 5000) as x from educational_data.commune_context_cache",
        "division by zero",
    ),
    "a key that is no longer one": (
        "create materialized view educational_data.site_own as"
        " select least(prix_m2_moyen, 4500) - prix_m2_moyen as x, i from educational_data.commune_context_cache"
        " cross join generate_series(1, 2) as i where prix_m2_moyen is not null"
        " and (i = 1 or prix_m2_moyen > 4500);"
        "create unique index on educational_data.site_own (x)",
        "site_own",
    ),
}


@pytest.mark.parametrize(("made", "said"), FAILING.values(), ids=FAILING)
def test_a_cache_that_fails_leaves_all_as_they_were_and_is_named(site, made, said):
    for statement in made.split(";"):
        site.write(statement)
    site.refresh()
    before, ledger = contents(site), site.value("select count(*) from greenroom.refresh")
    site.load("mutations_immo_latest", dearer(5000))
    answer = site("refresh", code=None)
    assert answer.code not in (0, 70)
    assert said in answer.err
    assert "site_own" in answer.err
    assert contents(site) == before
    assert site.value("select count(*) from greenroom.refresh") == ledger
    site.write("drop materialized view educational_data.site_own")
    assert set(site.refresh().values()) == {"refreshed"}
    assert site.value("select max(prix_m2_moyen) from educational_data.commune_context_cache") == 5000


def test_a_view_of_the_sites_own_is_refreshed_in_its_right_order(site):
    site.write(
        "create materialized view educational_data.a_ranking as"
        " select uai, prix_m2_moyen from educational_data.lycee_context_cache"
    )
    site.write(
        "create materialized view educational_data.zz_prices as"
        " select code_commune, prix_m2_moyen from educational_data.commune_immobilier"
    )
    order = [row["view"] for row in site.rows(ORDER)]
    assert order.index("commune_context_cache") < order.index("lycee_context_cache") < order.index("a_ranking")
    site.refresh()
    site.load("mutations_immo_latest", dearer(6000))
    states = site.refresh()
    assert (states["a_ranking"], states["zz_prices"]) == ("refreshed", "refreshed")
    for own in ("a_ranking", "zz_prices"):
        assert site.value(f"select max(prix_m2_moyen) from educational_data.{own}") == 6000


def test_a_change_by_hand_of_an_input_triggers_a_refresh(site):
    site.refresh()
    site.write("update educational_data.ips_lycees_years set ips = 99 where uai = %s", LEGT)
    assert site.refresh()["lycee_context_cache"] == "refreshed"
    assert site.value("select ips from educational_data.lycee_context_cache where uai = %s", LEGT) == 99


def test_the_undoing_of_an_import_gives_the_former_fingerprint_and_the_former_cache(site):
    site.refresh()
    before, told = contents(site), fingerprints(site)
    answer = site.load("mutations_immo_latest", dearer(7000), "--json").json
    site.refresh()
    assert fingerprints(site) != told
    site("rollback", answer["release"])
    assert set(site.refresh().values()) == {"refreshed"}
    assert (contents(site), fingerprints(site)) == (before, told)
    # to and fro between two refreshes is no change
    again = site.load("mutations_immo_latest", dearer(8000), "--json").json
    site("rollback", again["release"])
    assert set(site.refresh().values()) == {"unchanged"}


def test_a_refresh_undone_half_way_through_is_as_if_it_had_not_been(site):
    site.load("mutations_immo_latest", dearer(9000))
    before = contents(site)
    with psycopg.connect(site.url) as conn:
        states = [row[1] for row in conn.execute("select * from greenroom_schools.refresh()").fetchall()]
        assert set(states) == {"refreshed"}
        conn.rollback()
    assert contents(site) == before
    assert set(site.refresh().values()) == {"refreshed"}
    assert site.value("select prix_m2_moyen from educational_data.commune_context_cache where code_commune = %s", PORT)
