"""The whole of the second document on the real files: one run over a folder, then what the site asks."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from tests.conftest import OWNER

from greenroom import catalog
from greenroom.db.connection import connect
from greenroom.pipeline import Fetching
from greenroom.run import Runner, Wishes, run
from greenroom.write.fetch import Store
from greenroom_schools.pack import pack

pytestmark = pytest.mark.timeout(900)

# Rows that each table must hold after the run, from the manifests and facts; files that are cut, as they are cut.
PUBLISHED = {
    "aggregated_data_lycees_2024": 2_331 + 13,
    "metrics_colleges": 20_053,
    "ips_lycees": 3_598,
    "ips_lycees_years": 21_777 + 3_598 + 379,
    "ips_colleges": 6_973,
    "ips_colleges_years": 6_973 + 827,
    "specialites_lycees": 2_452,
    "enseignements_optionnels_seconde": 2_682,
    # one of 395 has a number that no school has
    "sections_internationales": 394,
    "etablissements_onisep": 9,
    "criminalite_2024": 4_640,
    "criminalite_departements": 16_362,
    "communes_mouvements": 13_437,
    "revenus_communes_2021": 32_822,
    "revenus_bassins_2021": 1_707,
    "merged_revenu_commune_bassin_2021": 32_822,
}


class Whole:
    """The database after one run over all real files, and the account of it."""

    def __init__(self, url, account):
        self.url = url
        self.account = account
        self.outcomes = {outcome.name: outcome for outcome in account.outcomes}

    def rows(self, query, *values):
        with psycopg.connect(self.url, row_factory=dict_row) as conn:
            return conn.execute(query, values or None).fetchall()

    def value(self, query, *values):
        return next(iter(self.rows(query, *values)[0].values()))


@pytest.fixture(scope="module")
def whole(server, template, shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("downloads")
    for file in sorted(shared_data("fr").rglob("*")):
        if file.is_file() and file.name != "MANIFEST.md":
            (folder / file.name).symlink_to(file)
    name = sql.Identifier(f"whole_{os.getpid()}")
    make = sql.SQL("create database {} template {} owner {}").format(
        name, sql.Identifier(template("schools")), sql.Identifier(OWNER)
    )
    with psycopg.connect(server.address(), autocommit=True) as conn:
        conn.execute(make)
    url = server.address(f"whole_{os.getpid()}", user=OWNER)

    @contextmanager
    def connection():
        with connect(url, application_name="test", statement_timeout_seconds=600, lock_timeout_seconds=60) as conn:
            yield conn

    tools = Runner(connection, Fetching(Store(tmp_path_factory.mktemp("store"))), lambda line: None, lambda c, f: "")
    wishes = Wishes(promote=True, by="test", approve="real files, cut on purpose", jobs=4)
    account = run(pack, list(catalog.groups(pack)), str(folder), wishes, tools, "test")
    yield Whole(url, account)
    with psycopg.connect(server.address(), autocommit=True) as conn:
        conn.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.mark.parametrize(("table", "rows"), PUBLISHED.items(), ids=PUBLISHED)
def test_each_table_holds_what_the_manifests_count(whole, table, rows):
    found = whole.value(
        sql.SQL("select count(*) from educational_data.{} where retired_at is null").format(sql.Identifier(table))
    )
    assert found == rows


def test_no_file_is_read_by_a_table_it_is_not_for(whole):
    read = {
        Path(file.address).name.partition(".")[0]: outcome.name
        for outcome in whole.account.outcomes
        for file in outcome.files
        if outcome.name not in ("aggregated_data_lycees_pro", "zones_supra_communales")
    }
    assert read["cc_filosofi_2021_COM_sauf_33_35_59_67_972_974"] == "revenus_communes_2021"
    assert read["statistiques-locales_bassin-de-vie_social_determinants"] == "revenus_bassins_2021"
    assert read["ival-2024-154664"] == "aggregated_data_lycees_2024"
    # a file of départements, one of brevet results: no table is made of them
    strange = {Path(where).name for where, _ in whole.account.strange}
    assert "statistiques-locales_departement_health_anova_regression.csv" in strange
    assert "fr-en-dnb-par-etablissement.pays-de-la-loire.api-v2.json.gz" in strange


def test_regional_extracts_beside_a_national_file_are_reported(whole):
    files = {Path(file.address).name: file for file in whole.outcomes["aggregated_data_lycees_2024"].files}
    extract = files["fr-en-indicateurs-de-resultat-des-lycees-gt_v2.pays-de-la-loire.rebuilt.csv"]
    assert "2024" in extract.covered
    assert whole.value("select count(*) from educational_data.aggregated_data_lycees_2024 where annee = 2024") == 2_331


def test_the_account_names_what_is_missing_and_where_to_get_it(whole):
    assert whole.account.headline().split(";")[0].endswith("of 29 loaded")
    assert whole.outcomes["pcs_libelle"].state == "missing"
    assert "PCS 2003" in whole.outcomes["pcs_libelle"].hint
    assert json.loads(json.dumps(whole.account.as_json(), default=str))["tables"]


def test_the_lycee_cache_holds_every_lycee_of_the_newest_session_once(whole):
    assert whole.rows(
        "select count(*) as n, count(distinct uai) as uai, count(ips) as ips, count(specialites_array) as specialites,"
        " count(*) filter (where has_commune_context) as communes, min(annee) as first, max(annee) as last"
        " from educational_data.lycee_context_cache"
    ) == [{"n": 2331, "uai": 2331, "ips": 2319, "specialites": 2185, "communes": 2330, "first": 2024, "last": 2024}]
    # the one without is in Andorra
    assert (
        whole.value("select code_commune from educational_data.lycee_context_cache where not has_commune_context")
        == "99130"
    )


def by_departement(whole, cache):
    query = sql.SQL("select code_departement as d, count(*) as n from educational_data.{} group by 1")
    return {row["d"]: row["n"] for row in whole.rows(query.format(sql.Identifier(cache)))}


def test_the_lycees_of_each_departement_are_counted(whole):
    counts = by_departement(whole, "lycee_context_cache")
    assert {d: counts[d] for d in ("78", "75", "59", "13", "2A", "2B", "971", "976")} == {
        "78": 55, "75": 106, "59": 97, "13": 78, "2A": 5, "2B": 6, "971": 19, "976": 10,
    }  # fmt: skip


def test_the_index_that_is_absent_is_told_from_one_that_is_withheld(whole):
    absent = whole.rows("select uai from educational_data.lycee_context_cache where ips_status = 'absent'")
    assert len(absent) == 12
    assert {"0040587S", "0131596P", "0932110N", "0932861E", "0930863H"} <= {row["uai"] for row in absent}
    types = whole.rows(
        "select type_de_lycee as t, count(*) as n from educational_data.lycee_context_cache"
        " where ips is not null group by 1"
    )
    assert {row["t"]: row["n"] for row in types} == {"LEGT": 1462, "LPO": 857}


DOCUMENT = """
SELECT uai, etablissement, IPS, specialites_array, local_services, crime_level
FROM educational_data.lycee_context_cache
WHERE code_departement = '78'
  AND IPS >= 100
  AND specialites_array @> ARRAY['Mathématiques']::text[]
ORDER BY IPS DESC
"""


def test_the_documents_query_gives_48_lycees_the_highest_index_first(whole):
    found = whole.rows(DOCUMENT)
    assert len(found) == 48
    assert [(row["uai"], float(row["ips"])) for row in found[:8]] == [
        ("0783548H", 161.6), ("0783549J", 152.1), ("0782562L", 151.4), ("0783283V", 147.5),
        ("0783350T", 147.3), ("0783657B", 147.2), ("0781861Z", 146.7), ("0783286Y", 146.4),
    ]  # fmt: skip


def test_the_college_cache_holds_every_college_of_the_newest_session_once(whole):
    assert whole.rows(
        "select count(*) as n, count(distinct uai) as uai, count(ips) as ips, count(latitude) as places,"
        " count(code_commune) as communes, min(session) as session from educational_data.college_context_cache"
    ) == [{"n": 6816, "uai": 6816, "ips": 6809, "places": 6810, "communes": 6816, "session": 2024}]
    counts = by_departement(whole, "college_context_cache")
    assert {d: counts[d] for d in ("78", "75", "59", "13", "2A", "2B", "971", "976")} == {
        "78": 139, "75": 168, "59": 280, "13": 189, "2A": 14, "2B": 16, "971": 49, "976": 22,
    }  # fmt: skip


def test_each_cache_has_as_many_rows_as_its_base(whole):
    for cache, base in (
        ("lycee_context_cache", "aggregated_data_lycees_2024 where annee = 2024"),
        ("college_context_cache", "metrics_colleges where session = 2024"),
        ("commune_context_cache", "relevant_communes"),
    ):
        assert whole.value(f"select count(*) from educational_data.{cache}") == whole.value(
            f"select count(*) from educational_data.{base}"
        ), cache


ONE_ROW_A_KEY = {
    "communes_de_code": "code", "commune_services": "code_commune", "commune_immobilier": "code_commune",
    "commune_education": "code_commune", "commune_age": "code_commune", "commune_logement": "code_commune",
    "commune_activite": "code_commune", "commune_revenu": "code_commune", "commune_criminalite": "code_commune",
    "specialites_par_uai": "uai", "options_par_uai": "uai", "sections_par_uai": "uai", "formations_par_uai": "uai",
    "onisep_par_uai": "uai", "relevant_communes": "code_commune",
}  # fmt: skip


@pytest.mark.parametrize(("view", "key"), ONE_ROW_A_KEY.items(), ids=ONE_ROW_A_KEY)
def test_what_the_caches_join_has_one_row_a_key(whole, view, key):
    assert whole.rows(f"select {key} from educational_data.{view} group by 1 having count(*) > 1") == []


def test_the_commune_cache_equals_an_independent_count(whole):
    """Counted here in Python, from the tables: communes of schools, their parents, and the neighbours of both."""
    current = {r["c"]: r["p"] for r in whole.rows(
        "select code_commune as c, code_parent as p from educational_data.info_communes where retired_at is null"
    )}  # fmt: skip
    alias = {r["a"]: r["c"] for r in whole.rows(
        "select code_ancien as a, max(code_actuel) as c from educational_data.communes_correspondances"
        " where retired_at is null and is_unique and valid_until is null"
        " group by 1 having count(distinct code_actuel) = 1"
    )}  # fmt: skip
    schools = {r["c"] for query in (
        "select distinct code_commune as c from educational_data.aggregated_data_lycees_2024",
        "select distinct code_commune as c from educational_data.aggregated_data_lycees_pro",
        "select distinct code_commune as c from educational_data.metrics_colleges",
        "select distinct code_insee_de_la_commune as c from educational_data.ips_lycees",
        "select distinct code_insee_de_la_commune as c from educational_data.ips_colleges",
        "select distinct code_commune as c from educational_data.etablissements_geolocalisation"
        " where est_lycee or est_college",
        "select distinct code_commune as c from educational_data.onisep_par_uai",
        "select distinct code_commune as c from educational_data.sectorisation_segments",
        "select distinct code_commune as c from educational_data.sectorisation_zones",
    ) for r in whole.rows(query)} - {None}  # fmt: skip
    held = {code if code in current else alias.get(code) for code in schools} - {None}
    held |= {current[code] for code in held if current[code]}
    near = {code for r in whole.rows("select insee, insee_voisins as v from educational_data.communes_limitrophes"
                                     " where retired_at is null") if r["insee"] in held for code in r["v"]}  # fmt: skip
    expected = held | (near & current.keys())
    print(f"{len(schools)} codes, {len(held)} communes with a school, {len(expected)} with neighbours")  # noqa: T201
    found = {r["c"] for r in whole.rows("select code_commune as c from educational_data.commune_context_cache")}
    assert found == expected
    # what is not of the geography of today stands abroad, or in a former territory
    lost = {code for code in schools if code not in current and code not in alias}
    assert all(code.startswith(("99", "98")) for code in lost), sorted(lost)


def test_paris_lyon_and_marseille_have_the_context_of_their_arrondissements(whole):
    found = whole.rows(
        "select left(code_commune, 3) as city, count(*) as n, count(nom_commune) as named,"
        " count(population) as peopled, count(niveau_vie_median) as incomes from educational_data.lycee_context_cache"
        " where code_commune ~ '^(751|6938|132)' group by 1 order by 1"
    )
    assert {row["city"]: row["n"] for row in found} == {"132": 42, "693": 37, "751": 106}
    assert all(row["n"] == row["named"] == row["peopled"] == row["incomes"] for row in found)
    # the sale prices describe Paris as a whole, and say so
    assert whole.rows(
        "select distinct 'immobilier' = any (from_parent) as marked from educational_data.commune_context_cache"
        " where code_commune like '751%%'"
    ) == [{"marked": True}]


def test_arrondissements_never_double_a_national_sum(whole):
    assert (
        whole.value(
            "select sum(population) from educational_data.info_communes where type_commune = 'COM' and zone <> 'com'"
        )
        == 68_017_091
    )


def test_the_swapped_shares_of_2024_come_out_right(whole):
    (paris,) = whole.rows(
        "select nb_maisons, nb_apparts, part_maisons::float as part from educational_data.mutations_immo"
        " where code_commune = '75056' and annee = 2024"
    )
    assert paris["nb_maisons"] == 84
    assert paris["part"] < 1


def test_a_sale_without_a_commune_is_in_quarantine_and_counted(whole):
    found = whole.rows(
        "select q.rule, count(*) as n from greenroom.quarantine as q where q.dataset = 'mutations_immo' group by 1"
    )
    assert found == [{"rule": "bad_code_commune", "n": 3}]


def test_a_second_refresh_finds_nothing_to_do_in_a_twentieth_of_a_second(whole):
    before = whole.value("select count(*) from greenroom.refresh")
    with psycopg.connect(whole.url, row_factory=dict_row) as conn:
        conn.execute("select * from greenroom_schools.refresh()").fetchall()
        found = conn.execute("select * from greenroom_schools.refresh()").fetchall()
        assert [row["state"] for row in found] == ["unchanged"] * 3
    assert whole.value("select count(*) from greenroom.refresh") == before


def test_freshness_tells_the_periods_of_the_data(whole):
    found = {row["table_name"]: row for row in whole.rows("select * from educational_data.check_data_freshness()")}
    assert list(next(iter(found.values())))[:3] == ["table_name", "last_updated", "row_count"]
    assert (found["metrics_colleges"]["period"], found["metrics_colleges"]["row_count"]) == ("2024", 20_053)
    assert found["ips_lycees"]["period"] == "2022-2023"
    assert found["pcs_libelle"]["state"] == "absent"
