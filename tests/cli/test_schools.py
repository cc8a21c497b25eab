"""The second document's engineer at his terminal: every vintage of the files, into tables that hold a year."""

import csv
import gzip
import io
import random

import pytest

DATA = "fr/education/"
LYCEES = {
    "2016": DATA + "fr-en-ips_lycees.2016-2021.tech-headers.csv.gz",
    "2022": DATA + "fr-en-ips-lycees-ap2022.tech-headers.csv",
    "2023 json": DATA + "fr-en-ips-lycees-ap2023.pays-de-la-loire.2023-2025.api-v2.json.gz",
    "2023 csv": DATA + "fr-en-ips-lycees-ap2023.pays-de-la-loire.2023-2025.rebuilt.csv",
}
COLLEGES = {
    "2022": DATA + "fr-en-ips-colleges-ap2022.tech-headers.csv",
    "2023 json": DATA + "fr-en-ips-colleges-ap2023.pays-de-la-loire.2023-2025.api-v2.json.gz",
    "2023 csv": DATA + "fr-en-ips-colleges-ap2023.pays-de-la-loire.2023-2025.rebuilt.csv",
}
# what facts/fr_education.md §4.3 read off the files themselves: rows and unweighted mean of each rentrée
OF_LYCEES = {
    "2016-2017": (3648, 102.77),
    "2017-2018": (3656, 102.68),
    "2018-2019": (3634, 102.99),
    "2019-2020": (3621, 103.26),
    "2020-2021": (3611, 103.49),
    "2021-2022": (3607, 103.91),
    "2022-2023": (3598, 105.80),
    "2023-2024": (188, 110.94),
    "2024-2025": (191, 111.76),
}
OF_COLLEGES = {"2022-2023": (6973, 104.13), "2023-2024": (414, 106.32), "2024-2025": (413, 106.28)}

BY_YEAR = "select rentree_scolaire as year, count(*) as n, round(avg(ips), 2) as mean from {} group by 1 order by 1"


def by_year(schools, table):
    rows = schools.rows(BY_YEAR.format(f"educational_data.{table}"))
    return {row["year"]: (row["n"], float(row["mean"])) for row in rows}


def hashes(schools, dataset="ips_lycees_years"):
    rows = schools.rows("select key, hash from greenroom.published where dataset = %s order by key", dataset)
    return {row["key"][0]: row["hash"] for row in rows}


def read(path):
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def write(path, rows, columns=None):
    """A file of these rows; `columns` are (name in the file, name in the row)."""
    columns = columns or [(name, name) for name in rows[0]]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([header for header, _ in columns])
        writer.writerows([[row[name] for _, name in columns] for row in rows])
    return path


@pytest.fixture
def small(shared_data):
    """Sixty real rows of 2022-2023."""
    return read(shared_data(LYCEES["2022"]))[:60]


@pytest.mark.timeout(300)
def test_every_vintage_of_the_lycees_loads_with_its_counts_and_means(schools, shared_data):
    for vintage in ("2016", "2022", "2023 json"):
        answer = schools("import", "ips_lycees", "--csv", shared_data(LYCEES[vintage]))
        assert "0 quarantined + 0 duplicates" in answer.out
    assert by_year(schools, "ips_lycees_years") == OF_LYCEES
    # the extract of one region is newer, and does not become the current year
    assert by_year(schools, "ips_lycees") == {"2022-2023": OF_LYCEES["2022-2023"]}
    incomplete = schools.rows("select key[1] as year from greenroom.published where not complete order by 1")
    assert [row["year"] for row in incomplete] == ["2023-2024", "2024-2025"]
    henri_iv = (
        "select ips_voie_gt from educational_data.ips_lycees_years where uai = '0750654D' and rentree_scolaire = %s"
    )
    assert [float(schools.value(henri_iv, year)) for year in ("2021-2022", "2022-2023")] == [145.9, 147.6]
    # the document's joins: no school twice, with three years and more loaded
    schools.write(
        "insert into educational_data.aggregated_data_lycees_2024 (uai, annee, etablissement, secteur)"
        " select distinct on (uai) uai, 2024, nom_de_l_etablissement, secteur"
        " from educational_data.ips_lycees_years where rentree_scolaire >= '2021'"
    )
    joined = schools.rows(
        "select l.uai, i.ips from educational_data.aggregated_data_lycees_2024 l"
        " join educational_data.ips_lycees i on l.uai = i.uai where l.annee = 2024"
    )
    assert len(joined) == len({row["uai"] for row in joined}) == 3598
    cached = schools.rows(
        "select l.uai, i.ips from educational_data.aggregated_data_lycees_2024 l"
        " left join educational_data.ips_lycees i using (uai) where l.annee = 2024"
    )
    assert len(cached) == len({row["uai"] for row in cached}) > 3598
    # back over the newest complete year: the year before is current again
    schools("rollback", "2")
    assert by_year(schools, "ips_lycees") == {"2021-2022": OF_LYCEES["2021-2022"]}
    assert "2022-2023" not in by_year(schools, "ips_lycees_years")


@pytest.mark.timeout(300)
def test_every_vintage_of_the_colleges_loads_with_its_counts_and_means(schools, shared_data):
    for vintage in ("2022", "2023 json"):
        schools("import", "ips_colleges", "--csv", shared_data(COLLEGES[vintage]))
    assert by_year(schools, "ips_colleges_years") == OF_COLLEGES
    assert by_year(schools, "ips_colleges") == {"2022-2023": OF_COLLEGES["2022-2023"]}
    range_ = schools.rows("select min(ips) as low, max(ips) as high from educational_data.ips_colleges")[0]
    assert (float(range_["low"]), float(range_["high"])) == (59.0, 163.3)


@pytest.mark.parametrize(("dataset", "vintages"), [("ips_lycees", LYCEES), ("ips_colleges", COLLEGES)])
def test_records_of_the_interface_and_its_table_are_the_same_data(schools, shared_data, dataset, vintages):
    schools("import", dataset, "--csv", shared_data(vintages["2023 json"]))
    before = hashes(schools, f"{dataset}_years")
    answer = schools("import", dataset, "--csv", shared_data(vintages["2023 csv"]))
    assert "nothing new" in answer.out
    assert "nothing to write" in answer.out
    assert hashes(schools, f"{dataset}_years") == before
    assert schools.value("select count(*) from greenroom.release") == 1


def test_position_means_nothing(schools, shared_data, small, tmp_path):
    schools("import", "ips_lycees", "--csv", write(tmp_path / "a.csv", small), "--complete")
    before = hashes(schools)
    columns = [(name, name) for name in small[0]]
    random.Random(7).shuffle(columns)
    random.Random(8).shuffle(small)
    answer = schools("import", "ips_lycees", "--csv", write(tmp_path / "b.csv", small, columns), "--complete")
    assert "nothing new" in answer.out
    assert hashes(schools) == before


def test_a_renamed_column_that_is_required_is_refused_by_name(schools, small, tmp_path):
    columns = [("etablissement_numero" if name == "uai" else name, name) for name in small[0]]
    path = write(tmp_path / "renamed.csv", small, columns)
    answer = schools.refused("import", "ips_lycees", "--csv", path, code=24)
    assert "missing uai" in answer.cause
    assert "headers" in answer.cure
    assert schools.value("select count(*) from greenroom.batch") == 0
    assert schools.value("select count(*) from educational_data.ips_lycees_years") == 0


def test_the_header_of_2026_loads_right_though_a_column_came_and_one_went(schools, shared_data, tmp_path):
    rows = read(shared_data(LYCEES["2023 csv"]))
    # the region's INSEE code stands third and the number of the line is gone: as many columns, all shifted
    columns = [(name, name) for name in rows[0] if name != "num_ligne"]
    for row in rows:
        row["code_region_insee"] = "52"
    columns.insert(2, ("code_region_insee", "code_region_insee"))
    schools("import", "ips_lycees", "--csv", write(tmp_path / "2026.csv", rows, columns))
    assert by_year(schools, "ips_lycees_years") == {y: OF_LYCEES[y] for y in ("2023-2024", "2024-2025")}
    assert schools.value("select count(*) from educational_data.ips_lycees_years where code_region_insee = '52'") == 379
    assert schools.value("select count(*) from educational_data.ips_lycees_years where code_region = '17'") == 379


def test_an_extract_of_a_newer_year_retires_nobody_and_is_not_current(schools, small, tmp_path):
    schools("import", "ips_lycees", "--csv", write(tmp_path / "whole.csv", small), "--complete")
    newer = [dict(row, rentree_scolaire="2023-2024") for row in small[:20]]
    schools("import", "ips_lycees", "--csv", write(tmp_path / "region.csv", newer))
    assert by_year(schools, "ips_lycees_years")["2022-2023"][0] == 60
    assert by_year(schools, "ips_lycees_years")["2023-2024"][0] == 20
    assert list(by_year(schools, "ips_lycees")) == ["2022-2023"]
    # a smaller extract of that year takes nobody out either
    schools("import", "ips_lycees", "--csv", write(tmp_path / "part.csv", newer[:5]))
    assert by_year(schools, "ips_lycees_years")["2023-2024"][0] == 20


def test_truncate_lets_rows_of_the_files_years_leave_and_no_others(schools, small, tmp_path):
    older = [dict(row, rentree_scolaire="2021-2022") for row in small]
    schools("import", "ips_lycees", "--csv", write(tmp_path / "a.csv", [*small, *older]), "--complete")
    less = write(tmp_path / "b.csv", small[:50])
    schools("import", "ips_lycees", "--csv", less)
    assert by_year(schools, "ips_lycees_years")["2022-2023"][0] == 60
    schools("import", "ips_lycees", "--csv", less, "--truncate")
    years = by_year(schools, "ips_lycees_years")
    assert (years["2021-2022"][0], years["2022-2023"][0]) == (60, 50)
    assert by_year(schools, "ips_lycees")["2022-2023"][0] == 50


def test_truncate_by_more_than_a_fifth_is_held_for_somebody_to_look(schools, small, tmp_path):
    schools("import", "ips_lycees", "--csv", write(tmp_path / "a.csv", small), "--complete")
    less = write(tmp_path / "b.csv", small[:10])
    schools("import", "ips_lycees", "--csv", less, "--truncate", code=1)
    assert by_year(schools, "ips_lycees_years")["2022-2023"][0] == 60


@pytest.mark.parametrize("words", [("--schema", "educational_data"), ("--target-table", "ips_lycees"), ()])
def test_the_documents_options_are_taken_where_they_say_what_is_declared(schools, small, tmp_path, words):
    path = write(tmp_path / "a.csv", small)
    schools("import", "ips_lycees", *words, "--csv", path, "--complete")
    assert schools.value("select count(*) from educational_data.ips_lycees") == 60


def test_withheld_absent_and_empty_are_three_things(schools, small, tmp_path):
    rows = [dict(row) for row in small[:3]]
    score = "ips_ensemble_gt_pro"
    rows[0][score], rows[1][score], rows[2][score] = "NS", "", "101.5"
    schools("import", "ips_lycees", "--csv", write(tmp_path / "a.csv", rows), "--complete")
    found = {row["uai"]: row for row in schools.rows("select uai, ips, withheld from educational_data.ips_lycees")}
    assert found[rows[0]["uai"]]["withheld"] == ["ips"]
    assert found[rows[0]["uai"]]["ips"] is None
    assert found[rows[1]["uai"]]["withheld"] is None
    assert found[rows[1]["uai"]]["ips"] is None
    assert float(found[rows[2]["uai"]]["ips"]) == 101.5
    assert len(found) == 3
    cleaned = schools.value("select cleaned from greenroom.batch")
    assert cleaned["ips"]["withheld"] == 1


def test_every_repaired_cell_is_counted(schools, small, tmp_path):
    rows = [dict(row) for row in small[:4]]
    # the file writes 001; a copy saved by a spreadsheet 1
    assert [row["code_du_departement"] for row in rows] == ["001"] * 4
    rows[0]["code_du_departement"] = "1"
    rows[1]["code_du_departement"] = "01"
    rows[2]["secteur"] = "PU"
    schools("import", "ips_lycees", "--csv", write(tmp_path / "a.csv", rows), "--complete")
    cleaned = schools.value("select cleaned from greenroom.batch")
    assert cleaned["code_du_departement"]["repaired"] == 3
    assert cleaned["secteur"]["repaired"] == 1
    departements = {row["code_du_departement"] for row in schools.rows("select * from educational_data.ips_lycees")}
    assert departements == {"01"}


def test_a_dry_run_says_what_it_read_and_leaves_nothing(schools, small, tmp_path):
    answer = schools("import", "ips_lycees", "--csv", write(tmp_path / "a.csv", small), "--dry-run")
    assert "60 read = 60 staged" in answer.out
    assert schools.value("select count(*) from greenroom.batch") == 0


def test_one_year_can_be_promoted_alone(schools, small, tmp_path):
    rows = [*small, *(dict(row, rentree_scolaire="2021-2022") for row in small)]
    schools("stage", "ips_lycees", "--from", write(tmp_path / "a.csv", rows), "--complete")
    schools("promote", "ips_lycees", "--period", "2021-2022")
    assert set(by_year(schools, "ips_lycees_years")) == {"2021-2022"}
    # the current year waits with the year it is made of
    assert by_year(schools, "ips_lycees") == {}
    schools("promote", "ips_lycees")
    assert set(by_year(schools, "ips_lycees_years")) == {"2021-2022", "2022-2023"}
    assert set(by_year(schools, "ips_lycees")) == {"2022-2023"}


def test_what_several_years_hold_answers_as_json(schools, small, tmp_path):
    answer = schools("import", "ips_lycees", "--csv", write(tmp_path / "a.csv", small), "--complete", "--json").json
    assert answer["staged"][0]["read"] == 60
    assert answer["ips_lycees"] == 60
    assert answer["release"] == 1
