"""Corrections of flat rows: the key is the row, and the table of the newest year follows."""

import psycopg
import pytest
from tests.publish.flatpack import Flat, install, pack

from greenroom.audit import edits
from greenroom.audit.edits import Changed, Row
from greenroom.db.connection import our_errors
from greenroom.model.errors import Blocked

FILE = [("A", "2023", "10"), ("B", "2023", "20"), ("A", "2024", "11"), ("B", "2024", "21"), ("C", "2024", "NS")]


class Analyst:
    """Somebody who corrects one year of the scores."""

    def __init__(self, flat: Flat, year: str) -> None:
        self.flat = flat
        self.key = [year]

    def rows(self) -> dict[str, Row]:
        with our_errors(), self.flat.connection.transaction():
            unit = edits.pending_unit(self.flat.connection, self.flat.scope, "scores_years", self.key)
            assert unit is not None
            return {row.label: row for row in edits.rows(self.flat.connection, pack, unit)}

    def do(self, *changes: dict) -> Changed:
        with our_errors(), self.flat.connection.transaction():
            conn = self.flat.connection
            unit = edits.open_unit(conn, pack, self.flat.scope, "scores_years", self.key, by="Ada")
            refs = {row.label: row.ref for row in edits.rows(conn, pack, unit)}
            meant = [{**c, **({"row": refs[c["row"]]} if "row" in c else {})} for c in changes]
            return edits.change(conn, pack, unit, meant, by="Ada", reason="checked")

    def set(self, row: str, value: object, column: str = "points") -> Changed:
        return self.do({"do": "set", "row": row, "column": column, "value": value})

    def states(self) -> list[tuple[str, str]]:
        with self.flat.connection.transaction():
            found = edits.listed(self.flat.connection, self.flat.scope, states=None)
        return [(e.action, e.state) for e in found]


@pytest.fixture
def analyst(make_database):
    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        flat = install(connection)
        flat.load(FILE)
        yield Analyst(flat, "2024")


def published(flat: Flat, table: str = "scores_years") -> dict[tuple, int | None]:
    return {(r["school"], r["year"]): r["points"] for r in flat.rows(f"select * from flat.{table}")}


def test_a_value_is_corrected_in_both_tables(analyst):
    analyst.set("A 2024", "12")
    analyst.flat.promote()
    assert published(analyst.flat)["A", "2024"] == 12
    assert published(analyst.flat, "scores")["A", "2024"] == 12
    assert published(analyst.flat)["A", "2023"] == 10


def test_a_correction_of_what_is_published_reaches_both_tables(analyst):
    analyst.flat.promote()
    analyst.set("C 2024", 9)
    analyst.flat.promote()
    assert published(analyst.flat)["C", "2024"] == published(analyst.flat, "scores")["C", "2024"] == 9


def test_an_older_year_is_corrected_alone(analyst):
    analyst.flat.promote()
    Analyst(analyst.flat, "2023").set("A 2023", 99)
    analyst.flat.promote()
    assert published(analyst.flat)["A", "2023"] == 99
    assert published(analyst.flat, "scores")["A", "2024"] == 11


def test_the_next_file_keeps_retires_or_contradicts(analyst):
    analyst.set("A 2024", 12)
    analyst.flat.promote()
    analyst.flat.load([*FILE, ("D", "2024", "1")])
    analyst.flat.promote()
    assert published(analyst.flat)["A", "2024"] == 12
    analyst.flat.load([*(r for r in FILE if r[:2] != ("A", "2024")), ("A", "2024", "12"), ("D", "2024", "1")])
    assert analyst.states() == [("set", "agreed")]
    analyst.flat.promote()
    assert analyst.states() == [("set", "adopted")]
    analyst.set("B 2024", 22)
    analyst.flat.promote()
    analyst.flat.load([("A", "2024", "12"), ("B", "2024", "30"), ("C", "2024", "NS"), ("D", "2024", "1")])
    assert analyst.states()[0] == ("set", "conflict")
    assert {f["check_name"] for f in analyst.flat.findings()} == {"edit_conflict"}


def test_the_same_file_again_is_nothing_new(analyst):
    analyst.set("A 2024", 12)
    analyst.flat.promote()
    assert analyst.flat.load(FILE) is None


def test_a_row_is_added_and_deleted(analyst):
    analyst.do({"do": "add", "values": {"school": "E", "points": 5}}, {"do": "delete", "row": "B 2024"})
    analyst.flat.approve()
    analyst.flat.promote()
    assert published(analyst.flat, "scores") == {("A", "2024"): 11, ("C", "2024"): None, ("E", "2024"): 5}
    analyst.flat.load([*FILE, ("E", "2024", "5")])
    analyst.flat.promote()
    assert analyst.states() == [("delete", "in force"), ("add", "adopted")]


def test_the_key_is_the_row_and_is_not_edited(analyst):
    with pytest.raises(Blocked, match="no column school that can be edited"):
        analyst.set("A 2024", "Z", column="school")
    with pytest.raises(Blocked, match="points cannot be"):
        analyst.set("A 2024", "many")
    with pytest.raises(Blocked, match="there is a row"):
        analyst.do({"do": "add", "values": {"school": "A", "points": 5}})
    with pytest.raises(Blocked, match="needs school"):
        analyst.do({"do": "add", "values": {"points": 5}})


def test_the_table_of_the_newest_year_follows_and_is_not_corrected_itself(analyst):
    with pytest.raises(Blocked, match="scores repeats the newest period"), our_errors():
        edits.open_unit(analyst.flat.connection, pack, analyst.flat.scope, "scores", [], by="Ada")


def test_a_correction_is_rolled_back(analyst):
    analyst.flat.promote()
    before = published(analyst.flat), published(analyst.flat, "scores")
    analyst.set("A 2024", 12)
    release = analyst.flat.promote()["release"]
    analyst.flat.rollback(release)
    assert (published(analyst.flat), published(analyst.flat, "scores")) == before
