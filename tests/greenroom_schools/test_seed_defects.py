"""The second document's plan, with what it meant where it fails when run as written (facts/seed_defects.md, 0.2)."""

import re

import psycopg
from tests.cli.conftest import schools as schools
from tests.cli.conftest import shell as shell
from tests.cli.lycees import file_of, lycees
from tests.greenroom_schools.made_up import (
    COLLEGE,
    FILES,
    LEGT,
    LP,
    LPO,
    PORT,
    THEFTS,
    Site,
    brevet,
    crime,
    index,
    of_commune,
    results,
    table,
)
from tests.greenroom_schools.made_up import loaded as loaded
from tests.greenroom_schools.made_up import site as site
from tests.greenroom_schools.watching import Reader

from greenroom_schools.pack import pack

FRESHNESS = "select * from educational_data.check_data_freshness()"


# 1
def test_freshness_answers_and_tells_the_age_of_the_data_not_of_the_last_analyze(site):
    before = {row["table_name"]: row for row in site.rows(FRESHNESS)}
    published = site.value(
        "select max(made_at) from greenroom.release as r join greenroom.scope as c on c.id = r.scope_id"
        " where c.name = 'metrics_colleges'"
    )
    assert before["metrics_colleges"]["last_updated"] == published
    assert (before["metrics_colleges"]["period"], before["metrics_colleges"]["row_count"]) == ("2024", 2)
    site.write("analyze educational_data.metrics_colleges")
    assert {row["table_name"]: row for row in site.rows(FRESHNESS)} == before


# 2
def test_the_final_verification_tells_the_rows_of_every_table(site):
    told = {row["table_name"]: row["row_count"] for row in site.rows(FRESHNESS)}
    tables = [dataset.table for dataset in pack.datasets]
    assert told == {
        name: site.value(f"select count(*) from educational_data.{name} where retired_at is null") for name in tables
    }
    assert told["info_communes"] == 51


# 3
def test_a_failed_importer_fails_the_run_stops_what_needs_it_and_nothing_else(schools, tmp_path):
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    files = Site(schools, downloads)
    files.file("pcs_libelle", FILES["pcs_libelle"] + "31;Encore une fois\n")
    files.file("ips_score")
    files.file("ips_lycees")
    answer = schools("run", "schools", "--from", downloads, "--promote", "--json", code=1)
    told = {row["name"]: row for row in answer.json["tables"]}
    assert told["pcs_libelle"]["state"] == "held"
    assert {finding["check"] for finding in told["pcs_libelle"]["findings"]} == {"duplicate_key"}
    assert (told["ips_score"]["state"], told["ips_score"]["message"]) == ("stopped", "needs pcs_libelle")
    assert told["ips_lycees"]["state"] == "loaded"
    assert not answer.json["whole"]
    assert schools.value("select count(*) from educational_data.pcs_libelle") == 0


# 4
def test_a_child_never_goes_before_its_parent(schools, tmp_path):
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    files = Site(schools, downloads)
    alone = schools("import", "ips_score", "--csv", files.file("ips_score"), code=1)
    assert "occupation 52 is not in pcs_libelle" in alone.err
    assert schools.value("select count(*) from educational_data.ips_score") == 0
    files.file("pcs_libelle")
    schools("run", "schools", "--from", downloads, "--promote", "--jobs", "4", "--json", code=1)
    releases = schools.rows(
        "select c.name from greenroom.release join greenroom.scope as c on c.id = scope_id order by 1"
    )
    assert [row["name"] for row in releases] == ["ips_score", "pcs_libelle"]
    assert schools.value(
        "select count(*) from educational_data.ips_score join educational_data.pcs_libelle on pcs = 52"
    )


# 5
def test_readers_never_see_an_empty_table_and_never_wait_while_an_import_replaces_it(schools, tmp_path):
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "0.csv", lycees(400)), "--truncate")
    # a row that is gone stays readable by whoever refers to it; TRUNCATE itself would be refused
    schools.write("create table public.favourites (uai text references educational_data.ips_lycees)")
    query = "select count(*), min(ips) from educational_data.ips_lycees where retired_at is null"
    with Reader(schools.url, query) as reader:
        for n in range(1, 4):
            path = file_of(tmp_path / f"{n}.csv", lycees(400 - n, ips=100 + n))
            schools("import", "ips_lycees", "--csv", path, "--truncate")
    assert reader.error is None
    assert reader.waits == []
    assert len(reader.seen) > 20
    # each answer is one edition, whole: so many rows belong to that index and to no other
    assert {(count, int(ips)) for count, ips in reader.seen} <= {(400 - n, 100 + n) for n in range(4)}
    assert (397, 103) in {(count, int(ips)) for count, ips in [*reader.seen, schools_now(schools, query)]}


def schools_now(schools, query):
    return tuple(schools.rows(query)[0].values())


# 6
def test_a_lycee_of_several_places_and_sections_is_one_row_of_the_cache(site):
    places = "select count(*) from educational_data.{} where uai = %s"
    assert site.value(places.format("specialites_lycees"), LEGT) == 2
    assert site.value(places.format("sections_internationales"), LEGT) == 2
    (row,) = site.rows("select * from educational_data.lycee_context_cache where uai = %s", LEGT)
    assert row["specialites_array"] == ["LLCER anglais", "Mathématiques", "Physique-chimie"]
    assert row["sections_internationales"] == ["ALLEMANDE", "BRITANNIQUE"]
    for cache in ("lycee_context_cache", "college_context_cache"):
        assert site.value(f"select count(*) = count(distinct uai) from educational_data.{cache}")
        unique = "select count(*) from pg_index where indrelid = %s::regclass and indisunique and indnatts = 1"
        assert site.value(unique, f"educational_data.{cache}") == 1


# 7
def test_the_log_and_the_feedback_survive_a_rebuild(site):
    site.write("insert into analytics.user_feedback (user_action, mood, message) values ('search', 'glad', 'it works')")
    site.write("insert into analytics.nl_query_log (user_query, success) values ('lycées du 78', true)")
    whole = (
        "select 'analytics.user_feedback'::regclass::oid::bigint as a,"
        " 'analytics.nl_query_log'::regclass::oid::bigint as b,"
        " (select jsonb_agg(f) from analytics.user_feedback as f) as feedback,"
        " (select jsonb_agg(q) from analytics.nl_query_log as q) as log"
    )
    before = site.rows(whole)
    site.write("alter table educational_data.ips_lycees disable trigger user")
    site.write("delete from educational_data.ips_lycees where uai = %s", LPO)
    site.write("alter table educational_data.ips_lycees enable trigger user")
    answer = site("rebuild", "schools")
    assert "ips_lycees: rebuilt" in answer.out
    assert site.value("select count(*) from educational_data.ips_lycees where uai = %s", LPO) == 1
    assert site.rows(whole) == before
    assert len(before[0]["log"]) == 1


# 8
def test_a_session_that_is_open_keeps_the_old_path_and_the_tool_says_so(site):
    with psycopg.connect(site.url, application_name="the site", autocommit=True) as old:
        before = old.execute("show search_path").fetchone()
        answer = site("switch-over", "--yes")
        assert old.execute("show search_path").fetchone() == before
        assert site.value("show search_path").startswith("educational_data")
        # a connection of the test before may not have ended yet
        assert re.search(r"sessions opened earlier, which keep the path they began with: [1-9]", answer.out)
        assert "the site" in answer.out


# 9
def test_the_way_back_restores_the_path_letter_by_letter_and_a_new_session_proves_it(site):
    name = psycopg.sql.Identifier(site.name)
    odd = '"$user",public , user_mgmt'
    with psycopg.connect(site.url) as conn:
        conn.execute("select set_config('search_path', %s, true)", [odd])
        conn.execute(psycopg.sql.SQL("alter database {} set search_path from current").format(name))
    before = site.value("show search_path")
    site("switch-over", "--yes")
    assert site.value("show search_path") != before
    site("switch-back", "--yes")
    assert site.value("show search_path") == before == odd


# 10
def test_all_29_tables_stand_the_view_they_need_is_defined_and_postgis_is_not_required(site):
    named = [dataset.table for dataset in pack.datasets if not dataset.beside]
    assert len(named) == 29
    there = "select count(*) from pg_class where relnamespace = 'educational_data'::regnamespace and relkind = 'r'"
    assert site.value(f"{there} and relname = any (%s)", named) == 29
    assert site.value("select count(*) from educational_data.relevant_communes where code_commune = %s", PORT) == 1
    column = (
        "select format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = 'educational_data.sectorisation_zones'::regclass and attname = 'geometry'"
    )
    installed = site.value("select exists (select from pg_extension where extname = 'postgis')")
    assert ("MultiPolygon" in site.value(column)) == installed


# 11
def test_a_refresh_waits_for_no_reader_and_no_reader_waits_for_it(site):
    site.load("mutations_immo_latest", FILES["mutations_immo_latest"].replace(";4000;", ";5000;"))
    with psycopg.connect(site.url) as long_reader:
        # a transaction that has read the caches, and stays open
        query = "select max(prix_m2_moyen) from educational_data.lycee_context_cache"
        assert long_reader.execute(query).fetchone() == (4000,)
        with Reader(
            site.url, "select count(*), max(prix_m2_moyen) from educational_data.lycee_context_cache"
        ) as reader:
            site.write("set lock_timeout = '2s'; select educational_data.refresh_all_caches()")
        assert long_reader.execute(query).fetchone() == (5000,)
    assert reader.error is None
    assert reader.waits == []
    assert {count for count, _ in reader.seen} == {2}
    assert site.value(query) == 5000


# 12
def test_a_new_year_needs_no_migration_and_no_change_of_a_view(site):
    made = (
        "select (select count(*) from greenroom.migration) as migrations,"
        " (select md5(string_agg(pg_get_viewdef(c.oid), '' order by c.oid)) from pg_class as c"
        "   where c.relkind in ('v', 'm') and c.relnamespace = 'educational_data'::regnamespace) as views"
    )
    before = site.rows(made)
    site.load(
        "aggregated_data_lycees_2024", table(results(LEGT, "LYCEE DU PORT", 2025, taux_reussite_toutes_series="99"))
    )
    site.load("metrics_colleges", table(brevet(COLLEGE, "COLLEGE DU PORT", 2025)))
    indexes = [index(uai, "LYCEE", "2024-2025", "130") for uai in (LEGT, LPO, LP)]
    site.load("ips_lycees", table(*indexes))
    site.load("commerce_sante_2024", table(of_commune(year=2025, pharmacie="7")))
    site.load("logement_2021", table(of_commune(year=2022, logements="5100", part_locataires="44")))
    # this file holds all its years
    site.load(
        "criminalite_2024", table(*(crime(year=year, indicateur=kind) for year in (2024, 2025) for kind in THEFTS))
    )
    assert site.refresh() == dict.fromkeys(
        ("commune_context_cache", "lycee_context_cache", "college_context_cache"), "refreshed"
    )
    (lycee,) = site.rows("select * from educational_data.lycee_context_cache")
    assert (lycee["annee"], float(lycee["taux_reussite_toutes_series"])) == (2025, 99)
    assert (lycee["ips_rentree"], float(lycee["ips"])) == ("2024-2025", 130)
    assert lycee["local_services"]["pharmacie"] == 7
    assert float(lycee["part_locataires"]) == 44
    assert (
        site.value("select crime_annee from educational_data.commune_context_cache where code_commune = %s", PORT)
        == 2025
    )
    assert site.value("select session from educational_data.college_context_cache") == 2025
    assert site.value("select count(*) from educational_data.aggregated_data_lycees_2024 where annee = 2024") == 2
    assert site.rows(made) == before
