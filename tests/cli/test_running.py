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
    schools("run", "ips_lycees", "--from", folder / "a", "--promote", "--dry-run")
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
