"""A run of a whole pack of files at the terminal: a folder in, an account out, and an exit code that says the truth."""

import csv
import io
import re
from pathlib import Path

import pytest
from tests.cli.lycees import file_of, lycees
from tests.greenroom_schools.test_ips import SINCE_2023, UNTIL_2021

LYCEES = ("ips_lycees", "ips_colleges")


def table(rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def folder(tmp_path):
    """Two vintages of one table and a stray file, under names that say nothing."""
    place = tmp_path / "downloads"
    place.mkdir()
    (place / "a").write_text(table([SINCE_2023]), encoding="utf-8")
    (place / "b").write_text(table([UNTIL_2021 | {"rentree_scolaire": "2021-2022"}]), encoding="utf-8")
    (place / "c").write_text("Bonjour;Monde\n1;2\n", encoding="utf-8")
    return place


def test_a_folder_is_loaded_by_content_and_the_account_is_saved(schools, folder):
    answer = schools("run", *LYCEES, "--from", folder, "--promote", "--approve", "seen", "--json", code=1)
    told = answer.json
    by_name = {row["name"]: row for row in told["tables"]}
    assert by_name["ips_lycees"]["state"] == "loaded"
    assert by_name["ips_lycees"]["staged"] == 2
    assert by_name["ips_lycees"]["period"] == "2024-2025"
    # expected, and not in the folder
    assert by_name["ips_colleges"]["state"] == "missing"
    assert told["whole"] is False
    assert [Path(row["address"]).name for row in told["strange"]] == ["c"]
    page = Path(told["report"]).read_text(encoding="utf-8")
    assert "1 of 2 loaded" in page
    assert not re.search(r'(src|href)="http', page)
    assert schools.value("select count(*) from educational_data.ips_lycees_years") == 2


def test_the_same_folder_again_writes_nothing(schools, folder):
    schools("run", *LYCEES, "--from", folder, "--promote", "--approve", "seen", code=1)
    before = schools.value("select max(id) from greenroom.release")
    again = schools("run", *LYCEES, "--from", folder, "--promote", "--json", code=1).json
    assert {row["name"]: row["state"] for row in again["tables"]} == {
        "ips_lycees": "unchanged",
        "ips_colleges": "missing",
    }
    assert schools.value("select max(id) from greenroom.release") == before


def test_without_promote_nothing_is_published_and_the_next_command_is_told(schools, folder):
    answer = schools("run", "ips_lycees", "--from", folder)
    assert "ready: ips_lycees" in answer.out
    assert schools.value("select count(*) from educational_data.ips_lycees_years") == 0


def test_approving_without_promoting_is_refused(schools, folder):
    answer = schools.refused("run", "ips_lycees", "--from", folder, "--approve", "yes", code=10)
    assert answer.cure == "Give --promote with --approve."


def test_a_dry_run_leaves_nothing(schools, folder):
    answer = schools("run", "ips_lycees", "ips_colleges", "--from", folder, "--promote", "--dry-run", code=1)
    assert "ready: ips_lycees" in answer.out
    assert schools.value("select count(*) from greenroom.batch") == 0


def test_a_year_full_of_schools_nobody_knows_is_held(schools, tmp_path):
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "a.csv", lycees(20, "2022-2023")), "--complete")
    others = [*lycees(20, "2023-2024", first=500), *lycees(5, "2023-2024")]
    answer = schools("import", "ips_lycees", "--csv", file_of(tmp_path / "b.csv", others), "--complete", code=1)
    assert "5 of 25 rows are known from other periods; expected are 70 in a hundred" in answer.err
    known = [*lycees(20, "2024-2025"), *lycees(5, "2024-2025", first=500)]
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "c.csv", known), "--complete", "--period", "2024-2025")


def test_pages_of_a_download_that_came_twice_are_held(schools, tmp_path):
    twice = file_of(tmp_path / "a.csv", [*lycees(20), *lycees(20)])
    answer = schools("import", "ips_lycees", "--csv", twice, code=1)
    assert "20 of 40 rows of the file repeat others exactly" in answer.err


def test_a_column_that_arrives_empty_is_held_and_the_unknown_header_named(schools, tmp_path):
    rows = lycees(20)
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "a.csv", rows), "--complete")
    renamed = [{("indice" if k == "ips_voie_gt" else k): v for k, v in row.items()} for row in rows]
    answer = schools("import", "ips_lycees", "--csv", file_of(tmp_path / "b.csv", renamed), "--complete", code=1)
    assert "ips_voie_gt is empty in all 20 rows, published are 20 values: headers nobody knows: indice" in answer.err
    assert schools.value("select count(ips_voie_gt) from educational_data.ips_lycees") == 20


def test_a_file_of_another_kind_of_school_is_no_warning_that_can_be_approved(schools, tmp_path):
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "a.csv", lycees(120)), "--complete")
    folder = tmp_path / "nightly"
    folder.mkdir()
    file_of(folder / "ecoles.csv", lycees(9_100, first=500))
    answer = schools("run", "ips_lycees", "--from", folder, "--promote", "--approve", "nightly", "--json", code=1)
    found = {f["check"]: f["severity"] for f in answer.json["tables"][0]["findings"]}
    assert found["too_many_rows"] == "error"
    assert found["shrunk"] == "error"
    assert schools.value("select count(*) from educational_data.ips_lycees_years") == 120


def test_what_was_undone_does_not_come_back_by_a_nightly_approval(schools, folder):
    schools("run", "ips_lycees", "--from", folder, "--promote", "--approve", "seen")
    schools("rollback", "ips_lycees", "--to", "0", "--yes")
    answer = schools("run", "ips_lycees", "--from", folder, "--promote", "--approve", "nightly", "--json", code=1)
    assert "rolled_back" in {f["check"] for f in answer.json["tables"][0]["findings"]}
    assert schools.value("select count(*) from educational_data.ips_lycees_years") == 0


def test_words_that_are_no_text_are_refused(schools):
    schools.refused("lookup", "a\udcff", code=2)
