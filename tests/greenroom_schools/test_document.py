"""The second document, run: each importer it names has a form that loads, each statement it prints answers."""

import re
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from tests.cli.conftest import schools as schools
from tests.cli.conftest import shell as shell
from tests.conftest import OWNER
from tests.greenroom_schools.made_up import COLLEGE, FILES, LEGT, LP, LPO, MADE_OF, Site
from tests.greenroom_schools.made_up import loaded as loaded
from tests.greenroom_schools.made_up import site as site

from greenroom_schools.pack import pack

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "import-a-file.md"

# Scripts that the document's phases run, the table each fills, and rows in it after a small file.
SCRIPTS = {
    "import_pcs_reference.js": ("pcs_libelle", 2),
    "import_ips_reference.js": ("ips_score", 1),
    "import_insee.js": ("info_communes", 51),
    "import_communes_limitrophes.js": ("communes_limitrophes", 2),
    "import_anecdotes.js": ("anecdotes_communes", 1),
    "import_bpe_commerce_sante.js": ("commerce_sante_2024", 1),
    "import_criminalite.js": ("criminalite_2024", 3),
    "import_dvf.js": ("mutations_immo_latest", 1),
    "import_niveau_education.js": ("niveau_education_2021", 1),
    "import_population_age.js": ("population_evolution_age", 1),
    "import_revenus.js": ("merged_revenu_commune_bassin_2021", 1),
    "import_activite_economique.js": ("activite_economique_2022", 1),
    "import_logement.js": ("logement_2021", 1),
    "import_lycees.js": ("aggregated_data_lycees_2024", 2),
    "import_ips_lycees.js": ("ips_lycees", 3),
    "import_geodata_lycees.js": ("geodata_lycees", 5),
    "import_lycees_geolocalisation.js": ("lycees_geolocalisation", 5),
    "import_onisep.js": ("etablissements_onisep", 1),
    "import_colleges.js": ("metrics_colleges", 2),
    "import_ips_colleges.js": ("ips_colleges", 1),
    "import_specialites.js": ("specialites_lycees", 2),
    "import_optionnels_seconde.js": ("enseignements_optionnels_seconde", 1),
    "import_sections_internationales.js": ("sections_internationales", 2),
    "import_onisep_formations.js": ("onisep_details_formations_lycees", 1),
}
# What must stand before, as the document's phases also have it.
FIRST = {"ips_score": "pcs_libelle", "communes_limitrophes": "info_communes"}


def new_forms():
    """By script, the dataset that the page says it is imported with now."""
    rows = re.findall(r"^\| (`node scripts/.*?) \| `greenroom import (\w+)", PAGE.read_text("utf-8"), re.MULTILINE)
    return {script: dataset for cell, dataset in rows for script in re.findall(r"(\w+\.js)", cell)}


def test_the_page_gives_each_importer_of_the_document_its_new_form():
    assert new_forms().items() >= {script: table for script, (table, _) in SCRIPTS.items()}.items()


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_importer_loads_its_file_into_the_table_the_document_names(schools, tmp_path, script):
    table, rows = SCRIPTS[script]
    files = Site(schools, tmp_path)
    if table in FIRST:
        files.load(FIRST[table])
    words = ("--schema", "educational_data", "--target-table", table, "--truncate")
    answer = schools("import", new_forms()[script], "--csv", files.file(table), *words)
    count = sql.SQL("select count(*) from educational_data.{} where retired_at is null")
    assert schools.value(count.format(sql.Identifier(table))) == rows, answer.out
    assert schools.value("select count(*) from greenroom.quarantine") == 0
    # twice is once
    releases = schools.value("select count(*) from greenroom.release")
    assert "nothing new" in schools("import", table, "--csv", files.file(table), *words).out
    assert schools.value("select count(*) from greenroom.release") == releases


# Datasets without a file of their own


@pytest.mark.parametrize("table", MADE_OF)
def test_a_file_for_a_table_that_is_made_goes_to_what_it_is_made_from_and_both_are_published(schools, tmp_path, table):
    answer = Site(schools, tmp_path).load(table)
    assert f"{table} has no file of its own" in answer.err
    assert f"is read as {MADE_OF[table]}" in answer.err
    for name in (table, MADE_OF[table]):
        assert schools.value(sql.SQL("select count(*) from educational_data.{}").format(sql.Identifier(name))) > 0
    assert re.search(rf"^{table}: \d+ rows?$", answer.out, re.MULTILINE)


def test_of_several_inputs_the_content_of_the_file_says_which_it_is(schools, tmp_path):
    files = Site(schools, tmp_path)
    answer = files.load(
        "merged_revenu_commune_bassin_2021", "code_commune;code_bassin;annee_geographie\n78901;78902;2023\n"
    )
    assert "is read as communes_appartenance" in answer.err
    assert "merged_revenu_commune_bassin_2021: nothing yet; it is made from" in answer.out
    answer = files.load("merged_revenu_commune_bassin_2021")
    assert "is read as revenus_communes_2021" in answer.err
    assert answer.out.endswith("merged_revenu_commune_bassin_2021: 1 row\n")


def test_a_file_of_nothing_a_table_is_made_from_is_refused_by_name(schools, tmp_path):
    path = tmp_path / "strange.csv"
    path.write_text("port;boats\nAzur;7\n", encoding="utf-8")
    answer = schools.refused("import", "geodata_lycees", "--csv", path, code=24)
    assert "made from etablissements_par_source" in answer.cause
    assert "strange.csv" in answer.cause
    assert schools.value("select count(*) from greenroom.batch") == 0


def test_a_dry_run_of_a_table_that_is_made_writes_nothing(schools, tmp_path):
    Site(schools, tmp_path).load("geodata_lycees", None, "--dry-run")
    assert schools.value("select count(*) from greenroom.batch") == 0
    assert schools.value("select count(*) from educational_data.geodata_lycees") == 0


# The statements


@pytest.fixture
def reading(server, loaded):
    """A session on the loaded database with the search_path of the document's tests."""
    with psycopg.connect(server.address(loaded[0], user=OWNER), row_factory=dict_row, autocommit=True) as conn:
        conn.execute("SET search_path TO educational_data, user_mgmt, public")
        yield conn


def test_the_lycees_of_a_departement(reading):
    found = reading.execute(
        "SELECT * FROM aggregated_data_lycees_2024 WHERE code_departement = '78' AND annee = 2024 LIMIT 10"
    ).fetchall()
    assert {row["uai"] for row in found} == {LEGT, LPO}


def test_the_index_of_lycees(reading):
    found = reading.execute(
        "SELECT l.uai, l.etablissement, i.IPS FROM aggregated_data_lycees_2024 l JOIN ips_lycees i ON l.uai = i.uai"
        " WHERE l.annee = 2024 LIMIT 10"
    ).fetchall()
    assert {row["uai"]: float(row["ips"]) for row in found} == {LEGT: 120.5, LPO: 95.0}


@pytest.mark.parametrize(
    ("cache", "rows"), [("commune_context_cache", 3), ("lycee_context_cache", 2), ("college_context_cache", 2)]
)
def test_the_caches_are_counted(reading, cache, rows):
    for place in (cache, f"educational_data.{cache}"):
        assert reading.execute(f"SELECT COUNT(*) AS n FROM {place}").fetchone() == {"n": rows}


def test_what_the_backend_asks(reading):
    asked = (
        "SELECT uai, etablissement, IPS, specialites_array, local_services, crime_level"
        " FROM {}lycee_context_cache WHERE code_departement = '78' AND IPS >= 100"
        " AND specialites_array @> ARRAY['Mathématiques']::text[] ORDER BY IPS DESC LIMIT 20"
    )
    for place in ("educational_data.", ""):
        (found,) = reading.execute(asked.format(place)).fetchall()
        assert (found["uai"], float(found["ips"])) == (LEGT, 120.5)
        assert found["local_services"]["pharmacie"] == 2
        assert found["crime_level"]


def test_freshness_and_refresh_as_the_scripts_call_them(site):
    site.write("SELECT educational_data.refresh_all_caches()")
    rows = site.rows("SELECT * FROM educational_data.check_data_freshness()")
    assert list(rows[0])[:3] == ["table_name", "last_updated", "row_count"]
    told = {row["table_name"]: row["row_count"] for row in rows}
    assert told["ips_lycees"] == 3
    assert {table for table, _ in SCRIPTS.values()} <= told.keys()


@pytest.mark.parametrize("view", ["commune_context_cache", "lycee_context_cache", "college_context_cache"])
def test_a_plain_refresh_of_the_old_script_still_works(site, view):
    site.write(sql.SQL("REFRESH MATERIALIZED VIEW educational_data.{}").format(sql.Identifier(view)))
    assert site.value(sql.SQL("select count(*) from educational_data.{}").format(sql.Identifier(view))) > 1


def test_the_verification_query_says_how_many_rows_each_table_of_the_document_has(reading):
    # as printed it fails: the column is relname, and n_live_tup is a guess
    told = {
        row["table_name"]: row["row_count"]
        for row in reading.execute("select * from educational_data.check_data_freshness()")
    }
    named = {dataset.table for dataset in pack.datasets if not dataset.beside}
    assert len(named) == 29
    assert named <= told.keys()
    for name in named:
        count = sql.SQL("select count(*) as n from educational_data.{} where retired_at is null")
        assert reading.execute(count.format(sql.Identifier(name))).fetchone()["n"] == told[name], name
    statement = "SELECT relname, n_live_tup FROM pg_stat_user_tables WHERE schemaname = 'educational_data'"
    assert named <= {row["relname"] for row in reading.execute(statement)}


WHOLE_PATH = "educational_data, user_mgmt, analytics, public"


def test_the_switch_of_the_document_and_its_way_back(site):
    name = sql.Identifier(site.name)
    for path, seen in ((WHOLE_PATH, 2), ("public, user_mgmt", None)):
        site.write(sql.SQL("ALTER DATABASE {} SET search_path TO {}").format(name, sql.SQL(path)))
        assert site.value("SHOW search_path") == path
        there = site.value("select to_regclass('lycee_context_cache')")
        assert (there is not None) == (seen is not None)
    site.write(sql.SQL("ALTER DATABASE {} RESET search_path").format(name))


def test_the_switch_in_the_connection_of_the_application(site):
    options = "-c search_path=educational_data,user_mgmt,analytics,public"
    with psycopg.connect(site.url, options=options) as conn:
        assert conn.execute("SHOW search_path").fetchone() == (WHOLE_PATH.replace(" ", ""),)
        assert conn.execute("select uai from college_context_cache where uai = %s", (COLLEGE,)).fetchone() == (COLLEGE,)
        assert conn.execute("select count(*) from nl_query_log").fetchone() == (0,)


def test_a_small_file_of_each_dataset_of_the_document_exists_here():
    loadable = {d.group or d.name for d in pack.datasets if not d.beside and d.derive is None}
    assert loadable - FILES.keys() == {"sectorisation_segments", "sectorisation_zones"}
    assert LP in FILES["ips_lycees"]
