"""Codes by path: the same slug as the database makes, and one for each of two twins."""

import psycopg
import pytest

from greenroom_exams.layouts.paths import fold, path_code, slug, unique_code, unique_codes

NAMES = (
    "Wicks and oils",
    "  Wicks -- and_oils.  ",
    "Lantern’s “glow” – and (its) shade; Part 2/3",
    "Æther, ÉTÉ & ΣΟΦΟΣ",
    "İstanbul lanterns",
    "فوانيس المدينة",
    "a\tb\nc",
    "7% wax: 50°C",
    "",
    "x" * 100,
    "wick " * 30,
)


def test_a_path_is_the_parents_code_and_the_slug():
    assert path_code("2.1", "Wicks and oils") == "2.1~wicks-and-oils"
    assert path_code("~flame", "Wicks (trimmed)") == "~flame~wicks-trimmed"


@pytest.mark.parametrize("parent", [None, ""])
def test_at_the_top_a_hyphen_stands_for_the_parent(parent):
    assert path_code(parent, "Flame") == "~flame"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Nature’s lanterns", "nature-s-lanterns"),
        ("Oil/wick — a (short) history", "oil-wick-a-short-history"),
        ("Snuffers & trimmers", "snuffers-&-trimmers"),
        ("ÉCLAIRAGE", "éclairage"),
        ("...", ""),
    ],
)
def test_punctuation_and_case_do_not_tell_names_apart(name, told):
    assert slug(name) == told


def test_a_slug_ends_after_eighty_characters():
    assert slug("x" * 100) == "x" * 80
    assert len(slug("wick " * 30)) == 80


def test_the_database_folds_alike(make_database):
    with psycopg.connect(make_database("exams").url) as connection:
        query = "select greenroom.fold(%s), left(replace(greenroom.fold(%s), ' ', '-'), 80)"
        told = [connection.execute(query, (name, name)).fetchone() for name in NAMES]
    assert told == [(fold(name), slug(name)) for name in NAMES]


def test_twins_are_numbered_from_the_second():
    assert unique_codes(["~a", "~b", "~a", "~a"]) == ("~a", "~b", "~a~2", "~a~3")


def test_a_number_that_another_code_bears_is_left_to_it():
    assert unique_codes(["a", "a", "a~2"]) == ("a", "a~3", "a~2")


def test_one_code_at_a_time():
    assert unique_code("a", {"b"}) == "a"
    assert unique_code("a", {"a", "a~2"}) == "a~3"
