"""coverage as a person types it: what the directory offers, what is there, who is missing and why."""

import pytest
from tests.greenroom_schools.made_up import (
    ABROAD,
    COLLEGE,
    FREE,
    ISLAND_COLLEGE,
    LEGT,
    LP,
    LPO,
    Site,
    index,
    results,
    table,
    uai,
)
from tests.greenroom_schools.made_up import loaded as loaded
from tests.greenroom_schools.made_up import site as site

from greenroom.catalog import packs


def counted(site, *words):
    """(area, kind, what) -> (present, offered)."""
    (told,) = site("coverage", "schools", "--json", *words).json
    return {(r["area"], r["kind"], r["what"]): (r["present"], r["offered"]) for r in told["areas"]}


def missing(site, *words):
    (told,) = site("coverage", "schools", "--missing", "--json", *words).json
    return {(r["key"], r["what"]): r["why"] for r in told["missing"]}


def test_each_departement_is_counted_by_kind_against_the_directory(site):
    found = counted(site)
    assert {what: n for (area, kind, what), n in found.items() if (area, kind) == ("78", "lycée")} == {
        "directory": (4, 4),
        # of a private school without a contract nothing is published
        "results": (2, 3),
        "ips": (2, 3),
        # not asked of the vocational one
        "specialites": (1, 3),
        "coordinates": (4, 4),
        "cache": (2, 2),
    }
    assert {what: n for (area, kind, what), n in found.items() if (area, kind) == ("971", "collège")} == {
        "directory": (1, 1), "results": (1, 1), "ips": (0, 1), "coordinates": (0, 1), "cache": (1, 1),
    }  # fmt: skip
    # abroad the ministry publishes none of these
    assert {what: n for (area, _, what), n in found.items() if area == "abroad"} == {
        "directory": (1, 1), "coordinates": (1, 1),
    }  # fmt: skip


def test_the_whole_is_the_sum_of_its_areas(site):
    found = counted(site)
    for kind in ("lycée", "collège"):
        for what in {w for _, k, w in found if k == kind}:
            areas = [n for (area, k, w), n in found.items() if (k, w) == (kind, what) and area != "all"]
            assert found["all", kind, what] == tuple(map(sum, zip(*areas, strict=True)))
    named = site.value("select count(*) from educational_data.etablissements_geolocalisation where est_lycee")
    assert found["all", "lycée", "directory"] == (named, named)


def test_who_is_missing_is_named_with_the_reason(site):
    assert missing(site) == {
        (LP, "results"): "in no file of results",
        (LP, "ips"): "withheld in 2023-2024: too few pupils",
        (LPO, "specialites"): "not listed by ONISEP",
        (FREE, "specialites"): "not listed by ONISEP",
        (ISLAND_COLLEGE, "ips"): "in no file of the index",
        (ISLAND_COLLEGE, "coordinates"): "no directory has its point",
    }
    assert "Lycée des Métiers" in site("coverage", "schools", "--missing").out
    assert "Lycée des Métiers" not in site("coverage", "schools").out


def test_one_area_and_one_thing(site):
    assert {area for area, _, _ in counted(site, "--departement", "971")} == {"971"}
    assert counted(site, "--area", "971", "--what", "ips") == {("971", "collège", "ips"): (0, 1)}
    assert set(missing(site, "--area", "971", "--what", "ips")) == {(ISLAND_COLLEGE, "ips")}
    assert counted(site, "--area", "078", "--what", "cache") == counted(site, "--area", "78", "--what", "cache") != {}
    assert {area for area, _, _ in counted(site, "--area", "all")} == {"all"}
    assert set(counted(site, "--area", "99")) == set(counted(site, "--area", "abroad"))


def test_a_word_that_means_no_area_or_no_thing_is_refused_with_those_there_are(site):
    assert "78" in site.refused("coverage", "schools", "--area", "12", code=11).cure
    assert "specialites" in site.refused("coverage", "schools", "--what", "speciality", code=11).cure
    site.refused("coverage", "nothing_of_that_name", code=11)


def test_a_school_of_the_files_that_the_directory_lacks_is_missing_there(site):
    corsican, andorran = uai("620", 7), uai("130", 23)
    rows = [
        results(LEGT, "LYCEE DU PORT"), results(LPO, "LYCEE DU BOURG"), results(corsican, "LYCEE NOUVEAU", commune=""),
        results(andorran, "LYCEE D ANDORRE", commune="99130", code_departement=""),
    ]  # fmt: skip
    site.load("aggregated_data_lycees_2024", table(*rows))
    why = "not in the national directory"
    assert missing(site, "--what", "directory") == {(corsican, "directory"): why, (andorran, "directory"): why}
    # by the first digits of its number: Corsica has two of its own
    assert counted(site, "--area", "2A")["2A", "lycée", "directory"] == (0, 1)
    # numbered in France, and standing abroad
    assert counted(site, "--area", "abroad")["abroad", "lycée", "directory"] == (1, 2)


def test_what_was_there_last_year_only_is_missing_with_the_year(site):
    site.load("aggregated_data_lycees_2024", table(results(LEGT, "LYCEE DU PORT", 2025)))
    site.refresh()
    site.load("ips_lycees", table(*(index(one, "LYCEE", "2024-2025", "100") for one in (LEGT, LP, LPO))))
    found = missing(site, "--area", "78")
    assert found[LPO, "results"] == "last in session 2024"
    assert found[LPO, "cache"] == "no general or technological results in the newest session"
    assert (LPO, "ips") not in found
    part = table(*(index(one, "LYCEE", "2025-2026", "100") for one in (LEGT, LP)))
    site("import", "ips_lycees", "--csv", site.file("ips_lycees", part))
    # a part of a year is no reason to miss all others
    assert (LPO, "ips") not in missing(site)


def test_a_school_that_is_not_in_the_cache_yet_says_how_it_gets_there(site):
    new = uai("078", 40)
    rows = [results(one, "LYCEE") for one in (LEGT, LPO, new)]
    site.load("aggregated_data_lycees_2024", table(*rows))
    assert missing(site, "--what", "cache") == {(new, "cache"): "the cache is behind: greenroom refresh"}
    site.refresh()
    assert missing(site, "--what", "cache") == {}


def test_the_flags_of_the_annuaire_decide_what_a_lycee_teaches(site):
    row = {
        "identifiant_de_l_etablissement": LPO, "nom_etablissement": "Lycée du Bourg", "type_etablissement": "Lycée",
        "statut_public_prive": "Public", "code_commune": "78902", "code_departement": "078", "latitude": "48.8",
        "longitude": "2.1", "voie_generale": "0", "voie_technologique": "0", "voie_professionnelle": "1",
    }  # fmt: skip
    site.load("etablissements_par_source", table(row))
    assert (LPO, "specialites") not in missing(site)
    assert counted(site, "--area", "78")["78", "lycée", "cache"] == (1, 1)


def test_tables_tell_rows_period_and_what_a_unit_should_hold(site):
    (told,) = site("coverage", "schools", "--json").json
    tables = {row["table"]: row for row in told["tables"]}
    assert tables["metrics_colleges"] == {
        "table": "metrics_colleges", "period": "2024", "rows": 2, "units": 1, "whole_units": 1,
        "expected": [6000, 8000], "parts": [],
    }  # fmt: skip
    assert tables["sectorisation_zones"]["rows"] == 0
    assert set(tables) == {dataset.table for dataset in packs()["schools"].datasets}


def test_a_unit_that_no_source_gave_whole_is_named(schools_empty):
    site = schools_empty
    site.schools("import", "ips_lycees", "--csv", site.file("ips_lycees"))
    (told,) = site("coverage", "ips_lycees", "--json").json
    rows = {row["table"]: row for row in told["tables"]}
    assert set(rows) == {"ips_lycees", "ips_lycees_years"}
    assert (rows["ips_lycees_years"]["whole_units"], rows["ips_lycees_years"]["parts"]) == (0, ["2023-2024"])
    assert told["areas"] == []
    assert told["note"] == ""


@pytest.fixture
def schools_empty(schools, tmp_path):
    return Site(schools, tmp_path)


def test_without_the_directory_it_says_so_with_the_cure(schools_empty):
    schools_empty.load("ips_lycees")
    answer = schools_empty("coverage", "schools")
    assert "etablissements_geolocalisation holds nothing yet: there is nothing to count against" in answer.out
    assert "→ greenroom import etablissements_par_source" in answer.out
    assert "ips_lycees" in answer.out
    (told,) = schools_empty("coverage", "schools", "--missing", "--json").json
    assert (told["areas"], told["missing"]) == ([], [])
    schools_empty.load("etablissements_par_source")
    assert counted(schools_empty)["78", "collège", "directory"] == (1, 1)


def test_a_pack_whose_lists_nobody_has_read_says_so(exams):
    (told,) = exams("coverage", "--json").json
    assert told["pack"] == "exams"
    assert told["note"] == "no list of what is offered was read yet: there is nothing to count against."
    assert {"exam_board_subjects", "curriculum_topics", "exam_papers"} < {row["table"] for row in told["tables"]}
    assert {row["offered"] for row in told["areas"]} == {0}


def test_nothing_is_written(site):
    ledger = "select (select count(*) from greenroom.refresh), (select count(*) from greenroom.release)"
    before = site.rows(ledger)
    site("coverage", "--missing")
    assert site.rows(ledger) == before


def test_a_reader_of_the_app_may_ask_the_view(site):
    assert site.value("select has_table_privilege('anon', 'educational_data.couverture_etablissements', 'select')")
    rows = site.rows("select uai, est_dans_annuaire, est_publie from educational_data.couverture_etablissements")
    assert len(rows) == len({row["uai"] for row in rows}) == 7
    assert {row["uai"] for row in rows if not row["est_publie"]} == {FREE, ABROAD}
    assert COLLEGE in {row["uai"] for row in rows}
